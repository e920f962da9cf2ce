package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
)

// deskSuffix follows the county's name in the name of its desk.
const deskSuffix = "矛盾纠纷多元化调解指挥中心"

// countyDesk declares the county's own tenant. What the operator does not write (mode, replicas, quotas) is the
// administrator's to change.
func (o *Operator) countyDesk(ctx context.Context, s *countyScope) error {
	desk := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{
			"name": v1alpha1.DeskOf(s.county.Name), "namespace": v1alpha1.NamespaceOf(s.county.Name),
			"labels": map[string]any{v1alpha1.CountyLabel: s.county.Name},
			"ownerReferences": []any{map[string]any{"apiVersion": v1alpha1.GroupVersion.String(), "kind": "County",
				"name": s.county.Name, "uid": string(s.county.UID), "controller": true, "blockOwnerDeletion": true}},
		},
		"spec": map[string]any{"displayName": truncateName(s.county.Spec.DisplayName + deskSuffix), "kind": string(v1alpha1.KindDesk)},
	}}
	desk.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Township"))
	return o.applyCounty(ctx, s, "Township "+desk.GetName(), client.ApplyConfigurationFromUnstructured(desk))
}

func truncateName(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), 64)])
}

// countyCatalogue declares the townships of the official division codes that are absent. It never changes or deletes
// one: what an administrator did to a township stands.
func (o *Operator) countyCatalogue(ctx context.Context, s *countyScope) error {
	if s.county.Spec.Townships.Source != v1alpha1.SourceFromCatalogue {
		return nil
	}
	known := map[string]bool{}
	for i := range s.towns {
		known[s.towns[i].Name] = true
	}
	for _, code := range s.county.Spec.Townships.Except {
		known[code] = true
	}
	units := division.Embedded().Townships(s.county.Name)
	if len(units) == 0 {
		return stall(v1alpha1.ReasonInvalid, "the catalogue of division codes has no townships for %s: set spec.townships.source to "+
			"Declared and declare them (tiaojie onboard --from reads a list)", s.county.Name)
	}
	for _, unit := range units {
		if known[unit.Code] {
			continue
		}
		town := &v1alpha1.Township{
			ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.NamespaceOf(s.county.Name), Name: unit.Code,
				Labels: map[string]string{v1alpha1.CountyLabel: s.county.Name}},
			Spec: v1alpha1.TownshipSpec{DisplayName: unit.Name, Kind: v1alpha1.TownshipKind(unit.Kind())},
		}
		if err := o.client.Create(ctx, town, client.FieldOwner(fieldOwner)); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// countyDrift reads the county's catalogs by one set of queries and sends every township that was changed by hand to its
// own reconcile, behind everything that is more urgent.
func (o *Operator) countyDrift(ctx context.Context, s *countyScope) error {
	observed, err := o.observations.get(ctx, s.county.Name, s.db, o.sweepAge())
	if err := s.server.note(err); err != nil {
		return err
	}
	recordStatus(&s.county.Status.Record, observed.Record)
	if _, stands := o.recallCounty(s); s.settled && !stands {
		o.poke(o.countyPokes, s.county) // this time with all its steps
	}
	for i := range s.towns {
		town := &s.towns[i]
		seen, exists := observed.Tenants[town.Name]
		settled := meta.IsStatusConditionTrue(town.Status.Conditions, v1alpha1.ConditionDatabaseReady)
		stale := town.Status.Usage != usageOf(seen, town)
		if settled && (!exists || len(seen.Drift) > 0 || stale || o.unsettled(s, town)) {
			o.poke(o.townPokes, town)
		}
	}
	return nil
}

// unsettled tells whether the sweep found another township than this process made.
func (o *Operator) unsettled(s *countyScope, town *v1alpha1.Township) bool {
	made, ok := o.settlements.find(town.UID)
	seen, at := o.observations.peek(s.county.Name)
	scope := &townScope{town: town, county: s.county}
	scope.input.Township, scope.input.Database.User = town, loginName(town.Name)
	return ok && at.After(made.at) && !o.asDeclared(scope, seen.Tenants[town.Name], made)
}

// poke has a resource looked at again. A full channel drops it: its timer will come.
func (o *Operator) poke(channel chan event.GenericEvent, object client.Object) {
	select {
	case channel <- event.GenericEvent{Object: object}:
	default:
	}
}

// countyRollUp counts the townships and how many are ready.
func (o *Operator) countyRollUp(ctx context.Context, s *countyScope) error {
	if err := o.listTowns(ctx, s); err != nil {
		return err
	}
	counts := v1alpha1.TownshipCount{Total: small(len(s.towns))}
	for i := range s.towns {
		if meta.IsStatusConditionTrue(s.towns[i].Status.Conditions, v1alpha1.ConditionReady) {
			counts.Ready++
		}
	}
	s.county.Status.Townships = counts
	return nil
}

// townshipsRemaining counts a county's townships besides its desk.
func (o *Operator) townshipsRemaining(ctx context.Context, county string) (remaining int, err error) {
	var towns v1alpha1.TownshipList
	if err := o.client.List(ctx, &towns, client.InNamespace(v1alpha1.NamespaceOf(county))); err != nil {
		return 0, err
	}
	for i := range towns.Items {
		if towns.Items[i].Name != v1alpha1.DeskOf(county) {
			remaining++
		}
	}
	return remaining, nil
}

// townshipsRemain is what a county says that is being deleted while it has townships.
func townshipsRemain(county string, remaining int) ready {
	waits := &outcome{reason: v1alpha1.ReasonTownshipsRemain, after: 5 * time.Second, message: fmt.Sprintf("%d townships of the county "+
		"remain: delete them with kubectl -n %s delete townships --all (their data is retained); until then they are served",
		remaining, v1alpha1.NamespaceOf(county))}
	return ready{reason: waits.reason, message: waits.message, pending: waits}
}

// countyDeskGone removes the desk, the last of the county's townships, and waits until it is gone.
func (o *Operator) countyDeskGone(ctx context.Context, s *countyScope) error {
	if err := o.countyRollUp(ctx, s); err != nil {
		return err
	}
	isDesk := func(town v1alpha1.Township) bool { return town.Name == v1alpha1.DeskOf(s.county.Name) }
	at := slices.IndexFunc(s.towns, isDesk)
	remaining := len(s.towns)
	if at >= 0 {
		remaining--
	}
	if remaining > 0 { // declared a moment ago
		return townshipsRemain(s.county.Name, remaining).pending
	}
	if at < 0 {
		return nil
	}
	desk := &s.towns[at]
	if desk.DeletionTimestamp == nil {
		if err := o.client.Delete(ctx, desk); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return wait(time.Second, v1alpha1.ReasonDeleting, "the county desk %s is being deleted", desk.Name)
}
