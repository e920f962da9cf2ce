package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// wire is a loopback forwarder to PostgreSQL that a test can cut: the server stays up for everybody else.
type wire struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	cut      bool
	open     []net.Conn
}

func newWire(t testing.TB, host string, port int) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, target: net.JoinHostPort(host, fmt.Sprint(port))}
	t.Cleanup(func() { listener.Close(); w.set(true) })
	go w.accept()
	return w
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.target)
		w.mu.Lock()
		if err != nil || w.cut {
			near.Close()
			if far != nil {
				far.Close()
			}
			w.mu.Unlock()
			continue
		}
		w.open = append(w.open, near, far)
		w.mu.Unlock()
		go func() { _, _ = io.Copy(far, near); far.Close() }()
		go func() { _, _ = io.Copy(near, far); near.Close() }()
	}
}

// set cuts the wire, ending what is open, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, conn := range w.open {
			conn.Close()
		}
		w.open = nil
	}
}

// unplugged is a dedicated instance that has never reached its database, and the line that it needs.
func (w *world) unplugged() (*httptest.Server, *wire) {
	w.t.Helper()
	dedicated, line := w.unpluggedBackend()
	return w.serve(dedicated), line
}

func (w *world) unpluggedBackend() (*postgres.Dedicated, *wire) {
	w.t.Helper()
	address := w.here.AsSlot(w.town)
	line := newWire(w.t, address.Host, address.Port)
	address.Host, address.Port = "127.0.0.1", line.listener.Addr().(*net.TCPAddr).Port
	line.set(true)
	dedicated, err := postgres.NewDedicated(context.Background(), postgres.DedicatedConfig{
		Tenant: w.town, Database: address, DataKeys: w.here.DataKeys(w.town), CountyKey: w.here.CountyKey()})
	if err != nil {
		w.t.Fatalf("an instance must start without its database: %v", err)
	}
	w.t.Cleanup(dedicated.Close)
	return dedicated, line
}

// TestAPI_databaseOutage: the database goes away under a running dedicated instance and comes back.
func TestAPI_databaseOutage(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("停电")
	dedicated, line := w.unpluggedBackend()
	server, ready := w.serve(dedicated), readiness(t, dedicated)
	down := func() {
		t.Helper()
		for _, as := range []string{"director", "administrator"} {
			got := w.send(server, request{method: "GET", path: path, as: as}).problem(t, http.StatusServiceUnavailable, "database")
			if strings.Contains(got.body, "127.0.0.1") || strings.Contains(got.body, "dial") || got.header.Get("Retry-After") == "" {
				t.Errorf("%v %s", got.header, got.body)
			}
		}
		w.send(server, request{method: "GET", path: "/v1/codes", as: "director"}).want(t, http.StatusOK)
	}
	down()
	if got := ready(); got != http.StatusServiceUnavailable {
		t.Errorf("ready without ever having seen the schema's version: %d", got)
	}
	line.set(false)
	w.send(server, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK)
	if got := ready(); got != http.StatusOK {
		t.Errorf("not ready with a database: %d", got)
	}
	line.set(true)
	down()
	if got := ready(); got != http.StatusOK {
		t.Errorf("an outage took the instance out of service, where it answers with a problem: %d", got)
	}
	line.set(false)
	w.send(server, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK)
}

// readiness asks an operations port in front of the backend.
func readiness(t *testing.T, backend httpapi.Backend) func() int {
	t.Helper()
	api, err := httpapi.New(httpapi.Config{Backend: backend, Verifier: anyone{}})
	if err != nil {
		t.Fatal(err)
	}
	port := httptest.NewServer(api.Operations())
	t.Cleanup(port.Close)
	return func() int { return ask(t, port, "/readyz").status }
}
