package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// TransferInput gives the case to another body to handle.
type TransferInput struct {
	Receiver  string `json:"receiver" minLength:"1" maxLength:"300" example:"惠民县信访局"`
	Reason    string `json:"reason" minLength:"1" maxLength:"2000" example:"属信访事项"`
	SentOn    string `json:"sentOn" format:"date" example:"2026-11-23"`
	Consented bool   `json:"consented,omitempty" example:"true" doc:"The parties agree. Without it, byDuty is needed."`
	ByDuty    string `json:"byDuty,omitempty" maxLength:"2000" example:"人民调解工作若干规定第24条" doc:"The law that demands the transfer whether they agree or not."`
}

// TransferView is a case given to another body, with its receipt and, when it came back, why.
type TransferView struct {
	Number       int    `json:"number" example:"1"`
	Receiver     string `json:"receiver" example:"石庙镇人民调解委员会"`
	Reason       string `json:"reason" example:"纠纷发生地在石庙镇"`
	SentOn       string `json:"sentOn" format:"date" example:"2026-11-23"`
	Consented    bool   `json:"consented" example:"true"`
	ByDuty       string `json:"byDuty,omitempty" example:"人民调解工作若干规定第24条"`
	ReceivedOn   string `json:"receivedOn,omitempty" format:"date" example:"2026-11-27"`
	ReceivedBy   string `json:"receivedBy,omitempty" example:"赵某"`
	ReturnedOn   string `json:"returnedOn,omitempty" format:"date" example:"2026-11-30"`
	ReturnReason string `json:"returnReason,omitempty" example:"当事人均居住在孙武镇"`
}

// ReceiptInput says who received something, and when.
type ReceiptInput struct {
	ReceivedOn string `json:"receivedOn" format:"date" example:"2026-11-23"`
	ReceivedBy string `json:"receivedBy" minLength:"1" maxLength:"100" example:"赵科长"`
}

// TransferReturnInput says why the receiver gave a case back.
type TransferReturnInput struct {
	ReturnedOn string `json:"returnedOn" format:"date" example:"2026-11-23"`
	Reason     string `json:"reason" minLength:"1" maxLength:"2000" example:"不属其职权"`
}

func (in TransferInput) transfer() mediation.Transfer {
	return mediation.Transfer{
		Receiver: in.Receiver, Reason: in.Reason, SentOn: in.SentOn, Consented: in.Consented, ByDuty: in.ByDuty}
}

func (in ReceiptInput) receipt() mediation.HandReceipt {
	return mediation.HandReceipt{ReceivedOn: in.ReceivedOn, ReceivedBy: in.ReceivedBy}
}

func (in TransferReturnInput) back() mediation.TransferReturn {
	return mediation.TransferReturn{ReturnedOn: in.ReturnedOn, Reason: in.Reason}
}

func transferView(t mediation.Transfer) TransferView {
	return TransferView{
		Number: t.Number, Receiver: t.Receiver, Reason: t.Reason, SentOn: t.SentOn, Consented: t.Consented, ByDuty: t.ByDuty,
		ReceivedOn: t.ReceivedOn, ReceivedBy: t.ReceivedBy, ReturnedOn: t.ReturnedOn, ReturnReason: t.ReturnReason,
	}
}

func (a *API) registerTransfer() {
	changing(a, operation{
		id: "transfer-case", path: "transfer", tag: tagRoutes, action: mediation.ActionCaseTransfer,
		summary: "Transfer a case out", summaryZH: "移送案件",
		example: TransferInput{Receiver: "惠民县信访局", Reason: "属信访事项", SentOn: exampleDay, Consented: true},
		description: "Another body handles the case from now on (移送), with the parties' consent or by a legal duty. To open a road beside the case, refer it instead. " +
			"A suspension ends with it; until the receiver has acknowledged it, the case does not close.",
	}, TransferInput.transfer, (*casework.Service).TransferCase)
	changing(a, operation{
		id: "acknowledge-transfer", path: "transfer/receipt", tag: tagRoutes, action: mediation.ActionCaseAcknowledgeTransfer,
		summary: "Record the receipt of a transfer", summaryZH: "登记移送回执",
		example:     ReceiptInput{ReceivedOn: exampleDay, ReceivedBy: "赵科长"},
		description: "Who received the transferred case, and when.",
	}, ReceiptInput.receipt, (*casework.Service).AcknowledgeTransfer)
	changing(a, operation{
		id: "take-back-case", path: "take-back", tag: tagRoutes, action: mediation.ActionCaseTakeBack,
		summary: "Take a returned case back", summaryZH: "收回案件",
		example:     TransferReturnInput{ReturnedOn: exampleDay, Reason: "不属其职权"},
		description: "The receiver returned the case. It is accepted again when it has a number, else it waits for acceptance; mediators are assigned anew.",
	}, TransferReturnInput.back, (*casework.Service).TakeBackCase)
}
