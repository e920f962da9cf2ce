package mediation

// AssessmentCodeLists gives the code lists of types, difficulty and risk.
func AssessmentCodeLists() []CodeList {
	return cloned([]CodeList{
		{Name: "governance-types", TitleZH: "综治纠纷类别", TitleEN: "Classes of comprehensive governance", Codes: governanceTypes},
		{Name: "enterprise-matters", TitleZH: "涉企纠纷类别", TitleEN: "Enterprise-related matters", Codes: enterpriseMatters},
		{Name: "causes-of-action", TitleZH: "民事案由", TitleEN: "Causes of action", Codes: causes},
		{Name: "case-facts", TitleZH: "纠纷情形", TitleEN: "Facts that difficulty and risk go by", Codes: factCodes()},
		{Name: "difficulties", TitleZH: "难易等级", TitleEN: "Difficulties", Codes: difficulties},
		{Name: "risk-scales", TitleZH: "风险等级方案", TitleEN: "Scales of risk", Codes: riskScales},
		{Name: "risk-colours", TitleZH: "风险等级", TitleEN: "Colours of risk", Codes: colours},
		{Name: "risk-tendencies", TitleZH: "风险倾向", TitleEN: "Tendencies", Codes: tendencies},
		{Name: "case-ranks", TitleZH: "案件等级", TitleEN: "Levels at which a case is filed", Codes: ranks},
	})
}

// LeadCodeLists gives the code lists of leads and screening.
func LeadCodeLists() []CodeList {
	return cloned([]CodeList{
		{Name: "lead-states", TitleZH: "线索状态", TitleEN: "States of a lead", Codes: leadStates},
		{Name: "lead-verbs", TitleZH: "线索事项", TitleEN: "What is done to a lead", Codes: leadVerbs},
		{Name: "lead-sources", TitleZH: "线索来源", TitleEN: "Sources of leads", Codes: leadSourceCodes()},
		{Name: "lead-closing-reasons", TitleZH: "线索办结理由", TitleEN: "Reasons for closing a lead", Codes: closingCodes()},
		{Name: "screening-round-states", TitleZH: "排查轮次状态", TitleEN: "States of a screening round", Codes: roundStates},
		{Name: "screening-round-verbs", TitleZH: "排查轮次事项", TitleEN: "What is done to a screening round", Codes: roundVerbs},
		{Name: "lead-import-modes", TitleZH: "线索导入方式", TitleEN: "What becomes of a batch with bad rows", Codes: importModes},
		{Name: "lead-import-states", TitleZH: "线索导入状态", TitleEN: "What became of a batch", Codes: importStates},
		{Name: "screening-rhythms", TitleZH: "排查频次", TitleEN: "Rhythms of reporting", Codes: rhythms},
	})
}

func leadSourceCodes() []Code {
	codes := make([]Code, 0, len(leadSources))
	for _, row := range leadSources {
		codes = append(codes, Code{Code: string(row.Source), ZH: row.ZH, EN: row.EN})
	}
	return codes
}

// closingCodes carries what must be written down as the note.
func closingCodes() []Code {
	codes := make([]Code, 0, len(leadClosings))
	for _, row := range leadClosings {
		codes = append(codes, Code{Code: string(row.Reason), ZH: row.ZH, EN: row.EN, Note: row.NeedEN, NoteZH: row.NeedZH})
	}
	return codes
}

func factCodes() []Code {
	rows := factRows()
	codes := make([]Code, 0, len(rows))
	for _, row := range rows {
		codes = append(codes, Code{Code: string(row.Fact), ZH: row.ZH, EN: row.EN})
	}
	return codes
}

// cloned keeps the room's own lists from whoever reads them.
func cloned(lists []CodeList) []CodeList {
	for i := range lists {
		lists[i].Codes = append([]Code(nil), lists[i].Codes...)
	}
	return lists
}
