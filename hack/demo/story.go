package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// filedCases are what later chapters look at again.
type filedCases struct {
	dedicated string // id of the case in firstTown, filed through its own instance
	shared    string // id of the case in otherTown, filed through the shared API
}

// party of a case, as the API takes it.
type party struct {
	Side           string `json:"side"`
	Kind           string `json:"kind"`
	Name           string `json:"name"`
	IdentityType   string `json:"identityType"`
	IdentityNumber string `json:"identityNumber"`
	Phone          string `json:"phone"`
	Address        string `json:"address"`
	Ethnicity      string `json:"ethnicity,omitempty"` // GB/T 3304
	Occupation     string `json:"occupation,omitempty"`
	Agent          *agent `json:"agent,omitempty"`
}

func person(side, name, number, phone, address string) party {
	return party{Side: side, Kind: "person", Name: name, IdentityType: "resident-id", IdentityNumber: number, Phone: phone, Address: address}
}

// agent speaks for a party.
type agent struct {
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	Relation    string `json:"relation"`
	PowerOnFile bool   `json:"powerOnFile"`
}

// filing is a case as the API takes it.
type filing struct {
	Type    string   `json:"type"`
	Source  string   `json:"source"`
	Title   string   `json:"title"`
	Facts   string   `json:"facts"`
	Claims  string   `json:"claims"`
	Place   string   `json:"place"`
	Amount  int64    `json:"amount"` // fen
	People  int      `json:"people"`
	Tags    []string `json:"tags"`
	Parties []party  `json:"parties"`
}

// view is what the story reads of a case.
type view struct {
	ID           string `json:"id"`
	State        string `json:"state"`
	Registration string `json:"registration"`
	Number       string `json:"number"`
	Version      int64  `json:"version"`
}

// publicTag stands on the cases in the clear: a search of the dump that does not find it proves nothing.
const publicTag = "演示公开标签"

// homestead and wages are the two disputes. Nobody of these names exists; the numbers are well-formed.
func homestead() filing {
	return filing{
		Type: "03", Source: "application", Title: "端木家与纳兰家宅基地边界纠纷",
		Facts:  "双方系东西邻居。被申请人翻建东厢房时越过界石约二十厘米,雨水流入申请人院内。",
		Claims: "恢复原界,赔偿院墙浸泡损失。", Place: "石庙镇归化街村东首", Amount: 320_000, People: 5, Tags: []string{publicTag, "宅基地"},
		Parties: []party{
			person("applicant", "端木槐序", "990103197903140035", "13905431101", "石庙镇归化街村37号"),
			person("respondent", "纳兰星䶮", "99010319850922004X", "13905431102", "石庙镇归化街村38号"),
		},
	}
}

func wages() filing {
	return filing{
		Type: "10", Source: "application", Title: "澹台师傅追索棉纺车间工资纠纷",
		Facts:  "申请人在纺纱车间工作三个月,停产后两个月工资未结清,有考勤表为证。",
		Claims: "支付拖欠工资。", Place: "桑落墅镇工业园", Amount: 1_260_000, People: 2, Tags: []string{publicTag},
		Parties: []party{
			person("applicant", "澹台禾旬", "990103196607080053", "13905431103", "桑落墅镇南街12号"),
			person("respondent", "公冶𠮷川", "990103199101150062", "13905431104", "桑落墅镇工业园3号"),
		},
	}
}

// putMembers makes director, clerk and mediator members of both towns, by the county's administrator, who comes from the County.
func (d *demo) putMembers(ctx context.Context) error {
	admin := d.caller(d.cluster.url, administrator)
	for _, town := range []string{firstTown, otherTown} {
		for subject, name := range map[string]string{director: "王主任", clerk: "李文员", mediator: "周调解员"} {
			role := strings.TrimPrefix(subject, "demo-")
			member := map[string]any{"name": name, "roles": []string{role}}
			if _, err := admin.call(ctx, 201, nil, "PUT", "/v1/tenants/"+town+"/members/"+subject, member); err != nil {
				return err
			}
		}
	}
	d.progress.note("the county's administrator made %s, %s and %s members of both towns", director, clerk, mediator)
	return nil
}

func (d *demo) mediateDedicated(ctx context.Context) error {
	base, err := d.dedicated(ctx, firstTown)
	if err != nil {
		return err
	}
	d.cases.dedicated, err = d.mediate(ctx, base, firstTown, homestead())
	return err
}

func (d *demo) mediateShared(ctx context.Context) error {
	base, err := d.sharedAPI(ctx)
	if err != nil {
		return err
	}
	d.cases.shared, err = d.mediate(ctx, base, otherTown, wages())
	return err
}

// mediate files a case as the clerk, reads it back, and accepts it as the director.
func (d *demo) mediate(ctx context.Context, base, town string, what filing) (id string, err error) {
	cases := "/v1/tenants/" + town + "/cases"
	var filed, read, accepted view
	if _, err := d.caller(base, clerk).call(ctx, 201, &filed, "POST", cases, what, "Idempotency-Key", "demo-"+town); err != nil {
		return "", err
	}
	got, err := d.caller(d.cluster.url, clerk).call(ctx, 200, &read, "GET", cases+"/"+filed.ID, nil)
	if err != nil {
		return "", err
	}
	for _, p := range what.Parties {
		if !strings.Contains(string(got.body), p.Name) {
			return "", fmt.Errorf("%s does not show the party %s", got.request, p.Name)
		}
	}
	if _, err := d.caller(base, director).call(ctx, 200, &accepted, "POST", cases+"/"+filed.ID+"/accept", map[string]any{}, "If-Match", got.header.Get("ETag")); err != nil {
		return "", err
	}
	if read.State != "pending-acceptance" || accepted.State != "accepted" || accepted.Number == "" {
		return "", fmt.Errorf("the case went from %q to %q with number %q", read.State, accepted.State, accepted.Number)
	}
	d.progress.note("%s\n登记号 %s → %s (%s)", what.Title, filed.Registration, accepted.Number, base)
	return filed.ID, nil
}

// showCounty reads the county's list of all its cases.
func (d *demo) showCounty(ctx context.Context) error {
	var list struct {
		Items []struct {
			ID, Tenant, TenantName, State, Number string
			Parties                               []string
		} `json:"items"`
		Total struct{ Value int } `json:"total"`
	}
	got, err := d.caller(d.cluster.url, administrator).call(ctx, 200, &list, "GET", "/v1/counties/"+county+"/cases", nil)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, item := range list.Items {
		seen[item.ID] = true
		d.progress.note("%s %s  %s  %s  %s", item.Tenant, item.TenantName, item.State, item.Number, strings.Join(item.Parties, ", "))
	}
	if !seen[d.cases.dedicated] || !seen[d.cases.shared] || list.Total.Value != 2 {
		return fmt.Errorf("the county's list does not show both cases: %s", got.body)
	}
	for _, p := range append(homestead().Parties, wages().Parties...) {
		if strings.Contains(string(got.body), p.Name) {
			return fmt.Errorf("the county's list shows the name %s unmasked", p.Name)
		}
	}
	d.figure("the whole story, with binaries built", time.Since(d.started).Seconds(), "s", 60)
	return nil
}

// invite says what to try next.
func (d *demo) invite() {
	kubectl := fmt.Sprintf("KUBECONFIG=%s %s kubectl", d.cluster.kubeconfig, d.binary("tiaojie-kube"))
	d.progress.say(fmt.Sprintf(`
It is up; Ctrl-C takes it down. 平台已就绪,Ctrl-C 退出。

  docs 接口文档    %[1]s/docs
  papers 文书      %[10]s
  director 主任    TOKEN=%[2]s
  clerk 文员       CLERK=%[8]s
  mediator 调解员  MEDIATOR=%[9]s
  county 县        ADMIN=%[7]s
  kubectl          %[3]s get townships -A
  try 调用         curl -s -H "Authorization: Bearer $TOKEN" %[1]s/v1/tenants/%[4]s/cases
                   curl -s -H "Authorization: Bearer $ADMIN" %[1]s/v1/counties/%[5]s/cases

  scale 扩容       %[3]s -n county-%[5]s scale township/%[4]s --replicas=2
  explain 说明     %[3]s explain township.spec
  one more county  %[6]s onboard 阳信县 | %[3]s apply -f -`,
		d.cluster.url, d.identity.tokens[director], kubectl, firstTown, county, d.binary("tiaojie"), d.identity.tokens[administrator],
		d.identity.tokens[clerk], d.identity.tokens[mediator], d.papers()))
}
