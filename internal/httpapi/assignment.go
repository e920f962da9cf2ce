package httpapi

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// MediatorInput is a person who mediates: by login, by the registry's id, or both.
type MediatorInput struct {
	ID      string `json:"id,omitempty" maxLength:"64" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"Id in the registry of mediators: name and login are then taken from there. Leave it out for somebody who is known by a login only."`
	Issuer  string `json:"issuer,omitempty" maxLength:"255" example:"https://id.example" doc:"The person's iss; with a subject and without it, the issuer of your own token."`
	Subject string `json:"subject,omitempty" maxLength:"255" example:"li" doc:"The person's sub."`
	Name    string `json:"name,omitempty" maxLength:"100" example:"李调解员" doc:"Needed without an id."`
	Host    bool   `json:"host,omitempty" example:"true" doc:"主持人: exactly one of a case."`
}

// Resolve fills the issuer in, as members do.
func (m *MediatorInput) Resolve(ctx huma.Context) []error {
	if m.Subject != "" && m.Issuer == "" {
		m.Issuer = exchangeOf(ctx.Context()).who.Issuer
	}
	return nil
}

func (m MediatorInput) mediator() mediation.Mediator {
	return mediation.Mediator{ID: mediation.ID(m.ID), Issuer: m.Issuer, Subject: m.Subject, Name: m.Name, Host: m.Host}
}

// MediatorView is a person who mediates the case.
type MediatorView struct {
	ID      string `json:"id,omitempty" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"In the register of mediators."`
	Issuer  string `json:"issuer,omitempty" example:"https://id.example"`
	Subject string `json:"subject,omitempty" example:"li"`
	Name    string `json:"name" example:"李调解员"`
	Host    bool   `json:"host" example:"true" doc:"主持人"`
}

func mediatorView(m mediation.Mediator) MediatorView {
	return MediatorView{ID: string(m.ID), Issuer: m.Issuer, Subject: m.Subject, Name: m.Name, Host: m.Host}
}

// AssignmentInput says who mediates.
type AssignmentInput struct {
	Mediators []MediatorInput `json:"mediators" nullable:"false" minItems:"1" maxItems:"20" doc:"One host and any further mediators, none of them recused."`
	Reason    string          `json:"reason,omitempty" maxLength:"2000" example:"熟悉当地情况" doc:"Why these."`
}

func (in AssignmentInput) assignment() mediation.Assignment {
	return mediation.Assignment{Mediators: views(in.Mediators, MediatorInput.mediator), Reason: in.Reason}
}

// ReassignmentInput puts others in their place.
type ReassignmentInput struct {
	Mediators []MediatorInput `json:"mediators" nullable:"false" minItems:"1" maxItems:"20" doc:"All who mediate from now on, one of them as host."`
	Reason    string          `json:"reason" minLength:"1" maxLength:"2000" example:"原主持人出差" doc:"Why others than before."`
}

func (in ReassignmentInput) assignment() mediation.Assignment {
	return mediation.Assignment{Mediators: views(in.Mediators, MediatorInput.mediator), Reason: in.Reason}
}

// RecusalInput keeps somebody away from the case.
type RecusalInput struct {
	Mediator    MediatorInput     `json:"mediator" doc:"Who keeps away, assigned or not."`
	Ground      RecusalGroundCode `json:"ground" example:"kin"`
	AskedBy     string            `json:"askedBy,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40" doc:"Id of the party who asked; needed for asked-by-party."`
	Note        string            `json:"note,omitempty" maxLength:"2000" example:"系申请人堂弟"`
	Replacement *MediatorInput    `json:"replacement,omitempty" doc:"Who takes the place; needed when the host keeps away."`
}

func (in RecusalInput) recusal() mediation.Recusal {
	recusal := mediation.Recusal{
		Mediator: in.Mediator.mediator(), Ground: mediation.RecusalGround(in.Ground), AskedBy: mediation.ID(in.AskedBy), Note: in.Note,
	}
	if in.Replacement != nil {
		replacement := in.Replacement.mediator()
		recusal.Replacement = &replacement
	}
	return recusal
}

// RecusalView is somebody who keeps away from the case.
type RecusalView struct {
	Number      int               `json:"number" example:"1"`
	Mediator    MediatorView      `json:"mediator"`
	Ground      RecusalGroundCode `json:"ground" example:"kin"`
	AskedBy     string            `json:"askedBy,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40" doc:"Id of the party who asked."`
	Note        string            `json:"note,omitempty" example:"与被申请人系表亲"`
	Replacement *MediatorView     `json:"replacement,omitempty"`
	At          time.Time         `json:"at" example:"2026-11-23T08:00:00+08:00"`
}

func recusalView(r mediation.Recusal) RecusalView {
	view := RecusalView{
		Number: r.Number, Mediator: mediatorView(r.Mediator), Ground: RecusalGroundCode(r.Ground), AskedBy: string(r.AskedBy),
		Note: r.Note, At: legal(r.At),
	}
	if r.Replacement != nil {
		replacement := mediatorView(*r.Replacement)
		view.Replacement = &replacement
	}
	return view
}

func (a *API) registerAssignment() {
	changing(a, operation{
		id: "assign-case", path: "assign", tag: tagMediation, action: mediation.ActionCaseAssign,
		summary: "Assign mediators", summaryZH: "指派调解员",
		example: AssignmentInput{Mediators: []MediatorInput{exampleMediator("li", true), exampleMediator("zhao", false)}},
		description: "Names who mediates an accepted case: one host (主持人) and any others. A mediator of the registry is named by id alone. Whoever is recused, has a conflict of interest, is on leave or does not serve cannot be named (422 invalid-assignment with the reason), nor a login that is neither in the registry nor a member who is mediator or director (unknown-mediator, not-a-mediator). Neighbours and experts from outside are invited to a meeting. " +
			"From then on a person who is only a mediator works on this case only when assigned (403 not-assigned).",
	}, AssignmentInput.assignment, (*casework.Service).AssignCase)
	changing(a, operation{
		id: "reassign-case", path: "reassign", tag: tagMediation, action: mediation.ActionCaseReassign,
		summary: "Reassign mediators", summaryZH: "改派调解员",
		example:     ReassignmentInput{Mediators: []MediatorInput{exampleMediator("zhao", true)}, Reason: "原主持人出差"},
		description: "Puts others in the mediators' place, with the reason; the list is replaced whole.",
	}, ReassignmentInput.assignment, (*casework.Service).ReassignCase)
	changing(a, operation{
		id: "recuse-mediator", path: "recusals", tag: tagMediation, action: mediation.ActionCaseRecuse,
		summary: "Recuse a mediator", summaryZH: "登记回避",
		example: RecusalInput{Mediator: exampleMediator("qian", false), Ground: RecusalGroundCode(mediation.RecusalKin), Note: "系申请人堂弟"},
		description: "Keeps somebody away from the case: from being assigned and from opening it (403 recused). A host is replaced by the same act. " +
			"Everybody may report a conflict of interest of their own.",
	}, RecusalInput.recusal, (*casework.Service).RecuseMediator)
}

func exampleMediator(subject string, host bool) MediatorInput {
	return MediatorInput{Subject: subject, Name: "调解员" + subject, Host: host}
}
