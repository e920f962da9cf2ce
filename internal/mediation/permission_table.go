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
//	G grid worker          M mediator              C clerk                D director      J judicial office
//	X dispatcher           B bureau section        R reader               A county administrator
//	S system administrator Y security administrator U audit administrator
//
// Places without a letter are kept for those who see a part of a town only.
//
// Roles of a county hold in its tenants too, so X in a row without "county" says what a dispatcher does in a town.
var permissions = []permission{
	{open, ActionMeRead},
	{open, ActionCodeRead},
	{open, ActionCountyList}, // codes and names of units are public
	{open, ActionTenantList},

	{"G-MCDJ X--B-- RA SYU", ActionTenantRead},
	{"G-MCDJ X--B-- RA SYU", ActionPermissionRead},
	{"--MCDJ X--B-- RA -Y-", ActionMemberList},
	{"----D- ------ -A -Y-", ActionMemberPut},
	{"----D- ------ -A -Y-", ActionMemberRemove},
	{"----D- ------ -- ---", ActionMemberHandOver}, // as for reassigning each of the cases

	{"--MCD- ------ -- ---", ActionCaseFile},
	{"--MCDJ X--B-- RA ---", ActionCaseList},
	{"--MCDJ X--B-- RA ---", ActionCaseRead},
	{"--MCDJ ------ -- ---", ActionCaseNames},
	{"--MCDJ X--B-- -- ---", ActionCaseReveal},
	{"--MCDJ ------ -- ---", ActionCaseAccesses},
	{"G-MCDJ X--B-- RA SYU", ActionMyAccesses},
	{"--MCDJ ------ -- ---", ActionCasePrint}, // a paper is unmasked: the same people
	{"--MCDJ X--B-- RA ---", ActionCaseJournal},
	{"--MCD- ------ -- ---", ActionCaseCorrect},
	{"----D- ------ -- ---", ActionCaseAccept}, // the committee decides (P24)
	{"----D- ------ -- ---", ActionCaseRefuse},
	{"--MCD- ------ -- ---", ActionCaseWithdraw}, // they take the party's wish down (L23)
	{"--MCDJ X--B-- RA ---", ActionCaseActions},
	{"--MCD- ------ -- ---", ActionCaseClassify},
	{"--MCD- ------ -- ---", ActionCaseGrade},
	{"----DJ ------ -- ---", ActionCaseOverrideGrade}, // subsidies go by it
	{"--MCD- ------ -- ---", ActionCaseAssess},
	{"----DJ ------ -- ---", ActionCaseOverrideRisk}, // a human decides, and answers for it
	{"----DJ X----- -- ---", ActionCaseAssign},       // the committee names its mediators (P25)
	{"----DJ X----- -- ---", ActionCaseReassign},
	{"--MCD- ------ -- ---", ActionCaseRecuse},
	{"--MCD- ------ -- ---", ActionCaseInvestigate},
	{"--MCD- ------ -- ---", ActionCaseConvene},
	{"--MCD- ------ -- ---", ActionCaseCancelMeeting},
	{"--MCD- ------ -- ---", ActionCaseMediate},
	{"--MCD- ------ -- ---", ActionCaseReportDanger},
	{"--MCD- ------ -- ---", ActionCaseSettleDanger},
	{"--M-D- ------ -- ---", ActionCaseSuspend},
	{"--M-D- ------ -- ---", ActionCaseResume},
	{"----D- ------ -- ---", ActionCaseExtend}, // with every party's consent
	{"--M-D- ------ -- ---", ActionCaseAgree},
	{"--M-D- ------ -- ---", ActionCaseAgreeOrally},
	{"--M-D- ------ -- ---", ActionCaseFail},
	{"--M-D- ------ -- ---", ActionCaseTerminate},
	{"----D- X----- -- ---", ActionCaseTransfer}, // the committee gives it away, and takes it back
	{"---CD- ------ -- ---", ActionCaseAcknowledgeTransfer},
	{"----D- ------ -- ---", ActionCaseTakeBack},
	{"--M-D- ------ -- ---", ActionCaseRefer},
	{"--MCD- ------ -- ---", ActionCaseAcknowledgeReferral},
	{"--MCD- ------ -- ---", ActionCaseReportReferral},
	{"--MCD- ------ -- ---", ActionCaseApplyConfirmation},
	{"--MCD- ------ -- ---", ActionCaseDecideConfirmation},
	{"--MCD- ------ -- ---", ActionCasePerform},
	{"--MCD- ------ -- ---", ActionCaseBreach},
	{"--MCD- ------ -- ---", ActionCaseUrge},
	{"--MCD- ------ -- ---", ActionCaseVisit},
	{"--MCD- ------ -- ---", ActionCasePutOnFile},
	{"--MCD- ------ -- ---", ActionAttach},
	{"--MCDJ X--B-- RA ---", ActionAttachmentList}, // names are masked for those who see people masked
	{"--MCDJ X--B-- RA ---", ActionAttachmentRead},
	{"--MCDJ ------ -- ---", ActionAttachmentFetch}, // evidence shows people as they are
	{"--MCDJ ------ -- ---", ActionAttachmentLink},
	{"---CD- ------ -- ---", ActionAttachmentWithdraw}, // the keepers of the files
	{"---CD- ------ -- ---", ActionCaseTakeOffFile},
	{"----D- ------ -- ---", ActionCaseClose},   // the committee is done
	{"---CD- ------ -- ---", ActionCaseArchive}, // the keeper of the files
	{"----D- ------ -- ---", ActionCaseReopen},
	{"----D- ------ -- ---", ActionCaseMerge},
	{"----D- ------ -- ---", ActionCaseAbsorb},
	{"----D- ------ -- ---", ActionCaseSplit},
	{"--MCDJ X--B-- RA ---", ActionClockList},

	{"G-MCDJ X--B-- RA SYU", ActionNoticeList}, // each only their own
	{"G-MCDJ X--B-- RA SYU", ActionNoticeRead},
	{"----D- ------ -- ---", ActionNoticeDeliveries},
	{"----D- ------ -- ---", ActionNoticeRetry},
	{"--MCD- ------ -- ---", ActionCaseTakeLead},

	{"G-MCDJ X----- -- ---", ActionLeadReport},
	{"G-MCDJ X--B-- RA ---", ActionLeadList}, // a grid worker's own ones only: LeadScope
	{"G-MCDJ X--B-- RA ---", ActionLeadRead},
	{"G-MCDJ ------ -- ---", ActionLeadNames},
	{"G-MCDJ X--B-- -- ---", ActionLeadReveal},
	{"--MCDJ X--B-- RA ---", ActionLeadAll},
	{"G-MCDJ X--B-- RA ---", ActionLeadJournal},
	{"G-MCDJ X--B-- RA ---", ActionLeadActions},
	{"--MCDJ ------ -- ---", ActionLeadCorrect},
	{"--MCDJ ------ -- ---", ActionLeadDuplicates},
	{"--MCD- ------ -- ---", ActionLeadBecomeCase}, // as for filing a case
	{"--MCD- ------ -- ---", ActionLeadJoinCase},
	{"--MCDJ ------ -- ---", ActionLeadClose},
	{"---CD- ------ -- ---", ActionLeadImport},
	{"---CD- ------ -- ---", ActionLeadImportList},
	{"---CD- ------ -- ---", ActionLeadImportRead},
	{"---CD- ------ -- ---", ActionLeadImportErrors}, // the sheet holds what was sent, in the clear
	{"---CD- ------ -- ---", ActionLeadTemplate},

	{"---CDJ ------ -- ---", ActionRoundStart},
	{"G-MCDJ X--B-- RA ---", ActionRoundList},
	{"G-MCDJ X--B-- RA ---", ActionRoundRead},
	{"--MCDJ X--B-- RA ---", ActionRoundJournal},
	{"---CDJ ------ -- ---", ActionRoundChange},
	{"----DJ ------ -- ---", ActionRoundClose},
	{"--MCDJ X--B-- RA ---", ActionRoundCoverage},
	{"G-MCD- ------ -- ---", ActionZeroReport},
	{"--MCDJ X--B-- RA ---", ActionZeroReportList},

	{"--MCDJ X--B-- RA ---", ActionReferenceRead},
	{"----DJ ------ -- ---", ActionReferencePut},
	{"----DJ ---B-- -A ---", ActionReferencePreview},

	{"------ X--B-- RA SYU", ActionCountyRead},
	{"------ X--B-- RA SYU", ActionCountyPermissionRead},
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
	{"--MCDJ X--B-- RA ---", ActionOrganisationList},
	{"--MCDJ X--B-- RA ---", ActionOrganisationRead},
	{"---CDJ ------ -A ---", ActionOrganisationRegister},
	{"---CDJ ------ -A ---", ActionOrganisationChange},
	{"----DJ ------ -A ---", ActionOrganisationStatus},
	{"---CDJ ------ -A ---", ActionOrganisationFile},
	{"------ ---B-- -A ---", ActionOrganisationDecide}, // the bureau answers, and the county acts for it
	{"--MCDJ X--B-- RA ---", ActionMediatorList},
	{"--MCDJ X--B-- RA ---", ActionMediatorRead},
	{"---CDJ ---B-- -A ---", ActionMediatorNames},
	{"---CDJ ---B-- -A ---", ActionMediatorReveal},
	{"---CDJ ------ -A ---", ActionMediatorRegister},
	{"---CDJ ------ -A ---", ActionMediatorChange},
	{"---CDJ ------ -A ---", ActionMediatorVerify},
	{"----DJ ------ -A ---", ActionMediatorStatus},
	{"----DJ ------ -A ---", ActionMediatorPost},
	{"--MCDJ ------ -A ---", ActionMediatorLeave},   // a mediator on the own record
	{"--MCDJ ------ -A ---", ActionMediatorDeclare}, // a mediator on the own record
	{"----DJ ------ -A ---", ActionMediatorClear},   // nobody lifts the own conflict of interest
	{"---CDJ ------ -A ---", ActionMediatorFile},
	{"------ ---B-- -A ---", ActionMediatorDecide},
	{"--MCDJ X--B-- RA ---", ActionAdviserList},
	{"--MCDJ X--B-- RA ---", ActionAdviserRead},
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
}
