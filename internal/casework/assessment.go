package casework

import (
	"context"
	"slices"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AlarmTx tells others at once.
type AlarmTx interface {
	// RaiseRisk puts an event into the county's feed: the risk of the case was raised by the change of this entry.
	RaiseRisk(ctx context.Context, entry mediation.Entry) error
}

// AssessCase scores the risk, by what the case shows and what the person adds.
func (s *Service) AssessCase(ctx context.Context, r Request, id mediation.ID, version int64, assessing mediation.Assessing) (mediation.Case, Receipt, error) {
	return applyBook(ctx, s, r, mediation.VerbAssess, id, version, mediation.Case.Assess, assessing)
}

// OverrideRisk puts a person's colour over the score's; without a value it takes the last decision back.
func (s *Service) OverrideRisk(ctx context.Context, r Request, id mediation.ID, version int64, overruling mediation.Overruling[mediation.Colour]) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbOverrideRisk, id, version, mediation.Case.OverrideRisk, overruling)
}

// AssessmentProposal is what the rules say of the case as it stands, for a person to complete.
func (s *Service) AssessmentProposal(ctx context.Context, r Request, id mediation.ID) (mediation.Proposal, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseRead, id)
	if err != nil {
		return mediation.Proposal{}, err
	}
	book, err := s.rulebook()
	if err != nil {
		return mediation.Proposal{}, err
	}
	return book.Propose(c, s.actAfter(r, c).At)
}

// alarm puts a raised risk into the county's feed and tells those who must know at once that the case has become red; of
// a danger the notices of its verb tell. All of it is in the transaction of the change, or none.
func alarm(ctx context.Context, tx Tx, before, after mediation.Case, entry mediation.Entry) error {
	alarms := after.Alarms(before)
	if len(alarms) == 0 {
		return nil
	}
	if err := tx.RaiseRisk(ctx, entry); err != nil {
		return err
	}
	if !slices.ContainsFunc(alarms, mediation.AlarmKind.Red) {
		return nil
	}
	return tx.Notify(ctx, mediation.RedAlert(after, entry.Actor.Principal, entry.At)...)
}
