package mediation

import (
	"slices"
	"strings"
)

// reach is how far a role of its own sees into a tenant. Whoever mediates a case, or was invited to it, sees that case
// beside.
type reach int

const (
	reachOwn     reach = iota // the cases that one mediates or was invited to
	reachVillage              // those, and the cases of the membership's villages
	reachTenant               // every case of the tenant that is not restricted
	reachAll                  // every case
)

// Scope is which cases of a tenant somebody sees, derived once per request from the actor. What is outside is, for that
// person, not there: the answer is the one for a case that never was. Sees tells it of one case; the store's lists, counts
// and searches follow the same rule in SQL, and a test holds the two equal.
//
// Row-level security keeps tenants from each other whatever the statements say; the scope keeps people of one tenant from
// what is not theirs. The one is the database's, the other is ours.
type Scope struct {
	Whole      bool     // every case that is not restricted
	Restricted bool     // the restricted ones too
	Villages   []string // codes of villages, 12 digits, or the beginnings of some
	Person     Principal
	Day        string // today in China, 2006-01-02, by the clock that judged the memberships; without it no invitation holds
}

// Scope is what the actor's roles and villages make of it.
func (a Actor) Scope() Scope {
	scope := Scope{Person: Principal{Issuer: a.Issuer, Subject: a.Subject}, Day: a.Day}
	for _, role := range a.Roles {
		row, _ := role.row()
		switch row.Reach {
		case reachAll:
			scope.Whole, scope.Restricted = true, true
		case reachTenant:
			scope.Whole = true
		case reachVillage:
			scope.Villages = a.Villages
		case reachOwn: // what the person is assigned or invited to, as everybody else
		}
	}
	return scope
}

// Sees tells whether the case is there for the person.
func (s Scope) Sees(c Case) bool {
	named := c.Assigned(s.Person) || c.Invited(s.Person, s.Day)
	if c.Restriction != "" {
		return named || s.Restricted
	}
	return named || s.Whole || inOneOf(s.Villages, c.PlaceCode)
}

// inOneOf tells whether the place lies in one of the villages.
func inOneOf(villages []string, place string) bool {
	return slices.ContainsFunc(villages, func(village string) bool { return village != "" && strings.HasPrefix(place, village) })
}

// Tells tells whether a notice about the case is there for the person to whom it went. One of a restricted case that is not
// there for them any more says nothing, unless it is the one that says so.
func (s Scope) Tells(n Notice, of Case) bool {
	return of.Restriction == "" || slices.Contains(Farewells, n.Kind) || s.Sees(of)
}

// Farewells are the notices by which somebody learns that a case is no longer theirs.
var Farewells = []NoticeKind{NoticeReleased, NoticeRecused}

// Files is nil when the person may bring a dispute of this place in: Invalid "place-not-yours" for somebody who works in
// villages and gives another place, or none.
func (s Scope) Files(placeCode string) error {
	if s.Whole || inOneOf(s.Villages, placeCode) {
		return nil
	}
	en, zh := "Give the code of one of your own villages.", "请填写本人负责的村（社区）代码。"
	return Fail(Invalid, "place-not-yours", "You file disputes of your own villages.", "您只能登记本人负责村（社区）的纠纷。").
		WithFields(FieldError{Pointer: "/placeCode", Code: "place-not-yours", Message: en, MessageZH: zh})
}

// looking is what somebody does who sees a case of others through a village or an invitation: look, behind the mask.
var looking = []Action{
	ActionCaseList, ActionCaseRead, ActionCaseActions, ActionCaseJournal, ActionClockList, ActionAttachmentList, ActionAttachmentRead,
}

// within tells whether one of the actor's roles may do the action on this case, which the actor sees: a role of the whole
// tenant anywhere, a mediator's where nobody mediates yet or where it is theirs, any other where the actor mediates; and
// all may look.
func (c Case) within(by Actor, action Action) bool {
	mine := c.Assigned(by.Principal)
	keeper := slices.Contains(by.Roles, RoleDirector) || slices.Contains(by.Roles, RoleClerk)
	line := action.may()
	return slices.ContainsFunc(by.Roles, func(role Role) bool {
		row, _ := role.row()
		if strings.IndexByte(line, row.Letter) < 0 {
			return false
		}
		switch {
		case mine:
			return true
		case row.Reach < reachTenant:
			return slices.Contains(looking, action)
		case role == RoleMediator && !keeper:
			return len(c.Mediators) == 0 || slices.Contains(unassigned, action)
		}
		return true
	})
}
