package tenantdb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
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
	ReasonFilesUnreachable     = "FilesUnreachable"
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
	// MessageZH is the same in Chinese; "" where no person meets the problem outside of a condition.
	MessageZH string
	Retry     bool // false: waiting does not help, somebody must act (Stalled)

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
	reason, message, messageZH string
	retry                      bool
}

// remedies by SQLSTATE (PostgreSQL's appendix A); the rest by its class of two characters.
var remedies = map[string]remedy{
	"28P01": {ReasonWrongPassword, "the server refuses user and password: correct the Secret that adminSecretRef names",
		"服务器拒绝该用户名和密码：请更正 adminSecretRef 所指 Secret 或地址中的用户名和密码", false},
	"28000": {ReasonAccessDenied, "the server refuses this login from here: let pg_hba.conf (or the service's firewall) admit it and make sure that the role may log in",
		"服务器不允许该登录角色从此处连接：请在 pg_hba.conf（或云服务防火墙）中放行，并确认该角色可以登录", false},
	"3D000": {ReasonAbsent, "the database does not exist: correct the maintenance database, or restore the county's database",
		"数据库不存在：请更正维护数据库名，或恢复该区县的数据库", false},
	"53300": {ReasonTooManyConnections, "the server has no free connection: raise max_connections, or move counties to another PostgresServer",
		"服务器没有空闲连接：请调高 max_connections，或将部分区县迁到另一台 PostgresServer", true},
	"42501": {ReasonMissingRight, "the login lacks a right: it needs CREATEROLE and CREATEDB and membership in tiaojie_operator (GRANT tiaojie_operator TO the login)",
		"登录角色缺少权限：需要 CREATEROLE、CREATEDB，并属于 tiaojie_operator（GRANT tiaojie_operator TO 登录角色）", false},
	"57P01": {ReasonUnreachable, "the server is shutting down: wait until it is back",
		"服务器正在关闭：请等待其恢复", true},
	"57P02": {ReasonUnreachable, "the server crashed and restarts: wait until it is back",
		"服务器崩溃后正在重启：请等待其恢复", true},
	"57P03": {ReasonUnreachable, "the server is starting: wait until it accepts connections",
		"服务器正在启动：请等待其接受连接", true},
	"40001": {ReasonBusy, "another transaction was faster: this is tried again",
		"另一事务先完成：系统会重试", true},
	"40P01": {ReasonBusy, "another transaction was faster: this is tried again",
		"另一事务先完成：系统会重试", true},
	"55P03": {ReasonBusy, "a lock is held by another session: this is tried again",
		"锁被另一会话持有：系统会重试", true},
	"55006": {ReasonBusy, "the database or role is in use: end its sessions, this is tried again",
		"数据库或角色正被使用：请结束其会话，系统会重试", true},
	"57014": {ReasonBusy, "the server stopped a statement that took too long: this is tried again",
		"服务器中止了一条耗时过长的语句：系统会重试", true},
	"XX000": {ReasonBusy, "another session changed the same catalog row: this is tried again",
		"另一会话同时修改了同一系统目录行：系统会重试", true},
	"53100": {ReasonUnexpected, "the server's disk is full: free or add space",
		"服务器磁盘已满：请清理或扩容", true},
	"53200": {ReasonUnexpected, "the server is out of memory: raise max_locks_per_transaction or its memory",
		"服务器内存不足：请调高 max_locks_per_transaction 或增加内存", true},
	"25006": {ReasonUnexpected, "the server is read-only, perhaps a standby: name the primary as host",
		"服务器只读，可能是备库：请将主机改为主库", true},
	"08": {ReasonUnreachable, "the connection broke: check that host and port reach the server",
		"连接中断：请检查主机和端口能否到达服务器", true},
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
		return &Problem{Reason: ReasonInvalidEndpoint, Message: err.Error(),
			MessageZH: "数据库地址有误，应为 postgres://用户:密码@主机:端口/数据库?sslmode=verify-full"}
	case errors.Is(err, errPassword):
		return &Problem{Reason: ReasonInvalidName, Message: err.Error() + ": correct the Secret, or delete it to have a new one made"}
	case errors.Is(err, postgres.ErrSchemaNewer):
		return &Problem{Reason: ReasonSchemaNewer, Message: "a newer release has migrated this schema: install that release again, schemas only go forward",
			MessageZH: "数据结构已由更新的版本升级：请重新安装该版本，数据结构只能前进"}
	case errors.Is(err, postgres.ErrSchemaAltered):
		return &Problem{Reason: ReasonSchemaAltered, Message: "the schema was migrated by files that this release does not carry: install the release that made it",
			MessageZH: "数据结构由本版本所没有的文件升级：请安装当初升级它的版本"}
	}
	return classifyConnection(err)
}

// lacksRight tells whether PostgreSQL refused for want of a right.
func lacksRight(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == "42501"
}

func classifyAnswer(answer *pgconn.PgError) *Problem {
	found, ok := remedies[answer.Code]
	if !ok {
		found, ok = remedies[answer.Code[:2]]
	}
	if !ok {
		found = remedy{ReasonUnexpected, "PostgreSQL answered SQLSTATE " + answer.Code + " (" + answer.Message + "): see the operator's log",
			"PostgreSQL 返回 SQLSTATE " + answer.Code + "（" + answer.Message + "）：请查看 operator 的日志", true}
	}
	return &Problem{Reason: found.reason, Message: found.message, MessageZH: found.messageZH, Retry: found.retry}
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
		return &Problem{Reason: ReasonUnknownHost, Message: "the host name is not known: correct spec.host or the DNS",
			MessageZH: "无法解析主机名：请更正 spec.host（主机名）或 DNS", Retry: true}
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return &Problem{Reason: ReasonUntrustedCertificate, Message: "the server's certificate is not trusted: give its authority in spec.ca and the name it was issued for in spec.host",
			MessageZH: "服务器证书不受信任：请在 spec.ca 中提供签发机构的证书，并在 spec.host 中使用证书上的名称"}
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return &Problem{Reason: ReasonNoEncryption, Message: "the server does not speak TLS: switch ssl on in PostgreSQL, or set spec.sslMode to disable on a trusted network",
			MessageZH: "服务器不支持 TLS：请在 PostgreSQL 中启用 ssl，或在可信网络中将 spec.sslMode 设为 disable"}
	case errors.Is(err, context.Canceled):
		return &Problem{Reason: ReasonUnreachable, Message: "the work was cancelled: it is tried again", MessageZH: "操作被取消：系统会重试", Retry: true}
	case lostContact(err):
		return &Problem{Reason: ReasonUnreachable, Message: "the server does not answer: check host, port, firewall and whether PostgreSQL runs",
			MessageZH: "服务器没有响应：请检查主机、端口、防火墙以及 PostgreSQL 是否运行", Retry: true}
	}
	return &Problem{Reason: ReasonUnexpected, Message: "this program failed, not the server: see the operator's log, and report it with the release's version",
		MessageZH: "程序自身出错，与数据库服务器无关：请查看 operator 的日志，并连同版本号一并反馈", Retry: true}
}

// lostContact tells a server that does not answer, or stopped answering, from a fault of this program.
func lostContact(err error) bool {
	var (
		refused *pgconn.ConnectError
		network net.Error // deadlines too
	)
	return errors.As(err, &refused) || errors.As(err, &network) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
