package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// SuspendCase stops mediation, and its clock where the rule knows the reason, until a day that the parties set.
func (s *Service) SuspendCase(ctx context.Context, r Request, id mediation.ID, version int64, suspension mediation.Suspension) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbSuspend, id, version, mediation.Case.Suspend, suspension)
}

// ResumeCase goes on with a suspended mediation.
func (s *Service) ResumeCase(ctx context.Context, r Request, id mediation.ID, version int64, resumption mediation.Resumption) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbResume, id, version, mediation.Case.Resume, resumption)
}

// ExtendCase gives mediation until a later day, with every party's consent. The clock of mediation must still be
// running, and end before that day.
func (s *Service) ExtendCase(ctx context.Context, r Request, id mediation.ID, version int64, extension mediation.Extension) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbExtend, id, version, mediation.Case.Extend, extension)
}
