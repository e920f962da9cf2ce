package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// versionOne is a town as release 1 left it: its tables at version 1, and cases in them.
type versionOne struct {
	t      *testing.T
	county *pgtest.Fixture
	code   string
	owner  *pgx.Conn
	codec  *seal.Codec
}

func newVersionOne(t *testing.T) *versionOne {
	t.Helper()
	t.Parallel()
	f := pgtest.Open(t)
	v := &versionOne{t: t, county: f, code: f.Code + "101"}
	for _, step := range []func(context.Context, string) (bool, error){f.County.EnsureTenantRoles, f.County.EnsureTenantSchema} {
		if _, err := step(t.Context(), v.code); err != nil {
			t.Fatal(err)
		}
	}
	v.owner = pgtest.Connect(t, f.AsSuperuser())
	t.Cleanup(func() { _ = v.owner.Close(context.Background()) })
	v.exec(`SET ROLE o` + v.code)
	err := pgx.BeginFunc(t.Context(), v.owner, func(tx pgx.Tx) error {
		return postgres.MigrateTo(t.Context(), tx, postgres.TenantSet, "t"+v.code, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	v.exec(`RESET ROLE`)
	v.exec(`SET search_path TO t` + v.code + `, county`)
	v.addKey()
	entry := tenantdb.TenantEntry{Code: v.code, County: f.Code, Name: "石庙镇", Kind: "Town", Mode: "Dedicated", State: "active", SchemaVersion: 1}
	if _, err := f.County.PutTenant(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	return v
}

// addKey makes the data key as the first release did.
func (v *versionOne) addKey() {
	v.t.Helper()
	key, err := seal.NewDataKey(1, "")
	if err != nil {
		v.t.Fatal(err)
	}
	wrapped, err := v.county.Keys.Ring.WrapDataKey(v.t.Context(), key, v.code)
	if err != nil {
		v.t.Fatal(err)
	}
	v.exec(`INSERT INTO data_key (version, kek, wrapped) VALUES (1, $1, $2)`, wrapped.KEK, wrapped.Box)
	if v.codec, err = seal.NewCodec([]seal.DataKey{key}); err != nil {
		v.t.Fatal(err)
	}
}

// migrate brings the tables to this release; the data key is still the one that it was.
func (v *versionOne) migrate() (version int, changed bool, err error) {
	v.t.Helper()
	if version, changed, err = v.county.County.MigrateTenant(v.t.Context(), v.code); err == nil {
		v.county.AddDataKey(v.code)
	}
	return version, changed, err
}

func (v *versionOne) exec(sql string, args ...any) {
	v.t.Helper()
	if _, err := v.owner.Exec(v.t.Context(), sql, args...); err != nil {
		v.t.Fatalf("%s: %v", sql, err)
	}
}

func (v *versionOne) seal(table, column string, row mediation.ID, text string) []byte {
	v.t.Helper()
	box, err := v.codec.Seal([]byte(text), seal.AAD{Tenant: v.code, Table: table, Column: column, Row: string(row)})
	if err != nil {
		v.t.Fatal(err)
	}
	return box
}

// file writes a case with the statements of release 1, in full, so that they stay as they were when today's change.
func (v *versionOne) file(c mediation.Case) {
	v.t.Helper()
	text := func(column, text string) []byte { return v.seal("cases", column, c.ID, text) }
	var (
		refusalReason, withdrawalBy *string
		refusalNote, withdrawalNote []byte
	)
	if c.Refusal != nil {
		refusalReason, refusalNote = (*string)(&c.Refusal.Reason), text("refusal_note", c.Refusal.Note)
	}
	if c.Withdrawal != nil {
		withdrawalBy, withdrawalNote = (*string)(&c.Withdrawal.By), text("withdrawal_note", c.Withdrawal.Note)
	}
	var number *string
	if c.Number != "" {
		number = &c.Number
	}
	v.exec(`INSERT INTO cases (id, version, state, registration, number, committee, type, source, title, facts, claims, place, place_code,
		amount, people, occurred_on, tags, refusal_reason, refusal_note, withdrawal_by, withdrawal_note, filed_by, filed_at, updated_at, accepted_at, ended_at)
		SELECT $1, $2, $3, $4, $5, id, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULLIF($15::text, '')::date, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25
		FROM committee WHERE is_default`,
		string(c.ID), c.Version, string(c.State), c.Registration, number, string(c.Type), string(c.Source),
		text("title", c.Title), text("facts", c.Facts), text("claims", c.Claims), text("place", c.Place), c.PlaceCode, c.Amount, c.People,
		c.OccurredOn, c.Tags, refusalReason, refusalNote, withdrawalBy, withdrawalNote, c.FiledBy, c.FiledAt, c.UpdatedAt, c.AcceptedAt, c.EndedAt)
	for i, p := range c.Parties {
		details, err := json.Marshal(p)
		if err != nil {
			v.t.Fatal(err)
		}
		v.exec(`INSERT INTO party (id, case_id, position, side, kind, details) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(p.ID), string(c.ID), i, string(p.Side), string(p.Kind), v.seal("party", "details", p.ID, string(details)))
	}
	v.exec(`INSERT INTO journal (id, case_id, at, actor_issuer, actor_subject, actor_unit, actor_roles, verb, from_state, to_state, version, detail)
		VALUES (gen_random_uuid(), $1, $2, 'https://id.example', 'tester', $3, '{clerk}', 'file', '', $4, $5, $6)`,
		string(c.ID), c.FiledAt, v.code, string(c.State), c.Version, []byte("sealed"))
	v.exec(`INSERT INTO county.case_index (origin, custodian, case_id, state, open, type, source, registration, number, amount, tags,
		masked_parties, filed_at, updated_at, version) VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		v.code, string(c.ID), string(c.State), c.Open(), string(c.Type), string(c.Source), c.Registration, c.Number, c.Amount,
		c.Tags, c.MaskedParties(), c.FiledAt, c.UpdatedAt, c.Version)
}

// ofReleaseOne are cases in every state that release 1 had.
func (v *versionOne) ofReleaseOne() []mediation.Case {
	w := &place{code: v.code}
	if err := v.owner.QueryRow(v.t.Context(), `SELECT id::text FROM committee`).Scan((*string)(&w.committee)); err != nil {
		v.t.Fatal(err)
	}
	amount, later := int64(350_000), midday.AddDate(0, 0, 3)
	pending, accepted, refused, withdrawn := w.newCase(), w.newCase(), w.newCase(), w.newCase()
	pending.Facts, pending.Claims, pending.Place, pending.PlaceCode = "院墙超出边界。", "拆除。", "石庙村", "371621101200"
	pending.Amount, pending.People, pending.OccurredOn = &amount, 4, "2026-11-01"
	accepted.State, accepted.Version, accepted.Number, accepted.AcceptedAt = mediation.StateAccepted, 2, "（2026）石庙人调字第0001号", &later
	refused.State, refused.Version, refused.EndedAt = mediation.StateRefused, 2, &later
	refused.Refusal = &mediation.Refusal{Reason: mediation.RefusalOutOfArea, Note: "请向邻镇申请"}
	withdrawn.State, withdrawn.Version, withdrawn.EndedAt = mediation.StateWithdrawn, 5, &later
	withdrawn.Withdrawal = &mediation.Withdrawal{By: withdrawn.Parties[0].ID, Note: "双方和解"}
	cases := []mediation.Case{pending, accepted, refused, withdrawn}
	for i := range cases {
		cases[i].Tags = []string{"老年人"}
	}
	return cases
}

func TestMigrate_tenantWithCasesOfVersionOne(t *testing.T) {
	v := newVersionOne(t)
	cases := v.ofReleaseOne()
	for _, c := range cases {
		v.file(c)
	}
	where := func() (rows string) {
		const ask = `SELECT string_agg(concat_ws(' ', ctid, xmin, id), ',' ORDER BY id) FROM cases`
		if err := v.owner.QueryRow(t.Context(), ask).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := where()
	for _, want := range []bool{true, false} {
		version, changed, err := v.migrate()
		if err != nil || changed != want || version != postgres.Version(postgres.TenantSet) {
			t.Fatalf("migrated to %d, changed %v, %v; want %v", version, changed, err, want)
		}
	}
	if after := where(); after != before {
		t.Errorf("the migration rewrote rows:\n%s\n%s", before, after)
	}
	if _, err := v.county.County.EnsureSlot(t.Context(), v.code, "a", pgtest.SlotPassword, 10); err != nil {
		t.Fatal(err)
	}
	late := v.ofReleaseOne()[0]
	late.Registration += "-late"
	v.file(late) // by an instance of release 1 that still runs
	cases = append(cases, late)
	w := placeOf(t, v.county, v.code)
	page, err := w.ListCases(t.Context(), casework.CaseQuery{Sort: mediation.SortFiledDescending, Limit: 50})
	if err != nil || page.Total.Value != len(cases) || len(page.Cases) != len(cases) {
		t.Fatalf("%d of %d cases, %v", len(page.Cases), page.Total.Value, err)
	}
	for _, want := range cases {
		got, err := w.FindCase(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(plain(got), plain(want)) {
			t.Errorf("%s after the migration: %v\n got %+v\nwant %+v", want.State, err, plain(got), plain(want))
		}
		after := next(got)
		after.Dangers = []mediation.Danger{{Number: 1, Kind: "suicide", Signs: "扬言自杀", Receiver: "派出所", ReportedAt: midday}}
		w.must(w.update(got, after))
		if again, err := w.FindCase(t.Context(), want.ID); err != nil || !reflect.DeepEqual(plain(again), plain(after)) {
			t.Errorf("%s changed after the migration: %v\n got %+v", want.State, err, again)
		}
	}
	w.findableByParties(t, len(cases))
}

// findableByParties: cases that an earlier release filed are found by their parties once the batch has been over them,
// two at a time, and the batch changes no case.
func (w *place) findableByParties(t *testing.T, cases int) {
	t.Helper()
	before := ask[string](w, `SELECT string_agg(concat_ws(' ', ctid, xmin), ',' ORDER BY id) FROM cases`)
	done := 0
	for step := 2; step == 2; {
		var err error
		if step, err = w.IndexParties(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		done += step
	}
	if indexed := ask[int](w, `SELECT count(DISTINCT owner)::int FROM party_key WHERE kind = 'case'`); done != cases || indexed != cases {
		t.Errorf("%d of %d cases were looked at, %d have keys", done, cases, indexed)
	}
	if after := ask[string](w, `SELECT string_agg(concat_ws(' ', ctid, xmin), ',' ORDER BY id) FROM cases`); after != before {
		t.Error("the batch rewrote cases")
	}
	if again, err := w.IndexParties(t.Context(), 2); again != 0 || err != nil {
		t.Errorf("once more: %d, %v", again, err)
	}
}

// A release that is not of this version is told so, before it reads half of a case.
func TestMigrate_versionOneIsTooOld(t *testing.T) {
	v := newVersionOne(t)
	if _, err := v.county.County.EnsureSlot(t.Context(), v.code, "a", pgtest.SlotPassword, 10); err != nil {
		t.Fatal(err)
	}
	v.exec(`GRANT USAGE ON SCHEMA t` + v.code + ` TO t` + v.code + `; GRANT SELECT ON schema_migration TO t` + v.code)
	err := v.county.Dedicated(v.code, nil).Ready(t.Context())
	if mediation.CodeOf(err) != "schema-version" {
		t.Errorf("ready on version 1: %v", err)
	}
}

// A migration that changes rows counts them: a statement that meets other rows than it was written for stops the whole.
func TestMigrations_countWhatTheyChange(t *testing.T) {
	changes := regexp.MustCompile(`(?im)^\s*(UPDATE|DELETE FROM|INSERT INTO|MERGE INTO)\b`)
	counts := regexp.MustCompile(`(?i)GET DIAGNOSTICS\s+\w+\s*=\s*ROW_COUNT[\s\S]*RAISE EXCEPTION`)
	files, err := filepath.Glob("migration/*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	fault := func(text string) bool { return changes.MatchString(text) && !counts.MatchString(text) }
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if fault(string(text)) {
			t.Errorf("%s changes rows and does not assert how many", file)
		}
	}
	if !fault("ALTER TABLE cases ADD COLUMN x text;\nUPDATE cases SET x = '';") {
		t.Error("a planted change was not seen: the check proves nothing")
	}
	if fault(fmt.Sprintf("DO $$ BEGIN\n%s;\nGET DIAGNOSTICS n = ROW_COUNT; IF n <> m THEN RAISE EXCEPTION 'x'; END IF; END $$", "UPDATE cases SET x = ''")) {
		t.Error("a counted change was refused")
	}
}
