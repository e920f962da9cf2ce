package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const selectAudit = `SELECT id::text, at, actor_issuer, actor_subject, actor_unit, actor_roles, action, outcome, code, object_kind, object_id, purpose, detail FROM audit`

// filterAudit is the same for a tenant's record and a county's.
func filterAudit(query mediation.AuditQuery) *filter {
	f := &filter{}
	f.addText("actor_subject = ?", query.Subject)
	f.addText("actor_issuer = ?", query.Issuer)
	if len(query.Actions) > 0 {
		f.add("action = ANY (?)", texts(query.Actions))
	}
	f.addText("outcome = ?", string(query.Outcome))
	f.addText("object_kind = ?", query.Object.Kind)
	f.addText("object_id = ?", query.Object.ID)
	if query.From != nil {
		f.add("at >= ?", *query.From)
	}
	if query.Until != nil {
		f.add("at < ?", *query.Until)
	}
	return f
}

// listAudit reads a page of the table audit that the connection's search_path finds, newest first, with its total.
func listAudit(ctx context.Context, q querier, query mediation.AuditQuery, open func(e *mediation.AuditEntry, detail []byte) error) (page mediation.AuditPage, err error) {
	f := filterAudit(query)
	batch := &pgx.Batch{}
	batch.Queue(countUpTo("audit"+f.where()), f.args...)
	behind := &filter{conditions: append([]string(nil), f.conditions...), args: append([]any(nil), f.args...)}
	if after := query.After; after != nil {
		id := after.ID
		if uuid.Validate(string(id)) != nil {
			id = mediation.ID(uuid.Nil.String())
		}
		behind.add("(at, id) < (?, ?::uuid)", after.At, string(id))
	}
	behind.args = append(behind.args, query.Limit+1)
	batch.Queue(fmt.Sprintf("%s%s ORDER BY at DESC, id DESC LIMIT $%d", selectAudit, behind.where(), len(behind.args)), behind.args...)
	page.Entries, page.Total, err = readPage(q.SendBatch(ctx, batch), func(row pgx.CollectableRow) (mediation.AuditEntry, error) { return scanAudit(row, open) })
	if err != nil {
		return mediation.AuditPage{}, err
	}
	page.Entries, page.Next = cut(page.Entries, query.Limit, func(e mediation.AuditEntry) mediation.Position { return mediation.Position{At: e.At, ID: e.ID} })
	return page, nil
}

func scanAudit(row pgx.CollectableRow, open func(e *mediation.AuditEntry, detail []byte) error) (e mediation.AuditEntry, err error) {
	var (
		roles  []string
		detail []byte
	)
	err = row.Scan((*string)(&e.ID), &e.At, &e.Actor.Issuer, &e.Actor.Subject, &e.Actor.Unit, &roles, (*string)(&e.Action), (*string)(&e.Outcome), &e.Code,
		&e.Object.Kind, &e.Object.ID, &e.Purpose, &detail)
	if err != nil {
		return e, err
	}
	for _, role := range roles {
		e.Actor.Roles = append(e.Actor.Roles, mediation.Role(role))
	}
	e.At = mediation.LegalTime(e.At)
	return e, open(&e, detail)
}

func (d auditDetail) fill(e *mediation.AuditEntry) {
	e.Actor.Name, e.Reason, e.Fields = d.Name, d.Reason, d.Fields
	for _, change := range d.Changes {
		e.Changes = append(e.Changes, mediation.Change(change))
	}
}

// ListAudit lists the tenant's record.
func (s *TenantStore) ListAudit(ctx context.Context, query mediation.AuditQuery) (page mediation.AuditPage, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page, err = listAudit(ctx, pool, query, func(e *mediation.AuditEntry, box []byte) error {
			text := sealer{codec: s.rows.codec, tenant: s.rows.code, table: "audit", row: e.ID}
			var detail auditDetail
			text.openJSON("detail", box, &detail)
			detail.fill(e)
			return text.err
		})
		return err
	})
	return page, err
}

// checkpointOf reads the last checkpoint's text.
func checkpointOf(ctx context.Context, from source, unit string) (text string, err error) {
	err = use(ctx, from, func(pool *pgxpool.Pool) error {
		err := pool.QueryRow(ctx, `SELECT text FROM county.audit_checkpoint WHERE tenant = $1 ORDER BY number DESC LIMIT 1`, unit).Scan(&text)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return text, err
}

// Checkpoint is the text of the record's last checkpoint.
func (s *TenantStore) Checkpoint(ctx context.Context) (string, error) {
	return checkpointOf(ctx, s.source, s.rows.code)
}

// memberRoles are somebody's roles as a member of a unit.
func memberRoles(ctx context.Context, q querier, unit, issuer, subject string) (roles []mediation.Role, err error) {
	var names []string
	err = q.QueryRow(ctx, `SELECT roles FROM county.member WHERE unit = $1 AND issuer = $2 AND subject = $3`, unit, issuer, subject).Scan(&names)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	for _, name := range names {
		roles = append(roles, mediation.Role(name))
	}
	return roles, err
}

// countyAuditRow leaves out what is personal: a county has no key to seal it with.
func countyAuditRow(e mediation.AuditEntry) ([]any, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	detail := detailOf(e)
	detail.Name, detail.Reason = "", ""
	text, err := json.Marshal(detail)
	return auditColumnsOf(e, string(text)), err
}

// RecordAudit writes an entry of the county's record in a transaction of its own.
func (s *CountyStore) RecordAudit(ctx context.Context, entry mediation.AuditEntry) error {
	row, err := countyAuditRow(entry)
	if err != nil {
		return err
	}
	return use(ctx, s.source, func(pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, insertAudit, row...)
		return err
	})
}

// ListAudit lists the county's record.
func (s *CountyStore) ListAudit(ctx context.Context, query mediation.AuditQuery) (page mediation.AuditPage, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page, err = listAudit(ctx, pool, query, func(e *mediation.AuditEntry, text []byte) error {
			var detail auditDetail
			err := json.Unmarshal(text, &detail)
			detail.fill(e)
			return err
		})
		return err
	})
	return page, err
}

// Checkpoint is the text of the last checkpoint of the county's own record.
func (s *CountyStore) Checkpoint(ctx context.Context) (string, error) {
	return checkpointOf(ctx, s.source, s.code)
}

// RecordAudit writes an entry of the county's record within a write.
func (t *countyTx) RecordAudit(ctx context.Context, entry mediation.AuditEntry) error {
	row, err := countyAuditRow(entry)
	if err != nil {
		return err
	}
	_, err = t.tx.Exec(ctx, insertAudit, row...)
	return err
}

// MemberRoles are the person's roles as a member of the county.
func (t *countyTx) MemberRoles(ctx context.Context, issuer, subject string) ([]mediation.Role, error) {
	return memberRoles(ctx, t.tx, t.code, issuer, subject)
}
