package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/paper"
)

const mediaPDF = "application/pdf"

// FormCode is a paper that is printed.
type FormCode string

// Schema of the list document-forms.
func (FormCode) Schema(huma.Registry) *huma.Schema { return codeSchema("document-forms") }

// DocumentView is one paper of a case: whether it can be printed now.
type DocumentView struct {
	Form      FormCode      `json:"form" example:"mediation-record"`
	Meeting   int           `json:"meeting,omitempty" example:"1" doc:"Of a record: the number of its meeting."`
	ZH        string        `json:"zh" example:"人民调解记录"`
	EN        string        `json:"en" example:"Record of a meeting"`
	Path      string        `json:"path" example:"/v1/tenants/371621101/cases/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e/documents/mediation-record?meeting=1" doc:"Where it is printed."`
	Printable bool          `json:"printable" example:"true"`
	Missing   []MissingView `json:"missing" nullable:"false" doc:"Why it cannot be printed; empty when it can."`
	Blanks    []MissingView `json:"blanks" nullable:"false" doc:"What is not known and stays blank for the pen."`
}

type listDocumentsOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     struct {
		Items []DocumentView `json:"items" nullable:"false"`
	}
}

type getDocumentInput struct {
	CasePath
	NoneMatchHeader
	Form    string      `path:"form" example:"agreement" doc:"A code of the list /v1/codes/document-forms."`
	Meeting int         `query:"meeting" minimum:"1" maximum:"500" example:"2" doc:"Of a record: the number of the meeting; without it, the last that was held, or else is arranged."`
	Purpose PurposeCode `query:"purpose" default:"serve-document" doc:"What the paper is for; who printed it and why stands in the case's accesses."`
}

type getDocumentOutput struct {
	Status      int
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" doc:"A file name in ASCII and, as filename*, in Chinese (RFC 6266)."`
	ETag        string `header:"ETag" doc:"Of the case's version, the form, the meeting and the edition of the forms."`
	Cache       string `header:"Cache-Control" doc:"private, no-store: the paper shows people unmasked."`
	Missing     string `header:"Missing-Characters" doc:"Characters that no typeface has, as U+ and hexadecimal, separated by commas; each is an empty box on the paper, for the pen. Absent when there is none."`
	Body        []byte
}

func (a *API) registerDocuments() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-documents", method: http.MethodGet, path: casesPath + "/{case}/documents", tag: tagFile, action: mediation.ActionCaseRead,
		summary: "List the papers of a case", summaryZH: "列出案件文书", statuses: missing,
		description: "The papers that people sign or file, a record for each meeting: which can be printed now, what is missing, and what would stay blank for the pen.",
	}, a.listDocuments)
	register(a, operation{
		id: "get-document", method: http.MethodGet, path: casesPath + "/{case}/documents/{form}", tag: tagFile, action: mediation.ActionCasePrint,
		summary: "Print a paper", summaryZH: "打印文书", statuses: append([]int{http.StatusConflict, http.StatusTooManyRequests}, missing...), conditional: true, media: mediaPDF,
		description: "One paper of the case as PDF (A4, fonts embedded), unmasked, and recorded as a look at the case (429 reveal-limit): application, register, rights-notice, mediation-record, agreement (the register of an oral one, when it is oral) or cover with inner index. " +
			"404 unknown-document for a form or meeting that there is not, 409 document-incomplete when it cannot be printed yet, 503 font-missing when the instance lacks a font, which it names.",
	}, a.getDocument)
	register(a, operation{
		id: "draft-agreement", method: http.MethodPost, path: casesPath + "/{case}/documents/agreement", tag: tagFile, action: mediation.ActionCasePrint,
		summary: "Print an agreement to be signed", summaryZH: "打印待签名的调解协议书", statuses: append([]int{http.StatusTooManyRequests}, missing...), media: mediaPDF,
		example: DraftAgreementInput{AgreementContent: exampleAgreement().AgreementContent},
		description: "The paper of a written agreement before it is signed, marked as a draft (草稿) on every page; the body is that of agree-in-writing, without signatures and seal. " +
			"What it says is held to the same rules (422 invalid-agreement). Nothing of it is stored; the print is recorded as a look at the case. " +
			"409 document-incomplete before a meeting was held, 409 agreement-recorded once there is an agreement: print that with get-document.",
	}, a.draftAgreement)
}

func (a *API) listDocuments(ctx context.Context, in *CasePath) (*listDocumentsOutput, error) {
	e := exchangeOf(ctx)
	documents, err := e.tenant.Documents(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	out := &listDocumentsOutput{Language: string(e.language), Vary: "Accept-Language"}
	out.Body.Items = []DocumentView{}
	for _, d := range documents {
		out.Body.Items = append(out.Body.Items, DocumentView{
			Form: FormCode(d.Form), Meeting: d.Meeting, ZH: d.ZH, EN: d.EN, Printable: d.Printable,
			Path:    documentPath(e.caseLocation(in.Case), d),
			Missing: missingViews(d.Missing, e.language), Blanks: missingViews(d.Blanks, e.language),
		})
	}
	return out, nil
}

func documentPath(location string, d mediation.Document) string {
	path := location + "/documents/" + string(d.Form)
	if d.Meeting > 0 {
		path += fmt.Sprintf("?meeting=%d", d.Meeting)
	}
	return path
}

func missingViews(gaps []mediation.Missing, lang language) []MissingView {
	all := []MissingView{}
	for _, gap := range gaps {
		all = append(all, MissingView{Code: gap.Code, Pointer: gap.Pointer, Message: lang.pick(gap.EN, gap.ZH)})
	}
	return all
}

func (a *API) getDocument(ctx context.Context, in *getDocumentInput) (*getDocumentOutput, error) {
	e := exchangeOf(ctx)
	document, c, tenant, err := e.tenant.Document(ctx, e.request(), caseID(in.Case), mediation.DocumentForm(in.Form), in.Meeting)
	if err != nil {
		return nil, err
	}
	out := &getDocumentOutput{
		Status: http.StatusOK, Cache: "private, no-store",
		ETag: fmt.Sprintf(`"%d-%s-%d-%d"`, c.Version, document.Form, document.Meeting, paper.Edition),
	}
	if e.ifNoneMatch.present && e.ifNoneMatch.names(out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	return out, a.print(ctx, out, paper.Order{Document: document, Case: c, Committee: tenant.Committee.Name}, in.Purpose)
}

type draftAgreementInput struct {
	CasePath
	KeyHeader
	Purpose PurposeCode `query:"purpose" default:"serve-document" doc:"What the paper is for; who printed it and why stands in the case's accesses."`
	Body    DraftAgreementInput
}

func (a *API) draftAgreement(ctx context.Context, in *draftAgreementInput) (*getDocumentOutput, error) {
	e := exchangeOf(ctx)
	document, c, tenant, err := e.tenant.DraftAgreement(ctx, e.request(), caseID(in.Case), in.Body.AgreementContent.agreement())
	if err != nil {
		return nil, err
	}
	out := &getDocumentOutput{Status: http.StatusOK, Cache: "private, no-store"}
	return out, a.print(ctx, out, paper.Order{Document: document, Case: c, Committee: tenant.Committee.Name}, in.Purpose)
}

// print sets the paper, records that it was printed, and only then hands it out.
func (a *API) print(ctx context.Context, out *getDocumentOutput, order paper.Order, purpose PurposeCode) error {
	made, err := a.press.Print(order)
	if err != nil {
		return err
	}
	e := exchangeOf(ctx)
	if err := e.tenant.Printed(ctx, e.request(), order.Case, order.Document, mediation.Purpose(purpose)); err != nil {
		return err
	}
	out.ContentType, out.Disposition = mediaPDF, disposition(order.Document, order.Case)
	out.Missing, out.Body = codePoints(made.Unknown), made.Content
	return nil
}

// disposition names the file: in ASCII by form and registration, in Chinese by title and number (RFC 6266, RFC 8187).
func disposition(d mediation.Document, c mediation.Case) string {
	ascii, title := string(d.Form)+"-"+c.Registration, d.ZH
	if d.Meeting > 0 {
		ascii += fmt.Sprintf("-%d", d.Meeting)
		title += fmt.Sprintf("（第%d次）", d.Meeting)
	}
	number := c.Number
	if number == "" {
		number = c.Registration
	}
	return fmt.Sprintf(`inline; filename="%s.pdf"; filename*=UTF-8''%s`, ascii, strings.ReplaceAll(url.QueryEscape(title+" "+number+".pdf"), "+", "%20"))
}

// codePoints lists at most as many as a header holds without trouble.
func codePoints(unknown []rune) string {
	const most = 100
	var all []string
	for _, r := range unknown[:min(most, len(unknown))] {
		all = append(all, fmt.Sprintf("U+%04X", r))
	}
	return strings.Join(all, ", ")
}
