package controllers

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

func TestOutcomeOf(t *testing.T) {
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	for name, c := range map[string]struct {
		err     error
		reason  string
		stalled bool
		words   string
	}{
		"a wait":                    {fmt.Errorf("step: %w", wait(time.Second, v1alpha1.ReasonCountyMissing, "declare it")), v1alpha1.ReasonCountyMissing, false, "declare it"},
		"a stall":                   {fmt.Errorf("step: %w", stall(v1alpha1.ReasonInvalid, "correct it")), v1alpha1.ReasonInvalid, true, "correct it"},
		"PostgreSQL will not":       {&tenantdb.Problem{Reason: "ClaimedByAnother", Message: "adopt it"}, "ClaimedByAnother", true, "adopt it"},
		"PostgreSQL will later":     {&tenantdb.Problem{Reason: "Unreachable", Message: "start it", Retry: true}, "Unreachable", false, "start it"},
		"changed meanwhile":         {apierrors.NewConflict(resource, "t", errors.New("x")), v1alpha1.ReasonProgressing, false, "read again"},
		"refused as invalid":        {apierrors.NewInvalid(schema.GroupKind{Kind: "Deployment"}, "t", nil), v1alpha1.ReasonClusterRefused, true, "invalid"},
		"refused for want of right": {apierrors.NewForbidden(resource, "t", errors.New("x")), v1alpha1.ReasonClusterRefused, false, "ClusterRoles"},
		"too slow":                  {fmt.Errorf("step: %w", context.DeadlineExceeded), v1alpha1.ReasonProgressing, false, "too long"},
		"unknown":                   {errors.New("broken pipe"), v1alpha1.ReasonClusterError, false, "broken pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			got := outcomeOf(c.err)
			if got.reason != c.reason || got.stalled != c.stalled || !strings.Contains(got.message, c.words) {
				t.Errorf("outcome = %+v", got)
			}
		})
	}
}

// Whatever happened in whatever order, the conditions keep the rules that generic tools (kstatus, Flux) read them by.
func TestConclude(t *testing.T) {
	facets := []string{v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionSchemaUpToDate, v1alpha1.ConditionObjectsApplied}
	drawOutcome := func(t *rapid.T, label string) *outcome {
		return rapid.SampledFrom([]*outcome{nil, {reason: "Progressing", message: "soon"}, {reason: "Invalid", message: "act", stalled: true}}).Draw(t, label)
	}
	rapid.Check(t, func(t *rapid.T) {
		var conditions []metav1.Condition
		rounds := rapid.IntRange(1, 6).Draw(t, "rounds")
		for generation := int64(1); generation <= int64(rounds); generation++ {
			went := progress{facets: facets, done: map[string]bool{}, ended: drawOutcome(t, "ended")}
			reached := len(facets)
			if went.ended != nil {
				reached = rapid.IntRange(0, len(facets)-1).Draw(t, "reached")
				went.facet = facets[reached]
			}
			for _, facet := range facets[:reached] {
				went.done[facet] = true
			}
			served := ready{status: rapid.Bool().Draw(t, "served"), reason: "Served", message: "here", pending: drawOutcome(t, "pending")}
			conclude(&conditions, generation, went, served)
			checkConditions(t, conditions, generation, went, served)
		}
	})
}

func checkConditions(t *rapid.T, conditions []metav1.Condition, generation int64, went progress, served ready) {
	verdict := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	stalled := meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled)
	reconciling := meta.FindStatusCondition(conditions, v1alpha1.ConditionReconciling)
	switch {
	case verdict == nil || verdict.ObservedGeneration != generation || verdict.Reason == "":
		t.Fatalf("Ready = %+v", verdict)
	case (verdict.Status == metav1.ConditionTrue) != (went.ended == nil && served.status):
		t.Fatalf("Ready = %s although %+v, %+v", verdict.Status, went.ended, served)
	case stalled != nil && (stalled.Status != metav1.ConditionTrue || verdict.Status != metav1.ConditionFalse):
		t.Fatalf("Stalled = %s with Ready = %s", stalled.Status, verdict.Status)
	case reconciling != nil && reconciling.Status != metav1.ConditionTrue:
		t.Fatal("Reconciling is not absent when false")
	case stalled != nil && reconciling != nil:
		t.Fatal("both Stalled and Reconciling")
	case went.ended == nil && served.status && served.pending == nil && (stalled != nil || reconciling != nil):
		t.Fatal("all is well and something is abnormal")
	case (went.ended != nil || !served.status) && stalled == nil && reconciling == nil:
		t.Fatal("not Ready, and neither Stalled nor Reconciling says why")
	}
	for _, condition := range conditions {
		if condition.ObservedGeneration > generation || condition.LastTransitionTime.IsZero() {
			t.Fatalf("condition %+v", condition)
		}
	}
}

// Reasons are a closed list: those that PostgreSQL gives are in it too.
func TestReasons(t *testing.T) {
	listed := constants(t, "../api/v1alpha1/conditions.go")
	for _, reason := range constants(t, "../internal/tenantdb/problem.go") {
		if !slices.Contains(listed, reason) {
			t.Errorf("tenantdb gives the reason %s, which api/v1alpha1/conditions.go does not list", reason)
		}
	}
	for _, reason := range listed {
		if len(reason) > 64 || strings.ToUpper(reason[:1]) != reason[:1] || strings.ContainsAny(reason, " -_") {
			t.Errorf("%q is no CamelCase word", reason)
		}
	}
}

// constants are the values of a file's Reason… constants.
func constants(t *testing.T, file string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") || len(spec.Values) == 0 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			value, _ := strconv.Unquote(literal.Value)
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no reasons in %s", file)
	}
	return values
}

func TestTruncate(t *testing.T) {
	long := strings.Repeat("镇", 5000)
	if got := []rune(truncate(long)); len(got) > 4096 || string(got[:10]) != long[:30] {
		t.Errorf("%d characters", len(got))
	}
	if truncate("short") != "short" {
		t.Error("a short message was changed")
	}
}

func TestJitter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1000, int64(time.Hour)).Draw(t, "d"))
		if got := jitter(d); got < d*8/10-1 || got > d*12/10+1 {
			t.Fatalf("jitter(%s) = %s", d, got)
		}
	})
}
