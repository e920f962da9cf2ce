package postgres

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const referenceColumns = `unit, kind, version, revision, to_char(valid_from, 'YYYY-MM-DD'), digest, body, issuer, subject, at`

// referenceStamp tells any two states of the visible rows apart, those of rows that somebody changed by hand included.
const referenceStamp = `SELECT COALESCE(md5(string_agg(concat_ws('/', unit, kind, version, xmin), ',' ORDER BY unit, kind, version)), 'none') FROM county.reference`

func scanReference(row pgx.CollectableRow) (mediation.Reference, error) {
	var r mediation.Reference
	err := row.Scan(&r.Unit, (*string)(&r.Kind), &r.Version, &r.Revision, &r.ValidFrom, &r.Digest, &r.Body, &r.By.Issuer, &r.By.Subject, &r.At)
	r.At = mediation.LegalTime(r.At)
	return r, err
}

// references reads the documents of some units, unless the stamp is the one that was seen. A county that has no such
// table yet has no documents.
func references(ctx context.Context, q querier, seen string, units []string) (all []mediation.Reference, stamp string, changed bool, err error) {
	if err := q.QueryRow(ctx, referenceStamp).Scan(&stamp); err != nil {
		if noTable(err) {
			slog.WarnContext(ctx, "reference: the county has no such table yet, what the program carries counts", "error", err)
			return nil, "absent", seen != "absent", nil
		}
		return nil, "", false, err
	}
	if stamp == seen {
		return nil, stamp, false, nil
	}
	rows, err := q.Query(ctx, `SELECT `+referenceColumns+` FROM county.reference WHERE unit = ANY($1) ORDER BY unit, kind, revision`, units)
	if err != nil {
		return nil, "", false, err
	}
	all, err = pgx.CollectRows(rows, scanReference)
	return all, stamp, true, err
}

func noTable(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == "42P01"
}

// LiveCases reads whole cases that are not archived, by id.
func (s *TenantStore) LiveCases(ctx context.Context, after mediation.ID, limit int) (cases []mediation.Case, err error) {
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectCase+`WHERE c.id > $1 AND c.state <> 'archived' ORDER BY c.id LIMIT $2`, string(after), limit)
		if err == nil {
			cases, err = pgx.CollectRows(rows, s.rows.scanCase)
		}
		return err
	})
	return cases, err
}

// References reads what the tenant goes by, as casework.ReferenceStore says.
func (s *TenantStore) References(ctx context.Context, seen string) (all []mediation.Reference, stamp string, changed bool, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		all, stamp, changed, err = references(ctx, pool, seen, mediation.ReferenceUnits(s.rows.code))
		return err
	})
	return all, stamp, changed, err
}

// References reads what the county goes by, as countywide.Store says.
func (s *CountyStore) References(ctx context.Context) (all []mediation.Reference, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		all, _, _, err = references(ctx, pool, "", mediation.ReferenceUnits(s.code))
		return err
	})
	return all, err
}

// PutReference publishes a document of the tenant, as casework.ReferenceTx says.
func (t *tenantTx) PutReference(ctx context.Context, r mediation.Reference, seen int64) (mediation.Reference, error) {
	r.Unit = t.rows.code
	return putReference(ctx, t.tx, r, seen)
}

// OwnReferences are the tenant's own documents of a kind.
func (t *tenantTx) OwnReferences(ctx context.Context, kind mediation.ReferenceKind) ([]mediation.Reference, error) {
	return ownReferences(ctx, t.tx, t.rows.code, kind)
}

// PutReference publishes a document of the county.
func (t *countyTx) PutReference(ctx context.Context, r mediation.Reference, seen int64) (mediation.Reference, error) {
	r.Unit = t.code
	return putReference(ctx, t.tx, r, seen)
}

// OwnReferences are the county's own documents of a kind.
func (t *countyTx) OwnReferences(ctx context.Context, kind mediation.ReferenceKind) ([]mediation.Reference, error) {
	return ownReferences(ctx, t.tx, t.code, kind)
}

func ownReferences(ctx context.Context, q querier, unit string, kind mediation.ReferenceKind) ([]mediation.Reference, error) {
	rows, err := q.Query(ctx, `SELECT `+referenceColumns+` FROM county.reference WHERE unit = $1 AND kind = $2 ORDER BY revision DESC`, unit, string(kind))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanReference)
}

// putReference leaves it to the unique revision to tell who came second.
func putReference(ctx context.Context, tx transaction, r mediation.Reference, seen int64) (mediation.Reference, error) {
	r.Revision = seen + 1
	var latest int64
	err := tx.QueryRow(ctx, `SELECT COALESCE(max(revision), 0) FROM county.reference WHERE unit = $1 AND kind = $2`, r.Unit, string(r.Kind)).Scan(&latest)
	if err == nil && latest != seen {
		err = mediation.StaleVersion()
	}
	if err != nil {
		return r, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, issuer, subject, at)
		VALUES ($1, $2, $3, $4, $5::text::date, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING revision`,
		r.Unit, string(r.Kind), r.Version, r.Revision, r.ValidFrom, r.Digest, string(r.Body), r.By.Issuer, r.By.Subject, r.At).Scan(&r.Revision)
	if errors.Is(err, pgx.ErrNoRows) {
		err = mediation.StaleVersion()
	}
	return r, err
}

var (
	_ casework.ReferenceStore = (*TenantStore)(nil)
	_ casework.ReferenceTx    = (*tenantTx)(nil)
	_ casework.ReferenceTx    = (*countyTx)(nil)
)
