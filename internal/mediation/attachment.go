package mediation

import (
	"crypto/sha256"
	"path"
	"slices"
	"strings"
	"time"
)

// MaximumAttachment is the largest file that a case takes, in bytes: an hour of speech, some minutes of video.
const MaximumAttachment = 100 << 20

// maxFileName is the longest name of a file, in characters.
const maxFileName = 200

// LinkLife is how long a link to an attachment opens it.
const LinkLife = 5 * time.Minute

// AttachmentKind is what a file shows.
type AttachmentKind string

var attachmentKinds = []Code{
	{Code: "evidence", ZH: "证据材料", EN: "Evidence"},
	{Code: "photo", ZH: "现场照片", EN: "Photograph"},
	{Code: "recording", ZH: "录音录像", EN: "Sound or video recording"},
	{Code: "identity-proof", ZH: "身份证明", EN: "Proof of identity"},
	{Code: "signature", ZH: "签名捺印件", EN: "Signed or fingerprinted original"},
	{Code: "scan", ZH: "文书扫描件", EN: "Scanned paper"},
	{Code: "other", ZH: "其他", EN: "Other"},
}

// AttachmentCodeLists are the lists of attachments.
func AttachmentCodeLists() []CodeList {
	return []CodeList{{Name: "attachment-kinds", TitleZH: "附件类别", TitleEN: "Kinds of attachments", Codes: attachmentKinds}}
}

// Attachment is a file of a case: where it came from and what it holds, not its content.
type Attachment struct {
	ID      ID
	Case    ID
	Version int64
	Kind    AttachmentKind
	Name    string // as it was sent, without folders
	Media   string // by content, e.g. image/jpeg
	Size    int64  // bytes
	Digest  [sha256.Size]byte
	At      time.Time
	By      Principal
	// Withdrawal is why the file is gone; nil while it is there.
	Withdrawal *AttachmentWithdrawal
}

// AttachmentWithdrawal tells who took a file away, and why. Its line stays.
type AttachmentWithdrawal struct {
	At     time.Time
	By     Principal
	Reason string
}

// AttachmentForm is what comes with a file.
type AttachmentForm struct {
	Kind     AttachmentKind
	Name     string
	Declared string // media type that the sender says it is, without parameters
}

// AttachmentScope is what a case holds already and may hold; 0 for a limit means none.
type AttachmentScope struct {
	Files, FilesQuota int64 // of the case, those that are not withdrawn
	Bytes, BytesQuota int64 // of the tenant
}

// fileType is a type of content that is taken, with the endings that a name may have.
type fileType struct {
	media   string
	endings []string
	// declared are further names that senders give the type.
	declared []string
}

// fileTypes is the whole list: papers, pictures, sound and video. What a browser or an office program would run (HTML,
// SVG, programs, archives, documents with macros) is not on it.
var fileTypes = []fileType{
	{"application/pdf", []string{".pdf"}, nil},
	{"image/jpeg", []string{".jpg", ".jpeg"}, []string{"image/jpg", "image/pjpeg"}},
	{"image/png", []string{".png"}, nil},
	{"image/gif", []string{".gif"}, nil},
	{"image/webp", []string{".webp"}, nil},
	{"image/bmp", []string{".bmp"}, []string{"image/x-ms-bmp"}},
	{"image/tiff", []string{".tif", ".tiff"}, nil},
	{"image/heic", []string{".heic", ".heif"}, []string{"image/heif"}},
	{"audio/mpeg", []string{".mp3"}, []string{"audio/mp3"}},
	{"audio/mp4", []string{".m4a", ".mp4"}, []string{"audio/x-m4a", "audio/m4a", "video/mp4"}},
	{"audio/x-m4a", []string{".m4a"}, []string{"audio/mp4", "audio/m4a"}},
	{"audio/aac", []string{".aac"}, nil},
	{"audio/amr", []string{".amr"}, nil},
	{"audio/wav", []string{".wav"}, []string{"audio/x-wav", "audio/wave"}},
	{"audio/ogg", []string{".ogg", ".oga"}, []string{"application/ogg"}},
	{"video/mp4", []string{".mp4", ".m4v"}, nil},
	{"video/quicktime", []string{".mov"}, nil},
	{"video/3gpp", []string{".3gp"}, []string{"audio/3gpp"}},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}, nil},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}, nil},
}

// unnamedMedia is what senders give that do not know the type; the content decides.
const unnamedMedia = "application/octet-stream"

// AttachmentMedia lists the types of content that are taken, sorted.
func AttachmentMedia() []string {
	var all []string
	for _, t := range fileTypes {
		all = append(all, t.media)
	}
	slices.Sort(all)
	return all
}

// Checked refuses a form that breaks a rule, with Invalid "invalid-attachment". The name is that of a file, never a path:
// no slash of either kind, no control character, no mark that turns the reading direction.
func (f AttachmentForm) Checked() (AttachmentForm, error) {
	var check checker
	check.choice("/kind", string(f.Kind), attachmentKinds, "attachment-kinds", "附件类别")
	f.Name = check.text("/name", f.Name, 1, maxFileName, oneLine)
	switch {
	case strings.ContainsAny(f.Name, `/\`) || strings.Trim(f.Name, ". ") == "" || strings.HasPrefix(f.Name, "."):
		check.fail("/name", "not-a-file-name", "Give the file's name without its folders.", "请填写文件名，不含路径。")
	case typeOfName(f.Name) == nil:
		check.fail("/name", "unknown-ending", "The name must end in one of: "+strings.Join(endings(), ", ")+".",
			"文件扩展名须为下列之一："+strings.Join(endings(), "、")+"。")
	}
	return f, check.err("invalid-attachment", "The attachment breaks a rule.", "附件不符合规定。")
}

// Agrees refuses a file whose content, name and declared type do not say the same: Invalid "attachment-type". media is
// what the content is.
func (f AttachmentForm) Agrees(media string) error {
	at := slices.IndexFunc(fileTypes, func(t fileType) bool { return t.media == media })
	if at < 0 {
		return Fail(Invalid, "attachment-type",
			"The content is none of the types that are taken: papers as PDF, docx or xlsx, pictures, sound and video.",
			"文件内容不属于可接收的类型：PDF、docx、xlsx 文书，图片，录音录像。")
	}
	t := fileTypes[at]
	fits := slices.Contains(t.endings, strings.ToLower(path.Ext(f.Name)))
	said := f.Declared == unnamedMedia || f.Declared == t.media || slices.Contains(t.declared, f.Declared)
	if fits && said {
		return nil
	}
	return Fail(Invalid, "attachment-type",
		"The content is "+t.media+", but the file's name or its Content-Type says otherwise.",
		"文件内容为 "+t.media+"，与文件名或者 Content-Type 不一致。")
}

func typeOfName(name string) *fileType {
	ending := strings.ToLower(path.Ext(name))
	for i, t := range fileTypes {
		if slices.Contains(t.endings, ending) {
			return &fileTypes[i]
		}
	}
	return nil
}

func endings() []string {
	var all []string
	for _, t := range fileTypes {
		all = append(all, t.endings...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// CanAttach refuses a case whose file is bound: Conflict "case-state".
func (c Case) CanAttach() error {
	if c.State != StateArchived {
		return nil
	}
	return Fail(Conflict, "case-state",
		"The case is archived: its file is sealed, nothing is added or taken away.", "案件已归档，卷宗已封存，不能增减附件。")
}

// Room refuses another file of this size: Exhausted "quota-attachments" or "quota-storage".
func (s AttachmentScope) Room(size int64) error {
	switch {
	case s.FilesQuota > 0 && s.Files >= s.FilesQuota:
		return Fail(Exhausted, "quota-attachments",
			"The case has as many attachments as a case of this unit may have: withdraw what is not needed, or ask the county administrator for more.",
			"本案附件数量已达上限：请撤回不需要的附件，或者请县级管理员调高上限。")
	case s.BytesQuota > 0 && s.Bytes+size > s.BytesQuota:
		return Fail(Exhausted, "quota-storage",
			"The unit's storage has no room for this file: withdraw what is not needed, or ask the county administrator for more.",
			"本单位附件存储空间不足：请撤回不需要的附件，或者请县级管理员调高上限。")
	}
	return nil
}

// Withdraw takes the file away for a reason; its line stays. Conflict "attachment-on-file" while a paper of the file refers
// to it, NotFound "unknown-attachment" when it is gone already.
func (a Attachment) Withdraw(c Case, reason string, act Act) (Attachment, error) {
	if err := act.check(); err != nil {
		return Attachment{}, err
	}
	if err := c.CanAttach(); err != nil {
		return Attachment{}, err
	}
	if a.Withdrawal != nil {
		return Attachment{}, UnknownAttachment()
	}
	if slices.ContainsFunc(c.OnFile(), func(p Paper) bool { return p.Attachment == string(a.ID) }) {
		return Attachment{}, Fail(Conflict, "attachment-on-file",
			"A paper of the file refers to this attachment: take the paper off file first.", "卷内材料引用了该附件，请先撤出该材料。")
	}
	var check checker
	reason = check.text("/reason", reason, 1, maxNote, manyLines)
	if err := check.err("invalid-attachment", "The withdrawal breaks a rule.", "撤回附件不符合规定。"); err != nil {
		return Attachment{}, err
	}
	a.Withdrawal = &AttachmentWithdrawal{At: act.At, By: act.By.Principal, Reason: reason}
	a.Version++
	return a, nil
}

// Masked hides the name, which often says whose file it is; its ending stays.
func (a Attachment) Masked() Attachment {
	a.Name = "***" + strings.ToLower(path.Ext(a.Name))
	a.By.Name = ""
	if a.Withdrawal != nil {
		hidden := *a.Withdrawal
		hidden.Reason, hidden.By.Name = "", ""
		a.Withdrawal = &hidden
	}
	return a
}

// UnknownAttachment is the answer about a file that is not there, or not there any more.
func UnknownAttachment() *Error {
	return Fail(NotFound, "unknown-attachment", "The case has no such attachment.", "本案没有该附件。")
}

// AttachmentLink opens one attachment without a token until it expires. It acts for whoever asked for it: when they may not
// fetch the file any more, it opens nothing.
type AttachmentLink struct {
	ID         ID
	Attachment ID
	By         Principal
	Expires    time.Time
}

// ClosedLink is the answer to a link that does not open anything: never made, expired, or of somebody who may no more.
func ClosedLink() *Error {
	return Fail(NotFound, "closed-link", "This link does not open anything, or no longer: ask for a new one.", "该链接无效或者已过期，请重新获取。")
}
