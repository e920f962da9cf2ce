package tenantdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// Keys are what wraps keys, and the hash of the indexes of units that are made from now on ("" is SHA-256).
type Keys struct {
	Ring  *seal.Keyring
	Index seal.TreeHash
}

// EnsureDataKey gives the tenant's data keys, oldest first, making the first one when there is none; none at all are given
// when they were shredded. Keys wrapped by a key-encryption key that is not in the ring are a Problem KeyMismatch.
func (c *County) EnsureDataKey(ctx context.Context, code string, with Keys) ([]seal.DataKey, error) {
	if err := c.checkTenant(code); err != nil {
		return nil, err
	}
	var keys []seal.DataKey
	err := locked(ctx, c.pool, "data key "+code, func(tx pgx.Tx) error {
		shredded, err := shredded(ctx, tx, code)
		if err != nil || shredded {
			return err
		}
		if keys, err = dataKeys(ctx, tx, code, with.Ring); err != nil || len(keys) > 0 {
			return err
		}
		first, err := seal.NewDataKey(1, with.Index)
		if err != nil {
			return err
		}
		keys = []seal.DataKey{first}
		return putDataKey(ctx, tx, code, first, nil, with.Ring)
	})
	if err != nil {
		return nil, problemOf(err, "read the data keys of "+code)
	}
	return keys, nil
}

func dataKeyTable(code string) string {
	return pgx.Identifier{TenantRole(code), "data_key"}.Sanitize()
}

func shredded(ctx context.Context, q querier, code string) (yes bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+dataKeyTable(code)+` WHERE kek = $1)`, postgres.ShreddedKEK).Scan(&yes)
	return yes, err
}

// dataKeys opens all keys of a tenant, oldest first.
func dataKeys(ctx context.Context, q querier, code string, ring *seal.Keyring) ([]seal.DataKey, error) {
	rows, err := q.Query(ctx, `SELECT version, kek, index_hash, wrapped FROM `+dataKeyTable(code)+` ORDER BY version`)
	if err != nil {
		return nil, err
	}
	wrapped, err := pgx.CollectRows(rows, scanWrapped)
	if err != nil {
		return nil, err
	}
	keys := make([]seal.DataKey, 0, len(wrapped))
	for _, w := range wrapped {
		key, err := ring.UnwrapDataKey(ctx, w, code)
		if err != nil {
			return nil, keyProblem(err, fmt.Sprintf("data key %d of %s", w.Version, code), w.KEK, ring)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func scanWrapped(row pgx.CollectableRow) (w seal.WrappedKey, err error) {
	err = row.Scan(&w.Version, &w.KEK, &w.Index, &w.Box)
	return w, err
}

// keyProblem says why a wrapped key does not open, and what to do.
func keyProblem(err error, what, kek string, ring *seal.Keyring) error {
	switch {
	case errors.Is(err, seal.ErrUnknownKey):
		return &Problem{Reason: ReasonKeyMismatch, cause: err, Message: fmt.Sprintf(
			"%s is wrapped by key %s, this installation has key %s: restore the Secret tiaojie-keys that sealed it, or give the key before it as previous-keys", what, kek, ring.ID()),
			MessageZH: fmt.Sprintf("%s 由密钥 %s 封装，本实例的密钥为 %s：请恢复封装时的 Secret tiaojie-keys，或将旧密钥写入 previous-keys", what, kek, ring.ID())}
	case errors.Is(err, seal.ErrOpen):
		return &Problem{Reason: ReasonKeyMismatch, cause: err, Message: what + " does not open: its row was altered, restore it from a backup",
			MessageZH: what + " 无法打开：该行已被改动，请从备份恢复"}
	}
	return &Problem{Reason: ReasonUnreachable, cause: err, Retry: true, Message: "the keeper of the key-encryption key could not be asked about " + what,
		MessageZH: "无法向密钥管理服务查询 " + what}
}

// putDataKey stores a new key; successor is the key sealed by the one before it.
func putDataKey(ctx context.Context, tx pgx.Tx, code string, key seal.DataKey, successor []byte, ring *seal.Keyring) error {
	wrapped, err := ring.WrapDataKey(ctx, key, code)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO `+dataKeyTable(code)+` (version, kek, index_hash, wrapped, successor) VALUES ($1, $2, $3, $4, $5)`,
		wrapped.Version, wrapped.KEK, wrapped.Index, wrapped.Box, successor)
	return err
}
