package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// deleteCounty lets a county go once its townships are gone. Its database is retained unless two deliberate acts ask for
// its deletion. The namespace stays: it may hold what is not ours.
func (o *Operator) deleteCounty(ctx context.Context, county *v1alpha1.County) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(county, v1alpha1.Finalizer) {
		return reconcile.Result{}, nil
	}
	o.settlements.forget(county.UID)
	before := county.DeepCopy()
	went := walk(ctx, o, "CountyDeletion", o.countyDeletionSteps(), &countyScope{county: county})
	if went.ended == nil {
		o.poke(o.serverPokes, &v1alpha1.PostgresServer{ObjectMeta: objectMeta("", county.Spec.ServerRef.Name)})
		return reconcile.Result{}, nil
	}
	if went.at == "database" && o.mayRelease(county, county.Spec.ReclaimPolicy, went.ended) {
		o.event(county, corev1.EventTypeWarning, "Released", "Delete", "let go without reaching the database ("+
			went.ended.message+"); the data is retained, and declaring the county again finds it")
		return reconcile.Result{}, o.removeFinalizer(ctx, county)
	}
	county.Status.ObservedGeneration = county.Generation
	conclude(&county.Status.Conditions, county.Generation, went, ready{})
	if err := o.writeStatus(ctx, before, county); err != nil {
		return again(err)
	}
	o.announce(county, before.Status.Conditions, county.Status.Conditions)
	return o.requeue(went.ended)
}

func (o *Operator) countyDeletionSteps() []step[*countyScope] {
	const database = v1alpha1.ConditionDatabaseReady
	return []step[*countyScope]{
		{"desk", v1alpha1.ConditionObjectsApplied, o.countyDeskGone},
		{"directory", database, func(ctx context.Context, s *countyScope) (err error) {
			if s.installed, err = o.installation.get(ctx); err != nil {
				return err
			}
			return o.countyLeaveDirectory(ctx, s)
		}},
		{"database", database, o.countyReclaim},
		{"release", database, func(ctx context.Context, s *countyScope) error { return o.removeFinalizer(ctx, s.county) }},
	}
}

// countyLeaveDirectory takes the county out of the directory. A code is one resource in this cluster and the directory is
// this installation's, so the row is this resource's.
func (o *Operator) countyLeaveDirectory(ctx context.Context, s *countyScope) error {
	_, err := s.installed.directory.RemoveCounty(ctx, s.county.Name)
	return err
}

func (o *Operator) countyReclaim(ctx context.Context, s *countyScope) error {
	server, err := o.servers.use(s.county.Spec.ServerRef.Name)
	if err != nil {
		return o.unlessServerGone(ctx, s.county.Spec.ServerRef.Name, err)
	}
	defer o.observations.forget(s.county.Name)
	claim := o.claimOf(s.county, tenantdb.KindCounty, s.installed)
	if v1alpha1.DeletesData(s.county.Spec.ReclaimPolicy, s.county.Annotations, s.county.Name) {
		server.forget(s.county.Name)
		return server.note(unlessForeign(server.db.DropCountyDatabase(ctx, s.county.Name, claim)))
	}
	if s.county.Spec.ReclaimPolicy == v1alpha1.ReclaimDelete {
		o.event(s.county, corev1.EventTypeNormal, "DataRetained", "Delete", fmt.Sprintf(
			"reclaimPolicy is Delete, but the annotation %s: %q is missing, so the data is retained", v1alpha1.DeleteDataAnnotation, s.county.Name))
	}
	db, err := server.county(ctx, s.county.Name)
	if problem, ok := tenantdb.AsProblem(err); ok && problem.Reason == tenantdb.ReasonAbsent {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = db.Retain(ctx, claim)
	if server.note(err) == nil {
		server.forget(s.county.Name)
	}
	return err
}

// unlessForeign lets a deletion pass that finds nothing of its own: what is there was never this resource's.
func unlessForeign(err error) error {
	if problem, ok := tenantdb.AsProblem(err); ok && (problem.Reason == tenantdb.ReasonNotOurs ||
		problem.Reason == tenantdb.ReasonClaimedByAnother || problem.Reason == tenantdb.ReasonUnclaimed) {
		return nil
	}
	return err
}
