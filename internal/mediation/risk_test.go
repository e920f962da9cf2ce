package mediation_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestRiskRule_Assess(t *testing.T) {
	cases := map[string]struct {
		reason      string
		of          mediation.Circumstances
		score       int
		three, four mediation.Colour
		parts       []string
	}{
		"a quiet dispute":        {"nothing scores", mediation.Circumstances{Parties: 2, People: 9, PoliceCalls: 2}, 0, mediation.Green, mediation.Blue, nil},
		"somebody is hurt":       {"twenty is yellow", mediation.Circumstances{Injured: 1}, 20, mediation.Yellow, mediation.Yellow, []string{"injured+20"}},
		"a threat":               {"forty is orange where there is orange", mediation.Circumstances{Threat: true}, 40, mediation.Yellow, mediation.Orange, []string{"threat+40"}},
		"a threat, eight calls":  {"sixty is red: such a case became known", mediation.Circumstances{Threat: true, PoliceCalls: 8}, 60, mediation.Red, mediation.Red, []string{"police-calls+20", "threat+40"}},
		"ten people":             {"ten score fifteen", mediation.Circumstances{People: 10}, 15, mediation.Green, mediation.Blue, []string{"people+15"}},
		"fifty people":           {"fifty score twenty-five, not forty", mediation.Circumstances{People: 50}, 25, mediation.Yellow, mediation.Yellow, []string{"people+25"}},
		"one petition":           {"repeated is twice", mediation.Circumstances{Petitions: 1}, 0, mediation.Green, mediation.Blue, nil},
		"a child and an illness": {"they are one item", mediation.Circumstances{Minor: true, MentalIllness: true}, 10, mediation.Green, mediation.Blue, []string{"vulnerable+10"}},
		"half a million yuan":    {"in fen", mediation.Circumstances{Amount: 50_000_000}, 10, mediation.Green, mediation.Blue, []string{"amount+10"}},
		"all at once": {"it adds up", mediation.Circumstances{
			Threat: true, PoliceCalls: 3, Injured: 1, People: 50, Petitions: 2, Minor: true, Amount: 50_000_000, FailedSessions: 2,
		}, 150, mediation.Red, mediation.Red, []string{
			"people+25", "amount+10", "failed-sessions+10", "injured+20", "police-calls+20", "petitions+15", "threat+40", "vulnerable+10",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			for scale, want := range map[mediation.RiskScale]mediation.Colour{mediation.ThreeColours: tc.three, mediation.FourColours: tc.four} {
				a, err := mediation.BaseRiskRule().Assess(tc.of, scale)
				if err != nil || a.Score != tc.score || a.Colour() != want || a.Rule != "base-1" {
					t.Errorf("%v: got %d %s, want %d %s", err, a.Score, a.Colour(), tc.score, want)
				}
				var parts []string
				for _, p := range a.Parts {
					parts = append(parts, fmt.Sprintf("%s%+d", p.Fact, p.Points))
				}
				if !slices.Equal(parts, tc.parts) {
					t.Errorf("got %v, want %v", parts, tc.parts)
				}
			}
		})
	}
	_, err := mediation.BaseRiskRule().Assess(mediation.Circumstances{}, "rainbow")
	wantCode(t, err, mediation.Invalid, "unknown-risk-scale")
	_, err = mediation.BaseRiskRule().Assess(mediation.Circumstances{People: -1}, mediation.FourColours)
	sameProblems(t, err, "/people out-of-range")
}

func TestRiskPart_words(t *testing.T) {
	a := assessed(t, mediation.Circumstances{PoliceCalls: 8, Amount: 80_000_000}, mediation.FourColours)
	if a.Parts[0].ZH != "涉案金额 800000 元（500000 元以上）" || a.Parts[0].EN != "Amount: 800000 yuan (500000 or more)" ||
		a.Parts[1].ZH != "公安出警 8 次（3 次以上）" || a.Parts[1].EN != "Police calls: 8 (3 or more)" {
		t.Errorf("a part says what was found and from where on it counts: %+v", a.Parts)
	}
}

func assessed(t *testing.T, of mediation.Circumstances, scale mediation.RiskScale) mediation.Assessment {
	t.Helper()
	a, err := mediation.BaseRiskRule().Assess(of, scale)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssessment_Overridden(t *testing.T) {
	cases := map[string]struct {
		reason string
		value  mediation.Colour
		why    string
		want   []string
	}{
		"redder":                {"a person knows more", mediation.Red, "扬言上访", nil},
		"calmer":                {"in both directions", mediation.Blue, "当事人已和好", nil},
		"without a reason":      {"whoever asks later wants to know", mediation.Red, "", []string{"/reason required"}},
		"the same":              {"nothing would differ", mediation.Yellow, "x", []string{"/value no-difference"}},
		"of the other scale":    {"four colours have no green", mediation.Green, "x", []string{"/value unknown-code"}},
		"a colour of one's own": {"the list is closed", "pink", "x", []string{"/value unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			a := assessed(t, mediation.Circumstances{Injured: 1}, mediation.FourColours)
			after, err := a.Overridden(tc.value, tc.why, act())
			sameProblems(t, err, tc.want...)
			if err == nil && (after.Colour() != tc.value || after.Computed != mediation.Yellow || a.Override != nil ||
				after.Override.Over != mediation.Yellow || !after.Override.At.Equal(noon) || after.Restored().Colour() != mediation.Yellow) {
				t.Errorf("%+v", after)
			}
		})
	}
}

func TestAssessment_Reassessed(t *testing.T) {
	yellow := assessed(t, mediation.Circumstances{Injured: 1}, mediation.FourColours)
	calmed, err := yellow.Overridden(mediation.Blue, "当事人已和好", act())
	if err != nil {
		t.Fatal(err)
	}
	orange := assessed(t, mediation.Circumstances{Threat: true}, mediation.FourColours)
	if again := calmed.Reassessed(orange); again.Colour() != mediation.Blue || !again.Stale() {
		t.Errorf("the person's word stays; the rule's alarm is shown: %+v", again)
	}
	if again := calmed.Reassessed(yellow); again.Stale() {
		t.Error("nothing has become worse")
	}
	if again := calmed.Reassessed(assessed(t, mediation.Circumstances{Injured: 1}, mediation.ThreeColours)); again.Override != nil {
		t.Error("blue is no colour of the new scale, so the word cannot stay")
	}
	if again := yellow.Reassessed(orange); again.Colour() != mediation.Orange || again.Stale() {
		t.Error("without a person's word the rule's holds")
	}
}

func TestAssessment_Alerts(t *testing.T) {
	none := mediation.Assessment{}
	yellow := assessed(t, mediation.Circumstances{Injured: 1}, mediation.FourColours)
	red := assessed(t, mediation.Circumstances{Threat: true, PoliceCalls: 3}, mediation.FourColours)
	made, err := yellow.Overridden(mediation.Red, "扬言上访", act())
	if err != nil {
		t.Fatal(err)
	}
	calmed, err := yellow.Overridden(mediation.Blue, "已和好", act())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason        string
		before, after mediation.Assessment
		want          bool
	}{
		"first and red":          {"red from the first look", none, red, true},
		"first and yellow":       {"nothing to tell at once", none, yellow, false},
		"becomes red":            {"at once", yellow, red, true},
		"stays red":              {"it was told", red, red, false},
		"calms down":             {"good news waits", red, yellow, false},
		"a person makes it red":  {"a person's red is red", yellow, made, true},
		"a person hides the red": {"the rule says red while a person keeps it blue: somebody must hear of it", calmed, calmed.Reassessed(red), true},
		"hidden red stays":       {"once is enough", calmed.Reassessed(red), calmed.Reassessed(red), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			if got := tc.before.Alerts(tc.after); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAssessment_Changes(t *testing.T) {
	yellow := assessed(t, mediation.Circumstances{Injured: 1}, mediation.FourColours)
	orange := assessed(t, mediation.Circumstances{Threat: true}, mediation.FourColours)
	want := []mediation.Change{{Field: "/risk/score", After: "20"}, {Field: "/risk/rule", After: "base-1"}, {Field: "/risk/colour", After: "yellow"}}
	if got := (mediation.Assessment{}).Changes(yellow); !slices.Equal(got, want) {
		t.Errorf("the first: %+v", got)
	}
	want = []mediation.Change{{Field: "/risk/score", Before: "20", After: "40"}, {Field: "/risk/colour", Before: "yellow", After: "orange"}}
	if got := yellow.Changes(orange); !slices.Equal(got, want) {
		t.Errorf("a later one: %+v", got)
	}
	if got := yellow.Changes(yellow); len(got) != 0 {
		t.Errorf("nothing differs: %+v", got)
	}
}

func TestRiskRule_Check(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*mediation.RiskRule)
		want   []string
	}{
		"the built-in one":      {"sound", func(*mediation.RiskRule) {}, nil},
		"a fact of its own":     {"facts are listed", func(r *mediation.RiskRule) { r.Items[0].Fact = "mood" }, []string{"/items/0/fact unknown-code"}},
		"three colours":         {"the tenant picks", func(r *mediation.RiskRule) { r.Scale = mediation.ThreeColours }, nil},
		"seven colours":         {"of two scales", func(r *mediation.RiskRule) { r.Scale = "rainbow" }, []string{"/scale unknown-code"}},
		"no points":             {"an item scores", func(r *mediation.RiskRule) { r.Items[0].Points = 0 }, []string{"/items/0/points out-of-range"}},
		"a thousand points":     {"one figure does not decide everything", func(r *mediation.RiskRule) { r.Items[0].Points = 1000 }, []string{"/items/0/points out-of-range"}},
		"from nothing on":       {"everything would score", func(r *mediation.RiskRule) { r.Items[0].AtLeast = 0 }, []string{"/items/0/atLeast out-of-range"}},
		"more people, less":     {"more never lowers the score", func(r *mediation.RiskRule) { r.Items[4].Points = 15 }, []string{"/items/4 order"}},
		"no yellow":             {"every colour begins somewhere", func(r *mediation.RiskRule) { r.Three = r.Three[1:] }, []string{"/three bands"}},
		"red before orange":     {"bands rise", func(r *mediation.RiskRule) { r.Four[2].From = 30 }, []string{"/four bands"}},
		"yellow from nothing":   {"the calmest needs room", func(r *mediation.RiskRule) { r.Three[0].From = 0 }, []string{"/three bands"}},
		"a colour out of order": {"in order", func(r *mediation.RiskRule) { r.Four[0].Colour, r.Four[1].Colour = mediation.Orange, mediation.Yellow }, []string{"/four bands"}},
		"no day":                {"reference data has a first day", func(r *mediation.RiskRule) { r.ValidFrom = "" }, []string{"/validFrom invalid-date"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			r := mediation.BaseRiskRule()
			tc.change(&r)
			sameProblems(t, r.Check(), tc.want...)
		})
	}
	text, err := json.Marshal(mediation.BaseRiskRule())
	if err != nil {
		t.Fatal(err)
	}
	if read, err := mediation.ParseRiskRule(text); err != nil || !reflect.DeepEqual(read, mediation.BaseRiskRule()) {
		t.Errorf("what is published is what is read: %v", err)
	}
	_, err = mediation.ParseRiskRule([]byte("[]"))
	wantCode(t, err, mediation.Invalid, "invalid-document")
}

func TestTendency(t *testing.T) {
	if !mediation.TendencyCrime.Known() || mediation.Tendency("x").Known() || mediation.RiskScale("x").Colours() != nil {
		t.Error("lists are closed")
	}
}

// TestAssessment_JSON: stores keep assessments and lead contents as JSON; nothing is lost on the way.
func TestAssessment_JSON(t *testing.T) {
	a, err := assessed(t, mediation.Circumstances{Injured: 1}, mediation.FourColours).Overridden(mediation.Red, "扬言上访", act())
	if err != nil {
		t.Fatal(err)
	}
	var back mediation.Assessment
	roundTrip(t, a, &back)
	if !reflect.DeepEqual(a, back) {
		t.Errorf("got %+v, want %+v", back, a)
	}
	var content mediation.LeadContent
	roundTrip(t, quarrel(), &content)
	if !reflect.DeepEqual(quarrel(), content) {
		t.Errorf("got %+v, want %+v", content, quarrel())
	}
}

func roundTrip(t *testing.T, from, into any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
