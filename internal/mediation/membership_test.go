package mediation_test

import (
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestMembership_Checked(t *testing.T) {
	cases := map[string]struct {
		reason string
		unit   string
		roles  []mediation.Role
		change func(m *mediation.Membership)
		want   []string
	}{
		"director of a town":         {"cases are decided in towns", town, []mediation.Role{"director"}, nil, nil},
		"two roles":                  {"one person often does both", town, []mediation.Role{"mediator", "clerk"}, nil, nil},
		"reader of a county":         {"somebody watches", "371621", []mediation.Role{"reader"}, nil, nil},
		"administrator of a county":  {"that is their place", "371621", []mediation.Role{"county-administrator"}, nil, nil},
		"administrator of a town":    {"a town cannot make one", town, []mediation.Role{"county-administrator"}, nil, []string{"/roles/0 role-not-here"}},
		"director of a county":       {"a county decides no case; its desk does", "371621", []mediation.Role{"director"}, nil, []string{"/roles/0 role-not-here"}},
		"director of the desk":       {"the desk is a tenant", "371621000", []mediation.Role{"director"}, nil, nil},
		"no role":                    {"then it is no member", town, nil, nil, []string{"/roles required"}},
		"unknown role":               {"roles are a closed list", town, []mediation.Role{"root"}, nil, []string{"/roles/0 unknown-code"}},
		"role twice":                 {"once is enough", town, []mediation.Role{"clerk", "clerk"}, nil, []string{"/roles/1 duplicate"}},
		"no subject":                 {"who?", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Subject = "" }, []string{"/subject required"}},
		"no issuer":                  {"a subject is unique within its issuer only", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Issuer = "" }, []string{"/issuer required"}},
		"subject of 256":             {"the limit of OpenID Connect is 255", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Subject = strings.Repeat("a", 256) }, []string{"/subject too-long"}},
		"line feed in the name":      {"names are one line", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Name = "张\n三" }, []string{"/name control-character"}},
		"without a name":             {"the token may bring it", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Name = "" }, nil},
		"line feed inside a subject": {"issuer and subject are joined by one", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.Subject = "a\nb" }, []string{"/subject control-character"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			m := mediation.Membership{Unit: tc.unit, Issuer: "https://id.example", Subject: "u1", Name: "张三", Roles: tc.roles}
			if tc.change != nil {
				tc.change(&m)
			}
			checked, err := m.Checked()
			sameProblems(t, err, tc.want...)
			if err == nil && !slices.IsSorted(checked.Roles) {
				t.Errorf("roles are stored sorted: %v", checked.Roles)
			}
		})
	}
}

func TestActorOf(t *testing.T) {
	me := mediation.Principal{Issuer: "https://id.example", Subject: "u1"}
	row := func(unit string, roles ...mediation.Role) mediation.Membership {
		return mediation.Membership{Unit: unit, Issuer: me.Issuer, Subject: me.Subject, Name: "张三", Roles: roles}
	}
	another := row(town, mediation.RoleDirector)
	another.Subject = "u2"
	elsewhere := row(town, mediation.RoleDirector)
	elsewhere.Issuer = "https://other.example"
	cases := map[string]struct {
		reason string
		unit   string
		rows   []mediation.Membership
		want   []mediation.Role // nil: stranger
	}{
		"member":                  {"the roles of the town", town, []mediation.Membership{row(town, "clerk", "mediator")}, []mediation.Role{"clerk", "mediator"}},
		"county and town":         {"both hold in the town, each once", town, []mediation.Membership{row("371621", "reader"), row(town, "reader", "clerk")}, []mediation.Role{"clerk", "reader"}},
		"county only":             {"an administrator reaches the towns", town, []mediation.Membership{row("371621", "county-administrator")}, []mediation.Role{"county-administrator"}},
		"town member in county":   {"a town's director is a stranger in the county", "371621", []mediation.Membership{row(town, "director")}, nil},
		"other town":              {"roles do not travel", town, []mediation.Membership{row("371621102", "director")}, nil},
		"other county":            {"nor across the border", town, []mediation.Membership{row("371622", "county-administrator")}, nil},
		"somebody else's row":     {"a store that gives too much is not believed", town, []mediation.Membership{another}, nil},
		"same subject elsewhere":  {"another issuer's u1 is another person", town, []mediation.Membership{elsewhere}, nil},
		"nobody knows me":         {"no rows", town, nil, nil},
		"role in the wrong place": {"a director written into the county's rows is none", town, []mediation.Membership{row("371621", "director")}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			actor, err := mediation.ActorOf(me, tc.unit, tc.rows)
			if tc.want == nil {
				wantCode(t, err, mediation.Forbidden, "stranger")
				return
			}
			if err != nil || !slices.Equal(actor.Roles, tc.want) || actor.Unit != tc.unit || actor.Name != "张三" {
				t.Errorf("%v %+v, want %v", err, actor, tc.want)
			}
		})
	}
	_, err := mediation.ActorOf(mediation.Principal{}, town, nil)
	wantCode(t, err, mediation.Unauthenticated, "token-required")
}

func TestPrincipal_ID(t *testing.T) {
	one := mediation.Principal{Issuer: "https://id.example", Subject: "u1"}
	if len(one.ID()) != 64 || one.ID() != (mediation.Principal{Issuer: one.Issuer, Subject: one.Subject, Name: "x"}).ID() {
		t.Error("the id is 64 hex digits of issuer and subject alone")
	}
	if one.ID() == (mediation.Principal{Issuer: "https://id.exampleu", Subject: "1"}).ID() {
		t.Error("moving a letter from subject to issuer makes another person")
	}
}
