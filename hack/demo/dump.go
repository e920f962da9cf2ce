package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// form is one way in which a value may lie in a file.
type form struct {
	name   string
	needle []byte
}

// forms are a value as UTF-8 and GB18030, each plain, as hexadecimal digits and in base64.
func forms(value string) ([]form, error) {
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(value)
	if err != nil {
		return nil, err
	}
	var all []form
	for _, encoded := range []struct{ name, text string }{{"UTF-8", value}, {"GB18030", chinese}} {
		digits := hex.EncodeToString([]byte(encoded.text))
		all = append(all,
			form{encoded.name, []byte(encoded.text)},
			form{encoded.name + " in hex", []byte(digits)},
			form{encoded.name + " in hex", []byte(strings.ToUpper(digits))})
		for shift := range 3 {
			all = append(all, form{encoded.name + " in base64", base64Inside([]byte(encoded.text), shift)})
		}
	}
	return all, nil
}

// base64Inside are the letters that stand for the value whatever stands before and after it, when it begins at a
// position that leaves shift modulo 3.
func base64Inside(value []byte, shift int) []byte {
	padded := append(make([]byte, shift), value...)
	whole := len(padded) / 3 * 3
	encoded := base64.StdEncoding.EncodeToString(padded[:whole])
	// The first letters mix with what stands before: 8 bits of it reach into two letters, 16 bits into three.
	return []byte(encoded[[]int{0, 2, 3}[shift]:])
}

// find says in which forms a value lies in a text.
func find(text []byte, value string) ([]string, error) {
	all, err := forms(value)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, f := range all {
		if bytes.Contains(text, f.needle) && !slices.Contains(found, f.name) {
			found = append(found, f.name)
		}
	}
	return found, nil
}

// secrets are all names, numbers and texts of the demo's cases that nobody may read in a backup.
func secrets() []string {
	all := []string{agreedTerms}
	for _, f := range []filing{homestead(), wages(), eaves(), crash(), lane(), playground()} {
		for _, p := range f.Parties {
			all = append(all, p.Name, p.IdentityNumber, p.Phone, p.Address)
			if p.Agent != nil {
				all = append(all, p.Agent.Name)
			}
		}
		all = append(all, f.Title, f.Place, string([]rune(f.Facts)[:12]), string([]rune(f.Claims)[:6]))
	}
	return all
}

// checkDump searches a plain dump of the whole server, and the logs, for the secrets, after having made sure that the
// search finds a public value in every form.
func (d *demo) checkDump(ctx context.Context) error {
	if d.postgres.superuser == "" {
		d.progress.note("left out: a dump of the whole server needs its superuser")
		return nil
	}
	if err := d.plant(ctx); err != nil {
		return err
	}
	dump, err := d.dump(ctx)
	if err != nil {
		return err
	}
	planted, err := find(dump, publicTag)
	if err != nil {
		return err
	}
	for _, name := range []string{"UTF-8", "UTF-8 in hex", "GB18030 in hex", "UTF-8 in base64", "GB18030 in base64"} {
		if !slices.Contains(planted, name) {
			return fmt.Errorf("the search does not find the planted public value as %s: it would not find a secret either", name)
		}
	}
	logs, err := d.logs()
	if err != nil {
		return err
	}
	if err := refuse(map[string][]byte{"the dump": dump, "the logs": logs}); err != nil {
		return err
	}
	d.progress.note("%d KB of dump and %d KB of logs searched for %d values in 12 forms; the planted public value was found", len(dump)>>10, len(logs)>>10, len(secrets()))
	return nil
}

func refuse(texts map[string][]byte) error {
	var leaks []error
	for where, text := range texts {
		for _, secret := range secrets() {
			found, err := find(text, secret)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				leaks = append(leaks, fmt.Errorf("%s holds %q as %s", where, secret, strings.Join(found, ", ")))
			}
		}
	}
	return errors.Join(leaks...)
}

// plant puts the public value into a table of its own in the forms that a column can have.
func (d *demo) plant(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, d.postgres.superuser)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS planted AS SELECT
		convert_to('`+publicTag+`', 'UTF8') AS utf8, convert_to('`+publicTag+`', 'GB18030') AS gb18030,
		encode(convert_to('x`+publicTag+`', 'UTF8'), 'base64') AS utf8_base64,
		encode(convert_to('`+publicTag+`', 'GB18030'), 'base64') AS gb18030_base64`)
	return err
}

func (d *demo) dump(ctx context.Context) ([]byte, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dumpall")
	if configured := os.Getenv("TIAOJIE_POSTGRES_BIN"); configured != "" {
		found = []string{filepath.Join(configured, "pg_dumpall")}
	}
	if err != nil || len(found) == 0 {
		return nil, errors.New("pg_dumpall is not installed: run hack/postgres.sh install")
	}
	slices.Sort(found)
	superuser, err := url.Parse(d.postgres.superuser)
	if err != nil {
		return nil, err
	}
	// pg_dumpall calls pg_dump without the password of its own URL.
	password, _ := superuser.User.Password()
	var dump, messages bytes.Buffer
	cmd := exec.CommandContext(ctx, found[len(found)-1], "--dbname", d.postgres.superuser)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	cmd.Stdout, cmd.Stderr = &dump, &messages
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("pg_dumpall: %w\n%s", err, messages.String())
	}
	return dump.Bytes(), nil
}

// logs joins what the pods have logged.
func (d *demo) logs() ([]byte, error) {
	if !d.cluster.embedded {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "kube", "logs", "*.log"))
	var all []byte
	for _, file := range files {
		raw, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr)
		all = append(all, raw...)
	}
	return all, err
}
