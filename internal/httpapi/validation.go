package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// validationRule tells one of Huma's messages by how it begins. In the words % stands for what follows the prefix: a
// limit, a format, a list.
type validationRule struct {
	prefix string
	code   string
	zh     string
	en     string // "" shows the message itself
	cut    bool   // the message may repeat the value behind the prefix: only the prefix is shown
}

func validationRules() []validationRule {
	return []validationRule{
		{prefix: "unexpected property", code: "unknown-field", zh: "没有这个字段"},
		{prefix: "unknown query parameter", code: "unknown-parameter", zh: "没有这个查询参数"},
		{prefix: "expected required property", code: "required", zh: "必填"},
		{prefix: "required", code: "required", zh: "必填"},
		{prefix: "expected value to be one of", code: "unknown-code", zh: "不在允许的取值之内：%", en: "choose one of %"},
		{prefix: "expected length >= 1", code: "too-short", zh: "此项必填", en: "must not be empty"},
		{prefix: "expected length >=", code: "too-short", zh: "至少 % 个字符", en: "must have at least % characters"},
		{prefix: "expected length <=", code: "too-long", zh: "最多 % 个字符", en: "must have at most % characters"},
		{prefix: "expected array length >=", code: "too-few", zh: "至少 % 项", en: "must have at least % items"},
		{prefix: "expected array length <=", code: "too-many", zh: "最多 % 项", en: "must have at most % items"},
		{prefix: "expected number >=", code: "too-small", zh: "不得小于 %", en: "must not be less than %"},
		{prefix: "expected number <=", code: "too-large", zh: "不得大于 %", en: "must not be more than %"},
		{prefix: "expected string to match pattern", code: "invalid-format", zh: "格式不符：%"},
		{prefix: "expected string to be", code: "invalid-format", zh: "格式不符", cut: true},
		{prefix: "invalid date/time", code: "invalid-format", zh: "须为 RFC 3339 时间，例如 2026-11-23T08:00:00+08:00", cut: true},
		{prefix: "expected boolean", code: "wrong-type", zh: "须为布尔值"},
		{prefix: "expected integer", code: "wrong-type", zh: "须为整数"},
		{prefix: "expected number", code: "wrong-type", zh: "须为数字"},
		{prefix: "expected string", code: "wrong-type", zh: "须为字符串"},
		{prefix: "expected array items to be unique", code: "duplicate", zh: "不得重复"},
		{prefix: "expected array", code: "wrong-type", zh: "须为数组"},
		{prefix: "expected object", code: "wrong-type", zh: "须为对象"},
		{prefix: "invalid integer", code: "wrong-type", zh: "须为整数"},
		{prefix: "invalid boolean", code: "wrong-type", zh: "须为 true 或 false"},
	}
}

// words says the rule in both languages, with what follows the prefix in the message. Huma writes a large limit as
// 1e+15; people read it in full.
func (rule validationRule) words(message, rest string) (en, zh string) {
	rest = strings.TrimSpace(rest)
	if limit, err := strconv.ParseFloat(rest, 64); err == nil {
		rest = strconv.FormatFloat(limit, 'f', -1, 64)
	}
	if en = message; rule.en != "" {
		en = strings.ReplaceAll(rule.en, "%", rest)
	}
	if rule.cut {
		en = kindOfFormat(message)
	}
	return en, strings.ReplaceAll(rule.zh, "%", rest)
}

// tells says whether the rule is the one of the message, and what follows its prefix. A prefix that ends in a figure is
// the whole message: 1 is not the beginning of 10.
func (rule validationRule) tells(message string) (rest string, is bool) {
	rest, is = strings.CutPrefix(message, rule.prefix)
	if is && strings.HasSuffix(rule.prefix, "1") {
		is = rest == ""
	}
	return rest, is
}

// translate is Huma's only transformer: the errors that Huma makes itself (validation, bodies) become a Problem with
// our codes, both languages and no values. Success bodies pass through untouched.
func (a *API) translate(ctx huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	e := exchangeOf(ctx.Context())
	p := problemOf(e, refusalOfModel(model))
	p.Status = model.Status // Huma has chosen the status line already; the two must agree
	for name, values := range p.header {
		for _, value := range values {
			ctx.AppendHeader(name, value)
		}
	}
	return p, nil
}

func refusalOfModel(model *huma.ErrorModel) error {
	switch model.Status {
	case http.StatusUnprocessableEntity:
		failed := mediation.Fail(mediation.Invalid, "validation",
			"Some fields or parameters are not as the API describes them; errors says which.",
			"部分字段或参数不符合接口说明，详见 errors。")
		for _, detail := range model.Errors {
			failed.Fields = append(failed.Fields, fieldOf(detail))
		}
		return failed
	case http.StatusBadRequest:
		return errMalformedBody()
	case http.StatusRequestEntityTooLarge:
		return errTooLarge(maxBody)
	case http.StatusRequestTimeout:
		return mediation.Fail(readTimeout, "read-timeout", "The body did not arrive in time.", "请求体未及时到达。")
	}
	return internalError()
}

// fieldOf reads one of Huma's details. Required properties are reported by Huma at their parent; they are moved to
// where the field belongs.
func fieldOf(detail *huma.ErrorDetail) mediation.FieldError {
	field := mediation.FieldError{Pointer: pointerOf(detail.Location), Code: "invalid",
		Message: "is not valid", MessageZH: "无效"}
	if field.Pointer == "" {
		field.Pointer = pointerOfDecoding(detail.Message)
	}
	for _, rule := range validationRules() {
		rest, ok := rule.tells(detail.Message)
		if !ok {
			continue
		}
		field.Code = rule.code
		field.Message, field.MessageZH = rule.words(detail.Message, rest)
		if rule.prefix == "expected required property" {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			field.Pointer = strings.TrimSuffix(field.Pointer, "/") + "/" + escapePointer(name)
			field.Message = "is required"
		}
		break
	}
	return field
}

// pointerOfDecoding reads where encoding/json could not go on: "…Go struct field CaseBody.amount of type int64".
func pointerOfDecoding(message string) string {
	_, rest, found := strings.Cut(message, "Go struct field ")
	name, _, complete := strings.Cut(rest, " of type ")
	_, fields, nested := strings.Cut(name, ".")
	if !found || !complete || !nested {
		return ""
	}
	return "/" + strings.ReplaceAll(fields, ".", "/")
}

// kindOfFormat keeps "expected string to be RFC 4122 uuid" of "…: invalid UUID length: 3".
func kindOfFormat(message string) string {
	kept, _, _ := strings.Cut(message, ":")
	if kept, _, ok := strings.Cut(kept, " for format "); ok {
		return kept + ": use RFC 3339, for example 2026-11-23T08:00:00+08:00"
	}
	return kept
}

// pointerOf turns Huma's path ("body.parties[0].name", "query.limit") into a JSON pointer or a parameter's place.
func pointerOf(location string) string {
	if location == "body" || location == "" {
		return ""
	}
	path, ok := strings.CutPrefix(location, "body.")
	if !ok {
		if index, found := strings.CutPrefix(location, "body["); found {
			path = "[" + index
		} else {
			return location
		}
	}
	var pointer strings.Builder
	for _, part := range strings.Split(strings.ReplaceAll(path, "[", ".["), ".") {
		if part == "" {
			continue
		}
		pointer.WriteByte('/')
		pointer.WriteString(escapePointer(strings.Trim(part, "[]")))
	}
	return pointer.String()
}

// escapePointer escapes one reference token (RFC 6901 §3).
func escapePointer(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}
