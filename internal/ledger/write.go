package ledger

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// harmless keeps a spreadsheet program from computing what was written by somebody else.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// Write writes a table. Every cell is text, and none is ever computed.
func Write(format string, table [][]string) ([]byte, error) {
	safe := make([][]string, 0, len(table))
	for _, row := range table {
		cells := make([]string, 0, len(row))
		for _, cell := range row {
			cells = append(cells, harmless(cell))
		}
		safe = append(safe, cells)
	}
	if format == XLSX {
		return writeXLSX(safe)
	}
	return writeCSV(safe)
}

// writeCSV marks the file as UTF-8: without the mark spreadsheet programs of China take it for GB18030.
func writeCSV(table [][]string) ([]byte, error) {
	out := bytes.NewBufferString("\uFEFF")
	writer := csv.NewWriter(out)
	writer.UseCRLF = true
	if err := writer.WriteAll(table); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	return out.Bytes(), nil
}

func writeXLSX(table [][]string) ([]byte, error) {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // it is held in memory
	stream, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return nil, fmt.Errorf("write XLSX: %w", err)
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: textFormat})
	if err != nil {
		return nil, fmt.Errorf("write XLSX: %w", err)
	}
	for i, row := range table {
		cells := make([]any, 0, len(row))
		for _, cell := range row {
			cells = append(cells, excelize.Cell{StyleID: text, Value: cell})
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return nil, fmt.Errorf("write XLSX: %w", err)
		}
	}
	if err := stream.Flush(); err != nil {
		return nil, fmt.Errorf("write XLSX: %w", err)
	}
	return packed(book)
}

func packed(book *excelize.File) ([]byte, error) {
	out, err := book.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("write XLSX: %w", err)
	}
	return out.Bytes(), nil
}

// textFormat is the number format @ of ECMA-376: what is typed stays as it is typed.
const textFormat = 49

// templatedRows is how many rows of a template offer their choices.
const templatedRows = 5001

// Template writes an empty table with its headings: in XLSX with text columns, choices to pick from and a second sheet with
// notes and labels; in CSV these follow as lines that begin with # and are passed over when the file comes back.
func Template(format string, columns []mediation.TemplateColumn) ([]byte, error) {
	if format == CSV {
		header, notes := []string{}, [][]string{}
		for _, c := range columns {
			header = append(header, c.Heading)
			if c.Note != "" || len(c.Labels) > 0 {
				notes = append(notes, []string{"# " + c.Heading + "：" + strings.Join(append(noteOf(c), c.Labels...), "、")})
			}
		}
		return writeCSV(append([][]string{header}, notes...))
	}
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // it is held in memory
	if err := fillTemplate(book, columns); err != nil {
		return nil, fmt.Errorf("write the template: %w", err)
	}
	return packed(book)
}

func noteOf(c mediation.TemplateColumn) []string {
	if c.Note == "" {
		return nil
	}
	return []string{c.Note}
}

const (
	templateSheet = "线索"
	labelSheet    = "填写说明"
)

func fillTemplate(book *excelize.File, columns []mediation.TemplateColumn) error {
	if err := book.SetSheetName(book.GetSheetName(0), templateSheet); err != nil {
		return err
	}
	if _, err := book.NewSheet(labelSheet); err != nil {
		return err
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: textFormat})
	if err != nil {
		return err
	}
	for i, c := range columns {
		if err := templateColumn(book, i+1, c, text); err != nil {
			return err
		}
	}
	return nil
}

func templateColumn(book *excelize.File, number int, c mediation.TemplateColumn, text int) error {
	name, err := excelize.ColumnNumberToName(number)
	if err != nil {
		return err
	}
	if err := book.SetCellStr(templateSheet, name+"1", c.Heading); err != nil {
		return err
	}
	if c.Text {
		if err := book.SetColStyle(templateSheet, name, text); err != nil {
			return err
		}
	}
	for i, line := range append([]string{c.Heading, c.Note}, c.Labels...) {
		if err := book.SetCellStr(labelSheet, fmt.Sprintf("%s%d", name, i+1), line); err != nil {
			return err
		}
	}
	if len(c.Labels) == 0 {
		return nil
	}
	choice := excelize.NewDataValidation(true)
	choice.Sqref = fmt.Sprintf("%s2:%s%d", name, name, templatedRows)
	choice.SetSqrefDropList(fmt.Sprintf("%s!$%s$3:$%s$%d", labelSheet, name, name, len(c.Labels)+2))
	return book.AddDataValidation(templateSheet, choice)
}
