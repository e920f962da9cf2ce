package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// somebody is whom the cases of a district are about; a login of another issuer with the same subject is somebody else.
var somebody = mediation.Principal{Issuer: "https://id.example", Subject: "somebody"}

var scopeDays = []string{"", "2026-11-22", "2026-11-23", "2026-11-24"}

// district is a place with a case for everything that a scope asks: restricted or not, in which village, and what somebody
// has to do with it.
type district struct {
	*place
	cases []mediation.Case
	leads []mediation.Lead
}

func newDistrict(t *testing.T) *district {
	w := &district{place: newPlace(t)}
	relations := map[string]func(c *mediation.Case){
		"none": func(*mediation.Case) {},
		"host": func(c *mediation.Case) {
			c.Mediators = []mediation.Mediator{{Issuer: somebody.Issuer, Subject: somebody.Subject, Host: true}}
		},
		"co": func(c *mediation.Case) {
			c.Mediators = []mediation.Mediator{{Issuer: somebody.Issuer, Subject: "other", Host: true}, {Issuer: somebody.Issuer, Subject: somebody.Subject}}
		},
		"namesake": func(c *mediation.Case) {
			c.Mediators = []mediation.Mediator{{Issuer: "https://other.example", Subject: somebody.Subject, Host: true}}
		},
		"invited": func(c *mediation.Case) {
			c.Invitations = []mediation.Invitation{{Issuer: somebody.Issuer, Subject: somebody.Subject, Until: "2026-11-23"}}
		},
		"long over": func(c *mediation.Case) {
			c.Invitations = []mediation.Invitation{{Issuer: somebody.Issuer, Subject: somebody.Subject, Until: "2025-01-01"}}
		},
		"mistaken": func(c *mediation.Case) {
			c.Invitations = []mediation.Invitation{{Issuer: "https://other.example", Subject: somebody.Subject, Until: "2099-01-01"}}
		},
	}
	for _, place := range []string{"", w.code + "201", w.code + "202001", w.code + "20", w.code} {
		for _, restriction := range []mediation.Restriction{"", mediation.RestrictionMinor} {
			for relation, relate := range relations {
				c := w.newCase()
				c.PlaceCode, c.Restriction, c.Facts = place, restriction, relation
				relate(&c)
				w.must(w.create(c))
				w.must(w.setClocks(c.ID, warned("accept", 10, 5)))
				w.cases = append(w.cases, c)
			}
			left := w.newCase() // whom others have replaced, and who was invited no more
			left.PlaceCode, left.Restriction = place, restriction
			relations["host"](&left)
			relations["invited"](&left)
			w.must(w.create(left))
			w.must(w.setClocks(left.ID, warned("accept", 10, 5)))
			after := next(left)
			after.Mediators, after.Invitations = nil, nil
			w.must(w.update(left, after))
			w.cases = append(w.cases, after)
		}
	}
	w.reportLeads()
	return w
}

func (w *district) reportLeads() {
	for i, place := range []string{"", w.code + "201", w.code + "202001", w.code} {
		for _, by := range []mediation.Principal{somebody, {Issuer: "https://other.example", Subject: somebody.Subject}, {Issuer: somebody.Issuer, Subject: "other"}} {
			l := mediation.Lead{
				ID: freshID(), Tenant: w.code, Version: 1, State: mediation.LeadReported, Serial: fmt.Sprintf("%s-%d-%s-%s", w.code, i, by.Subject, by.Issuer),
				ReportedBy: by.Subject, ReporterIssuer: by.Issuer, ReportedAt: midday, UpdatedAt: midday,
				LeadContent: mediation.LeadContent{Source: "grid", Cause: "争吵", PlaceCode: place, FoundAt: midday},
			}
			entry := mediation.LeadEntry{ID: freshID(), Lead: l.ID, At: midday, Verb: mediation.LeadReport, To: l.State, Version: 1,
				Actor: mediation.Actor{Principal: by, Unit: w.code}}
			w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
				return tx.CreateLeads(ctx, []casework.NewLead{{Lead: l, Entry: entry}})
			}))
			w.leads = append(w.leads, l)
		}
	}
}

func anyScope(code string) *rapid.Generator[mediation.Scope] {
	return rapid.Custom(func(r *rapid.T) mediation.Scope {
		s := mediation.Scope{
			Whole:    rapid.Bool().Draw(r, "whole"),
			Villages: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{code, code + "2", code + "201", code + "202", code + "202001", code + "3"}), 0, 3, rapid.ID).Draw(r, "villages"),
			Person:   rapid.SampledFrom([]mediation.Principal{somebody, {Issuer: "https://other.example", Subject: somebody.Subject}, {Issuer: somebody.Issuer, Subject: "stranger"}, {}}).Draw(r, "person"),
			Day:      rapid.SampledFrom(scopeDays).Draw(r, "day"),
		}
		s.Restricted = s.Whole && rapid.Bool().Draw(r, "restricted")
		return s
	})
}

// The rule in Go and the rule in SQL are one: what Sees tells of a case, lists, counts, searches, due lists and inboxes
// tell of all.
func TestScope_agrees(t *testing.T) {
	w := newDistrict(t)
	w.tellSomebody()
	rapid.Check(t, func(r *rapid.T) {
		scope := anyScope(w.code).Draw(r, "scope")
		var want []mediation.ID
		for _, c := range w.cases {
			if scope.Sees(c) {
				want = append(want, c.ID)
			}
		}
		for name, query := range map[string]casework.CaseQuery{
			"list":   {Sort: mediation.SortFiledDescending},
			"search": {Sort: mediation.SortFiledDescending, Search: "院墙", Sight: everything},
		} {
			query.Limit, query.Scope = mediation.MaximumLimit, &scope
			page, err := w.ListCases(t.Context(), query)
			if err != nil {
				r.Fatal(err)
			}
			var got []mediation.ID
			for _, c := range page.Cases {
				got = append(got, c.ID)
				if !scope.Sees(c) {
					r.Errorf("a case in the %s is not seen by its own row: %+v", name, c)
				}
			}
			sameIDs(r, name, got, want, page.Total.Value)
		}
		w.sameDue(r, scope, want)
		w.sameInbox(r, scope)
		w.sameLeads(r, scope)
	})
}

func sameIDs(r *rapid.T, name string, got, want []mediation.ID, total int) {
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) || total != len(want) {
		r.Fatalf("%s: %d found, counted %d, want %d", name, len(got), total, len(want))
	}
}

func (w *district) sameDue(r *rapid.T, scope mediation.Scope, want []mediation.ID) {
	page, err := w.ListDue(w.t.Context(), casework.DueQuery{Now: midday, Limit: mediation.MaximumLimit, Scope: &scope})
	if err != nil {
		r.Fatal(err)
	}
	var got []mediation.ID
	for _, clock := range page.Clocks {
		got = append(got, clock.Case.ID)
	}
	sameIDs(r, "due list", got, want, page.Total.Value)
}

// tellSomebody sends two notices about each case: one that says something new, and one that says goodbye.
func (w *district) tellSomebody() {
	w.must(w.change(func(ctx context.Context, tx casework.Tx) error {
		var notices []mediation.Notice
		for i, c := range w.cases {
			for _, kind := range []mediation.NoticeKind{mediation.NoticeAssigned, mediation.NoticeReleased} {
				notices = append(notices, mediation.Notice{ID: freshID(), Kind: kind, Urgency: mediation.UrgencyNormal, Case: c.ID,
					To: mediation.Recipient{Issuer: somebody.Issuer, Subject: somebody.Subject}, Number: c.Registration, ZH: "一", EN: "one",
					At: midday.Add(time.Duration(i) * time.Second)})
			}
		}
		return tx.Notify(ctx, notices...)
	}))
}

func (w *district) sameInbox(r *rapid.T, scope mediation.Scope) {
	inbox, err := w.ListNotices(w.t.Context(), somebody, casework.NoticeQuery{Limit: mediation.MaximumLimit, Scope: &scope})
	if err != nil {
		r.Fatal(err)
	}
	want := 0
	for _, c := range w.cases {
		for _, kind := range []mediation.NoticeKind{mediation.NoticeAssigned, mediation.NoticeReleased} {
			if scope.Tells(mediation.Notice{Kind: kind}, c) {
				want++
			}
		}
	}
	if len(inbox.Notices) != want || inbox.Total.Value != want || inbox.Unread.Value != want {
		r.Fatalf("inbox: %d notices, counted %d, unread %d, want %d", len(inbox.Notices), inbox.Total.Value, inbox.Unread.Value, want)
	}
	for _, told := range inbox.Notices {
		if !scope.Tells(told.Notice, told.Of) {
			r.Fatalf("%s is told of %s", scope.Person.Subject, told.Of.Registration)
		}
	}
}

func (w *district) sameLeads(r *rapid.T, scope mediation.Scope) {
	ofLeads := mediation.LeadScope{ReportedBy: &scope.Person, Villages: scope.Villages}
	if scope.Whole {
		ofLeads = mediation.LeadScope{}
	}
	page, err := w.ListLeads(w.t.Context(), mediation.LeadQuery{Limit: mediation.MaximumLimit, Scope: ofLeads})
	if err != nil {
		r.Fatal(err)
	}
	var got, want []mediation.ID
	for _, l := range page.Leads {
		got = append(got, l.ID)
	}
	for _, l := range w.leads {
		if ofLeads.Holds(l) {
			want = append(want, l.ID)
		}
	}
	sameIDs(r, "leads", got, want, page.Total.Value)
}

// Whoever is restored to an invitation, or loses it, does so in the very change that says it.
func TestScope_invitationsFollowTheCase(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	w.must(w.create(c))
	sees := func() bool {
		page, err := w.ListCases(t.Context(), casework.CaseQuery{Sort: mediation.SortFiledDescending, Limit: 10,
			Scope: &mediation.Scope{Person: somebody, Day: "2026-11-23"}})
		w.must(err)
		return len(page.Cases) == 1
	}
	for i, until := range []string{"2026-11-22", "2026-11-23", "2026-12-31", "2026-01-01", ""} {
		after := next(c)
		after.Invitations = nil
		if until != "" {
			after.Invitations = []mediation.Invitation{{Issuer: somebody.Issuer, Subject: somebody.Subject, Until: until}}
		}
		w.must(w.update(c, after))
		if c = after; sees() != after.Invited(somebody, "2026-11-23") {
			t.Errorf("change %d, until %q: seen %v", i, until, sees())
		}
	}
}

// The county reads no name of a restricted case, and does not find it by a party's number; when it is opened, it does again.
func TestScope_countyKnowsNoParties(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	c.Parties[0].IdentityType, c.Parties[0].IdentityNumber = mediation.IdentityResidentID, "11010519491231002X"
	w.must(w.create(c))
	known := func() string {
		return ask[string](w, `SELECT cardinality(masked_parties) || ' names, ' || (SELECT count(*) FROM county.party_index WHERE owner = case_id) || ' digests'
			FROM county.case_index WHERE case_id = $1`, string(c.ID))
	}
	for i, restriction := range []mediation.Restriction{"", mediation.RestrictionFamily, mediation.RestrictionMinor, ""} {
		after := next(c)
		after.Restriction = restriction
		w.must(w.update(c, after))
		c = after
		want := "2 names, 1 digests"
		if restriction != "" {
			want = "0 names, 0 digests"
		}
		if got := known(); got != want {
			t.Errorf("change %d, restricted %q: %s, want %s", i, restriction, got, want)
		}
	}
	hidden := w.newCase()
	hidden.Restriction = mediation.RestrictionSexual
	hidden.Parties[0].IdentityType, hidden.Parties[0].IdentityNumber = mediation.IdentityResidentID, "11010519491231002X"
	w.must(w.create(hidden))
	if c = hidden; known() != "0 names, 0 digests" {
		t.Errorf("a case restricted when it is filed: %s", known())
	}
}

// Lists under a scope stay on their indexes, in a town whose cases are many and of which a person sees few. A case has ten
// clocks, as at the end of its life: with one, the table is so small that reading it whole is no dearer than its index.
func TestScope_plans(t *testing.T) {
	w := newCrowd(t)
	w.exec(`UPDATE cases SET place_code = $1 || lpad((('x' || right(id::text, 3))::bit(12)::int % 300)::text, 3, '0')`, w.code)
	w.exec(`UPDATE cases SET restricted = 'family' WHERE right(id::text, 2) = '00'`)
	w.exec(`INSERT INTO clock (case_id, rule, started, due, warn, state)
		SELECT id, 'accept', filed_at + n * interval '1 day', filed_at, filed_at, CASE n WHEN 0 THEN 'open' ELSE 'done' END FROM cases, generate_series(0, 9) n`)
	w.exec(`INSERT INTO mediator (case_id, subject, issuer, registry_id, host, since) SELECT id, 'other', 'https://id.example', '', true, filed_at FROM cases`)
	for _, table := range []string{"cases", "clock", "mediator", "invitation", "lead"} {
		w.exec(`VACUUM ANALYZE ` + table)
	}
	own := mediation.Scope{Person: somebody, Day: "2026-11-23"}
	village, town := own, own
	village.Villages, town.Whole = []string{w.code + "201"}, true
	for name, scope := range map[string]mediation.Scope{"own": own, "village": village, "town": town} {
		statements := map[string][]*pgx.QueuedQuery{
			"cases": postgres.CaseListStatements(casework.CaseQuery{Sort: mediation.SortFiledDescending, Limit: 50, Scope: &scope}),
			"due":   postgres.DueListStatements(casework.DueQuery{Now: midday, Limit: 50, Scope: &scope}),
		}
		for list, queued := range statements {
			for i, one := range queued {
				plan := w.place.plan(one.SQL, one.Arguments...)
				bounded := i == 0 && scope.Whole // counts up to 10,000 and stops there
				if !bounded && (strings.Contains(plan, "Seq Scan on cases") || strings.Contains(plan, "Seq Scan on clock")) || strings.Contains(plan, "Seq Scan on mediator") {
					t.Errorf("%s of %s, statement %d: no index is used:\n%s", list, name, i, plan)
				}
			}
		}
	}
}
