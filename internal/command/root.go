// Package command turns the command line and the environment into running parts: it builds configuration, opens
// resources, runs, and closes in reverse. It is floor 3, the only room that sees both the operator's half and the
// service's half, and it holds no rule of either. Start reading here; every subcommand stands in a file of its name, the
// worker in four: what it is told (worker.go), when it looks (worker_wakeup.go), what it does in a county
// (worker_county.go), what it shows (worker_operations.go).
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// IO is where a subcommand reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

type cli struct {
	Operator  OperatorCommand  `cmd:"" help:"Keep databases and cluster as the resources declare (运行控制器)."`
	API       APICommand       `cmd:"" name:"api" help:"Serve the REST API, for one tenant or for all (运行接口服务)."`
	Worker    WorkerCommand    `cmd:"" help:"Raise clocks that are due, and do what nobody waits for (运行后台任务)."`
	Onboard   OnboardCommand   `cmd:"" help:"Print the manifests of a county and its towns (生成区县和乡镇清单)."`
	Doctor    DoctorCommand    `cmd:"" help:"Check a PostgreSQL server and a cluster before installing (安装前检查)."`
	Reference ReferenceCommand `cmd:"" help:"Check and publish calendars, clocks and other reference data of a province (参考数据)."`
	Audit     AuditCommand     `cmd:"" help:"Check and take out the sealed record (核验和导出留痕)."`
	Keys      KeysCommand      `cmd:"" help:"Make and rotate the keys that data is sealed with, and destroy a tenant's (密钥管理)."`
	Token     TokenCommand     `cmd:"" help:"Make development keys and tokens, never for production (开发用密钥和令牌)."`
	Version   VersionCommand   `cmd:"" help:"Print the version (版本)."`
}

// Run parses the arguments, runs the subcommand until it ends or a signal asks it to, and returns the exit code:
// 0 done, 1 failed, 2 wrong arguments, or what the subcommand says.
func Run(args []string) int {
	streams := IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, args, streams)
}

func run(ctx context.Context, args []string, streams IO) int {
	var root cli
	exited := -1
	parser, err := kong.New(&root,
		kong.Name("tiaojie"),
		kong.Description("People's mediation on Kubernetes (人民调解平台)."),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams),
	)
	if err != nil {
		return failed(streams, 1, err)
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		return failed(streams, 2, err)
	}
	err = parsed.Run()
	var coded *exitError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return 0
	case errors.As(err, &coded):
		return failed(streams, coded.code, err)
	}
	return failed(streams, 1, err)
}

// failed says why and returns the exit code. A terminal that is gone has no reader to tell.
func failed(streams IO, code int, err error) int {
	_, _ = fmt.Fprintln(streams.Err, "tiaojie:", err)
	return code
}
