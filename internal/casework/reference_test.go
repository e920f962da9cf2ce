package casework_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// document is a sound frame around a body.
func document(unit string, kind mediation.ReferenceKind, version, validFrom, body string) mediation.Reference {
	r, err := mediation.Reference{Kind: kind, Unit: unit, Version: version, ValidFrom: validFrom, Body: []byte(body)}.Checked()
	if err != nil {
		panic(err)
	}
	return r
}

const (
	basis     = `"basis":[{"law":{"zh":"办法","en":"rules"}}]`
	shortened = `{"rules":[{"id":"mediation","length":20,"unit":"day",` + basis + `}]}`
	newYear   = `{"years":[{"year":2027,"notice":"示例〔2026〕1号","days":[
		{"from":"2027-01-01","to":"2027-01-04","kind":"holiday","zh":"元旦","en":"New Year's Day"},
		{"from":"2027-01-09","kind":"makeup","zh":"调休上班","en":"worked instead"}]}]}`
)

// publish puts a document of the town, by its latest revision.
func (o *office) publish(kind mediation.ReferenceKind, version, validFrom, body string) (mediation.Reference, error) {
	stored, _, err := o.PutReference(o.ctx(), o.director(), mediation.Reference{Kind: kind, Version: version, ValidFrom: validFrom, Body: []byte(body)}, mediation.AnyRevision)
	return stored, err
}

// copied plants what the operator copies from the province.
func (o *office) copied(kind mediation.ReferenceKind, version, validFrom, body string) {
	o.t.Helper()
	r := document(o.county.Code[:2], kind, version, validFrom, body)
	pgtest.Exec(o.t, o.county.AsSuperuser(), fmt.Sprintf(`INSERT INTO county.reference (unit, kind, version, revision, valid_from, digest, body, at)
		SELECT '%s', '%s', '%s', count(*) + 1, '%s', '%s', '%s', now() FROM county.reference WHERE unit = '%[1]s' AND kind = '%[2]s'`,
		r.Unit, r.Kind, r.Version, r.ValidFrom, r.Digest, strings.ReplaceAll(string(r.Body), "'", "''")))
	if _, err := o.References(o.ctx(), o.director()); err != nil { // reads anew
		o.t.Fatal(err)
	}
}

func TestService_References(t *testing.T) {
	o := newOffice(t)
	t.Run("a version counts from its day in China on", func(t *testing.T) { validFrom(t, o.in(t)) })
	t.Run("a published year moves what had to assume it", func(t *testing.T) { publishedYear(t, o.in(t)) })
	t.Run("numbers follow the pattern in force", func(t *testing.T) {
		part := o.in(t)
		if _, err := part.publish(mediation.ReferenceNumbering, "n", "2026-11-01", `{"pattern":"{year}调{serial:6}"}`); err != nil {
			t.Fatal(err)
		}
		if c := part.then(part.file(), "accept"); !strings.HasPrefix(c.Number, "2026调000") {
			t.Errorf("numbered %s", c.Number)
		}
	})
	t.Run("suspension stops it", func(t *testing.T) {
		part := o.in(t)
		part.tenant(casework.TenantSuspended, 0)
		_, err := part.publish(mediation.ReferenceClocks, "s", "2027-06-01", `{"rules":[]}`)
		wantCode(t, err, mediation.Conflict, "tenant-suspended")
		part.tenant(casework.TenantActive, 0)
	})
	t.Run("only a director or the judicial office", func(t *testing.T) {
		part := o.in(t)
		for _, role := range mediation.Roles() {
			_, _, err := part.PutReference(part.ctx(), part.as(role), mediation.Reference{}, 0)
			if denied := mediation.KindOf(err) == mediation.Forbidden; denied == (role == mediation.RoleDirector || role == mediation.RoleJudicialOffice) {
				t.Errorf("%s: %v", role, err)
			}
		}
	})
}

// 24:00 in China is 16:00 UTC: the version counts from then on, without anything being written.
func validFrom(t *testing.T, o *office) {
	c := o.then(o.file(), "accept")
	if _, err := o.publish(mediation.ReferenceClocks, "later", "2026-12-01", shortened); err != nil {
		t.Fatal(err)
	}
	version := func() string {
		clocks, err := o.Clocks(o.ctx(), o.director(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return clocks[len(clocks)-1].Deadline.RuleVersion
	}
	o.clock.Set(time.Date(2026, 11, 30, 15, 59, 0, 0, time.UTC))
	if got := version(); got != "law-2026.1" {
		t.Errorf("a minute before: %s", got)
	}
	f, err := o.InForce(o.ctx())
	if err != nil || len(f.Kinds[1].Upcoming) != 1 {
		t.Errorf("what is to come is known: %v", err)
	}
	o.clock.Set(time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC))
	if got, want := version(), "law-2026.1+"+o.Unit()+"@later"; got != want {
		t.Errorf("from midnight on: %s, want %s", got, want)
	}
	if after, err := o.InForce(o.ctx()); err != nil || after.Edition() == f.Edition() {
		t.Errorf("the edition changes with the day: %v", err)
	}
}

// A make-up workday and a holiday of a year that had to be assumed.
func publishedYear(t *testing.T, o *office) {
	c := o.then(o.file(), "accept")
	medical := mediation.DisputeMedical
	c = o.must(o.CorrectCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Correction{Type: &medical}))
	due := func() deadline.Deadline {
		clocks, err := o.Clocks(o.ctx(), o.director(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return clocks[len(clocks)-1].Deadline
	}
	before := due() // 30 working days from 23 November: into January
	if len(before.AssumedYears) != 1 || before.AssumedYears[0] != 2027 {
		t.Errorf("an unpublished year is named: %v", before.AssumedYears)
	}
	o.copied(mediation.ReferenceCalendar, "2027.1", "2026-11-01", newYear)
	after := due()
	if before.DueDate.String() != "2027-01-05" || after.DueDate.String() != "2027-01-06" || len(after.AssumedYears) != 0 || !strings.Contains(after.CalendarVersion, "2027.1") {
		t.Errorf("%s became %s by %s, assumed %v", before.DueDate, after.DueDate, after.CalendarVersion, after.AssumedYears)
	}
}

// The layers in order, and what becomes of a document that fits no more.
func TestNewInForce(t *testing.T) {
	province := document("37", mediation.ReferenceClocks, "p", "2026-01-01", `{"rules":[{"id":"follow-up","length":20}]}`)
	county := document("371621", mediation.ReferenceClocks, "c", "2026-01-01", `{"rules":[{"id":"follow-up","length":15},{"id":"closing","length":9}]}`)
	town := document("371621101", mediation.ReferenceClocks, "t", "2026-01-01", `{"rules":[{"id":"closing","length":5}]}`)
	province.Revision, county.Revision, town.Revision = 1, 1, 1
	all := []mediation.Reference{town, county, province}
	length := func(f *casework.InForce, rule string) int {
		r, _ := f.Rules.Rule(rule)
		return r.Length
	}
	f := casework.NewInForce("371621101", "2026-11-23", all)
	if length(f, "follow-up") != 15 || length(f, "closing") != 5 || f.Rules.Version() != "law-2026.1+37@p+371621@c+371621101@t" {
		t.Errorf("town over county over province: %s", f)
	}
	if other := casework.NewInForce("371622", "2026-11-23", all); length(other, "follow-up") != 20 {
		t.Errorf("another county goes by the province alone: %s", other)
	}
	off := document("371621", mediation.ReferenceClocks, "c2", "2026-02-01", `{"rules":[{"id":"closing","off":true}]}`)
	off.Revision = 2
	f = casework.NewInForce("371621101", "2026-11-23", append(all, off))
	k := f.Kinds[1]
	if _, known := f.Rules.Rule("closing"); known || k.Version != "law-2026.1+37@p+371621@c2" || len(k.Faults) != 1 || k.Faults[0].Reference.Unit != "371621101" {
		t.Errorf("a town's change of a rule that its county has switched off is left out and named: %+v", k)
	}
	gone := mediation.ReferenceClocks.Withdrawal("371621", "2026-03-01", []mediation.Reference{off})
	gone.Revision = 3
	if f = casework.NewInForce("371621101", "2026-11-23", append(all, off, gone)); length(f, "follow-up") != 20 || length(f, "closing") != 5 {
		t.Errorf("once it is withdrawn the province counts again, and the town's fits again: %s", f)
	}
}

// Every document of another kind counts whole, and a broken one leaves the one before in force.
func TestNewInForce_kinds(t *testing.T) {
	for kind, body := range map[mediation.ReferenceKind]string{
		mediation.ReferenceNumbering:  `{"pattern":"{year}调{serial}"}`,
		mediation.ReferenceGradeRules: `{"criteria":[{"fact":"parties","atLeast":2,"grade":"complex"}]}`,
		mediation.ReferenceRiskRules:  `{"items":[],"three":[{"colour":"yellow","from":1},{"colour":"red","from":2}],"four":[{"colour":"yellow","from":1},{"colour":"orange","from":2},{"colour":"red","from":3}]}`,
	} {
		good, bad := document("37", kind, "good", "2026-01-01", body), document("37", kind, "bad", "2026-02-01", `{"nonsense":1}`)
		good.Revision, bad.Revision = 1, 2
		k, err := casework.NewInForce("371621", "2026-11-23", []mediation.Reference{bad, good}).Kind(kind)
		if err != nil || k.Version != "base-1+37@good" || len(k.Faults) != 1 || k.Faults[0].Refusal().Code != "invalid-reference" {
			t.Errorf("%s: %v %+v", kind, err, k)
		}
	}
}

// However many cases there are, a preview holds a batch of them and the first moves: of 10,000 as little as of these.
func TestService_PreviewReference_isBounded(t *testing.T) {
	o := newOffice(t)
	c := o.then(o.file(), "accept", "assign")
	const many = 2_000
	o.multiply(c, many-1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	started := time.Now()
	p, err := o.PreviewReference(o.ctx(), o.director(), mediation.Reference{Kind: mediation.ReferenceClocks, Version: "1", ValidFrom: "2026-01-01", Body: []byte(shortened)}, false, 50)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(started)
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d cases previewed in %s, heap in use %+d KiB afterwards, %d MiB allocated on the way",
		p.Cases, took.Round(time.Millisecond), (int64(after.HeapInuse)-int64(before.HeapInuse))>>10, (after.TotalAlloc-before.TotalAlloc)>>20)
	if p.Cases != many || p.CasesMoved != many || p.Earlier != many || len(p.Moves) != 50 || p.Unreadable != 0 {
		t.Errorf("%d cases, %d moved, %d earlier, %d listed, %d unreadable", p.Cases, p.CasesMoved, p.Earlier, len(p.Moves), p.Unreadable)
	}
	if took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// multiply stores so many cases like this one.
func (o *office) multiply(c mediation.Case, many int) {
	o.t.Helper()
	store := o.county.Store(o.Unit())
	for from := 0; from < many; from += 500 {
		_, err := store.Write(o.ctx(), nil, func(ctx ctx, tx casework.Tx) (casework.Receipt, error) {
			for n := from; n < min(from+500, many); n++ {
				like := c
				like.ID, like.Registration, like.Number = mediation.ID(uuid.Must(uuid.NewV7()).String()), fmt.Sprint("like-", n), fmt.Sprint("like-", n)
				like.Parties = nil
				if err := tx.CreateCase(ctx, like); err != nil {
					return casework.Receipt{}, err
				}
			}
			return casework.Receipt{}, nil
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

// What a preview announces is what happens once the document is published and the clocks are computed anew, whatever way
// the cases took before.
func TestService_PreviewReference_comesTrue(t *testing.T) {
	o := newOffice(t)
	dice := rand.New(rand.NewPCG(7, 2026))
	o.clock.Set(noon.AddDate(0, 0, 4)) // a Friday, before a Saturday that will be worked
	cases := []mediation.Case{o.file()}
	for range 12 {
		c := o.file()
		for range 1 + dice.IntN(14) {
			o.clock.Set(o.clock.Now().AddDate(0, 0, dice.IntN(3)))
			var offers []mediation.Verb
			for _, action := range o.actions(t, c) {
				if action.Allowed && slices.Contains(onward, action.Verb) {
					offers = append(offers, action.Verb)
				}
			}
			if len(offers) == 0 {
				break
			}
			if _, _, err := ways[offers[dice.IntN(len(offers))]](o, o.director(), c, c.Version); err != nil {
				t.Fatal(err)
			}
			c = o.walked(t, c)
		}
		cases = append(cases, c)
	}
	for n, change := range []struct {
		kind mediation.ReferenceKind
		body string
	}{
		{mediation.ReferenceCalendar, `{"years":[{"year":2026,"days":[{"from":"2026-11-28","to":"2026-11-29","kind":"makeup","zh":"加班","en":"worked","notice":"镇〔2026〕1号"},
			{"from":"2026-12-05","to":"2026-12-06","kind":"makeup","zh":"加班","en":"worked","notice":"镇〔2026〕1号"}]}]}`},
		{mediation.ReferenceClocks, shortened},
		{mediation.ReferenceClocks, `{"rules":[{"id":"follow-up","length":90},{"id":"closing","off":true},{"id":"acceptance","off":true}]}`},
		{mediation.ReferenceClocks, `{"rules":[]}`},
	} {
		document := mediation.Reference{Kind: change.kind, Version: fmt.Sprint("v", n), ValidFrom: "2026-01-01", Body: []byte(change.body)}
		p, err := o.PreviewReference(o.ctx(), o.director(), document, false, 1000)
		if err != nil {
			t.Fatal(err)
		}
		before := o.running(cases)
		if _, err := o.publish(document.Kind, document.Version, document.ValidFrom, change.body); err != nil {
			t.Fatal(err)
		}
		if _, err := o.ComputeClocks(o.ctx()); err != nil {
			t.Fatal(err)
		}
		announced, happened := map[string]bool{}, map[string]bool{}
		for _, m := range p.Moves {
			announced[fmt.Sprint(m.Case, " ", m.Rule)] = true
		}
		after := o.running(cases)
		for name := range maps.All(before) {
			if before[name] != after[name] {
				happened[name] = true
			}
		}
		for name := range maps.All(after) {
			if before[name] != after[name] {
				happened[name] = true
			}
		}
		if !maps.Equal(announced, happened) || p.CasesMoved == 0 && n < 3 {
			t.Errorf("document %d: announced %v, happened %v", n, announced, happened)
		}
		t.Logf("document %d: %d cases, %d moved, %d clocks: %d later, %d earlier, %d begin, %d cease", n, p.Cases, p.CasesMoved, p.Clocks, p.Later, p.Earlier, p.Begin, p.Cease)
	}
}

// running is what is stored of the clocks that run, by case and rule.
func (o *office) running(cases []mediation.Case) map[string]string {
	found := map[string]string{}
	for _, c := range cases {
		for _, row := range o.clockRows(c.ID) {
			if rule, rest, _ := strings.Cut(row, " "); !strings.Contains(rest, " done") {
				found[fmt.Sprint(c.ID, " ", rule)] += rest + ";"
			}
		}
	}
	return found
}
