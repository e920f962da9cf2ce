package node

import (
	"errors"
	"sync"
)

// addresses hands out loopback addresses in a circle, so that one is not used
// again soon after its pod has gone.
type addresses struct {
	mu     sync.Mutex
	count  int
	format func(int) string
	last   int
	taken  map[string]bool
}

func newAddresses(count int, format func(int) string) *addresses {
	return &addresses{count: count, format: format, taken: map[string]bool{}}
}

func (a *addresses) take() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for range a.count {
		a.last = a.last%a.count + 1
		if ip := a.format(a.last); !a.taken[ip] {
			a.taken[ip] = true
			return ip, nil
		}
	}
	return "", errors.New("no pod address is free: delete some pods")
}

func (a *addresses) give(ip string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.taken, ip)
}
