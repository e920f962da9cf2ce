package registry

import (
	"slices"
	"strings"
	"time"
)

// ConflictKind is how a mediator stands to a party.
type ConflictKind string

// The kinds. Self is never declared: it is seen from the identity.
const (
	ConflictSelf     ConflictKind = "self"
	ConflictKin      ConflictKind = "kin"
	ConflictInterest ConflictKind = "interest"
	ConflictAgent    ConflictKind = "agent"
	ConflictOther    ConflictKind = "other"
)

// ConflictOfInterest is a tie for which a mediator keeps away from a person, an organisation or one case: such a
// mediator is not suggested and cannot open the case.
type ConflictOfInterest struct {
	ID      ID           `json:"id"`
	Kind    ConflictKind `json:"kind"`
	Against Counterpart  `json:"against"`
	Note    string       `json:"note,omitempty"`
	At      time.Time    `json:"at"`
	By      Person       `json:"by"`
	EndedOn string       `json:"endedOn,omitempty"` // the last day on which it held, "" while it holds
}

// Counterpart is against whom a conflict holds: one case, or a person or organisation by identity or by name.
type Counterpart struct {
	Case           ID     `json:"case,omitempty"`
	IdentityType   string `json:"identityType,omitempty"`
	IdentityNumber string `json:"identityNumber,omitempty"`
	Name           string `json:"name,omitempty"`
}

// MatterParty is what is known of a party.
type MatterParty struct {
	Name           string
	IdentityType   string
	IdentityNumber string
}

// DeclareConflict writes a conflict of interest down.
func (m Mediator) DeclareConflict(conflict ConflictOfInterest, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	conflict, err := conflict.checked()
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	conflict.ID, conflict.At, conflict.By, conflict.EndedOn = act.NewID(), act.At, act.By, ""
	m.Conflicts = append(slices.Clone(m.Conflicts), conflict)
	return m.moved("declare-conflict", act, conflict.Note, []Change{{"/conflicts/" + string(conflict.ID), "", string(conflict.Kind)}})
}

func (c ConflictOfInterest) checked() (ConflictOfInterest, error) {
	var check checker
	check.code("/kind", string(c.Kind), conflictKinds, 1)
	if c.Kind == ConflictSelf {
		check.fail("/kind", "not-declared", "That a mediator is a party is seen from the identity.", "本人是当事人由证件号码自动识别，无需申报。")
	}
	c.Note = check.text("/note", c.Note, needed(c.Kind == ConflictOther), maxNote)
	a := &c.Against
	a.Name = check.text("/against/name", a.Name, 0, maxName)
	a.IdentityType = check.text("/against/identityType", a.IdentityType, 0, maxWord)
	a.IdentityNumber = strings.ToUpper(check.text("/against/identityNumber", a.IdentityNumber, 0, maxWord))
	if (a.IdentityType == "") != (a.IdentityNumber == "") {
		check.fail("/against/identityNumber", "incomplete", "Give the paper and its number together.", "证件类型和证件号码应当同时填写。")
	}
	if a.Case == "" && a.IdentityNumber == "" && a.Name == "" {
		check.fail("/against", "required", "Name the case, or the person by identity or name.", "请写明案件，或者当事人的证件号码、姓名。")
	}
	return c, check.err("invalid-conflict", "The conflict of interest breaks a rule.", "回避申报不符合规定。")
}

// EndConflict writes down that a conflict holds no more; to is the last day on which it held.
func (m Mediator) EndConflict(id ID, to, reason string, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	reason, err := reasoned(reason, 1)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	at := slices.IndexFunc(m.Conflicts, func(c ConflictOfInterest) bool { return c.ID == id && c.EndedOn == "" })
	var check checker
	check.day("/to", to, 1)
	check.past("/to", to, act.At)
	if at < 0 {
		check.fail("/conflict", "unknown-conflict", "Name a conflict of this mediator that holds.", "请填写该调解员仍然有效的回避申报。")
	}
	if err := check.err("invalid-conflict", "The conflict of interest breaks a rule.", "回避申报不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	m.Conflicts = slices.Clone(m.Conflicts)
	m.Conflicts[at].EndedOn = to
	return m.moved("end-conflict", act, reason, []Change{{"/conflicts/" + string(id) + "/endedOn", "", to}})
}

// ConflictWith gives the conflict for which the mediator must keep away from a matter: being a party, or a declared one
// that holds on the matter's day. It is what keeps a mediator from opening a case, too.
func (m Mediator) ConflictWith(matter Matter) (ConflictOfInterest, bool) {
	for _, party := range matter.Parties {
		if m.IdentityNumber != "" && m.IdentityNumber == party.IdentityNumber && m.IdentityType == party.IdentityType {
			return ConflictOfInterest{Kind: ConflictSelf}, true
		}
	}
	for _, c := range m.Conflicts {
		if c.EndedOn != "" && c.EndedOn < matter.Day {
			continue
		}
		if c.Against.Case != "" && c.Against.Case == matter.Case {
			return c, true
		}
		if slices.ContainsFunc(matter.Parties, c.Against.is) {
			return c, true
		}
	}
	return ConflictOfInterest{}, false
}

// is compares numbers where both sides have one. Otherwise the name decides: keeping away once too often harms less
// than once too seldom.
func (a Counterpart) is(party MatterParty) bool {
	if a.IdentityNumber != "" && party.IdentityNumber != "" && a.IdentityType == party.IdentityType {
		return a.IdentityNumber == party.IdentityNumber
	}
	return a.Name != "" && a.Name == strings.TrimSpace(party.Name)
}
