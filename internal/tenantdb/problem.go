package tenantdb

import (
	"errors"
)

// Reasons of a Problem. They go into conditions as they are.
const (
	ReasonUnreachable          = "Unreachable"
	ReasonUnknownHost          = "UnknownHost"
	ReasonWrongPassword        = "WrongPassword"
	ReasonUntrustedCertificate = "UntrustedCertificate"
	ReasonNoEncryption         = "NoEncryption"
	ReasonAccessDenied         = "AccessDenied"
	ReasonInvalidEndpoint      = "InvalidEndpoint"
	ReasonMissingRight         = "MissingRight"
	ReasonTooOld               = "TooOld"
	ReasonNotUTF8              = "NotUTF8"
	ReasonTooManyConnections   = "TooManyConnections"
	ReasonBusy                 = "Busy"
	ReasonAbsent               = "Absent"
	ReasonClaimedByAnother     = "ClaimedByAnother"
	ReasonUnclaimed            = "Unclaimed"
	ReasonNotOurs              = "NotOurs"
	ReasonKeyMismatch          = "KeyMismatch"
	ReasonSchemaNewer          = "SchemaNewer"
	ReasonSchemaAltered        = "SchemaAltered"
	ReasonInvalidName          = "InvalidName"
	ReasonUnexpected           = "Unexpected"
)

// Problem is every error of this package: a stable reason for conditions and a message that names the remedy.
type Problem struct {
	Reason  string // CamelCase, one of the Reason constants
	Message string // what is wrong and what to do, without secrets
	Retry   bool   // false: waiting does not help, somebody must act (Stalled)

	cause error
}

// Error gives the message and, behind it, the cause.
func (p *Problem) Error() string {
	if p.cause == nil {
		return p.Reason + ": " + p.Message
	}
	return p.Reason + ": " + p.Message + " (" + p.cause.Error() + ")"
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// AsProblem finds the Problem in an error chain.
func AsProblem(err error) (*Problem, bool) {
	var problem *Problem
	ok := errors.As(err, &problem)
	return problem, ok
}
