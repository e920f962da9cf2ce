package tenantdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// referencePublished is what the directory's followers are told of a new document.
const referencePublished = "reference"

// OpenDirectory opens a directory database that the operator has made, as tiaojie_operator. It makes and migrates nothing.
func (s *Server) OpenDirectory(ctx context.Context, database string) (*Directory, error) {
	endpoint := s.endpoint
	endpoint.Database = database
	pool, err := openPool(ctx, endpoint, 2, becomeOperator)
	if err != nil {
		return nil, problemOf(err, "open the directory database "+database)
	}
	d := &Directory{pool: pool}
	var ready bool
	err = pool.QueryRow(ctx, `SELECT to_regclass('directory.reference') IS NOT NULL`).Scan(&ready)
	if err == nil && !ready {
		err = &Problem{Reason: ReasonAbsent, Message: "the directory database " + database + " has no table for reference data: let the operator of this release start first"}
	}
	if err != nil {
		pool.Close()
		return nil, problemOf(err, "open the directory database "+database)
	}
	return d, nil
}

const publishedColumns = `unit, kind, version, revision, to_char(valid_from, 'YYYY-MM-DD'), digest, body, at`

func scanPublished(row pgx.CollectableRow) (mediation.Reference, error) {
	var r mediation.Reference
	err := row.Scan(&r.Unit, (*string)(&r.Kind), &r.Version, &r.Revision, &r.ValidFrom, &r.Digest, &r.Body, &r.At)
	r.At = mediation.LegalTime(r.At)
	return r, err
}

// References are the documents that a province has published, each kind's latest first; unit "" means every province.
func (d *Directory) References(ctx context.Context, unit string) ([]mediation.Reference, error) {
	list, err := published(ctx, d.pool, unit)
	return list, problemOf(err, "read the published reference data")
}

func published(ctx context.Context, q querier, unit string) ([]mediation.Reference, error) {
	rows, err := q.Query(ctx, `SELECT `+publishedColumns+` FROM directory.reference WHERE $1 IN ('', unit) ORDER BY unit, kind, revision DESC`, unit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanPublished)
}

// PublishReference adds a checked document of a province and wakes the operator. check is asked with all that the
// province has published. A document that is published already succeeds and changes nothing.
func (d *Directory) PublishReference(ctx context.Context, r mediation.Reference, check func(all []mediation.Reference) error) (known bool, err error) {
	err = locked(ctx, d.pool, "reference "+r.Unit, func(tx pgx.Tx) error {
		all, err := published(ctx, tx, r.Unit)
		if err != nil {
			return err
		}
		var own []mediation.Reference
		for _, other := range all {
			if other.Kind == r.Kind {
				own = append(own, other)
			}
		}
		if known, err = r.Succeeds(own); known || err != nil {
			return err
		}
		if err := check(all); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO directory.reference (unit, kind, version, revision, valid_from, digest, body) VALUES ($1, $2, $3, $4, $5::text::date, $6, $7)`,
			r.Unit, string(r.Kind), r.Version, mediation.LatestRevision(own)+1, r.ValidFrom, r.Digest, string(r.Body))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT pg_notify($1, $2)`, postgres.DirectoryChannel, referencePublished)
		return err
	})
	if mediation.KindOf(err) != "" {
		return known, err
	}
	return known, problemOf(err, "publish "+r.String())
}

// AwaitReferences returns when a document is published, or with the reason why nobody would tell.
func (d *Directory) AwaitReferences(ctx context.Context) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer func() { _ = conn.Conn().Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+postgres.DirectoryChannel); err != nil {
		return err
	}
	for {
		told, err := conn.Conn().WaitForNotification(ctx)
		if err != nil || told.Payload == referencePublished {
			return err
		}
	}
}

// CopyReferences brings the county's copies of its province's documents up to date in one transaction, and tells which
// were added or, after they had been damaged by hand, put right. A sound document of the same version that says something
// else stays; it is a Problem NotOurs.
func (c *County) CopyReferences(ctx context.Context, d *Directory) (copied []string, err error) {
	wanted, err := d.References(ctx, c.code[:2])
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	err = locked(ctx, c.pool, "reference "+c.code, func(tx pgx.Tx) error {
		copied = nil
		held, err := heldReferences(ctx, tx, c.code[:2])
		if err != nil {
			return err
		}
		for i := len(wanted) - 1; i >= 0; i-- { // the earliest revision first
			done, err := copyReference(ctx, tx, wanted[i], held[key(wanted[i])])
			if err != nil {
				return err
			}
			if done {
				copied = append(copied, fmt.Sprintf("%s %s", wanted[i].Kind, wanted[i]))
			}
		}
		return nil
	})
	return copied, problemOf(err, "copy the reference data to county "+c.code)
}

// held is a copy that the county has.
type held struct {
	present bool
	sound   bool   // its body is the one that its digest was made of
	digest  string // as recorded
}

func key(r mediation.Reference) string { return string(r.Kind) + " " + r.Version }

func heldReferences(ctx context.Context, tx pgx.Tx, province string) (map[string]held, error) {
	rows, err := tx.Query(ctx, `SELECT kind || ' ' || version, digest, encode(sha256(convert_to(body, 'UTF8')), 'hex') = digest FROM county.reference WHERE unit = $1`, province)
	if err != nil {
		return nil, err
	}
	found := map[string]held{}
	var (
		name string
		one  held
	)
	_, err = pgx.ForEachRow(rows, []any{&name, &one.digest, &one.sound}, func() error {
		one.present = true
		found[name] = one
		return nil
	})
	return found, err
}

func copyReference(ctx context.Context, tx pgx.Tx, r mediation.Reference, has held) (done bool, err error) {
	switch {
	case has.present && has.sound && has.digest == r.Digest:
		return false, nil
	case has.present && has.sound:
		return false, &Problem{Reason: ReasonNotOurs, Message: fmt.Sprintf("the county has another document as %s %s: publish this one under a new version", r.Kind, r)}
	case has.present:
		_, err = tx.Exec(ctx, `UPDATE county.reference SET digest = $4, body = $5, valid_from = $6::text::date WHERE unit = $1 AND kind = $2 AND version = $3`,
			r.Unit, string(r.Kind), r.Version, r.Digest, string(r.Body), r.ValidFrom)
	default:
		_, err = tx.Exec(ctx, `INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at)
			SELECT $1, $2, $3, COALESCE(max(revision), 0) + 1, $4::text::date, $5, $6, $7 FROM county.reference WHERE unit = $1 AND kind = $2`,
			r.Unit, string(r.Kind), r.Version, r.ValidFrom, r.Digest, string(r.Body), r.At)
	}
	return err == nil, err
}
