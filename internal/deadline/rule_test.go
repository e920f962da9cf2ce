package deadline_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/deadline"
)

func TestBaseRules_sayWhereTheyStand(t *testing.T) {
	all := deadline.BaseRules().All()
	if len(all) < 40 {
		t.Fatalf("%d rules", len(all))
	}
	for _, rule := range all {
		t.Run(rule.ID, func(t *testing.T) {
			if rule.Binding == deadline.BindingStatute && rule.Basis[0].Article == "" {
				t.Error("a statute is cited with its article")
			}
			if rule.Unit == deadline.UnitMonth && rule.Note.ZH == "" {
				t.Error("a month says why it is not 30 days")
			}
			if rule.Unit == deadline.UnitDay && rule.Roll.To == deadline.RollStay && rule.Binding == deadline.BindingStatute &&
				rule.Note.ZH == "" {
				t.Error("a statute that does not roll says why")
			}
			if len(rule.Layers()) != 1 || rule.Layers()[0].Level != deadline.LevelBase {
				t.Errorf("layers %v", rule.Layers())
			}
		})
	}
}

func TestBaseRules_sayWhatTheLawSays(t *testing.T) {
	cases := map[string]struct {
		reason    string
		length    int
		unit      deadline.Unit
		rolls     bool
		pausable  bool
		extension deadline.Allowance
		article   string
	}{
		"mediation":                {"one month, longer by consent", 1, deadline.UnitMonth, true, true, deadline.Allowance{By: deadline.ByConsent}, "33"},
		"mediation-medical":        {"30 working days without appraisal", 30, deadline.UnitWorkday, false, true, deadline.Allowance{By: deadline.ByConsent}, "38"},
		"court-assigned":           {"30 days, longer by consent", 30, deadline.UnitDay, true, false, deadline.Allowance{By: deadline.ByConsent}, "27"},
		"court-entrusted":          {"15 days in the ordinary procedure", 15, deadline.UnitDay, true, false, deadline.Allowance{By: deadline.ByConsent}, "27"},
		"confirmation-application": {"30 days and nothing extends them", 30, deadline.UnitDay, true, false, deadline.Allowance{}, "33"},
		"confirmation-decision":    {"15 and 10 by the president", 15, deadline.UnitDay, true, false, deadline.Allowance{By: deadline.ByApproval, Max: 10, Unit: deadline.UnitDay}, "5"},
		"petition-handling":        {"60 and 30", 60, deadline.UnitDay, false, false, deadline.Allowance{By: deadline.ByApproval, Max: 30, Unit: deadline.UnitDay}, "34"},
		"labour-award":             {"45 and 15", 45, deadline.UnitDay, true, false, deadline.Allowance{By: deadline.ByApproval, Max: 15, Unit: deadline.UnitDay}, "43"},
		"appraisal":                {"30 and 30 working days", 30, deadline.UnitWorkday, false, true, deadline.Allowance{By: deadline.ByApproval, Max: 30, Unit: deadline.UnitWorkday}, "28"},
		"legal-aid-decision":       {"7 days", 7, deadline.UnitDay, false, false, deadline.Allowance{}, "43"},
	}
	for id, tc := range cases {
		t.Run(id, func(t *testing.T) {
			got := rule(t, id)
			if got.Length != tc.length || got.Unit != tc.unit || got.Basis[0].Article != tc.article || got.Extend != tc.extension ||
				got.Pausable() != tc.pausable || got.Extendable() != (tc.extension.By != deadline.ByNobody) ||
				(got.Roll.To == deadline.RollForward) != tc.rolls {
				t.Errorf("%s: the table says %+v", tc.reason, got)
			}
		})
	}
}

// sound is a rule that keeps every rule of the form.
func sound() map[string]any {
	text := func(word string) map[string]any { return map[string]any{"zh": word, "en": word} }
	return map[string]any{
		"id": "local-clock", "title": text("t"), "start": map[string]any{"code": "accepted", "zh": "受理", "en": "acceptance"},
		"length": 5, "unit": "day", "roll": map[string]any{"to": "stay"}, "binding": "local",
		"basis": []any{map[string]any{"law": text("l")}},
	}
}

func countyLayer(t testing.TB, rules ...map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"version": "2", "level": "county", "unit": "371621", "rules": rules})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRule_form(t *testing.T) {
	type fields = map[string]any
	cases := map[string]struct {
		reason  string
		change  fields
		code    string
		pointer string
	}{
		"sound":               {"it may be laid", nil, "", ""},
		"id":                  {"ids are for machines", fields{"id": "Local Clock"}, "id", "/rules/0/id"},
		"title":               {"both languages", fields{"title": fields{"zh": "期限"}}, "title", "/rules/0/title"},
		"event":               {"a clock starts with something", fields{"start": fields{"code": "accepted"}}, "start", "/rules/0/start"},
		"half a note":         {"both languages", fields{"note": fields{"zh": "说明"}}, "note", "/rules/0/note"},
		"unit":                {"five units", fields{"unit": "week"}, "unit", "/rules/0/unit"},
		"negative":            {"a length counts forward", fields{"length": -1}, "length", "/rules/0/length"},
		"no hour":             {"hours are at least one", fields{"unit": "hour", "length": 0}, "length", "/rules/0/length"},
		"endless":             {"a slip of the pen", fields{"length": 1001}, "length", "/rules/0/length"},
		"day and date":        {"one or the other", fields{"on": "06-03"}, "length", "/rules/0/length"},
		"date and length":     {"one or the other", fields{"unit": "date", "on": "06-03"}, "on", "/rules/0/on"},
		"no such date":        {"a day of every year", fields{"unit": "date", "on": "02-29", "length": 0}, "on", "/rules/0/on"},
		"date":                {"a day of every year", fields{"unit": "date", "on": "06-03", "length": 0}, "", ""},
		"roll":                {"two ways", fields{"roll": fields{"to": "back"}}, "roll", "/rules/0/roll/to"},
		"roll without source": {"who says so", fields{"roll": fields{"to": "next-workday"}}, "roll", "/rules/0/roll/source"},
		"rolling hours":       {"hours run on", fields{"unit": "hour", "roll": fields{"to": "next-workday"}}, "roll", "/rules/0/roll"},
		"start day":           {"two ways", fields{"startDay": "yesterday"}, "start-day", "/rules/0/startDay"},
		"same-day hours":      {"hours begin with the moment", fields{"unit": "hour", "startDay": "same"}, "start-day", "/rules/0/startDay"},
		"pause":               {"known causes", fields{"pauseFor": []string{"lunch"}}, "pause", "/rules/0/pauseFor"},
		"pause twice":         {"once each", fields{"pauseFor": []string{"appraisal", "appraisal"}}, "pause", "/rules/0/pauseFor"},
		"warning":             {"before, not after", fields{"warn": -1}, "warn", "/rules/0/warn"},
		"cap of nobody":       {"who extends", fields{"extend": fields{"max": 5}}, "extend", "/rules/0/extend/by"},
		"extended by fate":    {"consent or approval", fields{"extend": fields{"by": "fate"}}, "extend", "/rules/0/extend/by"},
		"cap without unit":    {"five what", fields{"extend": fields{"by": "consent", "max": 5}}, "extend", "/rules/0/extend/max"},
		"days in hours":       {"units fit", fields{"extend": fields{"by": "consent", "max": 5, "unit": "hour"}}, "extend", "/rules/0/extend/unit"},
		"binding":             {"three", fields{"binding": "moral"}, "binding", "/rules/0/binding"},
		"a new statute":       {"a county makes no law", fields{"binding": "statute"}, "binding", "/rules/0/binding"},
		"no basis":            {"somebody says so", fields{"basis": []any{}}, "basis", "/rules/0/basis"},
		"half a basis":        {"both languages", fields{"basis": []any{fields{"law": fields{"zh": "办法"}}}}, "basis", "/rules/0/basis"},
		"off, unknown":        {"nothing to switch off", fields{"off": true}, "unknown", "/rules/0/id"},
		"misspelt":            {"an unknown field is not dropped", fields{"lengthh": 5}, "document", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rule := sound()
			maps.Copy(rule, tc.change)
			_, err := mergeRules(countyLayer(t, rule))
			if deadline.CodeOf(err) != tc.code {
				t.Fatalf("%s: %v, want %q", tc.reason, err, tc.code)
			}
			if refusal := (*deadline.Error)(nil); errors.As(err, &refusal) && refusal.Pointer != tc.pointer {
				t.Errorf("%s: at %s, want %s", tc.reason, refusal.Pointer, tc.pointer)
			}
		})
	}
}

func TestMergeRules_overlays(t *testing.T) {
	type fields = map[string]any
	basis := []any{fields{"law": fields{"zh": "惠民县办法", "en": "Huimin rules"}}}
	cases := map[string]struct {
		reason string
		change fields
		code   string
	}{
		"shorter":             {"a county may ask for more speed", fields{"id": "court-assigned", "length": 20, "basis": basis}, ""},
		"shorter, unfounded":  {"somebody says so", fields{"id": "court-assigned", "length": 20}, "basis"},
		"longer":              {"the law's length is the most", fields{"id": "court-assigned", "length": 31, "basis": basis}, "statute"},
		"30 days for a month": {"February is shorter", fields{"id": "mediation", "length": 30, "unit": "day", "basis": basis}, "statute"},
		"28 days for a month": {"never later than a month", fields{"id": "mediation", "length": 28, "unit": "day", "basis": basis}, ""},
		"workdays for days":   {"five working days can take 15", fields{"id": "court-assigned", "length": 8, "unit": "workday", "basis": basis}, ""},
		"too many workdays":   {"they may take longer than 30 days", fields{"id": "court-assigned", "length": 20, "unit": "workday", "basis": basis}, "statute"},
		"a cap":               {"one court caps the extension at 30", fields{"id": "court-assigned", "extend": fields{"by": "consent", "max": 30, "unit": "day"}}, ""},
		"no extension":        {"stricter still", fields{"id": "court-assigned", "extend": fields{}}, ""},
		"a higher cap":        {"the law's cap is the most", fields{"id": "petition-handling", "extend": fields{"by": "approval", "max": 60, "unit": "day"}}, "statute"},
		"other consent":       {"the law says who", fields{"id": "court-assigned", "extend": fields{"by": "approval"}}, "statute"},
		"a new extension":     {"the law gives none", fields{"id": "confirmation-application", "extend": fields{"by": "consent"}}, "statute"},
		"another roll":        {"the law rolls", fields{"id": "court-assigned", "roll": fields{"to": "stay"}}, "statute"},
		"another pause":       {"the law says what does not count", fields{"id": "mediation-medical", "pauseFor": []string{"negotiation"}, "basis": basis}, "statute"},
		"fewer pauses":        {"stricter", fields{"id": "mediation", "pauseFor": []string{"appraisal"}, "basis": basis}, ""},
		"fewer, unfounded":    {"somebody says so", fields{"id": "mediation", "pauseFor": []string{"appraisal"}}, "basis"},
		"off":                 {"a statute stands", fields{"id": "mediation", "off": true}, "statute"},
		"an earlier warning":  {"a county's own affair", fields{"id": "mediation", "warn": 10}, ""},
		"nothing":             {"a change changes something", fields{"id": "mediation"}, "empty"},
		"a local rule off":    {"not used here", fields{"id": "police-feedback", "off": true}, ""},
		"a local rule longer": {"a county's own affair", fields{"id": "police-feedback", "length": 48}, ""},
		"a local rule a law":  {"a county makes no law", fields{"id": "police-feedback", "binding": "statute"}, "binding"},
		"a broken change":     {"what comes out keeps the form", fields{"id": "police-feedback", "length": 0}, "length"},
		"a campaign's day":    {"it moves every year", fields{"id": "campaign-ledger", "on": "06-10", "note": fields{"zh": "改期", "en": "moved"}}, ""},
		"a proposed rule":     {"title, start and day may change", fields{"id": "closing", "title": fields{"zh": "结案", "en": "close"}, "start": fields{"code": "agreed", "zh": "达成协议", "en": "agreement"}, "startDay": "same", "binding": "local", "roll": fields{"to": "stay"}, "pauseFor": []string{"other"}}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := mergeRules(countyLayer(t, tc.change)); deadline.CodeOf(err) != tc.code {
				t.Errorf("%s: %v, want %q", tc.reason, err, tc.code)
			}
		})
	}
}

func TestMergeRules_keepsTheLawBehindAShorterClock(t *testing.T) {
	county := `{"version":"2","level":"county","unit":"371621","rules":[{"id":"court-assigned","length":20,
		"basis":[{"law":{"zh":"惠民县办法","en":"Huimin rules"},"article":"7"}]}]}`
	town := `{"version":"9","level":"town","unit":"371621101","rules":[{"id":"court-assigned","warn":3},{"id":"police-feedback","off":true}]}`
	merged := rules(t, county, town)
	got, _ := merged.Rule("court-assigned")
	if got.Length != 20 || got.Warn != 3 || got.Binding != deadline.BindingLocal || len(got.Basis) != 2 {
		t.Errorf("the layers leave %+v", got)
	}
	if _, known := merged.Rule("police-feedback"); known {
		t.Error("a rule that is off is still there")
	}
	if merged.Version() != "law-2026.1+371621@2+371621101@9" || len(merged.Digest()) != 64 {
		t.Errorf("version %s", merged.Version())
	}
	if len(merged.All()) != len(deadline.BaseRules().All())-1 {
		t.Errorf("%d rules", len(merged.All()))
	}
	later := strings.Replace(town, `"warn":3`, `"length":31,"basis":[{"law":{"zh":"a","en":"a"}}]`, 1)
	if _, err := mergeRules(county, later); deadline.CodeOf(err) != "statute" {
		t.Errorf("a town cannot loosen what the county tightened beyond the law: %v", err)
	}
}

func TestRulesDocument_readsBackAsWritten(t *testing.T) {
	county := countyLayer(t, map[string]any{"id": "mediation", "warn": 0}, sound())
	document, err := deadline.ParseRules([]byte(county))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	again, err := deadline.ParseRules(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	first, err := deadline.MergeRules(deadline.BaseRulesDocument(), document)
	if err != nil {
		t.Fatal(err)
	}
	second, err := deadline.MergeRules(deadline.BaseRulesDocument(), again)
	if err != nil {
		t.Fatal(err)
	}
	if changed, _ := second.Rule("mediation"); changed.Warn != 0 || first.Digest() != second.Digest() {
		t.Errorf("a named zero is kept: warn %d", changed.Warn)
	}
}

func TestParseRules_refuses(t *testing.T) {
	cases := map[string]struct{ reason, text, code string }{
		"no JSON":    {"it cannot be read", `-`, "document"},
		"a list":     {"rules are objects", `{"version":"1","level":"base","rules":[1]}`, "document"},
		"an id":      {"every change names its rule", `{"version":"1","level":"base","rules":[{}]}`, "id"},
		"twice":      {"an id stands once", `{"version":"1","level":"base","rules":[{"id":"a"},{"id":"a"}]}`, "id"},
		"no version": {"every document has a name", `{"level":"base","rules":[]}`, "version"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := deadline.ParseRules([]byte(tc.text)); deadline.CodeOf(err) != tc.code {
				t.Errorf("%s: %v, want %q", tc.reason, err, tc.code)
			}
		})
	}
	bad := deadline.RulesDocument{Layer: deadline.Layer{Version: "1", Level: "city"}}
	if _, err := deadline.MergeRules(bad); deadline.CodeOf(err) != "level" {
		t.Errorf("a document made in code is checked too: %v", err)
	}
	if _, err := deadline.MergeRules(deadline.BaseRulesDocument(), deadline.BaseRulesDocument()); deadline.CodeOf(err) != "chain" {
		t.Errorf("one base: %v", err)
	}
}

// A slip of the pen in a rule's id is told as such, with the ids that there are.
func TestMergeRules_namesTheRulesThatThereAre(t *testing.T) {
	for text, code := range map[string]string{
		`{"version":"1","level":"county","unit":"371621","rules":[{"id":"mediatoin","length":5}]}`: "unknown-rule",
		`{"version":"1","level":"county","unit":"371621","rules":[{"id":"mediatoin","off":true}]}`: "unknown",
	} {
		document, err := deadline.ParseRules([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = deadline.MergeRules(deadline.BaseRulesDocument(), document)
		if deadline.CodeOf(err) != code || !strings.Contains(err.Error(), "mediation-medical") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
