package command

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatAfter is how long the same words are not said again.
const repeatAfter = time.Minute

// calm lets warnings and errors through, and the same words once in repeatAfter: of a database that is away every part of
// River tells once a second.
type calm struct {
	slog.Handler
	said *sayings
}

type sayings struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func calmed(log *slog.Logger) *slog.Logger {
	return slog.New(&calm{Handler: log.Handler(), said: &sayings{last: map[string]time.Time{}}})
}

// Enabled asks for warnings and what is worse.
func (c *calm) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && c.Handler.Enabled(ctx, level)
}

// Handle drops what was said a moment ago.
func (c *calm) Handle(ctx context.Context, record slog.Record) error {
	if !c.said.fresh(record.Message, record.Time) {
		return nil
	}
	return c.Handler.Handle(ctx, record)
}

// WithAttrs keeps what was said.
func (c *calm) WithAttrs(attributes []slog.Attr) slog.Handler {
	return &calm{Handler: c.Handler.WithAttrs(attributes), said: c.said}
}

// WithGroup keeps what was said.
func (c *calm) WithGroup(name string) slog.Handler {
	return &calm{Handler: c.Handler.WithGroup(name), said: c.said}
}

func (s *sayings) fresh(words string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, known := s.last[words]; known && at.Sub(last) < repeatAfter {
		return false
	}
	s.last[words] = at
	return true
}
