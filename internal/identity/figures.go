package identity

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Figures shows how an installation stands with its issuers: whether the last fetch of their keys succeeded, how old the
// keys are that tokens are checked with, and how often keys were fetched. Issuers whose keys are configured never change
// and are not shown.
type Figures struct {
	verifier                *Verifier
	reachable, age, fetches *prometheus.Desc
}

// Figures are a collector for /metrics.
func (v *Verifier) Figures() *Figures {
	issuer := []string{"issuer"}
	return &Figures{
		verifier: v,
		reachable: prometheus.NewDesc("tiaojie_issuer_reachable",
			"1 when the last fetch of the issuer's keys succeeded, else 0; tokens are then checked with the keys at hand.", issuer, nil),
		age:     prometheus.NewDesc("tiaojie_issuer_keys_age_seconds", "Age of the issuer's keys that tokens are checked with.", issuer, nil),
		fetches: prometheus.NewDesc("tiaojie_issuer_key_fetches_total", "Fetches of the issuer's keys, by outcome.", append(issuer, "outcome"), nil),
	}
}

// Describe names the figures.
func (f *Figures) Describe(to chan<- *prometheus.Desc) {
	to <- f.reachable
	to <- f.age
	to <- f.fetches
}

// Collect reads them.
func (f *Figures) Collect(to chan<- prometheus.Metric) {
	for _, name := range f.verifier.followed() {
		state := f.verifier.issuers[name].keys.state()
		if !state.tried.IsZero() {
			to <- prometheus.MustNewConstMetric(f.reachable, prometheus.GaugeValue, state.reachable(), name)
		}
		if !state.fetched.IsZero() {
			to <- prometheus.MustNewConstMetric(f.age, prometheus.GaugeValue, f.verifier.now().Sub(state.fetched).Seconds(), name)
		}
		to <- prometheus.MustNewConstMetric(f.fetches, prometheus.CounterValue, float64(state.done), name, "done")
		to <- prometheus.MustNewConstMetric(f.fetches, prometheus.CounterValue, float64(state.failed), name, "failed")
	}
}

// followed are the issuers whose keys are fetched, from them or from a file, by name.
func (v *Verifier) followed() []string {
	var names []string
	for name, issuer := range v.issuers {
		if issuer.keys.fetch != nil {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// keyState is what a key set knows of its fetches.
type keyState struct {
	fetched, tried time.Time
	failure        error
	done, failed   int
}

func (s keyState) reachable() float64 {
	if s.failure != nil {
		return 0
	}
	return 1
}

func (s *keySet) state() keyState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return keyState{fetched: s.fetched, tried: s.tried, failure: s.failure, done: s.done, failed: s.failed}
}
