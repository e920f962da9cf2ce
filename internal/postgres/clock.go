package postgres

import (
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// setClocks ends what is not given any more and writes what differs. A clock is never removed: one that was due stays
// known.
const setClocks = `
WITH given AS (
    SELECT u.rule, u.started, u.due, u.state FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[]) u(rule, started, due, state)
), ended AS (
    UPDATE clock k SET state = 'done'
    WHERE k.case_id = $1 AND k.state <> 'done' AND NOT EXISTS (SELECT FROM given g WHERE (g.rule, g.started) = (k.rule, k.started))
)
INSERT INTO clock AS k (case_id, rule, started, due, state) SELECT $1, rule, started, due, state FROM given
ON CONFLICT (case_id, rule, started) DO UPDATE SET due = excluded.due, state = excluded.state
WHERE (k.due, k.state) IS DISTINCT FROM (excluded.due, excluded.state)`

// SetClocks makes these the clocks of a case; stored ones that are not among them are done.
func (t *tenantTx) SetClocks(ctx context.Context, id mediation.ID, clocks []casework.ClockRow) error {
	var (
		rules, states []string
		started       []time.Time
		due           []*time.Time
	)
	for _, clock := range onePerStart(clocks) {
		rules, states = append(rules, clock.Rule), append(states, string(clock.State))
		started = append(started, clock.Started)
		moment := &clock.Due
		if clock.Due.IsZero() {
			moment = nil
		}
		due = append(due, moment)
	}
	_, err := t.tx.Exec(ctx, setClocks, string(id), rules, started, due, states)
	return err
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
