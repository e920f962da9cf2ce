package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAPI_judgement: a case is classified, graded and assessed on each kind of instance; bad input names its field; lists
// of the town and of the county find it.
func TestAPI_judgement(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "clerk", "clerk")
	for name, server := range w.both() {
		t.Run(name, func(t *testing.T) {
			k := w.clerk(t, server, "判断")
			get := func(what string) answer {
				return w.send(server, request{method: "GET", path: k.path + "/" + what, as: "clerk"}).want(t, http.StatusOK)
			}
			k.verbs("accept", "assign", "report-danger")
			proposal := get("assessment-proposal").json(t)
			risk := proposal["assessment"].(map[string]any)
			if risk["score"] != float64(40) || risk["risk"] != "orange" || risk["rule"] != "base-1" || proposal["measured"].(map[string]any)["threat"] != true {
				t.Errorf("proposed: %v", proposal)
			}
			for operation, bad := range map[string]struct {
				body           words
				pointer, wrong string
			}{
				"assessments":           {words{"people": -1}, "/people", ""},
				"gradings":              {words{"dead": -1}, "/dead", ""},
				"classification":        {words{"enterpriseRelated": true}, "/enterpriseRelated", "no-enterprise-party"},
				"gradings/override":     {words{"difficulty": "major", "reason": ""}, "/reason", ""},
				"assessments/override":  {words{"risk": "pink", "reason": "x"}, "/risk", "unknown-code"},
				"classification?":       {words{"enterpriseRelated": false, "enterpriseMatters": []string{"wages"}}, "/enterpriseMatters", "not-enterprise-related"},
				"classification??":      {words{"enterpriseRelated": false, "governanceTypes": []string{"14"}}, "/reason", "reason-required"},
				"assessments?":          {words{"tendencies": []string{"crime", "crime"}}, "/tendencies/1", ""},
				"classification???":     {words{"enterpriseRelated": false, "causeOfAction": "love"}, "/causeOfAction", "unknown-code"},
				"assessments??":         {words{"rank": "zeroth"}, "/rank", "unknown-code"},
				"assessments???":        {words{"score": 100}, "/score", "unknown-field"},
				"assessments/override?": {words{"risk": "red"}, "/reason", "required"},
			} {
				if bad.pointer == "/reason" || strings.Contains(operation, "override") {
					k.verbs("grade", "assess")
				}
				if got := k.post(strings.TrimRight(operation, "?"), bad.body).want(t, http.StatusUnprocessableEntity); !names(got, bad.pointer, bad.wrong) {
					t.Errorf("%s %v: %s", operation, bad.body, got.body)
				}
			}
			k.as = "clerk"
			k.post("assessments/override", words{"risk": "blue", "reason": "x"}).problem(t, http.StatusForbidden, "role-required")
			k.as = "director"
			k.verbs("classify", "grade", "assess", "override-risk")
			c := w.send(server, request{method: "GET", path: k.path, as: "director"}).json(t)
			assessments := c["assessments"].([]any)
			last := assessments[len(assessments)-1].(map[string]any)
			if c["risk"] != last["risk"] || last["override"] == nil || last["score"] != float64(60) || len(last["parts"].([]any)) != 2 ||
				c["difficulty"] != "complex" || fmt.Sprint(c["governanceTypes"]) != "[17]" || c["enterpriseRelated"] != false {
				t.Errorf("%v", c)
			}
			file := get("file").json(t)
			if file["complete"] != false || file["reduced"] != false || len(file["items"].([]any)) != 16 {
				t.Errorf("file: %v", file)
			}
			id := fmt.Sprint(c["id"])
			query := fmt.Sprintf("?risk=%v&difficulty=complex&enterprise=false&governance_type=17,05&limit=1", c["risk"])
			if got := w.send(server, request{method: "GET", path: w.cases() + query, as: "director"}).want(t, http.StatusOK); !strings.Contains(got.body, id) {
				t.Errorf("not in the town's list: %s", got.body)
			}
			county := w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/cases" + query, as: "administrator"}).want(t, http.StatusOK)
			if !strings.Contains(county.body, id) || !strings.Contains(county.body, `"difficulty":"complex"`) {
				t.Errorf("not in the county's list: %s", county.body)
			}
			_, fresh := w.file("未判断")
			for _, unjudged := range []string{"risk=none", "difficulty=none", "risk=none,green&difficulty=none"} {
				for _, list := range []string{w.cases(), "/v1/counties/" + w.here.Code + "/cases"} {
					got := w.send(w.shared, request{method: "GET", path: list + "?" + unjudged, as: "administrator"}).want(t, http.StatusOK)
					if !strings.Contains(got.body, fresh) || strings.Contains(got.body, id) {
						t.Errorf("%s?%s: %s", list, unjudged, got.body)
					}
				}
			}
			for _, wrong := range []string{"risk=pink", "difficulty=x", "governance_type=20", "enterprise=maybe"} {
				w.send(server, request{method: "GET", path: w.cases() + "?" + wrong, as: "director"}).want(t, http.StatusUnprocessableEntity)
			}
		})
	}
}

// TestAPI_smallFile: a simple case that is settled orally needs two papers, and closing shows them ahead.
func TestAPI_smallFile(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "简易")
	k.verbs("accept", "assign", "mediate", "agree-orally", "perform")
	ahead := func() int {
		n := 0
		got := w.send(w.dedicated, request{method: "GET", path: k.path + "/actions", as: "director"}).want(t, http.StatusOK)
		for _, item := range got.json(t)["items"].([]any) {
			if line := item.(map[string]any); line["verb"] == "close" {
				n = len(line["ahead"].([]any))
			}
		}
		return n
	}
	if n := ahead(); n != 5 {
		t.Errorf("nobody has graded it: %d papers ahead", n)
	}
	k.do("gradings", words{"note": "邻里小事"})
	if n := ahead(); n != 2 {
		t.Errorf("graded as simple: %d papers ahead", n)
	}
	k.do("papers", words{"kind": "application-or-register", "medium": "paper", "pages": 1})
	k.do("papers", words{"kind": "agreement", "medium": "paper", "pages": 1})
	file := w.send(w.shared, request{method: "GET", path: k.path + "/file", as: "director"}).json(t)
	if file["complete"] != true || file["reduced"] != true {
		t.Errorf("file: %v", file)
	}
	k.verb("close")
	if c := k.verb("archive"); c.State != "archived" || len(c.Volume.Index) != 2 {
		t.Errorf("%+v", c)
	}
}
