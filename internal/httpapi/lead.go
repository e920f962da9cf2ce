package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const leadsPath = "/v1/tenants/{tenant}/leads"

// LeadPath names a lead of a tenant.
type LeadPath struct {
	TenantPath
	Lead string `path:"lead" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a lead."`
}

type reportLeadInput struct {
	TenantPath
	KeyHeader
	Body LeadInput
}

type listLeadsInput struct {
	TenantPath
	PageQuery
	State        []LeadStateCode  `query:"state" nullable:"false" doc:"States, separated by commas."`
	Source       []LeadSourceCode `query:"source" nullable:"false" doc:"Sources, separated by commas."`
	Type         []DisputeCode    `query:"type" nullable:"false" doc:"Types of dispute, separated by commas."`
	Round        string           `query:"round" format:"uuid" doc:"Id of the screening round that found them."`
	Grid         string           `query:"grid" example:"371621101-003" doc:"A grid's code."`
	Case         string           `query:"case" format:"uuid" doc:"Id of the case that they became or joined."`
	Serial       string           `query:"serial" doc:"A whole 线索编号."`
	FoundFrom    time.Time        `query:"found_from" doc:"Found at or after."`
	FoundTo      time.Time        `query:"found_to" doc:"Found before."`
	UpdatedAfter time.Time        `query:"updated_after" doc:"Changed after; with sort=updated_at this is how to follow a list."`
	Sort         string           `query:"sort" enum:"-found_at,updated_at" default:"-found_at" doc:"Newest first, or by last change, oldest first."`
}

type getLeadInput struct {
	LeadPath
	NoneMatchHeader
}

type changeLeadInput[B any] struct {
	LeadPath
	KeyHeader
	MatchHeader
	Body B
}

type correctLeadInput struct {
	LeadPath
	KeyHeader
	MatchHeader
	Body LeadPatch `contentType:"application/merge-patch+json"`
}

type leadJournalInput struct {
	LeadPath
	PageQuery
}

// BecomeCaseInput completes the case that a lead becomes: what is left out is taken from the lead.
type BecomeCaseInput struct {
	Type       DisputeCode  `json:"type,omitempty" example:"02" doc:"Needed when the lead has none."`
	Source     SourceCode   `json:"source,omitempty" example:"own-initiative" doc:"Left out, as the lead's source leads to."`
	Title      string       `json:"title,omitempty" maxLength:"200" example:"张三与李四邻里纠纷"`
	Facts      string       `json:"facts,omitempty" maxLength:"20000" example:"甲方翻建院墙后雨水流入乙方院内。" doc:"Left out, the lead's cause."`
	Claims     string       `json:"claims,omitempty" maxLength:"20000" example:"要求疏通排水沟。"`
	Amount     *int64       `json:"amount,omitempty" minimum:"0" doc:"Claimed, in fen."`
	People     *int         `json:"people,omitempty" minimum:"0" maximum:"1000000"`
	Tags       []string     `json:"tags,omitempty" nullable:"false" maxItems:"20" example:"排水,邻里"`
	Parties    []PartyInput `json:"parties,omitempty" nullable:"false" maxItems:"200" doc:"Left out, the lead's, which then need their sides."`
	Considered []string     `json:"considered,omitempty" nullable:"false" maxItems:"20" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c61\"]" doc:"Ids of the strong look-alikes that were seen and are something else."`
	Note       string       `json:"note,omitempty" maxLength:"2000" example:"已与网格员核实"`
}

// JoinCaseInput names the case that a lead is about.
type JoinCaseInput struct {
	Case string `json:"case" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c41"`
	Note string `json:"note,omitempty" maxLength:"2000" example:"与该案为同一纠纷"`
}

// LeadClosingInput ends a lead without a case.
type LeadClosingInput struct {
	Reason LeadClosingCode `json:"reason" example:"settled-on-the-spot"`
	Note   string          `json:"note,omitempty" maxLength:"2000" example:"网格员当场劝和，双方握手。" doc:"Needed for some reasons: see the list."`
	Same   string          `json:"same,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c61" doc:"The lead that says the same; for duplicates only."`
}

type leadOutput struct {
	Status   int
	ETag     string `header:"ETag" doc:"The version, quoted. Absent when a repeated request finds that the lead has moved on."`
	Location string `header:"Location" doc:"Where the new lead is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     LeadView
}

type listLeadsOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []LeadView `json:"items" nullable:"false"`
		Next  string     `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total      `json:"total"`
	}
}

type leadJournalOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []LeadEntryView `json:"items" nullable:"false"`
		Next  string          `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	}
}

type leadActionsOutput struct {
	Language string `header:"Content-Language"`
	Vary     string `header:"Vary"`
	Body     struct {
		Items []LeadActionView `json:"items" nullable:"false"`
	}
}

type duplicatesOutput struct {
	Language string `header:"Content-Language"`
	Vary     string `header:"Vary"`
	Body     struct {
		Items []DuplicateView `json:"items" nullable:"false" doc:"Best first, at most 20."`
	}
}

// ofLead completes an operation on one lead.
func (op operation) ofLead() operation {
	op.path, op.tag = leadsPath+"/{lead}"+op.path, tagLeads
	op.statuses = append(op.statuses, http.StatusNotFound, http.StatusMisdirectedRequest)
	return op
}

func (a *API) registerLeads() {
	register(a, operation{
		id: "report-lead", method: http.MethodPost, path: leadsPath, tag: tagLeads, action: mediation.ActionLeadReport,
		summary: "Report a lead", summaryZH: "上报线索", status: http.StatusCreated, statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		example: exampleLead(),
		description: "Takes down a dispute, or the sign of one, that was found or told. With round and grid it counts for that screening round: " +
			"409 round-closed or outside-round when the round does not take it.",
	}, a.reportLead)
	register(a, operation{
		id: "list-leads", method: http.MethodGet, path: leadsPath, tag: tagLeads, action: mediation.ActionLeadList,
		summary: "List leads", summaryZH: "查询线索", statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "The township's leads, filtered; of a case with case. A person who is only a grid worker sees, and counts, their own. Who looks on gets reporter and parties masked.",
	}, a.listLeads)
	register(a, operation{
		id: "get-lead", method: http.MethodGet, action: mediation.ActionLeadRead, summary: "Read a lead", summaryZH: "读取线索", conditional: true,
		description: "One lead with its ETag. What somebody else reported is not there for a person who is only a grid worker. Somebody with a declared conflict of interest against a party does not open the lead (403 conflict-of-interest); in lists it is shut.",
	}.ofLead(), a.getLead)
	register(a, operation{
		id: "get-lead-journal", method: http.MethodGet, path: "/journal", action: mediation.ActionLeadJournal,
		summary: "Read a lead's journal", summaryZH: "查阅线索留痕",
		description: "Everything that was done to the lead, oldest first. It is never changed or removed.",
	}.ofLead(), a.leadJournal)
	register(a, operation{
		id: "list-lead-actions", method: http.MethodGet, path: "/actions", action: mediation.ActionLeadActions,
		summary: "List what can be done to a lead", summaryZH: "列出线索可办事项",
		description: "Every verb of a lead: whether you may do it now and, if not, why not, in zh-CN or en by Accept-Language.",
	}.ofLead(), a.leadActions)
	register(a, operation{
		id: "list-duplicates", method: http.MethodGet, path: "/duplicates", action: mediation.ActionLeadDuplicates,
		summary: "Suggest duplicates of a lead", summaryZH: "提示重复线索和案件",
		description: "Leads and cases that may be about the same matter: the same party by identity number or phone, the same place at a near time, similar words; " +
			"each with its score and its reasons in zh-CN or en. Strong ones must be joined, or named as considered, before the lead becomes a case of its own.",
	}.ofLead(), a.duplicates)
	a.registerLeadChanges()
}

func (a *API) registerLeadChanges() {
	register(a, operation{
		id: "correct-lead", method: http.MethodPatch, action: mediation.ActionLeadCorrect, summary: "Correct a lead", summaryZH: "更正线索", guarded: true,
		example:     map[string]any{"place": "某村西头", "reason": "地点有误"},
		description: "A JSON merge patch (RFC 7396): members that are there replace, null clears, absent ones stay; lists are replaced whole. What changed goes into the journal.",
	}.ofLead(), a.correctLead)
	register(a, operation{
		id: "turn-lead-into-case", method: http.MethodPost, path: "/become-case", action: mediation.ActionLeadBecomeCase,
		summary: "File a case from a lead", summaryZH: "线索转为案件", status: http.StatusCreated, statuses: []int{http.StatusTooManyRequests}, guarded: true,
		example: BecomeCaseInput{Title: "张三与李四排水纠纷", Claims: "要求疏通排水沟。", Parties: exampleCase().Parties},
		description: "Files a case with what the lead says, completed by the body; the answer is the new case, which waits for acceptance. " +
			"409 possible-duplicates names strong look-alikes that were not considered. A lead becomes one case, however often this is sent. If-Match is of the lead; 429 as for filing.",
	}.ofLead(), a.turnLeadIntoCase)
	register(a, operation{
		id: "join-case", method: http.MethodPost, path: "/join-case", action: mediation.ActionLeadJoinCase,
		summary: "Join a lead to a case", summaryZH: "线索并入案件", guarded: true,
		example: JoinCaseInput{Case: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c41", Note: "与该案为同一纠纷"},
		description: "Says that the lead is about a case that exists and is still worked on. The case's journal names the lead (take-lead), and the lead is listed with case=…. " +
			"If-Match is of the lead.",
	}.ofLead(), a.joinCase)
	register(a, operation{
		id: "close-lead", method: http.MethodPost, path: "/close", action: mediation.ActionLeadClose,
		summary: "Close a lead without a case", summaryZH: "办结线索", guarded: true,
		example:     LeadClosingInput{Reason: LeadClosingCode(mediation.LeadSettledOnTheSpot), Note: "网格员当场劝和，双方握手。"},
		description: "Ends the lead for a reason of the list lead-closing-reasons. What comes up again is reported again.",
	}.ofLead(), a.closeLead)
}

func (a *API) reportLead(ctx context.Context, in *reportLeadInput) (*leadOutput, error) {
	e := exchangeOf(ctx)
	l, receipt, err := e.tenant.ReportLead(ctx, e.request(), in.Body.form())
	if err != nil {
		return nil, err
	}
	out := writtenLead(l, receipt)
	out.Status, out.Location = http.StatusCreated, "/v1/tenants/"+e.tenant.Unit()+"/leads/"+string(l.ID)
	return out, nil
}

func writtenLead(l mediation.Lead, receipt mediation.Receipt) *leadOutput {
	return &leadOutput{Status: http.StatusOK, ETag: currentTag(receipt, l.Version), Replayed: replayed(receipt), Body: leadView(l)}
}

// leadID reads a lead's id out of a path, as caseID does.
func leadID(path string) mediation.ID { return caseID(path) }

func (a *API) listLeads(ctx context.Context, in *listLeadsInput) (*listLeadsOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	query := mediation.LeadQuery{
		Round: mediation.ID(in.Round), Case: mediation.ID(in.Case), Grid: in.Grid, Serial: in.Serial, FoundFrom: moment(in.FoundFrom),
		FoundTo: moment(in.FoundTo), UpdatedAfter: moment(in.UpdatedAfter), Sort: in.Sort, After: after, Limit: in.Limit,
	}
	for _, state := range in.State {
		query.States = append(query.States, mediation.LeadState(state))
	}
	for _, source := range in.Source {
		query.Sources = append(query.Sources, mediation.LeadSource(source))
	}
	for _, dispute := range in.Type {
		query.Types = append(query.Types, mediation.DisputeType(dispute))
	}
	page, err := e.tenant.Leads(ctx, e.request(), query)
	if err != nil {
		return nil, err
	}
	out := &listLeadsOutput{}
	out.Body.Items, out.Body.Total = views(page.Leads, leadView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getLead(ctx context.Context, in *getLeadInput) (*leadOutput, error) {
	e := exchangeOf(ctx)
	l, err := e.tenant.Lead(ctx, e.request(), leadID(in.Lead))
	if err != nil {
		return nil, err
	}
	out := &leadOutput{Status: http.StatusOK, ETag: etag(l.Version), Body: leadView(l)}
	if e.ifNoneMatch.present && e.ifNoneMatch.unchanged(l.Version) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

func (a *API) leadJournal(ctx context.Context, in *leadJournalInput) (*leadJournalOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	entries, next, err := e.tenant.LeadJournal(ctx, e.request(), leadID(in.Lead), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &leadJournalOutput{}
	out.Body.Items = views(entries, leadEntryView)
	out.Body.Next, out.Link = in.follow(next)
	return out, nil
}

func (a *API) leadActions(ctx context.Context, in *LeadPath) (*leadActionsOutput, error) {
	e := exchangeOf(ctx)
	states, err := e.tenant.LeadActions(ctx, e.request(), leadID(in.Lead))
	if err != nil {
		return nil, err
	}
	out := &leadActionsOutput{Language: string(e.language), Vary: "Accept-Language"}
	out.Body.Items = []LeadActionView{}
	for _, state := range states {
		label, op := state.Verb.Label(), a.verbs[state.Action]
		view := LeadActionView{
			Verb: LeadVerbCode(state.Verb), Label: e.language.pick(label.EN, label.ZH), Allowed: state.Allowed, Operation: op.id,
			Missing: views(state.Missing, e.missingView), Ahead: views(state.Ahead, e.missingView),
			Method: op.method, Path: strings.NewReplacer("{tenant}", e.tenant.Unit(), "{lead}", in.Lead).Replace(op.path),
		}
		out.Body.Items = append(out.Body.Items, view)
	}
	return out, nil
}

func (a *API) duplicates(ctx context.Context, in *LeadPath) (*duplicatesOutput, error) {
	e := exchangeOf(ctx)
	found, err := e.tenant.LeadDuplicates(ctx, e.request(), leadID(in.Lead))
	if err != nil {
		return nil, err
	}
	out := &duplicatesOutput{Language: string(e.language), Vary: "Accept-Language"}
	out.Body.Items = views(found, e.duplicateView)
	return out, nil
}

// changeLead settles If-Match, then does the change.
func changeLead(ctx context.Context, path string, do func(*exchange, mediation.ID, int64) (mediation.Lead, mediation.Receipt, error)) (*leadOutput, error) {
	e, id := exchangeOf(ctx), leadID(path)
	version, err := e.leadVersion(ctx, id)
	if err != nil {
		return nil, err
	}
	l, receipt, err := do(e, id, version)
	if err != nil {
		return nil, err
	}
	return writtenLead(l, receipt), nil
}

func (e *exchange) leadVersion(ctx context.Context, id mediation.ID) (int64, error) {
	return e.ifMatch.demand(func() (int64, error) {
		l, err := e.tenant.Lead(ctx, e.request(), id)
		return l.Version, err
	})
}

func (a *API) correctLead(ctx context.Context, in *correctLeadInput) (*leadOutput, error) {
	return changeLead(ctx, in.Lead, func(e *exchange, id mediation.ID, version int64) (mediation.Lead, mediation.Receipt, error) {
		return e.tenant.CorrectLead(ctx, e.request(), id, version, in.Body.correction)
	})
}

func (a *API) joinCase(ctx context.Context, in *changeLeadInput[JoinCaseInput]) (*leadOutput, error) {
	return changeLead(ctx, in.Lead, func(e *exchange, id mediation.ID, version int64) (mediation.Lead, mediation.Receipt, error) {
		return e.tenant.JoinLead(ctx, e.request(), id, version, caseID(in.Body.Case), in.Body.Note)
	})
}

func (a *API) closeLead(ctx context.Context, in *changeLeadInput[LeadClosingInput]) (*leadOutput, error) {
	closing := mediation.LeadClosing{Reason: mediation.LeadClosingReason(in.Body.Reason), Note: in.Body.Note, Same: mediation.ID(in.Body.Same)}
	return changeLead(ctx, in.Lead, func(e *exchange, id mediation.ID, version int64) (mediation.Lead, mediation.Receipt, error) {
		return e.tenant.CloseLead(ctx, e.request(), id, version, closing)
	})
}

func (a *API) turnLeadIntoCase(ctx context.Context, in *changeLeadInput[BecomeCaseInput]) (*caseOutput, error) {
	e, id := exchangeOf(ctx), leadID(in.Lead)
	version, err := e.leadVersion(ctx, id)
	if err != nil {
		return nil, err
	}
	filing := casework.LeadFiling{Complete: in.Body.complete, Considered: idsOf(in.Body.Considered), Note: in.Body.Note}
	c, receipt, err := e.tenant.TurnLeadIntoCase(ctx, e.request(), id, version, filing)
	if err != nil {
		return nil, err
	}
	out := written(c, receipt)
	out.Status, out.Location = http.StatusCreated, e.caseLocation(string(c.ID))
	return out, nil
}

// complete puts what the body says in the place of what the lead says.
func (in BecomeCaseInput) complete(draft mediation.Filing) mediation.Filing {
	for _, text := range []struct {
		field *string
		given string
	}{{&draft.Title, in.Title}, {&draft.Facts, in.Facts}, {&draft.Claims, in.Claims}} {
		if text.given != "" {
			*text.field = text.given
		}
	}
	if in.Type != "" {
		draft.Type = mediation.DisputeType(in.Type)
	}
	if in.Source != "" {
		draft.Source = mediation.Source(in.Source)
	}
	if in.Amount != nil {
		draft.Amount = in.Amount
	}
	if in.People != nil {
		draft.People = *in.People
	}
	if in.Tags != nil {
		draft.Tags = in.Tags
	}
	if in.Parties != nil {
		draft.Parties = nil
		for _, p := range in.Parties {
			draft.Parties = append(draft.Parties, p.party(""))
		}
	}
	return draft
}

func exampleLead() LeadInput {
	return LeadInput{
		Source: LeadSourceCode(mediation.LeadFromGrid), Type: "02", Cause: "两家因排水沟争吵，尚未动手。", Place: "某村东头",
		FoundAt: time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC), OccurredOn: "2026-11-19", People: 4,
		Parties: []LeadPartyInput{
			{LeadPartyFields: LeadPartyFields{Kind: PartyCode(mediation.PartyPerson), Name: "张三", Phone: "13800001234"}},
			{LeadPartyFields: LeadPartyFields{Kind: PartyCode(mediation.PartyPerson), Name: "李四"}},
		},
	}
}
