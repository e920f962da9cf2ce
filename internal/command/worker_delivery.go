package command

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// spreadersAtOnce and sendersAtOnce are how many tenants are worked on at the same time, the latter on each channel.
	spreadersAtOnce = 2
	sendersAtOnce   = 4
	// followAgainAfter is the pause before new counties and lost connections are looked at again.
	followAgainAfter = 3 * time.Second
	// breathe is the least pause before a tenant whose receiver was away is looked at again.
	breathe = 2 * time.Second
)

// noticeSource is what delivering needs of the installation.
type noticeSource interface {
	countySource
	FollowNotices(ctx context.Context, county string, heard func(tenant string)) error
}

// deliveries carries notices out of the house. Two things wake it up: a database that tells, at commit, that a tenant
// has something new, and the round that comes by every tenant, which finds what nobody told. Each channel has a line of
// its own, so that a receiver that is slow or away keeps no other waiting.
type deliveries struct {
	source     noticeSource
	messengers []casework.Messenger
	log        *slog.Logger
	figures    *workerFigures
	round      time.Duration // in which every tenant is come by
	fresh      *line
	lines      []*line // beside messengers
}

func newDeliveries(source noticeSource, messengers []casework.Messenger, log *slog.Logger, figures *workerFigures, round time.Duration) *deliveries {
	d := &deliveries{source: source, messengers: messengers, log: log, figures: figures, round: round, fresh: newLine()}
	for range messengers {
		d.lines = append(d.lines, newLine())
	}
	return d
}

// errand takes up a tenant's new notices in the course of a round, and has its channels looked at.
func (d *deliveries) errand() errand {
	return errand{name: "take-up-notices", do: func(ctx context.Context, tenant *casework.Service) (int, error) {
		n, err := tenant.Spread(ctx, d.messengers)
		d.wake(tenant.Unit())
		return n, err
	}}
}

func (d *deliveries) wake(tenant string) {
	for _, l := range d.lines {
		l.add(tenant)
	}
}

// run works until ctx ends, then waits for the messages that are on their way. Without a channel there is nothing to do.
func (d *deliveries) run(ctx context.Context) {
	if len(d.messengers) == 0 {
		return
	}
	var working sync.WaitGroup
	for range spreadersAtOnce {
		working.Go(func() { d.fresh.each(ctx, d.spread) })
	}
	for i, messenger := range d.messengers {
		d.log.Info("notices leave", "channel", messenger.Channel())
		for range sendersAtOnce {
			working.Go(func() {
				d.lines[i].each(ctx, func(ctx context.Context, tenant string) { d.deliver(ctx, messenger, d.lines[i], tenant) })
			})
		}
	}
	d.follow(ctx)
	working.Wait()
}

// spread takes up new notices, then wakes every channel: a channel that looked earlier would find nothing yet.
func (d *deliveries) spread(ctx context.Context, tenant string) {
	service, err := d.source.Tenant(ctx, tenant)
	if err == nil {
		_, err = service.Spread(ctx, d.messengers)
	}
	if err != nil {
		d.missed(ctx, tenant, err)
		return
	}
	d.wake(tenant)
}

func (d *deliveries) deliver(ctx context.Context, messenger casework.Messenger, l *line, tenant string) {
	service, err := d.source.Tenant(ctx, tenant)
	if err != nil {
		d.missed(ctx, tenant, err)
		return
	}
	done, err := service.Deliver(ctx, messenger)
	for result, n := range map[mediation.DeliveryState]int{
		mediation.DeliverySent: done.Sent, mediation.DeliveryFailed: done.Failed, mediation.DeliveryDead: done.Dead,
	} {
		d.figures.deliveries.WithLabelValues(messenger.Channel(), string(result)).Add(float64(n))
	}
	if done.Failed+done.Dead > 0 {
		d.log.Warn("notices did not arrive", "tenant", tenant, "channel", messenger.Channel(), "again", done.Failed, "givenUp", done.Dead)
	}
	if err != nil {
		d.missed(ctx, tenant, err)
		return
	}
	if done.Next == nil {
		return
	}
	// What is due later than the next whole round is found by it.
	if wait := max(time.Until(*done.Next), breathe); wait < d.round {
		time.AfterFunc(wait, func() { l.add(tenant) })
	}
}

func (d *deliveries) missed(ctx context.Context, tenant string, err error) {
	if ctx.Err() == nil {
		d.log.Warn("notices wait for the next round", "tenant", tenant, "error", err)
	}
}

// follow listens to every county, those that come later too.
func (d *deliveries) follow(ctx context.Context) {
	var (
		following sync.WaitGroup
		mu        sync.Mutex
		followed  = map[string]bool{}
	)
	defer following.Wait()
	for {
		counties, err := d.source.Counties(ctx)
		if err != nil && ctx.Err() == nil {
			d.log.Debug("notices: the counties are not known now", "error", err)
		}
		for _, county := range counties {
			mu.Lock()
			begin := !followed[county.Code]
			followed[county.Code] = true
			mu.Unlock()
			if !begin {
				continue
			}
			following.Go(func() {
				err := d.source.FollowNotices(ctx, county.Code, d.fresh.add)
				if ctx.Err() == nil {
					d.log.Info("notices: a county is listened to again in a moment; until then its rounds find them", "county", county.Code, "error", err)
				}
				mu.Lock()
				defer mu.Unlock()
				delete(followed, county.Code)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(followAgainAfter):
		}
	}
}

// line is tenants that wait to be looked at, each once.
type line struct {
	mu      sync.Mutex
	waiting []string
	there   map[string]bool
	more    chan struct{}
}

func newLine() *line {
	return &line{there: map[string]bool{}, more: make(chan struct{}, 1)}
}

func (l *line) add(tenant string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.there[tenant] {
		return
	}
	l.there[tenant] = true
	l.waiting = append(l.waiting, tenant)
	l.signal()
}

func (l *line) signal() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// next takes the first. Whoever adds it again while it is worked on is heard: it waits anew.
func (l *line) next() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return "", false
	}
	tenant := l.waiting[0]
	l.waiting = l.waiting[1:]
	delete(l.there, tenant)
	if len(l.waiting) > 0 {
		l.signal()
	}
	return tenant, true
}

// each works on one after the other until ctx ends. Several may do so.
func (l *line) each(ctx context.Context, work func(ctx context.Context, tenant string)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.more:
		}
		for tenant, found := l.next(); found && ctx.Err() == nil; tenant, found = l.next() {
			work(ctx, tenant)
		}
	}
}
