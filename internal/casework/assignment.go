package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AssignCase names who mediates: one host and any others. A mediator of the registry is named by its id alone; one whom
// it excludes is refused with the reason; so is a login of nobody who is mediator or director here, "unknown-mediator" or
// "not-a-mediator". Invalid "invalid-assignment".
func (s *Service) AssignCase(ctx context.Context, r Request, id mediation.ID, version int64, assignment mediation.Assignment) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, mediation.VerbAssign, id, version, s.assigning(mediation.VerbAssign, assignment, mediation.Case.Assign))
}

// ReassignCase puts others in their place, with the reason.
func (s *Service) ReassignCase(ctx context.Context, r Request, id mediation.ID, version int64, assignment mediation.Assignment) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, mediation.VerbReassign, id, version, s.assigning(mediation.VerbReassign, assignment, mediation.Case.Reassign))
}

// RecuseMediator keeps somebody away from the case: from being assigned to it, and from opening it. A host is replaced
// by the same act, and the replacement is chosen like anybody who is assigned.
func (s *Service) RecuseMediator(ctx context.Context, r Request, id mediation.ID, version int64, recusal mediation.Recusal) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, mediation.VerbRecuse, id, version,
		func(ctx context.Context, tx Tx, c mediation.Case, _ Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			if err := c.Can(mediation.VerbRecuse); err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			recusal, err := s.recusing(ctx, tx, c, recusal)
			if err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			return c.Recuse(recusal, act)
		})
}
