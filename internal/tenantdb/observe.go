package tenantdb

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// CountyState is a county's database as its catalogs tell it.
type CountyState struct {
	SchemaVersion int                    // of the schema county; 0 = none
	Drift         []Finding              // in the county's own roles, database, grants and policies
	Tenants       map[string]TenantState // by code; every tenant with a claim, a schema or a row
	Record        RecordState            // of the county's own record
}

// RecordState is the last checkpoint of a sealed record; zero: there is none.
type RecordState struct {
	Size int64
	Root []byte
	At   time.Time
}

// TenantState is one tenant's part of CountyState.
type TenantState struct {
	Code          string
	SchemaExists  bool
	Owner         string // of the schema
	SchemaVersion int
	DataKeys      int // 0: none yet, or they were shredded
	Slots         []SlotState
	OpenCases     int   // cases it is custodian of that are not ended
	StoredBytes   int64 // of its attachments
	Record        RecordState
	Claim         string // "", held or retained
	ClaimUID      string
	GrantsDigest  string    // of all grants on its schema and tables
	Drift         []Finding // empty: as declared
}

// SlotState is one login of a tenant.
type SlotState struct {
	Name            string // t<code>_a
	Login           bool
	ConnectionLimit int
}

// Finding is one difference between what is declared and what is there.
type Finding struct {
	Object  string // e.g. role t371621101, grant on t371621101
	Message string // what differs, in words
}

// evidence is what the catalogs say, read once for the whole county.
type evidence struct {
	roles    map[string]roleState
	members  memberships
	rights   map[string]map[right]bool
	owners   map[string]string // schema → owner
	tables   map[string]string // schema → its first relation that the schema's owner does not own
	policies []policyState
	database []Finding
	versions map[string]int // schema → version
	keys     map[string]int // schema → data keys
	stored   map[string]int // schema → bytes of attachments
}

var tenantSchema = regexp.MustCompile(`^t[0-9]{9}$`)

// Observe reads the whole county by one set of catalog queries. Ensure methods repair what it finds.
func (c *County) Observe(ctx context.Context) (CountyState, error) {
	state := CountyState{Tenants: map[string]TenantState{}}
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, c.pool, options, func(tx pgx.Tx) error {
		seen, err := c.gather(ctx, tx)
		if err != nil {
			return err
		}
		if err := c.listTenants(ctx, tx, seen, &state); err != nil {
			return err
		}
		if err := c.observeRecords(ctx, tx, &state); err != nil {
			return err
		}
		state.SchemaVersion = seen.versions["county"]
		state.Drift = c.countyDrift(seen)
		for code, tenant := range state.Tenants {
			state.Tenants[code] = seen.describe(tenant)
		}
		return nil
	})
	return state, problemOf(err, "observe county "+c.code)
}

func (c *County) gather(ctx context.Context, tx pgx.Tx) (seen evidence, err error) {
	rows, err := tx.Query(ctx, `SELECT rolname FROM pg_roles WHERE rolname ~ ('^[ot]' || $1 || '([0-9]{3}(_[ab])?)?$')
		OR rolname IN ('county_' || $1, 'county_' || $1 || '_towns')`, c.code)
	if err != nil {
		return seen, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return seen, err
	}
	if seen.roles, err = findRoles(ctx, tx, names...); err != nil {
		return seen, err
	}
	if seen.members, err = findMemberships(ctx, tx, names...); err != nil {
		return seen, err
	}
	if err = seen.gatherSchemas(ctx, tx); err != nil {
		return seen, err
	}
	schemas := sortedKeys(seen.owners)
	if seen.rights, err = observeRights(ctx, tx, schemas); err != nil {
		return seen, err
	}
	if seen.policies, err = observePolicies(ctx, tx); err != nil {
		return seen, err
	}
	if seen.versions, err = schemaNumbers(ctx, tx, "schema_migration", "COALESCE(max(version), 0)", schemas); err != nil {
		return seen, err
	}
	if seen.keys, err = schemaNumbers(ctx, tx, "data_key", "count(*) FILTER (WHERE kek <> '"+postgres.ShreddedKEK+"')", schemas); err != nil {
		return seen, err
	}
	if seen.stored, err = schemaNumbers(ctx, tx, "attachment_usage", "COALESCE(max(bytes), 0)", schemas); err != nil {
		return seen, err
	}
	seen.database, _, err = databaseDrift(ctx, tx, CountyDatabase(c.code), []string{APILogin, WorkerLogin, TownsRole(c.code)})
	return seen, err
}

func (seen *evidence) gatherSchemas(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT n.nspname, pg_get_userbyid(n.nspowner)::text,
		COALESCE((SELECT min(c.relname) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relowner <> n.nspowner), '')
		FROM pg_namespace n WHERE n.nspname ~ '^(t[0-9]{9}|county)$'`)
	if err != nil {
		return err
	}
	seen.owners, seen.tables = map[string]string{}, map[string]string{}
	var schema, owner, table string
	_, err = pgx.ForEachRow(rows, []any{&schema, &owner, &table}, func() error {
		seen.owners[schema], seen.tables[schema] = owner, table
		return nil
	})
	return err
}

// schemaNumbers reads a number from a table of every schema that has it, in one statement. A table that belongs to
// somebody else, in a schema that nobody claims, must not keep the county from being read.
func schemaNumbers(ctx context.Context, tx pgx.Tx, table, number string, schemas []string) (map[string]int, error) {
	rows, err := tx.Query(ctx, `SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = $2 AND c.relkind = 'r' AND n.nspname = ANY($1)
		AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`, schemas, table)
	if err != nil {
		return nil, err
	}
	holders, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(holders) == 0 {
		return nil, err
	}
	parts := make([]string, len(holders))
	for i, schema := range holders {
		// The name matched a pattern of digits and letters, so it is safe as a literal.
		parts[i] = fmt.Sprintf(`SELECT '%s', %s FROM %s`, schema, number, pgx.Identifier{schema, table}.Sanitize())
	}
	rows, err = tx.Query(ctx, strings.Join(parts, " UNION ALL "))
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	var (
		schema string
		value  int
	)
	_, err = pgx.ForEachRow(rows, []any{&schema, &value}, func() error { found[schema] = value; return nil })
	return found, err
}

// listTenants finds every tenant that has a schema, a claim or a row, with its claim and its open cases.
func (c *County) listTenants(ctx context.Context, tx pgx.Tx, seen evidence, state *CountyState) error {
	for schema := range seen.owners {
		if tenantSchema.MatchString(schema) {
			state.Tenants[schema[1:]] = TenantState{Code: schema[1:]}
		}
	}
	if _, ok := seen.owners["county"]; !ok {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT u.code, COALESCE(c.state, ''), COALESCE(c.uid, ''), COALESCE(i.open, 0)
		FROM (SELECT name AS code FROM county.claim WHERE kind = 'Township' UNION SELECT code FROM county.tenant) u
		LEFT JOIN county.claim c ON c.kind = 'Township' AND c.name = u.code
		LEFT JOIN (SELECT custodian, count(*) AS open FROM county.case_index WHERE open GROUP BY 1) i ON i.custodian = u.code`)
	if err != nil {
		return err
	}
	var t TenantState
	_, err = pgx.ForEachRow(rows, []any{&t.Code, &t.Claim, &t.ClaimUID, &t.OpenCases}, func() error {
		state.Tenants[t.Code] = t
		return nil
	})
	return err
}

// observeRecords reads the last checkpoints. A county that is not migrated yet has none.
func (c *County) observeRecords(ctx context.Context, tx pgx.Tx, state *CountyState) error {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT COALESCE((SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'county' AND c.relname = 'audit_checkpoint'), false)`).Scan(&exists); err != nil || !exists {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT u.code, c.size, c.root, c.at FROM (SELECT code FROM county.tenant UNION ALL SELECT $1) u
		CROSS JOIN LATERAL (SELECT size, root, at FROM county.audit_checkpoint WHERE tenant = u.code ORDER BY number DESC LIMIT 1) c`, c.code)
	if err != nil {
		return err
	}
	var (
		code   string
		record RecordState
	)
	_, err = pgx.ForEachRow(rows, []any{&code, &record.Size, &record.Root, &record.At}, func() error {
		if code == c.code {
			state.Record = record
		} else if tenant, known := state.Tenants[code]; known {
			tenant.Record = record
			state.Tenants[code] = tenant
		}
		record.Root = nil
		return nil
	})
	return err
}

func (c *County) countyDrift(seen evidence) []Finding {
	drift := slices.Clone(seen.database)
	for _, group := range countyGroups(c.code) {
		findings, _ := group.drift(seen.roles, seen.members)
		drift = append(drift, findings...)
	}
	if _, ok := seen.owners["county"]; !ok {
		return append(drift, Finding{Object: "schema county", Message: "does not exist"})
	}
	drift = append(drift, seen.ownerDrift("county", OwnerRole(c.code))...)
	findings, _ := rightsDrift("county", declaredRights(countyGrants, c.code), seen.rights["county"])
	drift = append(drift, findings...)
	findings, _ = policyDrift(c.code, seen.policies)
	return append(drift, findings...)
}

func (seen evidence) ownerDrift(schema, owner string) []Finding {
	var drift []Finding
	if seen.owners[schema] != owner {
		drift = append(drift, Finding{Object: "schema " + schema, Message: "belongs to " + seen.owners[schema] + " instead of " + owner})
	}
	if table := seen.tables[schema]; table != "" {
		drift = append(drift, Finding{Object: "table " + schema + "." + table, Message: "does not belong to " + owner + ": if it is to stay, run ALTER TABLE … OWNER TO " + owner})
	}
	return drift
}

// describe fills in what the evidence says about one tenant.
func (seen evidence) describe(t TenantState) TenantState {
	schema := TenantRole(t.Code)
	t.Owner, t.SchemaExists = seen.owners[schema]
	t.SchemaVersion, t.DataKeys, t.StoredBytes = seen.versions[schema], seen.keys[schema], int64(seen.stored[schema])
	t.GrantsDigest = digestOf(seen.rights[schema])
	for _, group := range tenantGroups(t.Code) {
		findings, _ := group.drift(seen.roles, seen.members)
		t.Drift = append(t.Drift, findings...)
	}
	if !t.SchemaExists {
		t.Drift = append(t.Drift, Finding{Object: "schema " + schema, Message: "does not exist"})
	} else {
		t.Drift = append(t.Drift, seen.ownerDrift(schema, OwnerRole(t.Code))...)
		findings, _ := rightsDrift(schema, declaredRights(tenantGrants, t.Code), seen.rights[schema])
		t.Drift = append(t.Drift, findings...)
	}
	for _, slot := range []string{"a", "b"} {
		if role, ok := seen.roles[SlotLogin(t.Code, slot)]; ok {
			t.Slots = append(t.Slots, SlotState{Name: role.name, Login: role.login, ConnectionLimit: role.connections})
			t.Drift = append(t.Drift, seen.slotDrift(t.Code, role)...)
		}
	}
	return t
}

// slotDrift leaves LOGIN and the connection limit to the caller, who knows what the resource asks for.
func (seen evidence) slotDrift(code string, role roleState) []Finding {
	var drift []Finding
	note := func(message string) { drift = append(drift, Finding{Object: "role " + role.name, Message: message}) }
	if len(settingStatements(loginSpec{name: role.name, config: slotSettings(code)}, role)) > 0 {
		note("its settings at login were changed")
	}
	if len(role.excess) > 0 || !role.inherit {
		note("its attributes were changed")
	}
	for _, m := range seen.members {
		if m.member == role.name && m.group != TenantRole(code) {
			note("is in " + m.group + ", which is not declared")
		}
	}
	if !seen.members.has(TenantRole(code), role.name) {
		note("is not in " + TenantRole(code))
	}
	return drift
}
