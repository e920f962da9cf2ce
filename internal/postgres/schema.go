package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// Oldest schema versions whose tables this release can work on; the newest is Version.
const (
	oldestTenantVersion = 14
	oldestCountyVersion = 9
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

// openDataKeys unwraps a tenant's data keys with the installation's key.
func openDataKeys(ctx context.Context, pool *pgxpool.Pool, tenant string, key seal.KeyEncryptionKey) (*seal.Codec, error) {
	rows, err := pool.Query(ctx, `SELECT version, wrapped FROM data_key ORDER BY version`)
	if err != nil {
		return nil, refusal(err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (seal.DataKey, error) {
		var (
			version int
			wrapped []byte
		)
		if err := row.Scan(&version, &wrapped); err != nil {
			return seal.DataKey{}, err
		}
		dataKey, err := key.Unwrap(wrapped, version, tenant)
		if err != nil {
			return seal.DataKey{}, sealedElsewhere(err)
		}
		return dataKey, nil
	})
	if err != nil {
		return nil, refusal(err)
	}
	if len(keys) == 0 {
		return nil, wrongSchema("t"+tenant, 0)
	}
	return seal.NewCodec(keys)
}

func sealedElsewhere(cause error) error {
	return mediation.Fail(mediation.Unavailable, "data-key",
		"This unit's data is sealed with a key that this instance does not have: tell the administrator.", "该单位的数据密钥与本实例不符，请联系管理员。").WithCause(cause)
}
