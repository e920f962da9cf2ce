package postgres

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const selectImport = `SELECT c.id::text, c.state, c.mode, c.format, COALESCE(c.round_id::text, ''), c.total, c.accepted, c.rejected, c.flagged, c.at,
	c.actor_issuer, c.actor_subject, c.actor_unit, c.actor_roles, c.detail FROM lead_import c`

func (r tenantRows) scanImport(row pgx.CollectableRow) (batch mediation.LeadImport, err error) {
	var (
		roles []string
		box   []byte
		d     journalDetail
	)
	err = row.Scan((*string)(&batch.ID), (*string)(&batch.State), (*string)(&batch.Mode), &batch.Format, (*string)(&batch.Round), &batch.Total,
		&batch.Accepted, &batch.Rejected, &batch.Flagged, &batch.At, &batch.Actor.Issuer, &batch.Actor.Subject, &batch.Actor.Unit, &roles, &box)
	if err != nil {
		return batch, err
	}
	for _, role := range roles {
		batch.Actor.Roles = append(batch.Actor.Roles, mediation.Role(role))
	}
	batch.At = mediation.LegalTime(batch.At)
	text := sealer{codec: r.codec, tenant: r.code, table: "lead_import", row: batch.ID}
	text.openJSON("detail", box, &d)
	batch.Actor.Name = d.Name
	return batch, text.err
}

// rowKey is the keyed digest of what a row says, nil for none.
func (r tenantRows) rowKey(text string) []byte {
	if text == "" {
		return nil
	}
	return r.codec.Blind("lead row", text)
}

func (r tenantRows) fileKey(digest []byte) []byte {
	return r.codec.Blind("lead file", hex.EncodeToString(digest))
}

// FindImported is the batch that was imported from a file with this digest, nil when there was none. It waits for those who
// are importing the same file: without, the second could find no batch and, a statement later, all rows of the first.
func (t *tenantTx) FindImported(ctx context.Context, digest []byte) (*mediation.LeadImport, error) {
	if _, err := t.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'tiaojie file', current_setting('role'), encode($1::bytea, 'hex')), 0))`,
		t.rows.fileKey(digest)); err != nil {
		return nil, err
	}
	rows, err := t.tx.Query(ctx, selectImport+` WHERE c.digest = $1 AND c.state = 'imported'`, t.rows.fileKey(digest))
	if err != nil {
		return nil, err
	}
	batch, err := pgx.CollectExactlyOneRow(rows, t.rows.scanImport)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return &batch, err
}

// KnownRows tells which of the rows have become leads before, by their place in rows.
func (t *tenantTx) KnownRows(ctx context.Context, texts []string) (map[int]bool, error) {
	keys := make([][]byte, 0, len(texts))
	for _, text := range texts {
		keys = append(keys, t.rows.rowKey(text))
	}
	rows, err := t.tx.Query(ctx, `SELECT u.place::int - 1 FROM unnest($1::bytea[]) WITH ORDINALITY u(key, place) JOIN lead l ON l.row_key = u.key`, keys)
	if err != nil {
		return nil, err
	}
	places, err := pgx.CollectRows(rows, pgx.RowTo[int])
	known := map[int]bool{}
	for _, place := range places {
		known[place] = true
	}
	return known, err
}

// CreateImport stores the batch's record and what is to be put right. Two that import one file at once have met in
// FindImported; who did not ask there meets the unique digest: Conflict "concurrent-change".
func (t *tenantTx) CreateImport(ctx context.Context, digest []byte, batch mediation.LeadImport, rest mediation.ImportSheet) error {
	text := sealer{codec: t.rows.codec, tenant: t.rows.code, table: "lead_import", row: batch.ID}
	box := text.sealJSON("detail", journalDetail{Name: batch.Actor.Name})
	if text.err != nil {
		return text.err
	}
	_, err := t.tx.Exec(ctx, `INSERT INTO lead_import (id, digest, state, mode, format, round_id, total, accepted, rejected, flagged, at, actor_issuer,
		actor_subject, actor_unit, actor_roles, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		string(batch.ID), t.rows.fileKey(digest), string(batch.State), string(batch.Mode), batch.Format, optional(string(batch.Round)), batch.Total,
		batch.Accepted, batch.Rejected, batch.Flagged, batch.At, batch.Actor.Issuer, batch.Actor.Subject, batch.Actor.Unit, texts(batch.Actor.Roles), box)
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == uniqueViolation {
		return mediation.Fail(mediation.Conflict, "concurrent-change", "Somebody else is importing the same file: look at the list of batches.", "他人正在导入同一文件，请查看导入批次。").WithCause(err)
	}
	if err != nil {
		return err
	}
	if _, err := t.tx.Exec(ctx, `DELETE FROM lead_import_sheet WHERE at < $1::timestamptz - interval '30 days'`, batch.At); err != nil || len(rest.Problems) == 0 {
		return err
	}
	sheet := sealer{codec: t.rows.codec, tenant: t.rows.code, table: "lead_import_sheet", row: batch.ID}
	details := sheet.sealJSON("details", rest)
	if sheet.err != nil {
		return sheet.err
	}
	_, err = t.tx.Exec(ctx, `INSERT INTO lead_import_sheet (import_id, at, details) VALUES ($1, $2, $3)`, string(batch.ID), batch.At, details)
	return err
}

// FindImport reads the record of a batch.
func (s *TenantStore) FindImport(ctx context.Context, id mediation.ID) (batch mediation.LeadImport, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectImport+` WHERE c.id = $1`, knownID(id))
		if err != nil {
			return err
		}
		batch, err = pgx.CollectExactlyOneRow(rows, s.rows.scanImport)
		if errors.Is(err, pgx.ErrNoRows) {
			return mediation.UnknownImport()
		}
		return err
	})
	return batch, err
}

// ImportSheet is what of a batch is to be put right; empty when nothing is, or when it was kept for long enough.
func (s *TenantStore) ImportSheet(ctx context.Context, id mediation.ID) (rest mediation.ImportSheet, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		var box []byte
		err := pool.QueryRow(ctx, `SELECT details FROM lead_import_sheet WHERE import_id = $1`, knownID(id)).Scan(&box)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		text := sealer{codec: s.rows.codec, tenant: s.rows.code, table: "lead_import_sheet", row: id}
		text.openJSON("details", box, &rest)
		return text.err
	})
	return rest, err
}

// ListImports are the batches that were sent, newest first.
func (s *TenantStore) ListImports(ctx context.Context, after *casework.Position, limit int) (page casework.ImportPage, err error) {
	p := paging{columns: selectImport, from: "lead_import c", sort: "c.at", newestFirst: true, after: after, limit: limit}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		batch := &pgx.Batch{}
		p.queue(batch, &filter{})
		imports, total, err := readPage(pool.SendBatch(ctx, batch), s.rows.scanImport)
		if err != nil {
			return err
		}
		page.Total = total
		page.Imports, page.Next = cut(imports, limit, func(i mediation.LeadImport) mediation.Position {
			return mediation.Position{At: i.At, ID: i.ID}
		})
		return nil
	})
	return page, err
}
