package paper

// cell is one field of a table row.
type cell struct {
	text   string
	width  float64 // share of the row
	label  bool    // centred in both directions
	centre bool    // centred across
	size   float64 // type size, sizeTable when zero
}

// tall is the height from which a field is for a text rather than a word, points.
const tall = 60.0

// Room around the text of a cell, points.
const (
	padX = 4.0
	padY = 4.0
)

func label(text string, width float64) cell { return cell{text: text, width: width, label: true} }

func value(text string, width float64) cell { return cell{text: text, width: width} }

func centred(text string, width float64) cell { return cell{text: text, width: width, centre: true} }

// setCell is a cell with its lines, x and width on the page.
type setCell struct {
	cell
	lines    []line
	x, wide  float64
	distance float64 // of lines
}

// row draws one row of at least `least` points. A row that does not fit goes to the next page; one that is taller than
// what is worth moving is split between lines, its labels repeated.
func (s *sheet) row(least float64, cells ...cell) {
	set := s.setCells(cells)
	height := max(least, rowHeight(set))
	// Moving a tall row would leave a hole: it is split instead, once three lines fit.
	splits := rowHeight(set) > (floor-marginTop)/4
	if !splits {
		s.need(height)
	}
	for {
		room := floor - s.y
		if height <= room+0.01 {
			s.drawRow(set, height, least)
			return
		}
		if room < 3*sizeTable*leading+2*padY {
			s.turn()
			continue
		}
		part, rest := cut(set, room)
		s.drawRow(part, room, least)
		s.turn()
		if rest == nil { // only the least height was left over
			return
		}
		set, height = rest, rowHeight(rest)
	}
}

func (s *sheet) setCells(cells []cell) []setCell {
	total := 0.0
	for _, c := range cells {
		total += c.width
	}
	x := marginLeft
	set := make([]setCell, 0, len(cells))
	for _, c := range cells {
		made := setCell{cell: c, x: x, wide: measure * c.width / total}
		if made.size == 0 {
			made.size = sizeTable
		}
		made.distance = made.size * 1.5
		made.lines = s.types.set(c.text, made.size, made.wide-2*padX, 0)
		x += made.wide
		set = append(set, made)
	}
	return set
}

func (c setCell) height() float64 { return float64(len(c.lines))*c.distance + 2*padY }

func rowHeight(cells []setCell) float64 {
	height := 0.0
	for _, c := range cells {
		height = max(height, c.height())
	}
	return height
}

// cut takes from each cell the lines that fit into room; rest is nil when none are left. Labels stay with both parts.
func cut(cells []setCell, room float64) (part, rest []setCell) {
	left := false
	for _, c := range cells {
		fitting := min(int((room-2*padY)/c.distance), len(c.lines))
		if c.label {
			fitting = len(c.lines)
		}
		head, tail := c, c
		head.lines, tail.lines = c.lines[:fitting], c.lines[fitting:]
		if c.label {
			tail.lines = c.lines
		} else if len(tail.lines) > 0 {
			left = true
		}
		part, rest = append(part, head), append(rest, tail)
	}
	if !left {
		return part, nil
	}
	return part, rest
}

// drawRow draws the cells. Short texts stand in the middle of the height, but at the top where room was asked for.
func (s *sheet) drawRow(cells []setCell, height, least float64) {
	for _, c := range cells {
		s.box(c.x, s.y, c.wide, height)
		y := s.y + padY
		if c.label || c.centre || len(c.lines) <= 3 && (least < tall || len(c.lines) == 1 && c.width < 60) {
			y = s.y + (height-float64(len(c.lines))*c.distance)/2
		}
		for _, l := range c.lines {
			x := c.x + padX
			if c.label || c.centre {
				x = c.x + (c.wide-l.width)/2
			}
			between := 0.0
			if !c.label && !c.centre {
				between = l.stretch(c.size, c.wide-2*padX)
			}
			s.text(l, x, y+c.distance*0.72, c.size, between)
			y += c.distance
		}
	}
	s.y += height
}
