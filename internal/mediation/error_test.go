package mediation_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestError(t *testing.T) {
	plain := mediation.Fail(mediation.Unavailable, "database", "Try again.", "请稍后再试。")
	full := plain.WithCause(io.ErrUnexpectedEOF).WithRetryAfter(3 * time.Second).WithFields(mediation.FieldError{Pointer: "/a", Code: "b"})
	if plain.RetryAfter != 0 || plain.Fields != nil || errors.Is(plain, io.ErrUnexpectedEOF) {
		t.Error("With changes its receiver")
	}
	if !errors.Is(full, io.ErrUnexpectedEOF) || full.RetryAfter != 3*time.Second || len(full.Fields) != 1 {
		t.Errorf("With forgets: %+v", full)
	}
	wrapped := fmt.Errorf("reading: %w", full)
	if mediation.KindOf(wrapped) != mediation.Unavailable || mediation.CodeOf(wrapped) != "database" {
		t.Error("a wrapped refusal keeps its kind and code")
	}
	for _, word := range []string{"database", "Try again.", "/a b", "unexpected EOF"} {
		if !strings.Contains(full.Error(), word) {
			t.Errorf("the log line %q lacks %q", full.Error(), word)
		}
	}
	if mediation.KindOf(io.EOF) != "" || mediation.KindOf(nil) != "" || mediation.CodeOf(io.EOF) != "" {
		t.Error("a foreign error has no kind")
	}
}

func TestError_twoOfOneDoNotShareFields(t *testing.T) {
	base := mediation.Fail(mediation.Invalid, "x", "x", "x").WithFields(mediation.FieldError{Pointer: "/a"})
	one, two := base.WithFields(mediation.FieldError{Pointer: "/b"}), base.WithFields(mediation.FieldError{Pointer: "/c"})
	if one.Fields[1].Pointer != "/b" || two.Fields[1].Pointer != "/c" {
		t.Error("appending to one changed the other")
	}
}

func TestStandingRefusals(t *testing.T) {
	for code, err := range map[string]*mediation.Error{
		"unknown-case": mediation.UnknownCase(), "unknown-member": mediation.UnknownMember(), "stale-version": mediation.StaleVersion(),
	} {
		if err.Code != code || err.Message == "" || err.MessageZH == "" {
			t.Errorf("%s: %+v", code, err)
		}
	}
	if len(mediation.Kinds()) != 10 {
		t.Errorf("%d kinds", len(mediation.Kinds()))
	}
}
