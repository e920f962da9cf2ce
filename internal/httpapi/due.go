package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// DueClockView is a running clock as lists show it: when it is due, and how late it is.
type DueClockView struct {
	Rule      string    `json:"rule" example:"mediation" doc:"Stable code of the rule."`
	Title     string    `json:"title" example:"Mediation" doc:"Of the rule, in the language of Content-Language."`
	State     string    `json:"state" enum:"running,due-soon,overdue" example:"overdue"`
	Words     string    `json:"words" example:"overdue" doc:"The state in words."`
	StartedAt time.Time `json:"startedAt" example:"2026-11-23T09:00:00+08:00"`
	DueOn     string    `json:"dueOn" format:"date" example:"2026-12-23" doc:"The last day in time."`
	DueAt     time.Time `json:"dueAt" example:"2026-12-24T00:00:00+08:00" doc:"The first moment that is too late."`
	DaysLate  int       `json:"daysLate" example:"3" doc:"Days since the last day in time; 0 while it is in time."`
}

// TenantClockView is a running clock of one township with its case.
type TenantClockView struct {
	DueClockView
	Case            DueCaseView   `json:"case"`
	Host            *MediatorView `json:"host,omitempty" doc:"Who hosts the mediation; absent while nobody does."`
	RaisedDueSoonAt *time.Time    `json:"raisedDueSoonAt,omitempty" example:"2026-12-20T00:05:00+08:00" doc:"When it was raised as due soon, for this due moment."`
	RaisedOverdueAt *time.Time    `json:"raisedOverdueAt,omitempty" example:"2026-12-24T00:05:00+08:00" doc:"When it was raised as overdue, for this due moment."`
}

// DueCaseView is the case of a clock, as far as a list needs it. Who may not see parties gets title and names masked.
type DueCaseView struct {
	ID           string      `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Registration string      `json:"registration" example:"371621101-2026-000001"`
	Number       string      `json:"number,omitempty" example:"（2026）孙武人调字第0001号"`
	State        StateCode   `json:"state" example:"mediating"`
	Type         DisputeCode `json:"type" example:"02"`
	Title        string      `json:"title" example:"相邻宅基地排水纠纷"`
	Parties      []string    `json:"parties" nullable:"false" example:"[\"张*\",\"李*\"]" doc:"Masked names."`
}

// CountyClockView is a running clock of one of the county's townships with what the index knows of its case.
type CountyClockView struct {
	DueClockView
	Case CountyCaseView `json:"case"`
}

// DueFilter is the query of the lists of running clocks.
type DueFilter struct {
	PageQuery
	State string `query:"state" enum:"open,due-soon,overdue" default:"open" doc:"open: every running clock; due-soon: nearly due and not yet late; overdue: late."`
}

type listDueInput struct {
	TenantPath
	DueFilter
	Mediator       string `query:"mediator" example:"li" doc:"Subject of a mediator: the clocks of the cases that they mediate now."`
	MediatorIssuer string `query:"mediator_issuer" example:"https://id.example" doc:"Issuer of that mediator; without it, of any."`
}

type listCountyDueInput struct {
	CountyPath
	DueFilter
	Tenant []string `query:"tenant" nullable:"false" example:"[\"371621101\"]" doc:"Codes of townships of this county, separated by commas."`
}

type listDueOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Link     string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body     struct {
		Items []TenantClockView `json:"items" nullable:"false"`
		Next  string            `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total             `json:"total"`
	}
}

type listCountyDueOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Link     string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body     struct {
		Items []CountyClockView `json:"items" nullable:"false"`
		Next  string            `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total             `json:"total"`
	}
}

func (a *API) registerDue() {
	register(a, operation{
		id: "list-due-clocks", method: http.MethodGet, path: "/v1/tenants/{tenant}/clocks", tag: tagCases, action: mediation.ActionClockList,
		summary: "List what is due", summaryZH: "查询期限", statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "The township's running clocks, the oldest due first, with their cases: all, those due soon, or those overdue; of one mediator's cases, too. " +
			"A clock that stands still or is done is not here; GET …/cases/{case}/clocks explains each. What changes while you page through keeps its place by its due moment.",
	}, a.listDue)
	register(a, operation{
		id: "list-county-clocks", method: http.MethodGet, path: "/v1/counties/{county}/clocks", tag: "county",
		action: mediation.ActionCountyClockList, statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		summary: "List what is due in a whole county", summaryZH: "查询全县期限",
		description: "Every township's running clocks, the oldest due first, with what the county's index knows of their cases. Texts stay with the township.",
	}, a.listCountyDue)
}

func (a *API) listDue(ctx context.Context, in *listDueInput) (*listDueOutput, error) {
	e := exchangeOf(ctx)
	query, err := in.dueQuery()
	if err != nil {
		return nil, err
	}
	query.Mediator.Subject, query.Mediator.Issuer = in.Mediator, in.MediatorIssuer
	page, err := e.tenant.DueClocks(ctx, e.request(), query)
	if err != nil {
		return nil, err
	}
	out, now := &listDueOutput{Language: string(e.language), Vary: "Accept-Language"}, a.now()
	out.Body.Items = views(page.Clocks, func(k casework.DueClock) TenantClockView {
		return tenantClockView(k, dueClockView(k.Rule, e.language.text(k.Title), k.Started, deadline.Deadline{Due: k.Due, WarnAt: k.Warn}, now, e.language))
	})
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.followDue(page.Next)
	return out, nil
}

func (a *API) listCountyDue(ctx context.Context, in *listCountyDueInput) (*listCountyDueOutput, error) {
	e := exchangeOf(ctx)
	query, err := in.dueQuery()
	if err != nil {
		return nil, err
	}
	page, err := e.county.DueClocks(ctx, e.request(), countywide.DueQuery{DueQuery: query, Tenants: in.Tenant})
	if err != nil {
		return nil, err
	}
	out, now := &listCountyDueOutput{Language: string(e.language), Vary: "Accept-Language"}, a.now()
	out.Body.Items = views(page.Clocks, func(k countywide.DueClock) CountyClockView {
		view := dueClockView(k.Rule, e.language.text(k.Title), k.Started, deadline.Deadline{Due: k.Due, WarnAt: k.Warn}, now, e.language)
		return CountyClockView{DueClockView: view, Case: countyCaseView(k.Case)}
	})
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.followDue(page.Next)
	return out, nil
}

// followDue makes the cursor of the next page and its Link header; both are empty on the last page.
func (f *DueFilter) followDue(next *mediation.DuePosition) (text, link string) {
	if next == nil {
		return "", ""
	}
	return f.follow(&mediation.Position{At: next.Due, ID: mediation.ID(next.Rest())})
}

func (f *DueFilter) dueQuery() (mediation.DueQuery, error) {
	query := mediation.DueQuery{State: mediation.DueState(f.State), Limit: f.Limit}
	after, err := f.after()
	if err != nil || after == nil {
		return query, err
	}
	position, ok := mediation.ParseDuePosition(after.At, string(after.ID))
	if !ok {
		return query, errCursor("malformed-cursor")
	}
	query.After = &position
	return query, nil
}

// dueClockView takes of the deadline its two moments. One whose warning was not computed yet is not due soon.
func dueClockView(rule, title string, started time.Time, d deadline.Deadline, now time.Time, l language) DueClockView {
	if d.WarnAt.IsZero() {
		d.WarnAt = d.Due
	}
	state := d.State(now)
	return DueClockView{
		Rule: rule, Title: title, State: string(state), Words: l.text(state.Label()), StartedAt: legal(started),
		DueOn: mediation.LastDay(d.Due), DueAt: legal(d.Due), DaysLate: mediation.DaysLate(d.Due, now),
	}
}

func tenantClockView(k casework.DueClock, view DueClockView) TenantClockView {
	c := k.Case
	shown := TenantClockView{
		DueClockView: view, RaisedDueSoonAt: legalPointer(k.RaisedDueSoonAt), RaisedOverdueAt: legalPointer(k.RaisedOverdueAt),
		Case: DueCaseView{
			ID: string(c.ID), Registration: c.Registration, Number: c.Number, State: StateCode(c.State), Type: DisputeCode(c.Type),
			Title: c.Title, Parties: append([]string{}, c.MaskedParties()...),
		},
	}
	if host, hosted := c.Host(); hosted {
		view := mediatorView(host)
		shown.Host = &view
	}
	return shown
}
