package postgres

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// subjectTrust is how long after it was compared a county is left out for those whom the directory does not name
	// there. A member added where the directory cannot be reached is found after a round of the worker, and after so long
	// without any worker.
	subjectTrust = 5 * time.Minute
	// subjectAhead is how long a row without a membership stays: its membership may be about to be committed.
	subjectAhead = 10 * time.Minute
	// noteWithin bounds how long a request waits for the directory, which it can do without.
	noteWithin = 2 * time.Second
)

// SubjectDigest is how the directory names somebody. Neither part can hold a zero byte.
func SubjectDigest(issuer, subject string) []byte {
	digest := sha256.Sum256([]byte(issuer + "\x00" + subject))
	return digest[:]
}

// PutSubjects is the statement that names subjects of a county: $1 its code, $2 digests, $3 their issuers.
const PutSubjects = `INSERT INTO directory.subject AS s (who, county, issuer)
	SELECT DISTINCT ON (k.who) k.who, $1, k.issuer FROM unnest($2::bytea[], $3::text[]) AS k(who, issuer)
	ON CONFLICT (who, county) DO UPDATE SET at = now()`

// noteSubject names somebody who is about to become a member in a county. It comes before the membership is committed:
// a crash in between leaves a row too many, which the next sweeps remove. A directory that is away stops no change: the
// sweep finds the member. On an instance without a directory it does nothing.
func (d *Directory) noteSubject(ctx context.Context, county, issuer, subject string) {
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	if _, err := d.pool.Exec(ctx, PutSubjects, county, [][]byte{SubjectDigest(issuer, subject)}, []string{issuer}); err != nil {
		slog.WarnContext(ctx, "a new member is not in the directory yet; the worker's next round puts it there", "county", county, "error", refusal(err))
	}
}

// countiesOf are the counties in which somebody may be a member, by code: those that the directory names, and those that
// were not compared lately. When it cannot be asked, all that are known.
func (d *Directory) countiesOf(ctx context.Context, who mediation.Principal) ([]DirectoryCounty, error) {
	all, err := d.Counties(ctx)
	if err != nil || len(all) <= 1 {
		return all, err
	}
	limit, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	rows, _ := d.pool.Query(limit, `SELECT c.code FROM directory.county c
		LEFT JOIN directory.subject s ON s.who = $1 AND s.county = c.code
		LEFT JOIN directory.subject_sweep w ON w.county = c.code
		WHERE s.who IS NOT NULL OR w.at IS NULL OR w.at < now() - $2::interval`, SubjectDigest(who.Issuer, who.Subject), subjectTrust)
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		slog.WarnContext(ctx, "the directory does not say where somebody is a member; all counties are asked", "error", refusal(err))
		return all, ctx.Err()
	}
	named := map[string]bool{}
	for _, code := range codes {
		named[code] = true
	}
	found := all[:0]
	for _, county := range all {
		if named[county.Code] {
			found = append(found, county)
		}
	}
	return found, nil
}

// SweepSubjects compares a county's members with what the directory says of them, puts right what differs, and gives the
// number of rows put right.
func (s *Shared) SweepSubjects(ctx context.Context, county string) (changed int, err error) {
	open, err := s.county(ctx, county)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	digests, issuers, err := open.store.subjects(ctx)
	if err != nil {
		return 0, err
	}
	err = s.directory.pool.QueryRow(ctx, `WITH known AS (SELECT * FROM unnest($2::bytea[], $3::text[]) AS k(who, issuer)),
		added AS (INSERT INTO directory.subject (who, county, issuer) SELECT who, $1, issuer FROM known ON CONFLICT DO NOTHING RETURNING 1),
		removed AS (DELETE FROM directory.subject s WHERE s.county = $1 AND s.at < now() - $4::interval
			AND NOT EXISTS (SELECT FROM known k WHERE k.who = s.who) RETURNING 1),
		swept AS (INSERT INTO directory.subject_sweep (county, at) VALUES ($1, now() - $5::interval) ON CONFLICT (county) DO UPDATE SET at = excluded.at)
		SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM removed)`,
		county, digests, issuers, subjectAhead, time.Since(began)).Scan(&changed)
	return changed, refusal(err)
}

// subjects are all who are members of the county or of one of its tenants.
func (s *CountyStore) subjects(ctx context.Context) (digests [][]byte, issuers []string, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `SELECT DISTINCT issuer, subject FROM county.member`)
		if err != nil {
			return err
		}
		digests, issuers = [][]byte{}, []string{}
		var issuer, subject string
		_, err = pgx.ForEachRow(rows, []any{&issuer, &subject}, func() error {
			digests, issuers = append(digests, SubjectDigest(issuer, subject)), append(issuers, issuer)
			return nil
		})
		return err
	})
	return digests, issuers, err
}
