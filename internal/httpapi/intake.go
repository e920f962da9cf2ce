package httpapi

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/ledger"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const importsPath = "/v1/tenants/{tenant}/lead-imports"

// ImportPath names a batch of leads of a tenant.
type ImportPath struct {
	TenantPath
	Import string `path:"import" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a batch."`
}

// ImportView is the record of a batch of leads. Look at state: a batch that was refused is recorded, too.
type ImportView struct {
	ID        string          `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c63"`
	State     ImportStateCode `json:"state" example:"imported" doc:"Only imported has made leads."`
	Mode      ImportModeCode  `json:"mode" example:"accept-good"`
	Format    string          `json:"format" enum:"csv,xlsx" example:"xlsx"`
	Round     string          `json:"round,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c62"`
	Total     int             `json:"total" example:"5000" doc:"Rows that are not empty."`
	Accepted  int             `json:"accepted" example:"4990" doc:"Rows that became leads; of a trial, that would."`
	Rejected  int             `json:"rejected" example:"10" doc:"Rows with errors."`
	Flagged   int             `json:"flagged" example:"3" doc:"Good rows that are much like another row of the file."`
	At        time.Time       `json:"at" example:"2026-11-23T09:00:00+08:00"`
	Issuer    string          `json:"issuer" example:"https://id.example"`
	Subject   string          `json:"subject" example:"clerk"`
	ActorName string          `json:"actorName,omitempty" example:"王某"`
	Errors    string          `json:"errors,omitempty" example:"/v1/tenants/371621101/lead-imports/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c63/errors" doc:"Where errors and warnings are, row by row; the sheet to put right is at its /sheet."`
}

// RowProblemView is one error or warning of one row, in both languages.
type RowProblemView struct {
	Row       int    `json:"row" example:"17" doc:"As the spreadsheet program counts; the headings stand in row 1."`
	Column    string `json:"column,omitempty" example:"当事人1证件号码" doc:"The heading, as the file has it."`
	Code      string `json:"code" example:"invalid-identity-number"`
	Message   string `json:"message" example:"The check digit is wrong."`
	MessageZH string `json:"messageZh" example:"校验码不正确。"`
	Warning   bool   `json:"warning,omitempty" example:"false" doc:"The row was taken all the same."`
}

type importLeadsInput struct {
	TenantPath
	KeyHeader
	Mode    string `query:"mode" enum:"all-or-nothing,accept-good" default:"all-or-nothing" doc:"What becomes of the batch when some rows are bad."`
	DryRun  bool   `query:"dry_run" doc:"Tell what would come of it, and import nothing."`
	Round   string `query:"round" format:"uuid" doc:"Screening round that all rows are reported to; each row names its grid then."`
	RawBody []byte
}

type importOutput struct {
	Status   int
	Location string `header:"Location" doc:"Where the batch's record is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     ImportView
}

type listImportsInput struct {
	TenantPath
	PageQuery
}

type listImportsOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []ImportView `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total        `json:"total"`
	}
}

type importErrorsOutput struct {
	Body struct {
		Items []RowProblemView `json:"items" nullable:"false" doc:"In the order of the rows."`
	}
}

type errorSheetInput struct {
	ImportPath
	Format string `query:"format" enum:"csv,xlsx" doc:"Left out, that of the file that was sent."`
}

type templateInput struct {
	TenantPath
	Format string `query:"format" enum:"csv,xlsx" default:"xlsx"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" doc:"The file's name."`
	Cache       string `header:"Cache-Control" doc:"private, no-store: the sheet shows people unmasked."`
	Body        []byte
}

const sheetMedia = ledger.MediaCSV + "," + ledger.MediaXLSX

func (a *API) registerImports() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "import-leads", method: http.MethodPost, path: importsPath, tag: tagLeads, action: mediation.ActionLeadImport,
		summary: "Import a batch of leads", summaryZH: "批量导入线索", status: http.StatusCreated, statuses: missing,
		upload: []string{ledger.MediaCSV, ledger.MediaXLSX}, example: exampleSheet,
		description: "A sheet of up to 5,000 leads, as it is, at most 8 MiB: CSV (UTF-8, GB18030 or UTF-16; comma, semicolon or tab) or XLSX (the first sheet). " +
			"Headings in Chinese or English, in any order; codes or their labels; dates as they are written in China. All accepted rows become leads at once. " +
			"The answer is the batch's record: look at its state. 422 names unknown and missing headings; 409 file-imported when the same file was imported before; " +
			"a row that was imported before, or stands twice, is an error of that row. 503 busy while other files are being read.",
	}, a.importLeads)
	register(a, operation{
		id: "list-lead-imports", method: http.MethodGet, path: importsPath, tag: tagLeads, action: mediation.ActionLeadImportList,
		summary: "List batches of leads", summaryZH: "查询线索导入批次", statuses: missing, description: "The batches that were sent, newest first, refused ones and trials too.",
	}, a.listImports)
	register(a, operation{
		id: "get-lead-import", method: http.MethodGet, path: importsPath + "/{import}", tag: tagLeads, action: mediation.ActionLeadImportRead,
		summary: "Read a batch of leads", summaryZH: "读取线索导入批次", statuses: missing, description: "What became of one batch.",
	}, a.getImport)
	register(a, operation{
		id: "list-import-errors", method: http.MethodGet, path: importsPath + "/{import}/errors", tag: tagLeads, action: mediation.ActionLeadImportErrors,
		summary: "List the errors of a batch", summaryZH: "列出导入错误", statuses: missing,
		description: "Errors and warnings with row, column, code and words in both languages. They are kept for thirty days.",
	}, a.importErrors)
	register(a, operation{
		id: "get-error-sheet", method: http.MethodGet, path: importsPath + "/{import}/errors/sheet", tag: tagLeads, action: mediation.ActionLeadImportErrors,
		summary: "Get the sheet to put right", summaryZH: "下载错误表", statuses: missing, media: sheetMedia,
		description: "The rows to put right, as they were sent, with a column 错误 that says what is wrong; put them right and send the sheet as it is. " +
			"After accept-good it has the bad rows, otherwise all. Cells that a spreadsheet program would compute are marked with '.",
	}, a.errorSheet)
	register(a, operation{
		id: "get-lead-template", method: http.MethodGet, path: importsPath + "/template", tag: tagLeads, action: mediation.ActionLeadTemplate,
		summary: "Get the template of a batch", summaryZH: "下载导入模板", statuses: missing, media: sheetMedia,
		description: "An empty sheet with its headings. XLSX has choices to pick from and a second sheet with notes; CSV has them in lines that begin with #, which are passed over.",
	}, a.template)
}

const exampleSheet = "线索来源,事由,发生地点,发现时间,当事人1姓名\r\n网格员排查,两家因排水沟争吵,某村东头,2026-11-20 9:30,张三\r\n"

func (a *API) importLeads(ctx context.Context, in *importLeadsInput) (*importOutput, error) {
	e := exchangeOf(ctx)
	sheet, err := ledger.Read(in.RawBody, ledger.Limits{Rows: mediation.MaximumRows}, mediation.KnownHeading)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(in.RawBody)
	upload := casework.LeadUpload{
		Digest: sum[:], Sheet: sheet, Round: mediation.ID(in.Round), Mode: mediation.ImportMode(in.Mode), DryRun: in.DryRun,
	}
	batch, receipt, err := e.tenant.ImportLeads(ctx, e.request(), upload)
	if err != nil {
		return nil, err
	}
	view := e.importView(batch)
	return &importOutput{Status: http.StatusCreated, Location: e.importLocation(batch.ID), Replayed: replayed(receipt), Body: view}, nil
}

func (e *exchange) importLocation(id mediation.ID) string {
	return "/v1/tenants/" + e.tenant.Unit() + "/lead-imports/" + string(id)
}

func (e *exchange) importView(batch mediation.LeadImport) ImportView {
	view := ImportView{
		ID: string(batch.ID), State: ImportStateCode(batch.State), Mode: ImportModeCode(batch.Mode), Format: batch.Format, Round: string(batch.Round),
		Total: batch.Total, Accepted: batch.Accepted, Rejected: batch.Rejected, Flagged: batch.Flagged, At: legal(batch.At),
		Issuer: batch.Actor.Issuer, Subject: batch.Actor.Subject, ActorName: batch.Actor.Name,
	}
	if batch.Rejected > 0 || batch.Flagged > 0 {
		view.Errors = e.importLocation(batch.ID) + "/errors"
	}
	return view
}

func (a *API) listImports(ctx context.Context, in *listImportsInput) (*listImportsOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.LeadImports(ctx, e.request(), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listImportsOutput{}
	out.Body.Items, out.Body.Total = views(page.Imports, e.importView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getImport(ctx context.Context, in *ImportPath) (*importOutput, error) {
	e := exchangeOf(ctx)
	batch, err := e.tenant.LeadImport(ctx, e.request(), caseID(in.Import))
	if err != nil {
		return nil, err
	}
	return &importOutput{Status: http.StatusOK, Body: e.importView(batch)}, nil
}

func (a *API) importErrors(ctx context.Context, in *ImportPath) (*importErrorsOutput, error) {
	e := exchangeOf(ctx)
	_, rest, err := e.tenant.LeadImportErrors(ctx, e.request(), caseID(in.Import))
	if err != nil {
		return nil, err
	}
	out := &importErrorsOutput{}
	out.Body.Items = views(rest.Problems, func(p mediation.RowProblem) RowProblemView { return RowProblemView(p) })
	return out, nil
}

func (a *API) errorSheet(ctx context.Context, in *errorSheetInput) (*fileOutput, error) {
	e := exchangeOf(ctx)
	batch, rest, err := e.tenant.LeadImportErrors(ctx, e.request(), caseID(in.Import))
	if err != nil {
		return nil, err
	}
	if len(rest.Problems) == 0 {
		return nil, mediation.Fail(mediation.NotFound, "no-error-sheet", "There is nothing to put right, or it was kept for thirty days.", "没有需要更正的内容，或者已超过三十天保存期。")
	}
	format := in.Format
	if format == "" {
		format = batch.Format
	}
	content, err := ledger.Write(format, errorTable(rest))
	return sheetFile("leads-to-correct", format, content, err)
}

// errorTable is the sheet as it was sent, with a column more that says what is wrong.
func errorTable(rest mediation.ImportSheet) [][]string {
	words := map[int][]string{}
	for _, p := range rest.Problems {
		text := p.MessageZH
		if p.Column != "" {
			text = p.Column + "：" + text
		}
		words[p.Row] = append(words[p.Row], text)
	}
	header, column := rest.Sheet.Header, len(rest.Sheet.Header)
	for i, heading := range header {
		if strings.TrimSpace(heading) == mediation.ErrorHeading() {
			column = i
		}
	}
	table := [][]string{widened(header, column, mediation.ErrorHeading())}
	for _, row := range rest.Sheet.Rows {
		table = append(table, widened(row.Cells, column, strings.Join(words[row.Number], " ")))
	}
	return table
}

// widened puts a text into a column of a row, behind its end if need be.
func widened(cells []string, column int, text string) []string {
	row := make([]string, max(len(cells), column+1))
	copy(row, cells)
	row[column] = text
	return row
}

func sheetFile(name, format string, content []byte, err error) (*fileOutput, error) {
	if err != nil {
		return nil, err
	}
	media := map[string]string{ledger.CSV: ledger.MediaCSV + "; charset=utf-8", ledger.XLSX: ledger.MediaXLSX}[format]
	return &fileOutput{ContentType: media, Disposition: `attachment; filename="` + name + "." + format + `"`, Cache: "private, no-store", Body: content}, nil
}

func (a *API) template(ctx context.Context, in *templateInput) (*fileOutput, error) {
	e := exchangeOf(ctx)
	columns, err := e.tenant.LeadTemplate(e.request())
	if err != nil {
		return nil, err
	}
	content, err := ledger.Template(in.Format, columns)
	return sheetFile("leads-template", in.Format, content, err)
}
