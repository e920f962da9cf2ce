package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAPI_repeatParties: the same person filed in two towns is found by the county without a name, and the look at it
// stands in the log of both towns.
func TestAPI_repeatParties(t *testing.T) {
	w := newWorld(t)
	w.hire(w.other, "neighbour", "director")
	w.hire(w.here.Code, "county-reader", "reader")
	first, _ := w.filePrivate("甲镇纠纷")
	elsewhere := "/v1/tenants/" + w.other
	got := w.send(w.shared, request{method: "POST", path: elsewhere + "/cases", as: "neighbour", body: private("乙镇纠纷")}).want(t, http.StatusCreated)
	second := elsewhere + "/cases/" + fmt.Sprint(got.json(t)["id"])
	alone := private("只有一镇")
	alone["parties"].([]words)[0]["identityNumber"] = plantedNumber2
	alone["parties"].([]words)[0]["phone"] = ""
	w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: alone}).want(t, http.StatusCreated)

	list := "/v1/counties/" + w.here.Code + "/repeat-parties"
	for _, as := range []string{"administrator", "county-reader"} {
		got = w.send(w.shared, request{method: "GET", path: list, as: as}).want(t, http.StatusOK)
		for _, name := range []string{"欧阳", "欧*", privateNumber, maskedNumber, "纠纷"} {
			if strings.Contains(got.body, name) {
				t.Errorf("the list crosses towns with %s: %s", name, got.body)
			}
		}
	}
	items := got.json(t)["items"].([]any)
	if len(items) != 1 || got.json(t)["total"].(map[string]any)["value"] != 1.0 {
		t.Fatalf("one person is in two towns: %s", got.body)
	}
	found := items[0].(map[string]any)
	if found["cases"] != 2.0 || fmt.Sprint(found["tenants"]) != fmt.Sprint([]any{w.town, w.other}) {
		t.Errorf("%v", found)
	}
	w.revealRepeat(t, list+"/"+fmt.Sprint(found["handle"]), first, second)
}

func (w *world) revealRepeat(t *testing.T, party, first, second string) {
	body := words{"purpose": "repeat-party", "reason": "同一当事人两镇立案，研判风险"}
	w.send(w.shared, reveal(party, "county-reader", body)).problem(t, http.StatusForbidden, "role-required")
	w.send(w.shared, reveal(party, "administrator", words{"purpose": "repeat-party", "reason": ""})).want(t, 422)
	got := w.send(w.shared, reveal(party, "administrator", body)).want(t, http.StatusOK)
	if strings.Contains(got.body, "欧阳") || !strings.Contains(got.body, "欧*") || strings.Count(got.body, `"kind":"case"`) != 2 {
		t.Errorf("two cases, names masked: %s", got.body)
	}
	for path, as := range map[string]string{first: "director", second: "neighbour"} {
		got := w.send(w.shared, request{method: "GET", path: path + "/accesses", as: as}).want(t, http.StatusOK)
		if strings.Count(got.body, `"county.repeat-party.reveal"`) != 1 || !strings.Contains(got.body, `"subject":"administrator"`) || !strings.Contains(got.body, "研判风险") {
			t.Errorf("the look is not in the town's log: %s", got.body)
		}
	}
	for _, unknown := range []string{"00", "zz", strings.Repeat("0", 64)} {
		w.send(w.shared, reveal(party[:strings.LastIndex(party, "/")+1]+unknown, "administrator", body)).problem(t, http.StatusNotFound, "unknown-party")
	}
	// A correction takes the person out of the index.
	c := w.send(w.shared, request{method: "GET", path: second, as: "neighbour"}).want(t, 200)
	parties := partiesOf(t, c)
	parties[0]["identityType"], parties[0]["identityNumber"] = "none", ""
	w.send(w.shared, request{method: "PATCH", path: second, as: "neighbour", header: words2("*"), body: words{"parties": parties}}).want(t, 200)
	if got := w.send(w.shared, request{method: "GET", path: party[:strings.LastIndex(party, "/")], as: "administrator"}).want(t, 200); !strings.Contains(got.body, `"items":[]`) {
		t.Errorf("a person who is in one town only is still listed: %s", got.body)
	}
}
