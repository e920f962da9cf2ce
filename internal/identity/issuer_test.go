package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const partner = "https://partner.example"

// TestVerifier_twoIssuers holds two issuers apart: a key, an audience and an algorithm count for their own issuer alone.
func TestVerifier_twoIssuers(t *testing.T) {
	staffKey, partnerKey := newES256(t, "k1"), newES256(t, "k1") // the same kid on purpose
	edKey := newEd25519(t, "k2")
	v := newVerifier(t, identity.Config{JWKS: keySetOf(t, staffKey), More: []identity.Issuer{{
		Issuer: partner, Audience: "court", JWKS: json.RawMessage(keySetOf(t, partnerKey, edKey)), Algorithms: []string{"ES256"},
	}}})
	from := func(iss, aud string) map[string]any { return with(map[string]any{"iss": iss, "aud": aud}) }
	cases := map[string]struct {
		reason string
		key    signingKey
		claims map[string]any
		code   string
	}{
		"staff":                         {"its own key and audience", staffKey, from(issuer, audience), ""},
		"partner":                       {"its own key and audience", partnerKey, from(partner, "court"), ""},
		"staff signed by the partner":   {"a partner must not make staff", partnerKey, from(issuer, audience), "token-signature"},
		"partner signed by staff":       {"the other way round", staffKey, from(partner, "court"), "token-signature"},
		"staff for the partner's aud":   {"audiences belong to their issuer", staffKey, from(issuer, "court"), "token-audience"},
		"partner for the staff's aud":   {"the other way round", partnerKey, from(partner, audience), "token-audience"},
		"algorithm not of this issuer":  {"pinned per issuer", edKey, from(partner, "court"), "token-signature"},
		"third issuer":                  {"nobody named it", staffKey, from("https://third.example", audience), "token-issuer"},
		"issuer as a list":              {"iss is one text", staffKey, with(map[string]any{"iss": []string{issuer}}), "token-issuer"},
		"no issuer":                     {"whose keys?", staffKey, with(map[string]any{"iss": nil}), "token-issuer"},
		"issuer with a trailing slash":  {"byte for byte", partnerKey, from(partner+"/", "court"), "token-issuer"},
		"issuer in capital letters":     {"byte for byte", partnerKey, from(strings.ToUpper(partner), "court"), "token-issuer"},
		"both audiences, wrong key":     {"the signature decides", staffKey, with(map[string]any{"iss": partner, "aud": []string{audience, "court"}}), "token-signature"},
		"both audiences, the right key": {"one of them is ours", partnerKey, with(map[string]any{"iss": partner, "aud": []string{audience, "court"}}), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			who, err := v.Verify(t.Context(), c.key.sign(t, "at+jwt", c.claims))
			if mediation.CodeOf(err) != c.code || (c.code == "") != (err == nil) {
				t.Fatalf("%s: %v, want %q", c.reason, err, c.code)
			}
			if err == nil && who.Issuer != c.claims["iss"] {
				t.Fatalf("%s: %+v", c.reason, who)
			}
		})
	}
}

// TestVerifier_secondFactor reads amr and acr as each issuer writes them.
func TestVerifier_secondFactor(t *testing.T) {
	key := newES256(t, "k1")
	byACR := identity.SecondFactor{ACR: []string{"urn:gold", "2"}}
	byOTP := identity.SecondFactor{AMR: []string{"otp", "hwk"}}
	cases := map[string]struct {
		reason string
		config identity.SecondFactor
		claims map[string]any
		want   bool
	}{
		"nothing said":           {"a password, as far as anybody knows", identity.SecondFactor{}, nil, false},
		"mfa":                    {"RFC 8176, counted unless told otherwise", identity.SecondFactor{}, map[string]any{"amr": []string{"pwd", "mfa"}}, true},
		"mfa as text":            {"some issuers write one value so", identity.SecondFactor{}, map[string]any{"amr": "mfa"}, true},
		"password alone":         {"one factor", identity.SecondFactor{}, map[string]any{"amr": []string{"pwd"}}, false},
		"otp when told":          {"an issuer that lists methods", byOTP, map[string]any{"amr": []string{"pwd", "otp"}}, true},
		"mfa when otp was told":  {"the configuration replaces the default", byOTP, map[string]any{"amr": []string{"mfa"}}, false},
		"acr":                    {"a class of authentication", byACR, map[string]any{"acr": "urn:gold"}, true},
		"another acr":            {"not on the list", byACR, map[string]any{"acr": "urn:silver"}, false},
		"mfa when acr was told":  {"the configuration replaces the default", byACR, map[string]any{"amr": []string{"mfa"}}, false},
		"empty acr":              {"nothing is not a class", identity.SecondFactor{ACR: []string{""}}, nil, false},
		"acr that begins likely": {"whole values only", byACR, map[string]any{"acr": "urn:gold2"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t, identity.Config{JWKS: keySetOf(t, key), SecondFactor: c.config})
			who, err := v.Verify(t.Context(), key.sign(t, "", with(c.claims)))
			if err != nil || who.SecondFactor != c.want {
				t.Fatalf("%s: %v %v, want %v", c.reason, who.SecondFactor, err, c.want)
			}
			if who.StepUp != strings.Join(c.config.ACR, " ") {
				t.Errorf("a challenge would ask for %q", who.StepUp)
			}
		})
	}
}

// TestVerifier_services tells programs from persons.
func TestVerifier_services(t *testing.T) {
	key := newES256(t, "k1")
	cases := map[string]struct {
		reason string
		issuer identity.Issuer
		claims map[string]any
		want   bool
	}{
		"a person":             {"client and subject differ", identity.Issuer{}, map[string]any{"client_id": "app", "azp": "app"}, false},
		"client credentials":   {"RFC 9068 §5: the subject is the client", identity.Issuer{}, map[string]any{"client_id": "zhang"}, true},
		"authorised party":     {"OpenID Connect's word for it", identity.Issuer{}, map[string]any{"azp": "zhang"}, true},
		"an issuer of theirs":  {"all its tokens are programs'", identity.Issuer{Services: true}, nil, true},
		"a claim of theirs":    {"Keycloak marks them by a claim", identity.Issuer{ServiceClaim: "clientHost"}, map[string]any{"clientHost": "10.0.0.1"}, true},
		"without that claim":   {"a person of the same issuer", identity.Issuer{ServiceClaim: "clientHost"}, nil, false},
		"client id as a wrong": {"a person whose app has no name", identity.Issuer{}, map[string]any{"client_id": ""}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.issuer.Issuer, c.issuer.Audience, c.issuer.JWKS = issuer, audience, json.RawMessage(keySetOf(t, key))
			v, err := identity.New(identity.Config{More: []identity.Issuer{c.issuer}, Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			who, err := v.Verify(t.Context(), key.sign(t, "", with(c.claims)))
			if err != nil || who.Service != c.want {
				t.Fatalf("%s: %v %v, want %v", c.reason, who.Service, err, c.want)
			}
		})
	}
}

// TestKeySet_file serves an air-gapped site: no issuer is asked, and an exchanged file is noticed.
func TestKeySet_file(t *testing.T) {
	old, young := newES256(t, "old"), newES256(t, "young")
	file, c := filepath.Join(t.TempDir(), "jwks.json"), &clock{now: noon}
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(keySetOf(t, old))
	v := newVerifier(t, identity.Config{JWKSFile: file, Now: c.time})
	check := func(reason string, key signingKey, subject, code string) {
		t.Helper()
		_, err := v.Verify(t.Context(), key.sign(t, "", with(map[string]any{"sub": subject, "exp": noon.Add(48 * time.Hour).Unix()})))
		if mediation.CodeOf(err) != code || (code == "") != (err == nil) {
			t.Errorf("%s: %v, want %q", reason, err, code)
		}
	}
	check("the key of the file", old, "a", "")
	put(keySetOf(t, old, young))
	check("an unknown key makes the file be read again", young, "b", "")
	put("half a fi")
	c.move(time.Hour)
	check("a broken file leaves the keys as they were", young, "c", "")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c.move(time.Hour)
	check("so does one that is gone", old, "d", "")
	check("an unknown key cannot be told from a new one while the file is gone", newES256(t, "x"), "e", "issuer")
}

func TestNew_refusesIssuersThatCannotWork(t *testing.T) {
	good := identity.Issuer{Issuer: partner, Audience: "court", JWKS: json.RawMessage(keySetOf(t, newES256(t, "k1")))}
	development := filepath.Join(t.TempDir(), "development.json")
	if err := os.WriteFile(development, []byte(keySetOf(t, newES256(t, identity.DevelopmentPrefix+"1"))), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		change func(i *identity.Issuer)
		says   string
	}{
		"as text":           {"a key set in quotes is one too", func(i *identity.Issuer) { i.JWKS, _ = json.Marshal(string(i.JWKS)) }, ""},
		"no audience":       {"any token of the issuer would be taken", func(i *identity.Issuer) { i.Audience = "" }, "TIAOJIE_AUDIENCE"},
		"no issuer":         {"whose tokens?", func(i *identity.Issuer) { i.Issuer = "" }, "TIAOJIE_ISSUER"},
		"HS256":             {"a shared secret is no signature", func(i *identity.Issuer) { i.Algorithms = []string{"HS256"} }, "HS256"},
		"none":              {"no signature at all", func(i *identity.Issuer) { i.Algorithms = []string{"none"} }, "none"},
		"keys and a file":   {"which of them counts?", func(i *identity.Issuer) { i.JWKSFile = "x" }, "one of them"},
		"file not there":    {"said at the start, not at the first token", func(i *identity.Issuer) { i.JWKS, i.JWKSFile = nil, "/nonexistent" }, "/nonexistent"},
		"file of a demo":    {"anyone could make tokens", func(i *identity.Issuer) { i.JWKS, i.JWKSFile = nil, development }, "TIAOJIE_ALLOW_DEVELOPMENT_KEYS"},
		"a directory":       {"a mounted volume, say", func(i *identity.Issuer) { i.JWKS, i.JWKSFile = nil, os.TempDir() }, "directory"},
		"the staff's again": {"which audience counts?", func(i *identity.Issuer) { i.Issuer = issuer }, "twice"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			more := good
			c.change(&more)
			_, err := identity.New(identity.Config{Issuer: issuer, Audience: audience, JWKS: string(good.JWKS), More: []identity.Issuer{more}})
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Fatalf("%s: the error must name %q: %v", c.reason, c.says, err)
			}
		})
	}
}

func TestParseIssuers(t *testing.T) {
	cases := map[string]struct {
		text string
		want int // -1: refused
	}{
		"nothing":           {"", 0},
		"blank":             {" \n", 0},
		"two":               {`[{"issuer":"a","audience":"b"},{"issuer":"c","audience":"d","jwks":{"keys":[]},"secondFactor":{"acr":["x"]}}]`, 2},
		"an object":         {`{"issuer":"a"}`, -1},
		"misspelt":          {`[{"issuer":"a","audiance":"b"}]`, -1},
		"cut off":           {`[{"issuer":"a"`, -1},
		"two arrays":        {`[][]`, -1},
		"text behind":       {`[] x`, -1},
		"numbers for texts": {`[{"issuer":1}]`, -1},
	}
	for name, c := range cases {
		got, err := identity.ParseIssuers(c.text)
		if (err != nil) != (c.want < 0) || err == nil && len(got) != c.want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// TestKeySet_floods counts what an issuer is asked while many tokens with made-up keys come in.
func TestKeySet_floods(t *testing.T) {
	key := newES256(t, "k1")
	p, c := newProvider(t, key), &clock{now: noon}
	v := newVerifier(t, identity.Config{Issuer: p.URL, Now: c.time})
	if _, err := v.Verify(t.Context(), p.token(t, key, "a")); err != nil {
		t.Fatal(err)
	}
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = p.token(t, newES256(t, fmt.Sprintf("made-up-%d", i)), "x")
	}
	const minutes = 10
	for range minutes * 6 { // every ten seconds
		c.move(10 * time.Second)
		for _, token := range tokens {
			if _, err := v.Verify(t.Context(), token); mediation.CodeOf(err) != "token-signature" {
				t.Fatal(err)
			}
		}
	}
	if n := p.fetches.Load(); n > 1+2*minutes {
		t.Errorf("%d tokens with made-up keys in %d minutes made %d fetches, want at most one in 30 s", minutes*6*len(tokens), minutes, n)
	} else {
		t.Logf("%d tokens with made-up keys in %d minutes made %d fetches", minutes*6*len(tokens), minutes, n)
	}
}

func newEd25519(t testing.TB, kid string) signingKey {
	t.Helper()
	return signingKey{newEdPrivate(t), kid, jose.EdDSA}
}

func newEdPrivate(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}
