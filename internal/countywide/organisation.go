package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// Organisation is one as a county sees it: what is public, and where its filing stands.
type Organisation struct {
	ID           registry.ID
	Tenant       string
	TenantName   string
	Version      int64
	Kind         registry.OrganisationKind
	Status       registry.OrganisationStatus
	Name         string
	DivisionCode string
	TermTo       string // 2006-01-02, or ""
	Filed        bool
	Pending      bool   // a filing waits for the bureau
	FilingDue    string // the last day for what is owed to the bureau, or ""
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// OrganisationQuery filters, orders and cuts the list of all tenants.
type OrganisationQuery struct {
	registry.OrganisationFilter
	mediation.Paging
	Tenants []string
}

// OrganisationPage is one page of a list. Next is nil on the last.
type OrganisationPage struct {
	Organisations []Organisation
	Next          *mediation.Position
	Total         mediation.Total
}

// OrganisationStore reads the organisations of all tenants.
type OrganisationStore interface {
	ListOrganisations(ctx context.Context, query OrganisationQuery) (OrganisationPage, error)
}

// Organisations lists the organisations of all tenants.
func (s *Service) Organisations(ctx context.Context, r Request, query OrganisationQuery) (OrganisationPage, error) {
	if err := s.permit(r, mediation.ActionCountyOrganisationList); err != nil {
		return OrganisationPage{}, err
	}
	filter, err := query.OrganisationFilter.Checked()
	if err != nil {
		return OrganisationPage{}, refused(err)
	}
	if query.Paging, err = query.Paging.Checked(); err != nil {
		return OrganisationPage{}, err
	}
	if err := s.ofCounty(query.Tenants); err != nil {
		return OrganisationPage{}, err
	}
	query.OrganisationFilter = filter
	return s.store.ListOrganisations(ctx, query)
}
