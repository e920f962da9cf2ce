package mediation_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestFiling_Checked(t *testing.T) {
	many := func(n int, text string) string { return strings.Repeat(text, n) }
	cases := map[string]struct {
		reason string
		change func(f *mediation.Filing)
		want   []string
	}{
		"complete":                        {"the standard dispute breaks no rule", func(*mediation.Filing) {}, nil},
		"no type":                         {"the statistics count by type", func(f *mediation.Filing) { f.Type = "" }, []string{"/type required"}},
		"type 19":                         {"19 belongs to another list", func(f *mediation.Filing) { f.Type = "19" }, []string{"/type unknown-code"}},
		"no source":                       {"the statistics count by source", func(f *mediation.Filing) { f.Source = "" }, []string{"/source required"}},
		"unknown source":                  {"sources are a closed list", func(f *mediation.Filing) { f.Source = "rumour" }, []string{"/source unknown-code"}},
		"no title":                        {"a case needs a name", func(f *mediation.Filing) { f.Title = "" }, []string{"/title required"}},
		"blank title":                     {"ideographic space is space", func(f *mediation.Filing) { f.Title = " \u3000" }, []string{"/title required"}},
		"title 200":                       {"the limit counts characters, not bytes", func(f *mediation.Filing) { f.Title = many(200, "𠮷") }, nil},
		"title 201":                       {"one more is too long", func(f *mediation.Filing) { f.Title = many(201, "纠") }, []string{"/title too-long"}},
		"title of two lines":              {"a title is one line", func(f *mediation.Filing) { f.Title = "一\n二" }, []string{"/title control-character"}},
		"facts of two lines":              {"facts are told in paragraphs", func(f *mediation.Filing) { f.Facts = "一\n\t二" }, nil},
		"facts from Windows":              {"CRLF is a line's end too", func(f *mediation.Filing) { f.Facts = "一\r\n二" }, nil},
		"bell in facts":                   {"control characters hide things", func(f *mediation.Filing) { f.Facts = "一\a" }, []string{"/facts control-character"}},
		"a name with a blank of no width": {"it would look like another name, and not be found", func(f *mediation.Filing) { f.Parties[0].Name = "张\u200B三" }, []string{"/parties/0/name invisible-character"}},
		"a soft hyphen in the title":      {"whatever is not seen", func(f *mediation.Filing) { f.Title = "院墙\u00AD纠纷" }, []string{"/title invisible-character"}},
		"another sex than the number's":   {"one of the two is wrong", func(f *mediation.Filing) { f.Parties[0].Sex = mediation.SexMale }, []string{"/parties/0/sex sex-differs-from-identity"}},
		"the number's own sex":            {"both agree", func(f *mediation.Filing) { f.Parties[0].Sex = mediation.SexFemale }, nil},
		"override in title":               {"bidirectional overrides make a text read otherwise", func(f *mediation.Filing) { f.Title = "张\u202E三" }, []string{"/title control-character"}},
		"facts 20000":                     {"long stories fit", func(f *mediation.Filing) { f.Facts = many(20_000, "事") }, nil},
		"facts 20001":                     {"but end somewhere", func(f *mediation.Filing) { f.Facts = many(20_001, "事") }, []string{"/facts too-long"}},
		"claims not UTF-8":                {"GBK bytes are refused, not guessed", func(f *mediation.Filing) { f.Claims = "\xd5\xc5" }, []string{"/claims not-utf8"}},
		"no facts yet":                    {"registering comes before investigating", func(f *mediation.Filing) { f.Facts, f.Claims = "", "" }, nil},
		"place code of town":              {"a place is a village: 12 digits", func(f *mediation.Filing) { f.PlaceCode = "371621101" }, []string{"/placeCode invalid-place-code"}},
		"place code letters":              {"codes are digits", func(f *mediation.Filing) { f.PlaceCode = "37162110120A" }, []string{"/placeCode invalid-place-code"}},
		"amount zero":                     {"nothing claimed is an amount", func(f *mediation.Filing) { f.Amount = pointer[int64](0) }, nil},
		"amount top":                      {"the greatest amount", func(f *mediation.Filing) { f.Amount = pointer[int64](mediation.MaximumAmount) }, nil},
		"amount beyond":                   {"one fen more", func(f *mediation.Filing) { f.Amount = pointer[int64](mediation.MaximumAmount + 1) }, []string{"/amount out-of-range"}},
		"amount negative":                 {"a claim is not negative", func(f *mediation.Filing) { f.Amount = pointer[int64](-1) }, []string{"/amount out-of-range"}},
		"no amount":                       {"not every dispute is about money", func(f *mediation.Filing) { f.Amount = nil }, nil},
		"people negative":                 {"people are counted from nought", func(f *mediation.Filing) { f.People = -1 }, []string{"/people out-of-range"}},
		"happened today":                  {"disputes of the day are filed", func(f *mediation.Filing) { f.OccurredOn = "2026-11-23" }, nil},
		"happens tomorrow":                {"the future has not happened", func(f *mediation.Filing) { f.OccurredOn = "2026-11-24" }, []string{"/occurredOn in-the-future"}},
		"30 February":                     {"days are real", func(f *mediation.Filing) { f.OccurredOn = "2026-02-30" }, []string{"/occurredOn invalid-date"}},
		"a moment as a day":               {"days have no clock", func(f *mediation.Filing) { f.OccurredOn = "2026-02-03T00:00:00Z" }, []string{"/occurredOn invalid-date"}},
		"Qing dynasty":                    {"a typing error, surely", func(f *mediation.Filing) { f.OccurredOn = "1826-02-03" }, []string{"/occurredOn out-of-range"}},
		"21 tags":                         {"tags are few", func(f *mediation.Filing) { f.Tags = make([]string, 21) }, []string{"/tags too-many"}},
		"long tag":                        {"and short", func(f *mediation.Filing) { f.Tags = []string{many(33, "签")} }, []string{"/tags/0 too-long"}},
		"tag twice":                       {"blanks do not make it another", func(f *mediation.Filing) { f.Tags = []string{"涉外", " 涉外"} }, []string{"/tags/1 duplicate"}},
		"empty tag":                       {"a tag says something", func(f *mediation.Filing) { f.Tags = []string{""} }, []string{"/tags/0 required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			filing := boundary()
			tc.change(&filing)
			_, err := filing.Checked(noon)
			t.Log(tc.reason)
			sameProblems(t, err, tc.want...)
		})
	}
}

func TestFiling_Checked_parties(t *testing.T) {
	person := func(name string, side mediation.Side) mediation.Party {
		return mediation.Party{Side: side, Kind: mediation.PartyPerson, Name: name}
	}
	applicant, respondent := person("张三", mediation.SideApplicant), person("李四", mediation.SideRespondent)
	with := func(p mediation.Party, change func(*mediation.Party)) mediation.Party { change(&p); return p }
	cases := map[string]struct {
		reason  string
		source  mediation.Source
		parties []mediation.Party
		want    []string
	}{
		"two sides":                 {"the least that a dispute has", "application", []mediation.Party{applicant, respondent}, nil},
		"nobody":                    {"a dispute has parties", "application", nil, []string{"/parties two-parties-required"}},
		"applicant alone":           {"against whom?", "application", []mediation.Party{applicant}, []string{"/parties two-parties-required"}},
		"two respondents":           {"who applied?", "application", []mediation.Party{respondent, respondent}, []string{"/parties two-parties-required"}},
		"referral without claimant": {"a referral names both sides too", "referral", []mediation.Party{respondent, respondent}, []string{"/parties two-parties-required"}},
		"own initiative":            {"nobody applied, the committee came", "own-initiative", []mediation.Party{respondent, respondent}, nil},
		"own initiative, one":       {"still two parties", "own-initiative", []mediation.Party{respondent}, []string{"/parties two-parties-required"}},
		"rare characters":           {"䶮 and 𠮷 are in people's names", "application", []mediation.Party{person("王䶮", "applicant"), person("𠮷野", "respondent")}, nil},
		"minority name":             {"names have dots", "application", []mediation.Party{person("买买提·艾合买提", "applicant"), respondent}, nil},
		"no name":                   {"parties have names", "application", []mediation.Party{person("", "applicant"), respondent}, []string{"/parties/0/name required"}},
		"long name":                 {"100 characters are enough", "application", []mediation.Party{applicant, person(strings.Repeat("长", 101), "respondent")}, []string{"/parties/1/name too-long"}},
		"no side, no kind": {"both must be said", "own-initiative", []mediation.Party{{Name: "张三"}, applicant},
			[]string{"/parties/0/kind required", "/parties/0/side required"}},
		"unknown sex":                {"the list is closed", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.Sex = "M" }), respondent}, []string{"/parties/0/sex unknown-code"}},
		"person with representative": {"organisations have one", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.LegalRepresentative = "王五" }), respondent}, []string{"/parties/0/legalRepresentative organisations-only"}},
		"organisation with a sex": {"people have one", "application", []mediation.Party{applicant, with(respondent, func(p *mediation.Party) { p.Kind, p.Sex = "organisation", "male" })},
			[]string{"/parties/1/sex persons-only"}},
		"landline":          {"written as people write it", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.Phone = "+86 (543) 532-1234#8" }), respondent}, nil},
		"emergency number":  {"a phone number may be short", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.Phone = "110" }), respondent}, nil},
		"words for a phone": {"that cannot be dialled", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.Phone = "见附件" }), respondent}, []string{"/parties/0/phone invalid-phone"}},
		"a dash for none":   {"nor can that", "application", []mediation.Party{with(applicant, func(p *mediation.Party) { p.Phone = "-" }), respondent}, []string{"/parties/0/phone invalid-phone"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			filing := boundary()
			filing.Source, filing.Parties = tc.source, tc.parties
			_, err := filing.Checked(noon)
			t.Log(tc.reason)
			sameProblems(t, err, tc.want...)
		})
	}
	t.Run("201 parties are refused as a list, not one by one", func(t *testing.T) {
		filing := boundary()
		filing.Parties = make([]mediation.Party, 201)
		_, err := filing.Checked(noon)
		sameProblems(t, err, "/parties too-many")
	})
	t.Run("200 parties are welcome", func(t *testing.T) {
		filing := boundary()
		for i := len(filing.Parties); i < 200; i++ {
			filing.Parties = append(filing.Parties, person("村民"+strconv.Itoa(i), mediation.SideRespondent))
		}
		if _, err := filing.Checked(noon); err != nil {
			t.Error(err)
		}
	})
}

func TestFiling_Checked_reportsEverythingAtOnce(t *testing.T) {
	filing := boundary()
	filing.Type, filing.Title, filing.OccurredOn = "99", "", "soon"
	filing.Parties[0].Name, filing.Parties[1].IdentityNumber = "", "1"
	_, err := filing.Checked(noon)
	sameProblems(t, err, "/type unknown-code", "/title required", "/occurredOn invalid-date", "/parties/0/name required",
		"/parties/1/identityNumber invalid-identity-number")
	wantCode(t, err, mediation.Invalid, "invalid-case")
}

func TestFiling_Checked_storesWhatIsMeant(t *testing.T) {
	filing := boundary()
	filing.Title, filing.Facts = "\u3000院墙纠纷 ", "一\r\n二\r\n"
	filing.Parties[0].IdentityNumber = " 37162118801231002x "
	filing.Parties[0].Sex = ""
	got, err := filing.Checked(noon)
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != "院墙纠纷" || got.Facts != "一\n二" || got.Parties[0].IdentityNumber != "37162118801231002X" {
		t.Errorf("not normalised: %q %q %q", got.Title, got.Facts, got.Parties[0].IdentityNumber)
	}
	if filing.Parties[0].IdentityNumber == got.Parties[0].IdentityNumber {
		t.Error("the caller's filing was changed")
	}
}

// A refusal is logged and shown; what was given must not be in it.
func TestFiling_Checked_neverEchoesTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := "秘" + rapid.StringMatching(`[A-Z]{12}`).Draw(t, "secret") + "\a"
		filing := mediation.Filing{
			Type: mediation.DisputeType(secret), Source: mediation.Source(secret), Title: secret, Facts: secret, Claims: secret,
			Place: secret, PlaceCode: secret, OccurredOn: secret, Tags: []string{secret, secret},
			Parties: []mediation.Party{{
				Side: mediation.Side(secret), Kind: mediation.PartyKind(secret), Name: secret, IdentityType: mediation.IdentityResidentID,
				IdentityNumber: secret, IdentityOverride: secret, Sex: mediation.Sex(secret), Phone: secret, Address: secret, LegalRepresentative: secret,
			}, {IdentityType: mediation.IdentityType(secret), IdentityNumber: secret}},
		}
		_, err := filing.Checked(noon)
		var refusal *mediation.Error
		if !errors.As(err, &refusal) || len(refusal.Fields) < 10 {
			t.Fatalf("expected many violated rules, got %v", err)
		}
		for _, f := range refusal.Fields {
			if strings.Contains(f.Message+f.MessageZH+f.Pointer+f.Code, secret[3:15]) {
				t.Fatalf("%s %s holds the value", f.Pointer, f.Code)
			}
			if f.Message == "" || f.MessageZH == "" || f.Code == "" || !strings.HasPrefix(f.Pointer, "/") {
				t.Fatalf("incomplete: %+v", f)
			}
		}
	})
}

func FuzzFiling_Checked(f *testing.F) {
	f.Add("院墙纠纷", "张三", "371602188506150426", "13800001234", "2026-11-01")
	f.Add("\xff", "𠮷", "91990101MA0TEQT13N", "+", "0000-00-00")
	f.Fuzz(func(t *testing.T, title, name, number, phone, day string) {
		for _, paper := range []mediation.IdentityType{"resident-id", "passport", "hk-macao-permit", "taiwan-permit", "foreign-permanent-id", "uscc"} {
			filing := boundary()
			filing.Title, filing.Facts, filing.OccurredOn = title, title, day
			p := &filing.Parties[0]
			p.Name, p.Phone, p.IdentityType, p.IdentityNumber, p.Sex = name, phone, paper, number, ""
			once, err := filing.Checked(noon)
			if err != nil {
				continue
			}
			if !utf8.ValidString(once.Title + once.Parties[0].Name) {
				t.Fatal("stored text that is not UTF-8")
			}
			twice, err := once.Checked(noon)
			if err != nil || twice.Title != once.Title || twice.Facts != once.Facts || twice.Parties[0] != once.Parties[0] {
				t.Fatalf("checking what was checked changes it: %v", err)
			}
		}
	})
}
