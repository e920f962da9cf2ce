package httpapi

import (
	"strconv"
	"strings"
)

// language is one of the two that every text for people exists in.
type language string

const (
	english language = "en"
	chinese language = "zh-CN"
)

// pick returns the text of the language, English when there is no Chinese one.
func (l language) pick(en, zh string) string {
	if l == chinese && zh != "" {
		return zh
	}
	return en
}

// negotiate reads Accept-Language (RFC 9110 §12.5.4). The first acceptable range that is Chinese or English decides;
// without one the answer is English.
func negotiate(header string) language {
	chosen, best := english, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			parsed, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			quality = parsed
		}
		if speaks, known := languageOf(strings.TrimSpace(tag)); known && quality > best {
			chosen, best = speaks, quality
		}
	}
	return chosen
}

// languageOf is the language of a range: zh, en-GB, *.
func languageOf(tag string) (speaks language, known bool) {
	switch primary, _, _ := strings.Cut(tag, "-"); {
	case strings.EqualFold(primary, "zh"):
		return chinese, true
	case strings.EqualFold(primary, "en"), primary == "*":
		return english, true
	}
	return english, false
}
