package mediation

import (
	"slices"
	"strconv"
	"time"
)

const maxMediators = 20

// Mediator is a person who mediates a case. Issuer and Subject join the person to a login; somebody who has none is
// known by the registry's id alone.
type Mediator struct {
	ID      ID     `json:"id,omitempty"` // in the registry of mediators, or ""
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject,omitempty"`
	Name    string `json:"name"`
	Host    bool   `json:"host,omitempty"` // 主持人, exactly one of a case
}

// Assignment says who mediates: exactly one host, and any others (L19; P25).
type Assignment struct {
	Mediators []Mediator
	Reason    string // why these, or why others than before; required to reassign
}

// RecusalGround is why somebody must not mediate a case.
type RecusalGround string

// The grounds for a recusal.
const (
	RecusalKin      RecusalGround = "kin"
	RecusalInterest RecusalGround = "interest"
	RecusalOther    RecusalGround = "other-relation"
	RecusalAsked    RecusalGround = "asked-by-party"
)

var recusalGrounds = []Code{
	{Code: string(RecusalKin), ZH: "与当事人有近亲属关系", EN: "Kin of a party"},
	{Code: string(RecusalInterest), ZH: "与纠纷有利害关系", EN: "An interest in the dispute"},
	{Code: string(RecusalOther), ZH: "有其他可能影响公正调解的关系", EN: "Another relation that may affect fairness"},
	{Code: string(RecusalAsked), ZH: "当事人要求更换", EN: "A party asks for somebody else", Note: "P25"},
}

// Recusal keeps somebody away from a case: from being assigned to it, and from opening it.
type Recusal struct {
	Number      int           `json:"number"` // given by Recuse
	Mediator    Mediator      `json:"mediator"`
	Ground      RecusalGround `json:"ground"`
	AskedBy     ID            `json:"askedBy,omitempty"` // the party who asked, or ""
	Note        string        `json:"note,omitempty"`
	Replacement *Mediator     `json:"replacement,omitempty"` // required when the host is recused
	At          time.Time     `json:"at"`                    // given by Recuse
}

// same tells whether two entries mean one person.
func (m Mediator) same(other Mediator) bool {
	return (m.ID != "" && m.ID == other.ID) || (m.Subject != "" && m.Issuer == other.Issuer && m.Subject == other.Subject)
}

func (m Mediator) is(p Principal) bool {
	return m.Subject != "" && m.Issuer == p.Issuer && m.Subject == p.Subject
}

// Host is who leads the mediation; false before somebody was assigned.
func (c Case) Host() (Mediator, bool) {
	i := slices.IndexFunc(c.Mediators, func(m Mediator) bool { return m.Host })
	if i < 0 {
		return Mediator{}, false
	}
	return c.Mediators[i], true
}

// Assigned tells whether the person mediates this case.
func (c Case) Assigned(p Principal) bool {
	return slices.ContainsFunc(c.Mediators, func(m Mediator) bool { return m.is(p) })
}

// Recused tells whether the person must keep away from this case.
func (c Case) Recused(p Principal) bool {
	return slices.ContainsFunc(c.Recusals, func(r Recusal) bool { return r.Mediator.is(p) })
}

// Assign names who mediates, with one host (L19; P25). Invalid "invalid-assignment" with every violated rule.
func (c Case) Assign(assignment Assignment, act Act) (Case, Entry, error) {
	return c.assign(VerbAssign, assignment, act)
}

// Reassign puts others in their place, with the reason (P25).
func (c Case) Reassign(assignment Assignment, act Act) (Case, Entry, error) {
	return c.assign(VerbReassign, assignment, act)
}

func (c Case) assign(verb Verb, assignment Assignment, act Act) (Case, Entry, error) {
	if err := c.ready(verb, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	required := 0
	if verb == VerbReassign {
		required = 1
	}
	reason := check.text("/reason", assignment.Reason, required, maxNote, manyLines)
	mediators := check.mediators(c, assignment.Mediators)
	if err := check.err("invalid-assignment", "The assignment breaks a rule.", "指派不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Mediators = mediators
	return changed.move(verb, act, reason, mediatorChange(c, changed))
}

// Succession is the assignment that puts somebody in a leaver's place: as host where the leaver was, and once where the
// successor mediates already. It is false when the leaver does not mediate the case.
func (c Case) Succession(leaver Principal, successor Mediator, reason string) (Assignment, bool) {
	i := slices.IndexFunc(c.Mediators, func(m Mediator) bool { return m.is(leaver) })
	if i < 0 {
		return Assignment{}, false
	}
	successor.Host = c.Mediators[i].Host
	var mediators []Mediator
	for k, m := range c.Mediators {
		switch {
		case k == i:
		case m.same(successor):
			successor.Host = successor.Host || m.Host
		default:
			mediators = append(mediators, m)
		}
	}
	return Assignment{Mediators: append(mediators, successor), Reason: reason}, true
}

func mediatorChange(before, after Case) []Change {
	if slices.Equal(before.Mediators, after.Mediators) {
		return nil
	}
	change := Change{Field: "/mediators", After: encoded(after.Mediators)}
	if len(before.Mediators) > 0 {
		change.Before = encoded(before.Mediators)
	}
	return []Change{change}
}

func (c *checker) mediators(of Case, given []Mediator) []Mediator {
	if len(given) > maxMediators {
		c.fail("/mediators", "too-many", "Name at most 20 mediators.", "调解员最多 20 名。")
		return nil
	}
	hosts := 0
	checked := make([]Mediator, 0, len(given))
	for i, m := range given {
		pointer := "/mediators/" + strconv.Itoa(i)
		m = c.mediator(pointer, of, m)
		if slices.ContainsFunc(checked, m.same) {
			c.fail(pointer, "duplicate", "Name each mediator once.", "调解员不得重复。")
		}
		if m.Host {
			hosts++
		}
		checked = append(checked, m)
	}
	if hosts != 1 {
		c.fail("/mediators", "one-host-required", "Name exactly one host.", "须有且只有一名主持人。")
	}
	return checked
}

// mediator checks one person, and that nothing keeps the person away from the case.
func (c *checker) mediator(pointer string, of Case, m Mediator) Mediator {
	m.Name = c.text(pointer+"/name", m.Name, 1, maxName, oneLine)
	m.Issuer = c.text(pointer+"/issuer", m.Issuer, 0, maxSubject, oneLine)
	m.Subject = c.text(pointer+"/subject", m.Subject, 0, maxSubject, oneLine)
	if m.ID == "" && (m.Issuer == "" || m.Subject == "") {
		c.fail(pointer, "person-required",
			"Name the mediator by the registry's id, or by issuer and subject.", "请填写调解员名册标识，或者登录签发方和账号。")
	}
	if slices.ContainsFunc(of.Recusals, func(r Recusal) bool { return r.Mediator.same(m) }) {
		c.fail(pointer, "recused", "This person is recused from the case: choose another.", "该人员应当回避，请另行指派。")
	}
	return m
}

// Recuse keeps somebody away from the case, before or after being assigned to it (P25). A host is replaced at once.
func (c Case) Recuse(recusal Recusal, act Act) (Case, Entry, error) {
	if err := c.ready(VerbRecuse, act); err != nil {
		return Case{}, Entry{}, err
	}
	recusal, err := recusal.checked(c)
	if err != nil {
		return Case{}, Entry{}, err
	}
	recusal.Number, recusal.At = len(c.Recusals)+1, act.At
	changed := c.clone()
	changed.Recusals = added(c.Recusals, recusal)
	changed.replace(recusal)
	changes := append([]Change{recorded("/recusals", recusal.Number, recusal)}, mediatorChange(c, changed)...)
	return changed.move(VerbRecuse, act, recusal.Note, changes)
}

func (r Recusal) checked(c Case) (Recusal, error) {
	var check checker
	check.room("/mediator", len(c.Recusals))
	r.Mediator = check.mediator("/mediator", c, r.Mediator)
	check.choice("/ground", string(r.Ground), recusalGrounds, "recusal-grounds", "回避情形")
	check.partyOf("/askedBy", c, r.AskedBy, r.Ground == RecusalAsked)
	r.Note = check.text("/note", r.Note, 0, maxNote, manyLines)
	host, assigned := c.Host()
	if assigned && host.same(r.Mediator) && r.Replacement == nil {
		check.fail("/replacement", "replacement-required",
			"Name the new host: the case must not be without one.", "请同时确定新的主持人。")
	}
	if r.Replacement != nil {
		replacement := check.mediator("/replacement", c, *r.Replacement)
		if replacement.same(r.Mediator) {
			check.fail("/replacement", "recused", "Nobody takes their own place.", "不能由应当回避的人员接替。")
		}
		if !slices.ContainsFunc(c.Mediators, r.Mediator.same) {
			check.fail("/replacement", "not-expected",
				"The recused person is not assigned, so nobody is replaced.", "回避人员未被指派，无需更换。")
		}
		r.Replacement = &replacement
	}
	return r, check.err("invalid-recusal", "The recusal breaks a rule.", "回避内容不符合规定。")
}

// replace takes the recused person off, and puts the replacement there, as host when the case would have none.
func (c *Case) replace(r Recusal) {
	i := slices.IndexFunc(c.Mediators, r.Mediator.same)
	if i < 0 {
		return
	}
	c.Mediators = slices.Delete(c.Mediators, i, i+1)
	if r.Replacement == nil {
		return
	}
	replacement := *r.Replacement
	c.Mediators = slices.DeleteFunc(c.Mediators, replacement.same)
	_, hosted := c.Host()
	replacement.Host = !hosted
	c.Mediators = append(c.Mediators, replacement)
}
