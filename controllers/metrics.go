package controllers

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// instruments are the operator's own metrics. Labels are bounded: no resource's name is one.
type instruments struct {
	steps     *prometheus.HistogramVec
	applies   *prometheus.CounterVec
	drift     *prometheus.CounterVec
	breaker   *prometheus.GaugeVec
	ddl       *prometheus.GaugeVec
	directory prometheus.Gauge
	last      *prometheus.GaugeVec
}

func newInstruments(registry prometheus.Registerer, reader client.Reader) (*instruments, error) {
	m := &instruments{
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tiaojie_step_duration_seconds", Help: "How long a step of a reconcile took.",
			Buckets: []float64{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30},
		}, []string{"kind", "step", "result"}),
		applies: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tiaojie_applied_objects_total", Help: "Objects sent to the cluster because they were not as desired."},
			[]string{"kind"}),
		drift: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tiaojie_drift_repaired_total", Help: "Things changed by hand that were put right."}, []string{"kind", "where"}),
		breaker: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tiaojie_postgres_breaker_open", Help: "1 while a PostgresServer is not tried because it failed."}, []string{"server"}),
		ddl: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tiaojie_ddl_inflight", Help: "Provisioning steps running in PostgreSQL now."}, []string{"server"}),
		directory: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tiaojie_directory_ready", Help: "1 while the directory database and the installation's Secrets are usable."}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tiaojie_last_success_timestamp_seconds", Help: "When a resource of the kind was last reconciled to the end."},
			[]string{"kind"}),
	}
	for _, collector := range []prometheus.Collector{
		m.steps, m.applies, m.drift, m.breaker, m.ddl, m.directory, m.last, &conditionCount{reader: reader}} {
		if err := registry.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *instruments) step(kind, name string, err error, took time.Duration) {
	result := "done"
	var out *outcome
	if err != nil {
		result = "error"
		if errors.As(err, &out) {
			result = "waiting"
			if out.stalled {
				result = "stalled"
			}
		}
	}
	m.steps.WithLabelValues(kind, name, result).Observe(took.Seconds())
}

func (m *instruments) applied(kind string)         { m.applies.WithLabelValues(kind).Inc() }
func (m *instruments) repaired(kind, where string) { m.drift.WithLabelValues(kind, where).Inc() }
func (m *instruments) succeeded(kind string)       { m.last.WithLabelValues(kind).SetToCurrentTime() }

// conditionCount counts the resources by condition at each scrape, from the cache.
type conditionCount struct{ reader client.Reader }

func conditionDesc() *prometheus.Desc {
	return prometheus.NewDesc("tiaojie_resources", "Resources by kind, condition and its status.",
		[]string{"kind", "condition", "status"}, nil)
}

// Describe implements prometheus.Collector.
func (c *conditionCount) Describe(ch chan<- *prometheus.Desc) { ch <- conditionDesc() }

// Collect implements prometheus.Collector.
func (c *conditionCount) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts := map[[3]string]int{}
	add := func(kind string, conditions []metav1.Condition) {
		for _, condition := range conditions {
			counts[[3]string{kind, condition.Type, string(condition.Status)}]++
		}
	}
	var servers v1alpha1.PostgresServerList
	var counties v1alpha1.CountyList
	var towns v1alpha1.TownshipList
	for _, list := range []client.ObjectList{&servers, &counties, &towns} {
		if err := c.reader.List(ctx, list); err != nil {
			return
		}
	}
	for i := range servers.Items {
		add("PostgresServer", servers.Items[i].Status.Conditions)
	}
	for i := range counties.Items {
		add("County", counties.Items[i].Status.Conditions)
	}
	for i := range towns.Items {
		add("Township", towns.Items[i].Status.Conditions)
	}
	for key, count := range counts {
		ch <- prometheus.MustNewConstMetric(conditionDesc(), prometheus.GaugeValue, float64(count), key[0], key[1], key[2])
	}
}
