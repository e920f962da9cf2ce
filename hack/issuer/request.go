package main

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// authRequest is somebody on the way from the app through the login form and back.
type authRequest struct {
	id       string
	asked    oidc.AuthRequest
	audience []string
	who      person
	factors  []string // amr (RFC 8176) of the sign-in
	signedIn time.Time
}

func (r *authRequest) GetID() string                      { return r.id }
func (r *authRequest) GetACR() string                     { return "" }
func (r *authRequest) GetAMR() []string                   { return r.factors }
func (r *authRequest) GetAudience() []string              { return r.audience }
func (r *authRequest) GetAuthTime() time.Time             { return r.signedIn }
func (r *authRequest) GetClientID() string                { return r.asked.ClientID }
func (r *authRequest) GetNonce() string                   { return r.asked.Nonce }
func (r *authRequest) GetRedirectURI() string             { return r.asked.RedirectURI }
func (r *authRequest) GetResponseType() oidc.ResponseType { return r.asked.ResponseType }
func (r *authRequest) GetResponseMode() oidc.ResponseMode { return r.asked.ResponseMode }
func (r *authRequest) GetScopes() []string                { return r.asked.Scopes }
func (r *authRequest) GetState() string                   { return r.asked.State }
func (r *authRequest) GetSubject() string                 { return r.who.subject }
func (r *authRequest) Done() bool                         { return !r.signedIn.IsZero() }

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	if r.asked.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}

// serviceRequest is a program that asks for a token for itself.
type serviceRequest struct{ audience, scopes []string }

func (serviceRequest) GetSubject() string      { return serviceID }
func (r serviceRequest) GetAudience() []string { return r.audience }
func (r serviceRequest) GetScopes() []string   { return r.scopes }
