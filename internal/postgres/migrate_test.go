package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// emptyDatabase gives a superuser's address of a new database.
func emptyDatabase(t *testing.T) postgres.Address {
	t.Helper()
	address := pgtest.Superuser(t)
	name := pgtest.UnusedDatabase(t)
	pgtest.Exec(t, address, `CREATE DATABASE `+name+` TEMPLATE template0`)
	address.Database = name
	return address
}

func migrate(ctx context.Context, address postgres.Address, set postgres.Set, schema string) (version, applied int, err error) {
	conn, err := pgtest.TryConnect(address)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(1); `); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{schema}.Sanitize()); err != nil {
			return err
		}
		version, applied, err = postgres.Migrate(ctx, tx, set, schema)
		return err
	})
	return version, applied, err
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	address := emptyDatabase(t)
	for _, set := range []postgres.Set{postgres.DirectorySet, postgres.CountySet, postgres.TenantSet} {
		// A name that needs quoting, to prove that it is quoted.
		schema := string(set) + ` "x"; DROP`
		want := postgres.Version(set)
		if want < 1 {
			t.Fatalf("%s has no migrations", set)
		}
		for _, applied := range []int{want, 0} {
			version, n, err := migrate(t.Context(), address, set, schema)
			if err != nil || version != want || n != applied {
				t.Errorf("%s: version %d, applied %d, %v; want %d, %d", set, version, n, err, want, applied)
			}
		}
		quoted := pgx.Identifier{schema, "schema_migration"}.Sanitize()
		pgtest.Exec(t, address, `UPDATE `+quoted+` SET checksum = 'x' WHERE version = 1`)
		if _, _, err := migrate(t.Context(), address, set, schema); !errors.Is(err, postgres.ErrSchemaAltered) {
			t.Errorf("%s: an altered migration: %v", set, err)
		}
		pgtest.Exec(t, address, fmt.Sprintf(`INSERT INTO %s SELECT i, 'x', 'x' FROM generate_series(%d, %d) i`, quoted, want+1, want+2))
		if _, _, err := migrate(t.Context(), address, set, schema); !errors.Is(err, postgres.ErrSchemaNewer) {
			t.Errorf("%s: a newer schema: %v", set, err)
		}
	}
	if _, _, err := migrate(t.Context(), address, "unheard-of", "x"); err == nil || postgres.Version("unheard-of") != 0 {
		t.Errorf("a set that does not exist: %v", err)
	}
}

func TestMigrate_atOnce(t *testing.T) {
	t.Parallel()
	address := emptyDatabase(t)
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			if _, _, err := migrate(t.Context(), address, postgres.TenantSet, fmt.Sprint("t", i%4)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
