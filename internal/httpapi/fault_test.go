package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// broken is a backend that fails in the way a test wants, behind every operation that lists counties.
type broken struct {
	fail  func() error
	ready error
}

func (b broken) Tenant(context.Context, string) (*casework.Service, error)   { return nil, b.fail() }
func (b broken) County(context.Context, string) (*countywide.Service, error) { return nil, b.fail() }
func (b broken) Units(context.Context, mediation.Principal) ([]mediation.Membership, error) {
	return nil, b.fail()
}
func (b broken) Counties(context.Context) ([]countywide.County, error)      { return nil, b.fail() }
func (b broken) Tenants(context.Context, string) ([]casework.Tenant, error) { return nil, b.fail() }
func (b broken) Ready(context.Context) error                                { return b.ready }

// anyone believes every token.
type anyone struct{}

func (anyone) Verify(context.Context, string) (mediation.Principal, error) {
	return mediation.Principal{Issuer: issuer, Subject: "anyone"}, nil
}

func newBroken(t *testing.T, backend broken, inFlight int) (*httpapi.API, *httptest.Server, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	api, err := httpapi.New(httpapi.Config{Backend: backend, Verifier: anyone{}, InFlight: inFlight,
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return api, server, log
}

func ask(t testing.TB, server *httptest.Server, path string) answer {
	t.Helper()
	w := &world{t: t}
	return w.send(server, request{method: "GET", path: path, header: map[string]string{"Authorization": "Bearer x"}})
}

func TestAPI_faults(t *testing.T) {
	leak := "ERROR: relation \"t371621101.cases\" does not exist (SQLSTATE 42P01)"
	cases := map[string]struct {
		reason string
		fail   func() error
		status int
		code   string
		logged string
	}{
		"a fault of ours": {"the cause is for the log", func() error { return errors.New(leak) }, 500, "internal", "42P01"},
		"a panic":         {"one request fails, the process lives", func() error { panic(leak) }, 500, "internal", "goroutine"},
		"no database": {"the cause is for the log", func() error {
			return mediation.Fail(mediation.Unavailable, "database", "Try again.", "请重试。").WithCause(errors.New(leak))
		}, 503, "database", "42P01"},
		"too slow": {"a deadline is no fault", func() error { return fmt.Errorf("%s: %w", leak, context.DeadlineExceeded) }, 503, "timeout", "42P01"},
		"unknown":  {"of a later release", func() error { return mediation.Fail("odd", "odd", leak, leak) }, 500, "internal", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, server, log := newBroken(t, broken{fail: c.fail}, 0)
			for _, path := range []string{"/v1/counties", "/v1/tenants/371621101/cases", "/v1/counties/371621", "/v1/me"} {
				got := ask(t, server, path).problem(t, c.status, c.code)
				if strings.Contains(got.body, "SQLSTATE") || strings.Contains(got.body, "t371621101.") {
					t.Errorf("%s: leaked: %s", c.reason, got.body)
				}
				if id := got.header.Get("X-Request-Id"); c.logged != "" && !strings.Contains(log.String(), id) {
					t.Errorf("the log does not know %s", id)
				}
			}
			if !strings.Contains(log.String(), c.logged) {
				t.Errorf("%s: log %s", c.reason, log)
			}
		})
	}
}

// TestAPI_inFlight fills the instance and asks once more.
func TestAPI_inFlight(t *testing.T) {
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	_, server, _ := newBroken(t, broken{fail: func() error {
		entered <- struct{}{}
		<-leave
		return errors.New("late")
	}}, 2)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() { ask(t, server, "/v1/counties") })
	}
	<-entered
	<-entered
	got := ask(t, server, "/v1/counties").problem(t, http.StatusServiceUnavailable, "busy")
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("headers %v", got.header)
	}
	close(leave)
	group.Wait()
}

func TestOperations(t *testing.T) {
	api, server, _ := newBroken(t, broken{fail: func() error { return mediation.Fail(mediation.Unavailable, "database", "", "") }}, 0)
	operations := api.Operations()
	port := httptest.NewServer(operations)
	t.Cleanup(port.Close)
	ask(t, server, "/v1/counties").want(t, 503)
	ask(t, server, "/v1/nowhere").want(t, 404)
	for path, status := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 200, "/v1/me": 404, "/": 404} {
		if got := ask(t, port, path); got.status != status {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	metrics := ask(t, port, "/metrics").body
	for _, want := range []string{
		`tiaojie_api_requests_total{operation="list-counties",status="5xx"} 1`,
		`tiaojie_api_requests_total{operation="none",status="4xx"} 1`,
		`tiaojie_api_request_seconds_count{operation="list-counties"} 1`, "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	operations.Drain()
	if got := ask(t, port, "/readyz"); got.status != 503 {
		t.Errorf("still ready while stopping: %d", got.status)
	}
	if got := ask(t, port, "/livez"); got.status != 200 {
		t.Errorf("not alive while stopping: %d", got.status)
	}
}

func TestOperations_notReady(t *testing.T) {
	api, _, _ := newBroken(t, broken{ready: mediation.Fail(mediation.Unavailable, "schema-version", "The schema is at version 3.", "")}, 0)
	port := httptest.NewServer(api.Operations())
	t.Cleanup(port.Close)
	if got := ask(t, port, "/readyz"); got.status != 503 || !strings.Contains(got.body, "version 3") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestAPI_neverPanicsOnBodies feeds the reading stage with what fuzzers find.
func FuzzAPI_bodies(f *testing.F) {
	api, err := httpapi.New(httpapi.Config{Verifier: anyone{}, Log: slog.New(slog.DiscardHandler),
		Backend: broken{fail: func() error { return mediation.UnknownCase() }}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{}`, `{"title":1}`, `[[]]`, "\x00", `{"parties":[null]}`} {
		f.Add("/v1/tenants/371621101/cases", "POST", []byte(seed))
	}
	f.Add("/v1/tenants/371621101/cases?limit=9999999999999999999", "GET", []byte(nil))
	f.Fuzz(func(t *testing.T, target, method string, body []byte) {
		r, err := http.NewRequest(method, "http://x"+target, bytes.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		api.Handler().ServeHTTP(recorder, r)
		if recorder.Code >= 500 {
			t.Fatalf("%s %s: %d %s", method, target, recorder.Code, recorder.Body)
		}
	})
}
