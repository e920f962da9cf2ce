package seal

import (
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// KeyEncrypter is a key-encryption key: it wraps other keys and nothing else. KeyEncryptionKey holds one in memory; a key
// management service or a security module is another implementation, whose key never leaves it. It is asked when a tenant
// is first opened or has a new data key, not for every request, and must be safe for concurrent use.
type KeyEncrypter interface {
	// ID is a fingerprint that may be seen by anybody. It is stored beside what was wrapped.
	ID() string
	// Wrap seals a key at a place; the place is authenticated, not stored.
	Wrap(ctx context.Context, key, place []byte) ([]byte, error)
	// Unwrap opens what Wrap sealed at the same place; what does not open is an error that wraps ErrOpen. Other errors mean
	// that the keeper of the key could not be asked.
	Unwrap(ctx context.Context, box, place []byte) ([]byte, error)
}

// KeyEncryptionKey is a key-encryption key that this process holds. Whoever loses it loses the text of every case: it is kept
// in a Secret and in a safe. Once parsed, the key itself is not kept: only its ciphers and what is derived from it.
type KeyEncryptionKey struct {
	id         string
	with       Cipher
	ciphers    *aeads
	countyRoot [keySize]byte
}

var _ KeyEncrypter = KeyEncryptionKey{}

// ParseKeyEncryptionKey reads a key from its text: standard base64 of 32 bytes; blanks around it do not matter.
func ParseKeyEncryptionKey(text string) (KeyEncryptionKey, error) {
	key, err := decodeKey(text)
	if err != nil {
		return KeyEncryptionKey{}, errors.New("seal: the key-encryption key must be base64 of 32 bytes; make one with: openssl rand -base64 32")
	}
	made := KeyEncryptionKey{}
	if made.ciphers, err = newAEADs(key); err != nil {
		return KeyEncryptionKey{}, err
	}
	sum := sha256.Sum256(append([]byte("tiaojie key-encryption key\x00"), key...))
	made.id = hex.EncodeToString(sum[:8])
	root, err := derive(SHA256, key, countyRootUse)
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

// Using gives the same key, wrapping with a cipher. It unwraps what either wrapped.
func (k KeyEncryptionKey) Using(with Cipher) KeyEncryptionKey {
	k.with = with
	return k
}

// ID is a fingerprint that may be seen by anybody: 16 hex digits.
func (k KeyEncryptionKey) ID() string { return k.id }

// String never shows the key.
func (k KeyEncryptionKey) String() string { return "key-encryption key " + k.id }

// GoString never shows the key.
func (k KeyEncryptionKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k KeyEncryptionKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Wrap implements KeyEncrypter. The box: version, algorithm, nonce, sealed key with its tag.
func (k KeyEncryptionKey) Wrap(_ context.Context, key, place []byte) ([]byte, error) {
	if k.id == "" {
		return nil, errors.New("seal: the key-encryption key is empty")
	}
	return wrap(k.ciphers, k.with, key, place)
}

// Unwrap implements KeyEncrypter.
func (k KeyEncryptionKey) Unwrap(_ context.Context, box, place []byte) ([]byte, error) {
	if k.id == "" {
		return nil, errors.New("seal: the key-encryption key is empty")
	}
	return unwrap(k.ciphers, box, place)
}

func wrap(ciphers *aeads, with Cipher, key, place []byte) ([]byte, error) {
	algorithm, err := with.algorithm()
	if err != nil {
		return nil, err
	}
	if len(key) != keySize {
		return nil, errors.New("seal: a key to wrap has 32 bytes")
	}
	box, err := fresh([]byte{envelopeVersion, algorithm}, len(key))
	if err != nil {
		return nil, err
	}
	return ciphers[algorithm].Seal(box, box[2:], key, place), nil
}

func unwrap(ciphers *aeads, box, place []byte) ([]byte, error) {
	if len(box) != 2+nonceSize+keySize+tagSize || box[0] != envelopeVersion || ciphers.of(box[1]) == nil {
		return nil, fmt.Errorf("%w: not a wrapped key", ErrOpen)
	}
	key, err := ciphers.of(box[1]).Open(nil, box[2:2+nonceSize], box[2+nonceSize:], place)
	if err != nil {
		return nil, ErrOpen
	}
	return key, nil
}

// WrappedKey is a key as it lies in a table.
type WrappedKey struct {
	KEK     string   `json:"kek"`               // id of the key-encryption key that wrapped it
	Version int      `json:"version,omitempty"` // of a data key
	Index   TreeHash `json:"index"`
	Box     []byte   `json:"wrapped"`
}

// Keyring is the key-encryption keys that are known: the current one, which wraps, and those before it, which still unwrap
// until a rotation has ended.
type Keyring struct {
	current KeyEncrypter
	known   map[string]KeyEncrypter
}

// NewKeyring takes the current key and those before it. One key twice is fine.
func NewKeyring(current KeyEncrypter, previous ...KeyEncrypter) (*Keyring, error) {
	r := &Keyring{current: current, known: map[string]KeyEncrypter{}}
	for _, key := range append(previous, current) {
		if key == nil || key.ID() == "" {
			return nil, errors.New("seal: a keyring needs keys that are not empty")
		}
		r.known[key.ID()] = key
	}
	return r, nil
}

// ParseKeyring reads a ring of keys that this process holds: the current key's text, and the texts of those before it, separated
// by commas. Its errors never hold key material.
func ParseKeyring(current, previous string, with Cipher) (*Keyring, error) {
	if _, err := with.algorithm(); err != nil {
		return nil, err
	}
	key, err := ParseKeyEncryptionKey(current)
	if err != nil {
		return nil, err
	}
	var formers []KeyEncrypter
	for i, text := range strings.Split(previous, ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		former, err := ParseKeyEncryptionKey(text)
		if err != nil {
			return nil, fmt.Errorf("seal: previous key %d must be base64 of 32 bytes", i+1)
		}
		formers = append(formers, former.Using(with))
	}
	return NewKeyring(key.Using(with), formers...)
}

// ID is the current key's fingerprint.
func (r *Keyring) ID() string { return r.current.ID() }

// Knows tells whether the key of this fingerprint is there.
func (r *Keyring) Knows(id string) bool { return r.known[id] != nil }

// ErrUnknownKey says that something was wrapped by a key-encryption key that is not in the ring.
var ErrUnknownKey = errors.New("seal: wrapped by a key-encryption key that is not known here")

// WrapDataKey wraps a data key under the current key; owner is the tenant's code.
func (r *Keyring) WrapDataKey(ctx context.Context, key DataKey, owner string) (WrappedKey, error) {
	if err := key.check(); err != nil {
		return WrappedKey{}, err
	}
	box, err := r.current.Wrap(ctx, key.Key, dataKeyPlace(key.Version, key.Index, owner))
	return WrappedKey{KEK: r.ID(), Version: key.Version, Index: key.Index.index(), Box: box}, err
}

// UnwrapDataKey opens a data key of a tenant. The error wraps ErrUnknownKey or ErrOpen, or comes from the key's keeper.
func (r *Keyring) UnwrapDataKey(ctx context.Context, wrapped WrappedKey, owner string) (DataKey, error) {
	key, err := r.unwrap(ctx, wrapped, dataKeyPlace(wrapped.Version, wrapped.Index, owner))
	made := DataKey{Version: wrapped.Version, Key: key, Index: wrapped.Index.index()}
	if err == nil {
		err = made.check()
	}
	return made, err
}

// WrapCountyKey wraps a county's blind-index key under the current key.
func (r *Keyring) WrapCountyKey(ctx context.Context, key BlindKey, county string) (WrappedKey, error) {
	if key.IsZero() {
		return WrappedKey{}, errors.New("seal: the blind-index key is empty")
	}
	box, err := r.current.Wrap(ctx, key.key[:], countyKeyPlace(key.hash, county))
	return WrappedKey{KEK: r.ID(), Index: key.hash.index(), Box: box}, err
}

// UnwrapCountyKey opens a county's blind-index key, with the errors of UnwrapDataKey.
func (r *Keyring) UnwrapCountyKey(ctx context.Context, wrapped WrappedKey, county string) (BlindKey, error) {
	key, err := r.unwrap(ctx, wrapped, countyKeyPlace(wrapped.Index, county))
	if err != nil {
		return BlindKey{}, err
	}
	return newBlindKey(key, wrapped.Index), nil
}

// DerivedCountyKey gives the blind-index key that a county had before it had one of its own, from the key-encryption key of
// this fingerprint.
func (r *Keyring) DerivedCountyKey(id, county string) (BlindKey, error) {
	key, ok := r.known[id].(interface {
		CountyBlindKey(county string) (BlindKey, error)
	})
	if !ok {
		return BlindKey{}, ErrUnknownKey
	}
	return key.CountyBlindKey(county)
}

func (r *Keyring) unwrap(ctx context.Context, wrapped WrappedKey, place []byte) ([]byte, error) {
	key := r.known[wrapped.KEK]
	if key == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknownKey, wrapped.KEK)
	}
	return key.Unwrap(ctx, wrapped.Box, place)
}

// dataKeyPlace is authenticated with a data key. SHA-256 is not named: it was there before there was a choice.
func dataKeyPlace(version int, index TreeHash, owner string) []byte {
	return withIndex("tiaojie data key\x00"+strconv.Itoa(version)+"\x00"+owner, index)
}

func countyKeyPlace(index TreeHash, county string) []byte {
	return withIndex("tiaojie county blind key\x00"+county, index)
}

func withIndex(place string, index TreeHash) []byte {
	if index.index() != SHA256 {
		place += "\x00" + string(index)
	}
	return []byte(place)
}

// SealSuccessor seals a tenant's next data key for whoever has this one: an instance that serves one tenant has its data keys
// but no key-encryption key, and learns of a new one by this.
func (k DataKey) SealSuccessor(next DataKey, owner string) ([]byte, error) {
	ciphers, err := k.succession()
	if err != nil {
		return nil, err
	}
	return wrap(ciphers, "", next.Key, successorPlace(k, next.Version, owner))
}

// OpenSuccessor opens what SealSuccessor sealed, or fails with an error that wraps ErrOpen.
func (k DataKey) OpenSuccessor(box []byte, version int, owner string) (DataKey, error) {
	ciphers, err := k.succession()
	if err != nil {
		return DataKey{}, err
	}
	key, err := unwrap(ciphers, box, successorPlace(k, version, owner))
	return DataKey{Version: version, Key: key, Index: k.Index}, err
}

func (k DataKey) succession() (*aeads, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	key, err := derive(SHA256, k.Key, successionUse)
	if err != nil {
		return nil, err
	}
	return newAEADs(key)
}

func successorPlace(k DataKey, version int, owner string) []byte {
	return fmt.Appendf(nil, "tiaojie data key successor\x00%d\x00%d\x00%s", k.Version, version, owner)
}

// aeads are the ciphers of one key, by algorithm.
type aeads [algorithmSM4 + 1]cipher.AEAD

// of gives nil for an algorithm that nobody knows.
func (a *aeads) of(algorithm byte) cipher.AEAD {
	if int(algorithm) >= len(a) {
		return nil
	}
	return a[algorithm]
}
