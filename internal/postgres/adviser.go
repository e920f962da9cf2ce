package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

const adviserColumns = `version, status, masked_name, villages, contract_from, contract_to, visits, created_at, updated_at, details`

const (
	selectAdviser = `SELECT r.id::text, r.version, r.status, r.created_at, r.updated_at, r.details FROM `
	fromAdviser   = `county.legal_adviser r`
)

// adviserDetails is the sealed part.
type adviserDetails struct {
	Content registry.AdviserContent `json:"content"`
	Visits  []registry.AdviserVisit `json:"visits,omitempty"`
}

func (r tenantRows) scanAdviser(row pgx.CollectableRow) (registry.LegalAdviser, error) {
	a := registry.LegalAdviser{Tenant: r.code}
	var box []byte
	if err := row.Scan((*string)(&a.ID), &a.Version, (*string)(&a.Status), &a.CreatedAt, &a.UpdatedAt, &box); err != nil {
		return a, err
	}
	a.CreatedAt, a.UpdatedAt = mediation.LegalTime(a.CreatedAt), mediation.LegalTime(a.UpdatedAt)
	var details adviserDetails
	text := r.registrySealer("legal_adviser", a.ID)
	text.openJSON("details", box, &details)
	a.AdviserContent, a.Visits = details.Content, details.Visits
	return a, text.err
}

func (r tenantRows) findAdviser(ctx context.Context, q querier, id registry.ID) (registry.LegalAdviser, error) {
	rows, err := q.Query(ctx, selectAdviser+fromAdviser+` WHERE r.tenant = $1 AND r.id = $2`, r.code, string(id))
	if err != nil {
		return registry.LegalAdviser{}, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, r.scanAdviser)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, mediation.UnknownRecord()
	}
	return a, err
}

// FindAdviser reads one legal adviser.
func (s *TenantStore) FindAdviser(ctx context.Context, id registry.ID) (a registry.LegalAdviser, err error) {
	if s.Shredded() {
		return a, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		a, err = s.rows.findAdviser(ctx, pool, id)
		return err
	})
	return a, err
}

// LockAdviser locks a legal adviser, then reads it.
func (t *tenantTx) LockAdviser(ctx context.Context, id registry.ID) (registry.LegalAdviser, error) {
	if _, err := t.tx.Exec(ctx, `SELECT FROM county.legal_adviser WHERE tenant = $1 AND id = $2 FOR NO KEY UPDATE`, t.rows.code, string(id)); err != nil {
		return registry.LegalAdviser{}, err
	}
	return t.rows.findAdviser(ctx, t.tx, id)
}

const insertAdviser = `INSERT INTO county.legal_adviser (tenant, id, ` + adviserColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7::text::date, $8::text::date, $9, $10, $11, $12)`

const updateAdviser = `UPDATE county.legal_adviser SET (` + adviserColumns + `) =
	($3, $4, $5, $6, $7::text::date, $8::text::date, $9, $10, $11, $12) WHERE tenant = $1 AND id = $2 AND version = $3 - 1`

// PutAdviser stores a legal adviser of the tenant.
func (t *tenantTx) PutAdviser(ctx context.Context, a registry.LegalAdviser, created bool) error {
	text := t.rows.registrySealer("legal_adviser", a.ID)
	box := text.sealJSON("details", adviserDetails{a.AdviserContent, a.Visits})
	if text.err != nil {
		return text.err
	}
	sql := updateAdviser
	if created {
		sql = insertAdviser
	}
	return t.stored(ctx, sql, []any{
		t.rows.code, string(a.ID), a.Version, string(a.Status), mediation.MaskName(a.Name), list(a.Villages), a.ContractFrom, a.ContractTo,
		len(a.Visits), a.CreatedAt, a.UpdatedAt, box,
	})
}

// ListAdvisers takes a checked query; page and total come in one round trip.
func (s *TenantStore) ListAdvisers(ctx context.Context, query casework.AdviserQuery) (page casework.AdviserPage, err error) {
	f := &filter{}
	f.add("r.tenant = ?", s.rows.code)
	if len(query.Statuses) > 0 {
		f.add("r.status = ANY(?)", texts(query.Statuses))
	}
	f.addText("EXISTS (SELECT FROM unnest(r.villages) v WHERE starts_with(v, ?))", query.Village)
	f.addText("r.contract_to < ?::text::date", query.ContractEndsBefore)
	batch := &pgx.Batch{}
	f.registryPage(batch, query.Paging, selectAdviser, fromAdviser)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Advisers, page.Total, err = readPage(pool.SendBatch(ctx, batch), s.rows.scanAdviser)
		return err
	})
	if err != nil {
		return casework.AdviserPage{}, err
	}
	page.Advisers, page.Next = cut(page.Advisers, query.Limit, func(a registry.LegalAdviser) mediation.Position {
		return registryPosition(query.Paging, a.CreatedAt, a.UpdatedAt, a.ID)
	})
	return page, nil
}
