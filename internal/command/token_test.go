package command

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/identity"
)

// tiaojie runs the command line as a user would.
func tiaojie(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestTokenCommand_fromKeyToVerifiedToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	if code, _, err := tiaojie(t, "token", "new-key", "--out", file); code != 0 {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the private key is readable by others: %v, %v", info.Mode(), err)
	}
	code, keys, text := tiaojie(t, "token", "jwks", "--key", file)
	if code != 0 || strings.Count(keys, "\n") != 1 || strings.Contains(keys, `"d"`) {
		t.Fatalf("%s %s", keys, text)
	}
	code, token, text := tiaojie(t, "token", "mint", "--key", file, "--issuer", "https://id.example", "--audience", "tiaojie",
		"--subject", "zhang", "--name", "张三", "--ttl", "5m")
	if code != 0 {
		t.Fatal(text)
	}
	verifier, err := identity.New(identity.Config{Issuer: "https://id.example", Audience: "tiaojie", JWKS: keys, AllowDevelopmentKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	who, err := verifier.Verify(t.Context(), strings.TrimSpace(token))
	if err != nil || who.Subject != "zhang" || who.Name != "张三" {
		t.Fatalf("%v, %v", who, err)
	}
}

func TestTokenCommand_refuses(t *testing.T) {
	directory := t.TempDir()
	good := filepath.Join(directory, "key.json")
	if code, _, err := tiaojie(t, "token", "new-key", "--out", good); code != 0 {
		t.Fatal(err)
	}
	key, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(directory, "foreign.json")
	if err := os.WriteFile(foreign, bytes.ReplaceAll(key, []byte("development-"), []byte("production-")), 0o600); err != nil {
		t.Fatal(err)
	}
	mint := []string{"token", "mint", "--issuer", "https://id.example", "--audience", "a", "--subject", "s"}
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		says   string
	}{
		"overwrite":         {"a key that is in use must not vanish", []string{"token", "new-key", "--out", good}, 1, "exists"},
		"foreign key":       {"tokens of real issuers are not made here", append(mint, "--key", foreign), 1, "development-"},
		"no file":           {"the path is wrong", append(mint, "--key", good+"x"), 1, "no such file"},
		"no subject":        {"a token speaks of somebody", []string{"token", "mint", "--key", good, "--issuer", "i", "--audience", "a"}, 2, "--subject"},
		"no time":           {"never valid", append(mint, "--key", good, "--ttl", "0s"), 1, "lifetime"},
		"public of foreign": {"only development keys", []string{"token", "jwks", "--key", foreign}, 1, "development-"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			code, _, text := tiaojie(t, c.args...)
			if code != c.code || !strings.Contains(text, c.says) {
				t.Fatalf("%s: exit %d: %s", c.reason, code, text)
			}
		})
	}
}

func TestTokenCommand_keyToStandardOutput(t *testing.T) {
	code, out, _ := tiaojie(t, "token", "new-key")
	var key struct{ Kid, Kty, D string }
	if err := json.Unmarshal([]byte(out), &key); code != 0 || err != nil || !strings.HasPrefix(key.Kid, "development-") || key.D == "" {
		t.Fatalf("%d %v", code, err)
	}
}

func TestVersionCommand(t *testing.T) {
	if code, out, _ := tiaojie(t, "version"); code != 0 || !strings.HasPrefix(out, "tiaojie ") {
		t.Fatalf("%d %s", code, out)
	}
}
