package mediation

import "time"

// ImportMode says what becomes of a batch in which some rows are bad.
type ImportMode string

// The modes.
const (
	AllOrNothing ImportMode = "all-or-nothing"
	AcceptGood   ImportMode = "accept-good"
)

// ImportState is what became of a batch.
type ImportState string

// The states. Only an imported batch has made leads.
const (
	ImportDone    ImportState = "imported"
	ImportRefused ImportState = "refused"
	ImportTried   ImportState = "tried"
)

var importModes = []Code{
	{Code: string(AllOrNothing), ZH: "全部正确才导入", EN: "All or nothing"},
	{Code: string(AcceptGood), ZH: "导入正确的行", EN: "Accept the good rows"},
}

var importStates = []Code{
	{Code: string(ImportDone), ZH: "已导入", EN: "Imported"},
	{Code: string(ImportRefused), ZH: "未导入", EN: "Refused"},
	{Code: string(ImportTried), ZH: "试导入", EN: "Tried only"},
}

// LeadImport is the record of a batch that was sent.
type LeadImport struct {
	ID       ID
	State    ImportState
	Mode     ImportMode
	Format   string // csv or xlsx
	Round    ID     // that all were reported to, or ""
	Total    int    // rows that were not empty
	Accepted int    // that became leads; of a batch that was only tried, that would
	Rejected int
	Flagged  int // good ones that are much like another row
	At       time.Time
	Actor    Actor
}

// ImportSheet is what of a batch must be put right: its rows, or those that are bad, and what is wrong with them.
type ImportSheet struct {
	Sheet    Sheet        `json:"sheet"`
	Problems []RowProblem `json:"problems"`
}

// Decide says what becomes of a batch: imported when nothing is wrong, or what is wrong may be left out.
func (b LeadBatch) Decide(mode ImportMode, dryRun bool) ImportState {
	switch {
	case dryRun:
		return ImportTried
	case b.Rejected() > 0 && mode != AcceptGood, len(b.Good) == 0:
		return ImportRefused
	}
	return ImportDone
}

// ToCorrect is the sheet that somebody has to put right and send again: all rows when none was taken, else the bad ones.
func (b LeadBatch) ToCorrect(sheet Sheet, state ImportState, mode ImportMode) ImportSheet {
	rest := ImportSheet{Sheet: sheet, Problems: b.Problems}
	if state != ImportDone && mode != AcceptGood {
		return rest
	}
	bad := map[int]bool{}
	for _, p := range b.Problems {
		bad[p.Row] = bad[p.Row] || !p.Warning
	}
	rest.Sheet.Rows = nil
	for _, row := range sheet.Rows {
		if bad[row.Number] {
			rest.Sheet.Rows = append(rest.Sheet.Rows, row)
		}
	}
	return rest
}

// Known tells whether the mode is on the list.
func (m ImportMode) Known() bool { return listed(importModes, string(m)) }

// TemplateColumn is one column of the template: its heading, what it takes, and the labels to choose from.
type TemplateColumn struct {
	Heading string
	Note    string
	Text    bool // must not be taken for a number
	Labels  []string
}

// LeadTemplate gives the columns of the template, in order.
func LeadTemplate() []TemplateColumn {
	columns := sheetColumns()
	shown := len(columns) - (maxSheetParties-templatedParties)*len(partyColumns(1))
	var template []TemplateColumn
	for _, c := range columns[:shown] {
		column := TemplateColumn{Heading: c.zh, Note: c.note, Text: c.codes == nil && c.key != "people" && c.key != "longitude" && c.key != "latitude"}
		for _, code := range c.codes {
			if code.Code != string(IdentityNone) {
				column.Labels = append(column.Labels, code.ZH)
			}
		}
		template = append(template, column)
	}
	return template
}
