package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/seal"
)

// journalSource is one of the tables whose entries are sealed. Their order is part of the record: entries of one
// transaction are sealed in the order of sources, so a new one goes to the end.
type journalSource struct {
	name    string // in leaves
	table   string
	object  string   // the column that names what an entry is about
	where   string   // which rows are the unit's: "" all
	columns []string // name and type, as they are sealed in edition 1
}

// sealEdition says which columns an entry is sealed with. Whoever adds a column to a journal makes the next edition: the
// entries of older ones stay what they were.
const sealEdition = 1

func caseworkColumns(owner string) []string {
	return []string{"id uuid", owner + " uuid", "at timestamptz", "actor_issuer text", "actor_subject text", "actor_unit text",
		"actor_roles text[]", "verb text", "from_state text", "to_state text", "version int8", "detail bytea", "xid xid8"}
}

func auditColumns(detail string) []string {
	return []string{"id uuid", "at timestamptz", "actor_issuer text", "actor_subject text", "actor_unit text", "actor_roles text[]",
		"action text", "outcome text", "code text", "object_kind text", "object_id text", "purpose text", "detail " + detail, "xid xid8"}
}

// journalSources are those of a tenant or, for a code of six digits, of a county.
func journalSources(unit string) []journalSource {
	if len(unit) == 6 {
		return []journalSource{{name: "county-audit", table: "county.audit", object: "object_id", columns: auditColumns("text")}}
	}
	return []journalSource{
		{name: "journal", table: "journal", object: "case_id", columns: caseworkColumns("case_id")},
		{name: "lead-journal", table: "lead_journal", object: "lead_id", columns: caseworkColumns("lead_id")},
		{name: "round-journal", table: "round_journal", object: "round_id", columns: caseworkColumns("round_id")},
		{name: "audit", table: "audit", object: "object_id", columns: auditColumns("bytea")},
		{name: "registry-journal", table: "county.registry_journal", object: "object", where: "tenant = '" + unit + "'", columns: []string{"tenant text", "id uuid",
			"object uuid", "at timestamptz", "actor_issuer text", "actor_subject text", "verb text", "version int8", "detail bytea", "xid xid8"}},
	}
}

// list is the columns for a statement.
func (s journalSource) list() string {
	names := make([]string, len(s.columns))
	for i, column := range s.columns {
		names[i], _, _ = strings.Cut(column, " ")
	}
	return strings.Join(names, ", ")
}

// rows is the table with the condition for its unit, to be followed by more conditions.
func (s journalSource) rows() string {
	if s.where == "" {
		return s.table + " WHERE true"
	}
	return s.table + " WHERE " + s.where
}

// sealPoint is a place in the order of sealing.
type sealPoint struct {
	xid    uint64
	source int // in journalSources
	id     uuid.UUID
}

func (p sealPoint) before(q sealPoint) bool {
	switch {
	case p.xid != q.xid:
		return p.xid < q.xid
	case p.source != q.source:
		return p.source < q.source
	}
	return bytes.Compare(p.id[:], q.id[:]) < 0
}

// sealable is an entry on its way into the record.
type sealable struct {
	sealPoint
	entry seal.Entry
}

// binaryForm asks for every column in the form in which it is sealed.
var binaryForm = pgx.QueryResultFormats{pgx.BinaryFormatCode}

// entries reads entries whole. The statement's columns are s.list().
func (s journalSource) entries(ctx context.Context, q querier, unit string, order int, tail string, args ...any) ([]sealable, error) {
	rows, err := q.Query(ctx, `SELECT `+s.list()+` FROM `+s.rows()+tail, append([]any{binaryForm}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []sealable
	for rows.Next() {
		raw := rows.RawValues()
		size := 0
		for _, value := range raw {
			size += len(value)
		}
		kept := make([]byte, 0, size) // the driver uses its buffer again
		columns := make([]seal.Column, len(raw))
		for i, value := range raw {
			from := len(kept)
			kept = append(kept, value...)
			name, kind, _ := strings.Cut(s.columns[i], " ")
			columns[i] = seal.Column{Name: name, Kind: kind, Value: kept[from:len(kept):len(kept)]}
		}
		made := sealable{entry: seal.Entry{Unit: unit, Source: s.name, Columns: columns}}
		made.source = order
		made.xid = binary.BigEndian.Uint64(made.entry.Column("xid"))
		made.id = uuid.UUID(made.entry.Column("id"))
		list = append(list, made)
	}
	return list, rows.Err()
}
