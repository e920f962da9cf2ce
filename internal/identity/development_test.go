package identity_test

import (
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/identity"
)

func TestMint_makesTokensThatTheVerifierBelieves(t *testing.T) {
	key, err := identity.NewDevelopmentKey()
	if err != nil {
		t.Fatal(err)
	}
	set, err := identity.PublicKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(set), `"d"`) {
		t.Fatal("the public set holds the private part")
	}
	token, err := identity.Mint(key, identity.Grant{
		Issuer: issuer, Audience: audience, Subject: "zhang", Name: "张三", IssuedAt: noon, Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, identity.Config{JWKS: string(set), AllowDevelopmentKeys: true})
	who, err := v.Verify(t.Context(), token)
	if err != nil || who.Subject != "zhang" || who.Name != "张三" || who.Issuer != issuer {
		t.Fatalf("%v, %v", who, err)
	}
}

func TestMint_refuses(t *testing.T) {
	good, err := identity.NewDevelopmentKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := identity.PublicKeySet(good)
	if err != nil {
		t.Fatal(err)
	}
	whole := identity.Grant{Issuer: issuer, Audience: audience, Subject: "s", IssuedAt: noon, Lifetime: time.Hour}
	without := func(change func(*identity.Grant)) identity.Grant {
		grant := whole
		change(&grant)
		return grant
	}
	cases := map[string]struct {
		reason string
		key    string
		grant  identity.Grant
		says   string
	}{
		"not a key":   {"a wrong file", "hello", whole, "new-key"},
		"a key set":   {"the public file instead of the private one", string(public), whole, "new-key"},
		"another key": {"keys of real issuers are not for minting", strings.ReplaceAll(string(good), identity.DevelopmentPrefix, "production-"), whole, "development-"},
		"no subject":  {"nobody", string(good), without(func(g *identity.Grant) { g.Subject = " " }), "subject"},
		"no issuer":   {"nobody signed", string(good), without(func(g *identity.Grant) { g.Issuer = "" }), "issuer"},
		"no lifetime": {"never valid", string(good), without(func(g *identity.Grant) { g.Lifetime = 0 }), "lifetime"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := identity.Mint([]byte(c.key), c.grant)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%s: the error must name %q: %v", c.reason, c.says, err)
			}
		})
	}
}
