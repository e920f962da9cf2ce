package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ids reads the ids of a list and its total.
func ids(t *testing.T, got answer) (list []string, total int) {
	t.Helper()
	var page struct {
		Items []struct{ ID string }
		Total struct{ Value int }
	}
	if err := json.Unmarshal([]byte(got.want(t, http.StatusOK).body), &page); err != nil {
		t.Fatal(err)
	}
	for _, item := range page.Items {
		list = append(list, item.ID)
	}
	return list, page.Total.Value
}

// with is a body with members changed: name, value, name, value …
func with(body words, members ...any) words {
	changed := maps.Clone(body)
	for i := 0; i+1 < len(members); i += 2 {
		changed[members[i].(string)] = members[i+1]
	}
	return changed
}

func TestAPI_leads(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "grid", "grid-worker")
	w.hire(w.town, "reader", "reader")
	w.hire(w.other, "neighbour", "director", "grid-worker")
	for name, server := range w.both() {
		t.Run(name, func(t *testing.T) {
			w.leadLife(t, server)
			w.ownLeads(t, server)
			w.maskedLeads(t, server)
		})
	}
}

// leadLife reports, corrects, compares, files, joins and closes.
func (w *world) leadLife(t *testing.T, server *httptest.Server) {
	match := map[string]string{"If-Match": `"1"`}
	send := func(method, path string, body any, header map[string]string) answer {
		return w.send(server, request{method: method, path: path, as: "director", body: body, header: header})
	}
	path, id := w.report(server, "director", tip("排水沟之争 "+server.URL))
	send("PATCH", path, words{"place": "某村西头", "people": nil, "reason": "地点有误"}, nil).problem(t, http.StatusPreconditionRequired, "if-match-required")
	if got := send("PATCH", path, words{"place": "某村西头", "type": nil}, match).want(t, http.StatusOK); got.header.Get("ETag") != `"2"` || strings.Contains(got.body, `"type"`) {
		t.Errorf("%v %s", got.header, got.body)
	}
	send("PATCH", path, words{"place": "某村南头"}, match).problem(t, http.StatusPreconditionFailed, "stale-version")
	if got := send("PATCH", path, words{"cause": nil}, map[string]string{"If-Match": "*"}).want(t, http.StatusUnprocessableEntity); !names(got, "/cause", "required") {
		t.Errorf("%s", got.body)
	}
	_, twin := w.report(server, "director", tip("排水沟之争 "+server.URL))
	likeness := send("GET", path+"/duplicates", nil, map[string]string{"Accept-Language": "zh"}).want(t, http.StatusOK)
	if !strings.Contains(likeness.body, twin) || !strings.Contains(likeness.body, "当事人电话号码相同") || strings.Contains(likeness.body, id) {
		t.Errorf("the twin is not suggested with its reasons: %s", likeness.body)
	}
	filing := words{"type": "02", "title": "排水沟之争", "claims": "疏通", "parties": dispute("x")["parties"]}
	any := map[string]string{"If-Match": "*"}
	if got := send("POST", path+"/become-case", words{}, any); got.status != http.StatusUnprocessableEntity || !names(got, "/type", "required") {
		t.Errorf("a draft without a type: %s", got.body)
	}
	considered := []string{twin}
	if got := send("POST", path+"/become-case", filing, any); got.code() == "possible-duplicates" {
		var p struct{ Errors []struct{ Message string } }
		w.must(json.Unmarshal([]byte(got.body), &p))
		for _, e := range p.Errors {
			for _, word := range strings.FieldsFunc(e.Message, func(r rune) bool { return r == ' ' || r == ':' }) {
				if len(word) == len(id) && word != twin {
					considered = append(considered, word)
				}
			}
		}
	}
	made := send("POST", path+"/become-case", with(filing, "considered", considered), any).want(t, http.StatusCreated)
	caseID := fmt.Sprint(made.json(t)["id"])
	if made.header.Get("Location") != w.cases()+"/"+caseID || made.header.Get("ETag") != `"1"` {
		t.Errorf("%v", made.header)
	}
	send("POST", path+"/become-case", filing, any).problem(t, http.StatusConflict, "lead-state")
	send("POST", w.leads()+"/"+twin+"/join-case", words{"case": caseID, "note": "同一纠纷"}, match).want(t, http.StatusOK)
	if list, total := ids(t, send("GET", w.leads()+"?case="+caseID, nil, nil)); total != 2 || len(list) != 2 {
		t.Errorf("the case does not lead to its leads: %v", list)
	}
	if got := send("GET", w.cases()+"/"+caseID+"/journal", nil, nil); !strings.Contains(got.body, "take-lead") || !strings.Contains(got.body, "/leads/"+twin) {
		t.Errorf("%s", got.body)
	}
	w.leadEnds(t, server)
}

func (w *world) leadEnds(t *testing.T, server *httptest.Server) {
	any := map[string]string{"If-Match": "*"}
	path, _ := w.report(server, "director", tip("口角"))
	close := func(body words) answer {
		return w.send(server, request{method: "POST", path: path + "/close", as: "director", body: body, header: any})
	}
	if got := close(words{"reason": "settled-on-the-spot"}).want(t, http.StatusUnprocessableEntity); !names(got, "/note", "required") {
		t.Errorf("%s", got.body)
	}
	if got := close(words{"reason": "duplicate", "same": noParty}).want(t, http.StatusUnprocessableEntity); !names(got, "/same", "unknown-lead") {
		t.Errorf("%s", got.body)
	}
	close(words{"reason": "not-a-dispute"}).want(t, http.StatusOK)
	close(words{"reason": "not-a-dispute"}).problem(t, http.StatusConflict, "lead-state")
	actions := w.send(server, request{method: "GET", path: path + "/actions", as: "director"}).want(t, http.StatusOK)
	if strings.Contains(actions.body, `"allowed":true`) || strings.Count(actions.body, "lead-state") != 4 || strings.Contains(actions.body, "{lead}") {
		t.Errorf("what has ended takes nothing more, and says so: %s", actions.body)
	}
	journal := w.send(server, request{method: "GET", path: path + "/journal", as: "director"}).want(t, http.StatusOK)
	if strings.Count(journal.body, `"verb"`) != 2 || !strings.Contains(journal.body, `"subject":"director"`) {
		t.Errorf("%s", journal.body)
	}
}

// ownLeads: a grid worker reports, and sees and counts what they reported and nothing else; another town sees nothing.
func (w *world) ownLeads(t *testing.T, server *httptest.Server) {
	foreign, _ := w.report(server, "director", tip("别人上报"))
	before, _ := ids(t, w.send(server, request{method: "GET", path: w.leads(), as: "grid"}))
	own, id := w.report(server, "grid", tip("本人上报"))
	list, total := ids(t, w.send(server, request{method: "GET", path: w.leads(), as: "grid"}))
	if len(list) != len(before)+1 || total != len(list) || list[0] != id {
		t.Errorf("%v of %d", list, total)
	}
	if got := w.send(server, request{method: "GET", path: own, as: "grid"}).want(t, http.StatusOK); !strings.Contains(got.body, "欧阳测试") {
		t.Errorf("whoever reported it knows whom it is about: %s", got.body)
	}
	never := w.send(server, request{method: "GET", path: w.leads() + "/" + noParty, as: "grid"}).problem(t, http.StatusNotFound, "unknown-lead")
	for _, path := range []string{foreign, foreign + "/journal", foreign + "/actions"} {
		got := w.send(server, request{method: "GET", path: path, as: "grid"}).problem(t, http.StatusNotFound, "unknown-lead")
		if withoutInstance(got) != withoutInstance(never) {
			t.Errorf("%s can be told from none: %s", path, got.body)
		}
	}
	w.send(server, request{method: "POST", path: own + "/close", as: "grid", body: words{"reason": "unfounded", "note": "x"}, header: map[string]string{"If-Match": "*"}}).
		problem(t, http.StatusForbidden, "role-required")
	w.send(server, request{method: "GET", path: own, as: "neighbour"}).problem(t, http.StatusForbidden, "stranger")
	elsewhere := strings.Replace(own, w.town, w.other, 1)
	w.send(w.shared, request{method: "GET", path: elsewhere, as: "neighbour"}).problem(t, http.StatusNotFound, "unknown-lead")
}

// maskedLeads: who looks on learns neither who told it nor whom it is about, anywhere.
func (w *world) maskedLeads(t *testing.T, server *httptest.Server) {
	path, _ := w.report(server, "director", tip("口角"))
	w.send(server, request{method: "PATCH", path: path, as: "director", body: words{"reporter": words{"name": "司空匿名", "phone": "13900008888"}},
		header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
	for _, as := range []string{"reader", "administrator"} {
		for _, at := range []string{w.leads(), path, path + "/journal"} {
			got := w.send(server, request{method: "GET", path: at, as: as}).want(t, http.StatusOK)
			for _, secret := range []string{"欧阳测试", "13800005678", "12号", "诸葛举报", "13900007777", "司空匿名", "13900008888"} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%s reads %s at %s: %s", as, secret, at, got.body)
				}
			}
		}
	}
}

// TestAPI_leadPages: following the pages gives each lead once, as many as the total says, in both orders.
func TestAPI_leadPages(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.report(w.shared, "director", tip(fmt.Sprintf("第%d件", i)))
	}
	for _, sort := range []string{"-found_at", "updated_at"} {
		seen, next := map[string]bool{}, w.leads()+"?limit=3&sort="+sort
		for next != "" {
			got := w.send(w.dedicated, request{method: "GET", path: next, as: "director"})
			list, total := ids(t, got)
			for _, id := range list {
				if seen[id] {
					t.Errorf("%s comes twice", id)
				}
				seen[id] = true
			}
			if total != 7 {
				t.Errorf("total %d", total)
			}
			next = ""
			if link := got.header.Get("Link"); link != "" {
				next = strings.TrimPrefix(strings.SplitN(link, ">", 2)[0], "<")
			}
		}
		if len(seen) != 7 {
			t.Errorf("%s: %d of 7", sort, len(seen))
		}
	}
	for query, want := range map[string]int{"state=reported": 7, "state=closed": 0, "source=grid&type=02": 7, "grid=x": 0, "found_to=2020-01-01T00:00:00Z": 0} {
		if _, total := ids(t, w.send(w.shared, request{method: "GET", path: w.leads() + "?" + query, as: "director"})); total != want {
			t.Errorf("%s: %d, want %d", query, total, want)
		}
	}
}

// TestAPI_badLeads names the field of what is wrong.
func TestAPI_badLeads(t *testing.T) {
	w := newWorld(t)
	for name, bad := range map[string]struct {
		body        words
		place, code string
	}{
		"no place":            {with(tip("x"), "place", ""), "/place", "required"},
		"tomorrow":            {with(tip("x"), "foundAt", day(2)+"T00:00:00+08:00"), "/foundAt", "in-the-future"},
		"a wrong digit":       {with(tip("x"), "parties", []words{{"kind": "person", "name": "张", "identityType": "resident-id", "identityNumber": "371602188506150427"}}), "/parties/0/identityNumber", ""},
		"no such round":       {with(tip("x"), "round", noParty, "grid", "g1"), "/round", "unknown-round"},
		"a place code":        {with(tip("x"), "placeCode", "371621"), "/placeCode", "invalid-place-code"},
		"a grid with a blank": {with(tip("x"), "grid", "a b"), "/grid", "invalid-grid-code"},
		"a source of no list": {with(tip("x"), "source", "gossip"), "/source", "unknown-code"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.send(w.dedicated, request{method: "POST", path: w.leads(), as: "director", body: bad.body}).want(t, http.StatusUnprocessableEntity)
			if !names(got, bad.place, bad.code) {
				t.Errorf("%s %s is not named: %s", bad.place, bad.code, got.body)
			}
		})
	}
	if _, total := ids(t, w.send(w.shared, request{method: "GET", path: w.leads(), as: "director"})); total != 0 {
		t.Errorf("%d leads are left", total)
	}
}

// TestAPI_screening runs a round: grids report leads or zero, coverage says who is missing, and what is closed stays.
func TestAPI_screening(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "grid", "grid-worker")
	rounds := "/v1/tenants/" + w.town + "/screening-rounds"
	send := func(method, path, as string, body any, header ...string) answer {
		r := request{method: method, path: path, as: as, body: body, header: map[string]string{"If-Match": "*"}}
		for i := 0; i+1 < len(header); i += 2 {
			r.header[header[i]] = header[i+1]
		}
		if method == "GET" {
			r.header = nil
		}
		return w.send(w.dedicated, r)
	}
	body := sweep("四季度排查", "g1", "g2", "g3")
	made := send("POST", rounds, "director", body).want(t, http.StatusCreated)
	id := fmt.Sprint(made.json(t)["id"])
	round := rounds + "/" + id
	if got := send("POST", rounds, "director", sweep("重复", "g1", "g1")).want(t, http.StatusUnprocessableEntity); !names(got, "/grids/1/grid", "duplicate") {
		t.Errorf("%s", got.body)
	}
	send("POST", rounds, "grid", body).problem(t, http.StatusForbidden, "role-required")
	w.report(w.dedicated, "grid", with(tip("口角"), "round", id, "grid", "g1"))
	if got := send("POST", w.leads(), "grid", with(tip("口角"), "round", id, "grid", "g9")).want(t, http.StatusUnprocessableEntity); !names(got, "/grid", "grid-not-assigned") {
		t.Errorf("%s", got.body)
	}
	zero := words{"grid": "g2", "day": day(0)}
	first := send("POST", round+"/zero-reports", "grid", zero, "Idempotency-Key", "z").want(t, http.StatusCreated)
	again := send("POST", round+"/zero-reports", "grid", zero, "Idempotency-Key", "z").want(t, http.StatusCreated)
	if again.header.Get("Idempotency-Replayed") != "true" || again.body != first.body {
		t.Errorf("%v %s", again.header, again.body)
	}
	send("POST", round+"/zero-reports", "grid", zero).problem(t, http.StatusConflict, "zero-reported")
	send("POST", round+"/zero-reports", "grid", words{"grid": "g1", "day": day(-1)}).problem(t, http.StatusConflict, "grid-has-leads")
	send("POST", round+"/zero-reports", "grid", words{"grid": "g3", "day": day(-30)}).problem(t, http.StatusConflict, "outside-round")
	coverage := send("GET", round+"/coverage", "director", nil).want(t, http.StatusOK).json(t)
	for field, want := range map[string]any{"assigned": 3.0, "reported": 2.0, "perMille": 666.0, "leads": 1.0, "zeroReports": 1.0} {
		if coverage[field] != want {
			t.Errorf("%s is %v, want %v", field, coverage[field], want)
		}
	}
	if silent := fmt.Sprint(coverage["silent"]); silent != "[g3]" || len(coverage["periods"].([]any)) != 3 {
		t.Errorf("%v", coverage)
	}
	if got := send("GET", round+"/coverage?period="+day(-19), "director", nil).want(t, http.StatusUnprocessableEntity); !names(got, "query.period", "unknown-period") {
		t.Errorf("%s", got.body)
	}
	send("GET", round+"/coverage", "grid", nil).problem(t, http.StatusForbidden, "role-required")
	if got := send("PATCH", round, "director", words{"grids": []words{{"grid": "g1"}, {"grid": "g2"}}, "reason": "调整"}).want(t, http.StatusOK); got.json(t)["gridCount"] != 2.0 {
		t.Errorf("%s", got.body)
	}
	for query, want := range map[string]int{"state=open&grid=g2&on=" + day(0): 1, "grid=g3": 0, "state=closed": 0, "on=" + day(40): 0} {
		if _, total := ids(t, send("GET", rounds+"?"+query, "grid", nil)); total != want {
			t.Errorf("%s: %d, want %d", query, total, want)
		}
	}
	send("POST", round+"/close", "director", words{"summary": "共1条"}).want(t, http.StatusOK)
	send("POST", round+"/close", "director", words{"summary": "共1条"}).problem(t, http.StatusConflict, "round-closed")
	send("POST", w.leads(), "grid", with(tip("口角"), "round", id, "grid", "g1")).problem(t, http.StatusConflict, "round-closed")
	journal := send("GET", round+"/journal", "director", nil).want(t, http.StatusOK)
	if strings.Count(journal.body, `"verb"`) != 3 || !strings.Contains(journal.body, "调整") {
		t.Errorf("%s", journal.body)
	}
	if _, total := ids(t, send("GET", round+"/zero-reports?grid=g2", "director", nil)); total != 1 {
		t.Errorf("%d zero reports", total)
	}
	never := rounds + "/" + noParty
	for _, at := range []string{never, never + "/coverage", never + "/journal", never + "/zero-reports"} {
		send("GET", at, "director", nil).problem(t, http.StatusNotFound, "unknown-round")
	}
}
