package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Spawner starts children from one operating-system thread that lives as long
// as the process. The parent-death signal belongs to the *thread* that forked,
// and Go may end a thread at any time, so an ordinary exec.Cmd.Start would
// sometimes kill healthy children.
type Spawner struct {
	requests chan func()
}

// NewSpawner starts the spawning thread.
func NewSpawner() *Spawner {
	s := &Spawner{requests: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for request := range s.requests {
			request()
		}
	}()
	return s
}

// Spec says what to start.
type Spec struct {
	// Path is the program; Args its whole argv, Args[0] included.
	Path string
	Args []string
	// Env is the whole environment; nothing is inherited.
	Env []string
	Dir string
	// Output receives standard output and standard error. The child writes
	// to the file itself; the caller may close its own handle after Start.
	Output *os.File
}

// Process is one started child in a process group of its own.
type Process struct {
	PID       int
	StartedAt time.Time

	done chan struct{}
	exit Exit
}

// Exit says how a process ended.
type Exit struct {
	// Code is the exit status, or 128 + signal as a shell reports it.
	Code int
	// Signal is 0 unless a signal ended the process.
	Signal     syscall.Signal
	FinishedAt time.Time
}

func (e Exit) String() string {
	if e.Signal != 0 {
		return fmt.Sprintf("ended by signal %d (%s)", e.Signal, e.Signal)
	}
	return fmt.Sprintf("exit status %d", e.Code)
}

// Start runs the program in its own process group, tied to this process's life.
func (s *Spawner) Start(spec Spec) (*Process, error) {
	cmd := &exec.Cmd{
		Path:   spec.Path,
		Args:   spec.Args,
		Env:    spec.Env,
		Dir:    spec.Dir,
		Stdout: spec.Output,
		Stderr: spec.Output,
		SysProcAttr: &syscall.SysProcAttr{
			Setpgid:   true,
			Pdeathsig: syscall.SIGKILL,
		},
	}
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	started := make(chan error)
	s.requests <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	p := &Process{PID: cmd.Process.Pid, StartedAt: time.Now(), done: make(chan struct{})}
	go p.wait(cmd)
	return p, nil
}

func (p *Process) wait(cmd *exec.Cmd) {
	err := cmd.Wait()
	p.exit.FinishedAt = time.Now()
	var failure *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &failure):
		p.exit.Code = failure.ExitCode()
		if status, ok := failure.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			p.exit.Signal = status.Signal()
			p.exit.Code = 128 + int(status.Signal())
		}
	default:
		p.exit.Code = 255
	}
	// Whatever the program left running in its group goes with it, as it
	// would when process 1 of a container ends.
	_ = syscall.Kill(-p.PID, syscall.SIGKILL)
	close(p.done)
}

// Done is closed when the process has ended and been reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for the end and says how it came.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Running tells whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the program alone; one that has ended is left alone.
func (p *Process) Signal(signal syscall.Signal) {
	if p.Running() {
		_ = syscall.Kill(p.PID, signal)
	}
}

// Kill ends the program and its whole group at once.
func (p *Process) Kill() {
	if p.Running() {
		_ = syscall.Kill(-p.PID, syscall.SIGKILL)
	}
}

// Stop asks with SIGTERM and kills after grace. It returns when the process
// has ended.
func (p *Process) Stop(grace time.Duration) Exit {
	p.Signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.Kill()
	}
	return p.Exit()
}
