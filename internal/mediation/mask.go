package mediation

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// masked stands for what is not shown.
const masked = "*"

// MaskName hides a person's name but for its first character: 张三 becomes 张*, whatever its length.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return masked
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + masked
}

// MaskOrganisation hides the distinctive part of an organisation's name, which may be a person's (张三小吃店): a name
// longer than six characters keeps its first and its last two (惠**公司), a shorter one only its first.
func MaskOrganisation(name string) string {
	runes := []rune(strings.TrimSpace(name))
	if len(runes) <= 6 {
		return MaskName(name)
	}
	return string(runes[:1]) + masked + masked + string(runes[len(runes)-2:])
}

// MaskIdentity hides an identity number: 18 characters keep the place and the last four, others two at each end.
func MaskIdentity(number string) string {
	runes := []rune(number)
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) == 18:
		return stars(runes, 6, 4)
	case len(runes) > 6:
		return stars(runes, 2, 2)
	}
	return strings.Repeat(masked, len(runes))
}

// MaskPhone hides a phone number: 138****1234; a short one keeps its last two characters.
func MaskPhone(phone string) string {
	runes := []rune(phone)
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) >= 11:
		return stars(runes, 3, 4)
	case len(runes) > 4:
		return stars(runes, 0, 2)
	}
	return strings.Repeat(masked, len(runes))
}

// MaskAddress keeps an address down to its village or community, and nothing of one that names neither.
func MaskAddress(address string) string {
	if address == "" {
		return ""
	}
	for _, level := range []string{"社区", "村", "街道", "镇", "乡", "县", "区", "市"} {
		if at := strings.Index(address, level); at > 0 {
			return address[:at+len(level)] + masked
		}
	}
	return masked
}

func stars(runes []rune, head, tail int) string {
	return string(runes[:head]) + strings.Repeat(masked, len(runes)-head-tail) + string(runes[len(runes)-tail:])
}

// MaskedName is the party's name as the county's index may hold it.
func (p Party) MaskedName() string {
	if p.Kind == PartyOrganisation {
		return MaskOrganisation(p.Name)
	}
	return MaskName(p.Name)
}

// Masked is the party as somebody sees it who may not see whom it is.
func (p Party) Masked() Party {
	p.Name = p.MaskedName()
	p.IdentityNumber = MaskIdentity(p.IdentityNumber)
	p.Phone = MaskPhone(p.Phone)
	p.Address = MaskAddress(p.Address)
	if p.LegalRepresentative != "" {
		p.LegalRepresentative = MaskName(p.LegalRepresentative)
	}
	if p.IdentityOverride != "" {
		p.IdentityOverride = masked
	}
	return p
}

// MaskedParties are the parties' names as the county's index may hold them, in order.
func (c Case) MaskedParties() []string {
	names := make([]string, 0, len(c.Parties))
	for _, p := range c.Parties {
		names = append(names, p.MaskedName())
	}
	return names
}

// Masked is the case with its parties masked, and whoever took part for them. Title, facts, claims and what was said
// and agreed stay: a reader reads what happened. Mediators act in public and keep their names.
func (c Case) Masked() Case {
	c = c.clone()
	for i := range c.Parties {
		c.Parties[i] = c.Parties[i].Masked()
	}
	for i := range c.Meetings {
		c.Meetings[i] = c.Meetings[i].masked()
	}
	c.Investigations = slices.Clone(c.Investigations)
	for i := range c.Investigations {
		c.Investigations[i].Participants = masked
	}
	if c.Agreement != nil {
		c.Agreement.Signatures = slices.Clone(c.Agreement.Signatures)
		for i, s := range c.Agreement.Signatures {
			if s.Agent != "" {
				c.Agreement.Signatures[i].Agent = MaskName(s.Agent)
			}
		}
	}
	return c
}

// Shut is the case as a list shows it to somebody who may not open it: that there is one, where it stands and since when.
func (c Case) Shut() Case {
	return Case{
		ID: c.ID, Tenant: c.Tenant, Version: c.Version, State: c.State, Registration: c.Registration, Number: c.Number,
		Committee: c.Committee, Type: c.Type, Source: c.Source, Title: masked, FiledAt: c.FiledAt, FiledBy: c.FiledBy,
		UpdatedAt: c.UpdatedAt, AcceptedAt: c.AcceptedAt, EndedAt: c.EndedAt,
	}
}

func (m Meeting) masked() Meeting {
	m.Invited = hidden(m.Invited)
	m.Attendees = slices.Clone(m.Attendees)
	for i, a := range m.Attendees {
		if a.Role != AttendeeMediator && a.Role != AttendeeRecorder {
			m.Attendees[i].Name = MaskName(a.Name)
		}
	}
	return m
}

// named are the parts of a case in which people are named.
var named = []string{"/parties", "/meetings", "/investigations", "/agreement", "/recusals"}

// Masked is the entry without the personal text of what was changed; which fields changed stays.
func (e Entry) Masked() Entry {
	e.Changes = maskedChanges(e.Changes, named)
	return e
}

// maskedChanges hides what was changed in the parts where people are named.
func maskedChanges(changes []Change, parts []string) []Change {
	changes = slices.Clone(changes)
	for i, change := range changes {
		if slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(change.Field, part) }) {
			changes[i].Before, changes[i].After = hidden(change.Before), hidden(change.After)
		}
	}
	return changes
}

func hidden(value string) string {
	if value == "" {
		return ""
	}
	return masked
}
