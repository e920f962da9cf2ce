package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

const keySize = 32

// KeyEncryptionKey is the installation's key. It wraps data keys, derives the counties' blind-index keys and seals
// nothing else. Whoever loses it loses the text of every case: it is kept in a Secret and in a safe. Once parsed, the
// key itself is not kept: only its cipher and what is derived from it.
type KeyEncryptionKey struct {
	id         string
	gcm        cipher.AEAD
	countyRoot [keySize]byte
}

// ParseKeyEncryptionKey reads a key from its text: standard base64 of 32 bytes; blanks around it do not matter.
func ParseKeyEncryptionKey(text string) (KeyEncryptionKey, error) {
	key, err := decodeKey(text)
	if err != nil {
		return KeyEncryptionKey{}, errors.New("seal: the key-encryption key must be base64 of 32 bytes; make one with: openssl rand -base64 32")
	}
	gcm, err := aesGCM(key)
	if err != nil {
		return KeyEncryptionKey{}, err
	}
	sum := sha256.Sum256(append([]byte("tiaojie key-encryption key\x00"), key...))
	made := KeyEncryptionKey{id: hex.EncodeToString(sum[:8]), gcm: gcm}
	root, err := derive(key, countyRootUse)
	copy(made.countyRoot[:], root)
	return made, err
}

// NewKeyEncryptionKeyText makes the text of a new random key.
func NewKeyEncryptionKeyText() (string, error) {
	key, err := randomKey()
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(key), nil
}

// ID is a fingerprint that may be seen by anybody: 16 hex digits.
func (k KeyEncryptionKey) ID() string { return k.id }

// String never shows the key.
func (k KeyEncryptionKey) String() string { return "key-encryption key " + k.id }

// GoString never shows the key.
func (k KeyEncryptionKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k KeyEncryptionKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Wrap seals a data key; aad says whose it is (the tenant's code).
func (k KeyEncryptionKey) Wrap(dataKey DataKey, aad string) ([]byte, error) {
	if k.gcm == nil {
		return nil, errors.New("seal: the key-encryption key is empty")
	}
	if err := dataKey.check(); err != nil {
		return nil, err
	}
	box := make([]byte, 2+nonceSize, 2+nonceSize+keySize+tagSize)
	box[0], box[1] = envelopeVersion, algorithmAES256
	if _, err := rand.Read(box[2:]); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return k.gcm.Seal(box, box[2:], dataKey.Key, wrapAAD(dataKey.Version, aad)), nil
}

// Unwrap opens a wrapped data key of the given version, or fails with an error that wraps ErrOpen.
func (k KeyEncryptionKey) Unwrap(wrapped []byte, version int, aad string) (DataKey, error) {
	if k.gcm == nil {
		return DataKey{}, errors.New("seal: the key-encryption key is empty")
	}
	if len(wrapped) != 2+nonceSize+keySize+tagSize || wrapped[0] != envelopeVersion || wrapped[1] != algorithmAES256 {
		return DataKey{}, fmt.Errorf("%w: not a wrapped data key", ErrOpen)
	}
	key, err := k.gcm.Open(nil, wrapped[2:2+nonceSize], wrapped[2+nonceSize:], wrapAAD(version, aad))
	if err != nil {
		return DataKey{}, ErrOpen
	}
	return DataKey{Version: version, Key: key}, nil
}

func wrapAAD(version int, aad string) []byte {
	return []byte("tiaojie data key\x00" + strconv.Itoa(version) + "\x00" + aad)
}

// DataKey is one of a tenant's keys. Versions count from 1; the newest seals.
type DataKey struct {
	Version int
	Key     []byte // 32 bytes
}

// NewDataKey makes a random key.
func NewDataKey(version int) (DataKey, error) {
	key, err := randomKey()
	if err != nil {
		return DataKey{}, err
	}
	made := DataKey{Version: version, Key: key}
	return made, made.check()
}

func (k DataKey) check() error {
	if k.Version < 1 || k.Version > maximumKeyVersion {
		return errors.New("seal: versions of data keys count from 1")
	}
	if len(k.Key) != keySize {
		return errors.New("seal: a data key has 32 bytes")
	}
	return nil
}

// String never shows the key.
func (k DataKey) String() string { return "data key " + strconv.Itoa(k.Version) }

// GoString never shows the key.
func (k DataKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k DataKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// FormatDataKeys writes keys as "1:base64,2:base64", the form of TIAOJIE_DATA_KEYS.
func FormatDataKeys(keys []DataKey) string {
	parts := make([]string, 0, len(keys))
	for _, key := range keys {
		parts = append(parts, strconv.Itoa(key.Version)+":"+base64.StdEncoding.EncodeToString(key.Key))
	}
	return strings.Join(parts, ",")
}

// ParseDataKeys reads the form of FormatDataKeys. Its errors never hold key material.
func ParseDataKeys(text string) ([]DataKey, error) {
	var keys []DataKey
	for i, part := range strings.Split(strings.TrimSpace(text), ",") {
		number, encoded, found := strings.Cut(part, ":")
		version, err := strconv.Atoi(strings.TrimSpace(number))
		if !found || err != nil {
			return nil, fmt.Errorf("seal: data key %d: want VERSION:BASE64, separated by commas", i+1)
		}
		key, err := decodeKey(encoded)
		if err != nil {
			return nil, fmt.Errorf("seal: data key %d: want base64 of 32 bytes", i+1)
		}
		made := DataKey{Version: version, Key: key}
		if err := made.check(); err != nil {
			return nil, err
		}
		keys = append(keys, made)
	}
	return keys, nil
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
