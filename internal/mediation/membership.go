package mediation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// Membership is a person's place in a unit.
type Membership struct {
	Unit      string // tenant (9 digits) or county (6 digits)
	Issuer    string
	Subject   string
	Name      string
	Roles     []Role
	Source    string // MemberByAPI or MemberByResource
	Version   int64
	UpdatedAt time.Time
}

// Where a membership comes from. The operator owns those of the resource; the API cannot change them.
const (
	MemberByAPI      = "api"
	MemberByResource = "resource"
)

// Lengths of the codes of units.
const (
	countyCodeSize = 6
	tenantCodeSize = 9
)

// ID is a name for the person that holds no personal data: hex of sha256(issuer, newline, subject).
func (p Principal) ID() string {
	sum := sha256.Sum256([]byte(p.Issuer + "\n" + p.Subject))
	return hex.EncodeToString(sum[:])
}

// Principal is the person of the membership.
func (m Membership) Principal() Principal {
	return Principal{Issuer: m.Issuer, Subject: m.Subject, Name: m.Name}
}

// CountyOf is the county of a tenant's code; a county's code is its own county.
func CountyOf(unit string) string {
	if len(unit) < countyCodeSize {
		return unit
	}
	return unit[:countyCodeSize]
}

// DeskOf is the code of the county desk of a tenant's or county's code.
func DeskOf(unit string) string { return CountyOf(unit) + "000" }

// In tells whether the role can be held in the unit: administrators in counties; directors, clerks, mediators and grid
// workers in tenants, because a case is decided where it is held; readers in both.
func (r Role) In(unit string) bool {
	switch r {
	case RoleCountyAdministrator:
		return len(unit) == countyCodeSize
	case RoleDirector, RoleClerk, RoleMediator, RoleGridWorker:
		return len(unit) == tenantCodeSize
	case RoleReader:
		return true
	}
	return false
}

// Checked gives the membership as it is stored (roles sorted), or Invalid "invalid-member" with every violated rule.
func (m Membership) Checked() (Membership, error) {
	var check checker
	m.Issuer = check.text("/issuer", m.Issuer, 1, maxSubject, oneLine)
	m.Subject = check.text("/subject", m.Subject, 1, maxSubject, oneLine)
	m.Name = check.text("/name", m.Name, 0, maxName, oneLine)
	m.Roles = check.roles(m.Unit, m.Roles)
	return m, check.err("invalid-member", "The member breaks a rule.", "成员信息不符合规定。")
}

func (c *checker) roles(unit string, given []Role) []Role {
	if len(given) == 0 {
		c.fail("/roles", "required", "Give the member at least one role.", "请至少指定一个角色。")
	}
	for i, role := range given {
		pointer := "/roles/" + strconv.Itoa(i)
		switch {
		case !role.Known():
			c.fail(pointer, "unknown-code", "Choose a role from the list roles.", "请从角色代码表中选择。")
		case !role.In(unit):
			c.fail(pointer, "role-not-here",
				"county-administrator is a role of a county; director, clerk and mediator are roles of a tenant.",
				"县级管理员是县级单位的角色；主任、文员、调解员是乡镇（租户）的角色。")
		case slices.Contains(given[:i], role):
			c.fail(pointer, "duplicate", "Name each role once.", "角色不得重复。")
		}
	}
	sorted := slices.Clone(given)
	slices.Sort(sorted)
	return sorted
}

// ActorOf joins a person's memberships in a unit and in its county into an actor. Memberships of other units count for
// nothing. Without any it is Forbidden "stranger".
func ActorOf(p Principal, unit string, memberships []Membership) (Actor, error) {
	if p.Issuer == "" || p.Subject == "" {
		return Actor{}, Fail(Unauthenticated, "token-required", "Sign in first.", "请先登录。")
	}
	actor := Actor{Principal: p, Unit: unit}
	for _, m := range memberships {
		if m.Issuer != p.Issuer || m.Subject != p.Subject || (m.Unit != unit && m.Unit != CountyOf(unit)) {
			continue
		}
		if actor.Name == "" {
			actor.Name = m.Name
		}
		for _, role := range m.Roles {
			if role.In(m.Unit) && !slices.Contains(actor.Roles, role) {
				actor.Roles = append(actor.Roles, role)
			}
		}
	}
	if len(actor.Roles) == 0 {
		return Actor{}, Fail(Forbidden, "stranger",
			"You are not a member of unit "+unit+"; ask its director or the county administrator to add you.",
			"您不是单位 "+unit+" 的成员，请联系调委会主任或者县级管理员添加。")
	}
	slices.Sort(actor.Roles)
	return actor, nil
}
