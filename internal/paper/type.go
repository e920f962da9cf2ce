package paper

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// typeface is a font file that papers are set in, with the Debian package that brings it.
type typeface struct{ file, debian string }

// typefaces are asked for a character in this order: a Song face for everyday characters (GB 2312), one of the same
// style for the rest of Unicode's basic plane, its second half for the planes behind it (names such as 𠮷), and last
// what those lack.
var typefaces = [...]typeface{
	{"gbsn00lp.ttf", "fonts-arphic-gbsn00lp"},
	{"HanaMinA.ttf", "fonts-hanazono"},
	{"HanaMinB.ttf", "fonts-hanazono"},
	{"DroidSansFallbackFull.ttf", "fonts-droid-fallback"},
}

// plane2 is the index of the typeface that has nothing of the basic plane: it is not opened for it.
const plane2 = 2

// DefaultDirectories are where Debian's packages put the fonts.
func DefaultDirectories() []string { return []string{"/usr/share/fonts/truetype"} }

// glyph is one character set in one typeface.
type glyph struct {
	character rune
	face      int // index into typefaces, or missing
	source    uint16
	number    uint16 // in the subset, from 1
	advance   int    // thousandths of the type size
}

// missing is the face of a character that no typeface has: a blank box is drawn for the pen.
const missing = -1

// typecase holds the glyphs of one document.
type typecase struct {
	directories []string
	faces       [len(typefaces)]*face
	glyphs      map[rune]*glyph
	used        [len(typefaces)][]*glyph // by number
	unknown     []rune                   // in the order in which they were met
	err         error                    // the first fault; the document is then not made
}

func newTypecase(directories []string) *typecase {
	return &typecase{directories: directories, glyphs: map[rune]*glyph{}}
}

func (t *typecase) close() {
	for _, f := range t.faces {
		if f != nil {
			_ = f.close() // only read from
		}
	}
}

// glyph finds the character; after a fault every character is a blank.
func (t *typecase) glyph(r rune) *glyph {
	if known, ok := t.glyphs[r]; ok {
		return known
	}
	found := &glyph{character: r, face: missing, advance: 1000}
	t.glyphs[r] = found
	for i := range typefaces {
		if t.err != nil {
			return found
		}
		if i == plane2 && r <= 0xFFFF {
			continue
		}
		if t.take(i, found) {
			return found
		}
	}
	if t.err == nil {
		t.unknown = append(t.unknown, r)
	}
	return found
}

// take looks for the character in one typeface and makes it part of that face's subset.
func (t *typecase) take(i int, g *glyph) bool {
	f := t.open(i)
	if f == nil {
		return false
	}
	source := f.mapping.glyph(g.character)
	if source == 0 {
		return false
	}
	advance, err := f.advance(source)
	if err != nil {
		t.err = err
		return false
	}
	g.face, g.source, g.advance = i, source, advance
	t.used[i] = append(t.used[i], g)
	g.number = uint16(len(t.used[i])) //nolint:gosec // a document has far fewer characters
	return true
}

// open opens a typeface when it is needed first.
func (t *typecase) open(i int) *face {
	if t.faces[i] != nil {
		return t.faces[i]
	}
	path, found := t.find(typefaces[i].file)
	if !found {
		t.err = errFontMissing(typefaces[i], t.directories)
		return nil
	}
	t.faces[i], t.err = openFace(path)
	return t.faces[i]
}

// find looks for the file in the directories and one level below, as Debian lays them out.
func (t *typecase) find(file string) (string, bool) {
	for _, directory := range t.directories {
		for _, pattern := range []string{file, filepath.Join("*", file)} {
			paths, err := filepath.Glob(filepath.Join(directory, pattern))
			if err != nil || len(paths) == 0 {
				continue
			}
			if info, err := os.Stat(paths[0]); err == nil && info.Mode().IsRegular() {
				return paths[0], true
			}
		}
	}
	return "", false
}

func errFontMissing(wanted typeface, directories []string) error {
	where := strings.Join(directories, ":")
	return mediation.Fail(mediation.Unavailable, "font-missing",
		"This instance cannot print: install the Debian package "+wanted.debian+" ("+wanted.file+") or name its directory in TIAOJIE_FONTS.",
		"本实例缺少字体，不能打印：请安装 Debian 软件包 "+wanted.debian+"（"+wanted.file+"），或者在 TIAOJIE_FONTS 中写明其目录。").
		WithCause(errors.New("no " + wanted.file + " in " + where))
}

// printable is the text without what a page cannot show: control and formatting characters (which could also make it
// read otherwise than it is stored) and variation selectors. Tabs are spaces, line ends LF.
func printable(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\t', r == '\u00A0', r == '\u202F':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
}
