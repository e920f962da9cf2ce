package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferralInput sends the parties, or a question, along another road.
type ReferralInput struct {
	Route     RouteCode `json:"route" example:"legal-aid"`
	Receiver  string    `json:"receiver" minLength:"1" maxLength:"300" example:"惠民县法律援助中心"`
	Content   string    `json:"content" minLength:"1" maxLength:"2000" example:"经济困难证明一份、调解记录复印件" doc:"What is handed over; the notes of the list routes say what each road needs."`
	SentOn    string    `json:"sentOn" format:"date" example:"2026-11-23"`
	Consented bool      `json:"consented,omitempty" example:"true" doc:"The parties agree; needed for every road but an administrative ruling."`
}

// ReferralView is a road beside the case. It is open until it has an outcome.
type ReferralView struct {
	Number     int       `json:"number" example:"1"`
	Route      RouteCode `json:"route" example:"legal-aid"`
	Receiver   string    `json:"receiver" example:"惠民县法律援助中心"`
	Content    string    `json:"content" example:"申请人生活困难，请求提供法律援助。"`
	SentOn     string    `json:"sentOn" format:"date" example:"2026-11-23"`
	Consented  bool      `json:"consented" example:"true"`
	Open       bool      `json:"open" example:"false" doc:"It has not reported back; a case with an open road does not close."`
	ReceivedOn string    `json:"receivedOn,omitempty" format:"date" example:"2026-11-27"`
	ReceivedBy string    `json:"receivedBy,omitempty" example:"赵某"`
	Outcome    string    `json:"outcome,omitempty" example:"granted" doc:"A code of the list /v1/codes/referral-outcomes."`
	OutcomeOn  string    `json:"outcomeOn,omitempty" format:"date" example:"2026-12-05"`
	Document   string    `json:"document,omitempty" example:"惠法援〔2026〕17号" doc:"Number of the award, ruling, opinion …"`
	Note       string    `json:"note,omitempty" example:"已指派律师"`
}

// ReferralReportInput is what a road brought back.
type ReferralReportInput struct {
	Outcome   ReferralOutcomeCode `json:"outcome" example:"granted" doc:"One that the road can have."`
	OutcomeOn string              `json:"outcomeOn" format:"date" example:"2026-11-23"`
	Document  string              `json:"document,omitempty" maxLength:"300" example:"惠援字〔2026〕1号" doc:"Number of the award, ruling, opinion …"`
	Note      string              `json:"note,omitempty" maxLength:"2000" example:"已指派律师"`
}

// ReferralPath names a referral of a case.
type ReferralPath struct {
	CasePath
	Referral int `path:"referral" minimum:"1" example:"1" doc:"Number of the referral."`
}

type (
	acknowledgeReferralInput struct {
		ReferralPath
		KeyHeader
		MatchHeader
		Body ReceiptInput
	}
	reportReferralInput struct {
		ReferralPath
		KeyHeader
		MatchHeader
		Body ReferralReportInput
	}
)

func (in ReferralInput) referral() mediation.Referral {
	return mediation.Referral{
		Route: mediation.Route(in.Route), Receiver: in.Receiver, Content: in.Content, SentOn: in.SentOn, Consented: in.Consented}
}

func referralView(r mediation.Referral) ReferralView {
	return ReferralView{
		Number: r.Number, Route: RouteCode(r.Route), Receiver: r.Receiver, Content: r.Content, SentOn: r.SentOn, Consented: r.Consented,
		Open: r.Outcome == "", ReceivedOn: r.ReceivedOn, ReceivedBy: r.ReceivedBy, Outcome: r.Outcome, OutcomeOn: r.OutcomeOn,
		Document: r.Document, Note: r.Note,
	}
}

func (a *API) registerReferrals() {
	changing(a, operation{
		id: "refer-case", path: "referrals", tag: tagRoutes, action: mediation.ActionCaseRefer,
		summary: "Refer along another road", summaryZH: "转介",
		example: ReferralInput{Route: "legal-aid", Receiver: "惠民县法律援助中心", Content: "经济困难证明一份、调解记录复印件", SentOn: exampleDay, Consented: true},
		description: "Opens a road beside the case: arbitration, administrative mediation or ruling, reconsideration, legal aid, notary, appraisal, court, psychological help or relief. " +
			"The state stays; the case does not close until every road has reported back.",
	}, ReferralInput.referral, (*casework.Service).ReferCase)
	numbered(a, operation{
		id: "acknowledge-referral", path: "referrals/{referral}/receipt", tag: tagRoutes, action: mediation.ActionCaseAcknowledgeReferral,
		summary: "Record the receipt of a referral", summaryZH: "登记转介签收",
		example:     ReceiptInput{ReceivedOn: exampleDay, ReceivedBy: "钱律师"},
		description: "Who received what was handed over, and when.",
	}, "referral", func(in *acknowledgeReferralInput) (string, mediation.HandReceipt) {
		receipt := in.Body.receipt()
		receipt.Number = in.Referral
		return in.Case, receipt
	}, (*casework.Service).AcknowledgeReferral)
	numbered(a, operation{
		id: "report-referral", path: "referrals/{referral}/outcome", tag: tagRoutes, action: mediation.ActionCaseReportReferral,
		summary: "Record a referral's outcome", summaryZH: "登记转介结果",
		example:     ReferralReportInput{Outcome: "granted", OutcomeOn: exampleDay, Document: "惠援字〔2026〕1号"},
		description: "Brings a road's outcome back and closes the road; the receipt may have been skipped.",
	}, "referral", func(in *reportReferralInput) (string, mediation.ReferralReport) {
		return in.Case, mediation.ReferralReport{
			Number: in.Referral, Outcome: string(in.Body.Outcome), OutcomeOn: in.Body.OutcomeOn, Document: in.Body.Document, Note: in.Body.Note}
	}, (*casework.Service).ReportReferral)
}
