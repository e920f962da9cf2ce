package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

type fileCaseInput struct {
	TenantPath
	KeyHeader
	Body CaseInput
}

type listCasesInput struct {
	TenantPath
	CaseFilter
	Q              string    `query:"q" example:"宅基地 排水" doc:"Search: 1 to 32 characters, up to 8 terms parted by blanks, all of which the case must hold in title, place, names of parties, facts, claims or numbers. Chinese is found by any one or more characters that stand side by side in one field, Latin words and figures as a whole, numbers also without leading noughts (第17号). Who sees parties masked, or is recused, searches titles and numbers only. Identity and mobile numbers are not searched; traditional and simplified characters are not matched."`
	OccurredFrom   string    `query:"occurred_from" format:"date" example:"2026-11-01" doc:"Happened on this day or later."`
	OccurredTo     string    `query:"occurred_to" format:"date" example:"2026-11-30" doc:"Happened on this day or earlier."`
	DueAfter       time.Time `query:"due_after" example:"2026-11-23T00:00:00+08:00" doc:"A running clock is due at this moment or later."`
	DueBefore      time.Time `query:"due_before" example:"2026-12-01T00:00:00+08:00" doc:"A running clock is due before; with due_after, one and the same clock."`
	Mediator       string    `query:"mediator" example:"li" doc:"Subject of a mediator: the cases that they mediate now."`
	MediatorIssuer string    `query:"mediator_issuer" example:"https://id.example" doc:"Issuer of that mediator; without it, of any."`
}

type getCaseInput struct {
	CasePath
	NoneMatchHeader
}

type patchCaseInput struct {
	CasePath
	KeyHeader
	MatchHeader
	Body CasePatch `contentType:"application/merge-patch+json"`
}

type acceptCaseInput struct {
	CasePath
	KeyHeader
	MatchHeader
}

type refuseCaseInput struct {
	CasePath
	KeyHeader
	MatchHeader
	Body RefusalInput
}

type withdrawCaseInput struct {
	CasePath
	KeyHeader
	MatchHeader
	Body WithdrawalInput
}

// RefusalInput is the committee's decision not to take a case on.
type RefusalInput struct {
	Reason RefusalCode `json:"reason" example:"out-of-area"`
	Note   string      `json:"note,omitempty" maxLength:"2000" example:"已告知向某镇调委会申请。" doc:"What the parties were told."`
}

// WithdrawalInput is why mediation is not wanted any more.
type WithdrawalInput struct {
	Note string `json:"note,omitempty" maxLength:"2000" example:"双方已自行和解。"`
	By   string `json:"by,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the applicant who withdraws; without an applicant, of any party."`
}

type caseOutput struct {
	Status   int
	ETag     string `header:"ETag" doc:"The version, quoted. Absent when a repeated request finds that the case has moved on."`
	Location string `header:"Location" doc:"Where the new case is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     CaseDetailView
}

type listCasesOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []CaseView `json:"items" nullable:"false"`
		Next  string     `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
		Total Total      `json:"total"`
	}
}

const casesPath = "/v1/tenants/{tenant}/cases"

func (a *API) registerCases() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "file-case", method: http.MethodPost, path: casesPath, tag: tagCases, action: mediation.ActionCaseFile,
		summary: "File a case", summaryZH: "登记案件", status: http.StatusCreated,
		statuses: append([]int{http.StatusTooManyRequests}, missing...), example: exampleCase(),
		description: "Registers a dispute; it waits for acceptance and has its registration (登记号). 429 when the township has as many open cases as it may.",
	}, a.fileCase)
	register(a, operation{
		id: "list-cases", method: http.MethodGet, path: casesPath, tag: tagCases, action: mediation.ActionCaseList,
		summary: "List cases", summaryZH: "查询案件", statuses: missing,
		description: "The township's cases, searched and filtered; filters combine, and order and cursors are the same with and without a search. To follow changes, sort by updated_at, keep the last updatedAt you saw and pass it as updated_after.",
	}, a.listCases)
	register(a, operation{
		id: "get-case", method: http.MethodGet, path: casesPath + "/{case}", tag: tagCases, action: mediation.ActionCaseRead,
		summary: "Read a case", summaryZH: "读取案件", statuses: missing, conditional: true,
		description: "One whole case with its ETag: what lists show, and every meeting, referral, payment, paper … as an array. Identity numbers, phones and addresses are masked but for who mediates the case (reveal-case shows them for a purpose); readers and county administrators get names masked too; whoever is recused may not open it.",
	}, a.getCase)
	register(a, operation{
		id: "correct-case", method: http.MethodPatch, path: casesPath + "/{case}", tag: tagCases, action: mediation.ActionCaseCorrect,
		summary: "Correct a case", summaryZH: "更正案件", statuses: missing, guarded: true,
		example:     map[string]any{"facts": "甲方翻建院墙后雨水流入乙方院内。", "amount": 300000, "reason": "金额录入有误"},
		description: "A JSON merge patch (RFC 7396): members that are there replace, null clears, absent ones stay; lists are replaced whole. What changed goes into the journal. A patch that changes nothing succeeds and leaves the version.",
	}, a.correctCase)
	a.registerTransitions(missing)
}

func (a *API) registerTransitions(missing []int) {
	register(a, operation{
		id: "accept-case", method: http.MethodPost, path: casesPath + "/{case}/accept", tag: tagCases, action: mediation.ActionCaseAccept,
		summary: "Accept a case", summaryZH: "受理案件", statuses: missing, guarded: true,
		description: "The committee takes the case on; it gets its 人调字 number. 409 case-incomplete while facts or claims are missing, 409 case-state when it is not waiting for acceptance.",
	}, a.acceptCase)
	register(a, operation{
		id: "refuse-case", method: http.MethodPost, path: casesPath + "/{case}/refuse", tag: tagCases, action: mediation.ActionCaseRefuse,
		summary: "Refuse a case", summaryZH: "不予受理", statuses: missing, guarded: true,
		example:     RefusalInput{Reason: RefusalCode(mediation.RefusalOutOfArea), Note: "已告知向有管辖权的调委会申请。"},
		description: "The committee does not take the case on, for a legal reason of the list refusal-reasons; the answer says the road that remains.",
	}, a.refuseCase)
	register(a, operation{
		id: "withdraw-case", method: http.MethodPost, path: casesPath + "/{case}/withdraw", tag: tagCases, action: mediation.ActionCaseWithdraw,
		summary: "Withdraw a case", summaryZH: "撤回案件", statuses: missing, guarded: true,
		example:     WithdrawalInput{Note: "双方已自行和解。"},
		description: "The applicant does not want mediation any more.",
	}, a.withdrawCase)
}

func (a *API) fileCase(ctx context.Context, in *fileCaseInput) (*caseOutput, error) {
	e := exchangeOf(ctx)
	c, receipt, err := e.tenant.FileCase(ctx, e.request(), in.Body.filing())
	if err != nil {
		return nil, err
	}
	out := written(c, receipt)
	out.Status = http.StatusCreated
	out.Location = e.caseLocation(string(c.ID))
	return out, nil
}

func (a *API) listCases(ctx context.Context, in *listCasesInput) (*listCasesOutput, error) {
	e := exchangeOf(ctx)
	query, err := in.caseQuery()
	if err != nil {
		return nil, err
	}
	query.Mediator.Subject, query.Mediator.Issuer = in.Mediator, in.MediatorIssuer
	query.Search, query.OccurredFrom, query.OccurredTo = in.Q, in.OccurredFrom, in.OccurredTo
	query.DueAfter, query.DueBefore = moment(in.DueAfter), moment(in.DueBefore)
	page, err := e.tenant.Cases(ctx, e.request(), query)
	if err != nil {
		return nil, err
	}
	out := &listCasesOutput{}
	out.Body.Items = []CaseView{}
	for _, c := range page.Cases {
		out.Body.Items = append(out.Body.Items, caseView(c))
	}
	out.Body.Total = totalOf(page.Total)
	out.Body.Next, out.Link = in.follow(page.Next)
	return out, nil
}

func (a *API) getCase(ctx context.Context, in *getCaseInput) (*caseOutput, error) {
	e := exchangeOf(ctx)
	c, err := e.tenant.Case(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	out := &caseOutput{Status: http.StatusOK, ETag: etag(c.Version), Body: caseDetailView(c)}
	if e.ifNoneMatch.present && e.ifNoneMatch.unchanged(c.Version) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

func (a *API) correctCase(ctx context.Context, in *patchCaseInput) (*caseOutput, error) {
	correction, err := in.Body.correction()
	if err != nil {
		return nil, err
	}
	return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
		return e.tenant.CorrectCase(ctx, e.request(), id, version, correction)
	})
}

func (a *API) acceptCase(ctx context.Context, in *acceptCaseInput) (*caseOutput, error) {
	return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
		return e.tenant.AcceptCase(ctx, e.request(), id, version)
	})
}

func (a *API) refuseCase(ctx context.Context, in *refuseCaseInput) (*caseOutput, error) {
	refusal := mediation.Refusal{Reason: mediation.RefusalReason(in.Body.Reason), Note: in.Body.Note}
	return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
		return e.tenant.RefuseCase(ctx, e.request(), id, version, refusal)
	})
}

func (a *API) withdrawCase(ctx context.Context, in *withdrawCaseInput) (*caseOutput, error) {
	withdrawal := mediation.Withdrawal{Note: in.Body.Note, By: mediation.ID(in.Body.By)}
	return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
		return e.tenant.WithdrawCase(ctx, e.request(), id, version, withdrawal)
	})
}

// changeCase settles If-Match, then does the change.
func changeCase(ctx context.Context, path string, do func(*exchange, mediation.ID, int64) (mediation.Case, mediation.Receipt, error)) (*caseOutput, error) {
	e, id := exchangeOf(ctx), caseID(path)
	version, err := e.ifMatch.demand(func() (int64, error) {
		c, err := e.tenant.Case(ctx, e.request(), id)
		return c.Version, err
	})
	if err != nil {
		return nil, err
	}
	c, receipt, err := do(e, id, version)
	if err != nil {
		return nil, err
	}
	return written(c, receipt), nil
}

func written(c mediation.Case, receipt mediation.Receipt) *caseOutput {
	return &caseOutput{
		Status: http.StatusOK, ETag: currentTag(receipt, c.Version), Replayed: replayed(receipt), Body: caseDetailView(c)}
}

// caseID reads a case's id out of a path. What is no UUID becomes the one that no case has, so that the store gives
// the same answer as for any other unknown id.
func caseID(path string) mediation.ID {
	id, err := uuid.Parse(path)
	if err != nil || len(path) != len(uuid.Nil.String()) {
		return mediation.ID(uuid.Nil.String())
	}
	return mediation.ID(id.String())
}

func exampleCase() CaseInput {
	amount := int64(250000)
	return CaseInput{
		Type: "02", Source: SourceCode(mediation.SourceApplication), Title: "相邻宅基地排水纠纷",
		Facts: "甲方翻建院墙后雨水流入乙方院内。", Claims: "要求改道排水并赔偿损失2500元。",
		Amount: &amount, People: 4, OccurredOn: "2026-11-01", Tags: []string{"排水"},
		Parties: []PartyInput{
			{Side: SideCode(mediation.SideApplicant), Kind: PartyCode(mediation.PartyPerson), Name: "张三", Phone: "13800001234"},
			{Side: SideCode(mediation.SideRespondent), Kind: PartyCode(mediation.PartyPerson), Name: "李四"},
		},
	}
}
