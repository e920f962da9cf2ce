package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction is what a write works in: a querier that can also copy rows in.
type transaction interface {
	querier
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
}

// inTransaction runs fn in one transaction: committed when fn gives nil, rolled back otherwise, in a panic too.
func inTransaction(ctx context.Context, pool *pgxpool.Pool, fn func(tx transaction) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // a connection that is still in a transaction is closed, not lent again
	tx := &lateTransaction{conn: conn}
	defer tx.rollback(ctx)
	if err := fn(tx); err != nil {
		return err
	}
	return tx.commit(ctx)
}

// lateTransaction sends BEGIN together with the first batch of statements: a change of a case locks and reads by its first
// batch, so it needs one round trip less. A transaction without a statement never begins.
type lateTransaction struct {
	conn  *pgxpool.Conn
	begun bool
}

func (t *lateTransaction) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	t.begun = true
	_, err := t.conn.Exec(ctx, "begin")
	return err
}

// Exec runs one statement.
func (t *lateTransaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.begin(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.conn.Exec(ctx, sql, args...)
}

// Query runs one statement that gives rows.
func (t *lateTransaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	return t.conn.Query(ctx, sql, args...)
}

// QueryRow runs one statement that gives a row.
func (t *lateTransaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := t.begin(ctx); err != nil {
		return noRow{err}
	}
	return t.conn.QueryRow(ctx, sql, args...)
}

type noRow struct{ err error }

func (r noRow) Scan(...any) error { return r.err }

// SendBatch sends statements in one round trip.
func (t *lateTransaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if t.begun {
		return t.conn.SendBatch(ctx, batch)
	}
	t.begun = true
	led := &pgx.Batch{}
	led.Queue("begin")
	led.QueuedQueries = append(led.QueuedQueries, batch.QueuedQueries...)
	results := t.conn.SendBatch(ctx, led)
	_, _ = results.Exec() // of BEGIN; when it failed, so does all that is asked of results
	return results
}

// CopyFrom copies rows into a table.
func (t *lateTransaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.begin(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

// commit fails with pgx.ErrTxCommitRollback when the server had given the transaction up before.
func (t *lateTransaction) commit(ctx context.Context) error {
	if !t.begun {
		return nil
	}
	tag, err := t.conn.Exec(ctx, "commit")
	if err == nil && tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return err
}

// rollback does nothing after a commit. It need not succeed: a connection that cannot be rolled back is closed, and its
// transaction with it.
func (t *lateTransaction) rollback(ctx context.Context) {
	if t.begun && t.conn.Conn().PgConn().TxStatus() != 'I' {
		_, err := t.conn.Exec(ctx, "rollback")
		var answer *pgconn.PgError
		if errors.As(err, &answer) {
			_ = t.conn.Conn().Close(ctx) // it spoke, and refused: nobody knows in which state it is
		}
	}
}
