package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A file is sealed in chunks, so that it is written and read without holding it, and from the middle. Each chunk is
// AES-256-GCM or SM4-GCM under a key that seals this file alone; its nonce is the chunk's number and whether it is the last (the
// STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). A chunk that was changed, moved, left out or put
// behind the end does not open.
const (
	// ChunkSize is the plain length of every chunk but the last, in bytes.
	ChunkSize  = 64 << 10
	sealedSize = ChunkSize + tagSize
	// maximumChunks keeps a chunk's number far inside its eight bytes.
	maximumChunks = 1 << 40
)

// FileKey seals one file. The zero key is refused where it is used.
type FileKey struct {
	key       [keySize]byte
	algorithm byte
	gcm       cipher.AEAD
}

// NewFileKey makes a random key for a file that is sealed with a cipher.
func NewFileKey(with Cipher) (FileKey, error) {
	algorithm, err := with.algorithm()
	if err != nil {
		return FileKey{}, err
	}
	key, err := randomKey()
	if err != nil {
		return FileKey{}, err
	}
	return fileKey(key, algorithm)
}

// NewFileKey makes a random key for a file that is sealed as the codec seals.
func (c *Codec) NewFileKey() (FileKey, error) {
	if c.algorithm == algorithmSM4 {
		return NewFileKey(SM4GCM)
	}
	return NewFileKey(AES256GCM)
}

func fileKey(key []byte, algorithm byte) (FileKey, error) {
	ciphers, err := newAEADs(key)
	made := FileKey{algorithm: algorithm, gcm: ciphers.of(algorithm)}
	copy(made.key[:], key)
	return made, err
}

// String never shows the key.
func (k FileKey) String() string { return "file key" }

// GoString never shows the key.
func (k FileKey) GoString() string { return k.String() }

// SealFileKey gives the box of a file's key at its place. Who destroys the box destroys the file.
func (c *Codec) SealFileKey(k FileKey, aad AAD) ([]byte, error) {
	if k.gcm == nil {
		return nil, errors.New("seal: the file key is empty")
	}
	return c.Seal(append([]byte{k.algorithm}, k.key[:]...), aad)
}

// OpenFileKey gives the key of a box, or an error that wraps ErrOpen.
func (c *Codec) OpenFileKey(box []byte, aad AAD) (FileKey, error) {
	plain, err := c.Open(box, aad)
	if err != nil {
		return FileKey{}, err
	}
	if len(plain) != 1+keySize || plain[0] != algorithmAES256 && plain[0] != algorithmSM4 {
		return FileKey{}, fmt.Errorf("%w: unknown file key", ErrOpen)
	}
	return fileKey(plain[1:], plain[0])
}

// SealedSize is the length of a sealed file of this plain length.
func SealedSize(plain int64) int64 { return plain + chunks(plain)*tagSize }

// chunks is at least one: an empty file has an empty last chunk.
func chunks(plain int64) int64 { return max(1, (plain+ChunkSize-1)/ChunkSize) }

func nonce(chunk int64, last bool) []byte {
	made := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(made, uint64(chunk)) //nolint:gosec // counts from 0
	if last {
		made[nonceSize-1] = 1
	}
	return made
}

// Seal gives a reader of the sealed form of a plain text. It holds one chunk at a time.
func (k FileKey) Seal(plain io.Reader) io.Reader {
	return &sealing{key: k, plain: plain, buffer: make([]byte, ChunkSize+1)}
}

// sealing keeps one byte more than a chunk: only who has seen what follows knows that a chunk is not the last.
type sealing struct {
	key    FileKey
	plain  io.Reader
	buffer []byte
	filled int // bytes of buffer
	chunk  int64
	ready  []byte // sealed, not read yet
	box    []byte // the memory of ready
	done   bool
	err    error
}

// Read gives sealed bytes. The plain text's error is given as it is, and nothing after it.
func (s *sealing) Read(p []byte) (int, error) {
	for len(s.ready) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		if s.done {
			return 0, io.EOF
		}
		s.next()
	}
	n := copy(p, s.ready)
	s.ready = s.ready[n:]
	return n, nil
}

func (s *sealing) next() {
	if s.key.gcm == nil || s.chunk >= maximumChunks {
		s.err = errors.New("seal: no key, or a file beyond all size")
		return
	}
	last, err := s.fill()
	if err != nil {
		s.err = err
		return
	}
	size := min(s.filled, ChunkSize)
	s.box = s.key.gcm.Seal(s.box[:0], nonce(s.chunk, last), s.buffer[:size], nil)
	s.ready, s.done = s.box, last
	s.filled = copy(s.buffer, s.buffer[size:s.filled])
	s.chunk++
}

// fill reads until the buffer is full or the plain text ends. Only io.EOF ends it: a broken connection says
// io.ErrUnexpectedEOF, and half a file must not pass for a whole one.
func (s *sealing) fill() (ended bool, err error) {
	for s.filled < len(s.buffer) {
		n, err := s.plain.Read(s.buffer[s.filled:])
		s.filled += n
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// Fetch gives the sealed file from an offset to its end.
type Fetch func(offset int64) (io.ReadCloser, error)

// Open gives a reader of the plain text of a sealed file whose plain length is known. It reads from any place and shows
// nothing that it has not authenticated; what does not open is an error that wraps ErrOpen. Close it.
func (k FileKey) Open(size int64, fetch Fetch) *FileReader {
	return &FileReader{key: k, size: size, fetch: fetch, loaded: -1, following: -1}
}

// FileReader reads a sealed file. It is not safe for concurrent use.
type FileReader struct {
	key       FileKey
	size      int64
	fetch     Fetch
	at        int64
	body      io.ReadCloser
	following int64 // chunk that body stands before
	loaded    int64 // chunk that plain holds, -1: none
	plain     []byte
	box       []byte
}

// Seek moves; nothing is read before the next Read.
func (r *FileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("seal: a place before the file")
	}
	r.at = offset
	return offset, nil
}

// Read gives plain bytes.
func (r *FileReader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	chunk := r.at / ChunkSize
	if chunk != r.loaded {
		if err := r.load(chunk); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.plain[r.at-chunk*ChunkSize:])
	r.at += int64(n)
	return n, nil
}

func (r *FileReader) load(chunk int64) error {
	r.loaded = -1
	if r.key.gcm == nil {
		return errors.New("seal: the file key is empty")
	}
	if r.body == nil || r.following != chunk {
		if err := r.Close(); err != nil {
			return err
		}
		body, err := r.fetch(chunk * sealedSize)
		if err != nil {
			return err
		}
		r.body, r.following = body, chunk
	}
	last := chunk == chunks(r.size)-1
	length := min(r.size-chunk*ChunkSize, ChunkSize) + tagSize
	if r.box == nil {
		r.box = make([]byte, sealedSize)
	}
	if _, err := io.ReadFull(r.body, r.box[:length]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file was cut", ErrOpen)
	} else if err != nil {
		return err
	}
	plain, err := r.key.gcm.Open(r.plain[:0], nonce(chunk, last), r.box[:length], nil)
	if err != nil {
		return fmt.Errorf("%w: chunk %d", ErrOpen, chunk)
	}
	r.plain, r.loaded = plain, chunk
	r.following++
	return nil
}

// Close ends the reading.
func (r *FileReader) Close() error {
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}
