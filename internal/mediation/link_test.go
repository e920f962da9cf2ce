package mediation_test

import (
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func second() mediation.Register {
	return mediation.Register{Tenant: town, Registration: "371621101-2026-000002", Committee: "committee-1"}
}

func kinds(c mediation.Case) []mediation.LinkKind {
	var found []mediation.LinkKind
	for _, l := range c.Links {
		found = append(found, l.Kind)
	}
	return found
}

func TestCase_Reopen(t *testing.T) {
	c := in(t, mediation.StateClosed)
	a := later(c, minutes(1))
	sound := func() mediation.Reopening { return mediation.Reopening{Ground: "relapse", Facts: "又砌墙。"} }
	do := func(x mediation.Reopening) error { _, err := c.Reopen(x, second(), a); return err }
	refusing(t, "invalid-reopening", sound, do, map[string]spoiled[mediation.Reopening]{
		"no ground":  {"a closed dispute has peace", func(x *mediation.Reopening) { x.Ground = "" }, []string{"/ground required"}},
		"long facts": {"texts have an end", func(x *mediation.Reopening) { x.Facts = long(20_001) }, []string{"/facts too-long"}},
	})
	pair, err := c.Reopen(sound(), second(), a)
	if err != nil {
		t.Fatal(err)
	}
	volume := pair.Other
	if pair.Case.State != mediation.StateClosed || pair.Entry.Verb != mediation.VerbReopen || pair.Entry.Version != c.Version+1 {
		t.Errorf("the first volume stays closed, with a line in its journal: %+v", pair.Entry)
	}
	if volume.State != mediation.StatePendingAcceptance || volume.Number != "" || volume.Facts != "又砌墙。" || volume.Claims != c.Claims || volume.FirstVolume != c.ID {
		t.Errorf("the second volume begins anew: %+v", volume)
	}
	if pair.OtherEntry.Verb != mediation.VerbFile || pair.OtherEntry.Version != 1 || volume.Parties[0].ID == c.Parties[0].ID || volume.Links[0].Case != c.ID {
		t.Errorf("with ids and a journal of its own: %+v", pair.OtherEntry)
	}
	t.Run("once per volume", func(t *testing.T) {
		_, err := pair.Case.Reopen(sound(), second(), later(pair.Case, minutes(1)))
		wantCode(t, err, mediation.Conflict, "case-incomplete")
		sameProblems(t, err, "/links already-reopened")
	})
	t.Run("the third volume knows the first", func(t *testing.T) {
		third, err := then(t, volume, "refuse", "close").Reopen(sound(), second(), later(volume, 5*minutes(1)))
		if err != nil || third.Other.FirstVolume != c.ID || third.Other.Links[0].Case != volume.ID {
			t.Errorf("%v %+v", err, third.Other)
		}
	})
}

func TestCase_Merge(t *testing.T) {
	filing := boundary()
	filing.Parties[0] = mediation.Party{Side: "applicant", Kind: "person", Name: "王五"}
	into, _, err := mediation.File(filing, second(), later(mediation.Case{UpdatedAt: noon}, minutes(9)))
	if err != nil {
		t.Fatal(err)
	}
	c := in(t, mediation.StateMediating)
	into.ID = "another"
	a := later(c, minutes(20))
	pair, err := c.Merge(into, mediation.Merging{Reason: "同一纠纷"}, a)
	if err != nil {
		t.Fatal(err)
	}
	if pair.Case.State != mediation.StateMerged || pair.Case.Number != c.Number || !slices.Equal(kinds(pair.Case), []mediation.LinkKind{"merged-into"}) {
		t.Errorf("one ends, and keeps its number: %+v", pair.Case)
	}
	if len(pair.Other.Parties) != 3 || pair.Other.Parties[2].Name != "张三" || pair.Other.Parties[2].ID == c.Parties[0].ID || pair.Other.State != into.State {
		t.Errorf("the other goes on with the parties of both, each once: %+v", pair.Other.Parties)
	}
	if pair.Entry.Verb != mediation.VerbMerge || pair.OtherEntry.Verb != mediation.VerbAbsorb || pair.OtherEntry.Case != into.ID || len(pair.OtherEntry.Changes) != 2 {
		t.Errorf("both journals say so: %+v", pair.OtherEntry)
	}
	t.Run("not into itself, and not without a reason", func(t *testing.T) {
		_, err := c.Merge(c, mediation.Merging{}, a)
		wantCode(t, err, mediation.Invalid, "invalid-merging")
		sameProblems(t, err, "/into another-case-required", "/reason required")
	})
	t.Run("not into another unit's", func(t *testing.T) {
		foreign := into
		foreign.Tenant = "371621102"
		_, err := c.Merge(foreign, mediation.Merging{Reason: "x"}, a)
		sameProblems(t, err, "/into another-case-required")
	})
	t.Run("not into one that has ended", func(t *testing.T) {
		ended := into
		ended.State = mediation.StateAgreed
		_, err := c.Merge(ended, mediation.Merging{Reason: "x"}, a)
		wantCode(t, err, mediation.Conflict, "case-state")
	})
	t.Run("not beyond 200 parties", func(t *testing.T) {
		crowd := into
		for range 199 {
			crowd.Parties = append(slices.Clone(crowd.Parties), mediation.Party{Kind: "person", Name: "某"})
		}
		_, err := c.Merge(crowd, mediation.Merging{Reason: "x"}, a)
		sameProblems(t, err, "/into too-many")
	})
}

func TestCase_Split(t *testing.T) {
	filing := boundary()
	filing.Parties = append(filing.Parties, mediation.Party{Side: "respondent", Kind: "person", Name: "王五"})
	c, _, err := mediation.File(filing, register(), act())
	if err != nil {
		t.Fatal(err)
	}
	a := later(c, minutes(1))
	applicant, company, wang := c.Parties[0].ID, c.Parties[1].ID, c.Parties[2].ID
	sound := func() mediation.Splitting {
		return mediation.Splitting{Title: "张家与王五树木纠纷", Parties: []mediation.ID{applicant, wang}, Leaving: []mediation.ID{wang}, Reason: "另一纠纷"}
	}
	do := func(x mediation.Splitting) error { _, err := c.Split(x, second(), a); return err }
	type splitting = mediation.Splitting
	refusing(t, "invalid-splitting", sound, do, map[string]spoiled[splitting]{
		"no reason":     {"why one becomes two", func(x *splitting) { x.Reason = "" }, []string{"/reason required"}},
		"nobody leaves": {"all may have both disputes", func(x *splitting) { x.Leaving = nil }, nil},
		"too many leave": {"what remains has two sides", func(x *splitting) {
			x.Parties, x.Leaving = []mediation.ID{applicant, wang, company}, []mediation.ID{wang, company}
		}, []string{"/leaving two-parties-required"}},
		"a stranger":      {"parties are those of the case", func(x *splitting) { x.Parties = append(x.Parties, "x") }, []string{"/parties/2 unknown-party"}},
		"twice":           {"each counts once", func(x *splitting) { x.Parties = append(x.Parties, wang) }, []string{"/parties/2 duplicate"}},
		"leaves for home": {"who leaves goes into the new case", func(x *splitting) { x.Leaving = []mediation.ID{company} }, []string{"/leaving/0 not-in-new-case"}},
	})
	pair, err := c.Split(sound(), second(), a)
	if err != nil {
		t.Fatal(err)
	}
	if len(pair.Case.Parties) != 2 || len(pair.Other.Parties) != 2 || pair.Other.Title != "张家与王五树木纠纷" || pair.Other.Amount != nil {
		t.Errorf("each has its part: %+v %+v", pair.Case.Parties, pair.Other.Parties)
	}
	if pair.Case.State != c.State || pair.Other.State != mediation.StatePendingAcceptance ||
		!slices.Equal(kinds(pair.Case), []mediation.LinkKind{"split-off"}) || !slices.Equal(kinds(pair.Other), []mediation.LinkKind{"split-from"}) {
		t.Errorf("they know each other: %v %v", kinds(pair.Case), kinds(pair.Other))
	}
	t.Run("a new case must be whole", func(t *testing.T) {
		x := sound()
		x.Parties, x.Leaving = []mediation.ID{applicant}, nil
		_, err := c.Split(x, second(), a)
		wantCode(t, err, mediation.Invalid, "invalid-case")
		sameProblems(t, err, "/parties two-parties-required")
	})
}
