package tenantdb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const keysLeft = `SELECT concat_ws(' ', count(*), sum(length(wrapped)), sum(length(successor))) FROM `

// Shredding leaves no key, sealed or not, nor what the county knew of the parties; it is told in the county's record once.
func TestCounty_Shred(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇", "石庙镇")
	plantRows(t, f)
	code, other := f.Towns[1], f.Towns[2]
	f.AddDataKey(code)
	pgtest.Exec(t, f.AsSuperuser(), `UPDATE county.case_index SET masked_parties = '{张*}'`)
	for i, want := range []bool{true, false} {
		if changed, err := f.County.Shred(t.Context(), code); err != nil || changed != want {
			t.Errorf("time %d: changed %v, %v", i+1, changed, err)
		}
	}
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	for what, tc := range map[string]struct{ query, want string }{
		"one row without a key":           {keysLeft + "t" + code + ".data_key", "1 0"},
		"no digests of parties":           {`SELECT count(*)::text FROM county.party_index WHERE tenant = '` + code + `'`, "0"},
		"no masked names":                 {`SELECT count(*)::text FROM county.case_index WHERE origin = '` + code + `' AND masked_parties <> '{}'`, "0"},
		"the cases stay as lines":         {`SELECT count(*)::text FROM county.case_index WHERE origin = '` + code + `'`, "1"},
		"the other town keeps its names":  {`SELECT count(*)::text FROM county.case_index WHERE origin = '` + other + `' AND masked_parties <> '{}'`, "1"},
		"the other town keeps its digest": {`SELECT count(*)::text FROM county.party_index WHERE tenant = '` + other + `'`, "1"},
		"one line in the record":          {`SELECT concat_ws(' ', count(*), min(object_id), min(outcome)) FROM county.audit WHERE action = 'tenant.shred'`, "1 " + code + " done"},
	} {
		if got := ask(t, conn, tc.query); got != tc.want {
			t.Errorf("%s: %q, want %q", what, got, tc.want)
		}
	}
	if keys, err := f.County.EnsureDataKey(t.Context(), code, f.Keys); err != nil || len(keys) != 0 {
		t.Errorf("%d keys were made again: %v", len(keys), err)
	}
	if done := rotate(t, f, newSuccession(t, f).during, 0); !done[code].Shredded || done[code].New != 0 || done[other].New != 2 {
		t.Errorf("a rotation afterwards: %+v", done)
	}
	seen, err := f.County.Observe(t.Context())
	if err != nil || seen.Tenants[code].DataKeys != 0 || seen.Tenants[other].DataKeys != 2 {
		t.Errorf("observed %d and %d keys, want 0 and 2: %v", seen.Tenants[code].DataKeys, seen.Tenants[other].DataKeys, err)
	}
}

func TestCounty_Shred_refuses(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	for code, want := range map[string]string{f.Code + "999": tenantdb.ReasonAbsent, "110101001": tenantdb.ReasonInvalidName, "": tenantdb.ReasonInvalidName} {
		if changed, err := f.County.Shred(t.Context(), code); reason(err) != want || changed {
			t.Errorf("%q: %v, want %s", code, err, want)
		}
	}
}

// A town that is dropped loses its keys first, then its files, and its claim last: cut off anywhere, the next call goes on, and
// nothing readable is left at any moment.
func TestDrop_filesAfterKeysBeforeTheClaim(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "孙武镇")
	plantRows(t, f)
	code := f.Towns[1]
	claim := f.Claim(tenantdb.KindTownship, code)
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	calls := 0
	files := func(failure error) func(context.Context, string) error {
		return func(_ context.Context, of string) error {
			calls++
			if left := ask(t, conn, keysLeft+"t"+code+".data_key"); of != code || left != "1 0" {
				t.Errorf("the files of %s go while there are keys: %s", of, left)
			}
			return failure
		}
	}
	stranger := claim
	stranger.UID = "another"
	if err := f.County.Drop(t.Context(), stranger, files(nil)); reason(err) != tenantdb.ReasonNotOurs || calls != 0 {
		t.Errorf("a stranger: %v, %d calls", err, calls)
	}
	if keys, err := f.County.EnsureDataKey(t.Context(), code, f.Keys); err != nil || len(keys) != 1 {
		t.Fatalf("a stranger destroyed the keys: %d, %v", len(keys), err)
	}
	for range 2 {
		err := f.County.Drop(t.Context(), claim, files(errors.New("bucket away")))
		problem, _ := tenantdb.AsProblem(err)
		if problem == nil || !problem.Retry || !strings.Contains(problem.MessageZH, "附件") || strings.Contains(problem.Message, "bucket") {
			t.Errorf("files that cannot be removed: %v", err)
		}
	}
	if held := ask(t, conn, `SELECT count(*)::text FROM county.claim WHERE name = '`+code+`'`); held != "1" {
		t.Error("the claim went before the files")
	}
	for range 2 {
		if err := f.County.Drop(t.Context(), claim, files(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 3 {
		t.Errorf("%d calls, want three: once dropped there is nothing left to remove", calls)
	}
	if told := ask(t, conn, `SELECT count(*)::text FROM county.audit WHERE action = 'tenant.shred' AND object_id = '`+code+`'`); told != "1" {
		t.Errorf("%s lines in the county's record, want one", told)
	}
}
