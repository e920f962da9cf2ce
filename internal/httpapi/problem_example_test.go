package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
)

var update = flag.Bool("update", false, "write problem_example.json from what the API answers")

// provoked is a refusal and how to get it.
type provoked struct {
	code string
	ask  func(language string) answer
}

// TestProblems_examples: the problems that the document shows are what the API answers, word for word, in both languages.
func TestProblems_examples(t *testing.T) {
	w := newWorld(t)
	var recorded []map[string]httpapi.Problem
	for _, p := range w.provocations() {
		one := map[string]httpapi.Problem{}
		for name, language := range map[string]string{"en": "en", "zh": "zh-CN"} {
			got := p.ask(language)
			if got.code() != p.code {
				t.Fatalf("%s: %d %s", p.code, got.status, got.body)
			}
			var problem httpapi.Problem
			w.must(json.Unmarshal([]byte(w.asAnywhere(got.body)), &problem))
			one[name] = problem
		}
		recorded = append(recorded, one)
	}
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	w.must(encoder.Encode(recorded))
	if *update {
		w.must(os.WriteFile("problem_example.json", want.Bytes(), 0o600))
	}
	kept, err := os.ReadFile("problem_example.json")
	w.must(err)
	if string(kept) != want.String() {
		t.Errorf("problem_example.json is not what the API answers; run: go test ./internal/httpapi -run Problems_examples -update, then hack/generate.sh\n%s", want.String())
	}
	t.Logf("%d problems in two languages", len(recorded))
}

// asAnywhere replaces what is different at every run by what the document shows elsewhere.
func (w *world) asAnywhere(body string) string {
	body = strings.NewReplacer(w.town, "371621101", w.other, "371621102", w.here.Code, "371621").Replace(body)
	return regexp.MustCompile(`urn:uuid:[0-9a-f-]{36}`).ReplaceAllLiteralString(body, "urn:uuid:01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e")
}

// provocations are the refusals that the document shows, by status.
func (w *world) provocations() []provoked {
	path, _ := w.file("相邻宅基地排水纠纷")
	w.hire(w.town, "reader", "reader")
	w.here.SetTenant(w.other, "active", 1)
	w.hire(w.other, "neighbour", "director")
	w.send(w.shared, request{method: "POST", path: "/v1/tenants/" + w.other + "/cases", as: "neighbour", body: dispute("占满")}).want(w.t, http.StatusCreated)
	incomplete := dispute("缺少事实")
	delete(incomplete, "facts")
	bare := w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: incomplete}).want(w.t, http.StatusCreated)
	keyed := request{method: "POST", path: w.cases(), as: "director", body: dispute("一次"), header: map[string]string{"Idempotency-Key": "once"}}
	w.send(w.shared, keyed).want(w.t, http.StatusCreated)
	keyed.body = dispute("两次")
	by := func(server *httptest.Server, r request) func(string) answer {
		return func(language string) answer {
			asked := r
			asked.header = plus(map[string]string{"Accept-Language": language}, pairs(r.header)...)
			return w.send(server, asked)
		}
	}
	director := func(method, path string, body any, header ...string) func(string) answer {
		return by(w.shared, request{method: method, path: path, as: "director", body: body, header: plus(map[string]string{}, header...)})
	}
	identityNumber := dispute("证件号码有误")
	identityNumber["parties"].([]map[string]any)[0]["identityType"] = "resident-id"
	identityNumber["parties"].([]map[string]any)[0]["identityNumber"] = "990101198001010015"
	expired := w.mint(identity.Grant{Subject: "director", IssuedAt: time.Now().Add(-3 * time.Hour), Lifetime: time.Hour})
	return append([]provoked{
		{"malformed-json", director("POST", w.cases(), `{"type": "02",`)},
		{"malformed-entity-tag", director("POST", path+"/accept", nil, "If-Match", "1")},
		{"token-required", by(w.shared, request{method: "GET", path: path})},
		{"token-expired", by(w.shared, request{method: "GET", path: path, header: map[string]string{"Authorization": "Bearer " + expired}})},
		{"role-required", by(w.shared, request{method: "POST", path: path + "/accept", as: "reader", header: map[string]string{"If-Match": `"1"`}})},
		{"stranger", by(w.shared, request{method: "GET", path: path, as: "neighbour"})},
		{"unknown-case", director("GET", w.cases()+"/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", nil)},
		{"unknown-unit", director("GET", "/v1/tenants/111111111", nil)},
		{"case-incomplete", director("POST", w.cases()+"/"+fmt.Sprint(bare.json(w.t)["id"])+"/accept", nil, "If-Match", `"1"`)},
		{"case-state", director("POST", path+"/close", words{"report": "当事人已履行。"}, "If-Match", `"1"`)},
		{"key-reused", by(w.shared, keyed)},
		{"stale-version", director("POST", path+"/accept", nil, "If-Match", `"7"`)},
		{"body-too-large", director("POST", w.cases(), `{"facts": "`+strings.Repeat("a", 1<<20)+`"}`)},
		{"unsupported-media-type", director("POST", w.cases(), dispute("文本"), "Content-Type", "text/plain")},
		{"wrong-instance", by(w.dedicated, request{method: "GET", path: "/v1/tenants/" + w.other, as: "director"})},
		{"invalid-case", director("POST", w.cases(), identityNumber)},
		{"validation", director("POST", w.cases(), map[string]any{"type": "99", "source": "application", "title": ""})},
		{"if-match-required", director("POST", path+"/accept", nil)},
		{"quota-open-cases", by(w.shared, request{method: "POST", path: "/v1/tenants/" + w.other + "/cases", as: "neighbour", body: dispute("再来")})},
	}, w.faults(path)...)
}

// faults are refusals of a file, of a slow client and of a broken house.
func (w *world) faults(path string) []provoked {
	attached := fmt.Sprint(w.attachTo(w.shared, path, "现场.pdf", pdf(100)).want(w.t, http.StatusCreated).json(w.t)["id"])
	_, astray, _ := newBroken(w.t.(*testing.T), broken{fail: func() error { return errors.New("a fault of ours") }}, 0)
	dark, _ := w.unplugged()
	asking := func(server *httptest.Server, path string) func(string) answer {
		return func(language string) answer { return w.get(server, path, "director", "Accept-Language", language) }
	}
	return []provoked{
		{"range-not-satisfiable", func(language string) answer {
			return w.get(w.shared, path+"/attachments/"+attached+"/content", "director", "Range", "bytes=1000000-", "Accept-Language", language)
		}},
		{"read-timeout", func(language string) answer {
			r := httptest.NewRequest(http.MethodPost, w.cases(), iotest.ErrReader(os.ErrDeadlineExceeded))
			r.Header = http.Header{"Authorization": {"Bearer " + w.token("director")}, "Content-Type": {"application/json"}, "Accept-Language": {language}}
			recorder := httptest.NewRecorder()
			w.shared.Config.Handler.ServeHTTP(recorder, r)
			return answer{recorder.Code, recorder.Header(), recorder.Body.String()}
		}},
		{"internal", asking(astray, "/v1/counties")},
		{"database", asking(dark, path)},
		{"shredded", func(language string) answer { // the last: nothing brings the town back
			_, err := w.here.County.Shred(w.t.Context(), w.other)
			w.must(err)
			return w.get(w.serve(w.openShared()), "/v1/tenants/"+w.other+"/cases/"+noParty, "neighbour", "Accept-Language", language)
		}},
	}
}

func pairs(header map[string]string) (flat []string) {
	for name, value := range header {
		flat = append(flat, name, value)
	}
	return flat
}
