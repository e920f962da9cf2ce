package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ClockState is where a stored clock stands.
type ClockState string

// The states of a stored clock. Whether an open one is due soon or overdue is asked of the moment, never stored.
const (
	ClockOpen   ClockState = "open"
	ClockPaused ClockState = "paused"
	ClockDone   ClockState = "done"
)

// ClockRow is a clock as a sweep and a list need it. Rule and Started name it within its case.
type ClockRow struct {
	Rule    string    // deadline.Rule.ID
	Started time.Time // the moment of the event
	Due     time.Time // the first moment that is too late; zero while paused
	Warn    time.Time // when it becomes due soon; zero while paused, or not known
	State   ClockState
}

// Clock is one clock of a case with its explanation.
type Clock struct {
	Deadline deadline.Deadline
	About    string // pointer into the case to what it is about, for example /agreement/instalments/2; "" for the case itself
	Done     bool   // what was due has happened, or cannot happen any more
}

// Clocks lists the clocks of the case in the order of its life: those that run, and those that are done.
func (s *Service) Clocks(ctx context.Context, r Request, id mediation.ID) ([]Clock, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseRead, id)
	if err != nil {
		return nil, err
	}
	return s.clocks(c)
}
