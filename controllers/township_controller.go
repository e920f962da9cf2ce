package controllers

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// townScope is one reconcile of a Township.
type townScope struct {
	town      *v1alpha1.Township
	county    *v1alpha1.County
	installed *installed
	server    *server
	db        *tenantdb.County
	input     tenant.Input
	repaired  []string // what was changed by hand and is put right
	available bool     // the township's own instances answer
	pending   *outcome // what is soft: the township is served, but not as declared
	routed    bool     // requests reach the township's own instances
	overQuota quotaUsed
	settled   bool   // PostgreSQL holds the township as declared, as far as this process knows
	password  string // of the login, as this process last set it
}

// waiting tells whether the township's own instances are still to come.
func (s *townScope) waiting() bool { return s.pending != nil }

// ReconcileTownship makes one township as declared.
func (o *Operator) ReconcileTownship(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var town v1alpha1.Township
	if err := o.client.Get(ctx, request.NamespacedName, &town); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if town.DeletionTimestamp != nil {
		return o.deleteTownship(ctx, &town)
	}
	before := town.DeepCopy()
	scope := &townScope{town: &town}
	went := walk(ctx, o, "Township", o.townSteps(), scope)
	if went.silent(before.Status.Conditions) {
		return o.requeue(went.ended)
	}
	served, err := o.townVerdict(ctx, scope, went)
	if err != nil {
		return reconcile.Result{}, err
	}
	generation, conditions := town.Generation, &town.Status.Conditions
	town.Status.ObservedGeneration = generation
	wasReady := meta.IsStatusConditionTrue(before.Status.Conditions, v1alpha1.ConditionReady)
	conclude(conditions, generation, went, served)
	drifted := len(scope.repaired) > 0 && wasReady && before.Status.ObservedGeneration == generation
	abnormal(conditions, generation, v1alpha1.ConditionDrifted, drifted && went.ended != nil, v1alpha1.ReasonChangedByHand,
		"changed by hand and not repaired yet: "+strings.Join(scope.repaired, ", "))
	abnormal(conditions, generation, v1alpha1.ConditionSuspended, scope.input.Suspended || town.Spec.Suspend,
		v1alpha1.ReasonSuspended, "read-only; set spec.suspend to false on the Township and its County to open it again")
	abnormal(conditions, generation, v1alpha1.ConditionQuotaExceeded, scope.overQuota.message != "", scope.overQuota.reason, scope.overQuota.message)
	if err := o.writeStatus(ctx, before, &town); err != nil {
		return again(err)
	}
	o.announce(&town, before.Status.Conditions, town.Status.Conditions)
	if before.Status.ObservedGeneration == 0 {
		o.doubtCode(&town)
	}
	if drifted {
		o.driftEvent(&town, "Township", scope.repaired)
	}
	if went.ended == nil {
		o.metrics.succeeded("Township")
	}
	if went.ended == nil && scope.pending != nil && scope.pending.after > 0 {
		return o.requeue(scope.pending)
	}
	return o.requeue(went.ended)
}

// doubtCode warns, when a township is first looked at, that the official list does not hold it. It may be newer than the
// list, so it is served all the same.
func (o *Operator) doubtCode(town *v1alpha1.Township) {
	catalogue := division.Embedded()
	if _, listed := catalogue.Lookup(town.Name); listed || town.IsDesk() {
		return
	}
	o.event(town, corev1.EventTypeWarning, "UnknownCode", "Declare", fmt.Sprintf("%s %s is not in the official catalogue of %s: check the code; "+
		"if it is wrong, delete this township and declare it with the right one", town.Name, town.Spec.DisplayName, catalogue.Source()))
}

// townVerdict says who serves a township whose steps are all done.
func (o *Operator) townVerdict(ctx context.Context, s *townScope, went progress) (ready, error) {
	status := &s.town.Status
	status.Selector = labels.SelectorFromSet(tenant.Selector(s.town.Name)).String()
	status.Endpoint = tenant.Endpoint(o.options.Values, s.town.Name)
	if !went.finished() {
		return ready{}, nil
	}
	status.ServedBy = ""
	if s.routed {
		status.ServedBy = v1alpha1.ModeDedicated
		return ready{true, v1alpha1.ReasonServed, "served by its own instances at " + status.Endpoint, s.pending}, nil
	}
	shared, err := o.sharedAvailable(ctx)
	if err != nil {
		return ready{}, err
	}
	if shared {
		status.ServedBy = v1alpha1.ModeShared
	}
	switch {
	case shared && s.input.Suspended:
		return ready{true, v1alpha1.ReasonSuspended, "read-only, served by the shared API at " + status.Endpoint, s.pending}, nil
	case shared:
		return ready{true, v1alpha1.ReasonServedByShared, "served by the shared API at " + status.Endpoint, s.pending}, nil
	case s.available:
		return ready{true, v1alpha1.ReasonServed, "served by its own instances", s.pending}, nil
	case s.waiting():
		return ready{false, s.pending.reason, s.pending.message, s.pending}, nil
	}
	return ready{reason: v1alpha1.ReasonSharedUnavailable, message: "the shared API does not answer: see kubectl -n " +
		o.options.Namespace + " describe deployment " + o.options.SharedAPI}, nil
}
