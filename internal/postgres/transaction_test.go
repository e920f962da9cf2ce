package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// onePool has one connection, so that whatever a transaction leaves behind meets the next one.
func onePool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	config, err := pgtest.County(t, "孙武镇").AsSuperuser().Config()
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE trial (word text PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	return pool
}

func kept(t *testing.T, pool *pgxpool.Pool) (count int) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), `SELECT count(*) FROM trial`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

const putWord = `INSERT INTO trial VALUES ($1)`

var errTrial = errors.New("thought better of it")

// Whatever the first statement is, the transaction begins with it; nothing of one that fails stays.
func TestInTransaction(t *testing.T) {
	t.Parallel()
	pool := onePool(t)
	sent := func(ctx context.Context, tx postgres.Transaction, words ...string) error {
		batch := &pgx.Batch{}
		for _, word := range words {
			batch.Queue(putWord, word)
		}
		return tx.SendBatch(ctx, batch).Close()
	}
	for reason, c := range map[string]struct {
		do   func(ctx context.Context, tx postgres.Transaction) error
		want int    // rows that stay
		code string // of the server's refusal
		err  error
	}{
		"a batch first, then a statement": {do: func(ctx context.Context, tx postgres.Transaction) error {
			if err := sent(ctx, tx, "a", "b"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, putWord, "c")
			return err
		}, want: 3},
		"a question first": {do: func(ctx context.Context, tx postgres.Transaction) error {
			var one int
			if err := tx.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
				return err
			}
			return sent(ctx, tx, "a")
		}, want: 1},
		"no statement at all": {do: func(context.Context, postgres.Transaction) error { return nil }},
		"a refusal after a batch": {do: func(ctx context.Context, tx postgres.Transaction) error {
			return errors.Join(sent(ctx, tx, "a"), errTrial)
		}, err: errTrial},
		"a batch that fails in its middle": {do: func(ctx context.Context, tx postgres.Transaction) error {
			return sent(ctx, tx, "a", "a", "b")
		}, code: "23505"},
		"a batch that the server does not understand": {do: func(ctx context.Context, tx postgres.Transaction) error {
			batch := &pgx.Batch{}
			batch.Queue(putWord, "a")
			batch.Queue(`SELECT nonsense`)
			return tx.SendBatch(ctx, batch).Close()
		}, code: "42703"},
		"a failure that was not told": {do: func(ctx context.Context, tx postgres.Transaction) error {
			_ = sent(ctx, tx, "a", "a")
			return nil
		}, err: pgx.ErrTxCommitRollback},
	} {
		if _, err := pool.Exec(t.Context(), `TRUNCATE trial`); err != nil {
			t.Fatal(err)
		}
		err := postgres.InTransaction(t.Context(), pool, func(tx postgres.Transaction) error { return c.do(t.Context(), tx) })
		var answer *pgconn.PgError
		if c.code != "" && (!errors.As(err, &answer) || answer.Code != c.code) || c.err != nil && !errors.Is(err, c.err) ||
			c.code == "" && c.err == nil && err != nil {
			t.Errorf("%s: %v", reason, err)
		}
		if got := kept(t, pool); got != c.want {
			t.Errorf("%s: %d rows stay, want %d", reason, got, c.want)
		}
	}
}

// A panic, a caller who leaves and a connection that is cut leave nothing behind, and the pool goes on.
func TestInTransaction_cutShort(t *testing.T) {
	t.Parallel()
	pool := onePool(t)
	func() {
		defer func() { _ = recover() }()
		_ = postgres.InTransaction(t.Context(), pool, func(tx postgres.Transaction) error {
			_, _ = tx.Exec(t.Context(), putWord, "a")
			panic("a fault")
		})
	}()
	ctx, leave := context.WithCancel(t.Context())
	err := postgres.InTransaction(ctx, pool, func(tx postgres.Transaction) error {
		_, err := tx.Exec(ctx, putWord, "a")
		leave()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	err = postgres.InTransaction(t.Context(), pool, func(tx postgres.Transaction) error {
		if _, err := tx.Exec(t.Context(), putWord, "a"); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	if err == nil {
		t.Error("a cut connection commits")
	}
	if got := kept(t, pool); got != 0 {
		t.Errorf("%d rows stay", got)
	}
}
