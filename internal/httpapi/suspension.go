package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// SuspensionInput stops mediation while something is awaited.
type SuspensionInput struct {
	Reason   SuspensionCode `json:"reason" example:"appraisal"`
	Note     string         `json:"note,omitempty" maxLength:"2000" example:"委托房屋损害鉴定"`
	Until    string         `json:"until" format:"date" example:"2026-12-20" doc:"The day that the parties set at the latest, today or later."`
	Consents []string       `json:"consents" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties: every one consents."`
}

// SuspensionView is a time in which mediation stands still.
type SuspensionView struct {
	Number   int            `json:"number" example:"1"`
	Reason   SuspensionCode `json:"reason" example:"appraisal"`
	Note     string         `json:"note,omitempty" example:"等待鉴定意见"`
	Until    string         `json:"until" format:"date" example:"2026-12-20"`
	Consents []string       `json:"consents" nullable:"false" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties."`
	From     time.Time      `json:"from" example:"2026-11-26T09:00:00+08:00"`
	EndedAt  *time.Time     `json:"endedAt,omitempty" example:"2026-12-18T16:00:00+08:00" doc:"Absent while mediation stands still."`
}

// ResumptionInput says why mediation goes on.
type ResumptionInput struct {
	Note string `json:"note,omitempty" maxLength:"2000" example:"鉴定意见已出具"`
}

// ExtensionInput is more time, with everybody's consent.
type ExtensionInput struct {
	Until    string   `json:"until" format:"date" example:"2026-12-31" doc:"The new last day, later than any agreed before."`
	Consents []string `json:"consents" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties: every one consents."`
	Reason   string   `json:"reason" minLength:"1" maxLength:"2000" example:"案情复杂"`
}

// ExtensionView is more time for mediation.
type ExtensionView struct {
	Number   int       `json:"number" example:"1"`
	Until    string    `json:"until" format:"date" example:"2026-12-31"`
	Consents []string  `json:"consents" nullable:"false" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties."`
	Reason   string    `json:"reason" example:"案情复杂，全体当事人同意延长"`
	At       time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
}

func (in SuspensionInput) suspension() mediation.Suspension {
	return mediation.Suspension{
		Reason: mediation.SuspensionReason(in.Reason), Note: in.Note, Until: in.Until, Consents: idsOf(in.Consents)}
}

func (in ResumptionInput) resumption() mediation.Resumption {
	return mediation.Resumption{Note: in.Note}
}

func (in ExtensionInput) extension() mediation.Extension {
	return mediation.Extension{Until: in.Until, Consents: idsOf(in.Consents), Reason: in.Reason}
}

func suspensionView(s mediation.Suspension) SuspensionView {
	return SuspensionView{
		Number: s.Number, Reason: SuspensionCode(s.Reason), Note: s.Note, Until: s.Until, Consents: textsOf(s.Consents),
		From: legal(s.From), EndedAt: legalPointer(s.EndedAt),
	}
}

func extensionView(x mediation.Extension) ExtensionView {
	return ExtensionView{Number: x.Number, Until: x.Until, Consents: textsOf(x.Consents), Reason: x.Reason, At: legal(x.At)}
}

func (a *API) registerSuspension() {
	changing(a, operation{
		id: "suspend-case", path: "suspend", tag: tagMediation, action: mediation.ActionCaseSuspend,
		summary: "Suspend mediation", summaryZH: "中止调解",
		example: SuspensionInput{Reason: "appraisal", Note: "委托房屋损害鉴定", Until: "2026-12-20", Consents: []string{exampleParty, exampleOther}},
		description: "Mediation stands still while an appraisal, evidence or the parties' own talks are awaited; its clock stops where the rule says so. " +
			"Meanwhile nothing is investigated, mediated, agreed or failed (409 case-incomplete, suspended).",
	}, SuspensionInput.suspension, (*casework.Service).SuspendCase)
	changing(a, operation{
		id: "resume-case", path: "resume", tag: tagMediation, action: mediation.ActionCaseResume,
		summary: "Resume mediation", summaryZH: "恢复调解", example: ResumptionInput{Note: "鉴定意见已出具"},
		description: "Goes on with a suspended mediation; its clock runs on.",
	}, ResumptionInput.resumption, (*casework.Service).ResumeCase)
	changing(a, operation{
		id: "extend-case", path: "extend", tag: tagMediation, action: mediation.ActionCaseExtend,
		summary: "Extend mediation", summaryZH: "延长调解期限",
		example:     ExtensionInput{Until: "2026-12-31", Consents: []string{exampleParty, exampleOther}, Reason: "案情复杂"},
		description: "Gives mediation until a later day, with every party's consent (人民调解工作若干规定第33条).",
	}, ExtensionInput.extension, (*casework.Service).ExtendCase)
}
