package command

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

func TestWorkerCommand_saysWhatIsMissing(t *testing.T) {
	clearEnvironment(t)
	key, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		args   []string
		says   string
	}{
		"no database":   {"nothing to follow", nil, "TIAOJIE_DIRECTORY_HOST"},
		"no key":        {"texts could not be read", []string{"--directory-host", "127.0.0.1", "--directory-user", "u"}, "TIAOJIE_KEY"},
		"no user":       {"nobody to log in as", []string{"--directory-host", "127.0.0.1", "--key", key}, "user"},
		"no round":      {"it would never rest", []string{"--directory-host", "127.0.0.1", "--round", "1ms"}, "TIAOJIE_ROUND"},
		"no counties":   {"it would never work", []string{"--directory-host", "127.0.0.1", "--counties", "0"}, "TIAOJIE_COUNTIES_AT_ONCE"},
		"odd log level": {"a typing error", []string{"--log-level", "loud"}, "TIAOJIE_LOG_LEVEL"},
		"odd listen": {"not an address", []string{"--directory-host", "127.0.0.1", "--directory-user", "u", "--key", key,
			"--operations-listen", "nowhere"}, "nowhere"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			code, _, text := tiaojie(t, append([]string{"worker"}, c.args...)...)
			if code != 1 || !strings.Contains(text, c.says) {
				t.Fatalf("%s: exit %d, must name %s: %s", c.reason, code, c.says, text)
			}
		})
	}
}

// logged is what a worker wrote; it may be read while the worker writes.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String is everything so far.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// running is a worker that was started as a process is.
type running struct {
	operations string
	log        *logged
	stop       context.CancelFunc
	ended      chan int
}

// startWorker runs a worker with a round of a second.
func startWorker(t *testing.T, directory postgres.Address, key string) *running {
	t.Helper()
	return startWorkerEvery(t, directory, key, "1s")
}

func startWorkerEvery(t *testing.T, directory postgres.Address, key, round string, more ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w := &running{operations: freeAddress(t), log: &logged{}, stop: stop, ended: make(chan int, 1)}
	t.Cleanup(stop)
	go func() {
		w.ended <- run(ctx, append([]string{"worker", "--directory-host", directory.Host, "--directory-port", strconv.Itoa(directory.Port),
			"--directory-name", directory.Database, "--directory-user", tenantdb.WorkerLogin, "--directory-password", pgtest.WorkerPassword,
			"--directory-sslmode", "disable", "--key", key, "--round", round, "--operations-listen", w.operations}, more...), IO{Out: io.Discard, Err: w.log})
	}()
	return w
}

func (w *running) url(path string) string { return "http://" + w.operations + path }

// figure waits until a figure of the worker has at least this value.
func (w *running) figure(t *testing.T, name string, atLeast float64) {
	t.Helper()
	var last string
	for range 400 {
		_, last, _ = tryGet(w.url("/metrics"), "")
		for line := range strings.Lines(last) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
				if number, err := strconv.ParseFloat(value, 64); err == nil && number >= atLeast {
					return
				}
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not reach %v in 20 s; the log is\n%s", name, atLeast, w.log)
}

// TestWorkerCommand_followsTheDirectory starts with no county, sees one come without a restart, and stops as a pod does.
func TestWorkerCommand_followsTheDirectory(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇")
	address := f.Address
	address.Database = pgtest.UnusedDatabase(t)
	directory, err := f.Server.EnsureDirectory(t.Context(), address.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	w := startWorker(t, address, f.KeyText)
	await(t, w.url("/livez"), http.StatusOK)
	await(t, w.url("/readyz"), http.StatusOK) // with no county at all
	if status, body := get(t, w.url("/elsewhere"), ""); status != http.StatusNotFound || !strings.Contains(body, "/metrics") {
		t.Errorf("an unknown path: %d %s", status, body)
	}
	f.List(directory)
	w.figure(t, `tiaojie_worker_tenants_total{result="done"}`, 2) // the desk and the town
	w.figure(t, `tiaojie_worker_county_last_done_seconds{county="`+f.Code+`"}`, 1)
	w.stop()
	if code := <-w.ended; code != 0 {
		t.Errorf("exit %d: %s", code, w.log)
	}
	if strings.Contains(w.log.String(), pgtest.WorkerPassword) {
		t.Error("the password is in the log")
	}
	if strings.Contains(w.log.String(), `"level":"ERROR"`) || strings.Contains(w.log.String(), `"level":"WARN"`) {
		t.Errorf("a quiet life leaves no warnings:\n%s", w.log)
	}
}
