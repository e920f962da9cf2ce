package mediation

import (
	"strings"
	"time"
)

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
	// Changes are what was permitted before and after. In a county's record, where nothing is sealed, they hold codes alone,
	// and reason and names are not kept.
	Changes []Change
}

// AuditQuery filters and cuts a record, newest first.
type AuditQuery struct {
	Issuer, Subject string // "" for everybody; an issuer alone is no filter
	Actions         []Action
	Outcome         AuditOutcome // "" for both
	Object          AuditObject  // a kind, an id, or both
	From, Until     *time.Time   // from is included, until is not
	After           *Position
	Limit           int
}

// AuditPage is one page of a record. Next is nil on the last.
type AuditPage struct {
	Entries []AuditEntry
	Next    *Position
	Total   Total
}

// Checked fills the default of the page's size, or is Invalid "invalid-query".
func (q AuditQuery) Checked() (AuditQuery, error) {
	var check checker
	checkCodes(&check, "/action", q.Actions, Action.Known)
	if q.Outcome != "" && q.Outcome != AuditDone && q.Outcome != AuditRefused {
		check.fail("/outcome", "unknown-code", "The outcome is done or refused.", "结果只能是 done 或 refused。")
	}
	if q.Issuer != "" && q.Subject == "" {
		check.fail("/issuer", "subject-required", "An issuer goes with a subject.", "指定 issuer 时须同时指定 subject。")
	}
	if q.From != nil && q.Until != nil && !q.From.Before(*q.Until) {
		check.fail("/until", "before-from", "until comes after from.", "until 须晚于 from。")
	}
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// RolesChange is how a permission changed; nil stands for no member.
func RolesChange(before, after []Role) []Change {
	return []Change{{Field: "/roles", Before: joinRoles(before), After: joinRoles(after)}}
}

func joinRoles(roles []Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, " ")
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
