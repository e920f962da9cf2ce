package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// FailCase ends a mediation that came to no agreement; the parties were told of the roads that remain.
func (s *Service) FailCase(ctx context.Context, r Request, id mediation.ID, version int64, failure mediation.Failure) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbFail, id, version, mediation.Case.Fail, failure)
}

// TerminateCase ends a mediation that cannot be carried through.
func (s *Service) TerminateCase(ctx context.Context, r Request, id mediation.ID, version int64, termination mediation.Termination) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbTerminate, id, version, mediation.Case.Terminate, termination)
}

// TransferCase gives the case to another body to handle.
func (s *Service) TransferCase(ctx context.Context, r Request, id mediation.ID, version int64, transfer mediation.Transfer) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbTransfer, id, version, mediation.Case.Transfer, transfer)
}

// AcknowledgeTransfer records that the receiver has taken the case.
func (s *Service) AcknowledgeTransfer(ctx context.Context, r Request, id mediation.ID, version int64, receipt mediation.HandReceipt) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbAcknowledgeTransfer, id, version, mediation.Case.AcknowledgeTransfer, receipt)
}

// TakeBackCase takes a returned case on again; it is assigned anew.
func (s *Service) TakeBackCase(ctx context.Context, r Request, id mediation.ID, version int64, back mediation.TransferReturn) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbTakeBack, id, version, mediation.Case.TakeBack, back)
}
