package mediation_test

import (
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// who is a member of the town with one role.
func who(subject string, role mediation.Role) mediation.Actor {
	actor := director()
	actor.Subject, actor.Roles = subject, []mediation.Role{role}
	return actor
}

func allowed(c mediation.Case, by mediation.Actor) []mediation.Verb {
	var verbs []mediation.Verb
	for _, state := range c.Actions(by, c.UpdatedAt.Add(minutes(1))) {
		if state.Allowed {
			verbs = append(verbs, state.Verb)
		}
	}
	return verbs
}

// What each role finds to do with a case in a stage, in the order of its life.
func TestCase_Actions(t *testing.T) {
	cases := map[string]struct {
		reason string
		state  mediation.State
		by     mediation.Actor
		want   []mediation.Verb
	}{
		"a clerk at the desk": {
			"takes things down, decides nothing", "pending-acceptance", who("clerk-1", mediation.RoleClerk),
			[]mediation.Verb{"correct", "classify", "grade", "assess", "recuse", "report-danger", "withdraw", "put-on-file", "take-lead"},
		},
		"a director at the desk": {
			"decides", "pending-acceptance", director(),
			[]mediation.Verb{"correct", "accept", "refuse", "classify", "grade", "assess", "recuse", "report-danger", "withdraw", "transfer", "put-on-file", "merge", "absorb", "split", "take-lead", "invite", "restrict"},
		},
		"the host at work": {
			"brings it to its end", "mediating", who("mediator-1", mediation.RoleMediator),
			[]mediation.Verb{"correct", "classify", "grade", "assess", "recuse", "investigate", "convene", "mediate", "report-danger", "suspend", "agree", "agree-orally", "fail", "withdraw", "terminate", "refer", "put-on-file", "take-lead"},
		},
		"another mediator": {
			"sees danger, or a conflict of interest", "mediating", who("mediator-8", mediation.RoleMediator),
			[]mediation.Verb{"recuse", "report-danger"},
		},
		"a reader":    {"changes nothing", "mediating", who("reader-1", mediation.RoleReader), nil},
		"the archive": {"comes back as a new volume only", "archived", director(), []mediation.Verb{"reopen", "invite", "restrict"}},
		"after an agreement": {
			"what was agreed is followed", "agreed", who("clerk-1", mediation.RoleClerk),
			[]mediation.Verb{"correct", "classify", "grade", "assess", "recuse", "report-danger", "apply-confirmation", "perform", "urge", "visit", "put-on-file", "take-lead"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			if got := allowed(in(t, tc.state), tc.by); !slices.Equal(got, tc.want) {
				t.Errorf("got %v\nwant %v", got, tc.want)
			}
		})
	}
}

func TestCase_Actions_sayWhatIsMissing(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	cases := map[string]struct {
		reason string
		by     mediation.Actor
		verb   mediation.Verb
		want   []string
	}{
		"stage":    {"the stage comes first", director(), "accept", []string{"case-state"}},
		"gaps":     {"each gap for itself", director(), "close", []string{"not-performed", "not-performed", "not-performed"}},
		"role":     {"the role comes before all", who("clerk-1", mediation.RoleClerk), "close", []string{"role-required"}},
		"assigned": {"others mediate it", who("mediator-8", mediation.RoleMediator), "perform", []string{"not-assigned"}},
		"nobody":   {"without a name nothing", mediation.Actor{}, "correct", []string{"token-required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			for _, state := range c.Actions(tc.by, c.UpdatedAt) {
				if state.Verb != tc.verb {
					continue
				}
				var codes []string
				for _, missing := range state.Missing {
					codes = append(codes, missing.Code)
					if missing.ZH == "" || missing.EN == "" {
						t.Errorf("%s has no words", missing.Code)
					}
				}
				if state.Allowed || !slices.Equal(codes, tc.want) || state.Action != mediation.Action("case."+tc.verb) {
					t.Errorf("%+v", state)
				}
			}
		})
	}
	if n := len(c.Actions(director(), c.UpdatedAt)); n != len(mediation.Verbs())-1 {
		t.Errorf("%d actions; every verb but filing is one of an existing case", n)
	}
}

func TestCase_Permit(t *testing.T) {
	recused := func(t *testing.T, subject string) mediation.Case {
		c := in(t, mediation.StateMediating)
		c.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediation.Mediator{Issuer: director().Issuer, Subject: subject}}}
		return c
	}
	plainCase := func(t *testing.T) mediation.Case { return in(t, mediation.StateMediating) }
	both := who("mediator-8", mediation.RoleMediator)
	both.Roles = []mediation.Role{mediation.RoleClerk, mediation.RoleMediator}
	cases := map[string]struct {
		reason string
		of     func(t *testing.T) mediation.Case
		by     mediation.Actor
		action mediation.Action
		code   string
	}{
		"the host":                {"own case", plainCase, who("mediator-1", mediation.RoleMediator), "case.mediate", ""},
		"somebody else":           {"others' case", plainCase, who("mediator-8", mediation.RoleMediator), "case.mediate", "not-assigned"},
		"somebody else reads":     {"reading is by role", plainCase, who("mediator-8", mediation.RoleMediator), "case.read", ""},
		"a clerk too":             {"the clerk's role does not ask", plainCase, both, "case.mediate", ""},
		"before assignment":       {"nobody's case is everybody's", filed, who("mediator-8", mediation.RoleMediator), "case.correct", ""},
		"danger":                  {"L25: whoever sees it", plainCase, who("mediator-8", mediation.RoleMediator), "case.report-danger", ""},
		"recused":                 {"cannot even open it", func(t *testing.T) mediation.Case { return recused(t, "mediator-8") }, who("mediator-8", mediation.RoleMediator), "case.read", "recused"},
		"a recused clerk":         {"cannot open it either", func(t *testing.T) mediation.Case { return recused(t, "clerk-1") }, who("clerk-1", mediation.RoleClerk), "case.journal", "recused"},
		"a recused director":      {"sees to it that others do it", func(t *testing.T) mediation.Case { return recused(t, "director-1") }, director(), "case.reassign", ""},
		"a recused director acts": {"and does nothing else", func(t *testing.T) mediation.Case { return recused(t, "director-1") }, director(), "case.agree", "recused"},
		"a reader writes":         {"the role comes first", plainCase, who("reader-1", mediation.RoleReader), "case.mediate", "role-required"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			err := tc.of(t).Permit(tc.by, tc.action)
			if tc.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantCode(t, err, mediation.Forbidden, tc.code)
		})
	}
}
