package mediation

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LeadSource is the way by which a lead came in.
type LeadSource string

// The sources of leads.
const (
	LeadFromGrid           LeadSource = "grid"
	LeadFromMediator       LeadSource = "mediator"
	LeadFromLegalAdviser   LeadSource = "legal-adviser"
	LeadFromHotline        LeadSource = "hotline"
	LeadFromPolice         LeadSource = "police"
	LeadFromCourt          LeadSource = "court"
	LeadFromProcuratorate  LeadSource = "procuratorate"
	LeadFromPetitionOffice LeadSource = "petition-office"
	LeadFromDepartment     LeadSource = "department"
	LeadFromOnline         LeadSource = "online"
	LeadFromVisitor        LeadSource = "visitor"
)

// LeadClosingReason is why a lead ends without a case.
type LeadClosingReason string

// The reasons.
const (
	LeadSettledOnTheSpot LeadClosingReason = "settled-on-the-spot"
	LeadDuplicate        LeadClosingReason = "duplicate"
	LeadNotADispute      LeadClosingReason = "not-a-dispute"
	LeadUnfounded        LeadClosingReason = "unfounded"
	LeadPartiesDecline   LeadClosingReason = "parties-decline"
	LeadOutOfArea        LeadClosingReason = "out-of-area"
	LeadHandedToOrgan    LeadClosingReason = "handed-to-organ"
)

// LeadClosing is the decision that a lead needs no case.
type LeadClosing struct {
	Reason LeadClosingReason `json:"reason"`
	Note   string            `json:"note"` // what was done or who was told; needed for the reasons that send it elsewhere
	Same   ID                `json:"same"` // the lead that says the same, for duplicates only
}

// Limits of what a lead says.
const (
	maxLongitude = 180
	maxLatitude  = 90
	maxGrid      = 32
)

var leadStates = []Code{
	{Code: string(LeadReported), ZH: "已上报", EN: "Reported"},
	{Code: string(LeadBecameCase), ZH: "已转为案件", EN: "Became a case", Note: "go on in the case that it became", NoteZH: "请在转成的案件中办理"},
	{Code: string(LeadJoinedCase), ZH: "已并入案件", EN: "Joined a case", Note: "go on in the case that it joined", NoteZH: "请在并入的案件中办理"},
	{Code: string(LeadClosed), ZH: "已办结", EN: "Closed", Note: "report it anew if it comes up again", NoteZH: "再次发生的请重新上报"},
}

var leadVerbs = []Code{
	{Code: string(LeadReport), ZH: "上报", EN: "Report"},
	{Code: string(LeadCorrect), ZH: "更正", EN: "Correct"},
	{Code: string(LeadBecomeCase), ZH: "转为案件", EN: "Become a case"},
	{Code: string(LeadJoinCase), ZH: "并入案件", EN: "Join a case"},
	{Code: string(LeadClose), ZH: "办结", EN: "Close"},
}

// leadSourceRow is a source with its words and the case source it leads to.
type leadSourceRow struct {
	Source LeadSource
	ZH, EN string
	Case   Source // how a case from such a lead counts in the statistics
	Own    bool   // the committee's own people report it, under their own name
}

var leadSources = []leadSourceRow{
	{LeadFromGrid, "网格员排查", "Grid worker", SourceOwnInitiative, true},
	{LeadFromMediator, "调解员排查", "Mediator", SourceOwnInitiative, true},
	{LeadFromLegalAdviser, "村（居）法律顾问", "Village legal adviser", SourceOwnInitiative, true},
	{LeadFromHotline, "热线转办", "Hotline", SourceReferral, false},
	{LeadFromPolice, "公安机关移送", "Police", SourceReferral, false},
	{LeadFromCourt, "人民法院移送", "Court", SourceReferral, false},
	{LeadFromProcuratorate, "人民检察院移送", "Procuratorate", SourceReferral, false},
	{LeadFromPetitionOffice, "信访部门移送", "Petition office", SourceReferral, false},
	{LeadFromDepartment, "其他部门移送", "Another department", SourceReferral, false},
	{LeadFromOnline, "群众网上反映", "Told online", SourceApplication, false},
	{LeadFromVisitor, "群众来访反映", "Told in person", SourceApplication, false},
}

// closingRow is a closing reason with its words; Note is what the person who closes must write down.
type closingRow struct {
	Reason         LeadClosingReason
	ZH, EN         string
	NeedZH, NeedEN string // what the note must say, "" when it may be empty
}

var leadClosings = []closingRow{
	{LeadSettledOnTheSpot, "已当场化解", "Settled on the spot", "请写明化解情况。", "Write down how it was settled."},
	{LeadDuplicate, "重复线索", "Duplicate", "", ""},
	{LeadNotADispute, "不属于矛盾纠纷", "Not a dispute", "", ""},
	{LeadUnfounded, "经核查不属实", "Unfounded", "请写明核查情况。", "Write down what was checked."},
	{LeadPartiesDecline, "当事人不愿调解", "The parties decline", "", ""},
	{LeadOutOfArea, "不属于本辖区", "Out of area", "请写明告知或者转告的单位。", "Write down which unit was told."},
	{LeadHandedToOrgan, "已移交有权机关", "Handed to the competent organ", "请写明接收机关和时间。", "Write down which organ received it, and when."},
}

// Known tells whether the source is on the list.
func (s LeadSource) Known() bool { return s.row().Source != "" }

// CaseSource is the source that a case made from such a lead counts under.
func (s LeadSource) CaseSource() Source { return s.row().Case }

func (s LeadSource) ownPeople() bool { return s.row().Own }

func (s LeadSource) row() leadSourceRow {
	for _, row := range leadSources {
		if row.Source == s {
			return row
		}
	}
	return leadSourceRow{}
}

// Checked gives the form as it is stored, or Invalid "invalid-lead" with every violated rule. round is the round that
// the form names, nil when it names none.
func (f LeadReportForm) Checked(round *ScreeningRound, at time.Time) (LeadReportForm, error) {
	var check checker
	f.Parties = check.unmaskParties(f.Parties, nil)
	f.Reporter = check.unmaskReporter(f.Reporter, Reporter{})
	f.LeadContent = check.lead(f.LeadContent, at)
	f.Grid = check.gridCode("/grid", f.Grid, 0)
	switch {
	case f.Round == "":
	case round == nil || round.ID != f.Round:
		check.fail("/round", "unknown-round", "There is no such screening round in this unit.", "该单位没有此排查轮次。")
	case f.Grid == "":
		check.fail("/grid", "required", "A lead of a screening round names its grid.", "排查发现的线索必须写明网格。")
	case !round.Assigned(f.Grid):
		check.fail("/grid", "grid-not-assigned", "The grid is not assigned in this round.", "该网格未列入本轮排查。")
	}
	if err := check.err("invalid-lead", "The lead breaks a rule.", "线索内容不符合规定。"); err != nil {
		return f, err
	}
	if f.Round != "" {
		return f, round.takes(LegalDay(f.FoundAt))
	}
	return f, nil
}

func (c *checker) lead(l LeadContent, at time.Time) LeadContent {
	if !l.Source.Known() {
		c.fail("/source", codeProblem(string(l.Source)), "Choose a source from the list lead-sources.", "请从线索来源代码表中选择。")
	}
	if l.Type != "" && !l.Type.Known() {
		c.fail("/type", "unknown-code", "Choose a type from the list dispute-types, or leave it out.", "请从纠纷类型代码表中选择，或者不填。")
	}
	l.Cause = c.text("/cause", l.Cause, 1, maxLongText, manyLines)
	l.Place = c.text("/place", l.Place, 0, maxPlace, oneLine)
	if l.Place == "" && l.PlaceCode == "" && l.Point == nil {
		c.fail("/place", "required", "Say where: in words, by code or by point.", "请写明地点：文字、区划代码或者坐标。")
	}
	c.placeCode(l.PlaceCode)
	c.point(l.Point)
	c.found(l, at)
	l.Reporter.Name = c.text("/reporter/name", l.Reporter.Name, 0, maxName, oneLine)
	l.Reporter.Phone = c.phone("/reporter/phone", l.Reporter.Phone)
	if l.People < 0 || l.People > maxPeople {
		c.fail("/people", "out-of-range", "People are counted from 0 to 1000000.", "涉及人数应在 0 到 1000000 之间。")
	}
	l.Tags = c.tags(l.Tags)
	l.Parties = c.leadParties(l.Parties, at)
	return l
}

func (c *checker) point(p *Point) {
	if p == nil {
		return
	}
	if !within(p.Longitude, maxLongitude) || !within(p.Latitude, maxLatitude) {
		c.fail("/point", "out-of-range", "Longitude lies between -180 and 180 degrees, latitude between -90 and 90.",
			"经度应在 -180 到 180 度之间，纬度应在 -90 到 90 度之间。")
	}
}

// within is false for what is no number, too.
func within(value, bound float64) bool { return math.Abs(value) <= bound }

func (c *checker) found(l LeadContent, at time.Time) {
	switch {
	case l.FoundAt.IsZero():
		c.fail("/foundAt", "required", "Say when it was found.", "请写明发现时间。")
	case l.FoundAt.After(at):
		c.fail("/foundAt", "in-the-future", "The moment lies in the future.", "发现时间不能晚于现在。")
	case l.FoundAt.Year() < 1900:
		c.fail("/foundAt", "out-of-range", "The moment lies before 1900.", "发现时间不能早于 1900 年。")
	case l.OccurredOn > LegalDay(l.FoundAt):
		c.fail("/occurredOn", "after-it-was-found", "It cannot begin after it was found.", "发生日期不能晚于发现时间。")
	}
	c.day("/occurredOn", l.OccurredOn, at)
}

// leadParties checks what is known of the parties. Unlike a filing, a lead may have none, and their sides may be open.
func (c *checker) leadParties(given []Party, at time.Time) []Party {
	if len(given) > maxParties {
		c.fail("/parties", "too-many", "Give at most 200 parties; put the others into the cause.", "当事人最多 200 名，其余请写入事由。")
		return given
	}
	parties := make([]Party, 0, len(given))
	for i, p := range given {
		side := p.Side
		if side == "" {
			p.Side = SideRespondent // any side, for the check only
		}
		p = c.party(partyPointer(i), p, at)
		p.Side = side
		parties = append(parties, p)
	}
	return parties
}

// gridCode takes a grid's code. No national form exists: letters, digits and hyphens.
func (c *checker) gridCode(pointer, code string, least int) string {
	code = c.text(pointer, code, least, maxGrid, oneLine)
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
	}
	if strings.IndexFunc(code, odd) >= 0 {
		c.fail(pointer, "invalid-grid-code", "A grid code has letters, digits and hyphens only.", "网格编码只能含字母、数字和连字符。")
	}
	return code
}

func (l LeadClosing) checked(self ID) (LeadClosing, error) {
	var check checker
	l.Note = check.text("/note", l.Note, 0, maxNote, manyLines)
	row, known := l.Reason.row()
	switch {
	case !known:
		check.fail("/reason", codeProblem(string(l.Reason)), "Choose a reason from the list lead-closing-reasons.", "请从线索办结理由代码表中选择。")
	case row.NeedEN != "" && l.Note == "":
		check.fail("/note", "required", row.NeedEN, row.NeedZH)
	}
	switch {
	case l.Reason == LeadDuplicate && (l.Same == "" || l.Same == self):
		check.fail("/same", "required", "Name the other lead that says the same.", "请写明与之重复的另一条线索。")
	case l.Reason != LeadDuplicate && l.Same != "":
		check.fail("/same", "not-expected", "Only a duplicate names another lead.", "只有重复线索才写明另一条线索。")
	}
	return l, check.err("invalid-lead-closing", "The closing breaks a rule.", "办结内容不符合规定。")
}

func (r LeadClosingReason) row() (closingRow, bool) {
	for _, row := range leadClosings {
		if row.Reason == r {
			return row, true
		}
	}
	return closingRow{}, false
}

// Filing drafts the case that the lead would become, for the clerk to complete: a lead may lack what a filing needs.
func (l Lead) Filing() Filing {
	content := l.LeadContent.clone()
	for i := range content.Parties {
		content.Parties[i].ID = ""
	}
	return Filing{
		Type: l.Type, Source: l.Source.CaseSource(), Title: l.draftTitle(), Facts: content.Cause, Place: content.Place,
		PlaceCode: content.PlaceCode, People: content.People, OccurredOn: content.OccurredOn,
		Tags: content.Tags, Parties: content.Parties,
	}
}

// draftTitle follows the committees' habit: the first party, the second, and the type (张三与李四邻里纠纷).
func (l Lead) draftTitle() string {
	var names []string
	for _, p := range l.Parties[:min(len(l.Parties), 2)] {
		names = append(names, p.Name)
	}
	what := "纠纷"
	if l.Type.Known() {
		what = labelOf(disputeTypes, string(l.Type)).ZH
	}
	title := []rune(strings.Join(names, "与") + what)
	return string(title[:min(len(title), maxTitle)])
}

// Masked is the lead behind a mask: its parties, and who told it.
func (l Lead) Masked(m Mask) Lead {
	if m == MaskNothing {
		return l
	}
	l.Parties = slices.Clone(l.Parties)
	for i := range l.Parties {
		l.Parties[i] = l.Parties[i].Masked(m)
	}
	if l.Reporter.Name != "" && m >= MaskPeople {
		l.Reporter.Name = MaskName(l.Reporter.Name)
	}
	l.Reporter.Phone = MaskPhone(l.Reporter.Phone)
	return l
}

// LeadSerial is the 线索编号 of the serial-th lead that a tenant takes down in a year.
func LeadSerial(tenant string, year, serial int) string {
	return tenant + "-L" + strconv.Itoa(year) + "-" + padded(serial)
}

func padded(serial int) string {
	text := strconv.Itoa(serial)
	return strings.Repeat("0", max(0, 6-len(text))) + text
}
