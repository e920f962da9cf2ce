package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// JudgementView is what lists tell of the kind of dispute.
type JudgementView struct {
	Difficulty        DifficultyCode   `json:"difficulty,omitempty" example:"ordinary" doc:"In force; absent while the case is not graded."`
	Risk              RiskCode         `json:"risk,omitempty" example:"yellow" doc:"In force; absent while the risk is not assessed."`
	GovernanceTypes   []GovernanceCode `json:"governanceTypes" nullable:"false" example:"[\"17\"]" doc:"The main one first; empty while the case is not classified."`
	EnterpriseRelated *bool            `json:"enterpriseRelated,omitempty" example:"false" doc:"涉企; absent while the case is not classified."`
}

// JudgementFilter finds cases by their kind.
type JudgementFilter struct {
	Risk           []SoughtRiskCode       `query:"risk" nullable:"false" doc:"Colours in force, separated by commas; none finds cases that were not assessed yet."`
	Difficulty     []SoughtDifficultyCode `query:"difficulty" nullable:"false" doc:"Difficulties in force, separated by commas; none finds cases that were not graded yet."`
	GovernanceType []GovernanceCode       `query:"governance_type" nullable:"false" doc:"Classes of comprehensive governance, separated by commas; any of a case's."`
	Enterprise     string                 `query:"enterprise" enum:"true,false" doc:"Whether an enterprise is concerned. Cases that are not classified are neither."`
}

func (f JudgementFilter) judged(query *mediation.CaseQuery) {
	for _, colour := range f.Risk {
		query.Risks = append(query.Risks, mediation.Colour(colour))
	}
	for _, difficulty := range f.Difficulty {
		query.Difficulties = append(query.Difficulties, mediation.Difficulty(difficulty))
	}
	for _, class := range f.GovernanceType {
		query.Governance = append(query.Governance, mediation.GovernanceType(class))
	}
	if f.Enterprise != "" {
		related := f.Enterprise == "true"
		query.Enterprise = &related
	}
}

func judgementView(c mediation.Case) JudgementView {
	view := JudgementView{Difficulty: DifficultyCode(c.Difficulty()), Risk: RiskCode(c.Colour()), GovernanceTypes: []GovernanceCode{}}
	if c.Classification != nil {
		related := c.Classification.EnterpriseRelated
		view.EnterpriseRelated = &related
		view.GovernanceTypes = recoded[GovernanceCode](c.Classification.Governance)
	}
	return view
}

func indexedJudgementView(c countywide.IndexedCase) JudgementView {
	return JudgementView{
		Difficulty: DifficultyCode(c.Difficulty), Risk: RiskCode(c.Risk), EnterpriseRelated: c.Enterprise,
		GovernanceTypes: recoded[GovernanceCode](c.GovernanceTypes),
	}
}

// ClassificationInput places a case in the families of types beside its own.
type ClassificationInput struct {
	GovernanceTypes   []GovernanceCode         `json:"governanceTypes,omitempty" nullable:"false" maxItems:"3" example:"[\"17\"]" doc:"The main one first; left out, the mapping's proposal."`
	EnterpriseRelated bool                     `json:"enterpriseRelated" example:"false" doc:"涉企. A party must be able to be an enterprise."`
	EnterpriseMatters []MatterOfEnterpriseCode `json:"enterpriseMatters,omitempty" nullable:"false" maxItems:"3" doc:"Of enterprise-related disputes only."`
	CauseOfAction     CauseCode                `json:"causeOfAction,omitempty" example:"neighbouring-relations" doc:"民事案由; left out, the mapping's proposal."`
	Reason            string                   `json:"reason,omitempty" maxLength:"2000" example:"涉及企业用工，按劳动争议归类" doc:"Needed for what the mapping does not know for the type of the dispute."`
}

// ClassificationView is a case in every family of types.
type ClassificationView struct {
	Type              DisputeCode              `json:"type" example:"02" doc:"The case's type when it was classified."`
	GovernanceTypes   []GovernanceCode         `json:"governanceTypes" nullable:"false"`
	EnterpriseRelated bool                     `json:"enterpriseRelated" example:"false"`
	EnterpriseMatters []MatterOfEnterpriseCode `json:"enterpriseMatters" nullable:"false"`
	CauseOfAction     CauseCode                `json:"causeOfAction,omitempty" example:"neighbouring-relations"`
	Reason            string                   `json:"reason,omitempty" example:"涉及企业用工，按劳动争议归类"`
	Mapping           string                   `json:"mapping" example:"base-1" doc:"Version of the mapping that was used."`
	By                string                   `json:"by,omitempty" example:"zhang" doc:"Subject of the member who classified it."`
	At                *time.Time               `json:"at,omitempty" example:"2026-11-23T09:00:00+08:00"`
}

func (in ClassificationInput) classifying() mediation.Classifying {
	return mediation.Classifying{
		Governance: recoded[mediation.GovernanceType](in.GovernanceTypes), EnterpriseRelated: in.EnterpriseRelated,
		Enterprise: recoded[mediation.EnterpriseMatter](in.EnterpriseMatters), Cause: mediation.CauseOfAction(in.CauseOfAction), Reason: in.Reason,
	}
}

func classificationView(c mediation.Classification) *ClassificationView {
	return &ClassificationView{
		Type: DisputeCode(c.Judicial), GovernanceTypes: recoded[GovernanceCode](c.Governance), EnterpriseRelated: c.EnterpriseRelated,
		EnterpriseMatters: recoded[MatterOfEnterpriseCode](c.Enterprise), CauseOfAction: CauseCode(c.Cause), Reason: c.Reason,
		Mapping: c.Mapping, By: c.By.Subject, At: momentOf(c.At),
	}
}

// recoded names codes as another room does; the result is never nil.
func recoded[To, From ~string](codes []From) []To {
	list := make([]To, 0, len(codes))
	for _, code := range codes {
		list = append(list, To(code))
	}
	return list
}

// momentOf is nil for what has not been done yet.
func momentOf(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return legalPointer(&at)
}

func (a *API) registerClassification() {
	changing(a, operation{
		id: "classify-case", path: "classification", tag: tagJudgement, action: mediation.ActionCaseClassify,
		summary: "Classify a case", summaryZH: "案件分类",
		example: ClassificationInput{GovernanceTypes: []GovernanceCode{"17"}, CauseOfAction: "neighbouring-relations"},
		description: "Places the case in the families of types beside its own: classes of comprehensive governance (综治), whether an enterprise is concerned and how, " +
			"cause of action. What is left out is the mapping's proposal; a choice that the mapping does not know needs a reason. The mapping's version is stored.",
	}, ClassificationInput.classifying, (*casework.Service).ClassifyCase)
}
