package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// mediated is a case with three meetings, two mediators and an agreement.
func (w *place) mediated() mediation.Case {
	c := w.newCase()
	amount := int64(120_000)
	c.State = mediation.StateAgreed
	c.Mediators = []mediation.Mediator{{Issuer: "i", Subject: "wang", Name: "王调解", Host: true}, {Issuer: "i", Subject: "zhao", Name: "赵调解"}}
	for n := 1; n <= 3; n++ {
		c.Meetings = append(c.Meetings, mediation.Meeting{Number: n, Status: mediation.MeetingHeld, StartedAt: midday, Content: fmt.Sprintf("第%d次调解", n)})
	}
	c.Agreement = &mediation.Agreement{Form: mediation.AgreementWritten, Terms: "分两期付清。", Amount: &amount, Instalments: []mediation.Instalment{{Number: 1}}}
	c.Links = []mediation.Link{{Kind: mediation.LinkReopens, Case: freshID(), Registration: "x", At: midday}}
	w.must(w.create(c))
	return c
}

func TestUpdateCase_writesOnlyWhatChanged(t *testing.T) {
	w := newPlace(t)
	c := w.mediated()
	after := next(c)
	after.Meetings = slices.Clone(c.Meetings)
	after.Meetings[1].Reason = "笔误更正"
	after.Payments = []mediation.Payment{{Number: 1, Instalment: 1, Amount: 100, On: "2026-11-23", Voucher: "收条"}}
	w.must(w.update(c, after))
	written := ask[[]string](w, `SELECT array_agg(kind || '/' || position ORDER BY kind) FROM record WHERE case_id = $1 AND at = $2`, string(c.ID), after.UpdatedAt)
	if !slices.Equal(written, []string{"meeting/2", "payment/1"}) {
		t.Errorf("written were %q", written)
	}
	if points := ask[string](w, `SELECT id::text FROM record WHERE case_id = $1 AND kind = 'link'`, string(c.ID)); points != string(c.Links[0].Case) {
		t.Errorf("the link leads to %s", points)
	}
}

func TestUpdateCase_clearColumns(t *testing.T) {
	w := newPlace(t)
	c := w.mediated()
	first, after := freshID(), next(c)
	after.FirstVolume, after.Volume = first, &mediation.Volume{Number: "（2026）石庙人调卷1号", Keeper: "王某"}
	w.must(w.update(c, after))
	got := ask[string](w, `SELECT concat_ws(' ', agreed_amount, agreement_form, first_volume, volume) FROM cases WHERE id = $1`, string(c.ID))
	if want := "120000 written " + string(first) + " （2026）石庙人调卷1号"; got != want {
		t.Errorf("columns are %q, want %q", got, want)
	}
	sealed := ask[bool](w, `SELECT bool_and(position('王'::text::bytea IN details) = 0) FROM record WHERE case_id = $1`, string(c.ID))
	if !sealed {
		t.Error("a name stands in a record in the clear")
	}
}

func TestUpdateCase_recordsAreNeverLost(t *testing.T) {
	w := newPlace(t)
	c := w.mediated()
	for reason, lose := range map[string]func(c *mediation.Case){
		"a meeting of three":     func(c *mediation.Case) { c.Meetings = c.Meetings[:2] },
		"the agreement":          func(c *mediation.Case) { c.Agreement = nil },
		"the only link it had":   func(c *mediation.Case) { c.Links = nil },
		"meetings, for payments": func(c *mediation.Case) { c.Meetings, c.Payments = nil, []mediation.Payment{{Number: 1}} },
	} {
		after := next(c)
		lose(&after)
		if err := w.update(c, after); err == nil || !strings.Contains(err.Error(), "none is ever removed") {
			t.Errorf("%s was lost: %v", reason, err)
		}
	}
	if got, err := w.FindCase(t.Context(), c.ID); err != nil || got.Version != 1 || len(got.Meetings) != 3 {
		t.Errorf("after the refusals: %v, version %d, %d meetings", err, got.Version, len(got.Meetings))
	}
}

// Whoever can write the tables but has no key cannot move sealed text to where it says something else.
func TestFindCase_seesWhatWasMovedOrRemoved(t *testing.T) {
	w := newPlace(t)
	w.mediated()
	for reason, sql := range map[string]string{
		"two meetings change places": `UPDATE record r SET details = o.details FROM record o WHERE r.case_id = $1 AND o.case_id = $1
			AND r.kind = 'meeting' AND o.kind = 'meeting' AND r.position + o.position = 3`,
		"a meeting of another case": `UPDATE record r SET details = o.details FROM record o WHERE r.case_id = $1 AND o.case_id <> $1
			AND r.kind = 'meeting' AND (r.kind, r.position) = (o.kind, o.position)`,
		"a meeting as an investigation": `INSERT INTO record SELECT case_id, 'investigation', 1, id, at, details FROM record
			WHERE case_id = $1 AND kind = 'meeting' AND position = 1`,
		"the second meeting is gone": `DELETE FROM record WHERE case_id = $1 AND kind = 'meeting' AND position = 2`,
		"a kind of another release": `INSERT INTO record SELECT case_id, 'prophecy', 1, id, at, details FROM record
			WHERE case_id = $1 AND kind = 'agreement'`,
	} {
		c := w.mediated()
		if w.exec(sql, string(c.ID)) == 0 {
			t.Fatalf("%s: nothing was planted", reason)
		}
		if got, err := w.FindCase(t.Context(), c.ID); err == nil {
			t.Errorf("%s, and it reads as if nothing had happened: %+v", reason, got.Meetings)
		}
	}
}

func TestListCases_byMediator(t *testing.T) {
	w := newPlace(t)
	c := w.mediated()
	count := func(subject, issuer string) int {
		t.Helper()
		page, err := w.ListCases(t.Context(), casework.CaseQuery{Mediator: mediation.Principal{Subject: subject, Issuer: issuer}, Sort: mediation.SortFiledDescending, Limit: 10})
		if err != nil || page.Total.Value != len(page.Cases) {
			t.Fatalf("list: %v, %d of %d", err, len(page.Cases), page.Total.Value)
		}
		return len(page.Cases)
	}
	check := func(reason, subject, issuer string, want int) {
		t.Helper()
		if got := count(subject, issuer); got != want {
			t.Errorf("%s: %d cases of %q at %q, want %d", reason, got, subject, issuer, want)
		}
	}
	check("the host", "wang", "i", 1)
	check("the other mediator, whatever the issuer", "zhao", "", 1)
	check("the same name at another issuer", "wang", "j", 0)
	check("nobody", "", "", 1)
	after := next(c)
	after.Mediators = []mediation.Mediator{{Issuer: "i", Subject: "zhao", Host: true, Name: "赵调解"}, {ID: freshID(), Name: "老支书"}}
	w.must(w.update(c, after))
	check("who was taken off", "wang", "i", 0)
	check("who became host", "zhao", "i", 1)
	back := next(after)
	back.Mediators = nil
	w.must(w.update(after, back))
	check("a case taken back is nobody's", "zhao", "i", 0)
	again := next(back)
	again.Mediators = c.Mediators
	w.must(w.update(back, again))
	check("and is assigned anew", "wang", "i", 1)
	history := w.mediators(c.ID)
	want := "wang host 0-1, zhao 0-1, zhao host 1-2, ? 1-2, wang host 3-, zhao 3-"
	if history != want {
		t.Errorf("who mediated when:\n got %s\nwant %s", history, want)
	}
}

// mediators tells who mediated a case, in seconds after midday.
func (w *place) mediators(id mediation.ID) string {
	w.t.Helper()
	return ask[string](w, `SELECT string_agg(COALESCE(NULLIF(subject, ''), '?') || CASE WHEN host THEN ' host' ELSE '' END || ' ' ||
		extract(epoch FROM since - $2)::int || '-' || COALESCE(extract(epoch FROM until - $2)::int::text, ''), ', ' ORDER BY since, host DESC, subject DESC)
		FROM mediator WHERE case_id = $1`, string(id), midday)
}

// Two cases that one act changes are locked in the order of their ids, so that two such acts never wait for each other.
func TestWrite_twoCasesAtOnce(t *testing.T) {
	w := newPlace(t)
	a, b := w.newCase(), w.newCase()
	w.must(w.create(a))
	w.must(w.create(b))
	const times = 20
	failed := make(chan error, 2)
	for _, pair := range [][2]mediation.ID{{a.ID, b.ID}, {b.ID, a.ID}} {
		go func() {
			var err error
			for range times {
				err = errors.Join(err, w.touchBoth(pair))
			}
			failed <- err
		}()
	}
	w.must(errors.Join(<-failed, <-failed))
	for _, c := range []mediation.Case{a, b} {
		got, err := w.FindCase(t.Context(), c.ID)
		if err != nil || got.Version != 1+2*times || len(got.Links) != 2*times {
			t.Errorf("%v: version %d with %d links, want %d", err, got.Version, len(got.Links), 2*times)
		}
	}
}

// touchBoth links two cases with each other and files a third, as merging and splitting do.
func (w *place) touchBoth(pair [2]mediation.ID) error {
	slices.Sort(pair[:])
	return w.change(func(ctx context.Context, tx casework.Tx) error {
		for i, id := range pair {
			before, err := tx.LockCase(ctx, id)
			if err != nil {
				return err
			}
			after := next(before)
			after.Links = append(slices.Clip(before.Links), mediation.Link{Kind: mediation.LinkAbsorbed, Case: pair[1-i], At: after.UpdatedAt})
			entry := mediation.Entry{ID: freshID(), Case: id, At: after.UpdatedAt, Verb: mediation.VerbAbsorb, From: before.State, To: after.State, Version: after.Version}
			entry.Actor.Issuer, entry.Actor.Subject, entry.Actor.Unit = "i", "tester", w.code
			if err := errors.Join(tx.UpdateCase(ctx, before, after), tx.Record(ctx, entry)); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestListCases_byMediatorUsesItsIndex(t *testing.T) {
	w := newPlace(t)
	c := w.mediated()
	w.exec(`INSERT INTO mediator (case_id, subject, issuer, registry_id, host, since)
		SELECT $1, 's' || n % 50, 'i', '', false, $2::timestamptz + n * interval '1 second' FROM generate_series(1, 20000) n`, string(c.ID), midday.Add(time.Hour))
	w.exec(`ANALYZE mediator`)
	rows, err := w.owner.Query(t.Context(), `EXPLAIN SELECT case_id FROM mediator m WHERE m.until IS NULL AND m.subject = 's7' AND (m.issuer = 'i' OR 'i' = '')`)
	w.must(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	if plan := strings.Join(lines, "\n"); !strings.Contains(plan, "mediator_now") {
		t.Errorf("the index is not used:\n%s", plan)
	}
}
