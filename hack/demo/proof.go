package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// reveal shows a case with its numbers masked, has them shown to the clerk for a purpose, and finds the look on record.
func (d *demo) reveal(ctx context.Context) error {
	as := func(subject string) caller { return d.caller(d.cluster.url, subject) }
	path := "/v1/tenants/" + firstTown + "/cases/" + d.cases.dedicated
	var masked struct {
		Parties []struct{ Name, IdentityNumber, Phone string }
	}
	got, err := as(clerk).call(ctx, 200, &masked, "GET", path, nil)
	if err != nil {
		return err
	}
	party := homestead().Parties[0]
	if strings.Contains(string(got.body), party.IdentityNumber) || strings.Contains(string(got.body), party.Phone) || masked.Parties[0].IdentityNumber == "" {
		return fmt.Errorf("the clerk is shown numbers without asking for them: %s", got.body)
	}
	d.progress.note("masked 脱敏 %s %s %s", masked.Parties[0].Name, masked.Parties[0].IdentityNumber, masked.Parties[0].Phone)
	shown, err := as(clerk).call(ctx, 200, nil, "POST", path+"/reveal", words{"purpose": "contact-party", "reason": "约定明日上午到村委会调解", "fields": []string{"phone"}})
	if err != nil {
		return err
	}
	if !strings.Contains(string(shown.body), party.Phone) || strings.Contains(string(shown.body), party.IdentityNumber) {
		return fmt.Errorf("%s: want the telephone number, and no more", shown.request)
	}
	return d.showLook(ctx, path, "contact-party")
}

// verification is what audit verify --json says.
type verification struct {
	Size, Unsealed int
	Faults         []struct{ Kind, Source, Entry, EN, ZH string }
}

// verify runs audit verify on a town's record; broken tells whether it ended as for a broken one.
func (d *demo) verify(ctx context.Context, key string) (found verification, broken bool, err error) {
	out, failure := d.tiaojie(ctx, "", "audit", "verify", "--json", "--tenant", firstTown, "--key", key, "--postgres", d.countyDatabase())
	if out == "" {
		return found, false, failure
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return found, false, errors.Join(err, failure)
	}
	return found, failure != nil, nil
}

// countyDatabase is the county's database as the superuser reaches it.
func (d *demo) countyDatabase() string {
	return strings.Replace(d.postgres.superuser, "/postgres?", "/county_"+county+"?", 1)
}

// proveRecord waits until the town's record is sealed, changes an entry behind its back as the database's superuser, and
// has the check name it; then it takes one case's history out with its proofs and checks the file without the database.
func (d *demo) proveRecord(ctx context.Context) error {
	if d.postgres.superuser == "" {
		d.progress.note("left out: changing a record behind its back needs the server's superuser")
		return nil
	}
	var declared v1alpha1.County
	if err := d.cluster.client.Get(ctx, client.ObjectKey{Name: county}, &declared); err != nil {
		return err
	}
	key := declared.Status.SealKey
	var whole verification
	err := poll(ctx, 3*time.Minute, time.Second, func() (bool, string, error) {
		var broken bool
		var err error
		whole, broken, err = d.verify(ctx, key)
		if broken {
			err = fmt.Errorf("the record is broken before anybody touched it: %+v", whole.Faults)
		}
		return whole.Size > 0 && whole.Unsealed == 0, fmt.Sprintf("%d entries are sealed, %d wait", whole.Size, whole.Unsealed), err
	})
	if err != nil {
		return err
	}
	d.progress.note("tiaojie audit verify --tenant %s: %d entries 条, whole 完整", firstTown, whole.Size)
	if err := d.tamper(ctx, key); err != nil {
		return err
	}
	return d.takeToCourt(ctx, key)
}

// tamper moves the first entry's moment by a day, looks what the check says, and moves it back.
func (d *demo) tamper(ctx context.Context, key string) error {
	conn, err := pgx.Connect(ctx, d.countyDatabase())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	move := func(by string) error {
		_, err := conn.Exec(ctx, "UPDATE t"+firstTown+".journal SET at = at + $2::interval WHERE case_id = $1 AND version = 1", d.cases.dedicated, by)
		return err
	}
	if err := move("-1 day"); err != nil {
		return err
	}
	found, broken, err := d.verify(ctx, key)
	if err := errors.Join(err, move("1 day")); err != nil {
		return err
	}
	if !broken || len(found.Faults) == 0 || found.Faults[0].Source != "journal" {
		return fmt.Errorf("an entry was moved by a day and the check does not name it: %+v", found)
	}
	d.progress.note("the superuser back-dates an entry 以超级用户倒填一条日期 → %s: %s %s", found.Faults[0].Kind, found.Faults[0].Entry, found.Faults[0].ZH)
	if found, broken, err = d.verify(ctx, key); err == nil && broken {
		err = fmt.Errorf("the entry was put back and the record is not whole: %+v", found.Faults)
	}
	return err
}

// takeToCourt exports the case's history and checks the file offline.
func (d *demo) takeToCourt(ctx context.Context, key string) error {
	file := filepath.Join(d.dir, "case.proof.json")
	if _, err := d.tiaojie(ctx, "", "audit", "export", "--tenant", firstTown, "--case", d.cases.dedicated, "--key", key,
		"--postgres", d.countyDatabase(), "-o", file); err != nil {
		return err
	}
	said, err := d.tiaojie(ctx, "", "audit", "verify", "--file", file, "--key", key)
	if err != nil {
		return err
	}
	d.progress.note("%s", strings.TrimSpace(said))
	return nil
}
