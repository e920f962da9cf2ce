package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
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
		people, err := t.recipients(ctx, notice.To, mediation.LegalDay(notice.At), holders)
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

// recipients turns a role into the people who hold it on the day; holders are those of the roles that were asked for before.
func (t *tenantTx) recipients(ctx context.Context, to mediation.Recipient, day string, holders map[mediation.Role][]mediation.Recipient) ([]mediation.Recipient, error) {
	if to.Role == "" {
		return []mediation.Recipient{to}, nil
	}
	if _, asked := holders[to.Role]; !asked {
		rows, err := t.tx.Query(ctx, `SELECT issuer, subject FROM county.member WHERE unit = $1 AND $2 = ANY (roles)
			AND NOT disabled AND $3::date BETWEEN COALESCE(valid_from, $3::date) AND COALESCE(valid_to, $3::date) ORDER BY subject, issuer`,
			t.rows.code, string(to.Role), day)
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

const selectNotice = `SELECT n.id::text, n.case_id::text, n.kind, n.urgency, n.issuer, n.subject, n.registry_id, n.at, n.read_at, n.text FROM notice n `

func (r tenantRows) scanNotice(row pgx.CollectableRow) (n mediation.Notice, err error) {
	var box []byte
	err = row.Scan((*string)(&n.ID), (*string)(&n.Case), (*string)(&n.Kind), (*string)(&n.Urgency),
		&n.To.Issuer, &n.To.Subject, (*string)(&n.To.Registry), &n.At, &n.ReadAt, &box)
	if err != nil {
		return n, err
	}
	n.At, n.ReadAt = mediation.LegalTime(n.At), legal(n.ReadAt)
	err = r.openNotice(&n, box)
	return n, err
}

func (r tenantRows) openNotice(n *mediation.Notice, box []byte) error {
	var text noticeText
	open := r.noticeSealer(n.ID)
	open.openJSON("text", box, &text)
	n.Number, n.About, n.ZH, n.EN = text.Number, text.About, text.ZH, text.EN
	return open.err
}

// ListNotices gives one person's notices, newest first, with the cases they are about.
func (s *TenantStore) ListNotices(ctx context.Context, who mediation.Principal, query casework.NoticeQuery) (inbox casework.Inbox, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		inbox, err = s.rows.listNotices(ctx, pool, who, query)
		return err
	})
	return inbox, err
}

func (r tenantRows) listNotices(ctx context.Context, q querier, who mediation.Principal, query casework.NoticeQuery) (inbox casework.Inbox, err error) {
	f := &filter{}
	f.add("n.subject = ?", who.Subject)
	f.add("n.issuer = ?", who.Issuer)
	f.addTold(query.Scope)
	mine, mineArgs := f.where(), slices.Clone(f.args)
	if query.Unread {
		f.conditions = append(f.conditions, "n.read_at IS NULL")
	}
	if len(query.Kinds) > 0 {
		f.add("n.kind = ANY (?)", texts(query.Kinds))
	}
	if query.Case != "" {
		f.add("n.case_id = ?::uuid", string(query.Case))
	}
	batch := &pgx.Batch{}
	batch.Queue(countUpTo("notice n"+mine+" AND n.read_at IS NULL"), mineArgs...)
	batch.Queue(countUpTo("notice n"+f.where()), f.args...)
	args := f.args
	behind := ""
	if query.After != nil {
		args = append(args, query.After.At, string(query.After.ID))
		behind = fmt.Sprintf(" AND (n.at, n.id) < ($%d, $%d::uuid)", len(args)-1, len(args))
	}
	args = append(args, query.Limit+1)
	batch.Queue(fmt.Sprintf("%s%s%s ORDER BY n.at DESC, n.id DESC LIMIT $%d", selectNotice, f.where(), behind, len(args)), args...)
	notices, err := readInbox(q.SendBatch(ctx, batch), &inbox, r.scanNotice)
	if err != nil {
		return inbox, err
	}
	notices, inbox.Next = cut(notices, query.Limit, func(n mediation.Notice) mediation.Position { return mediation.Position{At: n.At, ID: n.ID} })
	inbox.Notices, err = r.withCases(ctx, q, notices)
	return inbox, err
}

func countUpTo(from string) string {
	return fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM %s LIMIT %d) counted`, from, mediation.MaximumExactTotal+1)
}

// readInbox reads both counts, then the page.
func readInbox(results pgx.BatchResults, inbox *casework.Inbox, scan pgx.RowToFunc[mediation.Notice]) (notices []mediation.Notice, err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	for _, total := range []*mediation.Total{&inbox.Unread, &inbox.Total} {
		var count int
		if err := results.QueryRow().Scan(&count); err != nil {
			return nil, err
		}
		*total = mediation.Total{Value: min(count, mediation.MaximumExactTotal), Exact: count <= mediation.MaximumExactTotal}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// withCases puts each notice beside its case, in one statement for the page.
func (r tenantRows) withCases(ctx context.Context, q querier, notices []mediation.Notice) ([]casework.Told, error) {
	var ids []string
	for _, n := range notices {
		if !slices.Contains(ids, string(n.Case)) {
			ids = append(ids, string(n.Case))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := q.Query(ctx, selectListed+`WHERE c.id = ANY ($1::uuid[])`, ids)
	if err != nil {
		return nil, err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	if err != nil {
		return nil, err
	}
	told := make([]casework.Told, len(notices))
	for i, n := range notices {
		told[i].Notice = n
		if at := slices.IndexFunc(cases, func(c mediation.Case) bool { return c.ID == n.Case }); at >= 0 {
			told[i].Of = cases[at]
		}
	}
	return told, nil
}

// FindNotice reads anybody's notice.
func (s *TenantStore) FindNotice(ctx context.Context, id mediation.ID) (told casework.Told, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		told, err = s.rows.findNotice(ctx, pool, id)
		return err
	})
	return told, err
}

func (r tenantRows) findNotice(ctx context.Context, q querier, id mediation.ID) (casework.Told, error) {
	if uuid.Validate(string(id)) != nil {
		return casework.Told{}, mediation.UnknownNotice()
	}
	rows, err := q.Query(ctx, selectNotice+`WHERE n.id = $1`, string(id))
	if err != nil {
		return casework.Told{}, err
	}
	notice, err := pgx.CollectExactlyOneRow(rows, r.scanNotice)
	if errors.Is(err, pgx.ErrNoRows) {
		return casework.Told{}, mediation.UnknownNotice()
	}
	if err != nil {
		return casework.Told{}, err
	}
	told, err := r.withCases(ctx, q, []mediation.Notice{notice})
	if err != nil {
		return casework.Told{}, err
	}
	return told[0], nil
}
