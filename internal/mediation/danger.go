package mediation

import "time"

// DangerKind is what threatens; the statistics count what was prevented by it.
type DangerKind string

var dangerKinds = []Code{
	{Code: "suicide", ZH: "自杀", EN: "Suicide"},
	{Code: "crime", ZH: "民转刑", EN: "A crime out of the dispute"},
	{Code: "collective-petition", ZH: "群体性上访", EN: "Collective petition"},
	{Code: "mass-fight", ZH: "群体性械斗", EN: "Mass fight"},
	{Code: "public-order", ZH: "治安案件", EN: "Breach of public order"},
	{Code: "other", ZH: "其他激化情形", EN: "Another flare-up"},
}

// Danger is a sign that a dispute may flare up, reported at once to the police or the department (L25).
type Danger struct {
	Number     int        `json:"number"` // given by ReportDanger
	Kind       DangerKind `json:"kind"`
	Signs      string     `json:"signs"`
	Receiver   string     `json:"receiver"` // who was told
	ReportedAt time.Time  `json:"reportedAt"`
	Measures   string     `json:"measures,omitempty"`
	// What came of it, given by SettleDanger.
	SettledAt *time.Time `json:"settledAt,omitempty"`
	Prevented bool       `json:"prevented,omitempty"`
	People    int        `json:"people,omitempty"`
	Outcome   string     `json:"outcome,omitempty"`
}

// DangerOutcome is what came of a danger: whether it was prevented, and for how many people.
type DangerOutcome struct {
	Number    int
	Prevented bool
	People    int
	Outcome   string
}

func (c Case) openDangers() []Danger {
	var open []Danger
	for _, d := range c.Dangers {
		if d.SettledAt == nil {
			open = append(open, d)
		}
	}
	return open
}

// ReportDanger records that a danger was found and reported. It never waits for a stage of the case.
func (c Case) ReportDanger(danger Danger, act Act) (Case, Entry, error) {
	if err := c.ready(VerbReportDanger, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Dangers))
	check.choice("/kind", string(danger.Kind), dangerKinds, "danger-kinds", "险情类别")
	danger.Signs = check.text("/signs", danger.Signs, 1, maxNote, manyLines)
	danger.Receiver = check.text("/receiver", danger.Receiver, 1, maxPlace, oneLine)
	danger.Measures = check.text("/measures", danger.Measures, 0, maxNote, manyLines)
	check.pastMoment("/reportedAt", danger.ReportedAt, act.At)
	if err := check.err("invalid-danger", "The report breaks a rule.", "险情报告不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	danger.Number = len(c.Dangers) + 1
	danger.SettledAt, danger.Prevented, danger.People, danger.Outcome = nil, false, 0, ""
	changed := c.clone()
	changed.Dangers = added(c.Dangers, danger)
	return changed.move(VerbReportDanger, act, "", []Change{recorded("/dangers", danger.Number, danger)})
}

// SettleDanger records what came of a danger.
func (c Case) SettleDanger(outcome DangerOutcome, act Act) (Case, Entry, error) {
	if err := c.ready(VerbSettleDanger, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	outcome.Outcome = check.text("/outcome", outcome.Outcome, 1, maxNote, manyLines)
	if outcome.People < 0 || outcome.People > maxPeople {
		check.fail("/people", "out-of-range", "People are counted from 0 to 1000000.", "人数应在 0 到 1000000 之间。")
	}
	i := outcome.Number - 1
	if i < 0 || i >= len(c.Dangers) || c.Dangers[i].SettledAt != nil {
		check.unknownNumber("/number", "an open danger", "未处置险情")
	}
	if err := check.err("invalid-danger", "The outcome breaks a rule.", "险情处置结果不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	danger, at := &changed.Dangers[i], act.At
	danger.SettledAt, danger.Prevented, danger.People, danger.Outcome = &at, outcome.Prevented, outcome.People, outcome.Outcome
	change := Change{Field: numberedPath("/dangers", danger.Number), Before: encoded(c.Dangers[i]), After: encoded(*danger)}
	return changed.move(VerbSettleDanger, act, "", []Change{change})
}
