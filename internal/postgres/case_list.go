package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// filter collects conditions and their arguments. Only the fixed texts of this package become SQL; every value of a
// request is an argument.
type filter struct {
	conditions []string
	args       []any
}

// add appends a condition in which each ? stands for the next value.
func (f *filter) add(condition string, values ...any) {
	for _, value := range values {
		f.args = append(f.args, value)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(f.args)), 1)
	}
	f.conditions = append(f.conditions, condition)
}

// take gives the conditions so far and begins a new list on the same arguments.
func (f *filter) take() []string {
	conditions := f.conditions
	f.conditions = nil
	return conditions
}

func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return list
}

// filterCases is the same for a tenant's cases and for the county's index, whose columns have the same names.
func filterCases(query mediation.CaseQuery) *filter {
	f := &filter{}
	f.addCases(query)
	f.addFiled(query, "c")
	return f
}

// addFiled adds the moment of filing; table has it.
func (f *filter) addFiled(query mediation.CaseQuery, table string) {
	if query.FiledFrom != nil {
		f.add(table+".filed_at >= ?", *query.FiledFrom)
	}
	if query.FiledTo != nil {
		f.add(table+".filed_at < ?", *query.FiledTo)
	}
}

func (f *filter) addCases(query mediation.CaseQuery) {
	switch len(query.States) {
	case 0:
	case 1: // so said, the index by state gives them in order
		f.add("c.state = ?", string(query.States[0]))
	default:
		f.add("c.state = ANY(?)", texts(query.States))
	}
	if len(query.Types) > 0 {
		f.add("c.type = ANY(?)", texts(query.Types))
	}
	if len(query.Sources) > 0 {
		f.add("c.source = ANY(?)", texts(query.Sources))
	}
	filterJudged(f, query)
	for _, exact := range []struct{ condition, value string }{
		{"? = ANY(c.tags)", query.Tag}, {"c.registration = ?", query.Registration}, {"c.number = ?", query.Number},
	} {
		if exact.value != "" {
			f.add(exact.condition, exact.value)
		}
	}
	if query.UpdatedAfter != nil {
		f.add("c.updated_at > ?", *query.UpdatedAfter)
	}
}

func filterJudged(f *filter, query mediation.CaseQuery) {
	addJudged(f, "c.risk", query.Risks)
	addJudged(f, "c.difficulty", query.Difficulties)
	if len(query.Governance) > 0 {
		f.add("c.governance_types && ?", texts(query.Governance))
	}
	if query.Enterprise != nil {
		f.add("c.enterprise = ?", *query.Enterprise)
	}
}

// addJudged adds what a column may be; it is null where nobody has judged.
func addJudged[T ~string](f *filter, column string, values []T) {
	switch judged := slices.DeleteFunc(slices.Clone(values), func(v T) bool { return v == mediation.Unjudged }); {
	case len(values) == 0:
	case len(judged) == 0:
		f.conditions = append(f.conditions, column+" IS NULL")
	case len(judged) < len(values):
		f.add("("+column+" IS NULL OR "+column+" = ANY(?))", texts(judged))
	default:
		f.add(column+" = ANY(?)", texts(judged))
	}
}

// order gives the keyset of a sort: the condition behind a position, and the order. id is the id's column.
func order(sort, id string) (behind, by string) {
	if sort == mediation.SortUpdated {
		return "(c.updated_at, " + id + ") > (?, ?#::uuid)", " ORDER BY c.updated_at, " + id
	}
	return "(c.filed_at, " + id + ") < (?, ?#::uuid)", " ORDER BY c.filed_at DESC, " + id + " DESC"
}

// page queues the total and the page. One row more than asked for tells whether there is a next page.
func (f *filter) page(batch *pgx.Batch, query mediation.CaseQuery, columns, from, id string) {
	f.total(batch, from)
	behind, by := order(query.Sort, id)
	cut := &filter{conditions: append([]string(nil), f.conditions...), args: append([]any(nil), f.args...)}
	if query.After != nil {
		cut.args = append(cut.args, query.After.At, string(query.After.ID))
		at, last := "$"+strconv.Itoa(len(cut.args)-1), "$"+strconv.Itoa(len(cut.args))
		cut.conditions = append(cut.conditions, strings.NewReplacer("?#", last, "?", at).Replace(behind))
	}
	cut.args = append(cut.args, query.Limit+1)
	batch.Queue(columns+cut.where()+by+` LIMIT $`+strconv.Itoa(len(cut.args)), cut.args...)
}

// total queues the count, which stops where it is no longer exact.
func (f *filter) total(batch *pgx.Batch, from string) {
	batch.Queue(`SELECT count(*) FROM (SELECT 1 FROM `+from+f.where()+` LIMIT `+strconv.Itoa(mediation.MaximumExactTotal+1)+`) counted`, f.args...)
}

// readPage reads what page queued.
func readPage[T any](results pgx.BatchResults, scan pgx.RowToFunc[T]) (list []T, total mediation.Total, err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	var count int
	if err := results.QueryRow().Scan(&count); err != nil {
		return nil, total, err
	}
	total = mediation.Total{Value: min(count, mediation.MaximumExactTotal), Exact: count <= mediation.MaximumExactTotal}
	rows, err := results.Query()
	if err != nil {
		return nil, total, err
	}
	list, err = pgx.CollectRows(rows, scan)
	return list, total, err
}

// cut takes off the row too many and gives the position to continue behind, by the last row that stays.
func cut[T any](list []T, limit int, position func(T) mediation.Position) ([]T, *mediation.Position) {
	if len(list) <= limit {
		return list, nil
	}
	list = list[:limit]
	next := position(list[limit-1])
	return list, &next
}

func positionIn(sort string, filed, updated time.Time, id mediation.ID) mediation.Position {
	if sort == mediation.SortUpdated {
		return mediation.Position{At: updated, ID: id}
	}
	return mediation.Position{At: filed, ID: id}
}

// mediatedBy takes a subject, and an issuer or "" twice.
const mediatedBy = `c.id IN (SELECT m.case_id FROM mediator m WHERE m.until IS NULL AND m.subject = ? AND (m.issuer = ? OR ? = ''))`

// dueBetween takes two moments, either of which may be missing: one clock lies between them.
const dueBetween = `c.id IN (SELECT k.case_id FROM clock k WHERE k.state = 'open'
	AND k.due >= COALESCE(?::timestamptz, '-infinity') AND k.due < COALESCE(?::timestamptz, 'infinity'))`

// addTenant adds what stands with the tenant alone and not in the county's index.
func (f *filter) addTenant(query mediation.CaseQuery) {
	if m := query.Mediator; m.Subject != "" {
		f.add(mediatedBy, m.Subject, m.Issuer, m.Issuer)
	}
	if query.DueAfter != nil || query.DueBefore != nil {
		f.add(dueBetween, query.DueAfter, query.DueBefore)
	}
	if query.OccurredFrom != "" {
		f.add("c.occurred_on >= ?::text::date", query.OccurredFrom)
	}
	if query.OccurredTo != "" {
		f.add("c.occurred_on <= ?::text::date", query.OccurredTo)
	}
}

// queueCaseList asks for the total and the page.
func queueCaseList(query casework.CaseQuery) *pgx.Batch {
	batch := &pgx.Batch{}
	f := filterCases(query)
	f.addTenant(query)
	f.addScope(query.Scope, "c.id", restrictedRow)
	f.page(batch, query, selectListed, "cases c", "c.id")
	return batch
}

// listCases gives of each case what its row holds: parties, who mediates and who must keep away, the agreement's form and
// amount, the volume's number. What happened in it is read with the case.
func (r tenantRows) listCases(ctx context.Context, q querier, query casework.CaseQuery) (casework.CasePage, error) {
	if query.Search != "" {
		return r.searchCases(ctx, q, query)
	}
	cases, total, err := readPage(q.SendBatch(ctx, queueCaseList(query)), r.scanListed)
	if err != nil {
		return casework.CasePage{}, err
	}
	page := casework.CasePage{Total: total}
	page.Cases, page.Next = cut(cases, query.Limit, func(c mediation.Case) mediation.Position {
		return positionIn(query.Sort, c.FiledAt, c.UpdatedAt, c.ID)
	})
	return page, nil
}
