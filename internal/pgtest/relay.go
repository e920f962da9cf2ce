package pgtest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// Relay stands between a test and the real server, so that a test can cut the line or put TLS on it without touching
// the server that other tests use.
type Relay struct {
	listener net.Listener
	target   string
	tls      *tls.Config // nil: bytes pass as they are
	mu       sync.Mutex
	cut      bool
	lines    map[net.Conn]bool
}

// NewRelay opens a line to the test server.
func NewRelay(t testing.TB) *Relay {
	t.Helper()
	return openRelay(t, nil)
}

// NewTLSRelay opens a line that speaks TLS to the client, with a certificate for localhost, and gives the certificate
// of its authority as PEM.
func NewTLSRelay(t testing.TB) (relay *Relay, authority string) {
	t.Helper()
	certificate, pemText := newCertificate(t)
	return openRelay(t, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), pemText
}

func openRelay(t testing.TB, config *tls.Config) *Relay {
	t.Helper()
	server := Superuser(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{listener: listener, target: net.JoinHostPort(server.Host, strconv.Itoa(server.Port)), tls: config, lines: map[net.Conn]bool{}}
	t.Cleanup(func() {
		_ = listener.Close()
		r.Cut()
	})
	go r.serve()
	return r
}

// Through gives the address with the relay in place of the server.
func (r *Relay) Through(address postgres.Address) postgres.Address {
	address.Host, address.Port = "127.0.0.1", r.listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	return address
}

// Cut breaks all connections and refuses new ones, as a server that went away.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for line := range r.lines {
		_ = line.Close()
	}
	r.lines = map[net.Conn]bool{}
}

// Mend lets connections through again.
func (r *Relay) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}

func (r *Relay) serve() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.pass(client)
	}
}

func (r *Relay) keep(line net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		_ = line.Close()
		return false
	}
	r.lines[line] = true
	return true
}

func (r *Relay) pass(client net.Conn) {
	if !r.keep(client) {
		return
	}
	defer func() { _ = client.Close() }()
	if r.tls != nil {
		// SSLRequest (PostgreSQL protocol, message formats): length 8, code 80877103; the answer S begins TLS.
		request := make([]byte, 8)
		if _, err := io.ReadFull(client, request); err != nil || !bytes.Equal(request, []byte{0, 0, 0, 8, 4, 210, 22, 47}) {
			return
		}
		if _, err := client.Write([]byte("S")); err != nil {
			return
		}
		client = tls.Server(client, r.tls)
	}
	// Not the test's context: it ends before the test's cleanups, which may still use the line.
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", r.target)
	if err != nil || !r.keep(server) {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

func newCertificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(text)
}
