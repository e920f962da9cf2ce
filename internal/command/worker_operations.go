package command

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// workerOperations is the port of kubelets and of Prometheus: /livez, /readyz, /metrics.
type workerOperations struct {
	ready    func(ctx context.Context) error
	figures  http.Handler
	draining atomic.Bool
}

func (o *workerOperations) drain() { o.draining.Store(true) }

// ServeHTTP answers the three paths.
func (o *workerOperations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, text := http.StatusOK, "ok\n"
	switch r.URL.Path {
	case "/livez":
	case "/readyz":
		if o.draining.Load() {
			status, text = http.StatusServiceUnavailable, "stopping\n"
		} else if err := o.ready(r.Context()); err != nil {
			status, text = http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n" // only probes and administrators read this port
		}
	case "/metrics":
		o.figures.ServeHTTP(w, r)
		return
	default:
		status, text = http.StatusNotFound, "here are /livez, /readyz and /metrics\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a prober that has gone has no reader
}

// workerFigures counts what the worker did. Tenants are counted, not named: a label each would make thousands of series.
type workerFigures struct {
	registry *prometheus.Registry
	visits   *prometheus.CounterVec // tenants visited, by result
	done     *prometheus.CounterVec // things done, by errand
	seconds  *prometheus.HistogramVec
	latest   *prometheus.GaugeVec // by county, the end of the last round in which nothing failed

	broken *prometheus.CounterVec // rounds in which a unit's record was found broken, by county

	deliveries *prometheus.CounterVec // attempts to deliver a notice, by channel and result
}

func newWorkerFigures() *workerFigures {
	f := &workerFigures{
		registry: prometheus.NewRegistry(),
		visits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tiaojie_worker_tenants_total", Help: "Tenants visited, by result: done, skipped or failed.",
		}, []string{"result"}),
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tiaojie_worker_done_total", Help: "What was done, by errand.",
		}, []string{"errand"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tiaojie_worker_county_seconds", Help: "Time of one round through a county, by result: done or failed.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 120},
		}, []string{"result"}),
		latest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tiaojie_worker_county_last_done_seconds", Help: "When the last whole round through the county ended, Unix time.",
		}, []string{"county"}),
	}
	f.deliveries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tiaojie_worker_deliveries_total", Help: "Attempts to deliver a notice, by channel and result: sent, failed (tried again) or dead (given up).",
	}, []string{"channel", "result"})
	f.broken = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tiaojie_worker_records_broken_total", Help: "Times that the sealed record of the county or of one of its tenants was found broken; audit verify says where.",
	}, []string{"county"})
	f.registry.MustRegister(f.broken, f.deliveries, f.visits, f.done, f.seconds, f.latest, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return f
}

func (f *workerFigures) handler() http.Handler {
	return promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{})
}
