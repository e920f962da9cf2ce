package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// FailureInput is the end of a mediation that came to no agreement.
type FailureInput struct {
	Reason    FailureCode `json:"reason" example:"no-agreement"`
	Note      string      `json:"note,omitempty" maxLength:"2000" example:"双方对赔偿数额分歧过大。"`
	RoadsTold bool        `json:"roadsTold" example:"true" doc:"The parties were told of arbitration, administrative and judicial roads: true, or it cannot be recorded (人民调解法第26条)."`
}

// FailureView is why mediation came to no agreement.
type FailureView struct{ FailureInput }

// TerminationInput is the end of a mediation that cannot be carried through.
type TerminationInput struct {
	Reason    TerminationCode `json:"reason" example:"party-quits"`
	Note      string          `json:"note,omitempty" maxLength:"2000" example:"被申请人要求终止调解。"`
	RoadsTold bool            `json:"roadsTold" example:"true" doc:"The parties were told of the roads that remain: true, or it cannot be recorded."`
}

// TerminationView is why mediation was ended.
type TerminationView struct{ TerminationInput }

func (in FailureInput) failure() mediation.Failure {
	return mediation.Failure{Reason: mediation.FailureReason(in.Reason), Note: in.Note, RoadsTold: in.RoadsTold}
}

func (in TerminationInput) termination() mediation.Termination {
	return mediation.Termination{Reason: mediation.TerminationReason(in.Reason), Note: in.Note, RoadsTold: in.RoadsTold}
}

func (a *API) registerOutcome() {
	changing(a, operation{
		id: "fail-case", path: "fail", tag: tagOutcome, action: mediation.ActionCaseFail,
		summary: "Record that mediation failed", summaryZH: "调解不成",
		example: FailureInput{Reason: "no-agreement", Note: "双方对赔偿数额分歧过大。", RoadsTold: true},
		description: "Mediation came to no agreement; the parties were told of arbitration, administrative and judicial roads (人民调解法第26条). " +
			"The case can then be referred along them, visited, closed and archived.",
	}, FailureInput.failure, (*casework.Service).FailCase)
	changing(a, operation{
		id: "terminate-case", path: "terminate", tag: tagOutcome, action: mediation.ActionCaseTerminate,
		summary: "Terminate mediation", summaryZH: "终止调解",
		example:     TerminationInput{Reason: "party-quits", Note: "被申请人要求终止调解。", RoadsTold: true},
		description: "Mediation cannot be carried through, for a reason of the list termination-reasons. A suspension ends with it.",
	}, TerminationInput.termination, (*casework.Service).TerminateCase)
}
