package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// RegisteredMediatorInput is what is written down of a mediator, under the real name.
type RegisteredMediatorInput struct {
	Name            string       `json:"name" minLength:"1" maxLength:"100" example:"孙调解"`
	Sex             SexCode      `json:"sex,omitempty" example:"female" doc:"Taken from a resident identity number when left out."`
	BornOn          string       `json:"bornOn,omitempty" format:"date" example:"1985-06-15" doc:"Taken from a resident identity number when left out."`
	Ethnicity       string       `json:"ethnicity,omitempty" maxLength:"32" example:"汉族"`
	IdentityType    IdentityCode `json:"identityType,omitempty" example:"resident-id"`
	IdentityNumber  string       `json:"identityNumber,omitempty" maxLength:"64" example:"371602188506150426" doc:"Checked like a party's. Full-time service needs it."`
	Phone           string       `json:"phone,omitempty" maxLength:"32" example:"13800001234"`
	PoliticalStatus string       `json:"politicalStatus,omitempty" maxLength:"32" example:"中共党员"`
	Education       string       `json:"education,omitempty" maxLength:"32" example:"大学本科"`
	Major           string       `json:"major,omitempty" maxLength:"100" example:"法学"`
	Employer        string       `json:"employer,omitempty" maxLength:"300" example:"孙武镇司法所"`
	Occupation      string       `json:"occupation,omitempty" maxLength:"100" example:"退休教师"`
	Issuer          string       `json:"issuer,omitempty" maxLength:"255" example:"https://id.example" doc:"With subject: the login, so that conflicts of interest bind at sign-in."`
	Subject         string       `json:"subject,omitempty" maxLength:"255" example:"sun"`
	Chosen          ChosenCode   `json:"chosen,omitempty" example:"appointed"`
	Certificate     string       `json:"certificate,omitempty" maxLength:"100" example:"鲁惠调证2020-015" doc:"Number of the mediator's certificate."`
	StartedOn       string       `json:"startedOn,omitempty" format:"date" example:"2020-01-01"`
	TermFrom        string       `json:"termFrom,omitempty" format:"date" example:"2025-01-01"`
	TermTo          string       `json:"termTo,omitempty" format:"date" example:"2027-12-31"`
	Skills          []string     `json:"skills,omitempty" nullable:"false" maxItems:"50" example:"[\"02\"]" doc:"Types of dispute by code, or special fields in words."`
	Languages       []string     `json:"languages,omitempty" nullable:"false" maxItems:"50" example:"汉语"`
}

func (in RegisteredMediatorInput) content() registry.MediatorContent {
	return registry.MediatorContent{
		Name: in.Name, Sex: string(in.Sex), BornOn: in.BornOn, Ethnicity: in.Ethnicity, IdentityType: string(in.IdentityType),
		IdentityNumber: in.IdentityNumber, Phone: in.Phone, PoliticalStatus: in.PoliticalStatus, Education: in.Education, Major: in.Major,
		Employer: in.Employer, Occupation: in.Occupation, Issuer: in.Issuer, Subject: in.Subject, Chosen: string(in.Chosen),
		Certificate: in.Certificate, StartedOn: in.StartedOn, TermFrom: in.TermFrom, TermTo: in.TermTo, Skills: in.Skills, Languages: in.Languages,
	}
}

// RegisteredMediatorChangeInput puts the whole content right.
type RegisteredMediatorChangeInput struct {
	RegisteredMediatorInput
	Reason string `json:"reason,omitempty" maxLength:"2000" example:"电话变更" doc:"Why, for the history."`
}

// RegisteredMediatorView is a mediator. Who may not see real names gets them masked, but for the own record.
type RegisteredMediatorView struct {
	ID      string         `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51"`
	Tenant  string         `json:"tenant" example:"371621101"`
	Version int64          `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	Status  MediatorStatus `json:"status" example:"active"`
	RegisteredMediatorInput
	Verification *VerificationView `json:"verification,omitempty" doc:"Absent until the identity was verified; it falls when name or identity change."`
	Postings     []PostingView     `json:"postings" nullable:"false"`
	Leaves       []LeaveView       `json:"leaves" nullable:"false"`
	Conflicts    []ConflictView    `json:"conflicts" nullable:"false" doc:"Only for those who see names, and the mediator."`
	FullTime     bool              `json:"fullTime" example:"true" doc:"Today."`
	OnLeave      bool              `json:"onLeave" example:"false" doc:"Today."`
	Filed        bool              `json:"filed" example:"true" doc:"With the bureau (备案)."`
	Filings      []FilingView      `json:"filings" nullable:"false" doc:"Oldest first."`
	Owed         *OwedFilingView   `json:"owedFiling,omitempty" doc:"What is still to be filed."`
	Gaps         []FieldView       `json:"gaps" nullable:"false" doc:"What is wanted before it can be filed."`
	CreatedAt    time.Time         `json:"createdAt" example:"2026-11-23T08:00:00+08:00"`
	UpdatedAt    time.Time         `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// RegisteredMediatorListView is one page of mediators.
type RegisteredMediatorListView struct {
	Items []RegisteredMediatorView `json:"items" nullable:"false"`
	Next  string                   `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	Total Total                    `json:"total"`
}

// VerificationView is how and when an identity was verified.
type VerificationView struct {
	Method VerificationCode `json:"method" example:"identity-card"`
	At     time.Time        `json:"at" example:"2026-11-23T08:00:00+08:00"`
	By     PersonView       `json:"by"`
}

// PostingView is a place in an organisation.
type PostingView struct {
	ID           string         `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	Organisation string         `json:"organisation" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52"`
	Engagement   EngagementCode `json:"engagement" example:"full-time"`
	From         string         `json:"from" format:"date" example:"2020-01-01"`
	To           string         `json:"to,omitempty" format:"date" example:"2027-12-31" doc:"The last day; absent while it goes on."`
}

// LeaveView is a time in which a mediator is given no new case.
type LeaveView struct {
	ID   string    `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	Kind LeaveCode `json:"kind,omitempty" example:"annual"`
	From string    `json:"from" format:"date" example:"2026-12-01"`
	To   string    `json:"to,omitempty" format:"date" example:"2026-12-05" doc:"The last day; absent when it is not known yet."`
	Note string    `json:"note,omitempty" example:"年休假"`
}

// ConflictView is a tie for which a mediator keeps away.
type ConflictView struct {
	ID      string          `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	Kind    ConflictCode    `json:"kind" example:"kin"`
	Against CounterpartView `json:"against"`
	Note    string          `json:"note,omitempty" example:"表亲"`
	At      time.Time       `json:"at" example:"2026-11-23T08:00:00+08:00"`
	By      PersonView      `json:"by"`
	EndedOn string          `json:"endedOn,omitempty" format:"date" example:"2026-12-31" doc:"The last day on which it held; absent while it holds."`
}

// CounterpartView is against whom a conflict of interest holds.
type CounterpartView struct {
	Case           string       `json:"case,omitempty" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a case."`
	IdentityType   IdentityCode `json:"identityType,omitempty" example:"resident-id"`
	IdentityNumber string       `json:"identityNumber,omitempty" maxLength:"64" example:"990101198001010014"`
	Name           string       `json:"name,omitempty" maxLength:"100" example:"张三"`
}

func (a *API) registeredView(m registry.Mediator) RegisteredMediatorView {
	today := registry.LegalDay(a.now())
	_, away := m.OnLeave(today)
	view := RegisteredMediatorView{
		ID: string(m.ID), Tenant: m.Tenant, Version: m.Version, Status: MediatorStatus(m.Status),
		RegisteredMediatorInput: RegisteredMediatorInput{
			Name: m.Name, Sex: SexCode(m.Sex), BornOn: m.BornOn, Ethnicity: m.Ethnicity, IdentityType: IdentityCode(m.IdentityType),
			IdentityNumber: m.IdentityNumber, Phone: m.Phone, PoliticalStatus: m.PoliticalStatus, Education: m.Education, Major: m.Major,
			Employer: m.Employer, Occupation: m.Occupation, Issuer: m.Issuer, Subject: m.Subject, Chosen: ChosenCode(m.Chosen),
			Certificate: m.Certificate, StartedOn: m.StartedOn, TermFrom: m.TermFrom, TermTo: m.TermTo, Skills: m.Skills, Languages: m.Languages,
		},
		Postings: views(m.Postings, postingView), Leaves: views(m.Leaves, leaveView), Conflicts: views(m.Conflicts, conflictView),
		FullTime: m.FullTime(today), OnLeave: away, Filed: registry.Filed(m.Filings), Filings: views(m.Filings, filingView),
		Owed: owedView(m.Owes), Gaps: views(m.Gaps(), fieldView), CreatedAt: legal(m.CreatedAt), UpdatedAt: legal(m.UpdatedAt),
	}
	if v := m.Verification; v != nil {
		view.Verification = &VerificationView{Method: VerificationCode(v.Method), At: legal(v.At), By: personView(v.By)}
	}
	return view
}

func postingView(p registry.Posting) PostingView {
	return PostingView{ID: string(p.ID), Organisation: string(p.Organisation), Engagement: EngagementCode(p.Engagement), From: p.From, To: p.To}
}

func leaveView(l registry.Leave) LeaveView {
	return LeaveView{ID: string(l.ID), Kind: LeaveCode(l.Kind), From: l.From, To: l.To, Note: l.Note}
}

func conflictView(c registry.ConflictOfInterest) ConflictView {
	return ConflictView{
		ID: string(c.ID), Kind: ConflictCode(c.Kind), Note: c.Note, At: legal(c.At), By: personView(c.By), EndedOn: c.EndedOn,
		Against: CounterpartView{Case: string(c.Against.Case), IdentityType: IdentityCode(c.Against.IdentityType),
			IdentityNumber: c.Against.IdentityNumber, Name: c.Against.Name},
	}
}

// MediatorPath names a mediator of the registry.
type MediatorPath struct {
	TenantPath
	Mediator string `path:"mediator" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"Id of a mediator in the registry."`
}

// MediatorFilter is the query of the lists of mediators.
type MediatorFilter struct {
	RegistryPageQuery
	FilingQuery
	Status       []MediatorStatus `query:"status" nullable:"false" doc:"Statuses, separated by commas."`
	Organisation string           `query:"organisation" doc:"Id of an organisation in which they serve today."`
	Engagement   EngagementCode   `query:"engagement" doc:"Full-time or part-time today."`
	Division     string           `query:"division" example:"371621101201" doc:"Where an organisation of theirs belongs: a division code of 6, 9 or 12 digits, or what lies in it."`
	Skill        string           `query:"skill" maxLength:"32" example:"02" doc:"A skill: a type of dispute, or a word."`
	Verified     string           `query:"verified" enum:"true,false" doc:"The identity was verified, or not."`
}

func (f *MediatorFilter) filter() registry.MediatorFilter {
	filter := registry.MediatorFilter{
		Organisation: bodyID(f.Organisation), Engagement: registry.Engagement(f.Engagement), Division: f.Division, Skill: f.Skill,
		Filed: truth(f.Filed), Pending: truth(f.Pending), Verified: truth(f.Verified), FilingDueBefore: f.FilingDueBefore, TermEndsBefore: f.TermEndsBefore,
	}
	for _, status := range f.Status {
		filter.Statuses = append(filter.Statuses, registry.MediatorStatus(status))
	}
	return filter
}

type listMediatorsInput struct {
	TenantPath
	MediatorFilter
	Name string `query:"name" maxLength:"100" doc:"The whole name."`
}

type registerMediatorInput struct {
	TenantPath
	KeyHeader
	Body RegisteredMediatorInput
}

type getMediatorInput struct {
	MediatorPath
	NoneMatchHeader
}

type mediatorJournalInput struct {
	MediatorPath
	PageQuery
}

const (
	underMediators = "/mediators"
	mediatorsPath  = "/v1/tenants/{tenant}" + underMediators
	mediatorPath   = mediatorsPath + "/{mediator}"
)

func (a *API) registerMediators() {
	register(a, operation{
		id: "list-mediators", method: http.MethodGet, path: mediatorsPath, action: mediation.ActionMediatorList,
		summary: "List mediators", summaryZH: "查询调解员",
		description: "The unit's mediators, filtered. Mediators and readers get real names, papers and telephone numbers masked, but for the own record.",
	}.ofRegistry(), a.listMediators)
	register(a, operation{
		id: "register-mediator", path: mediatorsPath, action: mediation.ActionMediatorRegister, status: http.StatusCreated,
		summary: "Register a mediator", summaryZH: "登记调解员", example: exampleRegistered(),
		description: "Takes a mediator down under the real name (实名登记). 409 mediator-registered when a mediator with this identity serves here already.",
	}.ofRegistry(), a.registerMediator)
	register(a, operation{
		id: "get-mediator", method: http.MethodGet, path: mediatorPath, action: mediation.ActionMediatorRead, conditional: true,
		summary: "Read a mediator", summaryZH: "读取调解员",
		description: "One mediator with postings, leaves, conflicts of interest, filings and the ETag.",
	}.ofRegistry(), a.getMediator)
	a.registerMediatorRecord()
	a.registerMediatorService()
	a.registerMediatorConflicts()
	register(a, operation{
		id: "get-mediator-journal", method: http.MethodGet, path: mediatorPath + "/journal", action: mediation.ActionRegistryJournal,
		summary: "Read a mediator's history", summaryZH: "查阅调解员变更记录",
		description: "Everything that was done to the record, oldest first. It is never changed or removed.",
	}.ofRegistry(), func(ctx context.Context, in *mediatorJournalInput) (*registryListOutput[RegistryJournalView], error) {
		return registryJournal(ctx, in.Mediator, &in.PageQuery)
	})
}

func (a *API) listMediators(ctx context.Context, in *listMediatorsInput) (*registryListOutput[RegisteredMediatorListView], error) {
	e := exchangeOf(ctx)
	paging, err := in.paging()
	if err != nil {
		return nil, err
	}
	filter := in.filter()
	filter.Name = in.Name
	page, err := e.tenant.Mediators(ctx, e.request(), casework.MediatorQuery{MediatorFilter: filter, Paging: paging})
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[RegisteredMediatorListView]{}
	out.Body.Items = views(page.Mediators, a.registeredView)
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) registerMediator(ctx context.Context, in *registerMediatorInput) (*registryOutput[RegisteredMediatorView], error) {
	e := exchangeOf(ctx)
	m, receipt, err := e.tenant.RegisterMediator(ctx, e.request(), in.Body.content())
	if err != nil {
		return nil, err
	}
	return entered(e, a.registeredView(m), m.ID, m.Version, underMediators, receipt), nil
}

func (a *API) getMediator(ctx context.Context, in *getMediatorInput) (*registryOutput[RegisteredMediatorView], error) {
	e := exchangeOf(ctx)
	m, err := e.tenant.Mediator(ctx, e.request(), recordID(in.Mediator))
	if err != nil {
		return nil, err
	}
	return shownRecord(e, a.registeredView(m), m.Version), nil
}

func exampleRegistered() RegisteredMediatorInput {
	return RegisteredMediatorInput{
		Name: "孙调解", IdentityType: IdentityCode(mediation.IdentityResidentID), IdentityNumber: "371602188506150426", Phone: "13800001234",
		Chosen: "appointed", StartedOn: "2020-01-01", TermFrom: "2025-01-01", TermTo: "2027-12-31", Skills: []string{"02"},
	}
}
