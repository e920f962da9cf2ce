package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// quietPause is how long a changing line waits before it is printed where lines cannot be overwritten; each waits half
// as long again as the one before.
const quietPause = 5 * time.Second

// progress prints what is going on: one line a step, and under it a live line that a terminal overwrites.
type progress struct {
	mutex    sync.Mutex
	w        io.Writer
	terminal bool
	live     string    // the live line on the terminal now
	printed  time.Time // when a live line was last printed without a terminal
	pause    time.Duration
	notes    []string // said below a step when it is done
}

func newProgress(file *os.File) *progress {
	info, err := file.Stat()
	return &progress{w: file, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (p *progress) begin(title string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.w, "▶ %s\n", title)
	p.printed, p.pause = time.Now(), quietPause
}

func (p *progress) done(took time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.clear()
	for _, note := range p.notes {
		fmt.Fprintf(p.w, "  %s\n", strings.ReplaceAll(note, "\n", "\n  "))
	}
	p.notes = nil
	fmt.Fprintf(p.w, "  ✓ %.1f s\n", took.Seconds())
}

func (p *progress) failed() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.clear()
	p.notes = nil
	fmt.Fprintln(p.w, "  ✗")
}

// note says something below the current step.
func (p *progress) note(format string, args ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *progress) say(text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.clear()
	fmt.Fprintln(p.w, text)
}

// tick shows how a step is coming along.
func (p *progress) tick(format string, args ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	line := fmt.Sprintf(format, args...)
	switch {
	case p.terminal:
		p.clear()
		fmt.Fprint(p.w, "  … "+line)
		p.live = line
	case line != p.live && time.Since(p.printed) >= p.pause:
		fmt.Fprintln(p.w, "  … "+line)
		p.live, p.printed, p.pause = line, time.Now(), p.pause*3/2
	}
}

func (p *progress) clear() {
	if p.terminal && p.live != "" {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.live = ""
	}
}
