package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// selectRow reads a case with its parties, which come as parallel arrays, so that a page is one statement.
const selectRow = `
SELECT c.id::text, c.version, c.state, c.registration, COALESCE(c.number, ''), c.committee::text, c.type, c.source,
       c.title, c.facts, c.claims, c.place, c.place_code, c.amount, c.people, COALESCE(to_char(c.occurred_on, 'YYYY-MM-DD'), ''), c.tags,
       c.refusal_reason, c.refusal_note, COALESCE(c.withdrawal_by::text, ''), c.withdrawal_note,
       c.filed_by, c.filed_at, c.updated_at, c.accepted_at, c.ended_at, COALESCE(c.first_volume::text, ''),
       c.agreed_amount, c.agreement_form, c.volume, c.difficulty, c.risk, c.governance_types, c.enterprise, COALESCE(c.restricted, ''),
       ARRAY(SELECT p.id::text FROM party p WHERE p.case_id = c.id ORDER BY p.position),
       ARRAY(SELECT p.details FROM party p WHERE p.case_id = c.id ORDER BY p.position)`

// One case comes with all of its records, in the one statement that sees them at one moment. A list opens only those that
// say whose case it is: opening everything makes a page of fifty five times as slow.
const (
	selectCase   = selectRow + selectRecords + ` FROM cases c `
	selectListed = selectRow + selectListedRecords + ` FROM cases c `
)

// sealedCase is a row before its texts are opened.
type sealedCase struct {
	mediation.Case
	title, facts, claims, place []byte
	refusalReason               *string
	refusalNote, withdrawalNote []byte
	withdrawalBy                string
	partyIDs                    []string
	partyDetails                [][]byte
	agreedAmount                *int64
	agreementForm, volume       *string
	judged                      judgedColumns
	recordKeys                  []string
	recordDetails               [][]byte
}

func (r tenantRows) scanCase(row pgx.CollectableRow) (mediation.Case, error) {
	s, err := scanSealed(row)
	if err != nil {
		return mediation.Case{}, err
	}
	return r.openCase(s)
}

// scanListed fills in what the row itself tells of the agreement and the volume.
func (r tenantRows) scanListed(row pgx.CollectableRow) (mediation.Case, error) {
	s, err := scanSealed(row)
	if err != nil {
		return mediation.Case{}, err
	}
	if s.agreementForm != nil {
		s.Agreement = &mediation.Agreement{Form: mediation.AgreementForm(*s.agreementForm), Amount: s.agreedAmount}
	}
	if s.volume != nil {
		s.Volume = &mediation.Volume{Number: *s.volume}
	}
	s.judged.fill(&s.Case)
	return r.openCase(s)
}

func scanSealed(row pgx.CollectableRow) (*sealedCase, error) {
	s := &sealedCase{}
	err := row.Scan((*string)(&s.ID), &s.Version, (*string)(&s.State), &s.Registration, &s.Number, (*string)(&s.Committee),
		(*string)(&s.Type), (*string)(&s.Source), &s.title, &s.facts, &s.claims, &s.place, &s.PlaceCode, &s.Amount, &s.People,
		&s.OccurredOn, &s.Tags, &s.refusalReason, &s.refusalNote, &s.withdrawalBy, &s.withdrawalNote,
		&s.FiledBy, &s.FiledAt, &s.UpdatedAt, &s.AcceptedAt, &s.EndedAt, (*string)(&s.FirstVolume),
		&s.agreedAmount, &s.agreementForm, &s.volume,
		&s.judged.difficulty, &s.judged.risk, &s.judged.governance, &s.judged.enterprise, (*string)(&s.Restriction), &s.partyIDs, &s.partyDetails, &s.recordKeys, &s.recordDetails)
	return s, err
}

func (r tenantRows) openCase(s *sealedCase) (mediation.Case, error) {
	c := &s.Case
	c.Tenant = r.code
	text := sealer{codec: r.codec, tenant: r.code, table: "cases", row: c.ID}
	c.Title, c.Facts = text.open("title", s.title), text.open("facts", s.facts)
	c.Claims, c.Place = text.open("claims", s.claims), text.open("place", s.place)
	if s.refusalReason != nil {
		c.Refusal = &mediation.Refusal{Reason: mediation.RefusalReason(*s.refusalReason), Note: text.open("refusal_note", s.refusalNote)}
	}
	if s.withdrawalNote != nil {
		c.Withdrawal = &mediation.Withdrawal{By: mediation.ID(s.withdrawalBy), Note: text.open("withdrawal_note", s.withdrawalNote)}
	}
	if text.err != nil {
		return mediation.Case{}, text.err
	}
	c.FiledAt, c.UpdatedAt = mediation.LegalTime(c.FiledAt), mediation.LegalTime(c.UpdatedAt)
	c.AcceptedAt, c.EndedAt = legal(c.AcceptedAt), legal(c.EndedAt)
	if len(c.Tags) == 0 {
		c.Tags = nil
	}
	c.Parties = make([]mediation.Party, len(s.partyIDs))
	for i, id := range s.partyIDs {
		if err := r.openParty(mediation.ID(id), s.partyDetails[i], &c.Parties[i]); err != nil {
			return mediation.Case{}, err
		}
	}
	err := r.openRecords(c, s.recordKeys, s.recordDetails)
	return *c, err
}

func (r tenantRows) openParty(id mediation.ID, box []byte, party *mediation.Party) error {
	text := sealer{codec: r.codec, tenant: r.code, table: "party", row: id}
	text.openJSON("details", box, party)
	party.ID = id
	return text.err
}

func legal(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	local := mediation.LegalTime(*at)
	return &local
}

// findCase treats an id that is no UUID as one that never was.
func (r tenantRows) findCase(ctx context.Context, q querier, id mediation.ID) (mediation.Case, error) {
	if uuid.Validate(string(id)) != nil {
		return mediation.Case{}, mediation.UnknownCase()
	}
	rows, err := q.Query(ctx, selectCase+`WHERE c.id = $1`, string(id))
	if err != nil {
		return mediation.Case{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, r.scanCase)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, mediation.UnknownCase()
	}
	return c, err
}

// LockCase locks first and reads in a statement of its own: the read's snapshot must be younger than the lock, or it
// would show the parties as they were before the one who held the lock changed them.
func (t *tenantTx) LockCase(ctx context.Context, id mediation.ID) (mediation.Case, error) {
	if uuid.Validate(string(id)) != nil {
		return mediation.Case{}, mediation.UnknownCase()
	}
	batch := &pgx.Batch{} // in one round trip, too, each statement has a snapshot of its own
	batch.Queue(`SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE`, string(id))
	batch.Queue(selectCase+`WHERE c.id = $1`, string(id))
	batch.Queue(selectTenantUncounted, t.rows.code)
	results := t.tx.SendBatch(ctx, batch)
	c, err := t.locked(results)
	if closing := results.Close(); err == nil {
		err = closing
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return c, mediation.UnknownCase()
	}
	return c, err
}

// locked reads the answers of LockCase: the lock, the case, the tenant that a change asks for next.
func (t *tenantTx) locked(results pgx.BatchResults) (mediation.Case, error) {
	if _, err := results.Exec(); err != nil {
		return mediation.Case{}, err
	}
	rows, err := results.Query()
	if err != nil {
		return mediation.Case{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, t.rows.scanCase)
	if err != nil {
		return c, err
	}
	tenant, err := t.rows.scanTenant(results.QueryRow())
	t.tenant = &tenant
	return c, err
}

// caseRow is a case as its columns hold it, in the order of caseColumns without the id.
const caseColumns = `version, state, registration, number, committee, type, source, title, facts, claims, place, place_code, amount, people,
	occurred_on, tags, refusal_reason, refusal_note, withdrawal_by, withdrawal_note, filed_by, filed_at, updated_at, accepted_at, ended_at,
	agreed_amount, agreement_form, first_volume, volume, difficulty, risk, governance_types, enterprise, restricted`

func (r tenantRows) caseRow(c mediation.Case) ([]any, error) {
	text := sealer{codec: r.codec, tenant: r.code, table: "cases", row: c.ID}
	var (
		refusalReason, withdrawalBy *string
		refusalNote, withdrawalNote []byte
		agreedAmount                *int64
		agreementForm, volume       *string
	)
	if c.Refusal != nil {
		refusalReason = (*string)(&c.Refusal.Reason)
		refusalNote = text.seal("refusal_note", c.Refusal.Note)
	}
	if c.Withdrawal != nil {
		withdrawalBy = optional(string(c.Withdrawal.By))
		withdrawalNote = text.seal("withdrawal_note", c.Withdrawal.Note)
	}
	if c.Agreement != nil {
		agreedAmount, agreementForm = c.Agreement.Amount, (*string)(&c.Agreement.Form)
	}
	if c.Volume != nil {
		volume = &c.Volume.Number
	}
	row := []any{
		c.Version, string(c.State), c.Registration, optional(c.Number), string(c.Committee), string(c.Type), string(c.Source),
		text.seal("title", c.Title), text.seal("facts", c.Facts), text.seal("claims", c.Claims), text.seal("place", c.Place),
		c.PlaceCode, c.Amount, c.People, optional(c.OccurredOn), tags(c), refusalReason, refusalNote, withdrawalBy, withdrawalNote,
		c.FiledBy, c.FiledAt, c.UpdatedAt, c.AcceptedAt, c.EndedAt,
		agreedAmount, agreementForm, optional(string(c.FirstVolume)), volume,
	}
	row = append(row, judgedValues(c)...)
	return append(row, optional(string(c.Restriction))), text.err
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func tags(c mediation.Case) []string {
	if c.Tags == nil {
		return []string{}
	}
	return c.Tags
}

const insertCase = `INSERT INTO cases (search_edition, id, ` + caseColumns + `) VALUES
	(` + searchEdition + `, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::date, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)`

const updateCase = `UPDATE cases SET (` + caseColumns + `) =
	($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::date, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)
	WHERE id = $1 AND version = $36 AND state = $37`

const insertIndex = `INSERT INTO county.case_index (origin, custodian, case_id, state, open, type, source, registration, number, amount, tags,
	masked_parties, filed_at, updated_at, version, difficulty, risk, governance_types, enterprise)
	VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

const updateIndex = `UPDATE county.case_index SET (state, open, type, source, registration, number, amount, tags, masked_parties, filed_at, updated_at,
	version, difficulty, risk, governance_types, enterprise) = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) WHERE origin = $1 AND case_id = $2 AND custodian = $1`

func (r tenantRows) indexRow(c mediation.Case) []any {
	row := []any{
		r.code, string(c.ID), string(c.State), c.Open(), string(c.Type), string(c.Source), c.Registration, c.Number, c.Amount,
		tags(c), indexedParties(c), c.FiledAt, c.UpdatedAt, c.Version,
	}
	return append(row, judgedValues(c)...)
}

// indexedParties are the masked names that the county may read; of a restricted case none.
func indexedParties(c mediation.Case) []string {
	if c.Restriction != "" {
		return []string{}
	}
	return c.MaskedParties()
}

// CreateCase stores the case, its parties, its records and the county's index row, with this tenant as custodian.
func (t *tenantTx) CreateCase(ctx context.Context, c mediation.Case) error {
	if c.Tenant != t.rows.code {
		return fmt.Errorf("case of tenant %s in the store of %s", c.Tenant, t.rows.code)
	}
	row, err := t.rows.caseRow(c)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(insertCase, append([]any{string(c.ID)}, row...)...)
	if err := t.rows.queueParties(batch, c); err != nil {
		return err
	}
	if err := t.rows.queueRecords(batch, mediation.Case{}, c); err != nil {
		return err
	}
	queueMediators(batch, mediation.Case{}, c)
	queueInvitations(batch, mediation.Case{}, c)
	t.rows.queueSearch(batch, c)
	t.rows.queueCaseKeys(batch, c)
	batch.Queue(insertIndex, t.rows.indexRow(c)...)
	return t.tx.SendBatch(ctx, batch).Close()
}

// queueParties inserts all parties by one statement.
func (r tenantRows) queueParties(batch *pgx.Batch, c mediation.Case) error {
	var (
		ids, sides, kinds []string
		positions         []int
		details           [][]byte
	)
	for i, p := range c.Parties {
		text := sealer{codec: r.codec, tenant: r.code, table: "party", row: p.ID}
		details = append(details, text.sealJSON("details", p))
		if text.err != nil {
			return text.err
		}
		ids, sides, kinds = append(ids, string(p.ID)), append(sides, string(p.Side)), append(kinds, string(p.Kind))
		positions = append(positions, i)
	}
	batch.Queue(`INSERT INTO party (id, case_id, position, side, kind, details)
		SELECT u.id, $1, u.position, u.side, u.kind, u.details
		FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::bytea[]) u(id, position, side, kind, details)`,
		string(c.ID), ids, positions, sides, kinds, details)
	return nil
}

// UpdateCase stores after where before still holds, and the index row where this tenant still has custody. Of the records
// only those that differ are written.
func (t *tenantTx) UpdateCase(ctx context.Context, before, after mediation.Case) error {
	row, err := t.rows.caseRow(after)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(updateCase, append(append([]any{string(after.ID)}, row...), before.Version, string(before.State))...)
	batch.Queue(updateIndex, t.rows.indexRow(after)...)
	if !slices.Equal(before.Parties, after.Parties) {
		batch.Queue(`DELETE FROM party WHERE case_id = $1`, string(after.ID))
		if err := t.rows.queueParties(batch, after); err != nil {
			return err
		}
	}
	if !slices.Equal(before.Parties, after.Parties) || before.Restriction != after.Restriction {
		t.rows.queueCaseKeys(batch, after)
	}
	if err := t.rows.queueRecords(batch, before, after); err != nil {
		return err
	}
	queueMediators(batch, before, after)
	queueInvitations(batch, before, after)
	t.rows.queueSearchChange(batch, before, after)
	batch.QueuedQueries = append(batch.QueuedQueries, t.last.QueuedQueries...)
	t.last = pgx.Batch{}
	results := t.tx.SendBatch(ctx, batch)
	stored, err := results.Exec()
	if err != nil {
		return errors.Join(err, results.Close())
	}
	indexed, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	if stored.RowsAffected() == 0 {
		return mediation.StaleVersion()
	}
	if indexed.RowsAffected() == 0 {
		return t.handedOver(ctx, after.ID)
	}
	return nil
}

// handedOver names the new place: whoever registered a case may always see who holds it.
func (t *tenantTx) handedOver(ctx context.Context, id mediation.ID) error {
	var custodian string
	err := t.tx.QueryRow(ctx, `SELECT custodian FROM county.case_index WHERE origin = $1 AND case_id = $2`, t.rows.code, string(id)).Scan(&custodian)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return mediation.Fail(mediation.Conflict, "handed-over",
		"The case was handed over to unit "+custodian+": change it there.", "该案已转交单位 "+custodian+"，请在该单位办理。")
}
