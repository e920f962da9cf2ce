package deadline

import "errors"

// Error is a refusal that a person can act on: which rule is broken (Code), where (Pointer, RFC 6901, may be empty) and
// what to do, in both languages.
type Error struct {
	Code    string // stable, kebab-case
	Pointer string
	Message Text
}

// Error is for logs.
func (e *Error) Error() string {
	text := e.Code
	if e.Pointer != "" {
		text += " at " + e.Pointer
	}
	return text + ": " + e.Message.EN
}

// CodeOf tells the stable code of err, or "" when err is nil or not one of ours.
func CodeOf(err error) string {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func refuse(code, pointer, zh, en string) *Error {
	return &Error{Code: code, Pointer: pointer, Message: Text{ZH: zh, EN: en}}
}
