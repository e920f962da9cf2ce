package mediation

import (
	"fmt"
	"slices"
)

// DocumentForm is a paper that is printed from a case, to be signed or filed.
type DocumentForm string

// The forms (司发通〔2010〕239号).
const (
	DocumentApplication     DocumentForm = "application"
	DocumentRegister        DocumentForm = "register"
	DocumentRightsNotice    DocumentForm = "rights-notice"
	DocumentMediationRecord DocumentForm = "mediation-record"
	DocumentAgreement       DocumentForm = "agreement"
	DocumentCover           DocumentForm = "cover"
)

var documentForms = []Code{
	{Code: string(DocumentApplication), ZH: "人民调解申请书", EN: "Application for mediation"},
	{Code: string(DocumentRegister), ZH: "人民调解受理登记表", EN: "Register of acceptance"},
	{Code: string(DocumentRightsNotice), ZH: "人民调解当事人权利义务告知书", EN: "Notice of rights and duties", Note: "L3, L23, L24"},
	{Code: string(DocumentMediationRecord), ZH: "人民调解记录", EN: "Record of a meeting"},
	{Code: string(DocumentAgreement), ZH: "人民调解协议书", EN: "Agreement", Note: "L29"},
	{Code: string(DocumentCover), ZH: "人民调解卷宗", EN: "Cover with inner index"},
}

// Document is one paper of a case: whether it can be printed now, and what then stays blank for the pen.
type Document struct {
	Form      DocumentForm
	Meeting   int // of a record; 0 otherwise
	ZH, EN    string
	Printable bool
	Missing   []Missing // why it cannot be printed; empty when it can
	Blanks    []Missing // what is not known and is left for the pen
	Draft     bool      // of an agreement that is not recorded: it goes round to be signed
}

// Known tells whether the form is on the list.
func (f DocumentForm) Known() bool { return listed(documentForms, string(f)) }

// Label is the form's title in both languages.
func (f DocumentForm) Label() Code { return labelOf(documentForms, string(f)) }

// Documents lists every paper in the order of the file, a record for each meeting that was not cancelled.
func (c Case) Documents() []Document {
	var all []Document
	for _, form := range documentForms {
		meetings := []int{0}
		if DocumentForm(form.Code) == DocumentMediationRecord {
			meetings = c.recordable()
		}
		for _, meeting := range meetings {
			all = append(all, c.document(DocumentForm(form.Code), meeting))
		}
	}
	return all
}

// Document is one paper. meeting names the record's meeting, 0 the last that was held, or else is arranged; other forms
// have none. NotFound "unknown-document" for a form or a meeting that there is not, Conflict "document-incomplete" for
// one that cannot be printed yet.
func (c Case) Document(form DocumentForm, meeting int) (Document, error) {
	if !form.Known() {
		return Document{}, Fail(NotFound, "unknown-document",
			"There is no such paper: see the list document-forms.", "没有这种文书，请见文书代码表。")
	}
	if form == DocumentMediationRecord && meeting == 0 {
		meeting = c.latestMeeting()
	}
	if form == DocumentMediationRecord && meeting != 0 && !slices.Contains(c.recordable(), meeting) ||
		form != DocumentMediationRecord && meeting != 0 {
		return Document{}, Fail(NotFound, "unknown-document",
			"The case has no such meeting, or it was cancelled.", "本案没有该次调解，或者该次调解已取消。")
	}
	document := c.document(form, meeting)
	if !document.Printable {
		var fields []FieldError
		for _, gap := range document.Missing {
			fields = append(fields, FieldError{Pointer: gap.Pointer, Code: gap.Code, Message: gap.EN, MessageZH: gap.ZH})
		}
		return Document{}, Fail(Conflict, "document-incomplete",
			"The paper cannot be printed yet: errors says what is missing.", "该文书暂不能打印，所缺事项见 errors。").WithFields(fields...)
	}
	return document, nil
}

// MeetingOf finds a meeting by its number.
func (c Case) MeetingOf(number int) (Meeting, bool) {
	i := slices.IndexFunc(c.Meetings, func(m Meeting) bool { return m.Number == number })
	if i < 0 {
		return Meeting{}, false
	}
	return c.Meetings[i], true
}

// InnerIndex is the inner index: of the bound volume, or of the papers that are on file now.
func (c Case) InnerIndex() (lines []IndexLine, pages int) {
	if c.Volume != nil {
		return c.Volume.Index, c.Volume.Pages
	}
	return c.innerIndex()
}

// recordable are the numbers of the meetings that have, or may get, a record; a single 0 when there is none.
func (c Case) recordable() []int {
	var numbers []int
	for _, m := range c.Meetings {
		if m.Status != MeetingCancelled {
			numbers = append(numbers, m.Number)
		}
	}
	if numbers == nil {
		return []int{0}
	}
	return numbers
}

func (c Case) latestMeeting() int {
	if last, held := c.lastHeld(); held {
		return last.Number
	}
	return c.recordable()[len(c.recordable())-1]
}

func (c Case) document(form DocumentForm, meeting int) Document {
	label := form.Label()
	d := Document{Form: form, Meeting: meeting, ZH: label.ZH, EN: label.EN}
	switch form {
	case DocumentApplication:
		d.Missing, d.Blanks = c.applicationGaps(), append(c.contentBlanks(), c.partyBlanks()...)
	case DocumentRegister:
		d.Blanks = append(c.contentBlanks(), c.partyBlanks()...)
	case DocumentMediationRecord:
		d.Missing, d.Blanks = c.recordGaps(meeting), c.recordBlanks(meeting)
	case DocumentAgreement:
		d.Missing, d.Blanks = c.agreementGaps(), c.agreementBlanks()
		if c.oral() {
			d.ZH, d.EN = "人民调解口头协议登记表", "Register of an oral agreement"
		}
	case DocumentCover:
		d.Blanks = c.coverBlanks()
	case DocumentRightsNotice:
	}
	d.Printable = len(d.Missing) == 0
	return d
}

func (c Case) applicationGaps() []Missing {
	if c.Source == SourceApplication {
		return nil
	}
	return []Missing{{Code: "not-by-application", Pointer: "/source",
		EN: "The case was not brought by an application: print the register of acceptance.", ZH: "本案不是依申请受理，请打印受理登记表。"}}
}

func (c Case) recordGaps(meeting int) []Missing {
	if meeting != 0 {
		return nil
	}
	return []Missing{{Code: "no-meeting", Pointer: "/meetings",
		EN: "There is no meeting yet: arrange or record one.", ZH: "尚无调解，请先安排或者登记调解。"}}
}

// agreementGaps: a meeting must have been held. Before the agreement is recorded, the paper is printed with the parties
// and blanks, to be written and signed at the table.
func (c Case) agreementGaps() []Missing {
	_, held := c.lastHeld()
	if c.Agreement != nil || held && c.State == StateMediating {
		return nil
	}
	return []Missing{{Code: "no-agreement", Pointer: "/agreement",
		EN: "An agreement is printed while the case is mediated, or once there is one.", ZH: "调解进行中或者达成协议后才能打印协议书。"}}
}

func blank(pointer, zh, en string) Missing {
	return Missing{Code: "left-blank", Pointer: pointer, ZH: zh + "未填写，打印后留空。", EN: "Not known: " + en + " is left blank."}
}

func (c Case) contentBlanks() []Missing {
	var blanks []Missing
	if c.Facts == "" {
		blanks = append(blanks, blank("/facts", "纠纷简要情况", "what happened"))
	}
	if c.Claims == "" {
		blanks = append(blanks, blank("/claims", "申请事项", "what is asked for"))
	}
	return blanks
}

func (c Case) partyBlanks() []Missing {
	var blanks []Missing
	for i, p := range c.Parties {
		at := fmt.Sprintf("/parties/%d", i)
		blanks = append(blanks, c.personBlanks(i)...)
		if p.IdentityNumber == "" {
			blanks = append(blanks, blank(at+"/identityNumber", p.who(i)+"证件号码", "an identity number"))
		}
		if p.Phone == "" {
			blanks = append(blanks, blank(at+"/phone", p.who(i)+"联系方式", "a telephone number"))
		}
		if p.Address == "" {
			blanks = append(blanks, blank(at+"/address", p.who(i)+"住址", "an address"))
		}
		if p.Kind == PartyOrganisation && p.LegalRepresentative == "" {
			blanks = append(blanks, blank(at+"/legalRepresentative", p.who(i)+"法定代表人", "the legal representative"))
		}
		if p.Kind == PartyOrganisation && p.Occupation == "" {
			blanks = append(blanks, blank(at+"/occupation", p.who(i)+"法定代表人职务", "the legal representative's post"))
		}
	}
	return blanks
}

// personBlanks are what the forms ask of a person beside the papers, and who speaks for one under age.
func (c Case) personBlanks(i int) []Missing {
	p, at := c.Parties[i], fmt.Sprintf("/parties/%d", i)
	if p.Kind != PartyPerson {
		return nil
	}
	var blanks []Missing
	for _, f := range []struct{ field, value, zh, en string }{
		{"sex", string(p.KnownSex()), "性别", "the sex"},
		{"ethnicity", p.Ethnicity, "民族", "the ethnicity"},
		{"bornOn", p.KnownBirthday(), "出生日期和年龄", "the age"},
		{"occupation", p.Occupation, "职业或者职务", "the occupation"},
	} {
		if f.value == "" {
			blanks = append(blanks, blank(at+"/"+f.field, p.who(i)+f.zh, f.en))
		}
	}
	if p.MinorOn(c.FiledAt) && c.AgentOf(p.ID) == "" {
		blanks = append(blanks, blank(at+"/agent", p.who(i)+"法定代理人", "the statutory agent of a minor"))
	}
	return blanks
}

// who tells parties apart without their names: the list is shown to readers too.
func (p Party) who(i int) string { return fmt.Sprintf("第 %d 名当事人的", i+1) }

func (c Case) recordBlanks(number int) []Missing {
	meeting, ok := c.MeetingOf(number)
	if !ok || meeting.Status == MeetingHeld {
		return nil
	}
	return []Missing{blank(numberedPath("/meetings", number), "调解内容和结果", "what was said and came of it")}
}

func (c Case) agreementBlanks() []Missing {
	if c.Agreement != nil {
		return c.partyBlanks()
	}
	return append([]Missing{blank("/agreement", "协议内容", "what is agreed")}, c.partyBlanks()...)
}

func (c Case) coverBlanks() []Missing {
	if c.Volume != nil {
		return nil
	}
	return []Missing{blank("/volume", "立卷人、立卷日期和保管期限", "who binds the file, when and for how long")}
}
