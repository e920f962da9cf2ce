package mediation_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestMask(t *testing.T) {
	cases := []struct {
		reason string
		mask   func(string) string
		given  string
		want   string
	}{
		{"two characters", mediation.MaskName, "张三", "张*"},
		{"the length does not show", mediation.MaskName, "欧阳小明", "欧*"},
		{"a character beyond the basic plane is one character", mediation.MaskName, "𠮷野", "𠮷*"},
		{"one character shows no more than any", mediation.MaskName, "张", "张*"},
		{"nothing", mediation.MaskName, "", "*"},
		{"a company keeps its end", mediation.MaskOrganisation, "惠民县示例建筑有限公司", "惠**公司"},
		{"a shop named after its owner", mediation.MaskOrganisation, "张三小吃店", "张*"},
		{"a longer one too", mediation.MaskOrganisation, "张三的百货商店", "张**商店"},
		{"resident id", mediation.MaskIdentity, "371602188506150426", "371602********0426"},
		{"passport", mediation.MaskIdentity, "E12345678", "E1*****78"},
		{"short number", mediation.MaskIdentity, "12345", "*****"},
		{"no number", mediation.MaskIdentity, "", ""},
		{"mobile phone", mediation.MaskPhone, "13812341234", "138****1234"},
		{"landline", mediation.MaskPhone, "5321234", "*****34"},
		{"emergency", mediation.MaskPhone, "110", "***"},
		{"no phone", mediation.MaskPhone, "", ""},
		{"down to the village", mediation.MaskAddress, "石庙镇归化街村12号", "石庙镇归化街村*"},
		{"down to the community", mediation.MaskAddress, "孙武街道鼓楼社区3号楼201", "孙武街道鼓楼社区*"},
		{"no village named", mediation.MaskAddress, "惠民县环城南路8号", "惠民县*"},
		{"nothing that is known", mediation.MaskAddress, "Baker Street 221b", "*"},
		{"no address", mediation.MaskAddress, "", ""},
	}
	for _, tc := range cases {
		t.Run(tc.reason, func(t *testing.T) {
			if got := tc.mask(tc.given); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestMask_neverShowsTheWhole(t *testing.T) {
	masks := map[string]func(string) string{
		"name": mediation.MaskName, "organisation": mediation.MaskOrganisation, "identity": mediation.MaskIdentity,
		"phone": mediation.MaskPhone, "address": mediation.MaskAddress,
	}
	rapid.Check(t, func(t *rapid.T) {
		given := strings.TrimSpace(rapid.StringN(2, 40, -1).Draw(t, "given"))
		if utf8.RuneCountInString(given) < 2 || strings.Contains(given, "*") {
			return
		}
		for name, mask := range masks {
			if got := mask(given); strings.Contains(got, given) || !strings.Contains(got, "*") || !utf8.ValidString(got) {
				t.Fatalf("%s shows %q as %q", name, given, got)
			}
		}
	})
}

func TestCase_Masked(t *testing.T) {
	c := filed(t)
	shown := c.Masked(mediation.MaskPeople)
	for _, secret := range []string{"张三", "371602188506150426", "13800001234", "12号", "李四", "示例建筑"} {
		for _, p := range shown.Parties {
			if strings.Contains(p.Name+p.IdentityNumber+p.Phone+p.Address+p.LegalRepresentative, secret) {
				t.Errorf("%s is shown", secret)
			}
		}
	}
	if c.Parties[0].Name != "张三" {
		t.Error("the receiver was changed")
	}
	names := c.MaskedParties()
	if len(names) != 2 || names[0] != "张*" || names[1] != "惠**公司" {
		t.Errorf("the index holds %v", names)
	}
}

// What was said stays; who said it does not, unless it is a mediator.
func TestCase_Masked_atWork(t *testing.T) {
	c := in(t, mediation.StateInvestigating)
	c = then(t, c, mediation.VerbConvene, mediation.VerbMediate, mediation.VerbAgree)
	c.Agreement.Signatures[0].Agent, c.Meetings[0].Invited = "赵律师", "邻居刘某"
	shown := c.Masked(mediation.MaskPeople)
	attendees := shown.Meetings[len(shown.Meetings)-1].Attendees
	if attendees[0].Name != "张*" || attendees[1].Name != "李调解员" || shown.Meetings[0].Invited != "*" {
		t.Errorf("%+v", shown.Meetings)
	}
	if shown.Investigations[0].Participants != "*" || shown.Investigations[0].Findings == "*" || shown.Agreement.Signatures[0].Agent != "赵*" || shown.Agreement.Terms == "*" {
		t.Errorf("%+v %+v", shown.Investigations, shown.Agreement)
	}
	if c.Agreement.Signatures[0].Agent != "赵律师" || c.Meetings[len(c.Meetings)-1].Attendees[0].Name != "张三" || c.Investigations[0].Participants == "*" {
		t.Error("the receiver was changed")
	}
	d, err := plain().do(in(t, mediation.StateAssigned), mediation.VerbMediate, act())
	if err != nil || d.entry.Masked(mediation.MaskPeople).Changes[0].After != "*" {
		t.Errorf("a journal's record of a meeting names people: %v %+v", err, d.entry.Masked(mediation.MaskPeople).Changes)
	}
}

func TestEntry_Masked(t *testing.T) {
	c := filed(t)
	parties := append([]mediation.Party(nil), c.Parties...)
	parties[0].Phone = "13900004321"
	_, entry, err := c.Correct(mediation.Correction{Parties: &parties, Title: pointer("新")}, act())
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range entry.Masked(mediation.MaskPeople).Changes {
		if strings.HasPrefix(change.Field, "/parties") && (change.Before != "*" || change.After != "*") {
			t.Errorf("%+v shows a phone number", change)
		}
		if change.Field == "/title" && change.After != "新" {
			t.Error("a title is not hidden")
		}
	}
	if entry.Changes[1].After != "13900004321" {
		t.Errorf("the receiver was changed: %+v", entry.Changes)
	}
}
