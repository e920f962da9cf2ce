package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// The codes of the domain as the document knows them: their schema is the domain's own list.
type (
	// StateCode is a state of a case.
	StateCode string
	// DisputeCode is a type of dispute.
	DisputeCode string
	// SourceCode is how a dispute came in.
	SourceCode string
	// RefusalCode is a legal reason.
	RefusalCode string
	// RoleCode is a role of a member.
	RoleCode string
	// VerbCode is what was done to a case.
	VerbCode string
	// SideCode is applicant or respondent.
	SideCode string
	// PartyCode is person or organisation.
	PartyCode string
	// IdentityCode is a type of identity paper.
	IdentityCode string
	// SexCode is recorded as the form asks.
	SexCode string
)

// Schema of the list case-states.
func (StateCode) Schema(huma.Registry) *huma.Schema { return codeSchema("case-states") }

// Schema of the list dispute-types.
func (DisputeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("dispute-types") }

// Schema of the list sources.
func (SourceCode) Schema(huma.Registry) *huma.Schema { return codeSchema("sources") }

// Schema of the list refusal-reasons.
func (RefusalCode) Schema(huma.Registry) *huma.Schema { return codeSchema("refusal-reasons") }

// Schema of the list roles.
func (RoleCode) Schema(huma.Registry) *huma.Schema { return codeSchema("roles") }

// Schema of the list case-verbs.
func (VerbCode) Schema(huma.Registry) *huma.Schema { return codeSchema("case-verbs") }

// Schema of the list party-sides.
func (SideCode) Schema(huma.Registry) *huma.Schema { return codeSchema("party-sides") }

// Schema of the list party-kinds.
func (PartyCode) Schema(huma.Registry) *huma.Schema { return codeSchema("party-kinds") }

// Schema of the list identity-types.
func (IdentityCode) Schema(huma.Registry) *huma.Schema { return codeSchema("identity-types") }

// Schema of the list sexes.
func (SexCode) Schema(huma.Registry) *huma.Schema { return codeSchema("sexes") }

func codeSchema(name string) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString, Description: "A code of the list /v1/codes/" + name + "."}
	list, _ := codeList(name)
	for _, code := range list.Codes {
		schema.Enum = append(schema.Enum, code.Code)
	}
	return schema
}

func codeList(name string) (mediation.CodeList, bool) {
	for _, list := range codeLists() {
		if list.Name == name {
			return list, true
		}
	}
	return mediation.CodeList{}, false
}

// CodeListView is a closed list with its words for people.
type CodeListView struct {
	Name    string     `json:"name" example:"case-states"`
	TitleZH string     `json:"titleZh" example:"案件状态"`
	TitleEN string     `json:"titleEn" example:"States of a case"`
	Codes   []CodeView `json:"codes" nullable:"false"`
}

// CodeView is one code in both languages.
type CodeView struct {
	Code   string `json:"code" example:"accepted"`
	ZH     string `json:"zh" example:"已受理"`
	EN     string `json:"en" example:"Accepted"`
	Note   string `json:"note,omitempty" example:"人民调解工作若干规定 art. 22" doc:"The law, or what follows."`
	NoteZH string `json:"noteZh,omitempty" example:"人民调解工作若干规定第22条" doc:"The same in Chinese, where it is more than a citation."`
}

func codeListView(list mediation.CodeList) CodeListView {
	view := CodeListView{Name: list.Name, TitleZH: list.TitleZH, TitleEN: list.TitleEN, Codes: []CodeView{}}
	for _, code := range list.Codes {
		view.Codes = append(view.Codes, CodeView{
			Code: code.Code, ZH: code.ZH, EN: code.EN, Note: code.Note, NoteZH: code.NoteZH})
	}
	return view
}

type listCodesOutput struct {
	Body struct {
		Items []CodeListView `json:"items" nullable:"false"`
	}
}

type getCodesInput struct {
	List string `path:"list" example:"case-states" doc:"Name of a code list."`
}

type getCodesOutput struct {
	Body CodeListView
}

func (a *API) registerCodes() {
	register(a, operation{
		id: "list-codes", method: http.MethodGet, path: "/v1/codes", tag: "codes", action: mediation.ActionCodeRead,
		summary: "List the code lists", summaryZH: "列出代码表",
		description: "All closed lists (types, states, reasons, roles …) with their words in Chinese and English.",
	}, func(context.Context, *struct{}) (*listCodesOutput, error) {
		out := &listCodesOutput{}
		out.Body.Items = []CodeListView{}
		for _, list := range codeLists() {
			out.Body.Items = append(out.Body.Items, codeListView(list))
		}
		return out, nil
	})
	register(a, operation{
		id: "get-codes", method: http.MethodGet, path: "/v1/codes/{list}", tag: "codes", action: mediation.ActionCodeRead,
		summary: "Read one code list", summaryZH: "读取代码表", statuses: []int{http.StatusNotFound},
		description: "One closed list with its words in Chinese and English.",
	}, func(_ context.Context, in *getCodesInput) (*getCodesOutput, error) {
		list, ok := codeList(in.List)
		if !ok {
			return nil, mediation.Fail(mediation.NotFound, "unknown-code-list",
				"There is no such code list: see /v1/codes.", "没有这个代码表，请见 /v1/codes。")
		}
		return &getCodesOutput{Body: codeListView(list)}, nil
	})
}
