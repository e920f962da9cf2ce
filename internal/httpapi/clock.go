package httpapi

import (
	"context"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ClockView is one deadline of a case with everything that it follows from.
type ClockView struct {
	Rule    string       `json:"rule" example:"mediation" doc:"Stable code of the rule."`
	Title   string       `json:"title" example:"Mediation" doc:"In the language of Content-Language, like every text here."`
	About   string       `json:"about,omitempty" example:"/agreement/instalments/2" doc:"What of the case it is about; absent for the case itself."`
	State   string       `json:"state" enum:"running,paused,due-soon,overdue,done" example:"running"`
	Words   string       `json:"words" example:"running" doc:"The state in words."`
	Binding string       `json:"binding" enum:"statute,local,proposed" example:"statute" doc:"statute: law, regulation or ministry rule; local: a rule of the province, county or town; proposed: good practice, no text demands it."`
	Basis   []SourceView `json:"basis" nullable:"false" doc:"Where the rule stands."`
	Note    string       `json:"note,omitempty" example:"One month is counted as a calendar month." doc:"How an unclear text was read, and why."`
	Length  int          `json:"length" example:"1"`
	Unit    string       `json:"unit" enum:"hour,day,workday,month,date" example:"month"`

	Event     string     `json:"event" example:"acceptance" doc:"What started it."`
	StartedAt time.Time  `json:"startedAt" example:"2026-11-23T09:00:00+08:00"`
	FirstDay  string     `json:"firstDay,omitempty" format:"date" example:"2026-11-24" doc:"Day one of the count; none for hours."`
	Nominal   string     `json:"nominal,omitempty" format:"date" example:"2026-12-23" doc:"The last day before it moved past days that are not worked."`
	DueOn     string     `json:"dueOn,omitempty" format:"date" example:"2026-12-23" doc:"The last day in time; absent while it stands still."`
	DueAt     *time.Time `json:"dueAt,omitempty" example:"2026-12-24T00:00:00+08:00" doc:"The first moment that is too late; absent while it stands still."`
	WarnAt    *time.Time `json:"warnAt,omitempty" example:"2026-12-20T00:00:00+08:00" doc:"When it becomes due soon."`
	Remaining int        `json:"remaining,omitempty" doc:"While it stands still: what is then left, in the rule's unit (days for a month, minutes for hours)."`

	Skipped    []ClockDayView       `json:"skipped" nullable:"false" doc:"Days that did not count."`
	MakeUps    []ClockDayView       `json:"makeUps" nullable:"false" doc:"Weekend days that did count (调休)."`
	Rolled     []ClockDayView       `json:"rolled" nullable:"false" doc:"Days that the last day moved past."`
	Pauses     []ClockPauseView     `json:"pauses" nullable:"false"`
	Extensions []ClockExtensionView `json:"extensions" nullable:"false"`

	Explanation     []string `json:"explanation" nullable:"false" example:"[\"Starts with acceptance on 2026-11-23.\",\"One month: the last day is 2026-12-23.\"]" doc:"The whole computation for people, line by line."`
	RuleVersion     string   `json:"ruleVersion" example:"base-1"`
	CalendarVersion string   `json:"calendarVersion" example:"cn-2026.1"`
	AssumedYears    []int    `json:"assumedYears" nullable:"false" doc:"Years whose holidays were not published although they decided a day: it may still move."`
}

// SourceView is a law or rule and its article.
type SourceView struct {
	Law     string `json:"law" example:"人民调解工作若干规定"`
	Article string `json:"article,omitempty" example:"33"`
}

// ClockDayView is a day and why it counted or not.
type ClockDayView struct {
	Date   string `json:"date" format:"date" example:"2026-10-01"`
	Kind   string `json:"kind" example:"holiday"`
	Name   string `json:"name,omitempty" example:"National Day"`
	Notice string `json:"notice,omitempty" example:"国办发明电〔2025〕7号" doc:"Number of the State Council's notice."`
}

// ClockPauseView is what a suspension did to the clock.
type ClockPauseView struct {
	Reason  string     `json:"reason" example:"appraisal"`
	From    time.Time  `json:"from" example:"2026-11-26T09:00:00+08:00"`
	To      *time.Time `json:"to,omitempty" example:"2026-12-01T09:00:00+08:00" doc:"Absent while it lasts."`
	Stops   bool       `json:"stops" example:"false" doc:"Whether it holds this clock."`
	Days    int        `json:"days,omitempty" doc:"Added to the clock."`
	Minutes int        `json:"minutes,omitempty" doc:"Added to a clock of hours."`
}

// ClockExtensionView is what an extension did to the clock.
type ClockExtensionView struct {
	By     string `json:"by" example:"consent" doc:"consent of all parties, or approval."`
	Until  string `json:"until,omitempty" format:"date" example:"2027-01-22" doc:"The agreed last day."`
	Length int    `json:"length,omitempty"`
	Unit   string `json:"unit,omitempty" example:"day"`
	DueOn  string `json:"dueOn,omitempty" format:"date" example:"2027-01-22" doc:"The last day with this extension and those before it."`
}

type listClocksOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     struct {
		Items []ClockView `json:"items" nullable:"false"`
	}
}

func (a *API) registerClocks() {
	register(a, operation{
		id: "list-clocks", method: http.MethodGet, path: casesPath + "/{case}/clocks", tag: tagCases, action: mediation.ActionCaseRead,
		summary: "List a case's deadlines", summaryZH: "列出案件期限",
		statuses: []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "Every clock of the case in the order of its life, running or done, each explained: rule and article, start, days that did not count, " +
			"pauses, extensions, the last day, and the version of rule and calendar; in zh-CN or en by Accept-Language.",
	}, a.listClocks)
}

func (a *API) listClocks(ctx context.Context, in *CasePath) (*listClocksOutput, error) {
	e := exchangeOf(ctx)
	clocks, err := e.tenant.Clocks(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	out := &listClocksOutput{Language: string(e.language), Vary: "Accept-Language"}
	now := a.now()
	out.Body.Items = views(clocks, func(c casework.Clock) ClockView { return clockView(c, now, e.language) })
	return out, nil
}

func (l language) text(t deadline.Text) string { return l.pick(t.EN, t.ZH) }

// clockState is where the clock stands; what is done is neither due nor overdue any more.
func clockState(c casework.Clock, now time.Time) (string, deadline.Text) {
	if c.Done {
		return "done", deadline.Text{ZH: "已办结", EN: "done"}
	}
	state := c.Deadline.State(now)
	return string(state), state.Label()
}

func clockView(c casework.Clock, now time.Time, l language) ClockView {
	d, x := c.Deadline, c.Deadline.Explanation
	state, words := clockState(c, now)
	days := func(days []deadline.Day) []ClockDayView {
		return views(days, func(day deadline.Day) ClockDayView { return clockDayView(day, l) })
	}
	return ClockView{
		Rule: d.Rule.ID, Title: l.text(d.Rule.Title), About: c.About, State: state, Words: l.text(words),
		Binding: string(d.Rule.Binding), Note: l.text(d.Rule.Note), Length: d.Rule.Length, Unit: string(d.Rule.Unit),
		Basis: views(d.Rule.Basis, func(s deadline.Source) SourceView { return SourceView{Law: l.text(s.Law), Article: s.Article} }),
		Event: l.text(d.Rule.Start.Text), StartedAt: legal(d.Start), FirstDay: dateText(x.FirstDay), Nominal: dateText(d.Nominal),
		DueOn: dateText(d.DueDate), DueAt: legalPointer(moment(d.Due)), WarnAt: legalPointer(moment(d.WarnAt)), Remaining: d.Remaining,
		Skipped: days(x.Skipped), MakeUps: days(x.MakeUps), Rolled: days(x.Rolled),
		Pauses: views(x.Pauses, clockPauseView), Extensions: views(x.Extensions, clockExtensionView),
		Explanation: views(x.Lines, l.text), RuleVersion: d.RuleVersion, CalendarVersion: d.CalendarVersion,
		AssumedYears: append([]int{}, d.AssumedYears...),
	}
}

func clockDayView(day deadline.Day, l language) ClockDayView {
	return ClockDayView{Date: dateText(day.Date), Kind: string(day.Kind), Name: l.text(day.Name), Notice: day.Notice}
}

func clockPauseView(p deadline.PauseEffect) ClockPauseView {
	return ClockPauseView{
		Reason: string(p.Pause.Kind), From: legal(p.Pause.From), To: legalPointer(moment(p.Pause.To)), Stops: p.Stops, Days: p.Days, Minutes: p.Minutes}
}

func clockExtensionView(x deadline.ExtensionEffect) ClockExtensionView {
	return ClockExtensionView{
		By: string(x.Extension.By), Until: dateText(x.Extension.Until), Length: x.Extension.Length, Unit: string(x.Extension.Unit),
		DueOn: dateText(x.DueDate),
	}
}

// dateText writes a day, and no day as "".
func dateText(d deadline.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
