package controllers

import (
	"context"
	"slices"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// servers holds one open pool per PostgresServer. Only the PostgresServer's own reconcile opens and replaces it, since
// it alone reads the admin's Secret; everyone else uses what is open.
type servers struct {
	mu      sync.Mutex
	entries map[string]*server
	metrics *instruments
	broken  func(name string) // told when a server stops answering
}

// server is an open PostgresServer with a breaker: after a failure to connect it is left alone for a while, so that one
// dead server does not occupy every worker.
type server struct {
	name    string
	key     string // uid, generation and the Secret's resourceVersion that it was opened with
	db      *tenantdb.Server
	slots   chan struct{}
	metrics *instruments
	broken  func(name string)

	mu       sync.Mutex
	counties map[string]*tenantdb.County
	failures int
	until    time.Time
	problem  error
}

func newServers(metrics *instruments, broken func(string)) *servers {
	return &servers{entries: map[string]*server{}, metrics: metrics, broken: broken}
}

// put replaces what is open under a name; the old pools close when their last query ends.
func (s *servers) put(name, key string, db *tenantdb.Server) *server {
	entry := &server{name: name, key: key, db: db, slots: make(chan struct{}, ddlSlots), metrics: s.metrics,
		broken: s.broken, counties: map[string]*tenantdb.County{}}
	s.mu.Lock()
	old := s.entries[name]
	s.entries[name] = entry
	s.mu.Unlock()
	if old != nil {
		go old.close()
	}
	return entry
}

// find gives what is open under a name with this key; nil when there is none.
func (s *servers) find(name, key string) *server {
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry := s.entries[name]; entry != nil && entry.key == key {
		return entry
	}
	return nil
}

// use gives what is open under a name, or says why it cannot be used now.
func (s *servers) use(name string) (*server, error) {
	s.mu.Lock()
	entry := s.entries[name]
	s.mu.Unlock()
	if entry == nil {
		return nil, untold(time.Second, v1alpha1.ReasonServerNotReady,
			"PostgresServer %s is not connected yet; see kubectl describe postgresserver %s", name, name)
	}
	return entry, entry.blocked()
}

// drop forgets a server that is gone.
func (s *servers) drop(name string) {
	s.mu.Lock()
	entry := s.entries[name]
	delete(s.entries, name)
	s.mu.Unlock()
	if entry != nil {
		go entry.close()
	}
}

func (s *servers) closeAll() {
	s.mu.Lock()
	entries := s.entries
	s.entries = map[string]*server{}
	s.mu.Unlock()
	for _, entry := range entries {
		entry.close()
	}
}

func (e *server) close() {
	e.mu.Lock()
	counties := e.counties
	e.counties = map[string]*tenantdb.County{}
	e.mu.Unlock()
	for _, county := range counties {
		county.Close()
	}
	e.db.Close()
}

// blocked says why the server is left alone now. When the pause is over, one caller passes to try it.
func (e *server) blocked() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.problem == nil {
		return nil
	}
	rest := time.Until(e.until)
	if rest > 0 {
		out := outcomeOf(e.problem)
		return &outcome{reason: out.reason, message: out.message, after: rest + 100*time.Millisecond, cause: e.problem}
	}
	e.until = time.Now().Add(e.pause())
	return nil
}

// pause grows from one second to thirty.
func (e *server) pause() time.Duration {
	return min(time.Second<<min(e.failures, 5), 30*time.Second)
}

// note takes the result of a use: a failure to connect opens the breaker, anything else closes it.
func (e *server) note(err error) error {
	problem, isProblem := tenantdb.AsProblem(err)
	connecting := isProblem && slices.Contains([]string{tenantdb.ReasonUnreachable, tenantdb.ReasonUnknownHost,
		tenantdb.ReasonWrongPassword, tenantdb.ReasonUntrustedCertificate, tenantdb.ReasonNoEncryption,
		tenantdb.ReasonAccessDenied, tenantdb.ReasonTooManyConnections}, problem.Reason)
	if err != nil && !connecting {
		return err
	}
	e.mu.Lock()
	opened := connecting && e.problem == nil
	if connecting {
		e.failures++
		e.problem = err
		e.until = time.Now().Add(e.pause())
	} else {
		e.failures, e.problem = 0, nil
	}
	e.mu.Unlock()
	e.metrics.breaker.WithLabelValues(e.name).Set(map[bool]float64{true: 1}[connecting])
	if opened {
		e.broken(e.name)
	}
	return err
}

// county gives the open pool of a county's database.
func (e *server) county(ctx context.Context, code string) (*tenantdb.County, error) {
	e.mu.Lock()
	open := e.counties[code]
	e.mu.Unlock()
	if open != nil {
		return open, nil
	}
	made, err := e.db.County(ctx, code)
	if e.note(err) != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if other := e.counties[code]; other != nil {
		go made.Close()
		return other, nil
	}
	e.counties[code] = made
	return made, nil
}

// forget closes the pool of a county's database, before it is dropped.
func (e *server) forget(code string) {
	e.mu.Lock()
	open := e.counties[code]
	delete(e.counties, code)
	e.mu.Unlock()
	if open != nil {
		open.Close()
	}
}

// slot waits for one of the server's provisioning slots.
func (e *server) slot(ctx context.Context) (release func(), err error) {
	select {
	case e.slots <- struct{}{}:
		e.metrics.ddl.WithLabelValues(e.name).Inc()
		return func() { <-e.slots; e.metrics.ddl.WithLabelValues(e.name).Dec() }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
