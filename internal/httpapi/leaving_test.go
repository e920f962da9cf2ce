package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// TestAPI_membershipsInTime: who is disabled, not yet begun or over is shut out by the very next request, on both kinds of
// instance, although the token was believed a moment ago.
func TestAPI_membershipsInTime(t *testing.T) {
	w := newWorld(t)
	zone := time.FixedZone("CST", 8*3600)
	day := func(days int) string { return w.now().In(zone).AddDate(0, 0, days).Format(time.DateOnly) }
	put := func(body map[string]any) {
		body["roles"] = []string{"clerk"}
		got := w.send(w.shared, request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/li", as: "director", body: body})
		if got.status != http.StatusCreated && got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	for _, c := range []struct {
		reason string
		body   map[string]any
		code   string // "" is served
	}{
		{"a member", map[string]any{}, ""},
		{"disabled", map[string]any{"disabled": true}, "member-disabled"},
		{"let in again", map[string]any{}, ""},
		{"from tomorrow", map[string]any{"validFrom": day(1)}, "membership-not-begun"},
		{"from today to today", map[string]any{"validFrom": day(0), "validTo": day(0)}, ""},
		{"until yesterday", map[string]any{"validTo": day(-1)}, "membership-ended"},
		{"a program's", map[string]any{"kind": "service"}, "stranger"},
	} {
		put(c.body)
		for where, server := range w.both() {
			got := w.send(server, request{method: "GET", path: w.cases(), as: "li"})
			if c.code == "" && got.status != http.StatusOK || c.code != "" && (got.status != http.StatusForbidden || got.code() != c.code) {
				t.Errorf("%s on %s: %d %s", c.reason, where, got.status, got.body)
			}
			me := w.send(server, request{method: "GET", path: "/v1/me", as: "li"}).want(t, http.StatusOK).json(t)
			if n := len(me["memberships"].([]any)); (n == 1) != (c.code == "") {
				t.Errorf("%s on %s: /v1/me shows %v", c.reason, where, me)
			}
		}
	}
	t.Run("the day comes", func(t *testing.T) {
		put(map[string]any{"validFrom": day(1), "validTo": day(2)})
		for i, want := range []int{http.StatusForbidden, http.StatusOK, http.StatusOK, http.StatusForbidden} {
			if got := w.send(w.dedicated, request{method: "GET", path: "/v1/tenants/" + w.town, header: w.bearer(identity.Grant{
				Subject: "li", IssuedAt: time.Now(), Lifetime: time.Hour})}); got.status != want {
				t.Errorf("day %d: %d, want %d", i, got.status, want)
			}
			w.pass(1)
		}
	})
}

func (w *world) bearer(grant identity.Grant) map[string]string {
	return map[string]string{"Authorization": "Bearer " + w.mint(grant)}
}

// TestAPI_services lets a partner's program in, and no further than programs go.
func TestAPI_services(t *testing.T) {
	w := newWorld(t)
	path := "/v1/tenants/" + w.town + "/members/court"
	put := func(role string) answer {
		return w.send(w.shared, request{method: "PUT", path: path, as: "director", body: map[string]any{"name": "法院对接", "kind": "service", "roles": []string{role}}})
	}
	put("director").problem(t, http.StatusUnprocessableEntity, "invalid-member")
	if m := put("reader").want(t, http.StatusCreated).json(t); m["kind"] != "service" {
		t.Errorf("%v", m)
	}
	program := w.bearer(identity.Grant{Subject: "court", Service: true})
	for _, server := range w.both() {
		w.send(server, request{method: "GET", path: w.cases(), header: program}).want(t, http.StatusOK)
		w.send(server, request{method: "GET", path: w.cases(), as: "court"}).problem(t, http.StatusForbidden, "stranger")
		if me := w.send(server, request{method: "GET", path: "/v1/me", header: program}).want(t, http.StatusOK).json(t); me["kind"] != "service" {
			t.Errorf("%v", me)
		}
	}
	w.send(w.shared, request{method: "GET", path: w.cases(), header: w.bearer(identity.Grant{Subject: "director", Service: true})}).
		problem(t, http.StatusForbidden, "stranger")
}

// TestAPI_leaving ends a person everywhere in a county by one call, and hands the cases over in a town by another.
func TestAPI_leaving(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "li", "mediator", "clerk")
	w.hire(w.other, "li", "reader")
	w.hire(w.here.Code, "li", "reader")
	w.hire(w.town, "heir", "mediator")
	path, id := w.file("离任移交")
	act := func(verb string, body any) {
		w.send(w.shared, request{method: "POST", path: path + "/" + verb, as: "director", body: body, header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
	}
	act("accept", nil)
	act("assign", map[string]any{"mediators": []map[string]any{{"subject": "li", "name": "李", "host": true}}})
	leave := request{method: "POST", path: "/v1/counties/" + w.here.Code + "/members/li/leave", as: "administrator", header: map[string]string{"Idempotency-Key": "leave"}}
	for i, replayed := range []string{"", "true"} {
		got := w.send(w.shared, leave).want(t, http.StatusOK)
		units := got.json(t)["units"].([]any)
		if len(units) != 3 || got.header.Get("Idempotency-Replayed") != replayed {
			t.Errorf("%d: %s", i, got.body)
		}
		for _, unit := range units {
			if unit.(map[string]any)["outcome"] != "ended" {
				t.Errorf("%v", unit)
			}
		}
	}
	w.leftOnRecord("li", 1) // the repeated request did nothing, and says nothing
	for where, server := range w.both() {
		w.send(server, request{method: "GET", path: w.cases(), as: "li"}).problem(t, http.StatusForbidden, "member-disabled")
		if me := w.send(server, request{method: "GET", path: "/v1/me", as: "li"}).want(t, http.StatusOK).json(t); len(me["memberships"].([]any)) != 0 {
			t.Errorf("%s: %v", where, me)
		}
	}
	w.send(w.shared, request{method: "POST", path: "/v1/counties/" + w.here.Code + "/members/nobody/leave", as: "administrator"}).
		problem(t, http.StatusNotFound, "unknown-member")
	kept := w.send(w.shared, request{method: "POST", path: "/v1/counties/" + w.here.Code + "/members/administrator/leave", as: "administrator"}).want(t, http.StatusOK)
	if units := kept.json(t)["units"].([]any); units[0].(map[string]any)["outcome"] != "owned-by-resource" {
		t.Errorf("%s", kept.body)
	}
	over := request{method: "POST", path: "/v1/tenants/" + w.town + "/members/li/hand-over", as: "director",
		body: map[string]any{"successor": map[string]any{"subject": "heir"}, "reason": "调离"}}
	handed := w.send(w.dedicated, over).want(t, http.StatusOK).json(t)
	list := handed["handedOver"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["case"] != id || len(handed["kept"].([]any)) != 0 || handed["more"] != false {
		t.Fatalf("%v", handed)
	}
	mediators := w.send(w.dedicated, request{method: "GET", path: path, as: "heir"}).want(t, http.StatusOK).json(t)["mediators"].([]any)
	if fmt.Sprint(mediators[0].(map[string]any)["subject"]) != "heir" {
		t.Errorf("%v", mediators)
	}
	if again := w.send(w.shared, over).want(t, http.StatusOK).json(t); len(again["handedOver"].([]any)) != 0 {
		t.Errorf("%v", again)
	}
}

// leftOnRecord wants so many entries of the county's record that say of a subject: shut out, by the administrator.
func (w *world) leftOnRecord(subject string, want int) {
	w.t.Helper()
	conn := pgtest.Connect(w.t, w.here.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	var found int
	who := mediation.Principal{Issuer: issuer, Subject: subject}
	w.must(conn.QueryRow(context.Background(), `SELECT count(*) FROM county.audit WHERE action = $1 AND outcome = 'done'
		AND object_kind = 'member' AND object_id = $2 AND actor_subject = 'administrator'`, string(mediation.ActionCountyMemberLeave), who.ID()).Scan(&found))
	if found != want {
		w.t.Errorf("%d entries say that %s was shut out, want %d", found, subject, want)
	}
}

// TestAPI_mine lists the tenants in which the caller has a role, of their own or of their county.
func TestAPI_mine(t *testing.T) {
	w := newWorldOfTwo(t)
	w.hire(w.other, "clerk", "clerk")
	for who, want := range map[string]string{
		"clerk": fmt.Sprint([]string{w.other}), "administrator": fmt.Sprint(w.here.Towns), "foreign-administrator": fmt.Sprint(w.elsewhere.Towns), "stranger": "[]",
	} {
		got := w.send(w.shared, request{method: "GET", path: "/v1/tenants?mine=true", as: who}).want(t, http.StatusOK).json(t)
		codes := []string{}
		for _, item := range got["items"].([]any) {
			codes = append(codes, fmt.Sprint(item.(map[string]any)["code"]))
		}
		if fmt.Sprint(codes) != want || got["total"].(map[string]any)["value"] != float64(len(codes)) {
			t.Errorf("%s: %v, want %s", who, codes, want)
		}
	}
}
