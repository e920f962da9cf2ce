package mediation

import "slices"

// Code is one entry of a code list.
type Code struct {
	Code   string
	ZH, EN string
	Note   string // law, or what follows; may be empty
	NoteZH string // the same in Chinese, where it is more than a citation
}

// CodeList is a closed list with its words for people.
type CodeList struct {
	Name             string // kebab-case
	TitleZH, TitleEN string
	Codes            []Code
}

var partyKinds = []Code{
	{Code: string(PartyPerson), ZH: "自然人", EN: "Person"},
	{Code: string(PartyOrganisation), ZH: "法人或者其他组织", EN: "Organisation"},
}

var sides = []Code{
	{Code: string(SideApplicant), ZH: "申请人", EN: "Applicant"},
	{Code: string(SideRespondent), ZH: "被申请人", EN: "Respondent"},
}

var sexes = []Code{
	{Code: string(SexMale), ZH: "男", EN: "Male"},
	{Code: string(SexFemale), ZH: "女", EN: "Female"},
}

var identityTypes = []Code{
	{Code: string(IdentityNone), ZH: "未提供", EN: "None given"},
	{Code: string(IdentityResidentID), ZH: "居民身份证", EN: "Resident identity card", Note: "GB 11643"},
	{Code: string(IdentityUSCC), ZH: "统一社会信用代码", EN: "Unified social credit code", Note: "GB 32100"},
	{Code: string(IdentityPassport), ZH: "护照", EN: "Passport"},
	{Code: string(IdentityHKMacaoPermit), ZH: "港澳居民来往内地通行证", EN: "Mainland travel permit for Hong Kong and Macao residents"},
	{Code: string(IdentityTaiwanPermit), ZH: "台湾居民来往大陆通行证", EN: "Mainland travel permit for Taiwan residents"},
	{Code: string(IdentityForeignPermanentID), ZH: "外国人永久居留身份证", EN: "Foreign permanent resident identity card"},
}

// CodeLists gives every code list of the API, with Chinese and English words.
func CodeLists() []CodeList {
	lists := []CodeList{
		{Name: "dispute-types", TitleZH: "纠纷类型", TitleEN: "Types of dispute", Codes: disputeTypes},
		{Name: "sources", TitleZH: "案件来源", TitleEN: "Sources of a case", Codes: sources},
		{Name: "case-states", TitleZH: "案件状态", TitleEN: "States of a case", Codes: stateCodes()},
		{Name: "case-verbs", TitleZH: "案件事项", TitleEN: "What is done to a case", Codes: verbCodes()},
		{Name: "refusal-reasons", TitleZH: "不予受理理由", TitleEN: "Legal reasons for refusing a case", Codes: groundCodes()},
		{Name: "party-kinds", TitleZH: "当事人类别", TitleEN: "Kinds of parties", Codes: partyKinds},
		{Name: "party-sides", TitleZH: "当事人地位", TitleEN: "Sides", Codes: sides},
		{Name: "sexes", TitleZH: "性别", TitleEN: "Sexes", Codes: sexes},
		{Name: "ethnicities", TitleZH: "民族", TitleEN: "Ethnicities (GB/T 3304)", Codes: ethnicities},
		{Name: "agent-kinds", TitleZH: "代理人类别", TitleEN: "Kinds of agents", Codes: agentKinds},
		{Name: "identity-types", TitleZH: "证件类型", TitleEN: "Identity papers", Codes: identityTypes},
		{Name: "roles", TitleZH: "角色", TitleEN: "Roles", Codes: roleCodes()},
		{Name: "restrictions", TitleZH: "限制公开理由", TitleEN: "Reasons to restrict a case", Codes: restrictions},
		{Name: "reveal-purposes", TitleZH: "查看目的", TitleEN: "Why somebody sees what is masked", Codes: purposes},
		{Name: "reference-kinds", TitleZH: "参考数据类别", TitleEN: "Kinds of reference data", Codes: referenceKinds},
	}
	lists = slices.Concat(lists, workLists(), AttachmentCodeLists(), AssessmentCodeLists(), LeadCodeLists(), NoticeCodeLists())
	for i := range lists {
		lists[i].Codes = append([]Code(nil), lists[i].Codes...)
	}
	return lists
}

// workLists are the lists of what is done between acceptance and archive.
func workLists() []CodeList {
	return []CodeList{
		{Name: "recusal-grounds", TitleZH: "回避情形", TitleEN: "Grounds for recusal", Codes: recusalGrounds},
		{Name: "meeting-statuses", TitleZH: "调解安排状态", TitleEN: "What has become of a meeting", Codes: meetingStatuses},
		{Name: "meeting-results", TitleZH: "调解结果", TitleEN: "Results of a meeting", Codes: meetingResults},
		{Name: "attendee-roles", TitleZH: "参加人身份", TitleEN: "Roles at a meeting", Codes: attendeeRoles},
		{Name: "danger-kinds", TitleZH: "险情类别", TitleEN: "Kinds of danger", Codes: dangerKinds},
		{Name: "suspension-reasons", TitleZH: "中止理由", TitleEN: "Reasons for a suspension", Codes: suspensionReasons},
		{Name: "agreement-forms", TitleZH: "协议形式", TitleEN: "Forms of agreement", Codes: agreementForms},
		{Name: "agreement-matters", TitleZH: "协议事项", TitleEN: "Matters of an agreement", Codes: matterCodes()},
		{Name: "obligation-kinds", TitleZH: "履行事项类别", TitleEN: "Kinds of obligations", Codes: obligationKinds},
		{Name: "signature-means", TitleZH: "签名方式", TitleEN: "Means of signing", Codes: signatureMeans},
		{Name: "failure-reasons", TitleZH: "调解不成理由", TitleEN: "Why mediation failed", Codes: failureReasons},
		{Name: "termination-reasons", TitleZH: "终止理由", TitleEN: "Why mediation was terminated", Codes: terminationReasons},
		{Name: "routes", TitleZH: "非诉讼路径", TitleEN: "Routes beside mediation", Codes: routeCodes()},
		{Name: "referral-outcomes", TitleZH: "转介结果", TitleEN: "Outcomes of a referral", Codes: referralOutcomes},
		{Name: "performances", TitleZH: "履行状态", TitleEN: "States of performance", Codes: performances},
		{Name: "confirmation-states", TitleZH: "司法确认状态", TitleEN: "States of judicial confirmation", Codes: confirmationStates},
		{Name: "confirmation-outcomes", TitleZH: "司法确认结果", TitleEN: "The court's decisions", Codes: confirmationOutcomes},
		{Name: "confirmation-refusals", TitleZH: "司法确认不予受理理由", TitleEN: "Why a court does not accept an application", Codes: confirmationReasons[ConfirmationNotAccepted]},
		{Name: "confirmation-rejections", TitleZH: "司法确认驳回理由", TitleEN: "Why a court rejects an application", Codes: confirmationReasons[ConfirmationDenied]},
		{Name: "paper-kinds", TitleZH: "卷宗材料", TitleEN: "Papers of a file", Codes: paperCodes()},
		{Name: "paper-media", TitleZH: "材料载体", TitleEN: "Media of a paper", Codes: paperMedia},
		{Name: "retentions", TitleZH: "保管期限", TitleEN: "Retention classes", Codes: retentions},
		{Name: "reopening-grounds", TitleZH: "再次立案理由", TitleEN: "Grounds for reopening", Codes: reopeningGrounds},
		{Name: "link-kinds", TitleZH: "案件关联", TitleEN: "Links between cases", Codes: linkKinds},
		{Name: "document-forms", TitleZH: "文书", TitleEN: "Papers that are printed", Codes: documentForms},
	}
}

func stateCodes() []Code {
	var codes []Code
	for _, row := range states {
		codes = append(codes, Code{Code: string(row.State), ZH: row.ZH, EN: row.EN, Note: row.EndedEN, NoteZH: row.EndedZH})
	}
	return codes
}

// groundCodes carries the road that remains as the note: the parties must be told of it.
func groundCodes() []Code {
	var codes []Code
	for _, ground := range grounds {
		codes = append(codes, Code{Code: string(ground.Reason), ZH: ground.ZH, EN: ground.EN, Note: ground.RoadEN, NoteZH: ground.RoadZH})
	}
	return codes
}

func listed(codes []Code, code string) bool {
	for _, c := range codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

func labelOf(codes []Code, code string) Code {
	for _, c := range codes {
		if c.Code == code {
			return c
		}
	}
	return Code{Code: code, ZH: code, EN: code}
}
