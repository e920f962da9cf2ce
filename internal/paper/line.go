package paper

import (
	"slices"
	"strings"
	"unicode"
)

// line is one line of set text.
type line struct {
	glyphs []*glyph
	width  float64 // points, without spaces at its end
	last   bool    // of its paragraph: not stretched
}

// Punctuation that must not begin a line, and that must not end one (GB/T 15834).
const (
	neverFirst = "，。、；：？！）》〉」』】〕〗”’…—·～％‰℃,.;:?!)]}>%"
	neverLast  = "（《〈「『【〔〖“‘([{<￥¥"
)

// set breaks a text into lines of at most width points; the first line of each paragraph begins indent points later.
// Chinese breaks between any two characters that punctuation does not hold together, other scripts at spaces, and a
// word that is longer than a line anywhere.
func (t *typecase) set(text string, size, width, indent float64) []line {
	var lines []line
	for _, paragraph := range strings.Split(printable(text), "\n") {
		lines = append(lines, t.setParagraph([]rune(strings.TrimRight(paragraph, " ")), size, width, indent)...)
	}
	return lines
}

func (t *typecase) setParagraph(text []rune, size, width, indent float64) []line {
	var lines []line
	room := width - indent
	for {
		end := t.fitting(text, size, room)
		if end == len(text) {
			return append(lines, t.lineOf(text, size, true))
		}
		lines = append(lines, t.lineOf(text[:end], size, false))
		text = slices.Clone(text[end:])
		for len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
		room = width
	}
}

// fitting is how many characters go into the line: at least one, and the line ends where it may.
func (t *typecase) fitting(text []rune, size, room float64) int {
	used, end := 0.0, 0
	for end < len(text) {
		used += float64(t.glyph(text[end]).advance) * size / 1000
		if used > room+0.01 && text[end] != ' ' {
			break
		}
		end++
	}
	if end == len(text) {
		return end
	}
	for cut := end; cut > 0; cut-- {
		if mayBreak(text[cut-1], text[cut]) {
			return cut
		}
	}
	return max(end, 1)
}

// mayBreak tells whether a line may end between the two characters.
func mayBreak(before, after rune) bool {
	switch {
	case strings.ContainsRune(neverLast, before), strings.ContainsRune(neverFirst, after) && before != ' ':
		return false
	case before == ' ':
		return true
	case after == ' ':
		return false // the space stays with its word
	}
	return isWide(before) || isWide(after)
}

// isWide tells characters that stand alone (Han, kana, full-width forms) from letters and digits of words.
func isWide(r rune) bool {
	return r >= 0x2E80 && !unicode.Is(unicode.Hangul, r) || strings.ContainsRune(neverFirst+neverLast, r) && r > 0x7F ||
		unicode.Is(unicode.So, r)
}

func (t *typecase) lineOf(text []rune, size float64, last bool) line {
	text = []rune(strings.TrimRight(string(text), " "))
	made := line{last: last, glyphs: make([]*glyph, 0, len(text))}
	for _, r := range text {
		g := t.glyph(r)
		made.glyphs = append(made.glyphs, g)
		made.width += float64(g.advance) * size / 1000
	}
	return made
}

// stretch is the space between characters that makes the line as wide as the measure; 0 where it would look torn.
func (l line) stretch(size, measure float64) float64 {
	gap := measure - l.width
	if l.last || len(l.glyphs) < 2 || gap <= 0 {
		return 0
	}
	each := gap / float64(len(l.glyphs)-1)
	if each > size/6 {
		return 0
	}
	return each
}
