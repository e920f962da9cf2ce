package registry

// Code is one entry of a code list.
type Code struct {
	Code   string
	ZH, EN string
	Note   string
}

// CodeList is a closed list with its words for people.
type CodeList struct {
	Name             string // kebab-case
	TitleZH, TitleEN string
	Codes            []Code
}

var organisationKinds = []Code{
	{Code: string(VillageCommittee), ZH: "村人民调解委员会", EN: "Village committee"},
	{Code: string(ResidentsCommittee), ZH: "居（社区）人民调解委员会", EN: "Residents' committee"},
	{Code: string(TownCommittee), ZH: "乡镇人民调解委员会", EN: "Town committee"},
	{Code: string(StreetCommittee), ZH: "街道人民调解委员会", EN: "Street committee"},
	{Code: string(IndustryCommittee), ZH: "行业性专业性人民调解委员会", EN: "Industry or professional committee"},
	{Code: string(CountyCommittee), ZH: "县级人民调解委员会", EN: "County committee"},
	{Code: string(EnterpriseCommittee), ZH: "企事业单位人民调解委员会", EN: "Committee of an enterprise or institution"},
	{Code: string(SocialGroupCommittee), ZH: "社会团体和其他组织人民调解委员会", EN: "Committee of a social group or other organisation"},
	{Code: string(Studio), ZH: "品牌（个人）调解工作室", EN: "Studio"},
	{Code: string(JudicialOffice), ZH: "司法所", EN: "Judicial office"},
}

var organisationStatuses = []Code{
	{Code: string(OrganisationActive), ZH: "正常", EN: "Active"},
	{Code: string(OrganisationSuspended), ZH: "暂停", EN: "Suspended"},
	{Code: string(OrganisationDissolved), ZH: "撤销", EN: "Dissolved"},
}

var offices = []Code{
	{Code: string(Director), ZH: "主任", EN: "Director"},
	{Code: string(Deputy), ZH: "副主任", EN: "Deputy director"},
	{Code: string(Member), ZH: "委员", EN: "Member"},
}

var mediatorStatuses = []Code{
	{Code: string(MediatorActive), ZH: "在任", EN: "Active"},
	{Code: string(MediatorSuspended), ZH: "暂停", EN: "Suspended"},
	{Code: string(MediatorLeft), ZH: "离任", EN: "Left"},
	{Code: string(MediatorRemoved), ZH: "罢免或者解聘", EN: "Removed", Note: "L15"},
}

var removalGrounds = []Code{
	{Code: "bias", ZH: "偏袒一方当事人", EN: "Favoured a party", Note: "L15"},
	{Code: "insult", ZH: "侮辱当事人", EN: "Insulted a party", Note: "L15"},
	{Code: "bribe", ZH: "索取、收受财物或者牟取其他不正当利益", EN: "Asked for or took money or other gain", Note: "L15"},
	{Code: "leak", ZH: "泄露当事人的个人隐私、商业秘密", EN: "Leaked private matters or business secrets", Note: "L15"},
	{Code: "unfit", ZH: "不再具备任职条件", EN: "No longer meets the conditions", Note: "L14"},
}

var choices = []Code{
	{Code: "elected", ZH: "推选", EN: "Elected", Note: "L9, L13"},
	{Code: "appointed", ZH: "聘任", EN: "Appointed", Note: "L13"},
}

var engagements = []Code{
	{Code: string(FullTime), ZH: "专职", EN: "Full-time", Note: "in one organisation only"},
	{Code: string(PartTime), ZH: "兼职", EN: "Part-time"},
}

var verificationMethods = []Code{
	{Code: "identity-card", ZH: "查验居民身份证", EN: "Identity card seen"},
	{Code: "police-interface", ZH: "公安接口核验", EN: "Checked with the police"},
	{Code: "face", ZH: "人脸核验", EN: "Face compared"},
}

var leaveKinds = []Code{
	{Code: "annual", ZH: "年休假", EN: "Annual leave"},
	{Code: "sick", ZH: "病假", EN: "Sick leave"},
	{Code: "family", ZH: "婚产丧等假", EN: "Family leave"},
	{Code: "training", ZH: "培训", EN: "Training"},
	{Code: "secondment", ZH: "借调", EN: "Secondment"},
	{Code: "other", ZH: "其他", EN: "Other"},
}

var conflictKinds = []Code{
	{Code: string(ConflictSelf), ZH: "本人是当事人", EN: "A party themselves"},
	{Code: string(ConflictKin), ZH: "近亲属", EN: "Close kin"},
	{Code: string(ConflictInterest), ZH: "利害关系", EN: "An interest"},
	{Code: string(ConflictAgent), ZH: "担任过代理人、证人、鉴定人", EN: "Was agent, witness or expert"},
	{Code: string(ConflictOther), ZH: "其他可能影响公正的关系", EN: "Another tie that may affect fairness"},
}

var filingKinds = []Code{
	{Code: string(FilingNew), ZH: "新设备案", EN: "New"},
	{Code: string(FilingChange), ZH: "变更备案", EN: "Changed"},
	{Code: string(FilingCancel), ZH: "注销备案", EN: "Cancelled"},
}

var filingStates = []Code{
	{Code: string(FilingSubmitted), ZH: "待审核", EN: "Submitted"},
	{Code: string(FilingAccepted), ZH: "已备案", EN: "Filed"},
	{Code: string(FilingReturned), ZH: "已退回", EN: "Returned"},
}

var adviserStatuses = []Code{
	{Code: string(AdviserActive), ZH: "在聘", EN: "Active"},
	{Code: string(AdviserEnded), ZH: "已解聘", EN: "Ended"},
}

// CodeLists gives every code list of the registry, with Chinese and English words.
func CodeLists() []CodeList {
	lists := []CodeList{
		{"organisation-kinds", "调解组织类型", "Kinds of organisations", organisationKinds},
		{"organisation-statuses", "调解组织状态", "Statuses of an organisation", organisationStatuses},
		{"offices", "委员会职务", "Offices in a committee", offices},
		{"mediator-statuses", "调解员状态", "Statuses of a mediator", mediatorStatuses},
		{"mediator-removal-grounds", "罢免解聘理由", "Grounds for removal", removalGrounds},
		{"mediator-choices", "产生方式", "How a mediator was chosen", choices},
		{"engagements", "专兼职", "Full-time or part-time", engagements},
		{"verification-methods", "实名核验方式", "How an identity was verified", verificationMethods},
		{"leave-kinds", "请假类型", "Kinds of leave", leaveKinds},
		{"conflict-kinds", "回避情形", "Conflicts of interest", conflictKinds},
		{"registry-filing-kinds", "备案类型", "Kinds of filing", filingKinds},
		{"registry-filing-states", "备案状态", "States of a filing", filingStates},
		{"legal-adviser-statuses", "村（居）法律顾问状态", "Statuses of a village legal adviser", adviserStatuses},
	}
	for i := range lists {
		lists[i].Codes = append([]Code(nil), lists[i].Codes...)
	}
	return lists
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
