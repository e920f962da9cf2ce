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

// Extension is a decision to lengthen a clock.
type Extension struct {
	Length int
	Unit   Unit      // empty: the rule's
	By     By        // who decided: the parties or the organ's head
	At     time.Time // when; it must lie before the clock runs out
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
	// WarnAt is when the clock becomes due soon; zero while it stands still.
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
	skipped       []Day // passed over by a count of working days
	makeUps       []Day // weekends that counted because they are worked
	rolled        []Day // passed over by rolling
	paused        map[int]int
	assumed       map[int]bool
}

// allow holds extensions to what the rule permits, each decided before the clock ran out.
func (c *count) allow(extensions []Extension) error {
	total := 0
	for i, extension := range extensions {
		if err := c.rule.permits(extension, extensionAt(i, "")); err != nil {
			return err
		}
		total += extension.Length
		if c.rule.Extend.Max > 0 && total > c.rule.Extend.Max {
			return refuse("extension-too-long", extensionAt(i, "/length"),
				"延长合计不得超过"+c.rule.Extend.Unit.words(c.rule.Extend.Max).ZH+"。",
				"All extensions together are at most "+c.rule.Extend.Unit.words(c.rule.Extend.Max).EN+".")
		}
		before := c.run(extensions[:i])
		if !before.open && !extension.At.IsZero() && !extension.At.Before(before.due(c.rule)) {
			return refuse("extension-late", extensionAt(i, "/at"), "期限届满后不能再延长。",
				"A clock that has run out cannot be extended.")
		}
	}
	return nil
}

// permits holds one extension to the rule.
func (r Rule) permits(extension Extension, pointer string) error {
	if !r.Extendable() {
		return refuse("extension-not-allowed", pointer, "该期限不得延长。", "This clock cannot be extended.")
	}
	if extension.By != r.Extend.By {
		return refuse("extension-by", pointer+"/by",
			map[By]string{ByConsent: "延长须经各方当事人同意。", ByApproval: "延长须经机关负责人批准。"}[r.Extend.By],
			map[By]string{ByConsent: "Only all parties together can extend this clock.",
				ByApproval: "Only the organ's head can extend this clock."}[r.Extend.By])
	}
	if extension.Length < 1 || extension.Length > maxLength {
		return refuse("extension-length", pointer+"/length", "延长应在 1 至 1000 之间。",
			"An extension lies between 1 and 1000.")
	}
	unit := r.unitOf(extension)
	fits := (unit == UnitHour) == (r.Unit == UnitHour) && (unit == UnitDay || unit == UnitWorkday || unit == UnitMonth ||
		unit == UnitHour)
	if !fits || r.Extend.Max > 0 && unit != r.Extend.Unit {
		return refuse("extension-unit", pointer+"/unit", "延长的单位与该期限不符。",
			"The extension's unit does not fit this clock.")
	}
	return nil
}

// unitOf is the unit an extension is counted in.
func (r Rule) unitOf(extension Extension) Unit {
	switch {
	case extension.Unit != "":
		return extension.Unit
	case r.Extend.Unit != "":
		return r.Extend.Unit
	case r.Unit == UnitDate:
		return UnitDay
	}
	return r.Unit
}

// run counts from the start to the end.
func (c *count) run(extensions []Extension) end {
	e := end{paused: map[int]int{}, assumed: map[int]bool{}}
	if c.rule.Unit == UnitHour {
		c.runHours(&e, extensions)
		return e
	}
	begin := DateOf(c.start)
	cursor := begin
	if c.rule.StartDay == StartSame {
		cursor = begin.AddDays(-1)
	}
	if c.rule.Unit == UnitDate {
		cursor = fixedDay(begin, c.rule.On)
	}
	for _, step := range c.steps(cursor, extensions) {
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

// steps turns the rule's length and its extensions into runs of days. Months are summed first and taken from the
// start, so that one month twice from 31 January is 31 March, as two months are.
func (c *count) steps(anchor Date, extensions []Extension) []step {
	months, rest := 0, []step(nil)
	put := func(length int, unit Unit) {
		if unit == UnitMonth {
			months += length
		} else if length > 0 {
			rest = append(rest, step{length, unit})
		}
	}
	if c.rule.Unit != UnitDate {
		put(c.rule.Length, c.rule.Unit)
	}
	for _, extension := range extensions {
		put(extension.Length, c.rule.unitOf(extension))
	}
	if months == 0 {
		return rest
	}
	begin := DateOf(c.start)
	if c.rule.Unit == UnitDate {
		begin = anchor
	}
	return append([]step{{begin.AddMonths(months).DaysSince(begin), UnitDay}}, rest...)
}

// advance counts n days of the unit after cursor, passing over suspended days.
func (c *count) advance(e *end, cursor Date, n int, unit Unit) Date {
	for n > 0 {
		cursor = cursor.AddDays(1)
		if at, open, paused := c.pausedOn(cursor); paused {
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

// pausedOn says which suspension, if any, takes the day, and whether that suspension is still open.
func (c *count) pausedOn(date Date) (index int, open, paused bool) {
	for i, pause := range c.pauses {
		if date.Before(DateOf(pause.From)) {
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
		at, open, paused := c.pausedOn(e.last)
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
	if result.WarnAt.Before(c.start) {
		result.WarnAt = c.start
	}
	return result
}
