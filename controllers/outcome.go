package controllers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// outcome is why a step is not done, in words an administrator can act on.
type outcome struct {
	reason  string
	message string
	stalled bool          // somebody has to act
	unknown bool          // says nothing of the resource, only that this process cannot tell yet
	after   time.Duration // when to look again; 0 leaves it to the queue's back-off
	cause   error
}

func (o *outcome) Error() string { return o.reason + ": " + o.message }
func (o *outcome) Unwrap() error { return o.cause }

// wait says that something else has to happen first; it will be looked at again after the given time.
func wait(after time.Duration, reason, format string, args ...any) error {
	return &outcome{reason: reason, message: fmt.Sprintf(format, args...), after: after}
}

// untold says that this process cannot tell yet: what was said of the resource stands.
func untold(after time.Duration, reason, format string, args ...any) error {
	return &outcome{reason: reason, message: fmt.Sprintf(format, args...), after: after, unknown: true}
}

// stall says that waiting does not help.
func stall(reason, format string, args ...any) error {
	return &outcome{reason: reason, message: fmt.Sprintf(format, args...), stalled: true, after: stalledPoll}
}

// outcomeOf reads any error as an outcome.
func outcomeOf(err error) *outcome {
	var known *outcome
	if errors.As(err, &known) {
		return known
	}
	if problem, ok := tenantdb.AsProblem(err); ok {
		result := &outcome{reason: problem.Reason, message: problem.Message, stalled: !problem.Retry, cause: err}
		result.after = 5 * time.Second
		if result.stalled {
			result.after = stalledPoll
		}
		return result
	}
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &outcome{reason: v1alpha1.ReasonProgressing, message: "the object changed meanwhile; it is read again",
			after: 100 * time.Millisecond, cause: err, unknown: true}
	case errors.Is(err, context.Canceled):
		return &outcome{reason: v1alpha1.ReasonProgressing, message: "the operator is stopping", after: time.Second, cause: err, unknown: true}
	case apierrors.IsInvalid(err):
		return &outcome{reason: v1alpha1.ReasonClusterRefused, stalled: true, after: stalledPoll, cause: err,
			message: "the cluster refuses an object as invalid: " + err.Error()}
	case apierrors.IsForbidden(err):
		return &outcome{reason: v1alpha1.ReasonClusterRefused, cause: err,
			message: "the cluster refuses: " + err.Error() + "; check the operator's ClusterRoles and RoleBindings (the chart installs them) and the namespace's quota"}
	case errors.Is(err, context.DeadlineExceeded):
		return &outcome{reason: v1alpha1.ReasonProgressing, message: "a step took too long and is tried again: " + err.Error(), cause: err}
	}
	return &outcome{reason: v1alpha1.ReasonClusterError, message: "tried again: " + err.Error(), cause: err}
}

// requeue says when to look again, and leaves an unexpected error to the queue's back-off.
func (o *Operator) requeue(ended *outcome) (reconcile.Result, error) {
	if ended == nil {
		return reconcile.Result{RequeueAfter: jitter(o.options.Resync), Priority: ptr.To(handler.LowPriority)}, nil
	}
	if ended.after == 0 {
		return reconcile.Result{}, ended
	}
	return reconcile.Result{RequeueAfter: jitter(min(ended.after, o.options.Resync))}, nil
}

// again says when to look again after a status could not be written: at once when the resource changed meanwhile, not at
// all when it is gone.
func again(err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: jitter(100 * time.Millisecond)}, nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(err)
}

// jitter spreads timers by ±20 %, so that thousands of resources do not come at once.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // spreading timers needs no secrecy
}

// silent tells whether nothing is to be written: this process cannot tell yet, and an earlier one has.
func (went progress) silent(conditions []metav1.Condition) bool {
	return went.ended != nil && went.ended.unknown && meta.FindStatusCondition(conditions, v1alpha1.ConditionReady) != nil
}

// ready is what a kind says of itself once all its steps are done.
type ready struct {
	status  bool
	reason  string
	message string
	pending *outcome // something soft is under way or wrong: the resource is served, but not as declared
}

// conclude writes every condition of a resource. It alone sets Ready.
func conclude(conditions *[]metav1.Condition, generation int64, went progress, served ready) {
	set := func(kind string, status metav1.ConditionStatus, reason, message string) {
		meta.SetStatusCondition(conditions, metav1.Condition{
			Type: kind, Status: status, Reason: reason, Message: truncate(message), ObservedGeneration: generation})
	}
	for _, facet := range went.facets {
		switch {
		case went.done[facet]:
			set(facet, metav1.ConditionTrue, v1alpha1.ReasonSucceeded, "")
		case facet == went.facet:
			set(facet, metav1.ConditionFalse, went.ended.reason, went.ended.message)
		case !meta.IsStatusConditionTrue(*conditions, facet):
			// What it said before may be put right by now; what was true is taken to be so still.
			set(facet, metav1.ConditionUnknown, v1alpha1.ReasonNotReached, "an earlier step is not done")
		}
	}
	unfinished := went.ended
	switch {
	case unfinished != nil:
		set(v1alpha1.ConditionReady, metav1.ConditionFalse, unfinished.reason, unfinished.message)
	case served.status:
		set(v1alpha1.ConditionReady, metav1.ConditionTrue, served.reason, served.message)
	default:
		set(v1alpha1.ConditionReady, metav1.ConditionFalse, served.reason, served.message)
	}
	if unfinished == nil {
		unfinished = served.pending
	}
	if unfinished == nil && !served.status {
		unfinished = &outcome{reason: served.reason, message: served.message}
	}
	toggle := func(kind string, on bool) {
		if on {
			set(kind, metav1.ConditionTrue, unfinished.reason, unfinished.message)
		} else {
			meta.RemoveStatusCondition(conditions, kind)
		}
	}
	toggle(v1alpha1.ConditionStalled, unfinished != nil && unfinished.stalled && went.ended != nil)
	toggle(v1alpha1.ConditionReconciling, unfinished != nil && (!unfinished.stalled || went.ended == nil))
}

// abnormal sets a condition that is absent when all is well.
func abnormal(conditions *[]metav1.Condition, generation int64, kind string, on bool, reason, message string) {
	if !on {
		meta.RemoveStatusCondition(conditions, kind)
		return
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: truncate(message), ObservedGeneration: generation})
}

// truncate keeps within what a condition's message may hold.
func truncate(message string) string {
	const limit = 4096
	runes := []rune(message)
	if len(runes) <= limit {
		return message
	}
	return string(runes[:limit-1]) + "…"
}

// transient reasons belong to every start; no one needs to be warned.
var transient = []string{v1alpha1.ReasonProgressing, v1alpha1.ReasonCountyNotReady, v1alpha1.ReasonServerNotReady,
	v1alpha1.ReasonDeleting}

// announce tells a change of Ready as an event, once.
func (o *Operator) announce(object client.Object, before, after []metav1.Condition) {
	was, is := meta.FindStatusCondition(before, v1alpha1.ConditionReady), meta.FindStatusCondition(after, v1alpha1.ConditionReady)
	if is == nil || (was != nil && was.Status == is.Status && was.Reason == is.Reason) {
		return
	}
	kind := corev1.EventTypeNormal
	if is.Status != metav1.ConditionTrue && !slices.Contains(transient, is.Reason) {
		kind = corev1.EventTypeWarning
	}
	message := is.Message
	if message == "" {
		message = is.Reason
	}
	o.event(object, kind, is.Reason, "Reconcile", message)
}

func (o *Operator) event(object client.Object, kind, reason, action, message string) {
	const limit = 1000 // of an event's note, in bytes, with room to spare
	if runes := []rune(message); len(message) > limit {
		message = string(runes[:min(len(runes), limit/4)]) + "…"
	}
	o.recorder.Eventf(object, nil, kind, reason, action, "%s", message)
}
