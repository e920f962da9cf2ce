package deadline_test

import (
	"encoding/json"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
)

func TestParseDate(t *testing.T) {
	cases := map[string]struct{ reason, text, want string }{
		"a day":             {"the one form", "2026-02-28", "2026-02-28"},
		"a leap day":        {"it exists in 2024", "2024-02-29", "2024-02-29"},
		"no leap day":       {"it does not exist in 2026", "2026-02-29", ""},
		"a thirteenth":      {"months end at 12", "2026-13-01", ""},
		"slashes":           {"nobody has to guess the order", "2026/02/28", ""},
		"short":             {"two digits each", "2026-2-28", ""},
		"a moment":          {"a day has no hour", "2026-02-28T00:00:00Z", ""},
		"full-width digits": {"digits are ASCII", "２０２６-02-28", ""},
		"too early":         {"a slip of the pen", "1026-02-28", ""},
		"too late":          {"a slip of the pen", "9026-02-28", ""},
		"nothing":           {"no day is not a day", "", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			date, err := deadline.ParseDate(tc.text)
			if date.String() != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("%s: %q gives %q, %v", tc.reason, tc.text, date, err)
			}
			if err != nil && deadline.CodeOf(err) != "date" {
				t.Errorf("code %q", deadline.CodeOf(err))
			}
		})
	}
}

func TestDateOf_isTheOfficesDay(t *testing.T) {
	cases := map[string]struct{ reason, moment, want string }{
		"evening in UTC":  {"it is already the next day in Shanghai", "2026-03-10T16:00:00Z", "2026-03-11"},
		"before midnight": {"one second is left", "2026-03-10T15:59:59Z", "2026-03-10"},
		"another offset":  {"the moment counts, not how it is written", "2026-03-10T23:30:00-05:00", "2026-03-11"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			moment, err := time.Parse(time.RFC3339, tc.moment)
			if err != nil {
				t.Fatal(err)
			}
			if got := deadline.DateOf(moment).String(); got != tc.want {
				t.Errorf("%s: %s is on %s, want %s", tc.reason, tc.moment, got, tc.want)
			}
		})
	}
}

func TestDate_AddMonths(t *testing.T) {
	cases := map[string]struct {
		reason string
		from   string
		months int
		want   string
	}{
		"same number":         {"民法典 art. 202", "2026-03-10", 1, "2026-04-10"},
		"end of month":        {"no 31 in April: its last day", "2026-03-31", 1, "2026-04-30"},
		"into February":       {"28 days in 2026", "2026-01-31", 1, "2026-02-28"},
		"into leap February":  {"29 days in 2024", "2024-01-31", 1, "2024-02-29"},
		"28 stays 28":         {"the number counts, not the end", "2026-02-28", 1, "2026-03-28"},
		"over the year":       {"December to January", "2026-12-31", 1, "2027-01-31"},
		"a leap day's year":   {"no 29 February in 2025", "2024-02-29", 12, "2025-02-28"},
		"back":                {"months may be taken off", "2026-03-31", -1, "2026-02-28"},
		"back over the year":  {"January to December", "2026-01-15", -13, "2024-12-15"},
		"no month is the day": {"nothing changes", "2026-03-31", 0, "2026-03-31"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := on(t, tc.from).AddMonths(tc.months).String(); got != tc.want {
				t.Errorf("%s: %s and %d months is %s, want %s", tc.reason, tc.from, tc.months, got, tc.want)
			}
		})
	}
}

func TestDate_text(t *testing.T) {
	var given struct{ From, To deadline.Date }
	if err := json.Unmarshal([]byte(`{"From":"2026-02-28","To":""}`), &given); err != nil {
		t.Fatal(err)
	}
	if given.From != on(t, "2026-02-28") || !given.To.IsZero() {
		t.Errorf("reads %v", given)
	}
	if text, err := json.Marshal(given); err != nil || string(text) != `{"From":"2026-02-28","To":""}` {
		t.Errorf("writes %s, %v", text, err)
	}
	if err := json.Unmarshal([]byte(`{"From":"tomorrow"}`), &given); err == nil {
		t.Error("reads a day that is none")
	}
	if _, err := deadline.NewDate(2026, time.February, 30); err == nil {
		t.Error("30 February is no day")
	}
}

func TestDate_boundsOfADay(t *testing.T) {
	date := on(t, "2026-03-10")
	if got := date.Begin().UTC().Format(time.RFC3339); got != "2026-03-09T16:00:00Z" {
		t.Errorf("begins %s", got)
	}
	if got := date.End(); deadline.DateOf(got) != on(t, "2026-03-11") || deadline.DateOf(got.Add(-1)) != date {
		t.Errorf("ends %s: want the first moment of the next day", got)
	}
	if !date.Before(date.AddDays(1)) || !date.AddDays(1).After(date) || date.DaysSince(date.AddDays(-40)) != 40 {
		t.Error("days are in order")
	}
}
