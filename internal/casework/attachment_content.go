package casework

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// headSize is what the type of a content is told by.
	headSize = 3072
	// tailSize holds the end of an archive: its directory's record and the longest comment behind that.
	tailSize = 22 + 1<<16 - 1
)

// passing looks at a file while it is being read: how long it is, its digest, what it is, and whether it would run
// something. It reads no further than the first refusal. Nothing in it is unpacked.
type passing struct {
	content io.Reader
	form    mediation.AttachmentForm
	sum     hash.Hash
	head    []byte
	tail    []byte
	window  []byte // the end of what was read, as long as the longest marker
	media   string // "" before the head was seen
	size    int64
	refused error
}

func inspect(content io.Reader, form mediation.AttachmentForm) *passing {
	return &passing{content: content, form: form, sum: sha256.New()}
}

// Read passes the content on. What must not be taken in ends it with the refusal.
func (p *passing) Read(into []byte) (int, error) {
	if p.refused != nil {
		return 0, p.refused
	}
	n, err := p.content.Read(into)
	p.size += int64(n)
	p.sum.Write(into[:n])
	p.look(into[:n])
	if p.size > mediation.MaximumAttachment {
		p.refused = tooLargeFile()
	}
	if p.refused == nil && errors.Is(err, io.EOF) {
		p.refused = p.finish()
	}
	if p.refused == nil && err != nil && !errors.Is(err, io.EOF) {
		p.refused = broken(err)
	}
	if p.refused != nil {
		return 0, p.refused
	}
	return n, err
}

// broken is what a sender's failure is called, unless it has a name already.
func broken(err error) error {
	if mediation.CodeOf(err) != "" {
		return err
	}
	return mediation.Fail(mediation.Invalid, "incomplete-upload", "The file ended early: send it again.", "文件未完整送达，请重新上传。").WithCause(err)
}

// refusal is why the file is not taken, nil while nothing speaks against it.
func (p *passing) refusal() error { return p.refused }

// digest is of everything that was read.
func (p *passing) digest() (digest [sha256.Size]byte) {
	p.sum.Sum(digest[:0])
	return digest
}

func (p *passing) look(part []byte) {
	if p.refused != nil {
		return
	}
	if missing := headSize - len(p.head); missing > 0 {
		p.head = append(p.head, part[:min(missing, len(part))]...)
		if len(p.head) == headSize {
			p.refused = p.identify()
		}
	}
	p.tail = append(p.tail, part...)
	if len(p.tail) > 2*tailSize {
		p.tail = append(p.tail[:0], p.tail[len(p.tail)-tailSize:]...)
	}
	if p.refused == nil && p.runs(part) {
		p.refused = activeContent()
	}
}

// identify tells the type by the head, once.
func (p *passing) identify() error {
	if p.media != "" {
		return nil
	}
	found := mimetype.Detect(p.head)
	p.media, _, _ = strings.Cut(found.String(), ";")
	return p.form.Agrees(p.media)
}

// markers are words that stand in a file of this type only when it carries something that runs or another file. A program
// that wants to hide them can; who opens a file is protected by the types that are taken and by how it is delivered.
func markers(media string) [][]byte {
	switch {
	case media == "application/pdf":
		return [][]byte{[]byte("/JavaScript"), []byte("/Launch"), []byte("/EmbeddedFile"), []byte("/RichMedia")}
	case strings.HasPrefix(media, "application/vnd.openxmlformats"):
		return [][]byte{[]byte("vbaProject.bin"), []byte("/embeddings/"), []byte("/activeX/")}
	}
	return nil
}

const longestMarker = 14

// runs tells whether a marker stands in this part, or across its beginning.
func (p *passing) runs(part []byte) bool {
	seen := append(p.window, part...) //nolint:gocritic // a new window is cut from it below
	for _, marker := range markers(p.media) {
		if bytes.Contains(seen, marker) {
			return true
		}
	}
	keep := longestMarker
	if p.media == "" {
		keep = headSize // its type is not known yet: all of it is looked at again
	}
	p.window = append([]byte(nil), seen[max(0, len(seen)-keep):]...)
	return false
}

// finish is what only the whole file tells.
func (p *passing) finish() error {
	if p.size == 0 {
		return mediation.Fail(mediation.Invalid, "empty-file", "The file is empty.", "文件为空。")
	}
	if err := p.identify(); err != nil {
		return err
	}
	if p.runs(nil) {
		return activeContent()
	}
	if !strings.HasPrefix(p.media, "application/vnd.openxmlformats") && endsAsArchive(p.tail) {
		return twoInOne()
	}
	return nil
}

// endsAsArchive tells whether a reader of ZIP would take the end for an archive's (APPNOTE 4.3.16): the record of its
// directory, and a comment that reaches exactly to the end.
func endsAsArchive(tail []byte) bool {
	for at := len(tail) - 22; at >= 0 && at >= len(tail)-tailSize; at-- {
		if bytes.HasPrefix(tail[at:], []byte("PK\x05\x06")) && at+22+int(binary.LittleEndian.Uint16(tail[at+20:])) == len(tail) {
			return true
		}
	}
	return false
}

func tooLargeFile() error {
	return mediation.Fail(mediation.Invalid, "attachment-too-large",
		"A file has at most 100 MiB: make it smaller, or send it in parts.", "单个文件不超过 100 MiB，请压缩或者分段上传。")
}

func activeContent() error {
	return mediation.Fail(mediation.Invalid, "active-content",
		"The file carries scripts, macros or other files: print it to a plain PDF and send that.", "文件含有脚本、宏或者内嵌文件，请另存为普通 PDF 后上传。")
}

func twoInOne() error {
	return mediation.Fail(mediation.Invalid, "ambiguous-content",
		"The file is of two types at once: save it anew with one program and send that.", "文件同时符合两种类型，请用一种程序重新保存后上传。")
}
