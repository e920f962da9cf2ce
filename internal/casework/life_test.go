package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// Lives of cases through PostgreSQL.
func TestService_lives(t *testing.T) {
	o := newOffice(t)
	t.Run("to the sealed file", func(t *testing.T) { wholeLife(t, o.in(t)) })
	t.Run("failed, and referred twice", func(t *testing.T) { failedAndReferred(t, o.in(t)) })
	t.Run("two cases", func(t *testing.T) { twoCases(t, o.in(t)) })
	t.Run("merging at once", func(t *testing.T) { mergingAtOnce(t, o.in(t)) })
	t.Run("assigning at once", func(t *testing.T) { assigningAtOnce(t, o.in(t)) })
}

// One dispute from the first word to the sealed file, each step by whoever does it in a town.
func wholeLife(t *testing.T, o *office) {
	clerk, director, li := o.as(mediation.RoleClerk), o.director(), o.as(mediation.RoleMediator)
	clerk.Actor.Subject, li.Actor.Subject = "chen", "li"
	filed, _, err := o.FileCase(o.ctx(), clerk, filing())
	if err != nil {
		t.Fatal(err)
	}
	c := filed
	for i, step := range []struct {
		verb mediation.Verb
		by   casework.Request
		days int // that go by before
	}{
		{"put-on-file", clerk, 0}, {"accept", director, 0}, {"assign", director, 0}, {"investigate", li, 1}, {"convene", li, 0},
		{"report-danger", li, 0}, {"suspend", li, 2}, {"resume", li, 10}, {"settle-danger", li, 0}, {"extend", director, 1},
		{"cancel-meeting", li, 0}, {"convene", li, 0}, {"mediate", li, 5}, {"agree", li, 1}, {"apply-confirmation", clerk, 5},
		{"decide-confirmation", clerk, 10}, {"perform", clerk, 0}, {"urge", li, 1}, {"perform", clerk, 1}, {"perform", clerk, 1},
		{"visit", li, 30}, {"put-on-file", clerk, 0}, {"put-on-file", clerk, 0}, {"put-on-file", clerk, 0}, {"put-on-file", clerk, 0},
		{"put-on-file", clerk, 0}, {"put-on-file", clerk, 0}, {"put-on-file", clerk, 0}, {"put-on-file", clerk, 0},
		{"close", director, 2}, {"archive", clerk, 3},
	} {
		o.clock.Set(o.clock.Now().AddDate(0, 0, step.days))
		if c.State == mediation.StateClosed && len(c.FileGaps()) > 0 {
			t.Fatalf("the file lacks %+v", c.FileGaps())
		}
		after, _, err := ways[step.verb](o, step.by, c, c.Version)
		if err != nil {
			t.Fatalf("step %d, %s in %s: %v", i, step.verb, c.State, err)
		}
		c = after
	}
	if c.State != mediation.StateArchived || c.Volume == nil || c.Volume.Number != c.Number || len(c.Volume.Index) != 9 {
		t.Errorf("%s, volume %+v", c.State, c.Volume)
	}
	read, err := o.Case(o.ctx(), director, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, read, c)
	wantCompleteJournal(t, o, c, "file put-on-file accept assign investigate convene report-danger suspend resume settle-danger extend cancel-meeting "+
		"convene mediate agree apply-confirmation decide-confirmation perform urge perform perform visit put-on-file put-on-file put-on-file "+
		"put-on-file put-on-file put-on-file put-on-file put-on-file close archive")
	for _, row := range o.clockRows(c.ID) {
		if !strings.Contains(row, " done") {
			t.Errorf("a clock of a sealed file still runs: %s", row)
		}
	}
}

// wantCompleteJournal: every version has its entry with somebody who answers for it, each where the last one ended.
func wantCompleteJournal(t *testing.T, o *office, c mediation.Case, want string) {
	t.Helper()
	entries := o.journal(c.ID)
	if got := story(entries); got != want {
		t.Errorf("the journal tells %q", got)
	}
	at, state := time.Time{}, mediation.State("")
	for i, e := range entries {
		if e.Version != int64(i+1) || e.Actor.Subject == "" || e.From != state || !e.At.After(at) {
			t.Errorf("entry %d: %+v", i, e)
		}
		at, state = e.At, e.To
	}
	if state != c.State {
		t.Errorf("the journal ends in %s, the case in %s", state, c.State)
	}
}

// A dispute that fails, goes to legal aid and to court, and cannot close until both have reported back.
func failedAndReferred(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	c = o.must(o.HoldMeeting(o.ctx(), o.director(), c.ID, c.Version, meeting(o, c, mediation.MeetingNotAgreed)))
	_, _, err := ways["agree"](o, o.director(), c, c.Version)
	wantField(t, err, "/meetings", "no-agreement-yet")
	c = o.then(c, "fail")
	refer := func(route mediation.Route) {
		t.Helper()
		c = o.must(o.ReferCase(o.ctx(), o.director(), c.ID, c.Version, referral(o, route)))
	}
	refer("legal-aid")
	refer("court")
	closing := func() error {
		_, _, err := ways["close"](o, o.director(), c, c.Version)
		return err
	}
	wantField(t, closing(), "/referrals/1", "route-open")
	wantField(t, closing(), "/referrals/2", "route-open")
	c = o.must(o.ReportReferral(o.ctx(), o.director(), c.ID, c.Version, mediation.ReferralReport{Number: 1, Outcome: "granted", OutcomeOn: o.day(0)}))
	wantCode(t, closing(), mediation.Conflict, "case-incomplete")
	wantField(t, closing(), "/referrals/2", "route-open")
	if slices.ContainsFunc(o.clockRows(c.ID), func(row string) bool { return strings.HasPrefix(row, "closing ") && strings.Contains(row, " open") }) {
		t.Error("nobody is late in closing while a court has the matter")
	}
	c = o.must(o.ReportReferral(o.ctx(), o.director(), c.ID, c.Version, mediation.ReferralReport{Number: 2, Outcome: "judged", OutcomeOn: o.day(0)}))
	c = o.then(c, "close")
	if c.Closure.Outcome != mediation.StateFailed || c.Open() {
		t.Errorf("closed as %+v", c.Closure)
	}
	_, _, err = ways["archive"](o, o.director(), c, c.Version)
	wantField(t, err, "/file/referral-papers", "missing-item")
	wantCompleteJournal(t, o, c, "file accept assign mediate fail refer refer report-referral report-referral close")
}

// What concerns two cases is in both of them, or in none.
func twoCases(t *testing.T, o *office) {
	t.Run("a reopened case is a new volume, once", func(t *testing.T) {
		first := o.then(o.file(), "refuse", "close")
		volume, receipt, err := ways["reopen"](o, o.director(), first, first.Version)
		if err != nil || !receipt.Created || volume.ID == first.ID || volume.FirstVolume != first.ID || volume.State != mediation.StatePendingAcceptance {
			t.Fatalf("%v %+v %+v", err, receipt, volume)
		}
		old, err := o.Case(o.ctx(), o.director(), first.ID)
		if err != nil || old.State != mediation.StateClosed || old.Links[0].Case != volume.ID || old.Links[0].Kind != mediation.LinkReopenedAs {
			t.Errorf("%v %+v", err, old.Links)
		}
		if story(o.journal(first.ID)) != "file refuse close reopen" || story(o.journal(volume.ID)) != "file" {
			t.Errorf("%s; %s", story(o.journal(first.ID)), story(o.journal(volume.ID)))
		}
		_, _, err = ways["reopen"](o, o.director(), old, old.Version)
		wantField(t, err, "/links", "already-reopened")
	})
	t.Run("without room in the quota nothing is split off", func(t *testing.T) {
		c := o.file()
		tenant, err := o.Tenant(o.ctx(), o.director())
		if err != nil {
			t.Fatal(err)
		}
		o.tenant(casework.TenantActive, tenant.OpenCases)
		_, _, err = ways["split"](o, o.director(), c, c.Version)
		wantCode(t, err, mediation.Exhausted, "quota-open-cases")
		o.tenant(casework.TenantActive, tenant.OpenCases+1)
		part, _, err := ways["split"](o, o.director(), c, c.Version)
		if err != nil || part.Links[0].Kind != mediation.LinkSplitFrom || part.Registration <= c.Registration {
			t.Errorf("%v %+v", err, part)
		}
		o.tenant(casework.TenantActive, 0)
	})
	t.Run("merging a case into itself, into one that is not there, into one that is over", func(t *testing.T) {
		c, over := o.file(), o.then(o.file(), "refuse")
		for into, want := range map[mediation.ID]string{c.ID: "invalid-merging", "0199f0c0-0000-7000-8000-000000000001": "unknown-case", over.ID: "case-state"} {
			_, _, err := o.MergeCase(o.ctx(), o.director(), c.ID, c.Version, into, mediation.Merging{Reason: "同一纠纷"})
			if mediation.CodeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if got := story(o.journal(c.ID)); got != "file" {
			t.Errorf("half a merging: %s", got)
		}
	})
	t.Run("somebody recused from the other case does not merge into it", func(t *testing.T) {
		c, into := o.file(), o.then(o.file(), "recuse")
		r := o.director()
		r.Actor.Subject = "cousin"
		_, _, err := o.MergeCase(o.ctx(), r, c.ID, c.Version, into.ID, mediation.Merging{Reason: "同一纠纷"})
		wantCode(t, err, mediation.Forbidden, "recused")
	})
}

// Two people merge the same two cases in opposite directions at once: one wins, nobody waits for ever.
func mergingAtOnce(t *testing.T, o *office) {
	for range 5 {
		a, b := o.file(), o.file()
		results := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]mediation.ID{{a.ID, b.ID}, {b.ID, a.ID}} {
			wg.Go(func() {
				_, _, results[i] = o.MergeCase(o.ctx(), o.director(), pair[0], 0, pair[1], mediation.Merging{Reason: "同一纠纷"})
			})
		}
		wg.Wait()
		if (results[0] == nil) == (results[1] == nil) {
			t.Fatalf("both ended alike: %v", results)
		}
		stories := []string{story(o.journal(a.ID)), story(o.journal(b.ID))}
		slices.Sort(stories)
		if fmt.Sprint(stories) != "[file absorb file merge]" {
			t.Errorf("the journals tell %q", stories)
		}
	}
}

// Ten directors assign at once with the version they saw: one does, the others are told that it has changed.
func assigningAtOnce(t *testing.T, o *office) {
	c := o.then(o.file(), "accept")
	results := make([]error, 10)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { _, _, results[i] = ways["assign"](o, o.director(), c, c.Version) })
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		wantCode(t, err, mediation.Stale, "stale-version")
	}
	if won != 1 || story(o.journal(c.ID)) != "file accept assign" {
		t.Errorf("%d assigned: %s", won, story(o.journal(c.ID)))
	}
}

func (o *office) must(c mediation.Case, _ casework.Receipt, err error) mediation.Case {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// clockRows are the stored clocks of a case, as: rule started state due.
func (o *office) clockRows(id mediation.ID) []string {
	o.t.Helper()
	connection := pgtest.Connect(o.t, o.county.AsSlot(o.Unit()))
	rows, err := connection.Query(o.ctx(), `SELECT concat_ws(' ', rule, to_char(started AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), state,
		to_char(due AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')) FROM clock WHERE case_id = $1 ORDER BY started, rule`, string(id))
	if err != nil {
		o.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}
