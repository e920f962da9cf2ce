package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

func (o *office) wantRows(t *testing.T, c mediation.Case, want ...string) {
	t.Helper()
	if got := strings.Join(o.clockRows(c.ID), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("stored clocks:\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// The clocks of a case, as the service keeps and obeys them.
func TestService_Clocks(t *testing.T) {
	o := newOffice(t)
	t.Run("they are stored with every change", func(t *testing.T) { storedClocks(t, o.in(t)) })
	t.Run("they are explained", func(t *testing.T) { explainedClocks(t, o.in(t)) })
	t.Run("mediation is extended", func(t *testing.T) { extendedMediation(t, o.in(t)) })
	t.Run("the court is asked in time", func(t *testing.T) { lastDayToConfirm(t, o.in(t)) })
	t.Run("a weekend is no breach", func(t *testing.T) { breachAfterWeekend(t, o.in(t)) })
	t.Run("a day that cannot be", func(t *testing.T) { impossibleDeadline(t, o.in(t)) })
}

// wait lets days go by, to noon.
func (o *office) wait(days int) { o.clock.Set(noon.AddDate(0, 0, days)) }

// What is stored follows every change, in the same transaction.
func storedClocks(t *testing.T, o *office) {
	c := o.file()
	o.wantRows(t, c, "acceptance 2026-11-23 open 2026-11-25")
	c = o.then(c, "accept", "assign")
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 open 2026-12-24")
	o.wait(3)
	c = o.then(c, "suspend")
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 paused")
	o.wait(8)
	c = o.then(c, "resume")
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 open 2026-12-29")
	medical := mediation.DisputeMedical
	c = o.must(o.CorrectCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Correction{Type: &medical}))
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 done 2026-12-29",
		"mediation-medical 2026-11-23 open 2027-01-09")
}

func explainedClocks(t *testing.T, o *office) {
	c := o.then(o.file(), "accept")
	clocks, err := o.Clocks(o.ctx(), o.director(), c.ID)
	if err != nil || len(clocks) != 3 {
		t.Fatalf("%v %+v", err, clocks)
	}
	mediating := clocks[2]
	if mediating.Done || mediating.Deadline.DueDate.String() != "2026-12-23" || mediating.Deadline.CalendarVersion != deadline.BaseCalendar().Version() ||
		mediating.Deadline.RuleVersion != deadline.BaseRules().Version() || mediating.Deadline.State(noon) != deadline.StateRunning {
		t.Errorf("%+v", mediating)
	}
	if text := fmt.Sprint(mediating.Deadline.Explanation.Lines); !strings.Contains(text, "33") || !strings.Contains(text, "2026年12月23日") {
		t.Errorf("the article and the day are named: %s", text)
	}
	if clocks, err := o.Clocks(o.ctx(), o.as(mediation.RoleReader), c.ID); err != nil || len(clocks) != 3 {
		t.Errorf("whoever reads the case sees its clocks: %v", err)
	}
	_, err = o.Clocks(o.ctx(), o.director(), "0199f0c0-0000-7000-8000-000000000001")
	wantCode(t, err, mediation.NotFound, "unknown-case")
}

func extendedMediation(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	extend := func(until string) error {
		after, _, err := o.ExtendCase(o.ctx(), o.director(), c.ID, c.Version,
			mediation.Extension{Until: until, Consents: everybody(c), Reason: "案情复杂"})
		if err == nil {
			c = after
		}
		return err
	}
	err := extend("2026-12-20")
	wantCode(t, err, mediation.Invalid, "invalid-extension")
	wantField(t, err, "/until", "extension-until")
	for _, until := range []string{"2027-01-05", "2027-01-15"} {
		if err := extend(until); err != nil {
			t.Fatal(err)
		}
	}
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 open 2027-01-16")
	o.wait(53)
	if err := extend("2027-02-01"); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	o.wait(90)
	err = extend("2027-03-01")
	wantCode(t, err, mediation.Conflict, "case-incomplete")
	wantField(t, err, "/extensions", "extension-late")
	if len(c.Extensions) != 3 {
		t.Errorf("%+v", c.Extensions)
	}
}

// The thirty days end on Wednesday, 23 December; an application of the day after is too late.
func lastDayToConfirm(t *testing.T, o *office) {
	apply := func(c mediation.Case, on string) (mediation.Case, error) {
		after, _, err := o.ApplyConfirmation(o.ctx(), o.director(), c.ID, c.Version,
			mediation.ConfirmationApplication{Court: "惠民县人民法院", Applicants: everybody(c), AppliedOn: on})
		return after, err
	}
	c := o.then(o.file(), agreed...)
	o.wait(40)
	_, err := apply(c, "2026-12-24")
	wantCode(t, err, mediation.Invalid, "invalid-confirmation")
	wantField(t, err, "/appliedOn", "too-late")
	after, err := apply(c, "2026-12-23")
	if err != nil || after.Confirmation.LastDay != "2026-12-23" {
		t.Errorf("%v %+v", err, after.Confirmation)
	}
	t.Run("an oral agreement has no last day", func(t *testing.T) {
		_, err := apply(o.then(o.file(), "accept", "assign", "mediate", "agree-orally"), o.day(0))
		wantField(t, err, "/agreement/form", "written-agreement-required")
	})
}

// Due on Saturday, 12 December: there is no breach before Monday is over.
func breachAfterWeekend(t *testing.T, o *office) {
	c := o.then(o.file(), mediated...)
	command := written(o, c)
	command.Instalments = []mediation.Obligation{
		{Kind: mediation.ObligationMoney, Amount: 300_000, Due: "2026-12-12", From: c.Parties[1].ID, To: c.Parties[0].ID},
		{Kind: mediation.ObligationAct, What: "拆除", Due: "2026-12-31"},
	}
	c = o.must(o.AgreeInWriting(o.ctx(), o.director(), c.ID, c.Version, command))
	allowed := func() bool {
		for _, action := range o.actions(t, c) {
			if action.Verb == mediation.VerbBreach {
				return action.Allowed
			}
		}
		return false
	}
	o.wait(21)
	_, _, err := ways["breach"](o, o.director(), c, c.Version)
	wantCode(t, err, mediation.Conflict, "case-incomplete")
	wantField(t, err, "/agreement/instalments", "nothing-overdue")
	if allowed() {
		t.Error("the list of actions offers it on Monday")
	}
	o.wait(22)
	if !allowed() {
		t.Error("the list of actions does not offer it on Tuesday")
	}
	o.then(c, "breach")
}

// A deadline that cannot be computed stops the change, and nothing of it is kept.
func impossibleDeadline(t *testing.T, o *office) {
	c := o.then(o.file(), mediated...)
	command := written(o, c)
	command.Instalments[1].Due = "3000-01-01"
	_, _, err := o.AgreeInWriting(o.ctx(), o.director(), c.ID, c.Version, command)
	wantCode(t, err, mediation.Invalid, "invalid-deadline")
	wantField(t, err, "/agreement/instalments/2", "date")
	o.clock.Set(noon.Add(time.Hour))
	if now := o.then(c, "agree"); now.Version != c.Version+1 {
		t.Errorf("version %d", now.Version)
	}
}
