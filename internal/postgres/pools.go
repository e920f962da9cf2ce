package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Defaults of PoolsConfig.
const (
	defaultPerPool     = 3
	defaultPerServer   = 100
	defaultIdleAfter   = 5 * time.Minute
	defaultWait        = 2 * time.Second
	firstServerBudget  = 24 // until the server has told its max_connections
	connectionIdleTime = 30 * time.Second
)

// PoolsConfig bounds what a shared instance takes from PostgreSQL.
type PoolsConfig struct {
	PerPool   int           // connections of one tenant or county; 0 means 3
	PerServer int           // connections to one server; 0 means 100, never more than a third of its max_connections
	IdleAfter time.Duration // a pool unused for so long is closed; 0 means 5 minutes
	Wait      time.Duration // how long a request waits at the cap before it is refused as busy; 0 means 2 seconds
}

func (c PoolsConfig) withDefaults() PoolsConfig {
	if c.PerPool == 0 {
		c.PerPool = defaultPerPool
	}
	if c.PerServer == 0 {
		c.PerServer = defaultPerServer
	}
	if c.IdleAfter == 0 {
		c.IdleAfter = defaultIdleAfter
	}
	if c.Wait == 0 {
		c.Wait = defaultWait
	}
	return c
}

// Pools keeps one pool per role, opened when it is first needed and closed when it is idle or another needs its place.
// The places stay: whoever holds one finds its pool opened again.
type Pools struct {
	config  PoolsConfig
	mu      sync.Mutex
	closed  bool
	pools   map[string]*rolePool
	servers map[string]*server
	freed   chan struct{} // closed and replaced whenever a place may have become free
	stop    chan struct{}
}

// server is what is known of one PostgreSQL server's room for us.
type server struct{ budget, taken int }

// rolePool is the place of one role's pool; the pool itself comes and goes.
type rolePool struct {
	owner    *Pools
	address  Address
	role     string
	path     string // search_path
	inner    *pgxpool.Pool
	users    int
	lastUsed time.Time
}

// NewPools makes an empty set. Close ends it.
func NewPools(config PoolsConfig) *Pools {
	p := &Pools{
		config: config.withDefaults(), pools: map[string]*rolePool{}, servers: map[string]*server{},
		freed: make(chan struct{}), stop: make(chan struct{}),
	}
	go p.sweep()
	return p
}

// at gives the place of a role at an address; the same role at another address (a moved county) is another place.
func (p *Pools) at(address Address, role, path string) *rolePool {
	key := fmt.Sprintf("%s\n%s:%d\n%s\n%s\n%x\n%s", role, address.Host, address.Port, address.Database, address.User, address.Password, address.SSLMode+address.CA)
	p.mu.Lock()
	defer p.mu.Unlock()
	place, ok := p.pools[key]
	if !ok {
		place = &rolePool{owner: p, address: address, role: role, path: path}
		p.pools[key] = place
	}
	return place
}

func (a Address) server() string { return fmt.Sprintf("%s:%d", a.Host, a.Port) }

// borrow lends the pool, opening it first where it is closed. At the server's cap it closes the pool that was unused
// longest, or waits, and in the end refuses as busy.
func (r *rolePool) borrow(ctx context.Context) (*pgxpool.Pool, func(), error) {
	p := r.owner
	deadline := time.NewTimer(p.config.Wait)
	defer deadline.Stop()
	for {
		pool, freed, err := p.take(r)
		if err != nil {
			return nil, nil, err
		}
		if pool != nil {
			return pool, func() { p.giveBack(r) }, nil
		}
		select {
		case <-freed:
		case <-deadline.C:
			return nil, nil, Busy()
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// take gives the pool, or nil and a channel to wait on when the server has no room for it now.
func (p *Pools) take(r *rolePool) (*pgxpool.Pool, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, Busy()
	}
	if r.inner == nil {
		if !p.makeRoom(r.address.server()) {
			return nil, p.freed, nil
		}
		inner, err := p.open(r)
		if err != nil {
			return nil, nil, err
		}
		r.inner = inner
		p.servers[r.address.server()].taken += p.config.PerPool
	}
	r.users++
	r.lastUsed = time.Now()
	return r.inner, nil, nil
}

func (p *Pools) giveBack(r *rolePool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.users--
	r.lastUsed = time.Now()
	if r.users == 0 {
		p.wake()
	}
}

func (p *Pools) wake() {
	close(p.freed)
	p.freed = make(chan struct{})
}

// makeRoom says whether one more pool fits on the server, after closing the idlest one if need be.
func (p *Pools) makeRoom(name string) bool {
	room, ok := p.servers[name]
	if !ok {
		room = &server{budget: min(firstServerBudget, p.config.PerServer)}
		p.servers[name] = room
	}
	if room.taken == 0 || room.taken+p.config.PerPool <= room.budget {
		return true
	}
	var idlest *rolePool
	for _, other := range p.pools {
		if other.inner != nil && other.users == 0 && other.address.server() == name && (idlest == nil || other.lastUsed.Before(idlest.lastUsed)) {
			idlest = other
		}
	}
	if idlest == nil {
		return false
	}
	p.shut(idlest)
	return room.taken+p.config.PerPool <= room.budget || room.taken == 0
}

// shut closes a pool that nobody uses.
func (p *Pools) shut(r *rolePool) {
	go r.inner.Close()
	r.inner = nil
	p.servers[r.address.server()].taken -= p.config.PerPool
}

func (p *Pools) open(r *rolePool) (*pgxpool.Pool, error) {
	return openBound(r.address, r.role, r.path, p.config.PerPool, func(maxConnections int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		// A third: other instances, the towns' own and the operator share the server.
		if room, budget := p.servers[r.address.server()], min(p.config.PerServer, maxConnections/3); room.budget != budget {
			room.budget = budget
			p.wake()
		}
	})
}

// openBound makes a pool whose every connection is bound to one role, one search path and the limits of a request
// before anybody gets it. It does not connect yet.
func openBound(address Address, role, path string, size int, learn func(maxConnections int)) (*pgxpool.Pool, error) {
	config, err := address.Config()
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(size) //nolint:gosec // a small configured number
	config.MinConns = 0
	config.MaxConnIdleTime = connectionIdleTime
	config.MaxConnLifetime = 30 * time.Minute
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		var maxConnections int
		err := conn.QueryRow(ctx, `SELECT current_setting('max_connections')::int FROM (SELECT set_config('role', $1, false),
			set_config('search_path', $2, false), set_config('statement_timeout', '15s', false), set_config('lock_timeout', '5s', false),
			set_config('idle_in_transaction_session_timeout', '30s', false), set_config('TimeZone', 'UTC', false) OFFSET 0) bound`,
			pgx.QueryExecModeExec, role, path).Scan(&maxConnections)
		if err != nil {
			return err
		}
		return confirm(ctx, conn, role, learn, maxConnections)
	}
	return pgxpool.NewWithConfig(context.Background(), config)
}

// confirm proves that the binding took: a pool under a wrong role must not serve a single request.
func confirm(ctx context.Context, conn *pgx.Conn, role string, learn func(int), maxConnections int) error {
	var current string
	if err := conn.QueryRow(ctx, `SELECT current_user::text`, pgx.QueryExecModeExec).Scan(&current); err != nil {
		return err
	}
	if current != role {
		return fmt.Errorf("the connection acts as %s instead of %s", current, role)
	}
	if learn != nil {
		learn(maxConnections)
	}
	return nil
}

// sweep closes pools that were idle for long.
func (p *Pools) sweep() {
	ticker := time.NewTicker(max(p.config.IdleAfter/4, 10*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			p.shutIdle(time.Now().Add(-p.config.IdleAfter))
		}
	}
}

func (p *Pools) shutIdle(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.pools {
		if r.inner != nil && r.users == 0 && r.lastUsed.Before(before) {
			p.shut(r)
		}
	}
}

// PoolStats counts what is open.
type PoolStats struct {
	Pools       int // open pools
	Connections int // open connections
	Acquired    int // connections at work
}

// Stats counts over all pools.
func (p *Pools) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	var stats PoolStats
	for _, r := range p.pools {
		if r.inner == nil {
			continue
		}
		inner := r.inner.Stat()
		stats.Pools++
		stats.Connections += int(inner.TotalConns())
		stats.Acquired += int(inner.AcquiredConns())
	}
	return stats
}

// Close closes all pools and waits for the connections at work.
func (p *Pools) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	close(p.stop)
	p.wake()
	var open []*pgxpool.Pool
	for _, r := range p.pools {
		if r.inner != nil {
			open = append(open, r.inner)
		}
	}
	p.mu.Unlock()
	for _, inner := range open {
		inner.Close()
	}
	slog.Debug("pools closed", "pools", len(open))
}

// fixed is the source of a dedicated instance: one pool for its whole life.
type fixed struct{ pool *pgxpool.Pool }

func (f fixed) borrow(context.Context) (*pgxpool.Pool, func(), error) { return f.pool, func() {}, nil }
