package tenantdb_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// breakage × reason × words: what is broken, how it is named, and what the words tell the administrator to do.
func TestOpen_problems(t *testing.T) {
	t.Parallel()
	admin := pgtest.Server(t)
	relay, authority := pgtest.NewTLSRelay(t)
	_, strangers := pgtest.NewTLSRelay(t)
	with := func(change func(*postgres.Address)) postgres.Address {
		changed := admin
		change(&changed)
		return changed
	}
	secure := func(host, ca, mode string) postgres.Address {
		changed := relay.Through(admin)
		changed.Host, changed.CA, changed.SSLMode = host, ca, mode
		return changed
	}
	locked := newLogin(t, "NOLOGIN")
	crowded := newLogin(t, "CONNECTION LIMIT 0")
	for breakage, c := range map[string]struct {
		endpoint      postgres.Address
		reason, words string // "" opens
		retry         bool
	}{
		"nothing is broken":           {admin, "", "", false},
		"trusted certificate":         {secure("localhost", authority, "verify-full"), "", "", false},
		"trusted authority, any name": {secure("127.0.0.1", authority, "verify-ca"), "", "", false},
		"require with an authority":   {secure("127.0.0.1", authority, "require"), "", "", false},
		"require without one":         {secure("127.0.0.1", "", "require"), "", "", false},
		"unknown host":                {with(func(a *postgres.Address) { a.Host = "no-such-host.invalid" }), tenantdb.ReasonUnknownHost, "spec.host", true},
		"closed port":                 {with(func(a *postgres.Address) { a.Port = 1 }), tenantdb.ReasonUnreachable, "check host, port", true},
		"wrong password":              {with(func(a *postgres.Address) { a.Password = "wrong-and-secret" }), tenantdb.ReasonWrongPassword, "adminSecretRef", false},
		"unknown user":                {with(func(a *postgres.Address) { a.User = "nobody_like_this" }), tenantdb.ReasonWrongPassword, "adminSecretRef", false},
		"login not allowed":           {locked, tenantdb.ReasonAccessDenied, "pg_hba.conf", false},
		"login's limit reached":       {crowded, tenantdb.ReasonTooManyConnections, "max_connections", true},
		"no such database":            {with(func(a *postgres.Address) { a.Database = "no_such_database" }), tenantdb.ReasonAbsent, "maintenance database", false},
		"server without TLS":          {with(func(a *postgres.Address) { a.SSLMode = "verify-full" }), tenantdb.ReasonNoEncryption, "sslMode", false},
		"no mode means verify-full":   {with(func(a *postgres.Address) { a.SSLMode = "" }), tenantdb.ReasonNoEncryption, "sslMode", false},
		"unknown authority":           {secure("localhost", "", "verify-full"), tenantdb.ReasonUntrustedCertificate, "spec.ca", false},
		"another authority":           {secure("localhost", strangers, "verify-ca"), tenantdb.ReasonUntrustedCertificate, "spec.ca", false},
		"another authority, require":  {secure("localhost", strangers, "require"), tenantdb.ReasonUntrustedCertificate, "spec.ca", false},
		"certificate of another name": {secure("127.0.0.1", authority, "verify-full"), tenantdb.ReasonUntrustedCertificate, "spec.host", false},
		"authority that is no PEM":    {secure("localhost", "not a certificate", "verify-full"), tenantdb.ReasonInvalidEndpoint, "PEM", false},
		"mode that does not exist":    {with(func(a *postgres.Address) { a.SSLMode = "strict" }), tenantdb.ReasonInvalidEndpoint, "verify-full", false},
		"no host":                     {with(func(a *postgres.Address) { a.Host = "" }), tenantdb.ReasonInvalidEndpoint, "host", false},
		"no user":                     {with(func(a *postgres.Address) { a.User = "" }), tenantdb.ReasonInvalidEndpoint, "user", false},
	} {
		t.Run(breakage, func(t *testing.T) {
			t.Parallel()
			server, err := tenantdb.Open(t.Context(), c.endpoint)
			if err == nil {
				defer server.Close()
			}
			wantProblem(t, err, c.reason, c.words, c.retry)
			if problem, ok := tenantdb.AsProblem(err); ok && problem.MessageZH == "" {
				t.Errorf("whoever sets up a server reads Chinese too; only English: %s", problem.Message)
			}
			if err != nil && c.endpoint.Password != "" && strings.Contains(err.Error(), c.endpoint.Password) {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
}

func wantProblem(t *testing.T, err error, reason, words string, retry bool) {
	t.Helper()
	problem, ok := tenantdb.AsProblem(err)
	switch {
	case reason == "" && err != nil:
		t.Errorf("got %v, want no problem", err)
	case reason == "":
	case !ok:
		t.Errorf("got %v, want a Problem %s", err, reason)
	case problem.Reason != reason || problem.Retry != retry || !strings.Contains(problem.Message, words):
		t.Errorf("got %s (retry %v): %s\nwant %s (retry %v) with %q; cause: %v", problem.Reason, problem.Retry, problem.Message, reason, retry, words, problem.Unwrap())
	}
}

// newLogin makes a login with these attributes and removes it at the test's end.
func newLogin(t *testing.T, attributes string) postgres.Address {
	t.Helper()
	address := pgtest.Superuser(t)
	name := "tiaojie_test_" + strings.ToLower(strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()+attributes))
	drop := `DROP ROLE IF EXISTS ` + name
	pgtest.Exec(t, address, drop)
	pgtest.Exec(t, address, `CREATE ROLE `+name+` LOGIN PASSWORD 'test-login-password' `)
	pgtest.Exec(t, address, `ALTER ROLE `+name+` `+attributes)
	t.Cleanup(func() { pgtest.Exec(t, address, drop) })
	login := address
	login.User, login.Password = name, "test-login-password"
	return login
}

func TestObserve_missingRights(t *testing.T) {
	t.Parallel()
	server, err := tenantdb.Open(t.Context(), pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := server.EnsureRoles(t.Context(), tenantdb.Logins{API: pgtest.APIPassword, Worker: pgtest.WorkerPassword}); err != nil {
		t.Fatal(err)
	}
	for attributes, want := range map[string]string{
		"CREATEROLE CREATEDB": "",
		"NOCREATEDB":          "lacks CREATEROLE",
		"CREATEROLE":          "", // CREATEDB comes with tiaojie_operator, which exists
	} {
		weak, err := tenantdb.Open(t.Context(), newLogin(t, attributes))
		if err != nil {
			t.Fatal(err)
		}
		state, err := weak.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && state.Version >= 160000 {
			want = "GRANT tiaojie_operator" // from 16 on only the login that made a role may admit others to it
		}
		var said string
		for _, missing := range state.Missing {
			said += missing.Reason + ": " + missing.Message
		}
		if (want == "") != (said == "") || !strings.Contains(said, want) {
			t.Errorf("a login with %s: %q, want %q", attributes, said, want)
		}
		if want != "" {
			_, err := weak.EnsureRoles(t.Context(), tenantdb.Logins{API: pgtest.APIPassword, Worker: pgtest.WorkerPassword})
			wantProblem(t, err, tenantdb.ReasonMissingRight, "tiaojie_operator", false)
		}
		weak.Close()
	}
}

func TestObserve_server(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	state, err := f.Server.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state.Version < 150000 || state.VersionText == "" || state.MaxConnections < 1 || state.Superuser || len(state.Missing) > 0 {
		t.Errorf("observed %+v", state)
	}
	if !strings.Contains(strings.Join(state.Counties, " "), f.Code) {
		t.Errorf("county %s is not among %v", f.Code, state.Counties)
	}
}

// breakages of a provisioned county: the hand's SQL, the Ensure method that meets it, and what it says.
var breakages = map[string]struct {
	sql           string
	try           func(f *pgtest.Fixture, code string) error
	reason, words string
	retry         bool
}{
	"a newer release migrated the town": {
		`INSERT INTO tCODE.schema_migration VALUES (998, '0998_future.sql', 'x'), (999, '0999_future.sql', 'x')`,
		migrateTown, tenantdb.ReasonSchemaNewer, "newer release", false,
	},
	"the town's migration is another": {
		`UPDATE tCODE.schema_migration SET checksum = 'x'`, migrateTown, tenantdb.ReasonSchemaAltered, "does not carry", false,
	},
	"a newer release migrated the county": {
		`INSERT INTO county.schema_migration VALUES (999, '0999_future.sql', 'x')`,
		func(f *pgtest.Fixture, _ string) error {
			_, _, err := f.County.MigrateCounty(context.Background())
			return err
		},
		tenantdb.ReasonSchemaNewer, "newer release", false,
	},
	"the data keys are wrapped by another key": {
		`SELECT 1`,
		func(f *pgtest.Fixture, code string) error {
			_, err := f.County.EnsureDataKey(context.Background(), code, otherKey())
			return err
		},
		tenantdb.ReasonKeyMismatch, "tiaojie-keys", false,
	},
	"a data key was altered": {
		`UPDATE tCODE.data_key SET wrapped = overlay(wrapped placing '\x00'::bytea from 20)`,
		func(f *pgtest.Fixture, code string) error {
			_, err := f.County.EnsureDataKey(context.Background(), code, f.Keys)
			return err
		},
		tenantdb.ReasonKeyMismatch, "backup", false,
	},
	"the database belongs to somebody else": {
		`ALTER DATABASE county_COUNTY OWNER TO CURRENT_USER`,
		func(f *pgtest.Fixture, _ string) error {
			_, err := f.Server.EnsureCountyDatabase(context.Background(), f.Code)
			return err
		},
		tenantdb.ReasonNotOurs, "OWNER TO tiaojie_operator", false,
	},
	"the server became a standby": {
		`ALTER DATABASE county_COUNTY SET default_transaction_read_only = on`,
		func(f *pgtest.Fixture, _ string) error {
			county, err := f.Server.County(context.Background(), f.Code) // a new connection
			if err != nil {
				return err
			}
			defer county.Close()
			_, err = county.PutCounty(context.Background(), tenantdb.CountyEntry{Name: "x"})
			return err
		},
		tenantdb.ReasonUnexpected, "primary", true,
	},
	"the password is too short to keep": {
		`SELECT 1`,
		func(f *pgtest.Fixture, code string) error {
			_, err := f.County.EnsureSlot(context.Background(), code, "a", "short", 1)
			return err
		},
		tenantdb.ReasonInvalidName, "8 to 256", false,
	},
	"the schema was made by hand for somebody else": {
		`ALTER SCHEMA tCODE OWNER TO CURRENT_USER`,
		func(f *pgtest.Fixture, code string) error {
			_, err := f.County.EnsureTenantSchema(context.Background(), code)
			return err
		},
		tenantdb.ReasonMissingRight, `ALTER SCHEMA "tCODE" OWNER TO "oCODE"`, false,
	},
}

func otherKey() tenantdb.Keys {
	ring, err := seal.ParseKeyring("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "", "")
	if err != nil {
		panic(err)
	}
	return tenantdb.Keys{Ring: ring}
}

func TestProblems_ofACounty(t *testing.T) {
	t.Parallel()
	for breakage, c := range breakages {
		t.Run(breakage, func(t *testing.T) {
			t.Parallel()
			f := pgtest.County(t, "孙武镇")
			code := f.Towns[1]
			names := strings.NewReplacer("CODE", code, "COUNTY", f.Code)
			pgtest.Exec(t, f.AsSuperuser(), names.Replace(c.sql))
			wantProblem(t, c.try(f, code), c.reason, names.Replace(c.words), c.retry)
		})
	}
}

func migrateTown(f *pgtest.Fixture, code string) error {
	_, _, err := f.County.MigrateTenant(context.Background(), code)
	return err
}

// A server that stops and comes back needs nothing but another try.
func TestProblems_serverGoesAndComesBack(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	relay := pgtest.NewRelay(t)
	server, err := tenantdb.Open(t.Context(), relay.Through(f.Address))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	county, err := server.County(t.Context(), f.Code)
	if err != nil {
		t.Fatal(err)
	}
	defer county.Close()
	relay.Cut()
	_, err = server.Observe(t.Context())
	wantProblem(t, err, tenantdb.ReasonUnreachable, "check host, port", true)
	_, err = county.EnsureTenantRoles(t.Context(), f.Code+"101")
	wantProblem(t, err, tenantdb.ReasonUnreachable, "check host, port", true)
	_, err = tenantdb.Open(t.Context(), relay.Through(f.Address))
	wantProblem(t, err, tenantdb.ReasonUnreachable, "check host, port", true)
	relay.Mend()
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err = county.EnsureTenantRoles(t.Context(), f.Code+"101")
		if err == nil || time.Now().After(deadline) {
			break
		}
	}
	wantProblem(t, err, "", "", false)
}

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	got, err := tenantdb.ParseEndpoint("postgres://admin:s%40fe@db.example:6432/maintenance?sslmode=verify-ca")
	want := tenantdb.Endpoint{Host: "db.example", Port: 6432, Database: "maintenance", User: "admin", Password: "s@fe", SSLMode: "verify-ca"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = tenantdb.ParseEndpoint("mysql://root:secret-word@db/x")
	wantProblem(t, err, tenantdb.ReasonInvalidEndpoint, "postgres://", false)
	if strings.Contains(err.Error(), "secret-word") {
		t.Errorf("the error repeats the password: %v", err)
	}
}
