package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/seal"
)

const (
	// verifyPage is how many rows are read at a time.
	verifyPage = 10000
	// backdateTolerance is how much earlier than the last complete checkpoint an entry may be dated: clocks differ, and a
	// request may take its time.
	backdateTolerance = 15 * time.Minute
)

// Verification is what a check of a record found.
type Verification struct {
	Unit        string          `json:"unit"`
	Size        int64           `json:"size"`
	Checkpoints int64           `json:"checkpoints"`
	Last        seal.Checkpoint `json:"-"`          // the last whose signature holds
	Checkpoint  string          `json:"checkpoint"` // its text
	Unsealed    int             `json:"unsealed"`   // entries that wait to be sealed
	Faults      []Fault         `json:"faults"`     // the first that each way of looking found, in the order of places
}

// Outside is a checkpoint that was kept elsewhere than in the database: its size and root.
type Outside struct {
	Size int64
	Root seal.Digest
}

// Record reads one unit's record and its journals, in the unit's own role. It needs no key but the public one that signed.
type Record struct {
	pool    *pgxpool.Pool
	unit    string
	sources []journalSource
}

// OpenRecord opens the record of a tenant or, for a code of six digits, of a county, with a login that may become its role.
func OpenRecord(address Address, unit string) (record *Record, closePool func(), err error) {
	role, path := "t"+unit, "t"+unit+", county"
	if len(unit) == 6 {
		role, path = "county_"+unit, "county"
	}
	pool, err := openBound(address, role, path, 1, nil)
	if err != nil {
		return nil, nil, err
	}
	return &Record{pool: pool, unit: unit, sources: journalSources(unit)}, pool.Close, nil
}

// check is one verification at work.
type check struct {
	*Record
	keys    []seal.PublicKey
	outside []Outside
	result  Verification

	edge     *seal.Edge // as the leaves give it
	chain    seal.Digest
	previous *leafRow
	trusted  int64     // up to here a signed root was found right
	complete time.Time // of the last complete checkpoint before the leaf at hand
	signed   []signedRow
	number   int64 // of the next checkpoint
	buffer   []byte
}

// Verify recomputes every leaf from the stored entries and every root from the leaves, and compares them with what was
// signed, here and outside. What it finds is in the result; an error means that it could not look. It runs beside writers
// and the sealer.
func (r *Record) Verify(ctx context.Context, keys []seal.PublicKey, outside []Outside) (Verification, error) {
	c := &check{Record: r, keys: keys, outside: slices.Clone(outside), result: Verification{Unit: r.unit, Faults: []Fault{}}}
	slices.SortFunc(c.outside, func(a, b Outside) int { return int(a.Size - b.Size) })
	if err := c.run(ctx); err != nil {
		return c.result, refusal(err)
	}
	slices.SortStableFunc(c.result.Faults, func(a, b Fault) int { return int(a.Position - b.Position) })
	return c.result, nil
}

func (c *check) run(ctx context.Context) error {
	_, xmax, err := snapshot(ctx, c.pool) // before the end is read: what is sealed meanwhile does not look like the future
	if err != nil {
		return err
	}
	size, err := c.start(ctx)
	if err != nil {
		return err
	}
	for from := int64(0); from < size && len(c.result.Faults) == 0; from += verifyPage {
		if err := c.page(ctx, from, min(from+verifyPage, size)); err != nil {
			return err
		}
	}
	if err := c.rest(ctx); err != nil {
		return err
	}
	if err := c.end(ctx, size); err != nil {
		return err
	}
	return c.strangers(ctx, size, xmax)
}

// start reads how long the record is and by which hash it was made: the last checkpoint's.
func (c *check) start(ctx context.Context) (size int64, err error) {
	c.edge = seal.NewEdge(seal.SHA256)
	err = c.pool.QueryRow(ctx, `SELECT (SELECT COALESCE(max(position), -1) + 1 FROM county.audit_leaf WHERE tenant = $1),
		(SELECT COALESCE(max(number), -1) + 1 FROM county.audit_checkpoint WHERE tenant = $1)`, c.unit).Scan(&size, &c.result.Checkpoints)
	c.result.Size = size
	if err != nil || c.result.Checkpoints == 0 {
		return size, err
	}
	var text string
	if err := c.pool.QueryRow(ctx, `SELECT text FROM county.audit_checkpoint WHERE tenant = $1 ORDER BY number DESC LIMIT 1`, c.unit).Scan(&text); err != nil {
		return 0, err
	}
	if last, err := seal.OpenWith(c.keys, text); err == nil {
		c.edge = seal.NewEdge(last.Hash)
	}
	return size, nil
}

// end compares how long the record is with what the last checkpoints say, the one here and those from outside.
func (c *check) end(ctx context.Context, size int64) error {
	var signed int64
	err := c.pool.QueryRow(ctx, `SELECT COALESCE(max(size), 0) FROM county.audit_checkpoint WHERE tenant = $1 AND number < $2`, c.unit, c.result.Checkpoints).Scan(&signed)
	if err != nil {
		return err
	}
	if size > signed {
		c.fault(unsigned(signed, size))
	}
	if size < signed {
		c.fault(truncated(size, signed, false))
	}
	for _, outside := range c.outside {
		if outside.Size > size {
			c.fault(truncated(size, outside.Size, true))
			break
		}
	}
	return nil
}

func (c *check) fault(f Fault) { c.result.Faults = append(c.result.Faults, f) }

// leafRow is a leaf as it is stored.
type leafRow struct {
	sealPoint
	position    int64
	era         int
	edition     int
	name        string
	hash, chain []byte
}

const selectLeaves = `SELECT position, era, source, edition, entry, xid::text, hash, chain FROM county.audit_leaf
	WHERE tenant = $1 AND position >= $2 AND position < $3 ORDER BY position`

func (c *check) leaves(ctx context.Context, from, to int64) ([]leafRow, error) {
	rows, err := c.pool.Query(ctx, selectLeaves, c.unit, from, to)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l leafRow, err error) {
		var (
			id  [16]byte
			xid string
		)
		if err := row.Scan(&l.position, &l.era, &l.name, &l.edition, &id, &xid, &l.hash, &l.chain); err != nil {
			return l, err
		}
		l.id = uuid.UUID(id)
		l.source = slices.IndexFunc(c.sources, func(s journalSource) bool { return s.name == l.name })
		_, err = fmt.Sscan(xid, &l.xid)
		return l, err
	})
}

// page checks the leaves of some positions against their entries. It ends at the first fault.
func (c *check) page(ctx context.Context, from, to int64) error {
	leaves, err := c.leaves(ctx, from, to)
	if err != nil {
		return err
	}
	entries, err := c.entriesOf(ctx, leaves)
	if err != nil {
		return err
	}
	for i, position := 0, from; position < to; i, position = i+1, position+1 {
		if i == len(leaves) || leaves[i].position != position {
			c.fault(c.at(position).is(FaultDeleted, "its seal was removed", "该位置的封存被删除"))
			return nil
		}
		leaf := leaves[i]
		entry, found := entries[entryKey{leaf.source, leaf.id}]
		if fault := c.leaf(leaf, entry, found); fault != nil {
			c.fault(*fault)
			return nil
		}
		if err := c.grow(ctx, leaf); err != nil || len(c.result.Faults) > 0 {
			return err
		}
	}
	return nil
}

type entryKey struct {
	source int
	id     uuid.UUID
}

// entriesOf reads the entries that leaves speak of, journal by journal.
func (c *check) entriesOf(ctx context.Context, leaves []leafRow) (map[entryKey]sealable, error) {
	wanted := make([][]string, len(c.sources))
	for _, leaf := range leaves {
		if leaf.source >= 0 {
			wanted[leaf.source] = append(wanted[leaf.source], leaf.id.String())
		}
	}
	found := make(map[entryKey]sealable, len(leaves))
	for i, ids := range wanted {
		if len(ids) == 0 {
			continue
		}
		list, err := c.sources[i].entries(ctx, c.pool, c.unit, i, ` AND id = ANY($1::uuid[])`, ids)
		if err != nil {
			return nil, err
		}
		for _, entry := range list {
			found[entryKey{i, entry.id}] = entry
		}
	}
	return found, nil
}

// leaf checks one leaf. An entry and its leaf may both have been changed; the chain and the next signed root tell.
func (c *check) leaf(leaf leafRow, entry sealable, found bool) *Fault {
	place := c.at(leaf.position)
	place.Source, place.Entry = leaf.name, leaf.id.String()
	if leaf.source < 0 || leaf.edition != sealEdition || len(leaf.hash) != len(c.chain) || len(leaf.chain) != len(c.chain) {
		return place.p(FaultForged, "its seal is none that the worker writes", "该封存不是后台程序所写")
	}
	var recomputed seal.Digest
	if found {
		place.At, _ = seal.Moment(entry.entry.Column("at"))
		c.buffer = entry.entry.AppendTo(c.buffer[:0])
		recomputed = c.edge.Hash().Leaf(c.buffer)
	}
	stored := seal.Digest(leaf.hash)
	linked := c.edge.Hash().Link(c.chain, stored) == seal.Digest(leaf.chain)
	late := c.previous != nil && (leaf.era < c.previous.era || leaf.era == c.previous.era && !c.previous.before(leaf.sealPoint))
	switch {
	case !found:
		return place.p(FaultDeleted, "it was sealed and is no longer in its journal", "已封存的记录已不在台账中")
	case late || !linked && recomputed == stored:
		return place.p(FaultReordered, "it does not stand in the order in which it was sealed", "记录顺序与封存顺序不符")
	case recomputed != stored && !linked:
		return place.p(FaultAltered, "its seal was changed", "该记录的封存被改动")
	case recomputed != stored || leaf.xid != entry.xid:
		return place.p(FaultAltered, "it is not what was sealed", "记录内容与封存时不符")
	case !c.complete.IsZero() && place.At.Before(c.complete.Add(-backdateTolerance)):
		return place.p(FaultBackdated, "it came after the checkpoint of "+c.complete.Format(time.RFC3339)+" and gives an earlier time",
			"该记录晚于 "+c.complete.Format(time.RFC3339)+" 的检查点写入，所署时间却更早")
	}
	return nil
}

// grow adds a leaf that was found right and compares the root with every checkpoint of this size.
func (c *check) grow(ctx context.Context, leaf leafRow) error {
	c.edge.Append(seal.Digest(leaf.hash))
	c.chain, c.previous = seal.Digest(leaf.chain), &leaf
	for len(c.outside) > 0 && c.outside[0].Size <= c.edge.Size() {
		if c.outside[0].Size == c.edge.Size() && c.outside[0].Root != c.edge.Root() {
			c.fault(rewritten(c.trusted, c.edge.Size(), "the checkpoint kept outside", "外部留存的检查点"))
			return nil
		}
		c.outside = c.outside[1:]
	}
	for {
		next, err := c.nextSigned(ctx)
		if err != nil {
			return err
		}
		if next == nil || next.size > c.edge.Size() {
			break
		}
		c.signed, c.number = c.signed[1:], c.number+1
		if fault := c.checkpoint(*next); fault != nil {
			c.fault(*fault)
			return nil
		}
	}
	return nil
}
