package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// TestAPI_scope: what somebody does not see is in no list, no count and no search, and asked for by its id it answers as a
// case that never was.
func TestAPI_scope(t *testing.T) {
	w := newWorld(t)
	village := w.town + "201"
	w.hire(w.town, "clerk", "clerk")
	w.hire(w.town, "host", "mediator")
	w.hire(w.town, "expert", "expert")
	w.hire(w.here.Code, "industry", "industry-mediator")
	w.send(w.shared, request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/village", as: "administrator",
		body: words{"roles": []string{"village-mediator"}, "villages": []string{village}}}).want(t, http.StatusCreated)
	plain, _ := w.file("普通纠纷")
	inVillage := dispute("村里纠纷")
	inVillage["placeCode"] = village
	local := w.send(w.shared, request{method: "POST", path: w.cases(), as: "village", body: inVillage}).want(t, http.StatusCreated).header.Get("Location")
	closed, _ := w.file("隐私纠纷")
	change := func(path, verb string, body any) {
		w.send(w.shared, request{method: "POST", path: path + "/" + verb, as: "director", header: map[string]string{"If-Match": "*"}, body: body}).want(t, http.StatusOK)
	}
	change(closed, "restriction", words{"reason": "family"})
	sees := func(as string, want ...string) {
		t.Helper()
		for name, server := range w.both() {
			got := w.send(server, request{method: "GET", path: w.cases(), as: as}).want(t, http.StatusOK)
			if total := got.json(t)["total"].(map[string]any)["value"]; total != float64(len(want)) {
				t.Errorf("%s counts %v on %s, want %d", as, total, name, len(want))
			}
			found := w.send(server, request{method: "GET", path: w.cases() + "?q=%E7%BA%A0%E7%BA%B7", as: as}).want(t, http.StatusOK)
			for _, path := range []string{plain, local, closed} {
				id := path[strings.LastIndex(path, "/")+1:]
				visible := strings.Contains(strings.Join(want, " "), id)
				if strings.Contains(got.body, id) != visible || strings.Contains(found.body, id) != visible {
					t.Errorf("%s on %s: %s in list %v, in search %v, want %v", as, name, id, strings.Contains(got.body, id), strings.Contains(found.body, id), visible)
				}
				never := withoutInstance(w.send(server, request{method: "GET", path: w.cases() + "/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", as: as}))
				for _, sub := range []string{"", "/journal", "/actions", "/clocks", "/attachments"} {
					read := w.send(server, request{method: "GET", path: path + sub, as: as})
					if visible != (read.status == http.StatusOK) || !visible && withoutInstance(read) != never {
						t.Errorf("%s on %s reads %s%s: %d %s", as, name, id, sub, read.status, read.body)
					}
				}
			}
		}
	}
	sees("director", plain, local, closed)
	sees("clerk", plain, local)
	sees("village", local)
	sees("expert")
	sees("industry")
	until := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	change(closed, "invitations", words{"issuer": issuer, "subject": "expert", "purpose": "提供意见", "until": until})
	change(closed, "invitations", words{"issuer": issuer, "subject": "clerk", "purpose": "协助", "until": until})
	sees("expert", closed)
	sees("clerk", plain, local, closed)
	change(closed, "invitations/end", words{"issuer": issuer, "subject": "clerk", "reason": "已完成"})
	sees("clerk", plain, local)
	change(plain, "accept", nil)
	change(plain, "assign", words{"mediators": mediators("industry")})
	sees("industry", plain)
	t.Run("a village mediator works in the cases that are assigned, wherever they are, and sees no more than before without them", func(t *testing.T) {
		change(plain, "reassign", words{"mediators": mediators("village"), "reason": "就近调解"})
		sees("industry")
		sees("village", plain, local)
		w.send(w.shared, request{method: "POST", path: plain + "/dangers", as: "village", header: map[string]string{"If-Match": "*"},
			body: words{"kind": "crime", "signs": "扬言报复", "receiver": "派出所", "reportedAt": w.now().Add(-time.Minute).Format(time.RFC3339)}}).want(t, http.StatusOK)
		w.send(w.shared, request{method: "POST", path: local + "/dangers", as: "village", header: map[string]string{"If-Match": "*"},
			body: words{"kind": "crime", "signs": "扬言报复", "receiver": "派出所", "reportedAt": w.now().Add(-time.Minute).Format(time.RFC3339)}}).
			problem(t, http.StatusForbidden, "not-assigned")
	})
	t.Run("a notice of a case that was closed to its reader is gone", func(t *testing.T) {
		notices := "/v1/tenants/" + w.town + "/notices"
		before := w.send(w.shared, request{method: "GET", path: notices, as: "industry"}).want(t, http.StatusOK)
		change(plain, "restriction", words{"reason": "family"})
		after := w.send(w.shared, request{method: "GET", path: notices, as: "industry"}).want(t, http.StatusOK)
		if !strings.Contains(before.body, `"kind":"assigned"`) || strings.Contains(after.body, `"kind":"assigned"`) || !strings.Contains(after.body, `"kind":"released"`) {
			t.Errorf("before: %s\nafter: %s", before.body, after.body)
		}
		change(plain, "restriction/end", words{"reason": "当事人同意公开"})
	})
	t.Run("an expert looks on behind the mask and changes nothing", func(t *testing.T) {
		got := w.send(w.shared, request{method: "GET", path: closed, as: "expert"}).want(t, http.StatusOK)
		if strings.Contains(got.body, "欧阳测试") {
			t.Errorf("%s", got.body)
		}
		w.send(w.shared, request{method: "POST", path: closed + "/accept", as: "expert", header: map[string]string{"If-Match": "*"}}).
			problem(t, http.StatusForbidden, "role-required")
	})
	t.Run("an invitation ends with its day", func(t *testing.T) {
		w.pass(4)
		sees("expert")
		w.pass(-4)
	})
	t.Run("a village mediator files disputes of the own village only", func(t *testing.T) {
		w.send(w.shared, request{method: "POST", path: w.cases(), as: "village", body: dispute("别处")}).problem(t, http.StatusUnprocessableEntity, "place-not-yours")
	})
	t.Run("a child's dispute is restricted when it is filed, and the county reads no names of it", func(t *testing.T) {
		body := dispute("涉未成年人")
		body["tags"] = []string{"未成年人"}
		got := w.send(w.shared, request{method: "POST", path: w.cases(), as: "clerk", body: body}).want(t, http.StatusCreated).json(t)
		if got["restriction"] != string(mediation.RestrictionMinor) {
			t.Errorf("%v", got)
		}
		id := fmt.Sprint(got["id"])
		w.send(w.shared, request{method: "GET", path: w.cases() + "/" + id, as: "clerk"}).want(t, http.StatusOK) // who filed it can put it right
		w.send(w.shared, request{method: "GET", path: w.cases() + "/" + id, as: "host"}).problem(t, http.StatusNotFound, "unknown-case")
		index := w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/cases", as: "administrator"}).want(t, http.StatusOK).json(t)
		for _, item := range index["items"].([]any) {
			row := item.(map[string]any)
			if row["id"] == id && fmt.Sprint(row["parties"]) != "[]" {
				t.Errorf("the county's row names people: %v", row)
			}
		}
	})
}
