package controllers

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenant"
)

// Operator is what the reconciles of all kinds share.
type Operator struct {
	client       client.Client // reads from the cache, Secrets from the server
	reader       client.Reader // reads from the server
	recorder     events.EventRecorder
	options      Options
	metrics      *instruments
	servers      *servers
	installation *Installation
	observations *observations
	settlements  *settlements

	serverPokes, countyPokes, townPokes chan event.GenericEvent
}

// Cluster is what an Operator needs of the cluster.
type Cluster struct {
	Client   client.Client
	Reader   client.Reader
	Recorder events.EventRecorder
}

// New makes an Operator that reconciles when it is asked to; Setup asks it from a manager's queues.
func New(cluster Cluster, options Options) (*Operator, error) {
	o := &Operator{client: cluster.Client, reader: cluster.Reader, recorder: cluster.Recorder, options: options.withDefaults(),
		observations: newObservations(), settlements: newSettlements(), serverPokes: make(chan event.GenericEvent, 256),
		countyPokes: make(chan event.GenericEvent, 1024), townPokes: make(chan event.GenericEvent, 8192)}
	var err error
	if o.metrics, err = newInstruments(o.options.Registerer, cluster.Client); err != nil {
		return nil, err
	}
	o.servers = newServers(o.metrics, func(name string) {
		o.poke(o.serverPokes, &v1alpha1.PostgresServer{ObjectMeta: objectMeta("", name)})
	})
	o.installation = newInstallation(o)
	return o, nil
}

// Installation is the runnable that keeps the directory database and the installation's Secrets.
func (o *Operator) Installation() *Installation { return o.installation }

// Close ends all connections to county databases.
func (o *Operator) Close() { o.servers.closeAll() }

// Setup makes an Operator and has the manager run it.
func Setup(mgr ctrl.Manager, options Options) (*Operator, error) {
	o, err := New(Cluster{Client: mgr.GetClient(), Reader: mgr.GetAPIReader(),
		Recorder: mgr.GetEventRecorder("tiaojie-operator")}, options)
	if err != nil {
		return nil, err
	}
	if err := mgr.Add(o.installation); err != nil {
		return nil, err
	}
	settings := controller.Options{
		MaxConcurrentReconciles: o.options.Workers,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](200*time.Millisecond, 5*time.Minute),
	}
	for _, register := range []func(ctrl.Manager, controller.Options) error{o.watchServers, o.watchCounties, o.watchTownships} {
		if err := register(mgr, settings); err != nil {
			return nil, fmt.Errorf("set up controllers: %w", err)
		}
	}
	return o, nil
}

// AddToScheme makes every kind known that the operator touches.
func AddToScheme(scheme *runtime.Scheme) error {
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme, appsv1.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	return nil
}

// CacheOptions keep the cache to what is ours, without what nobody reads.
func CacheOptions() cache.Options {
	ours := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{tenant.PartOfLabel: tenant.Product})}
	byObject := map[client.Object]cache.ByObject{}
	for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Service{}, &corev1.ServiceAccount{},
		&corev1.ResourceQuota{}, &corev1.LimitRange{}, &networkingv1.NetworkPolicy{}, &networkingv1.Ingress{},
		&policyv1.PodDisruptionBudget{}, &rbacv1.RoleBinding{}} {
		byObject[object] = ours
	}
	return cache.Options{DefaultTransform: cache.TransformStripManagedFields(), ByObject: byObject}
}

// ClientOptions have Secrets read from the server: the operator may not list them.
func ClientOptions() client.Options {
	return client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}}
}

func (o *Operator) watchServers(mgr ctrl.Manager, settings controller.Options) error {
	return builder.ControllerManagedBy(mgr).Named("postgresserver").WithOptions(settings).
		For(&v1alpha1.PostgresServer{}, builder.WithPredicates(declared())).
		WatchesRawSource(source.Channel(o.serverPokes, enqueueItself(0))).
		Complete(reconcile.Func(o.ReconcileServer))
}

func (o *Operator) watchCounties(mgr ctrl.Manager, settings controller.Options) error {
	return builder.ControllerManagedBy(mgr).Named("county").WithOptions(settings).
		For(&v1alpha1.County{}, builder.WithPredicates(declared())).
		Owns(&rbacv1.RoleBinding{}).Owns(&corev1.ResourceQuota{}, builder.WithPredicates(declared())).Owns(&corev1.LimitRange{}).
		Watches(&v1alpha1.PostgresServer{}, enqueueMapped(0, o.countiesOfServer), builder.WithPredicates(verdictChanged())).
		Watches(&v1alpha1.Township{}, enqueueMapped(low, countyOfTownship), builder.WithPredicates(verdictChanged())).
		Watches(&corev1.Namespace{}, enqueueMapped(0, countyOfNamespace)).
		WatchesRawSource(source.Channel(o.countyPokes, enqueueItself(low))).
		Complete(reconcile.Func(o.ReconcileCounty))
}

func (o *Operator) watchTownships(mgr ctrl.Manager, settings controller.Options) error {
	controllers := builder.ControllerManagedBy(mgr).Named("township").WithOptions(settings).
		For(&v1alpha1.Township{}, builder.WithPredicates(declared())).
		Owns(&appsv1.Deployment{}).Owns(&corev1.Service{}).Owns(&corev1.ServiceAccount{}).
		Owns(&networkingv1.NetworkPolicy{}).Owns(&networkingv1.Ingress{}).
		Owns(&policyv1.PodDisruptionBudget{}, builder.WithPredicates(declared())).
		Watches(&v1alpha1.County{}, enqueueMapped(0, o.townshipsOfCounty), builder.WithPredicates(verdictChanged())).
		Watches(&appsv1.Deployment{}, enqueueMapped(low, o.townshipsOfSharedAPI), builder.WithPredicates(o.sharedAPIChanged())).
		WatchesRawSource(source.Channel(o.townPokes, enqueueItself(low)))
	return controllers.Complete(reconcile.Func(o.ReconcileTownship))
}

// declared passes what people change: the spec, annotations and labels, deletion; and everything at start. A status is
// not theirs.
func declared() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, predicate.LabelChangedPredicate{})
}

// verdictChanged passes what those who stand on a resource want to know: its spec or one of its conditions changed.
func verdictChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := conditionsOf(e.ObjectOld), conditionsOf(e.ObjectNew)
		for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionSchemaUpToDate} {
			if meta.IsStatusConditionTrue(before, kind) != meta.IsStatusConditionTrue(after, kind) {
				return true
			}
		}
		return (e.ObjectOld.GetDeletionTimestamp() == nil) != (e.ObjectNew.GetDeletionTimestamp() == nil)
	}})
}

func conditionsOf(object client.Object) []v1Condition {
	switch typed := object.(type) {
	case *v1alpha1.PostgresServer:
		return typed.Status.Conditions
	case *v1alpha1.County:
		return typed.Status.Conditions
	case *v1alpha1.Township:
		return typed.Status.Conditions
	}
	return nil
}

// addFinalizer puts the finalizer on before anything is made that it guards.
func (o *Operator) addFinalizer(ctx context.Context, object client.Object) error {
	if controllerutil.ContainsFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	before := object.DeepCopyObject().(client.Object)
	controllerutil.AddFinalizer(object, v1alpha1.Finalizer)
	return o.patchMetadata(ctx, object, before)
}

func (o *Operator) removeFinalizer(ctx context.Context, object client.Object) error {
	before := object.DeepCopyObject().(client.Object)
	if !controllerutil.RemoveFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	return client.IgnoreNotFound(o.patchMetadata(ctx, object, before))
}

// patchMetadata writes finalizers with the resourceVersion as a guard; the reply must not overwrite the status that is
// being made, so it goes into a copy.
func (o *Operator) patchMetadata(ctx context.Context, object, before client.Object) error {
	written := object.DeepCopyObject().(client.Object)
	err := o.client.Patch(ctx, written, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}), client.FieldOwner(fieldOwner))
	if err != nil {
		return err
	}
	object.SetResourceVersion(written.GetResourceVersion())
	return nil
}

// writeStatus writes the status once, when it changed. The resourceVersion is that of what was read or of our own write
// since, so that a status made from an old spec is refused and made again.
func (o *Operator) writeStatus(ctx context.Context, before, after client.Object) error {
	if equality.Semantic.DeepEqual(before, after) {
		return nil
	}
	base := before.DeepCopyObject().(client.Object)
	base.SetResourceVersion(after.GetResourceVersion())
	base.SetFinalizers(after.GetFinalizers())
	if equality.Semantic.DeepEqual(base, after) {
		return nil
	}
	return o.client.Status().Patch(ctx, after.DeepCopyObject().(client.Object),
		client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}), client.FieldOwner(fieldOwner))
}
