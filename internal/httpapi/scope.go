package httpapi

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// RestrictionCode is why a case is seen by few.
type RestrictionCode string

// Schema of the list restrictions.
func (RestrictionCode) Schema(huma.Registry) *huma.Schema { return codeSchema("restrictions") }

// InvitationInput lets somebody see a case for a time.
type InvitationInput struct {
	Issuer  string `json:"issuer" minLength:"1" maxLength:"255" example:"https://id.example" doc:"The invited person's iss."`
	Subject string `json:"subject" minLength:"1" maxLength:"255" example:"expert-1" doc:"The invited person's sub."`
	Name    string `json:"name,omitempty" maxLength:"100" example:"周专家"`
	Purpose string `json:"purpose" minLength:"1" maxLength:"2000" example:"就工程质量提供专业意见"`
	Until   string `json:"until" format:"date" example:"2026-12-23" doc:"Last day, in Asia/Shanghai; at most a year ahead."`
}

// UninvitationInput ends an invitation.
type UninvitationInput struct {
	Issuer  string `json:"issuer" minLength:"1" maxLength:"255" example:"https://id.example"`
	Subject string `json:"subject" minLength:"1" maxLength:"255" example:"expert-1"`
	Reason  string `json:"reason" minLength:"1" maxLength:"2000" example:"意见已提交"`
}

// RestrictionInput says why a case is to be seen by few.
type RestrictionInput struct {
	Reason RestrictionCode `json:"reason" example:"family"`
	Note   string          `json:"note,omitempty" maxLength:"2000" example:"涉及夫妻隐私"`
}

// UnrestrictionInput opens a case again.
type UnrestrictionInput struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000" example:"当事人同意公开"`
}

// InvitationView is an invitation; one whose last day is over gives nothing any more.
type InvitationView struct {
	Issuer    string    `json:"issuer,omitempty" example:"https://id.example"`
	Subject   string    `json:"subject" example:"expert-1"`
	Name      string    `json:"name,omitempty" example:"周专家"`
	Purpose   string    `json:"purpose" example:"就工程质量提供专业意见"`
	Until     string    `json:"until" format:"date" example:"2026-12-23"`
	By        string    `json:"by" example:"wang" doc:"Subject of who invited."`
	InvitedAt time.Time `json:"invitedAt" example:"2026-11-23T09:00:00+08:00"`
}

func invitationView(i mediation.Invitation) InvitationView {
	return InvitationView{Issuer: i.Issuer, Subject: i.Subject, Name: i.Name, Purpose: i.Purpose, Until: i.Until, By: i.By, InvitedAt: legal(i.InvitedAt)}
}

func (in InvitationInput) invitation() mediation.Invitation {
	return mediation.Invitation{Issuer: in.Issuer, Subject: in.Subject, Name: in.Name, Purpose: in.Purpose, Until: in.Until}
}

func (in UninvitationInput) ending() mediation.Uninviting {
	return mediation.Uninviting{Issuer: in.Issuer, Subject: in.Subject, Reason: in.Reason}
}

func (in RestrictionInput) restricting() mediation.Restricting {
	return mediation.Restricting{Reason: mediation.Restriction(in.Reason), Note: in.Note}
}

func (in UnrestrictionInput) opening() mediation.Unrestricting {
	return mediation.Unrestricting{Reason: in.Reason}
}

func (a *API) registerSight() {
	changing(a, operation{
		id: "invite-to-case", path: "invitations", tag: tagCases, action: mediation.ActionCaseInvite,
		summary: "Invite somebody to a case", summaryZH: "邀请他人参与案件",
		example: InvitationInput{Issuer: "https://id.example", Subject: "expert-1", Name: "周专家", Purpose: "就工程质量提供专业意见", Until: exampleDay},
		description: "Lets an expert, a leader, a liaison or a colleague see the case until a day. They look on behind the mask; in a restricted case " +
			"somebody who works in the whole township does there what the own roles allow. Who is invited already has the new term.",
	}, InvitationInput.invitation, (*casework.Service).InviteToCase)
	changing(a, operation{
		id: "uninvite-from-case", path: "invitations/end", tag: tagCases, action: mediation.ActionCaseUninvite,
		summary: "End an invitation", summaryZH: "结束邀请",
		example:     UninvitationInput{Issuer: "https://id.example", Subject: "expert-1", Reason: "意见已提交"},
		description: "Ends somebody's sight of the case at once.",
	}, UninvitationInput.ending, (*casework.Service).UninviteFromCase)
	changing(a, operation{
		id: "restrict-case", path: "restriction", tag: tagCases, action: mediation.ActionCaseRestrict,
		summary: "Restrict a case", summaryZH: "限制公开案件",
		example: RestrictionInput{Reason: "family", Note: "涉及夫妻隐私"},
		description: "From then on the case is there for its mediators, the director and whoever is invited; for everybody else it is not: 404, and absent from " +
			"lists, counts, searches and due lists. A case with a party under 18 or with a tag of sexual violence is restricted when it is filed.",
	}, RestrictionInput.restricting, (*casework.Service).RestrictCase)
	changing(a, operation{
		id: "unrestrict-case", path: "restriction/end", tag: tagCases, action: mediation.ActionCaseUnrestrict,
		summary: "Lift the restriction of a case", summaryZH: "解除案件限制公开",
		example:     UnrestrictionInput{Reason: "当事人同意公开"},
		description: "The case is seen again by those who see the township's other cases.",
	}, UnrestrictionInput.opening, (*casework.Service).UnrestrictCase)
}
