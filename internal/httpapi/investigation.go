package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// InvestigationInput is one record of finding out what happened.
type InvestigationInput struct {
	At           time.Time `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Place        string    `json:"place" minLength:"1" maxLength:"300" example:"孙武街道某村现场"`
	Participants string    `json:"participants" minLength:"1" maxLength:"2000" example:"李调解员（询问）、王某（被询问）、周文员（记录）" doc:"Who asked, who was asked, who wrote it down."`
	Findings     string    `json:"findings" minLength:"1" maxLength:"20000" example:"院墙越界三十厘米，排水口朝向乙方院内。"`
}

// InvestigationView is one record of finding out what happened.
type InvestigationView struct {
	Number int `json:"number" example:"1"`
	InvestigationInput
}

func (in InvestigationInput) investigation() mediation.Investigation {
	return mediation.Investigation{At: in.At, Place: in.Place, Participants: in.Participants, Findings: in.Findings}
}

func investigationView(i mediation.Investigation) InvestigationView {
	return InvestigationView{Number: i.Number, InvestigationInput: InvestigationInput{
		At: legal(i.At), Place: i.Place, Participants: i.Participants, Findings: i.Findings}}
}

func (a *API) registerInvestigation() {
	changing(a, operation{
		id: "investigate-case", path: "investigations", tag: tagMediation, action: mediation.ActionCaseInvestigate,
		summary: "Record an investigation", summaryZH: "登记调查",
		example: InvestigationInput{At: exampleMoment(), Place: "孙武街道某村现场",
			Participants: "李调解员（询问）、王某（被询问）、周文员（记录）", Findings: "院墙越界三十厘米，排水口朝向乙方院内。"},
		description: "What was found out, where and with whom (调查记录). Before the first meeting the case becomes investigating; during mediation the state stays.",
	}, InvestigationInput.investigation, (*casework.Service).InvestigateCase)
}

// exampleMoment is a morning that has passed.
func exampleMoment() time.Time {
	return time.Date(2026, time.November, 23, 9, 0, 0, 0, mediation.LegalTime(time.Time{}).Location())
}
