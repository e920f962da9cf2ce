package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// NoticeChannel is on what a county's database tells, at commit, that a tenant has something to deliver; the payload is
// the tenant's code.
const NoticeChannel = "tiaojie_notice"

// noticeText is the sealed part of a notice.
type noticeText struct {
	Number string `json:"number,omitempty"`
	About  string `json:"about,omitempty"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// noticeKey is what nobody is told twice by one act.
type noticeKey struct {
	kind mediation.NoticeKind
	of   mediation.ID
	to   mediation.Principal
	id   mediation.ID
}

// Notify stores one notice for each person and wakes whoever delivers at commit.
func (t *tenantTx) Notify(ctx context.Context, notices ...mediation.Notice) error {
	told := map[noticeKey]bool{}
	batch := &pgx.Batch{}
	for _, notice := range notices {
		if err := notice.Check(); err != nil {
			return err
		}
		people, err := t.recipients(ctx, notice.To)
		if err != nil {
			return err
		}
		for _, to := range people {
			key := noticeKey{notice.Kind, notice.Case, mediation.Principal{Issuer: to.Issuer, Subject: to.Subject}, ""}
			if to.Subject == "" {
				key.id = to.Registry
			}
			if told[key] {
				continue
			}
			told[key] = true
			notice.To = to
			if err := t.rows.queueNotice(batch, notice); err != nil {
				return err
			}
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	batch.Queue(`SELECT pg_notify($1, $2)`, NoticeChannel, t.rows.code)
	return t.tx.SendBatch(ctx, batch).Close()
}

// recipients turns a role into the people who hold it now.
func (t *tenantTx) recipients(ctx context.Context, to mediation.Recipient) ([]mediation.Recipient, error) {
	if to.Role == "" {
		return []mediation.Recipient{to}, nil
	}
	rows, err := t.tx.Query(ctx, `SELECT issuer, subject FROM county.member WHERE unit = $1 AND $2 = ANY (roles) ORDER BY subject, issuer`,
		t.rows.code, string(to.Role))
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r mediation.Recipient, err error) {
		err = row.Scan(&r.Issuer, &r.Subject)
		return r, err
	})
	return slices.DeleteFunc(people, func(r mediation.Recipient) bool {
		return slices.ContainsFunc(to.Except, func(p mediation.Principal) bool { return p.Issuer == r.Issuer && p.Subject == r.Subject })
	}), err
}

func (r tenantRows) queueNotice(batch *pgx.Batch, n mediation.Notice) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	text := r.noticeSealer(mediation.ID(id.String()))
	box := text.sealJSON("text", noticeText{Number: n.Number, About: n.About, ZH: n.ZH, EN: n.EN})
	if text.err != nil {
		return text.err
	}
	batch.Queue(`INSERT INTO notice (id, case_id, kind, urgency, issuer, subject, registry_id, at, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id.String(), string(n.Case), string(n.Kind), string(n.Urgency), n.To.Issuer, n.To.Subject, string(n.To.Registry), n.At, box)
	return nil
}

func (r tenantRows) noticeSealer(id mediation.ID) *sealer {
	return &sealer{codec: r.codec, tenant: r.code, table: "notice", row: id}
}

// ReadNotices marks the person's unread notices up to and including the position.
func (t *tenantTx) ReadNotices(ctx context.Context, who mediation.Principal, upTo mediation.Position, at time.Time) (int, error) {
	tag, err := t.tx.Exec(ctx, `UPDATE notice SET read_at = $5
		WHERE subject = $1 AND issuer = $2 AND read_at IS NULL AND (at, id) <= ($3, $4::uuid)`,
		who.Subject, who.Issuer, upTo.At, string(upTo.ID), at)
	return int(tag.RowsAffected()), err
}

// ReadNotice marks one notice of the person; the first reading stays.
func (t *tenantTx) ReadNotice(ctx context.Context, who mediation.Principal, id mediation.ID, at time.Time) error {
	if uuid.Validate(string(id)) != nil {
		return mediation.UnknownNotice()
	}
	tag, err := t.tx.Exec(ctx, `UPDATE notice SET read_at = COALESCE(read_at, $4) WHERE id = $1 AND subject = $2 AND issuer = $3`,
		string(id), who.Subject, who.Issuer, at)
	if err == nil && tag.RowsAffected() == 0 {
		return mediation.UnknownNotice()
	}
	return err
}
