package deadline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
)

func editions(t testing.TB, calendarLayer, rulesLayer string) (before, after deadline.Edition) {
	before = deadline.Edition{Rules: deadline.BaseRules(), Calendar: deadline.BaseCalendar()}
	after = before
	if calendarLayer != "" {
		after.Calendar = calendar(t, calendarLayer)
	}
	if rulesLayer != "" {
		after.Rules = rules(t, rulesLayer)
	}
	return before, after
}

func openClocks(t testing.TB) []deadline.Clock {
	return []deadline.Clock{
		{ID: "spring", Rule: "mediation-medical", Start: at(t, "2026-12-28")},
		{ID: "rolls", Rule: "confirmation-application", Start: at(t, "2026-12-04")}, // 3 January 2027
		{ID: "done before", Rule: "mediation", Start: at(t, "2026-10-12")},
		{ID: "stands still", Rule: "mediation-medical", Start: at(t, "2026-12-28"), Pauses: readPauses(t, "appraisal 2026-12-29..")},
		{ID: "feedback", Rule: "police-feedback", Start: at(t, "2026-12-28")},
		{ID: "extended", Rule: "court-assigned", Start: at(t, "2026-11-02"), Extensions: readExtensions(t, "consent 40 day")},
		{ID: "nonsense", Rule: "no-such-rule", Start: at(t, "2026-12-28")},
	}
}

const notice2027 = `{"version":"1","level":"province","unit":"37","years":[{"year":2027,"notice":"国办发明电〔2026〕9号","days":[
	{"from":"2027-01-01","to":"2027-01-04","kind":"holiday","zh":"元旦","en":"New Year's Day"},
	{"from":"2027-02-05","to":"2027-02-11","kind":"holiday","zh":"春节","en":"Spring Festival"}]}]}`

func TestPreview(t *testing.T) {
	cases := map[string]struct{ reason, calendar, rules, want string }{
		"nothing changed": {"nothing moves", "", "", ""},
		"a year is published": {"clocks that had to assume it move, soonest first; the suspended one has no day", notice2027, "",
			"rolls +1; spring +8"},
		"a shorter rule": {"only its clocks move", "", `{"version":"2","level":"county","unit":"371621","rules":[{"id":"mediation-medical","length":20,"basis":[{"law":{"zh":"a","en":"a"}}]}]}`,
			"stands still +0; spring -14"},
		"a rule is gone": {"its clocks have no deadline any more", "", `{"version":"2","level":"county","unit":"371621","rules":[{"id":"police-feedback","off":true}]}`,
			"feedback +0 unknown-rule"},
		"a tighter extension": {"what was agreed does not fit any more", "", `{"version":"2","level":"county","unit":"371621","rules":[{"id":"court-assigned","extend":{"by":"consent","max":30,"unit":"day"}}]}`,
			"extended +0 extension-too-long"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			before, after := editions(t, tc.calendar, tc.rules)
			var got []string
			for _, move := range deadline.Preview(before, after, openClocks(t)) {
				text := fmt.Sprintf("%s %+d", move.Clock.ID, move.Days)
				got = append(got, strings.TrimSpace(text+" "+deadline.CodeOf(move.AfterError)))
			}
			if strings.Join(got, "; ") != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, strings.Join(got, "; "), tc.want)
			}
		})
	}
}

func TestPreview_findsWhatANewRuleRepairs(t *testing.T) {
	after := rules(t, countyLayer(t, func() map[string]any { r := sound(); r["id"] = "no-such-rule"; return r }()))
	before, repaired := editions(t, "", "")
	repaired.Rules = after
	moves := deadline.Preview(before, repaired, openClocks(t))
	if len(moves) != 1 || deadline.CodeOf(moves[0].BeforeError) != "unknown-rule" || moves[0].AfterError != nil {
		t.Errorf("moves %+v", moves)
	}
}

// A province asks about all its open clocks at once.
func TestPreview_isFast(t *testing.T) {
	before, after := editions(t, notice2027, "")
	clocks := make([]deadline.Clock, 2000)
	for i := range clocks {
		clocks[i] = deadline.Clock{ID: fmt.Sprint(i), Rule: "mediation-medical", Start: at(t, "2026-12-01").AddDate(0, 0, i%60)}
	}
	began := time.Now()
	moves := deadline.Preview(before, after, clocks)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("2,000 clocks took %s", took)
	} else {
		t.Logf("2,000 clocks took %s, %d move", took, len(moves))
	}
}
