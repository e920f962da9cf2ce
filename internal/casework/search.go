package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// SearchStore keeps what cases are found by. Whatever writes a case writes that too; here are the cases of releases that
// did not.
type SearchStore interface {
	// IndexCases indexes up to limit cases that no search finds yet and tells how many it did. Nothing of the cases
	// themselves changes. It may run beside anything.
	IndexCases(ctx context.Context, limit int) (indexed int, err error)
	// CasesOf are the cases in which a party has the name or the identity number of one of these, or nearly: names count
	// without blanks and marks. They have what lists have of them.
	CasesOf(ctx context.Context, parties []mediation.Party) ([]mediation.Case, error)
}

// sight is how far into cases a search for text looks. Whom a person has a tie to is known in the clear to nobody but the
// two records, so the cases of theirs are found by keys and then compared as they are when they are opened.
func (s *Service) sight(ctx context.Context, r Request, text string) (mediation.Sight, error) {
	sight := mediation.SightOf(r.Actor)
	if r.Actor.Ties == nil || !sight.Looks(text) {
		return sight, nil
	}
	if err := s.IndexParties(ctx); err != nil {
		return sight, err
	}
	parties, named := r.Actor.Ties.Against()
	cases, err := s.store.CasesOf(ctx, parties)
	if err != nil {
		return sight, err
	}
	for _, id := range named {
		if r.Actor.Ties.With(id, nil) {
			sight.Shut = append(sight.Shut, id)
		}
	}
	for _, c := range cases {
		if r.Actor.Ties.With(c.ID, c.Parties) {
			sight.Shut = append(sight.Shut, c.ID)
		}
	}
	return sight, nil
}

// indexedInBatch is how many cases one transaction indexes: a second's work at most.
const indexedInBatch = 500

// IndexCases indexes every case that no search finds yet, in batches; when ctx ends, what is left waits for the next time.
// The worker calls it; nobody's permission is asked, because nobody is told anything.
func (s *Service) IndexCases(ctx context.Context) (indexed int, err error) {
	for {
		batch, err := s.store.IndexCases(ctx, indexedInBatch)
		indexed += batch
		if err != nil || batch < indexedInBatch {
			return indexed, err
		}
	}
}
