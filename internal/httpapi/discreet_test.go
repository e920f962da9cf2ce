package httpapi_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
)

// problems keeps the texts of all problems of a test.
type problems struct {
	mu    sync.Mutex
	texts map[string]bool
}

func (p *problems) keep(got answer) {
	if p == nil || got.header.Get("Content-Type") != "application/problem+json" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts[got.body] = true
}

// within is what no client may learn: what lies behind the API, where it runs, and who the parties of the fixture are.
var within = regexp.MustCompile(`(?i)SQLSTATE|\bpgx\b|pq:|relation \\"|syntax error|constraint|\bSELECT |INSERT INTO|goroutine|runtime error|nil pointer|` +
	`\.go:\d|/tmp/|/root/|/home/|/work/|(mediation|casework|postgres|httpapi|json|http|time|strconv)\.[A-Z]|\*[a-z]+\.[A-Z]|0x[0-9a-f]{6}|127\.0\.0\.1:|` +
	`欧阳测试|司马测试|13800005678`)

// tellNothing looks through them.
func (p *problems) tellNothing(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.texts) < 10 {
		t.Errorf("only %d problems were looked at", len(p.texts))
	}
	t.Logf("%d attempts ended with a problem, and none of them tells what lies behind", len(p.texts))
	for text := range p.texts {
		if found := within.FindString(text); found != "" {
			t.Errorf("a problem tells %q: %.400s", found, text)
		}
	}
}

// TestProblems_planted proves that the look finds what it is to find.
func TestProblems_planted(t *testing.T) {
	for _, text := range []string{`ERROR: relation \"t371621101.cases\"`, "SQLSTATE 42P01", "json.Unmarshal: *mediation.Case", "/tmp/blobs/371621101",
		"server.go:181", "dial 127.0.0.1:5432", "欧阳测试 already exists", "duplicate key value violates unique constraint"} {
		if !within.MatchString(text) {
			t.Errorf("%q passes", text)
		}
	}
	if text := strings.Repeat("The command breaks a rule. 不符合规定。 /parties/0/name", 2); within.MatchString(text) {
		t.Errorf("%q does not pass", text)
	}
}
