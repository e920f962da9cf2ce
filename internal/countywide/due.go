package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// DueClock is a running clock of one of the county's tenants with what the index knows of its case.
type DueClock struct {
	Case    IndexedCase
	Rule    string
	Started time.Time
	Due     time.Time
	Warn    time.Time // when it becomes due soon; zero when it was not computed yet
}

// DueQuery filters the county's list of running clocks: as in one tenant, and by tenants. No tenants: all.
type DueQuery struct {
	mediation.DueQuery
	Tenants []string
}

// DuePage is one page of the county's list of clocks. Next is nil on the last.
type DuePage struct {
	Clocks []DueClock
	Next   *mediation.DuePosition
	Total  Total
}

// DueStore reads what is due in a county.
type DueStore interface {
	// ListDue takes a checked query.
	ListDue(ctx context.Context, query DueQuery) (DuePage, error)
}

// DueClocks lists the running clocks of all tenants, the oldest due first.
func (s *Service) DueClocks(ctx context.Context, r Request, query DueQuery) (DuePage, error) {
	if err := s.permit(r, mediation.ActionCountyClockList); err != nil {
		return DuePage{}, err
	}
	query.Now = s.clock()
	checked, err := query.Checked()
	if err != nil {
		return DuePage{}, err
	}
	query.DueQuery = checked
	if err := s.checkTenants(query.Tenants); err != nil {
		return DuePage{}, err
	}
	return s.store.ListDue(ctx, query)
}

// Rule is the rule of a clock as this release carries it. A town may have its own words for it; they are in the town.
func (s *Service) Rule(id string) (deadline.Rule, bool) { return deadline.BaseRules().Rule(id) }
