package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seen is what a client reads of a whole case to go on with it.
type seen struct {
	ID          string
	State       string
	Version     int
	Parties     []struct{ ID, Name string }
	Mediators   []struct{ Subject string }
	Restriction string
	Invitations []struct{ Subject string }
	Meetings    []numberedThing
	Dangers     []numberedThing
	Referrals   []numberedThing
	Papers      []numberedThing
	Extensions  []struct{ Until string }
	Agreement   *struct {
		EffectiveOn string
		Instalments []struct {
			Number             int
			Amount, Paid       int64
			DoneOn, BreachedOn string
		}
	}
	FileGaps []struct{ Kind string }

	Difficulty, Risk string
	Gradings         []struct{ Computed string }
	Assessments      []struct{ Computed string }
	Links            []struct{ Kind, Case string }
	Volume           *struct {
		Number string
		Index  []struct{ Title string }
	}
}

// numberedThing is an item of a list of a case.
type numberedThing struct {
	Number     int
	Status     string
	Open       bool
	ReceivedOn string
	SettledAt  string
	Removed    string
}

// clerk works on one case through one instance.
type clerk struct {
	w      *world
	t      testing.TB
	server *httptest.Server
	as     string
	path   string
	done   map[string]int // operations by the last parts of their path, numbers as {}

	example any // the documented body of the next operation; nil for the clerk's own
}

// clerk files a case and takes it in hand.
func (w *world) clerk(t testing.TB, server *httptest.Server, title string) *clerk {
	t.Helper()
	k := &clerk{w: w, t: t, server: server, as: "director", done: map[string]int{}}
	filed := w.send(server, request{method: "POST", path: w.cases(), as: k.as, body: dispute(title)}).want(t, http.StatusCreated)
	k.path = filed.header.Get("Location")
	return k
}

func (k *clerk) read() seen {
	k.t.Helper()
	return k.w.send(k.server, request{method: "GET", path: k.path, as: k.as}).want(k.t, http.StatusOK).seen(k.t)
}

func (a answer) seen(t testing.TB) seen {
	t.Helper()
	var c seen
	if err := json.Unmarshal([]byte(a.body), &c); err != nil {
		t.Fatalf("not a case: %v: %s", err, a.body)
	}
	return c
}

var (
	anyNumber   = regexp.MustCompile(`/\d+(/|$)`)
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
)

// post does an operation on the case as it is now.
func (k *clerk) post(operation string, body any) answer {
	k.t.Helper()
	return k.w.send(k.server, request{method: "POST", path: k.path + "/" + operation, as: k.as, body: body,
		header: map[string]string{"If-Match": "*", "Accept-Language": "zh-CN"}})
}

// do is post, and it succeeds.
func (k *clerk) do(operation string, body any) seen {
	k.t.Helper()
	got := k.post(operation, body)
	if got.status != http.StatusOK && got.status != http.StatusCreated {
		k.t.Fatalf("%s: %d %s", operation, got.status, got.body)
	}
	k.done[anyNumber.ReplaceAllString(operation, "/{}$1")]++
	return got.seen(k.t)
}

// verb does a verb soundly, whatever the case looks like.
func (k *clerk) verb(verb string) seen {
	k.t.Helper()
	operation, body := k.sound(verb, k.read())
	return k.do(operation, body)
}

func (k *clerk) verbs(verbs ...string) seen {
	k.t.Helper()
	var c seen
	for _, verb := range verbs {
		c = k.verb(verb)
	}
	return c
}

type words = map[string]any

// today is the day in China, some days later.
func (k *clerk) today(plus int) string {
	return k.w.now().In(time.FixedZone("CST", 8*3600)).AddDate(0, 0, plus).Format(time.DateOnly)
}

func (k *clerk) moment(after time.Duration) string {
	return k.w.now().Add(after).Format(time.RFC3339Nano)
}

// sound is a body that does the verb, and the operation behind the case's path. A thing that the case does not have
// gets number 1.
func (k *clerk) sound(verb string, c seen) (operation string, body any) {
	for _, room := range []func(string, seen) (string, any){k.soundWork, k.soundJudgement, k.soundOutcome, k.soundRoute, k.soundFile} {
		if operation, body := room(verb, c); operation != "" {
			return operation, body
		}
	}
	k.t.Fatalf("the clerk does not know how to %s", verb)
	return "", nil
}

func mediators(subjects ...string) []words {
	var named []words
	for i, subject := range subjects {
		named = append(named, words{"subject": subject, "name": "调解员" + subject, "host": i == 0})
	}
	return named
}

func (c seen) everybody() []string {
	ids := make([]string, 0, len(c.Parties))
	for _, p := range c.Parties {
		ids = append(ids, p.ID)
	}
	return ids
}

func first(things []numberedThing, is func(numberedThing) bool) string {
	for _, thing := range things {
		if is(thing) {
			return strconv.Itoa(thing.Number)
		}
	}
	return "1"
}

func (k *clerk) meeting(c seen, result string) words {
	return words{"startedAt": k.moment(-time.Millisecond), "place": "孙武镇调解室", "rightsTold": true, "content": "双方各自陈述。", "result": result,
		"attendees": []words{{"name": c.Parties[0].Name, "role": "party", "party": c.Parties[0].ID}, {"name": "李调解员", "role": "mediator"}}}
}

func (k *clerk) soundWork(verb string, c seen) (string, any) {
	switch verb {
	case "accept":
		return "accept", nil
	case "refuse":
		return "refuse", words{"reason": "out-of-area"}
	case "withdraw":
		return "withdraw", words{"note": "和解"}
	case "assign":
		return "assign", words{"mediators": mediators("li", "zhao")}
	case "reassign":
		return "reassign", words{"mediators": mediators("zhao", "li"), "reason": "原主持人出差"}
	case "recuse":
		return "recusals", words{"mediator": words{"subject": "kin-" + strconv.Itoa(c.Version), "name": "堂弟"}, "ground": "kin"}
	case "investigate":
		return "investigations", words{"at": k.moment(0), "place": "现场", "participants": "李调解员、王某", "findings": "越界三十厘米。"}
	case "convene":
		return "meetings/arrange", words{"startsAt": k.moment(time.Hour), "place": "调解室"}
	case "cancel-meeting":
		planned := func(m numberedThing) bool { return m.Status == "planned" }
		return "meetings/" + first(c.Meetings, planned) + "/cancel", words{"reason": "当事人外出"}
	case "mediate":
		return "meetings", k.meeting(c, "agreed")
	case "invite":
		return "invitations", words{"issuer": issuer, "subject": "expert-1", "purpose": "提供专业意见", "until": k.today(20)}
	case "uninvite":
		return "invitations/end", words{"issuer": issuer, "subject": "expert-1", "reason": "意见已提交"}
	case "restrict":
		return "restriction", words{"reason": "family"}
	case "unrestrict":
		return "restriction/end", words{"reason": "当事人同意公开"}
	case "report-danger":
		return "dangers", words{"kind": "crime", "signs": "扬言报复", "receiver": "派出所", "reportedAt": k.moment(0)}
	case "settle-danger":
		open := func(d numberedThing) bool { return d.SettledAt == "" }
		return "dangers/" + first(c.Dangers, open) + "/outcome", words{"prevented": true, "people": 2, "outcome": "已稳控"}
	case "suspend":
		return "suspend", words{"reason": "appraisal", "until": k.today(20), "consents": c.everybody()}
	case "resume":
		return "resume", words{"note": "鉴定意见已出具"}
	case "extend":
		return "extend", words{"until": k.today(40 + len(c.Extensions)), "consents": c.everybody(), "reason": "案情复杂"}
	}
	return "", nil
}

func (k *clerk) soundJudgement(verb string, c seen) (string, any) {
	switch verb {
	case "classify":
		return "classification", words{"enterpriseRelated": false, "causeOfAction": "neighbouring-relations"}
	case "grade":
		return "gradings", words{"injured": 1, "note": "一方受伤"}
	case "assess":
		return "assessments", words{"policeCalls": 3, "threat": true, "tendencies": []string{"crime"}}
	case "override-grade":
		value := "major"
		if n := len(c.Gradings); n > 0 && (c.Gradings[n-1].Computed == value || c.Difficulty == value) {
			value = "simple"
		}
		return "gradings/override", words{"difficulty": value, "reason": "见案情"}
	case "override-risk":
		value := "red"
		if n := len(c.Assessments); n > 0 && (c.Assessments[n-1].Computed == value || c.Risk == value) {
			value = "blue"
		}
		return "assessments/override", words{"risk": value, "reason": "见案情"}
	}
	return "", nil
}

func (k *clerk) soundOutcome(verb string, c seen) (string, any) {
	instalment, left, overdue, effective := 1, int64(0), 1, k.today(0)
	if c.Agreement != nil {
		effective = c.Agreement.EffectiveOn
		for _, i := range c.Agreement.Instalments {
			if i.DoneOn == "" && i.BreachedOn == "" {
				overdue = i.Number
			}
		}
		for _, i := range c.Agreement.Instalments {
			if i.DoneOn == "" {
				instalment, left = i.Number, i.Amount-i.Paid
				break
			}
		}
	}
	switch verb {
	case "agree":
		return "agreement", k.agreement(c)
	case "agree-orally":
		return "agreement/oral", words{"terms": "当面道歉。", "agreedOn": k.today(0), "instalments": []words{{"kind": "act", "what": "当面道歉", "due": k.today(0)}}}
	case "fail":
		return "fail", words{"reason": "no-agreement", "roadsTold": true}
	case "terminate":
		return "terminate", words{"reason": "party-quits", "roadsTold": true}
	case "apply-confirmation":
		return "confirmation", words{"court": "惠民县人民法院", "applicants": c.everybody(), "appliedOn": effective}
	case "decide-confirmation":
		return "confirmation/decision", words{"outcome": "confirmed", "courtNumber": "（2026）鲁1621民特12号", "decidedOn": k.today(0)}
	case "perform":
		return "payments", words{"instalment": instalment, "amount": left, "on": k.today(0), "voucher": "收条"}
	case "breach":
		return "breaches", words{"instalment": overdue, "note": "逾期未付", "roadsTold": true}
	case "urge":
		return "urgings", words{"instalment": instalment, "means": "电话"}
	case "visit":
		return "visits", words{"on": k.today(0), "means": "上门", "situation": "已和好", "satisfaction": 5}
	}
	return "", nil
}

// agreement is a written one: 3000 yuan in two instalments, and the wall comes down.
func (k *clerk) agreement(c seen) words {
	day := k.today(0)
	var signatures []words
	for _, p := range c.Parties {
		signatures = append(signatures, words{"party": p.ID, "means": "fingerprint", "on": day})
	}
	return words{"facts": "院墙越界。", "disputes": "是否拆除。", "responsibility": "被申请人拆除。", "terms": "拆除并补偿三千元。", "way": "转账",
		"place": "孙武镇", "timeLimit": "一个月内", "amount": 300000, "matters": []string{"money", "act"},
		"instalments": []words{{"kind": "money", "amount": 100000, "due": day, "from": c.Parties[1].ID, "to": c.Parties[0].ID},
			{"kind": "money", "amount": 200000, "due": k.today(20), "from": c.Parties[1].ID, "to": c.Parties[0].ID},
			{"kind": "act", "what": "拆除院墙", "due": k.today(10)}},
		"signatures": signatures, "mediatorSigned": words{"means": "signature", "on": day}, "sealedOn": day}
}

func (k *clerk) soundRoute(verb string, c seen) (string, any) {
	open := first(c.Referrals, func(r numberedThing) bool { return r.Open })
	unreceived := first(c.Referrals, func(r numberedThing) bool { return r.Open && r.ReceivedOn == "" })
	switch verb {
	case "transfer":
		return "transfer", words{"receiver": "县信访局", "reason": "属信访事项", "sentOn": k.today(0), "consented": true}
	case "acknowledge-transfer":
		return "transfer/receipt", words{"receivedOn": k.today(0), "receivedBy": "赵科长"}
	case "take-back":
		return "take-back", words{"returnedOn": k.today(0), "reason": "不属其职权"}
	case "refer":
		return "referrals", words{"route": "legal-aid", "receiver": "县法律援助中心", "content": "困难证明", "sentOn": k.today(0), "consented": true}
	case "acknowledge-referral":
		return "referrals/" + unreceived + "/receipt", words{"receivedOn": k.today(0), "receivedBy": "钱律师"}
	case "report-referral":
		return "referrals/" + open + "/outcome", words{"outcome": "granted", "outcomeOn": k.today(0), "document": "援字1号"}
	}
	return "", nil
}

func (k *clerk) soundFile(verb string, c seen) (string, any) {
	switch verb {
	case "put-on-file":
		kind := "evidence"
		if len(c.FileGaps) > 0 {
			kind = c.FileGaps[0].Kind
		}
		return "papers", words{"kind": kind, "medium": "paper", "pages": 2}
	case "take-off-file":
		return "papers/" + first(c.Papers, func(p numberedThing) bool { return p.Removed == "" }) + "/remove", words{"reason": "重复"}
	case "close":
		return "close", words{"report": "已办结。"}
	case "archive":
		return "archive", words{"retention": "long", "keeper": "周文员"}
	case "reopen":
		return "reopen", words{"ground": "relapse", "note": "又起争执"}
	case "split":
		return "split", words{"title": "补偿款", "parties": c.everybody(), "reason": "另有款项争议"}
	case "merge":
		_, other := k.w.file("并入的案件")
		return "merge", words{"into": other, "reason": "同一纠纷"}
	}
	return "", nil
}

// fillFile puts a paper on file for every gap.
func (k *clerk) fillFile() {
	k.t.Helper()
	for range 20 {
		if len(k.read().FileGaps) == 0 {
			return
		}
		k.verb("put-on-file")
	}
	k.t.Fatal("the file never gets complete")
}

// journal tells the verbs in order.
func (k *clerk) journal() string {
	k.t.Helper()
	var verbs []string
	next := k.path + "/journal?limit=200"
	for next != "" {
		got := k.w.send(k.server, request{method: "GET", path: next, as: k.as}).want(k.t, http.StatusOK)
		for _, entry := range got.json(k.t)["items"].([]any) {
			verbs = append(verbs, fmt.Sprint(entry.(map[string]any)["verb"]))
		}
		next = linkTarget(got.header.Get("Link"))
	}
	return strings.Join(verbs, " ")
}
