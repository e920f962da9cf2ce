package mediation

import "time"

// AuditEntry is one line of a unit's record of what was not a change of a case, a lead or the registry, for which their own
// journals stand: something was looked at, taken out, permitted or refused. Entries are never changed or removed
// (GB/T 22239-2019 8.1.4.3).
type AuditEntry struct {
	ID      ID
	At      time.Time
	Actor   Actor
	Action  Action
	Outcome AuditOutcome
	// Code is the problem's code of a refusal.
	Code string
	// Object is what was acted upon.
	Object AuditObject
	// Purpose is a code of the list of purposes, where the action needs one.
	Purpose string
	// Reason and Fields hold free text and are stored sealed. Fields name what was shown or changed, never its content.
	Reason string
	Fields []string
}

// AuditOutcome tells whether it was done.
type AuditOutcome string

// The outcomes.
const (
	AuditDone    AuditOutcome = "done"
	AuditRefused AuditOutcome = "refused"
)

// AuditObject names what was acted upon; both are empty for the unit itself.
type AuditObject struct {
	Kind string // "case", "lead", "mediator", "member", …
	ID   string // its id; of a member Principal.ID, which is nobody's name
}

// Check refuses an entry that nobody answers for. Stores ask before they write.
func (e AuditEntry) Check() error {
	if e.Actor.Issuer == "" || e.Actor.Subject == "" || e.ID == "" || e.Action == "" ||
		(e.Outcome != AuditDone && e.Outcome != AuditRefused) || (e.Outcome == AuditRefused) != (e.Code != "") {
		return Fail(Invalid, "audit-entry",
			"An audit entry names its actor, its action and its outcome, and a refusal its code.", "审计记录必须写明操作人、事项和结果，被拒绝的须写明代码。")
	}
	return nil
}
