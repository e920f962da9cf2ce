package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Files take longer than a request may. Whoever moves them steadily gets the time they need; whoever does not is cut off.
const (
	// paceGrace is how long a transfer may stand before its pace counts.
	paceGrace = 20 * time.Second
	// paceBytes is the least that must pass in a second behind that.
	paceBytes = 16 << 10
	// transferWithin bounds a transfer whatever its pace. It is less than an upload's blob is kept for (casework).
	transferWithin = 30 * time.Minute
	// transfersInFlight is how many files an instance moves at a time, and half of them for one tenant.
	transfersInFlight = 16
)

// StreamedBody is an operation that reads its own body, or writes its own answer, without holding it.
type StreamedBody struct {
	w http.ResponseWriter
	r *http.Request
}

// Resolve notes the request.
func (b *StreamedBody) Resolve(ctx huma.Context) []error {
	b.r, b.w = humago.Unwrap(ctx)
	return nil
}

// patient is the request's context without its deadline: what is read and written has deadlines of its own, which end
// with the connection.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), transferWithin)
}

// pace is when a transfer that has moved so many bytes must have moved the next.
type pace struct {
	began time.Time
	moved int64
}

func (p *pace) deadline() time.Time {
	return p.began.Add(paceGrace + time.Duration(p.moved/paceBytes)*time.Second)
}

// pacedReader reads a body no longer than its pace allows.
type pacedReader struct {
	pace
	body    io.Reader
	control *http.ResponseController
}

// body reads the request's body, at most limit bytes.
func (b *StreamedBody) body(limit int64) io.Reader {
	return &pacedReader{
		pace: pace{began: time.Now()}, body: http.MaxBytesReader(b.w, b.r.Body, limit), control: http.NewResponseController(b.w),
	}
}

// Read turns what ends a body early into refusals.
func (p *pacedReader) Read(into []byte) (int, error) {
	if err := p.control.SetReadDeadline(p.deadline()); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.body.Read(into)
	p.moved += int64(n)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, brokenBody(err)
}

func brokenBody(err error) error {
	var over *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &over):
		return errTooLarge(over.Limit)
	case errors.As(err, &network) && network.Timeout():
		return mediation.Fail(readTimeout, "read-timeout", "The body did not arrive in time.", "请求体未及时到达。").WithCause(err)
	}
	return errMalformed("incomplete-body", "The body ended early.", "请求体不完整。").WithCause(err)
}

// answerable gives the answer behind a long upload as long as any other; the server's deadline counts from the request.
func (b *StreamedBody) answerable() {
	_ = http.NewResponseController(b.w).SetWriteDeadline(time.Now().Add(requestTimeout)) // where there is none, none is needed
}

// contentWriter writes an answer no slower than its pace allows. What the standard library would refuse in plain text
// becomes a problem.
type contentWriter struct {
	http.ResponseWriter
	pace
	refuse  func(status int) bool // tells whether it has answered
	refused bool
}

// WriteHeader asks refuse first.
func (w *contentWriter) WriteHeader(status int) {
	if w.refused = w.refuse(status); !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write drops the text of a refusal that is answered already.
func (w *contentWriter) Write(part []byte) (int, error) {
	if w.refused {
		return len(part), nil
	}
	err := http.NewResponseController(w.ResponseWriter).SetWriteDeadline(w.deadline())
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := w.ResponseWriter.Write(part)
	w.moved += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *contentWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// transferring takes one of the places for files, of the instance and of the tenant.
func (a *API) transferring(tenant string) (done func(), err error) {
	a.moving.Lock()
	defer a.moving.Unlock()
	if a.moves["*"] >= transfersInFlight || a.moves[tenant] >= transfersInFlight/2 {
		return nil, mediation.Fail(mediation.Unavailable, "busy", "Other files are being moved at the moment. Try again shortly.", "正在传输其他文件，请稍后再试。").
			WithRetryAfter(uploadPause)
	}
	a.moves["*"]++
	a.moves[tenant]++
	return func() {
		a.moving.Lock()
		defer a.moving.Unlock()
		a.moves["*"]--
		if a.moves[tenant]--; a.moves[tenant] == 0 {
			delete(a.moves, tenant)
		}
	}, nil
}
