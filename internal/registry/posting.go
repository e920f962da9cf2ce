package registry

import "slices"

// Engagement is full-time or part-time.
type Engagement string

// The engagements.
const (
	FullTime Engagement = "full-time"
	PartTime Engagement = "part-time"
)

// Posting is a mediator's place in an organisation.
type Posting struct {
	ID           ID         `json:"id"`
	Organisation ID         `json:"organisation"`
	Engagement   Engagement `json:"engagement"`
	From         string     `json:"from"`         // 2006-01-02
	To           string     `json:"to,omitempty"` // last day, "" while it goes on
}

// FullTimeElsewhere is the answer to full-time service in two organisations at a time. It names the rule and never the
// other organisation, which may be another town's.
func FullTimeElsewhere() *Error {
	return refuse(Conflict, "full-time-elsewhere",
		"A mediator is full-time in one organisation of the county only; end the other place first, or join part-time.",
		"专职调解员在全县只能在一个调解组织任职，请先结束原专职任职，或者改为兼职。")
}

// identityRequired keeps the rule of one full-time place honest: without a number nobody can be told from a namesake.
func identityRequired() *Error {
	return refuse(Conflict, "identity-required",
		"Full-time service needs the identity number: write it down first.", "专职任职须先填写证件号码。",
		FieldError{"/identityNumber", "required", "Full-time service needs the identity number.", "专职任职须填写证件号码。"})
}

// Join gives the mediator a place in an organisation that works. Full-time service is possible in one organisation at a
// time only, and for somebody with an identity number: Conflict "full-time-elsewhere", "identity-required".
func (m Mediator) Join(p Posting, o Organisation, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	if err := p.check(o); err != nil {
		return Mediator{}, Entry{}, err
	}
	if p.Engagement == FullTime && m.IdentityNumber == "" {
		return Mediator{}, Entry{}, identityRequired()
	}
	for _, other := range m.Postings {
		if !overlap(p.From, p.To, other.From, other.To) {
			continue
		}
		if other.Organisation == p.Organisation {
			return Mediator{}, Entry{}, refuse(Conflict, "already-there",
				"The mediator serves in that organisation in that time already; end the old place first.", "该调解员在此期间已在该组织任职，请先结束原任职。")
		}
		if p.Engagement == FullTime && other.Engagement == FullTime {
			return Mediator{}, Entry{}, FullTimeElsewhere()
		}
	}
	p.ID = act.NewID()
	m.Postings = append(slices.Clone(m.Postings), p)
	m.Owes = m.Owes.changed(m.Filings, LegalDay(act.At))
	return m.moved("join", act, "", []Change{{"/postings/" + string(p.ID), "", string(p.Organisation)}})
}

func (p Posting) check(o Organisation) error {
	var check checker
	if p.Organisation == "" || p.Organisation != o.ID {
		check.fail("/organisation", "unknown-organisation", "Name an organisation of the registry.", "请填写名册中的调解组织。")
	}
	check.code("/engagement", string(p.Engagement), engagements, 1)
	check.day("/from", p.From, 1)
	check.day("/to", p.To, 0)
	check.span("/to", p.From, p.To)
	if err := check.err("invalid-posting", "The posting breaks a rule.", "任职信息不符合规定。"); err != nil {
		return err
	}
	if o.Status != OrganisationActive {
		return refuse(Conflict, "organisation-status", "The organisation does not work; nobody can join it.", "该组织未在正常状态，不能任职。")
	}
	return nil
}

// Quit ends a place in an organisation; to is the last day.
func (m Mediator) Quit(posting ID, to, reason string, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	reason, err := reasoned(reason, 0)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	at := slices.IndexFunc(m.Postings, func(p Posting) bool { return p.ID == posting })
	var check checker
	check.day("/to", to, 1)
	switch {
	case at < 0:
		check.fail("/posting", "unknown-posting", "Name a posting of this mediator.", "请填写该调解员的任职记录。")
	case to < m.Postings[at].From:
		check.fail("/to", "before-the-first-day", "The last day comes before the first.", "结束日期不能早于开始日期。")
	case to > until(m.Postings[at].To):
		check.fail("/to", "ended-before", "The posting ended before that day.", "该任职在此之前已经结束。")
	}
	if err := check.err("invalid-posting", "The posting breaks a rule.", "任职信息不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	m.Postings = slices.Clone(m.Postings)
	change := Change{"/postings/" + string(posting) + "/to", m.Postings[at].To, to}
	m.Postings[at].To = to
	m.Owes = m.Owes.changed(m.Filings, LegalDay(act.At))
	return m.moved("quit", act, reason, []Change{change})
}

// Serving lists the postings that hold on a day.
func (m Mediator) Serving(day string) []Posting {
	var serving []Posting
	for _, p := range m.Postings {
		if covers(p.From, p.To, day) {
			serving = append(serving, p)
		}
	}
	return serving
}

// FullTime tells whether the mediator is full-time somewhere on a day.
func (m Mediator) FullTime(day string) bool {
	return slices.ContainsFunc(m.Serving(day), func(p Posting) bool { return p.Engagement == FullTime })
}

// everFullTime tells whether the mediator is full-time somewhere on a day or after it.
func (m Mediator) everFullTime(day string) bool {
	return slices.ContainsFunc(m.Postings, func(p Posting) bool { return p.Engagement == FullTime && day <= until(p.To) })
}

// endedBy ends every posting on a day at the latest; those that had not begun are gone.
func endedBy(postings []Posting, day string) []Posting {
	var kept []Posting
	for _, p := range postings {
		if p.From > day {
			continue
		}
		p.To = min(until(p.To), day)
		kept = append(kept, p)
	}
	return kept
}
