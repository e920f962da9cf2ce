package casework

import (
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// AdviserQuery filters, orders and cuts a list of legal advisers.
type AdviserQuery struct {
	registry.AdviserFilter
	mediation.Paging
}

// AdviserPage is one page of a list. Next is nil on the last.
type AdviserPage struct {
	Advisers []registry.LegalAdviser
	Next     *Position
	Total    Total
}

// AdviserStore reads the tenant's legal advisers.
type AdviserStore interface {
	FindAdviser(ctx context.Context, id registry.ID) (registry.LegalAdviser, error)
	ListAdvisers(ctx context.Context, query AdviserQuery) (AdviserPage, error)
}

// AdviserTx changes the tenant's legal advisers.
type AdviserTx interface {
	LockAdviser(ctx context.Context, id registry.ID) (registry.LegalAdviser, error)
	PutAdviser(ctx context.Context, a registry.LegalAdviser, created bool) error
}

func advisers() record[registry.LegalAdviser] {
	return record[registry.LegalAdviser]{
		id:      func(a registry.LegalAdviser) registry.ID { return a.ID },
		version: func(a registry.LegalAdviser) int64 { return a.Version },
		lock:    Tx.LockAdviser, put: Tx.PutAdviser, find: Store.FindAdviser,
	}
}

// Adviser reads one legal adviser.
func (s *Service) Adviser(ctx context.Context, r Request, id registry.ID) (registry.LegalAdviser, error) {
	if err := s.permit(r, mediation.ActionAdviserRead); err != nil {
		return registry.LegalAdviser{}, err
	}
	if err := inRegistry(id); err != nil {
		return registry.LegalAdviser{}, err
	}
	a, err := s.store.FindAdviser(ctx, id)
	if err != nil {
		return registry.LegalAdviser{}, err
	}
	return adviserFor(r, a), nil
}

// Advisers lists the tenant's legal advisers.
func (s *Service) Advisers(ctx context.Context, r Request, query AdviserQuery) (AdviserPage, error) {
	if err := s.permit(r, mediation.ActionAdviserList); err != nil {
		return AdviserPage{}, err
	}
	filter, err := query.AdviserFilter.Checked()
	if err != nil {
		return AdviserPage{}, refused(err)
	}
	paging, err := query.Paging.Checked()
	if err != nil {
		return AdviserPage{}, err
	}
	page, err := s.store.ListAdvisers(ctx, AdviserQuery{filter, paging})
	for i, a := range page.Advisers {
		page.Advisers[i] = adviserFor(r, a)
	}
	return page, err
}

func adviserFor(r Request, a registry.LegalAdviser) registry.LegalAdviser {
	if mediation.Permit(r.Actor, mediation.ActionMediatorNames) == nil {
		return a
	}
	a.Name, a.Licence, a.Phone = mediation.MaskName(a.Name), mediation.MaskIdentity(a.Licence), mediation.MaskPhone(a.Phone)
	a.Visits = slices.Clone(a.Visits)
	for i := range a.Visits {
		a.Visits[i].Note = ""
	}
	return a
}

// RegisterAdviser takes a legal adviser down.
func (s *Service) RegisterAdviser(ctx context.Context, r Request, content registry.AdviserContent) (registry.LegalAdviser, Receipt, error) {
	return enter(ctx, s, advisers(), r, mediation.ActionAdviserRegister,
		func(_ context.Context, _ Tx, _ registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error) {
			return registry.RegisterAdviser(content, s.Unit(), act)
		})
}

func (s *Service) alterAdviser(ctx context.Context, r Request, action mediation.Action, id registry.ID, version int64,
	do func(a registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error),
) (registry.LegalAdviser, Receipt, error) {
	changedAt := func(a registry.LegalAdviser) time.Time { return a.UpdatedAt }
	return alter(ctx, s, advisers(), r, action, id, version, changedAt,
		func(_ context.Context, _ Tx, a registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error) {
			return do(a, act)
		})
}

// ChangeAdviser puts the whole content right.
func (s *Service) ChangeAdviser(ctx context.Context, r Request, id registry.ID, version int64, content registry.AdviserContent, reason string) (registry.LegalAdviser, Receipt, error) {
	return s.alterAdviser(ctx, r, mediation.ActionAdviserChange, id, version,
		func(a registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error) {
			return a.Change(content, reason, act)
		})
}

// EndAdviser ends a contract before its time.
func (s *Service) EndAdviser(ctx context.Context, r Request, id registry.ID, version int64, reason string) (registry.LegalAdviser, Receipt, error) {
	return s.alterAdviser(ctx, r, mediation.ActionAdviserEnd, id, version,
		func(a registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error) {
			return a.End(reason, act)
		})
}

// VisitVillage writes down that the adviser came to a village.
func (s *Service) VisitVillage(ctx context.Context, r Request, id registry.ID, version int64, visit registry.AdviserVisit) (registry.LegalAdviser, Receipt, error) {
	return s.alterAdviser(ctx, r, mediation.ActionAdviserVisit, id, version,
		func(a registry.LegalAdviser, act registry.Act) (registry.LegalAdviser, registry.Entry, error) {
			return a.Visit(visit, act)
		})
}
