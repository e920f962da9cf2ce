package mediation

import (
	"slices"
	"strconv"
	"time"
)

// Request is who asks and, for a write, under which idempotency key.
type Request struct {
	Actor Actor
	Key   *Key // nil: no Idempotency-Key was given
}

// Key makes a write happen once however often it is sent.
type Key struct {
	Principal   string // Principal.ID of the caller
	Key         string // the header's value, 1 to 255 visible ASCII characters
	Fingerprint string // hex of sha256 over method, path, conditions and canonical body
}

// Receipt is what remains of a write: enough to answer a repetition, and nothing personal.
type Receipt struct {
	ID       string
	Version  int64
	Created  bool
	Replayed bool // the write had been done before; nothing was done now
}

// Position is a place in a list that is sorted by a moment and then by id.
type Position struct {
	At time.Time
	ID ID
}

// Total counts a list; beyond 10,000 it only says "at least".
type Total struct {
	Value   int
	Exact   bool
	Pending int // cases that a search could not look into yet, at most 1,000 of them counted; 0 for a list without one
}

// Sort orders of case lists.
const (
	SortFiledDescending   = "-filed_at"
	SortUpdated           = "updated_at"
	DefaultLimit          = 50
	MaximumLimit          = 200
	MaximumExactTotal     = 10_000
	maxFilterValues       = 20
	maxFilterValueInRunes = 100
)

// CaseQuery filters, orders and cuts a list of cases. Filters of one field are alternatives, fields are conditions.
type CaseQuery struct {
	States       []State
	Types        []DisputeType
	Sources      []Source
	Risks        []Colour         // in force; Unjudged stands for cases that were not assessed
	Difficulties []Difficulty     // in force; Unjudged stands for cases that were not graded
	Governance   []GovernanceType // any of the case's
	Enterprise   *bool            // a case that was not classified is neither
	Tag          string
	Registration string     // the whole registration
	Number       string     // the whole number
	Mediator     Principal  // who mediates it now; without an issuer, of any; for one tenant's list only
	FiledFrom    *time.Time // inclusive
	FiledTo      *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Search       string     // terms parted by blanks, all of which a case must hold; for one tenant's list only, like those below
	Scope        *Scope     // of whoever lists, nil for nobody in particular; the service fills it in; for one tenant's list only
	Sight        Sight      // of whoever searches; the service fills it in
	OccurredFrom string     // inclusive, 2006-01-02 in Asia/Shanghai, or ""
	OccurredTo   string     // inclusive, likewise
	DueAfter     *time.Time // inclusive: some clock that runs is due then or later …
	DueBefore    *time.Time // exclusive: … and before this
	Sort         string     // SortFiledDescending (default) or SortUpdated
	After        *Position  // continue behind this place
	Limit        int        // 1 to MaximumLimit; 0 is DefaultLimit
}

// Checked fills defaults, or is Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (q CaseQuery) Checked() (CaseQuery, error) {
	var check checker
	checkCodes(&check, "/state", q.States, State.Known)
	checkCodes(&check, "/type", q.Types, DisputeType.Known)
	checkCodes(&check, "/source", q.Sources, Source.Known)
	checkCodes(&check, "/risk", q.Risks, orUnjudged(Colour.Known))
	checkCodes(&check, "/difficulty", q.Difficulties, orUnjudged(Difficulty.Known))
	checkCodes(&check, "/governance_type", q.Governance, GovernanceType.Known)
	q.Tag = check.text("/tag", q.Tag, 0, maxFilterValueInRunes, oneLine)
	q.Registration = check.text("/registration", q.Registration, 0, maxFilterValueInRunes, oneLine)
	q.Number = check.text("/number", q.Number, 0, maxFilterValueInRunes, oneLine)
	q.Mediator.Subject = check.text("/mediator", q.Mediator.Subject, 0, maxSubject, oneLine)
	q.Mediator.Issuer = check.text("/mediator_issuer", q.Mediator.Issuer, 0, maxSubject, oneLine)
	q.Search = check.search("/q", q.Search)
	check.moments(q.FiledFrom, q.FiledTo, "filed_from", "filed_to")
	check.moments(q.DueAfter, q.DueBefore, "due_after", "due_before")
	check.days(q.OccurredFrom, q.OccurredTo, "occurred_from", "occurred_to")
	switch q.Sort {
	case "":
		q.Sort = SortFiledDescending
	case SortFiledDescending, SortUpdated:
	default:
		check.fail("/sort", "unknown-code", "Sort by -filed_at or updated_at.", "排序方式只能是 -filed_at 或 updated_at。")
	}
	q.Limit = check.limit(q.Limit)
	return q, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

// CheckedLimit fills the default of a page's size, or is Invalid "invalid-query".
func CheckedLimit(limit int) (int, error) {
	var check checker
	limit = check.limit(limit)
	return limit, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}

func (c *checker) limit(limit int) int {
	if limit == 0 {
		return DefaultLimit
	}
	if limit < 1 || limit > MaximumLimit {
		c.fail("/limit", "out-of-range", "limit is between 1 and 200.", "limit 应在 1 到 200 之间。")
	}
	return limit
}

// Unjudged is the value of a filter that finds what nobody has judged yet. It is on no code list: no case has it.
const Unjudged = "none"

// orUnjudged knows what known knows, and Unjudged.
func orUnjudged[T ~string](known func(T) bool) func(T) bool {
	return func(value T) bool { return value == Unjudged || known(value) }
}

func checkCodes[T comparable](check *checker, pointer string, given []T, known func(T) bool) {
	if len(given) > maxFilterValues {
		check.fail(pointer, "too-many", "Give at most "+strconv.Itoa(maxFilterValues)+" values.", "取值过多。")
		return
	}
	if slices.ContainsFunc(given, func(value T) bool { return !known(value) }) {
		check.fail(pointer, "unknown-code", "Choose from the code list.", "请从代码表中选择。")
	}
}
