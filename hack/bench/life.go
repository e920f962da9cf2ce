package main

import (
	"encoding/json"
	"fmt"
	"time"
)

const lifeBudget = 0.8

type words = map[string]any

// measureLife takes disputes through the whole life, in the loaded county and in the empty one.
func measureLife(b *bench) []result {
	return []result{b.compare(fmt.Sprintf("a whole life among %d cases", b.loaded.load.cases), lifeBudget,
		func(int) { b.loaded.live() }, func(int) { b.empty.live() })}
}

// life is what a client reads of a case to go on with it.
type life struct {
	ID, State string
	Parties   []struct{ ID, Name string }
	FileGaps  []struct{ Kind string }
}

// live files a dispute, accepts, assigns, meets twice, agrees, performs, visits, fills the file, closes and archives.
func (o *office) live() {
	var c life
	read := func(answer []byte) { o.h.must(json.Unmarshal(answer, &c)) }
	read(o.send(o.url, "POST", o.cases(), o.dispute(), 201))
	path := o.cases() + "/" + c.ID + "/"
	do := func(operation string, body any) { read(o.send(o.url, "POST", path+operation, body, 200)) }
	do("accept", nil)
	do("assign", words{"mediators": []words{{"subject": "li", "name": "李调解", "host": true}}})
	do("meetings", o.meeting(c, "continue"))
	do("meetings", o.meeting(c, "agreed"))
	do("agreement", o.agreement(c))
	do("payments", words{"instalment": 1, "amount": 300_000, "on": today(), "voucher": "收条"})
	do("visits", words{"on": today(), "means": "上门", "situation": "已和好", "satisfaction": 5})
	for len(c.FileGaps) > 0 {
		do("papers", words{"kind": c.FileGaps[0].Kind, "medium": "paper", "pages": 2})
	}
	do("close", words{"report": "双方达成协议并已履行，回访满意，予以结案。"})
	do("archive", words{"retention": "long", "keeper": "周文员"})
	if c.State != "archived" {
		o.h.Fatalf("a life ended as %s", c.State)
	}
}

func today() string { return time.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly) }

func (o *office) dispute() words {
	return words{
		"type": "02", "source": "application", "title": "相邻宅基地排水纠纷", "facts": "甲方翻建院墙后雨水流入乙方院内。", "claims": "要求改道排水并赔偿损失。",
		"amount": 300_000, "place": "孙武街道柳堤村", "tags": []string{"排水"},
		"parties": []words{
			{"side": "applicant", "kind": "person", "name": "赵建国", "phone": "13800005678", "address": "惠民县孙武街道柳堤村12号"},
			{"side": "respondent", "kind": "person", "name": "钱志强"}, {"side": "respondent", "kind": "person", "name": "钱秀英"},
		},
	}
}

func (o *office) meeting(c life, result string) words {
	return words{"startedAt": time.Now().Add(-time.Millisecond), "place": "孙武街道调解室", "rightsTold": true, "content": "双方各自陈述，调解员释法说理。", "result": result,
		"attendees": []words{{"name": c.Parties[0].Name, "role": "party", "party": c.Parties[0].ID}, {"name": "李调解", "role": "mediator"}}}
}

func (o *office) agreement(c life) words {
	day := today()
	var signatures []words
	for _, p := range c.Parties {
		signatures = append(signatures, words{"party": p.ID, "means": "fingerprint", "on": day})
	}
	return words{"facts": "院墙越界。", "disputes": "是否拆除。", "responsibility": "被申请人拆除。", "terms": "被申请人补偿三千元。", "way": "转账", "place": "孙武镇",
		"timeLimit": "一个月内", "amount": 300_000, "matters": []string{"money"}, "instalments": []words{{"kind": "money", "amount": 300_000, "due": day, "from": c.Parties[1].ID, "to": c.Parties[0].ID}},
		"signatures": signatures, "mediatorSigned": words{"means": "signature", "on": day}, "sealedOn": day}
}
