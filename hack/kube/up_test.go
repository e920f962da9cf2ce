package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestReadyWithin15Seconds(t *testing.T) {
	t.Logf("ready after %.1f s", shared.took.Seconds())
	if shared.took > 15*time.Second {
		t.Fatalf("ready after %s, want at most 15 s", shared.took)
	}
	if !strings.Contains(shared.output(), "The cluster is ready") {
		t.Fatalf("no line for a person in %q", shared.output())
	}
}

// children are the processes whose command line mentions the directory or
// the network of a cluster.
func children(t *testing.T, u *upped) []string {
	t.Helper()
	out, err := exec.Command("ps", "-eo", "pid,stat,args").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		zombie := len(strings.Fields(line)) > 1 && strings.HasPrefix(strings.Fields(line)[1], "Z")
		if !zombie && (strings.Contains(line, u.dir+"/") || strings.Contains(line, u.NodeIP+":") || strings.Contains(line, "--address="+network(u))) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// network is what the cluster's addresses begin with.
func network(u *upped) string { return strings.TrimSuffix(u.NodeIP, "0.1") }

func withServer(t *testing.T, dir string) *upped {
	t.Helper()
	u, err := start(dir, "--image", testImage+"="+shared.server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(u.up.Kill)
	name := u.namespace(t)
	u.apply(t, name, deployment{name: "web", replicas: 2, host: "web.test"}.String())
	u.readyPods(t, name, "web", 2)
	if n := len(children(t, u)); n < 4 {
		t.Fatalf("%d processes found, want etcd, kube-apiserver and two pods:\n%s", n, strings.Join(children(t, u), "\n"))
	}
	return u
}

func TestSecondClusterRunsBesideAndSIGTERMLeavesNothing(t *testing.T) {
	t.Parallel()
	second := withServer(t, filepath.Join(t.TempDir(), "second"))
	if second.NodeIP == shared.NodeIP || second.IngressURL == shared.IngressURL || second.Server == shared.Server {
		t.Fatalf("the two share an address: %+v and %+v", second.Description, shared.Description)
	}
	if _, err := shared.client.CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{}); err != nil {
		t.Fatalf("the first is disturbed: %v", err)
	}
	begin := time.Now()
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped in %.1f s", time.Since(begin).Seconds())
	if left := children(t, second); len(left) > 0 {
		t.Fatalf("left running:\n%s", strings.Join(left, "\n"))
	}
	if left := entries(t, second.dir); strings.Join(left, " ") != "logs" {
		t.Fatalf("left in the directory: %v, want logs alone", left)
	}
}

func TestKilledClusterLeavesNoProcessAndItsDirectoryIsUsableAgain(t *testing.T) {
	t.Parallel()
	u := withServer(t, filepath.Join(t.TempDir(), "killed"))
	u.up.Kill()
	u.up.Exit()
	eventually(t, "no child survives its parent's SIGKILL", func() error {
		if left := children(t, u); len(left) > 0 {
			return fmt.Errorf("left: %s", strings.Join(left, "\n"))
		}
		return nil
	})
	if left := entries(t, u.dir); len(left) < 3 {
		t.Fatalf("a killed run should have left files to be cleared, found %v", left)
	}
	again, err := start(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.client.CoreV1().Namespaces().Get(t.Context(), strings.ToLower(t.Name())[:60], metav1.GetOptions{}); err == nil {
		t.Error("the new run found data of the killed one")
	}
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestTwoRunsCannotShareADirectory(t *testing.T) {
	t.Parallel()
	out, err := self("up", "--dir", shared.dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is in use by a running cluster") {
		t.Fatalf("got %v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(shared.dir, "cluster.json")); err != nil {
		t.Fatal("the refused run has cleared the directory of the running one")
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	t.Parallel()
	notExecutable := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(notExecutable, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		args   []string
		want   string
		reason string
	}{
		"NoDirectory":   {[]string{"up"}, "--dir DIR", "the directory has no default: two runs must not meet by accident"},
		"NoPath":        {[]string{"up", "--dir", t.TempDir(), "--image", "x"}, "REF=/path/to/binary", "an image needs a binary"},
		"MissingBinary": {[]string{"up", "--dir", t.TempDir(), "--image", "x=/no/such"}, "build the binary first", "said at the start, not when the first pod fails"},
		"NotExecutable": {[]string{"up", "--dir", t.TempDir(), "--image", "x=" + notExecutable}, "is not an executable file", "same"},
		"ExtraArgument": {[]string{"up", "--dir", t.TempDir(), "more"}, `no argument "more"`, "a forgotten flag name is noticed"},
		"Unknown":       {[]string{"upp"}, `no command "upp"`, "a typing error shows the usage"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := self(c.args...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.want) {
				t.Errorf("%s: got %v %q, want %q", c.reason, err, out, c.want)
			}
		})
	}
}

func TestControlPlaneFailureEndsTheRun(t *testing.T) {
	t.Parallel()
	u := withServer(t, filepath.Join(t.TempDir(), "failing"))
	out, err := exec.Command("pgrep", "-f", "etcd --name=embedded --data-dir="+u.dir+"/").Output()
	if err != nil {
		t.Fatalf("find etcd: %v", err)
	}
	var pid int
	if _, err := fmt.Sscan(string(out), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-u.up.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("still running 30 s after etcd was killed")
	}
	if exit := u.up.Exit(); exit.Code != 1 || !strings.Contains(u.output(), "etcd ended by itself") {
		t.Fatalf("%s, output %q", exit, u.output())
	}
	if left := children(t, u); len(left) > 0 {
		t.Fatalf("left running:\n%s", strings.Join(left, "\n"))
	}
}

func TestAssetsServeEnvtest(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "assets")
	if err := link(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"etcd": "etcd Version", "kube-apiserver": "Kubernetes", "kubectl": "Client Version"} {
		args := []string{"--version"}
		if name == "kubectl" {
			args = []string{"version", "--client"}
		}
		out, err := exec.Command(filepath.Join(dir, name), args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s %v: %v %q, want %q", name, args, err, out, want)
		}
	}
	if err := link(dir); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}
