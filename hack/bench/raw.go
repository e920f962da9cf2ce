package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// raw is what somebody would write by hand with net/http and pgx for one thing: the same statements on the same data,
// the same sealing, the same JSON, batched where one statement does not wait for another's answer. It leaves out what it
// is measured for: tokens, permissions, validation, the rules of a case, the computation of clocks, problems, headers.
type raw struct {
	o         *office
	pool      *pgxpool.Pool
	codec     *seal.Codec
	committee string
}

func (o *office) raw() *raw {
	config, err := o.county.AsSlot(o.town).Config()
	o.h.must(err)
	config.MaxConns = connections
	role := "t" + o.town
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SELECT set_config('role', $1, false), set_config('search_path', $2, false), set_config('TimeZone', 'UTC', false)`, role, "t"+o.town)
		return err
	}
	pool, err := pgxpool.NewWithConfig(o.h.ctx, config)
	o.h.must(err)
	o.h.Cleanup(pool.Close)
	codec, err := seal.NewCodec(o.county.DataKeys(o.town))
	o.h.must(err)
	r := &raw{o: o, pool: pool, codec: codec}
	o.h.must(pool.QueryRow(o.h.ctx, `SELECT id::text FROM committee WHERE is_default`).Scan(&r.committee))
	return r
}

func (r *raw) url() string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/tenants/{tenant}/cases/{case}", r.get)
	mux.HandleFunc("POST /v1/tenants/{tenant}/cases/{case}/withdraw", r.withdraw)
	return r.o.serve(mux)
}

// The product's statements, word for word: the log of the server shows them (log_statement = all).
const (
	rawMembers = `SELECT unit, issuer, subject, name, roles, source, version, updated_at, kind,
		COALESCE(to_char(valid_from, 'YYYY-MM-DD'), ''), COALESCE(to_char(valid_to, 'YYYY-MM-DD'), ''), disabled, villages FROM county.member
		WHERE issuer = $1 AND subject = $2 AND CASE WHEN $3::text[] IS NULL
			THEN length(unit) = 6 OR EXISTS (SELECT FROM county.tenant t WHERE t.code = unit)
			ELSE unit = ANY($3) END
		ORDER BY unit`
	rawMediator = `SELECT r.id::text, r.version, r.status, r.created_at, r.updated_at, r.details FROM county.mediator r
		WHERE r.tenant = $1 AND r.subject = $2 AND r.issuer = $3 AND r.subject <> ''`
	rawSelect = `SELECT c.id::text, c.version, c.state, c.registration, COALESCE(c.number, ''), c.committee::text, c.type, c.source,
       c.title, c.facts, c.claims, c.place, c.place_code, c.amount, c.people, COALESCE(to_char(c.occurred_on, 'YYYY-MM-DD'), ''), c.tags,
       c.refusal_reason, c.refusal_note, COALESCE(c.withdrawal_by::text, ''), c.withdrawal_note,
       c.filed_by, c.filed_at, c.updated_at, c.accepted_at, c.ended_at, COALESCE(c.first_volume::text, ''),
       c.agreed_amount, c.agreement_form, c.volume, c.difficulty, c.risk, c.governance_types, c.enterprise, COALESCE(c.restricted, ''),
       ARRAY(SELECT p.id::text FROM party p WHERE p.case_id = c.id ORDER BY p.position),
       ARRAY(SELECT p.details FROM party p WHERE p.case_id = c.id ORDER BY p.position),
       ARRAY(SELECT r.kind || '/' || r.position FROM record r WHERE r.case_id = c.id ORDER BY r.kind, r.position),
       ARRAY(SELECT r.details FROM record r WHERE r.case_id = c.id ORDER BY r.kind, r.position) FROM cases c WHERE c.id = $1`
	rawLock   = `SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE`
	rawTenant = `SELECT t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota, t.storage_quota, t.attachments_quota, t.requests_quota, t.updated_at, 0, COALESCE(c.id::text, ''),
		COALESCE(c.name, ''), COALESCE(c.prefix, ''), COALESCE(c.pattern, '') FROM county.tenant t LEFT JOIN committee c ON c.is_default WHERE t.code = $1`
	rawUpdate = `UPDATE cases SET (version, state, registration, number, committee, type, source, title, facts, claims, place, place_code, amount, people,
		occurred_on, tags, refusal_reason, refusal_note, withdrawal_by, withdrawal_note, filed_by, filed_at, updated_at, accepted_at, ended_at,
		agreed_amount, agreement_form, first_volume, volume, difficulty, risk, governance_types, enterprise, restricted) =
		($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::date, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
		$31, $32, $33, $34, $35) WHERE id = $1 AND version = $36 AND state = $37`
	rawIndex = `UPDATE county.case_index SET (state, open, type, source, registration, number, amount, tags, masked_parties, filed_at, updated_at,
		version, difficulty, risk, governance_types, enterprise) = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) WHERE origin = $1 AND case_id = $2 AND custodian = $1`
	rawClocks = `
WITH given AS (
    SELECT u.rule, u.started, u.due, u.warn, u.state
    FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::text[]) u(rule, started, due, warn, state)
), ended AS (
    UPDATE clock k SET state = 'done'
    WHERE k.case_id = $1 AND k.state <> 'done' AND NOT EXISTS (SELECT FROM given g WHERE (g.rule, g.started) = (k.rule, k.started))
    RETURNING k.rule, k.started
), written AS (
    INSERT INTO clock AS k (case_id, rule, started, due, warn, state) SELECT $1, rule, started, due, warn, state FROM given
    ON CONFLICT (case_id, rule, started) DO UPDATE SET due = excluded.due, warn = excluded.warn, state = excluded.state
    WHERE (k.due, k.warn, k.state) IS DISTINCT FROM (excluded.due, excluded.warn, excluded.state)
    RETURNING k.rule, k.started, k.due, k.warn, k.raise_at, k.state
), taken AS (
    DELETE FROM county.clock c
    USING (SELECT rule, started FROM ended UNION ALL SELECT rule, started FROM written WHERE state <> 'open') x
    WHERE c.tenant = $7 AND c.case_id = $1 AND (c.rule, c.started) = (x.rule, x.started)
), put AS (
    INSERT INTO county.clock AS c (tenant, case_id, rule, started, due, warn, raise_at)
    SELECT $7, $1, rule, started, due, warn, raise_at FROM written WHERE state = 'open'
    ON CONFLICT (tenant, case_id, rule, started) DO UPDATE SET due = excluded.due, warn = excluded.warn, raise_at = excluded.raise_at
)
UPDATE cases SET clock_edition = $8 WHERE id = $1 AND clock_edition IS DISTINCT FROM $8`
	rawJournal = `INSERT INTO journal (id, case_id, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state, to_state, version, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	rawEvent = `INSERT INTO county.event (tenant, type, case_id, version, at) VALUES ($1, $2, $3, $4, $5)`
)

// rawCase is a case as its row and its parties tell it.
type rawCase struct {
	view                        httpapi.CaseDetailView
	committee                   string
	title, facts, claims, place []byte
	refusalReason, form, volume *string
	refusalNote, withdrawalNote []byte
	withdrawalBy                string
	agreedAmount                *int64
	difficulty, risk            *string
	governance                  []string
	enterprise                  *bool
	restricted                  string
	partyIDs                    []string
	parties                     []mediation.Party
	partyDetails, recordDetails [][]byte
	recordKeys                  []string
}

// rawTenantRow is what a change asks about its town.
type rawTenantRow struct {
	name, kind, mode, state, committee, committeeName, prefix, pattern string
	schema, quota, open                                                int
	storage, attachments, requests                                     int
	updated                                                            time.Time
}

func (r *raw) scan(row pgx.Row) (*rawCase, error) {
	c := &rawCase{}
	v := &c.view
	err := row.Scan(&v.ID, &v.Version, (*string)(&v.State), &v.Registration, &v.Number, &c.committee, (*string)(&v.Type), (*string)(&v.Source),
		&c.title, &c.facts, &c.claims, &c.place, &v.PlaceCode, &v.Amount, &v.People, &v.OccurredOn, &v.Tags,
		&c.refusalReason, &c.refusalNote, &c.withdrawalBy, &c.withdrawalNote, &v.FiledBy, &v.FiledAt, &v.UpdatedAt, &v.AcceptedAt, &v.EndedAt,
		&v.FirstVolume, &c.agreedAmount, &c.form, &c.volume, &c.difficulty, &c.risk, &c.governance, &c.enterprise, &c.restricted, &c.partyIDs, &c.partyDetails, &c.recordKeys, &c.recordDetails)
	if err != nil {
		return nil, err
	}
	v.Tenant = r.o.town
	for _, text := range []struct {
		column string
		box    []byte
		to     *string
	}{{"title", c.title, &v.Title}, {"facts", c.facts, &v.Facts}, {"claims", c.claims, &v.Claims}, {"place", c.place, &v.Place}} {
		plain, err := r.codec.Open(text.box, seal.AAD{Tenant: r.o.town, Table: "cases", Column: text.column, Row: v.ID})
		if err != nil {
			return nil, err
		}
		*text.to = string(plain)
	}
	if c.withdrawalNote != nil {
		note, err := r.codec.Open(c.withdrawalNote, seal.AAD{Tenant: r.o.town, Table: "cases", Column: "withdrawal_note", Row: v.ID})
		if err != nil {
			return nil, err
		}
		v.Withdrawal = &httpapi.WithdrawalView{Note: string(note), By: c.withdrawalBy}
	}
	for i, id := range c.partyIDs {
		plain, err := r.codec.Open(c.partyDetails[i], seal.AAD{Tenant: r.o.town, Table: "party", Column: "details", Row: id})
		if err != nil {
			return nil, err
		}
		var p mediation.Party
		if err := json.Unmarshal(plain, &p); err != nil {
			return nil, err
		}
		c.parties = append(c.parties, p)
		v.Parties = append(v.Parties, httpapi.PartyView{ID: id, PartyInput: httpapi.PartyInput{Side: httpapi.SideCode(p.Side), Kind: httpapi.PartyCode(p.Kind),
			Name: p.Name, IdentityType: httpapi.IdentityCode(p.IdentityType), Phone: mediation.MaskPhone(p.Phone), Address: mediation.MaskAddress(p.Address)}})
	}
	r.dress(v)
	return c, nil
}

// dress fills in what a case without records shows.
func (r *raw) dress(v *httpapi.CaseDetailView) {
	v.FiledAt, v.UpdatedAt = mediation.LegalTime(v.FiledAt), mediation.LegalTime(v.UpdatedAt)
	if v.EndedAt != nil {
		at := mediation.LegalTime(*v.EndedAt)
		v.EndedAt = &at
	}
	v.Performance, v.ConfirmationState = "none", "none"
	v.Warnings, v.GovernanceTypes = []httpapi.WarningView{}, []httpapi.GovernanceCode{}
	v.Gradings, v.Assessments = []httpapi.GradingView{}, []httpapi.AssessmentView{}
	v.FileGaps = []httpapi.FileGapView{{Kind: "application-or-register", ZH: "申请书或者受理登记表", EN: "Application or register of acceptance"}}
	v.Mediators, v.Recusals, v.Investigations = []httpapi.MediatorView{}, []httpapi.RecusalView{}, []httpapi.InvestigationView{}
	v.Meetings, v.Dangers, v.Suspensions = []httpapi.MeetingView{}, []httpapi.DangerView{}, []httpapi.SuspensionView{}
	v.Extensions, v.Referrals, v.Transfers = []httpapi.ExtensionView{}, []httpapi.ReferralView{}, []httpapi.TransferView{}
	v.Payments, v.Urgings, v.Visits = []httpapi.PaymentView{}, []httpapi.UrgingView{}, []httpapi.VisitView{}
	v.Papers, v.Links, v.Invitations = []httpapi.PaperView{}, []httpapi.LinkView{}, []httpapi.InvitationView{}
}

// standing reads what the caller is in the town; nobody in the office is in the registry of mediators.
func (r *raw) standing(ctx context.Context) (err error) {
	batch := &pgx.Batch{}
	batch.Queue(rawMembers, issuer, director, []string{r.o.town, r.o.town[:6]})
	batch.Queue(rawMediator, r.o.town, director, issuer)
	results := r.pool.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	rows, err := results.Query()
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m mediation.Membership, err error) {
		var roles []string
		err = row.Scan(&m.Unit, &m.Issuer, &m.Subject, &m.Name, &roles, &m.Source, &m.Version, &m.UpdatedAt,
			(*string)(&m.Kind), &m.ValidFrom, &m.ValidTo, &m.Disabled, &m.Villages)
		return m, err
	})
	if err != nil {
		return err
	}
	linked, err := results.Exec()
	if err == nil && linked.RowsAffected() > 0 {
		err = errors.New("the director is in the registry of mediators: what is written by hand does not open its rows")
	}
	return err
}

func (r *raw) get(w http.ResponseWriter, q *http.Request) {
	if err := r.standing(q.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c, err := r.scan(r.pool.QueryRow(q.Context(), rawSelect, q.PathValue("case")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, c.view)
}

func answer(w http.ResponseWriter, v httpapi.CaseDetailView) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", strconv.Quote(strconv.FormatInt(v.Version, 10)))
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // the client has gone
}

func (r *raw) withdraw(w http.ResponseWriter, q *http.Request) {
	ctx := q.Context()
	var body httpapi.WithdrawalInput
	if err := json.NewDecoder(q.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := r.standing(ctx); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var c *rawCase
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		var err error
		c, err = r.withdrawn(ctx, tx, q.PathValue("case"), body.Note)
		return err
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, c.view)
}

func (r *raw) withdrawn(ctx context.Context, tx pgx.Tx, id, note string) (*rawCase, error) {
	reads := &pgx.Batch{}
	reads.Queue(rawLock, id)
	reads.Queue(rawSelect, id)
	reads.Queue(rawTenant, r.o.town)
	results := tx.SendBatch(ctx, reads)
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	c, err := r.scan(results.QueryRow())
	if err != nil {
		return nil, err
	}
	var t rawTenantRow
	if err := results.QueryRow().Scan(&t.name, &t.kind, &t.mode, &t.state, &t.schema, &t.quota, &t.storage, &t.attachments, &t.requests, &t.updated, &t.open, &t.committee, &t.committeeName,
		&t.prefix, &t.pattern); err != nil {
		return nil, err
	}
	if err := results.Close(); err != nil {
		return nil, err
	}
	at := mediation.LegalTime(time.Now()).Truncate(time.Microsecond)
	v := &c.view
	v.State, v.Version, v.UpdatedAt, v.EndedAt = "withdrawn", v.Version+1, at, &at
	v.Withdrawal = &httpapi.WithdrawalView{Note: note}
	return c, r.store(ctx, tx, c, at)
}

func (r *raw) store(ctx context.Context, tx pgx.Tx, c *rawCase, at time.Time) error {
	v := c.view
	box := func(table, row, column, text string) []byte {
		sealed, err := r.codec.Seal([]byte(text), seal.AAD{Tenant: r.o.town, Table: table, Column: column, Row: row})
		r.o.h.must(err)
		return sealed
	}
	batch := &pgx.Batch{}
	batch.Queue(rawUpdate, v.ID, v.Version, string(v.State), v.Registration, nil, c.committee, string(v.Type), string(v.Source),
		box("cases", v.ID, "title", v.Title), box("cases", v.ID, "facts", v.Facts), box("cases", v.ID, "claims", v.Claims), box("cases", v.ID, "place", v.Place),
		v.PlaceCode, v.Amount, v.People, nil, v.Tags, nil, nil, nil, box("cases", v.ID, "withdrawal_note", v.Withdrawal.Note), v.FiledBy, v.FiledAt, at, nil, at,
		nil, nil, nil, nil, c.difficulty, c.risk, c.governance, c.enterprise, nil, v.Version-1, "pending-acceptance")
	var masked []string
	for _, p := range c.parties {
		masked = append(masked, p.MaskedName())
	}
	batch.Queue(rawIndex, r.o.town, v.ID, string(v.State), false, string(v.Type), string(v.Source), v.Registration, "", v.Amount, v.Tags, masked, v.FiledAt, at, v.Version,
		c.difficulty, c.risk, c.governance, c.enterprise)
	batch.Queue(rawClocks, v.ID, []string{"acceptance"}, []time.Time{v.FiledAt}, []time.Time{v.FiledAt.Add(72 * time.Hour)},
		[]time.Time{v.FiledAt.Add(48 * time.Hour)}, []string{"done"}, r.o.town, "by hand")
	entry := uuid.Must(uuid.NewV7()).String()
	batch.Queue(rawJournal, entry, v.ID, at, issuer, director, r.o.town, []string{"director"}, "withdraw", "pending-acceptance", "withdrawn", v.Version,
		box("journal", entry, "detail", `{"name":"王主任","changes":[{"field":"/state","before":"pending-acceptance","after":"withdrawn"}],"reason":"`+v.Withdrawal.Note+`"}`))
	batch.Queue(rawEvent, r.o.town, "case.withdraw", v.ID, v.Version, at)
	return tx.SendBatch(ctx, batch).Close()
}
