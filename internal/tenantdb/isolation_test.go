package tenantdb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// plantRows gives every tenant one row of its own in every shared table, and the county a member.
func plantRows(t *testing.T, f *pgtest.Fixture) {
	t.Helper()
	for _, code := range f.Towns {
		pgtest.Exec(t, f.AsSuperuser(), strings.NewReplacer("CODE", code, "ORG", planted(code)).Replace(`
			INSERT INTO county.member VALUES ('CODE', 'https://id.example', 'someone', 'Someone', '{clerk}', 'api', 1, now());
			INSERT INTO county.case_index (origin, case_id, custodian, state, open, type, source, registration, filed_at, updated_at, version)
				VALUES ('CODE', gen_random_uuid(), 'CODE', 'accepted', true, '01', 'application', 'CODE-2026-000001', now(), now(), 1);
			INSERT INTO county.party_index VALUES ('CODE', 'case', gen_random_uuid(), '\\x00', now());
			INSERT INTO county.event (tenant, type, case_id, version, at) VALUES ('CODE', 'case.file', gen_random_uuid(), 1, now());
			INSERT INTO county.organisation VALUES ('CODE', 'ORG', 1, 'town', 'active', '某镇人民调解委员会', 'CODE', '{}', '{}', NULL, false, false, NULL, now(), now(), '');
			INSERT INTO county.mediator VALUES ('CODE', 'ORG', 1, 'active', '孙*', '', NULL, '', '', '{}', NULL, false, false, false, NULL, now(), now(), '');
			INSERT INTO county.posting VALUES ('CODE', 'ORG', 'ORG', 'CODE', 'ORG', 'full-time', '2020-01-01', NULL, CODE);
			INSERT INTO county.legal_adviser VALUES ('CODE', 'ORG', 1, 'active', '郑*', '{}', '2026-01-01', '2026-12-31', 0, now(), now(), '');
			INSERT INTO county.registry_journal VALUES ('CODE', gen_random_uuid(), 'ORG', now(), 'i', 's', 'register', 1, '');`))
	}
	for _, unit := range append([]string{f.Code[:2], f.Code}, f.Towns...) {
		pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at)
			VALUES ('`+unit+`', 'clocks', '1', 1, '2026-01-01', '', '', now())`)
	}
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO county.member VALUES ('`+f.Code+`', 'https://id.example', 'head', 'Head', '{county-administrator}', 'resource', 1, now());
		INSERT INTO county.idempotency_key VALUES ('p', 'k', 'f', 'r', 1, true)`)
}

// planted is the id of a tenant's organisation, mediator and adviser.
func planted(code string) string { return "00000000-0000-7000-8000-000" + code }

func ask(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestRowLevelSecurity_whoSeesWhichRows(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	plantRows(t, f)
	desk, one, two := f.Towns[0], f.Towns[1], f.Towns[2]
	every := strings.Join([]string{desk, one, two}, " ")
	above := f.Code[:2] + " " + f.Code // the province's documents are everybody's, the county's are its towns'
	api := f.As(tenantdb.APILogin, pgtest.APIPassword)

	units := map[string]string{ // shared table → its column that names the unit
		"tenant": "code", "member": "unit", "case_index": "origin", "party_index": "tenant", "event": "tenant",
		"organisation": "tenant", "mediator": "tenant", "posting": "tenant", "legal_adviser": "tenant", "reference": "unit",
	}
	for name, c := range map[string]struct {
		reason string
		login  postgres.Address
		role   string
		want   map[string]string
	}{
		"town": {
			reason: "a town sees its own rows, and the county's members because they act in it",
			login:  f.AsSlot(one),
			want:   seenBy(one, f.Code+" "+one, desk+" "+one, above+" "+one),
		},
		"town through the shared API": {
			reason: "the same role sees the same, whoever became it",
			login:  api, role: tenantdb.TenantRole(two),
			want: seenBy(two, f.Code+" "+two, desk+" "+two, above+" "+two),
		},
		"login without its role": {
			reason: "the policies compare the role's name, and a login's name is no tenant",
			login:  f.AsSlot(one), role: "NONE",
			want: seenBy("", f.Code, desk, above),
		},
		"group of towns": {
			reason: "the group has the grants and no row is its own",
			login:  f.AsSlot(one), role: tenantdb.TownsRole(f.Code),
			want: seenBy("", "", "", f.Code[:2]),
		},
		"county": {
			reason: "the county's role sees the whole county",
			login:  api, role: tenantdb.CountyRole(f.Code),
			want: seenBy(every, f.Code+" "+every, every, above+" "+every),
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := become(t, c.login, c.role)
			defer func() { _ = conn.Close(context.Background()) }()
			for table, column := range units {
				got := ask(t, conn, `SELECT COALESCE(string_agg(u, ' ' ORDER BY u), '') FROM (SELECT `+column+` AS u FROM county.`+table+`) x`)
				if got != c.want[table] {
					t.Errorf("%s: %s shows %q, want %q", c.reason, table, got, c.want[table])
				}
			}
		})
	}
}

// seenBy is what a role sees of each shared table: rows of which units, which members, whose organisations.
func seenBy(own, members, organisations, references string) map[string]string {
	return map[string]string{"tenant": own, "member": members, "case_index": own, "party_index": own, "event": own,
		"organisation": organisations, "mediator": own, "posting": own, "legal_adviser": own, "reference": references}
}

func TestIsolation_tricksOfATown(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	plantRows(t, f)
	one, two := f.Towns[1], f.Towns[2]
	replace := strings.NewReplacer("PONE", planted(one), "PTWO", planted(two), "ONE", one, "TWO", two, "COUNTY", f.Code)
	attempts := map[string]string{
		`SET ROLE tTWO`:                            "the neighbour's role",
		`SET ROLE oONE`:                            "its own schema's owner, who may alter tables",
		`SET ROLE oCOUNTY`:                         "the county schema's owner, whom row-level security does not bind",
		`SET ROLE county_COUNTY`:                   "the county's role",
		`SET ROLE tiaojie_operator`:                "the operator",
		`SET ROLE tiaojie_api`:                     "the shared API's login",
		`SET ROLE tTWO_a`:                          "the neighbour's login",
		`SET SESSION AUTHORIZATION tTWO`:           "another session user",
		`SELECT set_config('role', 'tTWO', false)`: "the role by its setting",
		`SELECT set_config('session_authorization', 'tTWO', false)`: "the session's user by its setting",
		`SET row_security = off; SELECT 1 FROM county.case_index`:   "reading without row-level security",
		`ALTER TABLE county.case_index DISABLE ROW LEVEL SECURITY`:  "switching it off",
		`CREATE POLICY mine ON county.case_index USING (true)`:      "a policy of its own",
		`INSERT INTO county.case_index (origin, case_id, custodian, state, open, type, source, registration, filed_at, updated_at, version)
			VALUES ('TWO', gen_random_uuid(), 'TWO', 'accepted', true, '01', 'application', 'x', now(), now(), 1)`: "a case in the neighbour's name",
		`INSERT INTO county.case_index (origin, case_id, custodian, state, open, type, source, registration, filed_at, updated_at, version)
			VALUES ('ONE', gen_random_uuid(), 'TWO', 'accepted', true, '01', 'application', 'x', now(), now(), 1)`: "a case pushed into the neighbour's custody",
		`UPDATE county.case_index SET custodian = 'TWO'`:                                                                                                           "its own case pushed away without being asked for",
		`INSERT INTO county.member VALUES ('TWO', 'i', 's', '', '{}', 'api', 1, now())`:                                                                            "a member of the neighbour",
		`INSERT INTO county.member VALUES ('COUNTY', 'i', 's', '', '{}', 'api', 1, now())`:                                                                         "a member of the county",
		`INSERT INTO county.member VALUES ('ONE', 'i', 's', '', '{}', 'resource', 1, now())`:                                                                       "a member in the operator's name",
		`UPDATE county.member SET unit = 'TWO'`:                                                                                                                    "its own member moved to the neighbour",
		`INSERT INTO county.event (tenant, type, case_id, version, at) VALUES ('TWO', 'x', gen_random_uuid(), 1, now())`:                                           "an event in the neighbour's name",
		`INSERT INTO county.organisation SELECT 'TWO', gen_random_uuid(), 1, 'town', 'active', 'x', 'TWO', '{}', '{}', NULL, false, false, NULL, now(), now(), ''`: "an organisation in the neighbour's name",
		`INSERT INTO county.mediator SELECT 'TWO', gen_random_uuid(), 1, 'active', 'x', '', NULL, '', '', '{}', NULL, false, false, false, NULL, now(), now(), ''`: "a mediator in the neighbour's name",
		`INSERT INTO county.posting SELECT 'ONE', gen_random_uuid(), 'PONE', 'TWO', 'PTWO', 'part-time', '2020-01-01'`:                                             "its mediator in the neighbour's organisation",
		`UPDATE county.organisation SET tenant = 'TWO'`:                                                                                                            "its own organisation moved to the neighbour",
		`DELETE FROM county.mediator`:                   "its own mediator removed",
		`UPDATE county.registry_journal SET verb = 'x'`: "its own registry's journal",
		`DELETE FROM county.registry_journal`:           "its own registry's journal, away",
		`INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at) VALUES ('TWO', 'clocks', '2', 2, '2026-01-01', '', '', now())`:          "a rule in the neighbour's name",
		`INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at) VALUES ('COUNTY', 'clocks', '2', 2, '2026-01-01', '', '', now())`:       "a rule for the whole county",
		`INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at) VALUES (left('ONE', 2), 'clocks', '2', 2, '2026-01-01', '', '', now())`: "a rule in the province's name",
		`UPDATE county.reference SET body = 'x'`:                          "what is published, its own included",
		`DELETE FROM county.reference`:                                    "what is published, removed",
		`SELECT 1 FROM county.claim`:                                      "the claims",
		`SELECT 1 FROM county.idempotency_key`:                            "the county's idempotency keys",
		`SELECT 1 FROM tTWO.cases`:                                        "the neighbour's cases",
		`DELETE FROM tONE.journal`:                                        "its own journal",
		`UPDATE tONE.journal SET verb = 'x'`:                              "its own journal",
		`CREATE TABLE tONE.mine (a int)`:                                  "a table of its own",
		`CREATE TABLE public.mine (a int)`:                                "a table in public",
		`CREATE TEMP TABLE mine (a int)`:                                  "a temporary table, which could shadow a real one",
		`CREATE SCHEMA mine`:                                              "a schema",
		`CREATE FUNCTION tONE.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`: "a function",
		`COPY tONE.cases TO PROGRAM 'true'`:                               "a program on the server",
		`SELECT pg_read_file('/etc/passwd')`:                              "a file of the server",
		`SELECT 1 FROM pg_authid`:                                         "the passwords' verifiers",
		`GRANT tONE TO tTWO`:                                              "letting the neighbour in",
		`ALTER ROLE tTWO_a PASSWORD 'x'`:                                  "the neighbour's password",
		`ALTER ROLE tONE_a CONNECTION LIMIT 1000`:                         "more connections for itself",
	}
	t.Logf("%d attempts of a town to leave its place", len(attempts))
	for statement, reason := range attempts {
		t.Run(reason, func(t *testing.T) {
			conn := pgtest.Connect(t, f.AsSlot(one))
			defer func() { _ = conn.Close(context.Background()) }()
			_, err := conn.PgConn().Exec(t.Context(), replace.Replace(statement)).ReadAll()
			var answer *pgconn.PgError
			if !errors.As(err, &answer) || answer.Code != "42501" {
				t.Errorf("a town tries %s: got %v, want 42501", reason, err)
			}
		})
	}
}

func TestIsolation_settingsAreNoIdentity(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	plantRows(t, f)
	one, two := f.Towns[1], f.Towns[2]
	for _, statement := range []string{
		`SET app.tenant = '` + two + `'`,
		`SET search_path = t` + two + `, county`,
		`SET application_name = 't` + two + `'`,
		`RESET ROLE`, // goes back to the role that the login was given, not to more
		`RESET ALL`,
		`DISCARD ALL`,
	} {
		conn := pgtest.Connect(t, f.AsSlot(one))
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
		if got := ask(t, conn, `SELECT current_user::text || ' ' || COALESCE((SELECT string_agg(origin, ' ') FROM county.case_index), '')`); got != "t"+one+" "+one {
			t.Errorf("after %s a town is and sees %q", statement, got)
		}
		_ = conn.Close(context.Background())
	}
}

func TestIsolation_otherCounty(t *testing.T) {
	t.Parallel()
	here, there := pgtest.County(t, "孙武镇"), pgtest.County(t, "何坊街道")
	login := here.AsSlot(here.Towns[1])
	login.Database = tenantdb.CountyDatabase(there.Code)
	_, err := pgtest.TryConnect(login)
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || answer.Code != "42501" {
		t.Errorf("a town connects to another county's database: got %v, want 42501", err)
	}
}

func TestRoles_nobodyWhoServesCanBecomeAnOwner(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	const owners = `SELECT DISTINCT o.rolname FROM pg_roles o WHERE o.rolname ~ ('^o' || $1) OR o.rolname = 'tiaojie_operator'`
	const runtime = `SELECT rolname FROM pg_roles WHERE rolname ~ ('^(t|county_)' || $1) OR rolname IN ('tiaojie_api', 'tiaojie_worker')`
	var pairs int
	var bad string
	err := conn.QueryRow(t.Context(), `SELECT count(*), COALESCE(string_agg(r.rolname || ' → ' || o.rolname, ', ') FILTER (WHERE pg_has_role(r.rolname, o.rolname, 'MEMBER')), '')
		FROM (`+runtime+`) r CROSS JOIN (`+owners+`) o`, f.Code).Scan(&pairs, &bad)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pairs of a serving role and an owner", pairs)
	if pairs == 0 {
		t.Fatal("no pair was looked at: the test proves nothing")
	}
	if bad != "" {
		t.Errorf("these can become owners: %s", bad)
	}
	owned := ask(t, conn, `SELECT COALESCE(string_agg(c.relname, ', '), '') FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolcanlogin AND NOT r.rolsuper`)
	if owned != "" {
		t.Errorf("logins own %s", owned)
	}
}

// A login's settings hold from its first statement on.
func TestSlot_settings(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	conn := pgtest.Connect(t, f.AsSlot(f.Towns[1]))
	defer func() { _ = conn.Close(context.Background()) }()
	for setting, want := range map[string]string{
		"role": "t" + f.Towns[1], "search_path": "t" + f.Towns[1] + ", county", "statement_timeout": "15s", "lock_timeout": "5s",
		"idle_in_transaction_session_timeout": "30s",
	} {
		if got := ask(t, conn, `SELECT current_setting('`+setting+`')`); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}
