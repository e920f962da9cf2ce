package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const roundColumns = `SELECT c.id::text, c.version, c.state, to_char(c.first_day, 'YYYY-MM-DD'), to_char(c.last_day, 'YYYY-MM-DD'), c.rhythm,
	c.details, c.started_at, c.started_by, c.updated_at, c.closed_at, (SELECT count(*) FROM round_grid g WHERE g.round_id = c.id)`

const selectRound = roundColumns + ` FROM screening_round c`

// roundDetails is the sealed part of a round.
type roundDetails struct {
	Title    string `json:"title"`
	Campaign string `json:"campaign,omitempty"`
	Summary  string `json:"summary,omitempty"`
}

// gridDetails is the sealed part of a grid's assignment.
type gridDetails struct {
	Name   string `json:"name,omitempty"`
	Worker string `json:"worker,omitempty"`
}

func (r tenantRows) scanRound(row pgx.CollectableRow) (casework.ListedRound, error) {
	var (
		listed = casework.ListedRound{ScreeningRound: mediation.ScreeningRound{Tenant: r.code}}
		round  = &listed.ScreeningRound
		box    []byte
	)
	err := row.Scan((*string)(&round.ID), &round.Version, (*string)(&round.State), &round.From, &round.To, (*string)(&round.Rhythm), &box,
		&round.StartedAt, &round.StartedBy, &round.UpdatedAt, &round.ClosedAt, &listed.GridCount)
	if err != nil {
		return listed, err
	}
	var d roundDetails
	text := sealer{codec: r.codec, tenant: r.code, table: "screening_round", row: round.ID}
	text.openJSON("details", box, &d)
	round.Title, round.Campaign, round.Summary = d.Title, d.Campaign, d.Summary
	round.StartedAt, round.UpdatedAt, round.ClosedAt = mediation.LegalTime(round.StartedAt), mediation.LegalTime(round.UpdatedAt), legal(round.ClosedAt)
	return listed, text.err
}

func (r tenantRows) sealRound(round mediation.ScreeningRound) ([]byte, error) {
	text := sealer{codec: r.codec, tenant: r.code, table: "screening_round", row: round.ID}
	box := text.sealJSON("details", roundDetails{round.Title, round.Campaign, round.Summary})
	return box, text.err
}

// gridSealer binds a grid's assignment to its round and its code.
func (r tenantRows) gridSealer(round mediation.ID, grid string) *sealer {
	return &sealer{codec: r.codec, tenant: r.code, table: "round_grid", row: round + mediation.ID("/"+grid)}
}

// findRound reads a round with its grids, or with those of them that are named in only.
func (r tenantRows) findRound(ctx context.Context, q querier, id mediation.ID, only []string) (mediation.ScreeningRound, error) {
	rows, err := q.Query(ctx, selectRound+` WHERE c.id = $1`, knownID(id))
	if err != nil {
		return mediation.ScreeningRound{}, err
	}
	listed, err := pgx.CollectExactlyOneRow(rows, r.scanRound)
	if errors.Is(err, pgx.ErrNoRows) {
		return mediation.ScreeningRound{}, mediation.UnknownRound()
	}
	if err != nil {
		return mediation.ScreeningRound{}, err
	}
	round := listed.ScreeningRound
	rows, err = q.Query(ctx, `SELECT grid, details FROM round_grid WHERE round_id = $1 AND ($2::text[] IS NULL OR grid = ANY($2)) ORDER BY position`,
		string(round.ID), only)
	if err != nil {
		return round, err
	}
	round.Grids, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (mediation.GridDuty, error) {
		var (
			duty mediation.GridDuty
			box  []byte
			d    gridDetails
		)
		if err := row.Scan(&duty.Grid, &box); err != nil {
			return duty, err
		}
		text := r.gridSealer(round.ID, duty.Grid)
		text.openJSON("details", box, &d)
		duty.Name, duty.Worker = d.Name, d.Worker
		return duty, text.err
	})
	return round, err
}

// FindRound reads one round with all its grids.
func (s *TenantStore) FindRound(ctx context.Context, id mediation.ID) (round mediation.ScreeningRound, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		round, err = s.rows.findRound(ctx, pool, id, nil)
		return err
	})
	return round, err
}

// ListRounds takes a checked query; newest first.
func (s *TenantStore) ListRounds(ctx context.Context, query mediation.RoundQuery) (page casework.RoundPage, err error) {
	f := &filter{}
	if len(query.States) > 0 {
		f.add("c.state = ANY(?)", texts(query.States))
	}
	if query.Grid != "" {
		f.add("c.id IN (SELECT g.round_id FROM round_grid g WHERE g.grid = ?)", query.Grid)
	}
	if query.On != "" {
		f.add("?::text::date BETWEEN c.first_day AND c.last_day", query.On)
	}
	p := paging{columns: selectRound, from: "screening_round c", sort: "c.started_at", newestFirst: true, after: query.After, limit: query.Limit}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		batch := &pgx.Batch{}
		p.queue(batch, f)
		rounds, total, err := readPage(pool.SendBatch(ctx, batch), s.rows.scanRound)
		if err != nil {
			return err
		}
		page.Total = total
		page.Rounds, page.Next = cut(rounds, query.Limit, func(r casework.ListedRound) mediation.Position {
			return mediation.Position{At: r.StartedAt, ID: r.ID}
		})
		return nil
	})
	return page, err
}

// RoundActivity is what the grids of a round reported, day by day in China.
func (s *TenantStore) RoundActivity(ctx context.Context, id mediation.ID) (activity []mediation.GridActivity, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `
			SELECT grid, to_char(found_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), count(*)::int, false FROM lead WHERE round_id = $1 GROUP BY 1, 2
			UNION ALL SELECT grid, to_char(day, 'YYYY-MM-DD'), 0, true FROM zero_report WHERE round_id = $1`, knownID(id))
		if err != nil {
			return err
		}
		activity, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a mediation.GridActivity, err error) {
			return a, row.Scan(&a.Grid, &a.Day, &a.Leads, &a.Zero)
		})
		return err
	})
	return activity, err
}

// LockRound reads a round with all its grids and keeps others from changing it, or from reporting to it.
func (t *tenantTx) LockRound(ctx context.Context, id mediation.ID) (mediation.ScreeningRound, error) {
	if _, err := t.tx.Exec(ctx, `SELECT FROM screening_round WHERE id = $1 FOR UPDATE`, knownID(id)); err != nil {
		return mediation.ScreeningRound{}, err
	}
	return t.rows.findRound(ctx, t.tx, id, nil)
}

// HoldRound reads a round for a report of these grids, with no other grid in it, and keeps it from being changed or
// closed; others may report meanwhile.
func (t *tenantTx) HoldRound(ctx context.Context, id mediation.ID, grids []string) (mediation.ScreeningRound, error) {
	if _, err := t.tx.Exec(ctx, `SELECT FROM screening_round WHERE id = $1 FOR SHARE`, knownID(id)); err != nil {
		return mediation.ScreeningRound{}, err
	}
	return t.rows.findRound(ctx, t.tx, id, append([]string{}, grids...))
}

// CreateRound stores a round, its grids and its first entry.
func (t *tenantTx) CreateRound(ctx context.Context, round mediation.ScreeningRound, entry mediation.RoundEntry) error {
	box, err := t.rows.sealRound(round)
	if err != nil {
		return err
	}
	_, err = t.tx.Exec(ctx, `INSERT INTO screening_round (id, version, state, first_day, last_day, rhythm, details, started_at, started_by, updated_at)
		VALUES ($1, $2, $3, $4::text::date, $5::text::date, $6, $7, $8, $9, $10)`, string(round.ID), round.Version, string(round.State), round.From,
		round.To, string(round.Rhythm), box, round.StartedAt, round.StartedBy, round.UpdatedAt)
	if err != nil {
		return err
	}
	return t.completeRound(ctx, round, entry, true)
}

// UpdateRound stores after where before still holds, with its entry.
func (t *tenantTx) UpdateRound(ctx context.Context, before, after mediation.ScreeningRound, entry mediation.RoundEntry) error {
	box, err := t.rows.sealRound(after)
	if err != nil {
		return err
	}
	stored, err := t.tx.Exec(ctx, `UPDATE screening_round SET version = $2, state = $3, first_day = $4::text::date, last_day = $5::text::date,
		rhythm = $6, details = $7, updated_at = $8, closed_at = $9 WHERE id = $1 AND version = $10`, string(after.ID), after.Version,
		string(after.State), after.From, after.To, string(after.Rhythm), box, after.UpdatedAt, after.ClosedAt, before.Version)
	if err != nil {
		return err
	}
	if stored.RowsAffected() == 0 {
		return mediation.StaleVersion()
	}
	return t.completeRound(ctx, after, entry, !slices.Equal(before.Grids, after.Grids))
}

// completeRound writes the entry and, where the plan names others, the grids.
func (t *tenantTx) completeRound(ctx context.Context, round mediation.ScreeningRound, entry mediation.RoundEntry, grids bool) error {
	row, err := t.rows.roundEntryRow(entry)
	if err != nil {
		return err
	}
	if _, err := t.tx.Exec(ctx, insertRoundEntry, row...); err != nil || !grids {
		return err
	}
	if _, err := t.tx.Exec(ctx, `DELETE FROM round_grid WHERE round_id = $1`, string(round.ID)); err != nil {
		return err
	}
	rows := make([][]any, 0, len(round.Grids))
	for i, duty := range round.Grids {
		text := t.rows.gridSealer(round.ID, duty.Grid)
		rows = append(rows, []any{optionalID(round.ID), duty.Grid, i, text.sealJSON("details", gridDetails{duty.Name, duty.Worker})})
		if text.err != nil {
			return text.err
		}
	}
	_, err = t.tx.CopyFrom(ctx, pgx.Identifier{"round_grid"}, []string{"round_id", "grid", "position", "details"}, pgx.CopyFromRows(rows))
	return err
}

// GridLeads counts the leads that a grid reported to a round on a day in China.
func (t *tenantTx) GridLeads(ctx context.Context, round mediation.ID, grid, day string) (count int, err error) {
	err = t.tx.QueryRow(ctx, `SELECT count(*) FROM lead WHERE round_id = $1 AND grid = $2
		AND found_at >= $3::text::timestamp AT TIME ZONE 'Asia/Shanghai' AND found_at < ($3::text::timestamp + interval '1 day') AT TIME ZONE 'Asia/Shanghai'`,
		knownID(round), grid, day).Scan(&count)
	return count, err
}

const uniqueViolation = "23505"

// CreateZeroReport stores a zero report; a second one of the grid in the period is Conflict "zero-reported".
func (t *tenantTx) CreateZeroReport(ctx context.Context, z mediation.ZeroReport) error {
	text := sealer{codec: t.rows.codec, tenant: t.rows.code, table: "zero_report", row: z.ID}
	box := text.sealJSON("detail", journalDetail{Name: z.Actor.Name, Reason: z.Note})
	if text.err != nil {
		return text.err
	}
	_, err := t.tx.Exec(ctx, `INSERT INTO zero_report (id, round_id, grid, day, period, at, actor_issuer, actor_subject, actor_unit, actor_roles, detail)
		VALUES ($1, $2, $3, $4::text::date, $5::text::date, $6, $7, $8, $9, $10, $11)`, string(z.ID), string(z.Round), z.Grid, z.Day, z.Period, z.At,
		z.Actor.Issuer, z.Actor.Subject, z.Actor.Unit, texts(z.Actor.Roles), box)
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == uniqueViolation {
		return mediation.Fail(mediation.Conflict, "zero-reported",
			"The grid has given its zero report for this period already.", "该网格本期已作零报告。")
	}
	return err
}

// ListZeroReports are a round's zero reports, newest first; grid "" is any.
func (s *TenantStore) ListZeroReports(ctx context.Context, round mediation.ID, grid string, after *casework.Position, limit int) (page casework.ZeroReportPage, err error) {
	f := &filter{}
	f.add("c.round_id = ?", knownID(round))
	if grid != "" {
		f.add("c.grid = ?", grid)
	}
	p := paging{columns: `SELECT c.id::text, c.round_id::text, c.grid, to_char(c.day, 'YYYY-MM-DD'), to_char(c.period, 'YYYY-MM-DD'), c.at,
		c.actor_issuer, c.actor_subject, c.actor_unit, c.actor_roles, c.detail FROM zero_report c`,
		from: "zero_report c", sort: "c.at", newestFirst: true, after: after, limit: limit}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		batch := &pgx.Batch{}
		p.queue(batch, f)
		reports, total, err := readPage(pool.SendBatch(ctx, batch), s.rows.scanZeroReport)
		if err != nil {
			return err
		}
		page.Total = total
		page.Reports, page.Next = cut(reports, limit, func(z mediation.ZeroReport) mediation.Position {
			return mediation.Position{At: z.At, ID: z.ID}
		})
		return nil
	})
	return page, err
}

func (r tenantRows) scanZeroReport(row pgx.CollectableRow) (z mediation.ZeroReport, err error) {
	var (
		roles []string
		box   []byte
		d     journalDetail
	)
	err = row.Scan((*string)(&z.ID), (*string)(&z.Round), &z.Grid, &z.Day, &z.Period, &z.At, &z.Actor.Issuer, &z.Actor.Subject, &z.Actor.Unit, &roles, &box)
	if err != nil {
		return z, err
	}
	for _, role := range roles {
		z.Actor.Roles = append(z.Actor.Roles, mediation.Role(role))
	}
	z.At = mediation.LegalTime(z.At)
	text := sealer{codec: r.codec, tenant: r.code, table: "zero_report", row: z.ID}
	text.openJSON("detail", box, &d)
	z.Actor.Name, z.Note = d.Name, d.Reason
	return z, text.err
}
