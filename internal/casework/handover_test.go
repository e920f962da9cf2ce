package casework_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// mediating is an accepted case that these logins mediate, the first as host.
func (o *office) mediating(subjects ...string) mediation.Case {
	o.t.Helper()
	c := o.then(o.file(), "accept")
	var mediators []mediation.Mediator
	for i, subject := range subjects {
		mediators = append(mediators, mediation.Mediator{Issuer: issuer, Subject: subject, Name: subject, Host: i == 0})
	}
	c, _, err := o.AssignCase(o.ctx(), o.director(), c.ID, 0, mediation.Assignment{Mediators: mediators})
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) employ(m mediation.Membership) {
	o.t.Helper()
	m.Issuer = issuer
	if _, _, err := o.PutMember(o.ctx(), o.director(), m); err != nil {
		o.t.Fatal(err)
	}
}

func handOver(from string) casework.HandOver {
	return casework.HandOver{Leaver: mediation.Principal{Issuer: issuer, Subject: from},
		Successor: mediation.Mediator{Issuer: issuer, Subject: "heir"}, Reason: "调离"}
}

func TestService_HandOverCases(t *testing.T) {
	o := newOffice(t)
	o.employ(mediation.Membership{Subject: "heir", Name: "接任人", Roles: []mediation.Role{"mediator"}})
	o.hire("leaver", mediation.RoleMediator)
	o.hire("other", mediation.RoleMediator)
	hosted, joined := o.mediating("leaver"), o.mediating("other", "leaver")
	both, recused, foreign := o.mediating("leaver"), o.mediating("leaver"), o.mediating("other")
	if _, _, err := o.RecuseMediator(o.ctx(), o.director(), recused.ID, 0, mediation.Recusal{
		Mediator: mediation.Mediator{Issuer: issuer, Subject: "heir", Name: "接任人"}, Ground: mediation.RecusalKin}); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"leaver", "other"} {
		o.employ(mediation.Membership{Subject: gone, Roles: []mediation.Role{"mediator"}, Disabled: true})
	}
	handed, receipt, err := o.HandOverCases(o.ctx(), keyed(o.director(), "go", "body"), handOver("leaver"))
	if err != nil || handed.More || receipt.Replayed || len(handed.Done) != 3 || len(handed.Kept) != 1 {
		t.Fatalf("%v %+v", err, handed)
	}
	if kept := handed.Kept[0]; kept.Case.ID != recused.ID || mediation.CodeOf(kept.Why) != "invalid-assignment" || !strings.Contains(kept.Why.Error(), "recused") {
		t.Errorf("%+v: a recusal binds", kept)
	}
	for _, c := range []struct {
		reason string
		id     mediation.ID
		want   string
	}{
		{"the host's place is the host's", hosted.ID, "heir*"},
		{"others stay what they are, those who leave as well", joined.ID, "other* heir"},
		{"nobody stands there twice", both.ID, "heir*"},
		{"what cannot be handed over stays", recused.ID, "leaver*"},
		{"somebody else's case is let be", foreign.ID, "other*"},
	} {
		if got := o.mediators(c.id); got != c.want {
			t.Errorf("%s: %s, want %s", c.reason, got, c.want)
		}
	}
	entries := o.journal(hosted.ID)
	if last := entries[len(entries)-1]; last.Verb != mediation.VerbReassign || last.Reason != "调离" {
		t.Errorf("the journal ends with %+v", last)
	}
	t.Run("sent again it finds what is left", func(t *testing.T) {
		before := len(o.journal(hosted.ID))
		again, receipt, err := o.HandOverCases(o.ctx(), keyed(o.director(), "go", "body"), handOver("leaver"))
		if err != nil || !receipt.Replayed || len(again.Done) != 0 || len(again.Kept) != 1 || len(o.journal(hosted.ID)) != before {
			t.Errorf("%v %+v %+v", err, receipt, again)
		}
	})
	t.Run("the record names who had it done, and the member by no name", func(t *testing.T) {
		leaver := mediation.Principal{Issuer: issuer, Subject: "leaver"}
		if n := o.audits("member.hand-over", leaver.ID()); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
	t.Run("the tenant is suspended: each is told", func(t *testing.T) {
		o.tenant(casework.TenantSuspended, 0)
		defer o.tenant(casework.TenantActive, 0)
		handed, _, err := o.HandOverCases(o.ctx(), o.director(), handOver("other"))
		if err != nil || len(handed.Done) != 0 || len(handed.Kept) != 2 || mediation.CodeOf(handed.Kept[0].Why) != "tenant-suspended" {
			t.Errorf("%v %+v", err, handed)
		}
	})
}

// mediators are the subjects of a case's mediators, the host with a star.
func (o *office) mediators(id mediation.ID) string {
	o.t.Helper()
	c, err := o.Case(o.ctx(), o.director(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	var names []string
	for _, m := range c.Mediators {
		if m.Host {
			m.Subject += "*"
		}
		names = append(names, m.Subject)
	}
	return strings.Join(names, " ")
}

// audits counts the town's entries of an action on an object.
func (o *office) audits(action, object string) int {
	o.t.Helper()
	conn := pgtest.Connect(o.t, o.county.AsSuperuser())
	var n int
	err := conn.QueryRow(context.Background(), fmt.Sprintf(`SELECT count(*) FROM t%s.audit WHERE action = $1 AND object_id = $2 AND outcome = 'done'`, o.Unit()),
		action, object).Scan(&n)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func TestService_HandOverCases_refuses(t *testing.T) {
	o := newOffice(t)
	o.employ(mediation.Membership{Subject: "heir", Roles: []mediation.Role{"mediator"}})
	o.employ(mediation.Membership{Subject: "shut", Roles: []mediation.Role{"mediator"}, Disabled: true})
	o.employ(mediation.Membership{Subject: "over", Roles: []mediation.Role{"mediator"}, ValidTo: "2026-11-22"})
	o.employ(mediation.Membership{Subject: "reader", Roles: []mediation.Role{"reader"}})
	o.employ(mediation.Membership{Subject: "clerk", Roles: []mediation.Role{"clerk"}})
	o.employ(mediation.Membership{Subject: "program", Kind: "service", Roles: []mediation.Role{"clerk"}})
	for name, c := range map[string]struct {
		reason string
		change func(h *casework.HandOver)
		want   string
	}{
		"nobody":       {"a case must not be without a mediator", func(h *casework.HandOver) { h.Successor = mediation.Mediator{} }, "person-required"},
		"themselves":   {"that hands nothing over", func(h *casework.HandOver) { h.Successor.Subject = "leaver" }, "same-person"},
		"no reason":    {"the journal wants one", func(h *casework.HandOver) { h.Reason = " \n" }, "required"},
		"a stranger":   {"who could not open the cases", func(h *casework.HandOver) { h.Successor.Subject = "x" }, "no-working-member"},
		"disabled":     {"shut out too", func(h *casework.HandOver) { h.Successor.Subject = "shut" }, "no-working-member"},
		"out of term":  {"gone since yesterday", func(h *casework.HandOver) { h.Successor.Subject = "over" }, "no-working-member"},
		"looks on":     {"a reader mediates nothing", func(h *casework.HandOver) { h.Successor.Subject = "reader" }, "no-working-member"},
		"writes down":  {"a clerk keeps the record, and hosts nothing", func(h *casework.HandOver) { h.Successor.Subject = "clerk" }, "no-working-member"},
		"a program":    {"nor does a program", func(h *casework.HandOver) { h.Successor.Subject = "program" }, "no-working-member"},
		"other issuer": {"another person", func(h *casework.HandOver) { h.Successor.Issuer = "https://other.example" }, "no-working-member"},
	} {
		order := handOver("leaver")
		c.change(&order)
		_, _, err := o.HandOverCases(o.ctx(), o.director(), order)
		wantCode(t, err, mediation.Invalid, "invalid-hand-over")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s: %v, want %s", name, c.reason, err, c.want)
		}
	}
	for _, role := range mediation.Roles() {
		_, _, err := o.HandOverCases(o.ctx(), o.as(role), handOver("leaver"))
		if may := slices.Contains(mediation.ActionMemberHandOver.Roles(), role); may != (err == nil) {
			t.Errorf("as %s: %v", role, err)
		}
	}
}

// TestService_PutMember_isRecorded: every change of who may do what leaves an entry, in the same transaction.
func TestService_PutMember_isRecorded(t *testing.T) {
	o := newOffice(t)
	id := mediation.Principal{Issuer: issuer, Subject: "zhang"}.ID()
	o.employ(mediation.Membership{Subject: "zhang", Roles: []mediation.Role{"clerk"}})
	o.employ(mediation.Membership{Subject: "zhang", Roles: []mediation.Role{"clerk"}, Disabled: true})
	if n := o.audits("member.put", id); n != 2 {
		t.Errorf("%d entries of two changes", n)
	}
	_, _, err := o.PutMember(o.ctx(), o.director(), mediation.Membership{Issuer: issuer, Subject: "zhang", Roles: []mediation.Role{"clerk"}, Version: 7})
	wantCode(t, err, mediation.Stale, "stale-version")
	if n := o.audits("member.put", id); n != 2 {
		t.Errorf("a refused change left an entry of something done: %d", n)
	}
	if _, err := o.RemoveMember(o.ctx(), o.director(), issuer, "zhang", 0); err != nil || o.audits("member.remove", id) != 1 {
		t.Errorf("%v, %d entries", err, o.audits("member.remove", id))
	}
}
