// Package countywide is the use cases across the tenants of one county: the index of all cases, the tenants, the
// county's own members. It is floor 1: it asks mediation for the rules and a Store for the rows, and must not know SQL,
// HTTP or Kubernetes, nor open a case's text, which stays with its tenant. Start reading at Service.
package countywide

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Clock tells the time.
type Clock func() time.Time

// Service is the door to one county.
type Service struct {
	store          Store
	clock          Clock
	checkReference ReferenceCheck // nil: publishes none
}

// New makes the service of the store's county.
func New(store Store, clock Clock, options ...Option) *Service {
	s := &Service{store: store, clock: clock}
	for _, option := range options {
		option(s)
	}
	return s
}

// Unit is the county's code.
func (s *Service) Unit() string { return s.store.Unit() }

// Actor is the person with the roles that hold in this county; Forbidden "stranger" for somebody who has none. Members
// of a tenant are strangers here.
func (s *Service) Actor(ctx context.Context, p mediation.Principal) (mediation.Actor, error) {
	if p.Issuer == "" || p.Subject == "" {
		return mediation.ActorOf(p, s.store.Unit(), nil, "")
	}
	memberships, err := s.store.Memberships(ctx, p.Issuer, p.Subject)
	if err != nil {
		return mediation.Actor{}, err
	}
	return mediation.ActorOf(p, s.store.Unit(), memberships, mediation.LegalDay(s.clock()))
}

// County reads the county's name and totals.
func (s *Service) County(ctx context.Context, r Request) (County, error) {
	if err := s.permit(r, mediation.ActionCountyRead); err != nil {
		return County{}, err
	}
	return s.store.County(ctx)
}

// Tenants lists the county's tenants.
func (s *Service) Tenants(ctx context.Context, r Request) ([]Tenant, error) {
	if err := s.permit(r, mediation.ActionCountyTenantList); err != nil {
		return nil, err
	}
	return s.store.Tenants(ctx)
}

// Cases lists the cases of all tenants, as the county's index has them.
func (s *Service) Cases(ctx context.Context, r Request, query CaseQuery) (CasePage, error) {
	if err := s.permit(r, mediation.ActionCountyCaseList); err != nil {
		return CasePage{}, err
	}
	query, err := s.checked(query)
	if err != nil {
		return CasePage{}, err
	}
	return s.store.ListCases(ctx, query)
}

// Limits of a query.
const (
	tenantCodeSize = 9
	maximumTenants = 100
)

func (s *Service) checked(query CaseQuery) (CaseQuery, error) {
	checked, err := query.Checked()
	if err != nil {
		return CaseQuery{}, err
	}
	query.CaseQuery = checked
	if query.Search != "" {
		return CaseQuery{}, mediation.QueryProblem("/q", "no-text",
			"The county's index holds no text: search in the township that holds the case.", "县级索引不含文本内容，请在承办乡镇内检索。")
	}
	return query, s.ofCounty(query.Tenants)
}

// ofCounty wants codes of tenants of this county.
func (s *Service) ofCounty(tenants []string) error {
	if len(tenants) > maximumTenants {
		return tenantProblem("too-many", fmt.Sprintf("Give at most %d tenants.", maximumTenants), "单位过多。")
	}
	for _, tenant := range tenants {
		if _, err := strconv.ParseUint(tenant, 10, 64); err != nil || len(tenant) != tenantCodeSize || mediation.CountyOf(tenant) != s.store.Unit() {
			return tenantProblem("not-of-county",
				"Give 9-digit codes of tenants of county "+s.store.Unit()+".", "请填写 "+s.store.Unit()+" 所辖单位的 9 位代码。")
		}
	}
	return nil
}

func tenantProblem(code, en, zh string) error {
	return mediation.Fail(mediation.Invalid, "invalid-query", "The query breaks a rule.", "查询条件不符合规定。").
		WithFields(mediation.FieldError{Pointer: "/tenant", Code: code, Message: en, MessageZH: zh})
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
