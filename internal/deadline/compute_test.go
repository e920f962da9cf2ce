package deadline_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// TestCompute_golden holds every clock to its worked examples. Due days were counted by another program from the same
// notices.
func TestCompute_golden(t *testing.T) {
	file, err := os.Open("testdata/clocks.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]int{}
	for _, row := range rows[1:] {
		id, start, pauses, extensions, want, reason := row[0], row[1], row[2], row[3], row[4], row[5]
		examples[id]++
		t.Run(fmt.Sprintf("%s from %s %s", id, start, reason), func(t *testing.T) {
			result := compute(t, rule(t, id), at(t, start), readPauses(t, pauses), readExtensions(t, extensions))
			got := result.DueDate.String()
			if result.Rule.Unit == deadline.UnitHour {
				got = result.Due.In(deadline.Shanghai()).Format("2006-01-02T15:04")
			}
			if got != want {
				t.Errorf("%s: due %s, want %s", reason, got, want)
			}
		})
	}
	for _, rule := range deadline.BaseRules().All() {
		if examples[rule.ID] < 3 {
			t.Errorf("%s has %d worked examples, want at least 3", rule.ID, examples[rule.ID])
		}
	}
}

// readPauses reads "appraisal 2026-06-01..2026-06-06; …"; an open end is a pause that goes on.
func readPauses(t testing.TB, text string) []deadline.Pause {
	var pauses []deadline.Pause
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' }) {
		kind, span, _ := strings.Cut(strings.TrimSpace(part), " ")
		from, to, _ := strings.Cut(span, "..")
		pause := deadline.Pause{Kind: deadline.PauseKind(kind), From: at(t, from)}
		if to != "" {
			pause.To = at(t, to)
		}
		pauses = append(pauses, pause)
	}
	return pauses
}

// readExtensions reads "consent 10 day; consent until 2026-06-01 @2026-05-02; …".
func readExtensions(t testing.TB, text string) []deadline.Extension {
	var extensions []deadline.Extension
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' }) {
		words := strings.Fields(part)
		extension := deadline.Extension{By: deadline.By(words[0])}
		if words[1] == "until" {
			extension.Until = on(t, words[2])
		} else {
			extension.Length, _ = strconv.Atoi(words[1])
			extension.Unit = deadline.Unit(words[2])
		}
		if len(words) > 3 {
			extension.At = at(t, strings.TrimPrefix(words[3], "@"))
		}
		extensions = append(extensions, extension)
	}
	return extensions
}

func TestCompute_pausesAndExtensions(t *testing.T) {
	cases := map[string]struct{ reason, rule, start, pauses, extensions, want string }{
		"day of pause":         {"the day it begins does not count, the day it ends does", "mediation", "2026-03-10", "appraisal 2026-03-16..2026-03-17", "", "2026-04-13"},
		"same day":             {"a pause within a day takes no day", "mediation", "2026-03-10", "appraisal 2026-03-16..2026-03-16", "", "2026-04-10"},
		"on the last day":      {"the last day is left when it resumes", "mediation", "2026-03-10", "appraisal 2026-04-10..2026-04-15", "", "2026-04-15"},
		"after the last day":   {"what is over cannot be stopped", "mediation", "2026-03-10", "appraisal 2026-04-11..2026-04-20", "", "2026-04-10"},
		"before the start":     {"only days of this clock are given back", "mediation", "2026-03-10", "appraisal 2026-03-01..2026-03-13", "", "2026-04-13"},
		"while it rolls":       {"a clock that rolls over a weekend still runs", "mediation", "2026-03-11", "appraisal 2026-04-12..2026-04-15", "", "2026-04-15"},
		"over a festival":      {"paused days are not skipped twice", "mediation-medical", "2026-01-26", "appraisal 2026-02-13..2026-02-24", "", "2026-03-17"},
		"agreed last day":      {"it replaces the old one", "mediation", "2026-03-10", "", "consent until 2026-05-20 @2026-04-01", "2026-05-20"},
		"agreed on a holiday":  {"it rolls as any last day does", "mediation", "2026-03-10", "", "consent until 2026-05-02 @2026-04-01", "2026-05-06"},
		"agreed after a pause": {"the parties knew of the pause", "mediation", "2026-03-10", "appraisal 2026-03-16..2026-03-20", "consent until 2026-05-20 @2026-04-01", "2026-05-20"},
		"paused after it":      {"a later pause pushes the agreed day", "mediation", "2026-03-10", "appraisal 2026-04-06..2026-04-09", "consent until 2026-05-20 @2026-04-01", "2026-05-25"},
		"agreed twice":         {"the last agreement holds", "mediation", "2026-03-10", "", "consent until 2026-05-20 @2026-04-01; consent until 2026-06-10 @2026-05-06", "2026-06-10"},
		"agreed, then longer":  {"a length follows the agreed day", "mediation", "2026-03-10", "", "consent until 2026-05-20 @2026-04-01; consent 1 month @2026-05-06", "2026-06-22"},
		"agreed while paused":  {"the parties fix a day in spite of it", "mediation", "2026-03-10", "appraisal 2026-03-16..", "consent until 2026-05-20 @2026-04-01", "2026-05-20"},
		"mixed units":          {"months first, then days, then working days as given", "mediation", "2026-03-10", "", "consent 3 day; consent 1 month; consent 2 workday", "2026-05-15"},
		"after the first":      {"decided within the extension", "mediation", "2026-03-10", "", "consent 10 day @2026-04-10; consent 5 day @2026-04-20", "2026-04-27"},
		"medical until":        {"a working-day clock may end on an agreed day", "mediation-medical", "2026-03-02", "", "consent until 2026-06-01 @2026-04-01", "2026-06-01"},
		"until, within a cap":  {"20 more days of 30", "petition-handling", "2026-03-10", "", "approval until 2026-05-29 @2026-04-01", "2026-05-29"},
		"until, in workdays":   {"30 working days after 22 April", "appraisal", "2026-03-10", "", "approval until 2026-06-05 @2026-04-01", "2026-06-05"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			result := compute(t, rule(t, tc.rule), at(t, tc.start), readPauses(t, tc.pauses), readExtensions(t, tc.extensions))
			if got := result.DueDate.String(); got != tc.want {
				t.Errorf("%s: due %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}

func TestCompute_standsStillWhileSuspended(t *testing.T) {
	cases := map[string]struct {
		reason, rule, start, pauses string
		remaining                   int
		unit                        string
	}{
		"days of a month":  {"25 of 31 days are left", "mediation", "2026-03-10", "appraisal 2026-03-17..", 25, "25 日"},
		"working days":     {"26 of 30 are left", "mediation-medical", "2026-03-10", "appraisal 2026-03-17..", 26, "26 个工作日"},
		"while it rolls":   {"the last day itself is left", "mediation", "2026-03-11", "appraisal 2026-04-12..", 0, "第一个工作日"},
		"on the first day": {"nothing was used", "mediation", "2026-03-10", "appraisal 2026-03-10..", 31, "31 日"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			result := compute(t, rule(t, tc.rule), at(t, tc.start), readPauses(t, tc.pauses), nil)
			if !result.Paused || result.Remaining != tc.remaining || !result.DueDate.IsZero() || !result.Due.IsZero() {
				t.Errorf("%s: paused %t with %d left, due %q", tc.reason, result.Paused, result.Remaining, result.DueDate)
			}
			if result.State(at(t, "2030-01-01")) != deadline.StatePaused {
				t.Error("a suspended clock is never overdue")
			}
			if text := words(result).ZH; !strings.Contains(text, tc.unit) {
				t.Errorf("%s: the words do not say %q: %s", tc.reason, tc.unit, text)
			}
		})
	}
}

func words(result deadline.Deadline) deadline.Text {
	var zh, en []string
	for _, line := range result.Explanation.Lines {
		zh, en = append(zh, line.ZH), append(en, line.EN)
	}
	return deadline.Text{ZH: strings.Join(zh, "\n"), EN: strings.Join(en, "\n")}
}

func TestCompute_refuses(t *testing.T) {
	cases := map[string]struct{ reason, rule, start, pauses, extensions, code string }{
		"no extension":      {"the law gives none", "confirmation-application", "2026-03-10", "", "consent 5 day", "extension-not-allowed"},
		"not the parties":   {"the president decides", "confirmation-decision", "2026-03-10", "", "consent 5 day", "extension-by"},
		"not the director":  {"all parties decide", "mediation", "2026-03-10", "", "approval 5 day", "extension-by"},
		"too long":          {"ten at most", "confirmation-decision", "2026-03-10", "", "approval 11 day", "extension-too-long"},
		"too long in two":   {"ten together", "confirmation-decision", "2026-03-10", "", "approval 6 day; approval 5 day", "extension-too-long"},
		"too long by day":   {"thirty more end on 8 June", "petition-handling", "2026-03-10", "", "approval until 2026-06-09 @2026-04-01", "extension-too-long"},
		"no length":         {"an extension lengthens", "mediation", "2026-03-10", "", "consent 0 day", "extension-length"},
		"too much":          {"a slip of the pen", "mediation", "2026-03-10", "", "consent 5000 day", "extension-length"},
		"hours":             {"days take no hours", "mediation", "2026-03-10", "", "consent 5 hour", "extension-unit"},
		"other unit":        {"the cap is in days", "confirmation-decision", "2026-03-10", "", "approval 1 month", "extension-unit"},
		"unknown unit":      {"five units", "mediation", "2026-03-10", "", "consent 5 week", "extension-unit"},
		"late":              {"it ran out on 10 April", "mediation", "2026-03-10", "", "consent 5 day @2026-04-11", "extension-late"},
		"late at midnight":  {"24:00 is too late", "mediation", "2026-03-10", "", "consent 5 day @2026-04-11T00:00", "extension-late"},
		"late for the 2nd":  {"it ran out on 20 April", "mediation", "2026-03-10", "", "consent 10 day; consent 5 day @2026-04-21", "extension-late"},
		"until yesterday":   {"an agreed day lies ahead", "mediation", "2026-03-10", "", "consent until 2026-04-10 @2026-04-01", "extension-until"},
		"until, no moment":  {"when was it agreed", "mediation", "2026-03-10", "", "consent until 2026-05-10", "extension-at"},
		"backwards":         {"a pause ends after it begins", "mediation", "2026-03-10", "appraisal 2026-03-20..2026-03-16", "", "pause-order"},
		"overlap":           {"one pause at a time", "mediation", "2026-03-10", "appraisal 2026-03-16..2026-03-20; other 2026-03-19..2026-03-22", "", "pause-overlap"},
		"after an open one": {"one pause at a time", "mediation", "2026-03-10", "appraisal 2026-03-16..; other 2026-03-19..2026-03-22", "", "pause-overlap"},
		"unknown cause":     {"causes are listed", "mediation", "2026-03-10", "lunch 2026-03-16..2026-03-20", "", "pause-kind"},
		"capped, paused":    {"how long is it?", "appraisal", "2026-03-10", "evidence 2026-03-16..", "approval until 2026-06-05 @2026-04-01", "extension-until"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := deadline.Compute(rule(t, tc.rule), at(t, tc.start), readPauses(t, tc.pauses),
				readExtensions(t, tc.extensions), deadline.BaseCalendar())
			if deadline.CodeOf(err) != tc.code {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.code)
			}
		})
	}
}

func TestCompute_refusesWhatNoRequestCanMean(t *testing.T) {
	mediation, start := rule(t, "mediation"), at(t, "2026-03-10")
	base := deadline.BaseCalendar()
	capped := mediation
	capped.Extend = deadline.Allowance{By: deadline.ByConsent, Max: 2, Unit: deadline.UnitMonth}
	feedback := rule(t, "police-feedback")
	feedback.Extend = deadline.Allowance{By: deadline.ByApproval}
	broken := mediation
	broken.Basis = nil
	until := func(day string) []deadline.Extension {
		return []deadline.Extension{{By: deadline.ByConsent, Until: on(t, day), At: at(t, "2026-04-01")}}
	}
	cases := map[string]struct {
		reason string
		rule   deadline.Rule
		start  time.Time
		pauses []deadline.Pause
		more   []deadline.Extension
		code   string
	}{
		"no start":          {"a clock starts some time", mediation, time.Time{}, nil, nil, "start"},
		"a start long ago":  {"a slip of the pen", mediation, start.AddDate(-200, 0, 0), nil, nil, "start"},
		"a broken rule":     {"rules are checked where they are used", broken, start, nil, nil, "basis"},
		"a pause long ago":  {"a slip of the pen", mediation, start, []deadline.Pause{{Kind: deadline.PauseOther, From: start.AddDate(-200, 0, 0), To: start}}, nil, "pause-order"},
		"101 pauses":        {"nobody reads them", mediation, start, make([]deadline.Pause, 101), nil, "too-many"},
		"101 extensions":    {"nobody reads them", mediation, start, nil, make([]deadline.Extension, 101), "too-many"},
		"decided long ago":  {"a slip of the pen", mediation, start, nil, []deadline.Extension{{By: deadline.ByConsent, Length: 1, At: start.AddDate(-200, 0, 0)}}, "extension-at"},
		"both":              {"a length or a day", mediation, start, nil, []deadline.Extension{{By: deadline.ByConsent, Length: 1, Until: on(t, "2026-05-01"), At: start}}, "extension-until"},
		"hours until a day": {"hours take a length", feedback, start, nil, []deadline.Extension{{By: deadline.ByApproval, Until: on(t, "2026-05-01"), At: start}}, "extension-until"},
		"past all years":    {"a slip of the pen", mediation, start, nil, []deadline.Extension{{By: deadline.ByConsent, Until: deadline.Date{Year: 2201, Month: 1, Day: 1}, At: start}}, "extension-until"},
		"months by a day":   {"two months end on 10 June", capped, start, nil, until("2026-06-11"), "extension-too-long"},
		"months that fit":   {"two months end on 10 June", capped, start, nil, until("2026-06-10"), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := deadline.Compute(tc.rule, tc.start, tc.pauses, tc.more, base); deadline.CodeOf(err) != tc.code {
				t.Errorf("%s: %v, want %q", tc.reason, err, tc.code)
			}
		})
	}
}

func TestCompute_hours(t *testing.T) {
	feedback := rule(t, "police-feedback")
	feedback.PauseFor = []deadline.PauseKind{deadline.PauseAppraisal}
	feedback.Extend = deadline.Allowance{By: deadline.ByApproval, Max: 24, Unit: deadline.UnitHour}
	cases := map[string]struct{ reason, pauses, extensions, want string }{
		"plain":         {"a day to the minute", "", "", "2026-03-11T10:00"},
		"extended":      {"six hours more", "", "approval 6 hour", "2026-03-11T16:00"},
		"paused":        {"ninety minutes are given back", "appraisal 2026-03-10T12:00..2026-03-10T13:30", "", "2026-03-11T11:30"},
		"two pauses":    {"the second lies in what the first gave back", "appraisal 2026-03-10T12:00..2026-03-10T13:30; appraisal 2026-03-11T11:00..2026-03-11T12:00", "", "2026-03-11T12:30"},
		"before":        {"only what lies after the start", "appraisal 2026-03-10T09:00..2026-03-10T11:00", "", "2026-03-11T11:00"},
		"long before":   {"over before it began", "appraisal 2026-03-09T09:00..2026-03-09T11:00", "", "2026-03-11T10:00"},
		"after":         {"what is over cannot be stopped", "appraisal 2026-03-11T10:00..2026-03-12T10:00", "", "2026-03-11T10:00"},
		"still open":    {"it stands still", "appraisal 2026-03-10T12:00..", "", ""},
		"not this kind": {"this clock does not know the cause", "other 2026-03-10T12:00..2026-03-10T13:30", "", "2026-03-11T10:00"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			result := compute(t, feedback, at(t, "2026-03-10"), readPauses(t, tc.pauses), readExtensions(t, tc.extensions))
			got := ""
			if !result.Paused {
				got = result.Due.In(deadline.Shanghai()).Format("2006-01-02T15:04")
			}
			if got != tc.want {
				t.Errorf("%s: due %s, want %s", tc.reason, got, tc.want)
			}
			if tc.want == "" && (result.Remaining != 22*60 || !strings.Contains(words(result).EN, "1320 minute(s)")) {
				t.Errorf("%d minutes are left: %s", result.Remaining, words(result).EN)
			}
		})
	}
}

func TestCompute_explainsPausedHoursInMinutes(t *testing.T) {
	feedback := rule(t, "police-feedback")
	feedback.PauseFor = []deadline.PauseKind{deadline.PauseAppraisal}
	result := compute(t, feedback, at(t, "2026-03-10"), readPauses(t, "appraisal 2026-03-10T12:00..2026-03-10T13:30"), nil)
	if effect := result.Explanation.Pauses[0]; effect.Minutes != 90 || effect.Days != 0 {
		t.Errorf("a pause of ninety minutes is explained as %d days and %d minutes", effect.Days, effect.Minutes)
	}
	if !strings.Contains(words(result).ZH, "12:00中止，2026年3月10日（周二）13:30恢复，不计入 90 分钟") {
		t.Errorf("says %s", words(result).ZH)
	}
}

func TestCompute_sameDayStart(t *testing.T) {
	local := rule(t, "police-feedback-complex")
	local.StartDay = deadline.StartSame
	result := compute(t, local, at(t, "2026-03-10"), nil, nil)
	if result.DueDate != on(t, "2026-03-14") || result.Explanation.FirstDay != on(t, "2026-03-10") {
		t.Errorf("five days with the first are due %s", result.DueDate)
	}
	if !strings.Contains(words(result).ZH, "当日计入") {
		t.Error("the words do not say that the day counts")
	}
}

func TestDeadline_State(t *testing.T) {
	result := compute(t, rule(t, "mediation"), at(t, "2026-03-10"), nil, nil) // due 10 April, warned 5 days before
	cases := map[string]struct {
		reason string
		now    time.Time
		want   deadline.State
	}{
		"early":              {"nothing to do yet", at(t, "2026-03-20"), deadline.StateRunning},
		"just before":        {"a second is left", on(t, "2026-04-05").Begin().Add(-time.Second), deadline.StateRunning},
		"warned":             {"five days before", on(t, "2026-04-05").Begin(), deadline.StateDueSoon},
		"on the last day":    {"the day ends at 24:00", on(t, "2026-04-10").End().Add(-time.Second), deadline.StateDueSoon},
		"past":               {"the day is over", on(t, "2026-04-10").End(), deadline.StateOverdue},
		"past in any zone":   {"the moment counts", on(t, "2026-04-10").End().UTC(), deadline.StateOverdue},
		"before in any zone": {"the moment counts", on(t, "2026-04-10").End().Add(-1).UTC(), deadline.StateDueSoon},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := result.State(tc.now); got != tc.want {
				t.Errorf("%s: %s at %s, want %s", tc.reason, got, tc.now, tc.want)
			}
		})
	}
	short := compute(t, rule(t, "police-feedback"), at(t, "2026-03-10"), nil, nil)
	if want := short.Due.Add(-4 * time.Hour); !short.WarnAt.Equal(want) {
		t.Errorf("hours are warned of %s, want %s", short.WarnAt, want)
	}
	late := compute(t, rule(t, "follow-up-red-7"), at(t, "2026-03-10"), nil, nil)
	late.Rule.Warn = 30
	if late = compute(t, late.Rule, late.Start, nil, nil); !late.WarnAt.Equal(late.Start) {
		t.Errorf("nothing is due soon before it starts: %s", late.WarnAt)
	}
	instalment := compute(t, rule(t, "performance"), at(t, "2026-03-10"), nil, nil)
	if instalment.State(at(t, "2026-03-03")) != deadline.StateDueSoon || instalment.State(at(t, "2026-03-02")) != deadline.StateRunning {
		t.Errorf("an instalment is due soon from %s, seven days before the agreed day", instalment.WarnAt)
	}
}

func TestState_Label(t *testing.T) {
	for state, want := range map[deadline.State]string{deadline.StateRunning: "进行中", deadline.StatePaused: "已中止",
		deadline.StateDueSoon: "即将到期", deadline.StateOverdue: "已超期", "other": "other"} {
		if got := state.Label().ZH; got != want {
			t.Errorf("%s is called %s, want %s", state, got, want)
		}
	}
}

func TestCompute_assumesVisibly(t *testing.T) {
	cases := map[string]struct {
		reason, rule, start string
		want                []int
	}{
		"certain":               {"all days are published", "mediation", "2026-03-10", nil},
		"working days":          {"they run into 2027", "mediation-medical", "2026-12-10", []int{2027}},
		"a day that rolls":      {"whether 9 January 2027 rolls is not known", "confirmation-application", "2026-12-10", []int{2027}},
		"a day that stays":      {"no working day is asked for", "petition-rereview-decision", "2026-12-10", nil},
		"the last week of 2026": {"the notice for 2027 may move it", "follow-up-red-7", "2026-12-21", []int{2027}},
		"before 2020":           {"2019 is not carried", "mediation", "2019-03-10", []int{2019}},
		"two years":             {"both are named", "appraisal", "2027-12-10", []int{2027, 2028}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			result := compute(t, rule(t, tc.rule), at(t, tc.start), nil, nil)
			if !slices.Equal(result.AssumedYears, tc.want) {
				t.Errorf("%s: assumes %v, want %v", tc.reason, result.AssumedYears, tc.want)
			}
			if said := strings.Count(words(result).ZH, "尚未公布"); said != len(tc.want) {
				t.Errorf("%s: says so %d times", tc.reason, said)
			}
		})
	}
}
