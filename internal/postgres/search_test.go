package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// everything is the sight of somebody who may see parties.
var everything = mediation.Sight{Named: true, Person: mediation.Principal{Issuer: "https://id.example", Subject: "li"}}

func TestRunsOf(t *testing.T) {
	for text, c := range map[string]struct {
		reason string
		want   []string // runs, words parted by blanks
	}{
		"":                  {"nothing has no words", nil},
		"，。！…—— \n":         {"nor have marks", nil},
		"邻里纠纷":              {"a character is a word", []string{"邻 里 纠 纷"}},
		"张三，李四":             {"marks part runs", []string{"张 三", "李 四"}},
		"3号楼B座":             {"tokens and characters stand side by side", []string{"3 号 楼 b 座"}},
		"ＡＢＣ１２３":            {"full-width letters are letters", []string{"abc123"}},
		"（２０２６）孙武":          {"and digits digits", []string{"2026", "孙 武"}},
		"䶮𠮷":                {"characters beyond the first plane are characters", []string{"䶮 𠮷"}},
		"邊\U000E0101界":      {"a variant of a character is the character", []string{"邊 界"}},
		"a\u200bb":          {"what cannot be seen is not there", []string{"ab"}},
		"豈":                 {"compatibility characters are their own", []string{"豈"}},
		"㎡":                 {"a square metre is m2", []string{"m2"}},
		"ئۇيغۇر":            {"letters of other scripts are words like characters", []string{"ئ ۇ ي غ ۇ ر"}},
		"' & | ! :* <-> \\": {"operators of the index are marks", nil},
		"\xff\xfe":          {"bytes that are no text are marks", nil},
	} {
		var got []string
		for _, run := range postgres.RunsOf(text) {
			got = append(got, strings.Join(run, " "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q gives %q, want %q: %s", text, got, c.want, c.reason)
		}
	}
}

// library is a place with a few cases to be found.
func library(t *testing.T) (*place, map[string]mediation.Case) {
	w := newPlace(t)
	cases := map[string]mediation.Case{}
	for name, change := range map[string]func(c *mediation.Case){
		"wall": func(c *mediation.Case) {
			c.Title, c.Facts, c.Place = "相邻宅基地排水纠纷", "张三翻建院墙后，雨水流入李四院内。电话13800138000，证号371621199001011234。", "孙武街道3号楼B座"
			c.Number, c.Claims = "（2026）石庙人调字第0017号", "要求改道"
		},
		"rare": func(c *mediation.Case) {
			c.Title, c.Parties[0].Name, c.Parties[1].Name = "借款纠纷", "欧阳䶮", "王　𠮷"
			c.Parties[1].Kind, c.Parties[1].LegalRepresentative = mediation.PartyOrganisation, "赵铁柱"
		},
		"halves": func(c *mediation.Case) { c.Title, c.Facts, c.Claims = "邻居里外", "纠正", "纷争" },
	} {
		c := w.newCase()
		c.Parties[0].Name, c.Parties[1].Name = "甲", "乙"
		change(&c)
		w.must(w.create(c))
		cases[name] = c
	}
	return w, cases
}

func (w *place) search(q string, sight mediation.Sight) (page casework.CasePage, err error) {
	return w.ListCases(w.t.Context(), casework.CaseQuery{Search: q, Sight: sight, Sort: mediation.SortFiledDescending, Limit: 50})
}

func (w *place) names(cases map[string]mediation.Case, page casework.CasePage) (names []string) {
	for name, c := range cases {
		if slices.ContainsFunc(page.Cases, func(found mediation.Case) bool { return found.ID == c.ID }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestSearch(t *testing.T) {
	w, cases := library(t)
	for q, c := range map[string]struct {
		reason string
		want   []string
	}{
		"墙":                 {"one character, inside a word", []string{"wall"}},
		"院墙":                {"two", []string{"wall"}},
		"基地排水":              {"four, inside a longer word", []string{"wall"}},
		"翻建院墙后":             {"five", []string{"wall"}},
		"院后":                {"both are there, but not side by side", nil},
		"院墙后雨":              {"a comma stands between", nil},
		"邻里":                {"both are there, but apart", nil},
		"纠纷":                {"a pair is not made across fields", []string{"rare", "wall"}},
		"外纠":                {"nor found across them", nil},
		"纠纷 张三":             {"every term must be there, in whatever field", []string{"wall"}},
		"纠纷 张四":             {"one is not", nil},
		"欧阳":                {"parties are found by name", []string{"rare"}},
		"䶮":                 {"by a rare character", []string{"rare"}},
		"𠮷":                 {"beyond the first plane too", []string{"rare"}},
		"王𠮷":                {"though the name is written with a blank", []string{"rare"}},
		"王 𠮷":               {"which a search may have as well", []string{"rare"}},
		"赵铁柱":               {"by who represents a company", []string{"rare"}},
		"３号楼":               {"full-width digits are digits", []string{"wall"}},
		"3号楼b座":             {"small letters are letters", []string{"wall"}},
		"号楼":                {"between tokens", []string{"wall"}},
		"3号":                {"a token and a character", []string{"wall"}},
		"石庙人调字第0017号":       {"by its number", []string{"wall"}},
		"（2026）石庙人调字第0017号": {"whole, with brackets", []string{"wall"}},
		"第17号":              {"without noughts", []string{"wall"}},
		"17":                {"by the serial alone", []string{"wall"}},
		"7":                 {"a number is found whole, not by a digit of it", nil},
		"人调字":               {"the words that every number has find nothing", nil},
		"改道":                {"claims", []string{"wall"}},
		"孙武街道":              {"place", []string{"wall"}},
		"張三":                {"traditional characters are others", nil},
		"' OR true --":      {"no case has these words", nil},
		"院墙'); DROP":        {"nor does anything else happen", nil},
		"院:*":               {"operators are marks", []string{"wall"}},
		"!墙":                {"and do not turn anything round", []string{"wall"}},
		"院<->墙":             {"院 and 墙 are both there", []string{"wall"}},
	} {
		page, err := w.search(q, everything)
		if got := w.names(cases, page); err != nil || !slices.Equal(got, c.want) || page.Total.Value != len(c.want) || !page.Total.Exact {
			t.Errorf("%q finds %v of %+v, %v; want %v: %s", q, got, page.Total, err, c.want, c.reason)
		}
	}
}

func TestSearch_refuses(t *testing.T) {
	w, _ := library(t)
	for q, c := range map[string]struct{ reason, field string }{
		"，":           {"a mark finds nothing or everything: neither is meant", "nothing-to-search"},
		"— ' ：* —":    {"nor do many", "nothing-to-search"},
		"13800138000": {"telephone numbers are not text", "identity-number"},
		"+８６１３８００１３８０００":       {"however they are written", "identity-number"},
		"371621199001011234":   {"nor are identity numbers", "identity-number"},
		"证号37162119900101123X": {"inside a term neither", "identity-number"},
	} {
		_, err := w.search(q, everything)
		wantCode(t, err, "invalid-query")
		if !strings.Contains(fieldsOf(err), "/q "+c.field) {
			t.Errorf("%q: %v: %s", q, fieldsOf(err), c.reason)
		}
	}
}

func fieldsOf(err error) string {
	var list []string
	if refused, ok := err.(*mediation.Error); ok { //nolint:errorlint // stores return it unwrapped
		for _, f := range refused.Fields {
			list = append(list, f.Pointer+" "+f.Code)
		}
	}
	return strings.Join(list, ", ")
}

// Whoever may not see parties finds cases by what they see of every case: title and numbers. Nothing tells them, not even
// a count, that the rest holds a name.
func TestSearch_withinSight(t *testing.T) {
	w, cases := library(t)
	recused := w.newCase()
	recused.Title, recused.Facts = "回避案", "孔乙己欠账"
	recused.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediation.Mediator{Issuer: "https://id.example", Subject: "li", Name: "李"}, Ground: "kin", At: midday}}
	w.must(w.create(recused))
	cases["recused"] = recused
	other := everything
	other.Person.Subject = "zhao"
	for _, c := range []struct {
		reason, q string
		sight     mediation.Sight
		want      []string
	}{
		{"titles are shown to all", "排水", mediation.Sight{}, []string{"wall"}},
		{"so are numbers", "第17号", mediation.Sight{}, []string{"wall"}},
		{"parties are not", "欧阳", mediation.Sight{}, nil},
		{"nor by one character", "䶮", mediation.Sight{}, nil},
		{"nor facts", "雨水", mediation.Sight{}, nil},
		{"nor places", "孙武街道", mediation.Sight{}, nil},
		{"nor claims", "改道", mediation.Sight{}, nil},
		{"a title's word and a hidden one together are not there", "排水 雨水", mediation.Sight{}, nil},
		{"a recused person finds the case by its title", "回避", everything, []string{"recused"}},
		{"but not by what happened", "孔乙己", everything, nil},
		{"which others do", "孔乙己", other, []string{"recused"}},
		{"other cases are found as ever", "雨水", everything, []string{"wall"}},
	} {
		page, err := w.search(c.q, c.sight)
		if got := w.names(cases, page); err != nil || !slices.Equal(got, c.want) || page.Total.Value != len(c.want) {
			t.Errorf("%q finds %v, total %d, %v; want %v: %s", c.q, got, page.Total.Value, err, c.want, c.reason)
		}
	}
}

// What is found follows every change, at once.
func TestSearch_followsChanges(t *testing.T) {
	w, cases := library(t)
	before := cases["wall"]
	after := next(before)
	after.Facts, after.Parties[0].Name = "改为采光", "周六"
	w.must(w.update(before, after))
	recused := next(after)
	recused.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediation.Mediator{Issuer: "https://id.example", Subject: "li", Name: "李"}, Ground: "kin", At: midday}}
	for _, c := range []struct {
		q    string
		want []string
	}{{"雨水", nil}, {"张三", nil}, {"采光", []string{"wall"}}, {"周六", []string{"wall"}}, {"排水", []string{"wall"}}} {
		if page, err := w.search(c.q, everything); err != nil || !slices.Equal(w.names(cases, page), c.want) {
			t.Errorf("%q finds %v, %v; want %v", c.q, w.names(cases, page), err, c.want)
		}
	}
	w.must(w.update(after, recused))
	if page, err := w.search("采光", everything); err != nil || len(page.Cases) != 0 {
		t.Errorf("recused, and still found: %v", err)
	}
	refused := next(recused)
	refused.Title = "没有写成"
	err := w.change(func(ctx context.Context, tx casework.Tx) error {
		if err := tx.UpdateCase(ctx, recused, refused); err != nil {
			return err
		}
		return mediation.UnknownCase()
	})
	if page, findErr := w.search("没有写成", everything); err == nil || findErr != nil || len(page.Cases) != 0 {
		t.Errorf("a change that was rolled back is found: %v", findErr)
	}
}

// The index holds no text, of whatever script.
func TestSearch_indexHoldsNoText(t *testing.T) {
	w, _ := library(t)
	var index string
	if err := w.owner.QueryRow(t.Context(), `SELECT string_agg(search::text, ' ') FROM case_search`).Scan(&index); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"张", "纠纷", "䶮", "13800138000", "371621199001011234", "2026", "0017"} {
		if strings.Contains(index, "'"+text) || strings.Contains(index, text+"'") {
			t.Errorf("the index shows %q", text)
		}
	}
}
