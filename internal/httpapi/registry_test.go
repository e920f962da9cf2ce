package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// desk is the registry of the first town through one instance.
type desk struct {
	w      *world
	t      *testing.T
	server *httptest.Server
}

func (d desk) path(parts ...string) string {
	return "/v1/tenants/" + d.w.town + "/" + strings.Join(parts, "/")
}

// post does one step as a person and gives the record.
func (d desk) post(as string, status int, body any, parts ...string) words {
	d.t.Helper()
	header := map[string]string{}
	if len(parts) > 1 {
		header["If-Match"] = "*"
	}
	return d.w.send(d.server, request{method: "POST", path: d.path(parts...), as: as, body: body, header: header}).want(d.t, status).json(d.t)
}

// TestAPI_registry is the life of the registry on each kind of instance: from a committee to a case that a conflict of
// interest keeps shut.
func TestAPI_registry(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "reader", "reader")
	for name, server := range w.both() {
		t.Run(name, func(t *testing.T) {
			d := desk{w, t, server}
			committee := d.post("director", http.StatusCreated, words{"kind": "town", "name": name + "人民调解委员会", "divisionCode": w.town,
				"establishedOn": "2011-03-01", "seats": []words{{"name": "王主任", "office": "director"}, {"name": "李委员", "office": "member", "woman": true},
					{"name": "䶮委员", "office": "member"}}}, "organisations")
			id := fmt.Sprint(committee["id"])
			d.post("director", http.StatusOK, words{"kind": "new"}, "organisations", id, "filings")
			filed := d.post("administrator", http.StatusOK, words{"accepted": true, "number": "备1"}, "organisations", id, "filings", "decision")
			if filed["filed"] != true || filed["owedFiling"] != nil {
				t.Errorf("%v", filed)
			}
			login := "sun-" + name
			w.hire(w.town, login, "mediator")
			m := d.post("director", http.StatusCreated, words{"name": "𠮷调解", "phone": "13800001234", "issuer": issuer, "subject": login,
				"chosen": "appointed", "startedOn": "2020-01-01", "skills": []string{"02"}}, "mediators")
			who := fmt.Sprint(m["id"])
			d.post("director", http.StatusOK, words{"organisation": id, "engagement": "part-time", "from": "2020-01-01"}, "mediators", who, "postings")
			k := w.clerk(t, server, "回避 "+name)
			k.verbs("accept")
			suggested := w.send(server, request{method: "GET", path: k.path + "/suggested-mediators", as: "director"}).want(t, http.StatusOK)
			if !strings.Contains(suggested.body, who) || !strings.Contains(suggested.body, "same-town") && !strings.Contains(suggested.body, "elsewhere") {
				t.Errorf("%s", suggested.body)
			}
			d.masked(who)
			d.binds(k, who, login)
			w.send(server, request{method: "PUT", path: d.path("mediators", who), as: "director", body: words{"name": "𠮷调解"}}).
				problem(t, http.StatusPreconditionRequired, "if-match-required")
			w.send(server, request{method: "PUT", path: d.path("mediators", who), as: "director", body: words{"name": "𠮷调解"}, header: map[string]string{"If-Match": `"1"`}}).
				problem(t, http.StatusPreconditionFailed, "stale-version")
		})
	}
	t.Run("the county sees masks and counts", func(t *testing.T) { w.countySees(t) })
	if strings.Contains(w.log.String(), "level=ERROR") || strings.Contains(w.log.String(), "𠮷调解") {
		t.Errorf("log:\n%s", w.log)
	}
}

// masked reads a mediator as those who may not see names.
func (d desk) masked(who string) {
	d.t.Helper()
	for _, path := range []string{d.path("mediators", who), d.path("mediators"), d.path("organisations")} {
		got := d.w.send(d.server, request{method: "GET", path: path, as: "reader"}).want(d.t, http.StatusOK)
		for _, secret := range []string{"𠮷调解", "13800001234", "王主任"} {
			if strings.Contains(got.body, secret) {
				d.t.Errorf("a reader sees %s at %s: %s", secret, path, got.body)
			}
		}
	}
}

// binds declares a conflict of interest and tries every way to the case.
func (d desk) binds(k *clerk, who, login string) {
	d.t.Helper()
	read := func(path string) answer { return d.w.send(d.server, request{method: "GET", path: path, as: login}) }
	read(k.path).want(d.t, http.StatusOK)
	d.post(login, http.StatusOK, words{"kind": "kin", "against": words{"name": "欧阳测试"}}, "mediators", who, "conflicts")
	for _, path := range []string{"", "/journal", "/actions", "/clocks", "/documents/rights-notice"} {
		read(k.path+path).problem(d.t, http.StatusForbidden, "conflict-of-interest")
	}
	list := read(d.w.cases()).want(d.t, http.StatusOK)
	if strings.Contains(list.body, "欧阳") || strings.Contains(list.body, "院墙雨水") || !strings.Contains(list.body, strings.TrimPrefix(k.path, d.w.cases()+"/")) {
		d.t.Errorf("in a list the case is shut: %s", list.body)
	}
	parsed := list.json(d.t)
	if total := parsed["total"].(words)["value"]; total != float64(len(parsed["items"].([]any))) {
		d.t.Errorf("total %v of %d", total, len(parsed["items"].([]any)))
	}
	refused := d.w.send(d.server, request{method: "POST", path: k.path + "/assign", as: "director", header: map[string]string{"If-Match": "*"},
		body: words{"mediators": []words{{"id": who, "host": true}}}}).problem(d.t, http.StatusUnprocessableEntity, "invalid-assignment")
	if !strings.Contains(refused.body, "conflict-of-interest") {
		d.t.Errorf("%s", refused.body)
	}
}

func (w *world) countySees(t *testing.T) {
	county := "/v1/counties/" + w.here.Code
	got := w.send(w.shared, request{method: "GET", path: county + "/mediators?tenant=" + w.town, as: "administrator"}).want(t, http.StatusOK)
	if items := got.json(t)["items"].([]any); len(items) != 2 || strings.Contains(got.body, "𠮷调解") || !strings.Contains(got.body, "𠮷*") {
		t.Errorf("%s", got.body)
	}
	organisations := w.send(w.shared, request{method: "GET", path: county + "/organisations?filed=true&kind=town", as: "administrator"}).want(t, http.StatusOK)
	if items := organisations.json(t)["items"].([]any); len(items) != 2 {
		t.Errorf("%s", organisations.body)
	}
	staffing := w.send(w.shared, request{method: "GET", path: county + "/staffing", as: "administrator"}).want(t, http.StatusOK).json(t)
	items := staffing["items"].([]any)
	at := slices.IndexFunc(items, func(item any) bool { return item.(words)["tenant"] == w.town })
	town, desk := items[at].(words), items[0].(words)
	if town["partTime"] != float64(2) || town["required"] != float64(3) || town["short"] != float64(3) || desk["required"] != float64(5) ||
		town["organisations"].(words)["town"] != float64(2) {
		t.Errorf("%v", staffing)
	}
	w.send(w.dedicated, request{method: "GET", path: county + "/staffing", as: "administrator"}).problem(t, http.StatusMisdirectedRequest, "wrong-instance")
}
