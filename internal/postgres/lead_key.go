package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// What a party key belongs to.
const (
	ofLead = "lead"
	ofCase = "case"
)

var partyKeyColumns = []string{"key", "kind", "owner"}

// lookupKey is the keyed digest of a value, nil for none. Its purpose is never renamed: all stored keys hang on it.
func (r tenantRows) lookupKey(l mediation.Lookup) []byte {
	if l.Value == "" {
		return nil
	}
	return r.codec.Blind("party "+string(l.Kind), l.Value)
}

func (r tenantRows) lookupKeys(lookups []mediation.Lookup) [][]byte {
	keys := [][]byte{}
	for _, l := range lookups {
		keys = append(keys, r.lookupKey(l))
	}
	return keys
}

func (r tenantRows) partyKeyRows(kind string, owner mediation.ID, parties []mediation.Party) [][]any {
	var rows [][]any
	for _, key := range r.lookupKeys(mediation.PartyLookups(parties)) {
		rows = append(rows, []any{key, kind, optionalID(owner)})
	}
	return rows
}

// queuePartyKeys makes these the keys of a lead or a case.
func (r tenantRows) queuePartyKeys(batch *pgx.Batch, kind string, owner mediation.ID, parties []mediation.Party) {
	batch.Queue(`DELETE FROM party_key WHERE owner = $1 AND kind = $2`, string(owner), kind)
	batch.Queue(`INSERT INTO party_key (key, kind, owner) SELECT u.key, $2, $1 FROM unnest($3::bytea[]) u(key) ON CONFLICT DO NOTHING`,
		string(owner), kind, r.lookupKeys(mediation.PartyLookups(parties)))
	r.queuePersons(batch, kind, owner, parties)
}

// queueCaseKeys makes a case findable by its parties: in the tenant, and by number alone in the county, where nobody finds
// a restricted one.
func (r tenantRows) queueCaseKeys(batch *pgx.Batch, c mediation.Case) {
	r.queuePartyKeys(batch, ofCase, c.ID, c.Parties)
	if c.Restriction != "" {
		r.queuePersons(batch, ofCase, c.ID, nil)
	}
}

// keySettles is how old a case must be before the batch passes it: an id given earlier may be committed later.
const keySettles = 10 * time.Minute

// What is compared is bounded: 500 that have a party in common (a name may be everybody's), 500 that have the place in
// common, and the 300 newest that have no more in common than the time.
const candidateLeads = `
WITH keyed AS (SELECT DISTINCT k.owner AS id FROM party_key k WHERE k.kind = 'lead' AND k.key = ANY($1) LIMIT 500),
placed AS (SELECT l.id FROM lead l WHERE l.found_at BETWEEN $4 AND $5 AND (l.place_key = $2 OR l.point_key = ANY($3)) LIMIT 500),
recent AS (SELECT l.id FROM lead l WHERE l.found_at BETWEEN $4 AND $5 ORDER BY l.found_at DESC LIMIT 300)
` + selectLead + ` WHERE c.id <> $6 AND c.id IN (SELECT id FROM keyed UNION SELECT id FROM placed UNION SELECT id FROM recent)`

const candidateCases = `
WITH keyed AS (SELECT DISTINCT k.owner AS id FROM party_key k WHERE k.kind = 'case' AND k.key = ANY($1) LIMIT 500),
recent AS (SELECT c.id FROM cases c WHERE c.filed_at BETWEEN $2 AND $3 ORDER BY c.filed_at DESC LIMIT 300)
` + selectListed + ` WHERE c.id IN (SELECT id FROM keyed UNION SELECT id FROM recent)`

// candidates are the leads and cases that may be like this lead, as far as a store can tell by keys, place and time.
func (r tenantRows) candidates(ctx context.Context, q querier, l mediation.Lead) ([]mediation.Lead, []mediation.Case, error) {
	keys := r.lookupKeys(mediation.PartyLookups(l.Parties))
	from, to := l.FoundAt.Add(-mediation.NearWindow), l.FoundAt.Add(mediation.NearWindow)
	rows, err := q.Query(ctx, candidateLeads, keys, r.lookupKey(mediation.PlaceLookup(l.Place)), r.lookupKeys(mediation.PointLookups(l.Point)),
		from, to, knownID(l.ID))
	if err != nil {
		return nil, nil, err
	}
	leads, err := pgx.CollectRows(rows, r.scanLead)
	if err != nil {
		return nil, nil, err
	}
	if rows, err = q.Query(ctx, candidateCases, keys, from, to); err != nil {
		return nil, nil, err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	return leads, cases, err
}

// CasesOf are the cases in which a party has a key in common with one of these.
func (s *TenantStore) CasesOf(ctx context.Context, parties []mediation.Party) (cases []mediation.Case, err error) {
	keys := s.rows.lookupKeys(mediation.PartyLookups(parties))
	if len(keys) == 0 {
		return nil, nil
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectListed+`WHERE c.id IN (SELECT k.owner FROM party_key k WHERE k.kind = 'case' AND k.key = ANY($1))`, keys)
		if err != nil {
			return err
		}
		cases, err = pgx.CollectRows(rows, s.rows.scanListed)
		return err
	})
	return cases, err
}

// LeadCandidates gives what a lead is compared with, as this transaction sees it.
func (t *tenantTx) LeadCandidates(ctx context.Context, l mediation.Lead) ([]mediation.Lead, []mediation.Case, error) {
	return t.rows.candidates(ctx, t.tx, l)
}

// LeadCandidates gives what a lead is compared with.
func (s *TenantStore) LeadCandidates(ctx context.Context, l mediation.Lead) (leads []mediation.Lead, cases []mediation.Case, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		leads, cases, err = s.rows.candidates(ctx, pool, l)
		return err
	})
	return leads, cases, err
}

// IndexParties gives keys, and a place in the county's index of persons, to the cases that an earlier release filed, at most limit of them, oldest first, and tells how
// many it looked at; fewer than limit means that none is left. Repeating it does no harm, and changes no case.
func (s *TenantStore) IndexParties(ctx context.Context, limit int) (done int, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			done, err = s.rows.indexParties(ctx, tx, limit)
			return err
		})
	})
	return done, err
}

func (r tenantRows) indexParties(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	const begin = `INSERT INTO backfill (name, after) VALUES ('party-index', $1) ON CONFLICT DO NOTHING`
	if _, err := tx.Exec(ctx, begin, uuid.Nil); err != nil {
		return 0, err
	}
	var after uuid.UUID
	if err := tx.QueryRow(ctx, `SELECT after FROM backfill WHERE name = 'party-index' FOR UPDATE`).Scan(&after); err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, selectListed+`WHERE c.id > $1 AND c.filed_at < now() - $2::interval ORDER BY c.id LIMIT $3`, after, keySettles, limit)
	if err != nil {
		return 0, err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	if err != nil || len(cases) == 0 {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, c := range cases {
		r.queueCaseKeys(batch, c)
	}
	batch.Queue(`UPDATE backfill SET after = $1 WHERE name = 'party-index'`, string(cases[len(cases)-1].ID))
	return len(cases), tx.SendBatch(ctx, batch).Close()
}
