package mediation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCase_Fail(t *testing.T) {
	c := in(t, mediation.StateMediating)
	sound := func() mediation.Failure { return mediation.Failure{Reason: "no-agreement", RoadsTold: true} }
	do := func(x mediation.Failure) error { _, _, err := c.Fail(x, later(c, minutes(1))); return err }
	refusing(t, "invalid-failure", sound, do, map[string]spoiled[mediation.Failure]{
		"no reason":      {"why it failed", func(x *mediation.Failure) { x.Reason = "" }, []string{"/reason required"}},
		"roads not told": {"L26: they are told at once", func(x *mediation.Failure) { x.RoadsTold = false }, []string{"/roadsTold roads-not-told"}},
		"a long note":    {"texts have an end", func(x *mediation.Failure) { x.Note = long(2_001) }, []string{"/note too-long"}},
	})
}

func TestCase_Terminate(t *testing.T) {
	c := in(t, mediation.StateAccepted)
	sound := func() mediation.Termination { return mediation.Termination{Reason: "party-quits", RoadsTold: true} }
	do := func(x mediation.Termination) error { _, _, err := c.Terminate(x, later(c, minutes(1))); return err }
	refusing(t, "invalid-termination", sound, do, map[string]spoiled[mediation.Termination]{
		"other reason":   {"the list is closed", func(x *mediation.Termination) { x.Reason = "holiday" }, []string{"/reason unknown-code"}},
		"roads not told": {"L26: they are told at once", func(x *mediation.Termination) { x.RoadsTold = false }, []string{"/roadsTold roads-not-told"}},
	})
}

func TestCase_Transfer(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.Transfer {
		return mediation.Transfer{Receiver: "县公安局", Reason: "涉嫌犯罪", SentOn: mediation.LegalDay(a.At), ByDuty: "人民调解法25条"}
	}
	do := func(x mediation.Transfer) error { _, _, err := c.Transfer(x, a); return err }
	refusing(t, "invalid-transfer", sound, do, map[string]spoiled[mediation.Transfer]{
		"without consent": {"the parties agree, or the law demands it", func(x *mediation.Transfer) { x.ByDuty = "" }, []string{"/consented consent-required"}},
		"with consent":    {"the parties agree, or the law demands it", func(x *mediation.Transfer) { x.ByDuty, x.Consented = "", true }, nil},
		"to nobody":       {"somebody takes it", func(x *mediation.Transfer) { x.Receiver = "" }, []string{"/receiver required"}},
		"tomorrow":        {"what has not been cannot be recorded", func(x *mediation.Transfer) { x.SentOn = day(a.At, 1) }, []string{"/sentOn in-the-future"}},
	})
	sent, _, err := c.Transfer(sound(), a)
	if err != nil || sent.Open() || sent.EndedAt == nil {
		t.Fatalf("%v", err)
	}
	t.Run("it closes when the receiver has it", func(t *testing.T) {
		_, err := plain().do(sent, mediation.VerbClose, later(sent, minutes(1)))
		sameProblems(t, err, "/transfers/1 transfer-not-received")
		received := then(t, sent, mediation.VerbAcknowledgeTransfer)
		_, err = plain().do(received, mediation.VerbAcknowledgeTransfer, later(received, minutes(1)))
		sameProblems(t, err, "/transfers transfer-received")
		then(t, received, mediation.VerbClose)
	})
	t.Run("taken back it is accepted, with its number and without its mediators", func(t *testing.T) {
		back := then(t, sent, mediation.VerbTakeBack)
		if back.State != mediation.StateAccepted || back.Number != c.Number || len(back.Mediators) != 0 || back.EndedAt != nil || !back.Open() {
			t.Errorf("%+v", back)
		}
	})
	t.Run("one that was never accepted is pending again", func(t *testing.T) {
		if back := then(t, filed(t), mediation.VerbTransfer, mediation.VerbTakeBack); back.State != mediation.StatePendingAcceptance {
			t.Error(back.State)
		}
	})
	t.Run("nothing comes back before it was sent", func(t *testing.T) {
		_, _, err := sent.TakeBack(mediation.TransferReturn{ReturnedOn: day(a.At, -1)}, later(sent, minutes(1)))
		sameProblems(t, err, "/returnedOn before-sending", "/reason required")
		_, _, err = sent.AcknowledgeTransfer(mediation.HandReceipt{ReceivedOn: day(a.At, -1)}, later(sent, minutes(1)))
		sameProblems(t, err, "/receivedOn before-sending", "/receivedBy required")
	})
}

func TestCase_Refer(t *testing.T) {
	c := in(t, mediation.StateFailed)
	a := later(c, minutes(1))
	sound := func() mediation.Referral {
		return mediation.Referral{Route: "court", Receiver: "惠民县人民法院", Content: "起诉状一份", SentOn: mediation.LegalDay(a.At), Consented: true}
	}
	do := func(x mediation.Referral) error { _, _, err := c.Refer(x, a); return err }
	refusing(t, "invalid-referral", sound, do, map[string]spoiled[mediation.Referral]{
		"no road":         {"a road is named", func(x *mediation.Referral) { x.Route = "" }, []string{"/route required"}},
		"another road":    {"the list is closed", func(x *mediation.Referral) { x.Route = "fortune-teller" }, []string{"/route unknown-code"}},
		"without consent": {"nobody is sent to court", func(x *mediation.Referral) { x.Consented = false }, []string{"/consented consent-required"}},
		"an authority decides": {"a department with the power needs no consent", func(x *mediation.Referral) {
			x.Route, x.Consented = "administrative-ruling", false
		}, nil},
		"empty-handed":    {"something is handed over", func(x *mediation.Referral) { x.Content = "" }, []string{"/content required"}},
		"answered before": {"an outcome comes back by another act", func(x *mediation.Referral) { x.Outcome, x.ReceivedOn = "judged", "2026-11-23" }, nil},
	})
	t.Run("an outcome that came with the referral is not kept", func(t *testing.T) {
		x := sound()
		x.Outcome = "judged"
		sent, _, err := c.Refer(x, a)
		if err != nil || len(sent.OpenReferrals()) != 1 {
			t.Errorf("%v %+v", err, sent.Referrals)
		}
	})
}

// A dispute fails, goes to legal aid and to court, and cannot close until both have reported back.
func TestCase_Close_waitsForEveryRoute(t *testing.T) {
	c := then(t, in(t, mediation.StateFailed), mediation.VerbRefer)
	a := later(c, minutes(1))
	court := mediation.Referral{Route: "court", Receiver: "法院", Content: "起诉状", SentOn: mediation.LegalDay(a.At), Consented: true}
	c, _, err := c.Refer(court, a)
	if err != nil {
		t.Fatal(err)
	}
	closing := func(c mediation.Case) error {
		_, err := plain().do(c, mediation.VerbClose, later(c, minutes(1)))
		return err
	}
	sameProblems(t, closing(c), "/referrals/1 route-open", "/referrals/2 route-open")
	a = later(c, 24*time.Hour)
	sound := func() mediation.ReferralReport {
		return mediation.ReferralReport{Number: 2, Outcome: "judged", OutcomeOn: mediation.LegalDay(a.At), Document: "（2026）鲁1621民初9号"}
	}
	do := func(x mediation.ReferralReport) error { _, _, err := c.ReportReferral(x, a); return err }
	refusing(t, "invalid-referral", sound, do, map[string]spoiled[mediation.ReferralReport]{
		"of another road": {"a court grants no legal aid", func(x *mediation.ReferralReport) { x.Outcome = "granted" }, []string{"/outcome unknown-code"}},
		"no outcome":      {"something came back", func(x *mediation.ReferralReport) { x.Outcome = "" }, []string{"/outcome required"}},
		"no such":         {"it is one of the case", func(x *mediation.ReferralReport) { x.Number = 3 }, []string{"/number unknown-number"}},
		"before sending":  {"time runs forward", func(x *mediation.ReferralReport) { x.OutcomeOn = day(a.At, -3) }, []string{"/outcomeOn before-sending"}},
	})
	c, _, err = c.ReportReferral(sound(), a)
	if err != nil {
		t.Fatal(err)
	}
	sameProblems(t, closing(c), "/referrals/1 route-open")
	c = then(t, c, mediation.VerbAcknowledgeReferral)
	_, err = plain().do(c, mediation.VerbAcknowledgeReferral, later(c, minutes(1)))
	sameProblems(t, err, "/referrals no-unreceived-referral")
	c = then(t, c, mediation.VerbReportReferral)
	if err := closing(c); err != nil {
		t.Error(err)
	}
}

func TestRoutes_haveWordsForEveryOutcome(t *testing.T) {
	for _, list := range mediation.CodeLists() {
		if list.Name != "routes" {
			continue
		}
		for _, code := range list.Codes {
			outcomes := mediation.Route(code.Code).Outcomes()
			if len(outcomes) < 2 || code.Note == "" || code.NoteZH == "" {
				t.Errorf("%s is incomplete", code.Code)
			}
			for _, outcome := range outcomes {
				if outcome.ZH == outcome.Code {
					t.Errorf("%s: %s has no words", code.Code, outcome.Code)
				}
			}
		}
	}
	if len(mediation.Route("nowhere").Outcomes()) != 0 {
		t.Error("an unknown road has outcomes")
	}
}

func TestCase_Visit(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	a := later(c, minutes(1))
	sound := func() mediation.Visit {
		return mediation.Visit{On: mediation.LegalDay(a.At), Party: c.Parties[0].ID, Means: "电话", Situation: "已履行", Satisfaction: 5}
	}
	do := func(x mediation.Visit) error { _, _, err := c.Visit(x, a); return err }
	refusing(t, "invalid-visit", sound, do, map[string]spoiled[mediation.Visit]{
		"six":         {"satisfaction is from 1 to 5", func(x *mediation.Visit) { x.Satisfaction = 6 }, []string{"/satisfaction out-of-range"}},
		"minus one":   {"satisfaction is from 1 to 5", func(x *mediation.Visit) { x.Satisfaction = -1 }, []string{"/satisfaction out-of-range"}},
		"not asked":   {"it may be left out", func(x *mediation.Visit) { x.Satisfaction = 0 }, nil},
		"a stranger":  {"parties are those of the case", func(x *mediation.Visit) { x.Party = "x" }, []string{"/party unknown-party"}},
		"tomorrow":    {"what has not been cannot be recorded", func(x *mediation.Visit) { x.On = day(a.At, 1) }, []string{"/on in-the-future"}},
		"last year":   {"not before the case was filed", func(x *mediation.Visit) { x.On = "2025-01-01" }, []string{"/on before-filing"}},
		"nothing new": {"how matters stand is said", func(x *mediation.Visit) { x.Situation = "" }, []string{"/situation required"}},
	})
	if visited := then(t, in(t, mediation.StateClosed), mediation.VerbVisit); visited.State != mediation.StateClosed {
		t.Error("a visit leaves a closed case closed")
	}
}

// What must be settled before a case closes, one thing at a time.
func TestCase_Close(t *testing.T) {
	whole := then(t, in(t, mediation.StateAgreed), mediation.VerbPerform, mediation.VerbPerform, mediation.VerbPerform)
	cases := map[string]struct {
		reason string
		change func(c *mediation.Case)
		want   []string
	}{
		"all done":      {"performed, and nothing open", func(*mediation.Case) {}, nil},
		"not performed": {"something is still owed", func(c *mediation.Case) { c.Agreement.Instalments[1].DoneOn = "" }, []string{"/agreement/instalments/2 not-performed"}},
		"breached": {"it was not done, and they know their road", func(c *mediation.Case) {
			c.Agreement.Instalments[1].DoneOn, c.Agreement.Instalments[1].BreachedOn = "", "2026-12-30"
		}, nil},
		"meeting arranged": {"people wait for it", func(c *mediation.Case) { c.Meetings[0].Status = mediation.MeetingPlanned }, []string{"/meetings/1 meeting-open"}},
		"danger":           {"L25: it is settled first", func(c *mediation.Case) { c.Dangers = []mediation.Danger{{Number: 1}} }, []string{"/dangers/1 danger-open"}},
		"at court":         {"the court has not decided", func(c *mediation.Case) { c.Confirmation = &mediation.Confirmation{} }, []string{"/confirmation confirmation-pending"}},
		"on the road":      {"a route reports back first", func(c *mediation.Case) { c.Referrals = []mediation.Referral{{Number: 1, Route: "notary"}} }, []string{"/referrals/1 route-open"}},
		"all at once": {"every gap is named", func(c *mediation.Case) {
			c.Dangers, c.Confirmation = []mediation.Danger{{Number: 1}}, &mediation.Confirmation{}
		}, []string{"/dangers/1 danger-open", "/confirmation confirmation-pending"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c := tidied(whole)
			c.Meetings = slices.Clone(c.Meetings)
			tc.change(&c)
			d, err := plain().do(c, mediation.VerbClose, later(c, minutes(1)))
			sameProblems(t, err, tc.want...)
			if err == nil && (d.after.Closure.Outcome != mediation.StateAgreed || d.after.Outcome() != mediation.StateAgreed || d.after.Open()) {
				t.Errorf("%+v", d.after.Closure)
			}
		})
	}
	_, _, err := tidied(whole).Close(mediation.Closing{}, later(whole, minutes(1)))
	sameProblems(t, err, "/report required")
}

func TestCase_PutOnFile(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.Paper {
		return mediation.Paper{Kind: "evidence", Title: "现场照片", Medium: mediation.MediumFile, Attachment: "f-1", Pages: 3, On: "2026-11-20"}
	}
	do := func(x mediation.Paper) error { _, _, err := c.PutOnFile(x, a); return err }
	refusing(t, "invalid-paper", sound, do, map[string]spoiled[mediation.Paper]{
		"no kind":   {"the index says what it is", func(x *mediation.Paper) { x.Kind = "" }, []string{"/kind required"}},
		"no medium": {"on paper or a file", func(x *mediation.Paper) { x.Medium = "" }, []string{"/medium required"}},
		"no file":   {"an electronic file is somewhere", func(x *mediation.Paper) { x.Attachment = "" }, []string{"/attachment required"}},
		"on paper":  {"paper is in the folder", func(x *mediation.Paper) { x.Medium, x.Attachment = mediation.MediumPaper, "" }, nil},
		"no pages":  {"pages are numbered through", func(x *mediation.Paper) { x.Pages = 0 }, []string{"/pages out-of-range"}},
		"tomorrow":  {"a paper has been written", func(x *mediation.Paper) { x.On = day(a.At, 1) }, []string{"/on in-the-future"}},
	})
	kept := then(t, c, mediation.VerbPutOnFile)
	_, _, err := kept.TakeOffFile(mediation.PaperRemoval{Number: 2}, later(kept, minutes(1)))
	sameProblems(t, err, "/number unknown-number", "/reason required")
	removed := then(t, kept, mediation.VerbTakeOffFile)
	if len(removed.OnFile()) != 0 || len(removed.Papers) != 1 || removed.Papers[0].Removed == "" {
		t.Errorf("its line stays: %+v", removed.Papers)
	}
	if again := then(t, removed, mediation.VerbPutOnFile); again.Papers[1].Number != 2 {
		t.Errorf("a number is not used again: %+v", again.Papers)
	}
}

func TestCase_FileGaps(t *testing.T) {
	full := []string{"application-or-register", "rights-notice", "identity-proofs", "mediation-record"}
	cases := map[string]struct {
		reason string
		of     func(t *testing.T) mediation.Case
		want   []string
	}{
		"refused":     {"nothing happened but the application", func(t *testing.T) mediation.Case { return in(t, "refused") }, full[:1]},
		"withdrawn":   {"before anything happened", func(t *testing.T) mediation.Case { return in(t, "withdrawn") }, full[:1]},
		"transferred": {"and where it went", func(t *testing.T) mediation.Case { return in(t, "transferred") }, []string{full[0], "referral-papers"}},
		"failed":      {"it was mediated in full", func(t *testing.T) mediation.Case { return in(t, "failed") }, full},
		"agreed":      {"and the agreement", func(t *testing.T) mediation.Case { return in(t, "agreed") }, append(slices.Clone(full), "agreement")},
		"oral": {"nobody has said that it was simple", func(t *testing.T) mediation.Case {
			return then(t, in(t, "mediating"), "agree-orally", "perform")
		}, append(slices.Clone(full), "agreement")},
		"simple and oral": {"the register and the oral agreement are enough", func(t *testing.T) mediation.Case {
			return simple(then(t, in(t, "investigating"), "mediate", "agree-orally", "perform", "visit"))
		}, []string{full[0], "agreement"}},
		"simple, oral, referred": {"what was sent elsewhere has its paper all the same", func(t *testing.T) mediation.Case {
			return simple(then(t, in(t, "mediating"), "refer", "agree-orally"))
		}, []string{full[0], "agreement", "referral-papers"}},
		"the whole life": {"whatever happened has its paper", func(t *testing.T) mediation.Case {
			return then(t, in(t, "investigating"), "mediate", "agree", "perform", "apply-confirmation", "refer", "visit")
		}, []string{full[0], full[1], full[2], "investigation-record", full[3], "agreement", "performance-vouchers", "visit-record", "confirmation-papers", "referral-papers"}},
		"an agent signed": {"who speaks for another has a paper", func(t *testing.T) mediation.Case {
			c := in(t, "agreed")
			c.Agreement.Signatures[0].Agent = "律师"
			return c
		}, []string{full[0], full[1], full[2], "power-of-attorney", full[3], "agreement"}},
		"an agent came": {"who speaks for another has a paper", func(t *testing.T) mediation.Case {
			c := in(t, "failed")
			c.Meetings[0].Attendees[0].Role = mediation.AttendeeAgent
			return c
		}, []string{full[0], full[1], full[2], "power-of-attorney", full[3]}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			var got []string
			for _, gap := range tc.of(t).FileGaps() {
				got = append(got, string(gap.Kind))
			}
			if strings.Join(got, ",") != strings.Join(tc.want, ",") {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestCase_Archive(t *testing.T) {
	c := then(t, in(t, mediation.StateAgreed), "perform", "perform", "perform", "close")
	a := later(c, minutes(1))
	_, _, err := c.Archive(mediation.Archiving{Keeper: "周文员", Retention: "long"}, a)
	wantCode(t, err, mediation.Conflict, "case-incomplete")
	sameProblems(t, err, "/file/application-or-register missing-item", "/file/rights-notice missing-item", "/file/identity-proofs missing-item",
		"/file/mediation-record missing-item", "/file/agreement missing-item", "/file/performance-vouchers missing-item")
	pages := []struct {
		kind  mediation.PaperKind
		pages int
	}{{"agreement", 2}, {"application-or-register", 1}, {"evidence", 4}, {"rights-notice", 1}, {"identity-proofs", 2}, {"mediation-record", 3}, {"performance-vouchers", 1}, {"evidence", 1}}
	for _, p := range pages {
		c, _, err = c.PutOnFile(mediation.Paper{Kind: p.kind, Medium: mediation.MediumPaper, Pages: p.pages}, later(c, minutes(1)))
		if err != nil {
			t.Fatal(err)
		}
	}
	a = later(c, minutes(1))
	sound := func() mediation.Archiving { return mediation.Archiving{Keeper: "周文员", Retention: "long"} }
	refusing(t, "invalid-archiving", sound, func(x mediation.Archiving) error { _, _, err := c.Archive(x, a); return err }, map[string]spoiled[mediation.Archiving]{
		"nobody":       {"somebody bound it", func(x *mediation.Archiving) { x.Keeper = "" }, []string{"/keeper required"}},
		"for how long": {"a file is kept for a time", func(x *mediation.Archiving) { x.Retention = "" }, []string{"/retention required"}},
		"a week":       {"the list is closed", func(x *mediation.Archiving) { x.Retention = "week" }, []string{"/retention unknown-code"}},
	})
	archived, _, err := c.Archive(sound(), a)
	if err != nil {
		t.Fatal(err)
	}
	var index []string
	for _, line := range archived.Volume.Index {
		index = append(index, fmt.Sprint(line.Kind, " ", line.From, " ", line.To))
	}
	want := []string{"application-or-register 1 1", "rights-notice 2 2", "identity-proofs 3 4", "evidence 5 8", "evidence 9 9", "mediation-record 10 12", "agreement 13 14", "performance-vouchers 15 15"}
	if !slices.Equal(index, want) || archived.Volume.Pages != 15 || archived.Volume.Number != c.Number {
		t.Errorf("the inner index is in the order of the file: %v, %d pages, volume %s", index, archived.Volume.Pages, archived.Volume.Number)
	}
	if refused := in(t, mediation.StateArchived); refused.Volume.Number != refused.Registration {
		t.Errorf("what was never accepted is filed by its registration: %s", refused.Volume.Number)
	}
}
