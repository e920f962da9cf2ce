package paper

import (
	"encoding/binary"
	"slices"
)

// Flags of a composite glyph's components (OpenType glyf).
const (
	componentWords   = 0x0001 // arguments are words
	componentScale   = 0x0008
	componentMore    = 0x0020
	componentXYScale = 0x0040
	componentMatrix  = 0x0080
)

// subset is a font file with glyph 0 and the given glyphs only, numbered from 1 in their order; parts of composite
// glyphs follow behind them. widths are in thousandths of the type size, from glyph 0.
func (f *face) subset(glyphs []uint16) (font []byte, widths []int, err error) {
	sources := append([]uint16{0}, glyphs...)
	parts := map[uint16]uint16{} // of composites: source glyph to new glyph
	var outlines, offsets, metrics []byte
	for i := 0; i < len(sources); i++ { // grows while composites are met
		outline, err := f.outline(sources[i])
		if err != nil {
			return nil, nil, err
		}
		sources = replaceComponents(outline, sources, parts)
		metric, err := f.metric(sources[i])
		if err != nil {
			return nil, nil, err
		}
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(outlines))) //nolint:gosec // far below four gigabytes
		outlines = append(outlines, outline...)
		for len(outlines)%4 != 0 {
			outlines = append(outlines, 0)
		}
		metrics = append(metrics, metric...)
		widths = append(widths, int(u16(metric, 0))*1000/f.unitsPerEm)
	}
	offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(outlines))) //nolint:gosec // as above
	font, err = f.assemble(len(sources), map[string][]byte{"glyf": outlines, "loca": offsets, "hmtx": metrics})
	return font, widths, err
}

// replaceComponents points a composite glyph at the new numbers of its parts, adding those that are not there yet.
func replaceComponents(outline []byte, sources []uint16, parts map[uint16]uint16) []uint16 {
	if len(outline) < 10 || i16(outline, 0) >= 0 {
		return sources
	}
	for at := 10; at+4 <= len(outline); {
		flags, source := u16(outline, at), u16(outline, at+2)
		part, known := parts[source]
		if !known {
			part = uint16(len(sources)) //nolint:gosec // a font has at most 65535 glyphs
			parts[source] = part
			sources = append(sources, source)
		}
		binary.BigEndian.PutUint16(outline[at+2:], part)
		at += componentSize(flags)
		if flags&componentMore == 0 {
			break
		}
	}
	return sources
}

func componentSize(flags uint16) int {
	size := 6
	if flags&componentWords != 0 {
		size += 2
	}
	switch {
	case flags&componentScale != 0:
		size += 2
	case flags&componentXYScale != 0:
		size += 4
	case flags&componentMatrix != 0:
		size += 8
	}
	return size
}

// assemble writes the file: the new tables, the hinting programs as they are, and the headers fitted to them.
func (f *face) assemble(glyphs int, tables map[string][]byte) ([]byte, error) {
	for _, tag := range []string{"head", "hhea", "maxp", "cvt ", "fpgm", "prep"} {
		where, ok := f.tables[tag]
		if !ok {
			continue
		}
		content, err := f.bytes(where.offset, where.length)
		if err != nil {
			return nil, err
		}
		tables[tag] = content
	}
	binary.BigEndian.PutUint16(tables["head"][50:], 1)              // long offsets
	binary.BigEndian.PutUint32(tables["head"][8:], 0)               // checkSumAdjustment; readers of PDF ignore it
	binary.BigEndian.PutUint16(tables["hhea"][34:], uint16(glyphs)) //nolint:gosec // at most 65535
	binary.BigEndian.PutUint16(tables["maxp"][4:], uint16(glyphs))  //nolint:gosec // at most 65535
	return writeFont(tables), nil
}

func writeFont(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	power, selector := 1, 0
	for power*2 <= len(tags) {
		power, selector = power*2, selector+1
	}
	font := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, value := range []int{len(tags), power * 16, selector, len(tags)*16 - power*16} {
		font = binary.BigEndian.AppendUint16(font, uint16(value)) //nolint:gosec // a handful of tables
	}
	offset := len(font) + directoryEntry*len(tags)
	var body []byte
	for _, tag := range tags {
		content := tables[tag]
		font = append(font, tag...)
		for _, value := range []uint32{checksum(content), uint32(offset + len(body)), uint32(len(content))} { //nolint:gosec // small
			font = binary.BigEndian.AppendUint32(font, value)
		}
		body = append(body, content...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(font, body...)
}

func checksum(content []byte) uint32 {
	var sum uint32
	for i := 0; i < len(content); i += 4 {
		var word [4]byte
		copy(word[:], content[i:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
