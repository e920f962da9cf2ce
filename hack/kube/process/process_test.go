package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(t *testing.T, script string) (*Process, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	output, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p, err := NewSpawner().Start(Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: []string{"A=1"}, Dir: "/", Output: output})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p, path
}

func TestExitTellsHowTheProcessEnded(t *testing.T) {
	cases := []struct {
		script string
		code   int
		signal syscall.Signal
		text   string
		reason string
	}{
		{"exit 0", 0, 0, "exit status 0", "a good end"},
		{"exit 3", 3, 0, "exit status 3", "a status of the program's own"},
		{"kill -9 $$", 137, syscall.SIGKILL, "ended by signal 9 (killed)", "128 + signal, as shells and Kubernetes report it"},
		{"kill -15 $$", 143, syscall.SIGTERM, "ended by signal 15 (terminated)", "same for a polite signal that was not caught"},
	}
	for _, c := range cases {
		p, _ := shell(t, c.script)
		exit := p.Exit()
		if exit.Code != c.code || exit.Signal != c.signal || exit.String() != c.text {
			t.Errorf("%s: %q gave %+v (%s), want %d, %d, %q", c.reason, c.script, exit, exit, c.code, c.signal, c.text)
		}
		if p.Running() || exit.FinishedAt.Before(p.StartedAt) {
			t.Errorf("%q: still running, or ended before it began", c.script)
		}
	}
}

func TestStopIsPoliteUntilGraceIsOver(t *testing.T) {
	polite, _ := shell(t, `trap 'exit 4' TERM; while :; do sleep 0.05; done`)
	time.Sleep(200 * time.Millisecond)
	if exit := polite.Stop(5 * time.Second); exit.Code != 4 {
		t.Errorf("a process that catches SIGTERM ended with %s, want status 4", exit)
	}
	deaf, _ := shell(t, `trap '' TERM; while :; do sleep 0.05; done`)
	time.Sleep(200 * time.Millisecond)
	begin := time.Now()
	if exit := deaf.Stop(300 * time.Millisecond); exit.Signal != syscall.SIGKILL || time.Since(begin) > 3*time.Second {
		t.Errorf("a process that ignores SIGTERM ended with %s after %s", exit, time.Since(begin))
	}
	deaf.Signal(syscall.SIGTERM)
	deaf.Kill()
}

func TestTheGroupGoesWithTheProcess(t *testing.T) {
	p, output := shell(t, `sleep 60 & echo $!`)
	p.Exit()
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for alive(child) {
		if time.Now().After(deadline) {
			t.Fatalf("the background process %d outlived its parent", child)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive is false for a process that is gone or waits to be reaped.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

func TestEnvironmentIsExactlyWhatIsGiven(t *testing.T) {
	t.Setenv("LEAKED", "yes")
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	for _, env := range [][]string{{"A=1"}, nil} {
		p, err := NewSpawner().Start(Spec{Path: "/usr/bin/env", Args: []string{"env"}, Env: env, Output: output})
		if err != nil {
			t.Fatal(err)
		}
		p.Exit()
	}
	if text, _ := os.ReadFile(output.Name()); string(text) != "A=1\n" {
		t.Errorf("the two processes saw %q, want A=1 in the first and nothing in the second", text)
	}
}

func TestMissingProgramIsAnError(t *testing.T) {
	if _, err := NewSpawner().Start(Spec{Path: "/no/such"}); err == nil || !strings.Contains(err.Error(), "start /no/such") {
		t.Errorf("got %v", err)
	}
}
