package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// maxBody is the longest request body.
	maxBody = 1 << 20
	// maxUpload is the longest file: 5,000 leads take about 2 MB.
	maxUpload = 8 << 20
	// uploadsInFlight is how many files an instance reads at a time.
	uploadsInFlight = 2
	uploadPause     = 2 * time.Second
	// maxDepth is how deep a body may nest; nothing in the API needs more than four.
	maxDepth = 32
)

// readRequest is the stage between authorisation and Huma's validation. It reads the body once, within limits and
// with the right media type, refuses what no field may hold, and notes the preconditions and the idempotency key with
// the fingerprint they guard. Huma then validates a body that is known to be JSON.
func (a *API) readRequest(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	e := exchangeOf(r.Context())
	if err := e.readHeaders(r); err != nil {
		a.fail(w, r, err)
		return
	}
	if streamed, _ := ctx.Operation().Metadata[streamedKey].(bool); streamed {
		next(ctx)
		return
	}
	if media, _ := ctx.Operation().Metadata[uploadKey].([]string); media != nil {
		a.readUpload(ctx, media, next)
		return
	}
	text, err := readBody(w, r, maxBody)
	if err == nil {
		text, err = e.readBody(r, ctx.Operation(), text)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	next(ctx)
}

// readUpload reads a file instead of JSON. Only so many are worked on at a time: each takes a good part of the memory.
func (a *API) readUpload(ctx huma.Context, media []string, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	default:
		a.fail(w, r, mediation.Fail(mediation.Unavailable, "busy", "Other files are being read at the moment. Try again shortly.", "正在处理其他文件，请稍后再试。").
			WithRetryAfter(uploadPause))
		return
	}
	text, err := readBody(w, r, maxUpload)
	if err == nil {
		err = exchangeOf(r.Context()).readFile(r, media, text)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	next(ctx)
}

// readFile checks the file's media type and fingerprints the request.
func (e *exchange) readFile(r *http.Request, media []string, content []byte) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	encoded := r.Header.Get("Content-Encoding")
	switch {
	case err != nil || !slices.Contains(media, kind) || (encoded != "" && encoded != "identity"):
		wanted := strings.Join(media, " / ")
		return mediation.Fail(wrongMediaType, "unsupported-media-type", "Send the file as it is, with Content-Type: "+wanted+".", "请原样提交文件，并设置 Content-Type: "+wanted+"。")
	case len(content) == 0:
		return errMalformed("body-required", "This operation needs a file as its body.", "此操作需要以文件作为请求体。")
	case e.key == "":
		return nil
	}
	sum := sha256.Sum256(content)
	e.fingerprint, err = fingerprintOf(r, hex.EncodeToString(sum[:]))
	return err
}

// readHeaders notes If-Match, If-None-Match and Idempotency-Key.
func (e *exchange) readHeaders(r *http.Request) error {
	var err error
	if e.ifMatch, err = parseTags(r.Header.Values("If-Match")); err != nil {
		return errTags("If-Match")
	}
	if e.ifNoneMatch, err = parseTags(r.Header.Values("If-None-Match")); err != nil {
		return errTags("If-None-Match")
	}
	if e.ifNoneMatch.present && r.Method != http.MethodGet && r.Method != http.MethodHead {
		en, zh := "If-None-Match is for reads; guard a change with If-Match.", "If-None-Match 仅用于读取；修改请使用 If-Match。"
		return errMalformed("unsupported-precondition", en, zh).WithFields(mediation.FieldError{
			Pointer: "header.If-None-Match", Code: "unsupported-precondition", Message: en, MessageZH: zh})
	}
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return nil
	}
	if len(keys) > 1 || !validKey(keys[0]) {
		en, zh := "Idempotency-Key must be one value of 1 to 255 visible ASCII characters without spaces.",
			"Idempotency-Key 须为 1 至 255 个可见 ASCII 字符且不含空格，并只出现一次。"
		return errMalformed("malformed-idempotency-key", en, zh).WithFields(mediation.FieldError{
			Pointer: "header.Idempotency-Key", Code: "malformed-idempotency-key", Message: en, MessageZH: zh})
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		e.key = keys[0]
	}
	return nil
}

func errTags(header string) error {
	en := header + " must be * or a list of entity tags as they were received, quotes included."
	zh := header + " 须为 * 或收到的 ETag 原样（含引号）。"
	return errMalformed("malformed-entity-tag", en, zh).WithFields(mediation.FieldError{
		Pointer: "header." + header, Code: "malformed-entity-tag", Message: en, MessageZH: zh})
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &over):
		return nil, errTooLarge(limit)
	case errors.As(err, &network) && network.Timeout():
		return nil, mediation.Fail(readTimeout, "read-timeout", "The body did not arrive in time.", "请求体未及时到达。")
	case err != nil:
		return nil, errMalformed("incomplete-body", "The body ended early.", "请求体不完整。").WithCause(err)
	}
	return text, nil
}

// readBody checks the body against the operation and fingerprints the request. It gives the body as Huma reads it.
func (e *exchange) readBody(r *http.Request, op *huma.Operation, text []byte) ([]byte, error) {
	var body any
	if len(bytes.TrimSpace(text)) > 0 {
		if err := checkMediaType(r, op); err != nil {
			return nil, err
		}
		parsed, err := parseJSON(text)
		if err != nil {
			return nil, err
		}
		if op.RequestBody == nil && !isEmptyObject(parsed) {
			return nil, mediation.Fail(mediation.Invalid, "unexpected-body",
				"This operation takes no body.", "此操作不接受请求体。")
		}
		if fields := unstorable(parsed, ""); len(fields) > 0 {
			return nil, mediation.Fail(mediation.Invalid, "validation",
				"Some fields hold what no field can: the character U+0000, or a number beyond 64 bits; errors says which.",
				"部分字段含有 U+0000 字符或者超出 64 位的数值，详见 errors。").WithFields(fields...)
		}
		if plain, changed := plainNumbers(parsed); changed {
			if text, err = json.Marshal(plain); err != nil {
				return nil, errMalformedBody()
			}
		}
		body = parsed
	} else if op.RequestBody != nil && op.RequestBody.Required {
		return nil, errMalformed("body-required", "This operation needs a JSON body.", "此操作需要 JSON 请求体。")
	}
	if e.key == "" {
		return text, nil
	}
	fingerprint, err := fingerprintOf(r, body)
	e.fingerprint = fingerprint
	return text, err
}

// checkMediaType takes what the operation documents, and application/json everywhere.
func checkMediaType(r *http.Request, op *huma.Operation) error {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	encoded := r.Header.Get("Content-Encoding")
	taken := kind == "application/json"
	wanted := "application/json"
	if op.RequestBody != nil {
		for name := range op.RequestBody.Content {
			taken, wanted = taken || kind == name, name
		}
	}
	if err == nil && taken && (charset == "" || charset == "utf-8") && (encoded == "" || encoded == "identity") {
		return nil
	}
	return mediation.Fail(wrongMediaType, "unsupported-media-type",
		"Send the body as UTF-8, uncompressed, with Content-Type: "+wanted+".",
		"请以 UTF-8、不压缩的方式提交，并设置 Content-Type: "+wanted+"。")
}

func isEmptyObject(parsed any) bool {
	object, ok := parsed.(map[string]any)
	return ok && len(object) == 0
}

func depth(value any) int {
	deepest := 0
	switch v := value.(type) {
	case map[string]any:
		for _, member := range v {
			deepest = max(deepest, depth(member))
		}
	case []any:
		for _, item := range v {
			deepest = max(deepest, depth(item))
		}
	default:
		return 0
	}
	return deepest + 1
}

// unstorable finds what no field of the API can hold: strings with U+0000, which PostgreSQL cannot have in text, and
// numbers that are beyond 64 bits, which would be reported without their place later.
func unstorable(value any, pointer string) []mediation.FieldError {
	var found []mediation.FieldError
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			found = append(found, mediation.FieldError{Pointer: pointer, Code: "forbidden-character",
				Message: "must not hold the character U+0000", MessageZH: "不得含有 U+0000 字符"})
		}
	case json.Number:
		if beyond(v) {
			found = append(found, mediation.FieldError{Pointer: pointer, Code: "too-large",
				Message: "must be a number of at most 64 bits", MessageZH: "数值超出 64 位范围"})
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			found = append(found, unstorable(v[name], pointer+"/"+escapePointer(name))...)
		}
	case []any:
		for i, item := range v {
			found = append(found, unstorable(item, pointer+"/"+strconv.Itoa(i))...)
		}
	}
	return found
}

// beyond tells whether the number overflows int64, however it is written. Fractions are left to the schema.
func beyond(number json.Number) bool {
	if _, err := number.Int64(); errors.Is(err, strconv.ErrRange) {
		return true
	}
	parsed, err := number.Float64()
	return err != nil || parsed > math.MaxInt64 || parsed < math.MinInt64
}

func errMalformedBody() error {
	return errMalformed("malformed-json", "The body is not valid JSON.", "请求体不是有效的 JSON。")
}

func errTooLarge(limit int64) error {
	size := strconv.FormatInt(limit>>20, 10) + " MiB"
	return mediation.Fail(tooLarge, "body-too-large", "The body is larger than "+size+".", "请求体超过 "+size+"。")
}
