package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHelmInstallsAndRemoves(t *testing.T) {
	t.Parallel()
	chart := filepath.Join(t.TempDir(), "chart")
	if err := os.MkdirAll(filepath.Join(chart, "templates"), 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"Chart.yaml":         "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
		"templates/all.yaml": deployment{name: "web", replicas: 1, host: "helm.test"}.String(),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(chart, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := shared.namespace(t)
	helm := func(args ...string) string {
		t.Helper()
		cmd := self(append([]string{"helm", "--kubeconfig", shared.Kubeconfig, "-n", name}, args...)...)
		cmd.Env = append(cmd.Env, "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("helm %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	helm("install", "release", chart, "--wait", "--timeout", "60s")
	shared.readyPods(t, name, "web", 1)
	shared.show(t, "helm.test", "/")
	if out := helm("list"); !strings.Contains(out, "deployed") {
		t.Errorf("list: %s", out)
	}
	helm("uninstall", "release", "--wait", "--timeout", "60s")
	shared.readyPods(t, name, "web", 0)
}
