package tenantdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Kinds of claims.
const (
	KindCounty   = "County"
	KindTownship = "Township"
)

// States of a claim.
const (
	claimHeld     = "held"
	claimRetained = "retained"
)

// Claim says which resource of which installation a schema belongs to.
type Claim struct {
	Kind         string // KindCounty or KindTownship
	Name         string // the unit's code
	Installation string // the directory's installation id
	UID          string // metadata.uid of the resource
	Adopt        bool   // the administrator's deliberate act: take over another's or nobody's
}

// ClaimOutcome says how a claim came to be held.
type ClaimOutcome string

// Outcomes of Claim.
const (
	ClaimHeld      ClaimOutcome = "Held"      // it was ours already
	ClaimMade      ClaimOutcome = "Made"      // there was nothing before
	ClaimReclaimed ClaimOutcome = "Reclaimed" // ours from an earlier life of the resource, retained or its UID gone
	ClaimAdopted   ClaimOutcome = "Adopted"   // another installation's or nobody's, taken over on request
)

// claimRow is a recorded claim; nil where there is none.
type claimRow struct{ installation, uid, state string }

// Claim takes the unit for this resource, before anything of it is created. A county's first claim creates the schema
// county in the same transaction, so a crash leaves either an empty database (free to claim) or a claimed one.
// Another installation's is a Problem ClaimedByAnother, a schema without a claim a Problem Unclaimed.
func (c *County) Claim(ctx context.Context, claim Claim) (outcome ClaimOutcome, err error) {
	if err := c.checkClaim(claim); err != nil {
		return "", err
	}
	err = locked(ctx, c.pool, "claims", func(tx pgx.Tx) error {
		recorded, occupied, err := c.recordedClaim(ctx, tx, claim)
		if err != nil {
			return err
		}
		outcome, err = decideClaim(claim, recorded, occupied)
		if err != nil || outcome == ClaimHeld {
			return err
		}
		if claim.Kind == KindCounty && recorded == nil {
			if err := c.foundCounty(ctx, tx); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO county.claim (kind, name, installation, uid, state) VALUES ($1, $2, $3, $4, 'held')
			ON CONFLICT (kind, name) DO UPDATE SET installation = excluded.installation, uid = excluded.uid, state = 'held', at = now()`,
			claim.Kind, claim.Name, claim.Installation, claim.UID)
		return err
	})
	if err != nil {
		return "", problemOf(err, "claim "+claim.Name)
	}
	return outcome, nil
}

func (c *County) checkClaim(claim Claim) error {
	if claim.Installation == "" || claim.UID == "" {
		return &Problem{Reason: ReasonInvalidName, Message: "a claim names its installation and the resource's UID"}
	}
	if claim.Kind == KindTownship {
		return c.checkTenant(claim.Name)
	}
	if claim.Kind != KindCounty || claim.Name != c.code {
		return &Problem{Reason: ReasonInvalidName, Message: "the claim of a county names this county, " + c.code}
	}
	return nil
}

// recordedClaim finds the claim's row and whether the unit holds anything already.
func (c *County) recordedClaim(ctx context.Context, tx pgx.Tx, claim Claim) (row *claimRow, occupied bool, err error) {
	const occupiedCounty = `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('public', 'information_schema'))
		OR EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace('public')), to_regclass('county.claim') IS NOT NULL`
	const occupiedTenant = `SELECT to_regnamespace($1) IS NOT NULL, to_regclass('county.claim') IS NOT NULL`
	var claims bool
	if claim.Kind == KindCounty {
		err = tx.QueryRow(ctx, occupiedCounty).Scan(&occupied, &claims)
	} else {
		err = tx.QueryRow(ctx, occupiedTenant, TenantRole(claim.Name)).Scan(&occupied, &claims)
	}
	if err != nil {
		return nil, false, err
	}
	if !claims {
		if claim.Kind == KindTownship {
			return nil, false, &Problem{Reason: ReasonAbsent, Message: "county " + c.code + " is not provisioned yet: wait until the County is Ready", Retry: true}
		}
		return nil, occupied, nil
	}
	row = &claimRow{}
	err = tx.QueryRow(ctx, `SELECT installation, uid, state FROM county.claim WHERE kind = $1 AND name = $2 FOR UPDATE`, claim.Kind, claim.Name).
		Scan(&row.installation, &row.uid, &row.state)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, occupied, nil
	}
	return row, occupied, err
}

// decideClaim is the whole rule of claims.
func decideClaim(claim Claim, recorded *claimRow, occupied bool) (ClaimOutcome, error) {
	adopt := fmt.Sprintf("; if this installation is to take it over, set annotation %s: %q on the resource", AdoptAnnotation, claim.Name)
	switch {
	case recorded == nil && !occupied:
		return ClaimMade, nil
	case recorded == nil && claim.Adopt:
		return ClaimAdopted, nil
	case recorded == nil:
		return "", &Problem{Reason: ReasonUnclaimed, Message: "there is data of " + claim.Name + " that nobody claims, perhaps a restored backup" + adopt}
	case recorded.installation != claim.Installation && claim.Adopt:
		return ClaimAdopted, nil
	case recorded.installation != claim.Installation:
		return "", &Problem{Reason: ReasonClaimedByAnother, Message: "installation " + recorded.installation + " has claimed " + claim.Name + ": remove it there" + adopt}
	case recorded.state == claimRetained || recorded.uid != claim.UID:
		return ClaimReclaimed, nil
	}
	return ClaimHeld, nil
}

// foundCounty makes the schema county with all its tables, so that a claim can be written.
func (c *County) foundCounty(ctx context.Context, tx pgx.Tx) error {
	owner := quoted(OwnerRole(c.code))
	if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS county AUTHORIZATION `+owner); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SET LOCAL ROLE `+owner); err != nil {
		return err
	}
	if _, _, err := c.migrateCounty(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `SET LOCAL ROLE tiaojie_operator`)
	return err
}

// Retain marks a held claim as retained: its resource is gone, its data stays. Without a held claim nothing happens.
func (c *County) Retain(ctx context.Context, claim Claim) (changed bool, err error) {
	tag, err := c.pool.Exec(ctx, `UPDATE county.claim SET state = 'retained', at = now()
		WHERE kind = $1 AND name = $2 AND installation = $3 AND uid = $4 AND state = 'held'`, claim.Kind, claim.Name, claim.Installation, claim.UID)
	return tag.RowsAffected() > 0, problemOf(err, "retain "+claim.Name)
}

// proven says whether the claim is held by exactly this resource.
func proven(ctx context.Context, q querier, claim Claim) (held bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM county.claim WHERE kind = $1 AND name = $2 AND installation = $3 AND uid = $4 AND state = $5)`,
		claim.Kind, claim.Name, claim.Installation, claim.UID, claimHeld).Scan(&held)
	return held, err
}
