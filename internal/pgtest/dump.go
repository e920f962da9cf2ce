package pgtest

import (
	"bytes"
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// shape describes a schema in one text per object: owner, columns, constraints, indexes, policies and rights.
const shape = `
WITH ns AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = $1),
     rel AS (SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c JOIN ns ON ns.oid = c.relnamespace),
     line AS (
	SELECT format('schema %s owner %s rights %s', nspname, pg_get_userbyid(nspowner), nspacl) AS text FROM ns
	UNION ALL SELECT format('%s %s owner %s rights %s security %s %s', relkind, relname, pg_get_userbyid(relowner), relacl, relrowsecurity, relforcerowsecurity) FROM rel
	UNION ALL SELECT format('column %s.%s %s collation %s not null %s default %s', relname, attname, format_type(atttypid, atttypmod), attcollation::regcollation,
		attnotnull, pg_get_expr(d.adbin, d.adrelid)) FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum > 0 AND NOT attisdropped
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	UNION ALL SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(k.oid)) FROM rel JOIN pg_constraint k ON k.conrelid = rel.oid
	UNION ALL SELECT format('index %s %s', relname, pg_get_indexdef(i.indexrelid)) FROM rel JOIN pg_index i ON i.indrelid = rel.oid
	UNION ALL SELECT format('policy %s.%s %s to %s using %s check %s', relname, polname, polcmd,
		ARRAY(SELECT r.rolname FROM pg_roles r WHERE r.oid = ANY(polroles) ORDER BY 1), pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
		FROM rel JOIN pg_policy p ON p.polrelid = rel.oid)
SELECT COALESCE(string_agg(text, E'\n' ORDER BY text COLLATE "C"), '') FROM line`

// Shape describes a schema's objects, owners and rights, so that two can be compared.
func (f *Fixture) Shape(schema string) string {
	f.t.Helper()
	conn := Connect(f.t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	var text string
	if err := conn.QueryRow(f.ctx(), shape, schema).Scan(&text); err != nil {
		f.t.Fatal(err)
	}
	return text
}

// Content is every row of every table of the county's database, as a plain dump writes them.
func (f *Fixture) Content() string {
	f.t.Helper()
	conn := Connect(f.t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(f.ctx(), `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2`)
	if err != nil {
		f.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pgx.Identifier, error) {
		name := make(pgx.Identifier, 2)
		err := row.Scan(&name[0], &name[1])
		return name, err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	var all bytes.Buffer
	for _, table := range tables {
		all.WriteString("COPY " + strings.Join(table, ".") + "\n")
		if _, err := conn.PgConn().CopyTo(f.ctx(), &all, "COPY "+table.Sanitize()+" TO STDOUT"); err != nil {
			f.t.Fatal(err)
		}
	}
	return all.String()
}
