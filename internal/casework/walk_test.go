package casework_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	walks = 25
	steps = 30
)

// Cases that take whatever way the list of actions offers: each offer holds, what is written is read back, no change
// lacks its entry, and what is over has no clock that runs. The seed is fixed, so that a failure can be looked at again.
func TestService_randomWalks(t *testing.T) {
	o := newOffice(t)
	dice := rand.New(rand.NewPCG(33, 2026))
	taken := map[mediation.Verb]int{}
	for range walks {
		c := o.file()
		for range steps {
			o.clock.Set(o.clock.Now().AddDate(0, 0, dice.IntN(6)))
			var offers []mediation.Verb
			for _, action := range o.actions(t, c) {
				if action.Allowed {
					offers = append(offers, action.Verb)
				}
			}
			if len(offers) == 0 {
				break
			}
			if toward := common(offers, onward); len(toward) > 0 && dice.IntN(3) > 0 {
				offers = toward
			}
			verb := offers[dice.IntN(len(offers))]
			if _, _, err := ways[verb](o, o.director(), c, c.Version); err != nil {
				t.Fatalf("%s was offered in %s: %v", verb, c.State, err)
			}
			taken[verb]++
			c = o.walked(t, c)
		}
		o.wantSound(t, c)
	}
	t.Logf("taken: %v", taken)
	if len(taken) < 30 {
		t.Errorf("only %d verbs were taken", len(taken))
	}
}

// onward are the verbs that lead into mediation and through what follows it; without a push most walks end early.
var onward = []mediation.Verb{
	"accept", "assign", "reassign", "investigate", "convene", "cancel-meeting", "mediate", "suspend", "resume", "agree", "agree-orally", "fail",
	"apply-confirmation", "decide-confirmation", "perform", "breach", "urge",
}

func common(a, b []mediation.Verb) []mediation.Verb {
	return slices.DeleteFunc(slices.Clone(a), func(v mediation.Verb) bool { return !slices.Contains(b, v) })
}

// walked reads the case after a step: one version further, wherever the answer of the verb led.
func (o *office) walked(t *testing.T, before mediation.Case) mediation.Case {
	t.Helper()
	c, err := o.Case(o.ctx(), o.director(), before.ID)
	if err != nil || c.Version != before.Version+1 {
		t.Fatalf("%v, version %d after %d", err, c.Version, before.Version)
	}
	return c
}

func (o *office) wantSound(t *testing.T, c mediation.Case) {
	t.Helper()
	entries := o.journal(c.ID)
	if len(entries) != int(c.Version) || entries[len(entries)-1].To != c.State {
		t.Errorf("version %d with %d entries: %s", c.Version, len(entries), story(entries))
	}
	clocks, err := o.Clocks(o.ctx(), o.director(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var open int
	for _, clock := range clocks {
		if !clock.Done {
			open++
		}
	}
	if c.State == mediation.StateArchived && open > 0 {
		t.Errorf("%d clocks of a sealed file run", open)
	}
	if slices.Contains([]mediation.State{"pending-acceptance", "accepted", "assigned", "investigating", "mediating"}, c.State) && open == 0 {
		t.Errorf("no clock runs in %s", c.State)
	}
}
