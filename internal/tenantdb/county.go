package tenantdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// County is an open pool into one county's database as tiaojie_operator.
type County struct {
	code     string
	endpoint Endpoint
	pool     *pgxpool.Pool
}

// Administrator is an API subject that the County resource names.
type Administrator struct {
	Issuer, Subject    string
	ValidFrom, ValidTo string // first and last day, YYYY-MM-DD; "" means no bound
}

// EnsureCountyDatabase makes the roles o<code>, county_<code>, county_<code>_towns and the database county_<code>, into
// which only the county's own roles and the two server-wide logins may connect.
func (s *Server) EnsureCountyDatabase(ctx context.Context, code string) (changed bool, err error) {
	if err := checkCounty(code); err != nil {
		return false, err
	}
	err = s.asOperator(ctx, func(conn *pgx.Conn) error {
		err := locked(ctx, conn, "county "+code, func(tx pgx.Tx) error {
			changed, err = ensureGroups(ctx, tx, countyGroups(code))
			return err
		})
		if err != nil {
			return err
		}
		made, err := ensureDatabase(ctx, conn, CountyDatabase(code), APILogin, WorkerLogin, TownsRole(code))
		changed = changed || made
		return err
	})
	return changed, problemOf(err, "make the database of county "+code)
}

// ensureDatabase makes a database that only its owner tiaojie_operator and the given roles may enter.
func ensureDatabase(ctx context.Context, conn *pgx.Conn, name string, enter ...string) (changed bool, err error) {
	var owner *string
	if err := conn.QueryRow(ctx, `SELECT (SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1)`, name).Scan(&owner); err != nil {
		return false, err
	}
	if owner == nil {
		// CREATE DATABASE knows no transaction, so no lock: whoever comes second is told that it exists.
		_, err := conn.Exec(ctx, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'`, quoted(name)))
		if err != nil && !existsAlready(err) {
			return false, err
		}
		changed = true
	} else if *owner != OperatorRole {
		return false, &Problem{Reason: ReasonNotOurs, Message: "database " + name + " belongs to " + *owner +
			": if it is to be used here, run ALTER DATABASE " + quoted(name) + " OWNER TO tiaojie_operator"}
	}
	err = locked(ctx, conn, "database "+name, func(tx pgx.Tx) error {
		_, statements, err := databaseDrift(ctx, tx, name, enter)
		if err != nil {
			return err
		}
		altered, err := run(ctx, tx, statements)
		changed = changed || altered
		return err
	})
	return changed, err
}

// existsAlready says whether a database of this name stood before (duplicate_database), or came to stand while ours was
// being made (unique_violation in pg_database).
func existsAlready(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && (answer.Code == "42P04" || answer.Code == "23505")
}

// databaseDrift compares who may connect. A database without an ACL of its own lets everybody in.
func databaseDrift(ctx context.Context, q querier, name string, enter []string) (findings []Finding, statements []string, err error) {
	rows, err := q.Query(ctx, `SELECT COALESCE(r.rolname, 'PUBLIC'), x.privilege_type, x.is_grantable FROM pg_database d
		CROSS JOIN LATERAL aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) x LEFT JOIN pg_roles r ON r.oid = x.grantee
		WHERE d.datname = $1 AND x.grantee <> d.datdba`, name)
	if err != nil {
		return nil, nil, err
	}
	found := map[right]bool{}
	var r right
	if _, err := pgx.ForEachRow(rows, []any{&r.grantee, &r.verb, &r.grantable}, func() error { found[r] = true; return nil }); err != nil {
		return nil, nil, err
	}
	declared := map[right]bool{}
	for _, role := range enter {
		declared[right{grantee: role, verb: "CONNECT"}] = true
	}
	for _, r := range sortedRights(found) {
		if !declared[r] {
			findings = append(findings, Finding{Object: "database " + name, Message: r.grantee + " has " + r.verb + ", which is not declared"})
			statements = append(statements, fmt.Sprintf(`REVOKE %s ON DATABASE %s FROM %s`, r.verb, quoted(name), r.role()))
		}
	}
	for _, r := range sortedRights(declared) {
		if !found[r] {
			findings = append(findings, Finding{Object: "database " + name, Message: r.grantee + " lacks " + r.verb})
			statements = append(statements, fmt.Sprintf(`GRANT %s ON DATABASE %s TO %s`, r.verb, quoted(name), r.role()))
		}
	}
	return findings, statements, nil
}

// County opens a county's database; without one the error is a Problem Absent.
func (s *Server) County(ctx context.Context, code string) (*County, error) {
	if err := checkCounty(code); err != nil {
		return nil, err
	}
	endpoint := s.endpoint
	endpoint.Database = CountyDatabase(code)
	pool, err := openPool(ctx, endpoint, maxCountyConnections, becomeOperator)
	if err != nil {
		return nil, problemOf(err, "open the database of county "+code)
	}
	return &County{code: code, endpoint: s.endpoint, pool: pool}, nil
}

func becomeOperator(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET ROLE tiaojie_operator`)
	return err
}

// Close ends all connections.
func (c *County) Close() { c.pool.Close() }

// asOwner runs work in a locked transaction as the owner of a unit's schema.
func (c *County) asOwner(ctx context.Context, unit string, work func(tx pgx.Tx) error) error {
	return locked(ctx, c.pool, "unit "+unit, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL ROLE `+quoted(OwnerRole(unit))); err != nil {
			return err
		}
		return work(tx)
	})
}

// MigrateCounty brings the schema county, its grants and policies up to date.
func (c *County) MigrateCounty(ctx context.Context) (version int, changed bool, err error) {
	err = c.asOwner(ctx, c.code, func(tx pgx.Tx) error {
		version, changed, err = c.migrateCounty(ctx, tx)
		return err
	})
	if err != nil {
		return version, false, problemOf(err, "migrate the schema county of "+c.code)
	}
	closed, err := c.closePublic(ctx)
	return version, changed || closed, problemOf(err, "close the schema public of "+c.code)
}

func (c *County) migrateCounty(ctx context.Context, tx pgx.Tx) (version int, changed bool, err error) {
	version, applied, err := postgres.Migrate(ctx, tx, postgres.CountySet, "county")
	if err != nil {
		return version, false, err
	}
	found, err := observeRights(ctx, tx, []string{"county"})
	if err != nil {
		return version, false, err
	}
	_, statements := rightsDrift("county", declaredRights(countyGrants, c.code), found["county"])
	policies, err := observePolicies(ctx, tx)
	if err != nil {
		return version, false, err
	}
	_, more := policyDrift(c.code, policies)
	changed, err = run(ctx, tx, append(statements, more...))
	return version, changed || applied > 0, err
}

// closePublic takes from everybody what PostgreSQL gives on the schema public.
func (c *County) closePublic(ctx context.Context) (changed bool, err error) {
	var open bool
	if err := c.pool.QueryRow(ctx, `SELECT COALESCE(has_schema_privilege('public', to_regnamespace('public'), 'USAGE'), false)`).Scan(&open); err != nil || !open {
		return false, err
	}
	_, err = c.pool.Exec(ctx, `REVOKE ALL ON SCHEMA public FROM PUBLIC`)
	return true, err
}

// PutCounty writes the county's own row.
func (c *County) PutCounty(ctx context.Context, entry CountyEntry) (changed bool, err error) {
	tag, err := c.pool.Exec(ctx, `INSERT INTO county.county AS c (code, name) VALUES ($1, $2)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, updated_at = now() WHERE c.name <> excluded.name`, c.code, entry.Name)
	return tag.RowsAffected() > 0, problemOf(err, "write the row of county "+c.code)
}

// PutAdministrators makes the given subjects, and no others, the county's administrators that come from the resource. A
// subject that the API had made a member before becomes the resource's.
func (c *County) PutAdministrators(ctx context.Context, administrators []Administrator) (changed bool, err error) {
	issuers, subjects, begins, ends := []string{}, []string{}, []string{}, []string{}
	for _, a := range administrators {
		issuers, subjects = append(issuers, a.Issuer), append(subjects, a.Subject)
		begins, ends = append(begins, a.ValidFrom), append(ends, a.ValidTo)
	}
	const remove = `DELETE FROM county.member m WHERE m.unit = $1 AND m.source = 'resource'
		AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) w(issuer, subject) WHERE (w.issuer, w.subject) = (m.issuer, m.subject))`
	//nolint:dupword // a subject is its own name until the person has one
	const put = `INSERT INTO county.member AS m (unit, issuer, subject, name, roles, source, version, updated_at, valid_from, valid_to)
		SELECT DISTINCT ON (w.issuer, w.subject) $1, w.issuer, w.subject, w.subject, ARRAY['county-administrator'], 'resource', 1, now(),
			NULLIF(w.valid_from, '')::date, NULLIF(w.valid_to, '')::date
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) w(issuer, subject, valid_from, valid_to)
		ON CONFLICT (unit, issuer, subject) DO UPDATE SET roles = excluded.roles, source = 'resource', disabled = false,
			valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = m.version + 1, updated_at = now()
		WHERE m.source <> 'resource' OR (m.roles, m.valid_from, m.valid_to, m.disabled) IS DISTINCT FROM (excluded.roles, excluded.valid_from, excluded.valid_to, false)`
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		removed, err := tx.Exec(ctx, remove, c.code, issuers, subjects)
		if err != nil {
			return err
		}
		written, err := tx.Exec(ctx, put, c.code, issuers, subjects, begins, ends)
		changed = removed.RowsAffected()+written.RowsAffected() > 0
		return err
	})
	return changed, problemOf(err, "write the administrators of county "+c.code)
}
