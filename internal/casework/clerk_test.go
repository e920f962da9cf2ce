package casework_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// way does one verb to a case through the service, soundly for whatever case it is given.
type way func(o *office, r casework.Request, c mediation.Case, version int64) (mediation.Case, casework.Receipt, error)

// sound makes a way of a method and of how its command is made for the case.
func sound[C any](
	method func(s *casework.Service) func(ctx ctx, r casework.Request, id mediation.ID, version int64, command C) (mediation.Case, casework.Receipt, error),
	command func(o *office, c mediation.Case) C,
) way {
	return func(o *office, r casework.Request, c mediation.Case, version int64) (mediation.Case, casework.Receipt, error) {
		return method(o.Service)(o.ctx(), r, c.ID, version, command(o, c))
	}
}

// ways holds every verb that is done to an existing case, by its name in the matrix.
var ways = map[mediation.Verb]way{
	"accept": func(o *office, r casework.Request, c mediation.Case, version int64) (mediation.Case, casework.Receipt, error) {
		return o.AcceptCase(o.ctx(), r, c.ID, version)
	},
	"merge": func(o *office, r casework.Request, c mediation.Case, version int64) (mediation.Case, casework.Receipt, error) {
		return o.MergeCase(o.ctx(), r, c.ID, version, o.file().ID, mediation.Merging{Reason: "同一纠纷"})
	},
	"absorb": func(o *office, r casework.Request, c mediation.Case, _ int64) (mediation.Case, casework.Receipt, error) {
		other := o.file()
		return o.MergeCase(o.ctx(), r, other.ID, other.Version, c.ID, mediation.Merging{Reason: "同一纠纷"})
	},
	"take-lead": func(o *office, r casework.Request, c mediation.Case, _ int64) (mediation.Case, casework.Receipt, error) {
		_, receipt, err := o.JoinLead(o.ctx(), r, o.lead(tip("又来反映")).ID, 0, c.ID, "同一纠纷")
		if err != nil {
			return mediation.Case{}, receipt, err
		}
		after, err := o.Case(o.ctx(), r, c.ID)
		return after, casework.Receipt{ID: string(after.ID), Version: after.Version, Replayed: receipt.Replayed}, err
	},
	"correct": sound(pick((*casework.Service).CorrectCase), func(_ *office, c mediation.Case) mediation.Correction {
		return mediation.Correction{Title: pointer(fmt.Sprint("第", c.Version, "次更正"))}
	}),
	"refuse": sound(pick((*casework.Service).RefuseCase), func(*office, mediation.Case) mediation.Refusal {
		return mediation.Refusal{Reason: mediation.RefusalOutOfArea}
	}),
	"classify": sound(pick((*casework.Service).ClassifyCase), func(*office, mediation.Case) mediation.Classifying {
		return mediation.Classifying{Cause: "neighbouring-relations"}
	}),
	"grade": sound(pick((*casework.Service).GradeCase), func(*office, mediation.Case) mediation.Judging {
		return mediation.Judging{Findings: mediation.Findings{Injured: 1}, Note: "一方受伤"}
	}),
	"override-grade": sound(pick((*casework.Service).OverrideGrade), func(_ *office, c mediation.Case) mediation.Overruling[mediation.Difficulty] {
		if g, _ := c.Grading(); g.Override != nil {
			return mediation.Overruling[mediation.Difficulty]{Reason: "已和好"}
		}
		return mediation.Overruling[mediation.Difficulty]{Value: mediation.DifficultyMajor, Reason: "涉及宗族矛盾"}
	}),
	"assess": sound(pick((*casework.Service).AssessCase), func(*office, mediation.Case) mediation.Assessing {
		return mediation.Assessing{Judging: mediation.Judging{Findings: mediation.Findings{Injured: 1}}, Tendencies: []mediation.Tendency{"crime"}}
	}),
	"override-risk": sound(pick((*casework.Service).OverrideRisk), func(_ *office, c mediation.Case) mediation.Overruling[mediation.Colour] {
		if a, _ := c.Risk(); a.Override != nil {
			return mediation.Overruling[mediation.Colour]{Reason: "已和好"}
		}
		return mediation.Overruling[mediation.Colour]{Value: mediation.Blue, Reason: "双方已和好"}
	}),
	"assign": sound(pick((*casework.Service).AssignCase), func(_ *office, c mediation.Case) mediation.Assignment {
		return mediation.Assignment{Mediators: []mediation.Mediator{hosting(person("li"))}}
	}),
	"reassign": sound(pick((*casework.Service).ReassignCase), func(*office, mediation.Case) mediation.Assignment {
		return mediation.Assignment{Mediators: []mediation.Mediator{hosting(person("zhou")), person("li")}, Reason: "原主持人出差"}
	}),
	"recuse": sound(pick((*casework.Service).RecuseMediator), func(_ *office, c mediation.Case) mediation.Recusal {
		return mediation.Recusal{Mediator: person("cousin" + strings.Repeat("s", len(c.Recusals))), Ground: mediation.RecusalKin}
	}),
	"investigate": sound(pick((*casework.Service).InvestigateCase), func(o *office, _ mediation.Case) mediation.Investigation {
		return mediation.Investigation{At: o.today(), Place: "现场", Participants: "李调解员、王某", Findings: "院墙越界三十厘米。"}
	}),
	"convene": sound(pick((*casework.Service).PlanMeeting), func(o *office, _ mediation.Case) mediation.Arrangement {
		return mediation.Arrangement{StartsAt: o.today().Add(48 * time.Hour), Place: "调解室"}
	}),
	"cancel-meeting": sound(pick((*casework.Service).CancelMeeting), func(_ *office, c mediation.Case) mediation.Cancellation {
		return mediation.Cancellation{Number: planned(c), Reason: "当事人外出"}
	}),
	"mediate": sound(pick((*casework.Service).HoldMeeting), func(o *office, c mediation.Case) mediation.Meeting {
		return meeting(o, c, mediation.MeetingAgreed)
	}),
	"report-danger": sound(pick((*casework.Service).ReportDanger), func(o *office, _ mediation.Case) mediation.Danger {
		return mediation.Danger{Kind: "crime", Signs: "扬言报复", Receiver: "石庙镇派出所", ReportedAt: o.today()}
	}),
	"settle-danger": sound(pick((*casework.Service).SettleDanger), func(_ *office, c mediation.Case) mediation.DangerOutcome {
		return mediation.DangerOutcome{Number: number(c.Dangers, func(d mediation.Danger) bool { return d.SettledAt == nil }), Prevented: true, People: 2, Outcome: "已稳控"}
	}),
	"suspend": sound(pick((*casework.Service).SuspendCase), func(o *office, c mediation.Case) mediation.Suspension {
		return mediation.Suspension{Reason: "appraisal", Until: o.day(20), Consents: everybody(c)}
	}),
	"resume": sound(pick((*casework.Service).ResumeCase), func(*office, mediation.Case) mediation.Resumption {
		return mediation.Resumption{Note: "鉴定意见已出具"}
	}),
	"extend": sound(pick((*casework.Service).ExtendCase), func(o *office, c mediation.Case) mediation.Extension {
		until := o.day(60)
		for _, earlier := range c.Extensions {
			until = max(until, earlier.Until+"+")
		}
		if last, again := strings.CutSuffix(until, "+"); again {
			date, _ := time.Parse(time.DateOnly, last)
			until = date.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		return mediation.Extension{Until: until, Consents: everybody(c), Reason: "案情复杂"}
	}),
	"agree": sound(pick((*casework.Service).AgreeInWriting), written),
	"agree-orally": sound(pick((*casework.Service).AgreeOrally), func(o *office, _ mediation.Case) mediation.OralAgreement {
		return mediation.OralAgreement{
			Terms: "当面道歉。", AgreedOn: o.day(0),
			Instalments: []mediation.Obligation{{Kind: mediation.ObligationAct, What: "当面道歉", Due: o.day(0)}},
		}
	}),
	"fail": sound(pick((*casework.Service).FailCase), func(*office, mediation.Case) mediation.Failure {
		return mediation.Failure{Reason: "no-agreement", RoadsTold: true}
	}),
	"withdraw": sound(pick((*casework.Service).WithdrawCase), func(*office, mediation.Case) mediation.Withdrawal {
		return mediation.Withdrawal{Note: "双方和解"}
	}),
	"terminate": sound(pick((*casework.Service).TerminateCase), func(*office, mediation.Case) mediation.Termination {
		return mediation.Termination{Reason: "party-quits", RoadsTold: true}
	}),
	"transfer": sound(pick((*casework.Service).TransferCase), func(o *office, _ mediation.Case) mediation.Transfer {
		return mediation.Transfer{Receiver: "县信访局", Reason: "属信访事项", SentOn: o.day(0), Consented: true}
	}),
	"acknowledge-transfer": sound(pick((*casework.Service).AcknowledgeTransfer), receipt),
	"take-back": sound(pick((*casework.Service).TakeBackCase), func(o *office, _ mediation.Case) mediation.TransferReturn {
		return mediation.TransferReturn{ReturnedOn: o.day(0), Reason: "不属其职权"}
	}),
	"refer": sound(pick((*casework.Service).ReferCase), func(o *office, _ mediation.Case) mediation.Referral {
		return referral(o, "legal-aid")
	}),
	"acknowledge-referral": sound(pick((*casework.Service).AcknowledgeReferral), receipt),
	"report-referral": sound(pick((*casework.Service).ReportReferral), func(o *office, c mediation.Case) mediation.ReferralReport {
		return mediation.ReferralReport{Number: number(c.Referrals, func(r mediation.Referral) bool { return r.Outcome == "" }), Outcome: "granted", OutcomeOn: o.day(0), Document: "援字1号"}
	}),
	"apply-confirmation": sound(pick((*casework.Service).ApplyConfirmation), func(o *office, c mediation.Case) mediation.ConfirmationApplication {
		return mediation.ConfirmationApplication{Court: "惠民县人民法院", Applicants: everybody(c), AppliedOn: o.day(0)}
	}),
	"decide-confirmation": sound(pick((*casework.Service).RecordConfirmation), func(o *office, _ mediation.Case) mediation.ConfirmationDecision {
		return mediation.ConfirmationDecision{Outcome: mediation.ConfirmationGranted, CourtNumber: "（2026）鲁1621民特12号", DecidedOn: o.day(0)}
	}),
	"perform": sound(pick((*casework.Service).RecordPayment), func(o *office, c mediation.Case) mediation.Payment {
		due := unfinished(c)
		return mediation.Payment{Instalment: due.Number, Amount: due.Amount, On: o.day(0), Voucher: "收条"}
	}),
	"breach": sound(pick((*casework.Service).RecordBreach), func(o *office, c mediation.Case) mediation.Breach {
		late := unfinished(c).Number
		clocks, _ := o.Clocks(o.ctx(), o.director(), c.ID)
		for _, clock := range clocks {
			if clock.Deadline.Rule.ID == "performance" && !clock.Done && clock.Deadline.State(o.today()) == deadline.StateOverdue {
				_, _ = fmt.Sscanf(clock.About, "/agreement/instalments/%d", &late)
				break
			}
		}
		return mediation.Breach{Instalment: late, Note: "逾期未付", RoadsTold: true}
	}),
	"urge": sound(pick((*casework.Service).UrgePerformance), func(_ *office, c mediation.Case) mediation.Urging {
		return mediation.Urging{Instalment: unfinished(c).Number, Means: "电话"}
	}),
	"visit": sound(pick((*casework.Service).VisitCase), func(o *office, _ mediation.Case) mediation.Visit {
		return mediation.Visit{On: o.day(0), Means: "上门", Situation: "已和好", Satisfaction: 5}
	}),
	"put-on-file": sound(pick((*casework.Service).PutOnFile), func(_ *office, c mediation.Case) mediation.Paper {
		kind := mediation.PaperKind("evidence")
		if gaps := c.FileGaps(); len(gaps) > 0 {
			kind = gaps[0].Kind
		}
		return mediation.Paper{Kind: kind, Medium: mediation.MediumPaper, Pages: 2}
	}),
	"take-off-file": sound(pick((*casework.Service).TakeOffFile), func(_ *office, c mediation.Case) mediation.PaperRemoval {
		return mediation.PaperRemoval{Number: number(c.Papers, func(p mediation.Paper) bool { return p.Removed == "" }), Reason: "重复"}
	}),
	"invite": sound(pick((*casework.Service).InviteToCase), func(o *office, _ mediation.Case) mediation.Invitation {
		return mediation.Invitation{Issuer: "https://id.example", Subject: "expert-1", Name: "周专家", Purpose: "提供专业意见", Until: o.day(30)}
	}),
	"uninvite": sound(pick((*casework.Service).UninviteFromCase), func(*office, mediation.Case) mediation.Uninviting {
		return mediation.Uninviting{Issuer: "https://id.example", Subject: "expert-1", Reason: "意见已提交"}
	}),
	"restrict": sound(pick((*casework.Service).RestrictCase), func(*office, mediation.Case) mediation.Restricting {
		return mediation.Restricting{Reason: mediation.RestrictionFamily, Note: "涉及夫妻隐私"}
	}),
	"unrestrict": sound(pick((*casework.Service).UnrestrictCase), func(*office, mediation.Case) mediation.Unrestricting {
		return mediation.Unrestricting{Reason: "当事人同意公开"}
	}),
	"close": sound(pick((*casework.Service).CloseCase), func(*office, mediation.Case) mediation.Closing {
		return mediation.Closing{Report: "已办结。"}
	}),
	"archive": sound(pick((*casework.Service).ArchiveCase), func(*office, mediation.Case) mediation.Archiving {
		return mediation.Archiving{Keeper: "周文员", Retention: "long"}
	}),
	"reopen": sound(pick((*casework.Service).ReopenCase), func(*office, mediation.Case) mediation.Reopening {
		return mediation.Reopening{Ground: "relapse", Note: "又起争执"}
	}),
	"split": sound(pick((*casework.Service).SplitCase), func(_ *office, c mediation.Case) mediation.Splitting {
		return mediation.Splitting{Title: "补偿款", Parties: everybody(c), Reason: "另有款项争议"}
	}),
}

// method is a verb of the service as a method expression gives it.
type method[C any] func(s *casework.Service, ctx ctx, r casework.Request, id mediation.ID, version int64, command C) (mediation.Case, casework.Receipt, error)

// pick binds a method expression to a service.
func pick[C any](m method[C]) func(s *casework.Service) func(ctx ctx, r casework.Request, id mediation.ID, version int64, command C) (mediation.Case, casework.Receipt, error) {
	return func(s *casework.Service) func(ctx, casework.Request, mediation.ID, int64, C) (mediation.Case, casework.Receipt, error) {
		return func(ctx ctx, r casework.Request, id mediation.ID, version int64, command C) (mediation.Case, casework.Receipt, error) {
			return m(s, ctx, r, id, version, command)
		}
	}
}

// roads lead from a filing to where each verb is possible.
var roads = map[mediation.Verb][]mediation.Verb{
	"correct": {}, "accept": {}, "refuse": {}, "withdraw": {}, "report-danger": {}, "put-on-file": {}, "recuse": {}, "transfer": {},
	"invite": {}, "uninvite": {"invite"}, "restrict": {}, "unrestrict": {"restrict"}, "merge": {}, "absorb": {}, "split": {}, "take-lead": {}, "classify": {}, "grade": {}, "assess": {}, "override-grade": {"grade"}, "override-risk": {"assess"},
	"assign": {"accept"}, "terminate": {"accept"}, "refer": {"accept"}, "extend": {"accept"},
	"settle-danger": {"report-danger"}, "take-off-file": {"put-on-file"},
	"acknowledge-transfer": {"transfer"}, "take-back": {"transfer"},
	"acknowledge-referral": {"accept", "refer"}, "report-referral": {"accept", "refer"},
	"reassign": {"accept", "assign"}, "investigate": {"accept", "assign"}, "convene": {"accept", "assign"}, "suspend": {"accept", "assign"},
	"mediate": {"accept", "assign"}, "cancel-meeting": {"accept", "assign", "convene"}, "resume": {"accept", "assign", "suspend"},
	"agree": mediated, "agree-orally": mediated, "fail": mediated,
	"apply-confirmation": agreed, "perform": agreed, "urge": agreed, "visit": agreed,
	"decide-confirmation": {"accept", "assign", "mediate", "agree", "apply-confirmation"},
	"breach":              {"accept", "assign", "mediate", "agree", "wait"},
	"close":               {"refuse"}, "archive": {"refuse", "put-on-file", "close"}, "reopen": {"refuse", "close"},
}

var (
	mediated = []mediation.Verb{"accept", "assign", "mediate"}
	agreed   = []mediation.Verb{"accept", "assign", "mediate", "agree"}
)

// wait is no verb: the office lets forty days go by.
const wait mediation.Verb = "wait"

// then does one verb after the other as the director, and fails the test when one is refused.
func (o *office) then(c mediation.Case, verbs ...mediation.Verb) mediation.Case {
	o.t.Helper()
	for _, verb := range verbs {
		if verb == wait {
			o.clock.Set(o.clock.Now().AddDate(0, 0, 40))
			continue
		}
		after, _, err := ways[verb](o, o.director(), c, c.Version)
		if err != nil {
			o.t.Fatalf("%s in %s: %v", verb, c.State, err)
		}
		c = after
	}
	return c
}

// today is now without a look at the clock that would move it past the act.
func (o *office) today() time.Time { return mediation.LegalTime(o.clock.peek()) }

func (o *office) day(plus int) string { return mediation.LegalDay(o.today().AddDate(0, 0, plus)) }

func person(subject string) mediation.Mediator {
	return mediation.Mediator{Issuer: issuer, Subject: subject, Name: "调解员" + subject}
}

func hosting(m mediation.Mediator) mediation.Mediator {
	m.Host = true
	return m
}

func everybody(c mediation.Case) []mediation.ID {
	var ids []mediation.ID
	for _, p := range c.Parties {
		ids = append(ids, p.ID)
	}
	return ids
}

func meeting(o *office, c mediation.Case, result mediation.MeetingResult) mediation.Meeting {
	return mediation.Meeting{
		Number: planned(c), StartedAt: o.today(), Place: "石庙镇调解室", RightsTold: true, Content: "双方各自陈述。", Result: result,
		Attendees: []mediation.Attendee{
			{Name: "张三", Role: mediation.AttendeeParty, Party: c.Parties[0].ID}, {Name: "李调解员", Role: mediation.AttendeeMediator},
		},
	}
}

// planned is the number of the meeting that is arranged, or 0.
func planned(c mediation.Case) int {
	for _, m := range c.Meetings {
		if m.Status == mediation.MeetingPlanned {
			return m.Number
		}
	}
	return 0
}

// written is 3000 yuan in two instalments, and the wall comes down.
func written(o *office, c mediation.Case) mediation.WrittenAgreement {
	today := o.day(0)
	agreement := mediation.WrittenAgreement{
		Facts: "李家新砌院墙越界。", Disputes: "院墙是否拆除。", Responsibility: "被申请人承担拆除责任。", Terms: "拆除并补偿三千元。",
		Way: "转账", Place: "石庙镇", TimeLimit: "一个月内", Amount: pointer[int64](300_000), Matters: []mediation.Matter{"money", "act"},
		Instalments: []mediation.Obligation{
			{Kind: mediation.ObligationMoney, Amount: 100_000, Due: today, From: c.Parties[1].ID, To: c.Parties[0].ID},
			{Kind: mediation.ObligationMoney, Amount: 200_000, Due: o.day(20), From: c.Parties[1].ID, To: c.Parties[0].ID},
			{Kind: mediation.ObligationAct, What: "拆除越界院墙", Due: o.day(10)},
		},
		MediatorSigned: mediation.Signature{Means: "signature", On: today}, SealedOn: today,
	}
	for _, p := range c.Parties {
		agreement.Signatures = append(agreement.Signatures, mediation.Signature{Party: p.ID, Means: "fingerprint", On: today})
	}
	return agreement
}

func referral(o *office, route mediation.Route) mediation.Referral {
	return mediation.Referral{Route: route, Receiver: "县法律援助中心", Content: "困难证明一份", SentOn: o.day(0), Consented: true}
}

func receipt(o *office, c mediation.Case) mediation.HandReceipt {
	waiting := number(c.Referrals, func(r mediation.Referral) bool { return r.Outcome == "" && r.ReceivedOn == "" })
	return mediation.HandReceipt{Number: waiting, ReceivedOn: o.day(0), ReceivedBy: "赵科长"}
}

// number counts to the first that is wanted, from 1; 0 when none is.
func number[T any](list []T, wanted func(T) bool) int { return slices.IndexFunc(list, wanted) + 1 }

func unfinished(c mediation.Case) mediation.Instalment {
	if c.Agreement != nil {
		for _, i := range c.Agreement.Instalments {
			if i.DoneOn == "" {
				return i
			}
		}
	}
	return mediation.Instalment{}
}

// wantSame compares whole cases, every facet.
func wantSame(t *testing.T, got, want mediation.Case) {
	t.Helper()
	text := func(c mediation.Case) string {
		encoded, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	if text(got) != text(want) {
		t.Errorf("read back differs:\n got %s\nwant %s", text(got), text(want))
	}
}

// wantField looks for a violated rule among the fields of a refusal.
func wantField(t *testing.T, err error, pointer, code string) {
	t.Helper()
	var refusal *mediation.Error
	if !asRefusal(err, &refusal) {
		t.Fatalf("%v is no refusal", err)
	}
	for _, field := range refusal.Fields {
		if field.Pointer == pointer && field.Code == code {
			return
		}
	}
	t.Errorf("%s %s is not among %s", pointer, code, fmt.Sprint(refusal))
}
