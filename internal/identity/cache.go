package identity

import (
	"crypto/sha256"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// cacheFor bounds how long a verified token is believed without looking again.
	cacheFor = 60 * time.Second
	// cacheSize bounds one generation; at most two generations are kept.
	cacheSize = 4096
)

// tokenCache remembers verified tokens by their SHA-256, in two generations: when the young one is full it becomes
// the old one and the old one is dropped. Bounded, without a timer or a list.
type tokenCache struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]cached
}

type cached struct {
	who   mediation.Principal
	until time.Time
}

func newTokenCache() *tokenCache {
	return &tokenCache{young: map[[sha256.Size]byte]cached{}}
}

func (c *tokenCache) find(token string, now time.Time) (mediation.Principal, bool) {
	key := sha256.Sum256([]byte(token))
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.young[key]
	if !ok {
		entry, ok = c.old[key]
	}
	if !ok || !now.Before(entry.until) {
		return mediation.Principal{}, false
	}
	return entry.who, true
}

// keep remembers the token until the earlier of its expiry and cacheFor from now.
func (c *tokenCache) keep(token string, who mediation.Principal, now, expiry time.Time) {
	until := now.Add(cacheFor)
	if expiry.Before(until) {
		until = expiry
	}
	if !now.Before(until) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= cacheSize {
		c.young, c.old = make(map[[sha256.Size]byte]cached, cacheSize), c.young
	}
	c.young[sha256.Sum256([]byte(token))] = cached{who: who, until: until}
}
