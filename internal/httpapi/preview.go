package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// PreviewFiguresView count what a document would move.
type PreviewFiguresView struct {
	Cases        int `json:"cases" example:"412" doc:"Looked at: every case that is not archived."`
	CasesMoved   int `json:"casesMoved" example:"37"`
	Clocks       int `json:"clocks" example:"41" doc:"Deadlines that would be due at another moment, begin or cease to run."`
	Later        int `json:"later" example:"30"`
	Earlier      int `json:"earlier" example:"9"`
	Begin        int `json:"begin" example:"0" doc:"Would run with the document only."`
	Cease        int `json:"cease" example:"2" doc:"Would not run any more: their rule is switched off."`
	NewlyOverdue int `json:"newlyOverdue" example:"3" doc:"Would be overdue at once on the day from which the document counts."`
	Unreadable   int `json:"unreadable" example:"0" doc:"Cases whose deadlines cannot be computed; nothing is said of them."`
}

// ClockMoveView is one deadline that would move.
type ClockMoveView struct {
	Tenant       string     `json:"tenant" example:"371621101"`
	Case         string     `json:"case" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Registration string     `json:"registration" example:"371621101-2026-000012"`
	Number       string     `json:"number,omitempty" example:"（2026）惠镇人调字第0009号"`
	Rule         string     `json:"rule" example:"mediation-medical"`
	Title        string     `json:"title" example:"people's mediation of a medical dispute"`
	About        string     `json:"about,omitempty" example:"/agreement/instalments/2"`
	StartedAt    time.Time  `json:"startedAt" example:"2026-11-23T10:30:00+08:00"`
	DueBefore    *time.Time `json:"dueBefore,omitempty" example:"2026-12-24T00:00:00+08:00" doc:"The first moment that is too late, as it is now; absent while it stands still or does not run."`
	DueAfter     *time.Time `json:"dueAfter,omitempty" example:"2026-12-25T00:00:00+08:00" doc:"With the document."`
	Days         int        `json:"days" example:"-14" doc:"How much later; negative: earlier."`
	NewlyOverdue bool       `json:"newlyOverdue" example:"false"`
}

// PreviewView is which deadlines a document would move. Nothing was stored.
type PreviewView struct {
	Day      string               `json:"day" format:"date" example:"2026-11-23" doc:"From which the document counts; what is compared is in force on this day."`
	Version  string               `json:"version" example:"law-2026.1+371621@2026.3" doc:"Of the kind, with the document."`
	Figures  PreviewFiguresView   `json:"figures"`
	Moves    []ClockMoveView      `json:"moves" nullable:"false" doc:"The first ones: newly overdue before others, then by the new due moment."`
	Complete bool                 `json:"complete" example:"true" doc:"Whether moves has them all."`
	Faults   []ReferenceFaultView `json:"faults" nullable:"false" doc:"Documents of units below that would not fit any more, and would be left out."`
	Towns    []PreviewTownView    `json:"towns,omitempty" doc:"Of a county: town by town."`
}

// PreviewTownView is one town of a county's preview.
type PreviewTownView struct {
	Tenant  string             `json:"tenant" example:"371621101"`
	Name    string             `json:"name" example:"孙武镇"`
	Figures PreviewFiguresView `json:"figures"`
	Problem string             `json:"problem,omitempty" example:"database" doc:"Why it could not be looked at: the code of the problem that asking the town gives."`
}

// PreviewQuery bounds the list.
type PreviewQuery struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many moves are listed; the figures count them all."`
}

type (
	previewReferenceInput struct {
		TenantReferencePath
		PreviewQuery
		KeyHeader
		Body ReferenceInput
	}
	previewCountyReferenceInput struct {
		CountyReferencePath
		PreviewQuery
		KeyHeader
		Body ReferenceInput
	}
	previewOutput struct {
		Language string `header:"Content-Language" doc:"zh-CN or en"`
		Vary     string `header:"Vary" doc:"Accept-Language"`
		Body     PreviewView
	}
)

func (a *API) registerPreview(missing []int) {
	register(a, operation{
		id: "preview-reference", method: http.MethodPost, path: tenantReferencePage + "/{kind}/preview", tag: tagReference, action: mediation.ActionReferencePreview,
		summary: "Preview a township's own document", summaryZH: "预览乡镇参考数据变更", statuses: missing, example: exampleReference(),
		description: "Which deadlines of the township's cases would be due at another moment if the document were published, and by how many days; " +
			"refused for whatever publishing it would be refused for. Nothing is stored. Kinds other than calendar and clocks move no deadline.",
	}, func(ctx context.Context, in *previewReferenceInput) (*previewOutput, error) {
		e := exchangeOf(ctx)
		document, err := in.Body.document(in.Kind)
		if err != nil {
			return nil, err
		}
		p, err := e.tenant.PreviewReference(ctx, e.request(), document, false, in.Limit)
		if err != nil {
			return nil, err
		}
		return e.preview(p, p.Moves), nil
	})
	register(a, operation{
		id: "preview-county-reference", method: http.MethodPost, path: countyReferencePage + "/{kind}/preview", tag: tagReference, action: mediation.ActionCountyReferencePreview,
		summary: "Preview a county's own document", summaryZH: "预览县级参考数据变更", statuses: missing, example: exampleReference(),
		description: "As preview-reference, over every town of the county, with figures town by town. A town that cannot be asked is named with its problem.",
	}, a.previewCounty)
}

// townsAtOnce bounds how many towns of a county are asked at the same time.
const townsAtOnce = 4

func (a *API) previewCounty(ctx context.Context, in *previewCountyReferenceInput) (*previewOutput, error) {
	e := exchangeOf(ctx)
	document, err := in.Body.document(in.Kind)
	if err != nil {
		return nil, err
	}
	f, err := e.countyInForce(ctx)
	if err != nil {
		return nil, err
	}
	checked := document
	checked.Unit = e.county.Unit()
	if checked, err = checked.Checked(); err != nil {
		return nil, err
	}
	_, after, err := f.With(checked)
	if err != nil {
		return nil, err
	}
	tenants, err := e.county.Tenants(ctx, e.request())
	if err != nil {
		return nil, err
	}
	previews, failed := a.previewTowns(ctx, e, tenants, document, in.Limit)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	kind, err := after.Kind(document.Kind)
	if err != nil {
		return nil, err
	}
	total := casework.Preview{Day: after.Day, Version: kind.Version}
	towns := make([]PreviewTownView, len(tenants))
	for i, p := range previews {
		total.Add(p)
		towns[i] = PreviewTownView{Tenant: tenants[i].Code, Name: tenants[i].Name, Figures: previewFigures(p)}
		if failed[i] != nil {
			towns[i].Problem = refusalOf(failed[i]).Code
		}
	}
	out := e.preview(total, casework.FirstMoves(total.Moves, in.Limit))
	out.Body.Towns = towns
	return out, nil
}

// previewTowns asks every town, a few at a time.
func (a *API) previewTowns(ctx context.Context, e *exchange, tenants []countywide.Tenant, document mediation.Reference, limit int) ([]casework.Preview, []error) {
	previews, failed := make([]casework.Preview, len(tenants)), make([]error, len(tenants))
	gate := make(chan struct{}, townsAtOnce)
	var group sync.WaitGroup
	for i, tenant := range tenants {
		group.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			previews[i], failed[i] = a.previewTown(ctx, e, tenant.Code, document, limit)
		})
	}
	group.Wait()
	return previews, failed
}

func (a *API) previewTown(ctx context.Context, e *exchange, code string, document mediation.Reference, limit int) (casework.Preview, error) {
	town, err := a.backend.Tenant(ctx, code)
	if err != nil {
		return casework.Preview{}, err
	}
	actor, err := town.Actor(ctx, e.who)
	if err != nil {
		return casework.Preview{}, err
	}
	return town.PreviewReference(ctx, mediation.Request{Actor: actor}, document, true, limit)
}

func (e *exchange) preview(p casework.Preview, moves []casework.ClockMove) *previewOutput {
	return &previewOutput{Language: string(e.language), Vary: "Accept-Language", Body: PreviewView{
		Day: p.Day, Version: p.Version, Figures: previewFigures(p), Complete: len(moves) == p.Clocks,
		Moves:  views(moves, func(m casework.ClockMove) ClockMoveView { return clockMoveView(m, e.language) }),
		Faults: views(p.Faults, func(f casework.ReferenceFault) ReferenceFaultView { return referenceFaultView(f, e.language) }),
	}}
}

func previewFigures(p casework.Preview) PreviewFiguresView {
	return PreviewFiguresView{
		Cases: p.Cases, CasesMoved: p.CasesMoved, Clocks: p.Clocks, Later: p.Later, Earlier: p.Earlier, Begin: p.Begin, Cease: p.Cease,
		NewlyOverdue: p.NewlyOverdue, Unreadable: p.Unreadable,
	}
}

func clockMoveView(m casework.ClockMove, l language) ClockMoveView {
	return ClockMoveView{
		Tenant: m.Tenant, Case: string(m.Case), Registration: m.Registration, Number: m.Number, Rule: m.Rule, Title: l.text(m.Title), About: m.About,
		StartedAt: legal(m.Started), DueBefore: legalPointer(m.Before), DueAfter: legalPointer(m.After), Days: m.Days, NewlyOverdue: m.NewlyOverdue,
	}
}
