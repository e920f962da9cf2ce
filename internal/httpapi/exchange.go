package httpapi

import (
	"context"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// exchange is what one request has learnt about itself on its way in. It is made by the outermost middleware, filled
// by the stages behind it and read by handlers; one goroutine owns it.
type exchange struct {
	id        string   // UUIDv7, goes into X-Request-Id, the log and a problem's instance
	language  language // of problems
	operation string   // OperationID, "" while no operation is known

	who   mediation.Principal // after authenticate
	actor mediation.Actor     // after authorise, where the operation names a unit

	action  mediation.Action      // of the operation, after routing
	object  mediation.AuditObject // what the path speaks of
	refused bool                  // the refusal is in the unit's record

	tenant *casework.Service   // after authorise, under /v1/tenants/{tenant}
	county *countywide.Service // after authorise, under /v1/counties/{county}

	key         string  // Idempotency-Key, "" without one
	fingerprint string  // of method, path, query, If-Match and canonical body
	ifMatch     tagList // of If-Match
	ifNoneMatch tagList // of If-None-Match
}

type exchangeKey struct{}

func withExchange(ctx context.Context, e *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// exchangeOf returns the request's exchange. Every request has one: the middleware puts it there before routing.
func exchangeOf(ctx context.Context) *exchange {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return &exchange{language: english}
}

// idempotency returns the request's key for the use cases, nil without one.
func (e *exchange) idempotency() *mediation.Key {
	if e.key == "" {
		return nil
	}
	return &mediation.Key{Principal: e.who.ID(), Key: e.key, Fingerprint: e.fingerprint}
}

// request is what a use case wants to know besides its own arguments.
func (e *exchange) request() mediation.Request {
	return mediation.Request{Actor: e.actor, Key: e.idempotency()}
}
