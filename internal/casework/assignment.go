package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AssignCase names who mediates: one host and any others. Invalid "invalid-assignment".
func (s *Service) AssignCase(ctx context.Context, r Request, id mediation.ID, version int64, assignment mediation.Assignment) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbAssign, id, version, mediation.Case.Assign, assignment)
}

// ReassignCase puts others in their place, with the reason.
func (s *Service) ReassignCase(ctx context.Context, r Request, id mediation.ID, version int64, assignment mediation.Assignment) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbReassign, id, version, mediation.Case.Reassign, assignment)
}

// RecuseMediator keeps somebody away from the case: from being assigned to it, and from opening it. A host is replaced
// by the same act.
func (s *Service) RecuseMediator(ctx context.Context, r Request, id mediation.ID, version int64, recusal mediation.Recusal) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbRecuse, id, version, mediation.Case.Recuse, recusal)
}
