package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// AdviserInput is what is written down of a village's legal adviser.
type AdviserInput struct {
	Name         string   `json:"name" minLength:"1" maxLength:"100" example:"郑律师"`
	Licence      string   `json:"licence" minLength:"1" maxLength:"32" example:"13716201510123456" doc:"Number of the practising licence."`
	Firm         string   `json:"firm,omitempty" maxLength:"300" example:"山东某律师事务所"`
	Phone        string   `json:"phone,omitempty" maxLength:"32" example:"13800005678"`
	Villages     []string `json:"villages" nullable:"false" minItems:"1" maxItems:"50" example:"[\"371621101201\"]" doc:"12-digit codes."`
	ContractFrom string   `json:"contractFrom" format:"date" example:"2026-01-01"`
	ContractTo   string   `json:"contractTo" format:"date" example:"2026-12-31"`
}

func (in AdviserInput) content() registry.AdviserContent {
	return registry.AdviserContent(in)
}

// AdviserChangeInput puts the whole content right.
type AdviserChangeInput struct {
	AdviserInput
	Reason string `json:"reason,omitempty" maxLength:"2000" example:"增加一个村" doc:"Why, for the history."`
}

// AdviserVisitInput is a day on which the adviser came to a village.
type AdviserVisitInput struct {
	Village string `json:"village" example:"371621101201"`
	On      string `json:"on" format:"date" example:"2026-11-20"`
	People  int    `json:"people,omitempty" minimum:"0" maximum:"10000" example:"6" doc:"How many asked for advice."`
	Note    string `json:"note,omitempty" maxLength:"2000" example:"解答土地流转合同疑问"`
}

// AdviserVisitView is a day on which the adviser came to a village.
type AdviserVisitView struct {
	ID string `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	AdviserVisitInput
}

// AdviserView is a legal adviser. Who may not see real names gets name, licence and telephone number masked.
type AdviserView struct {
	ID      string        `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c53"`
	Tenant  string        `json:"tenant" example:"371621101"`
	Version int64         `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	Status  AdviserStatus `json:"status" example:"active"`
	AdviserInput
	Visits    []AdviserVisitView `json:"visits" nullable:"false"`
	CreatedAt time.Time          `json:"createdAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt time.Time          `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// AdviserListView is one page of legal advisers.
type AdviserListView struct {
	Items []AdviserView `json:"items" nullable:"false"`
	Next  string        `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	Total Total         `json:"total"`
}

func adviserView(a registry.LegalAdviser) AdviserView {
	return AdviserView{
		ID: string(a.ID), Tenant: a.Tenant, Version: a.Version, Status: AdviserStatus(a.Status), AdviserInput: AdviserInput(a.AdviserContent),
		Visits: views(a.Visits, func(v registry.AdviserVisit) AdviserVisitView {
			return AdviserVisitView{string(v.ID), AdviserVisitInput{v.Village, v.On, v.People, v.Note}}
		}),
		CreatedAt: legal(a.CreatedAt), UpdatedAt: legal(a.UpdatedAt),
	}
}

// AdviserPath names a legal adviser.
type AdviserPath struct {
	TenantPath
	Adviser string `path:"adviser" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c53" doc:"Id of a legal adviser."`
}

type adviserInput[B any] struct {
	AdviserPath
	KeyHeader
	MatchHeader
	Body B
}

type listAdvisersInput struct {
	TenantPath
	RegistryPageQuery
	Status             []AdviserStatus `query:"status" nullable:"false" doc:"Statuses, separated by commas."`
	Village            string          `query:"village" example:"371621101201" doc:"A village, or all of a town, by division code."`
	ContractEndsBefore string          `query:"contract_ends_before" format:"date" example:"2026-12-31" doc:"The contract ends before this day."`
}

type registerAdviserInput struct {
	TenantPath
	KeyHeader
	Body AdviserInput
}

type getAdviserInput struct {
	AdviserPath
	NoneMatchHeader
}

type adviserJournalInput struct {
	AdviserPath
	PageQuery
}

const (
	underAdvisers = "/legal-advisers"
	advisersPath  = "/v1/tenants/{tenant}" + underAdvisers
	adviserPath   = advisersPath + "/{adviser}"
)

func (a *API) registerAdvisers() {
	register(a, operation{
		id: "list-legal-advisers", method: http.MethodGet, path: advisersPath, action: mediation.ActionAdviserList,
		summary: "List legal advisers", summaryZH: "查询村（居）法律顾问",
		description: "The villages' legal advisers with their contracts and visits, filtered.",
	}.ofRegistry(), a.listAdvisers)
	register(a, operation{
		id: "register-legal-adviser", path: advisersPath, action: mediation.ActionAdviserRegister, status: http.StatusCreated,
		summary: "Register a legal adviser", summaryZH: "登记村（居）法律顾问", example: exampleAdviser(),
		description: "Takes down whom villages have under contract.",
	}.ofRegistry(), a.registerAdviser)
	register(a, operation{
		id: "get-legal-adviser", method: http.MethodGet, path: adviserPath, action: mediation.ActionAdviserRead, conditional: true,
		summary: "Read a legal adviser", summaryZH: "读取村（居）法律顾问",
		description: "One legal adviser with the visits and the ETag.",
	}.ofRegistry(), a.getAdviser)
	changingAdviser(a, operation{
		id: "change-legal-adviser", method: http.MethodPut, action: mediation.ActionAdviserChange,
		summary: "Change a legal adviser", summaryZH: "变更村（居）法律顾问", example: AdviserChangeInput{exampleAdviser(), "增加一个村"},
		description: "Replaces the whole content: read it, change it, send it back with its ETag.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in AdviserChangeInput) (registry.LegalAdviser, mediation.Receipt, error) {
		return s.ChangeAdviser(ctx, r, id, version, in.content(), in.Reason)
	})
	changingAdviser(a, operation{
		id: "end-legal-adviser", path: "/end", action: mediation.ActionAdviserEnd,
		summary: "End a legal adviser's contract", summaryZH: "解聘村（居）法律顾问", example: WhyInput{Reason: "合同解除"},
		description: "Ends the contract before its time; the record stays as it is.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in WhyInput) (registry.LegalAdviser, mediation.Receipt, error) {
		return s.EndAdviser(ctx, r, id, version, in.Reason)
	})
	changingAdviser(a, operation{
		id: "record-adviser-visit", path: "/visits", action: mediation.ActionAdviserVisit,
		summary: "Record a visit to a village", summaryZH: "登记法律顾问走访", example: AdviserVisitInput{Village: "371621101201", On: "2026-11-20", People: 6},
		description: "A day on which the adviser came to one of the villages, within the contract.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in AdviserVisitInput) (registry.LegalAdviser, mediation.Receipt, error) {
		return s.VisitVillage(ctx, r, id, version, registry.AdviserVisit{Village: in.Village, On: in.On, People: in.People, Note: in.Note})
	})
	register(a, operation{
		id: "get-legal-adviser-journal", method: http.MethodGet, path: adviserPath + "/journal", action: mediation.ActionRegistryJournal,
		summary: "Read a legal adviser's history", summaryZH: "查阅村（居）法律顾问变更记录",
		description: "Everything that was done to the record, oldest first. It is never changed or removed.",
	}.ofRegistry(), func(ctx context.Context, in *adviserJournalInput) (*registryListOutput[RegistryJournalView], error) {
		return registryJournal(ctx, in.Adviser, &in.PageQuery)
	})
}

// changingAdviser registers an operation that changes one legal adviser.
func changingAdviser[B any](a *API, op operation,
	do func(*casework.Service, context.Context, mediation.Request, registry.ID, int64, B) (registry.LegalAdviser, mediation.Receipt, error),
) {
	op.guarded, op.path = true, adviserPath+op.path
	register(a, op.ofRegistry(), func(ctx context.Context, in *adviserInput[B]) (*registryOutput[AdviserView], error) {
		e, id := exchangeOf(ctx), recordID(in.Adviser)
		version, err := e.ifMatch.demand(func() (int64, error) {
			found, err := e.tenant.Adviser(ctx, e.request(), id)
			return found.Version, err
		})
		if err != nil {
			return nil, err
		}
		changed, receipt, err := do(e.tenant, ctx, e.request(), id, version, in.Body)
		if err != nil {
			return nil, err
		}
		return altered(adviserView(changed), changed.Version, receipt), nil
	})
}

func (a *API) listAdvisers(ctx context.Context, in *listAdvisersInput) (*registryListOutput[AdviserListView], error) {
	e := exchangeOf(ctx)
	paging, err := in.paging()
	if err != nil {
		return nil, err
	}
	filter := registry.AdviserFilter{Village: in.Village, ContractEndsBefore: in.ContractEndsBefore}
	for _, status := range in.Status {
		filter.Statuses = append(filter.Statuses, registry.AdviserStatus(status))
	}
	page, err := e.tenant.Advisers(ctx, e.request(), casework.AdviserQuery{AdviserFilter: filter, Paging: paging})
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[AdviserListView]{}
	out.Body.Items = views(page.Advisers, adviserView)
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) registerAdviser(ctx context.Context, in *registerAdviserInput) (*registryOutput[AdviserView], error) {
	e := exchangeOf(ctx)
	made, receipt, err := e.tenant.RegisterAdviser(ctx, e.request(), in.Body.content())
	if err != nil {
		return nil, err
	}
	return entered(e, adviserView(made), made.ID, made.Version, underAdvisers, receipt), nil
}

func (a *API) getAdviser(ctx context.Context, in *getAdviserInput) (*registryOutput[AdviserView], error) {
	e := exchangeOf(ctx)
	found, err := e.tenant.Adviser(ctx, e.request(), recordID(in.Adviser))
	if err != nil {
		return nil, err
	}
	return shownRecord(e, adviserView(found), found.Version), nil
}

func exampleAdviser() AdviserInput {
	return AdviserInput{Name: "郑律师", Licence: "13716201510123456", Firm: "山东某律师事务所", Villages: []string{"371621101201"},
		ContractFrom: "2026-01-01", ContractTo: "2026-12-31"}
}
