package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// product is a county served by a shared instance that believes one issuer, with a clock that the test moves.
type product struct {
	t      *testing.T
	county *pgtest.Fixture
	server *httptest.Server
	probes http.Handler
	ahead  atomic.Int64 // nanoseconds
}

func (p *product) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

func (p *product) pass(d time.Duration) { p.ahead.Add(int64(d)) }

func newProduct(t *testing.T, r *running) *product {
	t.Helper()
	p := &product{t: t, county: pgtest.County(t, "孙武镇")}
	r.storage.now = p.now
	_, err := p.county.County.PutAdministrators(t.Context(), []tenantdb.Administrator{{Issuer: r.url, Subject: "zhang"}})
	must(t, err)
	verifier, err := identity.New(identity.Config{Issuer: r.url, Audience: audience, Now: p.now})
	must(t, err)
	api, err := httpapi.New(httpapi.Config{Backend: p.county.Shared(p.now), Verifier: verifier, Now: p.now, Log: slog.New(slog.DiscardHandler),
		SecondFactor: mediation.DemandingRoles()})
	must(t, err)
	must(t, api.Register(verifier.Figures()))
	p.server, p.probes = httptest.NewServer(api.Handler()), api.Operations()
	t.Cleanup(p.server.Close)
	return p
}

// me asks who the token speaks of, and wants the status.
func (p *product) me(token string, want int) map[string]any {
	p.t.Helper()
	response, body := send(p.t, p.server, http.MethodGet, "/v1/me", token, nil)
	if response.StatusCode != want {
		p.t.Fatalf("status %d, want %d: %v", response.StatusCode, want, body)
	}
	if want == http.StatusUnauthorized && !strings.HasPrefix(response.Header.Get("WWW-Authenticate"), `Bearer `) {
		p.t.Fatalf("no challenge: %v", response.Header)
	}
	return body
}

// figures are the lines of /metrics that speak of issuers.
func (p *product) figures() string {
	p.t.Helper()
	answer := httptest.NewRecorder()
	p.probes.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "tiaojie_issuer_") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// shows waits until the figures hold the line: keys past their freshness are fetched in the background.
func (p *product) shows(line string) {
	p.t.Helper()
	for range 100 {
		if strings.Contains(p.figures(), line) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatalf("the figures do not come to %q: %s", line, p.figures())
}

func TestProduct_knowsThePersonAndTheService(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := newProduct(t, r)
	zhang := r.person("zhang", "271828")
	me := p.me(zhang, http.StatusOK)
	if me["issuer"] != r.url || me["subject"] != "zhang" || me["name"] != "张三" || me["kind"] != "person" || me["secondFactor"] != true ||
		fmt.Sprint(memberships(me)[p.county.Code]["roles"]) != "[county-administrator]" {
		t.Errorf("the person, with a second factor: %v", me)
	}
	weak := p.me(r.person("zhang", ""), http.StatusOK)
	if weak["secondFactor"] != false || fmt.Sprint(memberships(weak)[p.county.Code]["withheld"]) != "[county-administrator]" {
		t.Errorf("the person, with a password only: %v", weak)
	}

	town := p.county.Towns[1]
	member := "/v1/tenants/" + town + "/members/" + serviceID
	response, body := send(t, p.server, http.MethodPut, member, zhang, map[string]any{"name": "法院对接", "roles": []string{"reader"}, "kind": "service"})
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("the service is not made a member: %d %v", response.StatusCode, body)
	}
	service := r.service()
	me = p.me(service, http.StatusOK)
	if me["subject"] != serviceID || me["kind"] != "service" || fmt.Sprint(memberships(me)[town]["roles"]) != "[reader]" {
		t.Errorf("the service: %v", me)
	}
	if response, body = send(t, p.server, http.MethodGet, "/v1/tenants/"+town+"/cases", service, nil); response.StatusCode != http.StatusOK {
		t.Errorf("the service lists cases: %d %v", response.StatusCode, body)
	}
	if response, body = send(t, p.server, http.MethodGet, "/v1/tenants/"+town+"/cases", r.person("li", ""), nil); body["code"] != "stranger" {
		t.Errorf("somebody without a membership: %d %v", response.StatusCode, body)
	}
}

func memberships(me map[string]any) map[string]map[string]any {
	units := map[string]map[string]any{}
	list, _ := me["memberships"].([]any)
	for _, item := range list {
		unit, _ := item.(map[string]any)
		units[fmt.Sprint(unit["unit"])] = unit
	}
	return units
}

// TestProduct_refusesAnIDToken: it is signed by the same key and, by this issuer, for the same audience; it tells an
// app who signed in and is handed around more freely than an access token.
func TestProduct_refusesAnIDToken(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := newProduct(t, r)
	token, refused := r.signIn("zhang", "zhang-password", "")
	if token == nil {
		t.Fatal(refused)
	}
	idToken, _ := token.Extra("id_token").(string)
	if body := p.me(idToken, http.StatusUnauthorized); idToken == "" || body["code"] != "token-type" {
		t.Errorf("%q: %v", idToken, body)
	}
}

func TestProduct_followsARotationOfKeys(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := newProduct(t, r)
	seen, unseen := r.person("zhang", ""), r.person("li", "")
	p.me(seen, http.StatusOK)
	_, err := r.storage.rotate()
	must(t, err)
	p.pass(31 * time.Second) // keys are fetched twice a minute at most
	p.me(r.person("zhang", ""), http.StatusOK)
	p.me(seen, http.StatusOK)
	p.me(unseen, http.StatusOK) // the old key is still published
	if !strings.Contains(p.figures(), `tiaojie_issuer_key_fetches_total{issuer="`+r.url+`",outcome="done"} 2`) {
		t.Errorf("one fetch for each key: %s", p.figures())
	}
	p.pass(tokenLifetime - time.Minute)
	p.me(seen, http.StatusOK)
	p.pass(3 * time.Minute)
	if body := p.me(seen, http.StatusUnauthorized); body["code"] != "token-expired" {
		t.Errorf("the old token, past its end: %v", body)
	}
	late := r.person("li", "")
	_, err = r.storage.rotate()
	must(t, err)
	r.storage.withdraw()
	p.pass(31 * time.Second)
	p.me(r.person("zhang", ""), http.StatusOK)
	if body := p.me(late, http.StatusUnauthorized); body["code"] != "token-signature" {
		t.Errorf("a token of a key that the issuer withdrew: %v", body)
	}
}

func TestProduct_worksOnWhileTheIssuerIsAway(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := newProduct(t, r)
	label := `{issuer="` + r.url + `"} `
	if strings.Contains(p.figures(), "tiaojie_issuer_reachable"+label) {
		t.Error("an issuer that nobody has asked yet is said to be there")
	}
	p.me(r.person("zhang", ""), http.StatusOK)
	p.shows("tiaojie_issuer_reachable" + label + "1")
	unseen := r.person("li", "")
	_, err := r.storage.rotate()
	must(t, err)
	unknown := r.person("li", "")

	r.stop()
	p.pass(16 * time.Minute) // the keys are due to be fetched again
	p.me(unseen, http.StatusOK)
	p.shows("tiaojie_issuer_reachable" + label + "0")
	p.pass(time.Second)
	p.me(unseen, http.StatusOK)
	response, body := send(t, p.server, http.MethodGet, "/v1/me", unknown, nil)
	if response.StatusCode != http.StatusServiceUnavailable || body["code"] != "issuer" || response.Header.Get("Retry-After") != "30" {
		t.Errorf("a token of a key that cannot be fetched is no client's fault: %d %v %v", response.StatusCode, body, response.Header)
	}
	if strings.Contains(fmt.Sprint(body), r.address) {
		t.Errorf("the problem tells where the issuer is: %v", body)
	}

	r.resume()
	p.pass(31 * time.Second)
	p.me(unknown, http.StatusOK)
	p.shows("tiaojie_issuer_reachable" + label + "1")
}

// TestProduct_unknownKeysDoNotFloodTheIssuer: tokens that name keys nobody has make one fetch in half a minute.
func TestProduct_unknownKeysDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := newProduct(t, r)
	p.me(r.person("zhang", ""), http.StatusOK)
	p.pass(31 * time.Second)
	for number := range 100 {
		if body := p.me(forged(t, r.url, 1000+number, p.now()), http.StatusUnauthorized); body["code"] != "token-signature" {
			t.Fatalf("a forged token: %v", body)
		}
	}
	p.shows(`tiaojie_issuer_key_fetches_total{issuer="` + r.url + `",outcome="done"} 2`)
}

// forged says all that a good token says, under a key that the issuer never had.
func forged(t *testing.T, issuer string, number int, now time.Time) string {
	t.Helper()
	key, err := newSigningKey(number)
	must(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key.private, KeyID: key.id}}, nil)
	must(t, err)
	payload, err := json.Marshal(map[string]any{"iss": issuer, "sub": "zhang", "aud": audience, "exp": now.Add(time.Hour).Unix()})
	must(t, err)
	signed, err := signer.Sign(payload)
	must(t, err)
	token, err := signed.CompactSerialize()
	must(t, err)
	return token
}
