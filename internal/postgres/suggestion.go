package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// selectLoad counts the open cases of whoever mediates one now. It begins with what is open, which is little beside all
// that ever was.
const selectLoad = `SELECT m.registry_id, m.subject, m.issuer, count(*) FROM county.case_index i JOIN mediator m ON m.case_id = i.case_id
	WHERE i.custodian = $1 AND i.open AND m.until IS NULL GROUP BY 1, 2, 3`

const poolOrganisations = selectOrganisation + fromOrganisation + ` WHERE ` + visibleOrganisation + ` ORDER BY r.id`

// Pool is who may be chosen for a case of the tenant, in one round trip.
func (s *TenantStore) Pool(ctx context.Context) (pool registry.Pool, err error) {
	err = use(ctx, s.source, func(p *pgxpool.Pool) error {
		pool, err = s.rows.pool(ctx, p)
		return err
	})
	return pool, err
}

func (r tenantRows) pool(ctx context.Context, q querier) (pool registry.Pool, err error) {
	batch := &pgx.Batch{}
	batch.Queue(selectMediator+fromMediator+` WHERE r.tenant = $1 AND r.status IN ('active', 'suspended') ORDER BY r.id`, r.code)
	batch.Queue(poolOrganisations, r.code, mediation.DeskOf(r.code))
	batch.Queue(selectLoad, r.code)
	results := q.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	if pool.Mediators, pool.Organisations, err = r.readPool(results); err != nil {
		return pool, err
	}
	rows, err := results.Query()
	if err != nil {
		return pool, err
	}
	pool.Load = map[registry.ID]int{}
	var (
		id, subject, issuer string
		open                int
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &subject, &issuer, &open}, func() error {
		for _, m := range pool.Mediators {
			if string(m.ID) == id || id == "" && m.Account(issuer, subject) {
				pool.Load[m.ID] += open
			}
		}
		return nil
	})
	return pool, err
}

func (r tenantRows) readPool(results pgx.BatchResults) ([]registry.Mediator, []registry.Organisation, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, nil, err
	}
	mediators, err := pgx.CollectRows(rows, r.scanMediator)
	if err != nil {
		return nil, nil, err
	}
	if rows, err = results.Query(); err != nil {
		return nil, nil, err
	}
	organisations, err := pgx.CollectRows(rows, r.scanOrganisation)
	return mediators, organisations, err
}

// Candidates are the named mediators whom the registry knows, the organisations in which they may serve, and the
// memberships of the named logins here and in the county, in one round trip.
func (t *tenantTx) Candidates(ctx context.Context, named []mediation.Mediator) (pool registry.Pool, members []mediation.Membership, err error) {
	var ids, subjects, issuers []string
	for _, m := range named {
		ids, subjects, issuers = append(ids, string(m.ID)), append(subjects, m.Subject), append(issuers, m.Issuer)
	}
	batch := &pgx.Batch{}
	batch.Queue(selectMediator+fromMediator+` JOIN unnest($2::text[], $3::text[], $4::text[]) u(id, subject, issuer)
		ON r.id::text = u.id OR u.id = '' AND u.subject <> '' AND r.subject = u.subject AND r.issuer = u.issuer
		WHERE r.tenant = $1 ORDER BY r.status IN ('active', 'suspended') DESC, r.id`, t.rows.code, ids, subjects, issuers)
	batch.Queue(poolOrganisations, t.rows.code, mediation.DeskOf(t.rows.code))
	batch.Queue(`SELECT `+memberRead+` FROM county.member WHERE unit IN ($1, $4)
		AND (issuer, subject) IN (SELECT * FROM unnest($2::text[], $3::text[]))`, t.rows.code, issuers, subjects, mediation.CountyOf(t.rows.code))
	results := t.tx.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	if pool.Mediators, pool.Organisations, err = t.rows.readPool(results); err != nil {
		return pool, nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return pool, nil, err
	}
	members, err = pgx.CollectRows(rows, scanMember)
	return pool, members, err
}
