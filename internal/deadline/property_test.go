package deadline_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// anyDay draws a day from before the first notice to after the last one.
func anyDay(t *rapid.T, label string) deadline.Date {
	first := deadline.Date{Year: 2019, Month: time.June, Day: 1}
	return first.AddDays(rapid.IntRange(0, 9*366).Draw(t, label))
}

func anyRule(t *rapid.T, fits func(deadline.Rule) bool) deadline.Rule {
	var fitting []deadline.Rule
	for _, rule := range deadline.BaseRules().All() {
		if fits(rule) {
			fitting = append(fitting, rule)
		}
	}
	return rapid.SampledFrom(fitting).Draw(t, "rule")
}

func every(deadline.Rule) bool { return true }

func due(t *rapid.T, rule deadline.Rule, start time.Time, pauses []deadline.Pause, more []deadline.Extension) deadline.Deadline {
	result, err := deadline.Compute(rule, start, pauses, more, deadline.BaseCalendar())
	if err != nil {
		t.Fatalf("%s from %s: %v", rule.ID, start, err)
	}
	return result
}

func TestDate_arithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day, n := anyDay(t, "day"), rapid.IntRange(-4000, 4000).Draw(t, "n")
		later := day.AddDays(n)
		if later.DaysSince(day) != n || later.AddDays(-n) != day {
			t.Fatalf("%s and %d days is %s", day, n, later)
		}
		if read, err := deadline.ParseDate(day.String()); err != nil || read != day {
			t.Fatalf("%s reads back as %s, %v", day, read, err)
		}
		if deadline.DateOf(day.Begin()) != day || deadline.DateOf(day.End().Add(-1)) != day {
			t.Fatalf("%s has other bounds", day)
		}
	})
}

func TestDate_monthsKeepTheNumberOrTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day, n := anyDay(t, "day"), rapid.IntRange(-40, 40).Draw(t, "n")
		got := day.AddMonths(n)
		last := got.AddDays(1).Month != got.Month
		if got.Day != day.Day && !(last && got.Day < day.Day) {
			t.Fatalf("%s and %d months is %s", day, n, got)
		}
		if months := (got.Year-day.Year)*12 + int(got.Month) - int(day.Month); months != n {
			t.Fatalf("%s and %d months is %s, %d months away", day, n, got, months)
		}
	})
}

func TestCalendar_addingWorkdaysIsUndone(t *testing.T) {
	base := deadline.BaseCalendar()
	rapid.Check(t, func(t *rapid.T) {
		day, n := anyDay(t, "day"), rapid.IntRange(1, 120).Draw(t, "n")
		later, skipped := base.AddWorkdays(day, n)
		if !base.IsWorkday(later) || base.Workdays(day, later) != n {
			t.Fatalf("%s and %d working days is %s with %d between", day, n, later, base.Workdays(day, later))
		}
		if later.DaysSince(day) != n+len(skipped) {
			t.Fatalf("%s to %s: %d days are not %d counted and %d passed over", day, later, later.DaysSince(day), n, len(skipped))
		}
		for _, day := range skipped {
			if day.Kind.Works() {
				t.Fatalf("%s is a working day and was passed over", day.Date)
			}
		}
		back, _ := base.AddWorkdays(later, -n)
		if base.IsWorkday(day) && back != day {
			t.Fatalf("%d working days from %s and back is %s", n, day, back)
		}
	})
}

// TestCompute_isMonotone: whoever starts later is never due earlier.
func TestCompute_isMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := anyRule(t, every)
		first := anyDay(t, "first").Begin().Add(time.Duration(rapid.IntRange(0, 1439).Draw(t, "minute")) * time.Minute)
		second := first.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "later")) * time.Minute)
		a, b := due(t, rule, first, nil, nil), due(t, rule, second, nil, nil)
		if b.Due.Before(a.Due) {
			t.Fatalf("%s: from %s due %s, from %s due %s", rule.ID, first, a.DueDate, second, b.DueDate)
		}
		if a.Due.Before(first) || rule.Length > 0 && a.WarnAt.Before(first) || a.WarnAt.After(a.Due) {
			t.Fatalf("%s from %s is due %s, warned %s", rule.ID, first, a.Due, a.WarnAt)
		}
		if a.DueDate.Before(a.Nominal) {
			t.Fatalf("%s rolls back from %s to %s", rule.ID, a.Nominal, a.DueDate)
		}
		if a.Rule.Roll.To == deadline.RollForward && !deadline.BaseCalendar().IsWorkday(a.DueDate) {
			t.Fatalf("%s ends on %s, no working day", rule.ID, a.DueDate)
		}
	})
}

// TestCompute_pauseAddsExactly: a suspension within a clock of days or months moves the nominal last day by its days,
// and a clock of working days by its working days.
func TestCompute_pauseAddsExactly(t *testing.T) {
	base := deadline.BaseCalendar()
	rapid.Check(t, func(t *rapid.T) {
		rule := anyRule(t, func(r deadline.Rule) bool { return r.Pausable() })
		start := anyDay(t, "start")
		plain := due(t, rule, start.Begin(), nil, nil)
		span := plain.Nominal.DaysSince(start)
		from := start.AddDays(rapid.IntRange(1, span).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 60).Draw(t, "days"))
		pause := deadline.Pause{Kind: rule.PauseFor[0], From: from.Begin().Add(time.Hour), To: to.Begin().Add(2 * time.Hour)}
		paused := due(t, rule, start.Begin(), []deadline.Pause{pause}, nil)

		want := plain.Nominal.AddDays(to.DaysSince(from))
		if rule.Unit == deadline.UnitWorkday {
			lost := base.Workdays(from.AddDays(-1), to.AddDays(-1))
			want, _ = base.AddWorkdays(plain.Nominal, lost)
		}
		if paused.Nominal != want {
			t.Fatalf("%s from %s ends %s; suspended %s to %s it ends %s, want %s", rule.ID, start, plain.Nominal, from, to,
				paused.Nominal, want)
		}
		if to != from && len(paused.Explanation.Pauses) == 1 && paused.Explanation.Pauses[0].Days != to.DaysSince(from) {
			t.Fatalf("explains %+v", paused.Explanation.Pauses)
		}
	})
}

// TestCompute_openPauseEqualsItsEnd: what is left when a suspension is open is what is counted once it ends.
func TestCompute_openPauseEqualsItsEnd(t *testing.T) {
	base := deadline.BaseCalendar()
	rapid.Check(t, func(t *rapid.T) {
		rule := anyRule(t, func(r deadline.Rule) bool { return r.Pausable() })
		start := anyDay(t, "start")
		span := due(t, rule, start.Begin(), nil, nil).Nominal.DaysSince(start)
		from := start.AddDays(rapid.IntRange(1, span).Draw(t, "from"))
		open := due(t, rule, start.Begin(), []deadline.Pause{{Kind: rule.PauseFor[0], From: from.Begin()}}, nil)
		if !open.Paused || open.Remaining < 1 {
			t.Fatalf("%s suspended on %s within its %d days has %d left", rule.ID, from, span, open.Remaining)
		}
		to := from.AddDays(rapid.IntRange(0, 30).Draw(t, "days"))
		closed := due(t, rule, start.Begin(), []deadline.Pause{{Kind: rule.PauseFor[0], From: from.Begin(), To: to.Begin()}}, nil)
		want := to.AddDays(open.Remaining - 1)
		if rule.Unit == deadline.UnitWorkday {
			want, _ = base.AddWorkdays(to.AddDays(-1), open.Remaining)
		}
		if closed.Nominal != want {
			t.Fatalf("%s: %d left on %s gives %s, want %s", rule.ID, open.Remaining, to, closed.Nominal, want)
		}
	})
}

// TestCompute_extensionsAdd: extensions in the rule's own unit equal one of their sum, and each is later than nothing.
func TestCompute_extensionsAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := anyRule(t, func(r deadline.Rule) bool { return r.Extend.By == deadline.ByConsent })
		start := anyDay(t, "start").Begin()
		a, b := rapid.IntRange(1, 12).Draw(t, "a"), rapid.IntRange(1, 12).Draw(t, "b")
		by := func(length int) deadline.Extension {
			return deadline.Extension{Length: length, Unit: rule.Unit, By: deadline.ByConsent}
		}
		two := due(t, rule, start, nil, []deadline.Extension{by(a), by(b)})
		one := due(t, rule, start, nil, []deadline.Extension{by(a + b)})
		none := due(t, rule, start, nil, nil)
		if two.DueDate != one.DueDate || !two.Nominal.After(none.Nominal) {
			t.Fatalf("%s: %d and %d more end %s, %d more end %s, without %s", rule.ID, a, b, two.DueDate, a+b, one.DueDate,
				none.DueDate)
		}
	})
}

// TestCompute_explanationAddsUp: counted, passed over and suspended days together are the days that went by.
func TestCompute_explanationAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := anyRule(t, func(r deadline.Rule) bool { return r.Unit == deadline.UnitWorkday })
		start := anyDay(t, "start")
		result := due(t, rule, start.Begin(), nil, nil)
		x := result.Explanation
		if result.Nominal.DaysSince(start) != rule.Length+len(x.Skipped) {
			t.Fatalf("%s from %s to %s: %d days are not %d and %d", rule.ID, start, result.Nominal,
				result.Nominal.DaysSince(start), rule.Length, len(x.Skipped))
		}
		certain := !start.Before(deadline.Date{Year: 2019, Month: time.December, Day: 31}) &&
			result.DueDate.Before(deadline.Date{Year: 2026, Month: time.December, Day: 25})
		if certain == (len(result.AssumedYears) > 0) {
			t.Fatalf("%s from %s to %s assumes %v", rule.ID, start, result.DueDate, result.AssumedYears)
		}
	})
}

// TestPreview_ofNothingIsEmpty: an edition moves no clock against itself.
func TestPreview_ofNothingIsEmpty(t *testing.T) {
	same := deadline.Edition{Rules: deadline.BaseRules(), Calendar: deadline.BaseCalendar()}
	rapid.Check(t, func(t *rapid.T) {
		clock := deadline.Clock{ID: "c", Rule: anyRule(t, every).ID, Start: anyDay(t, "start").Begin()}
		if moves := deadline.Preview(same, same, []deadline.Clock{clock}); len(moves) != 0 {
			t.Fatalf("moves %+v", moves)
		}
	})
}
