package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

const organisationColumns = `version, kind, status, name, division_code, serves, dispute_types, term_to, filed, filing_pending, filing_due,
	created_at, updated_at, details`

const selectOrganisation = `SELECT r.tenant, r.id::text, r.version, r.kind, r.status, r.name, r.division_code, r.serves, r.dispute_types,
	COALESCE(to_char(r.term_to, 'YYYY-MM-DD'), ''), r.filed, r.created_at, r.updated_at, r.details FROM `

const fromOrganisation = `county.organisation r`

// organisationDetails is the sealed part.
type organisationDetails struct {
	Content registry.OrganisationContent `json:"content"`
	Filings []registry.Filing            `json:"filings,omitempty"`
	Owes    registry.Owed                `json:"owes"`
}

// scanOrganisation opens the tenant's own; of one of the county desk it gives what is public.
func (r tenantRows) scanOrganisation(row pgx.CollectableRow) (registry.Organisation, error) {
	var (
		o     registry.Organisation
		filed bool
		box   []byte
	)
	err := row.Scan(&o.Tenant, (*string)(&o.ID), &o.Version, (*string)(&o.Kind), (*string)(&o.Status), &o.Name, &o.DivisionCode, &o.Serves,
		&o.DisputeTypes, &o.TermTo, &filed, &o.CreatedAt, &o.UpdatedAt, &box)
	if err != nil {
		return o, err
	}
	o.CreatedAt, o.UpdatedAt = mediation.LegalTime(o.CreatedAt), mediation.LegalTime(o.UpdatedAt)
	if o.Tenant != r.code {
		if filed {
			o.Filings = []registry.Filing{{Kind: registry.FilingNew, State: registry.FilingAccepted}}
		}
		return o, nil
	}
	var details organisationDetails
	text := r.registrySealer("organisation", o.ID)
	text.openJSON("details", box, &details)
	o.OrganisationContent, o.Filings, o.Owes = details.Content, details.Filings, details.Owes
	return o, text.err
}

func (r tenantRows) findOrganisation(ctx context.Context, q querier, condition string, id registry.ID) (registry.Organisation, error) {
	rows, err := q.Query(ctx, selectOrganisation+fromOrganisation+` WHERE `+condition+` AND r.id = $3`, r.code, mediation.DeskOf(r.code), string(id))
	if err != nil {
		return registry.Organisation{}, err
	}
	o, err := pgx.CollectExactlyOneRow(rows, r.scanOrganisation)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, mediation.UnknownRecord()
	}
	return o, err
}

// What a tenant sees, and what is its own. The desk's code is named in both, so that both take the same arguments.
const (
	visibleOrganisation = `r.tenant IN ($1, $2)`
	ownOrganisation     = `r.tenant = $1 AND $2 <> ''`
)

// FindOrganisation reads one of the tenant's own or of its county desk.
func (s *TenantStore) FindOrganisation(ctx context.Context, id registry.ID) (o registry.Organisation, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		o, err = s.rows.findOrganisation(ctx, pool, visibleOrganisation, id)
		return err
	})
	return o, err
}

// FindOrganisation reads one of the tenant's own or of its county desk.
func (t *tenantTx) FindOrganisation(ctx context.Context, id registry.ID) (registry.Organisation, error) {
	return t.rows.findOrganisation(ctx, t.tx, visibleOrganisation, id)
}

// LockOrganisation locks one of the tenant's own, then reads it.
func (t *tenantTx) LockOrganisation(ctx context.Context, id registry.ID) (registry.Organisation, error) {
	if _, err := t.tx.Exec(ctx, `SELECT FROM county.organisation WHERE tenant = $1 AND id = $2 FOR NO KEY UPDATE`, t.rows.code, string(id)); err != nil {
		return registry.Organisation{}, err
	}
	return t.rows.findOrganisation(ctx, t.tx, ownOrganisation, id)
}

const insertOrganisation = `INSERT INTO county.organisation (tenant, id, ` + organisationColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::date, $11, $12, $13::text::date, $14, $15, $16)`

const updateOrganisation = `UPDATE county.organisation SET (` + organisationColumns + `) =
	($3, $4, $5, $6, $7, $8, $9, $10::text::date, $11, $12, $13::text::date, $14, $15, $16) WHERE tenant = $1 AND id = $2 AND version = $3 - 1`

// PutOrganisation stores an organisation of the tenant.
func (t *tenantTx) PutOrganisation(ctx context.Context, o registry.Organisation, created bool) error {
	text := t.rows.registrySealer("organisation", o.ID)
	box := text.sealJSON("details", organisationDetails{o.OrganisationContent, o.Filings, o.Owes})
	if text.err != nil {
		return text.err
	}
	sql := updateOrganisation
	if created {
		sql = insertOrganisation
	}
	return t.stored(ctx, sql, []any{
		t.rows.code, string(o.ID), o.Version, string(o.Kind), string(o.Status), o.Name, o.DivisionCode, list(o.Serves), list(o.DisputeTypes),
		day(o.TermTo), registry.Filed(o.Filings), registry.Pending(o.Filings) != "", day(o.Owes.Due()), o.CreatedAt, o.UpdatedAt, box,
	})
}

// list is never NULL in a table.
func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

func filterOrganisations(query registry.OrganisationFilter) *filter {
	f := &filter{}
	if len(query.Kinds) > 0 {
		f.add("r.kind = ANY(?)", texts(query.Kinds))
	}
	if len(query.Statuses) > 0 {
		f.add("r.status = ANY(?)", texts(query.Statuses))
	}
	f.addText("strpos(r.name, ?) > 0", query.Name)
	f.addText("starts_with(r.division_code, ?)", query.Division)
	f.addText("? = ANY(r.dispute_types)", query.DisputeType)
	f.addFlag("r.filed = ?", query.Filed)
	f.addFlag("r.filing_pending = ?", query.Pending)
	f.addText("r.filing_due < ?::text::date", query.FilingDueBefore)
	f.addText("r.term_to < ?::text::date", query.TermEndsBefore)
	return f
}

// ListOrganisations takes a checked query; page and total come in one round trip.
func (s *TenantStore) ListOrganisations(ctx context.Context, query casework.OrganisationQuery) (page casework.OrganisationPage, err error) {
	f := filterOrganisations(query.OrganisationFilter)
	units := []string{s.rows.code}
	if query.County {
		units = append(units, mediation.DeskOf(s.rows.code))
	}
	f.add("r.tenant = ANY(?)", units)
	batch := &pgx.Batch{}
	f.registryPage(batch, query.Paging, selectOrganisation, fromOrganisation)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Organisations, page.Total, err = readPage(pool.SendBatch(ctx, batch), s.rows.scanOrganisation)
		return err
	})
	if err != nil {
		return casework.OrganisationPage{}, err
	}
	page.Organisations, page.Next = cut(page.Organisations, query.Limit, func(o registry.Organisation) mediation.Position {
		return registryPosition(query.Paging, o.CreatedAt, o.UpdatedAt, o.ID)
	})
	return page, nil
}

const selectCountyOrganisation = `SELECT r.tenant, COALESCE((SELECT t.name FROM county.tenant t WHERE t.code = r.tenant), ''), r.id::text, r.version, r.kind,
	r.status, r.name, r.division_code, COALESCE(to_char(r.term_to, 'YYYY-MM-DD'), ''), r.filed, r.filing_pending,
	COALESCE(to_char(r.filing_due, 'YYYY-MM-DD'), ''), r.created_at, r.updated_at FROM `

// ListOrganisations takes a checked query; page and total come in one round trip.
func (s *CountyStore) ListOrganisations(ctx context.Context, query countywide.OrganisationQuery) (page countywide.OrganisationPage, err error) {
	f := filterOrganisations(query.OrganisationFilter)
	if len(query.Tenants) > 0 {
		f.add("r.tenant = ANY(?)", query.Tenants)
	}
	batch := &pgx.Batch{}
	f.registryPage(batch, query.Paging, selectCountyOrganisation, fromOrganisation)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Organisations, page.Total, err = readPage(pool.SendBatch(ctx, batch), func(row pgx.CollectableRow) (countywide.Organisation, error) {
			var o countywide.Organisation
			err := row.Scan(&o.Tenant, &o.TenantName, (*string)(&o.ID), &o.Version, (*string)(&o.Kind), (*string)(&o.Status), &o.Name, &o.DivisionCode,
				&o.TermTo, &o.Filed, &o.Pending, &o.FilingDue, &o.CreatedAt, &o.UpdatedAt)
			o.CreatedAt, o.UpdatedAt = mediation.LegalTime(o.CreatedAt), mediation.LegalTime(o.UpdatedAt)
			return o, err
		})
		return err
	})
	if err != nil {
		return countywide.OrganisationPage{}, err
	}
	page.Organisations, page.Next = cut(page.Organisations, query.Limit, func(o countywide.Organisation) mediation.Position {
		return registryPosition(query.Paging, o.CreatedAt, o.UpdatedAt, o.ID)
	})
	return page, nil
}
