package mediation

import (
	"errors"
	"slices"
	"strconv"
	"time"
)

// Difficulty is how hard a dispute is to settle (难易等级); subsidies and the statistics' 疑难复杂 go by it.
type Difficulty string

// The difficulties, from the easiest.
const (
	DifficultySimple   Difficulty = "simple"
	DifficultyOrdinary Difficulty = "ordinary"
	DifficultyComplex  Difficulty = "complex"
	DifficultyMajor    Difficulty = "major"
)

var difficulties = []Code{
	{Code: string(DifficultySimple), ZH: "简易", EN: "Simple"},
	{Code: string(DifficultyOrdinary), ZH: "一般", EN: "Ordinary"},
	{Code: string(DifficultyComplex), ZH: "疑难复杂", EN: "Difficult or complex"},
	{Code: string(DifficultyMajor), ZH: "重大", EN: "Major"},
}

// GradeRule is one version of how difficulty is found: each criterion names a grade, the hardest that is met counts,
// and what meets none is simple. It is reference data: counties differ.
type GradeRule struct {
	Version   string           `json:"version"`
	ValidFrom string           `json:"validFrom"` // 2006-01-02
	Criteria  []GradeCriterion `json:"criteria"`
}

// GradeCriterion is met when the fact is at least so much. Amounts are in fen; what is either so or not is 1.
type GradeCriterion struct {
	Fact    Fact       `json:"fact"`
	AtLeast int64      `json:"atLeast"`
	Grade   Difficulty `json:"grade"`
}

// Grading is a difficulty with its reasons, and a person's decision against it where there is one. A case keeps every
// grading; the last one counts.
type Grading struct {
	Number   int                   `json:"number"` // given by the verb, like who and when
	By       Principal             `json:"by"`
	At       time.Time             `json:"at"`
	Of       Circumstances         `json:"of"`
	Note     string                `json:"note,omitempty"`
	Rule     string                `json:"rule"` // version
	Computed Difficulty            `json:"computed"`
	Parts    []GradePart           `json:"parts,omitempty"`
	Override *Override[Difficulty] `json:"override,omitempty"`
}

// GradePart is one criterion that was met.
type GradePart struct {
	Fact  Fact       `json:"fact"`
	Grade Difficulty `json:"grade"`
	ZH    string     `json:"zh"`
	EN    string     `json:"en"`
}

// BaseGradeRule is the built-in proposal: the axes are those that county guides use, the figures are ours.
func BaseGradeRule() GradeRule {
	const tenThousandYuan = 1_000_000 // fen
	return GradeRule{
		Version: "base-1", ValidFrom: "2020-01-01",
		Criteria: []GradeCriterion{
			{FactParties, 3, DifficultyOrdinary}, {FactParties, 5, DifficultyComplex}, {FactParties, 10, DifficultyMajor},
			{FactPeople, 5, DifficultyOrdinary}, {FactPeople, 10, DifficultyComplex}, {FactPeople, 50, DifficultyMajor},
			{FactAmount, tenThousandYuan, DifficultyOrdinary}, {FactAmount, 10 * tenThousandYuan, DifficultyComplex},
			{FactAmount, 50 * tenThousandYuan, DifficultyMajor},
			{FactSessions, 2, DifficultyOrdinary}, {FactSessions, 3, DifficultyComplex},
			{FactInvestigations, 1, DifficultyOrdinary}, {FactInvestigations, 3, DifficultyComplex},
			{FactInjured, 1, DifficultyComplex}, {FactInjured, 3, DifficultyMajor}, {FactDead, 1, DifficultyMajor},
			{FactCrossTown, 1, DifficultyOrdinary}, {FactCrossCounty, 1, DifficultyComplex},
			{FactDangers, 1, DifficultyComplex}, {FactReopened, 1, DifficultyOrdinary},
		},
	}
}

// ParseGradeRule reads and checks a published version.
func ParseGradeRule(document []byte) (GradeRule, error) {
	var r GradeRule
	if err := decodeStrictly(document, &r); err != nil {
		return GradeRule{}, err
	}
	return r, r.Check()
}

// Check is Invalid "invalid-grade-rule" with every violated rule: known facts and grades, and more of a fact never makes
// a dispute easier.
func (r GradeRule) Check() error {
	var check checker
	check.version(r.Version, r.ValidFrom)
	for i, c := range r.Criteria {
		pointer := "/criteria/" + strconv.Itoa(i)
		check.threshold(pointer, c.Fact, c.AtLeast)
		if !c.Grade.Known() || c.Grade == DifficultySimple {
			check.fail(pointer+"/grade", "unknown-code", "Choose ordinary, complex or major.", "请选择一般、疑难复杂或者重大。")
		}
		for _, earlier := range r.Criteria[:i] {
			if earlier.Fact == c.Fact && (earlier.AtLeast >= c.AtLeast || earlier.Grade.rank() >= c.Grade.rank()) {
				check.fail(pointer, "order", "Criteria of one fact rise, in figure and in grade.", "同一情形的标准应当逐级递增。")
				break
			}
		}
	}
	return check.err("invalid-grade-rule", "The grade rule breaks a rule.", "难易等级标准不符合规定。")
}

func (c *checker) threshold(pointer string, fact Fact, atLeast int64) {
	if !fact.Known() {
		c.fail(pointer+"/fact", "unknown-code", "Choose a fact from the list case-facts.", "请从纠纷情形代码表中选择。")
	}
	if atLeast < 1 || atLeast > MaximumAmount {
		c.fail(pointer+"/atLeast", "out-of-range", "A criterion begins at 1 or more.", "标准应当从 1 起。")
	}
}

// Grade finds the difficulty of a dispute and says why.
func (r GradeRule) Grade(of Circumstances) (Grading, error) {
	if err := of.check(); err != nil {
		return Grading{}, err
	}
	g := Grading{Of: of, Rule: r.Version, Computed: DifficultySimple}
	for _, row := range factRows() {
		if part, met := r.hardest(row, of); met {
			g.Parts = append(g.Parts, part)
			if part.Grade.rank() > g.Computed.rank() {
				g.Computed = part.Grade
			}
		}
	}
	return g, nil
}

// hardest is the hardest grade that one fact reaches.
func (r GradeRule) hardest(row factRow, of Circumstances) (part GradePart, met bool) {
	value := row.Read(of)
	for _, c := range r.Criteria {
		if c.Fact == row.Fact && value >= c.AtLeast && c.Grade.rank() > part.Grade.rank() {
			zh, en := row.words(value, c.AtLeast)
			part, met = GradePart{row.Fact, c.Grade, zh, en}, true
		}
	}
	return part, met
}

// Difficulty is the one that counts: the person's, else the rule's.
func (g Grading) Difficulty() Difficulty {
	if g.Override != nil {
		return g.Override.Value
	}
	return g.Computed
}

// Overridden puts a person's decision over the rule's, with a reason. It is Invalid "invalid-override" without one, or
// when nothing would differ.
func (g Grading) Overridden(value Difficulty, reason string, act Act) (Grading, error) {
	override, err := overridden(value, g.Computed, value.Known(), reason, act)
	if err != nil {
		return Grading{}, err
	}
	g.Override = override
	return g, nil
}

// Restored goes back to what the rule says.
func (g Grading) Restored() Grading {
	g.Override = nil
	return g
}

// Regraded is a later grading of the same dispute; a person's decision stays until it is taken back.
func (g Grading) Regraded(later Grading) Grading {
	later.Override = g.Override
	return later
}

// Stale tells whether the dispute has become harder since a person decided: somebody should look again.
func (g Grading) Stale() bool {
	return g.Override != nil && g.Computed.rank() > g.Override.Over.rank()
}

// Known tells whether the difficulty is on the list.
func (d Difficulty) Known() bool { return listed(difficulties, string(d)) }

// Complex is the statistics' flag 疑难复杂.
func (d Difficulty) Complex() bool { return d.rank() >= DifficultyComplex.rank() }

// rank counts from 1 for simple; 0 is none.
func (d Difficulty) rank() int {
	return slices.IndexFunc(difficulties, func(c Code) bool { return c.Code == string(d) }) + 1
}

// overridden checks a decision against a rule, whatever is decided.
func overridden[T ~string](value, computed T, known bool, reason string, act Act) (*Override[T], error) {
	if err := act.check(); err != nil {
		return nil, err
	}
	var check checker
	reason = check.text("/reason", reason, 1, maxNote, manyLines)
	switch {
	case !known:
		check.fail("/value", codeProblem(string(value)), "Choose a value from the list.", "请从代码表中选择。")
	case value == computed:
		check.fail("/value", "no-difference", "The rule says the same; take the override back instead.", "与系统评定相同，请直接取消人工调整。")
	}
	if err := check.err("invalid-override", "The override breaks a rule.", "人工调整不符合规定。"); err != nil {
		return nil, err
	}
	return &Override[T]{Value: value, Over: computed, Reason: reason, By: act.By.Principal, At: act.At}, nil
}

// Judging is what a person adds when a dispute is graded or its risk assessed.
type Judging struct {
	Findings Findings
	Note     string
}

// Overruling puts a person's decision over a rule's. Without a value it takes the last decision back.
type Overruling[T ~string] struct {
	Value  T
	Reason string
}

// Grading is the one in force, and whether there is any.
func (c Case) Grading() (Grading, bool) { return last(c.Gradings) }

// Difficulty is the one in force; "" while the case has not been graded.
func (c Case) Difficulty() Difficulty {
	g, graded := c.Grading()
	if !graded {
		return ""
	}
	return g.Difficulty()
}

func last[T any](list []T) (T, bool) {
	if len(list) == 0 {
		var none T
		return none, false
	}
	return list[len(list)-1], true
}

// Grade finds the difficulty from what the case shows and what the person adds (难易分级). A person's earlier decision stays.
func (c Case) Grade(book Rulebook, judging Judging, act Act) (Case, Entry, error) {
	if err := c.ready(VerbGrade, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	note := check.text("/note", judging.Note, 0, maxNote, manyLines)
	later, err := book.Grades.Grade(c.circumstances(judging.Findings, act.At))
	check.take(err)
	if err := check.err("invalid-grading", "The grading breaks a rule.", "难易分级不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	before, _ := c.Grading()
	later = before.Regraded(later)
	later.Note = note
	return c.graded(VerbGrade, later, act, note)
}

// OverrideGrade puts a person's difficulty over the rule's, or takes it back.
func (c Case) OverrideGrade(overruling Overruling[Difficulty], act Act) (Case, Entry, error) {
	if err := c.ready(VerbOverrideGrade, act); err != nil {
		return Case{}, Entry{}, err
	}
	g, _ := c.Grading()
	decided, err := overruled(g, g.Override != nil, overruling, act, Grading.Restored, Grading.Overridden)
	if err != nil {
		return Case{}, Entry{}, err
	}
	return c.graded(VerbOverrideGrade, decided, act, overruling.Reason)
}

// graded adds a grading; the one before stays as it was.
func (c Case) graded(verb Verb, g Grading, act Act, reason string) (Case, Entry, error) {
	var check checker
	check.room("", len(c.Gradings))
	if err := check.err("invalid-grading", "The case has as many gradings as it may.", "该案难易分级次数已达上限。"); err != nil {
		return Case{}, Entry{}, err
	}
	before, _ := c.Grading()
	g.Number, g.By, g.At = len(c.Gradings)+1, act.By.Principal, act.At
	changed := c.clone()
	changed.Gradings = added(c.Gradings, g)
	changes := []Change{{Field: numberedPath("/gradings", g.Number), After: string(g.Difficulty())}}
	if before.Number > 0 {
		changes[0].Before = string(before.Difficulty())
	}
	if before.Rule != g.Rule {
		changes = append(changes, Change{Field: "/gradings/rule", Before: before.Rule, After: g.Rule})
	}
	return changed.move(verb, act, reason, changes)
}

// overruled takes a decision back when none is given and there is one, else puts the given one in its place.
func overruled[R any, T ~string](of R, decided bool, o Overruling[T], act Act, restored func(R) R, overridden func(R, T, string, Act) (R, error)) (R, error) {
	if o.Value != "" || !decided {
		return overridden(of, o.Value, o.Reason, act)
	}
	var check checker
	check.text("/reason", o.Reason, 1, maxNote, manyLines)
	return restored(of), check.err("invalid-override", "The override breaks a rule.", "人工调整不符合规定。")
}

// take adds the violated rules of a refusal to one's own.
func (c *checker) take(err error) {
	var refusal *Error
	if errors.As(err, &refusal) {
		c.fields = append(c.fields, refusal.Fields...)
	}
}

func isGraded(c Case, _ time.Time) []FieldError {
	if len(c.Gradings) > 0 {
		return nil
	}
	return gap("/gradings", "not-graded", "The case has not been graded: grade it first.", "尚未进行难易分级，请先分级。")
}
