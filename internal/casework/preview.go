package casework

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Preview is which deadlines would be due at another moment if a document were in force. Nothing is stored.
type Preview struct {
	Day     string // from which the document would count; what is compared is in force on this day
	Version string // of its kind, every layer named, with the document

	Cases        int // looked at: every case that is not archived and that whoever asks may see
	CasesMoved   int
	Clocks       int // of these cases that would be due at another moment, begin or cease to run
	Later        int
	Earlier      int
	Begin        int // run only with the document
	Cease        int // run only without it: their rule is switched off
	NewlyOverdue int
	Unreadable   int // cases whose clocks cannot be computed; nothing is said of them

	Faults []ReferenceFault // documents of units below that could not be laid over it any more
	Moves  []ClockMove      // the first ones: newly overdue before others, then by the new due moment
}

// Add takes another tenant's preview of the same document in.
func (p *Preview) Add(other Preview) {
	p.Cases, p.CasesMoved, p.Clocks = p.Cases+other.Cases, p.CasesMoved+other.CasesMoved, p.Clocks+other.Clocks
	p.Later, p.Earlier, p.Begin, p.Cease = p.Later+other.Later, p.Earlier+other.Earlier, p.Begin+other.Begin, p.Cease+other.Cease
	p.NewlyOverdue, p.Unreadable = p.NewlyOverdue+other.NewlyOverdue, p.Unreadable+other.Unreadable
	p.Faults = append(p.Faults, other.Faults...)
	p.Moves = append(p.Moves, other.Moves...)
}

// ClockMove is one clock that would be due at another moment.
type ClockMove struct {
	Tenant       string
	Case         mediation.ID
	Registration string
	Number       string // "" before acceptance
	Rule         string
	Title        deadline.Text
	About        string     // as Clock.About
	Started      time.Time  // with the document; without it for one that would cease
	Before       *time.Time // nil while it stands still, or where it does not run
	After        *time.Time
	Days         int // how much later; negative: earlier; 0 where it has no day on either side
	NewlyOverdue bool
}

// Bounds of a preview.
const (
	previewBatch       = 200 // cases in memory at a time
	PreviewDefault     = 100
	MaximumPreviewList = 1000
)

// PreviewReference says which deadlines of the tenant's cases a document would move: one of the tenant's own, or of its
// county when county says so. It is refused for whatever publishing it would be refused for.
func (s *Service) PreviewReference(ctx context.Context, r Request, document mediation.Reference, county bool, limit int) (Preview, error) {
	action := mediation.ActionReferencePreview
	document.Unit = s.store.Unit()
	if county {
		action, document.Unit = mediation.ActionCountyReferencePreview, mediation.CountyOf(s.store.Unit())
	}
	if err := s.permit(r, action); err != nil {
		return Preview{}, err
	}
	document, err := document.Checked()
	if err != nil {
		return Preview{}, err
	}
	s.references.forget()
	f, err := s.InForce(ctx)
	if err != nil {
		return Preview{}, err
	}
	before, after, err := f.With(document)
	if err != nil {
		return Preview{}, err
	}
	if limit <= 0 {
		limit = PreviewDefault
	}
	p := &previewer{
		tenant: s.store.Unit(), scope: r.Actor.Scope(), before: before.deadlines(), after: after.deadlines(), at: s.now(), limit: min(limit, MaximumPreviewList),
	}
	if day, err := deadline.ParseDate(after.Day); err == nil {
		p.at = later(p.at, day.Begin())
	}
	kind, err := after.Kind(document.Kind)
	if err != nil {
		return Preview{}, err
	}
	p.result.Day, p.result.Version, p.result.Faults = after.Day, kind.Version, kind.Faults
	return p.run(ctx, s.store)
}

// previewer goes through cases and keeps the first moves.
type previewer struct {
	tenant        string
	scope         mediation.Scope // what is not there for whoever asks is not counted either
	before, after deadline.Edition
	at            time.Time // when the document counts
	limit         int
	result        Preview
}

func (p *previewer) run(ctx context.Context, store ReferenceStore) (Preview, error) {
	after := mediation.ID("")
	for p.before != p.after {
		cases, err := store.LiveCases(ctx, after, previewBatch)
		if err != nil {
			return Preview{}, err
		}
		for _, c := range cases {
			if p.scope.Sees(c) {
				p.add(c)
			}
		}
		if len(cases) < previewBatch {
			break
		}
		after = cases[len(cases)-1].ID
	}
	p.cut()
	return p.result, nil
}

func (p *previewer) add(c mediation.Case) {
	p.result.Cases++
	before, errBefore := clocksOf(c, p.before.Rules, p.before.Calendar)
	after, errAfter := clocksOf(c, p.after.Rules, p.after.Calendar)
	if errBefore != nil || errAfter != nil {
		p.result.Unreadable++
		return
	}
	moves := p.compare(c, before, after)
	for _, move := range moves {
		p.count(move)
	}
	p.result.CasesMoved += min(len(moves), 1)
	p.result.Moves = append(p.result.Moves, moves...)
	if len(p.result.Moves) > 4*p.limit {
		p.cut()
	}
}

// compare pairs the clocks of one case by what they are about. One that is done, and would be, is nobody's concern.
func (p *previewer) compare(c mediation.Case, before, after []Clock) []ClockMove {
	var moves []ClockMove
	for _, was := range before {
		will, runs := same(was, after)
		switch {
		case runs && (was.Done && will.Done || !moved(was, will)), !runs && was.Done:
		case runs:
			moves = append(moves, p.move(c, &was, &will))
		default:
			moves = append(moves, p.move(c, &was, nil))
		}
	}
	for _, will := range after {
		if _, ran := same(will, before); !ran && !will.Done {
			moves = append(moves, p.move(c, nil, &will))
		}
	}
	return moves
}

func same(clock Clock, among []Clock) (Clock, bool) {
	for _, other := range among {
		if other.Deadline.Rule.ID == clock.Deadline.Rule.ID && other.About == clock.About {
			return other, true
		}
	}
	return Clock{}, false
}

// moved tells whether what is stored of the clock would change.
func moved(was, will Clock) bool {
	a, b := was.row(), will.row()
	return !(a.State == b.State && a.Started.Equal(b.Started) && a.Due.Equal(b.Due))
}

func (p *previewer) move(c mediation.Case, was, will *Clock) ClockMove {
	m := ClockMove{Tenant: p.tenant, Case: c.ID, Registration: c.Registration, Number: c.Number}
	for _, clock := range []*Clock{was, will} {
		if clock != nil {
			m.Rule, m.Title, m.About, m.Started = clock.Deadline.Rule.ID, clock.Deadline.Rule.Title, clock.About, clock.Deadline.Start
		}
	}
	m.Before, m.After = dueOf(was), dueOf(will)
	if m.Before != nil && m.After != nil {
		m.Days = will.Deadline.DueDate.DaysSince(was.Deadline.DueDate)
	}
	m.NewlyOverdue = m.After != nil && !p.at.Before(*m.After) && (m.Before == nil || p.at.Before(*m.Before))
	return m
}

// dueOf is when a clock runs out; nil when it does not run any more, or stands still.
func dueOf(clock *Clock) *time.Time {
	if clock == nil || clock.Done || clock.Deadline.Due.IsZero() {
		return nil
	}
	return &clock.Deadline.Due
}

func (p *previewer) count(m ClockMove) {
	p.result.Clocks++
	switch {
	case m.Before == nil && m.After != nil:
		p.result.Begin++
	case m.After == nil && m.Before != nil:
		p.result.Cease++
	case m.Before == nil:
	case m.After.After(*m.Before):
		p.result.Later++
	default:
		p.result.Earlier++
	}
	if m.NewlyOverdue {
		p.result.NewlyOverdue++
	}
}

func (p *previewer) cut() { p.result.Moves = FirstMoves(p.result.Moves, p.limit) }

// FirstMoves are the first of many: newly overdue ones before others, then by the new due moment, those without one last.
func FirstMoves(moves []ClockMove, limit int) []ClockMove {
	slices.SortFunc(moves, func(a, b ClockMove) int {
		return cmp.Or(last(b.NewlyOverdue)-last(a.NewlyOverdue), last(a.After == nil)-last(b.After == nil),
			momentOf(a.After).Compare(momentOf(b.After)), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Case, b.Case),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.About, b.About))
	})
	if len(moves) > limit {
		kept := make([]ClockMove, limit) // the rest goes free
		copy(kept, moves)
		return kept
	}
	return moves
}

func last(is bool) int {
	if is {
		return 1
	}
	return 0
}

func momentOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
