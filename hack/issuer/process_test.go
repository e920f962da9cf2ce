package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// binary is the built product.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TIAOJIE_BINARY")
	if path == "" {
		t.Fatal("no product to test with: run  make build  and set TIAOJIE_BINARY to .tiaojie/bin/tiaojie")
	}
	return path
}

// TestProcess_believesTwoIssuers starts the product as a pod would, with the staff's issuer and the partners' one.
func TestProcess_believesTwoIssuers(t *testing.T) {
	t.Parallel()
	staff, partners := start(t), start(t)
	partners.storage.audience = "partners"
	county := pgtest.County(t)
	_, err := county.County.PutAdministrators(t.Context(), []tenantdb.Administrator{{Issuer: staff.url, Subject: "zhang"}})
	must(t, err)
	directory := county.Directory()
	listen, operations := freeAddress(t), freeAddress(t)
	var log bytes.Buffer
	process := exec.Command(binary(t), "api")
	process.Stderr = &log
	process.Env = []string{
		"TIAOJIE_LISTEN=" + listen, "TIAOJIE_OPERATIONS_LISTEN=" + operations,
		"TIAOJIE_DIRECTORY_HOST=" + directory.Host, "TIAOJIE_DIRECTORY_PORT=" + strconv.Itoa(directory.Port), "TIAOJIE_DIRECTORY_NAME=" + directory.Database,
		"TIAOJIE_DIRECTORY_USER=" + directory.User, "TIAOJIE_DIRECTORY_PASSWORD=" + directory.Password, "TIAOJIE_DIRECTORY_SSLMODE=disable",
		"TIAOJIE_KEY=" + county.KeyText, "TIAOJIE_ISSUER=" + staff.url, "TIAOJIE_AUDIENCE=" + audience,
		`TIAOJIE_ISSUERS=[{"issuer":"` + partners.url + `","audience":"partners","services":true,"algorithms":["ES256"]}]`,
	}
	must(t, process.Start())
	defer func() {
		must(t, process.Process.Signal(os.Interrupt))
		if err := process.Wait(); err != nil {
			t.Errorf("the process ends with %v: %s", err, log.String())
		}
	}()
	awaitReady(t, "http://"+operations+"/readyz", &log)
	server := &httptest.Server{URL: "http://" + listen}
	ask := func(token string) (int, map[string]any) {
		response, body := send(t, server, http.MethodGet, "/v1/me", token, nil)
		return response.StatusCode, body
	}
	if status, me := ask(staff.person("zhang", "271828")); status != http.StatusOK || len(memberships(me)) != 1 {
		t.Errorf("a person of the staff's issuer: %d %v", status, me)
	}
	if status, me := ask(partners.service()); status != http.StatusOK || me["kind"] != "service" || me["issuer"] != partners.url {
		t.Errorf("a program of the partners' issuer: %d %v", status, me)
	}
	// Both issuers call their key key-1, and each has a zhang: neither speaks for the other.
	if status, me := ask(partners.person("zhang", "271828")); status != http.StatusOK || len(memberships(me)) != 0 {
		t.Errorf("the partners' zhang is another: %d %v", status, me)
	}
	partners.storage.audience = audience
	if status, body := ask(partners.service()); status != http.StatusUnauthorized || body["code"] != "token-audience" {
		t.Errorf("a token of the partners' issuer with the staff's audience: %d %v", status, body)
	}
	if status, body := ask(forged(t, staff.url, 1, time.Now())); status != http.StatusUnauthorized || body["code"] != "token-signature" {
		t.Errorf("another key of the same id: %d %v", status, body)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := listenOnLoopback(t.Context(), "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

func awaitReady(t *testing.T, address string, log fmt.Stringer) {
	t.Helper()
	for range 300 {
		if response, err := http.Get(address); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("not ready in 15 s: %s", log.String())
}

// TestProcess_doctorChecksTheIssuer runs the check that installers run.
func TestProcess_doctorChecksTheIssuer(t *testing.T) {
	t.Parallel()
	r := start(t)
	mirror := httptest.NewServer(r.issuer) // the same issuer under an address that it does not call itself
	t.Cleanup(mirror.Close)
	away := start(t)
	away.stop()
	for name, c := range map[string]struct {
		issuer string
		works  bool
		says   string
	}{
		"the issuer":            {r.url, true, "1 signing keys"},
		"under another address": {mirror.URL, false, r.url},
		"away":                  {away.url, false, "refused"},
		"not an issuer":         {(&url.URL{Scheme: "http", Host: r.address, Path: "/keys"}).String(), false, "404"},
	} {
		command := exec.Command(binary(t), "doctor", "--lang", "en", "--issuer", c.issuer)
		command.Env = []string{"PATH=" + os.Getenv("PATH")}
		output, err := command.CombinedOutput()
		if works := err == nil; works != c.works || !strings.Contains(string(output), c.says) {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}
