package httpapi_test

import (
	"mime"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// text reads a paper as a search in it would.
func (a answer) text(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("pdftotext is missing: run  hack/fonts.sh install")
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, []byte(a.body), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext: %v: %s", err, out)
	}
	return string(out)
}

func (k *clerk) document(form string, header ...string) answer {
	k.t.Helper()
	r := request{method: "GET", path: k.path + "/documents" + form, as: k.as, header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		r.header[header[i]] = header[i+1]
	}
	return k.w.send(k.server, r)
}

// TestDocuments_ofAWalkedCase prints every paper of one case, on both kinds of instance.
func TestDocuments_ofAWalkedCase(t *testing.T) {
	w := newWorld(t)
	for kind, server := range w.both() {
		t.Run(kind, func(t *testing.T) {
			k := w.clerk(t, server, "䶮家庄相邻排水纠纷")
			k.document("/mediation-record").problem(t, http.StatusConflict, "document-incomplete")
			k.document("/agreement").problem(t, http.StatusConflict, "document-incomplete")
			k.verbs("accept", "assign")
			k.do("meetings", k.meeting(k.read(), "continue"))
			if blank := k.document("/agreement").want(t, http.StatusOK).text(t); !strings.Contains(blank, "欧阳测试") {
				t.Errorf("an agreement to be written at the table: %s", blank)
			}
			before := k.read()
			draft := k.agreement(before)
			delete(draft, "signatures")
			delete(draft, "mediatorSigned")
			delete(draft, "sealedOn")
			send := func() answer {
				return w.send(server, request{method: "POST", path: k.path + "/documents/agreement", as: k.as, body: draft})
			}
			drafted := send().want(t, http.StatusOK)
			if text := drafted.text(t); strings.Count(text, "草稿") < 2 || !strings.Contains(text, "人民币叁仟元整") || !strings.Contains(text, "欧阳测试") {
				t.Errorf("the agreement to be signed: %s", text)
			}
			if after := k.read(); !reflect.DeepEqual(after, before) {
				t.Errorf("a draft was stored: %+v", after)
			}
			draft["amount"] = 1
			if got := send().problem(t, http.StatusUnprocessableEntity, "invalid-agreement"); !strings.Contains(got.body, `"/instalments"`) {
				t.Errorf("the same pointers as agree: %s", got.body)
			}
			k.verbs("mediate", "agree")
			draft["amount"] = 300000
			send().problem(t, http.StatusConflict, "agreement-recorded")
			for form, want := range map[string]string{
				"/application": "人民调解申请书", "/register": "人民调解受理登记表", "/rights-notice": "权利义务告知书",
				"/mediation-record?meeting=1": "（第一次）", "/mediation-record": "（第二次）", "/agreement": "人民币叁仟元整", "/cover": "卷 内 目 录",
			} {
				got := k.document(form).want(t, http.StatusOK)
				if got.header.Get("Content-Type") != "application/pdf" || got.header.Get("Cache-Control") != "private, no-store" {
					t.Errorf("%s: %v", form, got.header)
				}
				if text := got.text(t); !strings.Contains(text, want) || form != "/cover" && !strings.Contains(text, "欧阳测试") {
					t.Errorf("%s lacks %s or the party: %s", form, want, text)
				}
				if got.header.Get("Missing-Characters") != "" {
					t.Errorf("%s lacks characters: %v", form, got.header)
				}
			}
			listed := k.document("", "Accept-Language", "zh-CN").want(t, http.StatusOK)
			if n := strings.Count(listed.body, `"printable":true`); n != 7 || !strings.Contains(listed.body, k.path+"/documents/mediation-record?meeting=2") {
				t.Errorf("%d papers: %s", n, listed.body)
			}
			k.document("/receipt").problem(t, http.StatusNotFound, "unknown-document")
			k.document("/mediation-record?meeting=9").problem(t, http.StatusNotFound, "unknown-document")
			k.document("/mediation-record?meeting=x").problem(t, http.StatusUnprocessableEntity, "validation")
		})
	}
}

func TestDocuments_nameAndVersion(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "排水纠纷")
	first := k.document("/rights-notice").want(t, http.StatusOK)
	again := k.document("/rights-notice").want(t, http.StatusOK)
	if first.body != again.body {
		t.Error("the same paper has other bytes the second time")
	}
	tag := first.header.Get("ETag")
	unchanged := k.document("/rights-notice", "If-None-Match", tag).want(t, http.StatusNotModified)
	if unchanged.body != "" || unchanged.header.Get("ETag") != tag {
		t.Errorf("304: %v %q", unchanged.header, unchanged.body)
	}
	_, parameters, err := mime.ParseMediaType(first.header.Get("Content-Disposition"))
	if err != nil || !strings.HasPrefix(parameters["filename"], "人民调解当事人权利义务告知书 ") || !strings.HasSuffix(parameters["filename"], ".pdf") {
		t.Errorf("%q: %v %v", first.header.Get("Content-Disposition"), parameters, err)
	}
	k.verb("accept")
	if got := k.document("/rights-notice", "If-None-Match", tag).want(t, http.StatusOK); got.header.Get("ETag") == tag {
		t.Error("a changed case has the paper of before")
	}
	if other := k.document("/register", "If-None-Match", tag).want(t, http.StatusOK); other.header.Get("ETag") == tag {
		t.Error("two forms share a tag")
	}
}

func TestDocuments_areForThoseWhoMayReveal(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "reader", "reader")
	w.hire(w.town, "stranger-mediator", "mediator")
	w.hire(w.town, "li", "mediator")
	w.hire(w.town, "kin", "clerk")
	k := w.clerk(t, w.shared, "排水纠纷")
	k.verbs("accept", "assign")
	k.do("recusals", words{"mediator": words{"subject": "kin", "issuer": issuer, "name": "堂弟"}, "ground": "kin"})
	for as, want := range map[string]struct {
		status int
		code   string
	}{
		"reader": {403, "role-required"}, "administrator": {403, "role-required"}, "stranger-mediator": {403, "not-assigned"}, "kin": {403, "recused"}, "director": {200, ""},
	} {
		k.as = as
		got := k.document("/register").want(t, want.status)
		if got.code() != want.code {
			t.Errorf("%s: %s", as, got.body)
		}
	}
	k.as = "reader"
	if got := k.document("").want(t, http.StatusOK); strings.Contains(got.body, "欧阳") {
		t.Errorf("the list names a party: %s", got.body)
	}
}

func TestDocuments_withoutAFont(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "排水纠纷")
	k.server = w.serve(w.openDedicated(w.town), t.TempDir())
	got := k.document("/register").problem(t, http.StatusServiceUnavailable, "font-missing")
	if !strings.Contains(got.body, "fonts-arphic-gbsn00lp") || !strings.Contains(got.body, "TIAOJIE_FONTS") {
		t.Errorf("does not say what to install: %s", got.body)
	}
}

// TestDocuments_unknownCharacters: a character of no font is an empty box, named in a header and on the paper.
func TestDocuments_unknownCharacters(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "𪚥家𰻞面店纠纷")
	got := k.document("/rights-notice").want(t, http.StatusOK)
	if got.header.Get("Missing-Characters") != "U+30EDE" {
		t.Errorf("%v", got.header)
	}
	if text := got.text(t); !strings.Contains(text, "U+30EDE") || !strings.Contains(text, "𪚥家") {
		t.Error(text)
	}
}
