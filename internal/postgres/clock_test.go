package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// setClocks makes these the clocks of a case.
func (w *place) setClocks(id mediation.ID, clocks ...casework.ClockRow) error {
	return w.change(func(ctx context.Context, tx casework.Tx) error {
		return tx.SetClocks(ctx, id, "e1", clocks)
	})
}

// clocks tells a case's clocks, with moments in days after midday.
func (w *place) clocks(id mediation.ID) string {
	w.t.Helper()
	return ask[string](w, `SELECT COALESCE(string_agg(concat_ws(' ', rule, (extract(epoch FROM started - $2) / 86400)::int, state,
		(extract(epoch FROM due - $2) / 86400)::int), ', ' ORDER BY rule, started), '') FROM clock WHERE case_id = $1`, string(id), midday)
}

func clock(rule string, started int, state casework.ClockState, due int) casework.ClockRow {
	row := casework.ClockRow{Rule: rule, Started: midday.AddDate(0, 0, started), State: state}
	if due > 0 {
		row.Due = midday.AddDate(0, 0, due)
	}
	return row
}

func TestSetClocks(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	for _, step := range []struct {
		reason string
		given  []casework.ClockRow
		want   string
	}{
		{"no clock yet", nil, ""},
		{"two begin", []casework.ClockRow{clock("accept", 0, casework.ClockOpen, 3), clock("mediate", 0, casework.ClockOpen, 30)},
			"accept 0 open 3, mediate 0 open 30"},
		{"one is done, one waits", []casework.ClockRow{clock("accept", 0, casework.ClockDone, 3), clock("mediate", 0, casework.ClockPaused, 0)},
			"accept 0 done 3, mediate 0 paused"},
		{"one goes on, later; one is not given any more and stays known", []casework.ClockRow{clock("mediate", 0, casework.ClockOpen, 40)},
			"accept 0 done 3, mediate 0 open 40"},
		{"the same rule begins again", []casework.ClockRow{clock("mediate", 0, casework.ClockDone, 40), clock("mediate", 50, casework.ClockOpen, 80)},
			"accept 0 done 3, mediate 0 done 40, mediate 50 open 80"},
		{"two of one rule and day are the one to look at first", []casework.ClockRow{
			clock("perform", 60, casework.ClockDone, 60), clock("perform", 60, casework.ClockOpen, 90), clock("perform", 60, casework.ClockOpen, 70),
		}, "accept 0 done 3, mediate 0 done 40, mediate 50 done 80, perform 60 open 70"},
		{"nothing runs", nil, "accept 0 done 3, mediate 0 done 40, mediate 50 done 80, perform 60 done 70"},
	} {
		w.must(w.setClocks(c.ID, step.given...))
		if got := w.clocks(c.ID); got != step.want {
			t.Errorf("%s:\n got %s\nwant %s", step.reason, got, step.want)
		}
	}
	if got, err := w.FindCase(t.Context(), c.ID); err != nil || got.Version != 1 || !got.UpdatedAt.Equal(midday) {
		t.Errorf("a clock touched its case: %v, version %d of %v", err, got.Version, got.UpdatedAt)
	}
	if err := w.setClocks(c.ID, clock("mediate", 99, casework.ClockOpen, 0)); err == nil {
		t.Error("a clock runs and is never due")
	}
}

func TestSetClocks_sameWritesNothing(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	given := []casework.ClockRow{clock("accept", 0, casework.ClockOpen, 3), clock("mediate", 0, casework.ClockPaused, 0)}
	w.must(w.setClocks(c.ID, given...))
	where := func() string { return ask[string](w, `SELECT string_agg(xmin::text, ' ' ORDER BY rule) FROM clock`) }
	before := where()
	w.must(w.setClocks(c.ID, given...))
	if after := where(); after != before {
		t.Errorf("rows were written anew: %s, then %s", before, after)
	}
}

// The oldest due come first without a sort, however many clocks are done.
func TestClocks_oldestDueFirstByIndex(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	w.exec(`INSERT INTO clock (case_id, rule, started, due, state) SELECT $1, 'r', $2::timestamptz + n * interval '1 minute',
		$2::timestamptz + n * interval '7 minutes', CASE WHEN n % 10 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1, 20000) n`, string(c.ID), midday)
	w.exec(`ANALYZE clock`)
	rows, err := w.owner.Query(t.Context(), `EXPLAIN SELECT case_id, rule, started, due FROM clock
		WHERE state = 'open' AND due <= $1 ORDER BY due, case_id, rule, started LIMIT 50`, midday.Add(24*time.Hour))
	w.must(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	if plan := strings.Join(lines, "\n"); !strings.Contains(plan, "clock_due") || strings.Contains(plan, "Sort") {
		t.Errorf("the list of what is due is not read from its index:\n%s", plan)
	}
}
