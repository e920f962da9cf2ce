package mediation

import (
	"errors"
	"slices"
	"time"
)

// LeadScope says whose leads somebody sees. It is derived once per request and given to list, count and read alike.
type LeadScope struct {
	// ReportedBy sees their own only, and those of Villages; nil sees all.
	ReportedBy *Principal
	Villages   []string // codes, or the beginnings of some, as Scope has them
}

// LeadScopeOf is every lead for who may see what others reported; one's own for a grid worker and a liaison; those and the
// village's for a village mediator.
func LeadScopeOf(by Actor) LeadScope {
	if Permit(by, ActionLeadAll) == nil {
		return LeadScope{}
	}
	own := Principal{Issuer: by.Issuer, Subject: by.Subject}
	return LeadScope{ReportedBy: &own, Villages: by.Scope().Villages}
}

// Holds tells whether the lead lies in the scope.
func (s LeadScope) Holds(l Lead) bool {
	return s.ReportedBy == nil || (l.ReportedBy == s.ReportedBy.Subject && l.ReporterIssuer == s.ReportedBy.Issuer) || inOneOf(s.Villages, l.PlaceCode)
}

// SortFoundDescending and what follows are orders of lists of leads, beside SortUpdated.
const SortFoundDescending = "-found_at"

// LeadQuery filters, orders and cuts a list of leads. Filters of one field are alternatives, fields are conditions.
type LeadQuery struct {
	States       []LeadState
	Sources      []LeadSource
	Types        []DisputeType
	Round        ID
	Case         ID // that it became or joined
	Grid         string
	Serial       string     // the whole 线索编号
	FoundFrom    *time.Time // inclusive
	FoundTo      *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Scope        LeadScope
	Sort         string    // SortFoundDescending (default) or SortUpdated
	After        *Position // continue behind this place
	Limit        int       // 1 to MaximumLimit; 0 is DefaultLimit
}

// Checked fills defaults, or is Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (q LeadQuery) Checked() (LeadQuery, error) {
	var check checker
	checkCodes(&check, "/state", q.States, LeadState.Known)
	checkCodes(&check, "/source", q.Sources, LeadSource.Known)
	checkCodes(&check, "/type", q.Types, DisputeType.Known)
	q.Grid = check.text("/grid", q.Grid, 0, maxFilterValueInRunes, oneLine)
	q.Serial = check.text("/serial", q.Serial, 0, maxFilterValueInRunes, oneLine)
	if q.FoundFrom != nil && q.FoundTo != nil && !q.FoundFrom.Before(*q.FoundTo) {
		check.fail("/found_to", "empty-range", "found_to must be later than found_from.", "found_to 必须晚于 found_from。")
	}
	switch q.Sort {
	case "":
		q.Sort = SortFoundDescending
	case SortFoundDescending, SortUpdated:
	default:
		check.fail("/sort", "unknown-code", "Sort by -found_at or updated_at.", "排序方式只能是 -found_at 或 updated_at。")
	}
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// Known tells whether the state is on the list.
func (s LeadState) Known() bool { return listed(leadStates, string(s)) }

// RoundQuery filters and cuts a list of screening rounds, newest first.
type RoundQuery struct {
	States []RoundState
	Grid   string // assigned in the round
	On     string // a day within the round, 2006-01-02
	After  *Position
	Limit  int
}

// Checked fills defaults, or is Invalid "invalid-query".
func (q RoundQuery) Checked() (RoundQuery, error) {
	var check checker
	checkCodes(&check, "/state", q.States, func(s RoundState) bool { return listed(roundStates, string(s)) })
	q.Grid = check.text("/grid", q.Grid, 0, maxFilterValueInRunes, oneLine)
	if _, err := time.Parse(time.DateOnly, q.On); q.On != "" && err != nil {
		check.fail("/on", "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// LeadActionState is what one person may do with one lead now, or why not.
type LeadActionState struct {
	Verb    LeadVerb
	Action  Action
	Allowed bool
	Missing []Missing // empty when allowed
	// Ahead is what the lead does not say and the command must: the parties, their sides, the type.
	Ahead []Missing
}

// Action is what a person needs the permission for to do the verb.
func (v LeadVerb) Action() Action { return Action("lead." + string(v)) }

// Label gives the verb's words.
func (v LeadVerb) Label() Code { return labelOf(leadVerbs, string(v)) }

// Actions lists every verb that can be done to a lead that exists: whether this person may do it now, and what is missing.
func (l Lead) Actions(by Actor, at time.Time) []LeadActionState {
	var all []LeadActionState
	for _, verb := range []LeadVerb{LeadCorrect, LeadBecomeCase, LeadJoinCase, LeadClose} {
		state := LeadActionState{Verb: verb, Action: verb.Action()}
		if err := l.Permit(by, verb.Action()); err != nil {
			state.Missing = reasons(err)
		} else if err := l.Can(verb); err != nil {
			state.Missing = reasons(err)
		}
		state.Allowed = len(state.Missing) == 0
		if state.Allowed && verb == LeadBecomeCase {
			state.Ahead = l.undecided(at)
		}
		all = append(all, state)
	}
	return all
}

// undecided is what keeps the lead as it stands from being a filing.
func (l Lead) undecided(at time.Time) []Missing {
	_, err := l.Filing().Checked(at)
	var refusal *Error
	if !errors.As(err, &refusal) {
		return nil
	}
	return missingOf(refusal.Fields)
}

// tiedDirectorOfLead is what a director may still do with a lead to which she has a tie: see, without names, that others
// deal with it.
var tiedDirectorOfLead = []Action{ActionLeadRead, ActionLeadActions}

// Permit is Permit for this lead: Forbidden "conflict-of-interest" for somebody with a tie to one of its parties, or to
// the case that it became or joined.
func (l Lead) Permit(by Actor, action Action) error {
	if err := Permit(by, action); err != nil {
		return err
	}
	if slices.Contains(by.Roles, RoleDirector) && slices.Contains(tiedDirectorOfLead, action) {
		return nil
	}
	if by.Ties != nil && by.Ties.With(l.Case, l.Parties) {
		return Fail(Forbidden, "conflict-of-interest",
			"You have a conflict of interest in this lead and keep away from it: a colleague deals with it.",
			"您与本线索存在利害关系，应当回避，请由其他人员处理。")
	}
	return nil
}

// Shut is the lead as a list shows it to somebody who may not open it: that there is one, where it stands and since when.
func (l Lead) Shut() Lead {
	return Lead{
		ID: l.ID, Tenant: l.Tenant, Version: l.Version, State: l.State, Serial: l.Serial,
		LeadContent: LeadContent{Source: l.Source, Type: l.Type, Cause: masked, FoundAt: l.FoundAt},
		ReportedAt:  l.ReportedAt, ReportedBy: l.ReportedBy, ReporterIssuer: l.ReporterIssuer, UpdatedAt: l.UpdatedAt, EndedAt: l.EndedAt,
	}
}

// namedInLead are the parts of a lead in which people are named.
var namedInLead = []string{"/parties", "/reporter"}

// Masked is the entry behind a mask; which fields changed stays.
func (e LeadEntry) Masked(m Mask) LeadEntry {
	e.Changes = maskedChanges(e.Changes, namedInLead, m)
	return e
}
