package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// attempts is how often a transaction is tried that lost against another one.
	attempts = 3
	// expiredPerWrite is how many expired keys one write clears away.
	expiredPerWrite = 4
)

// Both a tenant's schema and the schema county have the table idempotency_key; the pool's search_path says which.
// The key's lock is not waited for: whoever comes second while the first still works is told so.
const (
	lockKey = `SELECT pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', 'tiaojie key', current_setting('role'), $1::text, $2::text), 0))`
	findKey = `SELECT fingerprint, receipt_id, receipt_version, created FROM idempotency_key
		WHERE principal = $1 AND key = $2 AND created_at > now() - interval '7 days'`
	dropExpiredKeys = `DELETE FROM idempotency_key WHERE created_at <= now() - interval '7 days' AND ((principal = $1 AND key = $2)
		OR (principal, key) IN (SELECT principal, key FROM idempotency_key WHERE created_at <= now() - interval '7 days' ORDER BY created_at LIMIT $3))`
	putKey = `INSERT INTO idempotency_key (principal, key, fingerprint, receipt_id, receipt_version, created) VALUES ($1, $2, $3, $4, $5, $6)`
)

// write runs fn in one transaction with the key's row first. Nothing of a refused write is kept, its key included.
func write(ctx context.Context, pool *pgxpool.Pool, key *mediation.Key, fn func(tx transaction) (mediation.Receipt, error)) (receipt mediation.Receipt, err error) {
	for attempt := 1; ; attempt++ {
		err = inTransaction(ctx, pool, func(tx transaction) error {
			receipt, err = once(ctx, tx, key, fn)
			return err
		})
		if err == nil {
			return receipt, nil
		}
		var answer *pgconn.PgError
		if attempt == attempts || !errors.As(err, &answer) || (answer.Code != "40001" && answer.Code != "40P01") {
			return mediation.Receipt{}, refusal(err)
		}
	}
}

func once(ctx context.Context, tx transaction, key *mediation.Key, fn func(tx transaction) (mediation.Receipt, error)) (mediation.Receipt, error) {
	if key == nil {
		return fn(tx)
	}
	receipt, err := replayed(ctx, tx, key)
	if err != nil || receipt.Replayed {
		return receipt, err
	}
	receipt, err = fn(tx)
	if err != nil {
		return receipt, err
	}
	batch := &pgx.Batch{}
	batch.Queue(dropExpiredKeys, key.Principal, key.Key, expiredPerWrite)
	batch.Queue(putKey, key.Principal, key.Key, key.Fingerprint, receipt.ID, receipt.Version, receipt.Created)
	return receipt, tx.SendBatch(ctx, batch).Close()
}

// replayed takes the key's lock and looks whether the write was done before. The look is a statement of its own: its
// snapshot is taken after the lock, so it sees what the lock's last holder committed.
func replayed(ctx context.Context, tx transaction, key *mediation.Key) (receipt mediation.Receipt, err error) {
	batch := &pgx.Batch{}
	batch.Queue(lockKey, key.Principal, key.Key)
	batch.Queue(findKey, key.Principal, key.Key)
	results := tx.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	var (
		free        bool
		fingerprint string
	)
	if err := results.QueryRow().Scan(&free); err != nil {
		return receipt, err
	}
	err = results.QueryRow().Scan(&fingerprint, &receipt.ID, &receipt.Version, &receipt.Created)
	switch {
	case err == nil && fingerprint != key.Fingerprint:
		return mediation.Receipt{}, mediation.Fail(mediation.Conflict, "key-reused",
			"This Idempotency-Key was used for another request: send a new one.", "该幂等键已用于其他请求，请换用新的键。")
	case err == nil:
		receipt.Replayed = true
		return receipt, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return receipt, err
	case !free:
		return receipt, mediation.Fail(mediation.Conflict, "key-in-progress",
			"A request with this Idempotency-Key is still being worked on: wait a second and send it again.", "使用该幂等键的请求正在处理中，请稍后重发。").
			WithRetryAfter(time.Second)
	}
	return receipt, nil
}
