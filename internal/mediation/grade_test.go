package mediation_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestGradeRule_Grade(t *testing.T) {
	cases := map[string]struct {
		reason string
		of     mediation.Circumstances
		want   mediation.Difficulty
		parts  []string
	}{
		"two neighbours":            {"nothing makes it hard", mediation.Circumstances{Parties: 2, People: 4}, mediation.DifficultySimple, nil},
		"ten thousand yuan":         {"money makes it ordinary", mediation.Circumstances{Amount: 1_000_000}, mediation.DifficultyOrdinary, []string{"涉案金额 10000 元（10000 元以上）"}},
		"a fen less":                {"a bound is a bound", mediation.Circumstances{Amount: 999_999}, mediation.DifficultySimple, nil},
		"half a million":            {"and much money major", mediation.Circumstances{Amount: 50_000_050}, mediation.DifficultyMajor, []string{"涉案金额 500000.50 元（500000 元以上）"}},
		"somebody hurt":             {"injuries make it complex", mediation.Circumstances{Injured: 1}, mediation.DifficultyComplex, []string{"受伤人数 1 人（1 人以上）"}},
		"somebody dead":             {"a death is major", mediation.Circumstances{Dead: 1}, mediation.DifficultyMajor, []string{"死亡人数 1 人（1 人以上）"}},
		"across counties and towns": {"each fact says its own, the hardest counts", mediation.Circumstances{CrossTown: true, CrossCounty: true}, mediation.DifficultyComplex, []string{"跨镇（街道）", "跨县（区）"}},
		"three meetings": {"of one fact the highest counts", mediation.Circumstances{Sessions: 3, Parties: 3},
			mediation.DifficultyComplex, []string{"当事人 3 人（3 人以上）", "调解次数 3 次（3 次以上）"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			g, err := mediation.BaseGradeRule().Grade(tc.of)
			if err != nil || g.Difficulty() != tc.want || g.Rule != "base-1" {
				t.Errorf("%v: got %+v, want %s", err, g, tc.want)
			}
			var parts []string
			for _, p := range g.Parts {
				parts = append(parts, p.ZH)
				if p.EN == "" {
					t.Errorf("%s has no English words", p.ZH)
				}
			}
			if !slices.Equal(parts, tc.parts) {
				t.Errorf("got %v, want %v", parts, tc.parts)
			}
		})
	}
	_, err := mediation.BaseGradeRule().Grade(mediation.Circumstances{Amount: -1, Parties: -2, PoliceCalls: -3})
	wantCode(t, err, mediation.Invalid, "invalid-circumstances")
	sameProblems(t, err, "/amount out-of-range", "/parties out-of-range", "/policeCalls out-of-range")
}

func TestGrading_Overridden(t *testing.T) {
	g, err := mediation.BaseGradeRule().Grade(mediation.Circumstances{Parties: 3})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		value  mediation.Difficulty
		why    string
		want   []string
	}{
		"harder":            {"a person knows more", mediation.DifficultyMajor, "涉及宗族矛盾", nil},
		"without a reason":  {"whoever asks later wants to know", mediation.DifficultyMajor, " ", []string{"/reason required"}},
		"the same":          {"nothing would differ", mediation.DifficultyOrdinary, "x", []string{"/value no-difference"}},
		"nothing":           {"choose one", "", "x", []string{"/value required"}},
		"a grade of itself": {"the list is closed", "impossible", "x", []string{"/value unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			after, err := g.Overridden(tc.value, tc.why, act())
			sameProblems(t, err, tc.want...)
			if err == nil && (after.Difficulty() != tc.value || after.Computed != mediation.DifficultyOrdinary || after.Override.By.Subject != "director-1" || g.Override != nil) {
				t.Errorf("%+v", after)
			}
		})
	}
	nobody := act()
	nobody.By = mediation.Actor{}
	_, err = g.Overridden(mediation.DifficultyMajor, "x", nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")

	easier, err := g.Overridden(mediation.DifficultySimple, "双方已基本和解", act())
	if err != nil || easier.Stale() || easier.Restored().Difficulty() != mediation.DifficultyOrdinary {
		t.Fatalf("%v %+v", err, easier)
	}
	later, err := mediation.BaseGradeRule().Grade(mediation.Circumstances{Parties: 3, Dead: 1})
	if err != nil {
		t.Fatal(err)
	}
	if again := easier.Regraded(later); again.Difficulty() != mediation.DifficultySimple || !again.Stale() {
		t.Errorf("a person's word stays, and somebody is told to look again: %+v", again)
	}
}

func TestDifficulty(t *testing.T) {
	for difficulty, complicated := range map[mediation.Difficulty]bool{
		mediation.DifficultySimple: false, mediation.DifficultyOrdinary: false, mediation.DifficultyComplex: true,
		mediation.DifficultyMajor: true, "": false,
	} {
		if difficulty.Complex() != complicated {
			t.Errorf("%q: the statistics' flag is %v", difficulty, complicated)
		}
	}
}

func TestGradeRule_Check(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*mediation.GradeRule)
		want   []string
	}{
		"the built-in one":    {"sound", func(*mediation.GradeRule) {}, nil},
		"a fact of its own":   {"facts are listed", func(r *mediation.GradeRule) { r.Criteria[0].Fact = "mood" }, []string{"/criteria/0/fact unknown-code"}},
		"from nothing on":     {"everything would meet it", func(r *mediation.GradeRule) { r.Criteria[0].AtLeast = 0 }, []string{"/criteria/0/atLeast out-of-range"}},
		"simple":              {"what meets nothing is simple", func(r *mediation.GradeRule) { r.Criteria[0].Grade = mediation.DifficultySimple }, []string{"/criteria/0/grade unknown-code"}},
		"more is easier":      {"more of a fact never makes it easier", func(r *mediation.GradeRule) { r.Criteria[1].AtLeast = 2 }, []string{"/criteria/1 order"}},
		"more is no harder":   {"then the line says nothing", func(r *mediation.GradeRule) { r.Criteria[1].Grade = mediation.DifficultyOrdinary }, []string{"/criteria/1 order"}},
		"without its version": {"what used it stores it", func(r *mediation.GradeRule) { r.Version = "" }, []string{"/version required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			r := mediation.BaseGradeRule()
			tc.change(&r)
			sameProblems(t, r.Check(), tc.want...)
		})
	}
	text, err := json.Marshal(mediation.BaseGradeRule())
	if err != nil {
		t.Fatal(err)
	}
	if read, err := mediation.ParseGradeRule(text); err != nil || !reflect.DeepEqual(read, mediation.BaseGradeRule()) {
		t.Errorf("what is published is what is read: %v", err)
	}
	_, err = mediation.ParseGradeRule([]byte("{"))
	wantCode(t, err, mediation.Invalid, "invalid-document")
}

// circumstances draws a dispute of any gravity.
func circumstances(t *rapid.T, name string) mediation.Circumstances {
	count := func(what string) int { return rapid.IntRange(0, 60).Draw(t, name+" "+what) }
	is := func(what string) bool { return rapid.Bool().Draw(t, name+" "+what) }
	return mediation.Circumstances{
		Parties: count("parties"), People: count("people"), Amount: rapid.Int64Range(0, 100_000_000).Draw(t, name+" amount"),
		Sessions: count("sessions"), FailedSessions: count("failed"), Investigations: count("investigations"), Injured: count("injured"),
		Dead: count("dead"), PoliceCalls: count("calls"), Petitions: count("petitions"), CrossTown: is("cross-town"),
		CrossCounty: is("cross-county"), Threat: is("threat"), Minor: is("minor"), MentalIllness: is("illness"),
		Dangers: count("dangers"), Reopened: is("reopened"),
	}
}

// worse adds to what is known; nothing is taken away.
func worse(c, more mediation.Circumstances) mediation.Circumstances {
	return mediation.Circumstances{
		Parties: c.Parties + more.Parties, People: c.People + more.People, Amount: c.Amount + more.Amount,
		Sessions: c.Sessions + more.Sessions, FailedSessions: c.FailedSessions + more.FailedSessions,
		Investigations: c.Investigations + more.Investigations, Injured: c.Injured + more.Injured, Dead: c.Dead + more.Dead,
		PoliceCalls: c.PoliceCalls + more.PoliceCalls, Petitions: c.Petitions + more.Petitions,
		CrossTown: c.CrossTown || more.CrossTown, CrossCounty: c.CrossCounty || more.CrossCounty,
		Threat: c.Threat || more.Threat, Minor: c.Minor || more.Minor, MentalIllness: c.MentalIllness || more.MentalIllness,
		Dangers: c.Dangers + more.Dangers, Reopened: c.Reopened || more.Reopened,
	}
}

// TestGrade_property: more never makes a dispute easier or calmer, in neither scale.
func TestGrade_property(t *testing.T) {
	order := codesOf(t, mediation.AssessmentCodeLists(), "difficulties")
	rank := func(d mediation.Difficulty) int { return slices.Index(order, string(d)) }
	rapid.Check(t, func(t *rapid.T) {
		before := circumstances(t, "before")
		after := worse(before, circumstances(t, "more"))
		was, err := mediation.BaseGradeRule().Grade(before)
		is, errAfter := mediation.BaseGradeRule().Grade(after)
		if err != nil || errAfter != nil || rank(is.Computed) < rank(was.Computed) {
			t.Fatalf("%v %v: %s became %s", err, errAfter, was.Computed, is.Computed)
		}
		for _, scale := range []mediation.RiskScale{mediation.ThreeColours, mediation.FourColours} {
			calm, err := mediation.BaseRiskRule().Assess(before, scale)
			hot, errAfter := mediation.BaseRiskRule().Assess(after, scale)
			if err != nil || errAfter != nil || hot.Score < calm.Score {
				t.Fatalf("%v %v: %d became %d", err, errAfter, calm.Score, hot.Score)
			}
			if slices.Index(scale.Colours(), hot.Computed) < slices.Index(scale.Colours(), calm.Computed) {
				t.Fatalf("%s became %s", calm.Computed, hot.Computed)
			}
			sum := 0
			for _, p := range hot.Parts {
				sum += p.Points
				if p.ZH == "" || p.EN == "" || p.Points < 1 {
					t.Fatalf("a part without words or points: %+v", p)
				}
			}
			if sum != hot.Score {
				t.Fatalf("parts add up to %d, the score is %d", sum, hot.Score)
			}
		}
	})
}
