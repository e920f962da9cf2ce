package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

// Name is the name of the one node.
const Name = "embedded"

// Options are what the agent needs to know of its surroundings.
type Options struct {
	Client kubernetes.Interface
	// Server and CA of the API server, for the pods' own kubeconfigs.
	Server string
	CA     []byte
	// KubeletTLS serves the logs; it must verify the API server's client certificate.
	KubeletTLS *tls.Config
	NodeIP     string
	// PodIP gives the address with a number from 1 to Pods.
	PodIP func(number int) string
	Pods  int
	// Images maps image references to the binary that stands for them.
	Images map[string]string
	// Dir holds one directory per running pod, LogDir one file per container.
	Dir, LogDir string
	Spawner     *process.Spawner
	// Backoff is the first delay between restarts of a crashing container;
	// it doubles up to five minutes. Zero means ten seconds, as upstream.
	Backoff time.Duration
}

// Agent binds pods to its node and runs them.
type Agent struct {
	options   Options
	events    record.EventRecorder
	broadcast record.EventBroadcaster
	addresses *addresses
	node      *corev1.Node
	informers informers.SharedInformerFactory
	kubelet   *kubelet

	mu      sync.Mutex
	pods    map[types.UID]*pod
	closing bool
	running sync.WaitGroup
}

// Start registers the node and begins to run pods. The shared informers are
// started by the caller afterwards.
func Start(ctx context.Context, options Options, shared informers.SharedInformerFactory) (*Agent, error) {
	if options.Backoff == 0 {
		options.Backoff = 10 * time.Second
	}
	a := &Agent{
		options:   options,
		addresses: newAddresses(options.Pods, options.PodIP),
		informers: shared,
		pods:      map[types.UID]*pod{},
		broadcast: record.NewBroadcaster(),
	}
	a.broadcast.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: options.Client.CoreV1().Events("")})
	a.events = a.broadcast.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "node-agent", Host: Name})

	var err error
	if a.kubelet, err = a.serveKubelet(); err != nil {
		return nil, err
	}
	if a.node, err = register(ctx, options.Client, options.NodeIP, a.kubelet.port); err != nil {
		return nil, fmt.Errorf("register the node: %w", err)
	}
	_, err = shared.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { a.observe(ctx, object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { a.observe(ctx, object.(*corev1.Pod)) },
		DeleteFunc: a.forget,
	})
	return a, err
}

// CheckImages tells before anything is started that a mapping cannot work.
func CheckImages(images map[string]string) error {
	for reference, path := range images {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("image %s: %w; build the binary first", reference, err)
		}
		if info.IsDir() || info.Mode()&0o111 == 0 {
			return fmt.Errorf("image %s: %s is not an executable file", reference, path)
		}
	}
	return nil
}

// observe takes the newest state of a pod from the API.
func (a *Agent) observe(ctx context.Context, object *corev1.Pod) {
	switch object.Spec.NodeName {
	case "":
		a.schedule(ctx, object)
	case Name:
		a.mu.Lock()
		p, known := a.pods[object.UID]
		if !known && !finished(object) && !a.closing {
			p = newPod(a, object)
			a.pods[object.UID] = p
			a.running.Go(p.run)
		}
		a.mu.Unlock()
		if p != nil {
			p.update(object)
		}
	}
}

func finished(object *corev1.Pod) bool {
	return object.Status.Phase == corev1.PodSucceeded || object.Status.Phase == corev1.PodFailed
}

// forget is called when the object is gone, for instance after a forced delete.
func (a *Agent) forget(object any) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	gone, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	a.mu.Lock()
	p := a.pods[gone.UID]
	a.mu.Unlock()
	if p != nil {
		p.vanish()
	}
}

// dismiss drops a pod that has ended from the books.
func (a *Agent) dismiss(p *pod) {
	a.mu.Lock()
	delete(a.pods, p.uid)
	a.mu.Unlock()
}

// find looks a pod up by name, for the log server.
func (a *Agent) find(namespace, name string) *pod {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pods {
		if p.namespace == namespace && p.name == name {
			return p
		}
	}
	return nil
}

// schedule binds a pod to the node when its node selector and affinity allow.
// Room for its requests is not checked: the node stands for a large machine.
func (a *Agent) schedule(ctx context.Context, object *corev1.Pod) {
	if object.DeletionTimestamp != nil || len(object.Spec.SchedulingGates) > 0 {
		return
	}
	matches, err := nodeaffinity.GetRequiredNodeAffinity(object).Match(a.node)
	if err != nil || !matches {
		go a.refuse(ctx, object)
		return
	}
	go func() {
		binding := &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: object.Name, UID: object.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: Name},
		}
		err := retry(ctx, func() error {
			return a.options.Client.CoreV1().Pods(object.Namespace).Bind(ctx, binding, metav1.CreateOptions{})
		})
		switch {
		case apierrors.IsNotFound(err) || apierrors.IsConflict(err):
			// Deleted, or bound by an earlier attempt whose answer was lost.
		case err != nil:
			a.events.Eventf(object, corev1.EventTypeWarning, "FailedScheduling", "binding to the node failed: %s", err)
		default:
			a.events.Eventf(object, corev1.EventTypeNormal, "Scheduled", "Successfully assigned %s/%s to %s", object.Namespace, object.Name, Name)
		}
	}()
}

func (a *Agent) refuse(ctx context.Context, object *corev1.Pod) {
	const message = "0/1 nodes are available: node \"embedded\" does not match the pod's node selector or affinity"
	if i := conditionIndex(object.Status.Conditions, corev1.PodScheduled); i >= 0 && object.Status.Conditions[i].Message == message {
		return
	}
	changed := object.DeepCopy()
	setCondition(&changed.Status, corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: message,
	})
	_ = retry(ctx, func() error {
		_, err := a.options.Client.CoreV1().Pods(object.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{})
		return err
	})
	a.events.Event(object, corev1.EventTypeWarning, "FailedScheduling", message)
}

// retry repeats a call that failed for a passing reason, for a few seconds.
// A conflict or an object that is gone is for the next observation to judge.
func retry(ctx context.Context, call func() error) error {
	var err error
	for delay := 50 * time.Millisecond; delay < 5*time.Second; delay *= 2 {
		err = call()
		if err == nil || apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(delay):
		}
	}
	return err
}

// Stop ends every pod, gracefully within grace, then the log server. The API
// objects stay as they are: the control plane is about to go too.
func (a *Agent) Stop(grace time.Duration) {
	a.mu.Lock()
	a.closing = true
	for _, p := range a.pods {
		p.abandon(grace)
	}
	a.mu.Unlock()
	a.running.Wait()
	a.kubelet.stop()
	a.broadcast.Shutdown()
}

// Kill ends every process at once, for an impatient second signal.
func (a *Agent) Kill() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pods {
		p.vanish()
	}
}
