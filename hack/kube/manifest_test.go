package main

import (
	"fmt"
	"strings"
)

// deployment is a Deployment of the test server with its Service and Ingress.
type deployment struct {
	name     string
	replicas int
	// host is the Ingress rule's; tests share the port and differ by host.
	host string
	// env and pod are more lines of the container's env and of the pod's spec.
	env, pod string
	liveness bool
}

func (d deployment) String() string {
	liveness := ""
	if d.liveness {
		liveness = "livenessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 1, failureThreshold: 2}"
	}
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata:
      labels: {app: %[1]s}
      annotations: {note: a note}
    spec:
      terminationGracePeriodSeconds: 5
%[5]s
      containers:
      - name: web
        image: %[6]s
        command: [/testserver]
        args: ["--address=$(POD_IP)", "--literal=$$(POD_IP)"]
        env:
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        - {name: LISTEN, value: "$(POD_IP):8080"}
%[4]s
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 1, failureThreshold: 1}
        %[7]s
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s}
spec: {selector: {app: %[1]s}, ports: [{name: web, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %[1]s}
spec:
  rules:
  - host: %[3]s
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %[1]s, port: {name: web}}}}]}
`, d.name, d.replicas, d.host, indent(d.env, 8), indent(d.pod, 6), testImage, liveness)
}

// barePod is a pod of the test server that ends or waits as its env says.
func barePod(name, restartPolicy, env, more string) string {
	return fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %[1]s, labels: {app: %[1]s}}
spec:
  restartPolicy: %[2]s
  terminationGracePeriodSeconds: 1
%[4]s
  containers:
  - name: web
    image: %[5]s
    env:
    - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: LISTEN, value: "$(POD_IP):8080"}
%[3]s
`, name, restartPolicy, indent(env, 4), indent(more, 2), testImage)
}

func indent(text string, by int) string {
	if text == "" {
		return ""
	}
	space := strings.Repeat(" ", by)
	return space + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+space)
}
