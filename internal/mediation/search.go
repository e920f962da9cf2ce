package mediation

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a search.
const (
	maxSearch      = 32 // characters
	maxSearchTerms = 8
)

// Sight is how far into cases somebody's search looks. The zero value sees titles and numbers, as everybody does who may
// list cases.
type Sight struct {
	Named  bool      // may see whom a case is about: places, parties, facts and claims are searched too
	Person Principal // of cases from which this person is recused, titles and numbers only
	Shut   []ID      // and of these, with which the person has a tie
}

// SightOf is the sight of an actor. It follows what shows a case (Case.Permit with ActionCaseNames): nobody finds a case
// by what would be hidden from them, or a count of hits would tell a name.
func SightOf(a Actor) Sight {
	return Sight{Named: Permit(a, ActionCaseNames) == nil, Person: a.Principal}
}

// Looks tells whether what is searched for, and by whom, needs Shut: where nobody's names are searched nothing is shut.
func (s Sight) Looks(text string) bool { return s.Named && text != "" }

// QueryProblem is Invalid "invalid-query" for one parameter; the pointer is a slash and its name.
func QueryProblem(pointer, code, en, zh string) error {
	var check checker
	check.fail(pointer, code, en, zh)
	return check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// search checks what is searched for: up to 8 terms, 32 characters in all, parted by blanks.
func (c *checker) search(pointer, text string) string {
	if text == "" {
		return ""
	}
	if text = c.text(pointer, text, 1, maxSearch, oneLine); !utf8.ValidString(text) {
		return ""
	}
	if len(strings.Fields(text)) > maxSearchTerms {
		c.fail(pointer, "too-many", fmt.Sprintf("Search for at most %d terms.", maxSearchTerms), fmt.Sprintf("检索词最多 %d 个。", maxSearchTerms))
	}
	return text
}

// moments checks a range of two moments, of which either may be missing.
func (c *checker) moments(from, to *time.Time, fromName, toName string) {
	if from != nil && to != nil && !from.Before(*to) {
		c.fail("/"+toName, "empty-range", toName+" must be later than "+fromName+".", toName+" 必须晚于 "+fromName+"。")
	}
}

// days checks a range of two days, both included; "" is open.
func (c *checker) days(from, to, fromName, toName string) {
	before := len(c.fields)
	for _, given := range []struct{ name, day string }{{fromName, from}, {toName, to}} {
		parsed, err := time.Parse(time.DateOnly, given.day)
		switch {
		case given.day == "":
		case err != nil:
			c.fail("/"+given.name, "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
		case parsed.Year() < 1900:
			c.fail("/"+given.name, "out-of-range", "The day lies before 1900.", "日期不能早于 1900 年。")
		}
	}
	if from != "" && to != "" && from > to && len(c.fields) == before {
		c.fail("/"+toName, "empty-range", toName+" must not be before "+fromName+".", toName+" 不得早于 "+fromName+"。")
	}
}
