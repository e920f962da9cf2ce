package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"tiaojie.dev/tiaojie/internal/seal"
)

// ringFlags say with which key-encryption keys data keys are wrapped: the current one, and those before it while a rotation is
// under way. Keys belong into the environment or a file, not on the line.
type ringFlags struct {
	Key             string   `env:"TIAOJIE_KEY" placeholder:"BASE64" help:"The installation's key-encryption key, 32 bytes."`
	KeyFile         string   `env:"TIAOJIE_KEY_FILE" placeholder:"FILE" help:"A file that holds it, instead."`
	PreviousKeys    string   `env:"TIAOJIE_PREVIOUS_KEYS" placeholder:"BASE64,…" help:"Key-encryption keys before it, until tiaojie keys rotate has ended."`
	PreviousKeyFile []string `env:"TIAOJIE_PREVIOUS_KEY_FILES" placeholder:"FILE" help:"Files that hold them, instead."`
}

// cipherFlags say what seals from now on.
type cipherFlags struct {
	Cipher string `env:"TIAOJIE_CIPHER" default:"AES-256-GCM" help:"AES-256-GCM or SM4-GCM, for what is sealed from now on; what either sealed is read."`
}

func (f cipherFlags) cipher() (seal.Cipher, error) {
	cipher, err := seal.ParseCipher(f.Cipher)
	if err != nil {
		return "", fmt.Errorf("TIAOJIE_CIPHER: %w", err)
	}
	return cipher, nil
}

// with reads the keys. Its errors name where a key stands, never the key.
func (f ringFlags) with(ciphers cipherFlags) (*seal.Keyring, seal.Cipher, error) {
	cipher, err := ciphers.cipher()
	if err != nil {
		return nil, "", err
	}
	current, previous := f.Key, f.PreviousKeys
	if f.KeyFile != "" {
		if f.Key != "" {
			return nil, "", errors.New("the key stands in TIAOJIE_KEY and in TIAOJIE_KEY_FILE: give one of them")
		}
		if current, err = readKeyFile(f.KeyFile); err != nil {
			return nil, "", fmt.Errorf("TIAOJIE_KEY_FILE: %w", err)
		}
	}
	for _, path := range f.PreviousKeyFile {
		text, err := readKeyFile(path)
		if err != nil {
			return nil, "", fmt.Errorf("TIAOJIE_PREVIOUS_KEY_FILES: %w", err)
		}
		previous += "," + text
	}
	ring, err := seal.ParseKeyring(current, previous, cipher)
	if err != nil {
		return nil, "", fmt.Errorf("TIAOJIE_KEY: %w", err)
	}
	return ring, cipher, nil
}

// fromSecret reads the keys of a Secret, as kubectl get -o json prints it.
func (f *ringFlags) fromSecret(text []byte) error {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	if err := json.Unmarshal(text, &secret); err != nil || len(secret.Data["key"]) == 0 {
		return errors.New("this is no Secret with a key: give what kubectl get secret tiaojie-keys -o json prints")
	}
	*f = ringFlags{Key: string(secret.Data["key"]), PreviousKeys: string(secret.Data["previous-keys"])}
	return nil
}

// maxKeyFile is more than a key's text; a larger file is another one.
const maxKeyFile = 1 << 10

func readKeyFile(path string) (string, error) {
	found, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if found.Size() > maxKeyFile {
		return "", fmt.Errorf("%s is too large for a key", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // whoever starts the program names the file
	return strings.TrimSpace(string(text)), err
}
