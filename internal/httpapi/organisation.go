package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// OrganisationInput is what is written down of an organisation.
type OrganisationInput struct {
	Kind           OrganisationKind `json:"kind" example:"town"`
	Name           string           `json:"name" minLength:"1" maxLength:"100" example:"石庙镇人民调解委员会"`
	USCC           string           `json:"uscc,omitempty" maxLength:"32" example:"53371621MJD123456X" doc:"Unified social credit code, checked by GB 32100."`
	DivisionCode   string           `json:"divisionCode" example:"371621101" doc:"Where it belongs: 12 digits for a village or community, 9 for a town, 6 for the county."`
	Serves         []string         `json:"serves,omitempty" nullable:"false" maxItems:"50" example:"371621101201,371621101202" doc:"Places that it serves besides, by division code."`
	DisputeTypes   []string         `json:"disputeTypes,omitempty" nullable:"false" maxItems:"50" example:"[\"15\"]" doc:"Types of dispute that an industry committee or a studio handles."`
	Founder        string           `json:"founder,omitempty" maxLength:"300" example:"孙武镇人民政府" doc:"设立单位"`
	Department     string           `json:"department,omitempty" maxLength:"300" example:"惠民县司法局" doc:"主管部门"`
	JudicialOffice string           `json:"judicialOffice,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c54" doc:"The judicial office that guides it, an organisation of this registry."`
	EstablishedOn  string           `json:"establishedOn,omitempty" format:"date" example:"2011-03-01"`
	TermFrom       string           `json:"termFrom,omitempty" format:"date" example:"2025-01-01"`
	TermTo         string           `json:"termTo,omitempty" format:"date" example:"2027-12-31"`
	Seats          []SeatInput      `json:"seats,omitempty" nullable:"false" maxItems:"50" doc:"Members of a committee; the law wants three to nine, a director, and women among them."`
	Place          string           `json:"place,omitempty" maxLength:"300" example:"石庙镇综治中心一楼"`
	Phone          string           `json:"phone,omitempty" maxLength:"32" example:"0543-5320000"`
	Hours          string           `json:"hours,omitempty" maxLength:"300" example:"工作日 8:30–17:30"`
	CourtToldOn    string           `json:"courtToldOn,omitempty" format:"date" example:"2025-01-10" doc:"When the basic court was told of its make-up."`
}

// SeatInput is one member of a committee.
type SeatInput struct {
	Name     string     `json:"name" minLength:"1" maxLength:"100" example:"王主任"`
	Mediator string     `json:"mediator,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"In the registry of mediators."`
	Office   OfficeCode `json:"office" example:"director"`
	Woman    bool       `json:"woman,omitempty" example:"true"`
	Minority bool       `json:"minority,omitempty" example:"false"`
}

func (in OrganisationInput) content() registry.OrganisationContent {
	return registry.OrganisationContent{
		Kind: registry.OrganisationKind(in.Kind), Name: in.Name, USCC: in.USCC, DivisionCode: in.DivisionCode, Serves: in.Serves,
		DisputeTypes: in.DisputeTypes, Founder: in.Founder, Department: in.Department, JudicialOffice: registry.ID(in.JudicialOffice),
		EstablishedOn: in.EstablishedOn, TermFrom: in.TermFrom, TermTo: in.TermTo, Place: in.Place, Phone: in.Phone, Hours: in.Hours,
		CourtToldOn: in.CourtToldOn,
		Seats: views(in.Seats, func(s SeatInput) registry.Seat {
			return registry.Seat{Name: s.Name, Mediator: registry.ID(s.Mediator), Office: registry.Office(s.Office), Woman: s.Woman, Minority: s.Minority}
		}),
	}
}

// OrganisationChangeInput puts the whole content right.
type OrganisationChangeInput struct {
	OrganisationInput
	Reason string `json:"reason,omitempty" maxLength:"2000" example:"换届" doc:"Why, for the history."`
}

// OrganisationView is an organisation. Of one of the county desk, a township sees what is public.
type OrganisationView struct {
	ID      string             `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52"`
	Tenant  string             `json:"tenant" example:"371621101" doc:"Who keeps it: this unit, or the county desk."`
	Version int64              `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	Status  OrganisationStatus `json:"status" example:"active"`
	OrganisationInput
	Filed     bool            `json:"filed" example:"true" doc:"With the bureau (备案)."`
	Filings   []FilingView    `json:"filings" nullable:"false" doc:"Oldest first."`
	Owed      *OwedFilingView `json:"owedFiling,omitempty" doc:"What is still to be filed."`
	Gaps      []FieldView     `json:"gaps" nullable:"false" doc:"What the law wants before it can be filed."`
	Warnings  []FieldView     `json:"warnings" nullable:"false" doc:"What is odd but allowed."`
	CreatedAt time.Time       `json:"createdAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt time.Time       `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// OrganisationListView is one page of organisations.
type OrganisationListView struct {
	Items []OrganisationView `json:"items" nullable:"false"`
	Next  string             `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	Total Total              `json:"total"`
}

func (a *API) organisationView(e *exchange, o registry.Organisation) OrganisationView {
	view := OrganisationView{
		ID: string(o.ID), Tenant: o.Tenant, Version: o.Version, Status: OrganisationStatus(o.Status),
		OrganisationInput: OrganisationInput{
			Kind: OrganisationKind(o.Kind), Name: o.Name, USCC: o.USCC, DivisionCode: o.DivisionCode, Serves: o.Serves, DisputeTypes: o.DisputeTypes,
			Founder: o.Founder, Department: o.Department, JudicialOffice: string(o.JudicialOffice), EstablishedOn: o.EstablishedOn,
			TermFrom: o.TermFrom, TermTo: o.TermTo, Place: o.Place, Phone: o.Phone, Hours: o.Hours, CourtToldOn: o.CourtToldOn,
			Seats: views(o.Seats, func(s registry.Seat) SeatInput {
				return SeatInput{Name: s.Name, Mediator: string(s.Mediator), Office: OfficeCode(s.Office), Woman: s.Woman, Minority: s.Minority}
			}),
		},
		Filed: registry.Filed(o.Filings), Filings: []FilingView{}, Owed: owedView(o.Owes), Gaps: []FieldView{}, Warnings: []FieldView{},
		CreatedAt: legal(o.CreatedAt), UpdatedAt: legal(o.UpdatedAt),
	}
	if o.Tenant == e.tenant.Unit() {
		view.Filings = views(o.Filings, filingView)
		view.Gaps, view.Warnings = views(o.Gaps(), fieldView), views(o.Warnings(registry.LegalDay(a.now())), fieldView)
	}
	return view
}

// OrganisationPath names an organisation.
type OrganisationPath struct {
	TenantPath
	Organisation string `path:"organisation" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52" doc:"Id of an organisation."`
}

// organisationInput is a change of one organisation.
type organisationInput[B any] struct {
	OrganisationPath
	KeyHeader
	MatchHeader
	Body B
}

// OrganisationFilter is the query of the lists of organisations.
type OrganisationFilter struct {
	RegistryPageQuery
	FilingQuery
	Kind        []OrganisationKind   `query:"kind" nullable:"false" doc:"Kinds, separated by commas."`
	Status      []OrganisationStatus `query:"status" nullable:"false" doc:"Statuses, separated by commas."`
	Name        string               `query:"name" maxLength:"100" doc:"A part of the name."`
	Division    string               `query:"division" example:"371621101" doc:"Where it belongs: a division code of 6, 9 or 12 digits, or what lies in it."`
	DisputeType string               `query:"dispute_type" maxLength:"32" doc:"A type of dispute that it handles."`
}

func (f *OrganisationFilter) filter() registry.OrganisationFilter {
	filter := registry.OrganisationFilter{
		Name: f.Name, Division: f.Division, DisputeType: f.DisputeType, Filed: truth(f.Filed), Pending: truth(f.Pending),
		FilingDueBefore: f.FilingDueBefore, TermEndsBefore: f.TermEndsBefore,
	}
	for _, kind := range f.Kind {
		filter.Kinds = append(filter.Kinds, registry.OrganisationKind(kind))
	}
	for _, status := range f.Status {
		filter.Statuses = append(filter.Statuses, registry.OrganisationStatus(status))
	}
	return filter
}

type listOrganisationsInput struct {
	TenantPath
	OrganisationFilter
	County string `query:"county" enum:"true,false" doc:"true: also the organisations of the county desk, of which a township sees what is public."`
}

type registerOrganisationInput struct {
	TenantPath
	KeyHeader
	Body OrganisationInput
}

type getOrganisationInput struct {
	OrganisationPath
	NoneMatchHeader
}

type organisationJournalInput struct {
	OrganisationPath
	PageQuery
}

const (
	underOrganisations = "/organisations"
	organisationsPath  = "/v1/tenants/{tenant}" + underOrganisations
	organisationPath   = organisationsPath + "/{organisation}"
)

func (a *API) registerOrganisations() {
	register(a, operation{
		id: "list-organisations", method: http.MethodGet, path: organisationsPath, action: mediation.ActionOrganisationList,
		summary: "List organisations", summaryZH: "查询调解组织",
		description: "The unit's mediation organisations, filtered: committees of villages, towns and industries, studios, judicial offices. Names of members are masked for mediators and readers.",
	}.ofRegistry(), a.listOrganisations)
	register(a, operation{
		id: "register-organisation", path: organisationsPath, action: mediation.ActionOrganisationRegister, status: http.StatusCreated,
		summary: "Register an organisation", summaryZH: "登记调解组织", example: exampleOrganisation(),
		description: "Takes an organisation down. Those of the whole county (industry committees, the county's own) belong to the county desk. What only filing demands may still be missing: see gaps.",
	}.ofRegistry(), a.registerOrganisation)
	register(a, operation{
		id: "get-organisation", method: http.MethodGet, path: organisationPath, action: mediation.ActionOrganisationRead, conditional: true,
		summary: "Read an organisation", summaryZH: "读取调解组织",
		description: "One organisation with its filings, its gaps against the law and its ETag.",
	}.ofRegistry(), a.getOrganisation)
	a.registerOrganisationChanges()
	register(a, operation{
		id: "get-organisation-journal", method: http.MethodGet, path: organisationPath + "/journal", action: mediation.ActionRegistryJournal,
		summary: "Read an organisation's history", summaryZH: "查阅调解组织变更记录",
		description: "Everything that was done to the record, oldest first. It is never changed or removed.",
	}.ofRegistry(), func(ctx context.Context, in *organisationJournalInput) (*registryListOutput[RegistryJournalView], error) {
		return registryJournal(ctx, in.Organisation, &in.PageQuery)
	})
}

func (a *API) registerOrganisationChanges() {
	changingOrganisation(a, operation{
		id: "change-organisation", method: http.MethodPut, path: organisationPath, action: mediation.ActionOrganisationChange,
		summary: "Change an organisation", summaryZH: "变更调解组织", example: OrganisationChangeInput{exampleOrganisation(), "换届"},
		description: "Replaces the whole content: read it, change it, send it back with its ETag. Of a filed organisation, the change is to be filed within 30 days (owedFiling).",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in OrganisationChangeInput) (registry.Organisation, mediation.Receipt, error) {
		return s.ChangeOrganisation(ctx, r, id, version, in.content(), in.Reason)
	})
	for _, status := range []struct {
		operation
		to registry.OrganisationStatus
	}{
		{operation{id: "suspend-organisation", path: "/suspend", summary: "Suspend an organisation", summaryZH: "暂停调解组织",
			description: "The organisation does not work for a time; nobody joins it, and nobody is suggested through it."}, registry.OrganisationSuspended},
		{operation{id: "resume-organisation", path: "/resume", summary: "Let an organisation work again", summaryZH: "恢复调解组织",
			description: "Ends a suspension."}, registry.OrganisationActive},
		{operation{id: "dissolve-organisation", path: "/dissolve", summary: "Dissolve an organisation", summaryZH: "撤销调解组织",
			description: "Ends the organisation for good. When it was filed, the cancellation is to be filed within 30 days."}, registry.OrganisationDissolved},
	} {
		op := status.operation
		op.path, op.action, op.example = organisationPath+op.path, mediation.ActionOrganisationStatus, WhyInput{Reason: "并入镇调委会"}
		changingOrganisation(a, op,
			func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in WhyInput) (registry.Organisation, mediation.Receipt, error) {
				return s.SetOrganisationStatus(ctx, r, id, version, status.to, in.Reason)
			})
	}
	changingOrganisation(a, operation{
		id: "file-organisation", path: organisationPath + "/filings", action: mediation.ActionOrganisationFile,
		summary: "File an organisation with the bureau", summaryZH: "提交调解组织备案", example: FilingInput{Kind: "new"},
		description: "Submits a new filing, a change or a cancellation; one at a time. 409 not-ready-for-filing lists what the law still wants.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in FilingInput) (registry.Organisation, mediation.Receipt, error) {
		return s.FileOrganisation(ctx, r, id, version, registry.FilingKind(in.Kind), in.Note)
	})
	changingOrganisation(a, operation{
		id: "decide-organisation-filing", path: organisationPath + "/filings/decision", action: mediation.ActionOrganisationDecide,
		summary: "Answer an organisation's filing", summaryZH: "审核调解组织备案", example: FilingDecisionInput{Accepted: true, Number: "惠司调备〔2026〕12号"},
		description: "The bureau accepts the filing that waits, with its number, or returns it, with the reason.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in FilingDecisionInput) (registry.Organisation, mediation.Receipt, error) {
		return s.DecideOrganisationFiling(ctx, r, id, version, in.decision())
	})
}

// changingOrganisation registers an operation that changes one organisation.
func changingOrganisation[B any](a *API, op operation,
	do func(*casework.Service, context.Context, mediation.Request, registry.ID, int64, B) (registry.Organisation, mediation.Receipt, error),
) {
	op.guarded = true
	register(a, op.ofRegistry(), func(ctx context.Context, in *organisationInput[B]) (*registryOutput[OrganisationView], error) {
		e, id := exchangeOf(ctx), recordID(in.Organisation)
		version, err := e.ifMatch.demand(func() (int64, error) {
			o, err := e.tenant.Organisation(ctx, e.request(), id)
			return o.Version, err
		})
		if err != nil {
			return nil, err
		}
		o, receipt, err := do(e.tenant, ctx, e.request(), id, version, in.Body)
		if err != nil {
			return nil, err
		}
		return altered(a.organisationView(e, o), o.Version, receipt), nil
	})
}

func (a *API) listOrganisations(ctx context.Context, in *listOrganisationsInput) (*registryListOutput[OrganisationListView], error) {
	e := exchangeOf(ctx)
	paging, err := in.paging()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.Organisations(ctx, e.request(), casework.OrganisationQuery{
		OrganisationFilter: in.filter(), Paging: paging, County: in.County == "true",
	})
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[OrganisationListView]{}
	out.Body.Items = views(page.Organisations, func(o registry.Organisation) OrganisationView { return a.organisationView(e, o) })
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) registerOrganisation(ctx context.Context, in *registerOrganisationInput) (*registryOutput[OrganisationView], error) {
	e := exchangeOf(ctx)
	o, receipt, err := e.tenant.RegisterOrganisation(ctx, e.request(), in.Body.content())
	if err != nil {
		return nil, err
	}
	return entered(e, a.organisationView(e, o), o.ID, o.Version, underOrganisations, receipt), nil
}

func (a *API) getOrganisation(ctx context.Context, in *getOrganisationInput) (*registryOutput[OrganisationView], error) {
	e := exchangeOf(ctx)
	o, err := e.tenant.Organisation(ctx, e.request(), recordID(in.Organisation))
	if err != nil {
		return nil, err
	}
	return shownRecord(e, a.organisationView(e, o), o.Version), nil
}

func exampleOrganisation() OrganisationInput {
	return OrganisationInput{
		Kind: OrganisationKind(registry.TownCommittee), Name: "石庙镇人民调解委员会", DivisionCode: "371621101", EstablishedOn: "2011-03-01",
		TermFrom: "2025-01-01", TermTo: "2027-12-31", Phone: "0543-5320000", CourtToldOn: "2025-02-01",
		Seats: []SeatInput{
			{Name: "王主任", Office: OfficeCode(registry.Director)}, {Name: "李委员", Office: OfficeCode(registry.Member), Woman: true},
			{Name: "赵委员", Office: OfficeCode(registry.Member)},
		},
	}
}
