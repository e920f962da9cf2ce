package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed is an archive in which every file holds its own name.
func packed(t *testing.T, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archived := tar.NewWriter(zipped)
	for _, name := range names {
		if err := archived.WriteHeader(&tar.Header{Name: name, Size: int64(len(name)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := archived.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archived.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func everything(string) bool { return true }

func TestPackage_Files(t *testing.T) {
	archive := packed(t, "package/dist/days.json", "package/README.md")
	file := filepath.Join(t.TempDir(), "some.tgz")
	if err := os.WriteFile(file, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive)
	published := Package{Name: "some", Version: "1.0.0", Digest: hex.EncodeToString(sum[:])}
	t.Run("only what is wanted is taken, by its base name", func(t *testing.T) {
		files, err := published.Files(t.Context(), file, func(name string) bool { return strings.HasSuffix(name, ".json") })
		if err != nil || len(files) != 1 || string(files["days.json"]) != "package/dist/days.json" {
			t.Errorf("got %q, %v", files, err)
		}
	})
	t.Run("an archive with another digest is refused", func(t *testing.T) {
		other := published
		other.Digest = strings.Repeat("0", 64)
		if _, err := other.Files(t.Context(), file, everything); err == nil || !strings.Contains(err.Error(), "not the published version") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("an archive that is not there is named", func(t *testing.T) {
		if _, err := published.Files(t.Context(), file+".gone", everything); err == nil || !strings.Contains(err.Error(), "some.tgz.gone") {
			t.Errorf("error %v", err)
		}
	})
}

func TestUnpack_refusesDamage(t *testing.T) {
	whole := packed(t, "package/a")
	for reason, damaged := range map[string][]byte{"no archive": []byte("{}"), "cut short": whole[:len(whole)/2]} {
		if _, err := Unpack(damaged, everything); err == nil {
			t.Errorf("%s: unpacked", reason)
		}
	}
}
