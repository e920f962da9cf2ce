package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Documents lists the papers of a case: which can be printed now, and what is missing. It says nothing that a reader of
// the case may not see.
func (s *Service) Documents(ctx context.Context, r Request, id mediation.ID) ([]mediation.Document, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseRead, id)
	if err != nil {
		return nil, err
	}
	return c.Documents(), nil
}

// Document opens a case to print one of its papers, unmasked, with the tenant whose committee stands on it. meeting is
// as for mediation.Case.Document. Whoever prints sees everything: it is recorded with its purpose by Printed.
func (s *Service) Document(ctx context.Context, r Request, id mediation.ID, form mediation.DocumentForm, meeting int) (mediation.Document, mediation.Case, Tenant, error) {
	c, err := s.opened(ctx, r, mediation.ActionCasePrint, id)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	document, err := c.Document(form, meeting)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	t, err := s.store.Tenant(ctx)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	return document, c, t, nil
}

// DraftAgreement opens a case to print a written agreement before it is signed, as Document; nothing of it is stored.
func (s *Service) DraftAgreement(ctx context.Context, r Request, id mediation.ID, written mediation.WrittenAgreement) (mediation.Document, mediation.Case, Tenant, error) {
	c, err := s.opened(ctx, r, mediation.ActionCasePrint, id)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	document, shown, err := c.DraftAgreement(written)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	t, err := s.store.Tenant(ctx)
	if err != nil {
		return mediation.Document{}, mediation.Case{}, Tenant{}, err
	}
	return document, shown, t, nil
}

// Printed records that a paper of the case was printed and what for; it is asked for before the paper leaves the house. For
// somebody from whom the case's numbers are masked it counts as a look: Exhausted "reveal-limit".
func (s *Service) Printed(ctx context.Context, r Request, c mediation.Case, document mediation.Document, purpose mediation.Purpose) error {
	entry := s.audited(r, mediation.ActionCasePrint, mediation.AuditObject{Kind: "case", ID: string(c.ID)})
	entry.Purpose, entry.Fields = string(purpose), []string{"/documents/" + string(document.Form)}
	_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
		if r.Actor.MaskOf(c) != mediation.MaskNothing {
			if _, err := s.counted(ctx, tx, r, entry.At); err != nil {
				return Receipt{}, err
			}
		}
		return Receipt{ID: string(entry.ID)}, tx.RecordAudit(ctx, entry)
	})
	return err
}
