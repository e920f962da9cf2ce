package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/registry"
)

func matter() registry.Matter {
	return registry.Matter{
		Case: "c-1", Day: today, DisputeType: "02", PlaceCode: village,
		Parties: []registry.MatterParty{{Name: "张三"}, {Name: "李四"}},
	}
}

// serving is a mediator in one organisation only.
func serving(t *testing.T, in registry.Organisation, engagement registry.Engagement, change func(*registry.MediatorContent)) registry.Mediator {
	t.Helper()
	m := mediator(t, "m-1", change)
	m.Postings = []registry.Posting{{ID: "p-m-1", Organisation: in.ID, Engagement: engagement, From: "2020-01-01"}}
	return m
}

func unskilled(c *registry.MediatorContent) { c.Skills, c.Languages = nil, nil }

// fiveYearsAgo is the day five years before the tests' day, or some days later.
func fiveYearsAgo(plus int) string {
	day, _ := time.Parse(time.DateOnly, today)
	return day.AddDate(-5, 0, plus).Format(time.DateOnly)
}

func codes(reasons []registry.Reason) []string {
	var all []string
	for _, r := range reasons {
		all = append(all, fmt.Sprintf("%s%+d", r.Code, r.Points))
	}
	return all
}

func TestSuggest_reasons(t *testing.T) {
	inVillage := organisation(t, "o-village", func(o *registry.OrganisationContent) { o.Kind, o.DivisionCode = registry.VillageCommittee, village })
	nextDoor := organisation(t, "o-next", func(o *registry.OrganisationContent) {
		o.Kind, o.DivisionCode = registry.VillageCommittee, "371621101202"
	})
	inTown := organisation(t, "o-town", nil)
	far := organisation(t, "o-far", func(o *registry.OrganisationContent) { o.DivisionCode = "371621102" })
	called := organisation(t, "o-called", func(o *registry.OrganisationContent) { o.DivisionCode, o.Serves = "371621102", []string{town} })
	industry := organisation(t, "o-industry", func(o *registry.OrganisationContent) {
		o.Kind, o.DivisionCode, o.DisputeTypes = registry.IndustryCommittee, "371621", []string{"02", "15"}
	})
	cases := map[string]struct {
		reason     string
		in         registry.Organisation
		engagement registry.Engagement
		load       int
		mediator   func(*registry.MediatorContent)
		matter     func(*registry.Matter)
		want       []string
	}{
		"in the village": {
			"small matters stay in the village", inVillage, registry.PartTime, 0, nil, nil,
			[]string{"same-village+40", "skill+30", "load+20", "no-conflict+0"},
		},
		"of the town": {
			"the town's committee", inTown, registry.FullTime, 3, nil, nil,
			[]string{"same-town+30", "skill+30", "load+17", "no-conflict+0"},
		},
		"from the next village": {
			"near, but not there", nextDoor, registry.PartTime, 3, nil, nil,
			[]string{"neighbour+10", "skill+30", "load+14", "no-conflict+0"},
		},
		"from another town": {
			"possible, without points", far, registry.PartTime, 20, unskilled, nil,
			[]string{"elsewhere+0", "no-skill+0", "load+0", "no-conflict+0"},
		},
		"from a town that serves here": {
			"served areas count like one's own", called, registry.FullTime, 0, unskilled, nil,
			[]string{"same-town+30", "no-skill+0", "load+20", "no-conflict+0"},
		},
		"of the industry": {
			"the county's industry committee for this type", industry, registry.FullTime, 0, unskilled, nil,
			[]string{"serves-the-area+20", "industry+20", "load+20", "no-conflict+0"},
		},
		"a field and a language": {
			"what helps besides the type", inTown, registry.FullTime, 0, nil,
			func(m *registry.Matter) {
				m.DisputeType, m.Fields, m.Languages = "05", []string{"保险"}, []string{"惠民话"}
			},
			[]string{"same-town+30", "field+10", "language+10", "load+20", "no-conflict+0"},
		},
		"a difficult matter": {
			"full-time, skilled and experienced mediators first", inTown, registry.FullTime, 0, nil, func(m *registry.Matter) { m.Difficult = true },
			[]string{"same-town+30", "skill+30", "load+20", "full-time+10", "skill-for-difficult+10", "experienced+10", "no-conflict+0"},
		},
		"a difficult matter for a beginner": {
			"five years less a day are not enough", inTown, registry.PartTime, 0,
			func(c *registry.MediatorContent) { c.Skills, c.StartedOn = nil, fiveYearsAgo(1) }, func(m *registry.Matter) { m.Difficult = true },
			[]string{"same-town+30", "no-skill+0", "load+20", "no-conflict+0"},
		},
		"a difficult matter after five years": {
			"to the day", inTown, registry.PartTime, 0,
			func(c *registry.MediatorContent) { unskilled(c); c.StartedOn = fiveYearsAgo(0) }, func(m *registry.Matter) { m.Difficult = true },
			[]string{"same-town+30", "no-skill+0", "load+20", "experienced+10", "no-conflict+0"},
		},
		"a namesake": {
			"somebody must look, nobody is shut out", inTown, registry.FullTime, 0, nil,
			func(m *registry.Matter) { m.Parties[0].Name = "孙调解" },
			[]string{"same-town+30", "skill+30", "load+20", "no-conflict+0", "same-name-10"},
		},
		"only the town is known": {
			"nine digits are a place, too", inVillage, registry.PartTime, 0, nil, func(m *registry.Matter) { m.PlaceCode = town },
			[]string{"neighbour+10", "skill+30", "load+20", "no-conflict+0"},
		},
		"nothing is known": {
			"no place, no type", inTown, registry.FullTime, 0, nil, func(m *registry.Matter) { m.PlaceCode, m.DisputeType = "", "" },
			[]string{"elsewhere+0", "no-skill+0", "load+20", "no-conflict+0"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			about := matter()
			if tc.matter != nil {
				tc.matter(&about)
			}
			m := serving(t, tc.in, tc.engagement, tc.mediator)
			pool := registry.Pool{Mediators: []registry.Mediator{m}, Organisations: []registry.Organisation{tc.in}, Load: map[registry.ID]int{"m-1": tc.load}}
			suggestions := registry.Suggest(about, pool)
			if len(suggestions) != 1 || suggestions[0].Organisation != tc.in.ID {
				t.Fatalf("one suggestion, with its place: %+v", suggestions)
			}
			if got := codes(suggestions[0].Reasons); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestSuggest_cautions(t *testing.T) {
	inTown := organisation(t, "o-town", nil)
	m := serving(t, inTown, registry.FullTime, nil)
	m.Filings = nil
	m, _, err := m.TakeLeave(registry.Leave{Kind: "annual", From: "2026-12-20", To: "2026-12-25"}, act())
	if err != nil {
		t.Fatal(err)
	}
	pool := registry.Pool{Mediators: []registry.Mediator{m}, Organisations: []registry.Organisation{inTown}}
	if got := codes(registry.Suggest(matter(), pool)[0].Reasons); !slices.Contains(got, "not-filed-10") || slices.Contains(got, "leave-soon-10") {
		t.Errorf("a leave in a month does not matter yet, an unfiled mediator does: %v", got)
	}
	soon := matter()
	soon.Day = "2026-12-06"
	if got := codes(registry.Suggest(soon, pool)[0].Reasons); !slices.Contains(got, "leave-soon-10") {
		t.Errorf("a leave in two weeks does: %v", got)
	}
}

func TestExcluded(t *testing.T) {
	inTown := organisation(t, "o-town", nil)
	down, _, err := organisation(t, "o-down", nil).Suspend("整改", act())
	if err != nil {
		t.Fatal(err)
	}
	ok := func(t *testing.T) registry.Mediator { return serving(t, inTown, registry.FullTime, nil) }
	cases := map[string]struct {
		reason   string
		mediator func(*testing.T) registry.Mediator
		matter   func(*registry.Matter)
		want     string
	}{
		"suspended": {"does not serve", func(t *testing.T) registry.Mediator {
			m, _, err := ok(t).Suspend("核查", act())
			return must(t, m, err)
		}, nil, "not-active"},
		"the term is over": {"nobody serves beyond the term", func(t *testing.T) registry.Mediator {
			m := ok(t)
			m.TermTo = "2026-11-22"
			return m
		}, nil, "out-of-term"},
		"nowhere": {"a mediator serves in an organisation", func(t *testing.T) registry.Mediator {
			m := ok(t)
			m.Postings = nil
			return m
		}, nil, "no-posting"},
		"where nothing works": {"the organisation is suspended", func(t *testing.T) registry.Mediator {
			return serving(t, down, registry.FullTime, nil)
		}, nil, "no-posting"},
		"on leave": {"gets no new case", func(t *testing.T) registry.Mediator {
			m, _, err := ok(t).TakeLeave(registry.Leave{Kind: "sick", From: today, To: today}, act())
			return must(t, m, err)
		}, nil, "on-leave"},
		"recused": {"P25: stays out of this case", ok, func(m *registry.Matter) { m.Recused = []registry.ID{"m-1"} }, "recused"},
		"kin": {"a tie to a party", func(t *testing.T) registry.Mediator {
			m, _, err := ok(t).DeclareConflict(registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: registry.Counterpart{Name: "张三"}}, act())
			return must(t, m, err)
		}, nil, "conflict-of-interest"},
		"a party": {"nobody mediates their own dispute", ok, func(m *registry.Matter) {
			m.Parties[0].IdentityType, m.Parties[0].IdentityNumber = "resident-id", "371602188506150426"
		}, "conflict-of-interest"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			about := matter()
			if tc.matter != nil {
				tc.matter(&about)
			}
			pool := registry.Pool{Mediators: []registry.Mediator{tc.mediator(t)}, Organisations: []registry.Organisation{inTown, down}}
			if found := registry.Suggest(about, pool); len(found) != 0 {
				t.Errorf("suggested all the same: %+v", found)
			}
			left := registry.Excluded(about, pool)
			if len(left) != 1 || left[0].Code != tc.want || left[0].ZH == "" || left[0].EN == "" {
				t.Errorf("got %+v, want %s", left, tc.want)
			}
		})
	}
}

// TestSuggest_property: of any pool, each mediator is either suggested or excluded; nobody suggested is recused, tied, on
// leave, out of service; the score is the sum of the reasons; the order falls and does not depend on the pool's order.
func TestSuggest_property(t *testing.T) {
	organisations := []registry.Organisation{
		organisation(t, "o-town", nil),
		organisation(t, "o-village", func(o *registry.OrganisationContent) { o.Kind, o.DivisionCode = registry.VillageCommittee, village }),
		organisation(t, "o-far", func(o *registry.OrganisationContent) { o.DivisionCode = "371621102" }),
	}
	down, _, err := organisations[2].Suspend("整改", act())
	if err != nil {
		t.Fatal(err)
	}
	organisations[2] = down
	template := mediator(t, "m", nil)
	rapid.Check(t, func(t *rapid.T) {
		pool := registry.Pool{Organisations: organisations, Load: map[registry.ID]int{}}
		for i := range rapid.IntRange(0, 12).Draw(t, "mediators") {
			m := drawn(t, template, registry.ID(fmt.Sprintf("m-%02d", i)))
			pool.Mediators = append(pool.Mediators, m)
			pool.Load[m.ID] = rapid.IntRange(0, 30).Draw(t, "load")
		}
		about := matter()
		about.Difficult = rapid.Bool().Draw(t, "difficult")
		about.Recused = []registry.ID{"m-03"}
		suggestions := registry.Suggest(about, pool)
		if left := registry.Excluded(about, pool); len(left)+len(suggestions) != len(pool.Mediators) {
			t.Fatalf("%d suggested, %d excluded of %d", len(suggestions), len(left), len(pool.Mediators))
		}
		for i, s := range suggestions {
			at := slices.IndexFunc(pool.Mediators, func(m registry.Mediator) bool { return m.ID == s.Mediator })
			m := pool.Mediators[at]
			_, away := m.OnLeave(today)
			_, tied := m.ConflictWith(about)
			if away || tied || m.Status != registry.MediatorActive || m.ID == "m-03" || len(m.Serving(today)) == 0 {
				t.Fatalf("must not be suggested: %+v", m)
			}
			sum := 0
			for _, r := range s.Reasons {
				sum += r.Points
				if r.ZH == "" || r.EN == "" {
					t.Fatalf("a reason without words: %+v", r)
				}
			}
			if sum != s.Score || (i > 0 && suggestions[i-1].Score < s.Score) {
				t.Fatalf("score %d of parts %d, after %d", s.Score, sum, suggestions[max(0, i-1)].Score)
			}
		}
		slices.Reverse(pool.Mediators)
		again := registry.Suggest(about, pool)
		if !slices.EqualFunc(suggestions, again, func(a, b registry.Suggestion) bool { return a.Mediator == b.Mediator && a.Score == b.Score }) {
			t.Fatal("the order depends on the order of the pool")
		}
	})
}

func drawn(t *rapid.T, template registry.Mediator, id registry.ID) registry.Mediator {
	m := template
	m.ID = id
	m.Skills = rapid.SampledFrom([][]string{nil, {"02"}, {"15"}}).Draw(t, "skills")
	m.Status = rapid.SampledFrom([]registry.MediatorStatus{registry.MediatorActive, registry.MediatorActive, registry.MediatorSuspended}).Draw(t, "status")
	m.Postings = nil
	for _, o := range []registry.ID{"o-town", "o-village", "o-far"} {
		if rapid.Bool().Draw(t, "serves in "+string(o)) {
			m.Postings = append(m.Postings, registry.Posting{ID: "p-" + o, Organisation: o, Engagement: registry.PartTime, From: "2020-01-01"})
		}
	}
	m.Leaves = rapid.SampledFrom([][]registry.Leave{nil, nil, {{Kind: "sick", From: "2026-11-01"}}, {{Kind: "annual", From: "2026-12-01"}}}).Draw(t, "leaves")
	against := rapid.SampledFrom([]string{"", "", "张三", "王五"}).Draw(t, "conflict")
	if against != "" {
		m.Conflicts = []registry.ConflictOfInterest{{Kind: registry.ConflictKin, Against: registry.Counterpart{Name: against}}}
	}
	return m
}
