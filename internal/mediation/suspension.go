package mediation

import (
	"slices"
	"time"
)

// SuspensionReason is what mediation waits for.
type SuspensionReason string

var suspensionReasons = []Code{
	{Code: "appraisal", ZH: "鉴定", EN: "Forensic appraisal"},
	{Code: "valuation", ZH: "评估", EN: "Valuation"},
	{Code: "expert-opinion", ZH: "专家咨询", EN: "Expert opinion"},
	{Code: "evidence", ZH: "取证", EN: "Evidence"},
	{Code: "negotiation", ZH: "当事人自行协商", EN: "The parties talk among themselves"},
	{Code: "party-unavailable", ZH: "当事人暂时不能参加", EN: "A party cannot come for a while"},
	{Code: "other", ZH: "其他", EN: "Other"},
}

// Suspension stops the clock of mediation until a day that the parties set. It is a facet: the stage stays.
type Suspension struct {
	Number   int              `json:"number"` // given by Suspend
	Reason   SuspensionReason `json:"reason"`
	Note     string           `json:"note,omitempty"`
	Until    string           `json:"until"`    // 2006-01-02, the day the parties set at the latest
	Consents []ID             `json:"consents"` // every party
	From     time.Time        `json:"from"`     // given by Suspend
	EndedAt  *time.Time       `json:"endedAt,omitempty"`
}

// Suspended tells whether mediation waits for something.
func (c Case) Suspended() bool {
	return len(c.Suspensions) > 0 && c.Suspensions[len(c.Suspensions)-1].EndedAt == nil
}

// Suspend stops mediation while something is awaited.
func (c Case) Suspend(suspension Suspension, act Act) (Case, Entry, error) {
	if err := c.ready(VerbSuspend, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Suspensions))
	check.choice("/reason", string(suspension.Reason), suspensionReasons, "suspension-reasons", "中止理由")
	suspension.Note = check.text("/note", suspension.Note, 0, maxNote, manyLines)
	check.comingDay("/until", suspension.Until, LegalDay(act.At))
	check.everyParty("/consents", c, suspension.Consents)
	if err := check.err("invalid-suspension", "The suspension breaks a rule.", "中止内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	suspension.Number, suspension.From, suspension.EndedAt = len(c.Suspensions)+1, act.At, nil
	suspension.Consents = slices.Clone(suspension.Consents)
	changed := c.clone()
	changed.Suspensions = added(c.Suspensions, suspension)
	return changed.move(VerbSuspend, act, suspension.Note, []Change{recorded("/suspensions", suspension.Number, suspension)})
}

// Resumption says why mediation goes on.
type Resumption struct{ Note string }

// Resume goes on with a suspended mediation.
func (c Case) Resume(resumption Resumption, act Act) (Case, Entry, error) {
	if err := c.ready(VerbResume, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	note := check.text("/note", resumption.Note, 0, maxNote, manyLines)
	if err := check.err("invalid-resumption", "The resumption breaks a rule.", "恢复内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	return changed.move(VerbResume, act, note, changed.endSuspension(act))
}

// endSuspension ends a suspension that is under way: when mediation goes on, and when it is over.
func (c *Case) endSuspension(act Act) []Change {
	if !c.Suspended() {
		return nil
	}
	last, at := &c.Suspensions[len(c.Suspensions)-1], act.At
	last.EndedAt = &at
	return []Change{{Field: numberedPath("/suspensions", last.Number) + "/endedAt", After: at.Format(time.RFC3339Nano)}}
}
