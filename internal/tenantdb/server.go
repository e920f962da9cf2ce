package tenantdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// oldestVersion is the first server_version_num that is supported: 15 brought owners of public and WAL-logged creation
// of databases.
const oldestVersion = 150000

// maxServerConnections and maxCountyConnections bound what the operator takes from a server's max_connections.
const (
	maxServerConnections = 4
	maxCountyConnections = 4
)

// Server is an open connection pool to one PostgreSQL server as its admin login.
type Server struct {
	endpoint Endpoint
	pool     *pgxpool.Pool
}

// ServerState is what a server can do and what it lacks.
type ServerState struct {
	Version        int    // server_version_num, e.g. 150018
	VersionText    string // e.g. 15.18
	MaxConnections int
	Superuser      bool      // the admin login is one; it need not be
	Counties       []string  // codes that have a database here, sorted
	Missing        []Problem // what stands in the way of provisioning; empty means ready
}

// Open connects and fails with a *Problem that says why it cannot.
func Open(ctx context.Context, endpoint Endpoint) (*Server, error) {
	pool, err := openPool(ctx, endpoint, maxServerConnections, nil)
	if err != nil {
		return nil, problemOf(err, "connect to "+endpoint.Host)
	}
	return &Server{endpoint: endpoint, pool: pool}, nil
}

// openPool uses no prepared statements: DDL is said once, and search paths change.
func openPool(ctx context.Context, endpoint Endpoint, size int32, ready func(context.Context, *pgx.Conn) error) (*pgxpool.Pool, error) {
	config, err := endpoint.Config()
	if err != nil {
		return nil, err
	}
	config.MaxConns = size
	config.MaxConnIdleTime = time.Minute
	config.MaxConnLifetime = 10 * time.Minute
	config.AfterConnect = ready
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnConfig.RuntimeParams["application_name"] = "tiaojie operator"
	config.ConnConfig.RuntimeParams["client_min_messages"] = "warning"
	config.ConnConfig.RuntimeParams["lock_timeout"] = "10s"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// Close ends all connections.
func (s *Server) Close() { s.pool.Close() }

const observeServer = `
SELECT current_setting('server_version_num')::int, split_part(current_setting('server_version'), ' ', 1), current_setting('max_connections')::int,
       r.rolsuper, r.rolcreaterole, r.rolcreatedb, current_user::text,
       (SELECT pg_encoding_to_char(encoding) = 'UTF8' OR datctype IN ('C', 'POSIX') FROM pg_database WHERE datname = 'template0'),
       EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'tiaojie_operator'),
       COALESCE((SELECT o.rolcreaterole AND o.rolcreatedb FROM pg_roles o WHERE o.rolname = 'tiaojie_operator'), true),
       ` + mayBecomeOperator + `,
       ARRAY(SELECT substr(datname, 8) FROM pg_database WHERE datname ~ '^county_[0-9]{6}$' ORDER BY 1)
FROM pg_roles r WHERE r.rolname = current_user`

// mayBecomeOperator asks for SET from PostgreSQL 16 on, where a role's maker is a member without it.
const mayBecomeOperator = `COALESCE((SELECT pg_has_role(o.oid,
	CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
	FROM pg_roles o WHERE o.rolname = 'tiaojie_operator'), false)`

// rights is what stands behind ServerState.Missing.
type rights struct {
	login                          string
	createRole, createDB, utf8     bool
	operatorExists, operatorIsAble bool
	mayBecomeOperator              bool
}

// Observe reads version, capacity, counties and missing rights in one round trip.
func (s *Server) Observe(ctx context.Context) (ServerState, error) {
	var (
		state ServerState
		have  rights
	)
	err := s.pool.QueryRow(ctx, observeServer).Scan(&state.Version, &state.VersionText, &state.MaxConnections, &state.Superuser,
		&have.createRole, &have.createDB, &have.login, &have.utf8, &have.operatorExists, &have.operatorIsAble,
		&have.mayBecomeOperator, &state.Counties)
	if err != nil {
		return ServerState{}, problemOf(err, "observe the server")
	}
	state.Missing = have.missing(state)
	return state, nil
}

func (r rights) missing(state ServerState) []Problem {
	var missing []Problem
	lack := func(reason, message, messageZH string) {
		missing = append(missing, Problem{Reason: reason, Message: message, MessageZH: messageZH})
	}
	if state.Version < oldestVersion {
		lack(ReasonTooOld, "PostgreSQL "+state.VersionText+" is too old: use version 15 or newer",
			"PostgreSQL "+state.VersionText+" 版本过低：请使用 15 或更新版本")
	}
	if !r.utf8 {
		lack(ReasonNotUTF8, "the server's locale does not go with UTF-8: make the cluster anew with initdb --encoding=UTF8 --locale=C.UTF-8",
			"服务器的区域设置与 UTF-8 不符：请用 initdb --encoding=UTF8 --locale=C.UTF-8 重新初始化")
	}
	if !r.operatorIsAble {
		lack(ReasonMissingRight, "role tiaojie_operator lost its rights: as a superuser run ALTER ROLE tiaojie_operator CREATEROLE CREATEDB",
			"角色 tiaojie_operator 失去了权限：请以超级用户执行 ALTER ROLE tiaojie_operator CREATEROLE CREATEDB")
	}
	if state.Superuser || r.mayBecomeOperator {
		return missing
	}
	var lacking []string
	if !r.createRole {
		lacking = append(lacking, "CREATEROLE")
	}
	if !r.createDB && !r.operatorExists {
		lacking = append(lacking, "CREATEDB")
	}
	if len(lacking) > 0 {
		lack(ReasonMissingRight, fmt.Sprintf("login %s lacks %s: as a superuser run ALTER ROLE %s %s",
			r.login, strings.Join(lacking, " and "), quoted(r.login), strings.Join(lacking, " ")),
			fmt.Sprintf("登录角色 %s 缺少 %s：请以超级用户执行 ALTER ROLE %s %s",
				r.login, strings.Join(lacking, "、"), quoted(r.login), strings.Join(lacking, " ")))
	} else if r.operatorExists && state.Version >= 160000 {
		lack(ReasonMissingRight, fmt.Sprintf("another login made tiaojie_operator: as that login or a superuser run GRANT tiaojie_operator TO %s WITH ADMIN OPTION", quoted(r.login)),
			fmt.Sprintf("tiaojie_operator 由另一登录角色创建：请以该角色或超级用户执行 GRANT tiaojie_operator TO %s WITH ADMIN OPTION", quoted(r.login)))
	}
	return missing
}

// asOperator runs work on one connection as tiaojie_operator and gives the connection back as the login.
func (s *Server) asOperator(ctx context.Context, work func(conn *pgx.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SET ROLE tiaojie_operator`); err != nil {
		return err
	}
	failed := work(conn.Conn())
	if _, err := conn.Exec(context.WithoutCancel(ctx), `RESET ROLE`); err != nil {
		// A connection that kept the role must not go back to the pool.
		_ = conn.Conn().Close(context.WithoutCancel(ctx))
	}
	return failed
}

// locked runs work in a transaction that holds an advisory lock of this name, so that two workers who ensure the same
// thing do it one after the other instead of failing on a catalog row.
func locked(ctx context.Context, conn interface {
	Begin(context.Context) (pgx.Tx, error)
}, name string, work func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tiaojie ' || $1, 0))`, name); err != nil {
			return err
		}
		return work(tx)
	})
}
