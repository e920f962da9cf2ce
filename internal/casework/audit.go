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
