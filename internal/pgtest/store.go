package pgtest

import (
	"time"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const storeConnections = 8

// Store opens a tenant's store with the tenant's own login, as a dedicated instance does.
func (f *Fixture) Store(code string) *postgres.TenantStore {
	f.t.Helper()
	store, closePool, err := postgres.OpenTenantStore(f.AsSlot(code), code, f.TenantKeys(code), storeConnections)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(closePool)
	return store
}

// CountyStore opens the county's store with the shared instance's login.
func (f *Fixture) CountyStore() *postgres.CountyStore {
	f.t.Helper()
	store, closePool, err := postgres.OpenCountyStore(f.As(tenantdb.APILogin, APIPassword), f.Code, storeConnections)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(closePool)
	return store
}

// SetTenant changes a tenant's state ("active" or "suspended") and quota (0 = none), as the operator would.
func (f *Fixture) SetTenant(code, state string, openCasesQuota int) {
	f.t.Helper()
	entry := f.entries[code]
	entry.State, entry.OpenCasesQuota = state, openCasesQuota
	f.must(f.County.PutTenant(f.ctx(), entry))
	f.entries[code] = entry
}

// Directory provisions a directory database that lists this county and its towns, bound to the fixture's key, and gives
// the address with which the shared instance follows it.
func (f *Fixture) Directory() postgres.Address {
	f.t.Helper()
	name := UnusedDatabase(f.t)
	directory, err := f.Server.EnsureDirectory(f.ctx(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(directory.Close)
	if err := directory.BindKey(f.ctx(), f.Keys.Ring.ID()); err != nil {
		f.t.Fatal(err)
	}
	f.List(directory)
	address := f.Address
	address.Database, address.User, address.Password = name, tenantdb.APILogin, APIPassword
	return address
}

// List writes this county and its towns into a directory.
func (f *Fixture) List(directory *tenantdb.Directory) {
	f.t.Helper()
	f.must(directory.PutCounty(f.ctx(), tenantdb.CountyEntry{Code: f.Code, Name: countyName, Host: f.Address.Host, Port: f.Address.Port,
		SSLMode: f.Address.SSLMode, State: "active", SchemaVersion: postgres.Version(postgres.CountySet)}))
	for _, code := range f.Towns {
		f.must(directory.PutTenant(f.ctx(), f.entries[code]))
	}
}

// Shared starts a shared instance on a directory of its own. clock nil means time.Now.
func (f *Fixture) Shared(clock func() time.Time) *postgres.Shared {
	f.t.Helper()
	shared, err := postgres.NewShared(f.ctx(), postgres.SharedConfig{Directory: f.Directory(), Keys: f.Keys.Ring, Clock: clock})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(shared.Close)
	return shared
}

// Dedicated starts a tenant's dedicated instance. clock nil means time.Now.
func (f *Fixture) Dedicated(code string, clock func() time.Time) *postgres.Dedicated {
	f.t.Helper()
	dedicated, err := postgres.NewDedicated(f.ctx(), postgres.DedicatedConfig{
		Tenant: code, Database: f.AsSlot(code), DataKeys: f.keys[code], CountyKey: f.CountyKey(), Clock: clock,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(dedicated.Close)
	return dedicated
}

// SetLimits changes a tenant's further limits, as the operator would: bytes of all attachments, attachments of a case,
// requests a minute; 0 means none.
func (f *Fixture) SetLimits(code string, storage int64, attachments, requests int) {
	f.t.Helper()
	entry := f.entries[code]
	entry.StorageQuota, entry.AttachmentsQuota, entry.RequestsQuota = storage, attachments, requests
	f.must(f.County.PutTenant(f.ctx(), entry))
	f.entries[code] = entry
}
