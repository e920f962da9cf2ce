package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/casework"
)

// counting counts the statements of a transaction.
type counting struct {
	transaction
	statements *int
}

// Exec counts one.
func (c counting) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	*c.statements++
	return c.transaction.Exec(ctx, sql, args...)
}

// Query counts one.
func (c counting) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	*c.statements++
	return c.transaction.Query(ctx, sql, args...)
}

// QueryRow counts one.
func (c counting) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	*c.statements++
	return c.transaction.QueryRow(ctx, sql, args...)
}

// SendBatch counts each of the batch.
func (c counting) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	*c.statements += batch.Len()
	return c.transaction.SendBatch(ctx, batch)
}

// CountStatements counts what a store's transaction sends from now on.
func CountStatements(tx casework.Tx) *int {
	counted := new(int)
	own := tx.(*tenantTx) //nolint:forcetypeassert // a test's own store
	own.tx = counting{own.tx, counted}
	return counted
}
