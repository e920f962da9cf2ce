package mediation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// clerk knows how each verb is done soundly, whatever the case looks like. pick chooses among sound ways.
type clerk struct {
	pick func(n int) int
}

// plain is a clerk who always takes the first way.
func plain() clerk { return clerk{pick: func(int) int { return 0 }} }

// done is what a verb came to: the case itself, and the other one where the verb concerns two.
type done struct {
	after, other mediation.Case
	entry        mediation.Entry
	otherEntry   mediation.Entry
}

func one(after mediation.Case, entry mediation.Entry, err error) (done, error) {
	return done{after: after, entry: entry}, err
}

func two(pair mediation.Pair, err error) (done, error) {
	return done{pair.Case, pair.Other, pair.Entry, pair.OtherEntry}, err
}

func mediator(n int) mediation.Mediator {
	return mediation.Mediator{Issuer: "https://id.example", Subject: fmt.Sprintf("mediator-%d", n), Name: fmt.Sprintf("调解员%d", n)}
}

// free gives people who may be assigned: not recused, the first as host.
func free(c mediation.Case, n int) []mediation.Mediator {
	var chosen []mediation.Mediator
	for i := 1; len(chosen) < n; i++ {
		m := mediator(i)
		if !c.Recused(mediation.Principal{Issuer: m.Issuer, Subject: m.Subject}) {
			m.Host = len(chosen) == 0
			chosen = append(chosen, m)
		}
	}
	return chosen
}

func everybody(c mediation.Case) []mediation.ID {
	var ids []mediation.ID
	for _, p := range c.Parties {
		ids = append(ids, p.ID)
	}
	return ids
}

func day(at time.Time, plus int) string { return mediation.LegalDay(at.AddDate(0, 0, plus)) }

// do does the verb soundly. A case of its own stands by where the verb needs a second one.
func (k clerk) do(c mediation.Case, verb mediation.Verb, a mediation.Act) (done, error) {
	switch verb {
	case mediation.VerbCorrect:
		return one(c.Correct(mediation.Correction{Title: pointer(changedTitle(c.Title))}, a))
	case mediation.VerbAccept:
		return one(c.Accept(acceptance(), a))
	case mediation.VerbRefuse:
		return one(c.Refuse(mediation.Refusal{Reason: mediation.RefusalOutOfArea}, a))
	case mediation.VerbWithdraw:
		return one(c.Withdraw(mediation.Withdrawal{Note: "双方自行和解"}, a))
	case mediation.VerbClassify, mediation.VerbGrade, mediation.VerbOverrideGrade, mediation.VerbAssess, mediation.VerbOverrideRisk:
		return k.judge(c, verb, a)
	case mediation.VerbAssign:
		return one(c.Assign(mediation.Assignment{Mediators: free(c, 1+k.pick(2))}, a))
	case mediation.VerbReassign:
		return one(c.Reassign(mediation.Assignment{Mediators: free(c, 2+k.pick(2)), Reason: "原主持人出差"}, a))
	case mediation.VerbRecuse:
		return one(c.Recuse(k.recusal(c), a))
	case mediation.VerbReportDanger:
		return one(c.ReportDanger(mediation.Danger{Kind: "crime", Signs: "扬言报复", Receiver: "石庙镇派出所", ReportedAt: a.At}, a))
	case mediation.VerbSettleDanger:
		return one(c.SettleDanger(mediation.DangerOutcome{Number: openDanger(c), Prevented: true, People: 2, Outcome: "已稳控"}, a))
	case mediation.VerbTakeLead:
		return one(c.TakeLead(mediation.Lead{ID: "lead-1", Tenant: town, Serial: "371621101-L2026-000001"}, "同一纠纷", a))
	case mediation.VerbReopen, mediation.VerbMerge, mediation.VerbAbsorb, mediation.VerbSplit:
		return k.link(c, verb, a)
	case mediation.VerbInvite:
		return one(c.Invite(mediation.Invitation{Issuer: "https://id.example", Subject: fmt.Sprintf("expert-%d", k.pick(2)), Purpose: "提供专业意见", Until: day(a.At, 30)}, a))
	case mediation.VerbUninvite:
		var ending mediation.Uninviting
		if len(c.Invitations) > 0 {
			ending = mediation.Uninviting{Issuer: c.Invitations[0].Issuer, Subject: c.Invitations[0].Subject, Reason: "意见已提交"}
		}
		return one(c.Uninvite(ending, a))
	case mediation.VerbRestrict:
		return one(c.Restrict(mediation.Restricting{Reason: mediation.RestrictionFamily}, a))
	case mediation.VerbUnrestrict:
		return one(c.Unrestrict(mediation.Unrestricting{Reason: "当事人同意公开"}, a))
	}
	return k.mediate(c, verb, a)
}

func (k clerk) judge(c mediation.Case, verb mediation.Verb, a mediation.Act) (done, error) {
	book, judging := mediation.BaseRulebook(), mediation.Judging{Findings: mediation.Findings{PoliceCalls: k.pick(5), Threat: k.pick(2) == 1}}
	switch verb {
	case mediation.VerbClassify:
		return one(c.Classify(book, mediation.Classifying{Cause: "neighbouring-relations"}, a))
	case mediation.VerbGrade:
		return one(c.Grade(book, judging, a))
	case mediation.VerbAssess:
		return one(c.Assess(book, mediation.Assessing{Judging: judging}, a))
	case mediation.VerbOverrideGrade:
		o := mediation.Overruling[mediation.Difficulty]{Value: mediation.DifficultyMajor, Reason: "涉及宗族矛盾"}
		if g, _ := c.Grading(); g.Override != nil {
			o.Value = ""
		} else if g.Computed == o.Value {
			o.Value = mediation.DifficultySimple
		}
		return one(c.OverrideGrade(o, a))
	}
	o := mediation.Overruling[mediation.Colour]{Value: mediation.Red, Reason: "扬言上访"}
	if r, _ := c.Risk(); r.Override != nil {
		o.Value = ""
	} else if r.Computed == o.Value {
		o.Value = mediation.Blue
	}
	return one(c.OverrideRisk(o, a))
}

func changedTitle(title string) string {
	if len([]rune(title)) > 100 {
		return "改"
	}
	return title + "改"
}

func (k clerk) recusal(c mediation.Case) mediation.Recusal {
	host, assigned := c.Host()
	if !assigned || k.pick(2) == 1 {
		return mediation.Recusal{Mediator: mediator(100 + len(c.Recusals)), Ground: mediation.RecusalKin}
	}
	replacement := mediator(200 + len(c.Recusals))
	return mediation.Recusal{Mediator: host, Ground: mediation.RecusalAsked, AskedBy: c.Parties[0].ID, Replacement: &replacement}
}

func openDanger(c mediation.Case) int {
	for _, d := range c.Dangers {
		if d.SettledAt == nil {
			return d.Number
		}
	}
	return 0
}

func (k clerk) mediate(c mediation.Case, verb mediation.Verb, a mediation.Act) (done, error) {
	switch verb {
	case mediation.VerbInvestigate:
		return one(c.Investigate(mediation.Investigation{At: a.At, Place: "现场", Participants: "李调解员、王某", Findings: "院墙越界三十厘米。"}, a))
	case mediation.VerbConvene:
		return one(c.Convene(mediation.Arrangement{StartsAt: a.At.Add(time.Hour), Place: "调解室"}, a))
	case mediation.VerbCancelMeeting:
		return one(c.CancelMeeting(mediation.Cancellation{Number: planned(c), Reason: "当事人外出"}, a))
	case mediation.VerbMediate:
		return one(c.Mediate(k.meeting(c, a), a))
	case mediation.VerbSuspend:
		return one(c.Suspend(mediation.Suspension{Reason: "appraisal", Until: day(a.At, 20), Consents: everybody(c)}, a))
	case mediation.VerbResume:
		return one(c.Resume(mediation.Resumption{Note: "鉴定意见已出具"}, a))
	case mediation.VerbExtend:
		until := day(a.At, 30)
		if n := len(c.Extensions); n > 0 && c.Extensions[n-1].Until >= until {
			last, _ := time.Parse(time.DateOnly, c.Extensions[n-1].Until)
			until = last.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		return one(c.Extend(mediation.Extension{Until: until, Consents: everybody(c), Reason: "案情复杂"}, a))
	case mediation.VerbAgree:
		return one(c.Agree(written(c, a), a))
	case mediation.VerbAgreeOrally:
		return one(c.AgreeOrally(oral(a), a))
	case mediation.VerbFail:
		return one(c.Fail(mediation.Failure{Reason: "no-agreement", RoadsTold: true}, a))
	case mediation.VerbTerminate:
		return one(c.Terminate(mediation.Termination{Reason: "party-quits", RoadsTold: true}, a))
	}
	return k.follow(c, verb, a)
}

func planned(c mediation.Case) int {
	for _, m := range c.Meetings {
		if m.Status == mediation.MeetingPlanned {
			return m.Number
		}
	}
	return 0
}

func (k clerk) meeting(c mediation.Case, a mediation.Act) mediation.Meeting {
	results := []mediation.MeetingResult{mediation.MeetingAgreed, mediation.MeetingNotAgreed, mediation.MeetingContinue}
	meeting := mediation.Meeting{
		StartedAt: a.At, Place: "石庙镇调解室", RightsTold: true, Content: "双方各自陈述。", Result: results[k.pick(3)],
		Attendees: []mediation.Attendee{
			{Name: "张三", Role: mediation.AttendeeParty, Party: c.Parties[0].ID},
			{Name: "李调解员", Role: mediation.AttendeeMediator},
		},
	}
	if k.pick(2) == 0 {
		meeting.Number = planned(c)
	}
	return meeting
}

// written is an agreement as it should be: 3000 yuan in two instalments, and the wall comes down.
func written(c mediation.Case, a mediation.Act) mediation.WrittenAgreement {
	today := mediation.LegalDay(a.At)
	agreement := mediation.WrittenAgreement{
		Facts: "李家新砌院墙越界。", Disputes: "院墙是否拆除。", Responsibility: "被申请人承担拆除责任。", Terms: "拆除并补偿三千元。",
		Way: "转账", Place: "石庙镇", TimeLimit: "一个月内", Amount: pointer[int64](300_000), Matters: []mediation.Matter{"money", "act"},
		Instalments: []mediation.Obligation{
			{Kind: mediation.ObligationMoney, Amount: 100_000, Due: today, From: c.Parties[1].ID, To: c.Parties[0].ID},
			{Kind: mediation.ObligationMoney, Amount: 200_000, Due: day(a.At, 20), From: c.Parties[1].ID, To: c.Parties[0].ID},
			{Kind: mediation.ObligationAct, What: "拆除越界院墙", Due: day(a.At, 10)},
		},
		MediatorSigned: mediation.Signature{Means: "signature", On: today}, SealedOn: today,
	}
	for _, p := range c.Parties {
		agreement.Signatures = append(agreement.Signatures, mediation.Signature{Party: p.ID, Means: "fingerprint", On: today})
	}
	return agreement
}

func oral(a mediation.Act) mediation.OralAgreement {
	return mediation.OralAgreement{
		Terms: "当面道歉。", AgreedOn: mediation.LegalDay(a.At),
		Instalments: []mediation.Obligation{{Kind: mediation.ObligationAct, What: "当面道歉", Due: mediation.LegalDay(a.At)}},
	}
}

func (k clerk) follow(c mediation.Case, verb mediation.Verb, a mediation.Act) (done, error) {
	today := mediation.LegalDay(a.At)
	switch verb {
	case mediation.VerbTransfer:
		return one(c.Transfer(mediation.Transfer{Receiver: "县信访局", Reason: "属信访事项", SentOn: today, Consented: true}, a))
	case mediation.VerbAcknowledgeTransfer:
		return one(c.AcknowledgeTransfer(mediation.HandReceipt{ReceivedOn: today, ReceivedBy: "赵科长"}, a))
	case mediation.VerbTakeBack:
		return one(c.TakeBack(mediation.TransferReturn{ReturnedOn: today, Reason: "不属其职权"}, a))
	case mediation.VerbRefer:
		return one(c.Refer(mediation.Referral{Route: "legal-aid", Receiver: "县法律援助中心", Content: "困难证明一份", SentOn: today, Consented: true}, a))
	case mediation.VerbAcknowledgeReferral:
		return one(c.AcknowledgeReferral(mediation.HandReceipt{Number: openReferral(c, true), ReceivedOn: today, ReceivedBy: "钱律师"}, a))
	case mediation.VerbReportReferral:
		return one(c.ReportReferral(mediation.ReferralReport{Number: openReferral(c, false), Outcome: "granted", OutcomeOn: today, Document: "援字1号"}, a))
	case mediation.VerbApplyConfirmation:
		return one(c.ApplyConfirmation(mediation.ConfirmationApplication{Court: "惠民县人民法院", Applicants: everybody(c), AppliedOn: today}, day(a.At, 30), a))
	case mediation.VerbDecideConfirmation:
		return one(c.DecideConfirmation(k.decision(today), a))
	case mediation.VerbPerform:
		return one(c.Perform(k.payment(c, today), a))
	case mediation.VerbBreach:
		return one(c.Breach(mediation.Breach{Instalment: overdue(c, a), Note: "逾期未付", RoadsTold: true}, a))
	case mediation.VerbUrge:
		return one(c.Urge(mediation.Urging{Instalment: unfinished(c).Number, Means: "电话"}, a))
	case mediation.VerbVisit:
		return one(c.Visit(mediation.Visit{On: today, Means: "上门", Situation: "已和好", Satisfaction: 1 + k.pick(5)}, a))
	case mediation.VerbPutOnFile:
		return one(c.PutOnFile(k.paper(c), a))
	case mediation.VerbTakeOffFile:
		return one(c.TakeOffFile(mediation.PaperRemoval{Number: onFile(c), Reason: "重复"}, a))
	case mediation.VerbClose:
		return one(c.Close(mediation.Closing{Report: "已办结。"}, a))
	case mediation.VerbArchive:
		return one(c.Archive(mediation.Archiving{Keeper: "周文员", Retention: "long"}, a))
	}
	return done{}, fmt.Errorf("the clerk does not know how to %s", verb)
}

func (k clerk) decision(today string) mediation.ConfirmationDecision {
	return []mediation.ConfirmationDecision{
		{Outcome: mediation.ConfirmationGranted, CourtNumber: "（2026）鲁1621民特12号", DecidedOn: today},
		{Outcome: mediation.ConfirmationDenied, Reason: "unclear", CourtNumber: "（2026）鲁1621民特13号", DecidedOn: today},
		{Outcome: mediation.ConfirmationNotAccepted, Reason: "wrong-scope-or-court", DecidedOn: today},
	}[k.pick(3)]
}

func (k clerk) payment(c mediation.Case, today string) mediation.Payment {
	due := unfinished(c)
	payment := mediation.Payment{Instalment: due.Number, Amount: due.Amount - due.Paid, On: today, Voucher: "收条"}
	if payment.Amount > 1 && k.pick(2) == 1 {
		payment.Amount /= 2
	}
	return payment
}

func (k clerk) paper(c mediation.Case) mediation.Paper {
	kind := mediation.PaperKind("evidence")
	if gaps := c.FileGaps(); len(gaps) > 0 {
		kind = gaps[0].Kind
	}
	if k.pick(2) == 1 {
		return mediation.Paper{Kind: kind, Medium: mediation.MediumFile, Attachment: "attachment-1", Pages: 2}
	}
	return mediation.Paper{Kind: kind, Medium: mediation.MediumPaper, Pages: 1}
}

func openReferral(c mediation.Case, unreceived bool) int {
	for _, r := range c.OpenReferrals() {
		if !unreceived || r.ReceivedOn == "" {
			return r.Number
		}
	}
	return 0
}

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

func overdue(c mediation.Case, a mediation.Act) int {
	if c.Agreement != nil {
		for _, i := range c.Agreement.Instalments {
			if i.DoneOn == "" && i.BreachedOn == "" && i.Due < mediation.LegalDay(a.At) {
				return i.Number
			}
		}
	}
	return 0
}

func onFile(c mediation.Case) int {
	if papers := c.OnFile(); len(papers) > 0 {
		return papers[0].Number
	}
	return 0
}

// link does what concerns two cases; the second is the standard dispute, filed beside this one.
func (k clerk) link(c mediation.Case, verb mediation.Verb, a mediation.Act) (done, error) {
	second := mediation.Register{Tenant: town, Registration: "371621101-2026-000002", Committee: "committee-1"}
	switch verb {
	case mediation.VerbReopen:
		return two(c.Reopen(mediation.Reopening{Ground: "relapse", Note: "又起争执"}, second, a))
	case mediation.VerbSplit:
		return two(c.Split(mediation.Splitting{Title: "补偿款", Parties: everybody(c), Reason: "另有款项争议"}, second, a))
	}
	other, _, err := mediation.File(boundary(), second, a)
	if err != nil {
		return done{}, err
	}
	if verb == mediation.VerbMerge {
		return two(c.Merge(other, mediation.Merging{Reason: "同一纠纷"}, a))
	}
	d, err := two(other.Merge(c, mediation.Merging{Reason: "同一纠纷"}, a))
	return done{d.other, d.after, d.otherEntry, d.entry}, err
}

// then does one verb after the other, each a minute later, and fails the test when one is refused.
func then(t *testing.T, c mediation.Case, verbs ...mediation.Verb) mediation.Case {
	t.Helper()
	for i, verb := range verbs {
		a := later(c, time.Duration(i+1)*time.Minute)
		d, err := plain().do(c, verb, a)
		if err != nil {
			t.Fatalf("%s in %s: %v", verb, c.State, err)
		}
		c = d.after
	}
	return c
}

// later is an act after the case's last change, with ids of its own.
func later(c mediation.Case, wait time.Duration) mediation.Act {
	a, n := act(), 0
	a.At = c.UpdatedAt.Add(wait)
	a.NewID = func() mediation.ID {
		n++
		return mediation.ID(fmt.Sprintf("v%d-%03d", c.Version, n))
	}
	return a
}

// road is a way to each stage, as it goes when nothing goes wrong.
var road = map[mediation.State][]mediation.Verb{
	mediation.StatePendingAcceptance: {},
	mediation.StateAccepted:          {"accept"},
	mediation.StateAssigned:          {"accept", "assign"},
	mediation.StateInvestigating:     {"accept", "assign", "investigate"},
	mediation.StateMediating:         {"accept", "assign", "mediate"},
	mediation.StateAgreed:            {"accept", "assign", "mediate", "agree"},
	mediation.StateFailed:            {"accept", "assign", "mediate", "fail"},
	mediation.StateTerminated:        {"accept", "terminate"},
	mediation.StateRefused:           {"refuse"},
	mediation.StateWithdrawn:         {"withdraw"},
	mediation.StateTransferred:       {"transfer"},
	mediation.StateMerged:            {"merge"},
	mediation.StateClosed:            {"refuse", "close"},
	mediation.StateArchived:          {"refuse", "put-on-file", "close", "archive"},
}

// in is the standard dispute in a stage.
func in(t *testing.T, state mediation.State) mediation.Case {
	t.Helper()
	c := then(t, filed(t), road[state]...)
	if c.State != state {
		t.Fatalf("the road to %s leads to %s", state, c.State)
	}
	return c
}

func has(states []mediation.State, state mediation.State) bool { return slices.Contains(states, state) }
