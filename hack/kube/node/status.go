package node

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	statuspatch "k8s.io/kubernetes/pkg/util/pod"
)

// writer is the one goroutine that writes a pod's status.
type writer struct {
	end, ended chan struct{}
}

// writeStatuses starts the writer; finish writes a last time and ends it.
func (p *pod) writeStatuses() *writer {
	w := &writer{end: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for {
			select {
			case <-p.dirty:
				if err := p.writeStatus(); err != nil {
					time.AfterFunc(500*time.Millisecond, p.changed)
				}
			case <-w.end:
				_ = p.writeStatus()
				return
			}
		}
	}()
	return w
}

func (w *writer) finish() {
	close(w.end)
	<-w.ended
}

// writeStatus patches what has changed since the last write. An object that
// is gone or replaced is no error.
func (p *pod) writeStatus() error {
	p.mu.Lock()
	if p.abandoned {
		p.mu.Unlock()
		return nil
	}
	base := p.applied
	wanted := p.status(base.DeepCopy())
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	written, _, unchanged, err := statuspatch.PatchPodStatus(ctx, p.agent.options.Client, p.namespace, p.name, p.uid, *base, *wanted)
	switch {
	case err != nil:
		// The patch helper hides the API error's kind; ask for the object.
		_, lookup := p.agent.options.Client.CoreV1().Pods(p.namespace).Get(ctx, p.name, metav1.GetOptions{})
		if apierrors.IsNotFound(lookup) {
			return nil
		}
		return err
	case unchanged:
		return nil
	}
	p.mu.Lock()
	p.applied = written.Status.DeepCopy()
	p.mu.Unlock()
	return nil
}

// status fills in what this agent knows. The caller holds p.mu.
func (p *pod) status(s *corev1.PodStatus) *corev1.PodStatus {
	s.ObservedGeneration = p.object.Generation
	s.HostIP = p.agent.options.NodeIP
	s.HostIPs = []corev1.HostIP{{IP: s.HostIP}}
	s.StartTime = &p.startedAt
	if p.ip != "" {
		s.PodIP = p.ip
		s.PodIPs = []corev1.PodIP{{IP: p.ip}}
	}
	s.InitContainerStatuses = p.containerStatuses(p.inits, corev1.ContainerStateWaiting{Reason: "PodInitializing"})
	s.ContainerStatuses = p.containerStatuses(p.mains, corev1.ContainerStateWaiting{Reason: "PodInitializing"})
	s.Phase = p.phase()

	setCondition(s, corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue})
	over := s.Phase == corev1.PodSucceeded
	p.condition(s, corev1.PodInitialized, p.initialized || over, "ContainersNotInitialized", "init containers have not finished")
	ready := p.containersReady()
	reason, text := "ContainersNotReady", "some containers are not ready"
	if over {
		reason, text = "PodCompleted", ""
	}
	p.condition(s, corev1.ContainersReady, ready, reason, text)
	if ready && !p.gatesOpen() {
		ready, reason, text = false, "ReadinessGatesNotReady", "a readiness gate's condition is not true"
	}
	p.condition(s, corev1.PodReady, ready, reason, text)
	return s
}

func (p *pod) containerStatuses(containers []*container, initializing corev1.ContainerStateWaiting) []corev1.ContainerStatus {
	var statuses []corev1.ContainerStatus
	for _, c := range containers {
		waiting := initializing
		if len(p.inits) == 0 || c.initial || p.waitingText != "" {
			waiting = corev1.ContainerStateWaiting{Reason: p.waitingReason, Message: p.waitingText}
		}
		statuses = append(statuses, c.status(waiting))
	}
	return statuses
}

func (p *pod) containersReady() bool {
	for _, c := range p.mains {
		if !c.ready {
			return false
		}
	}
	return p.initialized
}

func (p *pod) gatesOpen() bool {
	for _, gate := range p.object.Spec.ReadinessGates {
		i := conditionIndex(p.object.Status.Conditions, gate.ConditionType)
		if i < 0 || p.object.Status.Conditions[i].Status != corev1.ConditionTrue {
			return false
		}
	}
	return true
}

// phase follows the kubelet: Pending until every container has started once,
// Running while one may run again, then Succeeded or Failed.
func (p *pod) phase() corev1.PodPhase {
	if p.initFailed {
		return corev1.PodFailed
	}
	if !p.initialized {
		return corev1.PodPending
	}
	failed, over := false, true
	for _, c := range p.mains {
		if !c.everStarted {
			return corev1.PodPending
		}
		over = over && c.over
		failed = failed || (c.state.Terminated != nil && c.state.Terminated.ExitCode != 0)
	}
	switch {
	case !over:
		return corev1.PodRunning
	case failed:
		return corev1.PodFailed
	default:
		return corev1.PodSucceeded
	}
}

func (p *pod) condition(s *corev1.PodStatus, kind corev1.PodConditionType, holds bool, reason, text string) {
	c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue}
	if !holds {
		c = corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, Reason: reason, Message: text}
	}
	c.ObservedGeneration = p.object.Generation
	setCondition(s, c)
}

// setCondition replaces a condition and keeps its time unless its status changes.
func setCondition(s *corev1.PodStatus, c corev1.PodCondition) {
	c.LastTransitionTime = metav1.Now()
	i := conditionIndex(s.Conditions, c.Type)
	if i < 0 {
		s.Conditions = append(s.Conditions, c)
		return
	}
	if s.Conditions[i].Status == c.Status {
		c.LastTransitionTime = s.Conditions[i].LastTransitionTime
	}
	s.Conditions[i] = c
}

func conditionIndex(conditions []corev1.PodCondition, kind corev1.PodConditionType) int {
	return slices.IndexFunc(conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
}
