package mediation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DueState says which running clocks a list shows.
type DueState string

// The states. Every running clock is open; of these some are due soon and some overdue, never both.
const (
	DueOpen    DueState = "open"
	DueSoon    DueState = "due-soon"
	DueOverdue DueState = "overdue"
)

// DueStates lists them.
func DueStates() []DueState { return []DueState{DueOpen, DueSoon, DueOverdue} }

// Known tells whether the state is on the list.
func (s DueState) Known() bool { return slices.Contains(DueStates(), s) }

// DueQuery filters and cuts a list of running clocks. The list is in the order of DuePosition: the oldest due first.
type DueQuery struct {
	State    DueState  // "" is DueOpen
	Now      time.Time // the moment that due soon and overdue are asked of
	Mediator Principal // whose cases; without an issuer, of any; for one tenant's list only
	Scope    *Scope    // of whoever lists, nil for nobody in particular; the service fills it in; for one tenant's list only
	After    *DuePosition
	Limit    int // 1 to MaximumLimit; 0 is DefaultLimit
}

// DuePosition is a clock's place in the order of due moments.
type DuePosition struct {
	Due     time.Time
	Case    ID
	Rule    string
	Started time.Time
}

// Checked fills defaults, or is Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (q DueQuery) Checked() (DueQuery, error) {
	var check checker
	if q.State == "" {
		q.State = DueOpen
	}
	if !q.State.Known() {
		check.fail("/state", "unknown-code", "The state is open, due-soon or overdue.", "状态只能是 open、due-soon 或 overdue。")
	}
	q.Mediator.Subject = check.text("/mediator", q.Mediator.Subject, 0, maxSubject, oneLine)
	q.Mediator.Issuer = check.text("/mediator_issuer", q.Mediator.Issuer, 0, maxSubject, oneLine)
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// ruleForm is how ids of rules are written.
var ruleForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}$`)

// Rest is the position without its due moment as one text, for a cursor: case, rule, and start in microseconds.
func (p DuePosition) Rest() string {
	return strings.Join([]string{string(p.Case), p.Rule, strconv.FormatInt(p.Started.UnixMicro(), 10)}, " ")
}

// ParseDuePosition reads what Rest wrote.
func ParseDuePosition(due time.Time, rest string) (DuePosition, bool) {
	parts := strings.Split(rest, " ")
	if len(parts) != 3 || !ruleForm.MatchString(parts[1]) {
		return DuePosition{}, false
	}
	started, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || started < earliestStart || started > latestStart {
		return DuePosition{}, false
	}
	return DuePosition{Due: due, Case: ID(parts[0]), Rule: parts[1], Started: time.UnixMicro(started)}, true
}

// The years 1900 to 2300 in microseconds: what lies outside was never written by Rest, and no column could hold it all.
const (
	earliestStart = -2_208_988_800_000_000
	latestStart   = 10_413_792_000_000_000
)

// DaysLate is how many legal days have passed since the last day of a clock that was due at that moment; 0 while it is in
// time. Due is the first moment that is too late: of a clock of days the beginning of the day after its last.
func DaysLate(due, now time.Time) int {
	if now.Before(due) {
		return 0
	}
	last, today := LegalTime(due.Add(-time.Microsecond)), LegalTime(now)
	days := func(t time.Time) int {
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
	}
	return days(today) - days(last)
}

const secondsOfDay = 24 * 60 * 60

// LastDay is the last legal day on which what is due at that moment is in time, as 2006-01-02.
func LastDay(due time.Time) string {
	return LegalTime(due.Add(-time.Microsecond)).Format(time.DateOnly)
}
