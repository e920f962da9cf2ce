package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Oldest schema versions whose tables this release can work on; the newest is Version.
const (
	oldestTenantVersion = 16
	oldestCountyVersion = 12
)

// schemaVersionError is the cause behind Unavailable "schema-version".
type schemaVersionError struct {
	schema  string
	version int
}

// Error names the schema and its version.
func (e *schemaVersionError) Error() string {
	return fmt.Sprintf("schema %s is at version %d, this release knows %d to %d", e.schema, e.version, oldestTenantVersion, Version(TenantSet))
}

// checkSchema reads the version of a schema that the connection may read, and refuses one that this release cannot use.
func checkSchema(ctx context.Context, pool *pgxpool.Pool, set Set, schema string, oldest int) error {
	var version int
	table := pgx.Identifier{schema, "schema_migration"}.Sanitize()
	if err := pool.QueryRow(ctx, `SELECT COALESCE(max(version), 0) FROM `+table).Scan(&version); err != nil {
		if missing(err) {
			return wrongSchema(schema, 0)
		}
		return refusal(err)
	}
	if version < oldest || version > Version(set) {
		return wrongSchema(schema, version)
	}
	return nil
}

// checkSchemas checks a tenant's own schema and its county's, which a tenant works on too.
func checkSchemas(ctx context.Context, pool *pgxpool.Pool, code string) error {
	if err := checkSchema(ctx, pool, TenantSet, "t"+code, oldestTenantVersion); err != nil {
		return err
	}
	return checkSchema(ctx, pool, CountySet, "county", oldestCountyVersion)
}
