package mediation

import "time"

// guard is a precondition that the case alone can answer: what it still lacks, each gap with the field and what to do.
// Guards stand in the matrix, so a verb and the list of actions give the same reasons.
type guard func(c Case, at time.Time) []FieldError

func gap(pointer, code, en, zh string) []FieldError {
	return []FieldError{{Pointer: pointer, Code: code, Message: en, MessageZH: zh}}
}

func factsAndClaims(c Case, _ time.Time) []FieldError { return c.missingForAcceptance() }

func notSuspended(c Case, _ time.Time) []FieldError {
	if !c.Suspended() {
		return nil
	}
	return gap("/suspensions", "suspended", "Mediation is suspended: resume it first.", "调解正在中止，请先恢复。")
}

func isSuspended(c Case, _ time.Time) []FieldError {
	if c.Suspended() {
		return nil
	}
	return gap("/suspensions", "not-suspended", "Mediation is not suspended.", "调解没有中止。")
}

func meetingPlanned(c Case, _ time.Time) []FieldError {
	if len(c.plannedMeetings()) > 0 {
		return nil
	}
	return gap("/meetings", "no-planned-meeting", "No meeting is arranged.", "没有已安排的调解。")
}

func meetingsDone(c Case, _ time.Time) []FieldError {
	var open []FieldError
	for _, meeting := range c.plannedMeetings() {
		open = append(open, gap(numberedPath("/meetings", meeting.Number), "meeting-open",
			"A meeting is still arranged: record it, or cancel it.", "有已安排而未进行的调解，请记录或者取消。")...)
	}
	return open
}

func meetingAgreed(c Case, _ time.Time) []FieldError {
	if last, held := c.lastHeld(); held && last.Result == MeetingAgreed {
		return nil
	}
	return gap("/meetings", "no-agreement-yet",
		"Record the meeting at which the parties agreed first.", "请先记录当事人达成协议的那次调解。")
}

func dangerOpen(c Case, _ time.Time) []FieldError {
	if len(c.openDangers()) > 0 {
		return nil
	}
	return gap("/dangers", "no-open-danger", "No reported danger is open.", "没有未处置的险情。")
}

func dangersSettled(c Case, _ time.Time) []FieldError {
	var open []FieldError
	for _, danger := range c.openDangers() {
		open = append(open, gap(numberedPath("/dangers", danger.Number), "danger-open",
			"A reported danger is not settled: record what came of it.", "有未处置的险情，请登记处置结果。")...)
	}
	return open
}

func transferUnreceived(c Case, _ time.Time) []FieldError {
	if last, was := c.lastTransfer(); was && last.ReceivedOn == "" {
		return nil
	}
	return gap("/transfers", "transfer-received", "The transfer was already acknowledged.", "移送已经签收。")
}

func transferReceived(c Case, _ time.Time) []FieldError {
	last, was := c.lastTransfer()
	if c.State != StateTransferred || !was || last.ReceivedOn != "" {
		return nil
	}
	return gap(numberedPath("/transfers", last.Number), "transfer-not-received",
		"The receiver has not acknowledged the transfer: record the receipt.", "接收单位尚未签收，请登记移送回执。")
}

func referralUnreceived(c Case, _ time.Time) []FieldError {
	for _, referral := range c.OpenReferrals() {
		if referral.ReceivedOn == "" {
			return nil
		}
	}
	return gap("/referrals", "no-unreceived-referral", "No referral waits for its receipt.", "没有待签收的转介。")
}

func referralOpen(c Case, _ time.Time) []FieldError {
	if len(c.OpenReferrals()) > 0 {
		return nil
	}
	return gap("/referrals", "no-open-referral", "No referral is open.", "没有未反馈的转介。")
}

func routesReturned(c Case, _ time.Time) []FieldError {
	var open []FieldError
	for _, referral := range c.OpenReferrals() {
		label := labelOf(routeCodes(), string(referral.Route))
		open = append(open, gap(numberedPath("/referrals", referral.Number), "route-open",
			"The route "+label.EN+" has not reported back: record its outcome.", "“"+label.ZH+"”尚未反馈，请登记其结果。")...)
	}
	return open
}

func confirmable(c Case, _ time.Time) []FieldError {
	switch {
	case c.Agreement == nil || c.Agreement.Form != AgreementWritten:
		return gap("/agreement/form", "written-agreement-required",
			"A court confirms a written agreement only.", "只有书面调解协议可以申请司法确认。")
	case c.Agreement.excludedFromConfirmation():
		return gap("/agreement/matters", "not-confirmable",
			"The agreement covers a matter that a court does not confirm: personal status, or title to property.",
			"协议涉及身份关系或者权属确认，人民法院不予受理司法确认申请。")
	case c.Confirmation != nil && c.Confirmation.Outcome != ConfirmationNotAccepted:
		return gap("/confirmation", "already-applied", "Confirmation was already applied for.", "已经申请过司法确认。")
	}
	return nil
}

func confirmationApplied(c Case, _ time.Time) []FieldError {
	if c.ConfirmationState() == ConfirmationApplied {
		return nil
	}
	return gap("/confirmation", "confirmation-not-pending",
		"No application for confirmation waits for a decision.", "没有等待裁定的司法确认申请。")
}

func confirmationDecided(c Case, _ time.Time) []FieldError {
	if c.ConfirmationState() != ConfirmationApplied {
		return nil
	}
	return gap("/confirmation", "confirmation-pending",
		"The court has not decided on the confirmation: record its decision.", "司法确认尚无结果，请登记人民法院的裁定。")
}

func performanceDue(c Case, _ time.Time) []FieldError {
	if c.Agreement != nil && len(c.Agreement.unfinished()) > 0 {
		return nil
	}
	return gap("/agreement/instalments", "nothing-due", "Everything agreed has been performed.", "协议约定的义务已全部履行。")
}

func performanceOverdue(c Case, at time.Time) []FieldError {
	if c.Agreement != nil {
		for _, instalment := range c.Agreement.unfinished() {
			if instalment.overdue(at) && instalment.BreachedOn == "" {
				return nil
			}
		}
	}
	return gap("/agreement/instalments", "nothing-overdue",
		"Nothing is overdue that was not recorded as breached before.", "没有逾期且未登记的义务。")
}

func performanceSettled(c Case, _ time.Time) []FieldError {
	if c.State != StateAgreed || c.Agreement == nil {
		return nil
	}
	var open []FieldError
	for _, instalment := range c.Agreement.unfinished() {
		if instalment.BreachedOn == "" {
			open = append(open, gap(numberedPath("/agreement/instalments", instalment.Number), "not-performed",
				"It is not performed: record its performance, or its breach.", "尚未履行，请登记履行或者未履行情况。")...)
		}
	}
	return open
}

func somethingOnFile(c Case, _ time.Time) []FieldError {
	if len(c.OnFile()) > 0 {
		return nil
	}
	return gap("/file", "nothing-on-file", "Nothing is on file.", "卷内没有材料。")
}

func fileComplete(c Case, _ time.Time) []FieldError {
	var missing []FieldError
	for _, item := range c.FileGaps() {
		missing = append(missing, gap("/file/"+string(item.Kind), "missing-item",
			"The file lacks: "+item.EN+".", "卷宗缺少："+item.ZH+"。")...)
	}
	return missing
}

func notReopened(c Case, _ time.Time) []FieldError {
	if !c.linked(LinkReopenedAs) {
		return nil
	}
	return gap("/links", "already-reopened",
		"The case was already reopened: go on in the newer volume.", "该案已再次立案，请在新卷中办理。")
}
