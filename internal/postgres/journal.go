package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// journalDetail is the sealed part of an entry: who by name, what changed, and why.
type journalDetail struct {
	Name    string         `json:"name,omitempty"`
	Changes []sealedChange `json:"changes,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

type sealedChange struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Record writes the journal entry and the county's event at the end of the transaction, and refuses an entry that nobody
// answers for.
func (t *tenantTx) Record(_ context.Context, entry mediation.Entry) error {
	if err := entry.Check(); err != nil {
		return err
	}
	detail := journalDetail{Name: entry.Actor.Name, Reason: entry.Reason}
	for _, change := range entry.Changes {
		detail.Changes = append(detail.Changes, sealedChange(change))
	}
	text := sealer{codec: t.rows.codec, tenant: t.rows.code, table: "journal", row: entry.ID}
	box := text.sealJSON("detail", detail)
	if text.err != nil {
		return text.err
	}
	batch := &t.last
	batch.Queue(`INSERT INTO journal (id, case_id, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state, to_state, version, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(entry.ID), string(entry.Case), entry.At, entry.Actor.Issuer, entry.Actor.Subject, entry.Actor.Unit, texts(entry.Actor.Roles),
		string(entry.Verb), string(entry.From), string(entry.To), entry.Version, box)
	batch.Queue(`INSERT INTO county.event (tenant, type, case_id, version, at) VALUES ($1, $2, $3, $4, $5)`,
		t.rows.code, "case."+string(entry.Verb), string(entry.Case), entry.Version, entry.At)
	return nil
}

const selectJournal = `SELECT id::text, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state, to_state, version, detail
	FROM journal WHERE case_id = $1 AND ($2::timestamptz IS NULL OR (at, id) > ($2, $3::uuid)) ORDER BY at, id LIMIT $4`

// journal tells an empty page of a known case from an unknown case in the same round trip.
func (r tenantRows) journal(ctx context.Context, q querier, id mediation.ID, after *mediation.Position, limit int) (entries []mediation.Entry, next *mediation.Position, err error) {
	if uuid.Validate(string(id)) != nil {
		return nil, nil, mediation.UnknownCase()
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT EXISTS (SELECT 1 FROM cases WHERE id = $1)`, string(id))
	if after == nil {
		batch.Queue(selectJournal, string(id), nil, nil, limit+1)
	} else {
		batch.Queue(selectJournal, string(id), after.At, string(after.ID), limit+1)
	}
	results := q.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	var exists bool
	if err := results.QueryRow().Scan(&exists); err != nil {
		return nil, nil, err
	}
	if !exists {
		return nil, nil, mediation.UnknownCase()
	}
	rows, err := results.Query()
	if err != nil {
		return nil, nil, err
	}
	entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (mediation.Entry, error) { return r.scanEntry(row, id) })
	if err != nil {
		return nil, nil, err
	}
	entries, next = cut(entries, limit, func(e mediation.Entry) mediation.Position { return mediation.Position{At: e.At, ID: e.ID} })
	return entries, next, nil
}

func (r tenantRows) scanEntry(row pgx.CollectableRow, id mediation.ID) (mediation.Entry, error) {
	var (
		e     = mediation.Entry{Case: id}
		roles []string
		box   []byte
	)
	err := row.Scan((*string)(&e.ID), &e.At, &e.Actor.Issuer, &e.Actor.Subject, &e.Actor.Unit, &roles, (*string)(&e.Verb),
		(*string)(&e.From), (*string)(&e.To), &e.Version, &box)
	if err != nil {
		return e, err
	}
	for _, role := range roles {
		e.Actor.Roles = append(e.Actor.Roles, mediation.Role(role))
	}
	e.At = mediation.LegalTime(e.At)
	text := sealer{codec: r.codec, tenant: r.code, table: "journal", row: e.ID}
	var detail journalDetail
	text.openJSON("detail", box, &detail)
	e.Actor.Name, e.Reason = detail.Name, detail.Reason
	for _, change := range detail.Changes {
		e.Changes = append(e.Changes, mediation.Change(change))
	}
	return e, text.err
}
