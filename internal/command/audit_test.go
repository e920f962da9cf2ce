package command

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const looked = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"

// A record is checked in its database, a case's history is taken out and checked without one, and whatever is changed in
// either is told by exit code and words.
func TestAudit_verifyAndExport(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇")
	store := f.Store(f.Towns[1])
	for i := range 5 {
		entry := mediation.AuditEntry{ID: mediation.ID(fmt.Sprintf("01981c5e-7b4a-7c3e-9f60-00000000000%d", i)), At: time.Now(), Action: mediation.ActionCaseRead,
			Outcome: mediation.AuditDone, Actor: mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: "zhang", Name: "张主任"}, Unit: f.Towns[1]},
			Object: mediation.AuditObject{Kind: "case", ID: looked}, Reason: "联系当事人"}
		if err := store.RecordAudit(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	text, err := seal.NewSigningKeyText()
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseSigningKey(text)
	if err != nil {
		t.Fatal(err)
	}
	shared := f.Shared(nil)
	for sealed := 0; sealed < 5; time.Sleep(time.Millisecond) {
		n, err := shared.Seal(t.Context(), postgres.Sealing{Key: key, Hash: seal.SHA256}, f.Towns[1])
		if err != nil {
			t.Fatal(err)
		}
		sealed += n
	}
	address := f.As(tenantdb.WorkerLogin, pgtest.WorkerPassword)
	at := (&url.URL{Scheme: "postgres", User: url.UserPassword(address.User, address.Password), Host: fmt.Sprintf("%s:%d", address.Host, address.Port),
		Path: address.Database, RawQuery: "sslmode=disable"}).String()
	file := filepath.Join(t.TempDir(), "case.json")
	record := []string{"--tenant", f.Towns[1], "--postgres", at, "--key", key.Public().Text()}
	expect := func(reason string, wantCode int, says string, args ...string) string {
		t.Helper()
		code, out, errors := tiaojie(t, append([]string{"audit"}, args...)...)
		if code != wantCode || !strings.Contains(out+errors, says) {
			t.Errorf("%s: exit %d, want %d with %q: %s%s", reason, code, wantCode, says, out, errors)
		}
		return out
	}
	out := expect("an untouched record", 0, "whole 完整", append([]string{"verify"}, record...)...)
	kept := filepath.Join(t.TempDir(), "checkpoint")
	_, note, _ := strings.Cut(out, "完整\n\n")
	if err := os.WriteFile(kept, []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("the checkpoint that it printed", 0, "whole", append([]string{"verify", "--checkpoint", kept}, record...)...)
	expect("a history with its texts opened", 0, "5 entries", append([]string{"export", "--case", looked, "--open", "--installation-key", f.KeyText, "--checkpoint", kept, "-o", file}, record...)...)
	content, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(content), "联系当事人") {
		t.Errorf("the texts were not opened: %v", err)
	}
	offline := []string{"verify", "--file", file, "--key", key.Public().Text()}
	expect("the file, offline", 0, "whole", append(offline, "--checkpoint", kept)...)
	expect("its texts are not compared without the key", 0, "5 opened texts were NOT compared", offline...)
	withKey := append(slices.Clone(offline), "--installation-key", f.KeyText)
	expect("its texts, compared", 0, "5 opened texts are what was sealed", withKey...)
	expect("another installation's key", 2, "data key 1 in the file", append(slices.Clone(offline), "--installation-key", newKeyText(t))...)
	for reason, edit := range map[string][2]string{
		"a text that stands open was changed":  {`"reason": "联系当事人"`, `"reason": "查看无关案件"`},
		"a text that stands open was left out": {`"reason": "联系当事人"`, `"reasons": "联系当事人"`},
	} {
		if err := os.WriteFile(file, []byte(strings.Replace(string(content), edit[0], edit[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		expect(reason, 1, "entry 1 (position 0, audit)", withKey...)
	}
	changed := strings.Replace(string(content), `"actor_subject": "zhang"`, `"actor_subject": "wang"`, 1)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("what people read was changed", 1, "entry 1 (position 0, audit)", offline...)
	expect("the file exists already", 1, "exists", append([]string{"export", "--case", looked, "-o", file}, record...)...)
	expect("no such case", 1, "", append([]string{"export", "--case", "01981c5e-7b4a-7c3e-9f60-ffffffffffff"}, record...)...)
	pgtest.Exec(t, f.AsSuperuser(), `UPDATE t`+f.Towns[1]+`.audit SET actor_subject = 'wang' WHERE id = '01981c5e-7b4a-7c3e-9f60-000000000003'`)
	expect("an entry altered", 1, "altered at position 3, audit 01981c5e-7b4a-7c3e-9f60-000000000003", append([]string{"verify"}, record...)...)
	expect("as JSON", 1, `"kind":"altered"`, append([]string{"verify", "--json"}, record...)...)
	expect("no key", 2, "--key", "verify", "--tenant", f.Towns[1], "--postgres", at)
	expect("no such database", 2, "", "verify", "--tenant", f.Towns[1], "--postgres", strings.Replace(at, address.Database, "nowhere", 1), "--key", key.Public().Text())
	expect("an odd code", 2, "nine digits", "verify", "--tenant", "12", "--postgres", at, "--key", key.Public().Text())
}

// A new key's public key is printed with it.
func TestAudit_key(t *testing.T) {
	clearEnvironment(t)
	code, out, _ := tiaojie(t, "audit", "key", "--new")
	private, public, _ := strings.Cut(strings.TrimSpace(out), "\n")
	key, err := seal.ParseSigningKey(private)
	if code != 0 || err != nil || key.Public().Text() != public {
		t.Errorf("%d %v %s", code, err, public)
	}
	if code, _, said := tiaojie(t, "audit", "key"); code != 1 || !strings.Contains(said, "TIAOJIE_SEAL_KEY") {
		t.Errorf("%d %s", code, said)
	}
}
