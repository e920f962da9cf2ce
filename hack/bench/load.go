package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/seal"
)

// load is what the loader put into a town. Cases are told apart by their number from 0.
type load struct {
	cases, pending int // of the cases, the first so many wait for acceptance; the others were withdrawn
	first          time.Time
}

const (
	// pendingEach: one case in so many is still open, as in a town that closes what it opens.
	pendingEach = 50
	// leastPending is enough for the measurements of a small load.
	leastPending = 5_000
	loadChunk    = 50_000
	partiesEach  = 3
)

// id is the number-th id of a kind of row: version 7 in form, the same in every run.
func id(kind byte, number int) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(0x0190_0000_0000_0000)+uint64(number)<<16)
	u[6] = 0x70 | u[6]&0x0f
	u[8], u[9] = 0x80, kind
	binary.BigEndian.PutUint32(u[12:], uint32(number))
	return u.String()
}

func caseID(number int) string { return id('c', number) }

// loader writes rows as the product's own statements would have left them, sealed under the town's key.
type loader struct {
	o         *office
	codec     *seal.Codec
	committee string
	conn      *pgx.Conn
	lexeme    func(class byte, words ...string) string
}

// fill copies cases into the town, each with three parties, its first journal entry and its clock.
func (o *office) fill(cases int, progress func(done int)) {
	codec, err := seal.NewCodec(o.county.DataKeys(o.town))
	o.h.must(err)
	conn := pgtest.Connect(o.h, o.county.AsSuperuser())
	defer conn.Close(context.Background())
	l := loader{o: o, codec: codec, conn: conn, lexeme: remembered(codec.Lexer())}
	o.load = load{cases: cases, pending: min(cases, max(cases/pendingEach, leastPending)), first: time.Now().Add(-time.Hour).Truncate(time.Microsecond)}
	_, err = conn.Exec(o.h.ctx, `SELECT set_config('search_path', $1, false)`, "t"+o.town)
	o.h.must(err)
	o.h.must(conn.QueryRow(o.h.ctx, `SELECT id::text FROM committee WHERE is_default`).Scan(&l.committee))
	l.withoutIndex()
	for from := 0; from < cases; from += loadChunk {
		to := min(from+loadChunk, cases)
		l.copy(from, to)
		l.index(from, to)
		progress(to)
	}
	l.withIndex()
	_, err = conn.Exec(o.h.ctx, `INSERT INTO numbering (series, committee, year, last) VALUES ('registration', '', $1, $2)`, mediation.LegalYear(o.load.first), cases)
	o.h.must(err)
	_, err = conn.Exec(o.h.ctx, `INSERT INTO county.clock (tenant, case_id, rule, started, due, warn, raise_at)
		SELECT $1, case_id, rule, started, due, warn, raise_at FROM clock WHERE state = 'open'`, o.town)
	o.h.must(err)
	for _, table := range []string{"cases", "party", "journal", "clock", "case_search", "county.clock", "county.case_index"} {
		_, err = conn.Exec(o.h.ctx, `VACUUM (ANALYZE) `+table)
		o.h.must(err)
	}
}

func (l *loader) copy(from, to int) {
	tables := []struct {
		name    pgx.Identifier
		columns []string
		each    int // rows of a case
		row     func(number, part int) []any
	}{
		{pgx.Identifier{"cases"}, []string{"id", "version", "state", "registration", "committee", "type", "source", "title", "facts", "claims", "place",
			"amount", "people", "tags", "withdrawal_note", "filed_by", "filed_at", "updated_at", "ended_at", "search_edition"}, 1, l.caseRow},
		{pgx.Identifier{"party"}, []string{"id", "case_id", "position", "side", "kind", "details"}, partiesEach, l.partyRow},
		{pgx.Identifier{"journal"}, []string{"id", "case_id", "at", "actor_issuer", "actor_subject", "actor_unit", "actor_roles", "verb", "from_state", "to_state",
			"version", "detail"}, 1, l.journalRow},
		{pgx.Identifier{"clock"}, []string{"case_id", "rule", "started", "due", "warn", "state"}, 1, l.clockRow},
		{pgx.Identifier{"county", "case_index"}, []string{"origin", "case_id", "custodian", "state", "open", "type", "source", "registration", "amount", "tags",
			"masked_parties", "filed_at", "updated_at", "version"}, 1, l.indexRow},
	}
	for _, table := range tables {
		next := from * table.each
		_, err := l.conn.CopyFrom(l.o.h.ctx, table.name, table.columns, pgx.CopyFromFunc(func() ([]any, error) {
			if next == to*table.each {
				return nil, nil
			}
			row := table.row(next/table.each, next%table.each)
			next++
			return row, nil
		}))
		l.o.h.must(err)
	}
}

func (l *loader) seal(table, row, column, text string) []byte {
	box, err := l.codec.Seal([]byte(text), seal.AAD{Tenant: l.o.town, Table: table, Column: column, Row: row})
	l.o.h.must(err)
	return box
}

func (l *loader) state(number int) (state string, open bool, ended *time.Time) {
	if number < l.o.load.pending {
		return "pending-acceptance", true, nil
	}
	at := l.filed(number)
	return "withdrawn", false, &at
}

func (l *loader) filed(number int) time.Time {
	return l.o.load.first.Add(time.Duration(number) * time.Millisecond)
}

func (l *loader) registration(number int) string {
	return mediation.Registration(l.o.town, mediation.LegalYear(l.o.load.first), number+1)
}

// texts are what case number says, and what it is found by.
func (l *loader) texts(number int) mediation.Case {
	c := mediation.Case{
		Title: fmt.Sprintf("%s%s家与%s家%s纠纷", villages(number), surname(number), surname(number/7), quarrel(number)),
		Facts: fmt.Sprintf("双方系%s邻居，因%s问题%s，%s。%s，%s，现申请调解。第%d号。", villages(number), quarrel(number),
			sentence(number, 1), sentence(number, 2), sentence(number, 3), sentence(number, 4), number),
		Claims: "要求停止侵害、赔偿损失并赔礼道歉。", Place: "惠民县" + villages(number), Registration: l.registration(number),
	}
	for part := range partiesEach {
		c.Parties = append(c.Parties, l.party(number, part))
	}
	return c
}

func (l *loader) caseRow(number, _ int) []any {
	row, text := caseID(number), l.texts(number)
	state, _, ended := l.state(number)
	var note []byte
	if ended != nil {
		note = l.seal("cases", row, "withdrawal_note", "双方已自行和解。")
	}
	return []any{row, int64(1), state, l.registration(number), l.committee, fmt.Sprintf("%02d", 1+number%18), "application",
		l.seal("cases", row, "title", text.Title), l.seal("cases", row, "facts", text.Facts), l.seal("cases", row, "claims", text.Claims),
		l.seal("cases", row, "place", text.Place),
		int64(100_000 + number%1000*100), 4, []string{quarrel(number)}, note, director, l.filed(number), l.filed(number), ended, 1}
}

func (l *loader) party(number, part int) mediation.Party {
	p := mediation.Party{ID: mediation.ID(id('p', number*partiesEach+part)), Side: mediation.SideApplicant, Kind: mediation.PartyPerson,
		Name: personName(number*partiesEach + part), IdentityType: mediation.IdentityNone, Phone: fmt.Sprintf("138%08d", number%100_000_000),
		Address: "山东省滨州市惠民县" + villages(number)}
	if part > 0 {
		p.Side = mediation.SideRespondent
	}
	return p
}

func (l *loader) partyRow(number, part int) []any {
	p := l.party(number, part)
	details, err := json.Marshal(p)
	l.o.h.must(err)
	return []any{string(p.ID), caseID(number), part, string(p.Side), string(p.Kind), l.seal("party", string(p.ID), "details", string(details))}
}

func (l *loader) journalRow(number, _ int) []any {
	row := id('j', number)
	state, _, _ := l.state(number)
	return []any{row, caseID(number), l.filed(number), issuer, director, l.o.town, []string{"director"}, "file", "", state, int64(1),
		l.seal("journal", row, "detail", `{"name":"王主任"}`)}
}

func (l *loader) clockRow(number, _ int) []any {
	_, open, _ := l.state(number)
	state := "done"
	if open {
		state = "open"
	}
	return []any{caseID(number), "acceptance", l.filed(number), l.filed(number).Add(72 * time.Hour), l.filed(number).Add(48 * time.Hour), state}
}

func (l *loader) indexRow(number, _ int) []any {
	state, open, _ := l.state(number)
	var masked []string
	for part := range partiesEach {
		masked = append(masked, l.party(number, part).MaskedName())
	}
	return []any{l.o.town, caseID(number), l.o.town, state, open, fmt.Sprintf("%02d", 1+number%18), "application", l.registration(number),
		int64(100_000 + number%1000*100), []string{quarrel(number)}, masked, l.filed(number), l.filed(number), int64(1)}
}

// opens proves that the product reads what was loaded: a load that does not open measures nothing.
func (o *office) opens() {
	for _, number := range []int{0, o.load.pending - 1, o.load.cases / 2, o.load.cases - 1} {
		var c struct {
			Title   string
			Parties []struct{ Name string }
		}
		o.h.must(json.Unmarshal(o.send(o.url, "GET", o.cases()+"/"+caseID(number), nil, 200), &c))
		if c.Title == "" || len(c.Parties) != partiesEach {
			o.h.Fatalf("loaded case %d does not open: %+v", number, c)
		}
	}
}
