package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// PutOnFile puts a paper into the file.
func (s *Service) PutOnFile(ctx context.Context, r Request, id mediation.ID, version int64, paper mediation.Paper) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbPutOnFile, id, version, mediation.Case.PutOnFile, paper)
}

// TakeOffFile takes a paper off file; its line stays, with the reason.
func (s *Service) TakeOffFile(ctx context.Context, r Request, id mediation.ID, version int64, removal mediation.PaperRemoval) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbTakeOffFile, id, version, mediation.Case.TakeOffFile, removal)
}

// CloseCase ends the work on a case. Conflict "case-incomplete" lists what is still open.
func (s *Service) CloseCase(ctx context.Context, r Request, id mediation.ID, version int64, closing mediation.Closing) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbClose, id, version, mediation.Case.Close, closing)
}

// ArchiveCase binds the file of a closed case. Conflict "case-incomplete" lists the papers that it lacks.
func (s *Service) ArchiveCase(ctx context.Context, r Request, id mediation.ID, version int64, archiving mediation.Archiving) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbArchive, id, version, mediation.Case.Archive, archiving)
}
