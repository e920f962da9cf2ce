package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// looks are the actions that show somebody what is masked from them.
var looks = []string{
	string(mediation.ActionCaseReveal), string(mediation.ActionLeadReveal), string(mediation.ActionMediatorReveal), string(mediation.ActionCasePrint),
}

// Reveals takes a lock on the person before it counts: two requests at once must not both be the last.
func (t *tenantTx) Reveals(ctx context.Context, who mediation.Principal, since time.Time) (count int, err error) {
	if _, err := t.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "reveal "+t.rows.code+" "+who.ID()); err != nil {
		return 0, err
	}
	err = t.tx.QueryRow(ctx, `SELECT count(*) FROM audit WHERE actor_subject = $1 AND actor_issuer = $2 AND at >= $3 AND action = ANY($4) AND outcome = 'done'`,
		who.Subject, who.Issuer, since, looks).Scan(&count)
	return count, err
}

const accessColumns = `a.id::text, a.at, a.actor_issuer, a.actor_subject, a.actor_unit, a.actor_roles, a.action, a.outcome, a.code,
	a.object_kind, a.object_id, a.purpose, a.detail`

// Accesses reads the record, newest first.
func (s *TenantStore) Accesses(ctx context.Context, query casework.AccessQuery) (page casework.AccessPage, err error) {
	where, args := accessFilter(query)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		count := `SELECT count(*) FROM (SELECT FROM audit a WHERE ` + where + ` LIMIT 10001) counted`
		if err := pool.QueryRow(ctx, count, args...).Scan(&page.Total.Value); err != nil {
			return err
		}
		if query.After != nil {
			where += fmt.Sprintf(` AND (a.at, a.id) < ($%d, $%d::uuid)`, len(args)+1, len(args)+2)
			args = append(args, query.After.At, string(query.After.ID))
		}
		rows, err := pool.Query(ctx, fmt.Sprintf(`SELECT `+accessColumns+` FROM audit a WHERE %s ORDER BY a.at DESC, a.id DESC LIMIT %d`, where, query.Limit+1), args...)
		if err != nil {
			return err
		}
		page.Entries, err = pgx.CollectRows(rows, s.rows.scanAudit)
		return err
	})
	page.Total.Exact = page.Total.Value <= 10_000
	page.Total.Value = min(page.Total.Value, 10_000)
	page.Entries, page.Next = cut(page.Entries, query.Limit, func(e mediation.AuditEntry) mediation.Position {
		return mediation.Position{At: e.At, ID: e.ID}
	})
	return page, err
}

func accessFilter(query casework.AccessQuery) (where string, args []any) {
	clauses := []string{`a.outcome = 'done'`}
	add := func(clause string, values ...any) {
		for i := range values {
			clause = strings.Replace(clause, "?", fmt.Sprintf("$%d", len(args)+i+1), 1)
		}
		clauses, args = append(clauses, clause), append(args, values...)
	}
	if query.Object != nil {
		add(`a.object_kind = ? AND a.object_id = ?`, query.Object.Kind, query.Object.ID)
	}
	if query.By != nil {
		add(`a.actor_subject = ? AND a.actor_issuer = ?`, query.By.Subject, query.By.Issuer)
	}
	if query.Mine != nil {
		add(`a.object_kind = 'case' AND a.object_id IN (SELECT m.case_id::text FROM mediator m WHERE m.subject = ? AND m.issuer = ? AND m.until IS NULL)
			AND NOT (a.actor_subject = ? AND a.actor_issuer = ?)`, query.Mine.Subject, query.Mine.Issuer, query.Mine.Subject, query.Mine.Issuer)
	}
	return strings.Join(clauses, " AND "), args
}

func (r tenantRows) scanAudit(row pgx.CollectableRow) (mediation.AuditEntry, error) {
	var (
		e     mediation.AuditEntry
		roles []string
		box   []byte
	)
	err := row.Scan((*string)(&e.ID), &e.At, &e.Actor.Issuer, &e.Actor.Subject, &e.Actor.Unit, &roles, (*string)(&e.Action), (*string)(&e.Outcome), &e.Code,
		&e.Object.Kind, &e.Object.ID, &e.Purpose, &box)
	if err != nil {
		return e, err
	}
	for _, role := range roles {
		e.Actor.Roles = append(e.Actor.Roles, mediation.Role(role))
	}
	e.At = mediation.LegalTime(e.At)
	text := sealer{codec: r.codec, tenant: r.code, table: "audit", row: e.ID}
	var detail auditDetail
	text.openJSON("detail", box, &detail)
	e.Actor.Name, e.Reason, e.Fields = detail.Name, detail.Reason, detail.Fields
	return e, text.err
}
