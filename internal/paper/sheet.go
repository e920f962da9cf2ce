package paper

import (
	"bytes"
	"fmt"
)

// Margins of a sheet, points: room for binding on the left and the page number below (GB/T 9704).
const (
	marginTop    = 28 * millimetre
	marginBottom = 26 * millimetre
	marginLeft   = 28 * millimetre
	marginRight  = 24 * millimetre
	measure      = pageWidth - marginLeft - marginRight
	floor        = pageHeight - marginBottom // where the text ends, from the top
)

// Type sizes by their Chinese names, points.
const (
	sizeCover  = 36.0 // 小初
	sizeTitle  = 22.0 // 二号
	sizeBody   = 14.0 // 四号
	sizeTable  = 12.0 // 小四
	sizeFooter = 9.0  // 小五
)

// leading is the distance of lines, as a multiple of the type size.
const leading = 1.65

// rule is the thickness of table rules, points.
const rule = 0.6

// sheet sets text on pages from the top down.
type sheet struct {
	types   *typecase
	pages   []*bytes.Buffer
	y       float64 // where the next thing begins, points from the top
	running string  // stands small at the top of every page but the first
	footer  string  // stands left of the page number
}

func newSheet(types *typecase, running, footer string) *sheet {
	s := &sheet{types: types, running: printable(running), footer: printable(footer)}
	s.turn()
	return s
}

// turn begins a new page.
func (s *sheet) turn() {
	s.pages = append(s.pages, &bytes.Buffer{})
	s.y = marginTop
	if len(s.pages) > 1 && s.running != "" {
		s.text(s.types.lineOf([]rune(s.running), sizeFooter, true), marginLeft, marginTop-14, sizeFooter, 0)
	}
}

func (s *sheet) page() *bytes.Buffer { return s.pages[len(s.pages)-1] }

// need turns the page when less than height points are left.
func (s *sheet) need(height float64) {
	if s.y+height > floor && s.y > marginTop {
		s.turn()
	}
}

func (s *sheet) space(height float64) { s.y += height }

// text draws one line with its baseline at y points from the top; between is added between its characters.
func (s *sheet) text(l line, x, y, size, between float64) {
	out := s.page()
	for from := 0; from < len(l.glyphs); {
		face := l.glyphs[from].face
		to := from
		width := 0.0
		for to < len(l.glyphs) && l.glyphs[to].face == face {
			width += float64(l.glyphs[to].advance)*size/1000 + between
			if face == missing {
				s.box(x+width-size-between, y-size*0.85, size*0.94, size)
			}
			to++
		}
		if face != missing {
			fmt.Fprintf(out, "BT/F%d %s Tf %s Tc %s %s Td<", face, points(size), points(between), points(x), points(pageHeight-y))
			for _, g := range l.glyphs[from:to] {
				fmt.Fprintf(out, "%04X", g.number)
			}
			out.WriteString(">Tj ET\n")
		}
		x += width
		from = to
	}
}

// bold draws a line with a stroke around its characters: the typefaces have one weight.
func (s *sheet) bold(l line, x, y, size float64) {
	fmt.Fprintf(s.page(), "q 2 Tr %s w\n", points(size/45))
	s.text(l, x, y, size, 0)
	fmt.Fprint(s.page(), "Q\n")
}

// box draws a rectangle; y is its top.
func (s *sheet) box(x, y, width, height float64) {
	fmt.Fprintf(s.page(), "%s w %s %s %s %s re S\n", points(rule), points(x), points(pageHeight-y-height), points(width), points(height))
}

// title sets a centred heading, bold, on as many lines as it needs.
func (s *sheet) title(text string, size float64) {
	for _, l := range s.types.set(text, size, measure, 0) {
		s.need(size * leading)
		s.bold(l, marginLeft+(measure-l.width)/2, s.y+size, size)
		s.y += size * leading
	}
}

// right sets short lines at the right edge.
func (s *sheet) right(text string, size float64) {
	for _, l := range s.types.set(text, size, measure, 0) {
		s.need(size * leading)
		s.text(l, marginLeft+measure-l.width, s.y+size, size, 0)
		s.y += size * leading
	}
}

// paragraphs sets running text, each paragraph two characters in.
func (s *sheet) paragraphs(text string) { s.flow(text, 2*sizeBody) }

// flush sets running text without indent.
func (s *sheet) flush(text string) { s.flow(text, 0) }

func (s *sheet) flow(text string, indent float64) {
	first := true
	for _, l := range s.types.set(text, sizeBody, measure, indent) {
		at := 0.0
		if first {
			at = indent
		}
		s.need(sizeBody * leading)
		s.text(l, marginLeft+at, s.y+sizeBody, sizeBody, l.stretch(sizeBody, measure-at))
		s.y += sizeBody * leading
		first = l.last
	}
}

// lines draws ruled lines for the pen.
func (s *sheet) lines(count int) {
	const distance = 26.0
	for range count {
		s.need(distance)
		s.y += distance
		fmt.Fprintf(s.page(), "0.4 w %s %s m %s %s l S\n", points(marginLeft), points(pageHeight-s.y), points(marginLeft+measure), points(pageHeight-s.y))
	}
}

// small sets a note.
func (s *sheet) small(text string) {
	for _, l := range s.types.set(text, sizeFooter, measure, 0) {
		s.need(sizeFooter * leading)
		s.text(l, marginLeft, s.y+sizeFooter, sizeFooter, 0)
		s.y += sizeFooter * leading
	}
}

// heading sets a line in bold and keeps it with the two lines that follow.
func (s *sheet) heading(text string) {
	s.need(3 * sizeBody * leading)
	for _, l := range s.types.set(text, sizeBody, measure-2*sizeBody, 0) {
		s.bold(l, marginLeft+2*sizeBody, s.y+sizeBody, sizeBody)
		s.y += sizeBody * leading
	}
}

// finish numbers the pages and gives their contents: 第 x 页 共 y 页.
func (s *sheet) finish() [][]byte {
	contents := make([][]byte, 0, len(s.pages))
	total := len(s.pages)
	all := s.pages
	for i := range all {
		s.pages = all[:i+1] // text draws on the last of them
		number := s.types.lineOf([]rune(fmt.Sprintf("第 %d 页  共 %d 页", i+1, total)), sizeFooter, true)
		s.text(number, (pageWidth-number.width)/2, floor+32, sizeFooter, 0)
		if s.footer != "" {
			s.text(s.types.lineOf([]rune(s.footer), sizeFooter, true), marginLeft, floor+32, sizeFooter, 0)
		}
		contents = append(contents, all[i].Bytes())
	}
	s.pages = all
	return contents
}
