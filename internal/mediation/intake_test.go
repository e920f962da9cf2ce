package mediation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

var sheetHeader = []string{"线索来源", "事由", "发生地点", "发现时间", "当事人1姓名", "当事人1证件号码", "当事人1电话"}

// sheetOf is a sheet with rows of cells; the first stands in row 2.
func sheetOf(rows ...[]string) mediation.Sheet {
	sheet := mediation.Sheet{Format: "csv", Header: sheetHeader}
	for i, cells := range rows {
		sheet.Rows = append(sheet.Rows, mediation.SheetRow{Number: i + 2, Cells: cells})
	}
	return sheet
}

func goodRow(cause string) []string {
	return []string{"网格员排查", cause, "某村东头", "2026-11-20 9:30", "张三", "371602188506150426", "13800001234"}
}

// found lists problems as row column code.
func found(batch mediation.LeadBatch) []string {
	var all []string
	for _, p := range batch.Problems {
		all = append(all, strings.Join(strings.Fields(fmt.Sprint(p.Row, " ", p.Column, " ", p.Code)), " "))
	}
	return all
}

func TestReadLeads(t *testing.T) {
	a := act()
	a.At = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	t.Run("a row becomes a report", func(t *testing.T) {
		batch, err := mediation.ReadLeads(sheetOf(goodRow("两家争吵")), nil, a)
		if err != nil || len(batch.Good) != 1 || batch.Total != 1 {
			t.Fatalf("%v %v", err, found(batch))
		}
		form := batch.Good[0].Form
		if form.Source != mediation.LeadFromGrid || form.FoundAt.Format(time.RFC3339) != "2026-11-20T09:30:00+08:00" ||
			form.Parties[0].IdentityType != mediation.IdentityResidentID || form.Parties[0].Kind != mediation.PartyPerson {
			t.Errorf("%+v", form)
		}
	})
	t.Run("what the forms ask of a person, in words", func(t *testing.T) {
		sheet := sheetOf(append(goodRow("争吵"), "王五", "维吾尔族", "1975年5月6日", "农民"), append(goodRow("打架"), "赵六", "汉人", "", ""))
		sheet.Header = append(slices.Clone(sheetHeader), "当事人2姓名", "当事人2民族", "当事人2出生日期", "当事人2职业或者职务")
		batch, err := mediation.ReadLeads(sheet, nil, a)
		if err != nil || len(batch.Good) != 1 || !slices.Equal(found(batch), []string{"3 当事人2民族 unknown-code"}) {
			t.Fatalf("%v %v", err, found(batch))
		}
		if p := batch.Good[0].Form.Parties[1]; p.Ethnicity != "05" || p.BornOn != "1975-05-06" || p.Occupation != "农民" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("headings in any order and language, with marks", func(t *testing.T) {
		sheet := mediation.Sheet{Header: []string{"Found at*", "地 点", "来源（必填）", " Cause ", "当事人一：姓名", "错误"}, Rows: []mediation.SheetRow{
			{Number: 2, Cells: []string{"20261120", "某村", "grid", "争吵", "李𠮷", "上次的错误"}}}}
		sheet.Header[2] = "来源"
		batch, err := mediation.ReadLeads(sheet, nil, a)
		if err != nil || len(batch.Good) != 1 || batch.Good[0].Form.Parties[0].Name != "李𠮷" {
			t.Errorf("%v %v", err, found(batch))
		}
	})
	t.Run("headings that nobody knows, or that are missing, are named", func(t *testing.T) {
		_, err := mediation.ReadLeads(mediation.Sheet{Header: []string{"来源", "线索来源", "心情"}}, nil, a)
		wantCode(t, err, mediation.Invalid, "invalid-sheet")
		sameProblems(t, err, "/columns/2 repeated-column", "/columns/3 unknown-column", "/columns missing-column", "/columns missing-column")
	})
	t.Run("too many rows, or none", func(t *testing.T) {
		rows := make([][]string, mediation.MaximumRows+1)
		for i := range rows {
			rows[i] = []string{"x"}
		}
		_, err := mediation.ReadLeads(sheetOf(rows...), nil, a)
		wantCode(t, err, mediation.Invalid, "too-many-rows")
		_, err = mediation.ReadLeads(sheetOf([]string{"", " "}, []string{"# 说明"}), nil, a)
		wantCode(t, err, mediation.Invalid, "empty-sheet")
	})
}

// Each bad cell is named with its row, its heading and a code, and nothing else is.
func TestReadLeads_badRows(t *testing.T) {
	a := act()
	a.At = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	spoilt := func(column int, text string) []string {
		row := goodRow("两家争吵 " + text)
		row[column] = text
		return row
	}
	for name, bad := range map[string]struct {
		row  []string
		want string
	}{
		"a source of no list":        {spoilt(0, "听说"), "2 线索来源 unknown-code"},
		"no cause":                   {spoilt(1, ""), "2 事由 required"},
		"no place":                   {spoilt(2, ""), "2 发生地点 required"},
		"a day that is not":          {spoilt(3, "2026-02-30"), "2 发现时间 invalid-date"},
		"tomorrow":                   {spoilt(3, "2026-11-25"), "2 发现时间 in-the-future"},
		"a wrong digit":              {spoilt(5, "371602188506150427"), "2 当事人1证件号码"},
		"a number that lost digits":  {spoilt(5, "3.71602188506150E+17"), "2 当事人1证件号码 number-lost-digits"},
		"a phone of words":           {spoilt(6, "没有"), "2 当事人1电话 invalid-phone"},
		"a cell without a heading":   {append(goodRow("x"), "多"), "2 too-many-cells"},
		"a name missing":             {spoilt(4, ""), "2 当事人1姓名 required"},
		"a phone taken for a number": {spoilt(6, "1.3800001234E+10"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			batch, err := mediation.ReadLeads(sheetOf(bad.row), nil, a)
			if err != nil {
				t.Fatal(err)
			}
			problems := found(batch)
			if bad.want == "" && len(problems) == 0 && len(batch.Good) == 1 {
				return
			}
			if len(problems) != 1 || bad.want == "" || !strings.HasPrefix(problems[0], bad.want) || len(batch.Good) != 0 {
				t.Errorf("%v, want %s", problems, bad.want)
			}
		})
	}
	t.Run("an encoding of its own", func(t *testing.T) {
		sheet := sheetOf(goodRow("甲"), goodRow("乙"))
		sheet.Rows[1].Fault = "other-encoding"
		batch, err := mediation.ReadLeads(sheet, nil, a)
		if err != nil || !slices.Equal(found(batch), []string{"3 other-encoding"}) || len(batch.Good) != 1 {
			t.Errorf("%v %v", err, found(batch))
		}
	})
	t.Run("the same twice, and much the same", func(t *testing.T) {
		batch, err := mediation.ReadLeads(sheetOf(goodRow("两家因排水沟争吵"), goodRow("两家因排水沟争吵"), goodRow("两家因排水沟又争吵")), nil, a)
		if err != nil || !slices.Equal(found(batch), []string{"3 duplicate-row", "4 possible-duplicate"}) || len(batch.Good) != 2 || batch.Flagged() != 1 || batch.Rejected() != 1 {
			t.Errorf("%v %v", err, found(batch))
		}
	})
	t.Run("a round wants its grid", func(t *testing.T) {
		round := screening(t, func(*mediation.RoundPlan) {})
		batch, err := mediation.ReadLeads(sheetOf(goodRow("甲")), &round, a)
		if err != nil || len(batch.Good) != 0 || !strings.Contains(strings.Join(found(batch), ","), "required") {
			t.Errorf("%v %v", err, found(batch))
		}
	})
}

// Days and times as people write them, and as spreadsheets keep them.
func TestReadLeads_days(t *testing.T) {
	a := act()
	a.At = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-11-20": "2026-11-20T00:00", "2026/1/2": "2026-01-02T00:00", "2026.11.20 9:05": "2026-11-20T09:05", "2026年11月20日": "2026-11-20T00:00",
		"2026年11月20日9时": "2026-11-20T09:00", "2026年11月20日 下午3点20分": "2026-11-20T15:20", "20261120": "2026-11-20T00:00", "２０２６－１１－２０": "2026-11-20T00:00",
		"2026-11-20T01:30:00Z": "2026-11-20T09:30", "46346": "2026-11-20T00:00", "46346.5": "2026-11-20T12:00", "2026-11-20 23:59:59": "2026-11-20T23:59",
		"2026-13-01": "", "2025-02-29": "", "2026-11-20 25:00": "", "昨天": "", "11/20": "", "2026-11": "",
	} {
		row := goodRow("x")
		row[3] = text
		batch, err := mediation.ReadLeads(sheetOf(row), nil, a)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(batch.Good) == 1 {
			got = batch.Good[0].Form.FoundAt.Format("2006-01-02T15:04")
		}
		if got != want {
			t.Errorf("%q is %q, want %q: %v", text, got, want, found(batch))
		}
	}
}

// Five thousand bad rows are named, each; and it does not take long, nor do five thousand that are alike.
func TestReadLeads_fiveThousand(t *testing.T) {
	a := act()
	a.At = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	var bad, alike [][]string
	for i := range mediation.MaximumRows {
		bad = append(bad, []string{"听说", "", "", "明天", "张三", "1", "x"})
		row := goodRow(fmt.Sprintf("第%d户因排水沟争吵，尚未动手", i))
		row[2], row[4], row[5], row[6] = fmt.Sprintf("某村%d号", i), fmt.Sprintf("张%d", i), "", ""
		alike = append(alike, row)
	}
	started := time.Now()
	batch, err := mediation.ReadLeads(sheetOf(bad...), nil, a)
	if err != nil || len(batch.Good) != 0 || batch.Rejected() != mediation.MaximumRows || len(batch.Problems) < mediation.MaximumRows {
		t.Errorf("%v, %d problems", err, len(batch.Problems))
	}
	t.Logf("5,000 bad rows: %v", time.Since(started))
	started = time.Now()
	batch, err = mediation.ReadLeads(sheetOf(alike...), nil, a)
	if err != nil || len(batch.Good) != mediation.MaximumRows {
		t.Errorf("%v, %d good, %v", err, len(batch.Good), found(batch)[:3])
	}
	t.Logf("5,000 good rows with like words: %v", time.Since(started))
}

// No cells make reading fail otherwise than by a problem of their row.
func FuzzReadLeads(f *testing.F) {
	for _, cell := range []string{"2026-11-20", "46346.5", "1E+400", "NaN", "'=1+1", "２０２６", "\x00", "99999.9999999"} {
		f.Add(cell, cell, cell)
	}
	header := []string{"线索来源", "事由", "发现时间", "经度", "纬度", "涉及人数", "发生日期", "当事人1证件号码", "标签", "网格编码"}
	f.Fuzz(func(t *testing.T, one, two, three string) {
		a := act()
		cells := []string{one, two, three, one, two, three, one, two, three, one}
		batch, err := mediation.ReadLeads(mediation.Sheet{Header: header, Rows: []mediation.SheetRow{{Number: 2, Cells: cells}}}, nil, a)
		if err != nil && mediation.KindOf(err) != mediation.Invalid {
			t.Fatal(err)
		}
		if err == nil && batch.Total != len(batch.Good)+batch.Rejected() {
			t.Fatalf("%+v", batch)
		}
	})
}
