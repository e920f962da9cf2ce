package mediation_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// What somebody was shown and sends back never overwrites what is there.
func TestCase_Correct_keepsWhatWasMasked(t *testing.T) {
	c := filed(t)
	for _, mask := range []mediation.Mask{mediation.MaskNothing, mediation.MaskNumbers, mediation.MaskPeople} {
		shown := c.Masked(mask).Parties
		same, _, err := c.Correct(mediation.Correction{Parties: &shown}, act())
		if err != nil || same.Version != c.Version || !slices.Equal(same.Parties, c.Parties) {
			t.Errorf("behind mask %d: %v, version %d, %+v", mask, err, same.Version, same.Parties)
		}
	}
}

// One field may change while the others come back masked.
func TestCase_Correct_changesOneFieldAmongMasked(t *testing.T) {
	c := filed(t)
	shown := c.Masked(mediation.MaskNumbers).Parties
	shown[0].Phone = "13900004321"
	changed, entry, err := c.Correct(mediation.Correction{Parties: &shown}, act())
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(c.Parties)
	want[0].Phone = "13900004321"
	if !slices.Equal(changed.Parties, want) || len(entry.Changes) != 1 || entry.Changes[0].Field != "/parties/"+string(want[0].ID)+"/phone" {
		t.Errorf("%+v %+v", changed.Parties, entry.Changes)
	}
}

func TestCase_Correct_refusesForeignMasks(t *testing.T) {
	c := filed(t)
	first := func(change func(p *mediation.Party)) []mediation.Party {
		shown := c.Masked(mediation.MaskNumbers).Parties
		change(&shown[0])
		return shown
	}
	for name, tc := range map[string]struct {
		reason  string
		parties []mediation.Party
		want    []string
	}{
		"another's number": {
			"the last four are somebody else's", first(func(p *mediation.Party) { p.IdentityNumber = "371602********0427" }),
			[]string{"/parties/0/identityNumber identity-check-failed", "/parties/0/identityNumber masked-value"},
		},
		"another's phone":   {"of the second party", first(func(p *mediation.Party) { p.Phone = "139****4321" }), []string{"/parties/0/phone masked-value"}},
		"another's address": {"a village with a star", first(func(p *mediation.Party) { p.Address = "别村*" }), []string{"/parties/0/address masked-value"}},
		"another's name":    {"a name has no star", first(func(p *mediation.Party) { p.Name = "王*" }), []string{"/parties/0/name masked-value"}},
		"a reason":          {"of a party that has none", first(func(p *mediation.Party) { p.IdentityOverride = "*" }), []string{"/parties/0/identityOverride masked-value"}},
		"without the id": {
			"a new party cannot be told from the old one by stars", first(func(p *mediation.Party) { p.ID = "" }),
			[]string{"/parties/0/address masked-value", "/parties/0/identityNumber invalid-identity-number", "/parties/0/identityNumber masked-value", "/parties/0/phone masked-value"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			_, _, err := c.Correct(mediation.Correction{Parties: &tc.parties}, act())
			wantCode(t, err, mediation.Invalid, "invalid-case")
			got := problems(err)
			for _, want := range tc.want {
				if strings.HasSuffix(want, "masked-value") && !slices.Contains(got, want) {
					t.Errorf("%s is not among %v", want, got)
				}
			}
		})
	}
}

// Whatever a party's values are, their masked forms never overwrite them.
func TestCase_Correct_neverOverwrites(t *testing.T) {
	filing := boundary()
	rapid.Check(t, func(t *rapid.T) {
		given := filing
		given.Parties = slices.Clone(filing.Parties)
		given.Parties[0].Name = rapid.StringMatching(`[\p{Han}]{1,8}`).Draw(t, "name")
		given.Parties[0].Phone = rapid.StringMatching(`1[0-9]{2,14}(\*1)?`).Draw(t, "phone")
		given.Parties[0].Address = rapid.StringMatching(`[\p{Han}0-9县乡镇村]{0,20}`).Draw(t, "address")
		c, _, err := mediation.File(given, register(), act())
		if err != nil {
			t.Fatalf("%v", err)
		}
		for i := range c.Parties {
			c.Parties[i].ID = mediation.ID([]string{"p1", "p2"}[i])
		}
		shown := c.Masked(rapid.SampledFrom([]mediation.Mask{mediation.MaskNumbers, mediation.MaskPeople}).Draw(t, "mask")).Parties
		same, _, err := c.Correct(mediation.Correction{Parties: &shown}, act())
		if err != nil || !slices.Equal(same.Parties, c.Parties) {
			t.Fatalf("%v\n%+v\n%+v", err, same.Parties, c.Parties)
		}
	})
}

func TestFile_refusesMasks(t *testing.T) {
	filing := boundary()
	filing.Parties[0].Phone, filing.Parties[1].LegalRepresentative = "138****1234", "李*"
	_, _, err := mediation.File(filing, register(), act())
	sameProblems(t, err, "/parties/0/phone masked-value", "/parties/1/legalRepresentative masked-value")
	filing = boundary()
	filing.Parties[0].Phone = "0543*8812"
	if _, _, err := mediation.File(filing, register(), act()); err != nil {
		t.Errorf("a star that is dialled is no mask: %v", err)
	}
}

// Who sees what: the people of the case everything, those of the town names, readers neither, whoever is recused nothing.
func TestActor_MaskOf(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	host, _ := c.Host()
	as := func(issuer, subject string, roles ...mediation.Role) mediation.Actor {
		return mediation.Actor{Principal: mediation.Principal{Issuer: issuer, Subject: subject}, Unit: town, Roles: roles}
	}
	kept := c
	kept.Recusals = []mediation.Recusal{{Mediator: mediation.Mediator{Issuer: "https://id.example", Subject: "kin"}}}
	for name, tc := range map[string]struct {
		actor mediation.Actor
		c     mediation.Case
		want  mediation.Mask
	}{
		"the host":               {as(host.Issuer, host.Subject, mediation.RoleMediator), c, mediation.MaskNothing},
		"a director":             {as("https://id.example", "boss", mediation.RoleDirector), c, mediation.MaskNumbers},
		"a clerk":                {as("https://id.example", "desk", mediation.RoleClerk), c, mediation.MaskNumbers},
		"another mediator":       {as("https://id.example", "zhou", mediation.RoleMediator), c, mediation.MaskNumbers},
		"a reader":               {as("https://id.example", "eye", mediation.RoleReader), c, mediation.MaskPeople},
		"the county":             {as("https://id.example", "county", mediation.RoleCountyAdministrator), c, mediation.MaskPeople},
		"a grid worker":          {as("https://id.example", "grid", mediation.RoleGridWorker), c, mediation.MaskEverything},
		"nobody":                 {mediation.Actor{}, c, mediation.MaskEverything},
		"the recused":            {as("https://id.example", "kin", mediation.RoleMediator), kept, mediation.MaskEverything},
		"a recused director":     {as("https://id.example", "kin", mediation.RoleDirector), kept, mediation.MaskPeople},
		"a host without a role":  {as(host.Issuer, host.Subject), c, mediation.MaskEverything},
		"a host who only reads":  {as(host.Issuer, host.Subject, mediation.RoleReader), c, mediation.MaskPeople},
		"the same login, abroad": {as("https://elsewhere.example", host.Subject, mediation.RoleMediator), c, mediation.MaskNumbers},
	} {
		if got := tc.actor.MaskOf(tc.c); got != tc.want {
			t.Errorf("%s: mask %d, want %d", name, got, tc.want)
		}
	}
}

// A journal behind MaskNumbers names people and shows what was changed, but no number of theirs.
func TestEntry_Masked_numbers(t *testing.T) {
	c := filed(t)
	parties := []mediation.Party{c.Parties[0], {Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "赵六", Phone: "13511112222"}}
	parties[0].Phone, parties[0].Address = "13900004321", "石庙镇归化街村13号"
	_, entry, err := c.Correct(mediation.Correction{Parties: &parties}, act())
	if err != nil {
		t.Fatal(err)
	}
	shown := entry.Masked(mediation.MaskNumbers)
	text := ""
	for _, change := range shown.Changes {
		text += change.Field + " " + change.Before + " " + change.After + "\n"
	}
	for _, secret := range []string{"13900004321", "13800001234", "13号", "12号", "13511112222", "91990101MA0TEQT13N"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is shown:\n%s", secret, text)
		}
	}
	for _, seen := range []string{"139****4321", "135****2222", "赵六", "惠民县示例建筑有限公司", "石庙镇归化街村*"} {
		if !strings.Contains(text, seen) {
			t.Errorf("%s is not shown:\n%s", seen, text)
		}
	}
}

func TestDisclosing(t *testing.T) {
	c := filed(t)
	asked, err := mediation.Disclosing{Purpose: mediation.PurposeContact, Reason: " 约定时间 ", Fields: []string{"phone"}}.Checked()
	if err != nil || asked.Reason != "约定时间" {
		t.Fatal(err, asked)
	}
	shown, err := asked.Of(c.Parties, mediation.MaskNumbers)
	if err != nil || len(shown) != 2 || shown[0].Name != "张三" || len(shown[0].Values) != 1 || shown[0].Values[0].Value != "13800001234" || len(shown[1].Values) != 0 {
		t.Errorf("%v %+v", err, shown)
	}
	if named := mediation.Named(shown); len(named) != 1 || named[0] != "/parties/"+string(c.Parties[0].ID)+"/phone" {
		t.Errorf("%v", named)
	}
	asked.Parties, asked.Fields = []mediation.ID{"nobody"}, []string{"title"}
	_, err = asked.Of(c.Parties, mediation.MaskNumbers)
	sameProblems(t, err, "/parties/0 unknown-party", "/fields/0 unknown-code")
	_, err = mediation.Disclosing{Purpose: "curiosity"}.Checked()
	sameProblems(t, err, "/purpose unknown-code", "/reason required")
}
