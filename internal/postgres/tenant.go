package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// querier is what a pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// source lends a pool for the length of one operation, so that an idle one can be closed in between.
type source interface {
	borrow(ctx context.Context) (pool *pgxpool.Pool, done func(), err error)
}

// TenantStore keeps one tenant's cases, journal and members. It implements casework.Store.
type TenantStore struct {
	source    source
	rows      tenantRows
	directory *Directory // nil on a dedicated instance
}

// tenantRows is what every statement of a tenant needs beside a connection: whose rows, and how they are sealed.
type tenantRows struct {
	code   string
	codec  *seal.Codec
	county seal.BlindKey // shared by the tenants of the county
}

// TenantKeys are the keys that a tenant's store needs.
type TenantKeys struct {
	Data   []seal.DataKey // none: they were destroyed
	County seal.BlindKey
	Cipher seal.Cipher // what seals from now on; "" is AES-256-GCM
}

var _ casework.Store = (*TenantStore)(nil)

func newTenantStore(from source, code string, codec *seal.Codec, county seal.BlindKey) *TenantStore {
	return &TenantStore{source: from, rows: tenantRows{code: code, codec: codec, county: county}}
}

// OpenTenantStore opens a store with a login of the tenant itself; close ends its connections. It does not wait for the
// database.
func OpenTenantStore(address Address, code string, keys TenantKeys, connections int) (store *TenantStore, closePool func(), err error) {
	store, pool, err := openTenantStore(address, code, keys, connections)
	if err != nil {
		return nil, nil, err
	}
	return store, pool.Close, nil
}

func openTenantStore(address Address, code string, keys TenantKeys, connections int) (*TenantStore, *pgxpool.Pool, error) {
	if len(code) != 9 {
		return nil, nil, errors.New("a tenant's code has 9 digits")
	}
	if keys.County.IsZero() {
		return nil, nil, errors.New("a tenant's store needs the county's blind-index key")
	}
	codec, err := newCodec(keys.Data, keys.Cipher)
	if err != nil {
		return nil, nil, err
	}
	reloading(codec, address, code, bySuccession(code))
	role := "t" + code
	pool, err := openBound(address, role, role+", county", connections, nil)
	if err != nil {
		return nil, nil, err
	}
	return newTenantStore(fixed{pool}, code, codec, keys.County), pool, nil
}

// Unit is the tenant's code.
func (s *TenantStore) Unit() string { return s.rows.code }

// A server or a login at its connection limit is asked again for a moment before the caller is told that all is busy.
const (
	limitPause = 50 * time.Millisecond
	limitTries = 20
)

// use lends the pool to one operation and turns its failure into a refusal.
func use(ctx context.Context, from source, work func(pool *pgxpool.Pool) error) error {
	pool, done, err := from.borrow(ctx)
	if err != nil {
		return refusal(err)
	}
	defer done()
	for try := 1; ; try++ {
		err = work(pool)
		if try == limitTries || !noConnection(err) {
			return refusal(err)
		}
		select {
		case <-ctx.Done():
			return refusal(err)
		case <-time.After(limitPause):
		}
	}
}

// Tenant reads the tenant with its default committee and its open cases.
func (s *TenantStore) Tenant(ctx context.Context) (t casework.Tenant, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		t, err = s.rows.tenant(ctx, pool)
		return err
	})
	return t, err
}

const (
	selectTenant          = tenantRow + `(SELECT count(*) FROM county.case_index i WHERE i.custodian = t.code AND i.open)` + withCommittee
	selectTenantUncounted = tenantRow + `0` + withCommittee

	tenantRow     = `SELECT t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota, t.storage_quota, t.attachments_quota, t.requests_quota, t.updated_at, `
	withCommittee = `, COALESCE(c.id::text, ''), COALESCE(c.name, ''), COALESCE(c.prefix, ''), COALESCE(c.pattern, '')
FROM county.tenant t LEFT JOIN committee c ON c.is_default WHERE t.code = $1`
)

func (r tenantRows) tenant(ctx context.Context, q querier) (casework.Tenant, error) {
	return r.scanTenant(q.QueryRow(ctx, selectTenant, r.code))
}

func (r tenantRows) scanTenant(row pgx.Row) (casework.Tenant, error) {
	t := casework.Tenant{Code: r.code, County: mediation.CountyOf(r.code)}
	err := row.Scan(&t.Name, &t.Kind, &t.Mode, &t.State, &t.SchemaVersion, &t.OpenCasesQuota, &t.Limits.Storage, &t.Limits.Attachments, &t.Limits.Requests, &t.UpdatedAt,
		&t.OpenCases, (*string)(&t.Committee.ID), &t.Committee.Name, &t.Committee.Prefix, &t.Committee.Pattern)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, unknownUnit(r.code)
	}
	t.UpdatedAt = mediation.LegalTime(t.UpdatedAt)
	return t, err
}

// Memberships are the person's rows of this tenant and of its county.
func (s *TenantStore) Memberships(ctx context.Context, issuer, subject string) (list []mediation.Membership, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = memberships(ctx, pool, issuer, subject, s.rows.code, mediation.CountyOf(s.rows.code))
		return err
	})
	return list, err
}

// Members are this tenant's own rows, by subject.
func (s *TenantStore) Members(ctx context.Context) (list []mediation.Membership, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = members(ctx, pool, s.rows.code)
		return err
	})
	return list, err
}

// FindCase reads one case with its parties, in one round trip.
func (s *TenantStore) FindCase(ctx context.Context, id mediation.ID) (c mediation.Case, err error) {
	if s.Shredded() {
		return c, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		c, err = s.rows.findCase(ctx, pool, id)
		return err
	})
	return c, err
}

// ListCases takes a checked query; page and total come in one round trip. A search that meets cases which are not indexed
// yet indexes some of them first.
func (s *TenantStore) ListCases(ctx context.Context, query casework.CaseQuery) (page casework.CasePage, err error) {
	list := func(pool *pgxpool.Pool) error {
		page, err = s.rows.listCases(ctx, pool, query)
		return err
	}
	err = use(ctx, s.source, list)
	if err != nil || page.Total.Pending == 0 {
		return page, err
	}
	if _, err := s.IndexCases(ctx, indexedAtOnce); err != nil {
		return page, err
	}
	err = use(ctx, s.source, list)
	return page, err
}

// Journal is a case's entries, oldest first.
func (s *TenantStore) Journal(ctx context.Context, id mediation.ID, after *casework.Position, limit int) (entries []mediation.Entry, next *casework.Position, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		entries, next, err = s.rows.journal(ctx, pool, id, after, limit)
		return err
	})
	return entries, next, err
}

// Write runs fn in one transaction, as casework.Store says.
func (s *TenantStore) Write(ctx context.Context, key *casework.Key, fn func(ctx context.Context, tx casework.Tx) (casework.Receipt, error)) (receipt casework.Receipt, err error) {
	if s.Shredded() {
		return receipt, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		receipt, err = write(ctx, pool, key, func(tx transaction) (casework.Receipt, error) {
			t := &tenantTx{tx: tx, rows: s.rows, directory: s.directory}
			receipt, err := fn(ctx, t)
			if err != nil {
				return receipt, err
			}
			return receipt, t.flush(ctx)
		})
		return err
	})
	return receipt, err
}

// tenantTx is one transaction on the tenant. It implements casework.Tx.
type tenantTx struct {
	tx        transaction
	rows      tenantRows
	directory *Directory // nil on a dedicated instance
	// tenant was read with the case that was locked last; nil before.
	tenant *casework.Tenant
	// last is what no statement waits for: it goes with the next that writes a case, at the latest before the commit.
	last pgx.Batch
}

// flush writes what was left for the end.
func (t *tenantTx) flush(ctx context.Context) error {
	if t.last.Len() == 0 {
		return nil
	}
	batch := t.last
	t.last = pgx.Batch{}
	return t.tx.SendBatch(ctx, &batch).Close()
}

var _ casework.Tx = (*tenantTx)(nil)

// Tenant reads the tenant as this transaction sees it, without counting.
func (t *tenantTx) Tenant(ctx context.Context) (casework.Tenant, error) {
	if t.tenant != nil {
		return *t.tenant, nil
	}
	return t.rows.scanTenant(t.tx.QueryRow(ctx, selectTenantUncounted, t.rows.code))
}

// OpenCases counts no further than most: a count looks at every row that it counts.
func (t *tenantTx) OpenCases(ctx context.Context, most int) (count int, err error) {
	err = t.tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM county.case_index i WHERE i.custodian = $1 AND i.open LIMIT $2) counted`,
		t.rows.code, most).Scan(&count)
	return count, err
}

// NextSerial takes the next number of a series. The row stays locked until commit, which makes the series gap-free.
func (t *tenantTx) NextSerial(ctx context.Context, series string, committee mediation.ID, year int) (serial int, err error) {
	err = t.tx.QueryRow(ctx, `INSERT INTO numbering AS n (series, committee, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (series, committee, year) DO UPDATE SET last = n.last + 1 RETURNING last`, series, string(committee), year).Scan(&serial)
	return serial, err
}

// PutMember stores a member of this tenant.
func (t *tenantTx) PutMember(ctx context.Context, m mediation.Membership) (mediation.Membership, bool, error) {
	m.Unit = t.rows.code
	t.directory.noteSubject(ctx, mediation.CountyOf(m.Unit), m.Issuer, m.Subject)
	return putMember(ctx, t.tx, m)
}

// RemoveMember removes a member of this tenant.
func (t *tenantTx) RemoveMember(ctx context.Context, issuer, subject string, version int64) error {
	return removeMember(ctx, t.tx, t.rows.code, issuer, subject, version)
}
