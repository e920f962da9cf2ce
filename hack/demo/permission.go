package main

import (
	"context"
	"fmt"
	"strings"
)

// explain has the API say what the clerk may do in the town, and why not the rest.
func (d *demo) explain(ctx context.Context) error {
	var told struct {
		Roles []string
		Items []struct {
			Action, ZH, EN, ReasonZH, ReasonEN string
			Allowed                            bool
		}
	}
	got, err := d.caller(d.cluster.url, clerk).call(ctx, 200, &told, "GET", otherTenant+"/permissions", nil)
	if err != nil {
		return err
	}
	may, refused := 0, ""
	for _, item := range told.Items {
		if item.Allowed {
			may++
		}
		if item.Action == "case.close" && !item.Allowed {
			refused = fmt.Sprintf("✗ %s %s: %s\n  %s", item.ZH, item.EN, item.ReasonZH, item.ReasonEN)
		}
	}
	if may == 0 || may == len(told.Items) || refused == "" {
		return fmt.Errorf("the permissions of a clerk are not told: %s", got.body)
	}
	d.progress.note("文员 %s: %d of %d actions 项操作\n%s", strings.Join(told.Roles, ", "), may, len(told.Items), refused)
	return nil
}

// playground is a dispute about a child: the case is restricted from its first moment.
func playground() filing {
	return filing{
		Type: "02", Source: "application", Title: "南宫家与慕容家学童磕碰纠纷", Facts: "两名学童课间追逐,一人磕伤。",
		Claims: "赔偿医药费。", Place: "桑落墅镇中心小学", People: 4, Tags: []string{publicTag, "未成年人"},
		Parties: []party{
			person("applicant", "南宫拾穗", "990103198602170024", "13905431120", "桑落墅镇柳堤村31号"),
			person("respondent", "慕容照䶮", "990103198704090017", "13905431121", "桑落墅镇柳堤村32号"),
		},
	}
}

// restrict files a child's dispute. The clerk who filed it is invited for a month, a mediator of other cases finds nothing, an
// expert finds it while invited, and the county counts it without the names.
func (d *demo) restrict(ctx context.Context) error {
	as := func(subject string) caller { return d.caller(d.cluster.url, subject) }
	if _, err := as(administrator).call(ctx, 201, nil, "PUT", otherTenant+"/members/"+expert, words{"name": "宋专家", "roles": []string{"expert"}}); err != nil {
		return err
	}
	var filed struct{ ID, Restriction string }
	got, err := as(clerk).call(ctx, 201, &filed, "POST", otherTenant+"/cases", playground())
	if err != nil {
		return err
	}
	if filed.Restriction != "minor" {
		return fmt.Errorf("a minor's case is not restricted: %s", got.body)
	}
	path := otherTenant + "/cases/" + filed.ID
	looks := func(who string, status int) error {
		_, err := as(who).call(ctx, status, nil, "GET", path, nil)
		return err
	}
	invitation := words{"issuer": issuer, "subject": expert, "name": "宋专家", "purpose": "就伤情提供意见", "until": day(30)}
	ending := words{"issuer": issuer, "subject": expert, "reason": "意见已提交"}
	for _, one := range []func() error{
		func() error { return looks(clerk, 200) },
		func() error { return looks(mediator, 404) },
		func() error { return looks(expert, 404) },
		func() error { return looks(director, 200) },
		func() error {
			_, err := as(director).call(ctx, 200, nil, "POST", path+"/invitations", invitation, "If-Match", `"1"`)
			return err
		},
		func() error { return looks(expert, 200) },
		func() error {
			_, err := as(director).call(ctx, 200, nil, "POST", path+"/invitations/end", ending, "If-Match", `"2"`)
			return err
		},
		func() error { return looks(expert, 404) },
	} {
		if err := one(); err != nil {
			return err
		}
	}
	d.progress.note("%s: clerk who filed it 登记人 200, director 主任 200, other mediators 其他调解员 404, expert 专家 404 → invited 受邀 200 → ended 受邀结束 404", filed.Restriction)
	return d.countWithoutNames(ctx, filed.ID)
}

// countWithoutNames finds a restricted case in the county's list, with nobody's name on it.
func (d *demo) countWithoutNames(ctx context.Context, id string) error {
	var list struct {
		Items []struct {
			ID      string
			Parties []string
		}
	}
	got, err := d.caller(d.cluster.url, administrator).call(ctx, 200, &list, "GET", "/v1/counties/"+county+"/cases", nil)
	if err != nil {
		return err
	}
	for _, item := range list.Items {
		if item.ID == id && len(item.Parties) == 0 {
			return nil
		}
	}
	return fmt.Errorf("the county does not count the restricted case, or names its parties: %s", got.body)
}

// lane is a dispute in one town with somebody who is a party in the other town too.
func lane() filing {
	return filing{
		Type: "02", Source: "application", Title: "闾丘家与濮阳听䶮通行纠纷", Facts: "巷口堆放建材,邻居车辆无法通行已有半月。",
		Claims: "清除建材,恢复通行。", Place: "石庙镇归化街村西巷", People: 2, Tags: []string{publicTag},
		Parties: []party{
			person("applicant", "闾丘问渠", "990103196511230029", "13905431110", "石庙镇归化街村50号"),
			person("respondent", "濮阳听䶮", "990103198811050045", "13905431106", "桑落墅镇柳堤村22号"),
		},
	}
}

// repeat files a dispute with somebody who quarrels in another town already: the county sees that without a name, opens
// it for a purpose, and the look stands in the town's log.
func (d *demo) repeat(ctx context.Context) error {
	as := func(subject string) caller { return d.caller(d.cluster.url, subject) }
	var filed view
	if _, err := as(clerk).call(ctx, 201, &filed, "POST", "/v1/tenants/"+firstTown+"/cases", lane()); err != nil {
		return err
	}
	const path = "/v1/counties/" + county + "/repeat-parties"
	var parties struct {
		Items []struct {
			Handle  string
			Cases   int
			Tenants []string
		}
	}
	got, err := as(administrator).call(ctx, 200, &parties, "GET", path, nil)
	if err != nil {
		return err
	}
	known := lane().Parties[1]
	if len(parties.Items) != 1 || len(parties.Items[0].Tenants) != 2 || strings.Contains(string(got.body), known.Name) || strings.Contains(string(got.body), known.IdentityNumber) {
		return fmt.Errorf("%s: want one party in two towns, without a name: %s", got.request, got.body)
	}
	one := parties.Items[0]
	d.progress.note("repeat party 重复当事人 %s…: %d cases 件案件, %s", one.Handle[:12], one.Cases, strings.Join(one.Tenants, ", "))
	if got, err = as(administrator).call(ctx, 200, nil, "POST", path+"/"+one.Handle+"/reveal",
		words{"purpose": "repeat-party", "reason": "同一当事人在两镇均有纠纷,研判风险"}); err != nil {
		return err
	}
	if strings.Contains(string(got.body), known.Name) || !strings.Contains(string(got.body), filed.Registration) {
		return fmt.Errorf("%s: want the matters, and no name: %s", got.request, got.body)
	}
	return d.showLook(ctx, "/v1/tenants/"+firstTown+"/cases/"+filed.ID, "repeat-party")
}

// showLook finds the last look at a case on its record.
func (d *demo) showLook(ctx context.Context, path, purpose string) error {
	var looks struct {
		Items []struct{ ActorName, Purpose, Reason string }
	}
	got, err := d.caller(d.cluster.url, director).call(ctx, 200, &looks, "GET", path+"/accesses", nil)
	if err != nil {
		return err
	}
	if len(looks.Items) == 0 || looks.Items[0].Purpose != purpose {
		return fmt.Errorf("the look is not on record: %s", got.body)
	}
	d.progress.note("on record 查看留痕 %s: %s (%s)", looks.Items[0].ActorName, looks.Items[0].Purpose, looks.Items[0].Reason)
	return nil
}
