package postgres

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// blindParty is the purpose of the digests; it is never renamed, because all stored ones hang on it.
const blindParty = "party over the county"

// persons are the digests of those parties whose identity is known, under the county's key.
func (r tenantRows) persons(parties []mediation.Party) [][]byte {
	digests := [][]byte{}
	seen := map[string]bool{}
	for _, p := range parties {
		number := string(p.IdentityType) + "\n" + p.IdentityNumber
		if p.IdentityNumber == "" || seen[number] {
			continue
		}
		seen[number] = true
		digests = append(digests, r.county.Blind(blindParty, number))
	}
	return digests
}

// queuePersons makes these the persons of a case or lead in the county's index.
func (r tenantRows) queuePersons(batch *pgx.Batch, kind string, owner mediation.ID, parties []mediation.Party) {
	batch.Queue(`DELETE FROM county.party_index WHERE tenant = $1 AND kind = $2 AND owner = $3`, r.code, kind, string(owner))
	batch.Queue(`INSERT INTO county.party_index (tenant, kind, owner, person, at) SELECT $1, $2, $3, u.person, $5 FROM unnest($4::bytea[]) u(person)`,
		r.code, kind, string(owner), r.persons(parties), bornAt(owner))
}

// personRows are the persons of many new leads, as parallel columns: COPY does not work under row-level security.
type personRows struct {
	owners  []string
	persons [][]byte
	at      []time.Time
}

func (p *personRows) add(r tenantRows, owner mediation.ID, parties []mediation.Party) {
	for _, person := range r.persons(parties) {
		p.owners, p.persons, p.at = append(p.owners, string(owner)), append(p.persons, person), append(p.at, bornAt(owner))
	}
}

func (p *personRows) insert(ctx context.Context, tx transaction, r tenantRows) error {
	if len(p.owners) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO county.party_index (tenant, kind, owner, person, at)
		SELECT $1, $2, u.owner, u.person, u.at FROM unnest($3::uuid[], $4::bytea[], $5::timestamptz[]) u(owner, person, at)`,
		r.code, ofLead, p.owners, p.persons, p.at)
	return err
}

// bornAt is the moment in an id (UUIDv7: 48 bits of milliseconds), when the case was filed or the lead reported.
func bornAt(owner mediation.ID) time.Time {
	id, err := uuid.Parse(string(owner))
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16)).UTC()
}

const selectRepeats = `
WITH grouped AS (SELECT person, count(*) FILTER (WHERE kind = 'case') AS cases, count(*) FILTER (WHERE kind = 'lead') AS leads,
	array_agg(DISTINCT tenant ORDER BY tenant) AS tenants, min(at) AS since, max(at) AS latest
	FROM county.party_index GROUP BY person HAVING count(*) > 1 AND count(DISTINCT tenant) >= $1)
SELECT person, cases, leads, tenants, since, latest, count(*) OVER () FROM grouped`

// RepeatParties reads the groups, those with the latest matter first.
func (s *CountyStore) RepeatParties(ctx context.Context, query countywide.RepeatQuery) (page countywide.RepeatPage, err error) {
	statement, args := `SELECT * FROM (`+selectRepeats+`) listed`, []any{query.Tenants}
	if query.After != nil {
		person, err := hex.DecodeString(string(query.After.ID))
		if err != nil {
			return page, countywide.UnknownParty()
		}
		statement += ` WHERE (latest, person) < ($3, $4)`
		args = append(args, query.Limit+1, query.After.At, person)
	} else {
		args = append(args, query.Limit+1)
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, statement+` ORDER BY latest DESC, person DESC LIMIT $2`, args...)
		if err != nil {
			return err
		}
		page.Parties, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p countywide.RepeatParty, err error) {
			var person []byte
			err = row.Scan(&person, &p.Cases, &p.Leads, &p.Tenants, &p.Since, &p.Latest, &page.Total.Value)
			p.Handle, p.Since, p.Latest = hex.EncodeToString(person), mediation.LegalTime(p.Since), mediation.LegalTime(p.Latest)
			return p, err
		})
		return err
	})
	page.Total.Exact = true
	page.Parties, page.Next = cut(page.Parties, query.Limit, func(p countywide.RepeatParty) mediation.Position {
		return mediation.Position{At: p.Latest, ID: mediation.ID(p.Handle)}
	})
	return page, err
}

const selectMatters = `SELECT p.tenant, COALESCE((SELECT t.name FROM county.tenant t WHERE t.code = p.tenant), ''), p.kind, p.owner::text, p.at,
	COALESCE(c.registration, ''), COALESCE(c.number, ''), COALESCE(c.state, ''), COALESCE(c.type, ''), COALESCE(c.masked_parties, '{}')
	FROM county.party_index p LEFT JOIN county.case_index c ON p.kind = 'case' AND c.origin = p.tenant AND c.case_id = p.owner
	WHERE p.person = $1 ORDER BY p.at, p.owner`

// RepeatMatters are the cases and leads of one person, oldest first.
func (s *CountyStore) RepeatMatters(ctx context.Context, handle string) (list []countywide.RepeatMatter, err error) {
	person, err := hex.DecodeString(handle)
	if err != nil {
		return nil, countywide.UnknownParty()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectMatters, person)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m countywide.RepeatMatter, err error) {
			err = row.Scan(&m.Tenant, &m.TenantName, &m.Kind, (*string)(&m.ID), &m.At, &m.Registration, &m.Number, (*string)(&m.State),
				(*string)(&m.Type), &m.MaskedParties)
			m.At = mediation.LegalTime(m.At)
			return m, err
		})
		return err
	})
	return list, err
}
