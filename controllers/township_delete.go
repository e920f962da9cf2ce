package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// deleteTownship lets a township go. Its data is retained unless two deliberate acts ask for its deletion, and nothing is
// touched that a held claim does not prove to be this resource's. Objects in the cluster go by their owner.
func (o *Operator) deleteTownship(ctx context.Context, town *v1alpha1.Township) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(town, v1alpha1.Finalizer) {
		return reconcile.Result{}, nil
	}
	before := town.DeepCopy()
	went := walk(ctx, o, "TownshipDeletion", o.townDeletionSteps(), &townScope{town: town})
	o.settlements.forget(town.UID)
	if went.ended == nil {
		return reconcile.Result{}, nil
	}
	if o.mayRelease(town, town.Spec.ReclaimPolicy, went.ended) {
		o.event(town, corev1.EventTypeWarning, "Released", "Delete", "let go without reaching the database ("+
			went.ended.message+"); the data is retained, and declaring the township again finds it")
		return reconcile.Result{}, o.removeFinalizer(ctx, town)
	}
	town.Status.ObservedGeneration = town.Generation
	conclude(&town.Status.Conditions, town.Generation, went, ready{})
	if err := o.writeStatus(ctx, before, town); err != nil {
		return again(err)
	}
	return o.requeue(went.ended)
}

func (o *Operator) townDeletionSteps() []step[*townScope] {
	const database = v1alpha1.ConditionDatabaseReady
	return []step[*townScope]{
		{"withdraw", v1alpha1.ConditionObjectsApplied, func(ctx context.Context, s *townScope) error {
			return o.removeRoutes(ctx, s.town, "")
		}},
		{"installation", database, func(ctx context.Context, s *townScope) (err error) {
			s.installed, err = o.installation.get(ctx)
			return err
		}},
		{"database", database, o.townReclaim},
		{"release", database, func(ctx context.Context, s *townScope) error { return o.removeFinalizer(ctx, s.town) }},
	}
}

// townReclaim retains or drops. Every part may be repeated; the claim is let go last, since it alone proves that the rest
// is ours.
func (o *Operator) townReclaim(ctx context.Context, s *townScope) error {
	var county v1alpha1.County
	if err := o.client.Get(ctx, client.ObjectKey{Name: s.town.CountyCode()}, &county); apierrors.IsNotFound(err) {
		return nil // nothing was ever made, or the county went first and retained everything
	} else if err != nil {
		return err
	}
	server, err := o.servers.use(county.Spec.ServerRef.Name)
	if err != nil {
		return o.unlessServerGone(ctx, county.Spec.ServerRef.Name, err)
	}
	db, err := server.county(ctx, county.Name)
	if problem, ok := tenantdb.AsProblem(err); ok && problem.Reason == tenantdb.ReasonAbsent {
		return nil
	}
	if err != nil {
		return err
	}
	observed, err := db.Observe(ctx)
	if err := server.note(err); err != nil {
		return err
	}
	mine := observed.Tenants[s.town.Name]
	if mine.Claim != "held" || mine.ClaimUID != string(s.town.UID) {
		return nil // never ours, or let go already
	}
	o.observations.forget(county.Name)
	if _, err := s.installed.directory.RemoveTenant(ctx, s.town.Name); err != nil {
		return err
	}
	return server.note(o.townLetGo(ctx, s, db))
}

func (o *Operator) townLetGo(ctx context.Context, s *townScope, db *tenantdb.County) error {
	code, claim := s.town.Name, o.claimOf(s.town, tenantdb.KindTownship, s.installed)
	if v1alpha1.DeletesData(s.town.Spec.ReclaimPolicy, s.town.Annotations, code) {
		return db.Drop(ctx, claim, o.options.RemoveFiles)
	}
	if s.town.Spec.ReclaimPolicy == v1alpha1.ReclaimDelete {
		o.event(s.town, corev1.EventTypeNormal, "DataRetained", "Delete", fmt.Sprintf(
			"reclaimPolicy is Delete, but the annotation %s: %q is missing, so the data is retained", v1alpha1.DeleteDataAnnotation, code))
	}
	if _, err := db.CloseSlots(ctx, code); err != nil {
		return err
	}
	if _, err := db.RemoveTenant(ctx, code); err != nil {
		return err
	}
	_, err := db.Retain(ctx, claim)
	return err
}

// unlessServerGone lets a deletion pass when the PostgresServer itself is no longer declared.
func (o *Operator) unlessServerGone(ctx context.Context, name string, reason error) error {
	var server v1alpha1.PostgresServer
	if err := o.client.Get(ctx, client.ObjectKey{Name: name}, &server); apierrors.IsNotFound(err) {
		return nil
	}
	return reason
}

// mayRelease lets a deletion that retains data go on without its database after a while: a claim that stays held is taken
// up again by the same installation, so nothing is lost, and a namespace can be deleted while a server is down. A
// deletion that shall delete data waits.
func (o *Operator) mayRelease(object client.Object, policy v1alpha1.ReclaimPolicy, ended *outcome) bool {
	if v1alpha1.DeletesData(policy, object.GetAnnotations(), object.GetName()) {
		return false
	}
	if time.Since(object.GetDeletionTimestamp().Time) < o.options.ReleaseAfter {
		return false
	}
	var problem *tenantdb.Problem
	return errors.As(ended, &problem) || ended.reason == v1alpha1.ReasonServerNotReady
}
