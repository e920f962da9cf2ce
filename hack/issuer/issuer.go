package main

import (
	"crypto/rand"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// issuer answers OpenID Connect's addresses and the login form.
type issuer struct {
	url     string
	storage *storage
	mux     *http.ServeMux
}

func newIssuer(url, audience string) (*issuer, error) {
	store := newStorage(audience)
	if _, err := store.rotate(); err != nil {
		return nil, err
	}
	config := &op.Config{CodeMethodS256: true, AuthMethodPost: true}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		return nil, err
	}
	provider, err := op.NewProvider(config, store, op.StaticIssuer(url), op.WithAllowInsecure())
	if err != nil {
		return nil, err
	}
	i := &issuer{url: url, storage: store, mux: http.NewServeMux()}
	login := loginForm{storage: store, callback: op.AuthCallbackURL(provider)}
	i.mux.HandleFunc("GET "+loginPath, login.show)
	i.mux.Handle("POST "+loginPath, op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(login.check))
	i.mux.Handle("/", provider)
	return i, nil
}

// ServeHTTP answers one request.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }
