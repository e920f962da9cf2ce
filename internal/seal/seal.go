// Package seal keeps personal and free text unreadable outside the application: an envelope per value under a data
// key per tenant, and that data key wrapped under the installation's key. It is floor 0, standard cryptography only,
// and knows nothing of cases or tables: the caller says in an AAD where a value lives, and a box that was moved to
// another place does not open. Start reading at Codec; key.go holds data keys, kek.go what wraps them, cipher.go the two
// ciphers, blind.go what is derived for look-ups.
package seal

import (
	"cmp"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The envelope: version, algorithm, key version (4 bytes, big endian), nonce (12 bytes), ciphertext with its tag.
const (
	envelopeVersion   = 1
	algorithmAES256   = 1 // AES-256-GCM
	algorithmSM4      = 2 // SM4-GCM
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

// bound authenticates a header together with the place. It is unambiguous: every part is preceded by its length. One
// allocation, because it is made for every value that is read.
func (a AAD) bound(header []byte) []byte {
	parts := [...]string{a.Tenant, a.Table, a.Column, a.Row}
	size := len(header)
	for _, part := range parts {
		size += 4 + len(part)
	}
	out := append(make([]byte, 0, size), header...)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // names and ids, far below 4 GiB
		out = append(out, part...)
	}
	return out
}

// ErrShredded says that a tenant's keys were destroyed: nothing of it opens again, and nothing is sealed for it.
var ErrShredded = errors.New("seal: the keys of this tenant were destroyed")

// Codec seals with the newest of a tenant's data keys and opens with any of them. It is safe for concurrent use.
//
// Nonces are random, so one data key is good for about 2^32 values (NIST SP 800-38D, 8.3); a town writes a million in
// a century.
type Codec struct {
	keys   atomic.Pointer[keySet]
	blind  BlindKey // for exact look-ups, see Blind
	lexeme [keySize]byte

	algorithm byte
	asking    sync.Mutex // held while the keys are read anew
	reload    func() ([]DataKey, error)
	asked     time.Time
}

// keySet is a tenant's keys at one moment. It is never changed.
type keySet struct {
	all     []DataKey
	oldest  DataKey
	newest  uint32
	ciphers map[uint32]*aeads // nil: shredded
}

// NewCodec takes the tenant's data keys, in any order; there must be one at least, and no version twice.
func NewCodec(keys []DataKey) (*Codec, error) {
	set, err := newKeySet(keys)
	if err != nil {
		return nil, err
	}
	codec := &Codec{algorithm: algorithmAES256}
	codec.keys.Store(set)
	return codec, codec.deriveFrom(set.oldest)
}

// ShreddedCodec is the codec of a tenant whose keys were destroyed: it opens and seals nothing, and its indexes find nothing.
func ShreddedCodec() (*Codec, error) {
	key, err := NewDataKey(1, "")
	if err != nil {
		return nil, err
	}
	codec, err := NewCodec([]DataKey{key})
	if err == nil {
		codec.Shred()
	}
	return codec, err
}

// Use has the codec seal with a cipher from now on. It is called before the codec is shared.
func (c *Codec) Use(with Cipher) (err error) {
	c.algorithm, err = with.algorithm()
	return err
}

// Reload says how the tenant's keys are read anew when a box names a version that is not known yet: another instance has
// begun to seal with it. No keys mean that they were destroyed. It is called before the codec is shared.
func (c *Codec) Reload(read func() ([]DataKey, error)) { c.reload = read }

// Keys are the tenant's data keys, none when they were destroyed, oldest first.
func (c *Codec) Keys() []DataKey {
	set := c.keys.Load()
	return slices.SortedFunc(slices.Values(set.all), func(a, b DataKey) int { return cmp.Compare(a.Version, b.Version) })
}

// Learn takes the tenant's keys as they are now; no keys mean that they were destroyed. The oldest must be the one that the
// codec was made with, because the indexes come from it.
func (c *Codec) Learn(keys []DataKey) error {
	if len(keys) == 0 {
		c.Shred()
		return nil
	}
	known := c.keys.Load()
	if slices.EqualFunc(keys, c.Keys(), func(a, b DataKey) bool { return a.Version == b.Version }) {
		return nil
	}
	set, err := newKeySet(keys)
	if err != nil {
		return err
	}
	if !set.oldest.same(known.oldest) {
		return errors.New("seal: the oldest data key is another one: the indexes would change")
	}
	c.keys.Store(set)
	return nil
}

// Shred forgets the keys.
func (c *Codec) Shred() { c.keys.Store(&keySet{oldest: c.keys.Load().oldest}) }

// Shredded tells whether the keys were destroyed.
func (c *Codec) Shredded() bool { return c.keys.Load().ciphers == nil }

func newKeySet(keys []DataKey) (*keySet, error) {
	if len(keys) == 0 {
		return nil, errors.New("seal: a codec needs at least one data key")
	}
	set := &keySet{ciphers: make(map[uint32]*aeads, len(keys)), all: slices.Clone(keys), oldest: oldestOf(keys)}
	for _, key := range keys {
		if err := key.check(); err != nil {
			return nil, err
		}
		if key.Index.index() != set.oldest.Index.index() {
			return nil, fmt.Errorf("seal: data key %d is of a tenant whose indexes are of %s, data key %d of one of %s: an index cannot change its hash",
				set.oldest.Version, set.oldest.Index.index(), key.Version, key.Index.index())
		}
		version := uint32(key.Version) //nolint:gosec // checked above
		if _, twice := set.ciphers[version]; twice {
			return nil, fmt.Errorf("seal: data key version %d is given twice", key.Version)
		}
		var err error
		if set.ciphers[version], err = newAEADs(key.Key); err != nil {
			return nil, err
		}
		set.newest = max(set.newest, version)
	}
	return set, nil
}

// deriveFrom makes the keys of the indexes. They come from the oldest key, because an index must not change when a new
// key begins to seal: the oldest key is therefore kept for ever.
func (c *Codec) deriveFrom(oldest DataKey) error {
	blind, err := derive(SHA256, oldest.Key, tenantBlindUse)
	if err != nil {
		return err
	}
	text, err := derive(SHA256, oldest.Key, tenantTextUse)
	c.blind = newBlindKey(blind, oldest.Index)
	copy(c.lexeme[:], text)
	return err
}

// same tells whether two keys are one, without telling by the time it takes how much of them is.
func (k DataKey) same(other DataKey) bool {
	return k.Version == other.Version && k.Index.index() == other.Index.index() && subtle.ConstantTimeCompare(k.Key, other.Key) == 1
}

func oldestOf(keys []DataKey) DataKey {
	return slices.MinFunc(keys, func(a, b DataKey) int { return a.Version - b.Version })
}

// Seal gives the box of a plain text at its place. Two boxes of one text differ.
func (c *Codec) Seal(plain []byte, aad AAD) ([]byte, error) {
	set := c.keys.Load()
	if set.ciphers == nil {
		return nil, ErrShredded
	}
	header := binary.BigEndian.AppendUint32([]byte{envelopeVersion, c.algorithm}, set.newest)
	box, err := fresh(header, len(plain))
	if err != nil {
		return nil, err
	}
	return set.ciphers[set.newest][c.algorithm].Seal(box, box[headerSize:], plain, aad.bound(header)), nil
}

// Open gives the plain text of a box at its place, or an error that wraps ErrOpen or ErrShredded.
func (c *Codec) Open(box []byte, aad AAD) ([]byte, error) {
	if c.Shredded() {
		return nil, ErrShredded
	}
	if len(box) < envelopeMinimum {
		return nil, fmt.Errorf("%w: it is shorter than an envelope", ErrOpen)
	}
	if box[0] != envelopeVersion || box[1] != algorithmAES256 && box[1] != algorithmSM4 {
		return nil, fmt.Errorf("%w: unknown envelope", ErrOpen)
	}
	ciphers, err := c.version(binary.BigEndian.Uint32(box[2:headerSize]))
	if err != nil {
		return nil, err
	}
	nonce := box[headerSize : headerSize+nonceSize]
	plain, err := ciphers.of(box[1]).Open(nil, nonce, box[headerSize+nonceSize:], aad.bound(box[:headerSize]))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// askAgain is how long a version that was not found stays unknown.
const askAgain = time.Second

// version finds the ciphers of a version, reading the keys anew when it is not known.
func (c *Codec) version(version uint32) (*aeads, error) {
	if found := c.keys.Load().ciphers[version]; found != nil {
		return found, nil
	}
	c.asking.Lock()
	defer c.asking.Unlock()
	unknown := fmt.Errorf("%w: no data key of version %d", ErrOpen, version)
	if c.keys.Load().ciphers[version] == nil && c.reload != nil && time.Since(c.asked) > askAgain {
		keys, err := c.reload()
		c.asked = time.Now()
		if err != nil {
			return nil, fmt.Errorf("seal: read the data keys anew: %w", err)
		}
		if err := c.Learn(keys); err != nil {
			return nil, err
		}
	}
	if c.Shredded() {
		return nil, ErrShredded
	}
	if found := c.keys.Load().ciphers[version]; found != nil {
		return found, nil
	}
	return nil, unknown
}
