package httpapi

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestParseTags(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
		want   tagList
		fails  bool
	}{
		"absent":           {"no header, no precondition", nil, tagList{}, false},
		"any":              {"RFC 9110 §13.1.1", []string{"*"}, tagList{present: true, any: true}, false},
		"any with spaces":  {"field values are trimmed", []string{"  * "}, tagList{present: true, any: true}, false},
		"one":              {"the usual case", []string{`"3"`}, tagList{present: true, tags: []entityTag{{false, "3"}}}, false},
		"weak":             {"kept apart, compared later", []string{`W/"3"`}, tagList{present: true, tags: []entityTag{{true, "3"}}}, false},
		"list":             {"spaces around commas", []string{`"1" ,  "2"`}, tagList{present: true, tags: []entityTag{{false, "1"}, {false, "2"}}}, false},
		"two header lines": {"RFC 9110 §5.3 joins them", []string{`"1"`, `"2"`}, tagList{present: true, tags: []entityTag{{false, "1"}, {false, "2"}}}, false},
		"comma inside":     {"an opaque tag may hold commas", []string{`"a,b"`}, tagList{present: true, tags: []entityTag{{false, "a,b"}}}, false},
		"without quotes":   {"a version number is not an entity tag", []string{`3`}, tagList{}, true},
		"unfinished":       {"no closing quote", []string{`"3`}, tagList{}, true},
		"no comma":         {"two tags need one", []string{`"1" "2"`}, tagList{}, true},
		"empty":            {"an empty header is a client's mistake, not the absence of a condition", []string{""}, tagList{}, true},
		"star in a list":   {"RFC 9110 allows * alone only", []string{`"1", *`}, tagList{}, true},
		"lower-case weak":  {"W is case-sensitive", []string{`w/"1"`}, tagList{}, true},
		"garbage behind":   {"nothing may follow", []string{`"1"x`}, tagList{}, true},
		"only a comma":     {"no tag at all", []string{`,`}, tagList{}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseTags(c.values)
			if (err != nil) != c.fails {
				t.Fatalf("%s: error %v", c.reason, err)
			}
			if got.present != c.want.present || got.any != c.want.any || len(got.tags) != len(c.want.tags) {
				t.Fatalf("%s: got %+v, want %+v", c.reason, got, c.want)
			}
			for i := range got.tags {
				if got.tags[i] != c.want.tags[i] {
					t.Fatalf("%s: got %+v, want %+v", c.reason, got, c.want)
				}
			}
		})
	}
}

func TestTagList_demand(t *testing.T) {
	gone := mediation.Fail(mediation.NotFound, "unknown-case", "", "")
	cases := map[string]struct {
		reason  string
		header  []string
		current int64
		missing bool
		want    int64
		code    string
		reads   bool
	}{
		"none":            {"a change without a precondition overwrites unseen", nil, 5, false, 0, "if-match-required", true},
		"none, not there": {"404 before 428", nil, 5, true, 0, "unknown-case", true},
		"any":             {"the client does not care", []string{"*"}, 5, false, 0, "", false},
		"one":             {"left to the use case, which checks it in the transaction", []string{`"4"`}, 5, false, 4, "", false},
		"weak":            {"strong comparison: a weak tag never matches", []string{`W/"5"`}, 5, false, 0, "stale-version", true},
		"list with it":    {"any one of them", []string{`"4", "5"`}, 5, false, 5, "", true},
		"list without it": {"none of them", []string{`"3", "4"`}, 5, false, 0, "stale-version", true},
		"foreign tag":     {"not one of ours", []string{`"abc"`}, 5, false, 0, "stale-version", true},
		"leading zero":    {"tags are compared as text", []string{`"05"`}, 5, false, 0, "stale-version", true},
		"not there":       {"404 before 412", []string{`"abc"`}, 5, true, 0, "unknown-case", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			list, err := parseTags(c.header)
			if err != nil {
				t.Fatal(err)
			}
			read := false
			got, err := list.demand(func() (int64, error) {
				read = true
				if c.missing {
					return 0, gone
				}
				return c.current, nil
			})
			if mediation.CodeOf(err) != c.code || got != c.want || read != c.reads {
				t.Fatalf("%s: got %d, %v, read %v", c.reason, got, err, read)
			}
		})
	}
}

func TestTagList_unchanged(t *testing.T) {
	for header, want := range map[string]bool{
		`"7"`: true, `W/"7"`: true, `*`: true, `"6", W/"7"`: true, `"6"`: false, `"77"`: false, `"07"`: false,
	} {
		list, err := parseTags([]string{header})
		if err != nil {
			t.Fatal(err)
		}
		if list.unchanged(7) != want {
			t.Errorf("If-None-Match: %s against version 7: want %v", header, want)
		}
	}
}

func TestEtag_isReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.Int64Range(1, 1<<62).Draw(t, "version")
		list, err := parseTags([]string{etag(version)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := list.demand(func() (int64, error) { return 0, errors.New("must not be asked") })
		if err != nil || got != version {
			t.Fatalf("%d, %v", got, err)
		}
	})
}

func FuzzParseTags(f *testing.F) {
	for _, seed := range []string{`*`, `"1"`, `W/"1", "2"`, `"a,b"`, `,,`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		list, err := parseTags([]string{header})
		if err != nil {
			return
		}
		if !list.any && len(list.tags) == 0 {
			t.Fatalf("%q is taken but holds nothing", header)
		}
		for _, tag := range list.tags {
			if strings.Contains(tag.opaque, `"`) {
				t.Fatalf("%q: a quote inside %q", header, tag.opaque)
			}
		}
	})
}
