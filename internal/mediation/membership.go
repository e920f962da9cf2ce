package mediation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Membership is the place of a person, or of a partner's program, in a unit.
type Membership struct {
	Unit      string // tenant (9 digits) or county (6 digits)
	Issuer    string
	Subject   string
	Name      string
	Kind      MemberKind // "" is a person
	Roles     []Role
	ValidFrom string   // first day on which it holds, 2006-01-02 in Asia/Shanghai; "" for always
	ValidTo   string   // last day on which it holds; "" for ever
	Villages  []string // codes, 12 digits or the beginning of some, for roles that see villages only
	Disabled  bool     // shut out, whatever the days say
	Source    string   // MemberByAPI or MemberByResource
	Version   int64
	UpdatedAt time.Time
}

// Where a membership comes from. The operator owns those of the resource; the API cannot change them.
const (
	MemberByAPI      = "api"
	MemberByResource = "resource"
)

// MemberKind is what stands behind a membership. A row speaks of one kind: a program cannot use a person's.
type MemberKind string

// The kinds of members.
const (
	MemberPerson  MemberKind = "person"
	MemberService MemberKind = "service"
)

// kind is what the token says of itself.
func (p Principal) kind() MemberKind {
	if p.Service {
		return MemberService
	}
	return MemberPerson
}

// Lengths of the codes of units.
const (
	countyCodeSize = 6
	tenantCodeSize = 9

	villageCodeSize = 12
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

// Checked gives the membership as it is stored (roles sorted), or Invalid "invalid-member" with every violated rule.
func (m Membership) Checked() (Membership, error) {
	var check checker
	m.Issuer = check.text("/issuer", m.Issuer, 1, maxSubject, oneLine)
	m.Subject = check.text("/subject", m.Subject, 1, maxSubject, oneLine)
	m.Name = check.text("/name", m.Name, 0, maxName, oneLine)
	m.Roles = check.roles(m.Unit, m.Roles)
	m.Kind = check.memberKind(m.Kind, m.Roles)
	check.term(m.ValidFrom, m.ValidTo)
	m.Villages = check.villages(m)
	return m, check.err("invalid-member", "The member breaks a rule.", "成员信息不符合规定。")
}

func (c *checker) memberKind(kind MemberKind, roles []Role) MemberKind {
	switch kind {
	case "", MemberPerson:
		return MemberPerson
	case MemberService:
	default:
		c.fail("/kind", "unknown-code", "A member is a person or a service.", "成员类型只能是 person 或 service。")
	}
	if slices.ContainsFunc(roles, func(role Role) bool { return slices.Contains(DemandingRoles(), role) }) {
		c.fail("/roles", "role-not-for-services",
			"A program cannot hold a role that demands a second factor.", "服务账号不能担任要求双因素认证的角色。")
	}
	return MemberService
}

const maxVillages = 100

// villages are whole codes or beginnings of codes within the member's own town, each once, in order. A village mediator
// without any sees the own cases only.
func (c *checker) villages(m Membership) []string {
	if len(m.Villages) > maxVillages {
		c.fail("/villages", "too-many", "Name at most 100 villages.", "最多填写 100 个村（社区）。")
		return nil
	}
	for i, code := range m.Villages {
		whole := len(code) >= tenantCodeSize && len(code) <= villageCodeSize && strings.Trim(code, "0123456789") == ""
		if !whole || !strings.HasPrefix(code, m.Unit) {
			c.fail("/villages/"+strconv.Itoa(i), "invalid-village", "Give 9 to 12 digits that begin with the code of this unit.", "请填写以本单位代码开头的 9 至 12 位数字。")
		}
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(m.Villages)))
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}

// term takes two real days in order; either may be missing.
func (c *checker) term(from, to string) {
	sound := true
	for pointer, day := range map[string]string{"/validFrom": from, "/validTo": to} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && (err != nil || day < "1900" || day >= "2200") {
			c.fail(pointer, "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
			sound = false
		}
	}
	if sound && from != "" && to != "" && to < from {
		c.fail("/validTo", "ends-before-it-begins", "The last day lies before the first.", "截止日期早于开始日期。")
	}
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
				"This role is not held here: some belong to a county, others to a tenant. See the list roles.",
				"该角色不属于本级单位：有的角色属于区县，有的属于乡镇（租户），见角色代码表。")
		case slices.Contains(given[:i], role):
			c.fail(pointer, "duplicate", "Name each role once.", "角色不得重复。")
		}
	}
	if len(given) > 1 && slices.ContainsFunc(given, Role.Apart) {
		c.fail("/roles", "duties-apart", "System, security and audit administrators hold one role and no other.", "系统、安全、审计三员分立，不得兼任其他角色。")
	}
	sorted := slices.Clone(given)
	slices.Sort(sorted)
	return sorted
}

// InForce is nil when the membership holds on the day (2006-01-02 in Asia/Shanghai). Otherwise it is Forbidden
// "member-disabled", "membership-not-begun" or "membership-ended".
func (m Membership) InForce(day string) error {
	switch {
	case m.Disabled:
		return Fail(Forbidden, "member-disabled",
			"Your membership of unit "+m.Unit+" is shut off; ask its director or the county administrator.",
			"您在单位 "+m.Unit+" 的成员资格已停用，请联系调委会主任或者县级管理员。")
	case m.ValidFrom != "" && day < m.ValidFrom:
		return Fail(Forbidden, "membership-not-begun",
			"Your membership of unit "+m.Unit+" begins on "+m.ValidFrom+".", "您在单位 "+m.Unit+" 的成员资格自 "+m.ValidFrom+" 起生效。")
	case m.ValidTo != "" && day > m.ValidTo:
		return Fail(Forbidden, "membership-ended",
			"Your membership of unit "+m.Unit+" ended with "+m.ValidTo+".", "您在单位 "+m.Unit+" 的成员资格已于 "+m.ValidTo+" 到期。")
	}
	return nil
}

// of tells whether the membership is this person's, or this program's.
func (m Membership) of(p Principal) bool {
	kind := m.Kind
	if kind == "" {
		kind = MemberPerson
	}
	return m.Issuer == p.Issuer && m.Subject == p.Subject && kind == p.kind()
}

// Holding are those of the memberships that are the principal's and hold on the day.
func Holding(p Principal, memberships []Membership, day string) []Membership {
	return slices.DeleteFunc(slices.Clone(memberships), func(m Membership) bool { return !m.of(p) || m.InForce(day) != nil })
}

// ActorOf joins a person's memberships in a unit and in its county, as they hold on the day (2006-01-02 in Asia/Shanghai),
// into an actor. Memberships of other units count for nothing. Without any it is Forbidden "stranger", and with none that
// holds what InForce says of the first.
func ActorOf(p Principal, unit string, memberships []Membership, day string) (Actor, error) {
	if p.Issuer == "" || p.Subject == "" {
		return Actor{}, Fail(Unauthenticated, "token-required", "Sign in first.", "请先登录。")
	}
	actor := Actor{Principal: p, Unit: unit, Day: day}
	var idle error
	for _, m := range memberships {
		if !m.of(p) || (m.Unit != unit && m.Unit != CountyOf(unit)) {
			continue
		}
		if err := m.InForce(day); err != nil {
			if idle == nil {
				idle = err
			}
			continue
		}
		if actor.Name == "" {
			actor.Name = m.Name
		}
		actor.Held, actor.Villages = append(actor.Held, m), append(actor.Villages, m.Villages...)
		for _, role := range m.Roles {
			if role.In(m.Unit) && !slices.Contains(actor.Roles, role) {
				actor.Roles = append(actor.Roles, role)
			}
		}
	}
	if len(actor.Roles) == 0 && idle != nil {
		return Actor{}, idle
	}
	if len(actor.Roles) == 0 {
		return Actor{}, Fail(Forbidden, "stranger",
			"You are not a member of unit "+unit+"; ask its director or the county administrator to add you.",
			"您不是单位 "+unit+" 的成员，请联系调委会主任或者县级管理员添加。")
	}
	slices.Sort(actor.Roles)
	return actor, nil
}

// MemberChange tells, for the record of who may do what, what a change of a membership changed: "field: before → after".
// before is nil for a new member and after for one who was removed.
func MemberChange(before, after *Membership) []string {
	var changes []string
	for _, field := range []struct {
		name string
		read func(m Membership) string
	}{
		{"roles", func(m Membership) string { return joined(m.Roles) }},
		{"kind", func(m Membership) string { return string(m.Kind) }},
		{"validFrom", func(m Membership) string { return m.ValidFrom }},
		{"validTo", func(m Membership) string { return m.ValidTo }},
		{"villages", func(m Membership) string { return strings.Join(m.Villages, ",") }},
		{"disabled", func(m Membership) string { return strconv.FormatBool(m.Disabled) }},
	} {
		var old, young string
		if before != nil {
			old = field.read(*before)
		}
		if after != nil {
			young = field.read(*after)
		}
		if old != young {
			changes = append(changes, field.name+": "+old+" → "+young)
		}
	}
	return changes
}

func joined(roles []Role) string {
	texts := make([]string, len(roles))
	for i, role := range roles {
		texts[i] = string(role)
	}
	return strings.Join(texts, ",")
}
