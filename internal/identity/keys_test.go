package identity_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// provider is an identity provider on loopback whose keys and health the test decides.
type provider struct {
	*httptest.Server
	keys    atomic.Value // string
	down    atomic.Bool
	fetches atomic.Int64
}

func newProvider(t *testing.T, keys ...signingKey) *provider {
	t.Helper()
	p := &provider{}
	p.keys.Store(keySetOf(t, keys...))
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case p.down.Load():
			w.WriteHeader(http.StatusBadGateway)
		case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
			text, err := json.Marshal(map[string]any{"issuer": p.URL, "jwks_uri": p.URL + "/keys",
				"authorization_endpoint": p.URL + "/a", "token_endpoint": p.URL + "/t"})
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/json")
			if _, err := w.Write(text); err != nil {
				t.Error(err)
			}
		case r.URL.Path == "/keys":
			p.fetches.Add(1)
			if _, err := w.Write([]byte(p.keys.Load().(string))); err != nil {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func (p *provider) token(t *testing.T, key signingKey, subject string) string {
	t.Helper()
	return key.sign(t, "at+jwt", with(map[string]any{"iss": p.URL, "sub": subject, "exp": noon.Add(24 * time.Hour).Unix()}))
}

func TestKeySet_discoversAndFollowsRotation(t *testing.T) {
	old, young := newES256(t, "old"), newES256(t, "young")
	p, c := newProvider(t, old), &clock{now: noon}
	v := newVerifier(t, identity.Config{Issuer: p.URL, Now: c.time})

	if _, err := v.Verify(t.Context(), p.token(t, old, "a")); err != nil {
		t.Fatalf("the first token makes the keys be fetched: %v", err)
	}
	p.keys.Store(keySetOf(t, young))
	if _, err := v.Verify(t.Context(), p.token(t, young, "b")); mediation.CodeOf(err) != "token-signature" {
		t.Fatalf("fetched again within half a minute: %v", err)
	}
	c.move(31 * time.Second)
	if _, err := v.Verify(t.Context(), p.token(t, young, "b")); err != nil {
		t.Fatalf("half a minute later the new key is found: %v", err)
	}
	if _, err := v.Verify(t.Context(), p.token(t, old, "c")); mediation.CodeOf(err) != "token-signature" {
		t.Fatalf("a key that the issuer withdrew is refused: %v", err)
	}
}

func TestKeySet_unknownKidsCannotFloodTheIssuer(t *testing.T) {
	key := newES256(t, "k1")
	p, c := newProvider(t, key), &clock{now: noon}
	v := newVerifier(t, identity.Config{Issuer: p.URL, Now: c.time})
	forged := p.token(t, newES256(t, "made-up"), "x")
	for range 50 {
		if _, err := v.Verify(t.Context(), forged); err == nil {
			t.Fatal("a forged token is believed")
		}
	}
	if n := p.fetches.Load(); n != 1 {
		t.Fatalf("50 forged tokens made %d fetches, want 1", n)
	}
}

func TestKeySet_concurrentFirstTokensWaitForOneFetch(t *testing.T) {
	key := newES256(t, "k1")
	p := newProvider(t, key)
	v := newVerifier(t, identity.Config{Issuer: p.URL})
	token := p.token(t, key, "a")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := p.fetches.Load(); n != 1 {
		t.Fatalf("%d fetches, want 1", n)
	}
}

func TestKeySet_outageOfTheIssuer(t *testing.T) {
	key := newES256(t, "k1")
	p, c := newProvider(t, key), &clock{now: noon}
	v := newVerifier(t, identity.Config{Issuer: p.URL, Now: c.time})
	p.down.Store(true)
	_, err := v.Verify(t.Context(), p.token(t, key, "a"))
	if mediation.KindOf(err) != mediation.Unavailable || mediation.CodeOf(err) != "issuer" {
		t.Fatalf("without keys nobody can be told apart, which is our trouble and not the client's: %v", err)
	}
	p.down.Store(false)
	c.move(31 * time.Second)
	if _, err := v.Verify(t.Context(), p.token(t, key, "a")); err != nil {
		t.Fatalf("the issuer is back: %v", err)
	}
	p.down.Store(true)
	c.move(2 * time.Hour)
	if _, err := v.Verify(t.Context(), p.token(t, key, "b")); err != nil {
		t.Fatalf("keys once fetched outlive an outage: %v", err)
	}
}

func TestKeySet_developmentKeysOfAnIssuerAreRefused(t *testing.T) {
	key := newES256(t, identity.DevelopmentPrefix+"x")
	p := newProvider(t, key)
	token := p.token(t, key, "a")
	if _, err := newVerifier(t, identity.Config{Issuer: p.URL}).Verify(t.Context(), token); err == nil {
		t.Fatal("believed")
	}
	allowed := newVerifier(t, identity.Config{Issuer: p.URL, AllowDevelopmentKeys: true})
	if _, err := allowed.Verify(t.Context(), token); err != nil {
		t.Fatalf("allowed by configuration: %v", err)
	}
}
