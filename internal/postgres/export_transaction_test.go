package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Transaction is what InTransaction lends.
type Transaction interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// InTransaction is inTransaction for tests.
func InTransaction(ctx context.Context, pool *pgxpool.Pool, fn func(tx Transaction) error) error {
	return inTransaction(ctx, pool, func(tx transaction) error { return fn(tx) })
}
