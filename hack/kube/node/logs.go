package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tiaojie.dev/tiaojie/hack/kube/process"
)

// followPause is how often a followed log is looked at again.
const followPause = 100 * time.Millisecond

func (c *container) logPath() string {
	return filepath.Join(c.pod.agent.options.LogDir, c.logName()+".log")
}

func (c *container) previousLogPath() string {
	return filepath.Join(c.pod.agent.options.LogDir, c.logName()+".previous.log")
}

// kubelet is the small part of a kubelet's HTTPS interface that the API
// server calls on behalf of `kubectl logs`.
type kubelet struct {
	server *http.Server
	port   int
}

func (a *Agent) serveKubelet() (*kubelet, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(a.options.NodeIP, "0"))
	if err != nil {
		return nil, fmt.Errorf("serve logs: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", a.serveLogs)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the embedded cluster runs pods as local processes: exec, attach and port-forward are not offered; `kubectl logs` is", http.StatusNotImplemented)
	})
	k := &kubelet{
		port: listener.Addr().(*net.TCPAddr).Port,
		server: &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: 10 * time.Second,
		},
	}
	go func() { _ = k.server.Serve(tls.NewListener(listener, a.options.KubeletTLS)) }()
	return k, nil
}

func (k *kubelet) stop() { _ = k.server.Close() }

// logQuery is what `kubectl logs` may ask. Lines carry no time of their own
// here, so since, sinceTime and timestamps have no effect.
type logQuery struct {
	follow, previous bool
	// tail is the number of last lines, -1 for all; limit the number of
	// bytes, -1 for all.
	tail, limit int64
}

func parseLogQuery(r *http.Request) (logQuery, error) {
	query := logQuery{tail: -1, limit: -1}
	for name, into := range map[string]*int64{"tailLines": &query.tail, "limitBytes": &query.limit} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number < 0 {
			return query, fmt.Errorf("%s=%s is not a number of at least 0", name, text)
		}
		*into = number
	}
	for name, into := range map[string]*bool{"follow": &query.follow, "previous": &query.previous} {
		*into = r.URL.Query().Get(name) == "true"
	}
	return query, nil
}

func (a *Agent) serveLogs(w http.ResponseWriter, r *http.Request) {
	query, err := parseLogQuery(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	file, run, err := a.openLog(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"), query.previous)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer file.Close()
	if err := seekTail(file, query.tail); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	var out io.Writer = &flushing{w: w, control: http.NewResponseController(w)}
	if query.limit >= 0 {
		out = &limited{w: out, left: query.limit}
	}
	if !query.follow || query.previous {
		run = nil
	}
	_ = copyLog(r.Context(), out, file, run)
}

// openLog opens the file of the current or the previous run.
func (a *Agent) openLog(namespace, name, part string, previous bool) (*os.File, *process.Process, error) {
	p := a.find(namespace, name)
	if p == nil {
		return nil, nil, fmt.Errorf("pod %s/%s does not run on this node; logs of ended pods stay in %s", namespace, name, a.options.LogDir)
	}
	for _, c := range append(append([]*container{}, p.inits...), p.mains...) {
		if c.spec.Name != part {
			continue
		}
		p.mu.Lock()
		run := c.process
		p.mu.Unlock()
		path := c.logPath()
		if previous {
			path = c.previousLogPath()
		}
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, fmt.Errorf("container %q in pod %q has no such log: it has not started, or not restarted", part, name)
		}
		return file, run, err
	}
	return nil, nil, fmt.Errorf("container %q is not in pod %q", part, name)
}

// copyLog copies to the end, and on while the run goes on, if one is given.
func copyLog(ctx context.Context, w io.Writer, file io.Reader, run *process.Process) error {
	for {
		running := run != nil && run.Running()
		if _, err := io.Copy(w, file); err != nil || !running {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-run.Done():
		case <-time.After(followPause):
		}
	}
}

// seekTail moves to the beginning of the last lines, reading backwards.
func seekTail(file io.ReadSeeker, lines int64) error {
	if lines < 0 {
		return nil
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || lines == 0 {
		return err
	}
	const block = 8192
	buffer := make([]byte, block)
	for position := end; position > 0; {
		size := min(block, position)
		position -= size
		if _, err := file.Seek(position, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.ReadFull(file, buffer[:size]); err != nil {
			return err
		}
		for i := size - 1; i >= 0; i-- {
			if buffer[i] != '\n' || position+i == end-1 {
				continue
			}
			if lines--; lines == 0 {
				_, err = file.Seek(position+i+1, io.SeekStart)
				return err
			}
		}
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// flushing sends every piece at once, so that a follower sees it.
type flushing struct {
	w       io.Writer
	control *http.ResponseController
}

func (f *flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}

// limited ends with io.EOF after a number of bytes.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(p []byte) (int, error) {
	n, err := l.w.Write(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
