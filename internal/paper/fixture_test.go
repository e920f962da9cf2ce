package paper_test

import (
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/paper"
)

// at is the moment on which the fixture's life runs, 9:30 in China.
var at = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

const committee = "惠民县孙武街道人民调解委员会"

func fen(yuan int64) *int64 {
	amount := yuan * 100
	return &amount
}

// walked is a case that has come all the way: an agreement with instalments, papers, a volume.
func walked() mediation.Case {
	accepted := at
	ended := at.Add(95 * time.Minute)
	return mediation.Case{
		ID: "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", Tenant: "371621101", Version: 9, State: mediation.State("archived"),
		Registration: "371621101-2026-000017", Number: "（2026）孙武人调字第0012号", Type: "06", Source: mediation.SourceApplication,
		Title: "䶮家庄相邻排水损害赔偿纠纷", Amount: fen(120_000),
		Facts:  "2026年8月17日，大雨。申请人张𠮷与被申请人欧阳䶮系前后邻居，被申请人翻建院墙后，雨水流入申请人院内，致西屋墙体开裂、粮食受潮。双方多次争执，村委会曾两次调解未果。",
		Claims: "1. 要求被申请人改道排水；\n2. 要求赔偿房屋修缮费和粮食损失。",
		Parties: []mediation.Party{
			{ID: "p1", Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张𠮷", IdentityType: mediation.IdentityResidentID,
				IdentityNumber: "371621198001010018", Sex: mediation.SexMale, Ethnicity: "43", Occupation: "镇中学教师", Phone: "13800005678", Address: "山东省滨州市惠民县孙武街道䶮家庄村12号"},
			{ID: "p2", Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张小满", IdentityType: mediation.IdentityResidentID,
				IdentityNumber: "371621201203150025", Sex: mediation.SexFemale, Address: "同上",
				Agent: mediation.Agent{Kind: mediation.AgentStatutory, Name: "张母", Relation: "母亲", Phone: "13600001212"}},
			{ID: "p3", Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "欧阳䶮", IdentityType: mediation.IdentityNone, Sex: mediation.SexMale, BornOn: "1975-05-06"},
			{ID: "p4", Side: mediation.SideRespondent, Kind: mediation.PartyOrganisation, Name: "惠民县鑫垚建筑工程有限公司",
				IdentityType: mediation.IdentityUSCC, IdentityNumber: "91371621MA3C000000", Phone: "0543-5321001",
				Address: "惠民县乐胡路88号", LegalRepresentative: "王堃", Occupation: "总经理",
				Agent: mediation.Agent{Kind: mediation.AgentEntrusted, Name: "孙律师", Relation: "律师", PowerOnFile: true}},
		},
		Mediators: []mediation.Mediator{{Name: "李调解"}, {Name: "赵主持", Host: true}},
		Meetings: []mediation.Meeting{
			{Number: 1, Status: mediation.MeetingHeld, StartedAt: at, EndedAt: &ended, Place: "孙武街道调解室", RightsTold: true,
				Content: "主持人宣布调解纪律，核对当事人身份。\n张𠮷：院墙翻建后雨水都流到我家，西屋裂了一条缝，请鉴定机构看过，修缮要八万多元。\n欧阳䶮：排水沟是老辈留下的，不能都算我的；施工是鑫垚公司做的。",
				Result:  mediation.MeetingContinue, Attendees: attendees()},
			{Number: 2, Status: mediation.MeetingCancelled, StartedAt: at, Place: "孙武街道调解室"},
			{Number: 3, Status: mediation.MeetingHeld, StartedAt: at.AddDate(0, 0, 2), Place: "䶮家庄村委会", RightsTold: true, Public: true,
				InvitationsConsented: true, Content: "双方就赔偿数额和排水改道达成一致。", Result: mediation.MeetingAgreed, Attendees: attendees()},
			{Number: 4, Status: mediation.MeetingPlanned, StartedAt: at.AddDate(0, 0, 9), Place: "孙武街道调解室", Invited: "村委会主任刘某、住建部门专家"},
		},
		Agreement: agreement(),
		Volume: &mediation.Volume{Number: "（2026）孙武人调字第0012号", Retention: "long", Keeper: "周文员", At: at.AddDate(0, 1, 0), Pages: 9, Index: []mediation.IndexLine{
			{Sequence: 1, Kind: "application-or-register", Title: "人民调解申请书", Medium: mediation.MediumPaper, From: 1, To: 2},
			{Sequence: 2, Kind: "rights-notice", Title: "权利义务告知书", Medium: mediation.MediumPaper, From: 3, To: 3},
			{Sequence: 3, Kind: "mediation-record", Title: "第一次调解记录", Medium: mediation.MediumPaper, From: 4, To: 6},
			{Sequence: 4, Kind: "agreement", Title: "人民调解协议书", Medium: mediation.MediumFile, From: 7, To: 9, Note: "含附图一张"},
		}},
		FiledAt: at, UpdatedAt: at.AddDate(0, 1, 0), AcceptedAt: &accepted,
	}
}

func attendees() []mediation.Attendee {
	return []mediation.Attendee{
		{Name: "张𠮷", Role: mediation.AttendeeParty, Party: "p1"}, {Name: "欧阳䶮", Role: mediation.AttendeeParty, Party: "p3"},
		{Name: "孙律师", Role: mediation.AttendeeAgent, Party: "p4"}, {Name: "赵主持", Role: mediation.AttendeeMediator},
		{Name: "钱记录", Role: mediation.AttendeeRecorder}, {Name: "刘村医", Role: "expert"},
	}
}

func agreement() *mediation.Agreement {
	return &mediation.Agreement{
		Form: mediation.AgreementWritten, Meeting: 3, Facts: "2026年8月17日，被申请人翻建院墙后雨水流入申请人院内，造成西屋墙体开裂。",
		Disputes: "赔偿数额以及排水沟由谁改道。", Responsibility: "被申请人欧阳䶮承担主要责任，施工单位承担次要责任。",
		Terms: "一、被申请人共同赔偿申请人壹拾贰万元，分三期支付；\n二、欧阳䶮于约定日期前将排水沟改道；\n三、双方今后互不追究。",
		Way:   "银行转账至申请人账户", Place: "惠民县孙武街道", TimeLimit: "三个月内付清", Amount: fen(120_000), Copies: 5,
		Instalments: []mediation.Instalment{
			{Number: 1, Obligation: mediation.Obligation{Kind: mediation.ObligationMoney, Amount: 5_000_000, Due: "2026-11-30", From: "p3", To: "p1"}},
			{Number: 2, Obligation: mediation.Obligation{Kind: mediation.ObligationMoney, Amount: 7_000_000, Due: "2027-02-28", From: "p4", To: "p1"}},
			{Number: 3, Obligation: mediation.Obligation{Kind: mediation.ObligationAct, What: "将院墙外排水沟改道至村东主渠", Due: "2026-12-15", From: "p3"}},
		},
		Signatures: []mediation.Signature{{Party: "p1", Means: "fingerprint", On: "2026-11-25"}, {Party: "p4", Means: "seal", On: "2026-11-25", Agent: "孙律师"}},
		SealedOn:   "2026-11-25", EffectiveOn: "2026-11-25",
	}
}

func oral() mediation.Case {
	c := walked()
	c.Agreement = &mediation.Agreement{Form: mediation.AgreementOral, Meeting: 3, Terms: "被申请人当面赔礼道歉，并于三日内清理排水沟。", Way: "当面", TimeLimit: "三日内",
		EffectiveOn: "2026-11-25", Instalments: []mediation.Instalment{{Number: 1, Obligation: mediation.Obligation{Kind: mediation.ObligationAct, What: "清理排水沟", Due: "2026-11-28", From: "p3"}}}}
	return c
}

// printed prints a form of a case, or stops the test.
func printed(t testing.TB, c mediation.Case, form mediation.DocumentForm, meeting int) paper.Print {
	t.Helper()
	document, err := c.Document(form, meeting)
	if err != nil {
		t.Fatal(err)
	}
	made, err := paper.New().Print(paper.Order{Document: document, Case: c, Committee: committee})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
