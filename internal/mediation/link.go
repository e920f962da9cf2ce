package mediation

import (
	"slices"
	"strconv"
	"time"
)

// LinkKind is how two cases belong together.
type LinkKind string

// The kinds of links. Each has its counterpart in the other case.
const (
	LinkReopenedAs LinkKind = "reopened-as"
	LinkReopens    LinkKind = "reopens"
	LinkMergedInto LinkKind = "merged-into"
	LinkAbsorbed   LinkKind = "absorbed"
	LinkSplitOff   LinkKind = "split-off"
	LinkSplitFrom  LinkKind = "split-from"
)

var linkKinds = []Code{
	{Code: string(LinkReopenedAs), ZH: "再次立案为", EN: "Reopened as"},
	{Code: string(LinkReopens), ZH: "再次立案自", EN: "Reopens"},
	{Code: string(LinkMergedInto), ZH: "并入", EN: "Merged into"},
	{Code: string(LinkAbsorbed), ZH: "吸收", EN: "Absorbed"},
	{Code: string(LinkSplitOff), ZH: "分出", EN: "Split off"},
	{Code: string(LinkSplitFrom), ZH: "分自", EN: "Split from"},
}

// Link joins a case to another of the same tenant.
type Link struct {
	Kind         LinkKind  `json:"kind"`
	Case         ID        `json:"case"`
	Registration string    `json:"registration"`
	At           time.Time `json:"at"`
}

// ReopeningGround is why a closed dispute is mediated again.
type ReopeningGround string

var reopeningGrounds = []Code{
	{Code: "new-fact", ZH: "出现新的事实", EN: "A new fact"},
	{Code: "relapse", ZH: "纠纷再起", EN: "The dispute has come back"},
	{Code: "breach", ZH: "协议未履行", EN: "The agreement was not performed"},
	{Code: "invalid-agreement", ZH: "协议无效或者被撤销", EN: "The agreement is void or was set aside"},
}

// Reopening opens a new volume of a closed dispute. Empty texts are taken over from the old one.
type Reopening struct {
	Ground ReopeningGround
	Note   string
	Facts  string
	Claims string
}

// Merging says why two cases become one.
type Merging struct{ Reason string }

// Splitting says what becomes a case of its own. Empty texts are taken over.
type Splitting struct {
	Title   string
	Facts   string
	Claims  string
	Amount  *int64
	Parties []ID // who is in the new case
	Leaving []ID // which of them leave this one
	Reason  string
}

// Pair is two cases that one act has changed, each with its journal entry.
type Pair struct {
	Case       Case
	Entry      Entry
	Other      Case // the new volume, the case that takes the other in, the case split off
	OtherEntry Entry
}

func (c Case) linked(kind LinkKind) bool {
	return slices.ContainsFunc(c.Links, func(l Link) bool { return l.Kind == kind })
}

// link adds a link and tells the journal's line about it.
func (c *Case) link(kind LinkKind, other Case, act Act) Change {
	link := Link{Kind: kind, Case: other.ID, Registration: other.Registration, At: act.At}
	c.Links = added(c.Links, link)
	return Change{Field: "/links/" + strconv.Itoa(len(c.Links)), After: encoded(link)}
}

// firstVolume is the case with which the dispute began.
func (c Case) firstVolume() ID {
	if c.FirstVolume != "" {
		return c.FirstVolume
	}
	return c.ID
}

// Reopen files the dispute again as a new volume, linked to the first. The old case stays closed.
func (c Case) Reopen(reopening Reopening, register Register, act Act) (Pair, error) {
	if err := c.ready(VerbReopen, act); err != nil {
		return Pair{}, err
	}
	var check checker
	check.choice("/ground", string(reopening.Ground), reopeningGrounds, "reopening-grounds", "再次立案理由")
	reopening.Note = check.text("/note", reopening.Note, 0, maxNote, manyLines)
	filing := c.filing()
	replace(&filing.Facts, check.text("/facts", reopening.Facts, 0, maxLongText, manyLines))
	replace(&filing.Claims, check.text("/claims", reopening.Claims, 0, maxLongText, manyLines))
	if err := check.err("invalid-reopening", "The reopening breaks a rule.", "再次立案不符合规定。"); err != nil {
		return Pair{}, err
	}
	changed := c.clone()
	other, otherEntry, err := file(filing, register, act, func(volume *Case) []Change {
		volume.FirstVolume = c.firstVolume()
		volume.Restriction, volume.Invitations = c.Restriction, slices.Clone(c.Invitations)
		return []Change{{Field: "/firstVolume", After: string(volume.FirstVolume)}, volume.link(LinkReopens, c, act)}
	})
	if err != nil {
		return Pair{}, err
	}
	changes := []Change{{Field: "/reopening/ground", After: string(reopening.Ground)}, changed.link(LinkReopenedAs, other, act)}
	changed, entry, err := changed.move(VerbReopen, act, reopening.Note, changes)
	return Pair{changed, entry, other, otherEntry}, err
}

func replace(text *string, by string) {
	if by != "" {
		*text = by
	}
}

// Merge joins this case to another about the same dispute, which goes on with the parties of both. Each keeps its own
// journal and its own number.
func (c Case) Merge(into Case, merging Merging, act Act) (Pair, error) {
	if err := c.ready(VerbMerge, act); err != nil {
		return Pair{}, err
	}
	if err := into.ready(VerbAbsorb, act); err != nil {
		return Pair{}, err
	}
	var check checker
	reason := check.text("/reason", merging.Reason, 1, maxNote, manyLines)
	if c.ID == into.ID || c.Tenant != into.Tenant {
		check.fail("/into", "another-case-required", "Name another case of this unit.", "请填写本单位的另一案件。")
	}
	joined := into.clone()
	joined.join(c, act)
	if joined.Restriction == "" {
		joined.Restriction = c.Restriction
	}
	if len(joined.Parties) > maxParties {
		check.fail("/into", "too-many", "Together the cases would have more than 200 parties.", "合并后当事人超过 200 名。")
	}
	if err := check.err("invalid-merging", "The merging breaks a rule.", "并案不符合规定。"); err != nil {
		return Pair{}, err
	}
	changed := c.clone()
	changes := append([]Change{changed.link(LinkMergedInto, into, act)}, changed.endSuspension(act)...)
	joinedChanges := append([]Change{joined.link(LinkAbsorbed, c, act)}, differences(into, joined)...)
	changed, entry, err := changed.move(VerbMerge, act, reason, changes)
	if err != nil {
		return Pair{}, err
	}
	joined, joinedEntry, err := joined.move(VerbAbsorb, act, reason, joinedChanges)
	return Pair{changed, entry, joined, joinedEntry}, err
}

// join takes over the parties of another case that are not here yet.
func (c *Case) join(other Case, act Act) {
	for _, p := range other.Parties {
		if !slices.ContainsFunc(c.Parties, p.samePerson) {
			p.ID = act.NewID()
			c.Parties = append(c.Parties, p)
		}
	}
}

// samePerson goes by the identity number, and only without one by the name.
func (p Party) samePerson(other Party) bool {
	if p.IdentityNumber != "" || other.IdentityNumber != "" {
		return p.IdentityType == other.IdentityType && p.IdentityNumber == other.IdentityNumber
	}
	return p.Kind == other.Kind && p.Name == other.Name
}

// Split files a part of the dispute as a case of its own. Both must be whole afterwards.
func (c Case) Split(splitting Splitting, register Register, act Act) (Pair, error) {
	if err := c.ready(VerbSplit, act); err != nil {
		return Pair{}, err
	}
	var check checker
	reason := check.text("/reason", splitting.Reason, 1, maxNote, manyLines)
	filing := splitting.filing(c, &check)
	remaining := c.clone()
	remaining.Parties = slices.DeleteFunc(remaining.Parties, func(p Party) bool { return slices.Contains(splitting.Leaving, p.ID) })
	rest := checker{}
	rest.filing(remaining.filing(), act.At)
	for _, field := range rest.fields {
		check.fields = append(check.fields, FieldError{"/leaving", field.Code, field.Message, field.MessageZH})
	}
	if err := check.err("invalid-splitting", "The splitting breaks a rule.", "分案不符合规定。"); err != nil {
		return Pair{}, err
	}
	other, otherEntry, err := file(filing, register, act, func(part *Case) []Change {
		part.Restriction, part.Invitations = c.Restriction, slices.Clone(c.Invitations)
		return []Change{part.link(LinkSplitFrom, c, act)}
	})
	if err != nil {
		return Pair{}, err
	}
	changes := append([]Change{remaining.link(LinkSplitOff, other, act)}, differences(c, remaining)...)
	remaining, entry, err := remaining.move(VerbSplit, act, reason, changes)
	return Pair{remaining, entry, other, otherEntry}, err
}

func (s Splitting) filing(c Case, check *checker) Filing {
	filing := c.filing()
	replace(&filing.Title, s.Title)
	replace(&filing.Facts, s.Facts)
	replace(&filing.Claims, s.Claims)
	filing.Amount = s.Amount
	for i, id := range s.Parties {
		pointer := "/parties/" + strconv.Itoa(i)
		check.partyOf(pointer, c, id, true)
		if slices.Contains(s.Parties[:i], id) {
			check.fail(pointer, "duplicate", "Name each party once.", "每名当事人只填一次。")
		}
	}
	for i, id := range s.Leaving {
		if !slices.Contains(s.Parties, id) {
			check.fail("/leaving/"+strconv.Itoa(i), "not-in-new-case",
				"Only a party of the new case can leave this one.", "只有分出案件的当事人可以离开本案。")
		}
	}
	filing.Parties = slices.DeleteFunc(filing.Parties, func(p Party) bool { return !slices.Contains(s.Parties, p.ID) })
	return filing
}

// TakeLead records that a lead which was found later is about this dispute. What the lead says stays with the lead.
func (c Case) TakeLead(l Lead, note string, act Act) (Case, Entry, error) {
	if err := c.ready(VerbTakeLead, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	note = check.text("/note", note, 0, maxNote, manyLines)
	if l.ID == "" || l.Tenant != c.Tenant {
		check.fail("/lead", "unknown-lead", "Name a lead of this unit.", "请填写本单位的线索。")
	}
	if err := check.err("invalid-conversion", "What becomes of the lead breaks a rule.", "线索处理内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	return c.clone().move(VerbTakeLead, act, note, []Change{leadTaken(l)})
}

// FileFromLead registers the dispute that a lead tells of, as File does; the first entry names the lead.
func FileFromLead(l Lead, filing Filing, register Register, act Act) (Case, Entry, error) {
	return file(filing, register, act, func(*Case) []Change { return []Change{leadTaken(l)} })
}

func leadTaken(l Lead) Change {
	return Change{Field: "/leads/" + string(l.ID), After: l.Serial}
}
