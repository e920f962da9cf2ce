package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"tiaojie.dev/tiaojie/hack/kube/cluster"
	"tiaojie.dev/tiaojie/hack/kube/process"
)

// The test binary is tiaojie-kube itself when it is called by that name, so
// the tests run the real commands, with real signals, without a second link.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	if _, known := programs()[name]; known || name == "tiaojie-kube" {
		os.Exit(run(os.Args))
	}
	os.Exit(runTests(m))
}

// shared is the cluster that most tests use, each in a namespace of its own.
var shared struct {
	*upped
	server string // path of the test server's binary
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tiaojie-kube-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.server = filepath.Join(dir, "testserver")
	if out, err := exec.Command("go", "build", "-o", shared.server, "./testserver").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the test server: %v\n%s", err, out)
		return 1
	}
	shared.upped, err = start(filepath.Join(dir, "run"), "--image", testImage+"="+shared.server, "--backoff", "1s")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// The tests mostly wait for one another's clusters, not for a core.
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the shared cluster:", err)
		code = 1
	}
	return code
}

const testImage = "example.test/server:1"

// upped is a cluster that `tiaojie-kube up` runs in another process.
type upped struct {
	cluster.Description
	dir    string
	up     *process.Process
	took   time.Duration
	client kubernetes.Interface
}

// output is what the command has printed so far.
func (u *upped) output() string {
	text, err := os.ReadFile(u.dir + ".out")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// self is a command line of this binary as tiaojie-kube.
func self(args ...string) *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return &exec.Cmd{Path: path, Args: append([]string{"tiaojie-kube"}, args...), Env: os.Environ()}
}

func start(dir string, args ...string) (*upped, error) {
	begin := time.Now()
	u := &upped{dir: dir}
	// A killed run leaves its description, which must not be taken for ours.
	if err := os.RemoveAll(filepath.Join(dir, "cluster.json")); err != nil {
		return nil, err
	}
	output, err := os.Create(dir + ".out")
	if err != nil {
		return nil, err
	}
	defer output.Close()
	// The spawner ties the cluster to the test's life, a panic included.
	command := self(append([]string{"up", "--dir", dir}, args...)...)
	u.up, err = process.NewSpawner().Start(process.Spec{Path: command.Path, Args: command.Args, Env: command.Env, Output: output})
	if err != nil {
		return nil, err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
		if err == nil && json.Unmarshal(text, &u.Description) == nil {
			break
		}
		select {
		case <-u.up.Done():
			return nil, fmt.Errorf("up: %s: %s", u.up.Exit(), u.output())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Since(begin) > time.Minute {
			u.up.Kill()
			return nil, fmt.Errorf("not ready after a minute: %s", u.output())
		}
	}
	u.took = time.Since(begin)
	config, err := clientcmd.BuildConfigFromFlags("", u.Kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	u.client, err = kubernetes.NewForConfig(config)
	return u, err
}

func (u *upped) stop() error {
	switch exit := u.up.Stop(30 * time.Second); {
	case exit.Signal != 0:
		return fmt.Errorf("still running 30 s after SIGTERM: %s", u.output())
	case exit.Code != 0:
		return fmt.Errorf("%s: %s", exit, u.output())
	}
	return nil
}

// kubectl runs the real kubectl against the cluster.
func (u *upped) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := u.tryKubectl(args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (u *upped) tryKubectl(args ...string) (string, error) {
	cmd := self(append([]string{"kubectl", "--kubeconfig", u.Kubeconfig}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// apply sends a manifest to a namespace.
func (u *upped) apply(t *testing.T, namespace, manifest string) {
	t.Helper()
	cmd := self("kubectl", "--kubeconfig", u.Kubeconfig, "-n", namespace, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("apply: %v\n%s\n%s", err, out, manifest)
	}
}

// namespace makes one for the test, named after it.
func (u *upped) namespace(t *testing.T) string {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	name = name[:min(len(name), 60)]
	_, err := u.client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the default service account appears", func() error {
		_, err := u.client.CoreV1().ServiceAccounts(name).Get(t.Context(), "default", metav1.GetOptions{})
		return err
	})
	return name
}

// get asks the ingress and returns status and body.
func (u *upped) get(t *testing.T, method, host, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, u.IngressURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// pods lists the pods of an app in a namespace that are not on their way out.
func (u *upped) pods(ctx context.Context, namespace, app string) ([]corev1.Pod, error) {
	list, err := u.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		return nil, err
	}
	var living []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			living = append(living, pod)
		}
	}
	return living, nil
}

// status gives the status of the pod of an app and of its one container.
func (u *upped) status(ctx context.Context, namespace, app string) (pod corev1.PodStatus, container corev1.ContainerStatus, err error) {
	pods, err := u.pods(ctx, namespace, app)
	switch {
	case err != nil:
		return pod, container, err
	case len(pods) != 1 || len(pods[0].Status.ContainerStatuses) != 1:
		return pod, container, fmt.Errorf("not one pod with one container status: %s", brief(pods))
	}
	return pods[0].Status, pods[0].Status.ContainerStatuses[0], nil
}

// readyPods waits until exactly n pods of an app are ready, and gives them.
func (u *upped) readyPods(t *testing.T, namespace, app string, n int) []corev1.Pod {
	t.Helper()
	var ready []corev1.Pod
	eventually(t, fmt.Sprintf("%d pods of %s are ready", n, app), func() error {
		ready = nil
		living, err := u.pods(t.Context(), namespace, app)
		for _, pod := range living {
			if conditionStatus(&pod, corev1.PodReady) == corev1.ConditionTrue {
				ready = append(ready, pod)
			}
		}
		if err == nil && (len(ready) != n || len(living) != n) {
			err = fmt.Errorf("%d ready of %d: %s", len(ready), len(living), brief(living))
		}
		return err
	})
	return ready
}

func conditionStatus(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}

func brief(pods []corev1.Pod) string {
	var text []string
	for _, pod := range pods {
		statuses, _ := json.Marshal(pod.Status.ContainerStatuses)
		text = append(text, fmt.Sprintf("%s %s %s", pod.Name, pod.Status.Phase, statuses))
	}
	return strings.Join(text, "\n")
}

// eventually repeats a check until it gives nil, for at most a minute: the machine may be busy.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for: %s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
