package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// DedicatedConfig is what a dedicated instance is given: one tenant, its login and its data keys.
type DedicatedConfig struct {
	Tenant      string // 9-digit code
	Database    Address
	DataKeys    []seal.DataKey
	CountyKey   seal.BlindKey    // shared by the tenants of the county
	Cipher      seal.Cipher      // what seals from now on; "" is AES-256-GCM
	Connections int              // 0 means 3: two replicas and a third during an update stay within a login's limit of 10
	Clock       func() time.Time // nil means time.Now
	// DailyReveals is how many times a day a person may see what is masked; 0 means casework's own figure.
	DailyReveals int
	// Blobs gives the tenant its place for attachments; nil means there are none.
	Blobs func(tenant string) casework.Blobs
}

// Dedicated serves one tenant with the tenant's own login.
type Dedicated struct {
	code    string
	pool    *pgxpool.Pool
	store   *TenantStore
	service *casework.Service
	mu      sync.Mutex
	checked time.Time // when the schema's version was last found right
}

// schemaTrust is how long a checked schema version is believed.
const schemaTrust = 30 * time.Second

// probeWithin is how long a readiness probe may ask the database; Kubernetes gives up after a second.
const probeWithin = 500 * time.Millisecond

const dedicatedConnections = 3

// NewDedicated makes the instance. It does not wait for the database.
func NewDedicated(_ context.Context, config DedicatedConfig) (*Dedicated, error) {
	if config.Connections == 0 {
		config.Connections = dedicatedConnections
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	store, pool, err := openTenantStore(config.Database, config.Tenant, TenantKeys{config.DataKeys, config.CountyKey, config.Cipher}, config.Connections)
	if err != nil {
		return nil, err
	}
	options := append(withBlobs(config.Blobs, config.Tenant), casework.WithDailyReveals(config.DailyReveals))
	return &Dedicated{code: config.Tenant, pool: pool, store: store, service: casework.New(store, config.Clock, options...)}, nil
}

// Close ends all connections.
func (d *Dedicated) Close() { d.pool.Close() }

// Stats counts the connections.
func (d *Dedicated) Stats() PoolStats {
	inner := d.pool.Stat()
	return PoolStats{Pools: 1, Connections: int(inner.TotalConns()), Acquired: int(inner.AcquiredConns())}
}

// Tenant gives the tenant's own service; every other is Misdirected "wrong-instance".
func (d *Dedicated) Tenant(ctx context.Context, code string) (*casework.Service, error) {
	if code != d.code {
		return nil, wrongInstance(code)
	}
	if err := d.checkSchema(ctx); err != nil {
		return nil, err
	}
	return d.service, nil
}

// County is served by the shared instance alone.
func (d *Dedicated) County(_ context.Context, code string) (*countywide.Service, error) {
	return nil, wrongInstance(code)
}

func wrongInstance(code string) error {
	return mediation.Fail(mediation.Misdirected, "wrong-instance",
		"This instance serves one tenant only: send the request to the installation's common address.", "本实例只服务一个单位，请使用统一的访问地址。").
		WithCause(errors.New("asked for " + code))
}

func (d *Dedicated) checkSchema(ctx context.Context) error {
	d.mu.Lock()
	fresh := time.Since(d.checked) < schemaTrust
	d.mu.Unlock()
	if fresh {
		return nil
	}
	if err := checkSchemas(ctx, d.pool, d.code); err != nil {
		return err
	}
	if err := d.learn(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.checked = time.Now()
	return nil
}

// learn takes up data keys that were made since, and notices when they were destroyed. A new one that cannot be opened is no
// reason to stop: what it seals is told when it is met.
func (d *Dedicated) learn(ctx context.Context) error {
	codec := d.store.rows.codec
	if codec.Shredded() {
		return nil
	}
	keys, err := readDataKeys(ctx, d.pool, d.code, codec.Keys(), bySuccession(d.code))
	if mediation.CodeOf(err) == "data-key" {
		slog.WarnContext(ctx, "a new data key is not open to this instance", "tenant", d.code, "error", err)
		return nil
	}
	if err != nil {
		return refusal(err)
	}
	return codec.Learn(keys)
}

// Ready is an error while the schema's version is unknown or one that this release cannot use. A database that went
// away after that is no reason to take the instance out: it answers with a problem that says so. Nor may a dead line
// make the probe wait.
func (d *Dedicated) Ready(ctx context.Context) error {
	d.mu.Lock()
	known := !d.checked.IsZero()
	d.mu.Unlock()
	if !known {
		return d.checkSchema(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	if err := d.checkSchema(ctx); mediation.CodeOf(err) == "schema-version" {
		return err
	}
	return nil
}

// Units lists where the caller is a member: of this tenant and of its county.
func (d *Dedicated) Units(ctx context.Context, who mediation.Principal) ([]mediation.Membership, error) {
	return d.store.Memberships(ctx, who.Issuer, who.Subject)
}

// Counties is the tenant's own county.
func (d *Dedicated) Counties(ctx context.Context) ([]countywide.County, error) {
	c := countywide.County{Code: mediation.CountyOf(d.code), Tenants: 1}
	err := d.pool.QueryRow(ctx, `SELECT name FROM county.county WHERE code = $1`, c.Code).Scan(&c.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, unknownUnit(c.Code)
	}
	return []countywide.County{c}, refusal(err)
}

// Tenants is the tenant itself, when its county is asked for.
func (d *Dedicated) Tenants(ctx context.Context, county string) ([]casework.Tenant, error) {
	if county != "" && county != mediation.CountyOf(d.code) {
		return nil, nil
	}
	t, err := d.store.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return []casework.Tenant{t}, nil
}
