package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

const (
	// ServiceCIDR is where Services get their cluster addresses. Nothing
	// answers there: the ingress and its users go to pods directly.
	serviceCIDR = "10.96.0.0/16"
	serviceIP   = "10.96.0.1"

	readyTimeout = 60 * time.Second
	stopTimeout  = 5 * time.Second
)

// Options say where the servers put their files and logs.
type Options struct {
	Dir     string
	LogDir  string
	Network *Network
	Spawner *process.Spawner
	// Self is the path of this binary, which is etcd and kube-apiserver
	// when it is called by their names.
	Self string
}

// ControlPlane is a running etcd with a running kube-apiserver.
type ControlPlane struct {
	Server string
	CA     []byte

	options      Options
	certificates *certificates
	etcdURL      string
	port         int
	etcd, api    *process.Process
}

// Start starts etcd and kube-apiserver and returns when the API server
// reports ready. On an error everything started is stopped again.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	certificates, err := newCertificates(options.Network.NodeIP())
	if err != nil {
		return nil, err
	}
	if err := certificates.write(filepath.Join(options.Dir, "pki")); err != nil {
		return nil, fmt.Errorf("write the certificates: %w", err)
	}
	c := &ControlPlane{options: options, certificates: certificates, CA: certificates.authority.pem}
	for _, step := range []func() error{c.startEtcd, c.startAPIServer, func() error { return c.waitReady(ctx) }} {
		if err := step(); err != nil {
			c.Stop()
			return nil, err
		}
	}
	return c, nil
}

func (c *ControlPlane) startEtcd() error {
	ip := c.options.Network.NodeIP()
	client, err := freePort(ip, 2379)
	if err != nil {
		return err
	}
	peer, err := freePort(ip, 2380)
	if err != nil {
		return err
	}
	c.etcdURL = "http://" + net.JoinHostPort(ip, strconv.Itoa(client))
	peerURL := "http://" + net.JoinHostPort(ip, strconv.Itoa(peer))
	c.etcd, err = c.start("etcd",
		"--name=embedded",
		"--data-dir="+filepath.Join(c.options.Dir, "etcd"),
		"--listen-client-urls="+c.etcdURL,
		"--advertise-client-urls="+c.etcdURL,
		"--listen-peer-urls="+peerURL,
		"--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster=embedded="+peerURL,
		"--unsafe-no-fsync=true",
		"--log-level=warn",
	)
	return err
}

func (c *ControlPlane) startAPIServer() error {
	ip := c.options.Network.NodeIP()
	port, err := freePort(ip, 6443)
	if err != nil {
		return err
	}
	c.port = port
	c.Server = "https://" + net.JoinHostPort(ip, strconv.Itoa(port))
	pki := func(name string) string { return filepath.Join(c.options.Dir, "pki", name) }
	c.api, err = c.start("kube-apiserver",
		"--etcd-servers="+c.etcdURL,
		"--bind-address="+ip,
		"--secure-port="+strconv.Itoa(port),
		// An advertise address on loopback is refused; with no endpoint
		// reconciler none is needed.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range="+serviceCIDR,
		"--tls-cert-file="+pki("server.crt"),
		"--tls-private-key-file="+pki("server.key"),
		"--client-ca-file="+pki("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+pki("sa.key"),
		"--service-account-signing-key-file="+pki("sa.key"),
		"--authorization-mode=RBAC",
		"--kubelet-certificate-authority="+pki("ca.crt"),
		"--kubelet-client-certificate="+pki("kubelet-client.crt"),
		"--kubelet-client-key="+pki("kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--profiling=false",
	)
	return err
}

func (c *ControlPlane) start(name string, flags ...string) (*process.Process, error) {
	log, err := os.Create(filepath.Join(c.options.LogDir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return c.options.Spawner.Start(process.Spec{
		Path:   c.options.Self,
		Args:   append([]string{name}, flags...),
		Env:    []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"},
		Dir:    c.options.Dir,
		Output: log,
	})
}

// waitReady polls /readyz until it answers 200 or a server has ended.
func (c *ControlPlane) waitReady(ctx context.Context) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA)
	client := &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true},
	}
	deadline := time.Now().Add(readyTimeout)
	for time.Now().Before(deadline) {
		if response, err := client.Get(c.Server + "/readyz"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.etcd.Done():
			return c.ended("etcd", c.etcd)
		case <-c.api.Done():
			return c.ended("kube-apiserver", c.api)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("kube-apiserver is not ready after %s, see %s", readyTimeout, filepath.Join(c.options.LogDir, "kube-apiserver.log"))
}

func (c *ControlPlane) ended(name string, p *process.Process) error {
	return fmt.Errorf("%s ended by itself (%s), see %s", name, p.Exit(), filepath.Join(c.options.LogDir, name+".log"))
}

// Failed blocks until ctx ends, giving nil, or one of the servers ends by
// itself, giving the reason.
func (c *ControlPlane) Failed(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-c.etcd.Done():
		return c.ended("etcd", c.etcd)
	case <-c.api.Done():
		return c.ended("kube-apiserver", c.api)
	}
}

// Stop stops kube-apiserver and then etcd. Signalled together they wait for
// each other.
func (c *ControlPlane) Stop() {
	for _, p := range []*process.Process{c.api, c.etcd} {
		if p != nil {
			p.Stop(stopTimeout)
		}
	}
}

// Config is the administrator's client configuration, without client-side
// rate limits: there is one user and the server has its own.
func (c *ControlPlane) Config(userAgent string) *rest.Config {
	return &rest.Config{
		Host:      c.Server,
		QPS:       -1,
		UserAgent: userAgent,
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   c.CA,
			CertData: c.certificates.admin.certificate,
			KeyData:  c.certificates.admin.key,
		},
	}
}

// Client is a typed client with the administrator's rights.
func (c *ControlPlane) Client(userAgent string) (kubernetes.Interface, error) {
	return kubernetes.NewForConfig(c.Config(userAgent))
}

// KubeletTLS is the serving side of the node: it asks for, and checks, the
// API server's client certificate.
func (c *ControlPlane) KubeletTLS() (*tls.Config, error) {
	certificate, err := tls.X509KeyPair(c.certificates.kubelet.certificate, c.certificates.kubelet.key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("the certificate authority is unreadable")
	}
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
	}, nil
}

// WriteKubeconfig writes the administrator's kubeconfig, readable by the
// owner alone.
func (c *ControlPlane) WriteKubeconfig(path string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["embedded"] = &clientcmdapi.Cluster{Server: c.Server, CertificateAuthorityData: c.CA}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{
		ClientCertificateData: c.certificates.admin.certificate,
		ClientKeyData:         c.certificates.admin.key,
	}
	config.Contexts["embedded"] = &clientcmdapi.Context{Cluster: "embedded", AuthInfo: "admin"}
	config.CurrentContext = "embedded"
	return clientcmd.WriteToFile(*config, path)
}
