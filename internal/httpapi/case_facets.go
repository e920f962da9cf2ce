package httpapi

import (
	"tiaojie.dev/tiaojie/internal/mediation"
)

// CaseDetailView is a whole case: what the lists show, and everything that was done to it. The number of every item
// counts from 1 in its list.
type CaseDetailView struct {
	CaseView

	Suspended         bool                  `json:"suspended" example:"false" doc:"Mediation stands still; see suspensions."`
	Performance       PerformanceCode       `json:"performance" example:"none" doc:"Computed from the instalments."`
	ConfirmationState ConfirmationStateCode `json:"confirmationState" example:"none" doc:"Computed from the confirmation."`
	FileGaps          []FileGapView         `json:"fileGaps" nullable:"false" doc:"Papers that the file must hold before it is archived, and does not."`

	Classification *ClassificationView `json:"classification,omitempty" doc:"Absent while the case is not classified."`
	Gradings       []GradingView       `json:"gradings" nullable:"false" doc:"The last one counts."`
	Assessments    []AssessmentView    `json:"assessments" nullable:"false" doc:"The last one counts."`

	Mediators      []MediatorView      `json:"mediators" nullable:"false"`
	Recusals       []RecusalView       `json:"recusals" nullable:"false"`
	Investigations []InvestigationView `json:"investigations" nullable:"false"`
	Meetings       []MeetingView       `json:"meetings" nullable:"false"`
	Dangers        []DangerView        `json:"dangers" nullable:"false"`
	Suspensions    []SuspensionView    `json:"suspensions" nullable:"false"`
	Extensions     []ExtensionView     `json:"extensions" nullable:"false"`
	Referrals      []ReferralView      `json:"referrals" nullable:"false"`
	Transfers      []TransferView      `json:"transfers" nullable:"false"`
	Payments       []PaymentView       `json:"payments" nullable:"false"`
	Urgings        []UrgingView        `json:"urgings" nullable:"false"`
	Visits         []VisitView         `json:"visits" nullable:"false"`
	Papers         []PaperView         `json:"papers" nullable:"false"`
	Links          []LinkView          `json:"links" nullable:"false"`
	Invitations    []InvitationView    `json:"invitations" nullable:"false"`

	Failure      *FailureView      `json:"failure,omitempty"`
	Termination  *TerminationView  `json:"termination,omitempty"`
	Agreement    *AgreementView    `json:"agreement,omitempty"`
	Confirmation *ConfirmationView `json:"confirmation,omitempty"`
	Closure      *ClosureView      `json:"closure,omitempty"`
	Volume       *VolumeView       `json:"volume,omitempty"`
	FirstVolume  string            `json:"firstVolume,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3d" doc:"Of a reopened dispute: the case with which it began."`
}

func caseDetailView(c mediation.Case) CaseDetailView {
	view := CaseDetailView{
		CaseView:  caseView(c),
		Suspended: c.Suspended(), Performance: PerformanceCode(c.Performance()), ConfirmationState: ConfirmationStateCode(c.ConfirmationState()),
		FileGaps: views(c.FileGaps(), fileGapView),
		Gradings: views(c.Gradings, gradingView), Assessments: views(c.Assessments, assessmentView),
		Mediators: views(c.Mediators, mediatorView), Recusals: views(c.Recusals, recusalView),
		Investigations: views(c.Investigations, investigationView), Meetings: views(c.Meetings, meetingView),
		Dangers: views(c.Dangers, dangerView), Suspensions: views(c.Suspensions, suspensionView),
		Extensions: views(c.Extensions, extensionView), Referrals: views(c.Referrals, referralView),
		Transfers: views(c.Transfers, transferView), Payments: views(c.Payments, paymentView),
		Urgings: views(c.Urgings, urgingView), Visits: views(c.Visits, visitView), Papers: views(c.Papers, paperView),
		Links: views(c.Links, linkView), Invitations: views(c.Invitations, invitationView), FirstVolume: string(c.FirstVolume),
	}
	view.ending(c)
	return view
}

// ending shows what a case has at most one of.
func (v *CaseDetailView) ending(c mediation.Case) {
	if c.Classification != nil {
		v.Classification = classificationView(*c.Classification)
	}
	if c.Failure != nil {
		v.Failure = &FailureView{FailureInput{Reason: FailureCode(c.Failure.Reason), Note: c.Failure.Note, RoadsTold: c.Failure.RoadsTold}}
	}
	if c.Termination != nil {
		v.Termination = &TerminationView{TerminationInput{
			Reason: TerminationCode(c.Termination.Reason), Note: c.Termination.Note, RoadsTold: c.Termination.RoadsTold}}
	}
	if c.Agreement != nil {
		v.Agreement = agreementView(*c.Agreement)
	}
	if c.Confirmation != nil {
		v.Confirmation = confirmationView(*c.Confirmation)
	}
	if c.Closure != nil {
		v.Closure = closureView(*c.Closure)
	}
	if c.Volume != nil {
		v.Volume = volumeView(*c.Volume)
	}
}
