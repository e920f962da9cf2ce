package mediation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaximumRows is how many leads one batch may have.
const MaximumRows = 5000

// Sheet is a table as somebody filled it in: CSV or XLSX, already turned into text.
type Sheet struct {
	Format   string     `json:"format"` // csv or xlsx
	Header   []string   `json:"header"`
	Rows     []SheetRow `json:"rows"`
	Date1904 bool       `json:"date1904,omitempty"` // days are counted from 1904, as old spreadsheets of one maker do
}

// SheetRow is one line of a sheet. Number is what the spreadsheet program shows beside it; the headings stand in row 1.
type SheetRow struct {
	Number int      `json:"number"`
	Cells  []string `json:"cells"`
	Fault  string   `json:"fault,omitempty"` // code of what reading it found: other-encoding, broken-character
}

// RowProblem is one violated rule of one row, or, as a warning, something that somebody should look at.
type RowProblem struct {
	Row       int    `json:"row"`
	Column    string `json:"column,omitempty"` // its heading as the sheet has it, or ""
	Code      string `json:"code"`
	Message   string `json:"message"`
	MessageZH string `json:"messageZh"`
	Warning   bool   `json:"warning,omitempty"`
}

// LeadRow is a row that can become a lead.
type LeadRow struct {
	Row  int
	Form LeadReportForm
	Text string // all that the row says, in one form: the same for the same content
}

// LeadBatch is what a sheet came to.
type LeadBatch struct {
	Total    int       // rows that are not empty
	Good     []LeadRow // in order
	Problems []RowProblem
}

// Rejected counts the rows that have a problem that is not only a warning.
func (b LeadBatch) Rejected() int { return b.Total - len(b.Good) }

// Flagged counts the good rows that have a warning.
func (b LeadBatch) Flagged() int {
	flagged := map[int]bool{}
	for _, p := range b.Problems {
		if p.Warning {
			flagged[p.Row] = true
		}
	}
	return len(flagged)
}

// sheetColumn is one column that a sheet of leads may have.
type sheetColumn struct {
	key     string
	zh, en  string
	aliases []string
	pointer string // of the rules' fields that speak of it
	codes   []Code // labels that it takes beside codes
	note    string // in Chinese, for the template
}

// maxSheetParties is how many parties a row has columns for; templatedParties how many the template shows.
const (
	maxSheetParties  = 4
	templatedParties = 2
)

// errorHeading stands over the column that an error sheet adds; it is passed over when the sheet comes back.
const errorHeading = "错误"

// ErrorHeading is the heading of the column that an error sheet adds.
func ErrorHeading() string { return errorHeading }

func sheetColumns() []sheetColumn {
	columns := []sheetColumn{
		{key: "source", zh: "线索来源", en: "Source", aliases: []string{"来源"}, pointer: "/source", codes: leadSourceCodes(), note: "必填"},
		{key: "type", zh: "纠纷类型", en: "Type", aliases: []string{"类型"}, pointer: "/type", codes: disputeTypes, note: "不清楚的不填"},
		{key: "cause", zh: "事由", en: "Cause", aliases: []string{"纠纷简要情况", "简要情况", "纠纷事由"}, pointer: "/cause", note: "必填"},
		{key: "place", zh: "发生地点", en: "Place", aliases: []string{"地点"}, pointer: "/place", note: "地点、区划代码、经纬度至少填一项"},
		{key: "placeCode", zh: "区划代码", en: "Place code", pointer: "/placeCode", note: "12 位统计用区划代码"},
		{key: "longitude", zh: "经度", en: "Longitude", pointer: "/point"},
		{key: "latitude", zh: "纬度", en: "Latitude", pointer: "/point"},
		{key: "foundAt", zh: "发现时间", en: "Found at", aliases: []string{"发现日期", "排查时间"}, pointer: "/foundAt", note: "必填，如 2026-11-20 或者 2026年11月20日 9:30"},
		{key: "occurredOn", zh: "发生日期", en: "Occurred on", aliases: []string{"发生时间"}, pointer: "/occurredOn"},
		{key: "reporterName", zh: "上报人", en: "Reporter", aliases: []string{"报告人", "反映人"}, pointer: "/reporter/name"},
		{key: "reporterPhone", zh: "上报人电话", en: "Reporter phone", aliases: []string{"报告人电话", "反映人电话"}, pointer: "/reporter/phone"},
		{key: "people", zh: "涉及人数", en: "People", pointer: "/people"},
		{key: "tags", zh: "标签", en: "Tags", pointer: "/tags", note: "多个标签用顿号分隔"},
		{key: "grid", zh: "网格编码", en: "Grid", aliases: []string{"网格", "所属网格"}, pointer: "/grid", note: "报入排查轮次的必填"},
	}
	for n := 1; n <= maxSheetParties; n++ {
		columns = append(columns, partyColumns(n)...)
	}
	return columns
}

func partyColumns(n int) []sheetColumn {
	zh, en := "当事人"+strconv.Itoa(n), "Party "+strconv.Itoa(n)
	pointer, key := "/parties/"+strconv.Itoa(n-1), "party"+strconv.Itoa(n)+"."
	return []sheetColumn{
		{key: key + "name", zh: zh + "姓名", en: en + " name", aliases: []string{zh + "名称", zh}, pointer: pointer + "/name", note: "姓名或者单位名称"},
		{key: key + "kind", zh: zh + "类别", en: en + " kind", pointer: pointer + "/kind", codes: partyKinds, note: "不填为自然人"},
		{key: key + "side", zh: zh + "地位", en: en + " side", pointer: pointer + "/side", codes: sides},
		{key: key + "identityType", zh: zh + "证件类型", en: en + " identity type", pointer: pointer + "/identityType", codes: identityTypes},
		{key: key + "identityNumber", zh: zh + "证件号码", en: en + " identity number", aliases: []string{zh + "身份证号"}, pointer: pointer + "/identityNumber", note: "请设为文本格式"},
		{key: key + "sex", zh: zh + "性别", en: en + " sex", pointer: pointer + "/sex", codes: sexes},
		{key: key + "ethnicity", zh: zh + "民族", en: en + " ethnicity", pointer: pointer + "/ethnicity", codes: ethnicities},
		{key: key + "bornOn", zh: zh + "出生日期", en: en + " birthday", pointer: pointer + "/bornOn", note: "有身份证号的不填"},
		{key: key + "occupation", zh: zh + "职业", en: en + " occupation", aliases: []string{zh + "职业或者职务", zh + "职务"}, pointer: pointer + "/occupation"},
		{key: key + "phone", zh: zh + "电话", en: en + " phone", aliases: []string{zh + "联系电话"}, pointer: pointer + "/phone"},
		{key: key + "address", zh: zh + "住址", en: en + " address", aliases: []string{zh + "地址"}, pointer: pointer + "/address"},
	}
}

// heading is a heading in the one form in which headings are compared: without blanks and marks, numerals as digits.
func heading(text string) string {
	return strings.NewReplacer("一", "1", "二", "2", "三", "3", "四", "4").Replace(squeezed(narrow(text)))
}

// narrow turns full-width letters, digits and marks into ordinary ones.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　' || r == '\u00a0':
			return ' '
		}
		return r
	}, text)
}

// KnownHeading tells whether a text is the heading of a column of leads.
func KnownHeading(text string) bool {
	_, known := columnOf(text, sheetColumns())
	return known
}

func columnOf(text string, columns []sheetColumn) (sheetColumn, bool) {
	wanted := heading(text)
	at := slices.IndexFunc(columns, func(c sheetColumn) bool {
		return wanted != "" && (heading(c.zh) == wanted || heading(c.en) == wanted || heading(c.key) == wanted ||
			slices.ContainsFunc(c.aliases, func(alias string) bool { return heading(alias) == wanted }))
	})
	if at < 0 {
		return sheetColumn{}, false
	}
	return columns[at], true
}

// layout is where a sheet has which column.
type layout struct {
	header  []string
	at      map[string]int // key → index
	columns map[string]sheetColumn
}

// layoutOf reads the headings, in any order. What is unknown, missing or there twice is Invalid "invalid-sheet".
func layoutOf(sheet Sheet) (layout, error) {
	l := layout{header: sheet.Header, at: map[string]int{}, columns: map[string]sheetColumn{}}
	all := sheetColumns()
	var check checker
	for i, text := range sheet.Header {
		if strings.TrimSpace(text) == "" || heading(text) == heading(errorHeading) {
			continue
		}
		column, known := columnOf(text, all)
		switch _, twice := l.at[column.key]; {
		case !known:
			check.fail("/columns/"+strconv.Itoa(i+1), "unknown-column", "Nobody knows the column \""+cutText(text)+"\": rename or delete it; the template has the headings.",
				"无法识别第 "+strconv.Itoa(i+1)+" 列“"+cutText(text)+"”：请改名或者删除，列名见模板。")
		case twice:
			check.fail("/columns/"+strconv.Itoa(i+1), "repeated-column", "The column \""+column.zh+"\" is there twice.", "“"+column.zh+"”列重复。")
		default:
			l.at[column.key], l.columns[column.key] = i, column
		}
	}
	for _, needed := range []string{"source", "cause", "foundAt"} {
		if _, there := l.at[needed]; !there {
			column, _ := columnOf(needed, all)
			check.fail("/columns", "missing-column", "The column \""+column.zh+"\" ("+column.en+") is missing.", "缺少“"+column.zh+"”列。")
		}
	}
	return l, check.err("invalid-sheet", "The headings are not those of a sheet of leads; the template has them.", "表头不符合要求，请对照模板。")
}

const maxQuotedHeading = 30

// cutText keeps a heading short and free of control characters: it is shown to the one who wrote it.
func cutText(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), maxQuotedHeading)])
}

// SheetGrids are the grids that a sheet names, each once.
func SheetGrids(sheet Sheet) []string {
	l, err := layoutOf(sheet)
	at, there := l.at["grid"]
	if err != nil || !there {
		return nil
	}
	var grids []string
	for _, row := range sheet.Rows {
		if at < len(row.Cells) {
			grids = append(grids, strings.TrimSpace(narrow(row.Cells[at])))
		}
	}
	return distinct(grids)
}

// ReadLeads reads every row of a sheet. round is the screening round that all of them are reported to, nil for none. A
// sheet that cannot be read row by row is Invalid "invalid-sheet" or "too-many-rows"; everything else is a problem of its
// row. Rows that say the same are taken once; those that are much alike are flagged.
func ReadLeads(sheet Sheet, round *ScreeningRound, act Act) (LeadBatch, error) {
	l, err := layoutOf(sheet)
	if err != nil {
		return LeadBatch{}, err
	}
	if round != nil && round.State != RoundOpen {
		return LeadBatch{}, round.takes(LegalDay(act.At))
	}
	var batch LeadBatch
	seen, alike := map[string]int{}, batchIndex{keys: map[string][]int{}}
	for _, row := range sheet.Rows {
		if row.empty() {
			continue
		}
		if batch.Total++; batch.Total > MaximumRows {
			return LeadBatch{}, Fail(Invalid, "too-many-rows",
				fmt.Sprintf("A batch has at most %d rows: split the file.", MaximumRows), fmt.Sprintf("每批最多 %d 行，请拆分文件。", MaximumRows))
		}
		read, problems := l.read(row, sheet.Date1904, round, act)
		if first, twice := seen[read.Text]; twice && len(problems) == 0 {
			problems = append(problems, RowProblem{Row: row.Number, Code: "duplicate-row",
				Message: fmt.Sprintf("The row says the same as row %d.", first), MessageZH: fmt.Sprintf("与第 %d 行内容相同。", first)})
		}
		batch.Problems = append(batch.Problems, problems...)
		if len(problems) > 0 {
			continue
		}
		seen[read.Text] = row.Number
		batch.Good = append(batch.Good, read)
		batch.Problems = append(batch.Problems, alike.flag(read)...)
	}
	if batch.Total == 0 {
		return batch, Fail(Invalid, "empty-sheet", "The sheet has headings and no rows.", "表格只有表头，没有数据。")
	}
	return batch, nil
}

const (
	// comparedRunes is how much of a cause is compared within a batch: enough to tell, and quick for thousands of rows.
	comparedRunes = 100
	// comparedRows is how many earlier rows with the same party or place a row is compared with, the latest.
	comparedRows = 20
)

// batchIndex finds what is much alike within a batch. Without a party or a place in common nothing is strong.
type batchIndex struct {
	prints []likenessPrint
	keys   map[string][]int
}

// flag warns of an earlier row that is much like this one, and keeps the row for those that follow.
func (x *batchIndex) flag(read LeadRow) []RowProblem {
	text := []rune(read.Form.Cause)
	probe := printOf(Likeness{
		Kind: LikeLead, ID: ID(strconv.Itoa(read.Row)), Parties: read.Form.Parties, Place: read.Form.Place, PlaceCode: read.Form.PlaceCode,
		Point: read.Form.Point, At: read.Form.FoundAt, Text: string(text[:min(len(text), comparedRunes)]),
	})
	var best Duplicate
	for _, key := range append(probe.keys(), "n"+PointLookup(probe.Point).Value) {
		for _, at := range x.keys[key] {
			if d := compare(probe, x.prints[at], commonBigrams(probe.bigrams, x.prints[at].bigrams)); d.Score > best.Score {
				best = d
			}
		}
		latest := append(x.keys[key], len(x.prints))
		x.keys[key] = latest[max(0, len(latest)-comparedRows):]
	}
	x.prints = append(x.prints, probe)
	if !best.Strong() {
		return nil
	}
	return []RowProblem{{
		Row: read.Row, Code: "possible-duplicate", Warning: true, Message: "The row is much like row " + string(best.ID) + ": " + best.Parts[0].EN + ".",
		MessageZH: "与第 " + string(best.ID) + " 行高度相似：" + best.Parts[0].ZH + "。",
	}}
}

// commonBigrams counts what two sorted lists have in common.
func commonBigrams(a, b []bigram) int {
	common := 0
	for len(a) > 0 && len(b) > 0 {
		switch order := cmp.Or(cmp.Compare(a[0][0], b[0][0]), cmp.Compare(a[0][1], b[0][1])); {
		case order < 0:
			a = a[1:]
		case order > 0:
			b = b[1:]
		default:
			common, a, b = common+1, a[1:], b[1:]
		}
	}
	return common
}

// empty tells rows without content, and rows that the template uses for its words, which begin with #.
func (r SheetRow) empty() bool {
	for i, cell := range r.Cells {
		cell = strings.TrimSpace(narrow(cell))
		if i == 0 && strings.HasPrefix(cell, "#") {
			return true
		}
		if cell != "" {
			return false
		}
	}
	return r.Fault == ""
}
