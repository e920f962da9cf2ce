package controllers

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// low is behind everything that a person waits for: sweeps and roll-ups.
const low = handler.LowPriority

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// enqueueMapped enqueues what a function names for an object, at a priority. What is already there when the operator
// starts comes behind what people change meanwhile.
func enqueueMapped(priority int, requests func(context.Context, client.Object) []reconcile.Request) handler.EventHandler {
	put := func(ctx context.Context, object client.Object, q queue, priority int) {
		for _, request := range requests(ctx, object) {
			add(q, request, priority)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if e.IsInInitialList {
				put(ctx, e.Object, q, low)
				return
			}
			put(ctx, e.Object, q, priority)
		},
		UpdateFunc:  func(ctx context.Context, e event.UpdateEvent, q queue) { put(ctx, e.ObjectNew, q, priority) },
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q queue) { put(ctx, e.Object, q, priority) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) { put(ctx, e.Object, q, priority) },
	}
}

func enqueueItself(priority int) handler.EventHandler {
	return enqueueMapped(priority, func(_ context.Context, object client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(object)}}
	})
}

func add(q queue, request reconcile.Request, priority int) {
	if prioritised, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		prioritised.AddWithOpts(priorityqueue.AddOpts{Priority: ptr.To(priority)}, request)
		return
	}
	q.Add(request)
}

func named(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

func (o *Operator) countiesOfServer(ctx context.Context, server client.Object) (requests []reconcile.Request) {
	var counties v1alpha1.CountyList
	if o.client.List(ctx, &counties) != nil {
		return nil
	}
	for i := range counties.Items {
		if counties.Items[i].Spec.ServerRef.Name == server.GetName() {
			requests = append(requests, named("", counties.Items[i].Name))
		}
	}
	return requests
}

func countyOfTownship(_ context.Context, town client.Object) []reconcile.Request {
	return countyOfNamespaceName(town.GetNamespace())
}

func countyOfNamespace(_ context.Context, namespace client.Object) []reconcile.Request {
	return countyOfNamespaceName(namespace.GetName())
}

func countyOfNamespaceName(name string) []reconcile.Request {
	code, ok := strings.CutPrefix(name, v1alpha1.NamespacePrefix)
	if !ok {
		return nil
	}
	return []reconcile.Request{named("", code)}
}

func (o *Operator) townshipsOfCounty(ctx context.Context, county client.Object) []reconcile.Request {
	return o.townships(ctx, client.InNamespace(v1alpha1.NamespaceOf(county.GetName())))
}

func (o *Operator) townships(ctx context.Context, options ...client.ListOption) (requests []reconcile.Request) {
	var towns v1alpha1.TownshipList
	if o.client.List(ctx, &towns, options...) != nil {
		return nil
	}
	for i := range towns.Items {
		requests = append(requests, named(towns.Items[i].Namespace, towns.Items[i].Name))
	}
	return requests
}

// sharedAPIChanged passes when the shared API begins or ceases to answer.
func (o *Operator) sharedAPIChanged() predicate.Predicate {
	isShared := predicate.NewPredicateFuncs(func(object client.Object) bool {
		return object.GetNamespace() == o.options.Namespace && object.GetName() == o.options.SharedAPI
	})
	answers := func(object client.Object) bool {
		deployment, ok := object.(*appsv1.Deployment)
		return ok && deployment.Status.AvailableReplicas > 0
	}
	return predicate.And(isShared, predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return answers(e.ObjectOld) != answers(e.ObjectNew)
	}})
}

// townshipsOfSharedAPI names every township and, by the way, pokes every county: all are served by the shared API.
func (o *Operator) townshipsOfSharedAPI(ctx context.Context, _ client.Object) []reconcile.Request {
	o.pokeCounties(ctx)
	return o.townships(ctx)
}

func objectMeta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// driftEvent tells what had been changed by hand and was put right.
func (o *Operator) driftEvent(object client.Object, kind string, repaired []string) {
	o.metrics.repaired(kind, "any")
	o.event(object, corev1.EventTypeWarning, "DriftRepaired", "Repair",
		fmt.Sprintf("changed by hand and put right: %s", strings.Join(repaired, ", ")))
}

// repairedIfReady tells of a repair on a resource that had been ready.
func (o *Operator) repairedIfReady(object client.Object, conditions []v1Condition, kind, what string) {
	for _, condition := range conditions {
		if condition.Type == v1alpha1.ConditionReady && condition.Status == metav1.ConditionTrue {
			o.driftEvent(object, kind, []string{what})
		}
	}
}
