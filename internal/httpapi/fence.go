package httpapi

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// limitsTrust is how long a tenant's limits are believed before they are read again.
	limitsTrust = 30 * time.Second
	// callersKept is how many callers of a tenant are remembered; when there are more, those whose bucket is full are forgotten.
	callersKept = 1000
)

// fences holds the rates of all tenants that this instance serves. Each instance holds its own.
type fences struct {
	mu      sync.Mutex
	tenants map[string]*fence
}

// caller is whose requests are counted.
type caller struct{ issuer, subject string }

// fence is one tenant's: so many requests a minute for all, half of them for one caller. A bucket holds ten seconds' worth.
type fence struct {
	mu      sync.Mutex
	quota   int // a minute, 0: none
	checked time.Time
	all     *rate.Limiter
	callers map[caller]*rate.Limiter
}

func (f *fences) of(tenant string) *fence {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tenants == nil {
		f.tenants = map[string]*fence{}
	}
	found, ok := f.tenants[tenant]
	if !ok {
		found = &fence{}
		f.tenants[tenant] = found
	}
	return found
}

// admit counts the request against the rate of its tenant and of its caller: Exhausted "rate-limit", with the moment to come
// again. Counties have no quota. When the limits cannot be read, the last known hold.
func (a *API) admit(w http.ResponseWriter, r *http.Request, e *exchange) error {
	if e.tenant == nil {
		return nil
	}
	f := a.fences.of(e.tenant.Unit())
	f.refresh(r.Context(), e)
	quota, left, wait := f.take(caller{e.who.Issuer, e.who.Subject}, time.Now())
	if quota > 0 {
		w.Header().Set("RateLimit-Policy", `"tenant";q=`+strconv.Itoa(quota)+`;w=60`)
		w.Header().Set("RateLimit", `"tenant";r=`+strconv.Itoa(left)+`;t=`+strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	if wait == 0 {
		return nil
	}
	return mediation.Fail(mediation.Exhausted, "rate-limit",
		"Too many requests of this unit, or of you in it: wait as long as Retry-After says.", "该单位或者您本人的请求过于频繁，请按 Retry-After 等待后再试。").WithRetryAfter(wait)
}

// refresh reads the quota when it was not for a while; one request does it, the others go on.
func (f *fence) refresh(ctx context.Context, e *exchange) {
	f.mu.Lock()
	due := time.Since(f.checked) >= limitsTrust
	if due {
		f.checked = time.Now()
	}
	f.mu.Unlock()
	if !due {
		return
	}
	limits, err := e.tenant.Limits(ctx)
	if err != nil {
		return // the request itself meets the same outage and tells it
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if limits.Requests != f.quota {
		f.quota, f.all, f.callers = limits.Requests, bucket(limits.Requests), map[caller]*rate.Limiter{}
	}
}

// bucket passes so many a minute, and ten seconds' worth at once.
func bucket(perMinute int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(perMinute)/60), max(1, perMinute/6))
}

// take takes one request out of both buckets, or says how long until it could.
func (f *fence) take(who caller, now time.Time) (quota, left int, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.quota == 0 {
		return 0, 0, 0
	}
	own, known := f.callers[who]
	if !known {
		f.forget(now)
		own = bucket(max(1, f.quota/2))
		f.callers[who] = own
	}
	mine, all := own.ReserveN(now, 1), f.all.ReserveN(now, 1)
	if wait = max(mine.DelayFrom(now), all.DelayFrom(now)); wait > 0 {
		mine.CancelAt(now)
		all.CancelAt(now)
	}
	return f.quota, max(0, int(min(own.TokensAt(now), f.all.TokensAt(now)))), wait
}

// forget drops callers who have not asked for so long that their bucket is full again.
func (f *fence) forget(now time.Time) {
	if len(f.callers) < callersKept {
		return
	}
	for who, own := range f.callers {
		if own.TokensAt(now) >= float64(own.Burst()) {
			delete(f.callers, who)
		}
	}
}
