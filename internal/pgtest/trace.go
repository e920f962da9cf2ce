package pgtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Trace is one way in which a value may lie in a file.
type Trace struct {
	Form   string
	Needle []byte
}

// Traces are a value as UTF-8 and as GB18030, each plain, as hexadecimal digits and in base64 at its three alignments.
func Traces(t testing.TB, value string) []Trace {
	t.Helper()
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(value)
	if err != nil {
		t.Fatal(err)
	}
	var all []Trace
	for _, encoded := range []struct{ form, text string }{{"UTF-8", value}, {"GB18030", chinese}} {
		digits := hex.EncodeToString([]byte(encoded.text))
		all = append(all, Trace{encoded.form, []byte(encoded.text)}, Trace{encoded.form + " hex", []byte(digits)},
			Trace{encoded.form + " HEX", []byte(strings.ToUpper(digits))})
		for shift := range 3 {
			all = append(all, Trace{encoded.form + " base64+" + string(rune('0'+shift)), inside([]byte(encoded.text), shift)})
		}
	}
	return all
}

// inside are the letters of base64 that stand for the value whatever stands around it, when it begins at a position that
// leaves shift modulo 3.
func inside(value []byte, shift int) []byte {
	padded := append(make([]byte, shift), value...)
	encoded := base64.StdEncoding.EncodeToString(padded[:len(padded)/3*3])
	return []byte(encoded[[]int{0, 2, 3}[shift]:])
}

// Found are the forms in which a value lies in a text.
func Found(t testing.TB, text []byte, value string) (forms []string) {
	t.Helper()
	for _, trace := range Traces(t, value) {
		if bytes.Contains(text, trace.Needle) {
			forms = append(forms, trace.Form)
		}
	}
	return forms
}

// Dump is what pg_dump writes of the county's database, in plain SQL. A server whose programs come without pg_dump, as those
// of the newest version do, is asked for the rows of every table, which is the same without the definitions: the pg_dump of
// an older version refuses it.
func (f *Fixture) Dump() []byte {
	t := f.t
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if configured := os.Getenv("TIAOJIE_POSTGRES_BIN"); configured != "" {
		own := filepath.Join(configured, "pg_dump")
		if _, err := os.Stat(own); err != nil { //nolint:gosec // a test server of our own
			return []byte(f.Content())
		}
		found = []string{own}
	}
	if err != nil || len(found) == 0 {
		t.Fatal("pg_dump is not installed: run hack/postgres.sh install")
	}
	slices.Sort(found)
	config, err := f.AsSuperuser().Config()
	if err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	at := config.ConnConfig
	cmd := exec.CommandContext(f.ctx(), found[len(found)-1], "--host", at.Host, "--username", at.User, "--dbname", at.Database) //nolint:gosec // likewise
	cmd.Env = append(os.Environ(), "PGPASSWORD="+at.Password, "PGPORT="+strconv.Itoa(int(at.Port)))
	cmd.Stderr = &messages
	dump, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, messages.String())
	}
	return dump
}
