package mediation

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
		{Name: "case-verbs", TitleZH: "案件事项", TitleEN: "What is done to a case", Codes: verbs},
		{Name: "refusal-reasons", TitleZH: "不予受理理由", TitleEN: "Legal reasons for refusing a case", Codes: groundCodes()},
		{Name: "party-kinds", TitleZH: "当事人类别", TitleEN: "Kinds of parties", Codes: partyKinds},
		{Name: "party-sides", TitleZH: "当事人地位", TitleEN: "Sides", Codes: sides},
		{Name: "sexes", TitleZH: "性别", TitleEN: "Sexes", Codes: sexes},
		{Name: "identity-types", TitleZH: "证件类型", TitleEN: "Identity papers", Codes: identityTypes},
		{Name: "roles", TitleZH: "角色", TitleEN: "Roles", Codes: roleNames},
	}
	for i := range lists {
		lists[i].Codes = append([]Code(nil), lists[i].Codes...)
	}
	return lists
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
