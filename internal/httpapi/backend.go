package httpapi

import (
	"context"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Backend hands out the use cases of one unit. A dedicated installation knows one tenant, the shared one knows all;
// operations cannot tell the difference.
type Backend interface {
	// Tenant fails with NotFound "unknown-unit", Unavailable "schema-version", "database" or "busy", and on a
	// dedicated instance with Misdirected "wrong-instance" for every other tenant.
	Tenant(ctx context.Context, code string) (*casework.Service, error)
	// County fails like Tenant; a dedicated instance serves no county.
	County(ctx context.Context, code string) (*countywide.Service, error)
	// Units lists where the caller is a member, sorted by unit.
	Units(ctx context.Context, who mediation.Principal) ([]mediation.Membership, error)
	// Counties lists the directory's counties, sorted by code.
	Counties(ctx context.Context) ([]countywide.County, error)
	// Tenants lists the directory's tenants, sorted by code; county "" means all.
	Tenants(ctx context.Context, county string) ([]casework.Tenant, error)
	// Ready says whether requests should be sent here. A database that is down is not a reason to say no.
	Ready(ctx context.Context) error
}

// Verifier tells whom a bearer token speaks of; identity.Verifier is one.
type Verifier interface {
	Verify(ctx context.Context, token string) (mediation.Principal, error)
}
