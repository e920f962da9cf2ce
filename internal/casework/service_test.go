package casework_test

import (
	"fmt"
	"sync"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Every method by every role: what the matrix forbids fails before anything is read.
func TestService_everyMethodAsksForItsAction(t *testing.T) {
	o := newOffice(t)
	c := o.file()
	methods := map[mediation.Action]func(r casework.Request) error{
		mediation.ActionTenantRead: func(r casework.Request) error { _, err := o.Tenant(o.ctx(), r); return err },
		mediation.ActionMemberList: func(r casework.Request) error { _, err := o.Members(o.ctx(), r); return err },
		mediation.ActionMemberPut: func(r casework.Request) error {
			_, _, err := o.PutMember(o.ctx(), r, mediation.Membership{Issuer: issuer, Subject: "new", Roles: []mediation.Role{"clerk"}})
			return err
		},
		mediation.ActionMemberRemove: func(r casework.Request) error {
			_, err := o.RemoveMember(o.ctx(), r, issuer, "nobody", 0)
			return err
		},
		mediation.ActionCaseFile: func(r casework.Request) error { _, _, err := o.FileCase(o.ctx(), r, filing()); return err },
		mediation.ActionCaseList: func(r casework.Request) error { _, err := o.Cases(o.ctx(), r, casework.CaseQuery{}); return err },
		mediation.ActionCaseRead: func(r casework.Request) error { _, err := o.Case(o.ctx(), r, c.ID); return err },
		mediation.ActionCaseCorrect: func(r casework.Request) error {
			_, _, err := o.CorrectCase(o.ctx(), r, c.ID, 99, mediation.Correction{})
			return err
		},
		mediation.ActionCaseAccept: func(r casework.Request) error { _, _, err := o.AcceptCase(o.ctx(), r, c.ID, 99); return err },
		mediation.ActionCaseRefuse: func(r casework.Request) error {
			_, _, err := o.RefuseCase(o.ctx(), r, c.ID, 99, mediation.Refusal{})
			return err
		},
		mediation.ActionCaseWithdraw: func(r casework.Request) error {
			_, _, err := o.WithdrawCase(o.ctx(), r, c.ID, 99, mediation.Withdrawal{})
			return err
		},
		mediation.ActionCaseJournal: func(r casework.Request) error { _, _, err := o.Journal(o.ctx(), r, c.ID, nil, 0); return err },
	}
	tried := 0
	for action, call := range methods {
		for _, role := range mediation.Roles() {
			err := call(o.as(role))
			allowed := mediation.Permit(o.as(role).Actor, action) == nil
			if refused := mediation.CodeOf(err) == "role-required"; refused == allowed {
				t.Errorf("%s as %s: %v", action, role, err)
			}
			tried++
		}
		elsewhere := o.director()
		elsewhere.Actor.Roles = mediation.Roles()
		elsewhere.Actor.Unit = o.county.Towns[0]
		wantCode(t, call(elsewhere), mediation.Forbidden, "stranger")
		wantCode(t, call(casework.Request{}), mediation.Unauthenticated, "token-required")
	}
	if tried != 12*len(mediation.Roles()) {
		t.Errorf("%d pairs tried", tried)
	}
}

func TestService_Actor(t *testing.T) {
	o := newOffice(t)
	me := mediation.Principal{Issuer: issuer, Subject: "zhang"}
	_, err := o.Actor(o.ctx(), me)
	wantCode(t, err, mediation.Forbidden, "stranger")
	_, err = o.Actor(o.ctx(), mediation.Principal{})
	wantCode(t, err, mediation.Unauthenticated, "token-required")
	put := mediation.Membership{Issuer: issuer, Subject: "zhang", Name: "张调解员", Roles: []mediation.Role{"mediator"}}
	if _, _, err := o.PutMember(o.ctx(), o.director(), put); err != nil {
		t.Fatal(err)
	}
	actor, err := o.Actor(o.ctx(), me)
	if err != nil || actor.Unit != o.Unit() || len(actor.Roles) != 1 || actor.Roles[0] != mediation.RoleMediator || actor.Name != "张调解员" {
		t.Errorf("%v %+v", err, actor)
	}
	desk := casework.New(o.county.Store(o.county.Towns[0]), o.clock.Now)
	_, err = desk.Actor(o.ctx(), me)
	wantCode(t, err, mediation.Forbidden, "stranger")
}

func TestService_idempotency(t *testing.T) {
	o := newOffice(t)
	t.Run("twenty at once file one case", func(t *testing.T) {
		request := keyed(o.director(), "storm", "body")
		ids, replays := map[mediation.ID]bool{}, 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for {
					c, receipt, err := o.FileCase(t.Context(), request, filing())
					if mediation.CodeOf(err) == "key-in-progress" {
						continue
					}
					if err != nil {
						t.Errorf("file: %v", err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					ids[c.ID] = true
					if receipt.Replayed {
						replays++
					}
					return
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || replays != 19 {
			t.Errorf("%d cases, %d replays", len(ids), replays)
		}
	})
	t.Run("another body under the same key is refused", func(t *testing.T) {
		_, _, err := o.FileCase(t.Context(), keyed(o.director(), "storm", "other body"), filing())
		wantCode(t, err, mediation.Conflict, "key-reused")
	})
	t.Run("another person may use the same key", func(t *testing.T) {
		other := o.director()
		other.Actor.Subject = "another"
		_, receipt, err := o.FileCase(t.Context(), keyed(other, "storm", "body"), filing())
		if err != nil || receipt.Replayed {
			t.Errorf("%v %+v", err, receipt)
		}
	})
	t.Run("a repeated acceptance answers with the case as it is now", func(t *testing.T) {
		c := o.file()
		request := keyed(o.director(), "accept", "1")
		first, _, err := o.AcceptCase(t.Context(), request, c.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		now, _, err := o.CorrectCase(t.Context(), o.director(), c.ID, 2, mediation.Correction{Title: pointer("后来")})
		if err != nil {
			t.Fatal(err)
		}
		again, receipt, err := o.AcceptCase(t.Context(), request, c.ID, 1)
		if err != nil || !receipt.Replayed || receipt.Version != first.Version {
			t.Fatalf("%v %+v", err, receipt)
		}
		sameCase(t, again, now)
	})
	t.Run("a write that failed leaves its key free", func(t *testing.T) {
		c := o.file()
		request := keyed(o.director(), "retry", "1")
		_, _, err := o.AcceptCase(t.Context(), request, c.ID, 99)
		wantCode(t, err, mediation.Stale, "stale-version")
		if _, receipt, err := o.AcceptCase(t.Context(), request, c.ID, 1); err != nil || receipt.Replayed {
			t.Errorf("%v %+v", err, receipt)
		}
	})
}

func TestService_members(t *testing.T) {
	o := newOffice(t)
	put := func(m mediation.Membership) (mediation.Membership, casework.Receipt, error) {
		m.Issuer, m.Subject = issuer, "chen"
		return o.PutMember(o.ctx(), o.director(), m)
	}
	one, receipt, err := put(mediation.Membership{Name: "李文员", Roles: []mediation.Role{"clerk"}})
	if err != nil || !receipt.Created || one.Version != 1 || one.Unit != o.Unit() || one.Source != mediation.MemberByAPI {
		t.Fatalf("%v %+v %+v", err, receipt, one)
	}
	two, receipt, err := put(mediation.Membership{Name: "李主任", Roles: []mediation.Role{"director", "clerk"}, Version: 1})
	if err != nil || receipt.Created || two.Version != 2 || fmt.Sprint(two.Roles) != "[clerk director]" {
		t.Fatalf("%v %+v %+v", err, receipt, two)
	}
	_, _, err = put(mediation.Membership{Roles: []mediation.Role{"clerk"}, Version: 1})
	wantCode(t, err, mediation.Stale, "stale-version")
	_, _, err = put(mediation.Membership{Roles: []mediation.Role{"county-administrator"}})
	wantCode(t, err, mediation.Invalid, "invalid-member")
	members, err := o.Members(o.ctx(), o.director())
	if err != nil || len(members) != 3 || members[0].Name != "李主任" {
		t.Fatalf("%v %+v", err, members)
	}
	_, err = o.RemoveMember(o.ctx(), o.director(), issuer, "chen", 1)
	wantCode(t, err, mediation.Stale, "stale-version")
	if _, err := o.RemoveMember(o.ctx(), o.director(), issuer, "chen", 2); err != nil {
		t.Fatal(err)
	}
	_, err = o.RemoveMember(o.ctx(), o.director(), issuer, "chen", 0)
	wantCode(t, err, mediation.NotFound, "unknown-member")
}

func TestService_PutMember_repeated(t *testing.T) {
	o := newOffice(t)
	request := keyed(o.director(), "put", "1")
	m := mediation.Membership{Issuer: issuer, Subject: "chen", Name: "李文员", Roles: []mediation.Role{"clerk"}}
	first, _, err := o.PutMember(o.ctx(), request, m)
	if err != nil {
		t.Fatal(err)
	}
	again, receipt, err := o.PutMember(o.ctx(), request, m)
	if err != nil || !receipt.Replayed || again.Version != first.Version || again.Name != first.Name {
		t.Errorf("%v %+v %+v", err, receipt, again)
	}
	if _, err := o.RemoveMember(o.ctx(), o.director(), issuer, "chen", 0); err != nil {
		t.Fatal(err)
	}
	_, _, err = o.PutMember(o.ctx(), request, m)
	wantCode(t, err, mediation.NotFound, "unknown-member")
}
