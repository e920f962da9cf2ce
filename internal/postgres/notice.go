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
	kind  mediation.NoticeKind
	of    mediation.ID
	about string
	to    mediation.Principal
	id    mediation.ID
}

// Notify stores one notice for each person and wakes whoever delivers at commit. Its statements are as many as there are
// roles among the recipients, and two more, however many the notices.
func (t *tenantTx) Notify(ctx context.Context, notices ...mediation.Notice) error {
	told, holders, rows := map[noticeKey]bool{}, map[mediation.Role][]mediation.Recipient{}, &noticeRows{}
	for _, notice := range notices {
		if err := notice.Check(); err != nil {
			return err
		}
		people, err := t.recipients(ctx, notice.To, holders)
		if err != nil {
			return err
		}
		for _, to := range people {
			key := noticeKey{notice.Kind, notice.Case, notice.About, mediation.Principal{Issuer: to.Issuer, Subject: to.Subject}, ""}
			if to.Subject == "" {
				key.id = to.Registry
			}
			if told[key] {
				continue
			}
			told[key] = true
			notice.To = to
			if err := rows.add(t.rows, notice); err != nil {
				return err
			}
		}
	}
	if len(rows.ids) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	rows.queue(batch)
	batch.Queue(`SELECT pg_notify($1, $2)`, NoticeChannel, t.rows.code)
	return t.tx.SendBatch(ctx, batch).Close()
}

// recipients turns a role into the people who hold it now; holders are those of the roles that were asked for before.
func (t *tenantTx) recipients(ctx context.Context, to mediation.Recipient, holders map[mediation.Role][]mediation.Recipient) ([]mediation.Recipient, error) {
	if to.Role == "" {
		return []mediation.Recipient{to}, nil
	}
	if _, asked := holders[to.Role]; !asked {
		rows, err := t.tx.Query(ctx, `SELECT issuer, subject FROM county.member WHERE unit = $1 AND $2 = ANY (roles) ORDER BY subject, issuer`,
			t.rows.code, string(to.Role))
		if err != nil {
			return nil, err
		}
		holders[to.Role], err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r mediation.Recipient, err error) {
			err = row.Scan(&r.Issuer, &r.Subject)
			return r, err
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(holders[to.Role]), func(r mediation.Recipient) bool {
		return slices.ContainsFunc(to.Except, func(p mediation.Principal) bool { return p.Issuer == r.Issuer && p.Subject == r.Subject })
	}), nil
}

// noticeRows are the columns of notices that are written by one statement.
type noticeRows struct {
	ids, cases, kinds, urgencies, issuers, subjects, registryIDs []string
	moments                                                      []time.Time
	texts                                                        [][]byte
}

func (n *noticeRows) add(r tenantRows, notice mediation.Notice) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	text := r.noticeSealer(mediation.ID(id.String()))
	box := text.sealJSON("text", noticeText{Number: notice.Number, About: notice.About, ZH: notice.ZH, EN: notice.EN})
	n.ids, n.cases = append(n.ids, id.String()), append(n.cases, string(notice.Case))
	n.kinds, n.urgencies = append(n.kinds, string(notice.Kind)), append(n.urgencies, string(notice.Urgency))
	n.issuers, n.subjects = append(n.issuers, notice.To.Issuer), append(n.subjects, notice.To.Subject)
	n.registryIDs, n.moments = append(n.registryIDs, string(notice.To.Registry)), append(n.moments, notice.At)
	n.texts = append(n.texts, box)
	return text.err
}

func (n *noticeRows) queue(batch *pgx.Batch) {
	batch.Queue(`INSERT INTO notice (id, case_id, kind, urgency, issuer, subject, registry_id, at, text)
		SELECT u.id, u.case_id, u.kind, u.urgency, u.issuer, u.subject, u.registry_id, u.at, u.text
		FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[])
			u(id, case_id, kind, urgency, issuer, subject, registry_id, at, text)`,
		n.ids, n.cases, n.kinds, n.urgencies, n.issuers, n.subjects, n.registryIDs, n.moments, n.texts)
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
