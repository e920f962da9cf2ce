package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
)

func (w *world) reference() string { return "/v1/tenants/" + w.town + "/reference" }

// clocksDocument changes rules; each is a JSON object.
func clocksDocument(version string, rules ...string) string {
	return fmt.Sprintf(`{"version": %q, "validFrom": "2026-01-01", "body": {"rules": [%s]}}`, version, strings.Join(rules, ","))
}

const (
	localBasis = `"basis": [{"law": {"zh": "本县办法", "en": "county rules"}}]`
	acceptIn3  = `{"id": "acceptance", "length": 3, ` + localBasis + `}`
	acceptIn5  = `{"id": "acceptance", "length": 5, ` + localBasis + `}`
	acceptOff  = `{"id": "acceptance", "off": true}`
	month2     = `{"id": "mediation", "length": 2, ` + localBasis + `}`
)

func (w *world) putReference(server *httptest.Server, path, as, tag, body string) answer {
	return w.send(server, request{method: "PUT", path: path, as: as, body: body, header: map[string]string{"If-Match": tag}})
}

// firstClock is the first deadline of a case, as both instances see it.
func (w *world) firstClock(t *testing.T, server *httptest.Server, path string) map[string]any {
	t.Helper()
	items := w.send(server, request{method: "GET", path: path + "/clocks", as: "director"}).want(t, http.StatusOK).json(t)["items"].([]any)
	if len(items) == 0 {
		return map[string]any{}
	}
	return items[0].(map[string]any)
}

// A county and a town lay their own rules over the program's, and take them back.
func TestAPI_reference(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("参考数据")
	county := "/v1/counties/" + w.here.Code + "/reference"

	t.Run("what the program carries is in force", func(t *testing.T) {
		for name, server := range w.both() {
			list := w.send(server, request{method: "GET", path: w.reference(), as: "director"}).want(t, http.StatusOK).json(t)
			if items := list["items"].([]any); len(items) != 6 || list["unit"] != w.town || list["edition"] == "" {
				t.Errorf("%s: %v", name, list)
			}
			if years := fmt.Sprint(list["unpublishedYears"]); !strings.Contains(years, "2027") {
				t.Errorf("%s: years that are an assumption are named: %s", name, years)
			}
		}
		for _, kind := range []string{"calendar", "clocks", "type-mapping", "risk-rules", "grade-rules", "numbering"} {
			got := w.send(w.dedicated, request{method: "GET", path: w.reference() + "/" + kind, as: "director"}).want(t, http.StatusOK)
			if got.header.Get("ETag") != `"1"` || got.json(t)["content"] == nil {
				t.Errorf("%s: %s %v", kind, got.header.Get("ETag"), got.json(t)["layers"])
			}
		}
		w.send(w.shared, request{method: "GET", path: w.reference() + "/weather", as: "director"}).problem(t, http.StatusNotFound, "unknown-reference")
	})
	t.Run("a county publishes", func(t *testing.T) {
		got := w.putReference(w.shared, county+"/clocks", "administrator", `"1"`, clocksDocument("2026.1", acceptIn3)).want(t, http.StatusCreated)
		if got.header.Get("ETag") != `"2"` || got.json(t)["subject"] != "administrator" {
			t.Errorf("%v %s", got.header, got.body)
		}
		for name, server := range w.both() {
			w.seesVersion(t, name, server, path, "law-2026.1+"+w.here.Code+"@2026.1", 3)
		}
	})
	t.Run("a town goes before its county", func(t *testing.T) {
		got := w.putReference(w.dedicated, w.reference()+"/clocks", "director", `"1"`, clocksDocument("2026.1", acceptIn5)).want(t, http.StatusCreated)
		if got.header.Get("ETag") != `"2"` {
			t.Errorf("%v", got.header)
		}
		w.seesVersion(t, "dedicated", w.dedicated, path, "law-2026.1+"+w.here.Code+"@2026.1+"+w.town+"@2026.1", 5)
	})
	t.Run("a rule is switched off", func(t *testing.T) {
		w.putReference(w.dedicated, w.reference()+"/clocks", "director", `"2"`, clocksDocument("2026.2", acceptOff)).want(t, http.StatusOK)
		if first := w.firstClock(t, w.dedicated, path); len(first) > 0 {
			t.Errorf("no clock of acceptance runs: %v", first)
		}
	})
	t.Run("and taken back", func(t *testing.T) {
		w.send(w.dedicated, request{method: "DELETE", path: w.reference() + "/clocks", as: "director", header: map[string]string{"If-Match": `"2"`}}).
			problem(t, http.StatusPreconditionFailed, "stale-version")
		w.send(w.dedicated, request{method: "DELETE", path: w.reference() + "/clocks", as: "director", header: map[string]string{"If-Match": `"3"`}}).want(t, http.StatusNoContent)
		w.seesVersion(t, "dedicated", w.dedicated, path, "law-2026.1+"+w.here.Code+"@2026.1", 3)
		own := w.send(w.shared, request{method: "GET", path: w.reference() + "/clocks", as: "director"}).want(t, http.StatusOK).json(t)["own"].([]any)
		if len(own) != 3 || own[0].(map[string]any)["withdrawn"] != true || own[2].(map[string]any)["subject"] != "director" {
			t.Errorf("what was published stays on record, with who did: %v", own)
		}
	})
}

// seesVersion looks at the clock of acceptance.
func (w *world) seesVersion(t *testing.T, name string, server *httptest.Server, path, version string, length int) {
	t.Helper()
	w.send(server, request{method: "GET", path: w.reference(), as: "director"}).want(t, http.StatusOK) // reads anew
	clock := w.firstClock(t, server, path)
	if clock["rule"] != "acceptance" || clock["ruleVersion"] != version || clock["length"] != float64(length) {
		t.Errorf("%s: %v %v %v, want %s %d", name, clock["rule"], clock["ruleVersion"], clock["length"], version, length)
	}
}

// What a layer may not say is refused, with the field.
func TestAPI_reference_refuses(t *testing.T) {
	w := newWorldOfTwo(t)
	w.foreignDirector()
	put := func(body string) answer {
		return w.putReference(w.shared, w.reference()+"/clocks", "director", `"1"`, body)
	}
	for reason, tc := range map[string]struct{ body, pointer string }{
		"a statute is not lengthened":     {clocksDocument("1", month2), "/body/rules/0/length"},
		"a statute is not switched off":   {clocksDocument("1", `{"id": "mediation", "off": true}`), "/body/rules/0/off"},
		"an unknown rule":                 {clocksDocument("1", `{"id": "no-such-rule", "off": true}`), "/body/rules/0/id"},
		"a misspelt field":                {clocksDocument("1", `{"id": "acceptance", "lengths": 3}`), "/body"},
		"a version that is none":          {clocksDocument("最新版", acceptIn3), "/version"},
		"a day that is none":              {`{"version": "1", "validFrom": "2026-02-30", "body": {"rules": []}}`, "/validFrom"},
		"a body for another unit":         {`{"version": "1", "validFrom": "2026-01-01", "body": {"unit": "371622101", "rules": []}}`, "/body/unit"},
		"a body that is of another level": {`{"version": "1", "validFrom": "2026-01-01", "body": {"level": "base", "rules": []}}`, "/body/level"},
	} {
		got := put(tc.body).problem(t, http.StatusUnprocessableEntity, "invalid-reference")
		if !strings.Contains(got.body, `"pointer":"`+tc.pointer) {
			t.Errorf("%s: %s", reason, got.body)
		}
	}
	calendar := `{"version": "1", "validFrom": "2026-01-01", "body": {"years": [{"year": 2027, "notice": "本镇通知", "days": []}]}}`
	got := w.putReference(w.shared, w.reference()+"/calendar", "director", `"1"`, calendar).problem(t, http.StatusUnprocessableEntity, "invalid-reference")
	if !strings.Contains(got.body, "/body/years/0/notice") {
		t.Errorf("a town does not publish the year's holidays: %s", got.body)
	}
	w.send(w.shared, request{method: "PUT", path: w.reference() + "/clocks", as: "director", body: clocksDocument("1", acceptIn3)}).
		problem(t, http.StatusPreconditionRequired, "if-match-required")
	put(clocksDocument("1", acceptIn3)).want(t, http.StatusCreated)
	w.putReference(w.shared, w.reference()+"/clocks", "director", `"2"`, clocksDocument("1", acceptIn5)).problem(t, http.StatusConflict, "reference-published")
	w.putReference(w.shared, w.reference()+"/clocks", "director", `"2"`, clocksDocument("1", acceptIn3)).want(t, http.StatusOK) // the same once more
	earlier := strings.Replace(clocksDocument("2", acceptIn5), "2026-01-01", "2025-12-31", 1)
	w.putReference(w.shared, w.reference()+"/clocks", "director", `"2"`, earlier).problem(t, http.StatusUnprocessableEntity, "invalid-reference")

	t.Run("by another tenant", func(t *testing.T) {
		w.hire(w.other, "neighbour", "director")
		for _, as := range []string{"neighbour", "foreign-director"} {
			w.putReference(w.shared, w.reference()+"/clocks", as, `"2"`, clocksDocument("9", acceptIn5)).problem(t, http.StatusForbidden, "stranger")
		}
		w.putReference(w.shared, "/v1/counties/"+w.here.Code+"/reference/clocks", "director", `"1"`, clocksDocument("9", acceptIn5)).
			problem(t, http.StatusForbidden, "stranger")
	})
}

// The same request under one key publishes once, whichever instance gets it.
func TestAPI_reference_keys(t *testing.T) {
	w := newWorld(t)
	send := func(server *httptest.Server) answer {
		return w.send(server, request{method: "PUT", path: w.reference() + "/clocks", as: "director", body: clocksDocument("2026.1", acceptIn3),
			header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": "publish-once"}})
	}
	send(w.shared).want(t, http.StatusCreated)
	again := send(w.dedicated).want(t, http.StatusCreated)
	if again.header.Get("Idempotency-Replayed") != "true" || again.json(t)["revision"] != float64(1) {
		t.Errorf("%v %s", again.header, again.body)
	}
}

// A row that somebody broke by hand is left out and named; the one before it goes on counting.
func TestAPI_reference_brokenRow(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("坏行")
	w.putReference(w.shared, w.reference()+"/clocks", "director", `"1"`, clocksDocument("good", acceptIn3)).want(t, http.StatusCreated)
	for name, body := range map[string]string{"torn": `{"rules":`, "changed": `{"rules":[],"version":"x","level":"town","unit":"` + w.town + `"}`} {
		pgtest.Exec(t, w.here.AsSuperuser(), `INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at)
			SELECT unit, kind, '`+name+`', (SELECT max(revision) + 1 FROM county.reference WHERE unit = '`+w.town+`'), valid_from, digest, '`+body+`', now()
			FROM county.reference WHERE version = 'good'`)
	}
	list := w.send(w.dedicated, request{method: "GET", path: w.reference() + "/clocks", as: "director",
		header: map[string]string{"Accept-Language": "zh"}}).want(t, http.StatusOK)
	if faults := list.json(t)["faults"].([]any); len(faults) != 2 || !strings.Contains(list.body, "摘要不符") {
		t.Errorf("%s", list.body)
	}
	if clock := w.firstClock(t, w.dedicated, path); clock["length"] != float64(3) {
		t.Errorf("the last good one counts: %v", clock)
	}
}

// A preview says what would move, and stores nothing.
func TestAPI_preview(t *testing.T) {
	w := newWorld(t)
	path, id := w.file("预览")
	county := "/v1/counties/" + w.here.Code + "/reference"
	preview := func(server *httptest.Server, path, as, body string) answer {
		return w.send(server, request{method: "POST", path: path + "/preview", as: as, body: body})
	}
	before := w.firstClock(t, w.shared, path)["dueAt"]
	got := preview(w.dedicated, w.reference()+"/clocks", "director", clocksDocument("1", acceptIn5)).want(t, http.StatusOK).json(t)
	figures, moves := got["figures"].(map[string]any), got["moves"].([]any)
	if figures["cases"] != 1.0 || figures["casesMoved"] != 1.0 || figures["later"] != 1.0 || len(moves) != 1 || got["complete"] != true {
		t.Fatalf("%v", got)
	}
	move := moves[0].(map[string]any)
	if move["case"] != id || move["rule"] != "acceptance" || move["dueBefore"] != before || move["days"].(float64) < 4 {
		t.Errorf("%v", move)
	}
	off := preview(w.shared, county+"/clocks", "administrator", clocksDocument("1", acceptOff)).want(t, http.StatusOK).json(t)
	if towns := off["towns"].([]any); len(towns) != 3 || off["figures"].(map[string]any)["cease"] != 1.0 {
		t.Errorf("%v", off)
	}
	preview(w.shared, w.reference()+"/clocks", "director", clocksDocument("1", month2)).problem(t, http.StatusUnprocessableEntity, "invalid-reference")
	if after := w.firstClock(t, w.shared, path)["dueAt"]; after != before {
		t.Errorf("a preview changes nothing: %v, %v", before, after)
	}
}
