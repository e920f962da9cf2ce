package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// spreadNotices marks new notices and writes their deliveries in one statement. Notices that somebody else is marking
// are left to them.
const spreadNotices = `
WITH fresh AS (
    SELECT id FROM notice WHERE NOT spread ORDER BY at, id LIMIT $4 FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE notice n SET spread = true FROM fresh f WHERE n.id = f.id RETURNING n.id, n.kind, n.urgency
), written AS (
    INSERT INTO delivery (notice_id, channel, urgency, state, next_at, updated_at)
    SELECT m.id, r.channel, m.urgency, 'pending', $3, $3
    FROM marked m JOIN unnest($1::text[], $2::text[]) r(channel, kind) ON r.kind = m.kind
    ON CONFLICT (notice_id, channel) DO NOTHING
)
SELECT count(*) FROM marked`

// SpreadNotices writes the deliveries of new notices.
func (s *TenantStore) SpreadNotices(ctx context.Context, routes []casework.Route, at time.Time, limit int) (n int, err error) {
	channels, kinds := make([]string, len(routes)), make([]string, len(routes))
	for i, route := range routes {
		channels[i], kinds[i] = route.Channel, string(route.Kind)
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		return pool.QueryRow(ctx, spreadNotices, channels, kinds, at, limit).Scan(&n)
	})
	return n, err
}

// claimDeliveries counts the attempt and moves the next one behind the lease, so that a sender that is lost loses
// nothing and a sender that is slow is not overtaken.
const claimDeliveries = `
WITH due AS (
    SELECT notice_id FROM delivery WHERE channel = $1 AND next_at <= $2
    ORDER BY urgency DESC, next_at LIMIT $4 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery d SET attempts = d.attempts + 1, next_at = $3, updated_at = $2
    FROM due WHERE d.notice_id = due.notice_id AND d.channel = $1 RETURNING d.notice_id, d.attempts
)
SELECT n.id::text, n.case_id::text, n.kind, n.urgency, n.issuer, n.subject, n.registry_id, n.at, n.text, c.attempts
FROM claimed c JOIN notice n ON n.id = c.notice_id ORDER BY n.urgency DESC, n.at, n.id`

// ClaimDeliveries takes due deliveries of a channel until the lease ends.
func (s *TenantStore) ClaimDeliveries(ctx context.Context, channel string, at, lease time.Time, limit int) (messages []casework.Message, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, claimDeliveries, channel, at, lease, limit)
		if err != nil {
			return err
		}
		messages, err = pgx.CollectRows(rows, s.rows.scanMessage)
		return err
	})
	return messages, err
}

func (r tenantRows) scanMessage(row pgx.CollectableRow) (casework.Message, error) {
	var (
		n        mediation.Notice
		attempts int
		box      []byte
	)
	err := row.Scan((*string)(&n.ID), (*string)(&n.Case), (*string)(&n.Kind), (*string)(&n.Urgency),
		&n.To.Issuer, &n.To.Subject, (*string)(&n.To.Registry), &n.At, &box, &attempts)
	if err != nil {
		return casework.Message{}, err
	}
	if err := r.openNotice(&n, box); err != nil {
		return casework.Message{}, err
	}
	return casework.Message{
		ID: n.ID, Tenant: r.code, Case: n.Case, Kind: n.Kind, Urgency: n.Urgency, Number: n.Number, About: n.About,
		ZH: n.ZH, EN: n.EN, To: n.To, At: mediation.LegalTime(n.At), Attempts: attempts,
	}, nil
}

// SettleDelivery writes down what came of an attempt, unless another attempt has begun since.
func (s *TenantStore) SettleDelivery(ctx context.Context, of casework.Settlement) error {
	var next *time.Time
	if !of.NextAt.IsZero() {
		next = &of.NextAt
	}
	return use(ctx, s.source, func(pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, `UPDATE delivery SET state = $4, next_at = $5, last_error = $6, updated_at = $7
			WHERE notice_id = $1 AND channel = $2 AND attempts = $3 AND next_at IS NOT NULL`,
			string(of.Notice), of.Channel, of.Attempts, string(of.State), next, of.Error, of.At)
		return err
	})
}

// NextDelivery is when the channel has something to deliver.
func (s *TenantStore) NextDelivery(ctx context.Context, channel string) (next *time.Time, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		return pool.QueryRow(ctx, `SELECT min(next_at) FROM delivery WHERE channel = $1 AND next_at IS NOT NULL`, channel).Scan(&next)
	})
	return legal(next), err
}

const selectPhone = selectMediator + fromMediator + ` WHERE r.tenant = $1 AND r.status = 'active'
	AND (r.id = $2 OR (r.subject = $3 AND r.issuer = $4 AND $3 <> '')) ORDER BY (r.id = $2) IS TRUE DESC, r.id LIMIT 1`

// Phone is the number of a recipient whom the tenant's registry of mediators knows, by its id or by login.
func (s *TenantStore) Phone(ctx context.Context, to mediation.Recipient) (phone string, err error) {
	var id *string
	if uuid.Validate(string(to.Registry)) == nil {
		id = optional(string(to.Registry))
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectPhone, s.rows.code, id, to.Subject, to.Issuer)
		if err != nil {
			return err
		}
		known, err := pgx.CollectRows(rows, s.rows.scanMediator)
		if len(known) > 0 {
			phone = known[0].Phone
		}
		return err
	})
	return phone, err
}

// Deliveries are those of one notice, by channel.
func (s *TenantStore) Deliveries(ctx context.Context, notice mediation.ID) (list []casework.Delivery, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, `SELECT channel, state, attempts, next_at, last_error, updated_at FROM delivery WHERE notice_id = $1`, string(notice))
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d casework.Delivery, err error) {
			err = row.Scan(&d.Channel, (*string)(&d.State), &d.Attempts, &d.NextAt, &d.LastError, &d.UpdatedAt)
			d.NextAt, d.UpdatedAt = legal(d.NextAt), mediation.LegalTime(d.UpdatedAt)
			return d, err
		})
		return err
	})
	slices.SortFunc(list, func(a, b casework.Delivery) int { return strings.Compare(a.Channel, b.Channel) })
	return list, err
}

// RetryDelivery makes a delivery that was given up due again. Its attempts go on counting, so that an answer to an earlier
// one that comes late changes nothing.
func (t *tenantTx) RetryDelivery(ctx context.Context, notice mediation.ID, channel string, at time.Time) error {
	var state mediation.DeliveryState
	err := t.tx.QueryRow(ctx, `SELECT state FROM delivery WHERE notice_id = $1 AND channel = $2 FOR UPDATE`, string(notice), channel).Scan((*string)(&state))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return mediation.UnknownDelivery()
	case err != nil:
		return err
	case state != mediation.DeliveryDead:
		return mediation.Fail(mediation.Conflict, "delivery-state",
			"Only a delivery that was given up is sent again: this one was sent, or still waits.", "只有已放弃的送达可以重发：此项已送达或者仍在等待。")
	}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE delivery SET state = 'pending', next_at = $3, updated_at = $3 WHERE notice_id = $1 AND channel = $2`, string(notice), channel, at)
	batch.Queue(`SELECT pg_notify($1, $2)`, NoticeChannel, t.rows.code)
	return t.tx.SendBatch(ctx, batch).Close()
}

// forgetDeliveries and forgetNotices leave to others what they are removing. A notice whose delivery waits stays.
const (
	forgetDeliveries = `DELETE FROM delivery WHERE (notice_id, channel) IN (
		SELECT notice_id, channel FROM delivery WHERE next_at IS NULL AND updated_at < $1 ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)`
	forgetNotices = `WITH old AS (
		SELECT n.id FROM notice n WHERE (n.read_at < $1 OR n.subject = '' AND n.at < $1) AND n.spread
			AND NOT EXISTS (SELECT FROM delivery d WHERE d.notice_id = n.id)
		LIMIT $2 FOR UPDATE SKIP LOCKED)
	DELETE FROM notice WHERE id IN (SELECT id FROM old)`
)

// ForgetNotices removes old deliveries, then old notices of which no delivery is left.
func (s *TenantStore) ForgetNotices(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		for _, statement := range []string{forgetDeliveries, forgetNotices} {
			tag, err := pool.Exec(ctx, statement, before, limit)
			if err != nil {
				return err
			}
			n += int(tag.RowsAffected())
		}
		return nil
	})
	return n, err
}
