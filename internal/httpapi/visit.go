package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// VisitInput is a follow-up.
type VisitInput struct {
	On           string `json:"on" format:"date" example:"2026-11-23"`
	Party        string `json:"party,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party who was visited."`
	Means        string `json:"means" minLength:"1" maxLength:"100" example:"上门"`
	Situation    string `json:"situation" minLength:"1" maxLength:"2000" example:"院墙已拆除，双方和好。"`
	Satisfaction int    `json:"satisfaction,omitempty" minimum:"0" maximum:"5" example:"5" doc:"1 to 5; leave it out when nobody was asked."`
	Relapse      bool   `json:"relapse,omitempty" example:"false" doc:"The dispute has come back, or may."`
}

// VisitView is a follow-up.
type VisitView struct {
	Number int `json:"number" example:"1"`
	VisitInput
}

func (in VisitInput) visit() mediation.Visit {
	return mediation.Visit{
		On: in.On, Party: mediation.ID(in.Party), Means: in.Means, Situation: in.Situation, Satisfaction: in.Satisfaction, Relapse: in.Relapse}
}

func visitView(v mediation.Visit) VisitView {
	return VisitView{Number: v.Number, VisitInput: VisitInput{
		On: v.On, Party: string(v.Party), Means: v.Means, Situation: v.Situation, Satisfaction: v.Satisfaction, Relapse: v.Relapse}}
}

func (a *API) registerVisits() {
	changing(a, operation{
		id: "visit-case", path: "visits", tag: tagOutcome, action: mediation.ActionCaseVisit,
		summary: "Record a follow-up visit", summaryZH: "登记回访",
		example:     VisitInput{On: exampleDay, Means: "上门", Situation: "院墙已拆除，双方和好。", Satisfaction: 5},
		description: "How matters stand after the end of the mediation, with satisfaction from 1 to 5. Possible until the case is archived.",
	}, VisitInput.visit, (*casework.Service).VisitCase)
}
