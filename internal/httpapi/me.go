package httpapi

import (
	"context"
	"net/http"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// MeView is the caller as the token and the members' lists know them.
type MeView struct {
	Issuer       string           `json:"issuer" example:"https://id.example"`
	Subject      string           `json:"subject" example:"zhang"`
	Name         string           `json:"name" example:"张三"`
	Kind         string           `json:"kind" enum:"person,service" example:"person" doc:"service: a partner's program, as the token tells."`
	SecondFactor bool             `json:"secondFactor" example:"true" doc:"Whether the token tells of a second factor; without it, roles that demand one are withheld."`
	Memberships  []MembershipView `json:"memberships" nullable:"false" doc:"Where you are a member. The roles of a county hold in its townships too."`
}

// MembershipView is one unit in which the caller has roles.
type MembershipView struct {
	Unit     string     `json:"unit" example:"371621101" doc:"6 digits: a county; 9 digits: a township or a county desk."`
	Level    string     `json:"level" enum:"county,tenant" example:"tenant"`
	Name     string     `json:"name" example:"孙武街道"`
	Roles    []RoleCode `json:"roles" nullable:"false" doc:"Those that hold now."`
	Withheld []RoleCode `json:"withheld" nullable:"false" doc:"Those that would hold with a second factor."`
	ValidTo  string     `json:"validTo,omitempty" format:"date" example:"2028-12-31" doc:"Last day on which it holds; without it, until further notice."`
}

type meOutput struct {
	Body MeView
}

func (a *API) registerMe() {
	register(a, operation{
		id: "get-me", method: http.MethodGet, path: "/v1/me", tag: "me", action: mediation.ActionMeRead,
		summary: "Who am I", summaryZH: "我是谁",
		description: "The caller of the token and every unit in which they have roles. An app begins here to offer its user the units to work in.",
	}, func(ctx context.Context, _ *struct{}) (*meOutput, error) {
		who := exchangeOf(ctx).who
		units, err := a.backend.Units(ctx, who)
		if err != nil {
			return nil, err
		}
		units = mediation.Holding(who, units, mediation.LegalDay(a.now()))
		names, err := a.namesOf(ctx, units)
		if err != nil {
			return nil, err
		}
		view := MeView{Issuer: who.Issuer, Subject: who.Subject, Name: who.Name, Kind: string(mediation.MemberPerson),
			SecondFactor: who.SecondFactor, Memberships: []MembershipView{}}
		if who.Service {
			view.Kind = string(mediation.MemberService)
		}
		for _, m := range units {
			level := "tenant"
			if len(m.Unit) == countyCodeSize {
				level = "county"
			}
			held := mediation.Actor{Principal: who, Roles: m.Roles}.Withhold(a.strong)
			view.Memberships = append(view.Memberships, MembershipView{
				Unit: m.Unit, Level: level, Name: names[m.Unit], Roles: roleCodes(held.Roles), Withheld: roleCodes(held.Withheld), ValidTo: m.ValidTo})
		}
		return &meOutput{Body: view}, nil
	})
}

// namesOf looks the units up in the directory, asking once for each county that occurs.
func (a *API) namesOf(ctx context.Context, units []mediation.Membership) (map[string]string, error) {
	names := map[string]string{}
	if len(units) == 0 {
		return names, nil
	}
	counties, err := a.backend.Counties(ctx)
	if err != nil {
		return nil, err
	}
	for _, county := range counties {
		names[county.Code] = county.Name
	}
	asked := map[string]bool{}
	for _, m := range units {
		county := mediation.CountyOf(m.Unit)
		if len(m.Unit) != tenantCodeSize || asked[county] {
			continue
		}
		asked[county] = true
		tenants, err := a.backend.Tenants(ctx, county)
		if err != nil {
			return nil, err
		}
		for _, tenant := range tenants {
			names[tenant.Code] = tenant.Name
		}
	}
	return names, nil
}

func roleCodes(roles []mediation.Role) []RoleCode {
	codes := make([]RoleCode, 0, len(roles))
	for _, role := range roles {
		codes = append(codes, RoleCode(role))
	}
	return codes
}
