package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// CountyStore keeps what a county sees of all its tenants. It implements countywide.Store and opens no sealed text.
type CountyStore struct {
	source    source
	code      string
	directory *Directory // nil where there is none to keep
}

var _ countywide.Store = (*CountyStore)(nil)

func newCountyStore(from source, code string) *CountyStore {
	return &CountyStore{source: from, code: code}
}

// OpenCountyStore opens a store with a login that may become the county's role; close ends its connections.
func OpenCountyStore(address Address, code string, connections int) (store *CountyStore, closePool func(), err error) {
	pool, err := openBound(address, "county_"+code, "county", connections, nil)
	if err != nil {
		return nil, nil, err
	}
	return newCountyStore(fixed{pool}, code), pool.Close, nil
}

// Unit is the county's code.
func (s *CountyStore) Unit() string { return s.code }

// County reads the county's name and totals.
func (s *CountyStore) County(ctx context.Context) (c countywide.County, err error) {
	c.Code = s.code
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		err := pool.QueryRow(ctx, `SELECT c.name, (SELECT count(*) FROM county.tenant), (SELECT count(*) FROM county.case_index WHERE open)
			FROM county.county c WHERE c.code = $1`, s.code).Scan(&c.Name, &c.Tenants, &c.OpenCases)
		if errors.Is(err, pgx.ErrNoRows) {
			return unknownUnit(s.code)
		}
		return err
	})
	return c, err
}

// Tenants are the county's tenants by code, the desk first.
func (s *CountyStore) Tenants(ctx context.Context) (list []countywide.Tenant, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `SELECT t.code, t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota, COALESCE(i.open, 0), t.updated_at
			FROM county.tenant t LEFT JOIN (SELECT custodian, count(*) AS open FROM county.case_index WHERE open GROUP BY 1) i ON i.custodian = t.code
			ORDER BY t.code`)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (countywide.Tenant, error) {
			var t countywide.Tenant
			err := row.Scan(&t.Code, &t.Name, &t.Kind, &t.Mode, &t.State, &t.SchemaVersion, &t.OpenCasesQuota, &t.OpenCases, &t.UpdatedAt)
			t.UpdatedAt = mediation.LegalTime(t.UpdatedAt)
			return t, err
		})
		return err
	})
	return list, err
}

// Memberships are the person's rows of the county itself.
func (s *CountyStore) Memberships(ctx context.Context, issuer, subject string) (list []mediation.Membership, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = memberships(ctx, pool, issuer, subject, s.code)
		return err
	})
	return list, err
}

// AllMemberships are the person's rows of the county and of all its tenants.
func (s *CountyStore) AllMemberships(ctx context.Context, issuer, subject string) (list []mediation.Membership, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = memberships(ctx, pool, issuer, subject)
		return err
	})
	return list, err
}

// Members are the county's own rows, by subject.
func (s *CountyStore) Members(ctx context.Context) (list []mediation.Membership, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = members(ctx, pool, s.code)
		return err
	})
	return list, err
}

const selectIndex = `
SELECT c.case_id::text, c.origin, COALESCE((SELECT t.name FROM county.tenant t WHERE t.code = c.origin), ''), c.custodian, c.state, c.type, c.source,
       c.registration, c.number, c.amount, c.tags, c.masked_parties, c.filed_at, c.updated_at, c.version,
       COALESCE(c.difficulty, ''), COALESCE(c.risk, ''), c.governance_types, c.enterprise
FROM county.case_index c `

func scanIndexed(row pgx.CollectableRow) (countywide.IndexedCase, error) {
	var c countywide.IndexedCase
	err := row.Scan((*string)(&c.ID), &c.Tenant, &c.TenantName, &c.Custodian, (*string)(&c.State), (*string)(&c.Type), (*string)(&c.Source),
		&c.Registration, &c.Number, &c.Amount, &c.Tags, &c.MaskedParties, &c.FiledAt, &c.UpdatedAt, &c.Version,
		(*string)(&c.Difficulty), (*string)(&c.Risk), &c.GovernanceTypes, &c.Enterprise)
	c.FiledAt, c.UpdatedAt = mediation.LegalTime(c.FiledAt), mediation.LegalTime(c.UpdatedAt)
	if len(c.Tags) == 0 {
		c.Tags = nil
	}
	return c, err
}

// ListCases takes a checked query; page and total come in one round trip. A tenant means the one that holds the case.
func (s *CountyStore) ListCases(ctx context.Context, query countywide.CaseQuery) (page countywide.CasePage, err error) {
	f := filterCases(query.CaseQuery)
	if len(query.Tenants) > 0 {
		f.add("c.custodian = ANY(?)", query.Tenants)
	}
	batch := &pgx.Batch{}
	f.page(batch, query.CaseQuery, selectIndex, "county.case_index c", "c.case_id")
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Cases, page.Total, err = readPage(pool.SendBatch(ctx, batch), scanIndexed)
		return err
	})
	if err != nil {
		return countywide.CasePage{}, err
	}
	page.Cases, page.Next = cut(page.Cases, query.Limit, func(c countywide.IndexedCase) mediation.Position {
		return positionIn(query.Sort, c.FiledAt, c.UpdatedAt, c.ID)
	})
	return page, nil
}

// Write runs fn in one transaction, as countywide.Store says.
func (s *CountyStore) Write(ctx context.Context, key *countywide.Key, fn func(ctx context.Context, tx countywide.Tx) (countywide.Receipt, error)) (receipt countywide.Receipt, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		receipt, err = write(ctx, pool, key, func(tx transaction) (countywide.Receipt, error) {
			return fn(ctx, &countyTx{tx: tx, code: s.code, directory: s.directory})
		})
		return err
	})
	return receipt, err
}

// countyTx is one transaction on the county's own rows. It implements countywide.Tx.
type countyTx struct {
	tx        transaction
	code      string
	directory *Directory
}

var _ countywide.Tx = (*countyTx)(nil)

// PutMember stores a member of the county.
func (t *countyTx) PutMember(ctx context.Context, m mediation.Membership) (mediation.Membership, bool, error) {
	m.Unit = t.code
	t.directory.noteSubject(ctx, m.Unit, m.Issuer, m.Subject)
	return putMember(ctx, t.tx, m)
}

// RemoveMember removes a member of the county.
func (t *countyTx) RemoveMember(ctx context.Context, issuer, subject string, version int64) error {
	return removeMember(ctx, t.tx, t.code, issuer, subject, version)
}
