package mediation

import (
	"slices"
	"strconv"
	"time"
)

// Checked gives the filing as it is stored (texts trimmed, identity numbers normalised), or Invalid "invalid-case" with
// every violated rule. at tells what lies in the future.
func (f Filing) Checked(at time.Time) (Filing, error) {
	var check checker
	f.Parties = check.unmaskParties(f.Parties, nil)
	f = check.filing(f, at)
	return f, check.err("invalid-case", "The case breaks a rule.", "案件内容不符合规定。")
}

func (c *checker) filing(f Filing, at time.Time) Filing {
	if !f.Type.Known() {
		c.fail("/type", codeProblem(string(f.Type)), "Choose a type from the list dispute-types.", "请从纠纷类型代码表中选择。")
	}
	if !f.Source.Known() {
		c.fail("/source", codeProblem(string(f.Source)), "Choose a source from the list sources.", "请从案件来源代码表中选择。")
	}
	f.Title = c.text("/title", f.Title, 1, maxTitle, oneLine)
	f.Facts = c.text("/facts", f.Facts, 0, maxLongText, manyLines)
	f.Claims = c.text("/claims", f.Claims, 0, maxLongText, manyLines)
	f.Place = c.text("/place", f.Place, 0, maxPlace, oneLine)
	c.placeCode(f.PlaceCode)
	c.figures(f)
	c.day("/occurredOn", f.OccurredOn, at)
	f.Tags = c.tags(f.Tags)
	f.Parties = c.parties(f.Parties, f.Source, at)
	return f
}

func codeProblem(given string) string {
	if given == "" {
		return "required"
	}
	return "unknown-code"
}

// placeCode takes the 12-digit code of the statistics (6 county, 3 township, 3 village).
func (c *checker) placeCode(code string) {
	if code != "" && (len(code) != 12 || !digits(code) || code[0] == '0') {
		c.fail("/placeCode", "invalid-place-code",
			"A place code is the 12-digit statistical division code.", "地点代码应为 12 位统计用区划代码。")
	}
}

func (c *checker) figures(f Filing) {
	if f.Amount != nil && (*f.Amount < 0 || *f.Amount > MaximumAmount) {
		c.fail("/amount", "out-of-range",
			"An amount is in fen, from 0 to 1000000000000000.", "金额以分为单位，应在 0 到 1000000000000000 之间。")
	}
	if f.People < 0 || f.People > maxPeople {
		c.fail("/people", "out-of-range", "People are counted from 0 to 1000000.", "涉及人数应在 0 到 1000000 之间。")
	}
}

func (c *checker) day(pointer, day string, at time.Time) {
	if day == "" {
		return
	}
	parsed, err := time.Parse(time.DateOnly, day)
	switch {
	case err != nil:
		c.fail(pointer, "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	case day > LegalDay(at):
		c.fail(pointer, "in-the-future", "The day lies in the future.", "日期不能晚于今天。")
	case parsed.Year() < 1900:
		c.fail(pointer, "out-of-range", "The day lies before 1900.", "日期不能早于 1900 年。")
	}
}

func (c *checker) tags(given []string) []string {
	if len(given) > maxTags {
		c.fail("/tags", "too-many", "Give at most 20 tags.", "标签最多 20 个。")
		return given
	}
	var tags []string
	for i, tag := range given {
		pointer := "/tags/" + strconv.Itoa(i)
		tag = c.text(pointer, tag, 1, maxTag, oneLine)
		if slices.Contains(tags, tag) {
			c.fail(pointer, "duplicate", "Give each tag once.", "标签不得重复。")
		}
		tags = append(tags, tag)
	}
	return tags
}

// parties checks each party and that the dispute has two: an applicant and a respondent, or, when the committee acts
// on its own initiative, any two (L17; domain rule "at least two parties known").
func (c *checker) parties(given []Party, source Source, at time.Time) []Party {
	if len(given) > maxParties {
		c.fail("/parties", "too-many", "Give at most 200 parties; put the others into the facts.", "当事人最多 200 名，其余请写入纠纷事实。")
		return given
	}
	sides := map[Side]int{}
	parties := make([]Party, 0, len(given))
	for i, party := range given {
		sides[party.Side]++
		parties = append(parties, c.party("/parties/"+strconv.Itoa(i), party, at))
	}
	switch {
	case source == SourceOwnInitiative && len(given) < 2:
		c.fail("/parties", "two-parties-required", "Name at least two parties.", "至少需要两名当事人。")
	case source != SourceOwnInitiative && (sides[SideApplicant] == 0 || sides[SideRespondent] == 0):
		c.fail("/parties", "two-parties-required",
			"Name at least one applicant and one respondent.", "至少需要一名申请人和一名被申请人。")
	}
	return parties
}

func (c *checker) party(pointer string, p Party, at time.Time) Party {
	if !listed(sides, string(p.Side)) {
		c.fail(pointer+"/side", codeProblem(string(p.Side)), "A party is applicant or respondent.", "当事人应为申请人或者被申请人。")
	}
	if !listed(partyKinds, string(p.Kind)) {
		c.fail(pointer+"/kind", codeProblem(string(p.Kind)), "A party is person or organisation.", "当事人应为自然人或者组织。")
	}
	p.Name = c.text(pointer+"/name", p.Name, 1, maxName, oneLine)
	p.Address = c.text(pointer+"/address", p.Address, 0, maxPlace, oneLine)
	p.LegalRepresentative = c.text(pointer+"/legalRepresentative", p.LegalRepresentative, 0, maxName, oneLine)
	p.IdentityOverride = c.text(pointer+"/identityOverride", p.IdentityOverride, 0, maxPlace, oneLine)
	p.Occupation = c.text(pointer+"/occupation", p.Occupation, 0, maxName, oneLine)
	p.Phone = c.phone(pointer+"/phone", p.Phone)
	p.Agent = c.agent(pointer+"/agent", p.Agent)
	c.onlyFor(pointer, p)
	p = c.identity(pointer, p, at)
	return c.agreeing(pointer, p, at)
}

// agreeing holds what is written down of a person to what the identity number tells. A birthday that the number tells is
// not kept beside it: one of two that must agree is put right and the other forgotten.
func (c *checker) agreeing(pointer string, p Party, at time.Time) Party {
	if known := p.KnownSex(); p.Sex != "" && known != p.Sex {
		c.fields = append(c.fields, sexContradicts.field(pointer+"/sex"))
	}
	switch told := p.numberedBirthday(); {
	case p.BornOn == "":
	case told == "":
		c.day(pointer+"/bornOn", p.BornOn, at)
	case told != p.BornOn:
		c.fields = append(c.fields, birthContradicts.field(pointer+"/bornOn"))
	default:
		p.BornOn = ""
	}
	return p
}

// onlyFor refuses what a party of the other kind has.
func (c *checker) onlyFor(pointer string, p Party) {
	if p.Sex != "" && !listed(sexes, string(p.Sex)) {
		c.fail(pointer+"/sex", "unknown-code", "Choose from the list sexes, or leave it out.", "请从性别代码表中选择，或者不填。")
	}
	if p.Ethnicity != "" && !listed(ethnicities, p.Ethnicity) {
		c.fail(pointer+"/ethnicity", "unknown-code", "Choose from the list ethnicities, or leave it out.", "请从民族代码表中选择，或者不填。")
	}
	if p.Kind == PartyOrganisation && p.Sex != "" {
		c.fail(pointer+"/sex", "persons-only", "An organisation has no sex.", "组织没有性别。")
	}
	if p.Kind == PartyOrganisation && p.Ethnicity != "" {
		c.fail(pointer+"/ethnicity", "persons-only", "An organisation has no ethnicity.", "组织没有民族。")
	}
	if p.Kind == PartyOrganisation && p.BornOn != "" {
		c.fail(pointer+"/bornOn", "persons-only", "An organisation has no birthday.", "组织没有出生日期。")
	}
	if p.Kind == PartyPerson && p.LegalRepresentative != "" {
		c.fail(pointer+"/legalRepresentative", "organisations-only",
			"Only an organisation has a legal representative.", "只有组织才有法定代表人。")
	}
}

// phone takes what is dialled anywhere: digits with the usual marks between them.
func (c *checker) phone(pointer, phone string) string {
	phone = c.text(pointer, phone, 0, maxPhone, oneLine)
	count := 0
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			count++
		case r == '+' || r == '-' || r == ' ' || r == '(' || r == ')' || r == '#' || r == '*':
		default:
			c.fail(pointer, "invalid-phone", "A phone number has digits, spaces and + - ( ) # * only.", "电话号码只能含数字、空格和 + - ( ) # *。")
			return phone
		}
	}
	if phone != "" && count < 3 {
		c.fail(pointer, "invalid-phone", "A phone number has at least three digits.", "电话号码至少三位数字。")
	}
	return phone
}

// applied is the case with the correction, checked as a whole: a correction must not leave a case that could not
// have been filed, nor an accepted one that could not have been accepted.
func (k Correction) applied(c Case, act Act) (Case, error) {
	var check checker
	if k.Amount != nil && k.ClearAmount {
		check.fail("/amount", "contradiction", "Either set the amount or clear it.", "金额不能既填写又清除。")
	}
	check.text("/reason", k.Reason, 0, maxNote, manyLines)
	filing := k.onto(c.filing())
	if k.Parties != nil {
		check.knownParties(c.Parties, filing.Parties)
		filing.Parties = check.unmaskParties(filing.Parties, c.Parties)
	}
	changed := c.clone()
	changed.adopt(check.filing(filing, act.At))
	if c.AcceptedAt != nil {
		check.fields = append(check.fields, changed.missingForAcceptance()...)
	}
	check.fitsAgreement(c, changed)
	if err := check.err("invalid-case", "The corrected case would break a rule.", "更正后的案件不符合规定。"); err != nil {
		return Case{}, err
	}
	for i := range changed.Parties {
		if changed.Parties[i].ID == "" {
			changed.Parties[i].ID = act.NewID()
		}
	}
	return changed, nil
}

// fitsAgreement keeps a correction from undoing what an agreement stands on: those who signed it, and how.
func (c *checker) fitsAgreement(before, after Case) {
	if before.Agreement == nil {
		return
	}
	same := len(before.Parties) == len(after.Parties)
	for _, p := range before.Parties {
		same = same && after.hasParty(p.ID)
	}
	if !same {
		c.fail("/parties", "party-in-agreement",
			"The parties are those of the agreement: correct them, but do not add or remove any.", "当事人与协议一致，可以更正，不能增减。")
	}
	if after.Agreement.signedElectronically() && after.Agreement.electronicallyExcluded(after.Type) {
		c.fail("/type", "electronic-signature-excluded",
			"The agreement was signed electronically, which the law excludes for this type.", "协议使用了电子签名，该类纠纷依法不得使用。")
	}
}

func (k Correction) onto(f Filing) Filing {
	set(&f.Type, k.Type)
	set(&f.Source, k.Source)
	set(&f.Title, k.Title)
	set(&f.Facts, k.Facts)
	set(&f.Claims, k.Claims)
	set(&f.Place, k.Place)
	set(&f.PlaceCode, k.PlaceCode)
	set(&f.People, k.People)
	set(&f.OccurredOn, k.OccurredOn)
	set(&f.Tags, k.Tags)
	set(&f.Parties, k.Parties)
	if k.Amount != nil {
		f.Amount = k.Amount
	}
	if k.ClearAmount {
		f.Amount = nil
	}
	return f
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (c *checker) knownParties(old, given []Party) {
	seen := map[ID]bool{}
	for i, p := range given {
		if p.ID == "" {
			continue
		}
		known := slices.ContainsFunc(old, func(was Party) bool { return was.ID == p.ID })
		if !known || seen[p.ID] {
			c.fail("/parties/"+strconv.Itoa(i)+"/id", "unknown-party",
				"Give the id of a party of this case, once; leave it out for a new party.", "请填写本案当事人的标识且不重复；新增当事人不填标识。")
		}
		seen[p.ID] = true
	}
}
