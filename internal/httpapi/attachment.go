package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	attachmentsPath = casesPath + "/{case}/attachments"
	linksPath       = "/v1/tenants/{tenant}/attachment-links"
)

// AttachmentCode is what a file shows.
type AttachmentCode string

// Schema of the list attachment-kinds.
func (AttachmentCode) Schema(huma.Registry) *huma.Schema { return codeSchema("attachment-kinds") }

// AttachmentPath names a file of a case.
type AttachmentPath struct {
	CasePath
	Attachment string `path:"attachment" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of an attachment."`
}

// AttachmentView is what is known of a file.
type AttachmentView struct {
	ID         string              `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c81"`
	Version    int64               `json:"version" example:"1"`
	Kind       AttachmentCode      `json:"kind" example:"photo"`
	Name       string              `json:"name" example:"现场照片.jpg" doc:"Masked, but for its ending, for those who see people masked."`
	Media      string              `json:"media" example:"image/jpeg" doc:"By content."`
	Size       int64               `json:"size" example:"482113" doc:"Bytes."`
	Digest     string              `json:"digest" example:"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:" doc:"Of the content as it arrived (RFC 9530)."`
	At         time.Time           `json:"at" example:"2026-11-23T09:00:00+08:00"`
	Issuer     string              `json:"issuer" example:"https://id.example"`
	Subject    string              `json:"subject" example:"clerk"`
	ActorName  string              `json:"actorName,omitempty" example:"王某"`
	Content    string              `json:"content,omitempty" example:"/v1/tenants/371621101/cases/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e/attachments/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c81/content" doc:"Where its content is; absent when it was withdrawn."`
	Withdrawal *FileWithdrawalView `json:"withdrawal,omitempty"`
}

// FileWithdrawalView tells who took a file away, and why.
type FileWithdrawalView struct {
	At        time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
	Issuer    string    `json:"issuer" example:"https://id.example"`
	Subject   string    `json:"subject" example:"clerk"`
	ActorName string    `json:"actorName,omitempty" example:"王某"`
	Reason    string    `json:"reason,omitempty" example:"重复上传"`
}

// AttachmentLinkView opens a file without a token.
type AttachmentLinkView struct {
	URL     string    `json:"url" example:"https://tiaojie.example/v1/tenants/371621101/attachment-links/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c82?expires=1795402800&signature=q3Yx0m1Vb8Zc5s2T" doc:"Give it to the app or printer that is to open the file, and to nobody else."`
	Expires time.Time `json:"expires" example:"2026-11-23T09:05:00+08:00"`
}

type (
	attachInput struct {
		CasePath
		KeyHeader
		Kind        AttachmentCode `query:"kind" default:"other"`
		Disposition string         `header:"Content-Disposition" example:"attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.jpg" doc:"The file's name, as filename or filename* (RFC 6266, RFC 8187). It is not in the address, because addresses are logged."`
		StreamedBody
	}
	attachmentOutput struct {
		Status   int
		ETag     string `header:"ETag" doc:"The version, quoted."`
		Location string `header:"Location" doc:"Where the attachment is."`
		Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
		Body     AttachmentView
	}
	listAttachmentsInput struct {
		CasePath
		PageQuery
	}
	listAttachmentsOutput struct {
		Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
		Body struct {
			Items []AttachmentView `json:"items" nullable:"false"`
			Next  string           `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
			Total Total            `json:"total"`
		}
	}
	fetchAttachmentInput struct {
		AttachmentPath
		Range string `header:"Range" example:"bytes=0-65535" doc:"Parts of the file (RFC 9110 §14)."`
		StreamedBody
	}
	contentOutput struct {
		Disposition string `header:"Content-Disposition" doc:"attachment, with the file's name."`
		Digest      string `header:"Repr-Digest" doc:"Of the whole file (RFC 9530)."`
		ETag        string `header:"ETag" doc:"Of the content, which never changes."`
		Cache       string `header:"Cache-Control" doc:"private, no-store"`
		Media       string `header:"Content-Type" hidden:"true"`
		Body        func(huma.Context)
	}
	withdrawAttachmentInput struct {
		AttachmentPath
		KeyHeader
		MatchHeader
		Body ReasonInput
	}
	linkAttachmentInput struct {
		AttachmentPath
		KeyHeader
	}
	linkAttachmentOutput struct {
		Cache string `header:"Cache-Control" doc:"no-store"`
		Body  AttachmentLinkView
	}
	openLinkInput struct {
		TenantPath
		Link      string `path:"link" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a link."`
		Expires   string `query:"expires" example:"1795420800" doc:"As it stands in the link."`
		Signature string `query:"signature" doc:"As it stands in the link."`
		Range     string `header:"Range" example:"bytes=0-65535" doc:"Parts of the file (RFC 9110 §14)."`
		StreamedBody
	}
)

func (a *API) registerAttachments() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	media := strings.Join(mediation.AttachmentMedia(), ",")
	ranges := append([]int{http.StatusRequestedRangeNotSatisfiable, http.StatusPreconditionFailed}, missing...)
	register(a, operation{
		id: "attach-file", method: http.MethodPost, path: attachmentsPath, tag: tagFile, action: mediation.ActionAttach,
		summary: "Attach a file", summaryZH: "上传附件", status: http.StatusCreated, streamed: true, upload: mediation.AttachmentMedia(), example: "%PDF-1.7 …",
		statuses: append([]int{http.StatusTooManyRequests, http.StatusRequestTimeout}, missing...),
		description: "One file as it is, as the request's body, at most 100 MiB: its Content-Type (application/octet-stream when it is not known), its name in Content-Disposition. " +
			"422 attachment-type when content, name and declared type differ or are not taken, active-content for scripts and macros; 429 quota-attachments and quota-storage when there is no room; " +
			"503 busy while other files are being moved. The file is sealed before it is stored; nothing remains of one that is refused.",
	}, a.attach)
	register(a, operation{
		id: "list-attachments", method: http.MethodGet, path: attachmentsPath, tag: tagFile, action: mediation.ActionAttachmentList,
		summary: "List attachments", summaryZH: "查询附件", statuses: missing,
		description: "The files of a case, newest first; those that were withdrawn keep their line.",
	}, a.listAttachments)
	register(a, operation{
		id: "get-attachment", method: http.MethodGet, path: attachmentsPath + "/{attachment}", tag: tagFile, action: mediation.ActionAttachmentRead,
		summary: "Read an attachment's record", summaryZH: "读取附件信息", statuses: missing,
		description: "What is known of one file, with its ETag.",
	}, a.getAttachment)
	register(a, operation{
		id: "fetch-attachment", method: http.MethodGet, path: attachmentsPath + "/{attachment}/content", tag: tagFile, action: mediation.ActionAttachmentFetch,
		summary: "Fetch an attachment", summaryZH: "下载附件", statuses: ranges, media: media, conditional: true, streamed: true,
		description: "The file as it was sent, whole or in parts. It is recorded who fetched it. 503 attachment-damaged when what is stored was changed.",
	}, a.fetchAttachment)
	register(a, operation{
		id: "link-attachment", method: http.MethodPost, path: attachmentsPath + "/{attachment}/links", tag: tagFile, action: mediation.ActionAttachmentLink,
		summary: "Make a link to an attachment", summaryZH: "生成附件临时链接", statuses: missing, status: http.StatusCreated,
		description: "An address that opens this one file without a token for five minutes, for apps and printers. It acts for you: when you may no longer fetch the file, it opens nothing. Making and using it are recorded.",
	}, a.linkAttachment)
	register(a, operation{
		id: "open-attachment-link", method: http.MethodGet, path: linksPath + "/{link}", tag: tagFile, action: mediation.ActionAttachmentFetch,
		summary: "Open a link to an attachment", summaryZH: "打开附件临时链接", statuses: ranges, media: media, conditional: true, streamed: true, signed: true,
		description: "As fetch-attachment, by a link and without a token. 404 closed-link for one that was never made, was changed or has expired.",
	}, a.openLink)
	register(a, operation{
		id: "withdraw-attachment", method: http.MethodPost, path: attachmentsPath + "/{attachment}/withdraw", tag: tagFile, action: mediation.ActionAttachmentWithdraw,
		summary: "Withdraw an attachment", summaryZH: "撤回附件", statuses: missing, guarded: true, example: ReasonInput{Reason: "重复上传"},
		description: "Takes a file away for a reason: its line stays, its content is destroyed. Not while a paper on file refers to it (409 attachment-on-file), nor in an archived case.",
	}, a.withdrawAttachment)
}

func (a *API) attach(ctx context.Context, in *attachInput) (*attachmentOutput, error) {
	e := exchangeOf(ctx)
	done, err := a.transferring(e.tenant.Unit())
	if err != nil {
		return nil, err
	}
	defer done()
	form := mediation.AttachmentForm{Kind: mediation.AttachmentKind(in.Kind), Name: fileName(in.Disposition)}
	form.Declared, _, _ = mime.ParseMediaType(in.r.Header.Get("Content-Type"))
	if e.key != "" {
		if e.fingerprint, err = fingerprintOf(in.r, []string{form.Name, form.Declared}); err != nil {
			return nil, err
		}
	}
	ctx, cancel := patient(ctx)
	defer cancel()
	defer in.answerable()
	made, receipt, err := e.tenant.Attach(ctx, e.request(), caseID(in.Case), casework.AttachmentUpload{
		AttachmentForm: form, Size: in.r.ContentLength, Content: in.body(mediation.MaximumAttachment)})
	if mediation.CodeOf(err) == "attachment-too-large" {
		err = errTooLarge(mediation.MaximumAttachment)
	}
	if err != nil {
		return nil, err
	}
	view := e.attachmentView(made)
	return &attachmentOutput{Status: http.StatusCreated, ETag: currentTag(receipt, made.Version), Replayed: replayed(receipt),
		Location: e.attachmentLocation(made), Body: view}, nil
}

// fileName takes the name out of a Content-Disposition; "" when there is none.
func fileName(disposition string) string {
	_, parameters, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return parameters["filename"]
}

func (e *exchange) attachmentLocation(a mediation.Attachment) string {
	return e.caseLocation(string(a.Case)) + "/attachments/" + string(a.ID)
}

func (e *exchange) attachmentView(a mediation.Attachment) AttachmentView {
	view := AttachmentView{
		ID: string(a.ID), Version: a.Version, Kind: AttachmentCode(a.Kind), Name: a.Name, Media: a.Media, Size: a.Size, Digest: reprDigest(a),
		At: legal(a.At), Issuer: a.By.Issuer, Subject: a.By.Subject, ActorName: a.By.Name,
	}
	if w := a.Withdrawal; w != nil {
		view.Withdrawal = &FileWithdrawalView{At: legal(w.At), Issuer: w.By.Issuer, Subject: w.By.Subject, ActorName: w.By.Name, Reason: w.Reason}
	} else {
		view.Content = e.attachmentLocation(a) + "/content"
	}
	return view
}

func reprDigest(a mediation.Attachment) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(a.Digest[:]) + ":"
}

func (a *API) listAttachments(ctx context.Context, in *listAttachmentsInput) (*listAttachmentsOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	page, err := e.tenant.Attachments(ctx, e.request(), caseID(in.Case), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listAttachmentsOutput{}
	out.Body.Items, out.Body.Total = views(page.Attachments, e.attachmentView), totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getAttachment(ctx context.Context, in *AttachmentPath) (*attachmentOutput, error) {
	e := exchangeOf(ctx)
	found, err := e.tenant.Attachment(ctx, e.request(), caseID(in.Case), caseID(in.Attachment))
	if err != nil {
		return nil, err
	}
	return &attachmentOutput{Status: http.StatusOK, ETag: etag(found.Version), Body: e.attachmentView(found)}, nil
}

func (a *API) fetchAttachment(ctx context.Context, in *fetchAttachmentInput) (*contentOutput, error) {
	e := exchangeOf(ctx)
	return a.serveFile(ctx, &in.StreamedBody, func(ctx context.Context) (mediation.Attachment, io.ReadSeekCloser, error) {
		return e.tenant.FetchAttachment(ctx, e.request(), caseID(in.Case), caseID(in.Attachment))
	})
}

// serveFile opens a file and lets the standard library answer ranges and conditions.
func (a *API) serveFile(ctx context.Context, b *StreamedBody, open func(context.Context) (mediation.Attachment, io.ReadSeekCloser, error)) (*contentOutput, error) {
	done, err := a.transferring(exchangeOf(ctx).tenant.Unit())
	if err != nil {
		return nil, err
	}
	long, cancel := patient(ctx)
	found, content, err := open(long)
	if err != nil {
		cancel()
		done()
		return nil, err
	}
	out := &contentOutput{
		Disposition: attachedAs(found.Name), Digest: reprDigest(found), ETag: `"` + hex.EncodeToString(found.Digest[:]) + `"`,
		Cache: "private, no-store", Media: found.Media,
	}
	out.Body = func(huma.Context) {
		defer done()
		defer cancel()
		defer func() { _ = content.Close() }() // it was only read
		w := &contentWriter{ResponseWriter: b.w, pace: pace{began: time.Now()}}
		w.refuse = func(status int) bool { return a.refuseContent(w.ResponseWriter, b.r, status) }
		http.ServeContent(w, b.r, "", found.At, content)
	}
	return out, nil
}

// refuseContent says as a problem what ServeContent refuses.
func (a *API) refuseContent(w http.ResponseWriter, r *http.Request, status int) bool {
	switch status {
	case http.StatusRequestedRangeNotSatisfiable:
		a.fail(w, r, mediation.Fail(wrongRange, "range-not-satisfiable", "The file has no such part; Content-Range says how long it is.", "文件没有所请求的部分，长度见 Content-Range。"))
	case http.StatusPreconditionFailed:
		a.fail(w, r, mediation.StaleVersion())
	default:
		return status >= http.StatusBadRequest
	}
	return true
}

// attachedAs names the file for saving: in ASCII by its ending, whole by filename* (RFC 6266, RFC 8187).
func attachedAs(name string) string {
	return `attachment; filename="attachment` + strings.ToLower(path.Ext(name)) + `"; filename*=UTF-8''` +
		strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

func (a *API) linkAttachment(ctx context.Context, in *linkAttachmentInput) (*linkAttachmentOutput, error) {
	e := exchangeOf(ctx)
	link, signature, err := e.tenant.LinkAttachment(ctx, e.request(), caseID(in.Case), caseID(in.Attachment))
	if err != nil {
		return nil, err
	}
	query := url.Values{"expires": {strconv.FormatInt(link.Expires.Unix(), 10)}, "signature": {base64.RawURLEncoding.EncodeToString(signature)}}
	address := a.public + strings.Replace(linksPath, "{tenant}", e.tenant.Unit(), 1) + "/" + string(link.ID) + "?" + query.Encode()
	return &linkAttachmentOutput{Cache: "no-store", Body: AttachmentLinkView{URL: address, Expires: legal(link.Expires)}}, nil
}

func (a *API) openLink(ctx context.Context, in *openLinkInput) (*contentOutput, error) {
	e := exchangeOf(ctx)
	expires, err := strconv.ParseInt(in.Expires, 10, 64)
	signature, unreadable := base64.RawURLEncoding.Strict().DecodeString(in.Signature)
	if err != nil || unreadable != nil {
		return nil, mediation.ClosedLink()
	}
	link := mediation.AttachmentLink{ID: caseID(in.Link), Expires: time.Unix(expires, 0)}
	if err := e.tenant.CheckLink(link, signature); err != nil {
		return nil, err
	}
	return a.serveFile(ctx, &in.StreamedBody, func(ctx context.Context) (mediation.Attachment, io.ReadSeekCloser, error) {
		return e.tenant.OpenLink(ctx, link)
	})
}

func (a *API) withdrawAttachment(ctx context.Context, in *withdrawAttachmentInput) (*attachmentOutput, error) {
	e := exchangeOf(ctx)
	of, id := caseID(in.Case), caseID(in.Attachment)
	version, err := e.ifMatch.demand(func() (int64, error) {
		found, err := e.tenant.Attachment(ctx, e.request(), of, id)
		return found.Version, err
	})
	if err != nil {
		return nil, err
	}
	withdrawn, receipt, err := e.tenant.WithdrawAttachment(ctx, e.request(), of, id, version, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &attachmentOutput{Status: http.StatusOK, ETag: currentTag(receipt, withdrawn.Version), Replayed: replayed(receipt), Body: e.attachmentView(withdrawn)}, nil
}
