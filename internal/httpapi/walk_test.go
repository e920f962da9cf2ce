package httpapi_test

import (
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// situations are cases in every stage, and beside the stage whatever else may be under way: each is the way that leads
// there, verb by verb and by the turns of turn.
var situations = map[string][]string{
	"pending":                     {},
	"pending, nothing told":       {"bare"},
	"pending, judged":             {"classify", "grade", "assess", "override-grade", "override-risk"},
	"pending, few see it":         {"invite", "restrict"},
	"pending, danger":             {"report-danger"},
	"pending, given back":         {"transfer", "take-back"},
	"pending, a new volume":       {"refuse", "close", "reopen", "follow"},
	"pending, split off":          {"split", "follow"},
	"pending, two in one":         {"absorb", "recuse"},
	"accepted":                    {"accept"},
	"accepted, given back":        {"accept", "refer", "transfer", "acknowledge-transfer", "take-back"},
	"accepted, a lead":            {"accept", "take-lead", "put-on-file"},
	"assigned":                    {"accept", "assign"},
	"assigned, arranged":          {"accept", "assign", "convene", "extend"},
	"assigned, suspended":         {"accept", "assign", "suspend"},
	"assigned, too late":          {"accept", "assign", "40 days"},
	"investigating":               {"accept", "assign", "investigate", "recuse", "reassign"},
	"investigating, suspended":    {"accept", "assign", "investigate", "suspend", "40 days"},
	"mediating":                   {"accept", "assign", "mediate"},
	"mediating, not agreed":       {"accept", "assign", "mediate", "not agreed"},
	"mediating, suspended":        {"accept", "assign", "mediate", "suspend"},
	"mediating, much open":        {"accept", "assign", "convene", "report-danger", "mediate", "refer"},
	"agreed":                      {"accept", "assign", "mediate", "agree"},
	"agreed, orally":              {"accept", "assign", "mediate", "agree-orally"},
	"agreed, on a title":          {"accept", "assign", "mediate", "agree on title"},
	"agreed, applied":             {"accept", "assign", "mediate", "agree", "apply-confirmation"},
	"agreed, confirmed":           {"accept", "assign", "mediate", "agree", "apply-confirmation", "decide-confirmation"},
	"agreed, court refused":       {"accept", "assign", "mediate", "agree", "apply-confirmation", "not accepted"},
	"agreed, partly":              {"accept", "assign", "mediate", "agree", "perform", "urge", "put-on-file"},
	"agreed, performed":           {"accept", "assign", "mediate", "agree", "perform", "perform", "perform", "refer"},
	"agreed, overdue":             {"accept", "assign", "mediate", "agree", "40 days"},
	"agreed, breached":            {"accept", "assign", "mediate", "agree", "40 days", "breach", "breach", "breach"},
	"failed":                      {"accept", "assign", "mediate", "fail"},
	"failed, two roads":           {"accept", "assign", "mediate", "fail", "refer", "acknowledge-referral", "refer", "visit"},
	"terminated":                  {"accept", "terminate"},
	"terminated, much open":       {"accept", "assign", "convene", "report-danger", "suspend", "terminate"},
	"refused":                     {"refuse"},
	"refused, a road":             {"refuse", "refer", "put-on-file"},
	"withdrawn":                   {"withdraw"},
	"withdrawn, much open":        {"accept", "assign", "convene", "refer", "report-danger", "withdraw"},
	"transferred":                 {"transfer"},
	"transferred, received":       {"accept", "refer", "transfer", "acknowledge-transfer"},
	"merged":                      {"merge"},
	"merged, much open":           {"accept", "assign", "convene", "report-danger", "refer", "put-on-file", "merge"},
	"closed, papers missing":      {"refuse", "close"},
	"closed, complete":            {"refuse", "grade", "put-on-file", "close"},
	"closed, opened again":        {"refuse", "put-on-file", "close", "reopen"},
	"closed after two":            {"withdraw", "close"},
	"archived":                    {"refuse", "put-on-file", "close", "archive"},
	"archived, opened again":      {"refuse", "put-on-file", "close", "archive", "reopen"},
	"archived, after the promise": {"accept", "assign", "mediate", "agree-orally", "perform", "close", "fill", "archive"},
}

// take goes the way of a situation.
func (k *clerk) take(road ...string) *clerk {
	k.t.Helper()
	last := k.read()
	for _, step := range road {
		last = k.turn(step, last)
	}
	return k
}

// turn is a step that needs more than a verb, or the verb.
func (k *clerk) turn(step string, last seen) seen {
	k.t.Helper()
	switch step {
	case "bare":
		bare := dispute("未说明")
		delete(bare, "facts")
		delete(bare, "claims")
		k.path = k.w.send(k.server, request{method: "POST", path: k.w.cases(), as: k.as, body: bare}).want(k.t, http.StatusCreated).header.Get("Location")
		return k.read()
	case "follow":
		k.path = k.w.cases() + "/" + last.ID
		return last
	case "40 days":
		k.w.pass(40)
		return last
	case "not agreed":
		return k.do("meetings", k.meeting(last, "not-agreed"))
	case "agree on title":
		return k.do("agreement", with(k.agreement(last), "matters", []string{"money", "property-title"}))
	case "not accepted":
		return k.do("confirmation/decision", words{"outcome": "not-accepted", "reason": "wrong-scope-or-court", "decidedOn": k.today(0)})
	case "fill":
		k.fillFile()
		return last
	case "absorb", "take-lead":
		k.w.doOffered(k, k.offer(step), last).want(k.t, http.StatusOK)
		return k.read()
	}
	operation, body := k.sound(step, last)
	return k.do(operation, body)
}

// offer is the verb's line of the list of actions.
func (k *clerk) offer(verb string) offered {
	k.t.Helper()
	for _, action := range k.actions("zh") {
		if action.Verb == verb {
			return action
		}
	}
	k.t.Fatalf("%s is not listed", verb)
	return offered{}
}

// tally counts what was tried, verb by verb.
type tally struct {
	done, refused map[string]int
	reasons       map[string]int // codes that were shown and came back
	states        map[string]int
}

func newTally() *tally {
	return &tally{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

func sum(counts map[string]int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

// TestAPI_actions: in every situation, each verb that the list offers succeeds, on a case of its own that came the same
// way and with the body that the document gives as its example, and each that it does not offer fails with the code and
// in the words that it shows. Both kinds of instance list the same bytes and take turns in doing it.
func TestAPI_actions(t *testing.T) {
	w := newWorld(t)
	examples := w.examples(t)
	counts := map[string]*tally{"shared": newTally(), "dedicated": newTally()}
	for i, name := range slices.Sorted(maps.Keys(situations)) {
		t.Run(name, func(t *testing.T) {
			kind := []string{"shared", "dedicated"}[i%2]
			w.listHolds(t, w.both()[kind], "director", situations[name], examples, counts[kind])
		})
	}
	states, done, refused := map[string]int{}, map[string]int{}, map[string]int{}
	for kind, count := range counts {
		t.Logf("%s: %d actions done, %d refused for %d reasons\ndone %v\nrefused %v\nreasons %v",
			kind, sum(count.done), sum(count.refused), len(count.reasons), count.done, count.refused, count.reasons)
		maps.Copy(states, count.states)
		maps.Copy(done, count.done)
		maps.Copy(refused, count.refused)
	}
	t.Logf("%d situations in %d states", len(situations), len(states))
	if len(states) != 14 || len(done) != 50 || len(refused) != 49 { // a director may invite at any time
		t.Errorf("%d states, %d verbs done and %d refused: not the whole matrix", len(states), len(done), len(refused))
	}
}

// examples are the documented bodies, by operation.
func (w *world) examples(t *testing.T) map[string]any {
	t.Helper()
	found := map[string]any{}
	for _, op := range w.operations(t) {
		found[op.id] = op.example
	}
	return found
}

// listHolds compares the list with what happens. What is refused leaves the case as it was. Without examples the clerk's
// own bodies are sent.
func (w *world) listHolds(t *testing.T, server *httptest.Server, as string, road []string, examples map[string]any, count *tally) {
	t.Helper()
	here := func() *clerk {
		return w.clerk(t, server, "事项").take(road...)
	}
	k := here()
	before := k.read()
	k.as = as
	count.states[before.State]++
	language := []string{"zh-CN", "en"}[len(road)%2]
	list := k.actions(language)
	for _, other := range w.both() {
		mirror := *k
		if mirror.server = other; !reflect.DeepEqual(mirror.actions(language), list) {
			t.Error("the two kinds of instance list different things")
		}
	}
	for _, action := range list {
		if action.Operation == "" || action.Label == "" || action.Need == "" || strings.Contains(action.Path, "{tenant}") || strings.Contains(action.Path, "{case}") {
			t.Errorf("%+v", action)
		}
		if action.Allowed != (len(action.Missing) == 0) {
			t.Errorf("%s is allowed: %v, missing: %v", action.Verb, action.Allowed, action.Missing)
		}
		if !action.Allowed {
			w.refusedAsShown(t, k, action, before, language, count)
			continue
		}
		copied := here()
		c := copied.read()
		copied.as, copied.example = as, examples[action.Operation]
		if got := w.doOffered(copied, action, c); got.failed() != nil {
			t.Errorf("%s is offered, yet %d %s", action.Verb, got.status, got.body)
		}
		count.done[action.Verb]++
	}
	k.as = "director"
	if after := k.read(); after.Version != before.Version {
		t.Errorf("what was refused left something: version %d after %d", after.Version, before.Version)
	}
}

// chosen are members that no example can know: they follow from what the case has come to.
var chosen = map[string][]string{
	"recuse": {"mediator"}, "extend": {"until"}, "override-grade": {"difficulty"}, "override-risk": {"risk"}, "merge": {"into"},
	"apply-confirmation": {"appliedOn"}, "perform": {"instalment", "amount"}, "breach": {"instalment"}, "urge": {"instalment"}, "put-on-file": {"kind"},
}

// documented is the example of the document, with its days moved to today's and its parties replaced by the case's.
func (k *clerk) documented(verb string, c seen, sound any) any {
	body, ok := k.fitted(k.example, c).(map[string]any)
	own, isBody := sound.(words)
	if !ok || !isBody {
		return sound
	}
	for _, name := range chosen[verb] {
		body[name] = own[name]
	}
	return body
}

// exampleDay is the day on which the document's examples are written.
var exampleDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func (k *clerk) fitted(example any, c seen) any {
	switch value := example.(type) {
	case map[string]any:
		fitted := map[string]any{}
		for name, member := range value {
			fitted[name] = k.fitted(member, c)
		}
		return fitted
	case []any:
		fitted := make([]any, 0, len(value))
		for _, item := range value {
			fitted = append(fitted, k.fitted(item, c))
		}
		return fitted
	case string:
		for i, suffix := range []string{"3f", "40"} {
			if value == "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c"+suffix {
				return c.Parties[i].ID
			}
		}
		if at, err := time.Parse(time.DateOnly, value); err == nil {
			return k.today(int(at.Sub(exampleDay).Hours() / 24))
		}
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return k.moment(at.Sub(exampleDay.Add(time.Hour)) - time.Millisecond) // nine o'clock in China is now
		}
	}
	return example
}

// refusedAsShown does what is not offered: the problem says what the list said, and nothing else.
func (w *world) refusedAsShown(t *testing.T, k *clerk, action offered, c seen, language string, count *tally) {
	t.Helper()
	got := w.doIn(k, action, c, language)
	count.refused[action.Verb]++
	var p struct {
		Code, Detail string
		Errors       []struct{ Pointer, Code, Message string }
	}
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || !slices.Contains([]int{http.StatusConflict, http.StatusForbidden, http.StatusTooManyRequests}, got.status) {
		t.Errorf("%s is missing %+v, but: %d %s", action.Verb, action.Missing, got.status, got.body)
		return
	}
	shown, told := []string{}, []string{}
	for _, missing := range action.Missing {
		shown = append(shown, missing.Pointer+" "+missing.Code+" "+missing.Message)
		count.reasons[missing.Code]++
	}
	for _, e := range p.Errors {
		told = append(told, e.Pointer+" "+e.Code+" "+e.Message)
	}
	if len(told) == 0 {
		told = append(told, " "+p.Code+" "+p.Detail)
	}
	if slices.Sort(shown); !slices.Equal(shown, slices.Sorted(slices.Values(told))) {
		t.Errorf("%s fails for\n%q, shown was\n%q", action.Verb, told, shown)
	}
}

// doOffered does what the line says, soundly.
func (w *world) doOffered(k *clerk, action offered, c seen) answer {
	return w.doIn(k, action, c, "zh-CN")
}

// doIn is doOffered in a language. A case is taken in by merging the other one, a correction is a patch.
func (w *world) doIn(k *clerk, action offered, c seen, language string) answer {
	header := map[string]string{"If-Match": "*", "Accept-Language": language}
	switch action.Verb {
	case "correct":
		return w.send(k.server, request{method: action.Method, path: k.path, as: k.as, body: words{"people": 7}, header: header})
	case "take-lead":
		_, lead := w.report(k.server, "director", tip("又来反映"))
		body := words{"case": strings.TrimPrefix(k.path, w.cases()+"/"), "note": "同一纠纷"}
		return w.send(k.server, request{method: action.Method, path: strings.Replace(action.Path, "{lead}", lead, 1), as: k.as, body: body, header: header})
	case "absorb":
		_, other := w.file("被并入")
		body := words{"into": strings.TrimPrefix(k.path, w.cases()+"/"), "reason": "同一纠纷"}
		return w.send(k.server, request{method: action.Method, path: strings.Replace(action.Path, "{other}", other, 1), as: k.as, body: body, header: header})
	}
	operation, body := k.sound(action.Verb, c)
	offered := placeholder.ReplaceAllString(action.Path, "{}")
	if template := anyNumber.ReplaceAllString(operation, "/{}$1"); !strings.HasPrefix(offered, w.cases()+"/") || !strings.HasSuffix(offered[len(w.cases())+37:], "/"+template) {
		k.t.Errorf("%s is done at %s, not %s", action.Verb, operation, action.Path)
	}
	if k.example != nil {
		body = k.documented(action.Verb, c, body)
	}
	return w.send(k.server, request{method: action.Method, path: k.path + "/" + operation, as: k.as, body: body, header: header})
}

// TestAPI_actionsByRole: the list holds for everybody who may read it, each in their own role, and for a director who is
// recused.
func TestAPI_actionsByRole(t *testing.T) {
	w := newWorld(t)
	servers := []*httptest.Server{w.shared, w.dedicated}
	count := newTally()
	i := 0
	for subject, role := range map[string]string{"only-clerk": "clerk", "li": "mediator", "sun": "mediator", "only-reader": "reader"} {
		w.hire(w.town, subject, role)
		for _, name := range []string{"pending, danger", "mediating, much open", "agreed, partly", "transferred", "closed, complete"} {
			i++
			t.Run(subject+" "+name, func(t *testing.T) { w.listHolds(t, servers[i%2], subject, situations[name], nil, count) })
		}
	}
	w.hire(w.town, "kin-4", "director") // whom the clerk recuses from a case of the fourth version
	t.Run("recused", func(t *testing.T) { w.listHolds(t, w.shared, "kin-4", situations["investigating"], nil, count) })
	t.Logf("%d actions done, %d refused: %v", sum(count.done), sum(count.refused), count.reasons)
	for _, code := range []string{"role-required", "not-assigned", "case-state", "recused"} {
		if count.reasons[code] == 0 {
			t.Errorf("nobody was refused for %s", code)
		}
	}
}

// TestAPI_actionsOnTheWay lets cases wander: at each step they are listed by one kind of instance and changed by the
// other, everything that is not offered is tried, and one thing that is. The seed is fixed, so that a failure can be
// looked at again.
func TestAPI_actionsOnTheWay(t *testing.T) {
	w := newWorld(t)
	dice := rand.New(rand.NewPCG(46, 2026))
	servers := []*httptest.Server{w.shared, w.dedicated}
	count, steps := newTally(), 0
	for range 8 {
		k := w.clerk(t, w.shared, "各走各路")
		for range 24 {
			w.pass(dice.IntN(5))
			k.server = servers[dice.IntN(2)]
			list, c := k.actions("en"), k.read()
			k.server = servers[dice.IntN(2)]
			var offers []offered
			for _, action := range list {
				if action.Allowed {
					offers = append(offers, action)
				} else {
					w.refusedAsShown(t, k, action, c, "en", count)
				}
			}
			if len(offers) == 0 {
				break
			}
			if toward := slices.DeleteFunc(slices.Clone(offers), func(o offered) bool { return !slices.Contains(onward, o.Verb) }); len(toward) > 0 && dice.IntN(3) > 0 {
				offers = toward
			}
			chosen := offers[dice.IntN(len(offers))]
			count.states[c.State]++
			if got := w.doOffered(k, chosen, c); got.failed() != nil {
				t.Fatalf("%s is offered on the way %s, yet %d %s", chosen.Verb, k.journal(), got.status, got.body)
			}
			count.done[chosen.Verb]++
			steps++
		}
	}
	t.Logf("%d steps through %v: %d verbs done, %d refused for %d reasons", steps, count.states, len(count.done), sum(count.refused), len(count.reasons))
	if len(count.done) < 25 || len(count.states) < 8 {
		t.Errorf("the walks saw little: %v in %v", count.done, count.states)
	}
}

// onward are the verbs that lead through mediation; without a push most walks end early.
var onward = []string{"accept", "assign", "reassign", "investigate", "convene", "mediate", "suspend", "resume", "agree", "agree-orally", "fail",
	"apply-confirmation", "decide-confirmation", "perform", "breach", "close", "put-on-file"}

// offeredLead is one line of the list of a lead's actions.
type offeredLead struct {
	Verb, Label, Operation, Method, Path string
	Allowed                              bool
	Missing                              []struct{ Code, Pointer, Message string }
}

// TestAPI_leadActions: the same for leads, in each of their states, for everybody who may read the list.
func TestAPI_leadActions(t *testing.T) {
	w := newWorld(t)
	byRole := map[string]string{"director": "director", "only-clerk": "clerk", "only-mediator": "mediator", "only-grid-worker": "grid-worker", "only-reader": "reader"}
	for subject, role := range byRole {
		w.hire(w.town, subject, role)
	}
	count := newTally()
	for name, server := range w.both() {
		for _, end := range []string{"", "close", "join-case", "become-case"} {
			for subject := range byRole {
				t.Run(name+" "+end+" "+subject, func(t *testing.T) { w.leadListHolds(t, server, subject, end, count) })
			}
		}
	}
	t.Logf("%d states, %d actions done, %d refused: %v", len(count.states), sum(count.done), sum(count.refused), count.reasons)
	if len(count.done) != 4 || len(count.states) != 4 {
		t.Errorf("done %v in %v", count.done, count.states)
	}
}

func (w *world) leadListHolds(t *testing.T, server *httptest.Server, as, end string, count *tally) {
	here := func() string {
		matter := crand.Text() // like no other
		path, _ := w.report(server, "only-grid-worker", with(tip(matter), "place", matter, "parties", []words{}))
		if end != "" {
			w.must(w.leadDone(server, "director", path, end, "zh-CN").failed())
		}
		return path
	}
	path := here()
	lead := w.send(server, request{method: "GET", path: path, as: as}).want(t, http.StatusOK).json(t)
	count.states[fmt.Sprint(lead["state"])]++
	var list struct{ Items []offeredLead }
	got := w.send(server, request{method: "GET", path: path + "/actions", as: as, header: map[string]string{"Accept-Language": "zh-CN"}}).want(t, http.StatusOK)
	w.must(json.Unmarshal([]byte(got.body), &list))
	if len(list.Items) != 4 {
		t.Fatalf("%s", got.body)
	}
	for _, action := range list.Items {
		if action.Path == "" || !strings.HasPrefix(action.Path, path) || action.Allowed != (len(action.Missing) == 0) {
			t.Errorf("%+v", action)
		}
		if action.Allowed {
			if err := w.leadDone(server, as, here(), action.Verb, "zh-CN").failed(); err != nil {
				t.Errorf("%s is offered, yet %v", action.Verb, err)
			}
			count.done[action.Verb]++
			continue
		}
		refusal := w.leadDone(server, as, path, action.Verb, "zh-CN")
		count.refused[action.Verb]++
		count.reasons[action.Missing[0].Code]++
		if refusal.code() != action.Missing[0].Code || refusal.json(t)["detail"] != action.Missing[0].Message {
			t.Errorf("%s is missing %+v, but: %d %s", action.Verb, action.Missing, refusal.status, refusal.body)
		}
	}
}

// failed is an error unless the answer is a success.
func (a answer) failed() error {
	if a.status == http.StatusOK || a.status == http.StatusCreated {
		return nil
	}
	return fmt.Errorf("%d %s", a.status, a.body)
}

// leadDone does a verb of a lead soundly.
func (w *world) leadDone(server *httptest.Server, as, path, verb, language string) answer {
	r := request{method: "POST", path: path + "/" + verb, as: as, header: map[string]string{"If-Match": "*", "Accept-Language": language}}
	switch verb {
	case "correct":
		r.method, r.path, r.body = "PATCH", path, words{"people": 5}
	case "close":
		r.body = words{"reason": "not-a-dispute"}
	case "join-case":
		_, id := w.file("并入线索的案件")
		r.body = words{"case": id, "note": "同一纠纷"}
	case "become-case":
		r.body = words{"type": "02", "title": "口角", "claims": "道歉", "parties": dispute("x")["parties"]}
	}
	return w.send(server, r)
}
