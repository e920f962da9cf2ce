package mediation

import (
	"regexp"
	"slices"
)

// ConfirmationState is where judicial confirmation stands. It is computed, never stored.
type ConfirmationState string

// The states of judicial confirmation.
const (
	ConfirmationNone      ConfirmationState = "none"
	ConfirmationApplied   ConfirmationState = "applied"
	ConfirmationConfirmed ConfirmationState = "confirmed"
	ConfirmationRejected  ConfirmationState = "rejected"
)

var confirmationStates = []Code{
	{Code: string(ConfirmationNone), ZH: "未申请", EN: "Not applied for"},
	{Code: string(ConfirmationApplied), ZH: "已申请", EN: "Applied for"},
	{Code: string(ConfirmationConfirmed), ZH: "确认有效", EN: "Confirmed"},
	{Code: string(ConfirmationRejected), ZH: "未获确认", EN: "Not confirmed"},
}

// ConfirmationOutcome is what the court did.
type ConfirmationOutcome string

// The outcomes. An application that was not accepted can be made again; a rejected one cannot.
const (
	ConfirmationGranted     ConfirmationOutcome = "confirmed"
	ConfirmationDenied      ConfirmationOutcome = "rejected"
	ConfirmationNotAccepted ConfirmationOutcome = "not-accepted"
)

var confirmationOutcomes = []Code{
	{Code: string(ConfirmationGranted), ZH: "裁定确认有效", EN: "Confirmed"},
	{Code: string(ConfirmationDenied), ZH: "裁定驳回申请", EN: "Rejected"},
	{Code: string(ConfirmationNotAccepted), ZH: "不予受理", EN: "Not accepted"},
}

// The court's reasons (C205, C206; 法释〔2011〕5号 arts 4, 7).
var confirmationReasons = map[ConfirmationOutcome][]Code{
	ConfirmationNotAccepted: {
		{Code: "wrong-scope-or-court", ZH: "不属于受理范围或者不属于该院管辖", EN: "Out of civil scope, or another court's"},
		{Code: "identity-relations", ZH: "确认身份关系", EN: "Marriage, parentage or adoption"},
		{Code: "other-procedure", ZH: "适用其他特别程序、公示催告程序、破产程序", EN: "Another special, public summons or bankruptcy procedure"},
		{Code: "title", ZH: "涉及物权、知识产权确权", EN: "Title to property or intellectual property"},
	},
	ConfirmationDenied: {
		{Code: "breaks-mandatory-law", ZH: "违反法律强制性规定", EN: "Breaks mandatory law"},
		{Code: "harms-others", ZH: "损害国家利益、社会公共利益、他人合法权益", EN: "Harms the state, the public or others"},
		{Code: "public-order", ZH: "违背公序良俗", EN: "Against public order and morals"},
		{Code: "not-voluntary", ZH: "违反自愿原则", EN: "Against free will"},
		{Code: "unclear", ZH: "内容不明确", EN: "Its content is not clear"},
		{Code: "other", ZH: "其他不能确认的情形", EN: "Another reason"},
	},
}

// courtNumber is a court's case number, for example （2024）鲁1602诉前调123号.
var courtNumber = regexp.MustCompile(`^[（(](\d{4})[)）]([\p{Han}]{1,2}\d{0,4})(诉前调|民特|民初|民诉前调|调确)(字第)?(\d+)号$`)

// Confirmation is the parties' way to the court to make their agreement enforceable (L33).
type Confirmation struct {
	Court       string              `json:"court"`
	Applicants  []ID                `json:"applicants"`
	AppliedOn   string              `json:"appliedOn"` // 2006-01-02
	LastDay     string              `json:"lastDay"`   // of the 30 days
	Outcome     ConfirmationOutcome `json:"outcome,omitempty"`
	Reason      string              `json:"reason,omitempty"`
	CourtNumber string              `json:"courtNumber,omitempty"`
	DecidedOn   string              `json:"decidedOn,omitempty"`
	Note        string              `json:"note,omitempty"`
}

// ConfirmationApplication is made by all parties jointly.
type ConfirmationApplication struct {
	Court      string
	Applicants []ID
	AppliedOn  string
}

// ConfirmationDecision is the court's answer.
type ConfirmationDecision struct {
	Outcome     ConfirmationOutcome
	Reason      string // from confirmation-refusals or confirmation-rejections, unless confirmed
	CourtNumber string // required unless not accepted
	DecidedOn   string
	Note        string
}

// ConfirmationState tells where judicial confirmation stands.
func (c Case) ConfirmationState() ConfirmationState {
	switch {
	case c.Confirmation == nil:
		return ConfirmationNone
	case c.Confirmation.Outcome == "":
		return ConfirmationApplied
	case c.Confirmation.Outcome == ConfirmationGranted:
		return ConfirmationConfirmed
	}
	return ConfirmationRejected
}

// ApplyConfirmation records the parties' joint application (L33). lastDay is the end of the 30 days from the agreement's
// effect, as the clock of judicial confirmation gives it.
func (c Case) ApplyConfirmation(application ConfirmationApplication, lastDay string, act Act) (Case, Entry, error) {
	if err := c.ready(VerbApplyConfirmation, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	application.Court = check.text("/court", application.Court, 1, maxName, oneLine)
	check.everyParty("/applicants", c, application.Applicants)
	check.pastDay("/appliedOn", application.AppliedOn, act.At)
	check.notBefore("/appliedOn", application.AppliedOn, c.Agreement.EffectiveOn, "before-effect",
		"The agreement was not in effect on that day.", "该日协议尚未生效。")
	if application.AppliedOn > lastDay {
		check.fail("/appliedOn", "too-late",
			"Confirmation is applied for within 30 days of the agreement's effect, by "+lastDay+" at the latest.",
			"司法确认应当自协议生效之日起三十日内申请，最迟 "+lastDay+"。")
	}
	if err := check.err("invalid-confirmation", "The application breaks a rule.", "司法确认申请不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Confirmation = &Confirmation{
		Court: application.Court, Applicants: slices.Clone(application.Applicants), AppliedOn: application.AppliedOn, LastDay: lastDay,
	}
	return changed.move(VerbApplyConfirmation, act, "", []Change{confirmationChange(c, changed)})
}

func confirmationChange(before, after Case) Change {
	change := Change{Field: "/confirmation", After: encoded(after.Confirmation)}
	if before.Confirmation != nil {
		change.Before = encoded(before.Confirmation)
	}
	return change
}

// DecideConfirmation records what the court did with the application.
func (c Case) DecideConfirmation(decision ConfirmationDecision, act Act) (Case, Entry, error) {
	if err := c.ready(VerbDecideConfirmation, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.choice("/outcome", string(decision.Outcome), confirmationOutcomes, "confirmation-outcomes", "司法确认结果")
	reasons := confirmationReasons[decision.Outcome]
	switch {
	case len(reasons) > 0:
		check.choice("/reason", decision.Reason, reasons, "confirmation-refusals or confirmation-rejections", "司法确认理由")
	case decision.Reason != "":
		check.fail("/reason", "not-expected", "A confirmed agreement has no reason against it.", "确认有效的不填理由。")
	}
	decision.CourtNumber = check.text("/courtNumber", decision.CourtNumber, 0, maxNumberSize, oneLine)
	if required := decision.Outcome != ConfirmationNotAccepted; (required || decision.CourtNumber != "") && !courtNumber.MatchString(decision.CourtNumber) {
		check.fail("/courtNumber", "invalid-court-number",
			"Give the court's number as it is printed, for example （2024）鲁1602民特123号.", "请按裁定书填写案号，例如（2024）鲁1602民特123号。")
	}
	check.pastDay("/decidedOn", decision.DecidedOn, act.At)
	check.notBefore("/decidedOn", decision.DecidedOn, c.Confirmation.AppliedOn, "before-application",
		"The court cannot have decided before the application.", "裁定日期早于申请日期。")
	decision.Note = check.text("/note", decision.Note, 0, maxNote, manyLines)
	if err := check.err("invalid-confirmation", "The decision breaks a rule.", "司法确认结果不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	decided := *c.Confirmation
	decided.Outcome, decided.Reason, decided.CourtNumber = decision.Outcome, decision.Reason, decision.CourtNumber
	decided.DecidedOn, decided.Note = decision.DecidedOn, decision.Note
	changed.Confirmation = &decided
	return changed.move(VerbDecideConfirmation, act, decision.Note, []Change{confirmationChange(c, changed)})
}
