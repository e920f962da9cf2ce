package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// verb is one step on a locked case.
type verb func(ctx context.Context, tx Tx, c mediation.Case, t Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error)

// apply is change for a verb that needs nothing but the case and its command.
func apply[C any](ctx context.Context, s *Service, r Request, name mediation.Verb, id mediation.ID, version int64,
	do func(c mediation.Case, command C, act mediation.Act) (mediation.Case, mediation.Entry, error), command C,
) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, name, id, version,
		func(_ context.Context, _ Tx, c mediation.Case, _ Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			return do(c, command, act)
		})
}

// change is the one way in which a case changes: permission, lock, version, rule, row, journal, clocks, notices.
func (s *Service) change(ctx context.Context, r Request, name mediation.Verb, id mediation.ID, version int64, do verb) (mediation.Case, Receipt, error) {
	var changed mediation.Case
	receipt, err := s.write(ctx, r, name, []mediation.ID{id}, func(ctx context.Context, tx Tx, cases []mediation.Case, t Tenant) (Receipt, error) {
		before := cases[0]
		if err := current(before, version); err != nil {
			return Receipt{}, err
		}
		after, entry, err := do(ctx, tx, before, t, s.actAfter(r, before))
		if err != nil {
			return Receipt{}, err
		}
		changed = after
		receipt := Receipt{ID: string(after.ID), Version: after.Version}
		if after.Version == before.Version {
			return receipt, nil
		}
		return receipt, s.update(ctx, tx, before, after, entry)
	})
	return s.outcome(ctx, r, changed, receipt, err)
}

// write runs one change of cases: permission, locks in the order of the ids whatever order they are named in, the
// tenant's state, then the change. The cases come in the order they were named; the verb's permission is asked of the
// first.
func (s *Service) write(ctx context.Context, r Request, verb mediation.Verb, ids []mediation.ID,
	change func(ctx context.Context, tx Tx, cases []mediation.Case, t Tenant) (Receipt, error),
) (Receipt, error) {
	if err := s.permit(r, verb.Action()); err != nil {
		return Receipt{}, err
	}
	for _, id := range ids {
		if err := known(id); err != nil {
			return Receipt{}, err
		}
	}
	return s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		cases, err := lock(ctx, tx, ids)
		if err != nil {
			return Receipt{}, err
		}
		if err := cases[0].Permit(r.Actor, verb.Action()); err != nil {
			return Receipt{}, err
		}
		t, err := tx.Tenant(ctx)
		if err != nil {
			return Receipt{}, err
		}
		if err := writable(t); err != nil {
			return Receipt{}, err
		}
		return change(ctx, tx, cases, t)
	})
}

// lock locks the cases, each once and in the order of their ids, so that two changes of the same cases never wait for
// each other.
func lock(ctx context.Context, tx Tx, ids []mediation.ID) ([]mediation.Case, error) {
	ordered := slices.Compact(slices.Sorted(slices.Values(ids)))
	locked := make(map[mediation.ID]mediation.Case, len(ordered))
	for _, id := range ordered {
		c, err := tx.LockCase(ctx, id)
		if err != nil {
			return nil, err
		}
		locked[id] = c
	}
	cases := make([]mediation.Case, 0, len(ids))
	for _, id := range ids {
		cases = append(cases, locked[id])
	}
	return cases, nil
}

// create stores a new case with its first entry and its clocks.
func (s *Service) create(ctx context.Context, tx Tx, c mediation.Case, entry mediation.Entry) error {
	timed, err := s.timed(c)
	if err != nil {
		return err
	}
	if err := tx.CreateCase(ctx, c); err != nil {
		return err
	}
	if err := s.journalled(ctx, tx, entry, timed); err != nil {
		return err
	}
	return announce(ctx, tx, mediation.Case{}, c, entry)
}

// update stores a changed case with its entry and its clocks.
func (s *Service) update(ctx context.Context, tx Tx, before, after mediation.Case, entry mediation.Entry) error {
	timed, err := s.timed(after)
	if err != nil {
		return err
	}
	if err := s.journalled(ctx, tx, entry, timed); err != nil {
		return err
	}
	if err := tx.UpdateCase(ctx, before, after); err != nil {
		return err
	}
	return announce(ctx, tx, before, after, entry)
}

// announce tells people of a change, and raises the alarm where it is one.
func announce(ctx context.Context, tx Tx, before, after mediation.Case, entry mediation.Entry) error {
	if err := notify(ctx, tx, before, after, entry); err != nil {
		return err
	}
	return alarm(ctx, tx, before, after, entry)
}

// timed is the clocks of a case and the edition they are computed by.
type timed struct {
	edition string
	clocks  []Clock
}

// timed asks for the edition first: when another one comes into force in between, the case is computed again for nothing,
// where the other way round it would never be.
func (s *Service) timed(c mediation.Case) (t timed, err error) {
	if t.edition, err = s.edition(); err != nil {
		return t, err
	}
	t.clocks, err = s.clocks(c)
	return t, err
}

// journalled adds what every change of a case leaves behind: its clocks and its entry. Both wait for the row's own
// statement and go with it.
func (s *Service) journalled(ctx context.Context, tx Tx, entry mediation.Entry, t timed) error {
	return errors.Join(tx.SetClocks(ctx, entry.Case, t.edition, rows(t.clocks)), tx.Record(ctx, entry))
}

// actAfter is now, but later than the last change of each of the cases even when a clock went back: a journal runs
// forward.
func (s *Service) actAfter(r Request, before ...mediation.Case) mediation.Act {
	act := s.act(r)
	for _, c := range before {
		if earliest := c.UpdatedAt.Add(time.Microsecond); act.At.Before(earliest) {
			act.At = mediation.LegalTime(earliest)
		}
	}
	return act
}

// outcome answers a write: with the case it made, or, when the write was done before, with the case as it is now.
func (s *Service) outcome(ctx context.Context, r Request, c mediation.Case, receipt Receipt, err error) (mediation.Case, Receipt, error) {
	if err != nil {
		return mediation.Case{}, Receipt{}, err
	}
	if receipt.Replayed {
		c, err = s.store.FindCase(ctx, mediation.ID(receipt.ID))
		if err != nil {
			return mediation.Case{}, Receipt{}, err
		}
	}
	if receipt.Replayed && !r.Actor.Scope().Sees(c) {
		return mediation.Case{}, Receipt{}, mediation.UnknownCase()
	}
	return shown(r, c), receipt, nil
}

// shown is the case as this actor may see it: whole, masked (Actor.MaskOf), or shut to somebody who must keep away from it.
func shown(r Request, c mediation.Case) mediation.Case {
	mask := r.Actor.MaskOf(c)
	if mask == mediation.MaskEverything {
		return c.Shut()
	}
	return c.WithWarnings().Masked(mask)
}
