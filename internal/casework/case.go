package casework

import (
	"context"
	"fmt"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// FileCase registers a dispute. Exhausted "quota-open-cases" when the tenant has as many open cases as it may.
func (s *Service) FileCase(ctx context.Context, r Request, filing mediation.Filing) (mediation.Case, Receipt, error) {
	if err := s.permit(r, mediation.ActionCaseFile); err != nil {
		return mediation.Case{}, Receipt{}, err
	}
	if err := r.Actor.Scope().Files(filing.PlaceCode); err != nil {
		return mediation.Case{}, Receipt{}, err
	}
	act := s.act(r)
	if _, err := filing.Checked(act.At); err != nil {
		return mediation.Case{}, Receipt{}, err
	}
	var filed mediation.Case
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		register, err := s.register(ctx, tx, act.At)
		if err != nil {
			return Receipt{}, err
		}
		c, entry, err := mediation.File(filing, register, act)
		if err != nil {
			return Receipt{}, err
		}
		filed = c
		return Receipt{ID: string(c.ID), Version: c.Version, Created: true}, s.create(ctx, tx, c, entry)
	})
	return s.outcome(ctx, r, filed, receipt, err)
}

// register takes the registration and holds the tenant's quota. The serial comes first: its row lock lets the filings
// of a tenant through one by one, so that the count that follows is exact.
func (s *Service) register(ctx context.Context, tx Tx, at time.Time) (mediation.Register, error) {
	year := mediation.LegalYear(at)
	serial, err := tx.NextSerial(ctx, SeriesRegistration, "", year)
	if err != nil {
		return mediation.Register{}, err
	}
	t, err := tx.Tenant(ctx)
	if err != nil {
		return mediation.Register{}, err
	}
	if err := writable(t); err != nil {
		return mediation.Register{}, err
	}
	if t.OpenCasesQuota > 0 {
		if t.OpenCases, err = tx.OpenCases(ctx, t.OpenCasesQuota); err != nil {
			return mediation.Register{}, err
		}
	}
	if err := room(t); err != nil {
		return mediation.Register{}, err
	}
	return mediation.Register{
		Tenant: s.store.Unit(), Registration: mediation.Registration(s.store.Unit(), year, serial), Committee: t.Committee.ID,
	}, nil
}

// room refuses another open case where the tenant has as many as it may.
func room(t Tenant) error {
	if t.OpenCasesQuota == 0 || t.OpenCases < t.OpenCasesQuota {
		return nil
	}
	return mediation.Fail(mediation.Exhausted, "quota-open-cases",
		fmt.Sprintf("The tenant may have %d open cases and has them all: end some, or ask the county administrator for more.", t.OpenCasesQuota),
		fmt.Sprintf("该单位在办案件上限为 %d 件，已满：请先办结，或者请县级管理员调高上限。", t.OpenCasesQuota))
}

// Case reads one case; masked for actors who may not see whom it is about. Forbidden "recused" for somebody who must
// keep away from it.
func (s *Service) Case(ctx context.Context, r Request, id mediation.ID) (mediation.Case, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseRead, id)
	if err != nil {
		return mediation.Case{}, err
	}
	return shown(r, c), nil
}

// opened reads a case for somebody who may.
func (s *Service) opened(ctx context.Context, r Request, action mediation.Action, id mediation.ID) (mediation.Case, error) {
	if err := s.permit(r, action); err != nil {
		return mediation.Case{}, err
	}
	if err := known(id); err != nil {
		return mediation.Case{}, err
	}
	if err := s.references.refresh(ctx, s.store); err != nil {
		return mediation.Case{}, err
	}
	c, err := s.store.FindCase(ctx, id)
	if err != nil {
		return mediation.Case{}, err
	}
	return c, c.Permit(r.Actor, action)
}

// Cases lists the tenant's cases.
func (s *Service) Cases(ctx context.Context, r Request, query CaseQuery) (CasePage, error) {
	if err := s.permit(r, mediation.ActionCaseList); err != nil {
		return CasePage{}, err
	}
	query, err := query.Checked()
	if err != nil {
		return CasePage{}, err
	}
	if query.Sight, err = s.sight(ctx, r, query.Search); err != nil {
		return CasePage{}, err
	}
	scope := r.Actor.Scope()
	query.Scope = &scope
	page, err := s.store.ListCases(ctx, query)
	if err != nil {
		return CasePage{}, err
	}
	for i, c := range page.Cases {
		page.Cases[i] = shown(r, c)
	}
	return page, nil
}

// CorrectCase puts fields right; version is the version the caller saw, 0 for any. A correction that changes nothing
// succeeds and leaves the version as it is.
func (s *Service) CorrectCase(ctx context.Context, r Request, id mediation.ID, version int64, correction mediation.Correction) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbCorrect, id, version, mediation.Case.Correct, correction)
}

// AcceptCase takes the case on and gives it the next number of the tenant's committee.
func (s *Service) AcceptCase(ctx context.Context, r Request, id mediation.ID, version int64) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, mediation.VerbAccept, id, version, s.accept)
}

// accept asks the rules before it takes a number; a number of a transaction that fails is given again. A committee without
// a pattern of its own numbers by the one in force.
func (s *Service) accept(ctx context.Context, tx Tx, c mediation.Case, t Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
	if err := c.Can(mediation.VerbAccept); err != nil {
		return mediation.Case{}, mediation.Entry{}, err
	}
	year := mediation.LegalYear(act.At)
	serial, err := tx.NextSerial(ctx, SeriesNumber, t.Committee.ID, year)
	if err != nil {
		return mediation.Case{}, mediation.Entry{}, err
	}
	f, err := s.inForce()
	if err != nil {
		return mediation.Case{}, mediation.Entry{}, err
	}
	if own := t.Committee.Pattern; own == "" || own == mediation.DefaultPattern { // a committee starts with the default
		t.Committee.Pattern = f.Numbering.Pattern
	}
	number, err := t.Committee.Number(year, serial)
	if err != nil {
		return mediation.Case{}, mediation.Entry{}, err
	}
	return c.Accept(mediation.Acceptance{Committee: t.Committee.ID, Number: number}, act)
}

// RefuseCase ends the case for a legal reason.
func (s *Service) RefuseCase(ctx context.Context, r Request, id mediation.ID, version int64, refusal mediation.Refusal) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbRefuse, id, version, mediation.Case.Refuse, refusal)
}

// WithdrawCase ends the case because the applicant does not want mediation any more.
func (s *Service) WithdrawCase(ctx context.Context, r Request, id mediation.ID, version int64, withdrawal mediation.Withdrawal) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbWithdraw, id, version, mediation.Case.Withdraw, withdrawal)
}

// Journal reads a case's entries, oldest first. limit 0 is the default.
func (s *Service) Journal(ctx context.Context, r Request, id mediation.ID, after *Position, limit int) ([]mediation.Entry, *Position, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseJournal, id)
	if err != nil {
		return nil, nil, err
	}
	limit, err = mediation.CheckedLimit(limit)
	if err != nil {
		return nil, nil, err
	}
	entries, next, err := s.store.Journal(ctx, id, after, limit)
	if err != nil {
		return nil, nil, err
	}
	mask := r.Actor.MaskOf(c)
	for i, entry := range entries {
		entries[i] = entry.Masked(mask)
	}
	return entries, next, nil
}
