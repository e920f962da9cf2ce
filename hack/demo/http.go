package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// caller is one person at one address of the API.
type caller struct {
	base, token string
}

func (d *demo) caller(base, subject string) caller {
	return caller{base: base, token: d.identity.tokens[subject]}
}

// answer is what came back.
type answer struct {
	request string // method and URL, for messages
	status  int
	header  http.Header
	body    []byte
}

// requestPatience bounds one request, its answer included.
const requestPatience = 20 * time.Second

// sheet is a body that is sent as it is, with its own Content-Type; every other body is sent as JSON.
type sheet string

// do sends a request; headers are pairs of name and value. A nil body sends none.
func (c caller) do(ctx context.Context, method, path string, body any, headers ...string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestPatience)
	defer cancel()
	var content io.Reader
	switch sent := body.(type) {
	case nil:
	case sheet:
		content = strings.NewReader(string(sent))
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept-Language", "zh-CN")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answer{request: method + " " + c.base + path, status: response.StatusCode, header: response.Header, body: raw}, err
}

// want fails with the problem's own words when the status is another one.
func (a answer) want(status int) error {
	if a.status == status {
		return nil
	}
	return fmt.Errorf("%s: status %d, want %d: %s", a.request, a.status, status, strings.TrimSpace(string(a.body)))
}

// call is do and want in one, with the answer's JSON in into (which may be nil).
func (c caller) call(ctx context.Context, status int, into any, method, path string, body any, headers ...string) (answer, error) {
	got, err := c.do(ctx, method, path, body, headers...)
	if err != nil {
		return got, err
	}
	if err := got.want(status); err != nil {
		return got, err
	}
	if into == nil {
		return got, nil
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		return got, fmt.Errorf("%s: %w", got.request, err)
	}
	return got, nil
}
