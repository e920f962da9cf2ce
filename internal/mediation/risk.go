package mediation

import (
	"slices"
	"strconv"
	"time"
)

// Colour is how much attention a dispute needs.
type Colour string

// The colours, from the calmest. Green belongs to the scale of three, blue and orange to the scale of four.
const (
	Green  Colour = "green"
	Blue   Colour = "blue"
	Yellow Colour = "yellow"
	Orange Colour = "orange"
	Red    Colour = "red"
)

// RiskScale is how many colours a tenant uses. Both are in use; the tenant chooses.
type RiskScale string

// The scales.
const (
	ThreeColours RiskScale = "three"
	FourColours  RiskScale = "four"
)

// Tendency is where a dispute may lead; the county's forms ask for each.
type Tendency string

// The tendencies.
const (
	TendencyCrime     Tendency = "crime"
	TendencyPetition  Tendency = "group-petition"
	TendencyStability Tendency = "stability"
)

// Rank is the level at which a dispute is filed (案件等级), "first" the highest.
type Rank string

var colours = []Code{
	{Code: string(Green), ZH: "绿色", EN: "Green", Note: "follow up", NoteZH: "跟踪回访"},
	{Code: string(Blue), ZH: "蓝色", EN: "Blue", Note: "hidden", NoteZH: "隐患"},
	{Code: string(Yellow), ZH: "黄色", EN: "Yellow", Note: "three colours: the area's team acts; four: general", NoteZH: "三色：包片工作组办理；四色：一般"},
	{Code: string(Orange), ZH: "橙色", EN: "Orange", Note: "concerned", NoteZH: "关注"},
	{Code: string(Red), ZH: "红色", EN: "Red", Note: "a leader takes charge; alerts at once", NoteZH: "领导包案，立即预警"},
}

var riskScales = []Code{
	{Code: string(ThreeColours), ZH: "三色（红、黄、绿）", EN: "Three colours (red, yellow, green)"},
	{Code: string(FourColours), ZH: "四色（红、橙、黄、蓝）", EN: "Four colours (red, orange, yellow, blue)"},
}

var tendencies = []Code{
	{Code: string(TendencyCrime), ZH: "民转刑倾向", EN: "May turn criminal"},
	{Code: string(TendencyPetition), ZH: "群体上访倾向", EN: "May become a group petition"},
	{Code: string(TendencyStability), ZH: "影响稳定倾向", EN: "May disturb public order"},
}

var ranks = []Code{
	{Code: "first", ZH: "一级、特别重大", EN: "Level 1, extremely serious"},
	{Code: "second", ZH: "二级、重大", EN: "Level 2, serious"},
	{Code: "third", ZH: "三级、较大", EN: "Level 3, considerable"},
	{Code: "fourth", ZH: "四级、一般", EN: "Level 4, ordinary"},
}

// RiskRule is one version of how risk is scored: of one fact the highest item that is reached counts, the facts add up,
// and the colour is the highest band reached. It is reference data.
type RiskRule struct {
	Version   string     `json:"version"`
	ValidFrom string     `json:"validFrom"`       // 2006-01-02
	Scale     RiskScale  `json:"scale,omitempty"` // which colours are used; "" is four
	Items     []RiskItem `json:"items"`
	Three     []RiskBand `json:"three"` // yellow, red; below is green
	Four      []RiskBand `json:"four"`  // yellow, orange, red; below is blue
}

// RiskItem gives points when a fact is at least so much. Amounts are in fen; what is either so or not is 1.
type RiskItem struct {
	Fact    Fact  `json:"fact"`
	AtLeast int64 `json:"atLeast"`
	Points  int   `json:"points"`
}

// RiskBand is the score from which a colour begins.
type RiskBand struct {
	Colour Colour `json:"colour"`
	From   int    `json:"from"`
}

// Assessment is a risk with its score, the parts of the score, and a person's decision where there is one (PIPL art. 24:
// the score is explained, and a human decides). A case keeps every assessment; the last one counts.
type Assessment struct {
	Number   int               `json:"number"` // given by the verb, like who and when
	By       Principal         `json:"by"`
	At       time.Time         `json:"at"`
	Of       Circumstances     `json:"of"`
	Note     string            `json:"note,omitempty"`
	Rule     string            `json:"rule"` // version
	Scale    RiskScale         `json:"scale"`
	Score    int               `json:"score"`
	Computed Colour            `json:"computed"`
	Parts    []RiskPart        `json:"parts,omitempty"`
	Override *Override[Colour] `json:"override,omitempty"`
	// Tendencies are where a person sees it going; Rank is how high it is filed.
	Tendencies []Tendency `json:"tendencies,omitempty"`
	Rank       Rank       `json:"rank,omitempty"`
}

// RiskPart is one item that was reached, with its points.
type RiskPart struct {
	Fact   Fact   `json:"fact"`
	Points int    `json:"points"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// BaseRiskRule is the built-in proposal; red cases that became known had eight police calls.
func BaseRiskRule() RiskRule {
	const halfMillionYuan = 50_000_000 // fen
	return RiskRule{
		Version: "base-1", ValidFrom: "2020-01-01",
		Items: []RiskItem{
			{FactThreat, 1, 40}, {FactPoliceCalls, 3, 20}, {FactInjured, 1, 20}, {FactPeople, 10, 15}, {FactPeople, 50, 25},
			{FactPetitions, 2, 15}, {FactVulnerable, 1, 10}, {FactAmount, halfMillionYuan, 10}, {FactFailedSessions, 2, 10},
		},
		Three: []RiskBand{{Yellow, 20}, {Red, 60}},
		Four:  []RiskBand{{Yellow, 20}, {Orange, 40}, {Red, 60}},
	}
}

// ParseRiskRule reads and checks a published version.
func ParseRiskRule(document []byte) (RiskRule, error) {
	var r RiskRule
	if err := decodeStrictly(document, &r); err != nil {
		return RiskRule{}, err
	}
	return r, r.Check()
}

// InUse is the scale by which a tenant under this rule shows its colours.
func (r RiskRule) InUse() RiskScale {
	if r.Scale == "" {
		return FourColours
	}
	return r.Scale
}

// maxPoints bounds the points of one item, so that no single figure decides everything by mistake.
const maxPoints = 100

// Check is Invalid "invalid-risk-rule" with every violated rule: known facts, and more of a fact never lowers the score.
func (r RiskRule) Check() error {
	var check checker
	check.version(r.Version, r.ValidFrom)
	for i, item := range r.Items {
		pointer := "/items/" + strconv.Itoa(i)
		check.threshold(pointer, item.Fact, item.AtLeast)
		if item.Points < 1 || item.Points > maxPoints {
			check.fail(pointer+"/points", "out-of-range", "Points go from 1 to 100.", "分值应在 1 到 100 之间。")
		}
		for _, earlier := range r.Items[:i] {
			if earlier.Fact == item.Fact && (earlier.AtLeast >= item.AtLeast || earlier.Points >= item.Points) {
				check.fail(pointer, "order", "Items of one fact rise, in figure and in points.", "同一情形的标准和分值应当逐级递增。")
				break
			}
		}
	}
	if r.Scale != "" {
		check.choice("/scale", string(r.Scale), riskScales, "risk-scales", "风险等级方案")
	}
	check.bands("/three", r.Three, ThreeColours)
	check.bands("/four", r.Four, FourColours)
	return check.err("invalid-risk-rule", "The risk rule breaks a rule.", "风险评分标准不符合规定。")
}

// bands wants every colour of the scale but the calmest, once, rising.
func (c *checker) bands(pointer string, bands []RiskBand, scale RiskScale) {
	want := scale.Colours()[1:]
	sound := len(bands) == len(want)
	for i := 0; sound && i < len(bands); i++ {
		sound = bands[i].Colour == want[i] && bands[i].From > 0 && (i == 0 || bands[i].From > bands[i-1].From)
	}
	if !sound {
		c.fail(pointer, "bands", "Give each colour above the calmest, in order, with rising scores.", "请按由低到高的顺序写明各颜色的起始分值。")
	}
}

// Assess scores a dispute and says why. An unknown scale is Invalid "unknown-risk-scale".
func (r RiskRule) Assess(of Circumstances, scale RiskScale) (Assessment, error) {
	if err := scale.check(); err != nil {
		return Assessment{}, err
	}
	if err := of.check(); err != nil {
		return Assessment{}, err
	}
	a := Assessment{Of: of, Rule: r.Version, Scale: scale}
	for _, row := range factRows() {
		if part, reached := r.highest(row, of); reached {
			a.Parts = append(a.Parts, part)
			a.Score += part.Points
		}
	}
	a.Computed = r.colour(a.Score, scale)
	return a, nil
}

// highest is the item with the most points that one fact reaches.
func (r RiskRule) highest(row factRow, of Circumstances) (part RiskPart, reached bool) {
	value := row.Read(of)
	for _, item := range r.Items {
		if item.Fact == row.Fact && value >= item.AtLeast && item.Points > part.Points {
			zh, en := row.words(value, item.AtLeast)
			part, reached = RiskPart{row.Fact, item.Points, zh, en}, true
		}
	}
	return part, reached
}

func (r RiskRule) colour(score int, scale RiskScale) Colour {
	bands := r.Four
	if scale == ThreeColours {
		bands = r.Three
	}
	colour := scale.Colours()[0]
	for _, band := range bands {
		if score >= band.From {
			colour = band.Colour
		}
	}
	return colour
}

// Colour is the one that counts: the person's, else the rule's.
func (a Assessment) Colour() Colour {
	if a.Override != nil {
		return a.Override.Value
	}
	return a.Computed
}

// Overridden puts a person's decision over the rule's, with a reason. It is Invalid "invalid-override" without one, with
// a colour of another scale, or when nothing would differ.
func (a Assessment) Overridden(value Colour, reason string, act Act) (Assessment, error) {
	override, err := overridden(value, a.Computed, slices.Contains(a.Scale.Colours(), value), reason, act)
	if err != nil {
		return Assessment{}, err
	}
	a.Override = override
	return a, nil
}

// Restored goes back to what the rule says.
func (a Assessment) Restored() Assessment {
	a.Override = nil
	return a
}

// Reassessed is a later assessment of the same dispute. A person's decision stays until it is taken back, unless the
// tenant has changed its scale to one without that colour.
func (a Assessment) Reassessed(later Assessment) Assessment {
	if a.Override != nil && slices.Contains(later.Scale.Colours(), a.Override.Value) {
		later.Override = a.Override
	}
	return later
}

// Stale tells whether the rule has become more alarmed since a person decided: somebody should look again.
func (a Assessment) Stale() bool {
	return a.Override != nil && a.Computed.rank() > a.Override.Over.rank()
}

// Alerts tells whether the change to a later assessment must be told at once: the dispute has become red, or a person
// keeps it below red while the rule now says red.
func (a Assessment) Alerts(later Assessment) bool {
	became := later.Colour() == Red && a.Colour() != Red
	hidden := later.Computed == Red && a.Computed != Red
	return became || hidden
}

// Changes are what the journal says of a new assessment.
func (a Assessment) Changes(later Assessment) []Change {
	var changes []Change
	add := func(field, was, is string) {
		if was != is {
			changes = append(changes, Change{Field: field, Before: was, After: is})
		}
	}
	if a.Rule != "" {
		add("/risk/score", strconv.Itoa(a.Score), strconv.Itoa(later.Score))
	} else {
		add("/risk/score", "", strconv.Itoa(later.Score))
	}
	add("/risk/rule", a.Rule, later.Rule)
	add("/risk/colour", string(a.Colour()), string(later.Colour()))
	return changes
}

// Known tells whether the scale is on the list.
func (s RiskScale) Known() bool { return listed(riskScales, string(s)) }

func (s RiskScale) check() error {
	if s.Known() {
		return nil
	}
	return Fail(Invalid, "unknown-risk-scale", "Choose a scale from the list risk-scales.", "请从风险等级方案代码表中选择。")
}

// Colours lists the colours of the scale, from the calmest.
func (s RiskScale) Colours() []Colour {
	switch s {
	case ThreeColours:
		return []Colour{Green, Yellow, Red}
	case FourColours:
		return []Colour{Blue, Yellow, Orange, Red}
	}
	return nil
}

// Known tells whether the colour is one of either scale.
func (c Colour) Known() bool { return listed(colours, string(c)) }

// Known tells whether the tendency is on the list.
func (t Tendency) Known() bool { return listed(tendencies, string(t)) }

// rank orders colours of both scales from the calmest; 0 is none.
func (c Colour) rank() int {
	return slices.IndexFunc(colours, func(code Code) bool { return code.Code == string(c) }) + 1
}
