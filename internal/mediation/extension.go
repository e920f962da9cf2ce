package mediation

import (
	"slices"
	"time"
)

// Extension is more time for mediation, with everybody's consent (P33).
type Extension struct {
	Number   int       `json:"number"` // given by Extend
	Until    string    `json:"until"`  // 2006-01-02, the new last day
	Consents []ID      `json:"consents"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"` // given by Extend
}

// Extend gives mediation until a later day. Every party of the case consents.
func (c Case) Extend(extension Extension, act Act) (Case, Entry, error) {
	if err := c.ready(VerbExtend, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Extensions))
	extension.Reason = check.text("/reason", extension.Reason, 1, maxNote, manyLines)
	check.comingDay("/until", extension.Until, LegalDay(act.At))
	if n := len(c.Extensions); n > 0 && extension.Until <= c.Extensions[n-1].Until {
		check.fail("/until", "not-later", "The day is not later than the one already agreed.", "新的期限不晚于已约定的期限。")
	}
	check.everyParty("/consents", c, extension.Consents)
	if err := check.err("invalid-extension", "The extension breaks a rule.", "延期内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	extension.Number, extension.At = len(c.Extensions)+1, act.At
	extension.Consents = slices.Clone(extension.Consents)
	changed := c.clone()
	changed.Extensions = added(c.Extensions, extension)
	return changed.move(VerbExtend, act, extension.Reason, []Change{recorded("/extensions", extension.Number, extension)})
}
