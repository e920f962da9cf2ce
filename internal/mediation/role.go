package mediation

import "slices"

// Role is what a person may do in a unit.
type Role string

// The roles. Who files, mediates and decides a dispute is named by a town, because a case is decided where it is held; who
// steers, helps in many towns, watches and administers is named by the county; readers and those who are asked for help by
// either. A party has no role: nobody signs in as one yet. City and province have none either: they get figures, not cases.
const (
	RoleGridWorker            Role = "grid-worker"
	RoleVillageMediator       Role = "village-mediator"
	RoleMediator              Role = "mediator"
	RoleClerk                 Role = "clerk"
	RoleDirector              Role = "director"
	RoleJudicialOffice        Role = "judicial-office"
	RoleDispatcher            Role = "dispatcher"
	RoleIndustryMediator      Role = "industry-mediator"
	RoleExpert                Role = "expert"
	RoleBureauSection         Role = "bureau-section"
	RoleLeader                Role = "leader"
	RoleLiaison               Role = "liaison"
	RoleReader                Role = "reader"
	RoleCountyAdministrator   Role = "county-administrator"
	RoleSystemAdministrator   Role = "system-administrator"
	RoleSecurityAdministrator Role = "security-administrator"
	RoleAuditAdministrator    Role = "audit-administrator"
)

// roleRow is a role with the letter it has in the permission table, where it is held, and its words.
type roleRow struct {
	Role     Role
	Letter   byte
	InTenant bool
	InCounty bool
	Reach    reach // into the cases of a tenant
	ZH, EN   string
}

var roles = []roleRow{
	{RoleGridWorker, 'G', true, false, reachOwn, "网格员", "Grid worker"},
	{RoleVillageMediator, 'V', true, false, reachVillage, "村（社区）调解员", "Village mediator"},
	{RoleMediator, 'M', true, false, reachTenant, "调解员", "Mediator"},
	{RoleClerk, 'C', true, false, reachTenant, "文员", "Clerk"},
	{RoleDirector, 'D', true, false, reachAll, "调委会主任", "Director"},
	{RoleJudicialOffice, 'J', true, false, reachTenant, "司法所", "Judicial office"},
	{RoleDispatcher, 'X', false, true, reachTenant, "县指挥中心调度员", "Dispatcher of the command centre"},
	{RoleIndustryMediator, 'I', false, true, reachOwn, "行业性专业性调解员", "Industry mediator"},
	{RoleExpert, 'E', true, true, reachOwn, "专家", "Expert"},
	{RoleBureauSection, 'B', false, true, reachTenant, "县司法局股室", "Section of the county bureau"},
	{RoleLeader, 'L', true, true, reachOwn, "包案领导", "Leader who answers for a case"},
	{RoleLiaison, 'N', true, false, reachOwn, "法院、公安、信访联络员", "Liaison of court, police or petition office"},
	{RoleReader, 'R', true, true, reachTenant, "查阅人员", "Reader"},
	{RoleCountyAdministrator, 'A', false, true, reachTenant, "县级管理员", "County administrator"},
	{RoleSystemAdministrator, 'S', false, true, reachOwn, "系统管理员", "System administrator"},
	{RoleSecurityAdministrator, 'Y', false, true, reachOwn, "安全管理员", "Security administrator"},
	{RoleAuditAdministrator, 'U', false, true, reachOwn, "审计管理员", "Audit administrator"},
}

// Roles lists every role, in the order of the permission table.
func Roles() []Role {
	all := make([]Role, 0, len(roles))
	for _, row := range roles {
		all = append(all, row.Role)
	}
	return all
}

func roleCodes() []Code {
	codes := make([]Code, 0, len(roles))
	for _, row := range roles {
		codes = append(codes, Code{Code: string(row.Role), ZH: row.ZH, EN: row.EN})
	}
	return codes
}

func (r Role) row() (roleRow, bool) {
	for i := range roles { // every request asks, for each role more than once: no row is copied but the one
		if roles[i].Role == r {
			return roles[i], true
		}
	}
	return roleRow{}, false
}

// Known tells whether the role is on the list.
func (r Role) Known() bool {
	_, known := r.row()
	return known
}

// Label gives the role's words.
func (r Role) Label() Code { return labelOf(roleCodes(), string(r)) }

// Mediates tells whether whoever holds the role may host a case.
func (r Role) Mediates() bool {
	return r == RoleVillageMediator || r == RoleMediator || r == RoleDirector || r == RoleIndustryMediator
}

// In tells whether the role can be held in the unit.
func (r Role) In(unit string) bool {
	row, _ := r.row()
	switch len(unit) {
	case countyCodeSize:
		return row.InCounty
	case tenantCodeSize:
		return row.InTenant
	}
	return false
}

// Apart tells whether the role is one of the three (三员) that nobody holds together with any other, anywhere in the
// county: who keeps the system running, who says who may do what, and who watches both (GB/T 22239-2019, level 3). None
// of them sees a case.
func (r Role) Apart() bool {
	return r == RoleSystemAdministrator || r == RoleSecurityAdministrator || r == RoleAuditAdministrator
}

// DutiesApart refuses a second role to somebody with one of the three; unit and held are where it is and what, "" and none
// where that is not known.
func DutiesApart(unit string, held ...Role) *Error {
	en, zh := "another role", "其他角色"
	if len(held) > 0 {
		label := held[0].Label()
		en, zh = string(held[0])+" in unit "+unit, "单位 "+unit+" 的"+label.ZH+"角色"
	}
	return Fail(Conflict, "duties-apart",
		"System, security and audit administrators hold one role and no other, in the whole county. This person holds "+en+": take that away first.",
		"系统、安全、审计三员分立，在全县范围内只能担任一个角色。该人员已有"+zh+"，请先撤销。")
}

// Apart is Conflict "duties-apart" when the membership cannot stand beside the person's other ones.
func (m Membership) Apart(others []Membership) error {
	special := slices.ContainsFunc(m.Roles, Role.Apart)
	for _, other := range others {
		if other.Unit == m.Unit || other.Issuer != m.Issuer || other.Subject != m.Subject {
			continue
		}
		if special || slices.ContainsFunc(other.Roles, Role.Apart) {
			return DutiesApart(other.Unit, other.Roles...)
		}
	}
	return nil
}

// OwnMembership refuses one of the three who would change the own place: whoever gives out rights gives none to herself.
func (a Actor) OwnMembership(issuer, subject string) error {
	if a.Issuer != issuer || a.Subject != subject || !slices.ContainsFunc(a.Roles, Role.Apart) {
		return nil
	}
	return Fail(Forbidden, "own-membership",
		"Nobody of the three administrators changes the own membership: ask another one, or the county administrator.",
		"三员不得变更本人的成员资格，请联系其他安全管理员或者县级管理员。")
}
