// Package casework is the use cases on one tenant: may the actor do it, do it, record it. It is floor 1: it asks
// mediation for the rules and a Store for the rows, and must not know SQL, HTTP or Kubernetes. Every method checks the
// permission first, and every change is one transaction with its journal entry and its clocks. Start reading at Service,
// then case.go, then change.go for how a case changes and clocks.go for what is due when.
package casework

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Service is the door to one tenant's cases and members.
type Service struct {
	store      Store
	now        func() time.Time
	newID      func() mediation.ID
	references *References
	// dailyReveals is how many times a day a person may see what is masked.
	dailyReveals int
	blobs        Blobs // nil: none
}

// Option changes how a service is made.
type Option func(*Service)

// WithDeadlines has clocks run by these rules and this calendar instead of those that are in force in the store.
func WithDeadlines(rules *deadline.Rules, calendar *deadline.Calendar) Option {
	return func(s *Service) {
		s.references = NewReferences()
		s.references.fix(rules, calendar)
	}
}

// WithReferences keeps what is in force beyond the life of one service.
func WithReferences(references *References) Option {
	return func(s *Service) { s.references = references }
}

// New makes the service of the store's tenant. now tells the time.
func New(store Store, now func() time.Time, options ...Option) *Service {
	s := &Service{now: now, newID: newID, references: NewReferences(), dailyReveals: mediation.DefaultDailyReveals}
	for _, option := range options {
		option(s)
	}
	s.store = governed{Store: store, references: s.references}
	return s
}

func newID() mediation.ID { return mediation.ID(uuid.Must(uuid.NewV7()).String()) }

// Unit is the tenant's code.
func (s *Service) Unit() string { return s.store.Unit() }

// Actor is the person with the roles that hold in this tenant, its own and those of its county, and with the conflicts of
// interest that the registry knows; Forbidden "stranger" for somebody who has no role.
func (s *Service) Actor(ctx context.Context, p mediation.Principal) (mediation.Actor, error) {
	if p.Issuer == "" || p.Subject == "" {
		return mediation.ActorOf(p, s.store.Unit(), nil, "")
	}
	memberships, linked, err := s.store.Standing(ctx, p.Issuer, p.Subject)
	if err != nil {
		return mediation.Actor{}, err
	}
	actor, err := mediation.ActorOf(p, s.store.Unit(), memberships, mediation.LegalDay(s.now()))
	if err == nil && len(linked) > 0 {
		actor.Ties = ties{linked, s.today()}
	}
	return actor, err
}

// Tenant reads the tenant: its state, its quota and what is used of it.
func (s *Service) Tenant(ctx context.Context, r Request) (Tenant, error) {
	if err := s.permit(r, mediation.ActionTenantRead); err != nil {
		return Tenant{}, err
	}
	return s.store.Tenant(ctx)
}

// Limits are those of the tenant, for the edge to hold.
func (s *Service) Limits(ctx context.Context) (TenantLimits, error) {
	t, err := s.store.Tenant(ctx)
	return t.Limits, err
}

// permit also refuses an actor whose roles were derived for another unit: roles do not travel.
func (s *Service) permit(r Request, action mediation.Action) error {
	if err := mediation.Permit(r.Actor, action); err != nil {
		return err
	}
	if r.Actor.Unit != s.store.Unit() {
		return mediation.Fail(mediation.Forbidden, "stranger",
			"Your roles are not of unit "+s.store.Unit()+".", "您的角色不属于单位 "+s.store.Unit()+"。")
	}
	return nil
}

// act is the circumstance of a change now. Microseconds are what the database keeps.
func (s *Service) act(r Request) mediation.Act {
	return mediation.Act{At: mediation.LegalTime(s.now()).Truncate(time.Microsecond), By: r.Actor, NewID: s.newID}
}

// writable refuses changes while the tenant is suspended.
func writable(t Tenant) error {
	if t.State != TenantSuspended {
		return nil
	}
	return mediation.Fail(mediation.Conflict, "tenant-suspended",
		"The tenant is suspended by its county administrator: reading works, changes do not.",
		"该单位已被县级管理员暂停：可以查阅，不能变更。")
}

// current refuses a caller who saw another version; 0 accepts any.
func current(c mediation.Case, version int64) error {
	if version == 0 || version == c.Version {
		return nil
	}
	return mediation.StaleVersion()
}

// known refuses an id that no case can have, with the answer for a case that is not there.
func known(id mediation.ID) error {
	parsed, err := uuid.Parse(string(id))
	if err != nil || parsed.String() != string(id) {
		return mediation.UnknownCase()
	}
	return nil
}
