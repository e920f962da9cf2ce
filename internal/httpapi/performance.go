package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// PaymentInput is one step of performance.
type PaymentInput struct {
	Instalment int    `json:"instalment" minimum:"1" example:"1" doc:"Number of the instalment."`
	Amount     int64  `json:"amount,omitempty" minimum:"0" example:"100000" doc:"In fen, not more than is left; none for an act."`
	On         string `json:"on" format:"date" example:"2026-11-23"`
	Voucher    string `json:"voucher" minLength:"1" maxLength:"2000" example:"银行转账回单" doc:"What proves it (履行凭证)."`
}

// PaymentView is one step of performance.
type PaymentView struct {
	Number int `json:"number" example:"1"`
	PaymentInput
}

// BreachInput says that an instalment was not performed when it was due.
type BreachInput struct {
	Instalment int    `json:"instalment" minimum:"1" example:"2" doc:"Number of the instalment; its day has passed."`
	Note       string `json:"note" minLength:"1" maxLength:"2000" example:"逾期未付，多次催告无果。"`
	RoadsTold  bool   `json:"roadsTold" example:"true" doc:"The parties know that they may sue, or enforce what a court has confirmed: true, or it cannot be recorded."`
}

// UrgingInput is a reminder to perform.
type UrgingInput struct {
	Instalment int    `json:"instalment" minimum:"1" example:"2" doc:"Number of the instalment."`
	Means      string `json:"means" minLength:"1" maxLength:"100" example:"电话"`
	Note       string `json:"note,omitempty" maxLength:"2000" example:"对方承诺本周内付清。"`
}

// UrgingView is a reminder to perform.
type UrgingView struct {
	Number int `json:"number" example:"1"`
	UrgingInput
	At time.Time `json:"at" example:"2026-11-23T08:00:00+08:00"`
}

func (in PaymentInput) payment() mediation.Payment {
	return mediation.Payment{Instalment: in.Instalment, Amount: in.Amount, On: in.On, Voucher: in.Voucher}
}

func (in BreachInput) breach() mediation.Breach {
	return mediation.Breach{Instalment: in.Instalment, Note: in.Note, RoadsTold: in.RoadsTold}
}

func (in UrgingInput) urging() mediation.Urging {
	return mediation.Urging{Instalment: in.Instalment, Means: in.Means, Note: in.Note}
}

func paymentView(p mediation.Payment) PaymentView {
	return PaymentView{Number: p.Number, PaymentInput: PaymentInput{Instalment: p.Instalment, Amount: p.Amount, On: p.On, Voucher: p.Voucher}}
}

func urgingView(u mediation.Urging) UrgingView {
	return UrgingView{Number: u.Number, UrgingInput: UrgingInput{Instalment: u.Instalment, Means: u.Means, Note: u.Note}, At: legal(u.At)}
}

func (a *API) registerPerformance() {
	changing(a, operation{
		id: "record-payment", path: "payments", tag: tagOutcome, action: mediation.ActionCasePerform,
		summary: "Record performance", summaryZH: "登记履行",
		example:     PaymentInput{Instalment: 1, Amount: 100000, On: exampleDay, Voucher: "银行转账回单"},
		description: "An instalment was paid, whole or in part, or an act was done; with its voucher. What was breached can still be performed.",
	}, PaymentInput.payment, (*casework.Service).RecordPayment)
	changing(a, operation{
		id: "record-breach", path: "breaches", tag: tagOutcome, action: mediation.ActionCaseBreach,
		summary: "Record a breach", summaryZH: "登记未履行",
		example:     BreachInput{Instalment: 2, Note: "逾期未付，多次催告无果。", RoadsTold: true},
		description: "The day of an instalment has passed and it was not performed; the parties know their roads. Only then does a case close with something unperformed.",
	}, BreachInput.breach, (*casework.Service).RecordBreach)
	changing(a, operation{
		id: "urge-performance", path: "urgings", tag: tagOutcome, action: mediation.ActionCaseUrge,
		summary: "Record a reminder", summaryZH: "督促履行",
		example:     UrgingInput{Instalment: 2, Means: "电话", Note: "对方承诺本周内付清。"},
		description: "Somebody was reminded to perform (人民调解法第31条).",
	}, UrgingInput.urging, (*casework.Service).UrgePerformance)
}
