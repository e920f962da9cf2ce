package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// RepeatPartyView is a party of several matters of the county. It has no name.
type RepeatPartyView struct {
	Handle  string    `json:"handle" example:"5f0c8a12d94be7736c1e02f5a8b94d3377e1c60b2f9d48ae15c3b7d6094f2e81" doc:"A digest under the county's key; it means nothing elsewhere."`
	Cases   int       `json:"cases" example:"3"`
	Leads   int       `json:"leads" example:"1"`
	Tenants []string  `json:"tenants" nullable:"false" example:"[\"371621101\",\"371621102\"]" doc:"Where."`
	Since   time.Time `json:"since" example:"2026-03-02T09:00:00+08:00" doc:"Of the first."`
	Latest  time.Time `json:"latest" example:"2026-11-23T09:00:00+08:00" doc:"Of the last."`
}

// RepeatMatterView is one case or lead of such a party.
type RepeatMatterView struct {
	Tenant       string    `json:"tenant" example:"371621101"`
	TenantName   string    `json:"tenantName" example:"石庙镇"`
	Kind         string    `json:"kind" enum:"case,lead" example:"case"`
	ID           string    `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	At           time.Time `json:"at" example:"2026-11-23T09:00:00+08:00" doc:"When it was filed or reported."`
	Registration string    `json:"registration,omitempty" example:"371621101-2026-000001"`
	Number       string    `json:"number,omitempty" example:"（2026）孙武人调字第0001号"`
	State        string    `json:"state,omitempty" example:"accepted" doc:"Of a case, of the list case-states."`
	Type         string    `json:"type,omitempty" example:"02" doc:"Of a case, of the list dispute-types."`
	Parties      []string  `json:"parties" nullable:"false" example:"[\"张*\",\"李*\"]" doc:"Masked names of all parties of a case."`
}

// RepeatRevealInput is why somebody wants to know in which matters a party is.
type RepeatRevealInput struct {
	Purpose PurposeCode `json:"purpose" example:"repeat-party"`
	Reason  string      `json:"reason" minLength:"2" maxLength:"2000" example:"同一当事人在两镇多次引发纠纷，研判风险"`
}

type (
	repeatPartiesInput struct {
		CountyPath
		PageQuery
		Towns int `query:"towns" minimum:"1" maximum:"100" default:"2" doc:"In at least so many townships."`
	}
	repeatRevealInput struct {
		CountyPath
		KeyHeader
		Party string `path:"party" example:"5f0c8a12d94be7736c1e02f5a8b94d3377e1c60b2f9d48ae15c3b7d6094f2e81" doc:"Handle of a repeat party."`
		Body  RepeatRevealInput
	}
)

type repeatPartiesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []RepeatPartyView `json:"items" nullable:"false"`
		Next  string            `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total             `json:"total"`
	}
}

type repeatRevealOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []RepeatMatterView `json:"items" nullable:"false" doc:"Oldest first."`
	}
}

func (a *API) registerRepeatParties() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-repeat-parties", method: http.MethodGet, path: "/v1/counties/{county}/repeat-parties", tag: "county",
		action: mediation.ActionRepeatPartyList, statuses: missing, summary: "List repeat parties", summaryZH: "查询重复当事人",
		description: "Who is a party, by identity number, of matters in several townships: how many, where and since when, latest first. No name crosses: a handle stands for each.",
	}, a.listRepeatParties)
	register(a, operation{
		id: "reveal-repeat-party", method: http.MethodPost, path: "/v1/counties/{county}/repeat-parties/{party}/reveal", tag: "county",
		action: mediation.ActionRepeatPartyReveal, statuses: missing, summary: "See a repeat party's matters", summaryZH: "查看重复当事人案件",
		example:     RepeatRevealInput{Purpose: PurposeCode(mediation.PurposeRepeat), Reason: "同一当事人在两镇多次引发纠纷，研判风险"},
		description: "The cases and leads of one repeat party for a purpose, names masked. Every township concerned has the look in the log of its case before this answers; a repeated request is one more look.",
	}, a.revealRepeatParty)
}

func (a *API) listRepeatParties(ctx context.Context, in *repeatPartiesInput) (*repeatPartiesOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.county.RepeatParties(ctx, e.request(), countywide.RepeatQuery{Tenants: in.Towns, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &repeatPartiesOutput{}
	out.Body.Items = views(page.Parties, func(p countywide.RepeatParty) RepeatPartyView { return RepeatPartyView(p) })
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) revealRepeatParty(ctx context.Context, in *repeatRevealInput) (*repeatRevealOutput, error) {
	e := exchangeOf(ctx)
	asked := mediation.Disclosing{Purpose: mediation.Purpose(in.Body.Purpose), Reason: in.Body.Reason}
	matters, err := e.county.RevealRepeatParty(ctx, e.request(), in.Party, asked,
		func(ctx context.Context, tenant string, objects []mediation.AuditObject) error {
			town, err := a.backend.Tenant(ctx, tenant)
			if err != nil {
				return err
			}
			return town.LookedAtByCounty(ctx, e.request(), asked, objects)
		})
	if err != nil {
		return nil, err
	}
	out := &repeatRevealOutput{Cache: "private, no-store"}
	out.Body.Items = views(matters, func(m countywide.RepeatMatter) RepeatMatterView {
		return RepeatMatterView{
			Tenant: m.Tenant, TenantName: m.TenantName, Kind: m.Kind, ID: string(m.ID), At: legal(m.At), Registration: m.Registration,
			Number: m.Number, State: string(m.State), Type: string(m.Type), Parties: append([]string{}, m.MaskedParties...),
		}
	})
	return out, nil
}
