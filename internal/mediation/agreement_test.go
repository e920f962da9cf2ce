package mediation_test

import (
	"slices"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCase_Agree(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.WrittenAgreement { return written(c, a) }
	do := func(x mediation.WrittenAgreement) error { _, _, err := c.Agree(x, a); return err }
	type agreement = mediation.WrittenAgreement
	refusing(t, "invalid-agreement", sound, do, map[string]spoiled[agreement]{
		"without content": {
			"L29: facts, dispute, responsibility, terms, way, place and time limit",
			func(x *agreement) {
				x.Facts, x.Disputes, x.Responsibility, x.Terms, x.Way, x.Place, x.TimeLimit = "", "", "", "", "", "", ""
			},
			[]string{"/facts required", "/disputes required", "/responsibility required", "/terms required", "/way required", "/place required", "/timeLimit required"},
		},
		"one has not signed":  {"L29: it binds once all have", func(x *agreement) { x.Signatures = x.Signatures[:1] }, []string{"/signatures signature-missing"}},
		"nobody has signed":   {"each is named", func(x *agreement) { x.Signatures = nil }, []string{"/signatures signature-missing", "/signatures signature-missing"}},
		"one signs twice":     {"each signs once", func(x *agreement) { x.Signatures = append(x.Signatures, x.Signatures[0]) }, []string{"/signatures/2/party duplicate"}},
		"a stranger signs":    {"parties are those of the case", func(x *agreement) { x.Signatures[0].Party = "x" }, []string{"/signatures/0/party unknown-party", "/signatures signature-missing"}},
		"signed with tears":   {"the list is closed", func(x *agreement) { x.Signatures[0].Means = "tears" }, []string{"/signatures/0/means unknown-code"}},
		"signed tomorrow":     {"it is recorded when it is signed", func(x *agreement) { x.Signatures[0].On = day(a.At, 1) }, []string{"/signatures/0/on in-the-future"}},
		"signed too early":    {"nobody signs before the meeting", func(x *agreement) { x.Signatures[0].On = day(a.At, -1) }, []string{"/signatures/0/on before-meeting"}},
		"mediator unsigned":   {"L29: the mediator signs", func(x *agreement) { x.MediatorSigned = mediation.Signature{} }, []string{"/mediatorSigned/means required", "/mediatorSigned/on required"}},
		"no seal":             {"L29: the committee's seal", func(x *agreement) { x.SealedOn = "" }, []string{"/sealedOn required"}},
		"an old seal":         {"no seal before the meeting", func(x *agreement) { x.SealedOn = "2026-11-22" }, []string{"/sealedOn before-meeting"}},
		"too few copies":      {"L29: each party and the committee has one", func(x *agreement) { x.Copies = 2 }, []string{"/copies wrong-copies"}},
		"copies as the law":   {"L29: each party and the committee has one", func(x *agreement) { x.Copies = 3 }, nil},
		"one for the court":   {"more may be made", func(x *agreement) { x.Copies = 4 }, nil},
		"a thousand copies":   {"a figure has an end", func(x *agreement) { x.Copies = 1000 }, []string{"/copies wrong-copies"}},
		"does not add up":     {"the instalments are the amount", func(x *agreement) { x.Instalments[1].Amount++ }, []string{"/instalments does-not-add-up"}},
		"money, no amount":    {"money is counted", func(x *agreement) { x.Amount = nil }, []string{"/amount required"}},
		"amount, no money":    {"money is paid by a day", func(x *agreement) { x.Instalments = x.Instalments[2:] }, []string{"/instalments does-not-add-up"}},
		"acts only":           {"not all is about money", func(x *agreement) { x.Instalments, x.Amount = x.Instalments[2:], nil }, nil},
		"nothing":             {"zero is not agreed on", func(x *agreement) { x.Amount = pointer[int64](0) }, []string{"/amount out-of-range"}},
		"less than nothing":   {"nobody owes a negative amount", func(x *agreement) { x.Amount = pointer[int64](-5) }, []string{"/amount out-of-range"}},
		"too much":            {"an amount has an end", func(x *agreement) { x.Amount = pointer[int64](1 << 62) }, []string{"/amount out-of-range"}},
		"instalment too much": {"the sum cannot run over", func(x *agreement) { x.Instalments[0].Amount = 1 << 62 }, []string{"/instalments/0/amount out-of-range", "/instalments does-not-add-up"}},
		"no instalments":      {"what, by when", func(x *agreement) { x.Instalments = nil }, []string{"/instalments out-of-range"}},
		"241 instalments":     {"a list has an end", func(x *agreement) { x.Instalments = make([]mediation.Obligation, 241) }, []string{"/instalments out-of-range"}},
		"no due date":         {"each has its day", func(x *agreement) { x.Instalments[0].Due = "" }, []string{"/instalments/0/due required"}},
		"no such date":        {"a day is a day", func(x *agreement) { x.Instalments[0].Due = "2026-13-01" }, []string{"/instalments/0/due invalid-date"}},
		"due before":          {"nothing is due before it is agreed", func(x *agreement) { x.Instalments[0].Due = "2026-11-22" }, []string{"/instalments/0/due too-early"}},
		"an act for money":    {"paying is an item of its own", func(x *agreement) { x.Instalments[2].Amount = 1 }, []string{"/instalments/2/amount not-expected"}},
		"an act unnamed":      {"an act says what is done", func(x *agreement) { x.Instalments[2].What = "" }, []string{"/instalments/2/what required"}},
		"no kind":             {"paying or doing", func(x *agreement) { x.Instalments[2].Kind = "" }, []string{"/instalments/2/kind required"}},
		"owed by nobody":      {"money has a payer", func(x *agreement) { x.Instalments[0].From = "" }, []string{"/instalments/0/from required"}},
		"owed to nobody":      {"and somebody who is paid", func(x *agreement) { x.Instalments[1].To = "" }, []string{"/instalments/1/to required"}},
		"owed to oneself":     {"nobody pays themselves", func(x *agreement) { x.Instalments[0].To = x.Instalments[0].From }, []string{"/instalments/0/to same-party"}},
		"an act for oneself": {"nor does anything for themselves", func(x *agreement) {
			x.Instalments[2].From, x.Instalments[2].To = x.Instalments[0].From, x.Instalments[0].From
		}, []string{"/instalments/2/to same-party"}},
		"owed by a stranger": {"parties are those of the case", func(x *agreement) { x.Instalments[0].From = "x" }, []string{"/instalments/0/from unknown-party"}},
		"a matter twice":     {"each counts once", func(x *agreement) { x.Matters = []mediation.Matter{"money", "money"} }, []string{"/matters/1 duplicate"}},
		"an unknown matter":  {"the list is closed", func(x *agreement) { x.Matters = []mediation.Matter{"love"} }, []string{"/matters/0 unknown-code"}},
		"all matters twice":  {"a list has an end", func(x *agreement) { x.Matters = make([]mediation.Matter, 20) }, []string{"/matters too-many"}},
	})
	after, entry, err := c.Agree(sound(), a)
	if err != nil || after.Agreement.Copies != 3 || after.Agreement.Meeting != 1 || !after.Open() || entry.Changes[0].Field != "/agreement" {
		t.Fatalf("%v %+v", err, after.Agreement)
	}
}

// L29: the agreement takes effect when all have signed, the mediator too, and the seal is on it.
func TestAgreement_bindsFromTheLastSignature(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, 96*time.Hour)
	for name, tc := range map[string]struct {
		reason string
		change func(x *mediation.WrittenAgreement)
	}{
		"a party":       {"one came two days later", func(x *mediation.WrittenAgreement) { x.Signatures[1].On = day(a.At, -2) }},
		"the mediator":  {"the mediator came back", func(x *mediation.WrittenAgreement) { x.MediatorSigned.On = day(a.At, -2) }},
		"the committee": {"the seal was in town", func(x *mediation.WrittenAgreement) { x.SealedOn = day(a.At, -2) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			x := written(c, later(c, minutes(1)))
			tc.change(&x)
			after, _, err := c.Agree(x, a)
			if err != nil || after.Agreement.EffectiveOn != day(a.At, -2) {
				t.Errorf("%v, in effect on %s", err, after.Agreement.EffectiveOn)
			}
		})
	}
}

// 电子签名法 art. 3: marriage, adoption, succession and the like are signed by hand.
func TestAgreement_electronicSignature(t *testing.T) {
	cases := map[string]struct {
		reason   string
		disputed mediation.DisputeType
		matters  []mediation.Matter
		excluded bool
	}{
		"neighbours":        {"nothing personal", "02", []mediation.Matter{"act"}, false},
		"nothing said":      {"the type decides", "04", nil, false},
		"family":            {"the type covers marriage, adoption and succession", "01", []mediation.Matter{"money"}, true},
		"a house inherited": {"a matter decides where the type does not", "03", []mediation.Matter{"succession"}, true},
		"water cut off":     {"public utilities", "17", []mediation.Matter{"utility-supply"}, true},
		"a child adopted":   {"personal status", "18", []mediation.Matter{"other", "parentage-adoption"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c := in(t, mediation.StateMediating)
			c.Type = tc.disputed
			a := later(c, minutes(1))
			x := written(c, a)
			x.Matters = tc.matters
			x.Signatures[1].Means, x.MediatorSigned.Means = mediation.SignatureElectronic, mediation.SignatureElectronic
			_, _, err := c.Agree(x, a)
			if tc.excluded {
				sameProblems(t, err, "/signatures/1/means electronic-signature-excluded", "/mediatorSigned/means electronic-signature-excluded")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("a type is not corrected into an excluded one", func(t *testing.T) {
		c := in(t, mediation.StateMediating)
		a := later(c, minutes(1))
		x := written(c, a)
		x.Signatures[0].Means = mediation.SignatureElectronic
		after, _, err := c.Agree(x, a)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = after.Correct(mediation.Correction{Type: pointer(mediation.DisputeFamily)}, later(after, minutes(1)))
		sameProblems(t, err, "/type electronic-signature-excluded")
	})
}

func TestCase_Agree_afterAMeetingThatAgreed(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	a := later(c, minutes(1))
	meeting := plain().meeting(c, a)
	meeting.Result = mediation.MeetingNotAgreed
	c, _, err := c.Mediate(meeting, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []mediation.Verb{"agree", "agree-orally"} {
		_, err := plain().do(c, verb, later(c, minutes(1)))
		wantCode(t, err, mediation.Conflict, "case-incomplete")
		sameProblems(t, err, "/meetings no-agreement-yet")
	}
}

func TestCase_AgreeOrally(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.OralAgreement { return oral(a) }
	do := func(x mediation.OralAgreement) error { _, _, err := c.AgreeOrally(x, a); return err }
	refusing(t, "invalid-agreement", sound, do, map[string]spoiled[mediation.OralAgreement]{
		"no terms":  {"L30: its content is recorded", func(x *mediation.OralAgreement) { x.Terms = "" }, []string{"/terms required"}},
		"no day":    {"it binds from its day", func(x *mediation.OralAgreement) { x.AgreedOn = "" }, []string{"/agreedOn required"}},
		"yesterday": {"not before the meeting", func(x *mediation.OralAgreement) { x.AgreedOn = day(a.At, -1) }, []string{"/agreedOn before-meeting"}},
		"tomorrow":  {"it is recorded when it is agreed", func(x *mediation.OralAgreement) { x.AgreedOn = day(a.At, 1) }, []string{"/agreedOn in-the-future"}},
		"no duties": {"what, by when", func(x *mediation.OralAgreement) { x.Instalments = nil }, []string{"/instalments out-of-range"}},
	})
}

func TestCase_Correct_keepsWhatWasAgreed(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	fewer := append(slices.Clone(c.Parties), mediation.Party{Side: "respondent", Kind: "person", Name: "王五"})
	_, _, err := c.Correct(mediation.Correction{Parties: &fewer}, later(c, minutes(1)))
	sameProblems(t, err, "/parties party-in-agreement")
	renamed := slices.Clone(c.Parties)
	renamed[0].Name = "张叁"
	if _, _, err := c.Correct(mediation.Correction{Parties: &renamed}, later(c, minutes(1))); err != nil {
		t.Errorf("a name can be put right: %v", err)
	}
}

func TestCase_Perform(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	a := later(c, minutes(1))
	today := mediation.LegalDay(a.At)
	sound := func() mediation.Payment {
		return mediation.Payment{Instalment: 1, Amount: 100_000, On: today, Voucher: "转账回单"}
	}
	do := func(x mediation.Payment) error { _, _, err := c.Perform(x, a); return err }
	refusing(t, "invalid-performance", sound, do, map[string]spoiled[mediation.Payment]{
		"a part":             {"money may come in parts", func(x *mediation.Payment) { x.Amount = 1 }, nil},
		"nothing":            {"a payment is something", func(x *mediation.Payment) { x.Amount = 0 }, []string{"/amount out-of-range"}},
		"more than is left":  {"nobody pays more than is owed", func(x *mediation.Payment) { x.Amount = 100_001 }, []string{"/amount out-of-range"}},
		"no such instalment": {"it is one of the agreement", func(x *mediation.Payment) { x.Instalment = 9 }, []string{"/instalment unknown-number"}},
		"an act":             {"doing needs no money", func(x *mediation.Payment) { x.Instalment, x.Amount = 3, 0 }, nil},
		"an act for money":   {"doing needs no money", func(x *mediation.Payment) { x.Instalment, x.Amount = 3, 5 }, []string{"/amount not-expected"}},
		"tomorrow":           {"what has not been cannot be recorded", func(x *mediation.Payment) { x.On = day(a.At, 1) }, []string{"/on in-the-future"}},
		"before the meeting": {"nothing is performed before it is agreed", func(x *mediation.Payment) { x.On = day(a.At, -1) }, []string{"/on before-agreement"}},
		"no voucher":         {"L31: performance is proven", func(x *mediation.Payment) { x.Voucher = "" }, []string{"/voucher required"}},
	})
}

func TestCase_Performance(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	if in(t, mediation.StateMediating).Performance() != mediation.PerformanceNone || c.Performance() != mediation.PerformanceDue {
		t.Error("nothing agreed, nothing due; agreed, all due")
	}
	a := later(c, minutes(1))
	today := mediation.LegalDay(a.At)
	part, _, err := c.Perform(mediation.Payment{Instalment: 1, Amount: 1, On: today, Voucher: "收条"}, a)
	if err != nil || part.Performance() != mediation.PerformancePartly || part.Agreement.Instalments[0].DoneOn != "" {
		t.Fatalf("%v %s", err, part.Performance())
	}
	broken, _, err := part.Breach(mediation.Breach{Instalment: 1, Note: "未付", RoadsTold: true}, later(part, 48*time.Hour))
	if err != nil || broken.Performance() != mediation.PerformanceBreached {
		t.Fatalf("%v %s", err, broken.Performance())
	}
	whole := then(t, broken, mediation.VerbPerform, mediation.VerbPerform, mediation.VerbPerform)
	if whole.Performance() != mediation.PerformancePerformed || whole.Agreement.Instalments[0].BreachedOn == "" {
		t.Errorf("what was late and is done is done, and was late: %s", whole.Performance())
	}
	_, err = plain().do(whole, mediation.VerbUrge, later(whole, minutes(1)))
	sameProblems(t, err, "/agreement/instalments nothing-due")
}

func TestCase_Breach(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	t.Run("nothing is overdue on its own day", func(t *testing.T) {
		_, err := plain().do(c, mediation.VerbBreach, later(c, minutes(1)))
		sameProblems(t, err, "/agreement/instalments nothing-overdue")
	})
	a := later(c, 72*time.Hour)
	sound := func() mediation.Breach {
		return mediation.Breach{Instalment: 1, Note: "多次催促未付", RoadsTold: true}
	}
	do := func(x mediation.Breach) error { _, _, err := c.Breach(x, a); return err }
	refusing(t, "invalid-breach", sound, do, map[string]spoiled[mediation.Breach]{
		"not due yet":    {"its day has not come", func(x *mediation.Breach) { x.Instalment = 2 }, []string{"/instalment not-overdue"}},
		"no such":        {"it is one of the agreement", func(x *mediation.Breach) { x.Instalment = 0 }, []string{"/instalment unknown-number"}},
		"roads not told": {"L32, L33: they may sue or enforce", func(x *mediation.Breach) { x.RoadsTold = false }, []string{"/roadsTold roads-not-told"}},
		"wordless":       {"what happened is said", func(x *mediation.Breach) { x.Note = "" }, []string{"/note required"}},
	})
	broken, _, err := c.Breach(sound(), later(c, 30*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = broken.Breach(sound(), later(broken, minutes(1)))
	sameProblems(t, err, "/instalment already-breached")
}

func TestCase_Urge(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	sound := func() mediation.Urging {
		return mediation.Urging{Instalment: 2, Means: "电话", Note: "答应月底付"}
	}
	do := func(x mediation.Urging) error { _, _, err := c.Urge(x, later(c, minutes(1))); return err }
	refusing(t, "invalid-urging", sound, do, map[string]spoiled[mediation.Urging]{
		"no such":   {"it is one of the agreement", func(x *mediation.Urging) { x.Instalment = 7 }, []string{"/instalment unknown-number"}},
		"no means":  {"how they were reached", func(x *mediation.Urging) { x.Means = "" }, []string{"/means required"}},
		"two lines": {"a means is a word", func(x *mediation.Urging) { x.Means = "电\n话" }, []string{"/means control-character"}},
	})
}

func TestCase_ApplyConfirmation(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	a := later(c, 24*time.Hour)
	last := day(c.UpdatedAt, 30)
	sound := func() mediation.ConfirmationApplication {
		return mediation.ConfirmationApplication{Court: "惠民县人民法院", Applicants: everybody(c), AppliedOn: mediation.LegalDay(a.At)}
	}
	type application = mediation.ConfirmationApplication
	do := func(x application) error { _, _, err := c.ApplyConfirmation(x, last, a); return err }
	refusing(t, "invalid-confirmation", sound, do, map[string]spoiled[application]{
		"one alone":     {"L33: both parties jointly", func(x *application) { x.Applicants = x.Applicants[:1] }, []string{"/applicants every-party-required"}},
		"no court":      {"a court decides", func(x *application) { x.Court = "" }, []string{"/court required"}},
		"before effect": {"only what binds can be confirmed", func(x *application) { x.AppliedOn = day(c.UpdatedAt, -1) }, []string{"/appliedOn before-effect"}},
		"tomorrow":      {"what has not been cannot be recorded", func(x *application) { x.AppliedOn = day(a.At, 1) }, []string{"/appliedOn in-the-future"}},
	})
	t.Run("on the last day, and a day later", func(t *testing.T) {
		a := later(c, 60*24*time.Hour)
		x := sound()
		x.AppliedOn = last
		if _, _, err := c.ApplyConfirmation(x, last, a); err != nil {
			t.Error(err)
		}
		x.AppliedOn = day(c.UpdatedAt, 31)
		_, _, err := c.ApplyConfirmation(x, last, a)
		sameProblems(t, err, "/appliedOn too-late")
	})
}

func TestCase_ApplyConfirmation_whatACourtConfirms(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(c *mediation.Case)
		want   string
	}{
		"money":          {"the usual", func(*mediation.Case) {}, ""},
		"oral":           {"a court needs the paper", func(c *mediation.Case) { c.Agreement.Form = mediation.AgreementOral }, "/agreement/form written-agreement-required"},
		"marriage":       {"personal status", func(c *mediation.Case) { c.Agreement.Matters = []mediation.Matter{"marriage"} }, "/agreement/matters not-confirmable"},
		"title":          {"title to property", func(c *mediation.Case) { c.Agreement.Matters = []mediation.Matter{"money", "property-title"} }, "/agreement/matters not-confirmable"},
		"succession":     {"property among heirs can be confirmed", func(c *mediation.Case) { c.Agreement.Matters = []mediation.Matter{"succession"} }, ""},
		"waiting":        {"once", func(c *mediation.Case) { c.Confirmation = &mediation.Confirmation{} }, "/confirmation already-applied"},
		"rejected":       {"a rejection is final here", func(c *mediation.Case) { c.Confirmation = &mediation.Confirmation{Outcome: "rejected"} }, "/confirmation already-applied"},
		"at wrong court": {"what was not accepted can be tried again", func(c *mediation.Case) { c.Confirmation = &mediation.Confirmation{Outcome: "not-accepted"} }, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c := in(t, mediation.StateAgreed)
			tc.change(&c)
			_, err := plain().do(c, mediation.VerbApplyConfirmation, later(c, minutes(1)))
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantCode(t, err, mediation.Conflict, "case-incomplete")
			sameProblems(t, err, tc.want)
		})
	}
}

func TestCase_DecideConfirmation(t *testing.T) {
	c := then(t, in(t, mediation.StateAgreed), mediation.VerbApplyConfirmation)
	a := later(c, 24*time.Hour)
	sound := func() mediation.ConfirmationDecision { return plain().decision(mediation.LegalDay(a.At)) }
	type decision = mediation.ConfirmationDecision
	do := func(x decision) error { _, _, err := c.DecideConfirmation(x, a); return err }
	refusing(t, "invalid-confirmation", sound, do, map[string]spoiled[decision]{
		"no outcome":        {"the court did something", func(x *decision) { x.Outcome = "" }, []string{"/outcome required"}},
		"confirmed, but":    {"nothing stands against what is confirmed", func(x *decision) { x.Reason = "unclear" }, []string{"/reason not-expected"}},
		"rejected, why":     {"a rejection has a reason", func(x *decision) { x.Outcome = "rejected" }, []string{"/reason required"}},
		"wrong list":        {"each outcome has its reasons", func(x *decision) { x.Outcome, x.Reason = "rejected", "title" }, []string{"/reason unknown-code"}},
		"no number":         {"a ruling has a number", func(x *decision) { x.CourtNumber = "" }, []string{"/courtNumber invalid-court-number"}},
		"not a number":      {"as it is printed", func(x *decision) { x.CourtNumber = "123" }, []string{"/courtNumber invalid-court-number"}},
		"an older form":     {"调确字第 stands on older rulings", func(x *decision) { x.CourtNumber = "(2015)惠调确字第12号" }, nil},
		"before it was due": {"not before the application", func(x *decision) { x.DecidedOn = day(c.UpdatedAt, -1) }, []string{"/decidedOn before-application"}},
		"not accepted": {"nothing was ruled, so there is no number", func(x *decision) {
			x.Outcome, x.Reason, x.CourtNumber = "not-accepted", "identity-relations", ""
		}, nil},
	})
	if c.ConfirmationState() != mediation.ConfirmationApplied || in(t, mediation.StateAgreed).ConfirmationState() != mediation.ConfirmationNone {
		t.Error("none, then applied")
	}
	for i, want := range []mediation.ConfirmationState{mediation.ConfirmationConfirmed, mediation.ConfirmationRejected, mediation.ConfirmationRejected} {
		decided, _, err := c.DecideConfirmation(clerk{pick: func(int) int { return i }}.decision(mediation.LegalDay(a.At)), a)
		if err != nil || decided.ConfirmationState() != want {
			t.Errorf("%v %s, want %s", err, decided.ConfirmationState(), want)
		}
	}
}

// Agreeing wants signatures, and signing wants a paper: the draft says what the agreement will say, held to the same rules.
func TestCase_DraftAgreement(t *testing.T) {
	c := in(t, mediation.StateMediating)
	sound := func() mediation.WrittenAgreement {
		w := written(c, later(c, minutes(1)))
		w.Signatures, w.MediatorSigned, w.SealedOn = nil, mediation.Signature{}, ""
		return w
	}
	do := func(x mediation.WrittenAgreement) error { _, _, err := c.DraftAgreement(x); return err }
	type agreement = mediation.WrittenAgreement
	refusing(t, "invalid-agreement", sound, do, map[string]spoiled[agreement]{
		"unsigned":        {"it is printed to be signed", func(*agreement) {}, nil},
		"without content": {"L29 holds for the paper", func(x *agreement) { x.Facts, x.Terms = "", "" }, []string{"/facts required", "/terms required"}},
		"does not add up": {"the instalments are the amount", func(x *agreement) { x.Instalments[1].Amount++ }, []string{"/instalments does-not-add-up"}},
		"too few copies":  {"each party and the committee has one", func(x *agreement) { x.Copies = 2 }, []string{"/copies wrong-copies"}},
	})
	document, shown, err := c.DraftAgreement(sound())
	if err != nil || !document.Draft || document.ZH != "人民调解协议书（草稿）" || shown.Agreement == nil || shown.Agreement.SealedOn != "" || c.Agreement != nil {
		t.Fatalf("%v %+v", err, document)
	}
	_, _, err = in(t, mediation.StateAgreed).DraftAgreement(sound())
	wantCode(t, err, mediation.Conflict, "agreement-recorded")
	_, _, err = in(t, mediation.StateAssigned).DraftAgreement(sound())
	wantCode(t, err, mediation.Conflict, "document-incomplete")
}
