package ingress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"syscall"
	"time"
)

// targets are the addresses a request may go to, in the order to try.
type targetsKey struct{}

// proxy answers every request of the port.
func (in *Ingress) proxy() http.Handler {
	turn := &rotation{next: map[string]int{}}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = r.In.Context().Value(targetsKey{}).([]string)[0]
			r.Out.Host = r.In.Host
		},
		Transport:     &retrying{next: newTransport()},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			problem(w, http.StatusServiceUnavailable, "instance-unreachable", "The instance did not answer: "+err.Error())
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, found := in.table.Load().match(r.Host, r.URL.Path)
		if !found {
			problem(w, http.StatusNotFound, "no-route", fmt.Sprintf("No Ingress has a rule for host %q and path %q.", hostname(r.Host), r.URL.Path))
			return
		}
		addresses, err := in.backends.addresses(route.namespace, route.backend)
		if err != nil {
			problem(w, http.StatusServiceUnavailable, "no-service", fmt.Sprintf("Ingress %s/%s: %s.", route.namespace, route.ingress, err))
			return
		}
		if len(addresses) == 0 {
			problem(w, http.StatusServiceUnavailable, "no-ready-pod", fmt.Sprintf("No pod of service %s/%s is ready; see kubectl -n %s get pods.", route.namespace, route.backend.Name, route.namespace))
			return
		}
		ordered := turn.order(route.namespace+"/"+route.backend.Name, addresses)
		forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), targetsKey{}, ordered)))
	})
}

func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 64,
		// Shorter than any sane server's, so that a connection is not used
		// in the moment the server closes it.
		IdleConnTimeout:    15 * time.Second,
		DisableCompression: true,
	}
}

// rotation takes the addresses of a service in turn.
type rotation struct {
	mu   sync.Mutex
	next map[string]int
}

func (t *rotation) order(service string, addresses []string) []string {
	t.mu.Lock()
	first := t.next[service] % len(addresses)
	t.next[service] = first + 1
	t.mu.Unlock()
	return append(append([]string{}, addresses[first:]...), addresses[:first]...)
}

// retrying tries one other pod when the first refuses the connection: nothing
// of the request has been sent then, so any method may be repeated.
type retrying struct{ next http.RoundTripper }

func (t *retrying) RoundTrip(request *http.Request) (*http.Response, error) {
	targets, _ := request.Context().Value(targetsKey{}).([]string)
	if len(targets) < 2 {
		return t.next.RoundTrip(request)
	}
	first := request.Clone(request.Context())
	if request.Body != nil {
		// A failed round trip closes the body, which the second one needs.
		first.Body = io.NopCloser(request.Body)
	}
	response, err := t.next.RoundTrip(first)
	if err == nil || !refused(err) {
		return response, err
	}
	second := request.Clone(request.Context())
	second.URL.Host = targets[1]
	return t.next.RoundTrip(second)
}

func refused(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED)
}

// problem writes an RFC 9457 document.
func problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"title": http.StatusText(status), "status": status, "code": code, "detail": detail,
	})
}
