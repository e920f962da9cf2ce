package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const putSearch = `INSERT INTO case_search (case_id, filed_at, recused, search, restricted)
	SELECT c.id, c.filed_at, $2, $3::text::tsvector, c.restricted IS NOT NULL FROM cases c WHERE c.id = $1
	ON CONFLICT (case_id) DO UPDATE SET recused = excluded.recused, search = excluded.search, restricted = excluded.restricted`

// queueSearch writes what a case is found by, in the transaction that writes the case.
func (r tenantRows) queueSearch(batch *pgx.Batch, c mediation.Case) {
	batch.Queue(putSearch, string(c.ID), recusedKeys(c), SearchVector(r.codec.Lexer().Lexeme, c))
}

// queueSearchChange writes it again where it changed. A case that is not indexed yet stays so: whoever indexes it locks
// the case first and so sees this change.
func (r tenantRows) queueSearchChange(batch *pgx.Batch, before, after mediation.Case) {
	if !sameWords(before, after) {
		r.queueSearch(batch, after)
		batch.Queue(markIndexed, []string{string(after.ID)})
		return
	}
	if before.Restriction != after.Restriction {
		batch.Queue(`UPDATE case_search SET restricted = $2 WHERE case_id = $1`, string(after.ID), after.Restriction != "")
	}
	if is := recusedKeys(after); !slices.Equal(recusedKeys(before), is) {
		batch.Queue(`UPDATE case_search SET recused = $2 WHERE case_id = $1`, string(after.ID), is)
	}
}

const markIndexed = `UPDATE cases SET search_edition = ` + searchEdition + ` WHERE id = ANY($1::uuid[]) AND search_edition IS NULL`

// sameWords tells whether both have the same words, as SearchVector takes them.
func sameWords(a, b mediation.Case) bool {
	sameParty := func(p, q mediation.Party) bool {
		return p.Name == q.Name && p.LegalRepresentative == q.LegalRepresentative
	}
	return a.Registration == b.Registration && a.Number == b.Number && a.Title == b.Title && a.Place == b.Place &&
		a.Facts == b.Facts && a.Claims == b.Claims && slices.EqualFunc(a.Parties, b.Parties, sameParty)
}

// recusedKeys are the keys of the people with a login who must keep away.
func recusedKeys(c mediation.Case) []string {
	var keys []string
	for _, recusal := range c.Recusals {
		if recusal.Mediator.Subject != "" {
			keys = append(keys, mediation.Principal{Issuer: recusal.Mediator.Issuer, Subject: recusal.Mediator.Subject}.ID())
		}
	}
	return keys
}

// IndexCases indexes up to limit cases that cannot be searched yet, such as those of a release that had no search, and
// tells how many it did. Several may run at once: each takes others. Nothing of the cases themselves changes.
func (s *TenantStore) IndexCases(ctx context.Context, limit int) (indexed int, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			indexed, err = s.rows.indexCases(ctx, tx, limit)
			return err
		})
	})
	return indexed, err
}

func (r tenantRows) indexCases(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	rows, err := tx.Query(ctx, `SELECT id::text FROM cases WHERE search_edition IS NULL ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`, limit)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	rows, err = tx.Query(ctx, selectListed+`WHERE c.id = ANY($1::uuid[])`, ids)
	if err != nil {
		return 0, err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	if err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, c := range cases {
		r.queueSearch(batch, c)
	}
	batch.Queue(markIndexed, ids)
	return len(cases), tx.SendBatch(ctx, batch).Close()
}
