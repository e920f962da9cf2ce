package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	_ "time/tzdata"

	"go.etcd.io/etcd/server/v3/etcdmain"
	helm "helm.sh/helm/v4/pkg/cmd"
	helmkube "helm.sh/helm/v4/pkg/kube"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// programs are the upstream programs in this binary, by name. Each gets its
// whole argv and is its own main function: it reads os.Args and may exit.
func programs() map[string]func(args []string) int {
	return map[string]func([]string) int{
		"etcd":           runEtcd,
		"kube-apiserver": runAPIServer,
		"kubectl":        runKubectl,
		"helm":           runHelm,
	}
}

func runEtcd(args []string) int {
	os.Args = args
	etcdmain.Main(args)
	return 0
}

func runAPIServer(args []string) int {
	os.Args = args
	return cli.Run(apiserver.NewAPIServerCommand())
}

func runKubectl(args []string) int {
	os.Args = args
	logs.GlogSetter(kubectl.GetLogVerbosity(args)) //nolint:errcheck // as upstream: a wrong level is reported by the flag parser
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}

func runHelm(args []string) int {
	os.Args = args
	helmkube.ManagedFieldsManager = "helm"
	command, err := helm.NewRootCmd(os.Stdout, args[1:], helm.SetupLogging)
	if err != nil {
		slog.Warn("command failed", slog.Any("error", err))
		return 1
	}
	if err := command.Execute(); err != nil {
		if failure, ok := errors.AsType[helm.CommandError](err); ok {
			return failure.ExitCode
		}
		return 1
	}
	return 0
}

// assets links the names that envtest looks for to this binary.
func assets(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: tiaojie-kube assets DIR")
		return 2
	}
	if err := link(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "tiaojie-kube assets:", err)
		return 1
	}
	fmt.Println(args[0])
	return 0
}

func link(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Symlink(self, path); err != nil {
			return err
		}
	}
	return nil
}
