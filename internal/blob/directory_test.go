package blob_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"tiaojie.dev/tiaojie/internal/blob"
)

const (
	town  = "371621101"
	other = "371621102"
	name  = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"
)

func directory(t *testing.T) (*blob.Directory, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "blobs")
	store, err := blob.OpenDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	return store, path
}

// keeps is what every kind of store does.
func keeps(t *testing.T, store blob.Store) {
	t.Helper()
	ctx, place := t.Context(), store.Tenant(town)
	if err := store.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := place.Get(ctx, name, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	content := strings.Repeat("0123456789", 20_000)
	for _, size := range []int64{int64(len(content)), -1} {
		if err := place.Put(ctx, name, strings.NewReader(content), size); err != nil {
			t.Fatal(err)
		}
		for _, offset := range []int64{0, 1, 199_999} {
			body, err := place.Get(ctx, name, offset)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err := errors.Join(err, body.Close()); err != nil || string(got) != content[offset:] {
				t.Errorf("from %d other bytes come: %v", offset, err)
			}
		}
		if _, err := store.Tenant(other).Get(ctx, name, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("another tenant finds it: %v", err)
		}
		if err := errors.Join(place.Remove(ctx, name), place.Remove(ctx, name)); err != nil {
			t.Errorf("removed twice: %v", err)
		}
	}
	broken := io.MultiReader(strings.NewReader(content), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := place.Put(ctx, name, broken, -1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken source: %v", err)
	}
	if _, err := place.Get(ctx, name, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a blob is there: %v", err)
	}
	for _, wrong := range []string{"", "../" + other + "/" + name, "a/b", "..", "A", strings.Repeat("a", 65)} {
		if err := place.Put(ctx, wrong, strings.NewReader("x"), 1); err == nil {
			t.Errorf("%q passes for a name", wrong)
		}
	}
	mine, theirs := store.Tenant(town), store.Tenant(other)
	if err := errors.Join(mine.Put(ctx, name, strings.NewReader("x"), 1), theirs.Put(ctx, name, strings.NewReader("y"), 1), store.RemoveTenant(ctx, town)); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Get(ctx, name, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed tenant's blob is there: %v", err)
	}
	if body, err := theirs.Get(ctx, name, 0); err != nil || body.Close() != nil {
		t.Errorf("the neighbour's went too: %v", err)
	}
	if err := store.RemoveTenant(ctx, "37162110"); err == nil {
		t.Error("a county's code passes for a tenant's")
	}
}

func TestDirectory(t *testing.T) {
	store, path := directory(t)
	keeps(t, store)
	left, err := filepath.Glob(filepath.Join(path, "*", "*.part"))
	if err != nil || len(left) > 0 {
		t.Errorf("parts are left: %v %v", left, err)
	}
}

// A link planted in the directory leads nobody out of it.
func TestDirectory_plantedLink(t *testing.T) {
	store, path := directory(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, name), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(path, town)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Tenant(town).Get(t.Context(), name, 0); err == nil {
		t.Error("a link out of the directory is followed")
	}
}

func TestOpenS3_refuses(t *testing.T) {
	sound := blob.S3Config{Endpoint: "http://127.0.0.1:9", Bucket: "tiaojie", AccessKey: "a", SecretKey: "s"}
	for reason, change := range map[string]func(*blob.S3Config){
		"no scheme":    func(c *blob.S3Config) { c.Endpoint = "s3.example" },
		"a path":       func(c *blob.S3Config) { c.Endpoint = "https://s3.example/bucket" },
		"no host":      func(c *blob.S3Config) { c.Endpoint = "https://" },
		"no bucket":    func(c *blob.S3Config) { c.Bucket = "" },
		"no secret":    func(c *blob.S3Config) { c.SecretKey = "" },
		"another kind": func(c *blob.S3Config) { c.Endpoint = "ftp://s3.example" },
	} {
		config := sound
		change(&config)
		if _, err := blob.OpenS3(config); err == nil {
			t.Errorf("%s is taken", reason)
		}
	}
	store, err := blob.OpenS3(sound)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Tenant(town).Put(t.Context(), name, strings.NewReader("x"), 1); err == nil {
		t.Error("a service that is not there takes a blob")
	}
}
