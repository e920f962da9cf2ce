package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// alphabet is small, so that strings meet often.
var alphabet = []rune("张王李里邻䶮𠮷a1０7，。 -")

func words(least, most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(alphabet), least, most).Draw(t, "text"))
	})
}

// holds is what a search means, said without an index: each run of each term stands in one field, words side by side. A
// string with a digit may also stand in a number, where noughts before a figure do not count.
func holds(c mediation.Case, q string, sight mediation.Sight) bool {
	fields := []string{c.Title}
	if sight.Named && !c.Recused(sight.Person) {
		fields = append(fields, c.Place, c.Facts, c.Claims)
		for _, p := range c.Parties {
			fields = append(fields, strings.ReplaceAll(p.Name, " ", ""), p.LegalRepresentative)
		}
	}
	for _, run := range postgres.RunsOf(q) {
		within := func(field string, same func(a, b string) bool) bool {
			return slices.ContainsFunc(postgres.RunsOf(field), func(text []string) bool { return contains(text, run, same) })
		}
		exactly := func(field string) bool { return within(field, func(a, b string) bool { return a == b }) }
		number := func(field string) bool {
			return strings.ContainsAny(strings.Join(run, ""), "0123456789") &&
				within(field, func(a, b string) bool { return a == b || strings.TrimLeft(a, "0") == b })
		}
		if !slices.ContainsFunc(fields, exactly) && !number(c.Registration) && !number(c.Number) {
			return false
		}
	}
	return true
}

func contains(text, run []string, same func(a, b string) bool) bool {
	for i := range len(text) - len(run) + 1 {
		if slices.EqualFunc(text[i:i+len(run)], run, same) {
			return true
		}
	}
	return false
}

// shelf is a place with random cases, and what they are in memory.
type shelf struct {
	*place
	cases []mediation.Case
	due   map[mediation.ID]time.Time
}

func newShelf(t *testing.T, size int) *shelf {
	s := &shelf{place: newPlace(t), due: map[mediation.ID]time.Time{}}
	drawn := rapid.Custom(func(t *rapid.T) mediation.Case {
		c := s.newCase()
		c.Title, c.Facts, c.Claims = words(1, 6).Draw(t, "title"), words(0, 30).Draw(t, "facts"), words(0, 8).Draw(t, "claims")
		c.Place, c.Parties[0].Name, c.Parties[1].LegalRepresentative = words(0, 5).Draw(t, "place"), words(1, 4).Draw(t, "name"), words(0, 3).Draw(t, "representative")
		c.State = rapid.SampledFrom(mediation.States()[:3]).Draw(t, "state")
		c.Type = rapid.SampledFrom([]mediation.DisputeType{"02", "15"}).Draw(t, "type")
		c.Tags = rapid.SampledFrom([][]string{nil, {"急"}, {"急", "群体"}}).Draw(t, "tags")
		c.OccurredOn = rapid.SampledFrom([]string{"", "2026-01-05", "2026-02-05"}).Draw(t, "day")
		c.FiledAt = midday.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "filed")) * time.Hour) // several at one moment
		c.UpdatedAt = c.FiledAt.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "updated")) * time.Hour)
		if rapid.Bool().Draw(t, "recused") {
			c.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediation.Mediator{Issuer: everything.Person.Issuer, Subject: "li", Name: "李"}, Ground: "kin", At: midday}}
		}
		if rapid.Bool().Draw(t, "assigned") {
			c.Mediators = []mediation.Mediator{{Issuer: everything.Person.Issuer, Subject: rapid.SampledFrom([]string{"li", "zhao"}).Draw(t, "mediator"), Name: "某", Host: true}}
		}
		return c
	})
	for i := range size {
		c := drawn.Example(i)
		s.must(s.create(c))
		s.cases = append(s.cases, c)
		if i%3 == 0 {
			s.due[c.ID] = midday.Add(time.Duration(i) * time.Hour)
			s.exec(`INSERT INTO clock (case_id, rule, started, due, state) VALUES ($1, 'r', $2, $3, 'open')`, string(c.ID), c.FiledAt, s.due[c.ID])
		}
	}
	return s
}

// want lists by the rules what the database must find, in its order.
func (s *shelf) want(q casework.CaseQuery) (ids []mediation.ID) {
	fits := func(c mediation.Case) bool {
		due, runs := s.due[c.ID]
		return (q.Search == "" || holds(c, q.Search, q.Sight)) &&
			(len(q.States) == 0 || slices.Contains(q.States, c.State)) && (len(q.Types) == 0 || slices.Contains(q.Types, c.Type)) &&
			(q.Tag == "" || slices.Contains(c.Tags, q.Tag)) && (q.Mediator.Subject == "" || c.Assigned(mediation.Principal{Issuer: everything.Person.Issuer, Subject: q.Mediator.Subject})) &&
			(q.FiledFrom == nil || !c.FiledAt.Before(*q.FiledFrom)) && (q.FiledTo == nil || c.FiledAt.Before(*q.FiledTo)) &&
			(q.UpdatedAfter == nil || c.UpdatedAt.After(*q.UpdatedAfter)) && (q.OccurredFrom == "" || (c.OccurredOn >= q.OccurredFrom)) &&
			(q.OccurredTo == "" || (c.OccurredOn != "" && c.OccurredOn <= q.OccurredTo)) &&
			(q.DueAfter == nil || (runs && !due.Before(*q.DueAfter))) && (q.DueBefore == nil || (runs && due.Before(*q.DueBefore)))
	}
	var all []mediation.Case
	for _, c := range s.cases {
		if fits(c) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b mediation.Case) int {
		if q.Sort == mediation.SortUpdated {
			return 2*a.UpdatedAt.Compare(b.UpdatedAt) + strings.Compare(string(a.ID), string(b.ID))
		}
		return 2*b.FiledAt.Compare(a.FiledAt) + strings.Compare(string(b.ID), string(a.ID))
	})
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}

func anyQuery(t *rapid.T) casework.CaseQuery {
	q := casework.CaseQuery{
		Search: strings.TrimSpace(words(0, 5).Draw(t, "q")), Sort: rapid.SampledFrom([]string{mediation.SortFiledDescending, mediation.SortUpdated}).Draw(t, "sort"),
		Limit: rapid.IntRange(1, 7).Draw(t, "limit"), Sight: mediation.Sight{Named: rapid.Bool().Draw(t, "named"), Person: everything.Person},
	}
	moment := func(name string) *time.Time {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			return nil
		}
		at := midday.Add(time.Duration(rapid.IntRange(-40, 60).Draw(t, name+" hours")) * time.Hour)
		return &at
	}
	day := func(name string) string {
		return rapid.SampledFrom([]string{"", "", "", "2026-01-05", "2026-01-20"}).Draw(t, name)
	}
	q.FiledFrom, q.FiledTo, q.UpdatedAfter, q.DueAfter, q.DueBefore = moment("filed from"), moment("filed to"), moment("updated"), moment("due after"), moment("due before")
	q.OccurredFrom, q.OccurredTo = day("from"), day("to")
	q.Tag = rapid.SampledFrom([]string{"", "", "急", "群体"}).Draw(t, "tag")
	q.Mediator.Subject = rapid.SampledFrom([]string{"", "", "", "li"}).Draw(t, "mediator")
	if rapid.Bool().Draw(t, "by state") {
		q.States = mediation.States()[:2]
	}
	if rapid.IntRange(0, 2).Draw(t, "by type") == 0 {
		q.Types = []mediation.DisputeType{"15"}
	}
	return q
}

// through pages through a list. The total of the first page must be that of all pages, whatever is filed meanwhile.
func (s *shelf) through(t *rapid.T, q casework.CaseQuery) (ids []mediation.ID) {
	total := -1
	for {
		page, err := s.ListCases(context.Background(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		if total < 0 {
			total = page.Total.Value
		}
		for _, c := range page.Cases {
			ids = append(ids, c.ID)
		}
		if page.Next == nil {
			break
		}
		if len(page.Cases) != q.Limit {
			t.Fatalf("a page of %d leads on to another", len(page.Cases))
		}
		q.After = page.Next
	}
	if total != len(ids) {
		t.Fatalf("%+v: the total is %d, the pages hold %d", q, total, len(ids))
	}
	return ids
}

// Every search, with whatever filters, finds what it must, in order, each case once, and counts it right, while others
// file cases.
func TestSearch_property(t *testing.T) {
	s := newShelf(t, 120)
	stop, done := make(chan struct{}), sync.WaitGroup{}
	done.Add(1)
	go func() { // newer than every case there, so that a list by filing does not reach them, and updated before any
		defer done.Done()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			c := mediation.Case{ID: freshID(), Tenant: s.code, Version: 1, State: mediation.StateArchived, Registration: fmt.Sprintf("later-%d", i), Committee: s.committee,
				Type: "09", Source: mediation.SourceApplication, Title: "另案", FiledAt: midday.AddDate(1, 0, 0), UpdatedAt: midday.AddDate(1, 0, 0), FiledBy: "x",
				Parties: []mediation.Party{{ID: freshID(), Side: "applicant", Kind: "person", Name: "某甲"}}}
			if err := s.create(c); err != nil {
				t.Error(err)
			}
		}
	}()
	found := 0
	before := midday.AddDate(0, 6, 0)
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuery(t)
		if q.FiledTo == nil {
			q.FiledTo = &before
		}
		if q.Search != "" && len(postgres.RunsOf(q.Search)) == 0 {
			_, err := s.ListCases(context.Background(), q)
			if mediation.CodeOf(err) != "invalid-query" {
				t.Fatalf("%q: %v", q.Search, err)
			}
			return
		}
		want, got := s.want(q), s.through(t, q)
		found += len(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v gives\n%v, want\n%v", q, got, want)
		}
	})
	close(stop)
	done.Wait()
	if found < 100 {
		t.Errorf("only %d cases found in all: the property proves nothing", found)
	}
}
