package mediation

import "slices"

// The second half of the matrix: roads beside mediation, what follows an agreement, and the file.

var routable = slices.Concat(takenOrWorking, []State{StateAgreed}, unsuccessful)

// answerable are the states in which an answer to a referral can come in: wherever one was sent, and where the case may
// have gone since.
var answerable = append(slices.Clone(routable), StateTransferred, StateMerged)

var routeVerbs = []verbRow{
	{
		VerbRefer, "转介", "Refer", "L26; P22",
		"写明途径、接收单位和移交内容；途径需要的，当事人同意", "Route, receiver and what is handed over; the parties' consent where the route needs it",
		nil, []move{{routable, stay}},
	},
	{
		VerbAcknowledgeReferral, "转介签收", "Acknowledge a referral", "L26",
		"转介尚未签收；写明签收人和时间", "Not acknowledged yet; who received it and when",
		[]guard{referralUnreceived}, []move{{answerable, stay}},
	},
	{
		VerbReportReferral, "转介反馈", "Report back from a referral", "L26",
		"转介尚无结果；写明结果和文书", "No outcome yet; the outcome and its document",
		[]guard{referralOpen}, []move{{answerable, stay}},
	},
	{
		VerbApplyConfirmation, "申请司法确认", "Apply for judicial confirmation", "L33; C205, C206",
		"书面协议，属于可以确认的事项，尚未申请；各方共同申请，自协议生效之日起三十日内",
		"A written agreement of a kind that can be confirmed, not applied for yet; all parties jointly, within 30 days of its effect",
		[]guard{confirmable}, []move{{[]State{StateAgreed}, stay}},
	},
	{
		VerbDecideConfirmation, "登记司法确认结果", "Record the court's decision", "L33; C206; 法释〔2011〕5号",
		"已申请司法确认；写明法院的裁定", "Applied for; the court's ruling",
		[]guard{confirmationApplied}, []move{{[]State{StateAgreed}, stay}},
	},
}

var performanceVerbs = []verbRow{
	{
		VerbPerform, "履行", "Perform", "L31",
		"有未履行的义务；金额不超过未付部分；写明凭证", "Something is still to be performed; not more than is left; the voucher",
		[]guard{performanceDue}, []move{{[]State{StateAgreed}, stay}},
	},
	{
		VerbBreach, "记录未履行", "Record a breach", "L31–33; P37",
		"履行期限已过而未履行；告知当事人起诉或者申请执行的途径", "Its day has passed and it was not performed; the parties were told that they may sue or enforce",
		[]guard{performanceOverdue}, []move{{[]State{StateAgreed}, stay}},
	},
	{
		VerbUrge, "督促履行", "Urge", "L31",
		"有未履行的义务", "Something is still to be performed",
		[]guard{performanceDue}, []move{{[]State{StateAgreed}, stay}},
	},
	{
		VerbVisit, "回访", "Visit", "L31; P36",
		"写明时间、对象和情况；满意度1至5分", "When, whom, and how matters stand; satisfaction from 1 to 5",
		nil, []move{{[]State{StateAgreed, StateFailed, StateTerminated, StateWithdrawn, StateClosed}, stay}},
	},
}

var fileVerbs = []verbRow{
	{
		VerbPutOnFile, "入卷", "Put on file", "L27",
		"写明材料类别、载体和页数", "The kind of paper, its medium and its pages",
		nil, []move{{append(slices.Clone(notClosed), StateClosed), stay}},
	},
	{
		VerbTakeOffFile, "撤出卷宗", "Take off file", "L27",
		"卷内有该材料；写明理由", "It is on file; a reason",
		[]guard{somethingOnFile}, []move{{append(slices.Clone(notClosed), StateClosed), stay}},
	},
	{
		VerbClose, "结案", "Close", "L27, L31",
		"转介均已反馈，安排的调解均已进行或者取消，险情均已处置，司法确认已有结果，移送已签收；达成协议的，已履行，或者未履行部分已记录并告知途径",
		"Every referral has reported back, every arranged meeting was held or cancelled, dangers are settled, the court has decided, a transfer was received; an agreement is performed, or what is not is recorded as breached and the parties know their road",
		[]guard{routesReturned, meetingsDone, dangersSettled, confirmationDecided, transferReceived, performanceSettled},
		[]move{{closable, StateClosed}},
	},
	{
		VerbArchive, "归档", "Archive", "L27",
		"卷宗材料齐全；编卷号，生成卷内目录，确定保管期限", "The file is complete; volume number, inner index and retention class",
		[]guard{fileComplete}, []move{{[]State{StateClosed}, StateArchived}},
	},
	{
		VerbReopen, "再次立案", "Reopen", "P37",
		"出现新事实、纠纷再起或者协议无效；新案与首卷关联，每卷只再立一次", "A new fact, a relapse or an invalid agreement; a new case linked to the first volume, once per volume",
		[]guard{notReopened}, []move{{finished, stay}},
	},
}

var linkVerbs = []verbRow{
	{
		VerbMerge, "并入他案", "Merge into another case", "L27 (one dispute, one file)",
		"同一单位、同一纠纷的另一案件尚无结果；写明理由", "Another case of the unit about the same dispute that has no outcome yet; a reason",
		nil, []move{{beforeOutcome, StateMerged}},
	},
	{
		VerbAbsorb, "他案并入", "Take another case in", "L27 (one dispute, one file)",
		"被并入的案件尚无结果；写明理由", "The other case has no outcome yet; a reason",
		nil, []move{{beforeOutcome, stay}},
	},
	{
		VerbSplit, "分案", "Split", "L27 (one dispute, one file)",
		"分出的案件和留下的案件各有至少两名当事人；写明理由", "Both the new case and what remains have two parties; a reason",
		nil, []move{{beforeOutcome, stay}},
	},
	{
		VerbTakeLead, "线索并入", "Take a lead in", "L27 (one dispute, one file)",
		"线索尚未处理，说的是同一纠纷", "The lead is open and about the same dispute",
		nil, []move{{current, stay}},
	},
}

// sightVerbs say who sees the case; whatever stage it stands in.
var sightVerbs = []verbRow{
	{
		VerbInvite, "邀请", "Invite", "L20; P29",
		"写明受邀人、事由和截止日期（一年以内）；受邀人无回避情形", "Who, why and until when (a year at most); not somebody who is recused",
		nil, []move{{everyStage, stay}},
	},
	{
		VerbUninvite, "结束邀请", "End an invitation", "L15",
		"有受邀人员；写明理由", "Somebody is invited; a reason",
		[]guard{invitedSomebody}, []move{{everyStage, stay}},
	},
	{
		VerbRestrict, "限制公开", "Restrict", "L15; 未成年人保护法103条",
		"未限制公开；有限制公开的理由", "Not restricted; a reason from the list",
		[]guard{notRestricted}, []move{{everyStage, stay}},
	},
	{
		VerbUnrestrict, "解除限制", "Lift the restriction", "L15",
		"已限制公开；写明理由", "Restricted; a reason",
		[]guard{isRestricted}, []move{{everyStage, stay}},
	},
}

func (v Verb) row() (verbRow, bool) {
	for _, row := range matrix {
		if row.Verb == v {
			return row, true
		}
	}
	return verbRow{}, false
}

func (v Verb) label() Code {
	if row, known := v.row(); known {
		return Code{Code: string(v), ZH: row.ZH, EN: row.EN, Note: row.NeedEN, NoteZH: row.NeedZH}
	}
	return Code{Code: string(v), ZH: string(v), EN: string(v)}
}

// Verbs lists every verb.
func Verbs() []Verb {
	all := make([]Verb, 0, len(matrix))
	for _, row := range matrix {
		all = append(all, row.Verb)
	}
	return all
}

func verbCodes() []Code {
	codes := make([]Code, 0, len(matrix))
	for _, row := range matrix {
		codes = append(codes, row.Verb.label())
	}
	return codes
}
