package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// given is a small chinese-days.json: one holiday in every year that is carried, and the eve of 2023.
func given() lists {
	made := lists{Holidays: map[string]string{}, Workdays: map[string]string{"2026-10-10": "National Day,国庆节,3"}}
	for year := firstYear; year <= lastYear; year++ {
		for day := 1; day <= 3; day++ {
			made.Holidays[fmt.Sprintf("%d-10-%02d", year, day)] = "National Day,国庆节,3"
		}
	}
	made.Holidays["2022-12-31"] = "New Year's Day,元旦,1"
	return made
}

func encode(t *testing.T, made lists) []byte {
	t.Helper()
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestConvert_joinsDaysAndNamesNotices(t *testing.T) {
	document, err := convert(encode(t, given()))
	if err != nil {
		t.Fatal(err)
	}
	text := string(render(document))
	for reason, want := range map[string]string{
		"a run is one line":                   `{"from": "2026-10-01", "to": "2026-10-03", "kind": "holiday", "zh": "国庆节", "en": "National Day"},`,
		"a make-up day stands alone":          `{"from": "2026-10-10", "kind": "makeup", "zh": "国庆节", "en": "National Day"}`,
		"a year has its notice":               `{"year": 2026, "notice": "国办发明电〔2025〕7号", "days": [`,
		"a day of another notice has its own": `{"from": "2022-12-31", "kind": "holiday", "zh": "元旦", "en": "New Year's Day", "notice": "国办发明电〔2022〕16号"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: no %s in\n%s", reason, want, text)
		}
	}
	if again, err := deadline.ParseCalendar([]byte(text)); err != nil || string(render(again)) != text {
		t.Errorf("what is written does not read back: %v", err)
	}
}

func TestConvert_refuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		spoil  func(*lists)
		want   string
	}{
		"a year is missing": {"every year has holidays", func(l *lists) {
			delete(l.Holidays, "2024-10-01")
			delete(l.Holidays, "2024-10-02")
			delete(l.Holidays, "2024-10-03")
		}, "2024: the package has 0 days"},
		"a day without a name": {"English,中文,days", func(l *lists) { l.Holidays["2026-10-02"] = "National Day" }, "2026-10-02"},
		"a make-up Wednesday":  {"only weekends are made up", func(l *lists) { l.Workdays["2026-03-11"] = "National Day,国庆节,3" }, "kind"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			made := given()
			tc.spoil(&made)
			if _, err := convert(encode(t, made)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: error %v, want %q", tc.reason, err, tc.want)
			}
		})
	}
	if _, err := convert([]byte("<html>")); err == nil {
		t.Error("converts what is no JSON")
	}
}

// answersOf is what the package would say if it agreed with the calendar.
func answersOf(calendar *deadline.Calendar) map[string]answer {
	answers := map[string]answer{}
	for date := (deadline.Date{Year: firstYear, Month: 1, Day: 1}); date.Year <= lastYear; date = date.AddDays(1) {
		day := calendar.Day(date)
		name := date.Weekday().String()
		if day.Name.ZH != "" {
			name = day.Name.EN + "," + day.Name.ZH + ",3"
		}
		answers[date.String()] = answer{Work: day.Kind.Works(), Name: name}
	}
	return answers
}

func TestDifferences(t *testing.T) {
	cases := map[string]struct {
		reason string
		spoil  func(map[string]answer)
		differ int
	}{
		"agreement":        {"every day is the same", func(map[string]answer) {}, 0},
		"a worked holiday": {"work differs", func(a map[string]answer) { a["2026-10-01"] = answer{Work: true, Name: a["2026-10-01"].Name} }, 1},
		"another festival": {"names differ", func(a map[string]answer) { a["2026-10-01"] = answer{Name: "Labour Day,劳动节,1"} }, 1},
		"an extra holiday": {"the calendar has none", func(a map[string]answer) { a["2026-03-10"] = answer{Work: true, Name: "Labour Day,劳动节,1"} }, 1},
		"a missing day":    {"every day is asked for", func(a map[string]answer) { delete(a, "2020-02-29") }, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answers := answersOf(deadline.BaseCalendar())
			tc.spoil(answers)
			var out bytes.Buffer
			compared, differ := differences(answers, deadline.BaseCalendar(), &out)
			if compared != 2557 || differ != tc.differ || strings.Count(out.String(), "\n") != tc.differ {
				t.Errorf("%s: %d of %d days differ:\n%s", tc.reason, differ, compared, out.String())
			}
		})
	}
}

func TestRun_refusesAnotherArchive(t *testing.T) {
	file := filepath.Join(t.TempDir(), source().Archive())
	if err := os.WriteFile(file, []byte("not the package"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(file, "", false); err == nil || !strings.Contains(err.Error(), "it is not the published version") {
		t.Errorf("error %v: want the digest refused", err)
	}
}

func TestWanted_takesTheDistFolder(t *testing.T) {
	for name, want := range map[string]bool{
		"package/dist/chinese-days.json": true, "package/dist/years/2026.json": false, "package/README.md": false,
	} {
		if wanted(name) != want {
			t.Errorf("%s: wanted %v", name, !want)
		}
	}
}
