package deadline_test

import (
	"encoding/json"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
)

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-02-28", "2024-02-29", "2026-02-30", "", "2026-2-8", "+026-01-01", "2026-01-01Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		date, err := deadline.ParseDate(text)
		if err == nil && date.String() != text {
			t.Errorf("%q reads as %s", text, date)
		}
		if err != nil && deadline.CodeOf(err) != "date" {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func FuzzParseCalendar(f *testing.F) {
	f.Add([]byte(provinceDays))
	f.Add([]byte(notice2027))
	f.Add([]byte(`{"version":"1","level":"base","years":[{"year":2026,"days":[{"from":"","kind":"holiday"}]}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := deadline.ParseCalendar(text)
		if err != nil {
			if deadline.CodeOf(err) == "" {
				t.Errorf("a refusal without a code: %v", err)
			}
			return
		}
		again, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deadline.ParseCalendar(again); err != nil {
			t.Errorf("%s does not read back: %v", again, err)
		}
	})
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte(`{"version":"2","level":"county","unit":"371621","rules":[{"id":"mediation","warn":0}]}`))
	f.Add([]byte(`{"version":"2","level":"province","unit":"37","rules":[{"id":"police-feedback","unit":"day","length":3,"extend":{"by":"consent"}}]}`))
	f.Add([]byte(`{"version":"1","level":"base","rules":[{"id":"a","roll":{"source":{}},"on":"1"}]}`))
	f.Add([]byte(`{"version":"1","level":"base","rules":[null]}`))
	start := time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := deadline.ParseRules(text)
		if err != nil {
			if deadline.CodeOf(err) == "" {
				t.Errorf("a refusal without a code: %v", err)
			}
			return
		}
		merged, err := deadline.MergeRules(deadline.BaseRulesDocument(), document)
		if err != nil {
			if deadline.CodeOf(err) == "" {
				t.Errorf("a refusal without a code: %v", err)
			}
			return
		}
		for _, patch := range document.Rules {
			rule, known := merged.Rule(patch.ID)
			if !known {
				continue
			}
			if _, err := deadline.Compute(rule, start, nil, nil, deadline.BaseCalendar()); err != nil {
				t.Errorf("a rule that was laid cannot be computed: %v", err)
			}
		}
	})
}
