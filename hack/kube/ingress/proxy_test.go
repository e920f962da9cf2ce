package ingress

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRotationTakesTurns(t *testing.T) {
	turn := &rotation{next: map[string]int{}}
	var first []string
	for range 4 {
		order := turn.order("n/web", []string{"a", "b", "c"})
		if len(order) != 3 {
			t.Fatalf("order %v", order)
		}
		first = append(first, order[0])
	}
	if got := strings.Join(first, ""); got != "abca" {
		t.Errorf("first choices were %s, want abca", got)
	}
	if got := turn.order("n/web", []string{"a"}); len(got) != 1 || got[0] != "a" {
		t.Errorf("after a scale-down: %v", got)
	}
}

// refusing is an address where nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestRefusedConnectionIsTriedOnceElsewhereWithTheWholeBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	good := strings.TrimPrefix(server.URL, "http://")
	cases := []struct {
		reason  string
		targets []string
		ok      bool
	}{
		{"the first is down, the second answers", []string{refusing(t), good}, true},
		{"both are down", []string{refusing(t), refusing(t), good}, false},
		{"there is no other", []string{refusing(t)}, false},
	}
	for _, c := range cases {
		request, err := http.NewRequestWithContext(context.WithValue(t.Context(), targetsKey{}, c.targets), "POST", "http://"+c.targets[0]+"/", strings.NewReader("the body"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := (&retrying{next: newTransport()}).RoundTrip(request)
		if (err == nil) != c.ok {
			t.Fatalf("%s: %v", c.reason, err)
		}
		if err == nil {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if string(body) != "the body" {
				t.Errorf("%s: the server received %q", c.reason, body)
			}
		}
	}
}

func TestAnsweredRequestIsNeverRepeated(t *testing.T) {
	calls := 0
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		panic(http.ErrAbortHandler)
	}))
	defer broken.Close()
	address := strings.TrimPrefix(broken.URL, "http://")
	request, err := http.NewRequestWithContext(context.WithValue(t.Context(), targetsKey{}, []string{address, address}), "POST", broken.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&retrying{next: newTransport()}).RoundTrip(request); err == nil || calls != 1 {
		t.Errorf("%d calls, %v; a write that may have happened must not be sent twice", calls, err)
	}
}
