package deadline

import (
	"cmp"
	"slices"
	"time"
)

// Edition is what one unit goes by: its table of clocks and its calendar.
type Edition struct {
	Rules    *Rules
	Calendar *Calendar
}

// digestShown is how many hexadecimal digits of each digest an edition's version carries.
const digestShown = 8

// Version names the edition: the versions of its rules and calendar, and the beginning of their digests, so that two
// documents that carry one version by mistake are told apart. By the same edition the same clock is due at the same moment.
func (e Edition) Version() string {
	return e.Rules.Version() + " " + e.Calendar.Version() + " " + e.Rules.digest[:digestShown] + e.Calendar.digest[:digestShown]
}

// Clock is one running clock of one case: all that its deadline follows from.
type Clock struct {
	ID         string // the caller's name for it, for example case and rule
	Rule       string
	Start      time.Time
	Pauses     []Pause
	Extensions []Extension
}

// Compute says when the clock runs out under this edition.
func (e Edition) Compute(clock Clock) (Deadline, error) {
	rule, known := e.Rules.Rule(clock.Rule)
	if !known {
		return Deadline{}, refuse("unknown-rule", "/rule", "没有这一期限规则。", "There is no such clock.")
	}
	return Compute(rule, clock.Start, clock.Pauses, clock.Extensions, e.Calendar)
}

// Move is one clock that another edition would change.
type Move struct {
	Clock  Clock
	Before Deadline
	After  Deadline
	Days   int // how much later it would be due in days; negative: earlier; 0 while either is suspended
	// BeforeError and AfterError are why an edition has no deadline for the clock (its rule is gone, its extension is not
	// allowed any more); Before or After is then empty.
	BeforeError error
	AfterError  error
}

// Preview says which open clocks a changed table or calendar would move, soonest due (under the old edition) first.
// Nothing is changed by asking.
func Preview(before, after Edition, clocks []Clock) []Move {
	var moves []Move
	for _, clock := range clocks {
		move := Move{Clock: clock}
		move.Before, move.BeforeError = before.Compute(clock)
		move.After, move.AfterError = after.Compute(clock)
		if move.changes() {
			move.Days = move.days()
			moves = append(moves, move)
		}
	}
	slices.SortStableFunc(moves, func(a, b Move) int {
		return cmp.Or(a.Before.Due.Compare(b.Before.Due), cmp.Compare(a.Clock.ID, b.Clock.ID))
	})
	return moves
}

func (m Move) changes() bool {
	if m.BeforeError != nil || m.AfterError != nil {
		return CodeOf(m.BeforeError) != CodeOf(m.AfterError)
	}
	return !m.Before.Due.Equal(m.After.Due) || m.Before.Paused != m.After.Paused ||
		m.Before.Remaining != m.After.Remaining
}

func (m Move) days() int {
	if m.BeforeError != nil || m.AfterError != nil || m.Before.Paused || m.After.Paused {
		return 0
	}
	return m.After.DueDate.DaysSince(m.Before.DueDate)
}
