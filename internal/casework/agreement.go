package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AgreeInWriting records a written agreement, with all that the law wants in it.
func (s *Service) AgreeInWriting(ctx context.Context, r Request, id mediation.ID, version int64, written mediation.WrittenAgreement) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbAgree, id, version, mediation.Case.Agree, written)
}

// AgreeOrally records an agreement for which the parties need no paper.
func (s *Service) AgreeOrally(ctx context.Context, r Request, id mediation.ID, version int64, oral mediation.OralAgreement) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbAgreeOrally, id, version, mediation.Case.AgreeOrally, oral)
}

// ApplyConfirmation records the parties' joint application for judicial confirmation, within 30 days of the agreement's
// effect as the clock counts them.
func (s *Service) ApplyConfirmation(ctx context.Context, r Request, id mediation.ID, version int64, application mediation.ConfirmationApplication) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbApplyConfirmation, id, version,
		func(c mediation.Case, application mediation.ConfirmationApplication, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			lastDay, err := s.lastDayToConfirm(c)
			if err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			return c.ApplyConfirmation(application, lastDay, act)
		}, application)
}

// RecordConfirmation records what the court did with the application.
func (s *Service) RecordConfirmation(ctx context.Context, r Request, id mediation.ID, version int64, decision mediation.ConfirmationDecision) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbDecideConfirmation, id, version, mediation.Case.DecideConfirmation, decision)
}
