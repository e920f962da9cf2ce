package httpapi_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAPI_wholeLife takes disputes through everything that can be done to them, on each kind of instance.
func TestAPI_wholeLife(t *testing.T) {
	w := newWorld(t)
	done := map[string]map[string]int{}
	for name, server := range w.both() {
		done[name] = map[string]int{}
		for title, walk := range map[string]func(*testing.T, *world, *httptest.Server) *clerk{
			"to the archive and anew": walkToArchive, "failed and referred": walkReferred, "given away and back": walkTransferred,
			"terminated": walkTerminated, "settled orally": walkOral, "merged": walkMerged, "split": walkSplit, "seen by few": walkSeenByFew,
		} {
			t.Run(name+" "+title, func(t *testing.T) {
				for operation, n := range walk(t, w, server).done {
					done[name][operation] += n
				}
			})
		}
	}
	for _, op := range w.operations(t) {
		_, operation, found := strings.Cut(op.path, "/cases/{case}/")
		if op.method != http.MethodPost || !found || slices.Contains(changeNoCase, op.id) {
			continue
		}
		for _, placeholder := range []string{"{meeting}", "{danger}", "{referral}", "{paper}"} {
			operation = strings.ReplaceAll(operation, placeholder, "{}")
		}
		for name, counts := range done {
			if counts[operation] == 0 {
				t.Errorf("%s was never done on the %s instance, only %v", operation, name, slices.Sorted(maps.Keys(counts)))
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "欧阳测试") {
		t.Errorf("log:\n%s", log)
	}
}

func walkSeenByFew(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "家庭纠纷")
	if c := k.verbs("invite", "restrict"); c.Restriction == "" || len(c.Invitations) != 1 {
		t.Fatalf("%+v", c)
	}
	if c := k.verbs("unrestrict", "uninvite"); c.Restriction != "" || len(c.Invitations) != 0 {
		t.Fatalf("%+v", c)
	}
	return k
}

func walkToArchive(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "院墙纠纷")
	k.verbs("accept", "assign", "recuse", "reassign", "investigate", "convene", "cancel-meeting", "convene")
	held := k.meeting(k.read(), "continue")
	held["number"] = 2
	if c := k.do("meetings", held); c.State != "mediating" || len(c.Meetings) != 2 || c.Meetings[1].Status != "held" {
		t.Fatalf("%+v", c)
	}
	k.verbs("report-danger", "settle-danger", "suspend", "resume", "extend", "mediate")
	c := k.verbs("agree", "apply-confirmation", "decide-confirmation", "perform", "urge")
	if c.State != "agreed" || c.Agreement == nil || c.Agreement.Instalments[0].DoneOn == "" {
		t.Fatalf("%+v", c)
	}
	w.pass(30)
	k.post("close", words{"report": "已办结。"}).problem(t, http.StatusConflict, "case-incomplete")
	k.verbs("breach", "perform", "perform", "visit", "put-on-file", "take-off-file", "close")
	missing := k.post("archive", words{"retention": "long", "keeper": "周文员"}).problem(t, http.StatusConflict, "case-incomplete")
	if !strings.Contains(missing.body, "/file/agreement") {
		t.Fatalf("the missing papers are not listed: %s", missing.body)
	}
	k.fillFile()
	if c = k.verb("archive"); c.State != "archived" || c.Volume == nil || len(c.Volume.Index) == 0 {
		t.Fatalf("%+v", c)
	}
	story := k.journal()
	if want := "file accept assign recuse reassign investigate convene cancel-meeting convene mediate report-danger settle-danger suspend " +
		"resume extend mediate agree apply-confirmation decide-confirmation perform urge breach perform perform visit put-on-file take-off-file close"; !strings.HasPrefix(story, want) ||
		!strings.HasSuffix(story, "archive") {
		t.Errorf("journal: %s", story)
	}
	again := k.post("reopen", words{"ground": "relapse"}).want(t, http.StatusCreated)
	volume := again.seen(t)
	if again.header.Get("Location") == k.path || again.header.Get("ETag") != `"1"` || volume.State != "pending-acceptance" || volume.Links[0].Kind != "reopens" {
		t.Fatalf("%v %+v", again.header, volume)
	}
	k.done["reopen"]++
	return k
}

func walkReferred(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "转介纠纷")
	k.verbs("accept", "assign", "mediate", "fail", "refer")
	k.do("referrals", words{"route": "court", "receiver": "惠民县人民法院", "content": "起诉状", "sentOn": k.today(0), "consented": true})
	closing := words{"report": "已告知途径。"}
	both := k.post("close", closing).problem(t, http.StatusConflict, "case-incomplete").body
	if !strings.Contains(both, `"/referrals/1"`) || !strings.Contains(both, `"/referrals/2"`) || !strings.Contains(both, "法律援助") {
		t.Fatalf("the open roads are not named: %s", both)
	}
	k.verbs("acknowledge-referral", "report-referral")
	one := k.post("close", closing).problem(t, http.StatusConflict, "case-incomplete").body
	if strings.Contains(one, `"/referrals/1"`) || !strings.Contains(one, `"/referrals/2"`) {
		t.Fatalf("one road is open: %s", one)
	}
	k.do("referrals/2/outcome", words{"outcome": "judged", "outcomeOn": k.today(0), "document": "（2026）鲁1621民初9号"})
	k.verbs("visit", "close")
	k.fillFile()
	if c := k.verb("archive"); c.State != "archived" {
		t.Fatalf("%+v", c)
	}
	return k
}

func walkTransferred(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "移送纠纷")
	if c := k.verbs("accept", "transfer", "acknowledge-transfer", "take-back"); c.State != "accepted" || len(c.Mediators) != 0 {
		t.Fatalf("%+v", c)
	}
	if c := k.verb("withdraw"); c.State != "withdrawn" {
		t.Fatalf("%+v", c)
	}
	refused := w.clerk(t, server, "不予受理")
	if c := refused.verb("refuse"); c.State != "refused" {
		t.Fatalf("%+v", c)
	}
	k.done["refuse"]++
	return k
}

func walkTerminated(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "终止")
	if c := k.verbs("accept", "assign", "suspend", "terminate", "close"); c.State != "closed" {
		t.Fatalf("%+v", c)
	}
	return k
}

func walkOral(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "口头")
	k.verbs("accept", "classify", "grade", "override-grade", "assess", "override-risk", "assign", "mediate", "agree-orally")
	k.post("confirmation", words{"court": "惠民县人民法院", "applicants": k.read().everybody(), "appliedOn": k.today(0)}).
		problem(t, http.StatusConflict, "case-incomplete")
	k.verbs("perform", "close")
	k.fillFile()
	if c := k.verb("archive"); c.State != "archived" {
		t.Fatalf("%+v", c)
	}
	return k
}

func walkMerged(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "重复登记")
	k.post("merge", words{"into": "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", "reason": "同一纠纷"}).
		problem(t, http.StatusUnprocessableEntity, "invalid-merging")
	c := k.verb("merge")
	if c.State != "merged" || c.Links[0].Kind != "merged-into" {
		t.Fatalf("%+v", c)
	}
	other := w.send(server, request{method: "GET", path: w.cases() + "/" + c.Links[0].Case, as: "director"}).want(t, http.StatusOK).seen(t)
	if other.Links[0].Kind != "absorbed" || other.Links[0].Case != c.ID || len(other.Parties) != 2 {
		t.Fatalf("%+v", other)
	}
	return k
}

func walkSplit(t *testing.T, w *world, server *httptest.Server) *clerk {
	k := w.clerk(t, server, "两件事")
	part := k.verb("split")
	rest := k.read()
	if part.ID == rest.ID || part.Links[0].Kind != "split-from" || rest.Links[0].Kind != "split-off" || rest.Links[0].Case != part.ID {
		t.Fatalf("%+v\n%+v", part, rest)
	}
	return k
}

// TestAPI_lifeTravels: what one instance did, the other reads and repeats in the same bytes.
func TestAPI_lifeTravels(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.dedicated, "两个实例")
	k.verbs("accept", "assign", "report-danger", "mediate", "agree", "refer", "visit", "put-on-file")
	for _, target := range []string{k.path, k.path + "/actions", k.path + "/clocks", k.path + "/journal"} {
		ask := request{method: "GET", path: target, as: "director", header: map[string]string{"Accept-Language": "zh"}}
		if a, b := w.send(w.shared, ask).want(t, 200), w.send(w.dedicated, ask).want(t, 200); a.body != b.body {
			t.Errorf("%s:\n%s\n%s", target, a.body, b.body)
		}
	}
	w.hire(w.town, "reader", "reader")
	for _, target := range []string{k.path, k.path + "/actions", k.path + "/clocks", k.path + "/journal", w.cases() + "?mediator=li"} {
		got := w.send(w.shared, request{method: "GET", path: target, as: "reader"}).want(t, http.StatusOK)
		for _, secret := range []string{"欧阳测试", "13800005678", "12号"} {
			if strings.Contains(got.body, secret) {
				t.Errorf("a reader reads %s at %s: %s", secret, target, got.body)
			}
		}
	}
	c := k.read()
	visit := request{method: "POST", path: k.path + "/visits", as: "director", header: map[string]string{"If-Match": etagOf(c), "Idempotency-Key": "visit-1"},
		body: words{"on": k.today(0), "means": "电话", "situation": "稳定"}}
	one := w.send(w.shared, visit).want(t, http.StatusOK)
	two := w.send(w.dedicated, visit).want(t, http.StatusOK)
	if one.body != two.body || two.header.Get("Idempotency-Replayed") != "true" {
		t.Fatalf("%s\n%v %s", one.body, two.header, two.body)
	}
	visit.header = map[string]string{"If-Match": etagOf(c)}
	w.send(w.shared, visit).problem(t, http.StatusPreconditionFailed, "stale-version")
	list := w.send(w.shared, request{method: "GET", path: w.cases() + "?mediator=li&state=agreed", as: "director"}).want(t, http.StatusOK)
	if items := list.json(t)["items"].([]any); len(items) != 1 || strings.Contains(list.body, `"meetings"`) {
		t.Fatalf("the mediator's list: %s", list.body)
	}
	if items := w.send(w.shared, request{method: "GET", path: w.cases() + "?mediator=nobody", as: "director"}).json(t)["items"].([]any); len(items) != 0 {
		t.Fatalf("%v", items)
	}
}

func etagOf(c seen) string { return `"` + strconv.Itoa(c.Version) + `"` }
