package mediation

// Transfer is a case given to another body to handle, with its receipt and, when it comes back, why.
type Transfer struct {
	Number   int    `json:"number"` // given by Transfer
	Receiver string `json:"receiver"`
	Reason   string `json:"reason"`
	SentOn   string `json:"sentOn"` // 2006-01-02
	// Consented says that the parties agree; ByDuty names the law that demands it whether they agree or not.
	Consented    bool   `json:"consented,omitempty"`
	ByDuty       string `json:"byDuty,omitempty"`
	ReceivedOn   string `json:"receivedOn,omitempty"` // given by AcknowledgeTransfer
	ReceivedBy   string `json:"receivedBy,omitempty"`
	ReturnedOn   string `json:"returnedOn,omitempty"` // given by TakeBack
	ReturnReason string `json:"returnReason,omitempty"`
}

// HandReceipt says who received something, and when.
type HandReceipt struct {
	Number     int // of the referral; not used for a transfer, of which one at most is open
	ReceivedOn string
	ReceivedBy string
}

// TransferReturn says why the receiver gave a case back.
type TransferReturn struct {
	ReturnedOn string
	Reason     string
}

func (c Case) lastTransfer() (Transfer, bool) {
	if len(c.Transfers) == 0 {
		return Transfer{}, false
	}
	return c.Transfers[len(c.Transfers)-1], true
}

// Transfer gives the case to another body (P22): with the parties' consent, or by a legal duty. A suspension ends with it.
func (c Case) Transfer(transfer Transfer, act Act) (Case, Entry, error) {
	if err := c.ready(VerbTransfer, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Transfers))
	transfer.Receiver = check.text("/receiver", transfer.Receiver, 1, maxPlace, oneLine)
	transfer.Reason = check.text("/reason", transfer.Reason, 1, maxNote, manyLines)
	transfer.ByDuty = check.text("/byDuty", transfer.ByDuty, 0, maxNote, oneLine)
	check.pastDay("/sentOn", transfer.SentOn, act.At)
	if !transfer.Consented && transfer.ByDuty == "" {
		check.fail("/consented", "consent-required",
			"A transfer needs the parties' consent, or the law that demands it in byDuty.", "移送须经当事人同意，或者在 byDuty 中写明法定依据。")
	}
	if err := check.err("invalid-transfer", "The transfer breaks a rule.", "移送内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	transfer.Number = len(c.Transfers) + 1
	transfer.ReceivedOn, transfer.ReceivedBy, transfer.ReturnedOn, transfer.ReturnReason = "", "", "", ""
	changed := c.clone()
	changed.Transfers = added(c.Transfers, transfer)
	changes := append([]Change{recorded("/transfers", transfer.Number, transfer)}, changed.endSuspension(act)...)
	return changed.move(VerbTransfer, act, transfer.Reason, changes)
}

// receipt checks who received something, and when.
func (c *checker) receipt(r HandReceipt, sentOn string, act Act) HandReceipt {
	r.ReceivedBy = c.text("/receivedBy", r.ReceivedBy, 1, maxName, oneLine)
	c.pastDay("/receivedOn", r.ReceivedOn, act.At)
	c.notBefore("/receivedOn", r.ReceivedOn, sentOn, "before-sending", "It cannot be received before it was sent.", "签收日期早于送出日期。")
	return r
}

// AcknowledgeTransfer records the receiver's receipt.
func (c Case) AcknowledgeTransfer(receipt HandReceipt, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAcknowledgeTransfer, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	last, _ := c.lastTransfer()
	receipt = check.receipt(receipt, last.SentOn, act)
	if err := check.err("invalid-receipt", "The receipt breaks a rule.", "签收内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	transfer := &changed.Transfers[last.Number-1]
	transfer.ReceivedOn, transfer.ReceivedBy = receipt.ReceivedOn, receipt.ReceivedBy
	return changed.move(VerbAcknowledgeTransfer, act, "", transferChange(last, *transfer))
}

func transferChange(before, after Transfer) []Change {
	return []Change{{Field: numberedPath("/transfers", after.Number), Before: encoded(before), After: encoded(after)}}
}

// TakeBack takes a returned case on again: as accepted when it has a number, else as pending. It is assigned anew.
func (c Case) TakeBack(back TransferReturn, act Act) (Case, Entry, error) {
	if err := c.ready(VerbTakeBack, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	last, _ := c.lastTransfer()
	back.Reason = check.text("/reason", back.Reason, 1, maxNote, manyLines)
	check.pastDay("/returnedOn", back.ReturnedOn, act.At)
	check.notBefore("/returnedOn", back.ReturnedOn, last.SentOn, "before-sending", "It cannot come back before it was sent.", "退回日期早于送出日期。")
	if err := check.err("invalid-return", "The return breaks a rule.", "退回内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	transfer := &changed.Transfers[last.Number-1]
	transfer.ReturnedOn, transfer.ReturnReason = back.ReturnedOn, back.Reason
	changes := transferChange(last, *transfer)
	if len(c.Mediators) > 0 {
		changed.Mediators = nil
		changes = append(changes, Change{Field: "/mediators", Before: encoded(c.Mediators)})
	}
	to := StatePendingAcceptance
	if c.AcceptedAt != nil {
		to = StateAccepted
	}
	return changed.moveTo(to, VerbTakeBack, act, back.Reason, changes)
}
