package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// What the parties of private have, and how it looks to those who do not mediate the case.
const (
	privateNumber, maskedNumber   = "990101198001010014", "990101********0014"
	privatePhone, maskedPhone     = "13800007788", "138****7788"
	agentPhone, privateBirthday   = "13700009911", "1957-03-09"
	privateAddress, maskedAddress = "石庙镇归化街村88号", "石庙镇归化街村*"
)

func private(title string) words {
	body := dispute(title)
	body["parties"] = []words{
		{
			"side": "applicant", "kind": "person", "name": "欧阳测试", "identityType": "resident-id", "identityNumber": privateNumber,
			"phone": privatePhone, "address": privateAddress, "ethnicity": "03", "occupation": "教师",
			"agent": words{"kind": "entrusted", "name": "闾丘律师", "relation": "律师", "phone": agentPhone, "powerOnFile": true},
		},
		{"side": "respondent", "kind": "person", "name": "司马测试", "bornOn": privateBirthday},
	}
	return body
}

// shows tells whether a text holds any of the plain values.
func showsNumbers(text string) bool {
	return slices.ContainsFunc([]string{privateNumber, privatePhone, "88号", agentPhone, privateBirthday}, func(value string) bool { return strings.Contains(text, value) })
}

// filePrivate files a case whose numbers are masked, and returns its path and the ids of its parties.
func (w *world) filePrivate(title string) (path string, parties []words) {
	w.t.Helper()
	got := w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: private(title)}).want(w.t, http.StatusCreated)
	if showsNumbers(got.body) {
		w.t.Fatalf("a filing answers in the clear: %s", got.body)
	}
	return w.cases() + "/" + fmt.Sprint(got.json(w.t)["id"]), partiesOf(w.t, got)
}

func partiesOf(t testing.TB, got answer) (parties []words) {
	t.Helper()
	for _, p := range got.json(t)["parties"].([]any) {
		parties = append(parties, p.(map[string]any))
	}
	return parties
}

func reveal(path, as string, body words) request {
	return request{method: "POST", path: path + "/reveal", as: as, body: body}
}

var toContact = words{"purpose": "contact-party", "reason": "约定二十五日上午调解"}

// TestDisclosure_journey: masked for all but the people of the case, shown once for a purpose, and everybody concerned
// sees who looked.
func TestDisclosure_journey(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "clerk", "clerk")
	w.hire(w.town, "li", "mediator")
	w.hire(w.town, "zhou", "mediator")
	path, parties := w.filePrivate("脱敏")
	for name, server := range w.both() {
		for _, at := range []string{path, w.cases(), path + "/journal"} {
			for _, as := range []string{"director", "clerk", "zhou"} {
				if got := w.send(server, request{method: "GET", path: at, as: as}).want(t, 200); showsNumbers(got.body) {
					t.Errorf("%s reads %s at %s in the clear: %s", as, at, name, got.body)
				}
			}
		}
		got := w.send(server, request{method: "GET", path: path, as: "clerk"}).want(t, 200)
		first := partiesOf(t, got)[0]
		if first["name"] != "欧阳测试" || first["identityNumber"] != maskedNumber || first["phone"] != maskedPhone || first["address"] != maskedAddress {
			t.Errorf("a clerk sees %v", first)
		}
		shown := w.send(server, reveal(path, "clerk", words{"purpose": "contact-party", "reason": "约定时间", "fields": []string{"phone"},
			"parties": []any{parties[0]["id"]}})).want(t, 200)
		if !strings.Contains(shown.body, privatePhone) || strings.Contains(shown.body, privateNumber) || shown.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("a reveal of the phone shows %s %v", shown.body, shown.header)
		}
	}
	w.seenByThePeopleOfTheCase(t, path)
}

func (w *world) seenByThePeopleOfTheCase(t *testing.T, path string) {
	w.send(w.shared, request{method: "POST", path: path + "/accept", as: "director", header: words2(`"1"`)}).want(t, 200)
	w.send(w.shared, request{method: "POST", path: path + "/assign", as: "director", header: words2(`"2"`), body: words{"mediators": []words{
		{"issuer": issuer, "subject": "li", "name": "李调解员", "host": true}}}}).want(t, 200)
	if got := w.send(w.dedicated, request{method: "GET", path: path, as: "li"}).want(t, 200); !strings.Contains(got.body, privateNumber) {
		t.Errorf("the host sees masks: %s", got.body)
	}
	w.send(w.dedicated, reveal(path, "zhou", toContact)).problem(t, 403, "not-assigned")
	for _, as := range []string{"director", "li"} {
		got := w.send(w.dedicated, request{method: "GET", path: path + "/accesses", as: as}).want(t, 200)
		if strings.Count(got.body, `"case.reveal"`) != 2 || !strings.Contains(got.body, `"subject":"clerk"`) || !strings.Contains(got.body, "约定时间") ||
			!strings.Contains(got.body, "/phone") || showsNumbers(got.body) {
			t.Errorf("%s sees of the looks: %s", as, got.body)
		}
	}
	me := "/v1/tenants/" + w.town + "/me/accesses"
	if got := w.send(w.dedicated, request{method: "GET", path: me + "?limit=1", as: "clerk"}).want(t, 200); got.json(t)["total"].(map[string]any)["value"] != 2.0 || got.json(t)["next"] == nil {
		t.Errorf("the clerk's own looks: %s", got.body)
	}
	if got := w.send(w.dedicated, request{method: "GET", path: me, as: "li"}).want(t, 200); !strings.Contains(got.body, `"items":[]`) {
		t.Errorf("the host looked at nothing: %s", got.body)
	}
	if got := w.send(w.dedicated, request{method: "GET", path: me + "?of=others", as: "li"}).want(t, 200); strings.Count(got.body, "case.reveal") != 2 {
		t.Errorf("others' looks at the host's case: %s", got.body)
	}
	if got := w.send(w.dedicated, request{method: "GET", path: me + "?of=others", as: "zhou"}).want(t, 200); !strings.Contains(got.body, `"items":[]`) {
		t.Errorf("who mediates nothing sees nobody's looks: %s", got.body)
	}
}

func words2(version string) map[string]string { return map[string]string{"If-Match": version} }

// TestDisclosure_neverOverwrites: what was read is sent back as it is, and nothing is lost.
func TestDisclosure_neverOverwrites(t *testing.T) {
	w := newWorld(t)
	path, parties := w.filePrivate("不覆盖")
	patch := func(parties []words) answer {
		return w.send(w.dedicated, request{method: "PATCH", path: path, as: "director", header: words2("*"), body: words{"parties": parties}})
	}
	got := patch(parties).want(t, 200)
	if got.header.Get("ETag") != `"1"` {
		t.Errorf("sending back what was read changed the case: %s", got.body)
	}
	parties[0]["phone"] = "13900009911"
	patch(parties).want(t, 200)
	plain := w.send(w.shared, reveal(path, "director", toContact)).want(t, 200)
	for _, kept := range []string{privateNumber, privateAddress, "13900009911"} {
		if !strings.Contains(plain.body, kept) {
			t.Errorf("%s was lost: %s", kept, plain.body)
		}
	}
	parties[0]["phone"] = "139****0000"
	if got := patch(parties).problem(t, 422, "invalid-case"); !strings.Contains(got.body, `"/parties/0/phone"`) || !strings.Contains(got.body, "masked-value") {
		t.Errorf("another's mask: %s", got.body)
	}
	again := private("再登记")
	again["parties"].([]words)[1]["phone"] = maskedPhone
	got = w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: again}).problem(t, 422, "invalid-case")
	if !strings.Contains(got.body, `"/parties/1/phone"`) || !strings.Contains(got.body, "masked-value") || strings.Contains(got.body, maskedPhone) {
		t.Errorf("a masked form in a filing: %s", got.body)
	}
}

// TestDisclosure_limit: so many a day for each person, however many ask at once, and again tomorrow.
func TestDisclosure_limit(t *testing.T) {
	w := newWorld(t)
	few, err := postgres.NewDedicated(t.Context(), postgres.DedicatedConfig{
		Tenant: w.town, Database: w.here.AsSlot(w.town), DataKeys: w.here.DataKeys(w.town), CountyKey: w.here.CountyKey(), Clock: w.now, DailyReveals: 5})
	w.must(err)
	t.Cleanup(few.Close)
	server := w.serve(few)
	path, _ := w.filePrivate("限次")
	statuses := w.revealAtOnce(server, path, 12)
	if got := []int{statuses[200], statuses[429]}; !slices.Equal(got, []int{5, 7}) {
		t.Fatalf("of 12 at once with a limit of 5: %v", statuses)
	}
	refused := w.send(server, reveal(path, "director", toContact)).problem(t, 429, "reveal-limit")
	wait, err := strconv.Atoi(refused.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 24*3600 {
		t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
	}
	w.hire(w.town, "clerk", "clerk")
	if got := w.send(server, reveal(path, "clerk", toContact)).want(t, 200); got.json(t)["remaining"] != 4.0 {
		t.Errorf("another person's day is their own: %s", got.body)
	}
	w.send(server, request{method: "GET", path: path + "/documents/rights-notice", as: "director"}).problem(t, 429, "reveal-limit")
	w.pass(1)
	w.send(server, reveal(path, "director", toContact)).want(t, 200)
}

func (w *world) revealAtOnce(server *httptest.Server, path string, times int) map[int]int {
	w.t.Helper()
	var (
		mu       sync.Mutex
		wg       sync.WaitGroup
		statuses = map[int]int{}
	)
	for range times {
		wg.Go(func() {
			got, err := w.try(server, reveal(path, "director", toContact))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				statuses[got.status]++
			}
		})
	}
	wg.Wait()
	return statuses
}

// TestDisclosure_repeated: the same key shows it again, which is one more look.
func TestDisclosure_repeated(t *testing.T) {
	w := newWorld(t)
	path, _ := w.filePrivate("重发")
	ask := reveal(path, "director", toContact)
	ask.header = map[string]string{"Idempotency-Key": "reveal-1"}
	for i, remaining := range []float64{199, 198} {
		got := w.send(w.dedicated, ask).want(t, 200)
		if (got.header.Get("Idempotency-Replayed") == "true") != (i == 1) || got.json(t)["remaining"] != remaining || !strings.Contains(got.body, privateNumber) {
			t.Errorf("time %d: %v %s", i+1, got.header, got.body)
		}
	}
	got := w.send(w.dedicated, request{method: "GET", path: path + "/accesses", as: "director"}).want(t, 200)
	if got.json(t)["total"].(map[string]any)["value"] != 2.0 {
		t.Errorf("two answers, and on record: %s", got.body)
	}
}

// TestDisclosure_papers: a paper is unmasked, so who printed it and what for is on record.
func TestDisclosure_papers(t *testing.T) {
	w := newWorld(t)
	path, _ := w.filePrivate("打印")
	w.send(w.shared, request{method: "GET", path: path + "/documents/rights-notice?purpose=court-request", as: "director"}).want(t, 200)
	got := w.send(w.shared, request{method: "GET", path: path + "/accesses", as: "director"}).want(t, 200)
	for _, part := range []string{`"case.print"`, `"court-request"`, "/documents/rights-notice"} {
		if !strings.Contains(got.body, part) {
			t.Errorf("%s is not on record: %s", part, got.body)
		}
	}
	w.send(w.shared, request{method: "GET", path: path + "/documents/rights-notice?purpose=curiosity", as: "director"}).problem(t, 422, "validation")
}

// TestDisclosure_leads: a lead's numbers are for who reported it, and come unharmed into the case that it becomes.
func TestDisclosure_leads(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "grid", "grid-worker")
	leads := "/v1/tenants/" + w.town + "/leads"
	got := w.send(w.shared, request{method: "POST", path: leads, as: "grid", body: words{
		"source": "grid", "type": "02", "cause": "排水沟争吵。", "place": "村东头", "foundAt": w.now().Add(-60e9).Format("2006-01-02T15:04:05Z07:00"),
		"reporter": words{"name": "报料人", "phone": privatePhone},
		"parties": []words{
			{"side": "applicant", "kind": "person", "name": "欧阳测试", "identityType": "resident-id", "identityNumber": privateNumber},
			{"kind": "person", "name": "司马测试", "address": privateAddress},
		}}}).want(t, 201)
	lead := leads + "/" + fmt.Sprint(got.json(t)["id"])
	if !strings.Contains(got.body, privateNumber) {
		t.Errorf("whoever reported it knows it: %s", got.body)
	}
	for _, at := range []string{lead, leads, lead + "/journal"} {
		if got := w.send(w.dedicated, request{method: "GET", path: at, as: "director"}).want(t, 200); showsNumbers(got.body) || !strings.Contains(got.body, "报料人") && at != lead+"/journal" {
			t.Errorf("a director sees at %s: %s", at, got.body)
		}
	}
	shown := w.send(w.dedicated, reveal(lead, "director", toContact)).want(t, 200)
	for _, plain := range []string{privateNumber, privatePhone, privateAddress, "/reporter/phone"} {
		if !strings.Contains(shown.body, plain) {
			t.Errorf("%s is not shown: %s", plain, shown.body)
		}
	}
	read := w.send(w.dedicated, request{method: "GET", path: lead, as: "director"}).want(t, 200).json(t)
	back := words{"reporter": read["reporter"], "parties": read["parties"]}
	if got := w.send(w.dedicated, request{method: "PATCH", path: lead, as: "director", header: words2("*"), body: back}).want(t, 200); got.header.Get("ETag") != `"1"` {
		t.Errorf("sending back what was read changed the lead: %s", got.body)
	}
	var sided []words
	for i, p := range read["parties"].([]any) {
		party := p.(map[string]any)
		delete(party, "id")
		party["side"] = []string{"applicant", "respondent"}[i]
		sided = append(sided, party)
	}
	made := w.send(w.dedicated, request{method: "POST", path: lead + "/become-case", as: "director", header: words2("*"), body: words{"parties": sided}}).want(t, 201)
	plain := w.send(w.dedicated, reveal(w.cases()+"/"+fmt.Sprint(made.json(t)["id"]), "director", toContact)).want(t, 200)
	if !strings.Contains(plain.body, privateNumber) || !strings.Contains(plain.body, privateAddress) {
		t.Errorf("the case lost what was masked in the lead: %s", plain.body)
	}
}

// TestDisclosure_mediators: numbers of mediators are masked, in their history too, and survive being sent back.
func TestDisclosure_mediators(t *testing.T) {
	w := newWorld(t)
	at := "/v1/tenants/" + w.town + "/mediators"
	body := words{"name": "欧阳员", "identityType": "resident-id", "identityNumber": privateNumber, "phone": privatePhone}
	got := w.send(w.shared, request{method: "POST", path: at, as: "director", body: body}).want(t, 201)
	one := at + "/" + fmt.Sprint(got.json(t)["id"])
	body["identityNumber"], body["phone"], body["education"] = maskedNumber, maskedPhone, "junior-college"
	changed := w.send(w.shared, request{method: "PUT", path: one, as: "director", header: words2(`"1"`), body: body})
	for _, text := range []string{got.body, changed.body} {
		if showsNumbers(text) {
			t.Errorf("in the clear: %s", text)
		}
	}
	if got := w.send(w.shared, request{method: "GET", path: one + "/journal", as: "director"}).want(t, 200); showsNumbers(got.body) || !strings.Contains(got.body, maskedNumber) {
		t.Errorf("the history: %s", got.body)
	}
	plain := w.send(w.dedicated, reveal(one, "director", words{"purpose": "verify-identity", "reason": "核对"})).want(t, 200)
	if !strings.Contains(plain.body, privateNumber) || !strings.Contains(plain.body, privatePhone) {
		t.Errorf("lost: %s", plain.body)
	}
	body["phone"] = "139****0000"
	if got := w.send(w.shared, request{method: "PUT", path: one, as: "director", header: words2("*"), body: body}).want(t, 422); !strings.Contains(got.body, "masked-value") {
		t.Errorf("another's mask: %s", got.body)
	}
}
