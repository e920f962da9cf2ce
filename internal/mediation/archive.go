package mediation

import "time"

// Retention is how long a file is kept; which class a county uses for what is its own decision.
type Retention string

var retentions = []Code{
	{Code: "permanent", ZH: "永久", EN: "For ever"},
	{Code: "long", ZH: "长期", EN: "Long term, thirty years"},
	{Code: "short", ZH: "短期", EN: "Short term, ten years"},
}

// Closing ends the work on a case, with the report of its result (结案报告).
type Closing struct{ Report string }

// Closure is how and when a case was closed.
type Closure struct {
	Outcome State     `json:"outcome"` // the state in which it was closed: what mediation came to
	Report  string    `json:"report"`
	At      time.Time `json:"at"`
}

// Archiving binds the file.
type Archiving struct {
	Volume    string // volume number; "" takes the case's number, or its registration when it was never accepted
	Retention Retention
	Keeper    string // who bound the file (立卷人)
	Inspector string // who checked it (检查人), optional
	Note      string
}

// Volume is the bound file.
type Volume struct {
	Number    string      `json:"number"`
	Retention Retention   `json:"retention"`
	Keeper    string      `json:"keeper"`
	Inspector string      `json:"inspector,omitempty"`
	Note      string      `json:"note,omitempty"`
	Index     []IndexLine `json:"index"`
	Pages     int         `json:"pages"`
	At        time.Time   `json:"at"`
}

// IndexLine is one line of the inner index (卷内目录).
type IndexLine struct {
	Sequence int         `json:"sequence"`
	Kind     PaperKind   `json:"kind"`
	Title    string      `json:"title"`
	Medium   PaperMedium `json:"medium"`
	From     int         `json:"from"` // first page
	To       int         `json:"to"`   // last page
	Note     string      `json:"note,omitempty"`
}

// Outcome is what mediation came to: the state in which the case was closed, or stands now.
func (c Case) Outcome() State {
	if c.Closure != nil {
		return c.Closure.Outcome
	}
	return c.State
}

// Close ends the work on a case. Whatever the outcome, nothing may be open: no route, meeting, danger, decision or debt.
func (c Case) Close(closing Closing, act Act) (Case, Entry, error) {
	if err := c.ready(VerbClose, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	report := check.text("/report", closing.Report, 1, maxLongText, manyLines)
	if err := check.err("invalid-closing", "The closing breaks a rule.", "结案内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Closure = &Closure{Outcome: c.State, Report: report, At: act.At}
	return changed.move(VerbClose, act, "", []Change{{Field: "/closure", After: encoded(changed.Closure)}})
}

// Archive binds the file of a closed case and gives it its volume number, inner index and retention class (L27). It
// refuses with the list of what is missing.
func (c Case) Archive(archiving Archiving, act Act) (Case, Entry, error) {
	if err := c.ready(VerbArchive, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	volume := Volume{
		Number:    check.text("/volume", archiving.Volume, 0, maxNumberSize, oneLine),
		Keeper:    check.text("/keeper", archiving.Keeper, 1, maxName, oneLine),
		Inspector: check.text("/inspector", archiving.Inspector, 0, maxName, oneLine),
		Note:      check.text("/note", archiving.Note, 0, maxNote, manyLines),
		Retention: archiving.Retention, At: act.At,
	}
	check.choice("/retention", string(archiving.Retention), retentions, "retentions", "保管期限")
	if err := check.err("invalid-archiving", "The archiving breaks a rule.", "归档内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	if volume.Number == "" {
		volume.Number = c.volumeNumber()
	}
	volume.Index, volume.Pages = c.innerIndex()
	changed := c.clone()
	changed.Volume = &volume
	return changed.move(VerbArchive, act, volume.Note, []Change{{Field: "/volume", After: encoded(volume)}})
}

func (c Case) volumeNumber() string {
	if c.Number != "" {
		return c.Number
	}
	return c.Registration
}

// innerIndex lists the papers in the order of the file and numbers their pages through.
func (c Case) innerIndex() ([]IndexLine, int) {
	var index []IndexLine
	pages := 0
	for _, line := range c.FileChecklist() {
		for _, p := range line.Papers {
			title := p.Title
			if title == line.ZH { // filed before one of two papers was named
				title = c.paperTitle(p.Kind)
			}
			index = append(index, IndexLine{
				Sequence: len(index) + 1, Kind: p.Kind, Title: title, Medium: p.Medium, From: pages + 1, To: pages + p.Pages, Note: p.Note,
			})
			pages += p.Pages
		}
	}
	return index, pages
}
