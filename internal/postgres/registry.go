package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// registryPage queues the total and one page of a list of the registry, whose rows have the alias r. One row more than
// asked for tells whether there is a next page.
func (f *filter) registryPage(batch *pgx.Batch, paging mediation.Paging, columns, from string) {
	if paging.UpdatedAfter != nil {
		f.add("r.updated_at > ?", *paging.UpdatedAfter)
	}
	batch.Queue(`SELECT count(*) FROM (SELECT 1 FROM `+from+f.where()+` LIMIT `+strconv.Itoa(mediation.MaximumExactTotal+1)+`) counted`, f.args...)
	at := "r.created_at"
	if paging.Sort == mediation.SortUpdated {
		at = "r.updated_at"
	}
	behind := &filter{conditions: append([]string(nil), f.conditions...), args: append([]any(nil), f.args...)}
	if paging.After != nil {
		behind.add("("+at+", r.id) > (?, ?::uuid)", paging.After.At, string(paging.After.ID))
	}
	behind.args = append(behind.args, paging.Limit+1)
	batch.Queue(columns+from+behind.where()+` ORDER BY `+at+`, r.id LIMIT $`+strconv.Itoa(len(behind.args)), behind.args...)
}

// addFlag filters by a truth, where one is asked for.
func (f *filter) addFlag(condition string, wanted *bool) {
	if wanted != nil {
		f.add(condition, *wanted)
	}
}

// addText filters by a text, where one is asked for.
func (f *filter) addText(condition, wanted string) {
	if wanted != "" {
		f.add(condition, wanted)
	}
}

func registryPosition(paging mediation.Paging, created, updated time.Time, id registry.ID) mediation.Position {
	if paging.Sort == mediation.SortUpdated {
		return mediation.Position{At: updated, ID: mediation.ID(id)}
	}
	return mediation.Position{At: created, ID: mediation.ID(id)}
}

// day turns "" into no day.
func day(text string) *string { return optional(text) }

// RegistryEntries is the history of an organisation, mediator or adviser, oldest first. Every record has an entry from its
// first version on: none at all is no record.
func (s *TenantStore) RegistryEntries(ctx context.Context, object registry.ID, after *casework.Position, limit int) (entries []registry.Entry, next *casework.Position, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		entries, next, err = s.rows.registryEntries(ctx, pool, object, after, limit)
		return err
	})
	return entries, next, err
}

const selectRegistryEntries = `SELECT id::text, at, actor_issuer, actor_subject, verb, version, detail
	FROM county.registry_journal WHERE tenant = $1 AND object = $2 AND ($3::timestamptz IS NULL OR (at, id) > ($3, $4::uuid)) ORDER BY at, id LIMIT $5`

func (r tenantRows) registryEntries(ctx context.Context, q querier, object registry.ID, after *mediation.Position, limit int) ([]registry.Entry, *mediation.Position, error) {
	var (
		at *time.Time
		id *string
	)
	if after != nil {
		if uuid.Validate(string(after.ID)) != nil {
			return nil, nil, mediation.UnknownRecord()
		}
		at, id = &after.At, (*string)(&after.ID)
	}
	rows, err := q.Query(ctx, selectRegistryEntries, r.code, string(object), at, id, limit+1)
	if err != nil {
		return nil, nil, err
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.Entry, error) { return r.scanRegistryEntry(row, object) })
	if err != nil {
		return nil, nil, err
	}
	if len(entries) == 0 && after == nil {
		return nil, nil, mediation.UnknownRecord()
	}
	entries, next := cut(entries, limit, func(e registry.Entry) mediation.Position { return mediation.Position{At: e.At, ID: mediation.ID(e.ID)} })
	return entries, next, nil
}

func (r tenantRows) scanRegistryEntry(row pgx.CollectableRow, object registry.ID) (registry.Entry, error) {
	e := registry.Entry{Object: object}
	var box []byte
	if err := row.Scan((*string)(&e.ID), &e.At, &e.By.Issuer, &e.By.Subject, &e.Verb, &e.Version, &box); err != nil {
		return e, err
	}
	e.At = mediation.LegalTime(e.At)
	var detail journalDetail
	text := r.registrySealer("registry_journal", e.ID)
	text.openJSON("detail", box, &detail)
	e.By.Name, e.Reason = detail.Name, detail.Reason
	for _, change := range detail.Changes {
		e.Changes = append(e.Changes, registry.Change(change))
	}
	return e, text.err
}

// RecordRegistry writes an entry of the history.
func (t *tenantTx) RecordRegistry(ctx context.Context, entry registry.Entry) error {
	if err := entry.Check(); err != nil {
		return err
	}
	detail := journalDetail{Name: entry.By.Name, Reason: entry.Reason}
	for _, change := range entry.Changes {
		detail.Changes = append(detail.Changes, sealedChange(change))
	}
	text := t.rows.registrySealer("registry_journal", entry.ID)
	box := text.sealJSON("detail", detail)
	if text.err != nil {
		return text.err
	}
	_, err := t.tx.Exec(ctx, `INSERT INTO county.registry_journal (tenant, id, object, at, actor_issuer, actor_subject, verb, version, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		t.rows.code, string(entry.ID), string(entry.Object), entry.At, entry.By.Issuer, entry.By.Subject, entry.Verb, entry.Version, box)
	return err
}

func (r tenantRows) registrySealer(table string, id registry.ID) *sealer {
	return &sealer{codec: r.codec, tenant: r.code, table: table, row: mediation.ID(id)}
}

// stored is StaleVersion when an update found no row: somebody else was first.
func (t *tenantTx) stored(ctx context.Context, sql string, args []any) error {
	tag, err := t.tx.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return mediation.StaleVersion()
	}
	return err
}
