package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// FindingsInput is what a case does not show. What it does show is measured and need not be given.
type FindingsInput struct {
	People        int  `json:"people,omitempty" minimum:"0" maximum:"1000000" example:"12" doc:"People concerned, where there are more than the case counts."`
	Injured       int  `json:"injured,omitempty" minimum:"0" maximum:"1000000" example:"1"`
	Dead          int  `json:"dead,omitempty" minimum:"0" maximum:"1000000"`
	PoliceCalls   int  `json:"policeCalls,omitempty" minimum:"0" maximum:"1000000" example:"3" doc:"How often the police came."`
	Petitions     int  `json:"petitions,omitempty" minimum:"0" maximum:"1000000"`
	CrossTown     bool `json:"crossTown,omitempty" example:"false" doc:"Parties or place in more than one town."`
	CrossCounty   bool `json:"crossCounty,omitempty" example:"false"`
	Threat        bool `json:"threat,omitempty" example:"false" doc:"A weapon, or a threat of violence or suicide."`
	Minor         bool `json:"minor,omitempty" example:"false" doc:"A child is concerned."`
	MentalIllness bool `json:"mentalIllness,omitempty" example:"false" doc:"A history of mental illness."`
}

// FindingsView is what was found out before.
type FindingsView FindingsInput

// GradingInput grades a case.
type GradingInput struct {
	FindingsInput
	Note string `json:"note,omitempty" maxLength:"2000" example:"一方受伤，已报警。"`
}

// GradeOverrideInput decides against the rule, or takes that back.
type GradeOverrideInput struct {
	Difficulty DifficultyCode `json:"difficulty,omitempty" example:"major" doc:"Left out, the last decision is taken back and the rule's difficulty holds again."`
	Reason     string         `json:"reason" minLength:"1" maxLength:"2000" example:"涉及宗族矛盾"`
}

// CircumstancesView is what is known of a dispute.
type CircumstancesView struct {
	Parties        int   `json:"parties" example:"2"`
	People         int   `json:"people" example:"12"`
	Amount         int64 `json:"amount" example:"250000" doc:"In fen."`
	Sessions       int   `json:"sessions" example:"2" doc:"Meetings held."`
	FailedSessions int   `json:"failedSessions" example:"1" doc:"Meetings that ended without agreement."`
	Investigations int   `json:"investigations"`
	Injured        int   `json:"injured"`
	Dead           int   `json:"dead"`
	PoliceCalls    int   `json:"policeCalls"`
	Petitions      int   `json:"petitions"`
	CrossTown      bool  `json:"crossTown" example:"false"`
	CrossCounty    bool  `json:"crossCounty" example:"false"`
	Threat         bool  `json:"threat" example:"false"`
	Minor          bool  `json:"minor" example:"false"`
	MentalIllness  bool  `json:"mentalIllness" example:"false"`
	Dangers        int   `json:"dangers" doc:"Dangers that were reported."`
	Reopened       bool  `json:"reopened" example:"false" doc:"A later volume of a dispute that had been closed."`
}

// GradingView is a difficulty with its reasons.
type GradingView struct {
	Number     int               `json:"number,omitempty" example:"1"`
	Difficulty DifficultyCode    `json:"difficulty" example:"complex" doc:"The person's, else the rule's."`
	Computed   DifficultyCode    `json:"computed" example:"complex" doc:"What the rule says."`
	Rule       string            `json:"rule" example:"base-1" doc:"Version of the rule that was used."`
	Parts      []GradePartView   `json:"parts" nullable:"false" doc:"Every criterion that was met; the hardest counts."`
	Of         CircumstancesView `json:"of"`
	Override   *OverrideView     `json:"override,omitempty"`
	Stale      bool              `json:"stale" example:"false" doc:"The rule has become more severe since a person decided: look again."`
	Note       string            `json:"note,omitempty" example:"涉及两个村，需现场勘验"`
	By         string            `json:"by,omitempty" example:"zhang"`
	At         *time.Time        `json:"at,omitempty" example:"2026-11-23T09:00:00+08:00"`
}

// GradePartView is one criterion that was met.
type GradePartView struct {
	Fact       FactCode       `json:"fact" example:"injured"`
	Difficulty DifficultyCode `json:"difficulty" example:"complex"`
	ZH         string         `json:"zh" example:"受伤人数 1 人（1 人以上）"`
	EN         string         `json:"en" example:"Injured people: 1 (1 or more)"`
}

// OverrideView is a person's decision against a rule.
type OverrideView struct {
	Over   string    `json:"over" example:"yellow" doc:"What the rule said when the person decided."`
	Reason string    `json:"reason" example:"已由派出所介入，风险上调"`
	By     string    `json:"by" example:"wang"`
	At     time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
}

func (in FindingsInput) findings() mediation.Findings { return mediation.Findings(in) }

func (in GradingInput) judging() mediation.Judging {
	return mediation.Judging{Findings: in.findings(), Note: in.Note}
}

func (in GradeOverrideInput) overruling() mediation.Overruling[mediation.Difficulty] {
	return mediation.Overruling[mediation.Difficulty]{Value: mediation.Difficulty(in.Difficulty), Reason: in.Reason}
}

func gradingView(g mediation.Grading) GradingView {
	return GradingView{
		Number: g.Number, Difficulty: DifficultyCode(g.Difficulty()), Computed: DifficultyCode(g.Computed), Rule: g.Rule,
		Parts: views(g.Parts, func(p mediation.GradePart) GradePartView {
			return GradePartView{FactCode(p.Fact), DifficultyCode(p.Grade), p.ZH, p.EN}
		}),
		Of: CircumstancesView(g.Of), Override: overrideView(g.Override), Stale: g.Stale(), Note: g.Note, By: g.By.Subject, At: momentOf(g.At),
	}
}

func overrideView[T ~string](o *mediation.Override[T]) *OverrideView {
	if o == nil {
		return nil
	}
	return &OverrideView{Over: string(o.Over), Reason: o.Reason, By: o.By.Subject, At: legal(o.At)}
}

func (a *API) registerGrade() {
	changing(a, operation{
		id: "grade-case", path: "gradings", tag: tagJudgement, action: mediation.ActionCaseGrade,
		summary: "Grade a case", summaryZH: "难易分级",
		example: GradingInput{FindingsInput: FindingsInput{Injured: 1, PoliceCalls: 3}, Note: "一方受伤，已报警。"},
		description: "Finds how hard the dispute is (简易, 一般, 疑难复杂, 重大) by the tenant's rule: parties, people, amount, meetings, investigations, dangers are measured, " +
			"the body adds what the case does not show. Every grading is kept with its reasons and the rule's version; a person's earlier decision stays. " +
			"A simple case that is settled orally needs a small file only.",
	}, GradingInput.judging, (*casework.Service).GradeCase)
	changing(a, operation{
		id: "override-grade", path: "gradings/override", tag: tagJudgement, action: mediation.ActionCaseOverrideGrade,
		summary: "Override the difficulty", summaryZH: "调整难易等级",
		example:     GradeOverrideInput{Difficulty: "major", Reason: "涉及宗族矛盾"},
		description: "Puts a person's difficulty over the rule's, with a reason; without a difficulty it takes the last decision back. 409 case-incomplete while the case is not graded.",
	}, GradeOverrideInput.overruling, (*casework.Service).OverrideGrade)
}
