package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// loginSpec is a login as it should be.
type loginSpec struct {
	name, password string
	inherit        bool
	connections    int
	config         []string // settings at login as pg_roles.rolconfig shows them
	memberOf       []string
}

// ensureLogin makes or repairs a login. On the way back it proves the password by logging in, so that one changed by
// hand is set again.
func ensureLogin(ctx context.Context, conn *pgx.Conn, endpoint Endpoint, want loginSpec) (changed bool, err error) {
	err = locked(ctx, conn, "login "+want.name, func(tx pgx.Tx) error {
		found, err := findRoles(ctx, tx, want.name)
		if err != nil {
			return err
		}
		have, exists := found[want.name]
		fresh := !exists || !markMatches(have.comment, want.password) || refused(ctx, endpoint, want, have)
		statements, err := loginStatements(want, have, exists, fresh)
		if err != nil {
			return err
		}
		members, err := findMemberships(ctx, tx, want.name)
		if err != nil {
			return err
		}
		for _, group := range want.memberOf {
			if !members.has(group, want.name) {
				statements = append(statements, fmt.Sprintf(`GRANT %s TO %s`, quoted(group), quoted(want.name)))
			}
		}
		changed, err = runOnRoles(ctx, tx, statements)
		return err
	})
	return changed, err
}

func loginStatements(want loginSpec, have roleState, exists, fresh bool) ([]string, error) {
	name := quoted(want.name)
	var statements []string
	inherit := map[bool]string{true: "INHERIT", false: "NOINHERIT"}[want.inherit]
	if !exists {
		statements = append(statements, fmt.Sprintf(`CREATE ROLE %s LOGIN %s CONNECTION LIMIT %d`, name, inherit, want.connections))
	} else if !have.login || have.inherit != want.inherit || have.connections != want.connections {
		statements = append(statements, fmt.Sprintf(`ALTER ROLE %s LOGIN %s CONNECTION LIMIT %d`, name, inherit, want.connections))
	}
	statements = append(statements, withdrawExcess(want.name, have.excess)...)
	if fresh {
		verifier, err := scramVerifier(want.password)
		if err != nil {
			return nil, err
		}
		mark, err := markOf(want.password)
		if err != nil {
			return nil, err
		}
		statements = append(statements,
			fmt.Sprintf(`ALTER ROLE %s PASSWORD '%s'`, name, verifier),
			fmt.Sprintf(`COMMENT ON ROLE %s IS '%s'`, name, mark))
	}
	return append(statements, settingStatements(want, have)...), nil
}

// withdrawExcess takes rights away. Only a superuser may take SUPERUSER, REPLICATION and BYPASSRLS: see runOnRoles.
func withdrawExcess(name string, excess []string) []string {
	var statements []string
	for _, right := range excess {
		statements = append(statements, fmt.Sprintf(`ALTER ROLE %s NO%s`, quoted(name), right))
	}
	return statements
}

func settingStatements(want loginSpec, have roleState) []string {
	var statements []string
	for _, setting := range want.config {
		if !slices.Contains(have.config, setting) {
			key, value, _ := strings.Cut(setting, "=")
			statements = append(statements, fmt.Sprintf(`ALTER ROLE %s SET %s = %s`, quoted(want.name), key, settingValue(key, value)))
		}
	}
	for _, setting := range have.config {
		key, _, _ := strings.Cut(setting, "=")
		named := func(s string) bool { return strings.HasPrefix(s, key+"=") }
		if !slices.ContainsFunc(want.config, named) {
			statements = append(statements, fmt.Sprintf(`ALTER ROLE %s RESET %s`, quoted(want.name), quoted(key)))
		}
	}
	return statements
}

// settingValue quotes a value; search_path is a list of names, everything else one string of digits and letters.
func settingValue(key, value string) string {
	if key != "search_path" {
		return "'" + value + "'"
	}
	names := strings.Split(value, ", ")
	for i, name := range names {
		names[i] = quoted(name)
	}
	return strings.Join(names, ", ")
}

// refused tells whether the server rejects this password now. Anything but a clear rejection counts as accepted.
func refused(ctx context.Context, endpoint Endpoint, want loginSpec, have roleState) bool {
	if !have.login || have.connections == 0 {
		return false
	}
	endpoint.User, endpoint.Password = want.name, want.password
	config, err := endpoint.Config()
	if err != nil {
		return false
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err == nil {
		_ = conn.Close(ctx)
		return false
	}
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == "28P01"
}
