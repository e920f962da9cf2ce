package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// cluster is where the run installs.
type cluster struct {
	kubeconfig string
	url        string      // of the one URL space
	image      string      // of the product
	embedded   bool        // ours: pods are processes of this machine on loopback addresses
	process    *background // nil for a cluster that was given
	client     client.Client
	forwards   []*exec.Cmd
}

// clusterPatience is how long the control plane may take to start on a busy machine.
const clusterPatience = 90 * time.Second

func (d *demo) startCluster(ctx context.Context) error {
	d.cluster = &cluster{}
	if d.postgres.superuser == "" {
		if err := d.takeCluster(); err != nil {
			return err
		}
	} else if err := d.runCluster(ctx); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", d.cluster.kubeconfig)
	if err != nil {
		return err
	}
	ctrllog.SetLogger(logr.Discard()) // errors come back as errors
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	d.cluster.client, err = client.New(config, client.Options{Scheme: scheme})
	return err
}

// takeCluster uses the cluster of KUBECONFIG. It pulls the product's image from wherever TIAOJIE_DEMO_IMAGE says, and
// answers at TIAOJIE_DEMO_URL.
func (d *demo) takeCluster() error {
	d.cluster.kubeconfig, d.cluster.image, d.cluster.url = os.Getenv("KUBECONFIG"), os.Getenv("TIAOJIE_DEMO_IMAGE"), os.Getenv("TIAOJIE_DEMO_URL")
	if d.cluster.image == "" || d.cluster.url == "" {
		return errors.New("with your own cluster say also where its nodes pull the image (TIAOJIE_DEMO_IMAGE=registry/tiaojie:tag) " +
			"and where its ingress answers (TIAOJIE_DEMO_URL=http://host)")
	}
	d.progress.note("uses the cluster of KUBECONFIG=%s", d.cluster.kubeconfig)
	return nil
}

func (d *demo) runCluster(ctx context.Context) error {
	folder := filepath.Join(d.dir, "kube")
	d.cluster.embedded, d.cluster.image = true, "tiaojie.dev/tiaojie:demo"
	process, err := startBackground(d.binary("tiaojie-kube"), "up", "--dir", folder, "--backoff", "1s",
		"--image", d.cluster.image+"="+d.binary("tiaojie"))
	if err != nil {
		return err
	}
	d.cluster.process = process
	started := time.Now()
	var described struct{ Kubeconfig, IngressURL string }
	err = poll(ctx, clusterPatience, 100*time.Millisecond, func() (bool, string, error) {
		raw, err := os.ReadFile(filepath.Join(folder, "cluster.json"))
		if err == nil {
			return true, "", json.Unmarshal(raw, &described)
		}
		d.progress.tick("etcd, API server, controllers, node agent, ingress: %d s", int(time.Since(started).Seconds()))
		return false, "the control plane is not ready", process.exited()
	})
	if err != nil {
		return err
	}
	d.cluster.kubeconfig, d.cluster.url = described.Kubeconfig, described.IngressURL
	d.figure("control plane ready", time.Since(started).Seconds(), "s", 15)
	d.progress.note("KUBECONFIG=%s\nAPI at %s", d.cluster.kubeconfig, d.cluster.url)
	return nil
}

// stopPatience is how long pods, controllers, API server and etcd may take to end in order.
const stopPatience = 60 * time.Second

// stop ends the cluster and proves that no process of it is left.
func (c *cluster) stop() error {
	for _, forward := range c.forwards {
		_ = forward.Process.Kill()
		_ = forward.Wait()
	}
	if c.process == nil {
		return nil
	}
	before, err := descendants(c.process.cmd.Process.Pid)
	if err != nil {
		return err
	}
	if err := c.process.stop(stopPatience); err != nil {
		return err
	}
	for _, child := range before {
		if alive(child) {
			return fmt.Errorf("process %d (%s) outlives the cluster", child.pid, filepath.Base(child.command[0]))
		}
	}
	return nil
}

// alive tells a process from a later one that got its number.
func alive(c child) bool {
	if syscall.Kill(c.pid, 0) != nil {
		return false
	}
	now := nulSeparated(c.pid, "cmdline")
	return len(now) > 0 && now[0] != "" && now[0] == c.command[0]
}

// instances are the addresses under which each running instance of a set answers by itself, past every route.
func (d *demo) instances(ctx context.Context, namespace string, labels client.MatchingLabels) ([]string, error) {
	var pods corev1.PodList
	if err := d.cluster.client.List(ctx, &pods, client.InNamespace(namespace), labels); err != nil {
		return nil, err
	}
	var addresses []string
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp != nil || !podReady(pod) {
			continue
		}
		address, err := d.address(ctx, pod)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("no ready pod with %v in %s", labels, namespace)
	}
	return addresses, nil
}

func podReady(pod corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

var forwarding = regexp.MustCompile(`Forwarding from (127\.0\.0\.1:\d+)`)

// address reaches a pod directly where this machine can, and through the API server elsewhere.
func (d *demo) address(ctx context.Context, pod corev1.Pod) (string, error) {
	direct := net.JoinHostPort(pod.Status.PodIP, "8080")
	dialer := net.Dialer{Timeout: time.Second}
	if conn, err := dialer.DialContext(ctx, "tcp", direct); err == nil {
		return "http://" + direct, conn.Close()
	}
	forward := exec.CommandContext(ctx, d.binary("tiaojie-kube"), "kubectl", "--kubeconfig", d.cluster.kubeconfig,
		"-n", pod.Namespace, "port-forward", "pod/"+pod.Name, ":8080")
	out, err := forward.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := forward.Start(); err != nil {
		return "", err
	}
	d.cluster.forwards = append(d.cluster.forwards, forward)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := forwarding.FindStringSubmatch(lines.Text()); found != nil {
			return "http://" + found[1], nil
		}
	}
	return "", fmt.Errorf("port-forward to %s/%s ended", pod.Namespace, pod.Name)
}

// dedicated is the address of a town's own instance, sharedAPI that of the installation's.
func (d *demo) dedicated(ctx context.Context, town string) (string, error) {
	addresses, err := d.instances(ctx, "county-"+county, client.MatchingLabels{v1alpha1.TownshipLabel: town})
	if err != nil {
		return "", err
	}
	return addresses[0], nil
}

func (d *demo) sharedAPI(ctx context.Context) (string, error) {
	addresses, err := d.instances(ctx, releaseNamespace, client.MatchingLabels{"app.kubernetes.io/component": "api"})
	if err != nil {
		return "", err
	}
	return addresses[0], nil
}

// deployment reads a town's Deployment.
func (d *demo) deployment(ctx context.Context, town string) (appsv1.Deployment, error) {
	var deployment appsv1.Deployment
	err := d.cluster.client.Get(ctx, client.ObjectKey{Namespace: "county-" + county, Name: "t-" + town}, &deployment)
	return deployment, err
}
