package tenantdb

import (
	"context"
	"errors"
)

var errNotYet = errors.New("not built yet")

// Server is an open connection pool to one PostgreSQL server as its admin login.
type Server struct{}

// ServerState is what a server can do and what it lacks.
type ServerState struct {
	Version        int    // server_version_num, e.g. 150018
	VersionText    string // e.g. 15.18
	MaxConnections int
	Superuser      bool      // the admin login is one; it need not be
	Counties       []string  // codes that have a database here, sorted
	Missing        []Problem // what stands in the way of provisioning; empty means ready
}

// Logins are the passwords of the two server-wide logins.
type Logins struct{ API, Worker string }

// Open connects and fails with a *Problem that says why it cannot.
func Open(ctx context.Context, endpoint Endpoint) (*Server, error) { return nil, errNotYet }

// Close ends all connections.
func (s *Server) Close() {}

// Observe reads version, capacity, counties and missing rights in one round trip.
func (s *Server) Observe(ctx context.Context) (ServerState, error) { return ServerState{}, errNotYet }

// EnsureRoles makes tiaojie_operator, tiaojie_api and tiaojie_worker.
func (s *Server) EnsureRoles(ctx context.Context, logins Logins) (changed bool, err error) {
	return false, errNotYet
}

// EnsureCountyDatabase makes the roles o<code>, county_<code>, county_<code>_town and the database county_<code>.
func (s *Server) EnsureCountyDatabase(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}

// DropCountyDatabase removes database and roles when proof is its held claim.
func (s *Server) DropCountyDatabase(ctx context.Context, code string, proof Claim) error {
	return errNotYet
}
