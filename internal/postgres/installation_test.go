package postgres_test

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// installation is what both kinds of instance are for their callers.
type installation interface {
	Tenant(ctx context.Context, code string) (*casework.Service, error)
	County(ctx context.Context, code string) (*countywide.Service, error)
	Units(ctx context.Context, who mediation.Principal) ([]mediation.Membership, error)
	Counties(ctx context.Context) ([]countywide.County, error)
	Tenants(ctx context.Context, county string) ([]casework.Tenant, error)
	Ready(ctx context.Context) error
	Stats() postgres.PoolStats
	Close()
}

var (
	_ installation = (*postgres.Shared)(nil)
	_ installation = (*postgres.Dedicated)(nil)
)

// eventually tries until it works or the time is up, and gives the last error.
func eventually(t *testing.T, work func() error) error {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		err := work()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func request(unit string) casework.Request {
	actor := director
	actor.Unit = unit
	return casework.Request{Actor: actor}
}

func filing() mediation.Filing {
	return mediation.Filing{
		Type: "02", Source: mediation.SourceApplication, Title: "院墙纠纷", Facts: "院墙越界。", Claims: "拆除。",
		Parties: []mediation.Party{
			{Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"},
			{Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李四"},
		},
	}
}

func TestInstallations_agree(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	one := f.Towns[1]
	shared, dedicated := f.Shared(nil), f.Dedicated(one, nil)
	for _, inst := range []installation{shared, dedicated} {
		if err := eventually(t, func() error { return inst.Ready(t.Context()) }); err != nil {
			t.Fatalf("%T is not ready: %v", inst, err)
		}
	}
	for _, writer := range []installation{shared, dedicated} {
		service, err := writer.Tenant(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		filed, _, err := service.FileCase(t.Context(), request(one), filing())
		if err != nil {
			t.Fatalf("%T: file: %v", writer, err)
		}
		for _, reader := range []installation{shared, dedicated} {
			service, err := reader.Tenant(t.Context(), one)
			if err != nil {
				t.Fatal(err)
			}
			read, err := service.Case(t.Context(), request(one), filed.ID)
			if err != nil || !reflect.DeepEqual(read, filed) {
				t.Errorf("filed by %T, read by %T: %+v, %v", writer, reader, read, err)
			}
		}
	}
	if stats := shared.Stats(); stats.Pools == 0 || stats.Connections == 0 {
		t.Errorf("the shared instance counts %+v", stats)
	}
}

func TestInstallations_units(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	one, two := f.Towns[1], f.Towns[2]
	pgtest.Exec(t, f.AsSuperuser(), strings.NewReplacer("COUNTY", f.Code, "ONE", one, "TWO", two).Replace(`INSERT INTO county.member
		SELECT unit, 'i', 's', 'S', '{reader}', 'api', 1, now() FROM unnest('{COUNTY,ONE,TWO}'::text[]) unit;
		INSERT INTO county.county VALUES ('COUNTY', '测试县') ON CONFLICT DO NOTHING`))
	who := mediation.Principal{Issuer: "i", Subject: "s"}
	shared, dedicated := f.Shared(nil), f.Dedicated(one, nil)
	for _, c := range []struct {
		inst     installation
		units    string
		tenants  string
		counties int
	}{
		{shared, f.Code + " " + one + " " + two, f.Code + "000 " + one + " " + two, 3},
		{dedicated, f.Code + " " + one, one, 1},
	} {
		units, err := c.inst.Units(t.Context(), who)
		var got []string
		for _, m := range units {
			got = append(got, m.Unit)
		}
		if err != nil || strings.Join(got, " ") != c.units {
			t.Errorf("%T: units %v, %v; want %s", c.inst, got, err, c.units)
		}
		counties, err := c.inst.Counties(t.Context())
		if err != nil || len(counties) != 1 || counties[0].Code != f.Code || counties[0].Name != "测试县" || counties[0].Tenants != c.counties {
			t.Errorf("%T: counties %+v, %v", c.inst, counties, err)
		}
		for county, want := range map[string]string{"": c.tenants, f.Code: c.tenants, "371621": ""} {
			tenants, err := c.inst.Tenants(t.Context(), county)
			got = nil
			for _, tenant := range tenants {
				got = append(got, tenant.Code)
				if tenant.County != f.Code || tenant.Name == "" || tenant.Mode != "Dedicated" || tenant.State != "active" {
					t.Errorf("%T: %+v", c.inst, tenant)
				}
			}
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%T: tenants of %q are %v, %v; want %s", c.inst, county, got, err, want)
			}
		}
		if strangers, err := c.inst.Units(t.Context(), mediation.Principal{Issuer: "i", Subject: "stranger"}); err != nil || len(strangers) > 0 {
			t.Errorf("%T: a stranger has %v, %v", c.inst, strangers, err)
		}
	}
}

// Nobody is told to be a member of nothing while the county that would know better does not answer.
func TestInstallations_unitsOfASilentCounty(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	directory := f.Directory()
	admin := f.AsSuperuser()
	admin.Database = directory.Database
	pgtest.Exec(t, admin, "UPDATE directory.county SET port = 1")
	shared, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: directory, Keys: f.Keys.Ring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.Close)
	units, err := shared.Units(t.Context(), mediation.Principal{Issuer: "i", Subject: "s"})
	if len(units) > 0 || mediation.KindOf(err) != mediation.Unavailable {
		t.Errorf("got %v, %v; want Unavailable", units, err)
	}
}

func TestInstallations_refusals(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇", "何坊街道", "皂户李镇")
	one, newer, rekeyed, gone := f.Towns[1], f.Towns[2], f.Towns[3], f.Towns[4]
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO t`+newer+`.schema_migration VALUES (99, 'x', 'x');
		UPDATE t`+rekeyed+`.data_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1);
		DROP SCHEMA t`+gone+` CASCADE`)
	shared, dedicated := f.Shared(nil), f.Dedicated(one, nil)
	for _, c := range []struct {
		reason string
		inst   installation
		unit   string
		code   string
	}{
		{"a town", shared, one, ""},
		{"a town that is not in the directory", shared, f.Code + "199", "unknown-unit"},
		{"a county that is not in the directory", shared, "990000", "unknown-unit"},
		{"the county", shared, f.Code, ""},
		{"a town that a newer release has migrated", shared, newer, "schema-version"},
		{"a town whose data key is another's", shared, rekeyed, "data-key"},
		{"a town whose schema is gone", shared, gone, "schema-version"},
		{"its own town", dedicated, one, ""},
		{"another town", dedicated, newer, "wrong-instance"},
		{"its county", dedicated, f.Code, "wrong-instance"},
		{"nonsense", dedicated, "x", "wrong-instance"},
		{"nonsense", shared, "' OR true --", "unknown-unit"},
	} {
		var err error
		if len(c.unit) == 6 {
			_, err = c.inst.County(t.Context(), c.unit)
		} else {
			_, err = c.inst.Tenant(t.Context(), c.unit)
		}
		if mediation.CodeOf(err) != c.code {
			t.Errorf("%T is asked for %s: %v, want %q", c.inst, c.reason, err, c.code)
		}
	}
}

func TestDedicated_readiness(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	one := f.Towns[1]
	relay := pgtest.NewRelay(t)
	relay.Cut()
	start := func() *postgres.Dedicated {
		d, err := postgres.NewDedicated(t.Context(), postgres.DedicatedConfig{Tenant: one, Database: relay.Through(f.AsSlot(one)), DataKeys: f.DataKeys(one), CountyKey: f.CountyKey()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		return d
	}
	d := start()
	if err := d.Ready(t.Context()); mediation.CodeOf(err) != "database" {
		t.Errorf("before the schema's version is known: %v, want not ready", err)
	}
	relay.Mend()
	if err := eventually(t, func() error { return d.Ready(t.Context()) }); err != nil {
		t.Errorf("with the database: %v, want ready", err)
	}
	service, err := d.Tenant(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	relay.Cut()
	if err := d.Ready(t.Context()); err != nil {
		t.Errorf("the database went away: %v, want ready", err)
	}
	_, err = service.Tenant(t.Context(), request(one))
	if mediation.CodeOf(err) != "database" || mediation.KindOf(err) != mediation.Unavailable {
		t.Errorf("the database went away: %v, want 503 database", err)
	}
	if words := err.(*mediation.Error).Message; strings.Contains(words, "127.0.0.1") || strings.Contains(words, one) { //nolint:errorlint // its kind was just asked
		t.Errorf("the words show the inside: %s", words)
	}
	relay.Mend()
	if err := eventually(t, func() error { _, err := service.Tenant(t.Context(), request(one)); return err }); err != nil {
		t.Errorf("the database came back: %v", err)
	}
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO t`+one+`.schema_migration VALUES (99, 'x', 'x')`)
	if err := start().Ready(t.Context()); mediation.CodeOf(err) != "schema-version" {
		t.Errorf("a newer schema: %v, want not ready", err)
	}
}

func TestShared_readiness(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t)
	directory := f.Directory()
	relay := pgtest.NewRelay(t)
	relay.Cut()
	start := func(key *seal.Keyring, address postgres.Address) *postgres.Shared {
		s, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: address, Keys: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	s := start(f.Keys.Ring, relay.Through(directory))
	if err := s.Ready(t.Context()); err == nil {
		t.Error("ready before the directory was read")
	}
	if _, err := s.Counties(t.Context()); mediation.CodeOf(err) != "database" {
		t.Errorf("counties before the directory was read: %v", err)
	}
	relay.Mend()
	if err := eventually(t, func() error { return s.Ready(t.Context()) }); err != nil {
		t.Errorf("the directory came: %v", err)
	}
	relay.Cut()
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("the directory went away: %v, want ready", err)
	}
	if counties, err := s.Counties(t.Context()); err != nil || len(counties) != 1 {
		t.Errorf("the directory went away: %v, %v; want what was known", counties, err)
	}
	other := pgtest.Open(t)
	wrong := start(other.Keys.Ring, directory)
	err := eventually(t, func() error {
		if err := wrong.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "tiaojie-keys") {
			return errUnexpected{err}
		}
		return nil
	})
	if err != nil {
		t.Errorf("another installation's key: %v, want words about the Secret", err)
	}
	if _, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: directory}); err == nil {
		t.Error("a shared instance without a key started")
	}
}

type errUnexpected struct{ err error }

func (e errUnexpected) Error() string { return "unexpected: " + errText(e.err) }

func errText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// A county that is declared while the instance runs is served without a restart, with and without a notification.
func TestShared_learnsOfChanges(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	one := f.Towns[1]
	name := pgtest.UnusedDatabase(t)
	directory, err := f.Server.EnsureDirectory(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	address := f.As(tenantdb.APILogin, pgtest.APIPassword)
	address.Database = name
	shared, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: address, Keys: f.Keys.Ring})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	if err := eventually(t, func() error { return shared.Ready(t.Context()) }); err != nil {
		t.Fatalf("with zero counties: %v, want ready", err)
	}
	if _, err := shared.Tenant(t.Context(), one); mediation.CodeOf(err) != "unknown-unit" {
		t.Errorf("before it is declared: %v", err)
	}
	put := func(_ bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put(directory.PutCounty(t.Context(), tenantdb.CountyEntry{Code: f.Code, Name: "测试县", Host: f.Address.Host, Port: f.Address.Port, SSLMode: f.Address.SSLMode, State: "active"}))
	put(directory.PutTenant(t.Context(), tenantdb.TenantEntry{Code: one, Name: "石庙镇", Kind: "Town", Mode: "Shared", State: "active"}))
	if _, err := shared.Tenant(t.Context(), one); err != nil {
		t.Errorf("at once after it was declared: %v", err)
	}
	renamed := func(want string) error {
		return eventually(t, func() error {
			tenants, err := shared.Tenants(t.Context(), "")
			if err != nil || len(tenants) != 1 || tenants[0].Name != want {
				return errUnexpected{err}
			}
			return nil
		})
	}
	put(directory.PutTenant(t.Context(), tenantdb.TenantEntry{Code: one, Name: "石庙新镇", Kind: "Town", Mode: "Shared", State: "active"}))
	if err := renamed("石庙新镇"); err != nil {
		t.Errorf("a change was not followed: %v", err)
	}
	put(directory.RemoveTenant(t.Context(), one))
	err = eventually(t, func() error {
		if _, err := shared.Tenant(t.Context(), one); mediation.CodeOf(err) != "unknown-unit" {
			return errUnexpected{err}
		}
		return nil
	})
	if err != nil {
		t.Errorf("a removed tenant is still served: %v", err)
	}
}

// The follower finds its way back to a directory that went away.
func TestDirectory_comesBack(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	relay := pgtest.NewRelay(t)
	address := f.Directory()
	directory, err := postgres.FollowDirectory(relay.Through(address))
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	known := func() error {
		if _, known := directory.KeyID(); !known {
			return errUnexpected{}
		}
		return nil
	}
	if err := eventually(t, known); err != nil {
		t.Fatal("the directory was not read")
	}
	relay.Cut()
	if _, err := directory.Tenant(t.Context(), f.Code+"199"); mediation.CodeOf(err) != "database" {
		t.Errorf("an unknown tenant while the directory is away: %v", err)
	}
	relay.Mend()
	owner := pgtest.Superuser(t)
	owner.Database = address.Database
	pgtest.Exec(t, owner, `UPDATE directory.tenant SET name = '改名' WHERE code = '`+f.Towns[1]+`'`) // nobody notifies
	err = eventually(t, func() error {
		if row, err := directory.Tenant(t.Context(), f.Towns[1]); err != nil || row.Name != "改名" {
			return errUnexpected{err}
		}
		return nil
	})
	if err != nil {
		t.Errorf("after the directory came back: %v", err)
	}
}

// Without a notification the follower sees a change when it polls, and keeps its connection.
func TestDirectory_polls(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	address := f.Directory()
	directory, err := postgres.FollowDirectoryEvery(address, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	owner := pgtest.Superuser(t)
	owner.Database = address.Database
	conn := pgtest.Connect(t, owner)
	defer func() { _ = conn.Close(context.Background()) }()
	listener := func() (pid int) {
		_ = conn.QueryRow(t.Context(), `SELECT COALESCE(max(pid), 0) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'tiaojie_api'`).Scan(&pid)
		return pid
	}
	named := func(want string) error {
		return eventually(t, func() error {
			if row, err := directory.Tenant(t.Context(), f.Towns[1]); err != nil || row.Name != want {
				return errUnexpected{err}
			}
			return nil
		})
	}
	if err := named("石庙镇"); err != nil {
		t.Fatal(err)
	}
	before := listener()
	if _, err := conn.Exec(t.Context(), `UPDATE directory.tenant SET name = '改名'`); err != nil {
		t.Fatal(err)
	}
	if err := named("改名"); err != nil {
		t.Errorf("a change that nobody notified of was not seen: %v", err)
	}
	if after := listener(); before == 0 || after != before {
		t.Errorf("polling changed the connection from %d to %d", before, after)
	}
}

func TestPools_capWaitAndEviction(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇", "何坊街道")
	// Two connections each and four in all: two tenants fit, the third needs another's place.
	shared, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: f.Directory(), Keys: f.Keys.Ring,
		Pools: postgres.PoolsConfig{PerPool: 2, PerServer: 4, Wait: 300 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	services := map[string]*casework.Service{}
	for _, code := range f.Towns {
		service, err := shared.Tenant(t.Context(), code)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		services[code] = service
		if stats := shared.Stats(); stats.Pools > 2 || stats.Connections > 4 {
			t.Errorf("over the cap: %+v", stats)
		}
	}
	// All four are served in turn, whoever's pool was closed in between.
	for range 3 {
		for _, code := range f.Towns {
			if _, err := services[code].Tenant(t.Context(), request(code)); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
	}
	holdTwoAndAskAThird(t, f, services)
}

// holdTwoAndAskAThird keeps two tenants at work: a third waits, is refused as busy, and is served once one is done.
func holdTwoAndAskAThird(t *testing.T, f *pgtest.Fixture, services map[string]*casework.Service) {
	t.Helper()
	blocker := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = blocker.Close(context.Background()) }()
	release := func() { _, _ = blocker.Exec(context.Background(), `ROLLBACK`) }
	if _, err := blocker.Exec(t.Context(), `BEGIN; LOCK TABLE t`+f.Towns[0]+`.numbering, t`+f.Towns[1]+`.numbering`); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, code := range f.Towns[:2] {
		group.Go(func() {
			if _, _, err := services[code].FileCase(t.Context(), request(code), filing()); err != nil {
				t.Errorf("%s waits for a lock and then: %v", code, err)
			}
		})
	}
	third := f.Towns[2]
	waiting := func() error {
		var n int
		if err := blocker.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n); err != nil || n < 2 {
			return errUnexpected{err}
		}
		return nil
	}
	if err := eventually(t, waiting); err != nil {
		t.Error("the two did not come to wait")
	}
	_, err := services[third].Tenant(t.Context(), request(third))
	if mediation.CodeOf(err) != "busy" || mediation.KindOf(err) != mediation.Unavailable {
		t.Errorf("at the cap: %v, want busy", err)
	}
	release()
	group.Wait()
	if _, err := services[third].Tenant(t.Context(), request(third)); err != nil {
		t.Errorf("after a place became free: %v", err)
	}
}

func TestPools_idleOnesAreClosedAndOpenedAgain(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	one := f.Towns[1]
	shared, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: f.Directory(), Keys: f.Keys.Ring, Pools: postgres.PoolsConfig{IdleAfter: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	service, err := shared.Tenant(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	err = eventually(t, func() error {
		if stats := shared.Stats(); stats.Pools > 0 {
			return errUnexpected{}
		}
		return nil
	})
	if err != nil {
		t.Error("an idle pool stays open")
	}
	if _, err := service.Tenant(t.Context(), request(one)); err != nil {
		t.Errorf("a service whose pool was closed: %v", err)
	}
	if _, err := shared.Tenant(t.Context(), one); err != nil {
		t.Errorf("asked for again: %v", err)
	}
	shared.Close()
	if _, err := service.Tenant(t.Context(), request(one)); mediation.KindOf(err) != mediation.Unavailable {
		t.Errorf("after Close: %v, want Unavailable", err)
	}
}

// A connection is bound to its role before anybody gets it, and a login that may not become the role gets none.
func TestPools_bindTheRole(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	one, two := f.Towns[1], f.Towns[2]
	store, closeStore, err := postgres.OpenTenantStore(f.AsSlot(two), one, f.TenantKeys(one), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	if tenant, err := store.Tenant(t.Context()); err == nil {
		t.Errorf("the login of %s opened the store of %s: %+v", two, one, tenant)
	}
}
