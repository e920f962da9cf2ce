package postgres

import (
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// CaseListStatements and what follows are the count and the page of a list.
func CaseListStatements(query casework.CaseQuery) []*pgx.QueuedQuery {
	return queueCaseList(query).QueuedQueries
}

func DueListStatements(query casework.DueQuery) []*pgx.QueuedQuery {
	return queueDueList(checkedDue(query)).QueuedQueries
}

func LeadListStatements(query mediation.LeadQuery) []*pgx.QueuedQuery {
	batch := &pgx.Batch{}
	leadPaging(query).queue(batch, filterLeads(query))
	return batch.QueuedQueries
}

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
