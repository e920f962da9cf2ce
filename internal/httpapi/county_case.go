package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// CountyCaseView is a case as the county's index has it: codes, days, amounts and masked names, never text.
type CountyCaseView struct {
	ID           string      `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Tenant       string      `json:"tenant" example:"371621101" doc:"Where it was registered."`
	TenantName   string      `json:"tenantName" example:"孙武街道"`
	Custodian    string      `json:"custodian" example:"371621101" doc:"Who holds it."`
	State        StateCode   `json:"state" example:"accepted"`
	Type         DisputeCode `json:"type" example:"02"`
	Source       SourceCode  `json:"source" example:"application"`
	Registration string      `json:"registration" example:"371621101-2026-000001"`
	Number       string      `json:"number,omitempty" example:"（2026）孙武人调字第0001号"`
	Amount       *int64      `json:"amount,omitempty" example:"250000" doc:"In fen."`
	Tags         []string    `json:"tags" nullable:"false" example:"排水,邻里"`
	Parties      []string    `json:"parties" nullable:"false" example:"[\"张*\",\"李*\"]" doc:"Masked names."`
	FiledAt      time.Time   `json:"filedAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt    time.Time   `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
	Version      int64       `json:"version" example:"2"`
	JudgementView
}

type listCountyCasesInput struct {
	CountyPath
	CaseFilter
	Tenant []string `query:"tenant" nullable:"false" example:"[\"371621101\"]" doc:"Codes of townships of this county, separated by commas."`
	Q      string   `query:"q" hidden:"true"`
}

type listCountyCasesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []CountyCaseView `json:"items" nullable:"false"`
		Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total            `json:"total"`
	}
}

func (a *API) registerCountyCases() {
	register(a, operation{
		id: "list-county-cases", method: http.MethodGet, path: "/v1/counties/{county}/cases", tag: "county",
		action: mediation.ActionCountyCaseList, statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		summary: "List the cases of a whole county", summaryZH: "查询全县案件",
		description: "Every township's cases from the county's index, filtered as in a township. Texts and parties stay with the township: follow tenant and id.",
	}, a.listCountyCases)
}

func (a *API) listCountyCases(ctx context.Context, in *listCountyCasesInput) (*listCountyCasesOutput, error) {
	e := exchangeOf(ctx)
	query, err := in.caseQuery()
	if err != nil {
		return nil, err
	}
	query.Search = in.Q
	page, err := e.county.Cases(ctx, e.request(), countywide.CaseQuery{CaseQuery: query, Tenants: in.Tenant})
	if err != nil {
		return nil, err
	}
	out := &listCountyCasesOutput{}
	out.Body.Items = []CountyCaseView{}
	for _, c := range page.Cases {
		out.Body.Items = append(out.Body.Items, countyCaseView(c))
	}
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func countyCaseView(c countywide.IndexedCase) CountyCaseView {
	return CountyCaseView{
		ID: string(c.ID), Tenant: c.Tenant, TenantName: c.TenantName, Custodian: c.Custodian,
		State: StateCode(c.State), Type: DisputeCode(c.Type), Source: SourceCode(c.Source),
		Registration: c.Registration, Number: c.Number, Amount: c.Amount, Tags: append([]string{}, c.Tags...),
		Parties: append([]string{}, c.MaskedParties...), FiledAt: legal(c.FiledAt), UpdatedAt: legal(c.UpdatedAt), Version: c.Version,
		JudgementView: indexedJudgementView(c),
	}
}
