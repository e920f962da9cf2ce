package node

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

func TestNextDelay(t *testing.T) {
	const first = 10 * time.Second
	want := []time.Duration{0, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute, 5 * time.Minute}
	var delay time.Duration
	for restarts, w := range want {
		if delay = nextDelay(delay, first, time.Second, int32(restarts)); delay != w {
			t.Errorf("after crash %d: %s, want %s", restarts+1, delay, w)
		}
	}
	if got := nextDelay(5*time.Minute, first, 11*time.Minute, 9); got != 0 {
		t.Errorf("a process that ran well for 11 minutes is restarted after %s, want at once", got)
	}
	if got := nextDelay(0, first, time.Second, 10); got != first {
		t.Errorf("and crashes from then on count anew: %s, want %s", got, first)
	}
}

func TestTallyAppliesThresholds(t *testing.T) {
	spec := &corev1.Probe{SuccessThreshold: 2, FailureThreshold: 3}
	steps := []struct {
		ok, counts       bool
		verdict, changed bool
		reason           string
	}{
		{false, false, false, false, "an eager try that fails says nothing"},
		{true, true, false, false, "one success of two"},
		{true, true, true, true, "two in a row: healthy"},
		{true, true, true, false, "nothing new"},
		{false, true, true, false, "one failure of three"},
		{true, true, true, false, "a success in between forgives"},
		{false, true, true, false, "one"},
		{false, true, true, false, "two"},
		{false, true, false, true, "three in a row: unhealthy"},
		{true, true, false, false, "one success of two"},
		{true, true, true, true, "healthy again"},
	}
	tally := newTally(spec)
	for i, s := range steps {
		if verdict, changed := tally.add(s.ok, s.counts); verdict != s.verdict || changed != s.changed {
			t.Errorf("step %d (%s): got %v, %v, want %v, %v", i, s.reason, verdict, changed, s.verdict, s.changed)
		}
	}
}

func TestAddressesAreNotTakenTwiceAndComeBackLate(t *testing.T) {
	a := newAddresses(3, func(n int) string { return string(rune('a' + n - 1)) })
	var got []string
	for range 3 {
		ip, err := a.take()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ip)
	}
	if strings.Join(got, "") != "abc" {
		t.Errorf("took %v", got)
	}
	if _, err := a.take(); err == nil {
		t.Error("a fourth address was given out of three")
	}
	a.give("b")
	if ip, err := a.take(); err != nil || ip != "b" {
		t.Errorf("got %q, %v; want the one given back", ip, err)
	}
}

// lastLines is the obvious way to do what seekTail does without reading all.
func lastLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines[max(len(lines)-n, 0):], "")
}

func TestSeekTailEqualsTheObviousWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"\n", "a", "bc\n", strings.Repeat("x", 5000), strings.Repeat("y\n", 3000)}), 0, 12).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		n := rapid.IntRange(0, 20).Draw(t, "lines")
		file := strings.NewReader(text)
		if err := seekTail(file, int64(n)); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(file)
		if err != nil || string(got) != lastLines(text, n) {
			t.Fatalf("%d of %d bytes, %v; want %d", len(got), len(text), err, len(lastLines(text, n)))
		}
	})
}

func TestLimitedEndsAfterItsBytes(t *testing.T) {
	var out bytes.Buffer
	w := &limited{w: &out, left: 5}
	if n, err := w.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("first: %d, %v", n, err)
	}
	if n, err := w.Write([]byte("defg")); n != 2 || err != io.EOF {
		t.Errorf("second: %d, %v, want 2 and the end", n, err)
	}
	if out.String() != "abcde" {
		t.Errorf("wrote %q", out.String())
	}
}

func TestConditionKeepsItsTimeUnlessItsStatusChanges(t *testing.T) {
	var s corev1.PodStatus
	setCondition(&s, corev1.PodCondition{Type: "A", Status: corev1.ConditionFalse, Reason: "Old"})
	s.Conditions[0].LastTransitionTime.Time = time.Unix(1, 0)
	setCondition(&s, corev1.PodCondition{Type: "A", Status: corev1.ConditionFalse, Reason: "New"})
	if c := s.Conditions[0]; c.Reason != "New" || c.LastTransitionTime.Unix() != 1 {
		t.Errorf("a new reason moved the time: %+v", c)
	}
	setCondition(&s, corev1.PodCondition{Type: "A", Status: corev1.ConditionTrue})
	if c := s.Conditions[0]; c.LastTransitionTime.Unix() == 1 || len(s.Conditions) != 1 {
		t.Errorf("a new status did not: %+v", s.Conditions)
	}
}
