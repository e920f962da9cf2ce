package mediation

// Route is a road outside of people's mediation (非诉讼路径, and the court).
type Route string

// routeRow is a route with who receives, what the hand-over needs, and the outcomes that can come back.
type routeRow struct {
	Code     Code // its note is what the hand-over needs
	Consent  bool // the parties must agree to being referred
	Outcomes []string
}

var routes = []routeRow{
	{Code{"arbitration", "仲裁", "Arbitration", "Arbitration clause, or labour or rural land relation", "仲裁条款，或者劳动、农村土地承包关系"}, true, []string{"award", "mediated", "rejected", "withdrawn"}},
	{Code{"administrative-ruling", "行政裁决", "Administrative ruling", "The department's statutory power", "行政机关的法定职权"}, false, []string{"ruled", "rejected", "withdrawn"}},
	{Code{"administrative-mediation", "行政调解", "Administrative mediation", "The department's competence", "行政机关的管辖职权"}, true, []string{"mediated", "failed", "withdrawn"}},
	{Code{"reconsideration", "行政复议", "Administrative reconsideration", "The administrative act, within 60 days", "行政行为，六十日内"}, true, []string{"decided", "mediated", "rejected", "withdrawn"}},
	{Code{"legal-aid", "法律援助", "Legal aid", "Proof of economic hardship", "经济困难证明"}, true, []string{"granted", "denied", "withdrawn"}},
	{Code{"notary", "公证", "Notary", "A payment agreement can be made enforceable", "给付协议可以赋予强制执行效力"}, true, []string{"notarised", "denied", "withdrawn"}},
	{Code{"appraisal", "司法鉴定", "Forensic appraisal", "A joint mandate", "共同委托"}, true, []string{"opinion", "not-accepted", "withdrawn"}},
	{Code{"court", "司法调解或者诉讼", "Judicial mediation or suit", "A complaint", "起诉状"}, true, []string{"judged", "mediated", "rejected", "withdrawn"}},
	{Code{"psychology-relief", "心理服务或者救助", "Psychological help or relief", "Consent", "本人同意"}, true, []string{"served", "not-accepted", "withdrawn"}},
}

// referralOutcomes are the words of every outcome of a route.
var referralOutcomes = []Code{
	{Code: "award", ZH: "裁决", EN: "Award"},
	{Code: "mediated", ZH: "调解达成协议", EN: "Settled by mediation"},
	{Code: "failed", ZH: "调解不成", EN: "Mediation failed"},
	{Code: "ruled", ZH: "作出行政裁决", EN: "Ruling made"},
	{Code: "decided", ZH: "作出复议决定", EN: "Decided"},
	{Code: "judged", ZH: "作出裁判", EN: "Judged"},
	{Code: "granted", ZH: "给予援助", EN: "Granted"},
	{Code: "denied", ZH: "不予办理", EN: "Denied"},
	{Code: "notarised", ZH: "出具公证书", EN: "Notarised"},
	{Code: "opinion", ZH: "出具鉴定意见", EN: "Opinion given"},
	{Code: "served", ZH: "已提供服务", EN: "Served"},
	{Code: "not-accepted", ZH: "未受理", EN: "Not accepted"},
	{Code: "rejected", ZH: "驳回", EN: "Rejected"},
	{Code: "withdrawn", ZH: "撤回", EN: "Withdrawn"},
}

// Referral sends the parties, or a question, along another road. It is open until its outcome was brought back.
type Referral struct {
	Number    int    `json:"number"` // given by Refer
	Route     Route  `json:"route"`
	Receiver  string `json:"receiver"`
	Content   string `json:"content"` // what is handed over
	SentOn    string `json:"sentOn"`  // 2006-01-02
	Consented bool   `json:"consented,omitempty"`

	ReceivedOn string `json:"receivedOn,omitempty"` // given by AcknowledgeReferral
	ReceivedBy string `json:"receivedBy,omitempty"`
	Outcome    string `json:"outcome,omitempty"` // given by ReportReferral
	OutcomeOn  string `json:"outcomeOn,omitempty"`
	Document   string `json:"document,omitempty"` // number of the award, ruling, opinion …
	Note       string `json:"note,omitempty"`
}

// ReferralReport is what a route brought back.
type ReferralReport struct {
	Number    int
	Outcome   string // one of the route's outcomes
	OutcomeOn string
	Document  string
	Note      string
}

func routeCodes() []Code {
	codes := make([]Code, 0, len(routes))
	for _, row := range routes {
		codes = append(codes, row.Code)
	}
	return codes
}

func (r Route) row() (routeRow, bool) {
	for _, row := range routes {
		if row.Code.Code == string(r) {
			return row, true
		}
	}
	return routeRow{}, false
}

// Outcomes lists what can come back from the route.
func (r Route) Outcomes() []Code {
	row, _ := r.row()
	codes := make([]Code, 0, len(row.Outcomes))
	for _, outcome := range row.Outcomes {
		codes = append(codes, labelOf(referralOutcomes, outcome))
	}
	return codes
}

// OpenReferrals are the routes that have not reported back. A case that has one does not close.
func (c Case) OpenReferrals() []Referral {
	var open []Referral
	for _, r := range c.Referrals {
		if r.Outcome == "" {
			open = append(open, r)
		}
	}
	return open
}

// Refer opens a route (L26; P22).
func (c Case) Refer(referral Referral, act Act) (Case, Entry, error) {
	if err := c.ready(VerbRefer, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Referrals))
	check.choice("/route", string(referral.Route), routeCodes(), "routes", "非诉讼路径")
	referral.Receiver = check.text("/receiver", referral.Receiver, 1, maxPlace, oneLine)
	referral.Content = check.text("/content", referral.Content, 1, maxNote, manyLines)
	check.pastDay("/sentOn", referral.SentOn, act.At)
	if row, known := referral.Route.row(); known && row.Consent && !referral.Consented {
		check.fail("/consented", "consent-required", "This route needs the parties' consent.", "该途径须经当事人同意。")
	}
	if err := check.err("invalid-referral", "The referral breaks a rule.", "转介内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	referral = Referral{
		Number: len(c.Referrals) + 1, Route: referral.Route, Receiver: referral.Receiver, Content: referral.Content,
		SentOn: referral.SentOn, Consented: referral.Consented,
	}
	changed := c.clone()
	changed.Referrals = added(c.Referrals, referral)
	return changed.move(VerbRefer, act, "", []Change{recorded("/referrals", referral.Number, referral)})
}

func (c *checker) openReferral(of Case, number int, unreceived bool) Referral {
	for _, r := range of.OpenReferrals() {
		if r.Number == number && (!unreceived || r.ReceivedOn == "") {
			return r
		}
	}
	c.unknownNumber("/number", "a referral that waits for this", "待办转介")
	return Referral{}
}

// AcknowledgeReferral records the receiver's receipt.
func (c Case) AcknowledgeReferral(receipt HandReceipt, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAcknowledgeReferral, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	before := check.openReferral(c, receipt.Number, true)
	receipt = check.receipt(receipt, before.SentOn, act)
	if err := check.err("invalid-receipt", "The receipt breaks a rule.", "签收内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	after := before
	after.ReceivedOn, after.ReceivedBy = receipt.ReceivedOn, receipt.ReceivedBy
	return c.referralMoved(VerbAcknowledgeReferral, before, after, "", act)
}

// ReportReferral brings a route's outcome back, and closes the route. The receipt may have been skipped.
func (c Case) ReportReferral(report ReferralReport, act Act) (Case, Entry, error) {
	if err := c.ready(VerbReportReferral, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	before := check.openReferral(c, report.Number, false)
	if before.Number > 0 {
		check.choiceOf("/outcome", report.Outcome, before.Route.Outcomes(), "referral-outcomes", "转介结果")
	}
	check.pastDay("/outcomeOn", report.OutcomeOn, act.At)
	check.notBefore("/outcomeOn", report.OutcomeOn, before.SentOn, "before-sending", "The outcome cannot be older than the referral.", "结果日期早于转介日期。")
	report.Document = check.text("/document", report.Document, 0, maxPlace, oneLine)
	report.Note = check.text("/note", report.Note, 0, maxNote, manyLines)
	if err := check.err("invalid-referral", "The report breaks a rule.", "转介反馈不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	after := before
	after.Outcome, after.OutcomeOn, after.Document, after.Note = report.Outcome, report.OutcomeOn, report.Document, report.Note
	return c.referralMoved(VerbReportReferral, before, after, report.Note, act)
}

func (c Case) referralMoved(verb Verb, before, after Referral, reason string, act Act) (Case, Entry, error) {
	changed := c.clone()
	changed.Referrals[after.Number-1] = after
	change := Change{Field: numberedPath("/referrals", after.Number), Before: encoded(before), After: encoded(after)}
	return changed.move(verb, act, reason, []Change{change})
}
