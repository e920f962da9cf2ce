package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDescendants(t *testing.T) {
	shell := exec.Command("sh", "-c", "PLANTED=here sleep 30 & wait")
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer shell.Process.Kill()
	err := poll(t.Context(), 5*time.Second, 10*time.Millisecond, func() (bool, string, error) {
		children, err := descendants(os.Getpid())
		for _, c := range children {
			if strings.Join(c.command, " ") == "sleep 30" && strings.Contains(strings.Join(c.environ, " "), "PLANTED=here") {
				megabytes, err := memoryMB(c.pid, "VmRSS:")
				if !alive(c) || err != nil || megabytes <= 0 {
					t.Errorf("process %d: alive %v, %f MB, %v", c.pid, alive(c), megabytes, err)
				}
				return true, "", nil
			}
		}
		return false, "the grandchild is not found", err
	})
	if err != nil {
		t.Error(err)
	}
	if alive(child{pid: os.Getpid(), command: []string{"another program"}}) {
		t.Error("a process that got an old number counts as the old one")
	}
}

func TestSweep(t *testing.T) {
	root := t.TempDir()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dead := fmt.Sprintf(".tiaojie/demo-%d", ended.Process.Pid)
	living := fmt.Sprintf(".tiaojie/demo-%d", os.Getpid())
	for _, folder := range []string{dead, living, dead + "-logs", "hack"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(root, "hack", "postgres.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$@\" >"+root+"/called\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := sweep(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]bool{dead: false, living: true, dead + "-logs": true} {
		if _, err := os.Stat(filepath.Join(root, folder)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", folder, err == nil, want)
		}
	}
	if called, _ := os.ReadFile(filepath.Join(root, "called")); string(called) != "stop "+filepath.Base(dead)+"\n" {
		t.Errorf("the server of the killed run is asked %q", called)
	}
}

func TestBackgroundStops(t *testing.T) {
	polite, err := startBackground("sleep", "30")
	if err != nil {
		t.Fatal(err)
	}
	if err := polite.exited(); err != nil {
		t.Errorf("a running program is said to have ended: %v", err)
	}
	if err := polite.stop(5 * time.Second); err != nil {
		t.Error(err)
	}
	if err := polite.exited(); err == nil || !strings.Contains(err.Error(), "sleep ended") {
		t.Errorf("an ended program: %v", err)
	}
	deaf, err := startBackground("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if err := deaf.stop(300 * time.Millisecond); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("a program that does not listen: %v", err)
	}
}

func TestPoll(t *testing.T) {
	planted := errors.New("for good")
	never := func() (bool, string, error) { return false, "still missing", nil }
	cases := map[string]struct {
		reason  string
		attempt func() (bool, string, error)
		want    string
	}{
		"Done":    {"what is done ends it", func() (bool, string, error) { return true, "", nil }, ""},
		"Failed":  {"an error ends it", func() (bool, string, error) { return false, "", planted }, "for good"},
		"Timeout": {"the last word says what was missing", never, "still missing"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := poll(t.Context(), 30*time.Millisecond, time.Millisecond, tc.attempt)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := poll(ctx, time.Minute, time.Minute, never); !errors.Is(err, context.Canceled) {
		t.Errorf("Ctrl-C gives %v", err)
	}
}

func TestProgress(t *testing.T) {
	var screen, file bytes.Buffer
	terminal := &progress{w: &screen, terminal: true}
	terminal.begin("wait")
	terminal.tick("1 of 2")
	terminal.tick("2 of 2")
	terminal.note("all\nthere")
	terminal.done(1500 * time.Millisecond)
	if want := "▶ wait\n  … 1 of 2\r\x1b[K  … 2 of 2\r\x1b[K  all\n  there\n  ✓ 1.5 s\n"; screen.String() != want {
		t.Errorf("a terminal shows %q, want %q", screen.String(), want)
	}
	plain := &progress{w: &file}
	plain.begin("wait")
	plain.tick("1 of 2")
	plain.printed = time.Now().Add(-quietPause)
	plain.tick("2 of 2")
	plain.printed = time.Now().Add(-quietPause)
	plain.tick("too soon after the one before")
	plain.failed()
	if want := "▶ wait\n  … 2 of 2\n  ✗\n"; file.String() != want {
		t.Errorf("a file gets %q, want %q: a line now and then, nothing overwritten", file.String(), want)
	}
}
