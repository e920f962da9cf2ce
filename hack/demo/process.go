package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command runs a program to its end and returns what it printed; a failure quotes the end of its error output.
func (d *demo) command(ctx context.Context, input string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = d.root
	cmd.Env = os.Environ()
	if d.cluster != nil {
		cmd.Env = append(cmd.Env, "KUBECONFIG="+d.cluster.kubeconfig, "HELM_CACHE_HOME="+d.dir, "HELM_CONFIG_HOME="+d.dir, "HELM_DATA_HOME="+d.dir)
	}
	// Ctrl-C reaches this program alone, which ends the others in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdin = strings.NewReader(input)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, tail(messages.String()))
	}
	return out.String(), nil
}

func (d *demo) tiaojie(ctx context.Context, input string, args ...string) (string, error) {
	return d.command(ctx, input, d.binary("tiaojie"), args...)
}

func (d *demo) kubectl(ctx context.Context, input string, args ...string) (string, error) {
	return d.command(ctx, input, d.binary("tiaojie-kube"), append([]string{"kubectl"}, args...)...)
}

func (d *demo) helm(ctx context.Context, args ...string) (string, error) {
	return d.command(ctx, "", d.binary("tiaojie-kube"), append([]string{"helm"}, args...)...)
}

func (d *demo) binary(name string) string { return filepath.Join(d.root, ".tiaojie", "bin", name) }

// tail is the end of what a program said.
func tail(text string) string {
	const lines = 20
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// background is a program that runs until it is told to stop.
type background struct {
	cmd    *exec.Cmd
	output bytes.Buffer
	ended  chan struct{}
}

func startBackground(name string, args ...string) (*background, error) {
	b := &background{cmd: exec.CommandContext(context.Background(), name, args...), ended: make(chan struct{})}
	b.cmd.Stdout, b.cmd.Stderr = &b.output, &b.output
	// It ends with this program, however that ends.
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = b.cmd.Wait()
		close(b.ended)
	}()
	return b, nil
}

// exited says whether the program has ended by itself, with the end of what it said.
func (b *background) exited() error {
	select {
	case <-b.ended:
		return fmt.Errorf("%s ended: %s\n%s", filepath.Base(b.cmd.Path), b.cmd.ProcessState, tail(b.output.String()))
	default:
		return nil
	}
}

// stop asks the program to end and kills it after the patience given.
func (b *background) stop(patience time.Duration) error {
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-b.ended:
		return nil
	case <-time.After(patience):
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		<-b.ended
		return fmt.Errorf("%s did not stop within %s and was killed", filepath.Base(b.cmd.Path), patience)
	}
}

// child is a process below another one.
type child struct {
	pid     int
	command []string
	environ []string
}

// descendants are all processes below pid, with what /proc tells of them.
func descendants(pid int) ([]child, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	below := map[int][]int{}
	for _, entry := range entries {
		if id, err := strconv.Atoi(entry.Name()); err == nil {
			below[parentOf(id)] = append(below[parentOf(id)], id)
		}
	}
	var children []child
	for queue := below[pid]; len(queue) > 0; queue = queue[1:] {
		children = append(children, child{pid: queue[0], command: nulSeparated(queue[0], "cmdline"), environ: nulSeparated(queue[0], "environ")})
		queue = append(queue, below[queue[0]]...)
	}
	return children, nil
}

// parentOf reads the fourth field of /proc/PID/stat; the second one, in brackets, may hold blanks.
func parentOf(pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return -1
	}
	_, after, _ := strings.Cut(string(raw[bytes.LastIndexByte(raw, ')')+1:]), " ")
	fields := strings.Fields(after)
	if len(fields) < 2 {
		return -1
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

func nulSeparated(pid int, file string) []string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	return strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
}

// memoryMB is a figure of /proc/PID/status in megabytes: "VmRSS:" is what is resident, "RssAnon:" the part of it that is
// no file.
func memoryMB(pid int, field string) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, field); found {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kilobytes / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s it has ended", pid, field)
}

// poll repeats until it is done, fails for good, or the time is over; the last word says what was missing.
func poll(ctx context.Context, patience, pause time.Duration, attempt func() (done bool, missing string, err error)) error {
	deadline := time.Now().Add(patience)
	for {
		done, missing, err := attempt()
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %s: %s", patience, missing)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
