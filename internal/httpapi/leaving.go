package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// LeavingView is where somebody was a member, and what has become of it.
type LeavingView struct {
	Issuer  string     `json:"issuer" example:"https://id.example"`
	Subject string     `json:"subject" example:"zhang"`
	Units   []LeftView `json:"units" nullable:"false" doc:"All memberships in the county and its townships."`
}

// LeftView is one of the leaver's memberships.
type LeftView struct {
	Unit    string     `json:"unit" example:"371621101"`
	Roles   []RoleCode `json:"roles" nullable:"false"`
	Outcome string     `json:"outcome" enum:"ended,owned-by-resource" example:"ended" doc:"owned-by-resource: still in force, because the County resource declares it; change spec.administrators there."`
}

type leavingInput struct {
	CountyPath
	MemberPath
	KeyHeader
}

type leavingOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     LeavingView
}

// HandOverInput says who takes a leaver's open cases, and why.
type HandOverInput struct {
	Successor SuccessorInput `json:"successor"`
	Reason    string         `json:"reason" minLength:"1" maxLength:"2000" example:"原调解员调离" doc:"Goes into the journal of every case."`
}

// SuccessorInput is who takes a leaver's place: a mediator of the registry by id, or a member by login.
type SuccessorInput struct {
	ID      string `json:"id,omitempty" maxLength:"64" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"Id in the registry of mediators."`
	Issuer  string `json:"issuer,omitempty" maxLength:"255" example:"https://id.example" doc:"The member's iss; with a subject and without it, the issuer of your own token."`
	Subject string `json:"subject,omitempty" maxLength:"255" example:"li" doc:"The member's sub."`
}

// Resolve fills the issuer in, as members do.
func (s *SuccessorInput) Resolve(ctx huma.Context) []error {
	if s.Subject != "" && s.Issuer == "" {
		s.Issuer = exchangeOf(ctx.Context()).who.Issuer
	}
	return nil
}

// HandOverView is what became of a leaver's open cases.
type HandOverView struct {
	HandedOver []HandedView `json:"handedOver" nullable:"false" doc:"Now the successor's."`
	Kept       []KeptView   `json:"kept" nullable:"false" doc:"Still the leaver's, each with the reason: assign these one by one."`
	More       bool         `json:"more" example:"false" doc:"There was no time for all: send the same again, with another Idempotency-Key."`
}

// HandedView is a case that has a new mediator.
type HandedView struct {
	Case         string `json:"case" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Registration string `json:"registration" example:"371621101-2026-000012"`
	Number       string `json:"number,omitempty" example:"（2026）孙武人调字第12号"`
	Version      int64  `json:"version" example:"5"`
}

// KeptView is a case that could not be handed over.
type KeptView struct {
	HandedView
	Code    string         `json:"code" example:"invalid-assignment" doc:"As the problem of reassigning it would have it."`
	Message string         `json:"message" example:"The assignment breaks a rule." doc:"For a person, by Accept-Language."`
	Errors  []FieldProblem `json:"errors,omitempty" nullable:"false"`
}

type handOverInput struct {
	TenantPath
	MemberPath
	KeyHeader
	Body HandOverInput
}

type handOverOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before; then it went on with what was left."`
	Body     HandOverView
}

func (a *API) registerLeaving() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "leave-county", method: http.MethodPost, path: "/v1/counties/{county}/members/{subject}/leave", tag: "members",
		action: mediation.ActionCountyMemberLeave, statuses: missing,
		summary: "End a person's memberships everywhere in a county", summaryZH: "人员离任：停用其在全县各单位的成员资格",
		description: "Disables the person's memberships of the county and of all its townships; from the next request on they are shut out, since members are read with every request. " +
			"Their open cases stay theirs until they are handed over in each township.",
	}, func(ctx context.Context, in *leavingInput) (*leavingOutput, error) {
		e := exchangeOf(ctx)
		issuer := in.issuer(e)
		left, receipt, err := e.county.Leave(ctx, e.request(), issuer, in.Subject)
		if err != nil {
			return nil, err
		}
		return &leavingOutput{Replayed: replayed(receipt), Body: LeavingView{Issuer: issuer, Subject: in.Subject, Units: views(left, leftView)}}, nil
	})
	register(a, operation{
		id: "hand-over-cases", method: http.MethodPost, path: "/v1/tenants/{tenant}/members/{subject}/hand-over", tag: "members",
		action: mediation.ActionMemberHandOver, statuses: missing,
		example: HandOverInput{Successor: SuccessorInput{Subject: "li"}, Reason: "原调解员调离"},
		summary: "Hand a leaver's open cases over", summaryZH: "将离任人员的在办案件移交他人",
		description: "Reassigns every open case that the person mediates to a successor, each with its own journal entry. Recusals and conflicts of interest bind: " +
			"a case that the successor must not have is listed with the reason. Sent again it finds only what is left.",
	}, func(ctx context.Context, in *handOverInput) (*handOverOutput, error) {
		e := exchangeOf(ctx)
		to := in.Body.Successor
		handed, receipt, err := e.tenant.HandOverCases(ctx, e.request(), casework.HandOver{
			Leaver:    mediation.Principal{Issuer: in.issuer(e), Subject: in.Subject},
			Successor: mediation.Mediator{ID: mediation.ID(to.ID), Issuer: to.Issuer, Subject: to.Subject}, Reason: in.Body.Reason,
		})
		if err != nil {
			return nil, err
		}
		return &handOverOutput{Replayed: replayed(receipt), Body: e.handOverView(handed)}, nil
	})
}

func leftView(m mediation.Membership) LeftView {
	outcome := "ended"
	if !m.Disabled {
		outcome = "owned-by-resource"
	}
	return LeftView{Unit: m.Unit, Roles: roleCodes(m.Roles), Outcome: outcome}
}

func (e *exchange) handOverView(handed casework.HandedOver) HandOverView {
	view := HandOverView{HandedOver: views(handed.Done, handedView), Kept: []KeptView{}, More: handed.More}
	for _, kept := range handed.Kept {
		problem := problemOf(e, kept.Why)
		view.Kept = append(view.Kept, KeptView{
			HandedView: handedView(kept.Case), Code: problem.Code, Message: problem.Detail, Errors: problem.Errors,
		})
	}
	return view
}

func handedView(c mediation.Case) HandedView {
	return HandedView{Case: string(c.ID), Registration: c.Registration, Number: c.Number, Version: c.Version}
}
