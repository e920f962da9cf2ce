package controllers

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
)

// tree draws data as an object's JSON has it.
func tree(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(rapid.Just[any]("a"), rapid.Just[any]("b"), rapid.Just[any](int64(1)), rapid.Just[any](true))
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(tree(depth-1), 1, 3), func(list []any) any { return list }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"x", "y", "z"}), tree(depth-1), 1, 3), func(m map[string]any) any { return m }))
}

func TestHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := map[string]any{"spec": tree(3).Draw(t, "spec"), "metadata": map[string]any{"labels": map[string]any{"a": "b"}}}
		live := runtime.DeepCopyJSON(wanted)
		if !holds(live, wanted) {
			t.Fatal("an object does not hold itself")
		}
		live["status"] = "what others add"
		live["metadata"].(map[string]any)["uid"] = "u"
		if !holds(live, wanted) {
			t.Fatal("what others add to maps counts as a change")
		}
		live["metadata"].(map[string]any)["labels"] = map[string]any{"a": "changed"}
		if holds(live, wanted) {
			t.Fatal("a changed label is not seen")
		}
	})
}

func TestHolds_lists(t *testing.T) {
	wanted := map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "api"}}}}
	for reason, live := range map[string][]any{
		"a container added":   {map[string]any{"name": "api"}, map[string]any{"name": "extra"}},
		"a container removed": {},
		"another container":   {map[string]any{"name": "other"}},
	} {
		if holds(map[string]any{"spec": map[string]any{"containers": live}}, wanted) {
			t.Errorf("%s is not seen", reason)
		}
	}
	defaulted := []any{map[string]any{"name": "api", "terminationMessagePath": "/dev/termination-log"}}
	if !holds(map[string]any{"spec": map[string]any{"containers": defaulted}}, wanted) {
		t.Error("a default that the server filled in counts as a change")
	}
}

func TestDigest_followsTheContentAlone(t *testing.T) {
	a := map[string]any{"x": "1", "y": []any{int64(1)}}
	b := map[string]any{"y": []any{int64(1)}, "x": "1"}
	if digest(a) != digest(b) {
		t.Error("the order of keys changes the digest")
	}
	b["x"] = "2"
	if digest(a) == digest(b) {
		t.Error("another content has the same digest")
	}
}
