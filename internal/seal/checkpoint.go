package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Checkpoint is what is signed of a record: how long it was and what its root was at a moment. Its text is a checkpoint of
// a transparency log (C2SP tlog-checkpoint) in a signed note (C2SP signed-note), so tools for those read it too. Extension
// lines hold the moment, the hash, and whether everything that had happened before the moment is in it.
type Checkpoint struct {
	Unit     string // the tenant's or county's code
	Size     int64
	Root     Digest
	At       time.Time // whole microseconds, UTC
	Hash     TreeHash
	Complete bool
}

const (
	originPrefix = "tiaojie.dev/record/"
	sealKeyName  = "tiaojie-seal"
	ed25519Kind  = 1
	signatureTag = "— "
	timeForm     = "2006-01-02T15:04:05.000000Z"
)

// ErrCheckpoint says that a checkpoint's text is not one, or not signed by the key.
var ErrCheckpoint = errors.New("seal: not a checkpoint that this key signed")

func (c Checkpoint) body() string {
	complete := "partial"
	if c.Complete {
		complete = "complete"
	}
	return fmt.Sprintf("%s%s\n%d\n%s\ntime %s\nhash %s\nextent %s\n", originPrefix, c.Unit, c.Size,
		base64.StdEncoding.EncodeToString(c.Root[:]), c.At.UTC().Format(timeForm), c.Hash, complete)
}

// SigningKey signs checkpoints (Ed25519, RFC 8032). Only the worker has it.
type SigningKey struct{ private ed25519.PrivateKey }

// NewSigningKeyText makes the text of a new random key, the form of ParseSigningKey.
func NewSigningKeyText() (string, error) { return NewKeyEncryptionKeyText() }

// ParseSigningKey reads a key from its text: standard base64 of the seed of 32 bytes.
func ParseSigningKey(text string) (SigningKey, error) {
	seed, err := decodeKey(text)
	if err != nil {
		return SigningKey{}, errors.New("seal: the signing key must be base64 of 32 bytes; make one with: openssl rand -base64 32")
	}
	return SigningKey{private: ed25519.NewKeyFromSeed(seed)}, nil
}

// IsZero says that there is no key.
func (k SigningKey) IsZero() bool { return k.private == nil }

// String never shows the key.
func (k SigningKey) String() string { return "signing key" }

// GoString never shows the key.
func (k SigningKey) GoString() string { return k.String() }

// LogValue never shows the key.
func (k SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Public is the key that checks what this one signs.
func (k SigningKey) Public() PublicKey {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return PublicKey{public}
}

// Sign gives the checkpoint's signed text.
func (k SigningKey) Sign(c Checkpoint) string {
	body := c.body()
	public := k.Public()
	signature := append(binary.BigEndian.AppendUint32(nil, public.hash()), ed25519.Sign(k.private, []byte(body))...)
	return body + "\n" + signatureTag + sealKeyName + " " + base64.StdEncoding.EncodeToString(signature) + "\n"
}

// PublicKey checks checkpoints. It may be known to everybody; what matters is that a checker has it from elsewhere than
// from the database that it checks.
type PublicKey struct{ key ed25519.PublicKey }

// Text is the key in the form of a note's verifier: name, hash and key, joined by "+".
func (k PublicKey) Text() string {
	return fmt.Sprintf("%s+%08x+%s", sealKeyName, k.hash(), base64.StdEncoding.EncodeToString(append([]byte{ed25519Kind}, k.key...)))
}

// ID is a fingerprint: 8 hex digits.
func (k PublicKey) ID() string { return fmt.Sprintf("%08x", k.hash()) }

// IsZero says that there is no key.
func (k PublicKey) IsZero() bool { return k.key == nil }

func (k PublicKey) hash() uint32 {
	sum := sha256.Sum256(append([]byte(sealKeyName+"\n"), append([]byte{ed25519Kind}, k.key...)...))
	return binary.BigEndian.Uint32(sum[:])
}

// ParsePublicKey reads the form of PublicKey.Text.
func ParsePublicKey(text string) (PublicKey, error) {
	fault := errors.New("seal: a public key looks like " + sealKeyName + "+01234567+AbCd…: tiaojie audit key prints it")
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 || parts[0] != sealKeyName {
		return PublicKey{}, fault
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != ed25519Kind {
		return PublicKey{}, fault
	}
	made := PublicKey{key[1:]}
	if made.ID() != parts[1] {
		return PublicKey{}, fault
	}
	return made, nil
}

// Open reads a signed text and checks its signature; its errors wrap ErrCheckpoint.
func (k PublicKey) Open(text string) (Checkpoint, error) {
	body, signatures, found := strings.Cut(text, "\n\n")
	if !found || k.IsZero() {
		return Checkpoint{}, ErrCheckpoint
	}
	body += "\n"
	for line := range strings.Lines(signatures) {
		encoded, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), signatureTag+sealKeyName+" ")
		if !ok {
			continue
		}
		signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(signature) != 4+ed25519.SignatureSize || binary.BigEndian.Uint32(signature) != k.hash() {
			continue
		}
		if ed25519.Verify(k.key, []byte(body), signature[4:]) {
			return readCheckpoint(body)
		}
	}
	return Checkpoint{}, fmt.Errorf("%w: no signature of key %s", ErrCheckpoint, k.ID())
}

// readCheckpoint reads what Checkpoint.body writes, and nothing else.
func readCheckpoint(body string) (Checkpoint, error) {
	lines := strings.Split(body, "\n")
	if len(lines) != 7 {
		return Checkpoint{}, fmt.Errorf("%w: it has other lines", ErrCheckpoint)
	}
	var c Checkpoint
	size, sizeErr := strconv.ParseInt(lines[1], 10, 64)
	root, rootErr := base64.StdEncoding.DecodeString(lines[2])
	at, timeErr := time.Parse(timeForm, strings.TrimPrefix(lines[3], "time "))
	if errors.Join(sizeErr, rootErr, timeErr) != nil || len(root) != len(c.Root) || size < 0 {
		return Checkpoint{}, fmt.Errorf("%w: size, root or time cannot be read", ErrCheckpoint)
	}
	c = Checkpoint{Unit: strings.TrimPrefix(lines[0], originPrefix), Size: size, Root: Digest(root), At: at,
		Hash: TreeHash(strings.TrimPrefix(lines[4], "hash ")), Complete: lines[5] == "extent complete"}
	if c.body() != body || !c.Hash.Known() {
		return Checkpoint{}, fmt.Errorf("%w: it is written in another way", ErrCheckpoint)
	}
	return c, nil
}
