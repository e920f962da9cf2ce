package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/seal"
)

func sealedFile(t testing.TB, plain []byte) (seal.FileKey, []byte) {
	t.Helper()
	key, err := seal.NewFileKey("")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := io.ReadAll(key.Seal(bytes.NewReader(plain)))
	if err != nil {
		t.Fatal(err)
	}
	return key, sealed
}

func from(sealed []byte) seal.Fetch {
	return func(offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(sealed[min(offset, int64(len(sealed))):])), nil
	}
}

// sizes are those at which a chunk begins, ends or is missing.
var sizes = []int{0, 1, 100, seal.ChunkSize - 1, seal.ChunkSize, seal.ChunkSize + 1, 2 * seal.ChunkSize, 2*seal.ChunkSize + 17, 5*seal.ChunkSize + 3}

func TestFileKey_roundTrip(t *testing.T) {
	for _, size := range sizes {
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		key, sealed := sealedFile(t, plain)
		if int64(len(sealed)) != seal.SealedSize(int64(size)) {
			t.Errorf("%d bytes are sealed as %d, announced as %d", size, len(sealed), seal.SealedSize(int64(size)))
		}
		back, err := io.ReadAll(key.Open(int64(size), from(sealed)))
		if err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%d bytes do not come back: %v", size, err)
		}
		slow, err := io.ReadAll(key.Seal(iotest.OneByteReader(bytes.NewReader(plain))))
		if err != nil || !bytes.Equal(slow, sealed) {
			t.Errorf("%d bytes that come one by one are sealed as others: %v", size, err)
		}
	}
}

// From any place to any other the same bytes come, whatever was read before.
func TestFileReader_anywhere(t *testing.T) {
	plain := make([]byte, 3*seal.ChunkSize+500)
	_, _ = rand.Read(plain)
	key, sealed := sealedFile(t, plain)
	rapid.Check(t, func(t *rapid.T) {
		r := key.Open(int64(len(plain)), from(sealed))
		for range rapid.IntRange(1, 5).Draw(t, "reads") {
			at := rapid.IntRange(0, len(plain)).Draw(t, "at")
			length := rapid.IntRange(0, len(plain)-at).Draw(t, "length")
			if _, err := r.Seek(int64(at), io.SeekStart); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, length)
			if _, err := io.ReadFull(r, got); err != nil && length > 0 {
				t.Fatal(err)
			}
			if !bytes.Equal(got, plain[at:at+length]) {
				t.Fatalf("%d bytes at %d are others", length, at)
			}
		}
	})
}

// What was changed, cut, moved or added is never shown, wherever it happened.
func TestFileReader_tampering(t *testing.T) {
	plain := make([]byte, 3*seal.ChunkSize)
	key, sealed := sealedFile(t, plain)
	chunk := seal.ChunkSize + 16
	other, err := seal.NewFileKey("")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		key    seal.FileKey
		size   int
		sealed []byte
	}{
		"another key":                   {other, len(plain), sealed},
		"chunks swapped":                {key, len(plain), bytes.Join([][]byte{sealed[chunk : 2*chunk], sealed[:chunk], sealed[2*chunk:]}, nil)},
		"the last chunk cut off":        {key, len(plain), sealed[:2*chunk]},
		"cut, and said to be so long":   {key, 2 * seal.ChunkSize, sealed[:2*chunk]},
		"a chunk twice":                 {key, 4 * seal.ChunkSize, append(bytes.Clone(sealed), sealed[2*chunk:]...)},
		"some bytes cut":                {key, len(plain), sealed[:len(sealed)-1]},
		"said to be longer than it is":  {key, len(plain) + 1, append(bytes.Clone(sealed), make([]byte, 17)...)},
		"said to be shorter than it is": {key, len(plain) - 1, sealed},
		"nothing":                       {key, len(plain), nil},
	}
	for reason, c := range cases {
		if _, err := io.ReadAll(c.key.Open(int64(c.size), from(c.sealed))); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	for _, at := range []int{0, 15, chunk - 1, chunk, 2*chunk + 7, len(sealed) - 1} {
		changed := bytes.Clone(sealed)
		changed[at] ^= 1
		got, err := io.ReadAll(key.Open(int64(len(plain)), from(changed)))
		if !errors.Is(err, seal.ErrOpen) || !bytes.Equal(got, plain[:at/chunk*seal.ChunkSize]) {
			t.Errorf("byte %d changed: %d bytes are shown, %v", at, len(got), err)
		}
	}
}

// A connection that breaks is not the end of a file.
func TestFileKey_brokenSource(t *testing.T) {
	key, err := seal.NewFileKey("")
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		source := io.MultiReader(bytes.NewReader(make([]byte, 1000)), iotest.ErrReader(failure))
		if _, err := io.ReadAll(key.Seal(source)); !errors.Is(err, failure) {
			t.Errorf("half a file passes for a whole one: %v", err)
		}
	}
}

func TestCodec_fileKeys(t *testing.T) {
	c := codec(t, dataKey(t, 1))
	key, sealed := sealedFile(t, []byte("院墙照片"))
	box, err := c.SealFileKey(key, place)
	if err != nil {
		t.Fatal(err)
	}
	back, err := c.OpenFileKey(box, place)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(back.Open(12, from(sealed))); err != nil || string(got) != "院墙照片" {
		t.Errorf("%q %v", got, err)
	}
	moved := place
	moved.Row = "another"
	if _, err := c.OpenFileKey(box, moved); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the key opens at another row: %v", err)
	}
	text, err := c.Seal([]byte("no key"), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenFileKey(text, place); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a text passes for a key: %v", err)
	}
	if _, err := c.SealFileKey(seal.FileKey{}, place); err == nil {
		t.Error("no key is sealed")
	}
}
