package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// pickDue locks what has to be raised. Whoever has a clock locked raises or changes it now; the next sweep sees what came
// of it.
const pickDue = `SELECT case_id::text, rule, started FROM clock WHERE raise_at <= $1
	ORDER BY raise_at, case_id, rule, started LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`

// raiseDue marks the locked clocks, here and in the county's list, writes their events in the order of due moments, and
// gives what has to be told. It is a statement of its own: its snapshot is younger than the locks.
const raiseDue = `
WITH marked AS (
    UPDATE clock k SET raised_due = k.due,
        raised_due_soon_at = CASE WHEN k.due > $4 THEN $4 WHEN k.raised_due = k.due THEN k.raised_due_soon_at END,
        raised_overdue_at = CASE WHEN k.due <= $4 THEN $4 END
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) p(case_id, rule, started)
    WHERE (k.case_id, k.rule, k.started) = (p.case_id, p.rule, p.started)
    RETURNING k.case_id, k.rule, k.started, k.due, k.raise_at, k.due <= $4 AS overdue
), listed AS (
    UPDATE county.clock c SET raise_at = m.raise_at FROM marked m
    WHERE c.tenant = $5 AND (c.case_id, c.rule, c.started) = (m.case_id, m.rule, m.started)
), told AS (
    INSERT INTO county.event (tenant, type, case_id, version, at, rule)
    SELECT $5, CASE WHEN m.overdue THEN 'clock-overdue' ELSE 'clock-due-soon' END, m.case_id, c.version, $4, m.rule
    FROM marked m JOIN cases c ON c.id = m.case_id ORDER BY m.due, m.case_id, m.rule, m.started
)
SELECT m.case_id::text, m.rule, m.started, m.due, m.overdue, c.version, c.registration, COALESCE(c.number, ''), c.type,
    ARRAY(SELECT n.subject ` + mediatesNow + `), ARRAY(SELECT n.issuer ` + mediatesNow + `),
    ARRAY(SELECT n.registry_id ` + mediatesNow + `), ARRAY(SELECT n.host ` + mediatesNow + `)
FROM marked m JOIN cases c ON c.id = m.case_id ORDER BY m.due, m.case_id, m.rule, m.started`

const mediatesNow = `FROM mediator n WHERE n.case_id = m.case_id AND n.until IS NULL ORDER BY n.subject, n.issuer, n.registry_id`

// RaiseDue marks up to limit clocks that have to be raised, in two statements however many they are.
func (t *tenantTx) RaiseDue(ctx context.Context, now time.Time, limit int) ([]casework.RaisedClock, error) {
	var (
		ids, rules []string
		started    []time.Time
		id, rule   string
		start      time.Time
	)
	rows, err := t.tx.Query(ctx, pickDue, now, limit)
	if err != nil {
		return nil, err
	}
	if _, err := pgx.ForEachRow(rows, []any{&id, &rule, &start}, func() error {
		ids, rules, started = append(ids, id), append(rules, rule), append(started, start)
		return nil
	}); err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err = t.tx.Query(ctx, raiseDue, ids, rules, started, now, t.rows.code)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, t.rows.scanRaised)
}

func (r tenantRows) scanRaised(row pgx.CollectableRow) (casework.RaisedClock, error) {
	var (
		raised                          casework.RaisedClock
		subjects, issuers, registryKeys []string
		hosts                           []bool
	)
	c := &raised.Case
	c.Tenant = r.code
	err := row.Scan((*string)(&c.ID), &raised.Rule, &raised.Started, &raised.Due, &raised.Overdue, &c.Version, &c.Registration, &c.Number,
		(*string)(&c.Type), &subjects, &issuers, &registryKeys, &hosts)
	for i, subject := range subjects {
		c.Mediators = append(c.Mediators, mediation.Mediator{
			ID: mediation.ID(registryKeys[i]), Subject: subject, Issuer: issuers[i], Host: hosts[i],
		})
	}
	return raised, err
}

// pickOutdated asks the index three times instead of every case once: an edition is unlike another by being before or
// behind it, or by not being there.
const pickOutdated = `
SELECT id::text FROM (
    (SELECT id FROM cases WHERE state <> 'archived' AND clock_edition IS NULL ORDER BY clock_edition, id LIMIT $2) UNION ALL
    (SELECT id FROM cases WHERE state <> 'archived' AND clock_edition < $1 ORDER BY clock_edition, id LIMIT $2) UNION ALL
    (SELECT id FROM cases WHERE state <> 'archived' AND clock_edition > $1 ORDER BY clock_edition, id LIMIT $2)
) outdated LIMIT $2`

const lockOutdated = `SELECT id::text FROM cases WHERE id = ANY($2::uuid[]) AND clock_edition IS DISTINCT FROM $1 AND state <> 'archived'
	ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`

// LockOutdated picks, locks and reads, each in a statement of its own: a read must be younger than its lock.
func (t *tenantTx) LockOutdated(ctx context.Context, edition string, limit int) (cases []mediation.Case, more bool, err error) {
	picked, err := t.ids(ctx, pickOutdated, edition, limit)
	if err != nil || len(picked) == 0 {
		return nil, false, err
	}
	locked, err := t.ids(ctx, lockOutdated, edition, picked)
	if err != nil || len(locked) == 0 {
		return nil, false, err
	}
	rows, err := t.tx.Query(ctx, selectCase+`WHERE c.id = ANY($1::uuid[]) ORDER BY c.id`, locked)
	if err != nil {
		return nil, false, err
	}
	cases, err = pgx.CollectRows(rows, t.rows.scanCase)
	return cases, len(picked) == limit, err
}

func (t *tenantTx) ids(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// ResetClocks is SetClocks for many cases, in one round trip.
func (t *tenantTx) ResetClocks(ctx context.Context, edition string, clocks []casework.CaseClocks) error {
	if len(clocks) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, c := range clocks {
		if c.Keep {
			batch.Queue(`UPDATE cases SET clock_edition = $2 WHERE id = $1`, string(c.Case), edition)
			continue
		}
		batch.Queue(setClocks, t.rows.clockArguments(c.Case, edition, c.Clocks)...)
	}
	return t.tx.SendBatch(ctx, batch).Close()
}

// filterDue is the same for a tenant's running clocks and for the county's.
func filterDue(f *filter, query mediation.DueQuery) {
	switch query.State {
	case mediation.DueSoon:
		f.add("k.due > ? AND k.warn <= ?", query.Now, query.Now)
	case mediation.DueOverdue:
		f.add("k.due <= ?", query.Now)
	case mediation.DueOpen:
	}
}

// pageDue queues the total and the page, one row more than asked for.
func (f *filter) pageDue(batch *pgx.Batch, query mediation.DueQuery, columns, from string) {
	batch.Queue(`SELECT count(*) FROM (SELECT 1 FROM `+from+f.where()+` LIMIT `+strconv.Itoa(mediation.MaximumExactTotal+1)+`) counted`, f.args...)
	cut := &filter{conditions: append([]string(nil), f.conditions...), args: append([]any(nil), f.args...)}
	if after := query.After; after != nil {
		cut.add("(k.due, k.case_id, k.rule, k.started) > (?, ?::uuid, ?, ?)", after.Due, string(after.Case), after.Rule, after.Started)
	}
	cut.args = append(cut.args, query.Limit+1)
	batch.Queue(`SELECT `+columns+` FROM `+from+cut.where()+` ORDER BY k.due, k.case_id, k.rule, k.started LIMIT $`+strconv.Itoa(len(cut.args)), cut.args...)
}

// checkedDue makes every position one that may be asked for; a case's id that is none stands before all others.
func checkedDue(query mediation.DueQuery) mediation.DueQuery {
	if after := query.After; after != nil && uuid.Validate(string(after.Case)) != nil {
		first := *after
		first.Case = mediation.ID(uuid.Nil.String())
		query.After = &first
	}
	return query
}

// cutDue takes off the row too many and gives the position to continue behind.
func cutDue[T any](list []T, limit int, position func(T) mediation.DuePosition) ([]T, *mediation.DuePosition) {
	if len(list) <= limit {
		return list, nil
	}
	list = list[:limit]
	next := position(list[limit-1])
	return list, &next
}

// ListDue takes a checked query: total and page in one round trip, the page's cases in another.
func (s *TenantStore) ListDue(ctx context.Context, query casework.DueQuery) (page casework.DuePage, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page, err = s.rows.listDue(ctx, pool, checkedDue(query))
		return err
	})
	return page, err
}

// queueDueList asks for the total and the page.
func queueDueList(query casework.DueQuery) *pgx.Batch {
	f := &filter{conditions: []string{"k.state = 'open'"}}
	filterDue(f, query)
	if m := query.Mediator; m.Subject != "" {
		f.add(`k.case_id IN (SELECT m.case_id FROM mediator m WHERE m.until IS NULL AND m.subject = ? AND (m.issuer = ? OR ? = ''))`, m.Subject, m.Issuer, m.Issuer)
	}
	f.addScope(query.Scope, "k.case_id", restrictedClock)
	batch := &pgx.Batch{}
	f.pageDue(batch, query, `k.case_id::text, k.rule, k.started, k.due, k.warn,
		CASE WHEN k.raised_due = k.due THEN k.raised_due_soon_at END, CASE WHEN k.raised_due = k.due THEN k.raised_overdue_at END`, "clock k")
	return batch
}

func (r tenantRows) listDue(ctx context.Context, q querier, query casework.DueQuery) (page casework.DuePage, err error) {
	page.Clocks, page.Total, err = readPage(q.SendBatch(ctx, queueDueList(query)), scanDue)
	if err != nil {
		return casework.DuePage{}, err
	}
	page.Clocks, page.Next = cutDue(page.Clocks, query.Limit, func(k casework.DueClock) mediation.DuePosition {
		return mediation.DuePosition{Due: k.Due, Case: k.Case.ID, Rule: k.Rule, Started: k.Started}
	})
	return page, r.addCases(ctx, q, page.Clocks)
}

func scanDue(row pgx.CollectableRow) (casework.DueClock, error) {
	var (
		k    casework.DueClock
		warn *time.Time
	)
	err := row.Scan((*string)(&k.Case.ID), &k.Rule, &k.Started, &k.Due, &warn, &k.RaisedDueSoonAt, &k.RaisedOverdueAt)
	if warn != nil {
		k.Warn = *warn
	}
	return k, err
}

// addCases reads what the rows of the clocks' cases hold.
func (r tenantRows) addCases(ctx context.Context, q querier, clocks []casework.DueClock) error {
	if len(clocks) == 0 {
		return nil
	}
	ids := make([]string, len(clocks))
	for i, clock := range clocks {
		ids[i] = string(clock.Case.ID)
	}
	rows, err := q.Query(ctx, selectListed+`WHERE c.id = ANY($1::uuid[])`, ids)
	if err != nil {
		return err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	if err != nil {
		return err
	}
	byID := make(map[mediation.ID]mediation.Case, len(cases))
	for _, c := range cases {
		byID[c.ID] = c
	}
	for i := range clocks {
		clocks[i].Case = byID[clocks[i].Case.ID]
	}
	return nil
}

const indexedClock = `COALESCE((SELECT t.name FROM county.tenant t WHERE t.code = c.origin), ''), k.case_id::text, k.rule, k.started, k.due, k.warn,
	c.origin, c.custodian, c.state, c.type, c.source, c.registration, c.number, c.amount, c.tags, c.masked_parties, c.filed_at, c.updated_at, c.version`

// ListDue takes a checked query; page and total come in one round trip.
func (s *CountyStore) ListDue(ctx context.Context, query countywide.DueQuery) (page countywide.DuePage, err error) {
	f := &filter{}
	filterDue(f, query.DueQuery)
	if len(query.Tenants) > 0 {
		f.add("k.tenant = ANY(?)", query.Tenants)
	}
	batch := &pgx.Batch{}
	f.pageDue(batch, checkedDue(query.DueQuery), indexedClock, "county.clock k JOIN county.case_index c ON c.case_id = k.case_id AND c.custodian = k.tenant")
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page.Clocks, page.Total, err = readPage(pool.SendBatch(ctx, batch), scanIndexedClock)
		return err
	})
	if err != nil {
		return countywide.DuePage{}, err
	}
	page.Clocks, page.Next = cutDue(page.Clocks, query.Limit, func(k countywide.DueClock) mediation.DuePosition {
		return mediation.DuePosition{Due: k.Due, Case: k.Case.ID, Rule: k.Rule, Started: k.Started}
	})
	return page, nil
}

func scanIndexedClock(row pgx.CollectableRow) (countywide.DueClock, error) {
	var (
		k    countywide.DueClock
		warn *time.Time
	)
	c := &k.Case
	err := row.Scan(&c.TenantName, (*string)(&c.ID), &k.Rule, &k.Started, &k.Due, &warn, &c.Tenant, &c.Custodian,
		(*string)(&c.State), (*string)(&c.Type), (*string)(&c.Source), &c.Registration, &c.Number, &c.Amount, &c.Tags, &c.MaskedParties,
		&c.FiledAt, &c.UpdatedAt, &c.Version)
	if warn != nil {
		k.Warn = *warn
	}
	return k, err
}

// waiting are the tenants of the county that have a clock to raise by now, by code.
func (s *CountyStore) waiting(ctx context.Context, now time.Time) (codes []string, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `SELECT DISTINCT tenant FROM county.clock WHERE raise_at <= $1 ORDER BY tenant`, now)
		if err != nil {
			return err
		}
		codes, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return codes, err
}
