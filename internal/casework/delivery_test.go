package casework_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/registry"
)

// courier is a messenger that writes down what it was given, and fails as a test wants it to.
type courier struct {
	channel string
	kinds   []mediation.NoticeKind // nil: all
	byPhone bool
	fail    func(m casework.Message) error
	hold    chan struct{} // when set, Send waits for it

	mu   sync.Mutex
	sent []casework.Message
}

func (c *courier) Channel() string { return c.channel }
func (c *courier) ByPhone() bool   { return c.byPhone }
func (c *courier) Carries(kind mediation.NoticeKind) bool {
	return c.kinds == nil || slices.Contains(c.kinds, kind)
}

func (c *courier) Send(_ context.Context, m casework.Message) error {
	if c.hold != nil {
		<-c.hold
	}
	if c.fail != nil {
		if err := c.fail(m); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, m)
	return nil
}

// count is how often each notice arrived.
func (c *courier) count() map[mediation.ID]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	times := map[mediation.ID]int{}
	for _, m := range c.sent {
		times[m.ID]++
	}
	return times
}

// tell gives li so many notices about one case, newest first.
func (o *office) tell(n int) []casework.Told {
	o.t.Helper()
	c := o.file()
	_, err := o.county.Store(o.Unit()).Write(o.ctx(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		for range n {
			notice := mediation.Notice{Kind: "assigned", Urgency: "normal", Case: c.ID, Number: c.Registration, ZH: "已指派您办理。", EN: "Assigned to you.",
				To: mediation.Recipient{Issuer: issuer, Subject: "li"}, At: o.clock.Now()}
			if err := tx.Notify(ctx, notice); err != nil {
				return casework.Receipt{}, err
			}
		}
		return casework.Receipt{}, nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	inbox, err := o.Notices(o.ctx(), o.somebody("li", mediation.RoleMediator), casework.NoticeQuery{Limit: n})
	if err != nil || len(inbox.Notices) != n {
		o.t.Fatalf("%v, %d notices", err, len(inbox.Notices))
	}
	return inbox.Notices
}

func (o *office) spread(messengers ...casework.Messenger) int {
	o.t.Helper()
	n, err := o.Spread(o.ctx(), messengers)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *office) deliver(m casework.Messenger) casework.Delivered {
	o.t.Helper()
	done, err := o.Deliver(o.ctx(), m)
	if err != nil {
		o.t.Fatal(err)
	}
	return done
}

// delivery is how a notice stands on a channel.
func (o *office) delivery(id mediation.ID, channel string) casework.Delivery {
	o.t.Helper()
	_, list, err := o.Deliveries(o.ctx(), o.director(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, d := range list {
		if d.Channel == channel {
			return d
		}
	}
	return casework.Delivery{}
}

func TestDeliver_sendsEachNoticeOnce(t *testing.T) {
	o := newOffice(t)
	told := o.tell(20)
	hook := &courier{channel: "webhook"}
	text := &courier{channel: "sms", kinds: []mediation.NoticeKind{"red-alert"}}
	if n := o.spread(hook, text); n != 20 {
		t.Fatalf("%d notices spread", n)
	}
	if n := o.spread(hook, text); n != 0 {
		t.Errorf("%d notices spread twice", n)
	}
	if done := o.deliver(hook); done.Sent != 20 || done.Failed+done.Dead != 0 || done.Next != nil {
		t.Errorf("%+v", done)
	}
	if done := o.deliver(hook); done.Sent != 0 {
		t.Errorf("sent again: %+v", done)
	}
	if done := o.deliver(text); done.Sent != 0 || len(text.sent) != 0 {
		t.Errorf("a kind without a route left: %+v", done)
	}
	m := hook.sent[0]
	if m.Tenant != o.Unit() || m.Kind != "assigned" || m.To.Subject != "li" || m.To.Issuer != issuer || m.Number == "" || m.Attempts != 1 || m.ZH == "" {
		t.Errorf("%+v", m)
	}
	for _, n := range told {
		if d := o.delivery(n.ID, "webhook"); d.State != mediation.DeliverySent || d.Attempts != 1 || d.NextAt != nil || d.LastError != "" {
			t.Errorf("%+v", d)
		}
	}
	t.Run("a channel that is set up later begins with what comes then", func(t *testing.T) {
		late := &courier{channel: "late"}
		if n := o.spread(hook, late); n != 0 {
			t.Errorf("%d old notices", n)
		}
	})
	t.Run("without a channel nothing is written", func(t *testing.T) {
		fresh := o.tell(1)[0]
		if n := o.spread(); n != 1 {
			t.Errorf("%d", n)
		}
		if _, list, err := o.Deliveries(o.ctx(), o.director(), fresh.ID); err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
	})
}

// However many workers do the same at the same time, each message is attempted by one of them.
func TestDeliver_twoWorkersSendOnce(t *testing.T) {
	o := newOffice(t)
	o.tell(40)
	hook := &courier{channel: "webhook", hold: make(chan struct{})}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			if _, err := o.Spread(o.ctx(), []casework.Messenger{hook}); err != nil {
				t.Error(err)
			}
			for range 10 {
				if _, err := o.Deliver(o.ctx(), hook); err != nil {
					t.Error(err)
				}
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // all of them hold messages by now
	close(hook.hold)
	workers.Wait()
	o.spread(hook)
	o.deliver(hook)
	times := hook.count()
	if len(times) != 40 {
		t.Errorf("%d notices arrived", len(times))
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
}

// A receiver that is away loses nothing: what failed waits longer and longer, and arrives when it is back.
func TestDeliver_receiverDownThenBack(t *testing.T) {
	o := newOffice(t)
	o.tell(30)
	down := true
	hook := &courier{channel: "webhook", fail: func(casework.Message) error {
		if down {
			return &casework.Undelivered{Code: "status-503"}
		}
		return nil
	}}
	o.spread(hook)
	first := o.deliver(hook)
	if first.Failed != 8 || first.Sent != 0 || first.Next == nil {
		t.Fatalf("one batch shows that it is away: %+v", first)
	}
	failed := 0
	for range 30 {
		failed += o.deliver(hook).Failed
		o.clock.Set(o.clock.peek().Add(time.Minute))
	}
	if failed == 0 {
		t.Error("nothing was tried again")
	}
	down = false
	o.clock.Set(o.clock.peek().Add(3 * time.Hour))
	if done := o.deliver(hook); done.Sent != 30 || done.Next != nil {
		t.Errorf("back again: %+v", done)
	}
	for id, n := range hook.count() {
		if d := o.delivery(id, "webhook"); n != 1 || d.State != mediation.DeliverySent || d.LastError != "" {
			t.Errorf("%d times, %+v", n, d)
		}
	}
}

func TestDeliver_givesUpInTheEnd(t *testing.T) {
	o := newOffice(t)
	id := o.tell(1)[0].ID
	hook := &courier{channel: "webhook", fail: func(casework.Message) error { return errors.New("odd") }}
	o.spread(hook)
	var waits []time.Duration
	for range 20 {
		done := o.deliver(hook)
		d := o.delivery(id, "webhook")
		if done.Dead == 1 {
			break
		}
		if d.State != mediation.DeliveryFailed || d.NextAt == nil || d.LastError != "unavailable" {
			t.Fatalf("%+v", d)
		}
		waits = append(waits, d.NextAt.Sub(d.UpdatedAt))
		if early := o.deliver(hook); early.Failed != 0 {
			t.Error("tried before its time")
		}
		o.clock.Set(*d.NextAt)
	}
	d := o.delivery(id, "webhook")
	if d.State != mediation.DeliveryDead || d.Attempts != 11 || d.NextAt != nil || len(waits) != 10 {
		t.Errorf("after %v: %+v", waits, d)
	}
	var total time.Duration
	for _, wait := range waits {
		total += wait
	}
	if waits[0] > 10*time.Second || total < 20*time.Hour || total > 40*time.Hour {
		t.Errorf("waits %v, %v in all", waits, total)
	}
	if late := o.deliver(hook); late != (casework.Delivered{}) {
		t.Errorf("a dead one came back: %+v", late)
	}
}

func TestDeliver_oneBadMessageStopsNobody(t *testing.T) {
	o := newOffice(t)
	told := o.tell(30)
	poison := told[12].ID
	for name, failure := range map[string]*casework.Undelivered{
		"refused for good": {Code: "status-422", Permanent: true}, "refused for now": {Code: "status-500"},
	} {
		hook := &courier{channel: "hook-" + failure.Code, fail: func(m casework.Message) error {
			if m.ID == poison {
				return failure
			}
			return nil
		}}
		t.Run(name, func(t *testing.T) {
			pgtest.Exec(t, o.county.AsSlot(o.Unit()), `UPDATE t`+o.Unit()+`.notice SET spread = false`)
			o.spread(hook)
			done := o.deliver(hook)
			if done.Sent != 29 || done.Dead+done.Failed == 0 {
				t.Errorf("%+v", done)
			}
			if d := o.delivery(poison, hook.channel); (d.State == mediation.DeliveryDead) != failure.Permanent || d.LastError != failure.Code {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestDeliver_whatTheReceiverAsksFor(t *testing.T) {
	o := newOffice(t)
	id := o.tell(1)[0].ID
	hook := &courier{channel: "webhook", fail: func(casework.Message) error {
		return &casework.Undelivered{Code: "status-429", RetryAfter: time.Hour}
	}}
	o.spread(hook)
	o.deliver(hook)
	if d := o.delivery(id, "webhook"); d.NextAt.Sub(d.UpdatedAt) != time.Hour {
		t.Errorf("asked for an hour, waits %v", d.NextAt.Sub(d.UpdatedAt))
	}
	hook.fail = func(casework.Message) error {
		return &casework.Undelivered{Code: "status-429", RetryAfter: 1000 * time.Hour}
	}
	o.clock.Set(o.clock.peek().Add(2 * time.Hour))
	o.deliver(hook)
	if d := o.delivery(id, "webhook"); d.NextAt.Sub(d.UpdatedAt) != 24*time.Hour {
		t.Errorf("nobody waits for weeks: %v", d.NextAt.Sub(d.UpdatedAt))
	}
}

// A worker that is lost between sending and writing that down sends again, with the same id; one that comes back late
// changes nothing any more.
func TestDeliver_lostWorker(t *testing.T) {
	o := newOffice(t)
	id := o.tell(1)[0].ID
	store := o.county.Store(o.Unit())
	hook := &courier{channel: "webhook"}
	o.spread(hook)
	now := o.clock.Now()
	claimed, err := store.ClaimDeliveries(o.ctx(), "webhook", now, now.Add(2*time.Minute), 8)
	if err != nil || len(claimed) != 1 || claimed[0].ID != id {
		t.Fatalf("%v %+v", err, claimed)
	}
	if done := o.deliver(hook); done.Sent != 0 {
		t.Errorf("sent while another holds it: %+v", done)
	}
	o.clock.Set(now.Add(3 * time.Minute))
	if done := o.deliver(hook); done.Sent != 1 || hook.sent[0].ID != id || hook.sent[0].Attempts != 2 {
		t.Errorf("%+v", done)
	}
	late := casework.Settlement{Notice: id, Channel: "webhook", Attempts: 1, State: mediation.DeliveryFailed, NextAt: now, Error: "timeout", At: now}
	if err := store.SettleDelivery(o.ctx(), late); err != nil {
		t.Fatal(err)
	}
	if d := o.delivery(id, "webhook"); d.State != mediation.DeliverySent {
		t.Errorf("%+v", d)
	}
}

func TestDeliver_urgentFirst(t *testing.T) {
	o := newOffice(t)
	o.tell(20)
	c := o.then(o.file(), "accept", "assign")
	if _, _, err := ways["report-danger"](o, o.director(), c, c.Version); err != nil {
		t.Fatal(err)
	}
	hook := &courier{channel: "webhook"}
	o.spread(hook)
	now := o.clock.Now()
	first, err := o.county.Store(o.Unit()).ClaimDeliveries(o.ctx(), "webhook", now, now.Add(time.Minute), 1)
	if err != nil || len(first) != 1 || first[0].Kind != "danger-reported" {
		t.Errorf("%v %+v", err, first)
	}
}

func TestDeliver_withoutAPhone(t *testing.T) {
	o := newOffice(t)
	id := o.tell(1)[0].ID
	text := &courier{channel: "sms", byPhone: true}
	o.spread(text)
	if done := o.deliver(text); done.Dead != 1 {
		t.Errorf("%+v", done)
	}
	if d := o.delivery(id, "sms"); d.State != mediation.DeliveryDead || d.LastError != "no-phone" {
		t.Errorf("%+v", d)
	}
}

// The registry of mediators knows phones: by the login of the person, and by the registry's id.
func TestDeliver_byThePhoneOfTheRegistry(t *testing.T) {
	o := newOffice(t)
	content := registry.MediatorContent{Name: "李调解", Phone: "13800001234", Issuer: issuer, Subject: "li"}
	if _, _, err := o.RegisterMediator(o.ctx(), o.director(), content); err != nil {
		t.Fatal(err)
	}
	village, _, err := o.RegisterMediator(o.ctx(), o.director(), registry.MediatorContent{Name: "村调解", Phone: "13900005678"})
	if err != nil {
		t.Fatal(err)
	}
	o.tell(1)
	store := o.county.Store(o.Unit())
	for reason, tc := range map[string]struct {
		to   mediation.Recipient
		want string
	}{
		"by login":                      {mediation.Recipient{Issuer: issuer, Subject: "li"}, "13800001234"},
		"by the registry's id":          {mediation.Recipient{Registry: mediation.ID(village.ID)}, "13900005678"},
		"the id goes before the login":  {mediation.Recipient{Registry: mediation.ID(village.ID), Issuer: issuer, Subject: "li"}, "13900005678"},
		"the same name elsewhere":       {mediation.Recipient{Issuer: "https://court.example", Subject: "li"}, ""},
		"nobody":                        {mediation.Recipient{Issuer: issuer, Subject: "zhou"}, ""},
		"an id that no record can have": {mediation.Recipient{Registry: "7"}, ""},
	} {
		if got, err := store.Phone(o.ctx(), tc.to); err != nil || got != tc.want {
			t.Errorf("%s: %q %v, want %q", reason, got, err, tc.want)
		}
	}
	text := &courier{channel: "sms", byPhone: true}
	o.spread(text)
	if done := o.deliver(text); done.Sent != 1 || text.sent[0].Phone != "13800001234" {
		t.Errorf("%+v", done)
	}
}

// dead is a notice that a courier gave up at once.
func (o *office) dead(channel string) mediation.ID {
	o.t.Helper()
	id := o.tell(1)[0].ID
	hook := &courier{channel: channel, fail: func(casework.Message) error { return &casework.Undelivered{Code: "status-410", Permanent: true} }}
	o.spread(hook)
	if done := o.deliver(hook); done.Dead != 1 {
		o.t.Fatalf("%+v", done)
	}
	return id
}

func TestRetryDelivery(t *testing.T) {
	o := newOffice(t)
	id := o.dead("webhook")
	r := keyed(o.director(), "again", "again")
	d, first, err := o.RetryDelivery(o.ctx(), r, id, "webhook")
	if err != nil || d.State != mediation.DeliveryPending || d.NextAt == nil || d.Attempts != 1 {
		t.Fatalf("%v %+v", err, d)
	}
	if _, again, err := o.RetryDelivery(o.ctx(), r, id, "webhook"); err != nil || !again.Replayed || first.Replayed {
		t.Errorf("repeated: %v %+v", err, again)
	}
	if got := o.texts(`SELECT concat_ws(' ', action, outcome, object_kind, object_id, actor_subject) FROM audit WHERE object_kind = 'notice'`); len(got) != 1 || got[0] != "notice.retry done notice "+string(id)+" tester" {
		t.Errorf("recorded: %v", got)
	}
	_, _, err = o.RetryDelivery(o.ctx(), o.director(), id, "webhook")
	wantCode(t, err, mediation.Conflict, "delivery-state")
	hook := &courier{channel: "webhook"}
	if done := o.deliver(hook); done.Sent != 1 || o.delivery(id, "webhook").Attempts != 2 {
		t.Errorf("%+v, %+v", done, o.delivery(id, "webhook"))
	}
	_, _, err = o.RetryDelivery(o.ctx(), o.director(), id, "webhook")
	wantCode(t, err, mediation.Conflict, "delivery-state")
	_, _, err = o.RetryDelivery(o.ctx(), o.director(), id, "pigeon")
	wantCode(t, err, mediation.NotFound, "unknown-delivery")
	_, _, err = o.RetryDelivery(o.ctx(), o.director(), "x", "webhook")
	wantCode(t, err, mediation.NotFound, "unknown-notice")
	_, _, err = o.RetryDelivery(o.ctx(), o.as(mediation.RoleClerk), id, "webhook")
	wantCode(t, err, mediation.Forbidden, "role-required")
	other := o.dead("sms")
	o.tenant(casework.TenantSuspended, 0)
	_, _, err = o.RetryDelivery(o.ctx(), o.director(), other, "sms")
	wantCode(t, err, mediation.Conflict, "tenant-suspended")
	if got := o.texts(`SELECT count(*)::text FROM audit WHERE object_kind = 'notice'`); got[0] != "1" {
		t.Errorf("what was refused is recorded as done: %v", got)
	}
}

// Two directors ask at once: it is sent once more, not twice.
func TestRetryDelivery_atOnce(t *testing.T) {
	o := newOffice(t)
	id := o.dead("webhook")
	errs := make([]error, 6)
	var asking sync.WaitGroup
	for i := range errs {
		asking.Go(func() { _, _, errs[i] = o.RetryDelivery(o.ctx(), o.director(), id, "webhook") })
	}
	asking.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, err, mediation.Conflict, "delivery-state")
		}
	}
	hook := &courier{channel: "webhook"}
	if done := o.deliver(hook); won != 1 || done.Sent != 1 {
		t.Errorf("%d asked successfully, %+v", won, done)
	}
}

// What was read, and what was sent or given up, goes after 180 days to the day; what waits or is unread stays.
func TestForgetNotices(t *testing.T) {
	o := newOffice(t)
	told := o.tell(4)
	read, unread, waiting, given := told[0].ID, told[1].ID, told[2].ID, told[3].ID
	hook := &courier{channel: "webhook", fail: func(m casework.Message) error {
		switch m.ID {
		case waiting:
			return errors.New("away")
		case given:
			return &casework.Undelivered{Code: "status-410", Permanent: true}
		}
		return nil
	}}
	o.spread(hook)
	o.deliver(hook)
	for _, id := range []mediation.ID{read, waiting} {
		if _, _, err := o.ReadNotice(o.ctx(), o.somebody("li", mediation.RoleMediator), id); err != nil {
			t.Fatal(err)
		}
	}
	forget := func(days int) (n int) {
		t.Helper()
		o.clock.Set(noon.AddDate(0, 0, days))
		n, err := o.ForgetNotices(o.ctx())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := forget(180); n != 0 {
		t.Errorf("%d rows are gone on the last day", n)
	}
	journal := o.texts(`SELECT count(*)::text FROM journal`)
	if n := forget(181); n != 4 { // three deliveries and the notice that was read
		t.Errorf("%d rows are gone", n)
	}
	if n := forget(999); n != 0 {
		t.Errorf("%d rows more are gone", n)
	}
	left := o.texts(`SELECT id::text FROM notice`)
	if slices.Sort(left); len(left) != 3 || slices.Contains(left, string(read)) || !slices.Contains(left, string(unread)) || !slices.Contains(left, string(given)) {
		t.Errorf("left: %v", left)
	}
	if got := o.texts(`SELECT concat_ws(' ', notice_id, state) FROM delivery`); !slices.Equal(got, []string{string(waiting) + " failed"}) {
		t.Errorf("deliveries left: %v", got)
	}
	if now := o.texts(`SELECT count(*)::text FROM journal`); !slices.Equal(now, journal) {
		t.Errorf("the journal lost something: %v, was %v", now, journal)
	}
	if n := o.spread(hook); n != 0 {
		t.Errorf("%d old notices leave again", n)
	}
}
