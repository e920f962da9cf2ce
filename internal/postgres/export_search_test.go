package postgres

import "tiaojie.dev/tiaojie/internal/casework"

// RunsOf lets tests speak of words without the index.
var RunsOf = runsOf

// MaximumHits is where a search begins to walk.
const MaximumHits = maximumHits

// SearchStatements are what a search asks: by the words' index, and along the list.
func (s *TenantStore) SearchStatements(query casework.CaseQuery) (byWords, byWalk string, wordsArgs, walkArgs []any, err error) {
	x, err := s.rows.newSearch(query)
	if err != nil {
		return "", "", nil, nil, err
	}
	byWords, wordsArgs = x.byWords()
	byWalk, walkArgs = x.byWalk()
	return byWords, byWalk, wordsArgs, walkArgs, nil
}

// Settings of the two.
const (
	PlanSearch = planSearch
	PlanWalk   = planWalk
)
