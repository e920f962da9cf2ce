package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// RegistryPageQuery moves through a list of the registry and filters it by change.
type RegistryPageQuery struct {
	PageQuery
	UpdatedAfter time.Time `query:"updated_after" doc:"Changed after; with sort=updated_at this is how to follow a list."`
	Sort         string    `query:"sort" enum:"created_at,updated_at" default:"created_at" doc:"By registration or by last change, oldest first."`
}

func (q *RegistryPageQuery) paging() (mediation.Paging, error) {
	after, err := q.after()
	return mediation.Paging{UpdatedAfter: moment(q.UpdatedAfter), Sort: q.Sort, After: after, Limit: q.Limit}, err
}

// FilingQuery filters by where the filing with the bureau stands.
type FilingQuery struct {
	Filed           string `query:"filed" enum:"true,false" doc:"Filed with the bureau (备案), or not."`
	Pending         string `query:"filing_pending" enum:"true,false" doc:"A filing waits for the bureau's answer, or none does."`
	FilingDueBefore string `query:"filing_due_before" format:"date" example:"2026-12-31" doc:"Something is owed to the bureau, and its last day is before this one."`
	TermEndsBefore  string `query:"term_ends_before" format:"date" example:"2026-12-31" doc:"The term ends before this day."`
}

// truth reads a flag of a query; nil when it was not given.
func truth(flag string) *bool {
	if flag == "" {
		return nil
	}
	is := flag == "true"
	return &is
}

// TenantsQuery narrows a county's list to some of its tenants.
type TenantsQuery struct {
	Tenant []string `query:"tenant" nullable:"false" example:"[\"371621101\"]" doc:"Codes of townships of this county, separated by commas."`
}

// registryOutput is one record with its ETag.
type registryOutput[V any] struct {
	Status   int
	ETag     string `header:"ETag" doc:"The version, quoted. Absent when a repeated request finds that the record has moved on."`
	Location string `header:"Location" doc:"Where the new record is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     V
}

// registryListOutput is one page of a list.
type registryListOutput[V any] struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body V
}

// recordID reads the id of a record out of a path; what is no UUID becomes the one that none has.
func recordID(path string) registry.ID { return registry.ID(caseID(path)) }

// bodyID reads an id out of a body or a query. "" stays; what is no UUID becomes one that none has.
func bodyID(text string) registry.ID {
	if text == "" || uuid.Validate(text) == nil && len(text) == len(uuid.Nil.String()) {
		return registry.ID(text)
	}
	return registry.ID(uuid.Nil.String())
}

// entered answers a registration.
func entered[V any](e *exchange, view V, id registry.ID, version int64, under string, receipt mediation.Receipt) *registryOutput[V] {
	out := altered(view, version, receipt)
	out.Status, out.Location = http.StatusCreated, "/v1/tenants/"+e.tenant.Unit()+under+"/"+string(id)
	return out
}

// altered answers a change.
func altered[V any](view V, version int64, receipt mediation.Receipt) *registryOutput[V] {
	return &registryOutput[V]{Status: http.StatusOK, ETag: currentTag(receipt, version), Replayed: replayed(receipt), Body: view}
}

// shownRecord answers a read, with 304 for somebody who has it.
func shownRecord[V any](e *exchange, view V, version int64) *registryOutput[V] {
	out := &registryOutput[V]{Status: http.StatusOK, ETag: etag(version), Body: view}
	if e.ifNoneMatch.present && e.ifNoneMatch.unchanged(version) {
		out.Status = http.StatusNotModified
	}
	return out
}

// PersonView is who answers for something.
type PersonView struct {
	Issuer  string `json:"issuer" example:"https://id.example"`
	Subject string `json:"subject" example:"zhang"`
	Name    string `json:"name,omitempty" example:"张三"`
}

func personView(p registry.Person) PersonView {
	return PersonView{Issuer: p.Issuer, Subject: p.Subject, Name: p.Name}
}

// FilingView is one filing with the bureau.
type FilingView struct {
	ID          string            `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	Kind        RegistryFiling    `json:"kind" example:"new"`
	State       RegistryFilingNow `json:"state" example:"filed"`
	Note        string            `json:"note,omitempty" example:"换届"`
	Number      string            `json:"number,omitempty" example:"惠司调备〔2026〕12号" doc:"备案号, given when it is accepted."`
	SubmittedOn string            `json:"submittedOn" format:"date" example:"2026-11-23"`
	SubmittedBy PersonView        `json:"submittedBy"`
	DecidedOn   string            `json:"decidedOn,omitempty" format:"date" example:"2026-12-08"`
	DecidedBy   *PersonView       `json:"decidedBy,omitempty"`
	Reason      string            `json:"reason,omitempty" example:"缺少成员名单" doc:"Why it was returned."`
}

func filingView(f registry.Filing) FilingView {
	view := FilingView{
		ID: string(f.ID), Kind: RegistryFiling(f.Kind), State: RegistryFilingNow(f.State), Note: f.Note, Number: f.Number,
		SubmittedOn: f.SubmittedOn, SubmittedBy: personView(f.SubmittedBy), DecidedOn: f.DecidedOn, Reason: f.Reason,
	}
	if f.DecidedBy.Subject != "" {
		by := personView(f.DecidedBy)
		view.DecidedBy = &by
	}
	return view
}

// OwedFilingView is what is still to be filed.
type OwedFilingView struct {
	Kind  RegistryFiling `json:"kind" example:"change"`
	Since string         `json:"since" format:"date" example:"2026-11-23" doc:"The first change that is not filed."`
	DueOn string         `json:"dueOn" format:"date" example:"2026-12-23" doc:"The last day: 30 days, a local rule."`
}

func owedView(w registry.Owed) *OwedFilingView {
	if w.Kind == "" {
		return nil
	}
	return &OwedFilingView{Kind: RegistryFiling(w.Kind), Since: w.Since, DueOn: w.Due()}
}

// FilingInput submits a filing to the bureau.
type FilingInput struct {
	Kind RegistryFiling `json:"kind" example:"new"`
	Note string         `json:"note,omitempty" maxLength:"2000" example:"换届，主任变更" doc:"What is new, changed or ended."`
}

// FilingDecisionInput is the bureau's answer to the filing that waits.
type FilingDecisionInput struct {
	Accepted bool   `json:"accepted" example:"true"`
	Number   string `json:"number,omitempty" maxLength:"100" example:"惠司调备〔2026〕12号" doc:"备案号; needed when a new filing is accepted."`
	Reason   string `json:"reason,omitempty" maxLength:"2000" example:"缺少成员名单" doc:"Why it is returned; needed then."`
}

func (in FilingDecisionInput) decision() registry.FilingDecision {
	return registry.FilingDecision{Accepted: in.Accepted, Number: in.Number, Reason: in.Reason}
}

// WhyInput says why.
type WhyInput struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000" example:"换届"`
}

// FieldView is something about a record that a person should look at.
type FieldView struct {
	Pointer   string `json:"pointer" example:"/seats"`
	Code      string `json:"code" example:"three-to-nine"`
	Message   string `json:"message" example:"A committee has three to nine members (L8)."`
	MessageZH string `json:"messageZh" example:"调解委员会由委员三至九人组成（人民调解法第八条）。"`
}

func fieldView(f registry.FieldError) FieldView {
	return FieldView{Pointer: f.Pointer, Code: f.Code, Message: f.Message, MessageZH: f.MessageZH}
}

// RegistryEntryView is one line of a record's history.
type RegistryEntryView struct {
	ID      string       `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At      time.Time    `json:"at" example:"2026-11-23T08:00:00+08:00"`
	By      PersonView   `json:"by"`
	Verb    string       `json:"verb" example:"join"`
	Version int64        `json:"version" example:"2" doc:"Of the record after the change."`
	Changes []ChangeView `json:"changes" nullable:"false"`
	Reason  string       `json:"reason,omitempty" example:"电话变更"`
}

// RegistryJournalView is one page of a record's history.
type RegistryJournalView struct {
	Items []RegistryEntryView `json:"items" nullable:"false"`
	Next  string              `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
}

// registryJournal reads the history of the record that the path names.
func registryJournal(ctx context.Context, id string, page *PageQuery) (*registryListOutput[RegistryJournalView], error) {
	e := exchangeOf(ctx)
	after, err := page.after()
	if err != nil {
		return nil, err
	}
	entries, next, err := e.tenant.RegistryEntries(ctx, e.request(), recordID(id), after, page.Limit)
	if err != nil {
		return nil, err
	}
	out := &registryListOutput[RegistryJournalView]{}
	out.Body.Items = views(entries, func(entry registry.Entry) RegistryEntryView {
		return RegistryEntryView{
			ID: string(entry.ID), At: legal(entry.At), By: personView(entry.By), Verb: entry.Verb, Version: entry.Version, Reason: entry.Reason,
			Changes: views(entry.Changes, func(c registry.Change) ChangeView { return ChangeView(c) }),
		}
	})
	out.Body.Next, out.Link = page.follow(next)
	return out, nil
}

// ofRegistry completes an operation on one record of the registry.
func (op operation) ofRegistry() operation {
	op.tag = tagRegistry
	op.statuses = append(op.statuses, http.StatusNotFound, http.StatusMisdirectedRequest)
	if op.method == "" {
		op.method = http.MethodPost
	}
	return op
}
