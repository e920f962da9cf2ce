package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// DangerInput is a sign that the dispute may flare up, and who was told.
type DangerInput struct {
	Kind       DangerCode `json:"kind" example:"crime"`
	Signs      string     `json:"signs" minLength:"1" maxLength:"2000" example:"被申请人扬言报复"`
	Receiver   string     `json:"receiver" minLength:"1" maxLength:"300" example:"孙武镇派出所" doc:"The police or the department that was told."`
	ReportedAt time.Time  `json:"reportedAt" example:"2026-11-23T09:00:00+08:00"`
	Measures   string     `json:"measures,omitempty" maxLength:"2000" example:"网格员上门稳控"`
}

// DangerOutcomeInput is what came of a danger.
type DangerOutcomeInput struct {
	Prevented bool   `json:"prevented" example:"true" doc:"Whether it was prevented; the statistics count these."`
	People    int    `json:"people,omitempty" minimum:"0" maximum:"1000000" example:"2" doc:"People whom it concerned."`
	Outcome   string `json:"outcome" minLength:"1" maxLength:"2000" example:"已稳控，双方情绪平复。"`
}

// DangerView is a reported danger with what came of it.
type DangerView struct {
	Number     int        `json:"number" example:"1"`
	Kind       DangerCode `json:"kind" example:"crime"`
	Signs      string     `json:"signs" example:"一方扬言强拆院墙，准备了工具"`
	Receiver   string     `json:"receiver" example:"孙武派出所"`
	ReportedAt time.Time  `json:"reportedAt" example:"2026-11-23T09:00:00+08:00"`
	Measures   string     `json:"measures,omitempty" example:"已劝离现场并通知村委会守护"`
	SettledAt  *time.Time `json:"settledAt,omitempty" example:"2026-11-23T15:00:00+08:00" doc:"Absent while the danger is open."`
	Prevented  bool       `json:"prevented" example:"true"`
	People     int        `json:"people,omitempty"`
	Outcome    string     `json:"outcome,omitempty" example:"双方同意继续调解"`
}

// DangerPath names a danger of a case.
type DangerPath struct {
	CasePath
	Danger int `path:"danger" minimum:"1" example:"1" doc:"Number of the danger."`
}

type settleDangerInput struct {
	DangerPath
	KeyHeader
	MatchHeader
	Body DangerOutcomeInput
}

func (in DangerInput) danger() mediation.Danger {
	return mediation.Danger{
		Kind: mediation.DangerKind(in.Kind), Signs: in.Signs, Receiver: in.Receiver, ReportedAt: in.ReportedAt, Measures: in.Measures}
}

func dangerView(d mediation.Danger) DangerView {
	return DangerView{
		Number: d.Number, Kind: DangerCode(d.Kind), Signs: d.Signs, Receiver: d.Receiver, ReportedAt: legal(d.ReportedAt),
		Measures: d.Measures, SettledAt: legalPointer(d.SettledAt), Prevented: d.Prevented, People: d.People, Outcome: d.Outcome,
	}
}

func (a *API) registerDangers() {
	changing(a, operation{
		id: "report-danger", path: "dangers", tag: tagMediation, action: mediation.ActionCaseReportDanger,
		summary: "Report danger", summaryZH: "报告险情",
		example: DangerInput{Kind: "crime", Signs: "被申请人扬言报复", Receiver: "孙武镇派出所", ReportedAt: exampleMoment(), Measures: "网格员上门稳控"},
		description: "Records that signs of a flare-up or a crime were found and told to the police or the department at once (人民调解法第25条). " +
			"Open to everybody who works in the township, assigned or not, from filing until the case is closed or merged.",
	}, DangerInput.danger, (*casework.Service).ReportDanger)
	numbered(a, operation{
		id: "settle-danger", path: "dangers/{danger}/outcome", tag: tagMediation, action: mediation.ActionCaseSettleDanger,
		summary: "Record what came of a danger", summaryZH: "登记险情处置结果",
		example:     DangerOutcomeInput{Prevented: true, People: 2, Outcome: "已稳控，双方情绪平复。"},
		description: "Whether the danger was prevented, and for how many people. A case with an open danger does not close.",
	}, "danger", func(in *settleDangerInput) (string, mediation.DangerOutcome) {
		return in.Case, mediation.DangerOutcome{
			Number: in.Danger, Prevented: in.Body.Prevented, People: in.Body.People, Outcome: in.Body.Outcome}
	}, (*casework.Service).SettleDanger)
}
