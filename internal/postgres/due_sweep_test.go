package postgres_test

import (
	"context"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// counted is a store that adds up the statements of its transactions.
type counted struct {
	*postgres.TenantStore
	statements, transactions int
}

// Write counts.
func (c *counted) Write(ctx context.Context, key *casework.Key, fn func(ctx context.Context, tx casework.Tx) (casework.Receipt, error)) (casework.Receipt, error) {
	return c.TenantStore.Write(ctx, key, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		statements := postgres.CountStatements(tx)
		receipt, err := fn(ctx, tx)
		c.statements += *statements
		c.transactions++
		return receipt, err
	})
}

// A sweep takes as many statements for a hundred clocks as for a thousand, and ten times as many for ten thousand that
// are all due at once. Clocks that are not due cost nothing.
func TestRaiseDue_boundedStatements(t *testing.T) {
	w := newPlace(t)
	w.exec(`INSERT INTO county.member (unit, issuer, subject, name, roles, source, version, updated_at)
		SELECT $1, 'https://id.example', 'director' || n, 'n', '{director}', 'api', 1, now() FROM generate_series(1, 2) n`, w.code)
	w.many(10_000)
	sweep := func(minutes int) (raised, statements, transactions int) {
		store := &counted{TenantStore: w.TenantStore}
		now := func() time.Time { return midday.Add(time.Duration(minutes)*time.Minute - time.Second) }
		raised, err := casework.New(store, now).RaiseDue(t.Context())
		w.must(err)
		return raised, store.statements, store.transactions
	}
	const perTransaction = 5 // pick and lock, mark and tell, directors, notices, wake-up
	for _, step := range []struct{ minutes, raised, transactions int }{
		{100, 100, 1}, {1099, 999, 1}, {1099, 0, 1}, {10_000, 8901, 9},
	} {
		began := time.Now()
		raised, statements, transactions := sweep(step.minutes)
		t.Logf("10000 open, %d due: %d statements in %d transactions, %v", raised, statements, transactions, time.Since(began).Round(time.Millisecond))
		if raised != step.raised || transactions != step.transactions || statements > perTransaction*step.transactions {
			t.Errorf("raised %d by %d statements in %d transactions, want %d in %d of at most %d statements", raised, statements, transactions,
				step.raised, step.transactions, perTransaction)
		}
	}
	if n := ask[int](w, `SELECT count(*) FROM notice`); n != 20_000 {
		t.Errorf("%d notices to two directors, want 20000", n)
	}
	w.sameInCounty()
}

// Cases that release 1 filed have no clocks at all; they get theirs, and nothing else of them changes.
func TestComputeClocks_casesOfVersionOne(t *testing.T) {
	v := newVersionOne(t)
	cases := v.ofReleaseOne()
	for _, c := range cases {
		v.file(c)
	}
	if _, _, err := v.migrate(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.county.County.EnsureSlot(t.Context(), v.code, "a", pgtest.SlotPassword, 10); err != nil {
		t.Fatal(err)
	}
	w := placeOf(t, v.county, v.code)
	service := casework.New(w.TenantStore, func() time.Time { return day(60) })
	if n, err := service.ComputeClocks(t.Context()); err != nil || n != len(cases) {
		t.Fatalf("computed %d of %d, %v", n, len(cases), err)
	}
	for i, want := range []string{"acceptance open", "acceptance done, assignment open, mediation open", "acceptance done, closing open", "acceptance done, closing open"} {
		const ask1 = `SELECT string_agg(rule || ' ' || state, ', ' ORDER BY rule) FROM clock WHERE case_id = $1`
		if got := ask[string](w, ask1, string(cases[i].ID)); got != want {
			t.Errorf("%s: clocks %q, want %q", cases[i].State, got, want)
		}
		got, err := w.FindCase(t.Context(), cases[i].ID)
		if err != nil || got.Version != cases[i].Version || !got.UpdatedAt.Equal(cases[i].UpdatedAt) {
			t.Errorf("%s: %v, version %d of %v", cases[i].State, err, got.Version, got.UpdatedAt)
		}
	}
	if n, err := service.ComputeClocks(t.Context()); err != nil || n != 0 {
		t.Errorf("computed again: %d, %v", n, err)
	}
	if n, err := service.RaiseDue(t.Context()); err != nil || n != 5 {
		t.Errorf("after sixty days %d clocks are raised, want 5: %v", n, err)
	}
	if n := ask[int](w, `SELECT count(*) FROM clock WHERE state = 'open' AND warn IS NULL`); n != 0 {
		t.Errorf("%d clocks do not know when they are due soon", n)
	}
	w.sameInCounty()
	page, err := w.ListDue(t.Context(), mediation.DueQuery{State: mediation.DueOverdue, Now: day(60), Limit: 50})
	if err != nil || page.Total.Value != 5 {
		t.Errorf("%+v, %v", page.Total, err)
	}
}
