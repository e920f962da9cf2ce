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
// as for mediation.Case.Document. Printing is a read: nothing is recorded.
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
