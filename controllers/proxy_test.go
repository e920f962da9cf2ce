package controllers

import (
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// proxy stands before PostgreSQL, so that a test can stop and start the server as it sees it without touching anyone
// else's.
type proxy struct {
	t       *testing.T
	target  string
	address string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
}

func newProxy(t *testing.T, target tenantdb.Endpoint) *proxy {
	t.Helper()
	p := &proxy{t: t, target: net.JoinHostPort(target.Host, strconv.Itoa(target.Port)), address: "127.0.0.1:0", open: map[net.Conn]bool{}}
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *proxy) start() {
	p.t.Helper()
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.listener, p.address = listener, listener.Addr().String()
	p.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go p.carry(from)
		}
	}()
}

func (p *proxy) carry(from net.Conn) {
	to, err := net.Dial("tcp", p.target)
	if err != nil {
		_ = from.Close()
		return
	}
	p.mu.Lock()
	p.open[from], p.open[to] = true, true
	p.mu.Unlock()
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

// stop refuses connections and breaks those that are open.
func (p *proxy) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listener.Close()
	for connection := range p.open {
		_ = connection.Close()
		delete(p.open, connection)
	}
}

func (p *proxy) port() int32 {
	_, text, _ := net.SplitHostPort(p.address)
	number, _ := strconv.Atoi(text)
	return int32(number)
}

// provisionAt is provision with the PostgresServer behind the proxy; the directory is reached directly.
func (w *world) provisionAt(p *proxy) string {
	w.t.Helper()
	w.declareServer(func(server *v1alpha1.PostgresServer) { server.Spec.Host, server.Spec.Port = "127.0.0.1", p.port() })
	w.declareCounty()
	w.converge()
	town := w.declareTown("101")
	w.converge()
	return town
}
