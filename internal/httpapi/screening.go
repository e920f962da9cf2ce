package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const roundsPath = "/v1/tenants/{tenant}/screening-rounds"

// RoundPath names a screening round of a tenant.
type RoundPath struct {
	TenantPath
	Round string `path:"round" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a screening round."`
}

// GridDutyInput assigns a grid to somebody.
type GridDutyInput struct {
	Grid   string `json:"grid" minLength:"1" maxLength:"32" example:"371621101-003" doc:"The grid's code: letters, digits and hyphens."`
	Name   string `json:"name,omitempty" maxLength:"100" example:"惠民一网格"`
	Worker string `json:"worker,omitempty" maxLength:"100" example:"刘某" doc:"The grid worker's name."`
}

// RoundInput is what a screening round is to do.
type RoundInput struct {
	Title    string          `json:"title" minLength:"1" maxLength:"200" example:"2026年四季度矛盾纠纷排查"`
	Campaign string          `json:"campaign,omitempty" maxLength:"32" example:"涉企纠纷"`
	From     string          `json:"from" format:"date" example:"2026-11-01" doc:"First day."`
	To       string          `json:"to" format:"date" example:"2026-11-30" doc:"Last day."`
	Rhythm   RhythmCode      `json:"rhythm" example:"weekly"`
	Grids    []GridDutyInput `json:"grids" nullable:"false" maxItems:"10000"`
}

// RoundPatch is a JSON merge patch (RFC 7396) of a round's plan. Grids are replaced whole.
type RoundPatch struct {
	Title    Optional[string]          `json:"title,omitzero" nullable:"false" minLength:"1" maxLength:"200" example:"冬季矛盾纠纷集中排查"`
	Campaign Optional[string]          `json:"campaign,omitzero" nullable:"true" maxLength:"32" example:"2026-winter"`
	From     Optional[string]          `json:"from,omitzero" nullable:"false" format:"date" example:"2026-11-20"`
	To       Optional[string]          `json:"to,omitzero" nullable:"false" format:"date" example:"2026-12-20"`
	Rhythm   Optional[RhythmCode]      `json:"rhythm,omitzero" nullable:"false"`
	Grids    Optional[[]GridDutyInput] `json:"grids,omitzero" nullable:"false" maxItems:"10000"`
	Reason   string                    `json:"reason,omitempty" maxLength:"2000" example:"延长一周"`
}

// RoundClosingInput ends a round.
type RoundClosingInput struct {
	Summary string `json:"summary" minLength:"1" maxLength:"2000" example:"排查线索12条，化解9条，转案3件。" doc:"What came of it."`
}

// ZeroReportInput says that a grid was looked at and nothing was found.
type ZeroReportInput struct {
	Grid string `json:"grid" minLength:"1" maxLength:"32" example:"371621101-003"`
	Day  string `json:"day" format:"date" example:"2026-11-20" doc:"The day it speaks of."`
	Note string `json:"note,omitempty" maxLength:"2000" example:"入户42户，未发现纠纷"`
}

// RoundView is a screening round. Lists have gridCount and no grids.
type RoundView struct {
	ID        string         `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c62"`
	Tenant    string         `json:"tenant" example:"371621101"`
	Version   int64          `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	State     RoundStateCode `json:"state" example:"open"`
	Title     string         `json:"title" example:"2026年四季度矛盾纠纷排查"`
	Campaign  string         `json:"campaign,omitempty" example:"涉企纠纷"`
	From      string         `json:"from" format:"date" example:"2026-11-01"`
	To        string         `json:"to" format:"date" example:"2026-11-30"`
	Rhythm    RhythmCode     `json:"rhythm" example:"weekly"`
	GridCount int            `json:"gridCount" example:"12"`
	Grids     []GridDutyView `json:"grids,omitempty" nullable:"false"`
	StartedAt time.Time      `json:"startedAt" example:"2026-11-23T10:30:00+08:00"`
	StartedBy string         `json:"startedBy" example:"director" doc:"Subject."`
	UpdatedAt time.Time      `json:"updatedAt" example:"2026-11-23T10:00:00+08:00"`
	ClosedAt  *time.Time     `json:"closedAt,omitempty" example:"2026-12-21T09:00:00+08:00"`
	Summary   string         `json:"summary,omitempty" example:"共排查线索12条，均已处置。"`
}

// GridDutyView is a grid of a round.
type GridDutyView struct {
	Grid   string `json:"grid" example:"371621101-003"`
	Name   string `json:"name,omitempty" example:"惠民一网格"`
	Worker string `json:"worker,omitempty" example:"刘某"`
}

// CoverageView tells how far a round reaches.
type CoverageView struct {
	Assigned    int                  `json:"assigned" example:"12" doc:"Grids of the round."`
	Reported    int                  `json:"reported" example:"9" doc:"Grids that reported at least once, a lead or zero."`
	PerMille    int                  `json:"perMille" example:"750" doc:"Reported of assigned in thousandths, rounded down: only everything is 1000."`
	Silent      []string             `json:"silent" nullable:"false" example:"371621101-003" doc:"Grids that never reported."`
	Due         int                  `json:"due" example:"36" doc:"Reports due until now: one for every grid and period that has begun."`
	Done        int                  `json:"done" example:"30" doc:"Of those, the ones given."`
	Leads       int                  `json:"leads" example:"14"`
	ZeroReports int                  `json:"zeroReports" example:"20"`
	Period      string               `json:"period,omitempty" format:"date" example:"2026-11-15" doc:"First day of the period whose missing grids are named."`
	Missing     []string             `json:"missing" nullable:"false" example:"371621101-003,371621101-004" doc:"Grids that have not reported in that period."`
	Periods     []PeriodCoverageView `json:"periods" nullable:"false" doc:"The periods that have begun, oldest first."`
}

// PeriodCoverageView is one period of a round.
type PeriodCoverageView struct {
	Period   string `json:"period" format:"date" example:"2026-11-15" doc:"Its first day."`
	Assigned int    `json:"assigned" example:"12"`
	Reported int    `json:"reported" example:"9"`
}

// ZeroReportView is a zero report.
type ZeroReportView struct {
	ID        string    `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	Round     string    `json:"round" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c62"`
	Grid      string    `json:"grid" example:"371621101-003"`
	Day       string    `json:"day" format:"date" example:"2026-11-20"`
	Period    string    `json:"period" format:"date" example:"2026-11-15" doc:"First day of its period."`
	Note      string    `json:"note,omitempty" example:"入户42户，未发现纠纷"`
	At        time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
	Issuer    string    `json:"issuer" example:"https://id.example"`
	Subject   string    `json:"subject" example:"grid-worker-3"`
	ActorName string    `json:"actorName,omitempty" example:"刘某"`
}

// RoundEntryView is one line of a round's journal.
type RoundEntryView struct {
	ID        string         `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At        time.Time      `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Issuer    string         `json:"issuer" example:"https://id.example"`
	Subject   string         `json:"subject" example:"zhang"`
	ActorName string         `json:"actorName,omitempty" example:"张三"`
	Roles     []RoleCode     `json:"roles" nullable:"false"`
	Verb      RoundVerbCode  `json:"verb" example:"start"`
	From      string         `json:"from,omitempty" example:"open"`
	To        RoundStateCode `json:"to" example:"closed"`
	Version   int64          `json:"version" example:"2"`
	Changes   []ChangeView   `json:"changes" nullable:"false"`
	Reason    string         `json:"reason,omitempty" example:"增加一个网格"`
}

type startRoundInput struct {
	TenantPath
	KeyHeader
	Body RoundInput
}

type changeRoundInput struct {
	RoundPath
	KeyHeader
	MatchHeader
	Body RoundPatch `contentType:"application/merge-patch+json"`
}

type closeRoundInput struct {
	RoundPath
	KeyHeader
	MatchHeader
	Body RoundClosingInput
}

type listRoundsInput struct {
	TenantPath
	PageQuery
	State []RoundStateCode `query:"state" nullable:"false" doc:"States, separated by commas."`
	Grid  string           `query:"grid" doc:"Code of a grid that is assigned in it."`
	On    string           `query:"on" format:"date" doc:"A day that lies in it."`
}

type getRoundInput struct {
	RoundPath
	NoneMatchHeader
}

type coverageInput struct {
	RoundPath
	Period string `query:"period" format:"date" doc:"First day of the period whose missing grids are named; left out, the current or the last one."`
}

type roundJournalInput struct {
	RoundPath
	PageQuery
}

type reportZeroInput struct {
	RoundPath
	KeyHeader
	Body ZeroReportInput
}

type listZeroReportsInput struct {
	RoundPath
	PageQuery
	Grid string `query:"grid" doc:"A grid's code."`
}

type roundOutput struct {
	Status   int
	ETag     string `header:"ETag" doc:"The version, quoted. Absent when a repeated request finds that the round has moved on."`
	Location string `header:"Location" doc:"Where the new round is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     RoundView
}

type listRoundsOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []RoundView `json:"items" nullable:"false"`
		Next  string      `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total       `json:"total"`
	}
}

type coverageOutput struct{ Body CoverageView }

type roundJournalOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []RoundEntryView `json:"items" nullable:"false"`
		Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	}
}

type zeroReportOutput struct {
	Status   int
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     ZeroReportView
}

type listZeroReportsOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []ZeroReportView `json:"items" nullable:"false"`
		Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total            `json:"total"`
	}
}

// ofRound completes an operation on one round.
func (op operation) ofRound() operation {
	op.path, op.tag = roundsPath+"/{round}"+op.path, tagScreening
	op.statuses = append(op.statuses, http.StatusNotFound, http.StatusMisdirectedRequest)
	return op
}

func (a *API) registerScreening() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "start-round", method: http.MethodPost, path: roundsPath, tag: tagScreening, action: mediation.ActionRoundStart,
		summary: "Start a screening round", summaryZH: "部署排查", status: http.StatusCreated, statuses: missing,
		example: RoundInput{Title: "2026年四季度矛盾纠纷排查", From: "2026-11-01", To: "2026-11-30", Rhythm: "weekly", Grids: []GridDutyInput{
			{Grid: "371621101-001", Name: "惠民一网格", Worker: "刘某"}, {Grid: "371621101-002", Name: "惠民二网格"}}},
		description: "Says who looks where, from when to when, and how often they report. Each grid then reports leads, or zero, in every period.",
	}, a.startRound)
	register(a, operation{
		id: "list-rounds", method: http.MethodGet, path: roundsPath, tag: tagScreening, action: mediation.ActionRoundList,
		summary: "List screening rounds", summaryZH: "查询排查轮次", statuses: missing,
		description: "The township's rounds, newest first. What a grid worker has to report to today: state=open&grid=…&on=….",
	}, a.listRounds)
	register(a, operation{
		id: "get-round", method: http.MethodGet, action: mediation.ActionRoundRead, summary: "Read a screening round", summaryZH: "读取排查轮次",
		conditional: true, description: "One round with its plan and its ETag.",
	}.ofRound(), a.getRound)
	register(a, operation{
		id: "change-round", method: http.MethodPatch, action: mediation.ActionRoundChange, summary: "Change a round's plan", summaryZH: "调整排查计划", guarded: true,
		example:     map[string]any{"to": "2026-12-07", "reason": "延长一周"},
		description: "A JSON merge patch (RFC 7396) of the plan while the round runs; grids are replaced whole. What changed goes into the journal.",
	}.ofRound(), a.changeRound)
	register(a, operation{
		id: "close-round", method: http.MethodPost, path: "/close", action: mediation.ActionRoundClose, summary: "Close a screening round", summaryZH: "结束排查轮次",
		guarded: true, example: RoundClosingInput{Summary: "排查线索12条，化解9条，转案3件。"},
		description: "Ends the round with a summary of what came of it. Nothing is reported to it after that, and nothing of it changes.",
	}.ofRound(), a.closeRound)
	register(a, operation{
		id: "get-round-journal", method: http.MethodGet, path: "/journal", action: mediation.ActionRoundJournal,
		summary: "Read a round's journal", summaryZH: "查阅排查轮次留痕", description: "Everything that was done to the round, oldest first.",
	}.ofRound(), a.roundJournal)
	a.registerCoverage()
}

func (a *API) registerCoverage() {
	register(a, operation{
		id: "get-coverage", method: http.MethodGet, path: "/coverage", action: mediation.ActionRoundCoverage,
		summary: "Read a round's coverage", summaryZH: "查看排查覆盖率",
		description: "Grids that reported against grids assigned: in all, period by period until now, and who is missing in one period.",
	}.ofRound(), a.coverage)
	register(a, operation{
		id: "report-zero", method: http.MethodPost, path: "/zero-reports", action: mediation.ActionZeroReport,
		summary: "Report zero", summaryZH: "零报告", status: http.StatusCreated, example: ZeroReportInput{Grid: "371621101-001", Day: "2026-11-20"},
		description: "Says that a grid was looked at and nothing was found. Once per grid and period (409 zero-reported); 409 grid-has-leads when the grid reported leads on that day.",
	}.ofRound(), a.reportZero)
	register(a, operation{
		id: "list-zero-reports", method: http.MethodGet, path: "/zero-reports", action: mediation.ActionZeroReportList,
		summary: "List zero reports", summaryZH: "查询零报告", description: "A round's zero reports, newest first.",
	}.ofRound(), a.listZeroReports)
}

func (in RoundInput) plan() mediation.RoundPlan {
	return mediation.RoundPlan{Title: in.Title, Campaign: in.Campaign, From: in.From, To: in.To, Rhythm: mediation.Rhythm(in.Rhythm), Grids: gridDuties(in.Grids)}
}

func gridDuties(given []GridDutyInput) []mediation.GridDuty {
	return views(given, func(d GridDutyInput) mediation.GridDuty { return mediation.GridDuty(d) })
}

// onto puts the patch onto the plan. What a plan needs and null would clear is refused by the rules, with its field.
func (in RoundPatch) onto(plan mediation.RoundPlan) mediation.RoundPlan {
	plan.Grids = slices.Clone(plan.Grids)
	onto(&plan.Title, in.Title, same)
	onto(&plan.Campaign, in.Campaign, same)
	onto(&plan.From, in.From, same)
	onto(&plan.To, in.To, same)
	onto(&plan.Rhythm, in.Rhythm, func(code RhythmCode) mediation.Rhythm { return mediation.Rhythm(code) })
	onto(&plan.Grids, in.Grids, gridDuties)
	return plan
}

func roundView(listed casework.ListedRound) RoundView {
	r := listed.ScreeningRound
	return RoundView{
		ID: string(r.ID), Tenant: r.Tenant, Version: r.Version, State: RoundStateCode(r.State), Title: r.Title, Campaign: r.Campaign, From: r.From, To: r.To,
		Rhythm: RhythmCode(r.Rhythm), GridCount: listed.GridCount, Grids: views(r.Grids, func(d mediation.GridDuty) GridDutyView { return GridDutyView(d) }),
		StartedAt: legal(r.StartedAt), StartedBy: r.StartedBy, UpdatedAt: legal(r.UpdatedAt), ClosedAt: legalPointer(r.ClosedAt), Summary: r.Summary,
	}
}

func wholeRoundView(r mediation.ScreeningRound) RoundView {
	return roundView(casework.ListedRound{ScreeningRound: r, GridCount: len(r.Grids)})
}

func (a *API) startRound(ctx context.Context, in *startRoundInput) (*roundOutput, error) {
	e := exchangeOf(ctx)
	r, receipt, err := e.tenant.StartRound(ctx, e.request(), in.Body.plan())
	if err != nil {
		return nil, err
	}
	out := writtenRound(r, receipt)
	out.Status, out.Location = http.StatusCreated, "/v1/tenants/"+e.tenant.Unit()+"/screening-rounds/"+string(r.ID)
	return out, nil
}

func writtenRound(r mediation.ScreeningRound, receipt mediation.Receipt) *roundOutput {
	return &roundOutput{Status: http.StatusOK, ETag: currentTag(receipt, r.Version), Replayed: replayed(receipt), Body: wholeRoundView(r)}
}

func (a *API) listRounds(ctx context.Context, in *listRoundsInput) (*listRoundsOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	query := mediation.RoundQuery{Grid: in.Grid, On: in.On, After: after, Limit: in.Limit}
	for _, state := range in.State {
		query.States = append(query.States, mediation.RoundState(state))
	}
	page, err := e.tenant.Rounds(ctx, e.request(), query)
	if err != nil {
		return nil, err
	}
	out := &listRoundsOutput{}
	out.Body.Items, out.Body.Total = views(page.Rounds, roundView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getRound(ctx context.Context, in *getRoundInput) (*roundOutput, error) {
	e := exchangeOf(ctx)
	r, err := e.tenant.Round(ctx, e.request(), caseID(in.Round))
	if err != nil {
		return nil, err
	}
	out := &roundOutput{Status: http.StatusOK, ETag: etag(r.Version), Body: wholeRoundView(r)}
	if e.ifNoneMatch.present && e.ifNoneMatch.unchanged(r.Version) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// changedRound settles If-Match, then does the change.
func changedRound(ctx context.Context, path string, do func(*exchange, mediation.ID, int64) (mediation.ScreeningRound, mediation.Receipt, error)) (*roundOutput, error) {
	e, id := exchangeOf(ctx), caseID(path)
	version, err := e.ifMatch.demand(func() (int64, error) {
		r, err := e.tenant.Round(ctx, e.request(), id)
		return r.Version, err
	})
	if err != nil {
		return nil, err
	}
	r, receipt, err := do(e, id, version)
	if err != nil {
		return nil, err
	}
	return writtenRound(r, receipt), nil
}

func (a *API) changeRound(ctx context.Context, in *changeRoundInput) (*roundOutput, error) {
	return changedRound(ctx, in.Round, func(e *exchange, id mediation.ID, version int64) (mediation.ScreeningRound, mediation.Receipt, error) {
		return e.tenant.ChangeRound(ctx, e.request(), id, version, in.Body.onto, in.Body.Reason)
	})
}

func (a *API) closeRound(ctx context.Context, in *closeRoundInput) (*roundOutput, error) {
	return changedRound(ctx, in.Round, func(e *exchange, id mediation.ID, version int64) (mediation.ScreeningRound, mediation.Receipt, error) {
		return e.tenant.CloseRound(ctx, e.request(), id, version, in.Body.Summary)
	})
}

func (a *API) roundJournal(ctx context.Context, in *roundJournalInput) (*roundJournalOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	entries, next, err := e.tenant.RoundJournal(ctx, e.request(), caseID(in.Round), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &roundJournalOutput{}
	out.Body.Items = views(entries, func(entry mediation.RoundEntry) RoundEntryView {
		return RoundEntryView{
			ID: string(entry.ID), At: legal(entry.At), Issuer: entry.Actor.Issuer, Subject: entry.Actor.Subject, ActorName: entry.Actor.Name,
			Roles: roleCodes(entry.Actor.Roles), Verb: RoundVerbCode(entry.Verb), From: string(entry.From), To: RoundStateCode(entry.To),
			Version: entry.Version, Changes: views(entry.Changes, changeView), Reason: entry.Reason,
		}
	})
	out.Body.Next, out.Link = in.follow(next)
	return out, nil
}

func (a *API) coverage(ctx context.Context, in *coverageInput) (*coverageOutput, error) {
	e := exchangeOf(ctx)
	_, c, err := e.tenant.RoundCoverage(ctx, e.request(), caseID(in.Round), in.Period)
	if err != nil {
		return nil, err
	}
	return &coverageOutput{Body: CoverageView{
		Assigned: c.Assigned, Reported: c.Reported, PerMille: c.PerMille(), Silent: append([]string{}, c.Silent...), Due: c.Due, Done: c.Done,
		Leads: c.Leads, ZeroReports: c.ZeroReports, Period: c.Period, Missing: append([]string{}, c.Missing...),
		Periods: views(c.Periods, func(p mediation.PeriodCoverage) PeriodCoverageView { return PeriodCoverageView(p) }),
	}}, nil
}

func zeroReportView(z mediation.ZeroReport) ZeroReportView {
	return ZeroReportView{ID: string(z.ID), Round: string(z.Round), Grid: z.Grid, Day: z.Day, Period: z.Period, Note: z.Note, At: legal(z.At),
		Issuer: z.Actor.Issuer, Subject: z.Actor.Subject, ActorName: z.Actor.Name}
}

func (a *API) reportZero(ctx context.Context, in *reportZeroInput) (*zeroReportOutput, error) {
	e := exchangeOf(ctx)
	z, receipt, err := e.tenant.ReportZero(ctx, e.request(), caseID(in.Round), in.Body.Grid, in.Body.Day, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return &zeroReportOutput{Status: http.StatusCreated, Replayed: replayed(receipt), Body: zeroReportView(z)}, nil
}

func (a *API) listZeroReports(ctx context.Context, in *listZeroReportsInput) (*listZeroReportsOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.ZeroReports(ctx, e.request(), caseID(in.Round), in.Grid, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listZeroReportsOutput{}
	out.Body.Items, out.Body.Total = views(page.Reports, zeroReportView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}
