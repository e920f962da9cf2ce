package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// MemberView is a person's place in a unit.
type MemberView struct {
	Unit      string     `json:"unit" example:"371621101"`
	Issuer    string     `json:"issuer" example:"https://id.example" doc:"The token's issuer (iss)."`
	Subject   string     `json:"subject" example:"zhang" doc:"The token's subject (sub)."`
	Name      string     `json:"name" example:"张三"`
	Kind      string     `json:"kind" enum:"person,service" example:"person" doc:"service: a partner's program."`
	Roles     []RoleCode `json:"roles" nullable:"false"`
	ValidFrom string     `json:"validFrom,omitempty" format:"date" example:"2026-01-01" doc:"First day on which it holds, in Asia/Shanghai."`
	ValidTo   string     `json:"validTo,omitempty" format:"date" example:"2028-12-31" doc:"Last day on which it holds."`
	Villages  []string   `json:"villages,omitempty" nullable:"false" example:"[\"371621101201\"]" doc:"Which villages a village mediator sees."`
	Disabled  bool       `json:"disabled" example:"false" doc:"Shut out, whatever the days say."`
	Source    string     `json:"source" enum:"api,resource" example:"api" doc:"resource: declared by the county's administrator in its resource, not changed here."`
	Version   int64      `json:"version" example:"1" doc:"Quoted, it is the ETag of the member."`
	UpdatedAt time.Time  `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
}

// MemberInput is what a member is given.
type MemberInput struct {
	Name      string     `json:"name,omitempty" maxLength:"100" example:"张三" doc:"For people to read."`
	Roles     []RoleCode `json:"roles" nullable:"false" maxItems:"8" doc:"grid-worker, village-mediator, mediator, clerk, director, judicial-office and liaison belong to a township, reader, expert and leader to a township or a county, the others to a county. system-, security- and audit-administrator stand alone: 409 duties-apart for a person who holds anything else in the county."`
	Kind      string     `json:"kind,omitempty" enum:"person,service" default:"person" example:"person" doc:"service: a partner's program, by client credentials. It cannot hold a role that demands a second factor, and a person's token cannot use its membership."`
	ValidFrom string     `json:"validFrom,omitempty" format:"date" example:"2026-01-01" doc:"First day on which it holds, in Asia/Shanghai; without it, at once."`
	ValidTo   string     `json:"validTo,omitempty" format:"date" example:"2028-12-31" doc:"Last day on which it holds; without it, until further notice."`
	Villages  []string   `json:"villages,omitempty" nullable:"false" maxItems:"100" example:"[\"371621101201\"]" doc:"Codes of villages or communities, 12 digits, or the beginnings of some, that begin with the township's. A village mediator without any sees the own cases only."`
	Disabled  bool       `json:"disabled,omitempty" example:"false" doc:"Shut out from the next request on; the row stays."`
}

// memberRoom is the use cases on the members of one unit; both kinds of service are one.
type memberRoom interface {
	Unit() string
	Members(ctx context.Context, r mediation.Request) ([]mediation.Membership, error)
	PutMember(ctx context.Context, r mediation.Request, m mediation.Membership) (mediation.Membership, mediation.Receipt, error)
	RemoveMember(ctx context.Context, r mediation.Request, issuer, subject string, version int64) (mediation.Receipt, error)
}

type listMembersOutput struct {
	Body struct {
		Items []MemberView `json:"items" nullable:"false"`
		Total Total        `json:"total"`
	}
}

// MemberPath names a member; the issuer is the caller's own unless given.
type MemberPath struct {
	Subject string `path:"subject" example:"zhang" doc:"The member's sub, percent-encoded."`
	Issuer  string `query:"issuer" example:"https://id.example" doc:"The member's iss; without it, the issuer of your own token."`
}

func (p MemberPath) issuer(e *exchange) string {
	if p.Issuer == "" {
		return e.who.Issuer
	}
	return p.Issuer
}

type putMemberOutput struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location" doc:"When the member is new."`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     MemberView
}

type removeMemberOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
}

type (
	putTenantMemberInput struct {
		TenantPath
		MemberPath
		KeyHeader
		OptionalMatchHeader
		Body MemberInput
	}
	putCountyMemberInput struct {
		CountyPath
		MemberPath
		KeyHeader
		OptionalMatchHeader
		Body MemberInput
	}
	removeTenantMemberInput struct {
		TenantPath
		MemberPath
		KeyHeader
		OptionalMatchHeader
	}
	removeCountyMemberInput struct {
		CountyPath
		MemberPath
		KeyHeader
		OptionalMatchHeader
	}
)

func (a *API) registerMembers() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-members", method: http.MethodGet, path: "/v1/tenants/{tenant}/members", tag: "members",
		action: mediation.ActionMemberList, statuses: missing,
		summary: "List a township's members", summaryZH: "列出乡镇成员",
		description: "The township's own members by subject; those of the county, whose roles hold here too, are listed at the county.",
	}, func(ctx context.Context, _ *TenantPath) (*listMembersOutput, error) {
		return listMembers(ctx, exchangeOf(ctx).tenant)
	})
	register(a, operation{
		id: "put-member", method: http.MethodPut, path: "/v1/tenants/{tenant}/members/{subject}", tag: "members",
		action: mediation.ActionMemberPut, statuses: append([]int{http.StatusPreconditionFailed}, missing...), example: exampleMember("director"),
		summary: "Add or change a township's member", summaryZH: "添加或修改乡镇成员",
		description: "Gives a person roles in the township. 201 when they were no member before.",
	}, func(ctx context.Context, in *putTenantMemberInput) (*putMemberOutput, error) {
		e := exchangeOf(ctx)
		return putMember(ctx, e, e.tenant, "/v1/tenants/", in.MemberPath, in.Body)
	})
	register(a, operation{
		id: "remove-member", method: http.MethodDelete, path: "/v1/tenants/{tenant}/members/{subject}", tag: "members",
		action: mediation.ActionMemberRemove, statuses: append([]int{http.StatusPreconditionFailed}, missing...), status: http.StatusNoContent,
		summary: "Remove a township's member", summaryZH: "移除乡镇成员",
		description: "Takes all roles in the township away.",
	}, func(ctx context.Context, in *removeTenantMemberInput) (*removeMemberOutput, error) {
		e := exchangeOf(ctx)
		return removeMember(ctx, e, e.tenant, in.MemberPath)
	})
	a.registerCountyMembers(missing)
}

func (a *API) registerCountyMembers(missing []int) {
	register(a, operation{
		id: "list-county-members", method: http.MethodGet, path: "/v1/counties/{county}/members", tag: "members",
		action: mediation.ActionCountyMemberList, statuses: missing,
		summary: "List a county's members", summaryZH: "列出县级成员",
		description: "The county's own members by subject, those declared by its resource included.",
	}, func(ctx context.Context, _ *CountyPath) (*listMembersOutput, error) {
		return listMembers(ctx, exchangeOf(ctx).county)
	})
	register(a, operation{
		id: "put-county-member", method: http.MethodPut, path: "/v1/counties/{county}/members/{subject}", tag: "members",
		action: mediation.ActionCountyMemberPut, statuses: append([]int{http.StatusPreconditionFailed}, missing...), example: exampleMember("reader"),
		summary: "Add or change a county's member", summaryZH: "添加或修改县级成员",
		description: "Gives a person roles in the county, which hold in its townships too. 201 when they were no member before; 409 owned-by-resource for members that the County resource declares.",
	}, func(ctx context.Context, in *putCountyMemberInput) (*putMemberOutput, error) {
		e := exchangeOf(ctx)
		return putMember(ctx, e, e.county, "/v1/counties/", in.MemberPath, in.Body)
	})
	register(a, operation{
		id: "remove-county-member", method: http.MethodDelete, path: "/v1/counties/{county}/members/{subject}", tag: "members",
		action: mediation.ActionCountyMemberRemove, statuses: append([]int{http.StatusPreconditionFailed}, missing...), status: http.StatusNoContent,
		summary: "Remove a county's member", summaryZH: "移除县级成员",
		description: "Takes all roles in the county away; 409 owned-by-resource for members that the County resource declares.",
	}, func(ctx context.Context, in *removeCountyMemberInput) (*removeMemberOutput, error) {
		e := exchangeOf(ctx)
		return removeMember(ctx, e, e.county, in.MemberPath)
	})
}

func listMembers(ctx context.Context, room memberRoom) (*listMembersOutput, error) {
	members, err := room.Members(ctx, exchangeOf(ctx).request())
	if err != nil {
		return nil, err
	}
	out := &listMembersOutput{}
	out.Body.Items = []MemberView{}
	for _, m := range members {
		out.Body.Items = append(out.Body.Items, memberView(m))
	}
	out.Body.Total = Total{Value: len(members), Exact: true}
	return out, nil
}

func putMember(ctx context.Context, e *exchange, room memberRoom, units string, path MemberPath, body MemberInput) (*putMemberOutput, error) {
	issuer := path.issuer(e)
	version, err := memberVersion(ctx, e, room, issuer, path.Subject)
	if err != nil {
		return nil, err
	}
	m := mediation.Membership{Issuer: issuer, Subject: path.Subject, Name: body.Name, Version: version,
		Kind: mediation.MemberKind(body.Kind), ValidFrom: body.ValidFrom, ValidTo: body.ValidTo, Villages: body.Villages, Disabled: body.Disabled}
	for _, role := range body.Roles {
		m.Roles = append(m.Roles, mediation.Role(role))
	}
	stored, receipt, err := room.PutMember(ctx, e.request(), m)
	if err != nil {
		return nil, err
	}
	out := &putMemberOutput{
		Status: created(receipt), ETag: currentTag(receipt, stored.Version), Replayed: replayed(receipt), Body: memberView(stored)}
	if receipt.Created {
		out.Location = units + room.Unit() + "/members/" + url.PathEscape(path.Subject) +
			"?" + url.Values{"issuer": {issuer}}.Encode()
	}
	return out, nil
}

func removeMember(ctx context.Context, e *exchange, room memberRoom, path MemberPath) (*removeMemberOutput, error) {
	issuer := path.issuer(e)
	version, err := memberVersion(ctx, e, room, issuer, path.Subject)
	if err != nil {
		return nil, err
	}
	receipt, err := room.RemoveMember(ctx, e.request(), issuer, path.Subject, version)
	if err != nil {
		return nil, err
	}
	return &removeMemberOutput{Replayed: replayed(receipt)}, nil
}

// memberVersion is the version to insist on: none without If-Match, since a list of roles is replaced whole.
func memberVersion(ctx context.Context, e *exchange, room memberRoom, issuer, subject string) (int64, error) {
	if !e.ifMatch.present {
		return 0, nil
	}
	return e.ifMatch.demand(func() (int64, error) {
		members, err := room.Members(ctx, e.request())
		if err != nil {
			return 0, err
		}
		for _, m := range members {
			if m.Issuer == issuer && m.Subject == subject {
				return m.Version, nil
			}
		}
		return 0, nil
	})
}

func memberView(m mediation.Membership) MemberView {
	return MemberView{
		Unit: m.Unit, Issuer: m.Issuer, Subject: m.Subject, Name: m.Name, Roles: roleCodes(m.Roles),
		Kind: string(m.Kind), ValidFrom: m.ValidFrom, ValidTo: m.ValidTo, Villages: m.Villages, Disabled: m.Disabled,
		Source: m.Source, Version: m.Version, UpdatedAt: legal(m.UpdatedAt),
	}
}

func exampleMember(role RoleCode) MemberInput {
	return MemberInput{Name: "王主任", Roles: []RoleCode{role}}
}
