package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// What requests, receipts and lists are made of is the same on one tenant and across tenants.
type (
	// Key makes a write happen once.
	Key = mediation.Key
	// Request is who asks.
	Request = mediation.Request
	// Receipt is what remains of a write.
	Receipt = mediation.Receipt
	// Position is a place in a list.
	Position = mediation.Position
	// Total counts a list.
	Total = mediation.Total
)

// County is the county as its own database knows it.
type County struct {
	Code      string
	Name      string
	Tenants   int // the desk included
	OpenCases int
}

// Tenant is one tenant of the county.
type Tenant struct {
	Code           string
	Name           string
	Kind           string
	Mode           string
	State          string
	SchemaVersion  int
	OpenCasesQuota int // 0: none
	OpenCases      int
	UpdatedAt      time.Time
}

// IndexedCase is a row of the county's index: codes, days, amounts and masked names, never text.
type IndexedCase struct {
	ID            mediation.ID
	Tenant        string // where it was registered
	TenantName    string
	Custodian     string // who holds it
	State         mediation.State
	Type          mediation.DisputeType
	Source        mediation.Source
	Registration  string
	Number        string
	Amount        *int64 // fen
	Tags          []string
	MaskedParties []string
	FiledAt       time.Time
	UpdatedAt     time.Time
	Version       int64
	// What kind of dispute it is; empty and nil while nobody has judged it.
	Difficulty      mediation.Difficulty
	Risk            mediation.Colour
	GovernanceTypes []string
	Enterprise      *bool
}

// CaseQuery filters the county's list: as in one tenant, and by tenants. No tenants: all.
type CaseQuery struct {
	mediation.CaseQuery
	Tenants []string
}

// CasePage is one page of the county's list. Next is nil on the last.
type CasePage struct {
	Cases []IndexedCase
	Next  *Position
	Total Total
}

// Store is one county's database under the county's role. It is bound to that county for its whole life.
type Store interface {
	RepeatStore
	DueStore
	OrganisationStore
	MediatorStore
	StaffingStore
	AuditStore
	// Unit is the county's code, known without asking the database.
	Unit() string
	County(ctx context.Context) (County, error)
	// Tenants are the county's tenants by code, the desk first.
	Tenants(ctx context.Context) ([]Tenant, error)
	// Memberships are the person's rows of the county itself.
	Memberships(ctx context.Context, issuer, subject string) ([]mediation.Membership, error)
	// AllMemberships are the person's rows of the county and of all its tenants, by unit.
	AllMemberships(ctx context.Context, issuer, subject string) ([]mediation.Membership, error)
	// ListCases takes a checked query.
	ListCases(ctx context.Context, query CaseQuery) (CasePage, error)
	// Members are the county's own rows, by subject.
	Members(ctx context.Context) ([]mediation.Membership, error)
	// Write is as in casework.Store, on the county's own idempotency keys.
	Write(ctx context.Context, key *Key, fn func(ctx context.Context, tx Tx) (Receipt, error)) (Receipt, error)
	ReferenceStore
}

// Tx is one transaction on the county's own rows.
type Tx interface {
	AuditTx
	// PutMember stores a member of the county; Version is the version seen, 0 for any. Rows of the operator are
	// Conflict "owned-by-resource".
	PutMember(ctx context.Context, m mediation.Membership) (stored mediation.Membership, created bool, err error)
	// RemoveMember removes a member of the county at the version seen, 0 for any.
	RemoveMember(ctx context.Context, issuer, subject string, version int64) error
	// EndMemberships disables a person's rows of the county and of all its tenants, those of the operator excepted, and
	// gives all of them as they are then, by unit.
	EndMemberships(ctx context.Context, issuer, subject string, at time.Time) ([]mediation.Membership, error)
	ReferenceTx
}
