package countywide

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// StaffingStore counts.
type StaffingStore interface {
	// Staffing counts each tenant's organisations, mediators and advisers on a day, by code, the desk first.
	Staffing(ctx context.Context, day string) ([]registry.Staffing, error)
}

// Staffing counts who mediates in each tenant today, against the county's quota of full-time mediators.
func (s *Service) Staffing(ctx context.Context, r Request) (day string, quota registry.Quota, list []registry.Staffing, err error) {
	if err := s.permit(r, mediation.ActionCountyStaffingRead); err != nil {
		return "", registry.Quota{}, nil, err
	}
	day, quota = registry.LegalDay(s.clock()), registry.BaseQuota()
	list, err = s.store.Staffing(ctx, day)
	for i := range list {
		list[i].Required = quota.Of(list[i].Tenant)
	}
	return day, quota, list, err
}
