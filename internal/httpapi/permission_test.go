package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// permissions asks what somebody may do in a unit, by action.
func (w *world) permissions(t *testing.T, path, as string) (whole map[string]any, byAction map[string]map[string]any) {
	t.Helper()
	whole = w.send(w.shared, request{method: "GET", path: path + "/permissions", as: as}).want(t, http.StatusOK).json(t)
	byAction = map[string]map[string]any{}
	for _, item := range whole["items"].([]any) {
		row := item.(map[string]any)
		byAction[fmt.Sprint(row["action"])] = row
	}
	return whole, byAction
}

// TestAPI_permissions: what the list says is what the matrix holds and what the operations answer.
func TestAPI_permissions(t *testing.T) {
	w := newWorld(t)
	for level, unit := range map[string]string{"tenants": w.town, "counties": w.here.Code} {
		for _, role := range mediation.Roles() {
			if !role.In(unit) || role == mediation.RoleCountyAdministrator {
				continue
			}
			as := level + "-" + string(role)
			w.hire(unit, as, string(role))
			whole, items := w.permissions(t, "/v1/"+level+"/"+unit, as)
			if got := fmt.Sprint(whole["roles"]); got != "["+string(role)+"]" {
				t.Errorf("%s holds %s", as, got)
			}
			if len(items) < 10 {
				t.Errorf("%s: only %d actions", as, len(items))
			}
			for action, item := range items {
				roles := mediation.Action(action).Roles()
				may := mediation.Permit(mediation.Actor{Principal: mediation.Principal{Issuer: "i", Subject: "s"}, Roles: []mediation.Role{role}},
					mediation.Action(action)) == nil
				if item["allowed"] != may || len(item["roles"].([]any)) != len(roles) {
					t.Errorf("%s %s: %v", as, action, item)
				}
				if item["en"] == "" || item["zh"] == "" || may == (item["code"] != nil) || may == (item["reasonZh"] != nil) {
					t.Errorf("%s %s lacks words: %v", as, action, item)
				}
			}
		}
	}
	t.Run("the reason names who may, and the term is told", func(t *testing.T) {
		w.send(w.shared, request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/for-a-while", as: "administrator",
			body: words{"roles": []string{"clerk"}, "validTo": "2099-12-31"}}).want(t, http.StatusCreated)
		whole, items := w.permissions(t, "/v1/tenants/"+w.town, "for-a-while")
		if got := fmt.Sprint(whole["memberships"]); !strings.Contains(got, "2099-12-31") || !strings.Contains(got, w.town) {
			t.Errorf("the term is missing: %s", got)
		}
		accept := items["case.accept"]
		if accept["allowed"] != false || accept["code"] != "role-required" || !strings.Contains(fmt.Sprint(accept["reasonZh"]), "调委会主任") ||
			fmt.Sprint(accept["operations"]) != "[accept-case]" {
			t.Errorf("%v", accept)
		}
		me := w.send(w.shared, request{method: "GET", path: "/v1/me", as: "for-a-while"}).want(t, http.StatusOK)
		if !strings.Contains(me.body, `"validTo":"2099-12-31"`) {
			t.Errorf("%s", me.body)
		}
	})
	t.Run("a stranger is told nothing", func(t *testing.T) {
		for _, path := range []string{"/v1/tenants/" + w.town, "/v1/counties/" + w.here.Code} {
			w.send(w.shared, request{method: "GET", path: path + "/permissions", as: "stranger"}).problem(t, http.StatusForbidden, "stranger")
		}
	})
}

// TestAPI_dutiesApart: nobody holds two of the three administrators' roles, or one of them and another role, wherever in the
// county, in whatever order and however close together the two are given.
func TestAPI_dutiesApart(t *testing.T) {
	w := newWorld(t)
	put := func(unit, subject string, roles ...string) request {
		level := map[int]string{6: "counties", 9: "tenants"}[len(unit)]
		return request{method: "PUT", path: "/v1/" + level + "/" + unit + "/members/" + subject, as: "administrator", body: words{"roles": roles}}
	}
	county := w.here.Code
	t.Run("not in one row", func(t *testing.T) {
		got := w.send(w.shared, put(county, "two", "audit-administrator", "system-administrator")).problem(t, http.StatusUnprocessableEntity, "invalid-member")
		if !strings.Contains(got.body, "duties-apart") {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("not beside a town's role, whichever came first", func(t *testing.T) {
		w.hire(w.town, "clerk", "clerk")
		got := w.send(w.shared, put(county, "clerk", "audit-administrator")).problem(t, http.StatusConflict, "duties-apart")
		if !strings.Contains(got.body, "clerk in unit "+w.town) {
			t.Errorf("what is held is not named: %s", got.body)
		}
		w.hire(county, "auditor", "audit-administrator")
		for _, server := range w.both() {
			got := w.send(server, put(w.town, "auditor", "reader")).problem(t, http.StatusConflict, "duties-apart")
			if !strings.Contains(got.body, "audit-administrator in unit "+county) {
				t.Errorf("what is held is not named: %s", got.body)
			}
		}
	})
	t.Run("one of the three becomes another by one write", func(t *testing.T) {
		w.send(w.shared, put(county, "auditor", "system-administrator")).want(t, http.StatusOK)
		w.send(w.shared, put(county, "auditor", "audit-administrator")).want(t, http.StatusOK)
	})
	t.Run("given at the same moment, one of the two wins", func(t *testing.T) {
		for round := range 10 {
			subject := fmt.Sprintf("racer%d", round)
			var (
				wait sync.WaitGroup
				got  [3]answer
				errs [3]error
			)
			for i, r := range []request{put(county, subject, "security-administrator"), put(w.town, subject, "director"), put(w.other, subject, "clerk")} {
				wait.Go(func() { got[i], errs[i] = w.try(w.shared, r) })
			}
			wait.Wait()
			apart, ordinary := got[0].status == http.StatusCreated, got[1].status == http.StatusCreated || got[2].status == http.StatusCreated
			if apart == ordinary {
				t.Errorf("%d %d %d", got[0].status, got[1].status, got[2].status)
			}
			for i, a := range got {
				if errs[i] != nil || a.status != http.StatusCreated && a.code() != "duties-apart" && a.code() != "concurrent-change" {
					t.Errorf("%v %d %s", errs[i], a.status, a.body)
				}
			}
		}
	})
	t.Run("the security administrator manages members everywhere and not the own place", func(t *testing.T) {
		w.hire(county, "keeper", "security-administrator")
		for _, unit := range []string{county, w.town} {
			r := put(unit, "newcomer", "reader")
			r.as = "keeper"
			w.send(w.shared, r).want(t, http.StatusCreated)
			r.method, r.body = "DELETE", nil
			w.send(w.shared, r).want(t, http.StatusNoContent)
		}
		own := put(county, "keeper", "county-administrator")
		own.as = "keeper"
		w.send(w.shared, own).problem(t, http.StatusForbidden, "own-membership")
		own.method, own.body = "DELETE", nil
		w.send(w.shared, own).problem(t, http.StatusForbidden, "own-membership")
		w.send(w.shared, request{method: "GET", path: w.cases(), as: "keeper"}).problem(t, http.StatusForbidden, "role-required")
	})
	t.Run("the audit administrator reads the record, here and in the towns", func(t *testing.T) {
		for _, path := range []string{"/v1/counties/" + county + "/audit", "/v1/tenants/" + w.town + "/audit"} {
			w.send(w.shared, request{method: "GET", path: path, as: "auditor"}).want(t, http.StatusOK)
		}
		w.send(w.shared, request{method: "GET", path: w.cases(), as: "auditor"}).problem(t, http.StatusForbidden, "role-required")
	})
}
