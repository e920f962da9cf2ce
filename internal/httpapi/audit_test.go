package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// recordOf lists a record and gives its items.
func (w *world) recordOf(t *testing.T, dedicated bool, path, query string) (items []map[string]any, body map[string]any) {
	t.Helper()
	server := w.shared
	if dedicated {
		server = w.dedicated
	}
	body = w.send(server, request{method: "GET", path: path + "/audit?" + query, as: "administrator"}).want(t, http.StatusOK).json(t)
	for _, item := range body["items"].([]any) {
		items = append(items, item.(map[string]any))
	}
	return items, body
}

// TestAPI_audit: what was refused, permitted, printed and read stands in the record of its unit, whichever instance served it.
func TestAPI_audit(t *testing.T) {
	w := newWorldOfTwo(t)
	path, id := w.file("留痕")
	w.hire(w.town, "reader", "reader")
	w.hire(w.other, "neighbour", "director")
	town, county := "/v1/tenants/"+w.town, "/v1/counties/"+w.here.Code
	for name, server := range w.both() {
		dedicated := name == "dedicated"
		t.Run(name+": a role that is too little", func(t *testing.T) {
			w.send(server, request{method: "POST", path: path + "/accept", as: "reader", header: map[string]string{"If-Match": "*"}}).problem(t, http.StatusForbidden, "role-required")
			items, _ := w.recordOf(t, dedicated, town, "outcome=refused&subject=reader&action=case.accept&object_id="+id)
			if len(items) == 0 || items[0]["code"] != "role-required" || items[0]["objectKind"] != "case" || items[0]["roles"].([]any)[0] != "reader" || items[0]["issuer"] != issuer {
				t.Errorf("%v", items)
			}
		})
		t.Run(name+": a stranger", func(t *testing.T) {
			w.send(server, request{method: "GET", path: path, as: "neighbour"}).problem(t, http.StatusForbidden, "stranger")
			items, _ := w.recordOf(t, dedicated, town, "subject=neighbour&issuer="+url.QueryEscape(issuer))
			if len(items) == 0 || items[0]["code"] != "stranger" || items[0]["action"] != "case.read" || len(items[0]["roles"].([]any)) != 0 {
				t.Errorf("%v", items)
			}
		})
		t.Run(name+": what somebody wrote instead of an id is not kept", func(t *testing.T) {
			w.send(server, request{method: "POST", path: town + "/cases/" + secret + "/accept", as: "reader", header: map[string]string{"If-Match": "*"}}).problem(t, http.StatusForbidden, "role-required")
			items, _ := w.recordOf(t, dedicated, town, "subject=reader&limit=1")
			if len(items) != 1 || items[0]["objectId"] != nil {
				t.Errorf("%v", items)
			}
		})
		t.Run(name+": a permission given, changed and taken", func(t *testing.T) {
			member := town + "/members/" + name
			for _, roles := range [][]string{{"clerk"}, {"clerk", "mediator"}} {
				w.send(server, request{method: "PUT", path: member, as: "administrator", body: map[string]any{"name": "新人", "roles": roles}})
			}
			w.send(server, request{method: "DELETE", path: member, as: "administrator"}).want(t, http.StatusNoContent)
			items, _ := w.recordOf(t, dedicated, town, "action=member.put,member.remove&object_id="+mediation.Principal{Issuer: issuer, Subject: name}.ID())
			var changes []string
			for _, item := range items {
				change := item["changes"].([]any)[0].(map[string]any)
				before, _ := change["before"].(string)
				after, _ := change["after"].(string)
				changes = append(changes, before+" → "+after)
			}
			if want := "clerk mediator → |clerk → clerk mediator| → clerk"; strings.Join(changes, "|") != want {
				t.Errorf("%q, want %q", changes, want)
			}
		})
	}
	t.Run("a permission of the county and a refusal there", func(t *testing.T) {
		w.send(w.shared, request{method: "PUT", path: county + "/members/looker", as: "administrator", body: map[string]any{"roles": []string{"reader"}}}).want(t, http.StatusCreated)
		w.send(w.shared, request{method: "PUT", path: county + "/members/x", as: "looker", body: map[string]any{"roles": []string{"reader"}}}).problem(t, http.StatusForbidden, "role-required")
		items, _ := w.recordOf(t, false, county, "object_kind=member")
		if len(items) != 2 || items[0]["outcome"] != "refused" || items[1]["outcome"] != "done" || items[1]["action"] != "county.member.put" || items[1]["actorName"] != nil {
			t.Errorf("%v", items)
		}
	})
	t.Run("a replayed request is recorded once", func(t *testing.T) {
		put := request{method: "PUT", path: town + "/members/once", as: "administrator", body: map[string]any{"roles": []string{"clerk"}}, header: map[string]string{"Idempotency-Key": "once"}}
		w.send(w.shared, put).want(t, http.StatusCreated)
		w.send(w.dedicated, put)
		items, _ := w.recordOf(t, false, town, "object_id="+mediation.Principal{Issuer: issuer, Subject: "once"}.ID())
		if len(items) != 1 {
			t.Errorf("%v", items)
		}
	})
	t.Run("reading is recorded, and pages go on across instances", func(t *testing.T) {
		seen, query := map[string]bool{}, "limit=3&until="+url.QueryEscape(w.now().Format(time.RFC3339Nano))
		var total float64
		for page, next := 0, ""; page == 0 || next != ""; page++ {
			items, body := w.recordOf(t, page%2 == 0, town, query+"&cursor="+next)
			for _, item := range items {
				if seen[item["id"].(string)] {
					t.Errorf("twice: %v", item)
				}
				seen[item["id"].(string)] = true
			}
			next, _ = body["next"].(string)
			total = body["total"].(map[string]any)["value"].(float64)
		}
		if len(seen) != int(total) || len(seen) < 10 {
			t.Errorf("%d entries seen of %v", len(seen), total)
		}
		if items, _ := w.recordOf(t, true, town, "action=audit.list&limit=1"); len(items) != 1 || items[0]["subject"] != "administrator" {
			t.Errorf("%v", items)
		}
	})
	for query, code := range map[string]string{
		"action=case.destroy": "invalid-query", "outcome=maybe": "validation", "issuer=x": "invalid-query",
		"from=2026-12-01T00:00:00Z&until=2026-11-01T00:00:00Z": "invalid-query", "from=yesterday": "validation", "actor=x": "validation",
	} {
		w.send(w.shared, request{method: "GET", path: town + "/audit?" + query, as: "director"}).problem(t, http.StatusUnprocessableEntity, code)
	}
	t.Run("a printed paper", func(t *testing.T) {
		w.send(w.shared, request{method: "GET", path: path + "/documents/application", as: "director"})
		items, _ := w.recordOf(t, false, town, "action=case.print&object_id="+id)
		if len(items) != 1 || items[0]["fields"].([]any)[0] != "/documents/application" {
			t.Errorf("%v", items)
		}
	})
}

// TestAPI_checkpoint: a client takes the last checkpoint, and whoever has the public key reads it.
func TestAPI_checkpoint(t *testing.T) {
	w := newWorld(t)
	w.file("检查点")
	path := "/v1/tenants/" + w.town + "/audit/checkpoint"
	if got := w.send(w.dedicated, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK).json(t); got["checkpoint"] != "" {
		t.Errorf("before anything is sealed: %v", got)
	}
	text, err := seal.NewSigningKeyText()
	w.must(err)
	key, err := seal.ParseSigningKey(text)
	w.must(err)
	shared := w.openShared()
	for sealed := 0; sealed == 0; time.Sleep(time.Millisecond) {
		sealed, err = shared.Seal(t.Context(), postgres.Sealing{Key: key, Hash: seal.SM3}, w.town)
		w.must(err)
	}
	for name, server := range w.both() {
		got := w.send(server, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK).json(t)
		read, err := key.Public().Open(got["checkpoint"].(string))
		if err != nil || read.Unit != w.town || read.Size == 0 || read.Hash != seal.SM3 {
			t.Errorf("%s: %+v %v", name, read, err)
		}
	}
}

// TestAPI_refusalUnrecorded: a refusal is answered although it cannot be written down, and that is counted.
func TestAPI_refusalUnrecorded(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("拒绝")
	w.hire(w.town, "reader", "reader")
	pgtest.Exec(t, w.here.AsSuperuser(), `REVOKE INSERT ON t`+w.town+`.audit FROM t`+w.town)
	for _, server := range w.both() {
		w.send(server, request{method: "POST", path: path + "/accept", as: "reader", header: map[string]string{"If-Match": "*"}}).problem(t, http.StatusForbidden, "role-required")
	}
	if !strings.Contains(w.log.String(), "a refusal is not in the record") {
		t.Errorf("the log:\n%s", w.log)
	}
}
