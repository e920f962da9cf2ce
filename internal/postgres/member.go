package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	memberColumns = `unit, issuer, subject, name, roles, source, version, updated_at, kind, valid_from, valid_to, disabled, villages`
	memberRead    = `unit, issuer, subject, name, roles, source, version, updated_at, kind,
		COALESCE(to_char(valid_from, 'YYYY-MM-DD'), ''), COALESCE(to_char(valid_to, 'YYYY-MM-DD'), ''), disabled, villages`
)

func scanMember(row pgx.CollectableRow) (mediation.Membership, error) {
	var (
		m     mediation.Membership
		roles []string
	)
	err := row.Scan(&m.Unit, &m.Issuer, &m.Subject, &m.Name, &roles, &m.Source, &m.Version, &m.UpdatedAt, (*string)(&m.Kind), &m.ValidFrom, &m.ValidTo, &m.Disabled, &m.Villages)
	for _, role := range roles {
		m.Roles = append(m.Roles, mediation.Role(role))
	}
	m.UpdatedAt = mediation.LegalTime(m.UpdatedAt)
	if len(m.Villages) == 0 {
		m.Villages = nil
	}
	return m, err
}

const selectMemberships = `SELECT ` + memberRead + ` FROM county.member
	WHERE issuer = $1 AND subject = $2 AND CASE WHEN $3::text[] IS NULL
		THEN length(unit) = 6 OR EXISTS (SELECT FROM county.tenant t WHERE t.code = unit)
		ELSE unit = ANY($3) END
	ORDER BY unit`

// memberships are one person's rows in the given units; no units means all that the role may see, those of towns that
// were taken away left out.
func memberships(ctx context.Context, q querier, issuer, subject string, units ...string) ([]mediation.Membership, error) {
	rows, err := q.Query(ctx, selectMemberships, issuer, subject, units)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanMember)
}

// members are one unit's rows.
func members(ctx context.Context, q querier, unit string) ([]mediation.Membership, error) {
	rows, err := q.Query(ctx, `SELECT `+memberRead+` FROM county.member WHERE unit = $1 ORDER BY subject, issuer`, unit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanMember)
}

// seenMember is what a change of a member has to agree with.
type seenMember struct {
	version int64
	source  string
}

// findMember gives nil for somebody who is not a member. It takes no row lock: the resource's rows may be read and not
// locked by the API's roles; the change itself is guarded by the version.
func findMember(ctx context.Context, q querier, unit, issuer, subject string) (*seenMember, error) {
	var seen seenMember
	err := q.QueryRow(ctx, `SELECT version, source FROM county.member WHERE unit = $1 AND issuer = $2 AND subject = $3`, unit, issuer, subject).
		Scan(&seen.version, &seen.source)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nobody is an answer here, not a failure
	}
	return &seen, err
}

func (s *seenMember) mayChange(version int64) error {
	if s.source != mediation.MemberByAPI {
		return mediation.Fail(mediation.Conflict, "owned-by-resource",
			"This member comes from the County resource: change spec.administrators there.", "该成员由区县资源声明，请在 County 资源的 spec.administrators 中修改。")
	}
	if version != 0 && version != s.version {
		return mediation.StaleVersion()
	}
	return nil
}

func putMember(ctx context.Context, tx transaction, m mediation.Membership) (stored mediation.Membership, created bool, err error) {
	seen, err := findMember(ctx, tx, m.Unit, m.Issuer, m.Subject)
	if err != nil {
		return m, false, err
	}
	if err := apart(ctx, tx, m); err != nil {
		return m, false, err
	}
	roles := texts(m.Roles)
	m.Source = mediation.MemberByAPI
	if m.Kind == "" {
		m.Kind = mediation.MemberPerson
	}
	if seen == nil {
		return insertMember(ctx, tx, m, roles)
	}
	if err := seen.mayChange(m.Version); err != nil {
		return m, false, err
	}
	tag, err := tx.Exec(ctx, `UPDATE county.member SET name = $4, roles = $5, version = version + 1, updated_at = $6,
		kind = $8, valid_from = NULLIF($9, '')::date, valid_to = NULLIF($10, '')::date, disabled = $11, villages = $12
		WHERE unit = $1 AND issuer = $2 AND subject = $3 AND version = $7`, m.Unit, m.Issuer, m.Subject, m.Name, roles, m.UpdatedAt, seen.version,
		string(m.Kind), m.ValidFrom, m.ValidTo, m.Disabled, villages(m))
	if err == nil && tag.RowsAffected() == 0 {
		err = mediation.StaleVersion()
	}
	m.Version = seen.version + 1
	return m, false, err
}

// villages are never NULL.
func villages(m mediation.Membership) []string { return append([]string{}, m.Villages...) }

// apart refuses a membership that cannot stand beside the person's other ones, by what this transaction sees: a town sees
// its own rows and the county's. What it does not see, and whoever writes at the same moment, the table's own constraint
// refuses (dutiesApart).
func apart(ctx context.Context, q querier, m mediation.Membership) error {
	rows, err := q.Query(ctx, `SELECT `+memberRead+` FROM county.member WHERE issuer = $1 AND subject = $2 AND unit <> $3 ORDER BY unit`,
		m.Issuer, m.Subject, m.Unit)
	if err != nil {
		return err
	}
	others, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return err
	}
	return m.Apart(others)
}

// dutiesApart are the constraints of the county's members that keep the three administrators apart.
var dutiesApart = []string{"member_duties_apart", "member_one_duty"}

func insertMember(ctx context.Context, tx transaction, m mediation.Membership, roles []string) (mediation.Membership, bool, error) {
	if m.Version != 0 {
		return m, false, mediation.StaleVersion()
	}
	m.Version = 1
	tag, err := tx.Exec(ctx, `INSERT INTO county.member (`+memberColumns+`) VALUES
		($1, $2, $3, $4, $5, $6, $7, $8, $9, NULLIF($10, '')::date, NULLIF($11, '')::date, $12, $13) ON CONFLICT (unit, issuer, subject) DO NOTHING`,
		m.Unit, m.Issuer, m.Subject, m.Name, roles, m.Source, m.Version, m.UpdatedAt, string(m.Kind), m.ValidFrom, m.ValidTo, m.Disabled, villages(m))
	if err == nil && tag.RowsAffected() == 0 {
		err = mediation.StaleVersion()
	}
	return m, true, err
}

func removeMember(ctx context.Context, tx transaction, unit, issuer, subject string, version int64) error {
	seen, err := findMember(ctx, tx, unit, issuer, subject)
	if err != nil {
		return err
	}
	if seen == nil {
		return mediation.UnknownMember()
	}
	if err := seen.mayChange(version); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `DELETE FROM county.member WHERE unit = $1 AND issuer = $2 AND subject = $3 AND version = $4`,
		unit, issuer, subject, seen.version)
	if err == nil && tag.RowsAffected() == 0 {
		err = mediation.StaleVersion()
	}
	return err
}

// findMembership is one person's row in a unit; false for somebody who is no member.
func findMembership(ctx context.Context, q querier, unit, issuer, subject string) (mediation.Membership, bool, error) {
	rows, err := q.Query(ctx, `SELECT `+memberRead+` FROM county.member WHERE unit = $1 AND issuer = $2 AND subject = $3`, unit, issuer, subject)
	if err != nil {
		return mediation.Membership{}, false, err
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMember)
	if errors.Is(err, pgx.ErrNoRows) {
		return mediation.Membership{}, false, nil
	}
	return m, err == nil, err
}

// FindMember is one person's row in this tenant.
func (t *tenantTx) FindMember(ctx context.Context, issuer, subject string) (mediation.Membership, bool, error) {
	return findMembership(ctx, t.tx, t.rows.code, issuer, subject)
}

// EndMemberships shuts a person out of the county and of all its tenants, and gives all their rows as they are then.
// Those of the resource stay: the operator would bring them back.
func (t *countyTx) EndMemberships(ctx context.Context, issuer, subject string, at time.Time) ([]mediation.Membership, error) {
	_, err := t.tx.Exec(ctx, `UPDATE county.member SET disabled = true, version = version + 1, updated_at = $3
		WHERE issuer = $1 AND subject = $2 AND source = 'api' AND NOT disabled`, issuer, subject, at)
	if err != nil {
		return nil, err
	}
	return memberships(ctx, t.tx, issuer, subject)
}
