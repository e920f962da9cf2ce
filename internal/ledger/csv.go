package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// separators between cells, in the order in which they are tried.
var separators = []byte{',', ';', '\t'}

// Faults of rows.
const (
	otherEncoding   = "other-encoding"
	brokenCharacter = "broken-character"
)

// readCSV reads CSV (RFC 4180, with any of the separators) in UTF-8 with or without a mark, in GB18030 or in UTF-16. In
// none of the first two can a byte of a character be taken for a separator, a quote or the end of a line, so rows are cut
// first and turned into text one by one: a row in another encoding than the rest is found as such.
func readCSV(content []byte, limits Limits, known func(string) bool) (mediation.Sheet, error) {
	content, marked := unmark(content)
	content = withoutSeparatorLine(content)
	separator, most := separators[0], -1
	for _, tried := range separators {
		if count := headings(content, tried, known); count > most {
			separator, most = tried, count
		}
	}
	rows, err := csvRows(content, separator, limits, marked)
	if err != nil {
		return mediation.Sheet{}, err
	}
	return headed(CSV, rows)
}

// headings counts the known headings of the first row when it is cut by a separator; -1 when it cannot be cut.
func headings(content []byte, separator byte, known func(string) bool) int {
	header, _, err := record(content, separator)
	if err != nil {
		return -1
	}
	count := 0
	for _, cell := range header {
		if slices.ContainsFunc(readings(cell), known) {
			count++
		}
	}
	return count
}

// unmark takes off the mark of an encoding and turns UTF-16 into UTF-8. marked tells that the file says it is Unicode.
func unmark(content []byte) (text []byte, marked bool) {
	if rest, ok := bytes.CutPrefix(content, []byte("\xEF\xBB\xBF")); ok {
		return rest, true
	}
	if rest, ok := bytes.CutPrefix(content, []byte("\xFF\xFE")); ok {
		return fromUTF16(rest, binary.LittleEndian), true
	}
	if rest, ok := bytes.CutPrefix(content, []byte("\xFE\xFF")); ok {
		return fromUTF16(rest, binary.BigEndian), true
	}
	return content, false
}

func fromUTF16(content []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(content)/2)
	for ; len(content) >= 2; content = content[2:] {
		units = append(units, order.Uint16(content))
	}
	return []byte(string(utf16.Decode(units)))
}

// withoutSeparatorLine drops the line sep=; that some programs put first.
func withoutSeparatorLine(content []byte) []byte {
	line, rest, found := bytes.Cut(content, []byte("\n"))
	if found && bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")) && len(bytes.TrimSpace(line)) <= len("sep=;") {
		return rest
	}
	return content
}

// record cuts one record off: its cells, and what follows.
func record(content []byte, separator byte) (cells [][]byte, rest []byte, err error) {
	for {
		var cell []byte
		if len(content) > 0 && content[0] == '"' {
			var broken bool
			cell, content, broken = quoted(content[1:])
			if broken {
				return nil, nil, refuse("malformed-csv", "A quoted cell is not closed: check the quotes.", "引号不成对，请检查。")
			}
		}
		end := bytes.IndexAny(content, string([]byte{separator, '\n', '\r'}))
		if end < 0 {
			return append(cells, append(cell, content...)), nil, nil
		}
		cells = append(cells, append(cell, content[:end]...))
		mark := content[end]
		content = content[end+1:]
		if mark == separator {
			continue
		}
		if mark == '\r' && len(content) > 0 && content[0] == '\n' {
			content = content[1:]
		}
		return cells, content, nil
	}
}

// quoted reads behind an opening quote up to its closing one; two quotes stand for one.
func quoted(content []byte) (cell, rest []byte, broken bool) {
	for {
		end := bytes.IndexByte(content, '"')
		if end < 0 {
			return nil, nil, true
		}
		cell = append(cell, content[:end]...)
		content = content[end+1:]
		if len(content) == 0 || content[0] != '"' {
			return cell, content, false
		}
		cell, content = append(cell, '"'), content[1:]
	}
}

// rawRow is a row before it is text.
type rawRow struct {
	number int
	cells  [][]byte
}

func csvRows(content []byte, separator byte, limits Limits, marked bool) ([]mediation.SheetRow, error) {
	counted := budget{limits: limits}
	var raw []rawRow
	for number := 1; len(content) > 0; number++ {
		cells, rest, err := record(content, separator)
		if err != nil {
			return nil, refuse("malformed-csv", fmt.Sprintf("A quoted cell of row %d is not closed: check the quotes.", number), fmt.Sprintf("第 %d 行引号不成对，请检查。", number))
		}
		content = rest
		if len(raw) > 2*limits.Rows { // empty lines count for little, not for nothing
			return nil, (&budget{limits: limits, rows: limits.Rows + 1}).take([]string{"x"})
		}
		texts := make([]string, len(cells))
		for i, cell := range cells {
			texts[i] = string(cell)
		}
		if err := counted.take(texts); err != nil {
			return nil, err
		}
		raw = append(raw, rawRow{number, cells})
	}
	unicode := marked || isUnicode(raw)
	rows := make([]mediation.SheetRow, 0, len(raw))
	for _, row := range raw {
		rows = append(rows, row.text(unicode))
	}
	return rows, nil
}

// isUnicode tells UTF-8 from GB18030: by the first row that is not ASCII, which is the header unless that is English; a
// file of which no row is whole UTF-8 is none.
func isUnicode(rows []rawRow) bool {
	for _, row := range rows {
		if whole := bytes.Join(row.cells, []byte(" ")); !ascii(whole) {
			return utf8.Valid(whole)
		}
	}
	return true
}

func ascii(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// text turns a row's cells into text, or says what is wrong with it.
func (r rawRow) text(unicode bool) mediation.SheetRow {
	row := mediation.SheetRow{Number: r.number}
	whole := bytes.Join(r.cells, []byte(" "))
	switch {
	case ascii(whole):
	case unicode && !utf8.Valid(whole), !unicode && looksUnicode(whole):
		row.Fault = otherEncoding
	}
	for _, cell := range r.cells {
		text := string(cell)
		if !ascii(cell) && unicode == (row.Fault != "") { // the file's encoding is GB18030, or this row's is
			text = fromGB18030(cell)
		}
		text = strings.ToValidUTF8(text, "\uFFFD")
		if strings.ContainsRune(text, utf8.RuneError) && row.Fault == "" {
			row.Fault = brokenCharacter
		}
		row.Cells = append(row.Cells, text)
	}
	return row
}

// looksUnicode finds UTF-8 in a file of GB18030. Almost every text of UTF-8 can be read as some text of GB18030, hardly any
// the other way round: a row whose every character takes three bytes and more, and there are two, is UTF-8.
func looksUnicode(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	long := 0
	for _, r := range string(text) {
		switch {
		case r < utf8.RuneSelf:
		case utf8.RuneLen(r) < 3:
			return false
		default:
			long++
		}
	}
	return long >= 2
}

func fromGB18030(text []byte) string {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil {
		return string(text)
	}
	return string(decoded)
}

// readings are the texts that bytes may stand for.
func readings(cell []byte) []string {
	return []string{string(cell), fromGB18030(cell)}
}
