// Package postgres answers: how are cases, members, journals and the county's index kept in PostgreSQL. It holds every
// statement on tenant, county and directory tables, their migrations, and the pools that reach them.
//
// It is floor 2. It implements the Store interfaces of internal/casework and internal/countywide; it must not know HTTP
// or Kubernetes, and it decides no rule: it keeps what the floors below decided, in one transaction. A pool is bound to
// one tenant's role for its whole life, so no statement can choose a wrong schema. Start reading in tenant.go (one
// tenant's store), then write.go (the transaction), case.go and record.go (what a case is kept as), pools.go and shared.go
// (who is served by which pool).
package postgres
