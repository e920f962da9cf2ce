package mediation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func plan() mediation.RoundPlan {
	return mediation.RoundPlan{
		Title: "十一月下半月排查", Campaign: "涉疫", From: "2026-11-16", To: "2026-12-15", Rhythm: mediation.RhythmDaily,
		Grids: []mediation.GridDuty{{Grid: "G-1", Name: "归化街一网格", Worker: "周网格"}, {Grid: "G-2"}},
	}
}

func screening(t *testing.T, change func(*mediation.RoundPlan)) mediation.ScreeningRound {
	t.Helper()
	p := plan()
	if change != nil {
		change(&p)
	}
	r, _, err := mediation.StartRound(p, town, act())
	if err != nil {
		t.Fatalf("starting the standard round: %v", err)
	}
	return r
}

func TestStartRound(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*mediation.RoundPlan)
		want   []string
	}{
		"the standard one":    {"sound", func(*mediation.RoundPlan) {}, nil},
		"no title":            {"a round is called something", func(p *mediation.RoundPlan) { p.Title = "" }, []string{"/title required"}},
		"no grids":            {"somebody looks somewhere", func(p *mediation.RoundPlan) { p.Grids = nil }, []string{"/grids required"}},
		"a grid twice":        {"coverage counts each once", func(p *mediation.RoundPlan) { p.Grids[1].Grid = "G-1" }, []string{"/grids/1/grid duplicate"}},
		"a grid without one":  {"a duty names its grid", func(p *mediation.RoundPlan) { p.Grids[1].Grid = "" }, []string{"/grids/1/grid required"}},
		"a grid with dots":    {"codes are codes", func(p *mediation.RoundPlan) { p.Grids[1].Grid = "G.2" }, []string{"/grids/1/grid invalid-grid-code"}},
		"too many grids":      {"lists have limits", func(p *mediation.RoundPlan) { p.Grids = make([]mediation.GridDuty, 10_001) }, []string{"/grids too-many"}},
		"backwards":           {"days run forward", func(p *mediation.RoundPlan) { p.To = "2026-11-15" }, []string{"/to before-the-first-day"}},
		"one day":             {"a round may be a day", func(p *mediation.RoundPlan) { p.To = p.From }, nil},
		"a leap year's worth": {"366 days are a year", func(p *mediation.RoundPlan) { p.From, p.To = "2028-01-01", "2028-12-31" }, nil},
		"more than a year":    {"a round ends", func(p *mediation.RoundPlan) { p.To = "2027-11-17" }, []string{"/to out-of-range"}},
		"no days":             {"from when to when?", func(p *mediation.RoundPlan) { p.From, p.To = "", "2026-02-30" }, []string{"/from invalid-date", "/to invalid-date"}},
		"no rhythm":           {"how often?", func(p *mediation.RoundPlan) { p.Rhythm = "" }, []string{"/rhythm required"}},
		"hourly":              {"the list is closed", func(p *mediation.RoundPlan) { p.Rhythm = "hourly" }, []string{"/rhythm unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			p := plan()
			tc.change(&p)
			r, entry, err := mediation.StartRound(p, town, act())
			sameProblems(t, err, tc.want...)
			if (err == nil) != (len(tc.want) == 0) {
				t.Error(err)
			}
			if err == nil && (r.State != mediation.RoundOpen || r.Version != 1 || entry.Check() != nil || entry.Round != r.ID || r.StartedBy != "director-1") {
				t.Errorf("%+v %+v", r, entry)
			}
		})
	}
}

func TestScreeningRound_life(t *testing.T) {
	r := screening(t, nil)
	p := plan()
	p.Grids = p.Grids[:1]
	p.To = "2026-12-31"
	changed, entry, err := r.Change(p, "延长", act())
	if err != nil || changed.Version != 2 || len(entry.Changes) != 2 || changed.Assigned("G-2") || !r.Assigned("G-2") {
		t.Fatalf("%v %+v", err, entry)
	}
	same, entry, err := changed.Change(p, "", act())
	if err != nil || same.Version != 2 || entry.Verb != "" {
		t.Errorf("%v: nothing differs, so nothing is written", err)
	}
	_, _, err = changed.Change(mediation.RoundPlan{}, "", act())
	wantCode(t, err, mediation.Invalid, "invalid-round")
	_, _, err = changed.Change(p, strings.Repeat("长", 2001), act())
	sameProblems(t, err, "/reason too-long")
	_, _, err = changed.Close("", act())
	sameProblems(t, err, "/summary required")
	closed, entry, err := changed.Close("发现线索3条", act())
	if err != nil || closed.State != mediation.RoundClosed || closed.ClosedAt == nil || entry.From != mediation.RoundOpen || entry.Reason != "发现线索3条" {
		t.Fatalf("%v %+v", err, closed)
	}
	_, _, err = closed.Change(p, "", act())
	wantCode(t, err, mediation.Conflict, "round-closed")
	_, _, err = closed.Close("again", act())
	wantCode(t, err, mediation.Conflict, "round-closed")
	nobody := act()
	nobody.By = mediation.Actor{}
	_, _, err = mediation.StartRound(p, town, nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")
	_, _, err = r.Change(p, "", nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")
	_, err = r.ReportZero("G-1", "2026-11-23", "", 0, nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")
}

func TestScreeningRound_ReportZero(t *testing.T) {
	r := screening(t, nil)
	closed, _, err := r.Close("完", act())
	if err != nil {
		t.Fatal(err)
	}
	future := screening(t, func(p *mediation.RoundPlan) { p.From = "2026-11-24" })
	cases := map[string]struct {
		reason    string
		round     mediation.ScreeningRound
		grid, day string
		leads     int
		kind      mediation.Kind
		code      string
		fields    []string
	}{
		"today":               {"nothing was found today", r, "G-1", "2026-11-23", 0, "", "", nil},
		"last week":           {"late is better than never", r, "G-1", "2026-11-16", 0, "", "", nil},
		"tomorrow":            {"nobody knows tomorrow", r, "G-1", "2026-11-24", 0, mediation.Invalid, "invalid-zero-report", []string{"/day in-the-future"}},
		"no day":              {"which day?", r, "G-1", "", 0, mediation.Invalid, "invalid-zero-report", []string{"/day required"}},
		"a strange grid":      {"not of this round", r, "G-9", "2026-11-23", 0, mediation.Invalid, "invalid-zero-report", []string{"/grid grid-not-assigned"}},
		"before the round":    {"not of this round", r, "G-1", "2026-11-15", 0, mediation.Conflict, "outside-round", nil},
		"a grid with leads":   {"zero and something contradict", r, "G-1", "2026-11-23", 1, mediation.Conflict, "grid-has-leads", nil},
		"after the close":     {"a closed round stays as it is", closed, "G-1", "2026-11-23", 0, mediation.Conflict, "round-closed", nil},
		"before it has begun": {"nobody has looked yet", future, "G-1", "2026-11-23", 0, mediation.Conflict, "outside-round", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			zero, err := tc.round.ReportZero(tc.grid, tc.day, "已走访", tc.leads, act())
			wantCode(t, err, tc.kind, tc.code)
			sameProblems(t, err, tc.fields...)
			if err == nil && (zero.Period != tc.day || zero.Actor.Subject != "director-1" || zero.Round != r.ID || zero.ID == "") {
				t.Errorf("%+v", zero)
			}
		})
	}
}

func TestRoundPlan_Period(t *testing.T) {
	cases := []struct {
		reason string
		rhythm mediation.Rhythm
		day    string
		want   string
	}{
		{"every day is its own", mediation.RhythmDaily, "2026-11-23", "2026-11-23"},
		{"weeks count from the first day", mediation.RhythmWeekly, "2026-11-22", "2026-11-16"},
		{"the eighth day begins the second week", mediation.RhythmWeekly, "2026-11-23", "2026-11-23"},
		{"the second half of a month begins on the 16th", mediation.RhythmHalfMonthly, "2026-11-30", "2026-11-16"},
		{"the first half on the 1st", mediation.RhythmHalfMonthly, "2026-12-15", "2026-12-01"},
		{"the 16th is of the second half", mediation.RhythmHalfMonthly, "2026-11-16", "2026-11-16"},
		{"a month that the round cuts begins with the round", mediation.RhythmMonthly, "2026-11-30", "2026-11-16"},
		{"a whole month begins on the 1st", mediation.RhythmMonthly, "2026-12-02", "2026-12-01"},
		{"once is once", mediation.RhythmOnce, "2026-12-15", "2026-11-16"},
		{"before the round is no period", mediation.RhythmOnce, "2026-11-15", ""},
		{"after the round is no period", mediation.RhythmOnce, "2026-12-16", ""},
		{"what is no day has no period", mediation.RhythmOnce, "2026-11-31", ""},
	}
	for _, tc := range cases {
		t.Run(tc.reason, func(t *testing.T) {
			p := plan()
			p.Rhythm = tc.rhythm
			if got := p.Period(tc.day); got != tc.want {
				t.Errorf("%s by %s: got %q, want %q", tc.day, tc.rhythm, got, tc.want)
			}
		})
	}
}

func TestScreeningRound_Coverage(t *testing.T) {
	twoDays := func(p *mediation.RoundPlan) { p.From = "2026-11-22" }
	cases := map[string]struct {
		reason   string
		change   func(*mediation.RoundPlan)
		activity []mediation.GridActivity
		want     mediation.Coverage
		perMille int
	}{
		"nobody": {"a silent round covers nothing", twoDays, nil,
			mediation.Coverage{Assigned: 2, Silent: []string{"G-1", "G-2"}, Due: 4, Waiting: []string{"G-1", "G-2"}}, 0},
		"one by a lead": {"a lead is a report", twoDays, []mediation.GridActivity{{Grid: "G-1", Day: "2026-11-23", Leads: 2}},
			mediation.Coverage{Assigned: 2, Reported: 1, Silent: []string{"G-2"}, Due: 4, Done: 1, Waiting: []string{"G-2"}, Leads: 2}, 500},
		"one by zero": {"zero is a report", twoDays, []mediation.GridActivity{{Grid: "G-1", Day: "2026-11-22", Zero: true}},
			mediation.Coverage{Assigned: 2, Reported: 1, Silent: []string{"G-2"}, Due: 4, Done: 1, Waiting: []string{"G-1", "G-2"}, ZeroReports: 1}, 500},
		"all, twice": {"a period counts once", twoDays, []mediation.GridActivity{
			{Grid: "G-1", Day: "2026-11-23", Leads: 1, Zero: true}, {Grid: "G-1", Day: "2026-11-22", Zero: true},
			{Grid: "G-2", Day: "2026-11-23", Zero: true}, {Grid: "G-2", Day: "2026-11-22", Leads: 3},
		}, mediation.Coverage{Assigned: 2, Reported: 2, Due: 4, Done: 4, Leads: 4, ZeroReports: 3}, 1000},
		"strangers": {"other grids and other days do not count", twoDays, []mediation.GridActivity{
			{Grid: "G-9", Day: "2026-11-23", Leads: 1}, {Grid: "G-1", Day: "2026-11-01", Leads: 1}, {Grid: "G-1", Day: "2026-11-23"},
		}, mediation.Coverage{Assigned: 2, Silent: []string{"G-1", "G-2"}, Due: 4, Waiting: []string{"G-1", "G-2"}}, 0},
		"weekly": {"one report covers the week", func(p *mediation.RoundPlan) { p.Rhythm = mediation.RhythmWeekly },
			[]mediation.GridActivity{{Grid: "G-1", Day: "2026-11-16", Zero: true}, {Grid: "G-1", Day: "2026-11-18", Leads: 1}, {Grid: "G-2", Day: "2026-11-23", Zero: true}},
			mediation.Coverage{Assigned: 2, Reported: 2, Due: 4, Done: 2, Waiting: []string{"G-1"}, Leads: 1, ZeroReports: 2}, 1000},
		"not begun": {"nothing is due before the first day", func(p *mediation.RoundPlan) { p.From = "2026-11-24" }, nil,
			mediation.Coverage{Assigned: 2, Silent: []string{"G-1", "G-2"}}, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			got := screening(t, tc.change).Coverage(tc.activity, noon)
			if fmt.Sprint(got) != fmt.Sprint(tc.want) || got.PerMille() != tc.perMille {
				t.Errorf("got %+v (%d), want %+v (%d)", got, got.PerMille(), tc.want, tc.perMille)
			}
		})
	}
	if (mediation.Coverage{}).PerMille() != 0 {
		t.Error("nothing assigned is nothing covered")
	}
}

// TestCoverage_property: every day of a round belongs to one of its periods, periods rise, and what is done never
// exceeds what is due; who has reported in every period is not silent and not waited for.
func TestCoverage_property(t *testing.T) {
	rhythms := []mediation.Rhythm{mediation.RhythmOnce, mediation.RhythmDaily, mediation.RhythmWeekly, mediation.RhythmHalfMonthly, mediation.RhythmMonthly}
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2026, 9, rapid.IntRange(1, 30).Draw(t, "first"), 0, 0, 0, 0, time.UTC)
		days := rapid.IntRange(0, 120).Draw(t, "days")
		p := plan()
		p.Rhythm = rapid.SampledFrom(rhythms).Draw(t, "rhythm")
		p.From, p.To = first.Format(time.DateOnly), first.AddDate(0, 0, days).Format(time.DateOnly)
		r, _, err := mediation.StartRound(p, town, act())
		if err != nil {
			t.Fatal(err)
		}
		periods := r.Periods("9999-12-31")
		if !slices.IsSorted(periods) || len(slices.Compact(slices.Clone(periods))) != len(periods) || periods[0] != p.From {
			t.Fatalf("periods rise from the first day: %v", periods)
		}
		var activity []mediation.GridActivity
		for i := range days + 1 {
			day := first.AddDate(0, 0, i).Format(time.DateOnly)
			period := r.Period(day)
			if !slices.Contains(periods, period) || period > day {
				t.Fatalf("%s lies in period %q of %v", day, period, periods)
			}
			for _, grid := range []string{"G-1", "G-2"} {
				if rapid.IntRange(0, 3).Draw(t, "reports") == 0 {
					activity = append(activity, mediation.GridActivity{Grid: grid, Day: day, Zero: true})
				}
			}
		}
		c := r.Coverage(activity, first.AddDate(1, 0, 0))
		if c.Done > c.Due || c.Due != 2*len(periods) || c.Reported+len(c.Silent) != c.Assigned || c.ZeroReports != len(activity) {
			t.Fatalf("%+v", c)
		}
		if c.Done == c.Due && (len(c.Silent) > 0 || len(c.Waiting) > 0 || c.PerMille() != 1000) {
			t.Fatalf("all is done: %+v", c)
		}
	})
}
