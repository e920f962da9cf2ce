package deadline_test

import (
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// on is the day that text names.
func on(t testing.TB, text string) deadline.Date {
	t.Helper()
	date, err := deadline.ParseDate(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return date
}

// at is ten o'clock on the day, or the moment, that text names.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	if moment, err := time.ParseInLocation("2006-01-02T15:04", text, deadline.Shanghai()); err == nil {
		return moment
	}
	return on(t, text).Begin().Add(10 * time.Hour)
}

func rule(t testing.TB, id string) deadline.Rule {
	t.Helper()
	found, known := deadline.BaseRules().Rule(id)
	if !known {
		t.Fatalf("the base has no rule %s", id)
	}
	return found
}

func calendar(t testing.TB, layers ...string) *deadline.Calendar {
	t.Helper()
	documents := []deadline.CalendarDocument{deadline.BaseCalendarDocument()}
	for _, layer := range layers {
		document, err := deadline.ParseCalendar([]byte(layer))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document)
	}
	merged, err := deadline.MergeCalendar(documents...)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func rules(t testing.TB, layers ...string) *deadline.Rules {
	t.Helper()
	merged, err := mergeRules(layers...)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func mergeRules(layers ...string) (*deadline.Rules, error) {
	documents := []deadline.RulesDocument{deadline.BaseRulesDocument()}
	for _, layer := range layers {
		document, err := deadline.ParseRules([]byte(layer))
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return deadline.MergeRules(documents...)
}

func compute(t testing.TB, rule deadline.Rule, start time.Time, pauses []deadline.Pause,
	extensions []deadline.Extension) deadline.Deadline {
	t.Helper()
	result, err := deadline.Compute(rule, start, pauses, extensions, deadline.BaseCalendar())
	if err != nil {
		t.Fatal(err)
	}
	return result
}
