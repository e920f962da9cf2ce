package countywide_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

const issuer = "https://id.example"

// county is one county with two towns, and a service on each.
type county struct {
	*countywide.Service
	t       *testing.T
	fixture *pgtest.Fixture
	towns   []*casework.Service
}

func newCounty(t *testing.T) *county {
	t.Helper()
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "桑落墅镇")
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	c := &county{Service: countywide.New(f.CountyStore(), clock), t: t, fixture: f}
	for _, code := range f.Towns[1:] {
		c.towns = append(c.towns, casework.New(f.Store(code), clock))
	}
	return c
}

func (c *county) as(roles ...mediation.Role) countywide.Request { return as(c.Unit(), roles...) }

func (c *county) administrator() countywide.Request { return c.as(mediation.RoleCountyAdministrator) }

func as(unit string, roles ...mediation.Role) mediation.Request {
	return mediation.Request{Actor: mediation.Actor{Principal: mediation.Principal{Issuer: issuer, Subject: "tester"}, Unit: unit, Roles: roles}}
}

func (c *county) file(town *casework.Service, disputeType mediation.DisputeType) mediation.Case {
	c.t.Helper()
	filed, _, err := town.FileCase(c.t.Context(), as(town.Unit(), mediation.RoleDirector), mediation.Filing{
		Type: disputeType, Source: mediation.SourceApplication, Title: "院墙纠纷", Facts: "超出边界。", Claims: "拆除。",
		Parties: []mediation.Party{
			{Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"},
			{Side: mediation.SideRespondent, Kind: mediation.PartyOrganisation, Name: "惠民县示例建筑有限公司"},
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return filed
}

func wantCode(t *testing.T, err error, kind mediation.Kind, code string) {
	t.Helper()
	if mediation.KindOf(err) != kind || mediation.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %s %s", err, mediation.KindOf(err), kind, code)
	}
}

func TestService_Cases(t *testing.T) {
	c := newCounty(t)
	first, second := c.file(c.towns[0], "02"), c.file(c.towns[1], "15")
	accepted, _, err := c.towns[0].AcceptCase(t.Context(), as(c.towns[0].Unit(), mediation.RoleDirector), first.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.Cases(t.Context(), c.administrator(), countywide.CaseQuery{})
	if err != nil || len(page.Cases) != 2 || page.Total.Value != 2 || !page.Total.Exact || page.Next != nil {
		t.Fatalf("%v %+v", err, page)
	}
	row := page.Cases[1]
	if row.ID != first.ID || row.Tenant != c.towns[0].Unit() || row.Custodian != row.Tenant || row.TenantName != "石庙镇" {
		t.Errorf("whose case: %+v", row)
	}
	if row.State != mediation.StateAccepted || row.Number != accepted.Number || row.Version != 2 || !row.UpdatedAt.Equal(accepted.UpdatedAt) {
		t.Errorf("the index follows the case: %+v", row)
	}
	if strings.Join(row.MaskedParties, " ") != "张* 惠**公司" {
		t.Errorf("the index shows %v", row.MaskedParties)
	}
	filters := map[string]struct {
		reason string
		query  countywide.CaseQuery
		want   mediation.ID
	}{
		"town":   {"one town's cases", countywide.CaseQuery{Tenants: []string{c.towns[1].Unit()}}, second.ID},
		"type":   {"one type across towns", countywide.CaseQuery{CaseQuery: mediation.CaseQuery{Types: []mediation.DisputeType{"15"}}}, second.ID},
		"state":  {"what is accepted", countywide.CaseQuery{CaseQuery: mediation.CaseQuery{States: []mediation.State{"accepted"}}}, first.ID},
		"number": {"a number", countywide.CaseQuery{CaseQuery: mediation.CaseQuery{Number: accepted.Number}}, first.ID},
		"since":  {"what changed since", countywide.CaseQuery{CaseQuery: mediation.CaseQuery{UpdatedAfter: &second.UpdatedAt}}, first.ID},
	}
	for name, tc := range filters {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			page, err := c.Cases(t.Context(), c.administrator(), tc.query)
			if err != nil || len(page.Cases) != 1 || page.Cases[0].ID != tc.want {
				t.Errorf("%v %+v", err, page.Cases)
			}
		})
	}
	t.Run("pages", func(t *testing.T) {
		query := countywide.CaseQuery{CaseQuery: mediation.CaseQuery{Limit: 1}}
		one, err := c.Cases(t.Context(), c.administrator(), query)
		if err != nil || len(one.Cases) != 1 || one.Next == nil {
			t.Fatalf("%v %+v", err, one)
		}
		query.After = one.Next
		two, err := c.Cases(t.Context(), c.administrator(), query)
		if err != nil || len(two.Cases) != 1 || two.Next != nil || two.Cases[0].ID == one.Cases[0].ID {
			t.Fatalf("%v %+v", err, two)
		}
	})
}

func TestService_Cases_refuses(t *testing.T) {
	c := newCounty(t)
	queries := map[string]countywide.CaseQuery{
		"a town of another county": {Tenants: []string{"371622101"}},
		"the county itself":        {Tenants: []string{c.Unit()}},
		"an injection":             {Tenants: []string{"' OR 1=1"}},
		"too many towns":           {Tenants: make([]string, 101)},
		"an unknown state":         {CaseQuery: mediation.CaseQuery{States: []mediation.State{"open"}}},
	}
	for reason, query := range queries {
		t.Run(reason, func(t *testing.T) {
			_, err := c.Cases(t.Context(), c.administrator(), query)
			wantCode(t, err, mediation.Invalid, "invalid-query")
		})
	}
}

func TestService_everyMethodAsksForItsAction(t *testing.T) {
	c := newCounty(t)
	methods := map[mediation.Action]func(r countywide.Request) error{
		mediation.ActionCountyRead:       func(r countywide.Request) error { _, err := c.County(t.Context(), r); return err },
		mediation.ActionCountyTenantList: func(r countywide.Request) error { _, err := c.Tenants(t.Context(), r); return err },
		mediation.ActionCountyCaseList: func(r countywide.Request) error {
			_, err := c.Cases(t.Context(), r, countywide.CaseQuery{})
			return err
		},
		mediation.ActionCountyMemberList: func(r countywide.Request) error { _, err := c.Members(t.Context(), r); return err },
		mediation.ActionCountyOrganisationList: func(r countywide.Request) error {
			_, err := c.Organisations(t.Context(), r, countywide.OrganisationQuery{})
			return err
		},
		mediation.ActionCountyMediatorList: func(r countywide.Request) error {
			_, err := c.Mediators(t.Context(), r, countywide.MediatorQuery{})
			return err
		},
		mediation.ActionCountyStaffingRead: func(r countywide.Request) error { _, _, _, err := c.Staffing(t.Context(), r); return err },
		mediation.ActionCountyMemberPut: func(r countywide.Request) error {
			_, _, err := c.PutMember(t.Context(), r, mediation.Membership{Issuer: issuer, Subject: "new", Roles: []mediation.Role{"reader"}})
			return err
		},
		mediation.ActionCountyMemberRemove: func(r countywide.Request) error {
			_, err := c.RemoveMember(t.Context(), r, issuer, "nobody", 0)
			return err
		},
		mediation.ActionCountyReferenceRead: func(r countywide.Request) error { _, _, err := c.References(t.Context(), r); return err },
		mediation.ActionCountyReferencePut: func(r countywide.Request) error {
			_, _, err := c.WithdrawReference(t.Context(), r, mediation.ReferenceClocks, 0)
			return errors.Join(err, refused(c.PutReference(t.Context(), r, mediation.Reference{}, 0)))
		},
	}
	for action, call := range methods {
		for _, role := range mediation.Roles() {
			err := call(c.as(role))
			allowed := mediation.Permit(c.as(role).Actor, action) == nil
			if refused := mediation.CodeOf(err) == "role-required"; refused == allowed {
				t.Errorf("%s as %s: %v", action, role, err)
			}
		}
		wantCode(t, call(as(c.towns[0].Unit(), mediation.Roles()...)), mediation.Forbidden, "stranger")
		wantCode(t, call(countywide.Request{}), mediation.Unauthenticated, "token-required")
	}
}

func TestService_CountyAndTenants(t *testing.T) {
	c := newCounty(t)
	c.file(c.towns[0], "02")
	got, err := c.County(t.Context(), c.administrator())
	if err != nil || got.Code != c.Unit() || got.Name != "测试县" || got.Tenants != 3 || got.OpenCases != 1 {
		t.Errorf("%v %+v", err, got)
	}
	tenants, err := c.Tenants(t.Context(), c.administrator())
	if err != nil || len(tenants) != 3 {
		t.Fatalf("%v %+v", err, tenants)
	}
	if tenants[0].Code != c.fixture.Towns[0] || tenants[1].Name != "石庙镇" || tenants[1].OpenCases != 1 || tenants[2].OpenCases != 0 {
		t.Errorf("the desk first, then towns with what they have open: %+v", tenants)
	}
}

func TestService_members(t *testing.T) {
	c := newCounty(t)
	me := mediation.Principal{Issuer: issuer, Subject: "zhao"}
	_, err := c.Actor(t.Context(), me)
	wantCode(t, err, mediation.Forbidden, "stranger")
	_, err = c.Actor(t.Context(), mediation.Principal{})
	wantCode(t, err, mediation.Unauthenticated, "token-required")
	put, receipt, err := c.PutMember(t.Context(), c.administrator(), mediation.Membership{Issuer: issuer, Subject: "zhao", Roles: []mediation.Role{"reader"}})
	if err != nil || !receipt.Created || put.Unit != c.Unit() || put.Version != 1 {
		t.Fatalf("%v %+v", err, put)
	}
	actor, err := c.Actor(t.Context(), me)
	if err != nil || len(actor.Roles) != 1 || actor.Roles[0] != mediation.RoleReader {
		t.Errorf("%v %+v", err, actor)
	}
	inTown, err := c.towns[0].Actor(t.Context(), me)
	if err != nil || len(inTown.Roles) != 1 || inTown.Unit != c.towns[0].Unit() {
		t.Errorf("the county's reader reads in its towns too: %v %+v", err, inTown)
	}
	_, _, err = c.PutMember(t.Context(), c.administrator(), mediation.Membership{Issuer: issuer, Subject: "zhao", Roles: []mediation.Role{"director"}})
	wantCode(t, err, mediation.Invalid, "invalid-member")
	members, err := c.Members(t.Context(), c.administrator())
	if err != nil || len(members) != 1 {
		t.Errorf("%v %+v", err, members)
	}
	if _, err := c.RemoveMember(t.Context(), c.administrator(), issuer, "zhao", 1); err != nil {
		t.Error(err)
	}
	_, err = c.Actor(t.Context(), me)
	wantCode(t, err, mediation.Forbidden, "stranger")
}

func TestService_PutMember_repeated(t *testing.T) {
	c := newCounty(t)
	request := c.administrator()
	request.Key = &countywide.Key{Principal: request.Actor.ID(), Key: "once", Fingerprint: "body"}
	m := mediation.Membership{Issuer: issuer, Subject: "zhao", Name: "赵", Roles: []mediation.Role{"reader"}}
	first, _, err := c.PutMember(t.Context(), request, m)
	if err != nil {
		t.Fatal(err)
	}
	again, receipt, err := c.PutMember(t.Context(), request, m)
	if err != nil || !receipt.Replayed || again.Version != first.Version {
		t.Errorf("%v %+v %+v", err, receipt, again)
	}
	request.Key.Fingerprint = "another body"
	_, _, err = c.PutMember(t.Context(), request, m)
	wantCode(t, err, mediation.Conflict, "key-reused")
}

func TestService_membersOfTowns_areStrangersInTheCounty(t *testing.T) {
	c := newCounty(t)
	put := mediation.Membership{Issuer: issuer, Subject: "town-director", Roles: []mediation.Role{"director"}}
	if _, _, err := c.towns[0].PutMember(t.Context(), as(c.towns[0].Unit(), mediation.RoleDirector), put); err != nil {
		t.Fatal(err)
	}
	_, err := c.Actor(t.Context(), mediation.Principal{Issuer: issuer, Subject: "town-director"})
	wantCode(t, err, mediation.Forbidden, "stranger")
	_, err = c.towns[1].Actor(t.Context(), mediation.Principal{Issuer: issuer, Subject: "town-director"})
	wantCode(t, err, mediation.Forbidden, "stranger")
	members, err := c.Members(t.Context(), c.administrator())
	if err != nil || len(members) != 0 {
		t.Errorf("the county lists its own members only: %v %+v", err, members)
	}
}
