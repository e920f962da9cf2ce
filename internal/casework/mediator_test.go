package casework_test

import (
	"fmt"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// A thousand mediators page through to the total, whatever the page's size, while others change.
func TestService_Mediators_pages(t *testing.T) {
	o := newOffice(t)
	in := o.committee(nil)
	for i := range 1_000 {
		name := fmt.Sprintf("调解员%04d", i)
		if i%100 == 0 {
			name = []string{"䶮员", "𠮷员"}[i/100%2] + name
		}
		m := o.mediator(name, "", func(c *registry.MediatorContent) {
			c.Skills = []string{[]string{"02", "15", "保险"}[i%3]}
			if i%10 == 0 {
				c.TermTo = "2026-12-31"
			}
		})
		if i%50 == 0 {
			o.posted(m, in, registry.PartTime, "2020-01-01", "")
		}
	}
	walk := func(filter registry.MediatorFilter, paging mediation.Paging) (seen map[registry.ID]bool, total casework.Total) {
		t.Helper()
		seen = map[registry.ID]bool{}
		for pages := 0; ; pages++ {
			page, err := o.Mediators(o.ctx(), o.director(), casework.MediatorQuery{MediatorFilter: filter, Paging: paging})
			if err != nil || pages > 200 {
				t.Fatalf("%v after %d pages", err, pages)
			}
			for _, m := range page.Mediators {
				if seen[m.ID] {
					t.Fatalf("%s comes twice", m.Name)
				}
				seen[m.ID] = true
			}
			if page.Next == nil {
				return seen, page.Total
			}
			paging.After = page.Next
		}
	}
	for reason, c := range map[string]struct {
		filter registry.MediatorFilter
		paging mediation.Paging
		want   int
	}{
		"all by 200":            {registry.MediatorFilter{}, mediation.Paging{Limit: 200}, 1000},
		"all by 77":             {registry.MediatorFilter{}, mediation.Paging{Limit: 77}, 1000},
		"by last change":        {registry.MediatorFilter{}, mediation.Paging{Limit: 170, Sort: mediation.SortUpdated}, 1000},
		"a skill":               {registry.MediatorFilter{Skill: "02"}, mediation.Paging{}, 334},
		"a word":                {registry.MediatorFilter{Skill: "保险"}, mediation.Paging{}, 333},
		"a term that ends":      {registry.MediatorFilter{TermEndsBefore: "2027-01-01"}, mediation.Paging{}, 100},
		"in the organisation":   {registry.MediatorFilter{Organisation: in.ID}, mediation.Paging{Limit: 7}, 20},
		"at the place":          {registry.MediatorFilter{Division: o.Unit()}, mediation.Paging{}, 20},
		"part-time there":       {registry.MediatorFilter{Engagement: registry.PartTime, Division: o.Unit()}, mediation.Paging{}, 20},
		"full-time":             {registry.MediatorFilter{Engagement: registry.FullTime}, mediation.Paging{}, 0},
		"a whole name":          {registry.MediatorFilter{Name: "䶮员调解员0000"}, mediation.Paging{}, 1},
		"a name beyond plane 0": {registry.MediatorFilter{Name: "𠮷员调解员0100"}, mediation.Paging{}, 1},
		"a part of a name":      {registry.MediatorFilter{Name: "𠮷员"}, mediation.Paging{}, 0},
		"suspended":             {registry.MediatorFilter{Statuses: []registry.MediatorStatus{registry.MediatorSuspended}}, mediation.Paging{}, 0},
		"of an unknown place":   {registry.MediatorFilter{Organisation: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"}, mediation.Paging{}, 0},
	} {
		seen, total := walk(c.filter, c.paging)
		if len(seen) != c.want || total.Value != c.want || !total.Exact {
			t.Errorf("%s: %d seen, total %+v, want %d", reason, len(seen), total, c.want)
		}
	}
	at := noon.Add(time.Hour * 24 * 365)
	if seen, total := walk(registry.MediatorFilter{}, mediation.Paging{UpdatedAfter: &at}); len(seen) != 0 || total.Value != 0 {
		t.Errorf("nothing changed after: %d", len(seen))
	}
}
