package casework

import (
	"context"
	"errors"
	"slices"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Cases of an earlier release become findable by their parties when somebody first asks: so many at a time, and so many
// at most for one question. Afterwards one look finds nothing left to do.
const (
	partiesPerStep    = 500
	partiesPerRequest = 10_000
)

// IndexParties makes the cases of an earlier release findable by their parties. It may be run at any time and by several.
func (s *Service) IndexParties(ctx context.Context) error {
	for done := 0; done < partiesPerRequest; done += partiesPerStep {
		count, err := s.store.IndexParties(ctx, partiesPerStep)
		if err != nil || count < partiesPerStep {
			return err
		}
	}
	return nil
}

// Duplicate is a suggestion together with what it names, so that a clerk can tell at a glance.
type Duplicate struct {
	mediation.Duplicate
	Lead *mediation.Lead // nil for a case
	Case *mediation.Case // nil for a lead
}

// LeadDuplicates suggests which leads and cases may be about the same matter as this lead, and why: best first, at most 20.
func (s *Service) LeadDuplicates(ctx context.Context, r Request, id mediation.ID) ([]Duplicate, error) {
	l, err := s.openedLead(ctx, r, mediation.ActionLeadDuplicates, id)
	if err != nil {
		return nil, err
	}
	if err := s.IndexParties(ctx); err != nil {
		return nil, err
	}
	leads, cases, err := s.store.LeadCandidates(ctx, l)
	if err != nil {
		return nil, err
	}
	leads, cases = seen(r, leads, cases)
	var found []Duplicate
	for _, d := range suggested(l, leads, cases) {
		found = append(found, described(r, d, leads, cases))
	}
	return found, nil
}

// seen leaves out leads and cases that are not there for the actor.
func seen(r Request, leads []mediation.Lead, cases []mediation.Case) ([]mediation.Lead, []mediation.Case) {
	scope, ofLeads := r.Actor.Scope(), mediation.LeadScopeOf(r.Actor)
	return slices.DeleteFunc(slices.Clone(leads), func(l mediation.Lead) bool { return !ofLeads.Holds(l) }),
		slices.DeleteFunc(slices.Clone(cases), func(c mediation.Case) bool { return !scope.Sees(c) })
}

// suggested leaves out what the lead itself became or joined, and what somebody has closed as saying the same as it.
func suggested(l mediation.Lead, leads []mediation.Lead, cases []mediation.Case) []mediation.Duplicate {
	var others []mediation.Likeness
	for _, other := range leads {
		if other.Closing == nil || other.Closing.Same != l.ID {
			others = append(others, other.Likeness())
		}
	}
	for _, other := range cases {
		if other.ID != l.Case {
			others = append(others, other.Likeness())
		}
	}
	return mediation.Duplicates(l.Likeness(), others)
}

func described(r Request, d mediation.Duplicate, leads []mediation.Lead, cases []mediation.Case) Duplicate {
	whole := Duplicate{Duplicate: d}
	for _, l := range leads {
		if d.Kind == mediation.LikeLead && l.ID == d.ID {
			seen := shownLead(r, l)
			whole.Lead = &seen
		}
	}
	for _, c := range cases {
		if d.Kind == mediation.LikeCase && c.ID == d.ID {
			seen := shown(r, c)
			whole.Case = &seen
		}
	}
	return whole
}

// LeadFiling is the case that a lead becomes. Complete makes the filing of the lead's own draft.
type LeadFiling struct {
	Complete   func(draft mediation.Filing) mediation.Filing
	Considered []mediation.ID // look-alikes that were seen and found to be something else
	Note       string
}

// TurnLeadIntoCase files a case from a lead: lead and case, their journals, the quota and the registration in one
// transaction. Strong look-alikes that are not named as considered are Conflict "possible-duplicates".
func (s *Service) TurnLeadIntoCase(ctx context.Context, r Request, id mediation.ID, version int64, filing LeadFiling) (mediation.Case, Receipt, error) {
	for _, action := range []mediation.Action{mediation.ActionLeadBecomeCase, mediation.ActionCaseFile} {
		if err := s.permit(r, action); err != nil {
			return mediation.Case{}, Receipt{}, err
		}
	}
	if err := s.IndexParties(ctx); err != nil {
		return mediation.Case{}, Receipt{}, err
	}
	var filed mediation.Case
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		l, err := s.lockLead(ctx, tx, r, mediation.LeadBecomeCase, id, version)
		if err != nil {
			return Receipt{}, err
		}
		filed, err = s.fileFromLead(ctx, tx, r, l, filing)
		return Receipt{ID: string(filed.ID), Version: filed.Version, Created: true}, err
	})
	return s.outcome(ctx, r, filed, receipt, err)
}

// fileFromLead asks the rules of the lead before it takes a registration.
func (s *Service) fileFromLead(ctx context.Context, tx Tx, r Request, l mediation.Lead, filing LeadFiling) (mediation.Case, error) {
	if err := l.Can(mediation.LeadBecomeCase); err != nil {
		return mediation.Case{}, err
	}
	leads, cases, err := tx.LeadCandidates(ctx, l)
	if err != nil {
		return mediation.Case{}, err
	}
	leads, cases = seen(r, leads, cases)
	act, found := s.actAfterLead(r, l), suggested(l, leads, cases)
	whole := filing.Complete(l.Filing())
	if err := r.Actor.Scope().Files(whole.PlaceCode); err != nil {
		return mediation.Case{}, err
	}
	whole.Parties = mediation.Recalled(whole.Parties, l.Parties)
	if _, err := whole.Checked(act.At); err != nil {
		return mediation.Case{}, err
	}
	register, err := s.register(ctx, tx, act.At)
	if err != nil {
		return mediation.Case{}, err
	}
	c, entry, err := mediation.FileFromLead(l, whole, register, act)
	if err != nil {
		return mediation.Case{}, err
	}
	conversion := mediation.Conversion{Case: c.ID, Considered: filing.Considered, Note: filing.Note}
	after, leadEntry, err := l.BecomeCase(conversion, found, act)
	if err != nil {
		return mediation.Case{}, err
	}
	if err := s.create(ctx, tx, c, entry); err != nil {
		return mediation.Case{}, err
	}
	return c, tx.UpdateLead(ctx, l, after, leadEntry)
}

// JoinLead records that a lead is about a case of the tenant. The case's journal names the lead, and the lead stays
// readable from the case. version is the lead's; the case is taken as it stands.
func (s *Service) JoinLead(ctx context.Context, r Request, id mediation.ID, version int64, into mediation.ID, note string) (mediation.Lead, Receipt, error) {
	return s.changeLead(ctx, r, mediation.LeadJoinCase, id, version,
		func(ctx context.Context, tx Tx, l mediation.Lead, act mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
			joined, entry, err := l.JoinCase(mediation.Conversion{Case: into, Note: note}, act)
			if err != nil {
				return mediation.Lead{}, mediation.LeadEntry{}, err
			}
			c, err := tx.LockCase(ctx, into)
			if err != nil {
				return mediation.Lead{}, mediation.LeadEntry{}, unknownAt("/case", err)
			}
			if err := c.Permit(r.Actor, mediation.VerbTakeLead.Action()); err != nil {
				return mediation.Lead{}, mediation.LeadEntry{}, err
			}
			after, caseEntry, err := c.TakeLead(l, note, s.actAfter(r, c))
			if err != nil {
				return mediation.Lead{}, mediation.LeadEntry{}, err
			}
			return joined, entry, s.update(ctx, tx, c, after, caseEntry)
		})
}

func asRefusal(err error, refusal **mediation.Error) bool { return errors.As(err, refusal) }
