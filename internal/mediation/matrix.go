package mediation

import "slices"

// Verb is something that is done to a case.
type Verb string

// The verbs, in the order of a case's life.
const (
	VerbFile                Verb = "file"
	VerbCorrect             Verb = "correct"
	VerbAccept              Verb = "accept"
	VerbRefuse              Verb = "refuse"
	VerbClassify            Verb = "classify"
	VerbGrade               Verb = "grade"
	VerbOverrideGrade       Verb = "override-grade"
	VerbAssess              Verb = "assess"
	VerbOverrideRisk        Verb = "override-risk"
	VerbAssign              Verb = "assign"
	VerbReassign            Verb = "reassign"
	VerbRecuse              Verb = "recuse"
	VerbInvestigate         Verb = "investigate"
	VerbConvene             Verb = "convene"
	VerbCancelMeeting       Verb = "cancel-meeting"
	VerbMediate             Verb = "mediate"
	VerbReportDanger        Verb = "report-danger"
	VerbSettleDanger        Verb = "settle-danger"
	VerbSuspend             Verb = "suspend"
	VerbResume              Verb = "resume"
	VerbExtend              Verb = "extend"
	VerbAgree               Verb = "agree"
	VerbAgreeOrally         Verb = "agree-orally"
	VerbFail                Verb = "fail"
	VerbWithdraw            Verb = "withdraw"
	VerbTerminate           Verb = "terminate"
	VerbTransfer            Verb = "transfer"
	VerbAcknowledgeTransfer Verb = "acknowledge-transfer"
	VerbTakeBack            Verb = "take-back"
	VerbRefer               Verb = "refer"
	VerbAcknowledgeReferral Verb = "acknowledge-referral"
	VerbReportReferral      Verb = "report-referral"
	VerbApplyConfirmation   Verb = "apply-confirmation"
	VerbDecideConfirmation  Verb = "decide-confirmation"
	VerbPerform             Verb = "perform"
	VerbBreach              Verb = "breach"
	VerbUrge                Verb = "urge"
	VerbVisit               Verb = "visit"
	VerbPutOnFile           Verb = "put-on-file"
	VerbTakeOffFile         Verb = "take-off-file"
	VerbClose               Verb = "close"
	VerbArchive             Verb = "archive"
	VerbReopen              Verb = "reopen"
	VerbMerge               Verb = "merge"
	VerbAbsorb              Verb = "absorb"
	VerbSplit               Verb = "split"
	VerbTakeLead            Verb = "take-lead"
	VerbInvite              Verb = "invite"
	VerbUninvite            Verb = "uninvite"
	VerbRestrict            Verb = "restrict"
	VerbUnrestrict          Verb = "unrestrict"
)

// verbRow is a verb with its words, its law, what must hold before it (in words, and the part that the case alone
// can answer as guards), and the states it leads from and to.
type verbRow struct {
	Verb           Verb
	ZH, EN         string
	Basis          string
	NeedZH, NeedEN string
	Guards         []guard
	Moves          []move
}

// move leads from each of the states to one, or leaves the case where it is.
type move struct {
	From []State
	To   State
}

// stay is the To of a move that leaves the stage as it is.
const stay State = ""

// Groups of states that occur together in the matrix.
var (
	beforeExistence = []State{""}
	pending         = []State{StatePendingAcceptance}
	taken           = []State{StateAccepted}
	working         = []State{StateAssigned, StateInvestigating, StateMediating}
	takenOrWorking  = append(slices.Clone(taken), working...)
	beforeOutcome   = append(slices.Clone(pending), takenOrWorking...)
	current         = append(slices.Clone(beforeOutcome), StateAgreed)
	unsuccessful    = []State{StateFailed, StateTerminated, StateRefused, StateWithdrawn}
	closable        = append([]State{StateAgreed, StateTransferred, StateMerged}, unsuccessful...)
	notMerged       = append(append(slices.Clone(current), unsuccessful...), StateTransferred)
	notClosed       = append(slices.Clone(notMerged), StateMerged)
	afterPlanning   = slices.Concat(takenOrWorking, []State{StateAgreed, StateFailed, StateTerminated, StateWithdrawn, StateTransferred, StateMerged})
	finished        = []State{StateClosed, StateArchived}
	everyStage      = append(slices.Clone(notClosed), finished...)
	beforeArchive   = append(slices.Clone(notMerged), StateClosed)
)

// matrix is the whole life of a case: verb by verb, from where to where, by which law and on which condition. What is
// not here is not allowed. L is 人民调解法, P 人民调解工作若干规定, C 民事诉讼法 (2024 text).
var matrix = slices.Concat(intakeVerbs, judgingVerbs, workVerbs, outcomeVerbs, routeVerbs, performanceVerbs, fileVerbs, linkVerbs, sightVerbs)

var intakeVerbs = []verbRow{
	{
		VerbFile, "登记", "File", "L17, L18, L27; P23",
		"写明纠纷类型、来源（依申请、主动调解、接受移送）、标题和至少两名当事人；主动调解的，无当事人明确拒绝",
		"Type, source (application, own initiative, referral), title and at least two parties; on own initiative no party clearly refuses",
		nil, []move{{beforeExistence, StatePendingAcceptance}},
	},
	{
		VerbCorrect, "更正", "Correct", "L27",
		"更正后的内容仍符合登记、受理和协议的要求", "What is corrected still fits filing, acceptance and agreement",
		nil, []move{{current, stay}},
	},
	{
		VerbAccept, "受理", "Accept", "L17–19; P20–24",
		"民事权利义务纠纷，当事人、诉求、事实明确，属于本委员会范围，各方同意调解；编人调字号",
		"A dispute over civil rights in the committee's area, with clear parties, claim and facts, and nobody against it; a number is given",
		[]guard{factsAndClaims}, []move{{pending, StateAccepted}},
	},
	{
		VerbRefuse, "不予受理", "Refuse", "P22, P24",
		"有法定理由，并告知当事人其他途径", "A legal reason; the parties are told which road remains",
		nil, []move{{pending, StateRefused}},
	},
}

// judgingVerbs say what kind of dispute it is. Classes and difficulty can be put right until the file is bound, because
// statistics and subsidies go by them; risk is a question while the case is not closed.
var judgingVerbs = []verbRow{
	{
		VerbClassify, "分类", "Classify", "人民调解案件情况统计表；综治矛盾纠纷排查统计",
		"选择综治类别、是否涉企及其类别、民事案由；超出对应表的写明理由；涉企的须有企业当事人",
		"Governance classes, whether an enterprise is concerned and how, cause of action; a reason for what the mapping does not know; an enterprise among the parties where one is concerned",
		nil, []move{{beforeArchive, stay}},
	},
	{
		VerbGrade, "难易分级", "Grade", "以案定补办法（地方）",
		"填写系统无法得知的情形；其余由系统测算", "What the case does not show; the rest is measured",
		nil, []move{{beforeArchive, stay}},
	},
	{
		VerbOverrideGrade, "调整难易等级", "Override the difficulty", "以案定补办法（地方）",
		"已分级；写明理由", "Graded; a reason",
		[]guard{isGraded}, []move{{beforeArchive, stay}},
	},
	{
		VerbAssess, "风险评估", "Assess the risk", "L25; 个人信息保护法24条",
		"填写系统无法得知的情形和风险倾向；其余由系统测算", "What the case does not show, and where it tends; the rest is measured",
		nil, []move{{notMerged, stay}},
	},
	{
		VerbOverrideRisk, "调整风险等级", "Override the risk", "L25; 个人信息保护法24条",
		"已评估；写明理由", "Assessed; a reason",
		[]guard{isAssessed}, []move{{notMerged, stay}},
	},
}

var workVerbs = []verbRow{
	{
		VerbAssign, "指派", "Assign", "L19; P25",
		"一名主持人，可以有多名调解员，均无回避情形", "One host, any number of further mediators, none of them recused",
		nil, []move{{taken, StateAssigned}},
	},
	{
		VerbReassign, "改派", "Reassign", "L19; P25",
		"写明理由；改派后仍有一名主持人，均无回避情形", "A reason; still exactly one host, nobody recused",
		nil, []move{{working, stay}, {[]State{StateAgreed}, stay}},
	},
	{
		VerbRecuse, "回避", "Recuse", "P25",
		"写明回避情形；主持人回避的，同时确定新的主持人", "The conflict of interest; a host is replaced by the same act",
		nil, []move{{current, stay}},
	},
	{
		VerbInvestigate, "调查", "Investigate", "P26, P27",
		"已指派，未中止；写明时间、地点、参加人和调查内容", "Assigned, not suspended; time, place, people and what was found",
		[]guard{notSuspended}, []move{
			{[]State{StateAssigned}, StateInvestigating}, {[]State{StateInvestigating, StateMediating}, stay},
		},
	},
	{
		VerbConvene, "安排调解", "Convene", "L20–21; P28",
		"已指派；写明时间、地点和邀请的人", "Assigned; time, place and who is invited",
		nil, []move{{working, stay}},
	},
	{
		VerbCancelMeeting, "取消调解", "Cancel a meeting", "L23",
		"有已安排而未进行的调解；写明理由", "A meeting that was arranged and not held; a reason",
		[]guard{meetingPlanned}, []move{{afterPlanning, stay}},
	},
	{
		VerbMediate, "调解", "Mediate", "L20–24; P28–31",
		"已指派，未中止；首次调解前已告知权利义务；写明时间、地点、参加人、内容和结果；邀请他人须经当事人同意，涉及隐私、商业秘密或者当事人反对的不公开",
		"Assigned, not suspended; rights and duties told before the first; time, place, attendees, content and result; others join with the parties' consent, and the public only where nothing private stands against it",
		[]guard{notSuspended}, []move{{working, StateMediating}},
	},
	{
		VerbReportDanger, "报告险情", "Report danger", "L25",
		"发现可能激化或者引发治安、刑事案件的，立即报告公安机关或者有关部门", "Signs of flare-up or crime: told to the police or the department at once",
		nil, []move{{notMerged, stay}},
	},
	{
		VerbSettleDanger, "处置险情", "Settle danger", "L25",
		"有未处置的险情；写明处置结果", "A danger that is not settled; what came of it",
		[]guard{dangerOpen}, []move{{notClosed, stay}},
	},
	{
		VerbSuspend, "中止", "Suspend", "P33; 医疗纠纷预防和处理条例38条",
		"未中止；鉴定、评估、取证或者协商期间，各方约定期限", "Not suspended; appraisal, valuation, evidence or talks, for a time that the parties set",
		[]guard{notSuspended}, []move{{working, stay}},
	},
	{
		VerbResume, "恢复", "Resume", "P33",
		"正在中止", "Suspended",
		[]guard{isSuspended}, []move{{working, stay}},
	},
	{
		VerbExtend, "延期", "Extend", "P33",
		"全体当事人同意，新的期限晚于原期限", "Every party consents; later than any earlier extension",
		nil, []move{{takenOrWorking, stay}},
	},
}

var outcomeVerbs = []verbRow{
	{
		VerbAgree, "达成书面协议", "Agree in writing", "L28, L29; P34, P35",
		"最近一次调解结果为达成协议，未中止；协议载明当事人、事实、争议、责任、内容、履行方式、地点、期限；各方签名盖章捺印、调解员签名、加盖印章；分期合计等于协议金额；法律禁止电子签名的不得使用",
		"The last meeting ended in agreement, not suspended; parties, facts, dispute, responsibility, terms, way, place and time limit; all have signed, the mediator too, with the committee's seal; instalments add up; no electronic signature where the law excludes it",
		[]guard{notSuspended, meetingAgreed}, []move{{[]State{StateMediating}, StateAgreed}},
	},
	{
		VerbAgreeOrally, "达成口头协议", "Agree orally", "L28, L30",
		"最近一次调解结果为达成协议，未中止；当事人认为无需书面；记录协议内容", "The last meeting ended in agreement, not suspended; the parties need no paper; its content is recorded",
		[]guard{notSuspended, meetingAgreed}, []move{{[]State{StateMediating}, StateAgreed}},
	},
	{
		VerbFail, "调解不成", "Fail", "L26; P32",
		"已进行调解，未中止；写明原因，并告知仲裁、行政、司法途径", "Mediated, not suspended; why, and that the parties were told of arbitration, administrative and judicial roads",
		[]guard{notSuspended}, []move{{[]State{StateMediating}, StateFailed}},
	},
	{
		VerbWithdraw, "撤回", "Withdraw", "L23",
		"申请人自愿；无申请人的，任一当事人", "The applicant's own will; without an applicant, any party's",
		nil, []move{{beforeOutcome, StateWithdrawn}},
	},
	{
		VerbTerminate, "终止", "Terminate", "L23, L26; P32",
		"有终止理由，并告知当事人其他途径", "A reason from the list; the parties were told of the roads that remain",
		nil, []move{{takenOrWorking, StateTerminated}},
	},
	{
		VerbTransfer, "移送", "Transfer out", "L25; P22",
		"写明接收单位和理由；当事人同意，或者依法应当移送", "Receiver and reason; the parties' consent, or a legal duty to hand over",
		nil, []move{{beforeOutcome, StateTransferred}},
	},
	{
		VerbAcknowledgeTransfer, "移送签收", "Acknowledge a transfer", "P22",
		"移送尚未签收；写明签收人和时间", "Not acknowledged yet; who received it and when",
		[]guard{transferUnreceived}, []move{{[]State{StateTransferred}, stay}},
	},
	{
		VerbTakeBack, "收回", "Take back", "P22",
		"接收单位退回；写明理由；已受理的回到已受理，未受理的回到待受理",
		"The receiver returned it, with a reason; it goes back to accepted when it was accepted before, else to pending",
		nil, []move{{[]State{StateTransferred}, StateAccepted}, {[]State{StateTransferred}, StatePendingAcceptance}},
	},
}
