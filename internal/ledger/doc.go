// Package ledger reads and writes the tables that people exchange as files: CSV in the encodings that spreadsheet programs
// of China write, and XLSX. It stands on floor 1, knows sheets and nothing of what stands in them, computes no formula and
// bounds what a file may unpack to. Start reading at Read; writing is Write.
package ledger

import (
	"bytes"
	"fmt"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Formats.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// Media types of the formats.
const (
	MediaCSV  = "text/csv"
	MediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Bounds of what is read. A sheet that has more is refused before it is held in memory.
const (
	maxColumns   = 100
	maxCellBytes = 100_000
	maxTextBytes = 16 << 20 // of all cells together
	maxUnpacked  = 48 << 20 // of an XLSX
	maxEntries   = 200      // files inside an XLSX
	maxSheets    = 16
)

// Limits bound the rows of a sheet.
type Limits struct {
	Rows int // that are not empty
}

var (
	zipMagic = []byte("PK\x03\x04")
	oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0}
)

// Read reads a file as a sheet: its first row that is not empty is the header. Which of the separators it uses is told by
// known, which knows the headings. Everything it refuses is a *mediation.Error of kind Invalid.
func Read(content []byte, limits Limits, known func(heading string) bool) (mediation.Sheet, error) {
	switch {
	case bytes.HasPrefix(content, zipMagic):
		return readXLSX(content, limits)
	case bytes.HasPrefix(content, oleMagic):
		return mediation.Sheet{}, refuse("old-format", "This is an old .xls file, or one with a password: save it as .xlsx or .csv.", "这是旧版 .xls 文件或者加密文件，请另存为 .xlsx 或者 .csv。")
	}
	return readCSV(content, limits, known)
}

func refuse(code, en, zh string) error { return mediation.Fail(mediation.Invalid, code, en, zh) }

// budget counts what is read.
type budget struct {
	limits Limits
	rows   int
	bytes  int
}

// take counts one row of cells.
func (b *budget) take(cells []string) error {
	if len(cells) > maxColumns {
		return refuse("too-many-columns", fmt.Sprintf("A sheet has at most %d columns.", maxColumns), fmt.Sprintf("表格最多 %d 列。", maxColumns))
	}
	filled := false
	for _, cell := range cells {
		b.bytes += len(cell)
		filled = filled || cell != ""
		if len(cell) > maxCellBytes || b.bytes > maxTextBytes {
			return refuse("sheet-too-large", "The sheet holds too much text: split the file.", "表格文字过多，请拆分文件。")
		}
	}
	if filled {
		b.rows++
	}
	if b.rows > b.limits.Rows+1 { // the header is one
		return refuse("too-many-rows", fmt.Sprintf("A batch has at most %d rows: split the file.", b.limits.Rows), fmt.Sprintf("每批最多 %d 行，请拆分文件。", b.limits.Rows))
	}
	return nil
}

// headed takes the first row that is not empty as the header.
func headed(format string, rows []mediation.SheetRow) (mediation.Sheet, error) {
	for i, row := range rows {
		for _, cell := range row.Cells {
			if cell != "" {
				return mediation.Sheet{Format: format, Header: row.Cells, Rows: rows[i+1:]}, nil
			}
		}
	}
	return mediation.Sheet{}, refuse("empty-sheet", "The file is empty.", "文件是空的。")
}
