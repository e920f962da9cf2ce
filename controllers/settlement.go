package controllers

import (
	"fmt"
	"math"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// fullCheck is how often a township is gone through in PostgreSQL even though its county's sweep finds nothing: the sweep
// reads catalogs, not rows.
const fullCheck = time.Hour

// loginCheck is how often a township's login is tried while its instances do not answer: no catalog shows whether the
// password is still the one in the Secret.
const loginCheck = 15 * time.Second

// settlements remember which townships this process has brought up in PostgreSQL, so that a rollout's many events and
// the timers of thousands of townships cost no queries: drift is seen by one sweep per county. A new process remembers
// nothing and looks at everything once.
type settlements struct {
	mu    sync.Mutex
	known map[types.UID]settlement
}

// settlement is one township as it was brought up.
type settlement struct {
	from     string // what it was made from
	at       time.Time
	proved   time.Time // when its login was last tried
	dataKeys string
	shared   string // the county's key
	password string
	version  int32 // of its schema
}

func newSettlements() *settlements { return &settlements{known: map[types.UID]settlement{}} }

func (s *settlements) put(uid types.UID, made settlement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[uid] = made
}

func (s *settlements) find(uid types.UID) (settlement, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.known[uid]
	return found, ok
}

// prove notes that a login was tried now.
func (s *settlements) prove(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if made, ok := s.known[uid]; ok {
		made.proved = time.Now()
		s.known[uid] = made
	}
}

func (s *settlements) forget(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, uid)
}

// from is everything that a township in PostgreSQL is made from.
func (s *townScope) from() string {
	return fmt.Sprint(s.town.Generation, s.town.Annotations, s.county.UID, s.county.Generation, s.server.key, s.installed.id, s.installed.keys.Ring.ID())
}

// recall tells whether the township stands in PostgreSQL as declared, as far as this process knows: it was brought up
// from the same declarations, and no sweep since has found a difference.
func (o *Operator) recall(s *townScope) (settlement, bool) {
	made, ok := o.settlements.find(s.town.UID)
	if !ok || made.from != s.from() || time.Since(made.at) > fullCheck {
		return made, false
	}
	seen, at := o.observations.peek(s.county.Name)
	if at.Before(made.at) {
		return made, true
	}
	return made, o.asDeclared(s, seen.Tenants[s.town.Name], made)
}

func (o *Operator) asDeclared(s *townScope, seen tenantdb.TenantState, made settlement) bool {
	if seen.Claim != "held" || seen.ClaimUID != string(s.town.UID) || len(seen.Drift) > 0 || small(seen.SchemaVersion) != made.version {
		return false
	}
	if seen.DataKeys != seal.CountDataKeys(made.dataKeys) {
		return false // a new one, or none any more: the Secret must follow
	}
	open := false
	for _, slot := range seen.Slots {
		if slot.Name == s.input.Database.User {
			open = slot.Login && slot.ConnectionLimit == int(s.town.Connections())
		} else if slot.Login {
			return false
		}
	}
	return open == s.input.HasWorkload()
}

// from is everything that a county in PostgreSQL is made from.
func (s *countyScope) from() string {
	return fmt.Sprint(s.county.Generation, s.county.Annotations, s.server.key, s.installed.id, s.installed.keys.Ring.ID())
}

// recallCounty is recall for the county's own part.
func (o *Operator) recallCounty(s *countyScope) (settlement, bool) {
	made, ok := o.settlements.find(s.county.UID)
	if !ok || made.from != s.from() || time.Since(made.at) > fullCheck {
		return made, false
	}
	seen, at := o.observations.peek(s.county.Name)
	return made, at.Before(made.at) || (len(seen.Drift) == 0 && small(seen.SchemaVersion) == made.version)
}

// small is a count or a version for a status.
func small(n int) int32 {
	return int32(min(n, math.MaxInt32)) //nolint:gosec // bounded
}
