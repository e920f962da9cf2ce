package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// InvestigateCase records what was found out.
func (s *Service) InvestigateCase(ctx context.Context, r Request, id mediation.ID, version int64, investigation mediation.Investigation) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbInvestigate, id, version, mediation.Case.Investigate, investigation)
}

// PlanMeeting arranges the next meeting.
func (s *Service) PlanMeeting(ctx context.Context, r Request, id mediation.ID, version int64, arrangement mediation.Arrangement) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbConvene, id, version, mediation.Case.Convene, arrangement)
}

// CancelMeeting takes an arranged meeting back.
func (s *Service) CancelMeeting(ctx context.Context, r Request, id mediation.ID, version int64, cancellation mediation.Cancellation) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbCancelMeeting, id, version, mediation.Case.CancelMeeting, cancellation)
}

// HoldMeeting records a meeting that was held: one that was arranged, by its number, or one that was not, with number
// 0.
func (s *Service) HoldMeeting(ctx context.Context, r Request, id mediation.ID, version int64, meeting mediation.Meeting) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbMediate, id, version, mediation.Case.Mediate, meeting)
}
