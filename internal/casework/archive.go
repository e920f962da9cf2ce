package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// PutOnFile puts a paper into the file. One that refers to an attachment refers to one of this case that is there.
func (s *Service) PutOnFile(ctx context.Context, r Request, id mediation.ID, version int64, paper mediation.Paper) (mediation.Case, Receipt, error) {
	return s.change(ctx, r, mediation.VerbPutOnFile, id, version,
		func(ctx context.Context, tx Tx, c mediation.Case, _ Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			after, entry, err := c.PutOnFile(paper, act)
			if err != nil || paper.Attachment == "" {
				return after, entry, err
			}
			return after, entry, attached(ctx, tx, id, after.Papers[len(after.Papers)-1])
		})
}

// attached refuses a paper whose attachment the case does not have.
func attached(ctx context.Context, tx Tx, id mediation.ID, paper mediation.Paper) error {
	a, err := tx.FindAttachment(ctx, id, mediation.ID(paper.Attachment))
	if err == nil && a.Withdrawal == nil {
		return nil
	}
	if err != nil && mediation.KindOf(err) != mediation.NotFound {
		return err
	}
	return mediation.Fail(mediation.Invalid, "invalid-paper", "The paper breaks a rule.", "卷宗材料不符合规定。").WithFields(mediation.FieldError{
		Pointer: "/attachment", Code: "unknown-attachment", Message: "Give the id of an attachment of this case.", MessageZH: "请填写本案附件的标识。"})
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
