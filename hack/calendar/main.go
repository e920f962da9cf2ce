// Command calendar answers where internal/deadline's calendar comes from: it fetches one version of the public npm
// package chinese-days (MIT; only its facts are used), checks its digest, takes the holidays and make-up workdays of
// 2020 to 2026, adds the numbers of the State Council notices, and writes them as a readable document. With -check it
// asks the package itself, in Node, about every day and compares. Run it with "go generate ./internal/deadline"; start
// reading at convert.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"strings"

	"tiaojie.dev/tiaojie/hack/npm"
	"tiaojie.dev/tiaojie/internal/deadline"
)

const (
	version   = "cn-2026.1"
	firstYear = 2020
	lastYear  = 2026
)

// source is where the days come from.
func source() npm.Package {
	return npm.Package{Name: "chinese-days", Version: "1.5.7", Digest: "87fac6624b9f58084c0c05dac7cac86711beef2c05a86284bff880e4fe92f6c0"}
}

func main() {
	out := flag.String("o", "calendar.json", "file to write")
	from := flag.String("archive", "", "a downloaded "+source().Archive()+" (default: fetch it with npm pack)")
	check := flag.Bool("check", false, "write nothing; compare the embedded calendar with the package, day by day")
	flag.Parse()
	if err := run(*from, *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "calendar:", err)
		os.Exit(1)
	}
}

func run(from, out string, check bool) error {
	files, err := source().Files(context.Background(), from, wanted)
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

// wanted takes the package's dist folder, without its yearly extracts.
func wanted(name string) bool { return path.Dir(name) == "package/dist" }

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
		Source: "notices of the General Office of the State Council; days taken from npm " + source().String() + " (MIT)",
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
