package seal

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

const keySize = 32

// DataKey is one of a tenant's keys. Versions count from 1; the newest seals.
type DataKey struct {
	Version int
	Key     []byte // 32 bytes
	// Index is the hash of the tenant's blind indexes and lexemes; "" means SHA-256. All keys of a tenant agree on it, because
	// an index that changed its hash would find nothing any more.
	Index TreeHash
}

// NewDataKey makes a random key.
func NewDataKey(version int, index TreeHash) (DataKey, error) {
	key, err := randomKey()
	if err != nil {
		return DataKey{}, err
	}
	made := DataKey{Version: version, Key: key, Index: index}
	return made, made.check()
}

func (k DataKey) check() error {
	if k.Version < 1 || k.Version > maximumKeyVersion {
		return errors.New("seal: versions of data keys count from 1")
	}
	if len(k.Key) != keySize {
		return errors.New("seal: a data key has 32 bytes")
	}
	return k.Index.checkIndex()
}

// index is the hash that Index means.
func (h TreeHash) index() TreeHash { return cmp.Or(h, SHA256) }

func (h TreeHash) checkIndex() error {
	if !h.index().Known() {
		return errors.New("seal: the hash of an index is SHA-256 or SM3")
	}
	return nil
}

// String never shows the key.
func (k DataKey) String() string { return "data key " + strconv.Itoa(k.Version) }

// GoString never shows the key.
func (k DataKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k DataKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// shreddedKeys stands in TIAOJIE_DATA_KEYS for keys that were destroyed.
const shreddedKeys = "shredded"

// FormatDataKeys writes keys as "1:base64,2:base64", the form of TIAOJIE_DATA_KEYS; a key whose indexes are of another hash
// than SHA-256 names it: "1:base64:SM3". No keys at all are written as "shredded".
func FormatDataKeys(keys []DataKey) string {
	if len(keys) == 0 {
		return shreddedKeys
	}
	parts := make([]string, 0, len(keys))
	for _, key := range keys {
		part := strconv.Itoa(key.Version) + ":" + base64.StdEncoding.EncodeToString(key.Key)
		if key.Index.index() != SHA256 {
			part += ":" + string(key.Index)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

// ParseDataKeys reads the form of FormatDataKeys; keys that were shredded are none. Its errors never hold key material.
func ParseDataKeys(text string) ([]DataKey, error) {
	if strings.TrimSpace(text) == shreddedKeys {
		return nil, nil
	}
	var keys []DataKey
	for i, part := range strings.Split(strings.TrimSpace(text), ",") {
		key, err := parseDataKey(part)
		if err != nil {
			return nil, fmt.Errorf("seal: data key %d: %w", i+1, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// CountDataKeys counts the keys in a text of FormatDataKeys without reading them.
func CountDataKeys(text string) int {
	if text == "" || text == shreddedKeys {
		return 0
	}
	return strings.Count(text, ",") + 1
}

func parseDataKey(text string) (DataKey, error) {
	number, encoded, found := strings.Cut(text, ":")
	version, err := strconv.Atoi(strings.TrimSpace(number))
	if !found || err != nil {
		return DataKey{}, errors.New("want VERSION:BASE64, separated by commas")
	}
	encoded, index, _ := strings.Cut(encoded, ":")
	key, err := decodeKey(encoded)
	if err != nil {
		return DataKey{}, errors.New("want base64 of 32 bytes")
	}
	made := DataKey{Version: version, Key: key, Index: TreeHash(strings.TrimSpace(index))}
	return made, made.check()
}

func decodeKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	if len(key) != keySize {
		return nil, errors.New("wrong length")
	}
	return key, nil
}

func randomKey() ([]byte, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return key, nil
}
