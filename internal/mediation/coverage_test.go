package mediation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// anyRound is a round over up to six grids and forty days of the autumn of 2026.
func anyRound(t *rapid.T) mediation.ScreeningRound {
	from := time.Date(2026, 9, rapid.IntRange(1, 30).Draw(t, "first"), 0, 0, 0, 0, time.UTC)
	round := mediation.ScreeningRound{RoundPlan: mediation.RoundPlan{
		From: from.Format(time.DateOnly), To: from.AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, "days")).Format(time.DateOnly),
		Rhythm: rapid.SampledFrom([]mediation.Rhythm{"once", "daily", "weekly", "half-monthly", "monthly"}).Draw(t, "rhythm"),
	}}
	for i := range rapid.IntRange(1, 6).Draw(t, "grids") {
		round.Grids = append(round.Grids, mediation.GridDuty{Grid: fmt.Sprintf("g%d", i)})
	}
	return round
}

func anyActivity(t *rapid.T) mediation.GridActivity {
	day := time.Date(2026, 8, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "day"))
	return mediation.GridActivity{
		Grid: fmt.Sprintf("g%d", rapid.IntRange(0, 7).Draw(t, "grid")), Day: day.Format(time.DateOnly),
		Leads: rapid.IntRange(0, 2).Draw(t, "leads"), Zero: rapid.Bool().Draw(t, "zero"),
	}
}

// The figures of a coverage are those that somebody gets who goes through every grid and every day by hand.
func TestScreeningRound_CoverageOf_byHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		round, activity := anyRound(t), rapid.SliceOfN(rapid.Custom(anyActivity), 0, 40).Draw(t, "activity")
		today := time.Date(2026, 8, 25, 4, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "today"))
		got, err := round.CoverageOf(activity, "", today)
		if err != nil {
			t.Fatal(err)
		}
		counted := func(grid, period string) bool {
			return slices.ContainsFunc(activity, func(a mediation.GridActivity) bool {
				return a.Grid == grid && (a.Leads > 0 || a.Zero) && a.Day >= round.From && a.Day <= round.To && (period == "" || round.Period(a.Day) == period)
			})
		}
		var periods []string
		for day := today.AddDate(0, 0, -120); !day.After(today); day = day.AddDate(0, 0, 1) {
			if p := round.Period(mediation.LegalDay(day)); p != "" && !slices.Contains(periods, p) {
				periods = append(periods, p)
			}
		}
		reported, done, missing := 0, 0, []string(nil)
		for _, d := range round.Grids {
			if counted(d.Grid, "") {
				reported++
			}
		}
		if len(got.Periods) != len(periods) {
			t.Fatalf("%d periods, want %v", len(got.Periods), periods)
		}
		for i, period := range periods {
			here := 0
			for _, d := range round.Grids {
				if counted(d.Grid, period) {
					here++
				} else if i == len(periods)-1 {
					missing = append(missing, d.Grid)
				}
			}
			done += here
			if want := (mediation.PeriodCoverage{Period: period, Assigned: len(round.Grids), Reported: here}); got.Periods[i] != want {
				t.Errorf("%+v, want %+v", got.Periods[i], want)
			}
		}
		if got.Reported != reported || got.Done != done || got.Due != len(periods)*len(round.Grids) || !slices.Equal(got.Missing, missing) {
			t.Errorf("%+v, want reported %d done %d missing %v", got, reported, done, missing)
		}
	})
}

func TestScreeningRound_CoverageOf_anotherPeriod(t *testing.T) {
	round := mediation.ScreeningRound{RoundPlan: mediation.RoundPlan{
		From: "2026-11-01", To: "2026-11-30", Rhythm: mediation.RhythmWeekly, Grids: []mediation.GridDuty{{Grid: "a"}, {Grid: "b"}},
	}}
	activity := []mediation.GridActivity{{Grid: "a", Day: "2026-11-03", Zero: true}, {Grid: "b", Day: "2026-11-10", Leads: 1}}
	at := time.Date(2026, 11, 16, 4, 0, 0, 0, time.UTC)
	got, err := round.CoverageOf(activity, "2026-11-08", at)
	if err != nil || !slices.Equal(got.Missing, []string{"a"}) || got.Period != "2026-11-08" {
		t.Errorf("%v %+v", err, got)
	}
	for _, period := range []string{"2026-11-09", "2026-11-22", "x"} {
		_, err := round.CoverageOf(activity, period, at)
		sameProblems(t, err, "/period unknown-period")
	}
}

// Whatever is nearer than 200 metres is found in one of the nine cells that are looked up.
func TestPointLookups_reachWhatIsNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here := mediation.Point{Longitude: rapid.Float64Range(73, 135).Draw(t, "longitude"), Latitude: rapid.Float64Range(3, 54).Draw(t, "latitude")}
		there := mediation.Point{
			Longitude: here.Longitude + rapid.Float64Range(-0.0017, 0.0017).Draw(t, "east"),
			Latitude:  here.Latitude + rapid.Float64Range(-0.0017, 0.0017).Draw(t, "north"),
		}
		if !slices.Contains(mediation.PointLookups(&here), mediation.PointLookup(&there)) {
			t.Errorf("%v is not found from %v", there, here)
		}
	})
}
