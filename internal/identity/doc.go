// Package identity answers one question: whom does this bearer token speak of? It stands on floor 2, knows
// OpenID Connect issuers, JSON Web Key Sets and the development keys of a demo, and turns a token into a
// mediation.Principal. It must not know tenants, roles or HTTP requests: membership is looked up by the use cases,
// the Authorization header is read by httpapi. Start reading at Verifier.Verify.
package identity
