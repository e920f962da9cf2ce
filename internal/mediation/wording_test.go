package mediation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// saying finds in a refusal what it says about a pointer, in both languages.
func saying(err error, pointer, code string) string {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return ""
	}
	var said strings.Builder
	for _, field := range refusal.Fields {
		if field.Pointer == pointer && field.Code == code {
			said.WriteString(field.Message + "\n" + field.MessageZH + "\n")
		}
	}
	return said.String()
}

// A refusal says what would be taken: the limit, the list, the party that is missing.
func TestRefusals_sayWhatWouldBeTaken(t *testing.T) {
	mediating, agreed := in(t, mediation.StateMediating), in(t, mediation.StateAgreed)
	a := later(mediating, minutes(1))
	unsigned := written(mediating, a)
	unsigned.Signatures = unsigned.Signatures[1:]
	large := written(mediating, a)
	large.Instalments[0].Amount = mediation.MaximumAmount + 1
	act := later(agreed, minutes(1))
	first := mediating.Parties[0]

	_, _, paid := agreed.Perform(mediation.Payment{Instalment: 1, Amount: 100_001, On: mediation.LegalDay(act.At), Voucher: "回单"}, act)
	_, _, signed := mediating.Agree(unsigned, a)
	_, _, huge := mediating.Agree(large, a)
	_, _, waiting := mediating.Suspend(mediation.Suspension{Reason: "appraisal", Until: day(a.At, 30), Consents: everybody(mediating)[1:]}, a)
	sent := then(t, in(t, mediation.StateFailed), mediation.VerbRefer)
	_, _, back := sent.ReportReferral(mediation.ReferralReport{Number: 1, Outcome: "granting", OutcomeOn: mediation.LegalDay(later(sent, minutes(1)).At)}, later(sent, minutes(1)))

	outcomes := sent.Referrals[0].Route.Outcomes()
	cases := map[string]struct {
		reason, said string
		words        []string
	}{
		"too much is paid":    {"the clerk sees how much is left", saying(paid, "/amount", "out-of-range"), []string{": 100000 fen", "即 100000 分"}},
		"a large instalment":  {"it has an upper bound too", saying(huge, "/instalments/0/amount", "out-of-range"), []string{"to 1000000000000000", "到 1000000000000000"}},
		"a party's signature": {"people know names, programs ids", saying(signed, "/signatures", "signature-missing"), []string{"Party " + first.Name + " (" + string(first.ID), "当事人 " + first.Name}},
		"a party's consent":   {"people know names, programs ids", saying(waiting, "/consents", "every-party-required"), []string{first.Name + " (" + string(first.ID) + ") is missing", "缺少当事人 " + first.Name}},
		"an unknown outcome":  {"the list has a name, and few of it fit", saying(back, "/outcome", "unknown-code"), []string{"referral-outcomes", outcomes[0].Code, outcomes[0].ZH}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, word := range c.words {
				if !strings.Contains(c.said, word) {
					t.Errorf("%s: %q lacks %q", c.reason, c.said, word)
				}
			}
		})
	}
}

// The names of parties stand in refusals of commands that only those give who see the parties as they are.
func TestRefusals_nameNobodyToStrangers(t *testing.T) {
	seeing := mediation.ActionCaseReveal.Roles()
	for _, action := range []mediation.Action{
		mediation.ActionCaseAgree, mediation.ActionCaseSuspend, mediation.ActionCaseExtend, mediation.ActionCaseApplyConfirmation,
	} {
		for _, role := range action.Roles() {
			if !slices.Contains(seeing, role) {
				t.Errorf("%s may %s, and does not see the parties", role, action)
			}
		}
	}
}
