package postgres

import (
	"strings"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// inVillage asks for codes that begin with the village's: from the code itself up to what follows its last digit.
const (
	inVillage    = `c.place_code <> '' AND c.place_code COLLATE "C" >= ? AND c.place_code COLLATE "C" < ?`
	behindDigits = ":"
)

// addScope leaves what the person sees, as Scope.Sees tells it of one case. Here, and nowhere else, the rule stands in SQL.
// id is the column with the case's id; restricted is a condition that tells whether that case is.
func (f *filter) addScope(scope *mediation.Scope, id, restricted string) {
	if scope == nil || scope.Restricted {
		return
	}
	mine, person := theirs(*scope)
	if scope.Whole {
		f.add("(NOT "+restricted+" OR "+id+" IN ("+mine+"))", person...)
		return
	}
	for _, village := range scope.Villages {
		mine += ` UNION ALL SELECT c.id FROM cases c WHERE c.restricted IS NULL AND ` + inVillage
		person = append(person, village, village+behindDigits)
	}
	f.add(id+" IN ("+mine+")", person...)
}

// addTold leaves the notices that are there for the person, as Scope.Tells tells it of one.
func (f *filter) addTold(scope *mediation.Scope) {
	if scope == nil || scope.Restricted {
		return
	}
	mine, person := theirs(*scope)
	f.add("(n.kind = ANY (?) OR NOT "+restrictedTold+" OR n.case_id IN ("+mine+"))",
		append([]any{texts(mediation.Farewells)}, person...)...)
}

// theirs are the cases that a person mediates or was invited to.
func theirs(scope mediation.Scope) (statement string, args []any) {
	statement = `SELECT n.case_id FROM mediator n WHERE n.until IS NULL AND n.subject = ? AND n.issuer = ?
		UNION ALL SELECT i.case_id FROM invitation i WHERE i.subject = ? AND i.issuer = ? AND i.until >= NULLIF(?::text, '')::date`
	return statement, []any{scope.Person.Subject, scope.Person.Issuer, scope.Person.Subject, scope.Person.Issuer, scope.Day}
}

// The ways in which lists know a restricted case; where it is not their own row, by an index of these few.
const (
	restrictedRow   = "(c.restricted IS NOT NULL)"
	restrictedWords = "s.restricted"
	restrictedClock = "EXISTS (SELECT FROM cases r WHERE r.id = k.case_id AND r.restricted IS NOT NULL)"
	restrictedTold  = "EXISTS (SELECT FROM cases r WHERE r.id = n.case_id AND r.restricted IS NOT NULL)"
)

// invitationRows are the columns of a case's invitations, side by side.
func invitationRows(invitations []mediation.Invitation) (subjects, issuers, untils []string) {
	for _, i := range invitations {
		subjects, issuers, untils = append(subjects, i.Subject), append(issuers, i.Issuer), append(untils, i.Until)
	}
	return subjects, issuers, untils
}

// sameInvitations tells whether both say the same of who sees a case and until when.
func sameInvitations(a, b []mediation.Invitation) bool {
	key := func(list []mediation.Invitation) string {
		subjects, issuers, untils := invitationRows(list)
		return strings.Join(subjects, "\n") + "\n\n" + strings.Join(issuers, "\n") + "\n\n" + strings.Join(untils, "\n")
	}
	return key(a) == key(b)
}
