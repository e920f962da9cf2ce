package casework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

const (
	// uploadLife is how long an upload may take from its first byte to its row; then its blob is swept.
	uploadLife = time.Hour
	// sweptAtOnce is how many blobs one call of SweepBlobs removes.
	sweptAtOnce = 500
	// settleWithin bounds what is done after a request, whether or not the client still waits.
	settleWithin = 10 * time.Second
)

// Blobs is the tenant's place for bytes that are sealed already. It is bound to the tenant.
type Blobs interface {
	// Put stores content under a name, whole or not at all; size is its length in bytes, -1 when it is not known.
	Put(ctx context.Context, name string, content io.Reader, size int64) error
	// Get reads from an offset to the end; an error that wraps fs.ErrNotExist when there is nothing.
	Get(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	// Remove removes a blob; one that is not there is fine.
	Remove(ctx context.Context, name string) error
}

// WithBlobs lets cases have attachments; without it they are Unavailable "no-blob-store".
func WithBlobs(blobs Blobs) Option {
	return func(s *Service) { s.blobs = blobs }
}

// SealedAttachment is an attachment with the key of its bytes.
type SealedAttachment struct {
	mediation.Attachment
	Key seal.FileKey // the zero key when it was withdrawn
}

// AttachmentPage is one page of a list, newest first. Next is nil on the last.
type AttachmentPage struct {
	Attachments []mediation.Attachment
	Next        *Position
	Total       Total
}

// AttachmentStore reads attachments. What is not there is NotFound "unknown-attachment".
type AttachmentStore interface {
	FindAttachment(ctx context.Context, of, id mediation.ID) (SealedAttachment, error)
	// ListAttachments are those of a case, withdrawn ones too.
	ListAttachments(ctx context.Context, of mediation.ID, after *Position, limit int) (AttachmentPage, error)
	// AttachmentScope is what the case and the tenant hold and may hold.
	AttachmentScope(ctx context.Context, of mediation.ID) (mediation.AttachmentScope, error)
	// FindLink is a link and its attachment; NotFound "closed-link".
	FindLink(ctx context.Context, id mediation.ID) (mediation.AttachmentLink, SealedAttachment, error)
	// LinkSeal authenticates a link: 32 bytes that only this tenant's instances can make.
	LinkSeal(link mediation.AttachmentLink) []byte
	// DueBlobs are names of blobs that nothing refers to, by then, the oldest first.
	DueBlobs(ctx context.Context, now time.Time, limit int) ([]mediation.ID, error)
}

// AttachmentTx stores attachments.
type AttachmentTx interface {
	// ExpectBlob notes that a blob may lie under this name and is to be removed at that time.
	ExpectBlob(ctx context.Context, id mediation.ID, due time.Time) error
	// ForgetBlobs ends that for blobs that are removed.
	ForgetBlobs(ctx context.Context, ids []mediation.ID) error
	// FindAttachment reads within the transaction.
	FindAttachment(ctx context.Context, of, id mediation.ID) (SealedAttachment, error)
	// AttachmentScope locks the tenant's usage until the transaction ends, so that the quota is never exceeded.
	AttachmentScope(ctx context.Context, of mediation.ID) (mediation.AttachmentScope, error)
	// CreateAttachment stores a row and counts it. Conflict "upload-expired" when its blob was swept, "handed-over" when the
	// case is in another unit's custody.
	CreateAttachment(ctx context.Context, a SealedAttachment) error
	// WithdrawAttachment stores the withdrawal, destroys the key and counts it off.
	WithdrawAttachment(ctx context.Context, a mediation.Attachment) error
	// CreateLink stores a link, and drops those that expired a day ago.
	CreateLink(ctx context.Context, link mediation.AttachmentLink) error
}

// AttachmentUpload is a file as it is being sent.
type AttachmentUpload struct {
	mediation.AttachmentForm
	Size    int64 // as declared, -1 when it was not
	Content io.Reader
}

// Attach takes a file in: it is checked while it passes, sealed, stored, and becomes an attachment of the case in one
// transaction with its record. The request's key is completed by the digest of the content: who sends the same file again
// under one key gets the first attachment. Nothing remains of a file that is refused.
func (s *Service) Attach(ctx context.Context, r Request, of mediation.ID, upload AttachmentUpload) (mediation.Attachment, Receipt, error) {
	form, err := s.attachable(ctx, r, of, upload)
	if err != nil {
		return mediation.Attachment{}, Receipt{}, err
	}
	key, err := s.store.NewFileKey()
	if err != nil {
		return mediation.Attachment{}, Receipt{}, err
	}
	act := s.act(r)
	made := SealedAttachment{Key: key, Attachment: mediation.Attachment{
		ID: act.NewID(), Case: of, Version: 1, Kind: form.Kind, Name: form.Name, At: act.At, By: r.Actor.Principal,
	}}
	if err := s.deposit(ctx, &made, upload, form); err != nil {
		s.discard(ctx, made.ID)
		return mediation.Attachment{}, Receipt{}, err
	}
	receipt, err := s.attach(ctx, r, made)
	if err != nil || receipt.Replayed {
		s.discard(ctx, made.ID)
	}
	if err == nil && receipt.Replayed {
		made, err = s.store.FindAttachment(ctx, of, mediation.ID(receipt.ID))
	}
	return made.Attachment, receipt, err
}

// attachable is everything that can be refused before the first byte is read.
func (s *Service) attachable(ctx context.Context, r Request, of mediation.ID, upload AttachmentUpload) (mediation.AttachmentForm, error) {
	c, err := s.opened(ctx, r, mediation.ActionAttach, of)
	if err != nil {
		return mediation.AttachmentForm{}, err
	}
	if s.blobs == nil {
		return mediation.AttachmentForm{}, noBlobStore()
	}
	if err := c.CanAttach(); err != nil {
		return mediation.AttachmentForm{}, err
	}
	form, err := upload.Checked()
	if err != nil {
		return form, err
	}
	if upload.Size > mediation.MaximumAttachment {
		return form, tooLargeFile()
	}
	scope, err := s.store.AttachmentScope(ctx, of)
	if err != nil {
		return form, err
	}
	return form, scope.Room(max(upload.Size, 1))
}

// deposit brings the bytes into the blob store and fills in what is known of them only then.
func (s *Service) deposit(ctx context.Context, made *SealedAttachment, upload AttachmentUpload, form mediation.AttachmentForm) error {
	_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
		return Receipt{}, tx.ExpectBlob(ctx, made.ID, made.At.Add(uploadLife))
	})
	if err != nil {
		return err
	}
	passing := inspect(upload.Content, form)
	size := int64(-1)
	if upload.Size >= 0 {
		size = seal.SealedSize(upload.Size)
	}
	err = s.blobs.Put(ctx, string(made.ID), made.Key.Seal(passing), size)
	if refused := passing.refusal(); refused != nil {
		return refused
	}
	if err != nil {
		return blobOutage(err)
	}
	if err := passing.finish(); err != nil {
		return err
	}
	made.Media, made.Size, made.Digest = passing.media, passing.size, passing.digest()
	return nil
}

// attach makes the attachment of a blob that is there.
func (s *Service) attach(ctx context.Context, r Request, made SealedAttachment) (Receipt, error) {
	if r.Key != nil {
		completed := *r.Key
		sum := sha256.Sum256(append([]byte(completed.Fingerprint), made.Digest[:]...))
		completed.Fingerprint = hex.EncodeToString(sum[:])
		r.Key = &completed
	}
	return s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		c, err := s.heldFor(ctx, tx, r, mediation.ActionAttach, made.Case)
		if err != nil {
			return Receipt{}, err
		}
		if err := c.CanAttach(); err != nil {
			return Receipt{}, err
		}
		scope, err := tx.AttachmentScope(ctx, made.Case)
		if err != nil {
			return Receipt{}, err
		}
		if err := scope.Room(made.Size); err != nil {
			return Receipt{}, err
		}
		if err := tx.CreateAttachment(ctx, made); err != nil {
			return Receipt{}, err
		}
		entry := s.auditedAttachment(r, mediation.ActionAttach, made.Attachment)
		entry.Reason = "sha-256 " + hex.EncodeToString(made.Digest[:])
		return Receipt{ID: string(made.ID), Version: 1, Created: true}, tx.RecordAudit(ctx, entry)
	})
}

// heldFor locks the case for somebody who may.
func (s *Service) heldFor(ctx context.Context, tx Tx, r Request, action mediation.Action, id mediation.ID) (mediation.Case, error) {
	c, err := tx.LockCase(ctx, id)
	if err != nil {
		return c, err
	}
	if err := c.Permit(r.Actor, action); err != nil {
		return c, err
	}
	t, err := tx.Tenant(ctx)
	if err != nil {
		return c, err
	}
	return c, writable(t)
}

// auditedAttachment is an entry in the history of the attachment's case.
func (s *Service) auditedAttachment(r Request, action mediation.Action, a mediation.Attachment) mediation.AuditEntry {
	entry := s.audited(r, action, mediation.AuditObject{Kind: "case", ID: string(a.Case)})
	entry.Fields = []string{"/attachments/" + string(a.ID)}
	return entry
}

// discard removes a blob that nothing refers to, at once where that works; what does not is swept.
func (s *Service) discard(ctx context.Context, id mediation.ID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := s.removeBlobs(ctx, []mediation.ID{id}); err != nil {
		slog.WarnContext(ctx, "a blob is left to the sweep", "tenant", s.Unit(), "blob", string(id), "error", err)
	}
}

func (s *Service) removeBlobs(ctx context.Context, ids []mediation.ID) error {
	for _, id := range ids {
		if err := s.blobs.Remove(ctx, string(id)); err != nil {
			return blobOutage(err)
		}
	}
	_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
		return Receipt{}, tx.ForgetBlobs(ctx, ids)
	})
	return err
}

// SweepBlobs removes the blobs of uploads that came to nothing and of withdrawn attachments that could not be removed at
// once. It asks for no permission: time does it.
func (s *Service) SweepBlobs(ctx context.Context) (removed int, err error) {
	if s.blobs == nil {
		return 0, nil
	}
	ids, err := s.store.DueBlobs(ctx, s.now(), sweptAtOnce)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), s.removeBlobs(ctx, ids)
}

// Attachments lists the files of a case, newest first. limit 0 is the default.
func (s *Service) Attachments(ctx context.Context, r Request, of mediation.ID, after *Position, limit int) (AttachmentPage, error) {
	c, err := s.opened(ctx, r, mediation.ActionAttachmentList, of)
	if err != nil {
		return AttachmentPage{}, err
	}
	limit, err = mediation.CheckedLimit(limit)
	if err != nil {
		return AttachmentPage{}, err
	}
	page, err := s.store.ListAttachments(ctx, of, after, limit)
	if err != nil {
		return AttachmentPage{}, err
	}
	for i, a := range page.Attachments {
		page.Attachments[i] = shownAttachment(r, c, a)
	}
	return page, nil
}

// Attachment reads what is known of one file.
func (s *Service) Attachment(ctx context.Context, r Request, of, id mediation.ID) (mediation.Attachment, error) {
	c, err := s.opened(ctx, r, mediation.ActionAttachmentRead, of)
	if err != nil {
		return mediation.Attachment{}, err
	}
	a, err := s.store.FindAttachment(ctx, of, id)
	return shownAttachment(r, c, a.Attachment), err
}

func shownAttachment(r Request, c mediation.Case, a mediation.Attachment) mediation.Attachment {
	if c.Permit(r.Actor, mediation.ActionCaseNames) != nil {
		return a.Masked()
	}
	return a
}

// FetchAttachment opens a file to be read from any place, and records that. The caller closes the content, which shows
// nothing that was not authenticated; bytes that were changed end it with an error.
func (s *Service) FetchAttachment(ctx context.Context, r Request, of, id mediation.ID) (mediation.Attachment, io.ReadSeekCloser, error) {
	if _, err := s.opened(ctx, r, mediation.ActionAttachmentFetch, of); err != nil {
		return mediation.Attachment{}, nil, err
	}
	a, err := s.store.FindAttachment(ctx, of, id)
	if err != nil {
		return mediation.Attachment{}, nil, err
	}
	return s.fetch(ctx, r, a, "")
}

func (s *Service) fetch(ctx context.Context, r Request, a SealedAttachment, reason string) (mediation.Attachment, io.ReadSeekCloser, error) {
	if a.Withdrawal != nil {
		return a.Attachment, nil, mediation.UnknownAttachment()
	}
	if s.blobs == nil {
		return a.Attachment, nil, noBlobStore()
	}
	content := a.Key.Open(a.Size, func(offset int64) (io.ReadCloser, error) {
		body, err := s.blobs.Get(ctx, string(a.ID), offset)
		return body, blobOutage(err)
	})
	if err := first(content); err != nil {
		return a.Attachment, nil, errors.Join(err, content.Close())
	}
	entry := s.auditedAttachment(r, mediation.ActionAttachmentFetch, a.Attachment)
	entry.Reason = reason
	if err := s.store.RecordAudit(ctx, entry); err != nil {
		return a.Attachment, nil, errors.Join(err, content.Close())
	}
	return a.Attachment, content, nil
}

// first reads the beginning, so that a store that is down, or bytes that were changed, are told before an answer begins.
func first(content io.ReadSeeker) error {
	_, err := content.Read(make([]byte, 1))
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if errors.Is(err, seal.ErrOpen) || errors.Is(err, fs.ErrNotExist) {
		return mediation.Fail(mediation.Unavailable, "attachment-damaged",
			"What is stored is not the file that was sent: tell the administrator, who has a backup.", "存储的文件与上传时不一致，请联系管理员从备份恢复。").WithCause(err)
	}
	return err
}

// WithdrawAttachment takes a file away for a reason: its line stays, its key is destroyed, its bytes are removed. version
// is the version seen, 0 for any.
func (s *Service) WithdrawAttachment(ctx context.Context, r Request, of, id mediation.ID, version int64, reason string) (mediation.Attachment, Receipt, error) {
	if err := s.permit(r, mediation.ActionAttachmentWithdraw); err != nil {
		return mediation.Attachment{}, Receipt{}, err
	}
	var after mediation.Attachment
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		c, err := s.heldFor(ctx, tx, r, mediation.ActionAttachmentWithdraw, of)
		if err != nil {
			return Receipt{}, err
		}
		a, err := tx.FindAttachment(ctx, of, id)
		if err != nil {
			return Receipt{}, err
		}
		if version != 0 && version != a.Version {
			return Receipt{}, mediation.StaleVersion()
		}
		act := s.act(r)
		if after, err = a.Withdraw(c, reason, act); err != nil {
			return Receipt{}, err
		}
		entry := s.auditedAttachment(r, mediation.ActionAttachmentWithdraw, after)
		entry.Reason = after.Withdrawal.Reason
		receipt := Receipt{ID: string(id), Version: after.Version}
		return receipt, errors.Join(tx.WithdrawAttachment(ctx, after), tx.ExpectBlob(ctx, id, act.At), tx.RecordAudit(ctx, entry))
	})
	if err != nil {
		return mediation.Attachment{}, Receipt{}, err
	}
	if receipt.Replayed {
		a, err := s.store.FindAttachment(ctx, of, id)
		return a.Attachment, receipt, err
	}
	if s.blobs != nil {
		s.discard(ctx, id)
	}
	return after, receipt, nil
}

func noBlobStore() error {
	return mediation.Fail(mediation.Unavailable, "no-blob-store",
		"This installation has no place for attachments yet: its administrator configures one.", "本系统尚未配置附件存储，请联系管理员。")
}

func blobOutage(err error) error {
	if err == nil || mediation.CodeOf(err) != "" || errors.Is(err, fs.ErrNotExist) || errors.Is(err, context.Canceled) {
		return err
	}
	return mediation.Fail(mediation.Unavailable, "blob-store",
		"The store of attachments does not answer at the moment: try again in a few seconds.", "附件存储暂时无法访问，请稍后重试。").
		WithRetryAfter(3 * time.Second).WithCause(err)
}
