package mediation_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// What the case shows is measured; what a person adds is never taken away from it.
func TestCase_Measured(t *testing.T) {
	c := in(t, mediation.StateInvestigating)
	held := func(result mediation.MeetingResult) {
		a := later(c, minutes(1))
		meeting := plain().meeting(c, a)
		meeting.Result = result
		after, _, err := c.Mediate(meeting, a)
		if err != nil {
			t.Fatal(err)
		}
		c = after
	}
	held(mediation.MeetingNotAgreed)
	held(mediation.MeetingContinue)
	held(mediation.MeetingNotAgreed)
	c = then(t, c, mediation.VerbConvene, mediation.VerbReportDanger)
	c.FirstVolume = "an earlier volume"
	want := mediation.Circumstances{
		Parties: 2, People: 6, Amount: 350_000, Sessions: 3, FailedSessions: 2, Investigations: 1, Threat: true, Dangers: 1, Reopened: true,
	}
	if got := c.Measured(c.UpdatedAt); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	t.Run("a child among the parties", func(t *testing.T) {
		child := filed(t)
		child.Parties[0].IdentityNumber = "990101200811230010"
		if at := noon.Add(-24 * time.Hour); !child.Measured(at).Minor {
			t.Error("the day before the eighteenth birthday")
		}
		if child.Measured(noon).Minor {
			t.Error("on the eighteenth birthday (民法典 17)")
		}
	})
	t.Run("a danger of another kind is no threat", func(t *testing.T) {
		quiet := filed(t)
		quiet.Dangers = []mediation.Danger{{Number: 1, Kind: "collective-petition"}}
		if quiet.Measured(noon).Threat {
			t.Error("a petition is no violence")
		}
	})
}

func TestCase_Assess(t *testing.T) {
	c, book := in(t, mediation.StateMediating), mediation.BaseRulebook()
	a := later(c, minutes(1))
	sound := func() mediation.Assessing {
		return mediation.Assessing{
			Judging:    mediation.Judging{Findings: mediation.Findings{PoliceCalls: 8, Threat: true}, Note: "扬言报复"},
			Tendencies: []mediation.Tendency{mediation.TendencyCrime}, Rank: "second",
		}
	}
	do := func(x mediation.Assessing) error { _, _, err := c.Assess(book, x, a); return err }
	refusing(t, "invalid-assessment", sound, do, map[string]spoiled[mediation.Assessing]{
		"negative people": {"people are counted from nothing", func(x *mediation.Assessing) { x.Findings.People = -1 }, []string{"/people out-of-range"}},
		"negative all": {"each is named", func(x *mediation.Assessing) {
			x.Findings = mediation.Findings{Injured: -1, Dead: -1, PoliceCalls: -1, Petitions: -1}
		}, []string{"/dead out-of-range", "/injured out-of-range", "/petitions out-of-range", "/policeCalls out-of-range"}},
		"another tendency": {"the list is closed", func(x *mediation.Assessing) { x.Tendencies = append(x.Tendencies, "love") }, []string{"/tendencies/1 unknown-code"}},
		"the same twice":   {"each once", func(x *mediation.Assessing) { x.Tendencies = append(x.Tendencies, "crime") }, []string{"/tendencies/1 duplicate"}},
		"another level":    {"the list is closed", func(x *mediation.Assessing) { x.Rank = "fifth" }, []string{"/rank unknown-code"}},
		"no level":         {"it goes by the colour", func(x *mediation.Assessing) { x.Rank = "" }, nil},
		"a long note":      {"texts have an end", func(x *mediation.Assessing) { x.Note = long(2_001) }, []string{"/note too-long"}},
		"nothing to add":   {"the case may show all there is", func(x *mediation.Assessing) { *x = mediation.Assessing{} }, nil},
	})
	after, entry, err := c.Assess(book, sound(), a)
	if err != nil {
		t.Fatal(err)
	}
	risk, _ := after.Risk()
	if after.Colour() != mediation.Red || risk.Score != 60 || risk.Rule != "base-1" || risk.Number != 1 || risk.By.Subject != "director-1" || !risk.At.Equal(a.At) ||
		risk.Of.PoliceCalls != 8 || risk.Of.Parties != 2 || entry.Reason != "扬言报复" {
		t.Errorf("%+v %+v", risk, entry)
	}
	want := []mediation.Change{
		{Field: "/assessments/1", After: "red"}, {Field: "/risk/score", After: "60"}, {Field: "/risk/rule", After: "base-1"}, {Field: "/risk/colour", After: "red"},
	}
	if !slices.Equal(entry.Changes, want) {
		t.Errorf("the journal says %+v", entry.Changes)
	}
	a = later(after, minutes(1))
	calmer, _, err := after.Assess(book, mediation.Assessing{}, a)
	if err != nil || calmer.Colour() != mediation.Blue || len(calmer.Assessments) != 2 || calmer.Assessments[0].Score != 60 {
		t.Errorf("each assessment is kept, the last counts: %v %+v", err, calmer.Assessments)
	}
}

func TestCase_overrides(t *testing.T) {
	book := mediation.BaseRulebook()
	c := then(t, in(t, mediation.StateMediating), mediation.VerbGrade, mediation.VerbAssess)
	a := later(c, minutes(1))
	red := func() mediation.Overruling[mediation.Colour] {
		return mediation.Overruling[mediation.Colour]{Value: mediation.Red, Reason: "扬言上访"}
	}
	refusing(t, "invalid-override", red, func(x mediation.Overruling[mediation.Colour]) error { _, _, err := c.OverrideRisk(x, a); return err },
		map[string]spoiled[mediation.Overruling[mediation.Colour]]{
			"no reason":        {"a human decides, and answers for it", func(x *mediation.Overruling[mediation.Colour]) { x.Reason = " " }, []string{"/reason required"}},
			"of another scale": {"four colours have no green", func(x *mediation.Overruling[mediation.Colour]) { x.Value = mediation.Green }, []string{"/value unknown-code"}},
			"what it is":       {"nothing would differ", func(x *mediation.Overruling[mediation.Colour]) { x.Value = mediation.Blue }, []string{"/value no-difference"}},
			"nothing to undo":  {"nobody has decided yet", func(x *mediation.Overruling[mediation.Colour]) { x.Value = "" }, []string{"/value required"}},
		})
	major := func() mediation.Overruling[mediation.Difficulty] {
		return mediation.Overruling[mediation.Difficulty]{Value: mediation.DifficultyMajor, Reason: "宗族矛盾"}
	}
	refusing(t, "invalid-override", major, func(x mediation.Overruling[mediation.Difficulty]) error {
		_, _, err := c.OverrideGrade(x, a)
		return err
	},
		map[string]spoiled[mediation.Overruling[mediation.Difficulty]]{
			"no reason":       {"subsidies go by it", func(x *mediation.Overruling[mediation.Difficulty]) { x.Reason = "" }, []string{"/reason required"}},
			"impossible":      {"the list is closed", func(x *mediation.Overruling[mediation.Difficulty]) { x.Value = "impossible" }, []string{"/value unknown-code"}},
			"nothing to undo": {"nobody has decided yet", func(x *mediation.Overruling[mediation.Difficulty]) { x.Value = "" }, []string{"/value required"}},
		})
	decided, entry, err := c.OverrideRisk(red(), a)
	if err != nil || decided.Colour() != mediation.Red || entry.Reason != "扬言上访" || len(decided.Assessments) != 2 || decided.Assessments[0].Override != nil {
		t.Fatalf("%v %+v", err, decided.Assessments)
	}
	again, _, err := decided.Assess(book, mediation.Assessing{}, later(decided, minutes(1)))
	if err != nil || again.Colour() != mediation.Red {
		t.Errorf("a person's word stays: %v %s", err, again.Colour())
	}
	back := mediation.Overruling[mediation.Colour]{}
	_, _, err = again.OverrideRisk(back, later(again, minutes(1)))
	sameProblems(t, err, "/reason required")
	back.Reason = "已和好"
	restored, _, err := again.OverrideRisk(back, later(again, minutes(1)))
	if err != nil || restored.Colour() != mediation.Blue {
		t.Errorf("taken back, the score's colour holds: %v %s", err, restored.Colour())
	}
	for _, verb := range []mediation.Verb{mediation.VerbOverrideGrade, mediation.VerbOverrideRisk} {
		fresh := in(t, mediation.StateMediating)
		_, err := plain().do(fresh, verb, later(fresh, minutes(1)))
		wantCode(t, err, mediation.Conflict, "case-incomplete")
	}
}

func TestCase_Classify(t *testing.T) {
	c, book := filed(t), mediation.BaseRulebook()
	a := later(c, minutes(1))
	sound := func() mediation.Classifying {
		return mediation.Classifying{EnterpriseRelated: true, Enterprise: []mediation.EnterpriseMatter{mediation.EnterpriseDebt}, Reason: "货款相抵"}
	}
	refusing(t, "invalid-classification", sound, func(x mediation.Classifying) error { _, _, err := c.Classify(book, x, a); return err },
		map[string]spoiled[mediation.Classifying]{
			"no reason":         {"neighbours seldom owe an enterprise", func(x *mediation.Classifying) { x.Reason = "" }, []string{"/reason reason-required"}},
			"of no enterprise":  {"a sub-type needs the flag", func(x *mediation.Classifying) { x.EnterpriseRelated = false }, []string{"/enterpriseMatters not-enterprise-related"}},
			"unknown sub-type":  {"the list is closed", func(x *mediation.Classifying) { x.Enterprise[0] = "shares" }, []string{"/enterpriseMatters/0 unknown-code"}},
			"unknown class":     {"the list is closed", func(x *mediation.Classifying) { x.Governance = []mediation.GovernanceType{"20"} }, []string{"/governanceTypes/0 unknown-code"}},
			"the proposal only": {"nothing needs to be chosen", func(x *mediation.Classifying) { *x = mediation.Classifying{} }, nil},
		})
	classified, entry, err := c.Classify(book, sound(), a)
	if err != nil || classified.Classification.Judicial != "02" || classified.Classification.Mapping != "base-1" || entry.Changes[0].Field != "/classification" {
		t.Fatalf("%v %+v", err, classified.Classification)
	}
	t.Run("without an enterprise among the parties", func(t *testing.T) {
		people := c
		people.Parties = slices.Clone(c.Parties)
		people.Parties[1].IdentityNumber = "12990102TEQT0A02XC" // a public institution
		_, _, err := people.Classify(book, sound(), a)
		sameProblems(t, err, "/enterpriseRelated no-enterprise-party")
		people.Parties[1].Kind = mediation.PartyPerson
		_, _, err = people.Classify(book, mediation.Classifying{EnterpriseRelated: true}, a)
		sameProblems(t, err, "/enterpriseRelated no-enterprise-party")
	})
	t.Run("what has changed since is shown", func(t *testing.T) {
		classified.Type = "04"
		classified.Parties = slices.Clone(classified.Parties)
		classified.Parties[1].Kind = mediation.PartyPerson
		var codes []string
		for _, w := range classified.WithWarnings().Warnings {
			codes = append(codes, w.Code)
		}
		if !slices.Contains(codes, "classification-outdated") || !slices.Contains(codes, "no-enterprise-party") {
			t.Errorf("warned of %v", codes)
		}
	})
}

// Alarms are raised once for each cause.
func TestCase_Alarms(t *testing.T) {
	book := mediation.BaseRulebook()
	threat := mediation.Assessing{Judging: mediation.Judging{Findings: mediation.Findings{Threat: true, PoliceCalls: 3}}}
	c := in(t, mediation.StateMediating)
	step := func(reason string, do func(a mediation.Act) (mediation.Case, mediation.Entry, error), want ...mediation.AlarmKind) {
		t.Helper()
		after, _, err := do(later(c, minutes(1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := after.Alarms(c); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", reason, got, want)
		}
		c = after
	}
	assess := func(x mediation.Assessing) func(a mediation.Act) (mediation.Case, mediation.Entry, error) {
		return func(a mediation.Act) (mediation.Case, mediation.Entry, error) { return c.Assess(book, x, a) }
	}
	decide := func(colour mediation.Colour) func(a mediation.Act) (mediation.Case, mediation.Entry, error) {
		return func(a mediation.Act) (mediation.Case, mediation.Entry, error) {
			return c.OverrideRisk(mediation.Overruling[mediation.Colour]{Value: colour, Reason: "见案情"}, a)
		}
	}
	step("blue is no alarm", assess(mediation.Assessing{}))
	step("red is told", assess(threat), mediation.AlarmRed)
	step("red again is silent", assess(threat))
	step("calmed by a person", decide(mediation.Blue))
	step("that the score is red was told before", assess(threat))
	step("taken back it is red again", decide(""), mediation.AlarmRed)
	step("green in the score", assess(mediation.Assessing{}))
	step("and red again is told again", assess(threat), mediation.AlarmRed)
	step("a danger is always told", func(a mediation.Act) (mediation.Case, mediation.Entry, error) {
		return c.ReportDanger(mediation.Danger{Kind: "suicide", Signs: "x", Receiver: "x", ReportedAt: a.At}, a)
	}, mediation.AlarmDanger)
	step("another act is no alarm", func(a mediation.Act) (mediation.Case, mediation.Entry, error) {
		return c.Correct(mediation.Correction{Title: pointer("另一标题")}, a)
	})
}

// A proposal is a form that is nearly filled in: assessing with what it knows gives what it says.
func TestRulebook_Propose(t *testing.T) {
	c, book := then(t, in(t, mediation.StateMediating), mediation.VerbReportDanger), mediation.BaseRulebook()
	p, err := book.Propose(c, noon)
	if err != nil || p.Assessment.Score != 40 || p.Assessment.Computed != mediation.Orange || p.Grading.Computed != mediation.DifficultyComplex ||
		!slices.Equal(p.Assessment.Tendencies, []mediation.Tendency{mediation.TendencyCrime}) || p.Assessment.Rank != "second" {
		t.Fatalf("%v %+v", err, p)
	}
	if p.Classification.Cause != "neighbouring-relations" || !p.Classification.EnterpriseRelated || p.GovernanceTypes[0] != "17" {
		t.Errorf("%+v", p.Classification)
	}
	rapid.Check(t, func(t *rapid.T) {
		found := mediation.Findings{
			People: rapid.IntRange(0, 100).Draw(t, "people"), Injured: rapid.IntRange(0, 3).Draw(t, "injured"),
			PoliceCalls: rapid.IntRange(0, 9).Draw(t, "calls"), Petitions: rapid.IntRange(0, 3).Draw(t, "petitions"),
			CrossTown: rapid.Bool().Draw(t, "town"), Minor: rapid.Bool().Draw(t, "minor"),
		}
		after, _, err := c.Assess(book, mediation.Assessing{Judging: mediation.Judging{Findings: found}}, later(c, minutes(1)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := book.Propose(after, after.UpdatedAt)
		risk, _ := after.Risk()
		if err != nil || p.Assessment.Score != risk.Score || !reflect.DeepEqual(p.Assessment.Parts, risk.Parts) || p.Assessment.Of != risk.Of {
			t.Fatalf("%v: what was found out is known:\n%+v\n%+v", err, p.Assessment, risk)
		}
		more := found
		more.Injured, more.Threat = more.Injured+1, true
		worse, _, err := after.Assess(book, mediation.Assessing{Judging: mediation.Judging{Findings: more}}, later(after, minutes(1)))
		if now, _ := worse.Risk(); err != nil || now.Score < risk.Score {
			t.Fatalf("%v: more lowers the score: %d after %d", err, now.Score, risk.Score)
		}
	})
}
