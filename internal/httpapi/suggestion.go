package httpapi

import (
	"context"
	"net/http"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// SuggestedMediatorView is a mediator who may be assigned, and why.
type SuggestedMediatorView struct {
	Mediator     string                `json:"mediator" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c51" doc:"In the registry; assign by this id."`
	Name         string                `json:"name" example:"孙调解"`
	Organisation string                `json:"organisation" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52" doc:"The place that brings the mediator nearest."`
	Score        int                   `json:"score" example:"90"`
	OpenCases    int                   `json:"openCases" example:"3" doc:"On the mediator's desk now."`
	Reasons      []SuggestedReasonView `json:"reasons" nullable:"false" doc:"Each part of the score."`
}

// ExcludedMediatorView is a mediator who may not be assigned, and the first reason that forbids it.
type ExcludedMediatorView struct {
	Mediator string              `json:"mediator" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c55"`
	Name     string              `json:"name" example:"李调解"`
	Reason   SuggestedReasonView `json:"reason"`
}

// SuggestedReasonView is one reason, in the caller's language and in both.
type SuggestedReasonView struct {
	Code      string `json:"code" example:"same-village"`
	Points    int    `json:"points" example:"40"`
	Text      string `json:"text" example:"服务纠纷所在村（居）" doc:"By Accept-Language."`
	Message   string `json:"message" example:"Serves the village of the dispute"`
	MessageZH string `json:"messageZh" example:"服务纠纷所在村（居）"`
}

// SuggestionsView is who may be assigned to a case, the best first, and who may not.
type SuggestionsView struct {
	Items    []SuggestedMediatorView `json:"items" nullable:"false" doc:"By score, then the lighter desk, then by id."`
	Excluded []ExcludedMediatorView  `json:"excluded" nullable:"false"`
	Total    Total                   `json:"total" doc:"Of items."`
}

type suggestionsOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     SuggestionsView
}

func (a *API) registerSuggestions() {
	register(a, operation{
		id: "list-suggested-mediators", method: http.MethodGet, path: casesPath + "/{case}/suggested-mediators", tag: tagMediation,
		action: mediation.ActionCaseSuggest, statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		summary: "Suggest mediators for a case", summaryZH: "推荐调解员",
		description: "Mediators of the registry in the order in which they fit: place, skill by type of dispute, open cases and, for a case graded complex or major, full-time, skilled and experienced mediators first; each with its reasons. " +
			"Whoever is suspended, out of term, without a place, on leave, recused or has a conflict of interest is listed apart with the reason. A person decides.",
	}, func(ctx context.Context, in *CasePath) (*suggestionsOutput, error) {
		e := exchangeOf(ctx)
		found, err := e.tenant.Suggestions(ctx, e.request(), caseID(in.Case))
		if err != nil {
			return nil, err
		}
		return &suggestionsOutput{Language: string(e.language), Vary: "Accept-Language", Body: suggestionsView(found, e.language)}, nil
	})
}

func suggestionsView(found casework.Suggestions, lang language) SuggestionsView {
	reason := func(r registry.Reason) SuggestedReasonView {
		return SuggestedReasonView{Code: r.Code, Points: r.Points, Text: lang.pick(r.EN, r.ZH), Message: r.EN, MessageZH: r.ZH}
	}
	return SuggestionsView{
		Items: views(found.Suggested, func(s registry.Suggestion) SuggestedMediatorView {
			return SuggestedMediatorView{
				Mediator: string(s.Mediator), Name: found.Mediators[s.Mediator].Name, Organisation: string(s.Organisation), Score: s.Score,
				OpenCases: found.Load[s.Mediator], Reasons: views(s.Reasons, reason),
			}
		}),
		Excluded: views(found.Excluded, func(x registry.Exclusion) ExcludedMediatorView {
			return ExcludedMediatorView{Mediator: string(x.Mediator), Name: found.Mediators[x.Mediator].Name, Reason: reason(x.Reason)}
		}),
		Total: Total{Value: len(found.Suggested), Exact: true},
	}
}
