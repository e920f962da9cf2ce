package tenantdb_test

import (
	"context"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	f := pgtest.Open(t)
	const other = "00000000-0000-4000-8000-000000000002"
	code := f.Code + "101"
	mine := f.Claim(tenantdb.KindTownship, code)
	with := func(change func(*tenantdb.Claim)) tenantdb.Claim {
		changed := mine
		change(&changed)
		return changed
	}
	rebuilt := with(func(c *tenantdb.Claim) { c.UID = "uid-after-rebuilding" })
	theirs := with(func(c *tenantdb.Claim) { c.Installation = other })
	adopted := with(func(c *tenantdb.Claim) { c.Installation, c.Adopt = other, true })
	forget := func() { pgtest.Exec(t, f.AsSuperuser(), `DELETE FROM county.claim WHERE name = '`+code+`'`) }
	schema := func() {
		ensured(t, f, code)
	}
	retain := func() {
		if _, err := f.County.Retain(t.Context(), rebuilt); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func() {}
	for _, c := range []struct {
		reason  string
		before  func()
		claim   tenantdb.Claim
		outcome tenantdb.ClaimOutcome
		problem string
	}{
		{"nothing is there", nothing, mine, tenantdb.ClaimMade, ""},
		{"it is ours", nothing, mine, tenantdb.ClaimHeld, ""},
		{"it is ours, and the schema exists by now", schema, mine, tenantdb.ClaimHeld, ""},
		{"the resource was made anew, its old UID is gone", nothing, rebuilt, tenantdb.ClaimReclaimed, ""},
		{"the resource was deleted and its data retained", retain, rebuilt, tenantdb.ClaimReclaimed, ""},
		{"another installation holds it", nothing, theirs, "", tenantdb.ReasonClaimedByAnother},
		{"another installation's, but the administrator says adopt", nothing, adopted, tenantdb.ClaimAdopted, ""},
		{"the first installation finds it taken", nothing, mine, "", tenantdb.ReasonClaimedByAnother},
		{"a schema that nobody claims", forget, mine, "", tenantdb.ReasonUnclaimed},
		{"a schema that nobody claims, and the administrator says adopt", nothing, with(func(c *tenantdb.Claim) { c.Adopt = true }), tenantdb.ClaimAdopted, ""},
		{"adopt stays set and changes nothing more", nothing, with(func(c *tenantdb.Claim) { c.Adopt = true }), tenantdb.ClaimHeld, ""},
		{"a claim without an installation", nothing, with(func(c *tenantdb.Claim) { c.Installation = "" }), "", tenantdb.ReasonInvalidName},
		{"a claim without a UID", nothing, with(func(c *tenantdb.Claim) { c.UID = "" }), "", tenantdb.ReasonInvalidName},
		{"a county's claim for another county", nothing, tenantdb.Claim{Kind: tenantdb.KindCounty, Name: "371621", Installation: "i", UID: "u"}, "", tenantdb.ReasonInvalidName},
	} {
		c.before()
		outcome, err := f.County.Claim(t.Context(), c.claim)
		problem, _ := tenantdb.AsProblem(err)
		switch {
		case c.problem == "" && (err != nil || outcome != c.outcome):
			t.Errorf("%s: %s, %v; want %s", c.reason, outcome, err, c.outcome)
		case c.problem != "" && (problem == nil || problem.Reason != c.problem || problem.Retry):
			t.Errorf("%s: %v; want %s", c.reason, err, c.problem)
		case c.problem == tenantdb.ReasonUnclaimed || c.problem == tenantdb.ReasonClaimedByAnother:
			if !strings.Contains(problem.Message, tenantdb.AdoptAnnotation) {
				t.Errorf("%s: the words do not name the annotation: %s", c.reason, problem.Message)
			}
		}
	}
}

func ensured(t *testing.T, f *pgtest.Fixture, code string) {
	t.Helper()
	for _, s := range tenantSteps(f, code)[1:] {
		if _, err := s.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
}

func TestClaim_county(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reason  string
		before  string // run in the county's database before the claim
		adopt   bool
		outcome tenantdb.ClaimOutcome
		problem string
	}{
		"empty": {
			reason: "a crash between CREATE DATABASE and the claim leaves an empty database, which is free", outcome: tenantdb.ClaimMade,
		},
		"foreign table": {
			reason: "somebody else uses a database of this name", before: `CREATE TABLE public.theirs (a int)`, problem: tenantdb.ReasonUnclaimed,
		},
		"foreign schema": {
			reason: "somebody else uses a database of this name", before: `CREATE SCHEMA theirs`, problem: tenantdb.ReasonUnclaimed,
		},
		"foreign schema adopted": {
			reason: "the administrator knows whose it is", before: `CREATE SCHEMA theirs`, adopt: true, outcome: tenantdb.ClaimAdopted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			county, address := emptyCounty(t)
			if c.before != "" {
				pgtest.Exec(t, address, c.before)
			}
			code := strings.TrimPrefix(address.Database, "county_")
			outcome, err := county.Claim(t.Context(), tenantdb.Claim{Kind: tenantdb.KindCounty, Name: code, Installation: "i", UID: "u", Adopt: c.adopt})
			problem, _ := tenantdb.AsProblem(err)
			if outcome != c.outcome || (problem == nil) != (c.problem == "") || (problem != nil && problem.Reason != c.problem) {
				t.Errorf("%s: %s, %v; want %s%s", c.reason, outcome, err, c.outcome, c.problem)
			}
		})
	}
}

// emptyCounty makes a county's database and claims nothing.
func emptyCounty(t *testing.T) (*tenantdb.County, postgres.Address) {
	t.Helper()
	admin := pgtest.Server(t)
	server, err := tenantdb.Open(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	code := pgtest.UnusedCode(t)
	t.Cleanup(func() { pgtest.RemoveCounty(t, code) })
	if _, err := server.EnsureRoles(t.Context(), tenantdb.Logins{API: pgtest.APIPassword, Worker: pgtest.WorkerPassword}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.EnsureCountyDatabase(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	county, err := server.County(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(county.Close)
	address := pgtest.Superuser(t)
	address.Database = tenantdb.CountyDatabase(code)
	return county, address
}

func TestClaim_townshipOfAnUnclaimedCounty(t *testing.T) {
	t.Parallel()
	county, address := emptyCounty(t)
	code := strings.TrimPrefix(address.Database, "county_") + "101"
	_, err := county.Claim(t.Context(), tenantdb.Claim{Kind: tenantdb.KindTownship, Name: code, Installation: "i", UID: "u"})
	if problem, _ := tenantdb.AsProblem(err); problem == nil || problem.Reason != tenantdb.ReasonAbsent || !problem.Retry {
		t.Errorf("a town before its county: %v, want Absent and to be tried again", err)
	}
}

func TestRetain_keepsEverything(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	claim := f.Claim(tenantdb.KindTownship, f.Towns[1])
	stranger := claim
	stranger.UID = "another"
	for _, c := range []struct {
		claim   tenantdb.Claim
		changed bool
	}{{stranger, false}, {claim, true}, {claim, false}} {
		if changed, err := f.County.Retain(t.Context(), c.claim); err != nil || changed != c.changed {
			t.Errorf("retain by %s: changed %v, %v; want %v", c.claim.UID, changed, err, c.changed)
		}
	}
	state, err := f.County.Observe(t.Context())
	if err != nil || state.Tenants[f.Towns[1]].Claim != "retained" || !state.Tenants[f.Towns[1]].SchemaExists {
		t.Errorf("after retaining: %+v, %v", state.Tenants[f.Towns[1]], err)
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	plantRows(t, f)
	code := f.Towns[1]
	claim := f.Claim(tenantdb.KindTownship, code)
	stranger := claim
	stranger.UID = "another"
	if problem, _ := tenantdb.AsProblem(f.County.Drop(t.Context(), stranger, nil)); problem == nil || problem.Reason != tenantdb.ReasonNotOurs {
		t.Errorf("a resource without the claim drops: %v, want NotOurs", problem)
	}
	if _, err := f.County.Retain(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	if problem, _ := tenantdb.AsProblem(f.County.Drop(t.Context(), claim, nil)); problem == nil || problem.Reason != tenantdb.ReasonNotOurs {
		t.Errorf("a retained town is dropped: %v, want NotOurs", problem)
	}
	if _, err := f.County.Claim(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to do
		if err := f.County.Drop(t.Context(), claim, nil); err != nil {
			t.Fatalf("drop: %v", err)
		}
	}
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	left := ask(t, conn, `SELECT concat_ws(' ', to_regnamespace('t`+code+`'), (SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname ~ '`+code+`'),
		(SELECT count(*) FROM county.case_index WHERE origin = '`+code+`') + (SELECT count(*) FROM county.member WHERE unit = '`+code+`')
		+ (SELECT count(*) FROM county.event WHERE tenant = '`+code+`') + (SELECT count(*) FROM county.claim WHERE name = '`+code+`'))`)
	if left != "0" {
		t.Errorf("left behind: %s", left)
	}
	for table, column := range map[string]string{
		"party_index": "tenant", "clock": "tenant", "posting": "tenant", "mediator": "tenant", "organisation": "tenant", "legal_adviser": "tenant",
		"registry_journal": "tenant", "reference": "unit", "tenant": "code",
	} {
		if left := ask(t, conn, `SELECT count(*)::text FROM county.`+table+` WHERE `+column+` = '`+code+`'`); left != "0" {
			t.Errorf("%s rows of %s are left: their masked names and digests outlive the keys", left, table)
		}
	}
	if kept := ask(t, conn, `SELECT count(*)::text FROM county.case_index`); kept != "2" {
		t.Errorf("the other units have %s cases, want 2", kept)
	}
	noDrift(t, f)
}

func TestDropCountyDatabase(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	claim := f.Claim(tenantdb.KindCounty, f.Code)
	stranger := claim
	stranger.Installation = "another"
	err := f.Server.DropCountyDatabase(t.Context(), f.Code, stranger)
	if problem, _ := tenantdb.AsProblem(err); problem == nil || problem.Reason != tenantdb.ReasonNotOurs {
		t.Errorf("another installation drops the county: %v, want NotOurs", err)
	}
	busy := pgtest.Connect(t, f.AsSlot(f.Towns[1]))
	err = f.Server.DropCountyDatabase(t.Context(), f.Code, claim)
	if problem, _ := tenantdb.AsProblem(err); problem == nil || problem.Reason != tenantdb.ReasonBusy || !problem.Retry {
		t.Errorf("dropping while a town works: %v, want Busy and to be tried again", err)
	}
	_ = busy.Close(context.Background())
	f.County.Close()
	for range 2 {
		if err := f.Server.DropCountyDatabase(t.Context(), f.Code, claim); err != nil {
			t.Fatalf("drop: %v", err)
		}
	}
	if _, err := f.Server.County(t.Context(), f.Code); reason(err) != tenantdb.ReasonAbsent {
		t.Errorf("after dropping: %v, want Absent", err)
	}
}

func reason(err error) string {
	if problem, ok := tenantdb.AsProblem(err); ok {
		return problem.Reason
	}
	return ""
}
