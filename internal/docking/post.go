package docking

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
)

const (
	// callWithin is how long a receiver may take, from the first packet to the last.
	callWithin = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes.
	maxAnswer = 64 << 10
)

// errLinkLocal says that a name led to where nobody's receiver is.
var errLinkLocal = errors.New("the address is link-local")

// poster posts JSON to one address.
type poster struct {
	address string
	client  *http.Client
}

// newPoster takes an absolute http or https address without credentials in it.
func newPoster(address string) (*poster, error) {
	parsed, err := url.Parse(address)
	switch {
	case err != nil, parsed.Host == "", parsed.Scheme != "http" && parsed.Scheme != "https":
		return nil, errors.New("the address must be an http or https URL")
	case parsed.User != nil, parsed.Fragment != "":
		return nil, errors.New("the address must hold no credentials and no fragment")
	}
	dialer := &net.Dialer{Timeout: callWithin / 2}
	if _, err := netip.ParseAddr(parsed.Hostname()); err != nil {
		dialer.Control = refuseLinkLocal
	}
	return &poster{address: address, client: &http.Client{
		Timeout:       callWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: callWithin / 2,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}}, nil
}

// refuseLinkLocal keeps a name, whoever answers for it, from leading to 169.254.0.0/16 and fe80::/10. An address that
// the installer wrote as such is meant.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if to.Addr().Unmap().IsLinkLocalUnicast() {
		return errLinkLocal
	}
	return nil
}

// post sends the body and gives the answer of a receiver that took it. Everything else is an *casework.Undelivered.
func (p *poster) post(ctx context.Context, header http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, bytes.NewReader(body))
	if err != nil {
		return nil, &casework.Undelivered{Code: "address", Cause: err}
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "tiaojie")
	response, err := p.client.Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if failure := refused(response); failure != nil {
		return nil, failure
	}
	if err != nil {
		return nil, unreachable(err)
	}
	if len(answer) > maxAnswer {
		// The status has said that it was taken; what else it says is too much to be meant for us.
		return nil, nil
	}
	return answer, nil
}

// unreachable names what kept an answer from coming, without the address: it may hold a key.
func unreachable(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	var network net.Error
	switch {
	case errors.Is(err, errLinkLocal):
		return &casework.Undelivered{Code: "link-local", Cause: err}
	case errors.Is(err, context.Canceled):
		return &casework.Undelivered{Code: "interrupted", Cause: err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &casework.Undelivered{Code: "timeout", Cause: err}
	}
	return &casework.Undelivered{Code: "connection", Cause: err}
}

// refused reads the status. A receiver that says the message itself is wrong, or that it wants none any more, is not
// asked again; one that is away, busy, moved or set up wrongly is.
func refused(response *http.Response) error {
	if response.StatusCode >= http.StatusOK && response.StatusCode < http.StatusMultipleChoices {
		return nil
	}
	failure := &casework.Undelivered{Code: fmt.Sprintf("status-%d", response.StatusCode)}
	switch response.StatusCode {
	case http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		failure.Permanent = true
	}
	failure.RetryAfter = retryAfter(response.Header.Get("Retry-After"), time.Now())
	return failure
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3); what is neither asks for nothing.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
