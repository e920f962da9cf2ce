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
		"a program":                  {"a court's docking program reads", town, []mediation.Role{"reader"}, func(m *mediation.Membership) { m.Kind = "service" }, nil},
		"a program as director":      {"it has no second factor", town, []mediation.Role{"director"}, func(m *mediation.Membership) { m.Kind = "service" }, []string{"/roles role-not-for-services"}},
		"neither":                    {"kinds are a closed list", town, []mediation.Role{"reader"}, func(m *mediation.Membership) { m.Kind = "robot" }, []string{"/kind unknown-code"}},
		"a term":                     {"an appointment names days", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.ValidFrom, m.ValidTo = "2026-01-01", "2026-01-01" }, nil},
		"ends before it begins":      {"a typing error", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.ValidFrom, m.ValidTo = "2026-01-02", "2026-01-01" }, []string{"/validTo ends-before-it-begins"}},
		"no such day":                {"February has none", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.ValidTo = "2026-02-30" }, []string{"/validTo invalid-date"}},
		"a day far away":             {"a typing error", town, []mediation.Role{"clerk"}, func(m *mediation.Membership) { m.ValidTo = "9999-12-31" }, []string{"/validTo invalid-date"}},
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
			actor, err := mediation.ActorOf(me, tc.unit, tc.rows, "2026-11-23")
			if tc.want == nil {
				wantCode(t, err, mediation.Forbidden, "stranger")
				return
			}
			if err != nil || !slices.Equal(actor.Roles, tc.want) || actor.Unit != tc.unit || actor.Name != "张三" {
				t.Errorf("%v %+v, want %v", err, actor, tc.want)
			}
		})
	}
	_, err := mediation.ActorOf(mediation.Principal{}, town, nil, "2026-11-23")
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

// TestActorOf_inForce: a membership holds from its first to its last day, both included, and never while it is disabled.
func TestActorOf_inForce(t *testing.T) {
	me := mediation.Principal{Issuer: "https://id.example", Subject: "u1"}
	program := me
	program.Service = true
	row := func(change func(m *mediation.Membership)) mediation.Membership {
		m := mediation.Membership{Unit: town, Issuer: me.Issuer, Subject: me.Subject, Roles: []mediation.Role{"clerk"}}
		change(&m)
		return m
	}
	from := func(day string) mediation.Membership {
		return row(func(m *mediation.Membership) { m.ValidFrom = day })
	}
	to := func(day string) mediation.Membership { return row(func(m *mediation.Membership) { m.ValidTo = day }) }
	disabled := row(func(m *mediation.Membership) { m.Disabled = true })
	ofCounty := row(func(m *mediation.Membership) { m.Unit, m.Roles = "371621", []mediation.Role{"reader"} })
	service := row(func(m *mediation.Membership) { m.Kind = "service" })
	cases := map[string]struct {
		reason string
		who    mediation.Principal
		rows   []mediation.Membership
		code   string // "" is an actor
	}{
		"the first day":                {"included", me, []mediation.Membership{from("2026-11-23")}, ""},
		"the day before":               {"not yet", me, []mediation.Membership{from("2026-11-24")}, "membership-not-begun"},
		"the last day":                 {"included", me, []mediation.Membership{to("2026-11-23")}, ""},
		"the day after":                {"no more", me, []mediation.Membership{to("2026-11-22")}, "membership-ended"},
		"disabled":                     {"at once", me, []mediation.Membership{disabled}, "member-disabled"},
		"disabled here, county reader": {"the county's row still holds", me, []mediation.Membership{disabled, ofCounty}, ""},
		"a program's row":              {"a person cannot use it", me, []mediation.Membership{service}, "stranger"},
		"a program on a person's row":  {"nor the other way round", program, []mediation.Membership{row(func(*mediation.Membership) {})}, "stranger"},
		"a program on its own":         {"that is what it is for", program, []mediation.Membership{service}, ""},
	}
	for name, tc := range cases {
		actor, err := mediation.ActorOf(tc.who, town, tc.rows, "2026-11-23")
		if mediation.CodeOf(err) != tc.code || (err == nil) != (tc.code == "") {
			t.Errorf("%s: %s: %v, want %q", name, tc.reason, err, tc.code)
		}
		if held := mediation.Holding(tc.who, tc.rows, "2026-11-23"); (len(held) > 0) != (tc.code == "") {
			t.Errorf("%s: holding %v", name, held)
		}
		if err == nil && slices.Contains(actor.Roles, "clerk") && name == "disabled here, county reader" {
			t.Error("a disabled row still gives its role")
		}
	}
}

func TestMemberChange(t *testing.T) {
	before := mediation.Membership{Roles: []mediation.Role{"clerk"}, Kind: "person"}
	after := mediation.Membership{Roles: []mediation.Role{"clerk", "director"}, Kind: "person", ValidTo: "2026-12-31"}
	for name, c := range map[string]struct {
		before, after *mediation.Membership
		want          string
	}{
		"new":       {nil, &before, "roles:  → clerk|kind:  → person|disabled:  → false"},
		"changed":   {&before, &after, "roles: clerk → clerk,director|validTo:  → 2026-12-31"},
		"removed":   {&before, nil, "roles: clerk → |kind: person → |disabled: false → "},
		"unchanged": {&after, &after, ""},
	} {
		if got := strings.Join(mediation.MemberChange(c.before, c.after), "|"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestCase_Succession keeps one host and names nobody twice, whoever leaves.
func TestCase_Succession(t *testing.T) {
	at := func(subject string, host bool) mediation.Mediator {
		return mediation.Mediator{Issuer: "i", Subject: subject, Name: subject, Host: host}
	}
	for name, c := range map[string]struct {
		mediators []mediation.Mediator
		leaver    string
		want      string // subjects, the host with a star; "" for none
	}{
		"the host":                       {[]mediation.Mediator{at("a", true), at("b", false)}, "a", "b new*"},
		"another":                        {[]mediation.Mediator{at("a", true), at("b", false)}, "b", "a* new"},
		"the successor is there already": {[]mediation.Mediator{at("a", true), at("new", false)}, "a", "new*"},
		"the successor hosts already":    {[]mediation.Mediator{at("a", false), at("new", true)}, "a", "new*"},
		"somebody else's case":           {[]mediation.Mediator{at("b", true)}, "a", ""},
	} {
		of := mediation.Case{Mediators: c.mediators}
		got, mediates := of.Succession(mediation.Principal{Issuer: "i", Subject: c.leaver}, at("new", false), "why")
		var names []string
		for _, m := range got.Mediators {
			if m.Host {
				m.Subject += "*"
			}
			names = append(names, m.Subject)
		}
		if strings.Join(names, " ") != c.want || mediates != (c.want != "") {
			t.Errorf("%s: %v", name, names)
		}
	}
}
