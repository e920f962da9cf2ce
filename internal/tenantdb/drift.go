package tenantdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"
)

// selectRights lists every privilege in the schemas given that its owner did not give to itself: on schemas, relations
// and columns.
const selectRights = `
WITH ns AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = ANY($1)),
acl AS (
    SELECT nspname, nspowner AS owner, '' AS relation, '' AS attribute, nspacl AS acl FROM ns
    UNION ALL
    SELECT nspname, relowner, relname, '', relacl FROM ns JOIN pg_class c ON c.relnamespace = ns.oid WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT nspname, relowner, relname, attname, attacl FROM ns JOIN pg_class c ON c.relnamespace = ns.oid
        JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
)
SELECT nspname, relation, attribute, COALESCE(g.rolname, 'PUBLIC'), x.privilege_type, x.is_grantable
FROM acl CROSS JOIN LATERAL aclexplode(acl.acl) x LEFT JOIN pg_roles g ON g.oid = x.grantee
WHERE x.grantee <> acl.owner`

// observeRights gives the rights of each schema.
func observeRights(ctx context.Context, q querier, schemas []string) (map[string]map[right]bool, error) {
	rows, err := q.Query(ctx, selectRights, schemas)
	if err != nil {
		return nil, err
	}
	found := map[string]map[right]bool{}
	var (
		schema string
		r      right
	)
	_, err = pgx.ForEachRow(rows, []any{&schema, &r.relation, &r.column, &r.grantee, &r.verb, &r.grantable}, func() error {
		if found[schema] == nil {
			found[schema] = map[right]bool{}
		}
		found[schema][r] = true
		return nil
	})
	return found, err
}

func (r right) object(schema string) string {
	if r.relation == "" {
		return "SCHEMA " + quoted(schema)
	}
	return "TABLE " + quoted(schema) + "." + quoted(r.relation)
}

func (r right) role() string {
	if r.grantee == "PUBLIC" {
		return "PUBLIC"
	}
	return quoted(r.grantee)
}

func (r right) words(schema string) string {
	name := schema
	if r.relation != "" {
		name += "." + r.relation
	}
	if r.column != "" {
		name += " (" + r.column + ")"
	}
	return r.verb + " on " + name
}

// rightsDrift compares and gives, in a stable order, the findings and the statements that repair them.
func rightsDrift(schema string, declared, found map[right]bool) (findings []Finding, statements []string) {
	for _, r := range sortedRights(found) {
		if declared[r] {
			continue
		}
		findings = append(findings, Finding{Object: "grant on " + schema, Message: r.grantee + " has " + r.words(schema) + ", which is not declared"})
		verb := r.verb
		if r.column != "" {
			verb += " (" + quoted(r.column) + ")"
		}
		statements = append(statements, fmt.Sprintf(`REVOKE %s ON %s FROM %s CASCADE`, verb, r.object(schema), r.role()))
	}
	for _, r := range sortedRights(declared) {
		grantable := r
		grantable.grantable = true
		if found[r] {
			continue
		}
		if !found[grantable] {
			findings = append(findings, Finding{Object: "grant on " + schema, Message: r.grantee + " lacks " + r.words(schema)})
		}
		statements = append(statements, fmt.Sprintf(`GRANT %s ON %s TO %s`, r.verb, r.object(schema), r.role()))
	}
	return findings, statements
}

func sortedRights(set map[right]bool) []right {
	list := make([]right, 0, len(set))
	for r := range set {
		list = append(list, r)
	}
	key := func(r right) string {
		return fmt.Sprint(r.relation, "\x00", r.column, "\x00", r.grantee, "\x00", r.verb, "\x00", r.grantable)
	}
	sort.Slice(list, func(i, j int) bool { return key(list[i]) < key(list[j]) })
	return list
}

// digestOf is a short fingerprint of a schema's rights.
func digestOf(set map[right]bool) string {
	var text strings.Builder
	for _, r := range sortedRights(set) {
		fmt.Fprintln(&text, r)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])[:16]
}

// selectPolicies lists the policies and whether row-level security is on, per table of the schema county.
const selectPolicies = `
SELECT c.relname, COALESCE(p.polname, ''), c.relrowsecurity, c.relforcerowsecurity,
       COALESCE(CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, ''),
       COALESCE(p.polpermissive, true),
       ARRAY(SELECT COALESCE(r.rolname, 'PUBLIC') FROM unnest(p.polroles) o LEFT JOIN pg_roles r ON r.oid = o ORDER BY 1),
       COALESCE(pg_get_expr(p.polqual, p.polrelid), ''), COALESCE(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = to_regnamespace('county') AND c.relkind = 'r' ORDER BY 1, 2`

type policyState struct {
	table, name  string
	secured      bool
	forced       bool
	command      string
	permissive   bool
	roles        []string
	using, check string
}

func observePolicies(ctx context.Context, q querier) ([]policyState, error) {
	rows, err := q.Query(ctx, selectPolicies)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (policyState, error) {
		var p policyState
		err := row.Scan(&p.table, &p.name, &p.secured, &p.forced, &p.command, &p.permissive, &p.roles, &p.using, &p.check)
		return p, err
	})
}

// policyDrift compares policies. PostgreSQL prints an expression in its own way, so both sides are reduced to the same
// form before they are compared.
func policyDrift(county string, found []policyState) (findings []Finding, statements []string) {
	note := func(table, message string, repair ...string) {
		findings = append(findings, Finding{Object: "table county." + table, Message: message})
		statements = append(statements, repair...)
	}
	have := map[string]policyState{}
	secured := map[string]policyState{}
	for _, p := range found {
		secured[p.table] = p
		if p.name != "" {
			have[p.table+"."+p.name] = p
		}
	}
	for _, want := range countyPolicies {
		key := want.table + "." + want.name
		p, ok := have[key]
		delete(have, key)
		if ok && p.matches(want, county) {
			continue
		}
		var repair []string
		if ok {
			repair = append(repair, dropPolicy(want.table, want.name))
		}
		note(want.table, "policy "+want.name+" is missing or altered", append(repair, createPolicy(want, county))...)
	}
	for _, key := range sortedKeys(have) {
		p := have[key]
		note(p.table, "policy "+p.name+" is not declared", dropPolicy(p.table, p.name))
	}
	for _, table := range sortedKeys(secured) {
		findings, statements = securityDrift(secured[table], findings, statements)
	}
	return findings, statements
}

func securityDrift(p policyState, findings []Finding, statements []string) ([]Finding, []string) {
	object := Finding{Object: "table county." + p.table, Message: "row-level security is switched off"}
	needed := slices.ContainsFunc(countyPolicies, func(want policy) bool { return want.table == p.table })
	if needed && !p.secured {
		findings = append(findings, object)
		statements = append(statements, `ALTER TABLE county.`+quoted(p.table)+` ENABLE ROW LEVEL SECURITY`)
	}
	if p.forced {
		object.Message = "row-level security is forced, so its owner cannot migrate or count"
		findings = append(findings, object)
		statements = append(statements, `ALTER TABLE county.`+quoted(p.table)+` NO FORCE ROW LEVEL SECURITY`)
	}
	return findings, statements
}

func (p policyState) matches(want policy, county string) bool {
	return p.permissive && p.command == want.command && slices.Equal(p.roles, []string{roleOf(want.to, county)}) &&
		plain(p.using) == plain(want.using) && plain(p.check) == plain(want.check)
}

// plain drops what pg_get_expr adds: parentheses, spaces and casts.
func plain(expression string) string {
	drop := strings.NewReplacer("(", "", ")", "", " ", "", "::text", "", "::name", "")
	return strings.ToLower(drop.Replace(expression))
}

func createPolicy(p policy, county string) string {
	statement := fmt.Sprintf(`CREATE POLICY %s ON county.%s FOR %s TO %s`, quoted(p.name), quoted(p.table), p.command, quoted(roleOf(p.to, county)))
	if p.using != "" {
		statement += ` USING (` + p.using + `)`
	}
	if p.check != "" {
		statement += ` WITH CHECK (` + p.check + `)`
	}
	return statement
}

func dropPolicy(table, name string) string {
	return fmt.Sprintf(`DROP POLICY %s ON county.%s`, quoted(name), quoted(table))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
