package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// recordTables are what a record is made of.
var recordTables = []string{"journal", "lead_journal", "round_journal", "audit", "registry_journal", "audit_leaf", "audit_checkpoint"}

// keep copies the record away, and restore brings it back as it was.
func (r *recorded) keep() {
	sql := `CREATE SCHEMA kept; `
	for _, table := range recordTables {
		sql += `CREATE TABLE kept.` + table + ` AS TABLE ` + table + `; `
	}
	r.super(sql)
}

func (r *recorded) restore() {
	for _, table := range recordTables {
		r.super(`DELETE FROM ` + table + `; INSERT INTO ` + table + ` SELECT * FROM kept.` + table)
	}
}

// tampering is something that a database administrator does to a record, and what the check must say.
type tampering struct {
	what     string
	do       func()
	kind     postgres.FaultKind
	position int64
	outside  []postgres.Outside
}

// tampered is a record of nine entries in three batches of three: positions 0 to 2, 3 to 5, 6 to 8. Those of one batch are
// a case's first entry and two looks.
type tampered struct {
	*recorded
	ids     []string // by position
	sources []string
	outside postgres.Outside
}

func newTampered(t *testing.T) *tampered {
	t.Helper()
	r := &tampered{recorded: newRecorded(t, seal.SHA256)}
	for i := range 3 {
		r.file(i + 1)
		r.look()
		r.look()
		if n := r.seal(); n != 3 {
			t.Fatalf("sealed %d entries, want 3", n)
		}
		r.now = r.now.Add(30 * time.Minute)
	}
	// Whoever is superuser is not stopped by a check.
	r.super(`DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
		WHERE contype = 'c' AND connamespace = 't` + r.Unit() + `'::regnamespace LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$`)
	r.keep()
	conn := pgtest.Connect(t, r.county.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT entry::text, source FROM county.audit_leaf ORDER BY position`)
	if err != nil {
		t.Fatal(err)
	}
	var id, source string
	if _, err := pgx.ForEachRow(rows, []any{&id, &source}, func() error {
		r.ids, r.sources = append(r.ids, id), append(r.sources, source)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	found := r.verify()
	if len(found.Faults) != 0 || found.Size != 9 {
		t.Fatalf("before anything was done: %+v", found)
	}
	r.outside = postgres.Outside{Size: found.Size, Root: found.Last.Root}
	return r
}

func (r *tampered) sql(text string) func() {
	for i, id := range r.ids {
		text = strings.ReplaceAll(text, fmt.Sprintf("E%d", i), "'"+id+"'")
	}
	return func() { r.super(text) }
}

// altered gives a statement for every column of a journal that changes it in the entry at a position.
func (r *tampered) altered(table string, position int64) []tampering {
	var list []tampering
	for _, column := range postgres.SealedColumns(r.Unit())[table] {
		name, kind, _ := strings.Cut(column, " ")
		change := map[string]string{
			"text": name + ` || 'x'`, "text[]": `array_append(` + name + `, 'clerk')`, "uuid": `gen_random_uuid()`, "int8": name + ` + 1`,
			"timestamptz": name + ` - interval '1 microsecond'`, "bytea": `set_byte(` + name + `, 20, 255 - get_byte(` + name + `, 20))`,
			"xid8": `(` + name + `::text::bigint + 1)::text::xid8`,
		}[kind]
		want := postgres.FaultAltered
		if name == "id" {
			want = postgres.FaultDeleted // under another id it is another entry
		}
		list = append(list, tampering{what: "altered " + table + "." + name, kind: want, position: position,
			do: r.sql(fmt.Sprintf(`UPDATE %s SET %s = %s WHERE id = E%d`, table, name, change, position))})
	}
	return list
}

// reseal makes the seals anew from the entries as they are now, as somebody who has the program but not the key would.
func (r *tampered) reseal() {
	r.super(`DELETE FROM audit_leaf; DELETE FROM audit_checkpoint`)
	real, now := r.sealing.Key, r.now
	r.sealing.Key, r.sealing.Batch, r.now = signingKey(r.t), 3, now.Add(-time.Hour)
	r.seal()
	r.sealing.Key, r.now = real, now
}

const signedAgain = `DELETE FROM audit_checkpoint; INSERT INTO audit_checkpoint SELECT * FROM kept.audit_checkpoint`

func (r *tampered) entries() []tampering {
	list := append(r.altered("journal", 3), r.altered("audit", 4)...)
	return append(list,
		tampering{what: "an entry's sealed text taken from another entry", kind: postgres.FaultAltered, position: 4,
			do: r.sql(`UPDATE audit SET detail = (SELECT detail FROM audit WHERE id = E5) WHERE id = E4`)},
		tampering{what: "two entries swapped", kind: postgres.FaultAltered, position: 4,
			do: r.sql(`UPDATE audit a SET at = b.at, detail = b.detail, xid = b.xid, action = b.action FROM audit b WHERE (a.id, b.id) IN ((E4, E8), (E8, E4))`)},
		tampering{what: "two entries' ids swapped", kind: postgres.FaultAltered, position: 4,
			do: r.sql(`UPDATE audit SET id = '00000000-0000-0000-0000-000000000001' WHERE id = E4; UPDATE audit SET id = E4 WHERE id = E8;
				UPDATE audit SET id = E8 WHERE id = '00000000-0000-0000-0000-000000000001'`)},
		tampering{what: "the first entry deleted", kind: postgres.FaultDeleted, position: 0, do: r.sql(`DELETE FROM journal WHERE id = E0`)},
		tampering{what: "an entry in the middle deleted", kind: postgres.FaultDeleted, position: 4, do: r.sql(`DELETE FROM audit WHERE id = E4`)},
		tampering{what: "the last entry deleted", kind: postgres.FaultDeleted, position: 8, do: r.sql(`DELETE FROM audit WHERE id = E8`)},
		tampering{what: "all entries of a journal deleted", kind: postgres.FaultDeleted, position: 0, do: r.sql(`DELETE FROM journal`)},
		tampering{what: "an entry inserted among old ones", kind: postgres.FaultInserted, position: 5,
			do: r.sql(insertLike("E4", "xid", "at"))},
		tampering{what: "an entry inserted before all others", kind: postgres.FaultInserted, position: 0,
			do: r.sql(insertLike("E4", "'3'", "at - interval '1 year'"))},
		tampering{what: "an entry inserted with a number still to come", kind: postgres.FaultInserted, position: 9,
			do: r.sql(insertLike("E8", "(xid::text::bigint + 1000000)::text::xid8", "at"))},
		tampering{what: "an entry written now and dated back a day", kind: postgres.FaultBackdated, position: 9,
			do: r.sql(insertLike("E8", "pg_current_xact_id()", "at - interval '1 day'"))},
		tampering{what: "an entry written now and dated back a day, then sealed by the worker", kind: postgres.FaultBackdated, position: 9,
			do: func() { r.sql(insertLike("E8", "pg_current_xact_id()", "at - interval '1 day'"))(); r.seal() }},
		tampering{what: "an entry deleted and written again with another text", kind: postgres.FaultAltered, position: 4,
			do: r.sql(`UPDATE audit SET object_id = 'y', xid = pg_current_xact_id() WHERE id = E4`)},
	)
}

// insertLike copies an entry of the table audit under a new id.
func insertLike(entry, xid, at string) string {
	return `INSERT INTO audit SELECT 'ffffffff-0000-7000-8000-000000000001', ` + xid + `, ` + at + `, actor_issuer, actor_subject, actor_unit, actor_roles,
		action, outcome, code, object_kind, object_id, purpose, detail FROM audit WHERE id = ` + entry
}

func (r *tampered) seals() []tampering {
	kept := []postgres.Outside{r.outside}
	return []tampering{
		{what: "a leaf deleted", kind: postgres.FaultDeleted, position: 4, do: r.sql(`DELETE FROM audit_leaf WHERE position = 4`)},
		{what: "a leaf and its entry deleted", kind: postgres.FaultDeleted, position: 4, do: r.sql(`DELETE FROM audit_leaf WHERE position = 4; DELETE FROM audit WHERE id = E4`)},
		{what: "a leaf's hash changed", kind: postgres.FaultAltered, position: 4, do: r.sql(`UPDATE audit_leaf SET hash = sha256('x') WHERE position = 4`)},
		{what: "a leaf's transaction changed", kind: postgres.FaultReordered, position: 4, do: r.sql(`UPDATE audit_leaf SET xid = '4' WHERE position = 4`)},
		{what: "two leaves swapped", kind: postgres.FaultReordered, position: 4,
			do: r.sql(`UPDATE audit_leaf SET position = 100 + position WHERE position IN (4, 7); UPDATE audit_leaf SET position = 111 - position WHERE position > 100`)},
		{what: "two leaves swapped with their chain", kind: postgres.FaultReordered, position: 4,
			do: r.sql(`DELETE FROM audit_leaf WHERE position IN (4, 7); INSERT INTO audit_leaf SELECT tenant, 11 - position, era, source, edition, entry, xid, hash,
				(SELECT chain FROM kept.audit_leaf b WHERE b.position = 11 - a.position) FROM kept.audit_leaf a WHERE position IN (4, 7)`)},
		{what: "an entry altered and its leaf made anew", kind: postgres.FaultForged, position: 3,
			do: func() { r.sql(`UPDATE audit SET purpose = 'x' WHERE id = E4`)(); r.reseal(); r.super(signedAgain) }},
		{what: "an entry deleted and all leaves made anew", kind: postgres.FaultForged, position: 3,
			do: func() { r.sql(`DELETE FROM audit WHERE id = E4`)(); r.reseal(); r.super(signedAgain) }},
		{what: "all leaves and checkpoints made anew with another key", kind: postgres.FaultForged, position: 0,
			do: func() { r.sql(`UPDATE audit SET purpose = 'x' WHERE id = E4`)(); r.reseal() }},
		{what: "a checkpoint's size changed", kind: postgres.FaultForged, position: 3, do: r.sql(`UPDATE audit_checkpoint SET text = replace(text, E'\n6\n', E'\n7\n') WHERE number = 1`)},
		{what: "a checkpoint's moment changed", kind: postgres.FaultForged, position: 3, do: r.sql(`UPDATE audit_checkpoint SET at = at - interval '1 day' WHERE number = 1`)},
		{what: "a checkpoint removed from the middle", kind: postgres.FaultDeleted, position: 3, do: r.sql(`DELETE FROM audit_checkpoint WHERE number = 1`)},
		{what: "the last checkpoint removed", kind: postgres.FaultForged, position: 6, do: r.sql(`DELETE FROM audit_checkpoint WHERE number = 2`)},
		{what: "the leaves cut off at the end", kind: postgres.FaultTruncated, position: 6, do: r.sql(`DELETE FROM audit_leaf WHERE position >= 6`)},
		{what: "entries, leaves and checkpoint cut off at the end", kind: postgres.FaultTruncated, position: 6, outside: kept,
			do: r.sql(`DELETE FROM audit_leaf WHERE position >= 6; DELETE FROM audit_checkpoint WHERE number = 2; DELETE FROM audit WHERE id IN (E7, E8); DELETE FROM journal WHERE id = E6`)},
		{what: "everything removed", kind: postgres.FaultTruncated, position: 0, outside: kept,
			do: r.sql(`DELETE FROM audit_leaf; DELETE FROM audit_checkpoint; DELETE FROM audit; DELETE FROM journal`)},
		{what: "cut off at the end and grown again with other entries", kind: postgres.FaultForged, position: 6, outside: kept,
			do: func() {
				r.sql(`DELETE FROM audit_leaf WHERE position >= 6; DELETE FROM audit_checkpoint WHERE number = 2; DELETE FROM audit WHERE id IN (E7, E8); DELETE FROM journal WHERE id = E6`)()
				r.look()
				r.look()
				r.look()
				r.seal()
			}},
	}
}

// Whatever a database administrator does to the journals or to their seals, the check finds it and says where.
func TestVerify_tampering(t *testing.T) {
	t.Parallel()
	r := newTampered(t)
	all := append(r.entries(), r.seals()...)
	table := &strings.Builder{}
	for _, c := range all {
		c.do()
		found := r.verify(c.outside...)
		r.restore()
		if len(found.Faults) == 0 {
			t.Errorf("%s: not seen", c.what)
			continue
		}
		first := found.Faults[0]
		if first.Kind != c.kind || first.Position != c.position {
			t.Errorf("%s: said %+v, want %s at %d", c.what, found.Faults, c.kind, c.position)
		}
		fmt.Fprintf(table, "| %s | %s | %d | %s |\n", c.what, first.Kind, first.Position, first.EN)
	}
	t.Logf("%d ways of tampering:\n%s", len(all), table)
	if path := os.Getenv("TIAOJIE_TAMPERING_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
			t.Error(err)
		}
	}
	if found := r.verify(r.outside); len(found.Faults) != 0 {
		t.Errorf("when everything is back: %+v", found.Faults)
	}
}
