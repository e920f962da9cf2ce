package mediation

// permission is one row of the matrix: who may, and what.
type permission struct {
	May    string
	Action Action
}

// open stands for every authenticated person, member of a unit or not.
const open = "open"

// permissions is the whole matrix, role × action. What is not here is forbidden. A row has a place for every role, with
// the role's letter where it may and a dash where it may not, always in this order:
//
//	G grid worker          V village mediator      M mediator             C clerk           D director
//	J judicial office      X dispatcher            I industry mediator    E expert          B bureau section
//	L leader               N liaison               R reader               A county administrator
//	S system administrator Y security administrator U audit administrator
//
// Which cases a role does it in is the scope's to say (Scope, Case.Permit): V sees the cases of its villages, I, E, L and N
// those that they mediate or were invited to.
//
// Roles of a county hold in its tenants too, so X in a row without "county" says what a dispatcher does in a town.
var permissions = []permission{
	{open, ActionMeRead},
	{open, ActionCodeRead},
	{open, ActionCountyList}, // codes and names of units are public
	{open, ActionTenantList},

	{"GVMCDJ XIEBLN RA SYU", ActionTenantRead},
	{"GVMCDJ XIEBLN RA SYU", ActionPermissionRead},
	{"-VMCDJ X--B-- RA -Y-", ActionMemberList},
	{"----D- ------ -A -Y-", ActionMemberPut},
	{"----D- ------ -A -Y-", ActionMemberRemove},
	{"----D- ------ -- ---", ActionMemberHandOver}, // as for reassigning each of the cases

	{"-VMCD- ------ -- ---", ActionCaseFile},
	{"-VMCDJ XIEBLN RA ---", ActionCaseList},
	{"-VMCDJ XIEBLN RA ---", ActionCaseRead},
	{"-VMCDJ -I---- -- ---", ActionCaseNames},
	{"-VMCDJ XI-B-- -- ---", ActionCaseReveal},
	{"-VMCDJ -I---- -- ---", ActionCaseAccesses},
	{"GVMCDJ XIEBLN RA SYU", ActionMyAccesses},
	{"-VMCDJ -I---- -- ---", ActionCasePrint}, // a paper is unmasked: the same people
	{"-VMCDJ XIEBLN RA ---", ActionCaseJournal},
	{"-VMCD- -I---- -- ---", ActionCaseCorrect},
	{"----D- ------ -- ---", ActionCaseAccept}, // the committee decides (P24)
	{"----D- ------ -- ---", ActionCaseRefuse},
	{"-VMCD- -I---- -- ---", ActionCaseWithdraw}, // they take the party's wish down (L23)
	{"-VMCDJ XIEBLN RA ---", ActionCaseActions},
	{"-VMCD- -I---- -- ---", ActionCaseClassify},
	{"-VMCD- -I---- -- ---", ActionCaseGrade},
	{"----DJ ------ -- ---", ActionCaseOverrideGrade}, // subsidies go by it
	{"-VMCD- -I---- -- ---", ActionCaseAssess},
	{"----DJ ------ -- ---", ActionCaseOverrideRisk}, // a human decides, and answers for it
	{"----DJ X----- -- ---", ActionCaseAssign},       // the committee names its mediators (P25)
	{"----DJ X----- -- ---", ActionCaseReassign},
	{"-VMCD- -I---- -- ---", ActionCaseRecuse},
	{"-VMCD- -I---- -- ---", ActionCaseInvestigate},
	{"-VMCD- -I---- -- ---", ActionCaseConvene},
	{"-VMCD- -I---- -- ---", ActionCaseCancelMeeting},
	{"-VMCD- -I---- -- ---", ActionCaseMediate},
	{"-VMCD- -I---- -- ---", ActionCaseReportDanger},
	{"-VMCD- -I---- -- ---", ActionCaseSettleDanger},
	{"-VM-D- -I---- -- ---", ActionCaseSuspend},
	{"-VM-D- -I---- -- ---", ActionCaseResume},
	{"----D- ------ -- ---", ActionCaseExtend}, // with every party's consent
	{"-VM-D- -I---- -- ---", ActionCaseAgree},
	{"-VM-D- -I---- -- ---", ActionCaseAgreeOrally},
	{"-VM-D- -I---- -- ---", ActionCaseFail},
	{"-VM-D- -I---- -- ---", ActionCaseTerminate},
	{"----D- X----- -- ---", ActionCaseTransfer}, // the committee gives it away, and takes it back
	{"---CD- ------ -- ---", ActionCaseAcknowledgeTransfer},
	{"----D- ------ -- ---", ActionCaseTakeBack},
	{"-VM-D- -I---- -- ---", ActionCaseRefer},
	{"-VMCD- -I---- -- ---", ActionCaseAcknowledgeReferral},
	{"-VMCD- -I---- -- ---", ActionCaseReportReferral},
	{"-VMCD- -I---- -- ---", ActionCaseApplyConfirmation},
	{"-VMCD- -I---- -- ---", ActionCaseDecideConfirmation},
	{"-VMCD- -I---- -- ---", ActionCasePerform},
	{"-VMCD- -I---- -- ---", ActionCaseBreach},
	{"-VMCD- -I---- -- ---", ActionCaseUrge},
	{"-VMCD- -I---- -- ---", ActionCaseVisit},
	{"-VMCD- -I---- -- ---", ActionCasePutOnFile},
	{"-VMCD- -I---- -- ---", ActionAttach},
	{"-VMCDJ XIEBLN RA ---", ActionAttachmentList}, // names are masked for those who see people masked
	{"-VMCDJ XIEBLN RA ---", ActionAttachmentRead},
	{"-VMCDJ -I---- -- ---", ActionAttachmentFetch}, // evidence shows people as they are
	{"-VMCDJ -I---- -- ---", ActionAttachmentLink},
	{"---CD- ------ -- ---", ActionAttachmentWithdraw}, // the keepers of the files
	{"---CD- ------ -- ---", ActionCaseTakeOffFile},
	{"----D- ------ -- ---", ActionCaseClose},   // the committee is done
	{"---CD- ------ -- ---", ActionCaseArchive}, // the keeper of the files
	{"----D- ------ -- ---", ActionCaseReopen},
	{"----D- ------ -- ---", ActionCaseMerge},
	{"----D- ------ -- ---", ActionCaseAbsorb},
	{"----D- ------ -- ---", ActionCaseSplit},
	{"----D- ------ -- ---", ActionCaseInvite}, // who answers for the case says who sees it
	{"----D- ------ -- ---", ActionCaseUninvite},
	{"----D- ------ -- ---", ActionCaseRestrict},
	{"----D- ------ -- ---", ActionCaseUnrestrict},
	{"-VMCDJ XIEBLN RA ---", ActionClockList},

	{"GVMCDJ XIEBLN RA SYU", ActionNoticeList}, // each only their own
	{"GVMCDJ XIEBLN RA SYU", ActionNoticeRead},
	{"----D- ------ -- ---", ActionNoticeDeliveries},
	{"----D- ------ -- ---", ActionNoticeRetry},
	{"-VMCD- ------ -- ---", ActionCaseTakeLead},

	{"GVMCDJ X----N -- ---", ActionLeadReport},
	{"GVMCDJ X--B-N RA ---", ActionLeadList}, // a grid worker's own ones only: LeadScope
	{"GVMCDJ X--B-N RA ---", ActionLeadRead},
	{"GVMCDJ -----N -- ---", ActionLeadNames},
	{"GVMCDJ X--B-N -- ---", ActionLeadReveal},
	{"--MCDJ X--B-- RA ---", ActionLeadAll},
	{"GVMCDJ X--B-N RA ---", ActionLeadJournal},
	{"GVMCDJ X--B-N RA ---", ActionLeadActions},
	{"-VMCDJ ------ -- ---", ActionLeadCorrect},
	{"-VMCDJ ------ -- ---", ActionLeadDuplicates},
	{"-VMCD- ------ -- ---", ActionLeadBecomeCase}, // as for filing a case
	{"-VMCD- ------ -- ---", ActionLeadJoinCase},
	{"-VMCDJ ------ -- ---", ActionLeadClose},
	{"---CD- ------ -- ---", ActionLeadImport},
	{"---CD- ------ -- ---", ActionLeadImportList},
	{"---CD- ------ -- ---", ActionLeadImportRead},
	{"---CD- ------ -- ---", ActionLeadImportErrors}, // the sheet holds what was sent, in the clear
	{"---CD- ------ -- ---", ActionLeadTemplate},

	{"---CDJ ------ -- ---", ActionRoundStart},
	{"GVMCDJ X--B-- RA ---", ActionRoundList},
	{"GVMCDJ X--B-- RA ---", ActionRoundRead},
	{"-VMCDJ X--B-- RA ---", ActionRoundJournal},
	{"---CDJ ------ -- ---", ActionRoundChange},
	{"----DJ ------ -- ---", ActionRoundClose},
	{"-VMCDJ X--B-- RA ---", ActionRoundCoverage},
	{"GVMCD- ------ -- ---", ActionZeroReport},
	{"-VMCDJ X--B-- RA ---", ActionZeroReportList},

	{"-VMCDJ XI-B-- RA ---", ActionReferenceRead},
	{"----DJ ------ -- ---", ActionReferencePut},
	{"----DJ ---B-- -A ---", ActionReferencePreview},

	{"------ X--B-- RA SYU", ActionCountyRead},
	{"------ XIEBL- RA SYU", ActionCountyPermissionRead},
	{"------ X--B-- RA SYU", ActionCountyTenantList},
	{"------ X--B-- RA ---", ActionCountyCaseList},
	{"------ X--B-- RA ---", ActionCountyClockList},
	{"------ X--B-- RA ---", ActionRepeatPartyList}, // digests and counts
	{"------ X--B-- -A ---", ActionRepeatPartyReveal},
	{"------ X--B-- RA -Y-", ActionCountyMemberList},
	{"------ ------ -A -Y-", ActionCountyMemberPut},
	{"------ ------ -A -Y-", ActionCountyMemberRemove},
	{"------ ------ -A -Y-", ActionCountyMemberLeave},

	{"---CDJ X----- -- ---", ActionCaseSuggest},
	{"-VMCDJ X--B-- RA ---", ActionOrganisationList},
	{"-VMCDJ X--B-- RA ---", ActionOrganisationRead},
	{"---CDJ ------ -A ---", ActionOrganisationRegister},
	{"---CDJ ------ -A ---", ActionOrganisationChange},
	{"----DJ ------ -A ---", ActionOrganisationStatus},
	{"---CDJ ------ -A ---", ActionOrganisationFile},
	{"------ ---B-- -A ---", ActionOrganisationDecide}, // the bureau answers, and the county acts for it
	{"-VMCDJ X--B-- RA ---", ActionMediatorList},
	{"-VMCDJ X--B-- RA ---", ActionMediatorRead},
	{"---CDJ ---B-- -A ---", ActionMediatorNames},
	{"---CDJ ---B-- -A ---", ActionMediatorReveal},
	{"---CDJ ------ -A ---", ActionMediatorRegister},
	{"---CDJ ------ -A ---", ActionMediatorChange},
	{"---CDJ ------ -A ---", ActionMediatorVerify},
	{"----DJ ------ -A ---", ActionMediatorStatus},
	{"----DJ ------ -A ---", ActionMediatorPost},
	{"-VMCDJ -I---- -A ---", ActionMediatorLeave},   // a mediator on the own record
	{"-VMCDJ -I---- -A ---", ActionMediatorDeclare}, // a mediator on the own record
	{"----DJ ------ -A ---", ActionMediatorClear},   // nobody lifts the own conflict of interest
	{"---CDJ ------ -A ---", ActionMediatorFile},
	{"------ ---B-- -A ---", ActionMediatorDecide},
	{"-VMCDJ X--B-- RA ---", ActionAdviserList},
	{"-VMCDJ X--B-- RA ---", ActionAdviserRead},
	{"---CDJ ------ -A ---", ActionAdviserRegister},
	{"---CDJ ------ -A ---", ActionAdviserChange},
	{"----DJ ------ -A ---", ActionAdviserEnd},
	{"---CDJ ------ -A ---", ActionAdviserVisit},
	{"---CDJ ---B-- -A ---", ActionRegistryJournal},
	{"------ X--B-- RA ---", ActionCountyOrganisationList},
	{"------ X--B-- RA ---", ActionCountyMediatorList},
	{"------ X--B-- RA ---", ActionCountyStaffingRead},
	{"------ X--B-- RA ---", ActionCountyReferenceRead},
	{"------ ---B-- -A ---", ActionCountyReferencePut},
	{"------ ---B-- -A ---", ActionCountyReferencePreview},

	{"----DJ X--B-- -A --U", ActionAuditList}, // whoever reads the record is in it
	{"------ X--B-- -A --U", ActionCountyAuditList},
	{"------ ------ -- ---", ActionTenantShred}, // nobody by the API
}
