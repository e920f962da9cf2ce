package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// The journals of leads and of screening rounds are kept alike: the same columns, but for whose they are.

var leadEntryColumns = []string{
	"id", "lead_id", "at", "actor_issuer", "actor_subject", "actor_unit", "actor_roles", "verb", "from_state", "to_state", "version", "detail",
}

const (
	insertLeadEntry = `INSERT INTO lead_journal (id, lead_id, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state,
		to_state, version, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	insertRoundEntry = `INSERT INTO round_journal (id, round_id, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state,
		to_state, version, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

	entryColumns = `SELECT id::text, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state, to_state, version, detail FROM `
	entriesAfter = ` AND ($2::timestamptz IS NULL OR (at, id) > ($2, $3::uuid)) ORDER BY at, id LIMIT $4`
)

// line is an entry of either journal.
type line struct {
	id, of   mediation.ID
	entry    mediation.Entry // moment, actor, version, changes and reason
	verb     string
	from, to string
	table    string
}

func (r tenantRows) entryRow(l line) ([]any, error) {
	detail := journalDetail{Name: l.entry.Actor.Name, Reason: l.entry.Reason}
	for _, change := range l.entry.Changes {
		detail.Changes = append(detail.Changes, sealedChange(change))
	}
	text := sealer{codec: r.codec, tenant: r.code, table: l.table, row: l.id}
	box := text.sealJSON("detail", detail)
	return []any{
		optionalID(l.id), optionalID(l.of), l.entry.At, l.entry.Actor.Issuer, l.entry.Actor.Subject, l.entry.Actor.Unit, texts(l.entry.Actor.Roles),
		l.verb, l.from, l.to, l.entry.Version, box,
	}, text.err
}

func (r tenantRows) leadEntryRow(e mediation.LeadEntry) ([]any, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	return r.entryRow(line{id: e.ID, of: e.Lead, table: "lead_journal", verb: string(e.Verb), from: string(e.From), to: string(e.To),
		entry: mediation.Entry{At: e.At, Actor: e.Actor, Version: e.Version, Changes: e.Changes, Reason: e.Reason}})
}

func (r tenantRows) roundEntryRow(e mediation.RoundEntry) ([]any, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	return r.entryRow(line{id: e.ID, of: e.Round, table: "round_journal", verb: string(e.Verb), from: string(e.From), to: string(e.To),
		entry: mediation.Entry{At: e.At, Actor: e.Actor, Version: e.Version, Changes: e.Changes, Reason: e.Reason}})
}

// lines reads a page of a journal; whose is the column that says whose it is.
func (r tenantRows) lines(ctx context.Context, q querier, table, whose string, id mediation.ID, after *mediation.Position, limit int) ([]line, *mediation.Position, error) {
	var at, last any
	if after != nil {
		at, last = after.At, string(after.ID)
	}
	rows, err := q.Query(ctx, entryColumns+table+` WHERE `+whose+` = $1`+entriesAfter, knownID(id), at, last, limit+1)
	if err != nil {
		return nil, nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line, error) { return r.scanLine(row, table, id) })
	if err != nil {
		return nil, nil, err
	}
	list, next := cut(list, limit, func(l line) mediation.Position { return mediation.Position{At: l.entry.At, ID: l.id} })
	return list, next, nil
}

func (r tenantRows) scanLine(row pgx.CollectableRow, table string, of mediation.ID) (line, error) {
	var (
		l     = line{of: of}
		roles []string
		box   []byte
	)
	err := row.Scan((*string)(&l.id), &l.entry.At, &l.entry.Actor.Issuer, &l.entry.Actor.Subject, &l.entry.Actor.Unit, &roles, &l.verb,
		&l.from, &l.to, &l.entry.Version, &box)
	if err != nil {
		return l, err
	}
	for _, role := range roles {
		l.entry.Actor.Roles = append(l.entry.Actor.Roles, mediation.Role(role))
	}
	l.entry.At = mediation.LegalTime(l.entry.At)
	text := sealer{codec: r.codec, tenant: r.code, table: table, row: l.id}
	var detail journalDetail
	text.openJSON("detail", box, &detail)
	l.entry.Actor.Name, l.entry.Reason = detail.Name, detail.Reason
	for _, change := range detail.Changes {
		l.entry.Changes = append(l.entry.Changes, mediation.Change(change))
	}
	return l, text.err
}

// LeadJournal is a lead's entries, oldest first.
func (s *TenantStore) LeadJournal(ctx context.Context, id mediation.ID, after *casework.Position, limit int) (entries []mediation.LeadEntry, next *casework.Position, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		var list []line
		list, next, err = s.rows.lines(ctx, pool, "lead_journal", "lead_id", id, after, limit)
		for _, l := range list {
			entries = append(entries, mediation.LeadEntry{ID: l.id, Lead: id, At: l.entry.At, Actor: l.entry.Actor, Verb: mediation.LeadVerb(l.verb),
				From: mediation.LeadState(l.from), To: mediation.LeadState(l.to), Version: l.entry.Version, Changes: l.entry.Changes, Reason: l.entry.Reason})
		}
		return err
	})
	return entries, next, err
}

// RoundJournal is a screening round's entries, oldest first; NotFound when there is no such round.
func (s *TenantStore) RoundJournal(ctx context.Context, id mediation.ID, after *casework.Position, limit int) (entries []mediation.RoundEntry, next *casework.Position, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		var list []line
		list, next, err = s.rows.lines(ctx, pool, "round_journal", "round_id", id, after, limit)
		if err == nil && len(list) == 0 && after == nil {
			return mediation.UnknownRound() // every round has its first entry
		}
		for _, l := range list {
			entries = append(entries, mediation.RoundEntry{ID: l.id, Round: id, At: l.entry.At, Actor: l.entry.Actor, Verb: mediation.RoundVerb(l.verb),
				From: mediation.RoundState(l.from), To: mediation.RoundState(l.to), Version: l.entry.Version, Changes: l.entry.Changes, Reason: l.entry.Reason})
		}
		return err
	})
	return entries, next, err
}
