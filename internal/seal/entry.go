package seal

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Entry is one row of a record as it is sealed: every column with its bytes as PostgreSQL sends them in binary form, which
// is the same on every machine. Sealed texts stay sealed: no key is needed to check an entry.
type Entry struct {
	Unit    string   `json:"-"`
	Source  string   `json:"source"` // the journal that it stands in
	Columns []Column `json:"columns"`
}

// Column is one column of an entry.
type Column struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"` // its type in PostgreSQL: uuid, timestamptz, text, text[], int8, xid8, bytea
	Value []byte `json:"value"`
}

const entryUse = "tiaojie record entry"

// AppendTo writes the entry's one form for hashing behind what is there: texts and values, each after its length in four
// bytes, big endian.
func (e Entry) AppendTo(out []byte) []byte {
	out = appendPart(appendPart(appendPart(out, entryUse), e.Unit), e.Source)
	for _, column := range e.Columns {
		out = appendPart(out, column.Name)
		out = binary.BigEndian.AppendUint32(out, uint32(len(column.Value))) //nolint:gosec // far below 4 GiB
		out = append(out, column.Value...)
	}
	return out
}

func appendPart(out []byte, part string) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // names
	return append(out, part...)
}

// Column finds a column's bytes, nil when there is none.
func (e Entry) Column(name string) []byte {
	for _, column := range e.Columns {
		if column.Name == name {
			return column.Value
		}
	}
	return nil
}

// postgresEpoch is where PostgreSQL begins to count microseconds.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Moment reads a timestamptz: microseconds since 2000-01-01 UTC in eight bytes.
func Moment(value []byte) (time.Time, error) {
	if len(value) != 8 {
		return time.Time{}, errors.New("seal: a moment has eight bytes")
	}
	return postgresEpoch.Add(time.Duration(int64(binary.BigEndian.Uint64(value))) * time.Microsecond), nil //nolint:gosec // two's complement
}

// Read gives a column for people: numbers as numbers, moments in RFC 3339, texts as they are, sealed bytes not at all.
func (c Column) Read() (any, error) {
	switch c.Kind {
	case "text":
		return string(c.Value), nil
	case "uuid":
		if len(c.Value) != 16 {
			return nil, errors.New("seal: a UUID has sixteen bytes")
		}
		v := c.Value
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]), nil
	case "timestamptz":
		at, err := Moment(c.Value)
		return at.Format(time.RFC3339Nano), err
	case "int8", "xid8":
		if len(c.Value) != 8 {
			return nil, errors.New("seal: a number has eight bytes")
		}
		return json.Number(fmt.Sprint(int64(binary.BigEndian.Uint64(c.Value)))), nil //nolint:gosec // two's complement
	case "text[]":
		return readTexts(c.Value)
	case "bytea":
		return fmt.Sprintf("sealed, %d bytes", len(c.Value)), nil
	}
	return nil, fmt.Errorf("seal: column %s is of the unknown kind %q", c.Name, c.Kind)
}

// readTexts reads a text[]: dimensions, flags, type, then length and lower bound, then each element after its length.
func readTexts(value []byte) ([]string, error) {
	fault := errors.New("seal: not a list of texts")
	texts := []string{}
	if len(value) < 12 {
		return nil, fault
	}
	if binary.BigEndian.Uint32(value) == 0 {
		return texts, nil
	}
	if len(value) < 20 || binary.BigEndian.Uint32(value) != 1 {
		return nil, fault
	}
	count := binary.BigEndian.Uint32(value[12:])
	for value = value[20:]; len(value) > 0; {
		if len(value) < 4 {
			return nil, fault
		}
		size := binary.BigEndian.Uint32(value)
		if uint64(size) > uint64(len(value)-4) { //nolint:gosec // a length is never negative
			return nil, fault
		}
		texts, value = append(texts, string(value[4:4+size])), value[4+size:]
	}
	if uint64(count) != uint64(len(texts)) {
		return nil, fault
	}
	return texts, nil
}

// ProofFormat names the form of Proof.
const ProofFormat = "tiaojie-record-proof-1"

// Proof is a file that shows, without the system that made it, what a record holds about one object: its entries, for
// each the way from it to the root, and the signed checkpoint with that root.
type Proof struct {
	Format     string        `json:"format"`
	Unit       string        `json:"unit"`
	Object     string        `json:"object"` // the case's id
	Made       time.Time     `json:"made"`
	Key        string        `json:"key"` // the public key that signed; trust it only when it is known from elsewhere
	Checkpoint string        `json:"checkpoint"`
	Earlier    []Consistency `json:"earlier,omitempty"`
	Unsealed   int           `json:"unsealed"` // entries of the object that came after the checkpoint and are not here
	Entries    []ProofEntry  `json:"entries"`
	// DataKeys are the unit's, wrapped, where texts are opened: who has the key-encryption key can compare them.
	DataKeys []WrappedKey `json:"dataKeys,omitempty"`
}

// Opened counts the entries whose sealed text stands open beside them. Check says nothing of those texts.
func (p Proof) Opened() (n int) {
	for _, entry := range p.Entries {
		if entry.Opened != nil {
			n++
		}
	}
	return n
}

// ProofEntry is one entry with its place in the record.
type ProofEntry struct {
	Entry
	Position int64          `json:"position"`
	Path     []string       `json:"path"`             // base64, from the leaf upwards
	Reading  map[string]any `json:"reading"`          // the columns for people
	Opened   any            `json:"opened,omitempty"` // what the sealed column says, where the maker had the key
}

// Consistency shows that an earlier checkpoint, known from elsewhere, is of the same record.
type Consistency struct {
	Size int64    `json:"size"`
	Root string   `json:"root"` // base64
	Path []string `json:"path"`
}

// FaultyEntry is an entry of a proof that does not prove.
type FaultyEntry struct {
	Index    int
	Position int64
	Source   string
	Why      error
}

// Error names the entry.
func (e *FaultyEntry) Error() string {
	return fmt.Sprintf("entry %d (position %d, %s): %v", e.Index+1, e.Position, e.Source, e.Why)
}

// Unwrap gives the reason.
func (e *FaultyEntry) Unwrap() error { return e.Why }

// Check checks the whole file with a key that is known from elsewhere, and gives its checkpoint. The first entry that is
// not as it was sealed is a *FaultyEntry.
func (p Proof) Check(keys []PublicKey) (Checkpoint, error) {
	if p.Format != ProofFormat {
		return Checkpoint{}, fmt.Errorf("seal: the file's format is %q, not %s", p.Format, ProofFormat)
	}
	checkpoint, err := OpenWith(keys, p.Checkpoint)
	if err != nil {
		return checkpoint, err
	}
	if checkpoint.Unit != p.Unit {
		return checkpoint, fmt.Errorf("%w: it is of %s, the file of %s", ErrCheckpoint, checkpoint.Unit, p.Unit)
	}
	last := int64(-1)
	for i, entry := range p.Entries {
		err := entry.check(p.Unit, checkpoint)
		if err == nil && entry.Position <= last {
			err = errors.New("it stands before its predecessor")
		}
		if err != nil {
			return checkpoint, &FaultyEntry{Index: i, Position: entry.Position, Source: entry.Source, Why: err}
		}
		last = entry.Position
	}
	return checkpoint, p.checkEarlier(checkpoint)
}

func (p Proof) checkEarlier(checkpoint Checkpoint) error {
	for _, earlier := range p.Earlier {
		path, pathErr := readPath(earlier.Path)
		root, rootErr := readPath([]string{earlier.Root})
		if err := errors.Join(pathErr, rootErr); err != nil {
			return err
		}
		if err := checkpoint.Hash.CheckConsistency(earlier.Size, checkpoint.Size, path, root[0], checkpoint.Root); err != nil {
			return fmt.Errorf("the earlier checkpoint of size %d: %w", earlier.Size, err)
		}
	}
	return nil
}

func (e ProofEntry) check(unit string, checkpoint Checkpoint) error {
	e.Unit = unit
	path, err := readPath(e.Path)
	if err != nil {
		return err
	}
	leaf := checkpoint.Hash.Leaf(e.AppendTo(nil))
	if err := checkpoint.Hash.CheckInclusion(e.Position, checkpoint.Size, leaf, path, checkpoint.Root); err != nil {
		return err
	}
	reading, err := e.Readable()
	if err != nil {
		return err
	}
	shown, shownErr := json.Marshal(e.Reading)
	held, heldErr := json.Marshal(reading)
	if err := errors.Join(shownErr, heldErr); err != nil {
		return err
	}
	if string(shown) != string(held) {
		return errors.New("what is shown to people is not what was sealed")
	}
	return nil
}

// Readable reads all columns.
func (e Entry) Readable() (map[string]any, error) {
	reading := make(map[string]any, len(e.Columns))
	for _, column := range e.Columns {
		value, err := column.Read()
		if err != nil {
			return nil, err
		}
		reading[column.Name] = value
	}
	return reading, nil
}

// WritePath gives hashes as base64.
func WritePath(hashes []Digest) []string {
	texts := make([]string, len(hashes))
	for i, hash := range hashes {
		texts[i] = base64.StdEncoding.EncodeToString(hash[:])
	}
	return texts
}

func readPath(texts []string) ([]Digest, error) {
	hashes := make([]Digest, len(texts))
	for i, text := range texts {
		hash, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(hash) != len(Digest{}) {
			return nil, errors.New("seal: a hash is base64 of 32 bytes")
		}
		hashes[i] = Digest(hash)
	}
	return hashes, nil
}

// OpenWith opens a checkpoint's text with whichever of the keys signed it.
func OpenWith(keys []PublicKey, text string) (c Checkpoint, err error) {
	err = fmt.Errorf("%w: no key was given", ErrCheckpoint)
	for _, key := range keys {
		if c, err = key.Open(text); err == nil {
			return c, nil
		}
	}
	return c, err
}
