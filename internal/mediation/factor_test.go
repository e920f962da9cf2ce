package mediation_test

import (
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// TestActor_Withhold takes the demanding roles from who signed in without a second factor, and says so where they are
// missed.
func TestActor_Withhold(t *testing.T) {
	demanding := mediation.DemandingRoles()
	act := func(strong bool, roles ...mediation.Role) mediation.Actor {
		a := director()
		a.SecondFactor, a.Roles = strong, roles
		return a.Withhold(demanding)
	}
	cases := map[string]struct {
		reason string
		actor  mediation.Actor
		action mediation.Action
		code   string
	}{
		"director with two factors":      {"nothing is withheld", act(true, "director"), mediation.ActionCaseAccept, ""},
		"director with one":              {"the role would do", act(false, "director"), mediation.ActionCaseAccept, "second-factor-required"},
		"director and clerk with one":    {"the clerk's work goes on", act(false, "director", "clerk"), mediation.ActionCaseFile, ""},
		"what only the director may":     {"and is told why", act(false, "director", "clerk"), mediation.ActionCaseAccept, "second-factor-required"},
		"what neither may":               {"a second factor would not help", act(false, "director", "clerk"), mediation.ActionMediatorDecide, "role-required"},
		"clerk with one":                 {"the role demands none", act(false, "clerk"), mediation.ActionCaseFile, ""},
		"clerk who wants the director's": {"a second factor would not help", act(false, "clerk"), mediation.ActionCaseAccept, "role-required"},
		"open to everybody":              {"no role is needed", act(false, "director"), mediation.ActionMeRead, ""},
	}
	for name, c := range cases {
		err := mediation.Permit(c.actor, c.action)
		if mediation.CodeOf(err) != c.code || (c.code == "") != (err == nil) {
			t.Errorf("%s: %s: %v, want %q", name, c.reason, err, c.code)
		}
	}
	if a := director(); len(a.Withhold(nil).Withheld) > 0 || len(a.Withhold(nil).Roles) != len(a.Roles) {
		t.Error("an installation that demands none withholds none")
	}
}

// TestActor_Withhold_nothingIsGained: whatever the roles, an actor with one factor may do no more than with two.
func TestActor_Withhold_nothingIsGained(t *testing.T) {
	pairs := 0
	for _, role := range mediation.Roles() {
		for _, action := range mediation.Actions() {
			a := director()
			a.Roles, a.SecondFactor = []mediation.Role{role}, false
			before := mediation.Permit(a, action) == nil
			after := mediation.Permit(a.Withhold(mediation.DemandingRoles()), action) == nil
			demands := slices.Contains(mediation.DemandingRoles(), role)
			if after && !before || before && !after && !demands || after && demands && !action.Open() {
				t.Errorf("%s %s: %v with two factors, %v with one", role, action, before, after)
			}
			pairs++
		}
	}
	t.Logf("%d pairs of role and action with one factor", pairs)
}

func TestParseDemandingRoles(t *testing.T) {
	for text, want := range map[string]int{"": 0, "none": 0, "director": 1, "director, clerk": 2, "director,": 1, "root": -1, "none,director": -1} {
		roles, err := mediation.ParseDemandingRoles(text)
		if (err != nil) != (want < 0) || err == nil && len(roles) != want {
			t.Errorf("%q: %v %v", text, roles, err)
		}
	}
}
