package mediation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// frozen is the whole case as text, so that nothing can change unseen.
func frozen(c mediation.Case) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Whatever is tried in whatever order: what the list of actions allows succeeds, what it does not allow fails for the
// reason it shows; the journal tells the whole story, and the case stays sound.
func TestCase_anyLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := later(mediation.Case{UpdatedAt: noon}, 0)
		c, entry, err := mediation.File(boundary(), register(), a)
		if err != nil {
			t.Fatal(err)
		}
		k := clerk{pick: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "way") }}
		journal := []mediation.Entry{entry}
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			verb := rapid.SampledFrom(mediation.Verbs()[1:]).Draw(t, "verb")
			wait := time.Duration(rapid.IntRange(1, 12*24*60).Draw(t, "minutes")) * time.Minute
			a := later(c, wait)
			before := frozen(c)
			d, err := k.do(c, verb, a)
			if frozen(c) != before {
				t.Fatalf("%s changed its receiver", verb)
			}
			asListed(t, c, verb, a, err)
			if err == nil {
				c, journal = d.after, append(journal, d.entry)
				soundCase(t, c)
			}
		}
		soundJournal(t, c, journal)
	})
}

// asListed compares what happened with what the list of actions said.
func asListed(t *rapid.T, c mediation.Case, verb mediation.Verb, a mediation.Act, err error) {
	for _, state := range c.Actions(a.By, a.At) {
		if state.Verb != verb {
			continue
		}
		if state.Allowed != (err == nil) {
			t.Fatalf("%s in %s: allowed is %v (%v), but: %v", verb, c.State, state.Allowed, state.Missing, err)
		}
		if err == nil {
			return
		}
		var refusal *mediation.Error
		if !errors.As(err, &refusal) {
			t.Fatalf("%s: %v", verb, err)
		}
		if refusal.Code == "case-incomplete" {
			if len(refusal.Fields) != len(state.Missing) || refusal.Fields[0].Code != state.Missing[0].Code {
				t.Fatalf("%s: the list says %v, the verb %v", verb, state.Missing, refusal.Fields)
			}
			return
		}
		if refusal.Code != state.Missing[0].Code {
			t.Fatalf("%s: the list says %s, the verb %s", verb, state.Missing[0].Code, refusal.Code)
		}
	}
}

// failer is what the checks need of a test.
type failer interface {
	Fatalf(format string, args ...any)
}

func soundJournal(t failer, c mediation.Case, journal []mediation.Entry) {
	state := mediation.State("")
	for i, entry := range journal {
		if entry.Version != int64(i+1) || entry.From != state || entry.Case != c.ID || entry.Check() != nil {
			t.Fatalf("entry %d does not follow on: %+v", i, entry)
		}
		if i > 0 && !entry.At.After(journal[i-1].At) {
			t.Fatalf("entry %d runs backwards", i)
		}
		state = entry.To
	}
	if state != c.State || int64(len(journal)) != c.Version || !journal[len(journal)-1].At.Equal(c.UpdatedAt) {
		t.Fatalf("the journal ends in %s after %d entries, the case is %s at %d", state, len(journal), c.State, c.Version)
	}
}

func soundCase(t failer, c mediation.Case) {
	finished := has([]mediation.State{"closed", "archived"}, c.State)
	for rule, holds := range map[string]bool{
		"a number is there if and only if the case was accepted":     (c.Number != "") == (c.AcceptedAt != nil),
		"a case has an end if and only if it is not open":            c.Open() == (c.EndedAt == nil),
		"registration and tenant never change":                       c.Registration == register().Registration && c.Tenant == town,
		"there is one host or nobody":                                hosts(c) == min(1, len(c.Mediators)),
		"from assignment to agreement there is a host":               hosts(c) == 1 || !has([]mediation.State{"assigned", "investigating", "mediating", "agreed"}, c.State),
		"nobody recused mediates":                                    !recusedMediates(c),
		"closed: no route is open":                                   !finished || len(c.OpenReferrals()) == 0,
		"closed: no meeting is open":                                 !finished || planned(c) == 0,
		"closed: no danger is open":                                  !finished || openDanger(c) == 0,
		"closed: no decision of a court is awaited":                  !finished || c.ConfirmationState() != mediation.ConfirmationApplied,
		"closed and archived stand with their records":               finished == (c.Closure != nil) && (c.State == "archived") == (c.Volume != nil),
		"archived: the file is complete":                             c.Volume == nil || len(c.FileGaps()) == 0,
		"mediation waits only while it is under way":                 !c.Suspended() || has([]mediation.State{"assigned", "investigating", "mediating"}, c.State),
		"an agreement is there if and only if the case came to that": (c.Agreement != nil) == (c.Outcome() == mediation.StateAgreed),
		"confirmation and payments follow an agreement":              c.Agreement != nil || (c.Confirmation == nil && len(c.Payments) == 0),
	} {
		if !holds {
			t.Fatalf("%s: not in %s %s", rule, c.State, frozen(c))
		}
	}
	soundMoney(t, c)
	soundNumbers(t, c)
}

func hosts(c mediation.Case) int {
	n := 0
	for _, m := range c.Mediators {
		if m.Host {
			n++
		}
	}
	return n
}

func recusedMediates(c mediation.Case) bool {
	return slices.ContainsFunc(c.Mediators, func(m mediation.Mediator) bool {
		return c.Recused(mediation.Principal{Issuer: m.Issuer, Subject: m.Subject})
	})
}

// soundMoney: what was agreed is the sum of the instalments, what was paid the sum of the payments.
func soundMoney(t failer, c mediation.Case) {
	if c.Agreement == nil {
		return
	}
	agreed, paid, received := int64(0), int64(0), int64(0)
	for _, i := range c.Agreement.Instalments {
		agreed, paid = agreed+i.Amount, paid+i.Paid
		if i.Paid > i.Amount || (i.Kind == mediation.ObligationMoney && (i.DoneOn != "") != (i.Paid == i.Amount)) {
			t.Fatalf("instalment %d: %d of %d paid, done on %q", i.Number, i.Paid, i.Amount, i.DoneOn)
		}
	}
	for _, p := range c.Payments {
		received += p.Amount
	}
	if (c.Agreement.Amount == nil && agreed != 0) || (c.Agreement.Amount != nil && agreed != *c.Agreement.Amount) || paid != received {
		t.Fatalf("agreed %v, in instalments %d, paid %d, received %d", c.Agreement.Amount, agreed, paid, received)
	}
}

// soundNumbers: every list counts from 1 without gaps.
func soundNumbers(t failer, c mediation.Case) {
	for i, m := range c.Meetings {
		if m.Number != i+1 {
			t.Fatalf("meeting %d stands at %d", m.Number, i)
		}
	}
	for i, r := range c.Referrals {
		if r.Number != i+1 {
			t.Fatalf("referral %d stands at %d", r.Number, i)
		}
	}
	for i, p := range c.Papers {
		if p.Number != i+1 {
			t.Fatalf("paper %d stands at %d", p.Number, i)
		}
	}
}

// Ten thousand lives by chance: every row of the matrix is taken at least fifty times, and no other.
func TestCase_tenThousandLives(t *testing.T) {
	const lives, enough = 10_000, 50
	chance := rand.New(rand.NewPCG(1, 2))
	k := clerk{pick: chance.IntN}
	taken := map[string]int{}
	for range lives {
		c, entry, err := mediation.File(boundary(), register(), later(mediation.Case{UpdatedAt: noon}, 0))
		if err != nil {
			t.Fatal(err)
		}
		taken[row(entry)]++
		last := mediation.VerbFile
		for range 110 {
			verbs := c.State.Verbs()
			verb := verbs[chance.IntN(len(verbs))]
			if onward := slices.IndexFunc(verbs, leadsOn); onward >= 0 && chance.IntN(3) == 0 {
				verb = verbs[onward]
			}
			if ends(verb) && chance.IntN(4) > 0 {
				continue
			}
			if judges(verb) && chance.IntN(2) > 0 {
				verb = verbs[chance.IntN(len(verbs))]
			}
			for sights(verb) && chance.IntN(5) > 1 {
				verb = verbs[chance.IntN(len(verbs))]
			}
			if decision := overruling[last]; decision != "" && chance.IntN(2) > 0 {
				verb = decision
			}
			last = verb
			d, err := k.do(c, verb, later(c, time.Duration(1+chance.IntN(5*24*60))*time.Minute))
			if err != nil {
				if mediation.CodeOf(err) != "case-incomplete" {
					t.Fatalf("%s in %s: %v", verb, c.State, err)
				}
				continue
			}
			if d.entry.Actor.Subject == "" {
				t.Fatalf("%s: an entry without an actor", verb)
			}
			c = d.after
			taken[row(d.entry)]++
			soundCase(t, c)
		}
	}
	for _, step := range mediation.Transitions() {
		key := fmt.Sprintf("%s: %s → %s", step.Verb, step.From, step.To)
		if taken[key] < enough {
			t.Errorf("%s was taken %d times, want %d", key, taken[key], enough)
		}
		t.Logf("%6d %s", taken[key], key)
		delete(taken, key)
	}
	for key, n := range taken {
		t.Errorf("%s is not in the matrix and was taken %d times", key, n)
	}
}

func row(entry mediation.Entry) string {
	return fmt.Sprintf("%s: %s → %s", entry.Verb, entry.From, entry.To)
}

// ends are the verbs that lead out of mediation; a walk takes them less often, or it never gets far.
func ends(verb mediation.Verb) bool {
	return slices.Contains([]mediation.Verb{"refuse", "withdraw", "terminate", "merge", "fail"}, verb)
}

// judges are the verbs that say what kind of dispute it is; they are possible nearly everywhere, so a walk often takes
// another one instead.
func judges(verb mediation.Verb) bool {
	return slices.Contains([]mediation.Verb{"classify", "grade", "override-grade", "assess", "override-risk"}, verb)
}

// sights say who sees the case, in every state; a walk takes them less often still.
func sights(verb mediation.Verb) bool {
	return slices.Contains([]mediation.Verb{"invite", "uninvite", "restrict", "unrestrict"}, verb)
}

// overruling follows what it overrules, or ends, more often than chance has it.
var overruling = map[mediation.Verb]mediation.Verb{"grade": "override-grade", "assess": "override-risk", "invite": "uninvite", "restrict": "unrestrict"}

// leadsOn are the verbs that a case passes on its way; a walk takes them more often.
func leadsOn(verb mediation.Verb) bool {
	return slices.Contains([]mediation.Verb{"accept", "assign", "close", "archive"}, verb)
}
