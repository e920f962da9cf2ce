package httpapi_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
)

// provider is an issuer on loopback whose keys the product fetches over HTTP; its fetches are counted.
type provider struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	keys    map[string]*ecdsa.PrivateKey // published, by kid
	fetches atomic.Int64
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, keys: map[string]*ecdsa.PrivateKey{"k1": newKey(t)}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"authorization_endpoint":%q,"token_endpoint":%q}`, p.URL, p.URL+"/keys", p.URL+"/a", p.URL+"/t")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		p.mu.Lock()
		defer p.mu.Unlock()
		var set jose.JSONWebKeySet
		for kid, key := range p.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"})
		}
		if err := json.NewEncoder(w).Encode(set); err != nil {
			t.Error(err)
		}
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// claims are a good token's of this provider, with changes; a nil value takes a claim away.
func (p *provider) claims(changes map[string]any) map[string]any {
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "sub": "zhang", "aud": audience, "exp": now.Add(time.Hour).Unix(), "iat": now.Unix()}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// token is signed with the provider's key of that id.
func (p *provider) token(kid string, changes map[string]any) string {
	p.t.Helper()
	p.mu.Lock()
	key := p.keys[kid]
	p.mu.Unlock()
	return sign(p.t, jose.ES256, key, kid, p.claims(changes))
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("at+jwt").WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// publicKey is a key as a careless library takes it for a shared secret.
func publicKey(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// believing serves a shared and a dedicated instance that believe the staff's issuer and the partners'.
func believing(w *world, staff, partners *provider) map[string]*httptest.Server {
	w.t.Helper()
	servers := map[string]*httptest.Server{}
	for name, backend := range map[string]httpapi.Backend{"shared": w.openShared(), "dedicated": w.openDedicated(w.other)} {
		verifier, err := identity.New(identity.Config{Issuer: staff.URL, Audience: audience, Now: w.now,
			More: []identity.Issuer{{Issuer: partners.URL, Audience: "partners", Services: true}}})
		w.must(err)
		api, err := httpapi.New(httpapi.Config{Backend: backend, Verifier: verifier, Now: w.now})
		w.must(err)
		servers[name] = httptest.NewServer(api.Handler())
		w.t.Cleanup(servers[name].Close)
	}
	return servers
}

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token}
}

// refused are tokens that must not be believed, of two issuers whose keys are fetched and have the same id.
func refused(t *testing.T, staff, partners *provider) map[string]struct{ token, code string } {
	hour := time.Hour
	mixed := sign(t, jose.ES256, partners.keys["k1"], "k1", staff.claims(nil))
	hmac := sign(t, jose.HS256, publicKey(t, staff.keys["k1"].Public()), "k1", staff.claims(nil))
	return map[string]struct{ token, code string }{
		"garbage":                                {"x.y.z", "token-malformed"},
		"no JWT at all":                          {"0123456789abcdef", "token-malformed"},
		"expired":                                {staff.token("k1", map[string]any{"exp": time.Now().Add(-hour).Unix()}), "token-expired"},
		"without an end":                         {staff.token("k1", map[string]any{"exp": nil}), "token-invalid"},
		"not yet valid":                          {staff.token("k1", map[string]any{"nbf": time.Now().Add(hour).Unix()}), "token-not-yet-valid"},
		"issued tomorrow":                        {staff.token("k1", map[string]any{"iat": time.Now().Add(24 * hour).Unix()}), "token-not-yet-valid"},
		"of another audience":                    {staff.token("k1", map[string]any{"aud": "mediator-app"}), "token-audience"},
		"without an audience":                    {staff.token("k1", map[string]any{"aud": nil}), "token-audience"},
		"of another issuer":                      {staff.token("k1", map[string]any{"iss": "https://elsewhere.example"}), "token-issuer"},
		"without an issuer":                      {staff.token("k1", map[string]any{"iss": nil}), "token-issuer"},
		"of nobody":                              {staff.token("k1", map[string]any{"sub": ""}), "token-invalid"},
		"with claims of other types":             {staff.token("k1", map[string]any{"sub": 7}), "token-malformed"},
		"an ID token":                            {staff.token("k1", map[string]any{"at_hash": "x"}), "token-type"},
		"alg none":                               {"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ." + strings.Split(mixed, ".")[1] + ".", "token-malformed"},
		"HS256 with the public key":              {hmac, "token-malformed"},
		"signed by the other issuer's same id":   {mixed, "token-signature"},
		"of the staff with partners' audience":   {staff.token("k1", map[string]any{"aud": "partners"}), "token-audience"},
		"of partners with the staff's audience":  {partners.token("k1", nil), "token-audience"},
		"9 KiB":                                  {staff.token("k1", map[string]any{"more": strings.Repeat("x", 9<<10)}), "token-too-large"},
		"of a key that the issuer never had":     {sign(t, jose.ES256, newKey(t), "k9", staff.claims(nil)), "token-signature"},
		"of a key without an id, never had":      {sign(t, jose.ES256, newKey(t), "", staff.claims(nil)), "token-signature"},
		"as someone who calls themself by a NUL": {staff.token("k1", map[string]any{"sub": "zhang\x00"}), "token-invalid"},
	}
}

// TestAPI_tokenDrill: every token that must not be believed is a 401 with a challenge of RFC 6750, and the answer tells
// neither the token nor who its issuer is, nor what looked at it.
func TestAPI_tokenDrill(t *testing.T) {
	w := newWorld(t)
	staff, partners := newProvider(t), newProvider(t)
	cases := refused(t, staff, partners)
	t.Logf("%d attempts with tokens of fetched keys that must not be believed", 2*len(cases))
	for where, server := range believing(w, staff, partners) {
		for name, c := range cases {
			got := w.send(server, request{method: "GET", path: "/v1/me", header: bearer(c.token)}).problem(t, http.StatusUnauthorized, c.code)
			challenge := got.header.Get("WWW-Authenticate")
			if !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `error="invalid_token"`) {
				t.Errorf("%s, %s: challenge %q", where, name, challenge)
			}
			for _, told := range []string{c.token, staff.Listener.Addr().String(), partners.Listener.Addr().String(), "jose", "square", "k9", ".go"} {
				if strings.Contains(got.body+challenge, told) {
					t.Errorf("%s, %s: the answer tells %q: %s", where, name, told, got.body)
				}
			}
		}
		for name, token := range map[string]string{"of the staff": staff.token("k1", nil), "of partners": partners.token("k1", map[string]any{"aud": "partners"})} {
			if got := w.send(server, request{method: "GET", path: "/v1/me", header: bearer(token)}); got.status != http.StatusOK {
				t.Errorf("%s: a good token %s: %d %s", where, name, got.status, got.body)
			}
		}
		w.send(server, request{method: "GET", path: "/v1/me", header: bearer(strings.Repeat("x", 64<<10))}).
			problem(t, http.StatusRequestHeaderFieldsTooLarge, "headers-too-large")
	}
}

// TestAPI_tokensOfARotatedKey: the new key is found within half a minute, the old one counts while it is published.
func TestAPI_tokensOfARotatedKey(t *testing.T) {
	w := newWorld(t)
	staff, partners := newProvider(t), newProvider(t)
	server := believing(w, staff, partners)["shared"]
	me := func(token string) answer {
		return w.send(server, request{method: "GET", path: "/v1/me", header: bearer(token)})
	}
	old := staff.token("k1", nil)
	late := staff.token("k1", map[string]any{"sub": "li"})
	me(old).want(t, http.StatusOK)
	staff.mu.Lock()
	staff.keys["k2"] = newKey(t)
	staff.mu.Unlock()
	w.ahead.Add(int64(31 * time.Second))
	me(staff.token("k2", nil)).want(t, http.StatusOK)
	me(old).want(t, http.StatusOK)
	staff.mu.Lock()
	delete(staff.keys, "k1")
	staff.keys["k3"] = newKey(t)
	staff.mu.Unlock()
	w.ahead.Add(int64(31 * time.Second))
	me(staff.token("k3", nil)).want(t, http.StatusOK)
	me(late).problem(t, http.StatusUnauthorized, "token-signature")
}

// TestAPI_floodOfUnknownKeys: whatever ids tokens name, the issuer is asked once in half a minute, and good tokens pass.
func TestAPI_floodOfUnknownKeys(t *testing.T) {
	w := newWorld(t)
	staff, partners := newProvider(t), newProvider(t)
	server := believing(w, staff, partners)["shared"]
	good, forger := staff.token("k1", nil), newKey(t)
	w.send(server, request{method: "GET", path: "/v1/me", header: bearer(good)}).want(t, http.StatusOK)
	w.ahead.Add(int64(31 * time.Second))
	const callers, each = 8, 40
	tokens := make([]string, callers*each)
	for i := range tokens {
		tokens[i] = sign(t, jose.ES256, forger, fmt.Sprintf("made-up-%d", i), staff.claims(nil))
	}
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := range each {
				got, err := w.try(server, request{method: "GET", path: "/v1/me", header: bearer(tokens[caller*each+i])})
				if err != nil || got.status != http.StatusUnauthorized || got.code() != "token-signature" {
					t.Errorf("a made-up key: %d %s %v", got.status, got.body, err)
				}
			}
		})
	}
	group.Wait()
	if fetches := staff.fetches.Load(); fetches != 2 {
		t.Errorf("%d tokens with made-up keys made %d fetches, want the first and one more", len(tokens), fetches)
	}
	w.send(server, request{method: "GET", path: "/v1/me", header: bearer(staff.token("k1", map[string]any{"sub": "li"}))}).want(t, http.StatusOK)
}
