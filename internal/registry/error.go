package registry

import "errors"

// Kind is the closed list of ways in which something is refused.
type Kind string

// The kinds. Their words are those of the rules of cases, so that one table at the edge serves both.
const (
	Invalid         Kind = "invalid"         // the request breaks a rule; Fields says which
	Conflict        Kind = "conflict"        // the thing is in a state that does not allow it
	Unauthenticated Kind = "unauthenticated" // nobody answers for it
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Invalid, Conflict, Unauthenticated} }

// Error is a refusal that a person can act on. Neither its words nor its fields hold the offending value.
type Error struct {
	Kind      Kind
	Code      string // stable, kebab-case; clients switch on it
	Message   string
	MessageZH string
	Fields    []FieldError
}

// FieldError is one violated rule of one field.
type FieldError struct {
	Pointer   string // RFC 6901, for example /seats/0/name
	Code      string // stable, kebab-case
	Message   string
	MessageZH string
}

// Error is for logs: the code, the English words and the fields.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Message
	for _, field := range e.Fields {
		text += "; " + field.Pointer + " " + field.Code
	}
	return text
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

func refuse(kind Kind, code, en, zh string, fields ...FieldError) *Error {
	return &Error{Kind: kind, Code: code, Message: en, MessageZH: zh, Fields: fields}
}
