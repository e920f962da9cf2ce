package tenantdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/seal"
)

// EnsureCountyKey gives the county's blind-index key, making it when there is none. A county whose towns were there before
// counties had keys of their own keeps the key that it was working with: an index cannot change. A key wrapped by a
// key-encryption key that is not in the ring is a Problem KeyMismatch.
func (c *County) EnsureCountyKey(ctx context.Context, with Keys) (key seal.BlindKey, err error) {
	err = locked(ctx, c.pool, "county key "+c.code, func(tx pgx.Tx) error {
		if key, err = countyKey(ctx, tx, c.code, with.Ring); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if key, err = c.firstCountyKey(ctx, tx, with); err != nil {
			return err
		}
		wrapped, err := with.Ring.WrapCountyKey(ctx, key, c.code)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO county.blind_key (kek, index_hash, wrapped) VALUES ($1, $2, $3)`, wrapped.KEK, wrapped.Index, wrapped.Box)
		return err
	})
	return key, problemOf(err, "read the key of county "+c.code)
}

// countyKey is pgx.ErrNoRows where there is none.
func countyKey(ctx context.Context, q querier, code string, ring *seal.Keyring) (seal.BlindKey, error) {
	var w seal.WrappedKey
	if err := q.QueryRow(ctx, `SELECT kek, index_hash, wrapped FROM county.blind_key`).Scan(&w.KEK, &w.Index, &w.Box); err != nil {
		return seal.BlindKey{}, err
	}
	key, err := ring.UnwrapCountyKey(ctx, w, code)
	if err != nil {
		return key, keyProblem(err, "the key of county "+code, w.KEK, ring)
	}
	return key, nil
}

// firstCountyKey is a new key, or the one derived from the key-encryption key that the towns' first data keys were wrapped by.
func (c *County) firstCountyKey(ctx context.Context, tx pgx.Tx, with Keys) (seal.BlindKey, error) {
	codes, err := keyedTenants(ctx, tx)
	if err != nil {
		return seal.BlindKey{}, err
	}
	for _, code := range codes {
		var kek string
		err := tx.QueryRow(ctx, `SELECT kek FROM `+dataKeyTable(code)+` ORDER BY version LIMIT 1`).Scan(&kek)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return seal.BlindKey{}, err
		}
		key, err := with.Ring.DerivedCountyKey(kek, c.code)
		if err != nil {
			return key, keyProblem(err, "the key of county "+c.code, kek, with.Ring)
		}
		return key, nil
	}
	return seal.NewBlindKey(with.Index)
}

// keyedTenants lists the tenants of the county that have a table of data keys, those that were let go and retained too.
func keyedTenants(ctx context.Context, q querier) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT substr(n.nspname, 2) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = 'data_key' AND c.relkind = 'r' AND n.nspname ~ '^t[0-9]{9}$' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
