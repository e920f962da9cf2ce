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
