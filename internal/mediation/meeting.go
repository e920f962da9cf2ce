package mediation

import (
	"slices"
	"strconv"
	"time"
)

const maxAttendees = 300

// MeetingStatus tells an arranged meeting from one that was held.
type MeetingStatus string

// What has become of a meeting.
const (
	MeetingPlanned   MeetingStatus = "planned"
	MeetingHeld      MeetingStatus = "held"
	MeetingCancelled MeetingStatus = "cancelled"
)

// MeetingResult is what a meeting came to.
type MeetingResult string

// The results of a meeting.
const (
	MeetingAgreed    MeetingResult = "agreed"
	MeetingNotAgreed MeetingResult = "not-agreed"
	MeetingContinue  MeetingResult = "continue"
)

// AttendeeRole is as what somebody takes part.
type AttendeeRole string

// Those who belong at the table; the other roles join by invitation (L20).
const (
	AttendeeParty    AttendeeRole = "party"
	AttendeeAgent    AttendeeRole = "agent"
	AttendeeMediator AttendeeRole = "mediator"
	AttendeeRecorder AttendeeRole = "recorder"
)

var meetingStatuses = []Code{
	{Code: string(MeetingPlanned), ZH: "已安排", EN: "Arranged"},
	{Code: string(MeetingHeld), ZH: "已进行", EN: "Held"},
	{Code: string(MeetingCancelled), ZH: "已取消", EN: "Cancelled"},
}

var meetingResults = []Code{
	{Code: string(MeetingAgreed), ZH: "达成协议", EN: "Agreed"},
	{Code: string(MeetingNotAgreed), ZH: "未达成协议", EN: "Not agreed"},
	{Code: string(MeetingContinue), ZH: "继续调解", EN: "To be continued"},
}

var attendeeRoles = []Code{
	{Code: string(AttendeeParty), ZH: "当事人", EN: "Party"},
	{Code: string(AttendeeAgent), ZH: "代理人", EN: "Agent of a party"},
	{Code: string(AttendeeMediator), ZH: "调解员", EN: "Mediator"},
	{Code: string(AttendeeRecorder), ZH: "记录人", EN: "Recorder"},
	{Code: "relative", ZH: "亲属", EN: "Relative", Note: "L20"},
	{Code: "neighbour", ZH: "邻里同事", EN: "Neighbour or colleague", Note: "L20"},
	{Code: "expert", ZH: "有专门知识或者经验的人员", EN: "Person with special knowledge", Note: "L20"},
	{Code: "organisation", ZH: "有关社会组织人员", EN: "Somebody of an organisation concerned", Note: "L20"},
}

// Attendee is somebody at a meeting.
type Attendee struct {
	Name  string       `json:"name"`
	Role  AttendeeRole `json:"role"`
	Party ID           `json:"party,omitempty"` // who the party is, or for whom the agent speaks
}

// Meeting is one round of mediation, numbered from 1 in the order in which it was arranged or recorded (调解记录).
type Meeting struct {
	Number    int           `json:"number"` // given by Convene or Mediate
	Status    MeetingStatus `json:"status"` // given by the verb
	StartedAt time.Time     `json:"startedAt"`
	EndedAt   *time.Time    `json:"endedAt,omitempty"`
	Place     string        `json:"place"`
	Invited   string        `json:"invited,omitempty"` // who is asked to come
	Attendees []Attendee    `json:"attendees,omitempty"`
	// RightsTold says that the parties were told their rights and duties before the start (P30).
	RightsTold bool `json:"rightsTold,omitempty"`
	// Public says that others could listen; InvitationsConsented that the parties agreed to that and to the invited (L20; P29).
	Public               bool          `json:"public,omitempty"`
	InvitationsConsented bool          `json:"invitationsConsented,omitempty"`
	Content              string        `json:"content,omitempty"`
	Result               MeetingResult `json:"result,omitempty"`
	Reason               string        `json:"reason,omitempty"` // why it was cancelled
}

// Arrangement is a meeting to come.
type Arrangement struct {
	StartsAt time.Time
	Place    string
	Invited  string
}

// Cancellation takes an arranged meeting back.
type Cancellation struct {
	Number int
	Reason string
}

func (c Case) plannedMeetings() []Meeting {
	var planned []Meeting
	for _, m := range c.Meetings {
		if m.Status == MeetingPlanned {
			planned = append(planned, m)
		}
	}
	return planned
}

// lastHeld is the held meeting that started last; Mediate keeps them from being recorded out of order.
func (c Case) lastHeld() (Meeting, bool) {
	var last Meeting
	for _, m := range c.Meetings {
		if m.Status == MeetingHeld && !m.StartedAt.Before(last.StartedAt) {
			last = m
		}
	}
	return last, last.Number > 0
}

func (c Case) rightsTold() bool {
	return slices.ContainsFunc(c.Meetings, func(m Meeting) bool { return m.Status == MeetingHeld && m.RightsTold })
}

func (c Case) hasPlannedMeeting(number int) bool {
	return slices.ContainsFunc(c.plannedMeetings(), func(m Meeting) bool { return m.Number == number })
}

// Convene arranges the next meeting.
func (c Case) Convene(plan Arrangement, act Act) (Case, Entry, error) {
	if err := c.ready(VerbConvene, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Meetings))
	plan.Place = check.text("/place", plan.Place, 1, maxPlace, oneLine)
	plan.Invited = check.text("/invited", plan.Invited, 0, maxNote, manyLines)
	switch {
	case plan.StartsAt.IsZero():
		check.fail("/startsAt", "required", "Give the moment.", "请填写时间。")
	case plan.StartsAt.Before(act.At):
		check.fail("/startsAt", "in-the-past", "The moment has passed: record the meeting instead.", "时间已过，请直接记录调解。")
	}
	if err := check.err("invalid-meeting", "The meeting breaks a rule.", "调解安排不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	meeting := Meeting{
		Number: len(c.Meetings) + 1, Status: MeetingPlanned, StartedAt: plan.StartsAt, Place: plan.Place, Invited: plan.Invited,
	}
	changed := c.clone()
	changed.Meetings = added(c.Meetings, meeting)
	return changed.move(VerbConvene, act, "", []Change{recorded("/meetings", meeting.Number, meeting)})
}

// CancelMeeting takes an arranged meeting back.
func (c Case) CancelMeeting(cancellation Cancellation, act Act) (Case, Entry, error) {
	if err := c.ready(VerbCancelMeeting, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	reason := check.text("/reason", cancellation.Reason, 1, maxNote, manyLines)
	if !c.hasPlannedMeeting(cancellation.Number) {
		check.unknownNumber("/number", "an arranged meeting", "已安排的调解")
	}
	if err := check.err("invalid-cancellation", "The cancellation breaks a rule.", "取消调解不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	meeting := &changed.Meetings[cancellation.Number-1]
	meeting.Status, meeting.Reason = MeetingCancelled, reason
	return changed.move(VerbCancelMeeting, act, reason, []Change{{
		Field: numberedPath("/meetings", meeting.Number) + "/status", Before: string(MeetingPlanned), After: string(MeetingCancelled),
	}})
}

func (c *checker) unknownNumber(pointer, en, zh string) {
	c.fail(pointer, "unknown-number", "Give the number of "+en+" of this case.", "请填写本案"+zh+"的序号。")
}

// Mediate records a meeting that was held (L20–24; P28–31). Its number is that of an arranged meeting, or 0 for one that
// nobody had arranged.
func (c Case) Mediate(meeting Meeting, act Act) (Case, Entry, error) {
	if err := c.ready(VerbMediate, act); err != nil {
		return Case{}, Entry{}, err
	}
	meeting, err := meeting.checked(c, act)
	if err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	change := Change{}
	if meeting.Number == 0 {
		meeting.Number = len(c.Meetings) + 1
		changed.Meetings = added(c.Meetings, meeting)
	} else {
		change.Before = encoded(c.Meetings[meeting.Number-1])
		changed.Meetings[meeting.Number-1] = meeting
	}
	change.Field, change.After = numberedPath("/meetings", meeting.Number), encoded(meeting)
	return changed.move(VerbMediate, act, "", []Change{change})
}

func (m Meeting) checked(c Case, act Act) (Meeting, error) {
	var check checker
	if m.Number != 0 && !c.hasPlannedMeeting(m.Number) {
		check.unknownNumber("/number", "an arranged meeting", "已安排的调解")
	}
	if m.Number == 0 {
		check.room("", len(c.Meetings))
	}
	check.meetingTimes(c, m, act.At)
	m.Place = check.text("/place", m.Place, 1, maxPlace, oneLine)
	m.Invited = check.text("/invited", m.Invited, 0, maxNote, manyLines)
	m.Content = check.text("/content", m.Content, 1, maxLongText, manyLines)
	check.choice("/result", string(m.Result), meetingResults, "meeting-results", "调解结果")
	if !m.RightsTold && !c.rightsTold() {
		check.fail("/rightsTold", "rights-not-told",
			"Before the first meeting the parties are told their rights and duties.", "首次调解前应当告知当事人权利义务。")
	}
	m.Attendees = check.attendees(c, m)
	m.Status, m.Reason = MeetingHeld, ""
	if m.EndedAt != nil {
		ended := *m.EndedAt
		m.EndedAt = &ended
	}
	return m, check.err("invalid-meeting", "The meeting breaks a rule.", "调解记录不符合规定。")
}

func (c *checker) meetingTimes(of Case, m Meeting, at time.Time) {
	c.pastMoment("/startedAt", m.StartedAt, at)
	if of.AcceptedAt != nil && LegalDay(m.StartedAt) < LegalDay(*of.AcceptedAt) {
		c.fail("/startedAt", "before-acceptance", "No meeting is held before the case was accepted.", "受理之前不得进行调解。")
	}
	if last, held := of.lastHeld(); held && m.StartedAt.Before(last.StartedAt) {
		c.fail("/startedAt", "before-last-meeting",
			"Meetings are recorded in order: this one starts before the last.", "调解应按先后次序记录，开始时间早于上一次。")
	}
	if m.EndedAt != nil {
		c.pastMoment("/endedAt", *m.EndedAt, at)
		if m.EndedAt.Before(m.StartedAt) {
			c.fail("/endedAt", "ends-before-start", "A meeting ends after its start.", "结束时间不能早于开始时间。")
		}
	}
}

func (c *checker) attendees(of Case, m Meeting) []Attendee {
	if len(m.Attendees) > maxAttendees {
		c.fail("/attendees", "too-many", "Name at most 300 attendees.", "参加人最多 300 名。")
		return nil
	}
	parties, invited := 0, m.Public
	attendees := make([]Attendee, 0, len(m.Attendees))
	for i, a := range m.Attendees {
		pointer := "/attendees/" + strconv.Itoa(i)
		a.Name = c.text(pointer+"/name", a.Name, 1, maxName, oneLine)
		c.choice(pointer+"/role", string(a.Role), attendeeRoles, "attendee-roles", "参加人身份")
		speaks := a.Role == AttendeeParty || a.Role == AttendeeAgent
		c.partyOf(pointer+"/party", of, a.Party, speaks)
		if speaks {
			parties++
		}
		invited = invited || (!speaks && a.Role != AttendeeMediator && a.Role != AttendeeRecorder)
		attendees = append(attendees, a)
	}
	if parties == 0 {
		c.fail("/attendees", "party-required", "Name at least one party or agent who was there.", "至少有一名当事人或者代理人参加。")
	}
	if invited && !m.InvitationsConsented {
		c.fail("/invitationsConsented", "consent-required",
			"Others join, and the public listens, only with the parties' consent.", "邀请他人参加或者公开进行的，须经当事人同意。")
	}
	return attendees
}
