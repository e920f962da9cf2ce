package paper

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// A4, in points.
const (
	pageWidth  = 595.276
	pageHeight = 841.890
	millimetre = 72 / 25.4
)

// file collects the objects of a PDF file (ISO 32000-1). Objects are numbered from 1 in the order of reserve.
type file struct {
	objects [][]byte
}

func (f *file) reserve() int {
	f.objects = append(f.objects, nil)
	return len(f.objects)
}

func (f *file) put(number int, content string) { f.objects[number-1] = []byte(content) }

func (f *file) add(content string) int {
	number := f.reserve()
	f.put(number, content)
	return number
}

// stream adds a compressed stream; entries go into its dictionary.
func (f *file) stream(entries string, content []byte) (int, error) {
	var packed bytes.Buffer
	writer := zlib.NewWriter(&packed)
	if _, err := writer.Write(content); err != nil {
		return 0, fmt.Errorf("compress: %w", err)
	}
	if err := writer.Close(); err != nil {
		return 0, fmt.Errorf("compress: %w", err)
	}
	number := f.reserve()
	object := fmt.Appendf(nil, "<</Length %d/Filter/FlateDecode%s>>stream\n", packed.Len(), entries)
	object = append(object, packed.Bytes()...)
	f.objects[number-1] = append(object, "\nendstream"...)
	return number, nil
}

// write puts the file together. Its identifier is the digest of its content: the same paper has the same bytes.
func (f *file) write(catalog, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, 0, len(f.objects))
	for i, object := range f.objects {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", i+1)
		out.Write(object)
		out.WriteString("\nendobj\n")
	}
	digest := sha256.Sum256(out.Bytes())
	id := hex.EncodeToString(digest[:16])
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(f.objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(f.objects)+1, catalog, info, id, id, start)
	return out.Bytes()
}

// bind makes the file of the pages' contents, with the fonts that they use. made stands in its properties.
func bind(pages [][]byte, types *typecase, title string, made time.Time) ([]byte, error) {
	f := &file{}
	catalog, tree := f.reserve(), f.reserve()
	fonts, err := f.fonts(types)
	if err != nil {
		return nil, err
	}
	resources := f.add("<</Font<<" + fonts + ">>>>")
	var kids []string
	for _, page := range pages {
		content, err := f.stream("", page)
		if err != nil {
			return nil, err
		}
		number := f.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents %d 0 R>>",
			tree, points(pageWidth), points(pageHeight), resources, content))
		kids = append(kids, strconv.Itoa(number)+" 0 R")
	}
	f.put(tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(kids), strings.Join(kids, " ")))
	f.put(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>", tree))
	stamp := "(D:" + made.UTC().Format("20060102150405") + "Z)"
	info := f.add("<</Title" + textString(title) + "/Creator(Tiaojie)/Producer(Tiaojie)/CreationDate" + stamp + "/ModDate" + stamp + ">>")
	return f.write(catalog, info), nil
}

// fonts embeds the subset of each typeface that was used, and names them F0, F1 …
func (f *file) fonts(types *typecase) (string, error) {
	var names strings.Builder
	for i, used := range types.used {
		if len(used) == 0 {
			continue
		}
		number, err := f.font(types.faces[i], used, i)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&names, "/F%d %d 0 R", i, number)
	}
	return names.String(), nil
}

// font embeds one subset as a composite font whose codes are its glyph numbers, with the map back to characters that
// searching and copying need.
func (f *file) font(from *face, used []*glyph, index int) (int, error) {
	sources := make([]uint16, 0, len(used))
	for _, g := range used {
		sources = append(sources, g.source)
	}
	program, widths, err := from.subset(sources)
	if err != nil {
		return 0, err
	}
	embedded, err := f.stream(fmt.Sprintf("/Length1 %d", len(program)), program)
	if err != nil {
		return 0, err
	}
	toUnicode, err := f.stream("", charactersOf(used))
	if err != nil {
		return 0, err
	}
	scaled := func(units int16) int { return int(units) * 1000 / from.unitsPerEm }
	name := fmt.Sprintf("/TJPAP%c+Face%d", 'A'+index, index)
	descriptor := f.add(fmt.Sprintf(
		"<</Type/FontDescriptor/FontName%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, scaled(from.bounds[0]), scaled(from.bounds[1]), scaled(from.bounds[2]), scaled(from.bounds[3]),
		scaled(from.ascent), scaled(from.descent), scaled(from.ascent), embedded))
	var list []string
	for _, width := range widths[:len(used)+1] {
		list = append(list, strconv.Itoa(width))
	}
	descendant := f.add(fmt.Sprintf(
		"<</Type/Font/Subtype/CIDFontType2/BaseFont%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[0[%s]]>>",
		name, descriptor, strings.Join(list, " ")))
	return f.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, descendant, toUnicode)), nil
}

// charactersOf is the ToUnicode map, in blocks of at most a hundred.
func charactersOf(used []*glyph) []byte {
	const block = 100
	var out bytes.Buffer
	out.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for from := 0; from < len(used); from += block {
		part := used[from:min(from+block, len(used))]
		fmt.Fprintf(&out, "%d beginbfchar\n", len(part))
		for _, g := range part {
			fmt.Fprintf(&out, "<%04X> <%s>\n", g.number, utf16Hex(string(g.character)))
		}
		out.WriteString("endbfchar\n")
	}
	out.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end") //nolint:dupword // PDF
	return out.Bytes()
}

// textString is a string of the file's properties: UTF-16 with its mark.
func textString(text string) string { return "<FEFF" + utf16Hex(text) + ">" }

func utf16Hex(text string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&out, "%04X", unit)
	}
	return out.String()
}

// points writes a length to a hundredth of a point.
func points(length float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(length, 'f', 2, 64), ".00")
}
