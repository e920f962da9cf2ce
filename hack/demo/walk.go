package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// agreedTerms is what the neighbours agree; nobody may read it in a backup either.
const agreedTerms = "被申请人十日内改装檐沟并分两期补偿修缮款"

// eaves and crash are the two disputes that the demo walks through. Nobody of these names exists.
func eaves() filing {
	owner := person("applicant", "淳于砚田", "990103197206180031", "13905431105", "桑落墅镇柳堤村21号")
	owner.Ethnicity, owner.Occupation = "01", "农民"
	owner.Agent = &agent{Kind: "entrusted", Name: "公良执简", Relation: "律师", PowerOnFile: true}
	return filing{
		Type: "02", Source: "application", Title: "淳于家与濮阳家檐水纠纷",
		Facts:  "被申请人新搭雨棚,檐水直泻申请人后墙,墙根泡软并有裂缝。",
		Claims: "改装檐沟,赔偿后墙修缮费用。", Place: "桑落墅镇柳堤村二排", Amount: 360_000, People: 4, Tags: []string{publicTag, "相邻关系"},
		Parties: []party{
			owner,
			person("respondent", "濮阳听䶮", "990103198811050045", "13905431106", "桑落墅镇柳堤村22号"),
		},
	}
}

func crash() filing {
	return filing{
		Type: "16", Source: "application", Title: "太叔老人与宗政某三轮车碰撞纠纷",
		Facts:  "申请人在集市路口被三轮车撞倒,腕骨骨折,住院九天。",
		Claims: "赔偿医疗费和护理费。", Place: "桑落墅镇集市北口", Amount: 1_840_000, People: 3, Tags: []string{publicTag},
		Parties: []party{
			person("applicant", "太叔望禾", "990103196903270011", "13905431107", "桑落墅镇集西村5号"),
			person("respondent", "宗政𠮷岚", "990103199309120022", "13905431108", "桑落墅镇集东村8号"),
		},
	}
}

// walker takes one case through its life by HTTP, each step with the version that the step before it left.
type walker struct {
	base   string // address of the API
	path   string // of the case
	etag   string
	caller func(base, subject string) caller
	seen   whole
	done   int    // steps that succeeded, the filing included
	draft  []byte // the agreement as it was printed to be signed
}

// step is one thing that somebody does to the case: a POST behind its path.
type step struct {
	as, operation string
	body          any
}

// words is a body.
type words = map[string]any

// file brings the dispute in as the clerk, and leaves the walker at the filed case.
func (d *demo) file(ctx context.Context, what filing) (*walker, error) {
	w := &walker{base: d.cluster.url, caller: d.caller}
	cases := "/v1/tenants/" + otherTown + "/cases"
	got, err := w.caller(w.base, clerk).call(ctx, 201, &w.seen, "POST", cases, what)
	if err != nil {
		return nil, err
	}
	w.path, w.etag, w.done = cases+"/"+w.seen.ID, got.header.Get("ETag"), 1
	return w, nil
}

// walk does the steps in order.
func (w *walker) walk(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		w.seen = whole{}
		got, err := w.caller(w.base, s.as).call(ctx, 200, &w.seen, "POST", w.path+"/"+s.operation, s.body, "If-Match", w.etag)
		if err != nil {
			return err
		}
		w.etag = got.header.Get("ETag")
		w.done++
	}
	return nil
}

// reach is walk, and the case then stands in a state.
func (w *walker) reach(ctx context.Context, state string, steps ...step) error {
	if err := w.walk(ctx, steps...); err != nil {
		return err
	}
	if w.seen.State != state {
		return fmt.Errorf("%s is %q, want %q", w.path, w.seen.State, state)
	}
	return nil
}

// day is a day in China, some days from today.
func day(plus int) string {
	return time.Now().In(time.FixedZone("CST", 8*60*60)).AddDate(0, 0, plus).Format(time.DateOnly)
}

// meeting is one that has just been held, with both parties at the table.
func (w *walker) meeting(number int, content, result string) words {
	attendees := []words{{"name": "周调解员", "role": "mediator"}, {"name": "李文员", "role": "recorder"}}
	for _, p := range w.seen.Parties {
		attendees = append(attendees, words{"name": p.Name, "role": "party", "party": p.ID})
	}
	held := words{"startedAt": time.Now(), "place": "桑落墅镇调解室", "rightsTold": true, "content": content, "result": result, "attendees": attendees}
	if number > 0 {
		held["number"] = number
	}
	return held
}

// agreement is in writing: 3600 yuan in two instalments, signed by both.
func (w *walker) agreement() words {
	today, owed, owes := day(0), w.seen.Parties[0].ID, w.seen.Parties[1].ID
	return words{
		"facts": "雨棚檐水浸泡后墙。", "disputes": "檐沟如何改装,修缮款多少。", "responsibility": "被申请人承担修缮费用。",
		"terms": agreedTerms, "way": "银行转账,分两期。", "place": "桑落墅镇调解室", "timeLimit": "一个月内履行完毕。",
		"amount": 360_000, "matters": []string{"money"},
		"instalments": []words{
			{"kind": "money", "what": "第一期", "amount": 160_000, "due": today, "from": owes, "to": owed},
			{"kind": "money", "what": "第二期", "amount": 200_000, "due": day(30), "from": owes, "to": owed},
		},
		"signatures": []words{
			{"party": owed, "means": "signature", "on": today}, {"party": owes, "means": "fingerprint", "on": today},
		},
		"mediatorSigned": words{"means": "signature", "on": today}, "sealedOn": today, "copies": 3,
	}
}

// takeOn accepts the case and gives it to the mediator.
func (w *walker) takeOn(ctx context.Context) error {
	return w.reach(ctx, "assigned",
		step{director, "accept", words{}},
		step{director, "assign", words{"mediators": []words{{"subject": mediator, "name": "周调解员", "host": true}}, "reason": "熟悉当地情况"}})
}

// walkWholeLife takes a dispute from the filing to the archive, and shows what the record then holds.
func (d *demo) walkWholeLife(ctx context.Context) error {
	w, err := d.file(ctx, eaves())
	if err != nil {
		return err
	}
	if err := w.takeOn(ctx); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{w.settle, w.fulfil, w.bind} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	d.progress.note("%s %s", eaves().Title, w.seen.Number)
	d.walked, d.draft = w.path, w.draft
	return d.showRecord(ctx, w)
}

// settle finds out what happened and comes to an agreement in the second meeting.
func (w *walker) settle(ctx context.Context) error {
	if err := w.reach(ctx, "investigating",
		step{mediator, "investigations", words{"at": time.Now(), "place": "柳堤村现场", "participants": "周调解员(询问)、双方当事人", "findings": "檐沟缺损,后墙有裂缝。"}},
		step{mediator, "meetings/arrange", words{"startsAt": time.Now().Add(time.Hour), "place": "桑落墅镇调解室", "invited": "双方当事人"}},
	); err != nil {
		return err
	}
	if err := w.reach(ctx, "mediating", step{mediator, "meetings", w.meeting(1, "双方各自陈述,约定再谈。", "continue")}); err != nil {
		return err
	}
	err := w.walk(ctx, step{mediator, "meetings", w.meeting(0, "双方就修缮款达成一致。", "agreed")})
	if err != nil {
		return err
	}
	if w.draft, err = w.printDraft(ctx); err != nil {
		return err
	}
	return w.reach(ctx, "agreed", step{mediator, "agreement", w.agreement()})
}

// printDraft has the agreement on paper before anybody signs it.
func (w *walker) printDraft(ctx context.Context) ([]byte, error) {
	unsigned := w.agreement()
	for _, later := range []string{"signatures", "mediatorSigned", "sealedOn"} {
		delete(unsigned, later)
	}
	got, err := w.caller(w.base, mediator).do(ctx, "POST", w.path+"/documents/agreement", unsigned)
	if err != nil {
		return nil, err
	}
	return got.body, got.want(200)
}

// fulfil has the court confirm the agreement, both instalments paid, and the parties visited.
func (w *walker) fulfil(ctx context.Context) error {
	both := []string{w.seen.Parties[0].ID, w.seen.Parties[1].ID}
	err := w.reach(ctx, "agreed",
		step{clerk, "confirmation", words{"court": "惠民县人民法院", "applicants": both, "appliedOn": day(0)}},
		step{clerk, "confirmation/decision", words{"outcome": "confirmed", "courtNumber": "(2026)鲁1621民特12号", "decidedOn": day(0)}},
		step{clerk, "payments", words{"instalment": 1, "amount": 160_000, "on": day(0), "voucher": "银行转账回单"}},
		step{clerk, "payments", words{"instalment": 2, "amount": 200_000, "on": day(0), "voucher": "银行转账回单"}},
		step{mediator, "visits", words{"on": day(0), "party": both[0], "means": "上门", "situation": "檐沟已改装,双方和好。", "satisfaction": 5}})
	if err == nil && (w.seen.Performance != "performed" || w.seen.ConfirmationState != "confirmed") {
		err = fmt.Errorf("%s is performed %q and confirmed %q", w.path, w.seen.Performance, w.seen.ConfirmationState)
	}
	return err
}

// bind puts every paper that is missing on file, closes the case and archives it.
func (w *walker) bind(ctx context.Context) error {
	if len(w.seen.FileGaps) == 0 {
		return fmt.Errorf("%s misses no paper although none was put on file", w.path)
	}
	for _, gap := range w.seen.FileGaps {
		if err := w.walk(ctx, step{clerk, "papers", words{"kind": gap.Kind, "medium": "paper", "pages": 2, "on": day(0)}}); err != nil {
			return err
		}
	}
	if err := w.reach(ctx, "closed", step{director, "close", words{"report": "双方达成协议并已履行,回访满意,予以结案。"}}); err != nil {
		return err
	}
	return w.reach(ctx, "archived", step{clerk, "archive", words{"retention": "long", "keeper": "李文员", "inspector": "王主任"}})
}

// walkReferred takes a dispute whose mediation fails along two other roads; it closes when both have reported back.
func (d *demo) walkReferred(ctx context.Context) error {
	w, err := d.file(ctx, crash())
	if err != nil {
		return err
	}
	if err := w.takeOn(ctx); err != nil {
		return err
	}
	if err := w.reach(ctx, "failed",
		step{mediator, "meetings", w.meeting(0, "双方对赔偿数额分歧过大。", "not-agreed")},
		step{mediator, "fail", words{"reason": "no-agreement", "note": "差距一万元以上。", "roadsTold": true}},
		step{mediator, "referrals", words{"route": "legal-aid", "receiver": "惠民县法律援助中心", "content": "经济困难证明一份", "sentOn": day(0), "consented": true}},
		step{mediator, "referrals", words{"route": "court", "receiver": "惠民县人民法院", "content": "起诉状一份", "sentOn": day(0), "consented": true}},
	); err != nil {
		return err
	}
	d.progress.note("%s %s", crash().Title, w.seen.Number)
	if err := d.showRefusal(ctx, w, "/referrals/1", "/referrals/2"); err != nil {
		return err
	}
	if err := w.walk(ctx,
		step{clerk, "referrals/1/receipt", words{"receivedOn": day(0), "receivedBy": "钱律师"}},
		step{clerk, "referrals/1/outcome", words{"outcome": "granted", "outcomeOn": day(0), "document": "惠援字(2026)1号"}},
	); err != nil {
		return err
	}
	if err := d.showRefusal(ctx, w, "/referrals/2"); err != nil {
		return err
	}
	if err := w.walk(ctx, step{clerk, "referrals/2/outcome", words{"outcome": "judged", "outcomeOn": day(0), "document": "(2026)鲁1621民初9号"}}); err != nil {
		return err
	}
	if err := w.reach(ctx, "closed", step{director, "close", words{"report": "调解不成,法律援助与诉讼均有结果,予以结案。"}}); err != nil {
		return err
	}
	return d.showRecord(ctx, w)
}

// showRefusal tries to close the case, and shows the words of the refusal, which names exactly what is open.
func (d *demo) showRefusal(ctx context.Context, w *walker, open ...string) error {
	for _, language := range []string{"zh-CN", "en"} {
		var refusal struct {
			Title, Detail, Code string
			Errors              []struct{ Pointer, Message string }
		}
		got, err := w.caller(w.base, director).call(ctx, 409, &refusal, "POST", w.path+"/close", words{"report": "予以结案。"},
			"If-Match", w.etag, "Accept-Language", language)
		if err != nil {
			return err
		}
		lines, pointers := []string{"✗ 409 " + refusal.Title + " — " + refusal.Detail}, []string{}
		for _, e := range refusal.Errors {
			lines, pointers = append(lines, "    "+e.Pointer+" "+e.Message), append(pointers, e.Pointer)
		}
		if refusal.Code != "case-incomplete" || strings.Join(pointers, " ") != strings.Join(open, " ") {
			return fmt.Errorf("closing is refused for other reasons than %v: %s", open, got.body)
		}
		d.progress.note("%s", strings.Join(lines, "\n"))
	}
	return nil
}
