package casework

import "context"

// SearchStore keeps what cases are found by. Whatever writes a case writes that too; here are the cases of releases that
// did not.
type SearchStore interface {
	// IndexCases indexes up to limit cases that no search finds yet and tells how many it did. Nothing of the cases
	// themselves changes. It may run beside anything.
	IndexCases(ctx context.Context, limit int) (indexed int, err error)
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
