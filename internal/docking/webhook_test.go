package docking_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/docking"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	oneSecret     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	anotherSecret = "whsec_dGhpcyBpcyBhbm90aGVyIHNlY3JldCBmb3IgdGVzdHM="
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func secrets(t *testing.T, text string) docking.Secrets {
	t.Helper()
	parsed, err := docking.ParseSecrets(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func message() casework.Message {
	return casework.Message{
		ID: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", Tenant: "371621101", Case: "01981c5e-0000-7c3e-9f60-4b0f6a1d2c3e", Kind: "red-alert",
		Urgency: "urgent", Number: "（2026）惠镇人调字第0001号", About: "/risk", ZH: "案件 （2026）惠镇人调字第0001号（邻里纠纷）风险等级为红色，请立即处置。", EN: "The risk is red.",
		To: mediation.Recipient{Issuer: "https://id.example", Subject: "li"}, At: noon, Attempts: 1,
	}
}

// received is one request as the receiver saw it.
type received struct {
	header http.Header
	body   string
}

// receiver is a real HTTP server that answers as a test wants.
func receiver(t *testing.T, answer http.HandlerFunc) (url string, requests chan received) {
	t.Helper()
	requests = make(chan received, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- received{r.Header, string(body)}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func webhook(t *testing.T, url, secret string) *docking.Webhook {
	t.Helper()
	hook, err := docking.NewWebhook(url, secrets(t, secret), nil)
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

// undelivered takes the reason out of an error.
func undelivered(t *testing.T, err error) *casework.Undelivered {
	t.Helper()
	var failure *casework.Undelivered
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no Undelivered", err)
	}
	return failure
}

func taken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestWebhook_Send(t *testing.T) {
	url, requests := receiver(t, taken)
	if err := webhook(t, url, oneSecret).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.header.Get("webhook-id") != string(message().ID) || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", got.header)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	data, _ := body["data"].(map[string]any)
	if body["type"] != "notice.red-alert" || body["timestamp"] != "2026-11-23T04:00:00Z" || data["tenant"] != "371621101" || data["kind"] != "red-alert" ||
		data["urgency"] != "urgent" || data["number"] != message().Number || fmt.Sprint(data["recipient"]) != "map[issuer:https://id.example subject:li]" {
		t.Errorf("%s", got.body)
	}
}

// An attempt that is repeated has the same id, so that the receiver can drop doubles, and a new moment.
func TestWebhook_repeatsUnderTheSameID(t *testing.T) {
	url, requests := receiver(t, taken)
	at := noon
	hook, err := docking.NewWebhook(url, secrets(t, oneSecret), func() time.Time { at = at.Add(time.Minute); return at })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := hook.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	one, two := <-requests, <-requests
	if one.header.Get("webhook-id") != two.header.Get("webhook-id") || one.body != two.body ||
		one.header.Get("webhook-timestamp") == two.header.Get("webhook-timestamp") || one.header.Get("webhook-signature") == two.header.Get("webhook-signature") {
		t.Errorf("%v\n%v", one, two)
	}
}

// The published library of the specification accepts what is sent, by either secret, and nothing else.
func TestWebhook_verifiedByThePublishedLibrary(t *testing.T) {
	url, requests := receiver(t, taken)
	if err := webhook(t, url, oneSecret+","+anotherSecret).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	folder := t.TempDir()
	npm := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, "standardwebhooks@1.1.1")
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm install standardwebhooks (install npm): %v %s", err, out)
	}
	given, err := json.Marshal(map[string]any{"body": got.body, "headers": map[string]string{
		"webhook-id": got.header.Get("webhook-id"), "webhook-timestamp": got.header.Get("webhook-timestamp"), "webhook-signature": got.header.Get("webhook-signature"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	const script = `const { Webhook } = require(process.argv[1]); const given = JSON.parse(process.argv[2]);
		for (const secret of process.argv.slice(3)) {
			for (const [name, body] of [["true", given.body], ["forged", given.body.replace("red-alert", "assigned")]]) {
				try { new Webhook(secret).verify(body, given.headers); console.log(name, "accepted") } catch (e) { console.log(name, "refused") }
			}
		}`
	verify := exec.CommandContext(t.Context(), "node", "-e", script, filepath.Join(folder, "node_modules", "standardwebhooks"), string(given),
		oneSecret, anotherSecret, "whsec_d3Jvbmcgc2VjcmV0IHdyb25nIHNlY3JldCB3cm9uZw==")
	out, err := verify.CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	want := "true accepted\nforged refused\ntrue accepted\nforged refused\ntrue refused\nforged refused\n"
	if string(out) != want {
		t.Errorf("the library says\n%s", out)
	}
}

func TestParseSecrets(t *testing.T) {
	if got := secrets(t, " "+oneSecret+", "+anotherSecret+"\n"); len(got) != 2 || len(got[0]) != 24 {
		t.Errorf("%d secrets", len(got))
	}
	for reason, text := range map[string]string{
		"none": "", "not base64": "whsec_***", "too short": "whsec_c2hvcnQ=", "too long": "whsec_" + strings.Repeat("QUJD", 30),
		"one of two is wrong": oneSecret + ",x",
	} {
		_, err := docking.ParseSecrets(text)
		if err == nil {
			t.Errorf("%s: accepted", reason)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the secret stands in the message: %v", reason, err)
		}
	}
}

func TestNewWebhook_refusesAddresses(t *testing.T) {
	for _, address := range []string{"", "nowhere", "ftp://x.example", "https://", "https://u:p@x.example/", "https://x.example/#f", "://"} {
		if _, err := docking.NewWebhook(address, secrets(t, oneSecret), nil); err == nil {
			t.Errorf("%q was accepted", address)
		}
	}
}

// What receivers do wrong: each gets its name, and whether trying again may help.
func TestWebhook_badReceivers(t *testing.T) {
	elsewhere, followed := receiver(t, taken)
	for name, tc := range map[string]struct {
		answer    http.HandlerFunc
		code      string
		permanent bool
		wait      time.Duration
	}{
		"fault":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "status-500", false, 0},
		"wrong secret": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "status-401", false, 0},
		"not there":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "status-404", false, 0},
		"no more":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, "status-410", true, 0},
		"not this one": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(422) }, "status-422", true, 0},
		"busy, in seconds": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(429)
		}, "status-429", false, 2 * time.Minute},
		"busy, until": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		}, "status-503", false, time.Hour},
		"busy, since long": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		}, "status-503", false, 0},
		"busy, oddly": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "-5 minutes")
			w.WriteHeader(503)
		}, "status-503", false, 0},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		}, "status-307", false, 0},
		"reset": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}, "connection", false, 0},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}, "connection", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := receiver(t, tc.answer)
			failure := undelivered(t, webhook(t, url, oneSecret).Send(t.Context(), message()))
			if failure.Code != tc.code || failure.Permanent != tc.permanent {
				t.Errorf("%+v", failure)
			}
			if difference := (failure.RetryAfter - tc.wait).Abs(); difference > 2*time.Second {
				t.Errorf("asked to wait %v, want %v", failure.RetryAfter, tc.wait)
			}
			if strings.Contains(failure.Error(), url) {
				t.Errorf("the address stands in the message: %v", failure)
			}
		})
	}
	if len(followed) != 0 {
		t.Error("a redirect was followed")
	}
}

func TestWebhook_slowReceiver(t *testing.T) {
	release := make(chan struct{})
	url, _ := receiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if failure := undelivered(t, webhook(t, url, oneSecret).Send(ctx, message())); failure.Code != "timeout" || failure.Permanent {
		t.Errorf("%+v", failure)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if failure := undelivered(t, webhook(t, url, oneSecret).Send(stopped, message())); failure.Code != "interrupted" {
		t.Errorf("%+v", failure)
	}
}

// A receiver that answers without end is left after a bound, and has taken the message all the same.
func TestWebhook_endlessAnswer(t *testing.T) {
	written := make(chan int, 1)
	url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		n, block := 0, []byte(strings.Repeat("x", 32<<10))
		for range 4096 {
			m, err := w.Write(block)
			n += m
			if err != nil {
				break
			}
		}
		written <- n
	})
	if err := webhook(t, url, oneSecret).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if n := <-written; n > 64<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

func TestWebhook_nobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	if failure := undelivered(t, webhook(t, "http://"+address, oneSecret).Send(t.Context(), message())); failure.Code != "connection" {
		t.Errorf("%+v", failure)
	}
}
