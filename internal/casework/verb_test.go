package casework_test

import (
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// A recused director sees to it that others do the work, and does nothing else.
func TestService_recusedDirector(t *testing.T) {
	o := newOffice(t)
	c := o.then(o.file(), "accept", "assign", "recuse")
	r := o.director()
	r.Actor.Subject = "cousin"
	read, err := o.Case(o.ctx(), r, c.ID)
	if err != nil || read.Parties[0].Name != "张*" {
		t.Errorf("reads without names: %v %+v", err, read.Parties)
	}
	for _, action := range o.actions(t, c) {
		if _, _, err := ways[action.Verb](o, r, c, c.Version+5); slices.Contains([]mediation.Verb{"assign", "reassign", "recuse"}, action.Verb) {
			wantCode(t, err, mediation.Stale, "stale-version")
		} else if !ofAnother(action.Verb) {
			wantCode(t, err, mediation.Forbidden, "recused")
		}
	}
}

// The list of actions tells the truth.
func TestService_Actions(t *testing.T) {
	o := newOffice(t)
	t.Run("what is not allowed fails for the reason shown", func(t *testing.T) { unlistedFail(t, o.in(t)) })
	t.Run("what is allowed succeeds", func(t *testing.T) { listedSucceed(t, o.in(t)) })
	t.Run("what lies outside of the case", func(t *testing.T) { missingOutside(t, o.in(t)) })
}

// Every verb through PostgreSQL: soundly, by the wrong role, by somebody recused, with a stale version, and twice.
func TestService_everyVerb(t *testing.T) {
	o := newOffice(t)
	for _, verb := range mediation.Verbs() {
		if verb == mediation.VerbFile {
			continue
		}
		t.Run(string(verb), func(t *testing.T) {
			road, known := roads[verb]
			do := ways[verb]
			if !known || do == nil {
				t.Fatalf("nobody has said how to %s", verb)
			}
			c := o.then(o.file(), road...)
			refusedVerb(t, o, c, verb)
			performedVerb(t, o, c, verb)
		})
	}
}

func refusedVerb(t *testing.T, o *office, c mediation.Case, verb mediation.Verb) {
	t.Helper()
	do := ways[verb]
	_, _, err := do(o, o.as(mediation.RoleReader), c, c.Version)
	wantCode(t, err, mediation.Forbidden, "role-required")
	if !ofAnother(verb) {
		_, _, err = do(o, o.director(), c, c.Version+5)
		wantCode(t, err, mediation.Stale, "stale-version")
	}
	now, err := o.Case(o.ctx(), o.director(), c.ID)
	if err != nil || now.Version != c.Version {
		t.Errorf("refusals left something: %v, version %d, was %d", err, now.Version, c.Version)
	}
}

func performedVerb(t *testing.T, o *office, c mediation.Case, verb mediation.Verb) {
	t.Helper()
	r := keyed(o.director(), string(verb), string(verb))
	after, receipt, err := ways[verb](o, r, c, c.Version)
	if err != nil {
		t.Fatalf("%s in %s: %v", verb, c.State, err)
	}
	read, err := o.Case(o.ctx(), o.director(), after.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, read, after)
	entries := o.journal(c.ID)
	last := entries[len(entries)-1]
	if last.Verb != verb || last.Actor.Subject != "tester" || last.Version != c.Version+1 || len(entries) != int(c.Version)+1 {
		t.Errorf("the journal ends with %s at version %d by %q after %d entries", last.Verb, last.Version, last.Actor.Subject, len(entries))
	}
	again, replay, err := ways[verb](o, r, c, c.Version)
	if err != nil || !replay.Replayed || replay.ID != receipt.ID || again.Version != after.Version {
		t.Errorf("repeated: %v %+v, first %+v", err, replay, receipt)
	}
	if now := o.journal(c.ID); len(now) != len(entries) {
		t.Errorf("repeating added entries: %s", story(now))
	}
}

// A person who is recused opens nothing; a mediator does not work on others' cases.
func TestService_whoseCaseItIs(t *testing.T) {
	o := newOffice(t)
	c := o.then(o.file(), "accept", "assign", "recuse")
	as := func(subject string, roles ...mediation.Role) casework.Request {
		r := o.as(roles...)
		r.Actor.Subject = subject
		return r
	}
	cousin := as("cousin", mediation.RoleMediator)
	_, err := o.Case(o.ctx(), cousin, c.ID)
	wantCode(t, err, mediation.Forbidden, "recused")
	_, _, err = o.Journal(o.ctx(), cousin, c.ID, nil, 0)
	wantCode(t, err, mediation.Forbidden, "recused")
	_, err = o.Actions(o.ctx(), cousin, c.ID)
	wantCode(t, err, mediation.Forbidden, "recused")
	_, err = o.Clocks(o.ctx(), cousin, c.ID)
	wantCode(t, err, mediation.Forbidden, "recused")
	_, _, err = ways["mediate"](o, cousin, c, c.Version)
	wantCode(t, err, mediation.Forbidden, "recused")
	page, err := o.Cases(o.ctx(), cousin, casework.CaseQuery{})
	if err != nil || len(page.Cases) != 1 || page.Total.Value != 1 || len(page.Cases[0].Parties) != 0 || page.Cases[0].Title != "*" || page.Cases[0].Facts != "" {
		t.Errorf("in a list the recused person sees that there is a case, and nothing of it: %v %+v", err, page.Cases)
	}
	stranger := as("zhou", mediation.RoleMediator)
	_, _, err = ways["mediate"](o, stranger, c, c.Version)
	wantCode(t, err, mediation.Forbidden, "not-assigned")
	if _, err := o.Case(o.ctx(), stranger, c.ID); err != nil {
		t.Errorf("reading is open to colleagues: %v", err)
	}
	c, _, err = ways["mediate"](o, as("li", mediation.RoleMediator), c, c.Version)
	if err != nil {
		t.Fatal(err)
	}
	own := mediation.Recusal{Mediator: person("li"), Ground: mediation.RecusalInterest, Replacement: pointer(person("zhou"))}
	masked, _, err := o.RecuseMediator(o.ctx(), as("li", mediation.RoleMediator), c.ID, c.Version, own)
	if err != nil || len(masked.Parties) != 0 || masked.Version != c.Version+1 {
		t.Errorf("whoever steps back sees the case no more: %v %+v", err, masked.Parties)
	}
	if _, _, err = ways["agree"](o, stranger, c, 0); err != nil {
		t.Errorf("the replacement goes on: %v", err)
	}
}

// In every stage: what the list of actions does not allow fails for the reason that it shows, and changes nothing.
func unlistedFail(t *testing.T, o *office) {
	for state, road := range stages {
		t.Run(string(state), func(t *testing.T) {
			c := o.then(o.file(), road...)
			if c.State != state {
				t.Fatalf("the road leads to %s", c.State)
			}
			for _, action := range o.actions(t, c) {
				if action.Allowed || action.Verb == mediation.VerbMerge || action.Verb == mediation.VerbAbsorb {
					continue
				}
				_, _, err := ways[action.Verb](o, o.director(), c, c.Version)
				if !slices.Contains(codes(err), action.Missing[0].Code) {
					t.Errorf("%s is missing %s, but fails with %v", action.Verb, action.Missing[0].Code, err)
				}
			}
			if now := o.journal(c.ID); len(now) != int(c.Version) {
				t.Errorf("something was written: %s", story(now))
			}
		})
	}
}

// What the list of actions allows succeeds, each on a case of its own.
func listedSucceed(t *testing.T, o *office) {
	for _, state := range []mediation.State{"mediating", "agreed", "failed", "closed"} {
		allowed := 0
		for _, action := range o.actions(t, o.then(o.file(), stages[state]...)) {
			if !action.Allowed {
				continue
			}
			allowed++
			c := o.then(o.file(), stages[state]...)
			if _, _, err := ways[action.Verb](o, o.director(), c, c.Version); err != nil {
				t.Errorf("%s is listed in %s, but: %v", action.Verb, state, err)
			}
		}
		if allowed == 0 {
			t.Errorf("nothing can be done in %s", state)
		}
	}
}

// What lies outside of the case is missing too: the tenant, its quota, the time.
func missingOutside(t *testing.T, o *office) {
	missing := func(c mediation.Case, verb mediation.Verb) string {
		for _, action := range o.actions(t, c) {
			if action.Verb == verb && !action.Allowed {
				return action.Missing[0].Code
			}
		}
		return ""
	}
	c := o.then(o.file(), "accept")
	if got := missing(c, "extend"); got != "" {
		t.Errorf("extend: %s", got)
	}
	o.tenant(casework.TenantActive, 1)
	if got := missing(c, "split"); got != "quota-open-cases" {
		t.Errorf("split with a full quota: %q", got)
	}
	_, _, err := ways["split"](o, o.director(), c, c.Version)
	wantCode(t, err, mediation.Exhausted, "quota-open-cases")
	o.tenant(casework.TenantSuspended, 0)
	if got := missing(c, "assign"); got != "tenant-suspended" {
		t.Errorf("assign in a suspended tenant: %q", got)
	}
	o.tenant(casework.TenantActive, 0)
	o.then(c, wait)
	if got := missing(c, "extend"); got != "extension-late" {
		t.Errorf("extend after the last day: %q", got)
	}
	_, _, err = ways["extend"](o, o.director(), c, c.Version)
	wantCode(t, err, mediation.Conflict, "case-incomplete")
	wantField(t, err, "/extensions", "extension-late")
}

func (o *office) actions(t *testing.T, c mediation.Case) []mediation.ActionState {
	t.Helper()
	actions, err := o.Actions(o.ctx(), o.director(), c.ID)
	if err != nil || len(actions) != len(mediation.Verbs())-1 {
		t.Fatalf("%v, %d actions", err, len(actions))
	}
	return actions
}

// codes are the code of a refusal and those of its fields.
func codes(err error) []string {
	var refusal *mediation.Error
	if !asRefusal(err, &refusal) {
		return nil
	}
	all := []string{refusal.Code}
	for _, field := range refusal.Fields {
		all = append(all, field.Code)
	}
	return all
}

// stages are ways to each stage.
var stages = map[mediation.State][]mediation.Verb{
	"pending-acceptance": {},
	"accepted":           {"accept"},
	"assigned":           {"accept", "assign"},
	"investigating":      {"accept", "assign", "investigate"},
	"mediating":          mediated,
	"agreed":             agreed,
	"failed":             {"accept", "assign", "mediate", "fail"},
	"terminated":         {"accept", "terminate"},
	"refused":            {"refuse"},
	"withdrawn":          {"withdraw"},
	"transferred":        {"transfer"},
	"merged":             {"merge"},
	"closed":             {"refuse", "put-on-file", "close"},
	"archived":           {"refuse", "put-on-file", "close", "archive"},
}

// ofAnother are the verbs that a case undergoes by what is done to another thing, whose version is asked for.
func ofAnother(verb mediation.Verb) bool {
	return verb == mediation.VerbAbsorb || verb == mediation.VerbTakeLead
}
