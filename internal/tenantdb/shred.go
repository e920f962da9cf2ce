package tenantdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// shredder is who stands in the county's record for what is done with the operator's rights.
const shredder = "tiaojie-operator"

// Shred destroys the tenant's data keys for good: every text, name and file of it stays sealed, here, in copies and in backups,
// for whoever has not the key-encryption key of a time when a backup was made. What the county knew of its parties goes too.
// The table's file is replaced, so the wrapped keys are not left in it. It is one transaction with its line in the county's
// record; a tenant that was shredded before is left as it is.
func (c *County) Shred(ctx context.Context, code string) (changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return false, err
	}
	err = locked(ctx, c.pool, "data key "+code, func(tx pgx.Tx) error {
		changed, err = shredTenant(ctx, tx, code)
		return err
	})
	return changed && err == nil, problemOf(err, "destroy the keys of "+code)
}

func shredTenant(ctx context.Context, tx pgx.Tx, code string) (changed bool, err error) {
	var stands bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, TenantRole(code)+".data_key").Scan(&stands); err != nil {
		return false, err
	}
	if !stands {
		return false, &Problem{Reason: ReasonAbsent, Message: "there are no keys of " + code + " in this county: check the code",
			MessageZH: "本区县没有 " + code + " 的密钥：请核对代码"}
	}
	if done, err := shredded(ctx, tx, code); err != nil || done {
		return false, err
	}
	if _, err := tx.Exec(ctx, `TRUNCATE `+dataKeyTable(code)); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO `+dataKeyTable(code)+` (version, kek, wrapped) VALUES (1, $1, '')`, postgres.ShreddedKEK); err != nil {
		return false, err
	}
	for _, statement := range []string{
		`DELETE FROM county.party_index WHERE tenant = $1`,
		`UPDATE county.case_index SET masked_parties = '{}' WHERE origin = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, code); err != nil {
			return false, err
		}
	}
	return true, recordShredding(ctx, tx, code)
}

func recordShredding(ctx context.Context, tx pgx.Tx, code string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO county.audit (id, at, actor_issuer, actor_subject, actor_unit, actor_roles, action, outcome, code, object_kind,
		object_id, purpose, detail) VALUES ($1, now(), $2, $2, $3, '{}', $5, 'done', '', 'tenant', $4, '', '{}')`,
		id.String(), shredder, code[:6], code, string(mediation.ActionTenantShred))
	return err
}
