package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// refusal turns a failure of the database into what a caller can act on, and keeps the database's own words as the
// cause, for the log. What is neither a refusal nor an outage stays as it is: a fault of ours.
func refusal(err error) error {
	if err == nil || mediation.KindOf(err) != "" {
		return err
	}
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer):
		return answered(answer, discreet(answer, err))
	case errors.Is(err, context.Canceled):
		return err
	case lost(err):
		return outage(err)
	}
	return err
}

// discreet takes the values out of what PostgreSQL says, before anything above can log them: a unique violation names the
// key in its detail, a failed COPY quotes the line in its context, and data that does not fit (class 22) stands in the
// message itself, and in whatever was wrapped around it.
func discreet(answer *pgconn.PgError, err error) error {
	answer.Detail, answer.Where, answer.InternalQuery = "", "", ""
	if strings.HasPrefix(answer.Code, "22") {
		answer.Message = "the data does not fit"
		return answer
	}
	return err
}

// answered reads the SQLSTATE (PostgreSQL's appendix A).
func answered(answer *pgconn.PgError, err error) error {
	switch {
	case answer.Code == "53300":
		return Busy().WithCause(err)
	case answer.Code == "57014" && errors.Is(err, context.Canceled):
		return err
	case slices.Contains(dutiesApart, answer.ConstraintName):
		return mediation.DutiesApart("").WithCause(err)
	case retryable(answer.Code):
		return mediation.Fail(mediation.Conflict, "concurrent-change",
			"Somebody else is changing the same thing: try again.", "他人正在变更同一内容，请重试。").
			WithRetryAfter(time.Second).WithCause(err)
	case strings.HasPrefix(answer.Code, "08"), strings.HasPrefix(answer.Code, "53"), strings.HasPrefix(answer.Code, "57"),
		strings.HasPrefix(answer.Code, "58"), strings.HasPrefix(answer.Code, "28"), answer.Code == "3D000", answer.Code == "25006":
		return outage(err)
	}
	return err
}

// retryable are serialisation failures, deadlocks and lock timeouts.
func retryable(code string) bool { return code == "40001" || code == "40P01" || code == "55P03" }

func lost(err error) bool {
	var (
		connect *pgconn.ConnectError
		network net.Error
	)
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, puddle.ErrClosedPool) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err)
}

func outage(cause error) error {
	return mediation.Fail(mediation.Unavailable, "database",
		"The database does not answer at the moment: try again in a few seconds.", "数据库暂时无法访问，请稍后重试。").
		WithRetryAfter(3 * time.Second).WithCause(cause)
}

// Busy says that all connections are in use.
func Busy() *mediation.Error {
	return mediation.Fail(mediation.Unavailable, "busy",
		"Too many requests at once: try again in a second.", "当前请求过多，请稍后重试。").WithRetryAfter(time.Second)
}

// unknownUnit is the answer about a unit that the directory or its county does not have.
func unknownUnit(code string) error {
	return mediation.Fail(mediation.NotFound, "unknown-unit",
		"There is no unit with this code here: look it up under /v1/counties and /v1/tenants.", "没有此代码的单位，请在单位列表中查找。").
		WithCause(errors.New("unit " + code))
}

func wrongSchema(schema string, version int) error {
	return mediation.Fail(mediation.Unavailable, "schema-version",
		"This unit's tables are being brought to another release: try again in a minute.", "该单位正在升级，请一分钟后重试。").
		WithRetryAfter(30 * time.Second).WithCause(&schemaVersionError{schema, version})
}

// missing tells a table, schema or right that is not there (yet) from other failures.
func missing(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && (answer.Code == "42P01" || answer.Code == "3F000" || answer.Code == "42501")
}

// unbound tells a connection that could not become its role: the role does not exist or may not be become.
func unbound(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && (answer.Code == "22023" || answer.Code == "42704")
}

// noConnection tells a connection that PostgreSQL did not give for want of room. No statement was sent, so the work may
// be done again.
func noConnection(err error) bool {
	if err == nil {
		return false
	}
	var (
		connect *pgconn.ConnectError
		answer  *pgconn.PgError
	)
	return errors.As(err, &connect) && errors.As(err, &answer) && answer.Code == "53300"
}
