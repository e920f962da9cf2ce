package ledger

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// readXLSX reads the first sheet of a workbook: what its cells show as they were saved. Formulas are not computed.
func readXLSX(content []byte, limits Limits) (mediation.Sheet, error) {
	if err := unpackable(content); err != nil {
		return mediation.Sheet{}, err
	}
	// Both limits are the same: nothing is ever unpacked into a file.
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return mediation.Sheet{}, errMalformedXLSX()
	}
	defer func() { _ = book.Close() }() // it is held in memory
	sheets := book.GetSheetList()
	if len(sheets) == 0 || len(sheets) > maxSheets {
		return mediation.Sheet{}, refuse("too-many-sheets", "A workbook has from 1 to 16 sheets; the first is read.", "工作簿应有 1 到 16 张工作表，读取第一张。")
	}
	rows, err := xlsxRows(book, sheets[0], limits)
	if err != nil {
		return mediation.Sheet{}, err
	}
	sheet, err := headed(XLSX, rows)
	if properties, unknown := book.GetWorkbookProps(); unknown == nil && properties.Date1904 != nil {
		sheet.Date1904 = *properties.Date1904
	}
	return sheet, err
}

func errMalformedXLSX() error {
	return refuse("malformed-xlsx", "The file is not a whole .xlsx workbook.", "文件不是完整的 .xlsx 工作簿。")
}

// unpackable refuses a workbook that unpacks to more than it may, whatever it says about itself: every file in it is
// unpacked once and counted.
func unpackable(content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return errMalformedXLSX()
	}
	over := refuse("unpacks-too-large", "The workbook unpacks to more than 48 MB or 200 files: keep only the sheet of leads.", "工作簿解压后超过 48 MB 或者 200 个文件，请只保留线索表。")
	if len(archive.File) > maxEntries {
		return over
	}
	left := int64(maxUnpacked)
	for _, file := range archive.File {
		read, err := file.Open()
		if err != nil {
			return errMalformedXLSX()
		}
		n, err := io.Copy(io.Discard, io.LimitReader(read, left+1))
		if err := errors.Join(err, read.Close()); err != nil && n <= left {
			return errMalformedXLSX()
		}
		if left -= n; left < 0 {
			return over
		}
	}
	return nil
}

func xlsxRows(book *excelize.File, name string, limits Limits) ([]mediation.SheetRow, error) {
	cursor, err := book.Rows(name)
	if err != nil {
		return nil, errMalformedXLSX()
	}
	defer func() { _ = cursor.Close() }() // it is held in memory
	counted := budget{limits: limits}
	var rows []mediation.SheetRow
	for number := 1; cursor.Next(); number++ {
		cells, err := cursor.Columns()
		if err != nil {
			return nil, errMalformedXLSX()
		}
		if len(cells) == 0 {
			continue
		}
		if err := counted.take(cells); err != nil {
			return nil, err
		}
		rows = append(rows, mediation.SheetRow{Number: number, Cells: cells})
	}
	if cursor.Error() != nil {
		return nil, errMalformedXLSX()
	}
	return rows, nil
}
