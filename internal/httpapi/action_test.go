package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// offered is one line of the list of actions.
type offered struct {
	Verb, Label, Need, Operation, Method, Path string
	Allowed                                    bool
	Missing                                    []struct{ Code, Pointer, Message string }
}

func (k *clerk) actions(language string) []offered {
	k.t.Helper()
	got := k.w.send(k.server, request{method: "GET", path: k.path + "/actions", as: k.as, header: map[string]string{"Accept-Language": language}}).want(k.t, http.StatusOK)
	if got.header.Get("Content-Language") == "" || !strings.Contains(got.header.Get("Vary"), "Accept-Language") {
		k.t.Errorf("headers %v", got.header)
	}
	var list struct{ Items []offered }
	if err := json.Unmarshal([]byte(got.body), &list); err != nil {
		k.t.Fatal(err)
	}
	return list.Items
}

// TestAPI_actionsOfASuspendedTownship: reading works, and every change says why it does not.
func TestAPI_actionsOfASuspendedTownship(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "暂停")
	k.verbs(roads["mediating"]...)
	w.here.SetTenant(w.town, "suspended", 5000)
	for _, action := range k.actions("zh") {
		if action.Allowed {
			t.Errorf("%s is offered", action.Verb)
		}
	}
	for _, verb := range []string{"mediate", "agree", "close", "visit", "refer"} {
		operation, body := k.sound(verb, k.read())
		if got := k.post(operation, body); got.status != http.StatusConflict {
			t.Errorf("%s: %d %s", verb, got.status, got.body)
		}
	}
	w.here.SetTenant(w.town, "active", 1)
	for _, action := range k.actions("zh") {
		if action.Verb == "split" && action.Allowed {
			t.Error("a case more is offered although the quota is used up")
		}
	}
}

// TestAPI_actionsOfOthers: the list is the caller's own, in the caller's language.
func TestAPI_actionsOfOthers(t *testing.T) {
	w := newWorld(t)
	for subject, role := range map[string]string{"li": "mediator", "sun": "mediator", "reader": "reader", "clerk": "clerk"} {
		w.hire(w.town, subject, role)
	}
	k := w.clerk(t, w.shared, "各人事项")
	k.verbs("accept", "assign")
	reason := func(as, verb string) string {
		k.as = as
		defer func() { k.as = "director" }()
		list := k.actions("en")
		i := slices.IndexFunc(list, func(o offered) bool { return o.Verb == verb })
		if i < 0 {
			t.Fatalf("%s is not listed", verb)
		}
		if list[i].Allowed {
			return ""
		}
		return list[i].Missing[0].Code
	}
	for _, c := range []struct{ as, verb, want string }{
		{"li", "mediate", ""}, {"sun", "mediate", "not-assigned"}, {"sun", "report-danger", ""}, {"clerk", "mediate", ""}, {"clerk", "suspend", "role-required"},
		{"reader", "mediate", "role-required"}, {"li", "reassign", "role-required"}, {"director", "agree", "case-state"},
	} {
		if got := reason(c.as, c.verb); got != c.want {
			t.Errorf("%s as %s: %q, want %q", c.verb, c.as, got, c.want)
		}
	}
	zh, en := k.actions("zh-CN")[1], k.actions("en")[1]
	if zh.Label == en.Label || zh.Need == en.Need || len(zh.Missing) == 0 || zh.Missing[0].Message == en.Missing[0].Message {
		t.Errorf("the languages are the same: %+v %+v", zh, en)
	}
	t.Run("recused", func(t *testing.T) {
		k.do("recusals", words{"mediator": words{"subject": "zhao", "name": "赵"}, "ground": "kin"})
		w.hire(w.town, "zhao", "mediator")
		for _, target := range []string{"", "/actions", "/clocks"} {
			w.send(w.dedicated, request{method: "GET", path: k.path + target, as: "zhao"}).problem(t, http.StatusForbidden, "recused")
		}
	})
	t.Run("somebody else's case", func(t *testing.T) {
		k.as = "sun"
		k.post("meetings", k.meeting(seen{Parties: []struct{ ID, Name string }{{ID: noParty, Name: "甲"}}}, "agreed")).problem(t, http.StatusForbidden, "not-assigned")
	})
}

// TestAPI_clocks explains the deadlines of one case.
func TestAPI_clocks(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "期限")
	k.verbs("accept", "assign", "suspend", "resume", "extend", "mediate", "agree")
	clocks := map[string]map[string]any{}
	for _, language := range []string{"zh", "en"} {
		got := w.send(w.dedicated, request{method: "GET", path: k.path + "/clocks", as: "director", header: map[string]string{"Accept-Language": language}}).want(t, http.StatusOK)
		if !strings.Contains(got.header.Get("Vary"), "Accept-Language") {
			t.Errorf("headers %v", got.header)
		}
		for _, item := range got.json(t)["items"].([]any) {
			clock := item.(map[string]any)
			clocks[language+" "+clock["rule"].(string)] = clock
			for _, member := range []string{"basis", "skipped", "makeUps", "rolled", "pauses", "extensions", "explanation", "assumedYears"} {
				if clock[member] == nil {
					t.Errorf("%s of %s is null", member, clock["rule"])
				}
			}
			if clock["calendarVersion"] == "" || clock["ruleVersion"] == "" || len(clock["explanation"].([]any)) < 3 {
				t.Errorf("not explained: %v", clock)
			}
		}
	}
	zh, en := clocks["zh mediation"], clocks["en mediation"]
	if zh == nil || zh["title"] == en["title"] || zh["state"] != "done" || len(zh["pauses"].([]any)) != 1 || len(zh["extensions"].([]any)) != 1 {
		t.Errorf("mediation: %v\n%v", zh, en)
	}
	due := clocks["zh performance"]
	if due == nil || due["state"] == "done" || due["dueOn"] == nil || !strings.HasPrefix(due["about"].(string), "/agreement/instalments/") {
		t.Errorf("performance: %v", due)
	}
	w.pass(60)
	late := w.send(w.shared, request{method: "GET", path: k.path + "/clocks", as: "director"}).want(t, http.StatusOK)
	if !strings.Contains(late.body, `"state":"overdue"`) {
		t.Errorf("nothing is overdue after sixty days: %s", late.body)
	}
}
