package httpapi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// requestTimeout bounds everything that one request does.
	requestTimeout = 30 * time.Second
	// maxHeaderBytes is the most that a client may send in headers; the server's own limit lies above it, so that
	// the refusal is a problem document.
	maxHeaderBytes = 32 << 10
)

// outermost is every request's first stage: an id, a language, a deadline, security headers, a place among the
// requests in flight, and a net under panics.
func (a *API) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &exchange{id: newRequestID(), language: negotiate(r.Header.Get("Accept-Language"))}
		ctx, cancel := context.WithTimeout(withExchange(r.Context(), e), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		started := a.now()
		answer := &statusWriter{ResponseWriter: w}
		secure(answer.Header(), e.id)
		defer func() {
			if cause := recover(); cause != nil {
				a.recovered(answer, r, cause)
			}
			a.metrics.observe(e.operation, answer.status(), a.now().Sub(started))
			if a.log.Enabled(ctx, slog.LevelDebug) {
				a.log.Debug("request", "id", e.id, "operation", e.operation, "status", answer.status(),
					"milliseconds", a.now().Sub(started).Milliseconds())
			}
		}()
		if !a.enter() {
			a.fail(answer, r, mediation.Fail(mediation.Unavailable, "busy",
				"Too many requests are being served at the moment. Try again shortly.", "当前请求过多，请稍后再试。").
				WithRetryAfter(time.Second))
			return
		}
		defer a.leave()
		next.ServeHTTP(answer, r)
	})
}

// enter takes one of the places of requests in flight; it does not queue, since the client's retry is a better queue.
func (a *API) enter() bool {
	select {
	case a.inFlight <- struct{}{}:
		return true
	default:
		return false
	}
}

func (a *API) leave() { <-a.inFlight }

// recovered turns a panic into a problem, or, when the answer has begun, into a broken connection.
func (a *API) recovered(w *statusWriter, r *http.Request, cause any) {
	if err, ok := cause.(error); w.wrote || ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	a.fail(w, r, err)
}

// route finds the operation. What ServeMux would say in plain text (404, 405, redirects of unclean paths) becomes a
// problem; texts that no database column could hold are refused before anybody looks at them.
func (a *API) route(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := checkEnvelope(r); err != nil {
			a.fail(w, r, err)
			return
		}
		if !clean(r.URL.Path) {
			a.fail(w, r, errNoAddress())
			return
		}
		answer := &routedWriter{ResponseWriter: w, request: r}
		mux.ServeHTTP(answer, r)
		if r.Pattern != "" {
			return
		}
		if allow := answer.refused.Get("Allow"); answer.code == http.StatusMethodNotAllowed && allow != "" {
			w.Header().Set("Allow", allow)
			a.fail(w, r, mediation.Fail(wrongMethod, "method-not-allowed",
				"This address takes: "+allow+".", "该地址支持的方法："+allow+"。"))
			return
		}
		a.fail(w, r, errNoAddress())
	})
}

// clean tells whether ServeMux would serve the path as it is, instead of redirecting to another.
func clean(address string) bool {
	cleaned := path.Clean(address)
	return cleaned == address || cleaned+"/" == address
}

// checkEnvelope refuses oversized headers and paths or queries with bytes that are not text.
func checkEnvelope(r *http.Request) error {
	size := len(r.RequestURI)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + 4
		}
	}
	if size > maxHeaderBytes {
		return mediation.Fail(headersTooLarge, "headers-too-large",
			"Address and headers are larger than 32 KiB.", "地址和请求头超过 32 KiB。")
	}
	if !isText(r.URL.Path) {
		return errMalformed("malformed-address", "The address is not UTF-8 text.", "地址不是 UTF-8 文本。")
	}
	if r.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errMalformed("malformed-address", "The query is not percent-encoded: name=value, joined by &.",
			"查询参数的百分号编码有误，应为 名称=值，以 & 连接。")
	}
	for name, values := range query {
		if !isText(name) || !isText(strings.Join(values, "")) {
			return errMalformed("malformed-address", "The query is not UTF-8 text.", "查询参数不是 UTF-8 文本。")
		}
		if len(values) > 1 {
			en, zh := "Give every query parameter once; lists are separated by commas.", "每个查询参数只给一次，多值用逗号分隔。"
			return mediation.Fail(mediation.Invalid, "validation", en, zh).WithFields(mediation.FieldError{
				Pointer: "query." + name, Code: "repeated-parameter", Message: en, MessageZH: zh})
		}
	}
	return nil
}

func isText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// securing are the headers that every answer carries, by their canonical names. Answers are personal data or about it:
// nobody may store them for others, frame them or guess their type.
var securing = map[string][]string{
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Strict-Transport-Security":    {"max-age=31536000"},
	"Cache-Control":                {"private, no-cache"},
}

// secure sets them and the request's id. Later stages replace a value, they never add to one: the lists are shared.
func secure(header http.Header, id string) {
	maps.Copy(header, securing)
	header["X-Request-Id"] = []string{id}
}

// newRequestID makes a UUIDv7. It names a request in logs and opens nothing, so a generator without system calls will do.
func newRequestID() string {
	return uuid.Must(uuid.NewV7FromReader(quickly{})).String()
}

// quickly reads from the process's seeded generator, which never fails.
type quickly struct{}

func (quickly) Read(p []byte) (int, error) {
	for filled := 0; filled < len(p); {
		var eight [8]byte
		binary.NativeEndian.PutUint64(eight[:], rand.Uint64()) //nolint:gosec // see newRequestID
		filled += copy(p[filled:], eight[:])
	}
	return len(p), nil
}

// fail answers with the problem that err is, and logs once what the client must not see.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	for name, values := range p.header {
		for _, value := range values {
			if name == "Vary" {
				w.Header().Add(name, value)
				continue
			}
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if r.Method == http.MethodHead {
		return
	}
	if err := writeJSON(w, p); err != nil {
		a.log.Debug("problem not delivered", "id", exchangeOf(r.Context()).id, "error", err)
	}
}

// problem is problemOf with the record of a refusal and the log line of a fault: internal errors and causes below Unavailable.
func (a *API) problem(ctx context.Context, err error) *Problem {
	e := exchangeOf(ctx)
	p := problemOf(e, err)
	if p.Code == "wrong-instance" && a.public != "" {
		p.Detail += " (" + a.public + ")"
	}
	a.recordRefusal(ctx, e, p)
	switch {
	case p.Status == http.StatusServiceUnavailable && p.Code != "busy":
		a.log.LogAttrs(ctx, slog.LevelWarn, "not available", slog.String("id", e.id),
			slog.String("operation", e.operation), slog.String("code", p.Code), slog.Any("error", err))
	case p.Status >= http.StatusInternalServerError && p.Code != "busy":
		a.log.LogAttrs(ctx, slog.LevelError, "internal error", slog.String("id", e.id),
			slog.String("operation", e.operation), slog.Any("error", err))
	}
	return p
}

// statusWriter remembers the status for metrics and whether an answer has begun.
type statusWriter struct {
	http.ResponseWriter
	code  int
	wrote bool
}

func (w *statusWriter) WriteHeader(code int) {
	if !w.wrote {
		w.code, w.wrote = code, true
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(text []byte) (int, error) {
	if !w.wrote {
		w.code, w.wrote = http.StatusOK, true
	}
	return w.ResponseWriter.Write(text)
}

// Unwrap lets http.ResponseController reach deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// routedWriter lets a matched request's answer through. What ServeMux itself says of a request that matches nothing, it
// takes apart and drops the text; asking ServeMux first whether it would match would look every address up twice.
type routedWriter struct {
	http.ResponseWriter
	request *http.Request
	refused http.Header
	code    int
}

func (w *routedWriter) Header() http.Header {
	if w.request.Pattern != "" {
		return w.ResponseWriter.Header()
	}
	if w.refused == nil {
		w.refused = http.Header{}
	}
	return w.refused
}

func (w *routedWriter) WriteHeader(code int) {
	if w.request.Pattern != "" {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	w.code = code
}

func (w *routedWriter) Write(text []byte) (int, error) {
	if w.request.Pattern != "" {
		return w.ResponseWriter.Write(text)
	}
	return len(text), nil
}

// Unwrap lets http.ResponseController reach deadlines.
func (w *routedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
