package deadline

import (
	"maps"
	"slices"
	"time"
)

// Pause is a suspension of the case: the day it begins is not counted any more, the day it ends is counted again. For
// a clock of hours the moments themselves count.
type Pause struct {
	Kind PauseKind
	From time.Time
	To   time.Time // zero: still suspended
}

// Extension is a decision to lengthen a clock: by a length, or until a day that was agreed on.
type Extension struct {
	Length int
	Unit   Unit      // of Length; empty: the rule's
	Until  Date      // the agreed last day; Length is then 0 and At is needed
	By     By        // who decided: the parties or the organ's head
	At     time.Time // when; it must lie before the clock runs out. Zero: not known
}

// Deadline is when something is due, and why.
type Deadline struct {
	Rule Rule
	// Start is the moment of the event.
	Start time.Time
	// Nominal is the last day before rolling; DueDate the last day on which the act is in time. Both are no day while
	// the clock stands still.
	Nominal Date
	DueDate Date
	// Due is the first moment that is too late: the end of DueDate, or the hour itself for a clock of hours. Zero while
	// the clock stands still.
	Due time.Time
	// WarnAt is when the clock becomes due soon: never before it starts, except for a clock of no length, whose start is
	// the agreed day itself. Zero while the clock stands still.
	WarnAt time.Time
	// Paused says that a suspension is open; Remaining is what is then left, in the rule's unit (days for a month;
	// minutes for hours).
	Paused    bool
	Remaining int
	// RuleVersion and CalendarVersion name the documents that decided, base first. The caller keeps them.
	RuleVersion     string
	CalendarVersion string
	// AssumedYears are the years whose holidays were not published although they decided a day, rising.
	AssumedYears []int

	Explanation Explanation
}

// State is where a clock stands at a moment.
type State string

// The states.
const (
	StateRunning State = "running"
	StatePaused  State = "paused"
	StateDueSoon State = "due-soon"
	StateOverdue State = "overdue"
)

// Label is the state in both languages.
func (s State) Label() Text {
	switch s {
	case StateRunning:
		return Text{"进行中", "running"}
	case StatePaused:
		return Text{"已中止", "paused"}
	case StateDueSoon:
		return Text{"即将到期", "due soon"}
	case StateOverdue:
		return Text{"已超期", "overdue"}
	}
	return Text{string(s), string(s)}
}

// State says where the clock stands at a moment: overdue from Due on, due soon from WarnAt on.
func (d Deadline) State(now time.Time) State {
	switch {
	case d.Paused:
		return StatePaused
	case !now.Before(d.Due):
		return StateOverdue
	case !now.Before(d.WarnAt):
		return StateDueSoon
	}
	return StateRunning
}

// Compute says when the rule's clock, started at that moment, runs out, and explains it. Suspensions that the rule does
// not know do not stop it and are explained; extensions that the rule does not allow are refused.
func Compute(rule Rule, start time.Time, pauses []Pause, extensions []Extension, calendar *Calendar) (Deadline, error) {
	if err := rule.check(); err != nil {
		return Deadline{}, err
	}
	if !plausible(start) {
		return Deadline{}, refuse("start", "/start", "起算时间应在 1949 至 2200 年之间。",
			"The start lies between the years 1949 and 2200.")
	}
	if len(pauses) > maxEvents || len(extensions) > maxEvents {
		return Deadline{}, refuse("too-many", "", "中止和延长各不超过 100 次。",
			"There are at most 100 suspensions and 100 extensions.")
	}
	if err := checkPauses(pauses); err != nil {
		return Deadline{}, err
	}
	stops, ignored := split(rule, pauses)
	c := &count{rule: rule, start: start, pauses: stops, calendar: calendar}
	if err := c.allow(extensions); err != nil {
		return Deadline{}, err
	}
	end := c.run(extensions)
	result := c.deadline(end)
	result.Explanation = c.explain(result, end, extensions, ignored)
	return result, nil
}

// maxEvents bounds the suspensions and the extensions of one clock.
const maxEvents = 100

// plausible says whether a moment lies in the years that dates may have.
func plausible(moment time.Time) bool {
	year := DateOf(moment).Year
	return year >= FirstYear && year <= LastYear
}

func checkPauses(pauses []Pause) error {
	for i, pause := range pauses {
		if pause.Kind.Label().empty() {
			return refuse("pause-kind", pauseAt(i, "/kind"), "中止事由未知。", "This cause of suspension is unknown.")
		}
		if !plausible(pause.From) || !pause.To.IsZero() && (!plausible(pause.To) || pause.To.Before(pause.From)) {
			return refuse("pause-order", pauseAt(i, "/to"), "中止时间应在 1949 至 2200 年之间，恢复时间不得早于中止时间。",
				"A suspension lies between the years 1949 and 2200 and cannot end before it begins.")
		}
		if i == 0 {
			continue
		}
		if before := pauses[i-1]; before.To.IsZero() || pause.From.Before(before.To) {
			return refuse("pause-overlap", pauseAt(i, "/from"), "各次中止应按先后排列且互不重叠。",
				"Suspensions stand in order and do not overlap.")
		}
	}
	return nil
}

// split parts the suspensions that stop the rule's clock from those that do not.
func split(rule Rule, pauses []Pause) (stops, ignored []Pause) {
	for _, pause := range pauses {
		if slices.Contains(rule.PauseFor, pause.Kind) {
			stops = append(stops, pause)
		} else {
			ignored = append(ignored, pause)
		}
	}
	return stops, ignored
}

// count is one computation.
type count struct {
	rule     Rule
	start    time.Time
	pauses   []Pause // those that stop this clock
	calendar *Calendar
}

// end is what a count came to.
type end struct {
	nominal, last Date
	moment        time.Time // hours only
	open          bool      // a suspension is open: there is no end yet
	remaining     int
	skipped       []Day     // passed over by a count of working days
	makeUps       []Day     // weekends that counted because they are worked
	rolled        []Day     // passed over by rolling
	since         time.Time // when the last day was agreed on, if it was: earlier suspensions are settled by it
	paused        map[int]int
	assumed       map[int]bool
}

// run counts from the start to the end.
func (c *count) run(extensions []Extension) end {
	e := end{paused: map[int]int{}, assumed: map[int]bool{}}
	if c.rule.Unit == UnitHour {
		c.runHours(&e, extensions)
		return e
	}
	cursor, steps := c.plan(&e, extensions)
	for _, step := range steps {
		if cursor = c.advance(&e, cursor, step.days, step.unit); e.open {
			return e
		}
	}
	e.nominal = cursor
	c.roll(&e)
	return e
}

// fixedDay is the first day of that month and day which is not before begin.
func fixedDay(begin Date, on string) Date {
	parsed, err := time.Parse("01-02", on)
	if err != nil {
		return begin
	}
	fixed := Date{begin.Year, parsed.Month(), parsed.Day()}
	if fixed.Before(begin) {
		fixed.Year++
	}
	return fixed
}

type step struct {
	days int
	unit Unit // UnitDay or UnitWorkday
}

// plan says after which day to count, and what. An agreed last day replaces everything before it: the count then runs
// from the day of the agreement, and only suspensions that begin after it push the agreed day.
func (c *count) plan(e *end, extensions []Extension) (Date, []step) {
	for i := len(extensions) - 1; i >= 0; i-- {
		if agreed := extensions[i]; !agreed.Until.IsZero() {
			e.since = agreed.At
			from := DateOf(agreed.At)
			first := step{agreed.Until.DaysSince(from), UnitDay}
			return from, append([]step{first}, c.steps(agreed.Until, 0, extensions[i+1:])...)
		}
	}
	begin := DateOf(c.start)
	if c.rule.Unit == UnitDate {
		fixed := fixedDay(begin, c.rule.On)
		return fixed, c.steps(fixed, 0, extensions)
	}
	steps := c.steps(begin, c.rule.Length, extensions)
	if c.rule.StartDay == StartSame {
		begin = begin.AddDays(-1)
	}
	return begin, steps
}

// steps turns the rule's length and extensions into runs of days. Months are summed first and taken from one anchor,
// so that one month twice from 31 January is 31 March, as two months are.
func (c *count) steps(anchor Date, length int, extensions []Extension) []step {
	months, rest := 0, []step(nil)
	put := func(length int, unit Unit) {
		if unit == UnitMonth {
			months += length
		} else if length > 0 {
			rest = append(rest, step{length, unit})
		}
	}
	put(length, c.rule.Unit)
	for _, extension := range extensions {
		put(extension.Length, c.rule.unitOf(extension))
	}
	if months == 0 {
		return rest
	}
	return append([]step{{anchor.AddMonths(months).DaysSince(anchor), UnitDay}}, rest...)
}

// advance counts n days of the unit after cursor, passing over suspended days.
func (c *count) advance(e *end, cursor Date, n int, unit Unit) Date {
	for n > 0 {
		cursor = cursor.AddDays(1)
		if at, open, paused := c.pausedOn(cursor, e.since); paused {
			if open {
				e.open, e.remaining = true, n
				return cursor
			}
			e.paused[at]++
			continue
		}
		if unit == UnitWorkday && !c.works(e, cursor) {
			continue
		}
		n--
	}
	return cursor
}

// works says whether the day counts as a working day, and keeps what an explanation needs.
func (c *count) works(e *end, date Date) bool {
	known := c.calendar.Day(date)
	if known.Assumed != 0 {
		e.assumed[known.Assumed] = true
	}
	switch {
	case !known.Kind.Works():
		e.skipped = append(e.skipped, known)
	case known.Kind == MakeUp:
		e.makeUps = append(e.makeUps, known)
	}
	return known.Kind.Works()
}

// pausedOn says which suspension begun since that moment, if any, takes the day, and whether it is still open.
func (c *count) pausedOn(date Date, since time.Time) (index int, open, paused bool) {
	for i, pause := range c.pauses {
		if pause.From.Before(since) || date.Before(DateOf(pause.From)) {
			continue
		}
		if pause.To.IsZero() {
			return i, true, true
		}
		if date.Before(DateOf(pause.To)) {
			return i, false, true
		}
	}
	return 0, false, false
}

// roll moves the last day forward where the rule says so. A suspension that begins while the last day rolls holds it
// too.
func (c *count) roll(e *end) {
	e.last = e.nominal
	if c.rule.Roll.To != RollForward {
		return
	}
	for {
		known := c.calendar.Day(e.last)
		if known.Assumed != 0 {
			e.assumed[known.Assumed] = true
		}
		at, open, paused := c.pausedOn(e.last, e.since)
		if known.Kind.Works() && (!paused || e.last == e.nominal) {
			return
		}
		if open && e.last != e.nominal {
			e.open = true
			return
		}
		if paused && e.last != e.nominal {
			e.paused[at]++
		} else {
			e.rolled = append(e.rolled, known)
		}
		e.last = e.last.AddDays(1)
	}
}

// runHours adds hours to the moment of the event, and the time of suspensions that fall in between.
func (c *count) runHours(e *end, extensions []Extension) {
	hours := c.rule.Length
	for _, extension := range extensions {
		hours += extension.Length
	}
	due := c.start.Add(time.Duration(hours) * time.Hour)
	for i, pause := range c.pauses {
		from := pause.From
		if from.Before(c.start) {
			from = c.start
		}
		if !from.Before(due) {
			break
		}
		if pause.To.IsZero() {
			e.open, e.remaining = true, int(due.Sub(from)/time.Minute)
			return
		}
		if pause.To.After(from) {
			due = due.Add(pause.To.Sub(from))
			e.paused[i] += int(pause.To.Sub(from) / time.Minute)
		}
	}
	e.moment = due
	e.nominal = DateOf(due)
	e.last = e.nominal
}

// due is the first moment that is too late.
func (e end) due(rule Rule) time.Time {
	if rule.Unit == UnitHour {
		return e.moment
	}
	return e.last.End()
}

func (c *count) deadline(e end) Deadline {
	result := Deadline{
		Rule: c.rule, Start: c.start, Paused: e.open, Remaining: e.remaining,
		RuleVersion: chainVersion(c.rule.layers), CalendarVersion: c.calendar.Version(),
		AssumedYears: slices.Sorted(maps.Keys(e.assumed)),
	}
	if e.open {
		return result
	}
	result.Nominal, result.DueDate, result.Due = e.nominal, e.last, e.due(c.rule)
	result.WarnAt = e.last.AddDays(-c.rule.Warn).Begin()
	if c.rule.Unit == UnitHour {
		result.WarnAt = result.Due.Add(-time.Duration(c.rule.Warn) * time.Hour)
	}
	if result.WarnAt.Before(c.start) && c.rule.Length > 0 {
		result.WarnAt = c.start
	}
	return result
}
