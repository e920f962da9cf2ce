package httpapi

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Operations is the port of kubelets and of Prometheus: /livez, /readyz, /metrics. It never serves client apps.
type Operations struct {
	api      *API
	draining atomic.Bool
}

// Operations returns the handler of the second port.
func (a *API) Operations() *Operations { return &Operations{api: a} }

// Drain turns readiness off, so that no new requests are sent here while the last ones end.
func (o *Operations) Drain() { o.draining.Store(true) }

// ServeHTTP answers the three paths.
func (o *Operations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/livez":
		say(w, http.StatusOK, "ok\n")
	case "/readyz":
		o.ready(w, r)
	case "/metrics":
		o.api.metrics.handler().ServeHTTP(w, r)
	default:
		say(w, http.StatusNotFound, "here are /livez, /readyz and /metrics\n")
	}
}

// ready is about this process only: a database that is down is answered with a 503 problem by the operations, and
// taking the pod out of the Service would only replace that answer with a worse one.
func (o *Operations) ready(w http.ResponseWriter, r *http.Request) {
	if o.draining.Load() {
		say(w, http.StatusServiceUnavailable, "stopping\n")
		return
	}
	if err := o.api.backend.Ready(r.Context()); err != nil {
		say(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n") // only probes and administrators read this port
		return
	}
	say(w, http.StatusOK, "ok\n")
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := io.WriteString(w, text); err != nil {
		return // the prober has gone
	}
}
