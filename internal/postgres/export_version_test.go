package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// MigrateTo is Migrate as the release did it whose newest version was this one.
func MigrateTo(ctx context.Context, tx pgx.Tx, set Set, schema string, version int) error {
	list, err := migrations(set)
	if err != nil {
		return err
	}
	_, _, err = migrate(ctx, tx, list[:version], schema)
	return err
}
