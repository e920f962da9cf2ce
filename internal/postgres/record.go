package postgres

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// facet joins one part of a case to its records: a list has a record for each entry, counted from 1; what a case has
// once stands at 1.
type facet struct {
	kind    string
	entries func(c *mediation.Case) []any
	// add puts the next entry, as it was stored, into the case.
	add func(c *mediation.Case, details []byte) error
}

// facets lists what a case has beside its own row and its parties. A kind is never renamed: it stands in the sealed
// place of every record.
var facets = []facet{
	asOne("mediators", func(c *mediation.Case) *[]mediation.Mediator { return &c.Mediators }),
	asOne("invitations", func(c *mediation.Case) *[]mediation.Invitation { return &c.Invitations }),
	many("recusal", func(c *mediation.Case) *[]mediation.Recusal { return &c.Recusals }),
	many("investigation", func(c *mediation.Case) *[]mediation.Investigation { return &c.Investigations }),
	many("meeting", func(c *mediation.Case) *[]mediation.Meeting { return &c.Meetings }),
	many("danger", func(c *mediation.Case) *[]mediation.Danger { return &c.Dangers }),
	many("suspension", func(c *mediation.Case) *[]mediation.Suspension { return &c.Suspensions }),
	many("extension", func(c *mediation.Case) *[]mediation.Extension { return &c.Extensions }),
	many("referral", func(c *mediation.Case) *[]mediation.Referral { return &c.Referrals }),
	many("transfer", func(c *mediation.Case) *[]mediation.Transfer { return &c.Transfers }),
	atMostOne("failure", func(c *mediation.Case) **mediation.Failure { return &c.Failure }),
	atMostOne("termination", func(c *mediation.Case) **mediation.Termination { return &c.Termination }),
	atMostOne("agreement", func(c *mediation.Case) **mediation.Agreement { return &c.Agreement }),
	atMostOne("confirmation", func(c *mediation.Case) **mediation.Confirmation { return &c.Confirmation }),
	many("payment", func(c *mediation.Case) *[]mediation.Payment { return &c.Payments }),
	many("urging", func(c *mediation.Case) *[]mediation.Urging { return &c.Urgings }),
	many("visit", func(c *mediation.Case) *[]mediation.Visit { return &c.Visits }),
	many("paper", func(c *mediation.Case) *[]mediation.Paper { return &c.Papers }),
	atMostOne("closure", func(c *mediation.Case) **mediation.Closure { return &c.Closure }),
	atMostOne("volume", func(c *mediation.Case) **mediation.Volume { return &c.Volume }),
	atMostOne("classification", func(c *mediation.Case) **mediation.Classification { return &c.Classification }),
	many("grading", func(c *mediation.Case) *[]mediation.Grading { return &c.Gradings }),
	many("assessment", func(c *mediation.Case) *[]mediation.Assessment { return &c.Assessments }),
	many("link", func(c *mediation.Case) *[]mediation.Link { return &c.Links }),
}

// many is a facet whose entries only ever grow in number; each may change.
func many[T any](kind string, of func(c *mediation.Case) *[]T) facet {
	return facet{
		kind: kind,
		entries: func(c *mediation.Case) []any {
			entries := make([]any, len(*of(c)))
			for i, entry := range *of(c) {
				entries[i] = entry
			}
			return entries
		},
		add: func(c *mediation.Case, details []byte) error {
			var entry T
			err := json.Unmarshal(details, &entry)
			*of(c) = append(*of(c), entry)
			return err
		},
	}
}

// atMostOne is a facet that is there or not; once there it stays.
func atMostOne[T any](kind string, of func(c *mediation.Case) **T) facet {
	return facet{
		kind: kind,
		entries: func(c *mediation.Case) []any {
			if *of(c) == nil {
				return nil
			}
			return []any{*of(c)}
		},
		add: func(c *mediation.Case, details []byte) error {
			*of(c) = new(T)
			return json.Unmarshal(details, *of(c))
		},
	}
}

// asOne is a list that is replaced as one, and may become empty again. It is one record.
func asOne[T any](kind string, of func(c *mediation.Case) *[]T) facet {
	return facet{
		kind:    kind,
		entries: func(c *mediation.Case) []any { return []any{append([]T{}, *of(c)...)} },
		add: func(c *mediation.Case, details []byte) error {
			err := json.Unmarshal(details, of(c))
			if len(*of(c)) == 0 {
				*of(c) = nil
			}
			return err
		},
	}
}

// recordKey names a record within its case: meeting/2.
func recordKey(kind string, position int) string { return kind + "/" + strconv.Itoa(position) }

// The records of c come as two parallel arrays, in the order of the primary key.
const (
	selectRecords       = recordKeys + inOrder + recordDetails + inOrder
	selectListedRecords = recordKeys + listedKinds + inOrder + recordDetails + listedKinds + inOrder

	recordKeys    = `, ARRAY(SELECT r.kind || '/' || r.position FROM record r WHERE r.case_id = c.id`
	recordDetails = `, ARRAY(SELECT r.details FROM record r WHERE r.case_id = c.id`
	listedKinds   = ` AND r.kind IN ('mediators', 'recusal', 'invitations')`
	inOrder       = ` ORDER BY r.kind, r.position)`
)

// recordSealer binds a record to its case, its kind and its position: none can be put in the place of another.
func (r tenantRows) recordSealer(id mediation.ID, key string) *sealer {
	return &sealer{codec: r.codec, tenant: r.code, table: "record", row: id + mediation.ID("/"+key)}
}

// openRecords puts a case's records into it. They come in order; a gap means that one was lost.
func (r tenantRows) openRecords(c *mediation.Case, keys []string, details [][]byte) error {
	next := map[string]int{}
	for i, key := range keys {
		kind, _, _ := strings.Cut(key, "/")
		next[kind]++
		at := slices.IndexFunc(facets, func(f facet) bool { return f.kind == kind })
		if at < 0 || key != recordKey(kind, next[kind]) {
			return fmt.Errorf("case %s: record %s is not known, or the one before it is missing", c.ID, key)
		}
		text := r.recordSealer(c.ID, key)
		plain := text.openBytes("details", details[i])
		if text.err != nil || r.codec.Shredded() {
			return text.err
		}
		if err := facets[at].add(c, plain); err != nil {
			return fmt.Errorf("case %s: record %s: %w", c.ID, key, err)
		}
	}
	return nil
}

// recordRows are columns of records to write, side by side.
type recordRows struct {
	kinds     []string
	positions []int
	ids       []*string
	details   [][]byte
}

// queueRecords writes what after has and before has not, or has in other words.
func (r tenantRows) queueRecords(batch *pgx.Batch, before, after mediation.Case) error {
	var rows recordRows
	for _, f := range facets {
		if err := r.changedRecords(&rows, f, &before, &after); err != nil {
			return err
		}
	}
	if len(rows.kinds) == 0 {
		return nil
	}
	batch.Queue(`INSERT INTO record (case_id, kind, position, id, at, details)
		SELECT $1, u.kind, u.position, u.id, $2, u.details
		FROM unnest($3::text[], $4::int[], $5::uuid[], $6::bytea[]) u(kind, position, id, details)
		ON CONFLICT (case_id, kind, position) DO UPDATE SET id = excluded.id, at = excluded.at, details = excluded.details`,
		string(after.ID), after.UpdatedAt, rows.kinds, rows.positions, rows.ids, rows.details)
	return nil
}

func (r tenantRows) changedRecords(rows *recordRows, f facet, before, after *mediation.Case) error {
	was, is := f.entries(before), f.entries(after)
	if len(is) < len(was) {
		return fmt.Errorf("case %s would have %d records of kind %s instead of %d: none is ever removed", after.ID, len(is), f.kind, len(was))
	}
	for i, entry := range is {
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("case %s: record %s: %w", after.ID, recordKey(f.kind, i+1), err)
		}
		if i < len(was) {
			if old, err := json.Marshal(was[i]); err == nil && bytes.Equal(old, text) {
				continue
			}
		}
		seal := r.recordSealer(after.ID, recordKey(f.kind, i+1))
		rows.details = append(rows.details, seal.seal("details", string(text)))
		if seal.err != nil {
			return seal.err
		}
		rows.kinds, rows.positions = append(rows.kinds, f.kind), append(rows.positions, i+1)
		rows.ids = append(rows.ids, pointsAt(entry))
	}
	return nil
}

// pointsAt is the id of what a record leads to.
func pointsAt(entry any) *string {
	if link, is := entry.(mediation.Link); is {
		return optional(string(link.Case))
	}
	return nil
}

// mediatorKey is by what a mediator is found in lists.
type mediatorKey struct {
	subject, issuer, registryID string
	host                        bool
}

func mediatorKeys(c mediation.Case) []mediatorKey {
	var keys []mediatorKey
	for _, m := range c.Mediators {
		key := mediatorKey{m.Subject, m.Issuer, string(m.ID), m.Host}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// queueMediators ends the time of those who mediate no more and begins that of those who do now. Who becomes host, or
// stops to be, begins anew.
func queueMediators(batch *pgx.Batch, before, after mediation.Case) {
	was, is := mediatorKeys(before), mediatorKeys(after)
	leaving := slices.DeleteFunc(slices.Clone(was), func(k mediatorKey) bool { return slices.Contains(is, k) })
	coming := slices.DeleteFunc(slices.Clone(is), func(k mediatorKey) bool { return slices.Contains(was, k) })
	if len(leaving) > 0 {
		queueKeys(batch, `UPDATE mediator m SET until = $2 FROM unnest($3::text[], $4::text[], $5::text[], $6::bool[]) u(subject, issuer, registry_id, host)
			WHERE m.case_id = $1 AND m.until IS NULL AND (m.subject, m.issuer, m.registry_id) = (u.subject, u.issuer, u.registry_id)`,
			after.ID, after.UpdatedAt, leaving)
	}
	if len(coming) > 0 {
		queueKeys(batch, `INSERT INTO mediator (case_id, since, subject, issuer, registry_id, host)
			SELECT $1, $2, u.subject, u.issuer, u.registry_id, u.host
			FROM unnest($3::text[], $4::text[], $5::text[], $6::bool[]) u(subject, issuer, registry_id, host)`,
			after.ID, after.UpdatedAt, coming)
	}
}

// queueInvitations keeps by what lists find those who are invited.
func queueInvitations(batch *pgx.Batch, before, after mediation.Case) {
	if sameInvitations(before.Invitations, after.Invitations) {
		return
	}
	subjects, issuers, untils := invitationRows(after.Invitations)
	batch.Queue(`DELETE FROM invitation WHERE case_id = $1`, string(after.ID))
	batch.Queue(`INSERT INTO invitation (case_id, subject, issuer, until)
		SELECT $1, u.subject, u.issuer, u.until::date FROM unnest($2::text[], $3::text[], $4::text[]) u(subject, issuer, until)`,
		string(after.ID), subjects, issuers, untils)
}

func queueKeys(batch *pgx.Batch, sql string, id mediation.ID, at time.Time, keys []mediatorKey) {
	var (
		subjects, issuers, registryIDs []string
		hosts                          []bool
	)
	for _, key := range keys {
		subjects, issuers = append(subjects, key.subject), append(issuers, key.issuer)
		registryIDs, hosts = append(registryIDs, key.registryID), append(hosts, key.host)
	}
	batch.Queue(sql, string(id), at, subjects, issuers, registryIDs, hosts)
}
