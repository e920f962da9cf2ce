package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// What is planted. mark is put behind every Chinese text that any request holds, so every free text of every operation has
// it; the others are values of their own.
const (
	mark           = "䶮𠮷砚"
	plantedName    = "上官瓈婧"
	plantedTitle   = "排水渠塌方伤人"
	plantedFacts   = "夜里翻墙打砸门窗"
	plantedClaims  = "索赔并当面道歉"
	plantedPlace   = "柳堤村打谷场旁"
	plantedReason  = "当事人暂住娘家"
	plantedNumber2 = "990103196903270011"
	plantedPhone2  = "13905431109"
	plantedAgent   = "闾丘箢律师"
	plantedWork    = "镇中学物理教师"
)

func plantedValues() []string {
	return []string{mark, plantedName, plantedTitle, plantedFacts, plantedClaims, plantedPlace, plantedReason,
		privateNumber, privatePhone, privateAddress, plantedNumber2, plantedPhone2,
		plantedAgent, plantedWork, agentPhone, privateBirthday}
}

// public is a value that may be read by anybody: the search must find it.
const public = "公开标签丁"

// planting marks every Chinese text of requests and keeps what comes back for the search.
type planting struct {
	mu       sync.Mutex
	problems strings.Builder
	urls     strings.Builder
	requests int
}

// unmarked are the members whose texts have a form of their own or are public: tags are words of a list, a court.s number is
// of the court.
var unmarked = map[string]bool{"tags": true, "roles": true, "courtNumber": true}

// marked puts the mark behind every Chinese text.
func marked(name string, body any) any {
	switch v := body.(type) {
	case string:
		if !unmarked[name] && strings.IndexFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
			return v + mark
		}
	case map[string]any:
		out := map[string]any{}
		for member, inner := range v {
			out[member] = marked(member, inner)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, marked(name, inner))
		}
		return out
	}
	return body
}

func (p *planting) keep(r request, got answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if got.status >= 400 {
		p.problems.WriteString(got.body + "\n")
	}
	p.urls.WriteString(r.path + " " + got.header.Get("Location") + " " + got.header.Get("Link") + "\n")
}

// talkative serves a tenant with a log that holds everything there is to log, and with its figures.
func (w *world) talkative(log *lockedBuffer) (server, operations *httptest.Server) {
	w.t.Helper()
	verifier, err := identity.New(identity.Config{Issuer: issuer, Audience: audience, JWKS: w.jwks, AllowDevelopmentKeys: true})
	w.must(err)
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	before := slog.Default()
	slog.SetDefault(logger)
	w.t.Cleanup(func() { slog.SetDefault(before) })
	api, err := httpapi.New(httpapi.Config{Backend: w.openShared(), Verifier: verifier, PublicURL: "https://tiaojie.example", Now: w.now, Log: logger})
	w.must(err)
	server, operations = httptest.NewServer(api.Handler()), httptest.NewServer(api.Operations())
	w.t.Cleanup(server.Close)
	w.t.Cleanup(operations.Close)
	return server, operations
}

// TestAPI_plantedValuesAreNowhere plants values through every kind of write, sound and broken, and searches everything that
// the installation leaves behind for each of them in each form.
func TestAPI_plantedValuesAreNowhere(t *testing.T) {
	w := newWorld(t)
	log := &lockedBuffer{}
	server, operations := w.talkative(log)
	w.hire(w.town, "grid", "grid-worker")
	w.planted = &planting{}
	w.plantCases(t, server)
	w.plantLeadsAndMediators(t, server)
	w.plantBrokenRequests(t, server)
	w.plantPublic(t)
	figures := fetch(t, operations.URL+"/metrics").body
	texts := map[string][]byte{
		"the dump of the county": w.here.Dump(), "the log": []byte(log.String()), "the metrics": []byte(figures),
		"the problems": []byte(w.planted.problems.String()), "the addresses": []byte(w.planted.urls.String()),
	}
	searches, forms := 0, len(pgtest.Traces(t, mark))
	for where, text := range texts {
		for _, value := range plantedValues() {
			searches += forms
			if found := pgtest.Found(t, text, value); len(found) > 0 {
				t.Errorf("%s holds %q as %v%s", where, value, found, around(text, value))
			}
		}
	}
	w.theSearchFinds(t, texts, forms)
	w.boxesAreBound(t)
	t.Logf("%d requests; %d values × %d forms × %d texts = %d searches, nothing found; %d KB of dump, %d KB of log; the public value was found in each form",
		w.planted.requests, len(plantedValues()), forms, len(texts), searches, len(texts["the dump of the county"])>>10, len(texts["the log"])>>10)
}

// around shows where a leak is, so that it can be mended.
func around(text []byte, value string) string {
	at := strings.Index(string(text), value)
	if at < 0 {
		return ""
	}
	return fmt.Sprintf(": …%q…", text[max(0, at-200):min(len(text), at+100)])
}

// theSearchFinds what is there: a search that finds nothing anywhere proves nothing.
func (w *world) theSearchFinds(t *testing.T, texts map[string][]byte, forms int) {
	if found := pgtest.Found(t, texts["the dump of the county"], public); len(found) != forms-1 {
		t.Errorf("of the public value in the dump only %v are found", found)
	}
	for _, trace := range pgtest.Traces(t, public) { // raw GB18030 cannot stand in a dump, which is UTF-8; in a log it can
		if found := pgtest.Found(t, append([]byte("before"), trace.Needle...), public); !slices.Contains(found, trace.Form) {
			t.Errorf("%s is not found where it is", trace.Form)
		}
	}
	for where, there := range map[string]string{"the log": "accept-case", "the metrics": "accept-case", "the problems": "masked-value", "the addresses": "/reveal"} {
		if len(pgtest.Found(t, texts[where], there)) == 0 {
			t.Errorf("%s does not hold %s: nothing was searched", where, there)
		}
	}
}

// plantCases takes a case through its whole life, and others to their other ends.
func (w *world) plantCases(t *testing.T, server *httptest.Server) {
	body := private(plantedTitle)
	body["facts"], body["claims"], body["place"], body["tags"] = plantedFacts, plantedClaims, plantedPlace, []string{public}
	first := body["parties"].([]words)[0]
	first["name"], first["occupation"] = plantedName, plantedWork
	first["agent"].(words)["name"] = plantedAgent
	filed := w.send(server, request{method: "POST", path: w.cases(), as: "director", body: body, header: map[string]string{"Idempotency-Key": "planted-1"}}).want(t, 201)
	path := filed.header.Get("Location")
	w.send(server, request{method: "PATCH", path: path, as: "director", header: map[string]string{"If-Match": "*", "Idempotency-Key": "planted-2"},
		body: words{"title": plantedTitle + "案", "facts": plantedFacts + "三次", "reason": plantedReason}}).want(t, 200)
	w.send(server, reveal(path, "director", words{"purpose": "contact-party", "reason": plantedReason})).want(t, 200)
	w.send(server, request{method: "POST", path: path + "/withdraw", as: "director", header: words2("*"), body: words{"note": plantedReason}}).want(t, 200)
	walkToArchive(t, w, server)
	for _, ending := range [][]string{{"accept", "assign", "investigate", "mediate", "fail"}, {"accept", "assign", "refer"}, {"accept", "transfer"}, {"classify", "grade", "assess", "refuse"}} {
		w.clerk(t, server, plantedTitle).verbs(ending...)
	}
	for _, of := range []string{path, path + "/journal", path + "/accesses", w.cases(), path + "/actions", path + "/documents"} {
		w.send(server, request{method: "GET", path: of, as: "director"}).want(t, 200)
	}
}

func (w *world) plantLeadsAndMediators(t *testing.T, server *httptest.Server) {
	unit := "/v1/tenants/" + w.town
	got := w.send(server, request{method: "POST", path: unit + "/leads", as: "grid", body: words{
		"source": "grid", "type": "02", "cause": plantedFacts, "place": plantedPlace, "foundAt": w.now().Add(-60e9).Format("2006-01-02T15:04:05Z07:00"),
		"reporter": words{"name": plantedName, "phone": plantedPhone2},
		"parties": []words{{"side": "applicant", "kind": "person", "name": plantedName, "identityType": "resident-id", "identityNumber": privateNumber, "occupation": plantedWork,
			"agent": words{"kind": "entrusted", "name": plantedAgent, "phone": agentPhone}}},
	}}).want(t, 201)
	lead := unit + "/leads/" + fmt.Sprint(got.json(t)["id"])
	w.send(server, reveal(lead, "director", words{"purpose": "danger", "reason": plantedReason})).want(t, 200)
	w.send(server, request{method: "POST", path: lead + "/close", as: "director", header: words2("*"), body: words{"reason": "settled-on-the-spot", "note": plantedReason}}).want(t, 200)
	got = w.send(server, request{method: "POST", path: unit + "/mediators", as: "director", body: words{
		"name": plantedName, "identityType": "resident-id", "identityNumber": plantedNumber2, "phone": plantedPhone2}}).want(t, 201)
	mediator := unit + "/mediators/" + fmt.Sprint(got.json(t)["id"])
	w.send(server, reveal(mediator, "director", words{"purpose": "verify-identity", "reason": plantedReason})).want(t, 200)
	sheet := "来源,纠纷类型,事由,地点,发现时间\n" + "网格,02," + plantedFacts + "," + plantedPlace + ",昨天\n"
	w.send(server, request{method: "POST", path: unit + "/lead-imports", as: "director", body: sheet, header: map[string]string{"Content-Type": "text/csv; charset=utf-8"}})
}

// plantBrokenRequests has values in everything that is refused.
func (w *world) plantBrokenRequests(t *testing.T, server *httptest.Server) {
	broken := private(plantedTitle)
	broken["parties"].([]words)[0]["identityNumber"] = privateNumber[:17] + "X"
	broken["parties"].([]words)[1]["phone"] = maskedPhone
	for _, body := range []any{broken, `{"title":"` + plantedTitle, `{"title":"` + plantedTitle + `"}`, `{"amount":"` + privateNumber + `"}`, words{"type": plantedName}} {
		if got := w.send(server, request{method: "POST", path: w.cases(), as: "director", body: body}); got.status < 400 {
			t.Errorf("accepted: %s", got.body)
		}
	}
	w.send(server, request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/x?issuer=" + "a", as: "director", body: words{"roles": []string{plantedName}}})
	w.send(server, request{method: "GET", path: w.cases(), header: map[string]string{"Authorization": "Bearer " + privateNumber}})
	// What a person searches for stands in the request's address; nothing may be written down of it.
	sent, err := http.NewRequest(http.MethodGet, server.URL+w.cases()+"?q="+privatePhone, nil)
	w.must(err)
	sent.Header.Set("Authorization", "Bearer "+w.token("director"))
	response, err := http.DefaultTransport.RoundTrip(sent)
	w.must(err)
	w.must(response.Body.Close())
}

// plantPublic puts the public value into the database in every form that the search knows.
func (w *world) plantPublic(t *testing.T) {
	conn := pgtest.Connect(t, w.here.AsSuperuser())
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err := conn.Exec(t.Context(), `CREATE TABLE public.planted (text text, bytes bytea)`)
	w.must(err)
	for _, trace := range pgtest.Traces(t, public) {
		if strings.HasPrefix(trace.Form, "UTF-8") || strings.Contains(trace.Form, " ") {
			_, err = conn.Exec(t.Context(), `INSERT INTO public.planted (text) VALUES ($1)`, string(trace.Needle))
		}
		w.must(err)
	}
}
