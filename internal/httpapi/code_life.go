package httpapi

import "github.com/danielgtaylor/huma/v2"

// The codes of what is done between acceptance and archive.
type (
	// RecusalGroundCode is why somebody keeps away from a case.
	RecusalGroundCode string
	// MeetingStatusCode is what has become of a meeting.
	MeetingStatusCode string
	// MeetingResultCode is what a meeting came to.
	MeetingResultCode string
	// AttendeeRoleCode is as what somebody takes part in a meeting.
	AttendeeRoleCode string
	// DangerCode is what threatens.
	DangerCode string
	// SuspensionCode is what mediation waits for.
	SuspensionCode string
	// AgreementFormCode is how an agreement was made.
	AgreementFormCode string
	// MatterCode is what an agreement is about, where the law looks at it.
	MatterCode string
	// ObligationCode is paying or doing.
	ObligationCode string
	// SignatureCode is how somebody signed.
	SignatureCode string
	// FailureCode is why mediation came to no agreement.
	FailureCode string
	// TerminationCode is why mediation was ended.
	TerminationCode string
	// RouteCode is a road beside mediation.
	RouteCode string
	// ReferralOutcomeCode is what came back from a road.
	ReferralOutcomeCode string
	// PerformanceCode is how far an agreement has been performed.
	PerformanceCode string
	// ConfirmationStateCode is where judicial confirmation stands.
	ConfirmationStateCode string
	// ConfirmationOutcomeCode is what the court did.
	ConfirmationOutcomeCode string
	// PaperCode is what a paper of the file is.
	PaperCode string
	// MediumCode is paper or electronic file.
	MediumCode string
	// RetentionCode is how long a file is kept.
	RetentionCode string
	// ReopeningCode is why a closed dispute is mediated again.
	ReopeningCode string
	// LinkCode is how two cases belong together.
	LinkCode string
)

// Schema of the list recusal-grounds.
func (RecusalGroundCode) Schema(huma.Registry) *huma.Schema { return codeSchema("recusal-grounds") }

// Schema of the list meeting-statuses.
func (MeetingStatusCode) Schema(huma.Registry) *huma.Schema { return codeSchema("meeting-statuses") }

// Schema of the list meeting-results.
func (MeetingResultCode) Schema(huma.Registry) *huma.Schema { return codeSchema("meeting-results") }

// Schema of the list attendee-roles.
func (AttendeeRoleCode) Schema(huma.Registry) *huma.Schema { return codeSchema("attendee-roles") }

// Schema of the list danger-kinds.
func (DangerCode) Schema(huma.Registry) *huma.Schema { return codeSchema("danger-kinds") }

// Schema of the list suspension-reasons.
func (SuspensionCode) Schema(huma.Registry) *huma.Schema { return codeSchema("suspension-reasons") }

// Schema of the list agreement-forms.
func (AgreementFormCode) Schema(huma.Registry) *huma.Schema { return codeSchema("agreement-forms") }

// Schema of the list agreement-matters.
func (MatterCode) Schema(huma.Registry) *huma.Schema { return codeSchema("agreement-matters") }

// Schema of the list obligation-kinds.
func (ObligationCode) Schema(huma.Registry) *huma.Schema { return codeSchema("obligation-kinds") }

// Schema of the list signature-means.
func (SignatureCode) Schema(huma.Registry) *huma.Schema { return codeSchema("signature-means") }

// Schema of the list failure-reasons.
func (FailureCode) Schema(huma.Registry) *huma.Schema { return codeSchema("failure-reasons") }

// Schema of the list termination-reasons.
func (TerminationCode) Schema(huma.Registry) *huma.Schema { return codeSchema("termination-reasons") }

// Schema of the list routes.
func (RouteCode) Schema(huma.Registry) *huma.Schema { return codeSchema("routes") }

// Schema of the list referral-outcomes.
func (ReferralOutcomeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("referral-outcomes") }

// Schema of the list performances.
func (PerformanceCode) Schema(huma.Registry) *huma.Schema { return codeSchema("performances") }

// Schema of the list confirmation-states.
func (ConfirmationStateCode) Schema(huma.Registry) *huma.Schema {
	return codeSchema("confirmation-states")
}

// Schema of the list confirmation-outcomes.
func (ConfirmationOutcomeCode) Schema(huma.Registry) *huma.Schema {
	return codeSchema("confirmation-outcomes")
}

// Schema of the list paper-kinds.
func (PaperCode) Schema(huma.Registry) *huma.Schema { return codeSchema("paper-kinds") }

// Schema of the list paper-media.
func (MediumCode) Schema(huma.Registry) *huma.Schema { return codeSchema("paper-media") }

// Schema of the list retentions.
func (RetentionCode) Schema(huma.Registry) *huma.Schema { return codeSchema("retentions") }

// Schema of the list reopening-grounds.
func (ReopeningCode) Schema(huma.Registry) *huma.Schema { return codeSchema("reopening-grounds") }

// Schema of the list link-kinds.
func (LinkCode) Schema(huma.Registry) *huma.Schema { return codeSchema("link-kinds") }
