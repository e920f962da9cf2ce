package casework

import (
	"context"
	"log/slog"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// raisedAtOnce is how many clocks one transaction raises.
	raisedAtOnce = 1000
	// computedAtOnce is how many cases one transaction computes anew. They stay locked until it ends.
	computedAtOnce = 200
)

// DueQuery filters and cuts a list of running clocks.
type DueQuery = mediation.DueQuery

// DueClock is a running clock with its case, as lists show it.
type DueClock struct {
	Case            mediation.Case // what its row holds, as in a list of cases
	Rule            string
	Title           deadline.Text // of the rule that is in force; its id when it is no longer
	Started         time.Time
	Due             time.Time
	Warn            time.Time  // when it becomes due soon; zero when it was not computed yet
	RaisedDueSoonAt *time.Time // for this due moment
	RaisedOverdueAt *time.Time // for this due moment
}

// DuePage is one page of a list of clocks. Next is nil on the last.
type DuePage struct {
	Clocks []DueClock
	Next   *mediation.DuePosition
	Total  Total
}

// RaisedClock is a clock that was raised: its case, as far as telling about it needs it, and what is said.
type RaisedClock struct {
	Case    mediation.Case // id, tenant, number, registration, type, version and who mediates
	Rule    string
	Started time.Time
	Due     time.Time
	Overdue bool // or only due soon
}

// CaseClocks are the clocks of one case.
type CaseClocks struct {
	Case   mediation.ID
	Clocks []ClockRow
	Keep   bool // the stored ones stay: these could not be computed
}

// DueStore reads what is due.
type DueStore interface {
	// ListDue takes a checked query.
	ListDue(ctx context.Context, query DueQuery) (DuePage, error)
}

// DueTx raises clocks and computes them anew. Neither changes a case, its version or its time of change.
type DueTx interface {
	// RaiseDue marks up to limit clocks that have to be raised by now, the oldest first, writes the county's event for
	// each and gives them in the order of their due moments. A clock that somebody else raises or changes at this
	// moment is left to them. A clock is raised once for each due moment as due soon and once as overdue; one that is
	// first seen when it is overdue is not said to be due soon any more.
	RaiseDue(ctx context.Context, now time.Time, limit int) ([]RaisedClock, error)
	// LockOutdated locks and reads up to limit cases that are not archived and whose clocks were computed by another
	// edition. Cases that somebody else changes at this moment are left out: more tells whether there may be others.
	LockOutdated(ctx context.Context, edition string, limit int) (cases []mediation.Case, more bool, err error)
	// ResetClocks is SetClocks for many cases.
	ResetClocks(ctx context.Context, edition string, clocks []CaseClocks) error
}

// DueClocks lists the tenant's running clocks, the oldest due first. Everything that is due soon or overdue at the moment
// of the call is in the list.
func (s *Service) DueClocks(ctx context.Context, r Request, query DueQuery) (DuePage, error) {
	if err := s.permit(r, mediation.ActionClockList); err != nil {
		return DuePage{}, err
	}
	query.Now = s.now()
	query, err := query.Checked()
	if err != nil {
		return DuePage{}, err
	}
	f, err := s.InForce(ctx)
	if err != nil {
		return DuePage{}, err
	}
	scope := r.Actor.Scope()
	query.Scope = &scope
	page, err := s.store.ListDue(ctx, query)
	if err != nil {
		return DuePage{}, err
	}
	for i, clock := range page.Clocks {
		page.Clocks[i].Case = shown(r, clock.Case)
		page.Clocks[i].Title = f.title(clock.Rule)
	}
	return page, nil
}

// title is a rule's, or its id when it is no longer in force.
func (f *InForce) title(rule string) deadline.Text {
	if known, is := f.Rules.Rule(rule); is {
		return known.Title
	}
	return deadline.Text{ZH: rule, EN: rule}
}

// RaiseDue raises every clock that has become due soon or overdue and has not been raised for that yet, in transactions of
// a thousand, each with the notices to those whom it concerns. It asks for no permission: nobody does it, time does. Any
// number of callers may run at once: each clock is raised by one of them. When it fails, what it did before stays done,
// and what is left is found by the next call.
func (s *Service) RaiseDue(ctx context.Context) (raised int, err error) {
	for {
		batch := 0
		_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
			now := mediation.LegalTime(s.now()).Truncate(time.Microsecond)
			clocks, err := tx.RaiseDue(ctx, now, raisedAtOnce)
			if err != nil {
				return Receipt{}, err
			}
			batch = len(clocks)
			return Receipt{}, s.tellDue(ctx, tx, clocks, now)
		})
		if err != nil {
			return raised, err
		}
		raised += batch
		if batch < raisedAtOnce {
			return raised, nil
		}
	}
}

// tellDue tells those whom the raised clocks concern.
func (s *Service) tellDue(ctx context.Context, tx Tx, clocks []RaisedClock, now time.Time) error {
	f, err := s.inForce()
	if err != nil {
		return err
	}
	var notices []mediation.Notice
	for _, clock := range clocks {
		title := f.title(clock.Rule)
		rule := mediation.Code{Code: clock.Rule, ZH: title.ZH, EN: title.EN}
		notices = append(notices, mediation.ClockAlert(clock.Case, rule, mediation.LastDay(clock.Due), clock.Overdue, now)...)
	}
	if len(notices) == 0 {
		return nil
	}
	return tx.Notify(ctx, notices...)
}

// clockworkEdition changes with the way in which this release reads events from a case, so that clocks are computed anew.
const clockworkEdition = "1"

// edition names what the clocks of a case follow from beside the case: how its events are read, the rules, the calendar.
// Whoever computes asks for it first: should other rules come into force in between, the clocks are computed once more.
func (s *Service) edition() (string, error) {
	f, err := s.inForce()
	if err != nil {
		return "", err
	}
	return clockworkEdition + " " + f.Edition(), nil
}

// ComputeClocks computes the clocks of every case anew that are of another edition than the one in force, in transactions
// of some hundred, and says of how many cases. Versions and times of change stay: the case is the same. A case whose
// clocks cannot be computed keeps those that it has, and the log names it.
func (s *Service) ComputeClocks(ctx context.Context) (computed int, err error) {
	for {
		more, batch := false, 0
		_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
			edition, err := s.edition()
			if err != nil {
				return Receipt{}, err
			}
			cases, others, err := tx.LockOutdated(ctx, edition, computedAtOnce)
			if err != nil {
				return Receipt{}, err
			}
			more, batch = others, len(cases)
			return Receipt{}, tx.ResetClocks(ctx, edition, s.clocksOfAll(ctx, cases))
		})
		if err != nil {
			return computed, err
		}
		computed += batch
		if !more || batch == 0 {
			return computed, ctx.Err()
		}
	}
}

func (s *Service) clocksOfAll(ctx context.Context, cases []mediation.Case) []CaseClocks {
	all := make([]CaseClocks, 0, len(cases))
	for _, c := range cases {
		clocks, err := s.clocks(c)
		if err != nil {
			slog.WarnContext(ctx, "the clocks of a case cannot be computed and stay as they are: put its days right",
				"tenant", s.Unit(), "case", string(c.ID), "error", err)
		}
		all = append(all, CaseClocks{Case: c.ID, Clocks: rows(clocks), Keep: err != nil})
	}
	return all
}
