package tenantdb_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// succession is a fixture's ring before, during and after a rotation.
type succession struct{ before, during, after tenantdb.Keys }

func newSuccession(t *testing.T, f *pgtest.Fixture) succession {
	t.Helper()
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	during, err := seal.ParseKeyring(text, f.KeyText, "")
	if err != nil {
		t.Fatal(err)
	}
	after, err := seal.ParseKeyring(text, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return succession{f.Keys, tenantdb.Keys{Ring: during}, tenantdb.Keys{Ring: after}}
}

func rotate(t *testing.T, f *pgtest.Fixture, with tenantdb.Keys, olderThan time.Duration) map[string]tenantdb.Rotation {
	t.Helper()
	found := map[string]tenantdb.Rotation{}
	if err := f.County.Rotate(t.Context(), with, olderThan, func(done tenantdb.Rotation, err error) {
		if err != nil {
			t.Errorf("%s: %v", done.Unit, err)
		}
		found[done.Unit] = done
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// A rotation wraps every key of the county by the new key, changes none of them, and does nothing the second time.
func TestCounty_Rotate(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	keys := newSuccession(t, f)
	first, second := rotate(t, f, keys.during, -1), rotate(t, f, keys.during, -1)
	if len(first) != 3 {
		t.Errorf("%d units, want the county, its desk and the town", len(first))
	}
	for unit := range first {
		if first[unit].Rewrapped != 1 || first[unit].New != 0 || second[unit].Rewrapped != 0 {
			t.Errorf("%s: first %+v, then %+v", unit, first[unit], second[unit])
		}
	}
	for _, code := range f.Towns {
		now, err := f.County.EnsureDataKey(t.Context(), code, keys.after)
		if err != nil || len(now) != 1 || !bytes.Equal(now[0].Key, f.DataKeys(code)[0].Key) {
			t.Errorf("%s: the data key does not open with the new key alone: %v", code, err)
		}
		if _, err := f.County.EnsureDataKey(t.Context(), code, keys.before); reason(err) != tenantdb.ReasonKeyMismatch {
			t.Errorf("%s: the old key alone: %v", code, err)
		}
	}
	shared, err := f.County.EnsureCountyKey(t.Context(), keys.after)
	if err != nil || shared.Text() != f.CountyKey().Text() {
		t.Errorf("the county's key changed with the key that wraps it: %v", err)
	}
}

// New data keys are made where the newest is old enough, so a run that was cut off may be repeated; instances that have nothing
// but the key before it open the new one.
func TestCounty_RotateTenant_newDataKeys(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	town := f.Towns[1]
	if done := rotate(t, f, f.Keys, time.Hour)[town]; done.New != 0 {
		t.Errorf("a key of a moment ago was followed by %d", done.New)
	}
	if done := rotate(t, f, f.Keys, 0)[town]; done.New != 2 {
		t.Fatalf("%+v", done)
	}
	keys, err := f.County.EnsureDataKey(t.Context(), town, f.Keys)
	if err != nil || len(keys) != 2 || keys[0].Version != 1 || keys[1].Version != 2 || bytes.Equal(keys[0].Key, keys[1].Key) {
		t.Fatalf("%v %v", keys, err)
	}
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	var box []byte
	if err := conn.QueryRow(t.Context(), `SELECT successor FROM t`+town+`.data_key WHERE version = 2`).Scan(&box); err != nil {
		t.Fatal(err)
	}
	if next, err := keys[0].OpenSuccessor(box, 2, town); err != nil || !bytes.Equal(next.Key, keys[1].Key) {
		t.Errorf("the first key does not open the second: %v", err)
	}
	pgtest.Exec(t, f.AsSuperuser(), `UPDATE t`+town+`.data_key SET created_at = now() - interval '25 hours'`)
	rotate(t, f, f.Keys, -1)
	if left := ask(t, conn, `SELECT count(successor)::text FROM t`+town+`.data_key`); left != "0" {
		t.Errorf("%s keys can still be opened by the key before them after a day", left)
	}
}

// A county from before counties had keys of their own keeps the one derived from the key-encryption key, also through a rotation
// that comes first, and a new county's key is derived from nothing.
func TestCounty_EnsureCountyKey(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	key, err := seal.ParseKeyEncryptionKey(f.KeyText)
	if err != nil {
		t.Fatal(err)
	}
	derived, err := key.CountyBlindKey(f.Code)
	if err != nil {
		t.Fatal(err)
	}
	if f.CountyKey().Text() == derived.Text() {
		t.Error("a new county's key is derived from the key-encryption key")
	}
	for name, first := range map[string]func(keys succession) error{
		"the operator comes first": func(keys succession) error {
			_, err := f.County.EnsureCountyKey(t.Context(), keys.before)
			return err
		},
		"a rotation comes first": func(keys succession) error {
			_, err := f.County.RotateCounty(t.Context(), keys.during)
			return err
		},
	} {
		pgtest.Exec(t, f.AsSuperuser(), `TRUNCATE county.blind_key`)
		keys := newSuccession(t, f)
		if err := first(keys); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if kept, err := f.County.EnsureCountyKey(t.Context(), keys.during); err != nil || kept.Text() != derived.Text() {
			t.Errorf("%s: the county lost the key of its indexes: %v", name, err)
		}
	}
	pgtest.Exec(t, f.AsSuperuser(), `UPDATE county.blind_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)`)
	if _, err := f.County.EnsureCountyKey(t.Context(), newSuccession(t, f).during); reason(err) != tenantdb.ReasonKeyMismatch {
		t.Errorf("an altered key: %v", err)
	}
}

// However often and wherever a rotation is cut off, running it again ends with everything wrapped by the new key, every data key
// as it was, and the installation bound to the new key only then.
func TestCounty_Rotate_cutOff(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	keys := newSuccession(t, f)
	name := pgtest.UnusedDatabase(t)
	directory, err := f.Server.EnsureDirectory(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(directory.Close)
	if err := directory.BindKey(t.Context(), keys.before.Ring.ID()); err != nil {
		t.Fatal(err)
	}
	if err := directory.RebindKey(t.Context(), keys.after.Ring); reason(err) != tenantdb.ReasonKeyMismatch {
		t.Errorf("bound to a key although the one before it is not known: %v", err)
	}
	for cut := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		count := 0
		err := f.County.Rotate(ctx, keys.during, -1, func(tenantdb.Rotation, error) {
			if count++; count > cut {
				cancel()
			}
		})
		cancel()
		if cut < 3 && err == nil {
			t.Errorf("cut off after %d units: no error", cut+1)
		}
		for _, code := range f.Towns {
			now, err := f.County.EnsureDataKey(t.Context(), code, keys.during)
			if err != nil || len(now) != 1 || !bytes.Equal(now[0].Key, f.DataKeys(code)[0].Key) {
				t.Fatalf("cut off after %d units, %s: %v", cut+1, code, err)
			}
		}
	}
	rotate(t, f, keys.during, -1)
	for range 2 {
		if err := directory.RebindKey(t.Context(), keys.during.Ring); err != nil {
			t.Error(err)
		}
	}
	if _, bound, err := directory.Installation(t.Context()); err != nil || bound != keys.after.Ring.ID() {
		t.Errorf("bound to %s: %v", bound, err)
	}
	for _, code := range f.Towns {
		if _, err := f.County.EnsureDataKey(t.Context(), code, keys.after); err != nil {
			t.Error(err)
		}
	}
}

// A tenant whose key is wrapped by a stranger's key fails alone, and no error holds a key.
func TestCounty_Rotate_oneFails(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	keys := newSuccession(t, f)
	pgtest.Exec(t, f.AsSuperuser(), `UPDATE t`+f.Towns[1]+`.data_key SET kek = '0123456789abcdef'`)
	var told strings.Builder
	err := f.County.Rotate(t.Context(), keys.during, -1, func(done tenantdb.Rotation, err error) { fmt.Fprintln(&told, done, err) })
	if reason(err) != tenantdb.ReasonKeyMismatch {
		t.Errorf("%v", err)
	}
	if _, err := f.County.EnsureDataKey(t.Context(), f.Towns[2], keys.after); err != nil {
		t.Errorf("the town after the one that fails: %v", err)
	}
	if strings.Contains(told.String()+err.Error(), f.KeyText) {
		t.Error("a key is told")
	}
}
