package tenantdb

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// defaultPattern is the form of a 人调字 number until the committee chooses its own.
const defaultPattern = "（{year}）{prefix}人调字第{serial:4}号"

// EnsureTenantRoles makes the owner role o<code> and the tenant role t<code> with their memberships. Two towns touch no
// common catalog row, so they can be made at the same time.
func (c *County) EnsureTenantRoles(ctx context.Context, code string) (changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return false, err
	}
	err = locked(ctx, c.pool, "unit "+code, func(tx pgx.Tx) error {
		changed, err = ensureGroups(ctx, tx, tenantGroups(code))
		return err
	})
	return changed, problemOf(err, "make the roles of "+code)
}

// EnsureTenantSchema makes the schema t<code>, owned by o<code>.
func (c *County) EnsureTenantSchema(ctx context.Context, code string) (changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return false, err
	}
	err = locked(ctx, c.pool, "unit "+code, func(tx pgx.Tx) error {
		var owner *string
		const ask = `SELECT (SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = $1)`
		if err := tx.QueryRow(ctx, ask, TenantRole(code)).Scan(&owner); err != nil {
			return err
		}
		switch {
		case owner == nil:
			changed, err = run(ctx, tx, []string{fmt.Sprintf(`CREATE SCHEMA %s AUTHORIZATION %s`, quoted(TenantRole(code)), quoted(OwnerRole(code)))})
		case *owner != OwnerRole(code):
			alter := fmt.Sprintf(`ALTER SCHEMA %s OWNER TO %s`, quoted(TenantRole(code)), quoted(OwnerRole(code)))
			if changed, err = run(ctx, tx, []string{alter}); lacksRight(err) {
				return foreignOwner("schema "+TenantRole(code), *owner, c.code, alter)
			}
		}
		return err
	})
	return changed, problemOf(err, "make the schema of "+code)
}

// foreignOwner says that what is to be adopted belongs to somebody else, who alone (or a superuser) can hand it over.
func foreignOwner(what, owner, county string, statements ...string) *Problem {
	text := strings.Join(statements, "; ")
	return &Problem{Reason: ReasonMissingRight,
		Message: fmt.Sprintf("%s belongs to %s, and only that role or a superuser can hand it over: as one of them run, in the database %s, %s",
			what, owner, CountyDatabase(county), text),
		MessageZH: fmt.Sprintf("%s 属于 %s，只有该角色或超级用户才能移交：请以其身份在数据库 %s 中执行 %s", what, owner, CountyDatabase(county), text)}
}

// foreignTables names the relations of a tenant's schema that its owner role does not own; nil when there are none.
func (c *County) foreignTables(ctx context.Context, code string) error {
	rows, err := c.pool.Query(ctx, `SELECT c.relname::text, pg_get_userbyid(c.relowner)::text FROM pg_class c
		WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND c.relowner <> to_regrole($2)::oid ORDER BY 1`, TenantRole(code), OwnerRole(code))
	if err != nil {
		return err
	}
	var table, owner, what, whose string
	var statements []string
	_, err = pgx.ForEachRow(rows, []any{&table, &owner}, func() error {
		name := pgx.Identifier{TenantRole(code), table}.Sanitize()
		what, whose = cmp.Or(what, "table "+name), cmp.Or(whose, owner)
		statements = append(statements, fmt.Sprintf(`ALTER TABLE %s OWNER TO %s`, name, quoted(OwnerRole(code))))
		return nil
	})
	if err != nil || len(statements) == 0 {
		return err
	}
	return foreignOwner(what, whose, c.code, statements...)
}

// MigrateTenant brings the tables and grants of t<code> up to date and gives it its default committee.
func (c *County) MigrateTenant(ctx context.Context, code string) (version int, changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return 0, false, err
	}
	err = c.asOwner(ctx, code, func(tx pgx.Tx) error {
		version, changed, err = migrateTenant(ctx, tx, code)
		return err
	})
	if lacksRight(err) {
		err = cmp.Or(c.foreignTables(ctx, code), err)
	}
	return version, changed && err == nil, problemOf(err, "migrate the schema of "+code)
}

func migrateTenant(ctx context.Context, tx pgx.Tx, code string) (version int, changed bool, err error) {
	schema := TenantRole(code)
	version, applied, err := postgres.Migrate(ctx, tx, postgres.TenantSet, schema)
	if err != nil {
		return version, false, err
	}
	found, err := observeRights(ctx, tx, []string{schema})
	if err != nil {
		return version, false, err
	}
	_, statements := rightsDrift(schema, declaredRights(tenantGrants, code), found[schema])
	changed, err = run(ctx, tx, statements)
	return version, changed || applied > 0, err
}

// PutTenant writes the tenant's row in its county and keeps its default committee named after it.
func (c *County) PutTenant(ctx context.Context, entry TenantEntry) (changed bool, err error) {
	if err := c.checkTenant(entry.Code); err != nil {
		return false, err
	}
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO county.tenant AS t (code, name, kind, mode, state, schema_version, open_cases_quota,
				storage_quota, attachments_quota, requests_quota)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, mode = excluded.mode, state = excluded.state,
				schema_version = excluded.schema_version, open_cases_quota = excluded.open_cases_quota, storage_quota = excluded.storage_quota,
				attachments_quota = excluded.attachments_quota, requests_quota = excluded.requests_quota, updated_at = now()
			WHERE (t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota, t.storage_quota, t.attachments_quota, t.requests_quota) IS DISTINCT FROM
				(excluded.name, excluded.kind, excluded.mode, excluded.state, excluded.schema_version, excluded.open_cases_quota,
				excluded.storage_quota, excluded.attachments_quota, excluded.requests_quota)`,
			entry.Code, entry.Name, entry.Kind, entry.Mode, entry.State, entry.SchemaVersion, entry.OpenCasesQuota,
			entry.StorageQuota, entry.AttachmentsQuota, entry.RequestsQuota)
		if err != nil {
			return err
		}
		made, err := ensureCommittee(ctx, tx, entry)
		changed = made || tag.RowsAffected() > 0
		return err
	})
	return changed, problemOf(err, "write the row of "+entry.Code)
}

// ensureCommittee gives a tenant the one committee it starts with; later names and patterns are the tenant's own.
func ensureCommittee(ctx context.Context, tx pgx.Tx, entry TenantEntry) (made bool, err error) {
	table := pgx.Identifier{TenantRole(entry.Code), "committee"}.Sanitize()
	id, err := uuid.NewV7()
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO `+table+` (id, name, prefix, pattern, is_default)
		SELECT $1, $2, $3, $4, true WHERE NOT EXISTS (SELECT 1 FROM `+table+` WHERE is_default) ON CONFLICT DO NOTHING`,
		id.String(), entry.Name+"人民调解委员会", entry.Name, defaultPattern)
	return tag.RowsAffected() > 0, err
}

// RemoveTenant removes the tenant's row in its county; its cases and claim stay.
func (c *County) RemoveTenant(ctx context.Context, code string) (changed bool, err error) {
	tag, err := c.pool.Exec(ctx, `DELETE FROM county.tenant WHERE code = $1`, code)
	return tag.RowsAffected() > 0, problemOf(err, "remove the row of "+code)
}
