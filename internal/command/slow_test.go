package command

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNewServer_endsSlowClients: whoever dribbles or does not read is cut off within the server's bounds, here a twentieth
// of them, and others are served meanwhile.
func TestNewServer_endsSlowClients(t *testing.T) {
	const faster = 20
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		if r.URL.Path == "/long" {
			_, _ = io.CopyN(w, zeros{}, 1<<30)
		}
	}))
	headers, body, answer := server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout
	if headers > 5*time.Second || body > 30*time.Second || answer > time.Minute || server.IdleTimeout > 2*time.Minute {
		t.Errorf("the bounds are %v, %v, %v, %v", headers, body, answer, server.IdleTimeout)
	}
	server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout = headers/faster, body/faster, answer/faster
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	address := listener.Addr().String()

	for name, c := range map[string]struct {
		begin   string
		dribble string // sent a byte at a time, over and over
		within  time.Duration
	}{
		"headers dribbled":   {"GET / HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n", headers},
		"nothing said":       {"", "", headers},
		"a body dribbled":    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", "x", body},
		"a body kept back":   {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", "", body},
		"an answer not read": {"GET /long HTTP/1.1\r\nHost: x\r\n\r\n", "", answer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			took := lastsFor(t, address, c.begin, c.dribble)
			if bound := c.within/faster + time.Second; took > bound {
				t.Errorf("the connection lives for %v, want at most %v", took, bound)
			}
		})
	}
	t.Run("others", func(t *testing.T) {
		t.Parallel()
		for range 20 {
			began := time.Now()
			response, err := http.Get("http://" + address + "/")
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if took := time.Since(began); response.StatusCode != http.StatusOK || took > time.Second {
				t.Errorf("others wait %v: %d", took, response.StatusCode)
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(into []byte) (int, error) {
	clear(into)
	return len(into), nil
}

// lastsFor is how long the server bears with a client: until what the client writes is refused, or, when it writes
// nothing, until the line is closed. An answer is not read before that.
func lastsFor(t *testing.T, address, begin, dribble string) time.Duration {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	if _, err := io.WriteString(conn, begin); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(begin, "GET /long") {
		return unreadFor(t, conn, began)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, bufio.NewReader(conn))
	}()
	for i := 0; ; i++ {
		select {
		case <-ended:
			return time.Since(began)
		case <-time.After(20 * time.Millisecond):
		}
		if dribble == "" {
			continue
		}
		if _, err := fmt.Fprintf(conn, "%c", dribble[i%len(dribble)]); err != nil {
			return time.Since(began)
		}
	}
}

// unreadFor waits out the answer's bound and then reads what the line held: less than the answer, and its end.
func unreadFor(t *testing.T, conn net.Conn, began time.Time) time.Duration {
	t.Helper()
	time.Sleep(3500 * time.Millisecond)
	took := time.Since(began)
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	got, err := io.Copy(io.Discard, conn)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() || got >= 1<<30 { //nolint:errorlint // as net gives it
		t.Errorf("the answer still comes after its bound: %d bytes, %v", got, err)
	}
	return took
}
