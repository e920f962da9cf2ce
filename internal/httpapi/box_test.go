package httpapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/seal"
)

// rowOf says what stands for the row in a box's place, where it is not the id.
var rowOf = map[string]string{
	"record":            `case_id || '/' || kind || '/' || position`,
	"round_grid":        `round_id || '/' || grid`,
	"lead_import_sheet": `import_id::text`,
}

// tableOf says what stands for the table, where it is not its name.
var tableOf = map[string]string{"mediator": "registry mediator"}

// keyed are the columns of bytes that hold no sealed text but what was derived with a key, and keys themselves, which are
// sealed by other keys.
var keyed = map[string]bool{
	"data_key.wrapped": true, "data_key.successor": true, "blind_key.wrapped": true, "lead_import.digest": true, "lead.place_key": true,
	"lead.point_key": true, "lead.row_key": true, "party_key.key": true, "mediator.name": true, "mediator.person": true, "party_index.person": true,
	"audit_leaf.hash": true, "audit_leaf.chain": true, "audit_checkpoint.root": true, "audit_checkpoint.edge": true, "audit_checkpoint.chain": true,
}

// box is a sealed value where it lies.
type box struct {
	seal.AAD
	sealed []byte
}

// boxesAreBound looks at every column of bytes that the catalog knows: each value opens at its own place and nowhere else.
func (w *world) boxesAreBound(t *testing.T) {
	w.enterDrilled()
	path, _ := w.file("附件")
	w.enterAttachment(path)
	w.inScreening("/leads")
	codec, err := seal.NewCodec(w.here.DataKeys(w.town))
	w.must(err)
	conn := pgtest.Connect(t, w.here.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT table_schema, table_name, column_name FROM information_schema.columns
		WHERE table_schema IN ('county', $1) AND data_type = 'bytea' ORDER BY 1, 2, 3`, "t"+w.town)
	w.must(err)
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Schema, Table, Column string }])
	w.must(err)
	filled, tried := 0, 0
	for _, c := range columns {
		if keyed[c.Table+"."+c.Column] {
			continue
		}
		own := ""
		if c.Schema == "county" {
			own = ` AND tenant = '` + w.town + `'`
		}
		boxes := w.boxes(t, conn, c.Schema, c.Table, c.Column, own)
		if len(boxes) > 0 {
			filled++
		} else {
			t.Logf("%s.%s has no value", c.Table, c.Column)
		}
		for _, b := range boxes {
			tried += b.bound(t, codec)
		}
	}
	if filled < 20 {
		t.Errorf("only %d sealed columns hold a value: this proves little", filled)
	}
	t.Logf("%d of %d columns of bytes hold sealed values; %d openings at other places failed", filled, len(columns), tried)
}

func (w *world) boxes(t *testing.T, conn *pgx.Conn, schema, table, column, own string) (boxes []box) {
	t.Helper()
	row := or(rowOf[table], "id::text")
	rows, err := conn.Query(t.Context(), `SELECT `+row+`, `+column+` FROM `+pgx.Identifier{schema, table}.Sanitize()+` WHERE `+column+` IS NOT NULL`+own+` LIMIT 20`)
	w.must(err)
	b := box{AAD: seal.AAD{Tenant: w.town, Table: or(tableOf[table], table), Column: column}}
	_, err = pgx.ForEachRow(rows, []any{&b.Row, &b.sealed}, func() error {
		boxes = append(boxes, b)
		b.sealed = nil
		return nil
	})
	w.must(err)
	return boxes
}

// bound tries the box at its own place, and where a part of the place is another one.
func (b box) bound(t *testing.T, codec *seal.Codec) (tried int) {
	open := func(at seal.AAD) error {
		if b.Column == "file_key" {
			_, err := codec.OpenFileKey(b.sealed, at)
			return err
		}
		_, err := codec.Open(b.sealed, at)
		return err
	}
	if err := open(b.AAD); err != nil {
		t.Errorf("%s.%s of row %s does not open at its place: %v", b.Table, b.Column, b.Row, err)
	}
	other := map[string]seal.AAD{}
	for part, change := range map[string]func(*seal.AAD){
		"another tenant": func(at *seal.AAD) { at.Tenant = at.Tenant[:6] + "999" },
		"another table":  func(at *seal.AAD) { at.Table += "_" },
		"another column": func(at *seal.AAD) { at.Column = strings.ToUpper(at.Column) },
		"another row":    func(at *seal.AAD) { at.Row = noParty },
		"no row":         func(at *seal.AAD) { at.Row = "" },
	} {
		at := b.AAD
		change(&at)
		other[part] = at
	}
	for part, at := range other {
		tried++
		if err := open(at); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s.%s of row %s opens at %s: %v", b.Table, b.Column, b.Row, part, err)
		}
	}
	return tried
}
