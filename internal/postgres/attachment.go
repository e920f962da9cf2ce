package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// attachmentDetails is the sealed part of a row. The digest is among them: it would tell whoever has the same file.
type attachmentDetails struct {
	Name       string            `json:"name"`
	Digest     string            `json:"digest"` // hexadecimal
	By         string            `json:"by,omitempty"`
	Withdrawal *withdrawalDetail `json:"withdrawal,omitempty"`
}

type withdrawalDetail struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	Name    string `json:"name,omitempty"`
	Reason  string `json:"reason"`
}

const (
	attachmentColumns = `c.id::text, c.case_id::text, c.version, c.kind, c.media, c.size, c.at, c.actor_issuer, c.actor_subject, c.withdrawn_at, c.file_key, c.details`
	selectAttachment  = `SELECT ` + attachmentColumns + ` FROM attachment c`
)

func (r tenantRows) attachmentSealer(id mediation.ID) *sealer {
	return &sealer{codec: r.codec, tenant: r.code, table: "attachment", row: id}
}

func (r tenantRows) scanAttachment(row pgx.CollectableRow) (a casework.SealedAttachment, err error) {
	var (
		withdrawn    *time.Time
		key, details []byte
		opened       attachmentDetails
	)
	err = row.Scan((*string)(&a.ID), (*string)(&a.Case), &a.Version, (*string)(&a.Kind), &a.Media, &a.Size, &a.At,
		&a.By.Issuer, &a.By.Subject, &withdrawn, &key, &details)
	if err != nil {
		return a, err
	}
	text := r.attachmentSealer(a.ID)
	text.openJSON("details", details, &opened)
	if text.err != nil {
		return a, text.err
	}
	digest, err := hex.DecodeString(opened.Digest)
	copy(a.Digest[:], digest)
	a.Name, a.By.Name, a.At = opened.Name, opened.By, mediation.LegalTime(a.At)
	if w := opened.Withdrawal; withdrawn != nil && w != nil {
		a.Withdrawal = &mediation.AttachmentWithdrawal{At: mediation.LegalTime(*withdrawn), Reason: w.Reason,
			By: mediation.Principal{Issuer: w.Issuer, Subject: w.Subject, Name: w.Name}}
	}
	if err == nil && key != nil && !r.codec.Shredded() {
		a.Key, err = r.codec.OpenFileKey(key, text.place("file_key"))
	}
	return a, err
}

func (r tenantRows) attachmentBox(a mediation.Attachment) ([]byte, error) {
	details := attachmentDetails{Name: a.Name, Digest: hex.EncodeToString(a.Digest[:]), By: a.By.Name}
	if w := a.Withdrawal; w != nil {
		details.Withdrawal = &withdrawalDetail{Issuer: w.By.Issuer, Subject: w.By.Subject, Name: w.By.Name, Reason: w.Reason}
	}
	text := r.attachmentSealer(a.ID)
	box := text.sealJSON("details", details)
	return box, text.err
}

func (r tenantRows) findAttachment(ctx context.Context, q querier, of, id mediation.ID) (casework.SealedAttachment, error) {
	if uuid.Validate(string(of)) != nil || uuid.Validate(string(id)) != nil {
		return casework.SealedAttachment{}, mediation.UnknownAttachment()
	}
	rows, err := q.Query(ctx, selectAttachment+` WHERE c.id = $1 AND c.case_id = $2`, string(id), string(of))
	if err != nil {
		return casework.SealedAttachment{}, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, r.scanAttachment)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, mediation.UnknownAttachment()
	}
	return a, err
}

// FindAttachment reads one file's row.
func (s *TenantStore) FindAttachment(ctx context.Context, of, id mediation.ID) (a casework.SealedAttachment, err error) {
	if s.Shredded() {
		return a, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		a, err = s.rows.findAttachment(ctx, pool, of, id)
		return err
	})
	return a, err
}

// FindAttachment reads one file's row as the transaction sees it.
func (t *tenantTx) FindAttachment(ctx context.Context, of, id mediation.ID) (casework.SealedAttachment, error) {
	return t.rows.findAttachment(ctx, t.tx, of, id)
}

// ListAttachments are those of a case, newest first.
func (s *TenantStore) ListAttachments(ctx context.Context, of mediation.ID, after *casework.Position, limit int) (page casework.AttachmentPage, err error) {
	p := paging{columns: selectAttachment, from: "attachment c", sort: "c.at", newestFirst: true, after: after, limit: limit}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		f := &filter{}
		f.add("c.case_id = ?", string(of))
		batch := &pgx.Batch{}
		p.queue(batch, f)
		found, total, err := readPage(pool.SendBatch(ctx, batch), s.rows.scanAttachment)
		if err != nil {
			return err
		}
		page.Total = total
		found, page.Next = cut(found, limit, func(a casework.SealedAttachment) mediation.Position {
			return mediation.Position{At: a.At, ID: a.ID}
		})
		for _, a := range found {
			page.Attachments = append(page.Attachments, a.Attachment)
		}
		return nil
	})
	return page, err
}

const selectScope = `SELECT (SELECT count(*) FROM attachment a WHERE a.case_id = $2 AND a.withdrawn_at IS NULL), t.attachments_quota,
	COALESCE((SELECT u.bytes FROM attachment_usage u), 0), t.storage_quota FROM county.tenant t WHERE t.code = $1`

func (r tenantRows) attachmentScope(ctx context.Context, q querier, of mediation.ID) (scope mediation.AttachmentScope, err error) {
	err = q.QueryRow(ctx, selectScope, r.code, string(of)).Scan(&scope.Files, &scope.FilesQuota, &scope.Bytes, &scope.BytesQuota)
	if errors.Is(err, pgx.ErrNoRows) {
		return scope, unknownUnit(r.code)
	}
	return scope, err
}

// AttachmentScope is what the case and the tenant hold and may hold at this moment.
func (s *TenantStore) AttachmentScope(ctx context.Context, of mediation.ID) (scope mediation.AttachmentScope, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		scope, err = s.rows.attachmentScope(ctx, pool, of)
		return err
	})
	return scope, err
}

// AttachmentScope locks the usage first and counts in a statement of its own, whose snapshot is younger than the lock.
func (t *tenantTx) AttachmentScope(ctx context.Context, of mediation.ID) (mediation.AttachmentScope, error) {
	_, err := t.tx.Exec(ctx, `INSERT INTO attachment_usage AS u (files, bytes) VALUES (0, 0) ON CONFLICT (single) DO UPDATE SET files = u.files`)
	if err != nil {
		return mediation.AttachmentScope{}, err
	}
	return t.rows.attachmentScope(ctx, t.tx, of)
}

// CreateAttachment stores the row where its blob is still expected and the case in this tenant's custody.
func (t *tenantTx) CreateAttachment(ctx context.Context, a casework.SealedAttachment) error {
	details, err := t.rows.attachmentBox(a.Attachment)
	if err != nil {
		return err
	}
	key, err := t.rows.codec.SealFileKey(a.Key, t.rows.attachmentSealer(a.ID).place("file_key"))
	if err != nil {
		return err
	}
	tag, err := t.tx.Exec(ctx, `DELETE FROM attachment_leftover WHERE blob = $1`, string(a.ID))
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return mediation.Fail(mediation.Conflict, "upload-expired", "The upload took too long: send the file again.", "上传时间过长，请重新上传。")
	}
	tag, err = t.tx.Exec(ctx, `INSERT INTO attachment (id, case_id, version, kind, media, size, at, actor_issuer, actor_subject, file_key, details)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
		WHERE EXISTS (SELECT FROM county.case_index i WHERE i.origin = $12 AND i.case_id = $2 AND i.custodian = $12)`,
		string(a.ID), string(a.Case), a.Version, string(a.Kind), a.Media, a.Size, a.At, a.By.Issuer, a.By.Subject, key, details, t.rows.code)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return t.handedOver(ctx, a.Case)
	}
	return t.count(ctx, 1, a.Size)
}

// count keeps the tenant's usage; AttachmentScope has made its row.
func (t *tenantTx) count(ctx context.Context, files, bytes int64) error {
	_, err := t.tx.Exec(ctx, `UPDATE attachment_usage SET files = files + $1, bytes = bytes + $2`, files, bytes)
	return err
}

// WithdrawAttachment stores the withdrawal of the version before it and destroys the key.
func (t *tenantTx) WithdrawAttachment(ctx context.Context, a mediation.Attachment) error {
	details, err := t.rows.attachmentBox(a)
	if err != nil {
		return err
	}
	tag, err := t.tx.Exec(ctx, `UPDATE attachment SET version = $2, withdrawn_at = $3, file_key = NULL, details = $4 WHERE id = $1 AND version = $2 - 1`,
		string(a.ID), a.Version, a.Withdrawal.At, details)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return mediation.StaleVersion()
	}
	return t.count(ctx, -1, -a.Size)
}

// ExpectBlob notes when a blob is to be removed.
func (t *tenantTx) ExpectBlob(ctx context.Context, id mediation.ID, due time.Time) error {
	_, err := t.tx.Exec(ctx, `INSERT INTO attachment_leftover (blob, due) VALUES ($1, $2) ON CONFLICT (blob) DO UPDATE SET due = excluded.due`, string(id), due)
	return err
}

// ForgetBlobs drops the notes of blobs that are removed.
func (t *tenantTx) ForgetBlobs(ctx context.Context, ids []mediation.ID) error {
	_, err := t.tx.Exec(ctx, `DELETE FROM attachment_leftover WHERE blob = ANY($1::uuid[])`, texts(ids))
	return err
}

// DueBlobs are the blobs to remove by now.
func (s *TenantStore) DueBlobs(ctx context.Context, now time.Time, limit int) (ids []mediation.ID, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `SELECT blob::text FROM attachment_leftover WHERE due <= $1 ORDER BY due, blob LIMIT $2`, now, limit)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[mediation.ID])
		return err
	})
	return ids, err
}

// CreateLink stores a link, and drops those that expired a day ago.
func (t *tenantTx) CreateLink(ctx context.Context, link mediation.AttachmentLink) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM attachment_link WHERE expires < $1::timestamptz - interval '1 day'`, link.Expires)
	batch.Queue(`INSERT INTO attachment_link (id, attachment_id, actor_issuer, actor_subject, expires) VALUES ($1, $2, $3, $4, $5)`,
		string(link.ID), string(link.Attachment), link.By.Issuer, link.By.Subject, link.Expires)
	return t.tx.SendBatch(ctx, batch).Close()
}

// FindLink reads a link with its attachment.
func (s *TenantStore) FindLink(ctx context.Context, id mediation.ID) (link mediation.AttachmentLink, a casework.SealedAttachment, err error) {
	if uuid.Validate(string(id)) != nil {
		return link, a, mediation.ClosedLink()
	}
	var of mediation.ID
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		err := pool.QueryRow(ctx, `SELECT l.id::text, l.attachment_id::text, l.actor_issuer, l.actor_subject, l.expires, a.case_id::text
			FROM attachment_link l JOIN attachment a ON a.id = l.attachment_id WHERE l.id = $1`, string(id)).
			Scan((*string)(&link.ID), (*string)(&link.Attachment), &link.By.Issuer, &link.By.Subject, &link.Expires, (*string)(&of))
		if errors.Is(err, pgx.ErrNoRows) {
			return mediation.ClosedLink()
		}
		if err != nil {
			return err
		}
		a, err = s.rows.findAttachment(ctx, pool, of, link.Attachment)
		return err
	})
	return link, a, err
}

// LinkSeal is an HMAC under the tenant's own key, so that every instance that serves the tenant knows it.
func (s *TenantStore) LinkSeal(link mediation.AttachmentLink) []byte {
	return s.rows.codec.Blind("attachment link", string(link.ID)+" "+strconv.FormatInt(link.Expires.Unix(), 10))
}
