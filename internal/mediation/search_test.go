package mediation_test

import (
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCaseQuery_Checked_search(t *testing.T) {
	for reason, c := range map[string]struct {
		query mediation.CaseQuery
		want  []string
	}{
		"one character":                      {mediation.CaseQuery{Search: "䶮"}, nil},
		"32 of them, beyond the first plane": {mediation.CaseQuery{Search: strings.Repeat("𠮷", 32)}, nil},
		"33":                                 {mediation.CaseQuery{Search: strings.Repeat("𠮷", 33)}, []string{"/q too-long"}},
		"blanks around do not count":         {mediation.CaseQuery{Search: "  " + strings.Repeat("长", 32) + "　"}, nil},
		"blanks alone":                       {mediation.CaseQuery{Search: " 　"}, []string{"/q required"}},
		"eight terms":                        {mediation.CaseQuery{Search: "a b c d e f g h"}, nil},
		"nine, of which one by a wide blank": {mediation.CaseQuery{Search: "a b c d e f g h　i"}, []string{"/q too-many"}},
		"two lines":                          {mediation.CaseQuery{Search: "a\nb"}, []string{"/q control-character"}},
		"no text":                            {mediation.CaseQuery{Search: "\xff"}, []string{"/q not-utf8"}},
		"days":                               {mediation.CaseQuery{OccurredFrom: "2026-02-28", OccurredTo: "2026-02-28"}, nil},
		"one day that never was":             {mediation.CaseQuery{OccurredFrom: "2026-02-29"}, []string{"/occurred_from invalid-date"}},
		"two":                                {mediation.CaseQuery{OccurredFrom: "x", OccurredTo: "9999-12-32"}, []string{"/occurred_from invalid-date", "/occurred_to invalid-date"}},
		"days backwards":                     {mediation.CaseQuery{OccurredFrom: "2026-03-01", OccurredTo: "2026-02-28"}, []string{"/occurred_to empty-range"}},
		"due before something":               {mediation.CaseQuery{DueBefore: &noon}, nil},
		"due within nothing":                 {mediation.CaseQuery{DueAfter: &noon, DueBefore: &noon}, []string{"/due_before empty-range"}},
		"due within a second":                {mediation.CaseQuery{DueAfter: &noon, DueBefore: pointer(noon.Add(time.Second))}, nil},
	} {
		checked, err := c.query.Checked()
		t.Run(reason, func(t *testing.T) { sameProblems(t, err, c.want...) })
		if err == nil && strings.TrimSpace(checked.Search) != checked.Search {
			t.Errorf("%s: kept %q", reason, checked.Search)
		}
	}
}

// Who sees a case whole searches it whole, and nobody else.
func TestSightOf(t *testing.T) {
	person := mediation.Principal{Issuer: "https://id.example", Subject: "li"}
	for _, role := range mediation.Roles() {
		actor := mediation.Actor{Principal: person, Unit: "371621101", Roles: []mediation.Role{role}}
		sight := mediation.SightOf(actor)
		if want := mediation.Permit(actor, mediation.ActionCaseNames) == nil; sight.Named != want || sight.Person != person {
			t.Errorf("%s: %+v", role, sight)
		}
	}
	if mediation.SightOf(mediation.Actor{}).Named || (mediation.Sight{}).Named {
		t.Error("nobody sees parties")
	}
}
