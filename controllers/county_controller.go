package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// countyScope is one reconcile of a County.
type countyScope struct {
	county    *v1alpha1.County
	postgres  *v1alpha1.PostgresServer
	installed *installed
	server    *server
	db        *tenantdb.County
	towns     []v1alpha1.Township
	repaired  []string
	compared  bool   // whether the county was compared with what is published
	behind    string // why published reference data is not in the county yet
	settled   bool   // PostgreSQL holds the county as declared, as far as this process knows
}

// ReconcileCounty makes one county as declared.
func (o *Operator) ReconcileCounty(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var county v1alpha1.County
	if err := o.client.Get(ctx, request.NamespacedName, &county); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	remaining := 0
	if county.DeletionTimestamp != nil {
		// Until its townships are deleted too, people work in them: the county goes on serving.
		var err error
		if remaining, err = o.townshipsRemaining(ctx, county.Name); err != nil {
			return reconcile.Result{}, err
		}
		if remaining == 0 {
			return o.deleteCounty(ctx, &county)
		}
	}
	before := county.DeepCopy()
	scope := &countyScope{county: &county}
	went := walk(ctx, o, "County", o.countySteps(), scope)
	if went.silent(before.Status.Conditions) {
		return o.requeue(went.ended)
	}
	if !went.finished() {
		// The count tells the truth whatever step the county is stuck at.
		if err := o.countyRollUp(ctx, scope); err != nil {
			return reconcile.Result{}, err
		}
	}
	served, err := o.countyVerdict(ctx, scope, went)
	if err != nil {
		return reconcile.Result{}, err
	}
	if remaining > 0 {
		served = townshipsRemain(county.Name, remaining)
	}
	wasReady := meta.IsStatusConditionTrue(before.Status.Conditions, v1alpha1.ConditionReady)
	county.Status.ObservedGeneration = county.Generation
	conclude(&county.Status.Conditions, county.Generation, went, served)
	abnormal(&county.Status.Conditions, county.Generation, v1alpha1.ConditionSuspended, county.Spec.Suspend,
		v1alpha1.ReasonSuspended, "every township is read-only; set spec.suspend to false to open them again")
	if scope.compared {
		abnormal(&county.Status.Conditions, county.Generation, v1alpha1.ConditionReferenceBehind, scope.behind != "",
			v1alpha1.ReasonReferenceNotCopied, "published reference data is not in this county yet; it goes on by what it has: "+scope.behind)
	}
	if err := o.writeStatus(ctx, before, &county); err != nil {
		return again(err)
	}
	o.announce(&county, before.Status.Conditions, county.Status.Conditions)
	if wasReady && len(scope.repaired) > 0 && before.Status.ObservedGeneration == county.Generation {
		o.driftEvent(&county, "County", scope.repaired)
	}
	if went.ended == nil {
		o.metrics.succeeded("County")
	}
	if went.ended == nil && remaining > 0 {
		return o.requeue(served.pending)
	}
	return o.requeue(went.ended)
}

// countyVerdict says whether a county whose steps are all done is served.
func (o *Operator) countyVerdict(ctx context.Context, s *countyScope, went progress) (ready, error) {
	if !went.finished() {
		return ready{}, nil
	}
	counts := s.county.Status.Townships
	message := fmt.Sprintf("%d of %d townships are ready", counts.Ready, counts.Total)
	shared, err := o.sharedAvailable(ctx)
	if err != nil {
		return ready{}, err
	}
	if !shared {
		return ready{reason: v1alpha1.ReasonSharedUnavailable, message: message + ", but the shared API, which serves the county, does not " +
			"answer: see kubectl -n " + o.options.Namespace + " describe deployment " + o.options.SharedAPI}, nil
	}
	return ready{status: true, reason: v1alpha1.ReasonServed, message: message}, nil
}

// readyMessage is what a resource says of itself, for those who wait for it.
func readyMessage(conditions []v1Condition) string {
	found := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if found == nil {
		return "it has not been looked at yet"
	}
	if found.Message == "" {
		return found.Reason
	}
	return found.Message
}

// sweepAge is how old a county's observation may become before its own reconcile reads it again.
func (o *Operator) sweepAge() time.Duration { return o.options.Resync * 3 / 4 }
