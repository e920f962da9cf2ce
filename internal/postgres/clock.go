package postgres

import (
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// setClocks ends what is not given any more and writes what differs, then the county's rows of what it wrote: of each
// clock the tenant's row comes first, as in raiseDue, so that the two never wait for each other. A clock is never removed:
// one that was due stays known. What it was raised for stays too: the clock is raised again when it is due at another
// moment.
const setClocks = `
WITH given AS (
    SELECT u.rule, u.started, u.due, u.warn, u.state
    FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::text[]) u(rule, started, due, warn, state)
), ended AS (
    UPDATE clock k SET state = 'done'
    WHERE k.case_id = $1 AND k.state <> 'done' AND NOT EXISTS (SELECT FROM given g WHERE (g.rule, g.started) = (k.rule, k.started))
    RETURNING k.rule, k.started
), written AS (
    INSERT INTO clock AS k (case_id, rule, started, due, warn, state) SELECT $1, rule, started, due, warn, state FROM given
    ON CONFLICT (case_id, rule, started) DO UPDATE SET due = excluded.due, warn = excluded.warn, state = excluded.state
    WHERE (k.due, k.warn, k.state) IS DISTINCT FROM (excluded.due, excluded.warn, excluded.state)
    RETURNING k.rule, k.started, k.due, k.warn, k.raise_at, k.state
), taken AS (
    DELETE FROM county.clock c
    USING (SELECT rule, started FROM ended UNION ALL SELECT rule, started FROM written WHERE state <> 'open') x
    WHERE c.tenant = $7 AND c.case_id = $1 AND (c.rule, c.started) = (x.rule, x.started)
), put AS (
    INSERT INTO county.clock AS c (tenant, case_id, rule, started, due, warn, raise_at)
    SELECT $7, $1, rule, started, due, warn, raise_at FROM written WHERE state = 'open'
    ON CONFLICT (tenant, case_id, rule, started) DO UPDATE SET due = excluded.due, warn = excluded.warn, raise_at = excluded.raise_at
)
UPDATE cases SET clock_edition = $8 WHERE id = $1 AND clock_edition IS DISTINCT FROM $8`

// SetClocks makes these the clocks of a case at the end of the transaction; stored ones that are not among them are done.
func (t *tenantTx) SetClocks(_ context.Context, id mediation.ID, edition string, clocks []casework.ClockRow) error {
	t.last.Queue(setClocks, t.rows.clockArguments(id, edition, clocks)...)
	return nil
}

// clockArguments are those of setClocks.
func (r tenantRows) clockArguments(id mediation.ID, edition string, clocks []casework.ClockRow) []any {
	var (
		rules, states []string
		started       []time.Time
		due, warn     []*time.Time
	)
	for _, clock := range onePerStart(clocks) {
		rules, states = append(rules, clock.Rule), append(states, string(clock.State))
		started = append(started, clock.Started)
		due, warn = append(due, known(clock.Due)), append(warn, known(clock.Warn))
	}
	return []any{string(id), rules, started, due, warn, states, r.code, edition}
}

// known is the moment, and NULL for none.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// onePerStart keeps of the clocks that one rule starts at one moment, as for two instalments of one day, the one that
// somebody has to look at first: an open one before a paused and a finished one, and of those the first that is due.
func onePerStart(clocks []casework.ClockRow) []casework.ClockRow {
	urgency := []casework.ClockState{casework.ClockOpen, casework.ClockPaused, casework.ClockDone}
	before := func(a, b casework.ClockRow) bool {
		if a.State != b.State {
			return slices.Index(urgency, a.State) < slices.Index(urgency, b.State)
		}
		return a.Due.Before(b.Due)
	}
	var kept []casework.ClockRow
	for _, clock := range clocks {
		same := slices.IndexFunc(kept, func(k casework.ClockRow) bool { return k.Rule == clock.Rule && k.Started.Equal(clock.Started) })
		switch {
		case same < 0:
			kept = append(kept, clock)
		case before(clock, kept[same]):
			kept[same] = clock
		}
	}
	return kept
}
