package deadline

import (
	_ "embed"
	"maps"
	"slices"
	"sync"
	"time"
)

// Kind says whether the offices work on a day, and why.
type Kind string

// The kinds.
const (
	Workday Kind = "workday" // 工作日: Monday to Friday
	Holiday Kind = "holiday" // 节假日: a festival or a day moved to it (调休放假)
	MakeUp  Kind = "makeup"  // 调休上班: a Saturday or Sunday that is worked instead
	Weekend Kind = "weekend" // 周末
)

// Label is the kind in both languages.
func (k Kind) Label() Text {
	switch k {
	case Workday:
		return Text{"工作日", "working day"}
	case Holiday:
		return Text{"节假日", "public holiday"}
	case MakeUp:
		return Text{"调休上班", "make-up workday"}
	case Weekend:
		return Text{"周末", "weekend"}
	}
	return Text{string(k), string(k)}
}

// Works says whether the offices work on days of this kind.
func (k Kind) Works() bool { return k == Workday || k == MakeUp }

// Day is one day with its reason.
type Day struct {
	Date   Date
	Kind   Kind
	Name   Text   // the festival or cause; empty on ordinary days
	Notice string // the number of the notice; empty on ordinary days
	// Assumed is the year whose notice is not published although it decides this day; 0 when the day is certain.
	Assumed int
}

// Calendar is every layer of days laid over each other. It is read-only and safe for concurrent use.
//
// A year without a notice is not silently taken as known: its days follow the week and the festivals of fixed date, and
// all but those festivals carry Assumed. So do the last days of the year before (from 25 December), because the notice for
// a year may move them: 31 December 2022 was a holiday by the notice for 2023.
type Calendar struct {
	layers  []Layer
	notices map[int]string
	days    map[Date]Day
	digest  string
}

//go:embed calendar.json
var calendarJSON []byte

var baseCalendar = sync.OnceValue(func() *Calendar {
	document, err := ParseCalendar(calendarJSON)
	if err != nil {
		panic("deadline: the embedded calendar is damaged, run go generate ./internal/deadline: " + err.Error())
	}
	calendar, err := MergeCalendar(document)
	if err != nil {
		panic("deadline: the embedded calendar is no base: " + err.Error())
	}
	return calendar
})

// BaseCalendar is the calendar that this program carries: the State Council's notices, 2020 to the last one published
// when it was built.
func BaseCalendar() *Calendar { return baseCalendar() }

// BaseCalendarDocument is the document behind BaseCalendar, to lay others over.
func BaseCalendarDocument() CalendarDocument {
	document, err := ParseCalendar(calendarJSON)
	if err != nil {
		panic("deadline: the embedded calendar is damaged, run go generate ./internal/deadline: " + err.Error())
	}
	return document
}

// MergeCalendar lays documents over each other: the base, then a province's, a county's and a town's, each optional,
// at most one per level. A later document decides the days it names; naming a notice publishes the year.
func MergeCalendar(documents ...CalendarDocument) (*Calendar, error) {
	merged := &Calendar{notices: map[int]string{}, days: map[Date]Day{}, digest: digest([]any{documents, fixedFestivals})}
	for _, document := range documents {
		if err := document.check(); err != nil {
			return nil, err
		}
		merged.layers = append(merged.layers, document.Layer)
		for _, year := range document.Years {
			merged.add(year)
		}
	}
	if err := checkChain(merged.layers); err != nil {
		return nil, err
	}
	return merged, nil
}

func (c *Calendar) add(year CalendarYear) {
	if year.Notice != "" {
		c.notices[year.Year] = year.Notice
	}
	for _, span := range year.Days {
		notice := span.Notice
		if notice == "" {
			notice = year.Notice
		}
		for date := span.From; !date.After(span.last()); date = date.AddDays(1) {
			c.days[date] = Day{Date: date, Kind: span.Kind, Name: Text{span.ZH, span.EN}, Notice: notice}
		}
	}
}

// Version names the calendar by its layers, for example "cn-2026.1+371621@2".
func (c *Calendar) Version() string { return chainVersion(c.layers) }

// Digest is SHA-256 over the documents, in hexadecimal.
func (c *Calendar) Digest() string { return c.digest }

// Years lists the published years, rising.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.notices)) }

// Notice is the number of the State Council notice that arranges the year, "" when it is not published.
func (c *Calendar) Notice(year int) string { return c.notices[year] }

// Days are all days that a document names, in order; every other follows the week.
func (c *Calendar) Days() []Day {
	days := slices.Collect(maps.Values(c.days))
	slices.SortFunc(days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return days
}

// Day is what the calendar knows about a day.
func (c *Calendar) Day(date Date) Day {
	if known, listed := c.days[date]; listed {
		return known
	}
	if festival, fixed := fixedFestival(date); fixed && c.notices[date.Year] == "" {
		return festival
	}
	known := Day{Date: date, Kind: Workday, Assumed: c.assumed(date)}
	if date.weekend() {
		known.Kind = Weekend
	}
	return known
}

// fixedFestivals names the edition of fixedFestival: clocks that were computed by another are computed anew.
const fixedFestivals = "decree 795"

// fixedFestival is a public holiday that has its date from the 全国年节及纪念日放假办法 itself, so that no notice can
// take it away: art. 2 as in force from 2014 (State Council decree 644), with 2 May from 2025 (decree 795). The festivals
// of the lunar calendar and 清明 wait for the notice.
func fixedFestival(date Date) (Day, bool) {
	festival := Day{Date: date, Kind: Holiday, Notice: "全国年节及纪念日放假办法"}
	switch {
	case date.Year < 2014:
		return Day{}, false
	case date.Month == time.January && date.Day == 1:
		festival.Name = Text{"元旦", "New Year's Day"}
	case date.Month == time.May && (date.Day == 1 || date.Day == 2 && date.Year >= 2025):
		festival.Name = Text{"劳动节", "Labour Day"}
	case date.Month == time.October && date.Day <= 3:
		festival.Name = Text{"国庆节", "National Day"}
	default:
		return Day{}, false
	}
	return festival, true
}

// assumed is the year whose missing notice could change an unlisted day.
func (c *Calendar) assumed(date Date) int {
	if c.notices[date.Year] == "" {
		return date.Year
	}
	if date.Month == time.December && date.Day >= 25 && c.notices[date.Year+1] == "" {
		return date.Year + 1
	}
	return 0
}

// IsWorkday says whether the offices work on the day.
func (c *Calendar) IsWorkday(date Date) bool { return c.Day(date).Kind.Works() }

// AddWorkdays is the nth working day after date, or before it when n is negative, with the days that were passed over
// on the way in the order they were met. n = 0 is date itself. date is not counted (民法典 art. 201).
func (c *Calendar) AddWorkdays(date Date, n int) (Date, []Day) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	var skipped []Day
	for n > 0 {
		date = date.AddDays(step)
		if known := c.Day(date); known.Kind.Works() {
			n--
		} else {
			skipped = append(skipped, known)
		}
	}
	return date, skipped
}

// Workdays counts the working days after from up to and including to; 0 when to is not after from.
func (c *Calendar) Workdays(from, to Date) int {
	count := 0
	for date := from.AddDays(1); !date.After(to); date = date.AddDays(1) {
		if c.IsWorkday(date) {
			count++
		}
	}
	return count
}
