package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// AssessmentInput assesses the risk of a case.
type AssessmentInput struct {
	FindingsInput
	Tendencies []TendencyCode `json:"tendencies,omitempty" nullable:"false" maxItems:"3" example:"[\"crime\"]" doc:"Where it may lead."`
	Rank       RankCode       `json:"rank,omitempty" example:"first" doc:"Level at which it is filed; left out, the one that goes with the colour."`
	Note       string         `json:"note,omitempty" maxLength:"2000" example:"被申请人扬言报复。"`
}

// RiskOverrideInput decides against the score, or takes that back.
type RiskOverrideInput struct {
	Risk   RiskCode `json:"risk,omitempty" example:"red" doc:"A colour of the assessment's scale. Left out, the last decision is taken back and the score's colour holds again."`
	Reason string   `json:"reason" minLength:"1" maxLength:"2000" example:"当事人扬言集体上访"`
}

// AssessmentView is a risk with its score, and the parts that add up to it.
type AssessmentView struct {
	Number     int               `json:"number,omitempty" example:"1"`
	Risk       RiskCode          `json:"risk" example:"orange" doc:"The person's, else the score's."`
	Computed   RiskCode          `json:"computed" example:"orange" doc:"What the score says."`
	Score      int               `json:"score" example:"40"`
	Scale      RiskScaleCode     `json:"scale" example:"four"`
	Rule       string            `json:"rule" example:"base-1" doc:"Version of the rule that was used."`
	Parts      []RiskPartView    `json:"parts" nullable:"false" doc:"They add up to the score."`
	Of         CircumstancesView `json:"of"`
	Tendencies []TendencyCode    `json:"tendencies" nullable:"false"`
	Rank       RankCode          `json:"rank,omitempty" example:"second"`
	Override   *OverrideView     `json:"override,omitempty"`
	Stale      bool              `json:"stale" example:"false" doc:"The score has become more alarming since a person decided: look again."`
	Note       string            `json:"note,omitempty" example:"双方情绪激动，派出所两次出警"`
	By         string            `json:"by,omitempty" example:"zhang"`
	At         *time.Time        `json:"at,omitempty" example:"2026-11-23T09:00:00+08:00"`
}

// RiskPartView is one item that was reached, with its points.
type RiskPartView struct {
	Fact   FactCode `json:"fact" example:"threat"`
	Points int      `json:"points" example:"40"`
	ZH     string   `json:"zh" example:"公安出警 8 次（3 次以上）"`
	EN     string   `json:"en" example:"Police calls: 8 (3 or more)"`
}

// ProposalView is what the rules say of a case before a person adds anything.
type ProposalView struct {
	Measured       CircumstancesView  `json:"measured" doc:"What the case shows."`
	Known          FindingsView       `json:"known" doc:"What a person had found out before: the body to complete."`
	Grading        GradingView        `json:"grading"`
	Assessment     AssessmentView     `json:"assessment"`
	Classification ClassificationView `json:"classification"`
	// What the mapping knows for the type of the case.
	GovernanceTypes   []GovernanceCode         `json:"governanceTypes" nullable:"false" doc:"Usual for the type of the case, the proposal first; others need a reason."`
	EnterpriseMatters []MatterOfEnterpriseCode `json:"enterpriseMatters" nullable:"false" doc:"The same of enterprise matters."`
	CausesOfAction    []CauseCode              `json:"causesOfAction" nullable:"false" doc:"The same of causes of action."`
}

type getProposalOutput struct {
	Body ProposalView
}

func (in AssessmentInput) assessing() mediation.Assessing {
	return mediation.Assessing{
		Judging:    mediation.Judging{Findings: in.findings(), Note: in.Note},
		Tendencies: recoded[mediation.Tendency](in.Tendencies), Rank: mediation.Rank(in.Rank),
	}
}

func (in RiskOverrideInput) overruling() mediation.Overruling[mediation.Colour] {
	return mediation.Overruling[mediation.Colour]{Value: mediation.Colour(in.Risk), Reason: in.Reason}
}

func assessmentView(a mediation.Assessment) AssessmentView {
	return AssessmentView{
		Number: a.Number, Risk: RiskCode(a.Colour()), Computed: RiskCode(a.Computed), Score: a.Score, Scale: RiskScaleCode(a.Scale), Rule: a.Rule,
		Parts: views(a.Parts, func(p mediation.RiskPart) RiskPartView {
			return RiskPartView{FactCode(p.Fact), p.Points, p.ZH, p.EN}
		}),
		Of: CircumstancesView(a.Of), Tendencies: recoded[TendencyCode](a.Tendencies), Rank: RankCode(a.Rank),
		Override: overrideView(a.Override), Stale: a.Stale(), Note: a.Note, By: a.By.Subject, At: momentOf(a.At),
	}
}

func proposalView(p mediation.Proposal) ProposalView {
	return ProposalView{
		Measured: CircumstancesView(p.Measured), Known: FindingsView(p.Known), Grading: gradingView(p.Grading),
		Assessment: assessmentView(p.Assessment), Classification: *classificationView(p.Classification),
		GovernanceTypes:   recoded[GovernanceCode](p.GovernanceTypes),
		EnterpriseMatters: recoded[MatterOfEnterpriseCode](p.EnterpriseMatters), CausesOfAction: recoded[CauseCode](p.Causes),
	}
}

func (a *API) registerAssessment() {
	register(a, operation{
		id: "get-assessment-proposal", method: http.MethodGet, path: casesPath + "/{case}/assessment-proposal", tag: tagJudgement, action: mediation.ActionCaseRead,
		summary: "Read what the rules propose", summaryZH: "读取分类分级评估建议",
		statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "Difficulty, risk and classes by the tenant's rules, from what the case itself shows and what was found out before, each with its reasons: " +
			"a clerk adds only what the system cannot know. Nothing is stored.",
	}, getProposal)
	changing(a, operation{
		id: "assess-case", path: "assessments", tag: tagJudgement, action: mediation.ActionCaseAssess,
		summary: "Assess the risk of a case", summaryZH: "风险评估",
		example: AssessmentInput{
			FindingsInput: FindingsInput{PoliceCalls: 3, Threat: true}, Tendencies: []TendencyCode{"crime"}, Note: "被申请人扬言报复。"},
		description: "Scores the risk by the tenant's rule, in three or four colours; every part of the score is shown. Every assessment is kept, the last one counts; " +
			"a person's earlier colour stays until it is taken back. A case that becomes red is told at once, and stands in the county's feed as case.risk-raised.",
	}, AssessmentInput.assessing, (*casework.Service).AssessCase)
	changing(a, operation{
		id: "override-risk", path: "assessments/override", tag: tagJudgement, action: mediation.ActionCaseOverrideRisk,
		summary: "Override the risk", summaryZH: "调整风险等级",
		example:     RiskOverrideInput{Risk: "red", Reason: "当事人扬言集体上访"},
		description: "Puts a person's colour over the score's, with a reason; without a colour it takes the last decision back. 409 case-incomplete while the risk is not assessed.",
	}, RiskOverrideInput.overruling, (*casework.Service).OverrideRisk)
}

func getProposal(ctx context.Context, in *CasePath) (*getProposalOutput, error) {
	e := exchangeOf(ctx)
	proposal, err := e.tenant.AssessmentProposal(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	return &getProposalOutput{Body: proposalView(proposal)}, nil
}
