package mediation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const invalidShape = "/parties/0/identityNumber invalid-identity-number"

func TestFiling_Checked_identity(t *testing.T) {
	const person, organisation = mediation.PartyPerson, mediation.PartyOrganisation
	cases := []struct {
		reason string
		kind   mediation.PartyKind
		paper  mediation.IdentityType
		number string
		stored string // "" : as given
		want   string // "" : sound
	}{
		{"an impossible person of an unassigned province", person, "resident-id", "990101188001010015", "", ""},
		{"check character X", person, "resident-id", "99010118800101004X", "", ""},
		{"a birthday in 1885", person, "resident-id", "371602188506150426", "", ""},
		{"small x is X", person, "resident-id", "37162118801231002x", "37162118801231002X", ""},
		{"blanks around it", person, "resident-id", " 990103199901010017\t", "990103199901010017", ""},
		{"last digit one off", person, "resident-id", "990101188001010016", "", "/parties/0/identityNumber identity-check-failed"},
		{"X where a digit belongs", person, "resident-id", "99010318990101001X", "", "/parties/0/identityNumber identity-check-failed"},
		{"a neighbour digit swapped", person, "resident-id", "990101188001100015", "", "/parties/0/identityNumber identity-check-failed"},
		{"30 February", person, "resident-id", "990101199902300017", "", "/parties/0/identityNumber invalid-identity-birthday"},
		{"month 13", person, "resident-id", "990101199913010017", "", "/parties/0/identityNumber invalid-identity-birthday"},
		{"29 February of a common year", person, "resident-id", "990101190002290017", "", "/parties/0/identityNumber invalid-identity-birthday"},
		{"born next year", person, "resident-id", "990101202701010017", "", "/parties/0/identityNumber identity-birthday-in-the-future"},
		{"born in 1666", person, "resident-id", "990101166601010017", "", "/parties/0/identityNumber invalid-identity-birthday"},
		{"17 characters", person, "resident-id", "99010118800101001", "", invalidShape},
		{"19 characters", person, "resident-id", "9901011880010100155", "", invalidShape},
		{"X in the middle", person, "resident-id", "9901011880010X0015", "", invalidShape},
		{"no province begins with 0", person, "resident-id", "090101188001010015", "", invalidShape},
		{"full-width digits", person, "resident-id", "\uff11\uff11\uff10\uff11\uff10\uff11", "", invalidShape},
		{"15 digits from before 1999 become 18", person, "resident-id", "990103990101001", "990103199901010017", ""},
		{"15 digits with no real day", person, "resident-id", "990103990231001", "", "/parties/0/identityNumber invalid-identity-birthday"},
		{"a company", organisation, "uscc", "91990101MA0TEQT13N", "", ""},
		{"a public institution", organisation, "uscc", "12990102TEQT0A02XC", "", ""},
		{"a social group", organisation, "uscc", "529901030B3C4D5E0N", "", ""},
		{"inner check X", organisation, "uscc", "93990104MA0T0002X0", "", ""},
		{"small letters are read", organisation, "uscc", "91990101ma0teqt13n", "91990101MA0TEQT13N", ""},
		{"outer check one off", organisation, "uscc", "91990101MA0TEQT13M", "", "/parties/0/identityNumber uscc-check-failed"},
		{"a letter that the alphabet leaves out", organisation, "uscc", "91990101MA0TEQI13N", "", "/parties/0/identityNumber uscc-check-failed"},
		{"17 characters", organisation, "uscc", "91990101MA0TEQT13", "", invalidShape},
		{"letters in the place", organisation, "uscc", "91A90101MA0TEQT13N", "", invalidShape},
		{"passport", person, "passport", "e12345678", "E12345678", ""},
		{"passport with a slash", person, "passport", "E1234/5678", "", invalidShape},
		{"Hong Kong, 9 characters", person, "hk-macao-permit", "H12345678", "", ""},
		{"Macao, 11 characters", person, "hk-macao-permit", "M1234567801", "", ""},
		{"neither H nor M", person, "hk-macao-permit", "T12345678", "", invalidShape},
		{"Taiwan, 8 digits", person, "taiwan-permit", "12345678", "", ""},
		{"Taiwan, letters", person, "taiwan-permit", "TW345678", "", invalidShape},
		{"foreigner's card before 2023", person, "foreign-permanent-id", "USA110074100114", "", ""},
		{"foreigner's card since 2023 is checked like a resident's", person, "foreign-permanent-id", "990103199901010017", "", ""},
		{"foreigner's card since 2023, one off", person, "foreign-permanent-id", "990103199901010018", "", "/parties/0/identityNumber identity-check-failed"},
		{"paper without a number", person, "passport", "", "", "/parties/0/identityNumber required"},
		{"number without a paper", person, "", "E12345678", "", "/parties/0/identityType required"},
		{"number that stands on nothing", person, "none", "E12345678", "", "/parties/0/identityNumber not-expected"},
		{"nothing at all", person, "", "", "", ""},
		{"a paper nobody knows", person, "library-card", "1", "", "/parties/0/identityType unknown-code"},
		{"a person has no USCC", person, "uscc", "91990101MA0TEQT13N", "", "/parties/0/identityType wrong-kind-of-party"},
		{"a company has no passport", organisation, "passport", "E12345678", "", "/parties/0/identityType wrong-kind-of-party"},
	}
	for _, tc := range cases {
		t.Run(tc.reason, func(t *testing.T) {
			filing := boundary()
			filing.Parties[0] = mediation.Party{
				Side: mediation.SideApplicant, Kind: tc.kind, Name: "甲", IdentityType: tc.paper, IdentityNumber: tc.number,
			}
			got, err := filing.Checked(noon)
			if tc.want != "" {
				sameProblems(t, err, tc.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			stored := tc.stored
			if stored == "" {
				stored = tc.number
			}
			if got.Parties[0].IdentityNumber != stored {
				t.Errorf("stored %q, want %q", got.Parties[0].IdentityNumber, stored)
			}
		})
	}
}

// Real codes exist that fail GB 32100: a person who has seen the licence overrides, and everybody sees the warning.
func TestFiling_Checked_override(t *testing.T) {
	cases := map[string]struct {
		reason, paper, number string
		want                  []string
		warned                bool
	}{
		"USCC that fails its check": {"it is printed so on the licence", "uscc", "91990101MA0TEQT13M", nil, true},
		"USCC of another form":      {"a licence never has 17 characters", "uscc", "91990101MA0TEQT13", []string{"/parties/1/identityNumber invalid-identity-number"}, false},
		"USCC that is sound":        {"an override that is not needed does no harm", "uscc", "91990101MA0TEQT13N", nil, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			filing := boundary()
			p := &filing.Parties[1]
			p.IdentityType, p.IdentityNumber, p.IdentityOverride = mediation.IdentityType(tc.paper), tc.number, "与营业执照原件核对一致"
			c, _, err := mediation.File(filing, register(), act())
			sameProblems(t, err, tc.want...)
			if warned := len(c.WithWarnings().Warnings) > 0; warned != tc.warned {
				t.Errorf("warned: %v, want %v", warned, tc.warned)
			}
		})
	}
	t.Run("a resident id is never overridden", func(t *testing.T) {
		filing := boundary()
		filing.Parties[0].IdentityNumber = "371602188506150427"
		filing.Parties[0].IdentityOverride = "户口本如此"
		_, err := filing.Checked(noon)
		sameProblems(t, err, "/parties/0/identityNumber identity-check-failed")
	})
}

// Papers print the sex that the number tells, where nobody wrote one down.
func TestParty_KnownSex(t *testing.T) {
	for reason, tc := range map[string]struct {
		party mediation.Party
		want  mediation.Sex
	}{
		"digit 17 is even":       {mediation.Party{IdentityType: "resident-id", IdentityNumber: "371602188506150426"}, mediation.SexFemale},
		"digit 17 is odd":        {mediation.Party{IdentityType: "resident-id", IdentityNumber: "990101188001010015"}, mediation.SexMale},
		"a masked number":        {mediation.Party{IdentityType: "resident-id", IdentityNumber: "371602********0426"}, ""},
		"a passport tells none":  {mediation.Party{IdentityType: "passport", IdentityNumber: "E12345678"}, ""},
		"as it was written down": {mediation.Party{Sex: mediation.SexMale}, mediation.SexMale},
	} {
		if got := tc.party.KnownSex(); got != tc.want {
			t.Errorf("%s: %q, want %q", reason, got, tc.want)
		}
	}
}

func TestCase_WithWarnings(t *testing.T) {
	c := filed(t)
	if w := c.WithWarnings().Warnings; len(w) != 0 {
		t.Fatalf("the standard dispute has nothing to warn of: %v", w)
	}
	c.Parties[0].Sex = mediation.SexMale
	warnings := c.WithWarnings().Warnings
	if len(warnings) != 1 || warnings[0].Pointer != "/parties/0/sex" || warnings[0].Code != "sex-differs-from-identity" {
		t.Errorf("digit 17 is even, so the person is female: %v", warnings)
	}
	if c.Warnings != nil {
		t.Error("the receiver was changed")
	}
}

// residentCheck is the standard's example computed another way: the remainder table of GB 11643, column by column.
func residentCheck(body string) string {
	sum := 0
	for i, d := range body {
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(d-'0') * weight
	}
	return string("10X98765432"[sum%11])
}

func TestFiling_Checked_residentIDsOfAllDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 46_000).Draw(t, "day"))
		body := fmt.Sprintf("9901%02d%s%03d", rapid.IntRange(1, 99).Draw(t, "county"), day.Format("20060102"), rapid.IntRange(0, 999).Draw(t, "order"))
		number := body + residentCheck(body)
		filing := boundary()
		filing.Parties[0].IdentityNumber, filing.Parties[0].Sex = number, ""
		if _, err := filing.Checked(noon); err != nil {
			t.Fatalf("a sound number is refused: %v", err)
		}
		at := rapid.IntRange(14, 16).Draw(t, "changed digit")
		other := '0' + (number[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		filing.Parties[0].IdentityNumber = number[:at] + string(other) + number[at+1:]
		if _, err := filing.Checked(noon); err == nil {
			t.Fatal("a single wrong digit is always found by MOD 11-2")
		}
	})
}

func TestFiling_Checked_usccFindsEverySingleError(t *testing.T) {
	const sound = "91990101MA0TEQT13N"
	for i := range sound {
		for _, other := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
			changed := sound[:i] + string(other) + sound[i+1:]
			if changed == sound {
				continue
			}
			filing := boundary()
			filing.Parties[1].IdentityNumber = changed
			if _, err := filing.Checked(noon); err == nil {
				t.Errorf("%s with %c at %d passes", strings.ToLower(sound), other, i)
			}
		}
	}
}
