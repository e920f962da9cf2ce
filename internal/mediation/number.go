package mediation

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Committee is the organisation that accepts cases and numbers them. A tenant starts with one.
type Committee struct {
	ID      ID
	Name    string
	Prefix  string // 惠镇, the short name in its numbers
	Pattern string // with {year}, {prefix} and {serial} or {serial:4}; "" is DefaultPattern
}

// DefaultPattern is how volumes are numbered when a committee has no pattern of its own.
const DefaultPattern = "（{year}）{prefix}人调字第{serial:4}号"

// Bounds of a number.
const (
	minYear       = 2000
	maxYear       = 9999
	maxSerial     = 999_999_999
	maxSerialPad  = 9
	maxNumberSize = 100 // runes
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// Number is the 人调字 number of the serial-th case that the committee accepts in a year (Asia/Shanghai). The pattern
// must name the year and the serial, or two cases could get the same number; otherwise Invalid "number-pattern".
func (c Committee) Number(year, serial int) (string, error) {
	if year < minYear || year > maxYear || serial < 1 || serial > maxSerial {
		return "", Fail(Invalid, "number-range", "The year or the serial of the number is out of range.", "编号的年份或者序号超出范围。")
	}
	pattern := c.Pattern
	if pattern == "" {
		pattern = DefaultPattern
	}
	seen := map[string]int{}
	number := placeholder.ReplaceAllStringFunc(pattern, func(mark string) string {
		text, name := c.fill(mark, year, serial)
		seen[name]++
		return text
	})
	plain := placeholder.ReplaceAllString(pattern, "")
	if seen["year"] != 1 || seen["serial"] != 1 || seen["prefix"] > 1 || seen[""] > 0 || strings.ContainsAny(plain, "{}") {
		return "", Fail(Invalid, "number-pattern",
			"A number pattern has {year} once, {serial} or {serial:4} once, {prefix} at most once, and no other braces.",
			"编号格式必须含有一个{year}和一个{serial}（如{serial:4}），{prefix}至多一个，不得有其他花括号。")
	}
	if len([]rune(number)) > maxNumberSize {
		return "", Fail(Invalid, "number-pattern", "The number pattern makes numbers that are too long.", "编号格式过长。")
	}
	return number, nil
}

// fill gives the text of one placeholder and its name, "" for one that does not exist.
func (c Committee) fill(mark string, year, serial int) (text, name string) {
	body := strings.Trim(mark, "{}")
	switch {
	case body == "year":
		return strconv.Itoa(year), "year"
	case body == "prefix":
		return c.Prefix, "prefix"
	case body == "serial":
		return strconv.Itoa(serial), "serial"
	case strings.HasPrefix(body, "serial:"):
		width, err := strconv.Atoi(strings.TrimPrefix(body, "serial:"))
		if err != nil || width < 1 || width > maxSerialPad {
			return "", ""
		}
		return fmt.Sprintf("%0*d", width, serial), "serial"
	}
	return "", ""
}

// Registration is the 登记号 of the serial-th case that a tenant registers in a year.
func Registration(tenant string, year, serial int) string {
	return fmt.Sprintf("%s-%d-%06d", tenant, year, serial)
}

// china has had no daylight saving time since 1991: legal days and years are UTC+8.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// LegalTime is the moment on the clock that the law reads, Asia/Shanghai.
func LegalTime(at time.Time) time.Time { return at.In(china) }

// LegalYear is the year of a moment in Asia/Shanghai, the year of registrations and numbers.
func LegalYear(at time.Time) int { return at.In(china).Year() }

// LegalDay is the day of a moment in Asia/Shanghai, as 2006-01-02.
func LegalDay(at time.Time) string { return at.In(china).Format(time.DateOnly) }
