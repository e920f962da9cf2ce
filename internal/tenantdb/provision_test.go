package tenantdb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// step is one Ensure method with what it needs; again says that a second call must change nothing.
type step struct {
	name string
	run  func(ctx context.Context) (changed bool, err error)
}

func countySteps(f *pgtest.Fixture) []step {
	return []step{
		{"roles", func(ctx context.Context) (bool, error) {
			return f.Server.EnsureRoles(ctx, tenantdb.Logins{API: pgtest.APIPassword, Worker: pgtest.WorkerPassword})
		}},
		{"database", func(ctx context.Context) (bool, error) { return f.Server.EnsureCountyDatabase(ctx, f.Code) }},
		{"claim", func(ctx context.Context) (bool, error) {
			outcome, err := f.County.Claim(ctx, f.Claim(tenantdb.KindCounty, f.Code))
			return outcome != tenantdb.ClaimHeld, err
		}},
		{"migrate", func(ctx context.Context) (bool, error) {
			_, changed, err := f.County.MigrateCounty(ctx)
			return changed, err
		}},
		{"entry", func(ctx context.Context) (bool, error) {
			return f.County.PutCounty(ctx, tenantdb.CountyEntry{Code: f.Code, Name: "惠民县"})
		}},
		{"administrators", func(ctx context.Context) (bool, error) {
			return f.County.PutAdministrators(ctx, []tenantdb.Administrator{{Issuer: "https://id.example", Subject: "head"}})
		}},
	}
}

func tenantSteps(f *pgtest.Fixture, code string) []step {
	county := f.County
	entry := tenantdb.TenantEntry{Code: code, Name: "孙武镇", Kind: "Town", Mode: "Dedicated", State: "active", SchemaVersion: 1, OpenCasesQuota: 5000}
	return []step{
		{"claim", func(ctx context.Context) (bool, error) {
			outcome, err := county.Claim(ctx, f.Claim(tenantdb.KindTownship, code))
			return outcome != tenantdb.ClaimHeld, err
		}},
		{"roles", func(ctx context.Context) (bool, error) { return county.EnsureTenantRoles(ctx, code) }},
		{"schema", func(ctx context.Context) (bool, error) { return county.EnsureTenantSchema(ctx, code) }},
		{"migrate", func(ctx context.Context) (bool, error) {
			_, changed, err := county.MigrateTenant(ctx, code)
			return changed, err
		}},
		{"data key", func(ctx context.Context) (bool, error) {
			before, err := county.EnsureDataKey(ctx, code, f.Keys)
			if err != nil {
				return false, err
			}
			after, err := county.EnsureDataKey(ctx, code, f.Keys)
			if len(before) != 1 || len(after) != 1 || !slices.Equal(before[0].Key, after[0].Key) {
				return false, fmt.Errorf("the data key is not kept")
			}
			return false, err
		}},
		{"slot", func(ctx context.Context) (bool, error) {
			return county.EnsureSlot(ctx, code, "a", "correct-horse-battery", 5)
		}},
		{"entry", func(ctx context.Context) (bool, error) { return county.PutTenant(ctx, entry) }},
	}
}

func TestEnsure_twiceChangesNothing(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	code := f.Code + "101"
	steps := append(countySteps(f), tenantSteps(f, code)...)
	for _, s := range steps {
		if _, err := s.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		changed, err := s.run(t.Context())
		if err != nil || changed {
			t.Errorf("%s again: changed %v, %v; want nothing to do", s.name, changed, err)
		}
	}
	noDrift(t, f)
}

// An interrupted provisioning is started again from its first step; each step must find what the others left.
func TestEnsure_startsAgainAfterEveryStep(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	code := f.Code + "101"
	undisturbed := f.Code + "102"
	for _, s := range tenantSteps(f, undisturbed) {
		if _, err := s.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	boundaries := 0
	for last := range tenantSteps(f, code) {
		for _, s := range tenantSteps(f, code)[:last+1] {
			if _, err := s.run(t.Context()); err != nil {
				t.Fatalf("stopped after step %d, then %s: %v", last, s.name, err)
			}
		}
		boundaries++
	}
	t.Logf("%d boundaries", boundaries)
	noDrift(t, f)
	dump := func(code string) string { return strings.ReplaceAll(f.Shape("t"+code), code, "CODE") }
	if got, want := dump(code), dump(undisturbed); got != want || !strings.Contains(want, "r journal owner oCODE") {
		t.Errorf("the interrupted schema differs from the undisturbed one:\n%s\n---\n%s", got, want)
	}
}

func noDrift(t *testing.T, f *pgtest.Fixture) {
	t.Helper()
	for _, finding := range findings(t, f) {
		t.Errorf("drift: %s", finding)
	}
}

func findings(t *testing.T, f *pgtest.Fixture) []string {
	t.Helper()
	state, err := f.County.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, finding := range state.Drift {
		list = append(list, finding.Object+": "+finding.Message)
	}
	for _, tenant := range state.Tenants {
		for _, finding := range tenant.Drift {
			list = append(list, finding.Object+": "+finding.Message)
		}
	}
	slices.Sort(list)
	return list
}

func TestEnsure_manyTownsAtOnce(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	const towns, workers = 12, 4
	queue := make(chan string, towns*2)
	for i := range towns {
		// Every town twice, so that two workers meet on the same one.
		queue <- fmt.Sprintf("%s%03d", f.Code, 101+i)
		queue <- fmt.Sprintf("%s%03d", f.Code, 101+i)
	}
	close(queue)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for code := range queue {
				for _, s := range tenantSteps(f, code) {
					if _, err := s.run(t.Context()); err != nil {
						t.Errorf("%s of %s: %v", s.name, code, err)
					}
				}
			}
		})
	}
	group.Wait()
	state, err := f.County.Observe(t.Context())
	if err != nil || len(state.Tenants) != towns {
		t.Errorf("%d tenants, %v; want %d", len(state.Tenants), err, towns)
	}
	noDrift(t, f)
}

func TestEnsure_countiesAtOnce(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, s := range countySteps(f) {
				if _, err := s.run(t.Context()); err != nil {
					t.Errorf("%s: %v", s.name, err)
				}
			}
		})
	}
	group.Wait()
	noDrift(t, f)
}

func TestTenant_codeOfAnotherCounty(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	for code, reason := range map[string]string{
		"371621101": "a town of another county", "": "nothing", "99": "too short", f.Code + "1011": "too long",
		f.Code + `1"1`: "a quote", f.Code + "1;-": "a statement", "９" + f.Code[1:] + "101": "wide digits",
	} {
		for _, s := range tenantSteps(f, code) {
			_, err := s.run(t.Context())
			problem, ok := tenantdb.AsProblem(err)
			if !ok || problem.Reason != tenantdb.ReasonInvalidName || problem.Retry {
				t.Errorf("%s of %q (%s): got %v, want InvalidName", s.name, code, reason, err)
			}
		}
	}
}

func TestPutAdministrators(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO county.member VALUES ('`+f.Code+`', 'i', 'reader', 'R', '{reader}', 'api', 4, now())`)
	a, b, reader := tenantdb.Administrator{Issuer: "i", Subject: "a"}, tenantdb.Administrator{Issuer: "i", Subject: "b"}, tenantdb.Administrator{Issuer: "i", Subject: "reader"}
	term := tenantdb.Administrator{Issuer: "i", Subject: "b", ValidFrom: "2026-01-01", ValidTo: "2026-12-31"}
	for _, c := range []struct {
		reason  string
		want    []tenantdb.Administrator
		changed bool
		members string
	}{
		{"two are declared", []tenantdb.Administrator{a, b}, true, "a:resource:1 b:resource:1 reader:api:4"},
		{"the same two, one of them twice", []tenantdb.Administrator{b, a, a}, false, "a:resource:1 b:resource:1 reader:api:4"},
		{"one goes; members that the API made stay", []tenantdb.Administrator{b}, true, "b:resource:1 reader:api:4"},
		{"a member that the API made becomes the resource's", []tenantdb.Administrator{b, reader}, true, "b:resource:1 reader:resource:5"},
		{"one has a term", []tenantdb.Administrator{term, reader}, true, "b:resource:2:2026-01-01:2026-12-31 reader:resource:5"},
		{"the same term", []tenantdb.Administrator{reader, term}, false, "b:resource:2:2026-01-01:2026-12-31 reader:resource:5"},
		{"the term is open again", []tenantdb.Administrator{b, reader}, true, "b:resource:3 reader:resource:5"},
		{"nobody is declared any more", nil, true, ""},
	} {
		changed, err := f.County.PutAdministrators(t.Context(), c.want)
		if err != nil || changed != c.changed {
			t.Errorf("%s: changed %v, %v; want %v", c.reason, changed, err, c.changed)
		}
		conn := pgtest.Connect(t, f.AsSuperuser())
		got := ask(t, conn, `SELECT COALESCE(string_agg(concat_ws(':', subject, source, version, valid_from, valid_to), ' ' ORDER BY subject), '') FROM county.member`)
		_ = conn.Close(context.Background())
		if got != c.members {
			t.Errorf("%s: members are %q, want %q", c.reason, got, c.members)
		}
	}
}

func TestObserve_countsOpenCases(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	plantRows(t, f)
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO county.case_index (origin, case_id, custodian, state, open, type, source, registration, filed_at, updated_at, version)
		SELECT '`+f.Towns[1]+`', gen_random_uuid(), '`+f.Towns[1]+`', 'refused', false, '01', 'application', 'x', now(), now(), 1 FROM generate_series(1, 3)`)
	state, err := f.County.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	town := state.Tenants[f.Towns[1]]
	if town.OpenCases != 1 || !town.SchemaExists || town.Owner != "o"+town.Code || town.SchemaVersion != postgres.Version(postgres.TenantSet) ||
		town.Claim != "held" || town.ClaimUID != "uid-"+town.Code || town.GrantsDigest == "" {
		t.Errorf("observed %+v", town)
	}
	if len(town.Slots) != 1 || !town.Slots[0].Login || town.Slots[0].Name != "t"+town.Code+"_a" {
		t.Errorf("slots %+v", town.Slots)
	}
}

func TestCloseSlots(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	code := f.Towns[1]
	for _, want := range []bool{true, false} {
		if changed, err := f.County.CloseSlots(t.Context(), code); err != nil || changed != want {
			t.Errorf("close: changed %v, %v; want %v", changed, err, want)
		}
	}
	if _, err := pgtest.TryConnect(f.AsSlot(code)); err == nil {
		t.Error("a closed login still opens the database")
	}
	if changed, err := f.County.EnsureSlot(t.Context(), code, "a", "another-password-1", 4); err != nil || !changed {
		t.Errorf("open again: changed %v, %v", changed, err)
	}
	conn := pgtest.Connect(t, f.As("t"+code+"_a", "another-password-1"))
	_ = conn.Close(context.Background())
}

func TestEnsureSlot_bothSlotsAtOnce(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	code := f.Towns[1]
	if _, err := f.County.EnsureSlot(t.Context(), code, "b", "the-next-password", 4); err != nil {
		t.Fatal(err)
	}
	for _, login := range []postgres.Address{f.AsSlot(code), f.As("t"+code+"_b", "the-next-password")} {
		conn := pgtest.Connect(t, login)
		if got := ask(t, conn, `SELECT current_user::text`); got != "t"+code {
			t.Errorf("%s acts as %s", login.User, got)
		}
		_ = conn.Close(context.Background())
	}
	_, err := f.County.EnsureSlot(t.Context(), code, "c", "the-next-password", 4)
	if problem, ok := tenantdb.AsProblem(err); !ok || problem.Reason != tenantdb.ReasonInvalidName {
		t.Errorf("a third slot: %v", err)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	name := pgtest.UnusedDatabase(t)
	directory, err := f.Server.EnsureDirectory(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	id, key, err := directory.Installation(t.Context())
	if err != nil || len(id) != 36 || key != "" {
		t.Fatalf("a new installation has id %q, key %q, %v", id, key, err)
	}
	again, err := f.Server.EnsureDirectory(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if same, _, _ := again.Installation(t.Context()); same != id {
		t.Errorf("the installation's id changed from %s to %s", id, same)
	}
	for _, c := range []struct{ key, reason string }{{"k1", ""}, {"k1", ""}, {"k2", tenantdb.ReasonKeyMismatch}} {
		problem, _ := tenantdb.AsProblem(directory.BindKey(t.Context(), c.key))
		if (problem == nil) != (c.reason == "") || (problem != nil && (problem.Reason != c.reason || problem.Retry)) {
			t.Errorf("bind %s: %v, want %q", c.key, problem, c.reason)
		}
	}
	directoryRows(t, f, directory, name)
}

func directoryRows(t *testing.T, f *pgtest.Fixture, directory *tenantdb.Directory, name string) {
	t.Helper()
	county := tenantdb.CountyEntry{Code: f.Code, Name: "惠民县", Host: "db", State: "active", SchemaVersion: 1}
	tenant := tenantdb.TenantEntry{Code: f.Code + "101", Name: "孙武镇", Kind: "Town", Mode: "Dedicated", State: "active"}
	suspended := tenant
	suspended.State = "suspended"
	address := f.As(tenantdb.APILogin, pgtest.APIPassword)
	address.Database = name
	listener := pgtest.Connect(t, address)
	defer func() { _ = listener.Close(context.Background()) }()
	if _, err := listener.Exec(t.Context(), `LISTEN `+postgres.DirectoryChannel); err != nil {
		t.Fatal(err)
	}
	notified := 0
	for _, c := range []struct {
		reason  string
		run     func() (bool, error)
		changed bool
	}{
		{"a new county", func() (bool, error) { return directory.PutCounty(t.Context(), county) }, true},
		{"the same county", func() (bool, error) { return directory.PutCounty(t.Context(), county) }, false},
		{"a new tenant", func() (bool, error) { return directory.PutTenant(t.Context(), tenant) }, true},
		{"the same tenant", func() (bool, error) { return directory.PutTenant(t.Context(), tenant) }, false},
		{"a suspended tenant", func() (bool, error) { return directory.PutTenant(t.Context(), suspended) }, true},
		{"a removed tenant", func() (bool, error) { return directory.RemoveTenant(t.Context(), tenant.Code) }, true},
		{"a removed tenant again", func() (bool, error) { return directory.RemoveTenant(t.Context(), tenant.Code) }, false},
		{"a removed county", func() (bool, error) { return directory.RemoveCounty(t.Context(), f.Code) }, true},
	} {
		changed, err := c.run()
		if err != nil || changed != c.changed {
			t.Errorf("%s: changed %v, %v; want %v", c.reason, changed, err, c.changed)
		}
		if c.changed {
			notified++
		}
	}
	for range notified {
		if _, err := listener.WaitForNotification(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if allowed(t, listener, `DELETE FROM directory.tenant`) || allowed(t, listener, `UPDATE directory.installation SET key_id = 'x'`) {
		t.Error("the shared API's login may write the directory")
	}
	if !allowed(t, listener, `SELECT 1 FROM directory.county`) {
		t.Error("the shared API's login may not read the directory")
	}
}
