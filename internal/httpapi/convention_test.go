package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"context"

	"github.com/danielgtaylor/huma/v2"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]language{
		"": english, "zh-CN": chinese, "zh": chinese, "en": english, "fr": english, "*": english,
		"zh-CN,zh;q=0.9,en;q=0.8": chinese, "en-GB,en;q=0.9,zh;q=0.8": english, "fr, zh;q=0.5": chinese,
		"en;q=0.1, zh;q=0.2": chinese, "zh;q=0, en": english, "zh;q=x": english, "ZH-hans": chinese, ";;;,,": english,
	} {
		if got := negotiate(header); got != want {
			t.Errorf("Accept-Language %q: %s, want %s", header, got, want)
		}
	}
}

func TestProblemOf_everyKindHasAStatusAndBothLanguages(t *testing.T) {
	statuses := map[mediation.Kind]int{
		mediation.NotFound: 404, mediation.Invalid: 422, mediation.Conflict: 409, mediation.Stale: 412,
		mediation.Forbidden: 403, mediation.Unauthenticated: 401, mediation.Unavailable: 503, mediation.Exhausted: 429,
		mediation.Misdirected: 421, mediation.Gone: 410,
	}
	for _, kind := range mediation.Kinds() {
		err := fmt.Errorf("while testing: %w", mediation.Fail(kind, "some-code", "words", "文字"))
		zh := problemOf(&exchange{id: "1", language: chinese}, err)
		en := problemOf(&exchange{id: "1", language: english}, err)
		if zh.Status != statuses[kind] || zh.Status == 0 {
			t.Errorf("%s is %d, want %d", kind, zh.Status, statuses[kind])
		}
		if zh.Detail != "文字" || en.Detail != "words" || zh.Title == en.Title {
			t.Errorf("%s: languages %q %q, titles %q %q", kind, zh.Detail, en.Detail, zh.Title, en.Title)
		}
		if zh.Type != "tag:tiaojie.dev,2026:problem/some-code" || zh.Instance != "urn:uuid:1" || zh.Code != "some-code" {
			t.Errorf("%s: %+v", kind, zh)
		}
		if zh.header.Get("Content-Language") != "zh-CN" || zh.header.Get("Vary") != "Accept-Language" {
			t.Errorf("%s: headers %v", kind, zh.header)
		}
	}
}

func TestProblemOf_tellsNothingOfWhatItDoesNotKnow(t *testing.T) {
	secret := "ERROR: duplicate key value violates unique constraint \"case_pkey\" (SQLSTATE 23505) 张三 371621198001010018"
	for name, err := range map[string]error{
		"foreign":   errors.New(secret),
		"wrapped":   fmt.Errorf("read case: %w", errors.New(secret)),
		"bad kind":  mediation.Fail("new-kind", "x", secret, secret),
		"the cause": mediation.Fail(mediation.Unavailable, "database", "Try again.", "请重试。").WithCause(errors.New(secret)),
		"timeout":   fmt.Errorf("%s: %w", secret, context.DeadlineExceeded),
	} {
		p := problemOf(&exchange{id: "1"}, err)
		text := fmt.Sprintf("%+v", p)
		if strings.Contains(text, "SQLSTATE") || strings.Contains(text, "张三") || strings.Contains(text, "duplicate") {
			t.Errorf("%s leaks: %s", name, text)
		}
		if p.Status < 500 || p.Code == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestProblemOf_headers(t *testing.T) {
	e := &exchange{id: "1", language: english}
	busy := problemOf(e, mediation.Fail(mediation.Unavailable, "busy", "", "").WithRetryAfter(1500*time.Millisecond))
	if got := busy.header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q: whole seconds, rounded up", got)
	}
	for code, want := range map[string]string{
		"token-required": `Bearer realm="tiaojie"`,
		"token-expired":  `Bearer realm="tiaojie", error="invalid_token", error_description="token-expired"`,
	} {
		p := problemOf(e, mediation.Fail(mediation.Unauthenticated, code, "", ""))
		if got := p.header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: %s", code, got)
		}
	}
}

func TestProblemOf_stepUp(t *testing.T) {
	for values, want := range map[string]string{
		"":                  "",
		"urn:gold urn:otp":  `, acr_values="urn:gold urn:otp"`,
		`x", realm="stolen`: "", // configuration is not trusted to be a header
	} {
		e := &exchange{id: "1", language: english, who: mediation.Principal{StepUp: values}}
		got := problemOf(e, mediation.Fail(mediation.Forbidden, "second-factor-required", "", "")).header.Get("WWW-Authenticate")
		if got != `Bearer realm="tiaojie", error="insufficient_user_authentication", error_description="second-factor-required"`+want {
			t.Errorf("%q: %s", values, got)
		}
	}
}

func TestProblemOf_fields(t *testing.T) {
	e := &exchange{id: "1", language: chinese}
	body := problemOf(e, mediation.Fail(mediation.Invalid, "invalid-case", "", "").WithFields(
		mediation.FieldError{Pointer: "/parties/0/name", Code: "required", Message: "give it", MessageZH: "必填"}))
	if want := []FieldProblem{{Pointer: "/parties/0/name", Code: "required", Message: "必填"}}; !slices.Equal(body.Errors, want) {
		t.Errorf("%+v", body.Errors)
	}
	query := problemOf(e, mediation.Fail(mediation.Invalid, "invalid-query", "", "").WithFields(
		mediation.FieldError{Pointer: "/filed_to", Code: "empty-range"}))
	if query.Errors[0].Parameter != "query.filed_to" || query.Errors[0].Pointer != "" {
		t.Errorf("%+v", query.Errors)
	}
}

func TestFieldOf_translatesHumaWithoutTheValue(t *testing.T) {
	cases := []struct {
		location, message        string
		pointer, code, zh, notEN string
	}{
		{"body.parties[0].nme", "unexpected property", "/parties/0/nme", "unknown-field", "没有这个字段", ""},
		{"body.parties[2]", "expected required property name to be present", "/parties/2/name", "required", "必填", ""},
		{"body", "expected required property title to be present", "/title", "required", "必填", ""},
		{"query.limit", "expected number <= 200", "query.limit", "too-large", "不得大于 200", ">="},
		{"query.updated_after", "invalid date/time for format 2006-01-02T15:04:05.999999999Z07:00", "query.updated_after", "invalid-format", "须为 RFC 3339 时间，例如 2026-11-23T08:00:00+08:00", "2006"},
		{"query.x", "unknown query parameter", "query.x", "unknown-parameter", "没有这个查询参数", ""},
		{"body.id", "expected string to be RFC 4122 uuid: invalid UUID length: 5", "/id", "invalid-format", "格式不符", "length"},
		{"body.title", "expected length <= 200", "/title", "too-long", "最多 200 个字符", "<="},
		{"body.title", "expected length >= 1", "/title", "too-short", "此项必填", ">="},
		{"body.title", "expected length >= 10", "/title", "too-short", "至少 10 个字符", ">="},
		{"body.signatures", "expected array length <= 200", "/signatures", "too-many", "最多 200 项", "<="},
		{"body.instalments", "expected array length >= 1", "/instalments", "too-few", "至少 1 项", ">="},
		{"body.people", "expected number >= 0", "/people", "too-small", "不得小于 0", ">="},
		{"body.score", "expected number <= 5", "/score", "too-large", "不得大于 5", "<="},
		{"body.amount", "expected number <= 1e+15", "/amount", "too-large", "不得大于 1000000000000000", "e+15"},
		{"body.x", "json: cannot unmarshal number 371621198001010018 into Go value", "/x", "invalid", "无效", "3716"},
		{"body[1].a~b/c", "expected string", "/1/a~0b~1c", "wrong-type", "须为字符串", ""},
	}
	for _, c := range cases {
		got := fieldOf(&huma.ErrorDetail{Location: c.location, Message: c.message, Value: "371621198001010018"})
		if got.Pointer != c.pointer || got.Code != c.code || got.MessageZH != c.zh {
			t.Errorf("%s %q: %+v", c.location, c.message, got)
		}
		if c.notEN != "" && strings.Contains(got.Message, c.notEN) {
			t.Errorf("%s %q repeats %q: %s", c.location, c.message, c.notEN, got.Message)
		}
	}
}

// A whole number is one however it is written; what a float64 cannot tell apart is left as it stands.
func TestPlainNumbers(t *testing.T) {
	for text, want := range map[string]string{
		`{"amount":1e3}`: `{"amount":1000}`, `{"a":[{"b":-2.50E1},1.0,117.5]}`: `{"a":[{"b":-25},1,117.5]}`,
		`1e-400`: `1e-400`, `0.99999999999999999`: `0.99999999999999999`, `1e16`: `1e16`, `350000`: `350000`, `"1e3"`: `"1e3"`,
	} {
		parsed, err := parseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		plain, changed := plainNumbers(parsed)
		got, err := json.Marshal(plain)
		if err != nil || changed != (text != want) || changed && string(got) != want {
			t.Errorf("%s: %s %t %v, want %s", text, got, changed, err, want)
		}
	}
}

func TestValidKey(t *testing.T) {
	for key, want := range map[string]bool{
		"a": true, strings.Repeat("x", 255): true, "3f6c-!~": true,
		"": false, strings.Repeat("x", 256): false, "a b": false, "键": false, "a\tb": false, "a\x7f": false,
	} {
		if validKey(key) != want {
			t.Errorf("%q: want %v", key, want)
		}
	}
}

// TestFingerprintOf_isOfTheMeaning: the same JSON written otherwise is the same request, anything else is another.
func TestFingerprintOf_isOfTheMeaning(t *testing.T) {
	of := func(method, target, ifMatch, body string) string {
		r := httptest.NewRequest(method, target, nil)
		if ifMatch != "" {
			r.Header.Set("If-Match", ifMatch)
		}
		var parsed any
		if body != "" {
			var err error
			if parsed, err = parseJSON([]byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		digest, err := fingerprintOf(r, parsed)
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}
	base := of("POST", "/v1/a", `"1"`, `{"a":1,"b":[1,2],"c":"<&>"}`)
	if base != of("POST", "/v1/a", `"1"`, " {\"c\" : \"\\u003c\\u0026>\",\n\"b\":[1, 2], \"a\":1 } ") {
		t.Error("order of members, spaces and escapes make another request")
	}
	for name, other := range map[string]string{
		"method": of("PUT", "/v1/a", `"1"`, `{"a":1,"b":[1,2],"c":"<&>"}`),
		"path":   of("POST", "/v1/b", `"1"`, `{"a":1,"b":[1,2],"c":"<&>"}`),
		"query":  of("POST", "/v1/a?issuer=x", `"1"`, `{"a":1,"b":[1,2],"c":"<&>"}`),
		"match":  of("POST", "/v1/a", `"2"`, `{"a":1,"b":[1,2],"c":"<&>"}`),
		"value":  of("POST", "/v1/a", `"1"`, `{"a":2,"b":[1,2],"c":"<&>"}`),
		"order":  of("POST", "/v1/a", `"1"`, `{"a":1,"b":[2,1],"c":"<&>"}`),
		"empty":  of("POST", "/v1/a", `"1"`, ""),
	} {
		if other == base {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
}

func TestParseJSON(t *testing.T) {
	for text, ok := range map[string]bool{
		`{}`: true, ` [1] `: true, `"x"`: true, `{"a":1e400}`: true,
		`{`: false, `{} {}`: false, `{"a":01}`: false, "\xff": false, `{'a':1}`: false, `{"a":1,}`: false,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): false,
		strings.Repeat("[", 32) + strings.Repeat("]", 32): true,
	} {
		if _, err := parseJSON([]byte(text)); (err == nil) != ok {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, err := parseJSON(text)
		if err != nil {
			return
		}
		if _, err := fingerprintOf(httptest.NewRequest(http.MethodPost, "/", nil), parsed); err != nil {
			t.Fatalf("taken but not fingerprinted: %v", err)
		}
	})
}

func TestPageOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9]{9}`), 0, 40, rapid.ID[string]).Draw(t, "codes")
		slices.Sort(codes)
		limit := rapid.IntRange(1, 10).Draw(t, "limit")
		var seen []string
		var after *mediation.Position
		for range 50 {
			page, next := pageOf(codes, func(s string) string { return s }, after, limit)
			seen = append(seen, page...)
			if next == nil {
				break
			}
			after = next
		}
		if len(codes) > 0 && !reflect.DeepEqual(seen, codes) {
			t.Fatalf("paged %v, want %v", seen, codes)
		}
	})
}

func TestOperation_check(t *testing.T) {
	whole := operation{id: "a", method: "GET", path: "/a", action: mediation.ActionMeRead, summary: "s", summaryZH: "s", description: "d"}
	if err := whole.check(); err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]func(*operation){
		"no action":      func(o *operation) { o.action = "" },
		"unknown action": func(o *operation) { o.action = "case.burn" },
		"no id":          func(o *operation) { o.id = "" },
		"no Chinese":     func(o *operation) { o.summaryZH = "" },
		"no description": func(o *operation) { o.description = "" },
	} {
		o := whole
		broken(&o)
		if o.check() == nil {
			t.Errorf("an operation with %s can start", name)
		}
	}
}

// TestRegister_withoutAnActionDoesNotStart plants the fault in a real API.
func TestRegister_withoutAnActionDoesNotStart(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	register(a, operation{id: "burn-case", method: http.MethodPost, path: "/v1/burn", summary: "s", summaryZH: "s", description: "d"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	if len(a.faults) != 1 || !strings.Contains(a.faults[0].Error(), "burn-case has no action") {
		t.Fatalf("%v", a.faults)
	}
	if a.huma.OpenAPI().Paths["/v1/burn"] != nil {
		t.Fatal("registered all the same")
	}
}

func TestOptional(t *testing.T) {
	type patch struct {
		A Optional[string] `json:"a,omitzero"`
	}
	for text, want := range map[string]Optional[string]{
		`{}`: {}, `{"a":null}`: {Set: true, Null: true}, `{"a":""}`: {Set: true}, `{"a":"x"}`: {Set: true, Value: "x"},
	} {
		var got patch
		if err := huma.DefaultJSONFormat.Unmarshal([]byte(text), &got); err != nil || got.A != want {
			t.Errorf("%s: %+v, %v", text, got.A, err)
		}
	}
}
