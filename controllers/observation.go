package controllers

import (
	"context"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// observations remembers what each county's catalogs said last, so that a sweep over a county's townships costs one set
// of queries and not one for each.
type observations struct {
	mu     sync.Mutex
	states map[string]*observation
}

type observation struct {
	mu    sync.Mutex
	at    time.Time
	state tenantdb.CountyState
}

func newObservations() *observations { return &observations{states: map[string]*observation{}} }

// get gives the county's state, at most maxAge old; it reads it again when it is older.
func (o *observations) get(ctx context.Context, code string, db *tenantdb.County, maxAge time.Duration) (tenantdb.CountyState, error) {
	o.mu.Lock()
	entry := o.states[code]
	if entry == nil {
		entry = &observation{}
		o.states[code] = entry
	}
	o.mu.Unlock()
	entry.mu.Lock()
	defer entry.mu.Unlock()
	if !entry.at.IsZero() && time.Since(entry.at) < maxAge {
		return entry.state, nil
	}
	asked := time.Now() // what is changed while the answer is on its way is newer than the answer
	state, err := db.Observe(ctx)
	if err != nil {
		return tenantdb.CountyState{}, err
	}
	entry.state, entry.at = state, asked
	return state, nil
}

// peek gives what was read last and when, without reading.
func (o *observations) peek(code string) (tenantdb.CountyState, time.Time) {
	o.mu.Lock()
	entry := o.states[code]
	o.mu.Unlock()
	if entry == nil {
		return tenantdb.CountyState{}, time.Time{}
	}
	entry.mu.Lock()
	defer entry.mu.Unlock()
	return entry.state, entry.at
}

// forget drops what is remembered of a county.
func (o *observations) forget(code string) {
	o.mu.Lock()
	delete(o.states, code)
	o.mu.Unlock()
}
