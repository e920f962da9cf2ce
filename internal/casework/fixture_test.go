package casework_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// ctx is short for the signatures of tests.
type ctx = context.Context

const issuer = "https://id.example"

// noon is where the tests' clock starts: 12:00 in China.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// watch is a clock that moves a second with every look, so that moments differ.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

// peek is the time of the last look.
func (w *watch) peek() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) Set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at
}

// office is one town's service on a real county of its own; tests run side by side.
type office struct {
	*casework.Service
	t      *testing.T
	county *pgtest.Fixture
	clock  *watch
}

func newOffice(t *testing.T) *office {
	t.Helper()
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	clock := &watch{now: noon}
	o := &office{Service: casework.New(f.Store(f.Towns[1]), clock.Now), t: t, county: f, clock: clock}
	o.hire("li", mediation.RoleMediator)
	o.hire("zhou", mediation.RoleMediator)
	return o
}

// in is the same office for a part of a test, at noon of the first day. Making an office is what takes a test's time.
func (o *office) in(t *testing.T) *office {
	t.Helper()
	part := *o
	part.t = t
	part.clock.Set(noon)
	part.tenant(casework.TenantActive, 0)
	return &part
}

// as is a request of somebody with these roles in the town.
func (o *office) as(roles ...mediation.Role) casework.Request {
	return casework.Request{Actor: mediation.Actor{
		Principal: mediation.Principal{Issuer: issuer, Subject: "tester", Name: "王主任"}, Unit: o.Unit(), Roles: roles,
	}}
}

func (o *office) director() casework.Request { return o.as(mediation.RoleDirector) }

// keyed adds an idempotency key; body stands for what was sent.
func keyed(r casework.Request, key, body string) casework.Request {
	r.Key = &casework.Key{Principal: r.Actor.ID(), Key: key, Fingerprint: body}
	return r
}

func (o *office) ctx() context.Context { return o.t.Context() }

// filing is two neighbours who quarrel over a wall.
func filing() mediation.Filing {
	amount := int64(350_000)
	return mediation.Filing{
		Type: "02", Source: mediation.SourceApplication, Title: "张家与李家院墙纠纷", Facts: "院墙超出边界。", Claims: "拆除。",
		Amount: &amount, Tags: []string{"老年人"},
		Parties: []mediation.Party{
			{
				Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三", Phone: "13800001234",
				IdentityType: mediation.IdentityResidentID, IdentityNumber: "371602188506150426",
			},
			{Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李𠮷"},
		},
	}
}

func (o *office) file() mediation.Case {
	o.t.Helper()
	c, receipt, err := o.FileCase(o.ctx(), o.director(), filing())
	if err != nil {
		o.t.Fatalf("file: %v", err)
	}
	if !receipt.Created || receipt.ID != string(c.ID) || receipt.Version != 1 || receipt.Replayed {
		o.t.Fatalf("receipt of a filing: %+v", receipt)
	}
	return c
}

func (o *office) accept(c mediation.Case) mediation.Case {
	o.t.Helper()
	after, _, err := o.AcceptCase(o.ctx(), o.director(), c.ID, c.Version)
	if err != nil {
		o.t.Fatalf("accept: %v", err)
	}
	return after
}

func (o *office) journal(id mediation.ID) []mediation.Entry {
	o.t.Helper()
	entries, _, err := o.Journal(o.ctx(), o.director(), id, nil, 0)
	if err != nil {
		o.t.Fatalf("journal: %v", err)
	}
	return entries
}

// tenant changes the town's row as the operator would.
func (o *office) tenant(state string, quota int) {
	o.t.Helper()
	o.county.SetTenant(o.Unit(), state, quota)
}

func wantCode(t *testing.T, err error, kind mediation.Kind, code string) {
	t.Helper()
	if mediation.KindOf(err) != kind || mediation.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %s %s", err, mediation.KindOf(err), kind, code)
	}
}

// story is the verbs of a journal.
func story(entries []mediation.Entry) string {
	var verbs []string
	for _, e := range entries {
		verbs = append(verbs, string(e.Verb))
	}
	return strings.Join(verbs, " ")
}

func asRefusal(err error, refusal **mediation.Error) bool { return errors.As(err, refusal) }

func pointer[T any](value T) *T { return &value }
