package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// workers file cases through some instances and read them, and the last ones, through all, until they are stopped.
type workers struct {
	t      *testing.T
	code   string
	stop   chan struct{}
	group  sync.WaitGroup
	all    []func() (*casework.Service, error)
	mu     sync.Mutex
	filed  []mediation.ID
	reads  atomic.Int64
	faults atomic.Int64
}

func (w *workers) fault(what string, err error) {
	if w.faults.Add(1) < 10 {
		w.t.Errorf("%s: %v", what, err)
	}
}

func (w *workers) instances() []func() (*casework.Service, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all
}

// join lets an instance work with the others from now on.
func (w *workers) join(open installation) {
	ask := func() (*casework.Service, error) { return open.Tenant(w.t.Context(), w.code) }
	w.mu.Lock()
	w.all = append(w.all, ask)
	w.mu.Unlock()
	w.group.Go(func() {
		for {
			select {
			case <-w.stop:
				return
			default:
				w.once(ask)
			}
		}
	})
}

func (w *workers) once(ask func() (*casework.Service, error)) {
	service, err := ask()
	if err != nil {
		w.fault("open", err)
		return
	}
	c, _, err := service.FileCase(w.t.Context(), request(w.code), filing())
	if err != nil {
		w.fault("file", err)
		return
	}
	w.mu.Lock()
	w.filed = append(w.filed, c.ID)
	w.mu.Unlock()
	w.readEverywhere(c.ID)
}

func (w *workers) readEverywhere(id mediation.ID) {
	for _, other := range w.instances() {
		reader, err := other()
		if err != nil {
			w.fault("open", err)
			continue
		}
		read, err := reader.Case(w.t.Context(), request(w.code), id)
		if err != nil || read.Title != filing().Title {
			w.fault(fmt.Sprintf("read %q", read.Title), err)
		}
		w.reads.Add(1)
	}
}

// Instances of both kinds, those that were there before and those that start meanwhile, file cases and read each other's through
// a whole rotation: new key-encryption key, then new data keys, then the old key-encryption key is forgotten. No request fails,
// and what was written before is read after.
func TestRotation_withoutDowntime(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	code, directory := f.Towns[1], f.Directory()
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	ring := func(current, previous string) *seal.Keyring {
		made, err := seal.ParseKeyring(current, previous, "")
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	shared := func(keys *seal.Keyring) installation {
		s, err := postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: directory, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		if err := eventually(t, func() error { return s.Ready(t.Context()) }); err != nil {
			t.Fatal(err)
		}
		return s
	}
	w := &workers{t: t, code: code, stop: make(chan struct{})}
	before := shared(ring(f.KeyText, ""))
	service, err := before.Tenant(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	oldest, _, err := service.FileCase(t.Context(), request(code), filing())
	if err != nil {
		t.Fatal(err)
	}
	both := ring(text, f.KeyText)
	w.join(shared(both))
	w.join(f.Dedicated(code, nil))
	rotate := func(olderThan time.Duration) {
		err := f.County.Rotate(t.Context(), tenantdb.Keys{Ring: both}, olderThan, func(done tenantdb.Rotation, err error) {
			if err != nil {
				t.Errorf("%s: %v", done.Unit, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	rotate(-1)
	w.join(shared(both))
	time.Sleep(300 * time.Millisecond)
	rotate(0)
	w.join(shared(both)) // seals with the new data key at once; the others meet it and learn
	time.Sleep(500 * time.Millisecond)
	bound, err := f.Server.EnsureDirectory(t.Context(), directory.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bound.Close)
	if err := bound.RebindKey(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	f.Keys.Ring = ring(text, "")
	f.AddDataKey(code)
	after := shared(f.Keys.Ring)
	w.join(after)
	w.join(f.Dedicated(code, nil))
	time.Sleep(500 * time.Millisecond)
	close(w.stop)
	w.group.Wait()
	w.readEverywhere(oldest.ID)
	if w.faults.Load() > 0 || len(w.filed) < 20 {
		t.Errorf("%d faults in %d cases and %d reads", w.faults.Load(), len(w.filed), w.reads.Load())
	}
	t.Logf("%d cases, %d reads, %d faults", len(w.filed), w.reads.Load(), w.faults.Load())
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(t.Context()) }()
	var versions int
	if err := conn.QueryRow(t.Context(), `SELECT count(DISTINCT substr(title, 3, 4)) FROM t`+code+`.cases`).Scan(&versions); err != nil || versions != 2 {
		t.Errorf("cases are sealed with %d data keys, want both: %v", versions, err)
	}
	if err := eventually(t, func() error {
		if before.Ready(t.Context()) == nil {
			return errors.New("an instance of the old key alone is ready although the installation is bound to the new one")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// An instance that has the old key alone goes on with what it has open, and is unready once the installation is bound to the
// new key.
func TestRotation_instanceLeftBehind(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	code := f.Towns[1]
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	both, err := seal.ParseKeyring(text, f.KeyText, "")
	if err != nil {
		t.Fatal(err)
	}
	s := f.Shared(nil)
	service, err := eventuallyOpen(t, s, code)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.County.Rotate(t.Context(), tenantdb.Keys{Ring: both}, -1, func(tenantdb.Rotation, error) {}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := service.FileCase(t.Context(), request(code), filing()); err != nil {
		t.Errorf("what was open closed: %v", err)
	}
	if _, err := s.Tenant(t.Context(), f.Towns[0]); mediation.CodeOf(err) != "data-key" {
		t.Errorf("a tenant that was not open yet: %v", err)
	}
}

func eventuallyOpen(t *testing.T, open installation, code string) (service *casework.Service, err error) {
	t.Helper()
	err = eventually(t, func() error {
		service, err = open.Tenant(t.Context(), code)
		return err
	})
	return service, err
}

// TestPlaces_aMovedBoxDoesNotOpen moves every sealed value that a life of a case and its neighbours leave to another row, to
// another column and to another tenant: none opens there, and nothing but its own place opens it.
func TestPlaces_aMovedBoxDoesNotOpen(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	one, two := f.Towns[1], f.Towns[2]
	s := f.Shared(nil)
	file := func(code string) mediation.Case {
		service, err := eventuallyOpen(t, s, code)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := service.FileCase(t.Context(), request(code), filing())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	mine, other, theirs := file(one), file(one), file(two)
	service, _ := s.Tenant(t.Context(), one)
	for name, move := range map[string]string{
		"another row":    fmt.Sprintf(`UPDATE t%s.cases SET facts = (SELECT facts FROM t%s.cases WHERE id = '%s') WHERE id = '%s'`, one, one, other.ID, mine.ID),
		"another column": fmt.Sprintf(`UPDATE t%s.cases SET facts = claims WHERE id = '%s'`, one, mine.ID),
		"another tenant": fmt.Sprintf(`UPDATE t%s.cases SET facts = (SELECT facts FROM t%s.cases WHERE id = '%s') WHERE id = '%s'`, one, two, theirs.ID, mine.ID),
		"a party of another case": fmt.Sprintf(`UPDATE t%s.party SET details = (SELECT details FROM t%s.party WHERE case_id = '%s' LIMIT 1) WHERE case_id = '%s'`,
			one, one, other.ID, mine.ID),
	} {
		pgtest.Exec(t, f.AsSuperuser(), `CREATE TABLE t`+one+`.kept AS SELECT id, facts FROM t`+one+`.cases;
			CREATE TABLE t`+one+`.kept_party AS SELECT id, details FROM t`+one+`.party; `+move)
		if _, err := service.Case(t.Context(), request(one), mine.ID); err == nil {
			t.Errorf("moved to %s: it opens", name)
		}
		pgtest.Exec(t, f.AsSuperuser(), `UPDATE t`+one+`.cases c SET facts = k.facts FROM t`+one+`.kept k WHERE k.id = c.id;
			UPDATE t`+one+`.party p SET details = k.details FROM t`+one+`.kept_party k WHERE k.id = p.id;
			DROP TABLE t`+one+`.kept, t`+one+`.kept_party`)
		if _, err := service.Case(t.Context(), request(one), mine.ID); err != nil {
			t.Errorf("moved back from %s: %v", name, err)
		}
	}
}
