// Package identity answers one question: whom does this bearer token speak of? It stands on floor 2, knows
// OpenID Connect issuers, JSON Web Key Sets and the development keys of a demo, and turns a token into a
// mediation.Principal. It must not know tenants, roles or HTTP requests: membership is looked up by the use cases,
// the Authorization header is read by httpapi. Start reading at Verifier.Verify.
//
// go-oidc discovers an issuer; its verifier and its remote key set are not used. They ask the issuer for its keys with
// every unknown key id, which a stream of made-up tokens turns into a stream of requests, know neither keys from a file or
// from configuration nor a pinned list of algorithms for access tokens, and answer with texts where a client needs a code.
// What is here instead is a key set (keys.go) and a list of claims (claims.go) over go-jose, which checks the signatures
// there too.
package identity
