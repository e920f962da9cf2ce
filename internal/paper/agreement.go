package paper

import (
	"fmt"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// agreement is the 人民调解协议书 with everything that the law names for it (L29), or, before it is recorded, the same
// paper with blanks.
func (f form) agreement() {
	s, c := f.sheet, f.Case
	a := mediation.Agreement{Facts: c.Facts}
	if c.Agreement != nil {
		a = *c.Agreement
	}
	s.title("人民调解协议书", sizeTitle)
	if f.Document.Draft {
		s.title("草稿　待各方签名、盖章", sizeBody)
	}
	s.space(6)
	s.right("编号："+c.Number, sizeTable)
	s.space(4)
	f.partyTable("当事人（申请人）", side(c.Parties, mediation.SideApplicant), f.agreedAt())
	f.partyTable("当事人（被申请人）", side(c.Parties, mediation.SideRespondent), f.agreedAt())
	s.space(10)
	f.section("一、纠纷的主要事实", a.Facts)
	f.section("二、争议事项", a.Disputes)
	f.section("三、各方当事人的责任", a.Responsibility)
	s.heading("四、经调解，自愿达成如下协议")
	f.body(a.Terms)
	if a.Amount != nil {
		s.paragraphs("协议金额：" + money(*a.Amount) + "。")
	}
	s.heading("五、履行的方式、地点和期限")
	f.performance(a)
	if len(a.Instalments) > 0 {
		f.instalments(a)
	}
	f.closing(a)
	f.agreementSignatures(a)
}

// agreedAt is the day on which ages are counted.
func (f form) agreedAt() time.Time {
	if f.Case.Agreement != nil {
		if m, ok := f.Case.MeetingOf(f.Case.Agreement.Meeting); ok {
			return m.StartedAt
		}
	}
	return f.Case.UpdatedAt
}

func (f form) section(heading, text string) {
	f.sheet.heading(heading)
	f.body(text)
}

// body is a text, or ruled lines for the pen.
func (f form) body(text string) {
	if text == "" {
		f.sheet.lines(4)
		return
	}
	f.sheet.paragraphs(text)
}

func (f form) performance(a mediation.Agreement) {
	s := f.sheet
	s.need(3 * 24)
	s.row(24, label("履行方式", 26), value(a.Way, 130))
	s.row(24, label("履行地点", 26), value(a.Place, 130))
	s.row(24, label("履行期限", 26), value(a.TimeLimit, 130))
}

// instalments lists what is owed, by whom, to whom and until when.
func (f form) instalments(a mediation.Agreement) {
	s := f.sheet
	s.space(8)
	s.need(3 * 26)
	const number, from, to, what, due = 12.0, 28.0, 28.0, 54.0, 34.0
	s.row(24, label("序号", number), label("履行人", from), label("接受人", to), label("事项或者金额", what), label("履行期限", due))
	for _, i := range a.Instalments {
		content := i.What
		if i.Kind == mediation.ObligationMoney {
			content = money(i.Amount)
			if i.What != "" {
				content = i.What + "：" + content
			}
		}
		s.row(24, centred(fmt.Sprint(i.Number), number), value(f.nameOf(i.From), from), value(f.nameOf(i.To), to), value(content, what), centred(day(i.Due), due))
	}
}

func (f form) nameOf(party mediation.ID) string {
	for _, p := range f.Case.Parties {
		if p.ID == party {
			return p.Name
		}
	}
	return ""
}

func (f form) closing(a mediation.Agreement) {
	s := f.sheet
	copies := "　　"
	switch {
	case a.Copies > 0:
		copies = fmt.Sprint(a.Copies)
	case f.Case.Agreement == nil:
		copies = fmt.Sprint(len(f.Case.Parties) + 1)
	}
	s.space(8)
	s.paragraphs("本协议自各方当事人签名、盖章或者按指印，人民调解员签名并加盖人民调解委员会印章之日起生效，具有法律约束力，当事人应当按照约定履行。")
	s.paragraphs("双方当事人认为有必要的，可以自本协议生效之日起三十日内共同向人民法院申请司法确认。")
	s.paragraphs(fmt.Sprintf("本协议一式%s份，各方当事人和人民调解委员会各执一份。", copies))
	s.space(8)
}

func (f form) agreementSignatures(a mediation.Agreement) {
	s := f.sheet
	s.need(22 + 2*44)
	s.row(22, label("当事人", 46), label("签名、盖章或者按指印", 70), label("日期", 40))
	for _, p := range f.Case.Parties {
		name, on := p.Name, penDay
		for _, signature := range a.Signatures {
			if signature.Party != p.ID {
				continue
			}
			on = day(signature.On)
			if signature.Agent != "" {
				name += "\n（由" + signature.Agent + "代签）"
			}
		}
		s.row(40, value(name, 46), value("", 70), centred(on, 40))
	}
	s.need(44)
	s.row(44, label("人民调解员（签名）", 46), value("", 38), label("记录人（签名）", 34), value("", 38))
	date := penDate
	if a.SealedOn != "" {
		date = day(a.SealedOn)
	}
	f.sealOn(date)
}

// oral is the 人民调解口头协议登记表 (L28, L30).
func (f form) oral() {
	s, c, a := f.sheet, f.Case, *f.Case.Agreement
	s.title("人民调解口头协议登记表", sizeTitle)
	s.space(6)
	s.right("编号："+c.Number, sizeTable)
	s.space(4)
	f.partyTable("当事人（申请人）", side(c.Parties, mediation.SideApplicant), f.agreedAt())
	f.partyTable("当事人（被申请人）", side(c.Parties, mediation.SideRespondent), f.agreedAt())
	facts := a.Facts
	if facts == "" {
		facts = c.Facts
	}
	s.row(80, label("纠纷主要事实、争议事项", 26), value(facts, 130))
	terms := a.Terms
	if a.Amount != nil {
		terms += "\n协议金额：" + money(*a.Amount) + "。"
	}
	s.row(80, label("达成协议内容", 26), value(terms, 130))
	s.row(40, label("履行方式、时限", 26), value(joined(a.Way, a.TimeLimit), 130))
	if len(a.Instalments) > 0 {
		f.instalments(a)
	}
	s.space(8)
	s.need(44 + 26)
	s.row(44, label("人民调解员（签名）", 42), value("", 42), label("达成协议日期", 32), centred(day(a.EffectiveOn), 40))
	s.row(26, label("备注", 42), value("", 114))
	f.sealOn(day(a.EffectiveOn))
}

func joined(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "\n" + second
}
