package casework_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// What is due, as the service raises, lists and computes it anew.
func TestService_Due(t *testing.T) {
	o := newOffice(t)
	if _, _, err := o.PutMember(o.ctx(), o.director(), mediation.Membership{Issuer: issuer, Subject: "wang", Name: "王主任",
		Roles: []mediation.Role{mediation.RoleDirector}}); err != nil {
		t.Fatal(err)
	}
	t.Run("raised, and told to those whom it concerns", func(t *testing.T) { raisedAndTold(t, o.in(t)) })
	t.Run("raised in a suspended town", func(t *testing.T) { raisedWhileSuspended(t, o.in(t)) })
	t.Run("raised again after an extension", func(t *testing.T) { raisedAgain(t, o.in(t)) })
	t.Run("raised once by many", func(t *testing.T) { raisedByMany(t, o.in(t)) })
	t.Run("listed", func(t *testing.T) { listedDue(t, o.in(t)) })
	t.Run("computed anew by other rules", func(t *testing.T) { computedAnew(t, o.in(t)) })
	t.Run("what cannot be computed stays", func(t *testing.T) { keptClocks(t, o.in(t)) })
}

// readRows gives one text of each row.
func (o *office) readRows(sql string, args ...any) []string {
	o.t.Helper()
	connection := pgtest.Connect(o.t, o.county.AsSlot(o.Unit()))
	defer func() { _ = connection.Close(o.ctx()) }()
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

// sweep raises what is due and gives what people were told of the case by it.
func (o *office) sweep(c mediation.Case) (raised int, told string) {
	o.t.Helper()
	const notices = `SELECT kind || ' ' || subject FROM notice WHERE case_id = $1 AND kind LIKE 'clock-%' ORDER BY at, kind, subject`
	before := len(o.readRows(notices, string(c.ID)))
	raised, err := o.RaiseDue(o.ctx())
	if err != nil {
		o.t.Fatal(err)
	}
	return raised, strings.Join(o.readRows(notices, string(c.ID))[before:], ", ")
}

// clear raises whatever earlier parts of the test left.
func (o *office) clear(days int) {
	o.t.Helper()
	o.wait(days)
	if _, err := o.RaiseDue(o.ctx()); err != nil {
		o.t.Fatal(err)
	}
}

// Mediation is due on 23 December and due soon five days before.
func raisedAndTold(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	for _, step := range []struct {
		reason string
		days   int
		raised int
		told   string
	}{
		{"nothing is due", 20, 0, ""},
		{"due soon: who mediates", 26, 1, "clock-due-soon li"},
		{"said once", 27, 0, ""},
		{"overdue: the director too", 31, 1, "clock-overdue li, clock-overdue wang"},
		{"said once", 60, 0, ""},
	} {
		o.wait(step.days)
		if raised, told := o.sweep(c); raised != step.raised || told != step.told {
			t.Errorf("%s: raised %d and told %q, want %d and %q", step.reason, raised, told, step.raised, step.told)
		}
	}
	now, err := o.Case(o.ctx(), o.director(), c.ID)
	if err != nil || now.Version != c.Version || !now.UpdatedAt.Equal(c.UpdatedAt) {
		t.Errorf("time changed the case: %v, version %d, %v", err, now.Version, now.UpdatedAt)
	}
	if got := story(o.journal(c.ID)); got != "file accept assign" {
		t.Errorf("time wrote into the journal: %s", got)
	}
}

// The law's clocks go on while the administrator has suspended the town.
func raisedWhileSuspended(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	o.clear(20)
	o.tenant(casework.TenantSuspended, 0)
	o.wait(40)
	if raised, told := o.sweep(c); raised != 1 || told != "clock-overdue li, clock-overdue wang" {
		t.Errorf("raised %d, told %q", raised, told)
	}
}

func raisedAgain(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	o.clear(26)
	c = o.must(o.ExtendCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Extension{Until: "2027-01-15", Consents: everybody(c), Reason: "案情复杂"}))
	o.wait(45)
	if raised, _ := o.sweep(c); raised != 0 {
		t.Errorf("raised %d before the new day", raised)
	}
	o.wait(50)
	if raised, told := o.sweep(c); raised != 1 || told != "clock-due-soon li" {
		t.Errorf("for the new day: raised %d, told %q", raised, told)
	}
}

func raisedByMany(t *testing.T, o *office) {
	cases := []mediation.Case{o.then(o.file(), "accept", "assign")}
	for range 11 {
		cases = append(cases, o.then(o.file(), "accept", "assign"))
	}
	o.clear(20)
	o.wait(40)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		total int
	)
	for range 5 {
		group.Go(func() {
			raised, err := o.RaiseDue(o.ctx())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += raised
		})
	}
	group.Wait()
	if total != len(cases) {
		t.Errorf("five sweeps raised %d clocks, want %d", total, len(cases))
	}
	for _, c := range cases {
		if n := len(o.readRows(`SELECT '' FROM notice WHERE case_id = $1 AND kind = 'clock-overdue' AND subject = 'li'`, string(c.ID))); n != 1 {
			t.Errorf("told %d times", n)
		}
	}
}

func listedDue(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	o.wait(40)
	find := func(r casework.Request, state mediation.DueState) (found []casework.DueClock) {
		query := casework.DueQuery{State: state, Limit: 3}
		for {
			page, err := o.DueClocks(o.ctx(), r, query)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range page.Clocks {
				if k.Case.ID == c.ID {
					found = append(found, k)
				}
			}
			if page.Next == nil {
				return found
			}
			query.After = page.Next
		}
	}
	for _, state := range []mediation.DueState{mediation.DueOverdue, mediation.DueOpen, ""} {
		if found := find(o.director(), state); len(found) != 1 || found[0].Rule != "mediation" || found[0].Case.Title != c.Title {
			t.Errorf("%q lists %+v", state, found)
		}
	}
	if found := find(o.director(), mediation.DueSoon); len(found) != 0 {
		t.Errorf("what is late is also nearly due: %+v", found)
	}
	if found := find(o.as(mediation.RoleReader), mediation.DueOverdue); len(found) != 1 || found[0].Case.Parties[0].Name != "张*" {
		t.Errorf("a reader sees whom it is about: %+v", found)
	}
	_, err := o.DueClocks(o.ctx(), o.as(mediation.RoleGridWorker), casework.DueQuery{})
	wantCode(t, err, mediation.Forbidden, "role-required")
	_, err = o.DueClocks(o.ctx(), o.director(), casework.DueQuery{State: "late", Limit: 1000})
	wantCode(t, err, mediation.Invalid, "invalid-query")
	wantField(t, err, "/state", "unknown-code")
	wantField(t, err, "/limit", "out-of-range")
}

// shorter is the base with a layer of a county: mediation in twenty days.
func shorter(t *testing.T) *deadline.Rules {
	t.Helper()
	document, err := deadline.ParseRules([]byte(`{"version":"9","level":"county","unit":"371621","rules":[{"id":"mediation","length":20,"unit":"day",
		"basis":[{"law":{"zh":"惠民县办法","en":"Huimin rules"},"article":"7"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := deadline.MergeRules(deadline.BaseRulesDocument(), document)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func computedAnew(t *testing.T, o *office) {
	c := o.then(o.file(), "accept", "assign")
	ended := o.then(o.file(), "refuse")
	if n, err := o.ComputeClocks(o.ctx()); err != nil || n != 0 {
		t.Fatalf("what a change has just computed is computed anew: %d, %v", n, err)
	}
	county := casework.New(o.county.Store(o.Unit()), o.clock.Now, casework.WithDeadlines(shorter(t), deadline.BaseCalendar()))
	n, err := county.ComputeClocks(o.ctx())
	if err != nil || n < 2 {
		t.Fatalf("computed %d, %v", n, err)
	}
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 open 2026-12-15")
	for _, before := range []mediation.Case{c, ended} {
		now, err := o.Case(o.ctx(), o.director(), before.ID)
		if err != nil || now.Version != before.Version || !now.UpdatedAt.Equal(before.UpdatedAt) {
			t.Errorf("other rules changed the case: %v, version %d, %v", err, now.Version, now.UpdatedAt)
		}
	}
	if again, err := county.ComputeClocks(o.ctx()); err != nil || again != 0 {
		t.Errorf("computed twice: %d, %v", again, err)
	}
	if back, err := o.ComputeClocks(o.ctx()); err != nil || back != n {
		t.Errorf("back to the old rules: %d of %d, %v", back, n, err)
	}
	o.wantRows(t, c, "acceptance 2026-11-23 done 2026-11-25", "assignment 2026-11-23 done 2026-11-24", "mediation 2026-11-23 open 2026-12-24")
}

// A case with a day that no calendar knows keeps its clocks, and the others are computed all the same.
func keptClocks(t *testing.T, o *office) {
	odd, other := o.then(o.file(), "accept", "assign"), o.then(o.file(), "accept", "assign")
	connection := pgtest.Connect(t, o.county.AsSlot(o.Unit()))
	defer func() { _ = connection.Close(o.ctx()) }()
	// Release 1 asked nobody whether a year can be.
	if _, err := connection.Exec(o.ctx(), `UPDATE cases SET accepted_at = '1900-01-01', clock_edition = NULL WHERE id = $1`, string(odd.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(o.ctx(), `UPDATE cases SET clock_edition = NULL WHERE id = $1`, string(other.ID)); err != nil {
		t.Fatal(err)
	}
	before := o.clockRows(odd.ID)
	if n, err := o.ComputeClocks(o.ctx()); err != nil || n != 2 {
		t.Errorf("computed %d, %v", n, err)
	}
	o.wantRows(t, odd, before...)
	if n, err := o.ComputeClocks(o.ctx()); err != nil || n != 0 {
		t.Errorf("asked for again and again: %d, %v", n, err)
	}
}
