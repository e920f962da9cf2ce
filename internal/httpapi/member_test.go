package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// TestAPI_members adds, changes and removes members of a town and of a county.
func TestAPI_members(t *testing.T) {
	w := newWorld(t)
	town, county := "/v1/tenants/"+w.town+"/members", "/v1/counties/"+w.here.Code+"/members"
	put := func(path string, body any, header ...string) request {
		r := request{method: "PUT", path: path, as: "administrator", body: body, header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			r.header[header[i]] = header[i+1]
		}
		return r
	}
	clerk := map[string]any{"name": "王文员", "roles": []string{"clerk"}}

	t.Run("a new member", func(t *testing.T) {
		got := w.send(w.dedicated, put(town+"/wang", clerk)).want(t, http.StatusCreated)
		location := town + "/wang?" + url.Values{"issuer": {issuer}}.Encode()
		if got.header.Get("ETag") != `"1"` || got.header.Get("Location") != location {
			t.Errorf("%v", got.header)
		}
		m := got.json(t)
		if m["issuer"] != issuer || m["subject"] != "wang" || m["source"] != "api" || m["unit"] != w.town {
			t.Errorf("%s", got.body)
		}
		w.send(w.shared, request{method: "POST", path: w.cases(), as: "wang", body: dispute("文员登记")}).want(t, http.StatusCreated)
	})
	t.Run("changed", func(t *testing.T) {
		got := w.send(w.shared, put(town+"/wang", map[string]any{"name": "王五", "roles": []string{"mediator", "clerk"}}, "If-Match", `"1"`)).want(t, http.StatusOK)
		if got.header.Get("ETag") != `"2"` || got.json(t)["name"] != "王五" {
			t.Errorf("%s", got.body)
		}
		w.send(w.shared, put(town+"/wang", clerk, "If-Match", `"1"`)).problem(t, http.StatusPreconditionFailed, "stale-version")
	})
	t.Run("listed", func(t *testing.T) {
		got := w.send(w.dedicated, request{method: "GET", path: town, as: "wang"}).want(t, http.StatusOK).json(t)
		if n := len(got["items"].([]any)); n != 4 { // the director, two mediators and wang
			t.Errorf("%v", got)
		}
	})
	t.Run("names with odd characters", func(t *testing.T) {
		for _, subject := range []string{"a/b", "张三", "x y", "50%", "a?b#c"} {
			path := town + "/" + url.PathEscape(subject)
			got := w.send(w.dedicated, put(path, clerk)).want(t, http.StatusCreated)
			if got.json(t)["subject"] != subject {
				t.Errorf("%q became %v", subject, got.json(t)["subject"])
			}
			w.send(w.shared, request{method: "DELETE", path: got.header.Get("Location"), as: "administrator"}).want(t, http.StatusNoContent)
		}
	})
	t.Run("of another issuer", func(t *testing.T) {
		other := "?issuer=" + url.QueryEscape("https://court.example")
		w.send(w.shared, put(town+"/judge"+other, clerk)).want(t, http.StatusCreated)
		w.send(w.shared, request{method: "GET", path: town, as: "judge"}).problem(t, http.StatusForbidden, "stranger")
		w.send(w.shared, request{method: "DELETE", path: town + "/judge", as: "administrator"}).problem(t, http.StatusNotFound, "unknown-member")
		w.send(w.shared, request{method: "DELETE", path: town + "/judge" + other, as: "administrator"}).want(t, http.StatusNoContent)
	})
	t.Run("removed", func(t *testing.T) {
		gone := request{method: "DELETE", path: town + "/wang", as: "director", header: map[string]string{"Idempotency-Key": "gone"}}
		w.send(w.dedicated, gone).want(t, http.StatusNoContent)
		if got := w.send(w.shared, gone).want(t, http.StatusNoContent); got.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%v", got.header)
		}
		w.send(w.dedicated, request{method: "GET", path: w.cases(), as: "wang"}).problem(t, http.StatusForbidden, "stranger")
	})
	t.Run("roles belong to levels", func(t *testing.T) {
		w.send(w.shared, put(town+"/x", map[string]any{"roles": []string{"county-administrator"}})).problem(t, http.StatusUnprocessableEntity, "invalid-member")
		w.send(w.shared, put(county+"/x", map[string]any{"roles": []string{"director"}})).problem(t, http.StatusUnprocessableEntity, "invalid-member")
		w.send(w.shared, put(town+"/x", map[string]any{"roles": []string{}})).problem(t, http.StatusUnprocessableEntity, "invalid-member")
	})
	t.Run("the resource's own stay", func(t *testing.T) {
		w.send(w.shared, put(county+"/administrator", map[string]any{"roles": []string{"reader"}})).problem(t, http.StatusConflict, "owned-by-resource")
		w.send(w.shared, request{method: "DELETE", path: county + "/administrator", as: "administrator"}).problem(t, http.StatusConflict, "owned-by-resource")
	})
	t.Run("county members reach the towns", func(t *testing.T) {
		w.send(w.shared, put(county+"/inspector", map[string]any{"roles": []string{"reader"}})).want(t, http.StatusCreated)
		w.send(w.dedicated, request{method: "GET", path: w.cases(), as: "inspector"}).want(t, http.StatusOK)
		me := w.send(w.shared, request{method: "GET", path: "/v1/me", as: "inspector"}).want(t, http.StatusOK).json(t)
		if units := me["memberships"].([]any); len(units) != 1 || units[0].(map[string]any)["unit"] != w.here.Code || units[0].(map[string]any)["level"] != "county" {
			t.Errorf("%v", me)
		}
	})
}

// TestAPI_units reads the directory, counties and towns.
func TestAPI_units(t *testing.T) {
	w := newWorldOfTwo(t)
	w.file("一件")
	read := func(as, path string) map[string]any {
		t.Helper()
		return w.send(w.shared, request{method: "GET", path: path, as: as}).want(t, http.StatusOK).json(t)
	}
	all := read("stranger", "/v1/tenants")
	if total := all["total"].(map[string]any)["value"]; total != 5.0 {
		t.Errorf("%v tenants", total)
	}
	var codes []string
	for next := "/v1/tenants?limit=1&county=" + w.here.Code; next != "" && len(codes) < 9; {
		got := w.send(w.shared, request{method: "GET", path: next, as: "stranger"}).want(t, http.StatusOK)
		for _, item := range got.json(t)["items"].([]any) {
			codes = append(codes, fmt.Sprint(item.(map[string]any)["code"]))
		}
		next = linkTarget(got.header.Get("Link"))
	}
	if fmt.Sprint(codes) != fmt.Sprint(w.here.Towns) {
		t.Errorf("paged %v, want %v", codes, w.here.Towns)
	}
	if county := read("administrator", "/v1/counties/"+w.here.Code); county["tenants"] != 3.0 || county["openCases"] != 1.0 {
		t.Errorf("%v", county)
	}
	if town := read("director", "/v1/tenants/"+w.town); town["openCases"] != 1.0 || town["state"] != "active" || town["mode"] != "dedicated" {
		t.Errorf("%v", town)
	}
	towns := read("administrator", "/v1/counties/"+w.here.Code+"/tenants")["items"].([]any)
	if len(towns) != 3 || towns[0].(map[string]any)["code"] != w.here.Code+"000" {
		t.Errorf("%v", towns)
	}
	me := read("director", "/v1/me")
	if units := me["memberships"].([]any); len(units) != 1 || units[0].(map[string]any)["name"] != "镇"+w.town {
		t.Errorf("%v", me)
	}
	if me := read("stranger", "/v1/me"); len(me["memberships"].([]any)) != 0 {
		t.Errorf("%v", me)
	}
	w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/cases?tenant=" + w.elsewhere.Towns[0], as: "administrator"}).
		problem(t, http.StatusUnprocessableEntity, "invalid-query")
}

// TestAPI_limits suspends a town and fills its quota.
func TestAPI_limits(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("第一件")
	w.here.SetTenant(w.town, "active", 1)
	for name, server := range w.both() {
		w.send(server, request{method: "POST", path: w.cases(), as: "director", body: dispute("第二件")}).
			problem(t, http.StatusTooManyRequests, "quota-open-cases")
		if name == "" {
			t.Fatal("no name")
		}
	}
	w.here.SetTenant(w.town, "suspended", 0)
	for _, server := range w.both() {
		w.send(server, request{method: "POST", path: w.cases(), as: "director", body: dispute("停用")}).problem(t, http.StatusConflict, "tenant-suspended")
		w.send(server, request{method: "POST", path: path + "/accept", as: "director", header: map[string]string{"If-Match": "*"}}).
			problem(t, http.StatusConflict, "tenant-suspended")
		w.send(server, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK)
	}
}
