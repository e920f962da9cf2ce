package command

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tiaojie.dev/tiaojie/internal/division"
)

// town is one row of a list of towns.
type town struct {
	code string // nine digits
	name string
	kind division.Kind
}

// townColumns is where a list keeps a value; -1 when it has none.
type townColumns struct{ code, name, kind int }

// parseTowns reads a list of towns as offices keep it: comma or tab between the columns, with or without a header,
// UTF-8 (with or without a byte order mark) or GB18030, codes of nine digits or of twelve that end in 000. It returns
// the towns, a sentence for each row that was left out, and every line that is wrong in one error.
func parseTowns(raw []byte, county string) (towns []town, dropped []string, err error) {
	text, err := decodeTowns(raw)
	if err != nil {
		return nil, nil, err
	}
	rows, lines, err := splitTowns(text)
	if err != nil {
		return nil, nil, err
	}
	at := townColumns{code: 0, name: 1, kind: 2}
	if len(rows) > 0 {
		if header, found := readTownHeader(rows[0]); found {
			at, rows, lines = header, rows[1:], lines[1:]
		}
	}
	if at.code < 0 || at.name < 0 {
		return nil, nil, errors.New("line 1: the header needs a column code (代码) and a column name (名称)")
	}
	var wrong []error
	seen := map[string]int{}
	for i, row := range rows {
		read, err := parseTown(row, at, county)
		if err == nil && seen[read.code] > 0 {
			err = fmt.Errorf("%s stands on line %d already: keep one", read.code, seen[read.code])
		}
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("line %d: %w", lines[i], err))
		case division.KindOf(read.code) == division.Desk:
			dropped = append(dropped, fmt.Sprintf("line %d: %s %s is left out: 000 is the county desk, which the operator declares", lines[i], read.code, read.name))
		default:
			towns, seen[read.code] = append(towns, read), lines[i]
		}
	}
	if len(wrong) == 0 && len(towns) == 0 {
		wrong = append(wrong, errors.New("there is no town in it: give a line of code,name for each"))
	}
	slices.SortFunc(towns, func(a, b town) int { return strings.Compare(a.code, b.code) })
	return towns, dropped, errors.Join(wrong...)
}

// decodeTowns takes UTF-8 as it is and anything else as GB18030, which holds GBK and GB2312.
func decodeTowns(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return nil, errors.New("the file is UTF-16: save it as CSV in UTF-8 or GB18030")
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(raw) {
		return raw, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, errors.New("the file is neither UTF-8 nor GB18030: save it as CSV in UTF-8")
	}
	return text, nil
}

// splitTowns returns the rows that hold anything and the line each begins on.
func splitTowns(text []byte) (rows [][]string, lines []int, err error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord, reader.TrimLeadingSpace = -1, true
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.ContainsRune(first, '\t') && !bytes.ContainsRune(first, ',') {
		reader.Comma, reader.TrimLeadingSpace = '\t', false
	}
	records, err := readRows(reader, &lines)
	if err != nil {
		return nil, nil, err
	}
	return records, lines, nil
}

func readRows(reader *csv.Reader, lines *[]int) ([][]string, error) {
	var rows [][]string
	for {
		row, err := reader.Read()
		if len(row) == 0 && err != nil {
			if errors.As(err, new(*csv.ParseError)) {
				return nil, err
			}
			return rows, nil
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if strings.Join(row, "") == "" {
			continue
		}
		line, _ := reader.FieldPos(0)
		rows, *lines = append(rows, row), append(*lines, line)
	}
}

// readTownHeader says where the columns are when the row is a header: its cells have names and none is a number.
func readTownHeader(row []string) (townColumns, bool) {
	at := townColumns{-1, -1, -1}
	for i, cell := range row {
		switch strings.ToLower(cell) {
		case "code", "代码", "区划代码", "行政区划代码", "编码":
			at.code = i
		case "name", "名称", "名字", "单位名称":
			at.name = i
		case "kind", "type", "类型", "类别":
			at.kind = i
		}
	}
	return at, at != townColumns{-1, -1, -1}
}

func parseTown(row []string, at townColumns, county string) (town, error) {
	cell := func(index int) string {
		if index < 0 || index >= len(row) {
			return ""
		}
		return row[index]
	}
	code := cell(at.code)
	if strings.ContainsAny(code, "eE.") {
		return town{}, fmt.Errorf("%q is a rounded number, the code is lost: give the column the format Text and enter the code again", code)
	}
	if short, isLong := strings.CutSuffix(code, "000"); isLong && len(code) == 12 {
		code = short
	}
	if _, err := division.ParseTownship(code); err != nil {
		return town{}, err
	}
	if division.CountyOf(code) != county {
		return town{}, fmt.Errorf("%s is not in county %s: its first six digits are %s", code, county, division.CountyOf(code))
	}
	read := town{code: code, name: cell(at.name), kind: division.KindOf(code)}
	if read.name == "" {
		return town{}, fmt.Errorf("%s has no name: write it in the column after the code", code)
	}
	if length := utf8.RuneCountInString(read.name); length > maxName || strings.ContainsFunc(read.name, isControl) {
		return town{}, fmt.Errorf("%s: a name has at most %d characters and stands on one line", code, maxName)
	}
	if text := cell(at.kind); text != "" && read.kind != division.Desk {
		kind, err := division.ParseKind(text)
		if err == nil && kind == division.Desk {
			err = errors.New("a town is never the county desk, which is 000")
		}
		if err != nil {
			return town{}, fmt.Errorf("%s: %w", code, err)
		}
		read.kind = kind
	}
	return read, nil
}

// maxName is the longest displayName that the resources accept, in characters.
const maxName = 64

func isControl(letter rune) bool {
	return letter < ' ' || letter == 0x7f || letter == 0x85 || letter == 0x2028 || letter == 0x2029
}
