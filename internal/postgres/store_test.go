package postgres_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

var noon = mediation.LegalTime(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))

var director = mediation.Actor{
	Principal: mediation.Principal{Issuer: "https://id.example", Subject: "director", Name: "王主任"}, Roles: []mediation.Role{mediation.RoleDirector},
}

func newID() mediation.ID { return mediation.ID(uuid.Must(uuid.NewV7()).String()) }

// town is one tenant's store with what the tests need around it.
type town struct {
	*postgres.TenantStore
	t         testing.TB
	county    *pgtest.Fixture
	committee mediation.ID
}

func newTown(t testing.TB) *town {
	t.Helper()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	tw := &town{TenantStore: f.Store(f.Towns[1]), t: t, county: f}
	tenant, err := tw.Tenant(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	tw.committee = tenant.Committee.ID
	return tw
}

// made is a case as the rules would leave it.
func (tw *town) made(serial int) mediation.Case {
	return mediation.Case{
		ID: newID(), Tenant: tw.Unit(), Version: 1, State: mediation.StatePendingAcceptance, Committee: tw.committee,
		Registration: fmt.Sprintf("%s-2026-%06d", tw.Unit(), serial), Type: "02", Source: mediation.SourceApplication,
		Title: "院墙纠纷", FiledAt: noon.Add(time.Duration(serial) * time.Second), UpdatedAt: noon.Add(time.Duration(serial) * time.Second),
		FiledBy: "clerk",
		Parties: []mediation.Party{
			{ID: newID(), Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"},
			{ID: newID(), Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李𠮷"},
		},
	}
}

func (tw *town) write(work func(ctx context.Context, tx casework.Tx) error) error {
	_, err := tw.Write(context.Background(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		return casework.Receipt{}, work(ctx, tx)
	})
	return err
}

func (tw *town) create(c mediation.Case) mediation.Case {
	tw.t.Helper()
	if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.CreateCase(ctx, c) }); err != nil {
		tw.t.Fatalf("create: %v", err)
	}
	return c
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if mediation.CodeOf(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom([]rune("ab'\"\\%_;-- \n张三李四䶮𠮷🙂纠纷")), 0, 40).Draw(t, "text"))
	})
}

func moments() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		return mediation.LegalTime(time.UnixMicro(rapid.Int64Range(1_600_000_000_000_000, 2_000_000_000_000_000).Draw(t, "moment")))
	})
}

func optional[T any](values *rapid.Generator[T]) *rapid.Generator[*T] {
	return rapid.Custom(func(t *rapid.T) *T {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		value := values.Draw(t, "value")
		return &value
	})
}

func (tw *town) anyCase(serial *int) *rapid.Generator[mediation.Case] {
	return rapid.Custom(func(t *rapid.T) mediation.Case {
		*serial++
		c := tw.made(*serial)
		c.State = rapid.SampledFrom(mediation.States()).Draw(t, "state")
		c.Version = rapid.Int64Range(1, 1<<40).Draw(t, "version")
		c.Title, c.Facts, c.Claims, c.Place = texts().Draw(t, "title"), texts().Draw(t, "facts"), texts().Draw(t, "claims"), texts().Draw(t, "place")
		c.PlaceCode = rapid.SampledFrom([]string{"", "371621101001"}).Draw(t, "place code")
		c.Amount = optional(rapid.Int64Range(0, 1_000_000_000_000_000)).Draw(t, "amount")
		c.People = rapid.IntRange(0, 100_000).Draw(t, "people")
		c.OccurredOn = rapid.SampledFrom([]string{"", "2026-02-28", "1999-12-31"}).Draw(t, "day")
		if tags := rapid.SliceOfN(texts(), 0, 4).Draw(t, "tags"); len(tags) > 0 {
			c.Tags = tags
		}
		if rapid.Bool().Draw(t, "numbered") {
			c.Number = fmt.Sprintf("（2026）石庙人调字第%04d号", *serial)
		}
		if rapid.Bool().Draw(t, "refused") {
			c.Refusal = &mediation.Refusal{Reason: mediation.RefusalPartyRefuses, Note: texts().Draw(t, "note")}
		}
		if rapid.Bool().Draw(t, "withdrawn") {
			c.Withdrawal = &mediation.Withdrawal{Note: texts().Draw(t, "note"), By: rapid.SampledFrom([]mediation.ID{"", c.Parties[0].ID}).Draw(t, "by")}
		}
		c.FiledAt, c.UpdatedAt = moments().Draw(t, "filed"), moments().Draw(t, "updated")
		c.AcceptedAt, c.EndedAt = optional(moments()).Draw(t, "accepted"), optional(moments()).Draw(t, "ended")
		for i := range c.Parties {
			c.Parties[i].Name, c.Parties[i].Phone = texts().Draw(t, "name"), texts().Draw(t, "phone")
			c.Parties[i].IdentityType, c.Parties[i].IdentityNumber = mediation.IdentityPassport, texts().Draw(t, "number")
			c.Parties[i].Address, c.Parties[i].Sex = texts().Draw(t, "address"), rapid.SampledFrom([]mediation.Sex{"", mediation.SexFemale}).Draw(t, "sex")
		}
		return c
	})
}

// What is stored comes back as it was, by itself and in a list, after filing and after a change.
func TestCase_comesBackAsItWas(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	serial := 0
	rapid.Check(t, func(t *rapid.T) {
		c := tw.anyCase(&serial).Draw(t, "case")
		changed := tw.anyCase(&serial).Draw(t, "changed")
		if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.CreateCase(ctx, c) }); err != nil {
			t.Fatalf("create: %v", err)
		}
		same(t, tw, c)
		changed.ID, changed.Registration, changed.FiledBy, changed.FiledAt = c.ID, c.Registration, c.FiledBy, c.FiledAt
		if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.UpdateCase(ctx, c, changed) }); err != nil {
			t.Fatalf("update: %v", err)
		}
		same(t, tw, changed)
	})
}

func same(t *rapid.T, tw *town, want mediation.Case) {
	got, err := tw.FindCase(context.Background(), want.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
	}
	page, err := tw.ListCases(context.Background(), casework.CaseQuery{Registration: want.Registration, Sort: mediation.SortFiledDescending, Limit: 2})
	if err != nil || len(page.Cases) != 1 || !reflect.DeepEqual(page.Cases[0], want) {
		t.Fatalf("listed %+v, %v\nwant   %+v", page.Cases, err, want)
	}
	locked := want
	err = tw.write(func(ctx context.Context, tx casework.Tx) (err error) {
		locked, err = tx.LockCase(ctx, want.ID)
		return err
	})
	if err != nil || !reflect.DeepEqual(locked, want) {
		t.Fatalf("locked %+v, %v", locked, err)
	}
}

func TestUpdateCase_guards(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	for name, c := range map[string]struct {
		reason string
		before func(c *mediation.Case)
		sql    string
		code   string
	}{
		"as it was":       {"nobody else changed it", func(*mediation.Case) {}, "", ""},
		"older version":   {"somebody changed it in between", func(c *mediation.Case) { c.Version = 7 }, "", "stale-version"},
		"another state":   {"the old state must still hold", func(c *mediation.Case) { c.State = mediation.StateAccepted }, "", "stale-version"},
		"handed over":     {"the custodian column decides", func(*mediation.Case) {}, `UPDATE county.case_index SET custodian = 'TWO' WHERE case_id = 'ID'`, "handed-over"},
		"no index row":    {"a case without its index row is not changed", func(*mediation.Case) {}, `DELETE FROM county.case_index WHERE case_id = 'ID'`, "handed-over"},
		"vanished for us": {"another tenant's case is none", func(c *mediation.Case) { c.ID = newID() }, "", "stale-version"},
	} {
		t.Run(name, func(t *testing.T) {
			made := tw.create(tw.made(len(name) + int(c.reason[0])*100))
			if c.sql != "" {
				pgtest.Exec(t, tw.county.AsSuperuser(), strings.NewReplacer("TWO", tw.county.Towns[2], "ID", string(made.ID)).Replace(c.sql))
			}
			before := made
			c.before(&before)
			after := made
			after.ID, after.Version, after.Title = before.ID, 2, "更正"
			err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.UpdateCase(ctx, before, after) })
			wantCode(t, err, c.code)
			if c.code == "handed-over" && name == "handed over" && !strings.Contains(err.Error(), tw.county.Towns[2]) {
				t.Errorf("the refusal does not name the new place: %v", err)
			}
			found, err := tw.FindCase(t.Context(), made.ID)
			if err != nil || (c.code != "" && found.Title != made.Title) {
				t.Errorf("%s: a refused change left %q, %v", c.reason, found.Title, err)
			}
		})
	}
}

func TestFindCase_notOurs(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	other := tw.county.Store(tw.county.Towns[2])
	made := tw.create(tw.made(1))
	for id, reason := range map[mediation.ID]string{
		made.ID: "another tenant's", newID(): "nobody's", "": "empty", "x": "no UUID", "' OR true --": "an injection",
	} {
		_, err := other.FindCase(t.Context(), id)
		wantCode(t, err, "unknown-case")
		_, _, err = other.Journal(t.Context(), id, nil, 10)
		wantCode(t, err, "unknown-case")
		_, err = other.Write(t.Context(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
			_, err := tx.LockCase(ctx, id)
			return casework.Receipt{}, err
		})
		if mediation.CodeOf(err) != "unknown-case" {
			t.Errorf("%s: lock: %v", reason, err)
		}
	}
	err := tw.write(func(ctx context.Context, tx casework.Tx) error {
		foreign := made
		foreign.ID, foreign.Tenant = newID(), tw.county.Towns[2]
		return tx.CreateCase(ctx, foreign)
	})
	if err == nil {
		t.Error("a case of another tenant was stored")
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	made := tw.create(tw.made(1))
	entry := mediation.Entry{
		ID: newID(), Case: made.ID, At: noon, Actor: director, Verb: mediation.VerbFile, To: mediation.StatePendingAcceptance, Version: 1,
		Changes: []mediation.Change{{Field: "/title", Before: "旧", After: "新"}}, Reason: "当事人要求",
	}
	entry.Actor.Unit = tw.Unit()
	nobody := entry
	nobody.ID, nobody.Actor = newID(), mediation.Actor{}
	if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.Record(ctx, nobody) }); mediation.CodeOf(err) != "journal-entry" {
		t.Errorf("an entry that nobody answers for: %v", err)
	}
	if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.Record(ctx, entry) }); err != nil {
		t.Fatal(err)
	}
	again := entry
	again.ID = newID()
	if err := tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.Record(ctx, again) }); err == nil {
		t.Error("a second entry for the same version was kept")
	}
	entries, next, err := tw.Journal(t.Context(), made.ID, nil, 10)
	if err != nil || next != nil || len(entries) != 1 || !reflect.DeepEqual(entries[0], entry) {
		t.Errorf("journal %+v, %v, %v\nwant %+v", entries, next, err, entry)
	}
	content := tw.county.Content()
	if got := strings.Count(content, "\tcase.file\t"+string(made.ID)); got != 1 {
		t.Errorf("%d events, want 1", got)
	}
}

// A number that was taken by a transaction that failed is given again: no gap, whatever happens.
func TestNextSerial_gapFree(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	failed := errors.New("changed my mind")
	var (
		mu    sync.Mutex
		given []int
		group sync.WaitGroup
	)
	for worker := range 8 {
		group.Go(func() {
			for round := range 10 {
				var serial int
				err := tw.write(func(ctx context.Context, tx casework.Tx) (err error) {
					serial, err = tx.NextSerial(ctx, casework.SeriesNumber, tw.committee, 2026)
					if err == nil && (worker+round)%3 == 0 {
						return failed
					}
					return err
				})
				if err == nil {
					mu.Lock()
					given = append(given, serial)
					mu.Unlock()
				} else if !errors.Is(err, failed) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	slices.Sort(given)
	for i, serial := range given {
		if serial != i+1 {
			t.Fatalf("numbers %v are not 1, 2, 3 …", given)
		}
	}
	other := 0
	_ = tw.write(func(ctx context.Context, tx casework.Tx) (err error) {
		other, err = tx.NextSerial(ctx, casework.SeriesNumber, tw.committee, 2027)
		return err
	})
	if other != 1 || len(given) == 0 {
		t.Errorf("a new year begins with %d after %d numbers", other, len(given))
	}
}

func TestKeys_expireAfterSevenDays(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	key := &casework.Key{Principal: "p", Key: "k", Fingerprint: "f"}
	calls := 0
	write := func(key *casework.Key) (casework.Receipt, error) {
		return tw.Write(t.Context(), key, func(context.Context, casework.Tx) (casework.Receipt, error) {
			calls++
			return casework.Receipt{ID: "r", Version: int64(calls), Created: true}, nil
		})
	}
	for _, c := range []struct {
		reason string
		age    string
		calls  int
		replay bool
	}{
		{"the first time it is done", "0", 1, false},
		{"then it is remembered", "0", 1, true},
		{"for nearly seven days", "6 days 23 hours", 1, true},
		{"and no longer", "7 days 1 second", 2, false},
		{"then the second one is remembered", "0", 2, true},
	} {
		pgtest.Exec(t, tw.county.AsSuperuser(), `UPDATE t`+tw.Unit()+`.idempotency_key SET created_at = now() - interval '`+c.age+`'`)
		receipt, err := write(key)
		want := casework.Receipt{ID: "r", Version: int64(c.calls), Created: true, Replayed: c.replay}
		if err != nil || calls != c.calls || receipt != want {
			t.Errorf("%s: %+v, %v after %d calls; want %+v", c.reason, receipt, err, calls, want)
		}
	}
	pgtest.Exec(t, tw.county.AsSuperuser(), `INSERT INTO t`+tw.Unit()+`.idempotency_key
		SELECT 'p', 'old ' || i, 'f', 'r', 1, true, now() - interval '8 days' FROM generate_series(1, 10) i`)
	for i := range 4 {
		if _, err := write(&casework.Key{Principal: "p", Key: fmt.Sprint("new ", i), Fingerprint: "f"}); err != nil {
			t.Fatal(err)
		}
	}
	if left := strings.Count(tw.county.Content(), "\told "); left != 0 {
		t.Errorf("%d expired keys were not cleared away by the writes after them", left)
	}
}

func TestKeys_inProgress(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	key := &casework.Key{Principal: "p", Key: "k", Fingerprint: "f"}
	_, err := tw.Write(t.Context(), key, func(context.Context, casework.Tx) (casework.Receipt, error) {
		_, err := tw.Write(t.Context(), key, func(context.Context, casework.Tx) (casework.Receipt, error) {
			t.Error("the second was let in while the first was at work")
			return casework.Receipt{}, nil
		})
		wantCode(t, err, "key-in-progress")
		var refusal *mediation.Error
		if !errors.As(err, &refusal) || refusal.RetryAfter == 0 {
			t.Errorf("%v does not say when to come again", err)
		}
		return casework.Receipt{}, errors.New("changed my mind")
	})
	if err == nil {
		t.Fatal("the failure was lost")
	}
	if _, err := tw.Write(t.Context(), key, func(context.Context, casework.Tx) (casework.Receipt, error) { return casework.Receipt{}, nil }); err != nil {
		t.Errorf("a failed write keeps its key: %v", err)
	}
}

// A plain dump shows nobody's name, number or words, in whatever encoding one looks for them; what is public is found.
func TestDump_holdsNoPersonalText(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	c := tw.made(1)
	secrets := map[string]string{
		"name": "欧阳惠民", "identity number": "371602188506150426", "phone": "13800138000", "address": "石庙镇归化街九号",
		"title": "欧阳家院墙纠纷", "facts": "院墙越界三十公分", "claims": "拆除并赔礼道歉", "place": "归化村东头", "override": "营业执照原文如此",
		"reason": "听错了名字", "actor's name": "钱副主任", "note": "已告知可以起诉",
	}
	p := &c.Parties[0]
	p.Name, p.IdentityNumber, p.Phone, p.Address, p.IdentityOverride = secrets["name"], secrets["identity number"], secrets["phone"], secrets["address"], secrets["override"]
	c.Title, c.Facts, c.Claims, c.Place = secrets["title"], secrets["facts"], secrets["claims"], secrets["place"]
	c.Refusal = &mediation.Refusal{Reason: mediation.RefusalPartyRefuses, Note: secrets["note"]}
	c.Withdrawal = &mediation.Withdrawal{Note: secrets["note"]}
	c.Tags = []string{"planted-public-value"}
	tw.create(c)
	actor := director
	actor.Name = secrets["actor's name"]
	err := tw.write(func(ctx context.Context, tx casework.Tx) error {
		return tx.Record(ctx, mediation.Entry{ID: newID(), Case: c.ID, At: noon, Actor: actor, Verb: mediation.VerbCorrect, Version: 2, Reason: secrets["reason"],
			Changes: []mediation.Change{{Field: "/parties/0/name", Before: secrets["name"], After: secrets["address"]}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	content := []byte(tw.county.Content())
	for what, text := range secrets {
		for encoding, form := range forms(t, text) {
			if bytes.Contains(content, form) {
				t.Errorf("the %s stands in a dump as %s", what, encoding)
			}
		}
	}
	for _, public := range []string{"planted-public-value", c.Registration, "欧*", "石庙镇"} {
		if !bytes.Contains(content, []byte(public)) {
			t.Errorf("%q was not found: the search proves nothing", public)
		}
	}
}

func forms(t *testing.T, text string) map[string][]byte {
	t.Helper()
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for name, raw := range map[string][]byte{"UTF-8": []byte(text), "GB18030": gb} {
		found[name] = raw
		found[name+" hex"] = []byte(hex.EncodeToString(raw))
		// Base64 has three phases; each hides up to two bytes at its ends.
		for phase := range 3 {
			shifted := base64.StdEncoding.EncodeToString(append(make([]byte, phase), raw...))
			found[fmt.Sprint(name, " base64 ", phase)] = []byte(shifted[4 : len(shifted)-4])
		}
	}
	return found
}

// A sealed text opens only where it was put.
func TestSeal_movedTextDoesNotOpen(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a title moved to another case":      `UPDATE tONE.cases SET title = (SELECT title FROM tONE.cases WHERE id = 'B') WHERE id = 'A'`,
		"facts moved into the title":         `UPDATE tONE.cases SET title = facts WHERE id = 'A'`,
		"a title emptied":                    `UPDATE tONE.cases SET title = '' WHERE id = 'A'`,
		"a title altered":                    `UPDATE tONE.cases SET title = set_byte(title, 25, get_byte(title, 25) # 1) WHERE id = 'A'`,
		"a party moved to another case":      `UPDATE tONE.party p SET details = (SELECT details FROM tONE.party WHERE case_id = 'B' AND position = 0) WHERE case_id = 'A' AND position = 0`,
		"a party's details swapped with one": `UPDATE tONE.party p SET details = (SELECT details FROM tONE.party WHERE case_id = 'A' AND position = 1) WHERE case_id = 'A' AND position = 0`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := newTown(t)
			a, b := tw.create(tw.made(1)), tw.create(tw.made(2))
			pgtest.Exec(t, tw.county.AsSuperuser(), strings.NewReplacer("ONE", tw.Unit(), "'A'", "'"+string(a.ID)+"'", "'B'", "'"+string(b.ID)+"'").Replace(sql))
			if c, err := tw.FindCase(t.Context(), a.ID); err == nil || mediation.KindOf(err) != "" {
				t.Errorf("got %+v, %v; want a fault", c, err)
			}
			if _, err := tw.FindCase(t.Context(), b.ID); err != nil {
				t.Errorf("the other case: %v", err)
			}
		})
	}
}

func TestTenant_withoutARow(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	if _, err := tw.county.County.RemoveTenant(t.Context(), tw.Unit()); err != nil {
		t.Fatal(err)
	}
	_, err := tw.Tenant(t.Context())
	wantCode(t, err, "unknown-unit")
}

func TestMember_versions(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	put := func(subject string, version int64) (m mediation.Membership, created bool, err error) {
		err = tw.write(func(ctx context.Context, tx casework.Tx) (err error) {
			m, created, err = tx.PutMember(ctx, mediation.Membership{Issuer: "i", Subject: subject, Name: "王五", Roles: []mediation.Role{mediation.RoleClerk}, Version: version, UpdatedAt: noon})
			return err
		})
		return m, created, err
	}
	remove := func(subject string, version int64) error {
		return tw.write(func(ctx context.Context, tx casework.Tx) error { return tx.RemoveMember(ctx, "i", subject, version) })
	}
	pgtest.Exec(t, tw.county.AsSuperuser(), `INSERT INTO county.member VALUES ('`+tw.Unit()+`', 'i', 'owned', '', '{director}', 'resource', 1, now())`)
	for _, c := range []struct {
		reason  string
		subject string
		version int64
		code    string
		stored  int64
		created bool
	}{
		{"a new member", "a", 0, "", 1, true},
		{"again, whatever the version", "a", 0, "", 2, false},
		{"with the version seen", "a", 2, "", 3, false},
		{"with an older version", "a", 2, "stale-version", 0, false},
		{"somebody who is no member, with a version", "b", 1, "stale-version", 0, false},
		{"the resource's member", "owned", 0, "owned-by-resource", 0, false},
	} {
		m, created, err := put(c.subject, c.version)
		wantCode(t, err, c.code)
		if err == nil && (m.Version != c.stored || created != c.created || m.Unit != tw.Unit() || m.Source != mediation.MemberByAPI) {
			t.Errorf("%s: %+v, created %v", c.reason, m, created)
		}
	}
	for _, c := range []struct {
		subject string
		version int64
		code    string
	}{{"a", 1, "stale-version"}, {"owned", 0, "owned-by-resource"}, {"b", 0, "unknown-member"}, {"a", 3, ""}, {"a", 3, "unknown-member"}} {
		wantCode(t, remove(c.subject, c.version), c.code)
	}
}

// Under row-level security the planner still finds the tenant's rows by the index.
func TestPlan_rowLevelSecurityUsesTheIndex(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	pgtest.Exec(t, f.AsSuperuser(), `INSERT INTO county.case_index (origin, case_id, custodian, state, open, type, source, registration, filed_at, updated_at, version)
		SELECT t, gen_random_uuid(), t, 'accepted', true, '01', 'application', i::text, now(), now(), 1
		FROM (SELECT i, '`+f.Code+`' || lpad((101 + i % 60)::text, 3, '0') AS t FROM generate_series(1, 40000) i) x; ANALYZE county.case_index`)
	conn := pgtest.Connect(t, f.AsSlot(f.Towns[1]))
	defer func() { _ = conn.Close(context.Background()) }()
	for reason, query := range map[string]string{
		"all that a town may see":            `SELECT count(*) FROM county.case_index`,
		"the open cases of the quota":        `SELECT count(*) FROM county.case_index WHERE custodian = '` + f.Towns[1] + `' AND open`,
		"the row guarded by custody":         `UPDATE county.case_index SET version = 2 WHERE origin = '` + f.Towns[1] + `' AND case_id = '` + string(newID()) + `' AND custodian = '` + f.Towns[1] + `'`,
		"a town that asks for a neighbour's": `SELECT count(*) FROM county.case_index WHERE origin = '` + f.Towns[2] + `'`,
	} {
		rows, err := conn.Query(t.Context(), `EXPLAIN `+query)
		if err != nil {
			t.Fatal(err)
		}
		var plan string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan += line + "\n"
		}
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") {
			t.Errorf("%s: no index is used:\n%s", reason, plan)
		}
	}
}
