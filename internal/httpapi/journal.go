package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// EntryView is one line of a case's journal.
type EntryView struct {
	ID        string       `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At        time.Time    `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Issuer    string       `json:"issuer" example:"https://id.example" doc:"Whose token it was, with subject."`
	Subject   string       `json:"subject" example:"zhang"`
	ActorName string       `json:"actorName,omitempty" example:"张三"`
	Roles     []RoleCode   `json:"roles" nullable:"false" doc:"The roles they acted with."`
	Verb      VerbCode     `json:"verb" example:"accept"`
	From      string       `json:"from,omitempty" example:"pending-acceptance" doc:"State before; absent for the first entry."`
	To        StateCode    `json:"to" example:"accepted"`
	Version   int64        `json:"version" example:"2" doc:"Of the case after the change."`
	Changes   []ChangeView `json:"changes" nullable:"false"`
	Reason    string       `json:"reason,omitempty" example:"金额录入有误"`
}

// ChangeView is one field before and after.
type ChangeView struct {
	Field  string `json:"field" example:"/amount" doc:"RFC 6901 into the case; a party is addressed by its id."`
	Before string `json:"before,omitempty" example:"250000"`
	After  string `json:"after,omitempty" example:"300000"`
}

type getJournalInput struct {
	CasePath
	PageQuery
}

type getJournalOutput struct {
	Link string `header:"Link" doc:"rel=next, when there is another page (RFC 8288)."`
	Body struct {
		Items []EntryView `json:"items" nullable:"false"`
		Next  string      `json:"next,omitempty" example:"eyJ2IjoxLCJvIjoidXBkYXRlZF9hdCJ9" doc:"Cursor of the next page."`
	}
}

func (a *API) registerJournal() {
	register(a, operation{
		id: "get-journal", method: http.MethodGet, path: casesPath + "/{case}/journal", tag: tagCases, action: mediation.ActionCaseJournal,
		summary: "Read a case's journal", summaryZH: "查阅案件留痕", statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "Everything that was done to the case, oldest first: who, when, what, and each field before and after. It is never changed or removed.",
	}, a.getJournal)
}

func (a *API) getJournal(ctx context.Context, in *getJournalInput) (*getJournalOutput, error) {
	e := exchangeOf(ctx)
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	entries, next, err := e.tenant.Journal(ctx, e.request(), caseID(in.Case), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &getJournalOutput{}
	out.Body.Items = []EntryView{}
	for _, entry := range entries {
		out.Body.Items = append(out.Body.Items, entryView(entry))
	}
	out.Body.Next, out.Link = in.follow(next)
	return out, nil
}

func entryView(entry mediation.Entry) EntryView {
	view := EntryView{
		ID: string(entry.ID), At: legal(entry.At), Issuer: entry.Actor.Issuer, Subject: entry.Actor.Subject,
		ActorName: entry.Actor.Name, Roles: roleCodes(entry.Actor.Roles), Verb: VerbCode(entry.Verb),
		From: string(entry.From), To: StateCode(entry.To), Version: entry.Version, Changes: []ChangeView{}, Reason: entry.Reason,
	}
	for _, change := range entry.Changes {
		view.Changes = append(view.Changes, ChangeView{Field: change.Field, Before: change.Before, After: change.After})
	}
	return view
}
