package paper

import "tiaojie.dev/tiaojie/internal/mediation"

// application is the 人民调解申请书: who asks whom for what, and that it is asked freely (L17).
func (f form) application() {
	s, c := f.sheet, f.Case
	s.title("人民调解申请书", sizeTitle)
	s.space(6)
	s.right("登记号："+c.Registration, sizeTable)
	s.space(4)
	f.partyTable("申请人", side(c.Parties, mediation.SideApplicant), c.FiledAt)
	f.partyTable("被申请人", side(c.Parties, mediation.SideRespondent), c.FiledAt)
	s.row(110, label("纠纷简要情况", 32), value(c.Facts, 124))
	s.row(80, label("当事人申请事项", 32), value(f.claims(), 124))
	s.space(10)
	s.need(7 * sizeBody * leading) // the declaration and its signature stay together
	s.paragraphs("人民调解委员会已将申请人民调解的相关规定告知我（方），现自愿申请人民调解委员会进行调解。")
	s.paragraphs("此致")
	s.flush(f.Committee)
	s.space(8)
	s.right("申请人（签名、盖章或者按指印）："+pen, sizeBody)
	s.space(16)
	s.right(penDate, sizeBody)
}

// pen is room for a signature in a line.
const pen = "　　　　　　　　　　"

// claims are what is asked for, with the amount in figures and capitals.
func (f form) claims() string {
	if f.Case.Amount == nil {
		return f.Case.Claims
	}
	amount := "涉及金额：" + money(*f.Case.Amount)
	if f.Case.Claims == "" {
		return amount
	}
	return f.Case.Claims + "\n" + amount
}

// money is an amount as papers show it.
func money(fen int64) string { return figures(fen) + "元（" + capitals(fen) + "）" }

// register is the 人民调解受理登记表, which the committee fills in.
func (f form) register() {
	s, c := f.sheet, f.Case
	s.title("人民调解受理登记表", sizeTitle)
	s.space(6)
	s.right("登记号："+c.Registration, sizeTable)
	s.space(4)
	accepted := penDay
	if c.AcceptedAt != nil {
		accepted = dayOf(*c.AcceptedAt)
	}
	s.row(26, label("登记时间", 32), value(dayOf(c.FiledAt), 46), label("受理时间", 24), value(accepted, 54))
	s.row(26, label("人民调解委员会", 32), value(f.Committee, 124))
	s.row(26, label("编号", 32), value(c.Number, 66), label("纠纷类型", 24), value(f.word("dispute-types", string(c.Type)), 34))
	s.row(26, label("案件来源", 32), value(tick(c.Source == mediation.SourceApplication, "依申请　　")+
		tick(c.Source == mediation.SourceOwnInitiative, "主动调解　　")+
		tick(c.Source == mediation.SourceReferral, "接受委托移送"), 124))
	f.partyTable("申请人", side(c.Parties, mediation.SideApplicant), c.FiledAt)
	f.partyTable("被申请人", side(c.Parties, mediation.SideRespondent), c.FiledAt)
	s.row(110, label("纠纷简要情况", 32), value(c.Facts, 124))
	s.row(60, label("当事人诉求", 32), value(f.claims(), 124))
	f.signatureRows("当事人（签名、盖章或者按指印）", f.everyone())
	s.need(90)
	s.row(40, label("登记人（签名）", 34), value("", 48), label("日期", 20), centred(penDay, 54))
	s.row(26, label("备注", 34), value("", 122))
	s.space(8)
	s.small("此表由人民调解委员会填写。")
	f.seal()
}

func (f form) everyone() []string {
	var all []string
	for _, p := range f.Case.Parties {
		all = append(all, p.Name)
	}
	return all
}

// seal is where the committee's name, its seal and the date go.
func (f form) seal() { f.sealOn(penDate) }

func (f form) sealOn(date string) {
	s := f.sheet
	s.need(90)
	s.space(20)
	s.right(f.Committee+"（印章）　", sizeBody)
	s.space(6)
	s.right(date+"　", sizeBody)
}
