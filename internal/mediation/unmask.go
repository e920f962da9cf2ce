package mediation

import "strings"

// maskedField is a field of a party that has a masked form.
type maskedField struct {
	name string
	from Mask // the least mask that hides it
	at   func(*Party) *string
	mask func(Party) string // its masked form; "" of what is not there
	like func(string) bool  // tells a masked form from what somebody may mean
}

// partyFields are the fields of a party that are ever masked.
var partyFields = []maskedField{
	{"name", MaskPeople, func(p *Party) *string { return &p.Name }, Party.MaskedName, starred},
	{
		"identityNumber", MaskNumbers, func(p *Party) *string { return &p.IdentityNumber },
		func(p Party) string { return MaskIdentity(p.IdentityNumber) }, starred,
	},
	{
		"identityOverride", MaskNumbers, func(p *Party) *string { return &p.IdentityOverride },
		func(p Party) string { return hidden(p.IdentityOverride) }, func(value string) bool { return value == masked },
	},
	{"phone", MaskNumbers, func(p *Party) *string { return &p.Phone }, func(p Party) string { return MaskPhone(p.Phone) }, maskedPhone},
	{"address", MaskNumbers, func(p *Party) *string { return &p.Address }, func(p Party) string { return MaskAddress(p.Address) }, starred},
	{"bornOn", MaskNumbers, func(p *Party) *string { return &p.BornOn }, func(p Party) string { return MaskBirthday(p.BornOn) }, starred},
	{
		"occupation", MaskPeople, func(p *Party) *string { return &p.Occupation },
		func(p Party) string { return hidden(p.Occupation) }, func(value string) bool { return value == masked },
	},
	{
		"legalRepresentative", MaskPeople, func(p *Party) *string { return &p.LegalRepresentative },
		func(p Party) string { return maskedIfAny(p.LegalRepresentative) }, starred,
	},
	{"agent/name", MaskPeople, func(p *Party) *string { return &p.Agent.Name }, func(p Party) string { return maskedIfAny(p.Agent.Name) }, starred},
	{"agent/phone", MaskNumbers, func(p *Party) *string { return &p.Agent.Phone }, func(p Party) string { return MaskPhone(p.Agent.Phone) }, maskedPhone},
}

// maskedIfAny masks the name of somebody who may not be there.
func maskedIfAny(name string) string {
	if name == "" {
		return ""
	}
	return MaskName(name)
}

// starred tells a masked form: no name, number or address has a star.
func starred(value string) bool { return strings.Contains(value, masked) }

// maskedPhone tells a masked phone from one with a star that is dialled: every masked one has two stars side by side.
func maskedPhone(phone string) bool { return strings.Contains(phone, masked+masked) }

// unmask puts the stored value where a party comes back with its own masked form, so that what somebody was shown never
// overwrites what is there. Every other masked form is refused as "masked-value": it is nobody's number.
func (c *checker) unmask(pointer string, given, stored Party) Party {
	for _, f := range partyFields {
		value := f.at(&given)
		*value = c.unmasked(pointer+"/"+f.name, *value, *f.at(&stored), f.mask(stored), f.like)
	}
	if stored.BornOn == "" && given.BornOn != "" && given.BornOn == stored.KnownBirthday() {
		given.BornOn = "" // shown because the number told it: who puts the number right has said nothing of the day
	}
	return given
}

// unmasked is what is meant by a value that may be a masked form.
func (c *checker) unmasked(pointer, given, stored, mask string, like func(string) bool) string {
	switch asked := strings.TrimSpace(given); {
	case stored != "" && (given == stored || strings.EqualFold(asked, mask)):
		return stored
	case like(asked):
		c.fail(pointer, "masked-value",
			"This is the masked form of a value: give the value, or leave what you were shown of this very field.",
			"此处为脱敏后的内容：请填写真实值，或者原样保留本项显示的内容。")
	}
	return given
}

// unmaskParties does it for a list: a party with an id is the stored one of that id, one without is new.
func (c *checker) unmaskParties(given, stored []Party) []Party {
	parties := make([]Party, 0, len(given))
	for i, p := range given {
		parties = append(parties, c.unmask(partyPointer(i), p, partyOf(stored, p.ID)))
	}
	return parties
}

// partyOf is the party with the id, or nobody.
func partyOf(parties []Party, id ID) Party {
	for _, p := range parties {
		if id != "" && p.ID == id {
			return p
		}
	}
	return Party{}
}

// unmaskReporter does it for whoever told of a lead.
func (c *checker) unmaskReporter(given, stored Reporter) Reporter {
	given.Name = c.unmasked("/reporter/name", given.Name, stored.Name, MaskName(stored.Name), starred)
	given.Phone = c.unmasked("/reporter/phone", given.Phone, stored.Phone, MaskPhone(stored.Phone), maskedPhone)
	return given
}

// Recalled gives new parties the values of those that stand in a lead, where they bear the same name and come with the
// masked forms: whoever files a case from a lead sends back what was shown.
func Recalled(given, of []Party) []Party {
	parties := make([]Party, 0, len(given))
	for _, p := range given {
		for _, known := range of {
			if p.ID == "" && p.Name == known.Name {
				var none checker
				if was := none.unmask("", p, known); len(none.fields) == 0 {
					p = was
				}
				break
			}
		}
		parties = append(parties, p)
	}
	return parties
}

// UnmaskedIdentity is what is meant by the identity number and the phone of a person whose stored ones are given, or
// Invalid with "masked-value" at /identityNumber or /phone.
func UnmaskedIdentity(number, phone, storedNumber, storedPhone string) (plainNumber, plainPhone string, err error) {
	var check checker
	number = check.unmasked("/identityNumber", number, storedNumber, MaskIdentity(storedNumber), starred)
	phone = check.unmasked("/phone", phone, storedPhone, MaskPhone(storedPhone), maskedPhone)
	return number, phone, check.err("masked-value", "A masked value was sent back in another's place.", "提交了脱敏后的内容。")
}
