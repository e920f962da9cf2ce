package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const holidays2027 = `# 2027 年节假日（示例）
kind: calendar
province: "37"
version: "2027.1"
validFrom: 2026-11-20
body:
  source: 示例通知
  years:
    - year: 2027
      notice: 示例〔2026〕1号
      days:
        - {from: 2027-01-01, to: 2027-01-03, kind: holiday, zh: 元旦, en: New Year's Day}
        - {from: 2027-02-06, kind: makeup, zh: 春节调休上班, en: worked for Spring Festival}
`

func referenceIn(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// said runs the program and gives its exit code and all that it said.
func said(args ...string) (code int, text string) {
	var out bytes.Buffer
	code = run(context.Background(), args, IO{In: strings.NewReader(""), Out: &out, Err: &out})
	return code, out.String()
}

func TestReferenceCheck(t *testing.T) {
	if code, text := said("reference", "check", referenceIn(t, holidays2027)); code != 0 || !strings.Contains(text, "calendar 37@2027.1 from 2026-11-20") {
		t.Errorf("%d %s", code, text)
	}
	replace := func(old, with string) string { return strings.Replace(holidays2027, old, with, 1) }
	for reason, tc := range map[string]struct{ text, want string }{
		"a day outside its year":       {replace("from: 2027-01-01", "from: 2026-12-31"), "document.yaml:12: /body/years/0/days/0"},
		"a make-up day in the week":    {replace("2027-02-06", "2027-02-05"), "document.yaml:13: /body/years/0/days/1/kind"},
		"a field that is none":         {replace("  source:", "  sauce:"), "sauce"},
		"a field outside that is none": {replace("province:", "unit: \"37\"\nprovince:"), "document.yaml:3: /unit: no such field"},
		"a code without quotes":        {replace(`"37"`, `37`), "document.yaml:3: /province: write it as text in quotes"},
		"a county's code":              {replace(`"37"`, `"371621"`), "document.yaml:3: /province: two digits"},
		"a version without quotes":     {replace(`"2027.1"`, `2027.1`), "document.yaml:4: /version"},
		"a day that is none":           {replace("2026-11-20", "2026-11-31"), "document.yaml:5: /validFrom"},
		"another kind":                 {replace("kind: calendar", "kind: almanac"), "document.yaml:2: /kind"},
		"a name twice":                 {replace("      notice:", "      year: 2027\n      notice:"), "twice"},
		"an alias":                     {replace("source: 示例通知", "source: &a x\n  other: *a"), "no aliases"},
		"no YAML":                      {"a: [", "no YAML or JSON"},
		"nothing":                      {"", "empty"},
		"a list":                       {"- a", "write kind"},
		"a rule of law switched off":   {`{"kind":"clocks","province":"37","version":"1","validFrom":"2026-01-01","body":{"rules":[{"id":"mediation","off":true}]}}`, "/body/rules/0/off"},
		"a longer term than the law's": {`{"kind":"clocks","province":"37","version":"1","validFrom":"2026-01-01","body":{"rules":[{"id":"mediation","length":2,"basis":[{"law":{"zh":"a","en":"a"}}]}]}}`, "/body/rules/0/length"},
		"a mapping with a hole":        {`{"kind":"type-mapping","province":"37","version":"1","validFrom":"2026-01-01","body":{"links":[]}}`, "/body/links"},
		"a risk rule without bands":    {`{"kind":"risk-rules","province":"37","version":"1","validFrom":"2026-01-01","body":{"items":[]}}`, "/body/three"},
		"a number that is a text":      {`{"kind":"grade-rules","province":"37","version":"1","validFrom":"2026-01-01","body":{"criteria":[{"fact":"parties","atLeast":"3","grade":"complex"}]}}`, "/body"},
	} {
		if code, text := said("reference", "check", referenceIn(t, tc.text)); code != 1 || !strings.Contains(text, tc.want) {
			t.Errorf("%s: %d %s, want %q", reason, code, text, tc.want)
		}
	}
	if code, text := said("reference", "check", "no-such-file.yaml"); code != 1 || !strings.Contains(text, "no-such-file.yaml") {
		t.Errorf("%d %s", code, text)
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add([]byte(holidays2027))
	f.Add([]byte(`{"kind":"clocks","body":{"rules":[]}}`))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parseReference("f", text)
		if err == nil && (d.Digest == "" || len(d.Body) == 0) {
			t.Errorf("%q was taken for a document", text)
		}
	})
}

// A province publishes next year's holidays from a shell of the operator's pod.
func TestReferencePublish(t *testing.T) {
	address := pgtest.Server(t)
	server, err := tenantdb.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	name := pgtest.UnusedDatabase(t)
	for variable, value := range map[string]string{"HOST": address.Host, "PORT": strconv.Itoa(address.Port), "NAME": name, "SSLMODE": "disable",
		"ADMIN_USER": address.User, "ADMIN_PASSWORD": address.Password} {
		t.Setenv("TIAOJIE_DIRECTORY_"+variable, value)
	}
	file := referenceIn(t, holidays2027)
	if code, text := said("reference", "publish", file); code != 1 || !strings.Contains(text, "directory") {
		t.Errorf("before the operator has made the directory: %d %s", code, text)
	}
	if _, err := server.EnsureRoles(t.Context(), tenantdb.Logins{API: pgtest.APIPassword, Worker: pgtest.WorkerPassword}); err != nil {
		t.Fatal(err)
	}
	directory, err := server.EnsureDirectory(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	if code, text := said("reference", "publish", file); code != 0 || !strings.Contains(text, "calendar 37@2027.1 from 2026-11-20: published 已发布") {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := said("reference", "publish", file); code != 0 || !strings.Contains(text, "unchanged") {
		t.Errorf("a Job that runs twice does no harm: %d %s", code, text)
	}
	changed := referenceIn(t, strings.Replace(holidays2027, "2027-01-03", "2027-01-02", 1))
	if code, text := said("reference", "publish", changed); code != 1 || !strings.Contains(text, "never changes") || !strings.Contains(text, "不得改动") {
		t.Errorf("what is published never changes: %d %s", code, text)
	}
	earlier := referenceIn(t, strings.NewReplacer("2027.1", "2027.2", "2026-11-20", "2026-11-19").Replace(holidays2027))
	if code, text := said("reference", "publish", earlier); code != 1 || !strings.Contains(text, "document.yaml:5: /validFrom") {
		t.Errorf("a document that would never count: %d %s", code, text)
	}
	if code, text := said("reference", "list"); code != 0 || !strings.Contains(text, "cn-2026.1") || !strings.Contains(text, "2027.1") || !strings.Contains(text, "in the program") {
		t.Errorf("%d %s", code, text)
	}
	if code, text := said("reference", "show", "calendar"); code != 0 || !strings.Contains(text, `"notice":"示例〔2026〕1号"`) {
		t.Errorf("%d %s", code, text)
	}
	if code, text := said("reference", "show", "calendar", "2028.1"); code != 1 || !strings.Contains(text, "2027.1") {
		t.Errorf("%d %s", code, text)
	}
}
