package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/internal/tenant"
)

// appliedAnnotation names the desired state that an object was last made from.
const appliedAnnotation = "tiaojie.dev/applied"

// apply makes an object as desired by server-side apply and says whether somebody else had changed or deleted it. Nothing
// is sent when the object was made from the same desired state and still holds all of it. What somebody else added to one
// of our lists (a container, a port) survives server-side apply, so then the whole spec is put in place.
func (o *Operator) apply(ctx context.Context, desired tenant.Object) (drifted bool, err error) {
	wanted, err := asMap(desired)
	if err != nil {
		return false, err
	}
	object := &unstructured.Unstructured{Object: wanted}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[appliedAnnotation] = digest(wanted)
	object.SetAnnotations(annotations)
	wanted = runtime.DeepCopyJSON(object.Object)

	live, err := o.live(ctx, object)
	if err != nil {
		return false, err
	}
	if live != nil && holds(live, wanted) {
		return false, nil
	}
	drifted = live == nil || appliedFrom(live) == annotations[appliedAnnotation]
	configuration := client.ApplyConfigurationFromUnstructured(object)
	if err := o.client.Apply(ctx, configuration, client.FieldOwner(fieldOwner), client.ForceOwnership); err != nil {
		return false, fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	o.metrics.applied(object.GetKind())
	if holds(object.Object, wanted) || wanted["spec"] == nil {
		return drifted, nil
	}
	object.Object["spec"] = wanted["spec"]
	if err := o.client.Update(ctx, object, client.FieldOwner(fieldOwner)); err != nil {
		return drifted, fmt.Errorf("replace %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return drifted, nil
}

func appliedFrom(live map[string]any) string {
	text, _, _ := unstructured.NestedString(live, "metadata", "annotations", appliedAnnotation)
	return text
}

// live reads the object as the cache has it (Secrets: as the server has it); nil when it does not exist.
func (o *Operator) live(ctx context.Context, object *unstructured.Unstructured) (map[string]any, error) {
	var target client.Object
	typed, err := o.client.Scheme().New(object.GroupVersionKind())
	if err == nil {
		target = typed.(client.Object)
	} else {
		unknown := &unstructured.Unstructured{}
		unknown.SetGroupVersionKind(object.GroupVersionKind())
		target = unknown
	}
	err = o.client.Get(ctx, client.ObjectKeyFromObject(object), target)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if target.GetDeletionTimestamp() != nil {
		return nil, nil
	}
	return runtime.DefaultUnstructuredConverter.ToUnstructured(target)
}

// remove deletes an object of ours that must not exist.
func (o *Operator) remove(ctx context.Context, object client.Object) error {
	err := o.client.Get(ctx, client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) || (err == nil && object.GetLabels()[tenant.ManagedByLabel] != tenant.Product) {
		return nil
	}
	if err != nil || object.GetDeletionTimestamp() != nil {
		return err
	}
	return client.IgnoreNotFound(o.client.Delete(ctx, object, client.PropagationPolicy("Background")))
}

// asMap is an apply configuration as generic data with int64 numbers.
func asMap(desired tenant.Object) (map[string]any, error) {
	raw, err := json.Marshal(desired)
	if err != nil {
		return nil, err
	}
	result := map[string]any{}
	return result, kjson.Unmarshal(raw, &result)
}

func digest(wanted map[string]any) string {
	raw, _ := json.Marshal(wanted) // maps of JSON values always marshal, with sorted keys
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])[:32]
}

// holds tells whether live has everything that wanted has. Lists must have the same length: what was added is not ours.
// The type of an object read through a typed client is empty, so apiVersion and kind are not compared.
func holds(live, wanted map[string]any) bool {
	for key, value := range wanted {
		if key == "apiVersion" || key == "kind" {
			continue
		}
		if !within(live[key], value) {
			return false
		}
	}
	return true
}

func within(live, wanted any) bool {
	switch typed := wanted.(type) {
	case map[string]any:
		other, ok := live.(map[string]any)
		if !ok {
			return len(typed) == 0 && live == nil
		}
		for key, value := range typed {
			if !within(other[key], value) {
				return false
			}
		}
		return true
	case []any:
		other, ok := live.([]any)
		if !ok || len(other) != len(typed) {
			return len(typed) == 0 && live == nil
		}
		for i := range typed {
			if !within(other[i], typed[i]) {
				return false
			}
		}
		return true
	}
	return live == wanted
}
