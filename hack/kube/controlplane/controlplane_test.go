package controlplane

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestNetworksNeverOverlap(t *testing.T) {
	taken := map[string]bool{}
	for range 20 {
		n, err := ReserveNetwork()
		if err != nil {
			t.Fatal(err)
		}
		defer n.Release()
		if taken[n.CIDR()] {
			t.Fatalf("%s was given twice", n.CIDR())
		}
		taken[n.CIDR()] = true
		if n.second == 0 {
			t.Error("127.0.0.0/16 belongs to the machine")
		}
	}
}

func TestReleasedNetworkIsFreeAgain(t *testing.T) {
	for range 3 * 220 {
		n, err := ReserveNetwork()
		if err != nil {
			t.Fatal(err)
		}
		n.Release()
	}
}

func TestPodAddressesAreDistinctAndInTheNetwork(t *testing.T) {
	n := &Network{second: 77}
	_, network, err := net.ParseCIDR(n.CIDR())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{n.NodeIP(): true}
	for number := 1; number <= Pods; number++ {
		text := n.PodIP(number)
		ip := net.ParseIP(text)
		if ip == nil || !network.Contains(ip) || seen[text] || ip.To4()[3] == 0 || ip.To4()[3] == 255 {
			t.Fatalf("address %d is %s", number, text)
		}
		seen[text] = true
	}
}

func TestFreePortPrefersTheUsualOne(t *testing.T) {
	listener, err := net.Listen("tcp", "127.9.9.9:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := listener.Addr().(*net.TCPAddr).Port
	if port, err := freePort("127.9.9.9", taken); err != nil || port == taken {
		t.Errorf("taken port: got %d, %v; want another", port, err)
	}
	listener.Close()
	if port, err := freePort("127.9.9.9", taken); err != nil || port != taken {
		t.Errorf("free port: got %d, %v; want %d", port, err, taken)
	}
}

func TestCertificatesServeTheirPurpose(t *testing.T) {
	c, err := newCertificates("127.88.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.authority.pem)
	cases := map[string]struct {
		pair   pair
		usage  x509.ExtKeyUsage
		name   string
		reason string
	}{
		"ServerByAddress": {c.server, x509.ExtKeyUsageServerAuth, "127.88.0.1", "clients reach the API server by its loopback address"},
		"ServerByName":    {c.server, x509.ExtKeyUsageServerAuth, "kubernetes.default.svc", "and programs in a pod by the usual name"},
		"Kubelet":         {c.kubelet, x509.ExtKeyUsageServerAuth, "127.88.0.1", "the API server fetches logs by the node's address"},
		"Admin":           {c.admin, x509.ExtKeyUsageClientAuth, "", "the administrator's kubeconfig"},
		"KubeletClient":   {c.kubeletClient, x509.ExtKeyUsageClientAuth, "", "the log server checks its caller"},
	}
	for name, k := range cases {
		parsed, err := tls.X509KeyPair(k.pair.certificate, k.pair.key)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = parsed.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: k.name, KeyUsages: []x509.ExtKeyUsage{k.usage}})
		if err != nil {
			t.Errorf("%s (%s): %v", name, k.reason, err)
		}
	}
}

func TestKeysAreReadableByTheOwnerAlone(t *testing.T) {
	c, err := newCertificates("127.88.0.1")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if err := c.write(dir); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %d files", err, len(list))
	}
	for _, entry := range list {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", entry.Name(), info.Mode(), err)
		}
	}
}
