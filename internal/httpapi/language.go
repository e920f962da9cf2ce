package httpapi

import (
	"sort"
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
	type choice struct {
		tag     string
		quality float64
	}
	var choices []choice
	for _, part := range strings.Split(header, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			parsed, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			quality = parsed
		}
		if tag != "" && quality > 0 {
			choices = append(choices, choice{strings.ToLower(strings.TrimSpace(tag)), quality})
		}
	}
	sort.SliceStable(choices, func(i, j int) bool { return choices[i].quality > choices[j].quality })
	for _, c := range choices {
		switch primary, _, _ := strings.Cut(c.tag, "-"); primary {
		case "zh":
			return chinese
		case "en", "*":
			return english
		}
	}
	return english
}
