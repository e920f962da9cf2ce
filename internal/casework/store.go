package casework

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
	// CaseQuery filters a list of cases.
	CaseQuery = mediation.CaseQuery
)

// States of a tenant.
const (
	TenantActive    = "active"
	TenantSuspended = "suspended"
)

// Series of serial numbers.
const (
	// SeriesRegistration counts registrations of the whole tenant; its committee is "".
	SeriesRegistration = "registration"
	// SeriesNumber counts accepted cases of one committee.
	SeriesNumber = "number"
)

// Tenant is the tenant as its own database knows it.
type Tenant struct {
	Code           string
	County         string
	Name           string
	Kind           string
	Mode           string
	State          string // TenantActive or TenantSuspended
	SchemaVersion  int
	OpenCasesQuota int // 0: none
	Limits         TenantLimits
	Committee      mediation.Committee
	OpenCases      int
	UpdatedAt      time.Time
}

// TenantLimits are further limits of a tenant; 0 means none.
type TenantLimits struct {
	Storage     int64 // bytes of all attachments
	Attachments int   // of one case
	Requests    int   // a minute, at each instance
}

// CasePage is one page of a list. Next is nil on the last. Its cases have what their rows hold: parties, mediators and
// recusals, the agreement's form and amount, the volume's number, colour, difficulty and classes. What happened in a case is read with the case.
type CasePage struct {
	Cases []mediation.Case
	Next  *Position
	Total Total
}

// Store is one tenant's database. It is bound to that tenant for its whole life; nothing in a call chooses another.
// Everything it refuses is a *mediation.Error: NotFound "unknown-case", Conflict, Unavailable.
type Store interface {
	NoticeStore
	DeliveryStore
	DueStore
	RegistryStore
	SearchStore
	LeadStore
	RoundStore
	ImportStore
	AuditStore
	DisclosureStore
	AttachmentStore
	KeyStore
	// Unit is the tenant's code, known without asking the database.
	Unit() string
	Tenant(ctx context.Context) (Tenant, error)
	// Memberships are the person's rows of this tenant and of its county.
	Memberships(ctx context.Context, issuer, subject string) ([]mediation.Membership, error)
	FindCase(ctx context.Context, id mediation.ID) (mediation.Case, error)
	// ListCases takes a checked query.
	ListCases(ctx context.Context, query CaseQuery) (CasePage, error)
	// Journal is a case's entries, oldest first; NotFound when there is no such case.
	Journal(ctx context.Context, id mediation.ID, after *Position, limit int) ([]mediation.Entry, *Position, error)
	// Members are this tenant's rows only, by subject.
	Members(ctx context.Context) ([]mediation.Membership, error)
	// Write runs fn in one transaction, the key's row first. A finished key with the same fingerprint gives its
	// Receipt with Replayed and fn is not called; with another fingerprint it is Conflict "key-reused"; while the
	// first is still running it is Conflict "key-in-progress" with RetryAfter. fn may run more than once: it must not
	// act outside tx.
	Write(ctx context.Context, key *Key, fn func(ctx context.Context, tx Tx) (Receipt, error)) (Receipt, error)
	ReferenceStore
}

// Tx is one transaction on the tenant's database.
type Tx interface {
	DueTx
	NoticeTx
	DeliveryTx
	RegistryTx
	AlarmTx
	LeadTx
	RoundTx
	ImportTx
	AuditTx
	DisclosureTx
	AttachmentTx
	MemberTx
	// LockCase reads a case and keeps others from changing it until the transaction ends.
	LockCase(ctx context.Context, id mediation.ID) (mediation.Case, error)
	// CreateCase stores the case, its parties and the county's index row, with this tenant as custodian.
	CreateCase(ctx context.Context, c mediation.Case) error
	// UpdateCase stores after where before still holds: same version and state (else Stale "stale-version"), index row
	// in this tenant's custody (else Conflict "handed-over").
	UpdateCase(ctx context.Context, before, after mediation.Case) error
	// SetClocks and Record write at the latest with the end of the transaction: given before UpdateCase, they go with it.
	//
	// Record writes the journal entry and the county's event. It refuses an entry that fails Entry.Check.
	Record(ctx context.Context, entry mediation.Entry) error
	// SetClocks makes these the clocks of the case, computed by that edition; nothing else of the case changes. Stored
	// ones that are not among them are done. Of those that one rule starts at one moment, as for two instalments of a day, the most urgent is
	// stored.
	SetClocks(ctx context.Context, id mediation.ID, edition string, clocks []ClockRow) error
	// NextSerial takes the next number of a series and year, without gaps among committed transactions.
	NextSerial(ctx context.Context, series string, committee mediation.ID, year int) (int, error)
	// Tenant does not count: its OpenCases is 0.
	Tenant(ctx context.Context) (Tenant, error)
	// OpenCases counts the tenant's open cases as this transaction sees them, but no further than most.
	OpenCases(ctx context.Context, most int) (int, error)
	// PutMember stores a member of this tenant; Version is the version seen, 0 for any. Rows of the operator are
	// Conflict "owned-by-resource".
	PutMember(ctx context.Context, m mediation.Membership) (stored mediation.Membership, created bool, err error)
	// RemoveMember removes a member of this tenant at the version seen, 0 for any.
	RemoveMember(ctx context.Context, issuer, subject string, version int64) error
	ReferenceTx
}
