package deadline

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a legal day: a day of the office's calendar, without hour or zone. The zero Date is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// First and last year that a document, a start or an answer may fall in. Outside them a date is a slip of the pen, and
// the bound keeps every count short.
const (
	FirstYear = 1949
	LastYear  = 2200
)

const day = 24 * time.Hour

// Shanghai is the zone of legal days: UTC+8 all year, as China has kept it since 1992. It is fixed here so that no
// machine needs a zone database.
func Shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// NewDate is the day with these numbers; they must name one that exists.
func NewDate(year int, month time.Month, dayOfMonth int) (Date, error) {
	date := Date{year, month, dayOfMonth}
	if year < FirstYear || year > LastYear || date.utc().Day() != dayOfMonth || date.utc().Month() != month {
		return Date{}, refuse("date", "", "没有这一天：请填写真实存在的日期，例如 2026-02-28。",
			"There is no such day: write a date that exists, for example 2026-02-28.")
	}
	return date, nil
}

// ParseDate reads a day in the form 2026-02-28 and no other, so that nobody has to guess which number is the month.
func ParseDate(text string) (Date, error) {
	parsed, err := time.Parse(time.DateOnly, text)
	if err != nil || len(text) != len(time.DateOnly) {
		return Date{}, refuse("date", "", "日期格式应为 2026-02-28，且这一天真实存在。",
			"Write the date as 2026-02-28, and let it be a day that exists.")
	}
	return NewDate(parsed.Year(), parsed.Month(), parsed.Day())
}

// DateOf is the legal day on which a moment falls.
func DateOf(moment time.Time) Date {
	year, month, dayOfMonth := moment.In(Shanghai()).Date()
	return Date{year, month, dayOfMonth}
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func dateOfUTC(moment time.Time) Date {
	year, month, dayOfMonth := moment.Date()
	return Date{year, month, dayOfMonth}
}

// IsZero says whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Begin is the first moment of the day.
func (d Date) Begin() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Shanghai())
}

// End is 24:00 of the day (民法典 art. 203 para. 2): the first moment that no longer belongs to it.
func (d Date) End() time.Time { return d.Begin().Add(day) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

func (d Date) weekend() bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// AddDays is the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return dateOfUTC(d.utc().AddDate(0, 0, n)) }

// AddMonths is the day of the same number n months later; where that month has no such day, its last day (民法典
// art. 202). n may be negative.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// DaysSince is how many days d is after other; negative when it is before.
func (d Date) DaysSince(other Date) int { return int(d.utc().Sub(other.utc()) / day) }

// Compare orders days: negative when d is before other, 0 when they are one day, positive when after.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before says whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After says whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// String is the day as 2026-02-28, or "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText writes what ParseDate reads.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; an empty text is no day.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// words is the day as a person reads it: 2026年2月28日（周六） and Sat 28 February 2026.
func (d Date) words() Text {
	weekday := [...]string{"日", "一", "二", "三", "四", "五", "六"}[d.Weekday()]
	return Text{
		ZH: fmt.Sprintf("%d年%d月%d日（周%s）", d.Year, d.Month, d.Day, weekday),
		EN: fmt.Sprintf("%s %d %s %d", d.Weekday().String()[:3], d.Day, d.Month, d.Year),
	}
}
