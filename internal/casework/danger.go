package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReportDanger records that a danger was found and reported, whatever stage the case stands in.
func (s *Service) ReportDanger(ctx context.Context, r Request, id mediation.ID, version int64, danger mediation.Danger) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbReportDanger, id, version, mediation.Case.ReportDanger, danger)
}

// SettleDanger records what came of a danger.
func (s *Service) SettleDanger(ctx context.Context, r Request, id mediation.ID, version int64, outcome mediation.DangerOutcome) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbSettleDanger, id, version, mediation.Case.SettleDanger, outcome)
}
