// Command calendar answers where internal/deadline's calendar comes from: it fetches one version of the public npm
// package chinese-days (MIT; only its facts are used), checks its digest, takes the holidays and make-up workdays of
// 2020 to 2026, adds the numbers of the State Council notices, and writes them as a readable document. With -check it
// asks the package itself, in Node, about every day and compares. Run it with "go generate ./internal/deadline"; start
// reading at convert.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"tiaojie.dev/tiaojie/internal/deadline"
)

const (
	source    = "chinese-days 1.5.7"
	archive   = "chinese-days-1.5.7.tgz"
	digest    = "87fac6624b9f58084c0c05dac7cac86711beef2c05a86284bff880e4fe92f6c0"
	version   = "cn-2026.1"
	firstYear = 2020
	lastYear  = 2026
)

func main() {
	out := flag.String("o", "calendar.json", "file to write")
	from := flag.String("archive", "", "a downloaded "+archive+" (default: fetch it with npm pack)")
	check := flag.Bool("check", false, "write nothing; compare the embedded calendar with the package, day by day")
	flag.Parse()
	if err := run(*from, *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "calendar:", err)
		os.Exit(1)
	}
}

func run(from, out string, check bool) error {
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
	if check {
		return compare(files, deadline.BaseCalendar(), os.Stdout)
	}
	document, err := convert(files["chinese-days.json"])
	if err != nil {
		return err
	}
	return os.WriteFile(out, render(document), 0o644)
}

// fetch reads the archive from a file, or from the registry that npm is configured for.
func fetch(from string) ([]byte, error) {
	if from != "" {
		return os.ReadFile(from)
	}
	folder, err := os.MkdirTemp("", "calendar")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pack := exec.Command("npm", "pack", "--silent", strings.Replace(source, " ", "@", 1))
	pack.Dir, pack.Stderr = folder, os.Stderr
	if err := pack.Run(); err != nil {
		return nil, fmt.Errorf("npm pack (install npm, or give -archive): %w", err)
	}
	return os.ReadFile(filepath.Join(folder, archive))
}

// unpack returns the files of the package's dist folder by their base names, yearly extracts left out.
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
		if path.Dir(header.Name) != "package/dist" {
			continue
		}
		if files[path.Base(header.Name)], err = io.ReadAll(reader); err != nil {
			return nil, err
		}
	}
}

// lists is the form of chinese-days.json: a day gives "English,中文,days of the festival".
type lists struct {
	Holidays map[string]string `json:"holidays"`
	Workdays map[string]string `json:"workdays"`
}

// convert takes the years that the package and the notices both cover.
func convert(data []byte) (deadline.CalendarDocument, error) {
	var given lists
	if err := json.Unmarshal(data, &given); err != nil {
		return deadline.CalendarDocument{}, fmt.Errorf("chinese-days.json: %w", err)
	}
	document := deadline.CalendarDocument{
		Layer:  deadline.Layer{Version: version, Level: deadline.LevelBase},
		Source: "notices of the General Office of the State Council; days taken from npm " + source + " (MIT)",
	}
	for year := firstYear; year <= lastYear; year++ {
		converted, err := convertYear(year, given)
		if err != nil {
			return deadline.CalendarDocument{}, err
		}
		document.Years = append(document.Years, converted)
	}
	return deadline.ParseCalendar(render(document))
}

func convertYear(year int, given lists) (deadline.CalendarYear, error) {
	converted := deadline.CalendarYear{Year: year, Notice: notices[year]}
	last := deadline.Date{Year: year, Month: 12, Day: 31}
	for date := (deadline.Date{Year: year, Month: 1, Day: 1}); !date.After(last); date = date.AddDays(1) {
		kind, text := deadline.Holiday, given.Holidays[date.String()]
		if worked, listed := given.Workdays[date.String()]; listed {
			kind, text = deadline.MakeUp, worked
		}
		if text == "" {
			continue
		}
		names := strings.Split(text, ",")
		if len(names) < 2 {
			return converted, fmt.Errorf("%s: %q is not English,中文,days", date, text)
		}
		day := deadline.Span{From: date, To: date, Kind: kind, EN: names[0], ZH: names[1], Notice: exceptions[date.String()]}
		converted.Days = appendDay(converted.Days, day)
	}
	if len(converted.Days) == 0 || converted.Notice == "" {
		return converted, fmt.Errorf("%d: the package has %d days and the notice is %q: want both", year,
			len(converted.Days), converted.Notice)
	}
	return converted, nil
}

// appendDay lengthens the last span when the day continues it.
func appendDay(spans []deadline.Span, day deadline.Span) []deadline.Span {
	if len(spans) > 0 {
		last := &spans[len(spans)-1]
		same := last.Kind == day.Kind && last.ZH == day.ZH && last.EN == day.EN && last.Notice == day.Notice
		if same && last.To.AddDays(1) == day.From {
			last.To = day.To
			return spans
		}
	}
	return append(spans, day)
}
