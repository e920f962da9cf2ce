package node

import (
	"net/http"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	probehttp "k8s.io/kubernetes/pkg/probe/http"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

const terminationSignal = syscall.SIGTERM

// preStop runs the container's pre-stop hook. It takes from the grace period
// and a failure only raises an event, as upstream.
func (c *container) preStop(p *process.Process, deadline time.Time, command command) {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PreStop == nil {
		return
	}
	hook := c.spec.Lifecycle.PreStop
	left := time.Until(deadline)
	var err error
	switch {
	case hook.Sleep != nil:
		pause := min(left, time.Duration(hook.Sleep.Seconds)*time.Second)
		select {
		case <-p.Done():
		case <-c.pod.killed.Done():
		case <-time.After(pause):
		}
	case hook.HTTPGet != nil:
		err = c.callHook(hook.HTTPGet, left)
	case hook.Exec != nil:
		_, _, err = c.execute(hook.Exec.Command, left, command)
	}
	if err != nil {
		c.pod.event(corev1.EventTypeWarning, "FailedPreStopHook", "pre-stop hook of container %s: %s", c.spec.Name, err)
	}
}

func (c *container) callHook(get *corev1.HTTPGetAction, timeout time.Duration) error {
	request, err := probehttp.NewRequestForHTTPGetAction(get, c.spec, c.pod.ip, "lifecycle")
	if err != nil {
		return err
	}
	response, err := (&http.Client{Timeout: timeout}).Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
