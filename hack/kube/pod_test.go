package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shown is what the test server says about itself.
type shown struct {
	Env, Args []string
	PID       int
	Host      string
	Path      string
	Headers   map[string][]string
}

func (u *upped) show(t *testing.T, host, path string) shown {
	t.Helper()
	var s shown
	eventually(t, host+" answers through the ingress", func() error {
		status, body := u.get(t, "GET", host, path)
		if status != 200 {
			return fmt.Errorf("%d %s", status, body)
		}
		return json.Unmarshal([]byte(body), &s)
	})
	return s
}

func TestPodSeesItsEnvironmentAndNothingElse(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, `
apiVersion: v1
kind: Secret
metadata: {name: secrets}
stringData: {password: "p@ss, wörd"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {COLOUR: red, SHAPE: round}
`)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "env.test", env: `
- {name: PASSWORD, valueFrom: {secretKeyRef: {name: secrets, key: password}}}
- {name: ABSENT, valueFrom: {secretKeyRef: {name: none, key: none, optional: true}}}
- {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: COLOUR}}}
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
- {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
- {name: NOTE, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['note']"}}}
- {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
- {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
- {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
- {name: URL, value: "postgres://u:$(PASSWORD)@$(HOST_IP)/$$(X)/$(NONE)"}
`}.String())
	pod := shared.readyPods(t, name, "web", 1)[0]
	got := shared.show(t, "env.test", "/x")
	want := map[string]string{
		"POD_IP":        pod.Status.PodIP,
		"POD_NAMESPACE": name,
		"LISTEN":        pod.Status.PodIP + ":8080",
		"PASSWORD":      "p@ss, wörd",
		"COLOUR":        "red",
		"POD_NAME":      pod.Name,
		"POD_UID":       string(pod.UID),
		"APP":           "web",
		"NOTE":          "a note",
		"NODE":          "embedded",
		"HOST_IP":       shared.NodeIP,
		"ACCOUNT":       "default",
		"URL":           "postgres://u:p@ss, wörd@" + shared.NodeIP + "/$(X)/$(NONE)",
		"HOME":          "/nonexistent",
		"HOSTNAME":      pod.Name,
	}
	of := map[string]string{}
	for _, line := range got.Env {
		key, value, _ := strings.Cut(line, "=")
		of[key] = value
	}
	for key, value := range want {
		if of[key] != value {
			t.Errorf("%s is %q, want %q", key, of[key], value)
		}
		delete(of, key)
	}
	for _, base := range []string{"PATH", "TMPDIR", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"} {
		if of[base] == "" {
			t.Errorf("%s is missing", base)
		}
		delete(of, base)
	}
	if len(of) > 0 {
		t.Errorf("the pod sees more than it was given: %v", of)
	}
	if want := []string{shared.server, "--address=" + pod.Status.PodIP, "--literal=$(POD_IP)"}; !slices.Equal(got.Args, want) {
		t.Errorf("argv is %v, want %v", got.Args, want)
	}
}

func TestPodStatusIsComplete(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "status.test"}.String())
	pod := shared.readyPods(t, name, "web", 1)[0]
	s := pod.Status
	if s.Phase != corev1.PodRunning || s.PodIP == "" || len(s.PodIPs) != 1 || s.HostIP != shared.NodeIP || s.StartTime == nil {
		t.Errorf("incomplete: %+v", s)
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		if conditionStatus(&pod, kind) != corev1.ConditionTrue {
			t.Errorf("condition %s is %s", kind, conditionStatus(&pod, kind))
		}
	}
	c := s.ContainerStatuses[0]
	if c.State.Running == nil || !c.Ready || c.Started == nil || !*c.Started || c.RestartCount != 0 || c.ContainerID == "" {
		t.Errorf("container status: %+v", c)
	}
	eventually(t, "events tell the story", func() error {
		out := shared.kubectl(t, "-n", name, "events", "--for", "pod/"+pod.Name)
		for _, word := range []string{"Scheduled", "Started"} {
			if !strings.Contains(out, word) {
				return fmt.Errorf("no %s in:\n%s", word, out)
			}
		}
		return nil
	})
}

func TestServiceAccountCredentialsReachTheAPIServer(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "account.test"}.String())
	shared.readyPods(t, name, "web", 1)
	eventually(t, "RBAC refuses the service account by name", func() error {
		status, body := shared.get(t, "GET", "account.test", "/configmaps")
		if status != 403 || !strings.Contains(body, "system:serviceaccount:"+name+":default") {
			return fmt.Errorf("without a role: %d %s", status, body)
		}
		return nil
	})
	shared.kubectl(t, "-n", name, "create", "rolebinding", "view", "--clusterrole=view", "--serviceaccount="+name+":default")
	eventually(t, "the role is effective", func() error {
		if status, body := shared.get(t, "GET", "account.test", "/configmaps"); status != 200 {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

func TestPodWithoutMountedTokenGetsNoKubeconfig(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "tokenless.test", pod: "automountServiceAccountToken: false"}.String())
	shared.readyPods(t, name, "web", 1)
	for _, line := range shared.show(t, "tokenless.test", "/").Env {
		if strings.HasPrefix(line, "KUBECONFIG=") {
			t.Errorf("found %s", line)
		}
	}
}

func TestCrashingContainerBacksOff(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, barePod("crasher", "Always", `- {name: EXIT_CODE, value: "7"}`, ""))
	eventually(t, "the container is in back-off after two restarts", func() error {
		pod, c, err := shared.status(t.Context(), name, "crasher")
		if err != nil {
			return err
		}
		switch {
		case c.RestartCount < 2 || c.State.Waiting == nil || c.State.Waiting.Reason != "CrashLoopBackOff":
			return fmt.Errorf("%+v", c)
		case c.LastTerminationState.Terminated == nil || c.LastTerminationState.Terminated.ExitCode != 7:
			return fmt.Errorf("the last state does not tell the exit code: %+v", c.LastTerminationState)
		case pod.Phase != corev1.PodRunning:
			return fmt.Errorf("phase %s, want Running while restarts go on", pod.Phase)
		}
		return nil
	})
	if out := shared.kubectl(t, "-n", name, "logs", "crasher", "--previous"); !strings.Contains(out, "ending with 7") {
		t.Errorf("previous log: %q", out)
	}
	if out := shared.kubectl(t, "-n", name, "events"); !strings.Contains(out, "BackOff") {
		t.Errorf("no BackOff event in:\n%s", out)
	}
}

func TestRestartPoliciesDecideThePhase(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	cases := map[string]struct {
		policy, code string
		want         corev1.PodPhase
		reason       string
	}{
		"never-ok":      {"Never", "0", corev1.PodSucceeded, "a pod that ends well and is not to be restarted has succeeded"},
		"never-failing": {"Never", "5", corev1.PodFailed, "one failed container fails the pod"},
		"onfailure-ok":  {"OnFailure", "0", corev1.PodSucceeded, "nothing to repeat"},
	}
	for pod, c := range cases {
		shared.apply(t, name, barePod(pod, c.policy, `- {name: EXIT_CODE, value: "`+c.code+`"}`, ""))
	}
	for pod, c := range cases {
		eventually(t, c.reason, func() error {
			status, _, err := shared.status(t.Context(), name, pod)
			if err == nil && status.Phase != c.want {
				err = fmt.Errorf("%s is %s, want %s", pod, status.Phase, c.want)
			}
			return err
		})
		if out := shared.kubectl(t, "-n", name, "logs", pod); !strings.Contains(out, "ending with "+c.code) {
			t.Errorf("the log of an ended pod: %q", out)
		}
		shared.kubectl(t, "-n", name, "delete", "pod", pod, "--timeout=10s")
	}
}

func TestInitContainersRunBeforeTheOthers(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	initial := func(code string) string {
		return `initContainers: [{name: first, image: "` + testImage + `", env: [{name: EXIT_CODE, value: "` + code + `"}]}]`
	}
	shared.apply(t, name, barePod("good", "Always", "", initial("0")))
	pod := shared.readyPods(t, name, "good", 1)[0]
	if s := pod.Status.InitContainerStatuses[0]; s.State.Terminated == nil || s.State.Terminated.Reason != "Completed" || !s.Ready {
		t.Errorf("init container status: %+v", s)
	}
	shared.apply(t, name, barePod("bad", "Never", "", initial("4")))
	eventually(t, "a failed init container fails a pod that is not restarted", func() error {
		pod, _, err := shared.status(t.Context(), name, "bad")
		if err == nil && pod.Phase != corev1.PodFailed {
			err = fmt.Errorf("%s: %+v", pod.Phase, pod.InitContainerStatuses)
		}
		return err
	})
}

func TestWhatCannotRunSaysWhy(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	cases := map[string]struct {
		manifest     string
		reason, text string
		why          string
	}{
		"volume": {
			barePod("volume", "Always", "", `volumes: [{name: data, emptyDir: {}}]`),
			"Unsupported", `volume "data"`, "a process cannot mount a volume, and the pod must say which",
		},
		"image": {
			strings.ReplaceAll(barePod("image", "Always", "", ""), testImage, "unknown.test/x:9"),
			"ErrImagePull", "--image unknown.test/x:9=", "an image without a binary names the flag that maps it",
		},
		"secret": {
			barePod("secret", "Always", `- {name: X, valueFrom: {secretKeyRef: {name: missing, key: k}}}`, ""),
			"CreateContainerConfigError", `secret "missing" not found`, "a missing Secret is named",
		},
		"key": {
			barePod("key", "Always", `- {name: X, valueFrom: {configMapKeyRef: {name: kube-root-ca.crt, key: nope}}}`, ""),
			"CreateContainerConfigError", "couldn't find key nope", "a missing key is named",
		},
	}
	for _, c := range cases {
		shared.apply(t, name, c.manifest)
	}
	for pod, c := range cases {
		eventually(t, c.why, func() error {
			status, container, err := shared.status(t.Context(), name, pod)
			if err != nil {
				return err
			}
			w := container.State.Waiting
			if w == nil || w.Reason != c.reason || !strings.Contains(w.Message, c.text) || status.Phase != corev1.PodPending {
				return fmt.Errorf("%s %+v", status.Phase, container)
			}
			return nil
		})
		eventually(t, "an event says the same", func() error {
			if out := shared.kubectl(t, "-n", name, "events", "--for", "pod/"+pod); !strings.Contains(out, c.text) {
				return fmt.Errorf("%s", out)
			}
			return nil
		})
	}
	shared.kubectl(t, "-n", name, "create", "secret", "generic", "missing", "--from-literal=k=v")
	shared.readyPods(t, name, "secret", 1)
}

func TestNodeSelectorIsRespected(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, barePod("elsewhere", "Always", "", `nodeSelector: {disk: fast}`))
	shared.apply(t, name, barePod("here", "Always", "", `nodeSelector: {kubernetes.io/os: linux}`))
	shared.readyPods(t, name, "here", 1)
	eventually(t, "a pod that fits no node is Unschedulable", func() error {
		pods, err := shared.pods(t.Context(), name, "elsewhere")
		if err != nil {
			return err
		}
		for _, c := range pods[0].Status.Conditions {
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == "Unschedulable" {
				return nil
			}
		}
		return fmt.Errorf("%+v", pods[0].Status.Conditions)
	})
}

func TestPodStopsGracefullyAndIsReplaced(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "replace.test"}.String())
	before := shared.readyPods(t, name, "web", 1)[0]
	log := filepath.Join(shared.dir, "logs", name+"_"+before.Name+"_web.log")
	shared.kubectl(t, "-n", name, "delete", "pod", before.Name)
	after := shared.readyPods(t, name, "web", 1)[0]
	if after.UID == before.UID || after.Status.PodIP == before.Status.PodIP {
		t.Errorf("pod %s at %s was not replaced by another", before.Name, before.Status.PodIP)
	}
	text, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(text), "stopping") {
		t.Errorf("the process was not asked to stop: %v %q", err, text)
	}
	if _, err := os.Stat(filepath.Join(shared.dir, "pods", string(before.UID))); err == nil {
		t.Error("the pod's directory with its token is still there")
	}
}

func TestForcedDeleteKillsTheProcess(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "forced.test"}.String())
	pod := shared.readyPods(t, name, "web", 1)[0]
	pid := shared.show(t, "forced.test", "/").PID
	shared.kubectl(t, "-n", name, "scale", "deployment/web", "--replicas=0")
	shared.kubectl(t, "-n", name, "delete", "pod", pod.Name, "--force", "--grace-period=0", "--ignore-not-found")
	eventually(t, "the process is gone", func() error {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
			return fmt.Errorf("process %d runs", pid)
		}
		return nil
	})
}

func TestScaleAndQuota(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.kubectl(t, "-n", name, "create", "quota", "pods", "--hard=pods=2")
	eventually(t, "the quota controller has counted", func() error {
		quota, err := shared.client.CoreV1().ResourceQuotas(name).Get(t.Context(), "pods", metav1.GetOptions{})
		if err == nil && len(quota.Status.Hard) == 0 {
			err = fmt.Errorf("no status")
		}
		return err
	})
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "scale.test"}.String())
	shared.readyPods(t, name, "web", 1)
	shared.kubectl(t, "-n", name, "scale", "deployment/web", "--replicas=3")
	shared.readyPods(t, name, "web", 2)
	eventually(t, "the ReplicaSet says that the quota refuses the third pod", func() error {
		out := shared.kubectl(t, "-n", name, "describe", "replicaset")
		if !strings.Contains(out, "exceeded quota: pods") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
}

func TestPodSecurityAdmissionRefuses(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.kubectl(t, "label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
	cmd := self("kubectl", "--kubeconfig", shared.Kubeconfig, "-n", name, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(barePod("loose", "Always", "", ""))
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), `violates PodSecurity "restricted`) {
		t.Fatalf("got %v: %s", err, out)
	}
}

func TestLogsFollowAndTail(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "logs.test"}.String())
	pod := shared.readyPods(t, name, "web", 1)[0]
	if out := shared.kubectl(t, "-n", name, "logs", pod.Name, "--tail=1"); out != "listening on "+pod.Status.PodIP+":8080\n" {
		t.Errorf("log is %q", out)
	}
	follow := make(chan string)
	go func() {
		out, _ := shared.tryKubectl("-n", name, "logs", "-f", pod.Name)
		follow <- out
	}()
	time.Sleep(time.Second)
	shared.kubectl(t, "-n", name, "delete", "pod", pod.Name, "--wait=false")
	select {
	case out := <-follow:
		if !strings.Contains(out, "listening") || !strings.Contains(out, "stopping") {
			t.Errorf("followed log is %q", out)
		}
	case <-time.After(15 * time.Second):
		t.Error("following did not end with the process")
	}
	if out, err := shared.tryKubectl("-n", name, "exec", shared.readyPods(t, name, "web", 1)[0].Name, "--", "true"); err == nil {
		t.Errorf("exec is not offered but gave %q", out)
	}
}

func TestNamespaceAndOwnedObjectsAreCollected(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 2, host: "collected.test"}.String())
	pods := shared.readyPods(t, name, "web", 2)
	shared.kubectl(t, "-n", name, "delete", "deployment", "web", "--cascade=foreground", "--timeout=30s")
	shared.kubectl(t, "delete", "namespace", name, "--timeout=60s")
	for _, pod := range pods {
		if out, err := exec.Command("pgrep", "-f", "--", "--address="+pod.Status.PodIP+" ").Output(); err == nil {
			t.Errorf("process of %s is still there: %s", pod.Name, out)
		}
	}
}

func TestEveryKindOfProbeWorks(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	cases := map[string]struct{ probe, reason string }{
		"tcp":  {"tcpSocket: {port: 8080}", "a connection to the pod's address"},
		"http": {"httpGet: {path: /ready, port: 8080}", "a request to the pod's address"},
		"exec": {"exec: {command: [/bin/true]}", "a program of this machine"},
	}
	for pod, c := range cases {
		manifest := barePod(pod, "Always", "", "") + "    startupProbe: {" + c.probe + "}\n    livenessProbe: {" + c.probe + "}\n    readinessProbe: {" + c.probe + "}\n"
		shared.apply(t, name, manifest)
	}
	for pod := range cases {
		shared.readyPods(t, name, pod, 1)
	}
	shared.apply(t, name, barePod("never", "Always", "", "")+"    startupProbe: {exec: {command: [/bin/false]}, periodSeconds: 1, failureThreshold: 1}\n")
	eventually(t, "a container that does not start up is restarted and never ready", func() error {
		_, c, err := shared.status(t.Context(), name, "never")
		if err == nil && (c.RestartCount < 1 || c.Ready) {
			err = fmt.Errorf("%+v", c)
		}
		return err
	})
}

func TestPreStopHookRunsBeforeTheSignal(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	manifest := strings.Replace(barePod("hooked", "Always", "", ""), "terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 10", 1)
	shared.apply(t, name, manifest+"    lifecycle: {preStop: {sleep: {seconds: 2}}}\n")
	shared.readyPods(t, name, "hooked", 1)
	begin := time.Now()
	shared.kubectl(t, "-n", name, "delete", "pod", "hooked", "--timeout=15s")
	if took := time.Since(begin); took < 2*time.Second || took > 8*time.Second {
		t.Errorf("the pod was gone after %s, want the two seconds of its hook and little more", took)
	}
}
