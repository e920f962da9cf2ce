package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// crowd is a place with more cases than a search looks at one by one: all are 纠纷, one in twenty is 邻里, every three
// thousandth is of 欧阳, and every thousandth is archived.
type crowd struct {
	*place
	ids []mediation.ID
}

const crowdSize = postgres.MaximumHits + 500

func newCrowd(t *testing.T) *crowd {
	w := &crowd{place: newPlace(t)}
	codec, err := seal.NewCodec(w.county.DataKeys(w.code))
	w.must(err)
	lexer := codec.Lexer()
	var cases [][]any
	var vectors, ids []string
	for i := range crowdSize {
		c := w.newCase()
		c.Title, c.FiledAt = "纠纷", midday.Add(-time.Duration(i/2)*time.Minute)
		if i%20 == 0 {
			c.Facts = "邻里之间"
		}
		if i%3000 == 0 {
			c.Claims = "欧阳"
		}
		if i%1000 == 0 {
			c.State = mediation.StateArchived
		}
		box := func(column, text string) []byte {
			sealed, err := codec.Seal([]byte(text), seal.AAD{Tenant: w.code, Table: "cases", Column: column, Row: string(c.ID)})
			w.must(err)
			return sealed
		}
		cases = append(cases, []any{string(c.ID), 1, string(c.State), c.Registration, string(w.committee), string(c.Type), "application", box("title", c.Title),
			box("facts", c.Facts), box("claims", c.Claims), box("place", ""), "x", c.FiledAt, c.FiledAt, 1})
		ids, vectors = append(ids, string(c.ID)), append(vectors, postgres.SearchVector(lexer.Lexeme, c))
		w.ids = append(w.ids, c.ID)
	}
	columns := strings.Fields("id version state registration committee type source title facts claims place filed_by filed_at updated_at search_edition")
	_, err = w.owner.CopyFrom(t.Context(), pgx.Identifier{"cases"}, columns, pgx.CopyFromRows(cases))
	w.must(err)
	w.exec(`INSERT INTO case_search (case_id, filed_at, search) SELECT u.id, c.filed_at, u.v::tsvector
		FROM unnest($1::uuid[], $2::text[]) u(id, v) JOIN cases c ON c.id = u.id`, ids, vectors)
	w.exec(`ANALYZE case_search`)
	w.exec(`ANALYZE cases`)
	return w
}

func (w *crowd) plan(settings, sql string, args []any) string {
	w.t.Helper()
	tx, err := w.owner.Begin(w.t.Context())
	w.must(err)
	defer func() { _ = tx.Rollback(w.t.Context()) }()
	_, err = tx.Exec(w.t.Context(), settings)
	w.must(err)
	rows, err := tx.Query(w.t.Context(), "EXPLAIN "+sql, args...)
	w.must(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	return strings.Join(lines, "\n")
}

func TestSearch_plans(t *testing.T) {
	w := newCrowd(t)
	archived := []mediation.State{mediation.StateArchived}
	after := &mediation.Position{At: midday.Add(-time.Hour), ID: w.ids[0]}
	for reason, c := range map[string]struct {
		query casework.CaseQuery
		walk  bool
		want  string
	}{
		"a rare word by its index":             {casework.CaseQuery{Search: "欧阳"}, false, "Bitmap Index Scan on case_search_words"},
		"one character too":                    {casework.CaseQuery{Search: "阳"}, false, "Bitmap Index Scan on case_search_words"},
		"a longer string too":                  {casework.CaseQuery{Search: "邻里之间"}, false, "Bitmap Index Scan on case_search_words"},
		"two terms too":                        {casework.CaseQuery{Search: "邻里 欧阳"}, false, "Bitmap Index Scan on case_search_words"},
		"whatever else is asked":               {casework.CaseQuery{Search: "欧阳", States: archived, Sort: mediation.SortUpdated}, false, "Bitmap Index Scan on case_search_words"},
		"how common it may be":                 {casework.CaseQuery{Search: "纠纷"}, false, "Bitmap Index Scan on case_search_words"},
		"within days":                          {casework.CaseQuery{Search: "邻里", FiledFrom: &midday}, false, "case_search"},
		"a common word along the list":         {casework.CaseQuery{Search: "纠纷"}, true, "Index Scan using case_search_filed"},
		"from the middle of it":                {casework.CaseQuery{Search: "纠纷", After: after}, true, "Index Cond: (ROW(filed_at, case_id)"},
		"with a filter, words last, by key":    {casework.CaseQuery{Search: "纠纷", States: archived}, true, "Index Scan using case_search_pkey"},
		"a rare state by its index":            {casework.CaseQuery{Search: "纠纷", States: archived}, true, "cases_state"},
		"by the last change, along that order": {casework.CaseQuery{Search: "纠纷", Sort: mediation.SortUpdated}, true, "Index Scan using case_search_pkey"},
	} {
		c.query.Sight, c.query.Limit = everything, 50
		if c.query.Sort == "" {
			c.query.Sort = mediation.SortFiledDescending
		}
		byWords, byWalk, wordsArgs, walkArgs, err := w.SearchStatements(c.query)
		w.must(err)
		plan := w.plan(postgres.PlanSearch, byWords, wordsArgs)
		if c.walk {
			settings := postgres.PlanSearch
			if len(c.query.States) == 0 && c.query.Sort == mediation.SortFiledDescending {
				settings = postgres.PlanWalk
			}
			plan = w.plan(settings, byWalk, walkArgs)
		}
		if !strings.Contains(plan, c.want) || strings.Contains(plan, "Seq Scan on case_search") {
			t.Errorf("%s: want %s in\n%s", reason, c.want, plan)
		}
	}
}

// A common word is listed like everything else: in order, each case once, and the total says "at least".
func TestSearch_commonWords(t *testing.T) {
	w := newCrowd(t)
	page := func(q casework.CaseQuery) casework.CasePage {
		t.Helper()
		q.Sight = everything
		if q.Sort == "" {
			q.Sort = mediation.SortFiledDescending
		}
		page, err := w.ListCases(t.Context(), q)
		w.must(err)
		return page
	}
	through := func(q casework.CaseQuery, most int) (ids []string) {
		for {
			p := page(q)
			for _, c := range p.Cases {
				ids = append(ids, fmt.Sprint(c.FiledAt.Unix(), " ", c.ID))
			}
			if q.After = p.Next; p.Next == nil || len(ids) >= most {
				return ids
			}
		}
	}
	all, found := through(casework.CaseQuery{Limit: 90}, 400), through(casework.CaseQuery{Search: "纠纷", Limit: 90}, 400)
	if !slices.Equal(all, found) || len(found) < 400 {
		t.Errorf("the list has\n%v, the search\n%v", all, found)
	}
	w.judgedCommon(t, through)
	archived := []mediation.State{mediation.StateArchived}
	for _, sort := range []string{mediation.SortFiledDescending, mediation.SortUpdated} {
		all := through(casework.CaseQuery{States: archived, Sort: sort, Limit: 4}, crowdSize)
		found := through(casework.CaseQuery{Search: "纠纷", States: archived, Sort: sort, Limit: 4}, crowdSize)
		if !slices.Equal(all, found) || len(found) != (crowdSize+999)/1000 {
			t.Errorf("%s: %d archived, %d of them found", sort, len(all), len(found))
		}
	}
	for _, c := range []struct {
		q     string
		value int
		exact bool
	}{{"纠纷", mediation.MaximumExactTotal, false}, {"邻里", (crowdSize + 19) / 20, true}, {"欧阳", (crowdSize + 2999) / 3000, true}, {"纠纷 欧阳", (crowdSize + 2999) / 3000, true}} {
		if total := page(casework.CaseQuery{Search: c.q, Limit: 1}).Total; total.Value != c.value || total.Exact != c.exact {
			t.Errorf("%s: %+v, want %d %v", c.q, total, c.value, c.exact)
		}
	}
}

// judgedCommon has the statistics speak of half a million cases: what they call common is walked without being counted,
// and what is not is counted as ever.
func (w *crowd) judgedCommon(t *testing.T, through func(q casework.CaseQuery, most int) []string) {
	t.Helper()
	const speak = `UPDATE pg_class SET reltuples = $1 WHERE oid = 'case_search'::regclass`
	counted := through(casework.CaseQuery{Search: "纠纷", Limit: 90}, 400)
	w.exec(speak, 500_000)
	defer w.exec(speak, crowdSize)
	if judged := through(casework.CaseQuery{Search: "纠纷", Limit: 90}, 400); !slices.Equal(judged, counted) {
		t.Errorf("counted\n%v, judged\n%v", counted, judged)
	}
	for q, want := range map[string]mediation.Total{"纠纷": {Value: mediation.MaximumExactTotal}, "邻里": {Value: (crowdSize + 19) / 20, Exact: true},
		"纠纷 欧阳": {Value: (crowdSize + 2999) / 3000, Exact: true}} {
		if page, err := w.search(q, everything); err != nil || page.Total != want {
			t.Errorf("%s: %+v, %v; want %+v", q, page.Total, err, want)
		}
	}
}
