package controllers

import (
	"context"
	"fmt"
	"time"
)

// step is one thing that must be so, in its place in the order. run returns nil when it is so.
type step[S any] struct {
	name  string
	facet string // the condition that speaks of it
	run   func(ctx context.Context, scope S) error
}

// progress is how far a list of steps came.
type progress struct {
	facets []string // all of the list, in order
	done   map[string]bool
	at     string   // name of the step that ended the list, "" when all are done
	facet  string   // its facet
	ended  *outcome // what it said
}

// finished tells whether every step is done.
func (went progress) finished() bool { return went.ended == nil }

// walk runs steps in order until one is not done.
func walk[S any](ctx context.Context, operator *Operator, kind string, steps []step[S], scope S) progress {
	result := progress{done: map[string]bool{}}
	remaining := map[string]int{}
	for _, s := range steps {
		if remaining[s.facet] == 0 {
			result.facets = append(result.facets, s.facet)
		}
		remaining[s.facet]++
	}
	for _, s := range steps {
		started := time.Now()
		err := s.run(ctx, scope)
		operator.metrics.step(kind, s.name, err, time.Since(started))
		if err != nil {
			result.at, result.facet = s.name, s.facet
			result.ended = outcomeOf(fmt.Errorf("%s: %w", s.name, err))
			return result
		}
		if remaining[s.facet]--; remaining[s.facet] == 0 {
			result.done[s.facet] = true
		}
		operator.options.Boundary(kind, s.name)
	}
	return result
}

func stepNames[S any](steps []step[S]) []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.name
	}
	return names
}
