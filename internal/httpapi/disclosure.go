package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

type (
	// PurposeCode is why somebody sees what is masked.
	PurposeCode string
	// MaskedField is a field of a party that is ever masked.
	MaskedField string
)

// Schema of the list reveal-purposes.
func (PurposeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("reveal-purposes") }

// Schema of the fields that are ever masked.
func (MaskedField) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, name := range mediation.MaskedFields() {
		schema.Enum = append(schema.Enum, name)
	}
	return schema
}

// RevealInput is why somebody wants to see what is masked, and what of it.
type RevealInput struct {
	Purpose PurposeCode   `json:"purpose" example:"contact-party"`
	Reason  string        `json:"reason" minLength:"2" maxLength:"2000" example:"约定二十五日上午到村委会调解" doc:"In words, for those who ask later."`
	Parties []string      `json:"parties,omitempty" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\"]" doc:"Ids of the parties whose values are needed; all when left out."`
	Fields  []MaskedField `json:"fields,omitempty" nullable:"false" maxItems:"10" doc:"What is needed of them; everything when left out."`
}

// DisclosureView is what is shown of one party.
type DisclosureView struct {
	Party  string            `json:"party,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Absent for whoever told of a lead."`
	Name   string            `json:"name" example:"张三"`
	Values map[string]string `json:"values" nullable:"false" example:"{\"phone\":\"13800001234\"}" doc:"Field and plain value; only fields that have one."`
}

// RevealView is what was asked for, and the entry that records it.
type RevealView struct {
	Items     []DisclosureView `json:"items" nullable:"false"`
	Access    AccessView       `json:"access" doc:"How this look was recorded."`
	Remaining int              `json:"remaining" example:"199" doc:"How many more times today."`
}

// AccessView is one line of the record of who looked at what. It names fields, never what they hold.
type AccessView struct {
	ID        string     `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At        time.Time  `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Issuer    string     `json:"issuer" example:"https://id.example" doc:"Whose token it was, with subject."`
	Subject   string     `json:"subject" example:"zhang"`
	ActorName string     `json:"actorName,omitempty" example:"张三"`
	Roles     []RoleCode `json:"roles" nullable:"false"`
	Action    string     `json:"action" example:"case.reveal" doc:"What was done, as x-action of its operation."`
	Object    ObjectView `json:"object"`
	Purpose   string     `json:"purpose,omitempty" example:"contact-party"`
	Reason    string     `json:"reason,omitempty" example:"约定二十五日上午到村委会调解"`
	Fields    []string   `json:"fields" nullable:"false" example:"[\"/parties/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f/phone\"]"`
}

// ObjectView is what was looked at.
type ObjectView struct {
	Kind string `json:"kind,omitempty" example:"case"`
	ID   string `json:"id,omitempty" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
}

type (
	revealCaseInput struct {
		CasePath
		KeyHeader
		Body RevealInput
	}
	revealLeadInput struct {
		LeadPath
		KeyHeader
		Body RevealInput
	}
	revealMediatorInput struct {
		MediatorPath
		KeyHeader
		Body RevealInput
	}
	caseAccessesInput struct {
		CasePath
		PageQuery
	}
	myAccessesInput struct {
		TenantPath
		PageQuery
		Of string `query:"of" enum:"me,others" default:"me" doc:"me: what I looked at. others: what others looked at in the cases that I mediate."`
	}
)

type revealOutput struct {
	Cache    string `header:"Cache-Control"`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before; this answer is recorded as one more look."`
	Body     RevealView
}

type accessesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []AccessView `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total        `json:"total"`
	}
}

func (a *API) registerDisclosure() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	limited := append([]int{http.StatusTooManyRequests}, missing...)
	example := RevealInput{Purpose: PurposeCode(mediation.PurposeContact), Reason: "约定二十五日上午到村委会调解", Fields: []MaskedField{"phone"}}
	const words = " Every answer is recorded with its purpose, and a person has only so many a day: 429 reveal-limit, with Retry-After."
	register(a, operation{
		id: "reveal-case", method: http.MethodPost, path: casesPath + "/{case}/reveal", tag: tagDisclosure, action: mediation.ActionCaseReveal,
		summary: "See a case's masked values", summaryZH: "查看案件脱敏信息", statuses: limited, example: example,
		description: "Identity numbers, phones and addresses of the parties in the clear, once and for a purpose of the list reveal-purposes. Who mediates the case sees them without." + words,
	}, func(ctx context.Context, in *revealCaseInput) (*revealOutput, error) {
		e := exchangeOf(ctx)
		return revealed(e.tenant.RevealCase(ctx, e.request(), caseID(in.Case), in.Body.disclosing()))
	})
	register(a, operation{
		id: "reveal-lead", method: http.MethodPost, path: leadsPath + "/{lead}/reveal", tag: tagDisclosure, action: mediation.ActionLeadReveal,
		summary: "See a lead's masked values", summaryZH: "查看线索脱敏信息", statuses: limited, example: example,
		description: "The same for a lead: its parties, and the phone of whoever told it. Who reported the lead sees them without." + words,
	}, func(ctx context.Context, in *revealLeadInput) (*revealOutput, error) {
		e := exchangeOf(ctx)
		return revealed(e.tenant.RevealLead(ctx, e.request(), caseID(in.Lead), in.Body.disclosing()))
	})
	register(a, operation{
		id: "reveal-mediator", method: http.MethodPost, path: mediatorPath + "/reveal", tag: tagDisclosure, action: mediation.ActionMediatorReveal,
		summary: "See a mediator's masked values", summaryZH: "查看调解员脱敏信息", statuses: limited, example: example,
		description: "The same for a mediator's record: identity number and phone. Mediators see their own without." + words,
	}, func(ctx context.Context, in *revealMediatorInput) (*revealOutput, error) {
		e := exchangeOf(ctx)
		return revealed(e.tenant.RevealMediator(ctx, e.request(), recordID(in.Mediator), in.Body.disclosing()))
	})
	register(a, operation{
		id: "list-case-accesses", method: http.MethodGet, path: casesPath + "/{case}/accesses", tag: tagDisclosure, action: mediation.ActionCaseAccesses,
		summary: "See who looked at a case", summaryZH: "查询案件查看记录", statuses: missing,
		description: "Who was shown what of the case beyond the mask, printed a paper or took something out, and why; newest first. It names fields, never what they hold.",
	}, a.listCaseAccesses)
	register(a, operation{
		id: "list-my-accesses", method: http.MethodGet, path: "/v1/tenants/{tenant}/me/accesses", tag: tagDisclosure, action: mediation.ActionMyAccesses,
		summary: "See my own record of access", summaryZH: "查询本人查看记录", statuses: missing,
		description: "What you looked at in this township, newest first; with of=others, what others looked at in the cases that you mediate.",
	}, a.listMyAccesses)
}

func (in RevealInput) disclosing() mediation.Disclosing {
	asked := mediation.Disclosing{Purpose: mediation.Purpose(in.Purpose), Reason: in.Reason, Parties: idsOf(in.Parties)}
	for _, field := range in.Fields {
		asked.Fields = append(asked.Fields, string(field))
	}
	return asked
}

func revealed(shown casework.Revealed, receipt mediation.Receipt, err error) (*revealOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &revealOutput{Cache: "private, no-store", Replayed: replayed(receipt)}
	out.Body = RevealView{Items: views(shown.Disclosures, disclosureView), Access: accessView(shown.Access), Remaining: shown.Remaining}
	return out, nil
}

func disclosureView(d mediation.Disclosure) DisclosureView {
	view := DisclosureView{Party: string(d.Party), Name: d.Name, Values: map[string]string{}}
	for _, v := range d.Values {
		view.Values[v.Field] = v.Value
	}
	return view
}

func accessView(entry mediation.AuditEntry) AccessView {
	return AccessView{
		ID: string(entry.ID), At: legal(entry.At), Issuer: entry.Actor.Issuer, Subject: entry.Actor.Subject, ActorName: entry.Actor.Name,
		Roles: roleCodes(entry.Actor.Roles), Action: string(entry.Action), Object: ObjectView{entry.Object.Kind, entry.Object.ID},
		Purpose: entry.Purpose, Reason: entry.Reason, Fields: append([]string{}, entry.Fields...),
	}
}

func (a *API) listCaseAccesses(ctx context.Context, in *caseAccessesInput) (*accessesOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.CaseAccesses(ctx, e.request(), caseID(in.Case), after, in.Limit)
	return accesses(&in.PageQuery, page, err)
}

func (a *API) listMyAccesses(ctx context.Context, in *myAccessesInput) (*accessesOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.MyAccesses(ctx, e.request(), in.Of == "others", after, in.Limit)
	return accesses(&in.PageQuery, page, err)
}

func accesses(query *PageQuery, page casework.AccessPage, err error) (*accessesOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &accessesOutput{}
	out.Body.Items, out.Body.Total = views(page.Entries, accessView), totalOf(page.Total)
	out.Body.Next, out.Link = query.follow(page.Next)
	return out, nil
}
