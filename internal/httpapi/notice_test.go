package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
)

func (w *world) notices() string { return "/v1/tenants/" + w.town + "/notices" }

// assigned files a case, accepts it and has the subject host it; it gives the case's path.
func (w *world) assigned(title, subject string) string {
	w.t.Helper()
	path, _ := w.file(title)
	w.send(w.shared, request{method: "POST", path: path + "/accept", as: "director", header: map[string]string{"If-Match": `"1"`}}).want(w.t, http.StatusOK)
	w.send(w.shared, request{method: "POST", path: path + "/assign", as: "director", header: map[string]string{"If-Match": `"2"`},
		body: map[string]any{"mediators": []map[string]any{{"issuer": issuer, "subject": subject, "name": "调解员", "host": true}}}}).want(w.t, http.StatusOK)
	return path
}

// noticed is the id of the newest notice of a person.
func (w *world) noticed(subject string) string {
	w.t.Helper()
	got := w.send(w.shared, request{method: "GET", path: w.notices(), as: subject}).want(w.t, http.StatusOK).json(w.t)
	return fmt.Sprint(got["items"].([]any)[0].(map[string]any)["id"])
}

// TestAPI_notices: assign, read, mark; on both kinds of instance.
func TestAPI_notices(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "li", "mediator")
	w.hire(w.town, "zhou", "mediator")
	w.hire(w.town, "grid", "grid-worker")
	var titles []string
	for i := range 5 {
		titles = append(titles, fmt.Sprint("排水纠纷之", i))
		w.assigned(titles[i], "li")
	}
	list := func(t *testing.T, as, query string) map[string]any {
		t.Helper()
		shared := w.send(w.shared, request{method: "GET", path: w.notices() + query, as: as}).want(t, http.StatusOK)
		if dedicated := w.send(w.dedicated, request{method: "GET", path: w.notices() + query, as: as}).want(t, http.StatusOK); dedicated.body != shared.body {
			t.Errorf("the dedicated instance says %s\nthe shared one %s", dedicated.body, shared.body)
		}
		return shared.json(t)
	}
	value := func(of map[string]any, field string) any { return of[field].(map[string]any)["value"] }
	t.Run("newest first", func(t *testing.T) {
		got := list(t, "li", "")
		items := got["items"].([]any)
		if len(items) != 5 || value(got, "total") != 5.0 || value(got, "unread") != 5.0 {
			t.Fatalf("%v", got)
		}
		for i, item := range items {
			n := item.(map[string]any)
			if n["title"] != titles[4-i] || n["kind"] != "assigned" || n["urgency"] != "normal" || n["state"] != "assigned" || n["readAt"] != nil ||
				!strings.Contains(fmt.Sprint(n["zh"]), fmt.Sprint(n["number"])) {
				t.Errorf("%v", n)
			}
		}
	})
	t.Run("page by page", func(t *testing.T) {
		seen, query := 0, "?limit=2&unread=true"
		for {
			page := list(t, "li", query)
			seen += len(page["items"].([]any))
			next, more := page["next"].(string)
			if !more {
				break
			}
			query = "?limit=2&unread=true&cursor=" + url.QueryEscape(next)
		}
		if seen != 5 {
			t.Errorf("%d seen", seen)
		}
		first := list(t, "li", "?limit=2")
		w.send(w.shared, request{method: "GET", path: w.notices() + "?limit=2&unread=true&cursor=" + url.QueryEscape(first["next"].(string)), as: "li"}).
			problem(t, http.StatusUnprocessableEntity, "cursor-of-another-list")
	})
	t.Run("nobody else's", func(t *testing.T) {
		for _, as := range []string{"zhou", "director", "grid", "administrator"} {
			if got := list(t, as, ""); value(got, "total") != 0.0 {
				t.Errorf("%s: %v", as, got)
			}
			w.send(w.shared, request{method: "POST", path: w.notices() + "/" + w.noticed("li") + "/read", as: as}).problem(t, http.StatusNotFound, "unknown-notice")
		}
		w.send(w.shared, request{method: "GET", path: w.notices(), as: "stranger"}).problem(t, http.StatusForbidden, "stranger")
	})
	t.Run("one is read", func(t *testing.T) {
		id := w.noticed("li")
		key := map[string]string{"Idempotency-Key": "read-one"}
		got := w.send(w.dedicated, request{method: "POST", path: w.notices() + "/" + id + "/read", as: "li", header: key}).want(t, http.StatusOK)
		if got.json(t)["readAt"] == nil {
			t.Errorf("%s", got.body)
		}
		again := w.send(w.shared, request{method: "POST", path: w.notices() + "/" + id + "/read", as: "li", header: key}).want(t, http.StatusOK)
		if again.body != got.body || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s %v", again.body, again.header)
		}
		if got := list(t, "li", "?unread=true"); value(got, "total") != 4.0 || value(got, "unread") != 4.0 {
			t.Errorf("%v", got)
		}
	})
	t.Run("all up to one are read", func(t *testing.T) {
		items := list(t, "li", "")["items"].([]any)
		third := fmt.Sprint(items[2].(map[string]any)["id"])
		got := w.send(w.shared, request{method: "POST", path: w.notices() + "/read", as: "li", body: map[string]any{"upTo": third}}).want(t, http.StatusOK)
		if got.json(t)["marked"] != 3.0 {
			t.Errorf("%s", got.body)
		}
		if got := list(t, "li", "?unread=true"); value(got, "total") != 1.0 {
			t.Errorf("%v", got)
		}
		w.send(w.shared, request{method: "POST", path: w.notices() + "/read", as: "zhou", body: map[string]any{"upTo": third}}).problem(t, http.StatusNotFound, "unknown-notice")
	})
	t.Run("odd input", func(t *testing.T) {
		for _, query := range []string{"?kind=rumour", "?limit=0", "?limit=201", "?unread=perhaps", "?cursor=x", "?colour=red"} {
			if got := w.send(w.shared, request{method: "GET", path: w.notices() + query, as: "li"}); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", query, got.status, got.body)
			}
		}
		if got := list(t, "li", "?case=nonsense"); value(got, "total") != 0.0 {
			t.Errorf("%v", got)
		}
		for _, body := range []any{map[string]any{}, map[string]any{"upTo": "x"}, map[string]any{"upTo": 1}, "", "null"} {
			if got := w.send(w.shared, request{method: "POST", path: w.notices() + "/read", as: "li", body: body}); got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
				t.Errorf("%v: %d %s", body, got.status, got.body)
			}
		}
		for _, id := range []string{"x", "1'%20OR%20'1'='1", "01981C5E-7B4A-7C3E-9F60-4B0F6A1D2C3E"} {
			w.send(w.shared, request{method: "POST", path: w.notices() + "/" + id + "/read", as: "li"}).problem(t, http.StatusNotFound, "unknown-notice")
		}
	})
	t.Run("how it was delivered", func(t *testing.T) {
		got := w.send(w.dedicated, request{method: "GET", path: w.notices() + "/" + w.noticed("li") + "/deliveries", as: "director"}).want(t, http.StatusOK).json(t)
		if len(got["items"].([]any)) != 0 || got["to"].(map[string]any)["subject"] != "li" || got["notice"].(map[string]any)["kind"] != "assigned" {
			t.Errorf("%v", got)
		}
		w.send(w.shared, request{method: "GET", path: w.notices() + "/" + w.noticed("li") + "/deliveries", as: "li"}).problem(t, http.StatusForbidden, "role-required")
	})
}

// TestAPI_retriedDelivery: what was given up is sent again by the director, once however often asked with one key.
func TestAPI_retriedDelivery(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "li", "mediator")
	for name, server := range w.both() {
		t.Run(name, func(t *testing.T) {
			w.assigned("送达 "+name, "li")
			deliveries := w.notices() + "/" + w.noticed("li") + "/deliveries"
			store, ctx, now := w.here.Store(w.town), t.Context(), time.Now()
			_, err := store.SpreadNotices(ctx, []casework.Route{{Channel: "webhook", Kind: "assigned"}}, now, 100)
			w.must(err)
			claimed, err := store.ClaimDeliveries(ctx, "webhook", now, now.Add(time.Minute), 100)
			w.must(err)
			for _, m := range claimed {
				w.must(store.SettleDelivery(ctx, casework.Settlement{Notice: m.ID, Channel: "webhook", Attempts: m.Attempts, State: "dead", Error: "status-410", At: now}))
			}
			again := request{method: "POST", path: deliveries + "/webhook/retry", as: "director", header: map[string]string{"Idempotency-Key": "again-" + name}}
			one := w.send(server, again).want(t, http.StatusOK)
			if got := one.json(t); got["state"] != "pending" || got["nextAt"] == nil || got["attempts"] != 1.0 || got["lastError"] != "status-410" {
				t.Errorf("%s", one.body)
			}
			if two := w.send(w.shared, again).want(t, http.StatusOK); two.body != one.body || two.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("%v %s", two.header, two.body)
			}
			again.header = nil
			w.send(server, again).problem(t, http.StatusConflict, "delivery-state")
			again.as = "li"
			w.send(server, again).problem(t, http.StatusForbidden, "role-required")
			again.as, again.path = "director", deliveries+"/pigeon/retry"
			w.send(server, again).problem(t, http.StatusNotFound, "unknown-delivery")
		})
	}
}
