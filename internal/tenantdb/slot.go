package tenantdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// slotSettings hold at login; the limits are those of pools that become a role without logging in as it.
func slotSettings(code string) []string {
	return []string{
		"role=" + TenantRole(code),
		"search_path=" + TenantRole(code) + ", county",
		"statement_timeout=15s",
		"lock_timeout=5s",
		"idle_in_transaction_session_timeout=30s",
	}
}

// EnsureSlot makes the login t<code>_<slot> ("a" or "b") that can only become t<code>. It inherits, so that CONNECT comes
// through the towns' group; what that shows it without its role is its own schema and, behind row-level security, nothing.
func (c *County) EnsureSlot(ctx context.Context, code, slot, password string, connections int) (changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return false, err
	}
	if !slotName.MatchString(slot) {
		return false, &Problem{Reason: ReasonInvalidName, Message: `a login slot is "a" or "b"`}
	}
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		return false, problemOf(err, "make the login of "+code)
	}
	defer conn.Release()
	changed, err = ensureLogin(ctx, conn.Conn(), c.endpoint, loginSpec{
		name: SlotLogin(code, slot), password: password, inherit: true, connections: connections,
		config: slotSettings(code), memberOf: []string{TenantRole(code)},
	})
	return changed, problemOf(err, "make the login of "+code)
}

// CloseSlots takes LOGIN from all slots of a tenant (retained, or served in shared mode).
func (c *County) CloseSlots(ctx context.Context, code string) (changed bool, err error) {
	if err := c.checkTenant(code); err != nil {
		return false, err
	}
	err = locked(ctx, c.pool, "unit "+code, func(tx pgx.Tx) error {
		slots, err := findRoles(ctx, tx, SlotLogin(code, "a"), SlotLogin(code, "b"))
		if err != nil {
			return err
		}
		var statements []string
		for _, name := range sortedKeys(slots) {
			if slots[name].login {
				statements = append(statements, fmt.Sprintf(`ALTER ROLE %s NOLOGIN`, quoted(name)))
			}
		}
		changed, err = run(ctx, tx, statements)
		return err
	})
	return changed, problemOf(err, "close the logins of "+code)
}
