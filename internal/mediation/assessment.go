package mediation

import (
	"slices"
	"strconv"
	"time"
)

// The verbs of risk: a case is assessed, and a person decides against the score. Every one is a record of its own, so
// that it can be seen afterwards what was known when.

// Assessing is what a person adds when the risk of a dispute is assessed.
type Assessing struct {
	Judging
	Tendencies []Tendency
	Rank       Rank // "" takes the one that goes with the colour
}

// Risk is the assessment in force, and whether there is any.
func (c Case) Risk() (Assessment, bool) { return last(c.Assessments) }

// Colour is the colour in force; "" while the risk has not been assessed.
func (c Case) Colour() Colour {
	a, assessed := c.Risk()
	if !assessed {
		return ""
	}
	return a.Colour()
}

// Assess scores the risk from what the case shows and what the person adds. A person's earlier colour stays.
func (c Case) Assess(book Rulebook, assessing Assessing, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAssess, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	note := check.text("/note", assessing.Note, 0, maxNote, manyLines)
	check.tendencies(assessing.Tendencies)
	if assessing.Rank != "" {
		check.choice("/rank", string(assessing.Rank), ranks, "case-ranks", "案件等级")
	}
	later, err := book.Risks.Assess(c.circumstances(assessing.Findings, act.At), book.Risks.InUse())
	check.take(err)
	if err := check.err("invalid-assessment", "The assessment breaks a rule.", "风险评估不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	before, _ := c.Risk()
	later = before.Reassessed(later)
	later.Note, later.Tendencies, later.Rank = note, slices.Clone(assessing.Tendencies), assessing.Rank
	if later.Rank == "" {
		later.Rank = rankOf(later.Colour())
	}
	return c.assessed(VerbAssess, later, act, note)
}

// OverrideRisk puts a person's colour over the score's, or takes it back.
func (c Case) OverrideRisk(overruling Overruling[Colour], act Act) (Case, Entry, error) {
	if err := c.ready(VerbOverrideRisk, act); err != nil {
		return Case{}, Entry{}, err
	}
	a, _ := c.Risk()
	decided, err := overruled(a, a.Override != nil, overruling, act, Assessment.Restored, Assessment.Overridden)
	if err != nil {
		return Case{}, Entry{}, err
	}
	return c.assessed(VerbOverrideRisk, decided, act, overruling.Reason)
}

// assessed adds an assessment; the one before stays as it was.
func (c Case) assessed(verb Verb, a Assessment, act Act, reason string) (Case, Entry, error) {
	var check checker
	check.room("", len(c.Assessments))
	if err := check.err("invalid-assessment", "The case has as many assessments as it may.", "该案风险评估次数已达上限。"); err != nil {
		return Case{}, Entry{}, err
	}
	before, _ := c.Risk()
	a.Number, a.By, a.At = len(c.Assessments)+1, act.By.Principal, act.At
	changed := c.clone()
	changed.Assessments = added(c.Assessments, a)
	changes := append([]Change{{Field: numberedPath("/assessments", a.Number), After: string(a.Computed)}}, before.Changes(a)...)
	return changed.move(verb, act, reason, changes)
}

func (c *checker) tendencies(given []Tendency) {
	for i, t := range given {
		pointer := "/tendencies/" + strconv.Itoa(i)
		c.choice(pointer, string(t), tendencies, "risk-tendencies", "风险倾向")
		if slices.Contains(given[:min(i, len(tendencies))], t) {
			c.fail(pointer, "duplicate", "Name each tendency once.", "每种倾向只填一次。")
		}
		if i > len(tendencies) {
			return
		}
	}
}

// rankOf goes by the colour, as alarms are ranked elsewhere: red is the first level, blue and green the fourth.
func rankOf(colour Colour) Rank {
	switch colour {
	case Red:
		return "first"
	case Orange:
		return "second"
	case Yellow:
		return "third"
	default:
		return "fourth"
	}
}

func isAssessed(c Case, _ time.Time) []FieldError {
	if len(c.Assessments) > 0 {
		return nil
	}
	return gap("/assessments", "not-assessed", "The risk has not been assessed: assess it first.", "尚未进行风险评估，请先评估。")
}

// AlarmKind is why somebody must hear of a case at once.
type AlarmKind string

// The kinds of alarms.
const (
	AlarmRed       AlarmKind = "red"        // the case has become red
	AlarmRedHidden AlarmKind = "red-hidden" // the score has become red while a person keeps the case below
	AlarmDanger    AlarmKind = "danger"     // a danger was reported
)

// Red tells whether the alarm is about the colour.
func (k AlarmKind) Red() bool { return k == AlarmRed || k == AlarmRedHidden }

// Alarms are what the last change of a case must be told for at once, given the case as it was before: each cause once,
// so that a case that stays red is silent, and one that comes back to red is told again.
func (c Case) Alarms(before Case) []AlarmKind {
	var alarms []AlarmKind
	was, _ := before.Risk()
	is, _ := c.Risk()
	switch {
	case len(c.Assessments) == len(before.Assessments) || !was.Alerts(is):
	case is.Colour() == Red:
		alarms = append(alarms, AlarmRed)
	default:
		alarms = append(alarms, AlarmRedHidden)
	}
	if len(c.Dangers) > len(before.Dangers) {
		alarms = append(alarms, AlarmDanger)
	}
	return alarms
}
