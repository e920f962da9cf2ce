package httpapi

import (
	"context"
	"net/http"
	"strings"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ActionView is one thing that can be done to a case: whether the caller may do it now, and what is missing.
type ActionView struct {
	Verb      VerbCode      `json:"verb" example:"close"`
	Label     string        `json:"label" example:"Close" doc:"In the language of Content-Language, like need and message."`
	Need      string        `json:"need" example:"facts and claims written down" doc:"What it wants in general."`
	Operation string        `json:"operation" example:"close-case" doc:"operationId of the operation that does it."`
	Method    string        `json:"method" example:"POST"`
	Path      string        `json:"path" example:"/v1/tenants/371621101/cases/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e/close" doc:"Where it is done. A number still to be chosen stays in braces."`
	Allowed   bool          `json:"allowed" example:"false"`
	Missing   []MissingView `json:"missing" nullable:"false" doc:"Empty when allowed."`
	Ahead     []MissingView `json:"ahead" nullable:"false" doc:"Not in the way now, but the next step will want it: close shows the papers without which the file is not archived."`
}

// MissingView is one reason why something cannot be done now.
type MissingView struct {
	Code    string `json:"code" example:"route-open" doc:"The code that the operation itself refuses with, in code or in errors."`
	Pointer string `json:"pointer,omitempty" example:"/referrals/1" doc:"Into the case: a name, or the number of an item of its list."`
	Message string `json:"message" example:"The route Legal aid has not reported back: record its outcome."`
}

type listActionsOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     struct {
		Items []ActionView `json:"items" nullable:"false"`
	}
}

func (a *API) registerActions() {
	register(a, operation{
		id: "list-actions", method: http.MethodGet, path: casesPath + "/{case}/actions", tag: tagCases, action: mediation.ActionCaseActions,
		summary: "List what can be done to a case", summaryZH: "列出案件可办事项",
		statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "Every verb of a case's life: whether you may do it now and, if not, why not and what to do about it, in zh-CN or en by Accept-Language. " +
			"What is allowed here succeeds with a sound body; what is not fails for the reason shown.",
	}, a.listActions)
}

// missingView words a reason in the language of the request.
func (e *exchange) missingView(m mediation.Missing) MissingView {
	return MissingView{Code: m.Code, Pointer: m.Pointer, Message: e.language.pick(m.EN, m.ZH)}
}

func (a *API) listActions(ctx context.Context, in *CasePath) (*listActionsOutput, error) {
	e := exchangeOf(ctx)
	states, err := e.tenant.Actions(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	out := &listActionsOutput{Language: string(e.language), Vary: "Accept-Language"}
	out.Body.Items = []ActionView{}
	words := verbWords()
	for _, state := range states {
		view := ActionView{Verb: VerbCode(state.Verb), Allowed: state.Allowed}
		label := words[string(state.Verb)]
		view.Label, view.Need = e.language.pick(label.EN, label.ZH), e.language.pick(label.Note, label.NoteZH)
		view.Operation, view.Method, view.Path = a.doing(state, e.tenant.Unit(), in.Case)
		view.Missing, view.Ahead = views(state.Missing, e.missingView), views(state.Ahead, e.missingView)
		out.Body.Items = append(out.Body.Items, view)
	}
	return out, nil
}

func verbWords() map[string]mediation.Code {
	words := map[string]mediation.Code{}
	list, _ := codeList("case-verbs")
	for _, code := range list.Codes {
		words[code.Code] = code
	}
	return words
}

// doing finds the operation that does the verb. A case takes another in by the merge of the other, and a lead by the
// joining of the lead.
func (a *API) doing(state mediation.ActionState, tenant, id string) (operation, method, path string) {
	action := state.Action
	if state.Verb == mediation.VerbAbsorb {
		action, id = mediation.ActionCaseMerge, "{other}"
	}
	if state.Verb == mediation.VerbTakeLead {
		action = mediation.ActionLeadJoinCase
	}
	op, ok := a.verbs[action]
	if !ok {
		return "", "", ""
	}
	return op.id, op.method, strings.NewReplacer("{tenant}", tenant, "{case}", id).Replace(op.path)
}
