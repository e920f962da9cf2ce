package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const insertAudit = `INSERT INTO audit (id, at, actor_issuer, actor_subject, actor_unit, actor_roles, action, outcome, code, object_kind, object_id,
	purpose, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

// auditDetail is the sealed part of an entry.
type auditDetail struct {
	Name   string   `json:"name,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Fields []string `json:"fields,omitempty"`

	Changes []sealedChange `json:"changes,omitempty"`
}

func detailOf(e mediation.AuditEntry) auditDetail {
	detail := auditDetail{Name: e.Actor.Name, Reason: e.Reason, Fields: e.Fields}
	for _, change := range e.Changes {
		detail.Changes = append(detail.Changes, sealedChange(change))
	}
	return detail
}

func auditColumnsOf(e mediation.AuditEntry, detail any) []any {
	return []any{
		string(e.ID), e.At, e.Actor.Issuer, e.Actor.Subject, e.Actor.Unit, texts(e.Actor.Roles), string(e.Action), string(e.Outcome), e.Code,
		e.Object.Kind, e.Object.ID, e.Purpose, detail,
	}
}

func (r tenantRows) auditRow(e mediation.AuditEntry) ([]any, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	if r.codec.Shredded() { // who looks at what is left is recorded; there is no key for names and reasons
		return auditColumnsOf(e, []byte{}), nil
	}
	text := sealer{codec: r.codec, tenant: r.code, table: "audit", row: e.ID}
	box := text.sealJSON("detail", detailOf(e))
	return auditColumnsOf(e, box), text.err
}

// RecordAudit writes an entry in a transaction of its own.
func (s *TenantStore) RecordAudit(ctx context.Context, entry mediation.AuditEntry) error {
	row, err := s.rows.auditRow(entry)
	if err != nil {
		return err
	}
	return use(ctx, s.source, func(pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, insertAudit, row...)
		return err
	})
}

// RecordAudit writes an entry with the end of the transaction.
func (t *tenantTx) RecordAudit(_ context.Context, entry mediation.AuditEntry) error {
	row, err := t.rows.auditRow(entry)
	if err != nil {
		return err
	}
	t.last.Queue(insertAudit, row...)
	return nil
}
