package mediation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is the stage a case stands in. A case has one stage; what runs beside it (suspension, confirmation,
// performance, referrals, dangers) are facets of their own, so that their combinations need no stages.
type State string

// The states.
const (
	StatePendingAcceptance State = "pending-acceptance"
	StateAccepted          State = "accepted"
	StateAssigned          State = "assigned"
	StateInvestigating     State = "investigating"
	StateMediating         State = "mediating"
	StateAgreed            State = "agreed"
	StateFailed            State = "failed"
	StateTerminated        State = "terminated"
	StateRefused           State = "refused"
	StateWithdrawn         State = "withdrawn"
	StateTransferred       State = "transferred"
	StateMerged            State = "merged"
	StateClosed            State = "closed"
	StateArchived          State = "archived"
)

// stateRow is a state with its words; ended says why mediation is over, or is empty while it goes on.
type stateRow struct {
	State            State
	ZH, EN           string
	EndedZH, EndedEN string
}

var states = []stateRow{
	{State: StatePendingAcceptance, ZH: "待受理", EN: "Pending acceptance"},
	{State: StateAccepted, ZH: "已受理", EN: "Accepted"},
	{State: StateAssigned, ZH: "已指派", EN: "Assigned"},
	{State: StateInvestigating, ZH: "调查中", EN: "Investigating"},
	{State: StateMediating, ZH: "调解中", EN: "Mediating"},
	{State: StateAgreed, ZH: "达成协议", EN: "Agreed"},
	{
		State: StateFailed, ZH: "调解不成", EN: "Failed",
		EndedZH: "调解不成，当事人可以依法通过仲裁、行政、司法途径维护权利", EndedEN: "mediation failed; arbitration, administrative and judicial roads remain",
	},
	{
		State: StateTerminated, ZH: "调解终止", EN: "Terminated",
		EndedZH: "调解已终止，需要再次调解的请重新登记", EndedEN: "mediation was terminated; file it anew if it is wanted again",
	},
	{
		State: StateRefused, ZH: "不予受理", EN: "Refused",
		EndedZH: "该案已决定不予受理，如情况有变请重新登记", EndedEN: "it was refused; file it anew if matters have changed",
	},
	{
		State: StateWithdrawn, ZH: "已撤回", EN: "Withdrawn",
		EndedZH: "该案已撤回，当事人仍愿意调解的请重新登记", EndedEN: "it was withdrawn; file it anew if mediation is wanted again",
	},
	{
		State: StateTransferred, ZH: "已移送", EN: "Transferred out",
		EndedZH: "该案已移送其他单位办理，被退回的请先收回", EndedEN: "another body handles it; take it back if it was returned",
	},
	{
		State: StateMerged, ZH: "已并案", EN: "Merged",
		EndedZH: "该案已并入其他案件，请在并入的案件中办理", EndedEN: "it was joined to another case; go on there",
	},
	{
		State: StateClosed, ZH: "已结案", EN: "Closed",
		EndedZH: "该案已结案，纠纷再起的请再次立案", EndedEN: "it was closed; reopen it as a new volume if the dispute has come back",
	},
	{
		State: StateArchived, ZH: "已归档", EN: "Archived",
		EndedZH: "该案已归档，纠纷再起的请再次立案", EndedEN: "its file is sealed; reopen it as a new volume if the dispute has come back",
	},
}

// Transition is one allowed step: what is done, from which state to which, the law that allows it, and what must hold.
type Transition struct {
	Verb           Verb
	From           State // "" before the case exists
	To             State
	Basis          string
	NeedZH, NeedEN string
}

// Transitions lists every allowed step, in the order of the matrix.
func Transitions() []Transition {
	var all []Transition
	for _, row := range matrix {
		all = append(all, row.transitions()...)
	}
	return all
}

func (r verbRow) transitions() []Transition {
	var steps []Transition
	for _, m := range r.Moves {
		for _, from := range m.From {
			to := m.To
			if to == stay {
				to = from
			}
			steps = append(steps, Transition{r.Verb, from, to, r.Basis, r.NeedZH, r.NeedEN})
		}
	}
	return steps
}

// States lists every state.
func States() []State {
	all := make([]State, 0, len(states))
	for _, row := range states {
		all = append(all, row.State)
	}
	return all
}

// Known tells whether the state is on the list.
func (s State) Known() bool { return slices.Contains(States(), s) }

// Ended tells whether mediation is over in this state: what remains is to close and archive, or another road.
func (s State) Ended() bool {
	row, _ := s.row()
	return row.EndedEN != ""
}

// Verbs lists what may be done in this state.
func (s State) Verbs() []Verb {
	var may []Verb
	for _, row := range matrix {
		if len(row.targets(s)) > 0 {
			may = append(may, row.Verb)
		}
	}
	return may
}

// targets are the states to which the verb can lead from a state; none when it is not possible there.
func (r verbRow) targets(from State) []State {
	var to []State
	for _, m := range r.Moves {
		if !slices.Contains(m.From, from) {
			continue
		}
		if m.To == stay {
			to = append(to, from)
		} else {
			to = append(to, m.To)
		}
	}
	return to
}

func (s State) row() (stateRow, bool) {
	for _, row := range states {
		if row.State == s {
			return row, true
		}
	}
	return stateRow{}, false
}

// Can tells whether the stage allows the verb; otherwise Conflict "case-state", which says what is allowed, and why.
func (c Case) Can(verb Verb) error {
	if row, known := verb.row(); known && len(row.targets(c.State)) > 0 {
		return nil
	}
	return notAllowed(verb, c.State)
}

// ready is Can, and that nothing the verb builds on is missing; otherwise Conflict "case-incomplete" with each gap.
func (c Case) ready(verb Verb, act Act) error {
	if err := c.Can(verb); err != nil {
		return err
	}
	if err := act.check(); err != nil {
		return err
	}
	missing := c.missing(verb, act.At)
	if len(missing) == 0 {
		return nil
	}
	label := verb.label()
	return Fail(Conflict, "case-incomplete",
		fmt.Sprintf("%q is not possible yet: see what is missing, put it right, then try again.", label.EN),
		fmt.Sprintf("暂时不能“%s”：请先补齐所列事项，再办理。", label.ZH)).WithFields(missing...)
}

// missing is what the verb builds on and the case does not have yet, given that the stage allows it.
func (c Case) missing(verb Verb, at time.Time) []FieldError {
	row, _ := verb.row()
	var missing []FieldError
	for _, guard := range row.Guards {
		missing = append(missing, guard(c, at)...)
	}
	return missing
}

func notAllowed(verb Verb, from State) error {
	row, known := from.row()
	if !known {
		return Fail(Conflict, "case-state", "The case does not exist yet: file it first.", "案件尚未登记，请先登记。")
	}
	var why, whyZH []string
	if row.EndedEN != "" {
		why, whyZH = append(why, row.EndedEN), append(whyZH, row.EndedZH)
	}
	if en, zh := verbWords(from.Verbs()); en != "" {
		why, whyZH = append(why, "in this state it can be: "+en), append(whyZH, "该状态下可以："+zh)
	}
	if en, zh := stateWords(verb); en != "" {
		why, whyZH = append(why, "it is possible when the case is: "+en), append(whyZH, "该事项可以在以下状态办理："+zh)
	}
	label := verb.label()
	return Fail(Conflict, "case-state",
		fmt.Sprintf("The case is %q, so %q is not possible: %s.", row.EN, label.EN, strings.Join(why, "; ")),
		fmt.Sprintf("案件当前为“%s”，不能“%s”：%s。", row.ZH, label.ZH, strings.Join(whyZH, "；")))
}

func verbWords(may []Verb) (en, zh string) {
	var wordsEN, wordsZH []string
	for _, verb := range may {
		label := verb.label()
		wordsEN, wordsZH = append(wordsEN, strings.ToLower(label.EN)), append(wordsZH, label.ZH)
	}
	return strings.Join(wordsEN, ", "), strings.Join(wordsZH, "、")
}

// stateWords are the states in which the verb is possible.
func stateWords(verb Verb) (en, zh string) {
	row, _ := verb.row()
	var wordsEN, wordsZH []string
	for _, m := range row.Moves {
		for _, from := range m.From {
			if state, known := from.row(); known && !slices.Contains(wordsEN, state.EN) {
				wordsEN, wordsZH = append(wordsEN, state.EN), append(wordsZH, state.ZH)
			}
		}
	}
	return strings.Join(wordsEN, ", "), strings.Join(wordsZH, "、")
}

// move takes the step that the matrix allows: next version, new state, journal entry. The receiver already carries
// what the verb changed.
func (c Case) move(verb Verb, act Act, reason string, changes []Change) (Case, Entry, error) {
	row, _ := verb.row()
	targets := row.targets(c.State)
	if len(targets) == 0 {
		return Case{}, Entry{}, notAllowed(verb, c.State)
	}
	return c.moveTo(targets[0], verb, act, reason, changes)
}

// moveTo is move where the matrix gives several ways to go.
func (c Case) moveTo(to State, verb Verb, act Act, reason string, changes []Change) (Case, Entry, error) {
	if err := act.check(); err != nil {
		return Case{}, Entry{}, err
	}
	row, _ := verb.row()
	if !slices.Contains(row.targets(c.State), to) {
		return Case{}, Entry{}, notAllowed(verb, c.State)
	}
	from := c.State
	c.State, c.UpdatedAt = to, act.At
	c.Version++
	c.Warnings = nil
	switch {
	case !to.Ended():
		c.EndedAt = nil
	case c.EndedAt == nil:
		at := act.At
		c.EndedAt = &at
	}
	entry := Entry{
		ID: act.NewID(), Case: c.ID, At: act.At, Actor: act.By, Verb: verb,
		From: from, To: to, Version: c.Version, Changes: changes, Reason: reason,
	}
	return c, entry, nil
}
