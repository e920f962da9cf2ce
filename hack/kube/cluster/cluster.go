package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/informers"

	"tiaojie.dev/tiaojie/hack/kube/controllers"
	"tiaojie.dev/tiaojie/hack/kube/controlplane"
	"tiaojie.dev/tiaojie/hack/kube/ingress"
	"tiaojie.dev/tiaojie/hack/kube/node"
	"tiaojie.dev/tiaojie/hack/kube/process"
)

// stopGrace is how long pods, and then the controllers, may take to stop.
const stopGrace = 5 * time.Second

// Options say what to run and where.
type Options struct {
	// Dir holds everything of the run; logs/ in it outlives the run.
	Dir string
	// Images maps image references to absolute paths of binaries.
	Images map[string]string
	// IngressPort on 127.0.0.1; 0 takes a free one.
	IngressPort int
	// Backoff is the first delay between restarts of a crashing container.
	Backoff time.Duration
	// Self is the path of the multi-call binary.
	Self string
}

// Description is what DIR/cluster.json holds for other programs.
type Description struct {
	Server     string `json:"server"`
	Kubeconfig string `json:"kubeconfig"`
	IngressURL string `json:"ingressURL"`
	NodeIP     string `json:"nodeIP"`
	// PodCIDR16 is the loopback network, the node's address included.
	PodCIDR16 string `json:"podCIDR16"`
}

// Cluster is a running cluster.
type Cluster struct {
	Description
	// Took is the time from the call to ready.
	Took time.Duration

	dir     *directory
	network *controlplane.Network
	plane   *controlplane.ControlPlane
	agent   *node.Agent
	ingress *ingress.Ingress
	cancel  context.CancelFunc
	stopped <-chan struct{}
}

// Up starts a cluster and returns when it is ready, which is when the API
// server serves, the controllers have read everything, the node is registered
// and the ingress listens. On an error nothing is left running.
func Up(ctx context.Context, options Options) (c *Cluster, err error) {
	begin := time.Now()
	c = &Cluster{}
	defer func() {
		if err != nil {
			c.Down()
			c = nil
		}
	}()
	if err = node.CheckImages(options.Images); err != nil {
		return c, err
	}
	if c.dir, err = openDirectory(options.Dir); err != nil {
		return c, err
	}
	if c.network, err = controlplane.ReserveNetwork(); err != nil {
		return c, err
	}
	spawner := process.NewSpawner()
	c.plane, err = controlplane.Start(ctx, controlplane.Options{
		Dir: c.dir.path, LogDir: c.dir.logs(), Network: c.network, Spawner: spawner, Self: options.Self,
	})
	if err != nil {
		return c, err
	}
	// What runs in this process ends by Down, not by the caller's context:
	// pods have to be stopped while the rest still works.
	var inside context.Context
	inside, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if c.stopped, err = controllers.Run(inside, c.plane.Config("controllers"), c.plane.CA); err != nil {
		return c, err
	}
	if err = c.startNode(inside, options, spawner); err != nil {
		return c, err
	}
	c.describe()
	if err = c.publish(); err != nil {
		return c, err
	}
	c.Took = time.Since(begin)
	return c, nil
}

// startNode starts the agent and the ingress, which share their caches.
func (c *Cluster) startNode(ctx context.Context, options Options, spawner *process.Spawner) error {
	client, err := c.plane.Client("node-agent")
	if err != nil {
		return err
	}
	kubeletTLS, err := c.plane.KubeletTLS()
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(client, 0)
	c.agent, err = node.Start(ctx, node.Options{
		Client: client, Server: c.plane.Server, CA: c.plane.CA, KubeletTLS: kubeletTLS,
		NodeIP: c.network.NodeIP(), PodIP: c.network.PodIP, Pods: controlplane.Pods,
		Images: options.Images, Backoff: options.Backoff, Spawner: spawner,
		Dir: c.dir.pods(), LogDir: c.dir.logs(),
	}, shared)
	if err != nil {
		return err
	}
	if c.ingress, err = ingress.Start(ctx, client, shared, options.IngressPort); err != nil {
		return err
	}
	shared.Start(ctx.Done())
	shared.WaitForCacheSync(ctx.Done())
	return ctx.Err()
}

func (c *Cluster) describe() {
	c.Description = Description{
		Server:     c.plane.Server,
		Kubeconfig: filepath.Join(c.dir.path, "kubeconfig"),
		IngressURL: c.ingress.URL,
		NodeIP:     c.network.NodeIP(),
		PodCIDR16:  c.network.CIDR(),
	}
}

// publish writes the files others wait for; cluster.json comes last and whole.
func (c *Cluster) publish() error {
	if err := c.plane.WriteKubeconfig(c.Kubeconfig); err != nil {
		return fmt.Errorf("write the kubeconfig: %w", err)
	}
	text, err := json.MarshalIndent(c.Description, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(c.dir.path, "cluster.json")
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Failed waits until ctx ends (nil) or the control plane ends by itself.
func (c *Cluster) Failed(ctx context.Context) error { return c.plane.Failed(ctx) }

// Down stops pods, controllers, API server and etcd in this order, and
// removes everything but the logs.
func (c *Cluster) Down() {
	if c.ingress != nil {
		defer c.ingress.Stop()
	}
	if c.agent != nil {
		c.agent.Stop(stopGrace)
	}
	if c.cancel != nil {
		c.cancel()
	}
	if c.stopped != nil {
		select {
		case <-c.stopped:
		case <-time.After(stopGrace):
		}
	}
	if c.plane != nil {
		c.plane.Stop()
	}
	if c.network != nil {
		c.network.Release()
	}
	if c.dir != nil {
		c.dir.close()
	}
}

// Hurry kills the pods that are still stopping.
func (c *Cluster) Hurry() { c.agent.Kill() }
