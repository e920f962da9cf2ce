// Package paper is how a paper looks: it sets the forms that people sign and file, application, register, notice,
// record, agreement and cover, as PDF from a case. It is floor 1 and pure but for the font files it reads: a case, names
// and a form go in, bytes come out, the same for the same paper. It must not know SQL, HTTP, permissions or time.
//
// It writes PDF itself rather than through a library: characters behind Unicode's basic plane (𠮷) must be embedded,
// shown and found again, and an instance that has printed must not go on holding a font. Of the font files only the
// character map and the glyphs of the paper are read, and nothing is kept.
//
// What a typeface does not have is drawn as an empty box for the pen, named at the end of the paper and reported to the
// caller: a paper is neither refused for one rare name nor printed with a wrong one.
//
// Start reading at Press.Print, then a form (agreement.go), then sheet.go and table.go for the layout, line.go for where
// Chinese breaks, font.go, subset.go and pdf.go for the file.
package paper

import (
	"fmt"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Edition counts changes of the forms: the same case printed by another edition may look different.
const Edition = 2

// Press prints papers. It holds no memory between two papers and may be used by many at once.
type Press struct{ directories []string }

// New makes a press that looks for its fonts in the directories and one level below; none means DefaultDirectories.
func New(directories ...string) *Press {
	if len(directories) == 0 {
		directories = DefaultDirectories()
	}
	return &Press{directories: directories}
}

// Order says what is printed. The case is printed as it is given: unmasked for those who may see it so.
type Order struct {
	Document  mediation.Document // of Case.Document
	Case      mediation.Case
	Committee string // its name
}

// Print is a printed paper.
type Print struct {
	Content []byte // PDF
	Pages   int
	Title   string
	Unknown []rune // characters that no typeface has
}

// Print sets the paper. Unavailable "font-missing" names the package of a font that is not there.
func (p *Press) Print(order Order) (Print, error) {
	types := newTypecase(p.directories)
	defer types.close()
	f := form{Order: order, words: wordsOf(mediation.CodeLists())}
	f.sheet = newSheet(types, f.Document.ZH+"　"+f.reference(), f.footer())
	f.set()
	f.note()
	pages := f.sheet.finish()
	if types.err != nil {
		return Print{}, types.err
	}
	content, err := bind(pages, types, f.Document.ZH, f.Case.UpdatedAt)
	if err != nil {
		return Print{}, err
	}
	return Print{Content: content, Pages: len(pages), Title: f.Document.ZH, Unknown: types.unknown}, nil
}

// form is a paper in the making.
type form struct {
	Order
	sheet *sheet
	words map[string]string // list/code to Chinese
}

func (f form) set() {
	switch f.Document.Form {
	case mediation.DocumentApplication:
		f.application()
	case mediation.DocumentRegister:
		f.register()
	case mediation.DocumentRightsNotice:
		f.notice()
	case mediation.DocumentMediationRecord:
		f.record()
	case mediation.DocumentAgreement:
		if f.Case.Agreement != nil && f.Case.Agreement.Form == mediation.AgreementOral {
			f.oral()
			return
		}
		f.agreement()
	case mediation.DocumentCover:
		f.cover()
	}
}

// note says on the paper itself which characters are left to the pen.
func (f form) note() {
	const shown = 20
	unknown := f.sheet.types.unknown
	if len(unknown) == 0 {
		return
	}
	var points []string
	for _, r := range unknown[:min(shown, len(unknown))] {
		points = append(points, fmt.Sprintf("U+%04X", r))
	}
	more := ""
	if len(unknown) > shown {
		more = "等"
	}
	f.sheet.space(6)
	f.sheet.small(fmt.Sprintf("注：字库未收下列 %d 个字符，文中以空框留出，请手写补全：%s%s。", len(unknown), strings.Join(points, "、"), more))
}

// footer stands on every page: a draft says there that it is one.
func (f form) footer() string {
	if f.Document.Draft {
		return "草稿　" + f.reference()
	}
	return f.reference()
}

// reference is the number by which the paper is found.
func (f form) reference() string {
	if f.Case.Number != "" {
		return f.Case.Number
	}
	return "登记号：" + f.Case.Registration
}

func (f form) word(list, code string) string { return f.words[list+"/"+code] }

func wordsOf(lists []mediation.CodeList) map[string]string {
	words := map[string]string{}
	for _, list := range lists {
		for _, code := range list.Codes {
			words[list.Name+"/"+code.Code] = code.ZH
		}
	}
	return words
}

// mediators are the names of who mediates, the host first.
func (f form) mediators() string {
	var all []string
	for _, m := range f.Case.Mediators {
		if m.Host {
			all = append([]string{m.Name}, all...)
			continue
		}
		all = append(all, m.Name)
	}
	return strings.Join(all, "、")
}

// partyRows are the fields of one party, on the day of the moment.
func (f form) partyRows(p mediation.Party, at time.Time) {
	if p.Kind == mediation.PartyOrganisation {
		f.organisationRows(p)
		return
	}
	s, age, birthday := f.sheet, "", ""
	if years, known := p.AgeOn(at); known {
		age = fmt.Sprint(years)
	}
	if known := p.KnownBirthday(); known != "" {
		birthday = day(known)
	}
	s.row(24, label("姓名", 32), value(p.Name, 38), label("性别", 14), centred(f.word("sexes", string(p.KnownSex())), 12),
		label("民族", 14), centred(f.word("ethnicities", p.Ethnicity), 20), label("年龄", 14), centred(age, 12))
	s.row(24, label("职业或者职务", 32), value(p.Occupation, 42), label("联系方式", 26), value(p.Phone, 56))
	paper := ""
	if p.IdentityNumber != "" {
		paper = f.word("identity-types", string(p.IdentityType)) + "　" + p.IdentityNumber
	}
	s.row(24, label("证件及号码", 32), value(paper, 66), label("出生日期", 22), centred(birthday, 36))
	s.row(24, label("单位或者住址", 32), value(p.Address, 124))
	minor := p.MinorOn(at)
	if minor || p.Agent.Name != "" {
		f.agentRow(p, minor)
	}
}

func (f form) organisationRows(p mediation.Party) {
	s := f.sheet
	s.row(24, label("名称", 38), value(p.Name, 118))
	s.row(24, label("统一社会信用代码", 38), value(p.IdentityNumber, 54), label("联系方式", 22), value(p.Phone, 42))
	s.row(24, label("法定代表人\n（负责人）", 38), value(p.LegalRepresentative, 54), label("职务", 22), value(p.Occupation, 42))
	s.row(24, label("住所", 38), value(p.Address, 118))
	if p.Agent.Name != "" {
		f.agentRow(p, false)
	}
}

// agentRow is who speaks for a party. A minor has one by law: where nobody is named the row is for the pen.
func (f form) agentRow(p mediation.Party, minor bool) {
	kind := f.word("agent-kinds", string(p.Agent.Kind))
	if minor && p.Agent.Kind != mediation.AgentEntrusted {
		kind = "法定代理人\n（监护人）"
	}
	relation := p.Agent.Relation
	if p.Agent.PowerOnFile {
		relation = joined(relation, "（授权委托书在卷）")
	}
	f.sheet.row(24, label(kind, 32), value(f.Case.AgentOf(p.ID), 30), label("与其关系", 20), value(relation, 30), label("电话", 12), value(p.Agent.Phone, 32))
}

// partyTable lists those of one side, each with a heading that counts them.
func (f form) partyTable(heading string, parties []mediation.Party, at time.Time) {
	for i, p := range parties {
		words := heading
		if len(parties) > 1 {
			words = fmt.Sprintf("%s（%d/%d）", heading, i+1, len(parties))
		}
		f.sheet.need(5 * 26)
		f.sheet.row(22, label(words, 1))
		f.partyRows(p, at)
	}
}

// signatureRows leave room for everybody to sign, two in a row.
func (f form) signatureRows(heading string, signers []string) {
	s := f.sheet
	s.need(22 + 44)
	s.row(22, label(heading, 1))
	for i := 0; i < len(signers); i += 2 {
		second := ""
		if i+1 < len(signers) {
			second = signers[i+1]
		}
		s.row(44, value(signers[i], 34), value("", 44), value(second, 34), value("", 44))
	}
}
