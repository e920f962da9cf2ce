package identity_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	issuer   = "https://id.example"
	audience = "tiaojie"
)

// noon is when every test happens.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// signingKey is a private key with its kid.
type signingKey struct {
	private   any
	kid       string
	algorithm jose.SignatureAlgorithm
}

func newES256(t testing.TB, kid string) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{key, kid, jose.ES256}
}

func (k signingKey) public(t testing.TB) jose.JSONWebKey {
	t.Helper()
	key := jose.JSONWebKey{Key: k.private, KeyID: k.kid, Algorithm: string(k.algorithm), Use: "sig"}
	return key.Public()
}

func keySetOf(t testing.TB, keys ...signingKey) string {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, key := range keys {
		set.Keys = append(set.Keys, key.public(t))
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (k signingKey) sign(t testing.TB, typ string, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: k.algorithm, Key: jose.JSONWebKey{Key: k.private, KeyID: k.kid}}, options)
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

func goodClaims() map[string]any {
	return map[string]any{
		"iss": issuer, "aud": []string{"other", audience}, "sub": "zhang", "name": "张三",
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
}

func with(changes map[string]any) map[string]any {
	claims := goodClaims()
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func newVerifier(t testing.TB, cfg identity.Config) *identity.Verifier {
	t.Helper()
	if cfg.Issuer == "" {
		cfg.Issuer = issuer
	}
	if cfg.Audience == "" {
		cfg.Audience = audience
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return noon }
	}
	v, err := identity.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerifier_Verify(t *testing.T) {
	key, stranger := newES256(t, "k1"), newES256(t, "k1")
	cases := map[string]struct {
		reason string
		token  func() string
		code   string // "" means believed
	}{
		"good":      {"a token of the issuer, for us, in time", func() string { return key.sign(t, "at+jwt", goodClaims()) }, ""},
		"plain JWT": {"many issuers write typ JWT", func() string { return key.sign(t, "JWT", goodClaims()) }, ""},
		"no typ":    {"typ is optional in RFC 7519", func() string { return key.sign(t, "", goodClaims()) }, ""},
		"audience as text": {"aud may be one string", func() string {
			return key.sign(t, "", with(map[string]any{"aud": audience}))
		}, ""},
		"a minute late": {"clocks differ by up to a minute", func() string {
			return key.sign(t, "", with(map[string]any{"exp": noon.Add(-59 * time.Second).Unix()}))
		}, ""},
		"expired": {"later than the skew", func() string {
			return key.sign(t, "", with(map[string]any{"exp": noon.Add(-61 * time.Second).Unix()}))
		}, "token-expired"},
		"no expiry": {"a token that lasts for ever cannot be taken back", func() string {
			return key.sign(t, "", with(map[string]any{"exp": nil}))
		}, "token-invalid"},
		"not yet": {"nbf beyond the skew", func() string {
			return key.sign(t, "", with(map[string]any{"nbf": noon.Add(61 * time.Second).Unix()}))
		}, "token-not-yet-valid"},
		"issued in the future": {"iat beyond the skew", func() string {
			return key.sign(t, "", with(map[string]any{"iat": noon.Add(2 * time.Minute).Unix()}))
		}, "token-not-yet-valid"},
		"other issuer": {"iss is compared byte for byte", func() string {
			return key.sign(t, "", with(map[string]any{"iss": issuer + "/"}))
		}, "token-issuer"},
		"other audience": {"a token for another service opens nothing here", func() string {
			return key.sign(t, "", with(map[string]any{"aud": "mail"}))
		}, "token-audience"},
		"no subject": {"nobody is not a person", func() string {
			return key.sign(t, "", with(map[string]any{"sub": nil}))
		}, "token-invalid"},
		"endless subject": {"OpenID Connect allows 255 characters", func() string {
			return key.sign(t, "", with(map[string]any{"sub": strings.Repeat("x", 256)}))
		}, "token-invalid"},
		"another key with the same kid": {"the signature decides, not the name", func() string {
			return stranger.sign(t, "", goodClaims())
		}, "token-signature"},
		"unknown kid": {"only known keys", func() string { return newES256(t, "k9").sign(t, "", goodClaims()) }, "token-signature"},
		"ID token": {"tells an app who signed in", func() string {
			return key.sign(t, "JWT", with(map[string]any{"at_hash": "z_685hqehvy69JDBgxnf6A"}))
		}, "token-type"},
		"ID token beside a code": {"as the hybrid flow makes them", func() string {
			return key.sign(t, "JWT", with(map[string]any{"c_hash": "Q3qwHp8W3NMMmnopyLDohQ"}))
		}, "token-type"},
		"logout token": {"signed by the issuer for another purpose", func() string { return key.sign(t, "logout+jwt", goodClaims()) }, "token-type"},
		"HMAC with the public key": {"the classic confusion of algorithms", func() string {
			return signingKey{[]byte(keySetOf(t, key)), "k1", jose.HS256}.sign(t, "", goodClaims())
		}, "token-malformed"},
		"none":      {"no signature at all", func() string { return "eyJhbGciOiJub25lIn0.e30." }, "token-malformed"},
		"garbage":   {"not a token", func() string { return "garbage" }, "token-malformed"},
		"empty":     {"not a token", func() string { return "" }, "token-malformed"},
		"too large": {"never parsed", func() string { return strings.Repeat("a", 8<<10+1) }, "token-too-large"},
		"wrong types": {"exp as text", func() string {
			return key.sign(t, "", with(map[string]any{"exp": "tomorrow"}))
		}, "token-malformed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key)})
			who, err := v.Verify(t.Context(), c.token())
			if c.code == "" {
				want := mediation.Principal{Issuer: issuer, Subject: "zhang", Name: "张三"}
				if err != nil || who != want {
					t.Fatalf("%s: got %v, %v", c.reason, who, err)
				}
				return
			}
			if mediation.CodeOf(err) != c.code || mediation.KindOf(err) != mediation.Unauthenticated {
				t.Fatalf("%s: got %v, want %s", c.reason, err, c.code)
			}
			if who != (mediation.Principal{}) {
				t.Fatalf("%s: a refused token still names %v", c.reason, who)
			}
		})
	}
}

func TestVerifier_algorithms(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, c := range map[jose.SignatureAlgorithm]struct {
		private any
		taken   bool
	}{
		jose.RS256: {rsaKey, true}, jose.PS256: {rsaKey, true}, jose.EdDSA: {edKey, true},
		jose.RS512: {rsaKey, false}, jose.PS384: {rsaKey, false},
	} {
		t.Run(string(algorithm), func(t *testing.T) {
			key := signingKey{c.private, "k", algorithm}
			v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key)})
			_, err := v.Verify(t.Context(), key.sign(t, "", goodClaims()))
			if (err == nil) != c.taken {
				t.Fatalf("taken: %v, want %v (%v)", err == nil, c.taken, err)
			}
		})
	}
}

func TestVerifier_names(t *testing.T) {
	key := newES256(t, "k1")
	v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key)})
	for given, want := range map[string]string{
		"王\u0000\n五":                   "王五",
		strings.Repeat("调", 100):       strings.Repeat("调", 66), // 200 bytes, whole characters
		strings.Repeat("x", 200):       strings.Repeat("x", 200),
		strings.Repeat("x", 199) + "解": strings.Repeat("x", 199),
	} {
		who, err := v.Verify(t.Context(), key.sign(t, "", with(map[string]any{"name": given})))
		if err != nil || who.Name != want {
			t.Errorf("%q became %q, want %q (%v)", given, who.Name, want, err)
		}
	}
	who, err := v.Verify(t.Context(), key.sign(t, "", with(map[string]any{"name": nil, "preferred_username": "zhang.san"})))
	if err != nil || who.Name != "zhang.san" {
		t.Errorf("without a name the username stands in: %q, %v", who.Name, err)
	}
}

func TestVerifier_remembersNoLongerThanTheToken(t *testing.T) {
	key := newES256(t, "k1")
	now := noon
	v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key), Now: func() time.Time { return now }})
	token := key.sign(t, "", with(map[string]any{"exp": noon.Add(10 * time.Second).Unix()}))
	for _, step := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {5 * time.Second, true}, {69 * time.Second, true}, {71 * time.Second, false}} {
		now = noon.Add(step.after)
		if _, err := v.Verify(t.Context(), token); (err == nil) != step.ok {
			t.Errorf("after %v: %v", step.after, err)
		}
	}
}

func TestNew_refusesConfigurationsThatCannotWork(t *testing.T) {
	key, development := newES256(t, "k1"), newES256(t, identity.DevelopmentPrefix+"1")
	private, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.private, KeyID: "k1"}}})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		cfg    identity.Config
		says   string
	}{
		"no issuer":       {"every token would be refused", identity.Config{Audience: audience}, "TIAOJIE_ISSUER"},
		"no audience":     {"any token of the issuer would be taken", identity.Config{Issuer: issuer}, "TIAOJIE_AUDIENCE"},
		"not JSON":        {"a file name was given", identity.Config{Issuer: issuer, Audience: audience, JWKS: "keys.json"}, "JSON Web Key Set"},
		"no keys":         {"an empty set", identity.Config{Issuer: issuer, Audience: audience, JWKS: `{"keys":[]}`}, "no key"},
		"a private key":   {"the secret has been published", identity.Config{Issuer: issuer, Audience: audience, JWKS: string(private)}, "private"},
		"development key": {"a demo's key on a production site", identity.Config{Issuer: issuer, Audience: audience, JWKS: keySetOf(t, development)}, "TIAOJIE_ALLOW_DEVELOPMENT_KEYS"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := identity.New(c.cfg)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%s: the error must name %q: %v", c.reason, c.says, err)
			}
		})
	}
}

func TestVerifier_anyChangeOfTheTokenIsNoticed(t *testing.T) {
	key := newES256(t, "k1")
	v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key)})
	token := key.sign(t, "at+jwt", goodClaims())
	rapid.Check(t, func(rt *rapid.T) {
		changed := []byte(token)
		at := rapid.IntRange(0, len(changed)-3).Draw(rt, "at") // the last characters hold unused bits
		changed[at] = rapid.Byte().Draw(rt, "byte")
		if string(changed) == token {
			return
		}
		if who, err := v.Verify(t.Context(), string(changed)); err == nil {
			rt.Fatalf("byte %d changed, still believed as %v", at, who)
		}
	})
}

func FuzzVerifier_Verify(f *testing.F) {
	key := newES256(f, "k1")
	v := newVerifier(f, identity.Config{JWKS: keySetOf(f, key)})
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := v.Verify(t.Context(), token); err == nil {
			t.Fatal("nobody signed this")
		}
	})
}
