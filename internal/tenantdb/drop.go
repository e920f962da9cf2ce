package tenantdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Drop removes a tenant's schema, roles and rows, only with a held claim of this UID; when nothing of it is left it does
// nothing. Its keys are destroyed first, then files removes what lies outside the database (nil: there is nothing), and the claim
// goes last: cut off anywhere, a second call goes on. A county is dropped by DropCountyDatabase.
func (c *County) Drop(ctx context.Context, claim Claim, files func(ctx context.Context, code string) error) error {
	if claim.Kind != KindTownship {
		return &Problem{Reason: ReasonInvalidName, Message: "Drop removes a tenant; a county goes with its database"}
	}
	if err := c.checkClaim(claim); err != nil {
		return err
	}
	held, err := c.shredClaimed(ctx, claim)
	if err != nil {
		return problemOf(err, "destroy the keys of "+claim.Name)
	}
	if held && files != nil {
		if err := files(ctx, claim.Name); err != nil {
			return &Problem{Reason: ReasonFilesUnreachable, cause: err, Retry: true,
				Message:   "the files of " + claim.Name + " could not be removed: check where attachments lie, this is tried again",
				MessageZH: "无法删除 " + claim.Name + " 的附件：请检查附件存储，系统会重试"}
		}
	}
	err = locked(ctx, c.pool, "claims", func(tx pgx.Tx) error {
		recorded, occupied, err := c.recordedClaim(ctx, tx, claim)
		if err != nil || (recorded == nil && !occupied) {
			return err
		}
		held, err := proven(ctx, tx, claim)
		if err != nil {
			return err
		}
		if !held {
			return notOurs(claim)
		}
		return dropTenant(ctx, tx, claim.Name)
	})
	return problemOf(err, "drop "+claim.Name)
}

// shredClaimed destroys the keys of a tenant that stands and is the claim's. Whose it is not, Drop says afterwards.
func (c *County) shredClaimed(ctx context.Context, claim Claim) (held bool, err error) {
	err = locked(ctx, c.pool, "claims", func(tx pgx.Tx) error {
		if held, err = proven(ctx, tx, claim); err != nil || !held {
			return err
		}
		_, err = shredTenant(ctx, tx, claim.Name)
		if problem, ok := AsProblem(err); ok && problem.Reason == ReasonAbsent {
			return nil
		}
		return err
	})
	return held, err
}

func notOurs(claim Claim) *Problem {
	return &Problem{Reason: ReasonNotOurs, Message: "this resource does not hold the claim of " + claim.Name +
		", so its data is not dropped: only the resource that holds it may"}
}

// dropTenant takes the data keys with the schema: whatever a backup still holds of the tenant's texts stays sealed for good.
// What the tenant had in the county's tables goes too, masked names and digests included. Its seals stay: they are hashes.
func dropTenant(ctx context.Context, tx pgx.Tx, code string) error {
	if _, err := tx.Exec(ctx, fmt.Sprintf(`DROP SCHEMA IF EXISTS %s CASCADE`, quoted(TenantRole(code)))); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM county.event WHERE tenant = $1`,
		`DELETE FROM county.case_index WHERE origin = $1`,
		`DELETE FROM county.party_index WHERE tenant = $1`,
		`DELETE FROM county.clock WHERE tenant = $1`,
		`DELETE FROM county.posting WHERE tenant = $1 OR host = $1`,
		`DELETE FROM county.mediator WHERE tenant = $1`,
		`DELETE FROM county.organisation WHERE tenant = $1`,
		`DELETE FROM county.legal_adviser WHERE tenant = $1`,
		`DELETE FROM county.registry_journal WHERE tenant = $1`,
		`DELETE FROM county.reference WHERE unit = $1`,
		`DELETE FROM county.member WHERE unit = $1`,
		`DELETE FROM county.tenant WHERE code = $1`,
		`DELETE FROM county.claim WHERE kind = 'Township' AND name = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, code); err != nil {
			return err
		}
	}
	return dropRoles(ctx, tx, SlotLogin(code, "a"), SlotLogin(code, "b"), TenantRole(code), OwnerRole(code))
}

func dropRoles(ctx context.Context, q querier, names ...string) error {
	for _, name := range names {
		if _, err := q.Exec(ctx, `DROP ROLE IF EXISTS `+quoted(name)); err != nil {
			return err
		}
	}
	return nil
}

// DropCountyDatabase removes database and roles when proof is its held claim. After a crash between the two, a second
// call finds no database and removes the roles that are left: without a database they hold nothing.
func (s *Server) DropCountyDatabase(ctx context.Context, code string, proof Claim) error {
	county, err := s.County(ctx, code)
	if problem, ok := AsProblem(err); ok && problem.Reason != ReasonAbsent {
		return err
	}
	if err == nil {
		held, err := county.provenCounty(ctx, proof)
		county.Close()
		if err != nil {
			return problemOf(err, "drop county "+code)
		}
		if !held {
			return notOurs(proof)
		}
	}
	err = s.asOperator(ctx, func(conn *pgx.Conn) error {
		if err := dropDatabase(ctx, conn, CountyDatabase(code)); err != nil {
			return err
		}
		return dropCountyRoles(ctx, conn, code)
	})
	return problemOf(err, "drop county "+code)
}

func (c *County) provenCounty(ctx context.Context, proof Claim) (held bool, err error) {
	if proof.Kind != KindCounty || proof.Name != c.code {
		return false, nil
	}
	return proven(ctx, c.pool, proof)
}

// dropDatabase ends other sessions where the server lets us, and otherwise asks to be tried again when they are gone.
func dropDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, quoted(name)))
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == "42501" {
		_, err = conn.Exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %s`, quoted(name)))
	}
	return err
}

func dropCountyRoles(ctx context.Context, conn *pgx.Conn, code string) error {
	rows, err := conn.Query(ctx, `SELECT rolname FROM pg_roles WHERE rolname ~ ('^[ot]' || $1 || '([0-9]{3}(_[ab])?)?$')
		OR rolname IN ('county_' || $1, 'county_' || $1 || '_towns') ORDER BY length(rolname) DESC, rolname`, code)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	return dropRoles(ctx, conn, names...)
}
