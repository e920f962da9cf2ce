package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// roads are ways to a state in which what is tried below is possible.
var roads = map[string][]string{
	"pending":   {},
	"accepted":  {"accept"},
	"assigned":  {"accept", "assign"},
	"mediating": {"accept", "assign", "convene", "report-danger", "mediate", "refer"},
	"suspended": {"accept", "assign", "suspend"},
	"agreed":    {"accept", "assign", "mediate", "agree", "put-on-file"},
	"applied":   {"accept", "assign", "mediate", "agree", "apply-confirmation"},
	"sent":      {"accept", "transfer"},
	"failed":    {"accept", "assign", "mediate", "fail", "refer", "refer"},
	"closed":    {"refuse", "put-on-file", "close"},
	"archived":  {"refuse", "put-on-file", "close", "archive"},
}

// badCommand is one thing that clients get wrong in a verb that is possible: what is named, and how.
type badCommand struct {
	reason string
	state  string
	verb   string
	change func(words)
	place  string // pointer or parameter of one of the errors
	code   string // of that error
}

// set changes one member of a body.
func set(name string, value any) func(words) { return func(body words) { body[name] = value } }

const noParty = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"

func badCommands() []badCommand {
	return []badCommand{
		{"two hosts", "accepted", "assign", func(b words) { b["mediators"].([]words)[1]["host"] = true }, "/mediators", "one-host-required"},
		{"nobody", "accepted", "assign", set("mediators", []words{}), "/mediators", "too-few"},
		{"a name without a person", "accepted", "assign", set("mediators", []words{{"name": "无名", "host": true}}), "/mediators/0", "person-required"},
		{"the same person twice", "accepted", "assign", set("mediators", mediators("li", "li")), "/mediators/1", "duplicate"},
		{"no reason for others", "assigned", "reassign", set("reason", ""), "/reason", "too-short"},
		{"a host without a successor", "assigned", "recuse", set("mediator", words{"subject": "li", "name": "李"}), "/replacement", "replacement-required"},
		{"a ground that is none", "assigned", "recuse", set("ground", "tired"), "/ground", "unknown-code"},
		{"asked by nobody of the case", "assigned", "recuse", func(b words) { b["ground"], b["askedBy"] = "asked-by-party", noParty }, "/askedBy", "unknown-party"},
		{"investigated tomorrow", "assigned", "investigate", set("at", "2099-01-01T08:00:00+08:00"), "/at", "in-the-future"},
		{"no time zone", "assigned", "investigate", set("at", "2026-01-01T08:00:00"), "/at", "invalid-format"},
		{"arranged for yesterday", "assigned", "convene", set("startsAt", "2020-01-01T08:00:00+08:00"), "/startsAt", "in-the-past"},
		{"a meeting before acceptance", "assigned", "mediate", set("startedAt", "2020-01-01T08:00:00+08:00"), "/startedAt", "before-acceptance"},
		{"rights not told", "assigned", "mediate", set("rightsTold", false), "/rightsTold", "rights-not-told"},
		{"a stranger as party", "assigned", "mediate", func(b words) { b["attendees"].([]words)[0]["party"] = noParty }, "/attendees/0/party", "unknown-party"},
		{"the public without consent", "assigned", "mediate", set("public", true), "/invitationsConsented", "consent-required"},
		{"a meeting that nobody arranged", "assigned", "mediate", set("number", 9), "/number", "unknown-number"},
		{"a danger to come", "assigned", "report-danger", set("reportedAt", "2099-01-01T08:00:00+08:00"), "/reportedAt", "in-the-future"},
		{"fewer than no people", "mediating", "settle-danger", set("people", -1), "/people", "too-small"},
		{"suspended until yesterday", "assigned", "suspend", set("until", "2020-01-01"), "/until", "too-early"},
		{"suspended by some", "assigned", "suspend", func(b words) { b["consents"] = b["consents"].([]string)[:1] }, "/consents", "every-party-required"},
		{"extended by nobody of the case", "assigned", "extend", set("consents", []string{noParty}), "/consents/0", "unknown-party"},
		{"30 February", "assigned", "extend", set("until", "2027-02-30"), "/until", "invalid-format"},
		{"a note that never ends", "suspended", "resume", set("note", strings.Repeat("长", 2001)), "/note", "too-long"},
		{"instalments that do not add up", "mediating", "agree", set("amount", 300001), "/instalments", "does-not-add-up"},
		{"a negative amount", "mediating", "agree", set("amount", -1), "/amount", "too-small"},
		{"no terms", "mediating", "agree", func(b words) { delete(b, "terms") }, "/terms", "required"},
		{"somebody has not signed", "mediating", "agree", func(b words) { b["signatures"] = b["signatures"].([]words)[:1] }, "/signatures", "signature-missing"},
		{"an electronic signature on a succession", "mediating", "agree", func(b words) {
			b["matters"] = []string{"succession"}
			b["mediatorSigned"].(words)["means"] = "electronic"
		}, "/mediatorSigned/means", "electronic-signature-excluded"},
		{"too few copies", "mediating", "agree", set("copies", 1), "/copies", "wrong-copies"},
		{"money that nobody pays", "mediating", "agree", func(b words) { delete(b["instalments"].([]words)[0], "from") }, "/instalments/0/from", "required"},
		{"money that nobody is paid", "mediating", "agree", func(b words) { delete(b["instalments"].([]words)[0], "to") }, "/instalments/0/to", "required"},
		{"money to oneself", "mediating", "agree", func(b words) { i := b["instalments"].([]words)[0]; i["to"] = i["from"] }, "/instalments/0/to", "same-party"},
		{"nothing to perform", "mediating", "agree-orally", set("instalments", []words{}), "/instalments", "too-few"},
		{"an act with a price", "mediating", "agree-orally", func(b words) { b["instalments"].([]words)[0]["amount"] = 5 }, "/instalments/0/amount", "not-expected"},
		{"roads not told", "mediating", "fail", set("roadsTold", false), "/roadsTold", "roads-not-told"},
		{"no reason of the list", "mediating", "terminate", set("reason", "bored"), "/reason", "unknown-code"},
		{"without consent or duty", "accepted", "transfer", set("consented", false), "/consented", "consent-required"},
		{"received by nobody", "sent", "acknowledge-transfer", set("receivedBy", " "), "/receivedBy", "required"},
		{"returned before it was sent", "sent", "take-back", set("returnedOn", "2020-01-01"), "/returnedOn", "before-sending"},
		{"legal aid without consent", "mediating", "refer", set("consented", false), "/consented", "consent-required"},
		{"sent tomorrow", "mediating", "refer", set("sentOn", "2099-01-01"), "/sentOn", "in-the-future"},
		{"received before it was sent", "failed", "acknowledge-referral", set("receivedOn", "2020-01-01"), "/receivedOn", "before-sending"},
		{"an outcome of another road", "failed", "report-referral", set("outcome", "judged"), "/outcome", "unknown-code"},
		{"some of the parties apply", "agreed", "apply-confirmation", func(b words) { b["applicants"] = b["applicants"].([]string)[:1] }, "/applicants", "every-party-required"},
		{"a number that no court gives", "applied", "decide-confirmation", set("courtNumber", "12"), "/courtNumber", "invalid-court-number"},
		{"a reason against what is confirmed", "applied", "decide-confirmation", set("reason", "unclear"), "/reason", "not-expected"},
		{"more than is left", "agreed", "perform", set("amount", 100001), "/amount", "out-of-range"},
		{"beyond int64", "agreed", "perform", set("amount", json.Number("92233720368547758080")), "/amount", "too-large"},
		{"an instalment that was not agreed", "agreed", "perform", set("instalment", 9), "/instalment", "unknown-number"},
		{"urged about nothing", "agreed", "urge", set("instalment", 9), "/instalment", "unknown-number"},
		{"six of five", "agreed", "visit", set("satisfaction", 6), "/satisfaction", "too-large"},
		{"a paper of no pages", "agreed", "put-on-file", set("pages", 0), "/pages", "too-small"},
		{"a file without its file", "agreed", "put-on-file", set("medium", "file"), "/attachment", "required"},
		{"taken off without a reason", "agreed", "take-off-file", set("reason", ""), "/reason", "too-short"},
		{"no report", "failed", "close", set("report", ""), "/report", "too-short"},
		{"a retention that is none", "closed", "archive", set("retention", "until-friday"), "/retention", "unknown-code"},
		{"a ground that is none", "closed", "reopen", set("ground", "again"), "/ground", "unknown-code"},
		{"into a case that is not there", "pending", "merge", set("into", noParty), "/into", "unknown-case"},
		{"a case of nobody", "pending", "split", set("parties", []string{}), "/parties", ""},
		{"leaving what one is not in", "pending", "split", set("leaving", []string{noParty}), "/leaving/0", "not-in-new-case"},
	}
}

// TestAPI_badCommands: each verb answers what is wrong with the field that is wrong, and changes nothing.
func TestAPI_badCommands(t *testing.T) {
	w := newWorld(t)
	inState := map[string]*clerk{}
	for _, c := range badCommands() {
		k := inState[c.state]
		if k == nil {
			k = w.clerk(t, w.dedicated, "坏输入 "+c.state)
			k.verbs(roads[c.state]...)
			inState[c.state] = k
		}
		t.Run(c.verb+" "+c.reason, func(t *testing.T) {
			before := k.read()
			operation, body := k.sound(c.verb, before)
			c.change(body.(words))
			got := k.post(operation, body).want(t, http.StatusUnprocessableEntity)
			if !names(got, c.place, c.code) {
				t.Errorf("%s %s is not named: %s", c.place, c.code, got.body)
			}
			if after := k.read(); after.Version != before.Version {
				t.Errorf("version %d became %d", before.Version, after.Version)
			}
		})
	}
	t.Run("numbers in paths", func(t *testing.T) {
		for operation, verb := range map[string]string{"meetings/9/cancel": "cancel-meeting", "dangers/9/outcome": "settle-danger",
			"referrals/9/receipt": "acknowledge-referral", "referrals/9/outcome": "report-referral"} {
			k := inState["mediating"]
			_, body := k.sound(verb, k.read())
			parameter := "path." + strings.TrimSuffix(strings.Split(operation, "/")[0], "s")
			if got := k.post(operation, body).want(t, http.StatusUnprocessableEntity); !names(got, parameter, "unknown-number") {
				t.Errorf("%s: %s is not named: %s", operation, parameter, got.body)
			}
			if got := k.post(strings.Replace(operation, "9", "x", 1), body).want(t, http.StatusUnprocessableEntity); !names(got, parameter, "wrong-type") {
				t.Errorf("%s: %s", operation, got.body)
			}
		}
	})
}

// names says whether one of the errors is at the place, with the code where one is wanted.
func names(a answer, place, code string) bool {
	var p struct {
		Errors []struct{ Pointer, Parameter, Code, Message string }
	}
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return false
	}
	for _, e := range p.Errors {
		if (e.Pointer == place || e.Parameter == place) && (code == "" || e.Code == code) && e.Message != "" {
			return true
		}
	}
	return false
}

// TestAPI_badBodiesOfEveryOperation drops each required member of each documented example, and adds one that is none.
func TestAPI_badBodiesOfEveryOperation(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("每个操作")
	_, id, _ := strings.Cut(path, "/cases/")
	w.enterDrilled()
	required := w.requiredMembers(t)
	tried := 0
	for _, op := range w.operations(t) {
		example, ok := op.example.(map[string]any)
		if op.method != http.MethodPost || !ok {
			continue
		}
		server, as := w.dedicated, "director"
		if strings.HasPrefix(op.path, "/v1/counties/{") {
			server = w.shared
		}
		if !slices.Contains(op.roles, "director") {
			as = "administrator"
		}
		send := func(body map[string]any) answer {
			return w.send(server, request{method: op.method, path: op.at(w, id), as: as, body: body, header: map[string]string{"If-Match": "*"}})
		}
		if got := send(without(example, "", "titel")).problem(t, http.StatusUnprocessableEntity, "validation"); !names(got, "/titel", "unknown-field") {
			t.Errorf("%s: a mistyped member is lost: %s", op.id, got.body)
		}
		for _, name := range required[op.id] {
			tried++
			if got := send(without(example, name, "")).problem(t, http.StatusUnprocessableEntity, "validation"); !names(got, "/"+name, "required") {
				t.Errorf("%s without %s: %s", op.id, name, got.body)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d members tried", tried)
	}
}

// without copies a body, less one member and with another.
func without(body map[string]any, less, more string) map[string]any {
	copied := map[string]any{}
	for name, value := range body {
		if name != less {
			copied[name] = value
		}
	}
	if more != "" {
		copied[more] = "x"
	}
	return copied
}

// requiredMembers reads from the document what each operation's body must have.
func (w *world) requiredMembers(t *testing.T) map[string][]string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct {
			Schemas map[string]struct{ Required []string }
		}
	}
	got := w.send(w.shared, request{method: "GET", path: "/openapi.json"}).want(t, http.StatusOK)
	if err := json.Unmarshal([]byte(got.body), &document); err != nil {
		t.Fatal(err)
	}
	required := map[string][]string{}
	for _, methods := range document.Paths {
		for _, op := range methods {
			for _, content := range op.RequestBody.Content {
				required[op.OperationID] = document.Components.Schemas[strings.TrimPrefix(content.Schema.Ref, "#/components/schemas/")].Required
			}
		}
	}
	return required
}

// changeNoCase are the operations on a case that leave its version as it is.
var changeNoCase = []string{"reveal-case", "attach-file", "link-attachment", "withdraw-attachment", "draft-agreement"}

// TestAPI_preconditionsOfEveryVerb: nothing is done to a case unseen, whatever the verb.
func TestAPI_preconditionsOfEveryVerb(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("前提")
	_, id, _ := strings.Cut(path, "/cases/")
	_, other := w.file("另一件")
	tried := 0
	for _, op := range w.operations(t) {
		if op.method != http.MethodPost || !strings.Contains(op.path, "{case}") || slices.Contains(changeNoCase, op.id) {
			continue
		}
		if op.id == "merge-case" {
			op.example = words{"into": other, "reason": "同一纠纷"}
		}
		tried++
		for _, c := range []struct {
			reason string
			header map[string]string
			status int
			code   string
		}{
			{"no If-Match", nil, http.StatusPreconditionRequired, "if-match-required"},
			{"somebody was faster", map[string]string{"If-Match": `"77"`}, http.StatusPreconditionFailed, "stale-version"},
			{"a weak tag", map[string]string{"If-Match": `W/"1"`}, http.StatusPreconditionFailed, "stale-version"},
			{"a key that is none", map[string]string{"If-Match": "*", "Idempotency-Key": "a b"}, http.StatusBadRequest, "malformed-idempotency-key"},
		} {
			t.Run(op.id+" "+c.reason, func(t *testing.T) {
				w.send(w.dedicated, request{method: op.method, path: op.at(w, id), as: "director", body: op.example, header: c.header}).
					problem(t, c.status, c.code)
			})
		}
	}
	if tried < 36 {
		t.Errorf("only %d verbs tried", tried)
	}
	if c := w.send(w.dedicated, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK).seen(t); c.Version != 1 {
		t.Errorf("something was done: %+v", c)
	}
}
