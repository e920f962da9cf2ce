// Package tenantdb answers: does this PostgreSQL server hold the databases, schemas, roles and grants that the
// resources declare, and if not, what must be changed. Every Ensure method observes first, changes only what differs,
// may be repeated after a crash at any point, and says whether it changed something.
//
// It is floor 2. It knows PostgreSQL catalogs and the migrations of internal/postgres; it must not know Kubernetes,
// HTTP or any rule of mediation. All work runs as the role tiaojie_operator, never as the login itself, so that another
// login can take over. Start reading in server.go, then county.go and grant.go (who may do what, as one table).
package tenantdb
