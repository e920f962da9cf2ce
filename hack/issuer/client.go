package main

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// What apps register with.
const (
	appID         = "mediator-app"
	redirectURI   = "http://127.0.0.1:8976/signed-in"
	serviceID     = "court-link"
	serviceSecret = "court-link-secret"
)

// client is an app that signs people in, or a program that speaks for itself. Both get access tokens as JWT (RFC 9068),
// since the product checks them without asking back.
type client struct{ service bool }

func (c client) GetID() string {
	if c.service {
		return serviceID
	}
	return appID
}

func (c client) RedirectURIs() []string {
	if c.service {
		return nil
	}
	return []string{redirectURI}
}

func (c client) ApplicationType() op.ApplicationType {
	if c.service {
		return op.ApplicationTypeWeb
	}
	return op.ApplicationTypeNative // a public client: PKCE is demanded
}

func (c client) AuthMethod() oidc.AuthMethod {
	if c.service {
		return oidc.AuthMethodBasic
	}
	return oidc.AuthMethodNone
}

func (c client) GrantTypes() []oidc.GrantType {
	if c.service {
		return []oidc.GrantType{oidc.GrantTypeClientCredentials}
	}
	return []oidc.GrantType{oidc.GrantTypeCode}
}

func (c client) ResponseTypes() []oidc.ResponseType {
	if c.service {
		return nil
	}
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (client) PostLogoutRedirectURIs() []string     { return nil }
func (client) LoginURL(request string) string       { return loginPath + "?request=" + request }
func (client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeJWT }
func (client) IDTokenLifetime() time.Duration       { return tokenLifetime }
func (client) DevMode() bool                        { return false }
func (client) IsScopeAllowed(string) bool           { return false }
func (client) IDTokenUserinfoClaimsAssertion() bool { return false }
func (client) ClockSkew() time.Duration             { return 0 }

func (client) RestrictAdditionalIdTokenScopes() func([]string) []string { return unchanged }

func (client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return unchanged }

func unchanged(scopes []string) []string { return scopes }
