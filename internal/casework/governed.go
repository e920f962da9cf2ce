package casework

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferenceTrust is how long what is in force is believed before the database is asked again: a published document is
// seen everywhere within it.
const ReferenceTrust = 5 * time.Second

// References is what one unit goes by, read from its store and kept for a moment. It is safe for concurrent use, and
// outlives the service that asks it.
type References struct {
	mu      sync.Mutex
	trust   time.Duration
	checked time.Time // when the stamp was last found right, by the machine's clock
	loaded  bool
	stamp   string
	all     []mediation.Reference
	current *InForce
	fixed   bool // the caller chose the deadlines: the store is not asked
}

// NewReferences knows nothing yet.
func NewReferences() *References { return &References{trust: ReferenceTrust} }

// refresh asks the store when the last answer is older than is trusted. While the database is away what was known goes on
// counting; without any it is the store's refusal.
func (r *References) refresh(ctx context.Context, store ReferenceStore) error {
	r.mu.Lock()
	fresh, stamp := r.fixed || r.loaded && time.Since(r.checked) < r.trust, r.stamp
	if !fresh && r.loaded {
		r.checked = time.Now() // one asks, the others go on with what is known
	}
	r.mu.Unlock()
	if fresh {
		return nil
	}
	all, stamp, changed, err := store.References(ctx, stamp)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && !r.loaded:
		return err
	case err != nil:
		slog.WarnContext(ctx, "reference: not read, what was in force goes on", "error", err)
		r.checked = time.Time{}
		return nil
	case changed || !r.loaded:
		r.all, r.stamp, r.current = all, stamp, nil
	}
	r.loaded, r.checked = true, time.Now()
	return nil
}

// forget has the store asked again at the next occasion.
func (r *References) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checked = time.Time{}
}

// on is what is in force for a unit on a day.
func (r *References) on(unit, day string) (*InForce, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.loaded && !r.fixed {
		return nil, mediation.Fail(mediation.Unavailable, "reference",
			"What is in force here has not been read yet: try again in a few seconds.", "参考数据尚未读取，请稍后重试。").WithRetryAfter(time.Second)
	}
	if r.current == nil || r.current.Day != day || r.current.Unit != unit {
		current := NewInForce(unit, day, r.all)
		current.report(r.current)
		if r.fixed {
			current.Rules, current.Calendar = r.current.Rules, r.current.Calendar
		}
		r.current = current
	}
	return r.current, nil
}

// report logs once what cannot be read.
func (f *InForce) report(before *InForce) {
	if before != nil && before.Unit == f.Unit && before.Day == f.Day {
		return
	}
	for _, k := range f.Kinds {
		for _, fault := range k.Faults {
			slog.Warn("reference: a document is left out, the one before it goes on counting", //nolint:sloglint // no request asks for it
				"unit", f.Unit, "kind", k.Kind, "document", fault.Reference.String(), "error", fault.Err)
		}
	}
}

// fix has clocks run by these rules and this calendar whatever the store says.
func (r *References) fix(rules *deadline.Rules, calendar *deadline.Calendar) {
	r.fixed = true
	r.current = &InForce{Rules: rules, Calendar: calendar}
}

// governed is a store whose writes know what is in force before they begin: a transaction must not wait for a second
// connection.
type governed struct {
	Store
	references *References
}

// Write brings what is in force up to date, then runs fn.
func (g governed) Write(ctx context.Context, key *Key, fn func(ctx context.Context, tx Tx) (Receipt, error)) (Receipt, error) {
	if err := g.references.refresh(ctx, g.Store); err != nil {
		return Receipt{}, err
	}
	return g.Store.Write(ctx, key, fn)
}

// InForce is what the tenant goes by today, at most ReferenceTrust old.
func (s *Service) InForce(ctx context.Context) (*InForce, error) {
	if err := s.references.refresh(ctx, s.store); err != nil {
		return nil, err
	}
	return s.inForce()
}

// inForce is what was in force when the use case began to read or write.
func (s *Service) inForce() (*InForce, error) {
	return s.references.on(s.store.Unit(), mediation.LegalDay(s.now()))
}
