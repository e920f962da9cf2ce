package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// day is midday of the n-th day after the tests' own.
func day(n int) time.Time { return midday.AddDate(0, 0, n) }

// warned is an open clock that is due and due soon on these days.
func warned(rule string, due, warn int) casework.ClockRow {
	return casework.ClockRow{Rule: rule, Started: midday, Due: day(due), Warn: day(warn), State: casework.ClockOpen}
}

// raise raises up to a thousand clocks by a moment and tells them as "rule due-soon" or "rule overdue".
func (w *place) raise(now time.Time) []string {
	w.t.Helper()
	var told []string
	w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
		raised, err := tx.RaiseDue(ctx, now, 1000)
		for _, r := range raised {
			told = append(told, r.Rule+" "+what(r))
		}
		return err
	}))
	return told
}

func what(r casework.RaisedClock) string {
	if r.Overdue {
		return "overdue"
	}
	return "due-soon"
}

func TestRaiseDue_onceDueSoonAndOnceOverdue(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	steps := []struct {
		reason string
		clocks []casework.ClockRow // nil: as they are
		now    time.Time
		want   string
	}{
		{"nothing is due", []casework.ClockRow{warned("a", 10, 7), warned("b", 20, 15), clock("c", 0, casework.ClockPaused, 0)}, day(6), ""},
		{"from the moment on it is due soon", nil, day(7), "a due-soon"},
		{"said once", nil, day(8), ""},
		{"the moment before it is due", nil, day(10).Add(-time.Microsecond), ""},
		{"from the moment on it is overdue", nil, day(10), "a overdue"},
		{"said once", nil, day(11), ""},
		{"the machine's clock went back: nothing is said twice", nil, day(1), ""},
		{"and forward again", nil, day(11), ""},
		{"an extension: it is said again for the new day", []casework.ClockRow{warned("a", 14, 12), warned("b", 20, 15)}, day(12), "a due-soon"},
		{"paused: nothing is due", []casework.ClockRow{clock("a", 0, casework.ClockPaused, 0), warned("b", 20, 15)}, day(14), ""},
		{"resumed for the same day: due soon was said", []casework.ClockRow{warned("a", 14, 12), warned("b", 20, 15)}, day(13), ""},
		{"overdue was not", nil, day(14), "a overdue"},
		{"paused and resumed for a later day", []casework.ClockRow{warned("a", 30, 28), warned("b", 20, 15)}, day(16), "b due-soon"},
		{"a week without a sweep: the oldest first, and nobody is told that something overdue is due soon", nil, day(40), "b overdue, a overdue"},
		{"done", []casework.ClockRow{clock("a", 0, casework.ClockDone, 30)}, day(50), ""},
		{"open again for the same day", []casework.ClockRow{warned("a", 30, 28)}, day(50), ""},
		{"moved to an earlier day that is over: that is another day", []casework.ClockRow{warned("a", 25, 20)}, day(50), "a overdue"},
		{"only the warning moved: nothing new", []casework.ClockRow{warned("a", 25, 22)}, day(50), ""},
		{"a clock without a warning is said when it is due", []casework.ClockRow{clock("d", 0, casework.ClockOpen, 60)}, day(59), ""},
		{"and then", nil, day(60), "d overdue"},
	}
	for _, step := range steps {
		if step.clocks != nil {
			w.must(w.setClocks(c.ID, step.clocks...))
		}
		if got := strings.Join(w.raise(step.now), ", "); got != step.want {
			t.Errorf("%s: raised %q, want %q", step.reason, got, step.want)
		}
		w.sameInCounty()
	}
	const events = `SELECT string_agg(concat_ws(' ', rule, replace(type, 'clock-', ''), version), ', ' ORDER BY sequence) FROM county.event WHERE type LIKE 'clock-%'`
	want := "a due-soon 1, a overdue 1, a due-soon 1, a overdue 1, b due-soon 1, b overdue 1, a overdue 1, a overdue 1, d overdue 1"
	if got := ask[string](w, events); got != want {
		t.Errorf("events\n got %s\nwant %s", got, want)
	}
	if got, err := w.FindCase(t.Context(), c.ID); err != nil || got.Version != 1 || !got.UpdatedAt.Equal(midday) {
		t.Errorf("a sweep touched the case: %v, version %d of %v", err, got.Version, got.UpdatedAt)
	}
}

// sameInCounty holds the county's list to the tenant's running clocks.
func (w *place) sameInCounty() {
	w.t.Helper()
	const differs = `SELECT count(*) FROM (
		(SELECT case_id, rule, started, due, warn, raise_at FROM clock WHERE state = 'open' EXCEPT SELECT case_id, rule, started, due, warn, raise_at FROM county.clock)
		UNION ALL (SELECT case_id, rule, started, due, warn, raise_at FROM county.clock EXCEPT SELECT case_id, rule, started, due, warn, raise_at FROM clock WHERE state = 'open')) d`
	if n := ask[int](w, differs); n != 0 {
		w.t.Errorf("%d rows differ between the tenant's clocks and the county's list", n)
	}
}

// many opens n clocks that are due one minute after the other from midday on, on a handful of cases.
func (w *place) many(n int) {
	w.t.Helper()
	const cases = 10
	for range cases {
		w.must(w.create(w.newCase()))
	}
	w.exec(`INSERT INTO clock (case_id, rule, started, due, warn, state)
		SELECT c.id, 'r' || n / $2, $1::timestamptz, $1::timestamptz + n * interval '1 minute', $1::timestamptz + n * interval '1 minute', 'open'
		FROM generate_series(0, $3::int - 1) n JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM cases) c ON c.i = n % $2`, midday, cases, n)
	w.exec(`INSERT INTO county.clock SELECT $1, case_id, rule, started, due, warn, raise_at FROM clock WHERE state = 'open'`, w.code)
}

func TestRaiseDue_manyAtOnceRaiseEachOnce(t *testing.T) {
	w := newPlace(t)
	const clocks, sweepers = 2000, 6
	w.many(clocks)
	var (
		mu    sync.Mutex
		times = map[string]int{}
		group sync.WaitGroup
	)
	lost := errors.New("lost in the middle")
	for sweeper := range sweepers {
		group.Go(func() {
			for round := 0; ; round++ {
				var raised []casework.RaisedClock
				err := w.change(func(ctx context.Context, tx casework.Tx) (err error) {
					raised, err = tx.RaiseDue(ctx, day(30), 90)
					if err == nil && round%3 == sweeper%3 && round < 6 {
						return lost // as a worker that is killed before it commits
					}
					return err
				})
				if errors.Is(err, lost) {
					continue
				}
				if err != nil {
					t.Errorf("sweeper %d: %v", sweeper, err)
				}
				if err != nil || len(raised) == 0 {
					return
				}
				mu.Lock()
				for _, r := range raised {
					times[fmt.Sprint(r.Case.ID, r.Rule, what(r))]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for _, left := range w.raise(day(30)) { // what the last ones gave up
		times["left "+left+fmt.Sprint(len(times))]++
	}
	if len(times) != clocks {
		t.Errorf("%d clocks were raised, want %d", len(times), clocks)
	}
	for clock, n := range times {
		if n != 1 {
			t.Errorf("%s was raised %d times", clock, n)
		}
	}
	if n := ask[int](w, `SELECT count(*) FROM county.event WHERE type = 'clock-overdue'`); n != clocks {
		t.Errorf("%d events, want %d", n, clocks)
	}
	if n := ask[int](w, `SELECT count(*) FROM (SELECT FROM county.event WHERE rule IS NOT NULL GROUP BY case_id, rule HAVING count(*) > 1) twice`); n != 0 {
		t.Errorf("%d clocks have two events", n)
	}
	w.sameInCounty()
}

// A worker whose connection is cut in the middle leaves nothing behind, and the next one raises everything. The server is
// given the time to let go of the rows.
func TestRaiseDue_killedInTheMiddle(t *testing.T) {
	w := newPlace(t)
	w.many(50)
	err := w.change(func(ctx context.Context, tx casework.Tx) error {
		raised, err := tx.RaiseDue(ctx, day(30), 1000)
		if err != nil || len(raised) != 50 {
			t.Errorf("raised %d, %v", len(raised), err)
		}
		if n := ask[int](w, `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`); n != 1 {
			t.Errorf("%d connections were cut", n)
		}
		return nil
	})
	if err == nil {
		t.Fatal("a transaction whose connection was cut was committed")
	}
	if n := ask[int](w, `SELECT count(*) FROM county.event WHERE rule IS NOT NULL`); n != 0 {
		t.Errorf("%d events of a transaction that was lost", n)
	}
	if raised := w.raise(day(30)); len(raised) != 50 {
		t.Errorf("the next one raises %d of 50", len(raised))
	}
}

// A clock whose case is being changed is left to that change, and found by the next sweep.
func TestRaiseDue_leavesWhatOthersHold(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	w.must(w.setClocks(c.ID, warned("a", 10, 7)))
	w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
		after := c
		after.Version++
		if err := errors.Join(tx.SetClocks(ctx, c.ID, "e1", []casework.ClockRow{warned("a", 50, 40)}), tx.UpdateCase(ctx, c, after)); err != nil {
			return err
		}
		if raised := w.raise(day(30)); len(raised) != 0 {
			t.Errorf("raised %v while it is being moved", raised)
		}
		return nil
	}))
	if raised := w.raise(day(30)); len(raised) != 0 {
		t.Errorf("raised %v although it was moved to a later day", raised)
	}
	if raised := w.raise(day(45)); !slices.Equal(raised, []string{"a due-soon"}) {
		t.Errorf("raised %v for the later day", raised)
	}
}

// What is raised is found by its index, however many clocks run or are done.
func TestRaiseDue_byIndex(t *testing.T) {
	w := newPlace(t)
	w.many(10_000)
	w.exec(`ANALYZE clock`)
	plan := w.plan(`SELECT case_id, rule, started FROM clock WHERE raise_at <= $1 ORDER BY raise_at, case_id, rule, started LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED`, midday)
	if !strings.Contains(plan, "clock_raise") || strings.Contains(plan, "Sort") {
		t.Errorf("what has to be raised is not read from its index:\n%s", plan)
	}
}

func (w *place) plan(sql string, args ...any) string {
	w.t.Helper()
	rows, err := w.owner.Query(w.t.Context(), `EXPLAIN `+sql, args...)
	w.must(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	return strings.Join(lines, "\n")
}

func TestLockOutdated(t *testing.T) {
	w := newPlace(t)
	var ids []mediation.ID
	for range 7 {
		c := w.newCase()
		w.must(w.create(c))
		ids = append(ids, c.ID)
	}
	w.exec(`UPDATE cases SET state = 'archived' WHERE id = $1`, string(ids[0]))
	w.must(w.setClocks(ids[1], warned("a", 10, 7))) // by edition e1
	w.exec(`UPDATE cases SET clock_edition = CASE WHEN id = $1 THEN 'e0' ELSE 'e2' END WHERE id IN ($1, $2)`, string(ids[2]), string(ids[3]))
	outdated := func(limit int) (found []mediation.ID, more bool) {
		w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
			cases, others, err := tx.LockOutdated(ctx, "e1", limit)
			for _, c := range cases {
				found = append(found, c.ID)
			}
			more = others
			return err
		}))
		return found, more
	}
	want := ids[2:]
	if got, more := outdated(50); !slices.Equal(got, want) || more {
		t.Errorf("outdated are %v, more %v; want all but the archived one and the one of this edition", got, more)
	}
	if got, more := outdated(3); len(got) != 3 || !more {
		t.Errorf("%d of a limit of 3, more %v", len(got), more)
	}
	w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
		if _, err := tx.LockCase(ctx, ids[4]); err != nil {
			return err
		}
		if got, _ := outdated(50); slices.Contains(got, ids[4]) || len(got) != len(want)-1 {
			t.Errorf("a case that is being changed is waited for: %v", got)
		}
		return nil
	}))
	reset := []casework.CaseClocks{{Case: ids[1], Keep: true}}
	for _, id := range want {
		reset = append(reset, casework.CaseClocks{Case: id, Clocks: []casework.ClockRow{warned("b", 12, 9)}})
	}
	w.must(w.change(func(ctx context.Context, tx casework.Tx) error { return tx.ResetClocks(ctx, "e3", reset) }))
	if n := ask[int](w, `SELECT count(*) FROM cases WHERE clock_edition = 'e3'`); n != len(reset) {
		t.Errorf("%d cases are of the new edition, want %d", n, len(reset))
	}
	if kept := w.clocks(ids[1]); kept != "a 0 open 10" {
		t.Errorf("clocks that could not be computed are %q", kept)
	}
	if n := ask[int](w, `SELECT count(*) FROM cases WHERE version <> 1 OR updated_at <> $1`, midday); n != 0 {
		t.Errorf("%d cases were touched", n)
	}
	w.sameInCounty()
}

// listed pages through a list and gives rule and due day of each clock, calling between before each next page.
func (w *place) listed(query mediation.DueQuery, between func()) (list []casework.DueClock, total mediation.Total) {
	w.t.Helper()
	for page := 0; ; page++ {
		got, err := w.ListDue(w.t.Context(), query)
		w.must(err)
		if page == 0 {
			total = got.Total
		}
		list = append(list, got.Clocks...)
		if got.Next == nil {
			return list, total
		}
		query.After = got.Next
		between()
	}
}

func rulesOf(list []casework.DueClock) string {
	var rules []string
	for _, k := range list {
		rules = append(rules, k.Rule)
	}
	return strings.Join(rules, " ")
}

func TestListDue(t *testing.T) {
	w := newPlace(t)
	c, other := w.newCase(), w.newCase()
	c.Mediators = []mediation.Mediator{{Issuer: "https://id.example", Subject: "li", Name: "李调解员", Host: true}}
	w.must(w.create(c))
	w.must(w.create(other))
	w.must(w.setClocks(c.ID, warned("a", 3, 1), warned("b", 9, 5), clock("p", 0, casework.ClockPaused, 0), clock("d", 0, casework.ClockDone, 2)))
	w.must(w.setClocks(other.ID, warned("c", 20, 15), warned("a", 3, 1), warned("e", 2, 2)))
	w.raise(day(6))
	li := mediation.Principal{Subject: "li"}
	for _, q := range []struct {
		reason string
		query  mediation.DueQuery
		want   string
	}{
		{"all that run, the oldest due first", mediation.DueQuery{State: mediation.DueOpen}, "e a a b c"},
		{"those that are late", mediation.DueQuery{State: mediation.DueOverdue}, "e a a"},
		{"those that are nearly due and not late", mediation.DueQuery{State: mediation.DueSoon}, "b"},
		{"of one mediator's cases", mediation.DueQuery{State: mediation.DueOpen, Mediator: li}, "a b"},
		{"of a mediator of another issuer", mediation.DueQuery{State: mediation.DueOpen, Mediator: mediation.Principal{Issuer: "https://other", Subject: "li"}}, ""},
	} {
		for _, limit := range []int{1, 2, 50} {
			q.query.Limit, q.query.Now = limit, day(6)
			list, total := w.listed(q.query, func() {})
			if got := rulesOf(list); got != q.want || total.Value != len(strings.Fields(q.want)) || !total.Exact {
				t.Errorf("%s, by %d: %q of %+v, want %q", q.reason, limit, got, total, q.want)
			}
		}
	}
	list, _ := w.listed(mediation.DueQuery{State: mediation.DueOverdue, Now: day(6), Limit: 50}, func() {})
	if k := list[0]; k.Case.ID != other.ID || k.Case.Registration != other.Registration || len(k.Case.Parties) != len(other.Parties) || k.RaisedOverdueAt == nil || !k.Due.Equal(day(2)) {
		t.Errorf("the oldest is %+v", k)
	}
}

// Whoever pages through while clocks change sees each clock that stays where it is exactly once, and each that moves to a
// later day at least once.
func TestListDue_missesNoneWhileClocksChange(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	rapid.Check(t, func(t *rapid.T) {
		const clocks = 24
		due := make([]int, clocks)
		rows := func() (list []casework.ClockRow) {
			for i, d := range due {
				list = append(list, warned(fmt.Sprintf("r%02d", i), d, d))
			}
			return list
		}
		for i := range due {
			due[i] = rapid.IntRange(1, 6).Draw(t, "due") // many on one day
		}
		w.must(w.setClocks(c.ID, rows()...))
		moved := map[string]bool{}
		limit := rapid.IntRange(1, 9).Draw(t, "limit")
		list, total := w.listed(mediation.DueQuery{State: mediation.DueOpen, Now: day(0), Limit: limit}, func() {
			if rapid.Bool().Draw(t, "a clock moves") {
				i := rapid.IntRange(0, clocks-1).Draw(t, "which")
				due[i] += rapid.IntRange(1, 5).Draw(t, "later by")
				moved[fmt.Sprintf("r%02d", i)] = true
				w.must(w.setClocks(c.ID, rows()...))
			}
		})
		if total.Value != clocks {
			t.Errorf("total %d, want %d", total.Value, clocks)
		}
		seen := map[string]int{}
		for _, k := range list {
			seen[k.Rule]++
		}
		for i := range due {
			rule := fmt.Sprintf("r%02d", i)
			if seen[rule] == 0 || (seen[rule] > 1 && !moved[rule]) {
				t.Errorf("%s was seen %d times, moved %v", rule, seen[rule], moved[rule])
			}
		}
		w.must(w.setClocks(c.ID))
	})
}
