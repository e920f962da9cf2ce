package identity

import (
	"strconv"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestTokenCache_isBoundedAndKeepsTheYoung(t *testing.T) {
	c, now := newTokenCache(), time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	const many = 3*cacheSize + 10
	for i := range many {
		c.keep(strconv.Itoa(i), mediation.Principal{Subject: strconv.Itoa(i)}, now, now.Add(time.Hour))
		if len(c.young)+len(c.old) > 2*cacheSize {
			t.Fatalf("%d tokens are kept after %d", len(c.young)+len(c.old), i)
		}
	}
	if who, ok := c.find(strconv.Itoa(many-1), now); !ok || who.Subject != strconv.Itoa(many-1) {
		t.Fatal("the youngest token is forgotten")
	}
	if _, ok := c.find("0", now); ok {
		t.Fatal("the oldest token is kept")
	}
}

func TestTokenCache_believesForAMinuteAtMost(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		reason   string
		lifetime time.Duration
		after    time.Duration
		found    bool
	}{
		"fresh":             {"the point of it", time.Hour, time.Second, true},
		"a minute later":    {"a withdrawn key must come to light", time.Hour, time.Minute, false},
		"expired meanwhile": {"never longer than the token", 10 * time.Second, 10 * time.Second, false},
		"within the skew":   {"an expired token is checked each time", -time.Second, 0, false},
	}
	for name, c := range cases {
		cache := newTokenCache()
		cache.keep("token", mediation.Principal{Subject: "s"}, now, now.Add(c.lifetime))
		if _, found := cache.find("token", now.Add(c.after)); found != c.found {
			t.Errorf("%s: %s: found %v", name, c.reason, found)
		}
	}
}
