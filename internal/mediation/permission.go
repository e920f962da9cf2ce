package mediation

import (
	"fmt"
	"slices"
	"strings"
)

// Principal is whom a token speaks of: a person, or a partner's program.
type Principal struct {
	Issuer  string // the token's issuer, a URL
	Subject string // unique within the issuer
	Name    string // for people to read; may be empty
	Service bool   // a program, not a person
	// SecondFactor: the token tells that more than a password was asked for.
	SecondFactor bool
	// StepUp are the issuer's acr values, parted by blanks, that would tell of a second factor; "" where amr does.
	StepUp string
}

// Role is what a person may do in a unit.
type Role string

// The roles. Administrators belong to a county, directors, clerks, mediators and grid workers to a tenant,
// readers to either.
const (
	RoleCountyAdministrator Role = "county-administrator"
	RoleDirector            Role = "director"
	RoleClerk               Role = "clerk"
	RoleMediator            Role = "mediator"
	RoleReader              Role = "reader"
	RoleGridWorker          Role = "grid-worker"
)

// Actor is a principal in one unit, with the roles that hold there.
type Actor struct {
	Principal
	Unit  string // code of the tenant or county in which the actor acts
	Roles []Role
	// Withheld are the roles that do not hold for want of a second factor.
	Withheld []Role
	Ties     Ties // nil for somebody of whom none is known
}

// Ties are a person's conflicts of interest as far as they were told outside the case; the registry of mediators knows
// them.
type Ties interface {
	// With tells whether the person must keep away from a matter: the case itself, "" for none yet, or one of its parties.
	With(id ID, parties []Party) bool
	// Against names what With may answer yes to: parties by name, identity or both, and cases. Nothing else is tied.
	Against() (parties []Party, cases []ID)
}

// Action is what an operation of the API does. Every operation has exactly one.
type Action string

// The actions.
const (
	ActionMeRead                  Action = "me.read"
	ActionCodeRead                Action = "code.read"
	ActionCountyList              Action = "county.list"
	ActionTenantList              Action = "tenant.list"
	ActionTenantRead              Action = "tenant.read"
	ActionMemberList              Action = "member.list"
	ActionMemberPut               Action = "member.put"
	ActionMemberRemove            Action = "member.remove"
	ActionMemberHandOver          Action = "member.hand-over"
	ActionCaseFile                Action = "case.file"
	ActionCaseList                Action = "case.list"
	ActionCaseRead                Action = "case.read"
	ActionCaseCorrect             Action = "case.correct"
	ActionCaseAccept              Action = "case.accept"
	ActionCaseRefuse              Action = "case.refuse"
	ActionCaseWithdraw            Action = "case.withdraw"
	ActionCaseJournal             Action = "case.journal"
	ActionCaseNames               Action = "case.names" // see whom a case is about; numbers and addresses stay masked. Not an operation of its own
	ActionCaseReveal              Action = "case.reveal"
	ActionCaseAccesses            Action = "case.accesses"
	ActionMyAccesses              Action = "me.accesses"
	ActionCaseActions             Action = "case.actions"
	ActionCasePrint               Action = "case.print"
	ActionCaseClassify            Action = "case.classify"
	ActionCaseGrade               Action = "case.grade"
	ActionCaseOverrideGrade       Action = "case.override-grade"
	ActionCaseAssess              Action = "case.assess"
	ActionCaseOverrideRisk        Action = "case.override-risk"
	ActionCaseAssign              Action = "case.assign"
	ActionCaseReassign            Action = "case.reassign"
	ActionCaseRecuse              Action = "case.recuse"
	ActionCaseInvestigate         Action = "case.investigate"
	ActionCaseConvene             Action = "case.convene"
	ActionCaseCancelMeeting       Action = "case.cancel-meeting"
	ActionCaseMediate             Action = "case.mediate"
	ActionCaseReportDanger        Action = "case.report-danger"
	ActionCaseSettleDanger        Action = "case.settle-danger"
	ActionCaseSuspend             Action = "case.suspend"
	ActionCaseResume              Action = "case.resume"
	ActionCaseExtend              Action = "case.extend"
	ActionCaseAgree               Action = "case.agree"
	ActionCaseAgreeOrally         Action = "case.agree-orally"
	ActionCaseFail                Action = "case.fail"
	ActionCaseTerminate           Action = "case.terminate"
	ActionCaseTransfer            Action = "case.transfer"
	ActionCaseAcknowledgeTransfer Action = "case.acknowledge-transfer"
	ActionCaseTakeBack            Action = "case.take-back"
	ActionCaseRefer               Action = "case.refer"
	ActionCaseAcknowledgeReferral Action = "case.acknowledge-referral"
	ActionCaseReportReferral      Action = "case.report-referral"
	ActionCaseApplyConfirmation   Action = "case.apply-confirmation"
	ActionCaseDecideConfirmation  Action = "case.decide-confirmation"
	ActionCasePerform             Action = "case.perform"
	ActionCaseBreach              Action = "case.breach"
	ActionCaseUrge                Action = "case.urge"
	ActionCaseVisit               Action = "case.visit"
	ActionCasePutOnFile           Action = "case.put-on-file"
	ActionAttach                  Action = "case.attach"
	ActionAttachmentList          Action = "case.attachment.list"
	ActionAttachmentRead          Action = "case.attachment.read"
	ActionAttachmentFetch         Action = "case.attachment.fetch" // its content
	ActionAttachmentLink          Action = "case.attachment.link"
	ActionAttachmentWithdraw      Action = "case.attachment.withdraw"
	ActionCaseTakeOffFile         Action = "case.take-off-file"
	ActionCaseClose               Action = "case.close"
	ActionCaseArchive             Action = "case.archive"
	ActionCaseReopen              Action = "case.reopen"
	ActionCaseMerge               Action = "case.merge"
	ActionCaseAbsorb              Action = "case.absorb"
	ActionCaseSplit               Action = "case.split"
	ActionNoticeList              Action = "notice.list"
	ActionNoticeRead              Action = "notice.read"
	ActionNoticeDeliveries        Action = "notice.deliveries"
	ActionNoticeRetry             Action = "notice.retry"
	ActionClockList               Action = "clock.list"
	ActionReferenceRead           Action = "reference.read"
	ActionReferencePut            Action = "reference.put"
	ActionReferencePreview        Action = "reference.preview"
	ActionCaseTakeLead            Action = "case.take-lead" // the case's half of lead.join-case
	ActionLeadReport              Action = "lead.report"
	ActionLeadList                Action = "lead.list"
	ActionLeadRead                Action = "lead.read"
	ActionLeadNames               Action = "lead.names" // see who told it of whom; not an operation of its own
	ActionLeadReveal              Action = "lead.reveal"
	ActionLeadAll                 Action = "lead.all" // see what others reported; not an operation of its own
	ActionLeadJournal             Action = "lead.journal"
	ActionLeadActions             Action = "lead.actions"
	ActionLeadCorrect             Action = "lead.correct"
	ActionLeadDuplicates          Action = "lead.duplicates"
	ActionLeadBecomeCase          Action = "lead.become-case"
	ActionLeadJoinCase            Action = "lead.join-case"
	ActionLeadClose               Action = "lead.close"
	ActionLeadImport              Action = "lead.import"
	ActionLeadImportList          Action = "lead.import.list"
	ActionLeadImportRead          Action = "lead.import.read"
	ActionLeadImportErrors        Action = "lead.import.errors"
	ActionLeadTemplate            Action = "lead.import.template"
	ActionRoundStart              Action = "screening.start"
	ActionRoundList               Action = "screening.list"
	ActionRoundRead               Action = "screening.read"
	ActionRoundJournal            Action = "screening.journal"
	ActionRoundChange             Action = "screening.change"
	ActionRoundClose              Action = "screening.close"
	ActionRoundCoverage           Action = "screening.coverage"
	ActionZeroReport              Action = "screening.report-zero"
	ActionZeroReportList          Action = "screening.zero-report.list"
	ActionCountyRead              Action = "county.read"
	ActionCountyTenantList        Action = "county.tenant.list"
	ActionCountyCaseList          Action = "county.case.list"
	ActionCountyClockList         Action = "county.clock.list"
	ActionRepeatPartyList         Action = "county.repeat-party.list"
	ActionRepeatPartyReveal       Action = "county.repeat-party.reveal"
	ActionCountyMemberList        Action = "county.member.list"
	ActionCountyMemberPut         Action = "county.member.put"
	ActionCountyMemberRemove      Action = "county.member.remove"
	ActionCountyMemberLeave       Action = "county.member.leave"
	ActionCaseSuggest             Action = "case.suggest"
	ActionOrganisationList        Action = "organisation.list"
	ActionOrganisationRead        Action = "organisation.read"
	ActionOrganisationRegister    Action = "organisation.register"
	ActionOrganisationChange      Action = "organisation.change"
	ActionOrganisationStatus      Action = "organisation.status"
	ActionOrganisationFile        Action = "organisation.file"
	ActionOrganisationDecide      Action = "organisation.decide"
	ActionMediatorList            Action = "mediator.list"
	ActionMediatorRead            Action = "mediator.read"
	ActionMediatorNames           Action = "mediator.names" // see real names and papers; not an operation of its own
	ActionMediatorReveal          Action = "mediator.reveal"
	ActionMediatorRegister        Action = "mediator.register"
	ActionMediatorChange          Action = "mediator.change"
	ActionMediatorVerify          Action = "mediator.verify"
	ActionMediatorStatus          Action = "mediator.status"
	ActionMediatorPost            Action = "mediator.post"
	ActionMediatorLeave           Action = "mediator.leave"
	ActionMediatorDeclare         Action = "mediator.declare"
	ActionMediatorClear           Action = "mediator.clear"
	ActionMediatorFile            Action = "mediator.file"
	ActionMediatorDecide          Action = "mediator.decide"
	ActionAdviserList             Action = "adviser.list"
	ActionAdviserRead             Action = "adviser.read"
	ActionAdviserRegister         Action = "adviser.register"
	ActionAdviserChange           Action = "adviser.change"
	ActionAdviserEnd              Action = "adviser.end"
	ActionAdviserVisit            Action = "adviser.visit"
	ActionRegistryJournal         Action = "registry.journal"
	ActionCountyOrganisationList  Action = "county.organisation.list"
	ActionCountyMediatorList      Action = "county.mediator.list"
	ActionCountyStaffingRead      Action = "county.staffing.read"
	ActionCountyReferenceRead     Action = "county.reference.read"
	ActionCountyReferencePut      Action = "county.reference.put"
	ActionCountyReferencePreview  Action = "county.reference.preview"
	ActionAuditList               Action = "audit.list"
	ActionCountyAuditList         Action = "county.audit.list"
)

// permission is one row of the matrix: who may, and what.
type permission struct {
	May    string
	Action Action
}

// open stands for every authenticated person, member of a unit or not.
const open = "open"

// permissions is the whole matrix, role × action. What is not here is forbidden. A row has one letter for each role
// that may: A the county's administrator, D director, C clerk, M mediator, R reader, G grid worker.
//
// Roles of a county hold in its tenants too, so A in a row without "county" says what an administrator does in a town.
var permissions = []permission{
	{open, ActionMeRead},
	{open, ActionCodeRead},
	{open, ActionCountyList}, // codes and names of units are public
	{open, ActionTenantList},

	{"ADCMRG", ActionTenantRead},
	{"ADCMR-", ActionMemberList},
	{"AD----", ActionMemberPut},
	{"AD----", ActionMemberRemove},
	{"-D----", ActionMemberHandOver}, // as for reassigning each of the cases

	{"-DCM--", ActionCaseFile},
	{"ADCMR-", ActionCaseList},
	{"ADCMR-", ActionCaseRead},
	{"-DCM--", ActionCaseNames},
	{"-DCM--", ActionCaseReveal},
	{"-DCM--", ActionCaseAccesses},
	{"ADCMRG", ActionMyAccesses},
	{"-DCM--", ActionCasePrint}, // a paper is unmasked: the same people
	{"ADCMR-", ActionCaseJournal},
	{"-DCM--", ActionCaseCorrect},
	{"-D----", ActionCaseAccept}, // the committee decides (P24)
	{"-D----", ActionCaseRefuse},
	{"-DCM--", ActionCaseWithdraw}, // they take the party's wish down (L23)
	{"ADCMR-", ActionCaseActions},
	{"-DCM--", ActionCaseClassify},
	{"-DCM--", ActionCaseGrade},
	{"-D----", ActionCaseOverrideGrade}, // subsidies go by it
	{"-DCM--", ActionCaseAssess},
	{"-D----", ActionCaseOverrideRisk}, // a human decides, and answers for it
	{"-D----", ActionCaseAssign},       // the committee names its mediators (P25)
	{"-D----", ActionCaseReassign},
	{"-DCM--", ActionCaseRecuse},
	{"-DCM--", ActionCaseInvestigate},
	{"-DCM--", ActionCaseConvene},
	{"-DCM--", ActionCaseCancelMeeting},
	{"-DCM--", ActionCaseMediate},
	{"-DCM--", ActionCaseReportDanger},
	{"-DCM--", ActionCaseSettleDanger},
	{"-D-M--", ActionCaseSuspend},
	{"-D-M--", ActionCaseResume},
	{"-D----", ActionCaseExtend}, // with every party's consent
	{"-D-M--", ActionCaseAgree},
	{"-D-M--", ActionCaseAgreeOrally},
	{"-D-M--", ActionCaseFail},
	{"-D-M--", ActionCaseTerminate},
	{"-D----", ActionCaseTransfer}, // the committee gives it away, and takes it back
	{"-DC---", ActionCaseAcknowledgeTransfer},
	{"-D----", ActionCaseTakeBack},
	{"-D-M--", ActionCaseRefer},
	{"-DCM--", ActionCaseAcknowledgeReferral},
	{"-DCM--", ActionCaseReportReferral},
	{"-DCM--", ActionCaseApplyConfirmation},
	{"-DCM--", ActionCaseDecideConfirmation},
	{"-DCM--", ActionCasePerform},
	{"-DCM--", ActionCaseBreach},
	{"-DCM--", ActionCaseUrge},
	{"-DCM--", ActionCaseVisit},
	{"-DCM--", ActionCasePutOnFile},
	{"-DCM--", ActionAttach},
	{"ADCMR-", ActionAttachmentList}, // names are masked for those who see people masked
	{"ADCMR-", ActionAttachmentRead},
	{"-DCM--", ActionAttachmentFetch}, // evidence shows people as they are
	{"-DCM--", ActionAttachmentLink},
	{"-DC---", ActionAttachmentWithdraw}, // the keepers of the files
	{"-DC---", ActionCaseTakeOffFile},
	{"-D----", ActionCaseClose},   // the committee is done
	{"-DC---", ActionCaseArchive}, // the keeper of the files
	{"-D----", ActionCaseReopen},
	{"-D----", ActionCaseMerge},
	{"-D----", ActionCaseAbsorb},
	{"-D----", ActionCaseSplit},
	{"ADCMR-", ActionClockList},

	{"ADCMRG", ActionNoticeList}, // each only their own
	{"ADCMRG", ActionNoticeRead},
	{"-D----", ActionNoticeDeliveries},
	{"-D----", ActionNoticeRetry},
	{"-DCM--", ActionCaseTakeLead},

	{"-DCM-G", ActionLeadReport},
	{"ADCMRG", ActionLeadList}, // a grid worker's own ones only: LeadScope
	{"ADCMRG", ActionLeadRead},
	{"-DCM-G", ActionLeadNames},
	{"-DCM-G", ActionLeadReveal},
	{"ADCMR-", ActionLeadAll},
	{"ADCMRG", ActionLeadJournal},
	{"ADCMRG", ActionLeadActions},
	{"-DCM--", ActionLeadCorrect},
	{"-DCM--", ActionLeadDuplicates},
	{"-DCM--", ActionLeadBecomeCase}, // as for filing a case
	{"-DCM--", ActionLeadJoinCase},
	{"-DCM--", ActionLeadClose},
	{"-DC---", ActionLeadImport},
	{"-DC---", ActionLeadImportList},
	{"-DC---", ActionLeadImportRead},
	{"-DC---", ActionLeadImportErrors}, // the sheet holds what was sent, in the clear
	{"-DC---", ActionLeadTemplate},

	{"-DC---", ActionRoundStart},
	{"ADCMRG", ActionRoundList},
	{"ADCMRG", ActionRoundRead},
	{"ADCMR-", ActionRoundJournal},
	{"-DC---", ActionRoundChange},
	{"-D----", ActionRoundClose},
	{"ADCMR-", ActionRoundCoverage},
	{"-DCM-G", ActionZeroReport},
	{"ADCMR-", ActionZeroReportList},

	{"ADCMR-", ActionReferenceRead},
	{"-D----", ActionReferencePut},
	{"AD----", ActionReferencePreview},

	{"A---R-", ActionCountyRead},
	{"A---R-", ActionCountyTenantList},
	{"A---R-", ActionCountyCaseList},
	{"A---R-", ActionCountyClockList},
	{"A---R-", ActionRepeatPartyList}, // digests and counts
	{"A-----", ActionRepeatPartyReveal},
	{"A---R-", ActionCountyMemberList},
	{"A-----", ActionCountyMemberPut},
	{"A-----", ActionCountyMemberRemove},
	{"A-----", ActionCountyMemberLeave},

	{"-DC---", ActionCaseSuggest},
	{"ADCMR-", ActionOrganisationList},
	{"ADCMR-", ActionOrganisationRead},
	{"ADC---", ActionOrganisationRegister},
	{"ADC---", ActionOrganisationChange},
	{"AD----", ActionOrganisationStatus},
	{"ADC---", ActionOrganisationFile},
	{"A-----", ActionOrganisationDecide}, // the bureau answers, and the county acts for it
	{"ADCMR-", ActionMediatorList},
	{"ADCMR-", ActionMediatorRead},
	{"ADC---", ActionMediatorNames},
	{"ADC---", ActionMediatorReveal},
	{"ADC---", ActionMediatorRegister},
	{"ADC---", ActionMediatorChange},
	{"ADC---", ActionMediatorVerify},
	{"AD----", ActionMediatorStatus},
	{"AD----", ActionMediatorPost},
	{"ADCM--", ActionMediatorLeave},   // a mediator on the own record
	{"ADCM--", ActionMediatorDeclare}, // a mediator on the own record
	{"AD----", ActionMediatorClear},   // nobody lifts the own conflict of interest
	{"ADC---", ActionMediatorFile},
	{"A-----", ActionMediatorDecide},
	{"ADCMR-", ActionAdviserList},
	{"ADCMR-", ActionAdviserRead},
	{"ADC---", ActionAdviserRegister},
	{"ADC---", ActionAdviserChange},
	{"AD----", ActionAdviserEnd},
	{"ADC---", ActionAdviserVisit},
	{"ADC---", ActionRegistryJournal},
	{"A---R-", ActionCountyOrganisationList},
	{"A---R-", ActionCountyMediatorList},
	{"A---R-", ActionCountyStaffingRead},
	{"A---R-", ActionCountyReferenceRead},
	{"A-----", ActionCountyReferencePut},
	{"A-----", ActionCountyReferencePreview},

	{"AD----", ActionAuditList}, // whoever reads the record is in it
	{"A-----", ActionCountyAuditList},
}

var roleNames = []Code{
	{Code: string(RoleCountyAdministrator), ZH: "县级管理员", EN: "County administrator"},
	{Code: string(RoleDirector), ZH: "调委会主任", EN: "Director"},
	{Code: string(RoleClerk), ZH: "文员", EN: "Clerk"},
	{Code: string(RoleMediator), ZH: "调解员", EN: "Mediator"},
	{Code: string(RoleReader), ZH: "查阅人员", EN: "Reader"},
	{Code: string(RoleGridWorker), ZH: "网格员", EN: "Grid worker"},
}

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleCountyAdministrator, RoleDirector, RoleClerk, RoleMediator, RoleReader, RoleGridWorker}
}

// Known tells whether the role is on the list.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// Actions lists every action that has a row in the matrix.
func Actions() []Action {
	all := make([]Action, 0, len(permissions))
	for _, row := range permissions {
		all = append(all, row.Action)
	}
	return all
}

// Known tells whether the action has a row in the matrix.
func (a Action) Known() bool { return slices.Contains(Actions(), a) }

// Open tells whether every authenticated person may do it, member or not.
func (a Action) Open() bool { return a.may() == open }

// Roles lists who may do it; empty for an open action, which needs no role.
func (a Action) Roles() []Role {
	line := a.may()
	if line == open {
		return nil
	}
	var may []Role
	for i, letter := range line {
		if letter != '-' {
			may = append(may, Roles()[i])
		}
	}
	return may
}

func (a Action) may() string {
	for _, row := range permissions {
		if row.Action == a {
			return row.May
		}
	}
	return ""
}

// Permit is nil when the actor may do it. Otherwise it is Unauthenticated "token-required" for nobody, and Forbidden
// "role-required" for somebody without a role that may; the words name the roles that may. It is Forbidden
// "second-factor-required" when a role that was withheld would do.
func Permit(a Actor, action Action) error {
	if a.Issuer == "" || a.Subject == "" {
		return Fail(Unauthenticated, "token-required", "Sign in first.", "请先登录。")
	}
	if action.Open() {
		return nil
	}
	may := action.Roles()
	for _, role := range a.Roles {
		if slices.Contains(may, role) {
			return nil
		}
	}
	if slices.ContainsFunc(a.Withheld, func(role Role) bool { return slices.Contains(may, role) }) {
		return secondFactorRequired(a.Unit)
	}
	if len(may) == 0 {
		return Fail(Forbidden, "role-required", "Nobody may do this.", "无权进行此项操作。")
	}
	var en, zh []string
	for _, role := range may {
		label := labelOf(roleNames, string(role))
		en, zh = append(en, string(role)), append(zh, label.ZH)
	}
	return Fail(Forbidden, "role-required",
		fmt.Sprintf("This needs one of the roles %s in unit %s; ask its director or the county administrator.", strings.Join(en, ", "), a.Unit),
		fmt.Sprintf("此项操作需要在单位 %s 具有以下角色之一：%s。请联系调委会主任或者县级管理员。", a.Unit, strings.Join(zh, "、")))
}
