package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReopeningInput opens a new volume of a closed dispute.
type ReopeningInput struct {
	Ground ReopeningCode `json:"ground" example:"relapse"`
	Note   string        `json:"note,omitempty" maxLength:"2000" example:"院墙重砌，双方又起争执。"`
	Facts  string        `json:"facts,omitempty" maxLength:"20000" example:"甲方翻建院墙后雨水流入乙方院内。" doc:"Left out, those of the old volume."`
	Claims string        `json:"claims,omitempty" maxLength:"20000" example:"要求改道排水并赔偿损失。" doc:"Left out, those of the old volume."`
}

// MergingInput joins a case to another about the same dispute.
type MergingInput struct {
	Into   string `json:"into" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c41" doc:"Id of the case of this township that goes on."`
	Reason string `json:"reason" minLength:"1" maxLength:"2000" example:"同一纠纷重复登记"`
}

// SplittingInput says what becomes a case of its own.
type SplittingInput struct {
	Title   string   `json:"title,omitempty" maxLength:"200" example:"补偿款争议" doc:"Left out, as all texts, that of this case."`
	Facts   string   `json:"facts,omitempty" maxLength:"20000" example:"甲方翻建院墙后雨水流入乙方院内。"`
	Claims  string   `json:"claims,omitempty" maxLength:"20000" example:"要求改道排水并赔偿损失。"`
	Amount  *int64   `json:"amount,omitempty" minimum:"0" example:"100000" doc:"Claimed in the new case, in fen."`
	Parties []string `json:"parties" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Ids of the parties who are in the new case."`
	Leaving []string `json:"leaving,omitempty" nullable:"false" maxItems:"200" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40\"]" doc:"Which of them leave this one."`
	Reason  string   `json:"reason" minLength:"1" maxLength:"2000" example:"补偿款另有争议"`
}

// LinkView joins a case to another of the same township.
type LinkView struct {
	Kind         LinkCode  `json:"kind" example:"reopens"`
	Case         string    `json:"case" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Registration string    `json:"registration" example:"371621101-2026-000001"`
	At           time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
}

func (in ReopeningInput) reopening() mediation.Reopening {
	return mediation.Reopening{Ground: mediation.ReopeningGround(in.Ground), Note: in.Note, Facts: in.Facts, Claims: in.Claims}
}

func (in SplittingInput) splitting() mediation.Splitting {
	return mediation.Splitting{
		Title: in.Title, Facts: in.Facts, Claims: in.Claims, Amount: in.Amount, Parties: idsOf(in.Parties), Leaving: idsOf(in.Leaving), Reason: in.Reason}
}

func linkView(l mediation.Link) LinkView {
	return LinkView{Kind: LinkCode(l.Kind), Case: string(l.Case), Registration: l.Registration, At: legal(l.At)}
}

func (a *API) registerLinks() {
	filing(a, operation{
		id: "reopen-case", path: "reopen", tag: tagFile, action: mediation.ActionCaseReopen,
		summary: "Reopen a dispute as a new volume", summaryZH: "再次立案",
		example: ReopeningInput{Ground: "relapse", Note: "院墙重砌，双方又起争执。"},
		description: "Files a closed or archived dispute again as a new case, linked to the first volume; the answer is the new case, which waits for acceptance. " +
			"The old one stays closed and can be reopened once. If-Match is of the old one; 429 when the township has as many open cases as it may.",
	}, ReopeningInput.reopening, (*casework.Service).ReopenCase)
	filing(a, operation{
		id: "split-case", path: "split", tag: tagCases, action: mediation.ActionCaseSplit,
		summary: "Split a case", summaryZH: "分案",
		example: SplittingInput{Title: "补偿款争议", Parties: []string{exampleParty, exampleOther}, Reason: "补偿款另有争议"},
		description: "Files a part of the dispute as a case of its own; the answer is the new case. Both are whole afterwards: at least an applicant and a respondent each. " +
			"If-Match is of the case that is split; 429 when the township has as many open cases as it may.",
	}, SplittingInput.splitting, (*casework.Service).SplitCase)
	register(a, operation{
		id: "merge-case", path: "merge", tag: tagCases, action: mediation.ActionCaseMerge,
		summary: "Merge a case into another", summaryZH: "并案",
		example: MergingInput{Into: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c41", Reason: "同一纠纷重复登记"},
		description: "Joins this case to another about the same dispute, which goes on with the parties of both; this one ends as merged. Each keeps its journal and its number. " +
			"Taking another case in (absorb) is this operation on the other case.",
	}.ofCase(), mergeCase)
}

// filing registers an operation by which a case begins another: the answer is the new one, and where it is.
func filing[B, C any](a *API, op operation, command func(B) C, do useCase[C]) {
	op = op.ofCase()
	op.status = http.StatusCreated
	op.statuses = append(op.statuses, http.StatusTooManyRequests)
	register(a, op, func(ctx context.Context, in *changeInput[B]) (*caseOutput, error) {
		out, err := changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
			return do(e.tenant, ctx, e.request(), id, version, command(in.Body))
		})
		if err != nil {
			return nil, err
		}
		out.Status = http.StatusCreated
		out.Location = exchangeOf(ctx).caseLocation(out.Body.ID)
		return out, nil
	})
}

// caseLocation is where a case of the tenant is.
func (e *exchange) caseLocation(id string) string {
	return "/v1/tenants/" + e.tenant.Unit() + "/cases/" + id
}

func mergeCase(ctx context.Context, in *changeInput[MergingInput]) (*caseOutput, error) {
	return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
		c, receipt, err := e.tenant.MergeCase(ctx, e.request(), id, version, caseID(in.Body.Into), mediation.Merging{Reason: in.Body.Reason})
		if mediation.KindOf(err) != mediation.NotFound {
			return c, receipt, err
		}
		if _, unknown := e.tenant.Case(ctx, e.request(), id); unknown != nil {
			return c, receipt, err
		}
		return c, receipt, mediation.Fail(mediation.Invalid, "invalid-merging", "The merging breaks a rule.", "并案不符合规定。").
			WithFields(mediation.FieldError{Pointer: "/into", Code: "unknown-case",
				Message: "There is no such case in this unit.", MessageZH: "该单位没有此案件。"})
	})
}
