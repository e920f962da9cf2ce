package command

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// keyWorld is a county with its directory, the arguments that reach it as its administrator, and everything that must never be
// printed.
type keyWorld struct {
	*pgtest.Fixture
	t         *testing.T
	directory postgres.Address
	admin     []string
	secrets   []string
}

func newKeyWorld(t *testing.T) *keyWorld {
	t.Helper()
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇")
	directory := f.Directory()
	w := &keyWorld{Fixture: f, t: t, directory: directory, admin: []string{"--directory-host", f.Address.Host, "--directory-port", strconv.Itoa(f.Address.Port),
		"--directory-name", directory.Database, "--directory-sslmode", "disable", "--directory-admin-database", f.Address.Database,
		"--directory-admin-user", f.Address.User, "--directory-admin-password", f.Address.Password}}
	w.hide(f.KeyText)
	for _, town := range f.Towns {
		w.hide(base64.StdEncoding.EncodeToString(f.DataKeys(town)[0].Key))
	}
	w.hide(strings.Split(f.CountyKey().Text(), ":")[0])
	return w
}

// hide remembers a key in the forms in which it could be printed.
func (w *keyWorld) hide(text string) {
	w.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.secrets = append(w.secrets, text, hex.EncodeToString(raw), string(raw), base64.RawURLEncoding.EncodeToString(raw),
		base64.StdEncoding.EncodeToString([]byte(text)))
}

// keys runs a command, and finds no key in what it prints.
func (w *keyWorld) keys(wantCode int, says string, args ...string) string {
	w.t.Helper()
	code, out, errors := tiaojie(w.t, append([]string{"keys"}, args...)...)
	if code != wantCode || !strings.Contains(out+errors, says) {
		w.t.Errorf("keys %s: exit %d, want %d with %q: %s%s", args[0], code, wantCode, says, out, errors)
	}
	for _, secret := range w.secrets {
		if strings.Contains(out+errors, secret) {
			w.t.Errorf("keys %s prints a key", args[0])
		}
	}
	return out
}

func newKeyText(t *testing.T) string {
	t.Helper()
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A rotation as an administrator does it: with the keys from the environment, from files or from the Secret, repeated, refused
// without the old key, and with new data keys. No key is ever printed.
func TestKeysRotate(t *testing.T) {
	w := newKeyWorld(t)
	second, third := newKeyText(t), newKeyText(t)
	w.hide(second)
	w.hide(third)
	rotate := append([]string{"rotate"}, w.admin...)
	w.keys(1, "is not given", slices.Concat(rotate, []string{"--key", second})...)
	w.keys(0, "all of 1 counties", slices.Concat(rotate, []string{"--key", second, "--previous-keys", w.KeyText})...)
	w.keys(0, "0 wrapped anew", slices.Concat(rotate, []string{"--key", second, "--previous-keys", w.KeyText})...)
	w.keys(1, "is not given", slices.Concat(rotate, []string{"--key", w.KeyText})...)
	files := t.TempDir()
	for name, text := range map[string]string{"new": third + "\n", "old": second + "\n"} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.keys(0, "new data key", slices.Concat(rotate, []string{"--key-file", filepath.Join(files, "new"), "--previous-key-file", filepath.Join(files, "old"), "--data-keys", "--older-than", "0s"})...)
	secret, err := json.Marshal(map[string]any{"data": map[string][]byte{"key": []byte(third), "previous-keys": []byte(second)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files, "secret"), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	w.keys(0, "0 wrapped anew", slices.Concat(rotate, []string{"--secret", filepath.Join(files, "secret")})...)
	w.keys(0, "0 wrapped anew", slices.Concat(rotate, []string{"--key", third, "--data-keys"})...)
	ring, err := seal.ParseKeyring(third, "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.Keys.Ring = ring
	for _, town := range w.Towns {
		before := w.DataKeys(town)[0]
		if now := w.AddDataKey(town); len(now) != 2 || !bytes.Equal(now[0].Key, before.Key) {
			t.Errorf("%s: %d data keys, or the first is another one", town, len(now))
		}
	}
}

// Whatever goes wrong is said in words that help, and without a key.
func TestKeysRotate_refuses(t *testing.T) {
	w := newKeyWorld(t)
	second := newKeyText(t)
	w.hide(second)
	rotate := append([]string{"rotate"}, w.admin...)
	whole := slices.Concat(rotate, []string{"--key", second, "--previous-keys", w.KeyText})
	broken := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(broken, []byte(second), 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, bytes.Repeat([]byte(second), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for reason, tc := range map[string]struct {
		says string
		args []string
	}{
		"no key":                     {"TIAOJIE_KEY", rotate},
		"a key that is cut":          {"TIAOJIE_KEY", slices.Concat(rotate, []string{"--key", second[:40]})},
		"a previous key that is cut": {"previous key 1", slices.Concat(rotate, []string{"--key", second, "--previous-keys", w.KeyText[:40]})},
		"a key twice":                {"give one of them", slices.Concat(rotate, []string{"--key", second, "--key-file", broken})},
		"no such file":               {"TIAOJIE_KEY_FILE", slices.Concat(rotate, []string{"--key-file", "/nonexistent/key"})},
		"no such previous file":      {"TIAOJIE_PREVIOUS_KEY_FILES", slices.Concat(rotate, []string{"--key", second, "--previous-key-file", "/nonexistent/key"})},
		"a file that is no key":      {"too large", slices.Concat(rotate, []string{"--key-file", large})},
		"a key where a Secret is":    {"no Secret", slices.Concat(rotate, []string{"--secret", broken})},
		"an unknown cipher":          {"TIAOJIE_CIPHER", slices.Concat(whole, []string{"--cipher", "DES"})},
		"no database":                {"TIAOJIE_DIRECTORY_HOST", []string{"rotate", "--key", second}},
		"a wrong password":           {"password", slices.Concat(whole, []string{"--directory-admin-password", "wrong-password"})},
		"a server without a login":   {"TIAOJIE_SERVERS", slices.Concat(whole, []string{"--server", "nonsense"})},
	} {
		t.Log(reason)
		w.keys(1, tc.says, tc.args...)
	}
	pgtest.Exec(t, w.AsSuperuser(), `UPDATE t`+w.Towns[1]+`.data_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)`)
	w.keys(1, "keep the previous key", whole...)
	pgtest.Exec(t, w.AsSuperuser(), `UPDATE t`+w.Towns[1]+`.data_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)`)
	w.keys(0, "all of 1 counties", whole...)
}

// A county on a server that nobody gave a login for is named, and the installation stays bound to the old key.
func TestKeysRotate_anotherServer(t *testing.T) {
	w := newKeyWorld(t)
	second := newKeyText(t)
	pgtest.Exec(t, pgtestSuperuserIn(t, w.directory.Database), `UPDATE directory.county SET host = 'db2.example'`)
	w.keys(1, "db2.example", slices.Concat([]string{"rotate"}, w.admin, []string{"--key", second, "--previous-keys", w.KeyText})...)
	w.keys(1, "is not given", slices.Concat([]string{"rotate"}, w.admin, []string{"--key", second})...)
}

func pgtestSuperuserIn(t *testing.T, database string) postgres.Address {
	t.Helper()
	address := pgtest.Superuser(t)
	address.Database = database
	return address
}

// A new key is printed alone, so that it can be piped; its fingerprint goes to the other stream.
func TestKeysNew(t *testing.T) {
	clearEnvironment(t)
	code, out, errors := tiaojie(t, "keys", "new")
	key, err := seal.ParseKeyEncryptionKey(out)
	if code != 0 || err != nil || !strings.Contains(errors, key.ID()) || strings.Contains(errors, strings.TrimSpace(out)) {
		t.Errorf("exit %d, %v: %s", code, err, errors)
	}
}

// Destroying a town's keys takes its code twice, happens once, and says what is left to do.
func TestKeysShred(t *testing.T) {
	w := newKeyWorld(t)
	town := w.Towns[1]
	shred := append([]string{"shred"}, w.admin...)
	for reason, tc := range map[string]struct {
		says string
		args []string
	}{
		"another code":            {"nothing was destroyed", []string{"--tenant", town, "--confirm", w.Towns[0]}},
		"no code":                 {"nine digits", []string{"--tenant", "town", "--confirm", "town"}},
		"a county":                {"nine digits", []string{"--tenant", w.Code, "--confirm", w.Code}},
		"a county that is not":    {"no county 110101", []string{"--tenant", "110101001", "--confirm", "110101001"}},
		"a town that is not":      {"check the code", []string{"--tenant", w.Code + "998", "--confirm", w.Code + "998"}},
		"no database":             {"TIAOJIE_DIRECTORY_HOST", []string{"--tenant", town, "--confirm", town, "--directory-host", ""}},
		"a password that is none": {"password", []string{"--tenant", town, "--confirm", town, "--directory-admin-password", "wrong-password"}},
	} {
		t.Log(reason)
		w.keys(1, tc.says, slices.Concat(shred, tc.args)...)
	}
	w.keys(2, "--confirm", slices.Concat(shred, []string{"--tenant", town})...)
	if keys, err := w.County.EnsureDataKey(t.Context(), town, w.Fixture.Keys); err != nil || len(keys) != 1 {
		t.Fatalf("a refused command destroyed keys: %d, %v", len(keys), err)
	}
	whole := slices.Concat(shred, []string{"--tenant", town, "--confirm", town})
	w.keys(0, "destroy the old one", whole...)
	w.keys(0, "shredded before", whole...)
	second := newKeyText(t)
	w.hide(second)
	w.keys(0, town+": shredded", slices.Concat([]string{"rotate"}, w.admin, []string{"--key", second, "--previous-keys", w.KeyText})...)
}
