package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Set names one of the three sets of migrations.
type Set string

// The sets.
const (
	DirectorySet Set = "directory"
	CountySet    Set = "county"
	TenantSet    Set = "tenant"
)

// Errors of Migrate, found by errors.Is.
var (
	// ErrSchemaNewer says that the schema was migrated by a newer release than this one.
	ErrSchemaNewer = errors.New("the schema is newer than this release knows")
	// ErrSchemaAltered says that a migration recorded in the schema is not the one this release carries.
	ErrSchemaAltered = errors.New("a recorded migration differs from the one in this release")
)

//go:embed migration/*/*.sql
var migrationFiles embed.FS

type migration struct {
	version  int
	name     string
	checksum string // SHA-256, hex
	text     string
}

// Version is the newest version of a set in this release.
func Version(set Set) int {
	list, err := migrations(set)
	if err != nil || len(list) == 0 {
		return 0
	}
	return list[len(list)-1].version
}

// Migrate brings a schema to the newest version of its set inside the caller's transaction, as the caller's current
// role, which becomes the owner of what is created. It takes an advisory lock for this schema alone, so other schemas
// migrate at the same time, and leaves search_path set to the schema until the transaction ends.
func Migrate(ctx context.Context, tx pgx.Tx, set Set, schema string) (version, applied int, err error) {
	list, err := migrations(set)
	if err != nil {
		return 0, 0, err
	}
	return migrate(ctx, tx, list, schema)
}

func migrate(ctx context.Context, tx pgx.Tx, list []migration, schema string) (version, applied int, err error) {
	if err := enterSchema(ctx, tx, schema); err != nil {
		return 0, 0, err
	}
	recorded, err := recordedMigrations(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	if err := agree(recorded, list); err != nil {
		return len(recorded), 0, fmt.Errorf("schema %s: %w", schema, err)
	}
	for _, m := range list[len(recorded):] {
		if err := applyMigration(ctx, tx, m); err != nil {
			return m.version - 1, applied, fmt.Errorf("schema %s, migration %s: %w", schema, m.name, err)
		}
		applied++
	}
	return len(list), applied, nil
}

func enterSchema(ctx context.Context, tx pgx.Tx, schema string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tiaojie schema ' || $1, 0))`, schema); err != nil {
		return fmt.Errorf("lock schema %s: %w", schema, err)
	}
	path := pgx.Identifier{schema}.Sanitize()
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, path); err != nil {
		return fmt.Errorf("enter schema %s: %w", schema, err)
	}
	return nil
}

func recordedMigrations(ctx context.Context, tx pgx.Tx) ([]migration, error) {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass('schema_migration') IS NOT NULL`).Scan(&exists); err != nil {
		return nil, fmt.Errorf("look for schema_migration: %w", err)
	}
	if !exists {
		const create = `CREATE TABLE schema_migration (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`
		_, err := tx.Exec(ctx, create)
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT version, name, checksum FROM schema_migration ORDER BY version`)
	if err != nil {
		return nil, fmt.Errorf("read schema_migration: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (migration, error) {
		var m migration
		err := row.Scan(&m.version, &m.name, &m.checksum)
		return m, err
	})
}

func agree(recorded, list []migration) error {
	if len(recorded) > len(list) {
		return fmt.Errorf("%w: it is at version %d, this release knows %d", ErrSchemaNewer, len(recorded), len(list))
	}
	for i, r := range recorded {
		if r.version != list[i].version || r.checksum != list[i].checksum {
			return fmt.Errorf("%w: version %d, recorded as %s", ErrSchemaAltered, r.version, r.name)
		}
	}
	return nil
}

func applyMigration(ctx context.Context, tx pgx.Tx, m migration) error {
	if _, err := tx.Conn().PgConn().Exec(ctx, m.text).ReadAll(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)`, m.version, m.name, m.checksum)
	return err
}

// migrations reads a set from the binary; its files are numbered from 0001 without gaps.
func migrations(set Set) ([]migration, error) {
	entries, err := fs.ReadDir(migrationFiles, "migration/"+string(set))
	if err != nil {
		return nil, fmt.Errorf("no migrations for %q: %w", set, err)
	}
	list := make([]migration, 0, len(entries))
	for i, entry := range entries {
		number, _, _ := strings.Cut(entry.Name(), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s/%s should have number %04d", set, entry.Name(), i+1)
		}
		text, err := fs.ReadFile(migrationFiles, "migration/"+string(set)+"/"+entry.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		list = append(list, migration{version: i + 1, name: entry.Name(), checksum: hex.EncodeToString(sum[:]), text: string(text)})
	}
	return list, nil
}
