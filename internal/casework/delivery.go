package casework

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Message is a notice as it leaves the house. It names the case by number and type only.
type Message struct {
	ID       mediation.ID // of the notice; the same at every attempt, so that a receiver can drop doubles
	Tenant   string
	Case     mediation.ID
	Kind     mediation.NoticeKind
	Urgency  mediation.Urgency
	Number   string // of the case
	About    string // pointer into the case, or the id of a clock's rule
	ZH, EN   string
	To       mediation.Recipient // one person
	Phone    string              // only for a messenger that calls by phone; "" when none is known
	At       time.Time
	Attempts int // this one included
}

// Messenger is the port through which notices leave the house: one channel, with what the installer said about it.
type Messenger interface {
	// Channel is its stable name: webhook, sms.
	Channel() string
	// Carries tells whether notices of this kind leave by this channel.
	Carries(kind mediation.NoticeKind) bool
	// ByPhone tells whether it needs the recipient's phone.
	ByPhone() bool
	// Send hands one message over. An error that is an *Undelivered says why and whether to try again; any other error
	// is tried again.
	Send(ctx context.Context, message Message) error
}

// Undelivered is why a message did not arrive.
type Undelivered struct {
	Code       string        // kebab-case and free of personal data: status-503, timeout, no-phone
	Permanent  bool          // trying again would not help
	RetryAfter time.Duration // what the receiver asked for; zero: nothing
	Cause      error         // for the log; may be nil
}

// Error is for logs.
func (u *Undelivered) Error() string {
	if u.Cause == nil {
		return u.Code
	}
	return u.Code + ": " + u.Cause.Error()
}

// Unwrap gives the cause.
func (u *Undelivered) Unwrap() error { return u.Cause }

// Delivery is one notice on one channel.
type Delivery struct {
	Channel   string
	State     mediation.DeliveryState
	Attempts  int
	NextAt    *time.Time // nil: never again
	LastError string     // code of the last failure
	UpdatedAt time.Time
}

// Route says that a channel carries a kind.
type Route struct {
	Channel string
	Kind    mediation.NoticeKind
}

// Settlement is what came of an attempt.
type Settlement struct {
	Notice   mediation.ID
	Channel  string
	Attempts int // of the attempt: an answer that comes after another attempt began changes nothing
	State    mediation.DeliveryState
	NextAt   time.Time // zero: never again
	Error    string
	At       time.Time
}

// DeliveryStore keeps what is to be delivered. Each method is a transaction of its own.
type DeliveryStore interface {
	// SpreadNotices writes the deliveries of at most limit notices that have been told to nobody outside yet, one for
	// each route of their kind, and says how many notices that were. A notice without a route is done with it.
	SpreadNotices(ctx context.Context, routes []Route, at time.Time, limit int) (int, error)
	// ClaimDeliveries takes at most limit due deliveries of a channel, urgent ones first, those of others who are
	// claiming left out. Until the lease ends nobody else gets them; then they are due again.
	ClaimDeliveries(ctx context.Context, channel string, at, lease time.Time, limit int) ([]Message, error)
	SettleDelivery(ctx context.Context, settlement Settlement) error
	// NextDelivery is when the channel has something to deliver; nil when nothing waits.
	NextDelivery(ctx context.Context, channel string) (*time.Time, error)
	// Phone is the number of a recipient whom the registry of mediators knows; "" for nobody it knows.
	Phone(ctx context.Context, to mediation.Recipient) (string, error)
	// Deliveries are those of one notice, by channel.
	Deliveries(ctx context.Context, notice mediation.ID) ([]Delivery, error)
	// ForgetNotices removes at most limit deliveries that were sent or given up before the moment, and at most limit
	// notices of which no delivery is left and that were read before it, or that nobody reads because they went to somebody
	// without a login. It says how many rows that were.
	ForgetNotices(ctx context.Context, before time.Time, limit int) (int, error)
}

// DeliveryTx sends again.
type DeliveryTx interface {
	// RetryDelivery makes a delivery that was given up due again, and wakes whoever delivers at commit. NotFound
	// "unknown-delivery"; Conflict "delivery-state" for one that was sent or still waits.
	RetryDelivery(ctx context.Context, notice mediation.ID, channel string, at time.Time) error
}

const (
	// deliveryBatch is how many messages of a channel are sent at the same time.
	deliveryBatch = 8
	// deliveryLease is longer than any attempt: a messenger gives up after seconds.
	deliveryLease = 2 * time.Minute
	spreadBatch   = 200
)

// pauses are the waits between attempts: a receiver that is away for a day loses nothing, one that is away for a moment
// is asked again at once. After the last of them a message is given up.
var pauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
}

// maxRetryAfter bounds what a receiver may ask for.
const maxRetryAfter = 24 * time.Hour

// Delivered is what one go of Deliver did.
type Delivered struct {
	Sent, Failed, Dead int
	Next               *time.Time // when there is more to deliver; nil: nothing waits
}

// Spread writes the deliveries of new notices for these messengers, in batches, and says how many notices that were.
// It sends nothing.
func (s *Service) Spread(ctx context.Context, messengers []Messenger) (int, error) {
	var routes []Route
	for _, m := range messengers {
		for _, kind := range mediation.NoticeKinds() {
			if m.Carries(kind) {
				routes = append(routes, Route{m.Channel(), kind})
			}
		}
	}
	for total := 0; ; {
		n, err := s.store.SpreadNotices(ctx, routes, s.moment(), spreadBatch)
		total += n
		if err != nil || n < spreadBatch {
			return total, err
		}
	}
}

// Deliver sends what is due on one channel: each message once at a time however many do the same, and nothing that was
// not committed. It ends when nothing is due, when ctx ends, or when a whole batch failed: then the receiver is away, and
// what is left waits for the next go. A message that fails alone does not stop the others.
func (s *Service) Deliver(ctx context.Context, messenger Messenger) (Delivered, error) {
	var done Delivered
	for ctx.Err() == nil {
		now := s.moment()
		messages, err := s.store.ClaimDeliveries(ctx, messenger.Channel(), now, now.Add(deliveryLease), deliveryBatch)
		if err != nil {
			return done, err
		}
		settlements := s.attempt(ctx, messenger, messages)
		away := len(settlements) > 0
		for _, settlement := range settlements {
			// An attempt that was made is written down even when the caller has given up meanwhile.
			if err := s.store.SettleDelivery(context.WithoutCancel(ctx), settlement); err != nil {
				return done, fmt.Errorf("notice %s by %s: %w", settlement.Notice, settlement.Channel, err)
			}
			done.add(settlement.State)
			away = away && settlement.State == mediation.DeliveryFailed
		}
		if away || len(messages) < deliveryBatch {
			break
		}
	}
	next, err := s.store.NextDelivery(ctx, messenger.Channel())
	done.Next = next
	return done, err
}

func (d *Delivered) add(state mediation.DeliveryState) {
	switch state {
	case mediation.DeliverySent:
		d.Sent++
	case mediation.DeliveryFailed:
		d.Failed++
	case mediation.DeliveryDead:
		d.Dead++
	case mediation.DeliveryPending: // not attempted in this round
	}
}

// attempt sends messages side by side.
func (s *Service) attempt(ctx context.Context, messenger Messenger, messages []Message) []Settlement {
	settlements := make([]Settlement, len(messages))
	var sending sync.WaitGroup
	for i, message := range messages {
		sending.Go(func() {
			err := s.send(ctx, messenger, message)
			settlements[i] = settle(message, messenger.Channel(), err, s.moment())
		})
	}
	sending.Wait()
	return settlements
}

func (s *Service) send(ctx context.Context, messenger Messenger, message Message) error {
	if messenger.ByPhone() {
		phone, err := s.store.Phone(ctx, message.To)
		if err != nil {
			return err
		}
		if phone == "" {
			return &Undelivered{Code: "no-phone", Permanent: true}
		}
		message.Phone = phone
	}
	return messenger.Send(ctx, message)
}

// settle decides what follows an attempt.
func settle(message Message, channel string, err error, at time.Time) Settlement {
	settlement := Settlement{Notice: message.ID, Channel: channel, Attempts: message.Attempts, State: mediation.DeliverySent, At: at}
	if err == nil {
		return settlement
	}
	failure := &Undelivered{Code: "unavailable", Cause: err}
	_ = errors.As(err, &failure)
	settlement.Error = failure.Code
	if failure.Permanent || message.Attempts > len(pauses) {
		settlement.State = mediation.DeliveryDead
		return settlement
	}
	settlement.State = mediation.DeliveryFailed
	settlement.NextAt = at.Add(pause(message.Attempts, failure.RetryAfter))
	return settlement
}

// pause is the wait after so many attempts: up to a fifth longer or shorter, so that those who failed together do not
// come back together, and never shorter than what the receiver asked for.
func pause(attempts int, asked time.Duration) time.Duration {
	wait := pauses[min(max(attempts, 1), len(pauses))-1]
	wait += time.Duration((rand.Float64()*2 - 1) * float64(wait) / 5) //nolint:gosec // spreads load, hides nothing
	return max(wait, min(asked, maxRetryAfter))
}

// RetryDelivery has a notice that was given up on a channel sent once more: at once, and when that fails, at the pauses that
// its attempts have left it. It is a director's act, and recorded.
func (s *Service) RetryDelivery(ctx context.Context, r Request, id mediation.ID, channel string) (Delivery, Receipt, error) {
	if err := s.permit(r, mediation.ActionNoticeRetry); err != nil {
		return Delivery{}, Receipt{}, err
	}
	told, err := s.store.FindNotice(ctx, id)
	if err != nil {
		return Delivery{}, Receipt{}, err
	}
	if err := told.Of.Permit(r.Actor, mediation.ActionNoticeRetry); err != nil {
		return Delivery{}, Receipt{}, err
	}
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		if err := tx.RetryDelivery(ctx, id, channel, s.moment()); err != nil {
			return Receipt{}, err
		}
		entry := s.audited(r, mediation.ActionNoticeRetry, mediation.AuditObject{Kind: "notice", ID: string(id)})
		entry.Fields = []string{channel}
		return Receipt{ID: string(id)}, tx.RecordAudit(ctx, entry)
	})
	if err != nil {
		return Delivery{}, Receipt{}, err
	}
	deliveries, err := s.store.Deliveries(ctx, id)
	if at := slices.IndexFunc(deliveries, func(d Delivery) bool { return d.Channel == channel }); err == nil && at >= 0 {
		return deliveries[at], receipt, nil
	}
	return Delivery{}, Receipt{}, errors.Join(err, mediation.UnknownDelivery())
}

// Notices are kept so long after they were read, deliveries so long after they were done with. What happened stands in the
// journal, which is never removed.
const (
	keepNotices = 180 * 24 * time.Hour
	forgetBatch = 500
)

// ForgetNotices removes old notices and deliveries, in batches, and says how many rows that were.
func (s *Service) ForgetNotices(ctx context.Context) (total int, err error) {
	for {
		n, err := s.store.ForgetNotices(ctx, s.moment().Add(-keepNotices), forgetBatch)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func (s *Service) moment() time.Time { return mediation.LegalTime(s.now()).Truncate(time.Microsecond) }
