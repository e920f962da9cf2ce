package mediation

import (
	"fmt"
	"slices"
	"time"
)

// NoticeKind is what somebody is told.
type NoticeKind string

// The kinds of notices.
const (
	NoticeAssigned         NoticeKind = "assigned"
	NoticeReleased         NoticeKind = "released"
	NoticeRecused          NoticeKind = "recused"
	NoticeHostChanged      NoticeKind = "host-changed"
	NoticeTeamChanged      NoticeKind = "team-changed"
	NoticeDanger           NoticeKind = "danger-reported"
	NoticeDangerSettled    NoticeKind = "danger-settled"
	NoticeRedAlert         NoticeKind = "red-alert"
	NoticeDueSoon          NoticeKind = "clock-due-soon"
	NoticeOverdue          NoticeKind = "clock-overdue"
	NoticeReferralReturned NoticeKind = "referral-returned"
	NoticeTransferred      NoticeKind = "case-transferred"
	NoticeTransferredBack  NoticeKind = "case-transferred-back"
	NoticeEnded            NoticeKind = "case-ended"
	NoticeJoined           NoticeKind = "case-joined"
)

// Urgency says whether a notice waits its turn.
type Urgency string

// The urgencies. An urgent notice leaves before all others, and at once.
const (
	UrgencyNormal Urgency = "normal"
	UrgencyUrgent Urgency = "urgent"
)

var urgencies = []Code{
	{Code: string(UrgencyNormal), ZH: "一般", EN: "Normal"},
	{Code: string(UrgencyUrgent), ZH: "紧急", EN: "Urgent"},
}

// DeliveryState is how far a notice has come on one channel that leaves the house.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending DeliveryState = "pending" // not tried yet, or being tried for the first time
	DeliveryFailed  DeliveryState = "failed"  // will be tried again
	DeliverySent    DeliveryState = "sent"
	DeliveryDead    DeliveryState = "dead"
)

var deliveryStates = []Code{
	{Code: string(DeliveryPending), ZH: "待送达", EN: "Pending"},
	{Code: string(DeliveryFailed), ZH: "送达失败，将重试", EN: "Failed, will be tried again"},
	{Code: string(DeliverySent), ZH: "已送达", EN: "Sent"},
	{Code: string(DeliveryDead), ZH: "送达失败，不再重试", EN: "Given up"},
}

// noticeRow is a kind with its words. TextZH and TextEN take the case (its number and its type) and what it is about.
type noticeRow struct {
	Kind           NoticeKind
	Urgency        Urgency
	ZH, EN         string
	TextZH, TextEN string
}

var noticeRows = []noticeRow{
	{NoticeAssigned, UrgencyNormal, "指派", "Assigned",
		"%s已指派您办理%s。", "%s is assigned to you%s."},
	{NoticeReleased, UrgencyNormal, "不再承办", "Released",
		"%s已改由他人办理，您不再承办%s。", "%s is no longer yours: others go on with it%s."},
	{NoticeRecused, UrgencyNormal, "回避", "Recused",
		"%s您应当回避，请勿再办理和查阅%s。", "You are recused from %s: keep away from it%s."},
	{NoticeHostChanged, UrgencyNormal, "主持人变更", "Host changed",
		"%s的主持人已变更%s。", "%s has another host%s."},
	{NoticeTeamChanged, UrgencyNormal, "办案人员变更", "Mediators changed",
		"%s的办案人员已变更%s。", "Others mediate %s with you%s."},
	{NoticeDanger, UrgencyUrgent, "险情报告", "Danger reported",
		"%s报告了险情，请立即处置%s。", "A danger was reported in %s: act now%s."},
	{NoticeDangerSettled, UrgencyNormal, "险情已处置", "Danger settled",
		"%s的险情已处置%s。", "The danger in %s is settled%s."},
	{NoticeRedAlert, UrgencyUrgent, "红色预警", "Red alert",
		"%s风险等级为红色，请立即处置%s。", "The risk of %s is red: act now%s."},
	{NoticeDueSoon, UrgencyNormal, "期限将至", "Due soon",
		"%s期限将至：%s。", "%s is due soon: %s."},
	{NoticeOverdue, UrgencyUrgent, "已逾期", "Overdue",
		"%s已经逾期：%s。", "%s is overdue: %s."},
	{NoticeReferralReturned, UrgencyNormal, "转介反馈", "Referral returned",
		"%s的转介已反馈结果：%s。", "A referral of %s has reported back: %s."},
	{NoticeTransferred, UrgencyNormal, "案件移送", "Case transferred",
		"%s已移送其他单位办理%s。", "%s was transferred to another body%s."},
	{NoticeTransferredBack, UrgencyNormal, "移送退回", "Case transferred back",
		"%s被接收单位退回，已收回，请重新指派%s。", "%s was given back and is ours again: assign it anew%s."},
	{NoticeEnded, UrgencyNormal, "办理结束", "Case ended",
		"%s不再继续办理：%s。", "%s goes no further: %s."},
	{NoticeJoined, UrgencyNormal, "他案并入", "Case joined",
		"%s已并入他案%s。", "Another case was joined to %s%s."},
}

// Recipient is who is told: a person by login, a mediator of the registry who may have none, or everybody who holds a
// role in the tenant at that moment.
type Recipient struct {
	Issuer   string
	Subject  string
	Registry ID          // in the registry of mediators, or ""
	Role     Role        // everybody who holds it; excludes the others
	Except   []Principal // of the role's holders, those who know already
}

// Notice tells somebody something about a case. What it says outside of the house is its kind and its words, which name
// the case by number and type only: no party, no title, no fact.
type Notice struct {
	ID      ID // given when it is stored
	Kind    NoticeKind
	Urgency Urgency
	To      Recipient
	Case    ID
	Number  string // the case's number, before acceptance its registration
	About   string // pointer into the case, or the id of the clock's rule; "" for the case itself
	ZH, EN  string
	At      time.Time
	ReadAt  *time.Time
}

// Check refuses a notice that cannot be stored: nobody to tell, no case, no known kind.
func (n Notice) Check() error {
	person := n.To.Registry != "" || (n.To.Issuer != "" && n.To.Subject != "")
	if n.Case == "" || !n.Kind.Known() || person == (n.To.Role != "") || n.At.IsZero() {
		return Fail(Invalid, "notice", "A notice names its kind, its case, its moment and one recipient.", "通知必须写明类别、案件、时间和一名接收人。")
	}
	return nil
}

// NoticeKinds lists every kind.
func NoticeKinds() []NoticeKind {
	kinds := make([]NoticeKind, 0, len(noticeRows))
	for _, row := range noticeRows {
		kinds = append(kinds, row.Kind)
	}
	return kinds
}

// Known tells whether the kind is on the list.
func (k NoticeKind) Known() bool { return slices.Contains(NoticeKinds(), k) }

// NoticeCodeLists gives the code lists of notices and their delivery.
func NoticeCodeLists() []CodeList {
	kinds := make([]Code, 0, len(noticeRows))
	for _, row := range noticeRows {
		kinds = append(kinds, Code{Code: string(row.Kind), ZH: row.ZH, EN: row.EN})
	}
	return cloned([]CodeList{
		{Name: "notice-kinds", TitleZH: "通知类别", TitleEN: "Kinds of notices", Codes: kinds},
		{Name: "urgencies", TitleZH: "紧急程度", TitleEN: "Urgencies", Codes: urgencies},
		{Name: "delivery-states", TitleZH: "送达状态", TitleEN: "States of a delivery", Codes: deliveryStates},
	})
}

// Told lists who is told what by one step of a case. Before is the zero case for a new one. Whoever did it is not told.
func Told(before, after Case, entry Entry) []Notice {
	notices := append(told(before, after, entry), holderNotices(before, after, entry)...)
	return slices.DeleteFunc(notices, func(n Notice) bool { return n.To.is(entry.Actor.Principal) })
}

// told are the notices of steps that concern others than those who come and go.
func told(before, after Case, entry Entry) []Notice {
	everybody := append(after.toHolders(), toDirectors(entry.Actor.Principal))
	ended := about{zh: labelOf(stateCodes(), string(after.State)).ZH, en: labelOf(stateCodes(), string(after.State)).EN}
	switch entry.Verb {
	case VerbReportDanger:
		return after.tell(NoticeDanger, entry.At, about{pointer: numberedPath("/dangers", len(after.Dangers))}, everybody)
	case VerbSettleDanger:
		return after.tell(NoticeDangerSettled, entry.At, about{}, everybody)
	case VerbReportReferral:
		return after.tell(NoticeReferralReturned, entry.At, reportedBack(before, after), after.toHolders())
	case VerbTransfer:
		return after.tell(NoticeTransferred, entry.At, about{}, after.toHolders())
	case VerbTakeBack:
		return after.tell(NoticeTransferredBack, entry.At, about{}, []Recipient{toDirectors(entry.Actor.Principal)})
	case VerbWithdraw, VerbTerminate, VerbMerge:
		return after.tell(NoticeEnded, entry.At, ended, after.toHolders())
	case VerbAbsorb:
		return after.tell(NoticeJoined, entry.At, about{}, after.toHolders())
	}
	return nil
}

// holderNotices tell those who come, those who go, and those who stay with others. Every assignment, reassignment and
// recusal comes through here, and so does whatever else changes who mediates.
func holderNotices(before, after Case, entry Entry) []Notice {
	var notices []Notice
	tell := func(kind NoticeKind, m Mediator, what about) {
		notices = append(notices, after.tell(kind, entry.At, what, []Recipient{m.recipient()})...)
	}
	for _, m := range after.Recusals[len(before.Recusals):] {
		tell(NoticeRecused, m.Mediator, about{pointer: numberedPath("/recusals", m.Number)})
	}
	for _, m := range before.Mediators {
		recused := slices.ContainsFunc(after.Recusals, func(r Recusal) bool { return r.Mediator.same(m) })
		if !recused && !slices.ContainsFunc(after.Mediators, m.same) {
			tell(NoticeReleased, m, about{})
		}
	}
	another := anotherHost(before, after)
	others := !subset(before.Mediators, after.Mediators) || !subset(after.Mediators, before.Mediators)
	for _, m := range after.Mediators {
		switch {
		case !slices.ContainsFunc(before.Mediators, m.same):
			tell(NoticeAssigned, m, hosting(m))
		case another:
			tell(NoticeHostChanged, m, hosting(m))
		case others:
			tell(NoticeTeamChanged, m, about{})
		}
	}
	return notices
}

func subset(some, all []Mediator) bool {
	return !slices.ContainsFunc(some, func(m Mediator) bool { return !slices.ContainsFunc(all, m.same) })
}

func anotherHost(before, after Case) bool {
	was, had := before.Host()
	is, has := after.Host()
	return had && has && !was.same(is)
}

// RedAlert tells the directors and those who mediate that the risk of a case is red (domain rule: at once). By knows
// already; the zero principal when nobody did it but the rules.
func RedAlert(c Case, by Principal, at time.Time) []Notice {
	notices := c.tell(NoticeRedAlert, at, about{pointer: "/risk"}, append(c.toHolders(), toDirectors(by)))
	return slices.DeleteFunc(notices, func(n Notice) bool { return n.To.is(by) })
}

// ClockAlert tells those who mediate that a clock is nearly or already over, and the directors when it is over or when
// nobody mediates yet. Rule is the clock's rule with its words; lastDay is its last day, as 2006-01-02.
func ClockAlert(c Case, rule Code, lastDay string, overdue bool, at time.Time) []Notice {
	kind, to := NoticeDueSoon, c.toHolders()
	if overdue {
		kind = NoticeOverdue
	}
	if overdue || len(to) == 0 {
		to = append(to, toDirectors(Principal{}))
	}
	what := about{
		pointer: rule.Code,
		zh:      fmt.Sprintf("%s，最后期限 %s", rule.ZH, lastDay),
		en:      fmt.Sprintf("%s, last day %s", rule.EN, lastDay),
	}
	return c.tell(kind, at, what, to)
}

// about is the particular of a notice: where in the case, and words that name nobody.
type about struct{ pointer, zh, en string }

func hosting(m Mediator) about {
	if m.Host {
		return about{zh: "，由您主持", en: ", and you host it"}
	}
	return about{}
}

func reportedBack(before, after Case) about {
	for i, r := range after.Referrals {
		if i < len(before.Referrals) && before.Referrals[i].Outcome == "" && r.Outcome != "" {
			route, outcome := labelOf(routeCodes(), string(r.Route)), labelOf(referralOutcomes, r.Outcome)
			return about{numberedPath("/referrals", r.Number), route.ZH + "，" + outcome.ZH, route.EN + ", " + outcome.EN}
		}
	}
	return about{}
}

func (c Case) tell(kind NoticeKind, at time.Time, what about, to []Recipient) []Notice {
	row := kind.row()
	zh, en := c.publicName()
	notices := make([]Notice, 0, len(to))
	for _, recipient := range to {
		notices = append(notices, Notice{
			Kind: kind, Urgency: row.Urgency, To: recipient, Case: c.ID, Number: c.publicNumber(), About: what.pointer,
			ZH: fmt.Sprintf(row.TextZH, zh, what.zh), EN: fmt.Sprintf(row.TextEN, en, what.en), At: at,
		})
	}
	return notices
}

// publicName names the case outside of the house.
func (c Case) publicName() (zh, en string) {
	kind := labelOf(disputeTypes, string(c.Type))
	return fmt.Sprintf("案件 %s（%s）", c.publicNumber(), kind.ZH), fmt.Sprintf("Case %s (%s)", c.publicNumber(), kind.EN)
}

func (c Case) publicNumber() string {
	if c.Number != "" {
		return c.Number
	}
	return c.Registration
}

func (c Case) toHolders() []Recipient {
	var to []Recipient
	for _, m := range c.Mediators {
		to = append(to, m.recipient())
	}
	return to
}

func toDirectors(except Principal) Recipient {
	to := Recipient{Role: RoleDirector}
	if except.Subject != "" {
		to.Except = []Principal{except}
	}
	return to
}

func (m Mediator) recipient() Recipient {
	return Recipient{Issuer: m.Issuer, Subject: m.Subject, Registry: m.ID}
}

func (r Recipient) is(p Principal) bool {
	return r.Subject != "" && r.Issuer == p.Issuer && r.Subject == p.Subject
}

func (k NoticeKind) row() noticeRow {
	i := slices.IndexFunc(noticeRows, func(row noticeRow) bool { return row.Kind == k })
	if i < 0 {
		return noticeRow{Kind: k}
	}
	return noticeRows[i]
}

// NoticeQuery filters and cuts a person's notices, newest first.
type NoticeQuery struct {
	Unread bool // only those not read yet
	Kinds  []NoticeKind
	Case   ID     // only those about this case; "" for all
	Scope  *Scope // of whoever lists, nil for nobody in particular; the service fills it in
	After  *Position
	Limit  int
}

// Checked fills the default of the page's size, or is Invalid "invalid-query".
func (q NoticeQuery) Checked() (NoticeQuery, error) {
	var check checker
	checkCodes(&check, "/kind", q.Kinds, NoticeKind.Known)
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}
