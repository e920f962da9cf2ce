package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tiaojie.dev/tiaojie/internal/identity"
)

// figures gives what a verifier shows at /metrics: name and outcome of each figure, and its value.
func figures(t *testing.T, v *identity.Verifier) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(v.Figures())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := strings.TrimPrefix(family.GetName(), "tiaojie_issuer_")
			for _, label := range metric.GetLabel() {
				if label.GetName() == "outcome" {
					name += " " + label.GetValue()
				}
			}
			found[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	return found
}

func TestFigures_sayHowItStandsWithAnIssuer(t *testing.T) {
	key := newES256(t, "k1")
	p, c := newProvider(t, key), &clock{now: noon}
	v := newVerifier(t, identity.Config{Issuer: p.URL, Now: c.time})
	if found := figures(t, v); len(found) != 2 || found["key_fetches_total done"] != 0 {
		t.Fatalf("before the first token nothing is known: %v", found)
	}
	p.down.Store(true)
	if _, err := v.Verify(t.Context(), p.token(t, key, "a")); err == nil {
		t.Fatal("without keys no token is believed")
	}
	if found := figures(t, v); found["reachable"] != 0 || found["key_fetches_total failed"] != 1 || len(found) != 3 {
		t.Fatalf("an issuer that is away, and no keys of it: %v", found)
	}
	p.down.Store(false)
	c.move(31 * time.Second)
	if _, err := v.Verify(t.Context(), p.token(t, key, "a")); err != nil {
		t.Fatal(err)
	}
	c.move(time.Minute)
	if found := figures(t, v); found["reachable"] != 1 || found["keys_age_seconds"] != 60 || found["key_fetches_total done"] != 1 {
		t.Fatalf("an issuer that is back: %v", found)
	}
}

func TestFigures_leaveOutIssuersWhoseKeysAreConfigured(t *testing.T) {
	key := newES256(t, "k1")
	v := newVerifier(t, identity.Config{Issuer: issuer, JWKS: keySetOf(t, key)})
	if found := figures(t, v); len(found) != 0 {
		t.Fatalf("nothing is ever fetched: %v", found)
	}
}
