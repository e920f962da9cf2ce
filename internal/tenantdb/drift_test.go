package tenantdb_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// Every way in which a hand may change what was declared: Observe names it, the Ensure steps repair it.
var handiwork = map[string]struct {
	sql  string // ONE, TWO: towns; COUNTY: the county
	seen string // part of a finding
}{
	"a tenant's grant is revoked":           {`REVOKE INSERT ON tONE.cases FROM tONE`, "tONE lacks INSERT on tONE.cases"},
	"a tenant gets more on its own table":   {`GRANT DELETE ON tONE.journal TO tONE`, "tONE has DELETE on tONE.journal"},
	"a tenant gets a column of its journal": {`GRANT UPDATE (verb) ON tONE.journal TO tONE`, "tONE has UPDATE on tONE.journal (verb)"},
	"a neighbour gets a table":              {`GRANT USAGE ON SCHEMA tTWO TO tONE; GRANT SELECT ON tTWO.cases TO tONE`, "tONE has SELECT on tTWO.cases"},
	"everybody gets a table":                {`GRANT SELECT ON tONE.party TO PUBLIC`, "PUBLIC has SELECT on tONE.party"},
	"a grant becomes grantable":             {`GRANT SELECT ON tONE.cases TO tONE WITH GRANT OPTION`, "tONE has SELECT on tONE.cases"},
	"a schema's USAGE is revoked":           {`REVOKE USAGE ON SCHEMA tONE FROM tONE`, "tONE lacks USAGE on tONE"},
	"a tenant may create in its schema":     {`GRANT CREATE ON SCHEMA tONE TO tONE`, "tONE has CREATE on tONE"},
	"a county grant is revoked":             {`REVOKE SELECT ON county.member FROM county_COUNTY_towns`, "lacks SELECT on county.member"},
	"the claims are opened":                 {`GRANT SELECT ON county.claim TO county_COUNTY_towns`, "has SELECT on county.claim"},
	"a policy is dropped":                   {`DROP POLICY own_origin ON county.case_index`, "policy own_origin is missing or altered"},
	"a policy is loosened":                  {`ALTER POLICY own_origin ON county.case_index USING (true)`, "policy own_origin is missing or altered"},
	"a policy is opened to everybody":       {`ALTER POLICY whole_county ON county.case_index TO PUBLIC`, "policy whole_county is missing or altered"},
	"a policy is added":                     {`CREATE POLICY mine ON county.member USING (true)`, "policy mine is not declared"},
	"row-level security is switched off":    {`ALTER TABLE county.event DISABLE ROW LEVEL SECURITY`, "row-level security is switched off"},
	"row-level security is forced":          {`ALTER TABLE county.event FORCE ROW LEVEL SECURITY`, "row-level security is forced"},
	"everybody may connect":                 {`GRANT CONNECT ON DATABASE county_COUNTY TO PUBLIC`, "PUBLIC has CONNECT"},
	"temporary tables are allowed":          {`GRANT TEMP ON DATABASE county_COUNTY TO county_COUNTY_towns`, "has TEMPORARY"},
	"the API may not connect":               {`REVOKE CONNECT ON DATABASE county_COUNTY FROM tiaojie_api`, "tiaojie_api lacks CONNECT"},
	"a tenant becomes its neighbour":        {`GRANT tTWO TO tONE`, "tTWO"},
	"a login becomes the owner":             {`GRANT oONE TO tONE_a`, "oONE"},
	"a login becomes the county":            {`GRANT county_COUNTY TO tONE_a`, "county_COUNTY"},
	"a tenant may admit others":             {`GRANT tONE TO tiaojie_api WITH ADMIN OPTION`, "lets its member tiaojie_api admit others"},
	"the API loses a tenant":                {`REVOKE tONE FROM tiaojie_api`, "lacks its member tiaojie_api"},
	"a tenant leaves the group of towns":    {`REVOKE county_COUNTY_towns FROM tONE`, "is not in county_COUNTY_towns"},
	"a tenant role may log in":              {`ALTER ROLE tONE LOGIN`, "has LOGIN"},
	"an owner role may make roles":          {`ALTER ROLE oONE CREATEROLE`, "has more rights"},
	"a login may make databases":            {`ALTER ROLE tONE_a CREATEDB`, "its attributes were changed"},
	"a login's role is reset":               {`ALTER ROLE tONE_a RESET role`, "its settings at login were changed"},
	"a login's timeout is lifted":           {`ALTER ROLE tONE_a SET statement_timeout = 0`, "its settings at login were changed"},
	"a login gets one more setting":         {`ALTER ROLE tONE_a SET work_mem = '1GB'`, "its settings at login were changed"},
	"a login's search path is turned":       {`ALTER ROLE tONE_a SET search_path = tTWO, county`, "its settings at login were changed"},
	"a login loses its role":                {`REVOKE tONE FROM tONE_a`, "is not in tONE"},
	"a login is dropped":                    {`DROP ROLE tONE_a`, ""},                      // no login at all is what shared mode looks like
	"a login's limit is lifted":             {`ALTER ROLE tONE_a CONNECTION LIMIT -1`, ""}, // in SlotState, for the caller
	"a login is closed":                     {`ALTER ROLE tONE_a NOLOGIN`, ""},
	"a login's password is changed":         {`ALTER ROLE tONE_a PASSWORD 'changed-by-hand'`, ""}, // seen by logging in
	"public is opened":                      {`GRANT USAGE ON SCHEMA public TO PUBLIC`, ""},
}

func TestDrift_seenAndRepaired(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	one, two := f.Towns[1], f.Towns[2]
	names := strings.NewReplacer("ONE", one, "TWO", two, "COUNTY", f.Code)
	steps := slices.Concat(countySteps(f), tenantSteps(f, one), tenantSteps(f, two))
	repair(t, steps)
	noDrift(t, f)
	for hand, c := range handiwork {
		pgtest.Exec(t, f.AsSuperuser(), `SET ROLE tiaojie_operator; `+names.Replace(c.sql))
		seen := findings(t, f)
		if c.seen != "" && !slices.ContainsFunc(seen, func(line string) bool { return strings.Contains(line, names.Replace(c.seen)) }) {
			t.Errorf("%s: Observe says %q, want something of %q", hand, seen, names.Replace(c.seen))
		}
		if !repair(t, steps) {
			t.Errorf("%s: no Ensure step says that it changed something", hand)
		}
		if left := findings(t, f); len(left) > 0 {
			t.Errorf("%s: after the repair there is still %q", hand, left)
		}
		if repair(t, steps) {
			t.Errorf("%s: repairing again changes something again", hand)
		}
		conn, err := pgtest.TryConnect(f.As("t"+one+"_a", "correct-horse-battery"))
		if err != nil {
			t.Fatalf("%s: after the repair the town cannot log in: %v", hand, err)
		}
		_ = conn.Close(context.Background())
	}
	t.Logf("%d kinds of handiwork", len(handiwork))
}

func repair(t *testing.T, steps []step) (changed bool) {
	t.Helper()
	for _, s := range steps {
		altered, err := s.run(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		changed = changed || altered
	}
	return changed
}

func TestDrift_whatOnlyASuperuserCanRepair(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, seen, words string }{
		"bypass":             {`ALTER ROLE tONE BYPASSRLS`, "role tONE: has more rights than it should", `ALTER ROLE "tONE" NOBYPASSRLS`},
		"superuser":          {`ALTER ROLE tONE SUPERUSER CREATEDB`, "role tONE: has more rights than it should", `as one run ALTER ROLE "tONE" NOSUPERUSER`},
		"owner is superuser": {`ALTER ROLE oONE SUPERUSER`, "role oONE: has more rights than it should", `ALTER ROLE "oONE" NOSUPERUSER`},
		// PostgreSQL 15 lets CREATEROLE take it away; from 16 on only a superuser may, and Ensure says so.
		"membership": {`GRANT tTWO TO tONE`, "role tONE: is in tTWO, which is not declared", `REVOKE "tTWO" FROM "tONE"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := pgtest.County(t, "孙武镇", "石庙镇")
			names := strings.NewReplacer("ONE", f.Towns[1], "TWO", f.Towns[2])
			pgtest.Exec(t, f.AsSuperuser(), names.Replace(c.sql))
			if seen := strings.Join(findings(t, f), "\n"); !strings.Contains(seen, names.Replace(c.seen)) {
				t.Errorf("Observe says %q, want %q", seen, names.Replace(c.seen))
			}
			state, err := f.Server.Observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.County.EnsureTenantRoles(t.Context(), f.Towns[1])
			if name == "membership" && state.Version < 160000 {
				wantProblem(t, err, "", "", false)
				return
			}
			wantProblem(t, err, tenantdb.ReasonMissingRight, names.Replace(c.words), false)
		})
	}
}

func TestDrift_tableOfAForeignOwner(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	one := f.Towns[1]
	pgtest.Exec(t, f.AsSuperuser(), `CREATE TABLE t`+one+`.planted (a int)`)
	want := "table t" + one + ".planted: does not belong to o" + one
	if seen := strings.Join(findings(t, f), "\n"); !strings.Contains(seen, want) {
		t.Errorf("Observe says %q, want %q", seen, want)
	}
}

// A login that somebody made a superuser is said, too, with the statement that puts it right.
func TestDrift_loginMadeSuperuser(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	one := f.Towns[1]
	pgtest.Exec(t, f.AsSuperuser(), `ALTER ROLE t`+one+`_a SUPERUSER`)
	_, err := f.County.EnsureSlot(t.Context(), one, "a", "correct-horse-battery", 5)
	wantProblem(t, err, tenantdb.ReasonMissingRight, `ALTER ROLE "t`+one+`_a" NOSUPERUSER`, false)
	pgtest.Exec(t, f.AsSuperuser(), `ALTER ROLE t`+one+`_a NOSUPERUSER`)
	if _, err := f.County.EnsureSlot(t.Context(), one, "a", "correct-horse-battery", 5); err != nil {
		t.Errorf("after the remedy: %v", err)
	}
}
