package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// recorded is a tenant with a record, and what seals and checks it.
type recorded struct {
	*town
	shared  *postgres.Shared
	sealing postgres.Sealing
	now     time.Time
}

func newRecorded(t testing.TB, hash seal.TreeHash) *recorded {
	t.Helper()
	tw := newTown(t)
	r := &recorded{town: tw, shared: tw.county.Shared(nil), now: time.Now().UTC().Truncate(time.Microsecond)}
	r.sealing = postgres.Sealing{Key: signingKey(t), Hash: hash, Clock: func() time.Time { return r.now }}
	return r
}

func signingKey(t testing.TB) seal.SigningKey {
	t.Helper()
	text, err := seal.NewSigningKeyText()
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseSigningKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// look records a look at something.
func (r *recorded) look() {
	r.t.Helper()
	entry := mediation.AuditEntry{ID: newID(), At: r.now, Actor: director, Action: mediation.ActionCaseRead, Outcome: mediation.AuditDone,
		Object: mediation.AuditObject{Kind: "case", ID: "x"}, Reason: "联系当事人"}
	entry.Actor.Unit = r.Unit()
	if err := r.RecordAudit(context.Background(), entry); err != nil {
		r.t.Fatal(err)
	}
}

// file stores a case with its journal's first entry.
func (r *recorded) file(serial int) {
	r.t.Helper()
	c := r.made(serial)
	entry := mediation.Entry{ID: newID(), Case: c.ID, At: r.now, Actor: director, Verb: mediation.VerbFile, To: c.State, Version: 1}
	entry.Actor.Unit = r.Unit()
	err := r.write(func(ctx context.Context, tx casework.Tx) error {
		if err := tx.CreateCase(ctx, c); err != nil {
			return err
		}
		return tx.Record(ctx, entry)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// seal waits until every transaction of the server that began before now has ended, then seals.
func (r *recorded) seal() int {
	r.t.Helper()
	conn := pgtest.Connect(r.t, r.county.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	var now string
	if err := conn.QueryRow(context.Background(), `SELECT pg_snapshot_xmax(pg_current_snapshot())::text`).Scan(&now); err != nil {
		r.t.Fatal(err)
	}
	for ended := false; !ended; time.Sleep(time.Millisecond) {
		if err := conn.QueryRow(context.Background(), `SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8`, now).Scan(&ended); err != nil {
			r.t.Fatal(err)
		}
	}
	sealed, err := r.shared.Seal(context.Background(), r.sealing, r.Unit())
	if err != nil {
		r.t.Fatal(err)
	}
	return sealed
}

func (r *recorded) open(unit string) *postgres.Record {
	r.t.Helper()
	record, closePool, err := postgres.OpenRecord(r.county.As(tenantdb.WorkerLogin, pgtest.WorkerPassword), unit)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(closePool)
	return record
}

func (r *recorded) verify(outside ...postgres.Outside) postgres.Verification {
	r.t.Helper()
	found, err := r.open(r.Unit()).Verify(context.Background(), []seal.PublicKey{r.sealing.Key.Public()}, outside)
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

func (r *recorded) super(sql string) {
	r.t.Helper()
	pgtest.Exec(r.t, r.county.AsSuperuser(), `SET search_path = t`+r.Unit()+`, county; SET session_replication_role = replica; `+sql)
}

// Every entry of every journal is sealed once, in batches however small, and a record that nobody touched is whole.
func TestSeal_wholeRecord(t *testing.T) {
	t.Parallel()
	for _, hash := range []seal.TreeHash{seal.SHA256, seal.SM3} {
		t.Run(string(hash), func(t *testing.T) {
			r := newRecorded(t, hash)
			r.sealing.Batch = 3
			if n := r.seal(); n != 0 {
				t.Errorf("an empty record sealed %d entries", n)
			}
			for i := range 5 {
				r.file(i + 1)
				r.look()
			}
			if n := r.seal(); n != 10 {
				t.Errorf("sealed %d entries, want 10", n)
			}
			if n := r.seal(); n != 0 {
				t.Errorf("sealed %d entries twice", n)
			}
			r.look()
			found := r.verify()
			if len(found.Faults) != 0 || found.Size != 10 || found.Unsealed != 1 || found.Last.Hash != hash || found.Checkpoints != 4 {
				t.Errorf("%+v", found)
			}
		})
	}
}

// A checkpoint an hour later says that nothing was added.
func TestSeal_heartbeat(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	r.look()
	r.seal()
	r.now = r.now.Add(59 * time.Minute)
	r.seal()
	if found := r.verify(); found.Checkpoints != 1 {
		t.Errorf("%d checkpoints within the hour", found.Checkpoints)
	}
	r.now = r.now.Add(2 * time.Minute)
	r.seal()
	if found := r.verify(); found.Checkpoints != 2 || len(found.Faults) != 0 || found.Size != 1 {
		t.Errorf("%+v", found)
	}
}

// An entry whose transaction began earlier and ends later is sealed when it ends, and nothing overtakes it.
func TestSeal_waitsForWhoStillRuns(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	conn := pgtest.Connect(t, r.county.AsSlot(r.Unit()))
	defer func() { _ = conn.Close(context.Background()) }()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT pg_current_xact_id()`); err != nil {
		t.Fatal(err)
	}
	r.look()
	if n, err := r.shared.Seal(t.Context(), r.sealing, r.Unit()); n != 0 || err != nil {
		t.Errorf("%d entries overtook a transaction that still runs: %v", n, err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.seal(); n != 1 {
		t.Errorf("sealed %d entries, want 1", n)
	}
}

// Workers at the same record at once never fork it, while writers go on.
func TestSeal_manyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	r.sealing.Batch = 7
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := r.shared.Seal(context.Background(), r.sealing, r.Unit()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 40 {
				r.look()
			}
		})
	}
	writers.Wait()
	close(stop)
	group.Wait()
	r.seal()
	if found := r.verify(); found.Size != 160 || len(found.Faults) != 0 {
		t.Errorf("%+v", found)
	}
}

// A worker that is lost in the middle of a batch leaves the record as it was before the batch.
func TestSeal_killedInTheMiddle(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	for range 20 {
		r.look()
	}
	r.sealing.Batch = 2
	cut := 0
	for step := range 12 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(step+1)*time.Millisecond)
		if _, err := r.shared.Seal(ctx, r.sealing, r.Unit()); err != nil {
			cut++
		}
		cancel()
		if found := r.verify(); len(found.Faults) != 0 {
			t.Fatalf("after a cut at %d ms: %+v", step+1, found.Faults)
		}
	}
	if cut == 0 {
		t.Error("no batch was cut: the test proves nothing")
	}
	r.seal()
	if found := r.verify(); found.Size != 20 || len(found.Faults) != 0 {
		t.Errorf("%+v", found)
	}
}

// What somebody did to the end of a record is not signed over.
func TestSeal_refusesABrokenEnd(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	r.look()
	r.look()
	r.look()
	r.seal()
	r.look()
	r.keep()
	for what, sql := range map[string]string{
		"the last leaf removed":       `DELETE FROM audit_leaf WHERE position = 2`,
		"a leaf added by hand":        `INSERT INTO audit_leaf SELECT tenant, 3, era, source, edition, gen_random_uuid(), xid, hash, chain FROM audit_leaf WHERE position = 2`,
		"a checkpoint's text changed": `UPDATE audit_checkpoint SET text = replace(text, 'complete', 'partial')`,
		"a checkpoint's edge changed": `UPDATE audit_checkpoint SET edge = edge || '\x00'`,
		"a leaf of no journal":        `UPDATE audit_leaf SET source = 'x' WHERE position = 2`,
	} {
		t.Run(what, func(t *testing.T) {
			r.super(sql)
			defer r.restore()
			if _, err := r.shared.Seal(t.Context(), r.sealing, r.Unit()); !errors.Is(err, postgres.ErrRecordBroken) {
				t.Errorf("sealed on: %v", err)
			}
		})
	}
}

// A record goes on under a new key while the former one is known, and not without it.
func TestSeal_newKey(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	r.look()
	r.seal()
	former := r.sealing.Key.Public()
	r.sealing.Key = signingKey(t)
	r.look()
	if _, err := r.shared.Seal(t.Context(), r.sealing, r.Unit()); !errors.Is(err, postgres.ErrRecordBroken) {
		t.Errorf("sealed on without knowing who signed before: %v", err)
	}
	r.sealing.Former = []seal.PublicKey{former}
	r.seal()
	found, err := r.open(r.Unit()).Verify(t.Context(), []seal.PublicKey{former, r.sealing.Key.Public()}, nil)
	if err != nil || len(found.Faults) != 0 || found.Size != 2 {
		t.Errorf("%+v %v", found, err)
	}
	if found := r.verify(); len(found.Faults) == 0 || found.Faults[0].Kind != postgres.FaultForged {
		t.Errorf("a checkpoint of a key that the checker does not know was taken: %+v", found.Faults)
	}
}

// A database that was restored on a server with lower transaction numbers is sealed on.
func TestSeal_restoredElsewhere(t *testing.T) {
	t.Parallel()
	r := newRecorded(t, seal.SHA256)
	r.look()
	r.look()
	// The entries were written on a server that had counted further.
	r.super(`UPDATE audit SET xid = (xid::text::bigint + 1000000000)::text::xid8`)
	conn := pgtest.Connect(t, r.county.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	var high string
	if err := conn.QueryRow(t.Context(), `SELECT max(xid::text) FROM t`+r.Unit()+`.audit`).Scan(&high); err != nil {
		t.Fatal(err)
	}
	if n, err := r.shared.Seal(t.Context(), r.sealing, r.Unit()); n != 0 || err != nil {
		t.Fatalf("sealed %d entries from the future: %v", n, err)
	}
	// There, they had been sealed before the dump was made: the test seals them by their old numbers.
	r.super(`UPDATE audit SET xid = '5'`)
	r.seal()
	r.super(`UPDATE audit_leaf SET xid = '` + high + `'`)
	r.look()
	if n := r.seal(); n != 1 {
		t.Errorf("sealed %d entries after the restore, want 1", n)
	}
	r.look()
	if n := r.seal(); n != 1 {
		t.Errorf("sealed %d entries in the new era, want 1", n)
	}
	var eras, last int
	if err := conn.QueryRow(t.Context(), `SELECT count(DISTINCT era), max(era) FROM county.audit_leaf`).Scan(&eras, &last); err != nil || eras != 2 || last != 1 {
		t.Errorf("%d eras, the last %d: %v", eras, last, err)
	}
}

// The journals' columns are the sealed ones: a column that is added must be sealed in a new edition, not forgotten.
func TestSeal_everyColumn(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	conn := pgtest.Connect(t, tw.county.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	for _, unit := range []string{tw.Unit(), tw.county.Code} {
		for table, columns := range postgres.SealedColumns(unit) {
			schema, name, found := strings.Cut(table, ".")
			if !found {
				schema, name = "t"+unit, table
			}
			rows, err := conn.Query(t.Context(), `SELECT column_name || ' ' || CASE udt_name WHEN '_text' THEN 'text[]' ELSE udt_name END FROM information_schema.columns
				WHERE table_schema = $1 AND table_name = $2`, schema, name)
			if err != nil {
				t.Fatal(err)
			}
			there, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			sealed := map[string]bool{}
			for _, column := range columns {
				sealed[column] = true
			}
			for _, column := range there {
				if !sealed[column] {
					t.Errorf("%s.%s: column %s is not sealed", schema, name, column)
				}
			}
			if len(there) != len(columns) {
				t.Errorf("%s.%s has %d columns, %d are sealed", schema, name, len(there), len(columns))
			}
		}
	}
}
