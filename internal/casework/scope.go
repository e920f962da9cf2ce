package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// InviteToCase lets somebody see the case for a time; who is invited already has the new term.
func (s *Service) InviteToCase(ctx context.Context, r Request, id mediation.ID, version int64, invitation mediation.Invitation) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbInvite, id, version, mediation.Case.Invite, invitation)
}

// UninviteFromCase ends an invitation at once.
func (s *Service) UninviteFromCase(ctx context.Context, r Request, id mediation.ID, version int64, ending mediation.Uninviting) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbUninvite, id, version, mediation.Case.Uninvite, ending)
}

// RestrictCase closes the case to all but its mediators, the director and whoever is invited.
func (s *Service) RestrictCase(ctx context.Context, r Request, id mediation.ID, version int64, restricting mediation.Restricting) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbRestrict, id, version, mediation.Case.Restrict, restricting)
}

// UnrestrictCase opens it again.
func (s *Service) UnrestrictCase(ctx context.Context, r Request, id mediation.ID, version int64, opening mediation.Unrestricting) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbUnrestrict, id, version, mediation.Case.Unrestrict, opening)
}
