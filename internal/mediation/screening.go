package mediation

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// RoundState is where a screening round stands.
type RoundState string

// The states of a round.
const (
	RoundOpen   RoundState = "open"
	RoundClosed RoundState = "closed"
)

// RoundVerb is something that is done to a screening round.
type RoundVerb string

// The verbs of a round.
const (
	RoundStart  RoundVerb = "start"
	RoundChange RoundVerb = "change"
	RoundClose  RoundVerb = "close"
)

// Rhythm is how often a grid reports within a round: local rules go from daily in key periods to once.
type Rhythm string

// The rhythms. Weeks are counted from the round's first day; half months are the 1st to the 15th and the rest.
const (
	RhythmOnce        Rhythm = "once"
	RhythmDaily       Rhythm = "daily"
	RhythmWeekly      Rhythm = "weekly"
	RhythmHalfMonthly Rhythm = "half-monthly"
	RhythmMonthly     Rhythm = "monthly"
)

// Limits of a round.
const (
	maxRoundDays = 366
	maxGrids     = 10_000 // a county has about 3,000
	halfOfMonth  = 15
	weekdays     = 7
)

// ScreeningRound is one sweep over the grids (排查): who looks where, from when to when, how often they report.
type ScreeningRound struct {
	ID      ID
	Tenant  string
	Version int64
	State   RoundState

	RoundPlan

	StartedAt time.Time
	StartedBy string // subject
	UpdatedAt time.Time
	ClosedAt  *time.Time
	Summary   string // what came of it, given when it is closed
}

// RoundPlan is what a round is to do.
type RoundPlan struct {
	Title    string
	Campaign string // the campaign it belongs to (涉疫), or ""
	From     string // first day, 2006-01-02 in Asia/Shanghai
	To       string // last day
	Rhythm   Rhythm
	Grids    []GridDuty
}

// GridDuty assigns a grid to somebody.
type GridDuty struct {
	Grid   string `json:"grid"`             // the grid's code
	Name   string `json:"name,omitempty"`   // 惠民一网格
	Worker string `json:"worker,omitempty"` // the grid worker's name
}

// ZeroReport says that a grid was looked at and nothing was found (零报告). It is its own record and is never changed;
// a lead that comes later for the same period simply counts more.
type ZeroReport struct {
	ID     ID
	Round  ID
	Grid   string
	Day    string // the day it speaks of
	Period string // the first day of its period; a grid gives one zero report per round and period
	Note   string
	At     time.Time
	Actor  Actor
}

// RoundEntry is one line of a round's journal.
type RoundEntry struct {
	ID      ID
	Round   ID
	At      time.Time
	Actor   Actor
	Verb    RoundVerb
	From    RoundState // "" for the first entry
	To      RoundState
	Version int64
	Changes []Change
	Reason  string
}

var roundStates = []Code{
	{Code: string(RoundOpen), ZH: "进行中", EN: "Open"},
	{Code: string(RoundClosed), ZH: "已结束", EN: "Closed"},
}

var roundVerbs = []Code{
	{Code: string(RoundStart), ZH: "部署排查", EN: "Start"},
	{Code: string(RoundChange), ZH: "调整", EN: "Change"},
	{Code: string(RoundClose), ZH: "结束", EN: "Close"},
}

var rhythms = []Code{
	{Code: string(RhythmOnce), ZH: "本轮一次", EN: "Once"},
	{Code: string(RhythmDaily), ZH: "每日", EN: "Daily"},
	{Code: string(RhythmWeekly), ZH: "每周", EN: "Weekly", Note: "weeks count from the first day", NoteZH: "自首日起每七天"},
	{Code: string(RhythmHalfMonthly), ZH: "每半月", EN: "Every half month", Note: "1st to 15th, 16th to the end", NoteZH: "上半月、下半月"},
	{Code: string(RhythmMonthly), ZH: "每月", EN: "Monthly", Note: "calendar months", NoteZH: "自然月"},
}

// StartRound begins a round. Violated rules are Invalid "invalid-round".
func StartRound(plan RoundPlan, tenant string, act Act) (ScreeningRound, RoundEntry, error) {
	if err := act.check(); err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	plan, err := plan.Checked()
	if err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	r := ScreeningRound{ID: act.NewID(), Tenant: tenant, RoundPlan: plan, StartedAt: act.At, StartedBy: act.By.Subject}
	return r.move(RoundStart, RoundOpen, act, "", nil)
}

// Change replaces the plan while the round runs. When nothing differs it comes back as it is, with an empty entry.
func (r ScreeningRound) Change(plan RoundPlan, reason string, act Act) (ScreeningRound, RoundEntry, error) {
	if err := r.ready(act); err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	reason, err := checkedNote("/reason", reason, 0)
	if err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	plan, err = plan.Checked()
	if err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	changes := r.RoundPlan.differences(plan)
	if len(changes) == 0 {
		return r, RoundEntry{}, nil
	}
	r.RoundPlan = plan
	return r.move(RoundChange, RoundOpen, act, reason, changes)
}

// Close ends the round with a summary of what came of it. Nothing is reported to it after that.
func (r ScreeningRound) Close(summary string, act Act) (ScreeningRound, RoundEntry, error) {
	if err := r.ready(act); err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	summary, err := checkedNote("/summary", summary, 1)
	if err != nil {
		return ScreeningRound{}, RoundEntry{}, err
	}
	at := act.At
	r.Summary, r.ClosedAt = summary, &at
	return r.move(RoundClose, RoundClosed, act, summary, nil)
}

// ReportZero takes down that a grid found nothing on a day. leads is how many leads the grid reported on that day: zero
// and some are Conflict "grid-has-leads".
func (r ScreeningRound) ReportZero(grid, day, note string, leads int, act Act) (ZeroReport, error) {
	if err := act.check(); err != nil {
		return ZeroReport{}, err
	}
	var check checker
	note = check.text("/note", note, 0, maxNote, manyLines)
	if !r.Assigned(grid) {
		check.fail("/grid", "grid-not-assigned", "The grid is not assigned in this round.", "该网格未列入本轮排查。")
	}
	if day == "" {
		check.fail("/day", "required", "Say which day was quiet.", "请写明零报告的日期。")
	}
	check.day("/day", day, act.At)
	if err := check.err("invalid-zero-report", "The zero report breaks a rule.", "零报告内容不符合规定。"); err != nil {
		return ZeroReport{}, err
	}
	if err := r.takes(day); err != nil {
		return ZeroReport{}, err
	}
	if leads > 0 {
		return ZeroReport{}, Fail(Conflict, "grid-has-leads",
			"The grid reported leads on that day, so it cannot report zero.", "该网格当日已上报线索，不能零报告。")
	}
	return ZeroReport{
		ID: act.NewID(), Round: r.ID, Grid: grid, Day: day, Period: r.Period(day), Note: note, At: act.At, Actor: act.By,
	}, nil
}

// Assigned tells whether the grid belongs to the round.
func (r ScreeningRound) Assigned(grid string) bool {
	return slices.ContainsFunc(r.Grids, func(d GridDuty) bool { return d.Grid == grid })
}

// takes is nil while the round is open and the day, which is not in the future, lies in it.
func (r ScreeningRound) takes(day string) error {
	switch {
	case r.State != RoundOpen:
		return Fail(Conflict, "round-closed", "The screening round is closed; report without a round, or to the next.",
			"本轮排查已结束，请不带轮次上报，或者报入下一轮。")
	case day < r.From || day > r.To:
		return Fail(Conflict, "outside-round",
			fmt.Sprintf("The round runs from %s to %s; that day is outside it.", r.From, r.To),
			fmt.Sprintf("本轮排查自 %s 至 %s，该日期不在其中。", r.From, r.To))
	}
	return nil
}

func (r ScreeningRound) ready(act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	if r.State != RoundOpen {
		return Fail(Conflict, "round-closed", "The screening round is closed and stays as it is; start a new one.",
			"本轮排查已结束，不能再变更；请部署新一轮。")
	}
	return nil
}

func (r ScreeningRound) move(verb RoundVerb, to RoundState, act Act, reason string, changes []Change) (ScreeningRound, RoundEntry, error) {
	from := r.State
	r.State, r.UpdatedAt = to, act.At
	r.Version++
	return r, RoundEntry{
		ID: act.NewID(), Round: r.ID, At: act.At, Actor: act.By, Verb: verb,
		From: from, To: to, Version: r.Version, Changes: changes, Reason: reason,
	}, nil
}

// Check refuses an entry that cannot stand in a journal.
func (e RoundEntry) Check() error {
	whole := Entry{ID: e.ID, Case: e.Round, Actor: e.Actor, Verb: Verb(e.Verb), Version: e.Version}
	return whole.Check()
}

// Checked gives the plan as it is stored, or Invalid "invalid-round" with every violated rule.
func (p RoundPlan) Checked() (RoundPlan, error) {
	var check checker
	p.Title = check.text("/title", p.Title, 1, maxTitle, oneLine)
	p.Campaign = check.text("/campaign", p.Campaign, 0, maxTag, oneLine)
	check.window(p.From, p.To)
	if !listed(rhythms, string(p.Rhythm)) {
		check.fail("/rhythm", codeProblem(string(p.Rhythm)), "Choose a rhythm from the list screening-rhythms.", "请从排查频次代码表中选择。")
	}
	p.Grids = check.grids(p.Grids)
	return p, check.err("invalid-round", "The screening round breaks a rule.", "排查轮次内容不符合规定。")
}

func (c *checker) window(from, to string) {
	first, errFrom := time.Parse(time.DateOnly, from)
	last, errTo := time.Parse(time.DateOnly, to)
	if errFrom != nil {
		c.fail("/from", "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
	if errTo != nil {
		c.fail("/to", "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
	if errFrom != nil || errTo != nil {
		return
	}
	switch days := int(last.Sub(first).Hours())/24 + 1; {
	case days < 1:
		c.fail("/to", "before-the-first-day", "The last day comes before the first.", "结束日期不能早于开始日期。")
	case days > maxRoundDays:
		c.fail("/to", "out-of-range", "A round lasts at most 366 days.", "一轮排查最长 366 天。")
	}
}

func (c *checker) grids(given []GridDuty) []GridDuty {
	switch {
	case len(given) == 0:
		c.fail("/grids", "required", "Assign at least one grid.", "请至少指派一个网格。")
	case len(given) > maxGrids:
		c.fail("/grids", "too-many", "Assign at most 10000 grids.", "最多指派 10000 个网格。")
		return given
	}
	seen := map[string]bool{}
	duties := make([]GridDuty, 0, len(given))
	for i, d := range given {
		pointer := "/grids/" + strconv.Itoa(i)
		d.Grid = c.gridCode(pointer+"/grid", d.Grid, 1)
		d.Name = c.text(pointer+"/name", d.Name, 0, maxName, oneLine)
		d.Worker = c.text(pointer+"/worker", d.Worker, 0, maxName, oneLine)
		if d.Grid != "" && seen[d.Grid] {
			c.fail(pointer+"/grid", "duplicate", "Assign each grid once.", "网格不得重复。")
		}
		seen[d.Grid] = true
		duties = append(duties, d)
	}
	return duties
}

func (p RoundPlan) differences(after RoundPlan) []Change {
	var changes []Change
	for _, f := range []struct{ field, was, is string }{
		{"/title", p.Title, after.Title},
		{"/campaign", p.Campaign, after.Campaign},
		{"/from", p.From, after.From},
		{"/to", p.To, after.To},
		{"/rhythm", string(p.Rhythm), string(after.Rhythm)},
	} {
		if f.was != f.is {
			changes = append(changes, Change{Field: f.field, Before: f.was, After: f.is})
		}
	}
	if !slices.Equal(p.Grids, after.Grids) {
		changes = append(changes, Change{Field: "/grids", Before: encoded(p.Grids), After: encoded(after.Grids)})
	}
	return changes
}

func checkedNote(pointer, note string, least int) (string, error) {
	var check checker
	note = check.text(pointer, note, least, maxNote, manyLines)
	return note, check.err("invalid-round", "The screening round breaks a rule.", "排查轮次内容不符合规定。")
}
