package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AuditEntryView is one line of a unit's record of what was looked at, taken out, permitted or refused.
type AuditEntryView struct {
	ID         string       `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At         time.Time    `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Issuer     string       `json:"issuer" example:"https://id.example" doc:"Whose token it was, with subject."`
	Subject    string       `json:"subject" example:"zhang"`
	ActorName  string       `json:"actorName,omitempty" example:"张三" doc:"Not kept in a county's record."`
	Roles      []RoleCode   `json:"roles" nullable:"false" doc:"The roles they had; none for a stranger."`
	Action     string       `json:"action" example:"case.print"`
	Outcome    string       `json:"outcome" enum:"done,refused" example:"done"`
	Code       string       `json:"code,omitempty" example:"role-required" doc:"Of the problem that a refusal was answered with."`
	ObjectKind string       `json:"objectKind,omitempty" example:"case"`
	ObjectID   string       `json:"objectId,omitempty" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Of a member, hex of sha256(issuer, newline, subject)."`
	Purpose    string       `json:"purpose,omitempty" example:"contact-party"`
	Reason     string       `json:"reason,omitempty" example:"约定二十五日上午到村委会调解"`
	Fields     []string     `json:"fields" nullable:"false" example:"[\"/parties/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f/phone\"]" doc:"What was shown or printed, by name."`
	Changes    []ChangeView `json:"changes" nullable:"false" doc:"Of a permission: the roles before and after."`
}

// AuditFilter is the query of a record.
type AuditFilter struct {
	PageQuery
	Subject    string    `query:"subject" maxLength:"200" example:"zhang" doc:"Only what this person did or tried."`
	Issuer     string    `query:"issuer" maxLength:"200" doc:"The person's issuer, with subject."`
	Action     []string  `query:"action" nullable:"false" maxItems:"20" doc:"Actions as in x-action, separated by commas."`
	Outcome    string    `query:"outcome" enum:"done,refused" doc:"Only what was done, or what was refused."`
	ObjectKind string    `query:"object_kind" maxLength:"40" example:"case" doc:"Only about things of this kind."`
	ObjectID   string    `query:"object_id" maxLength:"100" doc:"Only about this thing, such as a case."`
	From       time.Time `query:"from" example:"2026-11-01T00:00:00+08:00" doc:"Not before this moment."`
	Until      time.Time `query:"until" example:"2026-12-01T00:00:00+08:00" doc:"Before this moment."`
}

func (f *AuditFilter) read() (mediation.AuditQuery, error) {
	after, err := f.after()
	query := mediation.AuditQuery{Subject: f.Subject, Issuer: f.Issuer, Outcome: mediation.AuditOutcome(f.Outcome),
		Object: mediation.AuditObject{Kind: f.ObjectKind, ID: f.ObjectID}, After: after, Limit: f.Limit}
	for _, action := range f.Action {
		query.Actions = append(query.Actions, mediation.Action(action))
	}
	if !f.From.IsZero() {
		query.From = &f.From
	}
	if !f.Until.IsZero() {
		query.Until = &f.Until
	}
	return query, err
}

// auditRoom is the use cases on one unit's record; both kinds of service are one.
type auditRoom interface {
	Audit(ctx context.Context, r mediation.Request, query mediation.AuditQuery) (mediation.AuditPage, error)
	Checkpoint(ctx context.Context, r mediation.Request) (string, error)
	RecordRefusal(ctx context.Context, who mediation.Actor, action mediation.Action, object mediation.AuditObject, code string) error
	Unit() string
}

type (
	listAuditInput struct {
		TenantPath
		AuditFilter
	}
	listCountyAuditInput struct {
		CountyPath
		AuditFilter
	}
	listAuditOutput struct {
		Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
		Body struct {
			Items []AuditEntryView `json:"items" nullable:"false"`
			Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
			Total Total            `json:"total"`
		}
	}
	getCheckpointOutput struct {
		Body CheckpointView
	}
)

// CheckpointView is what is signed of a record.
type CheckpointView struct {
	Checkpoint string `json:"checkpoint" example:"tiaojie.dev/371621101\n1024\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n" doc:"A signed note (C2SP tlog-checkpoint): origin, size, root, time, hash. Keep it: tiaojie audit verify --checkpoint proves later that the record still leads on from it."`
}

const auditDescription = "Who looked at, printed, took out or permitted what, and who was refused what, newest first; changes of cases stand in their journals. " +
	"Entries are never changed or removed, and are sealed within minutes. Reading the record is an entry of it."

func (a *API) registerAudit() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-audit", method: http.MethodGet, path: "/v1/tenants/{tenant}/audit", tag: tagAudit, action: mediation.ActionAuditList,
		summary: "Read a township's record", summaryZH: "查阅乡镇审计记录", statuses: missing, description: auditDescription,
	}, func(ctx context.Context, in *listAuditInput) (*listAuditOutput, error) {
		return listAudit(ctx, exchangeOf(ctx).tenant, &in.AuditFilter)
	})
	register(a, operation{
		id: "get-checkpoint", method: http.MethodGet, path: "/v1/tenants/{tenant}/audit/checkpoint", tag: tagAudit, action: mediation.ActionAuditList,
		summary: "Take the last checkpoint of a township's record", summaryZH: "获取乡镇审计记录的最新检查点", statuses: missing,
		description: "What was signed last over everything that is sealed, journals included. Empty before the first.",
	}, func(ctx context.Context, _ *TenantPath) (*getCheckpointOutput, error) {
		return getCheckpoint(ctx, exchangeOf(ctx).tenant)
	})
	register(a, operation{
		id: "list-county-audit", method: http.MethodGet, path: "/v1/counties/{county}/audit", tag: tagAudit, action: mediation.ActionCountyAuditList,
		summary: "Read a county's record", summaryZH: "查阅县级审计记录", statuses: missing, description: auditDescription,
	}, func(ctx context.Context, in *listCountyAuditInput) (*listAuditOutput, error) {
		return listAudit(ctx, exchangeOf(ctx).county, &in.AuditFilter)
	})
	register(a, operation{
		id: "get-county-checkpoint", method: http.MethodGet, path: "/v1/counties/{county}/audit/checkpoint", tag: tagAudit, action: mediation.ActionCountyAuditList,
		summary: "Take the last checkpoint of a county's record", summaryZH: "获取县级审计记录的最新检查点", statuses: missing,
		description: "What was signed last over the county's own record. Empty before the first.",
	}, func(ctx context.Context, _ *CountyPath) (*getCheckpointOutput, error) {
		return getCheckpoint(ctx, exchangeOf(ctx).county)
	})
}

func listAudit(ctx context.Context, room auditRoom, in *AuditFilter) (*listAuditOutput, error) {
	query, err := in.read()
	if err != nil {
		return nil, err
	}
	page, err := room.Audit(ctx, exchangeOf(ctx).request(), query)
	if err != nil {
		return nil, err
	}
	out := &listAuditOutput{}
	out.Body.Items, out.Body.Total = views(page.Entries, auditEntryView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func auditEntryView(e mediation.AuditEntry) AuditEntryView {
	view := AuditEntryView{
		ID: string(e.ID), At: legal(e.At), Issuer: e.Actor.Issuer, Subject: e.Actor.Subject, ActorName: e.Actor.Name, Roles: roleCodes(e.Actor.Roles),
		Action: string(e.Action), Outcome: string(e.Outcome), Code: e.Code, ObjectKind: e.Object.Kind, ObjectID: e.Object.ID, Purpose: e.Purpose,
		Reason: e.Reason, Fields: append([]string{}, e.Fields...), Changes: []ChangeView{},
	}
	for _, change := range e.Changes {
		view.Changes = append(view.Changes, ChangeView{Field: change.Field, Before: change.Before, After: change.After})
	}
	return view
}

func getCheckpoint(ctx context.Context, room auditRoom) (*getCheckpointOutput, error) {
	text, err := room.Checkpoint(ctx, exchangeOf(ctx).request())
	return &getCheckpointOutput{Body: CheckpointView{Checkpoint: text}}, err
}

// recordWithin is how long the record of a refusal may take before the refusal is answered without it.
const recordWithin = 2 * time.Second

// recordRefusal notes that somebody known tried what they may not in a unit that exists. The answer does not wait for more
// than a moment and never fails for it: what could not be noted is counted and logged.
func (a *API) recordRefusal(ctx context.Context, e *exchange, p *Problem) {
	room := e.room()
	if p.Status != http.StatusForbidden || room == nil || e.who.Subject == "" || e.action == "" || e.refused {
		return
	}
	e.refused = true
	who := e.actor
	if who.Subject == "" { // a stranger
		who = mediation.Actor{Principal: e.who, Unit: room.Unit()}
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err := room.RecordRefusal(bounded, who, e.action, e.object, p.Code); err != nil {
		a.metrics.unrecorded.Inc()
		a.log.LogAttrs(ctx, slog.LevelWarn, "a refusal is not in the record", slog.String("id", e.id), slog.String("operation", e.operation),
			slog.String("unit", room.Unit()), slog.Any("error", err))
	}
}

// room is the unit of the request's path; nil when there is none.
func (e *exchange) room() auditRoom {
	switch {
	case e.tenant != nil:
		return e.tenant
	case e.county != nil:
		return e.county
	}
	return nil
}

// objectOf names what a path speaks of: the last id in it that is one. What somebody wrote in its place may be anything,
// a person's number too, and is not kept.
func (e *exchange) objectOf(r *http.Request) mediation.AuditObject {
	if subject := r.PathValue("subject"); subject != "" {
		who := mediation.Principal{Issuer: r.URL.Query().Get("issuer"), Subject: subject}
		if who.Issuer == "" {
			who.Issuer = e.who.Issuer
		}
		return mediation.AuditObject{Kind: "member", ID: who.ID()}
	}
	for _, kind := range []string{"case", "lead", "round", "import", "attachment", "organisation", "mediator", "adviser", "notice"} {
		if id := r.PathValue(kind); uuid.Validate(id) == nil {
			return mediation.AuditObject{Kind: kind, ID: id}
		}
	}
	return mediation.AuditObject{}
}
