package postgres

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// DirectoryChannel is what the directory's writer notifies with a unit's code, and its followers listen to.
const DirectoryChannel = "tiaojie_directory"

const (
	pollEvery  = 30 * time.Second       // at the latest after so long everything is read again
	retryAfter = 2 * time.Second        // pause before a lost connection is opened again
	gather     = 100 * time.Millisecond // changes that come so close together are read at once
	loadWithin = 15 * time.Second       // a read that takes longer hangs on a dead line
)

// DirectoryCounty is a county's row in the directory: where its database is.
type DirectoryCounty struct {
	Code, Name    string
	Host          string
	Port          int
	Database      string
	SSLMode, CA   string
	State         string
	SchemaVersion int
	UpdatedAt     time.Time
}

// Address is where the county's database is, without a login.
func (c DirectoryCounty) Address() Address {
	return Address{Host: c.Host, Port: c.Port, Database: c.Database, SSLMode: c.SSLMode, CA: c.CA}
}

// DirectoryTenant is a tenant's row in the directory.
type DirectoryTenant struct {
	Code, County, Name, Kind, Mode, State string
	SchemaVersion, OpenCasesQuota         int
	UpdatedAt                             time.Time
}

// Directory follows the directory database: it listens, polls, and reads a row itself when it is asked for a unit that
// it has not seen. While the database is away it answers from what it knows.
type Directory struct {
	pool     *pgxpool.Pool
	mu       sync.RWMutex
	counties map[string]DirectoryCounty
	tenants  map[string]DirectoryTenant
	keyID    string
	loaded   bool
	poll     time.Duration
	stop     context.CancelFunc
	done     chan struct{}
}

// FollowDirectory starts to follow. It does not wait for the database: an instance starts while PostgreSQL is away.
func FollowDirectory(address Address) (*Directory, error) { return followDirectory(address, pollEvery) }

func followDirectory(address Address, poll time.Duration) (*Directory, error) {
	config, err := address.Config()
	if err != nil {
		return nil, err
	}
	config.MaxConns = 3
	config.MaxConnIdleTime = connectionIdleTime
	config.ConnConfig.RuntimeParams["search_path"] = "directory"
	config.ConnConfig.RuntimeParams["statement_timeout"] = "15s"
	ctx, stop := context.WithCancel(context.Background())
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		stop()
		return nil, err
	}
	d := &Directory{
		pool: pool, counties: map[string]DirectoryCounty{}, tenants: map[string]DirectoryTenant{}, poll: poll, stop: stop, done: make(chan struct{}),
	}
	go d.follow(ctx)
	return d, nil
}

// Close stops following.
func (d *Directory) Close() {
	d.stop()
	<-d.done
	d.pool.Close()
}

func (d *Directory) follow(ctx context.Context) {
	defer close(d.done)
	for ctx.Err() == nil {
		if err := d.listen(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "directory: lost, trying again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(retryAfter):
			}
		}
	}
}

// listen reads everything once and again after every notification, and at the latest after pollEvery. LISTEN comes
// before the first read, so nothing that changes in between is missed.
func (d *Directory) listen(ctx context.Context) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer func() { _ = conn.Conn().Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+DirectoryChannel); err != nil {
		return err
	}
	for {
		if err := d.load(ctx, conn.Conn()); err != nil {
			return err
		}
		if err := d.awaitChange(ctx, conn.Conn()); err != nil {
			return err
		}
	}
}

// awaitChange returns after a notification, and after those that follow it closely, or when it is time to poll.
func (d *Directory) awaitChange(ctx context.Context, conn *pgx.Conn) error {
	for wait := d.poll; ; wait = gather {
		limit, cancel := context.WithTimeout(ctx, wait)
		_, err := conn.WaitForNotification(limit)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			return nil // the wait is over, and that is no fault
		case err != nil:
			return err
		}
	}
}

const (
	countyColumns = `code, name, host, port, database, sslmode, ca, state, schema_version, updated_at`
	tenantColumns = `code, county, name, kind, mode, state, schema_version, open_cases_quota, updated_at`
)

func scanCountyRow(row pgx.CollectableRow) (DirectoryCounty, error) {
	var c DirectoryCounty
	err := row.Scan(&c.Code, &c.Name, &c.Host, &c.Port, &c.Database, &c.SSLMode, &c.CA, &c.State, &c.SchemaVersion, &c.UpdatedAt)
	return c, err
}

func scanTenantRow(row pgx.CollectableRow) (DirectoryTenant, error) {
	var t DirectoryTenant
	err := row.Scan(&t.Code, &t.County, &t.Name, &t.Kind, &t.Mode, &t.State, &t.SchemaVersion, &t.OpenCasesQuota, &t.UpdatedAt)
	t.UpdatedAt = mediation.LegalTime(t.UpdatedAt)
	return t, err
}

func (d *Directory) load(ctx context.Context, q querier) (err error) {
	ctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue(`SELECT key_id FROM directory.installation`)
	batch.Queue(`SELECT ` + countyColumns + ` FROM directory.county`)
	batch.Queue(`SELECT ` + tenantColumns + ` FROM directory.tenant`)
	results := q.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	var keyID string
	if err := results.QueryRow().Scan(&keyID); err != nil {
		return err
	}
	rows, _ := results.Query()
	counties, err := pgx.CollectRows(rows, scanCountyRow)
	if err != nil {
		return err
	}
	rows, _ = results.Query()
	tenants, err := pgx.CollectRows(rows, scanTenantRow)
	if err != nil {
		return err
	}
	d.replace(keyID, counties, tenants)
	return nil
}

func (d *Directory) replace(keyID string, counties []DirectoryCounty, tenants []DirectoryTenant) {
	byCounty, byTenant := map[string]DirectoryCounty{}, map[string]DirectoryTenant{}
	for _, c := range counties {
		byCounty[c.Code] = c
	}
	for _, t := range tenants {
		byTenant[t.Code] = t
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counties, d.tenants, d.keyID, d.loaded = byCounty, byTenant, keyID, true
}

// KeyID is the public id of the key that the installation's data is sealed with; known is false before the first read.
func (d *Directory) KeyID() (id string, known bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.keyID, d.loaded
}

// Counties are all counties by code. Before the first read it asks the database.
func (d *Directory) Counties(ctx context.Context) ([]DirectoryCounty, error) {
	if err := d.ensureLoaded(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]DirectoryCounty, 0, len(d.counties))
	for _, c := range d.counties {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b DirectoryCounty) int { return strings.Compare(a.Code, b.Code) })
	return list, nil
}

// Tenants are a county's tenants by code; county "" means all.
func (d *Directory) Tenants(ctx context.Context, county string) ([]DirectoryTenant, error) {
	if err := d.ensureLoaded(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]DirectoryTenant, 0, len(d.tenants))
	for _, t := range d.tenants {
		if county == "" || t.County == county {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b DirectoryTenant) int { return strings.Compare(a.Code, b.Code) })
	return list, nil
}

func (d *Directory) ensureLoaded(ctx context.Context) error {
	if _, known := d.KeyID(); known {
		return nil
	}
	return refusal(d.load(ctx, d.pool))
}

// Tenant is one tenant's row. One that was not seen yet is read from the database; NotFound "unknown-unit" otherwise.
func (d *Directory) Tenant(ctx context.Context, code string) (DirectoryTenant, error) {
	d.mu.RLock()
	t, ok := d.tenants[code]
	d.mu.RUnlock()
	if ok {
		return t, nil
	}
	rows, _ := d.pool.Query(ctx, `SELECT `+tenantColumns+` FROM directory.tenant WHERE code = $1`, code)
	t, err := pgx.CollectExactlyOneRow(rows, scanTenantRow)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, unknownUnit(code)
	}
	if err != nil {
		return t, refusal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tenants[code] = t
	return t, nil
}

// County is one county's row, read as Tenant reads.
func (d *Directory) County(ctx context.Context, code string) (DirectoryCounty, error) {
	d.mu.RLock()
	c, ok := d.counties[code]
	d.mu.RUnlock()
	if ok {
		return c, nil
	}
	rows, _ := d.pool.Query(ctx, `SELECT `+countyColumns+` FROM directory.county WHERE code = $1`, code)
	c, err := pgx.CollectExactlyOneRow(rows, scanCountyRow)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, unknownUnit(code)
	}
	if err != nil {
		return c, refusal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counties[code] = c
	return c, nil
}
