package registry

import (
	"slices"
	"time"
)

// FilingKind is what is filed with the judicial bureau (备案).
type FilingKind string

// The kinds of filing.
const (
	FilingNew    FilingKind = "new"
	FilingChange FilingKind = "change"
	FilingCancel FilingKind = "cancel"
)

// FilingState is where a filing stands.
type FilingState string

// The states of a filing.
const (
	FilingSubmitted FilingState = "submitted"
	FilingAccepted  FilingState = "filed"
	FilingReturned  FilingState = "returned"
)

// Filing is one filing with the bureau.
type Filing struct {
	ID          ID          `json:"id"`
	Kind        FilingKind  `json:"kind"`
	State       FilingState `json:"state"`
	Note        string      `json:"note,omitempty"`      // what is new, changed or ended
	Number      string      `json:"number,omitempty"`    // 备案号, given when it is accepted
	SubmittedOn string      `json:"submittedOn"`         // 2006-01-02
	DecidedOn   string      `json:"decidedOn,omitempty"` // 2006-01-02
	Reason      string      `json:"reason,omitempty"`    // why it was returned
	SubmittedBy Person      `json:"submittedBy"`
	DecidedBy   Person      `json:"decidedBy"` // nobody while it waits
}

// FilingDays is how long there is to file what was set up, changed or ended. No law says so: it is the rule of several
// counties, and calendar days.
const FilingDays = 30

// Owed is a filing that is still to be submitted; without a kind there is none.
type Owed struct {
	Kind  FilingKind `json:"kind,omitempty"`
	Since string     `json:"since,omitempty"` // the day of the first change that is not filed
}

// Due is the last day for it, or "" when nothing is owed.
func (w Owed) Due() string {
	since, err := time.Parse(time.DateOnly, w.Since)
	if w.Kind == "" || err != nil {
		return ""
	}
	return since.AddDate(0, 0, FilingDays).Format(time.DateOnly)
}

// changed is what is owed after a change of what is filed or being filed.
func (w Owed) changed(filings []Filing, day string) Owed {
	if w.Kind != "" || !Filed(filings) && pending(filings) == nil {
		return w
	}
	return Owed{FilingChange, day}
}

// ended is what is owed when somebody has gone, or an organisation is no more.
func ended(filings []Filing, day string) Owed {
	if !Filed(filings) && pending(filings) == nil {
		return Owed{}
	}
	return Owed{FilingCancel, day}
}

// returned is what is owed when the bureau gave the filing back.
func (w Owed) returned(kind FilingKind, decision FilingDecision, day string) Owed {
	if decision.Accepted || w.Kind == FilingCancel {
		return w
	}
	return Owed{kind, day}
}

// Pending is the kind of the filing that waits for an answer, or "".
func Pending(filings []Filing) FilingKind {
	if f := pending(filings); f != nil {
		return f.Kind
	}
	return ""
}

// FilingDecision is the bureau's answer.
type FilingDecision struct {
	Accepted bool
	Number   string // for a new filing
	Reason   string // for a return
}

// Filed tells whether a list of filings ends up filed: the last accepted one is not a cancellation.
func Filed(filings []Filing) bool {
	filed := false
	for _, f := range filings {
		if f.State == FilingAccepted {
			filed = f.Kind != FilingCancel
		}
	}
	return filed
}

// pending is the filing that waits for an answer, or nil.
func pending(filings []Filing) *Filing {
	for i := range filings {
		if filings[i].State == FilingSubmitted {
			return &filings[i]
		}
	}
	return nil
}

// submit adds a filing: new when nothing is filed, change or cancel when something is, one at a time.
func submit(filings []Filing, kind FilingKind, note string, act Act) ([]Filing, error) {
	var check checker
	check.code("/kind", string(kind), filingKinds, 1)
	note = check.text("/note", note, 0, maxNote)
	if err := check.err("invalid-filing", "The filing breaks a rule.", "备案内容不符合规定。"); err != nil {
		return nil, err
	}
	switch {
	case pending(filings) != nil:
		return nil, refuse(Conflict, "filing-pending", "A filing is waiting for its answer; wait for it first.", "已有备案待审核，请等待结果。")
	case kind == FilingNew && Filed(filings):
		return nil, refuse(Conflict, "already-filed", "This is filed already; file a change.", "已经备案，请办理变更备案。")
	case kind != FilingNew && !Filed(filings):
		return nil, refuse(Conflict, "not-filed", "This is not filed yet; file it as new first.", "尚未备案，请先办理新设备案。")
	}
	return append(slices.Clone(filings), Filing{
		ID: act.NewID(), Kind: kind, State: FilingSubmitted, Note: note, SubmittedOn: LegalDay(act.At), SubmittedBy: act.By,
	}), nil
}

// decide answers the filing that waits.
func decide(filings []Filing, decision FilingDecision, act Act) ([]Filing, error) {
	changed := slices.Clone(filings)
	f := pending(changed)
	if f == nil {
		return nil, refuse(Conflict, "no-filing-pending", "No filing waits for an answer.", "没有待审核的备案。")
	}
	var check checker
	if decision.Accepted {
		f.State, f.Number = FilingAccepted, check.text("/number", decision.Number, needed(f.Kind == FilingNew), maxName)
	} else {
		f.State, f.Reason = FilingReturned, check.text("/reason", decision.Reason, 1, maxNote)
	}
	f.DecidedOn, f.DecidedBy = LegalDay(act.At), act.By
	if f.DecidedOn < f.SubmittedOn {
		check.fail("/decidedOn", "before-it-was-submitted", "It cannot be decided before it was submitted.", "审核日期不能早于提交日期。")
	}
	return changed, check.err("invalid-filing-decision", "The decision breaks a rule.", "备案审核内容不符合规定。")
}

func needed(is bool) int {
	if is {
		return 1
	}
	return 0
}

// SubmitFiling files the organisation with the bureau. What the law wants must be there: Conflict "not-ready-for-filing"
// lists the gaps. A dissolved organisation can only be cancelled.
func (o Organisation) SubmitFiling(kind FilingKind, note string, act Act) (Organisation, Entry, error) {
	if err := act.check(); err != nil {
		return Organisation{}, Entry{}, err
	}
	if kind != FilingCancel {
		if err := o.ready(act); err != nil {
			return Organisation{}, Entry{}, err
		}
		if gaps := o.Gaps(); len(gaps) > 0 {
			return Organisation{}, Entry{}, notReady(gaps)
		}
	}
	filings, err := submit(o.Filings, kind, note, act)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	o.Filings, o.Owes = filings, Owed{}
	return o.moved("submit-filing", act, note, []Change{{"/filings", "", string(kind)}})
}

// DecideFiling takes the bureau's answer down.
func (o Organisation) DecideFiling(decision FilingDecision, act Act) (Organisation, Entry, error) {
	if err := act.check(); err != nil {
		return Organisation{}, Entry{}, err
	}
	filings, err := decide(o.Filings, decision, act)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	changes := []Change{decided(o.Filings, decision)}
	o.Owes = o.Owes.returned(Pending(o.Filings), decision, LegalDay(act.At))
	o.Filings = filings
	return o.moved("decide-filing", act, decision.Reason, changes)
}

// SubmitFiling files the mediator with the bureau; the identity must have been verified (实名登记).
func (m Mediator) SubmitFiling(kind FilingKind, note string, act Act) (Mediator, Entry, error) {
	if err := act.check(); err != nil {
		return Mediator{}, Entry{}, err
	}
	if kind != FilingCancel {
		if err := m.ready(act); err != nil {
			return Mediator{}, Entry{}, err
		}
		if gaps := m.Gaps(); len(gaps) > 0 {
			return Mediator{}, Entry{}, notReady(gaps)
		}
	}
	filings, err := submit(m.Filings, kind, note, act)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	m.Filings, m.Owes = filings, Owed{}
	return m.moved("submit-filing", act, note, []Change{{"/filings", "", string(kind)}})
}

// DecideFiling takes the bureau's answer down.
func (m Mediator) DecideFiling(decision FilingDecision, act Act) (Mediator, Entry, error) {
	if err := act.check(); err != nil {
		return Mediator{}, Entry{}, err
	}
	filings, err := decide(m.Filings, decision, act)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	changes := []Change{decided(m.Filings, decision)}
	m.Owes = m.Owes.returned(Pending(m.Filings), decision, LegalDay(act.At))
	m.Filings = filings
	return m.moved("decide-filing", act, decision.Reason, changes)
}

// decided is what the history says of an answer.
func decided(filings []Filing, decision FilingDecision) Change {
	change := Change{Field: "/filings/" + string(pending(filings).ID), Before: string(FilingSubmitted), After: string(FilingReturned)}
	if decision.Accepted {
		change.After = string(FilingAccepted)
	}
	return change
}

func notReady(gaps []FieldError) error {
	return refuse(Conflict, "not-ready-for-filing", "Complete the record first, then file it.", "请先补全信息，再办理备案。", gaps...)
}
