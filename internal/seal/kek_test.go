package seal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/seal"
)

func ring(t testing.TB, current seal.KeyEncrypter, previous ...seal.KeyEncrypter) *seal.Keyring {
	t.Helper()
	r, err := seal.NewKeyring(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wrapped(t testing.TB, r *seal.Keyring, key seal.DataKey) seal.WrappedKey {
	t.Helper()
	w, err := r.WrapDataKey(t.Context(), key, "371621101")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A wrapped key opens with the key that wrapped it, for the tenant and version that it was wrapped for, and in no other way.
func TestKeyring_WrapDataKey(t *testing.T) {
	r, data := ring(t, kek(t)), dataKey(t, 3)
	w := wrapped(t, r, data)
	if bytes.Contains(w.Box, data.Key) || w.KEK != r.ID() {
		t.Fatal("the data key is not wrapped")
	}
	back, err := r.UnwrapDataKey(t.Context(), w, "371621101")
	if err != nil || back.Version != 3 || !bytes.Equal(back.Key, data.Key) || back.Index != seal.SHA256 {
		t.Fatalf("%v %v", back, err)
	}
	change := func(alter func(w *seal.WrappedKey)) seal.WrappedKey {
		altered := w
		altered.Box = bytes.Clone(w.Box)
		alter(&altered)
		return altered
	}
	for name, tc := range map[string]struct {
		key   seal.WrappedKey
		owner string
		want  error
	}{
		"another tenant":     {w, "371621102", seal.ErrOpen},
		"another version":    {change(func(w *seal.WrappedKey) { w.Version = 2 }), "371621101", seal.ErrOpen},
		"another index hash": {change(func(w *seal.WrappedKey) { w.Index = seal.SM3 }), "371621101", seal.ErrOpen},
		"cut":                {change(func(w *seal.WrappedKey) { w.Box = w.Box[:len(w.Box)-1] }), "371621101", seal.ErrOpen},
		"nothing":            {change(func(w *seal.WrappedKey) { w.Box = nil }), "371621101", seal.ErrOpen},
		"changed":            {change(func(w *seal.WrappedKey) { w.Box[20] ^= 1 }), "371621101", seal.ErrOpen},
		"another cipher":     {change(func(w *seal.WrappedKey) { w.Box[1] = 2 }), "371621101", seal.ErrOpen},
		"no cipher at all":   {change(func(w *seal.WrappedKey) { w.Box[1] = 9 }), "371621101", seal.ErrOpen},
		"an unknown key":     {change(func(w *seal.WrappedKey) { w.KEK = "0123456789abcdef" }), "371621101", seal.ErrUnknownKey},
	} {
		if _, err := r.UnwrapDataKey(t.Context(), tc.key, tc.owner); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ring(t, kek(t)).UnwrapDataKey(t.Context(), w, "371621101"); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("another installation: %v", err)
	}
}

// During a rotation the ring opens what either key wrapped, and wraps with the current one alone.
func TestKeyring_rotation(t *testing.T) {
	old, fresh, data := kek(t), kek(t), dataKey(t, 1)
	before := wrapped(t, ring(t, old), data)
	both := ring(t, fresh, old)
	back, err := both.UnwrapDataKey(t.Context(), before, "371621101")
	if err != nil || !bytes.Equal(back.Key, data.Key) {
		t.Fatalf("the previous key: %v", err)
	}
	after := wrapped(t, both, back)
	if _, err := ring(t, fresh).UnwrapDataKey(t.Context(), after, "371621101"); err != nil {
		t.Errorf("the current key alone: %v", err)
	}
	if _, err := ring(t, old).UnwrapDataKey(t.Context(), after, "371621101"); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("the previous key alone: %v", err)
	}
	if !both.Knows(old.ID()) || !both.Knows(fresh.ID()) || both.Knows("") || both.ID() != fresh.ID() {
		t.Error("the ring does not know which keys it holds")
	}
}

// A county's key survives the rotation of the key that wraps it; a data key does not pass for it.
func TestKeyring_WrapCountyKey(t *testing.T) {
	r := ring(t, kek(t))
	for _, hash := range []seal.TreeHash{"", seal.SM3} {
		key, err := seal.NewBlindKey(hash)
		if err != nil {
			t.Fatal(err)
		}
		w, err := r.WrapCountyKey(t.Context(), key, "371621")
		if err != nil {
			t.Fatal(err)
		}
		back, err := r.UnwrapCountyKey(t.Context(), w, "371621")
		if err != nil || back.Text() != key.Text() || back.Hash() != key.Hash() {
			t.Errorf("%s: %v", hash, err)
		}
		if _, err := r.UnwrapCountyKey(t.Context(), w, "371622"); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("another county: %v", err)
		}
		w.Version = 1
		if _, err := r.UnwrapDataKey(t.Context(), w, "371621"); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("a county's key passes for a data key: %v", err)
		}
	}
	if _, err := r.WrapCountyKey(t.Context(), seal.BlindKey{}, "371621"); err == nil {
		t.Error("an empty key is wrapped")
	}
}

func TestNewKeyring_refuses(t *testing.T) {
	for name, make := range map[string]func() (*seal.Keyring, error){
		"an empty key":          func() (*seal.Keyring, error) { return seal.NewKeyring(seal.KeyEncryptionKey{}) },
		"no key":                func() (*seal.Keyring, error) { return seal.NewKeyring(nil) },
		"an empty previous key": func() (*seal.Keyring, error) { return seal.NewKeyring(kek(t), seal.KeyEncryptionKey{}) },
		"no text":               func() (*seal.Keyring, error) { return seal.ParseKeyring("", "", "") },
		"an unknown cipher":     func() (*seal.Keyring, error) { return seal.ParseKeyring(countingText, "", "ROT13") },
	} {
		if r, err := make(); err == nil || r != nil {
			t.Errorf("%s is accepted", name)
		}
	}
	const mistyped = countingText + "Q"
	if _, err := seal.ParseKeyring(countingText, mistyped, ""); err == nil || strings.Contains(err.Error(), countingText) {
		t.Errorf("a mistyped previous key: %v", err)
	}
	if r, err := seal.ParseKeyring(countingText, " , "+countingText+"\n", seal.SM4GCM); err != nil || !r.Knows(r.ID()) {
		t.Errorf("one key twice: %v", err)
	}
	if _, err := (seal.KeyEncryptionKey{}).Wrap(t.Context(), counting(), nil); err == nil {
		t.Error("an empty key wraps")
	}
	if _, err := (seal.KeyEncryptionKey{}).Unwrap(t.Context(), nil, nil); err == nil {
		t.Error("an empty key unwraps")
	}
}

// module stands for a security module: its key stays with it, and it may be out of reach.
type module struct {
	inner seal.KeyEncryptionKey
	away  bool
}

func (m *module) ID() string { return "hsm-1" }

func (m *module) Wrap(ctx context.Context, key, place []byte) ([]byte, error) {
	return m.inner.Wrap(ctx, key, place)
}

func (m *module) Unwrap(ctx context.Context, box, place []byte) ([]byte, error) {
	if m.away {
		return nil, errAway
	}
	return m.inner.Unwrap(ctx, box, place)
}

var errAway = errors.New("the module does not answer")

// Another keeper of the key than this process fits: its failures come through as they are, and it derives nothing.
func TestKeyring_anotherKeeper(t *testing.T) {
	keeper, data := &module{inner: kek(t)}, dataKey(t, 1)
	r := ring(t, keeper)
	w := wrapped(t, r, data)
	if back, err := r.UnwrapDataKey(t.Context(), w, "371621101"); err != nil || !bytes.Equal(back.Key, data.Key) {
		t.Errorf("%v", err)
	}
	keeper.away = true
	if _, err := r.UnwrapDataKey(t.Context(), w, "371621101"); !errors.Is(err, errAway) || errors.Is(err, seal.ErrOpen) {
		t.Errorf("the module is away: %v", err)
	}
	if _, err := r.DerivedCountyKey("hsm-1", "371621"); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("a county's key was derived: %v", err)
	}
}

// Whoever has a data key, and nothing else, opens the next one; not another tenant's, nor with another version.
func TestDataKey_SealSuccessor(t *testing.T) {
	first, second := dataKey(t, 1), dataKey(t, 2)
	box, err := first.SealSuccessor(second, "371621101")
	if err != nil {
		t.Fatal(err)
	}
	if back, err := first.OpenSuccessor(box, 2, "371621101"); err != nil || !bytes.Equal(back.Key, second.Key) || back.Version != 2 {
		t.Errorf("%v", err)
	}
	for name, try := range map[string]func() (seal.DataKey, error){
		"another tenant":  func() (seal.DataKey, error) { return first.OpenSuccessor(box, 2, "371621102") },
		"another version": func() (seal.DataKey, error) { return first.OpenSuccessor(box, 3, "371621101") },
		"another key":     func() (seal.DataKey, error) { return dataKey(t, 1).OpenSuccessor(box, 2, "371621101") },
		"nothing":         func() (seal.DataKey, error) { return first.OpenSuccessor(nil, 2, "371621101") },
	} {
		if _, err := try(); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A codec that meets a version that it does not know reads the keys anew, once a second at most, and goes on.
func TestCodec_Reload(t *testing.T) {
	first, second := dataKey(t, 1), dataKey(t, 2)
	old, asked := codec(t, first), 0
	answer, failure := []seal.DataKey{first, second}, error(nil)
	old.Reload(func() ([]seal.DataKey, error) { asked++; return answer, failure })
	box := sealed(t, codec(t, first, second), "新")
	failure = errAway
	if _, err := old.Open(box, place); !errors.Is(err, errAway) {
		t.Errorf("the keys cannot be read: %v", err)
	}
	fresh := codec(t, first)
	fresh.Reload(func() ([]seal.DataKey, error) { asked++; return answer, nil })
	asked = 0
	for range 3 {
		if plain, err := fresh.Open(box, place); err != nil || string(plain) != "新" {
			t.Fatalf("%v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if _, err := codec(t, first).Open(sealed(t, fresh, "它"), place); !errors.Is(err, seal.ErrOpen) {
		t.Error("the newest key does not seal")
	}
	forged := bytes.Clone(box)
	forged[5] = 9
	for range 3 {
		if _, err := fresh.Open(forged, place); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("a version that is not there: %v", err)
		}
	}
	if asked > 2 {
		t.Errorf("a forged version makes the keys be read %d times", asked)
	}
}

// What was shredded neither opens nor seals, and another oldest key is not taken in silence.
func TestCodec_Learn(t *testing.T) {
	first := dataKey(t, 1)
	c := codec(t, first)
	box, index := sealed(t, c, "旧"), c.Blind("party identity", "x")
	if err := c.Learn([]seal.DataKey{dataKey(t, 2), dataKey(t, 1)}); err == nil {
		t.Error("another oldest key would change every index")
	}
	if err := c.Learn([]seal.DataKey{dataKey(t, 2), first}); err != nil {
		t.Fatal(err)
	}
	if plain, err := c.Open(box, place); err != nil || string(plain) != "旧" || !bytes.Equal(index, c.Blind("party identity", "x")) {
		t.Errorf("%v", err)
	}
	if err := c.Learn(nil); err != nil || !c.Shredded() {
		t.Fatalf("no keys: %v", err)
	}
	if _, err := c.Open(box, place); !errors.Is(err, seal.ErrShredded) {
		t.Errorf("open: %v", err)
	}
	if _, err := c.Seal([]byte("x"), place); !errors.Is(err, seal.ErrShredded) {
		t.Errorf("seal: %v", err)
	}
	if keys, err := seal.ParseDataKeys(seal.FormatDataKeys(c.Keys())); err != nil || len(keys) != 0 {
		t.Errorf("the environment of a shredded tenant: %v %v", keys, err)
	}
}
