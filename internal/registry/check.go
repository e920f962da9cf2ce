package registry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in runes, and of lists.
const (
	maxName  = 100
	maxText  = 300
	maxNote  = 2_000
	maxPhone = 32
	maxWord  = 32
	maxWords = 50
)

// Lengths of division codes: county, township, village or community (GB/T 2260, GB/T 10114, statistical codes).
const (
	countySize  = 6
	townSize    = 9
	villageSize = 12
)

// checker collects violated rules, so that a person hears of all of them at once.
type checker struct{ fields []FieldError }

func (c *checker) fail(pointer, code, en, zh string) {
	c.fields = append(c.fields, FieldError{pointer, code, en, zh})
}

// err is nil when no rule was broken; a nil error, not a nil *Error.
func (c *checker) err(code, en, zh string) error {
	if len(c.fields) == 0 {
		return nil
	}
	return refuse(Invalid, code, en, zh, c.fields...)
}

// text trims and checks a text: valid UTF-8, no control characters but line feeds, between least and most runes.
func (c *checker) text(pointer, value string, least, most int) string {
	if !utf8.ValidString(value) {
		c.fail(pointer, "not-utf8", "The text is not valid UTF-8.", "文本不是有效的 UTF-8 编码。")
		return value
	}
	value = strings.ReplaceAll(strings.TrimSpace(value), "\r\n", "\n")
	if strings.IndexFunc(value, forbidden) >= 0 {
		c.fail(pointer, "control-character", "The text holds control characters; remove them.", "文本含有控制字符，请删除。")
	}
	switch size := utf8.RuneCountInString(value); {
	case size < least:
		c.fail(pointer, "required", "This must be given.", "此项必填。")
	case size > most:
		c.fail(pointer, "too-long", fmt.Sprintf("Give at most %d characters.", most), fmt.Sprintf("最多 %d 个字符。", most))
	}
	return value
}

// forbidden finds control characters and the marks that make a text read otherwise than it is stored.
func forbidden(r rune) bool {
	return (unicode.IsControl(r) && r != '\n') || (r >= '\u2028' && r <= '\u202E') || (r >= '\u2066' && r <= '\u2069')
}

// code wants an entry of a code list; may be left out when least is 0.
func (c *checker) code(pointer, value string, list []Code, least int) {
	switch {
	case value == "" && least > 0:
		c.fail(pointer, "required", "This must be given.", "此项必填。")
	case value != "" && !listed(list, value):
		c.fail(pointer, "unknown-code", "Choose from the published code list.", "请从已公布的代码表中选择。")
	}
}

// day wants a real day, 2006-01-02; may be left out when least is 0.
func (c *checker) day(pointer, value string, least int) {
	switch _, err := time.Parse(time.DateOnly, value); {
	case value == "" && least > 0:
		c.fail(pointer, "required", "This must be given.", "此项必填。")
	case value != "" && (err != nil || value < "1900"):
		c.fail(pointer, "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
}

// span wants the last day not before the first; "" is open.
func (c *checker) span(pointer, from, to string) {
	if from != "" && to != "" && to < from {
		c.fail(pointer, "before-the-first-day", "The last day comes before the first.", "结束日期不能早于开始日期。")
	}
}

// past refuses a day that has not come yet.
func (c *checker) past(pointer, value string, at time.Time) {
	if value > LegalDay(at) {
		c.fail(pointer, "in-the-future", "The day lies in the future.", "日期不能晚于今天。")
	}
}

// division wants a code of digits in one of the lengths.
func (c *checker) division(pointer, code string, sizes ...int) {
	odd := strings.IndexFunc(code, func(r rune) bool { return r < '0' || r > '9' }) >= 0
	if odd || !slices.Contains(sizes, len(code)) || code[0] == '0' {
		var lengths []string
		for _, size := range sizes {
			lengths = append(lengths, strconv.Itoa(size))
		}
		c.fail(pointer, "invalid-division-code",
			"Give a division code of "+strings.Join(lengths, " or ")+" digits.", "请填写 "+strings.Join(lengths, " 或 ")+" 位区划代码。")
	}
}

// words trims and checks a list of short texts, each once.
func (c *checker) words(pointer string, given []string) []string {
	if len(given) > maxWords {
		c.fail(pointer, "too-many", "Give at most 50.", "最多 50 项。")
		return given
	}
	var words []string
	for i, word := range given {
		at := pointer + "/" + strconv.Itoa(i)
		word = c.text(at, word, 1, maxWord)
		if slices.Contains(words, word) {
			c.fail(at, "duplicate", "Give each once.", "不得重复。")
		}
		words = append(words, word)
	}
	return words
}

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// LegalDay is the day of a moment in Asia/Shanghai, as 2006-01-02.
func LegalDay(at time.Time) string { return at.In(china).Format(time.DateOnly) }

// forever stands for the end of what has no end.
const forever = "9999-12-31"

func until(day string) string {
	if day == "" {
		return forever
	}
	return day
}

// covers tells whether a day lies from one day to another; "" is open at that end.
func covers(from, to, day string) bool { return from <= day && day <= until(to) }

// overlap tells whether two spans of days share a day.
func overlap(from, to, otherFrom, otherTo string) bool {
	return from <= until(otherTo) && otherFrom <= until(to)
}
