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
	Title   deadline.Text
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
	if err := s.ofCounty(query.Tenants); err != nil {
		return DuePage{}, err
	}
	page, err := s.store.ListDue(ctx, query)
	for i, clock := range page.Clocks {
		page.Clocks[i].Title = title(clock.Rule)
	}
	return page, err
}

// title is the rule's as this release carries it: a town may have its own words for it. Its id where there is none.
func title(rule string) deadline.Text {
	if known, is := deadline.BaseRules().Rule(rule); is {
		return known.Title
	}
	return deadline.Text{ZH: rule, EN: rule}
}
