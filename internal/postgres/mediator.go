package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// What the blind indexes of the registry are for. A change of wording is a change of every row.
const (
	blindPerson = "registry person"
	blindName   = "registry name"
)

const mediatorColumns = `version, status, masked_name, name, person, issuer, subject, skills, term_to, verified, filed, filing_pending, filing_due,
	created_at, updated_at, details`

const selectMediator = `SELECT r.id::text, r.version, r.status, r.created_at, r.updated_at, r.details FROM `

// The tenant's own schema has a table mediator too, which says who mediates a case.
const fromMediator = `county.mediator r`

// mediatorDetails is the sealed part.
type mediatorDetails struct {
	Content      registry.MediatorContent      `json:"content"`
	Verification *registry.Verification        `json:"verification,omitempty"`
	Postings     []registry.Posting            `json:"postings,omitempty"`
	Leaves       []registry.Leave              `json:"leaves,omitempty"`
	Conflicts    []registry.ConflictOfInterest `json:"conflicts,omitempty"`
	Filings      []registry.Filing             `json:"filings,omitempty"`
	Owes         registry.Owed                 `json:"owes"`
}

func (r tenantRows) scanMediator(row pgx.CollectableRow) (registry.Mediator, error) {
	m := registry.Mediator{Tenant: r.code}
	var box []byte
	if err := row.Scan((*string)(&m.ID), &m.Version, (*string)(&m.Status), &m.CreatedAt, &m.UpdatedAt, &box); err != nil {
		return m, err
	}
	m.CreatedAt, m.UpdatedAt = mediation.LegalTime(m.CreatedAt), mediation.LegalTime(m.UpdatedAt)
	var d mediatorDetails
	text := r.registrySealer("registry mediator", m.ID)
	text.openJSON("details", box, &d)
	m.MediatorContent, m.Verification, m.Postings = d.Content, d.Verification, d.Postings
	m.Leaves, m.Conflicts, m.Filings, m.Owes = d.Leaves, d.Conflicts, d.Filings, d.Owes
	return m, text.err
}

func (r tenantRows) findMediator(ctx context.Context, q querier, id registry.ID) (registry.Mediator, error) {
	rows, err := q.Query(ctx, selectMediator+fromMediator+` WHERE r.tenant = $1 AND r.id = $2`, r.code, string(id))
	if err != nil {
		return registry.Mediator{}, err
	}
	m, err := pgx.CollectExactlyOneRow(rows, r.scanMediator)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, mediation.UnknownRecord()
	}
	return m, err
}

// FindMediator reads one mediator.
func (s *TenantStore) FindMediator(ctx context.Context, id registry.ID) (m registry.Mediator, err error) {
	if s.Shredded() {
		return m, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		m, err = s.rows.findMediator(ctx, pool, id)
		return err
	})
	return m, err
}

// LockMediator locks a mediator, then reads it.
func (t *tenantTx) LockMediator(ctx context.Context, id registry.ID) (registry.Mediator, error) {
	if _, err := t.tx.Exec(ctx, `SELECT FROM county.mediator WHERE tenant = $1 AND id = $2 FOR NO KEY UPDATE`, t.rows.code, string(id)); err != nil {
		return registry.Mediator{}, err
	}
	return t.rows.findMediator(ctx, t.tx, id)
}

const insertMediator = `INSERT INTO county.mediator (tenant, id, ` + mediatorColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::date, $12, $13, $14, $15::text::date, $16, $17, $18)`

const updateMediator = `UPDATE county.mediator SET (` + mediatorColumns + `) =
	($3, $4, $5, $6, $7, $8, $9, $10, $11::text::date, $12, $13, $14, $15::text::date, $16, $17, $18) WHERE tenant = $1 AND id = $2 AND version = $3 - 1`

// person is the blind index of the identity, and the person's place on the line of numbers on which full-time days may not
// overlap; nil without a number.
func (r tenantRows) person(m registry.Mediator) (index []byte, stretch *int64) {
	if m.IdentityNumber == "" {
		return nil, nil
	}
	index = r.county.Blind(blindPerson, m.IdentityType+"\n"+m.IdentityNumber)
	first := int64(binary.BigEndian.Uint64(index) >> stretchShift)
	return index, &first
}

// stretchShift leaves 46 bits of 64.
const stretchShift = 18

// PutMediator stores a mediator of the tenant with the postings.
func (t *tenantTx) PutMediator(ctx context.Context, m registry.Mediator, created bool) error {
	text := t.rows.registrySealer("registry mediator", m.ID)
	box := text.sealJSON("details", mediatorDetails{m.MediatorContent, m.Verification, m.Postings, m.Leaves, m.Conflicts, m.Filings, m.Owes})
	if text.err != nil {
		return text.err
	}
	index, stretch := t.rows.person(m)
	sql := updateMediator
	if created {
		sql = insertMediator
	}
	err := t.stored(ctx, sql, []any{
		t.rows.code, string(m.ID), m.Version, string(m.Status), mediation.MaskName(m.Name), t.rows.codec.Blind(blindName, m.Name), index,
		m.Issuer, m.Subject, list(m.Skills), day(m.TermTo), m.Verification != nil, registry.Filed(m.Filings), registry.Pending(m.Filings) != "",
		day(m.Owes.Due()), m.CreatedAt, m.UpdatedAt, box,
	})
	if err != nil {
		return twice(err)
	}
	return twice(t.putPostings(ctx, m, stretch))
}

// putPostings replaces the mediator's postings. The lock lets whoever posts one person full-time come one by one: two at
// once would otherwise wait for each other until PostgreSQL ends one of them.
func (t *tenantTx) putPostings(ctx context.Context, m registry.Mediator, stretch *int64) error {
	batch := &pgx.Batch{}
	if stretch != nil && slices.ContainsFunc(m.Postings, func(p registry.Posting) bool { return p.Engagement == registry.FullTime }) {
		batch.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('tiaojie full-time', $1))`, *stretch)
	}
	ids := make([]string, 0, len(m.Postings))
	for _, p := range m.Postings {
		ids = append(ids, string(p.ID))
	}
	batch.Queue(`DELETE FROM county.posting WHERE tenant = $1 AND mediator = $2 AND id <> ALL ($3::uuid[])`, t.rows.code, string(m.ID), ids)
	for _, p := range m.Postings {
		batch.Queue(`INSERT INTO county.posting AS p (tenant, id, mediator, host, organisation, engagement, from_on, to_on, stretch)
			SELECT $1, $2, $3, o.tenant, o.id, $5, $6::text::date, $7::text::date, $8 FROM county.organisation o WHERE o.id = $4
			ON CONFLICT (tenant, id) DO UPDATE SET to_on = excluded.to_on, stretch = excluded.stretch
			WHERE (p.to_on, p.stretch) IS DISTINCT FROM (excluded.to_on, excluded.stretch)`,
			t.rows.code, string(p.ID), string(m.ID), string(p.Organisation), string(p.Engagement), p.From, day(p.To), stretch)
	}
	return t.tx.SendBatch(ctx, batch).Close()
}

// twice says what stands already. It names the rule: where it stands may be another town's matter.
func twice(err error) error {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.ConstraintName {
	case "posting_full_time_once":
		return registry.FullTimeElsewhere()
	case "mediator_person":
		return mediation.Fail(mediation.Conflict, "mediator-registered",
			"A mediator with this identity serves in this unit already: change that record.", "该证件号码的调解员已在本单位登记，请变更原记录。")
	case "mediator_account":
		return mediation.Fail(mediation.Conflict, "account-linked",
			"This login belongs to another mediator of this unit already.", "该登录账号已关联本单位其他调解员。")
	}
	return err
}

// servingSomewhere takes a day twice; what else is asked of the posting p stands behind it.
const servingSomewhere = `EXISTS (SELECT FROM county.posting p JOIN county.organisation o ON o.tenant = p.host AND o.id = p.organisation
	WHERE p.tenant = r.tenant AND p.mediator = r.id AND p.from_on <= ?::text::date AND (p.to_on IS NULL OR p.to_on >= ?::text::date)`

func filterMediators(query registry.MediatorFilter, today string) *filter {
	f := &filter{}
	if len(query.Statuses) > 0 {
		f.add("r.status = ANY(?)", texts(query.Statuses))
	}
	if query.Organisation != "" || query.Engagement != "" || query.Division != "" {
		condition, values := servingSomewhere, []any{today, today}
		for _, exact := range []struct{ condition, value string }{
			{" AND p.organisation::text = ?", string(query.Organisation)}, {" AND p.engagement = ?", string(query.Engagement)},
			{" AND starts_with(o.division_code, ?)", query.Division},
		} {
			if exact.value != "" {
				condition, values = condition+exact.condition, append(values, exact.value)
			}
		}
		f.add(condition+")", values...)
	}
	f.addText("? = ANY(r.skills)", query.Skill)
	f.addFlag("r.filed = ?", query.Filed)
	f.addFlag("r.filing_pending = ?", query.Pending)
	f.addFlag("r.verified = ?", query.Verified)
	f.addText("r.filing_due < ?::text::date", query.FilingDueBefore)
	f.addText("r.term_to < ?::text::date", query.TermEndsBefore)
	return f
}

// ListMediators takes a checked query; page and total come in one round trip.
func (s *TenantStore) ListMediators(ctx context.Context, query casework.MediatorQuery) (page casework.MediatorPage, err error) {
	f := filterMediators(query.MediatorFilter, query.Day)
	f.add("r.tenant = ?", s.rows.code)
	if query.Name != "" {
		f.add("r.name = ?", s.rows.codec.Blind(blindName, query.Name))
	}
	batch := &pgx.Batch{}
	f.registryPage(batch, query.Paging, selectMediator, fromMediator)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Mediators, page.Total, err = readPage(pool.SendBatch(ctx, batch), s.rows.scanMediator)
		return err
	})
	if err != nil {
		return casework.MediatorPage{}, err
	}
	page.Mediators, page.Next = cut(page.Mediators, query.Limit, func(m registry.Mediator) mediation.Position {
		return registryPosition(query.Paging, m.CreatedAt, m.UpdatedAt, m.ID)
	})
	return page, nil
}

// Standing reads memberships and linked mediators in one round trip.
func (s *TenantStore) Standing(ctx context.Context, issuer, subject string) (list []mediation.Membership, linked []registry.Mediator, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, linked, err = s.rows.standing(ctx, pool, issuer, subject)
		return err
	})
	return list, linked, err
}

func (r tenantRows) standing(ctx context.Context, q querier, issuer, subject string) (list []mediation.Membership, linked []registry.Mediator, err error) {
	batch := &pgx.Batch{}
	batch.Queue(selectMemberships, issuer, subject, []string{r.code, mediation.CountyOf(r.code)})
	batch.Queue(selectMediator+fromMediator+` WHERE r.tenant = $1 AND r.subject = $2 AND r.issuer = $3 AND r.subject <> ''`, r.code, subject, issuer)
	results := q.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	rows, err := results.Query()
	if err != nil {
		return nil, nil, err
	}
	if list, err = pgx.CollectRows(rows, scanMember); err != nil {
		return nil, nil, err
	}
	if rows, err = results.Query(); err != nil {
		return nil, nil, err
	}
	linked, err = pgx.CollectRows(rows, r.scanMediator)
	return list, linked, err
}

const selectCountyMediator = `SELECT r.tenant, COALESCE((SELECT t.name FROM county.tenant t WHERE t.code = r.tenant), ''), r.id::text, r.version, r.status,
	r.masked_name, r.skills, COALESCE(to_char(r.term_to, 'YYYY-MM-DD'), ''), r.verified, r.filed, r.filing_pending,
	COALESCE(to_char(r.filing_due, 'YYYY-MM-DD'), ''), r.created_at, r.updated_at FROM `

// ListMediators takes a checked query; page and total come in one round trip.
func (s *CountyStore) ListMediators(ctx context.Context, query countywide.MediatorQuery) (page countywide.MediatorPage, err error) {
	f := filterMediators(query.MediatorFilter, query.Day)
	if len(query.Tenants) > 0 {
		f.add("r.tenant = ANY(?)", query.Tenants)
	}
	batch := &pgx.Batch{}
	f.registryPage(batch, query.Paging, selectCountyMediator, fromMediator)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Mediators, page.Total, err = readPage(pool.SendBatch(ctx, batch), func(row pgx.CollectableRow) (countywide.Mediator, error) {
			var m countywide.Mediator
			err := row.Scan(&m.Tenant, &m.TenantName, (*string)(&m.ID), &m.Version, (*string)(&m.Status), &m.MaskedName, &m.Skills, &m.TermTo,
				&m.Verified, &m.Filed, &m.Pending, &m.FilingDue, &m.CreatedAt, &m.UpdatedAt)
			m.CreatedAt, m.UpdatedAt = mediation.LegalTime(m.CreatedAt), mediation.LegalTime(m.UpdatedAt)
			return m, err
		})
		return err
	})
	if err != nil {
		return countywide.MediatorPage{}, err
	}
	page.Mediators, page.Next = cut(page.Mediators, query.Limit, func(m countywide.Mediator) mediation.Position {
		return registryPosition(query.Paging, m.CreatedAt, m.UpdatedAt, m.ID)
	})
	return page, nil
}
