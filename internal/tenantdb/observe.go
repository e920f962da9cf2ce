package tenantdb

import "context"

// CountyState is a county's database as its catalogs tell it.
type CountyState struct {
	SchemaVersion int                    // of the schema county; 0 = none
	Drift         []Finding              // in the county's own roles, grants and policies
	Tenants       map[string]TenantState // by code; every tenant with a claim, a schema or a row
}

// TenantState is one tenant's part of CountyState.
type TenantState struct {
	Code          string
	SchemaExists  bool
	Owner         string // of the schema
	SchemaVersion int
	Slots         []SlotState
	OpenCases     int    // cases it is custodian of that are not ended
	Claim         string // "", held or retained
	ClaimUID      string
	GrantsDigest  string    // of all grants on its schema and tables
	Drift         []Finding // empty: as declared
}

// SlotState is one login of a tenant.
type SlotState struct {
	Name            string // t<code>_a
	Login           bool
	ConnectionLimit int
}

// Finding is one difference between what is declared and what is there.
type Finding struct {
	Object  string // e.g. role t371621101, table t371621101.cases
	Message string // what differs, in words
}

// Observe reads the whole county by one set of catalog queries. Ensure methods repair what it finds.
func (c *County) Observe(ctx context.Context) (CountyState, error) { return CountyState{}, errNotYet }
