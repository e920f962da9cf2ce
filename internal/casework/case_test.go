package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestService_aCasesLife(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	if c.Tenant != o.Unit() || c.Registration != o.Unit()+"-2026-000001" || c.Number != "" {
		t.Errorf("registered as %s in %s", c.Registration, c.Tenant)
	}
	c, receipt, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 1, mediation.Correction{Title: pointer("院墙纠纷"), Reason: "简化标题"})
	if err != nil || c.Version != 2 || receipt.Version != 2 || receipt.Created {
		t.Fatalf("correct: %v %+v", err, receipt)
	}
	c = o.accept(c)
	if !strings.HasSuffix(c.Number, "人调字第0001号") || !strings.HasPrefix(c.Number, "（2026）") || c.State != mediation.StateAccepted {
		t.Errorf("accepted as %q, %s", c.Number, c.State)
	}
	c, _, err = o.WithdrawCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Withdrawal{By: c.Parties[0].ID, Note: "双方和解"})
	if err != nil || c.State != mediation.StateWithdrawn {
		t.Fatalf("withdraw: %v %s", err, c.State)
	}
	read, err := o.Case(o.ctx(), o.director(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	sameCase(t, read, c)
	entries := o.journal(c.ID)
	if story(entries) != "file correct accept withdraw" {
		t.Errorf("the journal tells %q", story(entries))
	}
	for i, e := range entries {
		if e.Version != int64(i+1) || e.Actor.Subject != "tester" || e.Actor.Issuer != issuer {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if entries[1].Reason != "简化标题" || len(entries[1].Changes) != 1 || entries[1].Changes[0].After != "院墙纠纷" || entries[3].Reason != "双方和解" {
		t.Errorf("what was changed and why: %+v", entries)
	}
}

// sameCase compares what a write answered with what a read finds: nothing is lost on the way to the database.
func sameCase(t *testing.T, got, want mediation.Case) {
	t.Helper()
	for _, at := range []struct{ got, want *time.Time }{{&got.FiledAt, &want.FiledAt}, {&got.UpdatedAt, &want.UpdatedAt}, {got.AcceptedAt, want.AcceptedAt}, {got.EndedAt, want.EndedAt}} {
		if (at.got == nil) != (at.want == nil) || (at.got != nil && !at.got.Equal(*at.want)) {
			t.Errorf("a moment is %v, want %v", at.got, at.want)
		}
	}
	plain := func(c mediation.Case) string {
		c.FiledAt, c.UpdatedAt, c.AcceptedAt, c.EndedAt = time.Time{}, time.Time{}, nil, nil
		amount, refusal, withdrawal := "none", "none", "none"
		if c.Amount != nil {
			amount, c.Amount = fmt.Sprint(*c.Amount), nil
		}
		if c.Refusal != nil {
			refusal, c.Refusal = fmt.Sprintf("%+v", *c.Refusal), nil
		}
		if c.Withdrawal != nil {
			withdrawal, c.Withdrawal = fmt.Sprintf("%+v", *c.Withdrawal), nil
		}
		return fmt.Sprintf("%+v %s %s %s", c, amount, refusal, withdrawal)
	}
	if plain(got) != plain(want) {
		t.Errorf("read back differs:\n got %s\nwant %s", plain(got), plain(want))
	}
}

func TestService_RefuseCase(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	_, _, err := o.RefuseCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Refusal{Reason: "too-busy"})
	wantCode(t, err, mediation.Invalid, "invalid-refusal")
	refused, _, err := o.RefuseCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Refusal{Reason: mediation.RefusalOutOfArea, Note: "请向邻镇申请"})
	if err != nil {
		t.Fatal(err)
	}
	read, err := o.Case(o.ctx(), o.director(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	sameCase(t, read, refused)
	_, _, err = o.AcceptCase(o.ctx(), o.director(), c.ID, 0)
	wantCode(t, err, mediation.Conflict, "case-state")
	if got := story(o.journal(c.ID)); got != "file refuse" {
		t.Errorf("what was refused is not in the journal: %s", got)
	}
}

func TestService_staleVersions(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	correction := mediation.Correction{Title: pointer("一")}
	if _, _, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 1, correction); err != nil {
		t.Fatal(err)
	}
	_, _, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 1, mediation.Correction{Title: pointer("二")})
	wantCode(t, err, mediation.Stale, "stale-version")
	_, _, err = o.AcceptCase(o.ctx(), o.director(), c.ID, 7)
	wantCode(t, err, mediation.Stale, "stale-version")
	if _, _, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 0, mediation.Correction{Title: pointer("三")}); err != nil {
		t.Errorf("0 takes any version: %v", err)
	}
}

func TestService_CorrectCase_nothing(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	same, receipt, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 1, mediation.Correction{Title: &c.Title, Parties: &c.Parties})
	if err != nil || receipt.Version != 1 {
		t.Fatalf("%v %+v", err, receipt)
	}
	sameCase(t, same, c)
	if got := story(o.journal(c.ID)); got != "file" {
		t.Errorf("nothing happened, yet the journal tells %q", got)
	}
}

func TestService_CorrectCase_parties(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	turned := []mediation.Party{c.Parties[1], {Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "赵六"}}
	after, _, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 1, mediation.Correction{Parties: &turned})
	if err != nil {
		t.Fatal(err)
	}
	read, err := o.Case(o.ctx(), o.director(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	sameCase(t, read, after)
	if len(read.Parties) != 2 || read.Parties[0].ID != c.Parties[1].ID || read.Parties[1].Name != "赵六" || read.Parties[1].ID == "" {
		t.Errorf("parties: %+v", read.Parties)
	}
}

func TestService_idsThatAreNoCase(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	_, want := o.Case(o.ctx(), o.director(), "0199f0c0-0000-7000-8000-000000000001")
	wantCode(t, want, mediation.NotFound, "unknown-case")
	for reason, id := range map[string]mediation.ID{
		"not a UUID": "1", "nothing": "", "an injection": "' OR 1=1 --", "another spelling": mediation.ID(strings.ToUpper(string(c.ID))),
		"with braces": "{" + c.ID + "}", "with a null byte": c.ID + "\x00",
	} {
		_, err := o.Case(o.ctx(), o.director(), id)
		if err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want the same answer as for a case that is not there", reason, err)
		}
		_, _, err = o.AcceptCase(o.ctx(), o.director(), id, 0)
		wantCode(t, err, mediation.NotFound, "unknown-case")
		_, _, err = o.Journal(o.ctx(), o.director(), id, nil, 0)
		wantCode(t, err, mediation.NotFound, "unknown-case")
	}
}

func TestService_suspendedTenant(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	o.tenant(casework.TenantSuspended, 0)
	_, _, err := o.FileCase(o.ctx(), o.director(), filing())
	wantCode(t, err, mediation.Conflict, "tenant-suspended")
	_, _, err = o.AcceptCase(o.ctx(), o.director(), c.ID, 0)
	wantCode(t, err, mediation.Conflict, "tenant-suspended")
	if _, err := o.Case(o.ctx(), o.director(), c.ID); err != nil {
		t.Errorf("reading goes on: %v", err)
	}
	o.tenant(casework.TenantActive, 0)
	o.accept(c)
}

func TestService_quota(t *testing.T) {
	o := newOffice(t)
	o.tenant(casework.TenantActive, 3)
	var wg sync.WaitGroup
	results := make([]error, 10)
	for i := range results {
		wg.Go(func() { _, _, results[i] = o.FileCase(o.ctx(), o.director(), filing()) })
	}
	wg.Wait()
	filed := 0
	for _, err := range results {
		if err == nil {
			filed++
			continue
		}
		wantCode(t, err, mediation.Exhausted, "quota-open-cases")
	}
	if filed != 3 {
		t.Fatalf("10 at once on a quota of 3: %d were filed", filed)
	}
	page, err := o.Cases(o.ctx(), o.director(), casework.CaseQuery{})
	if err != nil || len(page.Cases) != 3 {
		t.Fatalf("%v %d", err, len(page.Cases))
	}
	if _, _, err := o.RefuseCase(o.ctx(), o.director(), page.Cases[0].ID, 0, mediation.Refusal{Reason: mediation.RefusalOutOfArea}); err != nil {
		t.Fatal(err)
	}
	o.file()
	tenant, err := o.Tenant(o.ctx(), o.director())
	if err != nil || tenant.OpenCases != 3 || tenant.OpenCasesQuota != 3 {
		t.Errorf("%v %+v", err, tenant)
	}
}

// Acceptances in a rush, some of them stale: the numbers are 1 to n without a gap, whatever failed between.
func TestService_numbersWithoutGaps(t *testing.T) {
	o := newOffice(t)
	const n = 12
	cases := make([]mediation.Case, n)
	for i := range cases {
		cases[i] = o.file()
	}
	var mu sync.Mutex
	var numbers []string
	var wg sync.WaitGroup
	for _, c := range cases {
		wg.Go(func() {
			if _, _, err := o.AcceptCase(o.ctx(), o.director(), c.ID, 99); mediation.KindOf(err) != mediation.Stale {
				t.Errorf("stale acceptance: %v", err)
			}
			after, _, err := o.AcceptCase(o.ctx(), o.director(), c.ID, 1)
			if err != nil {
				t.Errorf("accept: %v", err)
			}
			if _, _, err := o.AcceptCase(o.ctx(), o.director(), c.ID, 0); mediation.CodeOf(err) != "case-state" {
				t.Errorf("second acceptance: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, after.Number)
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	for i, number := range numbers {
		if !strings.HasSuffix(number, fmt.Sprintf("第%04d号", i+1)) {
			t.Fatalf("numbers %v", numbers)
		}
	}
}

func TestService_numbersBeginAnewWithTheChineseYear(t *testing.T) {
	o := newOffice(t)
	first, second := o.file(), o.file()
	o.clock.Set(time.Date(2026, 12, 31, 15, 59, 50, 0, time.UTC))
	if c := o.accept(first); !strings.HasPrefix(c.Number, "（2026）") || !strings.HasSuffix(c.Number, "第0001号") {
		t.Errorf("ten seconds before midnight: %s", c.Number)
	}
	o.clock.Set(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC))
	if c := o.accept(second); !strings.HasPrefix(c.Number, "（2027）") || !strings.HasSuffix(c.Number, "第0001号") {
		t.Errorf("in the first second of the year: %s", c.Number)
	}
	if c := o.file(); c.Registration != o.Unit()+"-2027-000001" {
		t.Errorf("registrations too: %s", c.Registration)
	}
}

func TestService_aClockThatGoesBack(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	o.clock.Set(noon.Add(-time.Hour))
	after := o.accept(c)
	if !after.UpdatedAt.After(c.UpdatedAt) {
		t.Errorf("filed %s, accepted %s", c.UpdatedAt, after.UpdatedAt)
	}
	entries := o.journal(c.ID)
	if story(entries) != "file accept" || !entries[1].At.After(entries[0].At) {
		t.Errorf("the journal runs backwards: %+v", entries)
	}
}

func TestService_Cases(t *testing.T) {
	o := newOffice(t)
	var all []mediation.Case
	for range 7 {
		all = append(all, o.file())
	}
	all[2] = o.accept(all[2])
	t.Run("pages hold every case once, newest first", func(t *testing.T) {
		var seen []mediation.ID
		query := casework.CaseQuery{Limit: 3}
		for {
			page, err := o.Cases(t.Context(), o.director(), query)
			if err != nil {
				t.Fatal(err)
			}
			if page.Total.Value != 7 || !page.Total.Exact {
				t.Errorf("total %+v", page.Total)
			}
			for _, c := range page.Cases {
				seen = append(seen, c.ID)
			}
			if page.Next == nil {
				break
			}
			query.After = page.Next
		}
		if len(seen) != 7 {
			t.Fatalf("%d cases in the pages", len(seen))
		}
		for i, id := range seen {
			if id != all[6-i].ID {
				t.Errorf("place %d holds another case", i)
			}
		}
	})
	one := func(t *testing.T, query casework.CaseQuery, want ...mediation.ID) {
		t.Helper()
		page, err := o.Cases(t.Context(), o.director(), query)
		if err != nil {
			t.Fatal(err)
		}
		var got []mediation.ID
		for _, c := range page.Cases {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	t.Run("by state", func(t *testing.T) {
		one(t, casework.CaseQuery{States: []mediation.State{mediation.StateAccepted}}, all[2].ID)
	})
	t.Run("by number", func(t *testing.T) { one(t, casework.CaseQuery{Number: all[2].Number}, all[2].ID) })
	t.Run("by registration", func(t *testing.T) { one(t, casework.CaseQuery{Registration: all[5].Registration}, all[5].ID) })
	t.Run("by type that nobody has", func(t *testing.T) { one(t, casework.CaseQuery{Types: []mediation.DisputeType{"15"}}) })
	t.Run("by tag that nobody has", func(t *testing.T) { one(t, casework.CaseQuery{Tag: "涉外"}) })
	t.Run("what changed since", func(t *testing.T) {
		one(t, casework.CaseQuery{UpdatedAfter: &all[6].UpdatedAt, Sort: mediation.SortUpdated}, all[2].ID)
	})
	t.Run("filed between", func(t *testing.T) {
		one(t, casework.CaseQuery{FiledFrom: &all[1].FiledAt, FiledTo: &all[2].FiledAt}, all[1].ID)
	})
	t.Run("a query that breaks a rule", func(t *testing.T) {
		_, err := o.Cases(t.Context(), o.director(), casework.CaseQuery{Limit: 1000})
		wantCode(t, err, mediation.Invalid, "invalid-query")
	})
}

func TestService_Journal_pages(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	for i := range 4 {
		if _, _, err := o.CorrectCase(o.ctx(), o.director(), c.ID, 0, mediation.Correction{Title: pointer(fmt.Sprint("第", i))}); err != nil {
			t.Fatal(err)
		}
	}
	var versions []int64
	var after *casework.Position
	for {
		entries, next, err := o.Journal(o.ctx(), o.director(), c.ID, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			versions = append(versions, e.Version)
		}
		if next == nil {
			break
		}
		after = next
	}
	if !slices.Equal(versions, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("pages give versions %v", versions)
	}
}

func TestService_masksForReaders(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	o.accept(c)
	for _, role := range []mediation.Role{mediation.RoleReader, mediation.RoleCountyAdministrator} {
		t.Run(string(role), func(t *testing.T) {
			read, err := o.Case(t.Context(), o.as(role), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			page, err := o.Cases(t.Context(), o.as(role), casework.CaseQuery{})
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range []mediation.Case{read, page.Cases[0]} {
				if p := shown.Parties[0]; p.Name != "张*" || p.IdentityNumber != "371602********0426" || p.Phone != "138****1234" {
					t.Errorf("shown: %+v", p)
				}
			}
		})
	}
	read, err := o.Case(o.ctx(), o.as(mediation.RoleMediator), c.ID)
	if err != nil || read.Parties[0].Name != "张三" {
		t.Errorf("a mediator knows the parties: %v %+v", err, read.Parties)
	}
}
