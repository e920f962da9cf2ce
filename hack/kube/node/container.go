package node

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

const (
	backoffLimit = 5 * time.Minute
	// backoffReset is how long a process must have run for its next crash to
	// count as the first again. As upstream: twice the limit.
	backoffReset = 2 * backoffLimit
	// configRetry is how soon a missing Secret or ConfigMap is looked for again.
	configRetry = time.Second
)

// container is one container of a pod: a process that is started again as the
// pod's restart policy says. The fields below the line belong to pod.mu.
type container struct {
	pod     *pod
	spec    *corev1.Container
	initial bool

	process     *process.Process
	state       corev1.ContainerState
	last        corev1.ContainerState
	id          string
	restarts    int32
	everStarted bool
	started     bool
	ready       bool
	// over: it will not run again.
	over bool
	// killReason is set when the agent itself ends a run, for instance
	// after a failed liveness probe.
	killReason string
}

func newContainer(p *pod, spec *corev1.Container, initial bool) *container {
	return &container{pod: p, spec: spec, initial: initial}
}

// set changes the container's own fields and asks for a status write.
func (c *container) set(change func()) {
	c.pod.mu.Lock()
	change()
	c.pod.mu.Unlock()
	c.pod.changed()
}

func (c *container) wait(reason, text string) {
	c.set(func() {
		c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: text}}
		c.ready, c.started = false, false
	})
}

// run starts the process again and again until it is over or the pod stops.
// It tells whether the last run succeeded.
func (c *container) run() bool {
	defer c.set(func() { c.over = true })
	var delay time.Duration
	for {
		exit, err := c.runOnce()
		if err != nil {
			if !c.startFailed(err) {
				return false
			}
			continue
		}
		if c.pod.stopping.Err() != nil {
			return exit.Code == 0
		}
		if !c.again(exit) {
			return exit.Code == 0
		}
		delay = nextDelay(delay, c.pod.agent.options.Backoff, exit.FinishedAt.Sub(c.process.StartedAt), c.restarts)
		if !c.backOff(delay) {
			return false
		}
		c.set(func() { c.restarts++ })
	}
}

// again applies the restart policy; an init container is done when it succeeds.
func (c *container) again(exit process.Exit) bool {
	if c.initial && exit.Code == 0 {
		return false
	}
	switch c.pod.snapshot().Spec.RestartPolicy {
	case corev1.RestartPolicyNever:
		return false
	case corev1.RestartPolicyOnFailure:
		return exit.Code != 0
	default:
		return true
	}
}

// nextDelay is the time to wait before the next start: none after the first
// crash, then first, doubling up to five minutes.
func nextDelay(previous, first, ran time.Duration, restarts int32) time.Duration {
	switch {
	case restarts == 0 || ran >= backoffReset:
		return 0
	case previous == 0:
		return first
	default:
		return min(2*previous, backoffLimit)
	}
}

// backOff waits and reports false when the pod stopped meanwhile.
func (c *container) backOff(delay time.Duration) bool {
	if delay > 0 {
		text := fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)", delay, c.spec.Name, c.pod.name, c.pod.namespace, c.pod.uid)
		c.set(func() {
			c.last = c.state
			c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: text}}
		})
		c.pod.event(corev1.EventTypeWarning, "BackOff", "Back-off restarting failed container %s in pod %s", c.spec.Name, c.pod.name)
	}
	return c.pod.sleep(delay)
}

// sleep waits unless the pod stops first, which it reports as false.
func (p *pod) sleep(delay time.Duration) bool {
	select {
	case <-p.stopping.Done():
		return false
	case <-time.After(delay):
		return p.stopping.Err() == nil
	}
}

// startError is a reason why a process could not be started.
type startError struct {
	reason string
	err    error
	// final errors do not go away by waiting.
	final bool
}

func (e *startError) Error() string { return e.err.Error() }

// startFailed shows why the process could not be started and waits; it
// reports false when the pod stopped.
func (c *container) startFailed(err error) bool {
	failure := &startError{reason: "RunContainerError", err: err}
	errors.As(err, &failure)
	c.pod.mu.Lock()
	known := c.state.Waiting != nil && c.state.Waiting.Message == failure.Error()
	c.pod.mu.Unlock()
	if !known {
		c.wait(failure.reason, failure.Error())
		c.pod.event(corev1.EventTypeWarning, "Failed", "Error: %s: %s", failure.reason, failure)
	}
	if failure.final {
		<-c.pod.stopping.Done()
		return false
	}
	return c.pod.sleep(configRetry)
}

// runOnce starts the process, watches over it and returns how it ended.
func (c *container) runOnce() (process.Exit, error) {
	if c.pod.stopping.Err() != nil {
		return process.Exit{}, &startError{reason: "ContainerCreating", err: c.pod.stopping.Err()}
	}
	command, err := c.command()
	if err != nil {
		return process.Exit{}, err
	}
	p, err := c.start(command)
	if err != nil {
		return process.Exit{}, &startError{reason: "RunContainerError", err: err}
	}
	c.set(func() {
		if c.state.Terminated != nil {
			c.last = c.state
		}
		c.process, c.killReason = p, ""
		c.id = fmt.Sprintf("process://%d-%d", p.PID, p.StartedAt.UnixNano())
		c.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(p.StartedAt)}}
		c.everStarted = true
		c.started = c.spec.StartupProbe == nil
		c.ready = c.started && c.spec.ReadinessProbe == nil && !c.initial
	})
	c.pod.event(corev1.EventTypeNormal, "Started", "Started container %s as process %d, log %s", c.spec.Name, p.PID, c.logPath())
	probes := c.watch(p, command)
	select {
	case <-p.Done():
	case <-c.pod.stopping.Done():
		c.end(p, "Stopping", c.pod.remainingGrace(), command)
	}
	probes.stop()
	exit := p.Exit()
	c.finished(exit)
	return exit, nil
}

// start opens a fresh log, keeps the one before as the previous, and starts
// the process.
func (c *container) start(command command) (*process.Process, error) {
	path := c.logPath()
	if _, err := os.Stat(path); err == nil {
		if err := os.Rename(path, c.previousLogPath()); err != nil {
			return nil, err
		}
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return c.pod.agent.options.Spawner.Start(process.Spec{
		Path: command.path, Args: command.args, Env: command.env, Dir: "/", Output: log,
	})
}

func (c *container) finished(exit process.Exit) {
	c.set(func() {
		reason := "Completed"
		if exit.Code != 0 {
			reason = "Error"
		}
		c.ready, c.started = false, false
		c.state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode:    int32(exit.Code),
			Reason:      reason,
			Message:     c.killReason,
			StartedAt:   metav1.NewTime(c.process.StartedAt),
			FinishedAt:  metav1.NewTime(exit.FinishedAt),
			ContainerID: c.id,
		}}
		if c.initial {
			c.ready = exit.Code == 0
		}
	})
}

// end stops a run: pre-stop hook, SIGTERM, and SIGKILL when grace is over or
// the pod's object is gone.
func (c *container) end(p *process.Process, why string, grace time.Duration, command command) {
	c.set(func() { c.killReason = why })
	c.pod.event(corev1.EventTypeNormal, "Killing", "%s container %s", why, c.spec.Name)
	deadline := time.Now().Add(grace)
	c.preStop(p, deadline, command)
	p.Signal(terminationSignal)
	select {
	case <-p.Done():
	case <-c.pod.killed.Done():
		p.Kill()
	case <-time.After(time.Until(deadline)):
		p.Kill()
	}
	<-p.Done()
}

// remainingGrace is how long the pod's processes may take to stop.
func (p *pod) remainingGrace() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.grace
}

// status is the container's part of the pod's status. The caller holds pod.mu.
func (c *container) status(waiting corev1.ContainerStateWaiting) corev1.ContainerStatus {
	state, started := c.state, c.started
	if state == (corev1.ContainerState{}) {
		state.Waiting = &waiting
	}
	s := corev1.ContainerStatus{
		Name:                 c.spec.Name,
		Image:                c.spec.Image,
		State:                *state.DeepCopy(),
		LastTerminationState: *c.last.DeepCopy(),
		RestartCount:         c.restarts,
		Ready:                c.ready,
		Started:              &started,
		ContainerID:          c.id,
	}
	if path, known := c.pod.agent.options.Images[c.spec.Image]; known {
		s.ImageID = "file://" + path
	}
	return s
}

func (c *container) logName() string {
	return strings.Join([]string{c.pod.namespace, c.pod.name, c.spec.Name}, "_")
}
