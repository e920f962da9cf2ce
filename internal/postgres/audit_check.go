package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/seal"
)

// signedRow is a checkpoint as it is stored.
type signedRow struct {
	number, size int64
	root         []byte
	at           time.Time
	text         string
}

// checkpointPage is how many checkpoints are read at a time.
const checkpointPage = 1000

// nextSigned gives the checkpoint with the next number; nil at the end.
func (c *check) nextSigned(ctx context.Context) (*signedRow, error) {
	if len(c.signed) == 0 && c.number < c.result.Checkpoints {
		rows, err := c.pool.Query(ctx, `SELECT number, size, root, at, text FROM county.audit_checkpoint
			WHERE tenant = $1 AND number >= $2 AND number < $3 ORDER BY number LIMIT $4`, c.unit, c.number, c.result.Checkpoints, checkpointPage)
		if err != nil {
			return nil, err
		}
		c.signed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s signedRow, err error) {
			return s, row.Scan(&s.number, &s.size, &s.root, &s.at, &s.text)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(c.signed) == 0 {
		return nil, nil //nolint:nilnil // the end is an answer here, not a failure
	}
	return &c.signed[0], nil
}

// checkpoint checks one checkpoint against the leaves before it. Its row says nothing that its text does not.
func (c *check) checkpoint(row signedRow) *Fault {
	place := c.at(c.trusted)
	place.At = row.at
	if row.number != c.number-1 {
		return place.p(FaultDeleted, fmt.Sprintf("the checkpoint %d was removed", c.number-1), fmt.Sprintf("第 %d 号检查点被删除", c.number-1))
	}
	read, err := seal.OpenWith(c.keys, row.text)
	if err != nil || read.Unit != c.unit || read.Size != row.size || string(read.Root[:]) != string(row.root) || !read.At.Equal(row.at) ||
		read.Hash != c.edge.Hash() {
		return place.p(FaultForged, fmt.Sprintf("the checkpoint %d is not what the key signed", row.number), fmt.Sprintf("第 %d 号检查点与密钥签名不符", row.number))
	}
	if read.Size != c.edge.Size() {
		return place.p(FaultReordered, fmt.Sprintf("the checkpoint %d does not follow the one before", row.number), fmt.Sprintf("第 %d 号检查点顺序不符", row.number))
	}
	if read.Root != c.edge.Root() {
		fault := rewritten(c.trusted, read.Size, fmt.Sprintf("the checkpoint %d", row.number), fmt.Sprintf("第 %d 号检查点", row.number))
		return &fault
	}
	c.trusted, c.result.Last, c.result.Checkpoint = read.Size, read, row.text
	if read.Complete {
		c.complete = read.At
	}
	return nil
}

// rest checks the signatures of the checkpoints behind the last leaf, when the leaves were found right: those that say that
// nothing was added, and those whose leaves are gone.
func (c *check) rest(ctx context.Context) error {
	for len(c.result.Faults) == 0 {
		next, err := c.nextSigned(ctx)
		if err != nil || next == nil || next.size > c.edge.Size() {
			return err
		}
		c.signed, c.number = c.signed[1:], c.number+1
		if fault := c.checkpoint(*next); fault != nil {
			c.fault(*fault)
		}
	}
	return nil
}

// stranger is an entry without a leaf.
type stranger struct {
	sealPoint
	at time.Time
}

// strangers looks for entries that are in a journal and not in the record. What came after the last leaf waits to be
// sealed; before it, or from the future, nothing can have come by itself.
func (c *check) strangers(ctx context.Context, size int64, xmax uint64) error {
	leaves, err := c.leaves(ctx, size-1, size)
	if err != nil || size > 0 && len(leaves) == 0 {
		return err
	}
	var last leafRow
	if size > 0 {
		last = leaves[0]
	}
	complete, err := c.lastComplete(ctx)
	if err != nil {
		return err
	}
	for i := range c.sources {
		list, err := c.strangersIn(ctx, i)
		if err != nil {
			return err
		}
		for _, s := range list {
			fault, err := c.judge(ctx, s, last, size, xmax, complete)
			if err != nil {
				return err
			}
			if fault != nil {
				c.fault(*fault)
				break
			}
			c.result.Unsealed++
		}
	}
	return nil
}

func (c *check) judge(ctx context.Context, s stranger, last leafRow, size int64, xmax uint64, complete time.Time) (*Fault, error) {
	place := Fault{Position: size, Source: c.sources[s.source].name, Entry: s.id.String(), At: s.at}
	if size > 0 && s.before(last.sealPoint) {
		err := c.pool.QueryRow(ctx, `SELECT COALESCE(min(position), $5) FROM county.audit_leaf WHERE tenant = $1 AND era = $2 AND position < $5
			AND (xid > $3::text::xid8 OR xid = $3::text::xid8 AND (source, entry) > ($4, $6::uuid))`,
			c.unit, last.era, fmt.Sprint(s.xid), place.Source, size, place.Entry).Scan(&place.Position)
		return place.p(FaultInserted, "it was written after its place in the record had been sealed", "该记录是在其所处位置封存之后写入的"), err
	}
	if last.era == 0 && s.xid >= xmax {
		begun, err := c.begunSince(ctx, s.xid)
		if err != nil || !begun {
			return place.p(FaultInserted, "it carries the number of a transaction that has not been yet", "该记录带有尚不存在的事务号"), err
		}
	}
	if !complete.IsZero() && s.at.Before(complete.Add(-backdateTolerance)) {
		return place.p(FaultBackdated, "it came after the checkpoint of "+complete.Format(time.RFC3339)+" and gives an earlier time",
			"该记录晚于 "+complete.Format(time.RFC3339)+" 的检查点写入，所署时间却更早"), nil
	}
	return nil, nil //nolint:nilnil // it waits, which is no fault
}

// begunSince tells whether a transaction that had not begun when the check did has begun by now.
func (c *check) begunSince(ctx context.Context, xid uint64) (bool, error) {
	_, xmax, err := snapshot(ctx, c.pool)
	return xid < xmax, err
}

// lastComplete is the moment of the last complete checkpoint whose signature holds.
func (c *check) lastComplete(ctx context.Context) (time.Time, error) {
	rows, err := c.pool.Query(ctx, `SELECT text FROM county.audit_checkpoint WHERE tenant = $1 AND number < $2 ORDER BY number DESC LIMIT 100`, c.unit, c.result.Checkpoints)
	if err != nil {
		return time.Time{}, err
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, text := range texts {
		if read, err := seal.OpenWith(c.keys, text); err == nil && read.Complete {
			return read.At, nil
		}
	}
	return time.Time{}, err
}

// strangersIn goes through a journal in windows, so that no statement grows with it.
func (c *check) strangersIn(ctx context.Context, order int) ([]stranger, error) {
	source := c.sources[order]
	window := `WITH w AS MATERIALIZED (SELECT id, xid, at FROM ` + source.rows() + ` AND (xid, id) > ($1::text::xid8, $2::uuid) ORDER BY xid, id LIMIT $3)
		SELECT id, xid::text, at, NOT EXISTS (SELECT FROM county.audit_leaf l WHERE l.tenant = $4 AND l.source = $5 AND l.entry = w.id) FROM w
		WHERE NOT EXISTS (SELECT FROM county.audit_leaf l WHERE l.tenant = $4 AND l.source = $5 AND l.entry = w.id)
		OR (xid, id) = (SELECT xid, id FROM w ORDER BY xid DESC, id DESC LIMIT 1) ORDER BY w.xid, w.id`
	var found []stranger
	xid, id := "0", uuid.Nil.String()
	for {
		rows, err := c.pool.Query(ctx, window, xid, id, 5*verifyPage, c.unit, source.name)
		if err != nil {
			return nil, err
		}
		var (
			s     stranger
			raw   [16]byte
			alone bool
			seen  bool
		)
		_, err = pgx.ForEachRow(rows, []any{&raw, &xid, &s.at, &alone}, func() error {
			seen, s.id, s.source, id = true, uuid.UUID(raw), order, uuid.UUID(raw).String()
			if alone {
				if _, err := fmt.Sscan(xid, &s.xid); err != nil {
					return err
				}
				found = append(found, s)
			}
			return nil
		})
		if err != nil || !seen {
			return found, err
		}
	}
}
