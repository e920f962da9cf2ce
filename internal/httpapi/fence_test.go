package httpapi_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestAPI_rate: a caller who asks too often waits, and so does everybody when the unit asks too often; other units do not.
func TestAPI_rate(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "other", "reader")
	w.here.SetLimits(w.town, 0, 0, 120) // ten seconds' worth: 20 for the town, 10 for a caller
	fresh := w.serve(w.openDedicated(w.town))
	ask := func(as string) answer {
		return w.get(fresh, "/v1/tenants/"+w.town, as)
	}
	passed := 0
	var refused answer
	for range 14 {
		if got := ask("director"); got.status == http.StatusOK {
			passed++
		} else {
			refused = got
		}
	}
	if passed < 10 || passed > 12 {
		t.Errorf("%d of 14 requests passed a bucket of 10", passed)
	}
	refused.problem(t, http.StatusTooManyRequests, "rate-limit")
	if seconds, err := strconv.Atoi(refused.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 5 {
		t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
	}
	if refused.header.Get("RateLimit-Policy") != `"tenant";q=120;w=60` || !strings.HasPrefix(refused.header.Get("RateLimit"), `"tenant";r=`) {
		t.Errorf("%v", refused.header)
	}
	if got := ask("other"); got.status != http.StatusOK || got.header.Get("RateLimit") == "" {
		t.Errorf("one caller's haste holds up another: %d", got.status)
	}
	if got := w.get(fresh, "/v1/me", "director"); got.status != http.StatusOK {
		t.Errorf("what belongs to no unit has no quota of one: %d", got.status)
	}
}

// TestAPI_attachmentQuota: however many upload at once, a case never has more files and a unit never more bytes than it may.
func TestAPI_attachmentQuota(t *testing.T) {
	w := newWorld(t)
	for name, limit := range map[string]struct {
		storage int64
		files   int
		code    string
		most    int
	}{"storage": {25_000, 0, "quota-storage", 2}, "files": {0, 3, "quota-attachments", 3}} {
		t.Run(name, func(t *testing.T) {
			path, _ := w.file("配额")
			w.here.SetLimits(w.town, limit.storage, limit.files, 0)
			var (
				group sync.WaitGroup
				mu    sync.Mutex
				made  []string
			)
			for i := range 8 {
				server := w.shared
				if i%2 == 0 {
					server = w.dedicated
				}
				group.Go(func() {
					got, err := w.try(server, request{method: "POST", path: path + "/attachments", as: "director", body: pdf(10_000), header: named("a.pdf")})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						t.Error(err)
					case got.status == http.StatusCreated:
						made = append(made, fmt.Sprint(got.json(t)["id"]))
					case got.code() != limit.code && got.code() != "busy":
						t.Errorf("%d %s", got.status, got.body)
					}
				})
			}
			group.Wait()
			if len(made) != limit.most {
				t.Errorf("%d uploads passed, %d fit", len(made), limit.most)
			}
			for _, id := range made {
				w.send(w.shared, request{method: "POST", path: path + "/attachments/" + id + "/withdraw", as: "director", body: words{"reason": "腾出"},
					header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
			}
			if left := w.blobs(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			w.attachTo(w.shared, path, "a.pdf", pdf(10_000)).want(t, http.StatusCreated)
			w.here.SetLimits(w.town, 0, 0, 0)
			for _, a := range w.get(w.shared, path+"/attachments", "director").json(t)["items"].([]any)[:1] {
				w.send(w.shared, request{method: "POST", path: path + "/attachments/" + fmt.Sprint(a.(map[string]any)["id"]) + "/withdraw", as: "director",
					body: words{"reason": "腾出"}, header: map[string]string{"If-Match": "*"}}).want(t, http.StatusOK)
			}
		})
	}
}

// TestAPI_preflight: no page of another origin is let in.
func TestAPI_preflight(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"OPTIONS", "GET"} {
		got := w.send(w.shared, request{method: method, path: w.cases(), as: "director", header: map[string]string{
			"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}})
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s answers with %s", method, name)
			}
		}
		if method == "OPTIONS" && got.status != http.StatusMethodNotAllowed {
			t.Errorf("a preflight is answered with %d", got.status)
		}
	}
}
