package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// otherTenant is where the chapters of this file work.
const otherTenant = "/v1/tenants/" + otherTown

// ditchParties quarrel about a ditch; the second lead names the first of them again.
func ditchParties() []words {
	return []words{
		{"side": "applicant", "kind": "person", "name": "司徒砚𠮷", "identityType": "resident-id", "identityNumber": "990103197206180031"},
		{"side": "respondent", "kind": "person", "name": "夏侯听䶮"},
	}
}

// screen starts a round over two grids: one reports two leads about one quarrel, the other reports zero. The second lead
// is shown as a duplicate and closed; the first becomes a case.
func (d *demo) screen(ctx context.Context) error {
	as := func(subject string) caller { return d.caller(d.cluster.url, subject) }
	grids := []words{{"grid": otherTown + "-001", "name": "桑落墅一网格"}, {"grid": otherTown + "-002", "name": "桑落墅二网格"}}
	var round struct{ ID string }
	if _, err := as(director).call(ctx, 201, &round, "POST", otherTenant+"/screening-rounds",
		words{"title": "矛盾纠纷大排查", "from": day(-2), "to": day(20), "rhythm": "once", "grids": grids}); err != nil {
		return err
	}
	ids := make([]string, 2)
	for i, cause := range []string{"两家因排水沟堵塞争吵,尚未动手。", "村东头排水沟堵塞,两家又吵了起来。"} {
		var lead struct{ ID, Serial string }
		if _, err := as(mediator).call(ctx, 201, &lead, "POST", otherTenant+"/leads", words{
			"source": "mediator", "type": "02", "cause": cause, "place": "柳堤村东头", "foundAt": time.Now().Add(-time.Hour), "people": 4,
			"round": round.ID, "grid": otherTown + "-001", "parties": ditchParties()[:2-i]}); err != nil {
			return err
		}
		ids[i] = lead.ID
		d.progress.note("线索 %s %s", lead.Serial, cause)
	}
	if _, err := as(mediator).call(ctx, 201, nil, "POST", otherTenant+"/screening-rounds/"+round.ID+"/zero-reports",
		words{"grid": otherTown + "-002", "day": day(0)}); err != nil {
		return err
	}
	if err := d.showDuplicates(ctx, ids); err != nil {
		return err
	}
	var coverage struct{ Assigned, Reported, Leads, ZeroReports, PerMille int }
	got, err := as(director).call(ctx, 200, &coverage, "GET", otherTenant+"/screening-rounds/"+round.ID+"/coverage", nil)
	if err != nil {
		return err
	}
	if coverage.PerMille != 1000 || coverage.Leads != 2 || coverage.ZeroReports != 1 {
		return fmt.Errorf("coverage is wrong: %s", got.body)
	}
	d.progress.note("coverage 覆盖率 %d/%d grids 网格, %d leads 线索, %d zero report 零报告", coverage.Reported, coverage.Assigned, coverage.Leads, coverage.ZeroReports)
	return nil
}

// showDuplicates prints what the second lead looks like, closes it as the duplicate that it is, and makes the first a case.
func (d *demo) showDuplicates(ctx context.Context, ids []string) error {
	desk := d.caller(d.cluster.url, clerk)
	var alike struct {
		Items []struct {
			ID    string
			Score int
			Parts []weighed
		}
	}
	got, err := desk.call(ctx, 200, &alike, "GET", otherTenant+"/leads/"+ids[1]+"/duplicates", nil)
	if err != nil {
		return err
	}
	if len(alike.Items) == 0 || alike.Items[0].ID != ids[0] {
		return fmt.Errorf("the other lead is not suggested as the same: %s", got.body)
	}
	var why []string
	for _, part := range alike.Items[0].Parts {
		why = append(why, part.String())
	}
	d.progress.note("duplicate 疑似重复 %d: %s", alike.Items[0].Score, strings.Join(why, ", "))
	if _, err := desk.call(ctx, 200, nil, "POST", otherTenant+"/leads/"+ids[1]+"/close",
		words{"reason": "duplicate", "same": ids[0]}, "If-Match", `"1"`); err != nil {
		return err
	}
	_, err = desk.call(ctx, 201, nil, "POST", otherTenant+"/leads/"+ids[0]+"/become-case",
		words{"title": "司徒与夏侯排水沟纠纷", "claims": "疏通排水沟。", "parties": ditchParties()}, "If-Match", `"1"`)
	return err
}

// enterRegistry registers the committee and a mediator with the login of the demo's mediator, and has the town suggest
// whom to assign.
func (d *demo) enterRegistry(ctx context.Context) error {
	head := d.caller(d.cluster.url, director)
	var committee, hired struct{ ID string }
	if _, err := head.call(ctx, 201, &committee, "POST", otherTenant+"/organisations", words{
		"kind": "town", "name": "桑落墅镇人民调解委员会", "divisionCode": otherTown, "establishedOn": "2011-03-01", "termFrom": "2025-01-01", "termTo": "2027-12-31",
		"seats": []words{{"name": "王主任", "office": "director"}, {"name": "李委员", "office": "member", "woman": true}, {"name": "赵委员", "office": "member"}},
	}); err != nil {
		return err
	}
	got, err := head.call(ctx, 201, &hired, "POST", otherTenant+"/mediators", words{
		"name": "周调解员", "identityType": "resident-id", "identityNumber": "990103196903270011", "phone": "13905431109", "chosen": "appointed",
		"startedOn": "2020-01-01", "termFrom": "2025-01-01", "termTo": "2027-12-31", "skills": []string{"02"},
		"issuer": issuer, "subject": mediator})
	if err != nil {
		return err
	}
	if _, err := head.call(ctx, 200, nil, "POST", otherTenant+"/mediators/"+hired.ID+"/postings",
		words{"organisation": committee.ID, "engagement": "full-time", "from": day(-30)}, "If-Match", got.header.Get("ETag")); err != nil {
		return err
	}
	w, err := d.file(ctx, eaves())
	if err != nil {
		return err
	}
	if err := w.walk(ctx, step{director, "accept", words{}}); err != nil {
		return err
	}
	return d.assignSuggested(ctx, w)
}

// assignSuggested assigns whom the town suggests first, and finds the notice in the mediator's inbox.
func (d *demo) assignSuggested(ctx context.Context, w *walker) error {
	var suggested struct {
		Items []struct {
			Mediator, Name string
			Score          int
			Reasons        []weighed
		}
	}
	got, err := d.caller(d.cluster.url, director).call(ctx, 200, &suggested, "GET", w.path+"/suggested-mediators", nil)
	if err != nil {
		return err
	}
	if len(suggested.Items) == 0 {
		return fmt.Errorf("nobody is suggested: %s", got.body)
	}
	best := suggested.Items[0]
	var why []string
	for _, reason := range best.Reasons {
		why = append(why, reason.String())
	}
	d.progress.note("suggested 推荐 %s %d: %s", best.Name, best.Score, strings.Join(why, ", "))
	if err := w.reach(ctx, "assigned", step{director, "assign", words{"mediators": []words{{"id": best.Mediator, "host": true}}, "reason": "按推荐指派"}}); err != nil {
		return err
	}
	d.red = w
	return d.showInbox(ctx, mediator, "assigned")
}

// showInbox prints the newest unread notice of a kind.
func (d *demo) showInbox(ctx context.Context, subject, kind string) error {
	var inbox struct {
		Items []struct{ Kind, ZH, EN, Urgency string }
	}
	got, err := d.caller(d.cluster.url, subject).call(ctx, 200, &inbox, "GET", otherTenant+"/notices?unread=true", nil)
	if err != nil {
		return err
	}
	for _, notice := range inbox.Items {
		if notice.Kind == kind {
			d.progress.note("inbox 收件箱 %s [%s] %s %s", subject, notice.Urgency, notice.ZH, notice.EN)
			return nil
		}
	}
	return fmt.Errorf("%s was told nothing of the kind %s: %s", subject, kind, got.body)
}

// alarm assesses the case as red: the director is told at once, and the list of red cases has it.
func (d *demo) alarm(ctx context.Context) error {
	if err := d.red.walk(ctx, step{mediator, "assessments", words{"policeCalls": 3, "threat": true, "note": "被申请人扬言报复。"}}); err != nil {
		return err
	}
	if err := d.showInbox(ctx, director, "red-alert"); err != nil {
		return err
	}
	for query, what := range map[string]string{"risk=red": "红色案件", "q=檐水": "二字检索“檐水”", "q=䶮": "单字检索“䶮”"} {
		var list struct {
			Items []struct{ ID, Title string }
			Total struct{ Value int }
		}
		got, err := d.caller(d.cluster.url, director).call(ctx, 200, &list, "GET", otherTenant+"/cases?"+query, nil)
		if err != nil {
			return err
		}
		if list.Total.Value == 0 || !strings.Contains(string(got.body), strings.TrimPrefix(d.red.path, otherTenant+"/cases/")) {
			return fmt.Errorf("the case is not found by %s: %s", query, got.body)
		}
		d.progress.note("%s %s: %d", what, query, list.Total.Value)
	}
	var due struct{ Total struct{ Value int } }
	if _, err := d.caller(d.cluster.url, director).call(ctx, 200, &due, "GET", otherTenant+"/clocks?state=open", nil); err != nil {
		return err
	}
	d.progress.note("running clocks 在走期限: %d", due.Total.Value)
	return nil
}

// importLeads sends a sheet of three leads of which one has no date that there is: first all or nothing, then the good rows,
// then the sheet to put right comes back with the bad one.
func (d *demo) importLeads(ctx context.Context) error {
	desk, imports := d.caller(d.cluster.url, clerk), otherTenant+"/lead-imports"
	rows := sheet("线索来源,事由,发生地点,发现时间,当事人1姓名,当事人1电话\r\n" +
		"网格员排查,两户因院墙滴水争吵,柳堤村3号," + day(-1) + " 9:30,公孙滴,13900001111\r\n" +
		"网格员排查,承包地边界不清,柳堤村8号," + day(-1) + " 10:10,澹台界,13900002222\r\n" +
		"网格员排查,鱼塘换水淹了菜地,柳堤村9号,2月30日,宰父塘,13900003333\r\n")
	var batch struct {
		ID, State                 string
		Total, Accepted, Rejected int
	}
	if _, err := desk.call(ctx, 201, &batch, "POST", imports, rows, "Content-Type", "text/csv"); err != nil {
		return err
	}
	d.progress.note("all or nothing 全部或者全不: %s, %d of %d rows 行", batch.State, batch.Accepted, batch.Total)
	if batch.Accepted != 0 {
		return fmt.Errorf("%d rows of a sheet with a bad one were taken", batch.Accepted)
	}
	if _, err := desk.call(ctx, 201, &batch, "POST", imports+"?mode=accept-good", rows, "Content-Type", "text/csv"); err != nil {
		return err
	}
	d.progress.note("good rows 只收合格行: %s, %d of %d rows 行", batch.State, batch.Accepted, batch.Total)
	got, err := desk.do(ctx, "GET", imports+"/"+batch.ID+"/errors/sheet?format=csv", nil)
	if err != nil {
		return err
	}
	if err := got.want(200); err != nil {
		return err
	}
	if batch.Accepted != 2 || batch.Rejected != 1 || !strings.Contains(string(got.body), "宰父塘") || strings.Contains(string(got.body), "公孙滴") {
		return fmt.Errorf("the sheet to put right is another one: %+v\n%s", batch, got.body)
	}
	return nil
}

// weighed is one part of a score.
type weighed struct {
	Message string
	Points  int
}

func (w weighed) String() string { return fmt.Sprintf("%s %+d", w.Message, w.Points) }
