package casework_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/registry"
)

// persons are identity numbers that nobody has: place 99 is assigned to no province.
const (
	sunNumber  = "990101188001010015" // a man born in 1880
	zhouNumber = "99010118800101004X"
)

// towns are two towns and the desk of one county, on one clock.
type towns struct {
	one, two, desk *office
}

func newTowns(t *testing.T) towns {
	t.Helper()
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "桑落墅镇")
	clock := &watch{now: noon}
	at := func(code string) *office {
		return &office{Service: casework.New(f.Store(code), clock.Now), t: t, county: f, clock: clock}
	}
	return towns{one: at(f.Towns[1]), two: at(f.Towns[2]), desk: at(f.Towns[0])}
}

func (o *office) administrator() casework.Request { return o.as(mediation.RoleCountyAdministrator) }

// committee is an organisation of the office's own place.
func (o *office) committee(change func(*registry.OrganisationContent)) registry.Organisation {
	o.t.Helper()
	content := registry.OrganisationContent{
		Kind: registry.TownCommittee, Name: "石庙镇人民调解委员会", DivisionCode: o.Unit(), EstablishedOn: "2011-03-01",
		Seats: []registry.Seat{
			{Name: "王主任", Office: registry.Director}, {Name: "李委员", Office: registry.Member, Woman: true}, {Name: "䶮委员", Office: registry.Member},
		},
	}
	if strings.HasSuffix(o.Unit(), "000") {
		content.Kind, content.Name, content.DivisionCode = registry.IndustryCommittee, "物业纠纷人民调解委员会", o.county.Code
		content.DisputeTypes = []string{"02"}
	}
	if change != nil {
		change(&content)
	}
	made, receipt, err := o.RegisterOrganisation(o.ctx(), o.director(), content)
	if err != nil || !receipt.Created || receipt.Version != 1 {
		o.t.Fatalf("register an organisation: %v %+v", err, receipt)
	}
	return made
}

func (o *office) mediator(name, number string, change func(*registry.MediatorContent)) registry.Mediator {
	o.t.Helper()
	content := registry.MediatorContent{Name: name, Chosen: "appointed", StartedOn: "2020-01-01", Skills: []string{"02"}}
	if number != "" {
		content.IdentityType, content.IdentityNumber = string(mediation.IdentityResidentID), number
	}
	if change != nil {
		change(&content)
	}
	made, _, err := o.RegisterMediator(o.ctx(), o.director(), content)
	if err != nil {
		o.t.Fatalf("register %s: %v", name, err)
	}
	return made
}

func login(subject string) func(*registry.MediatorContent) {
	return func(c *registry.MediatorContent) { c.Issuer, c.Subject = issuer, subject }
}

func (o *office) posted(m registry.Mediator, in registry.Organisation, engagement registry.Engagement, from, to string) registry.Mediator {
	o.t.Helper()
	posted, err := o.post(m, in, engagement, from, to)
	if err != nil {
		o.t.Fatalf("post: %v", err)
	}
	return posted
}

func (o *office) post(m registry.Mediator, in registry.Organisation, engagement registry.Engagement, from, to string) (registry.Mediator, error) {
	posted, _, err := o.JoinOrganisation(o.ctx(), o.director(), m.ID, m.Version, registry.Posting{Organisation: in.ID, Engagement: engagement, From: from, To: to})
	return posted, err
}

// serving is a mediator with a part-time place.
func (o *office) serving(name, number string, in registry.Organisation, change func(*registry.MediatorContent)) registry.Mediator {
	return o.posted(o.mediator(name, number, change), in, registry.PartTime, "2020-01-01", "")
}

func pointersOf(err error) []string {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return nil
	}
	var found []string
	for _, field := range refusal.Fields {
		found = append(found, field.Pointer+" "+field.Code)
	}
	slices.Sort(found)
	return found
}

func TestService_registry_storesWhatItIsGiven(t *testing.T) {
	all := newTowns(t)
	o := all.one
	in := o.committee(nil)
	m := o.mediator("䶮𠮷", "371602880615042", func(c *registry.MediatorContent) {
		c.Phone, c.Languages, c.TermTo = "13800001234", []string{"惠民话"}, "2027-12-31"
	})
	shown, _, err := o.RevealMediator(o.ctx(), o.director(), m.ID, mediation.Disclosing{Purpose: mediation.PurposeVerify, Reason: "核对", Fields: []string{"identityNumber"}})
	if err != nil {
		t.Fatal(err)
	}
	if number := shown.Disclosures[0].Values[0].Value; m.IdentityNumber != mediation.MaskIdentity(number) || len(number) != 18 || number[:17] != "37160219880615042" || m.BornOn != "1988-06-15" || m.Sex != "female" {
		t.Errorf("a number of fifteen digits becomes one of eighteen, and tells birthday and sex: %+v", m.MediatorContent)
	}
	m = o.posted(m, in, registry.FullTime, "2020-01-01", "")
	m, _, err = o.TakeLeave(o.ctx(), o.director(), m.ID, 0, registry.Leave{Kind: "annual", From: "2026-12-01", To: "2026-12-05", Note: "返乡"})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err = o.VerifyMediator(o.ctx(), o.as(mediation.RoleClerk), m.ID, m.Version, "identity-card")
	if err != nil {
		t.Fatal(err)
	}
	found, err := o.Mediator(o.ctx(), o.director(), m.ID)
	if err != nil || fmt.Sprintf("%+v", found) != fmt.Sprintf("%+v", m) && found.Verification == nil {
		t.Fatalf("%v\n%+v\n%+v", err, found, m)
	}
	if found.Name != "䶮𠮷" || len(found.Postings) != 1 || len(found.Leaves) != 1 || found.Version != 4 || found.Verification.By.Subject != "tester" {
		t.Errorf("%+v", found)
	}
	entries, next, err := o.RegistryEntries(o.ctx(), o.director(), m.ID, nil, 3)
	if err != nil || next == nil || len(entries) != 3 || entries[0].Verb != "register" || entries[1].Verb != "join" {
		t.Fatalf("%v %+v", err, entries)
	}
	rest, next, err := o.RegistryEntries(o.ctx(), o.director(), m.ID, next, 3)
	if err != nil || next != nil || len(rest) != 1 || rest[0].Verb != "verify" || rest[0].By.Name != "王主任" || rest[0].Version != 4 {
		t.Errorf("%v %+v", err, rest)
	}
	for _, table := range []string{"mediator", "organisation", "registry_journal"} {
		dump := o.dumpOf(table)
		for _, secret := range []string{"䶮", "13800001234", "19880615", "返乡", "王主任"} {
			if strings.Contains(dump, secret) && !(table == "mediator" && secret == "䶮" && strings.Count(dump, "䶮") == strings.Count(dump, "䶮*")) {
				t.Errorf("county.%s shows %s: %s", table, secret, dump)
			}
		}
	}
}

// dumpOf is a table of the schema county as text.
func (o *office) dumpOf(table string) string {
	o.t.Helper()
	conn := pgtest.Connect(o.t, o.county.AsSuperuser())
	defer func() { _ = conn.Close(o.ctx()) }()
	var text string
	if err := conn.QueryRow(o.ctx(), `SELECT COALESCE(string_agg(r::text, E'\n'), '') FROM county.`+table+` r`).Scan(&text); err != nil {
		o.t.Fatal(err)
	}
	return text
}

func TestService_RegisterMediator_refuses(t *testing.T) {
	o := newOffice(t)
	identity := func(number string) func(*registry.MediatorContent) {
		return func(c *registry.MediatorContent) { c.IdentityType, c.IdentityNumber = "resident-id", number }
	}
	for name, c := range map[string]struct {
		reason string
		change func(*registry.MediatorContent)
		want   []string
	}{
		"one digit wrong":      {"the check character sees it", identity("371602188506150425"), []string{"/identityNumber identity-check-failed"}},
		"born tomorrow":        {"nobody mediates before being born", identity("990101202611240014"), []string{"/identityNumber identity-birthday-in-the-future"}},
		"born tomorrow, again": {"nor by the birthday alone", func(c *registry.MediatorContent) { c.BornOn = "2026-11-24" }, []string{"/bornOn in-the-future", "/bornOn not-of-age"}},
		"another birthday": {"the number tells the birthday", func(c *registry.MediatorContent) {
			identity(sunNumber)(c)
			c.BornOn, c.Sex = "1985-06-15", "female"
		}, []string{"/bornOn birthday-differs-from-identity", "/sex sex-differs-from-identity"}},
		"a child":                              {"adults mediate", func(c *registry.MediatorContent) { c.StartedOn, c.BornOn = "2020-01-01", "2002-01-02" }, []string{"/bornOn not-of-age"}},
		"two rules at once":                    {"a person hears of all at once", func(c *registry.MediatorContent) { identity("1")(c); c.Name = " " }, []string{"/identityNumber invalid-identity-number", "/name required"}},
		"a company's code":                     {"a person has no credit code", func(c *registry.MediatorContent) { c.IdentityType, c.IdentityNumber = "uscc", "91990101MA0TEQT13N" }, []string{"/identityType wrong-kind-of-party"}},
		"an unknown paper":                     {"papers are a closed list", func(c *registry.MediatorContent) { c.IdentityType, c.IdentityNumber = "library-card", "1" }, []string{"/identityType unknown-code"}},
		"a term that is over before it begins": {"days run forward", func(c *registry.MediatorContent) { c.TermFrom, c.TermTo = "2026-01-02", "2026-01-01" }, []string{"/termTo before-the-first-day"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(c.reason)
			content := registry.MediatorContent{Name: "孙调解"}
			c.change(&content)
			_, _, err := o.RegisterMediator(t.Context(), o.director(), content)
			if got := pointersOf(err); mediation.KindOf(err) != mediation.Invalid || !slices.Equal(got, c.want) {
				t.Errorf("%v: %v, want %v", err, got, c.want)
			}
		})
	}
	page, err := o.Mediators(o.ctx(), o.director(), casework.MediatorQuery{})
	if err != nil || page.Total.Value != 0 {
		t.Errorf("nothing is half-written: %v %+v", err, page)
	}
}

func TestService_RegisterOrganisation_place(t *testing.T) {
	all := newTowns(t)
	o := all.one
	for reason, content := range map[string]registry.OrganisationContent{
		"the neighbour's village":   {Kind: registry.VillageCommittee, Name: "某村人民调解委员会", DivisionCode: all.two.Unit() + "201"},
		"the county, by a town":     {Kind: registry.IndustryCommittee, Name: "医疗纠纷人民调解委员会", DivisionCode: o.county.Code},
		"another county, by a town": {Kind: registry.TownCommittee, Name: "某镇人民调解委员会", DivisionCode: "371621101"},
	} {
		_, _, err := o.RegisterOrganisation(o.ctx(), o.director(), content)
		if got := pointersOf(err); !slices.Equal(got, []string{"/divisionCode not-of-this-unit"}) {
			t.Errorf("%s: %v %v", reason, err, got)
		}
	}
	_, _, err := all.desk.RegisterOrganisation(o.ctx(), all.desk.director(), registry.OrganisationContent{
		Kind: registry.IndustryCommittee, Name: "某行业人民调解委员会", DivisionCode: "371622", USCC: "91990101MA0TEQT13X"})
	if got := pointersOf(err); !slices.Equal(got, []string{"/divisionCode not-of-this-unit"}) {
		t.Errorf("the desk keeps its own county: %v %v", err, got)
	}
	_, _, err = all.desk.RegisterOrganisation(o.ctx(), all.desk.director(), registry.OrganisationContent{
		Kind: registry.IndustryCommittee, Name: "某行业人民调解委员会", DivisionCode: o.county.Code, USCC: "91990101MA0TEQT13X"})
	if got := pointersOf(err); !slices.Equal(got, []string{"/uscc uscc-check-failed"}) {
		t.Errorf("a credit code is checked: %v %v", err, got)
	}
	empty := o.committee(func(c *registry.OrganisationContent) { c.Seats = nil })
	_, _, err = o.FileOrganisation(o.ctx(), o.director(), empty.ID, 0, registry.FilingNew, "")
	wantCode(t, err, mediation.Conflict, "not-ready-for-filing")
	if got := pointersOf(err); !slices.Contains(got, "/seats three-to-nine") {
		t.Errorf("an organisation without members is registered, and not filed: %v", got)
	}
}

// One person is full-time in one organisation of the county at a time: two towns at once, and only one wins.
func TestService_fullTimeOnce_overTheCounty(t *testing.T) {
	all := newTowns(t)
	for round := range 5 {
		number := []string{sunNumber, zhouNumber, "371602188506150426", "37162118801231002X", "990103199901010017"}[round]
		var (
			group sync.WaitGroup
			errs  [2]error
		)
		for i, o := range []*office{all.one, all.two} {
			in, m := o.committee(nil), o.mediator("孙调解", number, nil)
			group.Go(func() { _, errs[i] = o.post(m, in, registry.FullTime, "2026-01-01", "") })
		}
		group.Wait()
		won, lost := errs[0], errs[1]
		if won != nil {
			won, lost = lost, won
		}
		if won != nil || mediation.CodeOf(lost) != "full-time-elsewhere" || mediation.KindOf(lost) != mediation.Conflict {
			t.Fatalf("exactly one wins: %v / %v", errs[0], errs[1])
		}
		for _, town := range []string{all.one.Unit(), all.two.Unit(), "石庙", "桑落墅"} {
			var refusal *mediation.Error
			if errors.As(lost, &refusal) && strings.Contains(refusal.Message+refusal.MessageZH+lost.Error(), town) {
				t.Errorf("the answer names a town: %v", lost)
			}
		}
	}
}

func TestService_fullTimeOnce_acrossDates(t *testing.T) {
	all := newTowns(t)
	here, there := all.one.committee(nil), all.two.committee(nil)
	m := all.one.posted(all.one.mediator("孙调解", sunNumber, nil), here, registry.FullTime, "2024-01-01", "2026-06-30")
	n := all.two.mediator("孙调解", sunNumber, nil)
	for _, c := range []struct {
		reason     string
		engagement registry.Engagement
		from, to   string
		want       string
	}{
		{"the last day is shared", registry.FullTime, "2026-06-30", "", "full-time-elsewhere"},
		{"it lies inside", registry.FullTime, "2025-01-01", "2025-02-01", "full-time-elsewhere"},
		{"it lies around", registry.FullTime, "2020-01-01", "2030-01-01", "full-time-elsewhere"},
		{"it has no end", registry.FullTime, "2020-01-01", "", "full-time-elsewhere"},
		{"part-time is free", registry.PartTime, "2025-01-01", "2025-02-01", ""},
		{"the day before", registry.FullTime, "2023-01-01", "2023-12-31", ""},
		{"the day after", registry.FullTime, "2026-07-01", "9999-12-31", ""},
	} {
		after, err := all.two.post(n, there, c.engagement, c.from, c.to)
		if mediation.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.reason, err, c.want)
		}
		if err == nil {
			n = after
		}
	}
	t.Run("a namesake with another number is another person", func(t *testing.T) {
		other := all.two.mediator("孙调解", zhouNumber, nil)
		if _, err := all.two.post(other, there, registry.FullTime, "2024-01-01", ""); err != nil {
			t.Error(err)
		}
	})
	t.Run("somebody without a number is not full-time", func(t *testing.T) {
		_, err := all.one.post(all.one.mediator("钱调解", "", nil), here, registry.FullTime, "2026-01-01", "")
		wantCode(t, err, mediation.Conflict, "identity-required")
	})
	t.Run("nobody takes another's number over", func(t *testing.T) {
		other := all.one.posted(all.one.mediator("周调解", "371602188506150426", nil), here, registry.FullTime, "2026-07-01", "")
		content := other.MediatorContent
		content.IdentityNumber, content.BornOn, content.Sex = sunNumber, "", ""
		_, _, err := all.one.ChangeMediator(t.Context(), all.one.director(), other.ID, 0, content, "更正")
		if code := mediation.CodeOf(err); code != "mediator-registered" && code != "full-time-elsewhere" {
			t.Errorf("%v", err)
		}
		content.IdentityNumber, content.IdentityType = "", ""
		_, _, err = all.one.ChangeMediator(t.Context(), all.one.director(), other.ID, 0, content, "更正")
		wantCode(t, err, mediation.Conflict, "identity-required")
	})
	t.Run("who goes frees the place", func(t *testing.T) {
		if _, _, err := all.two.SetMediatorStatus(t.Context(), all.two.director(), n.ID, 0, registry.MediatorLeft, "", "调离"); err != nil {
			t.Fatal(err)
		}
		if _, err := all.one.post(m, here, registry.FullTime, "2026-11-24", ""); err != nil {
			t.Errorf("from the next day on: %v", err)
		}
		again := all.two.mediator("孙调解", sunNumber, nil)
		if again.ID == n.ID {
			t.Error("who comes back is registered again")
		}
	})
}

// A town's mediator serves in an organisation of the county desk; what is the neighbour's is not there.
func TestService_registry_ofOthers(t *testing.T) {
	all := newTowns(t)
	industry, foreign := all.desk.committee(nil), all.two.committee(nil)
	m := all.one.mediator("孙调解", sunNumber, nil)
	m = all.one.posted(m, industry, registry.FullTime, "2026-01-01", "")
	_, err := all.one.post(m, foreign, registry.PartTime, "2026-01-01", "")
	if got := pointersOf(err); !slices.Equal(got, []string{"/organisation unknown-organisation"}) {
		t.Errorf("%v %v", err, got)
	}
	seen, err := all.one.Organisation(t.Context(), all.one.director(), industry.ID)
	if err != nil || seen.Name != industry.Name || seen.Tenant != all.desk.Unit() || len(seen.Seats) != 0 || seen.Phone != "" {
		t.Errorf("a town sees what is public of the desk's: %v %+v", err, seen)
	}
	for what, try := range map[string]func() error{
		"read an organisation": func() error { _, err := all.one.Organisation(t.Context(), all.one.director(), foreign.ID); return err },
		"read a mediator":      func() error { _, err := all.two.Mediator(t.Context(), all.two.director(), m.ID); return err },
		"read a history": func() error {
			_, _, err := all.two.RegistryEntries(t.Context(), all.two.director(), m.ID, nil, 0)
			return err
		},
		"change a mediator": func() error {
			_, _, err := all.two.VerifyMediator(t.Context(), all.two.director(), m.ID, 0, "face")
			return err
		},
		"change the desk's": func() error {
			_, _, err := all.one.SetOrganisationStatus(t.Context(), all.one.director(), industry.ID, 0, "suspended", "x")
			return err
		},
		"what never was": func() error {
			_, err := all.one.Mediator(t.Context(), all.one.director(), "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e")
			return err
		},
		"what is no id": func() error { _, err := all.one.Mediator(t.Context(), all.one.director(), "' OR 1=1"); return err },
	} {
		if err := try(); mediation.CodeOf(err) != "unknown-record" {
			t.Errorf("%s: %v", what, err)
		}
	}
	page, err := all.one.Organisations(t.Context(), all.one.director(), casework.OrganisationQuery{County: true})
	if err != nil || page.Total.Value != 1 || page.Organisations[0].ID != industry.ID {
		t.Errorf("%v %+v", err, page)
	}
	page, err = all.one.Organisations(t.Context(), all.one.director(), casework.OrganisationQuery{})
	if err != nil || page.Total.Value != 0 {
		t.Errorf("its own alone: %v %+v", err, page)
	}
}

func TestService_registry_oncePerTenant(t *testing.T) {
	o := newOffice(t)
	o.mediator("孙调解", sunNumber, login("sun"))
	content := registry.MediatorContent{Name: "孙调解", IdentityType: "resident-id", IdentityNumber: sunNumber}
	_, _, err := o.RegisterMediator(o.ctx(), o.director(), content)
	wantCode(t, err, mediation.Conflict, "mediator-registered")
	_, _, err = o.RegisterMediator(o.ctx(), o.director(), registry.MediatorContent{Name: "别人", Issuer: issuer, Subject: "sun"})
	wantCode(t, err, mediation.Conflict, "account-linked")
	first, receipt, err := o.RegisterMediator(o.ctx(), keyed(o.director(), "k", "b"), registry.MediatorContent{Name: "钱调解"})
	if err != nil || receipt.Replayed {
		t.Fatal(err)
	}
	again, receipt, err := o.RegisterMediator(o.ctx(), keyed(o.director(), "k", "b"), registry.MediatorContent{Name: "钱调解"})
	if err != nil || !receipt.Replayed || again.ID != first.ID {
		t.Errorf("sent twice, done once: %v %+v", err, receipt)
	}
	_, _, err = o.VerifyMediator(o.ctx(), o.director(), first.ID, 9, "face")
	wantCode(t, err, mediation.Stale, "stale-version")
	o.tenant(casework.TenantSuspended, 0)
	_, _, err = o.RegisterMediator(o.ctx(), o.director(), registry.MediatorContent{Name: "钱调解"})
	wantCode(t, err, mediation.Conflict, "tenant-suspended")
	_, _, err = o.SetMediatorStatus(o.ctx(), o.director(), first.ID, 0, registry.MediatorSuspended, "", "x")
	wantCode(t, err, mediation.Conflict, "tenant-suspended")
}

// Filing: what is new, changed or ended is owed for thirty days, submitted by the town, answered by the county.
func TestService_filing(t *testing.T) {
	o := newOffice(t)
	in := o.committee(nil)
	if in.Owes.Kind != registry.FilingNew || in.Owes.Due() != "2026-12-23" {
		t.Errorf("owed: %+v until %s", in.Owes, in.Owes.Due())
	}
	_, _, err := o.DecideOrganisationFiling(o.ctx(), o.director(), in.ID, 0, registry.FilingDecision{Accepted: true, Number: "1"})
	wantCode(t, err, mediation.Forbidden, "role-required")
	_, _, err = o.DecideOrganisationFiling(o.ctx(), o.administrator(), in.ID, 0, registry.FilingDecision{Accepted: true, Number: "1"})
	wantCode(t, err, mediation.Conflict, "no-filing-pending")
	step := func(do func() (registry.Organisation, casework.Receipt, error)) {
		t.Helper()
		if in, _, err = do(); err != nil {
			t.Fatal(err)
		}
	}
	count := func(query registry.OrganisationFilter) int {
		t.Helper()
		page, err := o.Organisations(o.ctx(), o.director(), casework.OrganisationQuery{OrganisationFilter: query})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total.Value
	}
	yes, no := true, false
	if count(registry.OrganisationFilter{FilingDueBefore: "2026-12-24"}) != 1 || count(registry.OrganisationFilter{FilingDueBefore: "2026-12-23"}) != 0 {
		t.Error("what is owed is found by its last day")
	}
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.FileOrganisation(o.ctx(), o.director(), in.ID, in.Version, registry.FilingNew, "新设")
	})
	if count(registry.OrganisationFilter{Pending: &yes}) != 1 || count(registry.OrganisationFilter{Filed: &yes}) != 0 || in.Owes.Kind != "" {
		t.Errorf("submitted: %+v", in)
	}
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.DecideOrganisationFiling(o.ctx(), o.administrator(), in.ID, in.Version, registry.FilingDecision{Reason: "缺印模"})
	})
	if in.Owes.Kind != registry.FilingNew || in.Filings[0].State != registry.FilingReturned {
		t.Errorf("returned, it is owed again: %+v", in)
	}
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.FileOrganisation(o.ctx(), o.director(), in.ID, in.Version, registry.FilingNew, "")
	})
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.DecideOrganisationFiling(o.ctx(), o.administrator(), in.ID, in.Version, registry.FilingDecision{Accepted: true, Number: "惠备1"})
	})
	if count(registry.OrganisationFilter{Filed: &yes, Pending: &no}) != 1 || in.Filings[1].DecidedBy.Subject != "tester" {
		t.Errorf("filed: %+v", in)
	}
	content := in.OrganisationContent
	content.Phone = "0543-1"
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.ChangeOrganisation(o.ctx(), o.director(), in.ID, in.Version, content, "换号")
	})
	if in.Owes.Kind != registry.FilingChange {
		t.Errorf("a change is owed: %+v", in.Owes)
	}
	step(func() (registry.Organisation, casework.Receipt, error) {
		return o.SetOrganisationStatus(o.ctx(), o.director(), in.ID, in.Version, registry.OrganisationDissolved, "并入")
	})
	if in.Owes.Kind != registry.FilingCancel {
		t.Errorf("a cancellation is owed: %+v", in.Owes)
	}
}
