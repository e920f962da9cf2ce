package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const audience = "tiaojie"

// running is an issuer on an address of its own, which can be stopped and started again.
type running struct {
	*issuer
	t       *testing.T
	address string
	server  *http.Server
}

func start(t *testing.T) *running {
	t.Helper()
	listener, err := listenOnLoopback(t.Context(), "127.0.0.1:0")
	must(t, err)
	r := &running{t: t, address: listener.Addr().String()}
	r.issuer, err = newIssuer("http://"+r.address, audience)
	must(t, err)
	r.serve(listener)
	t.Cleanup(func() { _ = r.server.Close() })
	return r
}

func (r *running) serve(listener net.Listener) {
	r.server = &http.Server{Handler: r.issuer, ReadHeaderTimeout: time.Second}
	go func() { _ = r.server.Serve(listener) }()
}

func (r *running) stop() { must(r.t, r.server.Close()) }

func (r *running) resume() {
	r.t.Helper()
	listener, err := listenOnLoopback(r.t.Context(), r.address)
	must(r.t, err)
	r.serve(listener)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// app is what an app is configured with, as the discovery document tells.
func (r *running) app() *oauth2.Config {
	r.t.Helper()
	response, err := http.Get(r.url + "/.well-known/openid-configuration")
	must(r.t, err)
	defer response.Body.Close()
	var document struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
	}
	must(r.t, json.NewDecoder(response.Body).Decode(&document))
	return &oauth2.Config{ClientID: appID, RedirectURL: redirectURI, Scopes: []string{"openid", "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: document.Authorization, TokenURL: document.Token, AuthStyle: oauth2.AuthStyleInParams}}
}

// signIn goes the way of a person with a browser: from the app to the form, which is filled in, and back with a code that
// the app exchanges. It gives the tokens, or the page that refused.
func (r *running) signIn(name, password, code string) (*oauth2.Token, string) {
	r.t.Helper()
	app, verifier := r.app(), oauth2.GenerateVerifier()
	back, refused := r.browse(app.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier)), url.Values{
		"username": {name}, "password": {password}, "code": {code}})
	if refused != "" {
		return nil, refused
	}
	if back.Get("state") != "state-1" || back.Get("code") == "" {
		r.t.Fatalf("the app is called back with %v", back)
	}
	token, err := app.Exchange(context.Background(), back.Get("code"), oauth2.VerifierOption(verifier))
	must(r.t, err)
	return token, ""
}

var formField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// browse follows the app's address to the form, sends it, and follows the redirects until the app would be called.
func (r *running) browse(start string, filled url.Values) (back url.Values, refused string) {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	must(r.t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), redirectURI) {
			back = next.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := read(r.t)(browser.Get(start))
	request := formField.FindStringSubmatch(page)
	if request == nil {
		r.t.Fatalf("no login form at %s: %s", start, page)
	}
	filled.Set("request", request[1])
	if page = read(r.t)(browser.PostForm(r.url+loginPath, filled)); back == nil {
		return nil, page
	}
	return back, ""
}

func read(t *testing.T) func(*http.Response, error) string {
	return func(response *http.Response, err error) string {
		t.Helper()
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		return string(text)
	}
}

// person signs somebody in and gives the access token.
func (r *running) person(name, code string) string {
	r.t.Helper()
	token, refused := r.signIn(name, name+"-password", code)
	if token == nil {
		r.t.Fatalf("%s is refused: %s", name, refused)
	}
	return token.AccessToken
}

// service gives the access token of the program.
func (r *running) service() string {
	r.t.Helper()
	token, err := (&clientcredentials.Config{ClientID: serviceID, ClientSecret: serviceSecret, TokenURL: r.app().Endpoint.TokenURL}).Token(context.Background())
	must(r.t, err)
	return token.AccessToken
}

func TestIssuer_refusesAtTheForm(t *testing.T) {
	t.Parallel()
	r := start(t)
	for name, given := range map[string][3]string{
		"a wrong password": {"zhang", "li-password", ""},
		"nobody":           {"wang", "wang-password", ""},
		"a wrong code":     {"zhang", "zhang-password", "000000"},
		"a code of nobody": {"li", "li-password", "271828"},
	} {
		if token, page := r.signIn(given[0], given[1], given[2]); token != nil || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s is let in: %s", name, page)
		}
	}
}

func TestIssuer_demandsPKCEAndTheServicesSecret(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(r.app().AuthCodeURL("s"))
	must(t, err)
	must(t, response.Body.Close())
	if to := response.Header.Get("Location"); !strings.Contains(to, "error=invalid_request") {
		t.Errorf("an app without PKCE is sent on to %q", to)
	}
	back, refused := r.browse(r.app().AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), url.Values{
		"username": {"li"}, "password": {"li-password"}})
	if _, err := r.app().Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil || refused != "" {
		t.Errorf("a code is exchanged by somebody without its verifier: %s", refused)
	}
	wrong := &clientcredentials.Config{ClientID: serviceID, ClientSecret: "guess", TokenURL: r.app().Endpoint.TokenURL}
	if _, err := wrong.Token(t.Context()); err == nil {
		t.Error("a program gets a token without its secret")
	}
}

func TestServe_refusesToLeaveLoopback(t *testing.T) {
	t.Parallel()
	if err := serve(t.Context(), []string{"--listen", "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Fatalf("got %v", err)
	}
}

// send asks an instance of the product.
func send(t *testing.T, server *httptest.Server, method, path, token string, body any) (*http.Response, map[string]any) {
	t.Helper()
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		must(t, err)
		text = strings.NewReader(string(raw))
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, text)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	var parsed map[string]any
	must(t, json.NewDecoder(response.Body).Decode(&parsed))
	return response, parsed
}
