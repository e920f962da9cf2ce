package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

const (
	issuer   = "https://id.example"
	audience = "tiaojie-bench"
	director = "director"
	// connections is what each side may hold at once.
	connections = 4
)

// host lets a program use the counties of pgtest: what would fail a test ends the program, what a test cleans up is
// cleaned up at the end.
type host struct {
	testing.TB
	ctx      context.Context
	cleanups []func()
}

func (h *host) Helper()                           {}
func (h *host) Context() context.Context          { return h.ctx }
func (h *host) Cleanup(f func())                  { h.cleanups = append(h.cleanups, f) }
func (h *host) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (h *host) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (h *host) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (h *host) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (h *host) clean() {
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
	h.cleanups = nil
}

func (h *host) must(err error) {
	if err != nil {
		h.Fatal(err)
	}
}

// bench is what every measurement works on: an empty county and a loaded one.
type bench struct {
	*host
	options
	progress      io.Writer
	empty, loaded *office
}

// office is one town of a county with a dedicated instance, as the operator would run it.
type office struct {
	h      *host
	county *pgtest.Fixture
	town   string
	url    string // of the instance
	token  string
	client *http.Client
	load   load // what was put in
}

func open(h *host, o options) *bench {
	b := &bench{host: h, options: o, progress: os.Stderr}
	b.empty, b.loaded = openOffice(h), openOffice(h)
	began := time.Now()
	b.loaded.fill(o.cases, func(done int) {
		fmt.Fprintf(b.progress, "loaded %d of %d cases in %v\n", done, o.cases, time.Since(began).Round(time.Second))
	})
	b.loaded.opens()
	return b
}

func openOffice(h *host) *office {
	f := pgtest.County(h, "孙武镇")
	o := &office{h: h, county: f, town: f.Towns[1], client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}}
	f.SetTenant(o.town, casework.TenantActive, 1_000_000)
	_, err := f.Store(o.town).Write(h.ctx, nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		for subject, role := range map[string]mediation.Role{director: mediation.RoleDirector, "li": mediation.RoleMediator} {
			if _, _, err := tx.PutMember(ctx, mediation.Membership{Unit: o.town, Issuer: issuer, Subject: subject,
				Roles: []mediation.Role{role}, Source: mediation.MemberByAPI, UpdatedAt: time.Now()}); err != nil {
				return casework.Receipt{}, err
			}
		}
		return casework.Receipt{}, nil
	})
	h.must(err)
	key, err := identity.NewDevelopmentKey()
	h.must(err)
	set, err := identity.PublicKeySet(key)
	h.must(err)
	verifier, err := identity.New(identity.Config{Issuer: issuer, Audience: audience, JWKS: string(set), AllowDevelopmentKeys: true})
	h.must(err)
	o.token, err = identity.Mint(key, identity.Grant{Issuer: issuer, Audience: audience, Subject: director, Name: "王主任", IssuedAt: time.Now(), Lifetime: 24 * time.Hour})
	h.must(err)
	dedicated, err := postgres.NewDedicated(h.ctx, postgres.DedicatedConfig{
		Tenant: o.town, Database: f.AsSlot(o.town), DataKeys: f.DataKeys(o.town), CountyKey: f.CountyKey(), Connections: connections})
	h.must(err)
	h.Cleanup(dedicated.Close)
	api, err := httpapi.New(httpapi.Config{Backend: dedicated, Verifier: verifier, Log: slog.New(slog.DiscardHandler)})
	h.must(err)
	o.url = o.serve(api.Handler())
	return o
}

func (o *office) serve(handler http.Handler) string {
	server := httptest.NewServer(handler)
	o.h.Cleanup(server.Close)
	return server.URL
}

func (o *office) cases() string { return "/v1/tenants/" + o.town + "/cases" }

// send asks one side and demands the status; the answer's body comes whole.
func (o *office) send(url, method, path string, body any, want int) []byte {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		o.h.must(err)
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(o.h.ctx, method, url+path, sent)
	o.h.must(err)
	r.Header.Set("Authorization", "Bearer "+o.token)
	r.Header.Set("If-Match", "*")
	if method == http.MethodGet {
		r.Header.Del("If-Match")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := o.client.Do(r)
	o.h.must(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	o.h.must(err)
	if response.StatusCode != want {
		o.h.Fatalf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	return answer
}
