package casework_test

import (
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// found searches, and holds the total to the list.
func (o *office) found(t *testing.T, r casework.Request, words string) (ids []mediation.ID) {
	t.Helper()
	page, err := o.Cases(t.Context(), r, casework.CaseQuery{Search: words})
	if err != nil || page.Total.Value != len(page.Cases) || !page.Total.Exact {
		t.Fatalf("%v: %d listed, total %+v", err, len(page.Cases), page.Total)
	}
	for _, c := range page.Cases {
		ids = append(ids, c.ID)
	}
	return ids
}

// hidden holds a search to what its reader may open: by the title as everybody, by nothing else.
func (o *office) hidden(t *testing.T, r casework.Request, c mediation.Case) {
	t.Helper()
	if found := o.found(t, r, "院墙"); !slices.Contains(found, c.ID) {
		t.Error("its title is searched, as everybody's")
	}
	for _, words := range []string{"拆除", "超出边界", "李𠮷", "张三"} {
		if found := o.found(t, r, words); slices.Contains(found, c.ID) {
			t.Errorf("a search for %s tells what the case holds", words)
		}
		if found := o.found(t, o.director(), words); !slices.Contains(found, c.ID) {
			t.Errorf("others find it by %s", words)
		}
	}
}

// Of two parties of one name the number tells who is meant: only the kin's cases are shut, in a search as when opened.
func TestService_conflictOfInterest_ofNamesakes(t *testing.T) {
	o := newOffice(t)
	sun := o.serving("孙调解", "", o.committee(nil), login("sun"))
	kin, namesake := o.file(), o.file()
	parties := slices.Clone(namesake.Parties)
	parties[0].IdentityType, parties[0].IdentityNumber = mediation.IdentityPassport, "E12345678"
	if _, _, err := o.CorrectCase(t.Context(), o.director(), namesake.ID, 0, mediation.Correction{Parties: &parties, Reason: "核对证件"}); err != nil {
		t.Fatal(err)
	}
	o.declares(t, sun, filing().Parties[0].IdentityNumber)
	r := o.personally("sun", mediation.RoleMediator)
	if found := o.found(t, r, "拆除"); !slices.Equal(found, []mediation.ID{namesake.ID}) {
		t.Errorf("found %v, want the namesake's alone", found)
	}
	for _, c := range []mediation.Case{kin, namesake} {
		if _, err := o.Case(t.Context(), r, c.ID); (err == nil) != (c.ID == namesake.ID) {
			t.Errorf("opened: %v", err)
		}
	}
}

func (o *office) declares(t *testing.T, m registry.Mediator, number string) {
	t.Helper()
	if _, _, err := o.DeclareConflict(t.Context(), o.director(), m.ID, 0, registry.ConflictOfInterest{Kind: registry.ConflictKin,
		Against: registry.Counterpart{IdentityType: string(mediation.IdentityResidentID), IdentityNumber: number}}); err != nil {
		t.Fatal(err)
	}
}

// A lead is shut like a case to whoever has a tie to one of its parties.
func TestService_conflictOfInterest_bindsInLeads(t *testing.T) {
	o := newOffice(t)
	sun := o.serving("孙调解", "", o.committee(nil), login("sun"))
	l := o.lead(tip("两家因排水沟争吵"))
	if _, err := o.Lead(t.Context(), o.personally("sun", mediation.RoleMediator), l.ID); err != nil {
		t.Fatalf("without a conflict the lead opens: %v", err)
	}
	o.declares(t, sun, l.Parties[0].IdentityNumber)
	r := o.personally("sun", mediation.RoleMediator)
	for name, try := range map[string]func() error{
		"read":       func() error { _, err := o.Lead(t.Context(), r, l.ID); return err },
		"journal":    func() error { _, _, err := o.LeadJournal(t.Context(), r, l.ID, nil, 0); return err },
		"actions":    func() error { _, err := o.LeadActions(t.Context(), r, l.ID); return err },
		"duplicates": func() error { _, err := o.LeadDuplicates(t.Context(), r, l.ID); return err },
		"close": func() error {
			_, _, err := o.CloseLead(t.Context(), r, l.ID, 0, mediation.LeadClosing{})
			return err
		},
		"become a case": func() error {
			_, _, err := o.TurnLeadIntoCase(t.Context(), r, l.ID, 0, plainFiling())
			return err
		},
	} {
		if err := try(); mediation.CodeOf(err) != "conflict-of-interest" || mediation.KindOf(err) != mediation.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := o.Leads(t.Context(), r, mediation.LeadQuery{})
	if err != nil || page.Total.Value != 1 || len(page.Leads) != 1 || page.Leads[0].Cause != "*" || len(page.Leads[0].Parties) != 0 || page.Leads[0].Place != "" {
		t.Errorf("in a list it is shut: %v %+v", err, page)
	}
	if read, err := o.Lead(t.Context(), o.personally("sun", mediation.RoleDirector), l.ID); err != nil || read.Parties[0].Name != "张*" {
		t.Errorf("a director sees it without names: %v %+v", err, read.Parties)
	}
	if read, err := o.Lead(t.Context(), o.director(), l.ID); err != nil || read.Parties[0].Name != "张三" {
		t.Errorf("others read it whole: %v %+v", err, read.Parties)
	}
}
