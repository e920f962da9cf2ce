package command

import (
	"context"
	"fmt"
	"strings"

	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// reservedConnections are those of the operator, the shared API, the worker, a backup and an administrator.
const reservedConnections = 40

// checkPostgres looks at a server through the same eyes as the operator.
func (c *DoctorCommand) checkPostgres(ctx context.Context) []checked {
	reach := checked{title: words{"PostgreSQL reachable", "数据库可连接"}}
	endpoint, err := tenantdb.ParseEndpoint(c.Postgres)
	if err != nil {
		reach.fault, reach.remedy = problemWords(err), words{
			"write postgres://USER:PASSWORD@HOST:5432/postgres?sslmode=verify-full",
			"请写成 postgres://用户:密码@主机:5432/postgres?sslmode=verify-full",
		}
		return []checked{reach}
	}
	server, err := tenantdb.Open(ctx, endpoint)
	if err != nil {
		reach.fault, reach.remedy = problemWords(err), reachRemedy(err)
		return []checked{reach}
	}
	defer server.Close()
	state, err := server.Observe(ctx)
	if err != nil {
		reach.fault, reach.remedy = problemWords(err), reachRemedy(err)
		return []checked{reach}
	}
	reach.seen = same(fmt.Sprintf("%s:%d", endpoint.Host, endpoint.Port))
	return append([]checked{reach, versionCheck(state), rightsCheck(state), encodingCheck(state)},
		append(otherMissing(state), c.capacityCheck(state))...)
}

func versionCheck(state tenantdb.ServerState) checked {
	return checked{
		title: words{"PostgreSQL 15 or newer", "数据库版本不低于 15"},
		fault: missing(state, tenantdb.ReasonTooOld), seen: same(state.VersionText),
		remedy: words{"use PostgreSQL 15 or newer", "请使用 PostgreSQL 15 或更新版本"},
	}
}

func rightsCheck(state tenantdb.ServerState) checked {
	check := checked{
		title:  words{"login may create roles and databases and become what it made", "登录角色可建角色、建库并可 SET ROLE"},
		fault:  missing(state, tenantdb.ReasonMissingRight),
		seen:   same("CREATEROLE, CREATEDB, SET ROLE"),
		remedy: words{"ALTER ROLE <login> CREATEROLE CREATEDB; superuser is not needed", "执行 ALTER ROLE <登录角色> CREATEROLE CREATEDB;无需超级用户"},
	}
	if state.Superuser {
		check.seen.en += " (superuser: more than is needed)"
		check.seen.zh += "(超级用户:超出所需)"
	}
	return check
}

func encodingCheck(state tenantdb.ServerState) checked {
	return checked{
		title: words{"UTF-8 and a character type that knows Chinese", "UTF-8 编码与可识别汉字的 ctype"},
		fault: missing(state, tenantdb.ReasonNotUTF8), seen: same("UTF8"),
		remedy: words{"initialise the server with --encoding=UTF8 --locale=C.UTF-8", "初始化数据库时使用 --encoding=UTF8 --locale=C.UTF-8"},
	}
}

// capacityCheck compares the connections that all quotas together allow with what the server gives.
func (c *DoctorCommand) capacityCheck(state tenantdb.ServerState) checked {
	need := c.Towns*c.ConnectionsPerTown + reservedConnections
	check := checked{
		title: words{fmt.Sprintf("max_connections for %d towns", c.Towns), fmt.Sprintf("max_connections 可容纳 %d 个乡镇", c.Towns)},
		seen: words{
			fmt.Sprintf("%d, at most %d needed", state.MaxConnections, need),
			fmt.Sprintf("%d,最多需要 %d", state.MaxConnections, need),
		},
		remedy: words{
			fmt.Sprintf("set max_connections to %d or more, lower the towns' quotas.connections, serve small towns in Shared mode, or use a further server", need),
			fmt.Sprintf("将 max_connections 调至 %d 以上,或调低各镇 quotas.connections,或让小镇使用共享模式,或增加服务器", need),
		},
	}
	if state.MaxConnections < need {
		check.fault = words{
			fmt.Sprintf("%d, and %d towns × %d + %d reserved are %d", state.MaxConnections, c.Towns, c.ConnectionsPerTown, reservedConnections, need),
			fmt.Sprintf("现为 %d,而 %d 个乡镇 × %d + 预留 %d = %d", state.MaxConnections, c.Towns, c.ConnectionsPerTown, reservedConnections, need),
		}
	}
	return check
}

// otherMissing reports what no line above has a place for.
func otherMissing(state tenantdb.ServerState) []checked {
	var others []checked
	for _, problem := range state.Missing {
		switch problem.Reason {
		case tenantdb.ReasonTooOld, tenantdb.ReasonMissingRight, tenantdb.ReasonNotUTF8:
		default:
			others = append(others, checked{title: words{problem.Reason, problem.Reason}, fault: wordsOf(&problem)})
		}
	}
	return others
}

// missing joins the messages of one reason; no words when nothing of it is missing.
func missing(state tenantdb.ServerState, reason string) words {
	var en, zh []string
	for _, problem := range state.Missing {
		if problem.Reason == reason {
			said := wordsOf(&problem)
			en, zh = append(en, said.en), append(zh, said.zh)
		}
	}
	return words{strings.Join(en, "; "), strings.Join(zh, ";")}
}

// problemWords is the message without the driver's words behind it, which may name hosts and roles.
func problemWords(err error) words {
	if problem, found := tenantdb.AsProblem(err); found {
		return wordsOf(problem)
	}
	return same(err.Error())
}

// wordsOf is a problem in both languages, in English where it has no Chinese.
func wordsOf(problem *tenantdb.Problem) words {
	if problem.MessageZH == "" {
		return same(problem.Message)
	}
	return words{problem.Message, problem.MessageZH}
}

// reachRemedy says in both languages what the reason asks for; the message has the particulars.
func reachRemedy(err error) words {
	problem, found := tenantdb.AsProblem(err)
	if !found {
		return words{}
	}
	remedies := map[string]words{
		tenantdb.ReasonUnknownHost:          {"check the host's spelling and that this machine resolves it", "请检查主机名拼写和域名解析"},
		tenantdb.ReasonUnreachable:          {"check host and port, the firewall, and that the server runs and listens there", "请检查主机、端口、防火墙以及服务器是否运行"},
		tenantdb.ReasonWrongPassword:        {"check user and password of the URL", "请检查用户名和密码"},
		tenantdb.ReasonUntrustedCertificate: {"give the server's CA with sslrootcert=FILE", "请用 sslrootcert=文件 提供服务器的 CA 证书"},
		tenantdb.ReasonNoEncryption:         {"turn on ssl at the server, or write sslmode=disable on a network you trust", "请在服务器上启用 ssl,或在可信网络中使用 sslmode=disable"},
		tenantdb.ReasonAccessDenied:         {"let pg_hba.conf admit this login from this machine", "请在 pg_hba.conf 中允许该登录角色从本机连接"},
		tenantdb.ReasonTooManyConnections:   {"free connections or raise max_connections", "请释放连接或调高 max_connections"},
	}
	return remedies[problem.Reason]
}
