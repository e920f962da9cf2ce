package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ConfirmationInput is the parties' joint application to the court.
type ConfirmationInput struct {
	Court      string   `json:"court" minLength:"1" maxLength:"100" example:"惠民县人民法院"`
	Applicants []string `json:"applicants" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties: all apply jointly."`
	AppliedOn  string   `json:"appliedOn" format:"date" example:"2026-11-23" doc:"Within 30 days of the agreement's effect."`
}

// ConfirmationDecisionInput is the court's answer.
type ConfirmationDecisionInput struct {
	Outcome     ConfirmationOutcomeCode `json:"outcome" example:"confirmed"`
	Reason      string                  `json:"reason,omitempty" maxLength:"64" example:"unclear" doc:"A code of confirmation-refusals (not-accepted) or confirmation-rejections (rejected); none when confirmed."`
	CourtNumber string                  `json:"courtNumber,omitempty" maxLength:"100" example:"（2026）鲁1621民特12号" doc:"As printed; needed unless not accepted."`
	DecidedOn   string                  `json:"decidedOn" format:"date" example:"2026-11-23"`
	Note        string                  `json:"note,omitempty" maxLength:"2000" example:"双方当事人已签收裁定书"`
}

// ConfirmationView is the way to the court and what came of it.
type ConfirmationView struct {
	Court       string   `json:"court" example:"惠民县人民法院"`
	Applicants  []string `json:"applicants" nullable:"false" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f\",\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties."`
	AppliedOn   string   `json:"appliedOn" format:"date" example:"2026-11-26"`
	LastDay     string   `json:"lastDay" format:"date" example:"2026-12-25" doc:"Of the 30 days."`
	Outcome     string   `json:"outcome,omitempty" example:"confirmed" doc:"A code of the list /v1/codes/confirmation-outcomes, once the court has answered."`
	Reason      string   `json:"reason,omitempty" example:"unclear"`
	CourtNumber string   `json:"courtNumber,omitempty" example:"（2026）鲁1621民特12号"`
	DecidedOn   string   `json:"decidedOn,omitempty" format:"date" example:"2026-12-08"`
	Note        string   `json:"note,omitempty" example:"双方当事人已签收裁定书"`
}

func (in ConfirmationInput) application() mediation.ConfirmationApplication {
	return mediation.ConfirmationApplication{Court: in.Court, Applicants: idsOf(in.Applicants), AppliedOn: in.AppliedOn}
}

func (in ConfirmationDecisionInput) decision() mediation.ConfirmationDecision {
	return mediation.ConfirmationDecision{
		Outcome: mediation.ConfirmationOutcome(in.Outcome), Reason: in.Reason, CourtNumber: in.CourtNumber, DecidedOn: in.DecidedOn, Note: in.Note}
}

func confirmationView(c mediation.Confirmation) *ConfirmationView {
	return &ConfirmationView{
		Court: c.Court, Applicants: textsOf(c.Applicants), AppliedOn: c.AppliedOn, LastDay: c.LastDay, Outcome: string(c.Outcome),
		Reason: c.Reason, CourtNumber: c.CourtNumber, DecidedOn: c.DecidedOn, Note: c.Note,
	}
}

func (a *API) registerConfirmation() {
	changing(a, operation{
		id: "apply-for-confirmation", path: "confirmation", tag: tagOutcome, action: mediation.ActionCaseApplyConfirmation,
		summary: "Apply for judicial confirmation", summaryZH: "申请司法确认",
		example: ConfirmationInput{Court: "惠民县人民法院", Applicants: []string{exampleParty, exampleOther}, AppliedOn: exampleDay},
		description: "The parties ask the court jointly, within 30 days of the agreement's effect (人民调解法第33条), to make a written agreement enforceable. " +
			"Personal status and title are not confirmed (409 case-incomplete, not-confirmable).",
	}, ConfirmationInput.application, (*casework.Service).ApplyConfirmation)
	changing(a, operation{
		id: "decide-confirmation", path: "confirmation/decision", tag: tagOutcome, action: mediation.ActionCaseDecideConfirmation,
		summary: "Record the court's decision", summaryZH: "登记司法确认结果",
		example:     ConfirmationDecisionInput{Outcome: "confirmed", CourtNumber: "（2026）鲁1621民特12号", DecidedOn: exampleDay},
		description: "What the court did with the application, and its number. An application that was not accepted can be made again.",
	}, ConfirmationDecisionInput.decision, (*casework.Service).RecordConfirmation)
}
