package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apiserver/pkg/quota/v1/generic"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/resourcequota"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	quotainstall "k8s.io/kubernetes/pkg/quota/v1/install"

	corev1 "k8s.io/api/core/v1"
)

const (
	resync = 12 * time.Hour
	// discoveryPeriod is how soon a new custom resource is noticed by the
	// garbage collector and the quota controller. Upstream takes 30 s.
	discoveryPeriod = 5 * time.Second
	workers         = 5
)

// room is what the controllers share.
type room struct {
	client     kubernetes.Interface
	config     *rest.Config
	metadata   metadata.Interface
	informers  informers.SharedInformerFactory
	everything informerfactory.InformerFactory
	mapper     *restmapper.DeferredDiscoveryRESTMapper
	started    chan struct{}
	ca         []byte
}

// loop is one controller, built and ready to run until its context ends.
type loop func(ctx context.Context)

// Run starts all controllers and returns; stopped is closed when all of them
// have ended after ctx. ca is published as ConfigMap kube-root-ca.crt.
func Run(ctx context.Context, config *rest.Config, ca []byte) (stopped <-chan struct{}, err error) {
	r, err := newRoom(config, ca)
	if err != nil {
		return nil, err
	}
	builders := []struct {
		name  string
		build func(context.Context) (loop, error)
	}{
		{"deployment", r.deployment},
		{"replicaset", r.replicaSet},
		{"garbage-collector", r.garbageCollector},
		{"namespace", r.namespace},
		{"resourcequota", r.resourceQuota},
		{"serviceaccount", r.serviceAccount},
		{"root-ca-publisher", r.rootCA},
		{"disruption", r.disruption},
		{"clusterrole-aggregation", r.roleAggregation},
	}
	var running sync.WaitGroup
	for _, b := range builders {
		named := klog.NewContext(ctx, klog.LoggerWithName(klog.Background(), b.name))
		run, err := b.build(named)
		if err != nil {
			return nil, fmt.Errorf("controller %s: %w", b.name, err)
		}
		running.Go(func() { run(named) })
	}
	r.everything.Start(ctx.Done())
	close(r.started)
	r.informers.WaitForCacheSync(ctx.Done())

	all := make(chan struct{})
	go func() { running.Wait(); close(all) }()
	return all, nil
}

func newRoom(config *rest.Config, ca []byte) (*room, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	typed := informers.NewSharedInformerFactoryWithOptions(client, resync, informers.WithTransform(dropManagedFields))
	untyped := metadatainformer.NewSharedInformerFactoryWithOptions(metadataClient, resync, metadatainformer.WithTransform(dropManagedFields))
	return &room{
		client:     client,
		config:     config,
		metadata:   metadataClient,
		informers:  typed,
		everything: informerfactory.NewInformerFactory(typed, untyped),
		mapper:     restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
		started:    make(chan struct{}),
		ca:         ca,
	}, nil
}

// dropManagedFields keeps the caches small; no controller reads the fields.
func dropManagedFields(object any) (any, error) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

func (r *room) deployment(ctx context.Context) (loop, error) {
	apps := r.informers.Apps().V1()
	c, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), r.informers.Core().V1().Pods(), r.client)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { c.Run(ctx, workers) }, nil
}

func (r *room) replicaSet(ctx context.Context) (loop, error) {
	c := replicaset.NewReplicaSetController(ctx, r.informers.Apps().V1().ReplicaSets(), r.informers.Core().V1().Pods(), r.client, replicaset.BurstReplicas)
	return func(ctx context.Context) { c.Run(ctx, workers) }, nil
}

func (r *room) garbageCollector(ctx context.Context) (loop, error) {
	graph := garbagecollector.NewDependencyGraphBuilder(ctx, r.metadata, r.mapper, garbagecollector.DefaultIgnoredResources(), r.everything, r.started)
	c, err := garbagecollector.NewComposedGarbageCollector(ctx, r.client, r.metadata, r.mapper, graph)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		go c.Sync(ctx, r.client.Discovery(), discoveryPeriod)
		c.Run(ctx, workers, discoveryPeriod)
	}, nil
}

func (r *room) namespace(ctx context.Context) (loop, error) {
	c := namespace.NewNamespaceController(ctx, r.client, r.metadata, r.client.Discovery().ServerPreferredNamespacedResources,
		r.informers.Core().V1().Namespaces(), resync, corev1.FinalizerKubernetes)
	return func(ctx context.Context) { c.Run(ctx, workers) }, nil
}

func (r *room) resourceQuota(ctx context.Context) (loop, error) {
	discover := discovery.DiscoveryInterface(r.client.Discovery()).ServerPreferredNamespacedResources
	configuration, err := quotainstall.NewQuotaConfigurationForControllers(generic.ListerFuncForResourceFunc(r.informers.ForResource), r.informers)
	if err != nil {
		return nil, err
	}
	c, err := resourcequota.NewController(ctx, &resourcequota.ControllerOptions{
		QuotaClient:               r.client.CoreV1(),
		ResourceQuotaInformer:     r.informers.Core().V1().ResourceQuotas(),
		ResyncPeriod:              controller.StaticResyncPeriodFunc(5 * time.Minute),
		InformerFactory:           r.everything,
		ReplenishmentResyncPeriod: controller.StaticResyncPeriodFunc(resync),
		DiscoveryFunc:             discover,
		IgnoredResourcesFunc:      configuration.IgnoredResources,
		InformersStarted:          r.started,
		Registry:                  generic.NewRegistry(configuration.Evaluators()),
		UpdateFilter:              quotainstall.DefaultUpdateFilter(),
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		go c.Sync(ctx, discover, discoveryPeriod)
		c.Run(ctx, workers)
	}, nil
}

func (r *room) serviceAccount(ctx context.Context) (loop, error) {
	core := r.informers.Core().V1()
	c, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(), r.client,
		serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { c.Run(ctx, 1) }, nil
}

func (r *room) rootCA(context.Context) (loop, error) {
	core := r.informers.Core().V1()
	c, err := rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), r.client, r.ca)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { c.Run(ctx, 1) }, nil
}

func (r *room) disruption(ctx context.Context) (loop, error) {
	scales, err := scale.NewForConfig(r.config, r.mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(r.client.Discovery()))
	if err != nil {
		return nil, err
	}
	core, apps := r.informers.Core().V1(), r.informers.Apps().V1()
	c := disruption.NewDisruptionController(ctx, core.Pods(), r.informers.Policy().V1().PodDisruptionBudgets(), core.ReplicationControllers(),
		apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), r.client, r.mapper, scales, r.client.Discovery())
	return func(ctx context.Context) { c.Run(ctx, 1) }, nil
}

func (r *room) roleAggregation(context.Context) (loop, error) {
	c := clusterroleaggregation.NewClusterRoleAggregation(r.informers.Rbac().V1().ClusterRoles(), r.client.RbacV1())
	return func(ctx context.Context) { c.Run(ctx, 1) }, nil
}
