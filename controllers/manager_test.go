package controllers

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// manage runs the operator as the product does: leader election, caches, queues, watches, and with the rights that the
// chart gives it and no others. It gives what stops it.
func (w *world) manage() (stop func()) {
	w.t.Helper()
	scheme := runtime.NewScheme()
	if err := AddToScheme(scheme); err != nil {
		w.t.Fatal(err)
	}
	mgr, err := ctrl.NewManager(w.asServiceAccount(), ctrl.Options{Scheme: scheme, Cache: CacheOptions(), Client: ClientOptions(),
		LeaderElection: true, LeaderElectionID: "tiaojie-operator", LeaderElectionNamespace: w.namespace,
		LeaderElectionReleaseOnCancel: true, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true), UsePriorityQueue: ptr.To(true), EnableWarmup: ptr.To(true),
			ReconciliationTimeout: 2 * time.Minute}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.options.Registerer = prometheus.NewRegistry()
	operator, err := Setup(mgr, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("manager: %v", err)
		}
		operator.Close()
	}
}

// isReady asks without failing when the resource is not there yet.
func (w *world) isReady(object client.Object) bool {
	if w.cluster.Get(w.ctx, client.ObjectKeyFromObject(object), object) != nil {
		return false
	}
	return meta.IsStatusConditionTrue(conditionsOf(object), v1alpha1.ConditionReady)
}

// It runs alone, before the tests that run side by side: its operator would take up their counties too.
func TestManager(t *testing.T) {
	w := newWorldAlone(t)
	w.installChart()
	stop := w.manage()
	defer func() { stop() }()
	namespace := v1alpha1.NamespaceOf(w.county)
	w.create(&corev1.Namespace{ObjectMeta: objectMeta("", namespace)}) // as onboard prints it: the operator takes it over
	w.declareCounty()
	town := w.declareTown("101")
	w.declareServer() // last: everything before it has to wait
	resource := func() *v1alpha1.Township { return &v1alpha1.Township{ObjectMeta: objectMeta(namespace, town)} }
	eventually(t, 30*time.Second, "the township is Ready", func() bool { return w.isReady(resource()) })
	eventually(t, 10*time.Second, "the desk is Ready", func() bool {
		return w.isReady(&v1alpha1.Township{ObjectMeta: objectMeta(namespace, w.county+"000")})
	})

	t.Run("a route follows the instances", func(t *testing.T) {
		w.rollOut(town, 1)
		eventually(t, 10*time.Second, "routed", func() bool { return w.exists(town, &networkingv1.Ingress{}) })
		eventually(t, 10*time.Second, "served by its own", func() bool { return w.getTown(town).Status.ServedBy == v1alpha1.ModeDedicated })
	})
	t.Run("a deleted object comes back", func(t *testing.T) {
		for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Service{}, &networkingv1.NetworkPolicy{}} {
			if !w.exists(town, object) {
				t.Fatalf("no %T", object)
			}
			if err := w.cluster.Delete(w.ctx, object); err != nil {
				t.Fatal(err)
			}
			eventually(t, 10*time.Second, "made again", func() bool { return w.exists(town, object) })
		}
	})
	t.Run("a deleted Secret of the installation comes back", func(t *testing.T) {
		for _, name := range []string{LoginsSecret, KeysSecret} {
			if err := w.cluster.Delete(w.ctx, &corev1.Secret{ObjectMeta: objectMeta(w.namespace, name)}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, 15*time.Second, "made again", func() bool {
			return !w.gone(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, LoginsSecret)}) &&
				!w.gone(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, KeysSecret)})
		})
	})
	t.Run("the roll-up counts", func(t *testing.T) {
		eventually(t, 10*time.Second, "2 of 2", func() bool {
			return w.getCounty().Status.Townships == v1alpha1.TownshipCount{Total: 2, Ready: 2}
		})
	})
	t.Run("the scale subresource works", func(t *testing.T) {
		scaled := w.getTown(town)
		scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: 2}}
		if err := w.cluster.SubResource("scale").Update(w.ctx, scaled, client.WithSubResourceBody(scale)); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "two replicas", func() bool {
			deployment := &appsv1.Deployment{}
			return w.exists(town, deployment) && *deployment.Spec.Replicas == 2
		})
	})
	t.Run("what the province publishes reaches the town at once", func(t *testing.T) { w.publishedIsSeen(t, town) })
	t.Run("a suspended county suspends its towns", func(t *testing.T) {
		change(w, w.getCounty(), func(county *v1alpha1.County) { county.Spec.Suspend = true })
		eventually(t, 10*time.Second, "suspended", func() bool {
			return meta.IsStatusConditionTrue(w.getTown(town).Status.Conditions, v1alpha1.ConditionSuspended)
		})
		change(w, w.getCounty(), func(county *v1alpha1.County) { county.Spec.Suspend = false })
	})
	t.Run("events tell what happened", func(t *testing.T) {
		eventually(t, 10*time.Second, "an event", func() bool {
			var list eventsv1.EventList
			return w.cluster.List(w.ctx, &list, client.InNamespace(namespace)) == nil && len(list.Items) > 0
		})
	})
	t.Run("the next operator takes over at once", func(t *testing.T) {
		stop()
		started := time.Now()
		stop = w.manage()
		other := w.declareTown("102")
		eventually(t, 20*time.Second, "a new township is Ready", func() bool {
			return w.isReady(&v1alpha1.Township{ObjectMeta: objectMeta(namespace, other)})
		})
		t.Logf("a new operator brought a new township up %s after it started", time.Since(started).Round(time.Millisecond))
	})
	t.Run("deletion", func(t *testing.T) {
		if err := w.cluster.Delete(w.ctx, w.getTown(town)); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "gone", func() bool { return w.gone(resource()) })
	})
}
