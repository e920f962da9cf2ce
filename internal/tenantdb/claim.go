package tenantdb

import "context"

// Kinds of claims.
const (
	KindCounty   = "County"
	KindTownship = "Township"
)

// Claim says which resource of which installation a schema belongs to.
type Claim struct {
	Kind         string // KindCounty or KindTownship
	Name         string // the unit's code
	Installation string // the directory's installation id
	UID          string // metadata.uid of the resource
	Adopt        bool   // the administrator's deliberate act: take over another's or nobody's
}

// ClaimOutcome says how a claim came to be held.
type ClaimOutcome string

// Outcomes of Claim.
const (
	ClaimHeld      ClaimOutcome = "Held"      // it was ours already
	ClaimMade      ClaimOutcome = "Made"      // there was nothing before
	ClaimReclaimed ClaimOutcome = "Reclaimed" // ours from an earlier life of the resource, retained or its UID gone
	ClaimAdopted   ClaimOutcome = "Adopted"   // another installation's or nobody's, taken over on request
)

// Claim takes the unit for this resource, before anything of it is created. A county's first claim creates the schema
// county in the same transaction, so a crash leaves either an empty database (free to claim) or a claimed one.
// Another installation's is a Problem ClaimedByAnother, a schema without a claim a Problem Unclaimed.
func (c *County) Claim(ctx context.Context, claim Claim) (ClaimOutcome, error) { return "", errNotYet }

// Retain marks a held claim as retained: its resource is gone, its data stays. Without a held claim nothing happens.
func (c *County) Retain(ctx context.Context, claim Claim) (changed bool, err error) {
	return false, errNotYet
}

// Drop removes a tenant's schema, roles and rows, only with a held claim of this UID; a second time it does nothing.
func (c *County) Drop(ctx context.Context, claim Claim) error { return errNotYet }
