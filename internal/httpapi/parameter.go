package httpapi

import (
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// The parameters that operations share, exported because Huma looks into exported embedded structs only. Tenant,
// county, preconditions and keys are read by the stages before the handler (access.go, body.go); they are declared here
// so that the document shows them and unknown ones are refused.
type (
	// TenantPath names a tenant.
	TenantPath struct {
		Tenant string `path:"tenant" example:"371621101" doc:"9-digit code of a township or of a county desk (county code and 000)."`
	}
	// CountyPath names a county.
	CountyPath struct {
		County string `path:"county" example:"371621" doc:"6-digit code of a county."`
	}
	// CasePath names a case of a tenant.
	CasePath struct {
		TenantPath
		// No format here: what is no UUID is answered like any other case that is not there.
		Case string `path:"case" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a case."`
	}
	// KeyHeader makes a write happen once.
	KeyHeader struct {
		IdempotencyKey string `header:"Idempotency-Key" example:"3f6c8f0e-9d1b-4f57-8a3f-0c6a1f4a7f11" doc:"1 to 255 visible ASCII characters, kept for 7 days: sending the same request with the same key again does nothing and gives the same result."`
	}
	// MatchHeader is a change's precondition.
	MatchHeader struct {
		IfMatch string `header:"If-Match" example:"\"1\"" doc:"The ETag that a read gave, or *. Without it: 428; when the resource has changed since: 412."`
	}
	// OptionalMatchHeader is a precondition that may be left out.
	OptionalMatchHeader struct {
		IfMatch string `header:"If-Match" example:"\"1\"" doc:"The version of the member that you saw, quoted; when it has changed since: 412."`
	}
	// NoneMatchHeader makes a read conditional.
	NoneMatchHeader struct {
		IfNoneMatch string `header:"If-None-Match" example:"\"1\"" doc:"ETags that you hold; when one is current the answer is 304 without a body."`
	}
)

// PageQuery moves through a list. It notes the request's address, which the cursor and the Link header speak of.
type PageQuery struct {
	Cursor string `query:"cursor" doc:"Where to go on: next of the page before, with the same filters and sort."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Items in a page."`

	path  string
	query url.Values
}

// Resolve notes the address.
func (p *PageQuery) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	p.path, p.query = r.URL.EscapedPath(), r.URL.Query()
	return nil
}

// after reads the cursor; nil means from the beginning.
func (p *PageQuery) after() (*mediation.Position, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	c, err := decodeCursor(p.Cursor, listDigest(p.path, p.query))
	if err != nil {
		return nil, err
	}
	return &mediation.Position{At: c.At, ID: mediation.ID(c.ID)}, nil
}

// follow makes the cursor of the next page and its Link header; both are empty on the last page.
func (p *PageQuery) follow(next *mediation.Position) (text, link string) {
	if next == nil {
		return "", ""
	}
	c := cursor{Version: cursorVersion, List: listDigest(p.path, p.query), At: next.At, ID: string(next.ID)}
	text = c.encode()
	return text, nextLink(p.path, p.query, text)
}

// Total counts a list.
type Total struct {
	Value int  `json:"value" example:"128" doc:"How many items the whole list has."`
	Exact bool `json:"exact" example:"true" doc:"False: there are at least that many. So it is beyond 10,000, for a search with filters whose words more than 20,000 cases have, and while pending is there."`

	Pending int `json:"pending,omitempty" example:"300" doc:"Cases that cannot be found by words yet, 1,000 at most: those of an earlier release are being indexed. Search again."`
}

func totalOf(t mediation.Total) Total {
	return Total{Value: t.Value, Exact: t.Exact, Pending: t.Pending}
}

// CaseFilter is the query of the lists of cases.
type CaseFilter struct {
	PageQuery
	State  []StateCode   `query:"state" nullable:"false" doc:"States, separated by commas."`
	Type   []DisputeCode `query:"type" nullable:"false" doc:"Types of dispute, separated by commas."`
	Source []SourceCode  `query:"source" nullable:"false" doc:"Sources, separated by commas."`
	JudgementFilter
	Tag          string    `query:"tag" doc:"A whole tag."`
	Registration string    `query:"registration" doc:"A whole registration (登记号)."`
	Number       string    `query:"number" doc:"A whole 人调字 number."`
	FiledFrom    time.Time `query:"filed_from" doc:"Filed at or after."`
	FiledTo      time.Time `query:"filed_to" doc:"Filed before."`
	UpdatedAfter time.Time `query:"updated_after" doc:"Changed after; with sort=updated_at this is how to follow a list."`
	Sort         string    `query:"sort" enum:"-filed_at,updated_at" default:"-filed_at" doc:"Newest first, or by last change, oldest first."`
}

func (f *CaseFilter) caseQuery() (mediation.CaseQuery, error) {
	after, err := f.after()
	if err != nil {
		return mediation.CaseQuery{}, err
	}
	query := mediation.CaseQuery{
		Tag: f.Tag, Registration: f.Registration, Number: f.Number,
		FiledFrom: moment(f.FiledFrom), FiledTo: moment(f.FiledTo), UpdatedAfter: moment(f.UpdatedAfter),
		Sort: f.Sort, After: after, Limit: f.Limit,
	}
	for _, state := range f.State {
		query.States = append(query.States, mediation.State(state))
	}
	for _, dispute := range f.Type {
		query.Types = append(query.Types, mediation.DisputeType(dispute))
	}
	for _, source := range f.Source {
		query.Sources = append(query.Sources, mediation.Source(source))
	}
	f.judged(&query)
	return query, nil
}

// moment turns "not given" into nil.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// legal shows a moment as it is lived in China.
func legal(t time.Time) time.Time { return mediation.LegalTime(t).Truncate(time.Microsecond) }

func legalPointer(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	shown := legal(*t)
	return &shown
}

// created is the status of a write that may have made something.
func created(receipt mediation.Receipt) int {
	if receipt.Created {
		return http.StatusCreated
	}
	return http.StatusOK
}

func replayed(receipt mediation.Receipt) string {
	if receipt.Replayed {
		return "true"
	}
	return ""
}

// currentTag is the entity tag of an answer to a write: the written version's, unless a repetition finds that the
// resource has moved on since. Then there is none, so that nobody overwrites a change unseen.
func currentTag(receipt mediation.Receipt, version int64) string {
	if receipt.Version != version {
		return ""
	}
	return etag(version)
}
