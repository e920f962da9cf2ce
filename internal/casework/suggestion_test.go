package casework_test

import (
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// personally is a request of the person of a login, with the roles and ties that the tenant knows.
func (o *office) personally(subject string, roles ...mediation.Role) casework.Request {
	o.t.Helper()
	_, _, err := o.PutMember(o.ctx(), o.director(), mediation.Membership{Issuer: issuer, Subject: subject, Name: subject, Roles: roles})
	if err != nil {
		o.t.Fatal(err)
	}
	actor, err := o.Actor(o.ctx(), mediation.Principal{Issuer: issuer, Subject: subject, Name: subject})
	if err != nil {
		o.t.Fatal(err)
	}
	return casework.Request{Actor: actor}
}

// suggestedForDifficult: a case that is graded as difficult asks for more of who mediates it, and says so.
func (o *office) suggestedForDifficult(c mediation.Case, simple casework.Suggestions) {
	o.t.Helper()
	if _, _, err := o.GradeCase(o.ctx(), o.director(), c.ID, 0, mediation.Judging{Findings: mediation.Findings{Injured: 1}}); err != nil {
		o.t.Fatal(err)
	}
	hard, err := o.Suggestions(o.ctx(), o.director(), c.ID)
	if err != nil || len(hard.Suggested) != len(simple.Suggested) {
		o.t.Fatalf("%v, %d of %d", err, len(hard.Suggested), len(simple.Suggested))
	}
	said := func(s registry.Suggestion, code string) bool {
		return slices.ContainsFunc(s.Reasons, func(r registry.Reason) bool { return r.Code == code })
	}
	if first := hard.Suggested[0]; !said(first, "skill-for-difficult") || first.Score <= simple.Suggested[0].Score || said(simple.Suggested[0], "skill-for-difficult") {
		o.t.Errorf("the difficulty is not counted: %+v, was %+v", first, simple.Suggested[0])
	}
}

func registered(m registry.Mediator, host bool) mediation.Mediator {
	return mediation.Mediator{ID: mediation.ID(m.ID), Host: host}
}

func TestService_Suggestions(t *testing.T) {
	o := newOffice(t)
	in := o.committee(nil)
	free := o.serving("甲调解", "", in, nil)
	busy := o.serving("乙调解", "", in, login("busy"))
	other := o.serving("丙调解", "", in, func(c *registry.MediatorContent) { c.Skills = nil })
	away := o.serving("丁调解", "", in, nil)
	kin := o.serving("戊调解", "", in, nil)
	self := o.serving("张三", "371602188506150426", in, nil)
	over := o.serving("己调解", "", in, func(c *registry.MediatorContent) { c.TermTo = "2026-11-22" })
	off := o.serving("庚调解", "", in, nil)
	nowhere := o.mediator("辛调解", "", nil)
	recused := o.serving("壬调解", "", in, login("ren"))
	must := func(_ registry.Mediator, _ casework.Receipt, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.TakeLeave(t.Context(), o.director(), away.ID, 0, registry.Leave{Kind: "sick", From: "2026-11-23", To: "2026-11-23"}))
	must(o.DeclareConflict(t.Context(), o.director(), kin.ID, 0, registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: registry.Counterpart{Name: "李𠮷"}}))
	must(o.SetMediatorStatus(t.Context(), o.director(), off.ID, 0, registry.MediatorSuspended, "", "调查期间"))
	for range 3 {
		c := o.then(o.file(), "accept")
		if _, _, err := o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{
			{Issuer: issuer, Subject: "busy", Name: "乙", Host: true}}}); err != nil {
			t.Fatal(err)
		}
	}
	c := o.then(o.file(), "accept")
	c, _, err := o.RecuseMediator(t.Context(), o.director(), c.ID, 0, mediation.Recusal{
		Mediator: mediation.Mediator{Issuer: issuer, Subject: "ren", Name: "壬"}, Ground: mediation.RecusalInterest})
	if err != nil || c.Recusals[0].Mediator.ID != mediation.ID(recused.ID) || c.Recusals[0].Mediator.Name != "壬调解" {
		t.Fatalf("a login that the registry knows is filled in: %v %+v", err, c.Recusals)
	}
	found, err := o.Suggestions(t.Context(), o.director(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("in order", func(t *testing.T) {
		var order []registry.ID
		for _, s := range found.Suggested {
			order = append(order, s.Mediator)
		}
		if !slices.Equal(order, []registry.ID{free.ID, busy.ID, other.ID}) {
			t.Errorf("%+v", found.Suggested)
		}
		if found.Load[busy.ID] != 3 || found.Suggested[0].Organisation != in.ID || found.Mediators[free.ID].Name != "甲调解" {
			t.Errorf("%+v", found)
		}
		again, err := o.Suggestions(t.Context(), o.as(mediation.RoleClerk), c.ID)
		if err != nil || len(again.Suggested) != 3 || again.Suggested[0].Mediator != free.ID {
			t.Errorf("the same again: %v", err)
		}
	})
	for name, want := range map[string]struct {
		m    registry.Mediator
		code string
	}{
		"on leave": {away, "on-leave"}, "kin of a party": {kin, "conflict-of-interest"}, "a party": {self, "conflict-of-interest"},
		"term over": {over, "out-of-term"}, "suspended": {off, "not-active"}, "nowhere": {nowhere, "no-posting"}, "recused": {recused, "recused"},
	} {
		t.Run(name, func(t *testing.T) {
			at := slices.IndexFunc(found.Excluded, func(e registry.Exclusion) bool { return e.Mediator == want.m.ID })
			if at < 0 || found.Excluded[at].Code != want.code || strings.Contains(found.Excluded[at].EN+found.Excluded[at].ZH, "李𠮷") {
				t.Errorf("%+v", found.Excluded)
			}
			_, _, err := o.AssignCase(t.Context(), o.director(), c.ID, c.Version, mediation.Assignment{Mediators: []mediation.Mediator{registered(free, true), registered(want.m, false)}})
			if got := pointersOf(err); mediation.CodeOf(err) != "invalid-assignment" || !slices.Equal(got, []string{"/mediators/1 " + want.code}) {
				t.Errorf("assigning is refused for the same reason: %v %v", err, got)
			}
		})
	}
	t.Run("assigned by id alone", func(t *testing.T) {
		_, _, err := o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{{ID: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", Name: "无此人", Host: true}}})
		if got := pointersOf(err); !slices.Equal(got, []string{"/mediators/0/id unknown-mediator"}) {
			t.Errorf("%v %v", err, got)
		}
		o.hire("typist", mediation.RoleClerk)
		_, _, err = o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{
			hosting(person("nobody")), person("typist"), registered(busy, false), {Issuer: "https://court.example", Subject: "guest", Name: "客座"}}})
		if got := pointersOf(err); !slices.Equal(got, []string{"/mediators/0/subject unknown-mediator", "/mediators/1/subject not-a-mediator", "/mediators/3/subject unknown-mediator"}) {
			t.Errorf("a login must be of somebody who mediates here: %v %v", err, got)
		}
		for reason, m := range map[string]mediation.Membership{
			"shut out":        {Roles: []mediation.Role{"mediator"}, Disabled: true},
			"gone yesterday":  {Roles: []mediation.Role{"mediator"}, ValidTo: "2026-11-22"},
			"begins tomorrow": {Roles: []mediation.Role{"mediator"}, ValidFrom: "2026-11-24"},
		} {
			m.Subject = "idle"
			o.employ(m)
			_, _, err = o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{hosting(person("idle"))}})
			if got := pointersOf(err); !slices.Equal(got, []string{"/mediators/0/subject unknown-mediator"}) {
				t.Errorf("%s: %v %v", reason, err, got)
			}
		}
		o.hire("guest", mediation.RoleMediator)
		assigned, _, err := o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{registered(busy, true), {Issuer: issuer, Subject: "guest", Name: "客座"}}})
		if err != nil || assigned.Mediators[0].Name != "乙调解" || assigned.Mediators[0].Subject != "busy" || assigned.Mediators[1].Subject != "guest" {
			t.Errorf("name and login come from the registry, and members without a record work as before: %v %+v", err, assigned.Mediators)
		}
		_, _, err = o.RecuseMediator(t.Context(), o.director(), c.ID, 0, mediation.Recusal{Mediator: registered(busy, false), Ground: mediation.RecusalKin, Replacement: pointer(registered(away, false))})
		if got := pointersOf(err); !slices.Equal(got, []string{"/replacement on-leave"}) {
			t.Errorf("a replacement is chosen like anybody: %v %v", err, got)
		}
		_, _, err = o.RecuseMediator(t.Context(), o.director(), c.ID, 0, mediation.Recusal{Mediator: registered(busy, false), Ground: mediation.RecusalKin, Replacement: pointer(person("nobody"))})
		if got := pointersOf(err); !slices.Equal(got, []string{"/replacement/subject unknown-mediator"}) {
			t.Errorf("nor is a stranger a replacement: %v %v", err, got)
		}
		replaced, _, err := o.RecuseMediator(t.Context(), o.director(), c.ID, 0, mediation.Recusal{Mediator: registered(busy, false), Ground: mediation.RecusalKin, Replacement: pointer(registered(free, false))})
		if err != nil || replaced.Recusals[1].Mediator.Name != "乙调解" || replaced.Mediators[len(replaced.Mediators)-1].Name != "甲调解" {
			t.Errorf("%v %+v", err, replaced.Mediators)
		}
	})
	t.Run("back from leave", func(t *testing.T) {
		o.clock.Set(noon.AddDate(0, 0, 1))
		found, err := o.Suggestions(t.Context(), o.director(), c.ID)
		if err != nil || !slices.ContainsFunc(found.Suggested, func(s registry.Suggestion) bool { return s.Mediator == away.ID }) {
			t.Errorf("the day after: %v %+v", err, found.Suggested)
		}
	})
	o.suggestedForDifficult(c, found)
}

// A conflict of interest binds in every way in which a case is read or changed.
func TestService_conflictOfInterest_binds(t *testing.T) {
	o := newOffice(t)
	in := o.committee(nil)
	c := o.then(o.file(), "accept")
	other := o.then(o.file(), "accept")
	kin := o.serving("孙调解", "", in, login("sun"))
	before := o.personally("sun", mediation.RoleMediator)
	if _, err := o.Case(t.Context(), before, c.ID); err != nil {
		t.Fatalf("without a conflict the case opens: %v", err)
	}
	declare := func(against registry.Counterpart) registry.Mediator {
		t.Helper()
		m, _, err := o.DeclareConflict(t.Context(), before, kin.ID, 0, registry.ConflictOfInterest{Kind: registry.ConflictInterest, Against: against})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	lift := func(m registry.Mediator) {
		t.Helper()
		last := m.Conflicts[len(m.Conflicts)-1]
		_, _, err := o.EndConflict(t.Context(), before, m.ID, 0, last.ID, "2026-11-22", "解除")
		wantCode(t, err, mediation.Forbidden, "role-required")
		_, _, err = o.EndConflict(t.Context(), o.personally("sun", mediation.RoleDirector), m.ID, 0, last.ID, "2026-11-22", "解除")
		wantCode(t, err, mediation.Forbidden, "not-your-own")
		if _, _, err := o.EndConflict(t.Context(), o.director(), m.ID, 0, last.ID, "2026-11-22", "解除"); err != nil {
			t.Fatal(err)
		}
		o.personally("sun", mediation.RoleMediator)
	}
	for name, against := range map[string]registry.Counterpart{
		"by identity":   {IdentityType: "resident-id", IdentityNumber: "371602188506150426"},
		"by name":       {Name: "李𠮷"},
		"with the case": {Case: registry.ID(c.ID)},
	} {
		t.Run(name, func(t *testing.T) {
			m := declare(against)
			sun := o.personally("sun", mediation.RoleMediator)
			o.shut(t, sun, c)
			_, err := o.Case(t.Context(), sun, other.ID)
			if caseAlone := against.Case != ""; (err == nil) != caseAlone {
				t.Errorf("the other case of the same parties: %v", err)
			}
			_, _, err = o.AssignCase(t.Context(), o.director(), c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{{Issuer: issuer, Subject: "sun", Name: "孙", Host: true}}})
			if got := pointersOf(err); !slices.Equal(got, []string{"/mediators/0 conflict-of-interest"}) {
				t.Errorf("nor is the login assigned: %v %v", err, got)
			}
			lift(m)
			if _, err := o.Case(t.Context(), o.personally("sun", mediation.RoleMediator), c.ID); err != nil {
				t.Errorf("once it is lifted the case opens: %v", err)
			}
		})
	}
	t.Run("a director sees to it that others do it", func(t *testing.T) {
		declare(registry.Counterpart{Case: registry.ID(c.ID)})
		head := o.personally("sun", mediation.RoleDirector)
		_, _, err := o.RefuseCase(t.Context(), head, c.ID, 0, mediation.Refusal{Reason: mediation.RefusalOutOfArea})
		wantCode(t, err, mediation.Forbidden, "conflict-of-interest")
		_, _, err = o.Journal(t.Context(), head, c.ID, nil, 0)
		wantCode(t, err, mediation.Forbidden, "conflict-of-interest")
		masked, err := o.Case(t.Context(), head, c.ID)
		if err != nil || masked.Parties[0].Name != "张*" {
			t.Errorf("masked: %v %+v", err, masked.Parties)
		}
		if _, _, err := o.AssignCase(t.Context(), head, c.ID, 0, mediation.Assignment{Mediators: []mediation.Mediator{{Issuer: issuer, Subject: "li", Name: "李", Host: true}}}); err != nil {
			t.Error(err)
		}
	})
	t.Run("who has gone is bound all the same", func(t *testing.T) {
		if _, _, err := o.SetMediatorStatus(t.Context(), o.director(), kin.ID, 0, registry.MediatorLeft, "", "离任"); err != nil {
			t.Fatal(err)
		}
		_, err := o.Case(t.Context(), o.personally("sun", mediation.RoleReader), c.ID)
		wantCode(t, err, mediation.Forbidden, "conflict-of-interest")
	})
	t.Run("a mediator on another's record", func(t *testing.T) {
		zhou := o.serving("周调解", "", in, login("zhou"))
		sun := o.personally("sun", mediation.RoleMediator)
		_, _, err := o.DeclareConflict(t.Context(), sun, zhou.ID, 0, registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: registry.Counterpart{Name: "x"}})
		wantCode(t, err, mediation.Forbidden, "own-record-only")
		_, _, err = o.TakeLeave(t.Context(), sun, zhou.ID, 0, registry.Leave{Kind: "annual", From: "2026-12-01"})
		wantCode(t, err, mediation.Forbidden, "own-record-only")
		masked, err := o.Mediator(t.Context(), sun, zhou.ID)
		if err != nil || masked.Name != "周*" || masked.Subject != "" {
			t.Errorf("a colleague is masked: %v %+v", err, masked)
		}
		whole, err := o.Mediator(t.Context(), o.personally("zhou", mediation.RoleMediator), zhou.ID)
		if err != nil || whole.Name != "周调解" {
			t.Errorf("the own record is whole: %v %+v", err, whole)
		}
	})
}

// shut checks every way to the case.
func (o *office) shut(t *testing.T, r casework.Request, c mediation.Case) {
	t.Helper()
	for name, try := range map[string]func() error{
		"read":    func() error { _, err := o.Case(t.Context(), r, c.ID); return err },
		"journal": func() error { _, _, err := o.Journal(t.Context(), r, c.ID, nil, 0); return err },
		"clocks":  func() error { _, err := o.Clocks(t.Context(), r, c.ID); return err },
		"actions": func() error { _, err := o.Actions(t.Context(), r, c.ID); return err },
		"correct": func() error {
			_, _, err := o.CorrectCase(t.Context(), r, c.ID, 0, mediation.Correction{Reason: "x"})
			return err
		},
		"mediate": func() error { _, _, err := ways["mediate"](o, r, c, 0); return err },
		"withdraw": func() error {
			_, _, err := o.WithdrawCase(t.Context(), r, c.ID, 0, mediation.Withdrawal{Note: "x"})
			return err
		},
	} {
		if err := try(); mediation.KindOf(err) != mediation.Forbidden || mediation.CodeOf(err) != "conflict-of-interest" {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := o.Cases(t.Context(), r, casework.CaseQuery{})
	if err != nil || page.Total.Value != len(page.Cases) {
		t.Fatalf("count and list agree: %v %+v", err, page.Total)
	}
	at := slices.IndexFunc(page.Cases, func(listed mediation.Case) bool { return listed.ID == c.ID })
	if at < 0 || page.Cases[at].Title != "*" || page.Cases[at].Facts != "" || len(page.Cases[at].Parties) != 0 || page.Cases[at].Amount != nil {
		t.Errorf("in a list it is shut: %+v", page.Cases)
	}
	o.hidden(t, r, c)
}
