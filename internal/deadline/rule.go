package deadline

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Unit is what a clock counts.
type Unit string

// The units.
const (
	UnitHour    Unit = "hour"    // 时: runs through nights and holidays, from the moment of the event
	UnitDay     Unit = "day"     // 日: every day counts
	UnitWorkday Unit = "workday" // 工作日: only days on which the offices work count
	UnitMonth   Unit = "month"   // 月: to the day of the same number, or the month's last (民法典 art. 202)
	UnitDate    Unit = "date"    // a fixed day of the year, for example 06-03
)

// words is a length of this unit for people: 30 个工作日, 30 working days.
func (u Unit) words(n int) Text {
	plural := "s"
	if n == 1 {
		plural = ""
	}
	switch u {
	case UnitHour:
		return Text{fmt.Sprintf("%d 小时", n), fmt.Sprintf("%d hour%s", n, plural)}
	case UnitWorkday:
		return Text{fmt.Sprintf("%d 个工作日", n), fmt.Sprintf("%d working day%s", n, plural)}
	case UnitMonth:
		return Text{fmt.Sprintf("%d 个月", n), fmt.Sprintf("%d month%s", n, plural)}
	default:
		return Text{fmt.Sprintf("%d 日", n), fmt.Sprintf("%d day%s", n, plural)}
	}
}

// Binding says how strong a clock is.
type Binding string

// The bindings.
const (
	BindingStatute  Binding = "statute"  // law, regulation, ministry rule or judicial interpretation
	BindingLocal    Binding = "local"    // a province's, county's or town's own rule or campaign
	BindingProposed Binding = "proposed" // good practice that this program suggests; no text demands it
)

// Source is where a rule stands.
type Source struct {
	Law     Text   `json:"law"`
	Article string `json:"article,omitempty"` // "33", "30, 88"
}

// suggestedByProgram is the law of a rule that stands nowhere.
const suggestedByProgram = "本系统建议"

// words name the source. Book-title marks are for what is published: statutes, rules, standards.
func (s Source) words() Text {
	if s.Law.ZH == suggestedByProgram {
		return s.Law
	}
	if s.Article == "" {
		return Text{"《" + s.Law.ZH + "》", s.Law.EN}
	}
	return Text{"《" + s.Law.ZH + "》第" + s.Article + "条", s.Law.EN + ", art. " + s.Article}
}

// Event is what starts a clock.
type Event struct {
	Code string `json:"code"` // stable, kebab-case
	Text
}

// RollTo says what happens when the last day is no working day.
type RollTo string

// The rolling rules.
const (
	RollForward RollTo = "next-workday" // the last day becomes the first working day after it
	RollStay    RollTo = "stay"         // the last day stays where it falls
)

// Roll is the rolling rule and where it stands.
type Roll struct {
	To     RollTo  `json:"to"`
	Source *Source `json:"source,omitempty"` // needed for next-workday
}

// StartDay says which day is day one.
type StartDay string

// The start days.
const (
	StartNext StartDay = "next" // the day after the event (民法典 art. 201, 民事诉讼法 art. 85): the rule unless a text differs
	StartSame StartDay = "same" // the day of the event itself, where a local text says so
)

// By says who can extend a clock.
type By string

// Who extends.
const (
	ByNobody   By = ""
	ByConsent  By = "consent"  // all parties agree
	ByApproval By = "approval" // the head of the organ approves
)

// Allowance is how far a clock may be extended.
type Allowance struct {
	By   By   `json:"by,omitempty"`
	Max  int  `json:"max,omitempty"` // total of all extensions; 0: no cap
	Unit Unit `json:"unit,omitempty"`
}

// Rule is one clock as data.
type Rule struct {
	ID       string      `json:"id"` // stable, kebab-case
	Title    Text        `json:"title"`
	Start    Event       `json:"start"`
	Length   int         `json:"length,omitempty"`
	Unit     Unit        `json:"unit"`
	On       string      `json:"on,omitempty"`       // month and day as 06-03, for the unit date only
	StartDay StartDay    `json:"startDay,omitempty"` // empty: next
	Roll     Roll        `json:"roll"`
	PauseFor []PauseKind `json:"pauseFor,omitempty"` // which suspensions stop this clock; empty: none does
	Extend   Allowance   `json:"extend,omitzero"`
	Warn     int         `json:"warn,omitempty"` // due soon so many calendar days (hours for the unit hour) before due
	Binding  Binding     `json:"binding"`
	Basis    []Source    `json:"basis"`
	Note     Text        `json:"note,omitzero"` // how an unclear text was read, and why

	layers []Layer // the documents that made the rule what it is, base first
	law    *Rule   // what the statute says, when a layer shortened it
}

// PauseKind is why a case is suspended. The codes are those of a suspension's reason.
type PauseKind string

// The kinds of pause.
const (
	PauseAppraisal   PauseKind = "appraisal"         // 鉴定
	PauseValuation   PauseKind = "valuation"         // 评估
	PauseExpert      PauseKind = "expert-opinion"    // 专家咨询
	PauseEvidence    PauseKind = "evidence"          // 补充证据、材料或核实情况
	PauseNegotiation PauseKind = "negotiation"       // 当事人自行协商
	PauseAbsence     PauseKind = "party-unavailable" // 当事人暂时不能参加
	PauseForce       PauseKind = "force-majeure"     // 不可抗力
	PauseOther       PauseKind = "other"             // 其他
)

// Label is the kind in both languages; empty for an unknown one.
func (k PauseKind) Label() Text {
	switch k {
	case PauseAppraisal:
		return Text{"鉴定", "appraisal"}
	case PauseValuation:
		return Text{"评估", "valuation"}
	case PauseExpert:
		return Text{"专家咨询", "an expert's opinion"}
	case PauseEvidence:
		return Text{"补充证据或核实", "further evidence"}
	case PauseNegotiation:
		return Text{"当事人自行协商", "talks between the parties"}
	case PauseAbsence:
		return Text{"当事人暂时不能参加", "a party who cannot come"}
	case PauseForce:
		return Text{"不可抗力", "force majeure"}
	case PauseOther:
		return Text{"其他事由", "another cause"}
	}
	return Text{}
}

// Pausable says whether any suspension stops the clock.
func (r Rule) Pausable() bool { return len(r.PauseFor) > 0 }

// Extendable says whether the clock can be extended.
func (r Rule) Extendable() bool { return r.Extend.By != ByNobody }

// Layers lists the documents that made the rule what it is, the base first.
func (r Rule) Layers() []Layer { return slices.Clone(r.layers) }

// maxLength bounds a length in any unit, so that a slip of the pen cannot make a count run for centuries.
const maxLength = 1000

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// check holds a whole rule to its form. Pointers are relative to the rule.
func (r Rule) check() error {
	checks := []func() error{r.checkWords, r.checkLength, r.checkRoll, r.checkAllowances, r.checkBasis}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (r Rule) checkWords() error {
	if !codeForm.MatchString(r.ID) || len(r.ID) > 60 {
		return refuse("id", "/id", "编号应为小写字母、数字和短横。", "An id is of lower-case letters, digits and dashes.")
	}
	if r.Title.empty() {
		return refuse("title", "/title", "请写明中英文名称。", "Give the title in both languages.")
	}
	if !codeForm.MatchString(r.Start.Code) || r.Start.empty() {
		return refuse("start", "/start", "请写明起算事件的代码和中英文名称。",
			"Name the event that starts the clock: code and both languages.")
	}
	if (r.Note.ZH == "") != (r.Note.EN == "") {
		return refuse("note", "/note", "说明应中英文齐备。", "Give the note in both languages.")
	}
	return nil
}

func (r Rule) checkLength() error {
	switch r.Unit {
	case UnitDate:
		if _, err := time.Parse("01-02", r.On); err != nil || len(r.On) != 5 || r.On == "02-29" || r.Length != 0 {
			return refuse("on", "/on", "固定日期请写成 06-03，且不写期限长度。", "Write a fixed day as 06-03, without a length.")
		}
		return nil
	case UnitHour, UnitMonth:
		if r.Length < 1 {
			return refuse("length", "/length", "期限应不少于 1。", "The length is 1 or more.")
		}
	case UnitDay, UnitWorkday:
	default:
		return refuse("unit", "/unit", "单位应为 hour、day、workday、month 或 date。",
			"The unit is hour, day, workday, month or date.")
	}
	if r.Length < 0 || r.Length > maxLength || r.On != "" {
		return refuse("length", "/length", "期限应在 0 至 1000 之间，且不写固定日期。",
			"The length lies between 0 and 1000, without a fixed day.")
	}
	return nil
}

func (r Rule) checkRoll() error {
	switch r.Roll.To {
	case RollStay:
	case RollForward:
		if r.Unit == UnitHour {
			return refuse("roll", "/roll", "以小时计算的期限不顺延。", "A clock of hours does not roll.")
		}
		if r.Roll.Source == nil || r.Roll.Source.Law.empty() {
			return refuse("roll", "/roll/source", "顺延须写明依据。", "Say which text rolls the last day forward.")
		}
	default:
		return refuse("roll", "/roll/to", "顺延规则应为 next-workday 或 stay。", "Roll to next-workday or stay.")
	}
	switch r.StartDay {
	case "", StartNext:
	case StartSame:
		if r.Unit == UnitHour || r.Unit == UnitDate || r.Length == 0 {
			return refuse("start-day", "/startDay", "小时、固定日期或零日期限不适用当日起算。",
				"Hours, fixed days and clocks of no length do not count from the same day.")
		}
	default:
		return refuse("start-day", "/startDay", "起算日应为 next 或 same。", "The start day is next or same.")
	}
	return nil
}

func (r Rule) checkAllowances() error {
	for i, kind := range r.PauseFor {
		if kind.Label().empty() || slices.Contains(r.PauseFor[:i], kind) || r.Unit == UnitDate {
			return refuse("pause", "/pauseFor", "中止事由未知、重复或不适用于固定日期。",
				"A cause of suspension is unknown, repeated, or given for a fixed day.")
		}
	}
	if r.Warn < 0 || r.Warn > maxLength {
		return refuse("warn", "/warn", "提前提醒应在 0 至 1000 之间。", "The warning lies between 0 and 1000.")
	}
	return r.checkExtend()
}

func (r Rule) checkExtend() error {
	given := r.Extend
	switch given.By {
	case ByNobody:
		if given != (Allowance{}) {
			return refuse("extend", "/extend/by", "请写明由谁延长：consent 或 approval。",
				"Say who extends: consent or approval.")
		}
		return nil
	case ByConsent, ByApproval:
	default:
		return refuse("extend", "/extend/by", "延长方式应为 consent 或 approval。", "The clock is extended by consent or approval.")
	}
	if given.Max < 0 || given.Max > maxLength || (given.Max > 0) != (given.Unit != "") {
		return refuse("extend", "/extend/max", "有上限的延长应写明长度和单位。", "A cap has a length and a unit.")
	}
	if given.Unit != "" && !given.Unit.lengthens(r.Unit) {
		return refuse("extend", "/extend/unit", "延长单位与期限单位不符。", "The extension's unit does not fit the clock's.")
	}
	return nil
}

func (r Rule) checkBasis() error {
	switch r.Binding {
	case BindingStatute, BindingLocal, BindingProposed:
	default:
		return refuse("binding", "/binding", "效力应为 statute、local 或 proposed。",
			"The binding is statute, local or proposed.")
	}
	if len(r.Basis) == 0 {
		return refuse("basis", "/basis", "请写明依据。", "Say where the rule stands.")
	}
	for _, source := range r.Basis {
		if source.Law.empty() {
			return refuse("basis", "/basis", "依据应写明中英文名称。", "Name the text in both languages.")
		}
	}
	return nil
}

// basisWords joins the sources for people.
func (r Rule) basisWords() Text {
	var zh, en []string
	for _, source := range r.Basis {
		words := source.words()
		zh, en = append(zh, words.ZH), append(en, words.EN)
	}
	return Text{strings.Join(zh, "、"), strings.Join(en, "; ")}
}

//go:embed rules.json
var rulesJSON []byte

var baseRules = sync.OnceValue(func() *Rules {
	rules, err := MergeRules(BaseRulesDocument())
	if err != nil {
		panic("deadline: the embedded clocks are no base: " + err.Error())
	}
	return rules
})

// BaseRules is the table of clocks that this program carries.
func BaseRules() *Rules { return baseRules() }

// BaseRulesDocument is the document behind BaseRules, to lay others over.
func BaseRulesDocument() RulesDocument {
	document, err := ParseRules(rulesJSON)
	if err != nil {
		panic("deadline: the embedded clocks are damaged: " + err.Error())
	}
	return document
}
