package command

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// installation is the use cases of one tenant or of all, with the pools below them.
type installation interface {
	httpapi.Backend
	Stats() postgres.PoolStats
	Close()
}

// open introduces PostgreSQL to the API. It does not wait for a database: one that is away is answered with a problem.
func (c *APICommand) open(ctx context.Context) (installation, error) {
	if c.Tenant != "" {
		return c.openDedicated(ctx)
	}
	if c.Directory.Host == "" {
		return nil, fmt.Errorf("no database: set TIAOJIE_TENANT and TIAOJIE_DATABASE_HOST for one tenant, or TIAOJIE_DIRECTORY_HOST for all")
	}
	ring, cipher, err := c.Keys.with(c.Ciphers)
	if err != nil {
		return nil, err
	}
	places, err := c.Blobs.places()
	if err != nil {
		return nil, err
	}
	shared, err := postgres.NewShared(ctx, postgres.SharedConfig{Directory: c.Directory.address(), Keys: ring, Cipher: cipher, DailyReveals: c.DailyReveals, Blobs: places})
	if err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}
	return shared, nil
}

func (c *APICommand) openDedicated(ctx context.Context) (installation, error) {
	keys, err := seal.ParseDataKeys(c.DataKeys)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_DATA_KEYS: %w", err)
	}
	cipher, err := c.Ciphers.cipher()
	if err != nil {
		return nil, err
	}
	county, err := seal.ParseBlindKey(c.CountyKey)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_COUNTY_KEY: %w", err)
	}
	places, err := c.Blobs.places()
	if err != nil {
		return nil, err
	}
	dedicated, err := postgres.NewDedicated(ctx, postgres.DedicatedConfig{
		Connections: c.DatabaseConnections,
		Tenant:      c.Tenant, Database: c.Database.address(), DataKeys: keys, CountyKey: county, Cipher: cipher, DailyReveals: c.DailyReveals, Blobs: places,
	})
	if err != nil {
		return nil, fmt.Errorf("open tenant %s: %w", c.Tenant, err)
	}
	return dedicated, nil
}

func (f endpointFlags) address() postgres.Address {
	return postgres.Address{
		Host: f.Host, Port: f.Port, Database: f.Name, User: f.User, Password: f.Password, SSLMode: f.SSLMode, CA: f.CA,
	}
}

// poolFigures shows the pools at /metrics.
type poolFigures struct {
	stats                        func() postgres.PoolStats
	pools, connections, acquired *prometheus.Desc
}

func newPoolFigures(stats func() postgres.PoolStats) *poolFigures {
	return &poolFigures{
		stats:       stats,
		pools:       prometheus.NewDesc("tiaojie_pools_open", "Open connection pools, one per tenant or county.", nil, nil),
		connections: prometheus.NewDesc("tiaojie_pool_connections", "Open connections.", nil, nil),
		acquired:    prometheus.NewDesc("tiaojie_pool_connections_acquired", "Connections at work.", nil, nil),
	}
}

// Describe names the figures.
func (p *poolFigures) Describe(to chan<- *prometheus.Desc) {
	to <- p.pools
	to <- p.connections
	to <- p.acquired
}

// Collect reads them.
func (p *poolFigures) Collect(to chan<- prometheus.Metric) {
	stats := p.stats()
	to <- prometheus.MustNewConstMetric(p.pools, prometheus.GaugeValue, float64(stats.Pools))
	to <- prometheus.MustNewConstMetric(p.connections, prometheus.GaugeValue, float64(stats.Connections))
	to <- prometheus.MustNewConstMetric(p.acquired, prometheus.GaugeValue, float64(stats.Acquired))
}
