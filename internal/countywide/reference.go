package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferenceStore reads the documents that a county goes by.
type ReferenceStore interface {
	// References are all documents of the county's province and of itself, in no order.
	References(ctx context.Context) ([]mediation.Reference, error)
}

// ReferenceTx publishes documents of the county itself.
type ReferenceTx interface {
	// PutReference is as in casework.Tx.
	PutReference(ctx context.Context, r mediation.Reference, seen int64) (mediation.Reference, error)
	// OwnReferences are the county's own documents of a kind, the latest revision first.
	OwnReferences(ctx context.Context, kind mediation.ReferenceKind) ([]mediation.Reference, error)
}

// ReferenceCheck holds a document to its kind's own rules and to the layers below it. all are the documents that the
// county reads.
type ReferenceCheck func(r mediation.Reference, today string, all []mediation.Reference) error

// Option changes how a service is made.
type Option func(*Service)

// WithReferenceCheck lets the county publish documents that pass the check; without one it publishes none.
func WithReferenceCheck(check ReferenceCheck) Option {
	return func(s *Service) { s.checkReference = check }
}

// References are the documents that the county goes by, and the legal day of today.
func (s *Service) References(ctx context.Context, r Request) (all []mediation.Reference, today string, err error) {
	if err := s.permit(r, mediation.ActionCountyReferenceRead); err != nil {
		return nil, "", err
	}
	all, err = s.store.References(ctx)
	return all, mediation.LegalDay(s.clock()), err
}

// PutReference publishes a document of the county, laid over those of its province and the program, and below those of
// its towns. seen is the revision that the caller saw, 0 for none.
func (s *Service) PutReference(ctx context.Context, r Request, document mediation.Reference, seen int64) (mediation.Reference, Receipt, error) {
	if err := s.permit(r, mediation.ActionCountyReferencePut); err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	document.Unit = s.store.Unit()
	document, err := document.Published(r.Actor.Principal, s.now()).Checked()
	if err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	return s.publish(ctx, r, document.Kind, seen, func([]mediation.Reference) mediation.Reference { return document })
}

// WithdrawReference takes back, from today on, what the county says of a kind.
func (s *Service) WithdrawReference(ctx context.Context, r Request, kind mediation.ReferenceKind, seen int64) (mediation.Reference, Receipt, error) {
	if err := s.permit(r, mediation.ActionCountyReferencePut); err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	if !kind.Known() {
		return mediation.Reference{}, Receipt{}, mediation.UnknownReference()
	}
	return s.publish(ctx, r, kind, seen, func(own []mediation.Reference) mediation.Reference {
		return kind.Withdrawal(s.store.Unit(), mediation.LegalDay(s.clock()), own).Published(r.Actor.Principal, s.now())
	})
}

func (s *Service) now() time.Time { return mediation.LegalTime(s.clock()).Truncate(time.Microsecond) }

func (s *Service) publish(ctx context.Context, r Request, kind mediation.ReferenceKind, seen int64,
	next func(own []mediation.Reference) mediation.Reference,
) (mediation.Reference, Receipt, error) {
	if s.checkReference == nil {
		return mediation.Reference{}, Receipt{}, mediation.Fail(mediation.Misdirected, "wrong-instance",
			"This instance publishes no reference data.", "本实例不发布参考数据。")
	}
	all, err := s.store.References(ctx)
	if err != nil {
		return mediation.Reference{}, Receipt{}, err
	}
	var stored mediation.Reference
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		var created bool
		stored, created, err = s.add(ctx, tx, r, kind, seen, next, all)
		return Receipt{ID: string(kind), Version: stored.Revision, Created: created}, err
	})
	if err != nil || !receipt.Replayed {
		return stored, receipt, err
	}
	return s.published(ctx, kind, receipt)
}

// add stores the document that next makes, unless it is the county's latest already.
func (s *Service) add(ctx context.Context, tx Tx, r Request, kind mediation.ReferenceKind, seen int64,
	next func(own []mediation.Reference) mediation.Reference, all []mediation.Reference,
) (stored mediation.Reference, created bool, err error) {
	own, err := tx.OwnReferences(ctx, kind)
	if err != nil {
		return stored, false, err
	}
	document := next(own)
	known, err := document.Follows(own, seen)
	if err != nil {
		return stored, false, err
	}
	if known {
		return own[0], false, nil
	}
	if err := s.checkReference(document, mediation.LegalDay(s.clock()), all); err != nil {
		return stored, false, err
	}
	if stored, err = tx.PutReference(ctx, document, mediation.LatestRevision(own)); err != nil {
		return stored, false, err
	}
	entry := s.audited(r, mediation.ActionCountyReferencePut, mediation.AuditObject{Kind: "reference", ID: string(kind)})
	return stored, stored.Revision == 1, tx.RecordAudit(ctx, entry)
}

// published finds what an earlier request published.
func (s *Service) published(ctx context.Context, kind mediation.ReferenceKind, receipt Receipt) (mediation.Reference, Receipt, error) {
	all, err := s.store.References(ctx)
	for _, r := range all {
		if r.Unit == s.store.Unit() && r.Kind == kind && r.Revision == receipt.Version {
			return r, receipt, nil
		}
	}
	if err == nil {
		err = mediation.UnknownReference()
	}
	return mediation.Reference{}, receipt, err
}
