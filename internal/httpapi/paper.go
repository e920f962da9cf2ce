package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// PaperInput is one item of the file.
type PaperInput struct {
	Kind       PaperCode  `json:"kind" example:"mediation-record"`
	Title      string     `json:"title,omitempty" maxLength:"200" example:"第一次调解记录" doc:"Left out, the words of the kind; of a kind that is one of two papers, the one that this case has."`
	Medium     MediumCode `json:"medium" example:"paper"`
	Attachment string     `json:"attachment,omitempty" maxLength:"100" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c81" doc:"The stored file's id; needed for an electronic file."`
	Pages      int        `json:"pages" minimum:"1" maximum:"10000" example:"2"`
	On         string     `json:"on,omitempty" format:"date" example:"2026-11-23" doc:"The day on the paper."`
	Note       string     `json:"note,omitempty" maxLength:"2000" example:"复印件与原件核对无异"`
}

// PaperView is one item of the file.
type PaperView struct {
	Number int `json:"number" example:"1"`
	PaperInput
	Removed string `json:"removed,omitempty" example:"重复入卷" doc:"Why it was taken off file; absent while it is on."`
}

// FileGapView is a paper that the file must hold and does not.
type FileGapView struct {
	Kind PaperCode `json:"kind" example:"agreement"`
	ZH   string    `json:"zh" example:"调解协议书或者口头协议登记表"`
	EN   string    `json:"en" example:"Agreement, or register of an oral one"`
}

// ClosingInput ends the work on a case.
type ClosingInput struct {
	Report string `json:"report" minLength:"1" maxLength:"20000" example:"双方达成协议并已履行，回访满意，予以结案。" doc:"The report of its result (结案报告)."`
}

// ClosureView is how and when a case was closed.
type ClosureView struct {
	Outcome StateCode `json:"outcome" example:"agreed" doc:"The state in which it was closed: what mediation came to."`
	Report  string    `json:"report" example:"协议已全部履行，当事人满意。"`
	At      time.Time `json:"at" example:"2026-11-23T09:00:00+08:00"`
}

// ArchivingInput binds the file.
type ArchivingInput struct {
	Volume    string        `json:"volume,omitempty" maxLength:"100" example:"2026-孙武-0001" doc:"Volume number (卷号); left out, the case's number, or its registration when it was never accepted."`
	Retention RetentionCode `json:"retention" example:"long"`
	Keeper    string        `json:"keeper" minLength:"1" maxLength:"100" example:"周文员" doc:"Who bound the file (立卷人)."`
	Inspector string        `json:"inspector,omitempty" maxLength:"100" example:"王主任" doc:"Who checked it (检查人)."`
	Note      string        `json:"note,omitempty" maxLength:"2000" example:"一卷一册"`
}

// VolumeView is the bound file.
type VolumeView struct {
	Number    string          `json:"number" example:"（2026）孙武人调字第0001号"`
	Retention RetentionCode   `json:"retention" example:"long"`
	Keeper    string          `json:"keeper" example:"王某"`
	Inspector string          `json:"inspector,omitempty" example:"刘某"`
	Note      string          `json:"note,omitempty" example:"一卷一册"`
	Index     []IndexLineView `json:"index" nullable:"false" doc:"The inner index (卷内目录)."`
	Pages     int             `json:"pages" example:"12"`
	At        time.Time       `json:"at" example:"2026-11-23T09:00:00+08:00"`
}

// IndexLineView is one line of the inner index.
type IndexLineView struct {
	Sequence int        `json:"sequence" example:"1"`
	Kind     PaperCode  `json:"kind" example:"mediation-record"`
	Title    string     `json:"title" example:"第一次调解记录"`
	Medium   MediumCode `json:"medium" example:"paper"`
	From     int        `json:"from" example:"3" doc:"First page."`
	To       int        `json:"to" example:"4" doc:"Last page."`
	Note     string     `json:"note,omitempty" example:"复印件"`
}

// PaperPath names a paper of a case's file.
type PaperPath struct {
	CasePath
	Paper int `path:"paper" minimum:"1" example:"1" doc:"Number of the paper."`
}

type takeOffFileInput struct {
	PaperPath
	KeyHeader
	MatchHeader
	Body ReasonInput
}

func (in PaperInput) paper() mediation.Paper {
	return mediation.Paper{
		Kind: mediation.PaperKind(in.Kind), Title: in.Title, Medium: mediation.PaperMedium(in.Medium), Attachment: in.Attachment,
		Pages: in.Pages, On: in.On, Note: in.Note,
	}
}

func (in ClosingInput) closing() mediation.Closing { return mediation.Closing{Report: in.Report} }

func (in ArchivingInput) archiving() mediation.Archiving {
	return mediation.Archiving{
		Volume: in.Volume, Retention: mediation.Retention(in.Retention), Keeper: in.Keeper, Inspector: in.Inspector, Note: in.Note}
}

func paperView(p mediation.Paper) PaperView {
	return PaperView{Number: p.Number, Removed: p.Removed, PaperInput: PaperInput{
		Kind: PaperCode(p.Kind), Title: p.Title, Medium: MediumCode(p.Medium), Attachment: p.Attachment, Pages: p.Pages, On: p.On, Note: p.Note}}
}

func fileGapView(gap mediation.FileGap) FileGapView {
	return FileGapView{Kind: PaperCode(gap.Kind), ZH: gap.ZH, EN: gap.EN}
}

func closureView(c mediation.Closure) *ClosureView {
	return &ClosureView{Outcome: StateCode(c.Outcome), Report: c.Report, At: legal(c.At)}
}

func volumeView(v mediation.Volume) *VolumeView {
	return &VolumeView{
		Number: v.Number, Retention: RetentionCode(v.Retention), Keeper: v.Keeper, Inspector: v.Inspector, Note: v.Note,
		Index: views(v.Index, indexLineView), Pages: v.Pages, At: legal(v.At),
	}
}

func indexLineView(line mediation.IndexLine) IndexLineView {
	return IndexLineView{
		Sequence: line.Sequence, Kind: PaperCode(line.Kind), Title: line.Title, Medium: MediumCode(line.Medium),
		From: line.From, To: line.To, Note: line.Note,
	}
}

func (a *API) registerFile() {
	a.registerFileList()
	changing(a, operation{
		id: "put-on-file", path: "papers", tag: tagFile, action: mediation.ActionCasePutOnFile,
		summary: "Put a paper on file", summaryZH: "材料入卷",
		example:     PaperInput{Kind: "mediation-record", Title: "第一次调解记录", Medium: MediumCode(mediation.MediumPaper), Pages: 2, On: exampleDay},
		description: "One item of the file, on paper or as an electronic file. fileGaps of the case says what is still missing; closed cases take papers until they are archived.",
	}, PaperInput.paper, (*casework.Service).PutOnFile)
	numbered(a, operation{
		id: "take-off-file", path: "papers/{paper}/remove", tag: tagFile, action: mediation.ActionCaseTakeOffFile,
		summary: "Take a paper off file", summaryZH: "撤出卷宗材料", example: ReasonInput{Reason: "重复入卷"},
		description: "Takes a paper off file; its line stays, with the reason.",
	}, "paper", func(in *takeOffFileInput) (string, mediation.PaperRemoval) {
		return in.Case, mediation.PaperRemoval{Number: in.Paper, Reason: in.Body.Reason}
	}, (*casework.Service).TakeOffFile)
	changing(a, operation{
		id: "close-case", path: "close", tag: tagFile, action: mediation.ActionCaseClose,
		summary: "Close a case", summaryZH: "结案", example: ClosingInput{Report: "双方达成协议并已履行，回访满意，予以结案。"},
		description: "Ends the work, whatever mediation came to. Nothing may be open: no road, arranged meeting, danger, decision of the court, receipt or debt; 409 case-incomplete lists what is.",
	}, ClosingInput.closing, (*casework.Service).CloseCase)
	changing(a, operation{
		id: "archive-case", path: "archive", tag: tagFile, action: mediation.ActionCaseArchive,
		summary: "Archive a case", summaryZH: "归档",
		example:     ArchivingInput{Retention: "long", Keeper: "周文员", Inspector: "王主任"},
		description: "Binds the file of a closed case: volume number, inner index, retention class. 409 case-incomplete lists the papers that are missing.",
	}, ArchivingInput.archiving, (*casework.Service).ArchiveCase)
}
