package registry_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/registry"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestRegisterMediator(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*registry.MediatorContent)
		want   []string
	}{
		"the standard one":           {"sound", func(*registry.MediatorContent) {}, nil},
		"only a name":                {"the rest can follow", func(m *registry.MediatorContent) { *m = registry.MediatorContent{Name: "𠮷䶮"} }, nil},
		"no name":                    {"real name", func(m *registry.MediatorContent) { m.Name = "" }, []string{"/name required"}},
		"another sex":                {"as on the card", func(m *registry.MediatorContent) { m.Sex = "x" }, []string{"/sex unknown-code"}},
		"a paper without number":     {"both or neither", func(m *registry.MediatorContent) { m.IdentityNumber = "" }, []string{"/identityNumber incomplete"}},
		"a number without paper":     {"both or neither", func(m *registry.MediatorContent) { m.IdentityType = "" }, []string{"/identityNumber incomplete"}},
		"half an account":            {"a subject means nothing without its issuer", func(m *registry.MediatorContent) { m.Issuer = "" }, []string{"/subject incomplete"}},
		"chosen by lot":              {"L13: elected or appointed", func(m *registry.MediatorContent) { m.Chosen = "lot" }, []string{"/chosen unknown-code"}},
		"born tomorrow":              {"days are real and past", func(m *registry.MediatorContent) { m.BornOn = "2026-11-24" }, []string{"/bornOn in-the-future", "/bornOn not-of-age"}},
		"seventeen at the start":     {"L14: adults", func(m *registry.MediatorContent) { m.BornOn = "2002-01-02" }, []string{"/bornOn not-of-age"}},
		"eighteen on the first day":  {"the birthday itself is of age", func(m *registry.MediatorContent) { m.BornOn = "2002-01-01" }, nil},
		"a child without first day":  {"then today counts", func(m *registry.MediatorContent) { m.BornOn, m.StartedOn = "2010-01-01", "" }, []string{"/bornOn not-of-age"}},
		"a term that ends first":     {"terms run forward", func(m *registry.MediatorContent) { m.TermTo = "2019-01-01" }, []string{"/termTo before-the-first-day"}},
		"an essay for an employer":   {"texts have limits", func(m *registry.MediatorContent) { m.Employer = strings.Repeat("长", 301) }, []string{"/employer too-long"}},
		"the same skill twice":       {"each once", func(m *registry.MediatorContent) { m.Skills = []string{"02", "02"} }, []string{"/skills/1 duplicate"}},
		"an override in the phone":   {"a text that reads otherwise than stored", func(m *registry.MediatorContent) { m.Phone = "138\u202e1" }, []string{"/phone control-character"}},
		"a day that is none":         {"days are real", func(m *registry.MediatorContent) { m.TermFrom = "2026-13-01" }, []string{"/termFrom invalid-date"}},
		"a first day before 1900":    {"a typing error", func(m *registry.MediatorContent) { m.BornOn = "1885-06-15" }, []string{"/bornOn invalid-date"}},
		"small letters in a number":  {"they are made large", func(m *registry.MediatorContent) { m.IdentityNumber = "99010118800101004x" }, nil},
		"nothing but spaces in name": {"spaces are no name", func(m *registry.MediatorContent) { m.Name = "　 " }, []string{"/name required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			content := person()
			tc.change(&content)
			m, entry, err := registry.RegisterMediator(content, town, act())
			sameProblems(t, err, tc.want...)
			if err == nil {
				sound(t, entry, 1)
				if m.Status != registry.MediatorActive || m.IdentityNumber != strings.ToUpper(content.IdentityNumber) {
					t.Errorf("a new mediator is active: %+v", m)
				}
			}
		})
	}
}

func TestMediator_nothingWithoutAnActor(t *testing.T) {
	m, o := mediator(t, "m-1", nil), organisation(t, "o-1", nil)
	a := registry.LegalAdviser{Status: registry.AdviserActive}
	acts := map[string]func() error{
		"register":           func() error { _, _, err := registry.RegisterMediator(person(), town, nobody()); return err },
		"change":             func() error { _, _, err := m.Change(person(), "", nobody()); return err },
		"verify":             func() error { _, _, err := m.Verify("face", nobody()); return err },
		"suspend":            func() error { _, _, err := m.Suspend("x", nobody()); return err },
		"remove":             func() error { _, _, err := m.Remove("bias", "x", nobody()); return err },
		"join":               func() error { _, _, err := m.Join(registry.Posting{}, o, nobody()); return err },
		"quit":               func() error { _, _, err := m.Quit("x", today, "", nobody()); return err },
		"leave":              func() error { _, _, err := m.TakeLeave(registry.Leave{}, nobody()); return err },
		"end leave":          func() error { _, _, err := m.EndLeave("x", today, nobody()); return err },
		"conflict":           func() error { _, _, err := m.DeclareConflict(registry.ConflictOfInterest{}, nobody()); return err },
		"end conflict":       func() error { _, _, err := m.EndConflict("x", today, "x", nobody()); return err },
		"file":               func() error { _, _, err := m.SubmitFiling("new", "", nobody()); return err },
		"decide":             func() error { _, _, err := m.DecideFiling(registry.FilingDecision{}, nobody()); return err },
		"register committee": func() error { _, _, err := registry.RegisterOrganisation(committee(), town, nobody()); return err },
		"change committee":   func() error { _, _, err := o.Change(committee(), "", nobody()); return err },
		"dissolve committee": func() error { _, _, err := o.Dissolve("x", nobody()); return err },
		"file committee":     func() error { _, _, err := o.SubmitFiling("new", "", nobody()); return err },
		"decide committee":   func() error { _, _, err := o.DecideFiling(registry.FilingDecision{}, nobody()); return err },
		"register adviser":   func() error { _, _, err := registry.RegisterAdviser(adviser(), town, nobody()); return err },
		"change adviser":     func() error { _, _, err := a.Change(adviser(), "", nobody()); return err },
		"end adviser":        func() error { _, _, err := a.End("x", nobody()); return err },
	}
	for name, do := range acts {
		t.Run(name, func(t *testing.T) { wantCode(t, do(), registry.Unauthenticated, "actor-required") })
	}
}

func TestMediator_Verify(t *testing.T) {
	m := mediator(t, "m-1", nil)
	if m.Verification == nil || m.Verification.Method != "identity-card" || m.Verification.By.Subject != "clerk-1" {
		t.Fatalf("how, when and by whom: %+v", m.Verification)
	}
	_, _, err := m.Verify("hearsay", act())
	sameProblems(t, err, "/method unknown-code")
	bare, _, err := registry.RegisterMediator(registry.MediatorContent{Name: "无证"}, town, act())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = bare.Verify("face", act())
	sameProblems(t, err, "/identityNumber required")

	t.Run("a new phone leaves it", func(t *testing.T) {
		content := m.MediatorContent
		content.Phone = "13900000000"
		if after, _, err := m.Change(content, "", act()); err != nil || after.Verification == nil {
			t.Error(err)
		}
	})
	t.Run("a new name takes it away: it was another person's", func(t *testing.T) {
		content := m.MediatorContent
		content.Name = "孙改名"
		after, entry, err := m.Change(content, "改名", act())
		if err != nil || after.Verification != nil || len(entry.Changes) != 2 {
			t.Errorf("%v %+v", err, entry.Changes)
		}
	})
	t.Run("nothing new is nothing written", func(t *testing.T) {
		if after, entry, err := m.Change(m.MediatorContent, "", act()); err != nil || after.Version != m.Version || entry.Verb != "" {
			t.Error(err)
		}
	})
}

func TestMediator_Gaps(t *testing.T) {
	bare, _, err := registry.RegisterMediator(registry.MediatorContent{Name: "新人"}, town, act())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = bare.SubmitFiling(registry.FilingNew, "", act())
	wantCode(t, err, registry.Conflict, "not-ready-for-filing")
	sameProblems(t, err, "/chosen required-for-filing", "/postings required-for-filing", "/startedOn required-for-filing", "/verification required-for-filing")
	if m := mediator(t, "m-1", nil); !registry.Filed(m.Filings) || len(m.Gaps()) != 0 {
		t.Error("the standard mediator is filed")
	}
}

func TestMediator_goes(t *testing.T) {
	m := mediator(t, "m-1", nil)
	_, _, err := m.Remove("laziness", "x", act())
	sameProblems(t, err, "/ground unknown-code")
	_, _, err = m.Remove("bribe", "", act())
	wantCode(t, err, registry.Invalid, "reason-required")
	removed, entry, err := m.Remove("bribe", "收受当事人财物", act())
	if err != nil || removed.Status != registry.MediatorRemoved || removed.Postings[0].To != today {
		t.Fatalf("a removed mediator serves nowhere: %v %+v", err, removed)
	}
	if !slices.Contains(entry.Changes, registry.Change{Field: "/removal/ground", After: "bribe"}) {
		t.Errorf("the ground of L15 is kept: %+v", entry.Changes)
	}
	if m.Postings[0].To != "" {
		t.Error("the earlier copy is as it was")
	}
	_, _, err = removed.Change(person(), "", act())
	wantCode(t, err, registry.Conflict, "mediator-status")
	_, _, err = removed.Resume("x", act())
	wantCode(t, err, registry.Conflict, "mediator-status")
	_, _, err = removed.SubmitFiling(registry.FilingChange, "", act())
	wantCode(t, err, registry.Conflict, "mediator-status")
	if _, _, err = removed.SubmitFiling(registry.FilingCancel, "", act()); err != nil {
		t.Errorf("who has gone is taken off the file: %v", err)
	}

	suspended, _, err := m.Suspend("投诉核查", act())
	if err != nil || suspended.Postings[0].To != "" {
		t.Fatalf("a suspended one keeps the place: %v", err)
	}
	back, _, err := suspended.Resume("查无实据", act())
	if err != nil || back.Status != registry.MediatorActive {
		t.Fatal(err)
	}
	left, _, err := back.Depart("退休", act())
	if err != nil || left.Status != registry.MediatorLeft {
		t.Fatal(err)
	}
}

func TestMediator_Account(t *testing.T) {
	m := mediator(t, "m-1", nil)
	if !m.Account("https://id.example", "mediator-1") || m.Account("https://other.example", "mediator-1") {
		t.Error("an account is issuer and subject together")
	}
	if (registry.Mediator{}).Account("", "") {
		t.Error("nobody's account is not everybody's")
	}
}

func TestMediator_Join(t *testing.T) {
	town, other := organisation(t, "o-town", nil), organisation(t, "o-other", nil)
	suspended, _, err := organisation(t, "o-down", nil).Suspend("整改", act())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason  string
		posting registry.Posting
		in      registry.Organisation
		kind    registry.Kind
		code    string
		fields  []string
	}{
		"part-time elsewhere": {"full-time in one does not forbid helping another", registry.Posting{Organisation: "o-other", Engagement: registry.PartTime, From: today}, other, "", "", nil},
		"full-time elsewhere": {"full-time in one organisation only", registry.Posting{Organisation: "o-other", Engagement: registry.FullTime, From: today}, other, registry.Conflict, "full-time-elsewhere", nil},
		"full-time before":    {"another time is another matter", registry.Posting{Organisation: "o-other", Engagement: registry.FullTime, From: "2015-01-01", To: "2019-12-31"}, other, "", "", nil},
		"full-time up to the first day": {"the last and the first day may not be one", registry.Posting{Organisation: "o-other", Engagement: registry.FullTime, From: "2015-01-01", To: "2020-01-01"}, other,
			registry.Conflict, "full-time-elsewhere", nil},
		"the same again":         {"one place in one organisation", registry.Posting{Organisation: "o-town", Engagement: registry.PartTime, From: today}, town, registry.Conflict, "already-there", nil},
		"an organisation unseen": {"the organisation is of the registry", registry.Posting{Organisation: "o-ghost", Engagement: registry.PartTime, From: today}, other, registry.Invalid, "invalid-posting", []string{"/organisation unknown-organisation"}},
		"one that rests":         {"nobody joins what does not work", registry.Posting{Organisation: "o-down", Engagement: registry.PartTime, From: today}, suspended, registry.Conflict, "organisation-status", nil},
		"since when":             {"a place has a first day", registry.Posting{Organisation: "o-other", Engagement: "half", To: "2020-01-01"}, other, registry.Invalid, "invalid-posting", []string{"/engagement unknown-code", "/from required"}},
		"backwards":              {"days run forward", registry.Posting{Organisation: "o-other", Engagement: registry.PartTime, From: today, To: "2020-01-01"}, other, registry.Invalid, "invalid-posting", []string{"/to before-the-first-day"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			m := mediator(t, "m-1", nil)
			after, entry, err := m.Join(tc.posting, tc.in, act())
			wantCode(t, err, tc.kind, tc.code)
			if len(tc.fields) > 0 {
				sameProblems(t, err, tc.fields...)
			}
			if err == nil && (len(after.Postings) != 2 || len(m.Postings) != 1 || after.Postings[1].ID == "") {
				t.Errorf("a place more, in the copy only: %+v", after.Postings)
			}
			if err == nil {
				sound(t, entry, m.Version+1)
			}
		})
	}
}

func TestMediator_Quit(t *testing.T) {
	m := mediator(t, "m-1", nil)
	posting := m.Postings[0].ID
	cases := map[string]struct {
		reason  string
		posting registry.ID
		to      string
		want    []string
	}{
		"today":              {"the last day", posting, today, nil},
		"some other posting": {"it is none of this mediator", "p-9", today, []string{"/posting unknown-posting"}},
		"before it began":    {"days run forward", posting, "2019-12-31", []string{"/to before-the-first-day"}},
		"no day":             {"an end has a day", posting, "", []string{"/to before-the-first-day", "/to required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			after, _, err := m.Quit(tc.posting, tc.to, "调动", act())
			sameProblems(t, err, tc.want...)
			if err == nil && (after.Postings[0].To != tc.to || m.Postings[0].To != "" || len(after.Serving("2026-11-24")) != 0) {
				t.Errorf("%+v", after.Postings)
			}
		})
	}
	t.Run("an end is not put off: join anew", func(t *testing.T) {
		after, _, err := m.Quit(posting, today, "", act())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = after.Quit(posting, "2027-01-01", "", act())
		sameProblems(t, err, "/to ended-before")
	})
}

func TestMediator_leave(t *testing.T) {
	m := mediator(t, "m-1", nil)
	_, _, err := m.TakeLeave(registry.Leave{Kind: "nap", To: "2020-01-01"}, act())
	sameProblems(t, err, "/from required", "/kind unknown-code")
	m, entry, err := m.TakeLeave(registry.Leave{Kind: "annual", From: "2026-12-01", To: "2026-12-05"}, act())
	if err != nil {
		t.Fatal(err)
	}
	sound(t, entry, m.Version)
	for day, want := range map[string]bool{"2026-11-30": false, "2026-12-01": true, "2026-12-05": true, "2026-12-06": false} {
		if _, on := m.OnLeave(day); on != want {
			t.Errorf("%s: on leave %v, want %v", day, on, want)
		}
	}
	_, _, err = m.TakeLeave(registry.Leave{Kind: "sick", From: "2026-12-05"}, act())
	wantCode(t, err, registry.Conflict, "leave-overlaps")
	sick, _, err := m.TakeLeave(registry.Leave{Kind: "sick", From: "2026-12-06"}, act())
	if err != nil {
		t.Fatal(err)
	}
	if _, on := sick.OnLeave("2030-01-01"); !on {
		t.Error("an open leave goes on")
	}
	id := m.Leaves[0].ID
	_, _, err = m.EndLeave("l-9", today, act())
	sameProblems(t, err, "/leave unknown-leave")
	_, _, err = m.EndLeave(id, "2026-12-20", act())
	sameProblems(t, err, "/to ended-before")
	early, _, err := m.EndLeave(id, "2026-12-02", act())
	if err != nil || early.Leaves[0].To != "2026-12-02" || m.Leaves[0].To != "2026-12-05" {
		t.Errorf("%v: back early", err)
	}
	struck, _, err := m.EndLeave(id, "2026-11-30", act())
	if err != nil || len(struck.Leaves) != 0 || len(m.Leaves) != 1 {
		t.Errorf("%v: a leave that never began is struck out", err)
	}
}

// TestMediator_postings_property: whatever a mediator joins and quits, no day has two full-time places, versions count
// up by one, and every change leaves a line that can stand in the history.
func TestMediator_postings_property(t *testing.T) {
	organisations := []registry.Organisation{organisation(t, "o-1", nil), organisation(t, "o-2", nil), organisation(t, "o-3", nil)}
	day := rapid.Custom(func(t *rapid.T) string {
		return "2026-01-" + strconv.Itoa(rapid.IntRange(10, 28).Draw(t, "day"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a := act()
		m, _, err := registry.RegisterMediator(person(), town, a)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			var after registry.Mediator
			var entry registry.Entry
			if len(m.Postings) > 0 && rapid.Bool().Draw(t, "quit") {
				p := rapid.SampledFrom(m.Postings).Draw(t, "posting")
				after, entry, err = m.Quit(p.ID, day.Draw(t, "to"), "", a)
			} else {
				o := rapid.SampledFrom(organisations).Draw(t, "organisation")
				p := registry.Posting{
					Organisation: o.ID, From: day.Draw(t, "from"),
					Engagement: rapid.SampledFrom([]registry.Engagement{registry.FullTime, registry.PartTime}).Draw(t, "engagement"),
				}
				if rapid.Bool().Draw(t, "ends") {
					p.To = day.Draw(t, "to")
				}
				after, entry, err = m.Join(p, o, a)
			}
			if err != nil {
				continue
			}
			if after.Version != m.Version+1 || entry.Version != after.Version || entry.Check() != nil {
				t.Fatalf("version %d after %d, entry %+v", after.Version, m.Version, entry)
			}
			m = after
		}
		for d := 1; d <= 31; d++ {
			on := "2026-01-" + strconv.Itoa(100 + d)[1:]
			fullTime := 0
			for _, p := range m.Serving(on) {
				if p.Engagement == registry.FullTime {
					fullTime++
				}
			}
			if fullTime > 1 || m.FullTime(on) != (fullTime == 1) {
				t.Fatalf("%d full-time places on %s: %+v", fullTime, on, m.Postings)
			}
		}
	})
}
