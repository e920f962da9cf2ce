package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

const (
	// sealBatch is how many entries one transaction seals.
	sealBatch = 2000
	// sealHeartbeat is after how long a checkpoint says again that nothing was added: whoever dates an entry back lies
	// before one of them.
	sealHeartbeat = time.Hour
)

// Sealing is what sealing needs beside a database.
type Sealing struct {
	Key    seal.SigningKey
	Former []seal.PublicKey // of keys that signed before this one
	Hash   seal.TreeHash    // of records that begin now; a record keeps its own
	Clock  func() time.Time // nil means time.Now
	Batch  int              // entries in one transaction; 0 means 2000
}

func (s Sealing) keys() []seal.PublicKey {
	return append([]seal.PublicKey{s.Key.Public()}, s.Former...)
}

func (s Sealing) now() time.Time {
	if s.Clock == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return s.Clock().UTC().Truncate(time.Microsecond)
}

// ErrRecordBroken says that a record does not end where its last checkpoint says, or that nobody of ours signed it. It is
// not sealed on: a new signature would make good what somebody did to it. tiaojie audit verify says what.
var ErrRecordBroken = errors.New("the sealed record is broken: run tiaojie audit verify")

// head is where a record ends.
type head struct {
	number     int64 // of the last checkpoint, -1: there is none
	checkpoint seal.Checkpoint
	edge       *seal.Edge
	chain      seal.Digest
	era        int
	last       *sealPoint // nil: nothing of this era is sealed
}

// recordSealer seals one unit's record: entries are read in the unit's own role, leaves and checkpoints written in the county's.
type recordSealer struct {
	Sealing
	unit    string
	entries source // nil: the county's own, which are read in the transaction that seals them
	leaves  source
	sources []journalSource
}

// seal works in batches, each one transaction with its leaves and its checkpoint, until nothing waits. A worker that is
// lost in between leaves a whole record. Whoever finds another at work on the same record leaves it to him.
func (s recordSealer) seal(ctx context.Context) (sealed int, err error) {
	for {
		var n int
		var more bool
		err := use(ctx, s.leaves, func(pool *pgxpool.Pool) error {
			return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) (err error) {
				n, more, err = s.batch(ctx, tx)
				return err
			})
		})
		sealed += n
		if err != nil || !more || ctx.Err() != nil {
			return sealed, err
		}
	}
}

const lockRecord = `SELECT pg_try_advisory_xact_lock(hashtextextended('tiaojie record ' || $1, 0))`

func (s recordSealer) batch(ctx context.Context, tx pgx.Tx) (sealed int, more bool, err error) {
	var mine bool
	if err := tx.QueryRow(ctx, lockRecord, s.unit).Scan(&mine); err != nil || !mine {
		return 0, false, err
	}
	from, err := s.head(ctx, tx)
	if err != nil {
		return 0, false, err
	}
	at := s.now()
	waiting, more, err := s.waiting(ctx, tx, &from)
	if err != nil {
		return 0, false, err
	}
	idle := len(waiting) == 0
	if idle && (from.number < 0 || at.Sub(from.checkpoint.At) < sealHeartbeat) {
		return 0, false, nil
	}
	if err := s.append(ctx, tx, from, waiting, at, !more); err != nil {
		return 0, false, err
	}
	return len(waiting), more, nil
}

const (
	selectHead = `SELECT number, size, edge, chain, text FROM county.audit_checkpoint WHERE tenant = $1 ORDER BY number DESC LIMIT 1`
	selectLast = `SELECT position, era, source, entry::text, xid::text FROM county.audit_leaf WHERE tenant = $1 ORDER BY position DESC LIMIT 1`
)

// head reads the last checkpoint and the last leaf, which must agree.
func (s recordSealer) head(ctx context.Context, tx pgx.Tx) (head, error) {
	h := head{number: -1, edge: seal.NewEdge(s.Hash)}
	h.checkpoint.Hash = s.Hash
	var (
		size        int64
		edge, chain []byte
		text        string
	)
	err := tx.QueryRow(ctx, selectHead, s.unit).Scan(&h.number, &size, &edge, &chain, &text)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return h, err
	}
	if err == nil {
		if err := h.open(s, size, edge, chain, text); err != nil {
			return h, fmt.Errorf("%s: %w: %w", s.unit, ErrRecordBroken, err)
		}
	}
	return h, s.last(ctx, tx, &h, size)
}

func (h *head) open(s recordSealer, size int64, edge, chain []byte, text string) (err error) {
	if h.checkpoint, err = seal.OpenWith(s.keys(), text); err != nil {
		return err
	}
	if h.edge, err = seal.ReadEdge(h.checkpoint.Hash, h.checkpoint.Size, edge); err != nil {
		return err
	}
	if h.checkpoint.Unit != s.unit || h.checkpoint.Size != size || h.edge.Root() != h.checkpoint.Root || len(chain) != len(h.chain) {
		return errors.New("the last checkpoint's row is not what was signed")
	}
	h.chain = seal.Digest(chain)
	return nil
}

// last finds the last leaf.
func (s recordSealer) last(ctx context.Context, tx pgx.Tx, h *head, size int64) error {
	var (
		position   int64
		name, id   string
		xid        uint64
		xidDecimal string
	)
	err := tx.QueryRow(ctx, selectLast, s.unit).Scan(&position, &h.era, &name, &id, &xidDecimal)
	if errors.Is(err, pgx.ErrNoRows) {
		position, err = -1, nil
	}
	if err != nil {
		return err
	}
	if position+1 != size {
		return fmt.Errorf("%s: %w: it has %d leaves and its last checkpoint %d", s.unit, ErrRecordBroken, position+1, size)
	}
	if position < 0 {
		return nil
	}
	if _, err := fmt.Sscan(xidDecimal, &xid); err != nil {
		return err
	}
	source := slices.IndexFunc(s.sources, func(known journalSource) bool { return known.name == name })
	parsed, err := uuid.Parse(id)
	if err != nil || source < 0 {
		return fmt.Errorf("%s: %w: its last leaf is of no journal", s.unit, ErrRecordBroken)
	}
	h.last = &sealPoint{xid: xid, source: source, id: parsed}
	return nil
}

// snapshot is what transactions had ended: all below xmin; none at or above xmax had begun.
func snapshot(ctx context.Context, q querier) (xmin, xmax uint64, err error) {
	var low, high string
	err = q.QueryRow(ctx, `SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s`).Scan(&low, &high)
	if err == nil {
		_, err = fmt.Sscan(low+" "+high, &xmin, &xmax)
	}
	return xmin, xmax, err
}

// waiting reads the next entries in order, up to the oldest transaction that still runs. The horizon is taken once, before
// the journals are read: what lies below it is final in all of them.
func (s recordSealer) waiting(ctx context.Context, tx pgx.Tx, from *head) (list []sealable, more bool, err error) {
	limit := cmp.Or(s.Batch, sealBatch)
	if s.entries == nil {
		list, err = s.read(ctx, tx, from, limit+1)
	} else {
		err = use(ctx, s.entries, func(pool *pgxpool.Pool) (err error) {
			list, err = s.read(ctx, pool, from, limit+1)
			return err
		})
	}
	slices.SortFunc(list, func(a, b sealable) int {
		if a.before(b.sealPoint) {
			return -1
		}
		return 1
	})
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// read reads the first entries of every journal.
func (s recordSealer) read(ctx context.Context, q querier, from *head, limit int) (list []sealable, err error) {
	xmin, xmax, err := snapshot(ctx, q)
	if err != nil {
		return nil, err
	}
	if from.last != nil && from.last.xid >= xmax {
		from.era, from.last = from.era+1, nil // the database was restored on a server that counts from another number
	}
	for i, source := range s.sources {
		found, err := source.after(ctx, q, s.unit, i, from, xmin, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// after reads a journal's entries behind the last that is sealed. On a server that the record did not begin on, those that
// were sealed elsewhere are left out one by one: their numbers say nothing here.
func (s journalSource) after(ctx context.Context, q querier, unit string, order int, from *head, xmin uint64, limit int) ([]sealable, error) {
	var xid uint64
	id := uuid.Nil
	if last := from.last; last != nil {
		xid = last.xid
		switch {
		case last.source == order:
			id = last.id
		case last.source > order:
			id = uuid.Max
		}
	}
	tail := ` AND (xid, id) > ($1::text::xid8, $2::uuid) AND xid < $3::text::xid8`
	args := []any{fmt.Sprint(xid), id.String(), fmt.Sprint(xmin), limit}
	if from.era > 0 {
		tail += ` AND NOT EXISTS (SELECT FROM county.audit_leaf l WHERE l.tenant = $5 AND l.source = $6 AND l.entry = id)`
		args = append(args, unit, s.name)
	}
	return s.entries(ctx, q, unit, order, tail+` ORDER BY xid, id LIMIT $4`, args...)
}

const (
	insertLeaves = `INSERT INTO county.audit_leaf (tenant, position, era, source, edition, entry, xid, hash, chain)
		SELECT $1, $2 + n - 1, $3, source, $4, entry, xid::text::xid8, hash, chain
		FROM unnest($5::text[], $6::uuid[], $7::text[], $8::bytea[], $9::bytea[]) WITH ORDINALITY u(source, entry, xid, hash, chain, n)`
	insertCheckpoint = `INSERT INTO county.audit_checkpoint (tenant, number, size, root, at, last_xid, edge, chain, text)
		VALUES ($1, $2, $3, $4, $5, $6::text::xid8, $7, $8, $9)`
)

// append adds the leaves and the checkpoint over them.
func (s recordSealer) append(ctx context.Context, tx pgx.Tx, from head, waiting []sealable, at time.Time, complete bool) error {
	var (
		names, ids, xids []string
		hashes, chains   [][]byte
		buffer           []byte
		hash             = from.checkpoint.Hash
		begin            = from.edge.Size()
		last             uint64
	)
	if from.last != nil {
		last = from.last.xid
	}
	for _, w := range waiting {
		buffer = w.entry.AppendTo(buffer[:0])
		leaf := hash.Leaf(buffer)
		from.edge.Append(leaf)
		from.chain = hash.Link(from.chain, leaf)
		chain := from.chain
		names, ids, xids = append(names, w.entry.Source), append(ids, w.id.String()), append(xids, fmt.Sprint(w.xid))
		hashes, chains = append(hashes, leaf[:]), append(chains, chain[:])
		last = w.xid
	}
	checkpoint := seal.Checkpoint{Unit: s.unit, Size: from.edge.Size(), Root: from.edge.Root(), At: at, Hash: hash, Complete: complete}
	batch := &pgx.Batch{}
	if len(waiting) > 0 {
		batch.Queue(insertLeaves, s.unit, begin, from.era, sealEdition, names, ids, xids, hashes, chains)
	}
	batch.Queue(insertCheckpoint, s.unit, from.number+1, checkpoint.Size, checkpoint.Root[:], at, fmt.Sprint(last), from.edge.Bytes(), from.chain[:],
		s.Key.Sign(checkpoint))
	return tx.SendBatch(ctx, batch).Close()
}

// Seal adds what was recorded since to a tenant's or, for a code of six digits, a county's sealed record.
func (s *Shared) Seal(ctx context.Context, sealing Sealing, unit string) (sealed int, err error) {
	county, err := s.county(ctx, mediation.CountyOf(unit))
	if err != nil {
		return 0, err
	}
	var entries source
	if len(unit) != 6 {
		if _, err := s.Tenant(ctx, unit); err != nil {
			return 0, err
		}
		s.mu.Lock()
		entries = s.tenants[unit].place
		s.mu.Unlock()
	}
	return recordSealer{sealing, unit, entries, county.place, journalSources(unit)}.seal(ctx)
}

const selectUnsealed = `SELECT t.code FROM county.tenant t
	LEFT JOIN LATERAL (SELECT last_xid FROM county.audit_checkpoint c WHERE c.tenant = t.code ORDER BY number DESC LIMIT 1) c ON true
	WHERE EXISTS (SELECT FROM county.event e WHERE e.tenant = t.code AND e.xid > COALESCE(c.last_xid, '0'))
	ORDER BY t.code`

// Unsealed lists the tenants of a county whose cases changed since their record was last sealed. What is recorded without a
// change of a case, such as a look, is found when its tenant is visited anyway.
func (s *Shared) Unsealed(ctx context.Context, county string) (codes []string, err error) {
	open, err := s.county(ctx, county)
	if err != nil {
		return nil, err
	}
	err = use(ctx, open.place, func(pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, selectUnsealed)
		if err != nil {
			return err
		}
		codes, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return codes, err
}
