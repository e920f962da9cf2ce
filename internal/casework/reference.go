package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferenceStore reads the documents that a unit goes by.
type ReferenceStore interface {
	// References are all documents of the unit's province, of its county and of itself, in no order. The stamp changes
	// whenever one of them does; when seen is still the stamp, nothing is read and changed is false.
	References(ctx context.Context, seen string) (all []mediation.Reference, stamp string, changed bool, err error)
	// LiveCases are cases that are not archived, with all their records, by id, at most limit.
	LiveCases(ctx context.Context, after mediation.ID, limit int) ([]mediation.Case, error)
}

// ReferenceTx publishes documents of the unit itself.
type ReferenceTx interface {
	// PutReference adds a checked document as the next revision of its kind. seen is the last revision that the caller
	// saw, 0 for none: Stale "stale-version" when another one was published since.
	PutReference(ctx context.Context, r mediation.Reference, seen int64) (mediation.Reference, error)
	// OwnReferences are the unit's own documents of a kind, the latest revision first.
	OwnReferences(ctx context.Context, kind mediation.ReferenceKind) ([]mediation.Reference, error)
}

// References tells what the tenant goes by now, read anew, with the documents that it published itself.
func (s *Service) References(ctx context.Context, r Request) (*InForce, error) {
	if err := s.permit(r, mediation.ActionReferenceRead); err != nil {
		return nil, err
	}
	s.references.forget()
	return s.InForce(ctx)
}

// PutReference publishes a document of the tenant, laid over those of its county, its province and the program. seen is
// the revision that the caller saw, 0 for none. A document that is published already succeeds and changes nothing.
func (s *Service) PutReference(ctx context.Context, r Request, document mediation.Reference, seen int64) (mediation.Reference, Receipt, error) {
	if err := s.permit(r, mediation.ActionReferencePut); err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	act := s.act(r)
	document.Unit, document.By, document.At = s.store.Unit(), r.Actor.Principal, act.At
	document, err := document.Checked()
	if err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	return s.publish(ctx, r, document.Kind, seen, func([]mediation.Reference) mediation.Reference { return document })
}

// WithdrawReference takes back, from today on, what the tenant says of a kind: the layers below count again.
func (s *Service) WithdrawReference(ctx context.Context, r Request, kind mediation.ReferenceKind, seen int64) (mediation.Reference, Receipt, error) {
	if err := s.permit(r, mediation.ActionReferencePut); err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	if !kind.Known() {
		return mediation.Reference{}, Receipt{}, mediation.UnknownReference()
	}
	act := s.act(r)
	return s.publish(ctx, r, kind, seen, func(own []mediation.Reference) mediation.Reference {
		return kind.Withdrawal(s.store.Unit(), mediation.LegalDay(act.At), own).Published(r.Actor.Principal, act.At)
	})
}

// publish adds the document that next makes of the tenant's own ones.
func (s *Service) publish(ctx context.Context, r Request, kind mediation.ReferenceKind, seen int64,
	next func(own []mediation.Reference) mediation.Reference,
) (mediation.Reference, Receipt, error) {
	var stored mediation.Reference
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		t, err := tx.Tenant(ctx)
		if err != nil {
			return Receipt{}, err
		}
		if err := writable(t); err != nil {
			return Receipt{}, err
		}
		own, err := tx.OwnReferences(ctx, kind)
		if err != nil {
			return Receipt{}, err
		}
		f, err := s.inForce()
		if err != nil {
			return Receipt{}, err
		}
		document := next(own)
		known, err := document.Follows(own, seen)
		if err == nil && !known {
			err = CheckReference(document, f.Day, f.all)
		}
		switch {
		case err != nil:
			return Receipt{}, err
		case known:
			stored = own[0]
		default:
			if stored, err = tx.PutReference(ctx, document, mediation.LatestRevision(own)); err == nil {
				err = tx.RecordAudit(ctx, s.audited(r, mediation.ActionReferencePut, mediation.AuditObject{Kind: "reference", ID: string(kind)}))
			}
		}
		return Receipt{ID: string(kind), Version: stored.Revision, Created: stored.Revision == 1 && !known}, err
	})
	if err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	s.references.forget()
	if receipt.Replayed {
		stored, err = s.published(ctx, kind, receipt.Version)
	}
	return stored, receipt, err
}

// published is one of the tenant's own documents.
func (s *Service) published(ctx context.Context, kind mediation.ReferenceKind, revision int64) (mediation.Reference, error) {
	f, err := s.InForce(ctx)
	if err != nil {
		return mediation.Reference{}, err
	}
	for _, own := range f.Own(kind) {
		if own.Revision == revision {
			return own, nil
		}
	}
	return mediation.Reference{}, mediation.UnknownReference()
}
