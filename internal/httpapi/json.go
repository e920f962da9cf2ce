package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// parseJSON reads exactly one JSON text in UTF-8 (RFC 8259), and no text that two readers could understand in two ways
// (RFC 7493): names are unique in their object, and every \u escape stands for a character.
func parseJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errMalformed("malformed-json", "The body is not UTF-8.", "请求体不是 UTF-8 编码。")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var parsed any
	if err := decoder.Decode(&parsed); err != nil {
		return nil, errMalformedBody()
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errMalformedBody()
	}
	if depth(parsed) > maxDepth {
		return nil, errMalformed("malformed-json", "The body nests too deeply.", "请求体嵌套过深。")
	}
	if pointer, repeated := repeatedName(text); repeated {
		return nil, mediation.Fail(mediation.Invalid, "validation",
			"A member stands twice in an object; errors says where.", "同一对象中有重复的字段，详见 errors。").
			WithFields(mediation.FieldError{Pointer: pointer, Code: "repeated", Message: "stands twice", MessageZH: "重复出现"})
	}
	if strayEscape(text, parsed) {
		return nil, errMalformed("malformed-json", "A \\u escape is half a character.", "\\u 转义不是完整的字符。")
	}
	return parsed, nil
}

// repeatedName finds the first name that an object has twice; encoding/json would silently keep the last.
func repeatedName(text []byte) (pointer string, repeated bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return repeatedIn(decoder, "")
}

func repeatedIn(decoder *json.Decoder, pointer string) (string, bool) {
	token, err := decoder.Token()
	if err != nil {
		return "", false
	}
	names := map[string]bool{}
	switch token {
	case json.Delim('{'):
		for decoder.More() {
			token, err := decoder.Token()
			name, isName := token.(string)
			if err != nil || !isName {
				return "", false
			}
			inside := pointer + "/" + escapePointer(name)
			if names[name] {
				return inside, true
			}
			names[name] = true
			if found, repeated := repeatedIn(decoder, inside); repeated {
				return found, true
			}
		}
	case json.Delim('['):
		for decoder.More() {
			if found, repeated := repeatedIn(decoder, pointer+"/-"); repeated {
				return found, true
			}
		}
	default:
		return "", false
	}
	_, _ = decoder.Token() // the closing bracket: the text was decoded whole before
	return "", false
}

// strayEscape tells whether decoding put U+FFFD in the place of half a surrogate pair.
func strayEscape(text []byte, parsed any) bool {
	if bytes.ContainsRune(text, utf8.RuneError) || bytes.Contains(bytes.ToLower(text), []byte(`\ufffd`)) {
		return false
	}
	return holdsReplacement(parsed)
}

func holdsReplacement(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, utf8.RuneError)
	case map[string]any:
		for name, member := range v {
			if strings.ContainsRune(name, utf8.RuneError) || holdsReplacement(member) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if holdsReplacement(item) {
				return true
			}
		}
	}
	return false
}

// maxPlainNumber is how long a number may be, in characters, for its float64 to be what is written.
const maxPlainNumber = 16

// plainNumbers writes whole numbers as such, in place: 1e3 and 1000.0 are 1000 (RFC 8259 does not tell them apart, a Go
// integer does). It tells whether there was one to change.
func plainNumbers(value any) (plain any, changed bool) {
	switch v := value.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") || len(v) > maxPlainNumber {
			return v, false
		}
		number, err := v.Float64()
		if err != nil || number == 0 || number != math.Trunc(number) || math.Abs(number) >= 1<<53 {
			return v, false
		}
		return json.Number(strconv.FormatInt(int64(number), 10)), true
	case map[string]any:
		for name, member := range v {
			made, now := plainNumbers(member)
			v[name], changed = made, changed || now
		}
	case []any:
		for i, item := range v {
			made, now := plainNumbers(item)
			v[i], changed = made, changed || now
		}
	}
	return value, changed
}
