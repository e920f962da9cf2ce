package casework_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// somebody acts in the town under this subject.
func (o *office) somebody(subject string, roles ...mediation.Role) casework.Request {
	r := o.as(roles...)
	r.Actor.Subject = subject
	return r
}

func (o *office) hire(subject string, roles ...mediation.Role) {
	o.t.Helper()
	m := mediation.Membership{Issuer: issuer, Subject: subject, Roles: roles}
	if _, _, err := o.PutMember(o.ctx(), o.director(), m); err != nil {
		o.t.Fatal(err)
	}
}

// inbox is what a person was told about a case, oldest first; "" for about everything.
func (o *office) inbox(subject string, of mediation.ID) []string {
	o.t.Helper()
	inbox, err := o.Notices(o.ctx(), o.somebody(subject, mediation.RoleMediator), casework.NoticeQuery{Case: of})
	if err != nil {
		o.t.Fatal(err)
	}
	var kinds []string
	for _, told := range inbox.Notices {
		kinds = append(kinds, string(told.Kind))
	}
	slices.Reverse(kinds)
	return kinds
}

func (o *office) wantInbox(t *testing.T, subject string, of mediation.ID, want string) {
	t.Helper()
	if got := strings.Join(o.inbox(subject, of), " "); got != want {
		t.Errorf("%s was told %q, want %q", subject, got, want)
	}
}

// Every verb that changes who mediates tells those who come and those who go, through PostgreSQL.
func TestNotices_everyChangeOfHands(t *testing.T) {
	o := newOffice(t)
	o.hire("boss", mediation.RoleDirector)
	zhou := func(host bool) mediation.Mediator {
		m := person("zhou")
		m.Host = host
		return m
	}
	for name, tc := range map[string]struct {
		road []mediation.Verb // from filing to the case that changes hands; li is then the host
		do   func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error)
		li   string // what li and zhou were told by the end
		zhou string
		boss string
	}{
		"assign": {nil, func(_ *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			return c, casework.Receipt{}, nil
		}, "assigned", "", ""},
		"reassign to another": {nil, func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			return o.ReassignCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Assignment{Mediators: []mediation.Mediator{zhou(true)}, Reason: "出差"})
		}, "assigned released", "assigned", ""},
		"reassign the lead": {nil, func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			return o.ReassignCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Assignment{Mediators: []mediation.Mediator{person("li"), zhou(true)}, Reason: "出差"})
		}, "assigned host-changed", "assigned", ""},
		"recuse the host": {nil, func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			replacement := zhou(false)
			return o.RecuseMediator(o.ctx(), o.director(), c.ID, c.Version, mediation.Recusal{Mediator: person("li"), Ground: mediation.RecusalKin, Replacement: &replacement})
		}, "assigned recused", "assigned", ""},
		"take back": {[]mediation.Verb{"transfer"}, func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			return ways["take-back"](o, o.director(), c, c.Version)
		}, "assigned case-transferred released", "", "case-transferred-back"},
		"assign again after it came back": {[]mediation.Verb{"transfer", "take-back"}, func(o *office, c mediation.Case) (mediation.Case, casework.Receipt, error) {
			return o.AssignCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Assignment{Mediators: []mediation.Mediator{zhou(true)}})
		}, "assigned case-transferred released", "assigned", "case-transferred-back"},
	} {
		t.Run(name, func(t *testing.T) {
			c := o.then(o.file(), append([]mediation.Verb{"accept", "assign"}, tc.road...)...)
			if _, _, err := tc.do(o, c); err != nil {
				t.Fatal(err)
			}
			o.wantInbox(t, "li", c.ID, tc.li)
			o.wantInbox(t, "zhou", c.ID, tc.zhou)
			o.wantInbox(t, "boss", c.ID, tc.boss)
			o.wantInbox(t, "tester", c.ID, "")
		})
	}
}

// Whatever is done to a case, by whichever verb: who mediates after it and did not before has been told, and so has who
// does no more.
func TestNotices_noVerbChangesHandsSilently(t *testing.T) {
	o := newOffice(t)
	changed := 0
	for _, verb := range mediation.Verbs() {
		if verb == mediation.VerbFile {
			continue
		}
		before := o.then(o.file(), roads[verb]...)
		if _, _, err := ways[verb](o, o.director(), before, before.Version); err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		after, err := o.Case(o.ctx(), o.director(), before.ID)
		if err != nil {
			t.Fatal(err)
		}
		names := func(c mediation.Case) (subjects []string) {
			for _, m := range c.Mediators {
				subjects = append(subjects, m.Subject)
			}
			return subjects
		}
		was, is := names(before), names(after)
		for _, subject := range slices.Concat(was, is) {
			if slices.Contains(was, subject) == slices.Contains(is, subject) {
				continue
			}
			changed++
			last := o.inbox(subject, before.ID)
			if want := map[bool]string{true: "assigned", false: "released"}[slices.Contains(is, subject)]; len(last) == 0 || last[len(last)-1] != want {
				t.Errorf("%s: %s was told %v, want %s last", verb, subject, last, want)
			}
		}
	}
	if changed < 2 {
		t.Errorf("only %d people came or went: the walk proves nothing", changed)
	}
}

func TestNotices_dangerGoesToTheDirectors(t *testing.T) {
	o := newOffice(t)
	o.hire("boss", mediation.RoleDirector, mediation.RoleClerk)
	o.hire("second", mediation.RoleDirector)
	o.hire("clerk", mediation.RoleClerk)
	c := o.then(o.file(), "accept", "assign")
	r := o.somebody("boss", mediation.RoleDirector)
	if _, _, err := ways["report-danger"](o, r, c, c.Version); err != nil {
		t.Fatal(err)
	}
	o.wantInbox(t, "second", c.ID, "danger-reported")
	o.wantInbox(t, "li", c.ID, "assigned danger-reported")
	o.wantInbox(t, "boss", c.ID, "")
	o.wantInbox(t, "clerk", c.ID, "")
	t.Run("a director who mediates is told once", func(t *testing.T) {
		both := person("second")
		both.Host = true
		c := o.then(o.file(), "accept")
		c, _, err := o.AssignCase(o.ctx(), o.director(), c.ID, c.Version, mediation.Assignment{Mediators: []mediation.Mediator{both}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ways["report-danger"](o, o.director(), c, c.Version); err != nil {
			t.Fatal(err)
		}
		o.wantInbox(t, "second", c.ID, "assigned danger-reported")
	})
}

// Nothing is told by what did not happen, and nothing twice by what is repeated.
func TestNotices_areOfTheTransaction(t *testing.T) {
	o := newOffice(t)
	assignment := mediation.Assignment{Mediators: []mediation.Mediator{hosting(person("li"))}}
	t.Run("a refused change tells nobody", func(t *testing.T) {
		c := o.then(o.file(), "accept")
		_, _, err := o.AssignCase(o.ctx(), o.director(), c.ID, c.Version+1, assignment)
		wantCode(t, err, mediation.Stale, "stale-version")
		o.wantInbox(t, "li", c.ID, "")
	})
	t.Run("a transaction that fails at its end tells nobody", func(t *testing.T) {
		c := o.then(o.file(), "accept")
		broken := errors.New("the last statement failed")
		_, err := o.county.Store(o.Unit()).Write(o.ctx(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
			after, entry, err := c.Assign(assignment, mediation.Act{At: o.clock.Now(), By: o.director().Actor, NewID: func() mediation.ID { return c.ID }})
			if err != nil {
				return casework.Receipt{}, err
			}
			return casework.Receipt{}, errors.Join(tx.Notify(ctx, mediation.Told(c, after, entry)...), broken)
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		o.wantInbox(t, "li", c.ID, "")
	})
	t.Run("a repeated request tells once", func(t *testing.T) {
		c := o.then(o.file(), "accept")
		r := keyed(o.director(), "assign-once", "body")
		for range 3 {
			if _, _, err := o.AssignCase(o.ctx(), r, c.ID, c.Version, assignment); err != nil {
				t.Fatal(err)
			}
		}
		o.wantInbox(t, "li", c.ID, "assigned")
	})
	t.Run("a notice to nobody is refused", func(t *testing.T) {
		_, err := o.county.Store(o.Unit()).Write(o.ctx(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
			return casework.Receipt{}, tx.Notify(ctx, mediation.Notice{Kind: "assigned"})
		})
		wantCode(t, err, mediation.Invalid, "notice")
	})
}

func TestInbox(t *testing.T) {
	o := newOffice(t)
	li := o.somebody("li", mediation.RoleMediator)
	var cases []mediation.Case
	for range 5 {
		cases = append(cases, o.then(o.file(), "accept", "assign"))
	}
	list := func(t *testing.T, r casework.Request, query casework.NoticeQuery) casework.Inbox {
		t.Helper()
		inbox, err := o.Notices(o.ctx(), r, query)
		if err != nil {
			t.Fatal(err)
		}
		return inbox
	}
	all := list(t, li, casework.NoticeQuery{})
	t.Run("newest first, with number, title and words", func(t *testing.T) {
		if len(all.Notices) != 5 || all.Total != (mediation.Total{Value: 5, Exact: true}) || all.Unread.Value != 5 || all.Next != nil {
			t.Fatalf("%d notices, %+v, %+v", len(all.Notices), all.Total, all.Unread)
		}
		for i, told := range all.Notices {
			c := cases[4-i]
			if told.Case != c.ID || told.Number != c.Number || told.Of.Title != c.Title || !strings.Contains(told.ZH, c.Number) || told.ReadAt != nil {
				t.Errorf("notice %d: %+v", i, told.Notice)
			}
		}
	})
	t.Run("page by page the same", func(t *testing.T) {
		var seen []mediation.ID
		query := casework.NoticeQuery{Limit: 2}
		for {
			page := list(t, li, query)
			for _, told := range page.Notices {
				seen = append(seen, told.ID)
			}
			if page.Next == nil {
				break
			}
			query.After = page.Next
		}
		for i, told := range all.Notices {
			if len(seen) != 5 || seen[i] != told.ID {
				t.Fatalf("paged %v", seen)
			}
		}
	})
	t.Run("filters", func(t *testing.T) {
		if got := list(t, li, casework.NoticeQuery{Kinds: []mediation.NoticeKind{"red-alert"}}); got.Total.Value != 0 || got.Unread.Value != 5 {
			t.Errorf("%+v", got)
		}
		if got := list(t, li, casework.NoticeQuery{Case: cases[2].ID}); len(got.Notices) != 1 || got.Notices[0].Case != cases[2].ID {
			t.Errorf("%+v", got)
		}
		_, err := o.Notices(o.ctx(), li, casework.NoticeQuery{Kinds: []mediation.NoticeKind{"rumour"}, Limit: 999})
		wantCode(t, err, mediation.Invalid, "invalid-query")
	})
	t.Run("mine only", func(t *testing.T) { mineOnly(t, o, all) })
	t.Run("reading", func(t *testing.T) { reading(t, o, all) })
	t.Run("somebody recused since sees no title", func(t *testing.T) {
		c := cases[0]
		replacement := person("zhou")
		if _, _, err := o.RecuseMediator(o.ctx(), o.director(), c.ID, c.Version, mediation.Recusal{Mediator: person("li"), Ground: mediation.RecusalKin, Replacement: &replacement}); err != nil {
			t.Fatal(err)
		}
		got := list(t, li, casework.NoticeQuery{Case: c.ID})
		if len(got.Notices) != 2 || got.Notices[0].Kind != "recused" || got.Notices[0].Of.Title != "" || got.Notices[1].Of.Title != "" {
			t.Errorf("%+v", got.Notices)
		}
	})
}

func mineOnly(t *testing.T, o *office, all casework.Inbox) {
	t.Helper()
	stranger := o.somebody("zhou", mediation.RoleMediator)
	if got, err := o.Notices(o.ctx(), stranger, casework.NoticeQuery{}); err != nil || got.Total.Value != 0 || got.Unread.Value != 0 {
		t.Errorf("%v %+v", err, got)
	}
	elsewhere := o.somebody("li", mediation.RoleMediator)
	elsewhere.Actor.Issuer = "https://court.example"
	if got, err := o.Notices(o.ctx(), elsewhere, casework.NoticeQuery{}); err != nil || got.Total.Value != 0 {
		t.Errorf("the same subject of another issuer is another person: %v %+v", err, got)
	}
	for _, id := range []mediation.ID{all.Notices[0].ID, "no-id", "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"} {
		_, _, err := o.ReadNotice(o.ctx(), stranger, id)
		wantCode(t, err, mediation.NotFound, "unknown-notice")
		_, _, err = o.ReadNotices(o.ctx(), stranger, id)
		wantCode(t, err, mediation.NotFound, "unknown-notice")
	}
	_, _, err := o.Deliveries(o.ctx(), stranger, all.Notices[0].ID)
	wantCode(t, err, mediation.Forbidden, "role-required")
}

func reading(t *testing.T, o *office, all casework.Inbox) {
	t.Helper()
	o.tenant(casework.TenantSuspended, 0)
	defer o.tenant(casework.TenantActive, 0)
	li := o.somebody("li", mediation.RoleMediator)
	told, _, err := o.ReadNotice(o.ctx(), li, all.Notices[3].ID)
	if err != nil || told.ReadAt == nil {
		t.Fatalf("%v %+v", err, told)
	}
	again, _, err := o.ReadNotice(o.ctx(), li, told.ID)
	if err != nil || !again.ReadAt.Equal(*told.ReadAt) {
		t.Errorf("the first reading stays: %v, %v", told.ReadAt, again.ReadAt)
	}
	unread := func() (ids []mediation.ID) {
		inbox, err := o.Notices(o.ctx(), li, casework.NoticeQuery{Unread: true})
		if err != nil || inbox.Total != inbox.Unread || inbox.Total.Value != len(inbox.Notices) {
			t.Fatalf("%v %+v", err, inbox)
		}
		for _, told := range inbox.Notices {
			ids = append(ids, told.ID)
		}
		return ids
	}
	if got := unread(); len(got) != 4 {
		t.Errorf("%d unread", len(got))
	}
	r := keyed(li, "read-all", "body")
	for range 2 {
		n, receipt, err := o.ReadNotices(o.ctx(), r, all.Notices[1].ID)
		if err != nil || n != 3 {
			t.Errorf("marked %d: %v %+v", n, err, receipt)
		}
	}
	if got := unread(); fmt.Sprint(got) != fmt.Sprint([]mediation.ID{all.Notices[0].ID}) {
		t.Errorf("what is newer stays unread: %v", got)
	}
}
