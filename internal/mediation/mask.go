package mediation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// masked stands for what is not shown.
const masked = "*"

// Mask is how much is hidden from somebody. Names stay for whoever works in the town, because they speak to people;
// numbers and addresses are for those who mediate the case, and for whoever says why (Disclosing).
type Mask int

// The masks, from nothing to everything.
const (
	MaskNothing    Mask = iota
	MaskNumbers         // identity numbers, phones and addresses are masked
	MaskPeople          // names too, and whoever took part
	MaskEverything      // the case is shut: Case.Shut
)

// MaskOf is how much of a case is hidden from the actor. Every answer that shows a case goes by it.
func (a Actor) MaskOf(c Case) Mask {
	switch {
	case c.Permit(a, ActionCaseRead) != nil:
		return MaskEverything
	case c.Permit(a, ActionCaseNames) != nil:
		return MaskPeople
	case c.Assigned(a.Principal):
		return MaskNothing
	}
	return MaskNumbers
}

// MaskOfLead is how much of a lead is hidden from the actor. Whoever reported it knows it.
func (a Actor) MaskOfLead(l Lead) Mask {
	switch {
	case l.Permit(a, ActionLeadRead) != nil:
		return MaskEverything
	case l.Permit(a, ActionLeadNames) != nil:
		return MaskPeople
	case l.ReportedBy == a.Subject && l.ReporterIssuer == a.Issuer && a.Subject != "":
		return MaskNothing
	}
	return MaskNumbers
}

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

// MaskBirthday keeps the year: with the rest of it a masked identity number would be known.
func MaskBirthday(day string) string {
	if len(day) != len(time.DateOnly) {
		return hidden(day)
	}
	return day[:len("2006")] + "-" + masked + masked + "-" + masked + masked
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

// Masked is the party behind a mask.
func (p Party) Masked(m Mask) Party {
	shown := p
	for _, f := range partyFields {
		if at := f.at(&shown); m >= f.from && *at != "" {
			*at = f.mask(p)
		}
	}
	return shown
}

// MaskedParties are the parties' names as the county's index may hold them, in order.
func (c Case) MaskedParties() []string {
	names := make([]string, 0, len(c.Parties))
	for _, p := range c.Parties {
		names = append(names, p.MaskedName())
	}
	return names
}

// Masked is the case behind a mask: its parties and, from MaskPeople on, whoever took part for them. Title, facts, claims
// and what was said and agreed stay: a reader reads what happened. Mediators act in public and keep their names.
func (c Case) Masked(m Mask) Case {
	if m == MaskEverything {
		return c.Shut()
	}
	c = c.clone()
	for i := range c.Parties {
		c.Parties[i] = c.Parties[i].Masked(m)
	}
	if m < MaskPeople {
		return c
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

// Masked is the entry behind a mask; which fields changed stays.
func (e Entry) Masked(m Mask) Entry {
	e.Changes = maskedChanges(e.Changes, named, m)
	return e
}

// maskedChanges hides what was changed: numbers and addresses of parties, and from MaskPeople on everything in the parts
// where people are named.
func maskedChanges(changes []Change, parts []string, m Mask) []Change {
	if m == MaskNothing {
		return changes
	}
	changes = slices.Clone(changes)
	for i, change := range changes {
		hide := func(value string) string { return maskedValue(change.Field, value) }
		if m >= MaskPeople {
			if !slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(change.Field, part) }) {
				continue
			}
			hide = hidden
		}
		changes[i].Before, changes[i].After = hide(change.Before), hide(change.After)
	}
	return changes
}

// maskedValue is a field's value behind MaskNumbers. A party that came or went is there as a whole; one that cannot be read
// is hidden as a whole.
func maskedValue(field, value string) string {
	if field == "/reporter/phone" {
		return MaskPhone(value)
	}
	parts := strings.Split(field, "/")
	if value == "" || len(parts) < 3 || parts[1] != "parties" {
		return value
	}
	if len(parts) == 3 {
		var p Party
		if json.Unmarshal([]byte(value), &p) != nil {
			return masked
		}
		return encoded(p.Masked(MaskNumbers))
	}
	for _, f := range partyFields {
		if f.name == strings.Join(parts[3:], "/") && f.from <= MaskNumbers {
			var p Party
			*f.at(&p) = value
			return f.mask(p)
		}
	}
	return value
}

func hidden(value string) string {
	if value == "" {
		return ""
	}
	return masked
}
