package mediation

import (
	"slices"
)

const maxPages = 10_000

// PaperKind is what a paper of the file is, in the order in which the file is bound (卷宗).
type PaperKind string

// PaperMedium tells paper from an electronic file.
type PaperMedium string

// The media.
const (
	MediumPaper PaperMedium = "paper"
	MediumFile  PaperMedium = "file"
)

var paperMedia = []Code{
	{Code: string(MediumPaper), ZH: "纸质", EN: "On paper"},
	{Code: string(MediumFile), ZH: "电子文件", EN: "Electronic file"},
}

// paperRow is a kind of paper and when the file must hold it; nil Must is as needed. What archiving itself makes (cover,
// inner index, back cover) is never missing.
type paperRow struct {
	Code      Code
	Must      func(c Case) bool
	ByArchive bool
}

var paperRows = []paperRow{
	{Code{Code: "cover", ZH: "卷宗封面", EN: "Cover"}, nil, true},
	{Code{Code: "inner-index", ZH: "卷内目录", EN: "Inner index"}, nil, true},
	{Code{Code: "application-or-register", ZH: "申请书或者受理登记表", EN: "Application or register of acceptance"}, always, false},
	{Code{Code: "rights-notice", ZH: "权利义务告知书", EN: "Notice of rights and duties"}, mediatedInFull, false},
	{Code{Code: "identity-proofs", ZH: "当事人身份证明", EN: "Parties' identity proofs"}, mediatedInFull, false},
	{Code{Code: "power-of-attorney", ZH: "授权委托书", EN: "Power of attorney"}, representedByAgent, false},
	{Code{Code: "investigation-record", ZH: "调查记录", EN: "Investigation record"}, investigated, false},
	{Code{Code: "evidence", ZH: "证据材料", EN: "Evidence"}, nil, false},
	{Code{Code: "mediation-record", ZH: "调解记录", EN: "Mediation record"}, mediatedInFull, false},
	{Code{Code: "agreement", ZH: "调解协议书或者口头协议登记表", EN: "Agreement, or register of an oral one"}, agreedUpon, false},
	{Code{Code: "performance-vouchers", ZH: "履行凭证", EN: "Vouchers of performance"}, paid, false},
	{Code{Code: "visit-record", ZH: "回访记录", EN: "Follow-up record"}, visited, false},
	{Code{Code: "confirmation-papers", ZH: "司法确认材料", EN: "Papers of judicial confirmation"}, confirmationSought, false},
	{Code{Code: "referral-papers", ZH: "移送转介材料", EN: "Papers of transfers and referrals"}, sentElsewhere, false},
	{Code{Code: "file-statement", ZH: "卷宗情况说明", EN: "Statement about the file"}, nil, false},
	{Code{Code: "back-cover", ZH: "封底", EN: "Back cover"}, nil, true},
}

func always(Case) bool { return true }

func (c Case) oral() bool { return c.Agreement != nil && c.Agreement.Form == AgreementOral }

// Reduced tells whether the file may be the small one: a dispute graded as simple and settled orally needs its register
// and its oral agreement, and what was sent elsewhere.
func (c Case) Reduced() bool { return c.oral() && c.Difficulty() == DifficultySimple }

// mediatedInFull: a case that was mediated needs the full set, unless the small one is enough.
func mediatedInFull(c Case) bool {
	_, held := c.lastHeld()
	return held && !c.Reduced()
}

func representedByAgent(c Case) bool {
	signed := c.Agreement != nil && slices.ContainsFunc(c.Agreement.Signatures, func(s Signature) bool { return s.Agent != "" })
	present := slices.ContainsFunc(c.Meetings, func(m Meeting) bool {
		return m.Status == MeetingHeld && slices.ContainsFunc(m.Attendees, func(a Attendee) bool { return a.Role == AttendeeAgent })
	})
	sent := slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Agent.Kind == AgentEntrusted })
	_, held := c.lastHeld()
	return !c.Reduced() && (signed || present || sent && held)
}

func investigated(c Case) bool       { return !c.Reduced() && len(c.Investigations) > 0 }
func agreedUpon(c Case) bool         { return c.Agreement != nil }
func visited(c Case) bool            { return !c.Reduced() && len(c.Visits) > 0 }
func confirmationSought(c Case) bool { return c.Confirmation != nil }
func sentElsewhere(c Case) bool      { return len(c.Referrals) > 0 || len(c.Transfers) > 0 }

func paid(c Case) bool {
	return !c.Reduced() && slices.ContainsFunc(c.Payments, func(p Payment) bool { return p.Amount > 0 })
}

func paperCodes() []Code {
	codes := make([]Code, 0, len(paperRows))
	for _, row := range paperRows {
		codes = append(codes, row.Code)
	}
	return codes
}

// Paper is one item of the file, on paper or as an electronic file.
type Paper struct {
	Number     int         `json:"number"` // given by PutOnFile
	Kind       PaperKind   `json:"kind"`
	Title      string      `json:"title"`
	Medium     PaperMedium `json:"medium"`
	Attachment string      `json:"attachment,omitempty"` // the stored file's id, required for an electronic file
	Pages      int         `json:"pages"`
	On         string      `json:"on,omitempty"` // 2006-01-02, the day on the paper
	Note       string      `json:"note,omitempty"`
	Removed    string      `json:"removed,omitempty"` // why it was taken off file; "" while it is on
}

// PaperRemoval takes a paper off file.
type PaperRemoval struct {
	Number int
	Reason string
}

// FileLine is one line of the checklist of a file.
type FileLine struct {
	Kind      PaperKind
	ZH, EN    string
	Required  bool
	ByArchive bool // made when the file is archived
	Papers    []Paper
}

// Gap tells that the file must hold such a paper and does not.
func (l FileLine) Gap() bool { return l.Required && !l.ByArchive && len(l.Papers) == 0 }

// FileGap is a paper that the file must hold and does not.
type FileGap struct {
	Kind   PaperKind
	ZH, EN string
}

// OnFile are the papers of the file, in the order in which they were put there.
func (c Case) OnFile() []Paper {
	var papers []Paper
	for _, p := range c.Papers {
		if p.Removed == "" {
			papers = append(papers, p)
		}
	}
	return papers
}

// FileChecklist lists every kind of paper in the order of the file: whether this case needs it, and what is there.
func (c Case) FileChecklist() []FileLine {
	papers := c.OnFile()
	lines := make([]FileLine, 0, len(paperRows))
	for _, row := range paperRows {
		lines = append(lines, c.fileLine(row, papers))
	}
	return lines
}

func (c Case) fileLine(row paperRow, papers []Paper) FileLine {
	line := FileLine{
		Kind: PaperKind(row.Code.Code), ZH: row.Code.ZH, EN: row.Code.EN,
		Required: row.ByArchive || (row.Must != nil && row.Must(c)), ByArchive: row.ByArchive,
	}
	for _, p := range papers {
		if p.Kind == line.Kind {
			line.Papers = append(line.Papers, p)
		}
	}
	return line
}

// FileGaps lists what the file must hold and does not.
func (c Case) FileGaps() []FileGap {
	papers := c.OnFile()
	var gaps []FileGap
	for _, row := range paperRows {
		if line := c.fileLine(row, papers); line.Gap() {
			gaps = append(gaps, FileGap{Kind: line.Kind, ZH: line.ZH, EN: line.EN})
		}
	}
	return gaps
}

// PutOnFile puts a paper into the file.
func (c Case) PutOnFile(paper Paper, act Act) (Case, Entry, error) {
	if err := c.ready(VerbPutOnFile, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Papers))
	check.choice("/kind", string(paper.Kind), paperCodes(), "paper-kinds", "卷宗材料")
	paper.Title = check.text("/title", paper.Title, 0, maxTitle, oneLine)
	check.choice("/medium", string(paper.Medium), paperMedia, "paper-media", "载体")
	least := 0
	if paper.Medium == MediumFile {
		least = 1
	}
	paper.Attachment = check.text("/attachment", paper.Attachment, least, maxName, oneLine)
	if paper.Pages < 1 || paper.Pages > maxPages {
		check.fail("/pages", "out-of-range", "Pages are counted from 1 to 10000.", "页数应在 1 到 10000 之间。")
	}
	check.day("/on", paper.On, act.At)
	paper.Note = check.text("/note", paper.Note, 0, maxNote, manyLines)
	if paper.Title == "" {
		paper.Title = c.paperTitle(paper.Kind)
	}
	if err := check.err("invalid-paper", "The paper breaks a rule.", "卷宗材料不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	paper.Number, paper.Removed = len(c.Papers)+1, ""
	changed := c.clone()
	changed.Papers = added(c.Papers, paper)
	return changed.move(VerbPutOnFile, act, "", []Change{recorded("/papers", paper.Number, paper)})
}

// paperTitle is what a paper of the kind is called in this case. Some kinds are one of two papers: the inner index names
// the one that is there.
func (c Case) paperTitle(kind PaperKind) string {
	switch {
	case kind == "application-or-register" && c.Source == SourceApplication:
		return "申请书"
	case kind == "application-or-register":
		return "受理登记表"
	case kind == "agreement" && c.oral():
		return "口头协议登记表"
	case kind == "agreement":
		return "调解协议书"
	}
	return labelOf(paperCodes(), string(kind)).ZH
}

// TakeOffFile takes a paper off file; its line stays, with the reason.
func (c Case) TakeOffFile(removal PaperRemoval, act Act) (Case, Entry, error) {
	if err := c.ready(VerbTakeOffFile, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	reason := check.text("/reason", removal.Reason, 1, maxNote, manyLines)
	i := removal.Number - 1
	if i < 0 || i >= len(c.Papers) || c.Papers[i].Removed != "" {
		check.unknownNumber("/number", "a paper on file", "卷内材料")
	}
	if err := check.err("invalid-paper", "The removal breaks a rule.", "撤出材料不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Papers[i].Removed = reason
	change := Change{Field: numberedPath("/papers", removal.Number), Before: encoded(c.Papers[i]), After: encoded(changed.Papers[i])}
	return changed.move(VerbTakeOffFile, act, reason, []Change{change})
}
