package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

func TestWorkerCommand_channelsSayWhatIsWrong(t *testing.T) {
	clearEnvironment(t)
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no secret":      {[]string{"--webhook-url", "https://x.example"}, "TIAOJIE_WEBHOOK_SECRET"},
		"no address":     {[]string{"--webhook-secret", secret}, "TIAOJIE_WEBHOOK_URL"},
		"odd address":    {[]string{"--webhook-url", "x.example", "--webhook-secret", secret}, "TIAOJIE_WEBHOOK_URL"},
		"short secret":   {[]string{"--webhook-url", "https://x.example", "--webhook-secret", "whsec_c2hvcnQ="}, "TIAOJIE_WEBHOOK_SECRET"},
		"sms without":    {[]string{"--sms-token", "t"}, "TIAOJIE_SMS_URL"},
		"sms unsigned":   {[]string{"--sms-url", "https://x.example", "--sms-templates", "red-alert=1"}, "token or a secret"},
		"no template":    {[]string{"--sms-url", "https://x.example", "--sms-token", "t"}, "template"},
		"wrong template": {[]string{"--sms-url", "https://x.example", "--sms-token", "t", "--sms-templates", "rumour=1"}, "TIAOJIE_SMS_TEMPLATES"},
	} {
		t.Run(name, func(t *testing.T) {
			key := strings.Repeat("A", 43) + "="
			code, _, text := tiaojie(t, append([]string{"worker", "--directory-host", "127.0.0.1", "--directory-user", "u", "--key", key}, c.args...)...)
			if code != 1 || !strings.Contains(text, c.says) || strings.Contains(text, secret) {
				t.Errorf("exit %d, must name %s: %s", code, c.says, text)
			}
		})
	}
}

// hook is a webhook's receiver that notes when each notice came.
type hook struct {
	mu    sync.Mutex
	came  map[string][]time.Time
	kinds map[string]string
	down  atomic.Bool
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	text, _ := io.ReadAll(r.Body)
	var body struct{ Type string }
	_ = json.Unmarshal(text, &body)
	h.mu.Lock()
	defer h.mu.Unlock()
	id := r.Header.Get("Webhook-Id")
	h.came[id], h.kinds[id] = append(h.came[id], time.Now()), body.Type
}

func (h *hook) arrived() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.came)
}

// tell writes so many urgent notices into the town, each in a transaction of its own, and gives the moment of the last.
func tell(t *testing.T, f *pgtest.Fixture, town string, n int) time.Time {
	t.Helper()
	store := f.Store(town)
	service := casework.New(store, time.Now)
	actor := mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: "clerk"}, Unit: town, Roles: []mediation.Role{"director"}}
	c, _, err := service.FileCase(t.Context(), casework.Request{Actor: actor}, mediation.Filing{
		Type: "02", Source: mediation.SourceApplication, Title: "院墙", Facts: "越界", Claims: "拆除", Parties: []mediation.Party{
			{Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"}, {Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李四"},
		}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		notice := mediation.Notice{Kind: "red-alert", Urgency: "urgent", Case: c.ID, Number: c.Registration, ZH: "红色", EN: "Red", At: time.Now(),
			To: mediation.Recipient{Issuer: "https://id.example", Subject: fmt.Sprint("director-", i, uuid.NewString())}}
		_, err := store.Write(t.Context(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
			return casework.Receipt{}, tx.Notify(ctx, notice)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return time.Now()
}

// Two workers as processes: urgent notices leave within a second or two, long before the next round, each once; what a
// receiver missed while it was away arrives when it is back.
func TestWorkerCommand_delivers(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇", "石庙镇")
	address := f.Directory()
	receiver := &hook{came: map[string][]time.Time{}, kinds: map[string]string{}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	t.Setenv("TIAOJIE_WEBHOOK_URL", server.URL)
	t.Setenv("TIAOJIE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	one, two := startWorkerEvery(t, address, f.KeyText, "10m"), startWorkerEvery(t, address, f.KeyText, "10m")
	await(t, one.url("/readyz"), http.StatusOK)
	await(t, two.url("/readyz"), http.StatusOK)
	time.Sleep(2 * time.Second) // both listen by now
	arrive := func(n int, within time.Duration) {
		t.Helper()
		for deadline := time.Now().Add(within); receiver.arrived() < n; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d arrived within %v\n%s\n%s", receiver.arrived(), n, within, one.log, two.log)
			}
		}
	}
	told := tell(t, f, f.Towns[1], 5)
	arrive(5, 10*time.Second)
	t.Logf("the last of 5 urgent notices had left %v after its commit", time.Since(told).Round(time.Millisecond))
	tell(t, f, f.Towns[2], 20)
	arrive(25, 10*time.Second)
	receiver.down.Store(true)
	tell(t, f, f.Towns[1], 10)
	time.Sleep(time.Second)
	if receiver.arrived() != 25 {
		t.Errorf("%d arrived at a receiver that was away", receiver.arrived())
	}
	receiver.down.Store(false)
	arrive(35, 30*time.Second)
	for _, w := range []*running{one, two} {
		w.stop()
		if code := <-w.ended; code != 0 {
			t.Errorf("exit %d: %s", code, w.log)
		}
	}
	for id, times := range receiver.came {
		if len(times) != 1 || receiver.kinds[id] != "notice.red-alert" {
			t.Errorf("%s came %d times as %s", id, len(times), receiver.kinds[id])
		}
	}
}

// A line gives each waiting tenant to one worker, and does not forget one that is added while it is worked on.
func TestLine(t *testing.T) {
	l := newLine()
	ctx, stop := context.WithCancel(t.Context())
	var (
		seen    sync.Map
		total   atomic.Int32
		workers sync.WaitGroup
	)
	for range 3 {
		workers.Go(func() {
			l.each(ctx, func(_ context.Context, tenant string) {
				if n, again := seen.LoadOrStore(tenant, 1); !again && n == 1 {
					l.add(tenant) // while it is worked on
				}
				total.Add(1)
			})
		})
	}
	for i := range 100 {
		l.add(fmt.Sprint(i))
	}
	for deadline := time.Now().Add(5 * time.Second); total.Load() < 200 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	stop()
	workers.Wait()
	if total.Load() != 200 {
		t.Errorf("%d looks, want 200", total.Load())
	}
}
