package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"
)

// searchMost is the budget of a search's 95th percentile at a million cases.
const searchMost = 50 * time.Millisecond

// searchesEach is how many searches of a kind are timed, warm.
const searchesEach = 150

// searching is a kind of search: every call gives one of its queries.
type searching struct {
	what  string
	query func(r *rand.Rand) url.Values
}

// searchings are what people look for, by how many cases hold it. Words of the load are in load.go.
func searchings(l load) []searching {
	q := func(text string, more ...string) url.Values {
		values := url.Values{"q": {text}}
		for i := 0; i < len(more); i += 2 {
			values.Set(more[i], more[i+1])
		}
		return values
	}
	number := func(r *rand.Rand) int { return r.IntN(l.cases) }
	name := func(r *rand.Rand) string { return personName(number(r)) }
	state := func(r *rand.Rand) string { return []string{"pending-acceptance", "withdrawn"}[r.IntN(2)] }
	return []searching{
		{"two characters of a name", func(r *rand.Rand) url.Values { runes := []rune(name(r)); return q(string(runes[:2])) }},
		{"two characters of a dispute", func(r *rand.Rand) url.Values { return q(string([]rune(quarrel(number(r)))[:2])) }},
		{"two characters of a village", func(r *rand.Rand) url.Values { return q(string([]rune(villages(number(r)))[:2])) }},
		{"two characters that every case has", func(*rand.Rand) url.Values { return q("纠纷") }},
		{"two characters that no case has", func(r *rand.Rand) url.Values { return q("䶮" + string(rune(0x4E00+r.IntN(20_000)))) }},
		{"one character of a name", func(r *rand.Rand) url.Values { return q(string([]rune(name(r))[1])) }},
		{"a whole name", func(r *rand.Rand) url.Values { return q(name(r)) }},
		{"a village and a dispute", func(r *rand.Rand) url.Values { return q(villages(number(r)) + " " + quarrel(number(r))) }},
		{"two characters with a state", func(r *rand.Rand) url.Values { return q(string([]rune(quarrel(number(r)))[:2]), "state", state(r)) }},
		{"two characters with a type, by last change", func(r *rand.Rand) url.Values {
			return q(string([]rune(villages(number(r)))[:2]), "type", fmt.Sprintf("%02d", 1+r.IntN(18)), "sort", "updated_at")
		}},
		{"two characters within a minute", func(r *rand.Rand) url.Values {
			from := l.first.Add(time.Duration(number(r)) * time.Millisecond)
			return q(string([]rune(quarrel(number(r)))[:2]), "filed_from", from.Format(time.RFC3339), "filed_to", from.Add(time.Minute).Format(time.RFC3339))
		}},
	}
}

// measureSearch times searches on the loaded town as a client sees them, page of fifty opened and total included. The
// first line of each kind is every query for the first time, the second with what it needs in memory. The budget is that
// of two characters; the rest is shown beside it.
func measureSearch(b *bench) []result {
	o, r := b.loaded, rand.New(rand.NewPCG(1, 2))
	var all []result
	var two []time.Duration
	for i, kind := range searchings(o.load) {
		var queries []string
		for range searchesEach / 5 {
			queries = append(queries, o.cases()+"?"+kind.query(r).Encode())
		}
		slices.Sort(queries)
		queries = slices.Compact(queries)
		var first, warm []time.Duration
		found := 0
		for _, query := range queries {
			took, n := o.timed(query)
			first, found = append(first, took), found+n
		}
		for n := range searchesEach {
			took, _ := o.timed(queries[n%len(queries)])
			warm = append(warm, took)
		}
		if i < 5 {
			two = append(two, warm...)
		}
		fmt.Fprintf(b.progress, "search: %s: %d queries, %d cases each\n", kind.what, len(queries), found/len(queries))
		all = append(all, timing("search, "+kind.what+", first", first, 0), timing("search, "+kind.what, warm, 0))
	}
	return append(all, timing("search, two characters", two, searchMost))
}

// timed is one search, with its total.
func (o *office) timed(query string) (time.Duration, int) {
	began := time.Now()
	body := o.send(o.url, "GET", query, nil, 200)
	took := time.Since(began)
	var page struct {
		Total struct{ Value, Pending int }
	}
	o.h.must(json.Unmarshal(body, &page))
	if page.Total.Pending > 0 {
		o.h.Fatalf("%d loaded cases are not indexed: the search is not measured", page.Total.Pending)
	}
	return took, page.Total.Value
}

// timing is a result that is a time; most 0 has no budget.
func timing(what string, times []time.Duration, most time.Duration) result {
	sorted := slices.Sorted(slices.Values(times))
	r := result{what: what, p50: sorted[len(sorted)/2], p95: sorted[len(sorted)*95/100], most: most, shown: most == 0}
	r.rate = float64(time.Second) / float64(r.p50)
	return r
}
