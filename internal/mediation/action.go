package mediation

import (
	"errors"
	"slices"
	"time"
)

// ActionState is what one person may do with one case now, or why not.
type ActionState struct {
	Verb    Verb
	Action  Action
	Allowed bool
	Missing []Missing // empty when allowed
	// Ahead is what the next step will want: whoever closes a case sees the papers that its file still lacks.
	Ahead []Missing
}

// Missing is one reason why something cannot be done now: the code that the verb itself would refuse with, and what to do.
type Missing struct {
	Code    string
	Pointer string // into the case, or ""
	ZH, EN  string
}

// Action is what a person needs the permission for to do the verb.
func (v Verb) Action() Action { return Action("case." + string(v)) }

// Actions lists every verb that can be done to an existing case: whether this person may do it now, and what is missing.
// The answer is the verb's own: what is allowed here succeeds with a sound command, what is not fails for this reason.
func (c Case) Actions(by Actor, at time.Time) []ActionState {
	var all []ActionState
	for _, row := range matrix {
		if slices.Equal(row.Moves[0].From, beforeExistence) {
			continue
		}
		state := ActionState{Verb: row.Verb, Action: row.Verb.Action(), Missing: c.reasonsAgainst(row.Verb, by, at)}
		state.Allowed = len(state.Missing) == 0
		if row.Verb == VerbClose && c.Can(VerbClose) == nil {
			state.Ahead = missingOf(fileComplete(c, at))
		}
		if row.Verb == VerbRestrict && state.Allowed {
			state.Ahead = c.adviceToRestrict()
		}
		all = append(all, state)
	}
	return all
}

func (c Case) reasonsAgainst(verb Verb, by Actor, at time.Time) []Missing {
	if err := c.Permit(by, verb.Action()); err != nil {
		return reasons(err)
	}
	if err := c.Can(verb); err != nil {
		return reasons(err)
	}
	return missingOf(c.missing(verb, at))
}

func missingOf(fields []FieldError) []Missing {
	var missing []Missing
	for _, field := range fields {
		missing = append(missing, Missing{field.Code, field.Pointer, field.MessageZH, field.Message})
	}
	return missing
}

func reasons(err error) []Missing {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return []Missing{{Code: "unavailable", EN: err.Error(), ZH: err.Error()}}
	}
	return []Missing{{Code: refusal.Code, ZH: refusal.MessageZH, EN: refusal.Message}}
}

// unassigned are the writes that a mediator may do on a case of others: a danger and a conflict of one's own are told by
// whoever sees them.
var unassigned = []Action{ActionCaseRead, ActionCaseActions, ActionCaseJournal, ActionCaseNames, ActionAttachmentList, ActionAttachmentRead, ActionCaseReportDanger, ActionCaseRecuse}

// recusedDirector is what a director may still do with a case from which she is recused: see to it that others do it.
var recusedDirector = []Action{
	ActionCaseRead, ActionCaseActions, ActionCaseSuggest, ActionCaseAssign, ActionCaseReassign, ActionCaseRecuse,
}

// Permit is Permit for this case: NotFound "unknown-case" for somebody who does not see it (Scope), Forbidden "recused" for
// somebody who was recused from it, "conflict-of-interest" for somebody with a tie to it, and "not-assigned" where the
// actor's roles may do it in cases of their own only, and this is none of them: for a mediator one that others mediate.
func (c Case) Permit(by Actor, action Action) error {
	if err := Permit(by, action); err != nil {
		return err
	}
	if !by.Scope().Sees(c) {
		return UnknownCase()
	}
	if !slices.Contains(by.Roles, RoleDirector) || !slices.Contains(recusedDirector, action) {
		if err := c.away(by); err != nil {
			return err
		}
	}
	if !c.within(by, action) {
		return Fail(Forbidden, "not-assigned",
			"Others mediate this case: ask the director to assign it to you.", "本案由其他调解员办理，请联系调委会主任指派。")
	}
	return nil
}

// away is why somebody must keep away from the case, or nil.
func (c Case) away(by Actor) error {
	switch {
	case c.Recused(by.Principal):
		return Fail(Forbidden, "recused",
			"You are recused from this case: the director assigns somebody else.", "您应当回避本案，请由调委会主任另行指派。")
	case by.Ties != nil && by.Ties.With(c.ID, c.Parties):
		return Fail(Forbidden, "conflict-of-interest",
			"You have a conflict of interest in this case and keep away from it: the director assigns somebody else.",
			"您与本案存在利害关系，应当回避，请由调委会主任另行指派。")
	}
	return nil
}
