package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const selectLead = `SELECT c.id::text, c.version, c.state, c.serial, c.source, c.type, c.place_code, c.grid, COALESCE(c.round_id::text, ''),
	COALESCE(c.case_id::text, ''), c.found_at, COALESCE(to_char(c.occurred_on, 'YYYY-MM-DD'), ''), c.people, c.tags, c.reported_at,
	c.reported_by, c.reporter_issuer, c.updated_at, c.ended_at, c.details FROM lead c`

// leadDetails is the sealed part of a lead.
type leadDetails struct {
	Cause      string                 `json:"cause"`
	Place      string                 `json:"place,omitempty"`
	Point      *mediation.Point       `json:"point,omitempty"`
	Reporter   mediation.Reporter     `json:"reporter"`
	Parties    []mediation.Party      `json:"parties,omitempty"`
	Considered []mediation.ID         `json:"considered,omitempty"`
	Closing    *mediation.LeadClosing `json:"closing,omitempty"`
}

func (r tenantRows) scanLead(row pgx.CollectableRow) (mediation.Lead, error) {
	var (
		l   = mediation.Lead{Tenant: r.code}
		box []byte
	)
	err := row.Scan((*string)(&l.ID), &l.Version, (*string)(&l.State), &l.Serial, (*string)(&l.Source), (*string)(&l.Type), &l.PlaceCode,
		&l.Grid, (*string)(&l.Round), (*string)(&l.Case), &l.FoundAt, &l.OccurredOn, &l.People, &l.Tags, &l.ReportedAt, &l.ReportedBy,
		&l.ReporterIssuer, &l.UpdatedAt, &l.EndedAt, &box)
	if err != nil {
		return l, err
	}
	var d leadDetails
	text := sealer{codec: r.codec, tenant: r.code, table: "lead", row: l.ID}
	text.openJSON("details", box, &d)
	l.Cause, l.Place, l.Point, l.Reporter, l.Parties = d.Cause, d.Place, d.Point, d.Reporter, d.Parties
	l.Considered, l.Closing = d.Considered, d.Closing
	l.FoundAt, l.ReportedAt, l.UpdatedAt = mediation.LegalTime(l.FoundAt), mediation.LegalTime(l.ReportedAt), mediation.LegalTime(l.UpdatedAt)
	l.EndedAt = legal(l.EndedAt)
	if len(l.Tags) == 0 {
		l.Tags = nil
	}
	return l, text.err
}

func (r tenantRows) sealLead(l mediation.Lead) ([]byte, error) {
	text := sealer{codec: r.codec, tenant: r.code, table: "lead", row: l.ID}
	box := text.sealJSON("details", leadDetails{l.Cause, l.Place, l.Point, l.Reporter, l.Parties, l.Considered, l.Closing})
	return box, text.err
}

// leadColumns are the columns of a lead in the order of leadRow.
var leadColumns = []string{
	"id", "version", "state", "serial", "source", "type", "place_code", "grid", "round_id", "case_id", "found_at", "occurred_on", "people",
	"tags", "closing_reason", "reported_at", "reported_by", "reporter_issuer", "updated_at", "ended_at", "place_key", "point_key",
	"import_id", "row_key", "details",
}

func (r tenantRows) leadRow(l mediation.Lead, from casework.LeadOrigin) ([]any, error) {
	box, err := r.sealLead(l)
	if err != nil {
		return nil, err
	}
	day, err := optionalDay(l.OccurredOn)
	if err != nil {
		return nil, err
	}
	tags := l.Tags
	if tags == nil {
		tags = []string{}
	}
	var reason *string
	if l.Closing != nil {
		reason = (*string)(&l.Closing.Reason)
	}
	return []any{
		optionalID(l.ID), l.Version, string(l.State), l.Serial, string(l.Source), string(l.Type), l.PlaceCode, l.Grid, optionalID(l.Round),
		optionalID(l.Case), l.FoundAt, day, l.People, tags, reason, l.ReportedAt, l.ReportedBy, l.ReporterIssuer, l.UpdatedAt, l.EndedAt,
		r.lookupKey(mediation.PlaceLookup(l.Place)), r.lookupKey(mediation.PointLookup(l.Point)), optionalID(from.Import), r.rowKey(from.Row), box,
	}, nil
}

// optionalID is NULL for "".
func optionalID(id mediation.ID) any {
	if id == "" {
		return nil
	}
	return [16]byte(uuid.MustParse(string(id)))
}

func optionalDay(day string) (*time.Time, error) {
	if day == "" {
		return nil, nil
	}
	parsed, err := time.Parse(time.DateOnly, day)
	return &parsed, err
}

// CreateLeads stores leads with their parties' keys and their first entries, however many, by a handful of statements.
func (t *tenantTx) CreateLeads(ctx context.Context, reports []casework.NewLead) error {
	leads, entries, keys := make([][]any, 0, len(reports)), make([][]any, 0, len(reports)), [][]any{}
	var persons personRows
	for _, report := range reports {
		row, err := t.rows.leadRow(report.Lead, report.From)
		if err != nil {
			return err
		}
		entry, err := t.rows.leadEntryRow(report.Entry)
		if err != nil {
			return err
		}
		leads, entries = append(leads, row), append(entries, entry)
		keys = append(keys, t.rows.partyKeyRows(ofLead, report.Lead.ID, report.Lead.Parties)...)
		persons.add(t.rows, report.Lead.ID, report.Lead.Parties)
	}
	if _, err := t.tx.CopyFrom(ctx, pgx.Identifier{"lead"}, leadColumns, pgx.CopyFromRows(leads)); err != nil {
		return err
	}
	if _, err := t.tx.CopyFrom(ctx, pgx.Identifier{"lead_journal"}, leadEntryColumns, pgx.CopyFromRows(entries)); err != nil {
		return err
	}
	if _, err := t.tx.CopyFrom(ctx, pgx.Identifier{"party_key"}, partyKeyColumns, pgx.CopyFromRows(keys)); err != nil {
		return err
	}
	return persons.insert(ctx, t.tx, t.rows)
}

const updateLead = `UPDATE lead SET version = $2, state = $3, source = $4, type = $5, place_code = $6, case_id = $7, found_at = $8,
	occurred_on = $9, people = $10, tags = $11, closing_reason = $12, updated_at = $13, ended_at = $14, place_key = $15, point_key = $16,
	details = $17 WHERE id = $1 AND version = $18 AND state = $19`

// UpdateLead stores after where before still holds, with its entry; keys only when the parties are others.
func (t *tenantTx) UpdateLead(ctx context.Context, before, after mediation.Lead, entry mediation.LeadEntry) error {
	row, err := t.rows.leadRow(after, casework.LeadOrigin{})
	if err != nil {
		return err
	}
	line, err := t.rows.leadEntryRow(entry)
	if err != nil {
		return err
	}
	at := func(column string) any { return row[slices.Index(leadColumns, column)] }
	stored, err := t.tx.Exec(ctx, updateLead, at("id"), at("version"), at("state"), at("source"), at("type"), at("place_code"), at("case_id"),
		at("found_at"), at("occurred_on"), at("people"), at("tags"), at("closing_reason"), at("updated_at"), at("ended_at"), at("place_key"),
		at("point_key"), at("details"), before.Version, string(before.State))
	if err != nil {
		return err
	}
	if stored.RowsAffected() == 0 {
		return mediation.StaleVersion()
	}
	batch := &pgx.Batch{}
	batch.Queue(insertLeadEntry, line...)
	if !slices.Equal(before.Parties, after.Parties) {
		t.rows.queuePartyKeys(batch, ofLead, after.ID, after.Parties)
	}
	return t.tx.SendBatch(ctx, batch).Close()
}

// LockLead locks first and reads in a statement of its own, as LockCase does.
func (t *tenantTx) LockLead(ctx context.Context, id mediation.ID) (mediation.Lead, error) {
	if uuid.Validate(string(id)) != nil {
		return mediation.Lead{}, mediation.UnknownLead()
	}
	if _, err := t.tx.Exec(ctx, `SELECT FROM lead WHERE id = $1 FOR NO KEY UPDATE`, string(id)); err != nil {
		return mediation.Lead{}, err
	}
	return t.rows.findLead(ctx, t.tx, id)
}

// NextSerials takes as many numbers of a series as are asked for and gives the first.
func (t *tenantTx) NextSerials(ctx context.Context, series string, year, count int) (first int, err error) {
	err = t.tx.QueryRow(ctx, `INSERT INTO numbering AS n (series, committee, year, last) VALUES ($1, '', $2, $3)
		ON CONFLICT (series, committee, year) DO UPDATE SET last = n.last + $3 RETURNING last - $3 + 1`, series, year, count).Scan(&first)
	return first, err
}

func (r tenantRows) findLead(ctx context.Context, q querier, id mediation.ID) (mediation.Lead, error) {
	if uuid.Validate(string(id)) != nil {
		return mediation.Lead{}, mediation.UnknownLead()
	}
	rows, err := q.Query(ctx, selectLead+` WHERE c.id = $1`, string(id))
	if err != nil {
		return mediation.Lead{}, err
	}
	l, err := pgx.CollectExactlyOneRow(rows, r.scanLead)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, mediation.UnknownLead()
	}
	return l, err
}

// FindLead reads one lead.
func (s *TenantStore) FindLead(ctx context.Context, id mediation.ID) (l mediation.Lead, err error) {
	if s.Shredded() {
		return l, shredded()
	}
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		l, err = s.rows.findLead(ctx, pool, id)
		return err
	})
	return l, err
}

// ListLeads takes a checked query; page and total come in one round trip, both within the query's scope.
func (s *TenantStore) ListLeads(ctx context.Context, query mediation.LeadQuery) (page casework.LeadPage, err error) {
	err = use(ctx, s.source, func(pool *pgxpool.Pool) error {
		page, err = s.rows.listLeads(ctx, pool, query)
		return err
	})
	return page, err
}

func (r tenantRows) listLeads(ctx context.Context, q querier, query mediation.LeadQuery) (casework.LeadPage, error) {
	batch := &pgx.Batch{}
	leadPaging(query).queue(batch, filterLeads(query))
	leads, total, err := readPage(q.SendBatch(ctx, batch), r.scanLead)
	if err != nil {
		return casework.LeadPage{}, err
	}
	page := casework.LeadPage{Total: total}
	page.Leads, page.Next = cut(leads, query.Limit, func(l mediation.Lead) mediation.Position {
		return positionIn(query.Sort, l.FoundAt, l.UpdatedAt, l.ID)
	})
	return page, nil
}

func leadPaging(query mediation.LeadQuery) paging {
	p := paging{columns: selectLead, from: "lead c", sort: "c.found_at", newestFirst: true, after: query.After, limit: query.Limit}
	if query.Sort == mediation.SortUpdated {
		p.sort, p.newestFirst = "c.updated_at", false
	}
	return p
}

func filterLeads(query mediation.LeadQuery) *filter {
	f := &filter{}
	for _, any := range []struct {
		condition string
		values    []string
	}{{"c.state = ANY(?)", texts(query.States)}, {"c.source = ANY(?)", texts(query.Sources)}, {"c.type = ANY(?)", texts(query.Types)}} {
		if len(any.values) > 0 {
			f.add(any.condition, any.values)
		}
	}
	for _, exact := range []struct{ condition, value string }{
		{"c.round_id = ?", knownID(query.Round)}, {"c.case_id = ?", knownID(query.Case)}, {"c.grid = ?", query.Grid}, {"c.serial = ?", query.Serial},
	} {
		if exact.value != "" {
			f.add(exact.condition, exact.value)
		}
	}
	for _, moment := range []struct {
		condition string
		at        *time.Time
	}{{"c.found_at >= ?", query.FoundFrom}, {"c.found_at < ?", query.FoundTo}, {"c.updated_at > ?", query.UpdatedAfter}} {
		if moment.at != nil {
			f.add(moment.condition, *moment.at)
		}
	}
	if own := query.Scope.ReportedBy; own != nil {
		theirs, args := "c.reported_by = ? AND c.reporter_issuer = ?", []any{own.Subject, own.Issuer}
		for _, village := range query.Scope.Villages {
			theirs += " OR " + inVillage
			args = append(args, village, village+behindDigits)
		}
		f.add("("+theirs+")", args...)
	}
	return f
}

// knownID keeps what is no UUID away from the database: it becomes the one that nothing has.
func knownID(id mediation.ID) string {
	if id != "" && uuid.Validate(string(id)) != nil {
		return uuid.Nil.String()
	}
	return string(id)
}

// paging is a list that is ordered by a moment and then by id, and cut into pages.
type paging struct {
	columns, from string
	sort          string // column
	newestFirst   bool
	after         *mediation.Position
	limit         int
}

// queue queues the total and the page, as filter.page does for cases.
func (p paging) queue(batch *pgx.Batch, f *filter) {
	f.total(batch, p.from)
	compare, direction := ">", ""
	if p.newestFirst {
		compare, direction = "<", " DESC"
	}
	cut := &filter{conditions: slices.Clone(f.conditions), args: slices.Clone(f.args)}
	if p.after != nil {
		cut.add("("+p.sort+", c.id) "+compare+" (?, ?)", p.after.At, string(p.after.ID))
	}
	cut.args = append(cut.args, p.limit+1)
	batch.Queue(p.columns+cut.where()+` ORDER BY `+p.sort+direction+`, c.id`+direction+` LIMIT $`+strconv.Itoa(len(cut.args)), cut.args...)
}
