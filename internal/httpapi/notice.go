package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// The codes of notices.
type (
	// NoticeCode is what somebody is told.
	NoticeCode string
	// UrgencyCode says whether a notice waits its turn.
	UrgencyCode string
	// DeliveryCode is how far a notice has come on one channel.
	DeliveryCode string
)

// Schema is the list of codes.
func (NoticeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("notice-kinds") }

// Schema is the list of codes.
func (UrgencyCode) Schema(huma.Registry) *huma.Schema { return codeSchema("urgencies") }

// Schema is the list of codes.
func (DeliveryCode) Schema(huma.Registry) *huma.Schema { return codeSchema("delivery-states") }

// NoticeView is one notice of the caller's inbox.
type NoticeView struct {
	ID      string      `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c91"`
	Kind    NoticeCode  `json:"kind" example:"assigned"`
	Urgency UrgencyCode `json:"urgency" example:"normal"`
	Case    string      `json:"case" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Number  string      `json:"number" example:"（2026）惠镇人调字第0001号" doc:"Of the case; before acceptance its registration."`
	Title   string      `json:"title,omitempty" example:"相邻宅基地排水纠纷" doc:"Of the case as it is now; absent for whoever may not see it."`
	State   StateCode   `json:"state" example:"assigned" doc:"Of the case now."`
	About   string      `json:"about,omitempty" example:"/referrals/1" doc:"Pointer into the case, or the rule of a clock."`
	ZH      string      `json:"zh" example:"案件 （2026）惠镇人调字第0001号（邻里纠纷）已指派您办理，由您主持。"`
	EN      string      `json:"en" example:"Case （2026）惠镇人调字第0001号 (Neighbours) is assigned to you, and you host it."`
	At      time.Time   `json:"at" example:"2026-11-23T08:00:00+08:00"`
	ReadAt  *time.Time  `json:"readAt,omitempty" example:"2026-11-23T10:00:00+08:00" doc:"Absent while it is unread."`
}

// DeliveryView is how a notice left the house on one channel.
type DeliveryView struct {
	Channel   string       `json:"channel" example:"webhook"`
	State     DeliveryCode `json:"state" example:"sent"`
	Attempts  int          `json:"attempts" example:"1"`
	NextAt    *time.Time   `json:"nextAt,omitempty" example:"2026-11-23T10:05:00+08:00" doc:"When it is tried next; absent once it is sent or given up."`
	LastError string       `json:"lastError,omitempty" example:"status-503" doc:"Why the last attempt failed."`
	UpdatedAt time.Time    `json:"updatedAt" example:"2026-11-23T10:00:00+08:00"`
}

// NoticePath names a notice.
type NoticePath struct {
	TenantPath
	// No format here: what is no UUID is answered like any other notice that is not there.
	Notice string `path:"notice" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of a notice."`
}

type listNoticesInput struct {
	TenantPath
	PageQuery
	Unread bool         `query:"unread" doc:"Only those that are not read yet."`
	Kind   []NoticeCode `query:"kind" nullable:"false" doc:"Kinds, separated by commas."`
	Case   string       `query:"case" doc:"Only those about this case."`
}

type listNoticesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items  []NoticeView `json:"items" nullable:"false"`
		Next   string       `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total  Total        `json:"total" doc:"Of what was asked for."`
		Unread Total        `json:"unread" doc:"Of everything that you were told here."`
	}
}

type readNoticeInput struct {
	NoticePath
	KeyHeader
}

type readNoticeOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     NoticeView
}

// ReadNoticesInput says up to where everything was read.
type ReadNoticesInput struct {
	UpTo string `json:"upTo" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"Id of the newest of your notices that you saw. It and all older ones become read."`
}

type readNoticesInput struct {
	TenantPath
	KeyHeader
	Body ReadNoticesInput
}

type readNoticesOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     struct {
		Marked int `json:"marked" example:"3" doc:"How many were not read before."`
	}
}

type retryDeliveryInput struct {
	NoticePath
	Channel string `path:"channel" example:"webhook" doc:"As list-deliveries names it."`
	KeyHeader
}

type retryDeliveryOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     DeliveryView
}

type listDeliveriesOutput struct {
	Body struct {
		Items  []DeliveryView `json:"items" nullable:"false"`
		Notice NoticeView     `json:"notice"`
		To     RecipientView  `json:"to"`
		Total  Total          `json:"total"`
	}
}

// RecipientView is who was told.
type RecipientView struct {
	Issuer     string `json:"issuer,omitempty" example:"https://id.example"`
	Subject    string `json:"subject,omitempty" example:"zhang"`
	RegistryID string `json:"registryId,omitempty" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"In the registry of mediators, for somebody without a login."`
}

const noticesPath = "/v1/tenants/{tenant}/notices"

func (a *API) registerNotices() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-notices", method: http.MethodGet, path: noticesPath, tag: tagNotices, action: mediation.ActionNoticeList,
		summary: "List my notices", summaryZH: "列出我的通知", statuses: missing,
		description: "What you were told in this township, newest first: assignments, dangers, red alerts, clocks … Nobody else's notices are here.",
	}, a.listNotices)
	register(a, operation{
		id: "read-notice", method: http.MethodPost, path: noticesPath + "/{notice}/read", tag: tagNotices, action: mediation.ActionNoticeRead,
		summary: "Mark a notice as read", summaryZH: "将通知标为已读", statuses: missing,
		description: "Marks one of your notices; the first reading stays. A notice of somebody else is 404.",
	}, a.readNotice)
	register(a, operation{
		id: "read-notices", method: http.MethodPost, path: noticesPath + "/read", tag: tagNotices, action: mediation.ActionNoticeRead,
		summary: "Mark notices as read", summaryZH: "将通知全部标为已读", statuses: missing,
		example:     ReadNoticesInput{UpTo: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"},
		description: "Marks the named notice and all of yours that are older. Name the newest that you saw, so that none is marked unseen.",
	}, a.readNotices)
	register(a, operation{
		id: "list-deliveries", method: http.MethodGet, path: noticesPath + "/{notice}/deliveries", tag: tagNotices, action: mediation.ActionNoticeDeliveries,
		summary: "See how a notice was delivered", summaryZH: "查询通知送达情况", statuses: missing,
		description: "How a notice, whoever was told, left the house: one entry for each channel. Empty while no channel is set up, and until the worker has taken the notice up.",
	}, a.listDeliveries)
	register(a, operation{
		id: "retry-delivery", method: http.MethodPost, path: noticesPath + "/{notice}/deliveries/{channel}/retry", tag: tagNotices, action: mediation.ActionNoticeRetry,
		summary: "Send a notice again", summaryZH: "重新发送通知", statuses: append(missing, http.StatusConflict),
		description: "Sends a notice once more on a channel on which it was given up (state dead): at once; a message that had been tried for a day gets one attempt, another its remaining ones. " +
			"What was sent or still waits is 409 delivery-state. Recorded with who asked for it.",
	}, a.retryDelivery)
}

func (a *API) listNotices(ctx context.Context, in *listNoticesInput) (*listNoticesOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	query := mediation.NoticeQuery{Unread: in.Unread, After: after, Limit: in.Limit}
	if in.Case != "" {
		query.Case = caseID(in.Case)
	}
	for _, kind := range in.Kind {
		query.Kinds = append(query.Kinds, mediation.NoticeKind(kind))
	}
	inbox, err := e.tenant.Notices(ctx, e.request(), query)
	if err != nil {
		return nil, err
	}
	out := &listNoticesOutput{}
	out.Body.Items = []NoticeView{}
	for _, told := range inbox.Notices {
		out.Body.Items = append(out.Body.Items, noticeView(told))
	}
	out.Body.Total, out.Body.Unread = totalOf(inbox.Total), totalOf(inbox.Unread)
	out.Body.Next, out.Link = in.follow(inbox.Next)
	return out, nil
}

func (a *API) readNotice(ctx context.Context, in *readNoticeInput) (*readNoticeOutput, error) {
	e := exchangeOf(ctx)
	told, receipt, err := e.tenant.ReadNotice(ctx, e.request(), mediation.ID(in.Notice))
	if err != nil {
		return nil, err
	}
	return &readNoticeOutput{Replayed: replayed(receipt), Body: noticeView(told)}, nil
}

func (a *API) readNotices(ctx context.Context, in *readNoticesInput) (*readNoticesOutput, error) {
	e := exchangeOf(ctx)
	marked, receipt, err := e.tenant.ReadNotices(ctx, e.request(), mediation.ID(in.Body.UpTo))
	if err != nil {
		return nil, err
	}
	out := &readNoticesOutput{Replayed: replayed(receipt)}
	out.Body.Marked = marked
	return out, nil
}

func (a *API) listDeliveries(ctx context.Context, in *NoticePath) (*listDeliveriesOutput, error) {
	e := exchangeOf(ctx)
	told, deliveries, err := e.tenant.Deliveries(ctx, e.request(), mediation.ID(in.Notice))
	if err != nil {
		return nil, err
	}
	out := &listDeliveriesOutput{}
	out.Body.Items = []DeliveryView{}
	for _, d := range deliveries {
		out.Body.Items = append(out.Body.Items, deliveryView(d))
	}
	out.Body.Notice = noticeView(told)
	out.Body.To = RecipientView{Issuer: told.To.Issuer, Subject: told.To.Subject, RegistryID: string(told.To.Registry)}
	out.Body.Total = Total{Value: len(deliveries), Exact: true}
	return out, nil
}

func (a *API) retryDelivery(ctx context.Context, in *retryDeliveryInput) (*retryDeliveryOutput, error) {
	e := exchangeOf(ctx)
	d, receipt, err := e.tenant.RetryDelivery(ctx, e.request(), mediation.ID(in.Notice), in.Channel)
	if err != nil {
		return nil, err
	}
	return &retryDeliveryOutput{Replayed: replayed(receipt), Body: deliveryView(d)}, nil
}

func deliveryView(d casework.Delivery) DeliveryView {
	return DeliveryView{Channel: d.Channel, State: DeliveryCode(d.State), Attempts: d.Attempts, NextAt: legalPointer(d.NextAt),
		LastError: d.LastError, UpdatedAt: legal(d.UpdatedAt)}
}

func noticeView(told casework.Told) NoticeView {
	return NoticeView{
		ID: string(told.ID), Kind: NoticeCode(told.Kind), Urgency: UrgencyCode(told.Urgency), Case: string(told.Case),
		Number: told.Number, Title: told.Of.Title, State: StateCode(told.Of.State), About: told.About,
		ZH: told.ZH, EN: told.EN, At: legal(told.At), ReadAt: legalPointer(told.ReadAt),
	}
}
