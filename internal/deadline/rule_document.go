package deadline

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// RulesDocument is one published table of clocks: whole rules in the base, and in a layer above it changes of rules
// below and rules of its own.
type RulesDocument struct {
	Layer
	Rules []RulePatch `json:"rules"`
}

// RulePatch is a rule as a document writes it: the fields it names, and nothing about the others.
type RulePatch struct {
	Rule
	// Off takes a local or proposed rule out of use. A statute cannot be switched off.
	Off bool

	given map[string]json.RawMessage // the fields as they were written
}

// UnmarshalJSON remembers which fields were named.
func (p *RulePatch) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	var read struct {
		Rule
		Off bool `json:"off"`
	}
	if err := decode(data, &read); err != nil {
		return err
	}
	*p = RulePatch{Rule: read.Rule, Off: read.Off, given: fields}
	return nil
}

// MarshalJSON writes the fields as they were read, so that a document keeps its digest.
func (p RulePatch) MarshalJSON() ([]byte, error) { return json.Marshal(p.given) }

func (p RulePatch) names(fields ...string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { _, given := p.given[field]; return given })
}

// ParseRules reads and checks one document. What a change may do to the rule below is checked when documents are
// merged.
func ParseRules(data []byte) (RulesDocument, error) {
	var document RulesDocument
	if err := decode(data, &document); err != nil {
		return RulesDocument{}, err
	}
	return document, document.check()
}

func (d RulesDocument) check() error {
	if err := d.Layer.check(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, patch := range d.Rules {
		if !codeForm.MatchString(patch.ID) || seen[patch.ID] {
			return refuse("id", pointer(i, "/id"), "编号应为小写字母、数字和短横，且每个编号只写一次。",
				"An id is of lower-case letters, digits and dashes, and stands here once.")
		}
		seen[patch.ID] = true
	}
	return nil
}

func pointer(i int, rest string) string { return "/rules/" + strconv.Itoa(i) + rest }

// Rules is every layer of clocks laid over each other. It is read-only and safe for concurrent use.
type Rules struct {
	layers []Layer
	rules  map[string]Rule
	order  []string // base first, as documents list them
	digest string
}

// MergeRules lays documents over each other: the base, then a province's, a county's and a town's, each optional, at
// most one per level. A layer may shorten a statute's length, drop causes that stop it or cap its extension, never loosen
// it; local and proposed rules it may change, switch off or add.
func MergeRules(documents ...RulesDocument) (*Rules, error) {
	merged := &Rules{rules: map[string]Rule{}, digest: digest(documents)}
	for _, document := range documents {
		if err := document.check(); err != nil {
			return nil, err
		}
		merged.layers = append(merged.layers, document.Layer)
	}
	if err := checkChain(merged.layers); err != nil {
		return nil, err
	}
	for _, document := range documents {
		for i, patch := range document.Rules {
			if err := merged.lay(document.Layer, patch); err != nil {
				return nil, at(err, pointer(i, ""))
			}
		}
	}
	return merged, nil
}

// at puts a pointer in front of an error's own.
func at(err error, prefix string) error {
	var refusal *Error
	if errors.As(err, &refusal) {
		changed := *refusal
		changed.Pointer = prefix + changed.Pointer
		return &changed
	}
	return err
}

func (r *Rules) lay(layer Layer, patch RulePatch) error {
	below, exists := r.rules[patch.ID]
	if !exists {
		return r.add(layer, patch)
	}
	if layer.Level != LevelBase && len(patch.given) == 1 && !patch.Off {
		return refuse("empty", "", "该变更未写明任何字段。", "This change names no field.")
	}
	if patch.Off {
		if below.legal() != nil {
			return refuse("statute", "/off", "法定期限不得停用。", "A statute's clock cannot be switched off.")
		}
		delete(r.rules, patch.ID)
		r.order = slices.DeleteFunc(r.order, func(id string) bool { return id == patch.ID })
		return nil
	}
	changed := below.overlaid(patch)
	changed.layers = append(slices.Clone(below.layers), layer)
	if err := changed.check(); err != nil {
		return err
	}
	if law := below.legal(); law != nil {
		if err := law.guard(patch, changed); err != nil {
			return err
		}
		changed.law, changed.Binding = law, BindingStatute
		if changed.Length != law.Length || changed.Unit != law.Unit || len(changed.PauseFor) != len(law.PauseFor) {
			changed.Binding = BindingLocal
		}
	} else if changed.Binding == BindingStatute {
		return refuse("binding", "/binding", "下级文件不能把期限改为法定。", "A layer cannot turn a clock into a statute's.")
	}
	r.rules[patch.ID] = changed
	return nil
}

// ids lists the rules that there are.
func (r *Rules) ids(separator string) string { return strings.Join(r.order, separator) }

func (r *Rules) add(layer Layer, patch RulePatch) error {
	if patch.Off {
		return refuse("unknown", "/id", "没有可停用的期限，请从下列期限中选择："+r.ids("、")+"。",
			"There is no such clock to switch off: choose from "+r.ids(", ")+".")
	}
	rule := patch.Rule
	if rule.Title.empty() && len(rule.Basis) == 0 {
		return refuse("unknown-rule", "/id",
			"没有这一期限规则，请从下列期限中选择："+r.ids("、")+"；新增期限须写全，包括中英文名称。",
			"There is no such rule: choose from "+r.ids(", ")+"; a rule of your own is written in full, beginning with its title in both languages.")
	}
	rule.layers = []Layer{layer}
	if err := rule.check(); err != nil {
		return err
	}
	if layer.Level != LevelBase && rule.Binding == BindingStatute {
		return refuse("binding", "/binding", "下级文件新增的期限应为 local 或 proposed。",
			"A clock that a layer adds is local or proposed.")
	}
	r.rules[rule.ID] = rule
	r.order = append(r.order, rule.ID)
	return nil
}

// legal is the statute behind the rule, nil when there is none.
func (r Rule) legal() *Rule {
	if r.law != nil {
		return r.law
	}
	if r.Binding == BindingStatute {
		return &r
	}
	return nil
}

// overlaid is the rule with the fields that the patch names. Sources add up: the local text first, then what it
// stands on.
func (r Rule) overlaid(patch RulePatch) Rule {
	set := map[string]func(){
		"title":    func() { r.Title = patch.Title },
		"start":    func() { r.Start = patch.Start },
		"length":   func() { r.Length = patch.Length },
		"unit":     func() { r.Unit = patch.Unit },
		"on":       func() { r.On = patch.On },
		"startDay": func() { r.StartDay = patch.StartDay },
		"roll":     func() { r.Roll = patch.Roll },
		"pauseFor": func() { r.PauseFor = patch.PauseFor },
		"extend":   func() { r.Extend = patch.Extend },
		"warn":     func() { r.Warn = patch.Warn },
		"binding":  func() { r.Binding = patch.Binding },
		"basis":    func() { r.Basis = slices.Concat(patch.Basis, r.Basis) },
		"note":     func() { r.Note = patch.Note },
	}
	for name := range patch.given {
		if change, known := set[name]; known {
			change()
		}
	}
	return r
}

// guard refuses whatever would loosen the statute r.
func (r Rule) guard(patch RulePatch, changed Rule) error {
	for _, name := range []string{"title", "start", "on", "startDay", "roll", "binding"} {
		if patch.names(name) {
			return refuse("statute", "/"+name, "法定期限的该项内容不得变更；可缩短期限或限制延长。",
				"This part of a statute's clock cannot be changed; shorten it or cap its extension.")
		}
	}
	if patch.names("length", "unit", "pauseFor") && !patch.names("basis") {
		return refuse("basis", "/basis", "收紧法定期限须写明地方依据。", "Name the local text that tightens the clock.")
	}
	if patch.names("length", "unit") && !changed.within(r) {
		return refuse("statute", "/length", "只能缩短法定期限，任何情形下均不得长于法律规定。",
			"A statute's clock can only be shortened: it must never end later than the law says.")
	}
	if slices.ContainsFunc(changed.PauseFor, func(kind PauseKind) bool { return !slices.Contains(r.PauseFor, kind) }) {
		return refuse("statute", "/pauseFor", "不得增加法定期限的中止事由。",
			"A layer cannot add a cause that stops a statute's clock.")
	}
	if patch.names("extend") && !changed.Extend.within(r.Extend) {
		return refuse("statute", "/extend", "只能收紧法定的延长条件。", "A statute's extension can only be narrowed.")
	}
	return nil
}

// within says whether r surely ends no later than law, whatever the day it starts.
func (r Rule) within(law Rule) bool {
	if r.Unit == law.Unit {
		return r.Length <= law.Length
	}
	_, longest := bounds(r.Unit, r.Length)
	shortest, _ := bounds(law.Unit, law.Length)
	return longest <= shortest
}

// bounds are the fewest and the most calendar days that a length can take. Months have 28 to 31 days, two in a row at
// least 59; in any arrangement so far n working days took at most twice n days and a long holiday.
func bounds(unit Unit, length int) (least, most int) {
	switch unit {
	case UnitMonth:
		return 28 + 30*(length-1), 31 * length
	case UnitWorkday:
		return length, 2*length + 14
	case UnitHour:
		return length / 24, (length + 23) / 24
	default:
		return length, length
	}
}

// within says whether the allowance permits nothing that law does not.
func (a Allowance) within(law Allowance) bool {
	if a.By == ByNobody {
		return true
	}
	if a.By != law.By {
		return false
	}
	return law.Max == 0 || a.Max > 0 && a.Max <= law.Max && a.Unit == law.Unit
}

// Version names the table by its layers, for example "law-2026.1+371621@2".
func (r *Rules) Version() string { return chainVersion(r.layers) }

// Digest is SHA-256 over the documents, in hexadecimal.
func (r *Rules) Digest() string { return r.digest }

// Rule is the rule of that id as the layers leave it.
func (r *Rules) Rule(id string) (Rule, bool) {
	rule, known := r.rules[id]
	return rule, known
}

// All lists the rules, those of the base first, in the order of the documents.
func (r *Rules) All() []Rule {
	all := make([]Rule, len(r.order))
	for i, id := range r.order {
		all[i] = r.rules[id]
	}
	return all
}
