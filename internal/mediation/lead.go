package mediation

import (
	"slices"
	"strconv"
	"time"
)

// LeadState is where a lead stands.
type LeadState string

// The states of a lead. All but the first are final: what comes up again is reported again.
const (
	LeadReported   LeadState = "reported"
	LeadBecameCase LeadState = "became-case"
	LeadJoinedCase LeadState = "joined-case"
	LeadClosed     LeadState = "closed"
)

// LeadVerb is something that is done to a lead.
type LeadVerb string

// The verbs of a lead.
const (
	LeadReport     LeadVerb = "report"
	LeadCorrect    LeadVerb = "correct"
	LeadBecomeCase LeadVerb = "become-case"
	LeadJoinCase   LeadVerb = "join-case"
	LeadClose      LeadVerb = "close"
)

// Lead is a dispute, or the sign of one, that somebody found or told (线索), before it is known whether the committee has
// something to do. It is a value like Case: every verb returns a changed copy.
type Lead struct {
	ID      ID
	Tenant  string // 9-digit code of the tenant that holds it
	Version int64  // grows by one with every change, starts at 1
	State   LeadState
	Serial  string // 线索编号, given by the tenant's register

	LeadContent
	Round ID     // the screening round that found it, or ""
	Grid  string // the grid in which it was found, or ""

	Case       ID           // the case that it became or joined, or ""
	Considered []ID         // the look-alikes that were seen and found to be something else
	Closing    *LeadClosing // why it was closed, or nil

	ReportedAt time.Time
	ReportedBy string // subject of the actor who reported it
	// ReporterIssuer is of that subject's token: together they tell whose lead it is.
	ReporterIssuer string
	UpdatedAt      time.Time
	EndedAt        *time.Time
}

// LeadContent is what a lead says; the part that a report brings and a correction changes.
type LeadContent struct {
	Source     LeadSource  `json:"source"`
	Type       DisputeType `json:"type"`            // "" when it is not clear yet
	Cause      string      `json:"cause"`           // 事由: what it is about, in the reporter's words
	Place      string      `json:"place"`           // where, in words
	PlaceCode  string      `json:"placeCode"`       // 12-digit statistical division code, or ""
	Point      *Point      `json:"point,omitempty"` // where exactly, nil when nobody measured it
	FoundAt    time.Time   `json:"foundAt"`         // when it was found or told
	OccurredOn string      `json:"occurredOn"`      // when the quarrel began, 2006-01-02 in Asia/Shanghai, or ""
	Reporter   Reporter    `json:"reporter"`
	People     int         `json:"people"`            // people concerned, 0 when not counted
	Tags       []string    `json:"tags,omitempty"`    // 涉疫, 老年人 …
	Parties    []Party     `json:"parties,omitempty"` // as far as they are known; may be empty, sides may be left out
}

// Reporter is who found or told it. Somebody who wants to stay unnamed leaves the name out.
type Reporter struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// Point is a place on earth in degrees (CGCS2000, which no phone tells from WGS 84).
type Point struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
}

// LeadReportForm is a lead as it is brought in.
type LeadReportForm struct {
	LeadContent
	Round ID
	Grid  string
}

// LeadRegister is what the tenant's register adds to a report.
type LeadRegister struct {
	Tenant string
	Serial string
}

// LeadCorrection puts right what was written down wrongly: the content replaces the old one as a whole. A party with an
// id of the lead is that party, one without is new.
type LeadCorrection struct {
	Content LeadContent
	Reason  string // why, for the journal; optional
}

// Conversion says which case a lead becomes or joins, and which look-alikes the clerk has seen and found different.
type Conversion struct {
	Case       ID
	Considered []ID
	Note       string // optional
}

// LeadEntry is one line of a lead's journal: every change has exactly one, entries are never changed or removed.
type LeadEntry struct {
	ID      ID
	Lead    ID
	At      time.Time
	Actor   Actor
	Verb    LeadVerb
	From    LeadState // "" for the first entry
	To      LeadState
	Version int64 // of the lead after the change; entries of a lead count 1, 2, 3 …
	// Changes and Reason hold personal and free text and are stored sealed.
	Changes []Change
	Reason  string
}

// Open tells whether somebody still has to decide what becomes of the lead.
func (l Lead) Open() bool { return l.State == LeadReported }

// Report takes a lead down: checked, in state reported, at version 1, with its first journal entry. round is the
// screening round that the form names, nil when it names none. Violated rules are Invalid "invalid-lead", a round that
// does not take it Conflict "round-closed" or Invalid "invalid-lead".
func Report(form LeadReportForm, round *ScreeningRound, register LeadRegister, act Act) (Lead, LeadEntry, error) {
	if err := act.check(); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	form, err := form.Checked(round, act.At)
	if err != nil {
		return Lead{}, LeadEntry{}, err
	}
	l := Lead{
		ID: act.NewID(), Tenant: register.Tenant, Serial: register.Serial, Round: form.Round, Grid: form.Grid,
		LeadContent: form.LeadContent.clone(), ReportedAt: act.At, ReportedBy: act.By.Subject,
		ReporterIssuer: act.By.Issuer,
	}
	if l.Reporter.Name == "" && l.Source.ownPeople() {
		l.Reporter.Name = act.By.Name
	}
	l.nameParties(act)
	return l.move(LeadReport, LeadReported, act, "", nil)
}

// Correct puts the content right. When nothing differs the lead comes back as it is, with an empty entry.
func (l Lead) Correct(correction LeadCorrection, act Act) (Lead, LeadEntry, error) {
	if err := l.ready(LeadCorrect, act); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	var check checker
	reason := check.text("/reason", correction.Reason, 0, maxNote, manyLines)
	check.knownParties(l.Parties, correction.Content.Parties)
	content := correction.Content
	content.Parties = check.unmaskParties(content.Parties, l.Parties)
	content.Reporter = check.unmaskReporter(content.Reporter, l.Reporter)
	changed := l
	changed.LeadContent = check.lead(content, act.At).clone()
	if err := check.err("invalid-lead", "The corrected lead would break a rule.", "更正后的线索不符合规定。"); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	changed.nameParties(act)
	changes := l.differences(changed)
	if len(changes) == 0 {
		return l, LeadEntry{}, nil
	}
	return changed.move(LeadCorrect, LeadReported, act, reason, changes)
}

// BecomeCase records the case that was filed from the lead. Strong look-alikes must have been considered, otherwise
// Conflict "possible-duplicates" lists them: the clerk sees them before a second case about the same matter exists.
func (l Lead) BecomeCase(conversion Conversion, found []Duplicate, act Act) (Lead, LeadEntry, error) {
	if err := l.ready(LeadBecomeCase, act); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	if err := unconsidered(found, conversion.Considered); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	return l.convert(LeadBecomeCase, LeadBecameCase, conversion, act)
}

// JoinCase records that the lead is about a case that exists already.
func (l Lead) JoinCase(conversion Conversion, act Act) (Lead, LeadEntry, error) {
	if err := l.ready(LeadJoinCase, act); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	return l.convert(LeadJoinCase, LeadJoinedCase, conversion, act)
}

func (l Lead) convert(verb LeadVerb, to LeadState, conversion Conversion, act Act) (Lead, LeadEntry, error) {
	var check checker
	note := check.text("/note", conversion.Note, 0, maxNote, manyLines)
	if conversion.Case == "" {
		check.fail("/case", "required", "Name the case.", "请写明案件。")
	}
	if err := check.err("invalid-conversion", "What becomes of the lead breaks a rule.", "线索处理内容不符合规定。"); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	changed := l
	changed.Case, changed.Considered = conversion.Case, slices.Clone(conversion.Considered)
	changes := []Change{{Field: "/case", After: string(conversion.Case)}}
	if len(conversion.Considered) > 0 {
		changes = append(changes, Change{Field: "/considered", After: encoded(conversion.Considered)})
	}
	return changed.move(verb, to, act, note, changes)
}

// Close ends the lead without a case, for a reason of the list lead-closing-reasons.
func (l Lead) Close(closing LeadClosing, act Act) (Lead, LeadEntry, error) {
	if err := l.ready(LeadClose, act); err != nil {
		return Lead{}, LeadEntry{}, err
	}
	closing, err := closing.checked(l.ID)
	if err != nil {
		return Lead{}, LeadEntry{}, err
	}
	changed := l
	changed.Closing = &closing
	changes := []Change{{Field: "/closing/reason", After: string(closing.Reason)}}
	if closing.Same != "" {
		changes = append(changes, Change{Field: "/closing/same", After: string(closing.Same)})
	}
	return changed.move(LeadClose, LeadClosed, act, closing.Note, changes)
}

// Can tells whether the state allows the verb; otherwise Conflict "lead-state", which says what became of it.
func (l Lead) Can(verb LeadVerb) error {
	if l.State == "" && verb != LeadReport {
		return Fail(Conflict, "lead-state", "The lead does not exist yet: report it first.", "线索尚未上报，请先上报。")
	}
	if (l.State == "") == (verb == LeadReport) && (verb == LeadReport || l.Open()) && listed(leadVerbs, string(verb)) {
		return nil
	}
	state, what := labelOf(leadStates, string(l.State)), labelOf(leadVerbs, string(verb))
	return Fail(Conflict, "lead-state",
		"The lead is \""+state.EN+"\", so \""+what.EN+"\" is not possible: "+state.Note+".",
		"线索当前为“"+state.ZH+"”，不能“"+what.ZH+"”："+state.NoteZH+"。")
}

// Verbs lists what may be done to the lead in its state.
func (l Lead) Verbs() []LeadVerb {
	if !l.Open() {
		return nil
	}
	return []LeadVerb{LeadCorrect, LeadBecomeCase, LeadJoinCase, LeadClose}
}

func (l Lead) ready(verb LeadVerb, act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	return l.Can(verb)
}

// move is the only way to another version: state, moments and the journal's line go together.
func (l Lead) move(verb LeadVerb, to LeadState, act Act, reason string, changes []Change) (Lead, LeadEntry, error) {
	from := l.State
	l.State, l.UpdatedAt = to, act.At
	l.Version++
	if to != LeadReported {
		at := act.At
		l.EndedAt = &at
	}
	entry := LeadEntry{
		ID: act.NewID(), Lead: l.ID, At: act.At, Actor: act.By, Verb: verb,
		From: from, To: to, Version: l.Version, Changes: changes, Reason: reason,
	}
	return l, entry, nil
}

// Check refuses an entry that cannot stand in a journal. Stores ask before they write.
func (e LeadEntry) Check() error {
	whole := Entry{ID: e.ID, Case: e.Lead, Actor: e.Actor, Verb: Verb(e.Verb), Version: e.Version}
	return whole.Check()
}

func (l *Lead) nameParties(act Act) {
	for i := range l.Parties {
		if l.Parties[i].ID == "" {
			l.Parties[i].ID = act.NewID()
		}
	}
}

func (c LeadContent) clone() LeadContent {
	c.Tags, c.Parties = slices.Clone(c.Tags), slices.Clone(c.Parties)
	if c.Point != nil {
		point := *c.Point
		c.Point = &point
	}
	return c
}

// differences lists what a correction changed, field by field.
func (l Lead) differences(after Lead) []Change {
	was, is := l.LeadContent, after.LeadContent
	var changes []Change
	for _, f := range []struct{ field, was, is string }{
		{"/source", string(was.Source), string(is.Source)},
		{"/type", string(was.Type), string(is.Type)},
		{"/cause", was.Cause, is.Cause},
		{"/place", was.Place, is.Place},
		{"/placeCode", was.PlaceCode, is.PlaceCode},
		{"/point", encodedPoint(was.Point), encodedPoint(is.Point)},
		{"/foundAt", was.FoundAt.UTC().Format(time.RFC3339), is.FoundAt.UTC().Format(time.RFC3339)},
		{"/occurredOn", was.OccurredOn, is.OccurredOn},
		{"/reporter/name", was.Reporter.Name, is.Reporter.Name},
		{"/reporter/phone", was.Reporter.Phone, is.Reporter.Phone},
		{"/people", strconv.Itoa(was.People), strconv.Itoa(is.People)},
	} {
		if f.was != f.is {
			changes = append(changes, Change{Field: f.field, Before: f.was, After: f.is})
		}
	}
	if !slices.Equal(was.Tags, is.Tags) {
		changes = append(changes, Change{Field: "/tags", Before: encoded(was.Tags), After: encoded(is.Tags)})
	}
	return append(changes, partyDifferences(was.Parties, is.Parties)...)
}

func encodedPoint(p *Point) string {
	if p == nil {
		return ""
	}
	return encoded(*p)
}
