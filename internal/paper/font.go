package paper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// face is one open TrueType file. Only its directory and character map are held; outlines and widths are read glyph by
// glyph, so that a file of thirty megabytes costs what its character map costs.
type face struct {
	file    *os.File
	tables  map[string]span
	mapping characterMap

	unitsPerEm      int
	glyphs, metrics int // number of glyphs, and of full entries in hmtx
	longOffsets     bool
	bounds          [4]int16 // xMin, yMin, xMax, yMax of all glyphs, font units
	ascent, descent int16    // font units; descent is negative
}

// span is where a table lies in its file, bytes.
type span struct{ offset, length int64 }

const (
	directoryEntry = 16
	maxTables      = 64
	headLength     = 54
	hheaLength     = 36
	maxpLength     = 6
	maxCharacters  = 4 << 20 // bytes of a character map
	maxOutline     = 1 << 20 // bytes of one glyph
)

var errNotTrueType = errors.New("not a TrueType font with outlines in glyf")

// openFace reads the directory of a font file (OpenType 1.9, glyf outlines only).
func openFace(path string) (*face, error) {
	file, err := os.Open(path) //nolint:gosec // the installation names it
	if err != nil {
		return nil, fmt.Errorf("open the font: %w", err)
	}
	f := &face{file: file, tables: map[string]span{}}
	if err := f.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the font %s: %w", path, err), file.Close())
	}
	return f, nil
}

func (f *face) close() error { return f.file.Close() }

func (f *face) read() error {
	if err := f.readDirectory(); err != nil {
		return err
	}
	head, err := f.table("head", headLength)
	if err != nil {
		return err
	}
	hhea, err := f.table("hhea", hheaLength)
	if err != nil {
		return err
	}
	maxp, err := f.table("maxp", maxpLength)
	if err != nil {
		return err
	}
	f.unitsPerEm = int(u16(head, 18))
	for i := range f.bounds {
		f.bounds[i] = i16(head, 36+2*i)
	}
	f.longOffsets = u16(head, 50) == 1
	f.ascent, f.descent = i16(hhea, 4), i16(hhea, 6)
	f.metrics = int(u16(hhea, 34))
	f.glyphs = int(u16(maxp, 4))
	if f.unitsPerEm == 0 || f.metrics == 0 || f.tables["glyf"].length == 0 || f.tables["loca"].length == 0 {
		return errNotTrueType
	}
	f.mapping, err = f.readCharacterMap()
	return err
}

func (f *face) readDirectory() error {
	start := make([]byte, 12)
	if _, err := f.file.ReadAt(start, 0); err != nil {
		return errNotTrueType
	}
	count := int(u16(start, 4))
	if version := u32(start, 0); version != 0x00010000 && version != 0x74727565 || count > maxTables {
		return errNotTrueType
	}
	entries := make([]byte, count*directoryEntry)
	if _, err := f.file.ReadAt(entries, 12); err != nil {
		return errNotTrueType
	}
	for i := range count {
		entry := entries[i*directoryEntry:]
		f.tables[string(entry[:4])] = span{offset: int64(u32(entry, 8)), length: int64(u32(entry, 12))}
	}
	return nil
}

// table reads a whole table, which must have at least so many bytes.
func (f *face) table(tag string, least int64) ([]byte, error) {
	where, ok := f.tables[tag]
	if !ok || where.length < least || where.length > maxCharacters {
		return nil, errNotTrueType
	}
	return f.bytes(where.offset, where.length)
}

func (f *face) bytes(offset, length int64) ([]byte, error) {
	content := make([]byte, length)
	if _, err := f.file.ReadAt(content, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	return content, nil
}

// advance is a glyph's width in thousandths of the type size.
func (f *face) advance(glyph uint16) (int, error) {
	entry, err := f.metric(glyph)
	if err != nil {
		return 0, err
	}
	return int(u16(entry, 0)) * 1000 / f.unitsPerEm, nil
}

// metric is a glyph's entry of hmtx: advance and left side bearing. Glyphs behind the last full entry share its advance.
func (f *face) metric(glyph uint16) ([]byte, error) {
	where := f.tables["hmtx"].offset
	if int(glyph) < f.metrics {
		return f.bytes(where+4*int64(glyph), 4)
	}
	last, err := f.bytes(where+4*int64(f.metrics-1), 4)
	if err != nil {
		return nil, err
	}
	bearing, err := f.bytes(where+4*int64(f.metrics)+2*int64(int(glyph)-f.metrics), 2)
	if err != nil {
		return nil, err
	}
	return append(last[:2:2], bearing...), nil
}

// outline is a glyph's entry of glyf; empty for a blank.
func (f *face) outline(glyph uint16) ([]byte, error) {
	if int(glyph) >= f.glyphs {
		return nil, errNotTrueType
	}
	where := f.tables["loca"].offset
	var from, to int64
	if f.longOffsets {
		pair, err := f.bytes(where+4*int64(glyph), 8)
		if err != nil {
			return nil, err
		}
		from, to = int64(u32(pair, 0)), int64(u32(pair, 4))
	} else {
		pair, err := f.bytes(where+2*int64(glyph), 4)
		if err != nil {
			return nil, err
		}
		from, to = 2*int64(u16(pair, 0)), 2*int64(u16(pair, 2))
	}
	if to < from || to-from > maxOutline || to > f.tables["glyf"].length {
		return nil, errNotTrueType
	}
	return f.bytes(f.tables["glyf"].offset+from, to-from)
}

// characterMap finds a character's glyph in one subtable of cmap, format 4 or 12.
type characterMap struct {
	format uint16
	table  []byte
}

// readCharacterMap takes the Unicode subtable that covers most: full (3,10), else the basic plane (3,1).
func (f *face) readCharacterMap() (characterMap, error) {
	where, ok := f.tables["cmap"]
	if !ok || where.length > maxCharacters {
		return characterMap{}, errNotTrueType
	}
	cmap, err := f.bytes(where.offset, where.length)
	if err != nil || len(cmap) < 4 {
		return characterMap{}, errNotTrueType
	}
	for _, wanted := range []struct{ encoding, format uint16 }{{10, 12}, {1, 4}} {
		for i := range int(u16(cmap, 2)) {
			at := 4 + 8*i
			if at+8 > len(cmap) {
				return characterMap{}, errNotTrueType
			}
			offset := int(u32(cmap, at+4))
			if u16(cmap, at) == 3 && u16(cmap, at+2) == wanted.encoding && offset+16 <= len(cmap) && u16(cmap, offset) == wanted.format {
				return characterMap{format: wanted.format, table: cmap[offset:]}, nil
			}
		}
	}
	return characterMap{}, errNotTrueType
}

// glyph is 0 for a character that the font does not have.
func (m characterMap) glyph(r rune) uint16 {
	if m.format == 12 {
		return m.glyphOfGroups(uint32(r)) //nolint:gosec // a character is not negative
	}
	if r > 0xFFFF {
		return 0
	}
	return m.glyphOfSegments(uint16(r)) //nolint:gosec // looked at above
}

// glyphOfGroups searches format 12: groups of first character, last character, first glyph.
func (m characterMap) glyphOfGroups(r uint32) uint16 {
	low, high := 0, min(int(u32(m.table, 12)), (len(m.table)-16)/12)
	for low < high {
		middle := (low + high) / 2
		at := 16 + 12*middle
		switch first, last := u32(m.table, at), u32(m.table, at+4); {
		case r < first:
			high = middle
		case r > last:
			low = middle + 1
		default:
			return uint16(u32(m.table, at+8) + r - first) //nolint:gosec // a font has at most 65535 glyphs
		}
	}
	return 0
}

// glyphOfSegments searches format 4: parallel arrays of last character, first character, delta and range offset.
func (m characterMap) glyphOfSegments(r uint16) uint16 {
	twice := int(u16(m.table, 6))
	lasts, firsts := 14, 14+twice+2
	deltas, ranges := firsts+twice, firsts+2*twice
	if ranges+twice > len(m.table) {
		return 0
	}
	for i := 0; i < twice; i += 2 {
		if r > u16(m.table, lasts+i) {
			continue
		}
		first := u16(m.table, firsts+i)
		if r < first {
			return 0
		}
		delta, offset := u16(m.table, deltas+i), u16(m.table, ranges+i)
		if offset == 0 {
			return r + delta
		}
		at := ranges + i + int(offset) + 2*int(r-first)
		if at+2 > len(m.table) {
			return 0
		}
		if glyph := u16(m.table, at); glyph != 0 {
			return glyph + delta
		}
		return 0
	}
	return 0
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func i16(b []byte, at int) int16  { return int16(binary.BigEndian.Uint16(b[at:])) } //nolint:gosec // two's complement
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
