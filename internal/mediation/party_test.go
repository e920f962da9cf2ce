package mediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// described is the standard dispute with everything that the forms ask of its parties. The respondent has no number.
func described() mediation.Filing {
	f := boundary()
	f.Parties[0].Ethnicity, f.Parties[0].Occupation = "03", "小学教师"
	f.Parties[0].Agent = mediation.Agent{Kind: mediation.AgentEntrusted, Name: "赵律师", Relation: "律师", Phone: "13900004321", PowerOnFile: true}
	f.Parties[1].Occupation = "总经理"
	f.Parties = append(f.Parties, mediation.Party{Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李小满", BornOn: "2012-03-15",
		Agent: mediation.Agent{Kind: mediation.AgentStatutory, Name: "李大满", Relation: "父亲"}})
	return f
}

func describedCase(t *testing.T) mediation.Case {
	t.Helper()
	c, _, err := mediation.File(described(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFiling_Checked_details(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		change func(f *mediation.Filing)
		want   []string
	}{
		"everything":              {"as the forms ask", func(*mediation.Filing) {}, nil},
		"no such ethnicity":       {"GB/T 3304 has 56, and two more are used", func(f *mediation.Filing) { f.Parties[0].Ethnicity = "57" }, []string{"/parties/0/ethnicity unknown-code"}},
		"ethnicity in words":      {"a code is stored, words are shown", func(f *mediation.Filing) { f.Parties[0].Ethnicity = "回族" }, []string{"/parties/0/ethnicity unknown-code"}},
		"a company's ethnicity":   {"people have one", func(f *mediation.Filing) { f.Parties[1].Ethnicity = "01" }, []string{"/parties/1/ethnicity persons-only"}},
		"a company's birthday":    {"people have one", func(f *mediation.Filing) { f.Parties[1].BornOn = "2001-01-01" }, []string{"/parties/1/bornOn persons-only"}},
		"born tomorrow":           {"the future has not happened", func(f *mediation.Filing) { f.Parties[2].BornOn = "2026-11-24" }, []string{"/parties/2/bornOn in-the-future"}},
		"born on no day":          {"days are real", func(f *mediation.Filing) { f.Parties[2].BornOn = "2012-02-30" }, []string{"/parties/2/bornOn invalid-date"}},
		"the number's birthday":   {"both agree", func(f *mediation.Filing) { f.Parties[0].BornOn = "1885-06-15" }, nil},
		"another birthday":        {"one of the two is wrong", func(f *mediation.Filing) { f.Parties[0].BornOn = "1985-06-15" }, []string{"/parties/0/bornOn birthday-differs-from-identity"}},
		"an agent without name":   {"somebody must be meant", func(f *mediation.Filing) { f.Parties[2].Agent.Name = " " }, []string{"/parties/2/agent/name required"}},
		"an agent of no kind":     {"by law, or sent", func(f *mediation.Filing) { f.Parties[2].Agent.Kind = "" }, []string{"/parties/2/agent/kind required"}},
		"an agent of odd kind":    {"by law, or sent", func(f *mediation.Filing) { f.Parties[2].Agent.Kind = "friend" }, []string{"/parties/2/agent/kind unknown-code"}},
		"an agent's phone":        {"is dialled like others", func(f *mediation.Filing) { f.Parties[2].Agent.Phone = "找村长" }, []string{"/parties/2/agent/phone invalid-phone"}},
		"an agent's masked phone": {"is nobody's number", func(f *mediation.Filing) { f.Parties[0].Agent.Phone = "139****4321" }, []string{"/parties/0/agent/phone masked-value"}},
		"a masked birthday":       {"is nobody's day", func(f *mediation.Filing) { f.Parties[2].BornOn = "2012-**-**" }, []string{"/parties/2/bornOn masked-value", "/parties/2/bornOn invalid-date"}},
		"a long occupation":       {"it stands in a line of a form", func(f *mediation.Filing) { f.Parties[0].Occupation = strings.Repeat("工", 101) }, []string{"/parties/0/occupation too-long"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := described()
			tc.change(&f)
			_, err := f.Checked(noon)
			if err == nil && tc.want == nil {
				return
			}
			sameProblems(t, err, tc.want...)
		})
	}
}

// A birthday that the number tells is not kept a second time, and is known all the same.
func TestParty_KnownBirthday(t *testing.T) {
	f := described()
	f.Parties[0].IdentityNumber, f.Parties[0].BornOn, f.Parties[0].Sex = "990101198001010014", "1980-01-01", ""
	f, err := f.Checked(noon)
	if err != nil || f.Parties[0].BornOn != "" || f.Parties[0].KnownBirthday() != "1980-01-01" || f.Parties[2].BornOn != "2012-03-15" {
		t.Fatalf("%v %+v", err, f.Parties)
	}
	for reason, tc := range map[string]struct {
		party mediation.Party
		want  string
	}{
		"a foreigner's new card": {mediation.Party{IdentityType: mediation.IdentityForeignPermanentID, IdentityNumber: "990101198001010014"}, "1980-01-01"},
		"a foreigner's old card": {mediation.Party{IdentityType: mediation.IdentityForeignPermanentID, IdentityNumber: "CAN110078053101"}, ""},
		"a passport":             {mediation.Party{IdentityType: mediation.IdentityPassport, IdentityNumber: "E12345678", BornOn: "1999-09-09"}, "1999-09-09"},
		"a masked number":        {f.Parties[0].Masked(mediation.MaskNumbers), ""},
		"a masked birthday":      {f.Parties[2].Masked(mediation.MaskNumbers), "2012-**-**"},
		"no such day":            {mediation.Party{IdentityType: mediation.IdentityResidentID, IdentityNumber: "371621209913330018"}, ""},
	} {
		if got := tc.party.KnownBirthday(); got != tc.want {
			t.Errorf("%s: %q, want %q", reason, got, tc.want)
		}
	}
}

func TestParty_AgeOn(t *testing.T) {
	p := mediation.Party{IdentityType: mediation.IdentityResidentID, IdentityNumber: "371621200811230018"}
	for moment, want := range map[string]int{"2026-11-22": 17, "2026-11-23": 18, "2026-11-24": 18, "2027-01-01": 18} {
		at, err := time.Parse(time.DateOnly, moment)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []mediation.Party{p, {BornOn: "2008-11-23"}} {
			if got, known := p.AgeOn(at); !known || got != want || p.MinorOn(at) != (want < 18) {
				t.Errorf("on %s: %d %v", moment, got, known)
			}
		}
	}
	for _, p := range []mediation.Party{{}, {IdentityType: mediation.IdentityPassport, IdentityNumber: "371621200811230018"}, {BornOn: "2012-**-**"},
		{IdentityType: mediation.IdentityResidentID, IdentityNumber: "371621209913330018"}} {
		if _, known := p.AgeOn(time.Now()); known || p.MinorOn(time.Now()) {
			t.Errorf("%+v has an age", p)
		}
	}
}

// Who may not see numbers sees no birthday and no agent's phone; who may not see names sees no agent and no occupation.
func TestParty_Masked_details(t *testing.T) {
	c := describedCase(t)
	shown := c.Masked(mediation.MaskNumbers).Parties
	if a := shown[0].Agent; a.Name != "赵律师" || a.Phone != "139****4321" || shown[0].Occupation != "小学教师" || shown[2].BornOn != "2012-**-**" || shown[2].Agent.Phone != "" {
		t.Errorf("numbers masked: %+v", shown)
	}
	shown = c.Masked(mediation.MaskPeople).Parties
	if a := shown[0].Agent; a.Name != "赵*" || a.Relation != "律师" || !a.PowerOnFile || shown[0].Occupation != "*" || shown[1].Agent.Name != "" || shown[2].Agent.Name != "李*" {
		t.Errorf("names masked: %+v", shown)
	}
	asked, err := mediation.Disclosing{Purpose: mediation.PurposeContact, Reason: "联系代理人", Fields: []string{"agent/phone", "bornOn"}}.Checked()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := asked.Of(c.Parties, mediation.MaskNumbers)
	if err != nil || opened[0].Values[0].Value != "13900004321" || opened[2].Values[0].Value != "2012-03-15" {
		t.Errorf("%v %+v", err, opened)
	}
}

// What was shown and comes back changes nothing; what is new is journalled field by field, and masked there too.
func TestCase_Correct_details(t *testing.T) {
	c := describedCase(t)
	for _, mask := range []mediation.Mask{mediation.MaskNothing, mediation.MaskNumbers, mediation.MaskPeople} {
		shown := c.Masked(mask).Parties
		same, _, err := c.Correct(mediation.Correction{Parties: &shown}, act())
		if err != nil || !slices.Equal(same.Parties, c.Parties) {
			t.Errorf("behind mask %d: %v %+v", mask, err, same.Parties)
		}
	}
	shown := c.Masked(mediation.MaskNumbers).Parties
	shown[0].Ethnicity, shown[0].Occupation, shown[2].BornOn = "01", "退休", "2013-03-15"
	shown[0].Agent = mediation.Agent{Kind: mediation.AgentEntrusted, Name: "钱律师", Phone: "13711110000"}
	changed, entry, err := c.Correct(mediation.Correction{Parties: &shown}, act())
	if err != nil {
		t.Fatal(err)
	}
	at := "/parties/" + string(c.Parties[0].ID)
	var told []string
	for _, change := range entry.Changes {
		told = append(told, change.Field+" "+change.Before+" → "+change.After)
	}
	want := []string{
		at + "/ethnicity 03 → 01", at + "/occupation 小学教师 → 退休", at + "/agent/name 赵律师 → 钱律师", at + "/agent/relation 律师 → ",
		at + "/agent/phone 13900004321 → 13711110000", at + "/agent/powerOnFile true → ",
		"/parties/" + string(c.Parties[2].ID) + "/bornOn 2012-03-15 → 2013-03-15",
	}
	if !slices.Equal(told, want) {
		t.Errorf("the journal tells\n%s", strings.Join(told, "\n"))
	}
	for _, change := range entry.Masked(mediation.MaskNumbers).Changes {
		for _, secret := range []string{"13900004321", "13711110000", "03-15"} {
			if strings.Contains(change.Before+change.After, secret) {
				t.Errorf("%+v shows %s", change, secret)
			}
		}
	}
	if changed.Parties[2].Agent.Name != "李大满" {
		t.Error("an agent was lost")
	}
}

// Somebody who was shown the birthday that the number told, and puts the number right, has said nothing of the day.
func TestCase_Correct_numberAfterItsBirthday(t *testing.T) {
	f := described()
	f.Parties[0].IdentityNumber, f.Parties[0].Sex = "990101198001010014", ""
	c, _, err := mediation.File(f, register(), act())
	if err != nil {
		t.Fatal(err)
	}
	shown := slices.Clone(c.Parties)
	shown[0].BornOn, shown[0].IdentityNumber = shown[0].KnownBirthday(), "371602188506150426"
	changed, _, err := c.Correct(mediation.Correction{Parties: &shown}, act())
	if err != nil || changed.Parties[0].KnownBirthday() != "1885-06-15" {
		t.Errorf("%v %+v", err, changed.Parties)
	}
}

func TestCase_AgentOf(t *testing.T) {
	c := in(t, mediation.StateAgreed)
	first, second := c.Parties[0].ID, c.Parties[1].ID
	if got := c.AgentOf(first) + c.AgentOf("nobody"); got != "" {
		t.Errorf("somebody speaks: %s", got)
	}
	c.Meetings[len(c.Meetings)-1].Attendees = append(c.Meetings[len(c.Meetings)-1].Attendees, mediation.Attendee{Name: "来者", Role: mediation.AttendeeAgent, Party: second})
	if got := c.AgentOf(second); got != "来者" {
		t.Errorf("who came: %s", got)
	}
	c.Agreement.Signatures[1].Agent = "签者"
	if got := c.AgentOf(second); got != "签者" {
		t.Errorf("who signed: %s", got)
	}
	c.Parties[1].Agent = mediation.Agent{Kind: mediation.AgentEntrusted, Name: "委托人"}
	if got := c.AgentOf(second); got != "委托人" {
		t.Errorf("who is entered: %s", got)
	}
}

// An agent whom a party sends needs a power of attorney in the file once the case was mediated; a parent needs none.
func TestCase_FileChecklist_powerOfAttorney(t *testing.T) {
	required := func(c mediation.Case) bool {
		return slices.ContainsFunc(c.FileChecklist(), func(l mediation.FileLine) bool { return l.Kind == "power-of-attorney" && l.Required })
	}
	c := in(t, mediation.StateAgreed)
	c.Parties[0].Agent = mediation.Agent{Kind: mediation.AgentStatutory, Name: "母亲"}
	if required(c) {
		t.Error("a parent acts by law")
	}
	c.Parties[0].Agent.Kind = mediation.AgentEntrusted
	if !required(c) {
		t.Error("a lawyer shows the power")
	}
	early := in(t, mediation.StateAssigned)
	early.Parties[0].Agent = c.Parties[0].Agent
	if required(early) {
		t.Error("nobody has mediated yet")
	}
}

func TestCase_Documents_blanksOfDetails(t *testing.T) {
	c := describedCase(t)
	c.Parties[2].Agent = mediation.Agent{}
	var pointers []string
	for _, gap := range c.Documents()[0].Blanks {
		pointers = append(pointers, gap.Pointer)
	}
	want := []string{"/parties/1/phone", "/parties/1/address", "/parties/2/sex", "/parties/2/ethnicity", "/parties/2/occupation", "/parties/2/agent",
		"/parties/2/identityNumber", "/parties/2/phone", "/parties/2/address"}
	if !slices.Equal(pointers, want) {
		t.Errorf("blank: %v", pointers)
	}
}
