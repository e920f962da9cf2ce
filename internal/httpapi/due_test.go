package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// dueItem is what the tests read of a running clock.
type dueItem struct {
	Rule, Title, State, Words, DueOn string
	DaysLate                         int
	Case                             struct {
		ID, Tenant, Registration, Number, Title string
		Parties                                 []string
	}
	Host *struct{ Name string }
}

// due pages through a list of clocks, two at a time.
func (w *world) due(t *testing.T, server string, path, as, language string) (items []dueItem, total float64) {
	t.Helper()
	instance := w.both()[server]
	for path != "" {
		got := w.send(instance, request{method: "GET", path: path, as: as, header: map[string]string{"Accept-Language": language}}).want(t, http.StatusOK)
		var page struct {
			Items []dueItem
			Next  string
			Total struct {
				Value float64
				Exact bool
			}
		}
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err)
		}
		items, total = append(items, page.Items...), page.Total.Value
		link, _, _ := strings.Cut(strings.TrimPrefix(got.header.Get("Link"), "<"), ">")
		if (link == "") != (page.Next == "") || len(page.Items) > 2 || !page.Total.Exact {
			t.Errorf("page %+v, link %q", page, link)
		}
		path = link
	}
	return items, total
}

// TestAPI_due lists what is due in a town, on each kind of instance, and in its county.
func TestAPI_due(t *testing.T) {
	w := newWorld(t)
	first, second := w.clerk(t, w.dedicated, "先到期"), w.clerk(t, w.shared, "后到期")
	first.verbs("accept", "assign")
	second.verbs("accept")
	w.pass(70)
	town, county := "/v1/tenants/"+w.town+"/clocks", "/v1/counties/"+w.town[:6]+"/clocks"
	for _, server := range []string{"shared", "dedicated"} {
		items, total := w.due(t, server, town+"?state=overdue&limit=2", "director", "zh")
		if len(items) != 3 || int(total) != 3 {
			t.Fatalf("%s: %d of %v clocks are overdue, want two mediations and an assignment: %+v", server, len(items), total, items)
		}
		for i, item := range items {
			if item.State != "overdue" || item.Words != "已超期" || item.DaysLate < 30 || item.DueOn == "" || item.Title == item.Rule || len(item.Case.Parties) == 0 || item.Case.Number == "" {
				t.Errorf("%s: %+v", server, item)
			}
			if i > 0 && items[i-1].DueOn > item.DueOn {
				t.Errorf("%s: %s stands before %s", server, items[i-1].DueOn, item.DueOn)
			}
			if hosted := item.Case.ID == strings.TrimPrefix(first.path, w.cases()+"/"); hosted != (item.Host != nil) {
				t.Errorf("%s: the host of %s is %+v", server, item.Case.Title, item.Host)
			}
		}
		if items, _ := w.due(t, server, town+"?mediator=li", "director", "en"); len(items) != 1 || items[0].Host == nil || !strings.Contains(items[0].Title, "mediation") {
			t.Errorf("%s: the clocks of one mediator are %+v", server, items)
		}
		if items, total := w.due(t, server, town+"?state=due-soon", "director", "en"); len(items) != 0 || total != 0 {
			t.Errorf("%s: late and nearly due at once: %+v", server, items)
		}
	}
	items, total := w.due(t, "shared", county+"?state=overdue&limit=2&tenant="+w.town, "administrator", "en")
	if len(items) != 3 || int(total) != 3 || items[0].Case.Tenant != w.town || items[0].Case.Title != "" || len(items[0].Case.Parties) == 0 || items[0].DaysLate < 30 {
		t.Errorf("the county's list has %v: %+v", total, items)
	}
	for reason, ask := range map[string]request{
		"another list's cursor":       {method: "GET", path: town + "?cursor=" + cursorOf(w, t, county+"?state=overdue&limit=2"), as: "director"},
		"a state that is none":        {method: "GET", path: town + "?state=late", as: "director"},
		"a town of another county":    {method: "GET", path: county + "?tenant=110101001", as: "administrator"},
		"a cursor with another order": {method: "GET", path: town + "?cursor=" + cursorOf(w, t, w.cases()+"?limit=1"), as: "director"},
	} {
		if got := w.send(w.shared, ask); got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", reason, got.status, got.body)
		}
	}
}

// cursorOf is the cursor behind the first page of a list.
func cursorOf(w *world, t *testing.T, path string) string {
	t.Helper()
	next, _ := w.send(w.shared, request{method: "GET", path: path, as: "administrator"}).want(t, http.StatusOK).json(t)["next"].(string)
	if next == "" {
		t.Errorf("%s has one page only", path)
	}
	return next
}
