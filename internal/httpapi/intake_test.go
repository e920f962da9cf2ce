package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tiaojie.dev/tiaojie/internal/ledger"
	"tiaojie.dev/tiaojie/internal/mediation"
)

func (w *world) imports() string { return "/v1/tenants/" + w.town + "/lead-imports" }

// sendSheet sends a CSV as the director.
func (w *world) sendSheet(server *httptest.Server, query, content string, header ...string) answer {
	w.t.Helper()
	r := request{method: "POST", path: w.imports() + query, as: "director", body: content, header: map[string]string{"Content-Type": ledger.MediaCSV}}
	for i := 0; i+1 < len(header); i += 2 {
		r.header[header[i]] = header[i+1]
	}
	return w.send(server, r)
}

const sheetHeadings = "线索来源,事由,发生地点,发现时间,当事人1姓名,当事人1电话\r\n"

// sheetRows are n rows that differ, found yesterday.
func sheetRows(from, n int) string {
	var text strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&text, "网格员排查,第%d户因排水沟争吵，尚未动手,某村%d号,%s 9:30,张%d,139%08d\r\n", i, i, day(-1), i, i)
	}
	return text.String()
}

type batch struct {
	ID, State                          string
	Total, Accepted, Rejected, Flagged int
	Errors                             string
}

func (a answer) batch(t *testing.T) (b batch) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.want(t, http.StatusCreated).body), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) leadCount() int {
	w.t.Helper()
	var page struct{ Total struct{ Value int } }
	w.must(json.Unmarshal([]byte(w.send(w.shared, request{method: "GET", path: w.leads() + "?limit=1", as: "director"}).body), &page))
	return page.Total.Value
}

// Five thousand rows become five thousand leads at once, well within a request's time.
func TestAPI_importFiveThousand(t *testing.T) {
	w := newWorld(t)
	content := sheetHeadings + sheetRows(0, mediation.MaximumRows)
	started := time.Now()
	got := w.sendSheet(w.dedicated, "", content, "Idempotency-Key", "five").batch(t)
	t.Logf("%d rows, %d bytes: %v", got.Accepted, len(content), time.Since(started))
	if got.State != "imported" || got.Accepted != mediation.MaximumRows || w.leadCount() != mediation.MaximumRows {
		t.Errorf("%+v, %d leads", got, w.leadCount())
	}
	if again := w.sendSheet(w.shared, "", content, "Idempotency-Key", "five"); again.header.Get("Idempotency-Replayed") != "true" || again.batch(t).ID != got.ID {
		t.Errorf("%v", again.header)
	}
	if same := w.sendSheet(w.shared, "", content).problem(t, http.StatusConflict, "file-imported"); !strings.Contains(same.body, got.ID) {
		t.Errorf("the batch is not named: %s", same.body)
	}
	w.sendSheet(w.shared, "", content+sheetRows(9000, 1)).problem(t, http.StatusUnprocessableEntity, "too-many-rows")
	bad := sheetHeadings + strings.Repeat("听说,,,明天,,x\r\n", mediation.MaximumRows)
	started = time.Now()
	refused := w.sendSheet(w.shared, "?mode=accept-good", bad).batch(t)
	t.Logf("%d bad rows: %v", refused.Rejected, time.Since(started))
	if refused.State != "refused" || refused.Rejected != mediation.MaximumRows || w.leadCount() != mediation.MaximumRows {
		t.Errorf("%+v", refused)
	}
	errors := w.send(w.shared, request{method: "GET", path: refused.Errors, as: "director"}).want(t, http.StatusOK)
	if strings.Count(errors.body, `"row":`) < mediation.MaximumRows || !strings.Contains(errors.body, `"row":5001`) {
		t.Error("not every bad row is named")
	}
}

// All or nothing, and accepting the good rows: what is refused comes back as a sheet, and goes through once put right.
func TestAPI_importModes(t *testing.T) {
	w := newWorld(t)
	mixed := sheetHeadings + sheetRows(0, 2) + "听说,=1+1,某村,2026-11-20,王五,\r\n" + sheetRows(0, 1)
	tried := w.sendSheet(w.shared, "?dry_run=true&mode=accept-good", mixed).batch(t)
	if tried.State != "tried" || tried.Accepted != 2 || tried.Rejected != 2 || w.leadCount() != 0 {
		t.Errorf("%+v", tried)
	}
	refused := w.sendSheet(w.shared, "", mixed).batch(t)
	if refused.State != "refused" || refused.Accepted != 0 || w.leadCount() != 0 {
		t.Errorf("%+v", refused)
	}
	good := w.sendSheet(w.dedicated, "?mode=accept-good", mixed).batch(t)
	if good.State != "imported" || good.Accepted != 2 || good.Rejected != 2 || w.leadCount() != 2 {
		t.Errorf("%+v", good)
	}
	for sheet, rows := range map[string]int{refused.Errors: 4, good.Errors: 2} {
		got := w.send(w.shared, request{method: "GET", path: sheet + "/sheet", as: "director"}).want(t, http.StatusOK)
		if n := strings.Count(strings.TrimSpace(got.body), "\r\n"); n != rows || !strings.Contains(got.body, "错误") || !strings.Contains(got.body, "'=1+1") ||
			!strings.Contains(got.body, "与第 2 行内容相同") || got.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%d rows: %s %v", n, got.body, got.header)
		}
	}
	sheet := w.send(w.shared, request{method: "GET", path: good.Errors + "/sheet", as: "director"}).body
	righted := strings.Replace(strings.Replace(sheet, "听说", "热线转办", 1), "第0户", "又一户", 1)
	if got := w.sendSheet(w.shared, "", righted).batch(t); got.State != "imported" || got.Accepted != 2 {
		t.Errorf("the sheet that was put right: %+v", got)
	}
	again := w.sendSheet(w.shared, "?mode=accept-good", sheetHeadings+sheetRows(1, 1)+sheetRows(7, 1)).batch(t)
	list := w.send(w.shared, request{method: "GET", path: again.Errors, as: "director"}).want(t, http.StatusOK)
	if again.Accepted != 1 || !strings.Contains(list.body, "row-imported") {
		t.Errorf("%+v %s", again, list.body)
	}
	w.xlsxWay(t, good.Errors)
}

// xlsxWay goes the same way with a workbook.
func (w *world) xlsxWay(t *testing.T, errors string) {
	t.Helper()
	got := w.send(w.shared, request{method: "GET", path: errors + "/sheet?format=xlsx", as: "director"}).want(t, http.StatusOK)
	if got.header.Get("Content-Type") != ledger.MediaXLSX || !strings.HasPrefix(got.body, "PK") {
		t.Errorf("%v", got.header)
	}
	if back := w.sendSheet(w.shared, "?dry_run=true", got.body, "Content-Type", ledger.MediaXLSX).batch(t); back.Total != 2 {
		t.Errorf("%+v", back)
	}
	for format, media := range map[string]string{"csv": ledger.MediaCSV, "xlsx": ledger.MediaXLSX} {
		template := w.send(w.dedicated, request{method: "GET", path: w.imports() + "/template?format=" + format, as: "director"}).want(t, http.StatusOK)
		if !strings.HasPrefix(template.header.Get("Content-Type"), media) {
			t.Errorf("%v", template.header)
		}
		w.sendSheet(w.shared, "", template.body, "Content-Type", media).problem(t, http.StatusUnprocessableEntity, "empty-sheet")
	}
}

// A file with rows of another encoding, or that is none, is refused by the row or by name, and nothing is left.
func TestAPI_badImports(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "li", "mediator")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(sheetRows(1, 1))
	w.must(err)
	mixed := w.sendSheet(w.shared, "", sheetHeadings+sheetRows(0, 1)+gb+sheetRows(2, 1)).batch(t)
	list := w.send(w.shared, request{method: "GET", path: mixed.Errors, as: "director"}).want(t, http.StatusOK)
	if mixed.Rejected != 1 || strings.Count(list.body, `"row"`) != 1 || !strings.Contains(list.body, `"row":3,"code":"other-encoding"`) {
		t.Errorf("%+v %s", mixed, list.body)
	}
	if got := w.sendSheet(w.shared, "", "心情,事由\n好,x\n").problem(t, http.StatusUnprocessableEntity, "invalid-sheet"); !names(got, "/columns/1", "unknown-column") || !names(got, "/columns", "missing-column") {
		t.Errorf("%s", got.body)
	}
	w.sendSheet(w.shared, "", "").problem(t, http.StatusBadRequest, "body-required")
	w.sendSheet(w.shared, "", sheetHeadings, "Content-Type", "application/json").problem(t, http.StatusUnsupportedMediaType, "unsupported-media-type")
	w.sendSheet(w.shared, "", strings.Repeat("x", 8<<20+1)).problem(t, http.StatusRequestEntityTooLarge, "body-too-large")
	w.sendSheet(w.shared, "?mode=some", sheetHeadings).problem(t, http.StatusUnprocessableEntity, "validation")
	w.sendSheet(w.shared, "?round="+noParty, sheetHeadings+sheetRows(0, 1)).want(t, http.StatusUnprocessableEntity)
	w.send(w.shared, request{method: "POST", path: w.imports(), as: "li", body: sheetHeadings, header: map[string]string{"Content-Type": ledger.MediaCSV}}).
		problem(t, http.StatusForbidden, "role-required")
	w.send(w.shared, request{method: "GET", path: w.imports() + "/" + noParty, as: "director"}).problem(t, http.StatusNotFound, "unknown-import")
	if w.leadCount() != 0 {
		t.Errorf("%d leads are left", w.leadCount())
	}
}

// Of many who send one file at once, one imports it.
func TestAPI_importAtOnce(t *testing.T) {
	w := newWorld(t)
	content := sheetHeadings + sheetRows(0, 50)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for i := range 6 {
		server := []*httptest.Server{w.shared, w.dedicated}[i%2]
		wg.Go(func() {
			for {
				got, err := w.try(server, request{method: "POST", path: w.imports(), as: "director", body: content, header: map[string]string{"Content-Type": ledger.MediaCSV}})
				if err == nil && got.code() == "busy" {
					time.Sleep(50 * time.Millisecond)
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				statuses[got.status]++
				return
			}
		})
	}
	wg.Wait()
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 5 || w.leadCount() != 50 {
		t.Errorf("%v, %d leads", statuses, w.leadCount())
	}
}

// Rows of a round count for it; a row whose grid is not of the round is an error of that row.
func TestAPI_importIntoARound(t *testing.T) {
	w := newWorld(t)
	made := w.send(w.shared, request{method: "POST", path: "/v1/tenants/" + w.town + "/screening-rounds", as: "director", body: sweep("导入", "g1", "g2")}).want(t, http.StatusCreated)
	round := fmt.Sprint(made.json(t)["id"])
	content := "线索来源,事由,发生地点,发现时间,网格编码\n" + "grid,甲家与乙家口角,某村," + day(-1) + ",g1\ngrid,丙家与丁家争地,邻村," + day(-2) + ",g9\n"
	got := w.sendSheet(w.dedicated, "?mode=accept-good&round="+round, content).batch(t)
	if got.Accepted != 1 || got.Rejected != 1 {
		t.Errorf("%+v", got)
	}
	coverage := w.send(w.shared, request{method: "GET", path: "/v1/tenants/" + w.town + "/screening-rounds/" + round + "/coverage", as: "director"}).want(t, http.StatusOK)
	if coverage.json(t)["reported"] != 1.0 || fmt.Sprint(coverage.json(t)["silent"]) != "[g2]" {
		t.Errorf("%s", coverage.body)
	}
}
