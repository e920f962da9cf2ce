// Package pgtest gives a test a real county on a real PostgreSQL: a database of its own with an unused code, its towns
// provisioned as the operator would, and stores on them. It is a test room: nothing that ships imports it, and a missing
// server fails the test with the command that starts one. Start reading at County.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// Variable names the environment variable that holds a superuser's URL of the test server.
const Variable = "TIAOJIE_TEST_POSTGRES"

// Passwords of the server-wide logins: roles are one per server, so all tests agree on them.
const (
	APIPassword    = "test-api-password"
	WorkerPassword = "test-worker-password"
	adminLogin     = "tiaojie_test_admin"
	adminPassword  = "test-admin-password"
	SlotPassword   = "test-slot-password" // of every tenant's slots
	countyName     = "测试县"
	// slotConnections leaves room for a store and a dedicated instance at once.
	slotConnections = 20
)

// Installation is the installation id that test claims carry.
const Installation = "00000000-0000-4000-8000-000000000001"

// Superuser gives the server's address as a superuser; only tests that break things by hand need it.
func Superuser(t testing.TB) postgres.Address {
	t.Helper()
	url := os.Getenv(Variable)
	if url == "" {
		t.Fatalf("no PostgreSQL to test with: run  eval \"$(hack/postgres.sh start test)\"  (it sets %s)", Variable)
	}
	address, err := postgres.ParseAddress(url)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	return address
}

// Server gives the server's address as an admin that is no superuser: it has CREATEROLE and CREATEDB, as RDS and
// CloudNativePG give them.
func Server(t testing.TB) postgres.Address {
	t.Helper()
	address := Superuser(t)
	Exec(t, address, `DO $$ BEGIN
		PERFORM pg_advisory_xact_lock(hashtextextended('tiaojie test admin', 0));
		IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '`+adminLogin+`') THEN
			CREATE ROLE `+adminLogin+` LOGIN CREATEROLE CREATEDB PASSWORD '`+adminPassword+`';
		END IF;
	END $$`)
	address.User, address.Password = adminLogin, adminPassword
	return address
}

// Exec runs one or more statements at an address, each call on a connection of its own.
func Exec(t testing.TB, address postgres.Address, sql string) {
	t.Helper()
	conn := Connect(t, address)
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Connect opens one connection that the caller closes.
func Connect(t testing.TB, address postgres.Address) *pgx.Conn {
	t.Helper()
	conn, err := TryConnect(address)
	if err != nil {
		t.Fatalf("connect to %s as %s: %v; is it running? hack/postgres.sh resume NAME", address.Database, address.User, err)
	}
	return conn
}

// TryConnect opens one connection or says why not.
func TryConnect(address postgres.Address) (*pgx.Conn, error) {
	config, err := address.Config()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return pgx.ConnectConfig(ctx, config.ConnConfig)
}

// UnusedCode gives a county code that no other test has: 99 and four random digits, checked against the server.
func UnusedCode(t testing.TB) string {
	t.Helper()
	conn := Connect(t, Superuser(t))
	defer func() { _ = conn.Close(context.Background()) }()
	for range 100 {
		number, err := rand.Int(rand.Reader, big.NewInt(10000))
		if err != nil {
			t.Fatal(err)
		}
		code := fmt.Sprintf("99%04d", number)
		var used bool
		const ask = `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'o' || $1) OR NOT pg_try_advisory_lock(hashtextextended('tiaojie test ' || $1, 0))`
		if err := conn.QueryRow(context.Background(), ask, code).Scan(&used); err != nil {
			t.Fatal(err)
		}
		if !used {
			return code
		}
	}
	t.Fatal("the test server is full of left-over counties: run  hack/postgres.sh stop test  and start it again")
	return ""
}

// Fixture is one county with its towns, as the operator leaves them.
type Fixture struct {
	Code    string           // of the county, 99xxxx
	Towns   []string         // codes, in the order asked for; the desk <county>000 comes first
	Address postgres.Address // of the admin, maintenance database
	Server  *tenantdb.Server
	County  *tenantdb.County
	Keys    tenantdb.Keys
	KeyText string        // the key as an environment holds it
	shared  seal.BlindKey // of the county
	keys    map[string][]seal.DataKey
	entries map[string]tenantdb.TenantEntry
	t       testing.TB
}

// County provisions a county with a desk and towns of these names and removes everything at the test's end. Names are
// free; codes are <county>000 for the desk, then <county>101, <county>102, …
func County(t testing.TB, names ...string) *Fixture {
	t.Helper()
	f := Open(t)
	f.must(f.County.PutCounty(f.ctx(), tenantdb.CountyEntry{Code: f.Code, Name: countyName}))
	f.addTown(f.Code+"000", countyName+"指挥中心", "Desk")
	for i, name := range names {
		f.addTown(fmt.Sprintf("%s%03d", f.Code, 101+i), name, "Town")
	}
	return f
}

// Open provisions a county with a claim and its schema, and no tenant.
func Open(t testing.TB) *Fixture {
	t.Helper()
	f := &Fixture{t: t, Code: UnusedCode(t), Address: Server(t), keys: map[string][]seal.DataKey{}, entries: map[string]tenantdb.TenantEntry{}}
	f.Keys.Ring, f.KeyText = newKey(t)
	var err error
	if f.Server, err = tenantdb.Open(f.ctx(), f.Address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Server.Close)
	f.must(f.Server.EnsureRoles(f.ctx(), tenantdb.Logins{API: APIPassword, Worker: WorkerPassword}))
	t.Cleanup(func() { RemoveCounty(t, f.Code) })
	f.must(f.Server.EnsureCountyDatabase(f.ctx(), f.Code))
	if f.County, err = f.Server.County(f.ctx(), f.Code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.County.Close)
	if _, err = f.County.Claim(f.ctx(), f.Claim(tenantdb.KindCounty, f.Code)); err != nil {
		t.Fatal(err)
	}
	if _, _, err = f.County.MigrateCounty(f.ctx()); err != nil {
		t.Fatal(err)
	}
	if f.shared, err = f.County.EnsureCountyKey(f.ctx(), f.Keys); err != nil {
		t.Fatal(err)
	}
	return f
}

func newKey(t testing.TB) (*seal.Keyring, string) {
	t.Helper()
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseKeyEncryptionKey(text)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	return ring, text
}

// Claim is the claim that the fixture's resources would make.
func (f *Fixture) Claim(kind, name string) tenantdb.Claim {
	return tenantdb.Claim{Kind: kind, Name: name, Installation: Installation, UID: "uid-" + name}
}

func (f *Fixture) addTown(code, name, kind string) {
	f.t.Helper()
	ctx := f.ctx()
	if _, err := f.County.Claim(ctx, f.Claim(tenantdb.KindTownship, code)); err != nil {
		f.t.Fatal(err)
	}
	f.must(f.County.EnsureTenantRoles(ctx, code))
	f.must(f.County.EnsureTenantSchema(ctx, code))
	version, _, err := f.County.MigrateTenant(ctx, code)
	if err != nil {
		f.t.Fatal(err)
	}
	f.AddDataKey(code)
	f.must(f.County.EnsureSlot(ctx, code, "a", SlotPassword, slotConnections))
	f.entries[code] = tenantdb.TenantEntry{
		Code: code, County: f.Code, Name: name, Kind: kind, Mode: "Dedicated", State: "active", SchemaVersion: version, OpenCasesQuota: 5000,
	}
	f.must(f.County.PutTenant(ctx, f.entries[code]))
	f.Towns = append(f.Towns, code)
}

func (f *Fixture) must(_ bool, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *Fixture) ctx() context.Context { return context.Background() }

// As gives the address of the county's database for a login.
func (f *Fixture) As(login, password string) postgres.Address {
	address := f.Address
	address.Database, address.User, address.Password = tenantdb.CountyDatabase(f.Code), login, password
	return address
}

// AsSlot gives the address that a dedicated instance of the tenant logs in with.
func (f *Fixture) AsSlot(code string) postgres.Address {
	return f.As(tenantdb.SlotLogin(code, "a"), SlotPassword)
}

// AsSuperuser gives the address of the county's database for a superuser.
func (f *Fixture) AsSuperuser() postgres.Address {
	address := Superuser(f.t)
	address.Database = tenantdb.CountyDatabase(f.Code)
	return address
}

// AddDataKey makes the data key of a tenant that the test provisions itself.
func (f *Fixture) AddDataKey(code string) []seal.DataKey {
	f.t.Helper()
	keys, err := f.County.EnsureDataKey(f.ctx(), code, f.Keys)
	if err != nil {
		f.t.Fatal(err)
	}
	f.keys[code] = keys
	return keys
}

// DataKeys gives a tenant's data keys, as its instance has them in the environment.
func (f *Fixture) DataKeys(code string) []seal.DataKey { return f.keys[code] }

// CountyKey gives the blind-index key that the county's tenants share.
func (f *Fixture) CountyKey() seal.BlindKey {
	return f.shared
}

// TenantKeys gives the keys that a tenant's store is opened with.
func (f *Fixture) TenantKeys(code string) postgres.TenantKeys {
	return postgres.TenantKeys{Data: f.keys[code], County: f.CountyKey()}
}

// RemoveCounty removes a county's database and roles whatever state they are in.
func RemoveCounty(t testing.TB, code string) {
	t.Helper()
	address := Superuser(t)
	conn := Connect(t, address)
	defer func() { _ = conn.Close(context.Background()) }()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+pgx.Identifier{tenantdb.CountyDatabase(code)}.Sanitize()+` WITH (FORCE)`); err != nil {
		t.Errorf("remove county %s: %v", code, err)
	}
	rows, err := conn.Query(ctx, `SELECT rolname FROM pg_roles WHERE rolname ~ ('^[ot]' || $1) OR rolname ~ ('^county_' || $1)`, code)
	if err != nil {
		t.Errorf("remove county %s: %v", code, err)
		return
	}
	names, _ := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if _, err := conn.Exec(ctx, `DROP ROLE `+pgx.Identifier{name}.Sanitize()); err != nil {
			t.Errorf("remove role %s: %v", name, err)
		}
	}
}

// UnusedDatabase gives a name for a directory database and removes that database at the test's end.
func UnusedDatabase(t testing.TB) string {
	t.Helper()
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := "tiaojie_test_" + hex.EncodeToString(random)
	t.Cleanup(func() {
		Exec(t, Superuser(t), `DROP DATABASE IF EXISTS `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`)
	})
	return name
}
