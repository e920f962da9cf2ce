package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// GradeCase finds how hard the dispute is, by what the case shows and what the person adds.
func (s *Service) GradeCase(ctx context.Context, r Request, id mediation.ID, version int64, judging mediation.Judging) (mediation.Case, Receipt, error) {
	return applyBook(ctx, s, r, mediation.VerbGrade, id, version, mediation.Case.Grade, judging)
}

// OverrideGrade puts a person's difficulty over the rule's; without a value it takes the last decision back.
func (s *Service) OverrideGrade(ctx context.Context, r Request, id mediation.ID, version int64, overruling mediation.Overruling[mediation.Difficulty]) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbOverrideGrade, id, version, mediation.Case.OverrideGrade, overruling)
}
