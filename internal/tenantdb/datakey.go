package tenantdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/seal"
)

// EnsureDataKey gives the tenant's data keys, oldest first, making the first one when there is none.
// Keys wrapped by another key-encryption key are a Problem KeyMismatch.
func (c *County) EnsureDataKey(ctx context.Context, code string, key seal.KeyEncryptionKey) ([]seal.DataKey, error) {
	if err := c.checkTenant(code); err != nil {
		return nil, err
	}
	var keys []seal.DataKey
	err := locked(ctx, c.pool, "data key "+code, func(tx pgx.Tx) error {
		table := pgx.Identifier{TenantRole(code), "data_key"}.Sanitize()
		rows, err := tx.Query(ctx, `SELECT version, kek, wrapped FROM `+table+` ORDER BY version`)
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (seal.DataKey, error) { return unwrap(row, code, key) })
		if err != nil || len(keys) > 0 {
			return err
		}
		first, err := makeDataKey(ctx, tx, table, code, key)
		keys = []seal.DataKey{first}
		return err
	})
	if err != nil {
		return nil, problemOf(err, "read the data keys of "+code)
	}
	return keys, nil
}

func unwrap(row pgx.CollectableRow, code string, key seal.KeyEncryptionKey) (seal.DataKey, error) {
	var (
		version int
		kek     string
		wrapped []byte
	)
	if err := row.Scan(&version, &kek, &wrapped); err != nil {
		return seal.DataKey{}, err
	}
	if kek != key.ID() {
		return seal.DataKey{}, &Problem{Reason: ReasonKeyMismatch, Message: fmt.Sprintf(
			"data key %d of %s is wrapped by key %s, this installation has key %s: restore the Secret tiaojie-keys that sealed it", version, code, kek, key.ID())}
	}
	dataKey, err := key.Unwrap(wrapped, version, code)
	if err != nil {
		return seal.DataKey{}, &Problem{Reason: ReasonKeyMismatch, cause: err, Message: fmt.Sprintf(
			"data key %d of %s does not open: its row was altered, restore it from a backup", version, code)}
	}
	return dataKey, nil
}

func makeDataKey(ctx context.Context, tx pgx.Tx, table, code string, key seal.KeyEncryptionKey) (seal.DataKey, error) {
	first, err := seal.NewDataKey(1)
	if err != nil {
		return seal.DataKey{}, err
	}
	wrapped, err := key.Wrap(first, code)
	if err != nil {
		return seal.DataKey{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO `+table+` (version, kek, wrapped) VALUES (1, $1, $2)`, key.ID(), wrapped)
	return first, err
}
