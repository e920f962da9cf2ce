package mediation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// life is the table that a mediator would draw: state × verb → state, "" for not possible.
var life = map[mediation.State]map[mediation.Verb]mediation.State{
	"pending-acceptance": {"correct": "pending-acceptance", "accept": "accepted", "refuse": "refused", "withdraw": "withdrawn"},
	"accepted":           {"correct": "accepted", "withdraw": "withdrawn"},
	"refused":            {},
	"withdrawn":          {},
}

// try applies a verb with good arguments.
func try(c mediation.Case, verb mediation.Verb, a mediation.Act) (mediation.Case, mediation.Entry, error) {
	switch verb {
	case mediation.VerbCorrect:
		return c.Correct(mediation.Correction{Title: pointer(c.Title + "改")}, a)
	case mediation.VerbAccept:
		return c.Accept(acceptance(), a)
	case mediation.VerbRefuse:
		return c.Refuse(mediation.Refusal{Reason: mediation.RefusalOutOfArea}, a)
	case mediation.VerbWithdraw:
		return c.Withdraw(mediation.Withdrawal{Note: "双方自行和解"}, a)
	case mediation.VerbFile:
	}
	return mediation.Case{}, mediation.Entry{}, errors.New("no such verb on a case")
}

func TestCase_everyStateByEveryVerb(t *testing.T) {
	for _, state := range mediation.States() {
		for _, verb := range mediation.Verbs() {
			if verb == mediation.VerbFile {
				continue
			}
			t.Run(string(state)+" "+string(verb), func(t *testing.T) {
				c := filed(t)
				c.State = state
				want := life[state][verb]
				after, entry, err := try(c, verb, act())
				if want == "" {
					wantCode(t, err, mediation.Conflict, "case-state")
					if c.Can(verb) == nil {
						t.Error("Can says yes")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if after.State != want || entry.From != state || entry.To != want || entry.Verb != verb {
					t.Errorf("state %s, entry %s→%s by %s; want %s", after.State, entry.From, entry.To, entry.Verb, want)
				}
			})
		}
	}
}

func TestTransitions_saysTheLawAndLeavesNoStateUnreached(t *testing.T) {
	reached := map[mediation.State]bool{}
	for _, step := range mediation.Transitions() {
		if step.Basis == "" || !step.To.Known() || (step.From != "" && !step.From.Known()) || !slices.Contains(mediation.Verbs(), step.Verb) {
			t.Errorf("incomplete row %+v", step)
		}
		if step.From.Ended() {
			t.Errorf("%s has ended, yet %s leads on", step.From, step.Verb)
		}
		reached[step.To] = true
	}
	for _, state := range mediation.States() {
		if !reached[state] {
			t.Errorf("nothing leads to %s", state)
		}
		if state.Ended() != (len(state.Verbs()) == 0) {
			t.Errorf("%s: ended is %v, but it allows %v", state, state.Ended(), state.Verbs())
		}
	}
}

func TestCase_Can_saysWhatIsPossibleAndWhy(t *testing.T) {
	cases := map[string]struct {
		reason string
		state  mediation.State
		verb   mediation.Verb
		en, zh []string
	}{
		"accept twice": {
			"an accepted case can still be corrected or withdrawn", "accepted", "accept",
			[]string{"Accepted", "correct", "withdraw"}, []string{"已受理", "更正", "撤回"},
		},
		"accept after refusal": {"an ended case is filed anew", "refused", "accept", []string{"Refused", "file it anew"}, []string{"不予受理", "重新登记"}},
		"correct a withdrawn":  {"an ended case is not rewritten", "withdrawn", "correct", []string{"Withdrawn", "file it anew"}, []string{"已撤回", "重新登记"}},
		"file again":           {"a case is filed once", "pending-acceptance", "file", []string{"accept", "refuse"}, []string{"受理", "不予受理"}},
		"before it exists":     {"nothing can be done with nothing", "", "accept", []string{"file it first"}, []string{"请先登记"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			err := mediation.Case{State: tc.state}.Can(tc.verb)
			var refusal *mediation.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v", err)
			}
			for _, word := range tc.en {
				if !strings.Contains(refusal.Message, word) {
					t.Errorf("%q does not say %q", refusal.Message, word)
				}
			}
			for _, word := range tc.zh {
				if !strings.Contains(refusal.MessageZH, word) {
					t.Errorf("%q does not say %q", refusal.MessageZH, word)
				}
			}
		})
	}
}
