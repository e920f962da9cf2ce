package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// RecordPayment records that an obligation was performed, in whole or, for money, in part.
func (s *Service) RecordPayment(ctx context.Context, r Request, id mediation.ID, version int64, payment mediation.Payment) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbPerform, id, version, mediation.Case.Perform, payment)
}

// RecordBreach records that an obligation was not performed when it was due.
func (s *Service) RecordBreach(ctx context.Context, r Request, id mediation.ID, version int64, breach mediation.Breach) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbBreach, id, version, mediation.Case.Breach, breach)
}

// UrgePerformance records a reminder to perform.
func (s *Service) UrgePerformance(ctx context.Context, r Request, id mediation.ID, version int64, urging mediation.Urging) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbUrge, id, version, mediation.Case.Urge, urging)
}

// VisitCase records a follow-up.
func (s *Service) VisitCase(ctx context.Context, r Request, id mediation.ID, version int64, visit mediation.Visit) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbVisit, id, version, mediation.Case.Visit, visit)
}
