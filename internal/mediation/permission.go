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

// Actor is a principal in one unit, with the roles that hold there.
type Actor struct {
	Principal
	Unit  string // code of the tenant or county in which the actor acts
	Roles []Role
	Held  []Membership // that give the roles
	// Withheld are the roles that do not hold for want of a second factor.
	Withheld []Role
	Villages []string // of the membership, for roles that see no more than these
	Day      string   // today in China, 2006-01-02, from the clock in ActorOf's caller; "" for an actor that no clock made
	Ties     Ties     // nil for somebody of whom none is known
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
	ActionPermissionRead          Action = "permission.read"
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
	ActionCaseInvite              Action = "case.invite"
	ActionCaseUninvite            Action = "case.uninvite"
	ActionCaseRestrict            Action = "case.restrict"
	ActionCaseUnrestrict          Action = "case.unrestrict"
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
	ActionCountyPermissionRead    Action = "county.permission.read"
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
	ActionTenantShred             Action = "tenant.shred" // destroy its keys. No operation: it takes the rights of the operator
)

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
	for _, row := range roles {
		if strings.IndexByte(line, row.Letter) >= 0 {
			may = append(may, row.Role)
		}
	}
	return may
}

// rows finds an action's row at once: every request asks more than once.
var rows = func() map[Action]string {
	found := make(map[Action]string, len(permissions))
	for _, row := range permissions {
		found[row.Action] = row.May
	}
	return found
}()

func (a Action) may() string { return rows[a] }

// allows tells whether one of the roles may do it.
func (a Action) allows(held []Role) bool {
	line := a.may()
	for i := range roles {
		if strings.IndexByte(line, roles[i].Letter) >= 0 && slices.Contains(held, roles[i].Role) {
			return true
		}
	}
	return false
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
	if action.allows(a.Roles) {
		return nil
	}
	if action.allows(a.Withheld) {
		return secondFactorRequired(a.Unit)
	}
	may := action.Roles()
	if len(may) == 0 {
		return Fail(Forbidden, "role-required", "Nobody may do this.", "无权进行此项操作。")
	}
	var en, zh []string
	for _, role := range may {
		en, zh = append(en, string(role)), append(zh, role.Label().ZH)
	}
	return Fail(Forbidden, "role-required",
		fmt.Sprintf("This needs the role %s in unit %s; ask its director or the county administrator.", oneOf(en, ", ", " or "), a.Unit),
		fmt.Sprintf("此项操作需要在单位 %s 具有%s角色。请联系调委会主任或者县级管理员。", a.Unit, oneOf(zh, "、", "或者")))
}

// oneOf reads names out: "a", "a or b", "a, b or c".
func oneOf(names []string, comma, or string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], comma) + or + names[last]
}
