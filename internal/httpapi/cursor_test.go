package httpapi

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCursor_isReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := listDigest("/v1/x", url.Values{"state": {rapid.String().Draw(t, "state")}})
		made := cursor{Version: cursorVersion, List: list, ID: rapid.StringMatching(`[0-9a-f-]{0,36}`).Draw(t, "id"),
			At: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at")).UTC()}
		read, err := decodeCursor(made.encode(), list)
		if err != nil || !read.At.Equal(made.At) || read.ID != made.ID {
			t.Fatalf("%+v became %+v, %v", made, read, err)
		}
	})
}

func TestDecodeCursor_refuses(t *testing.T) {
	list := listDigest("/v1/tenants/371621101/cases", url.Values{"state": {"accepted"}, "limit": {"5"}})
	good := cursor{Version: cursorVersion, List: list, ID: "x", At: time.Unix(0, 0)}
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	cases := map[string]struct {
		reason, text, code string
	}{
		"not base64":    {"made up", "!!!", "malformed-cursor"},
		"not JSON":      {"made up", raw("hello"), "malformed-cursor"},
		"other version": {"of a later API", raw(`{"v":2,"l":"","i":"x"}`), "malformed-cursor"},
		"more members":  {"made up", raw(`{"v":1,"l":"","i":"x","sql":"1"}`), "malformed-cursor"},
		"two texts":     {"made up", raw(`{"v":1,"l":"","i":"x"}{}`), "malformed-cursor"},
		"endless":       {"never parsed", strings.Repeat("A", 513), "malformed-cursor"},
		"other filters": {"a page of another list would skip or repeat rows", cursor{Version: 1,
			List: listDigest("/v1/tenants/371621101/cases", url.Values{"state": {"refused"}}), ID: "x"}.encode(), "cursor-of-another-list"},
		"other tenant": {"the path is part of the list", cursor{Version: 1,
			List: listDigest("/v1/tenants/371621102/cases", url.Values{"state": {"accepted"}}), ID: "x"}.encode(), "cursor-of-another-list"},
	}
	if _, err := decodeCursor(good.encode(), list); err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := decodeCursor(c.text, list)
			if mediation.CodeOf(err) != c.code || mediation.KindOf(err) != mediation.Invalid {
				t.Fatalf("%s: %v", c.reason, err)
			}
		})
	}
}

func TestListDigest_ignoresOnlyWhatMovesThroughTheList(t *testing.T) {
	base := listDigest("/p", url.Values{"state": {"accepted"}})
	same := listDigest("/p", url.Values{"state": {"accepted"}, "limit": {"3"}, "cursor": {"x"}})
	if string(base) != string(same) {
		t.Error("limit and cursor make another list")
	}
	if string(base) == string(listDigest("/p", url.Values{"state": {"accepted"}, "sort": {"updated_at"}})) {
		t.Error("another order makes the same list")
	}
}

func TestNextLink(t *testing.T) {
	if got := nextLink("/v1/x", nil, ""); got != "" {
		t.Errorf("the last page links to %s", got)
	}
	got := nextLink("/v1/x", url.Values{"tag": {"a b"}, "cursor": {"old"}}, "new")
	if got != `</v1/x?cursor=new&tag=a+b>; rel="next"` {
		t.Error(got)
	}
}

func FuzzDecodeCursor(f *testing.F) {
	list := listDigest("/v1/x", nil)
	f.Add(cursor{Version: 1, List: list, ID: "x"}.encode())
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := decodeCursor(text, list)
		if err == nil && (read.Version != 1 || string(read.List) != string(list)) {
			t.Fatalf("taken: %+v", read)
		}
	})
}
