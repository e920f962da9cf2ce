package main

import (
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	cases := map[string]struct {
		reason string
		r      result
		kept   bool
		shows  string
	}{
		"ratio kept":   {"as good as the budget is good enough", result{what: "read", ratio: 0.9, least: 0.9, p50: time.Millisecond}, true, "kept"},
		"ratio missed": {"a hair below is missed", result{what: "read", ratio: 0.899, least: 0.9, p50: time.Millisecond}, false, "MISSED"},
		"time kept":    {"a budget of time looks at p95", result{what: "search", p95: 49 * time.Millisecond, most: 50 * time.Millisecond}, true, "p95 ≤ 50ms"},
		"time missed":  {"and not at the ratio", result{what: "search", ratio: 9, p95: 51 * time.Millisecond, most: 50 * time.Millisecond}, false, "MISSED"},
		"share kept":   {"a budget of a share looks at the share", result{what: "guards", share: 0.34, shareMost: 0.35}, true, "34.0 %"},
		"share missed": {"a hair above is missed", result{what: "guards", share: 0.351, shareMost: 0.35}, false, "MISSED"},
	}
	for name, try := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			report(&out, []result{try.r})
			if try.r.kept() != try.kept || missed([]result{try.r}) == try.kept || !strings.Contains(out.String(), try.shows) {
				t.Errorf("%s:\n%s", try.reason, out.String())
			}
		})
	}
}

// TestCompare: a side that takes twice as long is half as fast, on whatever machine, and no number comes twice.
func TestCompare(t *testing.T) {
	var said strings.Builder
	b := &bench{options: options{rounds: 3, slice: 20 * time.Millisecond}, progress: &said}
	seen := [2]map[int]bool{{}, {}}
	side := func(which int, takes time.Duration) side {
		return func(number int) {
			if seen[which][number] {
				t.Errorf("number %d comes twice", number)
			}
			seen[which][number] = true
			for end := time.Now().Add(takes); time.Now().Before(end); {
				continue
			}
		}
	}
	r := b.compare("spin", 0.4, side(0, 400*time.Microsecond), side(1, 200*time.Microsecond))
	if r.ratio < 0.3 || r.ratio > 0.7 {
		t.Errorf("ratio %.2f, want about a half: %s", r.ratio, said.String())
	}
}

func TestID(t *testing.T) {
	seen := map[string]bool{}
	for number := range 10_000 {
		for _, kind := range []byte("cpj") {
			made := id(kind, number)
			if seen[made] || len(made) != 36 || made[14] != '7' {
				t.Fatalf("id %s", made)
			}
			seen[made] = true
		}
	}
	if caseID(1) >= caseID(2) {
		t.Error("ids do not grow with their numbers")
	}
}
