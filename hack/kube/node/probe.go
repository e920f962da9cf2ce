package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/probe"
	probegrpc "k8s.io/kubernetes/pkg/probe/grpc"
	probehttp "k8s.io/kubernetes/pkg/probe/http"
	probetcp "k8s.io/kubernetes/pkg/probe/tcp"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

// eager is how often a probe that has not succeeded yet is tried between its
// periods. Such a try can only succeed: failures count once per period, as
// upstream. A pod becomes ready when it is, not at the next period.
const eager = 100 * time.Millisecond

// leeway is how long a process may take to begin listening before a failed
// probe counts. Upstream the container runtime takes about as long.
const leeway = time.Second

// watch is the running probes of one run of a container.
type watch struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (w *watch) stop() {
	w.cancel()
	w.running.Wait()
}

// watch starts the probes: the startup probe first, then the other two.
func (c *container) watch(p *process.Process, command command) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{cancel: cancel}
	restart := func(kind string) func(bool) {
		return func(ok bool) {
			if ok {
				return
			}
			why := fmt.Sprintf("%s probe failed, restarting", kind)
			grace := graceOf(c.pod.snapshot())
			go c.end(p, why, grace, command)
			cancel()
		}
	}
	w.running.Go(func() {
		if s := c.spec.StartupProbe; s != nil {
			failed := restart("startup")
			begun := make(chan struct{})
			w.running.Go(func() {
				c.monitor(ctx, "Startup", s, command, func(ok bool) bool {
					if ok {
						close(begun)
					} else {
						failed(false)
					}
					return false
				})
			})
			select {
			case <-begun:
			case <-ctx.Done():
				return
			}
			c.set(func() { c.started, c.ready = true, c.spec.ReadinessProbe == nil })
		}
		if s := c.spec.LivenessProbe; s != nil {
			failed := restart("liveness")
			w.running.Go(func() {
				c.monitor(ctx, "Liveness", s, command, func(ok bool) bool { failed(ok); return ok })
			})
		}
		if s := c.spec.ReadinessProbe; s != nil {
			w.running.Go(func() {
				c.monitor(ctx, "Readiness", s, command, func(ok bool) bool {
					c.set(func() { c.ready = ok && c.state.Running != nil })
					return true
				})
			})
		}
	})
	return w
}

// monitor runs one probe until ctx ends or report answers false. report is
// called with each verdict that the thresholds allow, when it differs from
// the one before.
func (c *container) monitor(ctx context.Context, kind string, spec *corev1.Probe, command command, report func(ok bool) (goOn bool)) {
	count := newTally(spec)
	period := time.Duration(max(spec.PeriodSeconds, 1)) * time.Second
	timer := time.NewTimer(time.Duration(spec.InitialDelaySeconds) * time.Second)
	defer timer.Stop()
	due := time.Now().Add(time.Duration(spec.InitialDelaySeconds)*time.Second + leeway)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		counts := !time.Now().Before(due)
		err := c.probe(spec, command)
		if ctx.Err() != nil {
			return
		}
		if counts {
			due = time.Now().Add(period)
		}
		if err != nil && counts {
			c.pod.event(corev1.EventTypeWarning, "Unhealthy", "%s probe failed: %s", kind, err)
		}
		if verdict, changed := count.add(err == nil, counts); changed && !report(verdict) {
			return
		}
		next := time.Until(due)
		if !count.everSucceeded {
			next = min(next, eager)
		}
		timer.Reset(max(next, 0))
	}
}

// tally applies the thresholds of a probe to its results.
type tally struct {
	successThreshold, failureThreshold int32
	successes, failures                int32
	verdict, decided, everSucceeded    bool
}

func newTally(spec *corev1.Probe) *tally {
	return &tally{successThreshold: max(spec.SuccessThreshold, 1), failureThreshold: max(spec.FailureThreshold, 1)}
}

// add takes a result; a failure that does not count leaves everything as it
// was. It returns the verdict and whether it has just changed.
func (t *tally) add(ok, counts bool) (verdict, changed bool) {
	switch {
	case ok:
		t.successes, t.failures = t.successes+1, 0
	case counts:
		t.successes, t.failures = 0, t.failures+1
	default:
		return t.verdict, false
	}
	switch {
	case t.successes >= t.successThreshold:
		verdict = true
	case t.failures >= t.failureThreshold:
		verdict = false
	default:
		return t.verdict, false
	}
	changed = !t.decided || verdict != t.verdict
	t.verdict, t.decided = verdict, true
	t.everSucceeded = t.everSucceeded || verdict
	return verdict, changed
}

// probe asks once; nil is success.
func (c *container) probe(spec *corev1.Probe, command command) error {
	timeout := time.Duration(max(spec.TimeoutSeconds, 1)) * time.Second
	result, text, err := c.ask(spec.ProbeHandler, timeout, command)
	switch {
	case err != nil:
		return err
	case result == probe.Success || result == probe.Warning:
		return nil
	default:
		return errors.New(text)
	}
}

func (c *container) ask(h corev1.ProbeHandler, timeout time.Duration, command command) (probe.Result, string, error) {
	switch {
	case h.HTTPGet != nil:
		request, err := probehttp.NewRequestForHTTPGetAction(h.HTTPGet, c.spec, c.pod.ip, "probe")
		if err != nil {
			return probe.Unknown, "", err
		}
		return probehttp.New(false).Probe(request, timeout)
	case h.TCPSocket != nil:
		port, err := c.port(h.TCPSocket.Port)
		if err != nil {
			return probe.Unknown, "", err
		}
		host := h.TCPSocket.Host
		if host == "" {
			host = c.pod.ip
		}
		return probetcp.New().Probe(host, port, timeout)
	case h.GRPC != nil:
		service := ""
		if h.GRPC.Service != nil {
			service = *h.GRPC.Service
		}
		return probegrpc.New().Probe(c.pod.ip, service, int(h.GRPC.Port), timeout, probegrpc.ProbeOptions{})
	case h.Exec != nil:
		return c.execute(h.Exec.Command, timeout, command)
	default:
		return probe.Unknown, "", errors.New("the probe says nothing to do")
	}
}

func (c *container) port(port intstr.IntOrString) (int, error) {
	return probe.ResolveContainerPort(port, c.spec)
}

// execute runs a command as the container's would be run: same environment,
// same rule for the program.
func (c *container) execute(words []string, timeout time.Duration, command command) (probe.Result, string, error) {
	path, args := arguments(c.pod.agent.options.Images[c.spec.Image], words, nil, executable)
	p, err := c.pod.agent.options.Spawner.Start(process.Spec{Path: path, Args: args, Env: command.env, Dir: "/"})
	if err != nil {
		return probe.Failure, "", err
	}
	select {
	case <-p.Done():
	case <-time.After(timeout):
		p.Kill()
	}
	if exit := p.Exit(); exit.Code != 0 {
		return probe.Failure, fmt.Sprintf("%v: %s", words, exit), nil
	}
	return probe.Success, "", nil
}
