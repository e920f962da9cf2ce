package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ListedRound is a screening round as lists have it: the number of its grids instead of the grids.
type ListedRound struct {
	mediation.ScreeningRound
	GridCount int
}

// RoundPage is one page of a list, newest first. Next is nil on the last.
type RoundPage struct {
	Rounds []ListedRound
	Next   *Position
	Total  Total
}

// ZeroReportPage is one page of a round's zero reports, newest first.
type ZeroReportPage struct {
	Reports []mediation.ZeroReport
	Next    *Position
	Total   Total
}

// RoundStore reads screening rounds. What is not there is NotFound "unknown-round".
type RoundStore interface {
	FindRound(ctx context.Context, id mediation.ID) (mediation.ScreeningRound, error)
	// ListRounds takes a checked query.
	ListRounds(ctx context.Context, query mediation.RoundQuery) (RoundPage, error)
	RoundJournal(ctx context.Context, id mediation.ID, after *Position, limit int) ([]mediation.RoundEntry, *Position, error)
	// RoundActivity is what the grids reported to the round, by day in China.
	RoundActivity(ctx context.Context, id mediation.ID) ([]mediation.GridActivity, error)
	ListZeroReports(ctx context.Context, round mediation.ID, grid string, after *Position, limit int) (ZeroReportPage, error)
}

// RoundTx changes screening rounds.
type RoundTx interface {
	// LockRound reads a round with all its grids and keeps others from changing it or reporting to it.
	LockRound(ctx context.Context, id mediation.ID) (mediation.ScreeningRound, error)
	// HoldRound reads a round with none but the grids named and keeps it from being changed; others may hold it too.
	HoldRound(ctx context.Context, id mediation.ID, grids []string) (mediation.ScreeningRound, error)
	CreateRound(ctx context.Context, round mediation.ScreeningRound, entry mediation.RoundEntry) error
	// UpdateRound stores after where before still holds, else Stale "stale-version".
	UpdateRound(ctx context.Context, before, after mediation.ScreeningRound, entry mediation.RoundEntry) error
	GridLeads(ctx context.Context, round mediation.ID, grid, day string) (int, error)
	// CreateZeroReport is Conflict "zero-reported" for the second one of a grid in a period.
	CreateZeroReport(ctx context.Context, z mediation.ZeroReport) error
}

// StartRound begins a screening round.
func (s *Service) StartRound(ctx context.Context, r Request, plan mediation.RoundPlan) (mediation.ScreeningRound, Receipt, error) {
	if err := s.permit(r, mediation.ActionRoundStart); err != nil {
		return mediation.ScreeningRound{}, Receipt{}, err
	}
	var started mediation.ScreeningRound
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		round, entry, err := mediation.StartRound(plan, s.store.Unit(), s.act(r))
		if err != nil {
			return Receipt{}, err
		}
		started = round
		return Receipt{ID: string(round.ID), Version: round.Version, Created: true}, tx.CreateRound(ctx, round, entry)
	})
	return s.roundOutcome(ctx, started, receipt, err)
}

// ChangeRound replaces a round's plan by the one that plan makes of it; version is the version the caller saw, 0 for any.
func (s *Service) ChangeRound(ctx context.Context, r Request, id mediation.ID, version int64,
	plan func(mediation.RoundPlan) mediation.RoundPlan, reason string,
) (mediation.ScreeningRound, Receipt, error) {
	return s.changeRound(ctx, r, mediation.ActionRoundChange, id, version,
		func(round mediation.ScreeningRound, act mediation.Act) (mediation.ScreeningRound, mediation.RoundEntry, error) {
			return round.Change(plan(round.RoundPlan), reason, act)
		})
}

// CloseRound ends a round with a summary of what came of it.
func (s *Service) CloseRound(ctx context.Context, r Request, id mediation.ID, version int64, summary string) (mediation.ScreeningRound, Receipt, error) {
	return s.changeRound(ctx, r, mediation.ActionRoundClose, id, version,
		func(round mediation.ScreeningRound, act mediation.Act) (mediation.ScreeningRound, mediation.RoundEntry, error) {
			return round.Close(summary, act)
		})
}

func (s *Service) changeRound(ctx context.Context, r Request, action mediation.Action, id mediation.ID, version int64,
	do func(round mediation.ScreeningRound, act mediation.Act) (mediation.ScreeningRound, mediation.RoundEntry, error),
) (mediation.ScreeningRound, Receipt, error) {
	if err := s.permit(r, action); err != nil {
		return mediation.ScreeningRound{}, Receipt{}, err
	}
	var changed mediation.ScreeningRound
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, err := tx.LockRound(ctx, id)
		if err != nil {
			return Receipt{}, err
		}
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		if version != 0 && version != before.Version {
			return Receipt{}, mediation.StaleVersion()
		}
		act := s.act(r)
		if earliest := before.UpdatedAt.Add(time.Microsecond); act.At.Before(earliest) {
			act.At = mediation.LegalTime(earliest)
		}
		after, entry, err := do(before, act)
		if err != nil {
			return Receipt{}, err
		}
		changed = after
		receipt := Receipt{ID: string(after.ID), Version: after.Version}
		if after.Version == before.Version {
			return receipt, nil
		}
		return receipt, tx.UpdateRound(ctx, before, after, entry)
	})
	return s.roundOutcome(ctx, changed, receipt, err)
}

func (s *Service) roundOutcome(ctx context.Context, round mediation.ScreeningRound, receipt Receipt, err error) (mediation.ScreeningRound, Receipt, error) {
	if err == nil && receipt.Replayed {
		round, err = s.store.FindRound(ctx, mediation.ID(receipt.ID))
	}
	if err != nil {
		return mediation.ScreeningRound{}, Receipt{}, err
	}
	return round, receipt, nil
}

// Round reads one round with its plan.
func (s *Service) Round(ctx context.Context, r Request, id mediation.ID) (mediation.ScreeningRound, error) {
	if err := s.permit(r, mediation.ActionRoundRead); err != nil {
		return mediation.ScreeningRound{}, err
	}
	return s.store.FindRound(ctx, id)
}

// Rounds lists the tenant's rounds, newest first.
func (s *Service) Rounds(ctx context.Context, r Request, query mediation.RoundQuery) (RoundPage, error) {
	if err := s.permit(r, mediation.ActionRoundList); err != nil {
		return RoundPage{}, err
	}
	query, err := query.Checked()
	if err != nil {
		return RoundPage{}, err
	}
	return s.store.ListRounds(ctx, query)
}

// RoundJournal reads a round's entries, oldest first. limit 0 is the default.
func (s *Service) RoundJournal(ctx context.Context, r Request, id mediation.ID, after *Position, limit int) ([]mediation.RoundEntry, *Position, error) {
	if err := s.permit(r, mediation.ActionRoundJournal); err != nil {
		return nil, nil, err
	}
	limit, err := mediation.CheckedLimit(limit)
	if err != nil {
		return nil, nil, err
	}
	return s.store.RoundJournal(ctx, id, after, limit)
}

// RoundCoverage tells how far a round reaches until now: grids that reported against grids assigned, in all and period by
// period. period is the first day of the one whose missing grids are named; "" is the current or the last one.
func (s *Service) RoundCoverage(ctx context.Context, r Request, id mediation.ID, period string) (mediation.ScreeningRound, mediation.Coverage, error) {
	if err := s.permit(r, mediation.ActionRoundCoverage); err != nil {
		return mediation.ScreeningRound{}, mediation.Coverage{}, err
	}
	round, err := s.store.FindRound(ctx, id)
	if err != nil {
		return round, mediation.Coverage{}, err
	}
	activity, err := s.store.RoundActivity(ctx, id)
	if err != nil {
		return round, mediation.Coverage{}, err
	}
	coverage, err := round.CoverageOf(activity, period, s.now())
	return round, coverage, err
}

// ReportZero takes down that a grid found nothing on a day.
func (s *Service) ReportZero(ctx context.Context, r Request, id mediation.ID, grid, day, note string) (mediation.ZeroReport, Receipt, error) {
	if err := s.permit(r, mediation.ActionZeroReport); err != nil {
		return mediation.ZeroReport{}, Receipt{}, err
	}
	var given mediation.ZeroReport
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		round, err := tx.HoldRound(ctx, id, []string{grid})
		if err != nil {
			return Receipt{}, err
		}
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		if given, err = round.ReportZero(grid, day, note, 0, s.act(r)); err != nil {
			return Receipt{}, err
		}
		leads, err := tx.GridLeads(ctx, id, grid, day)
		if err != nil {
			return Receipt{}, err
		}
		if given, err = round.ReportZero(grid, day, note, leads, s.act(r)); err != nil {
			return Receipt{}, err
		}
		return Receipt{ID: string(given.ID), Version: 1, Created: true}, tx.CreateZeroReport(ctx, given)
	})
	if err == nil && receipt.Replayed {
		given, err = s.zeroReport(ctx, id, grid, mediation.ID(receipt.ID))
	}
	return given, receipt, err
}

// zeroReport finds one that was given before.
func (s *Service) zeroReport(ctx context.Context, round mediation.ID, grid string, id mediation.ID) (mediation.ZeroReport, error) {
	var after *Position
	for {
		page, err := s.store.ListZeroReports(ctx, round, grid, after, mediation.MaximumLimit)
		if err != nil {
			return mediation.ZeroReport{}, err
		}
		for _, z := range page.Reports {
			if z.ID == id {
				return z, nil
			}
		}
		if after = page.Next; after == nil {
			return mediation.ZeroReport{}, mediation.UnknownRound()
		}
	}
}

// ZeroReports lists a round's zero reports, newest first; grid "" is any. limit 0 is the default.
func (s *Service) ZeroReports(ctx context.Context, r Request, round mediation.ID, grid string, after *Position, limit int) (ZeroReportPage, error) {
	if err := s.permit(r, mediation.ActionZeroReportList); err != nil {
		return ZeroReportPage{}, err
	}
	limit, err := mediation.CheckedLimit(limit)
	if err != nil {
		return ZeroReportPage{}, err
	}
	if _, err := s.store.FindRound(ctx, round); err != nil {
		return ZeroReportPage{}, err
	}
	return s.store.ListZeroReports(ctx, round, grid, after, limit)
}
