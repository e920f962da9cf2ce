package tenantdb

import (
	"context"
	"fmt"

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
			changed, err = run(ctx, tx, []string{fmt.Sprintf(`ALTER SCHEMA %s OWNER TO %s`, quoted(TenantRole(code)), quoted(OwnerRole(code)))})
		}
		return err
	})
	return changed, problemOf(err, "make the schema of "+code)
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
		tag, err := tx.Exec(ctx, `INSERT INTO county.tenant AS t (code, name, kind, mode, state, schema_version, open_cases_quota)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, mode = excluded.mode, state = excluded.state,
				schema_version = excluded.schema_version, open_cases_quota = excluded.open_cases_quota, updated_at = now()
			WHERE (t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota) IS DISTINCT FROM
				(excluded.name, excluded.kind, excluded.mode, excluded.state, excluded.schema_version, excluded.open_cases_quota)`,
			entry.Code, entry.Name, entry.Kind, entry.Mode, entry.State, entry.SchemaVersion, entry.OpenCasesQuota)
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
