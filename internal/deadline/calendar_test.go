package deadline_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// The notices as the State Council published them, read by a person: holidays and the weekend days worked for them.
var published = map[int]struct {
	notice   string
	holidays string // name from..to
	worked   string
}{
	2020: {"国办发明电〔2019〕16号", "元旦 01-01..01-01, 春节 01-24..02-02, 清明 04-04..04-06, 劳动节 05-01..05-05, 端午 06-25..06-27, " +
		"国庆节 10-01..10-08", "01-19 04-26 05-09 06-28 09-27 10-10"},
	2021: {"国办发明电〔2020〕27号", "元旦 01-01..01-03, 春节 02-11..02-17, 清明 04-03..04-05, 劳动节 05-01..05-05, 端午 06-12..06-14, " +
		"中秋 09-19..09-21, 国庆节 10-01..10-07", "02-07 02-20 04-25 05-08 09-18 09-26 10-09"},
	2022: {"国办发明电〔2021〕11号", "元旦 01-01..01-03, 春节 01-31..02-06, 清明 04-03..04-05, 劳动节 04-30..05-04, 端午 06-03..06-05, " +
		"中秋 09-10..09-12, 国庆节 10-01..10-07, 元旦 12-31..12-31", "01-29 01-30 04-02 04-24 05-07 10-08 10-09"},
	2023: {"国办发明电〔2022〕16号", "元旦 01-01..01-02, 春节 01-21..01-27, 清明 04-05..04-05, 劳动节 04-29..05-03, 端午 06-22..06-24, " +
		"中秋 09-29..09-29, 国庆节 09-30..10-06", "01-28 01-29 04-23 05-06 06-25 10-07 10-08"},
	2024: {"国办发明电〔2023〕7号", "元旦 01-01..01-01, 春节 02-10..02-17, 清明 04-04..04-06, 劳动节 05-01..05-05, 端午 06-10..06-10, " +
		"中秋 09-15..09-17, 国庆节 10-01..10-07", "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"},
	2025: {"国办发明电〔2024〕12号", "元旦 01-01..01-01, 春节 01-28..02-04, 清明 04-04..04-06, 劳动节 05-01..05-05, 端午 05-31..06-02, " +
		"国庆节 10-01..10-05, 中秋 10-06..10-06, 国庆节 10-07..10-08", "01-26 02-08 04-27 09-28 10-11"},
	2026: {"国办发明电〔2025〕7号", "元旦 01-01..01-03, 春节 02-15..02-23, 清明 04-04..04-06, 劳动节 05-01..05-05, 端午 06-19..06-21, " +
		"中秋 09-25..09-27, 国庆节 10-01..10-07", "01-04 02-14 02-28 05-09 09-20 10-10"},
}

func TestBaseCalendar_isWhatTheNoticesSay(t *testing.T) {
	base := deadline.BaseCalendar()
	if got := base.Years(); !slices.Equal(got, []int{2020, 2021, 2022, 2023, 2024, 2025, 2026}) {
		t.Errorf("publishes %v", got)
	}
	for year, want := range published {
		t.Run(fmt.Sprint(year), func(t *testing.T) {
			if base.Notice(year) != want.notice {
				t.Errorf("notice %q, want %q", base.Notice(year), want.notice)
			}
			off, worked := map[deadline.Date]string{}, map[deadline.Date]bool{}
			for _, holiday := range strings.Split(want.holidays, ", ") {
				name, span, _ := strings.Cut(holiday, " ")
				from, to, _ := strings.Cut(span, "..")
				for date := on(t, fmt.Sprintf("%d-%s", year, from)); !date.After(on(t, fmt.Sprintf("%d-%s", year, to))); date = date.AddDays(1) {
					off[date] = name
				}
			}
			for _, day := range strings.Fields(want.worked) {
				worked[on(t, fmt.Sprintf("%d-%s", year, day))] = true
			}
			for date := on(t, fmt.Sprintf("%d-01-01", year)); date.Year == year; date = date.AddDays(1) {
				checkDay(t, base.Day(date), off[date], worked[date])
			}
		})
	}
}

func checkDay(t *testing.T, day deadline.Day, holiday string, worked bool) {
	t.Helper()
	weekday := day.Date.Weekday().String()
	want := deadline.Workday
	switch {
	case holiday != "":
		want = deadline.Holiday
	case worked:
		want = deadline.MakeUp
	case strings.HasPrefix(weekday, "S"):
		want = deadline.Weekend
	}
	if day.Kind != want || holiday != "" && day.Name.ZH != holiday {
		t.Errorf("%s (%s) is %s %s, want %s %s", day.Date, weekday, day.Kind, day.Name.ZH, want, holiday)
	}
	if (day.Notice != "") != (day.Kind == deadline.Holiday || day.Kind == deadline.MakeUp) {
		t.Errorf("%s: notice %q of a %s", day.Date, day.Notice, day.Kind)
	}
}

func TestBaseCalendar_namesTheNoticeOfEachDay(t *testing.T) {
	cases := map[string]struct{ reason, day, want string }{
		"ordinary holiday":          {"the year's notice", "2020-01-24", "国办发明电〔2019〕16号"},
		"the extension of 2020":     {"a notice of its own, while the festival lasted", "2020-01-31", "国办发明电〔2020〕1号"},
		"the Saturday taken back":   {"it was to be worked, then became free", "2020-02-01", "国办发明电〔2020〕1号"},
		"New Year's Eve of 2022":    {"the notice for 2023 decides a day of 2022", "2022-12-31", "国办发明电〔2022〕16号"},
		"a weekday nobody arranged": {"no notice", "2026-03-10", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := deadline.BaseCalendar().Day(on(t, tc.day)).Notice; got != tc.want {
				t.Errorf("%s: %s by %q, want %q", tc.reason, tc.day, got, tc.want)
			}
		})
	}
}

// The embedded file is the one that "go run ./hack/calendar -check" held against the package day by day. After a
// change run it again and put the new digest here.
func TestBaseCalendar_isTheCheckedFile(t *testing.T) {
	const checked = "5123c3ae9d2675d5db7042e687a7a0d3ab19ae55d030b3eab6d539befce2c6e5"
	text, err := os.ReadFile("calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != checked {
		t.Errorf("calendar.json has SHA-256 %x, want %s: run go run ./hack/calendar -check, then set the digest", sum, checked)
	}
}

func TestCalendar_assumesVisibly(t *testing.T) {
	cases := map[string]struct {
		reason, day string
		kind        deadline.Kind
		assumed     int
	}{
		"a published weekday":        {"known", "2026-12-24", deadline.Workday, 0},
		"the last week":              {"the notice for 2027 may still move it", "2026-12-28", deadline.Workday, 2027},
		"the last week of 2025":      {"the notice for 2026 is out", "2025-12-31", deadline.Workday, 0},
		"an unpublished weekday":     {"taken as worked", "2027-02-08", deadline.Workday, 2027},
		"an unpublished Sunday":      {"taken as free", "2027-01-03", deadline.Weekend, 2027},
		"an unpublished New Year":    {"the law itself gives the day", "2027-01-01", deadline.Holiday, 0},
		"an unpublished 2 May":       {"free by law since 2025", "2027-05-02", deadline.Holiday, 0},
		"an unpublished 4 October":   {"the law gives three days", "2027-10-04", deadline.Workday, 2027},
		"an unpublished New Moon":    {"no festival of the lunar calendar is guessed", "2027-02-06", deadline.Weekend, 2027},
		"before the first notice":    {"2019 is not carried, but for its fixed festivals", "2019-10-08", deadline.Workday, 2019},
		"an older 2 May":             {"one day until 2024", "2019-05-02", deadline.Workday, 2019},
		"an older National Day":      {"free by law", "2019-10-01", deadline.Holiday, 0},
		"before the decree of 2013":  {"another decree held", "2013-10-01", deadline.Workday, 2013},
		"an arranged day of the eve": {"a listed day is certain", "2022-12-31", deadline.Holiday, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			day := deadline.BaseCalendar().Day(on(t, tc.day))
			if day.Kind != tc.kind || day.Assumed != tc.assumed {
				t.Errorf("%s: %s is %s, assumed %d; want %s, %d", tc.reason, tc.day, day.Kind, day.Assumed, tc.kind, tc.assumed)
			}
		})
	}
}

func TestCalendar_AddWorkdays(t *testing.T) {
	cases := map[string]struct {
		reason, from string
		n            int
		want         string
		skipped      int
	}{
		"over a weekend":         {"Saturday and Sunday do not count", "2026-03-13", 1, "2026-03-16", 2},
		"make-up Saturday":       {"it counts", "2026-05-08", 1, "2026-05-09", 0},
		"extended festival":      {"ten days off in 2020", "2020-01-23", 1, "2020-02-03", 10},
		"from a holiday":         {"the day itself never counts", "2026-10-01", 1, "2026-10-08", 6},
		"back":                   {"the working day before National Day", "2026-10-08", -1, "2026-09-30", 7},
		"back to make-up Sunday": {"it counts backwards too", "2026-09-21", -1, "2026-09-20", 0},
		"none":                   {"the day itself, worked or not", "2026-10-01", 0, "2026-10-01", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, skipped := deadline.BaseCalendar().AddWorkdays(on(t, tc.from), tc.n)
			if got.String() != tc.want || len(skipped) != tc.skipped {
				t.Errorf("%s: %s and %d is %s over %d days, want %s over %d", tc.reason, tc.from, tc.n, got, len(skipped),
					tc.want, tc.skipped)
			}
		})
	}
}

func TestKind_Label(t *testing.T) {
	for kind, want := range map[deadline.Kind]string{deadline.Workday: "工作日", deadline.Holiday: "节假日",
		deadline.MakeUp: "调休上班", deadline.Weekend: "周末", "other": "other"} {
		if got := kind.Label().ZH; got != want {
			t.Errorf("%s is called %s, want %s", kind, got, want)
		}
	}
}

const provinceDays = `{"version":"1","level":"province","unit":"45","years":[{"year":2026,"days":[
	{"from":"2026-04-17","to":"2026-04-20","kind":"holiday","zh":"壮族三月三","en":"Sanyuesan","notice":"桂政办电〔2026〕1号"}]}]}`

func TestMergeCalendar_laysLayersOverEachOther(t *testing.T) {
	county := `{"version":"3","level":"county","unit":"450102","years":[
		{"year":2026,"days":[{"from":"2026-04-20","kind":"workday","zh":"照常上班","en":"worked","notice":"县办〔2026〕4号"}]},
		{"year":2027,"notice":"国办发明电〔2026〕9号","days":[{"from":"2027-01-01","to":"2027-01-03","kind":"holiday","zh":"元旦","en":"New Year's Day"}]}]}`
	merged := calendar(t, provinceDays, county)
	cases := map[string]struct {
		reason, day string
		kind        deadline.Kind
		assumed     int
	}{
		"base":      {"national days stay", "2026-10-01", deadline.Holiday, 0},
		"province":  {"its festival is free", "2026-04-17", deadline.Holiday, 0},
		"county":    {"the later layer wins", "2026-04-20", deadline.Workday, 0},
		"published": {"a notice publishes its year", "2027-03-01", deadline.Workday, 0},
		"new year":  {"with its days", "2027-01-01", deadline.Holiday, 0},
		"last week": {"and settles the end of the year before", "2026-12-31", deadline.Workday, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if day := merged.Day(on(t, tc.day)); day.Kind != tc.kind || day.Assumed != tc.assumed {
				t.Errorf("%s: %s is %s, assumed %d", tc.reason, tc.day, day.Kind, day.Assumed)
			}
		})
	}
	if got := merged.Version(); got != "cn-2026.1+45@1+450102@3" {
		t.Errorf("version %s", got)
	}
	if merged.Digest() == deadline.BaseCalendar().Digest() || len(merged.Digest()) != 64 {
		t.Errorf("digest %s", merged.Digest())
	}
	if calendar(t, provinceDays, county).Digest() != merged.Digest() {
		t.Error("the same documents give the same digest")
	}
}

func TestMergeCalendar_refusesABrokenChain(t *testing.T) {
	layer := func(level deadline.Level, unit string) deadline.CalendarDocument {
		return deadline.CalendarDocument{Layer: deadline.Layer{Version: "1", Level: level, Unit: unit}}
	}
	base := deadline.BaseCalendarDocument()
	cases := map[string]struct {
		reason string
		chain  []deadline.CalendarDocument
		code   string
	}{
		"no base":           {"something must carry the national days", []deadline.CalendarDocument{layer(deadline.LevelProvince, "37")}, "chain"},
		"two bases":         {"one base", []deadline.CalendarDocument{base, base}, "chain"},
		"upside down":       {"a county lies under its province", []deadline.CalendarDocument{base, layer(deadline.LevelCounty, "371621"), layer(deadline.LevelProvince, "37")}, "chain"},
		"another province":  {"a county lies inside its province", []deadline.CalendarDocument{base, layer(deadline.LevelProvince, "45"), layer(deadline.LevelCounty, "371621")}, "chain"},
		"two counties":      {"one document per level", []deadline.CalendarDocument{base, layer(deadline.LevelCounty, "371621"), layer(deadline.LevelCounty, "371622")}, "chain"},
		"province skipped":  {"layers are optional", []deadline.CalendarDocument{base, layer(deadline.LevelCounty, "371621"), layer(deadline.LevelTown, "371621101")}, ""},
		"a short unit":      {"a county has six digits", []deadline.CalendarDocument{base, layer(deadline.LevelCounty, "3716")}, "unit"},
		"a unit in letters": {"codes are digits", []deadline.CalendarDocument{base, layer(deadline.LevelProvince, "鲁")}, "unit"},
		"an unknown level":  {"four levels", []deadline.CalendarDocument{base, layer("city", "3716")}, "level"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := deadline.MergeCalendar(tc.chain...); deadline.CodeOf(err) != tc.code {
				t.Errorf("%s: %v, want code %q", tc.reason, err, tc.code)
			}
		})
	}
}

func TestParseCalendar_refuses(t *testing.T) {
	whole := func(days string) string {
		return `{"version":"1","level":"province","unit":"37","years":[{"year":2026,"notice":"n","days":[` + days + `]}]}`
	}
	cases := map[string]struct{ reason, text, code, pointer string }{
		"no JSON":          {"it cannot be read", `<xml/>`, "document", ""},
		"misspelt":         {"an unknown field is not dropped", `{"version":"1","level":"base","year":[]}`, "document", ""},
		"two documents":    {"nothing follows the end", `{"version":"1","level":"base","years":[]} {}`, "document", ""},
		"no version":       {"every document has a name", `{"level":"base","years":[]}`, "version", "/version"},
		"a year twice":     {"a year stands once", `{"version":"1","level":"base","years":[{"year":2026,"days":[]},{"year":2026,"days":[]}]}`, "year", "/years/1/year"},
		"year 26":          {"four digits", `{"version":"1","level":"base","years":[{"year":26,"days":[]}]}`, "year", "/years/0/year"},
		"no such day":      {"30 February", whole(`{"from":"2026-02-30","kind":"holiday","zh":"a","en":"a"}`), "date", ""},
		"another year":     {"days lie in their year", whole(`{"from":"2025-12-31","to":"2026-01-01","kind":"holiday","zh":"a","en":"a"}`), "span", "/years/0/days/0"},
		"backwards":        {"from before to", whole(`{"from":"2026-02-03","to":"2026-02-01","kind":"holiday","zh":"a","en":"a"}`), "span", "/years/0/days/0"},
		"too long":         {"a run has at most 31 days", whole(`{"from":"2026-02-01","to":"2026-03-04","kind":"holiday","zh":"a","en":"a"}`), "span", "/years/0/days/0"},
		"no name":          {"people read why", whole(`{"from":"2026-02-03","kind":"holiday","zh":"a"}`), "name", "/years/0/days/0"},
		"unknown kind":     {"four kinds", whole(`{"from":"2026-02-03","kind":"halfday","zh":"a","en":"a"}`), "kind", "/years/0/days/0/kind"},
		"make-up Tuesday":  {"only weekends are made up", whole(`{"from":"2026-02-03","kind":"makeup","zh":"a","en":"a"}`), "kind", "/years/0/days/0/kind"},
		"weekend Tuesday":  {"only weekends are weekends", whole(`{"from":"2026-02-03","kind":"weekend","zh":"a","en":"a"}`), "kind", "/years/0/days/0/kind"},
		"workday Saturday": {"a worked Saturday is a make-up day", whole(`{"from":"2026-02-07","kind":"workday","zh":"a","en":"a"}`), "kind", "/years/0/days/0/kind"},
		"a day twice":      {"one kind a day", whole(`{"from":"2026-02-03","kind":"holiday","zh":"a","en":"a"},{"from":"2026-02-01","to":"2026-02-05","kind":"holiday","zh":"b","en":"b"}`), "overlap", "/years/0/days/1"},
		"no notice":        {"a day without a source", `{"version":"1","level":"province","unit":"37","years":[{"year":2026,"days":[{"from":"2026-02-03","kind":"holiday","zh":"a","en":"a"}]}]}`, "notice", "/years/0/days/0/notice"},
		"enormous":         {"one MiB at most", strings.Repeat(" ", 1<<20) + `{}`, "document", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := deadline.ParseCalendar([]byte(tc.text))
			var refusal *deadline.Error
			if !errors.As(err, &refusal) || refusal.Code != tc.code || refusal.Pointer != tc.pointer {
				t.Fatalf("%s: %v, want %s at %s", tc.reason, err, tc.code, tc.pointer)
			}
			if refusal.Message.ZH == "" || refusal.Message.EN == "" || !strings.Contains(err.Error(), tc.code) {
				t.Errorf("the refusal says %q and %q", refusal.Message.ZH, refusal.Message.EN)
			}
		})
	}
}
