package tenantdb

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Logins are the passwords of the two server-wide logins.
type Logins struct{ API, Worker string }

// roleState is a role as pg_roles tells it.
type roleState struct {
	name        string
	login       bool
	inherit     bool
	excess      []string // rights it has and none of ours should: SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS
	connections int      // CONNECTION LIMIT, -1 = none
	config      []string
	comment     string
}

const selectRoles = `
SELECT r.rolname, r.rolcanlogin, r.rolinherit, 
       array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
           CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
           CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL),
       r.rolconnlimit, COALESCE(r.rolconfig, '{}'), COALESCE(shobj_description(r.oid, 'pg_authid'), '')
FROM pg_roles r WHERE r.rolname = ANY($1)`

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func scanRole(row pgx.CollectableRow) (roleState, error) {
	var r roleState
	err := row.Scan(&r.name, &r.login, &r.inherit, &r.excess, &r.connections, &r.config, &r.comment)
	return r, err
}

func findRoles(ctx context.Context, q querier, names ...string) (map[string]roleState, error) {
	rows, err := q.Query(ctx, selectRoles, names)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanRole)
	found := make(map[string]roleState, len(list))
	for _, r := range list {
		found[r.name] = r
	}
	return found, err
}

// run executes statements one by one and says whether there were any.
func run(ctx context.Context, q querier, statements []string) (changed bool, err error) {
	for _, statement := range statements {
		if _, err := q.Exec(ctx, statement); err != nil {
			return false, err
		}
	}
	return len(statements) > 0, nil
}

// EnsureRoles makes tiaojie_operator (as the login, granted to it) and then, as tiaojie_operator, the logins tiaojie_api
// and tiaojie_worker. A password is set only when it is not the one that was set last or no longer opens the server.
func (s *Server) EnsureRoles(ctx context.Context, logins Logins) (changed bool, err error) {
	made, err := s.ensureOperator(ctx)
	if err != nil {
		return false, problemOf(err, "make the role tiaojie_operator")
	}
	for _, login := range []loginSpec{
		{name: APILogin, password: logins.API, connections: -1},
		{name: WorkerLogin, password: logins.Worker, connections: -1},
	} {
		err := s.asOperator(ctx, func(conn *pgx.Conn) error {
			altered, err := ensureLogin(ctx, conn, s.endpoint, login)
			made = made || altered
			return err
		})
		if err != nil {
			return false, problemOf(err, "make the login "+login.name)
		}
	}
	return made, nil
}

func (s *Server) ensureOperator(ctx context.Context) (changed bool, err error) {
	err = locked(ctx, s.pool, "server roles", func(tx pgx.Tx) error {
		found, err := findRoles(ctx, tx, OperatorRole)
		if err != nil {
			return err
		}
		if _, exists := found[OperatorRole]; !exists {
			changed = true
			if _, err := tx.Exec(ctx, `CREATE ROLE tiaojie_operator NOLOGIN CREATEROLE CREATEDB`); err != nil {
				return err
			}
		}
		var mayBecome bool
		if err := tx.QueryRow(ctx, `SELECT `+mayBecomeOperator).Scan(&mayBecome); err != nil || mayBecome {
			return err
		}
		changed = true
		_, err = tx.Exec(ctx, `GRANT tiaojie_operator TO CURRENT_USER`)
		return err
	})
	return changed, err
}

// runOnRoles is run for statements on roles. What a superuser did to a role only a superuser can undo: then the error is a
// Problem MissingRight that names the statements.
func runOnRoles(ctx context.Context, q querier, statements []string) (changed bool, err error) {
	changed, err = run(ctx, q, statements)
	if !lacksRight(err) {
		return changed, err
	}
	var reserved []string
	for _, statement := range statements {
		if reservedToSuperusers.MatchString(statement) {
			reserved = append(reserved, statement)
		}
	}
	if len(reserved) == 0 {
		return false, err
	}
	return false, onlySuperuser(reserved)
}

// reservedToSuperusers finds what takes away an attribute that CREATEROLE does not reach.
var reservedToSuperusers = regexp.MustCompile(`^ALTER ROLE \S+ NO(SUPERUSER|REPLICATION|BYPASSRLS)$`)

func onlySuperuser(statements []string) *Problem {
	text := strings.Join(statements, "; ")
	return &Problem{Reason: ReasonMissingRight,
		Message:   "a superuser changed roles by hand and only a superuser can change them back: as one run " + text,
		MessageZH: "超级用户手工修改了角色，只有超级用户才能改回：请以超级用户执行 " + text}
}

// membership says that member is in group.
type membership struct {
	group, member string
	admin         bool // member may admit others
}

type memberships []membership

func (list memberships) has(group, member string) bool {
	return slices.ContainsFunc(list, func(m membership) bool { return m.group == group && m.member == member })
}

// From PostgreSQL 16 on a membership has one row per grantor, and a maker is a member who may only admit others.
const selectMemberships = `
SELECT g.rolname, r.rolname, bool_or(m.admin_option) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
WHERE (g.rolname = ANY($1) OR r.rolname = ANY($1))
  AND (r.rolname <> 'tiaojie_operator' OR pg_has_role(r.oid, g.oid, 'USAGE')) GROUP BY 1, 2 ORDER BY 1, 2`

func findMemberships(ctx context.Context, q querier, names ...string) (memberships, error) {
	rows, err := q.Query(ctx, selectMemberships, names)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (membership, error) {
		var m membership
		err := row.Scan(&m.group, &m.member, &m.admin)
		return m, err
	})
}

// groupSpec is a NOLOGIN role as it should be.
type groupSpec struct {
	name     string
	memberOf []string                 // exactly these groups
	members  []string                 // these must be in it
	guests   func(member string) bool // these may be in it; nil = nobody
}

// countyGroups are the roles of a county itself.
func countyGroups(code string) []groupSpec {
	town := func(member string) bool { return len(member) == 10 && member[:7] == TenantRole(code) }
	return []groupSpec{
		{name: OwnerRole(code), members: []string{OperatorRole}},
		{name: CountyRole(code), members: []string{APILogin, WorkerLogin}},
		{name: TownsRole(code), guests: town},
	}
}

// tenantGroups are the roles of one tenant. No runtime role is in o<code>, so none can become an owner.
func tenantGroups(code string) []groupSpec {
	slot := func(member string) bool { return member == SlotLogin(code, "a") || member == SlotLogin(code, "b") }
	return []groupSpec{
		{name: OwnerRole(code), members: []string{OperatorRole}},
		{name: TenantRole(code), memberOf: []string{TownsRole(code[:6])}, members: []string{APILogin, WorkerLogin}, guests: slot},
	}
}

// drift compares a group with what is there and gives the statements that repair it.
func (g groupSpec) drift(roles map[string]roleState, members memberships) (findings []Finding, statements []string) {
	note := func(message, repair string) {
		findings = append(findings, Finding{Object: "role " + g.name, Message: message})
		statements = append(statements, repair)
	}
	have, exists := roles[g.name]
	if !exists {
		note("does not exist", fmt.Sprintf(`CREATE ROLE %s NOLOGIN`, quoted(g.name)))
	} else if have.login || !have.inherit {
		note("has LOGIN or NOINHERIT", fmt.Sprintf(`ALTER ROLE %s NOLOGIN INHERIT`, quoted(g.name)))
	}
	for _, repair := range withdrawExcess(g.name, have.excess) {
		note("has more rights than it should", repair)
	}
	for _, group := range g.memberOf {
		if !members.has(group, g.name) {
			note("is not in "+group, fmt.Sprintf(`GRANT %s TO %s`, quoted(group), quoted(g.name)))
		}
	}
	for _, member := range g.members {
		if !members.has(g.name, member) {
			note("lacks its member "+member, fmt.Sprintf(`GRANT %s TO %s`, quoted(g.name), quoted(member)))
		}
	}
	for _, m := range members {
		if message, repair := g.stranger(m); repair != "" {
			note(message, repair)
		}
	}
	return findings, statements
}

func (g groupSpec) stranger(m membership) (message, repair string) {
	switch {
	case m.member == g.name && !slices.Contains(g.memberOf, m.group):
		return "is in " + m.group + ", which is not declared", fmt.Sprintf(`REVOKE %s FROM %s`, quoted(m.group), quoted(m.member))
	case m.group != g.name || m.member == OperatorRole:
		return "", ""
	case !slices.Contains(g.members, m.member) && (g.guests == nil || !g.guests(m.member)):
		return "has the member " + m.member + ", which is not declared", fmt.Sprintf(`REVOKE %s FROM %s`, quoted(m.group), quoted(m.member))
	case m.admin:
		return "lets its member " + m.member + " admit others", fmt.Sprintf(`REVOKE ADMIN OPTION FOR %s FROM %s`, quoted(m.group), quoted(m.member))
	}
	return "", ""
}

// ensureGroups makes and repairs groups in the caller's transaction, and looks again whether that was enough: from
// PostgreSQL 16 on a membership that a superuser gave can only be taken away by a superuser, and REVOKE merely warns.
func ensureGroups(ctx context.Context, q querier, groups []groupSpec) (changed bool, err error) {
	statements, err := groupsDrift(ctx, q, groups)
	if err != nil || len(statements) == 0 {
		return false, err
	}
	if _, err := runOnRoles(ctx, q, statements); err != nil {
		return false, err
	}
	left, err := groupsDrift(ctx, q, groups)
	if err != nil {
		return false, err
	}
	if len(left) > 0 {
		return false, onlySuperuser(left)
	}
	return true, nil
}

func groupsDrift(ctx context.Context, q querier, groups []groupSpec) (statements []string, err error) {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	roles, err := findRoles(ctx, q, names...)
	if err != nil {
		return nil, err
	}
	members, err := findMemberships(ctx, q, names...)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		_, repairs := g.drift(roles, members)
		statements = append(statements, repairs...)
	}
	return statements, nil
}
