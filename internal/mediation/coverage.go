package mediation

import (
	"slices"
	"time"
)

// GridActivity is what a grid reported on one day of a round.
type GridActivity struct {
	Grid  string
	Day   string // 2006-01-02 in Asia/Shanghai
	Leads int
	Zero  bool // a zero report was given
}

// Coverage tells how far a round reaches: grids that reported against grids assigned (domain rule of point 1).
type Coverage struct {
	Assigned int // grids of the round
	Reported int // grids that reported at least once, a lead or zero
	Silent   []string
	// A report is due from every grid in every period that has begun.
	Due  int
	Done int
	// Waiting are the grids that have not reported in the current period, in the order of the plan.
	Waiting     []string
	Leads       int
	ZeroReports int
	// Periods that have begun, oldest first; filled by CoverageOf only.
	Periods []PeriodCoverage
	// Missing are the grids that have not reported in the period Period, in the order of the plan; by CoverageOf only.
	Period  string
	Missing []string
}

// PeriodCoverage is how far one period of a round was reported.
type PeriodCoverage struct {
	Period   string // its first day
	Assigned int
	Reported int // grids that reported, a lead or zero
}

// Period is the first day of the period in which a day lies; "" for a day outside the round or one that is none.
func (p RoundPlan) Period(day string) string {
	date, err := time.Parse(time.DateOnly, day)
	first, errFirst := time.Parse(time.DateOnly, p.From)
	if err != nil || errFirst != nil || day < p.From || day > p.To {
		return ""
	}
	begin := first
	switch p.Rhythm {
	case RhythmDaily:
		begin = date
	case RhythmWeekly:
		begin = date.AddDate(0, 0, -(daysBetween(first, date) % weekdays))
	case RhythmHalfMonthly:
		begin = date.AddDate(0, 0, 1-date.Day())
		if date.Day() > halfOfMonth {
			begin = begin.AddDate(0, 0, halfOfMonth)
		}
	case RhythmMonthly:
		begin = date.AddDate(0, 0, 1-date.Day())
	case RhythmOnce:
	}
	if begin.Before(first) { // the first month or half month may be cut
		begin = first
	}
	return begin.Format(time.DateOnly)
}

// Periods lists the first days of the periods that have begun by a day.
func (p RoundPlan) Periods(until string) []string {
	date, err := time.Parse(time.DateOnly, p.From)
	if err != nil {
		return nil
	}
	var periods []string
	for day := p.From; day <= min(until, p.To) && len(periods) <= maxRoundDays; {
		if period := p.Period(day); len(periods) == 0 || periods[len(periods)-1] != period {
			periods = append(periods, period)
		}
		date = date.AddDate(0, 0, 1)
		day = date.Format(time.DateOnly)
	}
	return periods
}

// Coverage counts what the grids reported. Activity of grids that are not of the round, or of days outside it, does not
// count. at decides which periods have begun.
func (r ScreeningRound) Coverage(activity []GridActivity, at time.Time) Coverage {
	c := Coverage{Assigned: len(r.Grids)}
	reported := map[string]map[string]bool{} // grid → period
	for _, d := range r.Grids {
		reported[d.Grid] = map[string]bool{}
	}
	for _, a := range activity {
		period, periods := r.Period(a.Day), reported[a.Grid]
		if period == "" || periods == nil || (a.Leads == 0 && !a.Zero) {
			continue
		}
		periods[period] = true
		c.Leads += a.Leads
		if a.Zero {
			c.ZeroReports++
		}
	}
	due := r.Periods(LegalDay(at))
	c.Due = len(due) * len(r.Grids)
	for _, d := range r.Grids {
		c.add(d.Grid, reported[d.Grid], due)
	}
	return c
}

// CoverageOf is Coverage with every period that has begun, and with the grids missing in one of them: period is its
// first day, "" is the current or the last one. A day on which no period begins is Invalid "invalid-query".
func (r ScreeningRound) CoverageOf(activity []GridActivity, period string, at time.Time) (Coverage, error) {
	c, due := r.Coverage(activity, at), r.Periods(LegalDay(at))
	if period == "" && len(due) > 0 {
		period = due[len(due)-1]
	}
	if period != "" && !slices.Contains(due, period) {
		var check checker
		check.fail("/period", "unknown-period", "Give the first day of a period of the round that has begun.", "请填写本轮已开始的某一期的首日。")
		return Coverage{}, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
	}
	reported := map[string]map[string]bool{} // period → grid
	for _, a := range activity {
		if of := r.Period(a.Day); of != "" && (a.Leads > 0 || a.Zero) {
			if reported[of] == nil {
				reported[of] = map[string]bool{}
			}
			reported[of][a.Grid] = true
		}
	}
	for _, first := range due {
		counted := PeriodCoverage{Period: first, Assigned: len(r.Grids)}
		for _, d := range r.Grids {
			if reported[first][d.Grid] {
				counted.Reported++
			} else if first == period {
				c.Missing = append(c.Missing, d.Grid)
			}
		}
		c.Periods = append(c.Periods, counted)
	}
	c.Period = period
	return c, nil
}

func (c *Coverage) add(grid string, reported map[string]bool, due []string) {
	if len(reported) > 0 {
		c.Reported++
	} else {
		c.Silent = append(c.Silent, grid)
	}
	for i, period := range due {
		if reported[period] {
			c.Done++
		} else if i == len(due)-1 {
			c.Waiting = append(c.Waiting, grid)
		}
	}
}

// PerMille is the share of assigned grids that reported, in thousandths, rounded down: only everything is 1000.
func (c Coverage) PerMille() int {
	if c.Assigned == 0 {
		return 0
	}
	return c.Reported * 1000 / c.Assigned
}

func daysBetween(from, to time.Time) int { return int(to.Sub(from).Hours()) / 24 }
