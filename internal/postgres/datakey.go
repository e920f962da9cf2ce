package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// ShreddedKEK stands in data_key for the key-encryption key of a tenant whose data keys were destroyed. The row holds nothing;
// it keeps a new key from being made.
const ShreddedKEK = "shredded"

// reloadWithin bounds the reading of data keys anew, for which a request waits.
const reloadWithin = 5 * time.Second

// storedKey is a row of data_key.
type storedKey struct {
	seal.WrappedKey
	successor []byte // sealed by the key before it, for who has no key-encryption key
}

// unwrapper opens a stored key; before is the key of the version before it, nil where that is not known.
type unwrapper func(ctx context.Context, stored storedKey, before *seal.DataKey) (seal.DataKey, error)

// readDataKeys gives a tenant's data keys, oldest first. Those that are known are not opened again. None means that they were
// destroyed; a tenant that has no row yet is Unavailable "schema-version".
func readDataKeys(ctx context.Context, q querier, tenant string, known []seal.DataKey, open unwrapper) ([]seal.DataKey, error) {
	rows, err := q.Query(ctx, `SELECT version, kek, index_hash, wrapped, successor FROM data_key ORDER BY version`)
	if err != nil {
		return nil, refusal(err)
	}
	stored, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k storedKey, err error) {
		err = row.Scan(&k.Version, &k.KEK, &k.Index, &k.Box, &k.successor)
		return k, err
	})
	switch {
	case err != nil:
		return nil, refusal(err)
	case len(stored) == 0:
		return nil, wrongSchema("t"+tenant, 0)
	case slices.ContainsFunc(stored, func(k storedKey) bool { return k.KEK == ShreddedKEK }):
		return nil, nil
	}
	keys := make([]seal.DataKey, 0, len(stored))
	for i, k := range stored {
		if at := slices.IndexFunc(known, func(d seal.DataKey) bool { return d.Version == k.Version }); at >= 0 {
			keys = append(keys, known[at])
			continue
		}
		var before *seal.DataKey
		if i > 0 {
			before = &keys[i-1]
		}
		key, err := open(ctx, k, before)
		if err != nil {
			return nil, sealedElsewhere(err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// byRing opens data keys with the installation's key.
func byRing(ring *seal.Keyring, tenant string) unwrapper {
	return func(ctx context.Context, stored storedKey, _ *seal.DataKey) (seal.DataKey, error) {
		return ring.UnwrapDataKey(ctx, stored.WrappedKey, tenant)
	}
}

// bySuccession opens a data key with the one before it: an instance of one tenant has nothing else.
func bySuccession(tenant string) unwrapper {
	return func(_ context.Context, stored storedKey, before *seal.DataKey) (seal.DataKey, error) {
		if before == nil || stored.successor == nil {
			return seal.DataKey{}, errors.New("the key before it is not known, or it is kept for it no longer: the instance starts again with its Secret")
		}
		return before.OpenSuccessor(stored.successor, stored.Version, tenant)
	}
}

// newCodec makes a tenant's codec; no keys are those that were destroyed.
func newCodec(keys []seal.DataKey, with seal.Cipher) (codec *seal.Codec, err error) {
	if len(keys) == 0 {
		codec, err = seal.ShreddedCodec()
	} else {
		codec, err = seal.NewCodec(keys)
	}
	if err != nil {
		return nil, err
	}
	return codec, codec.Use(with)
}

// reloading has the codec read the tenant's keys anew when it meets a version that it does not know. It does so on a connection
// of its own, for a moment: whoever meets the version holds one of the pool already, and the pool may have no other.
func reloading(codec *seal.Codec, address Address, tenant string, open unwrapper) {
	codec.Reload(func() ([]seal.DataKey, error) {
		ctx, cancel := context.WithTimeout(context.Background(), reloadWithin)
		defer cancel()
		role := "t" + tenant
		pool, err := openBound(address, role, role+", county", 1, nil)
		if err != nil {
			return nil, err
		}
		defer pool.Close()
		var keys []seal.DataKey
		err = use(ctx, fixed{pool}, func(pool *pgxpool.Pool) (err error) {
			keys, err = readDataKeys(ctx, pool, tenant, codec.Keys(), open)
			return err
		})
		return keys, err
	})
}

// openCountyKey unwraps the key that the tenants of a county share. The operator makes it with the county's tables.
func openCountyKey(ctx context.Context, pool *pgxpool.Pool, county string, ring *seal.Keyring) (seal.BlindKey, error) {
	var w seal.WrappedKey
	err := pool.QueryRow(ctx, `SELECT kek, index_hash, wrapped FROM county.blind_key`).Scan(&w.KEK, &w.Index, &w.Box)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.BlindKey{}, wrongSchema("county", 0)
	}
	if err != nil {
		return seal.BlindKey{}, err
	}
	key, err := ring.UnwrapCountyKey(ctx, w, county)
	if err != nil {
		return key, sealedElsewhere(err)
	}
	return key, nil
}

func sealedElsewhere(cause error) error {
	return mediation.Fail(mediation.Unavailable, "data-key",
		"This unit's data is sealed with a key that this instance does not have: tell the administrator.", "该单位的数据密钥与本实例不符，请联系管理员。").WithCause(cause)
}

// shredded is the answer of a tenant whose keys were destroyed to whoever wants more than a list. It is given before anything is
// looked up, so that it tells nobody which cases there were. It is Gone and no conflict: nothing that the caller or an
// administrator could do brings the texts back.
func shredded() error {
	return mediation.Fail(mediation.Gone, "shredded",
		"The keys of this unit were destroyed on purpose: its texts cannot be read any more, and nothing can be added.",
		"该单位的密钥已按规定销毁：原有文字无法再读取，也不能再录入。").WithCause(seal.ErrShredded)
}

// destroyed stands where a text was that nobody can open any more.
const destroyed = "（已销毁）"

// NewFileKey makes a key for one file.
func (s *TenantStore) NewFileKey() (seal.FileKey, error) {
	if s.Shredded() {
		return seal.FileKey{}, shredded()
	}
	return s.rows.codec.NewFileKey()
}

// Shredded tells whether the tenant's keys were destroyed.
func (s *TenantStore) Shredded() bool { return s.rows.codec.Shredded() }
