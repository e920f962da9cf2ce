package httpapi

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// validationRule tells one of Huma's messages by how it begins.
type validationRule struct {
	prefix string
	code   string
	zh     string
	cut    bool // the message may repeat the value behind the prefix: only the prefix is shown
}

func validationRules() []validationRule {
	return []validationRule{
		{"unexpected property", "unknown-field", "没有这个字段", false},
		{"unknown query parameter", "unknown-parameter", "没有这个查询参数", false},
		{"expected required property", "required", "必填", false},
		{"required", "required", "必填", false},
		{"expected value to be one of", "unknown-code", "不在允许的取值之内：", false},
		{"expected length >=", "too-short", "长度不足：", false},
		{"expected length <=", "too-long", "长度超限：", false},
		{"expected array length >=", "too-few", "数量不足：", false},
		{"expected array length <=", "too-many", "数量超限：", false},
		{"expected number >=", "too-small", "数值过小：", false},
		{"expected number <=", "too-large", "数值过大：", false},
		{"expected string to match pattern", "invalid-format", "格式不符：", false},
		{"expected string to be", "invalid-format", "格式不符", true},
		{"invalid date/time", "invalid-format", "须为 RFC 3339 时间，例如 2026-11-23T08:00:00+08:00", true},
		{"expected boolean", "wrong-type", "须为布尔值", false},
		{"expected integer", "wrong-type", "须为整数", false},
		{"expected number", "wrong-type", "须为数字", false},
		{"expected string", "wrong-type", "须为字符串", false},
		{"expected array items to be unique", "duplicate", "不得重复", false},
		{"expected array", "wrong-type", "须为数组", false},
		{"expected object", "wrong-type", "须为对象", false},
		{"invalid integer", "wrong-type", "须为整数", false},
		{"invalid boolean", "wrong-type", "须为 true 或 false", false},
	}
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
		rest, ok := strings.CutPrefix(detail.Message, rule.prefix)
		if !ok {
			continue
		}
		field.Code, field.Message, field.MessageZH = rule.code, detail.Message, rule.zh
		if rule.cut {
			field.Message, rest = kindOfFormat(detail.Message), ""
		}
		if strings.HasSuffix(rule.zh, "：") {
			field.MessageZH = rule.zh + strings.TrimSpace(rest)
		}
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
