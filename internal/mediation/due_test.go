package mediation_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestDaysLate(t *testing.T) {
	china := time.FixedZone("", 8*60*60)
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, china) }
	for reason, c := range map[string]struct {
		due, now time.Time
		want     int
		lastDay  string
	}{
		"in time":                               {at(24, 0), at(23, 23), 0, "2026-12-23"},
		"late from midnight on":                 {at(24, 0), at(24, 0), 1, "2026-12-23"},
		"still the first day":                   {at(24, 0), at(24, 23), 1, "2026-12-23"},
		"a week":                                {at(24, 0), at(31, 0).UTC(), 8, "2026-12-23"},
		"an hour of the same day is no day yet": {at(24, 9), at(24, 17), 0, "2026-12-24"},
		"the day after an hour":                 {at(24, 9), at(25, 1), 1, "2026-12-24"},
	} {
		if got := mediation.DaysLate(c.due, c.now); got != c.want {
			t.Errorf("%s: %d days late, want %d", reason, got, c.want)
		}
		if got := mediation.LastDay(c.due); got != c.lastDay {
			t.Errorf("%s: the last day is %s, want %s", reason, got, c.lastDay)
		}
	}
}

func TestDuePosition_comesBackFromACursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := mediation.DuePosition{
			Due:  time.UnixMicro(rapid.Int64Range(0, 9_000_000_000_000_000).Draw(t, "due")),
			Case: "0199f0c0-0000-7000-8000-000000000001", Rule: rapid.StringMatching(`[a-z][a-z0-9-]{0,59}`).Draw(t, "rule"),
			Started: time.UnixMicro(rapid.Int64Range(0, 9_000_000_000_000_000).Draw(t, "started")),
		}
		back, ok := mediation.ParseDuePosition(p.Due, p.Rest())
		if !ok || !back.Due.Equal(p.Due) || !back.Started.Equal(p.Started) || back.Case != p.Case || back.Rule != p.Rule {
			t.Errorf("%+v came back as %+v", p, back)
		}
	})
	for reason, rest := range map[string]string{
		"nothing": "", "no rule": "id 1", "a rule that is none": "id A 1", "no number": "id a b", "beyond any calendar": "id a 9223372036854775807", "more": "id a 1 2",
	} {
		if _, ok := mediation.ParseDuePosition(time.Now(), rest); ok {
			t.Errorf("%s: %q is a position", reason, rest)
		}
	}
}
