package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReopenCase files a closed dispute again and answers with the new volume, which is linked to the old one. It needs a
// registration and room in the tenant's quota, like a filing. version is that of the old volume.
func (s *Service) ReopenCase(ctx context.Context, r Request, id mediation.ID, version int64, reopening mediation.Reopening) (mediation.Case, Receipt, error) {
	return s.file(ctx, r, mediation.VerbReopen, id, version, func(c mediation.Case, register mediation.Register, act mediation.Act) (mediation.Pair, error) {
		return c.Reopen(reopening, register, act)
	})
}

// SplitCase files a part of the dispute as a case of its own and answers with that one. version is that of the case
// that is split.
func (s *Service) SplitCase(ctx context.Context, r Request, id mediation.ID, version int64, splitting mediation.Splitting) (mediation.Case, Receipt, error) {
	return s.file(ctx, r, mediation.VerbSplit, id, version, func(c mediation.Case, register mediation.Register, act mediation.Act) (mediation.Pair, error) {
		return c.Split(splitting, register, act)
	})
}

// file is the way in which a case begins another: one transaction, both halves with their journal entries.
func (s *Service) file(ctx context.Context, r Request, verb mediation.Verb, id mediation.ID, version int64,
	do func(c mediation.Case, register mediation.Register, act mediation.Act) (mediation.Pair, error),
) (mediation.Case, Receipt, error) {
	var filed mediation.Case
	receipt, err := s.write(ctx, r, verb, []mediation.ID{id}, func(ctx context.Context, tx Tx, cases []mediation.Case, _ Tenant) (Receipt, error) {
		before := cases[0]
		if err := current(before, version); err != nil {
			return Receipt{}, err
		}
		if err := before.Can(verb); err != nil {
			return Receipt{}, err
		}
		act := s.actAfter(r, before)
		register, err := s.register(ctx, tx, act.At)
		if err != nil {
			return Receipt{}, err
		}
		pair, err := do(before, register, act)
		if err != nil {
			return Receipt{}, err
		}
		if err := s.create(ctx, tx, pair.Other, pair.OtherEntry); err != nil {
			return Receipt{}, err
		}
		filed = pair.Other
		return Receipt{ID: string(filed.ID), Version: filed.Version, Created: true}, s.update(ctx, tx, before, pair.Case, pair.Entry)
	})
	return s.outcome(ctx, r, filed, receipt, err)
}

// MergeCase joins a case to another about the same dispute and answers with the one that ends by it. version is its
// version; the case that goes on is taken as it stands.
func (s *Service) MergeCase(ctx context.Context, r Request, id mediation.ID, version int64, into mediation.ID, merging mediation.Merging) (mediation.Case, Receipt, error) {
	var merged mediation.Case
	ids := []mediation.ID{id, into}
	receipt, err := s.write(ctx, r, mediation.VerbMerge, ids, func(ctx context.Context, tx Tx, cases []mediation.Case, _ Tenant) (Receipt, error) {
		before, joined := cases[0], cases[1]
		if err := current(before, version); err != nil {
			return Receipt{}, err
		}
		if err := joined.Permit(r.Actor, mediation.VerbAbsorb.Action()); err != nil {
			return Receipt{}, err
		}
		pair, err := before.Merge(joined, merging, s.actAfter(r, cases...))
		if err != nil {
			return Receipt{}, err
		}
		if err := s.update(ctx, tx, joined, pair.Other, pair.OtherEntry); err != nil {
			return Receipt{}, err
		}
		merged = pair.Case
		return Receipt{ID: string(merged.ID), Version: merged.Version}, s.update(ctx, tx, before, merged, pair.Entry)
	})
	return s.outcome(ctx, r, merged, receipt, err)
}
