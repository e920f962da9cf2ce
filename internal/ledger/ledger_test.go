package ledger_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/ledger"
	"tiaojie.dev/tiaojie/internal/mediation"
)

var hundred = ledger.Limits{Rows: 100}

func known(heading string) bool {
	return slices.Contains([]string{"姓名", "事由", "name", "cause"}, heading)
}

func encoded(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func table(sheet mediation.Sheet) [][]string {
	rows := [][]string{sheet.Header}
	for _, row := range sheet.Rows {
		rows = append(rows, row.Cells)
	}
	return rows
}

// The same table comes out of every encoding and separator that spreadsheet programs write, rare characters whole.
func TestRead_encodingsAndSeparators(t *testing.T) {
	want := [][]string{{"姓名", "事由"}, {"张䶮", "排水沟，\n争吵"}, {"李𠮷", `说"好"`}}
	for separator, name := range map[string]string{",": "comma", ";": "semicolon", "\t": "tab"} {
		text := strings.Join([]string{"姓名" + separator + "事由", "张䶮" + separator + "\"排水沟，\n争吵\"", "李𠮷" + separator + `"说""好"""`}, "\r\n") + "\r\n"
		for encodingName, content := range map[string][]byte{
			"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\uFEFF" + text), "GB18030": encoded(t, simplifiedchinese.GB18030, text),
			"UTF-16LE": encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text), "UTF-16BE": encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text),
			"UTF-8 with a line that names the separator": []byte("sep=" + separator + "\r\n" + text),
		} {
			t.Run(encodingName+" "+name, func(t *testing.T) {
				sheet, err := ledger.Read(content, hundred, known)
				if err != nil || fmt.Sprint(table(sheet)) != fmt.Sprint(want) {
					t.Errorf("%v %q", err, table(sheet))
				}
				for i, row := range sheet.Rows {
					if row.Fault != "" || row.Number != i+2 {
						t.Errorf("%+v", row)
					}
				}
			})
		}
	}
}

// Rows in another encoding than the file are named, and only they.
func TestRead_mixedEncodings(t *testing.T) {
	header, plain, other := "姓名,事由\n", "张三,排水沟争吵\n", "王五,宅基地边界争吵\n"
	gb := func(text string) string { return string(encoded(t, simplifiedchinese.GB18030, text)) }
	for name, content := range map[string]string{
		"GB18030 in UTF-8": header + plain + gb(other) + plain,
		"UTF-8 in GB18030": gb(header) + gb(plain) + other + gb(plain),
	} {
		sheet, err := ledger.Read([]byte(content), hundred, known)
		if err != nil || len(sheet.Rows) != 3 {
			t.Fatalf("%s: %v %+v", name, err, sheet)
		}
		for i, row := range sheet.Rows {
			if want := map[int]string{1: "other-encoding"}[i]; row.Fault != want || !strings.Contains(strings.Join(row.Cells, ""), "争吵") {
				t.Errorf("%s, row %d: %+v", name, row.Number, row)
			}
		}
	}
}

// What cannot be read, or is more than may be read, is refused by name.
func TestRead_refuses(t *testing.T) {
	wide := "姓名" + strings.Repeat(",x", 101) + "\n"
	for name, bad := range map[string]struct {
		content []byte
		code    string
	}{
		"nothing":                 {nil, "empty-sheet"},
		"only blanks":             {[]byte("\n,,\n\n"), "empty-sheet"},
		"an old workbook":         {[]byte{0xD0, 0xCF, 0x11, 0xE0, 1, 2}, "old-format"},
		"half a workbook":         {[]byte("PK\x03\x04xxxx"), "malformed-xlsx"},
		"an archive of another":   {zipped(t, map[string]int{"hello.txt": 5}), "malformed-xlsx"},
		"a bomb":                  {zipped(t, map[string]int{"xl/worksheets/sheet1.xml": 60 << 20}), "unpacks-too-large"},
		"many small files":        {zipped(t, many(300)), "unpacks-too-large"},
		"a quote that stays open": {[]byte("姓名,事由\n\"张三,x\n"), "malformed-csv"},
		"too many rows":           {[]byte("姓名,事由\n" + strings.Repeat("张,x\n", 101)), "too-many-rows"},
		"too many columns":        {[]byte(wide), "too-many-columns"},
		"a cell like a book":      {[]byte("姓名,事由\n" + strings.Repeat("x", 100_001) + ",y\n"), "sheet-too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ledger.Read(bad.content, hundred, known)
			if mediation.KindOf(err) != mediation.Invalid || mediation.CodeOf(err) != bad.code {
				t.Errorf("%v, want %s", err, bad.code)
			}
		})
	}
}

func many(n int) map[string]int {
	files := map[string]int{}
	for i := range n {
		files[fmt.Sprint(i)] = 1
	}
	return files
}

// zipped is an archive of files of so many zeroes.
func zipped(t testing.TB, files map[string]int) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, size := range files {
		file, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is written is read back, and nothing of it is computed.
func TestWrite_isReadBackAndHarmless(t *testing.T) {
	for _, format := range []string{ledger.CSV, ledger.XLSX} {
		content, err := ledger.Write(format, [][]string{{"姓名", "事由"}, {"=HYPERLINK(\"http://x\")", "+86 138"}, {"-1", "@x"}, {"𠮷", "a\nb"}})
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := ledger.Read(content, hundred, known)
		want := [][]string{{"姓名", "事由"}, {"'=HYPERLINK(\"http://x\")", "'+86 138"}, {"'-1", "'@x"}, {"𠮷", map[string]string{ledger.CSV: "a\r\nb", ledger.XLSX: "a\nb"}[format]}}
		if err != nil || sheet.Format != format || fmt.Sprint(table(sheet)) != fmt.Sprint(want) {
			t.Errorf("%s: %v %q", format, err, table(sheet))
		}
	}
}

// A workbook's cells come as they were saved: days as their numbers, formulas as what they showed, empty rows left out.
func TestRead_workbook(t *testing.T) {
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "姓名", "B1": "事由", "A2": "张三", "B2": 46346.5, "A4": "李四", "B4": 13800001234} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetCellFormula("Sheet1", "C4", "=1+1"); err != nil {
		t.Fatal(err)
	}
	content, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := ledger.Read(content.Bytes(), hundred, known)
	if err != nil || len(sheet.Rows) != 2 || sheet.Rows[1].Number != 4 || sheet.Rows[0].Cells[1] != "46346.5" || sheet.Rows[1].Cells[1] != "13800001234" {
		t.Fatalf("%v %+v", err, sheet)
	}
	if strings.Contains(strings.Join(sheet.Rows[1].Cells, ""), "2") && len(sheet.Rows[1].Cells) > 2 && sheet.Rows[1].Cells[2] == "2" {
		t.Error("a formula was computed")
	}
}

func TestTemplate(t *testing.T) {
	columns := mediation.LeadTemplate()
	for _, format := range []string{ledger.CSV, ledger.XLSX} {
		content, err := ledger.Template(format, columns)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := ledger.Read(content, hundred, mediation.KnownHeading)
		if err != nil || len(sheet.Header) != len(columns) {
			t.Fatalf("%s: %v %d headings", format, err, len(sheet.Header))
		}
		for i, heading := range sheet.Header {
			if heading != columns[i].Heading || !mediation.KnownHeading(heading) {
				t.Errorf("%s: heading %q", format, heading)
			}
		}
		for _, row := range sheet.Rows {
			if !strings.HasPrefix(row.Cells[0], "#") {
				t.Errorf("%s would be imported as it is: %q", format, row.Cells)
			}
		}
	}
}

// Any table that can be written as CSV is read as it was written, whatever stands in its cells.
func TestRead_anyTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab,;\t\"\n'张䶮𠮷 =1")), 0, 8, -1)
		width := rapid.IntRange(2, 4).Draw(t, "width")
		rows := [][]string{[]string{"姓名", "事由", "c", "d"}[:width]}
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			rows = append(rows, append([]string{"x"}, rapid.SliceOfN(cell, width-1, width-1).Draw(t, "row")...))
		}
		var out bytes.Buffer
		if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		sheet, err := ledger.Read(out.Bytes(), hundred, known)
		if err != nil || fmt.Sprint(table(sheet)) != fmt.Sprint(rows) {
			t.Fatalf("%v\n got %q\nwant %q", err, table(sheet), rows)
		}
	})
}

// No bytes make reading fail otherwise than by a refusal, or give text that is no text.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"姓名,事由\n张三,x\n", "\xEF\xBB\xBFa;b\r\n\"c\"\"\";d", "\xFF\xFEa\x00,\x00", "PK\x03\x04", "a\tb\n\"", "\xB0\xA1,\xE5\xBC\xA0\n", "sep=;\na;b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		sheet, err := ledger.Read(content, hundred, known)
		if err != nil && mediation.KindOf(err) != mediation.Invalid {
			t.Fatalf("%v", err)
		}
		for _, row := range table(sheet) {
			for _, cell := range row {
				if !utf8.ValidString(cell) {
					t.Fatalf("%q", cell)
				}
			}
		}
	})
}
