package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/identity"
)

// TestAPI_tokens sends tokens that must not be believed to both kinds of instance: each is 401 with a challenge, and the
// answer repeats nothing of the token.
func TestAPI_tokens(t *testing.T) {
	w := newWorld(t)
	good := w.token("director")
	cut := strings.Split(good, ".")
	cases := map[string]struct{ reason, token, code string }{
		"none":            {"who?", "", "token-required"},
		"expired":         {"an hour ago", w.mint(identity.Grant{Subject: "director", IssuedAt: time.Now().Add(-2 * time.Hour), Lifetime: time.Hour}), "token-expired"},
		"not yet valid":   {"tomorrow's", w.mint(identity.Grant{Subject: "director", IssuedAt: time.Now().Add(24 * time.Hour), Lifetime: time.Hour}), "token-not-yet-valid"},
		"another key":     {"made elsewhere", w.forged(t), "token-signature"},
		"alg none":        {"no signature", "eyJhbGciOiJub25lIn0." + cut[1] + ".", "token-malformed"},
		"signature gone":  {"cut off", cut[0] + "." + cut[1] + ".", "token-signature"},
		"payload changed": {"not what was signed", cut[0] + "." + strings.Split(w.token("administrator"), ".")[1] + "." + cut[2], "token-signature"},
		"huge":            {"never parsed", good + strings.Repeat("x", 9<<10), "token-too-large"},
		"garbage":         {"not a token", "x", "token-malformed"},
	}
	t.Logf("%d attempts with tokens that must not be believed", 2*len(cases))
	for where, server := range w.both() {
		for name, c := range cases {
			header := map[string]string{}
			if c.token != "" {
				header["Authorization"] = "Bearer " + c.token
			}
			got := w.send(server, request{method: "GET", path: w.cases(), header: header}).problem(t, http.StatusUnauthorized, c.code)
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s on %s: %s: no challenge", name, where, c.reason)
			}
			if len(c.token) > 20 && strings.Contains(got.body, c.token[:20]) {
				t.Errorf("%s on %s repeats the token", name, where)
			}
		}
		w.send(server, request{method: "GET", path: w.cases(), header: map[string]string{"Authorization": "Bearer " + good}}).want(t, http.StatusOK)
	}
}

// forged is signed by a key that calls itself like the right one's kind.
func (w *world) forged(t *testing.T) string {
	t.Helper()
	key, err := identity.NewDevelopmentKey()
	w.must(err)
	token, err := identity.Mint(key, identity.Grant{Issuer: issuer, Audience: audience, Subject: "director", IssuedAt: time.Now(), Lifetime: time.Hour})
	w.must(err)
	return token
}

// TestAPI_secondFactor: who signed in with a password only keeps the roles that demand no more.
func TestAPI_secondFactor(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "both", "director", "clerk")
	path, _ := w.file("双因素")
	weak := func(subject string) map[string]string {
		return map[string]string{"Authorization": "Bearer " + w.mint(identity.Grant{Subject: subject, OneFactor: true}), "If-Match": "*"}
	}
	for where, server := range w.both() {
		got := w.send(server, request{method: "POST", path: path + "/accept", header: weak("both")}).problem(t, http.StatusForbidden, "second-factor-required")
		if challenge := got.header.Get("WWW-Authenticate"); !strings.Contains(challenge, `error="insufficient_user_authentication"`) {
			t.Errorf("%s: no challenge of RFC 9470: %q", where, challenge)
		}
		w.send(server, request{method: "GET", path: path, header: weak("both")}).want(t, http.StatusOK)
		w.send(server, request{method: "GET", path: path, header: weak("director")}).problem(t, http.StatusForbidden, "second-factor-required")
		w.send(server, request{method: "GET", path: path, header: weak("stranger")}).problem(t, http.StatusForbidden, "stranger")
		w.send(server, request{method: "GET", path: "/v1/me", header: weak("director")}).want(t, http.StatusOK)
	}
	w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/members", header: weak("administrator")}).
		problem(t, http.StatusForbidden, "second-factor-required")
	w.send(w.shared, request{method: "POST", path: path + "/accept", as: "both", header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
}
