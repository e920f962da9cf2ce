package mediation

const maxSatisfaction = 5

// Visit is a follow-up (回访): how matters stand after the end of the mediation.
type Visit struct {
	Number       int    `json:"number"` // given by Visit
	On           string `json:"on"`     // 2006-01-02
	Party        ID     `json:"party,omitempty"`
	Means        string `json:"means"` // at home, by telephone …
	Situation    string `json:"situation"`
	Satisfaction int    `json:"satisfaction,omitempty"` // 1 to 5, 0 when nobody was asked
	Relapse      bool   `json:"relapse,omitempty"`      // the dispute has come back, or may
}

// Visit records a follow-up.
func (c Case) Visit(visit Visit, act Act) (Case, Entry, error) {
	if err := c.ready(VerbVisit, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Visits))
	check.pastDay("/on", visit.On, act.At)
	check.notBefore("/on", visit.On, LegalDay(c.FiledAt), "before-filing", "The day lies before the case was filed.", "日期早于登记日期。")
	check.partyOf("/party", c, visit.Party, false)
	visit.Means = check.text("/means", visit.Means, 1, maxName, oneLine)
	visit.Situation = check.text("/situation", visit.Situation, 1, maxNote, manyLines)
	if visit.Satisfaction < 0 || visit.Satisfaction > maxSatisfaction {
		check.fail("/satisfaction", "out-of-range", "Satisfaction is from 1 to 5, or left out.", "满意度为 1 到 5 分，或者不填。")
	}
	if err := check.err("invalid-visit", "The visit breaks a rule.", "回访记录不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	visit.Number = len(c.Visits) + 1
	changed := c.clone()
	changed.Visits = added(c.Visits, visit)
	return changed.move(VerbVisit, act, "", []Change{recorded("/visits", visit.Number, visit)})
}
