package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/registry"
)

// selectServing counts, for each host, the active mediators who serve in its organisations on a day; whoever serves in two
// of them counts once.
const selectServing = `
SELECT s.host, count(*) FILTER (WHERE s.full_time), count(*) FILTER (WHERE NOT s.full_time), count(*) FILTER (WHERE s.filed), count(*) FILTER (WHERE s.verified)
FROM (SELECT p.host, m.tenant, m.id, m.filed, m.verified, bool_or(p.engagement = 'full-time') AS full_time
      FROM county.posting p JOIN county.mediator m ON m.tenant = p.tenant AND m.id = p.mediator
      WHERE m.status = 'active' AND p.from_on <= $1::text::date AND (p.to_on IS NULL OR p.to_on >= $1::text::date)
      GROUP BY 1, 2, 3, 4, 5) s
GROUP BY 1`

const (
	selectWorking = `SELECT tenant, kind, count(*) FROM county.organisation WHERE status = 'active' GROUP BY 1, 2`
	selectAdvised = `SELECT tenant, count(*) FROM county.legal_adviser
		WHERE status = 'active' AND contract_from <= $1::text::date AND contract_to >= $1::text::date GROUP BY 1`
)

// Staffing counts organisations, mediators and advisers of each tenant on a day, by code, the desk first.
func (s *CountyStore) Staffing(ctx context.Context, day string) (list []registry.Staffing, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT code, name FROM county.tenant ORDER BY code`)
	batch.Queue(selectServing, day)
	batch.Queue(selectWorking)
	batch.Queue(selectAdvised, day)
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		list, err = readStaffing(pool.SendBatch(ctx, batch))
		return err
	})
	return list, err
}

func readStaffing(results pgx.BatchResults) (list []registry.Staffing, err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	at := map[string]*registry.Staffing{}
	var (
		code, name, kind            string
		full, part, filed, verified int
		count                       int
		each                        = func(into []any, note func(*registry.Staffing)) error {
			rows, err := results.Query()
			if err != nil {
				return err
			}
			_, err = pgx.ForEachRow(rows, into, func() error {
				if s, known := at[code]; known {
					note(s)
				}
				return nil
			})
			return err
		}
	)
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	var codes []string
	if _, err = pgx.ForEachRow(rows, []any{&code, &name}, func() error {
		codes = append(codes, code)
		at[code] = &registry.Staffing{Tenant: code, TenantName: name, Organisations: map[registry.OrganisationKind]int{}}
		return nil
	}); err != nil {
		return nil, err
	}
	err = errors.Join(
		each([]any{&code, &full, &part, &filed, &verified}, func(s *registry.Staffing) { s.FullTime, s.PartTime, s.Filed, s.Verified = full, part, filed, verified }),
		each([]any{&code, &kind, &count}, func(s *registry.Staffing) { s.Organisations[registry.OrganisationKind(kind)] = count }),
		each([]any{&code, &count}, func(s *registry.Staffing) { s.Advisers = count }),
	)
	for _, c := range codes {
		list = append(list, *at[c])
	}
	return list, err
}
