package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// CountyOrganisationView is an organisation as its county sees it.
type CountyOrganisationView struct {
	ID           string             `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52"`
	Tenant       string             `json:"tenant" example:"371621101" doc:"Who keeps it."`
	TenantName   string             `json:"tenantName" example:"石庙镇"`
	Version      int64              `json:"version" example:"2"`
	Kind         OrganisationKind   `json:"kind" example:"town"`
	Status       OrganisationStatus `json:"status" example:"active"`
	Name         string             `json:"name" example:"石庙镇人民调解委员会"`
	DivisionCode string             `json:"divisionCode" example:"371621101"`
	TermTo       string             `json:"termTo,omitempty" format:"date" example:"2027-12-31"`
	Filed        bool               `json:"filed" example:"true"`
	Pending      bool               `json:"filingPending" example:"false" doc:"A filing waits for the bureau."`
	FilingDueOn  string             `json:"filingDueOn,omitempty" format:"date" example:"2026-12-23" doc:"Last day for what is owed to the bureau."`
	CreatedAt    time.Time          `json:"createdAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt    time.Time          `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// CountyMediatorView is a mediator as the county sees one: a masked name, codes and days.
type CountyMediatorView struct {
	ID          string         `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51"`
	Tenant      string         `json:"tenant" example:"371621101" doc:"Who keeps the record."`
	TenantName  string         `json:"tenantName" example:"石庙镇"`
	Version     int64          `json:"version" example:"4"`
	Status      MediatorStatus `json:"status" example:"active"`
	Name        string         `json:"name" example:"孙*" doc:"Masked."`
	Skills      []string       `json:"skills" nullable:"false" example:"02"`
	TermTo      string         `json:"termTo,omitempty" format:"date" example:"2027-12-31"`
	Verified    bool           `json:"verified" example:"true"`
	Filed       bool           `json:"filed" example:"true"`
	Pending     bool           `json:"filingPending" example:"false" doc:"A filing waits for the bureau."`
	FilingDueOn string         `json:"filingDueOn,omitempty" format:"date" example:"2026-12-23" doc:"Last day for what is owed to the bureau."`
	CreatedAt   time.Time      `json:"createdAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt   time.Time      `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// CountyOrganisationListView is one page of a county's organisations.
type CountyOrganisationListView struct {
	Items []CountyOrganisationView `json:"items" nullable:"false"`
	Next  string                   `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	Total Total                    `json:"total"`
}

// CountyMediatorListView is one page of a county's mediators.
type CountyMediatorListView struct {
	Items []CountyMediatorView `json:"items" nullable:"false"`
	Next  string               `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	Total Total                `json:"total"`
}

// StaffingView is who mediates in one township today.
type StaffingView struct {
	Tenant        string         `json:"tenant" example:"371621101"`
	TenantName    string         `json:"tenantName" example:"石庙镇"`
	Organisations map[string]int `json:"organisations" doc:"That work, by code of the list organisation-kinds."`
	FullTime      int            `json:"fullTime" example:"2" doc:"Mediators who serve full-time in an organisation of this unit."`
	PartTime      int            `json:"partTime" example:"5" doc:"Mediators who serve part-time only."`
	Filed         int            `json:"filed" example:"6" doc:"Of all who serve."`
	Verified      int            `json:"verified" example:"7" doc:"Of all who serve."`
	Advisers      int            `json:"advisers" example:"4" doc:"Legal advisers under contract."`
	Required      int            `json:"required" example:"3" doc:"Full-time mediators that there shall be at least."`
	Short         int            `json:"short" example:"1" doc:"How many of them are missing."`
}

// CountyStaffingView is who mediates in a county today, against its quota.
type CountyStaffingView struct {
	On    string            `json:"on" format:"date" example:"2026-11-23"`
	Quota QuotaView         `json:"quota"`
	Items []StaffingView    `json:"items" nullable:"false" doc:"Every township, the county desk first."`
	Total StaffingTotalView `json:"total"`
}

// QuotaView is how many full-time mediators there shall be.
type QuotaView struct {
	Edition string `json:"edition" example:"base-1"`
	County  int    `json:"county" example:"5" doc:"In the organisations of the county desk, at least."`
	Town    int    `json:"town" example:"3" doc:"In those of each town, at least."`
}

// StaffingTotalView adds a county's townships up.
type StaffingTotalView struct {
	Organisations int `json:"organisations" example:"210"`
	FullTime      int `json:"fullTime" example:"38"`
	PartTime      int `json:"partTime" example:"412"`
	Required      int `json:"required" example:"50"`
	Short         int `json:"short" example:"14" doc:"Of all townships; what one has too many does not help another."`
}

type listCountyOrganisationsInput struct {
	CountyPath
	OrganisationFilter
	TenantsQuery
}

type listCountyMediatorsInput struct {
	CountyPath
	MediatorFilter
	TenantsQuery
}

type countyStaffingOutput struct {
	Body CountyStaffingView
}

func (a *API) registerCountyRegistry() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-county-organisations", method: http.MethodGet, path: "/v1/counties/{county}/organisations", tag: "county",
		action: mediation.ActionCountyOrganisationList, statuses: missing,
		summary: "List the organisations of a whole county", summaryZH: "查询全县调解组织",
		description: "Every township's organisations, filtered as in a township. filing_pending=true is what waits for the bureau; filing_due_before what is late.",
	}, a.listCountyOrganisations)
	register(a, operation{
		id: "list-county-mediators", method: http.MethodGet, path: "/v1/counties/{county}/mediators", tag: "county",
		action: mediation.ActionCountyMediatorList, statuses: missing,
		summary: "List the mediators of a whole county", summaryZH: "查询全县调解员",
		description: "Every township's mediators with masked names, filtered as in a township. Real names stay with the township: follow tenant and id.",
	}, a.listCountyMediators)
	register(a, operation{
		id: "get-county-staffing", method: http.MethodGet, path: "/v1/counties/{county}/staffing", tag: "county",
		action: mediation.ActionCountyStaffingRead, statuses: missing,
		summary: "Count who mediates in a county", summaryZH: "统计全县调解力量",
		description: "Organisations by kind, mediators full-time and part-time, filed and verified, legal advisers: today, township by township, against the quota of full-time mediators.",
	}, a.getCountyStaffing)
}

func (a *API) listCountyOrganisations(ctx context.Context, in *listCountyOrganisationsInput) (*registryListOutput[CountyOrganisationListView], error) {
	e := exchangeOf(ctx)
	paging, err := in.paging()
	if err != nil {
		return nil, err
	}
	page, err := e.county.Organisations(ctx, e.request(), countywide.OrganisationQuery{OrganisationFilter: in.filter(), Paging: paging, Tenants: in.Tenant})
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[CountyOrganisationListView]{}
	out.Body.Items = views(page.Organisations, func(o countywide.Organisation) CountyOrganisationView {
		return CountyOrganisationView{
			ID: string(o.ID), Tenant: o.Tenant, TenantName: o.TenantName, Version: o.Version, Kind: OrganisationKind(o.Kind),
			Status: OrganisationStatus(o.Status), Name: o.Name, DivisionCode: o.DivisionCode, TermTo: o.TermTo, Filed: o.Filed, Pending: o.Pending,
			FilingDueOn: o.FilingDue, CreatedAt: legal(o.CreatedAt), UpdatedAt: legal(o.UpdatedAt),
		}
	})
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) listCountyMediators(ctx context.Context, in *listCountyMediatorsInput) (*registryListOutput[CountyMediatorListView], error) {
	e := exchangeOf(ctx)
	paging, err := in.paging()
	if err != nil {
		return nil, err
	}
	page, err := e.county.Mediators(ctx, e.request(), countywide.MediatorQuery{MediatorFilter: in.filter(), Paging: paging, Tenants: in.Tenant})
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[CountyMediatorListView]{}
	out.Body.Items = views(page.Mediators, func(m countywide.Mediator) CountyMediatorView {
		return CountyMediatorView{
			ID: string(m.ID), Tenant: m.Tenant, TenantName: m.TenantName, Version: m.Version, Status: MediatorStatus(m.Status), Name: m.MaskedName,
			Skills: append([]string{}, m.Skills...), TermTo: m.TermTo, Verified: m.Verified, Filed: m.Filed, Pending: m.Pending,
			FilingDueOn: m.FilingDue, CreatedAt: legal(m.CreatedAt), UpdatedAt: legal(m.UpdatedAt),
		}
	})
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getCountyStaffing(ctx context.Context, _ *CountyPath) (*countyStaffingOutput, error) {
	e := exchangeOf(ctx)
	day, quota, list, err := e.county.Staffing(ctx, e.request())
	if err != nil {
		return nil, err
	}
	out := &countyStaffingOutput{Body: CountyStaffingView{On: day, Quota: QuotaView(quota)}}
	sum := &out.Body.Total
	out.Body.Items = views(list, func(s registry.Staffing) StaffingView {
		view := StaffingView{
			Tenant: s.Tenant, TenantName: s.TenantName, Organisations: map[string]int{}, FullTime: s.FullTime, PartTime: s.PartTime, Filed: s.Filed,
			Verified: s.Verified, Advisers: s.Advisers, Required: s.Required, Short: s.Short(),
		}
		for kind, count := range s.Organisations {
			view.Organisations[string(kind)] = count
			sum.Organisations += count
		}
		sum.FullTime, sum.PartTime = sum.FullTime+s.FullTime, sum.PartTime+s.PartTime
		sum.Required, sum.Short = sum.Required+s.Required, sum.Short+view.Short
		return view
	})
	return out, nil
}
