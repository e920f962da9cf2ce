package tenantdb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/postgres"
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

// AdoptAnnotation is what an administrator sets to take over a unit that another installation or nobody claims.
const AdoptAnnotation = "tiaojie.dev/adopt"

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

// remedy is what a SQLSTATE means for an administrator.
type remedy struct {
	reason, message string
	retry           bool
}

// remedies by SQLSTATE (PostgreSQL's appendix A); the rest by its class of two characters.
var remedies = map[string]remedy{
	"28P01": {ReasonWrongPassword, "the server refuses user and password: correct the Secret that adminSecretRef names", false},
	"28000": {ReasonAccessDenied, "the server refuses this login from here: let pg_hba.conf (or the service's firewall) admit it and make sure that the role may log in", false},
	"3D000": {ReasonAbsent, "the database does not exist: correct the maintenance database, or restore the county's database", false},
	"53300": {ReasonTooManyConnections, "the server has no free connection: raise max_connections, or move counties to another PostgresServer", true},
	"42501": {ReasonMissingRight, "the login lacks a right: it needs CREATEROLE and CREATEDB and membership in tiaojie_operator (GRANT tiaojie_operator TO the login)", false},
	"57P01": {ReasonUnreachable, "the server is shutting down: wait until it is back", true},
	"57P02": {ReasonUnreachable, "the server crashed and restarts: wait until it is back", true},
	"57P03": {ReasonUnreachable, "the server is starting: wait until it accepts connections", true},
	"40001": {ReasonBusy, "another transaction was faster: this is tried again", true},
	"40P01": {ReasonBusy, "another transaction was faster: this is tried again", true},
	"55P03": {ReasonBusy, "a lock is held by another session: this is tried again", true},
	"55006": {ReasonBusy, "the database or role is in use: end its sessions, this is tried again", true},
	"57014": {ReasonBusy, "the server stopped a statement that took too long: this is tried again", true},
	"XX000": {ReasonBusy, "another session changed the same catalog row: this is tried again", true},
	"53100": {ReasonUnexpected, "the server's disk is full: free or add space", true},
	"53200": {ReasonUnexpected, "the server is out of memory: raise max_locks_per_transaction or its memory", true},
	"25006": {ReasonUnexpected, "the server is read-only, perhaps a standby: name the primary as host", true},
	"08":    {ReasonUnreachable, "the connection broke: check that host and port reach the server", true},
}

// problemOf turns any error into a Problem; doing says in words what was tried. A nil error stays nil.
func problemOf(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := AsProblem(err); ok {
		return err
	}
	problem := classify(err)
	problem.Message = "could not " + doing + ": " + problem.Message
	problem.cause = err
	return problem
}

func classify(err error) *Problem {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return classifyAnswer(answer)
	}
	switch {
	case errors.Is(err, postgres.ErrInvalidAddress):
		return &Problem{Reason: ReasonInvalidEndpoint, Message: err.Error()}
	case errors.Is(err, errPassword):
		return &Problem{Reason: ReasonInvalidName, Message: err.Error() + ": correct the Secret, or delete it to have a new one made"}
	case errors.Is(err, postgres.ErrSchemaNewer):
		return &Problem{Reason: ReasonSchemaNewer, Message: "a newer release has migrated this schema: install that release again, schemas only go forward"}
	case errors.Is(err, postgres.ErrSchemaAltered):
		return &Problem{Reason: ReasonSchemaAltered, Message: "the schema was migrated by files that this release does not carry: install the release that made it"}
	}
	return classifyConnection(err)
}

func classifyAnswer(answer *pgconn.PgError) *Problem {
	found, ok := remedies[answer.Code]
	if !ok {
		found, ok = remedies[answer.Code[:2]]
	}
	if !ok {
		found = remedy{ReasonUnexpected, "PostgreSQL answered SQLSTATE " + answer.Code + " (" + answer.Message + "): see the operator's log", true}
	}
	return &Problem{Reason: found.reason, Message: found.message, Retry: found.retry}
}

func classifyConnection(err error) *Problem {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &dns):
		return &Problem{Reason: ReasonUnknownHost, Message: "the host name is not known: correct spec.host or the DNS", Retry: true}
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return &Problem{Reason: ReasonUntrustedCertificate, Message: "the server's certificate is not trusted: give its authority in spec.ca and the name it was issued for in spec.host"}
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return &Problem{Reason: ReasonNoEncryption, Message: "the server does not speak TLS: switch ssl on in PostgreSQL, or set spec.sslMode to disable on a trusted network"}
	case errors.Is(err, context.Canceled):
		return &Problem{Reason: ReasonUnreachable, Message: "the work was cancelled: it is tried again", Retry: true}
	}
	return &Problem{Reason: ReasonUnreachable, Message: "the server does not answer: check host, port, firewall and whether PostgreSQL runs", Retry: true}
}
