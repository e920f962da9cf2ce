package httpapi

import (
	"context"
	"net/http"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// CountyNameView is what everybody may know of a county.
type CountyNameView struct {
	Code string `json:"code" example:"371621"`
	Name string `json:"name" example:"惠民县"`
}

// CountyView is what its members may know of a county.
type CountyView struct {
	CountyNameView
	Tenants   int `json:"tenants" example:"16" doc:"Townships, the county desk included."`
	OpenCases int `json:"openCases" example:"128" doc:"Cases of all townships that still wait for somebody to do something."`
}

type listCountiesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []CountyNameView `json:"items" nullable:"false"`
		Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total            `json:"total"`
	}
}

type getCountyOutput struct {
	Body CountyView
}

type listCountyTenantsOutput struct {
	Body struct {
		Items []TenantView `json:"items" nullable:"false"`
		Total Total        `json:"total"`
	}
}

func (a *API) registerCounties() {
	register(a, operation{
		id: "list-counties", method: http.MethodGet, path: "/v1/counties", tag: "units", action: mediation.ActionCountyList,
		summary: "List counties", summaryZH: "列出区县",
		description: "The directory of all counties, by code. Codes and names are public to everybody with a token.",
	}, a.listCounties)
	register(a, operation{
		id: "get-county", method: http.MethodGet, path: "/v1/counties/{county}", tag: "units", action: mediation.ActionCountyRead,
		summary: "Read one county", summaryZH: "读取区县信息", statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "How many townships a county has and how many open cases they have together.",
	}, func(ctx context.Context, _ *CountyPath) (*getCountyOutput, error) {
		e := exchangeOf(ctx)
		county, err := e.county.County(ctx, e.request())
		if err != nil {
			return nil, err
		}
		return &getCountyOutput{Body: CountyView{
			CountyNameView: countyNameView(county), Tenants: county.Tenants, OpenCases: county.OpenCases}}, nil
	})
	register(a, operation{
		id: "list-county-tenants", method: http.MethodGet, path: "/v1/counties/{county}/tenants", tag: "units",
		action: mediation.ActionCountyTenantList, statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		summary: "List a county's townships", summaryZH: "列出全县乡镇",
		description: "Every township of the county with its state, schema version and open cases against its quota, the county desk first.",
	}, func(ctx context.Context, _ *CountyPath) (*listCountyTenantsOutput, error) {
		e := exchangeOf(ctx)
		tenants, err := e.county.Tenants(ctx, e.request())
		if err != nil {
			return nil, err
		}
		out := &listCountyTenantsOutput{}
		out.Body.Items = []TenantView{}
		for _, tenant := range tenants {
			out.Body.Items = append(out.Body.Items, countyTenantView(e.county.Unit(), tenant))
		}
		out.Body.Total = Total{Value: len(tenants), Exact: true}
		return out, nil
	})
}

func (a *API) listCounties(ctx context.Context, in *PageQuery) (*listCountiesOutput, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	counties, err := a.backend.Counties(ctx)
	if err != nil {
		return nil, err
	}
	page, next := pageOf(counties, func(c countywide.County) string { return c.Code }, after, in.Limit)
	out := &listCountiesOutput{}
	out.Body.Items = []CountyNameView{}
	for _, county := range page {
		out.Body.Items = append(out.Body.Items, countyNameView(county))
	}
	out.Body.Total = Total{Value: len(counties), Exact: true}
	out.Body.Next, out.Link = in.follow(next)
	return out, nil
}

func countyNameView(c countywide.County) CountyNameView {
	return CountyNameView{Code: c.Code, Name: c.Name}
}
