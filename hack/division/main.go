// Command division answers where internal/division's catalogue comes from: it fetches one version of the public npm
// package china-division (MIT), checks its digest, converts the four lists of provinces, cities, counties and
// townships, and writes them compressed. Nothing but internal/division is used, and the same package gives the same
// catalogue. Run it with "go generate ./internal/division"; start reading at convert.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"tiaojie.dev/tiaojie/internal/division"
)

const (
	source  = "china-division 2.7.0"
	archive = "china-division-2.7.0.tgz"
	digest  = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
)

func main() {
	out := flag.String("o", "catalogue.gz", "file to write")
	from := flag.String("archive", "", "a downloaded "+archive+" (default: fetch it with npm pack)")
	flag.Parse()
	if err := run(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "division:", err)
		os.Exit(1)
	}
}

func run(from, out string) error {
	packed, err := fetch(from)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != digest {
		return fmt.Errorf("%s has SHA-256 %x, want %s: it is not the published version", archive, sum, digest)
	}
	files, err := unpack(packed)
	if err != nil {
		return err
	}
	units, err := convert(files)
	if err != nil {
		return err
	}
	return write(out, units)
}

// fetch reads the archive from a file, or from the registry that npm is configured for.
func fetch(from string) ([]byte, error) {
	if from != "" {
		return os.ReadFile(from)
	}
	folder, err := os.MkdirTemp("", "division")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pack := exec.CommandContext(context.Background(), "npm", "pack", "--silent", strings.Replace(source, " ", "@", 1))
	pack.Dir, pack.Stderr = folder, os.Stderr
	if err := pack.Run(); err != nil {
		return nil, fmt.Errorf("npm pack (install npm, or give -archive): %w", err)
	}
	return os.ReadFile(filepath.Join(folder, archive))
}

// unpack returns the .csv files of an npm archive by their base names.
func unpack(packed []byte) (map[string][]byte, error) {
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
		if filepath.Ext(header.Name) != ".csv" || strings.HasSuffix(header.Name, "villages.csv") {
			continue
		}
		if files[filepath.Base(header.Name)], err = io.ReadAll(reader); err != nil {
			return nil, err
		}
	}
}

// convert reads the lists and returns their units sorted by code. A row that ends in 000 is a county standing in for
// its own townships, not a township, and is left out: 000 is the county desk's.
func convert(files map[string][]byte) ([]division.Unit, error) {
	var units []division.Unit
	for _, name := range []string{"provinces.csv", "cities.csv", "areas.csv", "streets.csv"} {
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(files[name], []byte("\ufeff")))).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(rows) < 2 || rows[0][0] != "code" || rows[0][1] != "name" {
			return nil, fmt.Errorf("%s: want a header that begins with code,name and rows", name)
		}
		for _, row := range rows[1:] {
			unit := division.Unit{Code: row[0], Name: strings.TrimSpace(row[1])}
			if unit.Kind() != division.Desk {
				units = append(units, unit)
			}
		}
	}
	slices.SortFunc(units, func(a, b division.Unit) int { return strings.Compare(a.Code, b.Code) })
	return units, nil
}

// write replaces the file only when its content changes: another Go version may compress the same text differently.
func write(out string, units []division.Unit) error {
	var packed bytes.Buffer
	if err := division.Write(&packed, source, units); err != nil {
		return err
	}
	if _, err := division.Read(bytes.NewReader(packed.Bytes())); err != nil {
		return fmt.Errorf("the converted catalogue does not read back: %w", err)
	}
	if old, err := os.ReadFile(out); err == nil && sameContent(old, packed.Bytes()) {
		return nil
	}
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

func sameContent(a, b []byte) bool {
	first, errFirst := unzip(a)
	second, errSecond := unzip(b)
	return errFirst == nil && errSecond == nil && bytes.Equal(first, second)
}

func unzip(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
