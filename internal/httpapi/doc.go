// Package httpapi answers one question: what do client apps see over HTTP? It stands on floor 2 and holds the
// operations of the REST API (Huma on net/http), the one map from kinds of errors to statuses (problem.go), and the
// conventions every operation shares: problems, idempotency keys, entity tags, cursors, languages, limits.
// It must not know SQL, PostgreSQL or Kubernetes: a Backend hands it the use cases of one unit. The same code serves
// one tenant (dedicated) and all of them (shared). Start reading at New in api.go, then case.go.
package httpapi
