package tenantdb

import "tiaojie.dev/tiaojie/internal/postgres"

// Endpoint says where a server is and who logs in; its Database is the maintenance database.
type Endpoint = postgres.Address

// ParseEndpoint reads a postgres:// URL. A wrong one is a Problem InvalidEndpoint that does not repeat the password.
func ParseEndpoint(url string) (Endpoint, error) {
	endpoint, err := postgres.ParseAddress(url)
	return endpoint, problemOf(err, "read the server's URL")
}
