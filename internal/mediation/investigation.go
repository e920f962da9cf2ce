package mediation

import "time"

// Investigation is one record of finding out what happened (调查记录; P26, P27).
type Investigation struct {
	Number       int       `json:"number"` // given by Investigate
	At           time.Time `json:"at"`
	Place        string    `json:"place"`
	Participants string    `json:"participants"` // who asked, who was asked, who wrote it down
	Findings     string    `json:"findings"`
}

// Investigate records what was found out. During mediation it leaves the stage as it is.
func (c Case) Investigate(investigation Investigation, act Act) (Case, Entry, error) {
	if err := c.ready(VerbInvestigate, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Investigations))
	check.pastMoment("/at", investigation.At, act.At)
	investigation.Place = check.text("/place", investigation.Place, 1, maxPlace, oneLine)
	investigation.Participants = check.text("/participants", investigation.Participants, 1, maxNote, manyLines)
	investigation.Findings = check.text("/findings", investigation.Findings, 1, maxLongText, manyLines)
	if err := check.err("invalid-investigation", "The investigation breaks a rule.", "调查记录不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	investigation.Number = len(c.Investigations) + 1
	changed := c.clone()
	changed.Investigations = added(c.Investigations, investigation)
	return changed.move(VerbInvestigate, act, "", []Change{recorded("/investigations", investigation.Number, investigation)})
}
