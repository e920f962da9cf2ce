package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// tip is a lead about two neighbours, found yesterday.
func tip(cause string) words {
	return words{
		"source": "grid", "type": "02", "cause": cause, "place": "某村东头", "foundAt": time.Now().Add(-24 * time.Hour).Format(time.RFC3339),
		"reporter": words{"name": "诸葛举报", "phone": "13900007777"},
		"parties": []words{
			{"side": "applicant", "kind": "person", "name": "欧阳测试", "phone": "13800005678", "address": "某镇某村12号"},
			{"kind": "person", "name": "司马测试"},
		},
	}
}

// sweep is a weekly round over these grids, from twenty days ago to ten days from now.
func sweep(title string, grids ...string) words {
	duties := []words{}
	for _, grid := range grids {
		duties = append(duties, words{"grid": grid, "name": "某网格", "worker": "刘某"})
	}
	return words{"title": title, "from": day(-20), "to": day(10), "rhythm": "weekly", "grids": duties}
}

// day is a day in China, counted from today.
func day(plus int) string {
	return time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, plus).Format(time.DateOnly)
}

func (w *world) leads() string { return "/v1/tenants/" + w.town + "/leads" }

// report reports a lead in the first town and returns its path and id.
func (w *world) report(server *httptest.Server, as string, body words) (path, id string) {
	w.t.Helper()
	got := w.send(server, request{method: "POST", path: w.leads(), as: as, body: body}).want(w.t, http.StatusCreated)
	id = fmt.Sprint(got.json(w.t)["id"])
	return w.leads() + "/" + id, id
}

// things are what there is to drill leads and screening with: a lead that the town's grid worker reported (a second one is
// like it), and a screening round.
type things struct{ lead, round, batch string }

// inScreening fills in the things of leads and screening; it makes them when it is first asked.
func (w *world) inScreening(path string) string {
	w.t.Helper()
	if !strings.Contains(path, "/lead") && !strings.Contains(path, "/screening-rounds") {
		return path
	}
	if w.sifted.lead == "" {
		w.hire(w.town, "only-grid-worker", "grid-worker")
		_, w.sifted.lead = w.report(w.shared, "only-grid-worker", tip("演练"))
		w.report(w.shared, "director", tip("演练"))
		got := w.send(w.shared, request{method: "POST", path: "/v1/tenants/" + w.town + "/screening-rounds", as: "director",
			body: sweep("演练", "371621101-001")}).want(w.t, http.StatusCreated)
		w.sifted.round = fmt.Sprint(got.json(w.t)["id"])
		w.sifted.batch = w.sendSheet(w.shared, "?dry_run=true", "线索来源,事由,发生地点,发现时间\n听说,演练,某村,2026-11-20\n").want(w.t, http.StatusCreated).json(w.t)["id"].(string)
	}
	return strings.NewReplacer("{lead}", w.sifted.lead, "{round}", w.sifted.round, "{import}", w.sifted.batch).Replace(path)
}
