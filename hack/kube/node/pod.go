package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// pod is one pod of this node, from its binding to its end.
type pod struct {
	agent           *Agent
	uid             types.UID
	namespace, name string
	dir             string

	// stopping is done when the pod must end; killed when no grace is left.
	stopping context.Context
	stop     context.CancelFunc
	killed   context.Context
	kill     context.CancelFunc
	// dirty asks for a status write.
	dirty chan struct{}

	mu sync.Mutex
	// object is the newest the API has shown, applied the status as we
	// last wrote it: the base of the next patch.
	object  *corev1.Pod
	applied *corev1.PodStatus
	grace   time.Duration
	// abandoned pods are stopped with the cluster: no API call about them.
	abandoned bool

	ip            string
	startedAt     metav1.Time
	inits, mains  []*container
	initialized   bool
	initFailed    bool
	waitingReason string
	waitingText   string
}

func newPod(a *Agent, object *corev1.Pod) *pod {
	p := &pod{
		agent:         a,
		uid:           object.UID,
		namespace:     object.Namespace,
		name:          object.Name,
		dir:           filepath.Join(a.options.Dir, string(object.UID)),
		dirty:         make(chan struct{}, 1),
		object:        object,
		applied:       object.Status.DeepCopy(),
		startedAt:     metav1.Now(),
		waitingReason: "ContainerCreating",
	}
	p.stopping, p.stop = context.WithCancel(context.Background())
	p.killed, p.kill = context.WithCancel(context.Background())
	for i := range object.Spec.InitContainers {
		p.inits = append(p.inits, newContainer(p, &object.Spec.InitContainers[i], true))
	}
	for i := range object.Spec.Containers {
		p.mains = append(p.mains, newContainer(p, &object.Spec.Containers[i], false))
	}
	return p
}

// update takes the newest object; a deletion timestamp begins the end.
func (p *pod) update(object *corev1.Pod) {
	p.mu.Lock()
	p.object = object
	if object.DeletionTimestamp != nil && p.stopping.Err() == nil {
		p.grace = graceOf(object)
		p.stop()
	}
	p.mu.Unlock()
	p.changed()
}

func graceOf(object *corev1.Pod) time.Duration {
	seconds := int64(30)
	switch {
	case object.DeletionGracePeriodSeconds != nil:
		seconds = *object.DeletionGracePeriodSeconds
	case object.Spec.TerminationGracePeriodSeconds != nil:
		seconds = *object.Spec.TerminationGracePeriodSeconds
	}
	return time.Duration(seconds) * time.Second
}

// vanish ends the pod without grace: its object is gone.
func (p *pod) vanish() {
	p.mu.Lock()
	p.abandoned = true
	p.mu.Unlock()
	p.kill()
	p.stop()
}

// abandon ends the pod because the cluster ends.
func (p *pod) abandon(grace time.Duration) {
	p.mu.Lock()
	p.abandoned = true
	if p.stopping.Err() == nil {
		p.grace = min(grace, graceOf(p.object))
	}
	p.mu.Unlock()
	p.stop()
	time.AfterFunc(grace, p.kill)
}

func (p *pod) snapshot() *corev1.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.object
}

func (p *pod) changed() {
	select {
	case p.dirty <- struct{}{}:
	default:
	}
}

func (p *pod) event(kind, reason, format string, args ...any) {
	p.agent.events.Eventf(p.snapshot(), kind, reason, format, args...)
}

// run is the pod's whole life.
func (p *pod) run() {
	writer := p.writeStatuses()
	if err := p.prepare(); err == nil {
		p.work()
	}
	<-p.stopping.Done()
	writer.finish()
	p.cleanUp()
	p.release()
	p.agent.dismiss(p)
	p.stop()
	p.kill()
}

// prepare refuses what cannot be run and gives the pod its address, folders
// and credentials. A refused pod waits, saying why, until it is deleted.
func (p *pod) prepare() error {
	if err := unsupported(&p.snapshot().Spec); err != nil {
		p.waiting("Unsupported", err.Error())
		p.event(corev1.EventTypeWarning, "Unsupported", "%s", err)
		return err
	}
	ip, err := p.agent.addresses.take()
	if err != nil {
		p.waiting("NoAddress", err.Error())
		return err
	}
	p.mu.Lock()
	p.ip = ip
	p.mu.Unlock()
	p.changed()
	if err := os.MkdirAll(filepath.Join(p.dir, "tmp"), 0o700); err != nil {
		p.waiting("CreateContainerError", err.Error())
		return err
	}
	return p.holdCredentials()
}

func (p *pod) waiting(reason, text string) {
	p.mu.Lock()
	p.waitingReason, p.waitingText = reason, text
	p.mu.Unlock()
	p.changed()
}

// work runs the init containers in order and then the others together. It
// returns when all have ended for good.
func (p *pod) work() {
	for _, c := range p.inits {
		if !c.run() {
			p.mu.Lock()
			p.initFailed = p.stopping.Err() == nil
			p.mu.Unlock()
			p.changed()
			return
		}
	}
	p.mu.Lock()
	p.initialized = true
	p.mu.Unlock()
	p.changed()
	var running sync.WaitGroup
	for _, c := range p.mains {
		running.Go(func() { c.run() })
	}
	running.Wait()
}

func (p *pod) cleanUp() {
	_ = os.RemoveAll(p.dir)
	if p.ip != "" {
		p.agent.addresses.give(p.ip)
	}
}

// release removes the object of a pod that was asked to go and has gone.
func (p *pod) release() {
	p.mu.Lock()
	skip := p.abandoned
	p.mu.Unlock()
	if skip {
		return
	}
	_ = retry(p.killed, func() error {
		err := p.agent.options.Client.CoreV1().Pods(p.namespace).Delete(context.Background(), p.name, metav1.DeleteOptions{
			GracePeriodSeconds: new(int64),
			Preconditions:      metav1.NewUIDPreconditions(string(p.uid)),
		})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	})
}

// unsupported names the first thing in a pod that processes cannot give it.
func unsupported(spec *corev1.PodSpec) error {
	for i := range spec.Volumes {
		if credentialSource(&spec.Volumes[i]) == nil {
			return fmt.Errorf("volume %q: the embedded cluster runs pods as local processes and mounts no volumes; take the configuration from the environment", spec.Volumes[i].Name)
		}
	}
	for i := range spec.InitContainers {
		if spec.InitContainers[i].RestartPolicy != nil {
			return fmt.Errorf("init container %q has a restartPolicy: the embedded cluster runs no sidecar containers", spec.InitContainers[i].Name)
		}
	}
	return nil
}
