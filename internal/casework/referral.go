package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferCase sends the parties, or a question, along another road; the case does not close until it has reported back.
func (s *Service) ReferCase(ctx context.Context, r Request, id mediation.ID, version int64, referral mediation.Referral) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbRefer, id, version, mediation.Case.Refer, referral)
}

// AcknowledgeReferral records that the receiver has taken the referral.
func (s *Service) AcknowledgeReferral(ctx context.Context, r Request, id mediation.ID, version int64, receipt mediation.HandReceipt) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbAcknowledgeReferral, id, version, mediation.Case.AcknowledgeReferral, receipt)
}

// ReportReferral brings a road's outcome back.
func (s *Service) ReportReferral(ctx context.Context, r Request, id mediation.ID, version int64, report mediation.ReferralReport) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbReportReferral, id, version, mediation.Case.ReportReferral, report)
}
