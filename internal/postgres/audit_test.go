package postgres_test

import (
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// An entry of the record is there with its actor, and its free text is sealed.
func TestRecordAudit(t *testing.T) {
	f := pgtest.County(t, "孙武镇")
	store := f.Store(f.Towns[1])
	entry := mediation.AuditEntry{
		ID: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", At: time.Now(), Action: mediation.ActionCaseRead, Outcome: mediation.AuditDone,
		Actor:  mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: "zhang", Name: "张主任"}, Unit: f.Towns[1], Roles: []mediation.Role{mediation.RoleDirector}},
		Object: mediation.AuditObject{Kind: "case", ID: "x"}, Purpose: "contact-party", Reason: "联系当事人䶮先生", Fields: []string{"/parties/0/phone"},
	}
	if err := store.RecordAudit(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	var subject, detail string
	conn := pgtest.Connect(t, f.AsSuperuser())
	if err := conn.QueryRow(t.Context(), `SELECT actor_subject, encode(detail, 'escape') FROM t`+f.Towns[1]+`.audit`).Scan(&subject, &detail); err != nil {
		t.Fatal(err)
	}
	if subject != "zhang" || detail == "" || strings.Contains(detail, "䶮") || strings.Contains(detail, "contact") {
		t.Errorf("%s %q", subject, detail)
	}
}

// Nobody's entry, and a refusal without its code, are not written.
func TestRecordAudit_refuses(t *testing.T) {
	f := pgtest.County(t, "孙武镇")
	store := f.Store(f.Towns[1])
	whole := mediation.AuditEntry{ID: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", At: time.Now(), Action: mediation.ActionCaseRead, Outcome: mediation.AuditRefused,
		Code: "stranger", Actor: mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: "zhang"}}}
	for reason, change := range map[string]func(e *mediation.AuditEntry){
		"nobody":                     func(e *mediation.AuditEntry) { e.Actor.Subject = "" },
		"no action":                  func(e *mediation.AuditEntry) { e.Action = "" },
		"no outcome":                 func(e *mediation.AuditEntry) { e.Outcome = "" },
		"a refusal without its code": func(e *mediation.AuditEntry) { e.Code = "" },
		"a deed with a refusal's":    func(e *mediation.AuditEntry) { e.Outcome = mediation.AuditDone },
	} {
		entry := whole
		change(&entry)
		if err := store.RecordAudit(t.Context(), entry); mediation.KindOf(err) != mediation.Invalid {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if err := store.RecordAudit(t.Context(), whole); err != nil {
		t.Error(err)
	}
}
