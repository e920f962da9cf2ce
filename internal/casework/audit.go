package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// AuditStore keeps the tenant's record of what was looked at, taken out, permitted or refused.
type AuditStore interface {
	// RecordAudit writes an entry in a transaction of its own, for what is no write: a look, a refusal. It refuses an entry
	// that fails AuditEntry.Check.
	RecordAudit(ctx context.Context, entry mediation.AuditEntry) error
	// ListAudit takes a checked query.
	ListAudit(ctx context.Context, query mediation.AuditQuery) (mediation.AuditPage, error)
	// Checkpoint is the signed text of the record's last checkpoint; "" while nothing is sealed.
	Checkpoint(ctx context.Context) (string, error)
}

// AuditTx is the same within a write.
type AuditTx interface {
	// RecordAudit writes an entry at the latest with the end of the transaction.
	RecordAudit(ctx context.Context, entry mediation.AuditEntry) error
}

// audited is an entry of something that was done just now.
func (s *Service) audited(r Request, action mediation.Action, object mediation.AuditObject) mediation.AuditEntry {
	act := s.act(r)
	return mediation.AuditEntry{ID: act.NewID(), At: act.At, Actor: r.Actor, Action: action, Outcome: mediation.AuditDone, Object: object}
}

// RecordRefusal notes that somebody tried what they may not.
func (s *Service) RecordRefusal(ctx context.Context, who mediation.Actor, action mediation.Action, object mediation.AuditObject, code string) error {
	entry := s.audited(Request{Actor: who}, action, object)
	entry.Outcome, entry.Code = mediation.AuditRefused, code
	return s.store.RecordAudit(ctx, entry)
}

// Audit lists the tenant's record. Reading it is recorded too, before anything is shown.
func (s *Service) Audit(ctx context.Context, r Request, query mediation.AuditQuery) (mediation.AuditPage, error) {
	if err := s.permit(r, mediation.ActionAuditList); err != nil {
		return mediation.AuditPage{}, err
	}
	query, err := query.Checked()
	if err != nil {
		return mediation.AuditPage{}, err
	}
	page, err := s.store.ListAudit(ctx, query)
	if err != nil {
		return mediation.AuditPage{}, err
	}
	return page, s.store.RecordAudit(ctx, s.audited(r, mediation.ActionAuditList, query.Object))
}

// Checkpoint is the signed text of the last checkpoint of the tenant's sealed record; "" before the first.
func (s *Service) Checkpoint(ctx context.Context, r Request) (string, error) {
	if err := s.permit(r, mediation.ActionAuditList); err != nil {
		return "", err
	}
	return s.store.Checkpoint(ctx)
}
