package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/blob"
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const (
	issuer   = "https://id.example"
	audience = "tiaojie-test"
)

// world is a county, or two, on a real PostgreSQL, served by a shared instance and, for the first town, by a dedicated
// one.
type world struct {
	t                 testing.TB
	here              *pgtest.Fixture
	elsewhere         *pgtest.Fixture // nil unless asked for: a county takes a second to make
	town, other       string          // two towns of the first county; the first has a dedicated instance
	shared, dedicated *httptest.Server
	log               *lockedBuffer // of both instances
	key               []byte
	files             string // directory of attachments
	jwks              string
	directory         *tenantdb.Directory
	sifted            things            // to drill leads and screening with
	drilled           map[string]string // ids of records of the registry, by kind
	planted           *planting         // marks every text of requests, where the test searches for it later
	told              *problems         // keeps every problem, where the test looks through them later
	ahead             atomic.Int64      // how far the instances' clock is ahead of the machine's, in nanoseconds
}

// now is the clock of both instances.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// pass lets days pass.
func (w *world) pass(days int) { w.ahead.Add(int64(time.Duration(days) * 24 * time.Hour)) }

func newWorld(t testing.TB) *world {
	t.Helper()
	return build(&world{t: t, log: &lockedBuffer{}})
}

// newWorldOfTwo has a second county, of which the first one's people are no members.
func newWorldOfTwo(t testing.TB) *world {
	t.Helper()
	return build(&world{t: t, log: &lockedBuffer{}, elsewhere: pgtest.County(t, "外县镇")})
}

func build(w *world) *world {
	t := w.t
	t.Helper()
	w.here = pgtest.County(t, "孙武镇", "石庙镇")
	w.town, w.other = w.here.Towns[1], w.here.Towns[2]
	w.administrator(w.here, "administrator")
	if w.elsewhere != nil {
		w.administrator(w.elsewhere, "foreign-administrator")
	}
	key, err := identity.NewDevelopmentKey()
	w.must(err)
	set, err := identity.PublicKeySet(key)
	w.must(err)
	w.key, w.jwks = key, string(set)
	w.files = t.TempDir()
	w.shared = w.serve(w.openShared())
	w.dedicated = w.serve(w.openDedicated(w.town))
	w.hire(w.town, "director", "director")
	w.hire(w.town, "li", "mediator")
	w.hire(w.town, "zhao", "mediator")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) administrator(f *pgtest.Fixture, subject string) {
	w.t.Helper()
	_, err := f.County.PutAdministrators(context.Background(), []tenantdb.Administrator{{Issuer: issuer, Subject: subject}})
	w.must(err)
}

// openShared makes a directory that knows both counties and an instance that follows it. The two fixtures have keys of
// their own; the instance has the first one's, so the second county serves members but no sealed text.
func (w *world) openShared() *postgres.Shared {
	w.t.Helper()
	ctx := context.Background()
	name := pgtest.UnusedDatabase(w.t)
	directory, err := w.here.Server.EnsureDirectory(ctx, name)
	w.must(err)
	w.t.Cleanup(directory.Close)
	w.directory = directory
	for _, f := range []*pgtest.Fixture{w.here, w.elsewhere} {
		if f == nil {
			continue
		}
		_, err := directory.PutCounty(ctx, tenantdb.CountyEntry{Code: f.Code, Name: "测试县" + f.Code,
			Host: f.Address.Host, Port: f.Address.Port, SSLMode: f.Address.SSLMode, CA: f.Address.CA, State: "active"})
		w.must(err)
		for _, town := range f.Towns {
			w.list(town, "镇"+town)
		}
	}
	address := w.here.Address
	address.Database, address.User, address.Password = name, tenantdb.APILogin, pgtest.APIPassword
	shared, err := postgres.NewShared(context.Background(), postgres.SharedConfig{Directory: address, Keys: w.here.Keys.Ring, Clock: w.now, Blobs: w.places})
	w.must(err)
	w.t.Cleanup(shared.Close)
	return shared
}

// list puts a town into the directory.
func (w *world) list(code, name string) {
	w.t.Helper()
	_, err := w.directory.PutTenant(context.Background(), tenantdb.TenantEntry{Code: code, County: code[:6], Name: name,
		Kind: "Town", Mode: "Shared", State: "active", SchemaVersion: 1, OpenCasesQuota: 5000})
	w.must(err)
}

// places is where both instances keep attachments.
func (w *world) places(tenant string) casework.Blobs {
	store, err := blob.OpenDirectory(w.files)
	w.must(err)
	return store.Tenant(tenant)
}

func (w *world) openDedicated(code string) *postgres.Dedicated {
	w.t.Helper()
	dedicated, err := postgres.NewDedicated(context.Background(), postgres.DedicatedConfig{
		Tenant: code, Database: w.here.AsSlot(code), DataKeys: w.here.DataKeys(code), CountyKey: w.here.CountyKey(), Clock: w.now, Blobs: w.places})
	w.must(err)
	w.t.Cleanup(dedicated.Close)
	return dedicated
}

// serve serves a backend; fonts are the directories of another place than Debian's.
func (w *world) serve(backend httpapi.Backend, fonts ...string) *httptest.Server {
	w.t.Helper()
	verifier, err := identity.New(identity.Config{Issuer: issuer, Audience: audience, JWKS: w.jwks, AllowDevelopmentKeys: true})
	w.must(err)
	api, err := httpapi.New(httpapi.Config{Backend: backend, Verifier: verifier, PublicURL: "https://tiaojie.example", Now: w.now, Fonts: fonts,
		SecondFactor: mediation.DemandingRoles(),
		Log:          slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))})
	w.must(err)
	server := httptest.NewServer(api.Handler())
	w.t.Cleanup(server.Close)
	return server
}

// both are the instances by name, for suites that run on each.
func (w *world) both() map[string]*httptest.Server {
	return map[string]*httptest.Server{"shared": w.shared, "dedicated": w.dedicated}
}

// hire makes a person a member of a unit, by the API as the unit's county administrator.
func (w *world) hire(unit, subject string, roles ...string) {
	w.t.Helper()
	level := "tenants"
	if len(unit) == 6 {
		level = "counties"
	}
	got := w.send(w.shared, request{method: "PUT", path: "/v1/" + level + "/" + unit + "/members/" + subject, as: "administrator",
		body: map[string]any{"name": "成员" + subject, "roles": roles}})
	if got.status != http.StatusCreated && got.status != http.StatusOK {
		w.t.Fatalf("hire %s in %s: %d %s", subject, unit, got.status, got.body)
	}
}

// token speaks of a subject of the test's issuer.
func (w *world) token(subject string) string {
	w.t.Helper()
	return w.mint(identity.Grant{Subject: subject})
}

// mint makes a token of the test's issuer, valid for an hour unless the grant says otherwise.
func (w *world) mint(grant identity.Grant) string {
	w.t.Helper()
	grant.Issuer, grant.Audience, grant.Name = issuer, audience, "成员"+grant.Subject
	if grant.IssuedAt.IsZero() {
		grant.IssuedAt, grant.Lifetime = time.Now(), time.Hour
	}
	token, err := identity.Mint(w.key, grant)
	w.must(err)
	return token
}

// request is what a test sends.
type request struct {
	method, path string
	as           string // subject; "" sends no token
	body         any    // string: as it is; else JSON
	header       map[string]string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(server *httptest.Server, r request) answer {
	w.t.Helper()
	got, err := w.try(server, r)
	w.must(err)
	return got
}

// try is send for goroutines that must not end the test.
func (w *world) try(server *httptest.Server, r request) (answer, error) {
	var body io.Reader
	kind := "application/json"
	switch given := r.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(given)
	default:
		text, err := json.Marshal(given)
		if err != nil {
			return answer{}, err
		}
		if w.planted != nil && !strings.Contains(r.path, "/members/") { // staff act in public
			if text, err = json.Marshal(marked("", decoded(text))); err != nil {
				return answer{}, err
			}
		}
		body = bytes.NewReader(text)
	}
	if r.method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	sent, err := http.NewRequest(r.method, server.URL+r.path, body)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		sent.Header.Set("Content-Type", kind)
	}
	if r.as != "" {
		sent.Header.Set("Authorization", "Bearer "+w.token(r.as))
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
		if value == "-" {
			sent.Header.Del(name)
		}
	}
	response, err := http.DefaultTransport.RoundTrip(sent)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	got := answer{response.StatusCode, response.Header, string(text)}
	w.told.keep(got)
	if w.planted != nil {
		w.planted.keep(r, got)
	}
	return got, err
}

// decoded reads what was encoded a moment ago.
func decoded(text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// json reads the body, whatever its status.
func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(a.body), &parsed); err != nil {
		t.Fatalf("%d %s: not JSON: %v", a.status, a.body, err)
	}
	return parsed
}

func (a answer) code() string {
	var parsed struct{ Code string }
	if json.Unmarshal([]byte(a.body), &parsed) != nil {
		return ""
	}
	return parsed.Code
}

// want stops the test unless the answer has the status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// problem stops the test unless the answer is a well-formed problem with status and code.
func (a answer) problem(t testing.TB, status int, code string) answer {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Fatalf("got %d %q, want %d %q: %s", a.status, a.code(), status, code, a.body)
	}
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("Content-Type %q", kind)
	}
	p := a.json(t)
	if p["status"] != float64(status) || p["type"] != "tag:tiaojie.dev,2026:problem/"+code ||
		p["instance"] != "urn:uuid:"+a.header.Get("X-Request-Id") || p["title"] == "" || p["detail"] == "" {
		t.Fatalf("not a whole problem: %s", a.body)
	}
	return a
}

func (w *world) cases() string { return "/v1/tenants/" + w.town + "/cases" }

// dispute is a filing that is ready for acceptance.
func dispute(title string) map[string]any {
	return map[string]any{
		"type": "02", "source": "application", "title": title, "facts": "院墙雨水。", "claims": "改道排水。",
		"amount": 250000, "tags": []string{"排水"},
		"parties": []map[string]any{
			{"side": "applicant", "kind": "person", "name": "欧阳测试", "phone": "13800005678", "address": "某镇某村12号"},
			{"side": "respondent", "kind": "person", "name": "司马测试"},
		},
	}
}

// file files a case in the first town and returns its path and id.
func (w *world) file(title string) (path, id string) {
	w.t.Helper()
	got := w.send(w.shared, request{method: "POST", path: w.cases(), as: "director", body: dispute(title)}).want(w.t, http.StatusCreated)
	id = fmt.Sprint(got.json(w.t)["id"])
	return w.cases() + "/" + id, id
}
