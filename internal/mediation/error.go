package mediation

import (
	"errors"
	"time"
)

// Kind is the closed list of ways in which something is refused. The outside (HTTP status, metrics, retries) is
// decided from the kind alone; an error without a kind is a fault of ours.
type Kind string

// The kinds.
const (
	NotFound        Kind = "not-found"       // no such thing, or not for this caller to know
	Invalid         Kind = "invalid"         // the request breaks a rule; Fields says which
	Conflict        Kind = "conflict"        // the thing is in a state that does not allow it
	Stale           Kind = "stale"           // the caller saw an older version
	Forbidden       Kind = "forbidden"       // known caller, not allowed
	Unauthenticated Kind = "unauthenticated" // unknown caller
	Unavailable     Kind = "unavailable"     // try again later
	Exhausted       Kind = "exhausted"       // a quota is used up
	Misdirected     Kind = "misdirected"     // this instance does not serve the unit
	Gone            Kind = "gone"            // destroyed on purpose; no use in asking again
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{NotFound, Invalid, Conflict, Stale, Forbidden, Unauthenticated, Unavailable, Exhausted, Misdirected, Gone}
}

// Error is a refusal that a person can act on. Message and MessageZH say what to do; neither they nor Fields ever
// hold the offending value, because refusals are logged and values are personal.
type Error struct {
	Kind      Kind
	Code      string // stable, kebab-case; clients switch on it
	Message   string
	MessageZH string
	Fields    []FieldError
	// RetryAfter is how long to wait before the same request may succeed; zero says nothing.
	RetryAfter time.Duration

	cause error
}

// FieldError is one violated rule of one field.
type FieldError struct {
	Pointer   string // RFC 6901, for example /parties/0/identityNumber
	Code      string // stable, kebab-case
	Message   string
	MessageZH string
}

// Fail makes a refusal with its stable code and its words in English and Chinese.
func Fail(kind Kind, code, en, zh string) *Error {
	return &Error{Kind: kind, Code: code, Message: en, MessageZH: zh}
}

// Error is for logs: the code, the English words and the cause.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Message
	for _, field := range e.Fields {
		text += "; " + field.Pointer + " " + field.Code
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// WithCause returns a copy that remembers what went wrong below; the cause is logged and never shown.
func (e *Error) WithCause(cause error) *Error {
	changed := *e
	changed.cause = cause
	return &changed
}

// WithFields returns a copy that carries the violated rules.
func (e *Error) WithFields(fields ...FieldError) *Error {
	changed := *e
	changed.Fields = append(append([]FieldError(nil), e.Fields...), fields...)
	return &changed
}

// WithRetryAfter returns a copy that says how long to wait.
func (e *Error) WithRetryAfter(wait time.Duration) *Error {
	changed := *e
	changed.RetryAfter = wait
	return &changed
}

// KindOf tells the kind of err, or "" when err is nil or not one of ours.
func KindOf(err error) Kind {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Kind
	}
	return ""
}

// CodeOf tells the stable code of err, or "" when err is nil or not one of ours.
func CodeOf(err error) string {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// UnknownCase is the one answer about a case that does not exist or may not be seen: nobody can tell which.
func UnknownCase() *Error {
	return Fail(NotFound, "unknown-case", "There is no such case in this unit.", "该单位没有此案件。")
}

// UnknownLead is the one answer about a lead that does not exist or may not be seen.
func UnknownLead() *Error {
	return Fail(NotFound, "unknown-lead", "There is no such lead in this unit.", "该单位没有此线索。")
}

// UnknownRound is the answer about a screening round that does not exist in the unit.
func UnknownRound() *Error {
	return Fail(NotFound, "unknown-round", "There is no such screening round in this unit.", "该单位没有此排查轮次。")
}

// UnknownImport is the answer about a batch of leads that was never sent to the unit.
func UnknownImport() *Error {
	return Fail(NotFound, "unknown-import", "There is no such batch of leads in this unit.", "该单位没有此批导入。")
}

// UnknownMember is the answer about a person who is not a member of the unit itself.
func UnknownMember() *Error {
	return Fail(NotFound, "unknown-member", "There is no such member of this unit.", "该单位没有此成员。")
}

// UnknownRecord is the one answer about an organisation, mediator or adviser that does not exist or may not be seen.
func UnknownRecord() *Error {
	return Fail(NotFound, "unknown-record", "There is no such record in this unit's registry.", "该单位名册中没有此记录。")
}

// StaleVersion is the answer to somebody who saw another version than the current one.
func StaleVersion() *Error {
	return Fail(Stale, "stale-version",
		"This has changed since you read it: read it again, then decide.", "内容在您读取之后已有变更：请重新读取后再操作。")
}

// UnknownDelivery is the answer about a channel on which a notice never left.
func UnknownDelivery() *Error {
	return Fail(NotFound, "unknown-delivery", "The notice did not leave on this channel.", "该通知没有经此渠道发送。")
}

// UnknownNotice is the one answer about a notice that does not exist or is somebody else's.
func UnknownNotice() *Error {
	return Fail(NotFound, "unknown-notice", "You have no such notice in this unit.", "您在该单位没有此通知。")
}
