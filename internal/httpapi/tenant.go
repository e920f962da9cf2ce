package httpapi

import (
	"context"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// UnitView is what everybody may know of a township: codes and names are public.
type UnitView struct {
	Code   string `json:"code" example:"371621101"`
	County string `json:"county" example:"371621"`
	Name   string `json:"name" example:"孙武街道"`
	Kind   string `json:"kind" enum:"town,street,township,other,desk" example:"street" doc:"镇 town, 街道 street, 乡 township, 类似乡级单位 other, 县指挥中心 desk."`
	State  string `json:"state" enum:"active,suspended" example:"active" doc:"While suspended, reading works and changes do not."`
}

// TenantView is what its members may know of a township.
type TenantView struct {
	UnitView
	Mode           string    `json:"mode" enum:"dedicated,shared" example:"dedicated" doc:"Whether the township has API instances of its own; clients need not care."`
	SchemaVersion  int       `json:"schemaVersion" example:"1"`
	OpenCases      int       `json:"openCases" example:"12" doc:"Cases that still wait for somebody to do something."`
	OpenCasesQuota int       `json:"openCasesQuota" example:"5000" doc:"How many open cases there may be; 0 means no limit."`
	UpdatedAt      time.Time `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

type listTenantsInput struct {
	PageQuery
	County string `query:"county" example:"371621" doc:"Only the townships of this county."`
	Mine   bool   `query:"mine" example:"true" doc:"Only those in which you have a role, of their own or of their county."`
}

type listTenantsOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []UnitView `json:"items" nullable:"false"`
		Next  string     `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total      `json:"total"`
	}
}

type getTenantOutput struct {
	Body TenantView
}

func (a *API) registerTenants() {
	register(a, operation{
		id: "list-tenants", method: http.MethodGet, path: "/v1/tenants", tag: "units", action: mediation.ActionTenantList,
		summary: "List townships and county desks", summaryZH: "列出乡镇（街道）和县指挥中心",
		description: "The directory of all tenants, by code. Codes and names are public to everybody with a token; see /v1/me for where you may work.",
	}, a.listTenants)
	register(a, operation{
		id: "get-tenant", method: http.MethodGet, path: "/v1/tenants/{tenant}", tag: "units", action: mediation.ActionTenantRead,
		summary: "Read one township", summaryZH: "读取乡镇信息", statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "State, schema version and open cases against the quota of one township or county desk.",
	}, func(ctx context.Context, _ *TenantPath) (*getTenantOutput, error) {
		e := exchangeOf(ctx)
		tenant, err := e.tenant.Tenant(ctx, e.request())
		if err != nil {
			return nil, err
		}
		return &getTenantOutput{Body: tenantView(tenant)}, nil
	})
}

func (a *API) listTenants(ctx context.Context, in *listTenantsInput) (*listTenantsOutput, error) {
	if in.County != "" && !isUnitCode(in.County, countyCodeSize) {
		return nil, mediation.Fail(mediation.Invalid, "invalid-query", "The query breaks a rule.", "查询条件不符合规定。").
			WithFields(mediation.FieldError{Pointer: "/county", Code: "invalid-format",
				Message: "A county has a 6-digit code.", MessageZH: "县级代码为 6 位数字。"})
	}
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	tenants, err := a.backend.Tenants(ctx, in.County)
	if err != nil {
		return nil, err
	}
	if in.Mine {
		if tenants, err = a.mine(ctx, tenants); err != nil {
			return nil, err
		}
	}
	page, next := pageOf(tenants, func(t casework.Tenant) string { return t.Code }, after, in.Limit)
	out := &listTenantsOutput{}
	out.Body.Items = []UnitView{}
	for _, tenant := range page {
		out.Body.Items = append(out.Body.Items, unitView(tenant))
	}
	out.Body.Total = Total{Value: len(tenants), Exact: true}
	out.Body.Next, out.Link = in.follow(next)
	return out, nil
}

// mine are the tenants in which the caller has a role.
func (a *API) mine(ctx context.Context, tenants []casework.Tenant) ([]casework.Tenant, error) {
	who := exchangeOf(ctx).who
	units, err := a.backend.Units(ctx, who)
	if err != nil {
		return nil, err
	}
	member := map[string]bool{}
	for _, m := range mediation.Holding(who, units, mediation.LegalDay(a.now())) {
		member[m.Unit] = true
	}
	return slices.DeleteFunc(slices.Clone(tenants), func(t casework.Tenant) bool { return !member[t.Code] && !member[t.County] }), nil
}

// pageOf cuts a page out of directory rows that are sorted by code.
func pageOf[T any](rows []T, code func(T) string, after *mediation.Position, limit int) ([]T, *mediation.Position) {
	from := 0
	if after != nil {
		from = sort.Search(len(rows), func(i int) bool { return code(rows[i]) > string(after.ID) })
	}
	rest := rows[from:]
	if len(rest) <= limit {
		return rest, nil
	}
	return rest[:limit], &mediation.Position{ID: mediation.ID(code(rest[limit-1]))}
}

func unitView(t casework.Tenant) UnitView {
	return UnitView{
		Code: t.Code, County: t.County, Name: t.Name, Kind: strings.ToLower(t.Kind), State: strings.ToLower(t.State)}
}

func tenantView(t casework.Tenant) TenantView {
	return TenantView{
		UnitView: unitView(t), Mode: strings.ToLower(t.Mode), SchemaVersion: t.SchemaVersion,
		OpenCases: t.OpenCases, OpenCasesQuota: t.OpenCasesQuota, UpdatedAt: legal(t.UpdatedAt),
	}
}

func countyTenantView(county string, t countywide.Tenant) TenantView {
	return tenantView(casework.Tenant{
		Code: t.Code, County: county, Name: t.Name, Kind: t.Kind, Mode: t.Mode, State: t.State,
		SchemaVersion: t.SchemaVersion, OpenCases: t.OpenCases, OpenCasesQuota: t.OpenCasesQuota, UpdatedAt: t.UpdatedAt,
	})
}
