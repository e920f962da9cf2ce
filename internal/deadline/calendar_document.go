package deadline

import (
	"fmt"
	"strconv"
)

// CalendarDocument is one published calendar: the base (State Council notices) or what a province, county or town lays
// over it, for example a minority festival or an emergency closure.
type CalendarDocument struct {
	Layer
	Source string         `json:"source,omitempty"` // where the facts were taken from
	Years  []CalendarYear `json:"years"`
}

// CalendarYear is what a document says about one year.
type CalendarYear struct {
	Year int `json:"year"`
	// Notice is the number of the State Council notice that arranges the whole year. With it the year counts as
	// published; without it the document only adds days.
	Notice string `json:"notice,omitempty"`
	Days   []Span `json:"days"`
}

// Span is a run of days of one kind.
type Span struct {
	From   Date   `json:"from"`
	To     Date   `json:"to,omitzero"` // no day: one day only
	Kind   Kind   `json:"kind"`
	ZH     string `json:"zh"` // the festival or the cause
	EN     string `json:"en"`
	Notice string `json:"notice,omitempty"` // where it is not the year's
}

// maxSpan is the longest run of days of one kind. The longest holiday so far had 10 days.
const maxSpan = 31

// ParseCalendar reads and checks one document.
func ParseCalendar(data []byte) (CalendarDocument, error) {
	var document CalendarDocument
	if err := decode(data, &document); err != nil {
		return CalendarDocument{}, err
	}
	if err := document.check(); err != nil {
		return CalendarDocument{}, err
	}
	return document, nil
}

func (c CalendarDocument) check() error {
	if err := c.Layer.check(); err != nil {
		return err
	}
	years, days := map[int]bool{}, map[Date]bool{}
	for i, year := range c.Years {
		pointer := "/years/" + strconv.Itoa(i)
		if year.Year < FirstYear || year.Year > LastYear || years[year.Year] {
			return refuse("year", pointer+"/year", "年份应在 1949 至 2200 之间，且每年只写一次。",
				"A year lies between 1949 and 2200 and stands here once.")
		}
		years[year.Year] = true
		if year.Notice != "" && c.Level == LevelTown {
			return refuse("notice", pointer+"/notice", "全年节假日由国务院通知安排，由省或县公布；镇级只写具体日期，并在每段日期写明文号。",
				"The State Council arranges a whole year, and a province or county publishes it; a town only adds days, each span with its own notice.")
		}
		for j, span := range year.Days {
			if err := span.check(pointer+"/days/"+strconv.Itoa(j), year, days); err != nil {
				return err
			}
			if c.Level == LevelTown && !span.Kind.Works() {
				return refuse("closure", pointer+"/days/"+strconv.Itoa(j)+"/kind", "镇级不得增列休息日：法定期限不因此延长；停工停业由县级以上公布。",
					"A town cannot take days off: no statute's clock ends later for it. Closures are published by the county or above.")
			}
		}
	}
	return nil
}

// check also marks the span's days as taken.
func (s Span) check(pointer string, year CalendarYear, taken map[Date]bool) error {
	last := s.last()
	if s.From.IsZero() || s.From.Year != year.Year || last.Year != year.Year || last.Before(s.From) ||
		last.DaysSince(s.From) >= maxSpan {
		return refuse("span", pointer, "起止日期应在所写年份之内、先后有序，且不超过 31 天。",
			"From and to lie in their year, in order, at most 31 days apart.")
	}
	if s.ZH == "" || s.EN == "" {
		return refuse("name", pointer, "请写明节日或事由（zh 与 en）。", "Name the festival or the cause (zh and en).")
	}
	if s.Notice == "" && year.Notice == "" {
		return refuse("notice", pointer+"/notice", "请写明依据的文号。", "Give the number of the notice that says so.")
	}
	for date := s.From; !date.After(last); date = date.AddDays(1) {
		if err := s.Kind.check(pointer+"/kind", date); err != nil {
			return err
		}
		if taken[date] {
			return refuse("overlap", pointer, fmt.Sprintf("%s 在本文件中出现两次。", date),
				fmt.Sprintf("%s stands twice in this document.", date))
		}
		taken[date] = true
	}
	return nil
}

func (s Span) last() Date {
	if s.To.IsZero() {
		return s.From
	}
	return s.To
}

// check holds a kind to the day of the week it can fall on.
func (k Kind) check(pointer string, date Date) error {
	switch k {
	case Holiday:
		return nil
	case MakeUp, Weekend:
		if date.weekend() {
			return nil
		}
		return refuse("kind", pointer, fmt.Sprintf("%s 不是周末：makeup 与 weekend 只用于周六、周日。", date),
			fmt.Sprintf("%s is no weekend: makeup and weekend are for Saturdays and Sundays.", date))
	case Workday:
		if !date.weekend() {
			return nil
		}
		return refuse("kind", pointer, fmt.Sprintf("%s 是周末：周末上班请写 makeup。", date),
			fmt.Sprintf("%s is a weekend: write makeup when it is worked.", date))
	}
	return refuse("kind", pointer, "类别应为 workday、holiday、makeup 或 weekend。",
		"The kind is workday, holiday, makeup or weekend.")
}
