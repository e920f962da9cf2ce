package httpapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// titles lists what a query of the town's cases gives, over all of its pages, and holds the total to it.
func (w *world) titles(t *testing.T, server *httptest.Server, as string, query url.Values) (titles []string) {
	t.Helper()
	query = maps.Clone(query)
	query.Set("limit", "2")
	path := w.cases() + "?" + query.Encode()
	for {
		page := w.send(server, request{method: "GET", path: path, as: as}).want(t, http.StatusOK).json(t)
		for _, item := range page["items"].([]any) {
			titles = append(titles, item.(map[string]any)["title"].(string))
		}
		next, more := page["next"].(string)
		if !more {
			total := page["total"].(map[string]any)
			if total["value"] != float64(len(titles)) || total["exact"] != true {
				t.Errorf("%v: %d in the pages, total %v", query, len(titles), total)
			}
			slices.Sort(titles)
			return titles
		}
		query.Set("cursor", next)
		path = w.cases() + "?" + query.Encode()
	}
}

func TestSearchCases(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "reads", "reader")
	file := func(title string, change func(body map[string]any)) string {
		body := dispute(title)
		body["parties"] = []map[string]any{
			{"side": "applicant", "kind": "person", "name": "欧阳䶮"}, {"side": "respondent", "kind": "person", "name": "吴𠮷"},
		}
		body["claims"] = "要求赔偿"
		change(body)
		return fmt.Sprint(w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: body}).want(t, http.StatusCreated).json(t)["id"])
	}
	file("排水纠纷一", func(b map[string]any) {
		b["occurredOn"], b["tags"], b["facts"] = "2026-01-05", []string{"雨季"}, "雨水倒灌"
	})
	file("排水纠纷二", func(b map[string]any) { b["occurredOn"], b["type"], b["facts"] = "2026-03-05", "15", "雨水漫溢" })
	id := file("采光争议", func(b map[string]any) { b["occurredOn"], b["facts"] = "2026-02-05", "加盖二层" })
	w.send(w.shared, request{method: "POST", path: w.cases() + "/" + id + "/accept", as: "director", header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
	one, two, light := "排水纠纷一", "排水纠纷二", "采光争议"
	later := func(days int) string { return w.now().AddDate(0, 0, days).Format(time.RFC3339) }
	for reason, c := range map[string]struct {
		as    string
		query url.Values
		want  []string
	}{
		"by two characters of the title": {"director", url.Values{"q": {"排水"}}, []string{one, two}},
		"by one":                         {"director", url.Values{"q": {"光"}}, []string{light}},
		"by a party":                     {"director", url.Values{"q": {"欧阳䶮"}}, []string{one, two, light}},
		"a reader does not":              {"reads", url.Values{"q": {"欧阳䶮"}}, nil},
		"nor by facts":                   {"reads", url.Values{"q": {"雨水"}}, nil},
		"but by title":                   {"reads", url.Values{"q": {"排水"}}, []string{one, two}},
		"with a type":                    {"director", url.Values{"q": {"雨水"}, "type": {"15"}}, []string{two}},
		"with a tag":                     {"director", url.Values{"q": {"雨水"}, "tag": {"雨季"}}, []string{one}},
		"with a state":                   {"director", url.Values{"q": {"吴𠮷"}, "state": {"accepted"}}, []string{light}},
		"with days":                      {"director", url.Values{"q": {"吴"}, "occurred_from": {"2026-01-06"}, "occurred_to": {"2026-03-05"}}, []string{two, light}},
		"with the moment of filing":      {"director", url.Values{"q": {"吴"}, "filed_from": {later(1)}}, nil},
		"days alone":                     {"director", url.Values{"occurred_to": {"2026-01-05"}}, []string{one}},
		"everything that is due within two years":    {"director", url.Values{"due_before": {later(730)}}, []string{one, two, light}},
		"nothing is due after that":                  {"director", url.Values{"due_after": {later(730)}}, nil},
		"due and words":                              {"director", url.Values{"q": {"二层"}, "due_after": {later(0)}}, []string{light}},
		"nobody mediates yet":                        {"director", url.Values{"q": {"二层"}, "mediator": {"li"}}, nil},
		"by the last change":                         {"director", url.Values{"q": {"吴"}, "sort": {"updated_at"}}, []string{one, two, light}},
		"no word of it":                              {"director", url.Values{"q": {"宅基地"}}, nil},
		"one character of a number means a number":   {"director", url.Values{"q": {"第1号"}}, []string{light}},
		"operators of the index are nothing special": {"director", url.Values{"q": {"排水 & !纠纷 | '"}}, []string{one, two}},
	} {
		for name, server := range w.both() {
			got := w.titles(t, server, c.as, c.query)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s on %s: %v gives %v, want %v", reason, name, c.query, got, c.want)
			}
		}
	}
}

func TestSearchCases_county(t *testing.T) {
	w := newWorld(t)
	w.file("排水纠纷")
	got := w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/cases?q=" + url.QueryEscape("排水"), as: "administrator"}).
		problem(t, http.StatusUnprocessableEntity, "invalid-query")
	if !strings.Contains(got.body, "query.q") || !strings.Contains(got.body, "search in the township") {
		t.Errorf("the refusal does not say where to search: %s", got.body)
	}
}
