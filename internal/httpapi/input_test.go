package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// secret stands for personal data in broken requests: no answer and no log may hold it.
const secret = "371621198001010018"

// badInput is one thing that clients get wrong.
type badInput struct {
	reason  string
	send    request
	status  int
	code    string
	pointer string // of the first error, or its parameter
}

// TestAPI_badInput sends what clients get wrong to both kinds of instance, in both languages.
func TestAPI_badInput(t *testing.T) {
	w := newWorld(t)
	w.told = &problems{texts: map[string]bool{}}
	defer w.told.tellNothing(t)
	path, _ := w.file("坏输入")
	t.Logf("%d kinds of bad input", len(w.badInputs(path)))
	for name, server := range w.both() {
		for title, c := range w.badInputs(path) {
			t.Run(name+" "+title, func(t *testing.T) {
				c.send.as = "director"
				if c.send.header == nil {
					c.send.header = map[string]string{}
				}
				c.send.header["Accept-Language"] = "zh-CN,zh;q=0.9"
				got := w.send(server, c.send)
				if c.send.method == http.MethodHead {
					got.want(t, c.status)
					return
				}
				got.problem(t, c.status, c.code)
				if got.header.Get("Content-Language") != "zh-CN" || got.header.Get("Vary") == "" {
					t.Errorf("%s: headers %v", c.reason, got.header)
				}
				if c.pointer != "" && !strings.Contains(got.body, c.pointer) {
					t.Errorf("%s: %q is not named: %s", c.reason, c.pointer, got.body)
				}
				for _, leak := range []string{secret, "SQLSTATE", "pgx", "json:", "goroutine", ".go:"} {
					if strings.Contains(got.body, leak) {
						t.Errorf("%s: the answer holds %q: %s", c.reason, leak, got.body)
					}
				}
				c.send.header["Accept-Language"] = "en"
				english := w.send(server, c.send).problem(t, c.status, c.code)
				if english.header.Get("Content-Language") != "en" || english.json(t)["title"] == got.json(t)["title"] {
					t.Errorf("%s: not in English: %s", c.reason, english.body)
				}
			})
		}
	}
	if log := w.log.String(); strings.Contains(log, secret) || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log:\n%s", log)
	}
}

func (w *world) badInputs(path string) map[string]badInput {
	all := map[string]badInput{}
	for _, group := range []map[string]badInput{w.badBodies(), w.badFields(), w.badAddresses(path), w.badConditions(path), w.badQueries()} {
		for title, c := range group {
			all[title] = c
		}
	}
	return all
}

func (w *world) badBodies() map[string]badInput {
	post := func(body any, header ...string) request {
		r := request{method: "POST", path: w.cases(), body: body, header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			r.header[header[i]] = header[i+1]
		}
		return r
	}
	return map[string]badInput{
		"malformed JSON":    {"cut off", post(`{"title":"` + secret), 400, "malformed-json", ""},
		"two texts":         {"one request, one body", post(`{}{}`), 400, "malformed-json", ""},
		"not UTF-8":         {"GBK from an old client", post("{\"title\":\"\xb5\xf7\xbd\xe2\"}"), 400, "malformed-json", ""},
		"no body":           {"a filing without a case", post(nil), 400, "body-required", ""},
		"only spaces":       {"the same", post("  \n"), 400, "body-required", ""},
		"nested deeply":     {"to exhaust the stack", post(strings.Repeat("[", 10000) + strings.Repeat("]", 10000)), 400, "malformed-json", ""},
		"an array":          {"a case is an object", post(`[]`), 422, "validation", ""},
		"null":              {"the same", post(`null`), 422, "validation", ""},
		"too large":         {"1 MiB and one byte", post(`{"title":"` + strings.Repeat("x", 1<<20) + `"}`), 413, "body-too-large", ""},
		"a form":            {"curl -d without a header", post(`title=`+secret, "Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported-media-type", ""},
		"no media type":     {"what is it?", post(`{}`, "Content-Type", "-"), 415, "unsupported-media-type", ""},
		"GBK declared":      {"JSON is UTF-8", post(`{}`, "Content-Type", "application/json; charset=gbk"), 415, "unsupported-media-type", ""},
		"compressed":        {"bombs are refused, not unpacked", post(`{}`, "Content-Encoding", "gzip"), 415, "unsupported-media-type", ""},
		"NUL":               {"no column holds it", post(`{"type":"02","source":"application","title":"a\u0000b","parties":[]}`), 422, "validation", "/title"},
		"key with a space":  {"visible ASCII", post(dispute("x"), "Idempotency-Key", "a b"), 400, "malformed-idempotency-key", "header.Idempotency-Key"},
		"endless key":       {"255 at most", post(dispute("x"), "Idempotency-Key", strings.Repeat("k", 256)), 400, "malformed-idempotency-key", ""},
		"body where none":   {"accept takes none", request{method: "POST", path: w.cases() + "/x/accept", body: map[string]any{"number": "1"}, header: map[string]string{"If-Match": "*"}}, 422, "unexpected-body", ""},
		"merge patch array": {"RFC 7396 patches are objects here", request{method: "PATCH", path: w.cases() + "/x", body: `[]`, header: map[string]string{"If-Match": "*"}}, 422, "validation", ""},
	}
}

func (w *world) badFields() map[string]badInput {
	with := func(change func(map[string]any)) request {
		body := dispute("坏字段")
		change(body)
		return request{method: "POST", path: w.cases(), body: body}
	}
	party := func(body map[string]any) map[string]any { return body["parties"].([]map[string]any)[0] }
	return map[string]badInput{
		"unknown field":        {"a typing error must not be lost", with(func(b map[string]any) { b["titel"] = secret }), 422, "validation", "/titel"},
		"unknown nested field": {"in a party too", with(func(b map[string]any) { party(b)["nick"] = secret }), 422, "validation", "/parties/0/nick"},
		"missing title":        {"every case has one", with(func(b map[string]any) { delete(b, "title") }), 422, "validation", `"/title"`},
		"wrong type":           {"fen are integers", with(func(b map[string]any) { b["amount"] = secret }), 422, "validation", "/amount"},
		"fraction of a fen":    {"fen are integers", with(func(b map[string]any) { b["amount"] = 1.5 }), 422, "validation", "/amount"},
		"beyond int64":         {"more than there is", request{method: "POST", path: w.cases(), body: `{"type":"02","source":"application","title":"x","parties":[],"amount":371621198001010018371621}`}, 422, "validation", "/amount"},
		"same name twice":      {"which of them is meant?", request{method: "POST", path: w.cases(), body: `{"type":"02","type":"03"}`}, 422, "validation", "/type"},
		"same name inside":     {"also in a party", request{method: "POST", path: w.cases(), body: `{"parties":[{"name":"a"},{"name":"b","name":"c"}]}`}, 422, "validation", "/parties/-/name"},
		"half a character":     {"nothing is silently replaced", request{method: "POST", path: w.cases(), body: `{"title":"a\ud800b"}`}, 400, "malformed-json", ""},
		"far beyond int64":     {"and a power of ten", with(func(b map[string]any) { b["amount"] = 1e30 }), 422, "validation", "/amount"},
		"unknown code":         {"types are a closed list", with(func(b map[string]any) { b["type"] = "99" }), 422, "validation", "/type"},
		"too long":             {"titles are short", with(func(b map[string]any) { b["title"] = strings.Repeat("长", 201) }), 422, "validation", "/title"},
		"too many tags":        {"twenty", with(func(b map[string]any) { b["tags"] = strings.Split(strings.Repeat("a,", 20)+"b", ",") }), 422, "validation", "/tags"},
		"no date":              {"30 February", with(func(b map[string]any) { b["occurredOn"] = "2026-02-30" }), 422, "validation", "/occurredOn"},
		"wrong check digit":    {"GB 11643", with(func(b map[string]any) { party(b)["identityType"] = "resident-id"; party(b)["identityNumber"] = secret }), 422, "invalid-case", "/parties/0/identityNumber"},
		"one party":            {"a dispute has two", with(func(b map[string]any) { b["parties"] = b["parties"].([]map[string]any)[:1] }), 422, "invalid-case", "/parties"},
		"control characters":   {"texts that read otherwise than they are stored", with(func(b map[string]any) { b["title"] = "a\u202eb" }), 422, "invalid-case", "/title"},
		"id of a party": {"ids are given here", with(func(b map[string]any) { party(b)["id"] = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" }),
			422, "validation", "/parties/0/id"},
	}
}

func (w *world) badAddresses(path string) map[string]badInput {
	get := func(path string) request { return request{method: "GET", path: path} }
	return map[string]badInput{
		"no such path":       {"a typing error", get("/v1/tenant"), 404, "no-such-address", ""},
		"trailing slash":     {"another address", get(w.cases() + "/"), 404, "no-such-address", ""},
		"double slash":       {"no redirect that loses a body", request{method: "POST", path: "/v1//tenants", body: "{}"}, 404, "no-such-address", ""},
		"unclean address":    {"no redirect to a page that programs cannot read", get("/v1//codes"), 404, "no-such-address", ""},
		"dots":               {"nor through folders", get("/v1/me/../codes"), 404, "no-such-address", ""},
		"root":               {"nothing here", get("/"), 404, "no-such-address", ""},
		"wrong method":       {"the answer names the right ones", request{method: "DELETE", path: path}, 405, "method-not-allowed", "GET"},
		"odd method":         {"not HTTP's", request{method: "BREW", path: path}, 405, "method-not-allowed", ""},
		"HEAD of nothing":    {"HEAD is GET without a body", request{method: "HEAD", path: w.cases() + "/x"}, 404, "", ""},
		"NUL in the path":    {"no row has it", get("/v1/tenants/" + w.town + "/members%00"), 400, "malformed-address", ""},
		"Latin-1 in a query": {"no text", get(w.cases() + "?tag=%e9"), 400, "malformed-address", ""},
		"huge header":        {"40 KiB", request{method: "GET", path: path, header: map[string]string{"X-Big": strings.Repeat("x", 40<<10)}}, 431, "headers-too-large", ""},
		"huge query":         {"40 KiB", get(w.cases() + "?tag=" + strings.Repeat("x", 40<<10)), 431, "headers-too-large", ""},
		"unknown list":       {"no such code list", get("/v1/codes/nothing"), 404, "unknown-code-list", ""},
	}
}

func (w *world) badConditions(path string) map[string]badInput {
	patch := func(ifMatch string) request {
		r := request{method: "PATCH", path: path, body: map[string]any{"title": "新"}, header: map[string]string{}}
		if ifMatch != "" {
			r.header["If-Match"] = ifMatch
		}
		return r
	}
	return map[string]badInput{
		"no If-Match":               {"nobody overwrites unseen", patch(""), 428, "if-match-required", ""},
		"no If-Match to accept":     {"the same", request{method: "POST", path: path + "/accept"}, 428, "if-match-required", ""},
		"stale":                     {"somebody was faster", patch(`"77"`), 412, "stale-version", ""},
		"weak":                      {"strong comparison", patch(`W/"1"`), 412, "stale-version", ""},
		"foreign tag":               {"not one of ours", patch(`"abc"`), 412, "stale-version", ""},
		"version without quotes":    {"not an entity tag", patch(`1`), 400, "malformed-entity-tag", "header.If-Match"},
		"If-None-Match on a change": {"ignoring it would overwrite what the client wanted kept", request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/x", body: map[string]any{"roles": []string{"clerk"}}, header: map[string]string{"If-None-Match": "*"}}, 400, "unsupported-precondition", "header.If-None-Match"},
		"null title":                {"every case has one", request{method: "PATCH", path: path, body: map[string]any{"title": nil}, header: map[string]string{"If-Match": "*"}}, 422, "invalid-case", "/title"},
		"unknown field in patch":    {"a typing error must not be lost", request{method: "PATCH", path: path, body: map[string]any{"titel": "x"}, header: map[string]string{"If-Match": "*"}}, 422, "validation", "/titel"},
		"unknown reason":            {"reasons are the law's", request{method: "POST", path: path + "/refuse", body: map[string]any{"reason": "no-time"}, header: map[string]string{"If-Match": "*"}}, 422, "validation", "/reason"},
		"withdrawal by a neighbour": {"only a party withdraws", request{method: "POST", path: path + "/withdraw", body: map[string]any{"by": "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"}, header: map[string]string{"If-Match": "*"}}, 422, "invalid-withdrawal", "/by"},
	}
}

func (w *world) badQueries() map[string]badInput {
	list := func(query string) request { return request{method: "GET", path: w.cases() + "?" + query} }
	return map[string]badInput{
		"unknown parameter": {"a mistyped filter must not mean all rows", list("stat=accepted"), 422, "validation", "query.stat"},
		"unknown state":     {"a closed list", list("state=open"), 422, "validation", "query.state"},
		"limit of zero":     {"at least one", list("limit=0"), 422, "validation", "query.limit"},
		"limit too high":    {"200 at most", list("limit=201"), 422, "validation", "query.limit"},
		"limit no number":   {"wrong type", list("limit=many"), 422, "validation", "query.limit"},
		"no time":           {"RFC 3339", list("updated_after=" + secret), 422, "validation", "query.updated_after"},
		"time without zone": {"which morning?", list("filed_from=2026-11-23T08:00:00"), 422, "validation", "query.filed_from"},
		"empty range":       {"nothing could be found", list("filed_from=2026-11-23T08:00:00Z&filed_to=2026-11-22T08:00:00Z"), 422, "invalid-query", "query.filed_to"},
		"unknown order":     {"two orders", list("sort=title"), 422, "validation", "query.sort"},
		"twice":             {"which one?", list("limit=1&limit=2"), 422, "validation", "query.limit"},
		"query where none":  {"nothing to filter", request{method: "GET", path: "/v1/me?verbose=1"}, 422, "validation", "query.verbose"},
		"made-up cursor":    {"not ours", list("cursor=" + secret), 422, "malformed-cursor", "query.cursor"},
		"semicolon":         {"not a separator", list("tag=a;limit=1"), 400, "malformed-address", ""},
		"broken percent":    {"not text", list("tag=%zz"), 400, "malformed-address", ""},
		"blank search":      {"nothing, or all?", list("q=%20%20"), 422, "invalid-query", "query.q"},
		"long search":       {"32 characters", list("q=" + strings.Repeat("a", 33)), 422, "invalid-query", "query.q"},
		"nine terms":        {"eight", list("q=a+b+c+d+e+f+g+h+i"), 422, "invalid-query", "query.q"},
		"marks alone":       {"no case is found by a full stop", list("q=%E3%80%82"), 422, "invalid-query", "query.q"},
		"search by number":  {"identity numbers are not text", list("q=" + secret), 422, "invalid-query", "query.q"},
		"search with NUL":   {"no text has it", list("q=a%00b"), 400, "malformed-address", ""},
		"hidden direction":  {"reads otherwise than it is", list("q=a%E2%80%AEb"), 422, "invalid-query", "query.q"},
		"no due time":       {"RFC 3339", list("due_before=tomorrow"), 422, "validation", "query.due_before"},
		"due backwards":     {"nothing lies in it", list("due_after=2026-11-23T08:00:00Z&due_before=2026-11-23T08:00:00Z"), 422, "invalid-query", "query.due_before"},
		"no day":            {"30 February", list("occurred_from=2026-02-30"), 422, "validation", "query.occurred_from"},
		"days backwards":    {"nothing lies in it", list("occurred_from=2026-11-02&occurred_to=2026-11-01"), 422, "invalid-query", "query.occurred_to"},
		"day of year one":   {"before 1900", list("occurred_to=0001-01-01"), 422, "invalid-query", "query.occurred_to"},
		"county is no code": {"six digits", request{method: "GET", path: "/v1/tenants?county=abc"}, 422, "invalid-query", "query.county"},
	}
}

func TestAPI_languages(t *testing.T) {
	w := newWorld(t)
	for header, want := range map[string]string{"": "en", "zh": "zh-CN", "zh-TW,en;q=0.5": "zh-CN", "de,en;q=0.5": "en"} {
		got := w.send(w.shared, request{method: "GET", path: w.cases(), header: map[string]string{"Accept-Language": header}})
		got.problem(t, 401, "token-required")
		if got.header.Get("Content-Language") != want || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: %v", header, got.header)
		}
	}
	path, _ := w.file("语言")
	for _, method := range []string{"GET", "HEAD"} {
		got := w.send(w.shared, request{method: method, path: path, as: "director"}).want(t, 200)
		if got.header.Get("ETag") != `"1"` || got.header.Get("Cache-Control") != "private, no-cache" ||
			got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", method, got.header)
		}
		if (method == "HEAD") != (got.body == "") {
			t.Errorf("%s: body %q", method, got.body)
		}
	}
	fmt.Fprint(w.log, "")
}

// TestAPI_answersSayWhetherTheyAreTranslated: an answer that does not depend on Accept-Language must not say that it does,
// or caches keep it twice; both languages of a code list stand in the same answer. What explains itself in sentences
// (actions, clocks) is translated and says so.
func TestAPI_answersSayWhetherTheyAreTranslated(t *testing.T) {
	w := newWorld(t)
	_, caseID := w.file("语言")
	w.enterDrilled()
	w.enterAttachment(w.cases() + "/" + caseID)
	w.hire(w.town, "drilled", "clerk", "mediator")
	w.hire(w.here.Code, "drilled", "reader")
	w.assigned("语言", "drilled")
	notice := w.noticed("drilled")
	asked := []request{{method: "GET", path: "/openapi.json"}, {method: "GET", path: "/openapi.yaml"}, {method: "GET", path: "/docs"}}
	for _, op := range w.operations(t) {
		if op.method != http.MethodGet || op.signed {
			continue
		}
		as := "director"
		if strings.HasPrefix(op.path, "/v1/counties/") {
			as = "administrator"
		}
		asked = append(asked, request{method: "GET", path: op.about(notice).at(w, caseID), as: as})
	}
	for _, ask := range asked {
		in := func(language string) answer {
			ask.header = map[string]string{"Accept-Language": language}
			return w.send(w.shared, ask).want(t, http.StatusOK)
		}
		zh, en := in("zh-CN"), in("en")
		translated := strings.HasSuffix(ask.path, "/actions") || strings.HasSuffix(ask.path, "/duplicates") || strings.HasSuffix(ask.path, "/clocks") ||
			strings.HasSuffix(ask.path, "/reference") || strings.HasSuffix(ask.path, "/documents") || strings.HasSuffix(ask.path, "/suggested-mediators")
		ownEntry := strings.HasSuffix(ask.path, "/audit") // who reads the record stands in it the next time
		if (zh.body != en.body) != translated && !ownEntry {
			t.Errorf("%s differs by language: %v, want %v:\n%s\n%s", ask.path, !translated, translated, zh.body, en.body)
		}
		if says := zh.header.Get("Content-Language") == "zh-CN"; says != translated {
			t.Errorf("%s says its language: %v, want %v", ask.path, says, translated)
		}
		if varies := strings.Contains(zh.header.Get("Vary"), "Accept-Language"); varies != translated {
			t.Errorf("%s varies by language: %v, want %v", ask.path, varies, translated)
		}
	}
	t.Logf("%d kinds of answers asked for in both languages", len(asked))
}
