package mediation

import (
	"fmt"
	"slices"
	"strings"
)

// State is where a case stands. The states of 指派, 调查, 调解 and what follows join as rows of states and transitions.
type State string

// The states.
const (
	StatePendingAcceptance State = "pending-acceptance"
	StateAccepted          State = "accepted"
	StateRefused           State = "refused"
	StateWithdrawn         State = "withdrawn"
)

// Verb is something that is done to a case.
type Verb string

// The verbs.
const (
	VerbFile     Verb = "file"
	VerbCorrect  Verb = "correct"
	VerbAccept   Verb = "accept"
	VerbRefuse   Verb = "refuse"
	VerbWithdraw Verb = "withdraw"
)

// stateRow is a state with its words; ended says why nothing more can be done, or is empty while something can.
type stateRow struct {
	State            State
	ZH, EN           string
	EndedZH, EndedEN string
}

var states = []stateRow{
	{State: StatePendingAcceptance, ZH: "待受理", EN: "Pending acceptance"},
	{State: StateAccepted, ZH: "已受理", EN: "Accepted"},
	{
		State: StateRefused, ZH: "不予受理", EN: "Refused",
		EndedZH: "该案已决定不予受理，如情况有变请重新登记", EndedEN: "it was refused; file it anew if matters have changed",
	},
	{
		State: StateWithdrawn, ZH: "已撤回", EN: "Withdrawn",
		EndedZH: "该案已撤回，当事人仍愿意调解的请重新登记", EndedEN: "it was withdrawn; file it anew if mediation is wanted again",
	},
}

var verbs = []Code{
	{Code: string(VerbFile), ZH: "登记", EN: "File"},
	{Code: string(VerbCorrect), ZH: "更正", EN: "Correct"},
	{Code: string(VerbAccept), ZH: "受理", EN: "Accept"},
	{Code: string(VerbRefuse), ZH: "不予受理", EN: "Refuse"},
	{Code: string(VerbWithdraw), ZH: "撤回", EN: "Withdraw"},
}

// Transition is one allowed step: what is done, from which state to which, and the law that allows it.
type Transition struct {
	Verb  Verb
	From  State // "" before the case exists
	To    State
	Basis string
}

// transitions is the whole life of a case. What is not here is not allowed.
var transitions = []Transition{
	{VerbFile, "", StatePendingAcceptance, "L17, L18, L27; P23"},
	{VerbCorrect, StatePendingAcceptance, StatePendingAcceptance, "L27"},
	{VerbCorrect, StateAccepted, StateAccepted, "L27"},
	{VerbAccept, StatePendingAcceptance, StateAccepted, "L17–19; P20–24"},
	{VerbRefuse, StatePendingAcceptance, StateRefused, "P22, P24"},
	{VerbWithdraw, StatePendingAcceptance, StateWithdrawn, "L23"},
	{VerbWithdraw, StateAccepted, StateWithdrawn, "L23"},
}

// Transitions lists every allowed step.
func Transitions() []Transition { return slices.Clone(transitions) }

// States lists every state.
func States() []State {
	all := make([]State, 0, len(states))
	for _, row := range states {
		all = append(all, row.State)
	}
	return all
}

// Verbs lists every verb.
func Verbs() []Verb {
	all := make([]Verb, 0, len(verbs))
	for _, row := range verbs {
		all = append(all, Verb(row.Code))
	}
	return all
}

// Known tells whether the state is on the list.
func (s State) Known() bool { return slices.Contains(States(), s) }

// Ended tells whether nothing more can be done with a case in this state.
func (s State) Ended() bool {
	row, _ := s.row()
	return row.EndedEN != ""
}

// Verbs lists what may be done in this state.
func (s State) Verbs() []Verb {
	var may []Verb
	for _, step := range transitions {
		if step.From == s {
			may = append(may, step.Verb)
		}
	}
	return may
}

func (s State) row() (stateRow, bool) {
	for _, row := range states {
		if row.State == s {
			return row, true
		}
	}
	return stateRow{}, false
}

// Can tells whether the verb is allowed now; otherwise Conflict "case-state", which says what is, and why.
func (c Case) Can(verb Verb) error {
	_, err := step(verb, c.State)
	return err
}

func step(verb Verb, from State) (Transition, error) {
	for _, t := range transitions {
		if t.Verb == verb && t.From == from {
			return t, nil
		}
	}
	return Transition{}, notAllowed(verb, from)
}

func notAllowed(verb Verb, from State) error {
	row, known := from.row()
	if !known {
		return Fail(Conflict, "case-state", "The case does not exist yet: file it first.", "案件尚未登记，请先登记。")
	}
	whyEN, whyZH := row.EndedEN, row.EndedZH
	if whyEN == "" {
		en, zh := verbWords(from.Verbs())
		whyEN = fmt.Sprintf("in this state it can be: %s", en)
		whyZH = fmt.Sprintf("该状态下可以：%s", zh)
	}
	label := labelOf(verbs, string(verb))
	return Fail(Conflict, "case-state",
		fmt.Sprintf("The case is %q, so %q is not possible: %s.", row.EN, label.EN, whyEN),
		fmt.Sprintf("案件当前为“%s”，不能“%s”：%s。", row.ZH, label.ZH, whyZH))
}

func verbWords(may []Verb) (en, zh string) {
	var wordsEN, wordsZH []string
	for _, verb := range may {
		label := labelOf(verbs, string(verb))
		wordsEN, wordsZH = append(wordsEN, strings.ToLower(label.EN)), append(wordsZH, label.ZH)
	}
	return strings.Join(wordsEN, ", "), strings.Join(wordsZH, "、")
}

// move takes the step that the table allows: next version, new state, journal entry. The receiver already carries
// what the verb changed.
func (c Case) move(verb Verb, act Act, reason string, changes []Change) (Case, Entry, error) {
	if err := act.check(); err != nil {
		return Case{}, Entry{}, err
	}
	t, err := step(verb, c.State)
	if err != nil {
		return Case{}, Entry{}, err
	}
	c.State, c.UpdatedAt = t.To, act.At
	c.Version++
	c.Warnings = nil
	if t.To.Ended() {
		at := act.At
		c.EndedAt = &at
	}
	entry := Entry{
		ID: act.NewID(), Case: c.ID, At: act.At, Actor: act.By, Verb: verb,
		From: t.From, To: t.To, Version: c.Version, Changes: changes, Reason: reason,
	}
	return c, entry, nil
}
