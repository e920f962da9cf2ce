package mediation

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rowReader reads the cells of one row and notes what is wrong with them.
type rowReader struct {
	layout
	row      SheetRow
	date1904 bool
	problems []RowProblem
}

// read makes a row into a report. It comes back with every violated rule, each with its column.
func (l layout) read(row SheetRow, date1904 bool, round *ScreeningRound, act Act) (LeadRow, []RowProblem) {
	r := &rowReader{layout: l, row: row, date1904: date1904}
	if row.Fault != "" {
		r.add("", row.Fault, "The row is written in another encoding than the file, or holds broken characters: save the whole file anew as UTF-8.",
			"该行与文件其他部分编码不一致或者含有乱码：请将整个文件另存为 UTF-8。")
		return LeadRow{Row: row.Number}, r.problems
	}
	if len(row.Cells) > len(l.header) && slices.ContainsFunc(row.Cells[len(l.header):], func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		r.add("", "too-many-cells", "The row has more cells than there are headings.", "该行的列数多于表头。")
	}
	form := r.form()
	if round != nil {
		form.Round = round.ID
	}
	checked, err := form.Checked(round, act.At)
	r.refused(err)
	return LeadRow{Row: row.Number, Form: checked, Text: r.text()}, r.problems
}

func (r *rowReader) add(key, code, en, zh string) {
	problem := RowProblem{Row: r.row.Number, Code: code, Message: en, MessageZH: zh}
	if at, there := r.at[key]; there {
		problem.Column = r.header[at]
	}
	r.problems = append(r.problems, problem)
}

// refused turns the rules' fields into columns. A cell that could not be read has been named already.
func (r *rowReader) refused(err error) {
	var refusal *Error
	switch {
	case err == nil:
		return
	case !errors.As(err, &refusal):
		r.add("", "invalid", err.Error(), err.Error())
		return
	case len(refusal.Fields) == 0:
		r.add("foundAt", refusal.Code, refusal.Message, refusal.MessageZH)
		return
	}
	for _, field := range refusal.Fields {
		key := r.keyOf(field.Pointer)
		named := slices.ContainsFunc(r.problems, func(p RowProblem) bool {
			at, there := r.at[key]
			return there && p.Column == r.header[at]
		})
		if !named {
			r.add(key, field.Code, field.Message, field.MessageZH)
		}
	}
}

// keyOf finds the column of a pointer of the rules; parties count as they stand in the row.
func (r *rowReader) keyOf(pointer string) string {
	best := ""
	for key, column := range r.columns {
		if (pointer == column.pointer || strings.HasPrefix(pointer, column.pointer+"/")) && (best == "" || key < best) {
			best = key
		}
	}
	return best
}

// cell is a cell's text. A mark that keeps spreadsheet programs from computing it is taken off again.
func (r *rowReader) cell(key string) string {
	at, there := r.at[key]
	if !there || at >= len(r.row.Cells) {
		return ""
	}
	text := strings.TrimSpace(strings.ReplaceAll(r.row.Cells[at], "\r\n", "\n"))
	if rest, marked := strings.CutPrefix(text, "'"); marked {
		return strings.TrimSpace(rest)
	}
	return text
}

// text is all that the row says, whatever the order of its columns.
func (r *rowReader) text() string {
	var parts []string
	for key := range r.at {
		if cell := r.cell(key); cell != "" {
			parts = append(parts, key+"="+narrow(cell))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x1f")
}

func (r *rowReader) form() LeadReportForm {
	form := LeadReportForm{Grid: narrow(r.cell("grid")), LeadContent: LeadContent{
		Source: LeadSource(r.code("source")), Type: DisputeType(r.code("type")), Cause: r.cell("cause"), Place: r.cell("place"),
		PlaceCode: r.digits("placeCode"), Point: r.point(), FoundAt: r.moment("foundAt"), People: r.count("people"),
		Reporter: Reporter{Name: r.cell("reporterName"), Phone: r.digits("reporterPhone")}, Tags: tagsOf(r.cell("tags")), Parties: r.parties(),
	}}
	if day := r.moment("occurredOn"); !day.IsZero() {
		form.OccurredOn = LegalDay(day)
	}
	return form
}

func tagsOf(text string) []string {
	return strings.FieldsFunc(narrow(text), func(c rune) bool { return strings.ContainsRune("、,;| ", c) })
}

// code takes a code or one of its labels.
func (r *rowReader) code(key string) string {
	text := narrow(r.cell(key))
	column := r.columns[key]
	for _, code := range column.codes {
		if text == code.Code || heading(text) == heading(code.ZH) || heading(text) == heading(code.EN) {
			return code.Code
		}
	}
	if key == "type" && len(text) == 1 && text >= "1" && text <= "9" { // a spreadsheet that took 02 for a number
		return "0" + text
	}
	if text != "" {
		r.add(key, "unknown-code", "Choose a code or a label of the list; the template has them.", "请填写代码表中的代码或者名称，见模板。")
	}
	return text
}

var lostDigits = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+$`)

// digits takes a number that is no quantity: a phone, a code, an identity number.
func (r *rowReader) digits(key string) string {
	text := narrow(r.cell(key))
	if !lostDigits.MatchString(text) {
		return strings.TrimSuffix(text, ".0")
	}
	value, err := strconv.ParseFloat(text, 64)
	if err == nil && value < 1e15 && value == math.Trunc(value) {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	r.add(key, "number-lost-digits", "The spreadsheet has taken this for a number and lost digits: format the column as text and type it again.",
		"表格软件将其当作数值处理，末位已丢失：请将该列设为文本格式后重新填写。")
	return ""
}

func (r *rowReader) count(key string) int {
	text := strings.TrimSuffix(strings.TrimSuffix(narrow(r.cell(key)), "人"), ".0")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		r.add(key, "wrong-type", "Give a whole number.", "请填写整数。")
	}
	return n
}

func (r *rowReader) point() *Point {
	east, north := narrow(r.cell("longitude")), narrow(r.cell("latitude"))
	if east == "" && north == "" {
		return nil
	}
	longitude, errEast := strconv.ParseFloat(east, 64)
	latitude, errNorth := strconv.ParseFloat(north, 64)
	if errEast != nil || math.IsNaN(longitude) {
		r.add("longitude", "wrong-type", "Give both longitude and latitude in degrees, such as 117.5.", "经度、纬度须同时以度填写，例如 117.5。")
	}
	if errNorth != nil || math.IsNaN(latitude) {
		r.add("latitude", "wrong-type", "Give both longitude and latitude in degrees, such as 37.5.", "经度、纬度须同时以度填写，例如 37.5。")
	}
	return &Point{longitude, latitude}
}

// parties reads the parties of which anything is said. Their places in the rules are their places in the row, so one that
// is left out in between is told.
func (r *rowReader) parties() []Party {
	var parties []Party
	for n := 1; n <= maxSheetParties; n++ {
		key := "party" + strconv.Itoa(n) + "."
		if !slices.ContainsFunc(partyColumns(n), func(c sheetColumn) bool { return r.cell(c.key) != "" }) {
			continue
		}
		if len(parties) < n-1 {
			r.add(key+"name", "party-left-out", "Fill the parties in from the first.", "请从当事人1开始依次填写。")
			return nil
		}
		p := Party{
			Name: r.cell(key + "name"), Kind: PartyKind(r.code(key + "kind")), Side: Side(r.code(key + "side")), Sex: Sex(r.code(key + "sex")),
			IdentityType: IdentityType(r.code(key + "identityType")), IdentityNumber: r.digits(key + "identityNumber"),
			Phone: r.digits(key + "phone"), Address: r.cell(key + "address"),
			Ethnicity: r.code(key + "ethnicity"), Occupation: r.cell(key + "occupation"),
		}
		if born := r.moment(key + "bornOn"); !born.IsZero() {
			p.BornOn = LegalDay(born)
		}
		if p.Kind == "" {
			p.Kind = PartyPerson
		}
		if p.IdentityNumber != "" && p.IdentityType == "" {
			p.IdentityType = map[PartyKind]IdentityType{PartyPerson: IdentityResidentID, PartyOrganisation: IdentityUSCC}[p.Kind]
		}
		parties = append(parties, p)
	}
	return parties
}

// writtenMoment is a day, and maybe a time, in the forms that people write: 2026-11-20, 2026/11/20 9:30, 2026年11月20日上午9时.
var writtenMoment = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(上午|下午|晚上|中午)?[ ]*(\d{1,2})(?:[:时点](\d{1,2})?分?(?::?(\d{1,2})(?:\.\d+)?秒?)?))?$`)

var (
	compactDay = regexp.MustCompile(`^\d{8}$`)
	serialDay  = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
)

func (r *rowReader) moment(key string) time.Time {
	text := strings.TrimSpace(narrow(r.cell(key)))
	if text == "" {
		return time.Time{}
	}
	at, ok := readMoment(text, r.date1904)
	if !ok {
		r.add(key, "invalid-date", "Give a real day, such as 2026-11-20 or 2026-11-20 9:30.", "请填写真实日期，例如 2026-11-20 或者 2026年11月20日 9:30。")
	}
	return at
}

// readMoment reads a moment in China; a day alone is its midnight.
func readMoment(text string, date1904 bool) (time.Time, bool) {
	zone := LegalTime(time.Unix(0, 0)).Location()
	switch {
	case compactDay.MatchString(text):
		at, err := time.ParseInLocation("20060102", text, zone)
		return at, err == nil
	case serialDay.MatchString(text):
		return serialMoment(text, date1904, zone)
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return LegalTime(at).Truncate(time.Microsecond), true
	}
	parts := writtenMoment.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n }
	hour := number(5)
	if late := parts[4] == "下午" || parts[4] == "晚上" || (parts[4] == "中午" && hour < 10); late && hour < 12 {
		hour += 12
	}
	at := time.Date(number(1), time.Month(number(2)), number(3), hour, number(6), number(7), 0, zone)
	exists := at.Year() == number(1) && int(at.Month()) == number(2) && at.Day() == number(3) && hour < 24 && number(6) < 60 && number(7) < 60
	return at, exists
}

// serialMoment reads a spreadsheet's day number: 1 is 1900-01-01, and a day that never was makes it one more since.
func serialMoment(text string, date1904 bool, zone *time.Location) (time.Time, bool) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.Time{}, false
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	day := first.AddDate(0, 0, int(days))
	seconds := math.Round((days - math.Trunc(days)) * 24 * 60 * 60)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, int(seconds), 0, zone), true
}
