package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

const (
	// successorFor is how long a data key is kept sealed by the one before it. Every instance has learned of it long before; and
	// whoever finds an old key later does not find the way to the new one.
	successorFor = 24 * time.Hour
)

// Rotation is what a rotation did to one unit.
type Rotation struct {
	Unit      string
	Rewrapped int  // keys that are wrapped by the current key-encryption key now and were not before
	New       int  // version of a new data key; 0 when none was made
	Shredded  bool // there are no keys to rotate
}

// RotateTenant wraps the tenant's data keys by the ring's current key, and makes a new data key when the newest was made
// longer than olderThan ago; a negative olderThan makes none. It is one transaction, and may be repeated.
func (c *County) RotateTenant(ctx context.Context, code string, ring *seal.Keyring, olderThan time.Duration) (done Rotation, err error) {
	done.Unit = code
	if err := c.checkTenant(code); err != nil {
		return done, err
	}
	err = locked(ctx, c.pool, "data key "+code, func(tx pgx.Tx) error {
		if done.Shredded, err = shredded(ctx, tx, code); err != nil || done.Shredded {
			return err
		}
		keys, err := dataKeys(ctx, tx, code, ring)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			rewrapped, err := rewrapDataKey(ctx, tx, code, key, ring)
			if err != nil {
				return err
			}
			done.Rewrapped += rewrapped
		}
		if _, err := tx.Exec(ctx, `UPDATE `+dataKeyTable(code)+` SET successor = NULL WHERE successor IS NOT NULL AND created_at < now() - $1::interval`,
			successorFor); err != nil {
			return err
		}
		done.New, err = renew(ctx, tx, code, keys[len(keys)-1], ring, olderThan)
		return err
	})
	return done, problemOf(err, "rotate the keys of "+code)
}

func rewrapDataKey(ctx context.Context, tx pgx.Tx, code string, key seal.DataKey, ring *seal.Keyring) (int, error) {
	var kek string
	if err := tx.QueryRow(ctx, `SELECT kek FROM `+dataKeyTable(code)+` WHERE version = $1`, key.Version).Scan(&kek); err != nil || kek == ring.ID() {
		return 0, err
	}
	wrapped, err := ring.WrapDataKey(ctx, key, code)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `UPDATE `+dataKeyTable(code)+` SET kek = $2, wrapped = $3 WHERE version = $1`, key.Version, wrapped.KEK, wrapped.Box)
	return 1, err
}

// renew makes the next data key where the newest is old enough.
func renew(ctx context.Context, tx pgx.Tx, code string, newest seal.DataKey, ring *seal.Keyring, olderThan time.Duration) (version int, err error) {
	if olderThan < 0 {
		return 0, nil
	}
	var old bool
	if err := tx.QueryRow(ctx, `SELECT created_at <= clock_timestamp() - $2::interval FROM `+dataKeyTable(code)+` WHERE version = $1`,
		newest.Version, olderThan).Scan(&old); err != nil || !old {
		return 0, err
	}
	next, err := seal.NewDataKey(newest.Version+1, newest.Index)
	if err != nil {
		return 0, err
	}
	successor, err := newest.SealSuccessor(next, code)
	if err != nil {
		return 0, err
	}
	return next.Version, putDataKey(ctx, tx, code, next, successor, ring)
}

// RotateCounty wraps the county's blind-index key by the ring's current key. A county that has none of its own yet gets the one
// that it works with. The key itself never changes: what was indexed would not be found any more.
func (c *County) RotateCounty(ctx context.Context, with Keys) (done Rotation, err error) {
	done.Unit = c.code
	if _, err := c.EnsureCountyKey(ctx, with); err != nil {
		return done, err
	}
	err = locked(ctx, c.pool, "county key "+c.code, func(tx pgx.Tx) error {
		var kek string
		if err := tx.QueryRow(ctx, `SELECT kek FROM county.blind_key`).Scan(&kek); err != nil || kek == with.Ring.ID() {
			return err
		}
		key, err := countyKey(ctx, tx, c.code, with.Ring)
		if err != nil {
			return err
		}
		wrapped, err := with.Ring.WrapCountyKey(ctx, key, c.code)
		if err != nil {
			return err
		}
		done.Rewrapped = 1
		_, err = tx.Exec(ctx, `UPDATE county.blind_key SET kek = $1, wrapped = $2`, wrapped.KEK, wrapped.Box)
		return err
	})
	return done, problemOf(err, "rotate the key of county "+c.code)
}

// Rotate goes through the county's own key and all its tenants, those retained too, telling each. One that fails does not keep
// the others from being rotated.
func (c *County) Rotate(ctx context.Context, with Keys, olderThan time.Duration, tell func(Rotation, error)) error {
	done, err := c.RotateCounty(ctx, with)
	tell(done, err)
	failures := []error{err}
	codes, err := keyedTenants(ctx, c.pool)
	if err != nil {
		return problemOf(err, "list the tenants of county "+c.code)
	}
	for _, code := range codes {
		done, err := c.RotateTenant(ctx, code, with.Ring, olderThan)
		tell(done, err)
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// RebindKey records that the installation's data is wrapped by the ring's current key from now on. What it is bound to must be
// in the ring: a Problem KeyMismatch otherwise.
func (d *Directory) RebindKey(ctx context.Context, ring *seal.Keyring) error {
	_, bound, err := d.Installation(ctx)
	if err != nil || bound == ring.ID() {
		return err
	}
	if bound != "" && !ring.Knows(bound) {
		return &Problem{Reason: ReasonKeyMismatch,
			Message:   fmt.Sprintf("the installation's data is sealed with key %s, which is neither the current nor a previous key here: give it as a previous key", bound),
			MessageZH: fmt.Sprintf("本安装的数据由密钥 %s 封装，而当前密钥和旧密钥中都没有它：请将其作为旧密钥提供", bound)}
	}
	tag, err := d.pool.Exec(ctx, `UPDATE directory.installation SET key_id = $1 WHERE key_id = $2`, ring.ID(), bound)
	if err == nil && tag.RowsAffected() == 0 {
		return &Problem{Reason: ReasonBusy, Retry: true, Message: "somebody else rotated the installation's key meanwhile: run it again",
			MessageZH: "有人同时轮换了密钥：请再次执行"}
	}
	if err == nil {
		_, err = d.pool.Exec(ctx, `SELECT pg_notify($1, 'key')`, postgres.DirectoryChannel)
	}
	return problemOf(err, "bind the installation's key")
}

// Counties lists where the counties are, by code.
func (d *Directory) Counties(ctx context.Context) ([]CountyEntry, error) {
	rows, err := d.pool.Query(ctx, `SELECT code, name, host, port, database, sslmode, ca, state, schema_version FROM directory.county ORDER BY code`)
	if err != nil {
		return nil, problemOf(err, "list the counties")
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e CountyEntry, err error) {
		err = row.Scan(&e.Code, &e.Name, &e.Host, &e.Port, &e.Database, &e.SSLMode, &e.CA, &e.State, &e.SchemaVersion)
		return e, err
	})
	return list, problemOf(err, "list the counties")
}
