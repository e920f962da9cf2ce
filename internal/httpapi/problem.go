package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// problemType begins the type of every problem: a tag URI (RFC 4151), stable and never fetched.
const problemType = "tag:tiaojie.dev,2026:problem/"

// Problem is the body of every answer that is not a success (RFC 9457). It never repeats what the client sent and
// never holds a text of the database.
type Problem struct {
	Type     string         `json:"type" format:"uri" example:"tag:tiaojie.dev,2026:problem/stale-version" doc:"Stable identifier of the kind of problem; compare it or code, do not fetch it."`
	Title    string         `json:"title" example:"The resource has changed" doc:"Summary in the language of Content-Language."`
	Status   int            `json:"status" example:"412" doc:"The HTTP status."`
	Detail   string         `json:"detail" example:"Read it again, then repeat with its new ETag." doc:"What to do, for a person."`
	Code     string         `json:"code" example:"stale-version" doc:"Stable code for programs."`
	Instance string         `json:"instance" format:"uri" example:"urn:uuid:01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"This occurrence; give it when you ask for help."`
	Errors   []FieldProblem `json:"errors,omitempty" nullable:"false" doc:"Every rule that the request breaks."`

	header http.Header
}

// FieldProblem is one broken rule of one field or parameter. The value itself is never repeated.
type FieldProblem struct {
	Pointer   string `json:"pointer,omitempty" example:"/parties/0/identityNumber" doc:"Where in the body (RFC 6901)."`
	Parameter string `json:"parameter,omitempty" example:"query.limit" doc:"Which parameter: path, query or header, a dot, its name."`
	Code      string `json:"code" example:"invalid-identity-number" doc:"Stable code for programs."`
	Message   string `json:"message" example:"The check digit is wrong." doc:"For a person, in the language of Content-Language."`
}

// Error makes a Problem an error, as Huma wants it.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType replaces application/json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are sent with the problem.
func (p *Problem) GetHeaders() http.Header { return p.header }

// kindRow is how one kind of refusal looks outside.
type kindRow struct {
	status           int
	titleEN, titleZH string
}

// kinds is the one map from refusals to HTTP. A kind that is missing here is an internal error.
func kinds(kind mediation.Kind) (kindRow, bool) {
	row, ok := map[mediation.Kind]kindRow{
		mediation.NotFound:        {http.StatusNotFound, "Not found", "未找到"},
		mediation.Invalid:         {http.StatusUnprocessableEntity, "The request breaks a rule", "请求不符合规则"},
		mediation.Conflict:        {http.StatusConflict, "Not possible in the present state", "当前状态下不能进行"},
		mediation.Stale:           {http.StatusPreconditionFailed, "The resource has changed", "资源已被修改"},
		mediation.Forbidden:       {http.StatusForbidden, "Not allowed", "没有权限"},
		mediation.Unauthenticated: {http.StatusUnauthorized, "Sign in first", "请先登录"},
		mediation.Unavailable:     {http.StatusServiceUnavailable, "Not available at the moment", "暂时不可用"},
		mediation.Exhausted:       {http.StatusTooManyRequests, "A quota is used up", "配额已用完"},
		mediation.Misdirected:     {http.StatusMisdirectedRequest, "Served elsewhere", "请求应发往别处"},
		mediation.Gone:            {http.StatusGone, "Destroyed for good", "已永久销毁"},
		malformed:                 {http.StatusBadRequest, "The request cannot be read", "请求无法读取"},
		noRoute:                   {http.StatusNotFound, "No such address", "地址不存在"},
		wrongMethod:               {http.StatusMethodNotAllowed, "Method not allowed here", "该地址不支持此方法"},
		preconditionRequired:      {http.StatusPreconditionRequired, "If-Match is required", "缺少 If-Match"},
		tooLarge:                  {http.StatusRequestEntityTooLarge, "The body is too large", "请求体过大"},
		wrongMediaType:            {http.StatusUnsupportedMediaType, "Unsupported media type", "不支持的内容类型"},
		headersTooLarge:           {http.StatusRequestHeaderFieldsTooLarge, "The headers are too large", "请求头过大"},
		wrongRange:                {http.StatusRequestedRangeNotSatisfiable, "No such part", "没有所请求的部分"},
		readTimeout:               {http.StatusRequestTimeout, "The body did not arrive in time", "请求体未及时到达"},
	}[kind]
	return row, ok
}

// Kinds of refusals that only HTTP knows.
const (
	malformed            mediation.Kind = "http-malformed"
	noRoute              mediation.Kind = "http-no-route"
	wrongMethod          mediation.Kind = "http-wrong-method"
	preconditionRequired mediation.Kind = "http-precondition-required"
	tooLarge             mediation.Kind = "http-too-large"
	wrongMediaType       mediation.Kind = "http-media-type"
	headersTooLarge      mediation.Kind = "http-headers-too-large"
	wrongRange           mediation.Kind = "http-range"
	readTimeout          mediation.Kind = "http-read-timeout"
)

// problemOf turns any error into what the client sees. It is pure; API.fail logs what must be logged.
func problemOf(e *exchange, err error) *Problem {
	refusal := refusalOf(err)
	row, known := kinds(refusal.Kind)
	if !known {
		refusal = internalError()
		row = kindRow{http.StatusInternalServerError, "Internal error", "内部错误"}
	}
	p := &Problem{
		Type:     problemType + refusal.Code,
		Title:    e.language.pick(row.titleEN, row.titleZH),
		Status:   row.status,
		Detail:   e.language.pick(refusal.Message, refusal.MessageZH),
		Code:     refusal.Code,
		Instance: "urn:uuid:" + e.id,
		header:   http.Header{},
	}
	for _, field := range refusal.Fields {
		p.Errors = append(p.Errors, fieldProblem(refusal.Code, field, e.language))
	}
	p.header.Set("Content-Language", string(e.language))
	p.header.Set("Cache-Control", "no-store")
	p.header.Add("Vary", "Accept-Language")
	if refusal.RetryAfter > 0 {
		p.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
	}
	if row.status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", challenge(refusal.Code))
	}
	if refusal.Code == "second-factor-required" {
		p.header.Set("WWW-Authenticate", stepUp(e.who.StepUp))
	}
	return p
}

// stepUp is the challenge of RFC 9470 §3; without known acr values it only says that more is wanted.
func stepUp(values string) string {
	text := `Bearer realm="tiaojie", error="insufficient_user_authentication", error_description="second-factor-required"`
	if values == "" || strings.ContainsAny(values, "\"\\") {
		return text
	}
	return text + `, acr_values="` + values + `"`
}

// challenge is the WWW-Authenticate header of RFC 6750 §3.
func challenge(code string) string {
	if code == "token-required" {
		return `Bearer realm="tiaojie"`
	}
	return `Bearer realm="tiaojie", error="invalid_token", error_description="` + code + `"`
}

// refusalOf finds our refusal in err, or says what stands for it: a broken deadline is Unavailable, anything else
// unknown.
func refusalOf(err error) *mediation.Error {
	var refusal *mediation.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return mediation.Fail(mediation.Unavailable, "timeout",
			"The request took too long and was stopped; nothing was changed unless you find it changed. Try again later.",
			"请求超时已中止；请核对后再重试。").WithRetryAfter(2 * time.Second)
	}
	return internalError()
}

func internalError() *mediation.Error {
	return mediation.Fail("", "internal",
		"Something went wrong on our side. If it happens again, tell support the instance below.",
		"系统内部出错。如再次发生，请将 instance 编号告知技术支持。")
}

// fieldProblem tells body pointers, which begin with a slash or are empty, from parameters ("query.limit"). The rules
// name a parameter of a query by pointer too; their code says which it is.
func fieldProblem(code string, field mediation.FieldError, lang language) FieldProblem {
	p := FieldProblem{Code: field.Code, Message: lang.pick(field.Message, field.MessageZH)}
	if name, ok := strings.CutPrefix(field.Pointer, "/"); ok && code == "invalid-query" {
		p.Parameter = "query." + name
		return p
	}
	for _, location := range []string{"query.", "path.", "header."} {
		if strings.HasPrefix(field.Pointer, location) {
			p.Parameter = field.Pointer
			return p
		}
	}
	p.Pointer = field.Pointer
	return p
}

func errPreconditionRequired() error {
	return mediation.Fail(preconditionRequired, "if-match-required",
		"Send If-Match with the ETag you got when you read the resource, so that nobody's change is overwritten.",
		"请在 If-Match 中带上读取时得到的 ETag，以免覆盖他人的修改。")
}

func errMalformed(code, en, zh string) *mediation.Error {
	return mediation.Fail(malformed, code, en, zh)
}

func errNoAddress() error {
	return mediation.Fail(noRoute, "no-such-address",
		"There is nothing at this address; /docs describes the API.", "该地址没有内容，接口说明见 /docs。")
}
