package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// directory is a run's place on disk. Its lock ends with the process, so a
// directory left by a killed run can be used again at once.
type directory struct {
	path string
	lock *os.File
}

// made are the entries of a run besides logs/.
func made() []string {
	return []string{"etcd", "pki", "pods", "kubeconfig", "cluster.json", "cluster.json.new"}
}

// openDirectory locks the directory and clears what an earlier run has left,
// its logs included.
func openDirectory(path string) (*directory, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(lock.Name())
		lock.Close()
		return nil, fmt.Errorf("%s is in use by a running cluster (process %s): stop it or give another --dir", path, strings.TrimSpace(string(holder)))
	}
	d := &directory{path: path, lock: lock}
	if err := errors.Join(lock.Truncate(0), d.clear(), os.RemoveAll(d.logs())); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(lock, os.Getpid()); err != nil {
		return nil, err
	}
	return d, errors.Join(os.MkdirAll(d.logs(), 0o700), os.MkdirAll(d.pods(), 0o700))
}

func (d *directory) logs() string { return filepath.Join(d.path, "logs") }
func (d *directory) pods() string { return filepath.Join(d.path, "pods") }

func (d *directory) clear() error {
	var errs []error
	for _, name := range made() {
		errs = append(errs, os.RemoveAll(filepath.Join(d.path, name)))
	}
	return errors.Join(errs...)
}

func (d *directory) close() {
	_ = d.clear()
	_ = os.Remove(d.lock.Name())
	_ = d.lock.Close()
}
