package countywide

import (
	"context"
	"errors"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// Mediator is one as a county sees it: a masked name, codes and days.
type Mediator struct {
	ID         registry.ID
	Tenant     string
	TenantName string
	Version    int64
	Status     registry.MediatorStatus
	MaskedName string
	Skills     []string
	TermTo     string // 2006-01-02, or ""
	Verified   bool
	Filed      bool
	Pending    bool   // a filing waits for the bureau
	FilingDue  string // the last day for what is owed to the bureau, or ""
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// MediatorQuery filters, orders and cuts the list of all tenants. Day is today in China; whoever calls need not give it.
type MediatorQuery struct {
	registry.MediatorFilter
	mediation.Paging
	Tenants []string
	Day     string
}

// MediatorPage is one page of a list. Next is nil on the last.
type MediatorPage struct {
	Mediators []Mediator
	Next      *mediation.Position
	Total     mediation.Total
}

// MediatorStore reads the mediators of all tenants.
type MediatorStore interface {
	ListMediators(ctx context.Context, query MediatorQuery) (MediatorPage, error)
}

// Mediators lists the mediators of all tenants. No name is asked for: a county knows none.
func (s *Service) Mediators(ctx context.Context, r Request, query MediatorQuery) (MediatorPage, error) {
	if err := s.permit(r, mediation.ActionCountyMediatorList); err != nil {
		return MediatorPage{}, err
	}
	filter, err := query.MediatorFilter.Checked()
	if err != nil {
		return MediatorPage{}, refused(err)
	}
	if query.Paging, err = query.Paging.Checked(); err != nil {
		return MediatorPage{}, err
	}
	if err := s.ofCounty(query.Tenants); err != nil {
		return MediatorPage{}, err
	}
	query.MediatorFilter, query.Name = filter, ""
	query.Day = registry.LegalDay(s.clock())
	return s.store.ListMediators(ctx, query)
}

// refused says what the registry's rules refuse in the words that everything above understands.
func refused(err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return err
	}
	said := mediation.Fail(mediation.Kind(refusal.Kind), refusal.Code, refusal.Message, refusal.MessageZH)
	for _, field := range refusal.Fields {
		said.Fields = append(said.Fields, mediation.FieldError(field))
	}
	return said
}
