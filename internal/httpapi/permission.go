package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// PermissionsView is what the caller may do in a unit, and why not.
type PermissionsView struct {
	Unit        string           `json:"unit" example:"371621101"`
	Roles       []RoleCode       `json:"roles" nullable:"false" doc:"Those that hold here now."`
	Withheld    []RoleCode       `json:"withheld" nullable:"false" doc:"Those that would hold with a second factor."`
	Memberships []HoldingView    `json:"memberships" nullable:"false" doc:"Where the roles come from: this unit, or its county."`
	Scope       ScopeView        `json:"scope" doc:"Which cases you see here."`
	Items       []PermissionView `json:"items" nullable:"false" doc:"Every action of this kind of unit, by its code."`
}

// ScopeView is which cases of a township somebody sees; what is outside is not there: 404, and in no list or count.
type ScopeView struct {
	Cases    string   `json:"cases" enum:"none,own,villages,tenant,all" example:"tenant" doc:"own: those that you mediate or are invited to; villages: and those of your villages; tenant: all that are not restricted; all: the restricted too; none: your roles open no case."`
	Villages []string `json:"villages" nullable:"false" example:"[\"371621101201\"]"`
}

func scopeView(who mediation.Actor) ScopeView {
	scope := who.Scope()
	view := ScopeView{Cases: "own", Villages: append([]string{}, scope.Villages...)}
	switch {
	case mediation.Permit(who, mediation.ActionCaseRead) != nil:
		view.Cases = "none"
	case scope.Restricted:
		view.Cases = "all"
	case scope.Whole:
		view.Cases = "tenant"
	case len(scope.Villages) > 0:
		view.Cases = "villages"
	}
	return view
}

// HoldingView is a membership that gives the caller roles in the unit.
type HoldingView struct {
	Unit    string     `json:"unit" example:"371621"`
	Roles   []RoleCode `json:"roles" nullable:"false"`
	ValidTo string     `json:"validTo,omitempty" format:"date" example:"2028-12-31" doc:"Last day on which it holds; without it, until further notice."`
}

// PermissionView is one action: whether the caller may, and if not, why and who may.
type PermissionView struct {
	Action     string     `json:"action" example:"case.accept"`
	Operations []string   `json:"operations" nullable:"false" example:"[\"accept-case\"]" doc:"The operations that do it; none for what only widens others, such as seeing names."`
	EN         string     `json:"en" example:"Accept a case"`
	ZH         string     `json:"zh" example:"受理案件"`
	Allowed    bool       `json:"allowed" example:"false" doc:"Whether one of your roles may. A single case may still be closed to you: its own actions say so."`
	Roles      []RoleCode `json:"roles" nullable:"false" doc:"The roles that may; none where every signed-in person may."`
	Code       string     `json:"code,omitempty" example:"role-required" doc:"When not allowed: the code with which the operation refuses."`
	ReasonEN   string     `json:"reasonEn,omitempty" example:"This needs the role director in unit 371621101; ask its director or the county administrator."`
	ReasonZH   string     `json:"reasonZh,omitempty" example:"此项操作需要在单位 371621101 具有以下角色之一：调委会主任。请联系调委会主任或者县级管理员。"`
}

type permissionsOutput struct {
	Body PermissionsView
}

// wider are the actions that no operation does: they widen what others show or do.
var wider = []struct {
	action mediation.Action
	en, zh string
}{
	{mediation.ActionCaseNames, "See whom a case is about", "查看案件当事人姓名"},
	{mediation.ActionCaseTakeLead, "Add a lead to a case", "将线索并入案件"},
	{mediation.ActionLeadNames, "See whom a lead is about, and who told it", "查看线索涉及人员和反映人"},
	{mediation.ActionLeadAll, "See leads that others reported", "查看他人上报的线索"},
	{mediation.ActionMediatorNames, "See mediators' real names and papers", "查看调解员实名信息"},
}

func (a *API) registerPermissions() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-permissions", method: http.MethodGet, path: "/v1/tenants/{tenant}/permissions", tag: "me",
		action: mediation.ActionPermissionRead, statuses: missing,
		summary: "What may I do in a township, and why not", summaryZH: "我在本乡镇的权限及原因",
		description: "Your roles here, where they come from and until when; and for every action whether you may, why not, and which roles may.",
	}, func(ctx context.Context, _ *TenantPath) (*permissionsOutput, error) {
		return a.permissions(exchangeOf(ctx).actor, tenantPrefix), nil
	})
	register(a, operation{
		id: "list-county-permissions", method: http.MethodGet, path: "/v1/counties/{county}/permissions", tag: "me",
		action: mediation.ActionCountyPermissionRead, statuses: missing,
		summary: "What may I do in a county, and why not", summaryZH: "我在本区县的权限及原因",
		description: "The same for the county itself. Roles of a county hold in its townships too: ask there what they give.",
	}, func(ctx context.Context, _ *CountyPath) (*permissionsOutput, error) {
		return a.permissions(exchangeOf(ctx).actor, countyPrefix), nil
	})
}

// Paths of units.
const (
	tenantPrefix = "/v1/tenants/{tenant}"
	countyPrefix = "/v1/counties/{county}"
)

func (a *API) permissions(who mediation.Actor, prefix string) *permissionsOutput {
	view := PermissionsView{Unit: who.Unit, Roles: roleCodes(who.Roles), Withheld: roleCodes(who.Withheld), Memberships: []HoldingView{}, Scope: scopeView(who)}
	for _, m := range who.Held {
		view.Memberships = append(view.Memberships, HoldingView{Unit: m.Unit, Roles: roleCodes(m.Roles), ValidTo: m.ValidTo})
	}
	byAction := map[mediation.Action]*PermissionView{}
	for _, op := range a.operations {
		if !strings.HasPrefix(op.path, prefix) || op.signed {
			continue
		}
		if known := byAction[op.action]; known != nil {
			known.Operations = append(known.Operations, op.id)
			continue
		}
		byAction[op.action] = permissionOf(who, op.action, op.summary, op.summaryZH, op.id)
	}
	if prefix == tenantPrefix {
		for _, row := range wider {
			byAction[row.action] = permissionOf(who, row.action, row.en, row.zh)
		}
	}
	for _, item := range byAction {
		view.Items = append(view.Items, *item)
	}
	slices.SortFunc(view.Items, func(x, y PermissionView) int { return strings.Compare(x.Action, y.Action) })
	return &permissionsOutput{Body: view}
}

func permissionOf(who mediation.Actor, action mediation.Action, en, zh string, operations ...string) *PermissionView {
	item := &PermissionView{Action: string(action), Operations: append([]string{}, operations...), EN: en, ZH: zh, Roles: roleCodes(action.Roles())}
	var refusal *mediation.Error
	if errors.As(mediation.Permit(who, action), &refusal) {
		item.Code, item.ReasonEN, item.ReasonZH = refusal.Code, refusal.Message, refusal.MessageZH
	}
	item.Allowed = item.Code == ""
	return item
}
