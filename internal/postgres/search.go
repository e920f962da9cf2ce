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

const (
	// maximumHits is how many cases with the searched words are looked at one by one. A word of more is common: then the
	// list is walked in its own order until a page is full, which for a word in so many cases is soon, and the total only
	// says "at least".
	maximumHits = mediation.MaximumExactTotal
	// commonHits is how many cases must have a word by PostgreSQL's statistics for it to be common without being counted.
	// Only one word by itself is judged so: its frequency is measured, that of several together is a guess.
	commonHits = 5 * maximumHits
	// indexedAtOnce is how many cases that are not indexed yet one search indexes before it answers.
	indexedAtOnce = 200
)

// A plan that was made without knowing the words is right for none, and the whole table is never read: of a million cases
// it has gigabytes. The settings end with the batch that begins with them.
const planSearch = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('work_mem', '32MB', true)`

// planWalk leaves the list's own index as the only way.
const planWalk = planSearch + `, set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`

// search is one search of a tenant, as conditions that share their arguments: on the words, which are rows of
// case_search s; on the moment of filing, which both tables have, so that @ stands for either; and on cases c.
type search struct {
	query              casework.CaseQuery
	words, filed, rest []string
	args               []any
	one                bool // one word or one pair, which is the first argument
}

// place is where a found case stands in the list.
type place = mediation.Position

// found is what a search finds: a page, and what it knows of the whole.
type found struct {
	common bool // more than maximumHits cases have the words: find leaves the page to walk, and total is a lower bound
	page   []place
	total  mediation.Total
}

// newSearch turns a checked query into conditions. Here, and nowhere else, is decided which words somebody's search sees:
// page and total follow from the same conditions.
func (r tenantRows) newSearch(query casework.CaseQuery) (*search, error) {
	shown, err := r.searchQuery(query.Search, wordsOfTitle)
	if err != nil {
		return nil, err
	}
	s, f := &search{query: query}, &filter{}
	if query.Sight.Named {
		all, err := r.searchQuery(query.Search, wordsOfAll)
		if err != nil {
			return nil, err
		}
		f.add("s.search @@ ?::text::tsquery", all)
		f.add("(s.recused IS NULL OR NOT ? = ANY(s.recused) OR s.search @@ ?::text::tsquery)", query.Sight.Person.ID(), shown)
		if len(query.Sight.Shut) > 0 {
			f.add("(NOT s.case_id::text = ANY(?) OR s.search @@ ?::text::tsquery)", texts(query.Sight.Shut), shown)
		}
	} else {
		f.add("s.search @@ ?::text::tsquery", shown)
	}
	f.addScope(query.Scope, "s.case_id", restrictedWords)
	s.words = f.take()
	f.addFiled(query, "@")
	s.filed = f.take()
	f.addCases(query)
	f.addTenant(query)
	s.rest, s.args = f.take(), f.args
	s.one = !strings.ContainsAny(s.args[0].(string), "&|<")
	return s, nil
}

// alone tells whether the words and the moment of filing say all, so that the table cases need not be asked.
func (s *search) alone() bool { return len(s.rest) == 0 && s.query.Sort != mediation.SortUpdated }

func (s *search) filedOf(table string) []string {
	conditions := make([]string, 0, len(s.filed))
	for _, condition := range s.filed {
		conditions = append(conditions, strings.Replace(condition, "@", table, 1))
	}
	return conditions
}

// cut is the condition behind the last page, the order and the end of a page, with their arguments.
func (s *search) cut(at, id string) (behind, order, limit string, args []any) {
	args = slices.Clone(s.args)
	behind, order = "true", at+" DESC, "+id+" DESC"
	compare := "<"
	if s.query.Sort == mediation.SortUpdated {
		order, compare = at+", "+id, ">"
	}
	if after := s.query.After; after != nil {
		args = append(args, after.At, string(after.ID))
		behind = "(" + at + ", " + id + ") " + compare + " ($" + strconv.Itoa(len(args)-1) + ", $" + strconv.Itoa(len(args)) + "::uuid)"
	}
	return behind, order, " LIMIT " + strconv.Itoa(s.query.Limit+1), args
}

func and(conditions ...[]string) string {
	return strings.Join(append(slices.Concat(conditions...), "true"), " AND ")
}

func (s *search) sortColumn() string {
	if s.query.Sort == mediation.SortUpdated {
		return "c.updated_at"
	}
	return "c.filed_at"
}

// byWords takes the cases that have the words from their index, and of those what else is asked for. Page and total are of
// one moment.
func (s *search) byWords() (sql string, args []any) {
	matching := `SELECT h.case_id AS id, h.filed_at AS at FROM hits h`
	if !s.alone() {
		matching = `SELECT c.id, ` + s.sortColumn() + ` AS at FROM hits h JOIN cases c ON c.id = h.case_id WHERE ` + and(s.rest)
	}
	behind, order, limit, args := s.cut("at", "id")
	return `WITH hits AS MATERIALIZED (SELECT s.case_id, s.filed_at FROM case_search s WHERE ` + and(s.words, s.filedOf("s")) +
		` LIMIT ` + strconv.Itoa(maximumHits+1) + `), matching AS MATERIALIZED (` + matching + `),
		page AS MATERIALIZED (SELECT id, at FROM matching WHERE ` + behind + ` ORDER BY ` + order + limit + `)
		SELECT (SELECT count(*) FROM hits), (SELECT count(*) FROM matching),
		       ` + pendingCases + `,
		       (SELECT array_agg(id::text ORDER BY ` + order + `) FROM page), (SELECT array_agg(at ORDER BY ` + order + `) FROM page)`, args
}

// byWalk goes along the list until a page is full.
func (s *search) byWalk() (sql string, args []any) {
	if s.alone() {
		behind, order, limit, args := s.cut("s.filed_at", "s.case_id")
		return `SELECT s.case_id::text, s.filed_at FROM case_search s WHERE ` + and(s.words, s.filedOf("s")) + ` AND ` + behind +
			` ORDER BY ` + order + limit, args
	}
	behind, order, limit, args := s.cut(s.sortColumn(), "c.id")
	// OFFSET 0 has the words looked at last, case by case: everything else is cheaper.
	return `SELECT c.id::text, ` + s.sortColumn() + ` FROM cases c
		CROSS JOIN LATERAL (SELECT FROM case_search s WHERE s.case_id = c.id AND ` + and(s.words) + ` OFFSET 0) has
		WHERE ` + and(s.rest, s.filedOf("c")) + ` AND ` + behind + ` ORDER BY ` + order + limit, args
}

// pendingCases counts the cases without words, as far as a thousand.
const pendingCases = `(SELECT count(*) FROM (SELECT FROM cases WHERE search_edition IS NULL LIMIT 1000) pending)`

// common asks the statistics whether the word is in so many cases that counting them would take longer than finding a
// page of them. Then the total is at least what lists count to.
func (s *search) common(ctx context.Context, q querier) (found, error) {
	if !s.one || !s.alone() || len(s.filed) > 0 {
		return found{}, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(planSearch)
	batch.Queue(`EXPLAIN (FORMAT JSON) SELECT FROM case_search s WHERE s.search @@ $1::text::tsquery`, s.args[0])
	batch.Queue(`SELECT ` + pendingCases)
	results := q.SendBatch(ctx, batch)
	var (
		result found
		plan   []struct {
			Plan struct {
				Rows float64 `json:"Plan Rows"`
			}
		}
	)
	_, err := results.Exec()
	if err == nil {
		err = results.QueryRow().Scan(&plan)
	}
	if err == nil {
		err = results.QueryRow().Scan(&result.total.Pending)
	}
	if err := errors.Join(err, results.Close()); err != nil {
		return found{}, err
	}
	result.common = len(plan) == 1 && plan[0].Plan.Rows >= commonHits
	result.total.Value = mediation.MaximumExactTotal
	return result, nil
}

func (s *search) find(ctx context.Context, q querier) (found, error) {
	if result, err := s.common(ctx, q); err != nil || result.common {
		return result, err
	}
	sql, args := s.byWords()
	batch := &pgx.Batch{}
	batch.Queue(planSearch)
	batch.Queue(sql, args...)
	var (
		result         found
		hits, matching int
		ids            []string
		at             []time.Time
	)
	results := q.SendBatch(ctx, batch)
	_, err := results.Exec()
	if err == nil {
		err = results.QueryRow().Scan(&hits, &matching, &result.total.Pending, &ids, &at)
	}
	if err := errors.Join(err, results.Close()); err != nil {
		return found{}, err
	}
	result.common = hits > maximumHits
	result.total.Value = min(matching, mediation.MaximumExactTotal)
	result.total.Exact = !result.common && matching <= mediation.MaximumExactTotal && result.total.Pending == 0
	for i, id := range ids {
		result.page = append(result.page, place{At: at[i], ID: mediation.ID(id)})
	}
	return result, nil
}

func (s *search) walk(ctx context.Context, q querier) (page []place, err error) {
	plan := planSearch
	if s.alone() {
		plan = planWalk
	}
	sql, args := s.byWalk()
	batch := &pgx.Batch{}
	batch.Queue(plan)
	batch.Queue(sql, args...)
	results := q.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p place, err error) {
		err = row.Scan((*string)(&p.ID), &p.At)
		return p, err
	})
}

// searchCases is listCases for a query with words.
func (r tenantRows) searchCases(ctx context.Context, q querier, query casework.CaseQuery) (casework.CasePage, error) {
	s, err := r.newSearch(query)
	if err != nil {
		return casework.CasePage{}, err
	}
	result, err := s.find(ctx, q)
	if err == nil && result.common {
		result.page, err = s.walk(ctx, q)
	}
	if err != nil {
		return casework.CasePage{}, err
	}
	page := casework.CasePage{Total: result.total}
	result.page, page.Next = cut(result.page, query.Limit, func(p place) mediation.Position { return p })
	page.Cases, err = r.casesAt(ctx, q, result.page)
	return page, err
}

// casesAt reads the cases of a page in its order. A case that changed after it was found is shown as it is now, at the
// place where it was found: the next page begins behind that place.
func (r tenantRows) casesAt(ctx context.Context, q querier, page []place) ([]mediation.Case, error) {
	if len(page) == 0 {
		return nil, nil
	}
	order := make(map[mediation.ID]int, len(page))
	ids := make([]string, 0, len(page))
	for i, p := range page {
		order[p.ID] = i
		ids = append(ids, string(p.ID))
	}
	rows, err := q.Query(ctx, selectListed+`WHERE c.id = ANY($1::uuid[])`, ids)
	if err != nil {
		return nil, err
	}
	cases, err := pgx.CollectRows(rows, r.scanListed)
	slices.SortFunc(cases, func(a, b mediation.Case) int { return order[a.ID] - order[b.ID] })
	return cases, err
}
