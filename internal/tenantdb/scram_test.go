package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"
)

func passwords() *rapid.Generator[string] {
	return rapid.StringMatching(`[!-~]{8,64}`)
}

func TestMark_knowsItsPasswordAndNoOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password, other := passwords().Draw(t, "password"), passwords().Draw(t, "other")
		mark, err := markOf(password)
		if err != nil {
			t.Fatal(err)
		}
		if !markMatches(mark, password) || (other != password && markMatches(mark, other)) {
			t.Fatalf("the mark of %q", password)
		}
		if strings.Contains(mark, password) || strings.ContainsAny(mark, `'\`) {
			t.Fatalf("the mark %q shows the password or needs quoting", mark)
		}
	})
}

func TestVerifier_form(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password := passwords().Draw(t, "password")
		verifier, err := scramVerifier(password)
		if err != nil || !strings.HasPrefix(verifier, "SCRAM-SHA-256$4096:") || strings.ContainsAny(verifier, `'\`) || strings.Contains(verifier, password) {
			t.Fatalf("verifier %q, %v", verifier, err)
		}
		again, _ := scramVerifier(password)
		if again == verifier {
			t.Fatal("two verifiers have the same salt")
		}
	})
}

func TestPasswords_thatWouldNeedNormalisation(t *testing.T) {
	t.Parallel()
	for password, reason := range map[string]string{
		"":                       "empty",
		"short":                  "too short",
		strings.Repeat("x", 257): "too long",
		"密码密码密码密码":               "not ASCII",
		"with a blank":           "a blank",
		"with\ttab0":             "a control character",
	} {
		if _, err := scramVerifier(password); !errors.Is(err, errPassword) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// The words of every SQLSTATE that the table names say what to do.
func TestClassify(t *testing.T) {
	t.Parallel()
	for code, want := range remedies {
		state := code
		if len(state) == 2 {
			state += "006"
		}
		problem := classify(&pgconn.PgError{Code: state, Message: "internal words"})
		if problem.Reason != want.reason || problem.Retry != want.retry || problem.Message != want.message {
			t.Errorf("%s: %+v", code, problem)
		}
		if !strings.Contains(problem.Message, ":") {
			t.Errorf("%s: %q names no remedy", code, problem.Message)
		}
	}
	if problem := classify(&pgconn.PgError{Code: "42601", Message: "syntax error"}); problem.Reason != ReasonUnexpected || !strings.Contains(problem.Message, "42601") {
		t.Errorf("an unforeseen SQLSTATE: %+v", problem)
	}
}

// A migration of this program that fails is not told as a server that does not answer: nobody would look in the right place.
func TestClassify_faultsOfTheProgram(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		err  error
		want string
	}{
		"a migration's own check": {fmt.Errorf("schema t371621101, migration 0042_x.sql: %w", errors.New("12 rows moved, 13 expected")), ReasonUnexpected},
		"a row that does not fit": {fmt.Errorf("read: %w", pgx.ErrNoRows), ReasonUnexpected},
		"refused":                 {&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, ReasonUnreachable},
		"cut off":                 {fmt.Errorf("receive: %w", io.ErrUnexpectedEOF), ReasonUnreachable},
		"out of time":             {fmt.Errorf("lock: %w", context.DeadlineExceeded), ReasonUnreachable},
		"cancelled":               {fmt.Errorf("lock: %w", context.Canceled), ReasonUnreachable},
	} {
		if problem := classify(c.err); problem.Reason != c.want || !problem.Retry || problem.MessageZH == "" {
			t.Errorf("%s: %+v, want %s", reason, problem, c.want)
		}
	}
}
