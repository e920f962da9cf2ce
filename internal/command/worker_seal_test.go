package command

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

func newSigningKey(t *testing.T) (text string, key seal.SigningKey) {
	t.Helper()
	text, err := seal.NewSigningKeyText()
	if err == nil {
		key, err = seal.ParseSigningKey(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text, key
}

// A worker with a signing key seals what towns and county record, also of a town whose keys were destroyed; one that signs with
// another key goes on only where it is told of the one before it. No key is ever in its log.
func TestWorkerCommand_seals(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇", "石庙镇")
	directory, town, lost := f.Directory(), f.Towns[1], f.Towns[2]
	record := func(unit string) {
		if err := f.Store(unit).RecordAudit(t.Context(), mediation.AuditEntry{ID: mediation.ID(fmt.Sprintf("01981c5e-7b4a-7c3e-9f60-%012d", time.Now().UnixNano()%1e12)),
			At: time.Now(), Action: mediation.ActionCaseRead, Outcome: mediation.AuditDone, Object: mediation.AuditObject{Kind: "case", ID: looked},
			Actor: mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: "zhang"}, Unit: unit}}); err != nil {
			t.Fatal(err)
		}
	}
	record(town)
	record(lost)
	if _, err := f.County.Shred(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	first, firstKey := newSigningKey(t)
	second, secondKey := newSigningKey(t)
	const sealed, broken = `tiaojie_worker_done_total{errand="entries-sealed"}`, `tiaojie_worker_records_broken_total{county="%s"}`
	work := func(figure string, atLeast float64, more ...string) {
		t.Helper()
		w := startWorkerEvery(t, directory, f.KeyText, "1s", more...)
		w.figure(t, figure, atLeast)
		w.stop()
		<-w.ended
		for _, secret := range []string{first, second, f.KeyText} {
			if strings.Contains(w.log.String(), secret) {
				t.Error("a key is in the log")
			}
		}
	}
	verify := func(unit string, code int, says string, keys ...string) {
		t.Helper()
		address := f.As(tenantdb.WorkerLogin, pgtest.WorkerPassword)
		at := (&url.URL{Scheme: "postgres", User: url.UserPassword(address.User, address.Password), Host: fmt.Sprintf("%s:%d", address.Host, address.Port),
			Path: address.Database, RawQuery: "sslmode=disable"}).String()
		args := []string{"audit", "verify", "--tenant", unit, "--postgres", at}
		for _, key := range keys {
			args = append(args, "--key", key)
		}
		if got, out, said := tiaojie(t, args...); got != code || !strings.Contains(out+said, says) {
			t.Errorf("%s: exit %d, want %d with %q: %s%s", unit, got, code, says, out, said)
		}
	}
	work(sealed, 3, "--seal-key", first) // an entry of each town, and the county's, which tells of the destroyed keys
	for _, unit := range []string{town, lost, f.Code} {
		verify(unit, 0, "whole", firstKey.Public().Text())
	}
	record(town)
	work(fmt.Sprintf(broken, f.Code), 1, "--seal-key", second)
	work(sealed, 1, "--seal-key", second, "--seal-former", firstKey.Public().Text())
	verify(town, 0, "whole", firstKey.Public().Text(), secondKey.Public().Text())
	verify(town, 1, "", secondKey.Public().Text())
}
