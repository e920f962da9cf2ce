package httpapi

import (
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// AttendeeInput is somebody at a meeting.
type AttendeeInput struct {
	Name  string           `json:"name" minLength:"1" maxLength:"100" example:"张三"`
	Role  AttendeeRoleCode `json:"role" example:"party"`
	Party string           `json:"party,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party who it is, or for whom an agent speaks; needed for both."`
}

// AttendeeView is somebody who was at a meeting.
type AttendeeView struct{ AttendeeInput }

// MeetingInput is a meeting that was held.
type MeetingInput struct {
	Number               int               `json:"number,omitempty" minimum:"0" maximum:"10000" example:"1" doc:"Of the arranged meeting; leave it out for one that nobody had arranged."`
	StartedAt            time.Time         `json:"startedAt" example:"2026-11-23T09:00:00+08:00"`
	EndedAt              *time.Time        `json:"endedAt,omitempty" example:"2026-11-23T10:30:00+08:00"`
	Place                string            `json:"place" minLength:"1" maxLength:"300" example:"孙武镇调解室"`
	Invited              string            `json:"invited,omitempty" maxLength:"2000" example:"村党支部书记、网格员" doc:"Who was asked to come."`
	Attendees            []AttendeeInput   `json:"attendees" nullable:"false" minItems:"1" maxItems:"300"`
	RightsTold           bool              `json:"rightsTold,omitempty" example:"true" doc:"The parties were told their rights and duties; needed once, before the first meeting."`
	Public               bool              `json:"public,omitempty" example:"false" doc:"Others could listen."`
	InvitationsConsented bool              `json:"invitationsConsented,omitempty" example:"true" doc:"The parties agreed to the public and to whoever joins by invitation."`
	Content              string            `json:"content" minLength:"1" maxLength:"20000" example:"双方各自陈述，调解员讲解相邻关系的规定。" doc:"The record of the meeting (调解记录)."`
	Result               MeetingResultCode `json:"result" example:"continue"`
}

// MeetingView is one round of mediation, arranged, held or cancelled.
type MeetingView struct {
	Number               int               `json:"number" example:"1"`
	Status               MeetingStatusCode `json:"status" example:"held"`
	StartedAt            time.Time         `json:"startedAt" example:"2026-11-23T09:00:00+08:00" doc:"Of a planned meeting: when it will start."`
	EndedAt              *time.Time        `json:"endedAt,omitempty" example:"2026-12-18T16:00:00+08:00"`
	Place                string            `json:"place" example:"孙武镇调解室"`
	Invited              string            `json:"invited,omitempty" example:"村党支部书记、网格员"`
	Attendees            []AttendeeView    `json:"attendees" nullable:"false"`
	RightsTold           bool              `json:"rightsTold" example:"true"`
	Public               bool              `json:"public" example:"false"`
	InvitationsConsented bool              `json:"invitationsConsented" example:"true"`
	Content              string            `json:"content,omitempty" example:"双方同意先查看排水沟，再谈补偿。"`
	Result               string            `json:"result,omitempty" example:"continue" doc:"A code of the list /v1/codes/meeting-results, once it was held."`
	Reason               string            `json:"reason,omitempty" example:"申请人住院" doc:"Why it was cancelled."`
}

// ArrangementInput is a meeting to come.
type ArrangementInput struct {
	StartsAt time.Time `json:"startsAt" example:"2026-12-01T09:00:00+08:00"`
	Place    string    `json:"place" minLength:"1" maxLength:"300" example:"孙武镇调解室"`
	Invited  string    `json:"invited,omitempty" maxLength:"2000" example:"双方当事人、村委会主任" doc:"Who is asked to come."`
}

// ReasonInput says why something is taken back.
type ReasonInput struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000" example:"当事人外出"`
}

// MeetingPath names a meeting of a case.
type MeetingPath struct {
	CasePath
	Meeting int `path:"meeting" minimum:"1" example:"1" doc:"Number of the meeting."`
}

type cancelMeetingInput struct {
	MeetingPath
	KeyHeader
	MatchHeader
	Body ReasonInput
}

func (in MeetingInput) meeting() mediation.Meeting {
	return mediation.Meeting{
		Number: in.Number, StartedAt: in.StartedAt, EndedAt: in.EndedAt, Place: in.Place, Invited: in.Invited,
		Attendees: views(in.Attendees, AttendeeInput.attendee), RightsTold: in.RightsTold, Public: in.Public,
		InvitationsConsented: in.InvitationsConsented, Content: in.Content, Result: mediation.MeetingResult(in.Result),
	}
}

func (in AttendeeInput) attendee() mediation.Attendee {
	return mediation.Attendee{Name: in.Name, Role: mediation.AttendeeRole(in.Role), Party: mediation.ID(in.Party)}
}

func (in ArrangementInput) arrangement() mediation.Arrangement {
	return mediation.Arrangement{StartsAt: in.StartsAt, Place: in.Place, Invited: in.Invited}
}

func meetingView(m mediation.Meeting) MeetingView {
	return MeetingView{
		Number: m.Number, Status: MeetingStatusCode(m.Status), StartedAt: legal(m.StartedAt), EndedAt: legalPointer(m.EndedAt),
		Place: m.Place, Invited: m.Invited, Attendees: views(m.Attendees, attendeeView), RightsTold: m.RightsTold,
		Public: m.Public, InvitationsConsented: m.InvitationsConsented, Content: m.Content, Result: string(m.Result), Reason: m.Reason,
	}
}

func attendeeView(a mediation.Attendee) AttendeeView {
	return AttendeeView{AttendeeInput{Name: a.Name, Role: AttendeeRoleCode(a.Role), Party: string(a.Party)}}
}

func (a *API) registerMeetings() {
	changing(a, operation{
		id: "hold-meeting", path: "meetings", tag: tagMediation, action: mediation.ActionCaseMediate,
		summary: "Record a meeting", summaryZH: "登记调解（调解记录）", example: exampleMeeting(),
		description: "One numbered round of mediation that was held: time, place, attendees, content and result. Give the number of the arranged meeting, or none for one that nobody had arranged. " +
			"Meetings are recorded in order and not before acceptance; rights and duties are told before the first (422 invalid-meeting, rights-not-told).",
	}, MeetingInput.meeting, (*casework.Service).HoldMeeting)
	changing(a, operation{
		id: "arrange-meeting", path: "meetings/arrange", tag: tagMediation, action: mediation.ActionCaseConvene,
		summary: "Arrange a meeting", summaryZH: "安排调解",
		example:     ArrangementInput{StartsAt: exampleMoment().AddDate(0, 0, 8), Place: "孙武镇调解室", Invited: "双方当事人、村委会主任"},
		description: "Arranges the next meeting; it gets its number and stays open until it is recorded or cancelled. A case with an arranged meeting does not close.",
	}, ArrangementInput.arrangement, (*casework.Service).PlanMeeting)
	numbered(a, operation{
		id: "cancel-meeting", path: "meetings/{meeting}/cancel", tag: tagMediation, action: mediation.ActionCaseCancelMeeting,
		summary: "Cancel a meeting", summaryZH: "取消调解", example: ReasonInput{Reason: "当事人外出"},
		description: "Takes an arranged meeting back, with the reason. Its number is not given again.",
	}, "meeting", func(in *cancelMeetingInput) (string, mediation.Cancellation) {
		return in.Case, mediation.Cancellation{Number: in.Meeting, Reason: in.Body.Reason}
	}, (*casework.Service).CancelMeeting)
}

func exampleMeeting() MeetingInput {
	return MeetingInput{
		StartedAt: exampleMoment(), Place: "孙武镇调解室", RightsTold: true,
		Content: "双方各自陈述，调解员讲解相邻关系的规定。", Result: MeetingResultCode(mediation.MeetingContinue),
		Attendees: []AttendeeInput{
			{Name: "张三", Role: AttendeeRoleCode(mediation.AttendeeParty), Party: exampleParty},
			{Name: "李四", Role: AttendeeRoleCode(mediation.AttendeeParty), Party: exampleOther},
			{Name: "李调解员", Role: AttendeeRoleCode(mediation.AttendeeMediator)},
		},
	}
}
