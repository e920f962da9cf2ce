// Package seal keeps personal and free text unreadable outside the application: an envelope per value under a data
// key per tenant, and that data key wrapped under the installation's key. It is floor 0, standard cryptography only,
// and knows nothing of cases or tables: the caller says in an AAD where a value lives, and a box that was moved to
// another place does not open. Start reading at Codec; key.go holds the keys, blind.go what is derived for look-ups.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The envelope: version, algorithm, key version (4 bytes, big endian), nonce (12 bytes), ciphertext with its tag.
const (
	envelopeVersion   = 1
	algorithmAES256   = 1 // AES-256-GCM; others (SM4-GCM) take further numbers
	headerSize        = 6
	nonceSize         = 12
	tagSize           = 16
	envelopeMinimum   = headerSize + nonceSize + tagSize
	maximumKeyVersion = 1<<31 - 1
)

// Overhead is how many bytes longer a box is than its plain text.
const Overhead = envelopeMinimum

// ErrOpen says that a box does not open: wrong key, wrong place, cut or changed. Which of them is not told apart.
var ErrOpen = errors.New("seal: the box does not open with this key at this place")

// AAD is the place where a value lives. It is authenticated, not stored.
type AAD struct{ Tenant, Table, Column, Row string }

// bytes is unambiguous: every part is preceded by its length.
func (a AAD) bytes() []byte {
	var out []byte
	for _, part := range []string{a.Tenant, a.Table, a.Column, a.Row} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // names and ids, far below 4 GiB
		out = append(out, part...)
	}
	return out
}

// Codec seals with the newest of a tenant's data keys and opens with any of them. It is safe for concurrent use.
//
// Nonces are random, so one data key is good for about 2^32 values (NIST SP 800-38D, 8.3); a town writes a million in
// a century.
type Codec struct {
	newest  uint32
	ciphers map[uint32]cipher.AEAD
	blind   BlindKey // for exact look-ups, see Blind
	lexeme  [keySize]byte
}

// NewCodec takes the tenant's data keys, in any order; there must be one at least, and no version twice.
func NewCodec(keys []DataKey) (*Codec, error) {
	if len(keys) == 0 {
		return nil, errors.New("seal: a codec needs at least one data key")
	}
	codec := &Codec{ciphers: make(map[uint32]cipher.AEAD, len(keys))}
	for _, key := range keys {
		if err := key.check(); err != nil {
			return nil, err
		}
		version := uint32(key.Version) //nolint:gosec // checked above
		if _, twice := codec.ciphers[version]; twice {
			return nil, fmt.Errorf("seal: data key version %d is given twice", key.Version)
		}
		gcm, err := aesGCM(key.Key)
		if err != nil {
			return nil, err
		}
		codec.ciphers[version] = gcm
		codec.newest = max(codec.newest, version)
	}
	return codec, codec.deriveFrom(oldestOf(keys))
}

// deriveFrom makes the keys of the indexes. They come from the oldest key, because an index must not change when a new
// key begins to seal: the oldest key is therefore kept for ever.
func (c *Codec) deriveFrom(oldest DataKey) error {
	blind, err := derive(oldest.Key, tenantBlindUse)
	if err != nil {
		return err
	}
	text, err := derive(oldest.Key, tenantTextUse)
	c.blind = newBlindKey(blind)
	copy(c.lexeme[:], text)
	return err
}

func oldestOf(keys []DataKey) DataKey {
	return slices.MinFunc(keys, func(a, b DataKey) int { return a.Version - b.Version })
}

// Seal gives the box of a plain text at its place. Two boxes of one text differ.
func (c *Codec) Seal(plain []byte, aad AAD) ([]byte, error) {
	box := make([]byte, headerSize+nonceSize, envelopeMinimum+len(plain))
	box[0], box[1] = envelopeVersion, algorithmAES256
	binary.BigEndian.PutUint32(box[2:headerSize], c.newest)
	nonce := box[headerSize : headerSize+nonceSize]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return c.ciphers[c.newest].Seal(box, nonce, plain, bound(box[:headerSize], aad.bytes())), nil
}

// Open gives the plain text of a box at its place, or an error that wraps ErrOpen.
func (c *Codec) Open(box []byte, aad AAD) ([]byte, error) {
	if len(box) < envelopeMinimum {
		return nil, fmt.Errorf("%w: it is shorter than an envelope", ErrOpen)
	}
	if box[0] != envelopeVersion || box[1] != algorithmAES256 {
		return nil, fmt.Errorf("%w: unknown envelope", ErrOpen)
	}
	version := binary.BigEndian.Uint32(box[2:headerSize])
	gcm, known := c.ciphers[version]
	if !known {
		return nil, fmt.Errorf("%w: no data key of version %d", ErrOpen, version)
	}
	nonce := box[headerSize : headerSize+nonceSize]
	plain, err := gcm.Open(nil, nonce, box[headerSize+nonceSize:], bound(box[:headerSize], aad.bytes()))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// bound authenticates the header together with the place.
func bound(header, place []byte) []byte {
	return append(append([]byte(nil), header...), place...)
}

func aesGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return gcm, nil
}
