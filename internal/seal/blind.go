package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// What a derived key is for. A key derived for one use tells nothing of another's; a change of wording is a change of
// every index, so these never change.
const (
	tenantBlindUse = "tiaojie tenant blind index 1"
	tenantTextUse  = "tiaojie tenant search lexeme 1"
	countyRootUse  = "tiaojie county root 1"
	countyBlindUse = "tiaojie county blind index 1 "
	successionUse  = "tiaojie data key successor 1"
	sm4Use         = "tiaojie SM4 key 1"
)

// BlindSize is the length of a blind index in bytes.
const BlindSize = sha256.Size // of SM3 too

// BlindKey makes blind indexes: the same value gives the same bytes, so that it can be looked up exactly and made
// unique in a table that does not hold it. Whoever has the table but not the key cannot test a guess; he sees which
// rows are equal. The zero key is refused where it is used.
type BlindKey struct {
	key  [keySize]byte
	hash TreeHash
	set  bool
}

// NewBlindKey makes a random key of indexes of this hash; "" means SHA-256.
func NewBlindKey(hash TreeHash) (BlindKey, error) {
	if err := hash.checkIndex(); err != nil {
		return BlindKey{}, err
	}
	key, err := randomKey()
	if err != nil {
		return BlindKey{}, err
	}
	return newBlindKey(key, hash), nil
}

// Blind gives the index of a value for a purpose, such as "party identity": HMAC-SHA-256 or HMAC-SM3, 32 bytes. Indexes of two
// purposes cannot be compared. The caller brings the value into its one normal form first (an identity number in
// capitals, a telephone number in digits): what differs by a blank differs wholly here. It panics on the zero key:
// an index without a key would be a plain digest of a number that can be guessed.
func (k BlindKey) Blind(purpose, value string) []byte {
	if !k.set {
		panic("seal: a blind index without a key")
	}
	mac := hmac.New(k.hash.fresh, k.key[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(purpose)))) //nolint:gosec // a word or two
	mac.Write([]byte(purpose))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// IsZero says that there is no key.
func (k BlindKey) IsZero() bool { return !k.set }

// Hash is the hash of its indexes.
func (k BlindKey) Hash() TreeHash { return k.hash.index() }

// Text is the key as standard base64, the form of TIAOJIE_COUNTY_KEY, with ":SM3" behind it when its indexes are of that
// hash. It goes into a Secret and nowhere else.
func (k BlindKey) Text() string {
	text := base64.StdEncoding.EncodeToString(k.key[:])
	if k.Hash() != SHA256 {
		text += ":" + string(k.hash)
	}
	return text
}

// ParseBlindKey reads the form of Text. Its errors never hold key material.
func ParseBlindKey(text string) (BlindKey, error) {
	encoded, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	key, err := decodeKey(encoded)
	if err != nil {
		return BlindKey{}, errors.New("seal: a blind-index key must be base64 of 32 bytes")
	}
	if err := TreeHash(hash).checkIndex(); err != nil {
		return BlindKey{}, err
	}
	return newBlindKey(key, TreeHash(hash)), nil
}

// String never shows the key.
func (k BlindKey) String() string { return "blind-index key" }

// GoString never shows the key.
func (k BlindKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k BlindKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

func newBlindKey(key []byte, hash TreeHash) BlindKey {
	made := BlindKey{set: true, hash: hash.index()}
	copy(made.key[:], key)
	return made
}

// Blind gives the blind index of a value inside the tenant: see BlindKey.Blind. It comes from the tenant's data key of
// the lowest version, which is kept for ever, so a new data key does not change what is found.
func (c *Codec) Blind(purpose, value string) []byte { return c.blind.Blind(purpose, value) }

// CountyBlindKey derives the key that the tenants of a county shared for look-ups over the county before counties had keys
// of their own; a county keeps the one that it began with. The county's code has six digits.
func (k KeyEncryptionKey) CountyBlindKey(county string) (BlindKey, error) {
	if k.id == "" {
		return BlindKey{}, errors.New("seal: the key-encryption key is empty")
	}
	if !countyCode.MatchString(county) {
		return BlindKey{}, fmt.Errorf("seal: %q is no county's code of six digits", county)
	}
	key, err := derive(SHA256, k.countyRoot[:], countyBlindUse+county)
	if err != nil {
		return BlindKey{}, err
	}
	return newBlindKey(key, SHA256), nil
}

var countyCode = regexp.MustCompile(`^[0-9]{6}$`)

// derive gives 32 bytes for a use from a uniformly random secret: HKDF (RFC 5869) over a hash, without salt.
func derive(hash TreeHash, secret []byte, use string) ([]byte, error) {
	key, err := hkdf.Key(hash.fresh, secret, nil, use, keySize)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return key, nil
}
