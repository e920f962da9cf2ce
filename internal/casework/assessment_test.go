package casework_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// What a dispute is, and what follows from it, through PostgreSQL.
func TestService_judgement(t *testing.T) {
	o := newOffice(t)
	t.Run("red is told at once, and once", func(t *testing.T) { redAlert(t, o.in(t)) })
	t.Run("lists", func(t *testing.T) { judgedLists(t, o.in(t)) })
	t.Run("assessing while the case is closed", func(t *testing.T) { assessAndClose(t, o.in(t)) })
	t.Run("the town's own rules", func(t *testing.T) { ownRules(t, newOffice(t)) })
	t.Run("a proposal stores nothing", func(t *testing.T) { proposed(t, o.in(t)) })
}

func threat() mediation.Assessing {
	return mediation.Assessing{Judging: mediation.Judging{Findings: mediation.Findings{Threat: true, PoliceCalls: 3}}}
}

// texts asks the town's own tables, or those of the county that it may read.
func (o *office) texts(sql string, args ...any) []string {
	o.t.Helper()
	connection := pgtest.Connect(o.t, o.county.AsSlot(o.Unit()))
	rows, err := connection.Query(o.ctx(), sql, args...)
	if err != nil {
		o.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

// redAlert: who mediates hears of a case that becomes red, and of a danger; the county's feed has it behind the change
// itself; a refused change tells nobody.
func redAlert(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	told := func() []string {
		return o.texts(`SELECT kind || ' ' || subject FROM notice WHERE case_id = $1 AND kind IN ('red-alert', 'danger-reported') ORDER BY at, id`, string(c.ID))
	}
	feed := func() []string {
		return o.texts(`SELECT type || ' ' || version FROM county.event WHERE case_id = $1 AND version > $2 ORDER BY sequence`, string(c.ID), c.Version-1)
	}
	assess := func(x mediation.Assessing) { c = o.must(o.AssessCase(o.ctx(), o.director(), c.ID, c.Version, x)) }
	assess(mediation.Assessing{})
	if got := told(); len(got) != 0 {
		t.Fatalf("nothing happened: %v", got)
	}
	assess(threat())
	if got := told(); !slices.Equal(got, []string{"red-alert li"}) {
		t.Errorf("red: %v", got)
	}
	if got := feed(); !slices.Equal(got, []string{fmt.Sprint("case.assess ", c.Version), fmt.Sprint("case.risk-raised ", c.Version)}) {
		t.Errorf("the feed has %v", got)
	}
	assess(threat())
	if got := told(); len(got) != 1 {
		t.Errorf("red again is silent: %v", got)
	}
	if _, _, err := o.OverrideRisk(o.ctx(), o.director(), c.ID, c.Version, mediation.Overruling[mediation.Colour]{Value: mediation.Blue}); err == nil {
		t.Error("an override without a reason")
	}
	_, _, err := o.OverrideRisk(o.ctx(), o.as(mediation.RoleClerk), c.ID, c.Version, mediation.Overruling[mediation.Colour]{Value: mediation.Blue, Reason: "x"})
	wantCode(t, err, mediation.Forbidden, "role-required")
	decide := func(colour mediation.Colour) {
		c = o.must(o.OverrideRisk(o.ctx(), o.director(), c.ID, c.Version, mediation.Overruling[mediation.Colour]{Value: colour, Reason: "见案情"}))
	}
	decide(mediation.Blue)
	decide("") // taken back: the score is red
	if got := told(); len(got) != 2 {
		t.Errorf("blue by a person, then red again: %v", got)
	}
	c = o.then(c, "report-danger")
	if got := told(); len(got) != 3 || got[2] != "danger-reported li" {
		t.Errorf("a danger: %v", got)
	}
	if got := feed(); !slices.Equal(got, []string{fmt.Sprint("case.report-danger ", c.Version), fmt.Sprint("case.risk-raised ", c.Version)}) {
		t.Errorf("the feed has %v", got)
	}
}

// judgedLists: each filter finds what it should, page by page, and the pages are the total; a case that nobody has judged
// is in none.
func judgedLists(t *testing.T, o *office) {
	for range 3 {
		o.then(o.file(), "classify", "grade", "assess")
	}
	red := o.file()
	o.must(o.AssessCase(o.ctx(), o.director(), red.ID, red.Version, threat()))
	o.file()
	yes, no := true, false
	for name, tc := range map[string]struct {
		query casework.CaseQuery
		want  int
	}{
		"yellow":            {casework.CaseQuery{Risks: []mediation.Colour{"yellow"}, Difficulties: []mediation.Difficulty{"complex"}}, 3},
		"complex":           {casework.CaseQuery{Difficulties: []mediation.Difficulty{"complex", "major"}, Governance: []mediation.GovernanceType{"17", "05"}}, 3},
		"of no enterprise":  {casework.CaseQuery{Enterprise: &no}, 3},
		"of an enterprise":  {casework.CaseQuery{Enterprise: &yes}, 0},
		"of another class":  {casework.CaseQuery{Governance: []mediation.GovernanceType{"05"}}, 0},
		"any colour at all": {casework.CaseQuery{Risks: []mediation.Colour{"blue", "yellow", "orange", "red"}, Enterprise: &no}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			query, seen := tc.query, 0
			for query.Limit = 2; ; {
				page, err := o.Cases(o.ctx(), o.director(), query)
				if err != nil || page.Total.Value != tc.want || !page.Total.Exact {
					t.Fatalf("%v, total %+v", err, page.Total)
				}
				for _, c := range page.Cases {
					if c.Classification == nil || c.Difficulty() != mediation.DifficultyComplex || c.Colour() != mediation.Yellow {
						t.Errorf("listed as %+v %q %q", c.Classification, c.Difficulty(), c.Colour())
					}
				}
				seen += len(page.Cases)
				if query.After = page.Next; page.Next == nil {
					break
				}
			}
			if seen != tc.want {
				t.Errorf("%d on the pages, want %d", seen, tc.want)
			}
		})
	}
	unjudgedLists(t, o)
	_, err := o.Cases(o.ctx(), o.director(), casework.CaseQuery{Risks: []mediation.Colour{"pink"}, Difficulties: []mediation.Difficulty{"x"}, Governance: []mediation.GovernanceType{"20"}})
	wantCode(t, err, mediation.Invalid, "invalid-query")
	for _, pointer := range []string{"/risk", "/difficulty", "/governance_type"} {
		wantField(t, err, pointer, "unknown-code")
	}
	if indexed := o.texts(`SELECT concat_ws(' ', risk, difficulty, governance_types, enterprise) FROM county.case_index WHERE risk = 'yellow' LIMIT 1`); !slices.Equal(indexed, []string{"yellow complex {17} f"}) {
		t.Errorf("the county's index has %v", indexed)
	}
}

// unjudgedLists: what nobody has judged is found, by itself and beside what somebody has, and nothing else.
func unjudgedLists(t *testing.T, o *office) {
	all, err := o.Cases(o.ctx(), o.director(), casework.CaseQuery{})
	if err != nil {
		t.Fatal(err)
	}
	no := []mediation.Colour{mediation.Unjudged}
	for name, tc := range map[string]struct {
		query casework.CaseQuery
		holds func(mediation.Case) bool
	}{
		"not assessed":             {casework.CaseQuery{Risks: no}, func(c mediation.Case) bool { return c.Colour() == "" }},
		"not graded":               {casework.CaseQuery{Difficulties: []mediation.Difficulty{mediation.Unjudged}}, func(c mediation.Case) bool { return c.Difficulty() == "" }},
		"not graded or complex":    {casework.CaseQuery{Difficulties: []mediation.Difficulty{"complex", mediation.Unjudged}}, func(c mediation.Case) bool { return c.Difficulty() == "" || c.Difficulty() == "complex" }},
		"not assessed, and closed": {casework.CaseQuery{Risks: no, States: []mediation.State{"closed"}}, func(c mediation.Case) bool { return c.Colour() == "" && c.State == "closed" }},
	} {
		want := 0
		for _, c := range all.Cases {
			if tc.holds(c) {
				want++
			}
		}
		page, err := o.Cases(o.ctx(), o.director(), tc.query)
		if err != nil || page.Total.Value != want || len(page.Cases) != want || slices.ContainsFunc(page.Cases, func(c mediation.Case) bool { return !tc.holds(c) }) {
			t.Errorf("%s: %v, %d of %d, want %d", name, err, len(page.Cases), page.Total.Value, want)
		}
	}
}

// assessAndClose: of two people at once, one assesses what another closes: whoever comes second is told that it has
// changed, and nothing is half written.
func assessAndClose(t *testing.T, o *office) {
	for range 3 {
		c := o.then(o.file(), "refuse")
		results := make([]error, 2)
		var wg sync.WaitGroup
		for i, verb := range []mediation.Verb{"assess", "close"} {
			wg.Go(func() { _, _, results[i] = ways[verb](o, o.director(), c, c.Version) })
		}
		wg.Wait()
		if (results[0] == nil) == (results[1] == nil) {
			t.Fatalf("both ended alike: %v", results)
		}
		for _, err := range results {
			if err != nil {
				wantCode(t, err, mediation.Stale, "stale-version")
			}
		}
		now, err := o.Case(o.ctx(), o.director(), c.ID)
		if err != nil || (now.Colour() != "") != (results[0] == nil) || (now.State == mediation.StateClosed) != (results[1] == nil) {
			t.Errorf("%v %s %q after %v", err, now.State, now.Colour(), results)
		}
	}
}

func proposed(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign", "report-danger")
	p, err := o.AssessmentProposal(o.ctx(), o.as(mediation.RoleReader), c.ID)
	if err != nil || p.Assessment.Score != 40 || p.Assessment.Rule != "base-1" || !p.Measured.Threat {
		t.Errorf("%v %+v", err, p)
	}
	if now, err := o.Case(o.ctx(), o.director(), c.ID); err != nil || now.Version != c.Version || len(now.Assessments) != 0 {
		t.Errorf("%v, version %d", err, now.Version)
	}
	_, err = o.AssessmentProposal(o.ctx(), o.as(mediation.RoleGridWorker), c.ID)
	wantCode(t, err, mediation.Forbidden, "role-required")
}

// ownRules: a town that publishes its own rules and colours goes by them from its next act on, and every record says by
// which it came about.
func ownRules(t *testing.T, o *office) {
	before := o.then(o.file(), "grade", "assess")
	rule := mediation.BaseRiskRule()
	rule.Version, rule.ValidFrom = "2026.1", o.day(0)
	rule.Scale, rule.Items = mediation.ThreeColours, []mediation.RiskItem{{Fact: mediation.FactInjured, AtLeast: 1, Points: 70}}
	body, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.publish(mediation.ReferenceRiskRules, "2026.1", o.day(0), string(body)); err != nil {
		t.Fatal(err)
	}
	after := o.then(before, "assess")
	was, is := after.Assessments[0], after.Assessments[1]
	if was.Rule != "base-1" || was.Colour() != mediation.Yellow || is.Rule != o.Unit()+"@2026.1" || is.Scale != mediation.ThreeColours || is.Score != 70 || is.Colour() != mediation.Red {
		t.Errorf("before %+v\nafter %+v", was, is)
	}
	if after.Gradings[0].Rule != "base-1" {
		t.Errorf("difficulty goes by %s", after.Gradings[0].Rule)
	}
}
