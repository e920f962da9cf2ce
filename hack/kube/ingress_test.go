package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestIngressFollowsReadiness(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "ready.test"}.String())
	shared.readyPods(t, name, "web", 1)
	shared.show(t, "ready.test", "/")
	if status, _ := shared.get(t, "POST", "ready.test", "/unready"); status != 200 {
		t.Fatalf("tell the server to be unready: %d", status)
	}
	eventually(t, "an unready pod gets no requests", func() error {
		status, body := shared.get(t, "GET", "ready.test", "/")
		if status != 503 || !strings.Contains(body, "no-ready-pod") {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

func TestLivenessRestartsAnUnhealthyContainer(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "live.test", liveness: true}.String())
	shared.readyPods(t, name, "web", 1)
	before := shared.show(t, "live.test", "/").PID
	shared.get(t, "POST", "live.test", "/unready")
	eventually(t, "the container has been restarted and is ready", func() error {
		_, c, err := shared.status(t.Context(), name, "web")
		if err != nil {
			return err
		}
		if c.RestartCount != 1 || !c.Ready {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	if after := shared.show(t, "live.test", "/").PID; after == before {
		t.Error("it is the same process")
	}
	if out := shared.kubectl(t, "-n", name, "events"); !strings.Contains(out, "Unhealthy") || !strings.Contains(out, "Killing") {
		t.Errorf("events do not tell why:\n%s", out)
	}
}

func TestIngressSpreadsAndForwards(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 2, host: "spread.test"}.String())
	shared.readyPods(t, name, "web", 2)
	seen := map[int]bool{}
	eventually(t, "both pods answer", func() error {
		got := shared.show(t, "spread.test", "/v1/tenants?x=1")
		seen[got.PID] = true
		if got.Host != "spread.test" || got.Path != "/v1/tenants" || got.Headers["X-Forwarded-Proto"][0] != "http" || len(got.Headers["X-Forwarded-For"]) == 0 {
			t.Fatalf("forwarded wrongly: %+v", got)
		}
		if len(seen) < 2 {
			return fmt.Errorf("only %v", seen)
		}
		return nil
	})
	eventually(t, "the Ingress shows the address", func() error {
		out := shared.kubectl(t, "-n", name, "get", "ingress", "web", "-o", "jsonpath={.spec.ingressClassName} {.status.loadBalancer.ingress[0].ip}:{.status.loadBalancer.ingress[0].ports[0].port}")
		if want := "embedded " + strings.TrimPrefix(shared.IngressURL, "http://"); out != want {
			return fmt.Errorf("%q, want %q", out, want)
		}
		return nil
	})
}

func TestIngressKeepsAnsweringWhileAPodIsReplaced(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 2, host: "steady.test"}.String())
	pods := shared.readyPods(t, name, "web", 2)
	answered := map[int]bool{}
	eventually(t, "both pods get requests", func() error {
		answered[shared.show(t, "steady.test", "/").PID] = true
		if len(answered) < 2 {
			return fmt.Errorf("only %d", len(answered))
		}
		return nil
	})
	shared.kubectl(t, "-n", name, "delete", "pod", pods[0].Name, "--wait=false")
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if status, body := shared.get(t, "GET", "steady.test", "/"); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
}

func TestIngressRefusesInWords(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: dangling}
spec:
  rules:
  - host: dangling.test
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: absent, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: foreign}
spec:
  ingressClassName: someone-else
  rules:
  - host: foreign.test
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: absent, port: {number: 80}}}}]}
`)
	cases := map[string]struct {
		host   string
		status int
		code   string
		reason string
	}{
		"NoRule":       {"nobody.test", 404, "no-route", "no rule names the host"},
		"ForeignClass": {"foreign.test", 404, "no-route", "another controller's Ingress is not ours"},
		"NoService":    {"dangling.test", 503, "no-service", "the rule's Service does not exist"},
	}
	for what, c := range cases {
		eventually(t, c.reason, func() error {
			status, body := shared.get(t, "GET", c.host, "/")
			if status != c.status || !strings.Contains(body, `"`+c.code+`"`) {
				return fmt.Errorf("%s: %d %s", what, status, body)
			}
			return nil
		})
	}
}

func TestIngressStreams(t *testing.T) {
	t.Parallel()
	name := shared.namespace(t)
	shared.apply(t, name, deployment{name: "web", replicas: 1, host: "stream.test"}.String())
	shared.readyPods(t, name, "web", 1)
	shared.show(t, "stream.test", "/")
	request, err := http.NewRequestWithContext(t.Context(), "GET", shared.IngressURL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "stream.test"
	begin := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil || line != "line 0\n" || time.Since(begin) > 900*time.Millisecond {
		t.Errorf("first line %q after %s: %v; want it before the second is written", line, time.Since(begin), err)
	}
}
