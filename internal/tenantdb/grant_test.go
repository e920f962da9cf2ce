package tenantdb_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// What each caller may do on each table, in letters: S SELECT, I INSERT, U UPDATE, D DELETE. What is not here is
// forbidden, to everybody, on every table that the catalogs show: a new table is forbidden until a line allows it.
var (
	mayOnOwnTables = map[string]string{
		"schema_migration":    "S",
		"data_key":            "S",
		"committee":           "S",
		"numbering":           "SIU",
		"cases":               "SIU",
		"party":               "SID",
		"record":              "SIU", // what happened is never removed
		"mediator":            "SIU",
		"invitation":          "SIUD",
		"clock":               "SIU",
		"case_search":         "SIU",
		"journal":             "SI", // append-only
		"audit":               "SI", // append-only
		"attachment":          "SIU",
		"attachment_usage":    "SIU",
		"attachment_leftover": "SIUD",
		"attachment_link":     "SID",
		"notice":              "SIUD", // a message, not a record: the journal says what happened
		"screening_round":     "SIU", "round_grid": "SID", "round_journal": "SI", "zero_report": "SI",
		"lead_import": "SI", "lead_import_sheet": "SID", "lead": "SIU", "lead_journal": "SI", "party_key": "SID", "backfill": "SIU",
		"delivery":        "SIUD",
		"idempotency_key": "SID",
	}
	townsOnCounty = map[string]string{
		"schema_migration": "S",
		"blind_key":        "S", // wrapped
		"county":           "S",
		"tenant":           "S",
		"member":           "SIUD",
		"case_index":       "SIU",
		"party_index":      "SID",
		"clock":            "SIUD",
		"reference":        "SI",
		"event":            "SI",
		"organisation":     "SIU",
		"mediator":         "SIU",
		"posting":          "SIUD",
		"legal_adviser":    "SIU",
		"registry_journal": "SI", // append-only
		"audit_leaf":       "S",  // seals are added by the county's role alone
		"audit_checkpoint": "S",
	}
	countyOnCounty = map[string]string{
		"schema_migration": "S",
		"blind_key":        "S", // wrapped
		"county":           "S",
		"tenant":           "S",
		"member":           "SIUD",
		"case_index":       "S",
		"party_index":      "S",
		"clock":            "S",
		"reference":        "SI",
		"event":            "S",
		"idempotency_key":  "SID",
		"organisation":     "S",
		"mediator":         "S",
		"posting":          "S",
		"legal_adviser":    "S",
		"audit":            "SI", // append-only
		"audit_leaf":       "SI", // append-only
		"audit_checkpoint": "SI", // append-only
	}
)

// caller is somebody who reached the county's database: a login, and the role it then becomes.
type caller struct {
	name  string
	login postgres.Address
	role  string                       // "" stays the login
	may   map[string]map[string]string // schema → table → letters
}

func callers(f *pgtest.Fixture) []caller {
	desk, one := f.Towns[0], f.Towns[1]
	api, worker := f.As(tenantdb.APILogin, pgtest.APIPassword), f.As(tenantdb.WorkerLogin, pgtest.WorkerPassword)
	as := func(code string) map[string]map[string]string {
		return map[string]map[string]string{tenantdb.TenantRole(code): mayOnOwnTables, "county": townsOnCounty}
	}
	county := map[string]map[string]string{"county": countyOnCounty}
	nothing := map[string]map[string]string{}
	return []caller{
		{"a town's login", f.AsSlot(one), "", as(one)},
		{"a town's login that gives up its role", f.AsSlot(one), "NONE", as(one)},
		{"a town's login as the group of towns", f.AsSlot(one), tenantdb.TownsRole(f.Code), map[string]map[string]string{"county": townsOnCounty}},
		{"the desk's login", f.AsSlot(desk), "", as(desk)},
		{"the shared API before it becomes anybody", api, "", nothing},
		{"the shared API as a town", api, tenantdb.TenantRole(one), as(one)},
		{"the shared API as the desk", api, tenantdb.TenantRole(desk), as(desk)},
		{"the shared API as the county", api, tenantdb.CountyRole(f.Code), county},
		{"the worker before it becomes anybody", worker, "", nothing},
		{"the worker as a town", worker, tenantdb.TenantRole(one), as(one)},
		{"the worker as the county", worker, tenantdb.CountyRole(f.Code), county},
	}
}

type table struct{ schema, name, column string }

func tables(t *testing.T, f *pgtest.Fixture) []table {
	t.Helper()
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT n.nspname, c.relname, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND attidentity = '' ORDER BY attnum LIMIT 1)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (table, error) {
		var found table
		err := row.Scan(&found.schema, &found.name, &found.column)
		return found, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// attempts are the verbs with a statement that shows whether one is allowed. EXPLAIN checks rights and changes nothing.
var attempts = map[string]string{
	"S": `EXPLAIN SELECT 1 FROM %[1]s`,
	"I": `EXPLAIN INSERT INTO %[1]s DEFAULT VALUES`,
	"U": `EXPLAIN UPDATE %[1]s SET %[2]s = NULL`,
	"D": `EXPLAIN DELETE FROM %[1]s`,
	"T": `TRUNCATE %[1]s`,
	"A": `ALTER TABLE %[1]s ADD COLUMN planted text`,
	"X": `DROP TABLE %[1]s CASCADE`,
}

// drill tries every verb of every caller on every table and gives the differences from what may be.
func drill(t *testing.T, f *pgtest.Fixture) (tried int, wrong []string) {
	t.Helper()
	all := tables(t, f)
	for _, who := range callers(f) {
		conn := become(t, who.login, who.role)
		for _, on := range all {
			for verb, statement := range attempts {
				tried++
				want := strings.Contains(who.may[on.schema][on.name], verb)
				name := pgx.Identifier{on.schema, on.name}.Sanitize()
				if got := allowed(t, conn, fmt.Sprintf(statement, name, pgx.Identifier{on.column}.Sanitize())); got != want {
					wrong = append(wrong, fmt.Sprintf("%s: %s on %s is allowed: %v, should be %v", who.name, verb, name, got, want))
				}
			}
		}
		_ = conn.Close(context.Background())
	}
	sort.Strings(wrong)
	return tried, wrong
}

func become(t *testing.T, login postgres.Address, role string) *pgx.Conn {
	t.Helper()
	conn := pgtest.Connect(t, login)
	if role == "" {
		return conn
	}
	if _, err := conn.Exec(t.Context(), `SET ROLE `+role); err != nil {
		t.Fatalf("%s: SET ROLE %s: %v", login.User, role, err)
	}
	return conn
}

// allowed tries a statement and takes it back.
func allowed(t *testing.T, conn *pgx.Conn, statement string) bool {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = conn.PgConn().Exec(t.Context(), statement).ReadAll()
	var answer *pgconn.PgError
	if err != nil && !errors.As(err, &answer) {
		t.Fatalf("%s: %v", statement, err)
	}
	return err == nil || answer.Code != "42501"
}

func TestGrants_everyRoleOnEveryTable(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	tried, wrong := drill(t, f)
	t.Logf("%d attempts: %d callers × %d tables × %d verbs", tried, len(callers(f)), len(tables(t, f)), len(attempts))
	if tried == 0 {
		t.Fatal("nothing was tried: the drill proves nothing")
	}
	for _, line := range wrong {
		t.Error(line)
	}

	// A drill that cannot turn red proves nothing either: one foreign grant must be seen.
	town, neighbour := tenantdb.TenantRole(f.Towns[1]), tenantdb.TenantRole(f.Towns[2])
	pgtest.Exec(t, f.AsSuperuser(), `GRANT USAGE ON SCHEMA `+neighbour+` TO `+town+`; GRANT SELECT ON `+neighbour+`.cases TO `+town)
	_, wrong = drill(t, f)
	if len(wrong) == 0 {
		t.Fatal("a planted grant on the neighbour's cases was not seen")
	}
	for _, line := range wrong {
		if !strings.Contains(line, `S on "`+neighbour+`"."cases"`) {
			t.Errorf("the planted grant shows elsewhere: %s", line)
		}
	}
}
