package registry

import "slices"

// Leave is a time in which a mediator is given no new case.
type Leave struct {
	ID   ID     `json:"id"`
	Kind string `json:"kind"`         // of the list leave-kinds
	From string `json:"from"`         // 2006-01-02
	To   string `json:"to,omitempty"` // last day, "" when it is not known yet
	Note string `json:"note,omitempty"`
}

// TakeLeave writes a leave down. Two leaves do not share a day: Conflict "leave-overlaps".
func (m Mediator) TakeLeave(leave Leave, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	var check checker
	check.code("/kind", leave.Kind, leaveKinds, 1)
	check.day("/from", leave.From, 1)
	check.day("/to", leave.To, 0)
	check.span("/to", leave.From, leave.To)
	leave.Note = check.text("/note", leave.Note, 0, maxNote)
	if err := check.err("invalid-leave", "The leave breaks a rule.", "请假内容不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	shares := func(other Leave) bool { return overlap(leave.From, leave.To, other.From, other.To) }
	if slices.ContainsFunc(m.Leaves, shares) {
		return Mediator{}, Entry{}, refuse(Conflict, "leave-overlaps",
			"The mediator is on leave in that time already; end that leave first.", "该期间已有请假，请先结束原请假。")
	}
	leave.ID = act.NewID()
	m.Leaves = append(slices.Clone(m.Leaves), leave)
	return m.moved("take-leave", act, leave.Note, []Change{{"/leaves/" + string(leave.ID), "", leave.From + "/" + leave.To}})
}

// EndLeave ends a leave with its last day; a leave that is to end before it began is struck out.
func (m Mediator) EndLeave(id ID, to string, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	at := slices.IndexFunc(m.Leaves, func(l Leave) bool { return l.ID == id })
	var check checker
	check.day("/to", to, 1)
	switch {
	case at < 0:
		check.fail("/leave", "unknown-leave", "Name a leave of this mediator.", "请填写该调解员的请假记录。")
	case to > until(m.Leaves[at].To):
		check.fail("/to", "ended-before", "The leave ends before that day; take another leave.", "该请假在此之前已经结束，请另行请假。")
	}
	if err := check.err("invalid-leave", "The leave breaks a rule.", "请假内容不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	change := Change{"/leaves/" + string(id), m.Leaves[at].From + "/" + m.Leaves[at].To, ""}
	m.Leaves = slices.Clone(m.Leaves)
	if to < m.Leaves[at].From {
		m.Leaves = slices.Delete(m.Leaves, at, at+1)
	} else {
		m.Leaves[at].To = to
		change.After = m.Leaves[at].From + "/" + to
	}
	return m.moved("end-leave", act, "", []Change{change})
}

// OnLeave gives the leave that covers a day.
func (m Mediator) OnLeave(day string) (Leave, bool) {
	for _, l := range m.Leaves {
		if covers(l.From, l.To, day) {
			return l, true
		}
	}
	return Leave{}, false
}

// nextLeave is the first leave that begins after a day and not after another.
func (m Mediator) nextLeave(after, last string) (Leave, bool) {
	var next Leave
	for _, l := range m.Leaves {
		if l.From > after && l.From <= last && (next.From == "" || l.From < next.From) {
			next = l
		}
	}
	return next, next.From != ""
}
