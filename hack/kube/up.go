package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/klog/v2"

	"tiaojie.dev/tiaojie/hack/kube/cluster"
)

// images is the repeated flag --image REF=/path/to/binary.
type images map[string]string

func (i images) String() string { return "" }

func (i images) Set(text string) error {
	reference, path, ok := strings.Cut(text, "=")
	if !ok || reference == "" || path == "" {
		return errors.New("write it as REF=/path/to/binary")
	}
	absolute, err := filepath.Abs(path)
	i[reference] = absolute
	return err
}

func parseUp(args []string) (cluster.Options, error) {
	options := cluster.Options{Images: map[string]string{}}
	flags := flag.NewFlagSet("tiaojie-kube up", flag.ContinueOnError)
	flags.StringVar(&options.Dir, "dir", "", "directory of the run: kubeconfig, cluster.json, logs (required)")
	flags.Var(images(options.Images), "image", "REF=/path/to/binary: run this binary for this image; repeat as needed")
	flags.IntVar(&options.IngressPort, "ingress-port", 0, "port of the ingress on 127.0.0.1; 0 takes a free one")
	flags.DurationVar(&options.Backoff, "backoff", 10*time.Second, "first pause between restarts of a crashing container; it doubles up to 5m")
	if err := flags.Parse(args); err != nil {
		return options, err
	}
	if options.Dir == "" {
		return options, errors.New("give the directory of the run: --dir DIR")
	}
	if flags.NArg() > 0 {
		return options, fmt.Errorf("up takes no argument %q", flags.Arg(0))
	}
	self, err := os.Executable()
	options.Self = self
	return options, err
}

func up(args []string) int {
	options, err := parseUp(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tiaojie-kube up:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := runCluster(ctx, options); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "tiaojie-kube up:", err)
		return 1
	}
	return 0
}

func runCluster(ctx context.Context, options cluster.Options) error {
	logTo(filepath.Join(options.Dir, "logs", "controllers.log"))
	defer klog.Flush()
	c, err := cluster.Up(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("The cluster is ready after %.1f s: export KUBECONFIG=%s, ingress %s, stop with Ctrl-C.\n",
		c.Took.Seconds(), c.Kubeconfig, c.IngressURL)
	err = c.Failed(ctx)
	hurry := make(chan os.Signal, 1)
	signal.Notify(hurry, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-hurry
		c.Hurry()
	}()
	c.Down()
	return err
}

// logTo sends the controllers' own log to a file; it is made when the first
// line is written, because the directory is cleared first.
func logTo(path string) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	_ = flags.Set("logtostderr", "false")
	_ = flags.Set("stderrthreshold", "FATAL")
	klog.SetOutput(&lateFile{path: path})
}

type lateFile struct {
	path string
	file *os.File
}

func (l *lateFile) Write(p []byte) (int, error) {
	if l.file == nil {
		file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return len(p), nil
		}
		l.file = file
	}
	return l.file.Write(p)
}
