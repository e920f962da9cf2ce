package mediation

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in runes.
const (
	maxTitle    = 200
	maxLongText = 20_000
	maxNote     = 2_000
	maxName     = 100
	maxPlace    = 300
	maxPhone    = 32
	maxTag      = 32
	maxSubject  = 255
)

// Limits of lists and figures.
const (
	maxTags    = 20
	maxParties = 200
	maxPeople  = 1_000_000
	// MaximumAmount is ten trillion yuan in fen: more than any dispute, and far from the end of int64.
	MaximumAmount = 1_000_000_000_000_000
)

// lines tells whether a text may have more than one.
type lines bool

const (
	oneLine   lines = false
	manyLines lines = true
)

// checker collects violated rules, so that a person hears of all of them at once.
type checker struct{ fields []FieldError }

func (c *checker) fail(pointer, code, en, zh string) {
	c.fields = append(c.fields, FieldError{Pointer: pointer, Code: code, Message: en, MessageZH: zh})
}

// err is nil when no rule was broken; a nil error, not a nil *Error.
func (c *checker) err(code, en, zh string) error {
	if len(c.fields) == 0 {
		return nil
	}
	return Fail(Invalid, code, en, zh).WithFields(c.fields...)
}

// text trims and checks a text: valid UTF-8, no control characters, between least and most runes. Lines end in LF.
func (c *checker) text(pointer, value string, least, most int, allowed lines) string {
	if !utf8.ValidString(value) {
		c.fail(pointer, "not-utf8", "The text is not valid UTF-8.", "文本不是有效的 UTF-8 编码。")
		return value
	}
	value = strings.TrimSpace(value)
	if allowed == manyLines {
		value = strings.ReplaceAll(value, "\r\n", "\n")
	}
	if strings.IndexFunc(value, func(r rune) bool { return forbidden(r, allowed) }) >= 0 {
		c.fail(pointer, "control-character", "The text holds control characters; remove them.", "文本含有控制字符，请删除。")
	}
	if allowed == oneLine {
		c.visible(pointer, value)
	}
	switch size := utf8.RuneCountInString(value); {
	case size == 0 && least > 0:
		c.fail(pointer, "required", "This must be given.", "此项必填。")
	case size < least:
		c.fail(pointer, "too-short", fmt.Sprintf("Give at least %d characters.", least), fmt.Sprintf("至少需要 %d 个字符。", least))
	case size > most:
		c.fail(pointer, "too-long", fmt.Sprintf("Give at most %d characters.", most), fmt.Sprintf("最多 %d 个字符。", most))
	}
	return value
}

// visible refuses marks that nobody sees: with one in it a name looks like another and is not found by it. The others that
// forbidden finds are told of there.
func (c *checker) visible(pointer, value string) {
	at := strings.IndexFunc(value, func(r rune) bool { return unicode.Is(unicode.Cf, r) && !forbidden(r, oneLine) })
	if at < 0 {
		return
	}
	mark, _ := utf8.DecodeRuneInString(value[at:])
	c.fail(pointer, "invisible-character", fmt.Sprintf("The text holds an invisible character (U+%04X); type it again.", mark),
		fmt.Sprintf("文本含有不可见字符（U+%04X），请重新输入。", mark))
}

// forbidden finds control characters, and the marks that make a text read otherwise than it is stored (line
// separators, bidirectional overrides).
func forbidden(r rune, allowed lines) bool {
	switch {
	case r == '\n' || r == '\t':
		return allowed == oneLine
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return true
	}
	return (r >= '\u202A' && r <= '\u202E') || (r >= '\u2066' && r <= '\u2069')
}
