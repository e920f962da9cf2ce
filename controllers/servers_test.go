package controllers

import (
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tiaojie.dev/tiaojie/internal/tenantdb"
)

func newBreaker(t *testing.T) (*server, *int) {
	t.Helper()
	instruments, err := newInstruments(prometheus.NewRegistry(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	return newServers(instruments, func(string) { told++ }).put("default", "key", nil), &told
}

func TestServer_breaker(t *testing.T) {
	unreachable := &tenantdb.Problem{Reason: tenantdb.ReasonUnreachable, Message: "start it", Retry: true}
	entry, told := newBreaker(t)
	if entry.blocked() != nil {
		t.Fatal("a server that never failed is left alone")
	}
	if err := entry.note(errors.New("a statement failed")); err == nil || entry.blocked() != nil {
		t.Error("one failed statement has the whole server left alone")
	}
	for range 3 {
		_ = entry.note(unreachable)
	}
	if *told != 1 {
		t.Errorf("told %d times that it does not answer, want once", *told)
	}
	var out *outcome
	if err := entry.blocked(); !errors.As(err, &out) || out.reason != tenantdb.ReasonUnreachable || out.after <= 0 {
		t.Fatalf("a dead server gives %v", err)
	}
	entry.until = time.Now().Add(-time.Second) // the pause is over
	if entry.blocked() != nil {
		t.Error("nobody may try it after the pause")
	}
	if entry.blocked() == nil {
		t.Error("everybody may try it after the pause: one is enough")
	}
	if entry.note(nil) != nil || entry.blocked() != nil {
		t.Error("it answers again and is left alone still")
	}
}

func TestServer_pauseIsBounded(t *testing.T) {
	entry, _ := newBreaker(t)
	last := time.Duration(0)
	for entry.failures = range 100 {
		pause := entry.pause()
		if pause < last || pause < time.Second || pause > 30*time.Second {
			t.Fatalf("after %d failures: %s", entry.failures, pause)
		}
		last = pause
	}
}

func TestServer_slots(t *testing.T) {
	entry, _ := newBreaker(t)
	var releases []func()
	for range ddlSlots {
		release, err := entry.slot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	got := make(chan struct{})
	go func() {
		if release, err := entry.slot(t.Context()); err == nil {
			release()
			close(got)
		}
	}()
	select {
	case <-got:
		t.Fatal("one more than there are slots")
	case <-time.After(20 * time.Millisecond):
	}
	releases[0]()
	<-got
}
